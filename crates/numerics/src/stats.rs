//! Summaries of draws and scores of forecasts.

use crate::special::{normal_cdf, normal_pdf};
use crate::{NumericsError, check_len};

/// Arithmetic mean; NaN when empty.
pub fn mean(x: &[f64]) -> f64 {
    x.iter().sum::<f64>() / x.len() as f64
}

/// Sample variance with n − 1; NaN for fewer than two values.
pub fn variance(x: &[f64]) -> f64 {
    if x.len() < 2 {
        return f64::NAN;
    }
    let m = mean(x);
    x.iter().map(|v| (v - m) * (v - m)).sum::<f64>() / (x.len() - 1) as f64
}

/// Sample standard deviation with n − 1; NaN for fewer than two values.
pub fn sd(x: &[f64]) -> f64 {
    variance(x).sqrt()
}

/// Pearson correlation; NaN when a side is constant or lengths differ.
pub fn correlation(x: &[f64], y: &[f64]) -> f64 {
    if x.len() != y.len() {
        return f64::NAN;
    }
    let (mx, my) = (mean(x), mean(y));
    let (mut sxy, mut sxx, mut syy) = (0.0, 0.0, 0.0);
    for (a, b) in x.iter().zip(y) {
        sxy += (a - mx) * (b - my);
        sxx += (a - mx) * (a - mx);
        syy += (b - my) * (b - my);
    }
    sxy / (sxx * syy).sqrt()
}

/// Mean with weights; `None` when the weights do not sum to a positive number.
pub fn weighted_mean(x: &[f64], weight: &[f64]) -> Option<f64> {
    let total: f64 = weight.iter().sum();
    (total > 0.0 && x.len() == weight.len())
        .then(|| x.iter().zip(weight).map(|(x, w)| x * w).sum::<f64>() / total)
}

/// Values sorted ascending; NaN sorts last.
pub fn sorted(x: &[f64]) -> Vec<f64> {
    let mut v = x.to_vec();
    v.sort_by(f64::total_cmp);
    v
}

/// Quantile of ascending values by linear interpolation, type 7 of Hyndman & Fan 1996; NaN when
/// empty.
pub fn quantile_sorted(ascending: &[f64], p: f64) -> f64 {
    if ascending.is_empty() {
        return f64::NAN;
    }
    let h = (ascending.len() - 1) as f64 * p.clamp(0.0, 1.0);
    let k = h.floor() as usize;
    match ascending.get(k + 1) {
        Some(above) => ascending[k] + (h - k as f64) * (above - ascending[k]),
        None => ascending[k],
    }
}

/// Quantiles of unsorted values, type 7.
pub fn quantiles(x: &[f64], p: &[f64]) -> Vec<f64> {
    let v = sorted(x);
    p.iter().map(|p| quantile_sorted(&v, *p)).collect()
}

/// Quantile of weighted values: the smallest value whose cumulated weight reaches the share `p`.
/// `None` when the weights do not sum to a positive number.
pub fn weighted_quantile(x: &[f64], weight: &[f64], p: f64) -> Option<f64> {
    let total: f64 = weight.iter().sum();
    if x.len() != weight.len() || total.is_nan() || total <= 0.0 {
        return None;
    }
    let mut order: Vec<usize> = (0..x.len()).collect();
    order.sort_by(|a, b| x[*a].total_cmp(&x[*b]));
    let mut cum = 0.0;
    for k in &order {
        cum += weight[*k];
        if cum >= p * total {
            return Some(x[*k]);
        }
    }
    order.last().map(|k| x[*k])
}

/// Mean difference of two arms that share their draws.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct PairedDifference {
    /// Mean of first minus second.
    pub mean: f64,
    /// Its standard error; NaN for fewer than two pairs.
    pub standard_error: f64,
    /// Number of pairs.
    pub pairs: usize,
    /// Variance of independent arms over variance of paired arms: how much common random numbers
    /// save. Infinite when the difference is constant.
    pub efficiency: f64,
}

/// Paired difference `with − without`.
pub fn paired_difference(with: &[f64], without: &[f64]) -> Result<PairedDifference, NumericsError> {
    check_len("second arm", without.len(), with.len())?;
    let d: Vec<f64> = with.iter().zip(without).map(|(a, b)| a - b).collect();
    let v = variance(&d);
    Ok(PairedDifference {
        mean: mean(&d),
        standard_error: (v / d.len() as f64).sqrt(),
        pairs: d.len(),
        efficiency: (variance(with) + variance(without)) / v,
    })
}

/// Variance of a nested sample, split between and within its groups.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct VarianceSplit {
    /// Variance of the group expectations: what a group's own draw explains; never negative.
    pub between: f64,
    /// Mean variance within groups.
    pub within: f64,
    /// Standard error of the mean, from the group means.
    pub se_of_mean: f64,
    /// Whole groups used.
    pub groups: usize,
}

/// Splits the variance of `x`, whose consecutive groups of `size` share a draw, by the analysis of
/// variance of a one-way random-effects model. Groups with a value that is not finite are left out;
/// `None` with fewer than two whole groups or a size below two.
pub fn variance_split(x: &[f64], size: usize) -> Option<VarianceSplit> {
    if size < 2 {
        return None;
    }
    let whole: Vec<&[f64]> = x
        .chunks_exact(size)
        .filter(|g| g.iter().all(|v| v.is_finite()))
        .collect();
    if whole.len() < 2 {
        return None;
    }
    let means: Vec<f64> = whole.iter().map(|g| mean(g)).collect();
    let within = whole.iter().map(|g| variance(g)).sum::<f64>() / whole.len() as f64;
    let of_means = variance(&means);
    Some(VarianceSplit {
        between: (of_means - within / size as f64).max(0.0),
        within,
        se_of_mean: (of_means / whole.len() as f64).sqrt(),
        groups: whole.len(),
    })
}

/// Continuous ranked probability score of a normal forecast (Gneiting & Raftery 2007); lower is
/// better, in the unit of `y`.
pub fn crps_normal(mean: f64, sd: f64, y: f64) -> f64 {
    if sd <= 0.0 {
        return (y - mean).abs();
    }
    let z = (y - mean) / sd;
    sd * (z * (2.0 * normal_cdf(z) - 1.0) + 2.0 * normal_pdf(z) - 1.0 / std::f64::consts::PI.sqrt())
}

/// Continuous ranked probability score of the empirical distribution of `samples`; NaN when empty.
pub fn crps_samples(samples: &[f64], y: f64) -> f64 {
    let v = sorted(samples);
    let n = v.len() as f64;
    let miss = v.iter().map(|x| (x - y).abs()).sum::<f64>() / n;
    // Mean absolute difference of all pairs from order statistics.
    let spread = v
        .iter()
        .enumerate()
        .map(|(k, x)| (2.0 * k as f64 + 1.0 - n) * x)
        .sum::<f64>()
        / (n * n);
    miss - spread
}

/// Log density of a normal forecast at the outcome; higher is better.
pub fn log_score_normal(mean: f64, sd: f64, y: f64) -> f64 {
    let z = (y - mean) / sd;
    -0.5 * z * z - sd.ln() - 0.5 * (2.0 * std::f64::consts::PI).ln()
}

/// Log probability of a binary outcome; probabilities are kept inside (0, 1).
pub fn log_score_binary(p: f64, happened: bool) -> f64 {
    let p = p.clamp(f64::EPSILON, 1.0 - f64::EPSILON);
    if happened { p.ln() } else { (-p).ln_1p() }
}

/// Mean squared error of probabilities.
pub fn brier(p: &[f64], happened: &[bool]) -> f64 {
    p.iter()
        .zip(happened)
        .map(|(p, h)| (p - f64::from(u8::from(*h))).powi(2))
        .sum::<f64>()
        / p.len() as f64
}

/// Score of a central interval of nominal level 1 − `alpha` (Winkler 1972); lower is better.
pub fn interval_score(low: f64, high: f64, alpha: f64, y: f64) -> f64 {
    (high - low) + 2.0 / alpha * ((low - y).max(0.0) + (y - high).max(0.0))
}

/// Share of outcomes inside their intervals, ends included; NaN when empty.
pub fn coverage(low: &[f64], high: &[f64], y: &[f64]) -> f64 {
    let inside = y
        .iter()
        .zip(low.iter().zip(high))
        .filter(|(y, (l, h))| *l <= *y && *y <= *h);
    inside.count() as f64 / y.len() as f64
}

/// Area under the precision–recall curve (average precision); ties share their rank. NaN when
/// nothing happened.
pub fn average_precision(score: &[f64], happened: &[bool]) -> f64 {
    let mut order: Vec<usize> = (0..score.len()).collect();
    order.sort_by(|a, b| score[*b].total_cmp(&score[*a]));
    let positives = happened.iter().filter(|h| **h).count() as f64;
    let (mut hits, mut seen, mut area, mut k) = (0.0, 0.0, 0.0, 0);
    while k < order.len() {
        let s = score[order[k]];
        let before = hits;
        while k < order.len() && score[order[k]] == s {
            hits += f64::from(u8::from(happened[order[k]]));
            seen += 1.0;
            k += 1;
        }
        area += (hits - before) / positives * (hits / seen);
    }
    area
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::random::Stream;
    use proptest::prelude::*;

    #[test]
    fn ref_variance_split_of_a_small_table() {
        // One-way analysis of variance by hand: groups (1,3), (5,7), (9,11): within 2, means
        // 2, 6, 10 with variance 16, so between = 16 − 2/2 = 15.
        let split = variance_split(&[1.0, 3.0, 5.0, 7.0, 9.0, 11.0], 2).expect("groups");
        assert_eq!((split.between, split.within, split.groups), (15.0, 2.0, 3));
        assert!((split.se_of_mean - (16.0_f64 / 3.0).sqrt()).abs() < 1e-12);
        // Equal means: nothing between.
        let none = variance_split(&[1.0, 3.0, 3.0, 1.0], 2).expect("groups");
        assert_eq!(none.between, 0.0);
        assert!(variance_split(&[1.0, 2.0], 1).is_none());
        assert!(variance_split(&[1.0, f64::NAN, 2.0, 3.0], 2).is_none());
    }

    #[test]
    fn ref_closed_forms() {
        assert!((crps_normal(0.0, 1.0, 0.0) - 0.2336950).abs() < 5e-8);
        assert!((crps_normal(0.0, 1.0, 1.0) - 0.6024414).abs() < 5e-8);
        assert_eq!(
            quantiles(&[4.0, 1.0, 3.0, 2.0], &[0.0, 0.25, 0.5, 1.0]),
            [1.0, 1.75, 2.5, 4.0]
        );
        assert_eq!(interval_score(0.0, 1.0, 0.1, 1.5), 11.0);
        assert_eq!(coverage(&[0.0, 0.0], &[1.0, 1.0], &[0.5, 2.0]), 0.5);
        assert_eq!(weighted_mean(&[1.0, 3.0], &[1.0, 3.0]), Some(2.5));
        assert_eq!(
            weighted_quantile(&[3.0, 1.0, 2.0], &[1.0, 1.0, 8.0], 0.5),
            Some(2.0)
        );
        assert!((log_score_normal(0.0, 1.0, 0.0) + 0.9189385332046727).abs() < 1e-15);
        assert_eq!(
            average_precision(&[0.9, 0.8, 0.1], &[true, false, true]),
            0.5 + 0.5 * 2.0 / 3.0
        );
        assert_eq!(
            average_precision(&[0.5; 4], &[true, false, false, false]),
            0.25
        );
    }

    #[test]
    fn prop_sample_score_approaches_normal_score() {
        let s = Stream::new(11, 0);
        let draws: Vec<f64> = (0..20_000).map(|k| s.normal(0, k, 0, 0)).collect();
        // Monte-Carlo error of 20 000 draws.
        assert!((crps_samples(&draws, 0.7) - crps_normal(0.0, 1.0, 0.7)).abs() < 0.01);
        assert_eq!(crps_samples(&[2.0], 5.0), 3.0);
    }

    #[test]
    fn coverage_paired_standard_error() {
        // 400 experiments of 50 pairs: the 95 % interval covers the true difference.
        let hits = (0..400u32)
            .filter(|r| {
                let s = Stream::new(5, *r);
                let base: Vec<f64> = (0..50).map(|k| s.normal(0, k, 0, 0)).collect();
                let shifted: Vec<f64> = base
                    .iter()
                    .enumerate()
                    .map(|(k, b)| b + 1.0 + 0.1 * s.normal(1, k as u32, 0, 0))
                    .collect();
                let d = paired_difference(&shifted, &base).unwrap();
                assert!(d.efficiency > 50.0);
                (d.mean - 1.0).abs() < 2.01 * d.standard_error
            })
            .count();
        // Binomial(400, .95): four standard deviations.
        assert!((363..=397).contains(&hits), "{hits}");
    }

    proptest! {
        #[test]
        fn prop_quantile_between_extremes_and_monotone(x in prop::collection::vec(-1e3f64..1e3, 1..40), p in 0.0f64..1.0) {
            let q = quantiles(&x, &[0.0, p, 1.0]);
            prop_assert!(q[0] <= q[1] && q[1] <= q[2]);
            let shifted: Vec<f64> = x.iter().map(|v| 2.0 * v + 1.0).collect();
            prop_assert!((quantiles(&shifted, &[p])[0] - (2.0 * q[1] + 1.0)).abs() < 1e-9);
        }
    }
}
