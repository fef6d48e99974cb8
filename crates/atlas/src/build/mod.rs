//! From raw public data to the committed tables (`realign atlas build`).
//!
//! One file per topic; each reads raw files through [`raw::Raw`], maps every code through
//! [`codes::Codes`] and writes tables through `tables`. What has no place is counted in the
//! [`Report`], never dropped in silence.

mod arms;
mod codes;
mod compiled;
mod finance;
mod panels;
mod raw;
mod relations;
mod report;
mod standards;
mod states;
mod tables;
mod ties;
mod trade;
mod write;

use std::collections::BTreeMap;
use std::path::Path;

use crate::{AtlasError, Catalogue};
use raw::Raw;

pub use report::{Dropped, Report, TableReport};
pub use write::{Cell, TableWriter};

type Topic = fn(&Raw, &Path, &mut Report) -> Result<(), AtlasError>;

/// The topics in the order in which they are built.
const TOPICS: &[(&str, Topic)] = &[
    ("states", states::build),
    ("panels", panels::build),
    ("ties", ties::build),
    ("relations", relations::build),
    ("trade", trade::build),
    ("arms", arms::build),
    ("finance", finance::build),
    ("standards", standards::build),
];

/// Builds every table of `out` from the raw directory; `progress` hears the name of each topic.
///
/// The same raw files give the same bytes. A missing raw file is an error that names it; one with
/// another content than `data/sources.toml` names is listed in [`Report::changed`].
pub fn build(raw: &Path, out: &Path, progress: &mut dyn FnMut(&str)) -> Result<Report, AtlasError> {
    let raw = Raw::open(raw)?;
    std::fs::create_dir_all(out).map_err(|e| AtlasError::Write {
        path: out.display().to_string(),
        message: e.to_string(),
    })?;
    let mut report = Report::default();
    for (name, topic) in TOPICS {
        progress(name);
        topic(&raw, out, &mut report)?;
    }
    progress("hashes");
    report.changed = changed(&raw)?;
    Ok(report)
}

/// Raw files whose content is not the one that the catalogue names, sorted.
fn changed(raw: &Raw) -> Result<Vec<String>, AtlasError> {
    let catalogue = Catalogue::embedded()?;
    let sources = catalogue.tables().iter().flat_map(|t| &t.sources);
    // What is compiled is part of the program and cannot differ from it.
    let named: BTreeMap<&str, &str> = sources
        .filter(|s| !s.raw.starts_with("compiled/"))
        .map(|s| (s.raw.as_str(), s.sha256.as_str()))
        .collect();
    let mut changed = Vec::new();
    for (path, hash) in named {
        if raw.sha256(path)? != hash {
            changed.push(path.to_owned());
        }
    }
    Ok(changed)
}
