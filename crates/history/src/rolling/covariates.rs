//! Small facts that the covariates of trust and security share.

use realign_atlas::{Atlas, DyadPanel, StateId, StatePanel, Year};

use crate::Key;

/// Years over which a change of affinity is taken.
pub(super) const SPAN: i32 = 5;
/// Years after which a covariate's newest value is too old.
const STALE_YEARS: i32 = 5;

/// Newest value of a state not later than `year` and not too old.
pub(super) fn newest(panel: &StatePanel, state: StateId, year: Year) -> Option<f64> {
    panel
        .latest(state, year)
        .filter(|r| year - r.0 <= STALE_YEARS)
        .map(|r| r.1)
}

/// Minus the distance of ideal points of two states, as known for `year`.
pub(super) fn affinity(points: &StatePanel, a: StateId, b: StateId, year: Year) -> Option<f64> {
    Some(-(newest(points, a, year)? - newest(points, b, year)?).abs())
}

/// Change of affinity over [`SPAN`] years; zero where unknown.
pub(super) fn affinity_change(points: &StatePanel, a: StateId, b: StateId, year: Year) -> f64 {
    let now = affinity(points, a, b, year);
    let then = affinity(points, a, b, year - SPAN);
    now.zip(then).map_or(0.0, |(n, t)| n - t)
}

/// Deviation of the last value from the mean of the series so far.
pub(super) fn deviation(past: &[(Year, f64)]) -> f64 {
    let sum: f64 = past.iter().map(|r| r.1).sum();
    past.last().map_or(0.0, |r| r.1 - sum / past.len() as f64)
}

/// Change over the last year; zero where the year before is not observed.
pub(super) fn last_change(past: &[(Year, f64)]) -> f64 {
    match past {
        [.., (then, a), (now, b)] if *now - *then == 1 => b - a,
        _ => 0.0,
    }
}

/// The two states of a pair's key.
pub(super) fn pair(key: &Key) -> Option<(StateId, StateId)> {
    key.entity.zip(key.partner)
}

/// The key of a pair.
pub(super) fn pair_key(a: StateId, b: StateId) -> Key {
    Key {
        entity: Some(a),
        partner: Some(b),
        item: None,
    }
}

/// A state by its code; `None` where the atlas does not have it.
pub(super) fn state(atlas: &Atlas, iso3: &str) -> Option<StateId> {
    atlas.states().by_iso3(iso3)
}

/// All values of a panel of pairs as series, on a scale.
pub(super) fn pair_series(
    panel: &DyadPanel,
    keep: impl Fn(StateId, StateId, Year) -> bool,
    scale: crate::Scale,
) -> crate::Series {
    let mut out = crate::Series::new();
    for (a, b, year, value) in panel.rows() {
        let value = scale.to(value);
        if a != b && value.is_finite() && keep(a, b, year) {
            out.entry(pair_key(a, b)).or_default().push((year, value));
        }
    }
    out
}

/// All values of a panel of states as series, on a scale.
pub(super) fn state_series(
    rows: impl Iterator<Item = (StateId, Year, f64)>,
    from: Year,
    scale: crate::Scale,
) -> crate::Series {
    let mut out = crate::Series::new();
    for (state, year, value) in rows.filter(|r| r.1 >= from) {
        let value = scale.to(value);
        if value.is_finite() {
            let key = Key {
                entity: Some(state),
                partner: None,
                item: None,
            };
            out.entry(key).or_default().push((year, value));
        }
    }
    out
}
