//! Forces of the United States abroad, and joint exercises.

use std::collections::{BTreeMap, BTreeSet};

use super::symmetric;
use crate::AtlasError;
use crate::build::Report;
use crate::build::codes::Iso3;
use crate::build::raw::{Raw, bad};
use crate::build::tables::{DyadRow, significant};

const TROOPS: &str = "security/us_presence/troopdata-rebuild-country-year.csv.gz";
const EXERCISES: &str = "security/us_presence/mme-v7-long.csv.gz";

/// Counts above keep two significant digits.
const EXACT_UP_TO: f64 = 100.0;

pub(super) fn read(raw: &Raw, report: &mut Report) -> Result<Vec<DyadRow>, AtlasError> {
    let mut rows = troops(raw, report)?;
    rows.extend(exercises(raw, report)?);
    Ok(rows)
}

fn troops(raw: &Raw, report: &mut Report) -> Result<Vec<DyadRow>, AtlasError> {
    let csv = raw.csv(TROOPS)?;
    let (name, iso3) = (csv.col("countryname")?, csv.col("iso3c")?);
    let (year, active) = (csv.col("year")?, csv.col("troops_ad")?);
    let usa = Iso3::parse("USA").ok_or_else(|| bad(TROOPS, "no code for the stationing state"))?;
    let mut counts: BTreeMap<(Iso3, i32), f64> = BTreeMap::new();
    for row in csv.rows() {
        let looked_up = match row.text(iso3) {
            "" | "NA" => raw.codes.name(&row.latin1(name)),
            code => raw.codes.iso3(code),
        };
        let Some(host) = report.keep(TROOPS, looked_up) else {
            continue;
        };
        if host == usa {
            report.drop_row(TROOPS, "forces at home");
            continue;
        }
        // Some hosts stand under two spellings in one year.
        if let Some(n) = row.number(active)? {
            *counts.entry((host, row.must_int(year)?)).or_default() += n;
        }
    }
    let rounded = |n: f64| {
        if n > EXACT_UP_TO {
            significant(n, 2)
        } else {
            n
        }
    };
    Ok(counts
        .into_iter()
        .map(|((host, y), n)| ("troops", usa, host, y, rounded(n)))
        .collect())
}

/// Exercises in which both took part, by year of their start.
fn exercises(raw: &Raw, report: &mut Report) -> Result<Vec<DyadRow>, AtlasError> {
    let csv = raw.csv(EXERCISES)?;
    let (id, gw, name) = (csv.col("MMEID")?, csv.col("gwcode")?, csv.col("country")?);
    let year = csv.col("year")?;
    let mut parties: BTreeMap<(&str, i32), BTreeSet<Iso3>> = BTreeMap::new();
    for row in csv.rows() {
        let looked_up = match row.int(gw)? {
            Some(code) => raw.codes.gw(code),
            None => raw.codes.name(&row.latin1(name)),
        };
        let Some(state) = report.keep(EXERCISES, looked_up) else {
            continue;
        };
        parties
            .entry((row.text(id), row.must_int(year)?))
            .or_default()
            .insert(state);
    }
    let mut counts: BTreeMap<(Iso3, Iso3, i32), f64> = BTreeMap::new();
    for ((_, y), states) in &parties {
        let states: Vec<Iso3> = states.iter().copied().collect();
        for (i, a) in states.iter().enumerate() {
            for b in &states[i + 1..] {
                *counts.entry((*a, *b, *y)).or_default() += 1.0;
            }
        }
    }
    Ok(counts
        .into_iter()
        .map(|((a, b, y), n)| symmetric("joint_exercises", a, b, y, n))
        .collect())
}
