//! Atlas to parameters: the hazard of a new trade agreement, and whether it beats the base rate.
//!
//! One row for every pair of negotiating units and year without an agreement at its start;
//! covariates are those of the year before. The fit is a logit with the priors of
//! `params/trade.toml` as weak ridge; many pairs conclude at once (a continental treaty is one
//! decision), so the posterior widths come from leaving out one year at a time, not from the
//! likelihood. Trust's effect on trade comes from [`super::gravity`]. Elasticities and the effect of
//! tariffs on agreements are not estimated here: the tariff record of 2011–2021 holds no shock like
//! the ones asked about.

use realign_atlas::{Atlas, Year};
use realign_numerics::logit::{self, Logit};
use realign_numerics::special::logistic;
use realign_numerics::stats::{average_precision, log_score_binary};

use super::agreements::{Network, SAME_REGION, Units, ties};
use super::coefficients::HAZARD_COLUMNS;
use crate::ModelError;
use crate::params::Posterior;

/// First year of the sample: GDP is known for nearly all states from then on.
const FIRST: Year = Year(1991);
/// Columns with the intercept.
const K: usize = HAZARD_COLUMNS.len() + 1;
/// Prior standard deviation of slopes on centred covariates: weak.
const RIDGE_SD: f64 = 2.0;

/// Agreements within regions in one year above which they are one continental treaty: one decision,
/// not as many as it has pairs. Pairs within regions are left out of such a year.
const CONTINENTAL: usize = 50;

/// Pairs and years at risk.
struct Sample {
    x: Vec<f64>,
    y: Vec<f64>,
    year: Vec<i32>,
}

impl Sample {
    fn read(atlas: &Atlas, first: Year, last: Year) -> Result<Self, ModelError> {
        let mut s = Self {
            x: Vec::new(),
            y: Vec::new(),
            year: Vec::new(),
        };
        for y in first.0..=last.0 {
            // Who negotiates together in the year of the decision: an accession is no agreement.
            let units = Units::new(atlas, Year(y))?;
            let after = ties(atlas, &units, Year(y))?;
            let network = Network::with_units(atlas, units, Year(y - 1))?;
            let k = network.units.len();
            let open = network.open_pairs(&network.tied);
            let concludes = |u: usize, v: usize| after[u * k + v];
            let regional = |x: &[f64]| x[SAME_REGION] > 0.0;
            let at_once = open
                .iter()
                .filter(|(u, v, x)| regional(x) && concludes(*u, *v))
                .count();
            for (u, v, x) in open {
                if at_once > CONTINENTAL && regional(&x) {
                    continue;
                }
                s.x.push(1.0);
                s.x.extend(x);
                s.y.push(f64::from(u8::from(concludes(u, v))));
                s.year.push(y);
            }
        }
        Ok(s)
    }

    fn keep(&self, keep: impl Fn(i32) -> bool) -> Self {
        let rows = (0..self.y.len()).filter(|r| keep(self.year[*r]));
        let mut s = Self {
            x: Vec::new(),
            y: Vec::new(),
            year: Vec::new(),
        };
        for r in rows {
            s.x.extend_from_slice(&self.x[r * K..(r + 1) * K]);
            s.y.push(self.y[r]);
            s.year.push(self.year[r]);
        }
        s
    }

    fn fit(&self) -> Result<logit::LogitFit, ModelError> {
        self.fit_from(&[0.0; K])
    }

    /// The fit sought from `start`: that of a near sample saves most of the way.
    fn fit_from(&self, start: &[f64]) -> Result<logit::LogitFit, ModelError> {
        let mut prior = [Some((0.0, RIDGE_SD)); K];
        prior[0] = None;
        let problem = Logit {
            prior: Some(&prior),
            ..Logit::new(&self.x, K, &self.y)
        };
        logit::fit_from(&problem, start).map_err(|e| failed(&e.to_string()))
    }

    fn events(&self) -> usize {
        self.y.iter().filter(|y| **y > 0.5).count()
    }
}

fn failed(message: &str) -> ModelError {
    ModelError::Fixed {
        domain: "trade",
        message: format!("agreement hazard: {message}"),
    }
}

/// Posteriors of the agreement hazard and of trust's effect on trade from everything the atlas knows.
pub fn estimate(atlas: &Atlas) -> Result<Vec<Posterior>, ModelError> {
    let mut found = hazard(atlas)?;
    found.extend(super::gravity::trust_posterior(atlas)?);
    Ok(found)
}

fn hazard(atlas: &Atlas) -> Result<Vec<Posterior>, ModelError> {
    let last = last_year(atlas)?;
    let sample = Sample::read(atlas, FIRST, last)?;
    let fit = sample.fit()?;
    if !fit.verdict.is_converged() {
        return Err(failed(&format!("no convergence, score {:e}", fit.score)));
    }
    // Delete-one-year jackknife.
    let years: Vec<i32> = (FIRST.0..=last.0).collect();
    let count = years.len() as f64;
    let mut without = Vec::new();
    for y in &years {
        let rest = sample.keep(|t| t != *y);
        without.push(rest.fit_from(&fit.coefficient)?.coefficient);
    }
    let score = score_of(&sample, last)?;
    let verdict = if score.gain() > 0.0 {
        "beats"
    } else {
        "does not beat"
    };
    let source = format!(
        "logit on {} agreements of negotiating units {FIRST}-{last}, continental treaties \
         left out, jackknife over years; out of sample ({}-{last}) it {verdict} the base rate: log score {:.5} against {:.5} a pair and \
         year, average precision {:.3} against {:.3}",
        sample.events(),
        score.first_year,
        score.log_score,
        score.log_score_base,
        score.average_precision,
        score.rate,
    );
    let name = |c: usize| match c {
        0 => "trade.agreement_intercept".to_owned(),
        c => format!("trade.agreement_{}", HAZARD_COLUMNS[c - 1]),
    };
    Ok((0..K)
        .map(|c| {
            let mean = without.iter().map(|b| b[c]).sum::<f64>() / count;
            let spread: f64 = without.iter().map(|b| (b[c] - mean).powi(2)).sum();
            Posterior {
                id: name(c),
                mean: fit.coefficient[c],
                sd: (spread * (count - 1.0) / count).sqrt(),
                observations: sample.y.len(),
                source: source.clone(),
            }
        })
        .collect())
}

/// How the hazard predicts years it has not seen, beside the base rate of the years it has.
#[derive(Clone, Debug, PartialEq)]
pub struct AgreementScore {
    /// First year predicted.
    pub first_year: Year,
    /// Pairs and years predicted.
    pub rows: usize,
    /// Agreements among them.
    pub events: usize,
    /// Mean log probability of what happened; higher is better.
    pub log_score: f64,
    /// The same for the base rate.
    pub log_score_base: f64,
    /// Average precision of the ranking.
    pub average_precision: f64,
    /// Share of events: the average precision of a ranking that knows nothing.
    pub rate: f64,
}

impl AgreementScore {
    /// Gain of log score over the base rate, per pair and year.
    pub fn gain(&self) -> f64 {
        self.log_score - self.log_score_base
    }
}

/// Share of the years that is fitted; the rest is predicted.
const TRAINING: f64 = 0.7;

/// Fits on the earlier years, scores on the later ones.
pub fn agreement_score(atlas: &Atlas) -> Result<AgreementScore, ModelError> {
    let last = last_year(atlas)?;
    score_of(&Sample::read(atlas, FIRST, last)?, last)
}

fn score_of(sample: &Sample, last: Year) -> Result<AgreementScore, ModelError> {
    let split = FIRST.0 + (TRAINING * f64::from(last.0 - FIRST.0)) as i32;
    let (train, test) = (sample.keep(|y| y < split), sample.keep(|y| y >= split));
    let fit = train.fit()?;
    let base = train.events() as f64 / train.y.len() as f64;
    let rows = test.y.len();
    let p: Vec<f64> = (0..rows)
        .map(|r| {
            let eta = test.x[r * K..][..K]
                .iter()
                .zip(&fit.coefficient)
                .map(|(x, b)| x * b);
            logistic(eta.sum())
        })
        .collect();
    let happened: Vec<bool> = test.y.iter().map(|y| *y > 0.5).collect();
    let mean = |score: &dyn Fn(usize) -> f64| (0..rows).map(score).sum::<f64>() / rows as f64;
    Ok(AgreementScore {
        first_year: Year(split),
        rows,
        events: test.events(),
        log_score: mean(&|r| log_score_binary(p[r], happened[r])),
        log_score_base: mean(&|r| log_score_binary(base, happened[r])),
        average_precision: average_precision(&p, &happened),
        rate: test.events() as f64 / rows as f64,
    })
}

/// Last year in which an agreement is on record.
fn last_year(atlas: &Atlas) -> Result<Year, ModelError> {
    let rows = atlas.spells("trade_agreement")?.rows();
    rows.iter()
        .map(|s| s.start)
        .max()
        .filter(|y| *y > FIRST + 5)
        .map(|y| y.min(atlas.vintage()))
        .ok_or_else(|| {
            failed(&format!(
                "fewer than five years of agreements since {FIRST}"
            ))
        })
}
