//! Conduct in reported events: cooperation less conflict of one state towards another.

use std::collections::BTreeMap;

use realign_atlas::{Atlas, StateId, Year};

use super::super::covariates::{deviation, last_change, pair, pair_key};
use super::super::rules::{ByRule, Covariates, Distance, Linear, Rule};
use super::{MODEL, TWIN, task_with};
use crate::rolling::Task;
use crate::{HistoryError, Key, Quantity, Scale, Series};

/// Mean events a year, in both directions, that a pair needs: fewer are noise.
const LEAST_EVENTS: f64 = 20.0;

/// The panel of conduct.
pub(super) fn task() -> Task {
    task_with(
        Quantity {
            id: "event_balance",
            domain: "trust",
            title: "conduct in reported events",
            unit: "cooperation less conflict over all events",
            scale: Scale::Identity,
            first_origin: Year(2006),
            load,
        },
        models(),
        Some((-1.0, 1.0)),
    )
}

fn load(atlas: &Atlas) -> Result<Series, HistoryError> {
    let (balance, count) = (atlas.dyads("event_balance")?, atlas.dyads("event_count")?);
    let mut volume: BTreeMap<(StateId, StateId), (f64, f64)> = BTreeMap::new();
    for (a, b, _, events) in count.rows() {
        let v = volume.entry((a, b)).or_default();
        v.0 += events;
        v.1 += 1.0;
    }
    let busy = |a, b| {
        volume
            .get(&(a, b))
            .is_some_and(|v| v.0 >= LEAST_EVENTS * v.1)
    };
    let mut out = Series::new();
    for (a, b, year, value) in balance.rows() {
        if a != b && busy(a, b) && busy(b, a) {
            out.entry(pair_key(a, b)).or_default().push((year, value));
        }
    }
    Ok(out)
}

struct Conduct<'a> {
    known: &'a Series,
    /// Deviations from own means, summed over all partners, by actor and year, and their number.
    towards_all: BTreeMap<(StateId, Year), (f64, f64)>,
}

/// Columns: deviation from the own mean; last change; then the other side's deviation from its own
/// mean; and what the other side did to third parties.
const WIDTH: usize = 4;
const OWN: usize = 2;

/// Deviation of the value of `year` from the mean of the series up to it.
fn deviation_at(s: &[(Year, f64)], year: Year) -> Option<f64> {
    let at = s.binary_search_by_key(&year, |r| r.0).ok()?;
    Some(deviation(&s[..=at]))
}

impl Covariates for Conduct<'_> {
    fn row(&self, key: &Key, past: &[(Year, f64)], _: Distance, row: &mut [f64]) -> bool {
        let (Some((a, b)), Some(base)) = (pair(key), past.last().map(|r| r.0)) else {
            return false;
        };
        let back = self.known.get(&pair_key(b, a));
        let back = back.and_then(|s| deviation_at(s, base)).unwrap_or(0.0);
        let (sum, n) = self
            .towards_all
            .get(&(b, base))
            .copied()
            .unwrap_or_default();
        row[0] = deviation(past);
        row[1] = last_change(past);
        row[2] = back;
        row[3] = if n > 1.5 {
            (sum - back) / (n - 1.0)
        } else {
            0.0
        };
        true
    }
}

fn fitted(known: &Series, used: usize) -> Box<dyn Rule + '_> {
    let mut towards_all: BTreeMap<(StateId, Year), (f64, f64)> = BTreeMap::new();
    for (key, s) in known {
        let Some(actor) = key.entity else { continue };
        for at in 0..s.len() {
            let sum = towards_all.entry((actor, s[at].0)).or_default();
            sum.0 += deviation(&s[..=at]);
            sum.1 += 1.0;
        }
    }
    let conduct = Conduct { known, towards_all };
    Box::new(Linear::new(Box::new(conduct), known, WIDTH, used))
}

fn models() -> Vec<ByRule> {
    vec![
        ByRule::new(TWIN, |_, k| Ok(fitted(k, OWN))),
        ByRule::new(MODEL, |_, k| Ok(fitted(k, WIDTH))),
    ]
}
