//! Trade systems: where exports go, who gains and loses, new agreements, centres of gravity.

use super::arms::belief;
use super::{Part, why};
use crate::BriefError;
use crate::document::{Aside, Block, WhatWhySoWhat};
use crate::evidence::RowId;
use crate::findings::facts::{Ask, Facts, Kind, Whom};
use crate::findings::{Material, figures, say};
use crate::sentence::{Sentence, Sign};

/// Intensities between regions: (indicator, words).
pub const INTENSITIES: &[(&str, &str)] = &[
    (
        "trade.intensity_europe_latin_america",
        "between Europe and Latin America",
    ),
    ("trade.intensity_europe_india", "between Europe and India"),
    ("trade.intensity_europe_africa", "between Europe and Africa"),
    ("trade.intensity_asia_asia", "within Asia"),
];

pub(super) fn part(material: &Material<'_>, facts: &mut Facts<'_>) -> Result<Part, BriefError> {
    let (h, group) = (material.h(), material.group());
    let year = material.span().1;
    let share = Ask::effect("trade.targets_hegemon_share", Whom::World);
    let row = facts.get(&share)?;
    let level = facts.get(&share.of(Kind::Level))?;
    let mut what = vec![
        Sentence::from("In ")
            .year(year)
            .text(format!(", trade with {h} makes up "))
            .then(say::number(&level, Sign::Natural))
            .text(format!(" of the goods trade of {group}.")),
        say::moves(
            facts,
            &row,
            Sentence::from("Against a world without the acts this share"),
            "is higher by",
            "is lower by",
        ),
    ];
    let welfare = facts.get(&Ask::effect("trade.targets_real_income_pct", Whom::World))?;
    what.push(say::moves(
        facts,
        &welfare,
        Sentence::from("Their real income through trade"),
        "is higher by",
        "is lower by",
    ));
    if let Some(own) = facts.find(&Ask::effect(
        "trade.real_income_pct",
        Whom::State(material.hegemon()),
    ))? {
        what.push(say::moves(
            facts,
            &own,
            Sentence::from(format!("That of {h}")),
            "is higher by",
            "is lower by",
        ));
    }
    let agreements = facts.get(&Ask::effect("trade.targets_new_agreements", Whom::World))?;
    what.push(say::moves(
        facts,
        &agreements,
        Sentence::from(material.named("The number of new trade agreements that they conclude, with one another or with others but not with the hegemon,")),
        "is higher by",
        "is lower by",
    ));

    let mut reasons = why(material, facts, &share)?;
    reasons.push(belief(material, facts, "trade"));

    let mut so_what = Vec::new();
    for (indicator, words) in INTENSITIES {
        let row = facts.get(&Ask::effect(indicator, Whom::World))?;
        so_what.push(say::moves(
            facts,
            &row,
            Sentence::from(format!("Trade intensity {words}")),
            "rises by",
            "falls by",
        ));
    }
    for (indicator, more, less) in [
        (
            "trade.centre_longitude_deg",
            "moves east by",
            "moves west by",
        ),
        (
            "trade.centre_latitude_deg",
            "moves north by",
            "moves south by",
        ),
    ] {
        let row = facts.get(&Ask::effect(indicator, Whom::World))?;
        so_what.push(say::moves(
            facts,
            &row,
            Sentence::from("The centre of gravity of the world's goods trade"),
            more,
            less,
        ));
    }
    let hhi = facts.get(&Ask::effect("trade.partner_hhi", material.mean_target()))?;
    so_what.push(say::moves(
        facts,
        &hhi,
        Sentence::from("The concentration of their trade on few partners"),
        "rises by",
        "falls by",
    ));

    let mut blocks = vec![
        Block::Figure(Box::new(figures::intensities(material, facts)?)),
        Block::Figure(Box::new(figures::welfare_map(material, facts)?)),
    ];
    match figures::redirected(material, facts)? {
        Some(figure) => blocks.push(Block::Figure(Box::new(figure))),
        None => so_what.push(Sentence::from(
            "No region gains a larger share of the targets' trade in the median, so no redirected flows are drawn.",
        )),
    }

    Ok(Part {
        title: title(facts, &row, &h),
        words: WhatWhySoWhat {
            what,
            why: reasons,
            so_what,
        },
        note: Some(Aside {
            head: "Short run and long run.".to_owned(),
            body: vec![Sentence::from(
                "Trade answers tariffs little at first and more after years; the run uses the \
                 estimated path of that elasticity, not the larger one of static models.",
            )],
        }),
        blocks,
    })
}

fn title(facts: &Facts<'_>, row: &RowId, h: &str) -> Sentence {
    match facts.row(row) {
        Some(r) if r.excludes(0.0) && r.estimate < 0.0 => {
            Sentence::from(format!("Trade moves away from {h}"))
        }
        Some(r) if r.excludes(0.0) => Sentence::from(format!("Trade moves towards {h}")),
        _ => Sentence::from("Who trades with whom does not change measurably"),
    }
}
