//! The two arms of an episode on the same draws, read where an observable looks.

use rayon::prelude::*;
use realign_model::acts::Acts;
use realign_model::arms::{CLASSES, Fixed as ArmsFixed, State as ArmsState};
use realign_model::channels::Channels;
use realign_model::model::{Model, Start};
use realign_model::setting::Chance;
use realign_model::step::{self, StepError, Surroundings};
use realign_model::trust;
use realign_model::world::World;
use realign_numerics::random::Stream;

use super::observe::Cell;
use crate::HistoryError;

/// What the model says of one cell at one date, as read from one path.
type Reading = f64;

/// Paths of both arms: `values[arm][draw][observable][step]`, NaN where there is no answer or the
/// path failed. Arm 0 is quiet, arm 1 has the acts.
pub struct Paths {
    /// The readings.
    pub values: [Vec<Vec<Vec<Reading>>>; 2],
    /// Paths that failed.
    pub failures: usize,
    /// Growth R of the uniform mode of distrust, one per draw.
    pub growth: Vec<f64>,
}

/// How trust is seen in votes and polls: scale points and log odds per SD.
#[derive(Clone, Copy, Debug)]
struct Seen {
    votes_sd: f64,
    polls_sd: f64,
}

impl Seen {
    /// Spread of what votes and polls show at the start, in their own units.
    fn new(fixed: &trust::Fixed) -> Self {
        Self {
            votes_sd: fixed.votes.unit_sd,
            polls_sd: fixed.polls.unit_sd,
        }
    }
}

/// Walks the quiet arm and the arm with the acts of the model in `draws` draws; the result does not
/// depend on threads.
pub fn walk(
    model: &Model,
    cells: &[Cell],
    seed: u64,
    draws: usize,
    tick: &(dyn Fn() -> bool + Sync),
) -> Result<Paths, HistoryError> {
    let arms = [(Acts::default(), cells), (model.acts().clone(), cells)];
    let many = walk_arms(model, &arms, seed, draws, tick)?;
    let mut values = many.values.into_iter();
    Ok(Paths {
        values: [
            values.next().unwrap_or_default(),
            values.next().unwrap_or_default(),
        ],
        failures: many.failures,
        growth: many.growth,
    })
}

/// Paths of any number of arms.
pub struct ManyPaths {
    /// `values[arm][draw][cell][step]`.
    pub values: Vec<Vec<Vec<Vec<Reading>>>>,
    /// Paths that failed.
    pub failures: usize,
    /// Growth R of the uniform mode of distrust, one per draw.
    pub growth: Vec<f64>,
}

/// Walks every arm, acts and the cells that are read in it, on the same draws.
pub fn walk_arms(
    model: &Model,
    arms: &[(Acts, &[Cell])],
    seed: u64,
    draws: usize,
    tick: &(dyn Fn() -> bool + Sync),
) -> Result<ManyPaths, HistoryError> {
    let seen = Seen::new(&model.fixed().trust);
    let readers: Vec<Reader<'_>> = arms
        .iter()
        .map(|(_, cells)| Reader::new(model, cells, seen))
        .collect();
    let all: Vec<Result<_, HistoryError>> = (0..draws as u32)
        .into_par_iter()
        .map(|draw| {
            let stream = Stream::new(seed, draw);
            let values = model.params().draw(&stream);
            let start = model.start(&values, &Chance::new(stream, 0))?;
            let mut out = Vec::with_capacity(arms.len());
            let mut failures = 0;
            for ((acts, cells), reader) in arms.iter().zip(&readers) {
                let mut readings = vec![Vec::new(); cells.len()];
                let mut world = start.world.clone();
                reader.read(&start, None, &world, &mut readings);
                for t in 1..model.years().len() {
                    let around = Surroundings {
                        start: &start,
                        acts,
                        channels: Channels::ALL,
                        quiet_trust: None,
                        values: &values,
                        chance: Chance::new(stream, t as u32),
                    };
                    match step::step(model, &world, &around) {
                        Ok(next) => {
                            reader.read(&start, Some(&world), &next, &mut readings);
                            world = next;
                        }
                        Err(StepError::Model(e)) => return Err(e.into()),
                        Err(StepError::Failed(_)) => {
                            failures += 1;
                            for r in &mut readings {
                                *r = vec![f64::NAN; model.years().len()];
                            }
                            break;
                        }
                    }
                }
                out.push(readings);
            }
            if !tick() {
                return Err(HistoryError::Stopped);
            }
            Ok((out, failures, start.world.trust.at_start.growth))
        })
        .collect();
    let mut paths = ManyPaths {
        values: vec![Vec::new(); arms.len()],
        failures: 0,
        growth: Vec::new(),
    };
    for result in all {
        let (out, failures, growth) = result?;
        paths.failures += failures;
        paths.growth.push(growth);
        for (arm, readings) in out.into_iter().enumerate() {
            paths.values[arm].push(readings);
        }
    }
    Ok(paths)
}

/// Reads the cells of one world.
struct Reader<'a> {
    model: &'a Model,
    cells: &'a [Cell],
    seen: Seen,
    /// Whether any cell needs the indicators of finance.
    indicators: Option<(usize, usize)>,
}

impl<'a> Reader<'a> {
    fn new(model: &'a Model, cells: &'a [Cell], seen: Seen) -> Self {
        let wanted = cells.iter().any(|c| {
            matches!(
                c.quantity.as_str(),
                "reserve_currency_share" | "us_securities_musd"
            )
        });
        let at = |id: &str| model.layout().position(id);
        Self {
            model,
            cells,
            seen,
            indicators: at("finance.currency_share_pct")
                .zip(at("finance.holdings_change_pct"))
                .filter(|_| wanted),
        }
    }

    fn read(&self, start: &Start, before: Option<&World>, now: &World, into: &mut [Vec<Reading>]) {
        let row = self.indicators.map(|at| {
            let mut row = vec![f32::NAN; self.model.layout().width()];
            self.model.measure(start, now, None, false, &mut row);
            (at, row)
        });
        for (cell, out) in self.cells.iter().zip(into) {
            out.push(self.value(cell, start, before, now, row.as_ref()));
        }
    }

    /// One reading: a level for trade, burdens, shares and ties; for votes and polls the change of
    /// the observed quantity since the start, in its own unit.
    fn value(
        &self,
        cell: &Cell,
        start: &Start,
        before: Option<&World>,
        now: &World,
        row: Option<&((usize, usize), Vec<f32>)>,
    ) -> Reading {
        let f = self.model.fixed();
        let (a, b) = (
            cell.entity.map(realign_atlas::StateId::index),
            cell.partner.map(realign_atlas::StateId::index),
        );
        let c = &start.coefficients;
        let moved =
            |i: usize, j: usize| now.trust.deviation(i, j) - start.world.trust.deviation(i, j);
        match (cell.quantity.as_str(), a, b) {
            ("goods_exports", Some(a), Some(b)) => now
                .trade
                .exports_musd(&f.trade, a, b)
                .filter(|x| *x > 0.0)
                .unwrap_or(f64::NAN),
            ("import_share", Some(importer), Some(exporter)) => {
                let Some(own) = now.trade.exports_musd(&f.trade, exporter, importer) else {
                    return f64::NAN;
                };
                let all: f64 = (0..f.trade.n)
                    .filter(|k| *k != importer)
                    .filter_map(|k| now.trade.exports_musd(&f.trade, k, importer))
                    .sum();
                own / all
            }
            ("milex_burden", Some(a), _) => {
                let income = now.trade.income_log(&f.trade)[a];
                let years = f64::from(now.year - start.world.year);
                let grown =
                    c.security.trend_growth * years + if income.is_finite() { income } else { 0.0 };
                f.security.burden[a] * (now.security.log_spending[a] - grown).exp()
            }
            // z = √r T + e in SD of the observed quantity (trust::level).
            ("ideal_point_distance", Some(a), Some(b)) => {
                let share = c.trust.information.votes.max(0.0).sqrt();
                -self.seen.votes_sd * share * 0.5 * (moved(a, b) + moved(b, a))
            }
            ("favourability", Some(a), Some(b)) => {
                let share = c.trust.information.polls.max(0.0).sqrt();
                self.seen.polls_sd * share * moved(a, b)
            }
            ("arms_import_share", Some(a), Some(b)) => match before {
                Some(before) => delivered_share(&f.arms, c, &before.arms, &now.arms, a, b),
                None => f64::NAN,
            },
            ("reserve_currency_share", _, _) => {
                let own = f.finance.observed.currency.as_deref();
                match row {
                    Some((at, row)) if own.is_some() && own == cell.item.as_deref() => {
                        f64::from(row[self.model.layout().slot(at.0, None)]) / 100.0
                    }
                    _ => f64::NAN,
                }
            }
            ("us_securities_musd", _, _) => match row {
                Some((at, row)) => {
                    let slot = self.model.layout().slot(at.1, cell.entity);
                    1.0 + f64::from(row[slot]) / 100.0
                }
                None => f64::NAN,
            },
            ("defence_pact", Some(a), Some(b)) => f64::from(u8::from(now.security.pacts.has(a, b))),
            ("defence_cooperation", Some(a), Some(b)) => {
                f64::from(u8::from(now.security.cooperation.has(a, b)))
            }
            ("trade_agreement", Some(a), Some(b)) => {
                let units = &f.trade.network.units;
                let (u, v) = (usize::from(units.of[a]), usize::from(units.of[b]));
                let ended = now
                    .trade
                    .ended
                    .iter()
                    .any(|e| (usize::from(e.u), usize::from(e.v)) == (u.min(v), u.max(v)));
                f64::from(u8::from(now.trade.tied[u * units.len() + v] && !ended))
            }
            _ => f64::NAN,
        }
    }
}

/// Share of supplier j in what was delivered to i between two dates; NaN when nothing was.
fn delivered_share(
    f: &ArmsFixed,
    c: &realign_model::world::Coefficients,
    before: &ArmsState,
    now: &ArmsState,
    i: usize,
    j: usize,
) -> f64 {
    if f.supplier.is_empty() {
        return f64::NAN;
    }
    let (mut own, mut all) = (0.0, 0.0);
    for class in 0..CLASSES {
        let cell = i * CLASSES + class;
        let kept = 1.0 - 1.0 / c.arms.life_years[class];
        for e in f.entries(cell) {
            let new = (now.base[e] - before.base[e] * kept).max(0.0) * f.class_weight[cell];
            all += new;
            if usize::from(f.supplier[e]) == j {
                own += new;
            }
        }
    }
    if all > 0.0 { own / all } else { f64::NAN }
}
