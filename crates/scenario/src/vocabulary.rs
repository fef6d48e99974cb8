//! The states, blocs and ties that names in a scenario can stand for.

use std::collections::{BTreeMap, BTreeSet};

use realign_atlas::{Atlas, StateKind};

use crate::groups::{Group, GroupScope, Groups, dated};
use crate::{ScenarioError, nearest};

/// A state as a scenario knows it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Place {
    /// ISO3 code.
    pub iso3: String,
    /// Common name.
    pub name: String,
    /// Continent-sized region.
    pub region: String,
    /// Region within it.
    pub subregion: String,
    /// Whether it has no foreign policy of its own (territories).
    pub territory: bool,
}

/// A tie or membership with years: first year, first year out.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Dated {
    /// Bloc, or first state of a tie.
    pub of: String,
    /// Member, or second state of a tie.
    pub member: String,
    /// First year.
    pub entry: i32,
    /// First year no longer in force.
    pub exit: Option<i32>,
}

impl Dated {
    fn holds(&self, year: i32) -> bool {
        self.entry <= year && self.exit.is_none_or(|x| x > year)
    }
}

/// What the names in a scenario can stand for.
#[derive(Clone, Debug)]
pub struct Vocabulary {
    places: BTreeMap<String, Place>,
    memberships: Vec<Dated>,
    alliances: BTreeSet<String>,
    pacts: Vec<Dated>,
    borders: Vec<(String, String)>,
    groups: Groups,
}

impl Vocabulary {
    /// From plain lists: states, memberships, names of the blocs that are alliances, defence pacts
    /// (each once) and pairs of states with a common land border (each once).
    pub fn from_parts(
        places: Vec<Place>,
        memberships: Vec<Dated>,
        alliances: impl IntoIterator<Item = String>,
        pacts: Vec<Dated>,
        borders: Vec<(String, String)>,
    ) -> Result<Self, ScenarioError> {
        Ok(Self {
            places: places.into_iter().map(|p| (p.iso3.clone(), p)).collect(),
            memberships,
            alliances: alliances.into_iter().collect(),
            pacts,
            borders,
            groups: Groups::embedded()?,
        })
    }

    /// From an atlas. Pacts and borders are left out where the atlas has no such table.
    pub fn from_atlas(atlas: &Atlas) -> Result<Self, ScenarioError> {
        let states = atlas.states();
        let places = states
            .iter()
            .map(|s| Place {
                iso3: s.iso3.clone(),
                name: s.name.clone(),
                region: s.region.clone(),
                subregion: s.subregion.clone(),
                territory: s.kind == StateKind::Territory,
            })
            .collect();
        let rows = atlas.memberships()?;
        let memberships = rows
            .iter()
            .map(|m| Dated {
                of: m.bloc.clone(),
                member: states.iso3(m.state).to_owned(),
                entry: m.entry.0,
                exit: m.exit.map(|y| y.0),
            })
            .collect();
        let alliances: BTreeSet<String> = rows
            .iter()
            .filter(|m| m.kind == "alliance")
            .map(|m| m.bloc.clone())
            .collect();
        let has = |id: &str| atlas.catalogue().variable(id).is_some();
        let pacts = if has("defence_pact") {
            atlas
                .spells("defence_pact")?
                .rows()
                .iter()
                .map(|s| Dated {
                    of: states.iso3(s.a).to_owned(),
                    member: states.iso3(s.b).to_owned(),
                    entry: s.start.0,
                    exit: s.end.map(|y| y.0),
                })
                .collect()
        } else {
            Vec::new()
        };
        let borders = if has("contiguity") {
            let mut pairs: BTreeSet<(String, String)> = BTreeSet::new();
            for (a, b, _, v) in atlas.dyads("contiguity")?.rows() {
                if v > 0.0 && a < b {
                    pairs.insert((states.iso3(a).to_owned(), states.iso3(b).to_owned()));
                }
            }
            pairs.into_iter().collect()
        } else {
            Vec::new()
        };
        Self::from_parts(places, memberships, alliances, pacts, borders)
    }

    /// Whether `code` is the ISO3 code of a state or economy.
    pub fn is_state(&self, code: &str) -> bool {
        self.places.contains_key(code)
    }

    /// The state of a code.
    pub fn place(&self, code: &str) -> Option<&Place> {
        self.places.get(code)
    }

    /// All states by code.
    pub fn places(&self) -> impl Iterator<Item = &Place> {
        self.places.values()
    }

    /// The groups.
    pub fn groups(&self) -> &Groups {
        &self.groups
    }

    /// Names of the blocs, sorted.
    pub fn blocs(&self) -> BTreeSet<&str> {
        self.memberships.iter().map(|m| m.of.as_str()).collect()
    }

    /// What to write instead of an unknown code or name.
    pub fn suggest_state(&self, word: &str) -> Option<String> {
        let lower = word.to_lowercase();
        if let Some(p) = self
            .places
            .values()
            .find(|p| p.name.to_lowercase() == lower)
        {
            return Some(format!("write `{}` for {}", p.iso3, p.name));
        }
        let code = (word.chars().count() <= 4)
            .then(|| nearest(word, self.places.keys().map(String::as_str)))
            .flatten();
        let place = match code {
            Some(c) => self.places.get(c),
            None => nearest(word, self.places.values().map(|p| p.name.as_str()))
                .and_then(|n| self.places.values().find(|p| p.name == n)),
        };
        place.map(|p| format!("did you mean `{}` ({})?", p.iso3, p.name))
    }

    /// What to write instead of an unknown target.
    pub fn suggest_target(&self, word: &str) -> Option<String> {
        let blocs = self.blocs();
        let ids = self.groups.iter().map(|g| g.id.as_str());
        if word.chars().count() != 3
            && let Some(n) = nearest(word, blocs.into_iter().chain(ids))
        {
            return Some(format!("did you mean `{n}`?"));
        }
        self.suggest_state(word)
    }

    /// Whether `target` is a state, a bloc or a group.
    pub fn knows(&self, target: &str) -> bool {
        self.is_state(target)
            || self.memberships.iter().any(|m| m.of == target)
            || self.groups.get(target).is_some()
    }

    /// The states that `target` (code, bloc or group) stands for in `year` for `actor`, sorted,
    /// without the actor; `None` for an unknown target.
    pub fn expand(&self, target: &str, year: i32, actor: &str) -> Option<Vec<String>> {
        if self.is_state(target) {
            return Some(vec![target.to_owned()]);
        }
        let mut set = if self.memberships.iter().any(|m| m.of == target) {
            self.members(target, year)
        } else {
            let mut group = self.groups.get(target)?;
            let mut set = self.of_group(group, year, actor);
            while let (true, Some(next)) = (set.is_empty(), &group.fallback) {
                group = self.groups.get(next)?;
                set = self.of_group(group, year, actor);
            }
            set
        };
        set.remove(actor);
        Some(set.into_iter().collect())
    }

    /// Members of a bloc in a year.
    pub fn members(&self, bloc: &str, year: i32) -> BTreeSet<String> {
        self.memberships
            .iter()
            .filter(|m| m.of == bloc && m.holds(year))
            .map(|m| m.member.clone())
            .collect()
    }

    /// States tied to `actor` by a common alliance in a year; where there is none, by a defence
    /// pact. Wide collective pacts of the past (such as the Rio Treaty) count only then.
    pub fn allies(&self, actor: &str, year: i32) -> BTreeSet<String> {
        let wide = |bloc: &str| bloc == "RIO_TREATY";
        let mut set = BTreeSet::new();
        for bloc in self.alliances.iter().filter(|b| !wide(b)) {
            let members = self.members(bloc, year);
            // Bilateral treaties of the United States are listed by the other side only.
            if members.contains(actor) || (bloc == "US_BILATERAL_TREATY" && actor == "USA") {
                set.extend(members);
            }
        }
        if let Some(pact) = self.groups.get("warsaw-pact") {
            let members = self.of_group(pact, year, actor);
            if members.contains(actor) {
                set.extend(members);
            }
        }
        set.remove(actor);
        if set.is_empty() {
            for p in self.pacts.iter().filter(|p| p.holds(year)) {
                if p.of == actor {
                    set.insert(p.member.clone());
                } else if p.member == actor {
                    set.insert(p.of.clone());
                }
            }
        }
        set
    }

    fn of_group(&self, group: &Group, year: i32, actor: &str) -> BTreeSet<String> {
        let own = |p: &&Place| !p.territory;
        match group.scope {
            GroupScope::All => return self.places.keys().cloned().collect(),
            GroupScope::Allies => return self.allies(actor, year),
            GroupScope::Neighbours => {
                return self
                    .borders
                    .iter()
                    .filter_map(|(a, b)| {
                        if a == actor {
                            Some(b)
                        } else {
                            (b == actor).then_some(a)
                        }
                    })
                    .cloned()
                    .collect();
            }
            GroupScope::Fixed => {}
        }
        let mut set: BTreeSet<String> = BTreeSet::new();
        for bloc in &group.blocs {
            set.extend(self.members(bloc, year));
        }
        let inside = |p: &Place| {
            group.regions.contains(&p.region) || group.subregions.contains(&p.subregion)
        };
        if group.blocs.is_empty() {
            set.extend(
                self.places
                    .values()
                    .filter(own)
                    .filter(|p| inside(p))
                    .map(|p| p.iso3.clone()),
            );
        } else if !group.regions.is_empty() || !group.subregions.is_empty() {
            set.retain(|c| self.places.get(c).is_some_and(inside));
        }
        for entry in &group.states {
            let (code, from, to) = dated(entry);
            if from.is_none_or(|f| f <= year) && to.is_none_or(|t| t > year) {
                set.insert(code.to_owned());
            }
        }
        set.extend(group.add.iter().cloned());
        set.retain(|c| self.is_state(c) && !group.drop.contains(c));
        set
    }
}
