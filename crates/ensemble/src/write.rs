//! Results on disk: long Parquet tables and `run.json`, the same bytes for the same inputs.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::path::Path;

use rayon::prelude::*;
use realign_atlas::build::{Cell, TableWriter};
use realign_atlas::{StateId, States};
use realign_model::indicator::Scope;
use serde::Serialize;
use sha2::{Digest, Sha256};

use crate::results::Summary;
use crate::{EnsembleError, Results};

/// What identifies a run: hashes and settings, no wall-clock time.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct RunCard {
    /// Version of the program.
    pub version: String,
    /// SHA-256 of the embedded tables.
    pub atlas: String,
    /// SHA-256 of the parameter files.
    pub params: String,
    /// SHA-256 of the scenario as it was run.
    pub scenario: String,
    /// Seed.
    pub seed: u64,
    /// Draws of the main arms.
    pub draws: usize,
    /// Draws of the attribution arms.
    pub attribution_draws: usize,
    /// First and last year.
    pub years: (i32, i32),
    /// Arms of the main run.
    pub arms: Vec<String>,
    /// Paths that failed, by reason.
    pub failures: BTreeMap<String, usize>,
}

impl RunCard {
    /// First twelve digits of the hash of everything above: the name of the run.
    pub fn hash(&self) -> String {
        let text = serde_json::to_string(self).unwrap_or_default();
        sha256(text.as_bytes())[..12].to_owned()
    }
}

/// SHA-256, hexadecimal.
pub fn sha256(bytes: &[u8]) -> String {
    Sha256::digest(bytes)
        .iter()
        .fold(String::with_capacity(64), |mut s, b| {
            let _ = write!(s, "{b:02x}");
            s
        })
}

/// Failures counted by reason.
pub fn failures_by_reason(results: &Results) -> BTreeMap<String, usize> {
    let mut counts = BTreeMap::new();
    for f in results.failures() {
        *counts.entry(f.reason.clone()).or_insert(0) += 1;
    }
    counts
}

/// Fast enough for a result that is written once; the atlas tables use 19.
const ZSTD_LEVEL: i32 = 3;

/// Writes `summary.parquet` (every indicator and arm and the paired differences; the world in every
/// year, states in the first, middle and last),
/// `draws_world.parquet` (every draw of every indicator of the world) and `draws_focus.parquet`
/// (every draw of the states in `focus`, last year) into `dir`.
pub fn tables(
    results: &Results,
    states: &States,
    focus: &[StateId],
    dir: &Path,
) -> Result<(), EnsembleError> {
    let write =
        |table: TableWriter, name: &str| table.write_with(&dir.join(name), ZSTD_LEVEL).map_err(bad);
    let (first, rest) = rayon::join(
        || write(summary(results, states), "summary.parquet"),
        || {
            write(draws_world(results), "draws_world.parquet")?;
            write(draws_focus(results, states, focus), "draws_focus.parquet")
        },
    );
    first.and(rest)
}

#[allow(clippy::needless_pass_by_value)] // shaped for map_err
fn bad(e: realign_atlas::AtlasError) -> EnsembleError {
    EnsembleError::Write {
        path: "results".to_owned(),
        message: e.to_string(),
    }
}

fn entity(states: &States, state: Option<StateId>) -> String {
    state.map_or_else(|| "WORLD".to_owned(), |s| states.iso3(s).to_owned())
}

/// Years for which every state stands in the summary: the first simulated, the middle, the last.
fn years_of_states(results: &Results) -> Vec<usize> {
    let last = results.years().len() - 1;
    let mut years = vec![1.min(last), last.div_ceil(2), last];
    years.dedup();
    years
}

/// One row of the summary: cell, arm, year, distribution.
type SummaryRow = (usize, Option<StateId>, usize, usize, Summary);

fn summary(results: &Results, states: &States) -> TableWriter {
    let arm = |id: &str| results.arm(id);
    let views: Vec<(String, usize, Option<usize>)> = [
        ("quiet", arm("quiet"), None),
        ("shock", arm("shock"), None),
        ("shock-quiet", arm("shock"), arm("quiet")),
        ("acts_only-quiet", arm("acts_only"), arm("quiet")),
    ]
    .into_iter()
    .filter_map(|(name, a, less)| a.map(|a| (name.to_owned(), a, less)))
    .collect();
    let all_years: Vec<usize> = (0..results.years().len()).collect();
    let some_years = years_of_states(results);
    let cells: Vec<(usize, Option<StateId>)> = results.cells().collect();
    let rows: Vec<Vec<SummaryRow>> = cells
        .par_iter()
        .map(|&(k, state)| {
            let years = if state.is_some() {
                &some_years
            } else {
                &all_years
            };
            let mut out = Vec::new();
            for (v, (_, arm, less)) in views.iter().enumerate() {
                for &y in years {
                    let sample = match less {
                        None => results.sample(*arm, k, state, y),
                        Some(other) => results.difference((*arm, *other), k, state, y),
                    };
                    out.extend(Summary::of(&sample).map(|s| (k, state, v, y, s)));
                }
            }
            out
        })
        .collect();
    let rows: Vec<SummaryRow> = rows.into_iter().flatten().collect();
    let text = |f: &dyn Fn(&SummaryRow) -> String| Cell::Text(rows.iter().map(f).collect());
    let int = |f: &dyn Fn(&SummaryRow) -> i32| Cell::Int(rows.iter().map(f).collect());
    let real =
        |f: &dyn Fn(&Summary) -> f64| Cell::Narrow(rows.iter().map(|r| f(&r.4) as f32).collect());
    TableWriter::default()
        .column(
            "indicator",
            text(&|r| results.layout().indicators()[r.0].id.clone()),
        )
        .column("entity", text(&|r| entity(states, r.1)))
        .column("arm", text(&|r| views[r.2].0.clone()))
        .column("year", int(&|r| results.years()[r.3].0))
        .column("draws", int(&|r| r.4.draws as i32))
        .column("mean", real(&|s| s.mean))
        .column("se", real(&|s| s.se))
        .column("q05", real(&|s| s.q[0]))
        .column("q25", real(&|s| s.q[1]))
        .column("q50", real(&|s| s.q[2]))
        .column("q75", real(&|s| s.q[3]))
        .column("q95", real(&|s| s.q[4]))
}

/// Columns of a long table of draws.
#[derive(Default)]
struct Long {
    indicator: Vec<String>,
    entity: Vec<String>,
    arm: Vec<String>,
    year: Vec<i32>,
    draw: Vec<i32>,
    value: Vec<f32>,
}

impl Long {
    fn push(
        &mut self,
        results: &Results,
        k: usize,
        who: &str,
        arm: usize,
        year: usize,
        state: Option<StateId>,
    ) {
        for (d, v) in results.sample(arm, k, state, year).into_iter().enumerate() {
            self.indicator
                .push(results.layout().indicators()[k].id.clone());
            self.entity.push(who.to_owned());
            self.arm.push(results.arms()[arm].id.clone());
            self.year.push(results.years()[year].0);
            self.draw.push(d as i32);
            self.value.push(v as f32);
        }
    }

    fn table(self) -> TableWriter {
        TableWriter::default()
            .column("indicator", Cell::Text(self.indicator))
            .column("entity", Cell::Text(self.entity))
            .column("arm", Cell::Text(self.arm))
            .column("year", Cell::Int(self.year))
            .column("draw", Cell::Int(self.draw))
            .column("value", Cell::Narrow(self.value))
    }
}

fn draws_world(results: &Results) -> TableWriter {
    let mut long = Long::default();
    for (k, i) in results.layout().indicators().iter().enumerate() {
        if i.scope == Scope::World {
            for arm in 0..results.arms().len() {
                for year in 0..results.years().len() {
                    long.push(results, k, "WORLD", arm, year, None);
                }
            }
        }
    }
    long.table()
}

fn draws_focus(results: &Results, states: &States, focus: &[StateId]) -> TableWriter {
    let mut long = Long::default();
    let last = results.years().len() - 1;
    for (k, i) in results.layout().indicators().iter().enumerate() {
        if i.scope == Scope::State {
            for &s in focus {
                for arm in 0..results.arms().len() {
                    long.push(results, k, states.iso3(s), arm, last, Some(s));
                }
            }
        }
    }
    long.table()
}
