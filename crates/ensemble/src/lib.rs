//! Draws, paired arms and what comes out of them.
//!
//! [`run::run`] simulates every arm of a plan on the same random numbers; [`Results`] holds one row
//! of values per arm, draw and year; [`attribution`] and [`believe`] say what drives a result and
//! what one would have to believe for it to hold.

mod arm;
pub mod attribution;
pub mod believe;
mod error;
pub mod explain;
mod results;
pub mod run;
pub mod schedule;
pub mod sensitivity;
pub mod stored;
pub mod write;

pub use arm::{Arm, Shock};
pub use error::EnsembleError;
pub use results::{Failure, Results, Summary};
