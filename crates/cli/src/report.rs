//! Errors as a person wants to see them: what, where, and what to do.

use std::path::Path;
use std::process::ExitCode;

use miette::{Diagnostic, LabeledSpan, NamedSource, SourceCode};
use realign_scenario::{Problem, ScenarioError};

/// Exit code of a run that a person stopped (128 + SIGINT).
const STOPPED: u8 = 130;

/// A failure on its way to the terminal.
#[derive(Debug)]
pub enum Failure {
    /// Anything with a message and what to do about it.
    Plain {
        /// What happened.
        message: String,
        /// What to do.
        hint: Option<String>,
    },
    /// Problems in a file that was given, each with its place.
    InFile {
        /// Name of the file.
        name: String,
        /// Its text.
        text: String,
        /// The problems.
        problems: Vec<Problem>,
    },
    /// Ctrl-C.
    Stopped,
}

impl Failure {
    /// A failure with a hint.
    #[allow(clippy::needless_pass_by_value)] // takes errors, formatted text and literals alike
    pub fn hinted(message: impl ToString, hint: impl ToString) -> Self {
        Self::Plain {
            message: message.to_string(),
            hint: Some(hint.to_string()),
        }
    }

    /// A failure without a hint.
    #[allow(clippy::needless_pass_by_value)] // shaped for map_err
    pub fn plain(message: impl ToString) -> Self {
        Self::Plain {
            message: message.to_string(),
            hint: None,
        }
    }

    /// From reading a scenario or brief.
    pub fn scenario(error: &ScenarioError, path: &Path, text: &str) -> Self {
        if error.problems().is_empty() {
            return Self::plain(format!("{}: {error}", path.display()));
        }
        Self::InFile {
            name: path.display().to_string(),
            text: text.to_owned(),
            problems: error.problems().to_vec(),
        }
    }

    /// Prints it to standard error.
    pub fn print(self) -> ExitCode {
        match self {
            Self::Stopped => {
                eprintln!("stopped; nothing was written");
                return ExitCode::from(STOPPED);
            }
            Self::Plain { message, hint } => {
                eprintln!("error: {message}");
                if let Some(hint) = hint {
                    eprintln!("  help: {hint}");
                }
            }
            Self::InFile {
                name,
                text,
                problems,
            } => {
                let count = problems.len();
                for p in problems {
                    eprintln!("{:?}", miette::Report::new(Located::new(&name, &text, p)));
                }
                let s = if count == 1 { "" } else { "s" };
                eprintln!("error: {count} problem{s} in {name}; nothing was run");
            }
        }
        ExitCode::FAILURE
    }
}

/// A problem beside the text it is in.
#[derive(Debug)]
struct Located {
    source: NamedSource<String>,
    place: String,
    problem: Problem,
}

impl Located {
    fn new(name: &str, text: &str, problem: Problem) -> Self {
        let place = format!("{name}:{}:{}", problem.line, problem.column);
        Self {
            source: NamedSource::new(name, text.to_owned()),
            place,
            problem,
        }
    }
}

impl std::fmt::Display for Located {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}: {}", self.place, self.problem.message)
    }
}

impl std::error::Error for Located {}

impl Diagnostic for Located {
    fn help<'a>(&'a self) -> Option<Box<dyn std::fmt::Display + 'a>> {
        Some(Box::new(&self.problem.hint))
    }

    fn source_code(&self) -> Option<&dyn SourceCode> {
        Some(&self.source)
    }

    fn labels(&self) -> Option<Box<dyn Iterator<Item = LabeledSpan> + '_>> {
        let label = LabeledSpan::new_with_span(None, self.problem.span.clone());
        Some(Box::new(std::iter::once(label)))
    }
}

/// For errors whose message already says what to do.
macro_rules! plain_from {
    ($($ty:ty),*) => {
        $(impl From<$ty> for Failure {
            fn from(e: $ty) -> Self {
                Self::plain(e)
            }
        })*
    };
}

plain_from!(
    realign_atlas::AtlasError,
    realign_model::ModelError,
    realign_brief::BriefError,
    serde_json::Error
);

impl From<realign_ensemble::EnsembleError> for Failure {
    fn from(e: realign_ensemble::EnsembleError) -> Self {
        match e {
            realign_ensemble::EnsembleError::Stopped { .. } => Self::Stopped,
            other => Self::plain(other),
        }
    }
}
