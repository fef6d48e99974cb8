//! The catalogue: every table and variable with unit, meaning and provenance (`data/sources.toml`).

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::{AtlasError, Year};

/// How a table is laid out. Column names in brackets.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Shape {
    /// One row per state or economy.
    States,
    /// (variable, iso3, year, value)
    StateYear,
    /// (variable, a, b, year, value)
    DyadYear,
    /// (variable, item, year, value)
    ItemYear,
    /// (variable, item, iso3, year, value)
    ItemStateYear,
    /// (variable, item, a, b, year, value)
    ItemDyadYear,
    /// (variable, a, b, start, end, detail); `end` is 0 while in force
    Spells,
    /// (bloc, kind, iso3, entry, exit); `exit` is 0 while a member
    Memberships,
    /// (iso3, leader, start, end); `end` is 0 while in office
    Leaders,
}

impl fmt::Display for Shape {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::States => "states",
            Self::StateYear => "state_year",
            Self::DyadYear => "dyad_year",
            Self::ItemYear => "item_year",
            Self::ItemStateYear => "item_state_year",
            Self::ItemDyadYear => "item_dyad_year",
            Self::Spells => "spells",
            Self::Memberships => "memberships",
            Self::Leaders => "leaders",
        })
    }
}

/// Where the rows of a table come from.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Source {
    /// Who publishes it.
    pub publisher: String,
    /// How to cite it.
    pub reference: String,
    /// Licence or terms.
    pub licence: String,
    /// Edition or release.
    pub vintage: String,
    /// Date of retrieval, or "with the raw data" where only that is known.
    pub retrieved: String,
    /// Raw file under the raw directory.
    pub raw: String,
    /// SHA-256 of the raw file, hexadecimal.
    pub sha256: String,
    /// What may not be done with it; empty when nothing.
    #[serde(default)]
    pub restrictions: String,
}

/// A variable of a table.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct VariableInfo {
    /// Identifier, `snake_case`, with the unit at its end where it has one.
    pub id: String,
    /// Unit.
    pub unit: String,
    /// What it is, in one sentence.
    pub description: String,
    /// For ties: whether (a, b) differs from (b, a).
    #[serde(default)]
    pub directed: bool,
    /// For values of pairs: the table holds each pair once with a not after b, and the value serves
    /// both orders.
    #[serde(default)]
    pub symmetric: bool,
    /// Years until a row is published, where it differs from the table's.
    #[serde(default)]
    pub publication_lag_years: Option<i32>,
}

/// A table with its provenance.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TableInfo {
    /// File name under data/tables.
    pub file: String,
    /// How it is laid out.
    pub shape: Shape,
    /// What the builder did with the raw rows.
    pub transformation: String,
    /// Years until a row is published: a row of year y is known at y + lag.
    pub publication_lag_years: i32,
    /// Newest year whose rows the table may hold.
    pub newest_year: i32,
    /// Where the rows come from.
    #[serde(rename = "source")]
    pub sources: Vec<Source>,
    /// What is in it.
    #[serde(rename = "variable", default)]
    pub variables: Vec<VariableInfo>,
}

impl TableInfo {
    /// Years until a row of `variable` is published.
    pub fn lag(&self, variable: &VariableInfo) -> i32 {
        variable
            .publication_lag_years
            .unwrap_or(self.publication_lag_years)
    }
}

/// Every table with its provenance.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Catalogue {
    /// Newest vintage of the atlas as a whole.
    vintage: i32,
    #[serde(rename = "table")]
    tables: Vec<TableInfo>,
}

impl Catalogue {
    /// The catalogue that ships with the program.
    pub fn embedded() -> Result<Self, AtlasError> {
        Self::parse(include_str!("../../../data/sources.toml"))
    }

    /// Reads a catalogue.
    pub fn parse(text: &str) -> Result<Self, AtlasError> {
        toml::from_str(text).map_err(|e| AtlasError::Catalogue {
            message: e.to_string(),
        })
    }

    /// The tables in the order of the file.
    pub fn tables(&self) -> &[TableInfo] {
        &self.tables
    }

    /// All variables with their tables.
    pub fn variables(&self) -> impl Iterator<Item = (&TableInfo, &VariableInfo)> {
        self.tables
            .iter()
            .flat_map(|t| t.variables.iter().map(move |v| (t, v)))
    }

    /// A variable with its table.
    pub fn variable(&self, id: &str) -> Option<(&TableInfo, &VariableInfo)> {
        self.variables().find(|(_, v)| v.id == id)
    }

    /// First table of a shape.
    pub fn first_of(&self, shape: Shape) -> Option<&TableInfo> {
        self.tables.iter().find(|t| t.shape == shape)
    }

    /// The year at whose end the atlas as a whole stands.
    pub fn newest_vintage(&self) -> Year {
        Year(self.vintage)
    }
}
