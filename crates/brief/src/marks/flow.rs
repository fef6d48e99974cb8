//! Flows: ribbons between at most 4 origins and 7 destinations, with the table that they need.

use maud::{Markup, html};

use super::svg::{Canvas, c, separate};
use crate::evidence::{Spread, Unit};
use crate::figure::{Flow, FlowEnd};
use crate::numbers::{Printer, THIN};
use crate::sentence::Sign;

/// Height of the picture, px.
const H: f64 = 360.0;
/// Gap between ends, px.
const GAP: f64 = 8.0;
/// Share of draws from which a direction counts as agreed.
const AGREED: f64 = 0.9;
/// Height of a label in two lines, px.
const TWO_LINES: f64 = 38.0;
/// Height of a label in one line, px.
const ONE_LINE: f64 = 20.0;

fn amount(s: &Spread, unit: &Unit) -> (String, String) {
    let p = Printer::of_spread(s, unit);
    let text = p.full(s.q50, Sign::Natural);
    (text, format!("({})", p.range(s.q05, s.q95, Sign::Natural)))
}

/// Top and height of each end, from the medians of its flows.
fn stack(sums: &[f64]) -> Vec<(f64, f64)> {
    let total: f64 = sums.iter().sum::<f64>().max(1e-12);
    let room = H - GAP * (sums.len() as f64 - 1.0).max(0.0);
    let mut y = 0.0;
    sums.iter()
        .map(|s| {
            let h = s / total * room;
            let at = (y, h);
            y += h + GAP;
            at
        })
        .collect()
}

fn labels(ends: &[FlowEnd], at: &[(f64, f64)], unit: &Unit) -> Markup {
    let room: Vec<f64> = at.iter().map(|a| a.1).collect();
    let two: Vec<bool> = room.iter().map(|h| *h >= TWO_LINES).collect();
    let crowd: f64 = two
        .iter()
        .map(|t| if *t { TWO_LINES } else { ONE_LINE })
        .sum();
    let two: Vec<bool> = if crowd > H {
        vec![false; two.len()]
    } else {
        two
    };
    let heights: Vec<f64> = two
        .iter()
        .map(|t| if *t { TWO_LINES } else { ONE_LINE })
        .collect();
    let centres: Vec<f64> = at.iter().map(|(y, h)| y + h / 2.0).collect();
    let places = separate(&centres, &heights, H);
    html! {
        @for ((e, y), two) in ends.iter().zip(&places).zip(&two) {
            @let (text, range) = amount(&e.total, unit);
            span style=(format!("top:{:.1}%", y / H * 100.0)) {
                b class=(if *two { "" } else { "il" }) {
                    span.wl { (e.label) } span.sl { (e.short) }
                }
                " " (text) " " em { (range) }
            }
        }
    }
}

/// Flow diagram and table.
pub fn draw(f: &Flow) -> Markup {
    let size = |i: usize, j: usize| f.flows[i][j].size.q50.max(0.0);
    let (n, m) = (f.origins.len(), f.destinations.len());
    let out: Vec<f64> = (0..n).map(|i| (0..m).map(|j| size(i, j)).sum()).collect();
    let into: Vec<f64> = (0..m).map(|j| (0..n).map(|i| size(i, j)).sum()).collect();
    let (left, right) = (stack(&out), stack(&into));
    let mut cv = Canvas::new();
    let mut y_right: Vec<f64> = right.iter().map(|r| r.0).collect();
    for i in 0..n {
        let mut y = left[i].0;
        for j in 0..m {
            let v = size(i, j);
            if v <= 0.0 {
                continue;
            }
            let (h1, h2) = (left[i].1 * v / out[i], right[j].1 * v / into[j]);
            let (a, b) = (y, y_right[j]);
            let class = if f.flows[i][j].agreement >= AGREED {
                format!("r m{}", 4 - i.min(3))
            } else {
                "r u".to_owned()
            };
            let d = format!(
                "M1 {}C50 {} 50 {} 99 {}V{}C50 {} 50 {} 1 {}z",
                c(a),
                c(a),
                c(b),
                c(b),
                c(b + h2),
                c(b + h2),
                c(a + h1),
                c(a + h1)
            );
            cv.path(&class, &d);
            y += h1;
            y_right[j] += h2;
        }
    }
    for (y, h) in &left {
        cv.rect("ink", 0.0, *y, 0.8, *h);
    }
    for (y, h) in &right {
        cv.rect("ink", 99.2, *y, 0.8, *h);
    }
    html! {
        p.leg {
            span { i.s4 {} "direction agreed by at least 90" (THIN) "\u{2060}% of draws" }
            span { i.un {} "direction uncertain" }
        }
        div.sk {
            div.l { (labels(&f.origins, &left, &f.unit)) }
            (cv.stretch("", 100.0, H))
            div { (labels(&f.destinations, &right, &f.unit)) }
        }
    }
}

/// The same figures as a table.
pub fn table(f: &Flow) -> Markup {
    html! {
        div.scroll tabindex="0" role="region" aria-label="Flows as a table" {
            table {
                caption.vh { "Flows by origin and destination, " (f.unit.name()) }
                thead { tr {
                    th scope="col" { (f.origin_head) }
                    @for d in &f.destinations { th.r scope="col" { (d.short) } }
                } }
                tbody {
                    @for (o, row) in f.origins.iter().zip(&f.flows) {
                        tr {
                            th scope="row" { (o.label) }
                            @for cell in row {
                                @let (text, range) = amount(&cell.size, &f.unit);
                                td.r { (text) br; span.ci { (range) } }
                            }
                        }
                    }
                }
            }
        }
    }
}
