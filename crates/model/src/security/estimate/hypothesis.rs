//! "Fragmented blocs are more adaptable, but less stable" (MODEL.md §3.5, H-AS, falsifier F10) on
//! the pacts of 1954 to 2014.
//!
//! A row is a state with pacts at one of six dates. Fragmentation is seen in two ways: how little of
//! its allies' capability the strongest of them holds (regional against hub), and how its pacts are
//! spread over communities (overlap). In the decade after: the share of its pacts that ended, whether
//! it used force in a dispute, and, were the strongest ally gone, the share of that ally's capability
//! that new pacts brought. Least squares with dates and ln(1 + pacts), errors clustered by state.

use realign_atlas::{Atlas, StateId, StateKind, Year};
use realign_numerics::special::normal_cdf;
use realign_numerics::{graph, ols};

use crate::ModelError;
use crate::security::fixed::ties_in;
use crate::security::missing;

/// Dates; the record of disputes ends in 2014.
const DATES: [i32; 6] = [1954, 1964, 1974, 1984, 1994, 2004];
const DECADE: i32 = 10;
/// Hostility level of a militarised dispute from which force was used (COW coding).
const USE_OF_FORCE: f64 = 4.0;
/// Probability from which a sign counts as found.
const FOUND: f64 = 0.9;
const OUTCOMES: usize = 3;

/// Effect of one standard deviation of fragmentation on one outcome.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Effect {
    /// Estimate.
    pub estimate: f64,
    /// Standard error, clustered by state.
    pub se: f64,
}

impl Effect {
    /// Probability that the effect is positive.
    pub fn positive(&self) -> f64 {
        normal_cdf(self.estimate / self.se)
    }
}

/// What the pacts of six decades say of one way to see fragmentation.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Hypothesis {
    /// `without hub` or `overlap`.
    pub fragmentation: &'static str,
    /// States at dates.
    pub rows: usize,
    /// On the share of pacts that end within ten years: instability.
    pub turnover: Effect,
    /// On having used force in a dispute within ten years: instability.
    pub force: Effect,
    /// On the share of the strongest ally's capability that new pacts bring: adaptability.
    pub recovered: Effect,
}

impl Hypothesis {
    /// `refuted` where a sign is wrong with 90 % probability, `supported` where adaptability and an
    /// instability have theirs with 90 %, else `open`.
    pub fn verdict(&self) -> &'static str {
        let unstable = [self.turnover.positive(), self.force.positive()];
        if self.recovered.positive() <= 1.0 - FOUND || unstable.iter().any(|p| *p <= 1.0 - FOUND) {
            "refuted"
        } else if self.recovered.positive() >= FOUND && unstable.iter().any(|p| *p >= FOUND) {
            "supported"
        } else {
            "open"
        }
    }
}

struct Row {
    state: usize,
    date: usize,
    partners_log: f64,
    fragmentation: [f64; 2],
    outcome: [f64; OUTCOMES],
}

fn rows(atlas: &Atlas) -> Result<Vec<Row>, ModelError> {
    let n = atlas.n();
    let active: Vec<bool> = atlas
        .states()
        .iter()
        .map(|s| s.kind != StateKind::Territory)
        .collect();
    let (pacts, cinc) = (atlas.spells("defence_pact")?, atlas.state_series("cinc")?);
    let disputes = atlas.dyads("mid_hostility")?;
    let last = disputes.rows().map(|r| r.2.0).max().unwrap_or(0);
    let mut out = Vec::new();
    for (date, year) in DATES
        .into_iter()
        .enumerate()
        .filter(|d| d.1 + DECADE <= last)
    {
        let now = ties_in(pacts, n, Year(year), &active);
        let later = ties_in(pacts, n, Year(year + DECADE), &active);
        let size: Vec<f64> = (0..n)
            .map(|i| {
                cinc.at(StateId::from_index(i), Year(year))
                    .filter(|_| active[i])
                    .unwrap_or(0.0)
            })
            .collect();
        let mut force = vec![false; n];
        for (a, b, y, level) in disputes.rows() {
            if y.0 > year && y.0 <= year + DECADE && level >= USE_OF_FORCE {
                force[a.index()] = true;
                force[b.index()] = true;
            }
        }
        let mut weights = vec![0.0; n * n];
        for (i, j) in now.pairs() {
            weights[i * n + j] = 1.0;
            weights[j * n + i] = 1.0;
        }
        let found = graph::communities(&weights, n, 1.0, 1, 2)
            .map_err(|e| missing(format!("communities of the pacts of {year}: {e}")))?;
        for i in (0..n).filter(|i| size[*i] > 0.0) {
            let allied: f64 = now.of(i).map(|k| size[k]).sum();
            let hub = now.of(i).max_by(|a, b| size[*a].total_cmp(&size[*b]));
            let Some(hub) = hub.filter(|h| size[*h] > 0.0) else {
                continue;
            };
            let degree = now.degree(i) as f64;
            let mut theta = vec![0.0; found.groups];
            for k in now.of(i) {
                theta[found.group[k]] += 1.0 / degree;
            }
            let ended = now.of(i).filter(|k| !later.has(i, *k)).count() as f64;
            let new: f64 = later
                .of(i)
                .filter(|k| !now.has(i, *k))
                .map(|k| size[k])
                .sum();
            out.push(Row {
                state: i,
                date,
                partners_log: degree.ln_1p(),
                fragmentation: [
                    1.0 - size[hub] / allied,
                    1.0 - theta.iter().map(|t| t * t).sum::<f64>(),
                ],
                outcome: [
                    ended / degree,
                    f64::from(u8::from(force[i])),
                    (new / size[hub]).min(1.0),
                ],
            });
        }
    }
    Ok(out)
}

/// Tests the hypothesis for both ways to see fragmentation.
pub fn bloc_hypothesis(atlas: &Atlas) -> Result<[Hypothesis; 2], ModelError> {
    let rows = rows(atlas)?;
    let dates = 1 + rows.iter().map(|r| r.date).max().unwrap_or(0);
    let columns = dates + 2;
    let test = |which: usize, fragmentation: &'static str| -> Result<Hypothesis, ModelError> {
        let n = rows.len() as f64;
        let mean = rows.iter().map(|r| r.fragmentation[which]).sum::<f64>() / n;
        let variance = rows.iter().map(|r| (r.fragmentation[which] - mean).powi(2));
        let sd = (variance.sum::<f64>() / n).sqrt();
        let mut x = vec![0.0; rows.len() * columns];
        for (row, x) in rows.iter().zip(x.chunks_exact_mut(columns)) {
            x[0] = (row.fragmentation[which] - mean) / sd;
            x[1] = row.partners_log;
            x[2 + row.date] = 1.0;
        }
        let states: Vec<usize> = rows.iter().map(|r| r.state).collect();
        let effect = |outcome: usize| -> Result<Effect, ModelError> {
            let y: Vec<f64> = rows.iter().map(|r| r.outcome[outcome]).collect();
            let fit = ols::fit(&x, columns, &y, None, Some(&states))
                .map_err(|e| missing(format!("hypothesis of blocs: {e}")))?;
            Ok(Effect {
                estimate: fit.coefficient[0],
                se: fit.standard_error[0],
            })
        };
        Ok(Hypothesis {
            fragmentation,
            rows: rows.len(),
            turnover: effect(0)?,
            force: effect(1)?,
            recovered: effect(2)?,
        })
    };
    Ok([test(0, "without hub")?, test(1, "overlap")?])
}
