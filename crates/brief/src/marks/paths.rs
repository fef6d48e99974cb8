//! Paths over years: small multiples, the sparkline of a table, and a curve against staying put.

use maud::{Markup, html};

use super::svg::{Anchor, Canvas, NARROW, Scale, WIDE, extent, text_width};
use crate::document::Document;
use crate::figure::{Curve, Path, PathPanel, PathPanels};
use crate::html::tokens;
use crate::numbers::{Printer, plain};
use crate::sentence::Sign;

/// Lowest and highest value that a path draws.
fn reach(p: &Path) -> impl Iterator<Item = f64> + '_ {
    p.spread
        .iter()
        .flat_map(|s| [s.q05, s.q95])
        .chain(p.no_shock.iter().copied())
}

struct Lines {
    upper: Vec<(f64, f64)>,
    upper_half: Vec<(f64, f64)>,
    median: Vec<(f64, f64)>,
    lower_half: Vec<(f64, f64)>,
    lower: Vec<(f64, f64)>,
    base: Vec<(f64, f64)>,
}

impl Lines {
    fn of(p: &Path, x: &Scale, y: &Scale) -> Self {
        let line = |f: &dyn Fn(usize) -> f64| -> Vec<(f64, f64)> {
            p.years
                .iter()
                .enumerate()
                .map(|(k, yr)| (x.at(f64::from(*yr)), y.at(f(k))))
                .collect()
        };
        Self {
            upper: line(&|k| p.spread[k].q95),
            upper_half: line(&|k| p.spread[k].q75),
            median: line(&|k| p.spread[k].q50),
            lower_half: line(&|k| p.spread[k].q25),
            lower: line(&|k| p.spread[k].q05),
            base: line(&|k| p.no_shock[k]),
        }
    }

    fn draw(&self, cv: &mut Canvas) {
        cv.band("b90", &self.upper, &self.lower);
        cv.band("b50", &self.upper_half, &self.lower_half);
        cv.polyline("bs", &self.base);
        cv.polyline("ln", &self.median);
    }

    /// Smallest and largest y of the lines between two places.
    fn span(&self, from: f64, to: f64) -> (f64, f64) {
        let near = |v: &&(f64, f64)| v.0 >= from - 1.0 && v.0 <= to + 1.0;
        extent(
            self.upper
                .iter()
                .chain(&self.lower)
                .chain(&self.base)
                .filter(near)
                .map(|v| v.1),
        )
    }
}

fn years(p: &Path) -> (i32, i32) {
    (p.years[0], p.years[p.years.len() - 1])
}

fn panel_svg(p: &PathPanel, w: f64, h: f64, range: (f64, f64), labels: bool) -> Markup {
    let path = &p.path;
    let (y0, y1) = years(path);
    let (top, foot) = (20.0, h - 38.0);
    let probe = Scale::new(range.0, range.1, foot, top);
    let (ticks, place) = probe.ticks(3);
    let gutter = ticks
        .iter()
        .map(|t| text_width(&plain(*t, place), 12.0, false))
        .fold(0.0, f64::max)
        + 6.0;
    let (left, right) = (gutter, w - 6.0);
    let x = Scale::new(f64::from(y0), f64::from(y1), left, right);
    let y = probe;
    let mut cv = Canvas::new();
    for t in &ticks {
        cv.line("ax", (left, y.at(*t)), (right, y.at(*t)));
        cv.text(
            "tm",
            left - 5.0,
            y.at(*t) + 4.0,
            Anchor::End,
            &plain(*t, place),
        );
    }
    let lines = Lines::of(path, &x, &y);
    lines.draw(&mut cv);
    let axis = h - 20.0;
    cv.line("ax", (left, axis), (right, axis));
    for yr in [y0, i32::midpoint(y0, y1), y1] {
        let px = x.at(f64::from(yr));
        cv.line("ax", (px, axis - 3.0), (px, axis + 3.0));
    }
    cv.text("", left, h - 4.0, Anchor::Start, &y0.to_string());
    cv.text("", right, h - 4.0, Anchor::End, &y1.to_string());
    let last = path.spread[path.spread.len() - 1];
    let end = lines.median[lines.median.len() - 1];
    cv.circle("dot", end.0, end.1, 4.0);
    let printer = Printer::of_spread(&last, &p.unit);
    let number = printer.full(last.q50, Sign::Natural);
    let falls = last.q50 < path.no_shock[path.no_shock.len() - 1];
    let wide = text_width(&number, 12.0, true);
    let (high, low) = lines.span(right - wide, right);
    let at = if falls {
        (low + 13.0).min(axis - 4.0)
    } else {
        (high - 5.0).max(11.0)
    };
    cv.text("tb", right + 2.0, at, Anchor::End, &number);
    if labels {
        let (base, shock) = ("without the shock", "with the shock");
        let (high, low) = lines.span(left, left + text_width(base, 12.0, false));
        let (above, below) = ((high - 5.0).max(11.0), (low + 13.0).min(axis - 4.0));
        let (b, s) = if falls {
            (above, below)
        } else {
            (below, above)
        };
        cv.text("tm", left + 2.0, b, Anchor::Start, base);
        let clash = (s - at).abs() < 13.0
            && left + 2.0 + text_width(shock, 12.0, true) > right - wide - 6.0;
        if !clash {
            cv.text("ts", left + 2.0, s, Anchor::Start, shock);
        }
    }
    let label = format!(
        "{}: median {number} in {y1}, 90 per cent interval {}.",
        p.name,
        printer.range(last.q05, last.q95, Sign::Natural)
    );
    cv.finish("", w, h, &label)
}

/// Small multiples.
pub fn panels(doc: &Document, p: &PathPanels) -> Markup {
    let all = extent(p.panels.iter().flat_map(|q| reach(&q.path)));
    let three = p.columns <= 3;
    let (w, h) = match p.columns {
        0..=3 => (304.0, 156.0),
        4 => (226.0, 148.0),
        _ => (180.0, 140.0),
    };
    let class = if three {
        "trio"
    } else if p.columns == 4 {
        "sm four"
    } else {
        "sm"
    };
    html! {
        div class=(class) {
            @for (k, q) in p.panels.iter().enumerate() {
                div {
                    b {
                        (q.name)
                        @if let Some(b) = q.basis { @if q.note.is_empty() { (tokens::mark(b)) } }
                    }
                    @if !q.note.is_empty() {
                        i { (q.note) @if let Some(b) = q.basis { (tokens::mark(b)) } }
                    }
                    (panel_svg(q, w, h,
                        if p.same_scale { all } else { extent(reach(&q.path)) }, k == 0))
                    @if let Some(r) = q.row.as_ref().and_then(|r| doc.row(r)) {
                        span.ci.pe { "Evidence " (tokens::row_ref(r)) }
                    }
                }
            }
        }
    }
}

/// The sparkline of a table row.
pub fn spark(p: &Path, range: (f64, f64)) -> Markup {
    let (w, h) = (100.0, 32.0);
    let (y0, y1) = years(p);
    let x = Scale::new(f64::from(y0), f64::from(y1), 2.0, w - 5.0);
    let y = Scale::new(range.0, range.1, h - 3.0, 3.0);
    let lines = Lines::of(p, &x, &y);
    let mut cv = Canvas::new();
    cv.band("b90", &lines.upper, &lines.lower);
    cv.polyline("bs thin", &lines.base);
    cv.polyline("ln thin", &lines.median);
    let end = lines.median[lines.median.len() - 1];
    cv.circle("fs", end.0, end.1, 2.6);
    cv.inline("spark", w, h)
}

/// Range that all sparklines of a column share.
pub fn spark_range<'a>(paths: impl IntoIterator<Item = &'a Path>) -> (f64, f64) {
    extent(paths.into_iter().flat_map(reach))
}

fn curve_at(c: &Curve, w: f64, class: &str) -> Markup {
    let h = 240.0;
    let p = &c.path;
    let (y0, y1) = years(p);
    let (low, high) = extent(reach(p).chain([0.0]));
    let (top, foot) = (38.0, h - 42.0);
    let y = Scale::new(low, high, foot - 16.0, top);
    let (ticks, place) = y.ticks(4);
    let gutter = ticks
        .iter()
        .map(|t| text_width(&plain(*t, place), 12.0, false))
        .fold(0.0, f64::max)
        + 8.0;
    let (left, right) = (gutter, w - 10.0);
    let x = Scale::new(f64::from(y0), f64::from(y1), left, right);
    let mut cv = Canvas::new();
    cv.text("", 0.0, 14.0, Anchor::Start, &c.y_axis);
    for t in &ticks {
        cv.line(
            if *t == 0.0 { "ax2" } else { "ax" },
            (left, y.at(*t)),
            (right, y.at(*t)),
        );
        cv.text(
            "tm",
            left - 6.0,
            y.at(*t) + 4.0,
            Anchor::End,
            &plain(*t, place),
        );
    }
    let lines = Lines::of(p, &x, &y);
    lines.draw(&mut cv);
    cv.text("", left, h - 22.0 + 14.0, Anchor::Start, &y0.to_string());
    cv.text("", right, h - 22.0 + 14.0, Anchor::End, &y1.to_string());
    if let Some(peak) = c.peak {
        let px = x.clamped(peak.q50);
        let year = |v: f64| format!("{:.0}", v.round());
        let name = format!(
            "peak {} ({} to {})",
            year(peak.q50),
            year(peak.q05),
            year(peak.q95)
        );
        cv.line("al dash", (px, top - 8.0), (px, foot));
        let k = p
            .years
            .iter()
            .position(|yr| f64::from(*yr) >= peak.q50.round())
            .unwrap_or(p.years.len() - 1);
        cv.circle("dot", px, lines.median[k].1, 5.0);
        let wide = text_width(&name, 12.0, true);
        if px + 8.0 + wide < right {
            cv.text("tb", px + 8.0, top - 10.0, Anchor::Start, &name);
        } else {
            cv.text("tb", px - 8.0, top - 10.0, Anchor::End, &name);
        }
        let (a, b) = (x.clamped(peak.q05), x.clamped(peak.q95));
        cv.line("wk", (a, foot + 9.0), (b, foot + 9.0));
        cv.line("wk", (a, foot + 5.5), (a, foot + 12.5));
        cv.line("wk", (b, foot + 5.5), (b, foot + 12.5));
    }
    let wide = text_width(&c.label, 12.0, true).max(text_width(&c.stay_label, 12.0, false)) + 4.0;
    let (up, down) = lines.span(right - wide, right);
    let last = p.spread[p.spread.len() - 1].q50;
    let stay = p.no_shock[p.no_shock.len() - 1];
    let (over, under) = ((up - 6.0).max(28.0), (down + 15.0).min(foot - 4.0));
    let (own, other) = if last < stay {
        (under, over)
    } else {
        (over, under)
    };
    cv.text("ts halo", right, own, Anchor::End, &c.label);
    cv.text("tm halo", right, other, Anchor::End, &c.stay_label);
    let label = format!(
        "{}: {} against {}, {y0} to {y1}.",
        c.y_axis, c.label, c.stay_label
    );
    cv.finish(class, w, h, &label)
}

/// A path against staying put.
pub fn curve(c: &Curve) -> Markup {
    html! { (curve_at(c, WIDE, "wid")) (curve_at(c, NARROW, "nar")) }
}
