//! A forecast by regression: the change between two dates of a panel on what was known at the
//! first, with the errors it made before.
//!
//! ```text
//! y(t+g) = y(t) + c + x(t)'β + e        fitted on every pair of dates that the panel shows
//! ```
//!
//! `g` is the distance from the last value that is known to the year that is wanted. Where the
//! panel is too short for it, a shorter distance is fitted: its effects are taken as they are (no
//! more was seen), its errors are scaled by the root of the ratio. Effects and drift are pulled to
//! nothing as if the panel had one more change of its own length in which nothing had an effect:
//! many series that move together are still few changes. The forecast distribution is that of the fitted rows'
//! errors at a similar level. The same rows and errors serve every twin, so that twins differ by
//! their columns and by nothing else.

use realign_atlas::Year;
use realign_numerics::linalg::Cholesky;
use realign_numerics::stats;

use crate::{HistoryError, Key, Origin, Predictive, Predictor, Series, Wanted};

/// Rows below which nothing is fitted.
const LEAST_ROWS: usize = 30;
/// First dates below which a distance counts as not seen: errors of one date are one shock.
const LEAST_DATES: usize = 2;
/// Most first dates that are fitted, the newest.
const MOST_DATES: i32 = 20;
/// Years beyond the panel's own lag after which a series counts as ended.
const STALE_YEARS: i32 = 2;
/// Rows of no effect that are added to each standardised column at least: keeps constant columns
/// from failing.
const PRIOR_ROWS: f64 = 10.0;
/// Share of the most extreme changes on each side that is drawn in before fitting.
const WINSOR: f64 = 0.01;
/// Rows behind one class of levels with errors of its own, and the most classes: fewer for
/// fractions, which are often zero.
const CLASS_ROWS: usize = 150;
const MOST_CLASSES: usize = 10;
const MOST_CLASSES_OF_FRACTIONS: usize = 4;
/// Points of a forecast distribution.
pub(crate) const POINTS: usize = 99;

/// The dates of a change.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Dates {
    /// Of the last value that is known.
    pub(crate) base: Year,
    /// Newest year of a table that appears a year later, seen from where the forecast is made.
    pub(crate) info: Year,
    /// Of the value that is wanted.
    pub(crate) target: Year,
}

/// Covariates of a panel, built from what an origin shows.
pub(crate) trait Covariates {
    /// Writes the covariates of a change; false where one is not known. `past` ends with the value
    /// at `dates.base`.
    fn row(&self, key: &Key, past: &[(Year, f64)], dates: Dates, row: &mut [f64]) -> bool;
}

/// Builds the covariates of a panel at an origin.
pub(crate) type Build =
    for<'a> fn(Origin<'a>, &'a Series) -> Result<Box<dyn Covariates + 'a>, HistoryError>;

/// What is done with the columns.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Form {
    /// The last value stays; the columns only decide which rows count.
    Stay,
    /// One column, by position, is added as it is.
    Add(usize),
    /// Intercept and effects of the first columns, this many.
    Fit(usize),
}

/// A regression as a [`Predictor`].
pub(crate) struct Regression {
    /// Identifier.
    pub(crate) id: &'static str,
    /// Covariates; all of them must be known for a row to count, in every twin.
    pub(crate) build: Build,
    /// Number of columns.
    pub(crate) columns: usize,
    /// What is done with them.
    pub(crate) form: Form,
    /// Least and largest possible value.
    pub(crate) bounds: Option<(f64, f64)>,
}

/// Rows of changes.
#[derive(Default)]
struct Sample {
    /// Changes of the whole panel that do not overlap.
    changes: f64,
    x: Vec<f64>,
    level: Vec<f64>,
    change: Vec<f64>,
}

/// A fitted regression.
struct Fitted {
    /// Intercept and slopes.
    beta: Vec<f64>,
    /// Time wanted over time fitted.
    ratio: f64,
    /// Upper ends of the classes of levels but the last.
    ends: Vec<f64>,
    /// Errors of each class at the points of a forecast distribution.
    errors: Vec<Vec<f64>>,
}

impl Predictor for Regression {
    fn id(&self) -> &str {
        self.id
    }

    fn predict(
        &self,
        origin: Origin<'_>,
        known: &Series,
        wanted: &[Wanted],
    ) -> Result<Vec<Option<Predictive>>, HistoryError> {
        let covariates = (self.build)(origin, known)?;
        let newest = known.values().filter_map(|s| s.last()).map(|r| r.0).max();
        let Some(newest) = newest else {
            return Ok(vec![None; wanted.len()]);
        };
        let mut fits: Vec<((i32, i32), Option<Fitted>)> = Vec::new();
        let mut row = vec![0.0; self.columns];
        let mut out = Vec::with_capacity(wanted.len());
        for w in wanted {
            let Some(past) = known.get(&w.key).filter(|p| !p.is_empty()) else {
                out.push(None);
                continue;
            };
            let (base, level) = past[past.len() - 1];
            if newest - base > STALE_YEARS || w.target <= base {
                out.push(None);
                continue;
            }
            let distance = (w.target - base, origin.year - base);
            let seen = fits.iter().position(|(d, _)| *d == distance);
            let at = seen.unwrap_or_else(|| {
                fits.push((distance, self.fit(&*covariates, known, distance)));
                fits.len() - 1
            });
            let dates = dates(base, distance.0, distance.1);
            let forecast = fits[at]
                .1
                .as_ref()
                .filter(|_| covariates.row(&w.key, past, dates, &mut row))
                .and_then(|f| self.forecast(f, level, &row));
            out.push(forecast);
        }
        Ok(out)
    }
}

/// Dates of a change over `gap` years that is forecast `ahead` years after the last known value.
fn dates(base: Year, gap: i32, ahead: i32) -> Dates {
    let target = base + gap;
    Dates {
        base,
        info: (base + (ahead - 1).max(0)).min(target - 1).max(base),
        target,
    }
}

impl Regression {
    fn fit(
        &self,
        covariates: &dyn Covariates,
        known: &Series,
        (gap, ahead): (i32, i32),
    ) -> Option<Fitted> {
        (1..=gap).rev().find_map(|g| {
            let sample = self.sample(covariates, known, g, ahead)?;
            Some(self.fit_sample(&sample, f64::from(gap) / f64::from(g)))
        })
    }

    /// Every change over `gap` years among known values; `None` when there are too few.
    fn sample(
        &self,
        covariates: &dyn Covariates,
        known: &Series,
        gap: i32,
        ahead: i32,
    ) -> Option<Sample> {
        let newest = known.values().filter_map(|s| s.last()).map(|r| r.0).max()?;
        let from = newest - gap - MOST_DATES;
        let mut s = Sample::default();
        let mut bases: Vec<Year> = Vec::new();
        let mut row = vec![0.0; self.columns];
        for (key, series) in known {
            for (at, (base, level)) in series.iter().enumerate().filter(|(_, r)| r.0 > from) {
                let target = *base + gap;
                let Ok(then) = series[at..].binary_search_by_key(&target, |r| r.0) else {
                    continue;
                };
                if covariates.row(key, &series[..=at], dates(*base, gap, ahead), &mut row) {
                    s.x.extend_from_slice(&row);
                    s.level.push(*level);
                    s.change.push(series[at + then].1 - level);
                    bases.push(*base);
                }
            }
        }
        bases.sort_unstable();
        bases.dedup();
        s.changes = 1.0 + (bases.len() as f64 - 1.0) / f64::from(gap);
        (s.change.len() >= LEAST_ROWS && bases.len() >= LEAST_DATES).then_some(s)
    }

    fn fit_sample(&self, s: &Sample, ratio: f64) -> Fitted {
        let width = self.columns;
        let beta = match self.form {
            Form::Stay => vec![0.0],
            Form::Add(k) => (0..k + 2)
                .map(|c| f64::from(u8::from(c == k + 1)))
                .collect(),
            Form::Fit(used) => {
                let rows = s.change.len() as f64 / s.changes;
                ridge(&s.x, width, used, &s.change, rows.max(PRIOR_ROWS))
            }
        };
        let errors: Vec<f64> = (0..s.change.len())
            .map(|r| s.change[r] - linear(&beta, &s.x[r * width..][..width]))
            .collect();
        let most = if self.bounds.is_some() {
            MOST_CLASSES_OF_FRACTIONS
        } else {
            MOST_CLASSES
        };
        let (ends, mut classes) = by_level(&s.level, &errors, most);
        for class in &mut classes {
            if !matches!(self.form, Form::Fit(_)) {
                // No drift is claimed.
                let middle = stats::quantiles(class, &[0.5])[0];
                for e in class.iter_mut() {
                    *e -= middle;
                }
            }
            let points: Vec<f64> = (0..POINTS)
                .map(|k| (k as f64 + 0.5) / POINTS as f64)
                .collect();
            *class = stats::quantiles(class, &points);
        }
        Fitted {
            beta,
            ratio,
            ends,
            errors: classes,
        }
    }

    fn forecast(&self, f: &Fitted, level: f64, row: &[f64]) -> Option<Predictive> {
        let centre = level + linear(&f.beta, row);
        let class = f.ends.partition_point(|e| *e <= level);
        let draws: Vec<f64> = f.errors[class]
            .iter()
            .map(|e| {
                let v = centre + f.ratio.sqrt() * e;
                self.bounds.map_or(v, |(low, high)| v.clamp(low, high))
            })
            .collect();
        Predictive::from_draws(&draws)
    }
}

/// Intercept and slopes applied to the first columns of a row.
fn linear(beta: &[f64], row: &[f64]) -> f64 {
    beta[0] + beta[1..].iter().zip(row).map(|(b, x)| b * x).sum::<f64>()
}

/// Least squares of `y` on an intercept and the first `used` of `width` columns, which are
/// standardised; extreme changes are drawn in, slopes and mean change are pulled to zero by
/// `prior_rows` rows without effect.
fn ridge(x: &[f64], width: usize, used: usize, y: &[f64], prior_rows: f64) -> Vec<f64> {
    let rows = y.len();
    let limits = stats::quantiles(y, &[WINSOR, 1.0 - WINSOR]);
    let y: Vec<f64> = y.iter().map(|v| v.clamp(limits[0], limits[1])).collect();
    let centre = stats::mean(&y);
    let column = |c: usize| (0..rows).map(move |r| x[r * width + c]);
    let means: Vec<f64> = (0..used)
        .map(|c| column(c).sum::<f64>() / rows as f64)
        .collect();
    let scales: Vec<f64> = (0..used)
        .map(|c| {
            let ss: f64 = column(c).map(|v| (v - means[c]).powi(2)).sum();
            (ss / rows as f64).sqrt()
        })
        .collect();
    let z = |r: usize, c: usize| {
        if scales[c] > 0.0 {
            (x[r * width + c] - means[c]) / scales[c]
        } else {
            0.0
        }
    };
    let mut gram = vec![0.0; used * used];
    let mut rhs = vec![0.0; used];
    let mut row = vec![0.0; used];
    for (r, v) in y.iter().enumerate() {
        for (c, cell) in row.iter_mut().enumerate() {
            *cell = z(r, c);
        }
        for a in 0..used {
            rhs[a] += row[a] * (v - centre);
            for b in 0..=a {
                gram[a * used + b] += row[a] * row[b];
            }
        }
    }
    for a in 0..used {
        for b in 0..a {
            gram[b * used + a] = gram[a * used + b];
        }
        gram[a * used + a] += prior_rows;
    }
    // With prior rows on its diagonal the matrix is positive definite; no effect otherwise.
    match Cholesky::factor(&gram, used) {
        Ok(chol) => chol.solve(&mut rhs),
        Err(_) => rhs.fill(0.0),
    }
    let slopes: Vec<f64> = (0..used)
        .map(|c| {
            if scales[c] > 0.0 {
                rhs[c] / scales[c]
            } else {
                0.0
            }
        })
        .collect();
    let drift = centre * rows as f64 / (rows as f64 + prior_rows);
    let intercept = drift - slopes.iter().zip(&means).map(|(b, m)| b * m).sum::<f64>();
    std::iter::once(intercept).chain(slopes).collect()
}

/// Errors in classes of equal size by level: upper ends of all classes but the last, and the errors
/// of each.
fn by_level(level: &[f64], errors: &[f64], most: usize) -> (Vec<f64>, Vec<Vec<f64>>) {
    let classes = (errors.len() / CLASS_ROWS).clamp(1, most);
    let at: Vec<f64> = (1..classes).map(|k| k as f64 / classes as f64).collect();
    let mut ends = stats::quantiles(level, &at);
    ends.dedup();
    let mut out = vec![Vec::new(); ends.len() + 1];
    for (l, e) in level.iter().zip(errors) {
        out[ends.partition_point(|end| *end <= *l)].push(*e);
    }
    // Ties at an end, such as many zeros, may leave a class empty: it shares its neighbour's.
    while let Some(empty) = out.iter().position(Vec::is_empty) {
        out.remove(empty);
        ends.remove(empty.min(ends.len() - 1));
    }
    (ends, out)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn prop_dates_never_look_past_what_is_known() {
        for gap in 1..9 {
            for ahead in 0..gap {
                let d = dates(Year(2000), gap, ahead);
                assert!(d.info >= d.base && d.info < d.target);
                assert!(d.info - d.base <= (ahead - 1).max(0));
            }
        }
    }

    #[test]
    fn ref_ridge_recovers_a_line() {
        // 2,000 rows on y = 0.5 + 2 x: ten prior rows shrink by half a percent.
        let x: Vec<f64> = (0..2000).map(|k| f64::from(k) / 1000.0 - 1.0).collect();
        let y: Vec<f64> = x.iter().map(|x| 0.5 + 2.0 * x).collect();
        let beta = ridge(&x, 1, 1, &y, PRIOR_ROWS);
        assert!((beta[0] - 0.5).abs() < 0.01 && (beta[1] - 2.0).abs() < 0.03);
        // A constant column has no effect and does not fail.
        assert_eq!(ridge(&vec![1.0; 2000], 1, 1, &y, PRIOR_ROWS)[1], 0.0);
    }

    #[test]
    fn prop_classes_hold_every_error_once() {
        let level: Vec<f64> = (0..1000).map(|k| f64::from((k % 7).max(4))).collect();
        let errors: Vec<f64> = (0..1000).map(f64::from).collect();
        let (ends, classes) = by_level(&level, &errors, 4);
        assert_eq!(ends.len() + 1, classes.len());
        assert_eq!(classes.iter().map(Vec::len).sum::<usize>(), 1000);
        assert!(classes.iter().all(|c| !c.is_empty()));
    }
}
