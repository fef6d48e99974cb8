//! History as the judge: what the program would have said at an earlier date, beside what then
//! happened.
//!
//! [`rolling`] scores every panel of the atlas from rolling origins; [`episodes`] gives the whole
//! model a dated shock and nothing later; [`forecast`] writes frozen forecasts; [`record`] is the
//! table that the brief quotes. No forecast sees a row that was not public at its origin, and a
//! shuffled future must not change it.

pub mod diversion;
pub mod episodes;
mod error;
pub mod falsifiers;
pub mod forecast;
mod predictive;
pub mod quantities;
pub mod record;
pub mod rolling;
mod series;

pub use error::HistoryError;
pub use predictive::Predictive;
pub use series::{Key, Origin, Predictor, Quantity, Scale, Series, Wanted};
