//! Raw materials: who sells to whom, and who mines.

use std::collections::BTreeMap;
use std::path::Path;

use super::{FLOW_DIGITS, THOUSAND, compiled};
use crate::AtlasError;
use crate::build::Report;
use crate::build::codes::{Iso3, NoState};
use crate::build::raw::{Raw, bad};
use crate::build::tables::{
    ItemDyadRow, ItemStateRow, item_dyad_year, item_state_year, significant,
};

const TRADE: &str = "general/baci_raw_materials_last5y.csv.gz";
const GROUPS: &str = "data/compiled/raw_material_groups.csv";
const MINING: &str = "general/world_mining_production_2018_2024.csv";
/// Smallest flow kept, million USD.
const SMALLEST_MUSD: f64 = 0.01;
/// "Other Asia, not elsewhere specified" is Taiwan in trade statistics.
const OTHER_ASIA: &str = "S19";

pub(super) fn build(raw: &Raw, out: &Path, report: &mut Report) -> Result<(), AtlasError> {
    trade(raw, out, report)?;
    mining(raw, out, report)
}

fn economy(raw: &Raw, code: &str) -> Result<Iso3, NoState> {
    raw.codes
        .iso3(if code == OTHER_ASIA { "TWN" } else { code })
}

fn trade(raw: &Raw, out: &Path, report: &mut Report) -> Result<(), AtlasError> {
    let csv = compiled(
        GROUPS,
        include_str!("../../../../../data/compiled/raw_material_groups.csv"),
    )?;
    let (hs, group) = (csv.col("hs92")?, csv.col("group")?);
    let groups: BTreeMap<String, String> = csv
        .rows()
        .map(|r| (r.text(hs).to_owned(), r.text(group).to_owned()))
        .collect();
    let csv = raw.csv(TRADE)?;
    let (year, hs, value) = (csv.col("year")?, csv.col("hs92")?, csv.col("value_kusd")?);
    let (from, to) = (csv.col("exp")?, csv.col("imp")?);
    let mut sums: BTreeMap<(&str, Iso3, Iso3, i32), f64> = BTreeMap::new();
    for row in csv.rows() {
        let Some(a) = report.keep(TRADE, economy(raw, row.text(from))) else {
            continue;
        };
        let Some(b) = report.keep(TRADE, economy(raw, row.text(to))) else {
            continue;
        };
        let group = groups.get(row.text(hs)).ok_or_else(|| {
            bad(
                TRADE,
                &format!("no group for HS {} in {GROUPS}", row.text(hs)),
            )
        })?;
        *sums.entry((group, a, b, row.must_int(year)?)).or_default() += row.must(value)? / THOUSAND;
    }
    let mut rows: Vec<ItemDyadRow> = Vec::with_capacity(sums.len());
    for ((group, a, b, year), musd) in sums {
        if musd >= SMALLEST_MUSD {
            let musd = significant(musd, FLOW_DIGITS - 1);
            rows.push(("raw_material_musd", group.to_owned(), a, b, year, musd));
        } else {
            report.drop_row(TRADE, "group flow below 0.01 million USD");
        }
    }
    item_dyad_year(out, "raw_materials.parquet", rows, report)
}

/// `mining_share`: output over the sum of all producers, those outside the atlas included.
fn mining(raw: &Raw, out: &Path, report: &mut Report) -> Result<(), AtlasError> {
    let csv = raw.csv(MINING)?;
    let (commodity, name, iso3) = (
        csv.col("commodity")?,
        csv.col("Country")?,
        csv.col("Country_ISO")?,
    );
    let years = (2018..=2024).map(|y| Ok((y, csv.col(&y.to_string())?)));
    let years = years.collect::<Result<Vec<_>, AtlasError>>()?;
    let producers = || csv.rows().filter(|r| r.text(name) != "Total");
    let mut world: BTreeMap<(&str, i32), f64> = BTreeMap::new();
    for row in producers() {
        for (year, col) in &years {
            *world.entry((row.text(commodity), *year)).or_default() +=
                row.number(*col)?.unwrap_or_default();
        }
    }
    let mut rows: Vec<ItemStateRow> = Vec::new();
    for row in producers() {
        let found = match (row.text(name), row.text(iso3)) {
            ("Kosovo", _) => raw.codes.iso3("XKX"),
            (_, code) => economy(raw, code),
        };
        let Some(state) = report.keep(MINING, found) else {
            continue;
        };
        for (year, col) in &years {
            let total = world
                .get(&(row.text(commodity), *year))
                .copied()
                .unwrap_or_default();
            if let Some(output) = row.number(*col)?.filter(|v| *v > 0.0 && total > 0.0) {
                let share = significant(output / total, FLOW_DIGITS);
                rows.push((
                    "mining_share",
                    row.text(commodity).to_owned(),
                    state,
                    *year,
                    share,
                ));
            }
        }
    }
    item_state_year(out, "mining.parquet", rows, report)
}
