//! Parameters: every behavioural number with prior, unit, source and tag (`params/*.toml`).

mod known;

use std::collections::BTreeMap;

use realign_numerics::random::Stream;
use realign_numerics::{quantile, special};
use serde::{Deserialize, Serialize};

use crate::ModelError;

pub use known::{Estimator, Kept, Known, estimators};

/// How well a number is founded (MODEL.md §0).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Tag {
    /// Published; abstract or page of the source was read.
    V,
    /// Recomputed independently.
    C,
    /// Published, from memory.
    M,
    /// Own prior or modelling choice: an assumption.
    P,
}

/// A prior distribution.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "dist", rename_all = "snake_case", deny_unknown_fields)]
pub enum Prior {
    /// A number without uncertainty.
    Fixed {
        /// The number.
        value: f64,
    },
    /// Normal, optionally truncated.
    Normal {
        /// Mean before truncation.
        mean: f64,
        /// Standard deviation before truncation.
        sd: f64,
        /// Lower bound.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        min: Option<f64>,
        /// Upper bound.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        max: Option<f64>,
    },
    /// exp(N(mu, sigma)).
    LogNormal {
        /// Mean of the logarithm.
        mu: f64,
        /// Standard deviation of the logarithm.
        sigma: f64,
    },
    /// Beta on (0, 1).
    Beta {
        /// First shape.
        a: f64,
        /// Second shape.
        b: f64,
    },
    /// Uniform.
    Uniform {
        /// Lower end.
        low: f64,
        /// Upper end.
        high: f64,
    },
}

impl Prior {
    /// Value at cumulative probability `u` in (0, 1).
    pub fn quantile(&self, u: f64) -> f64 {
        match *self {
            Self::Fixed { value } => value,
            Self::Normal { mean, sd, min, max } => {
                let cut = |x: f64| special::normal_cdf((x - mean) / sd);
                let low = min.map_or(0.0, cut);
                let high = max.map_or(1.0, cut);
                mean + sd * quantile::normal(low + u * (high - low))
            }
            Self::LogNormal { mu, sigma } => (mu + sigma * quantile::normal(u)).exp(),
            Self::Beta { a, b } => quantile::beta(u, a, b),
            Self::Uniform { low, high } => low + u * (high - low),
        }
    }

    /// Whether the number is without uncertainty.
    pub fn is_fixed(&self) -> bool {
        matches!(self, Self::Fixed { .. })
    }
}

/// One parameter.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Parameter {
    /// Identifier inside its block.
    pub id: String,
    /// What it is, in the field's words.
    pub label: String,
    /// Unit.
    pub unit: String,
    /// Prior.
    pub prior: Prior,
    /// How well it is founded.
    pub tag: Tag,
    /// Where it comes from.
    pub source: String,
    /// Why this value and width.
    pub rationale: String,
}

/// An estimate that replaces a prior.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Posterior {
    /// Full identifier, `block.id`.
    pub id: String,
    /// Posterior mean.
    pub mean: f64,
    /// Posterior standard deviation.
    pub sd: f64,
    /// Observations used.
    pub observations: usize,
    /// Data and method, with the baseline and whether it was beaten.
    pub source: String,
}

/// One file of parameters.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Block {
    #[serde(rename = "block")]
    name: String,
    #[serde(rename = "parameter", default)]
    parameters: Vec<Parameter>,
    #[serde(rename = "posterior", default)]
    posteriors: Vec<Posterior>,
}

macro_rules! blocks {
    ($($name:literal),* $(,)?) => {
        const BLOCKS: &[(&str, &str)] =
            &[$(($name, include_str!(concat!("../../../params/", $name, ".toml")))),*];
    };
}

blocks!(
    "acts",
    "trust",
    "security",
    "trade",
    "arms",
    "finance",
    "standards",
    "exposure"
);

/// All parameters, by `block.id`, in the order of their names.
#[derive(Clone, Debug)]
pub struct Params {
    entries: BTreeMap<String, (Parameter, Option<Posterior>)>,
}

impl Params {
    /// The parameters that ship with the program.
    pub fn embedded() -> Result<Self, ModelError> {
        Self::parse(BLOCKS)
    }

    /// Text of all parameter files, for the hash of a run.
    pub fn text() -> String {
        BLOCKS.iter().map(|(_, text)| *text).collect()
    }

    fn parse(blocks: &[(&str, &str)]) -> Result<Self, ModelError> {
        let mut entries = BTreeMap::new();
        for (file, text) in blocks {
            let bad = |message: String| ModelError::Params {
                file: (*file).to_owned(),
                message,
            };
            let block: Block = toml::from_str(text).map_err(|e| bad(e.to_string()))?;
            for p in block.parameters {
                let id = format!("{}.{}", block.name, p.id);
                if entries.insert(id.clone(), (p, None)).is_some() {
                    return Err(bad(format!("parameter `{id}` stands twice")));
                }
            }
            for p in block.posteriors {
                let entry = entries
                    .get_mut(&p.id)
                    .ok_or_else(|| bad(format!("posterior of unknown parameter `{}`", p.id)))?;
                entry.1 = Some(p);
            }
        }
        Ok(Self { entries })
    }

    /// Every parameter with its full identifier and its posterior where there is one.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &Parameter, Option<&Posterior>)> {
        self.entries
            .iter()
            .map(|(id, (p, q))| (id.as_str(), p, q.as_ref()))
    }

    /// One parameter by its full identifier.
    pub fn get(&self, id: &str) -> Option<(&Parameter, Option<&Posterior>)> {
        self.entries.get(id).map(|(p, q)| (p, q.as_ref()))
    }

    /// Draws every parameter: posterior where estimated, prior elsewhere. The value of a parameter
    /// depends on the stream and its name only.
    pub fn draw(&self, stream: &Stream) -> Values {
        self.at(|id| stream.uniform(PURPOSE_PARAMETER, name_key(id), 0, 0))
    }

    /// Every parameter at a cumulative probability of its own, in (0, 1).
    pub fn at(&self, probability: impl Fn(&str) -> f64) -> Values {
        let value = |(id, (p, q)): (&String, &(Parameter, Option<Posterior>))| {
            let u = probability(id);
            let value = match q {
                Some(q) => q.mean + q.sd * quantile::normal(u),
                None => p.prior.quantile(u),
            };
            (id.clone(), value)
        };
        Values(self.entries.iter().map(value).collect())
    }

    /// The centre of every parameter: posterior mean where estimated, prior median elsewhere.
    pub fn centre(&self) -> Values {
        Values(
            self.entries
                .iter()
                .map(|(id, (p, q))| {
                    (
                        id.clone(),
                        q.as_ref().map_or_else(|| p.prior.quantile(0.5), |q| q.mean),
                    )
                })
                .collect(),
        )
    }
}

/// Purpose number of parameter draws in the random streams.
pub const PURPOSE_PARAMETER: u32 = 1;

/// A stable 32-bit key of a name (FNV-1a): adding a parameter leaves the draws of others as they are.
pub fn name_key(name: &str) -> u32 {
    name.bytes().fold(0x811c_9dc5_u32, |h, b| {
        (h ^ u32::from(b)).wrapping_mul(0x0100_0193)
    })
}

/// One value for every parameter.
#[derive(Clone, Debug, PartialEq)]
pub struct Values(BTreeMap<String, f64>);

impl Values {
    /// Value of `block.id`.
    pub fn get(&self, id: &str) -> Result<f64, ModelError> {
        self.0
            .get(id)
            .copied()
            .ok_or_else(|| ModelError::MissingParameter { id: id.to_owned() })
    }

    /// Sets a parameter, for break-even values and sensitivity runs.
    pub fn set(&mut self, id: &str, value: f64) -> Result<(), ModelError> {
        match self.0.get_mut(id) {
            Some(v) => {
                *v = value;
                Ok(())
            }
            None => Err(ModelError::MissingParameter { id: id.to_owned() }),
        }
    }

    /// All values in the order of their names.
    pub fn iter(&self) -> impl Iterator<Item = (&str, f64)> {
        self.0.iter().map(|(k, v)| (k.as_str(), *v))
    }
}
