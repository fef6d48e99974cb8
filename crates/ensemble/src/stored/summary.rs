//! The summary of a stored run, in memory that does not grow with the number of draws.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use rayon::prelude::*;
use realign_atlas::build::{Cell, TableWriter};
use realign_atlas::{StateId, States};
use realign_model::model::Model;
use realign_numerics::stats;
use serde::{Deserialize, Serialize};

use super::parts::{self, Shape};
use super::settings::Settings;
use super::{bad, whole};
use crate::EnsembleError;
use crate::results::Summary;
use crate::write::sha256;

/// Values held at a time by one thread: an indicator with more is read in several passes.
const BUDGET: usize = 4 << 20;

const ZSTD_LEVEL: i32 = 3;

/// What came of a whole run (`done.json`).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Done {
    /// Name of the run: the start of the hash of its settings.
    pub run: String,
    /// Paths walked.
    pub paths: usize,
    /// Paths that failed, by reason.
    pub failures: BTreeMap<String, usize>,
    /// SHA-256 of `summary.parquet`.
    pub summary: String,
}

/// One row: indicator, entity, view, year, distribution, CRN efficiency.
struct Row {
    indicator: usize,
    state: Option<StateId>,
    view: usize,
    year: usize,
    summary: Summary,
    /// Variance of unpaired over paired differences; NaN for an arm by itself.
    efficiency: f64,
}

/// Arms by themselves, then each less the quiet one.
fn views(arms: &[String]) -> Vec<(String, usize, Option<usize>)> {
    let mut out: Vec<_> = arms
        .iter()
        .enumerate()
        .map(|(a, name)| (name.clone(), a, None))
        .collect();
    out.extend(
        arms.iter()
            .enumerate()
            .skip(1)
            .map(|(a, name)| (format!("{name}-{}", arms[0]), a, Some(0))),
    );
    out
}

pub(super) fn finish(
    dir: &Path,
    settings: &Settings,
    model: &Model,
    states: &States,
) -> Result<Done, EnsembleError> {
    let layout = model.layout();
    let asked: Vec<(String, usize, usize)> = parts::families(layout)
        .into_iter()
        .flat_map(|(family, members)| {
            members
                .into_iter()
                .enumerate()
                .map(move |(m, k)| (family.clone(), m, k))
        })
        .collect();
    let rows: Vec<Vec<Row>> = asked
        .par_iter()
        .map(|(family, member, k)| {
            let shape = Shape::of(settings, layout, *k);
            indicator(dir, settings, family, *member, *k, &shape)
        })
        .collect::<Result<_, _>>()?;
    let rows: Vec<Row> = rows.into_iter().flatten().collect();
    let path = dir.join("summary.parquet");
    table(&rows, settings, model, states)
        .write_with(&path, ZSTD_LEVEL)
        .map_err(|e| EnsembleError::Write {
            path: path.display().to_string(),
            message: e.to_string(),
        })?;
    let mut failures = BTreeMap::new();
    for chunk in 0..settings.chunks() {
        for f in parts::failures(dir, chunk)? {
            *failures.entry(f.reason).or_insert(0) += 1;
        }
    }
    let done = Done {
        run: settings.name(),
        paths: settings.draws * settings.arms.len(),
        failures,
        summary: sha256(&fs::read(&path).map_err(bad(&path))?),
    };
    whole(&dir.join("README.md"), README.as_bytes())?;
    let text = serde_json::to_string_pretty(&done).unwrap_or_default() + "\n";
    whole(&dir.join("done.json"), text.as_bytes())?;
    Ok(done)
}

fn indicator(
    dir: &Path,
    settings: &Settings,
    family: &str,
    member: usize,
    k: usize,
    shape: &Shape,
) -> Result<Vec<Row>, EnsembleError> {
    let (arms, years) = (settings.arms.len(), shape.years.len());
    let per_entity = arms * years * settings.draws;
    let block = (BUDGET / per_entity).max(1);
    let views = views(&settings.arms);
    let mut out = Vec::new();
    for (b, entities) in shape.entities.chunks(block).enumerate() {
        // [entity][arm][year][draw]
        let mut held = vec![f32::NAN; entities.len() * per_entity];
        for chunk in 0..settings.chunks() {
            let draws = settings.draws_of(chunk);
            let n = draws.len();
            let found = parts::values(dir, chunk, family, member, shape.rows(arms, n))?;
            let skip = b * block * arms * years;
            for cell in 0..entities.len() * arms * years {
                let from = (skip + cell) * n;
                let to = cell * settings.draws + draws.start;
                held[to..to + n].copy_from_slice(&found[from..from + n]);
            }
        }
        for (e, &state) in entities.iter().enumerate() {
            let sample = |arm: usize, y: usize| -> Vec<f64> {
                let at = ((e * arms + arm) * years + y) * settings.draws;
                held[at..at + settings.draws]
                    .iter()
                    .map(|v| f64::from(*v))
                    .collect()
            };
            for (v, (_, arm, less)) in views.iter().enumerate() {
                for (y, &year) in shape.years.iter().enumerate() {
                    let mut values = sample(*arm, y);
                    let mut efficiency = f64::NAN;
                    if let Some(other) = less {
                        let other = sample(*other, y);
                        efficiency = stats::paired_difference(&values, &other)
                            .map_or(f64::NAN, |p| p.efficiency);
                        for (x, o) in values.iter_mut().zip(&other) {
                            *x -= o;
                        }
                    }
                    if let Some(summary) = Summary::grouped(&values, settings.chance_draws) {
                        out.push(Row {
                            indicator: k,
                            state,
                            view: v,
                            year,
                            summary,
                            efficiency,
                        });
                    }
                }
            }
        }
    }
    Ok(out)
}

fn table(rows: &[Row], settings: &Settings, model: &Model, states: &States) -> TableWriter {
    let views = views(&settings.arms);
    let text = |f: &dyn Fn(&Row) -> String| Cell::Text(rows.iter().map(f).collect());
    let int = |f: &dyn Fn(&Row) -> i32| Cell::Int(rows.iter().map(f).collect());
    let real = |f: &dyn Fn(&Row) -> f64| Cell::Narrow(rows.iter().map(|r| f(r) as f32).collect());
    let indicators = model.layout().indicators();
    TableWriter::default()
        .column("indicator", text(&|r| indicators[r.indicator].id.clone()))
        .column(
            "entity",
            text(&|r| {
                r.state
                    .map_or_else(|| "WORLD".to_owned(), |s| states.iso3(s).to_owned())
            }),
        )
        .column("arm", text(&|r| views[r.view].0.clone()))
        .column("year", int(&|r| settings.years.0 + r.year as i32))
        .column("draws", int(&|r| r.summary.draws as i32))
        .column("mean", real(&|r| r.summary.mean))
        .column("se", real(&|r| r.summary.se))
        .column("q05", real(&|r| r.summary.q[0]))
        .column("q25", real(&|r| r.summary.q[1]))
        .column("q50", real(&|r| r.summary.q[2]))
        .column("q75", real(&|r| r.summary.q[3]))
        .column("q95", real(&|r| r.summary.q[4]))
        .column("parameter_share", real(&|r| r.summary.parameter_share))
        .column("crn_efficiency", real(&|r| r.efficiency))
}

const README: &str = "\
# A run of realign

- `run.json`: what was run, with the hashes of tables, parameters and scenario; no wall-clock time.
- `scenario.toml`: the acts, as they were run.
- `draws/<part>/<family>.parquet`: long tables of every draw: draw, arm, year, entity (ISO3 or
  WORLD), indicator, value; NaN stands for \"no estimate\". The world in every year, states in the
  years listed in `run.json`. Read them together, for instance with
  `SELECT * FROM 'draws/*/trade.parquet'` in DuckDB.
- `draws/<part>/failures.json`: paths that failed, with year and reason. They are NaN in the tables.
- `summary.parquet`: for every indicator, entity and recorded year, each arm and each arm less the
  quiet one (paired, draw by draw): draws, mean, its Monte-Carlo standard error, quantiles,
  `parameter_share` (the share of the variance that comes from what is not known of the parameters;
  the rest is chance; NaN unless every draw of the parameters has several draws of chance) and
  `crn_efficiency` (how many times more draws unpaired arms would need).
- `done.json`: paths, failures by reason, hash of the summary.
";
