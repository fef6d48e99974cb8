//! Reads the raw directory: CSV and TSV, plain or gzip, JSON, hashes, and the crosswalk of codes.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::io::Read;
use std::path::{Path, PathBuf};

use sha2::{Digest, Sha256};

use super::codes::{Codes, Iso3, SUCCESSORS, plain};
use crate::AtlasError;

/// The raw directory with its crosswalk.
pub(super) struct Raw {
    root: PathBuf,
    /// The crosswalk.
    pub(super) codes: Codes,
}

/// Territories that trade in the model and are no states.
pub(super) const TERRITORIES: &[&str] = &[
    "ABW", "BMU", "CUW", "CYM", "GRL", "HKG", "MAC", "NCL", "PYF", "SXM", "TCA",
];

/// Entries of the atlas that are no members of the United Nations.
pub(super) const OTHERS: &[&str] = &["PSE", "TWN", "XKX"];

impl Raw {
    /// Opens a raw directory and reads its crosswalk.
    pub(super) fn open(root: &Path) -> Result<Self, AtlasError> {
        let mut raw = Self {
            root: root.to_owned(),
            codes: Codes {
                states: BTreeSet::new(),
                cow: BTreeMap::new(),
                gw: BTreeMap::new(),
                names: BTreeMap::new(),
            },
        };
        raw.read_countries()?;
        raw.read_codelist()?;
        raw.read_crosswalk()?;
        for (code, iso) in SUCCESSORS {
            if let Some(iso) = Iso3::parse(iso).filter(|i| raw.codes.states.contains(i)) {
                raw.codes.cow.insert(*code, iso);
                raw.codes.gw.insert(*code, iso);
            }
        }
        raw.codes.add_names();
        Ok(raw)
    }

    fn read_countries(&mut self) -> Result<(), AtlasError> {
        let path = "general/countries.json.gz";
        let rows = self.json(path)?;
        let rows = rows.as_array().ok_or_else(|| bad(path, "not a list"))?;
        for row in rows {
            let Some(code) = row["cca3"].as_str() else {
                continue;
            };
            let code = if code == "UNK" { "XKX" } else { code };
            let listed = (row["unMember"].as_bool() == Some(true) && code != "VAT")
                || TERRITORIES.contains(&code)
                || OTHERS.contains(&code);
            let Some(iso) = Iso3::parse(code).filter(|_| listed) else {
                continue;
            };
            self.codes.states.insert(iso);
            for name in [&row["name"]["common"], &row["name"]["official"]] {
                if let Some(name) = name.as_str() {
                    self.codes.names.insert(plain(name), iso);
                }
            }
        }
        Ok(())
    }

    fn read_codelist(&mut self) -> Result<(), AtlasError> {
        let csv = self.csv("general/codelist.csv")?;
        let (iso3c, cown, gwn) = (csv.col("iso3c")?, csv.col("cown")?, csv.col("gwn")?);
        let names = [
            "country.name.en",
            "cow.name",
            "iso.name.en",
            "un.name.en",
            "p4.name",
            "vdem.name",
        ]
        .map(|n| csv.col(n));
        for row in csv.rows() {
            let common = row.text(csv.col("country.name.en")?);
            let code = if common == "Kosovo" {
                "XKX"
            } else {
                row.text(iso3c)
            };
            let Some(iso) = Iso3::parse(code).filter(|i| self.codes.states.contains(i)) else {
                continue;
            };
            if let Some(n) = row.int(cown)? {
                self.codes.cow.entry(n).or_insert(iso);
            }
            if let Some(n) = row.int(gwn)? {
                self.codes.gw.entry(n).or_insert(iso);
            }
            for col in &names {
                let col = col.as_ref().map_err(Clone::clone)?;
                let name = plain(row.text(*col));
                if !name.is_empty() {
                    self.codes.names.entry(name).or_insert(iso);
                }
            }
        }
        Ok(())
    }

    fn read_crosswalk(&mut self) -> Result<(), AtlasError> {
        let csv = self.csv("security/xwalk/state_xwalk_2024_iso3_cow_gw.csv")?;
        let (iso3, ccode, gwcode) = (csv.col("iso3")?, csv.col("ccode")?, csv.col("gwcode")?);
        for row in csv.rows() {
            let Ok(iso) = self.codes.iso3(row.text(iso3)) else {
                continue;
            };
            if let Some(n) = row.int(ccode)? {
                self.codes.cow.entry(n).or_insert(iso);
            }
            if let Some(n) = row.int(gwcode)? {
                self.codes.gw.entry(n).or_insert(iso);
            }
        }
        Ok(())
    }

    /// Full path of a raw file.
    pub(super) fn path(&self, path: &str) -> PathBuf {
        self.root.join(path)
    }

    /// Content of a raw file, gunzipped where its name ends in `.gz`.
    pub(super) fn bytes(&self, path: &str) -> Result<Vec<u8>, AtlasError> {
        let data = fs::read(self.path(path)).map_err(|e| bad(path, &e.to_string()))?;
        if path.strip_suffix(".gz").is_none() {
            return Ok(data);
        }
        let mut plain = Vec::with_capacity(data.len() * 6);
        flate2::read::MultiGzDecoder::new(&data[..])
            .read_to_end(&mut plain)
            .map_err(|e| bad(path, &e.to_string()))?;
        Ok(plain)
    }

    /// SHA-256 of a raw file as it lies there, hexadecimal.
    pub(super) fn sha256(&self, path: &str) -> Result<String, AtlasError> {
        let data = fs::read(self.path(path)).map_err(|e| bad(path, &e.to_string()))?;
        Ok(hex(&data))
    }

    /// A JSON file.
    pub(super) fn json(&self, path: &str) -> Result<serde_json::Value, AtlasError> {
        serde_json::from_slice(&self.bytes(path)?).map_err(|e| bad(path, &e.to_string()))
    }

    /// A table with a header row; tabs separate where the name says `.tsv`, commas else.
    pub(super) fn csv(&self, path: &str) -> Result<Csv, AtlasError> {
        Csv::parse(path, &self.bytes(path)?)
    }
}

/// SHA-256 of bytes, hexadecimal.
fn hex(data: &[u8]) -> String {
    use std::fmt::Write;
    Sha256::digest(data)
        .iter()
        .fold(String::with_capacity(64), |mut s, b| {
            let _ = write!(s, "{b:02x}");
            s
        })
}

pub(super) fn bad(path: &str, message: &str) -> AtlasError {
    AtlasError::Raw {
        path: path.to_owned(),
        message: message.to_owned(),
    }
}

/// A column of a [`Csv`].
#[derive(Clone, Copy, Debug)]
pub(super) struct Col(usize);

/// A raw table in memory.
pub(super) struct Csv {
    /// Path under the raw directory.
    pub(super) path: String,
    header: Vec<String>,
    rows: Vec<csv::ByteRecord>,
}

impl Csv {
    /// Reads a table; every row must have as many fields as the header.
    pub(super) fn parse(path: &str, data: &[u8]) -> Result<Self, AtlasError> {
        let tabs = path.trim_end_matches(".gz").strip_suffix(".tsv").is_some();
        let data = data.strip_prefix(b"\xef\xbb\xbf").unwrap_or(data);
        let mut reader = csv::ReaderBuilder::new()
            .delimiter(if tabs { b'\t' } else { b',' })
            .from_reader(data);
        let fail = |e: csv::Error| bad(path, &e.to_string());
        let header = reader
            .byte_headers()
            .map_err(fail)?
            .iter()
            .map(|h| String::from_utf8_lossy(h).trim().to_owned())
            .collect();
        let rows = reader
            .byte_records()
            .collect::<Result<Vec<_>, _>>()
            .map_err(fail)?;
        Ok(Self {
            path: path.to_owned(),
            header,
            rows,
        })
    }

    /// First column with this name.
    pub(super) fn col(&self, name: &str) -> Result<Col, AtlasError> {
        self.header
            .iter()
            .position(|h| h == name)
            .map(Col)
            .ok_or_else(|| {
                bad(
                    &self.path,
                    &format!("no column `{name}`; columns are {}", self.header.join(", ")),
                )
            })
    }

    /// Column at a position, for columns whose name is empty or repeated.
    pub(super) fn col_at(&self, position: usize) -> Col {
        Col(position.min(self.header.len()))
    }

    /// The rows after the header.
    pub(super) fn rows(&self) -> impl Iterator<Item = Row<'_>> {
        self.rows.iter().enumerate().map(|(k, record)| Row {
            csv: self,
            record,
            line: k + 2,
        })
    }
}

/// One row of a [`Csv`].
#[derive(Clone, Copy)]
pub(super) struct Row<'a> {
    csv: &'a Csv,
    record: &'a csv::ByteRecord,
    line: usize,
}

impl<'a> Row<'a> {
    /// Text of a column without surrounding space; what is not UTF-8 reads as empty (see `latin1`).
    pub(super) fn text(self, col: Col) -> &'a str {
        std::str::from_utf8(self.record.get(col.0).unwrap_or_default())
            .unwrap_or_default()
            .trim()
    }

    /// Text of a column, read as Latin-1 where it is not UTF-8.
    pub(super) fn latin1(self, col: Col) -> String {
        let bytes = self.record.get(col.0).unwrap_or_default();
        match std::str::from_utf8(bytes) {
            Ok(s) => s.trim().to_owned(),
            Err(_) => bytes
                .iter()
                .map(|b| char::from(*b))
                .collect::<String>()
                .trim()
                .to_owned(),
        }
    }

    /// Number in a column; empty, `NA`, `NaN`, `.` and `..` are missing.
    pub(super) fn number(self, col: Col) -> Result<Option<f64>, AtlasError> {
        match self.text(col) {
            "" | "NA" | "NaN" | "nan" | "." | ".." | "n.a." => Ok(None),
            t => match t.parse::<f64>() {
                Ok(v) if v.is_finite() => Ok(Some(v)),
                _ => Err(self.error(col, "a number")),
            },
        }
    }

    /// Whole number in a column (`700.0` counts as whole), missing as in [`Row::number`].
    pub(super) fn int(self, col: Col) -> Result<Option<i32>, AtlasError> {
        match self.number(col)? {
            None => Ok(None),
            Some(v) if v.fract() == 0.0 && v.abs() < 2e9 => Ok(Some(v as i32)),
            Some(_) => Err(self.error(col, "a whole number")),
        }
    }

    /// Whole number that must be there.
    pub(super) fn must_int(self, col: Col) -> Result<i32, AtlasError> {
        self.int(col)?
            .ok_or_else(|| self.error(col, "a whole number"))
    }

    /// Number that must be there.
    pub(super) fn must(self, col: Col) -> Result<f64, AtlasError> {
        self.number(col)?.ok_or_else(|| self.error(col, "a number"))
    }

    /// Year at the head of a date such as `2020-03-27`; missing as in [`Row::number`].
    pub(super) fn year(self, col: Col) -> Result<Option<i32>, AtlasError> {
        let text = self.text(col);
        if matches!(text, "" | "NA" | "NaN") {
            return Ok(None);
        }
        text.get(..4)
            .and_then(|y| y.parse().ok())
            .map(Some)
            .ok_or_else(|| self.error(col, "a date yyyy-mm-dd"))
    }

    /// The error that a column does not hold what it must.
    pub(super) fn error(self, col: Col, expected: &str) -> AtlasError {
        let name = self.csv.header.get(col.0).map_or("?", String::as_str);
        bad(
            &self.csv.path,
            &format!(
                "line {} column {name}: `{}` is not {expected}",
                self.line,
                self.text(col)
            ),
        )
    }
}
