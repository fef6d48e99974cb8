//! Persistence, innovation and foes in military burdens, against a random walk.

use realign_atlas::{Atlas, StateId, Year};
use realign_numerics::ols;

use crate::ModelError;
use crate::params::Posterior;
use crate::security::missing;

/// Burdens below are below what the source resolves.
const SMALLEST_BURDEN: f64 = 0.001;
/// First year: before it the Cold War's end moves all burdens together.
const FIRST: i32 = 1993;
/// Last training year of the test.
const TRAIN_TO: i32 = 2010;
/// Years ahead at which forecasts are compared.
const LEADS: [i32; 2] = [1, 5];
/// Shortest series used.
const SHORTEST: usize = 8;
/// Median absolute deviation of a standard normal.
const NORMAL_MAD: f64 = 0.6745;

/// Out-of-sample comparison of forecasts of log burdens.
#[derive(Clone, Debug, PartialEq)]
pub struct SpendingScore {
    /// Years ahead.
    pub lead_years: i32,
    /// Forecasts compared.
    pub forecasts: usize,
    /// Root mean squared error of partial adjustment to the state's own mean.
    pub rmse: f64,
    /// The same with foes.
    pub rmse_foes: f64,
    /// The same of the random walk.
    pub rmse_walk: f64,
}

/// Log burden, next log burden, log strength of foes (NaN without), year.
type Transition = (f64, f64, f64, i32);

/// One state's transitions.
struct Series {
    state: usize,
    rows: Vec<Transition>,
}

fn series(atlas: &Atlas, first: i32, last: i32) -> Result<Vec<Series>, ModelError> {
    let burden = atlas.state_series("milex_burden")?;
    let share = atlas.state_series("milex_world_share")?;
    let rivalry = atlas.spells("rivalry")?;
    let n = atlas.n();
    let log = |i: usize, y: i32| {
        burden
            .at(StateId::from_index(i), Year(y))
            .filter(|b| *b >= SMALLEST_BURDEN)
            .map(f64::ln)
    };
    let mut out = Vec::new();
    for i in 0..n {
        let mut rows = Vec::new();
        for y in first..last {
            let (Some(now), Some(next)) = (log(i, y), log(i, y + 1)) else {
                continue;
            };
            let foes: f64 = (0..n)
                .filter(|j| {
                    *j != i
                        && rivalry.tied(StateId::from_index(i), StateId::from_index(*j), Year(y))
                })
                .filter_map(|j| share.at(StateId::from_index(j), Year(y)))
                .sum();
            rows.push((now, next, if foes > 0.0 { foes.ln() } else { f64::NAN }, y));
        }
        if rows.len() >= SHORTEST {
            out.push(Series { state: i, rows });
        }
    }
    Ok(out)
}

struct Adjustment {
    persistence: f64,
    persistence_se: f64,
    foes: f64,
    foes_se: f64,
    innovation: f64,
    innovation_spread: f64,
    rows: usize,
    states: usize,
}

/// Standard deviation of a normal with the median of these absolute residuals.
fn robust_sd(mut residuals: Vec<f64>) -> f64 {
    residuals.sort_by(f64::total_cmp);
    residuals[residuals.len() / 2] / NORMAL_MAD
}

/// Partial adjustment within states: ln b' = a_i + ϱ ln b + c ln foes, corrected for the bias of
/// short panels (Nickell 1981): ϱ + (1 + ϱ)/(T − 1).
fn adjust(all: &[Series]) -> Result<Adjustment, ModelError> {
    let (mut x, mut y, mut cluster) = (Vec::new(), Vec::new(), Vec::new());
    for s in all {
        let t = s.rows.len() as f64;
        let mean = |f: &dyn Fn(&Transition) -> f64| s.rows.iter().map(f).sum::<f64>() / t;
        let (own, next) = (mean(&|r| r.0), mean(&|r| r.1));
        let known: Vec<f64> = s
            .rows
            .iter()
            .map(|r| r.2)
            .filter(|f| f.is_finite())
            .collect();
        let foes = known.iter().sum::<f64>() / known.len().max(1) as f64;
        for r in &s.rows {
            x.extend([r.0 - own, if r.2.is_finite() { r.2 - foes } else { 0.0 }]);
            y.push(r.1 - next);
            cluster.push(s.state);
        }
    }
    let mut names = cluster.clone();
    names.dedup();
    let cluster: Vec<usize> = cluster
        .iter()
        .map(|s| names.binary_search(s).unwrap_or_default())
        .collect();
    let fit = ols::fit(&x, 2, &y, None, Some(&cluster))
        .map_err(|e| missing(format!("reaction of spending: {e}")))?;
    let residual = |r: usize| {
        let line = x[2 * r] * fit.coefficient[0] + x[2 * r + 1] * fit.coefficient[1];
        (y[r] - line).abs()
    };
    let own: Vec<f64> = (0..names.len())
        .map(|s| {
            robust_sd(
                (0..y.len())
                    .filter(|r| cluster[*r] == s)
                    .map(residual)
                    .collect(),
            )
        })
        .collect();
    let states = own.len() as f64;
    let mean = own.iter().sum::<f64>() / states;
    let variance = own.iter().map(|s| (s - mean).powi(2)).sum::<f64>() / (states - 1.0);
    let length = y.len() as f64 / all.len() as f64;
    let raw = fit.coefficient[0];
    Ok(Adjustment {
        persistence: raw + (1.0 + raw) / (length - 1.0),
        persistence_se: fit.standard_error[0],
        foes: fit.coefficient[1],
        foes_se: fit.standard_error[1],
        innovation: robust_sd((0..y.len()).map(residual).collect()),
        innovation_spread: (variance / states).sqrt(),
        rows: y.len(),
        states: all.len(),
    })
}

/// Forecasts of log burdens after the training years: partial adjustment to the state's training
/// mean, with and without foes, against the random walk.
pub fn spending_score(atlas: &Atlas) -> Result<Vec<SpendingScore>, ModelError> {
    let burden = atlas.state_series("milex_burden")?;
    let train = series(atlas, FIRST, TRAIN_TO)?;
    let a = adjust(&train)?;
    let last = burden.rows().map(|r| r.1.0).max().unwrap_or(TRAIN_TO);
    let test = series(atlas, TRAIN_TO, last)?;
    let mut out = Vec::new();
    for lead in LEADS {
        let (mut own, mut foes, mut walk, mut count) = (0.0, 0.0, 0.0, 0usize);
        for s in &test {
            let Some(before) = train.iter().find(|t| t.state == s.state) else {
                continue;
            };
            let t = before.rows.len() as f64;
            let mean = before.rows.iter().map(|r| r.0).sum::<f64>() / t;
            let known: Vec<f64> = before
                .rows
                .iter()
                .map(|r| r.2)
                .filter(|f| f.is_finite())
                .collect();
            let foe_mean = known.iter().sum::<f64>() / known.len().max(1) as f64;
            for r in &s.rows {
                let id = StateId::from_index(s.state);
                let Some(real) = burden
                    .at(id, Year(r.3 + lead))
                    .filter(|b| *b >= SMALLEST_BURDEN)
                else {
                    continue;
                };
                let kept = a.persistence.powi(lead);
                let path = mean + kept * (r.0 - mean);
                let lift = if r.2.is_finite() && !known.is_empty() {
                    a.foes * (r.2 - foe_mean) * (1.0 - kept) / (1.0 - a.persistence)
                } else {
                    0.0
                };
                own += (real.ln() - path).powi(2);
                foes += (real.ln() - path - lift).powi(2);
                walk += (real.ln() - r.0).powi(2);
                count += 1;
            }
        }
        let rmse = |sum: f64| (sum / count as f64).sqrt();
        out.push(SpendingScore {
            lead_years: lead,
            forecasts: count,
            rmse: rmse(own),
            rmse_foes: rmse(foes),
            rmse_walk: rmse(walk),
        });
    }
    Ok(out)
}

pub(super) fn posteriors(atlas: &Atlas) -> Result<Vec<Posterior>, ModelError> {
    let last = atlas
        .state_series("milex_burden")?
        .rows()
        .map(|r| r.1.0)
        .max()
        .unwrap_or(FIRST);
    let a = adjust(&series(atlas, FIRST, last)?)?;
    let scores = spending_score(atlas)?;
    let said: Vec<String> = scores
        .iter()
        .map(|s| {
            format!(
                "{} years ahead RMSE {:.3}, with foes {:.3}, random walk {:.3}",
                s.lead_years, s.rmse, s.rmse_foes, s.rmse_walk
            )
        })
        .collect();
    let source = format!(
        "SIPRI burdens {FIRST}-{last}, {} states, partial adjustment within states: robust SD of \
         residuals, its spread the SE over states' own. Persistence {:.3} (SE {:.3}) after Nickell's \
         correction, foes {:.3} (SE {:.3}), neither used: trained to {TRAIN_TO}, {}, not beaten",
        a.states,
        a.persistence,
        a.persistence_se,
        a.foes,
        a.foes_se,
        said.join("; ")
    );
    // Neither the return to a state's mean nor foes beat the random walk: both keep their priors.
    // The innovation is common to all states, its uncertainty is the spread among them.
    Ok(vec![Posterior {
        id: "security.spending_innovation".to_owned(),
        mean: a.innovation,
        sd: a.innovation_spread,
        observations: a.rows,
        source,
    }])
}
