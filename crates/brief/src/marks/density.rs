//! Densities: prior over posterior with the bound that matters, the odds strip, and one alone.

use maud::{Markup, html};

use super::svg::{Anchor, Canvas, NARROW, Scale, WIDE, text_width};
use crate::chance;
use crate::evidence::Unit;
use crate::figure::{Density, DensityPair, DensityRow, Odds};
use crate::numbers::{Printer, plain, suffix};
use crate::sentence::Sign;

/// Height of a density, px.
const HILL: f64 = 72.0;

fn points(d: &Density, x: &Scale, foot: f64, peak: f64) -> Vec<(f64, f64)> {
    d.x.iter()
        .zip(&d.y)
        .map(|(g, v)| (x.at(*g), foot - v / peak * HILL))
        .collect()
}

/// The part of the curve beyond the threshold, closed along its foot.
fn beyond(d: &Density, at: f64, x: &Scale, foot: f64, peak: f64) -> Vec<(f64, f64)> {
    let all = points(d, x, foot, peak);
    let mut out = Vec::new();
    for k in 1..all.len() {
        let (a, b) = (d.x[k - 1], d.x[k]);
        if b < at {
            continue;
        }
        if a < at || out.is_empty() {
            let t = ((at - a) / (b - a)).clamp(0.0, 1.0);
            let y = all[k - 1].1 + t * (all[k].1 - all[k - 1].1);
            let px = x.at(at.max(a));
            out.push((px, foot));
            out.push((px, y));
        }
        out.push(all[k]);
    }
    if let Some(last) = out.last().copied() {
        out.push((last.0, foot));
    }
    out
}

fn whisker(cv: &mut Canvas, d: &Density, x: &Scale, y: f64, class: &str, dot: &str) {
    let (a, m, b) = (
        x.clamped(d.spread.q05),
        x.clamped(d.spread.q50),
        x.clamped(d.spread.q95),
    );
    cv.line(class, (a, y), (b, y));
    cv.line(class, (a, y - 3.5), (a, y + 3.5));
    cv.line(class, (b, y - 3.5), (b, y + 3.5));
    cv.circle(dot, m, y, 4.5);
}

fn words(d: &Density, threshold: &str) -> (String, String) {
    let pure = Unit::Index(String::new());
    let p = Printer::of_spread(&d.spread, &pure);
    let range = p.range(d.spread.q05, d.spread.q95, Sign::Natural);
    let share = chance::in_hundred(d.beyond, d.draws);
    let share = if share.contains("draws") {
        share
    } else {
        format!("{share} draws")
    };
    (
        format!(
            "median {}, 90\u{2009}% {range}",
            p.bare(d.spread.q50, Sign::Natural)
        ),
        format!("{share} above {threshold}"),
    )
}

fn pair_at(p: &DensityPair, w: f64, class: &str) -> Markup {
    let narrow = w < 500.0;
    let (left, right) = (8.0, w - 8.0);
    let (low, high) = (p.prior.x[0], p.prior.x[p.prior.x.len() - 1]);
    let x = Scale::new(low, high, left, right);
    let peak = p
        .prior
        .y
        .iter()
        .chain(&p.posterior.y)
        .copied()
        .fold(f64::MIN_POSITIVE, f64::max);
    let bound = plain(p.threshold, if p.threshold.fract() == 0.0 { 0 } else { -1 });
    let head = if narrow { 50.0 } else { 36.0 };
    let top = 26.0;
    let foot1 = top + head + HILL;
    let foot2 = foot1 + 22.0 + head + HILL;
    let bottom = foot2 + 18.0;
    let h = bottom + 22.0;
    let at = x.clamped(p.threshold);
    let mut cv = Canvas::new();
    cv.rect("za", at, top - 4.0, right - at, bottom - top + 4.0);
    let (below, above) = (format!("← {}", p.below), format!("{} →", p.above));
    let room = |s: &str, px: f64| text_width(s, 12.0, true) < px;
    if room(&below, at - left - 10.0) {
        cv.text("", at - 10.0, 14.0, Anchor::End, &below);
    }
    if room(&above, right - at - 10.0) {
        cv.text("ta", at + 10.0, 14.0, Anchor::Start, &above);
    } else {
        cv.text("ta", right, 14.0, Anchor::End, &above);
    }
    for (k, (d, name, foot)) in [
        (&p.prior, "Before the data", foot1),
        (&p.posterior, "After the data", foot2),
    ]
    .into_iter()
    .enumerate()
    {
        let y = foot - HILL - head;
        let (middle, share) = words(d, &bound);
        cv.text("tb l14", left, y + 16.0, Anchor::Start, name);
        cv.text("", left, y + 31.0, Anchor::Start, &middle);
        if narrow {
            cv.text("tb halo", left, y + 46.0, Anchor::Start, &share);
        } else {
            cv.text("tb", right - 6.0, y + 16.0, Anchor::End, &share);
        }
        let curve = points(d, &x, foot, peak);
        let part = beyond(d, p.threshold, &x, foot, peak);
        if k == 0 {
            cv.polyline("hb", &part);
            cv.polyline("bs", &curve);
        } else {
            let mut body = vec![(curve[0].0, foot)];
            body.extend(&curve);
            body.push((curve[curve.len() - 1].0, foot));
            cv.polyline("b50", &body);
            cv.polyline("fa", &part);
            cv.polyline("ln thin", &curve);
        }
        cv.line("ax2", (left, foot), (right, foot));
        let (line, dot) = if k == 0 { ("wb", "hol") } else { ("wk", "dot") };
        whisker(&mut cv, d, &x, foot + 9.0, line, dot);
    }
    cv.line("al2", (at, top - 4.0), (at, bottom));
    cv.text("ta", at, h - 6.0, Anchor::Middle, &bound);
    let (ticks, place) = x.ticks(if narrow { 3 } else { 5 });
    for t in ticks {
        let px = x.at(t);
        let name_from = right - text_width(&p.quantity, 12.0, false) - 20.0;
        if (px - at).abs() > 24.0 && px < name_from {
            cv.text(
                "tm",
                px.max(left),
                h - 6.0,
                Anchor::Middle,
                &plain(t, place),
            );
        }
    }
    cv.text("", right, h - 6.0, Anchor::End, &p.quantity);
    let label = format!(
        "{}: before the data {}, {}; after the data {}, {}.",
        p.quantity,
        words(&p.prior, &bound).0,
        words(&p.prior, &bound).1,
        words(&p.posterior, &bound).0,
        words(&p.posterior, &bound).1
    );
    cv.finish(class, w, h, &label)
}

fn odds_at(o: &Odds, w: f64, class: &str) -> Markup {
    let (left, right) = (10.0, w - 10.0);
    let against = o.ratio < 1.0;
    let size = if against {
        1.0 / o.ratio.max(1e-9)
    } else {
        o.ratio
    };
    let x = Scale::new(0.0, o.claim_at.ln(), left, right);
    let place = |r: f64| x.clamped(r.max(1.0).ln());
    let mut cv = Canvas::new();
    let y = 34.0;
    cv.line("ax2", (left, y), (right, y));
    for r in [1.0, 2.0, 5.0, o.claim_at] {
        if r <= o.claim_at {
            cv.line("ax2", (place(r), y - 5.0), (place(r), y + 5.0));
        }
    }
    cv.rect("b50", left, y - 4.0, place(size) - left, 8.0);
    cv.circle(if against { "hol" } else { "dot" }, place(size), y, 6.0);
    let digits = Printer::with_place(&Unit::Times, if size < 10.0 { -1 } else { 0 });
    let name = if against {
        format!("{} against", digits.bare(size, Sign::Natural))
    } else {
        digits.bare(size, Sign::Natural)
    };
    let half = text_width(&name, 14.0, true) / 2.0;
    cv.text(
        "ts l14",
        place(size).clamp(left + half, right - half),
        18.0,
        Anchor::Middle,
        &name,
    );
    let one = if w < 500.0 {
        "×1 says nothing"
    } else {
        "×1 the evidence says nothing"
    };
    cv.text("", left, y + 24.0, Anchor::Start, one);
    let end = format!("×{} we would claim {}", plain(o.claim_at, 0), o.claim);
    cv.text("ta", right, y + 24.0, Anchor::End, &end);
    cv.finish(
        class,
        w,
        66.0,
        &format!("How far the evidence moved the odds: {name}. {end}."),
    )
}

/// Prior over posterior, then the odds strip.
pub fn pair(p: &DensityPair) -> Markup {
    html! {
        (pair_at(p, WIDE, "wid"))
        (pair_at(p, NARROW, "nar"))
        @if let Some(o) = &p.odds {
            p.strip { b { "How far the evidence moved the odds." }
                " Below ×" (plain(o.claim_at, 0)) " the brief makes no claim." }
            (odds_at(o, WIDE, "wid"))
            (odds_at(o, NARROW, "nar"))
        }
    }
}

fn one_at(r: &DensityRow, w: f64, class: &str) -> Markup {
    let d = &r.density;
    let (left, right) = (8.0, w - 8.0);
    let x = Scale::new(d.x[0], d.x[d.x.len() - 1], left, right);
    let peak = d.y.iter().copied().fold(f64::MIN_POSITIVE, f64::max);
    let foot = 22.0 + HILL;
    let h = foot + 40.0;
    let mut cv = Canvas::new();
    let curve = points(d, &x, foot, peak);
    let mut body = vec![(curve[0].0, foot)];
    body.extend(&curve);
    body.push((curve[curve.len() - 1].0, foot));
    cv.polyline("b90", &body);
    if let Some(at) = r.threshold {
        cv.polyline("b50", &beyond(d, at, &x, foot, peak));
    }
    cv.polyline("ln thin", &curve);
    cv.line("ax2", (left, foot), (right, foot));
    whisker(&mut cv, d, &x, foot + 9.0, "wk", "dot");
    if let Some(at) = r.threshold {
        cv.line("bs", (x.clamped(at), 8.0), (x.clamped(at), foot));
    }
    let unit = suffix(&r.unit);
    let name = format!(
        "{}{}",
        r.quantity,
        if unit.is_empty() {
            unit
        } else {
            format!(",{unit}")
        }
    );
    let (ticks, place) = x.ticks(if w < 500.0 { 3 } else { 5 });
    for t in ticks {
        if x.at(t) < right - text_width(&name, 12.0, false) - 24.0 {
            cv.text("tm", x.at(t), h - 8.0, Anchor::Middle, &plain(t, place));
        }
    }
    cv.text("", right, h - 8.0, Anchor::End, &name);
    let p = Printer::of_spread(&d.spread, &r.unit);
    let label = format!(
        "{}: median {}, 90 per cent of draws {}.",
        r.quantity,
        p.full(d.spread.q50, Sign::Natural),
        p.range(d.spread.q05, d.spread.q95, Sign::Natural)
    );
    cv.finish(class, w, h, &label)
}

/// One density.
pub fn one(r: &DensityRow) -> Markup {
    html! { (one_at(r, WIDE, "wid")) (one_at(r, NARROW, "nar")) }
}
