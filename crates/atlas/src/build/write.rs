//! Writes tables as Parquet with zstd.

use std::fs::File;
use std::path::Path;
use std::sync::Arc;

use parquet::basic::{Compression, LogicalType, Repetition, Type as Physical, ZstdLevel};
use parquet::data_type::{ByteArray, ByteArrayType, DoubleType, FloatType, Int32Type};
use parquet::file::properties::WriterProperties;
use parquet::file::writer::SerializedFileWriter;
use parquet::schema::types::Type;

use crate::AtlasError;

/// Level of zstd for tables that are committed.
const KEPT: i32 = 19;

/// One column of a table to be written.
#[derive(Clone, Debug)]
pub enum Cell {
    /// Text, dictionary-coded.
    Text(Vec<String>),
    /// 32-bit integers.
    Int(Vec<i32>),
    /// Double precision.
    Real(Vec<f64>),
    /// Single precision, for panels whose source has no more digits.
    Narrow(Vec<f32>),
}

/// A table to be written: named columns of equal length.
#[derive(Clone, Debug, Default)]
pub struct TableWriter {
    columns: Vec<(&'static str, Cell)>,
}

impl TableWriter {
    /// Adds a column.
    #[must_use]
    pub fn column(mut self, name: &'static str, cell: Cell) -> Self {
        self.columns.push((name, cell));
        self
    }

    /// Writes the table whole, compressed for keeping: to a neighbour file first, renamed when
    /// complete.
    pub fn write(&self, path: &Path) -> Result<(), AtlasError> {
        self.write_with(path, KEPT)
    }

    /// The same at another level of zstd, 1 to 22.
    pub fn write_with(&self, path: &Path, zstd_level: i32) -> Result<(), AtlasError> {
        let bad = |e: &dyn std::fmt::Display| AtlasError::Write {
            path: path.display().to_string(),
            message: e.to_string(),
        };
        let fields = self
            .columns
            .iter()
            .map(|(name, cell)| {
                let (physical, logical) = match cell {
                    Cell::Text(_) => (Physical::BYTE_ARRAY, Some(LogicalType::String)),
                    Cell::Int(_) => (Physical::INT32, None),
                    Cell::Real(_) => (Physical::DOUBLE, None),
                    Cell::Narrow(_) => (Physical::FLOAT, None),
                };
                Type::primitive_type_builder(name, physical)
                    .with_repetition(Repetition::REQUIRED)
                    .with_logical_type(logical)
                    .build()
                    .map(Arc::new)
            })
            .collect::<Result<Vec<_>, _>>()
            .map_err(|e| bad(&e))?;
        let schema = Type::group_type_builder("table")
            .with_fields(fields)
            .build()
            .map_err(|e| bad(&e))?;
        let level = ZstdLevel::try_new(zstd_level).map_err(|e| bad(&e))?;
        let properties = WriterProperties::builder()
            .set_compression(Compression::ZSTD(level))
            .set_created_by("realign".to_owned())
            .build();
        let partial = path.with_extension("parquet.tmp");
        let file = File::create(&partial).map_err(|e| bad(&e))?;
        let mut writer = SerializedFileWriter::new(file, Arc::new(schema), Arc::new(properties))
            .map_err(|e| bad(&e))?;
        let mut group = writer.next_row_group().map_err(|e| bad(&e))?;
        for (_, cell) in &self.columns {
            let Some(mut column) = group.next_column().map_err(|e| bad(&e))? else {
                break;
            };
            match cell {
                Cell::Text(v) => {
                    let v: Vec<ByteArray> = v.iter().map(|s| ByteArray::from(s.as_str())).collect();
                    column.typed::<ByteArrayType>().write_batch(&v, None, None)
                }
                Cell::Int(v) => column.typed::<Int32Type>().write_batch(v, None, None),
                Cell::Real(v) => column.typed::<DoubleType>().write_batch(v, None, None),
                Cell::Narrow(v) => column.typed::<FloatType>().write_batch(v, None, None),
            }
            .map_err(|e| bad(&e))?;
            column.close().map_err(|e| bad(&e))?;
        }
        group.close().map_err(|e| bad(&e))?;
        writer.close().map_err(|e| bad(&e))?;
        std::fs::rename(&partial, path).map_err(|e| bad(&e))
    }
}
