//! Typed parameter values of the trust domain.

use realign_numerics::special::{log_odds, logistic};

use crate::ModelError;
use crate::params::Values;

/// Values of `params/trust.toml` for one draw; symbols as in the equations of [`crate::trust`].
#[derive(Clone, Debug, PartialEq)]
pub struct Coefficients {
    /// φ_L: share of a slow deviation left after a year.
    pub slow_persistence: f64,
    /// φ_F: share of a fast deviation left after a year without turnover.
    pub fast_persistence: f64,
    /// π: share of experience that becomes institutional.
    pub slow_share: f64,
    /// β: SD of trust per SD of tone, geometric mean of the answers to good and bad.
    pub response: f64,
    /// ρ: answer to bad conduct over answer to good conduct; 1 is no negativity bias.
    pub negativity_ratio: f64,
    /// λ: SD of tone per SD of trust.
    pub reciprocity: f64,
    /// κ: SD of trust per SD of tone towards third parties, absolute.
    pub reputation: f64,
    /// μ: share of the distance to like-minded states closed in a year.
    pub diffusion: f64,
    /// ψ: share of a fast deviation that a change of leader erases.
    pub turnover_reset: f64,
    /// ξ: 0 when states answer the level of conduct, 1 when they answer surprise only.
    pub surprise_rule: f64,
    /// T_max: bound of deviations, SD.
    pub bound: f64,
    /// σ_L: yearly innovation of slow trust of one pair, SD.
    pub slow_innovation: f64,
    /// σ_F: yearly innovation of fast trust of one pair, SD.
    pub fast_innovation: f64,
    /// Scale of the reputation shock shared by all pairs of a state, SD.
    pub reputation_scale: f64,
    /// Degrees of freedom of the reputation shock.
    pub reputation_dof: f64,
    /// h: ideal-point distance over which a state's weight as a neighbour falls by 1/e.
    pub neighbour_distance: f64,
    /// a_A: added weight of a defence pact.
    pub neighbour_pact: f64,
    /// a_D: added weight of a defence cooperation agreement.
    pub neighbour_cooperation: f64,
    /// a_C: added weight of a shared border.
    pub neighbour_border: f64,
    /// Number of neighbours kept.
    pub neighbours_kept: usize,
    /// Share of the variance of each indicator that is trust.
    pub information: Information,
    /// Observations at which half the information of tone is reached.
    pub tone_half_contact: f64,
    /// Share of the error of the start that both directions of a pair have in common.
    pub start_symmetric_share: f64,
    /// Yearly hazard of a change of leader where nothing is known.
    pub turnover_base_rate: f64,
    /// Years of record that the base rate weighs as much as.
    pub turnover_prior_years: f64,
    /// p: expected reliability of the median ally at the start.
    pub reliability_of_median_ally: f64,
    /// c₁: log odds of reliability per SD of trust.
    pub reliability_slope: f64,
    /// Trust of the median pair of allies at the start, SD.
    pub ally_reference_level: f64,
}

/// Share of the variance of each observed indicator that is trust, 0–1.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Information {
    /// Distance of ideal points in UN votes.
    pub votes: f64,
    /// Favourability in polls, directed.
    pub polls: f64,
    /// Tone of reported events at unlimited contact.
    pub tone: f64,
    /// Peace scale.
    pub peace: f64,
}

impl Coefficients {
    /// Reads the values of block `trust`.
    pub fn new(values: &Values) -> Result<Self, ModelError> {
        let get = |id: &str| values.get(&format!("trust.{id}"));
        Ok(Self {
            slow_persistence: get("slow_persistence")?,
            fast_persistence: get("fast_persistence")?,
            slow_share: get("slow_share")?,
            response: get("response")?,
            negativity_ratio: get("negativity_ratio")?,
            reciprocity: get("reciprocity")?,
            reputation: get("reputation")?,
            diffusion: get("diffusion")?,
            turnover_reset: get("turnover_reset")?,
            surprise_rule: get("surprise_rule")?,
            bound: get("bound")?,
            slow_innovation: get("slow_innovation")?,
            fast_innovation: get("fast_innovation")?,
            reputation_scale: get("reputation_scale")?,
            reputation_dof: get("reputation_dof")?,
            neighbour_distance: get("neighbour_distance")?,
            neighbour_pact: get("neighbour_pact")?,
            neighbour_cooperation: get("neighbour_cooperation")?,
            neighbour_border: get("neighbour_border")?,
            neighbours_kept: get("neighbours_kept")?.round().max(1.0) as usize,
            information: Information {
                votes: get("information_votes")?,
                polls: get("information_polls")?,
                tone: get("information_tone")?,
                peace: get("information_peace")?,
            },
            tone_half_contact: get("tone_half_contact")?,
            start_symmetric_share: get("start_symmetric_share")?,
            turnover_base_rate: get("turnover_base_rate")?,
            turnover_prior_years: get("turnover_prior_years")?,
            reliability_of_median_ally: get("reliability_of_median_ally")?,
            reliability_slope: get("reliability_slope")?,
            ally_reference_level: get("ally_reference_level")?,
        })
    }

    /// Probability of honouring a commitment that trust `t` (SD) stands for, 0–1.
    ///
    /// `p = logistic(c₀ + c₁ t)` with c₀ such that the median ally gets
    /// [`Self::reliability_of_median_ally`] (MODEL.md §2.3: 0.22 to 0.75 in published counts).
    pub fn reliability(&self, t: f64) -> f64 {
        logistic(self.reliability_intercept() + self.reliability_slope * t)
    }

    /// Log odds of reliability at trust zero; the same for all pairs of a draw.
    pub(crate) fn reliability_intercept(&self) -> f64 {
        log_odds(self.reliability_of_median_ally)
            - self.reliability_slope * self.ally_reference_level
    }

    /// √ρ: factor on bad conduct; good conduct has its inverse.
    pub(crate) fn negativity_root(&self) -> f64 {
        self.negativity_ratio.sqrt()
    }
}
