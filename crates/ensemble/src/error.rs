//! What can go wrong in a run.

use realign_model::ModelError;

/// Errors of a run.
#[derive(Debug, thiserror::Error)]
pub enum EnsembleError {
    /// The model cannot be built or stepped.
    #[error(transparent)]
    Model(#[from] ModelError),
    /// The run was stopped from outside.
    #[error("stopped after {done} of {total} paths; nothing was written")]
    Stopped {
        /// Paths finished.
        done: usize,
        /// Paths planned.
        total: usize,
    },
    /// A run of no draws.
    #[error("{draws} draws are too few: at least {least} are needed for an interval")]
    TooFewDraws {
        /// Asked for.
        draws: usize,
        /// The least that gives an interval.
        least: usize,
    },
    /// Draws that cannot be grouped by parameter values.
    #[error("{draws} draws cannot be made of groups of {chance_draws}: give a multiple")]
    UnevenDraws {
        /// All draws.
        draws: usize,
        /// Draws of chance for every draw of the parameters.
        chance_draws: usize,
    },
    /// Results of another program, other data, other parameters or another plan.
    #[error("{path}: {what} is {found}, here it is {expected}; {remedy}")]
    Foreign {
        /// Where the results are.
        path: String,
        /// What differs.
        what: String,
        /// As the results have it.
        found: String,
        /// As it would have to be.
        expected: String,
        /// What to do.
        remedy: &'static str,
    },
    /// A file of results that cannot be read as such.
    #[error("{path} is not a file of results: {message}")]
    Damaged {
        /// Path.
        path: String,
        /// What is wrong.
        message: String,
    },
    /// Results from which draws are missing.
    #[error("{path}: {missing} of {chunks} parts are missing, the first is {first}; {remedy}")]
    Incomplete {
        /// Where the results are.
        path: String,
        /// Number of missing parts.
        missing: usize,
        /// Number of all parts.
        chunks: usize,
        /// First missing part.
        first: usize,
        /// What to do.
        remedy: &'static str,
    },
    /// Another process writes the same directory.
    #[error("{path} is being written by another run; wait for it or choose another directory")]
    Busy {
        /// The directory.
        path: String,
    },
    /// A numerical method refused.
    #[error(transparent)]
    Numerics(#[from] realign_numerics::NumericsError),
    /// An indicator that the run did not record.
    #[error("no indicator `{id}` in this run; known are: {}", known.join(", "))]
    UnknownIndicator {
        /// What was asked for.
        id: String,
        /// Every indicator there is.
        known: Vec<String>,
    },
    /// A result file cannot be written.
    #[error("cannot write {path}: {message}")]
    Write {
        /// Path.
        path: String,
        /// What the system says.
        message: String,
    },
}
