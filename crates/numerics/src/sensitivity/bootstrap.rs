//! Bootstrap of statistics that are functions of means over rows.
//!
//! Rows are resampled once for all statistics: a resample is a count per row, its means are one
//! product of counts and summands, shared by every index. Resample `r` is a pure function of
//! (seed, r), so that threads do not matter.

use rayon::prelude::*;

use crate::quantile;
use crate::random::philox4x32_10;
use crate::stats::{mean, quantile_sorted, sd, sorted};

/// Address of resampling among the uses of a seed.
const PURPOSE: u32 = 0x626f_6f74;
/// Resamples that share one pass over the rows.
const BLOCK: usize = 8;

/// How an interval is made from resamples.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub enum IntervalKind {
    /// Quantiles of the resamples (Efron 1979).
    #[default]
    Percentile,
    /// Estimate plus and minus normal quantiles times the standard deviation of the resamples.
    Normal,
}

/// Options of a bootstrap.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Bootstrap {
    /// Number of resamples; 0 leaves intervals NaN. Default 1000.
    pub resamples: usize,
    /// Nominal coverage in (0, 1). Default 0.95.
    pub level: f64,
    /// How intervals are made. Default percentile.
    pub kind: IntervalKind,
    /// Seed of the resamples. Default 0.
    pub seed: u64,
}

impl Default for Bootstrap {
    fn default() -> Self {
        Self {
            resamples: 1000,
            level: 0.95,
            kind: IntervalKind::Percentile,
            seed: 0,
        }
    }
}

/// A number with its bootstrap interval.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Estimate {
    /// The estimate from all rows.
    pub value: f64,
    /// Standard deviation of the resamples; NaN without resamples.
    pub standard_error: f64,
    /// Lower end of the interval; NaN without resamples.
    pub low: f64,
    /// Upper end of the interval; NaN without resamples.
    pub high: f64,
}

impl Estimate {
    /// Width of the interval.
    pub fn width(&self) -> f64 {
        self.high - self.low
    }

    /// The interval of `value` from its resamples; those that are not finite are left out.
    pub(crate) fn from_resamples(value: f64, resamples: &[f64], options: &Bootstrap) -> Self {
        let finite: Vec<f64> = resamples
            .iter()
            .copied()
            .filter(|v| v.is_finite())
            .collect();
        let standard_error = sd(&finite);
        let tail = 0.5 * (1.0 - options.level);
        let (low, high) = match options.kind {
            IntervalKind::Percentile if finite.len() > 1 => {
                let ascending = sorted(&finite);
                (
                    quantile_sorted(&ascending, tail),
                    quantile_sorted(&ascending, 1.0 - tail),
                )
            }
            IntervalKind::Percentile => (f64::NAN, f64::NAN),
            IntervalKind::Normal => {
                let z = quantile::normal(1.0 - tail);
                (value - z * standard_error, value + z * standard_error)
            }
        };
        Self {
            value,
            standard_error,
            low,
            high,
        }
    }
}

/// How often each of `n` rows appears in resample `r`.
pub(crate) fn counts(n: usize, seed: u64, r: usize, mut add: impl FnMut(usize)) {
    let key = [seed as u32, (seed >> 32) as u32];
    let mut left = n;
    let mut k = 0;
    while left > 0 {
        let block = philox4x32_10([k, r as u32, 0, PURPOSE], key);
        for word in block.iter().take(left) {
            add(((u64::from(*word) * n as u64) >> 32) as usize);
        }
        left -= left.min(4);
        k += 1;
    }
}

/// Column means of `summands` (rows × `columns`, row-major).
pub(crate) fn column_means(summands: &[f64], columns: usize) -> Vec<f64> {
    let mut sum = vec![0.0; columns];
    for row in summands.chunks_exact(columns) {
        for (s, v) in sum.iter_mut().zip(row) {
            *s += v;
        }
    }
    let n = (summands.len() / columns) as f64;
    sum.iter_mut().for_each(|s| *s /= n);
    sum
}

/// Applies `statistics` (means of one resample → statistics) to every resample; one vector each.
pub(crate) fn resampled<F>(
    summands: &[f64],
    columns: usize,
    options: &Bootstrap,
    statistics: F,
) -> Vec<Vec<f64>>
where
    F: Fn(&[f64]) -> Vec<f64> + Sync,
{
    let n = summands.len() / columns;
    let blocks: Vec<usize> = (0..options.resamples).step_by(BLOCK).collect();
    blocks
        .par_iter()
        .flat_map_iter(|first| {
            let size = BLOCK.min(options.resamples - first);
            let mut weight = vec![0.0; n * BLOCK];
            for r in 0..size {
                counts(n, options.seed, first + r, |row| {
                    weight[row * BLOCK + r] += 1.0;
                });
            }
            let mut sums = vec![0.0; BLOCK * columns];
            for (row, w) in summands
                .chunks_exact(columns)
                .zip(weight.chunks_exact(BLOCK))
            {
                for (sum, w) in sums.chunks_exact_mut(columns).zip(w) {
                    if *w != 0.0 {
                        for (s, v) in sum.iter_mut().zip(row) {
                            *s += w * v;
                        }
                    }
                }
            }
            sums.iter_mut().for_each(|s| *s /= n as f64);
            sums.chunks_exact(columns)
                .take(size)
                .map(&statistics)
                .collect::<Vec<_>>()
        })
        .collect()
}

/// Estimates with intervals for every statistic: `values` from all rows, `resamples` as made by
/// [`resampled`].
pub(crate) fn estimates(
    values: &[f64],
    resamples: &[Vec<f64>],
    options: &Bootstrap,
) -> Vec<Estimate> {
    (0..values.len())
        .into_par_iter()
        .map(|j| {
            let column: Vec<f64> = resamples.iter().map(|r| r[j]).collect();
            Estimate::from_resamples(values[j], &column, options)
        })
        .collect()
}

/// Mean of the finite values and how many they are; the mean is NaN when there is none.
pub(crate) fn finite_mean(values: &[f64]) -> (f64, usize) {
    let finite: Vec<f64> = values.iter().copied().filter(|v| v.is_finite()).collect();
    (mean(&finite), finite.len())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn prop_counts_sum_to_the_rows_and_are_fair() {
        let n = 103;
        let mut total = vec![0u32; n];
        for r in 0..400 {
            let mut once = 0;
            counts(n, 9, r, |row| {
                total[row] += 1;
                once += 1;
            });
            assert_eq!(once, n);
        }
        // Poisson with mean 400: six standard deviations.
        assert!(total.iter().all(|c| (280..520).contains(c)));
    }

    #[test]
    fn ref_standard_error_of_a_mean() {
        // The bootstrap error of a mean is sd·√((n−1)/n)/√n, to the error of 4000 resamples.
        let x: Vec<f64> = (0..50).map(f64::from).collect();
        let options = Bootstrap {
            resamples: 4000,
            ..Bootstrap::default()
        };
        let r = resampled(&x, 1, &options, <[f64]>::to_vec);
        let e = estimates(&column_means(&x, 1), &r, &options);
        let exact = sd(&x) * (49.0f64 / 50.0).sqrt() / 50f64.sqrt();
        assert!((e[0].standard_error / exact - 1.0).abs() < 0.05);
        assert!((e[0].width() / (2.0 * 1.96 * exact) - 1.0).abs() < 0.08);
        assert_eq!(e[0].value, 24.5);
    }
}
