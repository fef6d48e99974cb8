//! What can go wrong with the atlas.

use crate::Shape;

/// Errors of the atlas; each names the table, row or column and what to do.
#[derive(Clone, Debug, thiserror::Error)]
pub enum AtlasError {
    /// A variable that no table describes.
    #[error("no variable `{id}` in data/sources.toml; known are: {}", known.join(", "))]
    UnknownVariable {
        /// What was asked for.
        id: String,
        /// Every variable there is.
        known: Vec<String>,
    },
    /// A variable was asked for in a shape it does not have.
    #[error("variable `{id}` has shape {has}, not {asked}")]
    WrongShape {
        /// The variable.
        id: String,
        /// The shape asked for.
        asked: Shape,
        /// The shape it has.
        has: Shape,
    },
    /// A table file that is not embedded.
    #[error("table file `{file}` is not embedded: run `realign atlas build` and rebuild")]
    MissingFile {
        /// File name under data/tables.
        file: String,
    },
    /// A Parquet file that cannot be read.
    #[error("table `{file}`: {message}")]
    Parquet {
        /// File name.
        file: String,
        /// What the Parquet library says.
        message: String,
    },
    /// A column that a shape needs is absent or of another type.
    #[error("table `{file}` has no column `{column}` of type {expected}")]
    Column {
        /// File name.
        file: String,
        /// Column name.
        column: String,
        /// Type that the shape needs.
        expected: &'static str,
    },
    /// A code that is not in the list of states.
    #[error("table `{file}` row {row}: unknown state code `{code}`")]
    UnknownState {
        /// File name.
        file: String,
        /// Row, from 0.
        row: usize,
        /// The code.
        code: String,
    },
    /// data/sources.toml is not as it must be.
    #[error("data/sources.toml: {message}")]
    Catalogue {
        /// What is wrong.
        message: String,
    },
    /// A raw file that the builder needs cannot be read.
    #[error("raw file {path}: {message}")]
    Raw {
        /// Path under the raw directory.
        path: String,
        /// What is wrong, with row and column where known.
        message: String,
    },
    /// Writing a table failed.
    #[error("cannot write {path}: {message}")]
    Write {
        /// Path.
        path: String,
        /// What the system says.
        message: String,
    },
}
