//! Pairs by year: geography, conflict and peace, organisations, presence, opinion, events.

mod conflict;
mod events;
mod geography;
mod presence;

use std::path::Path;

use super::Report;
use super::codes::Iso3;
use super::raw::Raw;
use super::tables::{self, DyadRow};
use crate::AtlasError;

pub(super) fn build(raw: &Raw, out: &Path, report: &mut Report) -> Result<(), AtlasError> {
    let geography = geography::read(raw, report)?;
    tables::dyad_year(out, "geography.parquet", geography, report)?;
    let conflict = conflict::read(raw, report)?;
    tables::dyad_year(out, "conflict.parquet", conflict, report)?;
    let presence = presence::read(raw, report)?;
    tables::dyad_year(out, "us_presence.parquet", presence, report)?;
    let opinion = events::opinion(raw, report)?;
    tables::dyad_year(out, "opinion.parquet", opinion, report)?;
    let events = events::counts(raw, report)?;
    tables::dyad_year(out, "events.parquet", events, report)?;
    let tone = events::tone(raw, report)?;
    tables::dyad_year(out, "tone.parquet", tone, report)
}

/// A row of a symmetric variable: stored once, with a < b; the decoder mirrors it.
fn symmetric(variable: &'static str, a: Iso3, b: Iso3, year: i32, value: f64) -> DyadRow {
    (variable, a.min(b), a.max(b), year, value)
}
