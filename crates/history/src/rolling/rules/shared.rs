//! A random walk whose shocks are partly shared by all series of one partner.

use std::collections::BTreeMap;

use realign_atlas::{StateId, Year};

use super::{ByRule, Distance, Place, Rule};
use crate::{Key, Series};

/// Series that weigh as much as the mean of those seen: one alone says little about the others.
const PRIOR_SERIES: f64 = 3.0;

/// What shares a shock: the partner, or the item, or the whole panel.
type Group = (Option<StateId>, Option<u16>);

fn group(key: &Key) -> Group {
    match key.partner {
        Some(p) => (Some(p), None),
        None => (None, key.item),
    }
}

/// Longest shift that is looked up, years.
const MOST_APART: i32 = 4;

struct Shared<'a> {
    series: Vec<&'a [(Year, f64)]>,
    /// Newest year of each group.
    newest: BTreeMap<Group, Year>,
    /// Sum of changes of a group from a year over some years, and their number.
    sums: BTreeMap<(Group, Year, i32), (f64, f64)>,
}

impl Shared<'_> {
    /// Mean change of the others of a group, shrunk; `None` where no other was seen.
    fn others(&self, place: Place<'_>, years: i32) -> Option<f64> {
        let base = place.base();
        let (mut sum, mut n) = *self.sums.get(&(group(place.key), base, years))?;
        let own = self.series[place.series];
        if let Ok(at) = own.binary_search_by_key(&(base + years), |r| r.0) {
            sum -= own[at].1 - place.last();
            n -= 1.0;
        }
        (n > 0.5).then(|| sum / (n + PRIOR_SERIES))
    }
}

impl Rule for Shared<'_> {
    fn say(&self, place: Place<'_>, d: Distance) -> Option<f64> {
        // What the group did until the forecast was made, as far as others of it were seen.
        let newest = *self.newest.get(&group(place.key))?;
        let seen = (newest - place.base()).min(d.ahead).min(MOST_APART);
        let shift = (1..=seen).rev().find_map(|years| self.others(place, years));
        Some(place.last() + shift.unwrap_or(0.0))
    }
}

/// The last value stays, but for what the other series of the same partner have done since: the
/// shock of a target moves all its publics.
pub fn shared_shock() -> ByRule {
    ByRule::new("shared_shock", |_, known: &Series| {
        let mut newest: BTreeMap<Group, Year> = BTreeMap::new();
        let mut sums: BTreeMap<(Group, Year, i32), (f64, f64)> = BTreeMap::new();
        for (key, s) in known {
            if let Some(last) = s.last() {
                let y = newest.entry(group(key)).or_insert(last.0);
                *y = (*y).max(last.0);
            }
            for (at, (year, value)) in s.iter().enumerate() {
                for (then, later) in s[at + 1..].iter().take_while(|r| r.0 - *year <= MOST_APART) {
                    let sum = sums.entry((group(key), *year, *then - *year)).or_default();
                    sum.0 += later - value;
                    sum.1 += 1.0;
                }
            }
        }
        Ok(Box::new(Shared {
            series: known.values().map(Vec::as_slice).collect(),
            newest,
            sums,
        }))
    })
}
