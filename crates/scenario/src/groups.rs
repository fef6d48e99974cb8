//! Groups of states by name, from `data/groups.toml`.

use serde::Deserialize;

use crate::ScenarioError;

/// How the members of a group are found.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum GroupScope {
    /// From blocs, regions and lists.
    #[default]
    Fixed,
    /// The states tied to the actor by a defence pact or a common alliance.
    Allies,
    /// The states that share a border with the actor.
    Neighbours,
    /// Every state and economy.
    All,
}

/// A group of states.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Group {
    /// How a scenario writes it.
    pub id: String,
    /// How a brief writes it, in small letters.
    pub names: Vec<String>,
    /// How its members are found.
    #[serde(default, rename = "kind")]
    pub scope: GroupScope,
    /// Whether it is an organisation or treaty that states can leave.
    #[serde(default)]
    pub organisation: bool,
    /// Blocs of the atlas.
    #[serde(default)]
    pub blocs: Vec<String>,
    /// Regions of the atlas; beside `blocs` they narrow it.
    #[serde(default)]
    pub regions: Vec<String>,
    /// Subregions of the atlas.
    #[serde(default)]
    pub subregions: Vec<String>,
    /// ISO3 codes with years where they matter: `HUN:1955-1991`.
    #[serde(default)]
    pub states: Vec<String>,
    /// ISO3 codes added at the end.
    #[serde(default)]
    pub add: Vec<String>,
    /// ISO3 codes taken out at the end.
    #[serde(default)]
    pub drop: Vec<String>,
    /// Group that stands in when this one finds no member in the year.
    #[serde(default)]
    pub fallback: Option<String>,
}

/// A state of a list with the years of its membership: (code, first year, first year out).
pub(crate) fn dated(entry: &str) -> (&str, Option<i32>, Option<i32>) {
    let Some((code, years)) = entry.split_once(':') else {
        return (entry, None, None);
    };
    let (from, to) = years
        .split_once('-')
        .map_or((years, None), |(a, b)| (a, Some(b)));
    (code, from.parse().ok(), to.and_then(|t| t.parse().ok()))
}

/// All groups.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Groups {
    #[serde(rename = "group")]
    rows: Vec<Group>,
}

impl Groups {
    /// The groups that ship with the program.
    pub fn embedded() -> Result<Self, ScenarioError> {
        Self::parse(include_str!("../data/groups.toml"))
    }

    /// Reads groups.
    pub fn parse(text: &str) -> Result<Self, ScenarioError> {
        toml::from_str(text).map_err(|e| ScenarioError::Data {
            file: "groups.toml",
            message: e.to_string(),
        })
    }

    /// In the order of the file.
    pub fn iter(&self) -> std::slice::Iter<'_, Group> {
        self.rows.iter()
    }

    /// By id.
    pub fn get(&self, id: &str) -> Option<&Group> {
        self.rows.iter().find(|g| g.id == id)
    }
}

impl<'a> IntoIterator for &'a Groups {
    type Item = &'a Group;
    type IntoIter = std::slice::Iter<'a, Group>;
    fn into_iter(self) -> Self::IntoIter {
        self.rows.iter()
    }
}
