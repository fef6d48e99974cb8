//! What would change the answer: break-even values, sensitive assumptions, new questions.

use realign_ensemble::believe::BreakEven;

use super::facts::{Ask, Facts, Whom};
use super::headline::HeadlineBelief;
use super::{Material, say};
use crate::BriefError;
use crate::document::{Block, NewQuestion, Section, SectionKind};
use crate::evidence::{Basis, EvidenceRow, Record, RowId, Spread, Unit, Verdict};
use crate::sentence::{Sentence, Sign, Token};

/// Row of a break-even value with its standard error as interval.
fn row(
    material: &Material<'_>,
    facts: &mut Facts<'_>,
    b: &HeadlineBelief,
    value: f64,
    se: f64,
) -> RowId {
    let unit = material
        .model
        .params()
        .get(&b.headline.parameter)
        .map_or_else(String::new, |(p, _)| p.unit.clone());
    let half = if se.is_finite() { se } else { 0.0 };
    let domain = b.headline.domain.as_str();
    let row = EvidenceRow {
        id: RowId::from(""),
        indicator: b.headline.indicator.clone(),
        label: format!("Break-even of {}", label(material, &b.headline.parameter)),
        estimate: value,
        spread: Some(Spread {
            q05: value - 1.645 * half,
            q25: value - 0.674 * half,
            q50: value,
            q75: value + 0.674 * half,
            q95: value + 1.645 * half,
        }),
        unit: Unit::Other(unit),
        year: Some(material.span().1),
        entity: "World".to_owned(),
        draws: b.draws as u32,
        basis: Basis::Assumed,
        parameters: vec![b.headline.parameter.as_str().into()],
        sources: material.sources_of(domain),
        record: Record {
            scope: material.record_of(domain).scope,
            verdict: Verdict::NotScored,
        },
        note: format!(
            "Value from which it holds that {}; interval from the jackknife over draws.",
            b.headline.claim
        ),
    };
    facts.add(
        &format!(
            "break-even|{}|{}",
            b.headline.indicator, b.headline.parameter
        ),
        row,
    )
}

/// Row of what is assumed about a parameter.
fn assumed(material: &Material<'_>, facts: &mut Facts<'_>, parameter: &str) -> Option<RowId> {
    let (p, q) = material.model.params().get(parameter)?;
    let at = |u: f64, z: f64| q.map_or_else(|| p.prior.quantile(u), |q| q.mean + z * q.sd);
    let domain = super::facts::domain_of(parameter);
    let row = EvidenceRow {
        id: RowId::from(""),
        indicator: parameter.to_owned(),
        label: p.label.clone(),
        estimate: at(0.5, 0.0),
        spread: Some(Spread {
            q05: at(0.05, -1.645),
            q25: at(0.25, -0.674),
            q50: at(0.5, 0.0),
            q75: at(0.75, 0.674),
            q95: at(0.95, 1.645),
        }),
        unit: Unit::Other(p.unit.clone()),
        year: None,
        entity: "Parameter".to_owned(),
        draws: material.results.draws() as u32,
        basis: if q.is_some() {
            Basis::Estimated
        } else {
            Basis::Assumed
        },
        parameters: vec![parameter.into()],
        sources: material.sources_of(domain),
        record: material.record_of(domain),
        note: p.rationale.clone(),
    };
    Some(facts.add(&format!("assumed|{parameter}"), row))
}

fn label(material: &Material<'_>, parameter: &str) -> String {
    material
        .model
        .params()
        .get(parameter)
        .map_or_else(|| parameter.to_owned(), |(p, _)| p.label.clone())
}

/// "That … holds once … is at least n; assumed is m."
pub fn sentence(material: &Material<'_>, facts: &mut Facts<'_>, b: &HeadlineBelief) -> Sentence {
    let parameter = Token::Parameter {
        parameter: b.headline.parameter.as_str().into(),
    };
    let lead = Sentence::from(format!(
        "What you would have to believe: that {} ",
        b.headline.claim
    ));
    let core = match b.belief.break_even {
        BreakEven::AtZero => lead
            .text("holds even with “")
            .token(parameter)
            .text("” at zero: the rest of the model suffices"),
        BreakEven::From { value, se } => {
            let row = row(material, facts, b, value, se);
            lead.text("holds once “")
                .token(parameter)
                .text("” reaches ")
                .then(say::number(&row, Sign::Natural))
        }
        BreakEven::NotUpTo { value } => {
            let row = row(material, facts, b, value, f64::NAN);
            lead.text("does not hold for any value of “")
                .token(parameter)
                .text("” up to ")
                .token(Token::Number {
                    row,
                    which: crate::sentence::Which::Estimate,
                    sign: Sign::Natural,
                    also: false,
                    bare: false,
                })
        }
    };
    match assumed(material, facts, &b.headline.parameter) {
        Some(prior) => core
            .text("; assumed is ")
            .then(say::number(&prior, Sign::Natural))
            .text("."),
        None => core.text("."),
    }
}

/// Section "What would change the answer".
pub fn section(material: &Material<'_>, facts: &mut Facts<'_>) -> Section {
    let mut blocks = vec![Block::Paragraph(vec![Sentence::from(
        "A headline that rests on an assumption is turned around here: the value of the assumption \
         at which the conclusion begins to hold, beside what is assumed and what history supports.",
    )])];
    let mut points = Vec::new();
    for b in material.beliefs {
        let s = sentence(material, facts, b);
        points.push(vec![
            s,
            Sentence::from(" What history supports: "),
            spelled(&b.headline.history),
        ]);
    }
    blocks.push(Block::List(points));
    Section {
        id: "change".to_owned(),
        nav: "What would change it".to_owned(),
        title: Sentence::from("What would change the answer"),
        kind: SectionKind::General,
        blocks,
    }
}

fn spelled(text: &str) -> Sentence {
    Sentence::from(text)
}

/// Indicators whose sensitivity raises questions, with their words.
const HEADLINE_INDICATORS: &[(&str, &str)] = &[
    ("trust.targets_in_hegemon_change", "the fall of trust"),
    ("trade.targets_hegemon_share", "the shift of trade"),
    (
        "arms.targets_hegemon_order_share",
        "the shift of arms orders",
    ),
    (
        "security.new_agreements_among_targets",
        "the number of new defence agreements",
    ),
    ("finance.currency_share_change_pp", "the shift of reserves"),
];

/// Section "New questions": the assumptions whose resolution would move the answers most.
pub fn new_questions(
    material: &Material<'_>,
    facts: &mut Facts<'_>,
) -> Result<Section, BriefError> {
    let mut questions: Vec<(String, NewQuestion)> = Vec::new();
    for (indicator, words) in HEADLINE_INDICATORS {
        if material.results.layout().position(indicator).is_none() {
            continue;
        }
        let ask = Ask::effect(indicator, Whom::World);
        let sample = facts.sample(&ask)?;
        let Some(effect) = facts.find(&ask)? else {
            continue;
        };
        let carried = facts.carriers().of(&sample);
        for (id, share) in carried.ids.iter().zip(&carried.shares) {
            let is_assumption = material
                .model
                .params()
                .get(id)
                .is_some_and(|(p, q)| q.is_none() && p.tag == realign_model::params::Tag::P);
            if !is_assumption || questions.iter().any(|q| q.0 == *id) {
                continue;
            }
            let Some(prior) = assumed(material, facts, id) else {
                continue;
            };
            let share_row = share_row(material, facts, indicator, id, *share);
            questions.push((
                id.clone(),
                NewQuestion {
                    question: vec![
                        Sentence::from("What would settle the size of ")
                            .text("“")
                            .token(Token::Parameter {
                                parameter: id.as_str().into(),
                            })
                            .text("”, and who in the room has seen it at work?"),
                    ],
                    reason: vec![
                        Sentence::from("It alone explains ")
                            .then(say::number(&share_row, Sign::Natural))
                            .text(format!(" of the spread of {words}, "))
                            .then(say::number(&effect, Sign::Explicit))
                            .text("; assumed is ")
                            .then(say::number(&prior, Sign::Natural))
                            .text("."),
                    ],
                },
            ));
            break;
        }
    }
    Ok(Section {
        id: "new-questions".to_owned(),
        nav: "New questions".to_owned(),
        title: Sentence::from("New key questions for the workshop"),
        kind: SectionKind::NewQuestions,
        blocks: vec![
            Block::Paragraph(vec![Sentence::from(
                "These assumptions move the answers most. A workshop that settles one of them \
                 narrows the result more than another run.",
            )]),
            Block::NewQuestions(questions.into_iter().map(|q| q.1).collect()),
        ],
    })
}

/// Row of the share of variance that a parameter explains by itself.
fn share_row(
    material: &Material<'_>,
    facts: &mut Facts<'_>,
    indicator: &str,
    parameter: &str,
    share: f64,
) -> RowId {
    let n = material.results.draws() as f64;
    // Large-sample interval of a squared correlation by Fisher's z.
    let z = share.sqrt().min(0.999_999).atanh();
    let bound = |k: f64| 100.0 * (z + k / (n - 3.0).max(1.0).sqrt()).max(0.0).tanh().powi(2);
    let row = EvidenceRow {
        id: RowId::from(""),
        indicator: indicator.to_owned(),
        label: format!(
            "Share of the spread explained by {}",
            label(material, parameter)
        ),
        estimate: 100.0 * share,
        spread: Some(Spread {
            q05: bound(-1.645),
            q25: bound(-0.674),
            q50: 100.0 * share,
            q75: bound(0.674),
            q95: bound(1.645),
        }),
        unit: Unit::Percent,
        year: Some(material.span().1),
        entity: "World".to_owned(),
        draws: material.results.draws() as u32,
        basis: Basis::Estimated,
        parameters: vec![parameter.into()],
        sources: material.sources_of(super::facts::domain_of(indicator)),
        record: material.record_of(super::facts::domain_of(indicator)),
        note: "Squared rank correlation over draws: first order, without interactions.".to_owned(),
    };
    facts.add(&format!("share|{indicator}|{parameter}"), row)
}
