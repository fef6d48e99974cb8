//! Rules that turn a series into a forecast, and the one way in which all of them become
//! distributions.
//!
//! A rule says what it would have said at any date of the past. Its errors there, at the same
//! distance between the last value and the one that is wanted, give its distribution: errors in
//! units of each series' own mean absolute error (shrunk to that of the panel) are pooled, and
//! their quantiles, times the series' unit, are laid around the forecast. Baselines, models and
//! their twins differ in their rule and in nothing else.

mod linear;
mod plain;
mod shared;

use realign_atlas::Year;
use realign_numerics::stats;

use crate::{HistoryError, Key, Origin, Predictive, Predictor, Series, Wanted};

pub(crate) use linear::{Covariates, Linear};
pub use plain::{autoregression, drift, exponential_mean, random_walk};
pub use shared::shared_shock;

/// Years beyond the newest value of the panel after which a series is too old to be forecast.
const STALE_YEARS: i32 = 4;
/// First dates of past errors that are used, the newest.
const MOST_DATES: i32 = 25;
/// Errors, and first dates of errors, below which a shorter distance stands in.
const LEAST_ERRORS: usize = 30;
const LEAST_DATES: usize = 3;
/// Errors of the panel that weigh as much as a series' own in its unit.
const PRIOR_ERRORS: f64 = 5.0;
/// Points of a distribution.
const POINTS: usize = 99;

/// A place in a panel: a series and a position in it.
#[derive(Clone, Copy)]
pub(crate) struct Place<'a> {
    /// Of what.
    pub key: &'a Key,
    /// Position of the series in the order of the panel.
    pub series: usize,
    /// The series up to and with the last value that counts as known.
    pub past: &'a [(Year, f64)],
}

impl Place<'_> {
    /// The last value that counts as known.
    pub fn last(&self) -> f64 {
        self.past[self.past.len() - 1].1
    }

    /// Its year.
    pub fn base(&self) -> Year {
        self.past[self.past.len() - 1].0
    }
}

/// From the last known value to the one wanted, and to the date at which the forecast is made.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Distance {
    /// Years to the value wanted.
    pub gap: i32,
    /// Years to the origin.
    pub ahead: i32,
}

/// A rule, fitted at an origin.
pub(crate) trait Rule {
    /// What it says, or would have said, of the value `distance.gap` years after `place`; `None`
    /// where something that it needs is unknown.
    fn say(&self, place: Place<'_>, distance: Distance) -> Option<f64>;

    /// Whether it claims to know the direction of the panel; else the middle of its errors is
    /// taken off them.
    fn knows_drift(&self) -> bool {
        false
    }
}

/// Fits a rule to what an origin shows.
pub(crate) type Fit =
    for<'a> fn(Origin<'a>, &'a Series) -> Result<Box<dyn Rule + 'a>, HistoryError>;

/// A rule as a [`Predictor`].
pub struct ByRule {
    id: &'static str,
    fit: Fit,
    bounds: Option<(f64, f64)>,
}

impl ByRule {
    pub(crate) fn new(id: &'static str, fit: Fit) -> Self {
        Self {
            id,
            fit,
            bounds: None,
        }
    }

    /// The same with values kept inside limits, on the scale of the forecasts.
    #[must_use]
    pub fn within(mut self, low: f64, high: f64) -> Self {
        self.bounds = Some((low, high));
        self
    }
}

/// What the errors at one distance look like.
struct Errors {
    /// Units of the series, in the order of the panel.
    unit: Vec<f64>,
    /// Errors in units at the points of a distribution.
    shape: Vec<f64>,
    /// By how much errors grow from the distance at which they were taken.
    growth: f64,
}

/// Errors of `rule` at a distance, by series, and the number of first dates.
fn past_errors(
    rule: &dyn Rule,
    known: &Series,
    newest: Year,
    distance: Distance,
) -> (Vec<(usize, f64)>, usize) {
    let from = newest - distance.gap - MOST_DATES;
    let mut errors = Vec::new();
    let mut dates = Vec::new();
    for (series, (key, values)) in known.iter().enumerate() {
        let mut then = 0;
        for at in 0..values.len() {
            let base = values[at].0;
            if base <= from {
                continue;
            }
            let target = base + distance.gap;
            while then < values.len() && values[then].0 < target {
                then += 1;
            }
            if then == values.len() {
                break;
            }
            if values[then].0 != target {
                continue;
            }
            let place = Place {
                key,
                series,
                past: &values[..=at],
            };
            if let Some(said) = rule.say(place, distance).filter(|s| s.is_finite()) {
                errors.push((series, values[then].1 - said));
                dates.push(base);
            }
        }
    }
    dates.sort_unstable();
    dates.dedup();
    (errors, dates.len())
}

fn errors(rule: &dyn Rule, known: &Series, newest: Year, distance: Distance) -> Option<Errors> {
    let (found, gap) = (1..=distance.gap).rev().find_map(|gap| {
        let shorter = Distance {
            gap,
            ahead: distance.ahead.min(gap - 1),
        };
        let (found, dates) = past_errors(rule, known, newest, shorter);
        (found.len() >= LEAST_ERRORS && dates >= LEAST_DATES).then_some((found, gap))
    })?;
    let pooled = found.iter().map(|e| e.1.abs()).sum::<f64>() / found.len() as f64;
    if pooled.is_nan() || pooled <= 0.0 {
        return None;
    }
    let mut sums = vec![(0.0, 0.0); known.len()];
    for (series, error) in &found {
        sums[*series].0 += error.abs();
        sums[*series].1 += 1.0;
    }
    let unit: Vec<f64> = sums
        .iter()
        .map(|(sum, n)| (sum + PRIOR_ERRORS * pooled) / (n + PRIOR_ERRORS))
        .collect();
    let scaled: Vec<f64> = found.iter().map(|(s, e)| e / unit[*s]).collect();
    let points: Vec<f64> = (0..POINTS)
        .map(|k| (k as f64 + 0.5) / POINTS as f64)
        .collect();
    let mut shape = stats::quantiles(&scaled, &points);
    if !rule.knows_drift() {
        let middle = shape[POINTS / 2];
        for z in &mut shape {
            *z -= middle;
        }
    }
    Some(Errors {
        unit,
        shape,
        growth: (f64::from(distance.gap) / f64::from(gap)).sqrt(),
    })
}

impl Predictor for ByRule {
    fn id(&self) -> &str {
        self.id
    }

    fn predict(
        &self,
        origin: Origin<'_>,
        known: &Series,
        wanted: &[Wanted],
    ) -> Result<Vec<Option<Predictive>>, HistoryError> {
        let newest = known.values().filter_map(|s| s.last()).map(|r| r.0).max();
        let Some(newest) = newest else {
            return Ok(vec![None; wanted.len()]);
        };
        let rule = (self.fit)(origin, known)?;
        let keys: Vec<&Key> = known.keys().collect();
        let mut seen: Vec<(Distance, Option<Errors>)> = Vec::new();
        let mut out = Vec::with_capacity(wanted.len());
        for w in wanted {
            let place = keys.binary_search(&&w.key).ok().and_then(|series| {
                let past = known.get(keys[series])?.as_slice();
                past.last()
                    .filter(|r| newest - r.0 <= STALE_YEARS && r.0 < w.target)
                    .map(|_| Place {
                        key: keys[series],
                        series,
                        past,
                    })
            });
            let Some(place) = place else {
                out.push(None);
                continue;
            };
            let distance = Distance {
                gap: w.target - place.base(),
                ahead: origin.year - place.base(),
            };
            let found = seen.iter().position(|(d, _)| *d == distance);
            let at = found.unwrap_or(seen.len());
            if found.is_none() {
                seen.push((distance, errors(&*rule, known, newest, distance)));
            }
            let forecast = seen[at].1.as_ref().and_then(|e| {
                let centre = rule.say(place, distance).filter(|s| s.is_finite())?;
                let unit = e.growth * e.unit[place.series];
                let values = e.shape.iter().map(|z| {
                    let value = centre + unit * z;
                    self.bounds
                        .map_or(value, |(low, high)| value.clamp(low, high))
                });
                Some(Predictive::Sample(values.collect()))
            });
            out.push(forecast);
        }
        Ok(out)
    }
}
