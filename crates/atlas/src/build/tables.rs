//! Rows of the builder into table files: sorted, rounded, counted.

use std::path::Path;

use super::codes::Iso3;
use super::{Cell, Report, TableWriter};
use crate::AtlasError;

/// Rounds to `digits` significant decimal digits.
pub(super) fn significant(x: f64, digits: i32) -> f64 {
    if x == 0.0 || !x.is_finite() {
        return x;
    }
    let exponent = digits - 1 - x.abs().log10().floor() as i32;
    if exponent >= 0 {
        let scale = 10f64.powi(exponent);
        (x * scale).round() / scale
    } else {
        let scale = 10f64.powi(-exponent);
        (x / scale).round() * scale
    }
}

/// Rounds to `places` decimals.
pub(super) fn places(x: f64, places: i32) -> f64 {
    let scale = 10f64.powi(places);
    (x * scale).round() / scale
}

/// Significant digits that every committed value keeps.
pub(super) const DIGITS: i32 = 6;

fn narrow(values: impl Iterator<Item = f64>) -> Cell {
    Cell::Narrow(values.map(|v| significant(v, DIGITS) as f32).collect())
}

fn text(values: impl Iterator<Item = String>) -> Cell {
    Cell::Text(values.collect())
}

/// Drops all but the last of rows with equal keys; a repeated key is counted.
fn unique<T, K: Ord>(rows: &mut Vec<T>, key: impl Fn(&T) -> K, file: &str, report: &mut Report) {
    rows.sort_by_cached_key(&key);
    let before = rows.len();
    rows.reverse();
    rows.dedup_by(|x, y| key(x) == key(y));
    rows.reverse();
    report.repeated(file, before - rows.len());
}

/// Row of a `state_year` table: variable, state, year, value.
pub(super) type StateRow = (&'static str, Iso3, i32, f64);
/// Row of a `dyad_year` table: variable, a, b, year, value.
pub(super) type DyadRow = (&'static str, Iso3, Iso3, i32, f64);
/// Row of an `item_year` table: variable, item, year, value.
pub(super) type ItemRow = (&'static str, String, i32, f64);
/// Row of an `item_state_year` table: variable, item, state, year, value.
pub(super) type ItemStateRow = (&'static str, String, Iso3, i32, f64);
/// Row of an `item_dyad_year` table: variable, item, a, b, year, value.
pub(super) type ItemDyadRow = (&'static str, String, Iso3, Iso3, i32, f64);

/// Row of a `spells` table; `end` is the first year no longer in force, `None` while in force.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct SpellRow {
    /// Layer.
    pub variable: &'static str,
    /// First state (a < b unless the layer is directed).
    pub a: Iso3,
    /// Second state.
    pub b: Iso3,
    /// First year in force.
    pub start: i32,
    /// First year no longer in force.
    pub end: Option<i32>,
    /// What distinguishes it, may be empty.
    pub detail: String,
}

/// Writes a `state_year` table.
pub(super) fn state_year(
    out: &Path,
    file: &str,
    mut rows: Vec<StateRow>,
    report: &mut Report,
) -> Result<(), AtlasError> {
    unique(&mut rows, |r| (r.0, r.1, r.2), file, report);
    report.table(file, rows.iter().map(|r| r.0));
    TableWriter::default()
        .column("variable", text(rows.iter().map(|r| r.0.to_owned())))
        .column("iso3", text(rows.iter().map(|r| r.1.text())))
        .column("year", Cell::Int(rows.iter().map(|r| r.2).collect()))
        .column("value", narrow(rows.iter().map(|r| r.3)))
        .write(&out.join(file))
}

/// Writes a `dyad_year` table.
pub(super) fn dyad_year(
    out: &Path,
    file: &str,
    mut rows: Vec<DyadRow>,
    report: &mut Report,
) -> Result<(), AtlasError> {
    unique(&mut rows, |r| (r.0, r.1, r.2, r.3), file, report);
    report.table(file, rows.iter().map(|r| r.0));
    TableWriter::default()
        .column("variable", text(rows.iter().map(|r| r.0.to_owned())))
        .column("a", text(rows.iter().map(|r| r.1.text())))
        .column("b", text(rows.iter().map(|r| r.2.text())))
        .column("year", Cell::Int(rows.iter().map(|r| r.3).collect()))
        .column("value", narrow(rows.iter().map(|r| r.4)))
        .write(&out.join(file))
}

/// Writes an `item_year` table.
pub(super) fn item_year(
    out: &Path,
    file: &str,
    mut rows: Vec<ItemRow>,
    report: &mut Report,
) -> Result<(), AtlasError> {
    unique(&mut rows, |r| (r.0, r.1.clone(), r.2), file, report);
    report.table(file, rows.iter().map(|r| r.0));
    TableWriter::default()
        .column("variable", text(rows.iter().map(|r| r.0.to_owned())))
        .column("item", text(rows.iter().map(|r| r.1.clone())))
        .column("year", Cell::Int(rows.iter().map(|r| r.2).collect()))
        .column("value", narrow(rows.iter().map(|r| r.3)))
        .write(&out.join(file))
}

/// Writes an `item_state_year` table.
pub(super) fn item_state_year(
    out: &Path,
    file: &str,
    mut rows: Vec<ItemStateRow>,
    report: &mut Report,
) -> Result<(), AtlasError> {
    unique(&mut rows, |r| (r.0, r.1.clone(), r.2, r.3), file, report);
    report.table(file, rows.iter().map(|r| r.0));
    TableWriter::default()
        .column("variable", text(rows.iter().map(|r| r.0.to_owned())))
        .column("item", text(rows.iter().map(|r| r.1.clone())))
        .column("iso3", text(rows.iter().map(|r| r.2.text())))
        .column("year", Cell::Int(rows.iter().map(|r| r.3).collect()))
        .column("value", narrow(rows.iter().map(|r| r.4)))
        .write(&out.join(file))
}

/// Writes an `item_dyad_year` table.
pub(super) fn item_dyad_year(
    out: &Path,
    file: &str,
    mut rows: Vec<ItemDyadRow>,
    report: &mut Report,
) -> Result<(), AtlasError> {
    unique(
        &mut rows,
        |r| (r.0, r.1.clone(), r.2, r.3, r.4),
        file,
        report,
    );
    report.table(file, rows.iter().map(|r| r.0));
    TableWriter::default()
        .column("variable", text(rows.iter().map(|r| r.0.to_owned())))
        .column("item", text(rows.iter().map(|r| r.1.clone())))
        .column("a", text(rows.iter().map(|r| r.2.text())))
        .column("b", text(rows.iter().map(|r| r.3.text())))
        .column("year", Cell::Int(rows.iter().map(|r| r.4).collect()))
        .column("value", narrow(rows.iter().map(|r| r.5)))
        .write(&out.join(file))
}

/// Writes a `spells` table.
pub(super) fn spells(
    out: &Path,
    file: &str,
    mut rows: Vec<SpellRow>,
    report: &mut Report,
) -> Result<(), AtlasError> {
    unique(&mut rows, Clone::clone, file, report);
    report.table(file, rows.iter().map(|r| r.variable));
    TableWriter::default()
        .column("variable", text(rows.iter().map(|r| r.variable.to_owned())))
        .column("a", text(rows.iter().map(|r| r.a.text())))
        .column("b", text(rows.iter().map(|r| r.b.text())))
        .column("start", Cell::Int(rows.iter().map(|r| r.start).collect()))
        .column(
            "end",
            Cell::Int(rows.iter().map(|r| r.end.unwrap_or(0)).collect()),
        )
        .column("detail", text(rows.iter().map(|r| r.detail.clone())))
        .write(&out.join(file))
}
