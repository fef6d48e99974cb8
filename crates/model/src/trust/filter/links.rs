//! Does latent trust tell anything of what states do, beyond the obvious? Level and change apart.
//!
//! Every outcome is regressed on baseline regressors and on filtered trust at the end of the year
//! before: its level and its change over three years. Standard errors are clustered by the state
//! that decides. Out of sample every year from the middle of the record on is predicted from the
//! years before, with and without trust. These are associations; a link that earns nothing keeps
//! its prior and the label assumption.

use std::collections::BTreeMap;

use realign_atlas::{Atlas, AtlasError, StateId, Year};
use realign_numerics::ols::{self, OlsFit};
use serde::Serialize;

use super::answers::Coefficient;
use super::panel::{FIRST, Panel};
use super::run::{Machine, TRUST, Watch, YearEnd};
use crate::ModelError;

/// Years over which the change of trust is taken.
const CHANGE: usize = 3;
/// Outcomes below which a link is left out.
const LEAST: usize = 500;
/// First years that are only learnt from.
const LEARN: usize = 8;

/// One link from trust to an outcome.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Link {
    /// The outcome.
    pub outcome: &'static str,
    /// What the baseline knows.
    pub baseline: &'static str,
    /// Rows.
    pub observations: usize,
    /// First and last year of outcomes.
    pub years: (i32, i32),
    /// Standard deviation of the outcome, its unit in `outcome`.
    pub outcome_sd: f64,
    /// Effect of one SD of trust.
    pub level: Coefficient,
    /// Effect of a change of trust by one SD over three years.
    pub change: Coefficient,
    /// Fall of the squared error out of sample with the level, per cent.
    pub level_gain_pct: f64,
    /// Its standard error over years.
    pub level_gain_se: f64,
    /// Further fall with the change, per cent.
    pub change_gain_pct: f64,
    /// Its standard error over years.
    pub change_gain_se: f64,
    /// `estimate` where level or change earns more than two standard errors out of sample, else
    /// `assumption`.
    pub label: &'static str,
}

/// Filtered trust by year and ordered pair, SD over pairs; NaN where not active.
#[derive(Clone, Debug)]
pub struct Levels {
    n: usize,
    values: Vec<f32>,
}

struct Keeper<'a> {
    out: &'a mut Levels,
    target: &'a super::panel::Target,
    unit: f64,
}

impl Watch for Keeper<'_> {
    fn ended(&mut self, end: &YearEnd<'_>) {
        for (p, b) in end.pairs.iter().enumerate().filter(|(p, _)| end.active[*p]) {
            let n = self.out.n;
            let (i, j) = (self.target.pairs[p].0.index(), self.target.state.index());
            let t = (b.dot(&TRUST) + end.after.mean) / self.unit;
            self.out.values[(end.year * n + i) * n + j] = t as f32;
        }
    }
}

impl Levels {
    /// Runs the filter over all pairs of `n` states.
    pub fn new(machine: &Machine, panel: &Panel, n: usize) -> Self {
        let mut out = Self {
            n,
            values: vec![f32::NAN; panel.years() * n * n],
        };
        let mut likelihood = vec![0.0; panel.years()];
        for target in &panel.targets {
            let mut watch = Keeper {
                out: &mut out,
                target,
                unit: machine.values().unit(),
            };
            machine.run(panel, target, &mut likelihood, &mut watch);
        }
        out
    }

    /// Trust of i in j at the end of a year.
    pub fn at(&self, i: usize, j: usize, year: Year) -> f64 {
        usize::try_from(year - FIRST).ok().map_or(f64::NAN, |t| {
            self.values
                .get((t * self.n + i) * self.n + j)
                .map_or(f64::NAN, |v| f64::from(*v))
        })
    }

    fn level_and_change(&self, i: usize, j: usize, before: Year) -> Option<(f64, f64)> {
        let now = self.at(i, j, before);
        let then = self.at(i, j, before - CHANGE as i32);
        (now.is_finite() && then.is_finite()).then_some((now, now - then))
    }
}

/// One outcome: who decides, when it is known, its value, what the baseline knows, trust.
struct Row {
    cluster: usize,
    year: i32,
    y: f64,
    base: Vec<f64>,
    trust: (f64, f64),
}

/// All links that the atlas supports.
pub fn links(
    machine: &Machine,
    panel: &Panel,
    atlas: &Atlas,
    hegemon: StateId,
) -> Result<Vec<Link>, ModelError> {
    let n = atlas.n();
    let levels = Levels::new(machine, panel, n);
    let mut out = Vec::new();
    for (outcome, baseline, rows) in [
        (
            "military spending: yearly change of the log burden, trust in the hegemon",
            "last change, log burden",
            spending(atlas, &levels, hegemon)?,
        ),
        (
            "arms: change over five years of a supplier's share in a recipient's deliveries",
            "share before",
            arms(atlas, &levels)?,
        ),
        (
            "defence cooperation agreement concluded in the year (0 or 1)",
            "pact, border, log distance, log of both capabilities",
            ties(atlas, &levels, "defence_cooperation", (1985, 2010))?,
        ),
        (
            "defence pact concluded in the year (0 or 1)",
            "border, log distance, log of both capabilities",
            ties(atlas, &levels, "defence_pact", (1985, 2018))?,
        ),
        (
            "trade: change over three years of log exports, less the partner's and own means",
            "log exports before, change before",
            trade(atlas, &levels)?,
        ),
    ] {
        if rows.len() >= LEAST
            && let Some(l) = link(outcome, baseline, &rows)
        {
            out.push(l);
        }
    }
    Ok(out)
}

fn link(outcome: &'static str, baseline: &'static str, rows: &[Row]) -> Option<Link> {
    let years: BTreeMap<i32, usize> = rows.iter().fold(BTreeMap::new(), |mut m, r| {
        *m.entry(r.year).or_default() += 1;
        m
    });
    let (first, last) = (*years.keys().next()?, *years.keys().next_back()?);
    let extra = |r: &Row, k: usize| -> Vec<f64> {
        let mut x = vec![1.0];
        x.extend(&r.base);
        x.extend([r.trust.0, r.trust.1].iter().take(k));
        x
    };
    let all: Vec<&Row> = rows.iter().collect();
    let whole = fit(&all, &|r| extra(r, 2))?;
    let p = whole.coefficient.len();
    let coefficient = |k: usize| Coefficient {
        estimate: whole.coefficient[k],
        se: whole.standard_error[k],
    };
    // Out of sample, by year: squared errors without trust, with its level, with both.
    let mut squares: Vec<[f64; 3]> = Vec::new();
    for (k, year) in years.keys().enumerate() {
        if k < LEARN {
            continue;
        }
        let train: Vec<&Row> = rows.iter().filter(|r| r.year < *year).collect();
        let test = rows.iter().filter(|r| r.year == *year);
        let fits: Vec<Vec<f64>> = (0..3)
            .filter_map(|k| fit(&train, &|r| extra(r, k)).map(|f| f.coefficient))
            .collect();
        if fits.len() < 3 {
            continue;
        }
        let mut s = [0.0; 3];
        for r in test {
            for (k, b) in fits.iter().enumerate() {
                let x = extra(r, k);
                let e = r.y - x.iter().zip(b).map(|(x, b)| x * b).sum::<f64>();
                s[k] += e * e;
            }
        }
        squares.push(s);
    }
    let gain = |from: usize, to: usize, skip: Option<usize>| -> f64 {
        let sum = |k: usize| -> f64 {
            squares
                .iter()
                .enumerate()
                .filter(|(t, _)| Some(*t) != skip)
                .map(|(_, s)| s[k])
                .sum()
        };
        100.0 * (1.0 - sum(to) / sum(from))
    };
    let error = |from: usize, to: usize| -> f64 {
        let m = squares.len() as f64;
        let left: Vec<f64> = (0..squares.len())
            .map(|t| gain(from, to, Some(t)))
            .collect();
        let mean = left.iter().sum::<f64>() / m;
        ((m - 1.0) / m * left.iter().map(|g| (g - mean).powi(2)).sum::<f64>()).sqrt()
    };
    let (level_gain_pct, level_gain_se) = (gain(0, 1, None), error(0, 1));
    let (change_gain_pct, change_gain_se) = (gain(1, 2, None), error(1, 2));
    let y: Vec<f64> = rows.iter().map(|r| r.y).collect();
    let earns = level_gain_pct > 2.0 * level_gain_se || change_gain_pct > 2.0 * change_gain_se;
    Some(Link {
        outcome,
        baseline,
        observations: rows.len(),
        years: (first, last),
        outcome_sd: realign_numerics::stats::sd(&y),
        level: coefficient(p - 2),
        change: coefficient(p - 1),
        level_gain_pct,
        level_gain_se,
        change_gain_pct,
        change_gain_se,
        label: if earns { "estimate" } else { "assumption" },
    })
}

/// Least squares, clustered by the state that decides.
fn fit(rows: &[&Row], x: &dyn Fn(&Row) -> Vec<f64>) -> Option<OlsFit> {
    let columns = x(rows.first()?).len();
    let design: Vec<f64> = rows.iter().flat_map(|r| x(r)).collect();
    let y: Vec<f64> = rows.iter().map(|r| r.y).collect();
    let clusters: Vec<usize> = rows.iter().map(|r| r.cluster).collect();
    ols::fit(&design, columns, &y, None, Some(&clusters)).ok()
}

/// `None` where the atlas does not have it.
fn known<T>(found: Result<T, AtlasError>) -> Result<Option<T>, ModelError> {
    match found {
        Ok(v) => Ok(Some(v)),
        Err(AtlasError::UnknownVariable { .. }) => Ok(None),
        Err(e) => Err(e.into()),
    }
}

fn spending(atlas: &Atlas, levels: &Levels, hegemon: StateId) -> Result<Vec<Row>, ModelError> {
    let Some(burden) = known(atlas.state_series("milex_burden"))? else {
        return Ok(Vec::new());
    };
    let log = |i: StateId, y: Year| burden.at(i, y).filter(|b| *b > 0.0).map(f64::ln);
    let mut rows = Vec::new();
    for (i, y, _) in burden.rows().filter(|r| r.0 != hegemon) {
        if let (Some(now), Some(one), Some(two), Some(trust)) = (
            log(i, y),
            log(i, y - 1),
            log(i, y - 2),
            levels.level_and_change(i.index(), hegemon.index(), y - 1),
        ) {
            rows.push(Row {
                cluster: i.index(),
                year: y.0,
                y: now - one,
                base: vec![one - two, one],
                trust,
            });
        }
    }
    Ok(rows)
}

fn arms(atlas: &Atlas, levels: &Levels) -> Result<Vec<Row>, ModelError> {
    let Some(deliveries) = known(atlas.item_dyads("arms_world_share_5y"))? else {
        return Ok(Vec::new());
    };
    // (recipient, year) → supplier → deliveries, all categories together.
    let mut received: BTreeMap<(StateId, Year), BTreeMap<StateId, f64>> = BTreeMap::new();
    for (_, supplier, recipient, year, v) in deliveries.rows() {
        *received
            .entry((*recipient, *year))
            .or_default()
            .entry(*supplier)
            .or_default() += v;
    }
    let share = |m: &BTreeMap<StateId, f64>, s: StateId| {
        m.get(&s).copied().unwrap_or(0.0) / m.values().sum::<f64>().max(1e-12)
    };
    let mut rows = Vec::new();
    for ((i, y), before) in &received {
        let Some(after) = received.get(&(*i, *y + 5)) else {
            continue;
        };
        let suppliers: std::collections::BTreeSet<StateId> =
            before.keys().chain(after.keys()).copied().collect();
        for j in suppliers {
            if let Some(trust) = levels.level_and_change(i.index(), j.index(), *y) {
                let s = share(before, j);
                rows.push(Row {
                    cluster: i.index(),
                    year: y.0 + 5,
                    y: share(after, j) - s,
                    base: vec![s],
                    trust,
                });
            }
        }
    }
    Ok(rows)
}

fn ties(
    atlas: &Atlas,
    levels: &Levels,
    id: &str,
    years: (i32, i32),
) -> Result<Vec<Row>, ModelError> {
    let (Some(spells), Some(pacts), Some(cinc), Some(distance), Some(border)) = (
        known(atlas.spells(id))?,
        known(atlas.spells("defence_pact"))?,
        known(atlas.state_series("cinc"))?,
        known(atlas.dyads("distance_km"))?,
        known(atlas.dyads("contiguity"))?,
    ) else {
        return Ok(Vec::new());
    };
    let n = atlas.n();
    let last = Year(years.1);
    let (distance, border) = (distance.matrix(last, f64::NAN), border.matrix(last, 0.0));
    let mut rows = Vec::new();
    for i in 0..n {
        for j in i + 1..n {
            let (a, b) = (StateId::from_index(i), StateId::from_index(j));
            let d = distance[i * n + j];
            if !(d.is_finite() && d > 0.0) {
                continue;
            }
            for y in (years.0..=years.1).map(Year) {
                let (Some(ca), Some(cb)) = (cinc.at(a, y - 1), cinc.at(b, y - 1)) else {
                    continue;
                };
                if spells.tied(a, b, y - 1) {
                    continue;
                }
                let (Some(one), Some(other)) = (
                    levels.level_and_change(i, j, y - 1),
                    levels.level_and_change(j, i, y - 1),
                ) else {
                    continue;
                };
                let size = (ca.max(1e-6) * cb.max(1e-6)).ln();
                let mut base = vec![border[i * n + j], d.ln(), size];
                if id != "defence_pact" {
                    base.push(f64::from(pacts.tied(a, b, y - 1)));
                }
                rows.push(Row {
                    cluster: i,
                    year: y.0,
                    y: f64::from(spells.tied(a, b, y)),
                    base,
                    trust: (0.5 * (one.0 + other.0), 0.5 * (one.1 + other.1)),
                });
            }
        }
    }
    Ok(rows)
}

fn trade(atlas: &Atlas, levels: &Levels) -> Result<Vec<Row>, ModelError> {
    const AHEAD: i32 = 3;
    let Some(flows) = known(atlas.dyads("cow_trade_musd"))? else {
        return Ok(Vec::new());
    };
    let log = |a, b, y| flows.at(a, b, y).filter(|v| *v > 0.1).map(f64::ln);
    let mut rows = Vec::new();
    for y in (FIRST.0 + CHANGE as i32..=2014 - AHEAD)
        .step_by(2)
        .map(Year)
    {
        // (exporter, importer, change ahead, log now, change before, trust)
        let mut year: Vec<(usize, usize, [f64; 3], (f64, f64))> = Vec::new();
        for i in 0..atlas.n() {
            for j in (0..atlas.n()).filter(|j| *j != i) {
                let (a, b) = (StateId::from_index(i), StateId::from_index(j));
                if let (Some(then), Some(now), Some(before), Some(trust)) = (
                    log(a, b, y + AHEAD),
                    log(a, b, y),
                    log(a, b, y - AHEAD),
                    levels.level_and_change(j, i, y),
                ) {
                    year.push((i, j, [then - now, now, now - before], trust));
                }
            }
        }
        // Means of exporters and importers off, twice: what remains is the pair's own.
        for _ in 0..2 {
            for importer in [false, true] {
                let mut sums: BTreeMap<usize, (f64, [f64; 3])> = BTreeMap::new();
                for (i, j, v, _) in &year {
                    let e = sums.entry(if importer { *j } else { *i }).or_default();
                    e.0 += 1.0;
                    for k in 0..3 {
                        e.1[k] += v[k];
                    }
                }
                for (i, j, v, _) in &mut year {
                    let (count, s) = &sums[&if importer { *j } else { *i }];
                    for k in 0..3 {
                        v[k] -= s[k] / count;
                    }
                }
            }
        }
        rows.extend(year.into_iter().map(|(_, j, v, trust)| Row {
            cluster: j,
            year: y.0 + AHEAD,
            y: v[0],
            base: vec![v[1], v[2]],
            trust,
        }));
    }
    Ok(rows)
}
