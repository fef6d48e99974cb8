//! Parquet columns into panels, with the vintage applied row by row.

use parquet::basic::Type as Physical;
use parquet::column::reader::ColumnReader;
use parquet::data_type::ByteArray;
use parquet::file::reader::{FileReader, SerializedFileReader};

use crate::panel::{
    DyadPanel, ItemDyadPanel, ItemPanel, ItemStatePanel, Leader, Membership, Spell, Spells,
    StatePanel,
};
use crate::sources::{Shape, TableInfo, VariableInfo};
use crate::{AtlasError, Decoded, StateId, States, Year};

/// One column in full.
enum Column {
    Text(Vec<ByteArray>),
    Int(Vec<i32>),
    Real(Vec<f64>),
}

/// All columns of a Parquet file.
pub(crate) struct Columns {
    file: String,
    columns: Vec<(String, Column)>,
}

impl Columns {
    /// Reads every column of required BYTE_ARRAY, INT32, FLOAT or DOUBLE type.
    pub(crate) fn read(bytes: &'static [u8], file: &str) -> Result<Self, AtlasError> {
        let bad = |e: parquet::errors::ParquetError| AtlasError::Parquet {
            file: file.to_owned(),
            message: e.to_string(),
        };
        let data = parquet::file::reader::ChunkReader::get_bytes(&Bytes(bytes), 0, bytes.len());
        let reader = SerializedFileReader::new(data.map_err(bad)?).map_err(bad)?;
        let schema = reader.metadata().file_metadata().schema_descr_ptr();
        let total = reader.metadata().file_metadata().num_rows() as usize;
        let mut columns = Vec::with_capacity(schema.num_columns());
        for c in 0..schema.num_columns() {
            let name = schema.column(c).name().to_owned();
            let mut column = match schema.column(c).physical_type() {
                Physical::BYTE_ARRAY => Column::Text(Vec::with_capacity(total)),
                Physical::INT32 => Column::Int(Vec::with_capacity(total)),
                _ => Column::Real(Vec::with_capacity(total)),
            };
            for g in 0..reader.num_row_groups() {
                let group = reader.get_row_group(g).map_err(bad)?;
                let rows = group.metadata().num_rows() as usize;
                let mut left = rows;
                match (&mut column, group.get_column_reader(c).map_err(bad)?) {
                    (Column::Text(v), ColumnReader::ByteArrayColumnReader(mut r)) => {
                        while left > 0 {
                            left -= r.read_records(left, None, None, v).map_err(bad)?.0.max(1);
                        }
                    }
                    (Column::Int(v), ColumnReader::Int32ColumnReader(mut r)) => {
                        while left > 0 {
                            left -= r.read_records(left, None, None, v).map_err(bad)?.0.max(1);
                        }
                    }
                    (Column::Real(v), ColumnReader::DoubleColumnReader(mut r)) => {
                        while left > 0 {
                            left -= r.read_records(left, None, None, v).map_err(bad)?.0.max(1);
                        }
                    }
                    (Column::Real(v), ColumnReader::FloatColumnReader(mut r)) => {
                        let mut narrow = Vec::with_capacity(rows);
                        while left > 0 {
                            left -= r.read_records(left, None, None, &mut narrow).map_err(bad)?.0.max(1);
                        }
                        v.extend(narrow.into_iter().map(f64::from));
                    }
                    _ => {
                        return Err(AtlasError::Column {
                            file: file.to_owned(),
                            column: name,
                            expected: "BYTE_ARRAY, INT32, FLOAT or DOUBLE",
                        });
                    }
                }
            }
            columns.push((name, column));
        }
        Ok(Self { file: file.to_owned(), columns })
    }

    fn find(&self, name: &str, expected: &'static str) -> Result<&Column, AtlasError> {
        self.columns.iter().find(|(n, _)| n == name).map(|(_, c)| c).ok_or_else(|| {
            AtlasError::Column { file: self.file.clone(), column: name.to_owned(), expected }
        })
    }

    fn wrong(&self, name: &str, expected: &'static str) -> AtlasError {
        AtlasError::Column { file: self.file.clone(), column: name.to_owned(), expected }
    }

    pub(crate) fn text(&self, name: &str) -> Result<&[ByteArray], AtlasError> {
        match self.find(name, "BYTE_ARRAY")? {
            Column::Text(v) => Ok(v),
            _ => Err(self.wrong(name, "BYTE_ARRAY")),
        }
    }

    pub(crate) fn int(&self, name: &str) -> Result<&[i32], AtlasError> {
        match self.find(name, "INT32")? {
            Column::Int(v) => Ok(v),
            _ => Err(self.wrong(name, "INT32")),
        }
    }

    pub(crate) fn real(&self, name: &str) -> Result<&[f64], AtlasError> {
        match self.find(name, "FLOAT or DOUBLE")? {
            Column::Real(v) => Ok(v),
            _ => Err(self.wrong(name, "FLOAT or DOUBLE")),
        }
    }
}

/// A static slice as a source of Parquet bytes, without a copy.
struct Bytes(&'static [u8]);

impl parquet::file::reader::Length for Bytes {
    fn len(&self) -> u64 {
        self.0.len() as u64
    }
}

impl parquet::file::reader::ChunkReader for Bytes {
    type T = &'static [u8];

    fn get_read(&self, start: u64) -> parquet::errors::Result<Self::T> {
        Ok(&self.0[start as usize..])
    }

    fn get_bytes(&self, start: u64, length: usize) -> parquet::errors::Result<bytes::Bytes> {
        Ok(bytes::Bytes::from_static(&self.0[start as usize..start as usize + length]))
    }
}

/// Rows of one variable: who they are about, and which survive the vintage.
struct Rows<'a> {
    columns: &'a Columns,
    states: &'a States,
    keep: Vec<u32>,
}

impl Rows<'_> {
    fn states(&self, name: &str) -> Result<Vec<StateId>, AtlasError> {
        let text = self.columns.text(name)?;
        self.keep
            .iter()
            .map(|&i| {
                let code = text[i as usize].data();
                self.states.by_bytes(code).ok_or_else(|| AtlasError::UnknownState {
                    file: self.columns.file.clone(),
                    row: i as usize,
                    code: String::from_utf8_lossy(code).into_owned(),
                })
            })
            .collect()
    }

    fn ints(&self, name: &str) -> Result<Vec<i32>, AtlasError> {
        let v = self.columns.int(name)?;
        Ok(self.keep.iter().map(|&i| v[i as usize]).collect())
    }

    fn reals(&self, name: &str) -> Result<Vec<f64>, AtlasError> {
        let v = self.columns.real(name)?;
        Ok(self.keep.iter().map(|&i| v[i as usize]).collect())
    }

    fn items(&self) -> Result<(Vec<String>, Vec<u16>), AtlasError> {
        let text = self.columns.text("item")?;
        let mut names: Vec<&[u8]> = self.keep.iter().map(|&i| text[i as usize].data()).collect();
        names.sort_unstable();
        names.dedup();
        let codes = self
            .keep
            .iter()
            .map(|&i| names.partition_point(|n| *n < text[i as usize].data()) as u16)
            .collect();
        Ok((names.iter().map(|n| String::from_utf8_lossy(n).into_owned()).collect(), codes))
    }
}

/// Decodes one variable as it could be known at `vintage`.
pub(crate) fn variable(
    bytes: &'static [u8],
    table: &TableInfo,
    info: &VariableInfo,
    states: &States,
    vintage: Year,
) -> Result<Decoded, AtlasError> {
    let columns = Columns::read(bytes, &table.file)?;
    let last = vintage - table.lag(info);
    let date = if table.shape == Shape::Spells { "start" } else { "year" };
    let (ids, dates) = (columns.text("variable")?, columns.int(date)?);
    let keep = (0..ids.len() as u32)
        .filter(|&i| {
            ids[i as usize].data() == info.id.as_bytes() && Year(dates[i as usize]) <= last
        })
        .collect();
    let rows = Rows { columns: &columns, states, keep };
    let n = states.len();
    Ok(match table.shape {
        Shape::StateYear => {
            let (s, y, v) = (rows.states("iso3")?, rows.ints("year")?, rows.reals("value")?);
            Decoded::State(StatePanel::new(
                n,
                (0..s.len()).map(|k| (s[k], Year(y[k]), v[k])).collect(),
            ))
        }
        Shape::DyadYear => {
            let (a, b) = (rows.states("a")?, rows.states("b")?);
            let (y, v) = (rows.ints("year")?, rows.reals("value")?);
            Decoded::Dyad(DyadPanel::new(
                n,
                (0..a.len()).map(|k| (a[k], b[k], Year(y[k]), v[k])).collect(),
            ))
        }
        Shape::ItemYear => {
            let (names, i) = rows.items()?;
            let (y, v) = (rows.ints("year")?, rows.reals("value")?);
            Decoded::Item(ItemPanel::new(
                names,
                (0..i.len()).map(|k| (i[k], Year(y[k]), v[k])).collect(),
            ))
        }
        Shape::ItemStateYear => {
            let (names, i) = rows.items()?;
            let (s, y, v) = (rows.states("iso3")?, rows.ints("year")?, rows.reals("value")?);
            Decoded::ItemState(ItemStatePanel::new(
                names,
                (0..i.len()).map(|k| (i[k], s[k], Year(y[k]), v[k])).collect(),
            ))
        }
        Shape::ItemDyadYear => {
            let (names, i) = rows.items()?;
            let (a, b) = (rows.states("a")?, rows.states("b")?);
            let (y, v) = (rows.ints("year")?, rows.reals("value")?);
            Decoded::ItemDyad(ItemDyadPanel::new(
                names,
                (0..i.len()).map(|k| (i[k], a[k], b[k], Year(y[k]), v[k])).collect(),
            ))
        }
        Shape::Spells => {
            let (a, b) = (rows.states("a")?, rows.states("b")?);
            let (y, e) = (rows.ints("start")?, rows.ints("end")?);
            let detail = columns.text("detail")?;
            let spells = (0..a.len())
                .map(|k| Spell {
                    a: a[k],
                    b: b[k],
                    start: Year(y[k]),
                    end: known_end(e[k], last),
                    detail: String::from_utf8_lossy(detail[rows.keep[k] as usize].data())
                        .into_owned(),
                })
                .collect();
            Decoded::Spells(Spells::new(info.directed, spells))
        }
        Shape::States | Shape::Memberships | Shape::Leaders => {
            return Err(AtlasError::Catalogue {
                message: format!("table {} of shape {} holds no variables", table.file, table.shape),
            });
        }
    })
}

/// An end that was known by `last`; a later one was not, so the tie is still in force.
fn known_end(end: i32, last: Year) -> Option<Year> {
    (end != 0 && Year(end) <= last).then_some(Year(end))
}

pub(crate) fn leaders(
    bytes: &'static [u8],
    table: &TableInfo,
    states: &States,
    vintage: Year,
) -> Result<Vec<Leader>, AtlasError> {
    let columns = Columns::read(bytes, &table.file)?;
    let last = vintage - table.publication_lag_years;
    let start = columns.int("start")?;
    let keep = (0..start.len() as u32).filter(|&i| Year(start[i as usize]) <= last).collect();
    let rows = Rows { columns: &columns, states, keep };
    let (s, y, e) = (rows.states("iso3")?, rows.ints("start")?, rows.ints("end")?);
    let name = columns.text("leader")?;
    Ok((0..s.len())
        .map(|k| Leader {
            state: s[k],
            name: String::from_utf8_lossy(name[rows.keep[k] as usize].data()).into_owned(),
            start: Year(y[k]),
            end: known_end(e[k], last),
        })
        .collect())
}

pub(crate) fn memberships(
    bytes: &'static [u8],
    table: &TableInfo,
    states: &States,
    vintage: Year,
) -> Result<Vec<Membership>, AtlasError> {
    let columns = Columns::read(bytes, &table.file)?;
    let last = vintage - table.publication_lag_years;
    let start = columns.int("entry")?;
    let keep = (0..start.len() as u32).filter(|&i| Year(start[i as usize]) <= last).collect();
    let rows = Rows { columns: &columns, states, keep };
    let (s, y, e) = (rows.states("iso3")?, rows.ints("entry")?, rows.ints("exit")?);
    let (bloc, kind) = (columns.text("bloc")?, columns.text("kind")?);
    let own = |b: &ByteArray| String::from_utf8_lossy(b.data()).into_owned();
    Ok((0..s.len())
        .map(|k| Membership {
            bloc: own(&bloc[rows.keep[k] as usize]),
            kind: own(&kind[rows.keep[k] as usize]),
            state: s[k],
            entry: Year(y[k]),
            exit: known_end(e[k], last),
        })
        .collect())
}
