//! What an event did, from what happened elsewhere: a synthetic control.
//!
//! The treated series is set beside a weighted mean of series that the acts did not aim at, each
//! less its own mean over the years before (Doudchenko & Imbens 2016, Ferman & Pinto 2021; after
//! Abadie, Diamond & Hainmueller 2010). Weights are not negative and sum to one; they fit the years
//! before the act. With fewer than four such years all series weigh alike (differences in
//! differences). The gap of each comparison series against the others gives the band that the gap
//! would have if nothing had happened.

use realign_atlas::Year;
use realign_numerics::stats;
use serde::Serialize;

/// Years before the act that weights and means rest on.
const BEFORE_YEARS: i32 = 10;
/// Fewest years before for weights.
const LEAST_FOR_WEIGHTS: usize = 4;
/// Comparison series kept, the nearest in the years before.
const MOST_DONORS: usize = 20;
/// Fewest comparison series.
const LEAST_DONORS: usize = 5;
/// Steps of the search for weights.
const STEPS: usize = 400;
/// Central probability of the band.
const BAND: f64 = 0.95;

/// Gap between what happened and what the comparison says, on the scale of the quantity.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Gap {
    /// The gap.
    pub value: f64,
    /// Absolute gap that 95 % of the comparison series stay within.
    pub band95: f64,
    /// Share of series, itself included, with an absolute gap at least as large.
    pub p: f64,
    /// Comparison series.
    pub donors: usize,
    /// Years before the act.
    pub before_years: usize,
}

impl Gap {
    /// Whether it is larger than what the comparison series show without any act.
    pub fn is_clear(&self) -> bool {
        self.value.abs() > self.band95
    }
}

/// One series cut to the years before and the target.
struct Path {
    before: Vec<f64>,
    mean: f64,
    target: f64,
}

impl Path {
    fn cut(series: &[(Year, f64)], years: &[Year], target: Year) -> Option<Self> {
        let at = |y: Year| {
            let k = series.binary_search_by_key(&y, |r| r.0).ok()?;
            Some(series[k].1).filter(|v| v.is_finite())
        };
        let before: Vec<f64> = years.iter().map(|y| at(*y)).collect::<Option<_>>()?;
        let mean = stats::mean(&before);
        Some(Self {
            before: before.iter().map(|v| v - mean).collect(),
            mean,
            target: at(target)?,
        })
    }

    fn change(&self) -> f64 {
        self.target - self.mean
    }

    fn distance(&self, other: &Self) -> f64 {
        let pairs = self.before.iter().zip(&other.before);
        pairs.map(|(a, b)| (a - b).powi(2)).sum()
    }
}

/// Gap of `treated` at `target`; acts begin after `origin`. `None` without a year before or
/// with fewer than five comparison series.
pub fn gap(
    treated: &[(Year, f64)],
    donors: &[Vec<(Year, f64)>],
    origin: Year,
    target: Year,
) -> Option<Gap> {
    let years: Vec<Year> = treated
        .iter()
        .map(|r| r.0)
        .filter(|y| *y <= origin && origin - *y < BEFORE_YEARS)
        .collect();
    if years.is_empty() {
        return None;
    }
    // Surveys leave gaps: where too few series have every year, fewer years are compared, at last a
    // single one, the newest that works.
    let newest = |k: usize| years[years.len().saturating_sub(k)..].to_vec();
    let single = years.iter().rev().map(|y| vec![*y]);
    let mut spans = [years.clone(), newest(3)].into_iter().chain(single);
    let (years, own, mut paths) = spans.find_map(|span| {
        let own = Path::cut(treated, &span, target)?;
        let paths: Vec<Path> = donors
            .iter()
            .filter_map(|d| Path::cut(d, &span, target))
            .collect();
        (paths.len() >= LEAST_DONORS).then_some((span, own, paths))
    })?;
    paths.sort_by(|a, b| own.distance(a).total_cmp(&own.distance(b)));
    paths.truncate(MOST_DONORS);
    let all: Vec<&Path> = paths.iter().collect();
    let value = own.change() - synthetic(&own, &all);
    let others: Vec<f64> = (0..paths.len())
        .map(|k| {
            let rest: Vec<&Path> = (0..paths.len())
                .filter(|j| *j != k)
                .map(|j| &paths[j])
                .collect();
            (paths[k].change() - synthetic(&paths[k], &rest)).abs()
        })
        .collect();
    let as_large = others.iter().filter(|g| **g >= value.abs()).count();
    Some(Gap {
        value,
        band95: stats::quantile_sorted(&stats::sorted(&others), BAND),
        p: (1 + as_large) as f64 / (1 + others.len()) as f64,
        donors: paths.len(),
        before_years: years.len(),
    })
}

/// Change of the weighted comparison.
fn synthetic(own: &Path, donors: &[&Path]) -> f64 {
    let weights = weights(own, donors);
    let changes = donors.iter().map(|d| d.change());
    weights.iter().zip(changes).map(|(w, c)| w * c).sum()
}

/// Weights on the simplex that fit the years before: Frank–Wolfe from equal weights with the exact
/// step, which keeps weights spread out where the fit does not tell series apart.
fn weights(own: &Path, donors: &[&Path]) -> Vec<f64> {
    let k = donors.len();
    let mut w = vec![1.0 / k as f64; k];
    let t = own.before.len();
    if t < LEAST_FOR_WEIGHTS {
        return w;
    }
    let mut residual: Vec<f64> = (0..t)
        .map(|s| {
            let fit: f64 = donors.iter().zip(&w).map(|(d, w)| w * d.before[s]).sum();
            own.before[s] - fit
        })
        .collect();
    for _ in 0..STEPS {
        let slope = |d: &Path| -> f64 { d.before.iter().zip(&residual).map(|(x, r)| x * r).sum() };
        let slopes: Vec<f64> = donors.iter().map(|d| slope(d)).collect();
        let best = (0..k).fold(0, |b, j| if slopes[j] > slopes[b] { j } else { b });
        let fit: Vec<f64> = (0..t).map(|s| own.before[s] - residual[s]).collect();
        let towards: Vec<f64> = (0..t).map(|s| donors[best].before[s] - fit[s]).collect();
        let gain: f64 = towards.iter().zip(&residual).map(|(a, r)| a * r).sum();
        let size: f64 = towards.iter().map(|a| a * a).sum();
        if gain <= 1e-14 || size <= 0.0 {
            break;
        }
        let step = (gain / size).clamp(0.0, 1.0);
        for v in &mut w {
            *v *= 1.0 - step;
        }
        w[best] += step;
        for (r, a) in residual.iter_mut().zip(&towards) {
            *r -= step * a;
        }
    }
    w
}

#[cfg(test)]
mod tests {
    use super::*;

    fn line(from: i32, to: i32, f: impl Fn(i32) -> f64) -> Vec<(Year, f64)> {
        (from..=to).map(|y| (Year(y), f(y))).collect()
    }

    #[test]
    fn ref_a_known_effect_is_found() {
        // Six comparison series with different slopes; the treated one is the mean of two of them,
        // with one added after the act.
        let donors: Vec<Vec<(Year, f64)>> = (0..6)
            .map(|k| {
                line(2000, 2012, |y| {
                    f64::from(k) * 0.1 * f64::from(y - 2000)
                        + (f64::from(y * (k + 3)) * 0.7).sin() * 0.05
                })
            })
            .collect();
        let treated: Vec<(Year, f64)> = (0..13)
            .map(|t| {
                let mean = 0.5 * (donors[1][t].1 + donors[4][t].1);
                (donors[0][t].0, 5.0 + mean + if t > 9 { 1.0 } else { 0.0 })
            })
            .collect();
        let g = gap(&treated, &donors, Year(2009), Year(2012)).unwrap();
        assert!((g.value - 1.0).abs() < 0.05, "{g:?}");
        assert_eq!((g.donors, g.before_years), (6, 10));
    }

    #[test]
    fn prop_weights_are_on_the_simplex() {
        let path = |x: [f64; 5]| Path {
            before: x.to_vec(),
            mean: 0.0,
            target: 0.0,
        };
        let own = path([0.1, 0.3, -0.2, 0.4, -0.6]);
        let donors = [
            path([0.2, 0.1, -0.1, 0.3, -0.5]),
            path([-0.4, 0.2, 0.2, 0.0, 0.0]),
            path([0.5, -0.5, 0.1, -0.1, 0.0]),
        ];
        let w = weights(&own, &donors.iter().collect::<Vec<_>>());
        assert!((w.iter().sum::<f64>() - 1.0).abs() < 1e-12);
        assert!(w.iter().all(|v| *v >= 0.0));
        assert!(w[0] > 0.8, "{w:?}");
    }

    #[test]
    fn prop_too_little_is_no_gap() {
        let short = line(2008, 2012, f64::from);
        assert!(
            gap(
                &short,
                &[short.clone(), short.clone()],
                Year(2009),
                Year(2012)
            )
            .is_none()
        );
    }
}
