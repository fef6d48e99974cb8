//! `trade_agreement`: free-trade areas and customs unions in force, from the DESTA treaties.
//!
//! DESTA gives each treaty its parties, its depth and the year it entered into force. A pair is
//! tied by every treaty of both; overlapping years of one kind are merged into one spell.
//! - Only treaties of depth 2 (free-trade area) and 3 (customs union) count; partial-scope,
//!   framework and services agreements do not, nor do the pan-African treaties that set no tariffs.
//! - A treaty without a year of entry is not in force; an accession without one starts in the year
//!   after signature, or in the year of the enlargement of the European Union signed that year.
//! - A state that joins the European Union leaves its own treaties with whoever stays outside; the
//!   United Kingdom leaves the treaties of the Union at the end of 2020, when they ceased to apply.
//! - `data/compiled/agreements_supplement.csv` adds what entered into force after DESTA ends and
//!   replaces the dates of the treaties whose DESTA number it names.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use super::compiled;
use crate::AtlasError;
use crate::build::Report;
use crate::build::codes::Iso3;
use crate::build::raw::{Csv, Raw, bad};
use crate::build::tables::{SpellRow, spells};

const DYADS: &str = "trade/agreements/desta_dyads.csv.gz";
const CONTENT: &str = "trade/agreements/content_coding.csv.gz";
const WITHDRAWALS: &str = "trade/agreements/withdrawals_dyads.csv.gz";
const BLOCS: &str = "general/blocs_handcoded.csv";
const SUPPLEMENT: &str = "data/compiled/agreements_supplement.csv";
/// Treaties of depth 3 that are programmes without tariff commitments: the African Common Market
/// of 1962 and the African Economic Community of 1991.
const PROGRAMMES: &[i32] = &[2, 3];
/// First year in which the treaties of the Union no longer applied to the United Kingdom.
const UK_EXIT: i32 = 2021;

/// Kind of agreement, as DESTA codes its depth.
fn kind(depth: i32) -> Option<&'static str> {
    match depth {
        2 => Some("fta"),
        3 => Some("customs_union"),
        _ => None,
    }
}

/// Ordered pair, kind → years (start, first year no longer in force).
type Intervals = BTreeMap<(Iso3, Iso3, &'static str), Vec<(i32, Option<i32>)>>;

fn add(all: &mut Intervals, a: Iso3, b: Iso3, kind: &'static str, start: i32, end: Option<i32>) {
    if a != b && end.is_none_or(|e| e > start) {
        all.entry((a.min(b), a.max(b), kind))
            .or_default()
            .push((start, end));
    }
}

/// Union of intervals, ascending.
pub(in crate::build) fn merge(mut spans: Vec<(i32, Option<i32>)>) -> Vec<(i32, Option<i32>)> {
    spans.sort_unstable();
    let mut merged: Vec<(i32, Option<i32>)> = Vec::new();
    for (start, end) in spans {
        match merged.last_mut() {
            Some((_, None)) => {}
            Some((_, Some(last))) if start <= *last => match end {
                None => merged.last_mut().into_iter().for_each(|m| m.1 = None),
                Some(e) => *last = (*last).max(e),
            },
            _ => merged.push((start, end)),
        }
    }
    merged
}

/// Whether a treaty binds the European Communities or Union, or the European Economic Area.
fn of_the_union(name: &str) -> bool {
    name.split(|c: char| !c.is_ascii_alphanumeric())
        .any(|w| w == "EC" || w == "EEA")
}

/// Year of entry into the European Union.
fn union_entries(raw: &Raw, report: &mut Report) -> Result<BTreeMap<Iso3, i32>, AtlasError> {
    let csv = raw.csv(BLOCS)?;
    let (bloc, iso3, entry) = (csv.col("bloc")?, csv.col("iso3")?, csv.col("entry_year")?);
    let mut entries = BTreeMap::new();
    for row in csv.rows().filter(|r| r.text(bloc) == "EU") {
        if let Some(state) = report.keep(BLOCS, raw.codes.iso3(row.text(iso3))) {
            entries.insert(state, row.must_int(entry)?);
        }
    }
    Ok(entries)
}

/// Depth of every base treaty.
fn depths(raw: &Raw) -> Result<BTreeMap<i32, i32>, AtlasError> {
    let csv = raw.csv(CONTENT)?;
    let (base, entry_type) = (csv.col("base_treaty")?, csv.col("entry_type")?);
    let depth = csv.col("mar_typedepth")?;
    let mut depths = BTreeMap::new();
    for row in csv.rows().filter(|r| r.text(entry_type) == "base_treaty") {
        if let Some(d) = row.int(depth)? {
            depths.entry(row.must_int(base)?).or_insert(d);
        }
    }
    Ok(depths)
}

pub(super) fn build(raw: &Raw, out: &Path, report: &mut Report) -> Result<(), AtlasError> {
    let entries = union_entries(raw, report)?;
    let mut all = Intervals::new();
    let replaced = supplement(raw, &entries, &mut all, report)?;
    desta(raw, &entries, &replaced, &mut all, report)?;
    let mut rows = Vec::new();
    for ((a, b, kind), spans) in all {
        for (start, end) in merge(spans) {
            let detail = kind.to_owned();
            rows.push(SpellRow {
                variable: "trade_agreement",
                a,
                b,
                start,
                end,
                detail,
            });
        }
    }
    spells(out, "trade_agreements.parquet", rows, report)
}

/// Year in which a state left a treaty: (base treaty, leaver, other).
fn withdrawals(
    raw: &Raw,
    report: &mut Report,
) -> Result<BTreeMap<(i32, Iso3, Iso3), i32>, AtlasError> {
    let csv = raw.csv(WITHDRAWALS)?;
    let (from, to) = (csv.col("country1")?, csv.col("country2")?);
    let (base, year) = (csv.col("base_treaty")?, csv.col("year")?);
    let mut left = BTreeMap::new();
    for row in csv.rows() {
        let Some(a) = report.keep(WITHDRAWALS, raw.codes.name(row.text(from))) else {
            continue;
        };
        let Some(b) = report.keep(WITHDRAWALS, raw.codes.name(row.text(to))) else {
            continue;
        };
        left.insert((row.must_int(base)?, a, b), row.must_int(year)?);
    }
    Ok(left)
}

/// Signature year → year of entry into force of the enlargements of the Union.
fn enlargements(csv: &Csv) -> Result<BTreeMap<i32, i32>, AtlasError> {
    let (name, signed) = (csv.col("name")?, csv.col("year_signed")?);
    let force = csv.col("year_in_force")?;
    let mut years = BTreeMap::new();
    for row in csv.rows().filter(|r| r.text(name).ends_with("Enlargement")) {
        if let (Some(s), Some(f)) = (row.int(signed)?, row.int(force)?) {
            years.insert(s, f);
        }
    }
    Ok(years)
}

fn desta(
    raw: &Raw,
    entries: &BTreeMap<Iso3, i32>,
    replaced: &BTreeSet<i32>,
    all: &mut Intervals,
    report: &mut Report,
) -> Result<(), AtlasError> {
    let depths = depths(raw)?;
    let left = withdrawals(raw, report)?;
    let csv = raw.csv(DYADS)?;
    let enlargements = enlargements(&csv)?;
    let (a, b, base) = (
        csv.col("iso3_a")?,
        csv.col("iso3_b")?,
        csv.col("base_treaty")?,
    );
    let (name, entry_type) = (csv.col("name")?, csv.col("entry_type")?);
    let (signed, force) = (csv.col("year_signed")?, csv.col("year_in_force")?);
    let britain = raw.codes.iso3("GBR").map_err(|n| bad(DYADS, &n.code))?;
    for row in csv.rows() {
        let accession = row.text(entry_type) == "accession";
        if !accession && row.text(entry_type) != "base_treaty" {
            continue;
        }
        let treaty = row.must_int(base)?;
        let Some(kind) = depths.get(&treaty).and_then(|d| kind(*d)) else {
            report.drop_row(DYADS, "neither free-trade area nor customs union");
            continue;
        };
        if PROGRAMMES.contains(&treaty) || replaced.contains(&treaty) {
            report.drop_row(
                DYADS,
                "programme without tariffs, or dated by the supplement",
            );
            continue;
        }
        let (signed, force) = (row.int(signed)?, row.int(force)?);
        let start = match (force, signed) {
            (Some(f), Some(s)) if accession => f.max(s),
            (Some(f), _) => f,
            (None, Some(s)) if accession => enlargements.get(&s).copied().unwrap_or(s + 1),
            _ => {
                report.drop_row(DYADS, "not in force");
                continue;
            }
        };
        let Some(x) = report.keep(DYADS, raw.codes.iso3(row.text(a))) else {
            continue;
        };
        let Some(y) = report.keep(DYADS, raw.codes.iso3(row.text(b))) else {
            continue;
        };
        let mut end = [(x, y), (y, x)]
            .iter()
            .filter_map(|(p, q)| left.get(&(treaty, *p, *q)))
            .copied()
            .min();
        if of_the_union(row.text(name)) {
            end = (x == britain || y == britain).then_some(UK_EXIT);
        } else {
            let joined = [x, y]
                .iter()
                .filter_map(|s| entries.get(s))
                .filter(|e| **e > start)
                .min();
            end = end.into_iter().chain(joined.copied()).min();
        }
        add(all, x, y, kind, start, end);
    }
    Ok(())
}

/// Parties of the supplement with the year in which each entered.
fn parties(
    raw: &Raw,
    list: &str,
    start: i32,
    entries: &BTreeMap<Iso3, i32>,
    britain: Iso3,
) -> Result<Vec<(Iso3, i32)>, AtlasError> {
    let mut parties = Vec::new();
    for token in list.split_whitespace() {
        if token == "EU27" {
            parties.extend(
                entries
                    .keys()
                    .filter(|s| **s != britain)
                    .map(|s| (*s, start)),
            );
            continue;
        }
        let (code, year) = token.split_once(':').unwrap_or((token, ""));
        let year = if year.is_empty() {
            Ok(start)
        } else {
            year.parse()
        };
        let (Ok(iso), Ok(year)) = (raw.codes.iso3(code), year) else {
            return Err(bad(
                SUPPLEMENT,
                &format!("`{token}` is not a state or state:year"),
            ));
        };
        parties.push((iso, year));
    }
    Ok(parties)
}

/// Adds the compiled agreements; returns the DESTA numbers whose dates they replace.
fn supplement(
    raw: &Raw,
    entries: &BTreeMap<Iso3, i32>,
    all: &mut Intervals,
    report: &mut Report,
) -> Result<BTreeSet<i32>, AtlasError> {
    let csv = compiled(
        SUPPLEMENT,
        include_str!("../../../../../data/compiled/agreements_supplement.csv"),
    )?;
    let (number, kind, start) = (
        csv.col("desta_number")?,
        csv.col("kind")?,
        csv.col("start")?,
    );
    let (side_a, side_b) = (csv.col("parties_a")?, csv.col("parties_b")?);
    let britain = raw
        .codes
        .iso3("GBR")
        .map_err(|n| bad(SUPPLEMENT, &n.code))?;
    let mut replaced = BTreeSet::new();
    for row in csv.rows() {
        replaced.extend(row.int(number)?);
        let kind = match row.text(kind) {
            "fta" => "fta",
            "customs_union" => "customs_union",
            _ => return Err(row.error(kind, "fta or customs_union")),
        };
        let start = row.must_int(start)?;
        let list = |col| parties(raw, row.text(col), start, entries, britain);
        let (a, b) = (list(side_a)?, list(side_b)?);
        if a.is_empty() {
            report.drop_row(SUPPLEMENT, "no parties");
        }
        for (k, (p, from)) in a.iter().enumerate() {
            let others = if b.is_empty() { &a[k + 1..] } else { &b[..] };
            for (q, to) in others {
                add(all, *p, *q, kind, *from.max(to), None);
            }
        }
    }
    Ok(replaced)
}

#[cfg(test)]
mod tests {
    use super::{merge, of_the_union};

    #[test]
    fn ref_merge_by_hand() {
        let spans = vec![
            (2004, None),
            (1990, Some(1995)),
            (1995, Some(1999)),
            (1992, Some(1993)),
        ];
        assert_eq!(merge(spans), vec![(1990, Some(1999)), (2004, None)]);
        assert_eq!(
            merge(vec![(1, Some(3)), (2, None), (5, Some(9))]),
            vec![(1, None)]
        );
    }

    #[test]
    fn ref_treaties_of_the_union() {
        assert!(of_the_union("Albania EC SAA") && of_the_union("European Economic Area (EEA)"));
        assert!(!of_the_union(
            "Economic Community Of West African States (ECOWAS)"
        ));
    }
}
