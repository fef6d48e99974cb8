//! Dated episodes: the whole model is given a shock, and nothing later.
//!
//! An [`Episode`] is a scenario with what was known and what is compared (`backtests/*.toml`).
//! [`run()`] builds the model on [`realign_atlas::Atlas::as_of`] its origin with parameters as they
//! could be known then, walks both arms on the same draws, and sets each observable beside what
//! happened, beside persistence, and beside a synthetic control that stands for the effect.
//! [`placebos`] does the same with acts that never happened. `docs/history.md` defines every number.

mod control;
mod embedded;
mod file;
mod observe;
mod paths;
mod placebo;
mod render;
mod result;
mod run;
mod variation;

pub use control::{Gap, gap};
pub use embedded::embedded;
pub use file::{Episode, Fact, Observable, Sign};
pub use observe::{ANSWERED, Asked, Cell, Needs, Observer, quantity};
pub use placebo::{PlaceboOptions, PlaceboRow, Placebos, placebos};
pub use render::{csv, markdown, sizes};
pub use result::{Effect, EpisodeResult, Row, Spread, Verdict};
pub use run::{Options, Progress, run, run_all};
