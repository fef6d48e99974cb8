//! Which acts and channels drive the result.

use super::facts::{Ask, Facts, Whom};
use super::{Material, figures};
use crate::BriefError;
use crate::document::{Aside, Block, Section, SectionKind};
use crate::sentence::Sentence;

/// Section "What drives it".
pub fn section(material: &Material<'_>, facts: &mut Facts<'_>) -> Result<Section, BriefError> {
    let mut lines = Vec::new();
    for indicator in [
        "trust.targets_in_hegemon_change",
        "trade.targets_hegemon_share",
        "arms.targets_hegemon_order_share",
        "security.new_agreements_among_targets",
    ] {
        let label = material.named(&facts.indicator(indicator)?.label);
        let split = super::say::split(facts, &Ask::effect(indicator, Whom::World))?;
        lines.push(vec![
            Sentence::from(format!("{}: ", super::say::capital(&label))).then(split),
        ]);
    }
    Ok(Section {
        id: "drivers".to_owned(),
        nav: "What drives it".to_owned(),
        title: Sentence::from("What drives the result: the acts, and what distrust adds"),
        kind: SectionKind::General,
        blocks: vec![
            Block::Aside(Aside {
                head: "How to read it.".to_owned(),
                body: vec![Sentence::from(
                    "A driver’s bar is the whole effect less the effect without it, on the same \
                     random numbers. Bars need not sum to the whole, because drivers interact.",
                )],
            }),
            Block::List(lines),
            Block::Figure(Box::new(figures::drivers(material, facts)?)),
        ],
    })
}
