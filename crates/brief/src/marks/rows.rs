//! Rows of HTML text around marks that stretch: intervals, order books, drivers, records, shares.

use maud::{Markup, html};

use super::svg::{Canvas, Scale, extent};
use crate::document::Document;
use crate::evidence::{EvidenceRow, Spread, Unit};
use crate::figure::{Camps, DriverCell, Drivers, IntervalRows, Orders, Skill, Variance};
use crate::html::tokens;
use crate::numbers::{Printer, THIN, plain};
use crate::sentence::Sign;

/// Width of a stretched mark in its own units.
const W: f64 = 300.0;

fn in_brackets(printer: &Printer<'_>, s: &Spread) -> Markup {
    html! { span.ci { "(" (printer.range(s.q05, s.q95, Sign::Natural)) ")" } }
}

/// Names of places on the axis above a column of marks.
fn axis(scale: &Scale, ticks: &[f64], place: i32) -> Markup {
    html! {
        span.axis {
            @for t in ticks {
                i style=(format!("left:{:.1}%", scale.at(*t) / W * 100.0)) { (plain(*t, place)) }
            }
        }
    }
}

/// Rows with interval bars.
pub fn intervals(doc: &Document, r: &IntervalRows) -> Markup {
    let rows: Vec<(&str, &EvidenceRow, Option<f64>)> = r
        .rows
        .iter()
        .filter_map(|q| Some((q.label.as_str(), doc.row(&q.row)?, q.before)))
        .collect();
    let spread = |e: &EvidenceRow| {
        let x = e.estimate;
        e.spread.unwrap_or(Spread {
            q05: x,
            q25: x,
            q50: x,
            q75: x,
            q95: x,
        })
    };
    let (low, high) = extent(
        rows.iter()
            .flat_map(|(_, e, b)| [spread(e).q05, spread(e).q95, b.unwrap_or(e.estimate)])
            .chain(r.no_change),
    );
    let scale = Scale::new(low, high, 6.0, W - 6.0);
    let (ticks, place) = scale.ticks(4);
    html! {
        div.rows {
            div.row.hd.r-int { span { (r.head) } (axis(&scale, &ticks, place)) span.v {} }
            @for (label, e, before) in &rows {
                div.row.r-int {
                    span { (label) }
                    ({
                        let mut cv = Canvas::new();
                        for t in &ticks { cv.line("ax", (scale.at(*t), 0.0), (scale.at(*t), 18.0)); }
                        if let Some(n) = r.no_change {
                            cv.line("ax2", (scale.at(n), 0.0), (scale.at(n), 18.0));
                        }
                        cv.interval(&spread(e), &scale, 4.0, 10.0);
                        if let Some(b) = before {
                            cv.line("bt", (scale.at(*b), 1.0), (scale.at(*b), 17.0));
                        }
                        cv.stretch("iv", W, 18.0)
                    })
                    span.v { (tokens::row_number(e)) " " (tokens::row_interval(e)) }
                }
            }
        }
    }
}

/// Order books.
pub fn orders(doc: &Document, o: &Orders) -> Markup {
    let most = o
        .rows
        .iter()
        .map(|r| r.delivered + r.on_order)
        .fold(1.0, f64::max);
    let scale = Scale::new(0.0, most, 0.0, W - 2.0);
    let unit = Unit::Count(o.noun.clone());
    html! {
        p.leg {
            span { i.s5 {} "delivered" }
            span { i.s2 {} "on order, kept" }
            span { i.ha {} "on order, moved" }
        }
        div.rows {
            div.row.hd.r-ord {
                span { "Buyer" } span {}
                span.v.opt { "delivered" } span.v.opt { "kept" } span.v { "moved" }
            }
            @for r in &o.rows {
                @let moved = r.moved.q50.clamp(0.0, r.on_order);
                @let edge = r.delivered + r.on_order - moved;
                @let printer = Printer::of_spread(&r.moved, &unit);
                div.row.r-ord {
                    span { (r.label) }
                    ({
                        let mut cv = Canvas::new();
                        let (d, e) = (scale.at(r.delivered), scale.at(edge));
                        let end = scale.at(r.delivered + r.on_order);
                        cv.rect("m5", 0.0, 3.0, d, 12.0);
                        cv.rect("m2", d, 3.0, e - d, 12.0);
                        if moved > 0.0 {
                            cv.rect("ha", e, 3.0, end - e, 12.0);
                        }
                        let reach = |q: f64| {
                            scale.at(r.delivered + r.on_order - q.clamp(0.0, r.on_order))
                        };
                        if r.moved.q95 > r.moved.q05 {
                            cv.line("wk", (reach(r.moved.q95), 9.0), (reach(r.moved.q05), 9.0));
                        }
                        cv.stretch("iv", W, 18.0)
                    })
                    span.v.opt { (plain(r.delivered, 0)) }
                    span.v.opt { (plain(r.on_order - moved, 0)) }
                    span.v {
                        @if let Some(e) = r.row.as_ref().and_then(|id| doc.row(id)) {
                            (tokens::row_number(e)) " " (tokens::row_interval(e))
                        } @else {
                            (printer.bare(moved, Sign::Natural)) " " (in_brackets(&printer, &r.moved))
                        }
                    }
                }
            }
        }
    }
}

fn driver(doc: &Document, cell: &DriverCell, scale: &Scale) -> Markup {
    let mut cv = Canvas::new();
    let zero = scale.at(0.0);
    let (a, b) = (
        zero.min(scale.at(cell.share.q50)),
        zero.max(scale.at(cell.share.q50)),
    );
    cv.rect("m3", a, 4.0, b - a, 10.0);
    cv.line("ax2", (zero, 0.0), (zero, 18.0));
    cv.line(
        "wk",
        (scale.at(cell.share.q05), 9.0),
        (scale.at(cell.share.q95), 9.0),
    );
    let printer = Printer::of_spread(&cell.share, &Unit::Percent);
    html! {
        span.av {
            (cv.stretch("iv", W, 18.0))
            @if let Some(e) = cell.row.as_ref().and_then(|id| doc.row(id)) {
                (tokens::row_number(e))
            } @else {
                span.nv { (printer.full(cell.share.q50, Sign::Natural)) }
            }
        }
    }
}

/// Drivers per act and indicator.
pub fn drivers(doc: &Document, d: &Drivers) -> Markup {
    let (low, high) = extent(
        d.rows
            .iter()
            .flat_map(|r| r.cells.iter().flatten())
            .flat_map(|c| [c.share.q05, c.share.q95])
            .chain([0.0]),
    );
    let scale = Scale::new(low, high, 2.0, W - 2.0);
    let columns = format!("--k:{}", d.columns.len());
    html! {
        div.rows.att style=(columns) {
            div.row.hd.r-att {
                span { (d.head) }
                @for (name, basis) in &d.columns { span { (name) (tokens::mark(*basis)) } }
            }
            @for r in &d.rows {
                div.row.r-att {
                    span { (r.label) }
                    @for cell in &r.cells {
                        @match cell {
                            Some(cell) => (driver(doc, cell, &scale)),
                            None => span.av { span {} span.nv { "–" } },
                        }
                    }
                }
            }
        }
    }
}

/// One stacked bar of variance.
pub fn variance(v: &Variance) -> Markup {
    let parts = [
        ("chance", v.chance, "m5", "s5"),
        ("estimated", v.estimated, "m3", "s3"),
        ("model choice", v.model, "m1", "s1"),
        ("assumed", v.assumed, "as", "as"),
    ];
    let total: f64 = parts.iter().map(|p| p.1.max(0.0)).sum::<f64>().max(1e-9);
    let mut cv = Canvas::new();
    let mut x = 0.0;
    for (_, share, class, _) in parts {
        let w = share.max(0.0) / total * 664.0;
        cv.rect(class, x, 1.0, (w - 2.0).max(0.0), 30.0);
        x += w;
    }
    html! {
        (cv.stretch("iv bar", 664.0, 32.0))
        p.leg.after {
            @for (name, share, _, key) in parts {
                span { i class=(key) {} (name) " " b { (plain(share, 0)) (THIN) "\u{2060}%" } }
            }
        }
    }
}

/// Records of the parts.
pub fn skill(doc: &Document, s: &Skill) -> Markup {
    let reach = extent(
        s.rows
            .iter()
            .filter_map(|r| r.skill)
            .flat_map(|q| [q.q05, q.q95]),
    );
    let far = reach.0.abs().max(reach.1.abs()).clamp(0.05, 1.0);
    let scale = Scale::new(-far, far, 4.0, W - 4.0);
    html! {
        div.rows {
            div.row.hd.r-skill {
                span { "Part" } span { "In plain words" }
                span.ends { span { "worse" } span { "better" } }
                span.v.opt { "90" (THIN) "\u{2060}% held" }
            }
            @for r in &s.rows {
                div.row.r-skill {
                    span { (r.part) }
                    p { (tokens::sentence(doc, &r.words)) }
                    ({
                        let mut cv = Canvas::new();
                        cv.rect("hb", 0.0, 0.0, W / 2.0, 18.0);
                        cv.line("ax2", (W / 2.0, 0.0), (W / 2.0, 18.0));
                        if let Some(q) = &r.skill {
                            cv.line("wk", (scale.clamped(q.q05), 9.0), (scale.clamped(q.q95), 9.0));
                            cv.rect("fs", scale.clamped(q.q50) - 3.0, 3.0, 6.0, 12.0);
                        }
                        cv.stretch("iv", W, 18.0)
                    })
                    span.v.opt {
                        @match r.held {
                            Some(h) => { (plain(h, 0)) (THIN) "\u{2060}%" },
                            None => "–",
                        }
                    }
                }
            }
        }
    }
}

/// Shares of camps.
pub fn camps(c: &Camps) -> Markup {
    html! {
        p.leg {
            @for (k, name) in c.names.iter().enumerate() {
                span { i class=(format!("c{}", k + 1)) {} (name) }
            }
        }
        @for (label, shares) in &c.bars {
            p.stackl { (label) }
            ({
                let total: f64 = shares.iter().map(|v| v.max(0.0)).sum::<f64>().max(1e-9);
                let mut cv = Canvas::new();
                let mut x = 0.0;
                for (k, v) in shares.iter().enumerate() {
                    let w = v.max(0.0) / total * 664.0;
                    cv.rect(&format!("k{}", k + 1), x, 1.0, (w - 2.0).max(0.0), 30.0);
                    x += w;
                }
                cv.stretch("iv bar", 664.0, 32.0)
            })
            p.stackv {
                @for (k, v) in shares.iter().enumerate() {
                    @if k > 0 { " · " }
                    (c.names.get(k).map_or("", String::as_str)) " " b { (plain(*v, 0)) (THIN) "\u{2060}%" }
                }
            }
        }
    }
}
