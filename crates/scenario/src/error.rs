//! What can go wrong with a scenario or a brief.

use std::fmt;
use std::ops::Range;

use realign_atlas::AtlasError;
use serde::Serialize;

use crate::position::position_of;

/// What kind of problem it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum ProblemKind {
    /// Not TOML.
    Syntax,
    /// Bytes that are not UTF-8.
    Encoding,
    /// A key that a scenario does not have.
    UnknownKey,
    /// A key that must be there is not.
    MissingKey,
    /// A value of the wrong type.
    WrongType,
    /// A state code that is not in the atlas.
    UnknownState,
    /// A target that is neither a state nor a bloc nor a group.
    UnknownTarget,
    /// An event type that does not exist.
    UnknownEventType,
    /// A year outside the span of the scenario, or a span that ends before it starts.
    Year,
    /// `until` is before `year`.
    UntilBeforeYear,
    /// A size that makes no sense for the type of act.
    Magnitude,
    /// A reference to the atlas that is not well formed or finds nothing.
    AtlasReference,
    /// No target at all.
    EmptyTargets,
    /// The actor is among its own targets.
    ActorIsTarget,
    /// Loadings that are negative or do not sum to one.
    Loadings,
    /// A confidence or option outside its range.
    OutOfRange,
    /// A text that is empty or no brief.
    NotABrief,
    /// No state that acts.
    NoActor,
    /// Dates that contradict each other.
    Dates,
    /// A layer of dependence whose rows do not fit together.
    Layer,
}

/// One problem with its place and what to do about it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Problem {
    /// What kind it is.
    pub kind: ProblemKind,
    /// What is wrong, with the value.
    pub message: String,
    /// What to do.
    pub hint: String,
    /// Bytes of the file it concerns.
    pub span: Range<usize>,
    /// Line, from 1.
    pub line: usize,
    /// Column in characters, from 1.
    pub column: usize,
}

impl Problem {
    /// A problem at `span` of `text`.
    pub fn at(
        text: &str,
        span: Range<usize>,
        kind: ProblemKind,
        message: impl Into<String>,
        hint: impl Into<String>,
    ) -> Self {
        let p = position_of(text, span.start);
        Self {
            kind,
            message: message.into(),
            hint: hint.into(),
            span,
            line: p.line,
            column: p.column,
        }
    }
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "line {}, column {}: {} ({})",
            self.line, self.column, self.message, self.hint
        )
    }
}

/// Errors of this crate.
#[derive(Clone, Debug, thiserror::Error)]
pub enum ScenarioError {
    /// A scenario file with problems, all of them.
    #[error("{file}: {} problem(s); {}", problems.len(), join(problems))]
    Invalid {
        /// Name of the file.
        file: String,
        /// Every problem, in the order of the file.
        problems: Vec<Problem>,
    },
    /// A brief that cannot be read, with the problems that prevent it.
    #[error("{file}: {}", join(problems))]
    Brief {
        /// Name of the file.
        file: String,
        /// Every problem, in the order of the file.
        problems: Vec<Problem>,
    },
    /// A state code that the atlas does not have.
    #[error("unknown state code `{code}` in {place}")]
    UnknownState {
        /// The code.
        code: String,
        /// Where it stands.
        place: String,
    },
    /// A target that stands for no state in its year.
    #[error("event {event} ({kind}): targets {targets:?} stand for no state in {year}")]
    NoTarget {
        /// Position of the event, from 1.
        event: usize,
        /// Its type.
        kind: &'static str,
        /// What was written.
        targets: Vec<String>,
        /// Its year.
        year: i32,
    },
    /// A reference to the atlas that finds no value.
    #[error("event {event}: `{reference}` has no value ({detail})")]
    AtlasReference {
        /// Position of the event, from 1.
        event: usize,
        /// The reference.
        reference: String,
        /// What is missing.
        detail: String,
    },
    /// A data file of this crate that is not as it must be.
    #[error("data file {file}: {message}")]
    Data {
        /// Name of the file.
        file: &'static str,
        /// What is wrong.
        message: String,
    },
    /// Writing a scenario as TOML or JSON failed.
    #[error("cannot write the scenario: {message}")]
    Write {
        /// What the serialiser says.
        message: String,
    },
    /// The atlas failed.
    #[error(transparent)]
    Atlas(#[from] AtlasError),
}

impl ScenarioError {
    /// The problems with places, when the error is about a file.
    pub fn problems(&self) -> &[Problem] {
        match self {
            Self::Invalid { problems, .. } | Self::Brief { problems, .. } => problems,
            _ => &[],
        }
    }
}

fn join(problems: &[Problem]) -> String {
    problems
        .iter()
        .map(ToString::to_string)
        .collect::<Vec<_>>()
        .join("; ")
}
