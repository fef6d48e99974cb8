//! The OECD inter-country input–output world: 80 economies, 27 goods sectors and services.

use std::collections::BTreeMap;
use std::path::Path;

use parquet::column::reader::{ColumnReader, ColumnReaderImpl};
use parquet::data_type::{ByteArray, DataType};
use parquet::file::reader::{FileReader, RowGroupReader, SerializedFileReader};

use super::FLOW_DIGITS;
use crate::AtlasError;
use crate::build::Report;
use crate::build::codes::Iso3;
use crate::build::raw::{Raw, bad};
use crate::build::tables::{DyadRow, ItemDyadRow, dyad_year, item_dyad_year, significant};

const TOTALS: &str = "trade/tariffwar/icio_bilateral_goods_services_2011_2022.csv.gz";
const SECTORS: &str = "trade/tariffwar/icio_trade_tariff_panel.parquet";
/// The rest of the world is an aggregate, not a state.
const REST: &str = "ROW";
/// Tariffs after this year are a copy of it in the source.
const LAST_TARIFF_YEAR: i32 = 2021;
/// Smallest flow kept, million USD.
const SMALLEST_TOTAL_MUSD: f64 = 0.01;
const SMALLEST_SECTOR_MUSD: f64 = 0.5;
/// Significant digits of a sector flow: the table is large, and the source is an estimate.
const SECTOR_DIGITS: i32 = 4;
/// The one sector of services.
const SERVICES: (&str, &str) = ("Services (aggregate)", "services");

pub(super) fn build(raw: &Raw, out: &Path, report: &mut Report) -> Result<(), AtlasError> {
    totals(raw, out, report)?;
    sectors(raw, out, report)
}

fn totals(raw: &Raw, out: &Path, report: &mut Report) -> Result<(), AtlasError> {
    let csv = raw.csv(TOTALS)?;
    let (year, a, b) = (csv.col("year")?, csv.col("exporter")?, csv.col("importer")?);
    let (goods, services) = (csv.col("goods_musd")?, csv.col("services_musd")?);
    let tariff = csv.col("tariff_wavg")?;
    let mut rows: Vec<DyadRow> = Vec::new();
    for row in csv.rows() {
        if row.text(a) == REST || row.text(b) == REST {
            report.drop_row(TOTALS, "rest of world");
            continue;
        }
        let Some(from) = report.keep(TOTALS, raw.codes.iso3(row.text(a))) else {
            continue;
        };
        let Some(to) = report.keep(TOTALS, raw.codes.iso3(row.text(b))) else {
            continue;
        };
        let year = row.must_int(year)?;
        for (variable, col) in [("icio_goods_musd", goods), ("icio_services_musd", services)] {
            if let Some(v) = row.number(col)?.filter(|v| *v >= SMALLEST_TOTAL_MUSD) {
                rows.push((variable, from, to, year, significant(v, FLOW_DIGITS)));
            }
        }
        if from != to
            && year <= LAST_TARIFF_YEAR
            && let Some(t) = row.number(tariff)?
        {
            rows.push((
                "tariff_applied",
                from,
                to,
                year,
                significant(t, SECTOR_DIGITS),
            ));
        }
    }
    dyad_year(out, "icio_dyads.parquet", rows, report)
}

/// Reads a column of one row group of `path`, which must be without gaps.
pub(super) fn column<T: DataType>(
    mut reader: ColumnReaderImpl<T>,
    rows: usize,
    path: &str,
) -> Result<Vec<T::T>, AtlasError> {
    let (mut values, mut levels) = (Vec::with_capacity(rows), Vec::with_capacity(rows));
    while levels.len() < rows {
        let (read, _, _) = reader
            .read_records(rows - levels.len(), Some(&mut levels), None, &mut values)
            .map_err(|e| bad(path, &e.to_string()))?;
        if read == 0 {
            return Err(bad(path, "a column ends early"));
        }
    }
    if values.len() == rows {
        Ok(values)
    } else {
        Err(bad(path, "a column has missing values"))
    }
}

/// Years, exporters, importers, sectors and values of one row group.
type Group = (
    Vec<i32>,
    Vec<ByteArray>,
    Vec<ByteArray>,
    Vec<ByteArray>,
    Vec<f64>,
);

fn group(group: &dyn RowGroupReader) -> Result<Group, AtlasError> {
    let fail = |e: parquet::errors::ParquetError| bad(SECTORS, &e.to_string());
    let rows = group.metadata().num_rows() as usize;
    let at = |name: &str| {
        (0..group.num_columns())
            .find(|c| group.metadata().column(*c).column_path().string() == name)
            .ok_or_else(|| bad(SECTORS, &format!("no column `{name}`")))
    };
    let reader = |name: &str| group.get_column_reader(at(name)?).map_err(fail);
    let text = |name: &str| match reader(name)? {
        ColumnReader::ByteArrayColumnReader(r) => column(r, rows, SECTORS),
        _ => Err(bad(SECTORS, &format!("column `{name}` is not text"))),
    };
    let years = match reader("year")? {
        ColumnReader::Int32ColumnReader(r) => column(r, rows, SECTORS)?,
        _ => return Err(bad(SECTORS, "column `year` is not an integer")),
    };
    let values = match reader("value_musd")? {
        ColumnReader::DoubleColumnReader(r) => column(r, rows, SECTORS)?,
        _ => return Err(bad(SECTORS, "column `value_musd` is not a double")),
    };
    Ok((
        years,
        text("exporter")?,
        text("importer")?,
        text("sector")?,
        values,
    ))
}

fn sectors(raw: &Raw, out: &Path, report: &mut Report) -> Result<(), AtlasError> {
    let fail = |e: parquet::errors::ParquetError| bad(SECTORS, &e.to_string());
    let bytes = bytes::Bytes::from(raw.bytes(SECTORS)?);
    let reader = SerializedFileReader::new(bytes).map_err(fail)?;
    let mut states: BTreeMap<Vec<u8>, Option<Iso3>> = BTreeMap::new();
    let mut rows: Vec<ItemDyadRow> = Vec::new();
    for g in 0..reader.num_row_groups() {
        let group_reader = reader.get_row_group(g).map_err(fail)?;
        let (years, from, to, sectors, values) = group(group_reader.as_ref())?;
        for code in from.iter().chain(&to) {
            if !states.contains_key(code.data()) {
                let text = String::from_utf8_lossy(code.data()).into_owned();
                let iso = if text == REST {
                    None
                } else {
                    report.keep(SECTORS, raw.codes.iso3(&text))
                };
                states.insert(code.data().to_vec(), iso);
            }
        }
        for k in 0..years.len() {
            let (Some(a), Some(b)) = (states[from[k].data()], states[to[k].data()]) else {
                report.drop_row(SECTORS, "rest of world");
                continue;
            };
            if values[k] < SMALLEST_SECTOR_MUSD {
                report.drop_row(SECTORS, "below half a million USD");
                continue;
            }
            let sector = String::from_utf8_lossy(sectors[k].data()).into_owned();
            let sector = if sector == SERVICES.0 {
                SERVICES.1.to_owned()
            } else {
                sector
            };
            let value = significant(values[k], SECTOR_DIGITS);
            rows.push(("icio_trade_musd", sector, a, b, years[k], value));
        }
    }
    rows.sort_unstable_by(|x, y| (&x.1, x.2, x.3, x.4).cmp(&(&y.1, y.2, y.3, y.4)));
    item_dyad_year(out, "icio_sectors.parquet", rows, report)
}
