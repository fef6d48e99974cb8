//! What can go wrong before, in and after an estimation.

use super::result::Progress;

/// Why there is no estimate.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
pub enum PpmlError {
    /// The formula cannot be read.
    #[error("formula, character {at}: {problem}")]
    Formula {
        /// Position in the formula, from zero.
        at: usize,
        /// What is wrong.
        problem: &'static str,
    },
    /// The table has no such column.
    #[error("no column `{name}`")]
    NoColumn {
        /// Its name.
        name: String,
    },
    /// Two columns have one name.
    #[error("two columns are called `{name}`")]
    TwoColumns {
        /// The name.
        name: String,
    },
    /// A column has the wrong length.
    #[error("column `{name}` has {got} rows, the table has {expected}")]
    Length {
        /// The column.
        name: String,
        /// Its length.
        got: usize,
        /// The length of the table.
        expected: usize,
    },
    /// A column of text stands where a number is needed.
    #[error("column `{name}` holds text; a number is needed")]
    NotNumber {
        /// The column.
        name: String,
    },
    /// A value is outside its domain.
    #[error("column `{column}`, row {row}: {value}, must be {must}")]
    Value {
        /// The column.
        column: String,
        /// Row, from zero.
        row: usize,
        /// The value.
        value: f64,
        /// The condition it breaks.
        must: &'static str,
    },
    /// A lag needs to know the panel.
    #[error("`lag` and `lead` need the panel: which columns name the unit and which the time")]
    NoPanel,
    /// A unit has two rows at one time.
    #[error("rows {first} and {second} have the same unit and time")]
    RepeatedTime {
        /// Row, from zero.
        first: usize,
        /// Row, from zero.
        second: usize,
    },
    /// The bias correction needs exporter, importer and time, and the three effects they make.
    #[error("the three-way correction needs effects of exporter-time, importer-time and pair")]
    NotThreeWay,
    /// Nothing is left to estimate on.
    #[error("no rows left: {missing} missing, {separated} separated, of {rows}")]
    NoRows {
        /// Rows of the table.
        rows: usize,
        /// Left out for a missing value.
        missing: usize,
        /// Left out as separated.
        separated: usize,
    },
    /// Too few rows for the parameters.
    #[error("{rows} rows for {parameters} parameters")]
    TooFewRows {
        /// Rows used.
        rows: usize,
        /// Coefficients and effects.
        parameters: usize,
    },
    /// Fewer than two clusters.
    #[error("clustering by {name} gives {clusters} cluster")]
    TooFewClusters {
        /// The columns.
        name: String,
        /// Clusters found.
        clusters: usize,
    },
    /// The iterations ended before the tolerance; the state is not an estimate.
    #[error(
        "not converged after {} iterations: deviance {} changed by {:e}, sums off by {:e}",
        state.iterations, state.deviance, state.deviance_change, state.adding_up
    )]
    NotConverged {
        /// Where it stood.
        state: Box<Progress>,
    },
}
