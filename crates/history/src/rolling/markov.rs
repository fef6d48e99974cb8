//! Baselines for ties: the same hazard for every pair.

use realign_atlas::Year;

use super::ties::{AtRisk, TiePredictor, within};
use crate::{HistoryError, Origin};

/// Years that the recent rate counts.
const RECENT_YEARS: i32 = 10;

enum Kind {
    Pooled,
    Recent,
    Persistence,
}

/// A baseline for ties.
pub struct Markov(Kind);

/// Every pair changes at the rate of the whole public record: a Markov chain pooled over pairs and
/// years.
pub fn pooled() -> Markov {
    Markov(Kind::Pooled)
}

/// The rate of the last ten public years.
pub fn recent() -> Markov {
    Markov(Kind::Recent)
}

/// Nothing changes: probability zero, which a log score punishes at the first change.
pub fn persistence() -> Markov {
    Markov(Kind::Persistence)
}

impl TiePredictor for Markov {
    fn id(&self) -> &str {
        match self.0 {
            Kind::Pooled => "pooled_markov",
            Kind::Recent => "recent_markov",
            Kind::Persistence => "persistence",
        }
    }

    fn predict(
        &self,
        origin: Origin<'_>,
        risk: &AtRisk<'_>,
        targets: &[Year],
    ) -> Result<Option<Vec<Vec<f64>>>, HistoryError> {
        let hazard = match self.0 {
            Kind::Persistence => 0.0,
            Kind::Pooled | Kind::Recent => {
                let from = match self.0 {
                    Kind::Recent => risk.seen - RECENT_YEARS,
                    _ => Year(i32::MIN),
                };
                let record = risk.layer.record(origin.atlas, risk.seen)?;
                let (at_risk, changes) = record
                    .iter()
                    .filter(|r| r.0 > from)
                    .fold((0, 0), |s, r| (s.0 + r.1, s.1 + r.2));
                if at_risk == 0 {
                    return Ok(None);
                }
                // Half a change is added: no change so far does not mean never (Jeffreys 1946).
                (changes as f64 + 0.5) / (at_risk as f64 + 1.0)
            }
        };
        Ok(Some(
            targets
                .iter()
                .map(|t| vec![within(hazard, *t - risk.seen); risk.pairs.len()])
                .collect(),
        ))
    }
}
