//! Heat map with the number in each cell.

use maud::{Markup, html};

use super::svg::extent;
use crate::document::Document;
use crate::figure::{Figure, Heat};
use crate::html::tokens;
use crate::numbers::{last_place, plain};

/// Heat map in a scroll region.
pub fn draw(doc: &Document, f: &Figure, h: &Heat) -> Markup {
    let values = || {
        h.rows
            .iter()
            .flat_map(|r| r.cells.iter().flatten())
            .map(|s| s.q50)
    };
    let (low, high) = extent(values());
    let (low, high) = (low.min(0.0), high.max(1e-12));
    let class = |v: f64| {
        let share = ((v - low) / (high - low)).clamp(0.0, 1.0);
        ((share * 6.0).floor() as usize).min(5)
    };
    let place = last_place(high, low, high).max(if high >= 10.0 { 0 } else { -1 });
    html! {
        div.scroll tabindex="0" role="region" aria-label=(format!("Heat map, {}", h.unit.name())) {
            table.heat style=(format!("--k:{}", h.columns.len())) {
                caption.vh {
                    (crate::spoken::sentence_text(doc, &f.title)) ", " (h.unit.name())
                }
                thead { tr {
                    th scope="col" { (h.stub) }
                    @for c in &h.columns { th scope="col" { (c.label) (tokens::mark(c.basis)) } }
                } }
                tbody {
                    @for (i, r) in h.rows.iter().enumerate() {
                        tr {
                            th scope="row" { (r.label) }
                            @for (j, cell) in r.cells.iter().enumerate() {
                                @let top = h.outlined.contains(&(i, j));
                                @match cell {
                                    Some(s) => td class={ "h" (class(s.q50)) @if top { " top" } } {
                                        (plain(s.q50, place))
                                    },
                                    None => td { "–" },
                                }
                            }
                        }
                    }
                }
            }
        }
    }
}
