//! Panels of trust: distance in votes, opinion of publics, conduct in reported events.
//!
//! The model of each panel is a regression on what its block holds to move it: a filter of noise
//! and a slow level of its own, and, through the channels of MODEL.md §2, what others hold and do.
//! Its twin lacks these channels.

mod ideal;
mod opinion;
mod tone;

use super::Task;
use super::rules::{ByRule, autoregression, drift, exponential_mean, random_walk, shared_shock};
use crate::{Predictor, Quantity};

/// Identifier of the model of trust.
pub(super) const MODEL: &str = "trust_model";
/// Identifier of its twin without what others hold and do.
pub(super) const TWIN: &str = "trust_model_own_past_only";

/// The panels of trust.
pub(super) fn tasks() -> Vec<Task> {
    let mut out = ideal::tasks();
    out.push(opinion::task());
    out.push(opinion::task_of_hegemon());
    out.push(tone::task());
    out
}

/// The usual baselines and the given models.
fn task_with(quantity: Quantity, models: Vec<ByRule>, bounds: Option<(f64, f64)>) -> Task {
    let baselines = [
        random_walk(),
        shared_shock(),
        exponential_mean(),
        autoregression(),
        drift(),
    ];
    Task {
        quantity,
        predictors: baselines
            .into_iter()
            .chain(models)
            .map(|p| match bounds {
                Some((low, high)) => p.within(low, high),
                None => p,
            })
            .map(|p| Box::new(p) as Box<dyn Predictor>)
            .collect(),
        reference: "random_walk",
        model: MODEL,
        without_trust: Some(TWIN),
    }
}
