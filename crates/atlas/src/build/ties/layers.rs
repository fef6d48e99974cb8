//! Weaker and hostile layers: designations, defence cooperation, rivalries, sanctions.

use super::symmetric;
use crate::AtlasError;
use crate::build::Report;
use crate::build::codes::Iso3;
use crate::build::raw::{Raw, bad};
use crate::build::tables::SpellRow;

const MNNA: &str = "security/alliances/us_mnna.csv";
const DCAD: &str = "security/alliances/DCAD-v1.0-main.csv";
const RIVALRIES: &str = "security/conflict/tss_rivalries.csv";
const SANCTIONS: &str = "finance/ties_custom.csv";

/// Last year that DCAD covers; agreements not known to have ended stay open.
const DCAD_LAST: i32 = 2010;
/// Last year that the list of rivalries covers; those that reach it stay open.
const RIVALRIES_LAST: i32 = 2020;
/// First year after the coverage of the sanction cases.
const SANCTIONS_END: i32 = 2007;
/// How the sanction cases write an end that is not known.
const SANCTIONS_UNKNOWN: i32 = 3000;
/// Rivalries that ended before are left out.
const FIRST_YEAR: i32 = 1945;

/// Designations as major non-NATO ally, from the United States to the designated.
pub(super) fn designations(raw: &Raw, report: &mut Report) -> Result<Vec<SpellRow>, AtlasError> {
    let csv = raw.csv(MNNA)?;
    let (iso3, start, end) = (
        csv.col("iso3")?,
        csv.col("start_year")?,
        csv.col("end_year")?,
    );
    let usa = Iso3::parse("USA").ok_or_else(|| bad(MNNA, "no code for the designating state"))?;
    let mut rows = Vec::new();
    for row in csv.rows() {
        let Some(b) = report.keep(MNNA, raw.codes.iso3(row.text(iso3))) else {
            continue;
        };
        let (start, end) = (row.must_int(start)?, row.int(end)?);
        let detail = String::new();
        rows.push(SpellRow {
            variable: "us_mnna",
            a: usa,
            b,
            start,
            end,
            detail,
        });
    }
    Ok(rows)
}

/// Defence cooperation agreements, each with its category.
pub(super) fn defence_cooperation(
    raw: &Raw,
    report: &mut Report,
) -> Result<Vec<SpellRow>, AtlasError> {
    let csv = raw.csv(DCAD)?;
    let (ccode1, ccode2) = (csv.col("ccode1")?, csv.col("ccode2")?);
    let (signed, force) = (csv.col("signYear")?, csv.col("EIFYear")?);
    let (last, terminated) = (csv.col("endYearEstimate")?, csv.col("terminated")?);
    let category = csv.col("category1")?;
    let mut rows = Vec::new();
    for row in csv.rows() {
        let (one, two) = (row.must_int(ccode1)?, row.must_int(ccode2)?);
        let Some(a) = report.keep(DCAD, raw.codes.cow(one)) else {
            continue;
        };
        let Some(b) = report.keep(DCAD, raw.codes.cow(two)) else {
            continue;
        };
        if a == b {
            report.drop_row(DCAD, "both sides map to one state");
            continue;
        }
        let start = match row.int(force)?.filter(|y| *y > 0) {
            Some(y) => y,
            None => row.must_int(signed)?,
        };
        let last = row.must_int(last)?;
        let over = last < DCAD_LAST || row.int(terminated)? == Some(1);
        let end = over.then_some((last + 1).max(start + 1));
        rows.push(symmetric(
            "defence_cooperation",
            a,
            b,
            start,
            end,
            row.text(category),
        ));
    }
    Ok(rows)
}

/// Strategic rivalries with what they are about.
pub(super) fn rivalries(raw: &Raw, report: &mut Report) -> Result<Vec<SpellRow>, AtlasError> {
    let csv = raw.csv(RIVALRIES)?;
    let (ccode1, ccode2) = (csv.col("ccode1")?, csv.col("ccode2")?);
    let (start, last) = (csv.col("start")?, csv.col("end")?);
    let kinds = ["positional", "spatial", "ideological", "interventionary"];
    let mut rows = Vec::new();
    for row in csv.rows() {
        let until = row.must_int(last)?;
        if until < FIRST_YEAR {
            continue;
        }
        let (one, two) = (row.must_int(ccode1)?, row.must_int(ccode2)?);
        let Some(a) = report.keep(RIVALRIES, raw.codes.cow(one)) else {
            continue;
        };
        let Some(b) = report.keep(RIVALRIES, raw.codes.cow(two)) else {
            continue;
        };
        let mut about = Vec::new();
        for kind in kinds {
            if row.int(csv.col(kind)?)? == Some(1) {
                about.push(kind);
            }
        }
        let end = (until < RIVALRIES_LAST).then_some(until + 1);
        rows.push(symmetric(
            "rivalry",
            a,
            b,
            row.must_int(start)?,
            end,
            &about.join("+"),
        ));
    }
    Ok(rows)
}

/// Sanctions imposed, from the primary sender to the target.
pub(super) fn sanctions(raw: &Raw, report: &mut Report) -> Result<Vec<SpellRow>, AtlasError> {
    let csv = raw.csv(SANCTIONS)?;
    let (sender, target) = (csv.col("sender1")?, csv.col("targetstate")?);
    let (start, last) = (csv.col("sancstartyear")?, csv.col("endyear")?);
    let mut rows = Vec::new();
    for row in csv.rows() {
        let Some(start) = row.int(start)? else {
            report.drop_row(SANCTIONS, "threatened, not imposed");
            continue;
        };
        let (one, two) = (row.int(sender)?.unwrap_or(0), row.must_int(target)?);
        let Some(a) = report.keep(SANCTIONS, raw.codes.cow(one)) else {
            continue;
        };
        let Some(b) = report.keep(SANCTIONS, raw.codes.cow(two)) else {
            continue;
        };
        let last = row.int(last)?.unwrap_or(SANCTIONS_UNKNOWN);
        let known = last < SANCTIONS_END;
        let end = if known {
            (last + 1).max(start + 1)
        } else {
            SANCTIONS_END
        };
        let detail = if known { "" } else { "end not known" }.to_owned();
        rows.push(SpellRow {
            variable: "sanctions",
            a,
            b,
            start,
            end: Some(end),
            detail,
        });
    }
    Ok(rows)
}
