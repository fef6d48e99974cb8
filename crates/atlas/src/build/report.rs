//! What a build wrote and what it could not place.

use std::collections::BTreeMap;

use super::codes::NoState;

/// Rows written to a table.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TableReport {
    /// File name.
    pub file: String,
    /// Rows per variable (the file name where a table has none), in order of name.
    pub rows: BTreeMap<String, usize>,
}

/// Raw rows that have no place in the atlas.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Dropped {
    /// Raw file.
    pub file: String,
    /// Why.
    pub reason: String,
    /// Code or name that was not placed, may be empty.
    pub code: String,
    /// Number of rows.
    pub rows: usize,
}

/// What a build did.
#[derive(Clone, Debug, Default)]
pub struct Report {
    /// Tables in the order in which they were written.
    pub tables: Vec<TableReport>,
    /// Raw files whose content is not the one that `data/sources.toml` names, sorted.
    pub changed: Vec<String>,
    dropped: BTreeMap<(String, String, String), usize>,
}

impl Report {
    /// Rows that were dropped, by raw file, reason and code.
    pub fn dropped(&self) -> Vec<Dropped> {
        self.dropped
            .iter()
            .map(|((file, reason, code), rows)| Dropped {
                file: file.clone(),
                reason: reason.clone(),
                code: code.clone(),
                rows: *rows,
            })
            .collect()
    }

    /// The state, or `None` with the drop counted.
    pub(super) fn keep<T>(&mut self, file: &str, looked_up: Result<T, NoState>) -> Option<T> {
        match looked_up {
            Ok(state) => Some(state),
            Err(none) => {
                self.drop_code(file, none.reason, &none.code);
                None
            }
        }
    }

    /// Counts a dropped row.
    pub(super) fn drop_row(&mut self, file: &str, reason: &str) {
        self.drop_code(file, reason, "");
    }

    fn drop_code(&mut self, file: &str, reason: &str, code: &str) {
        *self
            .dropped
            .entry((file.to_owned(), reason.to_owned(), code.to_owned()))
            .or_default() += 1;
    }

    /// Counts rows that repeat a key of a table.
    pub(super) fn repeated(&mut self, file: &str, rows: usize) {
        if rows > 0 {
            let key = (
                file.to_owned(),
                "repeats a key of the table".to_owned(),
                String::new(),
            );
            *self.dropped.entry(key).or_default() += rows;
        }
    }

    /// Notes a written table by the variable of each of its rows.
    pub(super) fn table<'a>(&mut self, file: &str, variables: impl Iterator<Item = &'a str>) {
        let mut rows = BTreeMap::new();
        for v in variables {
            *rows.entry(v.to_owned()).or_default() += 1;
        }
        self.tables.push(TableReport {
            file: file.to_owned(),
            rows,
        });
    }
}
