//! What can be wrong with a document.

/// A broken rule of evidence or form. Each names the place and the value.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
pub enum BriefError {
    /// A sentence template that cannot be read.
    #[error("sentence template {template:?}: cannot read {what:?}")]
    Template {
        /// The template.
        template: String,
        /// The part.
        what: String,
    },
    /// Something points to a row that does not exist.
    #[error("{place}: no evidence row {row}")]
    UnknownRow {
        /// Where.
        place: String,
        /// The key.
        row: String,
    },
    /// Something points to a source, parameter or section that does not exist.
    #[error("{place}: no {what} {key}")]
    UnknownKey {
        /// Where.
        place: String,
        /// Source, parameter or section.
        what: &'static str,
        /// The key.
        key: String,
    },
    /// Two things have the same key.
    #[error("two {what}s have the key {key}")]
    DuplicateKey {
        /// Row, source, section, figure or parameter.
        what: &'static str,
        /// The key.
        key: String,
    },
    /// An anchor with characters that a link cannot carry.
    #[error("{what} key {key:?}: use letters, digits, '.', '_' and '-' only")]
    BadKey {
        /// Row, source, section, figure or parameter.
        what: &'static str,
        /// The key.
        key: String,
    },
    /// A numeral typed in prose.
    #[error("{place}: digits typed in prose: {text:?}; use a number, year, count or name token")]
    TypedNumber {
        /// Where.
        place: String,
        /// The words.
        text: String,
    },
    /// A computed row without interval, draws or sources.
    #[error("evidence row {row}: {what}")]
    Row {
        /// The key.
        row: String,
        /// What is missing or wrong.
        what: String,
    },
    /// "below −0.3": a negated number that is still negative.
    #[error("{place}: row {row} is {value}; a sentence that negates it says the opposite")]
    Negation {
        /// Where.
        place: String,
        /// The key.
        row: String,
        /// The estimate.
        value: f64,
    },
    /// A likelihood word for a row that is not a chance.
    #[error("{place}: row {row} is not a chance")]
    NotAChance {
        /// Where.
        place: String,
        /// The key.
        row: String,
    },
    /// A title that claims a direction which the interval does not bear out.
    #[error(
        "figure {figure}: the title claims a direction, but the interval of {row} includes no change"
    )]
    Claim {
        /// The figure.
        figure: String,
        /// The row.
        row: String,
    },
    /// A picture without words, or with data of the wrong shape.
    #[error("figure {figure}: {what}")]
    Figure {
        /// The figure.
        figure: String,
        /// What is missing or wrong.
        what: String,
    },
    /// A document without a part that every brief has.
    #[error("document: {what}")]
    Document {
        /// What is missing.
        what: String,
    },
    /// An indicator that the run did not record.
    #[error("no indicator `{id}` in the results")]
    UnknownIndicator {
        /// What was asked for.
        id: String,
    },
    /// A result without an estimate where a sentence needs one.
    #[error("no estimate of `{id}`: every draw failed or the data are missing")]
    NoEstimate {
        /// The indicator.
        id: String,
    },
    /// A year outside the run.
    #[error("year {year} is not in the results")]
    UnknownYear {
        /// The year.
        year: i32,
    },
    /// An arm that was not run.
    #[error("arm `{id}` is not in the results")]
    UnknownArm {
        /// The arm.
        id: String,
    },
    /// The results cannot answer.
    #[error("results: {message}")]
    Results {
        /// What the ensemble says.
        message: String,
    },
    /// Data of the world map cannot be read.
    #[error("world map: {0}")]
    World(String),
    /// JSON could not be written.
    #[error("brief.json: {0}")]
    Json(String),
}

impl From<realign_ensemble::EnsembleError> for BriefError {
    fn from(e: realign_ensemble::EnsembleError) -> Self {
        Self::Results {
            message: e.to_string(),
        }
    }
}
