//! Military expenditure: share of the world's, burden on the economy, and current dollars.

use std::collections::BTreeMap;

use realign_atlas::{Atlas, Spells, StateId, StatePanel, Year};

use super::super::covariates::{
    affinity, affinity_change, deviation, last_change, newest, state_series,
};
use super::super::rules::{ByRule, Covariates, Distance, Linear, Rule};
use super::{MODEL, TWIN, task_with};
use crate::rolling::Task;
use crate::{HistoryError, Key, Origin, Quantity, Scale, Series};

/// First year used.
const FIRST: Year = Year(1975);
/// Burdens below are below what the source resolves.
const LEAST_BURDEN: f64 = 0.001;
/// Mean affinity over pairs, for states without allies that vote.
const MEAN_AFFINITY: f64 = -0.9;

/// The three panels.
pub(super) fn tasks() -> Vec<Task> {
    let quantity = |id, title, unit, load| Quantity {
        id,
        domain: "security",
        title,
        unit,
        scale: Scale::Log,
        first_origin: Year(1995),
        load,
    };
    vec![
        task_with(
            quantity(
                "military_share",
                "military expenditure, share of the world's",
                "fraction of the world",
                |atlas| {
                    let rows = atlas.state_series("milex_world_share")?.rows();
                    Ok(state_series(rows, FIRST, Scale::Log))
                },
            ),
            models(),
            None,
        ),
        task_with(
            quantity(
                "military_burden",
                "military expenditure, burden on the economy",
                "fraction of GDP",
                |atlas| {
                    let rows = atlas.state_series("milex_burden")?.rows();
                    let seen = rows.filter(|r| r.2 >= LEAST_BURDEN);
                    Ok(state_series(seen, FIRST, Scale::Log))
                },
            ),
            models(),
            None,
        ),
        task_with(
            quantity(
                "military_expenditure",
                "military expenditure in current dollars",
                "million USD",
                dollars,
            ),
            models(),
            None,
        ),
    ]
}

fn dollars(atlas: &Atlas) -> Result<Series, HistoryError> {
    let gdp = atlas.state_series("gdp_usd_mn")?;
    let rows = atlas
        .state_series("milex_burden")?
        .rows()
        .filter(|r| r.2 >= LEAST_BURDEN)
        .filter_map(|(s, y, burden)| Some((s, y, burden * gdp.at(s, y)?)));
    Ok(state_series(rows, FIRST, Scale::Log))
}

struct Reaction<'a> {
    gdp: &'a StatePanel,
    points: &'a StatePanel,
    share: &'a StatePanel,
    foes: BTreeMap<StateId, Vec<(StateId, Year, Option<Year>)>>,
    allies: BTreeMap<StateId, Vec<(StateId, Year, Option<Year>)>>,
}

/// Columns: deviation from the own mean; last change; last growth of GDP in dollars; last change of
/// the spending of foes; then affinity with allies, by what they spend; its change; change of
/// affinity with the ally who spends most.
const WIDTH: usize = 7;
const WITHOUT_TRUST: usize = 4;

type Partners = BTreeMap<StateId, Vec<(StateId, Year, Option<Year>)>>;

fn partners(spells: &Spells) -> Partners {
    let mut out = Partners::new();
    for s in spells.rows() {
        out.entry(s.a).or_default().push((s.b, s.start, s.end));
        out.entry(s.b).or_default().push((s.a, s.start, s.end));
    }
    out
}

/// Partners in force in a year, each once.
fn of(all: &Partners, state: StateId, year: Year) -> Vec<StateId> {
    let mut out: Vec<StateId> = all.get(&state).map_or_else(Vec::new, |p| {
        p.iter()
            .filter(|(_, start, end)| *start <= year && end.is_none_or(|e| e > year))
            .map(|r| r.0)
            .collect()
    });
    out.sort_unstable();
    out.dedup();
    out
}

impl Reaction<'_> {
    /// Change of the log of the summed shares of states into a year; zero without any.
    fn joint_change(&self, states: &[StateId], year: Year) -> f64 {
        let (mut now, mut then) = (0.0, 0.0);
        for s in states {
            if let (Some(n), Some(t)) = (self.share.at(*s, year), self.share.at(*s, year - 1)) {
                now += n;
                then += t;
            }
        }
        if now > 0.0 && then > 0.0 {
            (now / then).ln()
        } else {
            0.0
        }
    }
}

impl Covariates for Reaction<'_> {
    fn row(&self, key: &Key, past: &[(Year, f64)], d: Distance, row: &mut [f64]) -> bool {
        let (Some(state), Some(base)) = (key.entity, past.last().map(|r| r.0)) else {
            return false;
        };
        // All tables used here appear a year later.
        let seen = base + (d.ahead - 1).max(0);
        let growth = self.gdp.at(state, seen).zip(self.gdp.at(state, seen - 1));
        let allies = of(&self.allies, state, base);
        let (mut level, mut change, mut weight) = (0.0, 0.0, 0.0);
        let mut strongest: Option<(f64, StateId)> = None;
        for ally in &allies {
            let (Some(share), Some(near)) = (
                newest(self.share, *ally, base),
                affinity(self.points, state, *ally, seen),
            ) else {
                continue;
            };
            level += share * near;
            change += share * affinity_change(self.points, state, *ally, seen);
            weight += share;
            if strongest.is_none_or(|s| share > s.0) {
                strongest = Some((share, *ally));
            }
        }
        row[0] = deviation(past);
        row[1] = last_change(past);
        row[2] = growth.map_or(0.0, |(now, then)| {
            if now > 0.0 && then > 0.0 {
                (now / then).ln()
            } else {
                0.0
            }
        });
        row[3] = self.joint_change(&of(&self.foes, state, base), base);
        row[4] = if weight > 0.0 {
            level / weight
        } else {
            MEAN_AFFINITY
        };
        row[5] = if weight > 0.0 { change / weight } else { 0.0 };
        row[6] = strongest.map_or(0.0, |s| affinity_change(self.points, state, s.1, seen));
        true
    }
}

fn fitted<'a>(
    origin: Origin<'a>,
    known: &'a Series,
    used: usize,
) -> Result<Box<dyn Rule + 'a>, HistoryError> {
    let atlas = origin.atlas;
    let reaction = Reaction {
        gdp: atlas.state_series("gdp_usd_mn")?,
        points: atlas.state_series("ideal_point")?,
        share: atlas.state_series("milex_world_share")?,
        foes: partners(atlas.spells("rivalry")?),
        allies: partners(atlas.spells("defence_pact")?),
    };
    Ok(Box::new(Linear::new(
        Box::new(reaction),
        known,
        WIDTH,
        used,
    )))
}

fn models() -> Vec<ByRule> {
    vec![
        ByRule::new(TWIN, |o, k| fitted(o, k, WITHOUT_TRUST)),
        ByRule::new(MODEL, |o, k| fitted(o, k, WIDTH)),
    ]
}
