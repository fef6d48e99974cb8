//! A token in plain words: what HTML, Markdown and JSON agree on.

use crate::chance;
use crate::document::Document;
use crate::numbers;
use crate::sentence::{Sentence, Sign, Token, Which};

/// The words that a token prints, without markup. Keys that do not exist print themselves: a
/// document is checked before it is printed.
pub fn token_text(doc: &Document, token: &Token) -> String {
    match token {
        Token::Text { text }
        | Token::Emphasis { text }
        | Token::Strong { text }
        | Token::Name { text }
        | Token::Section { text, .. } => text.clone(),
        Token::Quote { text } => format!("“{text}”"),
        Token::Number {
            row,
            which,
            sign,
            bare,
            ..
        } => doc.row(row).map_or_else(
            || row.0.clone(),
            |r| numbers::number(r, *which, *sign, *bare),
        ),
        Token::Interval { row, sign } => doc
            .row(row)
            .and_then(|r| numbers::interval(r, *sign))
            .map_or_else(String::new, |i| format!("({i})")),
        Token::Chance { row } => doc.row(row).map_or_else(
            || row.0.clone(),
            |r| {
                let number = numbers::number(r, Which::Estimate, Sign::Natural, false);
                format!("{}, {number}", chance::word(r.estimate, r.draws))
            },
        ),
        Token::Assumed => "○".to_owned(),
        Token::Year { year } => year.to_string(),
        Token::Count { count } => numbers::count(*count),
        Token::Row { row } => row.0.clone(),
        Token::Source { source } => source.0.clone(),
        Token::Parameter { parameter } => doc
            .parameters
            .iter()
            .find(|p| p.id == *parameter)
            .map_or_else(|| parameter.0.clone(), |p| p.label.clone()),
    }
}

/// A sentence in plain words.
pub fn sentence_text(doc: &Document, s: &Sentence) -> String {
    s.0.iter().map(|t| token_text(doc, t)).collect()
}

/// Sentences in plain words, one space between them.
pub fn text(doc: &Document, s: &[Sentence]) -> String {
    s.iter()
        .map(|s| sentence_text(doc, s).trim().to_owned())
        .collect::<Vec<_>>()
        .join(" ")
}
