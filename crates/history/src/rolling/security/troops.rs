//! Troops that a state stations in another; the atlas has those of the United States.

use realign_atlas::{Atlas, Spells, StatePanel, Year};

use super::super::covariates::{
    affinity, affinity_change, deviation, last_change, pair, pair_series,
};
use super::super::rules::{ByRule, Covariates, Distance, Linear, Rule};
use super::{MODEL, TWIN, task_with};
use crate::rolling::Task;
use crate::{HistoryError, Key, Origin, Quantity, Scale, Series};

/// First year used.
const FIRST: Year = Year(1970);
/// Mean affinity over pairs, for states that do not vote.
const MEAN_AFFINITY: f64 = -0.9;

/// The panel of stationed troops.
pub(super) fn task() -> Task {
    task_with(
        Quantity {
            id: "us_troops",
            domain: "security",
            title: "troops of the United States by host",
            unit: "persons",
            scale: Scale::Asinh,
            first_origin: Year(1992),
            load,
        },
        vec![
            ByRule::new(TWIN, |o, k| fitted(o, k, WITHOUT_TRUST)),
            ByRule::new(MODEL, |o, k| fitted(o, k, WIDTH)),
        ],
        Some((0.0, f64::INFINITY)),
    )
}

/// Hosts are the first of a pair, who stations is the second.
fn load(atlas: &Atlas) -> Result<Series, HistoryError> {
    let by_sender = pair_series(atlas.dyads("troops")?, |_, _, y| y >= FIRST, Scale::Asinh);
    Ok(by_sender
        .into_iter()
        .map(|(k, s)| {
            let key = Key {
                entity: k.partner,
                partner: k.entity,
                item: None,
            };
            (key, s)
        })
        .collect())
}

struct Hosts<'a> {
    points: &'a StatePanel,
    pacts: &'a Spells,
    rivalries: &'a Spells,
}

/// Columns: deviation from the own mean; last change; pact with who stations; rivalry with it;
/// then affinity; its change.
const WIDTH: usize = 6;
const WITHOUT_TRUST: usize = 4;

impl Covariates for Hosts<'_> {
    fn row(&self, key: &Key, past: &[(Year, f64)], d: Distance, row: &mut [f64]) -> bool {
        let (Some((host, sender)), Some(base)) = (pair(key), past.last().map(|r| r.0)) else {
            return false;
        };
        let seen = base + (d.ahead - 1).max(0);
        let tied = |s: &Spells| f64::from(u8::from(s.tied(host, sender, base)));
        row[0] = deviation(past);
        row[1] = last_change(past);
        row[2] = tied(self.pacts);
        row[3] = tied(self.rivalries);
        row[4] = affinity(self.points, host, sender, seen).unwrap_or(MEAN_AFFINITY);
        row[5] = affinity_change(self.points, host, sender, seen);
        true
    }
}

fn fitted<'a>(
    origin: Origin<'a>,
    known: &'a Series,
    used: usize,
) -> Result<Box<dyn Rule + 'a>, HistoryError> {
    let hosts = Hosts {
        points: origin.atlas.state_series("ideal_point")?,
        pacts: origin.atlas.spells("defence_pact")?,
        rivalries: origin.atlas.spells("rivalry")?,
    };
    Ok(Box::new(Linear::new(Box::new(hosts), known, WIDTH, used)))
}
