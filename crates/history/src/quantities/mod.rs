//! Panels of trade, arms and finance, and who forecasts them.
//!
//! Each panel has its last value as reference, the block's other baselines (MODEL.md §4–6), the
//! block's own model and the model's twin without trust. All of them are [`regression`]s on the
//! same rows with the same kind of errors, so that a difference in score is one of what is known,
//! not of how a distribution is shaped. Trust enters as level and change of affinity (distance of
//! ideal points) and as alliance.

pub(crate) mod arms;
mod facts;
pub(crate) mod finance;
pub(crate) mod regression;
pub(crate) mod trade;

use crate::rolling::Task;

pub use finance::{CURRENCIES, SECURITIES};
pub use trade::SECTORS;

/// The panels of trade, arms and finance.
pub fn tasks() -> Vec<Task> {
    [trade::tasks(), arms::tasks(), finance::tasks()]
        .into_iter()
        .flatten()
        .collect()
}
