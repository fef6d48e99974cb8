//! Tables: words left, numbers right, intervals on a second line; sparklines and bars inside.

use maud::{Markup, html};

use super::paths;
use super::svg::{Canvas, Scale, extent};
use crate::document::Document;
use crate::evidence::Spread;
use crate::figure::{Cell, Table};
use crate::html::tokens;
use crate::numbers::Printer;
use crate::sentence::Sign;

fn bar(s: &Spread, range: (f64, f64), no_change: Option<f64>) -> Markup {
    let (w, h) = (120.0, 16.0);
    let scale = Scale::new(range.0, range.1, 3.0, w - 3.0);
    let mut cv = Canvas::new();
    if let Some(n) = no_change {
        cv.line("ax2", (scale.clamped(n), 0.0), (scale.clamped(n), h));
    }
    cv.interval(s, &scale, 4.0, 8.0);
    cv.inline("ib", w, h)
}

/// Column ranges: each column of bars or sparklines has one scale.
fn ranges(t: &Table) -> Vec<(f64, f64)> {
    (0..t.columns.len())
        .map(|k| {
            let cells = || t.rows.iter().filter_map(|r| r.cells.get(k));
            let sparks: Vec<_> = cells()
                .filter_map(|c| match c {
                    Cell::Spark { path } => Some(path),
                    _ => None,
                })
                .collect();
            if !sparks.is_empty() {
                return paths::spark_range(sparks);
            }
            extent(
                cells()
                    .filter_map(|c| match c {
                        Cell::Bar { spread } => Some([spread.q05, spread.q95]),
                        _ => None,
                    })
                    .flatten()
                    .chain(t.columns[k].no_change),
            )
        })
        .collect()
}

/// A table in its scroll region.
pub fn draw(doc: &Document, t: &Table, class: &str) -> Markup {
    let ranges = ranges(t);
    html! {
        div.scroll tabindex="0" role="region" aria-label=(t.caption) {
            table class=(class) {
                caption.vh { (t.caption) }
                thead { tr {
                    th scope="col" { (t.stub) }
                    @for c in &t.columns {
                        th.r[c.right] scope="col" {
                            (tokens::sentence(doc, &c.head))
                            @if let Some(b) = c.basis { (tokens::mark(b)) }
                        }
                    }
                } }
                tbody {
                    @for r in &t.rows {
                        tr {
                            th scope="row" {
                                (tokens::sentence(doc, &r.head))
                                @if !r.note.is_empty() { br; span.ci { (r.note) } }
                            }
                            @for (k, c) in r.cells.iter().enumerate() {
                                @let column = &t.columns[k];
                                td.r[column.right] { (cell(doc, c, ranges[k], column.no_change)) }
                            }
                        }
                    }
                }
            }
        }
    }
}

fn cell(doc: &Document, c: &Cell, range: (f64, f64), no_change: Option<f64>) -> Markup {
    match c {
        Cell::Text { text } => tokens::sentence(doc, text),
        Cell::Row { row } => doc.row(row).map_or_else(
            || html! { (row) },
            |e| {
                html! {
                    (tokens::row_number(e))
                    @if let Some(i) = crate::numbers::interval(e, Sign::Natural) {
                        br; span.ci { (i) }
                    }
                }
            },
        ),
        Cell::Value {
            spread,
            unit,
            signed,
        } => {
            let p = Printer::of_spread(spread, unit);
            let sign = if *signed {
                Sign::Explicit
            } else {
                Sign::Natural
            };
            html! {
                (p.full(spread.q50, sign))
                br;
                span.ci { (p.range(spread.q05, spread.q95, sign)) }
            }
        }
        Cell::Spark { path } => paths::spark(path, range),
        Cell::Bar { spread } => bar(spread, range, no_change),
        Cell::Empty => html! { "–" },
    }
}
