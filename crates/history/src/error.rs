//! What can go wrong.

/// An error of this crate.
#[derive(Debug, thiserror::Error)]
pub enum HistoryError {
    /// The observed world refused.
    #[error(transparent)]
    Atlas(#[from] realign_atlas::AtlasError),
    /// The model refused.
    #[error(transparent)]
    Model(#[from] realign_model::ModelError),
    /// The runner refused.
    #[error(transparent)]
    Ensemble(#[from] realign_ensemble::EnsembleError),
    /// A numerical method refused.
    #[error(transparent)]
    Numerics(#[from] realign_numerics::NumericsError),
    /// A scenario or episode is not as it must be.
    #[error(transparent)]
    Scenario(#[from] realign_scenario::ScenarioError),
    /// The caller asked to stop.
    #[error("stopped before the end")]
    Stopped,
    /// A predictor answered with another number of forecasts than it was asked for.
    #[error("predictor {predictor} gave {got} forecasts of {wanted}")]
    ForecastCount {
        /// Predictor.
        predictor: String,
        /// Forecasts given.
        got: usize,
        /// Forecasts wanted.
        wanted: usize,
    },
}
