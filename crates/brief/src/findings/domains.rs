//! The domains of the brief: WHAT, WHY and SO WHAT from computed findings.

mod arms;
mod finance;
mod security;
mod standards;
mod trade;

pub use trade::INTENSITIES;

use realign_ensemble::Summary;

use super::Material;
use super::facts::{Ask, Facts, Whom};
use super::say;
use crate::BriefError;
use crate::document::{Aside, Block, Section, SectionKind, WhatWhySoWhat};
use crate::sentence::Sentence;

/// What a domain of a brief is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Topic {
    /// Alliances, spending, guarantees, blocs.
    Security,
    /// Trade, agreements, welfare.
    Trade,
    /// Weapons and who supplies them.
    Arms,
    /// Reserves and holdings.
    Finance,
    /// Technical standards.
    Standards,
}

/// Words that decide what a domain or a question is about, by topic; a topic's score is the number
/// of its words in the text. Earlier topics win ties.
const WORDS: &[(Topic, &[&str])] = &[
    (
        Topic::Arms,
        &[
            "technolog",
            "weapon",
            "arms",
            "procure",
            "equipment",
            "fighter",
            "defence indust",
            "defense indust",
            "hardware",
        ],
    ),
    (
        Topic::Security,
        &[
            "secur",
            "allianc",
            "defen",
            "militar",
            "nuclear",
            "deterr",
            "guarantee",
            "strateg",
            "geopolit",
            "pact",
            "diplom",
        ],
    ),
    (
        Topic::Trade,
        &[
            "trade",
            "econom",
            "commerc",
            "tariff",
            "export",
            "supply chain",
            "market",
            "energy",
            "goods",
            "industr",
        ],
    ),
    (
        Topic::Finance,
        &[
            "financ", "monetar", "currenc", "dollar", "reserve", "bank", "payment", "capital",
        ],
    ),
    (
        Topic::Standards,
        &["standard", "digital", "internet", "telecom", "interoperab"],
    ),
];

/// The topic of a text, if any of its words decides.
pub fn topic_of(text: &str) -> Option<Topic> {
    let text = text.to_lowercase();
    let mut best: Option<(usize, Topic)> = None;
    for (topic, words) in WORDS {
        let score = words.iter().filter(|w| text.contains(*w)).count();
        if score > 0 && best.is_none_or(|(s, _)| score > s) {
            best = Some((score, *topic));
        }
    }
    best.map(|b| b.1)
}

/// One part of a domain: paragraphs and pictures.
pub struct Part {
    /// The finding as a heading.
    pub title: Sentence,
    /// The three paragraphs.
    pub words: WhatWhySoWhat,
    /// Margin note.
    pub note: Option<Aside>,
    /// Pictures and tables.
    pub blocks: Vec<Block>,
}

/// The sections of all domains of the brief, in its order; a brief without domains gets the three
/// of the mission.
pub fn sections(
    material: &Material<'_>,
    facts: &mut Facts<'_>,
) -> Result<Vec<Section>, BriefError> {
    let named: Vec<(String, Option<Topic>)> = if material.resolved.domains.is_empty() {
        vec![
            ("Security alliances".to_owned(), Some(Topic::Security)),
            ("Trade systems".to_owned(), Some(Topic::Trade)),
            ("Military technologies".to_owned(), Some(Topic::Arms)),
        ]
    } else {
        material
            .resolved
            .domains
            .iter()
            .map(|d| (d.clone(), topic_of(d)))
            .collect()
    };
    let mut out = Vec::new();
    let mut done: Vec<Topic> = Vec::new();
    for (k, (name, topic)) in named.iter().enumerate() {
        let fresh = topic.filter(|t| !done.contains(t));
        let part = match fresh {
            Some(t) => {
                done.push(t);
                part(material, facts, t)?
            }
            None => absent(name, topic.is_some()),
        };
        let mut blocks = vec![Block::WhatWhySoWhat(part.words)];
        blocks.extend(part.note.map(Block::Aside));
        blocks.extend(part.blocks);
        out.push(Section {
            id: format!("domain-{}", k + 1),
            nav: name.clone(),
            title: part.title,
            kind: SectionKind::Domain {
                number: k as u32 + 1,
            },
            blocks,
        });
    }
    Ok(out)
}

fn part(material: &Material<'_>, facts: &mut Facts<'_>, topic: Topic) -> Result<Part, BriefError> {
    match topic {
        Topic::Security => security::part(material, facts),
        Topic::Trade => trade::part(material, facts),
        Topic::Arms => arms::part(material, facts),
        Topic::Finance => finance::part(material, facts),
        Topic::Standards => standards::part(material, facts),
    }
}

/// A domain that the model does not cover, or that an earlier one covers.
fn absent(name: &str, covered: bool) -> Part {
    let why = if covered {
        "What the model computes for this domain stands in an earlier section."
    } else {
        "The model has no part for this domain; nothing is computed, and nothing is said."
    };
    Part {
        title: Sentence::new().name(name),
        words: WhatWhySoWhat {
            what: vec![Sentence::from(why)],
            why: vec![Sentence::from("No attribution without a result.")],
            so_what: vec![Sentence::from("See the questions and the limits below.")],
        },
        note: None,
        blocks: Vec::new(),
    }
}

/// WHY an indicator moves: the heaviest act, what remains without it, and the split between acts
/// and distrust. `states` empty means an indicator of the world.
pub fn why(
    material: &Material<'_>,
    facts: &mut Facts<'_>,
    ask: &Ask<'_>,
) -> Result<Vec<Sentence>, BriefError> {
    let states = match &ask.whom {
        Whom::World => Vec::new(),
        Whom::State(s) => vec![*s],
        Whom::Mean(s, _) => s.to_vec(),
    };
    let mut out = Vec::new();
    let indicator = facts.indicator(ask.indicator)?;
    let contributions = material.attribution.contributions(ask.indicator, &states)?;
    let mut acts: Vec<_> = contributions
        .iter()
        .filter(|c| c.arm.starts_with("without_event"))
        .collect();
    acts.sort_by(|a, b| b.effect.mean.abs().total_cmp(&a.effect.mean.abs()));
    if let Some(first) = acts.first().filter(|c| moves_at_all(&c.effect)) {
        let row = facts.contribution(indicator, &first.arm, &first.label, ask, &first.effect);
        out.push(
            Sentence::from("The act that weighs most is ")
                .name(first.label.clone())
                .text(": it contributes ")
                .then(say::number(&row, crate::sentence::Sign::Explicit))
                .text("."),
        );
    }
    out.push(say::split(facts, ask)?);
    Ok(out)
}

fn moves_at_all(s: &Summary) -> bool {
    s.q[0] != 0.0 || s.q[4] != 0.0
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ref_topics_of_domain_names() {
        assert_eq!(topic_of("Security Alliances"), Some(Topic::Security));
        assert_eq!(topic_of("Trade Systems"), Some(Topic::Trade));
        assert_eq!(topic_of("Military Technologies"), Some(Topic::Arms));
        assert_eq!(topic_of("Global Financial Systems"), Some(Topic::Finance));
        assert_eq!(topic_of("Poetry"), None);
    }
}
