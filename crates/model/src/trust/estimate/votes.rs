//! Innovation of slow affinity beside the noise of votes.

use realign_atlas::{Atlas, AtlasError, StateId, Year};

use super::jackknife_se;
use crate::ModelError;

/// First year used: the composition of the Assembly is nearly stable from here.
const FIRST: Year = Year(1993);
/// Last year of the first half: the gain from here, scores after.
const TRAIN_UNTIL: Year = Year(2010);

/// A local level with noise, in SD of affinity over pairs.
#[derive(Clone, Debug, PartialEq)]
pub struct VoteDrift {
    /// Standard deviation of the yearly innovation.
    pub innovation: f64,
    /// Its standard error.
    pub innovation_se: f64,
    /// Standard deviation of the noise of one year's value.
    pub noise: f64,
    /// Pairs and years.
    pub observations: usize,
    /// First year of the test.
    pub test_from: Year,
    /// Mean squared error of one-year forecasts by the noise filter over that of the random walk.
    pub error_ratio: f64,
}

/// Estimates the drift; `None` where the atlas has no votes.
pub fn vote_drift(atlas: &Atlas) -> Result<Option<VoteDrift>, ModelError> {
    let points = match atlas.state_series("ideal_point") {
        Ok(p) => p,
        Err(AtlasError::UnknownVariable { .. }) => return Ok(None),
        Err(e) => return Err(e.into()),
    };
    let Some(last) = points.rows().map(|r| r.1).max() else {
        return Ok(None);
    };
    // A balanced panel: states with a value in every year.
    let years: Vec<Year> = (FIRST.0..=last.0).map(Year).collect();
    let states: Vec<StateId> = (0..atlas.n())
        .map(StateId::from_index)
        .filter(|s| years.iter().all(|y| points.at(*s, *y).is_some()))
        .collect();
    if states.len() < 20 || years.len() < 10 {
        return Ok(None);
    }
    let affinity: Vec<Vec<f64>> = years
        .iter()
        .map(|y| {
            let p: Vec<f64> = states.iter().filter_map(|s| points.at(*s, *y)).collect();
            relative_affinity(&p)
        })
        .collect();
    let change = |t: usize, at: usize| affinity[t + 1][at] - affinity[t][at];
    let pairs = affinity[0].len();
    // Sums by first year: Σ Δ² of the first change, Σ Δ Δ₊₁.
    let sums: Vec<(f64, f64)> = (0..years.len() - 2)
        .map(|t| {
            (0..pairs).fold((0.0, 0.0), |s, at| {
                let (a, b) = (change(t, at), change(t + 1, at));
                (s.0 + a * a, s.1 + a * b)
            })
        })
        .collect();
    let moments = |keep: &dyn Fn(usize) -> bool| {
        let kept: Vec<&(f64, f64)> = sums
            .iter()
            .enumerate()
            .filter(|(t, _)| keep(*t))
            .map(|(_, s)| s)
            .collect();
        let count = (kept.len() * pairs) as f64;
        let variance = kept.iter().map(|s| s.0).sum::<f64>() / count;
        let covariance = kept.iter().map(|s| s.1).sum::<f64>() / count;
        // Var Δ = q + 2r, Cov(Δ, Δ₊₁) = −r
        (
            (variance + 2.0 * covariance).max(0.0),
            (-covariance).max(0.0),
        )
    };
    let (q, r) = moments(&|_| true);
    let left_out: Vec<f64> = (0..sums.len())
        .map(|out| moments(&|t| t != out).0.sqrt())
        .collect();
    let (train_q, train_r) = moments(&|t| years[t + 2] <= TRAIN_UNTIL);
    let gain = steady_gain(train_q, train_r);
    let (mut filtered, mut walked) = (0.0, 0.0);
    for at in 0..pairs {
        let mut level = affinity[0][at];
        for t in 1..years.len() {
            if years[t] > TRAIN_UNTIL {
                filtered += (affinity[t][at] - level).powi(2);
                walked += change(t - 1, at).powi(2);
            }
            level += gain * (affinity[t][at] - level);
        }
    }
    Ok(Some(VoteDrift {
        innovation: q.sqrt(),
        innovation_se: jackknife_se(&left_out),
        noise: r.sqrt(),
        observations: pairs * years.len(),
        test_from: TRAIN_UNTIL + 1,
        error_ratio: filtered / walked,
    }))
}

/// Minus the distance of all pairs i < j, less the means of both, in SD over pairs.
fn relative_affinity(points: &[f64]) -> Vec<f64> {
    let n = points.len();
    let near = |i: usize, j: usize| -(points[i] - points[j]).abs();
    let mean: Vec<f64> = (0..n)
        .map(|i| (0..n).map(|j| near(i, j)).sum::<f64>() / (n as f64 - 1.0))
        .collect();
    let all = mean.iter().sum::<f64>() / n as f64;
    let mut z = Vec::with_capacity(n * (n - 1) / 2);
    for i in 0..n {
        for j in i + 1..n {
            z.push(near(i, j) - mean[i] - mean[j] + all);
        }
    }
    let centre = z.iter().sum::<f64>() / z.len() as f64;
    let sd = (z.iter().map(|v| (v - centre).powi(2)).sum::<f64>() / z.len() as f64).sqrt();
    z.iter().map(|v| (v - centre) / sd).collect()
}

/// Steady-state gain of the local level filter with innovation variance q and noise variance r.
fn steady_gain(q: f64, r: f64) -> f64 {
    if r <= 0.0 {
        return 1.0;
    }
    let ratio = q / r;
    let p = 0.5 * (ratio + (ratio * ratio + 4.0 * ratio).sqrt());
    p / (p + 1.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ref_steady_gain_is_the_limit_of_the_filter() {
        for (q, r) in [(0.1, 1.0), (1.0, 1.0), (3.0, 0.2)] {
            let mut p: f64 = 10.0;
            for _ in 0..1000 {
                let k = p / (p + r);
                p = (1.0 - k) * p + q;
            }
            assert!((steady_gain(q, r) - p / (p + r)).abs() < 1e-12);
        }
        assert_eq!(steady_gain(1.0, 0.0), 1.0);
    }
}
