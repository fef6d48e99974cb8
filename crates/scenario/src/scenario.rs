//! A scenario: who does what to whom, when, and what is asked.

use std::collections::BTreeMap;
use std::fmt;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::{EventType, LayerTable, ScenarioError};

/// A question put to the model: dated acts of a hegemon and a span of years.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Scenario {
    /// Title, shown on the brief.
    pub title: String,
    /// Where it comes from: an address or a reference; may be empty.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub source: String,
    /// What the scenario assumes, in a few sentences; may be empty.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub note: String,
    /// ISO3 code of the state whose conduct is in question.
    pub hegemon: String,
    /// First year simulated.
    pub start: i32,
    /// Last year simulated.
    pub horizon: i32,
    /// ISO3 codes of the states that the brief reports first.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub focus: Vec<String>,
    /// Names of the domains as the brief writes them.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub domains: Vec<String>,
    /// Questions, verbatim.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub questions: Vec<String>,
    /// How to run it.
    #[serde(default, skip_serializing_if = "Options::is_default")]
    pub options: Options,
    /// The acts.
    #[serde(default, rename = "event", skip_serializing_if = "Vec::is_empty")]
    pub events: Vec<Event>,
    /// Layers of dependence of the reader's own, beside those of the program.
    #[serde(default, rename = "layer", skip_serializing_if = "Vec::is_empty")]
    pub layers: Vec<LayerTable>,
}

/// How to run a scenario where it differs from the program's defaults.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Options {
    /// Number of draws.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub draws: Option<u32>,
    /// Seed of the random streams; at most 2^63 − 1, the largest integer of TOML.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub seed: Option<u64>,
}

impl Options {
    fn is_default(&self) -> bool {
        *self == Self::default()
    }
}

/// A dated act.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Event {
    /// Type of the act.
    #[serde(rename = "type")]
    pub kind: EventType,
    /// ISO3 code of the state that acts.
    pub actor: String,
    /// Who it concerns: ISO3 codes, blocs (`NATO`) and groups (`european-allies`, `all`); the actor
    /// is never among the members of a bloc or group.
    pub targets: Vec<String>,
    /// Year in which it happens.
    pub year: i32,
    /// Last year in which its direct effects are in force; absent: to the end of the scenario.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub until: Option<i32>,
    /// Its size in the unit of its type; absent: the typical size of the type.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub magnitude: Option<MagnitudeInput>,
    /// Treaty, organisation or bloc that it concerns, such as `NATO`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub agreement: Option<String>,
    /// How far it bears on the trust of each domain, where it differs from that of its type.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub loadings: Option<Loadings>,
    /// How sure the reading of the act is, 0 to 1.
    #[serde(default = "sure", skip_serializing_if = "is_sure")]
    #[schemars(range(min = 0.0, max = 1.0))]
    pub confidence: f64,
    /// The sentence it comes from.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sentence: Option<String>,
    /// Line of that sentence in the brief, from 1.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub line: Option<u32>,
    /// Why it is in the scenario as it is; for readers.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub note: Option<String>,
}

fn sure() -> f64 {
    1.0
}

#[allow(clippy::trivially_copy_pass_by_ref)] // the signature that serde calls
fn is_sure(c: &f64) -> bool {
    *c == 1.0
}

/// How an act bears on the trust of the three domains; not negative, summing to one.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Loadings {
    /// Share on security.
    pub security: f64,
    /// Share on trade.
    pub trade: f64,
    /// Share on military technology.
    pub technology: f64,
}

/// The size of an act as written.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(untagged)]
pub enum MagnitudeInput {
    /// One value for all targets.
    Value(f64),
    /// A reference to the atlas, a value per target.
    Atlas(AtlasReference),
    /// A value per target, by ISO3 code, bloc or group; a state's own entry outranks a group's.
    PerTarget(BTreeMap<String, f64>),
}

/// A reference to a variable of items and ordered pairs of the atlas, read for the pair
/// (target, actor): `atlas:VARIABLE@ITEM`, or `atlas:VARIABLE@ITEM - BASE` for the difference
/// between two items, such as `atlas:us_tariff_effective@2025-11-14 - 2024`.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
#[serde(try_from = "String", into = "String")]
#[schemars(with = "String")]
pub struct AtlasReference {
    /// The variable.
    pub variable: String,
    /// The item, such as a policy date.
    pub item: String,
    /// The item that is subtracted.
    pub base: Option<String>,
}

impl AtlasReference {
    /// Reads a reference; `None` when it is not one.
    pub fn parse(text: &str) -> Option<Self> {
        let rest = text.trim().strip_prefix("atlas:")?;
        let (variable, item) = rest.split_once('@')?;
        let (item, base) = match item.split_once(" - ") {
            Some((i, b)) => (i, Some(b.trim().to_owned())),
            None => (item, None),
        };
        let r = Self {
            variable: variable.trim().to_owned(),
            item: item.trim().to_owned(),
            base,
        };
        let named = !r.variable.is_empty()
            && r.variable
                .chars()
                .all(|c| c.is_ascii_alphanumeric() || c == '_');
        (named && !r.item.is_empty() && r.base.as_ref().is_none_or(|b| !b.is_empty())).then_some(r)
    }
}

impl fmt::Display for AtlasReference {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "atlas:{}@{}", self.variable, self.item)?;
        match &self.base {
            Some(b) => write!(f, " - {b}"),
            None => Ok(()),
        }
    }
}

impl TryFrom<String> for AtlasReference {
    type Error = String;
    fn try_from(text: String) -> Result<Self, String> {
        Self::parse(&text).ok_or_else(|| {
            format!("`{text}` is not a reference of the form atlas:VARIABLE@ITEM or atlas:VARIABLE@ITEM - BASE")
        })
    }
}

impl From<AtlasReference> for String {
    fn from(r: AtlasReference) -> Self {
        r.to_string()
    }
}

impl Scenario {
    /// The scenario as TOML.
    pub fn to_toml(&self) -> Result<String, ScenarioError> {
        toml::to_string_pretty(self).map_err(|e| ScenarioError::Write {
            message: e.to_string(),
        })
    }

    /// The JSON schema of a scenario, pretty-printed, with a newline at its end.
    pub fn json_schema() -> String {
        let schema = schemars::schema_for!(Self);
        let mut text = format!("{:#}", schema.as_value());
        text.push('\n');
        text
    }
}
