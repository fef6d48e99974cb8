//! Numbers and words for chance against tables, and properties of the printer.

use proptest::prelude::*;
use realign_brief::chance::{in_hundred, word};
use realign_brief::evidence::{Basis, EvidenceRow, Record, Spread, Unit, Verdict};
use realign_brief::figure::{Cloud, Density};
use realign_brief::numbers;
use realign_brief::sentence::{Sign, Which};

fn row(unit: Unit, estimate: f64, low: f64, high: f64) -> EvidenceRow {
    EvidenceRow {
        id: "E01".into(),
        indicator: "test".to_owned(),
        label: "test".to_owned(),
        estimate,
        spread: (low != high).then_some(Spread {
            q05: low,
            q25: f64::midpoint(low, estimate),
            q50: estimate,
            q75: f64::midpoint(high, estimate),
            q95: high,
        }),
        unit,
        year: None,
        entity: String::new(),
        draws: 200,
        basis: Basis::Estimated,
        parameters: vec![],
        sources: vec![],
        record: Record {
            scope: String::new(),
            verdict: Verdict::NotScored,
        },
        note: String::new(),
    }
}

/// Estimate and interval in plain characters: thin and hard spaces as `_`, true minus as `~`.
fn printed(unit: Unit, estimate: f64, low: f64, high: f64) -> String {
    let r = row(unit, estimate, low, high);
    let number = numbers::number(&r, Which::Estimate, Sign::Natural, false);
    let range = numbers::interval(&r, Sign::Natural);
    let text = range.map_or(number.clone(), |i| format!("{number} ({i})"));
    text.replace(['\u{2009}', '\u{a0}'], "_")
        .replace('\u{2212}', "~")
}

#[test]
fn ref_digits_follow_the_interval() {
    let cases = [
        (Unit::Sd, -0.4312, -0.822, -0.113, "~0.4_SD (~0.8 to ~0.1)"),
        (Unit::Sd, -0.62, -0.71, -0.5, "~0.62_SD (~0.71 to ~0.50)"),
        (Unit::Percent, 37.2, 12.4, 61.1, "37_% (12 to 61)"),
        (Unit::Percent, 4.71, 1.2, 8.9, "4.7_% (1.2 to 8.9)"),
        (Unit::Percent, -0.02, -0.3, 0.2, "~0.0_% (~0.3 to 0.2)"),
        (
            Unit::Points,
            -1.21,
            -2.2,
            -0.2,
            "~1.2 points (~2.2 to ~0.2)",
        ),
        (Unit::Times, 1.12, 1.08, 1.17, "×1.12 (1.08 to 1.17)"),
        (
            Unit::Count("aircraft".to_owned()),
            112.0,
            41.0,
            183.0,
            "110 (40 to 180)",
        ),
        (
            Unit::Count("aircraft".to_owned()),
            53.0,
            20.0,
            90.0,
            "53 (20 to 90)",
        ),
        (
            Unit::Count("aircraft".to_owned()),
            1234.0,
            1230.0,
            1238.0,
            "1234 (1230 to 1238)",
        ),
        (
            Unit::Other("bn USD".to_owned()),
            12_345.0,
            8000.0,
            17_000.0,
            "12_000 bn USD (8000 to 17_000)",
        ),
        (Unit::Year, 2031.4, 2029.0, 2034.0, "2031 (2029 to 2034)"),
        (Unit::Years, 1.0, 1.0, 1.0, "1 year"),
        (Unit::Percent, 62.0, 62.0, 62.0, "62_%"),
        (Unit::Percent, 62.37, 62.37, 62.37, "62.4_%"),
        (
            Unit::Index("0 to 1".to_owned()),
            0.61,
            0.49,
            0.73,
            "0.61 (0.49 to 0.73)",
        ),
        (Unit::Percent, 0.0, 0.0, 0.0, "0_%"),
    ];
    for (unit, e, low, high, want) in cases {
        assert_eq!(printed(unit, e, low, high), want);
    }
}

#[test]
fn ref_signs() {
    let r = row(Unit::Sd, -0.43, -0.8, -0.1);
    let plain = |s: String| s.replace('\u{a0}', "_").replace('\u{2212}', "~");
    assert_eq!(
        plain(numbers::number(&r, Which::Estimate, Sign::Negated, false)),
        "0.4_SD"
    );
    assert_eq!(
        plain(numbers::interval(&r, Sign::Negated).unwrap()),
        "0.1 to 0.8"
    );
    assert_eq!(
        plain(numbers::number(&r, Which::Low, Sign::Natural, true)),
        "~0.8"
    );
    let up = row(Unit::Percent, 12.0, -3.0, 27.0);
    assert_eq!(
        numbers::number(&up, Which::Estimate, Sign::Explicit, true),
        "+12"
    );
    assert_eq!(
        plain(numbers::interval(&up, Sign::Explicit).unwrap()),
        "~3 to +27"
    );
}

#[test]
fn ref_words_for_chance_at_their_bounds() {
    let table = [
        (1.0, "almost certain"),
        (0.95, "almost certain"),
        (0.949, "very likely"),
        (0.80, "very likely"),
        (0.799, "likely"),
        (0.55, "likely"),
        (0.549, "an even chance"),
        (0.45, "an even chance"),
        (0.449, "some chance"),
        (0.20, "some chance"),
        (0.199, "a small chance"),
        (0.05, "a small chance"),
        (0.049, "almost no chance"),
        (0.0, "almost no chance"),
    ];
    for (share, want) in table {
        assert_eq!(word(share, 0), want, "{share}");
    }
}

#[test]
fn ref_monte_carlo_error_moves_towards_even() {
    // 0.82 of 100 draws: 90 % error 0.063, so 0.757 to 0.883 straddles 0.80.
    assert_eq!(word(0.82, 100), "likely");
    assert_eq!(word(0.82, 100_000), "very likely");
    assert_eq!(word(0.56, 200), "an even chance");
    assert_eq!(word(0.18, 100), "some chance");
    assert_eq!(word(0.04, 200), "a small chance");
}

#[test]
fn ref_never_nought_or_hundred() {
    assert_eq!(in_hundred(0.0, 200), "in fewer than 1 of 200 draws");
    assert_eq!(in_hundred(0.0005, 4000), "in fewer than 3 of 4000 draws");
    assert_eq!(in_hundred(1.0, 200), "in all but fewer than 1 of 200 draws");
    assert_eq!(in_hundred(0.005, 200), "1 in 100");
    assert_eq!(in_hundred(0.31, 200), "31 in 100");
    assert_eq!(in_hundred(0.0, 0), "fewer than 1 in 100");
}

#[test]
fn ref_quantiles_by_linear_interpolation() {
    let s = Spread::of(&[4.0, 1.0, 3.0, 2.0, f64::NAN, 5.0]).unwrap();
    let close = |a: f64, b: f64| (a - b).abs() < 1e-12;
    assert!(close(s.q05, 1.2) && close(s.q25, 2.0) && close(s.q50, 3.0) && close(s.q95, 4.8));
    assert!(Spread::of(&[f64::NAN]).is_none());
}

#[test]
fn ref_density_integrates_to_one_and_cloud_has_the_moments() {
    let draws: Vec<f64> = (0..400)
        .map(|k| ((f64::from(k) + 0.5) / 400.0).sin())
        .collect();
    let d = Density::of(&draws, -2.0, 3.0, 501, 0.5).unwrap();
    let area: f64 = d.y.iter().sum::<f64>() * 5.0 / 500.0;
    assert!((area - 1.0).abs() < 1e-3, "{area}");
    let share = draws.iter().filter(|v| **v > 0.5).count() as f64 / 400.0;
    assert!((d.beyond - share).abs() < 1e-12);
    let c = Cloud::of(&[1.0, 2.0, 3.0], &[2.0, 4.0, 6.0]).unwrap();
    assert!((c.x - 2.0).abs() < 1e-12 && (c.sd_x - 1.0).abs() < 1e-12);
    assert!((c.correlation - 1.0).abs() < 1e-12);
}

proptest! {
    #[test]
    fn prop_printing_moves_a_number_by_half_a_digit_at_most(
        x in -1e6f64..1e6, half in 1e-4f64..1e5,
    ) {
        let place = numbers::last_place(x, x - half, x + half);
        let text = numbers::plain(x, place);
        prop_assert!(!text.contains('-') && !text.contains("NaN"));
        let back: f64 =
            text.replace('\u{2212}', "-").replace('\u{2009}', "").parse().unwrap();
        prop_assert!((back - x).abs() <= 0.5 * 10f64.powi(place) * (1.0 + 1e-6), "{x} {text}");
        // The rounding never hides the interval: it is finer than its half-width.
        prop_assert!(10f64.powi(place) <= half * 1.0001 + 1e-6);
    }

    #[test]
    fn prop_chance_words_rise_with_the_share(a in 0.0f64..1.0, b in 0.0f64..1.0) {
        let order = |w: &str| {
            realign_brief::chance::WORDS.iter().position(|x| x.1 == w).unwrap()
        };
        let (low, high) = if a <= b { (a, b) } else { (b, a) };
        prop_assert!(order(word(low, 0)) <= order(word(high, 0)));
        let text = in_hundred(a, 200);
        prop_assert!(!text.starts_with("0 in") && !text.starts_with("100 in"));
    }
}
