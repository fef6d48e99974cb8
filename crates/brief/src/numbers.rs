//! How numbers are printed: the digits that the interval justifies, a true minus, thin spaces.

use crate::chance;
use crate::evidence::{EvidenceRow, Spread, Unit};
use crate::sentence::{Sign, Which};

/// Thin space: before `%` and units, and between thousands.
pub const THIN: char = '\u{2009}';
/// True minus.
pub const MINUS: char = '\u{2212}';

/// Power of ten of the last digit to print, for numbers that share an interval.
///
/// The half-width of the 90 % interval gives the place: its first digit, or the second if the first
/// is a one. Numbers of one and more keep at least two digits. Without an interval (`low == high`) three
/// digits stand, fewer where they are zeros.
pub fn last_place(estimate: f64, low: f64, high: f64) -> i32 {
    let power = |x: f64| x.abs().log10().floor() as i32;
    let largest = estimate.abs().max(low.abs()).max(high.abs());
    if largest == 0.0 || !largest.is_finite() {
        return 0;
    }
    let half = (high - low).abs() / 2.0;
    if half < largest * 1e-9 {
        let fine = (power(largest) - 2).clamp(-6, 0);
        let same = |p: &i32| {
            let s = 10f64.powi(*p);
            [estimate, low, high]
                .iter()
                .all(|x| ((x / s).round() * s - x).abs() < largest * 1e-9)
        };
        return (fine..=0).rev().find(same).unwrap_or(fine);
    }
    let first = power(half);
    let lead = half / 10f64.powi(first);
    let mut place = if lead < 2.0 { first - 1 } else { first };
    if largest >= 1.0 {
        place = place.min(power(largest) - 1);
    }
    place.max(-6)
}

/// A number rounded to `place`, with true minus and thin spaces between thousands from 10 000 on.
pub fn plain(x: f64, place: i32) -> String {
    let scale = 10f64.powi(place);
    let decimals = usize::try_from(-place).unwrap_or(0);
    let rounded = if place > 0 {
        (x / scale).round() * scale
    } else {
        x
    };
    let digits = format!("{:.decimals$}", rounded.abs());
    let (whole, part) = digits
        .split_once('.')
        .map_or((digits.as_str(), ""), |(w, p)| (w, p));
    let mut out = String::new();
    if x < 0.0 {
        out.push(MINUS);
    }
    if whole.len() > 4 {
        for (k, c) in whole.chars().enumerate() {
            if k > 0 && (whole.len() - k) % 3 == 0 {
                out.push(THIN);
            }
            out.push(c);
        }
    } else {
        out.push_str(whole);
    }
    if !part.is_empty() {
        out.push('.');
        out.push_str(part);
    }
    out
}

/// A whole number with thin spaces between thousands from 10 000 on.
pub fn count(n: u64) -> String {
    plain(n as f64, 0)
}

fn signed(x: f64, place: i32, sign: Sign) -> String {
    let x = if sign == Sign::Negated && x != 0.0 {
        -x
    } else {
        x
    };
    let text = plain(x, place);
    if sign == Sign::Explicit && x > 0.0 {
        format!("+{text}")
    } else {
        text
    }
}

/// Behind-the-number part of a unit, with its space; empty for units that print nothing.
pub fn suffix(unit: &Unit) -> String {
    match unit {
        Unit::Sd => "\u{a0}SD".to_owned(),
        Unit::Percent => format!("{THIN}%"),
        Unit::Points => " points".to_owned(),
        Unit::Years => " years".to_owned(),
        Unit::Chance => " in 100".to_owned(),
        Unit::Other(s) => format!(" {s}"),
        Unit::Times | Unit::Year | Unit::Count(_) | Unit::Index(_) => String::new(),
    }
}

fn place_for(unit: &Unit, estimate: f64, low: f64, high: f64) -> i32 {
    match unit {
        Unit::Year => 0,
        Unit::Count(_) if low == high => 0,
        Unit::Count(_) => last_place(estimate, low, high).max(0),
        _ => last_place(estimate, low, high),
    }
}

/// Prints numbers that share an interval and a unit.
#[derive(Clone, Debug)]
pub struct Printer<'a> {
    unit: &'a Unit,
    place: i32,
}

impl<'a> Printer<'a> {
    /// For a row.
    pub fn of_row(row: &'a EvidenceRow) -> Self {
        let (low, high) = row
            .spread
            .map_or((row.estimate, row.estimate), |s| (s.q05, s.q95));
        Self {
            unit: &row.unit,
            place: place_for(&row.unit, row.estimate, low, high),
        }
    }

    /// For quantiles without a row.
    pub fn of_spread(s: &Spread, unit: &'a Unit) -> Self {
        Self {
            unit,
            place: place_for(unit, s.q50, s.q05, s.q95),
        }
    }

    /// For an axis or a heat map: all numbers with the same last place.
    pub fn with_place(unit: &'a Unit, place: i32) -> Self {
        Self { unit, place }
    }

    /// The number without its unit; `×` stands in front of multiples.
    pub fn bare(&self, x: f64, sign: Sign) -> String {
        match self.unit {
            Unit::Year => format!("{}", x.round() as i64),
            Unit::Chance => chance::in_hundred_rounded(x),
            Unit::Times => format!("×{}", signed(x, self.place, sign)),
            _ => signed(x, self.place, sign),
        }
    }

    /// The number with its unit.
    pub fn full(&self, x: f64, sign: Sign) -> String {
        let text = self.bare(x, sign);
        if *self.unit == Unit::Years && text == "1" {
            return format!("{text} year");
        }
        format!("{text}{}", suffix(self.unit))
    }

    /// "low to high" without unit and without `×`; ends change places when negated.
    pub fn range(&self, low: f64, high: f64, sign: Sign) -> String {
        let (a, b) = if sign == Sign::Negated {
            (high, low)
        } else {
            (low, high)
        };
        let end = |x: f64| {
            let text = self.bare(x, sign);
            text.strip_prefix('×').map_or(text.clone(), str::to_owned)
        };
        format!("{} to {}", end(a), end(b))
    }
}

/// A number of a row as a sentence prints it.
pub fn number(row: &EvidenceRow, which: Which, sign: Sign, bare: bool) -> String {
    let x = match (which, row.spread) {
        (Which::Low, Some(s)) => s.q05,
        (Which::High, Some(s)) => s.q95,
        _ => row.estimate,
    };
    if row.unit == Unit::Chance && which == Which::Estimate {
        return chance::in_hundred(x, row.draws);
    }
    let p = Printer::of_row(row);
    if bare {
        p.bare(x, sign)
    } else {
        p.full(x, sign)
    }
}

/// The 90 % interval of a row without brackets ("−0.8 to −0.1"); `None` for an observed row
/// without one.
pub fn interval(row: &EvidenceRow, sign: Sign) -> Option<String> {
    let s = row.spread?;
    Some(Printer::of_row(row).range(s.q05, s.q95, sign))
}

/// The estimate of a row as tables print it, with a sign where the row is a gap.
pub fn estimate(row: &EvidenceRow) -> String {
    number(row, Which::Estimate, Sign::Natural, false)
}

/// A value with its range, for parameters: "0.08 (0 to 0.18)".
pub fn range(centre: f64, low: f64, high: f64) -> String {
    let place = last_place(centre, low, high);
    let short = |x: f64| {
        if x == 0.0 {
            "0".to_owned()
        } else {
            plain(x, place)
        }
    };
    format!("{} ({} to {})", short(centre), short(low), short(high))
}
