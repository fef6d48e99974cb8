//! Rolling origins: every panel forecast from every origin, beside its baselines.
//!
//! At an origin year o a predictor sees [`Atlas::as_of`] o and nothing else: rows of year y whose
//! publication lag is l are there when y + l ≤ o. It is asked for the years o + 1, o + 3 and o + 5,
//! and scored on what the newest atlas observes there. Predictors are re-estimated at every origin.
//! [`tasks`] lists panels of numbers, [`tie_tasks`] the layers of ties; [`run`] scores all of them
//! and [`guard`] shows for each that a shuffled future changes no forecast. `docs/history.md` says
//! the same in the words of the field.

mod covariates;
mod engine;
pub mod guard;
pub mod markov;
mod outcome;
pub mod rules;
mod score;
mod security;
mod tally;
pub mod ties;
mod trust;

use realign_atlas::{Atlas, Year};

use crate::{HistoryError, Predictor, Quantity};

pub use score::{
    Comparison, FEWEST_EVENTS, FEWEST_YEARS, INTERVAL, MUCH_SKILL, Role, SIGNIFICANCE, SOME_SKILL,
    Score, Scores, Verdict,
};
pub use ties::{AtRisk, TieLayer, TiePredictor, TieTask};

/// A panel, who forecasts it, and how they stand to one another.
pub struct Task {
    /// What is forecast.
    pub quantity: Quantity,
    /// Who forecasts it; identifiers are distinct.
    pub predictors: Vec<Box<dyn Predictor>>,
    /// Identifier of the predictor that must be beaten, such as `random_walk`.
    pub reference: &'static str,
    /// Identifier of the model's own predictor.
    pub model: &'static str,
    /// Identifier of its twin without trust, where trust enters the model at all.
    pub without_trust: Option<&'static str>,
}

/// What is run.
#[derive(Clone, Debug, PartialEq)]
pub struct Options {
    /// First and last origin; each task starts at its own first origin if that is later.
    pub origins: (Year, Year),
    /// Years ahead.
    pub horizons: Vec<i32>,
    /// At most so many origins a task, the newest.
    pub most_origins: usize,
    /// At most so many series a panel are scored, drawn once by a fixed rule; all are seen by the
    /// predictors.
    pub most_series: usize,
    /// Only these quantities; all when empty.
    pub only: Vec<String>,
    /// Bootstrap resamples behind each interval.
    pub replicates: u32,
    /// Seed of the bootstrap and of the shuffled future.
    pub seed: u64,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            origins: (Year(1990), Year(2025)),
            horizons: vec![1, 3, 5],
            most_origins: 30,
            most_series: 3000,
            only: Vec::new(),
            replicates: 500,
            seed: 1,
        }
    }
}

impl Options {
    /// Whether a quantity or layer is run.
    fn takes(&self, id: &str) -> bool {
        self.only.is_empty() || self.only.iter().any(|o| o == id)
    }
}

/// Hears how many of how many parts are done; `false` stops the run.
pub type Progress<'a> = &'a (dyn Fn(usize, usize) -> bool + Sync);

/// The panels of all domains.
pub fn tasks() -> Vec<Task> {
    let mut all = trust::tasks();
    all.extend(security::tasks());
    all.extend(crate::quantities::tasks());
    all
}

/// The layers of ties of all domains.
pub fn tie_tasks() -> Vec<TieTask> {
    let mut all = security::tie_tasks();
    all.extend(crate::quantities::tie_tasks());
    all
}

/// Scores every task from every origin. The result does not depend on the number of threads.
pub fn run(
    atlas: &Atlas,
    tasks: &[Task],
    ties: &[TieTask],
    options: &Options,
    progress: Progress<'_>,
) -> Result<Scores, HistoryError> {
    engine::run(atlas, tasks, ties, options, progress)
}
