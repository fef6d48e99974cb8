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
