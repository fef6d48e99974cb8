//! State by year: economy, security and votes.

use std::collections::BTreeMap;
use std::path::Path;

use super::Report;
use super::codes::Iso3;
use super::raw::Raw;
use super::tables::{self, StateRow, significant};
use crate::AtlasError;

const WEO: &str = "general/weo_2510_selected.csv.gz";
const WDI_GDP: &str = "trade/wdi/gdp.csv.gz";
const WDI_POPULATION: &str = "trade/wdi/population.csv.gz";
const MILEX: &str = "security/capabilities/sipri_milex_long_1949_2024.csv.gz";
const NMC: &str = "security/capabilities/cow_nmc.csv.gz";
const DEMOCRACY: &str = "security/regime/cw_democracy.csv.gz";
const NUCLEAR_STATUS: &str = "security/nuclear/country-position-nuclear-weapons.csv.gz";
const WARHEADS: &str = "security/nuclear/nuclear-warhead-stockpiles.csv";
const LATENCY: &str = "security/nuclear/nu_public_rep.csv.gz";
const VOTES: &str = "trust/unga/idealpoints_1946_2023.tsv.gz";

/// First year of the panels; earlier rows serve no model of today's states.
const FIRST_YEAR: i32 = 1946;
/// The first forecast of the WEO edition cannot be earlier than its release.
const WEO_RELEASE: i32 = 2025;
const MILLION: f64 = 1e6;
/// Nobody's gross domestic product is smaller.
const SMALLEST_GDP_USD: f64 = 1e6;
/// Where our burden and the source's share of GDP differ by more, their exchange rates do.
const BURDEN_DISAGREEMENT: f64 = 2.0;
/// Significant digits of what is derived from SIPRI.
const SIPRI_DIGITS: i32 = 4;
/// Half the width of a central 90 % interval in standard deviations of a normal.
const Z90: f64 = 1.644_853_6;

pub(super) fn build(raw: &Raw, out: &Path, report: &mut Report) -> Result<(), AtlasError> {
    let economy = economy(raw, report)?;
    let mut security = military_expenditure(raw, &economy, report)?;
    security.extend(capability(raw, report)?);
    let mut regime = democracy(raw, report)?;
    let mut nuclear = nuclear(raw, report)?;
    let votes = votes(raw, report)?;
    for rows in [&mut security, &mut regime, &mut nuclear] {
        rows.retain(|r| r.2 >= FIRST_YEAR);
    }
    tables::state_year(out, "economy.parquet", economy, report)?;
    tables::state_year(out, "military.parquet", security, report)?;
    tables::state_year(out, "democracy.parquet", regime, report)?;
    tables::state_year(out, "nuclear.parquet", nuclear, report)?;
    tables::state_year(out, "votes.parquet", votes, report)
}

/// Concepts of the WEO that become variables, with the unit each is brought to.
fn weo_variable(concept: &str) -> Option<&'static str> {
    Some(match concept {
        "NGDPD" => "gdp_usd_mn",
        "PPPGDP" => "gdp_ppp_mn",
        "LP" => "population",
        "GGXWDG_NGDP" => "debt_pct_gdp",
        "BCA_NGDPD" => "current_account_pct_gdp",
        _ => return None,
    })
}

/// Economy: WEO up to the last actual year, the World Bank where the WEO has no actual.
fn economy(raw: &Raw, report: &mut Report) -> Result<Vec<StateRow>, AtlasError> {
    let csv = raw.csv(WEO)?;
    let (area, concept, scale) = (csv.col("ref_area")?, csv.col("concept")?, csv.col("scale")?);
    let (year, value, last) = (
        csv.col("year")?,
        csv.col("value")?,
        csv.col("lastactualdate")?,
    );
    // Years such as FY2023/24 count as their first, so that no estimate passes for an actual.
    let actual = |text: &str| text.trim_start_matches("FY").get(..4)?.parse::<i32>().ok();
    let mut last_gdp: BTreeMap<&str, i32> = BTreeMap::new();
    for row in csv.rows().filter(|r| r.text(concept) == "NGDPD") {
        if let Some(y) = actual(row.text(last)) {
            last_gdp.insert(row.text(area), y);
        }
    }
    let mut values: BTreeMap<(&'static str, Iso3, i32), f64> = BTreeMap::new();
    for row in csv.rows() {
        let Some(variable) = weo_variable(row.text(concept)) else {
            continue;
        };
        let Some(state) = report.keep(WEO, raw.codes.iso3(row.text(area))) else {
            continue;
        };
        let (y, scale) = (row.must_int(year)?, row.must(scale)?);
        let Some(value) = row.number(value)? else {
            continue;
        };
        let until = actual(row.text(last)).or_else(|| last_gdp.get(row.text(area)).copied());
        let Some(until) = until else {
            report.drop_row(
                WEO,
                "no date of the last actual: forecast or not cannot be told",
            );
            continue;
        };
        if y > until || y >= WEO_RELEASE {
            report.drop_row(WEO, "later than the last actual year: a forecast");
            continue;
        }
        let unit = match variable {
            "gdp_usd_mn" | "gdp_ppp_mn" => 10f64.powf(scale) / MILLION,
            _ => 10f64.powf(scale),
        };
        values.insert((variable, state, y), value * unit);
    }
    for (file, variable, unit) in [
        (WDI_GDP, "gdp_usd_mn", 1.0 / MILLION),
        (WDI_POPULATION, "population", 1.0),
    ] {
        let csv = raw.csv(file)?;
        let (code, year, value) = (
            csv.col("Country Code")?,
            csv.col("Year")?,
            csv.col("Value")?,
        );
        for row in csv.rows() {
            let Some(state) = report.keep(file, raw.codes.iso3(row.text(code))) else {
                continue;
            };
            if let Some(v) = row.number(value)? {
                // Georgia before 1990 stands in another unit.
                if variable == "gdp_usd_mn" && v < SMALLEST_GDP_USD {
                    report.drop_row(file, "a gross domestic product below a million dollars");
                    continue;
                }
                values
                    .entry((variable, state, row.must_int(year)?))
                    .or_insert(v * unit);
            }
        }
    }
    Ok(values
        .into_iter()
        .map(|((v, s, y), x)| (v, s, y, x))
        .collect())
}

/// Military expenditure as a fraction of GDP and of the world's sum; levels are not kept.
fn military_expenditure(
    raw: &Raw,
    economy: &[StateRow],
    report: &mut Report,
) -> Result<Vec<StateRow>, AtlasError> {
    let gdp: BTreeMap<(Iso3, i32), f64> = economy
        .iter()
        .filter(|r| r.0 == "gdp_usd_mn")
        .map(|r| ((r.1, r.2), r.3))
        .collect();
    let csv = raw.csv(MILEX)?;
    let (iso3, year) = (csv.col("iso3")?, csv.col("year")?);
    let (constant, current) = (
        csv.col("milex_const2023_usdm")?,
        csv.col("milex_current_usdm")?,
    );
    let share = csv.col("milex_share_gdp")?;
    let mut world: BTreeMap<i32, f64> = BTreeMap::new();
    for row in csv.rows() {
        if let Some(v) = row.number(constant)? {
            *world.entry(row.must_int(year)?).or_default() += v;
        }
    }
    let mut rows = Vec::new();
    for row in csv.rows() {
        let Some(state) = report.keep(MILEX, raw.codes.iso3(row.text(iso3))) else {
            continue;
        };
        let y = row.must_int(year)?;
        let ours = match (row.number(current)?, gdp.get(&(state, y))) {
            (Some(spent), Some(gdp)) if *gdp > 0.0 => Some(spent / gdp),
            _ => None,
        };
        let burden = match (ours, row.number(share)?.filter(|s| *s > 0.0)) {
            (Some(ours), Some(theirs))
                if ours > BURDEN_DISAGREEMENT * theirs || theirs > BURDEN_DISAGREEMENT * ours =>
            {
                Some(tables::places(theirs, 3))
            }
            (Some(ours), None) if ours > 1.0 => {
                report.drop_row(
                    MILEX,
                    "more than the whole product, and no share of the source",
                );
                continue;
            }
            (Some(ours), _) => Some(significant(ours, SIPRI_DIGITS)),
            (None, theirs) => theirs.map(|s| tables::places(s, 3)),
        };
        match burden {
            Some(b) => rows.push(("milex_burden", state, y, b)),
            None => report.drop_row(MILEX, "neither our GDP nor the source's share of GDP"),
        }
        if let (Some(v), Some(sum)) = (row.number(constant)?, world.get(&y).filter(|s| **s > 0.0)) {
            rows.push((
                "milex_world_share",
                state,
                y,
                significant(v / sum, SIPRI_DIGITS),
            ));
        }
    }
    Ok(rows)
}

fn capability(raw: &Raw, report: &mut Report) -> Result<Vec<StateRow>, AtlasError> {
    let csv = raw.csv(NMC)?;
    let (ccode, year) = (csv.col("ccode")?, csv.col("year")?);
    let (cinc, personnel) = (csv.col("cinc")?, csv.col("milper")?);
    let mut rows = Vec::new();
    for row in csv.rows() {
        let y = row.must_int(year)?;
        if y < FIRST_YEAR {
            continue;
        }
        let code = row.must_int(ccode)?;
        let Some(state) = report.keep(NMC, raw.codes.cow(code)) else {
            continue;
        };
        for (variable, col) in [("cinc", cinc), ("military_personnel_k", personnel)] {
            if let Some(v) = row.number(col)?.filter(|v| *v >= 0.0) {
                rows.push((variable, state, y, v));
            }
        }
    }
    Ok(rows)
}

fn democracy(raw: &Raw, report: &mut Report) -> Result<Vec<StateRow>, AtlasError> {
    let csv = raw.csv(DEMOCRACY)?;
    let (ccode, year, value) = (
        csv.col("ccode")?,
        csv.col("year")?,
        csv.col("v2x_polyarchy")?,
    );
    let mut rows = Vec::new();
    for row in csv.rows() {
        let y = row.must_int(year)?;
        let Some(v) = row.number(value)? else {
            continue;
        };
        if y < FIRST_YEAR {
            continue;
        }
        let looked_up = raw.codes.cow(row.must_int(ccode)?);
        if let Some(state) = report.keep(DEMOCRACY, looked_up) {
            rows.push(("polyarchy", state, y, v));
        }
    }
    Ok(rows)
}

fn nuclear(raw: &Raw, report: &mut Report) -> Result<Vec<StateRow>, AtlasError> {
    let mut rows: Vec<StateRow> = Vec::new();
    let csv = raw.csv(NUCLEAR_STATUS)?;
    let (country, code) = (csv.col("country")?, csv.col("Code")?);
    let (year, status) = (csv.col("Year")?, csv.col("nuclear_weapons_status")?);
    for row in csv.rows() {
        let looked_up = match row.text(code) {
            "" => raw.codes.name(row.text(country)),
            code => raw.codes.iso3(code),
        };
        let Some(state) = report.keep(NUCLEAR_STATUS, looked_up) else {
            continue;
        };
        if let Some(v) = row.number(status)? {
            rows.push(("nuclear_status", state, row.must_int(year)?, v));
        }
    }
    let csv = raw.csv(WARHEADS)?;
    let (code, year) = (csv.col("Code")?, csv.col("Year")?);
    let stockpile = csv.col("nuclear_weapons_stockpile")?;
    for row in csv.rows() {
        let Some(state) = report.keep(WARHEADS, raw.codes.iso3(row.text(code))) else {
            continue;
        };
        if let Some(v) = row.number(stockpile)? {
            rows.push(("warheads", state, row.must_int(year)?, v));
        }
    }
    let csv = raw.csv(LATENCY)?;
    let (ccode, year, mean) = (csv.col("ccode")?, csv.col("year")?, csv.col("Nu_means")?);
    for row in csv.rows() {
        let looked_up = raw.codes.cow(row.must_int(ccode)?);
        let Some(state) = report.keep(LATENCY, looked_up) else {
            continue;
        };
        if let Some(v) = row.number(mean)? {
            rows.push(("nuclear_latency", state, row.must_int(year)?, v));
        }
    }
    Ok(rows)
}

/// Ideal points with a standard deviation that a normal with the same 90 % interval has.
fn votes(raw: &Raw, report: &mut Report) -> Result<Vec<StateRow>, AtlasError> {
    let csv = raw.csv(VOTES)?;
    let (iso3, year, point) = (
        csv.col("iso3c")?,
        csv.col("year")?,
        csv.col("IdealPointFP")?,
    );
    let (low, high) = (csv.col("Q5%FP")?, csv.col("Q95%FP")?);
    let mut rows = Vec::new();
    for row in csv.rows() {
        let Some(state) = report.keep(VOTES, raw.codes.iso3(row.text(iso3))) else {
            continue;
        };
        let y = row.must_int(year)?;
        rows.push(("ideal_point", state, y, row.must(point)?));
        let sd = (row.must(high)? - row.must(low)?) / (2.0 * Z90);
        rows.push(("ideal_point_sd", state, y, sd));
    }
    Ok(rows)
}
