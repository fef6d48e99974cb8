//! Finance: holdings of US securities, reserves, external positions, central-bank liquidity lines.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use super::Report;
use super::codes::Iso3;
use super::raw::{Raw, bad};
use super::tables::{
    ItemDyadRow, ItemRow, SpellRow, StateRow, item_dyad_year, item_year, significant, spells,
    state_year,
};
use super::trade::merge_spans;
use crate::AtlasError;

const HOLDINGS: &str = "finance/tic_shl_foreign_holdings_us_securities_long.csv.gz";
const WEALTH: &str = "finance/ewn_dataset.csv.gz";
const RESERVES: &str = "finance/imf_fx_reserves_exgold_2000_2023.csv";
const COFER: &str = "finance/cofer_world_quarterly_shares_1999q1_2022q4.csv";
const LINES: &str = "finance/liquidity_lines_v19_isodates.csv";
const BLOCS: &str = "general/blocs_handcoded.csv";
const PERCENT: f64 = 100.0;
const DIGITS: i32 = 5;
/// First annual survey of holdings; earlier ones lack short-term securities.
const FIRST_SURVEY: i32 = 2002;
/// The euro area as the source of liquidity lines codes it.
const EURO: &str = "EA";
/// Code of the source for a line without an end.
const NO_END: &str = "9999";

pub(super) fn build(raw: &Raw, out: &Path, report: &mut Report) -> Result<(), AtlasError> {
    holdings(raw, out, report)?;
    positions(raw, out, report)?;
    cofer(raw, out, report)?;
    lines(raw, out, report)
}

/// Item of a line of the survey: instrument without footnote, both maturities.
fn instrument(maturity: &str, name: &str) -> Option<&'static str> {
    let name = name
        .split('(')
        .next()
        .unwrap_or_default()
        .trim()
        .to_lowercase();
    match (maturity, name.as_str()) {
        ("Total", "total securities" | "total") => Some("total"),
        ("Long-term", "equity") => Some("equity"),
        ("Long-term" | "Short-term", "treasury debt") => Some("treasury"),
        ("Long-term" | "Short-term", "agency debt") => Some("agency"),
        ("Long-term" | "Short-term", "corporate debt") => Some("corporate"),
        _ => None,
    }
}

/// `us_securities_musd`, end of June.
fn holdings(raw: &Raw, out: &Path, report: &mut Report) -> Result<(), AtlasError> {
    let csv = raw.csv(HOLDINGS)?;
    let (name, iso3, date) = (csv.col("country")?, csv.col("iso3")?, csv.col("date")?);
    let (maturity, kind) = (csv.col("maturity")?, csv.col("instrument")?);
    let value = csv.col("usd_mn")?;
    let usa = raw.codes.iso3("USA").map_err(|n| bad(HOLDINGS, &n.code))?;
    let mut sums: BTreeMap<(&'static str, Iso3, i32), f64> = BTreeMap::new();
    for row in csv.rows() {
        let year = row
            .text(date)
            .split(' ')
            .next_back()
            .and_then(|y| y.parse::<i32>().ok());
        let Some(year) = year else {
            return Err(row.error(date, "a month and year"));
        };
        let Some(item) = instrument(row.text(maturity), row.text(kind)) else {
            report.drop_row(HOLDINGS, "subtotal");
            continue;
        };
        if year < FIRST_SURVEY {
            report.drop_row(HOLDINGS, "survey before 2002");
            continue;
        }
        let holder = match row.text(iso3) {
            "" => raw.codes.name(row.text(name)),
            code => raw.codes.iso3(code),
        };
        let Some(holder) = report.keep(HOLDINGS, holder) else {
            continue;
        };
        if let Some(v) = row.number(value)? {
            *sums.entry((item, holder, year)).or_default() += v;
        }
    }
    let rows: Vec<ItemDyadRow> = sums
        .into_iter()
        .filter(|(_, v)| *v > 0.0)
        .map(|((item, a, year), v)| {
            (
                "us_securities_musd",
                item.to_owned(),
                a,
                usa,
                year,
                significant(v, DIGITS),
            )
        })
        .collect();
    item_dyad_year(out, "us_securities.parquet", rows, report)
}

/// External positions, and reserves: the IMF's where it has them, else the External Wealth of
/// Nations.
fn positions(raw: &Raw, out: &Path, report: &mut Report) -> Result<(), AtlasError> {
    let csv = raw.csv(WEALTH)?;
    let (iso3, name, year) = (csv.col("iso3")?, csv.col("Country")?, csv.col("Year")?);
    let columns = [
        ("reserves_usd_mn", csv.col("FX Reserves minus gold")?),
        ("external_assets_musd", csv.col("Total assets excl. gold")?),
        ("external_liabilities_musd", csv.col("Total liabilities")?),
        (
            "portfolio_debt_assets_musd",
            csv.col("Portfolio debt assets")?,
        ),
        ("fdi_assets_musd", csv.col("FDI assets")?),
    ];
    let mut values: BTreeMap<(&'static str, Iso3, i32), f64> = BTreeMap::new();
    for row in csv.rows() {
        let found = match row.text(iso3) {
            "" => raw.codes.name(row.text(name)),
            code => raw.codes.iso3(code),
        };
        let Some(state) = report.keep(WEALTH, found) else {
            continue;
        };
        for (variable, col) in columns {
            if let Some(v) = row.number(col)? {
                values.insert((variable, state, row.must_int(year)?), v);
            }
        }
    }
    let csv = raw.csv(RESERVES)?;
    let (iso3, name, year) = (csv.col("iso3")?, csv.col("country")?, csv.col("year")?);
    let value = csv.col("fx_reserves_usd_mn")?;
    for row in csv.rows() {
        let found = match row.text(iso3) {
            "" => raw.codes.name(row.text(name)),
            code => raw.codes.iso3(code),
        };
        let Some(state) = report.keep(RESERVES, found) else {
            continue;
        };
        if let Some(v) = row.number(value)? {
            values.insert(("reserves_usd_mn", state, row.must_int(year)?), v);
        }
    }
    let rows: Vec<StateRow> = values
        .into_iter()
        .map(|((variable, state, year), v)| (variable, state, year, significant(v, DIGITS)))
        .collect();
    state_year(out, "finance_states.parquet", rows, report)
}

/// Currency of an indicator of the currency composition of reserves.
fn currency(indicator: &str) -> Option<&'static str> {
    let name = indicator.strip_prefix("Shares of Allocated Reserves, Shares of ")?;
    Some(match name.strip_suffix(", Percent")? {
        "U.S. dollars" => "USD",
        "euro" => "EUR",
        "Japanese yen" => "JPY",
        "pounds sterling" => "GBP",
        "Chinese renminbi" => "CNY",
        "Australian dollars" => "AUD",
        "Canadian dollars" => "CAD",
        "Swiss francs" => "CHF",
        "other currencies" => "other",
        _ => return None,
    })
}

/// `reserve_currency_share`: fourth quarter, fraction of allocated reserves.
fn cofer(raw: &Raw, out: &Path, report: &mut Report) -> Result<(), AtlasError> {
    let csv = raw.csv(COFER)?;
    let (name, quarter, pct) = (
        csv.col("Indicator Name")?,
        csv.col("quarter")?,
        csv.col("pct")?,
    );
    let mut rows: Vec<ItemRow> = Vec::new();
    for row in csv.rows() {
        let Some(currency) = currency(row.text(name)) else {
            report.drop_row(COFER, "share of allocated in total reserves");
            continue;
        };
        let Some(year) = row.text(quarter).strip_suffix("Q4") else {
            continue;
        };
        let year = year.parse().map_err(|_| row.error(quarter, "a quarter"))?;
        let Some(share) = row.number(pct)? else {
            continue;
        };
        let share = significant(share / PERCENT, DIGITS);
        rows.push(("reserve_currency_share", currency.to_owned(), year, share));
    }
    item_year(out, "reserve_currencies.parquet", rows, report)
}

/// Years in force: first year, and first year no longer in force.
type Spans = Vec<(i32, Option<i32>)>;

/// Members of the euro area with year of entry.
fn euro_area(raw: &Raw, report: &mut Report) -> Result<Vec<(Iso3, i32)>, AtlasError> {
    let csv = raw.csv(BLOCS)?;
    let (bloc, iso3, entry) = (csv.col("bloc")?, csv.col("iso3")?, csv.col("entry_year")?);
    let mut members = Vec::new();
    for row in csv.rows().filter(|r| r.text(bloc) == "EUROAREA") {
        if let Some(state) = report.keep(BLOCS, raw.codes.iso3(row.text(iso3))) {
            members.push((state, row.must_int(entry)?));
        }
    }
    Ok(members)
}

/// `liquidity_line`: renewals merged; a line is in force in every year of which it covers a part.
///
/// A line of the European Central Bank is a line of every member of the euro area from the later
/// of its start and the member's entry, with `euro_area` in its detail.
fn lines(raw: &Raw, out: &Path, report: &mut Report) -> Result<(), AtlasError> {
    let euro = euro_area(raw, report)?;
    let csv = raw.csv(LINES)?;
    let (kind, collateral) = (csv.col("deal_type")?, csv.col("collateral")?);
    let (source, recipient) = (csv.col("ISO_source")?, csv.col("ISO_recipient")?);
    let (start, end) = (csv.col("start_date")?, csv.col("end_date")?);
    let mut all: BTreeMap<(Iso3, Iso3, String), Spans> = BTreeMap::new();
    let mut side = |code: &str| -> Vec<(Iso3, i32)> {
        if code == EURO {
            return euro.clone();
        }
        let code = if code == "XKK" { "XKX" } else { code };
        report
            .keep(LINES, raw.codes.iso3(code))
            .map(|s| (s, i32::MIN))
            .into_iter()
            .collect()
    };
    for row in csv.rows() {
        let Some(from) = row.year(start)? else {
            return Err(row.error(start, "a date"));
        };
        let last = if row.text(end).starts_with(NO_END) {
            None
        } else {
            row.year(end)?
        };
        let first_out = last.map(|y| {
            if row.text(end).ends_with("-01-01") {
                y
            } else {
                y + 1
            }
        });
        let pooled = row.text(kind) == "pooled fund";
        let mut detail = if pooled {
            "pooled"
        } else {
            row.text(collateral)
        }
        .to_owned();
        if row.text(source) == EURO || row.text(recipient) == EURO {
            detail.push_str(" euro_area");
        }
        let (givers, takers) = (side(row.text(source)), side(row.text(recipient)));
        for (a, a_entry) in &givers {
            for (b, b_entry) in &takers {
                let begin = from.max(*a_entry).max(*b_entry);
                if a != b && first_out.is_none_or(|e| e > begin) {
                    all.entry((*a, *b, detail.clone()))
                        .or_default()
                        .push((begin, first_out));
                }
            }
        }
    }
    let mut rows = BTreeSet::new();
    for ((a, b, detail), spans) in all {
        for (start, end) in merge_spans(spans) {
            let detail = detail.clone();
            rows.insert(SpellRow {
                variable: "liquidity_line",
                a,
                b,
                start,
                end,
                detail,
            });
        }
    }
    spells(
        out,
        "liquidity_lines.parquet",
        rows.into_iter().collect(),
        report,
    )
}

#[cfg(test)]
mod tests {
    use super::{currency, instrument};

    #[test]
    fn ref_instruments_without_footnotes() {
        assert_eq!(instrument("Long-term", "Equity (2)"), Some("equity"));
        assert_eq!(instrument("Total", "Total (1)"), Some("total"));
        assert_eq!(instrument("Short-term", "Treasury debt"), Some("treasury"));
        assert_eq!(instrument("Long-term", "Total long-term Debt"), None);
        assert_eq!(instrument("Total", "Total long-term securities (1)"), None);
    }

    #[test]
    fn ref_currency_of_an_indicator() {
        let name = "Shares of Allocated Reserves, Shares of Chinese renminbi, Percent";
        assert_eq!(currency(name), Some("CNY"));
        assert_eq!(currency("Shares of Unallocated Reserves, Percent"), None);
    }
}
