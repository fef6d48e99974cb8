//! The questions of the brief, one by one, word for word.

pub(super) mod architectures;
mod gaps;
pub(super) mod spillover;

use super::Material;
use super::facts::Facts;
use crate::BriefError;
use crate::document::{Block, Section, SectionKind};
use crate::sentence::Sentence;

/// What a question asks for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    /// Secondary effects in finance and standards.
    SpillOver,
    /// Arrangements that could emerge.
    Architectures,
    /// Where gaps open.
    Gaps,
    /// What one of the domains answers.
    Domain(super::domains::Topic),
}

/// Words that decide, strongest kinds first; the kind with most words in the question wins.
const WORDS: &[(Kind, &[&str])] = &[
    (
        Kind::Gaps,
        &[
            "vulnerab", "gap", "exploit", "adversar", "expos", "weak", "depend",
        ],
    ),
    (
        Kind::Architectures,
        &[
            "architecture",
            "arrangement",
            "framework",
            "alternative",
            "bloc",
            "coalition",
            "emerge",
            "alliance",
            "institution",
            "order",
        ],
    ),
    (
        Kind::SpillOver,
        &[
            "secondary",
            "financ",
            "standard",
            "currenc",
            "reserve",
            "payment",
            "spill",
            "technolog",
            "dollar",
            "unexpected",
        ],
    ),
];

fn kind_of(question: &str) -> Option<Kind> {
    let text = question.to_lowercase();
    let mut best: Option<(usize, Kind)> = None;
    for (kind, words) in WORDS {
        let score = words.iter().filter(|w| text.contains(*w)).count();
        if score > 0 && best.is_none_or(|(s, _)| score > s) {
            best = Some((score, *kind));
        }
    }
    best.map(|b| b.1)
        .or_else(|| super::domains::topic_of(question).map(Kind::Domain))
}

/// Questions that a brief without its own gets: those of the mission.
const DEFAULT: &[&str] = &[
    "What secondary effects follow in finance and technical standards?",
    "Which new security arrangements could emerge, and how would they meet the existing frameworks?",
    "Where does the pursuit of autonomy open gaps that adversaries could exploit?",
];

/// One section a question.
pub fn sections(
    material: &Material<'_>,
    facts: &mut Facts<'_>,
) -> Result<Vec<Section>, BriefError> {
    let asked: Vec<String> = if material.resolved.questions.is_empty() {
        DEFAULT.iter().map(|q| (*q).to_owned()).collect()
    } else {
        material.resolved.questions.clone()
    };
    let mut answered: Vec<(Kind, String)> = Vec::new();
    let mut out = Vec::new();
    for (k, question) in asked.iter().enumerate() {
        let id = format!("question-{}", k + 1);
        let kind = kind_of(question);
        let earlier = kind.and_then(|k| answered.iter().find(|a| a.0 == k).map(|a| a.1.clone()));
        let (title, blocks) = match (kind, earlier) {
            (Some(_), Some(section)) => (
                Sentence::from("Answered with an earlier question"),
                vec![Block::Paragraph(vec![
                    Sentence::from("What the model computes on this stands under the ")
                        .token(crate::sentence::Token::Section {
                            section,
                            text: "earlier question".to_owned(),
                        })
                        .text("."),
                ])],
            ),
            (Some(Kind::SpillOver), None) => spillover::answer(material, facts)?,
            (Some(Kind::Architectures), None) => architectures::answer(material, facts)?,
            (Some(Kind::Gaps), None) => gaps::answer(material, facts)?,
            (Some(Kind::Domain(_)), None) => (
                Sentence::from("See the domains above"),
                vec![Block::Paragraph(vec![Sentence::from(
                    "The model has no separate answer to this question; what it computes stands in \
                     the domain sections above.",
                )])],
            ),
            (None, None) => (
                Sentence::from("Not a question that the model answers"),
                vec![Block::Paragraph(vec![Sentence::from(
                    "Nothing that the model computes bears on this question. It stays with the workshop.",
                )])],
            ),
            (None, Some(_)) => continue,
        };
        if let Some(kind) = kind {
            answered.push((kind, id.clone()));
        }
        out.push(Section {
            id,
            nav: match kind {
                Some(Kind::SpillOver) => "finance and standards",
                Some(Kind::Architectures) => "architectures",
                Some(Kind::Gaps) => "gaps",
                _ => "see above",
            }
            .to_owned(),
            title,
            kind: SectionKind::Question {
                number: k as u32 + 1,
                verbatim: question.clone(),
            },
            blocks,
        });
    }
    Ok(out)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ref_kinds_of_the_three_questions_of_the_mission() {
        assert_eq!(kind_of(DEFAULT[0]), Some(Kind::SpillOver));
        assert_eq!(kind_of(DEFAULT[1]), Some(Kind::Architectures));
        assert_eq!(kind_of(DEFAULT[2]), Some(Kind::Gaps));
        assert_eq!(kind_of("Who sings best?"), None);
    }
}
