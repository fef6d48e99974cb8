//! Nothing of a later date reaches an earlier atlas.

use std::path::PathBuf;

use proptest::prelude::*;
use realign_atlas::build::{Cell, TableWriter};
use realign_atlas::{Atlas, Catalogue, Shape, Year};

const VINTAGES: [i32; 5] = [1980, 2000, 2010, 2018, 2022];

#[test]
fn prop_as_of_leaks_nothing() {
    let atlas = Atlas::embedded().unwrap();
    for vintage in VINTAGES {
        let then = atlas.as_of(Year(vintage));
        let mut rows = 0usize;
        for (table, variable) in atlas.catalogue().variables() {
            let id = variable.id.as_str();
            let last = Year(vintage) - table.lag(variable);
            let mut see = |year: Year| {
                assert!(year <= last, "{id}: {year} after {last}");
                rows += 1;
            };
            match table.shape {
                Shape::StateYear => {
                    then.state_series(id).unwrap().rows().for_each(|r| see(r.1));
                }
                Shape::DyadYear => then.dyads(id).unwrap().rows().for_each(|r| see(r.2)),
                Shape::ItemYear => then.items(id).unwrap().rows().iter().for_each(|r| see(r.1)),
                Shape::ItemStateYear => {
                    then.item_states(id)
                        .unwrap()
                        .rows()
                        .iter()
                        .for_each(|r| see(r.2));
                }
                Shape::ItemDyadYear => {
                    then.item_dyads(id)
                        .unwrap()
                        .rows()
                        .iter()
                        .for_each(|r| see(r.3));
                }
                Shape::Spells => {
                    for spell in then.spells(id).unwrap().rows() {
                        see(spell.start);
                        spell.end.into_iter().for_each(&mut see);
                    }
                }
                Shape::States | Shape::Memberships | Shape::Leaders => unreachable!(),
            }
        }
        for leader in then.leaders().unwrap() {
            assert!(leader.start <= Year(vintage) && leader.end.is_none_or(|e| e <= Year(vintage)));
        }
        for m in then.memberships().unwrap() {
            assert!(m.entry <= Year(vintage) && m.exit.is_none_or(|e| e <= Year(vintage)));
        }
        assert!(rows > 10_000, "{vintage}: {rows} rows");
    }
    // An atlas of an atlas cannot look forward again.
    assert_eq!(
        atlas.as_of(Year(2000)).as_of(Year(2020)).vintage(),
        Year(2000)
    );
}

/// A catalogue with one table of each kind, lag 1.
const CATALOGUE: &str = r#"
vintage = 2025

[[table]]
file = "panel.parquet"
shape = "state_year"
transformation = "none"
publication_lag_years = 1
newest_year = 2024
source = []
[[table.variable]]
id = "x"
unit = "1"
description = "a state variable"

[[table]]
file = "pairs.parquet"
shape = "dyad_year"
transformation = "none"
publication_lag_years = 1
newest_year = 2024
source = []
[[table.variable]]
id = "once"
unit = "1"
description = "a symmetric variable"
symmetric = true
[[table.variable]]
id = "directed"
unit = "1"
description = "a directed variable"

[[table]]
file = "ties.parquet"
shape = "spells"
transformation = "none"
publication_lag_years = 1
newest_year = 2024
source = []
[[table.variable]]
id = "tie"
unit = "tie"
description = "a tie"
"#;

const CODES: [&str; 4] = ["CAN", "DEU", "FRA", "USA"];

type Observed = (usize, usize, i32, f64);

fn tables() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../data/tables")
}

fn written(writer: &TableWriter, name: &str) -> (String, Vec<u8>) {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join(name);
    writer.write(&path).unwrap();
    (name.to_owned(), std::fs::read(path).unwrap())
}

/// An atlas of synthetic rows; `ends` closes the ties.
fn synthetic(rows: &[Observed], ends: &[i32]) -> Atlas {
    let text = |v: Vec<&str>| Cell::Text(v.into_iter().map(str::to_owned).collect());
    let years = || Cell::Int(rows.iter().map(|r| r.2).collect());
    let values = || Cell::Real(rows.iter().map(|r| r.3).collect());
    let first = |r: &Observed| CODES[r.0.min(r.1)];
    let second = |r: &Observed| CODES[r.0.max(r.1)];
    let panel = TableWriter::default()
        .column("variable", text(rows.iter().map(|_| "x").collect()))
        .column("iso3", text(rows.iter().map(|r| CODES[r.0]).collect()))
        .column("year", years())
        .column("value", values());
    let twice = |f: &dyn Fn(&Observed) -> &'static str, g: &dyn Fn(&Observed) -> &'static str| {
        text(rows.iter().map(f).chain(rows.iter().map(g)).collect())
    };
    let pairs = TableWriter::default()
        .column("variable", twice(&|_| "once", &|_| "directed"))
        .column("a", twice(&first, &|r| CODES[r.0]))
        .column("b", twice(&second, &|r| CODES[r.1]))
        .column(
            "year",
            Cell::Int(rows.iter().chain(rows).map(|r| r.2).collect()),
        )
        .column(
            "value",
            Cell::Real(rows.iter().chain(rows).map(|r| r.3).collect()),
        );
    let ties = TableWriter::default()
        .column("variable", text(rows.iter().map(|_| "tie").collect()))
        .column("a", text(rows.iter().map(first).collect()))
        .column("b", text(rows.iter().map(second).collect()))
        .column("start", years())
        .column("end", Cell::Int(ends.to_vec()))
        .column("detail", text(rows.iter().map(|_| "").collect()));
    let states = std::fs::read(tables().join("states.parquet")).unwrap();
    let files = [
        ("states.parquet".to_owned(), states),
        written(&panel, "panel.parquet"),
        written(&pairs, "pairs.parquet"),
        written(&ties, "ties.parquet"),
    ];
    Atlas::open(Catalogue::parse(CATALOGUE).unwrap(), files).unwrap()
}

/// Everything an atlas shows, to compare two of them.
fn shown(atlas: &Atlas) -> String {
    let x: Vec<_> = atlas.state_series("x").unwrap().rows().collect();
    let once: Vec<_> = atlas.dyads("once").unwrap().rows().collect();
    let directed: Vec<_> = atlas.dyads("directed").unwrap().rows().collect();
    format!(
        "{x:?} {once:?} {directed:?} {:?}",
        atlas.spells("tie").unwrap().rows()
    )
}

fn observed() -> impl Strategy<Value = Vec<Observed>> {
    let row = (0usize..4, 0usize..4, 1990i32..2025, -1e3f64..1e3);
    prop::collection::vec(row, 0..60).prop_map(|mut rows| {
        // One value per key, as tables have.
        rows.sort_by_key(|r| (r.0.min(r.1), r.0.max(r.1), r.2));
        rows.dedup_by_key(|r| (r.0.min(r.1), r.0.max(r.1), r.2));
        let mut seen = std::collections::BTreeSet::new();
        rows.retain(|r| seen.insert((r.0, r.2)));
        rows
    })
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 48, ..ProptestConfig::default() })]

    #[test]
    fn prop_later_rows_cannot_change_an_earlier_atlas(
        rows in observed(),
        vintage in 1992i32..2024,
        shift in -500.0f64..500.0,
        turn in 0usize..60,
    ) {
        let end = |r: &Observed| r.2 + 5;
        let before = synthetic(&rows, &rows.iter().map(end).collect::<Vec<_>>());
        // Later rows take other values, ends after the vintage other years, the order is another.
        let mut altered: Vec<(Observed, i32)> = rows
            .iter()
            .map(|r| {
                let later = r.2 + 1 > vintage;
                let value = if later { r.3 + shift } else { r.3 };
                let end = if end(r) + 1 > vintage { end(r) + 7 } else { end(r) };
                ((r.0, r.1, r.2, value), end)
            })
            .collect();
        let turn = turn.min(altered.len());
        altered.rotate_left(turn);
        let (altered, ends): (Vec<_>, Vec<_>) = altered.into_iter().unzip();
        let after = synthetic(&altered, &ends);
        let year = Year(vintage);
        prop_assert_eq!(shown(&before.as_of(year)), shown(&after.as_of(year)));
    }

    #[test]
    fn prop_panels_agree_with_a_naive_map(rows in observed(), at in 1985i32..2030) {
        let atlas = synthetic(&rows, &vec![0; rows.len()]);
        let at = Year(at);
        let ids = CODES.map(|c| atlas.states().by_iso3(c).unwrap());
        let newest = |keep: &dyn Fn(&Observed) -> bool| {
            let rows = rows.iter().filter(|r| keep(r) && Year(r.2) <= at);
            rows.max_by_key(|r| r.2).map(|r| (Year(r.2), r.3))
        };
        let x = atlas.state_series("x").unwrap();
        let (once, directed) = (atlas.dyads("once").unwrap(), atlas.dyads("directed").unwrap());
        let matrix = directed.matrix(at, -1.0);
        for i in 0..4 {
            prop_assert_eq!(x.latest(ids[i], at), newest(&|r| r.0 == i));
            prop_assert_eq!(x.at(ids[i], at), newest(&|r| r.0 == i && r.2 == at.0).map(|r| r.1));
            for j in 0..4 {
                let both = newest(&|r| (r.0, r.1) == (i, j) || (r.1, r.0) == (i, j));
                prop_assert_eq!(once.latest(ids[i], ids[j], at), both);
                let one = newest(&|r| (r.0, r.1) == (i, j));
                prop_assert_eq!(directed.latest(ids[i], ids[j], at), one);
                let cell = matrix[ids[i].index() * atlas.n() + ids[j].index()];
                prop_assert_eq!(cell, one.map_or(-1.0, |r| r.1));
            }
        }
        prop_assert_eq!(x.len(), rows.len());
    }

    #[test]
    fn prop_tables_round_trip(rows in observed()) {
        let atlas = synthetic(&rows, &vec![0; rows.len()]);
        let mut ours: Vec<_> = atlas.state_series("x").unwrap().rows().collect();
        let id = |k: usize| atlas.states().by_iso3(CODES[k]).unwrap();
        let mut theirs: Vec<_> = rows.iter().map(|r| (id(r.0), Year(r.2), r.3)).collect();
        ours.sort_by_key(|r| (r.0, r.1));
        theirs.sort_by_key(|r| (r.0, r.1));
        prop_assert_eq!(ours, theirs);
    }
}

#[test]
fn prop_ties_end_when_they_were_known_to_end() {
    let atlas = synthetic(&[(0, 3, 2000, 1.0)], &[2010]);
    let tie = |vintage| {
        atlas
            .as_of(Year(vintage))
            .spells("tie")
            .unwrap()
            .rows()
            .first()
            .cloned()
    };
    // A lag of one year: the start of 2000 is known at the end of 2001, the end of 2010 in 2011.
    assert!(tie(2000).is_none());
    assert_eq!(tie(2001).unwrap().end, None);
    assert_eq!(tie(2010).unwrap().end, None);
    assert_eq!(tie(2011).unwrap().end, Some(Year(2010)));
}

#[test]
fn prop_an_unknown_state_is_an_error() {
    let table = TableWriter::default()
        .column("variable", Cell::Text(vec!["x".into()]))
        .column("iso3", Cell::Text(vec!["ZZZ".into()]))
        .column("year", Cell::Int(vec![2000]))
        .column("value", Cell::Narrow(vec![1.0]));
    let states = std::fs::read(tables().join("states.parquet")).unwrap();
    let files = [
        ("states.parquet".to_owned(), states),
        written(&table, "panel.parquet"),
    ];
    let atlas = Atlas::open(Catalogue::parse(CATALOGUE).unwrap(), files).unwrap();
    let message = atlas.state_series("x").unwrap_err().to_string();
    assert!(
        message.contains("ZZZ") && message.contains("panel.parquet"),
        "{message}"
    );
    assert!(atlas.dyads("once").is_err(), "a missing file is an error");
    assert!(atlas.preload().is_err());
}
