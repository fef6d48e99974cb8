//! A rule by regression: the change over the distance on what was known at its first date.

use std::cell::RefCell;
use std::rc::Rc;

use realign_atlas::Year;

use super::{Distance, MOST_DATES, Place, Rule};
use crate::quantities::regression::ridge;
use crate::{Key, Series};

/// Rows below which a shorter distance is fitted.
const LEAST_ROWS: usize = 40;

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
            let (mut x, mut y) = (Vec::new(), Vec::new());
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
                    }
                }
            }
            if y.len() >= LEAST_ROWS {
                return Slopes {
                    beta: ridge(&x, self.width, self.used, &y),
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
