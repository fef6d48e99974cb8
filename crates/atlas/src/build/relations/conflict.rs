//! Peace scale, militarised disputes, shared organisations.

use std::collections::BTreeMap;

use super::symmetric;
use crate::AtlasError;
use crate::build::Report;
use crate::build::codes::Iso3;
use crate::build::raw::Raw;
use crate::build::tables::DyadRow;

const PEACE: &str = "security/conflict/peacedatav31dyyearmean.csv.gz";
const DISPUTES: &str = "security/conflict/cow_mid_ddydisps.csv.gz";
const ORGANISATIONS: &str = "security/geography/cow_igo_ndy_1945_2014.csv.gz";

const FIRST_YEAR: i32 = 1946;
/// A pair is written 1000·lower + higher.
const PEACE_BASE: i32 = 1000;
/// Years of the counts of shared organisations that are kept.
const ORGANISATION_YEARS: [i32; 5] = [1995, 2000, 2005, 2010, 2014];

pub(super) fn read(raw: &Raw, report: &mut Report) -> Result<Vec<DyadRow>, AtlasError> {
    let mut rows = peace(raw, report)?;
    rows.extend(disputes(raw, report)?);
    rows.extend(organisations(raw, report)?);
    Ok(rows)
}

/// The scale from 0 (rivalry) to 1 (security community) of every year that is not in transition.
fn peace(raw: &Raw, report: &mut Report) -> Result<Vec<DyadRow>, AtlasError> {
    let csv = raw.csv(PEACE)?;
    let (dyad, year, level) = (
        csv.col("dyad")?,
        csv.col("yearmonth")?,
        csv.col("peacelevel")?,
    );
    let mut series: BTreeMap<(Iso3, Iso3), BTreeMap<i32, f64>> = BTreeMap::new();
    for row in csv.rows() {
        let y = row.must_int(year)?;
        if y < FIRST_YEAR {
            continue;
        }
        let pair = row.must_int(dyad)?;
        let (one, two) = (pair / PEACE_BASE, pair % PEACE_BASE);
        let Some(a) = report.keep(PEACE, raw.codes.cow(one)) else {
            continue;
        };
        let Some(b) = report.keep(PEACE, raw.codes.cow(two)) else {
            continue;
        };
        let Some(v) = row.number(level)? else {
            continue;
        };
        if !(0.0..=1.0).contains(&v) {
            report.drop_row(
                PEACE,
                "a year in transition: the mean holds codes outside 0 to 1",
            );
            continue;
        }
        if a != b {
            series.entry((a.min(b), a.max(b))).or_default().insert(y, v);
        }
    }
    let mut rows = Vec::new();
    for ((a, b), years) in series {
        rows.extend(
            years
                .into_iter()
                .map(|(y, v)| symmetric("peace_scale", a, b, y, v)),
        );
    }
    Ok(rows)
}

fn disputes(raw: &Raw, report: &mut Report) -> Result<Vec<DyadRow>, AtlasError> {
    let csv = raw.csv(DISPUTES)?;
    let (ccode1, ccode2) = (csv.col("ccode1")?, csv.col("ccode2")?);
    let (year, level) = (csv.col("year")?, csv.col("hostlev")?);
    let mut highest: BTreeMap<(Iso3, Iso3, i32), f64> = BTreeMap::new();
    for row in csv.rows() {
        let y = row.must_int(year)?;
        if y < FIRST_YEAR {
            continue;
        }
        let (one, two) = (row.must_int(ccode1)?, row.must_int(ccode2)?);
        let Some(a) = report.keep(DISPUTES, raw.codes.cow(one)) else {
            continue;
        };
        let Some(b) = report.keep(DISPUTES, raw.codes.cow(two)) else {
            continue;
        };
        if a == b {
            report.drop_row(DISPUTES, "both sides map to one state");
            continue;
        }
        if let Some(v) = row.number(level)? {
            let slot = highest.entry((a.min(b), a.max(b), y)).or_insert(v);
            *slot = slot.max(v);
        }
    }
    Ok(highest
        .into_iter()
        .map(|((a, b, y), v)| symmetric("mid_hostility", a, b, y, v))
        .collect())
}

fn organisations(raw: &Raw, report: &mut Report) -> Result<Vec<DyadRow>, AtlasError> {
    let csv = raw.csv(ORGANISATIONS)?;
    let (ccode1, ccode2) = (csv.col("ccode1")?, csv.col("ccode2")?);
    let (year, count) = (csv.col("year")?, csv.col("dyadigos")?);
    let mut rows = Vec::new();
    for row in csv.rows() {
        let y = row.must_int(year)?;
        if !ORGANISATION_YEARS.contains(&y) {
            continue;
        }
        let (one, two) = (row.must_int(ccode1)?, row.must_int(ccode2)?);
        let Some(a) = report.keep(ORGANISATIONS, raw.codes.cow(one)) else {
            continue;
        };
        let Some(b) = report.keep(ORGANISATIONS, raw.codes.cow(two)) else {
            continue;
        };
        if let (true, Some(v)) = (a != b, row.number(count)?.filter(|v| *v >= 0.0)) {
            rows.push(symmetric("shared_igos", a, b, y, v));
        }
    }
    Ok(rows)
}
