//! leaders.parquet: Archigos to 2015, then a compiled list for the main states.

use std::collections::BTreeSet;
use std::path::Path;

use crate::AtlasError;
use crate::build::codes::Iso3;
use crate::build::raw::{Csv, Raw};
use crate::build::{Cell, Report, TableWriter, compiled};

const ARCHIGOS: &str = "security/conflict/archigos.csv.gz";
const FILE: &str = "leaders.parquet";
/// Terms that ended before are left out.
const FIRST_YEAR: i32 = 1945;
/// First year after the coverage of Archigos.
const ARCHIGOS_END: i32 = 2016;

pub(super) fn build(raw: &Raw, out: &Path, report: &mut Report) -> Result<(), AtlasError> {
    let mut rows: Vec<(Iso3, i32, i32, String)> = Vec::new();
    let mut continued: BTreeSet<Iso3> = BTreeSet::new();
    let csv = Csv::parse(
        "compiled/leaders_2015_2025.csv",
        compiled::LEADERS.as_bytes(),
    )?;
    let (iso3, leader) = (csv.col("iso3")?, csv.col("leader")?);
    let (start, end) = (csv.col("start")?, csv.col("end")?);
    for row in csv.rows() {
        let Some(state) = report.keep(&csv.path, raw.codes.iso3(row.text(iso3))) else {
            continue;
        };
        continued.insert(state);
        let (start, end) = (row.must_int(start)?, row.int(end)?.unwrap_or(0));
        rows.push((state, start, end, row.text(leader).to_owned()));
    }
    let csv = raw.csv(ARCHIGOS)?;
    let (gw, leader, exit) = (csv.col("gwcode")?, csv.col("leader")?, csv.col("exitcode")?);
    let (start, end) = (csv.col("startdate")?, csv.col("enddate")?);
    for row in csv.rows() {
        let (Some(from), Some(to)) = (row.year(start)?, row.year(end)?) else {
            report.drop_row(ARCHIGOS, "no dates");
            continue;
        };
        if to < FIRST_YEAR {
            continue;
        }
        let code = row.must_int(gw)?;
        let Some(state) = report.keep(ARCHIGOS, raw.codes.gw(code)) else {
            continue;
        };
        let open = row.text(exit) == "Still in Office";
        if open && continued.contains(&state) {
            report.drop_row(
                ARCHIGOS,
                "in office at the end of the source: the compiled list has the term",
            );
            continue;
        }
        rows.push((
            state,
            from,
            if open { ARCHIGOS_END } else { to },
            row.latin1(leader),
        ));
    }
    rows.sort();
    report.table(FILE, rows.iter().map(|_| "leaders"));
    TableWriter::default()
        .column(
            "iso3",
            Cell::Text(rows.iter().map(|r| r.0.text()).collect()),
        )
        .column(
            "leader",
            Cell::Text(rows.iter().map(|r| r.3.clone()).collect()),
        )
        .column("start", Cell::Int(rows.iter().map(|r| r.1).collect()))
        .column("end", Cell::Int(rows.iter().map(|r| r.2).collect()))
        .write(&out.join(FILE))
}
