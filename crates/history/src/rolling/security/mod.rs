//! Panels and ties of security: military expenditure, stationed troops, pacts and agreements.
//!
//! Models are the block's own (MODEL.md §3): partial adjustment of spending with growth and foes,
//! hazards of ties. Each has a twin without trust, which enters as level and change of affinity in
//! votes of the United Nations.

mod hazards;
mod spending;
mod troops;

use super::Task;
use super::rules::{ByRule, autoregression, drift, exponential_mean, random_walk, shared_shock};
use super::ties::TieTask;
use crate::{Predictor, Quantity};

/// Identifier of the model of security.
const MODEL: &str = "security_model";
/// Identifier of its twin without trust.
const TWIN: &str = "security_model_without_trust";

/// The panels of security.
pub(super) fn tasks() -> Vec<Task> {
    let mut out = spending::tasks();
    out.push(troops::task());
    out
}

/// The layers of ties of security.
pub(super) fn tie_tasks() -> Vec<TieTask> {
    hazards::tasks()
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
