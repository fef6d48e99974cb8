//! Technical standards as a domain of a brief.

use super::Part;
use super::arms::belief;
use crate::BriefError;
use crate::document::WhatWhySoWhat;
use crate::findings::Material;
use crate::findings::facts::Facts;
use crate::findings::questions::spillover;
use crate::sentence::Sentence;

pub(super) fn part(material: &Material<'_>, facts: &mut Facts<'_>) -> Result<Part, BriefError> {
    Ok(Part {
        title: Sentence::from("Camps of technical standards"),
        words: WhatWhySoWhat {
            what: spillover::standards(material, facts)?,
            why: vec![belief(material, facts, "standards")],
            so_what: vec![Sentence::from(
                "Adoption has inertia and networks of its own: a camp moves late and, once it \
                 moves, does not move back at the same point.",
            )],
        },
        note: None,
        blocks: Vec::new(),
    })
}
