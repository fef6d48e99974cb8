//! Acts: what states do to one another, dated; their direct effects and their weight as conduct.
//!
//! An act has direct effects of its own ([`Direct`]: costs, capability, guarantees, memberships),
//! read by the domains, and it is conduct that the target and third parties remember
//! ([`Acts::conduct`]), read by trust alone. The two never mix (EVIDENCE.md, 1).

use realign_atlas::{StateId, Year};
use realign_scenario::{EventType, Magnitude, ResolvedScenario};

use crate::agreement::Subject;
use crate::params::Values;
use crate::{ModelError, Square};

/// One act of one state towards one other.
#[derive(Clone, Debug, PartialEq)]
pub struct Act {
    /// What is done.
    pub kind: EventType,
    /// Who does it.
    pub actor: StateId,
    /// To whom.
    pub target: StateId,
    /// First year in force.
    pub year: Year,
    /// Last year in which its direct effects are in force; `None` for the end of the run.
    pub until: Option<Year>,
    /// Size in the unit of the event type, where the scenario gives one.
    pub magnitude: Option<f64>,
    /// What the agreement was about that it breaks or leaves.
    pub subject: Subject,
    /// How sure the reader of the brief was that it is meant, 0–1; scales the conduct.
    pub confidence: f64,
    /// Position of the event in the scenario: what attribution leaves out.
    pub event: usize,
}

/// All acts of a scenario.
#[derive(Clone, Debug, Default)]
pub struct Acts(pub Vec<Act>);

/// What acts do by themselves in one year. Pairs are (actor, target) unless said otherwise.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Direct {
    /// (importer, exporter, added tariff as a fraction of value), in force this year.
    pub tariffs: Vec<(StateId, StateId, f64)>,
    /// (a, b, added trade cost in log points in both directions), in force this year.
    pub trade_costs: Vec<(StateId, StateId, f64)>,
    /// (supplier, recipient, delivered-capability factor δ in (0, 1]), in force this year.
    pub downgrades: Vec<(StateId, StateId, f64)>,
    /// (supplier, recipient, share of deliveries denied 0–1), in force this year.
    pub denials: Vec<(StateId, StateId, f64)>,
    /// (guarantor, protégé, factor on the help that can be expected 0–1), in force this year.
    pub guarantees: Vec<(StateId, StateId, f64)>,
    /// (provider, client, share of intelligence withheld 0–1), in force this year.
    pub intelligence: Vec<(StateId, StateId, f64)>,
    /// (sender, target) of financial or secondary sanctions in force this year.
    pub sanctions: Vec<(StateId, StateId)>,
    /// (a, b) whose defence pact ends this year.
    pub pacts_ended: Vec<(StateId, StateId)>,
    /// (a, b) who conclude a defence pact this year.
    pub pacts_made: Vec<(StateId, StateId)>,
    /// (a, b) whose trade agreement ends or is ignored from this year.
    pub agreements_ended: Vec<(StateId, StateId)>,
    /// (a, b) who conclude a trade agreement this year.
    pub agreements_made: Vec<(StateId, StateId)>,
    /// (a, b) who begin to produce arms together this year.
    pub coproduction: Vec<(StateId, StateId)>,
}

impl Act {
    /// Whether it still stands in a later `year`: types with a lasting effect until they end,
    /// others (a threat, a praise) only where the scenario says until when they go on.
    fn stands(&self, year: Year) -> bool {
        let lasting = matches!(
            self.kind.code(),
            "S01" | "S04" | "S07" | "S08" | "S11" | "S12"
        );
        self.until.map_or(lasting, |u| u >= year)
    }
}

impl Acts {
    /// The acts of a scenario, one for every actor and target.
    pub fn from_scenario(scenario: &ResolvedScenario) -> Self {
        let acts = scenario.events.iter().flat_map(|e| {
            e.targets.iter().map(|t| Act {
                kind: e.kind,
                actor: e.actor,
                target: t.state,
                year: e.year,
                until: e.until,
                magnitude: t.magnitude,
                subject: Subject::of(e.agreement.as_deref()),
                confidence: e.confidence,
                event: e.index,
            })
        });
        Self(acts.collect())
    }

    /// The acts without those of one event of the scenario.
    #[must_use]
    pub fn without_event(&self, event: usize) -> Self {
        Self(
            self.0
                .iter()
                .filter(|a| a.event != event)
                .cloned()
                .collect(),
        )
    }

    /// Conduct of this year: entry (i, j) is what j does to i, in SD of tone; zero without acts.
    ///
    /// Severity by type is drawn (`acts.severity_sNN`); tariffs scale with their height in steps
    /// of ten points up to a cap; troops with quarters of the stock. An act that stays in force is
    /// conduct in every year, after the first at a weight of its own: the data do not tell whether
    /// states answer the level of conduct or only what is new.
    pub fn conduct(&self, n: usize, year: Year, values: &Values) -> Result<Square, ModelError> {
        let mut conduct = Square::zeros(n);
        let standing = values.get("acts.standing_weight")?;
        for act in &self.0 {
            let weight = if act.year == year {
                1.0
            } else if act.year < year && act.stands(year) {
                standing
            } else {
                continue;
            };
            let code = act.kind.code();
            let severity = values.get(&format!("acts.severity_{}", code.to_lowercase()))?;
            let scale = match (act.kind.magnitude(), act.magnitude) {
                (Magnitude::TariffFraction, Some(tariff)) => {
                    (tariff / 0.10).clamp(0.0, values.get("acts.tariff_severity_cap_steps")?)
                }
                (Magnitude::TroopShareWithdrawn, Some(share)) => share / 0.25,
                (Magnitude::Intensity, Some(intensity)) => intensity,
                _ => 1.0,
            };
            let sum =
                conduct.get(act.target, act.actor) + weight * severity * scale * act.confidence;
            conduct.set(act.target, act.actor, sum);
        }
        Ok(conduct)
    }

    /// Actors whose leader changes in `year` by the scenario's word, with the share of
    /// leader-specific trust that is reset where it is given.
    pub fn turnovers(&self, year: Year) -> Vec<(StateId, Option<f64>)> {
        let mut turnovers: Vec<(StateId, Option<f64>)> = self
            .0
            .iter()
            .filter(|a| a.year == year && a.kind == EventType::S30)
            .map(|a| (a.actor, a.magnitude))
            .collect();
        turnovers.dedup_by_key(|t| t.0);
        turnovers
    }

    /// Direct effects in force in `year`; empty without acts.
    pub fn direct(&self, year: Year, values: &Values) -> Result<Direct, ModelError> {
        let mut d = Direct::default();
        for act in &self.0 {
            let in_force = act.year <= year && act.until.is_none_or(|u| u >= year);
            let begins = act.year == year;
            let (a, t) = (act.actor, act.target);
            let or = |id: &str| act.magnitude.map_or_else(|| values.get(id), Ok);
            match act.kind.code() {
                "S01" if in_force => d.tariffs.push((a, t, or("acts.tariff_default_fraction")?)),
                "S03" if begins && act.subject.ends_trade() => d.agreements_ended.push((a, t)),
                "S04" if in_force => {
                    let cost = blocked_cost(or("acts.coercion_trade_share")?, values)?;
                    d.trade_costs.push((a, t, cost));
                }
                "S07" if in_force => d.downgrades.push((a, t, or("acts.downgrade_delta")?)),
                "S08" if in_force => d.denials.push((a, t, or("acts.denial_share")?)),
                "S09" if in_force => {
                    let share = or("acts.withdrawal_share")?;
                    let weight = values.get("acts.presence_weight_in_guarantee")?;
                    d.guarantees.push((a, t, 1.0 - weight * share));
                }
                "S10" if in_force => {
                    let factor = values.get("acts.conditional_guarantee_factor")?;
                    d.guarantees
                        .push((a, t, factor.powf(act.magnitude.unwrap_or(1.0))));
                }
                "S11" if in_force => {
                    d.intelligence
                        .push((a, t, or("acts.intelligence_withheld_share")?));
                }
                "S12" if in_force => {
                    d.sanctions.push((a, t));
                    let cost = blocked_cost(or("acts.sanctioned_trade_share")?, values)?;
                    d.trade_costs.push((a, t, cost));
                }
                "S13" if begins => {
                    if act.subject.ends_pact() {
                        d.pacts_ended.push((a, t));
                    }
                    if act.subject.ends_trade() {
                        d.agreements_ended.push((a, t));
                    }
                }
                "S20" if in_force => {
                    let added = or("acts.deployment_share")?;
                    let weight = values.get("acts.presence_weight_in_guarantee")?;
                    d.guarantees.push((a, t, 1.0 + weight * added));
                }
                "S23" if begins => d.agreements_made.push((a, t)),
                "S24" if begins => d.coproduction.push((a, t)),
                "S25" if begins => d.pacts_made.push((a, t)),
                _ => {}
            }
        }
        Ok(d)
    }
}

/// Trade cost in log points that blocks `share` of the trade between two states at the elasticity
/// of conversion; a share of one is held just below it.
fn blocked_cost(share: f64, values: &Values) -> Result<f64, ModelError> {
    let open = (1.0 - share).max(1e-3);
    Ok(-open.ln() / values.get("acts.cost_conversion_elasticity")?)
}
