//! What covariates are made of: size, growth, distance, affinity and alliance, as an origin shows
//! them.

use realign_atlas::{Atlas, DyadPanel, Spells, StateId, StatePanel, Year};

use super::regression::Dates;
use crate::{HistoryError, Origin};

/// Years over which trends and changes of affinity are taken.
const SPAN: i32 = 5;

/// Tables of an origin.
pub(super) struct Facts<'a> {
    gdp: &'a StatePanel,
    points: &'a StatePanel,
    pacts: &'a Spells,
    distance: &'a DyadPanel,
    contiguity: &'a DyadPanel,
    language: &'a DyadPanel,
}

impl<'a> Facts<'a> {
    /// Reads an origin.
    pub(super) fn read(origin: Origin<'a>) -> Result<Self, HistoryError> {
        let atlas: &'a Atlas = origin.atlas;
        Ok(Self {
            gdp: atlas.state_series("gdp_usd_mn")?,
            points: atlas.state_series("ideal_point")?,
            pacts: atlas.spells("defence_pact")?,
            distance: atlas.dyads("distance_km")?,
            contiguity: atlas.dyads("contiguity")?,
            language: atlas.dyads("common_language")?,
        })
    }

    /// ln of GDP in a year; the newest value up to three years older stands in.
    pub(super) fn log_gdp(&self, state: StateId, year: Year) -> Option<f64> {
        self.gdp
            .latest(state, year)
            .filter(|(y, v)| year - *y <= 3 && *v > 0.0)
            .map(|(_, v)| v.ln())
    }

    /// Growth of GDP between the base and the newest year that is known, log points.
    pub(super) fn growth_since(&self, state: StateId, dates: Dates) -> Option<f64> {
        Some(self.log_gdp(state, dates.info)? - self.log_gdp(state, dates.base)?)
    }

    /// Mean yearly growth of GDP over the five years to the newest one known, log points.
    pub(super) fn trend(&self, state: StateId, dates: Dates) -> Option<f64> {
        let from = self.log_gdp(state, dates.info - SPAN)?;
        Some((self.log_gdp(state, dates.info)? - from) / f64::from(SPAN))
    }

    /// Minus the distance of ideal points, SD; states that do not vote have none.
    pub(super) fn affinity(&self, a: StateId, b: StateId, year: Year) -> Option<f64> {
        let point = |s| {
            self.points
                .latest(s, year)
                .filter(|(y, _)| year - *y <= SPAN)
        };
        Some(-(point(a)?.1 - point(b)?.1).abs())
    }

    /// Level of affinity at the newest year known, its change over five years, and alliance. A
    /// pair without votes counts as unchanged at the mean level: the row stays in every twin.
    pub(super) fn trust(&self, a: StateId, b: StateId, dates: Dates) -> [f64; 3] {
        /// Mean distance of ideal points over all pairs, SD.
        const MEAN_DISTANCE: f64 = 0.9;
        let level = self.affinity(a, b, dates.info);
        let before = self.affinity(a, b, dates.info - SPAN);
        let change = level.zip(before).map_or(0.0, |(now, then)| now - then);
        [
            level.unwrap_or(-MEAN_DISTANCE),
            change,
            f64::from(u8::from(self.pacts.tied(a, b, dates.info))),
        ]
    }

    /// What gravity takes for given: log distance, common border, common language.
    pub(super) fn geography(&self, a: StateId, b: StateId) -> Option<[f64; 3]> {
        let newest = Year(i32::MAX);
        let km = self.distance.latest(a, b, newest)?.1;
        let flag = |p: &DyadPanel| p.latest(a, b, newest).map_or(0.0, |v| v.1);
        (km > 0.0).then(|| [km.ln(), flag(self.contiguity), flag(self.language)])
    }
}

/// Deviation of the last value from the mean of its own past.
pub(super) fn deviation(past: &[(Year, f64)]) -> f64 {
    let sum: f64 = past.iter().map(|r| r.1).sum();
    past[past.len() - 1].1 - sum / past.len() as f64
}

/// Change over the last year; zero where it is not known.
pub(super) fn last_change(past: &[(Year, f64)]) -> f64 {
    match past {
        [.., (then, a), (now, b)] if *now - *then == 1 => b - a,
        _ => 0.0,
    }
}
