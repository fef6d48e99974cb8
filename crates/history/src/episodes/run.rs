//! What the model would have said, beside what then happened.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicUsize, Ordering};

use rayon::prelude::*;
use realign_atlas::{Atlas, StateId, Year};
use realign_model::model::Model;
use realign_model::params::{Known, Params};
use realign_scenario::EventType;

use super::control;
use super::file::{Episode, Sign};
use super::observe::{Asked, Cell, Observer, goods_tables, quantity};
use super::paths::{self, Paths};
use super::result::{Effect, EpisodeResult, Row, Spread, Verdict};
use super::variation::{Noise, variance};
use crate::{HistoryError, Predictive};

/// Draws on which the leakage guard compares both atlases.
const GUARD_DRAWS: usize = 4;
/// Seed of the shuffled future.
const GUARD_SEED: u64 = 0x6775_6172;
/// Years of deliveries behind a share of arms imports.
const ARMS_WINDOW_YEARS: i32 = 5;
/// Effect on a quantity that should not move up to which the model is silent enough: 5 %, log
/// points or log odds (MODEL.md §9, F7).
pub(super) const PLACEBO_LIMIT: f64 = 0.05;

/// How an episode is run.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Options {
    /// Draws of both arms.
    pub draws: usize,
    /// Seed of all random numbers.
    pub seed: u64,
    /// Whether the leakage guard runs.
    pub guard: bool,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            draws: 200,
            seed: 1,
            guard: true,
        }
    }
}

/// Hears how many of how many draws are done; `false` stops the run.
pub type Progress<'a> = &'a (dyn Fn(usize, usize) -> bool + Sync);

/// Runs one episode: parameters as of its origin, both arms on the same draws, the scores.
pub fn run(
    atlas: &Atlas,
    episode: &Episode,
    options: &Options,
    progress: Progress<'_>,
) -> Result<EpisodeResult, HistoryError> {
    let mut all = run_all(atlas, std::slice::from_ref(episode), options, progress)?;
    all.pop().ok_or(HistoryError::Stopped)
}

/// Runs several episodes; parameters are estimated once an origin.
pub fn run_all(
    atlas: &Atlas,
    episodes: &[Episode],
    options: &Options,
    progress: Progress<'_>,
) -> Result<Vec<EpisodeResult>, HistoryError> {
    let guard = if options.guard {
        GUARD_DRAWS.min(options.draws)
    } else {
        0
    };
    let total = episodes.len() * (options.draws + guard);
    let done = AtomicUsize::new(0);
    let tick = || progress(done.fetch_add(1, Ordering::Relaxed) + 1, total);
    let mut origins: Vec<Year> = episodes.iter().map(|e| e.origin).collect();
    origins.sort_unstable();
    origins.dedup();
    let worlds: Vec<(Year, World)> = origins
        .into_par_iter()
        .map(|o| Ok((o, World::new(atlas, o, options.guard)?)))
        .collect::<Result<_, HistoryError>>()?;
    let worlds: BTreeMap<Year, World> = worlds.into_iter().collect();
    episodes
        .par_iter()
        .map(|e| {
            let world = &worlds[&e.origin];
            let raw = predict(&world.then, &world.known, e, options, options.draws, &tick)?;
            let held = match &world.shuffled {
                Some((other, known)) => {
                    let again = predict(other, known, e, options, guard, &tick)?;
                    Some(raw.begins_like(&again))
                }
                None => None,
            };
            judge(atlas, world, e, options, &raw, held)
        })
        .collect()
}

/// What was known at an origin, with a shuffled future beside it for the guard.
struct World {
    then: Atlas,
    known: Known,
    shuffled: Option<(Atlas, Known)>,
}

impl World {
    fn new(atlas: &Atlas, origin: Year, guard: bool) -> Result<Self, HistoryError> {
        let then = atlas.as_of(origin);
        let other = guard
            .then(|| {
                Ok::<_, HistoryError>(
                    atlas
                        .with_shuffled_future(origin, GUARD_SEED)?
                        .as_of(origin),
                )
            })
            .transpose()?;
        let (known, shuffled) = rayon::join(
            || Params::as_known_at(&then),
            || other.as_ref().map(Params::as_known_at).transpose(),
        );
        let (known, shuffled) = (known?, shuffled?);
        Ok(Self {
            then,
            known,
            shuffled: other.zip(shuffled),
        })
    }
}

/// Everything that is said before any outcome is looked at.
struct Raw {
    paths: Paths,
    /// Newest known year and value of each observable.
    last: Vec<Option<(Year, f64)>>,
    /// Variance of changes of each observable, by target year.
    variances: Vec<Vec<f64>>,
    notes: Vec<String>,
}

impl Raw {
    /// Whether another prediction with fewer draws is bit for bit the same as far as it goes.
    fn begins_like(&self, other: &Self) -> bool {
        let bits = |x: &[f64]| x.iter().map(|v| v.to_bits()).collect::<Vec<_>>();
        let last = |l: &[Option<(Year, f64)>]| -> Vec<Option<(Year, u64)>> {
            l.iter().map(|l| l.map(|(y, v)| (y, v.to_bits()))).collect()
        };
        let variances = self
            .variances
            .iter()
            .zip(&other.variances)
            .all(|(a, b)| bits(a) == bits(b));
        let arms = (0..2).all(|arm| {
            let pairs = self.paths.values[arm].iter().zip(&other.paths.values[arm]);
            pairs.into_iter().all(|(a, b)| {
                a.len() == b.len() && a.iter().zip(b).all(|(x, y)| bits(x) == bits(y))
            })
        });
        last(&self.last) == last(&other.last) && variances && arms
    }
}

fn predict(
    then: &Atlas,
    known: &Known,
    episode: &Episode,
    options: &Options,
    draws: usize,
    tick: &(dyn Fn() -> bool + Sync),
) -> Result<Raw, HistoryError> {
    let resolved = episode.scenario.resolve(then)?;
    let model = Model::new(then, &resolved, known.params.clone())?;
    let cells: Vec<Cell> = episode.observables.iter().map(|o| o.cell.clone()).collect();
    let paths = paths::walk(&model, &cells, options.seed, draws, tick)?;
    let tables = goods_tables(then, episode.origin, episode.last_year());
    let observer = Observer::new(then, tables.0);
    let (mut last, mut variances) = (Vec::new(), Vec::new());
    for o in &episode.observables {
        let series = observer.series(&o.cell)?;
        let newest = series.iter().rfind(|r| r.0 <= episode.origin).copied();
        last.push(newest);
        let asked = quantity(then, &o.cell.quantity).and_then(|q| q.0);
        variances.push(match (newest, asked) {
            (Some((from, _)), Some(a)) if !a.tie => {
                let leads: Vec<i32> = o.years.iter().map(|y| *y - from).collect();
                variance(&observer, &o.cell, a.scale, &leads)?
            }
            _ => vec![f64::NAN; o.years.len()],
        });
    }
    let f = model.fixed();
    let notes = f.trust.notes.iter().chain(&f.security.notes);
    let notes = notes.chain(&f.trade.notes).chain(&f.arms.notes);
    let notes = notes.chain(&f.finance.observed.notes).cloned().collect();
    Ok(Raw {
        paths,
        last,
        variances,
        notes,
    })
}

/// Sets the prediction beside what happened.
fn judge(
    atlas: &Atlas,
    world: &World,
    episode: &Episode,
    options: &Options,
    raw: &Raw,
    guard: Option<bool>,
) -> Result<EpisodeResult, HistoryError> {
    let resolved = episode.scenario.resolve(&world.then)?;
    let mut touched: Vec<StateId> = resolved
        .events
        .iter()
        // A change of leader concerns everyone and is aimed at nobody.
        .filter(|e| e.kind != EventType::S30)
        .flat_map(|e| e.targets.iter().map(|t| t.state).chain([e.actor]))
        .collect();
    touched.sort_unstable();
    touched.dedup();
    let tables = goods_tables(&world.then, episode.origin, episode.last_year());
    let context = Context {
        observer: Observer::new(atlas, tables.1),
        spliced: tables.0 != tables.1,
        episode,
        raw,
        touched,
        options,
    };
    let mut rows = Vec::new();
    for k in 0..episode.observables.len() {
        rows.extend(context.rows(k)?);
    }
    Ok(EpisodeResult {
        name: episode.name.clone(),
        title: episode.scenario.title.clone(),
        origin: episode.origin.0,
        hegemon: episode.scenario.hegemon.clone(),
        draws: options.draws,
        failed_paths: raw.paths.failures,
        goods_tables: (tables.0.to_owned(), tables.1.to_owned()),
        estimated: world.known.estimated.clone(),
        kept: world.known.kept.clone(),
        notes: raw.notes.clone(),
        guard_held: guard,
        chance_of_spiral: share(&raw.paths.growth, |g| g > 1.0),
        growth_median: median(&raw.paths.growth),
        rows,
    })
}

fn share(values: &[f64], of: impl Fn(f64) -> bool) -> f64 {
    values.iter().filter(|v| of(**v)).count() as f64 / values.len().max(1) as f64
}

fn median(values: &[f64]) -> f64 {
    Predictive::from_draws(values).map_or(f64::NAN, |p| p.quantile(0.5))
}

struct Context<'a> {
    /// What happened.
    observer: Observer<'a>,
    /// Whether goods trade is forecast from one table and judged by another.
    spliced: bool,
    episode: &'a Episode,
    raw: &'a Raw,
    touched: Vec<StateId>,
    options: &'a Options,
}

impl Context<'_> {
    /// Rows of one observable, one a target year.
    fn rows(&self, k: usize) -> Result<Vec<Row>, HistoryError> {
        let o = &self.episode.observables[k];
        let states = self.observer.atlas.states();
        let code = |s: Option<StateId>| s.map(|s| states.iso3(s).to_owned());
        let asked = quantity(self.observer.atlas, &o.cell.quantity).and_then(|q| q.0);
        let observed = self.observer.series(&o.cell)?;
        let mut rows = Vec::new();
        for (at, year) in o.years.iter().enumerate() {
            let truth = self.truth(k, asked, *year, &observed);
            let mut row = Row {
                quantity: o.cell.quantity.clone(),
                title: asked.map_or_else(|| o.cell.quantity.clone(), |a| a.title.to_owned()),
                domain: asked.map(|a| a.domain.to_owned()),
                unit: self.unit(asked, &o.cell.quantity),
                entity: code(o.cell.entity),
                partner: code(o.cell.partner),
                item: o.cell.item.clone(),
                tag: o.tag.clone(),
                year: year.0,
                known: self.raw.last[k].map(|(y, v)| (y.0, v)),
                observed: truth,
                quiet: None,
                shock: None,
                persistence: None,
                crps: None,
                variation: None,
                effect: None,
                gap: None,
                expected: o.sign,
                placebo: o.placebo,
                verdict: Verdict::NoAnswer,
                no_answer: None,
            };
            if let Some(a) = asked {
                row.gap = self.gap(k, a, *year, &observed)?;
                self.answer(&mut row, k, at, a, *year);
            } else {
                row.no_answer = Some("the model does not represent this quantity".to_owned());
            }
            rows.push(row);
        }
        Ok(rows)
    }

    /// What happened in a year. Where another table judges, its change since the last known year is
    /// added, on the scale, to the value that was known.
    fn truth(
        &self,
        k: usize,
        asked: Option<&Asked>,
        year: Year,
        observed: &[(Year, f64)],
    ) -> Option<f64> {
        let at = |y: Year| {
            let found = observed.binary_search_by_key(&y, |r| r.0);
            found.ok().map(|i| observed[i].1)
        };
        match (asked, self.raw.last[k]) {
            (Some(a), Some((from, value))) if self.spliced && a.domain == "trade" && !a.tie => {
                let change = a.scale.to(at(year)?) - a.scale.to(at(from)?);
                Some(a.scale.back(a.scale.to(value) + change)).filter(|v| v.is_finite())
            }
            _ => at(year),
        }
    }

    fn unit(&self, asked: Option<&Asked>, id: &str) -> String {
        let named = self.observer.atlas.catalogue().variable(id);
        asked.map_or_else(
            || named.map_or_else(String::new, |v| v.1.unit.clone()),
            |a| a.unit.to_owned(),
        )
    }

    /// What the acts did by the comparison with what they were not aimed at; of a tie, its change.
    fn gap(
        &self,
        k: usize,
        a: &Asked,
        year: Year,
        observed: &[(Year, f64)],
    ) -> Result<Option<control::Gap>, HistoryError> {
        let o = &self.episode.observables[k];
        let scaled = |s: Vec<(Year, f64)>| -> Vec<(Year, f64)> {
            s.into_iter().map(|(y, v)| (y, a.scale.to(v))).collect()
        };
        if a.tie {
            return Ok(None);
        }
        let donors: Vec<Cell> = self
            .observer
            .comparable(&o.cell, &o.donors)
            .into_iter()
            .filter(|c| !o.donors.is_empty() || !self.moved(&o.cell, c))
            .collect();
        let mut series = Vec::with_capacity(donors.len());
        for d in &donors {
            series.push(scaled(self.observer.series(d)?));
        }
        let own = scaled(observed.to_vec());
        Ok(control::gap(&own, &series, self.episode.origin, year))
    }

    /// Whether a comparison cell is itself one that the acts are about: the state that differs from
    /// the cell is an actor or target.
    fn moved(&self, cell: &Cell, other: &Cell) -> bool {
        let changed = if other.entity == cell.entity {
            other.partner
        } else {
            other.entity
        };
        changed.is_none_or(|s| self.touched.binary_search(&s).is_ok())
    }

    /// Fills in both arms, the scores and the verdict.
    fn answer(&self, row: &mut Row, k: usize, at: usize, a: &'static Asked, year: Year) {
        let Some((from, value)) = self.raw.last[k] else {
            row.no_answer = Some(format!("nothing was known by {}", self.episode.origin));
            return;
        };
        if a.tie {
            self.answer_tie(row, k, year, value);
            return;
        }
        let base = a.scale.to(value);
        if !base.is_finite() {
            row.no_answer = Some("the last known value has no place on the scale".to_owned());
            return;
        }
        let changes = [0, 1].map(|arm| self.changes(k, arm, a, year, from, value));
        if changes[0].iter().all(|c| !c.is_finite()) {
            row.no_answer = Some(no_answer(a.id, self.episode.origin));
            return;
        }
        // What the model leaves out: the variation that the series had before, less the model's own.
        let history = self.raw.variances[k][at];
        let own = Predictive::from_draws(&changes[0]).map_or(0.0, |p| p.sd().powi(2));
        let noise = Noise::new(self.options.seed, k, year, (history - own).max(0.0).sqrt());
        let level = |arm: usize| -> Vec<f64> {
            let drawn = changes[arm].iter().enumerate();
            drawn.map(|(d, c)| base + c + noise.of(d)).collect()
        };
        let arms = [level(0), level(1)].map(|l| Predictive::from_draws(&l));
        let persistence = (history > 0.0).then(|| Predictive::Normal {
            mean: base,
            sd: history.sqrt(),
        });
        row.variation = Some(history.sqrt()).filter(|v| v.is_finite());
        let spread = |p: &Option<Predictive>| p.as_ref().map(|p| Spread::of(p, a.scale));
        row.quiet = spread(&arms[0]);
        row.shock = spread(&arms[1]);
        row.persistence = spread(&persistence);
        let effects: Vec<f64> = changes[1]
            .iter()
            .zip(&changes[0])
            .map(|(s, q)| s - q)
            .collect();
        row.effect = Effect::of(&effects);
        if let Some(y) = row
            .observed
            .map(|y| a.scale.to(y))
            .filter(|y| y.is_finite())
        {
            let crps = |p: &Option<Predictive>| p.as_ref().map_or(f64::NAN, |p| p.crps(y));
            row.crps = Some([crps(&arms[1]), crps(&arms[0]), crps(&persistence)]);
        }
        row.verdict = verdict(row);
    }

    fn answer_tie(&self, row: &mut Row, k: usize, year: Year, last: f64) {
        let step = (year - self.episode.origin) as usize;
        let read = |arm: usize| -> Vec<f64> {
            self.raw.paths.values[arm]
                .iter()
                .map(|d| d[k][step])
                .collect()
        };
        let (quiet, shock) = (read(0), read(1));
        let mean = |v: &[f64]| {
            let known: Vec<f64> = v.iter().copied().filter(|x| x.is_finite()).collect();
            realign_numerics::stats::mean(&known)
        };
        let (q, s) = (mean(&quiet), mean(&shock));
        if !q.is_finite() || !s.is_finite() {
            row.no_answer = Some(no_answer(&row.quantity, self.episode.origin));
            return;
        }
        row.quiet = Some(Spread::chance(q));
        row.shock = Some(Spread::chance(s));
        row.persistence = Some(Spread::chance(last));
        let effects: Vec<f64> = shock.iter().zip(&quiet).map(|(s, q)| s - q).collect();
        row.variation = Some(1.0);
        row.effect = Effect::mean_of(&effects);
        if let Some(y) = row.observed {
            // The score of a chance is Brier's.
            row.crps = Some([s, q, last].map(|p| (p - y).powi(2)));
            row.gap = Some(control::Gap {
                value: y - last,
                band95: 0.0,
                p: f64::NAN,
                donors: 0,
                before_years: 1,
            });
        }
        row.verdict = verdict(row);
    }

    /// Change from the last known value to the target, on the scale, one a draw.
    fn changes(
        &self,
        k: usize,
        arm: usize,
        a: &Asked,
        year: Year,
        from: Year,
        value: f64,
    ) -> Vec<f64> {
        let step = (year - self.episode.origin) as usize;
        let draws = self.raw.paths.values[arm].iter();
        match a.id {
            // Readings are changes already.
            "ideal_point_distance" | "favourability" => draws.map(|d| d[k][step]).collect(),
            "arms_import_share" => {
                // A window of five years: what of it was delivered before, and what since.
                let new = (year - from).clamp(0, ARMS_WINDOW_YEARS);
                let weight = f64::from(new) / f64::from(ARMS_WINDOW_YEARS);
                let first = (step + 1).saturating_sub(new as usize).max(1);
                draws
                    .map(|d| {
                        let since = &d[k][first..=step];
                        let mean = since.iter().sum::<f64>() / since.len() as f64;
                        a.scale.to((1.0 - weight) * value + weight * mean) - a.scale.to(value)
                    })
                    .collect()
            }
            _ => draws
                .map(|d| a.scale.to(d[k][step]) - a.scale.to(d[k][0]))
                .collect(),
        }
    }
}

/// Why the model is silent on a cell.
fn no_answer(id: &str, origin: Year) -> String {
    match id {
        "goods_exports" | "import_share" => {
            format!("no goods trade of the two is known at {origin}")
        }
        "milex_burden" => format!("no military burden is known at {origin}"),
        "ideal_point_distance" => format!("one of the two casts no votes by {origin}"),
        "favourability" => format!("no polls are known at {origin}"),
        "arms_import_share" => format!("no arms imports are known at {origin}"),
        "reserve_currency_share" => {
            format!("the hegemon issues no such currency, or no shares are known at {origin}")
        }
        _ => format!("no estimate at {origin}"),
    }
}

/// Hit or miss: the direction of the model's effect against that of the gap.
pub(super) fn verdict(row: &Row) -> Verdict {
    let Some(effect) = &row.effect else {
        return Verdict::NoAnswer;
    };
    if row.placebo {
        return if effect.median.abs() <= PLACEBO_LIMIT {
            Verdict::QuietAsItShould
        } else {
            Verdict::FalseAlarm
        };
    }
    if effect.is_silent(row.variation.unwrap_or(0.0)) {
        return Verdict::Silent;
    }
    let Some(gap) = &row.gap else {
        return Verdict::NoTruth;
    };
    let (said, was) = (Sign::of(effect.median), Sign::of(gap.value));
    match (said == was, gap.donors == 0 || gap.is_clear()) {
        _ if gap.donors == 0 && was == Sign::None => Verdict::NothingHappened,
        (true, true) => Verdict::Hit,
        (false, true) => Verdict::Miss,
        (true, false) => Verdict::WeakHit,
        (false, false) => Verdict::WeakMiss,
    }
}
