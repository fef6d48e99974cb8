//! Acts that never happened: how often the machinery finds an effect of nothing.
//!
//! A pair of states and a date are drawn at random among pairs that traded, voted and had no
//! sanctions and no militarised dispute in the years around; a type of act is drawn too. The model
//! is given the act. Since nothing happened, what then happened is the quiet world, and every effect
//! that is found is false. An *alarm* of a shock and quantity is either of two:
//!
//! - the model's median effect is larger than half the 95 % band of the quiet forecast;
//! - the gap to the synthetic control lies beyond the 95 % band of the comparison series and has the
//!   direction that the model says: what [`super::Verdict::Hit`] would be.
//!
//! F12 asks whether more than a tenth of them are alarms. The share of outcomes outside the quiet
//! 95 % band is reported beside: it is the coverage of the forecast.

use std::sync::atomic::{AtomicUsize, Ordering};

use rayon::prelude::*;
use realign_atlas::{Atlas, StateId, Year};
use realign_model::acts::{Act, Acts};
use realign_model::model::Model;
use realign_model::params::Params;
use realign_numerics::random::Stream;
use realign_numerics::stats;
use realign_scenario::{EventType, ResolvedScenario};
use serde::Serialize;

use super::control::{Gap, gap};
use super::observe::{ANSWERED, Cell, Observer, goods_tables};
use super::paths::walk_arms;
use super::run::Progress;
use super::variation::variance;
use crate::HistoryError;

/// Types of acts that are drawn.
const KINDS: [EventType; 6] = [
    EventType::S01,
    EventType::S03,
    EventType::S04,
    EventType::S05,
    EventType::S10,
    EventType::S12,
];
/// Purpose of the numbers that draw pairs.
const PURPOSE: u32 = 901;
/// Normal quantile of a central 95 % band.
const Z95: f64 = 1.959_964;
/// Tries per shock to find a pair in which nothing happened.
const TRIES: u32 = 400;

/// How placebos are run.
#[derive(Clone, Debug, PartialEq)]
pub struct PlaceboOptions {
    /// Number of shocks.
    pub shocks: usize,
    /// Dates among which each shock's is drawn.
    pub origins: Vec<Year>,
    /// Years until the outcome.
    pub horizon: i32,
    /// Draws of each arm.
    pub draws: usize,
    /// Seed of pairs, dates, types and draws.
    pub seed: u64,
}

impl Default for PlaceboOptions {
    fn default() -> Self {
        Self {
            shocks: 100,
            origins: [1983, 1988, 1994, 2000, 2006].map(Year).to_vec(),
            horizon: 3,
            draws: 12,
            seed: 1,
        }
    }
}

/// One quantity after one shock that never happened.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct PlaceboRow {
    /// Origin.
    pub origin: i32,
    /// Type of the act.
    pub kind: String,
    /// ISO3 code of who would have acted.
    pub actor: String,
    /// ISO3 code of whom it would have concerned.
    pub target: String,
    /// Quantity.
    pub quantity: String,
    /// Model's median effect, on the scale.
    pub effect: f64,
    /// Half the 95 % band of the quiet forecast, on the scale.
    pub half_band: f64,
    /// Whether the outcome lies outside the band; `None` where it is not known.
    pub outside: Option<bool>,
    /// Gap to the synthetic control.
    pub gap: Option<Gap>,
    /// Whether the machinery claims an effect.
    pub alarm: bool,
}

/// All placebos.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Placebos {
    /// Shocks drawn.
    pub shocks: usize,
    /// Rows, three a shock where the model answers.
    pub rows: Vec<PlaceboRow>,
    /// Paths that failed.
    pub failed_paths: usize,
}

impl Placebos {
    /// Share of rows that are alarms, for one quantity or all.
    pub fn alarm_rate(&self, quantity: Option<&str>) -> f64 {
        self.share(quantity, |r| Some(r.alarm))
    }

    /// Share of shocks with at least one alarm.
    pub fn shocks_with_alarm(&self) -> f64 {
        let key = |r: &PlaceboRow| (r.origin, r.actor.clone(), r.target.clone(), r.kind.clone());
        let mut hit: Vec<_> = self.rows.iter().filter(|r| r.alarm).map(key).collect();
        hit.sort();
        hit.dedup();
        hit.len() as f64 / self.shocks.max(1) as f64
    }

    /// Share of rows whose model effect is beyond the quiet band.
    pub fn claim_rate(&self) -> f64 {
        self.share(None, |r| Some(r.effect.abs() > r.half_band))
    }

    /// Share of rows whose gap is beyond the band of the comparison series, in either direction.
    pub fn gap_rate(&self) -> f64 {
        self.share(None, |r| r.gap.as_ref().map(Gap::is_clear))
    }

    /// Share of outcomes outside the quiet 95 % band.
    pub fn outside_rate(&self, quantity: Option<&str>) -> f64 {
        self.share(quantity, |r| r.outside)
    }

    fn share(&self, quantity: Option<&str>, of: impl Fn(&PlaceboRow) -> Option<bool>) -> f64 {
        let rows = self.rows.iter();
        let of: Vec<bool> = rows
            .filter(|r| quantity.is_none_or(|q| q == r.quantity))
            .filter_map(of)
            .collect();
        of.iter().filter(|v| **v).count() as f64 / of.len() as f64
    }
}

/// Rows of one date, shocks drawn, paths that failed.
type Part = (Vec<PlaceboRow>, usize, usize);

/// One shock that is drawn.
struct Fake {
    actor: StateId,
    target: StateId,
    kind: EventType,
    cells: Vec<Cell>,
}

/// Runs the placebos. The result depends on the options only, not on threads.
pub fn placebos(
    atlas: &Atlas,
    options: &PlaceboOptions,
    progress: Progress<'_>,
) -> Result<Placebos, HistoryError> {
    let done = AtomicUsize::new(0);
    let total = options.origins.len() * options.draws;
    let tick = || progress(done.fetch_add(1, Ordering::Relaxed) + 1, total);
    // Dates first: every shock draws one.
    let dates = Stream::new(options.seed, 0);
    let mut shocks = vec![0usize; options.origins.len()];
    for k in 0..options.shocks {
        let u = dates.uniform(PURPOSE, k as u32, 0, 0);
        let at = (u * shocks.len() as f64) as usize;
        if let Some(count) = shocks.get_mut(at) {
            *count += 1;
        }
    }
    let parts: Vec<Result<Part, HistoryError>> = options
        .origins
        .par_iter()
        .zip(&shocks)
        .map(|(origin, count)| of_origin(atlas, *origin, *count, options, &tick))
        .collect();
    let mut all = Placebos {
        shocks: 0,
        rows: Vec::new(),
        failed_paths: 0,
    };
    for part in parts {
        let (rows, shocks, failures) = part?;
        all.shocks += shocks;
        all.rows.extend(rows);
        all.failed_paths += failures;
    }
    Ok(all)
}

fn of_origin(
    atlas: &Atlas,
    origin: Year,
    count: usize,
    options: &PlaceboOptions,
    tick: &(dyn Fn() -> bool + Sync),
) -> Result<Part, HistoryError> {
    let target_year = origin + options.horizon;
    let then = atlas.as_of(origin);
    let tables = goods_tables(&then, origin, target_year);
    let (known, truth) = (
        Observer::new(&then, tables.0),
        Observer::new(atlas, tables.1),
    );
    let fakes = draw(atlas, &known, &truth, origin, count, options)?;
    let Some(first) = fakes.first() else {
        return Ok((Vec::new(), 0, 0));
    };
    let scenario = ResolvedScenario {
        title: String::new(),
        source: String::new(),
        hegemon: first.actor,
        start: origin + 1,
        horizon: target_year,
        focus: Vec::new(),
        aimed: vec![first.target],
        domains: Vec::new(),
        questions: Vec::new(),
        options: realign_scenario::Options::default(),
        events: Vec::new(),
        layers: Vec::new(),
    };
    let model = Model::new(&then, &scenario, Params::as_known_at(&then)?.params)?;
    let every: Vec<Cell> = fakes.iter().flat_map(|f| f.cells.clone()).collect();
    let mut arms: Vec<(Acts, &[Cell])> = vec![(Acts::default(), &every)];
    for f in &fakes {
        arms.push((acts(f, origin + 1), &f.cells));
    }
    let paths = walk_arms(&model, &arms, options.seed, options.draws, tick)?;
    let step = options.horizon as usize;
    let mut rows = Vec::new();
    let mut at = 0;
    for (k, fake) in fakes.iter().enumerate() {
        for (c, cell) in fake.cells.iter().enumerate() {
            let reading = |arm: usize, c: usize, t: usize| -> Vec<f64> {
                paths.values[arm].iter().map(|d| d[c][t]).collect()
            };
            let quiet = [reading(0, at, 0), reading(0, at, step)];
            let shock = [reading(k + 1, c, 0), reading(k + 1, c, step)];
            at += 1;
            let found = Found {
                known: &known,
                truth: &truth,
                origin,
                year: target_year,
            };
            rows.extend(found.row(fake, cell, &quiet, &shock)?);
        }
    }
    Ok((rows, fakes.len(), paths.failures))
}

fn acts(f: &Fake, year: Year) -> Acts {
    Acts(vec![Act {
        kind: f.kind,
        actor: f.actor,
        target: f.target,
        year,
        until: None,
        magnitude: None,
        subject: realign_model::agreement::Subject::default(),
        confidence: 1.0,
        event: 0,
    }])
}

/// Pairs without sanctions or disputes from three years before to the outcome, that traded and
/// voted, each with its type of act.
fn draw(
    atlas: &Atlas,
    known: &Observer<'_>,
    truth: &Observer<'_>,
    origin: Year,
    count: usize,
    options: &PlaceboOptions,
) -> Result<Vec<Fake>, HistoryError> {
    let states = known.active();
    let disputes = atlas.dyads("mid_hostility")?;
    let sanctions = atlas.spells("sanctions")?;
    let years = (origin.0 - 3)..=(origin.0 + options.horizon);
    let stream = Stream::new(options.seed, origin.0 as u32);
    let mut out: Vec<Fake> = Vec::new();
    for k in 0..count as u32 {
        for attempt in 0..TRIES {
            let pick = |n: u32, size: usize| -> usize {
                let u = stream.uniform(PURPOSE, k, attempt, n);
                ((u * size as f64) as usize).min(size - 1)
            };
            let (a, b) = (states[pick(0, states.len())], states[pick(1, states.len())]);
            if a == b || out.iter().any(|f| (f.actor, f.target) == (a, b)) {
                continue;
            }
            let quarrel = years.clone().map(Year).any(|y| {
                disputes.at(a, b, y).is_some()
                    || disputes.at(b, a, y).is_some()
                    || sanctions.tied(a, b, y)
                    || sanctions.tied(b, a, y)
            });
            if quarrel {
                continue;
            }
            let cell = |quantity: &str, entity, partner| Cell {
                quantity: quantity.to_owned(),
                entity: Some(entity),
                partner,
                item: None,
            };
            let cells = vec![
                cell("goods_exports", b, Some(a)),
                cell("ideal_point_distance", b, Some(a)),
                cell("milex_burden", b, None),
            ];
            let target = origin + options.horizon;
            let mut complete = true;
            for c in &cells {
                let before = known.series(c)?;
                let after = truth.series(c)?;
                complete &=
                    before.len() > 1 && after.binary_search_by_key(&target, |r| r.0).is_ok();
            }
            if complete {
                out.push(Fake {
                    actor: a,
                    target: b,
                    kind: KINDS[pick(2, KINDS.len())],
                    cells,
                });
                break;
            }
        }
    }
    Ok(out)
}

/// Where effects are looked for.
struct Found<'a> {
    known: &'a Observer<'a>,
    truth: &'a Observer<'a>,
    origin: Year,
    year: Year,
}

impl Found<'_> {
    /// One row; `None` where the model has no answer. `quiet` and `shock` hold readings at the
    /// start and at the end.
    fn row(
        &self,
        fake: &Fake,
        cell: &Cell,
        quiet: &[Vec<f64>; 2],
        shock: &[Vec<f64>; 2],
    ) -> Result<Option<PlaceboRow>, HistoryError> {
        let Some(asked) = ANSWERED.iter().find(|a| a.id == cell.quantity) else {
            return Ok(None);
        };
        let scale = asked.scale;
        let is_change = cell.quantity == "ideal_point_distance";
        let change = |r: &[Vec<f64>; 2]| -> Vec<f64> {
            let both = r[0].iter().zip(&r[1]);
            both.map(|(from, to)| {
                if is_change {
                    *to
                } else {
                    scale.to(*to) - scale.to(*from)
                }
            })
            .collect()
        };
        let (quiet, shock) = (change(quiet), change(shock));
        let effects: Vec<f64> = shock
            .iter()
            .zip(&quiet)
            .map(|(s, q)| s - q)
            .filter(|e| e.is_finite())
            .collect();
        let series = self.known.series(cell)?;
        let Some((from, value)) = series.last().copied().filter(|_| !effects.is_empty()) else {
            return Ok(None);
        };
        let history = variance(self.known, cell, scale, &[self.year - from])?[0];
        let spread = history.max(stats::sd(&quiet).powi(2)).sqrt();
        let half_band = Z95 * spread;
        let effect = stats::quantile_sorted(&stats::sorted(&effects), 0.5);
        let observed = self.truth.series(cell)?;
        let outcome = observed
            .binary_search_by_key(&self.year, |r| r.0)
            .ok()
            .map(|k| scale.to(observed[k].1))
            .filter(|y| y.is_finite());
        let centre = scale.to(value) + stats::mean(&quiet);
        let scaled = |s: Vec<(Year, f64)>| -> Vec<(Year, f64)> {
            s.into_iter().map(|(y, v)| (y, scale.to(v))).collect()
        };
        let mut donors = Vec::new();
        for c in self.truth.comparable(cell, &[]) {
            // The pair the other way round would carry the same act.
            let other = if c.entity == cell.entity {
                c.partner
            } else {
                c.entity
            };
            if other != Some(fake.actor) && other != Some(fake.target) {
                donors.push(scaled(self.truth.series(&c)?));
            }
        }
        let gap = gap(&scaled(observed), &donors, self.origin, self.year);
        let claims = effect.abs() > half_band;
        let found = gap
            .as_ref()
            .is_some_and(|g| g.is_clear() && g.value * effect > 0.0);
        let states = self.known.atlas.states();
        Ok(Some(PlaceboRow {
            origin: self.origin.0,
            kind: fake.kind.code().to_owned(),
            actor: states.iso3(fake.actor).to_owned(),
            target: states.iso3(fake.target).to_owned(),
            quantity: cell.quantity.clone(),
            effect,
            half_band,
            outside: outcome.map(|y| (y - centre).abs() > half_band),
            gap,
            alarm: claims || found,
        }))
    }
}
