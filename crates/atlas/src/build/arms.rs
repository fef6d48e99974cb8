//! Arms: shares of world deliveries by supplier, recipient and kind, open orders, combat aircraft.
//!
//! The source is restricted: only shares over five or thirty years, shares of all open orders, and
//! counts of aircraft summed over the deals of a pair leave this file. Where a pair has one deal,
//! its sum is that deal: of these counts nothing but the number is kept.

mod register;

use std::collections::BTreeMap;
use std::path::Path;

use super::Report;
use super::codes::Iso3;
use super::raw::Raw;
use super::tables::{
    DyadRow, ItemDyadRow, ItemStateRow, dyad_year, item_dyad_year, item_state_year, significant,
};
use crate::AtlasError;
use register::Deal;

const DELIVERIES: &str = "arms/bilateral_tiv_category_1995_2024.csv.gz";
/// First and last year of the deliveries by category.
const FIRST: i32 = 1995;
const LAST: i32 = 2024;
/// Length of a window of shares.
const WINDOW: i32 = 5;
/// Years at which the thirty-year base is taken, and its length.
const BASE_YEARS: &[i32] = &[1990, 1995, 2000, 2005, 2010, 2015, 2018, 2020, 2022, 2024];
const BASE_WINDOW: i32 = 30;
/// First year of the orders by class.
const FIRST_ORDERS: i32 = 1950;
/// Deliveries with what was built in the recipient's own industry.
const CLEAN: &str = "arms/trade_register_clean.csv.gz";
/// Significant digits of an age and of a share of local production.
const AGE_DIGITS: i32 = 3;
/// Significant digits of a share.
const DIGITS: i32 = 5;

pub(super) fn build(raw: &Raw, out: &Path, report: &mut Report) -> Result<(), AtlasError> {
    let mut rows = Vec::new();
    let exports = windows(raw, &mut rows, report)?;
    let deals = register::read(raw, report)?;
    base(&deals, &mut rows);
    open_orders(&deals, &mut rows, report);
    item_dyad_year(out, "arms_item_dyads.parquet", rows, report)?;
    item_dyad_year(out, "arms_orders.parquet", orders(&deals, report), report)?;
    item_state_year(out, "arms_exports.parquet", exports, report)?;
    let mut bases = ages(&deals);
    built_at_home(raw, &mut bases, report)?;
    item_state_year(out, "arms_bases.parquet", bases, report)?;
    dyad_year(out, "arms_aircraft.parquet", aircraft(&deals), report)
}

fn slug(category: &str) -> String {
    category.to_lowercase().replace([' ', '-'], "_")
}

/// `arms_world_share_5y`, and the supplier's total `arms_export_world_share_5y`.
fn windows(
    raw: &Raw,
    rows: &mut Vec<ItemDyadRow>,
    report: &mut Report,
) -> Result<Vec<ItemStateRow>, AtlasError> {
    let csv = raw.csv(DELIVERIES)?;
    let (supplier, recipient) = (csv.col("supplier")?, csv.col("recipient")?);
    let (category, year, tiv) = (csv.col("category")?, csv.col("year")?, csv.col("tiv")?);
    let mut flows: Vec<(String, Iso3, Iso3, i32, f64)> = Vec::new();
    for row in csv.rows() {
        let from = raw.codes.name(row.text(supplier));
        let Some(from) = report.keep(DELIVERIES, from) else {
            continue;
        };
        let to = raw.codes.name(row.text(recipient));
        let Some(to) = report.keep(DELIVERIES, to) else {
            continue;
        };
        flows.push((
            slug(row.text(category)),
            from,
            to,
            row.must_int(year)?,
            row.must(tiv)?,
        ));
    }
    let mut exports = Vec::new();
    for end in FIRST + WINDOW - 1..=LAST {
        let mut sums: BTreeMap<(&str, Iso3, Iso3), f64> = BTreeMap::new();
        let mut suppliers: BTreeMap<Iso3, f64> = BTreeMap::new();
        let mut world = 0.0;
        for (category, from, to, year, tiv) in &flows {
            if (end - WINDOW + 1..=end).contains(year) && *tiv > 0.0 {
                *sums.entry((category, *from, *to)).or_default() += tiv;
                *suppliers.entry(*from).or_default() += tiv;
                world += tiv;
            }
        }
        for ((category, from, to), tiv) in sums {
            let share = significant(tiv / world, DIGITS);
            rows.push((
                "arms_world_share_5y",
                category.to_owned(),
                from,
                to,
                end,
                share,
            ));
        }
        for (from, tiv) in suppliers {
            let share = significant(tiv / world, DIGITS);
            exports.push((
                "arms_export_world_share_5y",
                "all".to_owned(),
                from,
                end,
                share,
            ));
        }
    }
    Ok(exports)
}

/// `arms_base_share_30y`: deliveries of a deal are spread evenly over its years of delivery.
fn base(deals: &[Deal], rows: &mut Vec<ItemDyadRow>) {
    for end in BASE_YEARS {
        let mut sums: BTreeMap<(&str, Iso3, Iso3), f64> = BTreeMap::new();
        let mut world = 0.0;
        for deal in deals {
            let inside = deal
                .years
                .iter()
                .filter(|y| (end - BASE_WINDOW + 1..=*end).contains(*y));
            let tiv = deal.tiv_delivered * inside.count() as f64 / deal.years.len().max(1) as f64;
            if tiv > 0.0 {
                *sums
                    .entry((&deal.class, deal.supplier, deal.recipient))
                    .or_default() += tiv;
                world += tiv;
            }
        }
        for ((class, from, to), tiv) in sums {
            let share = significant(tiv / world, DIGITS);
            rows.push((
                "arms_base_share_30y",
                class.to_owned(),
                from,
                to,
                *end,
                share,
            ));
        }
    }
}

/// `arms_open_order_share` at the end of the register.
fn open_orders(deals: &[Deal], rows: &mut Vec<ItemDyadRow>, report: &mut Report) {
    let mut sums: BTreeMap<(&str, Iso3, Iso3), f64> = BTreeMap::new();
    let mut world = 0.0;
    for deal in deals.iter().filter(|d| d.open > 0.0) {
        let Some(value) = register::unit_value(deal, deals) else {
            report.drop_row(register::REGISTER, "open order of a weapon without value");
            continue;
        };
        let tiv = deal.open * value;
        *sums
            .entry((&deal.class, deal.supplier, deal.recipient))
            .or_default() += tiv;
        world += tiv;
    }
    for ((class, from, to), tiv) in sums {
        let share = significant(tiv / world, DIGITS);
        rows.push((
            "arms_open_order_share",
            class.to_owned(),
            from,
            to,
            LAST,
            share,
        ));
    }
}

/// `arms_orders_world_share_5y`: what was ordered, delivered or not, by the year of the order.
fn orders(deals: &[Deal], report: &mut Report) -> Vec<ItemDyadRow> {
    let mut rows = Vec::new();
    for end in (FIRST_ORDERS + WINDOW - 1..=LAST).step_by(WINDOW as usize) {
        let mut sums: BTreeMap<(&str, Iso3, Iso3), f64> = BTreeMap::new();
        let mut world = 0.0;
        for deal in deals {
            if !deal
                .order_year
                .is_some_and(|y| (end - WINDOW + 1..=end).contains(&y))
            {
                continue;
            }
            let Some(value) = register::unit_value(deal, deals) else {
                report.drop_row(register::REGISTER, "order of a weapon without value");
                continue;
            };
            let tiv = deal.ordered.max(deal.delivered) * value;
            if tiv > 0.0 {
                *sums
                    .entry((&deal.class, deal.supplier, deal.recipient))
                    .or_default() += tiv;
                world += tiv;
            }
        }
        for ((class, from, to), tiv) in sums {
            let share = significant(tiv / world, DIGITS);
            let class = class.to_owned();
            rows.push(("arms_orders_world_share_5y", class, from, to, end, share));
        }
    }
    rows
}

/// `arms_base_age_years`: mean age of thirty years of deliveries, by class and recipient.
fn ages(deals: &[Deal]) -> Vec<ItemStateRow> {
    let mut rows = Vec::new();
    for end in BASE_YEARS {
        let mut sums: BTreeMap<(&str, Iso3), (f64, f64)> = BTreeMap::new();
        for deal in deals {
            let each = deal.tiv_delivered / deal.years.len().max(1) as f64;
            for year in &deal.years {
                if each > 0.0 && (end - BASE_WINDOW + 1..=*end).contains(year) {
                    let sum = sums.entry((&deal.class, deal.recipient)).or_default();
                    sum.0 += each * f64::from(end - year);
                    sum.1 += each;
                }
            }
        }
        for ((class, to), (years, tiv)) in sums {
            let age = significant(years / tiv, AGE_DIGITS);
            rows.push(("arms_base_age_years", class.to_owned(), to, *end, age));
        }
    }
    rows
}

/// `arms_local_production_share`: part of thirty years of deliveries that was built in the
/// recipient's own industry under licence, by category.
fn built_at_home(
    raw: &Raw,
    rows: &mut Vec<ItemStateRow>,
    report: &mut Report,
) -> Result<(), AtlasError> {
    let csv = raw.csv(CLEAN)?;
    let (recipient, category) = (csv.col("Recipient")?, csv.col("Armament category")?);
    let (tiv, local) = (
        csv.col("TIV delivery values")?,
        csv.col("Local production")?,
    );
    let mut sums: BTreeMap<(String, Iso3), (f64, f64)> = BTreeMap::new();
    for row in csv.rows() {
        let to = raw.codes.name(row.text(recipient));
        let Some(to) = report.keep(CLEAN, to) else {
            continue;
        };
        let value = row.number(tiv)?.unwrap_or_default();
        if value > 0.0 {
            let sum = sums.entry((slug(row.text(category)), to)).or_default();
            sum.0 += value;
            if row.text(local) == "Yes" {
                sum.1 += value;
            }
        }
    }
    for ((category, to), (all, local)) in sums {
        let share = significant(local / all, AGE_DIGITS);
        rows.push(("arms_local_production_share", category, to, LAST, share));
    }
    Ok(())
}

/// `f35_ordered`, `f35_delivered`, `combat_aircraft_on_order`.
fn aircraft(deals: &[Deal]) -> Vec<DyadRow> {
    let mut counts: BTreeMap<(&'static str, Iso3, Iso3), f64> = BTreeMap::new();
    for deal in deals {
        let mut add = |variable, count: f64| {
            if count > 0.0 {
                *counts
                    .entry((variable, deal.supplier, deal.recipient))
                    .or_default() += count;
            }
        };
        if deal.designation.starts_with("F-35") {
            add("f35_ordered", deal.ordered);
            add("f35_delivered", deal.delivered);
        }
        if deal.class == register::COMBAT_AIRCRAFT {
            add("combat_aircraft_on_order", deal.open);
        }
    }
    counts
        .into_iter()
        .map(|((v, from, to), n)| (v, from, to, LAST, n))
        .collect()
}
