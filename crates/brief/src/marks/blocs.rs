//! Ties before and after, sorted by bloc, and the stability–adaptability plane.

use std::fmt::Write as _;

use maud::{Markup, html};

use super::svg::{Anchor, Canvas, Scale, c, extent, text_width};
use crate::figure::{Blocs, Cloud, Plane, TieMatrix};

/// Side of a panel, px.
const SIDE: f64 = 304.0;
/// Radius of the region that holds half of a plane normal distribution: √(−2 ln 0.5).
const HALF: f64 = 1.177_410_022_515_474_7;
/// Radius of the region that holds 90 % of it: √(−2 ln 0.1).
const NINETY: f64 = 2.145_966_026_289_347;

/// Classes of tie strength, from pale to dark; ties below the first bound stay blank.
const BOUNDS: [f64; 5] = [0.05, 0.25, 0.45, 0.65, 0.85];

fn matrix(m: &TieMatrix) -> Markup {
    let n = m.codes.len();
    let head = 34.0;
    let foot = 22.0;
    let step = (SIDE - head - 2.0) / n as f64;
    let gap = if step > 8.0 { 1.0 } else { 0.4 };
    let small = if step >= 12.5 { "cd" } else { "cd tiny" };
    let end = head + step * n as f64;
    let mut cv = Canvas::new();
    for class in (1..=5).rev() {
        let mut d = String::new();
        for i in 0..n {
            for j in 0..n {
                let t = m.ties[i * n + j];
                let k = BOUNDS.iter().filter(|b| t >= **b).count();
                if i != j && k == class {
                    let (x, y) = (head + step * j as f64, head + step * i as f64);
                    let s = step - gap;
                    let _ = write!(d, "M{} {}h{}v{}h-{}z", c(x), c(y), c(s), c(s), c(s));
                }
            }
        }
        if !d.is_empty() {
            cv.path(&format!("m{class}"), &d);
        }
    }
    cv.path(
        "ax",
        &format!(
            "M{} {}H{}V{}H{}z",
            c(head),
            c(head),
            c(end),
            c(end),
            c(head)
        ),
    );
    for (k, code) in m.codes.iter().enumerate() {
        let mid = head + step * (k as f64 + 0.5);
        cv.text(small, head - 9.0, mid + 3.8, Anchor::End, code);
        cv.raw(&format!(
            r#"<text class="{small}" transform="translate({} {}) rotate(-90)">{}</text>"#,
            c(mid + 3.8),
            c(head - 9.0),
            super::svg::escape(code)
        ));
    }
    let mut free_from = 0.0;
    for (k, b) in m.blocs.iter().enumerate() {
        let (from, len) = (head + step * b.start as f64, step * b.len as f64 - gap);
        let class = format!("k{}", k.min(4) + 1);
        cv.rect(&class, head - 6.0, from, 4.0, len);
        cv.rect(&class, from, head - 6.0, len, 4.0);
        let half = text_width(&b.label, 12.0, true) / 2.0;
        let mid = (from + len / 2.0).clamp(half, SIDE - half);
        if mid - half >= free_from {
            cv.text("tb", mid, end + 15.0, Anchor::Middle, &b.label);
            free_from = mid + half + 6.0;
        }
    }
    let names: Vec<String> = m
        .blocs
        .iter()
        .map(|b| {
            format!(
                "{}: {}",
                b.label,
                m.codes[b.start..b.start + b.len].join(" ")
            )
        })
        .collect();
    let label = format!(
        "Ties between {n} states in bloc order, {}. {}.",
        m.title,
        names.join("; ")
    );
    cv.finish("", SIDE, end + foot, &label)
}

/// An ellipse of a cloud as path data, and its extreme points.
fn ellipse(cloud: &Cloud, radius: f64, x: &Scale, y: &Scale) -> (String, Vec<(f64, f64)>) {
    let points: Vec<(f64, f64)> = (0..48)
        .map(|k| {
            let t = f64::from(k) / 48.0 * 2.0 * std::f64::consts::PI;
            let (u, v) = (radius * t.cos(), radius * t.sin());
            let r = cloud.correlation.clamp(-1.0, 1.0);
            let px = cloud.x + cloud.sd_x * u;
            let py = cloud.y + cloud.sd_y * (r * u + (1.0 - r * r).sqrt() * v);
            (x.at(px), y.at(py))
        })
        .collect();
    (format!("{}z", super::svg::trace(&points)), points)
}

fn plane(p: &Plane) -> Markup {
    let h = SIDE + 22.0;
    let reach = |f: fn(&Cloud) -> (f64, f64)| {
        extent([&p.before, &p.after].into_iter().flat_map(|k| {
            let (m, s) = f(k);
            [m - NINETY * s, m + NINETY * s]
        }))
    };
    let (x0, x1) = reach(|k| (k.x, k.sd_x));
    let (y0, y1) = reach(|k| (k.y, k.sd_y));
    let (left, right, top, foot) = (46.0, SIDE - 6.0, 26.0, h - 54.0);
    let x = Scale::new(x0, x1, left + 12.0, right - 4.0);
    let y = Scale::new(y0, y1, foot - 24.0, top + 22.0);
    let mut cv = Canvas::new();
    cv.path(
        "ax2",
        &format!("M{} {}V{}H{}", c(left), c(top), c(foot), c(right)),
    );
    let (tx, px) = x.ticks(4);
    for t in tx {
        cv.line("ax2", (x.at(t), foot), (x.at(t), foot + 4.0));
        cv.text(
            "tm",
            x.at(t),
            foot + 17.0,
            Anchor::Middle,
            &crate::numbers::plain(t, px),
        );
    }
    let (ty, py) = y.ticks(4);
    for t in ty {
        cv.line("ax2", (left - 4.0, y.at(t)), (left, y.at(t)));
        cv.text(
            "tm",
            left - 7.0,
            y.at(t) + 4.0,
            Anchor::End,
            &crate::numbers::plain(t, py),
        );
    }
    let (outer, _) = ellipse(&p.before, NINETY, &x, &y);
    let (inner, _) = ellipse(&p.before, HALF, &x, &y);
    let (outer2, ends) = ellipse(&p.after, NINETY, &x, &y);
    let (inner2, _) = ellipse(&p.after, HALF, &x, &y);
    cv.path("b90", &outer2)
        .path("b50", &inner2)
        .path("bs", &outer)
        .path("bs fine", &inner);
    let (a, b) = (
        (x.at(p.before.x), y.at(p.before.y)),
        (x.at(p.after.x), y.at(p.after.y)),
    );
    let long = (b.0 - a.0).hypot(b.1 - a.1);
    if long > 22.0 {
        let (ux, uy) = ((b.0 - a.0) / long, (b.1 - a.1) / long);
        let (from, to) = (
            (a.0 + ux * 7.0, a.1 + uy * 7.0),
            (b.0 - ux * 8.0, b.1 - uy * 8.0),
        );
        cv.raw(&format!(
            r#"<path class="wk" d="M{} {}L{} {}" marker-end="url(#arr)"/>"#,
            c(from.0),
            c(from.1),
            c(to.0),
            c(to.1)
        ));
    }
    cv.circle("hol", a.0, a.1, 5.0).circle("dot", b.0, b.1, 5.5);
    let after_low = ends.iter().map(|e| e.1).fold(f64::MIN, f64::max);
    let after_top = ends.iter().map(|e| e.1).fold(f64::MAX, f64::min);
    let (_, before_ends) = ellipse(&p.before, NINETY, &x, &y);
    let before_top = before_ends.iter().map(|e| e.1).fold(f64::MAX, f64::min);
    let before_low = before_ends.iter().map(|e| e.1).fold(f64::MIN, f64::max);
    let place = |cx: f64, s: &str| {
        let half = text_width(s, 12.0, true) / 2.0;
        cx.clamp(left + half + 2.0, right - half)
    };
    let (yb, ya) = if a.1 <= b.1 {
        (before_top - 6.0, (after_low + 14.0).min(foot - 4.0))
    } else {
        ((before_low + 14.0).min(foot - 4.0), after_top - 6.0)
    };
    cv.text(
        "halo",
        place(a.0, &p.before_label),
        yb.max(14.0),
        Anchor::Middle,
        &p.before_label,
    );
    cv.text(
        "ts halo",
        place(b.0, &p.after_label),
        ya.max(14.0),
        Anchor::Middle,
        &p.after_label,
    );
    cv.text("", 0.0, 12.0, Anchor::Start, &format!("↑ {}", p.y_axis));
    cv.text("", right, h - 14.0, Anchor::End, &format!("{} →", p.x_axis));
    let label = format!(
        "{} against {}: {} and {}, regions of half and 90 per cent of draws.",
        p.y_axis, p.x_axis, p.before_label, p.after_label
    );
    cv.finish("", SIDE, h, &label)
}

/// Before, after, and what that does to the system.
pub fn draw(b: &Blocs) -> Markup {
    html! {
        div class=(if b.plane.is_some() { "trio" } else { "duo" }) {
            @for m in [&b.before, &b.after] {
                div { b { (m.title) } i { (m.note) } (matrix(m)) }
            }
            @if let Some(p) = &b.plane {
                div { b { (p.title) } i { (p.note) } (plane(p)) }
            }
        }
    }
}
