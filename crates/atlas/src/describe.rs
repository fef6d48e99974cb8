//! What the atlas knows about a state or a pair, as data for whoever renders it.

use crate::{Atlas, AtlasError, Shape, StateId, TableInfo, VariableInfo, Year};

/// The content of a fact.
#[derive(Clone, Debug, PartialEq)]
pub enum Amount {
    /// A number in the unit of the fact.
    Number(f64),
    /// Names or codes.
    Words(Vec<String>),
}

/// One thing that is known.
#[derive(Clone, Debug, PartialEq)]
pub struct Fact {
    /// Variable, or `memberships`, `leaders`.
    pub variable: String,
    /// What the variable is.
    pub label: String,
    /// Item of an item variable (sector, weapon class, commodity).
    pub item: Option<String>,
    /// From whom to whom, where a direction matters: ISO3 codes.
    pub direction: Option<(String, String)>,
    /// Year of the observation, or first year of a term.
    pub year: Option<Year>,
    /// The value.
    pub amount: Amount,
    /// Unit of a number.
    pub unit: String,
    /// Publishers and vintages.
    pub source: String,
}

/// Facts from one table.
#[derive(Clone, Debug, PartialEq)]
pub struct Section {
    /// File name of the table without its ending.
    pub topic: String,
    /// The facts, in the order of the catalogue.
    pub facts: Vec<Fact>,
}

/// Items shown of an item variable, largest first.
const ITEMS: usize = 5;

fn source(table: &TableInfo) -> String {
    let mut names: Vec<String> = table
        .sources
        .iter()
        .map(|s| format!("{} ({})", s.publisher, s.vintage))
        .collect();
    names.dedup();
    names.join("; ")
}

fn fact(table: &TableInfo, variable: &VariableInfo, year: Option<Year>, amount: Amount) -> Fact {
    Fact {
        variable: variable.id.clone(),
        label: variable.description.clone(),
        item: None,
        direction: None,
        year,
        amount,
        unit: variable.unit.clone(),
        source: source(table),
    }
}

/// The largest items of the newest year among (item, year, value).
fn largest(rows: Vec<(u16, Year, f64)>) -> Vec<(u16, Year, f64)> {
    let newest = rows.iter().map(|r| r.1).max();
    let mut rows: Vec<_> = rows.into_iter().filter(|r| Some(r.1) == newest).collect();
    rows.sort_by(|x, y| y.2.total_cmp(&x.2).then(x.0.cmp(&y.0)));
    rows.truncate(ITEMS);
    rows
}

impl Atlas {
    /// What is known about one state: newest value of each variable, largest items, partners of
    /// each layer of ties in force, blocs, leader. Sections without a fact are left out.
    pub fn describe_state(&self, state: StateId) -> Result<Vec<Section>, AtlasError> {
        self.sections(|table, variable| match table.shape {
            Shape::StateYear => {
                let newest = self
                    .state_series(&variable.id)?
                    .latest(state, self.vintage());
                let fact = |(y, v)| fact(table, variable, Some(y), Amount::Number(v));
                Ok(newest.map(fact).into_iter().collect())
            }
            Shape::ItemStateYear => {
                let panel = self.item_states(&variable.id)?;
                let rows = panel
                    .rows()
                    .iter()
                    .filter(|r| r.1 == state)
                    .map(|r| (r.0, r.2, r.3));
                Ok(largest(rows.collect())
                    .into_iter()
                    .map(|(item, y, v)| Fact {
                        item: Some(panel.items()[usize::from(item)].clone()),
                        ..fact(table, variable, Some(y), Amount::Number(v))
                    })
                    .collect())
            }
            Shape::Spells => Ok(self.partners(table, variable, state)?),
            _ => Ok(Vec::new()),
        })
        .and_then(|mut sections| {
            sections.extend(self.blocs_of(state)?);
            sections.extend(self.leader_of(state)?);
            Ok(sections)
        })
    }

    /// What is known about a pair: newest value of each variable in both directions, largest items,
    /// ties in force, blocs that both are in. Sections without a fact are left out.
    pub fn describe_pair(&self, a: StateId, b: StateId) -> Result<Vec<Section>, AtlasError> {
        let code = |s| self.states().iso3(s).to_owned();
        let mut sections = self.sections(|table, variable| {
            let directions: &[(StateId, StateId)] = if variable.symmetric {
                &[(a, b)]
            } else {
                &[(a, b), (b, a)]
            };
            let mut facts = Vec::new();
            match table.shape {
                Shape::DyadYear => {
                    let panel = self.dyads(&variable.id)?;
                    for (from, to) in directions {
                        if let Some((y, v)) = panel.latest(*from, *to, self.vintage()) {
                            facts.push(Fact {
                                direction: (!variable.symmetric).then(|| (code(*from), code(*to))),
                                ..fact(table, variable, Some(y), Amount::Number(v))
                            });
                        }
                    }
                }
                Shape::ItemDyadYear => {
                    let panel = self.item_dyads(&variable.id)?;
                    for (from, to) in directions {
                        let rows = panel.rows().iter().filter(|r| (r.1, r.2) == (*from, *to));
                        for (item, y, v) in largest(rows.map(|r| (r.0, r.3, r.4)).collect()) {
                            facts.push(Fact {
                                item: Some(panel.items()[usize::from(item)].clone()),
                                direction: Some((code(*from), code(*to))),
                                ..fact(table, variable, Some(y), Amount::Number(v))
                            });
                        }
                    }
                }
                Shape::Spells => {
                    let layer = self.spells(&variable.id)?;
                    let directions = if layer.directed {
                        &[(a, b), (b, a)][..]
                    } else {
                        &[(a, b)]
                    };
                    for (from, to) in directions {
                        for tie in layer.of(*from, *to).iter().filter(|s| s.end.is_none()) {
                            let detail = Amount::Words(vec![tie.detail.clone()]);
                            facts.push(Fact {
                                direction: layer.directed.then(|| (code(*from), code(*to))),
                                ..fact(table, variable, Some(tie.start), detail)
                            });
                        }
                    }
                }
                _ => {}
            }
            Ok(facts)
        })?;
        let of = |state| -> Result<Vec<&str>, AtlasError> {
            let members = self.memberships()?.iter();
            Ok(members
                .filter(|m| m.state == state && m.exit.is_none() && m.entry <= self.vintage())
                .map(|m| m.bloc.as_str())
                .collect())
        };
        let (mine, theirs) = (of(a)?, of(b)?);
        let shared: Vec<String> = mine
            .into_iter()
            .filter(|b| theirs.contains(b))
            .map(str::to_owned)
            .collect();
        sections.extend(self.table_without_variables(Shape::Memberships, None, shared));
        Ok(sections)
    }

    /// Facts of every variable, grouped by table in the order of the catalogue.
    fn sections(
        &self,
        facts_of: impl Fn(&TableInfo, &VariableInfo) -> Result<Vec<Fact>, AtlasError>,
    ) -> Result<Vec<Section>, AtlasError> {
        let mut sections = Vec::new();
        for table in self.catalogue().tables() {
            let mut facts = Vec::new();
            for variable in &table.variables {
                facts.extend(facts_of(table, variable)?);
            }
            if !facts.is_empty() {
                let topic = table.file.trim_end_matches(".parquet").to_owned();
                sections.push(Section { topic, facts });
            }
        }
        Ok(sections)
    }

    /// Partners with whom a tie of the layer is in force.
    fn partners(
        &self,
        table: &TableInfo,
        variable: &VariableInfo,
        state: StateId,
    ) -> Result<Vec<Fact>, AtlasError> {
        let layer = self.spells(&variable.id)?;
        let code = |s| self.states().iso3(s).to_owned();
        let open = || layer.rows().iter().filter(|s| s.end.is_none());
        let mut facts = Vec::new();
        let mut push = |mut names: Vec<String>, direction: Option<(String, String)>| {
            names.sort();
            names.dedup();
            if !names.is_empty() {
                facts.push(Fact {
                    direction,
                    ..fact(table, variable, None, Amount::Words(names))
                });
            }
        };
        let to: Vec<String> = open().filter(|s| s.a == state).map(|s| code(s.b)).collect();
        let from: Vec<String> = open().filter(|s| s.b == state).map(|s| code(s.a)).collect();
        if layer.directed {
            push(to, Some((code(state), String::new())));
            push(from, Some((String::new(), code(state))));
        } else {
            push(to.into_iter().chain(from).collect(), None);
        }
        Ok(facts)
    }

    fn blocs_of(&self, state: StateId) -> Result<Option<Section>, AtlasError> {
        let open = self
            .memberships()?
            .iter()
            .filter(|m| m.state == state && m.exit.is_none());
        let mut blocs: Vec<String> = open.map(|m| m.bloc.clone()).collect();
        blocs.sort();
        blocs.dedup();
        Ok(self.table_without_variables(Shape::Memberships, None, blocs))
    }

    fn leader_of(&self, state: StateId) -> Result<Option<Section>, AtlasError> {
        let leaders = self
            .leaders()?
            .iter()
            .filter(|l| l.state == state && l.end.is_none());
        let newest = leaders.max_by_key(|l| l.start);
        Ok(newest.and_then(|l| {
            self.table_without_variables(Shape::Leaders, Some(l.start), vec![l.name.clone()])
        }))
    }

    fn table_without_variables(
        &self,
        shape: Shape,
        year: Option<Year>,
        words: Vec<String>,
    ) -> Option<Section> {
        let table = self.catalogue().first_of(shape)?;
        if words.is_empty() {
            return None;
        }
        let facts = vec![Fact {
            variable: shape.to_string(),
            label: shape.to_string(),
            item: None,
            direction: None,
            year,
            amount: Amount::Words(words),
            unit: String::new(),
            source: source(table),
        }];
        Some(Section {
            topic: shape.to_string(),
            facts,
        })
    }
}
