//! Finance as a domain of a brief: reserves, holdings, safety net.

use super::arms::belief;
use super::{Part, why};
use crate::BriefError;
use crate::document::WhatWhySoWhat;
use crate::findings::Material;
use crate::findings::facts::{Ask, Facts, Whom};
use crate::findings::questions::spillover;
use crate::sentence::Sentence;

pub(super) fn part(material: &Material<'_>, facts: &mut Facts<'_>) -> Result<Part, BriefError> {
    let share = Ask::effect("finance.currency_share_change_pp", Whom::World);
    let what = spillover::finance(material, facts)?;
    let mut reasons = if facts.find(&share)?.is_some() {
        why(material, facts, &share)?
    } else {
        Vec::new()
    };
    reasons.push(belief(material, facts, "finance"));
    Ok(Part {
        title: Sentence::from("Reserves and holdings"),
        words: WhatWhySoWhat {
            what,
            why: reasons,
            so_what: spillover::safety_net(material, facts)?,
        },
        note: None,
        blocks: Vec::new(),
    })
}
