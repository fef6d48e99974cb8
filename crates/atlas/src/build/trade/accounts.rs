//! Sectoral accounts for equilibria with input–output links: value added and inputs of seven
//! regions, published elasticities.

use std::collections::BTreeMap;
use std::path::Path;

use crate::AtlasError;
use crate::build::Report;
use crate::build::raw::{Raw, bad};
use crate::build::tables::{ItemRow, item_year, significant};

const INPUTS: &str = "trade/us_china_2017_cp/IOshare.csv";
const VALUE_ADDED: &str = "trade/us_china_2017_cp/vashare.csv";
const FLOWS: &str = "trade/us_china_2017_cp/TradeFlow2017.csv";
const ELASTICITIES: &str = "trade/tariffwar/icio_trade_elasticities.csv";
/// Year of the accounts, and of the elasticities (which the source repeats for every year).
const YEAR: i32 = 2017;
const ELASTICITY_YEAR: i32 = 2022;
const DIGITS: i32 = 5;
/// Goods sectors by number in the source, and the first ICIO code of each; services follow.
const GOODS: [(&str, &str); 22] = [
    ("A01_02", "A01"),
    ("A03", "A03"),
    ("B05_06", "B05"),
    ("B07_08", "B07"),
    ("B09", "B09"),
    ("C10T12", "C10T12"),
    ("C13T15", "C13T15"),
    ("C16", "C16"),
    ("C17_18", "C17_18"),
    ("C19", "C19"),
    ("C20", "C20"),
    ("C21", "C21"),
    ("C22", "C22"),
    ("C23", "C23"),
    ("C24", "C24A"),
    ("C25", "C25"),
    ("C26", "C26"),
    ("C27", "C27"),
    ("C28", "C28"),
    ("C29", "C29"),
    ("C30", "C301"),
    ("C31T33", "C31T33"),
];
/// The one sector of services, by its names here and in the elasticities.
const SERVICES: (&str, &str) = ("services", "Services (aggregate)");

/// Name of a sector of the source by its number from one.
fn sector(number: i32, path: &str) -> Result<&'static str, AtlasError> {
    match usize::try_from(number) {
        Ok(0) | Err(_) => Err(bad(path, &format!("sector {number}"))),
        Ok(k) => Ok(GOODS.get(k - 1).map_or(SERVICES.0, |g| g.0)),
    }
}

pub(super) fn build(raw: &Raw, out: &Path, report: &mut Report) -> Result<(), AtlasError> {
    // Output by region and sector of the source: the weights of services.
    let mut output: BTreeMap<(String, i32), f64> = BTreeMap::new();
    let csv = raw.csv(FLOWS)?;
    let (from, number, value) = (
        csv.col("iso_o")?,
        csv.col("indcode")?,
        csv.col("tradevalue")?,
    );
    for row in csv.rows() {
        let key = (row.text(from).to_owned(), row.must_int(number)?);
        *output.entry(key).or_default() += row.must(value)?;
    }
    let output_of = |key: &(String, i32), path: &str| {
        let found = output.get(key).copied();
        found.ok_or_else(|| bad(path, &format!("no output of sector {} of {}", key.1, key.0)))
    };

    let csv = raw.csv(VALUE_ADDED)?;
    let (region, number, share) = (csv.col("iso_o")?, csv.col("indcode")?, csv.col("vashare")?);
    let mut added: BTreeMap<(String, &str), (f64, f64)> = BTreeMap::new();
    let mut bought: BTreeMap<(String, i32), f64> = BTreeMap::new();
    for row in csv.rows() {
        let key = (row.text(region).to_owned(), row.must_int(number)?);
        let (x, v) = (output_of(&key, VALUE_ADDED)?, row.must(share)?);
        let sum = added
            .entry((key.0.clone(), sector(key.1, VALUE_ADDED)?))
            .or_default();
        *sum = (sum.0 + v * x, sum.1 + x);
        bought.insert(key, (1.0 - v) * x);
    }

    let csv = raw.csv(INPUTS)?;
    let (region, input) = (csv.col("iso_o")?, csv.col("input_ind")?);
    let (using, share) = (csv.col("output_ind")?, csv.col("valueshare")?);
    let mut inputs: BTreeMap<(String, &str, &str), f64> = BTreeMap::new();
    let mut total: BTreeMap<(String, &str), f64> = BTreeMap::new();
    for row in csv.rows() {
        let key = (row.text(region).to_owned(), row.must_int(using)?);
        let user = sector(key.1, INPUTS)?;
        let of = sector(row.must_int(input)?, INPUTS)?;
        let spent = bought
            .get(&key)
            .ok_or_else(|| bad(INPUTS, "a using sector without value added"))?
            * row.must(share)?;
        *total.entry((key.0.clone(), user)).or_default() += spent;
        *inputs.entry((key.0, user, of)).or_default() += spent;
    }

    let mut rows: Vec<ItemRow> = Vec::new();
    for ((region, name), (v, x)) in added {
        let item = format!("{region}|{name}");
        rows.push(("value_added_share", item, YEAR, significant(v / x, DIGITS)));
    }
    for ((region, user, of), x) in inputs {
        let share = x / total[&(region.clone(), user)];
        let item = format!("{region}|{user}|{of}");
        rows.push(("input_share", item, YEAR, significant(share, DIGITS)));
    }
    elasticities(raw, &mut rows, report)?;
    item_year(out, "sector_accounts.parquet", rows, report)
}

/// `trade_elasticity`: sets of published elasticities; of codes that are one sector here the first.
fn elasticities(raw: &Raw, rows: &mut Vec<ItemRow>, report: &mut Report) -> Result<(), AtlasError> {
    let csv = raw.csv(ELASTICITIES)?;
    let (year, set) = (csv.col("year")?, csv.col("set")?);
    let (code, value) = (csv.col("sector")?, csv.col("epsilon")?);
    for row in csv.rows() {
        if row.must_int(year)? != ELASTICITY_YEAR {
            report.drop_row(ELASTICITIES, "a copy for another year");
            continue;
        }
        let code = row.text(code);
        let name = if code == SERVICES.1 {
            Some(SERVICES.0)
        } else {
            GOODS.iter().find(|g| g.1 == code).map(|g| g.0)
        };
        let Some(name) = name else {
            report.drop_row(ELASTICITIES, "second code of a joined sector");
            continue;
        };
        let item = format!("{}|{name}", row.text(set));
        let e = significant(row.must(value)?, DIGITS);
        rows.push(("trade_elasticity", item, ELASTICITY_YEAR, e));
    }
    Ok(())
}
