//! What publics think of other states, and what states do to each other as the news tell it.

use std::collections::BTreeMap;

use super::symmetric;
use crate::AtlasError;
use crate::build::Report;
use crate::build::codes::Iso3;
use crate::build::raw::{Raw, bad};
use crate::build::tables::{DyadRow, places};

const PEW: &str = "trust/pew/pew_fav_country_year.csv";
const ICEWS: &str = "trust/icews/icews.csv.gz";
const GOLDSTEIN: &str = "trust/cameo_goldstein/goldstein_mappings.csv";
const GDELT: &str = "trust/gdelt/gdelt_dyad_month_201801_202402.csv.gz";

/// Pew's numbers on China in 2013 repeat those on the United States.
const PEW_DEFECT: (&str, i32) = ("CHN", 2013);

/// Favourability of b among the public of a, with its sampling error.
pub(super) fn opinion(raw: &Raw, report: &mut Report) -> Result<Vec<DyadRow>, AtlasError> {
    let csv = raw.csv(PEW)?;
    let (year, from, to) = (
        csv.col("year")?,
        csv.col("iso3_respondent")?,
        csv.col("target")?,
    );
    let (share, error) = (csv.col("fav_total")?, csv.col("se_fav")?);
    let mut rows = Vec::new();
    for row in csv.rows() {
        let y = row.must_int(year)?;
        if (row.text(to), y) == PEW_DEFECT {
            report.drop_row(
                PEW,
                "defect of the source: China 2013 repeats the United States 2013",
            );
            continue;
        }
        let Some(a) = report.keep(PEW, raw.codes.iso3(row.text(from))) else {
            continue;
        };
        let Some(b) = report.keep(PEW, raw.codes.iso3(row.text(to))) else {
            continue;
        };
        rows.push(("favourability", a, b, y, places(row.must(share)?, 3)));
        rows.push(("favourability_se", a, b, y, places(row.must(error)?, 3)));
    }
    Ok(rows)
}

/// What a material act weighs beside a verbal one: the ratio of the mean absolute Goldstein scores
/// of the CAMEO classes (roots 01–05 and 09–14 verbal, 06–08 and 15–20 material).
fn material_weight(raw: &Raw) -> Result<f64, AtlasError> {
    let csv = raw.csv(GOLDSTEIN)?;
    let (code, score) = (csv.col("code")?, csv.col("goldstein")?);
    let (mut verbal, mut material) = ((0.0, 0.0), (0.0, 0.0));
    for row in csv.rows() {
        let root = row.text(code).get(..2).and_then(|r| r.parse::<u8>().ok());
        let (Some(root), Some(score)) = (root, row.number(score)?) else {
            continue;
        };
        let class = match root {
            6..=8 | 15..=20 => &mut material,
            _ => &mut verbal,
        };
        class.0 += score.abs();
        class.1 += 1.0;
    }
    if verbal.0 <= 0.0 || material.1 <= 0.0 {
        return Err(bad(GOLDSTEIN, "no scores of one of the two classes"));
    }
    Ok((material.0 / material.1) / (verbal.0 / verbal.1))
}

/// Balance of cooperation and conflict from a to b, and the number of events behind it.
pub(super) fn counts(raw: &Raw, report: &mut Report) -> Result<Vec<DyadRow>, AtlasError> {
    let weight = material_weight(raw)?;
    let csv = raw.csv(ICEWS)?;
    let (from, to, year) = (csv.col("i_iso3c")?, csv.col("j_iso3c")?, csv.col("year")?);
    let columns = [
        csv.col("verbCoop")?,
        csv.col("matlCoop")?,
        csv.col("verbConf")?,
        csv.col("matlConf")?,
    ];
    let mut rows = Vec::new();
    for row in csv.rows() {
        let mut n = [0.0; 4];
        for (slot, col) in n.iter_mut().zip(columns) {
            *slot = row.number(col)?.unwrap_or(0.0);
        }
        let count: f64 = n.iter().sum();
        if count <= 0.0 {
            report.drop_row(ICEWS, "no event");
            continue;
        }
        let Some(a) = report.keep(ICEWS, raw.codes.iso3(row.text(from))) else {
            continue;
        };
        let Some(b) = report.keep(ICEWS, raw.codes.iso3(row.text(to))) else {
            continue;
        };
        let y = row.must_int(year)?;
        let cooperation = n[0] + weight * n[1];
        let conflict = n[2] + weight * n[3];
        let balance = (cooperation - conflict) / (cooperation + conflict);
        rows.push(("event_balance", a, b, y, places(balance, 3)));
        rows.push(("event_count", a, b, y, count));
    }
    Ok(rows)
}

/// a, b, level, days of the file, days with events.
type MonthOfPair = (Iso3, Iso3, f64, f64, f64);

/// Annual tone of a pair: asinh of the mean daily sum of its month, less the mean of all pairs in
/// that month, averaged over months weighted by the days the source has of each.
pub(super) fn tone(raw: &Raw, report: &mut Report) -> Result<Vec<DyadRow>, AtlasError> {
    let csv = raw.csv(GDELT)?;
    let (month, days) = (csv.col("month")?, csv.col("days_in_file")?);
    let (iso_a, iso_b) = (csv.col("iso3_a")?, csv.col("iso3_b")?);
    let (sum, nonzero) = (csv.col("edge_sum")?, csv.col("days_nonzero")?);
    let mut months: BTreeMap<&str, Vec<MonthOfPair>> = BTreeMap::new();
    for row in csv.rows() {
        let Some(a) = report.keep(GDELT, raw.codes.iso3(row.text(iso_a))) else {
            continue;
        };
        let Some(b) = report.keep(GDELT, raw.codes.iso3(row.text(iso_b))) else {
            continue;
        };
        if a == b {
            report.drop_row(GDELT, "both sides map to one state");
            continue;
        }
        let days = row.must(days)?;
        let level = (row.must(sum)? / days).asinh();
        let entry = (a.min(b), a.max(b), level, days, row.must(nonzero)?);
        months.entry(row.text(month)).or_default().push(entry);
    }
    let mut years: BTreeMap<(Iso3, Iso3, i32), (f64, f64, f64)> = BTreeMap::new();
    for (month, pairs) in &months {
        let year = month.get(..4).and_then(|y| y.parse::<i32>().ok());
        let Some(year) = year else {
            return Err(bad(GDELT, &format!("month `{month}`")));
        };
        let mean = pairs.iter().map(|p| p.2).sum::<f64>() / pairs.len() as f64;
        for (a, b, level, days, nonzero) in pairs {
            let slot = years.entry((*a, *b, year)).or_default();
            slot.0 += (level - mean) * days;
            slot.1 += days;
            slot.2 += nonzero;
        }
    }
    let mut rows = Vec::new();
    for ((a, b, y), (weighted, days, nonzero)) in years {
        rows.push(symmetric("gdelt_tone", a, b, y, places(weighted / days, 3)));
        rows.push(symmetric("gdelt_days", a, b, y, nonzero));
    }
    Ok(rows)
}
