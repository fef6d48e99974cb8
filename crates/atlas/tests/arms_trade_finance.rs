//! Trade, finance and standards tables against published values and their own accounting.
#![allow(clippy::print_stdout)] // a skipped test says so

use std::collections::{BTreeMap, BTreeSet};
use std::io::Read;
use std::path::{Path, PathBuf};

use realign_atlas::{Atlas, StateId, Year};

fn id(atlas: &Atlas, iso3: &str) -> StateId {
    atlas.states().by_iso3(iso3).unwrap()
}

fn newest() -> Atlas {
    Atlas::embedded().unwrap()
}

#[test]
fn prop_sales_at_home_are_positive() {
    let atlas = newest();
    for (variable, economies) in [("trade_goods_musd", 192), ("icio_goods_musd", 80)] {
        let panel = atlas.dyads(variable).unwrap();
        let mut home = BTreeSet::new();
        for (a, b, year, v) in panel.rows() {
            assert!(v > 0.0, "{variable} {a:?} {b:?} {year}");
            if a == b {
                home.insert(a);
            }
        }
        assert_eq!(home.len(), economies, "{variable}");
    }
}

#[test]
fn prop_expenditure_closes_the_accounts() {
    // E_i = Y_i + T_i with transfers that sum to the mark-up rents on trade: home sales of the
    // United States must be GDP less its net-of-rent exports plus what mark-ups do to imports.
    let atlas = newest();
    let trade = atlas.dyads("trade_goods_musd").unwrap();
    let usa = id(&atlas, "USA");
    let (nu, other) = (0.270_696_2, 0.114_365);
    let (mut imports, mut net_exports) = (0.0, 0.0);
    for (a, b, _, v) in trade.rows().filter(|r| r.0 != r.1) {
        if b == usa {
            imports += v;
        } else if a == usa {
            net_exports += (1.0 - other) * v;
        }
    }
    let gdp_musd = 27_843_283.3; // the source of the base year, 2023
    let home = gdp_musd - nu * imports - (1.0 - nu) * net_exports;
    let stored = trade.at(usa, usa, Year(2023)).unwrap();
    assert!((stored / home - 1.0).abs() < 1e-4, "{stored} {home}");
}

#[test]
fn ref_historic_trade_agrees_with_the_input_output_tables() {
    // Two sources that share no method: importers' records, with re-exports, and the balanced tables
    // of the OECD, without; flows above a billion only, which narrows the range.
    let atlas = newest();
    let cow = atlas.dyads("cow_trade_musd").unwrap();
    let icio = atlas.dyads("icio_goods_musd").unwrap();
    let (mut x, mut y) = (Vec::new(), Vec::new());
    for (a, b, year, v) in cow.rows().filter(|r| r.0 != r.1 && r.3 > 1000.0) {
        if let Some(w) = icio.at(a, b, year).filter(|w| *w > 1000.0) {
            x.push(v.ln());
            y.push(w.ln());
        }
    }
    let mean = |v: &[f64]| v.iter().sum::<f64>() / v.len() as f64;
    let (mx, my) = (mean(&x), mean(&y));
    let cov: f64 = x.iter().zip(&y).map(|(a, b)| (a - mx) * (b - my)).sum();
    let square = |v: &[f64], m: f64| v.iter().map(|a| (a - m).powi(2)).sum::<f64>();
    let r = cov / (square(&x, mx) * square(&y, my)).sqrt();
    assert!(x.len() > 3000 && r > 0.9, "{r} on {} flows", x.len());
    // Freight, trade margins and re-exports are in importers' records only, about a third of the
    // value; a factor of two apart would be another unit.
    assert!((0.0..0.5).contains(&(mx - my)), "{}", mx - my);
}

#[test]
fn prop_historic_trade_leaves_out_what_the_source_has_in_part() {
    let atlas = newest();
    let cow = atlas.dyads("cow_trade_musd").unwrap();
    let germany = id(&atlas, "DEU");
    for (a, b, year, v) in cow.rows() {
        assert!(
            v > 0.0 && (1950..=2014).contains(&year.0),
            "{a:?} {b:?} {year}"
        );
        assert!(
            (a != germany && b != germany) || !(1960..=1989).contains(&year.0),
            "Germany {year}"
        );
        assert!(a != b || year.0 >= 1960, "{a:?} sells at home in {year}");
    }
    // Known two years later, as a release of the project would have been at best.
    let then = atlas.as_of(Year(1990));
    let newest = then
        .dyads("cow_trade_musd")
        .unwrap()
        .rows()
        .map(|r| r.2)
        .max();
    assert_eq!(newest, Some(Year(1988)));
}

#[test]
fn prop_sectors_sum_to_goods() {
    let atlas = newest();
    let sectors = atlas.item_dyads("icio_trade_musd").unwrap();
    let goods = atlas.dyads("icio_goods_musd").unwrap();
    assert_eq!(sectors.items().len(), 28);
    let services = sectors.item("services").unwrap();
    let mut sums: BTreeMap<(StateId, StateId, Year), f64> = BTreeMap::new();
    for r in sectors.rows().iter().filter(|r| r.0 != services) {
        *sums.entry((r.1, r.2, r.3)).or_default() += r.4;
    }
    let years: BTreeSet<Year> = sums.keys().map(|k| k.2).collect();
    assert_eq!(years.len(), 12);
    let mut compared = 0;
    for (a, b, year, v) in goods.rows().filter(|r| r.3 > 1000.0) {
        let s = sums.get(&(a, b, year)).copied().unwrap_or_default();
        // 27 sectors, each below half a million where it is absent.
        assert!(
            (s / v - 1.0).abs() < 27.0 * 0.5 / 1000.0 + 1e-4,
            "{a:?} {b:?} {year}: {s} {v}"
        );
        compared += 1;
    }
    assert!(compared > 15_000, "{compared}");
}

#[test]
fn prop_tariffs_are_fractions_and_zero_inside_the_union() {
    let atlas = newest();
    let tariff = atlas.dyads("tariff_applied").unwrap();
    assert!(
        tariff
            .rows()
            .all(|r| (0.0..1.5).contains(&r.3) && r.0 != r.1)
    );
    let at = |a, b| tariff.at(id(&atlas, a), id(&atlas, b), Year(2019)).unwrap();
    assert_eq!(at("DEU", "FRA"), 0.0);
    assert!(at("CHN", "DEU") > 0.01);
}

#[test]
fn ref_us_tariffs_by_date() {
    let atlas = newest();
    let tariffs = atlas.item_dyads("us_tariff_effective").unwrap();
    let usa = id(&atlas, "USA");
    let at = |date: &str, a: &str| {
        let item = tariffs
            .item(date)
            .unwrap_or_else(|| panic!("no date {date}"));
        tariffs
            .series(item, id(&atlas, a), usa)
            .first()
            .map(|r| r.4)
    };
    // The source, in percent: CHN 112.186 on 2025-04-09, European Union 15.2007 on 2025-08-07.
    assert!((at("2025-04-09", "CHN").unwrap() - 1.12186).abs() < 1e-3);
    for member in ["DEU", "FRA", "SVK", "MLT"] {
        assert!(
            (at("2025-08-07", member).unwrap() - 0.152_007).abs() < 1e-4,
            "{member}"
        );
    }
    assert_eq!(at("2025-08-07", "RWA"), None);
}

#[test]
fn ref_us_imports_of_2024() {
    let atlas = newest();
    let imports = atlas.item_dyads("us_imports_musd").unwrap();
    let of = |a: &str| -> f64 {
        let a = id(&atlas, a);
        imports
            .rows()
            .iter()
            .filter(|r| r.1 == a)
            .map(|r| r.4)
            .sum()
    };
    // The same partners in the file of effective tariffs, USD: CHN 429,425,828,419.
    assert!((of("CHN") / 429_425.8 - 1.0).abs() < 2e-3, "{}", of("CHN"));
    assert!((of("MEX") / 503_438.6 - 1.0).abs() < 2e-3, "{}", of("MEX"));
    let increase = atlas.item_dyads("us_tariff_increase_2025").unwrap();
    assert!(increase.rows().iter().all(|r| (0.0..=0.5).contains(&r.4)));
}

#[test]
fn ref_dates_of_well_known_agreements() {
    let atlas = newest();
    let ties = atlas.spells("trade_agreement").unwrap();
    let tied = |a: &str, b: &str, year| ties.tied(id(&atlas, a), id(&atlas, b), Year(year));
    for (a, b, last_without) in [
        ("USA", "CAN", 1988),
        ("USA", "MEX", 1993),
        ("DEU", "FRA", 1957),
        ("ARG", "BRA", 1990),
        ("TUR", "DEU", 1995),
        ("JPN", "CHN", 2021),
        ("JPN", "NZL", 2017),
        ("GBR", "AUS", 2022),
        ("KOR", "USA", 2011),
        ("CHN", "AUS", 2014),
        ("CAN", "DEU", 2016),
    ] {
        assert!(
            !tied(a, b, last_without) && tied(a, b, last_without + 1),
            "{a} {b}"
        );
        assert!(tied(a, b, 2025), "{a} {b}");
    }
    // The single market ended for the United Kingdom in 2020 and the trade agreement followed.
    let (gbr, fra) = (id(&atlas, "GBR"), id(&atlas, "FRA"));
    let union: Vec<_> = ties
        .of(gbr, fra)
        .iter()
        .filter(|s| s.detail == "customs_union")
        .collect();
    assert_eq!(union.len(), 1);
    assert_eq!(
        (union[0].start, union[0].end),
        (Year(1973), Some(Year(2021)))
    );
    assert!(tied("GBR", "FRA", 2021));
    // Never in force: the Transpacific Partnership with the United States.
    assert!(!tied("USA", "JPN", 2025) && !tied("USA", "DEU", 2025) && !tied("CHN", "USA", 2025));
    // Estonia left its agreement with Ukraine when it joined the Union.
    assert!(tied("EST", "UKR", 2003) && !tied("EST", "UKR", 2005) && tied("EST", "UKR", 2018));
}

#[test]
fn ref_currencies_and_holdings() {
    let atlas = newest();
    let currencies = atlas.items("reserve_currency_share").unwrap();
    let mut sums: BTreeMap<Year, f64> = BTreeMap::new();
    for r in currencies.rows() {
        *sums.entry(r.1).or_default() += r.2;
    }
    assert_eq!(sums.len(), 24);
    assert!(sums.values().all(|s| (s - 1.0).abs() < 1e-4), "{sums:?}");
    let usd = currencies.item("USD").unwrap();
    let last = currencies.series(usd).last().unwrap();
    assert_eq!(last.1, Year(2022));
    assert!((last.2 - 0.5836).abs() < 5e-4, "{}", last.2); // published: 58.36 %
    let held = atlas.item_dyads("us_securities_musd").unwrap();
    let usa = id(&atlas, "USA");
    let japan = |item: &str| {
        held.series(held.item(item).unwrap(), id(&atlas, "JPN"), usa)
            .last()
            .unwrap()
            .4
    };
    // Survey of June 2023, million USD: 2,494,469 in all, treasuries 1,035,416 + 68,085.
    assert!((japan("total") / 2_494_469.0 - 1.0).abs() < 1e-4);
    assert!((japan("treasury") / 1_103_501.0 - 1.0).abs() < 1e-4);
    let parts: f64 = ["treasury", "agency", "corporate", "equity"]
        .iter()
        .map(|i| japan(i))
        .sum();
    assert!((parts / japan("total") - 1.0).abs() < 1e-3);
}

#[test]
fn ref_standing_swap_lines() {
    let atlas = newest();
    let lines = atlas.spells("liquidity_line").unwrap();
    assert!(lines.directed);
    let tied = |a: &str, b: &str, year| lines.tied(id(&atlas, a), id(&atlas, b), Year(year));
    for partner in ["CAN", "GBR", "JPN", "CHE", "DEU", "FRA"] {
        assert!(tied("USA", partner, 2020), "{partner}");
    }
    assert!(tied("USA", "KOR", 2009) && !tied("USA", "KOR", 2015) && tied("USA", "KOR", 2020));
    assert!(!tied("USA", "CHN", 2020) && !tied("KOR", "USA", 2020));
    assert!(tied("CHN", "ARG", 2020));
}

#[test]
fn prop_shares_of_mining_and_chips() {
    let atlas = newest();
    let mining = atlas.item_states("mining_share").unwrap();
    let mut sums: BTreeMap<(u16, Year), f64> = BTreeMap::new();
    for r in mining.rows() {
        *sums.entry((r.0, r.2)).or_default() += r.3;
    }
    assert!(sums.values().all(|s| *s > 0.99 && *s < 1.0001), "{sums:?}");
    let chips = atlas.item_states("chip_input_share").unwrap();
    let euv = chips.item("EUV scanners").unwrap();
    assert_eq!(
        chips.series(euv, id(&atlas, "NLD")).first().map(|r| r.3),
        Some(1.0)
    );
    assert!(chips.rows().iter().all(|r| r.3 > 0.0 && r.3 <= 1.0));
    let materials = atlas.item_dyads("raw_material_musd").unwrap();
    assert_eq!(materials.items().len(), 25);
    assert!(materials.rows().iter().all(|r| r.4 > 0.0099));
}

#[test]
fn prop_every_weapon_description_has_a_class() {
    let root = std::env::var_os("REALIGN_SHARED").map_or_else(
        || Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared"),
        PathBuf::from,
    );
    let path = root.join("data/arms/trade-register.csv.gz");
    let Ok(packed) = std::fs::read(&path) else {
        assert!(
            std::env::var_os("CI").is_none(),
            "the raw register is missing"
        );
        println!("skipped: no raw register");
        return;
    };
    let mut text = Vec::new();
    flate2::read::MultiGzDecoder::new(&packed[..])
        .read_to_end(&mut text)
        .unwrap();
    let classes = include_str!("../../../data/compiled/arms_classes.csv");
    let known: BTreeSet<&str> = classes
        .lines()
        .skip(1)
        .filter_map(|l| l.rsplit_once(','))
        .map(|l| l.0)
        .collect();
    let mut reader = csv::Reader::from_reader(&text[..]);
    let column = reader
        .headers()
        .unwrap()
        .iter()
        .position(|h| h == "Weapon description")
        .unwrap();
    let mut unknown = BTreeSet::new();
    for record in reader.records() {
        let description = record.unwrap()[column].trim().to_owned();
        if !description.is_empty() && !known.contains(description.as_str()) {
            unknown.insert(description);
        }
    }
    assert_eq!(unknown, BTreeSet::new());
    assert_eq!(known.len(), 211);
}
