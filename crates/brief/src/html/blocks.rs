//! Sections and their blocks.

use maud::{Markup, html};

use super::{first, tokens};
use crate::BriefError;
use crate::chance::WORDS;
use crate::document::{Aside, Block, Document, Section, SectionKind, WhatWhySoWhat};
use crate::figure::{Chart, Figure};
use crate::marks;
use crate::numbers::{THIN, count};
use crate::sentence::Sentence;

/// A section.
pub fn section(doc: &Document, s: &Section) -> Result<Markup, BriefError> {
    let mut blocks = Vec::new();
    let mut rest = s.blocks.as_slice();
    while let Some((b, after)) = rest.split_first() {
        rest = after;
        match (b, after) {
            // The margin note stands beside WHAT, not below SO WHAT.
            (Block::WhatWhySoWhat(w), [Block::Aside(a), others @ ..]) => {
                blocks.push(what_why_so_what(doc, w, Some(a)));
                rest = others;
            }
            _ => blocks.push(block(doc, b)?),
        }
    }
    Ok(html! {
        section id=(s.id) {
            h2 {
                @match &s.kind {
                    SectionKind::Domain { number } => span.no { (number) ". " (s.nav) },
                    SectionKind::Question { number, .. } => span.no { "Question " (number) },
                    _ => {}
                }
                (tokens::sentence(doc, &s.title))
            }
            @if let SectionKind::Question { verbatim, .. } = &s.kind {
                blockquote { (verbatim) }
            }
            @for b in blocks { (b) }
        }
    })
}

fn block(doc: &Document, b: &Block) -> Result<Markup, BriefError> {
    Ok(match b {
        Block::Paragraph(p) => html! { p { (tokens::sentences(doc, p)) } },
        Block::Heading(h) => html! { h3 { (tokens::sentence(doc, h)) } },
        Block::WhatWhySoWhat(w) => what_why_so_what(doc, w, None),
        Block::Figure(f) => figure(doc, f)?,
        Block::Table(t) if marks::table_misfit(t).is_some() => {
            let what = marks::table_misfit(t).unwrap_or_default();
            return Err(BriefError::Document {
                what: format!("table {:?}: {what}", t.caption),
            });
        }
        Block::Table(t) => html! { div.wide.tb0 { (marks::table::draw(doc, t, "")) } },
        Block::List(l) => html! {
            ul.pl { @for item in l { li { (tokens::sentences(doc, item)) } } }
        },
        Block::NewQuestions(q) => html! {
            ol.ask {
                @for n in q {
                    li {
                        div {
                            (tokens::sentences(doc, &n.question))
                            small { (tokens::sentences(doc, &n.reason)) }
                        }
                    }
                }
            }
        },
        Block::Aside(a) => first::aside(doc, a),
        Block::Unplaced => unplaced(doc),
        Block::ChanceWords => chance_words(),
    })
}

fn what_why_so_what(doc: &Document, w: &WhatWhySoWhat, note: Option<&Aside>) -> Markup {
    html! {
        (part(doc, "WHAT", &w.what, true))
        @if let Some(a) = note { (first::aside(doc, a)) }
        (part(doc, "WHY", &w.why, false))
        (part(doc, "SO WHAT", &w.so_what, false))
    }
}

fn part(doc: &Document, name: &str, s: &[Sentence], first: bool) -> Markup {
    html! {
        div.wws.first[first] { h3 { (name) } p { (tokens::sentences(doc, s)) } }
    }
}

/// A figure: the answer, the measure, the marks, the evidence.
fn figure(doc: &Document, f: &Figure) -> Result<Markup, BriefError> {
    let drawn = marks::draw(doc, f)?;
    let long = matches!(f.chart, Chart::States(_) | Chart::Orders(_))
        || matches!(&f.chart, Chart::Heat(h) if h.rows.len() > 20);
    if let Some(what) = f.table.as_ref().and_then(marks::table_misfit) {
        return Err(BriefError::Figure {
            figure: f.id.clone(),
            what,
        });
    }
    let table = marks::numbers(doc, f);
    let label = format!("t-{}", f.id);
    Ok(html! {
        figure.wide[f.wide].brk[long] id=(f.id) role="group" aria-labelledby=(label) {
            figcaption {
                span.t id=(label) { (tokens::sentence(doc, &f.title)) }
                span.s { (tokens::sentence(doc, &f.subtitle)) }
            }
            (drawn)
            (foot(doc, f))
            @if let Some(t) = table {
                details { summary { "The same figures as a table" } (t) }
            }
        }
    })
}

fn foot(doc: &Document, f: &Figure) -> Markup {
    html! {
        p.foot {
            @if !f.evidence.is_empty() {
                "Evidence "
                @for (k, id) in f.evidence.iter().enumerate() {
                    @if k > 0 { ", " }
                    a href=(format!("#e-{id}")) { (id) }
                }
                ". "
            }
            @if !f.sources.is_empty() {
                "Sources "
                @for (k, id) in f.sources.iter().enumerate() {
                    @if k > 0 { ", " }
                    a href=(format!("#s-{id}")) { (id) }
                }
                ". "
            }
            @if f.draws > 0 { (count(u64::from(f.draws))) " draws. " }
            @if matches!(f.chart, Chart::Map(_)) {
                "Boundaries: Natural Earth 1:110" (THIN) "m, public domain, Equal Earth \
                 projection. They express no opinion on the status of any territory. Shades give \
                 the median. "
            }
            @if matches!(f.chart, Chart::Flow(_)) {
                "A flow diagram cannot show intervals, so each total carries its own. "
            }
            (tokens::sentences(doc, &f.remark))
        }
    }
}

fn unplaced(doc: &Document) -> Markup {
    html! {
        @if doc.unplaced.is_empty() {
            p { "Every sentence of the source brief was placed." }
        } @else {
            div.scroll.wide.tb0 tabindex="0" role="region" aria-label="What was not placed" {
                table {
                    caption.vh { "Parts of the source brief that became no event" }
                    thead { tr {
                        th.r scope="col" { "Line" }
                        th scope="col" { "Words" }
                        th scope="col" { "Why it was not placed" }
                    } }
                    tbody {
                        @for u in &doc.unplaced {
                            tr { td.r { (u.line) } td { (u.text) } td { (u.why) } }
                        }
                    }
                }
            }
        }
    }
}

fn chance_words() -> Markup {
    html! {
        dl.words {
            @for (k, (low, word)) in WORDS.iter().enumerate().rev() {
                dt {
                    @match (low * 100.0, WORDS.get(k + 1)) {
                        (low, None) => { (format!("{low:.0}")) " and over" },
                        (_, Some((high, _))) if k == 0 => {
                            "under " (format!("{:.0}", high * 100.0))
                        },
                        (low, Some((high, _))) => {
                            (format!("{low:.0} to {:.0}", high * 100.0))
                        },
                    }
                    " in 100"
                }
                dd { (word) }
            }
        }
    }
}
