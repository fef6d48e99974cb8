//! How far to trust it, how it was made, and what it cannot tell.

use super::provenance::records;
use super::{Material, say};
use crate::document::{Block, Section, SectionKind};
use crate::evidence::Verdict;
use crate::sentence::Sentence;

/// Section "How far to trust it": the record of each part, in words.
pub fn record(material: &Material<'_>) -> Section {
    let mut points = Vec::new();
    for r in records() {
        let verdict = material.record_of(&r.domain).verdict;
        let words = match verdict {
            Verdict::NotScored => "has not been scored on years it had not seen".to_owned(),
            v => format!("did {} on years it had not seen", v.words()),
        };
        points.push(vec![
            Sentence::new()
                .token(crate::sentence::Token::Strong {
                    text: format!("{}: ", say::capital(&r.domain)),
                })
                .text(format!("{words}. "))
                .token(crate::sentence::Token::Quote {
                    text: r.detail.clone(),
                }),
        ]);
    }
    Section {
        id: "record".to_owned(),
        nav: "How far to trust it".to_owned(),
        title: Sentence::from("How far to trust it: the record against “nothing changes”"),
        kind: SectionKind::General,
        blocks: vec![
            Block::Paragraph(vec![Sentence::from(
                "Where a part has been compared with the assumption that nothing changes, the \
                 comparison stands here, good or bad: rolling origins, only what was known then. A part \
                 that does no better is conditional arithmetic, not a forecast.",
            )]),
            Block::List(points),
        ],
    }
}

/// Section "Method and limits".
pub fn section(material: &Material<'_>) -> Section {
    let (start, end) = material.span();
    let results = material.results;
    let mut limits: Vec<Vec<Sentence>> = vec![
        vec![Sentence::from(
            "The numbers are conditional: what follows if the acts happen as listed and the model \
             is right. They are not probabilities that the acts happen.",
        )],
        vec![Sentence::from(
            "Changes in trust have predicted almost nothing by themselves in the data. So acts act \
             directly; distrust is one further, bounded channel, and every result tells the two apart.",
        )],
        vec![Sentence::from(
            "The severity of each act as conduct is a judgement with a wide interval, not a measurement.",
        )],
        vec![Sentence::from(
            "Trade is one sector for all economies, with the trade of one base year; sectors, \
             services and supply chains are not in it.",
        )],
        vec![Sentence::from(
            "Exposures are national aggregates. They are shown so that they can be closed.",
        )],
    ];
    for note in material.notes {
        limits.push(vec![Sentence::from(note.clone())]);
    }
    let mut blocks = vec![
        Block::Paragraph(vec![
            Sentence::from("Each of ")
                .count(results.draws() as u64)
                .text(" draws takes every parameter from its posterior or prior and walks from ")
                .year(start)
                .text(" to ")
                .year(end)
                .text(
                    " three times on the same random numbers: without the acts, with them, and \
                       with them while outcomes see the trust of the quiet world.",
                ),
            Sentence::from(" Attribution leaves out one act or channel at a time on ")
                .count(material.card.attribution_draws as u64)
                .text(" of the draws. "),
            Sentence::from(
                "Intervals hold nine tenths of the draws: parameters and chance together, not the \
                 choice of model.",
            ),
        ]),
        Block::Heading(Sentence::from("Limits")),
        Block::List(limits),
        Block::Heading(Sentence::from("The acts as they were run")),
        Block::List(acts(material)),
        Block::Heading(Sentence::from("Words for chance")),
        Block::ChanceWords,
    ];
    if material.draft.is_some_and(|d| !d.unplaced.is_empty()) {
        blocks.push(Block::Heading(Sentence::from("Not placed")));
        blocks.push(Block::Unplaced);
    }
    Section {
        id: "method".to_owned(),
        nav: "Method and limits".to_owned(),
        title: Sentence::from("Method and limits"),
        kind: SectionKind::Method,
        blocks,
    }
}

/// One line an act: year, what, towards whom.
fn acts(material: &Material<'_>) -> Vec<Vec<Sentence>> {
    const NAMED: usize = 6;
    material
        .resolved
        .events
        .iter()
        .map(|e| {
            let names: Vec<&str> = e.targets.iter().map(|t| material.name(t.state)).collect();
            let towards = if names.len() > NAMED {
                Sentence::from(" towards ")
                    .count(names.len() as u64)
                    .text(" states, among them ")
                    .text(say::names(&names[..NAMED], NAMED))
            } else {
                Sentence::from(" towards ").text(say::names(&names, NAMED))
            };
            vec![
                Sentence::new()
                    .year(e.year.0)
                    .text(": ")
                    .name(say::the(material.name(e.actor)))
                    .text(": ")
                    .name(e.kind.name())
                    .then(towards)
                    .text("."),
            ]
        })
        .collect()
}
