//! Trust between all ordered pairs since 1980, filtered from votes, polls and reported events.
//!
//! [`Panel`] is what was observed, [`Hyper`] the few numbers with their priors, [`Machine`] the
//! filter ([`run`] has the equations), [`Path`] one pair's history with what moved it, [`fit`] the
//! estimate of the numbers, [`scores`] the test from rolling origins, [`answers`] what the record says
//! of how conduct moves trust, [`recovery`] what could be found in so many years.

pub mod answers;
pub mod fit;
pub mod hyper;
pub mod links;
pub mod panel;
pub mod path;
pub mod recovery;
pub mod run;
pub mod scores;
mod table;

pub use fit::{FitOptions, fit};
pub use hyper::{Hyper, Posterior, Values};
pub use panel::{Kind, Panel};
pub use path::{Histories, Path, Standing, history, standings};
pub use run::Machine;

#[cfg(test)]
mod tests;
