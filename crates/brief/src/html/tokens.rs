//! Sentences and numbers as HTML.

use maud::{Markup, html};

use crate::chance;
use crate::document::Document;
use crate::evidence::{Basis, EvidenceRow};
use crate::numbers;
use crate::sentence::{Sentence, Sign, Token, Which};
use crate::spoken;

/// Keeps a mark on the line of its number.
const JOIN: char = '\u{2060}';

/// The mark ●, ◐ or ○.
pub fn mark(b: Basis) -> Markup {
    let id = match b {
        Basis::Observed => "#g3",
        Basis::Estimated => "#g2",
        Basis::Assumed => "#g1",
    };
    html! {
        svg.g viewBox="0 0 10 10" role="img" aria-label=(b.words()) { use href=(id) {} }
    }
}

/// A number that leads to its row.
fn number(row: &EvidenceRow, text: &str, also: bool) -> Markup {
    let long = text.chars().count() > 16;
    html! {
        a class={ "n" @if also { " q" } @if long { " long" } }
            href=(format!("#e-{}", row.id)) data-e=(row.id.0) { (text) }
    }
}

/// The estimate of a row, for tables and rows of marks.
pub fn row_number(row: &EvidenceRow) -> Markup {
    number(row, &numbers::estimate(row), false)
}

/// The 90 % interval of a row in brackets, if it has one.
pub fn row_interval(row: &EvidenceRow) -> Markup {
    html! {
        @if let Some(i) = numbers::interval(row, Sign::Natural) { span.ci { "(" (i) ")" } }
    }
}

/// A reference to a row.
pub fn row_ref(row: &EvidenceRow) -> Markup {
    html! { a href=(format!("#e-{}", row.id)) { (row.id) } }
}

/// A sentence.
pub fn sentence(doc: &Document, s: &Sentence) -> Markup {
    html! { @for t in &s.0 { (token(doc, t)) } }
}

/// Sentences with one space between them.
pub fn sentences(doc: &Document, s: &[Sentence]) -> Markup {
    html! {
        @for (k, one) in s.iter().enumerate() {
            @if k > 0 { " " }
            (sentence(doc, one))
        }
    }
}

fn token(doc: &Document, t: &Token) -> Markup {
    let text = spoken::token_text(doc, t);
    match t {
        Token::Emphasis { .. } => html! { em { (text) } },
        Token::Strong { .. } => html! { b { (text) } },
        Token::Name { .. } | Token::Year { .. } | Token::Count { .. } => {
            html! { span.nb { (text) } }
        }
        Token::Number { row, also, .. } => html! {
            @if let Some(r) = doc.row(row) {
                (number(r, &text, *also))
                @if r.basis == Basis::Assumed && !also { (JOIN) (mark(r.basis)) }
            } @else { (text) }
        },
        Token::Interval { .. } if !text.is_empty() => html! { span.ci { (text) } },
        Token::Chance { row } => html! {
            @if let Some(r) = doc.row(row) {
                span.lk { (chance::word(r.estimate, r.draws)) } ", "
                (number(r, &numbers::number(r, Which::Estimate, Sign::Natural, false), false))
                @if r.basis == Basis::Assumed { (JOIN) (mark(r.basis)) }
            } @else { (text) }
        },
        Token::Assumed => mark(Basis::Assumed),
        Token::Row { row } => html! { a href=(format!("#e-{row}")) { (text) } },
        Token::Source { source } => html! { a href=(format!("#s-{source}")) { (text) } },
        Token::Parameter { parameter } => {
            html! { a href=(format!("#p-{parameter}")) { (text) } }
        }
        Token::Section { section, .. } => html! { a href=(format!("#{section}")) { (text) } },
        Token::Text { .. } | Token::Quote { .. } | Token::Interval { .. } => html! { (text) },
    }
}
