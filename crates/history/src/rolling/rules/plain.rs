//! Rules that know a series and nothing else.

use realign_atlas::Year;

use super::{ByRule, Distance, Place, Rule};
use crate::Series;

/// Yearly gains that the exponentially weighted mean chooses from.
const GAINS: [f64; 10] = [0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 1.0];
/// Values of the panel that weigh as much as a series' own in its mean, and changes in its drift.
const PRIOR_VALUES: f64 = 5.0;
const PRIOR_CHANGES: f64 = 10.0;
/// Largest persistence: at one there is no mean to return to.
const MOST_PERSISTENT: f64 = 0.995;

struct Walk;

impl Rule for Walk {
    fn say(&self, place: Place<'_>, _: Distance) -> Option<f64> {
        Some(place.last())
    }
}

/// The last value stays.
pub fn random_walk() -> ByRule {
    ByRule::new("random_walk", |_, _| Ok(Box::new(Walk)))
}

/// Exponentially weighted means of a series, one at each value; a gap of g years counts as g steps.
fn smoothed(series: &[(Year, f64)], gain: f64) -> Vec<f64> {
    let mut level = f64::NAN;
    let mut before = Year(0);
    series
        .iter()
        .map(|(year, value)| {
            level = if level.is_nan() {
                *value
            } else {
                let kept = (1.0 - gain).powi(*year - before);
                kept * level + (1.0 - kept) * value
            };
            before = *year;
            level
        })
        .collect()
}

struct Smooth {
    levels: Vec<Vec<f64>>,
}

impl Rule for Smooth {
    fn say(&self, place: Place<'_>, _: Distance) -> Option<f64> {
        Some(self.levels[place.series][place.past.len() - 1])
    }
}

/// The gain with the smallest squared error of the next value in the panel.
pub(crate) fn best_gain(known: &Series) -> f64 {
    let loss = |gain: f64| -> f64 {
        known
            .values()
            .map(|s| {
                let levels = smoothed(s, gain);
                (1..s.len())
                    .map(|k| (s[k].1 - levels[k - 1]).powi(2))
                    .sum::<f64>()
            })
            .sum()
    };
    GAINS
        .into_iter()
        .map(|g| (loss(g), g))
        .min_by(|a, b| a.0.total_cmp(&b.0))
        .map_or(1.0, |b| b.1)
}

/// The exponentially weighted mean stays; its gain is chosen on the panel that the origin shows.
pub fn exponential_mean() -> ByRule {
    ByRule::new("exponential_mean", |_, known| {
        let gain = best_gain(known);
        Ok(Box::new(Smooth {
            levels: known.values().map(|s| smoothed(s, gain)).collect(),
        }))
    })
}

struct Drift {
    pooled: f64,
}

/// Change from the first to the last value, and the years between them.
fn moved(s: &[(Year, f64)]) -> (f64, f64) {
    match s {
        [first, .., last] => (last.1 - first.1, f64::from(last.0 - first.0)),
        _ => (0.0, 0.0),
    }
}

impl Rule for Drift {
    fn say(&self, place: Place<'_>, d: Distance) -> Option<f64> {
        let (change, years) = moved(place.past);
        let yearly = (change + PRIOR_CHANGES * self.pooled) / (years + PRIOR_CHANGES);
        Some(place.last() + f64::from(d.gap) * yearly)
    }

    fn knows_drift(&self) -> bool {
        true
    }
}

/// The last value moves by the series' mean yearly change so far, shrunk to that of the panel.
pub fn drift() -> ByRule {
    ByRule::new("drift", |_, known| {
        let all = known
            .values()
            .map(|s| moved(s))
            .fold((0.0, 0.0), |a, b| (a.0 + b.0, a.1 + b.1));
        Ok(Box::new(Drift {
            pooled: if all.1 > 0.0 { all.0 / all.1 } else { 0.0 },
        }))
    })
}

struct Return {
    pooled: f64,
    persistence: f64,
}

impl Rule for Return {
    fn say(&self, place: Place<'_>, d: Distance) -> Option<f64> {
        let sum: f64 = place.past.iter().map(|r| r.1).sum();
        let n = place.past.len() as f64;
        let mean = (sum + PRIOR_VALUES * self.pooled) / (n + PRIOR_VALUES);
        Some(mean + self.persistence.powi(d.gap) * (place.last() - mean))
    }
}

/// Persistence of yearly deviations from the series' means, corrected for the bias of short panels
/// (Nickell 1981): ϱ + (1 + ϱ)/(T − 1).
fn persistence(known: &Series) -> f64 {
    let (mut xy, mut xx, mut rows, mut panels) = (0.0, 0.0, 0.0, 0.0);
    for s in known.values() {
        let pairs: Vec<(f64, f64)> = s
            .windows(2)
            .filter(|w| w[1].0 - w[0].0 == 1)
            .map(|w| (w[0].1, w[1].1))
            .collect();
        if pairs.len() < 3 {
            continue;
        }
        let n = pairs.len() as f64;
        let mx = pairs.iter().map(|p| p.0).sum::<f64>() / n;
        let my = pairs.iter().map(|p| p.1).sum::<f64>() / n;
        for (x, y) in pairs {
            xy += (x - mx) * (y - my);
            xx += (x - mx).powi(2);
        }
        rows += n;
        panels += 1.0;
    }
    if xx <= 0.0 {
        return MOST_PERSISTENT;
    }
    let raw = xy / xx;
    let length: f64 = rows / panels;
    (raw + (1.0 + raw) / (length - 1.0)).clamp(0.0, MOST_PERSISTENT)
}

/// First-order autoregression around the mean of each series so far, which is shrunk to that of the
/// panel.
pub fn autoregression() -> ByRule {
    ByRule::new("autoregression", |_, known| {
        let count: usize = known.values().map(Vec::len).sum();
        let sum: f64 = known.values().flatten().map(|r| r.1).sum();
        Ok(Box::new(Return {
            pooled: sum / count.max(1) as f64,
            persistence: persistence(known),
        }))
    })
}
