//! The local level model: a random walk seen with noise (Durbin & Koopman 2012, ch. 2).

use crate::Verdict;

/// A filtered local level.
#[derive(Clone, Debug)]
pub struct LocalLevel {
    /// Variance of the observation noise.
    pub variance_observation: f64,
    /// Variance of the yearly step of the level.
    pub variance_level: f64,
    /// Log likelihood with a diffuse start, the first observation dropped and the constant of the
    /// other n − 1 included.
    pub log_likelihood: f64,
    /// One-step-ahead mean of the level after the last observation.
    pub next_level: f64,
    /// Its variance, the level's step included.
    pub next_variance: f64,
    /// Filtered levels, one for each observation.
    pub filtered: Vec<f64>,
    /// Whether the variance ratio was found inside the search range.
    pub verdict: Verdict,
}

/// Range of the log signal-to-noise ratio searched.
const LOG_RATIO: (f64, f64) = (-16.0, 10.0);

/// Concentrated log likelihood at signal-to-noise ratio q, and the implied observation variance.
fn concentrated(y: &[f64], q: f64) -> (f64, f64) {
    let (mut level, mut p) = (y[0], 1.0 + q);
    let (mut sum, mut logs) = (0.0, 0.0);
    for v in &y[1..] {
        let f = p + 1.0;
        let e = v - level;
        sum += e * e / f;
        logs += f.ln();
        let gain = p / f;
        level += gain * e;
        p = p * (1.0 - gain) + q;
    }
    let n = (y.len() - 1) as f64;
    let variance = sum / n;
    let log_l = -0.5 * n * ((2.0 * std::f64::consts::PI * variance).ln() + 1.0) - 0.5 * logs;
    (log_l, variance)
}

/// Maximum likelihood of the two variances from at least three observations; `None` for fewer or
/// for a constant series.
pub fn local_level(y: &[f64]) -> Option<LocalLevel> {
    if y.len() < 3 || y.iter().all(|v| *v == y[0]) || y.iter().any(|v| !v.is_finite()) {
        return None;
    }
    // A grid finds the basin, golden section the optimum.
    let value = |z: f64| concentrated(y, z.exp()).0;
    let step = 0.25;
    let points = ((LOG_RATIO.1 - LOG_RATIO.0) / step) as usize;
    let best = (0..=points)
        .map(|k| LOG_RATIO.0 + step * k as f64)
        .max_by(|a, b| value(*a).total_cmp(&value(*b)))
        .unwrap_or(0.0);
    let (mut a, mut b) = (best - step, best + step);
    let ratio = 0.5 * (5f64.sqrt() - 1.0);
    while b - a > 1e-9 {
        let (c, d) = (b - ratio * (b - a), a + ratio * (b - a));
        if value(c) > value(d) { b = d } else { a = c }
    }
    let z = 0.5 * (a + b);
    let inside = z > LOG_RATIO.0 + step && z < LOG_RATIO.1 - step;
    let q = z.exp();
    let (log_likelihood, variance) = concentrated(y, q);
    let mut filtered = vec![y[0]];
    let (mut level, mut p) = (y[0], variance * (1.0 + q));
    for v in &y[1..] {
        let gain = p / (p + variance);
        level += gain * (v - level);
        p = p * (1.0 - gain) + variance * q;
        filtered.push(level);
    }
    Some(LocalLevel {
        variance_observation: variance,
        variance_level: variance * q,
        log_likelihood,
        next_level: level,
        next_variance: p,
        filtered,
        verdict: if inside {
            Verdict::Converged
        } else {
            Verdict::OutOfIterations
        },
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Annual flow of the Nile at Aswan 1871–1970, 10⁸ m³.
    const NILE: [f64; 100] = [
        1120.0, 1160.0, 963.0, 1210.0, 1160.0, 1160.0, 813.0, 1230.0, 1370.0, 1140.0, 995.0, 935.0,
        1110.0, 994.0, 1020.0, 960.0, 1180.0, 799.0, 958.0, 1140.0, 1100.0, 1210.0, 1150.0, 1250.0,
        1260.0, 1220.0, 1030.0, 1100.0, 774.0, 840.0, 874.0, 694.0, 940.0, 833.0, 701.0, 916.0,
        692.0, 1020.0, 1050.0, 969.0, 831.0, 726.0, 456.0, 824.0, 702.0, 1120.0, 1100.0, 832.0,
        764.0, 821.0, 768.0, 845.0, 864.0, 862.0, 698.0, 845.0, 744.0, 796.0, 1040.0, 759.0, 781.0,
        865.0, 845.0, 944.0, 984.0, 897.0, 822.0, 1010.0, 771.0, 676.0, 649.0, 846.0, 812.0, 742.0,
        801.0, 1040.0, 860.0, 874.0, 848.0, 890.0, 744.0, 749.0, 838.0, 1050.0, 918.0, 986.0,
        797.0, 923.0, 975.0, 815.0, 1020.0, 906.0, 901.0, 1170.0, 912.0, 746.0, 919.0, 718.0,
        714.0, 740.0,
    ];

    #[test]
    fn ref_nile() {
        assert_eq!(NILE.iter().sum::<f64>(), 91_935.0);
        let f = local_level(&NILE).unwrap();
        assert!(f.verdict.is_converged());
        assert!(
            (f.variance_observation - 15098.52).abs() < 1e-2,
            "{}",
            f.variance_observation
        );
        assert!(
            (f.variance_level - 1469.18).abs() < 1e-2,
            "{}",
            f.variance_level
        );
        assert!(
            (f.log_likelihood + 632.5456).abs() < 1e-4,
            "{}",
            f.log_likelihood
        );
        assert!((f.next_level - 798.3673).abs() < 1e-3, "{}", f.next_level);
        assert!(
            (f.next_variance - 5501.35).abs() < 1e-1,
            "{}",
            f.next_variance
        );
    }

    #[test]
    fn prop_shift_and_scale() {
        let f = local_level(&NILE).unwrap();
        let moved: Vec<f64> = NILE.iter().map(|v| 2.0 * v - 100.0).collect();
        let g = local_level(&moved).unwrap();
        assert!((g.variance_observation / f.variance_observation - 4.0).abs() < 1e-5);
        assert!((g.next_level - (2.0 * f.next_level - 100.0)).abs() < 1e-3);
        assert!(local_level(&[1.0, 1.0, 1.0]).is_none());
    }
}
