//! Trade agreements: who concludes one, by the block's own hazard estimated again at each origin.
//!
//! States that negotiate together (a customs union) are one unit; the hazard is that of
//! `realign_model::trade::agreements`, with its covariates at the date. Its twin without trust
//! leaves out the distance of ideal points. Agreements of a state with so many others at once that
//! they are the work of an organisation are neither fitted nor scored.

use realign_atlas::{Atlas, Year};
use realign_model::trade::HAZARD_COLUMNS;
use realign_model::trade::agreements::{Network, Units};
use realign_numerics::logit::{self, Logit};
use realign_numerics::special::logistic;

use crate::rolling::markov;
use crate::rolling::ties::{AtRisk, TieLayer, TiePredictor, TieTask, within};
use crate::{HistoryError, Origin};

/// First year of the sample, as in the block's own estimate: GDP is known for nearly all states.
const FIRST: Year = Year(1991);
/// Last year in which the record of agreements is full.
const LAST: Year = Year(2019);
/// Years of the sample before an origin, the newest.
const YEARS: i32 = 20;
/// Agreements that a state concludes in a year from which they are the work of an organisation.
const ORGANISATION_SIZE: usize = 10;
/// Prior standard deviation of slopes, as in the block's own estimate.
const RIDGE_SD: f64 = 2.0;
/// Agreements below which no hazard is fitted.
const LEAST_EVENTS: f64 = 10.0;
/// Columns with the intercept; the last is affinity.
const K: usize = HAZARD_COLUMNS.len() + 1;

/// The layer of trade agreements.
pub(super) fn tasks() -> Vec<TieTask> {
    vec![TieTask {
        layer: TieLayer {
            id: "trade_agreement_formation",
            domain: "trade",
            title: "formation of a trade agreement by two states",
            layer: "trade_agreement",
            ending: false,
            first_origin: Year(2000),
            last_target: LAST,
            record_from: FIRST - 1,
            organisation_size: Some(ORGANISATION_SIZE),
        },
        predictors: vec![
            Box::new(markov::pooled()),
            Box::new(markov::recent()),
            Box::new(markov::persistence()),
            Box::new(Hazard {
                id: "agreement_hazard_without_trust",
                columns: K - 1,
            }),
            Box::new(Hazard {
                id: "agreement_hazard",
                columns: K,
            }),
        ],
        reference: "pooled_markov",
        model: "agreement_hazard",
        without_trust: Some("agreement_hazard_without_trust"),
    }]
}

/// The hazard on its first columns.
struct Hazard {
    id: &'static str,
    columns: usize,
}

/// Pairs of units at risk, all columns, and whether they concluded an agreement.
#[derive(Default)]
struct Sample {
    x: Vec<f64>,
    y: Vec<f64>,
}

impl Sample {
    /// Adds a year: covariates at the end of the year before.
    fn add(&mut self, atlas: &Atlas, year: Year) -> Result<(), HistoryError> {
        let units = Units::new(atlas, year)?;
        let before = Network::with_units(atlas, units.clone(), year - 1)?;
        let after = Network::with_units(atlas, units, year)?;
        let k = before.units.len();
        let open = before.open_pairs(&before.tied);
        let size = |u: usize| before.units.members[u].len();
        let mut new = vec![0usize; k];
        for (u, v, _) in open.iter().filter(|p| after.tied[p.0 * k + p.1]) {
            new[*u] += size(*v);
            new[*v] += size(*u);
        }
        for (u, v, x) in open {
            let concluded = after.tied[u * k + v];
            if concluded && new[u].max(new[v]) >= ORGANISATION_SIZE {
                continue;
            }
            self.x.push(1.0);
            self.x.extend(x);
            self.y.push(f64::from(u8::from(concluded)));
        }
        Ok(())
    }

    /// Coefficients on the first `columns`; `None` without enough agreements.
    fn fit(&self, columns: usize) -> Result<Option<Vec<f64>>, HistoryError> {
        if self.y.iter().sum::<f64>() < LEAST_EVENTS {
            return Ok(None);
        }
        let x: Vec<f64> = self
            .x
            .chunks_exact(K)
            .flat_map(|row| row[..columns].iter().copied())
            .collect();
        let prior: Vec<Option<(f64, f64)>> = (0..columns)
            .map(|c| (c > 0).then_some((0.0, RIDGE_SD)))
            .collect();
        let fit = logit::fit(&Logit {
            prior: Some(&prior),
            ..Logit::new(&x, columns, &self.y)
        })?;
        Ok(fit.verdict.is_converged().then_some(fit.coefficient))
    }
}

impl TiePredictor for Hazard {
    fn id(&self) -> &str {
        self.id
    }

    fn predict(
        &self,
        origin: Origin<'_>,
        risk: &AtRisk<'_>,
        targets: &[Year],
    ) -> Result<Option<Vec<Vec<f64>>>, HistoryError> {
        let mut sample = Sample::default();
        for year in (risk.seen.0 - YEARS).max(FIRST.0)..=risk.seen.0 {
            sample.add(origin.atlas, Year(year))?;
        }
        let Some(beta) = sample.fit(self.columns)? else {
            return Ok(None);
        };
        let mean = sample.y.iter().sum::<f64>() / sample.y.len() as f64;
        let now = Network::new(origin.atlas, risk.seen)?;
        let k = now.units.len();
        let mut hazard = vec![mean; k * k];
        for (u, v, x) in now.open_pairs(&now.tied) {
            let slopes = beta[1..].iter().zip(&x).map(|(b, x)| b * x).sum::<f64>();
            hazard[u * k + v] = logistic(beta[0] + slopes);
        }
        let yearly: Vec<f64> = risk
            .pairs
            .iter()
            .map(|(a, b)| {
                let (u, v) = (now.units.of[a.index()], now.units.of[b.index()]);
                hazard[usize::from(u.min(v)) * k + usize::from(u.max(v))]
            })
            .collect();
        Ok(Some(
            targets
                .iter()
                .map(|t| yearly.iter().map(|h| within(*h, *t - risk.seen)).collect())
                .collect(),
        ))
    }
}
