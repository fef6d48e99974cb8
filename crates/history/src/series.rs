//! Panels to be forecast, and who forecasts them.

use std::collections::BTreeMap;

use realign_atlas::{Atlas, StateId, Year};

use crate::{HistoryError, Predictive};

/// What one series of a panel is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Key {
    /// The state, or the first of a pair; `None` for the world.
    pub entity: Option<StateId>,
    /// The other state of a pair.
    pub partner: Option<StateId>,
    /// Item, such as a sector, weapon class or currency: position in the quantity's own list.
    pub item: Option<u16>,
}

/// Observed series, each ascending by year, on the scale on which they are forecast.
pub type Series = BTreeMap<Key, Vec<(Year, f64)>>;

/// The scale on which a quantity is forecast and scored.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Scale {
    /// As published.
    Identity,
    /// Natural logarithm; zero and less is missing.
    Log,
    /// Log odds of a fraction, kept 0.001 away from 0 and 1.
    Logit,
    /// Inverse hyperbolic sine.
    Asinh,
}

/// Distance of a fraction from 0 and 1 below which its log odds are cut off.
const LEAST_FRACTION: f64 = 0.001;

impl Scale {
    /// From the published unit to the scale; NaN where it has no value there.
    pub fn to(self, published: f64) -> f64 {
        match self {
            Self::Identity => published,
            Self::Log if published > 0.0 => published.ln(),
            Self::Log => f64::NAN,
            Self::Logit => {
                let p = published.clamp(LEAST_FRACTION, 1.0 - LEAST_FRACTION);
                (p / (1.0 - p)).ln()
            }
            Self::Asinh => published.asinh(),
        }
    }

    /// Back to the published unit.
    pub fn back(self, value: f64) -> f64 {
        match self {
            Self::Identity => value,
            Self::Log => value.exp(),
            Self::Logit => 1.0 / (1.0 + (-value).exp()),
            Self::Asinh => value.sinh(),
        }
    }
}

/// A panel that the atlas holds and that can be forecast.
#[derive(Clone, Debug)]
pub struct Quantity {
    /// Identifier, such as `military_expenditure`.
    pub id: &'static str,
    /// Domain of the model that answers for it, such as `security`.
    pub domain: &'static str,
    /// In words.
    pub title: &'static str,
    /// Unit as published.
    pub unit: &'static str,
    /// Scale of forecasts and scores.
    pub scale: Scale,
    /// First origin with enough history behind it.
    pub first_origin: Year,
    /// Every series that this atlas shows, on `scale`.
    pub load: fn(&Atlas) -> Result<Series, HistoryError>,
}

/// The date at which a forecast is made, and what was public then.
#[derive(Clone, Copy, Debug)]
pub struct Origin<'a> {
    /// At the end of this year.
    pub year: Year,
    /// `Atlas::as_of(year)`.
    pub atlas: &'a Atlas,
}

/// One value that is to be forecast.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Wanted {
    /// Of what.
    pub key: Key,
    /// For which year.
    pub target: Year,
}

/// Forecasts a quantity from what was public at an origin.
pub trait Predictor: Sync {
    /// Identifier, such as `random_walk`.
    fn id(&self) -> &str;

    /// One distribution per wanted value, on the quantity's scale; `None` where it has no opinion
    /// (too little history). `known` is the quantity's panel as `origin.atlas` shows it.
    fn predict(
        &self,
        origin: Origin<'_>,
        known: &Series,
        wanted: &[Wanted],
    ) -> Result<Vec<Option<Predictive>>, HistoryError>;
}
