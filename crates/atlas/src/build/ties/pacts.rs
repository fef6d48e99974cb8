//! Alliances by obligation: ATOP dyad-years to 2018, then accessions to NATO and compiled treaties.

use std::collections::{BTreeMap, BTreeSet};

use super::symmetric;
use crate::AtlasError;
use crate::build::Report;
use crate::build::codes::Iso3;
use crate::build::raw::Raw;
use crate::build::tables::SpellRow;

const DYADS: &str = "security/alliances/atop_alliance.csv.gz";
const ALLIANCES: &str = "security/alliances/atop5_1a.csv";
const ACCESSIONS: &str = "security/alliances/nato_accession.csv";
const BLOCS: &str = "general/blocs_handcoded.csv";
const SUPPLEMENT: &str = "security/alliances/alliance_supplement_2019_2025.csv";

/// Last year that ATOP 5.1 codes; ties in force then stay open.
const LAST_CODED: i32 = 2018;
/// ATOP's number of the North Atlantic Treaty.
const NATO: &str = "3180";
/// Pacts that ended before are left out.
const FIRST_YEAR: i32 = 1945;

/// Layer, column of the dyad-years, column of the alliance file.
const OBLIGATIONS: [(&str, &str, &str); 5] = [
    ("defence_pact", "atop_defense", "defense"),
    ("offence_pact", "atop_offense", "offense"),
    ("neutrality_pact", "atop_neutral", "neutral"),
    ("nonaggression_pact", "atop_nonagg", "nonagg"),
    ("consultation_pact", "atop_consul", "consul"),
];

/// Directions in which an obligation holds in a year.
type Directions = BTreeMap<i32, BTreeSet<bool>>;

pub(super) fn read(raw: &Raw, report: &mut Report) -> Result<Vec<SpellRow>, AtlasError> {
    let mut rows = coded(raw, report)?;
    leave_the_union(raw, &mut rows)?;
    rows.extend(accessions(raw, report)?);
    rows.extend(supplement(raw, report)?);
    Ok(rows)
}

fn coded(raw: &Raw, report: &mut Report) -> Result<Vec<SpellRow>, AtlasError> {
    let csv = raw.csv(DYADS)?;
    let (ccode1, ccode2, year) = (csv.col("ccode1")?, csv.col("ccode2")?, csv.col("year")?);
    let columns = OBLIGATIONS.map(|o| csv.col(o.1));
    let mut years: Vec<BTreeMap<(Iso3, Iso3), Directions>> = vec![BTreeMap::new(); 5];
    for row in csv.rows() {
        let (one, two) = (row.must_int(ccode1)?, row.must_int(ccode2)?);
        let Some(from) = report.keep(DYADS, raw.codes.cow(one)) else {
            continue;
        };
        let Some(to) = report.keep(DYADS, raw.codes.cow(two)) else {
            continue;
        };
        if from == to {
            report.drop_row(DYADS, "both sides map to one state");
            continue;
        }
        let y = row.must_int(year)?;
        for (layer, col) in columns.iter().enumerate() {
            if row.number(*col.as_ref().map_err(Clone::clone)?)? == Some(1.0) {
                let pair = (from.min(to), from.max(to));
                let directions = years[layer].entry(pair).or_default();
                directions.entry(y).or_default().insert(from < to);
            }
        }
    }
    let mut rows = Vec::new();
    for (layer, pairs) in years.iter().enumerate() {
        for ((a, b), directions) in pairs {
            for (start, last) in runs(directions.keys().copied()) {
                if last < FIRST_YEAR {
                    continue;
                }
                let both = directions.range(start..=last).all(|(_, d)| d.len() == 2);
                let end = (last < LAST_CODED).then_some(last + 1);
                let detail = if both { "" } else { "one-sided in part" };
                rows.push(symmetric(OBLIGATIONS[layer].0, *a, *b, start, end, detail));
            }
        }
    }
    Ok(rows)
}

/// First and last of each run of consecutive years.
fn runs(years: impl Iterator<Item = i32>) -> Vec<(i32, i32)> {
    let mut runs: Vec<(i32, i32)> = Vec::new();
    for y in years {
        match runs.last_mut() {
            Some((_, last)) if *last + 1 == y => *last = y,
            _ => runs.push((y, y)),
        }
    }
    runs
}

/// Ends the pacts that rest on the treaty of the European Union alone for who left it after the
/// last coded year: those of defence and consultation with members that were not in NATO.
fn leave_the_union(raw: &Raw, rows: &mut [SpellRow]) -> Result<(), AtlasError> {
    let csv = raw.csv(ACCESSIONS)?;
    let (iso3, year) = (csv.col("iso3")?, csv.col("accession_year")?);
    let mut nato = BTreeSet::new();
    for row in csv.rows() {
        if let (true, Ok(s)) = (
            row.must_int(year)? <= LAST_CODED,
            raw.codes.iso3(row.text(iso3)),
        ) {
            nato.insert(s);
        }
    }
    let csv = raw.csv(BLOCS)?;
    let (bloc, iso3, exit) = (csv.col("bloc")?, csv.col("iso3")?, csv.col("exit_year")?);
    let mut union = BTreeMap::new();
    for row in csv.rows().filter(|r| r.text(bloc) == "EU") {
        if let Ok(state) = raw.codes.iso3(row.text(iso3)) {
            union.insert(state, row.int(exit)?);
        }
    }
    for row in rows.iter_mut().filter(|r| r.end.is_none()) {
        let of_the_union = matches!(row.variable, "defence_pact" | "consultation_pact");
        let outside_nato = !nato.contains(&row.a) || !nato.contains(&row.b);
        if let (true, true, Some(a), Some(b)) = (
            of_the_union,
            outside_nato,
            union.get(&row.a),
            union.get(&row.b),
        ) {
            row.end = a.iter().chain(b).copied().filter(|y| *y > LAST_CODED).min();
        }
    }
    Ok(())
}

/// Pacts with every member for whoever joined NATO after the last coded year.
fn accessions(raw: &Raw, report: &mut Report) -> Result<Vec<SpellRow>, AtlasError> {
    let csv = raw.csv(ALLIANCES)?;
    let id = csv.col("atopid")?;
    let mut obligations = Vec::new();
    for row in csv.rows().filter(|r| r.text(id) == NATO) {
        for (layer, _, column) in OBLIGATIONS {
            if row.number(csv.col(column)?)? == Some(1.0) {
                obligations.push(layer);
            }
        }
    }
    let csv = raw.csv(ACCESSIONS)?;
    let (iso3, year) = (csv.col("iso3")?, csv.col("accession_year")?);
    let mut members: Vec<(i32, Iso3)> = Vec::new();
    for row in csv.rows() {
        let looked_up = raw.codes.iso3(row.text(iso3));
        let Some(state) = report.keep(ACCESSIONS, looked_up) else {
            continue;
        };
        members.push((row.must_int(year)?, state));
    }
    members.sort_unstable();
    let mut rows = Vec::new();
    for (k, (joined, state)) in members.iter().enumerate() {
        if *joined <= LAST_CODED {
            continue;
        }
        for (_, other) in &members[..k] {
            for layer in &obligations {
                rows.push(symmetric(layer, *state, *other, *joined, None, "NATO"));
            }
        }
    }
    Ok(rows)
}

/// Compiled bilateral treaties after the last coded year.
fn supplement(raw: &Raw, report: &mut Report) -> Result<Vec<SpellRow>, AtlasError> {
    let csv = raw.csv(SUPPLEMENT)?;
    let (a, b) = (csv.col("iso_a")?, csv.col("iso_b")?);
    let bloc = csv.col("ccode_b")?;
    let (start, end, kind) = (
        csv.col("start_date")?,
        csv.col("end_date")?,
        csv.col("type")?,
    );
    let commitment = csv.col("commitment")?;
    let mut rows = Vec::new();
    for row in csv.rows() {
        if row.text(kind) != "defense" {
            report.drop_row(
                SUPPLEMENT,
                "a suspension that its compiler has not verified",
            );
            continue;
        }
        if row.text(bloc) == "NATO" {
            report.drop_row(
                SUPPLEMENT,
                "accession to NATO: taken from nato_accession.csv",
            );
            continue;
        }
        let Some(first) = report.keep(SUPPLEMENT, raw.codes.iso3(row.text(a))) else {
            continue;
        };
        let Some(second) = report.keep(SUPPLEMENT, raw.codes.iso3(row.text(b))) else {
            continue;
        };
        let Some(from) = row.year(start)? else {
            return Err(row.error(start, "a date yyyy-mm-dd"));
        };
        rows.push(symmetric(
            "defence_pact",
            first,
            second,
            from,
            row.year(end)?,
            row.text(commitment),
        ));
    }
    Ok(rows)
}

#[cfg(test)]
mod tests {
    use super::runs;

    #[test]
    fn prop_runs_cover_years_once() {
        assert_eq!(
            runs([1949, 1950, 1951, 1960, 1962, 1963].into_iter()),
            vec![(1949, 1951), (1960, 1960), (1962, 1963)]
        );
        assert!(runs(std::iter::empty()).is_empty());
    }
}
