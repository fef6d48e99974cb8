//! Parquet files into typed columns.
//!
//! Text columns are read as their dictionary and the codes that point into it, so that a table of a
//! hundred thousand rows costs a hundred thousand small integers and a few hundred strings.

use bytes::Bytes;
use parquet::basic::{Encoding, Type as Physical};
use parquet::column::page::{Page, PageReader};
use parquet::column::reader::ColumnReader;
use parquet::errors::ParquetError;
use parquet::file::reader::{FileReader, SerializedFileReader};

use crate::AtlasError;

/// A text column: distinct values and, for each row, the position of its value.
#[derive(Clone, Debug, Default)]
pub(crate) struct Text {
    pub(crate) names: Vec<String>,
    pub(crate) codes: Vec<u32>,
}

impl Text {
    /// Value of a row.
    pub(crate) fn get(&self, row: usize) -> &str {
        &self.names[self.codes[row] as usize]
    }
}

#[derive(Clone, Debug)]
enum Column {
    Text(Text),
    Int(Vec<i32>),
    Real(Vec<f64>),
    Narrow(Vec<f32>),
}

/// All columns of a Parquet file.
#[derive(Clone, Debug)]
pub(crate) struct Columns {
    file: String,
    rows: usize,
    named: Vec<(String, Column)>,
}

impl Columns {
    /// Reads every column of required BYTE_ARRAY, INT32, FLOAT or DOUBLE type.
    pub(crate) fn read(bytes: &Bytes, file: &str) -> Result<Self, AtlasError> {
        Self::parse(bytes, file).map_err(|e| match e {
            Failure::Atlas(e) => e,
            Failure::Parquet(e) => AtlasError::Parquet {
                file: file.to_owned(),
                message: e.to_string(),
            },
        })
    }

    fn parse(bytes: &Bytes, file: &str) -> Result<Self, Failure> {
        let reader = SerializedFileReader::new(bytes.clone())?;
        let schema = reader.metadata().file_metadata().schema_descr_ptr();
        let rows = reader.metadata().file_metadata().num_rows() as usize;
        let mut columns = Vec::with_capacity(schema.num_columns());
        for c in 0..schema.num_columns() {
            let name = schema.column(c).name().to_owned();
            let physical = schema.column(c).physical_type();
            let wanted =
                schema.column(c).max_def_level() == 0 && schema.column(c).max_rep_level() == 0;
            let mut column = match physical {
                Physical::BYTE_ARRAY if wanted => Column::Text(Text::default()),
                Physical::INT32 if wanted => Column::Int(Vec::with_capacity(rows)),
                Physical::DOUBLE if wanted => Column::Real(Vec::with_capacity(rows)),
                Physical::FLOAT if wanted => Column::Narrow(Vec::with_capacity(rows)),
                _ => {
                    return Err(Failure::Atlas(AtlasError::Column {
                        file: file.to_owned(),
                        column: name,
                        expected: "required BYTE_ARRAY, INT32, FLOAT or DOUBLE",
                    }));
                }
            };
            for g in 0..reader.num_row_groups() {
                let group = reader.get_row_group(g)?;
                let n = group.metadata().num_rows() as usize;
                match &mut column {
                    Column::Text(text) => read_text(&mut *group.get_column_page_reader(c)?, text)?,
                    other => read_numbers(group.get_column_reader(c)?, n, other)?,
                }
            }
            let length = match &column {
                Column::Text(t) => t.codes.len(),
                Column::Int(v) => v.len(),
                Column::Real(v) => v.len(),
                Column::Narrow(v) => v.len(),
            };
            if length != rows {
                return Err(broken(&format!(
                    "column {name} has {length} of {rows} values"
                )));
            }
            columns.push((name, column));
        }
        Ok(Self {
            file: file.to_owned(),
            rows,
            named: columns,
        })
    }

    /// Name of the file.
    pub(crate) fn file(&self) -> &str {
        &self.file
    }

    /// Number of rows.
    pub(crate) fn rows(&self) -> usize {
        self.rows
    }

    fn find(&self, name: &str, expected: &'static str) -> Result<&Column, AtlasError> {
        self.named
            .iter()
            .find(|(n, _)| n == name)
            .map(|(_, c)| c)
            .ok_or_else(|| self.wrong(name, expected))
    }

    fn wrong(&self, name: &str, expected: &'static str) -> AtlasError {
        AtlasError::Column {
            file: self.file.clone(),
            column: name.to_owned(),
            expected,
        }
    }

    /// Deals the values of a column out anew: row `rows[k]` gets the value of row `from[k]`.
    pub(crate) fn permute(
        &mut self,
        name: &str,
        rows: &[u32],
        from: &[u32],
    ) -> Result<(), AtlasError> {
        fn deal<T: Copy>(values: &mut [T], rows: &[u32], from: &[u32]) {
            let taken: Vec<T> = from.iter().map(|r| values[*r as usize]).collect();
            for (row, value) in rows.iter().zip(taken) {
                values[*row as usize] = value;
            }
        }
        let missing = self.wrong(name, "any");
        let column = self.named.iter_mut().find(|(n, _)| n == name);
        match column.map(|(_, c)| c).ok_or(missing)? {
            Column::Text(t) => deal(&mut t.codes, rows, from),
            Column::Int(v) => deal(v, rows, from),
            Column::Real(v) => deal(v, rows, from),
            Column::Narrow(v) => deal(v, rows, from),
        }
        Ok(())
    }

    /// A text column.
    pub(crate) fn text(&self, name: &str) -> Result<&Text, AtlasError> {
        match self.find(name, "BYTE_ARRAY")? {
            Column::Text(t) => Ok(t),
            _ => Err(self.wrong(name, "BYTE_ARRAY")),
        }
    }

    /// A column of whole numbers.
    pub(crate) fn int(&self, name: &str) -> Result<&[i32], AtlasError> {
        match self.find(name, "INT32")? {
            Column::Int(v) => Ok(v),
            _ => Err(self.wrong(name, "INT32")),
        }
    }

    /// A column of numbers; single precision is widened.
    pub(crate) fn real(&self, name: &str) -> Result<Real<'_>, AtlasError> {
        match self.find(name, "FLOAT or DOUBLE")? {
            Column::Real(v) => Ok(Real::Wide(v)),
            Column::Narrow(v) => Ok(Real::Narrow(v)),
            _ => Err(self.wrong(name, "FLOAT or DOUBLE")),
        }
    }
}

/// A column of numbers in either precision.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Real<'a> {
    Wide(&'a [f64]),
    Narrow(&'a [f32]),
}

impl Real<'_> {
    /// Value of a row.
    pub(crate) fn get(self, row: usize) -> f64 {
        match self {
            Self::Wide(v) => v[row],
            Self::Narrow(v) => f64::from(v[row]),
        }
    }

    /// Value of a row given as 32-bit position.
    pub(crate) fn at(self, row: u32) -> f64 {
        self.get(row as usize)
    }
}

enum Failure {
    Atlas(AtlasError),
    Parquet(ParquetError),
}

impl From<ParquetError> for Failure {
    fn from(e: ParquetError) -> Self {
        Self::Parquet(e)
    }
}

fn broken(message: &str) -> Failure {
    Failure::Parquet(ParquetError::General(message.to_owned()))
}

fn read_numbers(reader: ColumnReader, rows: usize, into: &mut Column) -> Result<(), Failure> {
    let mut left = rows;
    match (into, reader) {
        (Column::Int(v), ColumnReader::Int32ColumnReader(mut r)) => {
            while left > 0 {
                left = left.saturating_sub(r.read_records(left, None, None, v)?.0.max(1));
            }
        }
        (Column::Real(v), ColumnReader::DoubleColumnReader(mut r)) => {
            while left > 0 {
                left = left.saturating_sub(r.read_records(left, None, None, v)?.0.max(1));
            }
        }
        (Column::Narrow(v), ColumnReader::FloatColumnReader(mut r)) => {
            while left > 0 {
                left = left.saturating_sub(r.read_records(left, None, None, v)?.0.max(1));
            }
        }
        _ => {
            return Err(broken(
                "a column reader of another type than its schema says",
            ));
        }
    }
    Ok(())
}

/// Reads a text column from its pages: dictionary and codes, or plain text.
fn read_text(pages: &mut dyn PageReader, into: &mut Text) -> Result<(), Failure> {
    // A row group has a dictionary of its own; its entries follow those already there.
    let base = into.names.len() as u32;
    while let Some(page) = pages.get_next_page()? {
        match page {
            Page::DictionaryPage {
                buf, num_values, ..
            } => {
                plain_text(&buf, num_values as usize, |name| into.names.push(name))?;
            }
            Page::DataPage {
                buf,
                num_values,
                encoding,
                ..
            }
            | Page::DataPageV2 {
                buf,
                num_values,
                encoding,
                ..
            } => match encoding {
                Encoding::RLE_DICTIONARY | Encoding::PLAIN_DICTIONARY => {
                    let from = into.codes.len();
                    hybrid(&buf, num_values as usize, &mut into.codes)?;
                    let most = into.names.len() as u32;
                    for code in &mut into.codes[from..] {
                        *code += base;
                        if *code >= most {
                            return Err(broken("a code beyond its dictionary"));
                        }
                    }
                }
                Encoding::PLAIN => {
                    let (names, codes) = (&mut into.names, &mut into.codes);
                    plain_text(&buf, num_values as usize, |name| {
                        codes.push(names.len() as u32);
                        names.push(name);
                    })?;
                }
                other => return Err(broken(&format!("text in encoding {other}"))),
            },
        }
    }
    Ok(())
}

/// Text in Parquet's PLAIN encoding: four bytes of length, then the bytes.
fn plain_text(buf: &[u8], count: usize, mut push: impl FnMut(String)) -> Result<(), Failure> {
    let mut at = 0;
    for _ in 0..count {
        let length = buf
            .get(at..at + 4)
            .and_then(|b| b.try_into().ok())
            .map(u32::from_le_bytes)
            .ok_or_else(|| broken("text ends inside a length"))? as usize;
        let text = buf
            .get(at + 4..at + 4 + length)
            .ok_or_else(|| broken("text ends early"))?;
        push(String::from_utf8_lossy(text).into_owned());
        at += 4 + length;
    }
    Ok(())
}

/// Codes in Parquet's hybrid of run lengths and bit packing, after one byte of bit width.
fn hybrid(buf: &[u8], count: usize, out: &mut Vec<u32>) -> Result<(), Failure> {
    let short = || broken("codes end early");
    let (&width, mut rest) = buf.split_first().ok_or_else(short)?;
    let width = usize::from(width);
    if width > 32 {
        return Err(broken("codes wider than 32 bits"));
    }
    let end = out.len() + count;
    while out.len() < end {
        let mut header = 0u64;
        let mut shift = 0;
        loop {
            let (&byte, after) = rest.split_first().ok_or_else(short)?;
            rest = after;
            header |= u64::from(byte & 0x7f) << shift;
            shift += 7;
            if byte & 0x80 == 0 || shift > 56 {
                break;
            }
        }
        if header & 1 == 0 {
            let size = width.div_ceil(8);
            let value = rest.get(..size).ok_or_else(short)?;
            let value = value
                .iter()
                .rev()
                .fold(0u32, |v, b| (v << 8) | u32::from(*b));
            rest = &rest[size..];
            let run = ((header >> 1) as usize).min(end - out.len());
            if run == 0 {
                return Err(broken("an empty run of codes"));
            }
            out.extend(std::iter::repeat_n(value, run));
        } else {
            let groups = (header >> 1) as usize;
            let size = (groups * width).min(rest.len());
            let packed = &rest[..size];
            rest = &rest[size..];
            let values = (groups * 8).min(end - out.len());
            if values == 0 || size * 8 < values * width {
                return Err(short());
            }
            unpack(packed, width, values, out);
        }
    }
    Ok(())
}

/// Values of `width` bits each, lowest bit first.
fn unpack(packed: &[u8], width: usize, values: usize, out: &mut Vec<u32>) {
    let mask = (1u64 << width) - 1;
    let (mut held, mut bits, mut at) = (0u64, 0, 0);
    for _ in 0..values {
        while bits < width {
            held |= u64::from(packed[at]) << bits;
            at += 1;
            bits += 8;
        }
        out.push((held & mask) as u32);
        held >>= width;
        bits -= width;
    }
}

#[cfg(test)]
mod tests {
    use super::hybrid;

    #[test]
    fn ref_hybrid_of_the_format_description() {
        // The Parquet format page packs 0..7 in three bits as 10001000 11000110 11111010.
        let mut out = Vec::new();
        hybrid(
            &[3, 0b11, 0b1000_1000, 0b1100_0110, 0b1111_1010],
            8,
            &mut out,
        )
        .ok();
        assert_eq!(out, [0, 1, 2, 3, 4, 5, 6, 7]);
        // A run of five sevens in three bits.
        let mut out = Vec::new();
        hybrid(&[3, 5 << 1, 7], 5, &mut out).ok();
        assert_eq!(out, [7; 5]);
        assert!(hybrid(&[3, 0b11, 0], 8, &mut Vec::new()).is_err());
    }
}
