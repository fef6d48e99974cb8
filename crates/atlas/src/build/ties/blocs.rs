//! memberships.parquet: who was in which bloc, from when to when.

use std::collections::BTreeMap;
use std::path::Path;

use crate::AtlasError;
use crate::build::codes::Iso3;
use crate::build::raw::{Csv, Raw};
use crate::build::{Cell, Report, TableWriter, compiled};

const BLOCS: &str = "general/blocs_handcoded.csv";
const FILE: &str = "memberships.parquet";

/// Year of entry by bloc and member (`*` for all others).
fn entries(csv: &Csv) -> Result<BTreeMap<(&str, &str), i32>, AtlasError> {
    let (bloc, iso3, entry) = (csv.col("bloc")?, csv.col("iso3")?, csv.col("entry_year")?);
    csv.rows()
        .map(|r| Ok(((r.text(bloc), r.text(iso3)), r.must_int(entry)?)))
        .collect()
}

pub(super) fn build(raw: &Raw, out: &Path, report: &mut Report) -> Result<(), AtlasError> {
    let mut rows: Vec<(String, Iso3, i32, i32, String)> = Vec::new();
    let supplement = Csv::parse("compiled/blocs_supplement.csv", compiled::BLOCS.as_bytes())?;
    let missing = Csv::parse(
        "compiled/blocs_missing_entry.csv",
        compiled::MISSING_ENTRIES.as_bytes(),
    )?;
    let entries = entries(&missing)?;
    for csv in [raw.csv(BLOCS)?, supplement] {
        let (bloc, kind, iso3) = (csv.col("bloc")?, csv.col("kind")?, csv.col("iso3")?);
        let (entry, exit) = (csv.col("entry_year")?, csv.col("exit_year")?);
        for row in csv.rows() {
            let Some(state) = report.keep(&csv.path, raw.codes.iso3(row.text(iso3))) else {
                continue;
            };
            let name = row.text(bloc);
            let entry = match row.int(entry)? {
                Some(year) => year,
                None => *entries
                    .get(&(name, row.text(iso3)))
                    .or_else(|| entries.get(&(name, "*")))
                    .ok_or_else(|| {
                        row.error(entry, "a year, and blocs_missing_entry.csv has none")
                    })?,
            };
            rows.push((
                name.to_owned(),
                state,
                entry,
                row.int(exit)?.unwrap_or(0),
                row.text(kind).to_owned(),
            ));
        }
    }
    rows.sort();
    let before = rows.len();
    rows.dedup();
    report.repeated(FILE, before - rows.len());
    report.table(FILE, rows.iter().map(|_| "memberships"));
    TableWriter::default()
        .column(
            "bloc",
            Cell::Text(rows.iter().map(|r| r.0.clone()).collect()),
        )
        .column(
            "kind",
            Cell::Text(rows.iter().map(|r| r.4.clone()).collect()),
        )
        .column(
            "iso3",
            Cell::Text(rows.iter().map(|r| r.1.text()).collect()),
        )
        .column("entry", Cell::Int(rows.iter().map(|r| r.2).collect()))
        .column("exit", Cell::Int(rows.iter().map(|r| r.3).collect()))
        .write(&out.join(FILE))
}
