//! Table files and their columns, read once and shared by all vintages.

use std::collections::BTreeMap;
use std::sync::{Arc, OnceLock};

use bytes::Bytes;

use crate::columns::Columns;
use crate::{AtlasError, Catalogue, Year, embedded, shuffle};

#[derive(Debug)]
struct File {
    bytes: Bytes,
    columns: OnceLock<Result<Columns, AtlasError>>,
}

/// Table files by name.
#[derive(Debug)]
pub(crate) struct Store {
    files: BTreeMap<String, File>,
    shuffled: Option<Shuffled>,
}

/// Another store, with what was not public at the end of a year shuffled.
#[derive(Debug)]
struct Shuffled {
    of: Arc<Store>,
    catalogue: Arc<Catalogue>,
    origin: Year,
    seed: u64,
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
        Self {
            files,
            shuffled: None,
        }
    }

    /// The tables of `of`; their columns, when first asked for, with the future of `origin`
    /// shuffled.
    pub(crate) fn shuffled(
        of: Arc<Self>,
        catalogue: Arc<Catalogue>,
        origin: Year,
        seed: u64,
    ) -> Self {
        let files = of.files.iter().map(|(n, f)| (n.clone(), f.bytes.clone()));
        let mut store = Self::collect(files);
        store.shuffled = Some(Shuffled {
            of,
            catalogue,
            origin,
            seed,
        });
        store
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
            .get_or_init(|| match &self.shuffled {
                Some(s) => s.columns(name),
                None => Columns::read(&file.bytes, name),
            })
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

impl Shuffled {
    fn columns(&self, name: &str) -> Result<Columns, AtlasError> {
        let plain = self.of.columns(name)?.clone();
        match self.catalogue.tables().iter().find(|t| t.file == name) {
            Some(table) => shuffle::future(plain, table, self.origin, self.seed),
            None => Ok(plain),
        }
    }
}
