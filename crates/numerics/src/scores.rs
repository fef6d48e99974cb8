//! Comparison of forecasts that were made of the same outcomes: skill, its interval, and tests.
//!
//! Losses are negatively oriented (lower is better). Where forecasts reach over several periods,
//! their errors overlap: tests take the overlap into the variance and resampling keeps runs of
//! periods together.

use crate::quantile;
use crate::random::Stream;
use crate::special::beta_inc;
use crate::stats::{mean, quantile_sorted, sorted};

/// Distribution function of Student's t with `dof` > 0 degrees of freedom.
pub fn student_t_cdf(t: f64, dof: f64) -> f64 {
    let tail = 0.5 * beta_inc(0.5 * dof, 0.5, dof / (dof + t * t));
    if t > 0.0 { 1.0 - tail } else { tail }
}

/// A test of equal expected loss.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct DieboldMariano {
    /// Mean loss of the first forecast less that of the second: negative when the first is better.
    pub mean_difference: f64,
    /// Statistic with the small-sample correction of Harvey, Leybourne & Newbold 1997.
    pub statistic: f64,
    /// Two-sided probability under equal expected loss, Student's t with n − 1 degrees of freedom.
    pub p_value: f64,
    /// Periods compared.
    pub periods: usize,
}

/// Fewest periods that a test needs.
const FEWEST_PERIODS: usize = 4;

/// Tests whether the mean of `differences` (loss of the first less loss of the second forecast, one
/// a period, in order) is zero (Diebold & Mariano 1995). Forecasts `steps` periods ahead overlap in
/// `steps` − 1: their autocovariances enter with equal weight, with Bartlett's weights where that
/// sum is not positive. The statistic is corrected for small samples (Harvey, Leybourne & Newbold
/// 1997). `None` for fewer than four periods or differences without variance.
pub fn diebold_mariano(differences: &[f64], steps: usize) -> Option<DieboldMariano> {
    let n = differences.len();
    if n < FEWEST_PERIODS || differences.iter().any(|d| !d.is_finite()) {
        return None;
    }
    // Autocovariances beyond half of the sample say nothing.
    let h = steps.clamp(1, n / 2);
    let (m, nf, hf) = (mean(differences), n as f64, h as f64);
    let autocovariance = |lag: usize| {
        (lag..n)
            .map(|t| (differences[t] - m) * (differences[t - lag] - m))
            .sum::<f64>()
            / nf
    };
    let zero = autocovariance(0);
    let flat = zero + 2.0 * (1..h).map(autocovariance).sum::<f64>();
    let variance = if flat > 0.0 {
        flat
    } else {
        zero + 2.0
            * (1..h)
                .map(|k| (1.0 - k as f64 / hf) * autocovariance(k))
                .sum::<f64>()
    };
    if variance.is_nan() || variance <= 0.0 {
        return None;
    }
    let correction = (nf + 1.0 - 2.0 * hf + hf * (hf - 1.0) / nf) / nf;
    let statistic = m / (variance / nf).sqrt() * correction.max(0.0).sqrt();
    Some(DieboldMariano {
        mean_difference: m,
        statistic,
        p_value: 2.0 * student_t_cdf(-statistic.abs(), nf - 1.0),
        periods: n,
    })
}

/// Positions of one resample of `n` periods by the circular block bootstrap (Politis & Romano
/// 1992): runs of `length` periods with random starts, joined to `n`.
fn resample(n: usize, length: usize, stream: Stream, replicate: u32, out: &mut Vec<usize>) {
    out.clear();
    let mut block = 0;
    while out.len() < n {
        let start = (stream.uniform(0, replicate, block, 0) * n as f64) as usize;
        for k in 0..length.min(n - out.len()) {
            out.push((start + k) % n);
        }
        block += 1;
    }
}

/// Values of a statistic over block-bootstrap resamples, ascending; `statistic` gets the positions
/// of the periods drawn, with repetition. Not finite values are left out.
pub fn block_bootstrap(
    n: usize,
    length: usize,
    replicates: u32,
    seed: u64,
    statistic: impl Fn(&[usize]) -> f64,
) -> Vec<f64> {
    let stream = Stream::new(seed, 0);
    let mut at = Vec::with_capacity(n);
    let values: Vec<f64> = (0..replicates)
        .map(|r| {
            resample(n, length.clamp(1, n.max(1)), stream, r, &mut at);
            statistic(&at)
        })
        .filter(|v| v.is_finite())
        .collect();
    sorted(&values)
}

/// Skill of one forecast against another.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Skill {
    /// 1 − mean loss / mean loss of the other: positive when better, 1 when perfect.
    pub skill: f64,
    /// Lower end of the bootstrap interval.
    pub low: f64,
    /// Upper end.
    pub high: f64,
}

/// How far an interval from `m` independent blocks must be stretched: the bootstrap spread of m
/// blocks is short by √((m − 1)/m), and Student's t with m − 1 degrees of freedom stands in for the
/// normal at the `tail`.
fn stretch(blocks: f64, tail: f64) -> f64 {
    let free = (blocks - 1.0).max(1.0);
    ((free + 1.0) / free).sqrt() * quantile::student_t(1.0 - tail, free)
        / quantile::normal(1.0 - tail)
}

/// Skill from sums of losses by period, with an interval of central probability `level`: percentiles
/// over resampled blocks of `length` periods, their distance from the skill stretched for the small
/// number of blocks. NaN ends for fewer than two periods; `None` when the other's loss is not
/// positive.
pub fn skill(
    own: &[f64],
    other: &[f64],
    length: usize,
    level: f64,
    replicates: u32,
    seed: u64,
) -> Option<Skill> {
    let n = own.len().min(other.len());
    let ratio = |own: f64, other: f64| {
        if other > 0.0 {
            1.0 - own / other
        } else {
            f64::NAN
        }
    };
    let skill = ratio(own.iter().sum(), other.iter().sum());
    if !skill.is_finite() {
        return None;
    }
    let tail = 0.5 * (1.0 - level);
    // Longer blocks than half of the periods would always be the same ones.
    let length = length.clamp(1, (n / 2).max(1));
    let drawn = if n < 2 {
        Vec::new()
    } else {
        block_bootstrap(n, length, replicates, seed, |at| {
            ratio(
                at.iter().map(|k| own[*k]).sum(),
                at.iter().map(|k| other[*k]).sum(),
            )
        })
    };
    let wide = stretch(n as f64 / length as f64, tail);
    let end = |p: f64| skill + wide * (quantile_sorted(&drawn, p) - skill);
    Some(Skill {
        skill,
        low: end(tail),
        high: end(1.0 - tail),
    })
}

/// Root mean squared error over that of the random walk (Theil 1966), from sums of squares over
/// the same forecasts; NaN when the walk made no error.
pub fn theil_u(squares: f64, squares_walk: f64) -> f64 {
    if squares_walk > 0.0 {
        (squares / squares_walk).sqrt()
    } else {
        f64::NAN
    }
}

/// Largest distance of a histogram of probability integral transforms from the uniform one, as a
/// share of all: 0 when calibrated.
pub fn pit_distance(histogram: &[f64]) -> f64 {
    let total: f64 = histogram.iter().sum();
    let even = 1.0 / histogram.len() as f64;
    histogram
        .iter()
        .map(|h| (h / total - even).abs())
        .sum::<f64>()
        * 0.5
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::stats::{crps_normal, sd};

    #[test]
    fn ref_crps_of_the_standard_normal() {
        assert!((crps_normal(0.0, 1.0, 0.0) - 0.2336950).abs() < 5e-8);
        assert!((crps_normal(0.0, 1.0, 1.0) - 0.6024414).abs() < 5e-8);
    }

    #[test]
    fn ref_student_t_distribution() {
        // t with 1 and 2 degrees of freedom in closed form; the 97.5 % point of t(10) is 2.228139.
        for t in [-2.0f64, -0.3, 0.0, 0.7, 3.0] {
            let cauchy = 0.5 + t.atan() / std::f64::consts::PI;
            assert!((student_t_cdf(t, 1.0) - cauchy).abs() < 1e-12);
            let two = 0.5 + 0.5 * t / (2.0 + t * t).sqrt();
            assert!((student_t_cdf(t, 2.0) - two).abs() < 1e-12);
        }
        assert!((student_t_cdf(2.228_138_852, 10.0) - 0.975).abs() < 1e-9);
    }

    #[test]
    fn ref_diebold_mariano_by_hand() {
        // One step: the t test of a mean, for the correction (n − 1)/n turns n into n − 1.
        let d = [0.3, -0.1, 0.4, 0.2, 0.1, 0.5];
        let r = diebold_mariano(&d, 1).unwrap();
        let t = mean(&d) / (sd(&d) / 6f64.sqrt());
        assert!((r.statistic - t).abs() < 1e-12);
        // Two steps by hand: mean 2, deviations −1, 1, −1, 1, γ₀ = 1, γ₁ = −3/4; the flat sum
        // −1/2 is not positive, Bartlett gives 1 − 3/4 = 1/4. Correction (4 + 1 − 4 + 2/4)/4 = 3/8.
        let r = diebold_mariano(&[1.0, 3.0, 1.0, 3.0], 2).unwrap();
        let want = 2.0 / (0.25f64 / 4.0).sqrt() * 0.375f64.sqrt();
        assert!((r.statistic - want).abs() < 1e-12, "{}", r.statistic);
        // Two steps, positive sum: deviations −2, −1, 1, 2, γ₀ = 10/4, γ₁ = (2 − 1 + 2)/4.
        let r = diebold_mariano(&[0.0, 1.0, 3.0, 4.0], 2).unwrap();
        let want = 2.0 / ((2.5 + 1.5) / 4.0f64).sqrt() * 0.375f64.sqrt();
        assert!((r.statistic - want).abs() < 1e-12);
        assert!(diebold_mariano(&[1.0; 8], 1).is_none());
        assert!(diebold_mariano(&d[..3], 1).is_none());
    }

    #[test]
    fn coverage_diebold_mariano_size_under_overlap() {
        // Equal forecasts, errors of three steps overlap: differences are a moving average of
        // order 2. The nominal 5 % test without regard to overlap rejects far too often.
        let (mut aware, mut blind) = (0, 0);
        for r in 0..1000u32 {
            let s = Stream::new(21, r);
            let e: Vec<f64> = (0..32).map(|k| s.normal(0, k, 0, 0)).collect();
            let d: Vec<f64> = e.windows(3).map(|w| w.iter().sum()).collect();
            aware += i32::from(diebold_mariano(&d, 3).is_some_and(|t| t.p_value < 0.05));
            blind += i32::from(diebold_mariano(&d, 1).is_some_and(|t| t.p_value < 0.05));
        }
        // Harvey et al. 1997, table 1, report sizes of .05 to .10 at such lengths.
        assert!((30..=130).contains(&aware), "{aware}");
        assert!(blind > 180, "{blind}");
    }

    #[test]
    fn coverage_block_bootstrap_of_dependent_periods() {
        // Losses of 40 periods whose errors overlap over three: the 90 % interval of the mean
        // difference in skill covers; single periods as blocks do not.
        let (mut blocks, mut single) = (0, 0);
        let runs = 300u32;
        for r in 0..runs {
            let s = Stream::new(33, r);
            let e: Vec<f64> = (0..42).map(|k| s.normal(0, k, 0, 0)).collect();
            let own: Vec<f64> = e
                .windows(3)
                .map(|w| 0.8 + 0.1 * w.iter().sum::<f64>())
                .collect();
            let other = vec![1.0; own.len()];
            let covers = |length| {
                let k = skill(&own, &other, length, 0.9, 300, u64::from(r)).unwrap();
                i32::from(k.low <= 0.2 && 0.2 <= k.high)
            };
            blocks += covers(5);
            single += covers(1);
        }
        // Nominal 270 of 300; intervals of 40 dependent periods stay short: 81 % here.
        assert!((230..=285).contains(&blocks), "{blocks}");
        assert!(single < 200, "{single}");
    }

    #[test]
    fn prop_skill_and_ratio() {
        let k = skill(&[1.0, 1.0], &[2.0, 2.0], 1, 0.9, 50, 1).unwrap();
        assert_eq!((k.skill, k.low, k.high), (0.5, 0.5, 0.5));
        assert!(skill(&[1.0], &[0.0], 1, 0.9, 50, 1).is_none());
        assert_eq!(theil_u(1.0, 4.0), 0.5);
        assert_eq!(pit_distance(&[5.0; 10]), 0.0);
        assert!((pit_distance(&[10.0, 0.0]) - 0.5).abs() < 1e-15);
    }
}
