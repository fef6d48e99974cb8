//! What can go wrong in the model.

use realign_atlas::AtlasError;

/// Errors of the model.
#[derive(Debug, thiserror::Error)]
pub enum ModelError {
    /// A parameter file is not as it must be.
    #[error("params/{file}.toml: {message}")]
    Params {
        /// Block.
        file: String,
        /// What is wrong.
        message: String,
    },
    /// A domain asks for a parameter that no file defines.
    #[error("parameter `{id}` is not defined: add it to params/ with unit, source and tag")]
    MissingParameter {
        /// Full identifier.
        id: String,
    },
    /// The atlas lacks what a domain cannot do without.
    #[error("the {domain} domain cannot start: {message}")]
    Fixed {
        /// Domain.
        domain: &'static str,
        /// What is missing.
        message: String,
    },
    /// The atlas cannot be read.
    #[error(transparent)]
    Atlas(#[from] AtlasError),
}
