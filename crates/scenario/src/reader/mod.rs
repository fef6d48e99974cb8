//! The reader: from a brief in prose to a draft scenario.
//!
//! `form` finds title, domains, questions and source; `sentence` brings each sentence into a plain
//! form in which names are single words; `acts` matches the lexicon and finds actor and targets;
//! `hegemon` weighs whose conduct the brief is about; `reading` puts the draft together.

mod acts;
mod check;
mod dates;
mod draft;
mod form;
mod gazetteer;
mod grammar;
mod hegemon;
mod hits;
mod inline;
mod labels;
mod lexicon;
mod lines;
mod party;
mod reach;
mod reading;
mod sentence;
mod structure;
mod text;
mod whom;

pub use draft::{Draft, DraftEvent, DraftTarget, ScenarioDefaults, Section, Unplaced};
pub use gazetteer::{Gazetteer, LeaderNames, StateNames};
pub use reading::read_brief;
