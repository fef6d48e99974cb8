//! Country-blind numerical methods. Nothing here knows a state, a file or a clock.
//!
//! Every method that can fail to converge says so in a [`Verdict`]; nothing returns a number
//! that looks like an answer and is not one.

// One-line updates of a whole vector read better than a loop of three lines.
#![allow(clippy::needless_for_each)]

pub mod caliendo_parro;
pub mod conditional_logit;
pub mod contagion;
pub mod equilibrium;
pub mod fixedpoint;
pub mod goodness;
pub mod graph;
pub mod gravity_ge;
pub mod interdiction;
pub mod kalman;
pub mod linalg;
pub mod logit;
pub mod network;
pub mod ols;
pub mod ppml;
pub mod quantile;
pub mod quasi_newton;
pub mod random;
pub mod ranking;
pub mod ras;
pub mod scores;
pub mod sensitivity;
pub mod shapley;
pub mod special;
pub mod state_space;
pub mod stats;
pub mod tariff_model;

/// How an iterative method ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// The stated tolerance was reached.
    Converged,
    /// The iteration limit came first; the result is the best iterate and is not an answer.
    OutOfIterations,
    /// A step left the domain (not finite, or no descent); the result is the last good iterate.
    BrokeDown,
}

impl Verdict {
    /// Whether the tolerance was reached.
    pub fn is_converged(self) -> bool {
        self == Self::Converged
    }
}

/// What goes wrong before a method can start, or inside a direct method.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
pub enum NumericsError {
    /// An array has the wrong length.
    #[error("{what} has length {got}, expected {expected}")]
    Shape {
        /// Which array.
        what: &'static str,
        /// Its length.
        got: usize,
        /// The length it must have.
        expected: usize,
    },
    /// A value is outside its domain.
    #[error("{what} is {value}, must be {must}")]
    Domain {
        /// Which quantity.
        what: &'static str,
        /// Its value.
        value: f64,
        /// The condition it breaks.
        must: &'static str,
    },
    /// A matrix is singular to working precision.
    #[error("{what} is singular at pivot {pivot}")]
    Singular {
        /// Which matrix.
        what: &'static str,
        /// Index of the failing pivot.
        pivot: usize,
    },
    /// An iterative method did not reach its tolerance.
    #[error("{what} did not converge: residual {residual:e} after {iterations} iterations")]
    NotConverged {
        /// Which method.
        what: &'static str,
        /// Last residual.
        residual: f64,
        /// Iterations done.
        iterations: usize,
    },
}

/// Refuses an array of the wrong length.
pub(crate) fn check_len(
    what: &'static str,
    got: usize,
    expected: usize,
) -> Result<(), NumericsError> {
    if got == expected {
        Ok(())
    } else {
        Err(NumericsError::Shape {
            what,
            got,
            expected,
        })
    }
}

/// Refuses a value that fails a condition.
pub(crate) fn check_domain(
    ok: bool,
    what: &'static str,
    value: f64,
    must: &'static str,
) -> Result<(), NumericsError> {
    if ok {
        Ok(())
    } else {
        Err(NumericsError::Domain { what, value, must })
    }
}
