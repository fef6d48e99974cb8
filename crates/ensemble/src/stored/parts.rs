//! Parts of a stored run: one long Parquet table for each family of indicators.

use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use parquet::basic::{Compression, LogicalType, Repetition, Type as Physical, ZstdLevel};
use parquet::column::reader::ColumnReader;
use parquet::data_type::{ByteArray, ByteArrayType, FloatType, Int32Type};
use parquet::errors::ParquetError;
use parquet::file::properties::WriterProperties;
use parquet::file::reader::{FileReader, SerializedFileReader};
use parquet::file::writer::SerializedFileWriter;
use parquet::schema::types::Type;
use realign_atlas::{StateId, States};
use realign_model::indicator::{Layout, Scope};
use realign_model::model::Model;

use super::settings::{Settings, damaged, read_json};
use super::{bad, whole};
use crate::EnsembleError;
use crate::results::Failure;
use crate::run::DrawRun;

/// Fast enough for tables that are written while the run goes on.
const ZSTD_LEVEL: i32 = 3;

fn place(dir: &Path, chunk: usize) -> PathBuf {
    dir.join("draws").join(format!("{chunk:05}"))
}

/// Whether a part is there; it appears whole or not at all.
pub(super) fn exists(dir: &Path, chunk: usize) -> bool {
    place(dir, chunk).is_dir()
}

const UNFINISHED: &str = ".unfinished-";

/// Removes what a killed run left behind.
pub(super) fn clean(dir: &Path) -> Result<(), EnsembleError> {
    let draws = dir.join("draws");
    for entry in fs::read_dir(&draws).map_err(bad(&draws))? {
        let path = entry.map_err(bad(&draws))?.path();
        let name = path.file_name().map(|n| n.to_string_lossy().into_owned());
        if name.is_some_and(|n| n.starts_with(UNFINISHED)) {
            fs::remove_dir_all(&path).map_err(bad(&path))?;
        }
    }
    Ok(())
}

/// A directory beside the part's place, to be renamed when complete.
fn unfinished(dir: &Path, chunk: usize) -> Result<PathBuf, EnsembleError> {
    let path = dir.join("draws").join(format!("{UNFINISHED}{chunk:05}"));
    if path.exists() {
        fs::remove_dir_all(&path).map_err(bad(&path))?;
    }
    fs::create_dir_all(&path).map_err(bad(&path))?;
    Ok(path)
}

/// Copies a part of another directory of the same run.
pub(super) fn copy(from: &Path, to: &Path, chunk: usize) -> Result<(), EnsembleError> {
    let partial = unfinished(to, chunk)?;
    let source = place(from, chunk);
    for entry in fs::read_dir(&source).map_err(bad(&source))? {
        let path = entry.map_err(bad(&source))?.path();
        if let Some(name) = path.file_name() {
            fs::copy(&path, partial.join(name)).map_err(bad(&path))?;
        }
    }
    let done = place(to, chunk);
    fs::rename(&partial, &done).map_err(bad(&done))
}

/// Families of indicators with the positions of their members, in the order of the layout.
pub(super) fn families(layout: &Layout) -> Vec<(String, Vec<usize>)> {
    let mut out: Vec<(String, Vec<usize>)> = Vec::new();
    for (k, i) in layout.indicators().iter().enumerate() {
        let family = i.id.split('.').next().unwrap_or("other");
        match out.last_mut() {
            Some((name, members)) if name == family => members.push(k),
            _ => out.push((family.to_owned(), vec![k])),
        }
    }
    out
}

/// Entities and years that are recorded of an indicator; rows of a table run over entities, then
/// arms, then years, then draws.
pub(super) struct Shape {
    pub(super) entities: Vec<Option<StateId>>,
    /// Positions in the model's years.
    pub(super) years: Vec<usize>,
}

impl Shape {
    pub(super) fn of(settings: &Settings, layout: &Layout, indicator: usize) -> Self {
        let all = settings.years.0..=settings.years.1;
        if layout.indicators()[indicator].scope == Scope::World {
            return Self {
                entities: vec![None],
                years: (0..all.count()).collect(),
            };
        }
        Self {
            entities: (0..layout.n())
                .map(|s| Some(StateId::from_index(s)))
                .collect(),
            years: settings
                .state_years
                .iter()
                .map(|y| (y - settings.years.0) as usize)
                .collect(),
        }
    }

    /// Rows of a part with this many arms and draws.
    pub(super) fn rows(&self, arms: usize, draws: usize) -> usize {
        self.entities.len() * self.years.len() * arms * draws
    }
}

/// Writes a part whole.
pub(super) fn write(
    dir: &Path,
    settings: &Settings,
    model: &Model,
    states: &States,
    chunk: usize,
    found: &[DrawRun],
) -> Result<(), EnsembleError> {
    let partial = unfinished(dir, chunk)?;
    let first = settings.draws_of(chunk).start;
    for (family, members) in families(model.layout()) {
        let path = partial.join(format!("{family}.parquet"));
        table(
            &path,
            settings,
            model.layout(),
            states,
            first,
            &members,
            found,
        )
        .map_err(|e| EnsembleError::Write {
            path: path.display().to_string(),
            message: e.to_string(),
        })?;
    }
    let failures: Vec<&Failure> = found.iter().flat_map(|d| &d.failures).collect();
    let text = serde_json::to_string_pretty(&failures).unwrap_or_default() + "\n";
    whole(&partial.join("failures.json"), text.as_bytes())?;
    let done = place(dir, chunk);
    fs::rename(&partial, &done).map_err(bad(&done))
}

/// Failures of a part.
pub(super) fn failures(dir: &Path, chunk: usize) -> Result<Vec<Failure>, EnsembleError> {
    read_json(&place(dir, chunk).join("failures.json"))
}

fn schema() -> Result<Type, ParquetError> {
    let column = |name: &str, physical, logical| {
        Type::primitive_type_builder(name, physical)
            .with_repetition(Repetition::REQUIRED)
            .with_logical_type(logical)
            .build()
            .map(Arc::new)
    };
    let text = || Some(LogicalType::String);
    Type::group_type_builder("draws")
        .with_fields(vec![
            column("draw", Physical::INT32, None)?,
            column("arm", Physical::BYTE_ARRAY, text())?,
            column("year", Physical::INT32, None)?,
            column("entity", Physical::BYTE_ARRAY, text())?,
            column("indicator", Physical::BYTE_ARRAY, text())?,
            column("value", Physical::FLOAT, None)?,
        ])
        .build()
}

/// One table: a row group for each indicator.
fn table(
    path: &Path,
    settings: &Settings,
    layout: &Layout,
    states: &States,
    first_draw: usize,
    members: &[usize],
    found: &[DrawRun],
) -> Result<(), ParquetError> {
    let properties = WriterProperties::builder()
        .set_compression(Compression::ZSTD(ZstdLevel::try_new(ZSTD_LEVEL)?))
        .set_created_by("realign".to_owned())
        .build();
    let file = File::create(path)?;
    let mut writer = SerializedFileWriter::new(file, Arc::new(schema()?), Arc::new(properties))?;
    let arm_names: Vec<ByteArray> = settings.arms.iter().map(|a| a.as_str().into()).collect();
    for &k in members {
        let shape = Shape::of(settings, layout, k);
        let rows = shape.rows(arm_names.len(), found.len());
        let indicator: ByteArray = layout.indicators()[k].id.as_str().into();
        let (mut draw, mut arm, mut year, mut entity, mut value) = (
            Vec::with_capacity(rows),
            Vec::with_capacity(rows),
            Vec::with_capacity(rows),
            Vec::with_capacity(rows),
            Vec::with_capacity(rows),
        );
        for &state in &shape.entities {
            let who: ByteArray = state.map_or("WORLD", |s| states.iso3(s)).into();
            let slot = layout.slot(k, state);
            for (a, name) in arm_names.iter().enumerate() {
                for &y in &shape.years {
                    for (d, run) in found.iter().enumerate() {
                        draw.push((first_draw + d) as i32);
                        arm.push(name.clone());
                        year.push(settings.years.0 + y as i32);
                        entity.push(who.clone());
                        value.push(run.rows[a][y * layout.width() + slot]);
                    }
                }
            }
        }
        let mut group = writer.next_row_group()?;
        for c in 0..6 {
            let Some(mut column) = group.next_column()? else {
                break;
            };
            match c {
                0 => column.typed::<Int32Type>().write_batch(&draw, None, None),
                1 => column
                    .typed::<ByteArrayType>()
                    .write_batch(&arm, None, None),
                2 => column.typed::<Int32Type>().write_batch(&year, None, None),
                3 => column
                    .typed::<ByteArrayType>()
                    .write_batch(&entity, None, None),
                4 => column.typed::<ByteArrayType>().write_batch(
                    &vec![indicator.clone(); rows],
                    None,
                    None,
                ),
                _ => column.typed::<FloatType>().write_batch(&value, None, None),
            }?;
            column.close()?;
        }
        group.close()?;
    }
    writer.close()?;
    Ok(())
}

/// Values of one indicator of a part: row group `member` of its family's table.
pub(super) fn values(
    dir: &Path,
    chunk: usize,
    family: &str,
    member: usize,
    rows: usize,
) -> Result<Vec<f32>, EnsembleError> {
    let path = place(dir, chunk).join(format!("{family}.parquet"));
    float_column(&path, member, VALUE, rows)
}

/// Position of the values among the columns of a table of draws.
const VALUE: usize = 5;

/// A column of single precision of one row group, which must have `rows` rows.
pub(crate) fn float_column(
    path: &Path,
    row_group: usize,
    column: usize,
    rows: usize,
) -> Result<Vec<f32>, EnsembleError> {
    let read = || -> Result<Vec<f32>, ParquetError> {
        let reader = SerializedFileReader::new(File::open(path)?)?;
        let group = reader.get_row_group(row_group)?;
        let mut out = Vec::with_capacity(rows);
        if let ColumnReader::FloatColumnReader(mut c) = group.get_column_reader(column)? {
            while out.len() < rows {
                let (_, read, _) = c.read_records(rows - out.len(), None, None, &mut out)?;
                if read == 0 {
                    break;
                }
            }
        }
        Ok(out)
    };
    let found = read().map_err(|e| damaged(path, &e))?;
    if found.len() == rows {
        Ok(found)
    } else {
        let message = format!(
            "{} rows of row group {row_group}, expected {rows}",
            found.len()
        );
        Err(damaged(path, &message))
    }
}
