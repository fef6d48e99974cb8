//! Military technologies: who buys from whom.

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
    let orders = Ask::effect("arms.targets_hegemon_order_share", Whom::World);
    let level = facts.get(&orders.of(Kind::Level))?;
    let row = facts.get(&orders)?;
    let mut what = vec![
        Sentence::from("In ")
            .year(year)
            .text(format!(", {h} receives "))
            .then(say::number(&level, Sign::Natural))
            .text(format!(" of the arms orders that {group} place abroad.")),
        say::moves(
            facts,
            &row,
            Sentence::from("Against a world without the acts this share"),
            "is higher by",
            "is lower by",
        ),
    ];
    if let Some(moved) = facts.find(&Ask::effect("arms.world_flagship_moved", Whom::World))? {
        what.push(say::moves(
            facts,
            &moved,
            Sentence::from("Of the aircraft that it owes at the start, the number given up"),
            "is higher by",
            "is lower by",
        ));
    }
    let domestic = facts.get(&Ask::effect(
        "arms.targets_domestic_order_share",
        Whom::World,
    ))?;
    what.push(say::moves(
        facts,
        &domestic,
        Sentence::from("The share of new orders placed at home"),
        "rises by",
        "falls by",
    ));

    let mut reasons = why(material, facts, &orders)?;
    reasons.push(belief(material, facts, "arms"));

    let mut so_what = Vec::new();
    for (indicator, subject) in [
        (
            "arms.targets_interoperability",
            "Likeness of equipment among them",
        ),
        (
            "arms.effective_suppliers",
            "The effective number of suppliers in the world",
        ),
        (
            "arms.targets_europe_order_share",
            "The share of European suppliers other than the hegemon in their orders abroad",
        ),
        (
            "arms.targets_asia_order_share",
            "The share of Asian suppliers in them",
        ),
    ] {
        let row = facts.get(&Ask::effect(indicator, Whom::World))?;
        so_what.push(say::moves(
            facts,
            &row,
            Sentence::from(subject),
            "rises by",
            "falls by",
        ));
    }
    so_what.push(Sentence::from(
        "That competition speeds innovation is not estimated: the model leaves innovation as it is.",
    ));

    let mut blocks = Vec::new();
    if let Some(f) = figures::orders(material, facts)? {
        blocks.push(Block::Figure(Box::new(f)));
    }
    blocks.push(Block::Figure(Box::new(figures::order_shares(
        material, facts,
    )?)));
    Ok(Part {
        title: title(facts, &row, &h),
        words: WhatWhySoWhat {
            what,
            why: reasons,
            so_what,
        },
        note: Some(Aside {
            head: "What history supports.".to_owned(),
            body: vec![Sentence::from(
                "Changes in votes, polls and tone have not predicted who buys from whom. The weight \
                 of distrust in the choice of supplier is an assumption; the break-even value says \
                 how heavy it would have to be.",
            )],
        }),
        blocks,
    })
}

fn title(facts: &Facts<'_>, row: &RowId, h: &str) -> Sentence {
    match facts.row(row) {
        Some(r) if r.excludes(0.0) && r.estimate < 0.0 => {
            Sentence::from(format!("Orders move away from {h}"))
        }
        Some(r) if r.excludes(0.0) => Sentence::from(format!("Orders move towards {h}")),
        _ => Sentence::from("Who buys from whom does not change measurably"),
    }
}

/// The break-even value of a domain's headline, as a sentence.
pub(super) fn belief(material: &Material<'_>, facts: &mut Facts<'_>, domain: &str) -> Sentence {
    match material
        .beliefs
        .iter()
        .find(|b| b.headline.domain == domain)
    {
        Some(b) => crate::findings::change::sentence(material, facts, b),
        None => Sentence::from("This part has no assumed parameter to invert."),
    }
}
