//! The brief as one HTML file: no script, no outside request, readable on a phone and on paper.

mod blocks;
mod ends;
mod first;
mod fonts;
pub(crate) use ends::unit_year;

pub(crate) mod tokens;

use std::fmt::Write as _;

use maud::{DOCTYPE, Markup, PreEscaped, html};

use crate::BriefError;
use crate::document::{Document, SectionKind};
use crate::spoken;

static STYLE: &str = include_str!("../../assets/brief.css");

/// Symbols, hatches and the arrow that marks refer to.
const DEFS: &str = concat!(
    r#"<svg width="0" height="0" style="position:absolute" aria-hidden="true"><defs>"#,
    r#"<symbol id="g3" viewBox="0 0 10 10"><circle cx="5" cy="5" r="4.3" fill="currentColor"/></symbol>"#,
    r#"<symbol id="g2" viewBox="0 0 10 10"><circle cx="5" cy="5" r="4.2" fill="none" stroke="currentColor" stroke-width="1.2"/><path d="M5 .8a4.2 4.2 0 0 0 0 8.4z" fill="currentColor"/></symbol>"#,
    r#"<symbol id="g1" viewBox="0 0 10 10"><circle cx="5" cy="5" r="4.2" fill="none" stroke="currentColor" stroke-width="1.4"/></symbol>"#,
    r#"<pattern id="hb" width="6" height="6" patternUnits="userSpaceOnUse" patternTransform="rotate(45)"><path d="M0 0V6" style="stroke:var(--base)" stroke-width="1.4"/></pattern>"#,
    r#"<pattern id="hn" width="6" height="6" patternUnits="userSpaceOnUse" patternTransform="rotate(45)"><path d="M0 0V6" style="stroke:var(--ink3)" stroke-width="1.6"/></pattern>"#,
    r#"<pattern id="ha" width="5" height="5" patternUnits="userSpaceOnUse" patternTransform="rotate(45)"><path d="M0 0V5" style="stroke:var(--alert)" stroke-width="2"/></pattern>"#,
    r#"<marker id="arr" viewBox="0 0 8 8" refX="7" refY="4" markerWidth="8" markerHeight="8" orient="auto"><path d="M0 0L8 4L0 8z" style="fill:var(--ink)"/></marker>"#,
);

/// White hatch over each class of the map: the interval includes zero.
fn hatches() -> String {
    let mut out = String::new();
    for k in 1..=5 {
        let _ = write!(
            out,
            r#"<pattern id="w{k}" width="10" height="10" patternUnits="userSpaceOnUse" patternTransform="rotate(45)"><rect width="10" height="10" style="fill:var(--s{k})"/><path d="M2 0V10" style="stroke:var(--paper)" stroke-width="4"/></pattern>"#
        );
    }
    out
}

/// The page rules that carry the run's hash; quotation marks and backslashes are left out of it.
fn page_rules(doc: &Document) -> String {
    let run: String = doc
        .run_id
        .chars()
        .filter(|c| c.is_ascii_alphanumeric() || "-.".contains(*c))
        .collect();
    format!(
        r#"@page{{size:A4;margin:16mm 15mm 18mm;@bottom-left{{content:"realign · run {run}";font:8pt sans-serif;color:#444}}@bottom-right{{content:counter(page) " / " counter(pages);font:8pt sans-serif;color:#444}}}}"#
    )
}

/// Renders a checked document.
pub fn render(doc: &Document) -> Result<String, BriefError> {
    let mut body = String::new();
    body.push_str(&first::page(doc).0);
    for s in &doc.sections {
        body.push_str(&blocks::section(doc, s)?.0);
    }
    let first_uses = anchor_first_uses(doc, &mut body);
    body.push_str(&ends::evidence(doc, &first_uses).0);
    body.push_str(&ends::parameters(doc).0);
    body.push_str(&ends::sources(doc).0);
    body.push_str(&ends::closing(doc).0);
    let style = format!("{}{STYLE}{}", fonts::rules(&body), page_rules(doc));
    let summary: String = spoken::text(doc, &doc.answer).chars().take(300).collect();
    let page = html! {
        (DOCTYPE)
        html lang="en" {
            head {
                meta charset="utf-8";
                meta name="viewport" content="width=device-width,initial-scale=1";
                title { (doc.full_title()) }
                meta name="description" content=(summary);
                style { (PreEscaped(style)) }
            }
            body {
                a.skip href="#main" { "Skip to the brief" }
                (PreEscaped(DEFS)) (PreEscaped(hatches())) (PreEscaped("</defs></svg>"))
                div.page {
                    (contents(doc))
                    main #main { (PreEscaped(body)) }
                }
            }
        }
    };
    Ok(page.0)
}

fn contents(doc: &Document) -> Markup {
    html! {
        nav aria-label="Contents" {
            p.h { "Contents" }
            ol {
                li { a href="#answer" { "The answer" } }
                @for s in &doc.sections {
                    li { a href=(format!("#{}", s.id)) {
                        @match &s.kind {
                            SectionKind::Domain { number } => { (number) " " (s.nav) },
                            SectionKind::Question { number, .. } => {
                                "Question " (number) ": " (s.nav)
                            },
                            _ => (s.nav),
                        }
                    } }
                }
                li { a href="#evidence" { "Evidence" } }
                @if !doc.parameters.is_empty() { li { a href="#parameters" { "Parameters" } } }
                li { a href="#sources" { "Sources" } }
            }
        }
    }
}

/// Gives the first number of each row an anchor, so that the evidence table can lead back to it.
/// Returns which rows have one.
fn anchor_first_uses(doc: &Document, body: &mut String) -> Vec<bool> {
    doc.evidence
        .iter()
        .map(|r| {
            let tail = format!(r##" href="#e-{}""##, crate::marks::svg::escape(&r.id.0));
            let Some(at) = body.find(&tail) else {
                return false;
            };
            body.insert_str(
                at,
                &format!(r#" id="u-{}""#, crate::marks::svg::escape(&r.id.0)),
            );
            true
        })
        .collect()
}
