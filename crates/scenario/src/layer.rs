//! A layer of dependence given as a table: who supplies whom with what share.

use std::collections::BTreeMap;
use std::ops::Range;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::{Problem, ProblemKind as Kind};

/// How far the shares of a client may be from summing to one: what rounding to two digits leaves.
const SUM_TOLERANCE: f64 = 0.011;

/// A layer of dependence that takes part in a run without code.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct LayerTable {
    /// Identifier: small letters, digits and `_`.
    #[serde(rename = "layer")]
    pub id: String,
    /// Name for people.
    pub label: String,
    /// Weight of the layer, 0 to 1: 1 where a state cannot defend or run itself without it.
    #[schemars(range(min = 0.0, max = 1.0))]
    pub criticality: f64,
    /// Years of full dependence that stocks cover.
    #[serde(default)]
    pub buffer_years: f64,
    /// Years from the decision of the supplier to the end of supply.
    #[serde(default)]
    pub withdraw_years: f64,
    /// Years until another source or own production has taken over.
    pub replace_years: f64,
    /// Cost of closing a full dependence, in percent of one year's GDP.
    #[serde(default)]
    pub closing_cost_gdp_pct: f64,
    /// What closing the gap takes, in a sentence.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub closing: String,
    /// Acts that withhold the layer: `denial`, `intelligence`, `guarantee`, `trade_cost`,
    /// `sanctions`.
    #[serde(default)]
    pub withheld_by: Vec<String>,
    /// How well the numbers are founded: V, C, M or P.
    pub tag: String,
    /// Where they come from.
    pub source: String,
    /// Who supplies whom.
    #[serde(rename = "row")]
    pub rows: Vec<LayerRow>,
}

/// One row of a layer.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct LayerRow {
    /// ISO3 code of the state that depends.
    pub client: String,
    /// ISO3 code of the state that supplies; the client itself for what it has of its own.
    pub supplier: String,
    /// Share of the client's needs, 0 to 1; the shares of a client sum to one.
    #[schemars(range(min = 0.0, max = 1.0))]
    pub share: f64,
    /// Part of the share that others could take over at once, 0 to 1.
    #[serde(default)]
    #[schemars(range(min = 0.0, max = 1.0))]
    pub substitutability: f64,
    /// Years to replace this supplier, where they differ from those of the layer.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub replace_years: Option<f64>,
    /// Weight of the layer for this client, where it differs from that of the layer.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(range(min = 0.0, max = 1.0))]
    pub criticality: Option<f64>,
    /// Where the row comes from, where it differs from the layer.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub source: Option<String>,
}

/// Acts that can withhold a layer.
pub(crate) const LEVERS: &[&str] = &[
    "denial",
    "intelligence",
    "guarantee",
    "trade_cost",
    "sanctions",
];

/// Whether a word can name a layer.
pub(crate) fn is_id(word: &str) -> bool {
    let mut chars = word.chars();
    chars.next().is_some_and(|c| c.is_ascii_lowercase())
        && word.len() <= 40
        && chars.all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_')
}

impl LayerTable {
    /// The layer as TOML.
    pub fn to_toml(&self) -> Result<String, crate::ScenarioError> {
        toml::to_string_pretty(self).map_err(|e| crate::ScenarioError::Write {
            message: e.to_string(),
        })
    }
}

/// What no single row shows: rows that stand twice, shares that do not sum to one, supply that comes
/// back to where it started. `places` are the spans of the rows in `text`.
pub(crate) fn check_rows(text: &str, rows: &[LayerRow], places: &[Range<usize>]) -> Vec<Problem> {
    let mut problems = Vec::new();
    let mut at = |k: usize, kind: Kind, message: String, hint: String| {
        problems.push(Problem::at(text, places[k].clone(), kind, message, hint));
    };
    let mut first: BTreeMap<(&str, &str), usize> = BTreeMap::new();
    let mut of: BTreeMap<&str, Vec<usize>> = BTreeMap::new();
    for (k, r) in rows.iter().enumerate() {
        if let Some(before) = first.insert((&r.client, &r.supplier), k) {
            let message = format!(
                "row {}: {} from {} stands in row {} already",
                k + 1,
                r.client,
                r.supplier,
                before + 1
            );
            at(
                k,
                Kind::Layer,
                message,
                "add the two shares up in one row".to_owned(),
            );
        }
        of.entry(&r.client).or_default().push(k);
    }
    for (client, own) in &of {
        let sum: f64 = own.iter().map(|k| rows[*k].share).sum();
        if (sum - 1.0).abs() > SUM_TOLERANCE {
            let last = own[own.len() - 1];
            let message = format!(
                "row {}: the shares of {client} sum to {sum:.3}, not to one",
                last + 1
            );
            let hint = if sum < 1.0 {
                format!(
                    "add what it has of its own: a row {client}, {client}, {:.3}; or the suppliers that are missing",
                    1.0 - sum
                )
            } else {
                "shares are parts of all its needs, own production included; lower them".to_owned()
            };
            at(last, Kind::Layer, message, hint);
        }
    }
    if let Some(ring) = ring(rows) {
        let names: Vec<&str> = ring.iter().map(|k| rows[*k].supplier.as_str()).collect();
        let numbers: Vec<String> = ring.iter().map(|k| (k + 1).to_string()).collect();
        let message = format!(
            "row {}: the supply comes back to where it started: {} → {} (rows {})",
            ring[0] + 1,
            names.join(" → "),
            names[0],
            numbers.join(", ")
        );
        let hint =
            "a layer has one direction of supply: keep the net supplier, or split the layer \
                    into the goods that go one way and those that go the other"
                .to_owned();
        at(ring[0], Kind::Layer, message, hint);
    }
    problems
}

/// Rows that form a ring of supply, own supply left out; the first found in the order of the rows.
fn ring(rows: &[LayerRow]) -> Option<Vec<usize>> {
    fn walk<'a>(
        rows: &'a [LayerRow],
        state: &'a str,
        done: &mut BTreeMap<&'a str, bool>,
        path: &mut Vec<usize>,
    ) -> Option<Vec<usize>> {
        done.insert(state, false);
        for (k, r) in rows.iter().enumerate() {
            if r.supplier != state || r.client == r.supplier || r.share <= 0.0 {
                continue;
            }
            path.push(k);
            match done.get(r.client.as_str()) {
                Some(true) => {}
                Some(false) => {
                    let start = path.iter().position(|p| rows[*p].supplier == r.client)?;
                    return Some(path[start..].to_vec());
                }
                None => {
                    if let Some(found) = walk(rows, &r.client, done, path) {
                        return Some(found);
                    }
                }
            }
            path.pop();
        }
        done.insert(state, true);
        None
    }
    let mut done = BTreeMap::new();
    rows.iter().find_map(|r| {
        if done.contains_key(r.supplier.as_str()) {
            return None;
        }
        walk(rows, &r.supplier, &mut done, &mut Vec::new())
    })
}
