//! Tariffs and imports of the United States since 2025.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use super::{FLOW_DIGITS, MILLION};
use crate::AtlasError;
use crate::build::Report;
use crate::build::codes::{Iso3, NoState};
use crate::build::raw::Raw;
use crate::build::tables::{ItemDyadRow, item_dyad_year, significant};

const EFFECTIVE: &str = "trade/us_tariffs_2025/country-by-time.csv";
const UNION: &str = "trade/us_tariffs_2025/eu-list.csv";
const IMPORTS: &str = "trade/us_tariffs_2025/us_imports_hs2_by_country_2024_and_tariffs.csv.gz";
/// Row of the European Union in both files.
const UNION_NAME: &str = "EUROPEAN UNION";
const UNION_CODE: &str = "0003";
/// Years of imports and of the increase.
const IMPORTS_YEAR: i32 = 2024;
const INCREASE_YEAR: i32 = 2025;
/// Item of the tariff before the changes of 2025.
const BASE_ITEM: &str = "2024";
const PERCENT: f64 = 100.0;
const RATE_DIGITS: i32 = 4;

pub(super) fn build(raw: &Raw, out: &Path, report: &mut Report) -> Result<(), AtlasError> {
    let usa = raw
        .codes
        .iso3("USA")
        .map_err(|n| super::super::raw::bad(IMPORTS, &n.code))?;
    let union = members(raw, report)?;
    effective(raw, out, report, usa, &union)?;
    imports(raw, out, report, usa)
}

/// Members of the European Union as the source lists them.
fn members(raw: &Raw, report: &mut Report) -> Result<Vec<Iso3>, AtlasError> {
    let csv = raw.csv(UNION)?;
    let name = csv.col("CTY_NAME")?;
    Ok(csv
        .rows()
        .filter_map(|r| report.keep(UNION, raw.codes.name(r.text(name))))
        .collect())
}

/// `us_tariff_effective`: the row of the Union holds for every member; a member's own row, which
/// the source computes as if there were no agreement with the Union, is dropped.
fn effective(
    raw: &Raw,
    out: &Path,
    report: &mut Report,
    usa: Iso3,
    union: &[Iso3],
) -> Result<(), AtlasError> {
    let csv = raw.csv(EFFECTIVE)?;
    let (date, name) = (csv.col("date")?, csv.col("country_name")?);
    let (rate, before) = (csv.col("effective tariff")?, csv.col("2024 tariff")?);
    let mut rows: Vec<ItemDyadRow> = Vec::new();
    let mut based: BTreeSet<Iso3> = BTreeSet::new();
    for row in csv.rows() {
        let Some(year) = row.year(date)? else {
            return Err(row.error(date, "a date"));
        };
        let fraction = significant(row.must(rate)? / PERCENT, RATE_DIGITS);
        let base = significant(row.must(before)? / PERCENT, RATE_DIGITS);
        let mut push = |a| {
            // Item `2024`: the tariff before, the same in every row of a partner.
            if based.insert(a) {
                rows.push((
                    "us_tariff_effective",
                    BASE_ITEM.to_owned(),
                    a,
                    usa,
                    IMPORTS_YEAR,
                    base,
                ));
            }
            rows.push((
                "us_tariff_effective",
                row.text(date).to_owned(),
                a,
                usa,
                year,
                fraction,
            ));
        };
        if row.text(name) == UNION_NAME {
            union.iter().copied().for_each(&mut push);
            continue;
        }
        let Some(a) = report.keep(EFFECTIVE, raw.codes.name(row.text(name))) else {
            continue;
        };
        if union.contains(&a) {
            report.drop_row(EFFECTIVE, "own row of a member of the European Union");
        } else {
            push(a);
        }
    }
    item_dyad_year(out, "us_tariff_dates.parquet", rows, report)
}

/// `us_imports_musd` and `us_tariff_increase_2025` by two-digit chapter.
fn imports(raw: &Raw, out: &Path, report: &mut Report, usa: Iso3) -> Result<(), AtlasError> {
    let csv = raw.csv(IMPORTS)?;
    let (chapter, value) = (csv.col("HS2")?, csv.col("2024_imports")?);
    let (name, code) = (csv.col("CTY_NAME")?, csv.col("CTY_CODE")?);
    let (iso3, increase) = (csv.col("iso3")?, csv.col("2025_tariff_increase")?);
    let palestine = || raw.codes.iso3("PSE");
    // chapter, exporter → imports in USD, and imports times the increase
    let mut sums: BTreeMap<(String, Iso3), (f64, f64)> = BTreeMap::new();
    for row in csv.rows() {
        if row.text(code) == UNION_CODE {
            report.drop_row(IMPORTS, "aggregate of the European Union");
            continue;
        }
        let found: Result<Iso3, NoState> = match (row.text(iso3), row.text(name)) {
            ("", n) if n.contains("ADMINISTERED BY ISRAEL") => palestine(),
            ("", n) => raw.codes.name(n),
            (c, _) => raw.codes.iso3(c),
        };
        let Some(a) = report.keep(IMPORTS, found) else {
            continue;
        };
        let Some(usd) = row.number(value)?.filter(|v| *v > 0.0) else {
            report.drop_row(IMPORTS, "no imports");
            continue;
        };
        let Some(points) = row.number(increase)? else {
            report.drop_row(IMPORTS, "no tariff");
            continue;
        };
        let sum = sums.entry((row.text(chapter).to_owned(), a)).or_default();
        sum.0 += usd;
        sum.1 += usd * points / PERCENT;
    }
    let mut rows: Vec<ItemDyadRow> = Vec::with_capacity(2 * sums.len());
    for ((chapter, a), (usd, weighted)) in sums {
        let musd = significant(usd / MILLION, FLOW_DIGITS);
        let rate = significant(weighted / usd, RATE_DIGITS);
        rows.push((
            "us_imports_musd",
            chapter.clone(),
            a,
            usa,
            IMPORTS_YEAR,
            musd,
        ));
        rows.push((
            "us_tariff_increase_2025",
            chapter,
            a,
            usa,
            INCREASE_YEAR,
            rate,
        ));
    }
    item_dyad_year(out, "us_imports.parquet", rows, report)
}
