//! Does conduct move trust, as far as the record shows? Falsifiers F2, F3 and F13.
//!
//! The surprise in next year's votes or poll of i about j (the filter's innovation: what nothing
//! known before explains) is regressed on what j did to i this year (balance of reported events,
//! ICEWS): on good and bad conduct apart (F3), on j's mean conduct to third parties (F2), and on
//! expected and surprising conduct apart (F13). Years are effects, standard errors are clustered by
//! j. Nothing here is causal: conduct and trust may share causes.

use std::collections::BTreeMap;

use realign_atlas::StateId;
use realign_numerics::ols::{self, OlsFit};
use realign_numerics::special::normal_cdf;
use realign_numerics::state_space::Update;
use serde::Serialize;

use super::panel::{Kind, Panel, Seen, Target};
use super::run::{Machine, PARTS, Reputation, Watch};

/// Targets below which no regression is made.
const LEAST_CLUSTERS: usize = 10;

/// A coefficient with its standard error.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct Coefficient {
    /// Estimate, SD of the source's innovation per SD of conduct.
    pub estimate: f64,
    /// Standard error, clustered by the state trusted.
    pub se: f64,
}

impl Coefficient {
    /// Probability that it is above zero, flat prior.
    pub fn above_zero(&self) -> f64 {
        normal_cdf(self.estimate / self.se)
    }
}

/// What one source says.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Answer {
    /// Votes or polls.
    pub source: &'static str,
    /// Pairs and years.
    pub observations: usize,
    /// Answer to conduct better than usual.
    pub good: Coefficient,
    /// Answer to conduct worse than usual: positive when bad conduct lowers trust.
    pub bad: Coefficient,
    /// Bad less good: positive when bad weighs more.
    pub bad_less_good: Coefficient,
    /// Answer to conduct towards third parties.
    pub third: Coefficient,
    /// Answer to conduct that the filter expected.
    pub expected: Coefficient,
    /// Answer to conduct that it did not.
    pub surprise: Coefficient,
}

type Key = (u16, u16, usize);

struct Collector<'a> {
    target: &'a Target,
    /// (actor, towards, year) → balance, expected part.
    conduct: &'a mut BTreeMap<Key, (f64, f64)>,
    /// (holder, held, year) → innovation by source.
    moved: &'a mut [BTreeMap<Key, f64>; 2],
}

impl Watch for Collector<'_> {
    fn observed(&mut self, t: usize, s: &Seen, u: &Update<PARTS>, shared: Reputation) {
        let holder: StateId = self.target.pairs[usize::from(s.pair)].0;
        let key = (holder.0, self.target.state.0, t);
        let sd = (u.variance + u.slope * u.slope * shared.variance).sqrt();
        match s.kind {
            Kind::Events => {
                self.conduct.insert(key, (s.y, s.y - u.innovation));
            }
            Kind::Votes => {
                self.moved[0].insert(key, u.innovation / sd);
            }
            Kind::Polls => {
                self.moved[1].insert(key, u.innovation / sd);
            }
            Kind::Tone => {}
        }
    }
}

/// Regressions on the record; a source without enough targets is left out.
pub fn answers(machine: &Machine, panel: &Panel) -> Vec<Answer> {
    let mut conduct = BTreeMap::new();
    let mut moved = [BTreeMap::new(), BTreeMap::new()];
    let mut likelihood = vec![0.0; panel.years()];
    for target in &panel.targets {
        let mut watch = Collector {
            target,
            conduct: &mut conduct,
            moved: &mut moved,
        };
        machine.run(panel, target, &mut likelihood, &mut watch);
    }
    // Conduct of an actor to all, by year.
    let mut all: BTreeMap<(u16, usize), (f64, f64)> = BTreeMap::new();
    for ((actor, _, t), (y, _)) in &conduct {
        let e = all.entry((*actor, *t)).or_default();
        e.0 += y;
        e.1 += 1.0;
    }
    let mut out = Vec::new();
    for (kind, innovations) in [Kind::Votes, Kind::Polls].iter().zip(&moved) {
        // (held, year, outcome, balance, third parties, expected)
        let rows: Vec<(u16, usize, f64, f64, f64, f64)> = innovations
            .iter()
            .filter_map(|((i, j, t), e)| {
                let before = t.checked_sub(1)?;
                let (y, expected) = conduct.get(&(*j, *i, before))?;
                let (sum, count) = all.get(&(*j, before))?;
                (*count > 1.0).then(|| (*j, *t, *e, *y, (sum - y) / (count - 1.0), *expected))
            })
            .collect();
        let outcomes: Vec<f64> = rows.iter().map(|r| r.2).collect();
        let groups: Vec<(u16, usize)> = rows.iter().map(|r| (r.0, r.1)).collect();
        let split: Vec<Vec<f64>> = rows
            .iter()
            .map(|r| vec![r.3.max(0.0), r.3.min(0.0), r.4])
            .collect();
        let rule: Vec<Vec<f64>> = rows.iter().map(|r| vec![r.5, r.3 - r.5]).collect();
        let (Some(answer), Some(rule)) = (
            regress(&outcomes, &split, &groups),
            regress(&outcomes, &rule, &groups),
        ) else {
            continue;
        };
        let of = |f: &OlsFit, k: usize| Coefficient {
            estimate: f.coefficient[k],
            se: f.standard_error[k],
        };
        let (b, v) = (&answer.coefficient, &answer.covariance);
        out.push(Answer {
            source: kind.name(),
            observations: rows.len(),
            good: of(&answer, 0),
            bad: of(&answer, 1),
            bad_less_good: Coefficient {
                estimate: b[1] - b[0],
                se: (v[0] + v[4] - 2.0 * v[1]).max(0.0).sqrt(),
            },
            third: of(&answer, 2),
            expected: of(&rule, 0),
            surprise: of(&rule, 1),
        });
    }
    out
}

/// Least squares with years as effects, clustered by the first of `groups`.
fn regress(y: &[f64], x: &[Vec<f64>], groups: &[(u16, usize)]) -> Option<OlsFit> {
    let p = x.first()?.len();
    let mut years: BTreeMap<usize, (f64, Vec<f64>)> = BTreeMap::new();
    for ((y, x), g) in y.iter().zip(x).zip(groups) {
        let e = years.entry(g.1).or_insert_with(|| (0.0, vec![0.0; p + 1]));
        e.0 += 1.0;
        e.1[p] += y;
        for k in 0..p {
            e.1[k] += x[k];
        }
    }
    let rows: Vec<Vec<f64>> = y
        .iter()
        .zip(x)
        .zip(groups)
        .map(|((y, x), g)| {
            let (n, s) = &years[&g.1];
            let mut r: Vec<f64> = (0..p).map(|k| x[k] - s[k] / n).collect();
            r.push(y - s[p] / n);
            r
        })
        .collect();
    let design: Vec<f64> = rows.iter().flat_map(|r| r[..p].iter().copied()).collect();
    let outcome: Vec<f64> = rows.iter().map(|r| r[p]).collect();
    let held: Vec<usize> = groups.iter().map(|g| usize::from(g.0)).collect();
    let found = ols::fit(&design, p, &outcome, None, Some(&held)).ok()?;
    (found.clusters >= LEAST_CLUSTERS).then_some(found)
}
