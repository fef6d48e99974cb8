//! Global sensitivity: which inputs drive an outcome, and where in their space it appears.
//!
//! Inputs are uniforms on (0, 1); the caller maps them to parameters by quantile functions. A
//! design and its analysis are separate: a row is a pure function of (seed, index), so rows can be
//! evaluated in any order, in parts, and after a restart, and the outputs are handed back in the
//! order of the rows. A run that failed hands back NaN: it is dropped and counted, never filled.
//!
//! - [`morris`]: screening by elementary effects, for many factors and few runs.
//! - [`variance`]: Sobol indices of first, total and second order, of factors or groups.
//! - [`prim`]: boxes of inputs in which an outcome of interest concentrates.

mod bootstrap;
mod convergence;
mod joe_kuo;
pub mod morris;
pub mod prim;
pub mod sobol_sequence;
pub mod variance;

pub use bootstrap::{Bootstrap, Estimate, IntervalKind};
pub use convergence::{Convergence, ConvergenceRule};
