//! Panels of trade, arms and finance, and who forecasts them.
//!
//! Each panel has its last value as reference, the block's other baselines (MODEL.md §4–6), the
//! block's own model and the model's twin without trust. All of them are regressions on the
//! same rows with the same kind of errors, so that a difference in score is one of what is known,
//! not of how a distribution is shaped; the common rules of [`rules`] stand beside them. Trust
//! enters as level and change of affinity (distance of ideal points) and as alliance.

mod agreements;
pub(crate) mod arms;
mod facts;
pub(crate) mod finance;
pub(crate) mod regression;
pub(crate) mod trade;

use crate::Scale;
use crate::rolling::{Task, TieTask, rules};

pub use finance::{CURRENCIES, SECURITIES};
pub use trade::SECTORS;

/// The panels of trade, arms and finance.
pub fn tasks() -> Vec<Task> {
    let mut all: Vec<Task> = [trade::tasks(), arms::tasks(), finance::tasks()]
        .into_iter()
        .flatten()
        .collect();
    for task in &mut all {
        let limits = match task.quantity.scale {
            Scale::Identity => (0.0, 1.0),
            _ => (f64::NEG_INFINITY, f64::INFINITY),
        };
        let common = [
            rules::random_walk(),
            rules::shared_shock(),
            rules::exponential_mean(),
            rules::autoregression(),
        ];
        for rule in common {
            let rule = rule.within(limits.0, limits.1);
            task.predictors.push(Box::new(rule));
        }
    }
    all
}

/// The layer of trade agreements.
pub fn tie_tasks() -> Vec<TieTask> {
    agreements::tasks()
}
