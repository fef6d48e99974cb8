//! The first page: title, answer, four numbers, key. It stands alone in print.

use maud::{Markup, html};

use super::tokens;
use crate::document::{Aside, Document, Headline};
use crate::evidence::{EvidenceRow, Spread, Unit};
use crate::marks::svg::{Canvas, Scale, extent};
use crate::numbers::{self, Printer, THIN};
use crate::sentence::{Sign, Which};

/// Title, run facts and the answer.
pub fn page(doc: &Document) -> Markup {
    html! {
        header.top {
            p.kick { span { (doc.kind) } span { (doc.tagline) } }
            h1 { (doc.title) }
            @if !doc.standfirst.is_empty() {
                p.dek { (tokens::sentences(doc, &doc.standfirst)) }
            }
            @if !doc.run.is_empty() {
                dl.run { @for f in &doc.run { div { dt { (f.label) } dd { (f.value) } } } }
            }
        }
        section #answer {
            h2.vh { "The answer" }
            p.answer { (tokens::sentences(doc, &doc.answer)) }
            @if let Some(a) = &doc.answer_note { (aside(doc, a)) }
            @if !doc.headlines.is_empty() {
                div.facts {
                    @for h in &doc.headlines {
                        @if let Some(r) = doc.row(&h.row) { (fact(doc, h, r)) }
                    }
                }
            }
            (key(doc))
        }
    }
}

/// A margin note.
pub fn aside(doc: &Document, a: &Aside) -> Markup {
    html! {
        p.aside role="note" { b { (a.head) } " " (tokens::sentences(doc, &a.body)) }
    }
}

fn fact(doc: &Document, h: &Headline, r: &EvidenceRow) -> Markup {
    let whole = numbers::number(r, Which::Estimate, Sign::Natural, false);
    let (big, unit) = match &r.unit {
        Unit::Chance if whole.ends_with("in 100") => (
            whole.trim_end_matches(" in 100").to_owned(),
            "in 100".to_owned(),
        ),
        Unit::Chance => (whole, String::new()),
        u => (
            numbers::number(r, Which::Estimate, Sign::Natural, true),
            match u {
                Unit::Count(s) | Unit::Other(s) => s.clone(),
                _ => numbers::suffix(u).trim().to_owned(),
            },
        ),
    };
    let from = h.from.as_ref().and_then(|id| doc.row(id));
    let from_words = from.map(|f| {
        html! { " from " (numbers::number(f, Which::Estimate, Sign::Natural, true)) }
    });
    let length = big.chars().count() + unit.chars().count() + if from.is_some() { 8 } else { 0 };
    let size = match length {
        0..=11 => "big",
        12..=17 => "big m",
        _ => "big s",
    };
    html! {
        div.fact {
            p.lab { (h.label) }
            span class=(size) {
                a.n.long[size == "big s"] href=(format!("#e-{}", r.id)) data-e=(r.id.0) { (big) }
                small { (unit) @if let Some(f) = from_words { (f) } (tokens::mark(r.basis)) }
            }
            @if let Some(s) = &r.spread {
                (bar(s, h.no_shock))
                span.ci {
                    "90" (THIN) "\u{2060}% interval "
                    (Printer::of_row(r).range(s.q05, s.q95, Sign::Natural))
                }
            }
        }
    }
}

fn bar(s: &Spread, no_shock: Option<f64>) -> Markup {
    let (low, high) = extent([s.q05, s.q95].into_iter().chain(no_shock));
    let scale = Scale::new(low, high, 4.0, 196.0);
    let mut cv = Canvas::new();
    if let Some(n) = no_shock {
        cv.line("ax2", (scale.at(n), 0.0), (scale.at(n), 14.0));
    }
    cv.interval(s, &scale, 3.0, 8.0);
    cv.stretch("iv", 200.0, 14.0)
}

fn key(doc: &Document) -> Markup {
    let sample = doc.headlines.iter().find_map(|h| doc.row(&h.row));
    let mut interval = Canvas::new();
    let s = Spread {
        q05: 20.0,
        q25: 68.0,
        q50: 100.0,
        q75: 132.0,
        q95: 180.0,
    };
    interval.line("ax2", (4.0, 0.0), (4.0, 34.0));
    interval.interval(&s, &Scale::new(0.0, 200.0, 0.0, 200.0), 13.0, 8.0);
    let mut worlds = Canvas::new();
    worlds
        .path("bs", "M4 8H196")
        .path("ln", "M4 8C80 8 90 28 196 28");
    html! {
        div.key role="note" aria-label="How to read this brief" {
            div {
                b { "A number" }
                div.kk { @if let Some(r) = sample { (tokens::row_number(r)) } }
                "Follow it to its evidence row: definition, interval, sources, back-test. On paper \
                 the row is named beside it."
            }
            div {
                b { "An interval" }
                (interval.stretch("k", 200.0, 34.0))
                "Dark: half of all draws. Pale: 90" (THIN) "\u{2060}%. Tick: the median. Thin line: no \
                 shock."
            }
            div {
                b { "What it rests on" }
                div.kk {
                    span { (tokens::mark(crate::evidence::Basis::Observed)) }
                    span { (tokens::mark(crate::evidence::Basis::Estimated)) }
                    span { (tokens::mark(crate::evidence::Basis::Assumed)) }
                }
                "Full: observed. Half: estimated from data. Empty: mainly assumption; handle with \
                 care."
            }
            div {
                b { "Two worlds" }
                (worlds.stretch("k", 200.0, 34.0))
                "Dashed grey: without the shock. Solid: with it. All else equal, draw by draw."
            }
        }
    }
}
