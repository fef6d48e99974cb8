//! Forecast distributions and their scores.

use realign_numerics::{quantile, special, stats};

/// A forecast distribution of one number.
#[derive(Clone, Debug, PartialEq)]
pub enum Predictive {
    /// Normal.
    Normal {
        /// Mean.
        mean: f64,
        /// Standard deviation.
        sd: f64,
    },
    /// An equally weighted sample, ascending.
    Sample(Vec<f64>),
}

impl Predictive {
    /// From draws; `None` when fewer than two are finite.
    pub fn from_draws(draws: &[f64]) -> Option<Self> {
        let finite: Vec<f64> = draws.iter().copied().filter(|v| v.is_finite()).collect();
        (finite.len() > 1).then(|| Self::Sample(stats::sorted(&finite)))
    }

    /// Mean.
    pub fn mean(&self) -> f64 {
        match self {
            Self::Normal { mean, .. } => *mean,
            Self::Sample(s) => stats::mean(s),
        }
    }

    /// Standard deviation.
    pub fn sd(&self) -> f64 {
        match self {
            Self::Normal { sd, .. } => *sd,
            Self::Sample(s) => stats::sd(s),
        }
    }

    /// Quantile at `p`.
    pub fn quantile(&self, p: f64) -> f64 {
        match self {
            Self::Normal { mean, sd } => mean + sd * quantile::normal(p),
            Self::Sample(s) => stats::quantile_sorted(s, p),
        }
    }

    /// Probability integral transform: probability of a value up to `y`.
    pub fn pit(&self, y: f64) -> f64 {
        match self {
            Self::Normal { mean, sd } => special::normal_cdf((y - mean) / sd),
            Self::Sample(s) => {
                let below = s.partition_point(|v| *v < y) as f64;
                let up_to = s.partition_point(|v| *v <= y) as f64;
                0.5 * (below + up_to) / s.len() as f64
            }
        }
    }

    /// Continuous ranked probability score, lower is better (Gneiting & Raftery 2007).
    pub fn crps(&self, y: f64) -> f64 {
        match self {
            Self::Normal { mean, sd } => stats::crps_normal(*mean, *sd, y),
            Self::Sample(s) => stats::crps_samples(s, y),
        }
    }

    /// Log density at `y`, higher is better; of a sample, the normal with its moments.
    pub fn log_density(&self, y: f64) -> f64 {
        stats::log_score_normal(self.mean(), self.sd(), y)
    }
}
