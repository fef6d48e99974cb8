//! CSV files of a user: plain or gzip, every mistake named with file, line and column.

use std::fs;
use std::io::Read;
use std::path::Path;

use crate::report::Failure;

/// Bytes of a file, unpacked where its name ends in `.gz`.
pub fn bytes(path: &Path) -> Result<Vec<u8>, Failure> {
    let bad = |e: std::io::Error| {
        Failure::hinted(
            format!("cannot read {}: {e}", path.display()),
            "check the name; gzip files must end in .gz",
        )
    };
    let data = fs::read(path).map_err(bad)?;
    if path.extension().is_none_or(|e| e != "gz") {
        return Ok(data);
    }
    let mut plain = Vec::with_capacity(data.len() * 6);
    flate2::read::MultiGzDecoder::new(&data[..])
        .read_to_end(&mut plain)
        .map_err(bad)?;
    Ok(plain)
}

/// A mistake in a file.
pub fn mistake(path: &Path, line: u64, column: &str, what: &str, hint: &str) -> Failure {
    Failure::hinted(
        format!("{}, line {line}, column {column}: {what}", path.display()),
        hint,
    )
}

/// One row of a file of pairs.
pub struct Pair {
    /// Exporter's code.
    pub exporter: String,
    /// Importer's code.
    pub importer: String,
    /// The number.
    pub value: f64,
    /// Line of the file.
    pub line: u64,
}

/// Reads exporter, importer and a number from the named columns.
pub fn pairs(path: &Path, value: &str) -> Result<Vec<Pair>, Failure> {
    let data = bytes(path)?;
    let mut reader = csv::ReaderBuilder::new()
        .trim(csv::Trim::All)
        .from_reader(&data[..]);
    let unreadable = |e: csv::Error| Failure::plain(format!("{}: {e}", path.display()));
    let header = reader.headers().map_err(unreadable)?.clone();
    let find = |name: &str| {
        let at = header
            .iter()
            .position(|h| h.trim_start_matches('\u{feff}').eq_ignore_ascii_case(name));
        at.ok_or_else(|| {
            let known: Vec<&str> = header.iter().collect();
            Failure::hinted(
                format!("{}, line 1: no column `{name}`", path.display()),
                format!(
                    "the columns are exporter, importer, {value}; found: {}",
                    known.join(", ")
                ),
            )
        })
    };
    let (a, b, v) = (find("exporter")?, find("importer")?, find(value)?);
    let mut out = Vec::new();
    for record in reader.records() {
        let record = record.map_err(unreadable)?;
        let line = record.position().map_or(0, csv::Position::line);
        let code = |at: usize, name: &str| {
            let text = record.get(at).unwrap_or_default();
            if text.is_empty() {
                return Err(mistake(path, line, name, "is empty", "give a code"));
            }
            Ok(text.to_owned())
        };
        let text = record.get(v).unwrap_or_default();
        let number: f64 = text.parse().map_err(|_| {
            let what = if text.is_empty() {
                format!("the {value} is missing")
            } else {
                format!("`{text}` is no number")
            };
            mistake(
                path,
                line,
                value,
                &what,
                "write 0 where there is none; leave the row out only if every other pair has one",
            )
        })?;
        out.push(Pair {
            exporter: code(a, "exporter")?,
            importer: code(b, "importer")?,
            value: number,
            line,
        });
    }
    if out.is_empty() {
        return Err(Failure::hinted(
            format!("{} holds no rows", path.display()),
            format!("give rows of exporter, importer, {value}"),
        ));
    }
    Ok(out)
}
