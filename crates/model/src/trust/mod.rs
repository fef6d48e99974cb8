//! Trust: what states hold of one another, and how conduct moves it.
//!
//! Trust of i in j has a slow part (institutions, treaties) and a fast part (leaders,
//! administrations), in standard deviations of the cross-section of pairs at the start
//! (MODEL.md §2, as amended by EVIDENCE.md). With `l`, `f` the deviations from the level L̄ at the
//! start and `d = l + f`:
//!
//! ```text
//! tone_{j→i}  = conduct_ij + λ d_ji                                        (A1)
//! u_ij        = tone_{j→i} − ξ λ d_ji          ξ = 0 level rule, ξ = 1 surprise rule
//! s(u)        = max(u,0)/√ρ − √ρ max(−u,0)     ρ negativity ratio, free in sign
//! Y_ij        = β s(u_ij) + κ Σ_k ω_ik s(u_kj) + μ Σ_k ω_ik (d_kj − d_ij) + b_j
//! l_ij'       = φ_L l_ij + π Y_ij + σ_L z                                  (A2)
//! f_ij'       = φ_F f_ij (1 − ψ turnover_j) + (1 − π) Y_ij + σ_F z
//! d'          = T_max tanh(d'/T_max)
//! T_ij        = L̄_ij + d_ij,   p_ij = logistic(c₀ + c₁ T_ij)
//! ```
//!
//! The sums run over the like-minded states k of i other than i and j, weights renormalised.
//! `b_j` is a Student-t shock to the reputation of j that all its pairs share. Without conduct and
//! without noise every deviation stays exactly zero. `docs/model/trust.md` lists the departures
//! from MODEL.md and why.

mod coefficients;
pub mod estimate;
pub mod filter;
mod fixed;
mod level;
mod measure;
mod neighbours;
mod noise;
mod respond;
mod spiral;

use std::sync::Arc;

use realign_atlas::StateId;

use crate::channels::Channels;
use crate::setting::Chance;
use crate::{ModelError, Square};

pub use coefficients::{Coefficients, Information};
pub use estimate::estimate;
pub use fixed::{Evidence, Fixed};
pub use measure::{indicators, measure};
pub use neighbours::Neighbours;
pub use respond::respond;
pub use spiral::{Diagnostics, LoopShares, diagnostics, loop_gain, uniform_growth};

/// What is set once per draw: the level of trust, who watches whom, how often leaders change.
#[derive(Clone, Debug, PartialEq)]
pub struct Start {
    /// Level L̄ of i's trust in j, SD; zero where not covered.
    pub level: Square,
    /// Like-minded states and their weights ω.
    pub neighbours: Neighbours,
    /// Probability a year that the leader of j changes.
    pub turnover_hazard: Vec<f64>,
    /// Loop gain 𝒢 of the uniform mode with all loops open (MODEL.md §2.6 iii′).
    pub loop_gain: f64,
    /// Yearly growth R of the uniform mode with all loops open.
    pub growth: f64,
}

/// Trust between all ordered pairs at one date.
#[derive(Clone, Debug, PartialEq)]
pub struct State {
    /// What was set at the start of the draw; shared by all dates and arms.
    pub at_start: Arc<Start>,
    /// Slow deviation l of i's trust in j from its level, SD.
    pub slow: Square,
    /// Fast deviation f of i's trust in j, SD.
    pub fast: Square,
    /// Tone of the last step: entry (i, j) is the conduct of j towards i, SD of tone.
    pub tone: Square,
    /// Reputation shock b_j of the last step, SD.
    pub reputation_shock: Vec<f64>,
}

impl State {
    /// Trust at the start of a draw: levels drawn from what was observed, no deviation.
    pub fn start(fixed: &Fixed, coefficients: &Coefficients, chance: &Chance) -> Self {
        let n = fixed.n;
        let turnover_hazard = fixed.turnover_hazards(coefficients);
        let hazard = mean_over(&turnover_hazard, &fixed.covered);
        let start = Start {
            level: level::draw(fixed, coefficients, chance),
            neighbours: Neighbours::new(fixed, coefficients),
            loop_gain: loop_gain(coefficients, Channels::ALL, hazard),
            growth: uniform_growth(coefficients, Channels::ALL, hazard),
            turnover_hazard,
        };
        Self {
            at_start: Arc::new(start),
            slow: Square::zeros(n),
            fast: Square::zeros(n),
            tone: Square::zeros(n),
            reputation_shock: vec![0.0; n],
        }
    }

    /// Trust T of i in j, SD; zero where not covered.
    pub fn total(&self, i: usize, j: usize) -> f64 {
        self.at_start.level.at(i, j) + self.deviation(i, j)
    }

    /// Deviation d = l + f of i's trust in j from its level at the start, SD.
    pub fn deviation(&self, i: usize, j: usize) -> f64 {
        self.slow.at(i, j) + self.fast.at(i, j)
    }
}

/// What trust reads from elsewhere at date t.
#[derive(Clone, Copy, Debug)]
pub struct Inputs<'a> {
    /// Entry (i, j): what j does to i this year, SD of tone ([`crate::acts::Acts::conduct`]).
    pub conduct: &'a Square,
    /// States whose leader the scenario replaces this year (S30), beside those chance replaces.
    pub turnovers: &'a [StateId],
    /// Open channels; reputation, diffusion and reciprocity act here.
    pub channels: Channels,
}

/// Mean of `values` where `keep`; NaN when nothing is kept.
fn mean_over(values: &[f64], keep: &[bool]) -> f64 {
    let (mut sum, mut count) = (0.0, 0usize);
    for (v, k) in values.iter().zip(keep) {
        if *k {
            sum += v;
            count += 1;
        }
    }
    sum / count as f64
}

/// Error of this domain.
fn missing(message: String) -> ModelError {
    ModelError::Fixed {
        domain: "trust",
        message,
    }
}

#[cfg(test)]
mod tests;
