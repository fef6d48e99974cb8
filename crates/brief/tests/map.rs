//! The world map against its source and on the page.

// A skipped test says so.
#![allow(clippy::print_stdout)]

mod common;

use std::collections::BTreeSet;
use std::path::PathBuf;

use realign_brief::{html, world};

/// Areas of the source that are not drawn, and areas that the derivation sets apart.
const DROPPED: [&str; 1] = ["Antarctica"];
const SET_APART: [&str; 1] = ["Crimea"];

/// The folder of raw data, if it is here.
fn shared(file: &str) -> Option<PathBuf> {
    let workspace = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../..");
    let base = std::env::var_os("REALIGN_SHARED")
        .map_or_else(|| workspace.join("../shared"), PathBuf::from);
    let path = base.join(file);
    if path.exists() {
        return Some(path);
    }
    assert!(
        std::env::var_os("CI").is_none(),
        "{} is missing under CI",
        path.display()
    );
    println!("skipped: {} is not here", path.display());
    None
}

#[test]
fn ref_the_map_has_every_area_of_its_source() {
    let Some(path) = shared("data/general/countries-110m.json") else {
        return;
    };
    let source: serde_json::Value =
        serde_json::from_str(&std::fs::read_to_string(path).unwrap()).unwrap();
    let mut want: BTreeSet<String> = source["objects"]["countries"]["geometries"]
        .as_array()
        .unwrap()
        .iter()
        .map(|g| g["properties"]["name"].as_str().unwrap().to_owned())
        .filter(|n| !DROPPED.contains(&n.as_str()))
        .collect();
    want.extend(SET_APART.map(str::to_owned));
    let map = world::load().unwrap();
    let have: BTreeSet<String> = map.areas.iter().map(|a| a.name.clone()).collect();
    assert_eq!(have, want);
}

#[test]
fn prop_codes_are_unique_and_every_value_is_drawn() {
    let map = world::load().unwrap();
    let codes: Vec<&str> = map
        .areas
        .iter()
        .map(|a| a.iso3.as_str())
        .chain(map.points.iter().map(|p| p.iso3.as_str()))
        .collect();
    let set: BTreeSet<&str> = codes.iter().copied().collect();
    assert_eq!(set.len(), codes.len());
    assert!(
        codes
            .iter()
            .all(|c| c.len() == 3 && c.chars().all(|c| c.is_ascii_uppercase()))
    );
    let page = html::render(&common::fixture()).unwrap();
    let svg = page.split("<svg class=\"map\"").nth(1).unwrap();
    let svg = &svg[..svg.find("</svg>").unwrap()];
    // Each area and point carries its name; the actor is named by its label instead.
    assert_eq!(svg.matches("<title>").count(), codes.len() - 1);
    assert_eq!(svg.matches("class=\"act\"").count(), 1);
    assert_eq!(
        svg.matches("class=\"dis\"").count(),
        map.areas
            .iter()
            .filter(|a| a.disputed && !["TWN", "PSE"].contains(&a.iso3.as_str()))
            .count()
    );
}

#[test]
fn ref_disputed_areas_do_not_inherit_a_neighbours_shade() {
    let map = world::load().unwrap();
    let disputed: Vec<&str> = map
        .areas
        .iter()
        .filter(|a| a.disputed)
        .map(|a| a.iso3.as_str())
        .collect();
    assert_eq!(
        disputed,
        ["ESH", "FLK", "PSE", "TWN", "XCR", "XKX", "XNC", "XSL"]
    );
}
