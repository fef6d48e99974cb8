//! Trade: goods of all economies, the input–output world, tariffs, agreements, raw materials.

mod accounts;
mod agreements;
mod historic;
mod icio;
mod materials;
mod us;

use std::collections::BTreeMap;
use std::path::Path;

use super::Report;
use super::codes::Iso3;
use super::raw::{Csv, Raw};
use super::tables::{DyadRow, dyad_year, significant};
use crate::AtlasError;

pub(super) use agreements::merge as merge_spans;

/// Goods trade of all economies and their GDP, 2023.
const GOODS: &str = "trade/liberation_day/trade_2023_long.csv.gz";
const GDP: &str = "trade/liberation_day/countries.csv";
/// Year of both.
const GOODS_YEAR: i32 = 2023;
/// Significant digits of a trade flow: more than the sources have.
const FLOW_DIGITS: i32 = 5;
/// Million of the source's unit.
const MILLION: f64 = 1e6;
/// Thousand of the source's unit.
const THOUSAND: f64 = 1e3;

pub(super) fn build(raw: &Raw, out: &Path, report: &mut Report) -> Result<(), AtlasError> {
    goods(raw, out, report)?;
    historic::build(raw, out, report)?;
    icio::build(raw, out, report)?;
    accounts::build(raw, out, report)?;
    us::build(raw, out, report)?;
    agreements::build(raw, out, report)?;
    materials::build(raw, out, report)
}

/// A compiled table that stands beside the program.
fn compiled(name: &str, text: &str) -> Result<Csv, AtlasError> {
    Csv::parse(name, text.as_bytes())
}

/// Mark-up shares ν by economy; `*` is every other.
fn markup_shares(raw: &Raw) -> Result<(BTreeMap<Iso3, f64>, f64), AtlasError> {
    let csv = compiled(
        "data/compiled/markup_shares.csv",
        include_str!("../../../../data/compiled/markup_shares.csv"),
    )?;
    let (iso3, share) = (csv.col("iso3")?, csv.col("markup_share")?);
    let (mut own, mut others) = (BTreeMap::new(), 0.0);
    for row in csv.rows() {
        match raw.codes.iso3(row.text(iso3)) {
            Ok(iso) => {
                own.insert(iso, row.must(share)?);
            }
            Err(_) => others = row.must(share)?,
        }
    }
    Ok((own, others))
}

/// `trade_goods_musd`: flows between economies as reported, sales at home from the accounts.
///
/// Sales at home balance expenditure: with GDP Y, imports M, exports X_ik and mark-up shares ν,
/// T_i = (1−ν_i)·[M_i − Σ_k (1−ν_k) X_ik], E_i = Y_i + T_i, X_ii = E_i − M_i. Where this is not
/// positive (imports above all expenditure: flags of convenience, re-exports) the row is absent.
fn goods(raw: &Raw, out: &Path, report: &mut Report) -> Result<(), AtlasError> {
    let csv = raw.csv(GOODS)?;
    let (exporter, importer) = (csv.col("exporter")?, csv.col("importer")?);
    let value = csv.col("value_kusd")?;
    let (shares, other_share) = markup_shares(raw)?;
    let nu = |i: &Iso3| shares.get(i).copied().unwrap_or(other_share);
    let (mut rows, mut imports) = (Vec::new(), BTreeMap::<Iso3, f64>::new());
    let mut exports_net = BTreeMap::<Iso3, f64>::new();
    for row in csv.rows() {
        let Some(a) = report.keep(GOODS, raw.codes.iso3(row.text(exporter))) else {
            continue;
        };
        let Some(b) = report.keep(GOODS, raw.codes.iso3(row.text(importer))) else {
            continue;
        };
        let musd = row.must(value)? / THOUSAND;
        *imports.entry(b).or_default() += musd;
        *exports_net.entry(a).or_default() += (1.0 - nu(&b)) * musd;
        rows.push(flow(a, b, GOODS_YEAR, musd));
    }
    let csv = raw.csv(GDP)?;
    let (iso3, gdp) = (csv.col("iso3")?, csv.col("gdp_usd_2023")?);
    for row in csv.rows() {
        let Some(i) = report.keep(GDP, raw.codes.iso3(row.text(iso3))) else {
            continue;
        };
        let m = imports.get(&i).copied().unwrap_or_default();
        let x = exports_net.get(&i).copied().unwrap_or_default();
        let transfer = (1.0 - nu(&i)) * (m - x);
        let home = row.must(gdp)? / MILLION + transfer - m;
        if home > 0.0 {
            rows.push(flow(i, i, GOODS_YEAR, home));
        } else {
            report.drop_row(GDP, "sales at home not positive");
        }
    }
    dyad_year(out, "trade_goods.parquet", rows, report)
}

fn flow(a: Iso3, b: Iso3, year: i32, musd: f64) -> DyadRow {
    (
        "trade_goods_musd",
        a,
        b,
        year,
        significant(musd, FLOW_DIGITS),
    )
}
