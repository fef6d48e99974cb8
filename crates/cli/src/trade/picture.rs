//! One picture of a shock: bars of real income, ribbons of the flows that move most.

use std::fmt::Write;
use std::path::Path;

use super::redirect::{Moved, largest};
use super::shock::{Run, StateRow, capital};
use super::world::World;
use super::{fixed, grouped};
use crate::report::Failure;

/// Colours that stay apart for colour-blind readers and in print.
const RISE: &str = "#0072b2";
const FALL: &str = "#d55e00";
const LIGHT: &str = "#8fb9d6";
/// Width of the drawing, px.
const W: f64 = 980.0;
/// Height of one bar row, px.
const ROW: f64 = 26.0;
/// Characters of the line under the title.
const LINE: usize = 135;
/// Ribbons drawn.
const RIBBONS: usize = 16;
/// Height of the ribbons, px.
const H: f64 = 420.0;

/// SVG or HTML by the ending of `path`.
pub fn page(
    path: &Path,
    world: &World,
    runs: &[Run],
    shown: &[usize],
    heading: &str,
) -> Result<String, Failure> {
    let ending = path
        .extension()
        .and_then(|e| e.to_str())
        .unwrap_or_default();
    let svg = svg(world, runs, shown, heading);
    match ending {
        "svg" => Ok(svg),
        "html" | "htm" => Ok(html(world, runs, shown, heading, &svg)),
        _ => Err(Failure::hinted(
            format!("-o {}: no picture format", path.display()),
            "end the name in .svg or .html",
        )),
    }
}

fn escape(s: &str) -> String {
    s.replace('&', "&amp;")
        .replace('<', "&lt;")
        .replace('>', "&gt;")
        .replace('"', "&quot;")
}

fn text(out: &mut String, x: f64, y: f64, anchor: &str, size: f64, weight: u32, s: &str) {
    // Writing into a String cannot fail.
    let _ = write!(
        out,
        "<text x=\"{x:.1}\" y=\"{y:.1}\" text-anchor=\"{anchor}\" font-size=\"{size}\" font-weight=\"{weight}\" fill=\"#222\">{}</text>",
        escape(s)
    );
}

/// As much of a line as fits the drawing.
fn shortened(line: &str) -> String {
    if line.chars().count() <= LINE {
        return line.to_owned();
    }
    let mut cut: String = line.chars().take(LINE).collect();
    cut.push('…');
    cut
}

/// What happened, as the picture's title.
fn answer(world: &World, runs: &[Run], shown: &[usize]) -> String {
    let Some(run) = runs.last() else {
        return String::new();
    };
    let size = |i: usize| run.states[i].real_income.abs();
    let Some(first) = shown.iter().max_by(|a, b| size(**a).total_cmp(&size(**b))) else {
        return String::new();
    };
    let x = run.states[*first].real_income;
    let word = if x < 0.0 { "loses" } else { "gains" };
    format!(
        "{} {word} most: {} % of real income ({})",
        world.names[*first],
        fixed(x.abs(), 2),
        run.horizon.label
    )
}

fn svg(world: &World, runs: &[Run], shown: &[usize], heading: &str) -> String {
    let bars = 70.0 + ROW * shown.len() as f64;
    let total = bars + H + 130.0;
    let mut out = format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {W} {total:.0}\" role=\"img\" font-family=\"system-ui, sans-serif\"><title>{}</title><rect width=\"100%\" height=\"100%\" fill=\"#fff\"/>",
        escape(heading)
    );
    text(
        &mut out,
        16.0,
        26.0,
        "start",
        19.0,
        700,
        &answer(world, runs, shown),
    );
    text(
        &mut out,
        16.0,
        46.0,
        "start",
        13.0,
        400,
        &shortened(heading),
    );
    draw_bars(&mut out, world, runs, shown);
    if let Some(run) = runs.last() {
        draw_ribbons(&mut out, world, run, bars + 50.0);
    }
    text(
        &mut out,
        16.0,
        total - 12.0,
        "start",
        11.0,
        400,
        &format!("Flows: {}. Changes at constant world output.", world.source),
    );
    out.push_str("</svg>");
    out
}

fn draw_bars(out: &mut String, world: &World, runs: &[Run], shown: &[usize]) {
    let value = |r: &Run, i: usize| r.states[i].real_income;
    let all: Vec<f64> = runs
        .iter()
        .flat_map(|r| shown.iter().map(move |i| value(r, *i)))
        .collect();
    let low = all.iter().copied().fold(0.0, f64::min);
    let high = all.iter().copied().fold(0.0, f64::max);
    let span = (high - low).max(1e-9);
    // Room for the numbers at both ends of the bars.
    let (left, right) = (270.0, W - 80.0);
    let x = |v: f64| left + (v - low) / span * (right - left);
    let mut legend_x = 200.0;
    for (k, r) in runs.iter().enumerate() {
        let colour = shade(k, runs.len());
        let _ = write!(
            out,
            "<rect x=\"{legend_x:.1}\" y=\"55\" width=\"12\" height=\"10\" fill=\"{colour}\"/>"
        );
        let label = format!(
            "real income, {} (elasticity {:.2})",
            r.horizon.label, r.horizon.elasticity
        );
        text(out, legend_x + 18.0, 64.0, "start", 12.0, 400, &label);
        legend_x += 300.0;
    }
    let _ = write!(
        out,
        "<line x1=\"{0:.1}\" x2=\"{0:.1}\" y1=\"72\" y2=\"{1:.1}\" stroke=\"#555\"/>",
        x(0.0),
        72.0 + ROW * shown.len() as f64
    );
    let thick = (ROW - 6.0) / runs.len() as f64;
    for (row, i) in shown.iter().enumerate() {
        let y = 74.0 + ROW * row as f64;
        text(out, 190.0, y + 14.0, "end", 12.0, 400, &world.names[*i]);
        for (k, r) in runs.iter().enumerate() {
            let v = value(r, *i);
            let (a, b) = (x(v.min(0.0)), x(v.max(0.0)));
            let top = y + thick * k as f64;
            let _ = write!(
                out,
                "<rect x=\"{a:.1}\" y=\"{top:.1}\" width=\"{:.1}\" height=\"{:.1}\" fill=\"{}\"/>",
                (b - a).max(0.6),
                thick - 1.0,
                shade(k, runs.len())
            );
            let (at, anchor) = if v < 0.0 {
                (a - 4.0, "end")
            } else {
                (b + 4.0, "start")
            };
            let label = format!("{} %", fixed(v, 3));
            text(
                out,
                at,
                top + thick.min(14.0) - 2.0,
                anchor,
                10.0,
                400,
                &label,
            );
        }
    }
}

fn shade(k: usize, n: usize) -> &'static str {
    if n > 1 && k == 0 { LIGHT } else { RISE }
}

fn draw_ribbons(out: &mut String, world: &World, run: &Run, top: f64) {
    let n = world.n();
    let moved: Vec<Moved> = largest(n, run.base.flows(), &run.equilibrium.flows)
        .into_iter()
        .filter(|m| m.change() != 0.0)
        .take(RIBBONS)
        .collect();
    let title = format!("Flows that move most ({})", run.horizon.label);
    text(out, 16.0, top, "start", 16.0, 700, &title);
    if moved.is_empty() {
        text(
            out,
            16.0,
            top + 22.0,
            "start",
            13.0,
            400,
            "No flow changes.",
        );
        return;
    }
    let sub = "exporters left, importers right; blue: more is sold, orange: less; width: size of the change";
    text(out, 16.0, top + 18.0, "start", 12.0, 400, sub);
    let top = top + 34.0;
    let side = |end: fn(&Moved) -> usize| {
        let mut sums: Vec<(usize, f64)> = Vec::new();
        for m in &moved {
            match sums.iter_mut().find(|s| s.0 == end(m)) {
                Some(s) => s.1 += m.change().abs(),
                None => sums.push((end(m), m.change().abs())),
            }
        }
        sums.sort_by(|a, b| b.1.total_cmp(&a.1));
        sums
    };
    let (from, to) = (side(|m| m.from), side(|m| m.to));
    let total: f64 = moved.iter().map(|m| m.change().abs()).sum();
    let places = |ends: &[(usize, f64)]| {
        // Every end gets room for its label.
        let least = 15.0;
        let free = (H - least * ends.len() as f64).max(0.0);
        let mut y = top;
        ends.iter()
            .map(|(who, sum)| {
                let room = least + free * sum / total;
                let height = free.min(H * 0.7) * sum / total;
                let at = (*who, y + (room - height) / 2.0, height, y + room / 2.0);
                y += room;
                at
            })
            .collect::<Vec<_>>()
    };
    let (left, right) = (places(&from), places(&to));
    let scale = |ends: &[(usize, f64, f64, f64)], sums: &[(usize, f64)]| {
        let (h, s): (f64, f64) = (
            ends.iter().map(|e| e.2).sum(),
            sums.iter().map(|s| s.1).sum(),
        );
        h / s
    };
    let (ls, rs) = (scale(&left, &from), scale(&right, &to));
    let mut used_left = vec![0.0; left.len()];
    let mut used_right = vec![0.0; right.len()];
    let (x0, x1) = (230.0, W - 230.0);
    for m in &moved {
        let a = left.iter().position(|e| e.0 == m.from).unwrap_or_default();
        let b = right.iter().position(|e| e.0 == m.to).unwrap_or_default();
        let (ha, hb) = (m.change().abs() * ls, m.change().abs() * rs);
        let (ya, yb) = (left[a].1 + used_left[a], right[b].1 + used_right[b]);
        used_left[a] += ha;
        used_right[b] += hb;
        let middle = f64::midpoint(x0, x1);
        let colour = if m.change() > 0.0 { RISE } else { FALL };
        let _ = write!(
            out,
            "<path d=\"M{x0} {ya:.1}C{middle} {ya:.1} {middle} {yb:.1} {x1} {yb:.1}L{x1} {:.1}C{middle} {:.1} {middle} {:.1} {x0} {:.1}Z\" fill=\"{colour}\" fill-opacity=\".5\"><title>{} to {}: {}</title></path>",
            yb + hb,
            yb + hb,
            ya + ha,
            ya + ha,
            escape(&world.names[m.from]),
            escape(&world.names[m.to]),
            grouped(m.change())
        );
    }
    for (ends, x, anchor, end) in [
        (
            &left,
            x0 - 8.0,
            "end",
            (|m: &Moved| m.from) as fn(&Moved) -> usize,
        ),
        (&right, x1 + 8.0, "start", |m| m.to),
    ] {
        for (who, _, _, y) in ends {
            let net: f64 = moved
                .iter()
                .filter(|m| end(m) == *who)
                .map(Moved::change)
                .sum();
            let sign = if net > 0.0 { "+" } else { "" };
            let label = format!("{} {sign}{}", world.names[*who], grouped(net));
            text(out, x, y + 4.0, anchor, 11.5, 400, &label);
        }
    }
}

fn html(world: &World, runs: &[Run], shown: &[usize], heading: &str, svg: &str) -> String {
    let mut body = String::new();
    for r in runs {
        let _ = write!(
            body,
            "<h2>{} (trade elasticity {:.2})</h2><div class=\"s\"><table><thead><tr><th>% change<th>real income, exact<th>first-order<th>exports<th>imports<th>prices</thead><tbody>",
            escape(&capital(&r.horizon.label)),
            r.horizon.elasticity
        );
        for i in shown {
            let s: &StateRow = &r.states[*i];
            let _ = write!(
                body,
                "<tr><th>{}<td>{}<td>{}<td>{}<td>{}<td>{}",
                escape(&world.names[*i]),
                fixed(s.real_income, 3),
                fixed(s.first_order(), 3),
                fixed(s.exports, 2),
                fixed(s.imports, 2),
                fixed(s.prices, 2)
            );
        }
        let _ = write!(
            body,
            "</table></div><p>World: real income {} %, trade {} %. Solved to {:.0e} in {} evaluations.</p>",
            fixed(r.world_income, 3),
            fixed(r.world_trade, 2),
            r.equilibrium.residual,
            r.equilibrium.work.evaluations
        );
    }
    let notes: String = world
        .notes
        .iter()
        .map(|n| format!("<li>{}.</li>", escape(n)))
        .collect();
    format!(
        "<!doctype html><html lang=\"en\"><meta charset=\"utf-8\"><meta name=\"viewport\" content=\"width=device-width\"><title>{0}</title><style>body{{font:16px/1.5 system-ui,sans-serif;max-width:60rem;margin:2rem auto;padding:0 1rem;color:#222}}svg{{width:100%;height:auto}}.s{{overflow-x:auto}}table{{border-collapse:collapse}}th,td{{padding:.2rem .8rem;text-align:right;border-bottom:1px solid #ddd;font-weight:400}}th:first-child{{text-align:left}}</style><body><h1>{0}</h1>{svg}{body}<p>Exact real income is the answer; the first-order sum stands beside it and misleads for large shocks. Short and long run are two runs, never averaged.</p><ul>{notes}</ul></body></html>\n",
        escape(heading)
    )
}
