//! Parameter values of one draw, typed.

use crate::ModelError;
use crate::params::Values;

/// Columns of the agreement hazard after the intercept, in order, as they stand in
/// `params/trade.toml` with the prefix `agreement_`.
pub const HAZARD_COLUMNS: [&str; 7] = [
    "distance",
    "size",
    "size_gap",
    "same_region",
    "own",
    "common",
    "affinity",
];

/// Which elasticity answers a tariff.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Regime {
    /// The estimated path from the short to the long run.
    Estimated,
    /// One structural elasticity at every horizon.
    Structural,
}

/// Values of `params/trade.toml` for one draw.
#[derive(Clone, Debug, PartialEq)]
pub struct Coefficients {
    /// Which elasticity answers a tariff.
    pub regime: Regime,
    /// ε₁, first year.
    pub elasticity_short: f64,
    /// ε∞, long run.
    pub elasticity_long: f64,
    /// Time constant between them, years.
    pub elasticity_years: f64,
    /// Correction added to the published elasticity.
    pub elasticity_offset: f64,
    /// Least elasticity used.
    pub elasticity_least: f64,
    /// Elasticity of the structural regime.
    pub elasticity_structural: f64,
    /// β_T q: log points of trade per SD of trust.
    pub trust_per_sd: f64,
    /// β_G: log points of trade of an agreement fully phased in.
    pub agreement_effect: f64,
    /// Share of it in the first year.
    pub agreement_first_share: f64,
    /// Years until it is whole.
    pub agreement_years: f64,
    /// Share of it lost when the agreement is ignored or left.
    pub agreement_ignored_share: f64,
    /// Log-odds of an agreement per SD of trust.
    pub agreement_trust: f64,
    /// Log-odds of an agreement with others per unit of export share times added tariff.
    pub agreement_hubshock: f64,
    /// Intercept of the hazard.
    pub hazard_intercept: f64,
    /// Slopes of the hazard on centred covariates, in the order of [`HAZARD_COLUMNS`].
    pub hazard: [f64; HAZARD_COLUMNS.len()],
    /// Log-odds a year of retaliation at equal size.
    pub retaliation_log_odds: f64,
    /// Log-odds per log point of relative GDP.
    pub retaliation_size: f64,
    /// Height of a retaliatory tariff relative to the one answered.
    pub retaliation_share: f64,
    /// Elasticity at which acts convert a share of blocked trade into a trade cost: undone here,
    /// so that what an act blocks does not depend on the elasticity of the equilibrium.
    pub cost_conversion_elasticity: f64,
}

impl Coefficients {
    /// Takes the block `trade` out of a draw.
    pub fn new(values: &Values) -> Result<Self, ModelError> {
        let get = |id: &str| values.get(&format!("trade.{id}"));
        let mut hazard = [0.0; HAZARD_COLUMNS.len()];
        for (h, name) in hazard.iter_mut().zip(HAZARD_COLUMNS) {
            *h = get(&format!("agreement_{name}"))?;
        }
        Ok(Self {
            regime: if get("elasticity_regime")? < 0.5 {
                Regime::Estimated
            } else {
                Regime::Structural
            },
            elasticity_short: get("elasticity_short")?,
            elasticity_long: get("elasticity_long")?,
            elasticity_years: get("elasticity_years")?,
            elasticity_offset: get("elasticity_offset")?,
            elasticity_least: get("elasticity_least")?,
            elasticity_structural: get("elasticity_structural")?,
            trust_per_sd: get("trust_effect_logit")? * get("logit_per_sd")?,
            agreement_effect: get("agreement_effect")?,
            agreement_first_share: get("agreement_first_share")?,
            agreement_years: get("agreement_years")?,
            agreement_ignored_share: get("agreement_ignored_share")?,
            agreement_trust: get("agreement_trust")?,
            agreement_hubshock: get("agreement_hubshock")?,
            hazard_intercept: get("agreement_intercept")?,
            hazard,
            retaliation_log_odds: get("retaliation_log_odds")?,
            retaliation_size: get("retaliation_size")?,
            retaliation_share: get("retaliation_share")?,
            cost_conversion_elasticity: values.get("acts.cost_conversion_elasticity")?,
        })
    }

    /// Trade elasticity θ of the `h`-th year of the run, h ≥ 1.
    pub fn elasticity(&self, h: u32) -> f64 {
        match self.regime {
            Regime::Structural => self.elasticity_structural,
            Regime::Estimated => {
                let years = f64::from(h.max(1) - 1);
                let left = (-years / self.elasticity_years).exp();
                let path =
                    self.elasticity_long - (self.elasticity_long - self.elasticity_short) * left;
                (path + self.elasticity_offset).max(self.elasticity_least)
            }
        }
    }

    /// Share of an agreement's effect `age` years after it began (age 0 is its first year).
    pub fn phase(&self, age: u32) -> f64 {
        let rise = f64::from(age) / self.agreement_years.max(1.0);
        self.agreement_first_share + (1.0 - self.agreement_first_share) * rise.min(1.0)
    }
}
