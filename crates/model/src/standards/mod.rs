//! Technical standards: camps, their sponsors, and who adopts which (MODEL.md §6).
//!
//! A state uses several camps of a standard side by side; `x_ig` is the share that camp g has in
//! state i. Each year a part υ of what is installed comes up for choice and is chosen anew by
//! logit with a switching cost c:
//!
//! ```text
//! V_ig     = ln w_ig + b (n_ig − n_ig⁰) + a ΔT_i,sponsors(g) + noise      n_ig = Σ_j ω_ij x_jg
//! P(h→g)   ∝ exp(V_ig − c [g ≠ h])
//! x_ig'    = (1 − υ) x_ig + υ Σ_h x_ih P(h→g)
//! ```
//!
//! The attraction of a camp is further multiplied by `1 − m`, m the part that acts of its sponsors
//! keep from the state: the denied share, or `sanction_withheld` under financial sanctions.
//!
//! ω is trade at the start (or defence pacts, for datalinks), rows summing to one; ΔT is the change
//! of i's trust in the sponsors since the start, weighted by their GDP. `w_ig` is set so that what
//! was observed is a fixed point: whatever moves, moves because of trust or of chance. Two equal
//! camps without switching cost give `x = logistic(b(2x − 1))`, which locks in for b > 2.
//! `docs/model/standards.md` lists data, assumptions and departures.

mod catalogue;
pub mod estimate;
mod fixed;
mod measure;
mod respond;
mod reversal;

use std::sync::Arc;

use realign_numerics::special::log_odds;

use crate::ModelError;
use crate::acts::Direct;
use crate::params::Values;
use crate::setting::{Chance, Purpose, TrustView};

pub use catalogue::{Network, Source, sources};
pub use estimate::estimate;
pub use fixed::{Camp, Fixed, Standard};
pub use measure::{indicators, measure};
pub use respond::respond;
pub use reversal::{Duel, Reversal};

/// Values of `params/standards.toml` for one draw.
#[derive(Clone, Debug, PartialEq)]
pub struct Coefficients {
    /// b: log odds per unit of the neighbours' share.
    pub network_strength: f64,
    /// a: log odds per SD of trust in the sponsors.
    pub trust_sensitivity: f64,
    /// c: log odds in favour of what is already used.
    pub switching_cost: f64,
    /// Yearly noise of the utility of a camp, log odds.
    pub adoption_noise: f64,
    /// Exponent of trade intensity in adoption at the start.
    pub intensity_exponent: f64,
    /// Share of a sponsor's own camp at home, at the start.
    pub home_share: f64,
    /// Part of new choices of a sender's rails that its sanctions keep from a state, 0–1.
    pub sanction_withheld: f64,
    /// Uncertainty of adoption at the start where it is not observed, log odds.
    pub start_uncertainty: f64,
    /// Smallest share of a camp at the start.
    pub smallest_share: f64,
    /// Share in world arms deliveries over thirty years at which arms count as much as trade.
    pub arms_half_information: f64,
    /// Years after which installed equipment comes up for choice, by standard.
    pub replacement_years: Vec<f64>,
}

impl Coefficients {
    /// Reads the values of block `standards`.
    pub fn new(values: &Values) -> Result<Self, ModelError> {
        let get = |id: &str| values.get(&format!("standards.{id}"));
        Ok(Self {
            network_strength: get("network_strength")?,
            trust_sensitivity: get("trust_sensitivity")?,
            switching_cost: get("switching_cost")?,
            adoption_noise: get("adoption_noise")?,
            intensity_exponent: get("intensity_exponent")?,
            home_share: get("home_share")?,
            sanction_withheld: get("sanction_withheld")?,
            start_uncertainty: get("start_uncertainty")?,
            smallest_share: get("smallest_share")?,
            arms_half_information: get("arms_half_information")?,
            replacement_years: catalogue::read()?
                .standards
                .iter()
                .map(|s| get(&format!("replacement_years_{}", s.id)))
                .collect::<Result<_, _>>()?,
        })
    }
}

/// What is set once per draw.
#[derive(Clone, Debug, PartialEq)]
pub struct Start {
    /// Weight w of each (state, camp): what makes the observed shares a fixed point.
    pub weights: Vec<f64>,
    /// Neighbours' shares n⁰ at the start, by (state, camp).
    pub neighbours: Vec<f64>,
}

/// Adoption at one date.
#[derive(Clone, Debug, PartialEq)]
pub struct State {
    /// What was set at the start of the draw.
    pub at_start: Arc<Start>,
    /// Share of each (state, camp), state-major; camps of all standards one after the other. Sums
    /// to one within a standard; zero where not covered.
    pub shares: Vec<f64>,
}

impl State {
    /// Adoption at the start of a draw.
    pub fn start(fixed: &Fixed, c: &Coefficients, chance: &Chance) -> Self {
        let (n, camps) = (fixed.n, fixed.camps);
        let mut shares = vec![0.0; n * camps];
        let mut weights = vec![0.0; n * camps];
        for i in (0..n).filter(|i| fixed.covered[*i]) {
            for s in &fixed.standards {
                let at = i * camps + s.first;
                let x = &mut shares[at..at + s.camps.len()];
                fixed.shares_at_start(s, i, c, x);
                if !fixed.is_observed(s, i) {
                    for (g, x) in x.iter_mut().enumerate() {
                        let entity = (i * camps + s.first + g) as u32;
                        let z = chance.normal(Purpose::Adoption, entity, 0);
                        *x *= (c.start_uncertainty * z).exp();
                    }
                    respond::normalise(x);
                }
                respond::weights(x, c.switching_cost, &mut weights[at..at + s.camps.len()]);
            }
        }
        let neighbours = fixed.neighbours(&shares);
        Self {
            at_start: Arc::new(Start {
                weights,
                neighbours,
            }),
            shares,
        }
    }

    /// Share of a camp in state i; `camp` counts through all standards.
    pub fn share(&self, fixed: &Fixed, i: usize, camp: usize) -> f64 {
        self.shares[i * fixed.camps + camp]
    }
}

/// What standards read from elsewhere at date t.
#[derive(Clone, Copy, Debug)]
pub struct Inputs<'a> {
    /// What acts do by themselves this year.
    pub direct: &'a Direct,
    /// Trust as this domain may see it.
    pub trust: TrustView<'a>,
}

/// Width of the band of advantages (log odds) in which two equal camps with network strength `b`
/// both hold: `2 (b s − ln((1+s)/(1−s)))` with `s = √(1 − 2/b)`; zero for b ≤ 2.
///
/// Folds of `x = logistic(b(2x − 1) + u)`: there `2b x(1−x) = 1`. Farrell and Saloner's excess
/// inertia is this width.
pub fn hysteresis_width(b: f64) -> f64 {
    if b <= 2.0 {
        return 0.0;
    }
    let s = (1.0 - 2.0 / b).sqrt();
    2.0 * (b * s - log_odds(0.5 * (1.0 + s)))
}

#[cfg(test)]
mod tests;
