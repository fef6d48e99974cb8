//! Separated rows that are known by construction.

use realign_numerics::ppml::{Column, Options, Rule, Spec, Table, fit, left_out};
use realign_numerics::random::Stream;

/// A design with a planted combination z of two regressors and two effects. Rows with z > 0 have
/// outcome zero and are separated. Rows with z = 0 have a positive outcome, or are copies of such
/// a row with outcome zero, which cannot be separated. Rows with z < 0 are not made.
fn planted(draw: u32, rows: u32) -> (Table, Vec<u32>) {
    let s = Stream::new(21, draw);
    let levels = 3 + draw % 9;
    let whole = |p: u32, e: u32, k: u32, n: u32| (s.uniform(p, e, k, 0) * f64::from(n)).floor();
    let shift =
        |side: u32, level: f64| [0.0, 0.0, 0.0, 1.0][whole(9 + side, level as u32, 0, 4) as usize];
    let (g, h) = (whole(1, 0, 0, 5) - 2.0, whole(1, 1, 0, 3) - 1.0);
    let (mut column, mut separated) = (vec![Vec::new(); 5], Vec::new());
    let mut push = |v: [f64; 5]| {
        for (c, v) in column.iter_mut().zip(v) {
            c.push(v);
        }
        column[0].len() as u32 - 1
    };
    for r in 0..rows {
        let (x1, x2) = (whole(2, r, 0, 4) - 1.0, whole(3, r, 0, 3));
        let (a, b) = (whole(4, r, 0, levels), whole(5, r, 0, levels + 2));
        let z = g * x1 + h * x2 + shift(0, a) + shift(1, b);
        if z == 0.0 {
            push([1.0 + whole(6, r, 0, 5), x1, x2, a, b]);
            if s.uniform(7, r, 0, 0) < 0.5 {
                push([0.0, x1, x2, a, b]);
            }
        } else if z > 0.0 {
            separated.push(push([0.0, x1, x2, a, b]));
        }
    }
    let mut t = Table::new();
    for (name, v) in ["y", "x1", "x2", "a", "b"].into_iter().zip(column) {
        t.add(name, Column::Number(v)).unwrap();
    }
    (t, separated)
}

fn spec() -> Spec {
    Spec::parse("y ~ x1 + x2 | a + b").unwrap()
}

#[test]
fn prop_planted_separation_is_found_exactly() {
    let mut found = 0;
    for draw in 0..400 {
        let (t, want) = planted(draw, 30 + draw % 200);
        if !t.number("y").unwrap().iter().any(|y| *y > 0.0) {
            continue;
        }
        let omitted = left_out(&t, &spec(), &Options::default()).unwrap();
        let got: Vec<u32> = omitted.rows.iter().map(|l| l.row).collect();
        assert!(omitted.complete && got == want, "{draw}: {got:?} {want:?}");
        found += usize::from(!want.is_empty());
    }
    assert!(found > 200);
}

#[test]
fn prop_backstop_agrees_with_rectifier() {
    // With the rectifier off, rows that run to zero are taken out; or the end is an error.
    let mut agreed = 0;
    for draw in 0..60 {
        let (t, want) = planted(draw, 150);
        if want.is_empty() {
            continue;
        }
        let mut options = Options::default();
        options.separation.rectifier = false;
        if let Ok(f) = fit(&t, &spec(), &options) {
            assert_eq!(f.separated(), want, "{draw}");
            agreed += usize::from(f.left_out_by(Rule::SmallMu).count() > 0);
        }
    }
    assert!(agreed > 20, "{agreed}");
}

#[test]
fn prop_copies_of_positive_rows_are_never_separated() {
    // Sparse, wide, badly scaled: still no row is separated.
    for draw in 0..60 {
        let s = Stream::new(22, draw);
        let (mut y, mut x, mut a, mut b) = (vec![], vec![], vec![], vec![]);
        for r in 0..120u32 {
            let value = [
                s.normal(0, r, 0, 0),
                s.uniform(1, r, 0, 0),
                s.uniform(2, r, 0, 0),
            ];
            for outcome in [1e-3 * (1.0 + f64::from(r)).powi(3), 0.0] {
                y.push(outcome);
                x.push(1e4 * value[0]);
                a.push((value[1] * 40.0).floor());
                b.push((value[2] * 50.0).floor());
            }
        }
        let mut t = Table::new();
        for (name, v) in [("y", y), ("x1", x), ("a", a), ("b", b)] {
            t.add(name, Column::Number(v)).unwrap();
        }
        let spec = Spec::parse("y ~ x1 | a + b").unwrap();
        let omitted = left_out(&t, &spec, &Options::default()).unwrap();
        assert!(omitted.complete && omitted.rows.is_empty(), "{draw}");
    }
}
