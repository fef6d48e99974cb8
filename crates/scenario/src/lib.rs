//! What is asked: event types, scenarios in TOML, and the reader that drafts a scenario from a brief.
//!
//! A [`Scenario`] names a hegemon, a time span and dated acts ([`Event`]); [`Scenario::parse`] reads
//! one from TOML and reports every problem with its place and remedy; [`Scenario::resolve`] turns
//! codes, blocs and groups into states of an atlas. [`read_brief`] drafts one from prose.

mod encoding;
mod error;
mod event;
mod groups;
mod layer;
mod parse;
mod position;
mod reader;
mod resolve;
mod scenario;
mod vocabulary;

pub use error::{Problem, ProblemKind, ScenarioError};
pub use event::{EventType, Magnitude, Polarity};
pub use groups::{Group, GroupScope, Groups};
pub use layer::{LayerRow, LayerTable};
pub use position::{Position, nearest, position_of};
pub use reader::{
    Draft, DraftEvent, DraftTarget, Gazetteer, LeaderNames, ScenarioDefaults, Section, StateNames,
    Unplaced, read_brief,
};
pub use resolve::{ResolvedEvent, ResolvedScenario, ResolvedTarget};
pub use scenario::{AtlasReference, Event, Loadings, MagnitudeInput, Options, Scenario};
pub use vocabulary::{Dated, Place, Vocabulary};
