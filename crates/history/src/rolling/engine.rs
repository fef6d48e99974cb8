//! Walks through the origins.

use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};

use rayon::prelude::*;
use realign_atlas::{Atlas, Year};
use realign_numerics::stats::average_precision;

use super::outcome::{Outcomes, origins};
use super::score::{self, Scored};
use super::tally::Cell;
use super::ties::{AtRisk, TieTask, last_public};
use super::{Options, Progress, Scores, Task, guard};
use crate::{HistoryError, Origin, Predictive, Series, Wanted};

/// Counts parts and hears when to stop.
pub(super) struct Meter<'a> {
    done: AtomicUsize,
    total: usize,
    stopped: AtomicBool,
    progress: Progress<'a>,
}

impl<'a> Meter<'a> {
    pub fn new(total: usize, progress: Progress<'a>) -> Self {
        Self {
            done: AtomicUsize::new(0),
            total,
            stopped: AtomicBool::new(false),
            progress,
        }
    }

    /// One part is done; an error once the run is to stop.
    pub fn tick(&self) -> Result<(), HistoryError> {
        let done = self.done.fetch_add(1, Ordering::Relaxed) + 1;
        if !(self.progress)(done, self.total) {
            self.stopped.store(true, Ordering::Relaxed);
        }
        self.check()
    }

    /// An error once the run is to stop.
    pub fn check(&self) -> Result<(), HistoryError> {
        if self.stopped.load(Ordering::Relaxed) {
            Err(HistoryError::Stopped)
        } else {
            Ok(())
        }
    }
}

/// A task with its outcomes and origins.
struct Prepared<'a> {
    task: &'a Task,
    outcomes: Outcomes,
    origins: Vec<Year>,
}

fn prepare<'a>(
    atlas: &Atlas,
    tasks: &'a [Task],
    options: &Options,
) -> Result<Vec<Prepared<'a>>, HistoryError> {
    tasks
        .par_iter()
        .filter(|t| options.takes(t.quantity.id))
        .map(|task| {
            let outcomes = Outcomes::read(atlas, task, options)?;
            let origins = origins(task.quantity.first_origin, outcomes.last(), options);
            Ok(Prepared {
                task,
                outcomes,
                origins,
            })
        })
        .collect()
}

/// Last observed year of the series of each wanted value, where it has one.
fn span(known: &Series, wanted: &Wanted) -> Option<i32> {
    known
        .get(&wanted.key)
        .and_then(|s| s.last())
        .map(|r| wanted.target - r.0)
}

/// Forecasts by predictor and wanted value.
type Said = Vec<Vec<Option<Predictive>>>;
/// One cell for each horizon of one origin.
type Cells = Vec<(i32, Cell)>;

/// Forecasts of all predictors of `task` at one origin.
pub(super) fn forecasts(
    task: &Task,
    origin: Origin<'_>,
    wanted: &[Wanted],
) -> Result<(Series, Said), HistoryError> {
    let known = (task.quantity.load)(origin.atlas)?;
    let said = task
        .predictors
        .iter()
        .map(|p| {
            let said = p.predict(origin, &known, wanted)?;
            if said.len() == wanted.len() {
                Ok(said)
            } else {
                Err(HistoryError::ForecastCount {
                    predictor: p.id().to_owned(),
                    got: said.len(),
                    wanted: wanted.len(),
                })
            }
        })
        .collect::<Result<Vec<_>, _>>()?;
    Ok((known, said))
}

/// One cell for each horizon with outcomes.
fn score_origin(
    prepared: &Prepared<'_>,
    origin: Origin<'_>,
    horizons: &[i32],
) -> Result<Cells, HistoryError> {
    let (wanted, truth) = prepared.outcomes.wanted(origin.year, horizons);
    if wanted.is_empty() {
        return Ok(Vec::new());
    }
    let (known, said) = forecasts(prepared.task, origin, &wanted)?;
    let mut cells: Vec<(i32, Cell)> = horizons
        .iter()
        .map(|h| (*h, Cell::new(origin.year + *h, said.len())))
        .collect();
    for (k, w) in wanted.iter().enumerate() {
        let ahead = w.target - origin.year;
        let Some((_, cell)) = cells.iter_mut().find(|c| c.0 == ahead) else {
            continue;
        };
        if let Some(s) = span(&known, w) {
            cell.span.0 += i64::from(s);
            cell.span.1 += 1;
        }
        let of: Vec<Option<&Predictive>> = said.iter().map(|s| s[k].as_ref()).collect();
        cell.add(&of, truth[k]);
    }
    cells.retain(|c| c.1.wanted > 0);
    Ok(cells)
}

/// Probabilities of all predictors of a layer: by predictor, target and pair.
type Chances = Vec<Option<Vec<Vec<f64>>>>;

/// Probabilities of all predictors of `task` at one origin.
pub(super) fn chances(
    task: &TieTask,
    origin: Origin<'_>,
    risk: &AtRisk<'_>,
    targets: &[Year],
) -> Result<Chances, HistoryError> {
    task.predictors
        .iter()
        .map(|p| {
            let said = p.predict(origin, risk, targets)?;
            let bad = said.as_ref().and_then(|s| {
                (s.len() != targets.len())
                    .then_some(s.len())
                    .or_else(|| s.iter().map(Vec::len).find(|n| *n != risk.pairs.len()))
            });
            match bad {
                Some(got) => Err(HistoryError::ForecastCount {
                    predictor: p.id().to_owned(),
                    got,
                    wanted: risk.pairs.len(),
                }),
                None => Ok(said),
            }
        })
        .collect()
}

/// Target years of a layer from one origin.
pub(super) fn tie_targets(task: &TieTask, origin: Year, horizons: &[i32]) -> Vec<Year> {
    horizons
        .iter()
        .map(|h| origin + *h)
        .filter(|t| *t <= task.layer.last_target)
        .collect()
}

/// One cell for each horizon with outcomes.
fn score_ties(
    atlas: &Atlas,
    task: &TieTask,
    origin: Origin<'_>,
    horizons: &[i32],
) -> Result<Cells, HistoryError> {
    let targets = tie_targets(task, origin.year, horizons);
    let seen = last_public(origin.atlas, task.layer.layer);
    let pairs = task.layer.at_risk(origin.atlas, seen)?;
    if targets.is_empty() || pairs.is_empty() {
        return Ok(Vec::new());
    }
    let risk = AtRisk {
        layer: &task.layer,
        seen,
        pairs: &pairs,
    };
    let said = chances(task, origin, &risk, &targets)?;
    let mut cells = Vec::new();
    for (t, target) in targets.iter().enumerate() {
        let became = task.layer.outcomes(atlas, &pairs, seen, *target)?;
        let mut cell = Cell::new(*target, said.len());
        cell.span = (i64::from(*target - seen), 1);
        let mut happened = Vec::with_capacity(pairs.len());
        let mut kept: Vec<Vec<f64>> = vec![Vec::with_capacity(pairs.len()); said.len()];
        for (k, became) in became.iter().enumerate() {
            let Some(became) = became else { continue };
            let of: Vec<Option<f64>> = said.iter().map(|s| s.as_ref().map(|s| s[t][k])).collect();
            cell.add_chance(&of, *became);
            happened.push(*became);
            for (kept, p) in kept.iter_mut().zip(&of) {
                kept.extend(p);
            }
        }
        for (own, p) in cell.own.iter_mut().zip(&kept) {
            own.precision = if p.len() == happened.len() {
                average_precision(p, &happened)
            } else {
                f64::NAN
            };
        }
        cells.push((*target - origin.year, cell));
    }
    Ok(cells)
}

/// What is walked through: a panel or a layer.
enum Walked<'a> {
    Panel(Prepared<'a>),
    Ties(&'a TieTask, Vec<Year>),
}

impl Walked<'_> {
    fn origins(&self) -> &[Year] {
        match self {
            Self::Panel(p) => &p.origins,
            Self::Ties(_, origins) => origins,
        }
    }

    fn score(
        &self,
        atlas: &Atlas,
        origin: Origin<'_>,
        horizons: &[i32],
    ) -> Result<Cells, HistoryError> {
        match self {
            Self::Panel(p) => score_origin(p, origin, horizons),
            Self::Ties(task, _) => score_ties(atlas, task, origin, horizons),
        }
    }

    fn guard(
        &self,
        atlas: &Atlas,
        origin: Year,
        options: &Options,
    ) -> Result<guard::Report, HistoryError> {
        match self {
            Self::Panel(p) => {
                let (wanted, _) = p.outcomes.wanted(origin, &options.horizons);
                guard::check(atlas, p.task, origin, &wanted, options.seed)
            }
            Self::Ties(task, _) => {
                guard::check_ties(atlas, task, origin, &options.horizons, options.seed)
            }
        }
    }

    fn scored(&self) -> Scored {
        match self {
            Self::Panel(p) => Scored {
                quantity: p.task.quantity.id,
                domain: p.task.quantity.domain,
                title: p.task.quantity.title,
                unit: p.task.quantity.unit,
                predictors: p
                    .task
                    .predictors
                    .iter()
                    .map(|x| x.id().to_owned())
                    .collect(),
                reference: p.task.reference,
                model: p.task.model,
                without_trust: p.task.without_trust,
                ties: false,
                series: (p.outcomes.series, p.outcomes.scored),
            },
            Self::Ties(t, _) => Scored {
                quantity: t.layer.id,
                domain: t.layer.domain,
                title: t.layer.title,
                unit: "probability of a change",
                predictors: t.predictors.iter().map(|x| x.id().to_owned()).collect(),
                reference: t.reference,
                model: t.model,
                without_trust: t.without_trust,
                ties: true,
                series: (0, 0),
            },
        }
    }
}

/// See [`super::run`].
pub(super) fn run(
    atlas: &Atlas,
    tasks: &[Task],
    ties: &[TieTask],
    options: &Options,
    progress: Progress<'_>,
) -> Result<Scores, HistoryError> {
    let mut walked: Vec<Walked<'_>> = prepare(atlas, tasks, options)?
        .into_iter()
        .map(Walked::Panel)
        .collect();
    walked.extend(ties.iter().filter(|t| options.takes(t.layer.id)).map(|t| {
        let years = origins(t.layer.first_origin, Some(t.layer.last_target), options);
        Walked::Ties(t, years)
    }));
    let mut years: Vec<Year> = walked.iter().flat_map(|w| w.origins().to_vec()).collect();
    years.sort_unstable();
    years.dedup();
    let parts = walked
        .iter()
        .map(|w| w.origins().len() + usize::from(!w.origins().is_empty()))
        .sum();
    let meter = Meter::new(parts, progress);
    // Newest origins carry the longest panels: they start first.
    years.reverse();
    let by_origin: Vec<Vec<(usize, Cells)>> = years
        .par_iter()
        .with_max_len(1)
        .map(|year| {
            let view = atlas.as_of(*year);
            let origin = Origin {
                year: *year,
                atlas: &view,
            };
            walked
                .iter()
                .enumerate()
                .filter(|(_, w)| w.origins().contains(year))
                .map(|(k, w)| {
                    meter.check()?;
                    let cells = w.score(atlas, origin, &options.horizons)?;
                    meter.tick()?;
                    Ok((k, cells))
                })
                .collect::<Result<Vec<_>, HistoryError>>()
        })
        .collect::<Result<_, _>>()?;
    // The guard: one origin a task.
    let guards: Vec<guard::Report> = walked
        .par_iter()
        .with_max_len(1)
        .filter_map(|w| Some((w, *w.origins().get(w.origins().len() / 2)?)))
        .map(|(w, origin)| {
            meter.check()?;
            let report = w.guard(atlas, origin, options)?;
            meter.tick()?;
            Ok(report)
        })
        .collect::<Result<_, HistoryError>>()?;
    let mut cells: Vec<Cells> = walked.iter().map(|_| Vec::new()).collect();
    for (task, found) in by_origin.into_iter().flatten() {
        cells[task].extend(found);
    }
    let rows: Vec<Vec<super::Score>> = walked
        .par_iter()
        .zip(cells)
        .map(|(w, mut cells)| {
            cells.sort_by_key(|c| (c.0, c.1.target));
            score::of(&w.scored(), &cells, options)
        })
        .collect();
    Ok(Scores {
        rows: rows.into_iter().flatten().collect(),
        guards,
    })
}
