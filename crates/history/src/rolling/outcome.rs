//! What came true: the panel of the newest atlas by year.

use std::collections::BTreeMap;

use realign_atlas::{Atlas, Year};
use realign_numerics::random::Stream;

use super::{Options, Task};
use crate::{HistoryError, Key, Series, Wanted};

/// Seed of the rule that draws the series that are scored.
const SAMPLE: u64 = 0x7365_7269_6573;

/// Observed values by year.
pub(super) struct Outcomes {
    by_year: BTreeMap<Year, Vec<(Key, f64)>>,
    /// Series in the panel.
    pub series: usize,
    /// Series that are scored.
    pub scored: usize,
}

/// Address of a key in random streams.
pub(super) fn address(key: &Key) -> (u32, u32) {
    let code = |s: Option<realign_atlas::StateId>| s.map_or(0xffff, |s| u32::from(s.0));
    (
        code(key.entity) << 16 | code(key.partner),
        u32::from(key.item.unwrap_or(0xffff)),
    )
}

/// The `most` keys with the smallest random numbers, in their order.
fn draw(panel: &Series, most: usize) -> Vec<&Key> {
    if panel.len() <= most {
        return panel.keys().collect();
    }
    let stream = Stream::new(SAMPLE, 0);
    let mut ranked: Vec<(f64, &Key)> = panel
        .keys()
        .map(|k| {
            let (pair, item) = address(k);
            (stream.uniform(0, pair, item, 0), k)
        })
        .collect();
    ranked.sort_by(|a, b| a.0.total_cmp(&b.0));
    let mut keys: Vec<&Key> = ranked.into_iter().take(most).map(|r| r.1).collect();
    keys.sort_unstable();
    keys
}

impl Outcomes {
    /// Reads the panel of `task` from the newest atlas.
    pub fn read(atlas: &Atlas, task: &Task, options: &Options) -> Result<Self, HistoryError> {
        let panel = (task.quantity.load)(atlas)?;
        let keys = draw(&panel, options.most_series);
        let mut by_year: BTreeMap<Year, Vec<(Key, f64)>> = BTreeMap::new();
        for key in &keys {
            for (year, value) in panel[*key].iter().filter(|r| r.1.is_finite()) {
                by_year.entry(*year).or_default().push((**key, *value));
            }
        }
        Ok(Self {
            by_year,
            series: panel.len(),
            scored: keys.len(),
        })
    }

    /// Last year with an outcome.
    pub fn last(&self) -> Option<Year> {
        self.by_year.keys().next_back().copied()
    }

    /// Keys and values of a year.
    pub fn of(&self, year: Year) -> &[(Key, f64)] {
        self.by_year.get(&year).map_or(&[], Vec::as_slice)
    }

    /// Everything observed `horizons` years after `origin`: what is wanted, what came true.
    pub fn wanted(&self, origin: Year, horizons: &[i32]) -> (Vec<Wanted>, Vec<f64>) {
        let mut wanted = Vec::new();
        let mut truth = Vec::new();
        for h in horizons {
            for (key, value) in self.of(origin + *h) {
                wanted.push(Wanted {
                    key: *key,
                    target: origin + *h,
                });
                truth.push(*value);
            }
        }
        (wanted, truth)
    }
}

/// Origins of a task, ascending: from its first origin on, while the nearest horizon has outcomes,
/// the newest `most_origins`.
pub(super) fn origins(first: Year, last_outcome: Option<Year>, options: &Options) -> Vec<Year> {
    let (Some(last), Some(near)) = (last_outcome, options.horizons.iter().min()) else {
        return Vec::new();
    };
    let from = first.max(options.origins.0);
    let to = (last - *near).min(options.origins.1);
    let mut years: Vec<Year> = (from.0..=to.0).map(Year).collect();
    let spare = years.len().saturating_sub(options.most_origins);
    years.drain(..spare);
    years
}
