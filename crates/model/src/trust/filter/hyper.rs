//! The few numbers of the filter: priors, scales, typed values (`params/trust_filter.toml`).

use realign_numerics::quantile;
use realign_numerics::special::{ln_gamma, log_odds, logistic};
use serde::{Deserialize, Serialize};

use crate::ModelError;
use crate::params::{Parameter, Prior};
use crate::trust::missing;

const PRIORS: &str = include_str!("../../../../../params/trust_filter.toml");
const POSTERIOR: &str = include_str!("../../../../../params/posterior/trust_filter.toml");

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Block {
    #[allow(dead_code)] // named in the file for people
    block: String,
    parameter: Vec<Parameter>,
}

/// The numbers of the filter with their priors, in the order of the file.
#[derive(Clone, Debug)]
pub struct Hyper {
    parameters: Vec<Parameter>,
    free: Vec<usize>,
}

impl Hyper {
    /// Reads the shipped priors.
    pub fn embedded() -> Result<Self, ModelError> {
        let block: Block = toml::from_str(PRIORS)
            .map_err(|e| missing(format!("params/trust_filter.toml: {e}")))?;
        let free = (0..block.parameter.len())
            .filter(|k| !block.parameter[*k].prior.is_fixed())
            .collect();
        Ok(Self {
            parameters: block.parameter,
            free,
        })
    }

    /// Parameters that are estimated, in order.
    pub fn free(&self) -> impl Iterator<Item = &Parameter> {
        self.free.iter().map(|k| &self.parameters[*k])
    }

    /// Number of estimated parameters.
    pub fn len(&self) -> usize {
        self.free.len()
    }

    /// Whether nothing is estimated.
    pub fn is_empty(&self) -> bool {
        self.free.is_empty()
    }

    /// Prior means on the scale of estimation: log odds, logarithm or as is.
    pub fn centre(&self) -> Vec<f64> {
        self.free().map(|p| moments(&p.prior).0).collect()
    }

    /// Prior standard deviations on the scale of estimation.
    pub fn spread(&self) -> Vec<f64> {
        self.free().map(|p| moments(&p.prior).1).collect()
    }

    /// Log prior density on the scale of estimation, the factor of the change of scale included.
    pub fn log_prior(&self, x: &[f64]) -> f64 {
        self.free()
            .zip(x)
            .map(|(p, x)| match p.prior {
                Prior::Beta { a, b } => {
                    let soft = realign_numerics::special::softplus;
                    ln_gamma(a + b) - ln_gamma(a) - ln_gamma(b) - a * soft(-x) - b * soft(*x)
                }
                _ => {
                    let (m, s) = moments(&p.prior);
                    let z = (x - m) / s;
                    -0.5 * z * z - s.ln() - 0.5 * std::f64::consts::TAU.ln()
                }
            })
            .sum()
    }

    /// From the scale of estimation to the parameter's own unit.
    pub fn natural(&self, x: &[f64]) -> Vec<f64> {
        self.free()
            .zip(x)
            .map(|(p, x)| match p.prior {
                Prior::Beta { .. } => logistic(*x),
                Prior::LogNormal { .. } => x.exp(),
                _ => *x,
            })
            .collect()
    }

    /// From the parameter's own unit to the scale of estimation.
    pub fn scaled(&self, values: &[f64]) -> Vec<f64> {
        self.free()
            .zip(values)
            .map(|(p, v)| match p.prior {
                Prior::Beta { .. } => log_odds(*v),
                Prior::LogNormal { .. } => v.ln(),
                _ => *v,
            })
            .collect()
    }

    /// Typed values at a point on the scale of estimation.
    pub fn values(&self, x: &[f64]) -> Result<Values, ModelError> {
        let mut all: Vec<f64> = self
            .parameters
            .iter()
            .map(|p| p.prior.quantile(0.5))
            .collect();
        for (k, v) in self.free.iter().zip(self.natural(x)) {
            all[*k] = v;
        }
        let get = |id: &str| {
            self.parameters
                .iter()
                .position(|p| p.id == id)
                .map(|k| all[k])
                .ok_or_else(|| missing(format!("params/trust_filter.toml has no `{id}`")))
        };
        Ok(Values {
            slow_persistence: get("slow_persistence")?,
            fast_persistence: get("fast_persistence")?,
            fast_innovation: get("fast_innovation")?,
            turnover_decay: get("turnover_decay")?,
            turnover_draw: get("turnover_draw")?,
            reputation_persistence: get("reputation_persistence")?,
            reputation_scale: get("reputation_scale")?,
            reputation_dof: get("reputation_dof")?,
            reputation_spread: get("reputation_spread")?,
            reputation_memory: get("reputation_memory")?,
            votes_share: get("votes_share")?,
            votes_persistence: get("votes_persistence")?,
            votes_noise: get("votes_noise")?,
            votes_error: get("votes_error")?,
            polls_loading: get("polls_loading")?,
            polls_intercept: get("polls_intercept")?,
            polls_public: get("polls_public")?,
            polls_noise: get("polls_noise")?,
            events: Source {
                loading: get("events_loading")?,
                persistence: get("events_persistence")?,
                spread: get("events_spread")?,
                noise: get("events_noise")?,
                sampling: get("events_sampling")?,
            },
            tone: Source {
                loading: get("tone_loading")?,
                persistence: get("tone_persistence")?,
                spread: get("tone_spread")?,
                noise: get("tone_noise")?,
                sampling: get("tone_sampling")?,
            },
        })
    }
}

/// Mean and standard deviation of a prior on the scale of estimation.
fn moments(prior: &Prior) -> (f64, f64) {
    match *prior {
        Prior::Normal { mean, sd, .. } => (mean, sd),
        Prior::LogNormal { mu, sigma } => (mu, sigma),
        Prior::Beta { a, b } => {
            // Quartiles of the log odds, read as those of a normal.
            let q = |u| log_odds(quantile::beta(u, a, b));
            let width = quantile::normal(0.84) - quantile::normal(0.16);
            (q(0.5), (q(0.84) - q(0.16)) / width)
        }
        Prior::Uniform { low, high } => (0.5 * (low + high), (high - low) / 12f64.sqrt()),
        Prior::Fixed { value } => (value, 0.0),
    }
}

/// How a source of tone is read.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Source {
    /// SD of the source per SD of trust.
    pub loading: f64,
    /// Share of what it measures beside trust left after a year.
    pub persistence: f64,
    /// Standard deviation of what it measures beside trust.
    pub spread: f64,
    /// Noise at unlimited contact, SD.
    pub noise: f64,
    /// Noise of a value that rests on one observation, SD.
    pub sampling: f64,
}

/// Values of the filter's numbers; meanings and units in `params/trust_filter.toml`.
#[allow(missing_docs)] // one by one in the file
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Values {
    pub slow_persistence: f64,
    pub fast_persistence: f64,
    pub fast_innovation: f64,
    pub turnover_decay: f64,
    pub turnover_draw: f64,
    pub reputation_persistence: f64,
    pub reputation_scale: f64,
    pub reputation_dof: f64,
    pub reputation_spread: f64,
    pub reputation_memory: f64,
    pub votes_share: f64,
    pub votes_persistence: f64,
    pub votes_noise: f64,
    pub votes_error: f64,
    pub polls_loading: f64,
    pub polls_intercept: f64,
    pub polls_public: f64,
    pub polls_noise: f64,
    pub events: Source,
    pub tone: Source,
}

impl Values {
    /// Standard deviation over pairs of trust in the filter's own unit, in which slow trust has one:
    /// what is reported is divided by it.
    pub fn unit(&self) -> f64 {
        (1.0 + self.fast_variance() + self.reputation_spread.powi(2)).sqrt()
    }

    /// Long-run variance of fast trust, in the unit of slow trust.
    pub(super) fn fast_variance(&self) -> f64 {
        self.fast_innovation.powi(2) / (1.0 - self.fast_persistence.powi(2)).max(1e-6)
    }
}

/// One estimated number as committed.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Estimated {
    /// Identifier in `params/trust_filter.toml`.
    pub id: String,
    /// Value at the largest posterior density.
    pub mode: f64,
    /// Posterior mean.
    pub mean: f64,
    /// Posterior standard deviation.
    pub sd: f64,
    /// Prior 5 %, 50 %, 95 %.
    pub prior: [f64; 3],
    /// Posterior 5 %, 50 %, 95 %.
    pub posterior: [f64; 3],
    /// Kullback–Leibler divergence of the posterior from the prior, nats, both read as normal on
    /// the scale of estimation: near zero, the data said nothing.
    pub kl_nats: f64,
}

/// The committed estimate of the filter.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Posterior {
    /// How it was made.
    pub method: String,
    /// Last year of data read.
    pub as_of: i32,
    /// Observations that entered.
    pub observations: usize,
    /// Log posterior density at the mode.
    pub log_posterior: f64,
    /// Factor on the log likelihood that brings its curvature down to the variance of its yearly
    /// scores (pairs are not independent).
    pub temper: f64,
    /// Effective number of importance draws, as a share.
    pub importance_share: f64,
    /// Pareto shape of the largest importance weights; above 0.7 the Laplace draws are not to be
    /// trusted.
    pub pareto_k: f64,
    /// Whether the search converged.
    pub converged: bool,
    /// The numbers, in the order of the priors.
    pub estimate: Vec<Estimated>,
    /// Draws on the scale of estimation, resampled by importance.
    pub draws: Vec<Vec<f64>>,
}

impl Posterior {
    /// The committed estimate.
    pub fn embedded() -> Result<Self, ModelError> {
        toml::from_str(POSTERIOR)
            .map_err(|e| missing(format!("params/posterior/trust_filter.toml: {e}")))
    }

    /// The mode on the scale of estimation; the prior's centre where a parameter is not in it.
    pub fn mode(&self, hyper: &Hyper) -> Vec<f64> {
        let mut x = hyper.centre();
        let natural: Vec<f64> = hyper
            .natural(&x)
            .into_iter()
            .zip(hyper.free())
            .map(|(v, p)| {
                self.estimate
                    .iter()
                    .find(|e| e.id == p.id)
                    .map_or(v, |e| e.mode)
            })
            .collect();
        x.copy_from_slice(&hyper.scaled(&natural));
        x
    }
}
