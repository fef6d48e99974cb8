//! A rule by regression: the change over the distance on what was known at its first date.

use std::cell::RefCell;
use std::rc::Rc;

use realign_atlas::Year;
use realign_numerics::linalg::Cholesky;
use realign_numerics::stats;

use super::{Distance, MOST_DATES, Place, Rule};
use crate::{Key, Series};

/// Rows below which a shorter distance is fitted.
const LEAST_ROWS: usize = 40;
/// Dates of no effect that are added: the rows of one date share its shocks, so that it is dates,
/// not rows, that a panel has few of.
const PRIOR_DATES: f64 = 5.0;
/// Share of the most extreme changes on each side that is drawn in before fitting.
const WINSOR: f64 = 0.01;

/// What a regression knows beside the series.
pub(crate) trait Covariates {
    /// Writes the covariates of the change over `distance` from the last of `past`, as far as they
    /// were public `distance.ahead` years later; false where one is not known.
    fn row(&self, key: &Key, past: &[(Year, f64)], distance: Distance, row: &mut [f64]) -> bool;
}

/// A fitted regression of one distance.
#[derive(Clone)]
struct Slopes {
    /// Intercept and slopes; empty where nothing could be fitted.
    beta: Vec<f64>,
    /// Distance wanted over distance fitted.
    ratio: f64,
}

/// A regression on the first `used` of `width` columns; rows need all columns, so that a twin with
/// fewer is fitted and scored on the same ones.
pub(crate) struct Linear<'a> {
    covariates: Box<dyn Covariates + 'a>,
    known: &'a Series,
    width: usize,
    used: usize,
    fits: RefCell<Vec<(Distance, Rc<Slopes>)>>,
}

impl<'a> Linear<'a> {
    /// Of `known`, with covariates of `width` columns of which the first `used` count.
    pub(crate) fn new(
        covariates: Box<dyn Covariates + 'a>,
        known: &'a Series,
        width: usize,
        used: usize,
    ) -> Self {
        Self {
            covariates,
            known,
            width,
            used,
            fits: RefCell::new(Vec::new()),
        }
    }

    fn fit(&self, wanted: Distance) -> Slopes {
        let newest = self
            .known
            .values()
            .filter_map(|s| s.last())
            .map(|r| r.0)
            .max();
        for gap in (1..=wanted.gap).rev() {
            let Some(newest) = newest else { break };
            let d = Distance {
                gap,
                ahead: wanted.ahead.min(gap - 1),
            };
            let (mut x, mut y, mut dates) = (Vec::new(), Vec::new(), Vec::new());
            let mut row = vec![0.0; self.width];
            for (key, s) in self.known {
                for at in (0..s.len()).filter(|k| s[*k].0 > newest - gap - MOST_DATES) {
                    let target = s[at].0 + gap;
                    let Ok(then) = s[at..].binary_search_by_key(&target, |r| r.0) else {
                        continue;
                    };
                    if self.covariates.row(key, &s[..=at], d, &mut row) {
                        x.extend_from_slice(&row);
                        y.push(s[at + then].1 - s[at].1);
                        dates.push(s[at].0);
                    }
                }
            }
            if y.len() >= LEAST_ROWS {
                dates.sort_unstable();
                dates.dedup();
                let prior = PRIOR_DATES * y.len() as f64 / dates.len() as f64;
                return Slopes {
                    beta: ridge(&x, self.width, self.used, &y, prior),
                    ratio: f64::from(wanted.gap) / f64::from(gap),
                };
            }
        }
        Slopes {
            beta: Vec::new(),
            ratio: 1.0,
        }
    }

    fn slopes(&self, d: Distance) -> Rc<Slopes> {
        let found = self
            .fits
            .borrow()
            .iter()
            .find(|f| f.0 == d)
            .map(|f| Rc::clone(&f.1));
        found.unwrap_or_else(|| {
            let slopes = Rc::new(self.fit(d));
            self.fits.borrow_mut().push((d, Rc::clone(&slopes)));
            slopes
        })
    }
}

impl Rule for Linear<'_> {
    fn say(&self, place: Place<'_>, d: Distance) -> Option<f64> {
        let slopes = self.slopes(d);
        let (intercept, rest) = slopes.beta.split_first()?;
        let mut row = vec![0.0; self.width];
        let known = self.covariates.row(place.key, place.past, d, &mut row);
        known.then(|| {
            let change = intercept + rest.iter().zip(&row).map(|(b, x)| b * x).sum::<f64>();
            place.last() + slopes.ratio * change
        })
    }

    fn knows_drift(&self) -> bool {
        true
    }
}

/// Intercept and slopes of `y` on the first `used` of `width` columns by least squares; columns are
/// standardised, and all effects, the intercept's too, are pulled to zero by `prior` rows. Extreme
/// changes are drawn in.
fn ridge(x: &[f64], width: usize, used: usize, y: &[f64], prior: f64) -> Vec<f64> {
    let n = y.len() as f64;
    let limits = stats::quantiles(y, &[WINSOR, 1.0 - WINSOR]);
    let y: Vec<f64> = y.iter().map(|v| v.clamp(limits[0], limits[1])).collect();
    let centre = stats::mean(&y);
    let column = |c: usize| x.iter().skip(c).step_by(width);
    let means: Vec<f64> = (0..used).map(|c| column(c).sum::<f64>() / n).collect();
    let scales: Vec<f64> = (0..used)
        .map(|c| (column(c).map(|v| (v - means[c]).powi(2)).sum::<f64>() / n).sqrt())
        .collect();
    let mut gram = vec![0.0; used * used];
    let mut slopes = vec![0.0; used];
    let mut z = vec![0.0; used];
    for (row, v) in x.chunks_exact(width).zip(&y) {
        for c in 0..used {
            z[c] = if scales[c] > 0.0 {
                (row[c] - means[c]) / scales[c]
            } else {
                0.0
            };
        }
        for a in 0..used {
            slopes[a] += z[a] * (v - centre);
            for b in 0..used {
                gram[a * used + b] += z[a] * z[b];
            }
        }
    }
    for a in 0..used {
        gram[a * used + a] += prior;
    }
    // With prior rows on its diagonal the matrix is positive definite; no effect otherwise.
    match Cholesky::factor(&gram, used) {
        Ok(chol) => chol.solve(&mut slopes),
        Err(_) => slopes.fill(0.0),
    }
    for (slope, scale) in slopes.iter_mut().zip(&scales) {
        *slope = if *scale > 0.0 { *slope / scale } else { 0.0 };
    }
    // The mean change is shrunk like any effect; what the columns explain of it is not.
    let explained: f64 = slopes.iter().zip(&means).map(|(b, m)| b * m).sum();
    let intercept = centre * n / (n + prior) - explained;
    std::iter::once(intercept).chain(slopes).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ref_ridge_recovers_a_line_and_shrinks() {
        let x: Vec<f64> = (0..2000)
            .flat_map(|k| [f64::from(k) / 1000.0 - 1.0, f64::from(k % 7)])
            .collect();
        let y: Vec<f64> = x.chunks_exact(2).map(|r| 0.5 + 2.0 * r[0]).collect();
        let free = ridge(&x, 2, 1, &y, 0.0);
        // Only drawing in the extreme hundredths bends the line.
        assert!((free[0] - 0.5).abs() < 0.01 && (free[1] - 2.0).abs() < 0.03);
        // As many prior rows as rows halve the slope and the mean.
        let half = ridge(&x, 2, 1, &y, 2000.0);
        assert!((half[0] - 0.5 * free[0]).abs() < 0.01 && (half[1] - 0.5 * free[1]).abs() < 1e-9);
        assert_eq!(ridge(&[1.0; 2000], 1, 1, &y, 1.0)[1], 0.0);
    }
}
