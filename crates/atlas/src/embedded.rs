//! The committed tables as bytes of the program.

use crate::AtlasError;

macro_rules! tables {
    ($($name:literal),* $(,)?) => {
        /// File name and content of every embedded table.
        pub(crate) const FILES: &[(&str, &[u8])] = &[
            $(($name, include_bytes!(concat!("../../../data/tables/", $name)))),*
        ];
    };
}

tables!("states.parquet");

/// Content of a table file.
pub(crate) fn file(name: &str) -> Result<&'static [u8], AtlasError> {
    FILES
        .iter()
        .find(|(n, _)| *n == name)
        .map(|(_, b)| *b)
        .ok_or_else(|| AtlasError::MissingFile { file: name.to_owned() })
}
