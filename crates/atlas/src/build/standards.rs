//! Technical standards and computing: ISO committees, chip inputs, AI compute and models.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use super::Report;
use super::codes::NoState;
use super::raw::Raw;
use super::tables::{ItemStateRow, StateRow, item_state_year, significant, state_year};
use crate::AtlasError;
use crate::build::codes::Iso3;

const ISO: &str = "standards/iso_tc_country_summary_2025.csv";
const COMPUTE: &str = "standards/epoch_existing_h100eq_by_country.csv";
const MODELS: &str = "standards/notable_ai_models.csv.gz";
const PROVISION: &str = "standards/eto_supply_chain/provision.csv";
const PROVIDERS: &str = "standards/eto_supply_chain/providers.csv";
/// Years to which the undated tables refer.
const ISO_YEAR: i32 = 2025;
const COMPUTE_YEAR: i32 = 2025;
const CHIPS_YEAR: i32 = 2021;
const PERCENT: f64 = 100.0;
const DIGITS: i32 = 5;

pub(super) fn build(raw: &Raw, out: &Path, report: &mut Report) -> Result<(), AtlasError> {
    let mut rows: Vec<StateRow> = Vec::new();
    committees(raw, &mut rows, report)?;
    compute(raw, &mut rows, report)?;
    models(raw, &mut rows, report)?;
    state_year(out, "standards_states.parquet", rows, report)?;
    chips(raw, out, report)
}

/// `iso_secretariats`, `iso_participations`, `iso_observers`: committees by role.
fn committees(raw: &Raw, rows: &mut Vec<StateRow>, report: &mut Report) -> Result<(), AtlasError> {
    let csv = raw.csv(ISO)?;
    let (nsb, iso3) = (csv.col("nsb")?, csv.col("iso3")?);
    let columns = [
        ("iso_secretariats", csv.col("secretariat")?),
        ("iso_participations", csv.col("P")?),
        ("iso_observers", csv.col("O")?),
    ];
    for row in csv.rows() {
        let found = match row.text(iso3) {
            "" => Err(NoState {
                code: row.text(nsb).to_owned(),
                reason: "no country given",
            }),
            code => raw.codes.iso3(code),
        };
        let Some(state) = report.keep(ISO, found) else {
            continue;
        };
        for (variable, col) in columns {
            rows.push((variable, state, ISO_YEAR, row.must(col)?));
        }
    }
    Ok(())
}

/// `ai_compute_h100eq`: clusters that exist, as far as they are publicly known.
fn compute(raw: &Raw, rows: &mut Vec<StateRow>, report: &mut Report) -> Result<(), AtlasError> {
    let csv = raw.csv(COMPUTE)?;
    let (iso3, sum) = (csv.col("iso3")?, csv.col("sum")?);
    for row in csv.rows() {
        let Some(state) = report.keep(COMPUTE, raw.codes.iso3(row.text(iso3))) else {
            continue;
        };
        match row.must(sum)? {
            v if v > 0.0 => {
                rows.push((
                    "ai_compute_h100eq",
                    state,
                    COMPUTE_YEAR,
                    significant(v, DIGITS),
                ));
            }
            _ => report.drop_row(COMPUTE, "clusters of unknown size"),
        }
    }
    Ok(())
}

/// The name of a country without the form of state that UN lists put after or before it.
fn country(raw: &Raw, name: &str) -> Result<Iso3, NoState> {
    raw.codes.name(name).or_else(|none| match name {
        "United Kingdom of Great Britain and Northern Ireland" => raw.codes.iso3("GBR"),
        "Korea (Republic of)" => raw.codes.iso3("KOR"),
        _ => match name.split_once(" (") {
            Some((short, _)) => raw.codes.name(short),
            None => Err(none),
        },
    })
}

/// `notable_ai_models`: a model counts once for every country with an organisation behind it.
fn models(raw: &Raw, rows: &mut Vec<StateRow>, report: &mut Report) -> Result<(), AtlasError> {
    let csv = raw.csv(MODELS)?;
    let (date, countries) = (
        csv.col("Publication date")?,
        csv.col("Country (of organization)")?,
    );
    let mut counts: BTreeMap<(Iso3, i32), f64> = BTreeMap::new();
    for row in csv.rows() {
        let Some(year) = row.year(date)? else {
            report.drop_row(MODELS, "no date");
            continue;
        };
        let names: BTreeSet<&str> = row
            .text(countries)
            .split(',')
            .map(str::trim)
            .filter(|n| !n.is_empty())
            .collect();
        if names.is_empty() {
            report.drop_row(MODELS, "no country given");
        }
        for name in names {
            if let Some(state) = report.keep(MODELS, country(raw, name)) {
                *counts.entry((state, year)).or_default() += 1.0;
            }
        }
    }
    rows.extend(
        counts
            .into_iter()
            .map(|((s, y), n)| ("notable_ai_models", s, y, n)),
    );
    Ok(())
}

/// `chip_input_share`: the share of a country in the provision of an input or stage.
fn chips(raw: &Raw, out: &Path, report: &mut Report) -> Result<(), AtlasError> {
    let csv = raw.csv(PROVIDERS)?;
    let (id, kind) = (csv.col("provider_id")?, csv.col("provider_type")?);
    let countries: BTreeSet<String> = csv
        .rows()
        .filter(|r| r.text(kind) == "country")
        .map(|r| r.text(id).to_owned())
        .collect();
    let csv = raw.csv(PROVISION)?;
    let (id, name) = (csv.col("provider_id")?, csv.col("provider_name")?);
    let (item, share) = (csv.col("provided_name")?, csv.col("share_provided")?);
    let mut rows: Vec<ItemStateRow> = Vec::new();
    for row in csv.rows().filter(|r| countries.contains(r.text(id))) {
        // The source writes MAL for Malaysia.
        let code = if row.text(name) == "MAL" {
            "MYS"
        } else {
            row.text(name)
        };
        let Some(state) = report.keep(PROVISION, raw.codes.iso3(code)) else {
            continue;
        };
        let Some(text) = row.text(share).strip_suffix('%') else {
            report.drop_row(PROVISION, "no share given");
            continue;
        };
        let percent: f64 = text.parse().map_err(|_| row.error(share, "a percentage"))?;
        let fraction = significant(percent / PERCENT, DIGITS);
        rows.push((
            "chip_input_share",
            row.text(item).to_owned(),
            state,
            CHIPS_YEAR,
            fraction,
        ));
    }
    item_state_year(out, "chip_inputs.parquet", rows, report)
}
