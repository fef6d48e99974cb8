//! Ties with dates: pacts, designations, rivalries, sanctions; blocs and leaders.

mod blocs;
mod layers;
mod leaders;
mod pacts;

use std::path::Path;

use super::Report;
use super::codes::Iso3;
use super::raw::Raw;
use super::tables::{self, SpellRow};
use crate::AtlasError;

pub(super) fn build(raw: &Raw, out: &Path, report: &mut Report) -> Result<(), AtlasError> {
    let pacts = pacts::read(raw, report)?;
    tables::spells(out, "pacts.parquet", pacts, report)?;
    let mnna = layers::designations(raw, report)?;
    tables::spells(out, "designations.parquet", mnna, report)?;
    let cooperation = layers::defence_cooperation(raw, report)?;
    tables::spells(out, "defence_cooperation.parquet", cooperation, report)?;
    let rivalries = layers::rivalries(raw, report)?;
    tables::spells(out, "rivalries.parquet", rivalries, report)?;
    let sanctions = layers::sanctions(raw, report)?;
    tables::spells(out, "sanctions.parquet", sanctions, report)?;
    blocs::build(raw, out, report)?;
    leaders::build(raw, out, report)
}

/// A spell of a symmetric layer, its states in the order the atlas keeps them.
fn symmetric(
    variable: &'static str,
    a: Iso3,
    b: Iso3,
    start: i32,
    end: Option<i32>,
    detail: &str,
) -> SpellRow {
    SpellRow {
        variable,
        a: a.min(b),
        b: a.max(b),
        start,
        end,
        detail: detail.to_owned(),
    }
}
