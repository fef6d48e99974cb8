//! From codes, blocs and groups to the states of an atlas.

use std::collections::BTreeMap;

use realign_atlas::{Atlas, StateId, Year};

use crate::scenario::{AtlasReference, Event, Loadings, MagnitudeInput, Options, Scenario};
use crate::{EventType, LayerTable, ScenarioError, Vocabulary};

/// A scenario whose states are those of an atlas.
#[derive(Clone, Debug, PartialEq)]
pub struct ResolvedScenario {
    /// Title.
    pub title: String,
    /// Where it comes from.
    pub source: String,
    /// The state whose conduct is in question.
    pub hegemon: StateId,
    /// First year simulated.
    pub start: Year,
    /// Last year simulated.
    pub horizon: Year,
    /// States that the brief reports first; those of the scenario or, where it names none, all
    /// targets that are named one by one or by a group smaller than everyone, sorted.
    pub focus: Vec<StateId>,
    /// States at which the acts of the hegemon are aimed: its targets that are named one by one or
    /// by a bloc or group smaller than everyone; all its targets where there are no others. Sorted.
    pub aimed: Vec<StateId>,
    /// Names of the domains as the brief writes them.
    pub domains: Vec<String>,
    /// Questions, verbatim.
    pub questions: Vec<String>,
    /// How to run it.
    pub options: Options,
    /// The acts, in the order of the scenario.
    pub events: Vec<ResolvedEvent>,
    /// Layers of dependence beside those of the program.
    pub layers: Vec<LayerTable>,
}

/// An act on states of an atlas.
#[derive(Clone, Debug, PartialEq)]
pub struct ResolvedEvent {
    /// Type.
    pub kind: EventType,
    /// Who acts.
    pub actor: StateId,
    /// Whom it concerns, sorted by state, each once, never the actor, never empty.
    pub targets: Vec<ResolvedTarget>,
    /// Year in which it happens.
    pub year: Year,
    /// Last year in which its direct effects are in force; `None`: to the end.
    pub until: Option<Year>,
    /// Treaty, organisation or bloc that it concerns.
    pub agreement: Option<String>,
    /// How it bears on the trust of the domains; `None`: as its type does.
    pub loadings: Option<Loadings>,
    /// How sure the reading is, 0 to 1.
    pub confidence: f64,
    /// Position in the scenario, from 0.
    pub index: usize,
}

/// A target of an act with the size of the act for it.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct ResolvedTarget {
    /// The state.
    pub state: StateId,
    /// Size in the unit of the type ([`crate::Magnitude`]); `None`: the typical size of the type.
    pub magnitude: Option<f64>,
}

impl ResolvedEvent {
    /// The target entry of `state`, if it is a target.
    pub fn target(&self, state: StateId) -> Option<&ResolvedTarget> {
        self.targets
            .binary_search_by_key(&state, |t| t.state)
            .ok()
            .map(|k| &self.targets[k])
    }

    /// Whether direct effects are in force in `year`.
    pub fn in_force(&self, year: Year) -> bool {
        self.year <= year && self.until.is_none_or(|u| year <= u)
    }
}

impl Scenario {
    /// Turns codes, blocs, groups and references into states and values of `atlas`. Blocs have the
    /// members of the event's year; a reference to the atlas keeps the targets that have a value.
    pub fn resolve(&self, atlas: &Atlas) -> Result<ResolvedScenario, ScenarioError> {
        let names = Vocabulary::from_atlas(atlas)?;
        self.resolve_with(atlas, &names)
    }

    /// As [`Scenario::resolve`], with a vocabulary that is already made.
    pub fn resolve_with(
        &self,
        atlas: &Atlas,
        names: &Vocabulary,
    ) -> Result<ResolvedScenario, ScenarioError> {
        let id = |code: &str, place: &str| {
            atlas
                .states()
                .by_iso3(code)
                .ok_or_else(|| ScenarioError::UnknownState {
                    code: code.to_owned(),
                    place: place.to_owned(),
                })
        };
        let mut events = Vec::with_capacity(self.events.len());
        for (k, e) in self.events.iter().enumerate() {
            events.push(resolve_event(k, e, atlas, names)?);
        }
        let mut focus = self
            .focus
            .iter()
            .map(|c| id(c, "focus"))
            .collect::<Result<Vec<_>, _>>()?;
        if focus.is_empty() {
            for (e, r) in self.events.iter().zip(&events) {
                if !e.targets.iter().any(|t| t == "all") {
                    focus.extend(r.targets.iter().map(|t| t.state));
                }
            }
            focus.sort_unstable();
            focus.dedup();
        }
        let hegemon = id(&self.hegemon, "hegemon")?;
        let own = |everyone: bool| {
            let acts = self.events.iter().zip(&events).filter(|(e, r)| {
                r.actor == hegemon && (everyone || !e.targets.iter().any(|t| t == "all"))
            });
            let mut aimed: Vec<StateId> = acts
                .flat_map(|(_, r)| r.targets.iter().map(|t| t.state))
                .collect();
            aimed.retain(|s| *s != hegemon);
            aimed.sort_unstable();
            aimed.dedup();
            aimed
        };
        let mut aimed = own(false);
        if aimed.is_empty() {
            aimed = own(true);
        }
        Ok(ResolvedScenario {
            aimed,
            title: self.title.clone(),
            source: self.source.clone(),
            hegemon,
            start: Year(self.start),
            horizon: Year(self.horizon),
            focus,
            domains: self.domains.clone(),
            questions: self.questions.clone(),
            options: self.options.clone(),
            events,
            layers: self.layers.clone(),
        })
    }
}

fn resolve_event(
    k: usize,
    e: &Event,
    atlas: &Atlas,
    names: &Vocabulary,
) -> Result<ResolvedEvent, ScenarioError> {
    let place = format!("event {}", k + 1);
    let id = |code: &str| {
        atlas
            .states()
            .by_iso3(code)
            .ok_or_else(|| ScenarioError::UnknownState {
                code: code.to_owned(),
                place: place.clone(),
            })
    };
    let actor = id(&e.actor)?;
    // Value per state; a state's own entry outranks that of a bloc or group.
    let mut values: BTreeMap<StateId, Option<f64>> = BTreeMap::new();
    for name in &e.targets {
        let codes =
            names
                .expand(name, e.year, &e.actor)
                .ok_or_else(|| ScenarioError::UnknownState {
                    code: name.clone(),
                    place: place.clone(),
                })?;
        for c in &codes {
            let s = id(c)?;
            if s != actor {
                values.insert(s, None);
            }
        }
    }
    match &e.magnitude {
        None => {}
        Some(MagnitudeInput::Value(x)) => values.values_mut().for_each(|v| *v = Some(*x)),
        Some(MagnitudeInput::PerTarget(per)) => {
            for own in [false, true] {
                for (name, x) in per.iter().filter(|(n, _)| names.is_state(n) == own) {
                    for c in names.expand(name, e.year, &e.actor).unwrap_or_default() {
                        if let Some(v) = values.get_mut(&id(&c)?) {
                            *v = Some(*x);
                        }
                    }
                }
            }
        }
        Some(MagnitudeInput::Atlas(r)) => {
            let found = read_reference(k, r, actor, atlas)?;
            values.retain(|s, v| {
                *v = found.get(s).copied();
                v.is_some()
            });
            if let Some((s, x)) = values
                .iter()
                .find_map(|(s, v)| v.filter(|x| !e.kind.magnitude().admits(*x)).map(|x| (s, x)))
            {
                return Err(ScenarioError::AtlasReference {
                    event: k + 1,
                    reference: r.to_string(),
                    detail: format!(
                        "{x} for {} is not {}",
                        atlas.states().iso3(*s),
                        e.kind.magnitude().range_words()
                    ),
                });
            }
        }
    }
    if values.is_empty() {
        return Err(ScenarioError::NoTarget {
            event: k + 1,
            kind: e.kind.code(),
            targets: e.targets.clone(),
            year: e.year,
        });
    }
    Ok(ResolvedEvent {
        kind: e.kind,
        actor,
        targets: values
            .into_iter()
            .map(|(state, magnitude)| ResolvedTarget { state, magnitude })
            .collect(),
        year: Year(e.year),
        until: e.until.map(Year),
        agreement: e.agreement.clone(),
        loadings: e.loadings,
        confidence: e.confidence,
        index: k,
    })
}

/// Values of a reference for every state whose pair (state, actor) the variable holds.
fn read_reference(
    k: usize,
    r: &AtlasReference,
    actor: StateId,
    atlas: &Atlas,
) -> Result<BTreeMap<StateId, f64>, ScenarioError> {
    let panel = atlas.item_dyads(&r.variable)?;
    let column = |item: &str| {
        let Some(i) = panel.item(item) else {
            return Err(ScenarioError::AtlasReference {
                event: k + 1,
                reference: r.to_string(),
                detail: format!("no item `{item}`; there are {}", panel.items().join(", ")),
            });
        };
        let of_actor = panel.of(i).iter().filter(|row| row.2 == actor);
        Ok(of_actor
            .map(|row| (row.1, row.4))
            .collect::<BTreeMap<StateId, f64>>())
    };
    let mut values = column(&r.item)?;
    if let Some(base) = &r.base {
        let base = column(base)?;
        values.retain(|s, v| {
            base.get(s).is_some_and(|b| {
                *v -= b;
                true
            })
        });
    }
    Ok(values)
}
