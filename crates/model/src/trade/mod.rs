//! Trade: who sells what to whom at which tariff, what that does to real income, and which
//! agreements follow (MODEL.md §4; departures in `docs/model/trade.md`).
//!
//! The world's goods trade is one general equilibrium in changes (Armington with tariffs, solved
//! by [`realign_numerics::equilibrium`]) around the flows observed at the start. In year t
//!
//! ```text
//! X_ji ∝ λ_ji exp(s_ji) (w_j (1 + τ_ji)/(1 + τ⁰_ji))^{−θ_h}          j exporter, i importer
//! s_ji = β_T q ½(ΔT_ij + ΔT_ji) + β_G (phase of new − ignored · phase of ended agreements) − c_ji
//! τ_ji = τ⁰_ji + added by acts + ς · (tariff answered), where i has retaliated
//! θ_h  = ε∞ − (ε∞ − ε₁) e^{−(h−1)/3} + offset, or the structural elasticity
//! ```
//!
//! `s` is the partial effect on trade, so that trust, agreements and blocked trade weigh the same
//! at every elasticity; `h` is the years since the start of the run, the same in every arm. `c` is
//! what acts block, β_T is per logit of favourability and q the logits per SD of trust.
//! Transfers (trade balances) keep their share of world output; tariff revenue stays with the
//! importer. Levels are at the start's world output: growth is not modelled, changes are.
//!
//! Agreements are concluded by units that negotiate together (customs unions and the like) with a
//! yearly hazard, and retaliation by units that are hit; see [`agreements`] and [`respond`].

pub mod agreements;
mod coefficients;
mod estimate;
mod fixed;
pub mod gravity;
mod measure;
mod observed;
mod respond;
mod sectoral;
#[cfg(test)]
mod tests;

use std::sync::Arc;

use realign_atlas::StateId;

use crate::acts::Direct;
use crate::setting::{Chance, TrustView};

pub use agreements::{Candidate, Concluded, Units};
pub use coefficients::{Coefficients, HAZARD_COLUMNS, Regime};
pub use estimate::{AgreementScore, agreement_score, estimate};
pub use fixed::{Fixed, Group};
pub use measure::{indicators, measure};
pub use observed::Observed;
pub use respond::{Costs, advance, respond, settle};
pub use sectoral::Sectoral;

/// A tariff added since the start.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct AddedTariff {
    /// Who levies it.
    pub importer: StateId,
    /// On whose goods.
    pub exporter: StateId,
    /// Height, fraction of value.
    pub fraction: f64,
}

/// What is set once per draw.
#[derive(Clone, Debug, PartialEq)]
pub struct AtStart {
    /// Pairs of units that may conclude an agreement.
    pub candidates: Vec<Candidate>,
    /// Agreements of each unit.
    pub degree: Vec<u32>,
}

/// Trade at one date. Vectors over members follow [`Fixed::members`]; matrices are exporter ×
/// importer over members.
#[derive(Clone, Debug, PartialEq)]
pub struct State {
    /// What was set at the start of the draw; shared by all dates and arms.
    pub at_start: Arc<AtStart>,
    /// Flows before tariff, million USD at the start's world output, domestic sales on the
    /// diagonal.
    pub flows_musd: Vec<f64>,
    /// Wages relative to the start, world output being the unit.
    pub wage: Vec<f64>,
    /// Exact real income relative to the start; NaN in a year that could not be solved.
    pub real_income: Vec<f64>,
    /// Consumer prices relative to the start, world output being the unit.
    pub price: Vec<f64>,
    /// First-order terms of trade, log points of real income since the start.
    pub terms_of_trade: Vec<f64>,
    /// Tariffs added since the start and in force, by acts or in retaliation.
    pub added_tariffs: Vec<AddedTariff>,
    /// (negotiating unit, state answered) of retaliation in force.
    pub retaliation: Vec<(u16, StateId)>,
    /// Agreements concluded since the start.
    pub concluded: Vec<Concluded>,
    /// Agreements ignored or left since the start.
    pub ended: Vec<Concluded>,
    /// Units tied by an agreement, units × units.
    pub tied: Vec<bool>,
    /// Whether the year was solved to tolerance; flows are the last solved ones if not.
    pub solved: bool,
    /// Evaluations of excess demand in the last step.
    pub evaluations: usize,
}

/// What trade reads from elsewhere at date t.
#[derive(Clone, Copy, Debug)]
pub struct Inputs<'a> {
    /// What acts do by themselves this year.
    pub direct: &'a Direct,
    /// Trust as trade may see it.
    pub trust: TrustView<'a>,
}

impl State {
    /// The start: flows and agreements as observed.
    pub fn start(fixed: &Fixed, coefficients: &Coefficients, _chance: &Chance) -> Self {
        let m = fixed.members.len();
        let (network, tied) = (&fixed.network, &fixed.network.tied);
        let at_start = AtStart {
            candidates: network.candidates(coefficients, tied),
            degree: agreements::Ties::new(network, tied).degree,
        };
        Self {
            at_start: Arc::new(at_start),
            flows_musd: fixed.economy.flows().to_vec(),
            wage: vec![1.0; m],
            real_income: vec![1.0; m],
            price: vec![1.0; m],
            terms_of_trade: vec![0.0; m],
            added_tariffs: Vec::new(),
            retaliation: Vec::new(),
            concluded: Vec::new(),
            ended: Vec::new(),
            tied: tied.clone(),
            solved: true,
            evaluations: 0,
        }
    }

    /// Log of real income relative to the start by state; NaN where trade is not observed or the
    /// year was not solved.
    pub fn income_log(&self, fixed: &Fixed) -> Vec<f64> {
        let mut out = vec![f64::NAN; fixed.n];
        for (k, i) in fixed.members.iter().enumerate() {
            out[*i] = self.real_income[k].ln();
        }
        out
    }

    /// Exports of `from` to `to`, million USD; `None` where trade is not observed.
    pub fn exports_musd(&self, fixed: &Fixed, from: usize, to: usize) -> Option<f64> {
        let (j, i) = (fixed.place[from]?, fixed.place[to]?);
        Some(self.flows_musd[j * fixed.members.len() + i])
    }

    /// Share of each partner in the goods trade (exports and imports) of every state, N×N
    /// row-major; zero where trade is not observed. Rows sum to one or zero.
    pub fn partner_shares(&self, fixed: &Fixed) -> Vec<f64> {
        let (n, m) = (fixed.n, fixed.members.len());
        let mut out = vec![0.0; n * n];
        for (a, i) in fixed.members.iter().enumerate() {
            let row = &mut out[i * n..(i + 1) * n];
            for (b, j) in fixed.members.iter().enumerate() {
                if a != b {
                    row[*j] = self.flows_musd[a * m + b] + self.flows_musd[b * m + a];
                }
            }
            let total: f64 = row.iter().sum();
            if total > 0.0 {
                for x in row {
                    *x /= total;
                }
            }
        }
        out
    }
}
