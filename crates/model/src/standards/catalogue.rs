//! The table of standards, camps and sponsors (`data/standards/standards.toml`).

use serde::Deserialize;

use crate::ModelError;
use crate::exposure::Lever;
use crate::params::Tag;

const TABLE: &str = include_str!("../../../../data/standards/standards.toml");

/// All standards.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Catalogue {
    #[serde(rename = "standard")]
    pub(super) standards: Vec<StandardEntry>,
}

/// How adoption at the start is read.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum Rule {
    /// World share times trade intensity with the makers.
    Trade,
    /// Share of major arms that the makers supplied.
    Arms,
}

/// Whose adoption counts for a state.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Network {
    /// Partners in goods trade.
    Trade,
    /// States with a defence pact.
    Pacts,
}

/// One standard.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct StandardEntry {
    pub(super) id: String,
    pub(super) label: String,
    pub(super) start: Rule,
    pub(super) network: Network,
    pub(super) description: String,
    /// Variable whose sum over the makers gives world shares, where they are not written down.
    #[serde(default)]
    pub(super) world: Option<String>,
    /// Acts of a sponsor that keep its camp from a state.
    #[serde(default)]
    pub(super) withheld_by: Vec<Lever>,
    #[serde(rename = "camp")]
    pub(super) camps: Vec<CampEntry>,
    #[serde(default)]
    pub(super) observed: Vec<ObservedEntry>,
}

/// One camp.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct CampEntry {
    pub(super) id: String,
    pub(super) label: String,
    #[serde(default)]
    pub(super) sponsors: Vec<String>,
    #[serde(default)]
    pub(super) sponsor_blocs: Vec<String>,
    #[serde(default)]
    pub(super) makers: Vec<String>,
    #[serde(default)]
    pub(super) maker_blocs: Vec<String>,
    #[serde(default)]
    pub(super) world_share: Option<Number>,
}

/// A number with its source.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Number {
    pub(super) value: f64,
    pub(super) tag: Tag,
    pub(super) source: String,
}

/// A share known for a state or a bloc.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct ObservedEntry {
    #[serde(default)]
    pub(super) state: Option<String>,
    #[serde(default)]
    pub(super) states: Vec<String>,
    #[serde(default)]
    pub(super) bloc: Option<String>,
    pub(super) camp: String,
    pub(super) share: f64,
    pub(super) tag: Tag,
    pub(super) source: String,
}

/// Reads and checks the table.
pub(super) fn read() -> Result<Catalogue, ModelError> {
    let bad = |message: String| ModelError::Fixed {
        domain: "standards",
        message,
    };
    let c: Catalogue =
        toml::from_str(TABLE).map_err(|e| bad(format!("data/standards/standards.toml: {e}")))?;
    for s in &c.standards {
        if s.camps.len() < 2 {
            return Err(bad(format!("standard `{}` has fewer than two camps", s.id)));
        }
        for g in &s.camps {
            if g.sponsors.is_empty() && g.sponsor_blocs.is_empty() {
                return Err(bad(format!("camp `{}.{}` has no sponsor", s.id, g.id)));
            }
            if g.world_share.is_none() && s.world.is_none() {
                return Err(bad(format!("camp `{}.{}` has no world share", s.id, g.id)));
            }
        }
        for o in &s.observed {
            if !s.camps.iter().any(|g| g.id == o.camp) {
                return Err(bad(format!(
                    "`{}` observes unknown camp `{}`",
                    s.id, o.camp
                )));
            }
        }
    }
    Ok(c)
}

/// A number of the table with its source, for the list of assumptions.
#[derive(Clone, Debug, PartialEq)]
pub struct Source {
    /// What it is: `standard.camp`, and who where it is a known share.
    pub what: String,
    /// The number.
    pub value: f64,
    /// How well it is founded.
    pub tag: Tag,
    /// Where it comes from.
    pub source: String,
}

/// Every number written down in the table.
pub fn sources() -> Result<Vec<Source>, ModelError> {
    let mut list = Vec::new();
    for s in read()?.standards {
        for c in s.camps {
            if let Some(n) = c.world_share {
                let what = format!("{}.{}: share in the world", s.id, c.id);
                list.push(Source {
                    what,
                    value: n.value,
                    tag: n.tag,
                    source: n.source,
                });
            }
        }
        for o in s.observed {
            let mut who = o.states;
            who.extend(o.state);
            who.extend(o.bloc);
            let what = format!("{}.{}: share in {}", s.id, o.camp, who.join(", "));
            list.push(Source {
                what,
                value: o.share,
                tag: o.tag,
                source: o.source,
            });
        }
    }
    Ok(list)
}
