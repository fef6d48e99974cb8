//! Security alliances: ties, spending, guarantees, blocs.

use super::{Part, why};
use crate::BriefError;
use crate::document::{Aside, Block, WhatWhySoWhat};
use crate::evidence::RowId;
use crate::findings::facts::{Ask, Facts, Kind, Whom};
use crate::findings::{Material, figures, say};
use crate::sentence::{Sentence, Sign};

pub(super) fn part(material: &Material<'_>, facts: &mut Facts<'_>) -> Result<Part, BriefError> {
    let (h, group) = (material.h(), material.group());
    let year = material.span().1;
    let agreements = Ask::effect("security.new_agreements_among_targets", Whom::World);
    let burden = Ask::effect("security.target_burden", Whom::World);
    let hedging = Ask {
        kind: Kind::Ratio,
        ..Ask::effect("security.hedging_ratio", material.mean_target())
    };
    let guarantee = Ask::effect("security.hegemon_guarantee", material.mean_target());

    let agreements_row = facts.get(&agreements)?;
    let mut what = vec![say::moves(
        facts,
        &agreements_row,
        Sentence::from("By ").year(year).text(format!(
            ", the number of new defence agreements among {group}, without {h},"
        )),
        "is higher by",
        "is lower by",
    )];
    let burden_level = facts.get(&burden.of(Kind::Level))?;
    let burden_row = facts.get(&burden)?;
    what.push(
        Sentence::from("Their military spending is then ")
            .then(say::number(&burden_level, Sign::Natural))
            .text("."),
    );
    what.push(say::moves(
        facts,
        &burden_row,
        Sentence::from("Against a world without the acts it"),
        "is higher by",
        "is lower by",
    ));
    if let Some(row) = facts.find(&hedging)? {
        what.push(ratio(facts, &row, group));
    }

    let mut reasons = Vec::new();
    let guarantee_row = facts.get(&guarantee)?;
    reasons.push(say::moves(
        facts,
        &guarantee_row,
        Sentence::from(say::capital(&format!(
            "what {group} can expect of {} guarantee",
            say::possessive(&h)
        ))),
        "rises by",
        "falls by",
    ));
    reasons.extend(why(material, facts, &guarantee)?);
    reasons.push(Sentence::from("On agreements: ").then(say::split(facts, &agreements)?));

    let adapt = facts.find(&Ask::effect("security.recovered_protection", Whom::World))?;
    let stable = facts.find(&Ask::effect("security.tie_survival", Whom::World))?;
    let blocs = facts.find(&Ask::effect("security.effective_blocs", Whom::World))?;
    let mut so_what = Vec::new();
    if let Some(row) = &blocs {
        so_what.push(say::moves(
            facts,
            row,
            Sentence::from("The effective number of blocs"),
            "rises by",
            "falls by",
        ));
    }
    if let Some(row) = &adapt {
        so_what.push(say::moves(
            facts,
            row,
            Sentence::from(format!(
                "Adaptability, the share of {} help that new pacts would rebuild within the recovery years,",
                say::possessive(&h)
            )),
            "rises by",
            "falls by",
        ));
    }
    if let Some(row) = &stable {
        so_what.push(say::moves(
            facts,
            row,
            Sentence::from("Stability, the share of pacts that survive them,"),
            "rises by",
            "falls by",
        ));
    }
    so_what.push(verdict(facts, adapt.as_ref(), stable.as_ref()));
    let vulnerable = facts.get(&Ask::effect("security.vulnerable_gdp", Whom::World))?;
    so_what.push(say::moves(
        facts,
        &vulnerable,
        Sentence::from(format!(
            "The share of the GDP of {group} in states that a hostile coalition could overpower"
        )),
        "rises by",
        "falls by",
    ));

    let mut figures = vec![
        figures::spending(material, facts)?,
        figures::ties(material, facts)?,
    ];
    figures.extend(figures::guarantee_rows(material, facts)?);
    Ok(Part {
        title: title(facts, &guarantee_row, &h),
        words: WhatWhySoWhat {
            what,
            why: reasons,
            so_what,
        },
        note: Some(Aside {
            head: "No dates for weapons.".to_owned(),
            body: vec![Sentence::from(
                "Nuclear hedging is a ratio of hazards against the same world without the acts, \
                 with weak priors on few cases. No state is named with a year.",
            )],
        }),
        blocks: figures
            .into_iter()
            .map(|f| Block::Figure(Box::new(f)))
            .collect(),
    })
}

fn title(facts: &Facts<'_>, guarantee: &RowId, h: &str) -> Sentence {
    let down = facts
        .row(guarantee)
        .is_some_and(|r| r.excludes(0.0) && r.estimate < 0.0);
    if down {
        Sentence::from(format!(
            "{} guarantee is worth less",
            say::possessive(&say::capital(h))
        ))
    } else {
        Sentence::from(format!(
            "{} guarantee does not move measurably",
            say::possessive(&say::capital(h))
        ))
    }
}

fn ratio(facts: &Facts<'_>, row: &RowId, group: &str) -> Sentence {
    let moved = facts.row(row).is_some_and(|r| r.excludes(1.0));
    let lead = if moved {
        format!(
            "The hazard that one of {group} explores nuclear weapons is that of the quiet world times "
        )
    } else {
        format!(
            "The hazard that one of {group} explores nuclear weapons does not differ measurably from that of the quiet world: its ratio is "
        )
    };
    Sentence::from(lead)
        .then(say::number(row, Sign::Natural))
        .text(".")
}

/// "More adaptable but less stable": both intervals decide.
fn verdict(facts: &Facts<'_>, adapt: Option<&RowId>, stable: Option<&RowId>) -> Sentence {
    let sign = |row: Option<&RowId>| {
        row.and_then(|id| facts.row(id))
            .filter(|r| r.excludes(0.0))
            .map(|r| r.estimate.signum())
    };
    Sentence::from("On the claim “more adaptable but less stable”: ").text(
        match (sign(adapt), sign(stable)) {
            (Some(a), Some(s)) if a > 0.0 && s < 0.0 => "both halves hold in this run.",
            (Some(a), Some(s)) if a < 0.0 && s > 0.0 => "both halves are wrong in this run.",
            (Some(a), _) if a > 0.0 => "more adaptable holds, less stable is not shown.",
            (_, Some(s)) if s < 0.0 => "less stable holds, more adaptable is not shown.",
            (Some(_), Some(_)) => "one half holds against the other.",
            _ => "neither half is shown.",
        },
    )
}
