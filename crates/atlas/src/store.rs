//! Table files and their columns, read once and shared by all vintages.

use std::collections::BTreeMap;
use std::sync::OnceLock;

use bytes::Bytes;

use crate::columns::Columns;
use crate::{AtlasError, embedded};

#[derive(Debug)]
struct File {
    bytes: Bytes,
    columns: OnceLock<Result<Columns, AtlasError>>,
}

/// Table files by name.
#[derive(Debug)]
pub(crate) struct Store {
    files: BTreeMap<String, File>,
}

impl Store {
    /// The tables that ship with the program.
    pub(crate) fn embedded() -> Self {
        let files = embedded::FILES.iter();
        Self::collect(files.map(|(name, bytes)| ((*name).to_owned(), Bytes::from_static(bytes))))
    }

    /// Tables given as bytes.
    pub(crate) fn new(files: impl IntoIterator<Item = (String, Vec<u8>)>) -> Self {
        Self::collect(
            files
                .into_iter()
                .map(|(name, bytes)| (name, Bytes::from(bytes))),
        )
    }

    fn collect(files: impl Iterator<Item = (String, Bytes)>) -> Self {
        let files = files
            .map(|(name, bytes)| {
                (
                    name,
                    File {
                        bytes,
                        columns: OnceLock::new(),
                    },
                )
            })
            .collect();
        Self { files }
    }

    /// Columns of a table, read on first use.
    pub(crate) fn columns(&self, name: &str) -> Result<&Columns, AtlasError> {
        let file = self
            .files
            .get(name)
            .ok_or_else(|| AtlasError::MissingFile {
                file: name.to_owned(),
            })?;
        file.columns
            .get_or_init(|| Columns::read(&file.bytes, name))
            .as_ref()
            .map_err(Clone::clone)
    }

    /// Names and sizes in bytes, sorted by name.
    pub(crate) fn files(&self) -> impl Iterator<Item = (&str, usize)> {
        self.files
            .iter()
            .map(|(name, file)| (name.as_str(), file.bytes.len()))
    }
}
