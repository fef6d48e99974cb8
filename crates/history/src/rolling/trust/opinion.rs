//! Opinion of publics: share with a favourable view of another state.

use std::collections::BTreeMap;

use realign_atlas::{Atlas, DyadPanel, StateId, StatePanel, Year};

use super::super::covariates::{affinity_change, deviation, pair, pair_series, state};
use super::super::rules::{ByRule, Covariates, Distance, Linear, Rule};
use super::ideal::HEGEMONS;
use super::{MODEL, TWIN, task_with};
use crate::rolling::Task;
use crate::{HistoryError, Key, Origin, Quantity, Scale, Series};

/// Publics that weigh as much as the mean of those seen.
const PRIOR_PUBLICS: f64 = 3.0;
/// Longest change that all publics share which is looked up, years.
const MOST_APART: i32 = 4;

fn quantity(
    id: &'static str,
    title: &'static str,
    load: fn(&Atlas) -> Result<Series, HistoryError>,
) -> Quantity {
    Quantity {
        id,
        domain: "trust",
        title,
        unit: "fraction of a public",
        scale: Scale::Logit,
        first_origin: Year(2006),
        load,
    }
}

/// Every public's view of the first of the hegemons.
pub(super) fn task_of_hegemon() -> Task {
    task_with(
        quantity(
            "favourability_of_hegemon",
            "favourable view of the United States",
            |atlas| {
                let to = state(atlas, HEGEMONS[0]);
                load(atlas, move |b| Some(b) == to)
            },
        ),
        models(),
        None,
    )
}

/// Every public and target.
pub(super) fn task() -> Task {
    task_with(
        quantity(
            "favourability",
            "favourable view of another state",
            |atlas| load(atlas, |_| true),
        ),
        models(),
        None,
    )
}

fn load(atlas: &Atlas, keep: impl Fn(StateId) -> bool) -> Result<Series, HistoryError> {
    Ok(pair_series(
        atlas.dyads("favourability")?,
        |_, b, _| keep(b),
        Scale::Logit,
    ))
}

struct Opinion<'a> {
    points: &'a StatePanel,
    tone: Vec<&'a DyadPanel>,
    /// First years of leaders' terms by state.
    entries: BTreeMap<StateId, Vec<Year>>,
    known: &'a Series,
    /// Sum of changes of all publics of a target from a year over some years, and their number.
    shared: BTreeMap<(StateId, Year, i32), (f64, f64)>,
}

/// Columns: deviation from the own mean; what other publics of the target did since; the change
/// that publics shared before; deviation where the target's leader changed since; then change of
/// affinity in votes; change of the tone of reported events.
const WIDTH: usize = 6;
const OWN: usize = 4;

impl Opinion<'_> {
    /// Change of the target's other publics over `years` from `base`, shrunk; zero where unseen.
    fn others(&self, key: &Key, b: StateId, base: Year, years: i32) -> f64 {
        let Some((mut sum, mut n)) = self.shared.get(&(b, base, years)).copied() else {
            return 0.0;
        };
        let at = |y: Year| {
            let s = self.known.get(key)?;
            s.binary_search_by_key(&y, |r| r.0).ok().map(|k| s[k].1)
        };
        if let (Some(then), Some(now)) = (at(base), at(base + years)) {
            sum -= now - then;
            n -= 1.0;
        }
        if n > 0.5 {
            sum / (n + PRIOR_PUBLICS)
        } else {
            0.0
        }
    }

    /// Change of the target's conduct in reported events into `year`; zero where unknown.
    fn tone_change(&self, a: StateId, b: StateId, year: Year) -> f64 {
        self.tone
            .iter()
            .find_map(|p| Some(p.at(b, a, year)? - p.at(b, a, year - 1)?))
            .unwrap_or(0.0)
    }
}

impl Covariates for Opinion<'_> {
    fn row(&self, key: &Key, past: &[(Year, f64)], d: Distance, row: &mut [f64]) -> bool {
        let (Some((a, b)), Some(base)) = (pair(key), past.last().map(|r| r.0)) else {
            return false;
        };
        // Polls and leaders are public in their year, votes and events a year later.
        let now = base + d.ahead;
        let shift = (1..=d.ahead.min(MOST_APART))
            .rev()
            .map(|years| self.others(key, b, base, years))
            .find(|c| *c != 0.0);
        let turned = self
            .entries
            .get(&b)
            .is_some_and(|e| e.iter().any(|y| *y > base && *y <= now));
        row[0] = deviation(past);
        row[1] = shift.unwrap_or(0.0);
        row[2] = self.others(key, b, base - 1, 1);
        row[3] = if turned { row[0] } else { 0.0 };
        row[4] = affinity_change(self.points, a, b, now - 1);
        row[5] = self.tone_change(a, b, now - 1);
        true
    }
}

fn fitted<'a>(
    origin: Origin<'a>,
    known: &'a Series,
    used: usize,
) -> Result<Box<dyn Rule + 'a>, HistoryError> {
    let atlas = origin.atlas;
    let mut shared: BTreeMap<(StateId, Year, i32), (f64, f64)> = BTreeMap::new();
    for (key, s) in known {
        let Some(target) = key.partner else { continue };
        for (at, (year, value)) in s.iter().enumerate() {
            for (then, later) in s[at + 1..].iter().take_while(|r| r.0 - *year <= MOST_APART) {
                let sum = shared.entry((target, *year, *then - *year)).or_default();
                sum.0 += later - value;
                sum.1 += 1.0;
            }
        }
    }
    let mut entries: BTreeMap<StateId, Vec<Year>> = BTreeMap::new();
    for l in atlas.leaders()? {
        entries.entry(l.state).or_default().push(l.start);
    }
    let opinion = Opinion {
        points: atlas.state_series("ideal_point")?,
        tone: vec![atlas.dyads("event_balance")?, atlas.dyads("gdelt_tone")?],
        entries,
        known,
        shared,
    };
    Ok(Box::new(Linear::new(Box::new(opinion), known, WIDTH, used)))
}

fn models() -> Vec<ByRule> {
    vec![
        ByRule::new(TWIN, |o, k| fitted(o, k, OWN)),
        ByRule::new(MODEL, |o, k| fitted(o, k, WIDTH)),
    ]
}
