//! What stands behind the brief: evidence, parameters, sources, notices.

use maud::{Markup, html};

use super::tokens;
use crate::document::Document;
use crate::evidence::{EvidenceRow, Unit};
use crate::numbers::{self, count};
use crate::sentence::Sign;

/// Unit and year of a row.
pub fn unit_year(r: &EvidenceRow) -> String {
    let unit = match &r.unit {
        Unit::Index(s) if s.is_empty() => "pure number".to_owned(),
        u => u.name().to_owned(),
    };
    r.year.map_or(unit.clone(), |y| {
        if unit.is_empty() {
            y.to_string()
        } else {
            format!("{unit}, {y}")
        }
    })
}

/// The evidence table.
pub fn evidence(doc: &Document, used: &[bool]) -> Markup {
    html! {
        section #evidence {
            h2 { "Evidence" }
            div.wide.scroll tabindex="0" role="region" aria-label="Evidence table" {
                table.ev {
                    caption.vh { "Every number of this brief with what stands behind it" }
                    thead { tr {
                        th scope="col" { "Row" }
                        th scope="col" { "Indicator" }
                        th.r scope="col" { "Estimate" }
                        th.r scope="col" { "90\u{2009}% interval" }
                        th scope="col" { "Unit, year" }
                        th.r scope="col" { "Draws" }
                        th scope="col" { "Rests on" }
                        th scope="col" { "Back-test" }
                        th scope="col" { "Parameters" }
                        th scope="col" { "Sources" }
                    } }
                    tbody { @for (r, used) in doc.evidence.iter().zip(used) { (row(r, *used)) } }
                }
            }
        }
    }
}

fn row(r: &EvidenceRow, used: bool) -> Markup {
    html! {
        tr id=(format!("e-{}", r.id)) {
            th scope="row" {
                @if used {
                    a href=(format!("#u-{}", r.id)) title="Back to its first use" { (r.id) }
                } @else { (r.id) }
            }
            td {
                (r.label)
                @if !r.entity.is_empty() { ", " (r.entity) }
                @if !r.note.is_empty() { br; span.plain { (r.note) } }
            }
            td.r { (numbers::estimate(r)) }
            td.r { (numbers::interval(r, Sign::Natural).unwrap_or_else(|| "–".to_owned())) }
            td { (unit_year(r)) }
            td.r { @if r.draws > 0 { (count(u64::from(r.draws))) } @else { "–" } }
            td { (tokens::mark(r.basis)) }
            td { (r.record.scope) ": " (r.record.verdict.words()) }
            td {
                @for (k, p) in r.parameters.iter().enumerate() {
                    @if k > 0 { ", " }
                    a href=(format!("#p-{p}")) { (p) }
                }
                @if r.parameters.is_empty() { "–" }
            }
            td {
                @for (k, s) in r.sources.iter().enumerate() {
                    @if k > 0 { " " }
                    a href=(format!("#s-{s}")) { (s) }
                }
            }
        }
    }
}

/// The parameters that rows name.
pub fn parameters(doc: &Document) -> Markup {
    html! {
        @if !doc.parameters.is_empty() {
            section #parameters {
                h2 { "Parameters" }
                p.plain {
                    "Tags: V published and verified, C recomputed from the data, M published and \
                     cited from memory, P assumption of this project."
                }
                div.wide.scroll tabindex="0" role="region" aria-label="Parameter table" {
                    table.pa {
                        caption.vh { "Parameters that the evidence rows name" }
                        thead { tr {
                            th scope="col" { "Parameter" }
                            th scope="col" { "What it is" }
                            th.r scope="col" { "Value" }
                            th scope="col" { "Unit" }
                            th scope="col" { "Tag" }
                            th scope="col" { "Source" }
                        } }
                        tbody {
                            @for p in &doc.parameters {
                                tr id=(format!("p-{}", p.id)) {
                                    th scope="row" { (p.id) }
                                    td { (p.label) }
                                    td.r { (p.value) }
                                    td { (p.unit) }
                                    td { (p.tag) " " (tokens::mark(p.basis())) }
                                    td { (p.source) }
                                }
                            }
                        }
                    }
                }
            }
        }
    }
}

/// The sources.
pub fn sources(doc: &Document) -> Markup {
    html! {
        section #sources {
            h2 { "Sources" }
            ol.src.wide {
                @for s in &doc.sources {
                    li id=(format!("s-{}", s.id)) {
                        b { (s.id) }
                        (s.publisher) ". " (s.reference)
                        @if !s.vintage.is_empty() { ". " (s.vintage) }
                        @if !s.licence.is_empty() { ". " (s.licence) }
                        @if s.url.starts_with("https://") || s.url.starts_with("http://") {
                            ". " a href=(s.url) rel="noreferrer" { (s.url) }
                        } @else if !s.url.is_empty() { ". " (s.url) }
                        "."
                    }
                }
            }
        }
    }
}

/// Notices at the end.
pub fn closing(doc: &Document) -> Markup {
    html! {
        div.end {
            @if let Some(b) = &doc.source_brief {
                p {
                    "Written back to: " (b.title) "."
                    @if !b.reference.is_empty() { " Its source: " (b.reference) "." }
                }
            }
            @for n in &doc.notices { p { (n) } }
            p {
                "Set in subsets of Source Serif 4 and Source Sans 3, © Adobe, SIL Open Font \
                 License 1.1. Run " (doc.run_id) "."
            }
        }
    }
}
