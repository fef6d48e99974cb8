//! World map in five classes.

use std::fmt::Write as _;

use maud::{Markup, PreEscaped, html};

use super::svg::{c, escape};
use crate::BriefError;
use crate::evidence::{Spread, Unit};
use crate::figure::{MapValue, WorldMap};
use crate::numbers::{Printer, THIN, last_place};
use crate::sentence::Sign;
use crate::world;

/// Radius of the circle that stands for a small state, map units.
const SMALL: f64 = 8.5;

fn printer(v: &MapValue, unit: &'_ Unit) -> String {
    let s = Spread {
        q05: v.low,
        q25: v.low,
        q50: v.median,
        q75: v.high,
        q95: v.high,
    };
    let p = Printer::of_spread(&s, unit);
    format!(
        "{} ({})",
        p.full(v.median, Sign::Natural),
        p.range(v.low, v.high, Sign::Natural)
    )
}

/// Inner bounds of the classes: those given, or fifths of the values.
pub fn bounds(m: &WorldMap) -> Vec<f64> {
    if m.bounds.len() == 4 {
        return m.bounds.clone();
    }
    let mut x: Vec<f64> = m
        .values
        .iter()
        .filter(|(k, v)| Some(*k) != m.actor.as_ref() && v.median.is_finite())
        .map(|(_, v)| v.median)
        .collect();
    x.sort_by(f64::total_cmp);
    (1..5)
        .map(|k| x.get(k * x.len() / 5).or(x.last()).copied().unwrap_or(0.0))
        .collect()
}

/// Ring as closed path data in whole map units, relative steps.
fn ring(points: &[(f64, f64)]) -> String {
    let mut d = String::new();
    let mut at = (0i64, 0i64);
    let mut steps = 0;
    for (k, (x, y)) in points.iter().enumerate() {
        let p = (x.round() as i64, y.round() as i64);
        if k == 0 {
            let _ = write!(d, "M{} {}", p.0, p.1);
        } else if p != at {
            let (dx, dy) = (p.0 - at.0, p.1 - at.1);
            let lead = if steps == 0 {
                "l"
            } else if dx < 0 {
                ""
            } else {
                " "
            };
            let gap = if dy < 0 { "" } else { " " };
            let _ = write!(d, "{lead}{dx}{gap}{dy}");
            steps += 1;
        } else {
            continue;
        }
        at = p;
    }
    if steps < 2 { String::new() } else { d + "z" }
}

/// Centre of the area within a ring (shoelace formula).
fn centroid(ring: &[(f64, f64)]) -> (f64, f64) {
    let (mut twice, mut x, mut y) = (0.0, 0.0, 0.0);
    for w in ring.windows(2) {
        let cross = w[0].0 * w[1].1 - w[1].0 * w[0].1;
        twice += cross;
        x += (w[0].0 + w[1].0) * cross;
        y += (w[0].1 + w[1].1) * cross;
    }
    if twice == 0.0 {
        return ring.first().copied().unwrap_or_default();
    }
    (x / (3.0 * twice), y / (3.0 * twice))
}

fn shape(a: &world::Area) -> String {
    a.rings.iter().map(|r| ring(r)).collect()
}

/// The map with its legend.
pub fn draw(m: &WorldMap) -> Result<Markup, BriefError> {
    let w = world::load()?;
    let bounds = bounds(m);
    let class = |v: &MapValue| {
        let k = bounds.iter().filter(|b| v.median >= **b).count();
        let k = if m.darker_is_lower { 4 - k } else { k };
        let zero = v.low <= 0.0 && v.high >= 0.0;
        format!("{}{}", if zero { "w" } else { "m" }, k + 1)
    };
    let name = |iso3: &str, own: &str| m.names.get(iso3).map_or(own, String::as_str).to_owned();
    let actor = |iso3: &str| m.actor.as_deref() == Some(iso3);
    let title = |iso3: &str, own: &str, v: &MapValue| {
        format!(
            "<title>{} {}</title>",
            escape(&name(iso3, own)),
            escape(&printer(v, &m.unit))
        )
    };
    let mut groups: Vec<(String, String)> = Vec::new();
    let mut add = |class: String, what: String| match groups.iter_mut().find(|g| g.0 == class) {
        Some(g) => g.1.push_str(&what),
        None => groups.push((class, what)),
    };
    let mut on_top = String::new();
    let mut disputed = false;
    let mut blank = false;
    for a in &w.areas {
        let d = shape(a);
        if d.is_empty() {
            continue;
        }
        if actor(&a.iso3) {
            let _ = write!(on_top, r#"<path class="act" d="{d}"/>"#);
            if let Some(big) = a.rings.iter().max_by_key(|r| r.len()) {
                let (x, y) = centroid(big);
                let _ = write!(
                    on_top,
                    r#"<text class="tb" x="{}" y="{}" text-anchor="middle">{}</text>"#,
                    c(x),
                    c(y),
                    escape(&m.actor_label)
                );
            }
        } else if let Some(v) = m.values.get(&a.iso3) {
            let t = title(&a.iso3, &a.name, v);
            add(class(v), format!(r#"<path d="{d}">{t}</path>"#));
        } else {
            let t = format!("<title>{}</title>", escape(&name(&a.iso3, &a.name)));
            if a.disputed {
                disputed = true;
                let _ = write!(on_top, r#"<path class="dis" d="{d}">{t}</path>"#);
            } else {
                blank = true;
                add("no".to_owned(), format!(r#"<path d="{d}">{t}</path>"#));
            }
        }
    }
    groups.sort();
    let mut circles = String::new();
    for p in &w.points {
        if let Some(v) = m.values.get(&p.iso3) {
            let _ = write!(
                circles,
                r#"<circle class="{}" cx="{}" cy="{}" r="{SMALL}">{}</circle>"#,
                class(v),
                c(p.at.0),
                c(p.at.1),
                title(&p.iso3, &p.name, v)
            );
        }
    }
    let body: String = groups.iter().fold(String::new(), |s, (k, what)| {
        s + &format!(r#"<g class="{k}">{what}</g>"#)
    });
    let sphere = format!("{}z", super::svg::trace(&world::outline()));
    let label = format!(
        "World map of {} states and areas in five classes, from {} to {}.",
        m.values.len(),
        m.pale_label,
        m.dark_label
    );
    let svg = format!(
        r#"<svg class="map" viewBox="0 0 {W} {h}" role="img" aria-label="{l}"><path class="sph" d="{sphere}"/>{body}{circles}{on_top}</svg>"#,
        W = world::WIDTH,
        h = c(w.height),
        l = escape(&label)
    );
    Ok(html! {
        (legend(m, &bounds, disputed, blank, !circles.is_empty()))
        (PreEscaped(svg))
    })
}

fn legend(m: &WorldMap, bounds: &[f64], disputed: bool, blank: bool, small: bool) -> Markup {
    let (low, high) = (bounds[0], bounds[bounds.len() - 1]);
    let place = last_place(low.abs().max(high.abs()), low, high).clamp(-3, 0);
    let p = Printer::with_place(&m.unit, place);
    let mut names: Vec<String> = bounds.iter().map(|b| p.bare(*b, Sign::Natural)).collect();
    if m.darker_is_lower {
        names.reverse();
    }
    html! {
        p.leg {
            span.ramp {
                (m.pale_label)
                span {
                    i.s1 {}
                    @for (k, n) in names.iter().enumerate() {
                        u { (n) }
                        i class=(format!("s{}", k + 2)) {}
                    }
                }
                (m.dark_label)
            }
            span { i.hw {} "90" (THIN) "\u{2060}% interval includes zero" }
            @if disputed { span { i.di {} "disputed, no estimate of its own" } }
            @if blank { span { i.bl {} "no estimate" } }
            @if small { span { i.cir {} "small state" } }
        }
    }
}
