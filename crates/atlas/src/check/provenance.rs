//! The catalogue against the files, and the list of states.

// Rules share one signature; some of them cannot fail.
#![allow(clippy::unnecessary_wraps)]

use std::collections::BTreeMap;

use super::{Rule, Seen};
use crate::{Atlas, AtlasError, Shape, StateKind, Year};

pub(super) const RULES: &[Rule] = &[
    Rule {
        id: "tables_described",
        what: "Every table file has an entry in data/sources.toml and every entry a file",
        hint: "add the missing [[table]] block, or run `realign atlas build` and embed the file",
        look: tables_described,
    },
    Rule {
        id: "provenance_complete",
        what: "Every table says what was done and names publisher, reference, licence, vintage and raw file",
        hint: "fill the empty field in data/sources.toml",
        look: provenance_complete,
    },
    Rule {
        id: "hashes_well_formed",
        what: "Every raw file has a SHA-256 of 64 hexadecimal digits, the same wherever it is named",
        hint: "copy the hash from `sha256sum` of the raw file",
        look: hashes_well_formed,
    },
    Rule {
        id: "variables_unique",
        what: "A variable stands in one table only, with unit and description",
        hint: "rename one of the variables or fill its unit",
        look: variables_unique,
    },
    Rule {
        id: "variables_have_rows",
        what: "Every variable has rows in its table",
        hint: "run `realign atlas build`, or remove the variable from data/sources.toml",
        look: variables_have_rows,
    },
    Rule {
        id: "rows_described",
        what: "Every variable in a table file is described",
        hint: "add the [[table.variable]] block",
        look: rows_described,
    },
    Rule {
        id: "no_row_after_newest_year",
        what: "No table holds a row later than its newest year",
        hint: "correct newest_year in data/sources.toml, or the year in the builder",
        look: no_row_after_newest_year,
    },
    Rule {
        id: "states_complete",
        what: "The list holds the 193 members of the United Nations, sorted, with name, demonym and place",
        hint: "look at states.parquet and the builder's lists of names",
        look: states_complete,
    },
    Rule {
        id: "names_unambiguous",
        what: "No name or alias means two states",
        hint: "remove the alias in the builder's list of names",
        look: names_unambiguous,
    },
];

/// Members of the United Nations.
const UN_MEMBERS: usize = 193;

fn tables_described(atlas: &Atlas) -> Result<Seen, AtlasError> {
    let mut seen = Seen::default();
    let files: Vec<&str> = atlas.files().map(|(name, _)| name).collect();
    for file in &files {
        let entries = atlas
            .catalogue()
            .tables()
            .iter()
            .filter(|t| t.file == *file)
            .count();
        seen.case(entries == 1, || format!("{file} has {entries} entries"));
    }
    for table in atlas.catalogue().tables() {
        seen.case(files.contains(&table.file.as_str()), || {
            format!("{} has no file", table.file)
        });
    }
    Ok(seen)
}

fn provenance_complete(atlas: &Atlas) -> Result<Seen, AtlasError> {
    let mut seen = Seen::default();
    for table in atlas.catalogue().tables() {
        let named = !table.sources.is_empty() && !table.transformation.trim().is_empty();
        seen.case(named, || {
            format!("{} without source or transformation", table.file)
        });
        for source in &table.sources {
            let fields = [
                &source.publisher,
                &source.reference,
                &source.licence,
                &source.vintage,
                &source.retrieved,
                &source.raw,
            ];
            let filled = fields.iter().all(|f| !f.trim().is_empty());
            seen.case(filled, || {
                format!("{}: empty field of {}", table.file, source.raw)
            });
        }
    }
    Ok(seen)
}

fn hashes_well_formed(atlas: &Atlas) -> Result<Seen, AtlasError> {
    let mut seen = Seen::default();
    let mut hashes: BTreeMap<&str, &str> = BTreeMap::new();
    for source in atlas.catalogue().tables().iter().flat_map(|t| &t.sources) {
        let digits = source
            .sha256
            .bytes()
            .all(|b| matches!(b, b'0'..=b'9' | b'a'..=b'f'));
        let first = hashes.entry(&source.raw).or_insert(&source.sha256);
        let same = *first == source.sha256;
        seen.case(digits && source.sha256.len() == 64 && same, || {
            source.raw.clone()
        });
    }
    Ok(seen)
}

fn variables_unique(atlas: &Atlas) -> Result<Seen, AtlasError> {
    let mut seen = Seen::default();
    let mut count: BTreeMap<&str, usize> = BTreeMap::new();
    for (_, variable) in atlas.catalogue().variables() {
        *count.entry(&variable.id).or_default() += 1;
        let filled = !variable.unit.is_empty() && !variable.description.is_empty();
        seen.case(filled, || {
            format!("{} without unit or description", variable.id)
        });
    }
    for (id, n) in count {
        seen.case(n == 1, || format!("{id} stands {n} times"));
    }
    Ok(seen)
}

/// Whether a table of this shape has a column that names the variable of a row.
fn has_variables(shape: Shape) -> bool {
    !matches!(shape, Shape::States | Shape::Memberships | Shape::Leaders)
}

fn variables_have_rows(atlas: &Atlas) -> Result<Seen, AtlasError> {
    let mut seen = Seen::default();
    for table in atlas
        .catalogue()
        .tables()
        .iter()
        .filter(|t| has_variables(t.shape))
    {
        let names = &atlas.store.columns(&table.file)?.text("variable")?.names;
        for variable in &table.variables {
            seen.case(names.contains(&variable.id), || {
                format!("{} in {}", variable.id, table.file)
            });
        }
    }
    Ok(seen)
}

fn rows_described(atlas: &Atlas) -> Result<Seen, AtlasError> {
    let mut seen = Seen::default();
    for table in atlas
        .catalogue()
        .tables()
        .iter()
        .filter(|t| has_variables(t.shape))
    {
        for name in &atlas.store.columns(&table.file)?.text("variable")?.names {
            let described = table.variables.iter().any(|v| v.id == *name);
            seen.case(described, || format!("{name} in {}", table.file));
        }
    }
    Ok(seen)
}

fn no_row_after_newest_year(atlas: &Atlas) -> Result<Seen, AtlasError> {
    let mut seen = Seen::default();
    for table in atlas.catalogue().tables() {
        let dates: &[&str] = match table.shape {
            Shape::States => continue,
            Shape::Spells => &["start"],
            Shape::Leaders => &["start", "end"],
            Shape::Memberships => &["entry", "exit"],
            _ => &["year"],
        };
        for date in dates {
            let years = atlas.store.columns(&table.file)?.int(date)?;
            let newest = years.iter().copied().max().unwrap_or(table.newest_year);
            seen.case(newest <= table.newest_year, || {
                format!("{} holds {newest} after {}", table.file, table.newest_year)
            });
        }
    }
    Ok(seen)
}

fn states_complete(atlas: &Atlas) -> Result<Seen, AtlasError> {
    let mut seen = Seen::default();
    let members = atlas
        .states()
        .iter()
        .filter(|s| s.kind == StateKind::Member)
        .count();
    seen.case(members == UN_MEMBERS, || format!("{members} members"));
    let mut before = "";
    for state in atlas.states() {
        seen.case(before < state.iso3.as_str(), || {
            format!("{} after {before}", state.iso3)
        });
        before = &state.iso3;
        let named = !state.name.is_empty() && !state.demonym.is_empty() && !state.region.is_empty();
        let placed = (-90.0..=90.0).contains(&state.lat)
            && (-180.0..=180.0).contains(&state.lon)
            && state.area_km2 > 0.0;
        seen.case(named && placed, || {
            format!("{} lacks a name or a place", state.iso3)
        });
    }
    Ok(seen)
}

fn names_unambiguous(atlas: &Atlas) -> Result<Seen, AtlasError> {
    let mut seen = Seen::default();
    let mut owner: BTreeMap<&str, &str> = BTreeMap::new();
    for state in atlas.states() {
        for name in state.aliases.iter().chain([&state.name, &state.iso3]) {
            let first = *owner.entry(name).or_insert(&state.iso3);
            seen.case(first == state.iso3, || {
                format!("{name}: {first} and {}", state.iso3)
            });
        }
    }
    // A bloc may not be taken for a state either.
    for bloc in atlas.blocs().unwrap_or_default() {
        seen.case(!owner.contains_key(bloc), || {
            format!("{bloc} is a bloc and a state")
        });
    }
    let newest = atlas.catalogue().newest_vintage();
    seen.case(newest >= Year(2000), || format!("vintage {newest}"));
    Ok(seen)
}
