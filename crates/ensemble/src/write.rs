//! Results on disk: long Parquet tables and `run.json`, the same bytes for the same inputs.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::path::Path;

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
    Sha256::digest(bytes).iter().fold(String::with_capacity(64), |mut s, b| {
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

/// Writes `summary.parquet` (every indicator, entity, year and arm, and the paired differences),
/// `draws_world.parquet` (every draw of every indicator of the world) and `draws_focus.parquet`
/// (every draw of the states in `focus`, last year) into `dir`.
pub fn tables(
    results: &Results,
    states: &States,
    focus: &[StateId],
    dir: &Path,
) -> Result<(), EnsembleError> {
    summary(results, states).write_with(&dir.join("summary.parquet"), ZSTD_LEVEL).map_err(bad)?;
    draws_world(results).write_with(&dir.join("draws_world.parquet"), ZSTD_LEVEL).map_err(bad)?;
    draws_focus(results, states, focus)
        .write_with(&dir.join("draws_focus.parquet"), ZSTD_LEVEL)
        .map_err(bad)
}

#[allow(clippy::needless_pass_by_value)] // shaped for map_err
fn bad(e: realign_atlas::AtlasError) -> EnsembleError {
    EnsembleError::Write { path: "results".to_owned(), message: e.to_string() }
}

fn entity(states: &States, state: Option<StateId>) -> String {
    state.map_or_else(|| "WORLD".to_owned(), |s| states.iso3(s).to_owned())
}

fn summary(results: &Results, states: &States) -> TableWriter {
    let (mut indicator, mut who, mut arm_name) = (Vec::new(), Vec::new(), Vec::new());
    let (mut year, mut draws) = (Vec::new(), Vec::new());
    let mut numbers: [Vec<f64>; 7] = Default::default();
    let main: Vec<(String, usize, Option<usize>)> = results
        .arms()
        .iter()
        .enumerate()
        .map(|(k, a)| (a.id.clone(), k, None))
        .chain((1..results.arms().len()).map(|k| {
            (format!("{}-quiet", results.arms()[k].id), k, Some(0))
        }))
        .collect();
    for (k, state) in results.cells() {
        for (name, arm, less) in &main {
            for (y, at) in results.years().iter().enumerate() {
                let sample = match less {
                    None => results.sample(*arm, k, state, y),
                    Some(other) => results.difference((*arm, *other), k, state, y),
                };
                let Some(s) = Summary::of(&sample) else { continue };
                indicator.push(results.layout().indicators()[k].id.clone());
                who.push(entity(states, state));
                arm_name.push(name.clone());
                year.push(at.0);
                draws.push(s.draws as i32);
                for (column, v) in
                    numbers.iter_mut().zip([s.mean, s.se, s.q[0], s.q[1], s.q[2], s.q[3], s.q[4]])
                {
                    column.push(v);
                }
            }
        }
    }
    let [mean, se, q05, q25, q50, q75, q95] =
        numbers.map(|v| Cell::Narrow(v.iter().map(|x| *x as f32).collect()));
    TableWriter::default()
        .column("indicator", Cell::Text(indicator))
        .column("entity", Cell::Text(who))
        .column("arm", Cell::Text(arm_name))
        .column("year", Cell::Int(year))
        .column("draws", Cell::Int(draws))
        .column("mean", mean)
        .column("se", se)
        .column("q05", q05)
        .column("q25", q25)
        .column("q50", q50)
        .column("q75", q75)
        .column("q95", q95)
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
    fn push(&mut self, results: &Results, k: usize, who: &str, arm: usize, year: usize, state: Option<StateId>) {
        for (d, v) in results.sample(arm, k, state, year).into_iter().enumerate() {
            self.indicator.push(results.layout().indicators()[k].id.clone());
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
