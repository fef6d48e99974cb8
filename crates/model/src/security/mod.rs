//! Security: pacts and cooperation, help that trust discounts, spending, nuclear hedging, blocs.
//!
//! Equations (MODEL.md §3; departures in `docs/model/security.md`):
//!
//! ```text
//! ties       logit Pr(form)  = θ_f'x + τ_f min(ΔT_ij, ΔT_ji) + η ½(loss_i + loss_j)      §3.1
//!            logit Pr(end)   = θ_d'x + τ_d min(ΔT_ij, ΔT_ji)
//!            loss_i = 1 − g_i/g_i(start), g_i = tie · p · factor of the hegemon; η only for pairs
//!            without the hegemon; the terms in Δ are bounded together
//! alliances  a member leaves with logit = ε + τ_d ΔT towards the strongest other member
//! help       M_eff(i) = M_i + Σ_k A_ik p_ik factor_ik reach_ik M_k,  v_i                  §3.2
//! spending   ln m' = ϱ ln m + (1−ϱ) ln m* + σ z                                           §3.3
//!            ln m* = e_Y ΔlnY + e_P 100 ΔPthr − e_S Δln(1 + help/M) + e_F Δln foes + pledge
//! strength   M' = M + δ (m/m₀ · M₀ − M)
//! nuclear    ln ratio = b_g (g_i − g_i(start)),  g_i = max_j A_ij 1[j nuclear] p_ij factor  §3.4
//! blocs      Ω_ij = (w_A A_ij + w_D D_ij) √(p_ij p_ji), communities, stability             §3.5
//! ```
//!
//! Everything that is not a tie is measured from the start of the same draw, so a world in which
//! nothing happens stays where it is, up to trend growth, pledges and noise.

mod architectures;
mod blocs;
mod coefficients;
mod covariates;
mod draw;
mod estimate;
mod fixed;
mod hedging;
mod measure;
mod observed;
mod picture;
mod protection;
mod respond;
mod search;
mod spending;
pub mod stability;
mod survey;
pub mod threat;
mod ties;

#[cfg(test)]
mod tests;

use std::sync::Arc;

use realign_atlas::StateId;

use crate::ModelError;
use crate::acts::Direct;
use crate::setting::{Chance, TrustView};

pub use architectures::{Architecture, Conflict, Origin, Overlap, architectures};
pub use blocs::{BlocMeasures, bloc_measures};
pub use coefficients::{Coefficients, LayerHazards, Pledge};
pub use covariates::{
    NAMES as HAZARD_COVARIATES, PARTNERS as HAZARD_PARTNERS, PairCovariates, Profile,
};
pub use draw::{Candidate, Formations, Start};
pub use estimate::{
    ESTIMATORS, Effect, Hypothesis, PactGoodness, PairYears, SpendingScore, ThreatScore, TieScore,
    TieTask, all_pair_years, bloc_hypothesis, estimate, pact_goodness, pair_years, spending_score,
    threat_score, tie_scores,
};
pub use fixed::{Bloc, Fixed, Pair};
pub use measure::{Extras, indicators, measure};
pub use observed::{Case, Observed};
pub use picture::{Foe, Guarantor, Outlook, Picture, Promise, Spread, picture, spending_outlook};
pub use protection::{
    Guarantees, Protection, vulnerability_of, vulnerability_to, vulnerable_gdp_share,
};
pub use respond::respond;
pub use search::{Move, Options, Space, exhaustive, search};
pub use survey::{Found, Meeting, Relation, Survey, survey};
pub use ties::Ties;

/// Security at one date.
#[derive(Clone, Debug, PartialEq)]
pub struct State {
    /// What was set at the start of the draw; shared by all dates and arms.
    pub at_start: Arc<Start>,
    /// Defence pacts in force.
    pub pacts: Ties,
    /// Defence cooperation agreements in force.
    pub cooperation: Ties,
    /// (guarantor, protégé) of designations in force, sorted.
    pub designations: Vec<(StateId, StateId)>,
    /// Log of military spending relative to the start.
    pub log_spending: Vec<f64>,
    /// Log of strength relative to the start.
    pub log_strength: Vec<f64>,
    /// Factors of acts on guarantees this year.
    pub guarantees: Guarantees,
    /// Log hazard ratio of exploring nuclear weapons against the start.
    pub hedging_log_ratio: Vec<f64>,
}

/// What security reads from elsewhere at date t.
#[derive(Clone, Copy, Debug)]
pub struct Inputs<'a> {
    /// What acts do by themselves this year: guarantees, pacts ended and made.
    pub direct: &'a Direct,
    /// Trust at date t, or that of the quiet arm where the channel is cut.
    pub trust: TrustView<'a>,
    /// Log of real income relative to a world without trade effects since the start, by state;
    /// not finite counts as no change.
    pub income_log: &'a [f64],
}

impl State {
    /// Security at the start of a draw, with the trust of the same draw at the start.
    pub fn start(
        fixed: &Fixed,
        coefficients: &Coefficients,
        _chance: &Chance,
        trust: &TrustView<'_>,
    ) -> Self {
        let n = fixed.n;
        let mut designations = fixed.designations.clone();
        designations.sort_unstable();
        designations.dedup();
        let mut state = Self {
            at_start: Arc::new(Start::new(fixed, coefficients)),
            pacts: fixed.pacts.clone(),
            cooperation: fixed.cooperation.clone(),
            designations,
            log_spending: vec![0.0; n],
            log_strength: vec![0.0; n],
            guarantees: Guarantees::default(),
            hedging_log_ratio: vec![0.0; n],
        };
        let protection = Protection::new(fixed, coefficients, &state, trust);
        let start = Arc::get_mut(&mut state.at_start).expect("nobody else holds the start yet");
        start.spill_in = spending::spill_ins(&protection);
        let (dangerous, still) = (&start.dangerous, &state.log_strength);
        start.fatal_dispute = threat::fatal_disputes(coefficients, dangerous, &state.pacts, still);
        start.exploration_scale = hedging::scale(fixed, coefficients, &protection);
        start.hegemon_guarantee = protection.hegemon_guarantee;
        start.nuclear_guarantee = protection.nuclear_guarantee;
        state
    }

    /// Strength of each state now, in shares of the world's strength at the start.
    pub fn strength(&self) -> Vec<f64> {
        self.at_start
            .strength
            .iter()
            .zip(&self.log_strength)
            .map(|(m, l)| m * l.exp())
            .collect()
    }
}

/// Error of this domain.
fn missing(message: String) -> ModelError {
    ModelError::Fixed {
        domain: "security",
        message,
    }
}
