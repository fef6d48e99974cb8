//! The checks on the embedded atlas, the catalogue against the raw files, the descriptions.
#![allow(clippy::print_stdout, clippy::format_collect)]

use std::collections::BTreeMap;
use std::path::PathBuf;

use realign_atlas::{Amount, Atlas, Catalogue, Verdict, Year};
use sha2::{Digest, Sha256};

#[test]
fn prop_every_check_passes() {
    let checks = Atlas::embedded().unwrap().check();
    assert!(checks.len() >= 20);
    let failed: Vec<String> = checks
        .iter()
        .filter(|c| c.verdict != Verdict::Pass)
        .map(|c| format!("{}: {:?} {} (hint: {})", c.id, c.verdict, c.detail, c.hint))
        .collect();
    assert!(failed.is_empty(), "{}", failed.join("\n"));
}

/// The checks must be able to fail: a catalogue and a table that are wrong are found out.
#[test]
fn prop_checks_find_what_is_wrong() {
    let broken = include_str!("../../../data/sources.toml")
        .replacen("newest_year = 2024", "newest_year = 1999", 1)
        .replacen("licence = \"CC BY 4.0\"", "licence = \"\"", 1)
        .replacen("sha256 = \"", "sha256 = \"zz", 1);
    let catalogue = Catalogue::parse(&broken).unwrap();
    let dir = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../data/tables");
    // One table is missing.
    let files = std::fs::read_dir(dir)
        .unwrap()
        .map(|f| f.unwrap())
        .filter(|f| {
            let name = f.file_name();
            name.to_string_lossy().ends_with(".parquet") && name != "votes.parquet"
        });
    let files = files.map(|f| {
        (
            f.file_name().to_string_lossy().into_owned(),
            std::fs::read(f.path()).unwrap(),
        )
    });
    let checks = Atlas::open(catalogue, files).unwrap().check();
    let verdict = |id: &str| checks.iter().find(|c| c.id == id).unwrap().verdict;
    for id in [
        "tables_described",
        "provenance_complete",
        "hashes_well_formed",
        "no_row_after_newest_year",
    ] {
        assert_eq!(verdict(id), Verdict::Fail, "{id}");
    }
    assert_eq!(verdict("spells_ordered"), Verdict::Pass);
}

fn shared() -> Option<PathBuf> {
    let root = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../..");
    #[allow(clippy::disallowed_methods)]
    let named = std::env::var("REALIGN_SHARED").map(PathBuf::from);
    let path = named.unwrap_or_else(|_| root.join("../shared"));
    if path.join("data").is_dir() {
        return Some(path);
    }
    #[allow(clippy::disallowed_methods)]
    let ci = std::env::var("CI").is_ok();
    assert!(!ci, "{} is missing", path.display());
    println!("skipped: no raw data at {}", path.display());
    None
}

#[test]
fn ref_raw_files_have_the_hashes_of_the_catalogue() {
    let Some(shared) = shared() else { return };
    let data = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../data");
    let mut hashes: BTreeMap<&str, &str> = BTreeMap::new();
    let catalogue = Catalogue::embedded().unwrap();
    for source in catalogue.tables().iter().flat_map(|t| &t.sources) {
        hashes.insert(&source.raw, &source.sha256);
    }
    assert!(hashes.len() > 30);
    for (raw, hash) in hashes {
        let root = if raw.starts_with("compiled/") {
            &data
        } else {
            &shared.join("data")
        };
        let bytes = std::fs::read(root.join(raw)).unwrap_or_else(|e| panic!("{raw}: {e}"));
        let ours: String = Sha256::digest(bytes)
            .iter()
            .map(|b| format!("{b:02x}"))
            .collect();
        assert_eq!(ours, hash, "{raw}");
    }
}

#[test]
fn ref_descriptions_of_a_state_and_a_pair() {
    let atlas = Atlas::embedded().unwrap();
    let id = |iso3| atlas.states().by_iso3(iso3).unwrap();
    let sections = atlas.describe_state(id("CAN")).unwrap();
    let facts: Vec<_> = sections.iter().flat_map(|s| &s.facts).collect();
    let gdp = facts.iter().find(|f| f.variable == "gdp_usd_mn").unwrap();
    assert_eq!(gdp.year, Some(Year(2024)));
    assert!(
        matches!(gdp.amount, Amount::Number(v) if (2e6..2.5e6).contains(&v)),
        "{gdp:?}"
    );
    let pacts = facts.iter().find(|f| f.variable == "defence_pact").unwrap();
    assert!(matches!(&pacts.amount, Amount::Words(w) if w.iter().any(|p| p == "USA")));
    let leader = facts.iter().find(|f| f.variable == "leaders").unwrap();
    assert_eq!(leader.amount, Amount::Words(vec!["Carney".to_owned()]));
    assert!(facts.iter().all(|f| !f.source.is_empty()));

    let sections = atlas.describe_pair(id("CAN"), id("USA")).unwrap();
    let facts: Vec<_> = sections.iter().flat_map(|s| &s.facts).collect();
    let blocs = facts.iter().find(|f| f.variable == "memberships").unwrap();
    assert!(matches!(&blocs.amount, Amount::Words(w) if w.iter().any(|b| b == "NATO")));
    let distance = facts.iter().filter(|f| f.variable == "distance_km").count();
    assert_eq!(distance, 1, "a symmetric variable stands once");
    let view = facts
        .iter()
        .filter(|f| f.variable == "favourability")
        .count();
    assert_eq!(
        view, 1,
        "Canadians of the United States, nobody asked the other way"
    );
}
