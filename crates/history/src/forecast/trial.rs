//! Who did best from rolling origins before the vintage, and how wide forecasts must be.

use rayon::prelude::*;
use realign_atlas::{Atlas, Year};
use realign_numerics::stats;
use serde::Serialize;

use crate::rolling::Task;
use crate::{HistoryError, Key, Origin, Predictive, Series, Wanted};

/// Probabilities at which a distribution is read.
const POINTS: usize = 199;
/// Factors that are tried when a distribution covers too little.
const LARGEST_FACTOR: f64 = 4.0;
const FACTOR_STEP: f64 = 0.02;
/// Forecasts below which nothing is chosen or widened.
const LEAST_FORECASTS: usize = 20;
/// Target years below which the reference is kept: an advantage in fewer is one shock.
const LEAST_YEARS: usize = 4;

/// What was chosen for a quantity.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Choice {
    /// The quantity.
    pub quantity: String,
    /// Years from the last known value to the one wanted.
    pub gap_years: i32,
    /// The predictor that did best.
    pub predictor: String,
    /// 1 − CRPS over that of the reference, on what both forecast.
    pub skill: f64,
    /// The reference.
    pub reference: String,
    /// Target years behind the choice.
    pub target_years: usize,
    /// Forecasts behind it.
    pub forecasts: usize,
    /// Share of outcomes inside its central 50 and 90 %.
    pub coverage: [f64; 2],
    /// Factors by which the middle half and the tails are stretched.
    pub widen: [f64; 2],
    /// Position of predictor and reference in the task.
    #[serde(skip)]
    pub(super) at: [usize; 2],
}

/// A forecast and what came true.
#[derive(Clone, Copy)]
struct Scored {
    crps: f64,
    /// Outcome less median, over the distance from the median to the quartile and to the 5 or 95 %
    /// quantile on its side.
    reach: [f64; 2],
}

fn scored(p: &Predictive, truth: f64) -> Scored {
    let middle = p.quantile(0.5);
    let side = |below: f64, above: f64| {
        let q = if truth < middle { below } else { above };
        let span = (p.quantile(q) - middle).abs();
        let miss = (truth - middle).abs();
        if miss == 0.0 {
            0.0
        } else if span > 0.0 {
            miss / span
        } else {
            f64::INFINITY
        }
    };
    Scored {
        crps: p.crps(truth),
        reach: [side(0.25, 0.75), side(0.05, 0.95)],
    }
}

/// Newest year of a panel.
pub(super) fn newest(series: &Series) -> Option<Year> {
    series.values().filter_map(|s| s.last()).map(|r| r.0).max()
}

/// Years by which a panel trails the year of its atlas where it is complete.
fn lag(known: &Atlas, task: &Task, newest_known: Year) -> Result<i32, HistoryError> {
    let then = known.as_of(newest_known);
    Ok(newest(&(task.quantity.load)(&then)?).map_or(0, |y| newest_known - y))
}

/// Scores every predictor of `task` at `gap` years from the last value, from origins whose outcomes
/// `known` shows, on the keys that `keep` takes.
pub(super) fn choose(
    known: &Atlas,
    task: &Task,
    gap: i32,
    most_origins: usize,
    keep: &(dyn Fn(&Key) -> bool + Sync),
) -> Result<Choice, HistoryError> {
    let truth = (task.quantity.load)(known)?;
    let id = |k: usize| task.predictors[k].id().to_owned();
    let reference = (0..task.predictors.len())
        .find(|k| task.predictors[*k].id() == task.reference)
        .unwrap_or_default();
    let mut choice = Choice {
        quantity: task.quantity.id.to_owned(),
        gap_years: gap,
        predictor: id(reference),
        skill: 0.0,
        reference: id(reference),
        target_years: 0,
        forecasts: 0,
        coverage: [f64::NAN; 2],
        widen: [1.0; 2],
        at: [reference; 2],
    };
    let Some(last) = newest(&truth) else {
        return Ok(choice);
    };
    let horizon = (gap - lag(known, task, last)?).max(1);
    let origins: Vec<Year> = (task.quantity.first_origin.0..=last.0 - horizon)
        .rev()
        .take(most_origins)
        .map(Year)
        .collect();
    let found: Vec<Vec<Vec<Option<Scored>>>> = origins
        .par_iter()
        .map(|o| score_origin(known, task, &truth, *o, horizon, keep))
        .collect::<Result<_, _>>()?;
    // On what each and the reference forecast.
    let mut best = (0.0, reference);
    let years = found.iter().filter(|f| !f.is_empty()).count();
    for p in 0..task.predictors.len() {
        let (mut own, mut other, mut both) = (0.0, 0.0, 0);
        for row in found.iter().flatten() {
            if let (Some(a), Some(b)) = (row[p], row[reference]) {
                own += a.crps;
                other += b.crps;
                both += 1;
            }
        }
        let skill = 1.0 - own / other;
        if both >= LEAST_FORECASTS && years >= LEAST_YEARS && skill > best.0 {
            best = (skill, p);
        }
    }
    let rows: Vec<Scored> = found.iter().flatten().filter_map(|r| r[best.1]).collect();
    choice.skill = best.0;
    choice.predictor = id(best.1);
    choice.at = [best.1, reference];
    choice.target_years = years;
    choice.forecasts = rows.len();
    for (k, nominal) in [0.5, 0.9].into_iter().enumerate() {
        let inside =
            |f: f64| rows.iter().filter(|r| r.reach[k] <= f).count() as f64 / rows.len() as f64;
        choice.coverage[k] = inside(1.0);
        if rows.len() >= LEAST_FORECASTS {
            let mut factor = 1.0;
            while inside(factor) < nominal && factor < LARGEST_FACTOR {
                factor += FACTOR_STEP;
            }
            choice.widen[k] = factor;
        }
    }
    Ok(choice)
}

/// Scores of all predictors, by outcome.
fn score_origin(
    known: &Atlas,
    task: &Task,
    truth: &Series,
    year: Year,
    horizon: i32,
    keep: &(dyn Fn(&Key) -> bool + Sync),
) -> Result<Vec<Vec<Option<Scored>>>, HistoryError> {
    let view = known.as_of(year);
    let origin = Origin { year, atlas: &view };
    let seen = (task.quantity.load)(&view)?;
    let target = year + horizon;
    let (mut wanted, mut outcomes) = (Vec::new(), Vec::new());
    for (key, series) in truth.iter().filter(|s| keep(s.0)) {
        if let Ok(at) = series.binary_search_by_key(&target, |r| r.0) {
            wanted.push(Wanted { key: *key, target });
            outcomes.push(series[at].1);
        }
    }
    if wanted.is_empty() {
        return Ok(Vec::new());
    }
    let mut rows = vec![Vec::with_capacity(task.predictors.len()); wanted.len()];
    for p in &task.predictors {
        let said = p.predict(origin, &seen, &wanted)?;
        for (k, row) in rows.iter_mut().enumerate() {
            let forecast = said.get(k).and_then(Option::as_ref);
            row.push(forecast.map(|f| scored(f, outcomes[k])));
        }
    }
    Ok(rows)
}

/// The distribution at equally spaced probabilities, stretched around its median: by the first
/// factor up to the quartiles, by the second from the 5 and 95 % quantiles on.
pub(super) fn widened(p: &Predictive, widen: [f64; 2]) -> Vec<f64> {
    let middle = p.quantile(0.5);
    let points: Vec<f64> = (0..POINTS)
        .map(|k| {
            let at = (k as f64 + 0.5) / POINTS as f64;
            let outward = (((at - 0.5).abs() - 0.25) / 0.2).clamp(0.0, 1.0);
            let factor = widen[0] + outward * (widen[1] - widen[0]);
            middle + factor * (p.quantile(at) - middle)
        })
        .collect();
    stats::sorted(&points)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn prop_widening_keeps_the_median_and_the_order() {
        let p = Predictive::Normal { mean: 2.0, sd: 1.0 };
        let wide = widened(&p, [1.0, 2.0]);
        assert!((wide[POINTS / 2] - 2.0).abs() < 1e-9);
        assert!(wide.windows(2).all(|w| w[0] <= w[1]));
        // The 5 % quantile of a normal, twice as far.
        assert!((stats::quantile_sorted(&wide, 0.05) - (2.0 - 2.0 * 1.645)).abs() < 0.1);
    }

    #[test]
    fn ref_reach_of_a_normal() {
        let p = Predictive::Normal { mean: 0.0, sd: 1.0 };
        let s = scored(&p, 1.6449);
        assert!((s.reach[1] - 1.0).abs() < 1e-3 && (s.reach[0] - 1.6449 / 0.6745).abs() < 1e-3);
    }
}
