//! How much a quantity used to vary before an episode: what a forecast has to allow for.

use realign_atlas::Year;
use realign_numerics::random::Stream;

use super::observe::{Cell, Observer};
use crate::{HistoryError, Scale};

/// Comparable series whose changes are pooled: those with the nearest mean level.
const POOL: usize = 20;
/// Changes of the pool that weigh as much as as many own changes.
const POOL_WEIGHT: f64 = 10.0;
/// Changes that are enough to take a distance in time as it is.
const ENOUGH: usize = 30;
/// Purpose of the noise in the random streams; the model's own purposes are smaller.
const PURPOSE: u32 = 900;

/// Mean squared change of a cell over each of `leads` years, on the scale: its own changes and those
/// of the nearest comparable series, the latter weighing as ten own ones. Where the record is too
/// short for a lead, the longest distance with enough changes is scaled in proportion to time, as a
/// random walk. NaN where nothing is known.
pub fn variance(
    observer: &Observer<'_>,
    cell: &Cell,
    scale: Scale,
    leads: &[i32],
) -> Result<Vec<f64>, HistoryError> {
    let read = |c: &Cell| -> Result<Vec<(Year, f64)>, HistoryError> {
        let series = observer.series(c)?.into_iter();
        let scaled = series.map(|(y, v)| (y, scale.to(v)));
        Ok(scaled.filter(|r| r.1.is_finite()).collect())
    };
    let own = read(cell)?;
    let level = |s: &[(Year, f64)]| s.iter().map(|r| r.1).sum::<f64>() / s.len() as f64;
    let mine = level(&own);
    let mut others: Vec<(f64, Vec<(Year, f64)>)> = Vec::new();
    for c in observer.comparable(cell, &[]) {
        let s = read(&c)?;
        if s.len() > 1 {
            others.push(((level(&s) - mine).abs(), s));
        }
    }
    others.sort_by(|a, b| a.0.total_cmp(&b.0));
    others.truncate(POOL);
    let pooled =
        |step: i32| -> Vec<f64> { others.iter().flat_map(|o| squares(&o.1, step)).collect() };
    Ok(leads
        .iter()
        .map(|lead| {
            let lead = (*lead).max(1);
            let mut step = lead;
            while step > 1 && squares(&own, step).len() + pooled(step).len() < ENOUGH {
                step -= 1;
            }
            let (mine, theirs) = (squares(&own, step), pooled(step));
            let sum: f64 = mine.iter().sum();
            let n = mine.len() as f64;
            let v = if theirs.is_empty() {
                sum / n
            } else {
                let pool = theirs.iter().sum::<f64>() / theirs.len() as f64;
                (POOL_WEIGHT * pool + sum) / (POOL_WEIGHT + n)
            };
            v * f64::from(lead) / f64::from(step)
        })
        .collect())
}

/// Squared changes over `step` years.
fn squares(series: &[(Year, f64)], step: i32) -> Vec<f64> {
    let mut out = Vec::new();
    for (y, v) in series {
        if let Ok(k) = series.binary_search_by_key(&(*y + step), |r| r.0) {
            out.push((series[k].1 - v).powi(2));
        }
    }
    out
}

/// Normal noise of one observable in one target year, the same in both arms.
pub struct Noise {
    seed: u64,
    observable: u32,
    year: u32,
    sd: f64,
}

impl Noise {
    /// Noise with standard deviation `sd`.
    pub fn new(seed: u64, observable: usize, year: Year, sd: f64) -> Self {
        Self {
            seed,
            observable: observable as u32,
            year: year.0 as u32,
            sd: if sd.is_finite() { sd } else { 0.0 },
        }
    }

    /// Of one draw.
    pub fn of(&self, draw: usize) -> f64 {
        let stream = Stream::new(self.seed, draw as u32);
        self.sd * stream.normal(PURPOSE, self.observable, self.year, 0)
    }
}
