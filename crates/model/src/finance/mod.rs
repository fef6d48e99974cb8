//! Finance: the hegemon's currency in the reserves of others, its securities in their hands, and
//! the credit lines it extends (MODEL.md §6).
//!
//! With ℓ⁰ the log-odds of the currency's share in the world's reserves at the start,
//!
//! ```text
//! r_i     = σ(ℓ⁰ + x + d_i)                share in the reserves of i
//! x'      = x + σ_x ε                      world drift: a random walk, the baseline hard to beat
//! d_i'    = ϱ d_i + (1 − ϱ) D_i            inertia of portfolios
//! D_i     = logit(r⁰ − B·loss_i) − logit(r⁰) + b_Z sanctioned_i + b_N (r̄ − r̄ without conduct)
//! loss_i  = A⁰_ih − A_ih p_ih / p⁰_ih      alliance lost, or discounted by distrust, in [−1, 1]
//! B       = f · 30 pp                      f in [0, 1]: the published effect is the upper bound
//! ```
//!
//! Dollars (or other units of the hegemon) that leave reserves are the change of r_i times the
//! reserves of i; private holders follow in part. The yield rises by a separate sensitivity times
//! the reallocated stock. The level of reserves does not change, only its composition.
//! A state whose credit lines come from the hegemon counts on them as far as it believes it.

mod estimate;
mod measure;
mod observed;
mod portfolios;
mod respond;
#[cfg(test)]
mod tests;

use std::sync::Arc;

use realign_atlas::Atlas;

pub use estimate::{
    ESTIMATORS, HoldingScore, ShareScore, adjustment_scores, estimate, holding_score, share_scores,
};
pub use measure::{indicators, measure};
pub use observed::Observed;
pub use portfolios::{Portfolios, Spread, portfolios};
pub use respond::{advance, respond};

use crate::acts::Direct;
use crate::params::Values;
use crate::setting::{Chance, Setting, TrustView};
use crate::{ModelError, Square};

/// What does not change along a path.
#[derive(Clone, Debug, PartialEq)]
pub struct Fixed {
    /// What the atlas knows.
    pub observed: Observed,
    /// Log-odds of the share of the hegemon's currency in the world's reserves at the start; NaN
    /// when it issues no reserve currency in the data.
    pub log_odds: f64,
    /// Weight of every state in the world's reserves, the hegemon left out; zero where unknown.
    pub weight: Vec<f64>,
}

/// Values of `params/finance.toml` for one draw.
#[derive(Clone, Debug, PartialEq)]
pub struct Coefficients {
    /// ϱ: what is left of a deviation after a year.
    pub inertia: f64,
    /// B: long-run effect of an alliance on the share, as a fraction of reserves (0–0.30).
    pub alliance_effect: f64,
    /// b_Z: effect of being sanctioned by the issuer, log-odds in the long run.
    pub sanction_log_odds: f64,
    /// b_N: log-odds per unit of the world's share that conduct has moved.
    pub network: f64,
    /// σ_x: yearly standard deviation of the world's log-odds.
    pub world_sd: f64,
    /// Part of the relative change of official holdings that private holders follow.
    pub private_pass_through: f64,
    /// Yearly standard deviation of the logarithm of a holder's securities.
    pub holdings_sd: f64,
    /// Basis points of long-term yield per percent of the issuer's GDP that is reallocated.
    pub yield_bp_per_gdp_pct: f64,
}

/// What evolves.
#[derive(Clone, Debug, PartialEq)]
pub struct State {
    /// x: drift of the world's log-odds since the start.
    pub world_drift: f64,
    /// d: deviation of a state's log-odds that conduct and distrust have made.
    pub deviation: Vec<f64>,
    /// Drift of the logarithm of a holder's securities, not made by conduct.
    pub holdings_drift: Vec<f64>,
    /// Weight of the alliance with the hegemon at the start, by state; read in the first step,
    /// which sees the world of the start.
    pub allied_at_start: Option<Arc<Vec<f64>>>,
    /// What a state counts on of the credit lines from the hegemon, against the start, 0–1.
    pub line_available: Vec<f64>,
}

/// Everything that finance reads from elsewhere, at date t.
#[derive(Clone, Copy, Debug)]
pub struct Inputs<'a> {
    /// What acts do by themselves this year.
    pub direct: &'a Direct,
    /// Trust as finance may see it.
    pub trust: TrustView<'a>,
    /// Weight of j among the allies of i (0–1), such as 1 for a defence pact.
    pub allies: &'a Square,
}

impl Fixed {
    /// Reads the atlas.
    pub fn new(atlas: &Atlas, setting: &Setting) -> Result<Self, ModelError> {
        Ok(Self::from_observed(Observed::read(atlas, setting)?))
    }

    /// From data read before.
    pub fn from_observed(observed: Observed) -> Self {
        let h = observed.hegemon;
        let known = |i: usize| {
            let r = observed.reserves_musd[i];
            if i != h && r > 0.0 { r } else { 0.0 }
        };
        let total: f64 = (0..observed.n).map(known).sum();
        let weight = (0..observed.n).map(|i| if total > 0.0 { known(i) / total } else { 0.0 });
        let weight = weight.collect();
        let log_odds = observed.hegemon_share().map_or(f64::NAN, logit);
        Self {
            observed,
            log_odds,
            weight,
        }
    }
}

impl Coefficients {
    /// Takes the block `finance` out of a draw.
    pub fn new(values: &Values) -> Result<Self, ModelError> {
        let get = |id: &str| values.get(&format!("finance.{id}"));
        Ok(Self {
            inertia: get("inertia")?,
            alliance_effect: get("alliance_fraction")? * get("alliance_upper_bound_share")?,
            sanction_log_odds: get("sanction_log_odds")?,
            network: get("network")?,
            world_sd: get("world_sd")?,
            private_pass_through: get("private_pass_through")?,
            holdings_sd: get("holdings_sd")?,
            yield_bp_per_gdp_pct: get("yield_bp_per_gdp_pct")?,
        })
    }
}

impl State {
    /// The start: shares as observed, nothing moved.
    pub fn start(fixed: &Fixed, _coefficients: &Coefficients, _chance: &Chance) -> Self {
        let n = fixed.observed.n;
        Self {
            world_drift: 0.0,
            deviation: vec![0.0; n],
            holdings_drift: vec![0.0; n],
            allied_at_start: None,
            line_available: vec![1.0; n],
        }
    }
}

/// ln(p/(1−p)).
pub(crate) fn logit(p: f64) -> f64 {
    (p / (1.0 - p)).ln()
}

/// 1/(1+e^{−x}).
pub(crate) fn logistic(x: f64) -> f64 {
    1.0 / (1.0 + (-x).exp())
}
