//! Small pieces of SVG: coordinates, shapes, text that is measured before it is placed.

use std::fmt::Write as _;

use maud::{Markup, PreEscaped};

use crate::evidence::Spread;

/// Width of the text column, px.
pub const WIDE: f64 = 664.0;
/// Width of a phone's text column, px.
pub const NARROW: f64 = 340.0;

/// A coordinate with one decimal at most.
pub fn c(x: f64) -> String {
    let r = (x * 10.0).round() / 10.0;
    let r = if r == 0.0 { 0.0 } else { r };
    if r.fract() == 0.0 {
        format!("{r:.0}")
    } else {
        format!("{r:.1}")
    }
}

/// Text made safe for SVG and HTML, in elements and attributes.
pub fn escape(s: &str) -> String {
    let mut out = String::with_capacity(s.len());
    for ch in s.chars() {
        match ch {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            _ => out.push(ch),
        }
    }
    out
}

/// Width of sans text in px, from mean advances of character classes; about 4 % on the safe side.
pub fn text_width(s: &str, px: f64, bold: bool) -> f64 {
    let em: f64 = s
        .chars()
        .map(|ch| match ch {
            'i' | 'j' | 'l' | 'I' | '.' | ',' | ':' | ';' | '\'' | '’' | '|' => 0.27,
            'f' | 't' | 'r' | '(' | ')' | '-' => 0.34,
            ' ' | '\u{a0}' => 0.2,
            '\u{2009}' => 0.13,
            'm' | 'w' | 'M' | 'W' | '%' | '→' | '←' => 0.82,
            ch if ch.is_uppercase() => 0.6,
            _ => 0.51,
        })
        .sum();
    em * px * if bold { 1.06 } else { 1.0 } * 1.04
}

/// A linear scale from data to px.
#[derive(Clone, Copy, Debug)]
pub struct Scale {
    low: f64,
    high: f64,
    from: f64,
    to: f64,
}

impl Scale {
    /// Maps `low..high` on `from..to`; a range without width is widened.
    pub fn new(low: f64, high: f64, from: f64, to: f64) -> Self {
        let (low, high) = if high - low > f64::EPSILON * low.abs().max(high.abs()).max(1e-300) {
            (low, high)
        } else {
            (low - 0.5, high + 0.5)
        };
        Self {
            low,
            high,
            from,
            to,
        }
    }

    /// The place of a value.
    pub fn at(&self, x: f64) -> f64 {
        self.from + (x - self.low) / (self.high - self.low) * (self.to - self.from)
    }

    /// The place of a value, kept within the ends.
    pub fn clamped(&self, x: f64) -> f64 {
        self.at(x.clamp(self.low, self.high))
    }

    /// At most `n` round numbers within the range, zero among them when it is inside, and the power
    /// of ten of their last digit.
    pub fn ticks(&self, n: usize) -> (Vec<f64>, i32) {
        let span = self.high - self.low;
        let mut power = span.log10().floor() as i32 - 1;
        loop {
            for m in [1.0, 2.0, 5.0] {
                let step = m * 10f64.powi(power);
                let first = (self.low / step - 1e-9).ceil() as i64;
                let last = (self.high / step + 1e-9).floor() as i64;
                if last - first < n as i64 {
                    return ((first..=last).map(|k| k as f64 * step).collect(), power);
                }
            }
            power += 1;
        }
    }
}

/// Smallest and largest of the finite values; `(0, 1)` without any.
pub fn extent(values: impl IntoIterator<Item = f64>) -> (f64, f64) {
    let (mut low, mut high) = (f64::INFINITY, f64::NEG_INFINITY);
    for v in values.into_iter().filter(|v| v.is_finite()) {
        low = low.min(v);
        high = high.max(v);
    }
    if low > high { (0.0, 1.0) } else { (low, high) }
}

/// A drawing that grows.
#[derive(Clone, Debug, Default)]
pub struct Canvas {
    body: String,
}

/// Where text stands in relation to its point.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Anchor {
    /// Begins at the point.
    Start,
    /// Centred.
    Middle,
    /// Ends at the point.
    End,
}

impl Canvas {
    /// Nothing drawn yet.
    pub fn new() -> Self {
        Self::default()
    }

    /// A path of a class.
    pub fn path(&mut self, class: &str, d: &str) -> &mut Self {
        let _ = write!(self.body, r#"<path class="{class}" d="{d}"/>"#);
        self
    }

    /// Anything; the caller has escaped it.
    pub fn raw(&mut self, s: &str) -> &mut Self {
        self.body.push_str(s);
        self
    }

    /// A straight line.
    pub fn line(&mut self, class: &str, from: (f64, f64), to: (f64, f64)) -> &mut Self {
        let d = format!("M{} {}L{} {}", c(from.0), c(from.1), c(to.0), c(to.1));
        self.path(class, &d)
    }

    /// A rectangle.
    pub fn rect(&mut self, class: &str, x: f64, y: f64, w: f64, h: f64) -> &mut Self {
        let w = w.max(0.0);
        let _ = write!(
            self.body,
            r#"<rect class="{class}" x="{}" y="{}" width="{}" height="{}"/>"#,
            c(x),
            c(y),
            c(w),
            c(h)
        );
        self
    }

    /// A circle.
    pub fn circle(&mut self, class: &str, x: f64, y: f64, r: f64) -> &mut Self {
        let _ = write!(
            self.body,
            r#"<circle class="{class}" cx="{}" cy="{}" r="{}"/>"#,
            c(x),
            c(y),
            c(r)
        );
        self
    }

    /// Words at a point.
    pub fn text(&mut self, class: &str, x: f64, y: f64, anchor: Anchor, s: &str) -> &mut Self {
        let anchor = match anchor {
            Anchor::Start => "",
            Anchor::Middle => r#" text-anchor="middle""#,
            Anchor::End => r#" text-anchor="end""#,
        };
        let class = if class.is_empty() {
            String::new()
        } else {
            format!(r#" class="{class}""#)
        };
        let _ = write!(
            self.body,
            r#"<text{class} x="{}" y="{}"{anchor}>{}</text>"#,
            c(x),
            c(y),
            escape(s)
        );
        self
    }

    /// A polyline through points.
    pub fn polyline(&mut self, class: &str, points: &[(f64, f64)]) -> &mut Self {
        let d = trace(points);
        self.path(class, &d)
    }

    /// The area between two lines over the same places.
    pub fn band(&mut self, class: &str, upper: &[(f64, f64)], lower: &[(f64, f64)]) -> &mut Self {
        let mut all = upper.to_vec();
        all.extend(lower.iter().rev());
        let d = format!("{}z", trace(&all));
        self.path(class, &d)
    }

    /// A horizontal interval bar with its median tick.
    pub fn interval(&mut self, s: &Spread, scale: &Scale, y: f64, height: f64) -> &mut Self {
        let [a, b, m, d, e] = s.quantiles().map(|q| scale.clamped(q));
        self.rect("b90", a, y, e - a, height);
        self.rect("b50", b, y, d - b, height);
        self.line("md", (m, y - 2.0), (m, y + height + 2.0))
    }

    /// The finished picture with a label for those who do not see it.
    pub fn finish(&self, class: &str, w: f64, h: f64, label: &str) -> Markup {
        PreEscaped(format!(
            r#"<svg class="{class}" viewBox="0 0 {w} {h}" width="{w}" height="{h}" role="img" aria-label="{l}">{b}</svg>"#,
            w = c(w),
            h = c(h),
            l = escape(label),
            b = self.body
        ))
    }

    /// A mark that stretches with its cell; its numbers stand beside it, so it is hidden from
    /// readers of the text.
    pub fn stretch(&self, class: &str, w: f64, h: f64) -> Markup {
        PreEscaped(format!(
            r#"<svg class="{class}" viewBox="0 0 {w} {h}" preserveAspectRatio="none" aria-hidden="true">{b}</svg>"#,
            w = c(w),
            h = c(h),
            b = self.body
        ))
    }

    /// A small mark of fixed size beside its numbers.
    pub fn inline(&self, class: &str, w: f64, h: f64) -> Markup {
        PreEscaped(format!(
            r#"<svg class="{class}" width="{w}" height="{h}" viewBox="0 0 {w} {h}" aria-hidden="true">{b}</svg>"#,
            w = c(w),
            h = c(h),
            b = self.body
        ))
    }
}

/// Path data of a line through points.
pub fn trace(points: &[(f64, f64)]) -> String {
    let mut d = String::new();
    for (k, (x, y)) in points.iter().enumerate() {
        let _ = write!(
            d,
            "{}{} {}",
            if k == 0 {
                "M"
            } else if k == 1 {
                "L"
            } else {
                " "
            },
            c(*x),
            c(*y)
        );
    }
    d
}

/// Moves centres of labels apart until each has its height, keeping order and staying within
/// `0..total`.
pub fn separate(centres: &[f64], heights: &[f64], total: f64) -> Vec<f64> {
    let mut y = centres.to_vec();
    let mut floor = 0.0;
    for k in 0..y.len() {
        y[k] = y[k].max(floor + heights[k] / 2.0);
        floor = y[k] + heights[k] / 2.0;
    }
    let mut ceiling = total;
    for k in (0..y.len()).rev() {
        y[k] = y[k].min(ceiling - heights[k] / 2.0);
        ceiling = y[k] - heights[k] / 2.0;
    }
    y
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ref_ticks_are_round_and_hold_zero() {
        let (t, place) = Scale::new(-0.83, 0.21, 0.0, 1.0).ticks(3);
        assert_eq!(t, vec![-0.5, 0.0]);
        assert_eq!(place, -1);
        let (t, place) = Scale::new(0.0, 100.0, 0.0, 1.0).ticks(3);
        assert_eq!((t, place), (vec![0.0, 50.0, 100.0], 1));
    }

    #[test]
    fn prop_separated_labels_do_not_overlap() {
        let y = separate(&[10.0, 12.0, 13.0, 90.0], &[20.0; 4], 100.0);
        assert!(y.windows(2).all(|w| w[1] - w[0] >= 20.0 - 1e-9), "{y:?}");
        assert!(y[0] >= 10.0 && y[3] <= 90.0);
    }

    #[test]
    fn ref_coordinates_are_short() {
        assert_eq!(c(-0.04), "0");
        assert_eq!(c(12.345), "12.3");
        assert_eq!(c(7.0), "7");
    }
}
