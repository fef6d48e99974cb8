//! Goods trade before the newer tables: Correlates of War, 1950–2014.

use std::collections::BTreeMap;
use std::path::Path;

use parquet::column::reader::ColumnReader;
use parquet::file::reader::{FileReader, SerializedFileReader};

use super::{MILLION, markup_shares};
use crate::AtlasError;
use crate::build::Report;
use crate::build::codes::Iso3;
use crate::build::raw::{Raw, bad};
use crate::build::tables::{DyadRow, dyad_year, significant};

const FLOWS: &str = "trade/gravity_panels/cow_trade_v4_directed_1870_2014.parquet";
const GDP: &str = "trade/wdi/gdp.csv.gz";
const REAL_GDP: &str = "security/capabilities/cw_gdppop.csv.gz";
const VARIABLE: &str = "cow_trade_musd";
/// First year kept: before it most of today's states did not trade as states.
const FIRST_YEAR: i32 = 1950;
/// First year of GDP in current dollars, and so of sales at home.
const FIRST_GDP_YEAR: i32 = 1960;
/// A flow is kept that is at least this share of all exports of a or of all imports of b.
const SMALLEST_SHARE: f64 = 0.003;
/// Smallest flow kept, million USD.
const SMALLEST_MUSD: f64 = 0.1;
/// Significant digits: importers' records differ by more.
const DIGITS: i32 = 3;
/// Number of the Federal Republic of Germany, and the years in which the source has its trade with
/// two partners only: a part that would pass for the whole.
const FEDERAL_REPUBLIC: i32 = 260;
const TRUNCATED: std::ops::RangeInclusive<i32> = 1960..=1990;
/// Nobody's gross domestic product is smaller, US dollars.
const SMALLEST_GDP_USD: f64 = 1e6;

type Flows = BTreeMap<(i32, Iso3, Iso3), f64>;
type ByYear = BTreeMap<(i32, Iso3), f64>;

/// `cow_trade_musd`: imports as recorded by the importer, and sales at home by the rule of
/// `trade_goods_musd`, from all flows before small ones are dropped.
pub(super) fn build(raw: &Raw, out: &Path, report: &mut Report) -> Result<(), AtlasError> {
    let flows = flows(raw, report)?;
    let (mut exports, mut imports, mut net) = (ByYear::new(), ByYear::new(), ByYear::new());
    let (shares, other) = markup_shares(raw)?;
    let nu = |i: &Iso3| shares.get(i).copied().unwrap_or(other);
    for ((year, a, b), musd) in &flows {
        *exports.entry((*year, *a)).or_default() += musd;
        *imports.entry((*year, *b)).or_default() += musd;
        *net.entry((*year, *a)).or_default() += (1.0 - nu(b)) * musd;
    }
    let mut rows: Vec<DyadRow> = Vec::new();
    for ((year, a, b), musd) in &flows {
        let share = (musd / exports[&(*year, *a)]).max(musd / imports[&(*year, *b)]);
        if share < SMALLEST_SHARE || *musd < SMALLEST_MUSD {
            report.drop_row(FLOWS, "below three thousandths of either side's trade");
            continue;
        }
        rows.push((VARIABLE, *a, *b, *year, significant(*musd, DIGITS)));
    }
    let gdp = gdp(raw, report)?;
    for ((year, i), m) in &imports {
        let x = net.get(&(*year, *i)).copied().unwrap_or_default();
        let Some(y) = gdp.get(&(*year, *i)).filter(|_| *year >= FIRST_GDP_YEAR) else {
            continue;
        };
        let home = y + (1.0 - nu(i)) * (m - x) - m;
        if home > 0.0 {
            rows.push((VARIABLE, *i, *i, *year, significant(home, DIGITS)));
        } else {
            report.drop_row(FLOWS, "sales at home not positive");
        }
    }
    dyad_year(out, "trade_historic.parquet", rows, report)
}

/// GDP, million current US dollars: the World Bank; where it has none, real GDP at purchasing
/// power parity times the median ratio of the two over the states that have both in that year.
fn gdp(raw: &Raw, report: &mut Report) -> Result<ByYear, AtlasError> {
    let mut nominal = ByYear::new();
    let csv = raw.csv(GDP)?;
    let (code, year, value) = (
        csv.col("Country Code")?,
        csv.col("Year")?,
        csv.col("Value")?,
    );
    for row in csv.rows() {
        // Aggregates are counted where the table of the economy is built.
        let Ok(state) = raw.codes.iso3(row.text(code)) else {
            continue;
        };
        if let Some(v) = row.number(value)?.filter(|v| *v >= SMALLEST_GDP_USD) {
            nominal.insert((row.must_int(year)?, state), v / MILLION);
        }
    }
    let mut real = ByYear::new();
    let csv = raw.csv(REAL_GDP)?;
    let (code, year, value) = (csv.col("ccode")?, csv.col("year")?, csv.col("pwtrgdp")?);
    for row in csv.rows() {
        let Some(state) = report.keep(REAL_GDP, raw.codes.cow(row.must_int(code)?)) else {
            continue;
        };
        if let Some(v) = row.number(value)? {
            real.insert((row.must_int(year)?, state), v);
        }
    }
    let mut ratios: BTreeMap<i32, Vec<f64>> = BTreeMap::new();
    for (key, r) in &real {
        if let Some(n) = nominal.get(key).filter(|_| *r > 0.0) {
            ratios.entry(key.0).or_default().push(n / r);
        }
    }
    for list in ratios.values_mut() {
        list.sort_by(f64::total_cmp);
    }
    for (key, r) in real {
        if let Some(list) = ratios.get(&key.0) {
            nominal.entry(key).or_insert(r * list[list.len() / 2]);
        }
    }
    Ok(nominal)
}

fn flows(raw: &Raw, report: &mut Report) -> Result<Flows, AtlasError> {
    let fail = |e: parquet::errors::ParquetError| bad(FLOWS, &e.to_string());
    let reader = SerializedFileReader::new(bytes::Bytes::from(raw.bytes(FLOWS)?)).map_err(fail)?;
    let mut flows = Flows::new();
    for g in 0..reader.num_row_groups() {
        let group = reader.get_row_group(g).map_err(fail)?;
        let rows = group.metadata().num_rows() as usize;
        let at = |name: &str| {
            (0..group.num_columns())
                .find(|c| group.metadata().column(*c).column_path().string() == name)
                .ok_or_else(|| bad(FLOWS, &format!("no column `{name}`")))
        };
        let whole = |name: &str| match group.get_column_reader(at(name)?).map_err(fail)? {
            ColumnReader::Int32ColumnReader(r) => super::icio::column(r, rows, FLOWS),
            _ => Err(bad(FLOWS, &format!("column `{name}` is not an integer"))),
        };
        let (importer, exporter, year) = (
            whole("importer_cow")?,
            whole("exporter_cow")?,
            whole("year")?,
        );
        let name = "imports_musd_current";
        let values = match group.get_column_reader(at(name)?).map_err(fail)? {
            ColumnReader::DoubleColumnReader(r) => super::icio::column(r, rows, FLOWS)?,
            _ => return Err(bad(FLOWS, &format!("column `{name}` is not a double"))),
        };
        for k in 0..rows {
            if year[k] < FIRST_YEAR || values[k] <= 0.0 {
                continue;
            }
            let german = exporter[k] == FEDERAL_REPUBLIC || importer[k] == FEDERAL_REPUBLIC;
            if german && TRUNCATED.contains(&year[k]) {
                report.drop_row(FLOWS, "Federal Republic of Germany: two partners only");
                continue;
            }
            let Some(a) = report.keep(FLOWS, raw.codes.cow(exporter[k])) else {
                continue;
            };
            let Some(b) = report.keep(FLOWS, raw.codes.cow(importer[k])) else {
                continue;
            };
            if a != b {
                // A state and its successor in the year of the change: the later record counts.
                flows.insert((year[k], a, b), values[k]);
            }
        }
    }
    Ok(flows)
}
