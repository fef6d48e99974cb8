//! Typed parameter values of the security domain.

use super::covariates::{COUNT, ENDING_COUNT, NAMES, PARTNERS};
use super::threat;
use crate::ModelError;
use crate::params::Values;

/// A burden to which the members of a bloc have pledged themselves.
#[derive(Clone, Debug, PartialEq)]
pub struct Pledge {
    /// Bloc whose members pledged.
    pub bloc: &'static str,
    /// Pledged military spending as a fraction of GDP.
    pub burden: f64,
    /// Year of the pledge.
    pub made: i32,
    /// Year by which it is to be kept.
    pub by: i32,
}

/// Blocs with pledges; values stand in `params/security.toml` under `pledge_<key>_…`.
const PLEDGES: [(&str, &str); 2] = [("nato_2014", "NATO"), ("nato_2025", "NATO")];

/// Hazards of one layer of ties: log odds a year of forming and of ending.
#[derive(Clone, Debug, PartialEq)]
pub struct LayerHazards {
    /// Formation, in the order of [`NAMES`].
    pub formation: [f64; COUNT],
    /// End, in the order of [`NAMES`] and then [`PARTNERS`].
    pub ending: [f64; ENDING_COUNT],
}

/// Values of `params/security.toml` for one draw.
#[derive(Clone, Debug, PartialEq)]
pub struct Coefficients {
    /// Weight of military spending beside CINC in strength, 0–1.
    pub strength_spending_weight: f64,
    /// Share of strength that a year's spending renews.
    pub strength_renewal: f64,
    /// γ: strength an attacker needs per unit of defence.
    pub defensive_factor: f64,
    /// Distance at which half of a state's strength arrives, km.
    pub reach_half_km: f64,
    /// Stationed persons at which half of the stationing state's strength is at hand.
    pub presence_half_persons: f64,
    /// Share of the strength of an attacker's allies that joins.
    pub coalition_share: f64,
    /// Peace scale up to which a pair is hostile.
    pub hostile_peace_level: f64,
    /// Years with disputes from which a pair is hostile.
    pub hostile_disputes: f64,
    /// Distance up to which the rival of an ally is hostile, km.
    pub ally_rival_km: f64,
    /// Share of a state's help from which the rivals of those who give it are hostile.
    pub ally_rival_share: f64,
    /// Weight of a designation beside a pact in the help that can be expected.
    pub designation_weight: f64,
    /// ϱ: share of the gap to desired spending that is left after a year.
    pub spending_persistence: f64,
    /// e_Y: elasticity of desired spending to income.
    pub spending_income: f64,
    /// e_P: log points per percentage point of the probability of a fatal dispute.
    pub spending_threat: f64,
    /// e_S: log points of spending saved per log point of 1 + expected help over own strength.
    pub spending_spill_in: f64,
    /// e_F: elasticity to the strength of foes.
    pub spending_foes: f64,
    /// Share of the gap to a pledge that desired spending closes.
    pub pledge_compliance: f64,
    /// Standard deviation of the yearly innovation of log spending.
    pub spending_innovation: f64,
    /// Yearly growth of real income without trade effects, log points.
    pub trend_growth: f64,
    /// Log odds of a dispute with use of force a year, in the order of [`threat::NAMES`].
    pub dispute: [f64; threat::COUNT],
    /// Share of such disputes in which somebody dies.
    pub dispute_fatal_share: f64,
    /// Pledges, in the order in which they were made.
    pub pledges: Vec<Pledge>,
    /// Hazards of defence pacts.
    pub pact: LayerHazards,
    /// Hazards of defence cooperation agreements.
    pub cooperation: LayerHazards,
    /// Log odds of formation per SD of the smaller change of trust in the pair.
    pub formation_trust: f64,
    /// Log odds of ending per SD of the smaller change of trust in the pair, negative.
    pub ending_trust: f64,
    /// Log odds of formation with third parties when all expected help of the hegemon is lost.
    pub formation_hedging: f64,
    /// Largest change of log odds by trust, hedging and ties since the start.
    pub dynamic_bound: f64,
    /// Yearly log odds that a member leaves an alliance.
    pub exit_base: f64,
    /// Yearly hazard that a group with a framework founds a mutual defence treaty.
    pub founding_hazard: f64,
    /// Yearly base hazard of exploring nuclear weapons.
    pub exploration_base: f64,
    /// Log hazard of exploring at a full nuclear guarantee, against none.
    pub exploration_guarantee: f64,
    /// Log hazard of exploring where a rival pursues or has the weapon.
    pub exploration_rival: f64,
    /// Log hazard of exploring per SD of latent proficiency.
    pub exploration_latency: f64,
    /// Weight of a defence pact in the graph of blocs.
    pub bloc_pact_weight: f64,
    /// Weight of a cooperation agreement in the graph of blocs.
    pub bloc_cooperation_weight: f64,
    /// Share of a state's ties from which it counts as a member of a bloc.
    pub bloc_member_share: f64,
    /// Years over which ties survive and protection is rebuilt in the stability measures.
    pub recovery_years: f64,
    /// Share of missing pacts that makes an arrangement.
    pub arrangement_share: f64,
    /// Probability below which an arrangement is called out of reach.
    pub out_of_reach_probability: f64,
}

impl LayerHazards {
    fn new(values: &Values, layer: &str) -> Result<Self, ModelError> {
        let mut formation = [0.0; COUNT];
        for (x, name) in formation.iter_mut().zip(NAMES) {
            *x = values.get(&format!("security.{layer}_formation_{name}"))?;
        }
        let mut ending = [0.0; ENDING_COUNT];
        for (x, name) in ending.iter_mut().zip(NAMES.into_iter().chain([PARTNERS])) {
            *x = values.get(&format!("security.{layer}_ending_{name}"))?;
        }
        Ok(Self { formation, ending })
    }
}

impl Coefficients {
    /// Reads the values of block `security`.
    pub fn new(values: &Values) -> Result<Self, ModelError> {
        let get = |id: &str| values.get(&format!("security.{id}"));
        let mut pledges = Vec::with_capacity(PLEDGES.len());
        for (key, bloc) in PLEDGES {
            pledges.push(Pledge {
                bloc,
                burden: get(&format!("pledge_{key}_burden"))?,
                made: get(&format!("pledge_{key}_made"))?.round() as i32,
                by: get(&format!("pledge_{key}_by"))?.round() as i32,
            });
        }
        let mut dispute = [0.0; threat::COUNT];
        for (x, name) in dispute.iter_mut().zip(threat::NAMES) {
            *x = get(&format!("dispute_{name}"))?;
        }
        Ok(Self {
            strength_spending_weight: get("strength_spending_weight")?,
            strength_renewal: get("strength_renewal")?,
            defensive_factor: get("defensive_factor")?,
            reach_half_km: get("reach_half_km")?,
            presence_half_persons: get("presence_half_persons")?,
            coalition_share: get("coalition_share")?,
            hostile_peace_level: get("hostile_peace_level")?,
            hostile_disputes: get("hostile_disputes")?,
            ally_rival_km: get("ally_rival_km")?,
            ally_rival_share: get("ally_rival_share")?,
            designation_weight: get("designation_weight")?,
            spending_persistence: get("spending_persistence")?,
            spending_income: get("spending_income")?,
            spending_threat: get("spending_threat")?,
            spending_spill_in: get("spending_spill_in")?,
            spending_foes: get("spending_foes")?,
            pledge_compliance: get("pledge_compliance")?,
            spending_innovation: get("spending_innovation")?,
            trend_growth: get("trend_growth")?,
            dispute,
            dispute_fatal_share: get("dispute_fatal_share")?,
            pledges,
            pact: LayerHazards::new(values, "pact")?,
            cooperation: LayerHazards::new(values, "cooperation")?,
            formation_trust: get("formation_trust")?,
            ending_trust: get("ending_trust")?,
            formation_hedging: get("formation_hedging")?,
            dynamic_bound: get("dynamic_bound")?,
            exit_base: get("exit_base")?,
            founding_hazard: get("founding_hazard")?,
            exploration_base: get("exploration_base")?,
            exploration_guarantee: get("exploration_guarantee")?,
            exploration_rival: get("exploration_rival")?,
            exploration_latency: get("exploration_latency")?,
            bloc_pact_weight: get("bloc_pact_weight")?,
            bloc_cooperation_weight: get("bloc_cooperation_weight")?,
            bloc_member_share: get("bloc_member_share")?,
            recovery_years: get("recovery_years")?,
            arrangement_share: get("arrangement_share")?,
            out_of_reach_probability: get("out_of_reach_probability")?,
        })
    }
}
