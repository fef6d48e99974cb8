//! A path as a line of blocks and as a picture.

use std::fmt::Write;

use realign_model::trust::filter::Path;

/// Blocks from lowest to highest.
const BLOCKS: [char; 8] = ['▁', '▂', '▃', '▄', '▅', '▆', '▇', '█'];

/// The filtered path, one character a year, from its lowest to its highest value.
pub fn sparkline(path: &Path) -> String {
    let values: Vec<f64> = path.points.iter().map(|p| p.filtered).collect();
    let low = values.iter().copied().fold(f64::INFINITY, f64::min);
    let high = values.iter().copied().fold(f64::NEG_INFINITY, f64::max);
    let width = (high - low).max(1e-9);
    values
        .iter()
        .map(|v| BLOCKS[((v - low) / width * 7.0).round().clamp(0.0, 7.0) as usize])
        .collect()
}

/// Smoothed path with its 90 % band, and marks for the years with polls.
pub fn svg(path: &Path, names: &[String; 2], since: i32) -> String {
    const W: f64 = 760.0;
    const H: f64 = 360.0;
    const LEFT: f64 = 52.0;
    const RIGHT: f64 = 16.0;
    const TOP: f64 = 56.0;
    const BOTTOM: f64 = 42.0;
    let points: Vec<_> = path.points.iter().filter(|p| p.year.0 >= since).collect();
    let mut s = format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {W} {H}\" font-family=\"sans-serif\" font-size=\"13\">\n<rect width=\"{W}\" height=\"{H}\" fill=\"#fff\"/>\n"
    );
    let (Some(first), Some(last)) = (points.first(), points.last()) else {
        let _ = write!(
            s,
            "<text x=\"20\" y=\"40\">Nothing was observed since {since}.</text>\n</svg>\n"
        );
        return s;
    };
    let half = |p: &realign_model::trust::filter::path::Point| super::NINETY * p.smoothed_sd;
    let low = points
        .iter()
        .map(|p| p.smoothed - half(p))
        .fold(-0.5, f64::min);
    let high = points
        .iter()
        .map(|p| p.smoothed + half(p))
        .fold(0.5, f64::max);
    let span = f64::from((last.year.0 - first.year.0).max(1));
    let x = |y: i32| LEFT + (W - LEFT - RIGHT) * f64::from(y - first.year.0) / span;
    let y = |v: f64| TOP + (H - TOP - BOTTOM) * (high - v) / (high - low);
    let change = last.smoothed - first.smoothed;
    let verb = if change.abs() < half(last) {
        "is about where it was in"
    } else if change < 0.0 {
        "is lower than in"
    } else {
        "is higher than in"
    };
    let _ = writeln!(
        s,
        "<text x=\"{LEFT}\" y=\"22\" font-size=\"16\" font-weight=\"bold\">Trust of {} in {} {verb} {}</text>",
        escape(&names[0]),
        escape(&names[1]),
        first.year
    );
    let _ = writeln!(
        s,
        "<text x=\"{LEFT}\" y=\"41\" fill=\"#555\">Standard deviations over all pairs of states; band: 90 %; dots: years with a poll</text>"
    );
    for v in low.ceil() as i32..=high.floor() as i32 {
        let at = y(f64::from(v));
        let _ = writeln!(
            s,
            "<line x1=\"{LEFT}\" x2=\"{}\" y1=\"{at:.1}\" y2=\"{at:.1}\" stroke=\"#ddd\"/><text x=\"{}\" y=\"{:.1}\" text-anchor=\"end\">{v:+}</text>",
            W - RIGHT,
            LEFT - 8.0,
            at + 4.0
        );
    }
    for p in points.iter().filter(|p| p.year.0 % 5 == 0) {
        let _ = writeln!(
            s,
            "<text x=\"{:.1}\" y=\"{}\" text-anchor=\"middle\">{}</text>",
            x(p.year.0),
            H - 16.0,
            p.year
        );
    }
    let mut band = String::new();
    for p in &points {
        let _ = write!(band, "{:.1},{:.1} ", x(p.year.0), y(p.smoothed + half(p)));
    }
    for p in points.iter().rev() {
        let _ = write!(band, "{:.1},{:.1} ", x(p.year.0), y(p.smoothed - half(p)));
    }
    let _ = writeln!(
        s,
        "<polygon points=\"{}\" fill=\"#0072b2\" opacity=\"0.18\"/>",
        band.trim()
    );
    let mut line = String::new();
    for p in &points {
        let _ = write!(line, "{:.1},{:.1} ", x(p.year.0), y(p.smoothed));
    }
    let _ = writeln!(
        s,
        "<polyline points=\"{}\" fill=\"none\" stroke=\"#0072b2\" stroke-width=\"2\"/>",
        line.trim()
    );
    for p in points.iter().filter(|p| p.seen[1]) {
        let _ = writeln!(
            s,
            "<circle cx=\"{:.1}\" cy=\"{:.1}\" r=\"3.5\" fill=\"#0072b2\"/>",
            x(p.year.0),
            y(p.smoothed)
        );
    }
    s.push_str("</svg>\n");
    s
}

fn escape(s: &str) -> String {
    s.replace('&', "&amp;").replace('<', "&lt;")
}
