//! Invariants, recovery and coverage of Poisson pseudo-maximum likelihood on simulated panels.

use realign_numerics::ppml::{
    Column, Fit, Options, Panel, PpmlError, Rule, Spec, Table, ThreeWay, fit,
};
use realign_numerics::random::Stream;

/// A three-way panel: n exporters and importers, t years, regressor that moves with the effects,
/// errors with mean one.
struct Simulated {
    exporter: Vec<f64>,
    importer: Vec<f64>,
    year: Vec<f64>,
    x: Vec<f64>,
    z: Vec<f64>,
    y: Vec<f64>,
}

const BETA: f64 = 0.5;
/// Relative error of fitted sums.
const ADDING_UP: f64 = 1e-12;
/// Two orders of the same sums, and iterations that end at the same point.
const SAME: f64 = 1e-9;

fn simulate(n: u32, t: u32, draw: u32, zeros: bool) -> Simulated {
    let s = Stream::new(77, draw);
    let mut out = Simulated {
        exporter: vec![],
        importer: vec![],
        year: vec![],
        x: vec![],
        z: vec![],
        y: vec![],
    };
    for i in 0..n {
        for j in 0..n {
            if i == j {
                continue;
            }
            let pair = 0.5 * s.normal(0, i * n + j, 0, 0);
            let (mut x, mut shock) = (pair, s.normal(5, i * n + j, 0, 0));
            for k in 0..t {
                let a = 0.4 * s.normal(1, i, k, 0);
                let b = 0.4 * s.normal(2, j, k, 0);
                x = 0.5 * x + a + b + 0.5 * s.normal(3, i * n + j, k, 0);
                shock = 0.3 * shock + 0.95 * s.normal(5, i * n + j, k + 1, 0);
                let mean = (BETA * x + a + b + pair).exp();
                // Overdispersed, correlated within the pair.
                let noise = (0.5 * shock - 0.125).exp();
                let y = if zeros {
                    s.poisson(mean * noise, 4, i * n + j, k, 0) as f64
                } else {
                    mean * noise
                };
                out.exporter.push(f64::from(i));
                out.importer.push(f64::from(j));
                out.year.push(f64::from(2000 + k));
                out.x.push(x);
                out.z.push(s.normal(6, i * n + j, k, 0));
                out.y.push(y);
            }
        }
    }
    out
}

fn table(s: &Simulated) -> Table {
    let mut t = Table::new();
    let columns = [
        ("exporter", &s.exporter),
        ("importer", &s.importer),
        ("year", &s.year),
        ("x", &s.x),
        ("z", &s.z),
        ("y", &s.y),
    ];
    for (name, values) in columns {
        t.add(name, Column::Number(values.clone())).unwrap();
    }
    t
}

fn three_way() -> Spec {
    let mut spec = Spec::parse("y ~ x | exporter^year + importer^year + exporter^importer")
        .unwrap()
        .cluster("exporter^importer")
        .unwrap();
    spec.three_way = Some(ThreeWay {
        exporter: "exporter".into(),
        importer: "importer".into(),
        time: "year".into(),
    });
    spec
}

#[test]
fn coverage_three_way_bias() {
    // Opposite errors cancel what is linear in them: half the sum of two estimates' errors is bias.
    let draws = 150;
    let (mut bias, mut corrected) = (0.0, 0.0);
    for d in 0..draws {
        for sign in [1.0, -1.0] {
            let t = table(&antithetic(14, 3, d, sign));
            let f = fit(&t, &three_way(), &Options::default()).unwrap();
            let w = f.three_way.as_ref().unwrap();
            bias += (f.estimates[0].coefficient - BETA) / (2.0 * f64::from(draws));
            corrected += (w.estimates[0].coefficient - BETA) / (2.0 * f64::from(draws));
            assert!(
                w.exact_leverage && w.estimates[0].standard_error > f.estimates[0].standard_error
            );
        }
    }
    // −.005 with a Monte-Carlo error of .0006; the plug-in correction removes most of it.
    assert!((-0.0075..-0.003).contains(&bias), "{bias}");
    assert!(corrected.abs() < 0.55 * bias.abs(), "{corrected} of {bias}");
}

#[test]
fn coverage_three_way_intervals() {
    // 95 % intervals over 240 panels of counts with zeros: the usual ones are too short, the
    // corrected ones come close (Weidner & Zylkin 2021 find the same).
    let draws = 240;
    let (mut usual, mut corrected, mut error) = (0, 0, 0.0);
    for d in 0..draws {
        let f = fit(
            &table(&simulate(16, 4, d, true)),
            &three_way(),
            &Options::default(),
        )
        .unwrap();
        let w = f.three_way.as_ref().unwrap();
        let (e, c) = (&f.estimates[0], &w.estimates[0]);
        assert!(f.separation_complete && f.adding_up < ADDING_UP);
        error += (c.coefficient - BETA) / f64::from(draws);
        usual += i32::from((e.coefficient - BETA).abs() < 1.96 * e.standard_error);
        corrected += i32::from((c.coefficient - BETA).abs() < 1.96 * c.standard_error);
    }
    assert!(error.abs() < 0.015, "{error}");
    assert!(
        corrected >= usual && (218..=237).contains(&corrected),
        "{usual} {corrected}"
    );
}

#[test]
fn coverage_clusters() {
    // Errors share a part in each cluster, and the regressor too.
    let (mut clustered, mut robust) = (0, 0);
    let draws = 200u32;
    for d in 0..draws {
        let s = Stream::new(79, d);
        let (mut x, mut y, mut c) = (vec![], vec![], vec![]);
        for g in 0..50 {
            let (a, b) = (s.normal(0, g, 0, 0), s.normal(1, g, 0, 0));
            for r in 0..8 {
                let v = 0.8 * a + 0.4 * s.normal(2, g, r, 0);
                x.push(v);
                y.push((BETA * v + 0.6 * b - 0.18).exp() * s.gamma(2.0, 0.5, 3, g, r, 0));
                c.push(f64::from(g));
            }
        }
        let mut t = Table::new();
        for (name, v) in [("x", x), ("y", y), ("c", c)] {
            t.add(name, Column::Number(v)).unwrap();
        }
        let spec = Spec::parse("y ~ x").unwrap();
        let covers = |spec: &Spec| {
            let f = fit(&t, spec, &Options::default()).unwrap();
            let e = f.estimate("x").unwrap();
            i32::from((e.coefficient - BETA).abs() < 2.0 * e.standard_error)
        };
        robust += covers(&spec);
        clustered += covers(&spec.cluster("c").unwrap());
    }
    assert!((176..=198).contains(&clustered), "{clustered}");
    assert!(robust < 150, "{robust}");
}

/// Outcomes whose error is the opposite under the other sign.
fn antithetic(n: u32, t: u32, draw: u32, sign: f64) -> Simulated {
    let s = Stream::new(78, draw);
    let mut out = Simulated {
        exporter: vec![],
        importer: vec![],
        year: vec![],
        x: vec![],
        z: vec![],
        y: vec![],
    };
    for i in 0..n {
        for j in 0..n {
            if i == j {
                continue;
            }
            let common = 2.0 * s.uniform(5, i * n + j, 0, 0) - 1.0;
            for k in 0..t {
                let a = 0.5 * s.normal(1, i, k, 0);
                let b = 0.5 * s.normal(2, j, k, 0);
                let x = a + b + 0.7 * s.normal(3, i * n + j, k, 0);
                let own = 2.0 * s.uniform(5, i * n + j, k + 1, 0) - 1.0;
                let size = 0.95 / (1.0 + (-2.0 * x).exp());
                let mean = (BETA * x + a + b).exp();
                out.exporter.push(f64::from(i));
                out.importer.push(f64::from(j));
                out.year.push(f64::from(2000 + k));
                out.x.push(x);
                out.z.push(0.0);
                out.y
                    .push(mean * (1.0 + sign * size * (0.3 * common + 0.7 * own)));
            }
        }
    }
    out
}

fn close(a: &Fit, b: &Fit) {
    assert_eq!(a.rows.len(), b.rows.len());
    for (a, b) in a.estimates.iter().zip(&b.estimates) {
        assert!((a.coefficient - b.coefficient).abs() < SAME, "{a:?} {b:?}");
        assert!(
            (a.standard_error / b.standard_error - 1.0).abs() < 1e-6,
            "{a:?} {b:?}"
        );
    }
}

fn with_z() -> Spec {
    let formula = "y ~ x + z | exporter^year + importer^year + exporter^importer";
    let spec = Spec::parse(formula).unwrap();
    spec.cluster("exporter")
        .unwrap()
        .cluster("importer")
        .unwrap()
}

#[test]
fn prop_fitted_sums_equal_data() {
    for draw in 0..4 {
        let s = simulate(12, 5, draw, true);
        let f = fit(&table(&s), &with_z(), &Options::default()).unwrap();
        assert!(f.adding_up < ADDING_UP);
        let mut sums = std::collections::BTreeMap::new();
        for (r, m) in f.rows.iter().zip(&f.fitted) {
            let r = *r as usize;
            for (side, who) in [(0, s.exporter[r]), (1, s.importer[r])] {
                let e = sums
                    .entry((side, who as u32, s.year[r] as u32))
                    .or_insert((0.0, 0.0));
                *e = (e.0 + s.y[r], e.1 + m);
            }
        }
        assert!(sums.values().all(|(y, m)| (m / y - 1.0).abs() < ADDING_UP));
    }
}

#[test]
fn prop_order_and_names_do_not_matter() {
    let s = simulate(10, 4, 3, true);
    let base = fit(&table(&s), &with_z(), &Options::default()).unwrap();
    let n = s.y.len();
    let shuffle = Stream::new(5, 0);
    let mut order: Vec<usize> = (0..n).collect();
    order.sort_by(|a, b| {
        let key = |r: usize| shuffle.uniform(0, r as u32, 0, 0);
        key(*a).total_cmp(&key(*b))
    });
    let take = |v: &[f64]| -> Vec<f64> { order.iter().map(|r| v[*r]).collect() };
    let mut t = Table::new();
    let name = |v: &[f64]| {
        Column::text(
            take(v)
                .iter()
                .map(|v| format!("state {}", (7.0 * v) % 10.0)),
        )
    };
    t.add("exporter", name(&s.exporter)).unwrap();
    t.add("importer", name(&s.importer)).unwrap();
    for (name, v) in [("year", &s.year), ("x", &s.x), ("z", &s.z), ("y", &s.y)] {
        t.add(name, Column::Number(take(v))).unwrap();
    }
    let other = fit(&t, &with_z(), &Options::default()).unwrap();
    close(&base, &other);
    // Separated rows are the same rows.
    let mut back: Vec<u32> = other
        .separated()
        .iter()
        .map(|r| order[*r as usize] as u32)
        .collect();
    back.sort_unstable();
    assert!(!back.is_empty());
    assert_eq!(back, base.separated());
}

#[test]
fn prop_tighter_tolerances_change_nothing() {
    let t = table(&simulate(20, 8, 4, true));
    let tight = Options {
        tolerance: 1e-14,
        regressor_tolerance: 1e-13,
        ..Options::default()
    };
    let usual = fit(&t, &with_z(), &Options::default()).unwrap();
    let exact = fit(&t, &with_z(), &tight).unwrap();
    for (a, b) in usual.estimates.iter().zip(&exact.estimates) {
        assert!((a.coefficient - b.coefficient).abs() < 1e-11, "{a:?} {b:?}");
        let gap = a.standard_error / b.standard_error - 1.0;
        assert!(gap.abs() < 1e-6, "{gap:e}");
    }
}

#[test]
fn prop_threads_do_not_matter() {
    let t = table(&simulate(60, 12, 1, true));
    let run = |threads: usize| {
        let pool = rayon::ThreadPoolBuilder::new()
            .num_threads(threads)
            .build()
            .unwrap();
        pool.install(|| fit(&t, &with_z(), &Options::default()).unwrap())
    };
    let (one, three) = (run(1), run(3));
    assert!(one == three, "{:?} {:?}", one.estimates, three.estimates);
}

#[test]
fn prop_units_offset_and_weights() {
    let s = simulate(10, 4, 2, true);
    let base = fit(&table(&s), &with_z(), &Options::default()).unwrap();
    let mut scaled = table(&s);
    let thousand = s.y.iter().map(|y| 1000.0 * y).collect();
    scaled.add("thousand", Column::Number(thousand)).unwrap();
    // An offset takes its own effect out.
    let offset: Vec<f64> = s.x.iter().map(|x| 0.3 * x).collect();
    scaled.add("offset", Column::Number(offset)).unwrap();
    let mut spec = with_z();
    spec.formula.outcome = "thousand".into();
    close(&base, &fit(&scaled, &spec, &Options::default()).unwrap());
    let mut spec = with_z();
    spec.offset = Some("offset".into());
    let moved = fit(&scaled, &spec, &Options::default()).unwrap();
    assert!((moved.estimates[0].coefficient + 0.3 - base.estimates[0].coefficient).abs() < SAME);
    // A weight of two is the row twice.
    let twice = |v: &[f64]| -> Vec<f64> {
        let rows = v.iter().enumerate();
        rows.flat_map(|(r, v)| vec![*v; 1 + r % 2]).collect()
    };
    let double = Simulated {
        exporter: twice(&s.exporter),
        importer: twice(&s.importer),
        year: twice(&s.year),
        x: twice(&s.x),
        z: twice(&s.z),
        y: twice(&s.y),
    };
    let copies = fit(&table(&double), &with_z(), &Options::default()).unwrap();
    let weights = (0..s.y.len()).map(|r| (1 + r % 2) as f64).collect();
    scaled.add("weight", Column::Number(weights)).unwrap();
    let mut spec = with_z();
    spec.weights = Some("weight".into());
    let weighted = fit(&scaled, &spec, &Options::default()).unwrap();
    for (a, b) in copies.estimates.iter().zip(&weighted.estimates) {
        assert!((a.coefficient - b.coefficient).abs() < SAME);
    }
    assert!(weighted.adding_up < ADDING_UP);
}

#[test]
fn prop_effects_are_dummies() {
    // The same model with every level a regressor, and with effects absorbed.
    let s = simulate(7, 3, 4, false);
    let t = table(&s);
    let effects = Spec::parse("y ~ x + z | exporter + importer + year").unwrap();
    let dummies = Spec::parse("y ~ x + z + i(exporter) + i(importer) + i(year)").unwrap();
    let a = fit(&t, &effects, &Options::default()).unwrap();
    let b = fit(&t, &dummies, &Options::default()).unwrap();
    assert_eq!(b.collinear.len(), 3);
    for name in ["x", "z"] {
        let (a, b) = (a.estimate(name).unwrap(), b.estimate(name).unwrap());
        assert!((a.coefficient - b.coefficient).abs() < SAME);
        assert!(
            (a.standard_error / b.standard_error - 1.0).abs() < 1e-6,
            "{a:?} {b:?}"
        );
    }
}

#[test]
fn prop_collinear_regressors_are_named() {
    let s = simulate(8, 4, 5, false);
    let mut t = table(&s);
    let n = s.y.len();
    let size = |r: usize| (s.exporter[r] + 1.0).ln() * s.year[r];
    t.add("size", Column::Number((0..n).map(size).collect()))
        .unwrap();
    let both = |r: usize| 2.0 * s.x[r] - 3.0 * s.z[r] + 1e4;
    t.add("both", Column::Number((0..n).map(both).collect()))
        .unwrap();
    let formula = "y ~ size + x + z + both | exporter^year + importer^year + exporter^importer";
    let f = fit(&t, &Spec::parse(formula).unwrap(), &Options::default()).unwrap();
    assert_eq!(f.collinear, ["size", "both"]);
    let names: Vec<&str> = f.estimates.iter().map(|e| e.name.as_str()).collect();
    assert_eq!(names, ["x", "z"]);
}

#[test]
fn prop_lag_is_last_year_of_the_pair() {
    let s = simulate(8, 5, 6, false);
    let mut t = table(&s);
    let row = |i: f64, j: f64, y: f64| {
        (0..s.y.len()).find(|r| s.exporter[*r] == i && s.importer[*r] == j && s.year[*r] == y)
    };
    let at = |shift: f64| -> Vec<f64> {
        let rows = 0..s.y.len();
        let find = |r: usize| row(s.exporter[r], s.importer[r], s.year[r] - shift);
        rows.map(|r| find(r).map_or(f64::NAN, |o| s.x[o])).collect()
    };
    t.add("before", Column::Number(at(1.0))).unwrap();
    t.add("after", Column::Number(at(-2.0))).unwrap();
    let effects = "| exporter^year + importer^year + exporter^importer";
    let shifted = Spec::parse(&format!("y ~ x + lag(x) + lead(x, 2) {effects}")).unwrap();
    let columns = Spec::parse(&format!("y ~ x + before + after {effects}")).unwrap();
    let a = fit(&t, &shifted, &Options::default()).unwrap();
    close(&a, &fit(&t, &columns, &Options::default()).unwrap());
    assert_eq!(a.estimates[1].name, "lag(x, 1)");
    assert_eq!(a.left_out_by(Rule::Missing).count(), 8 * 7 * 3);
    // Without effects that show it, the panel must be given.
    let mut bare = Spec::parse("y ~ lag(x)").unwrap();
    let refused = fit(&t, &bare, &Options::default());
    assert_eq!(refused.err(), Some(PpmlError::NoPanel));
    bare.panel = Some(Panel {
        unit: vec!["exporter".into(), "importer".into()],
        time: "year".into(),
    });
    fit(&t, &bare, &Options::default()).unwrap();
}

#[test]
fn prop_bad_input_is_named() {
    let s = simulate(6, 3, 7, false);
    let mut t = table(&s);
    let run = |t: &Table, formula: &str| {
        fit(t, &Spec::parse(formula).unwrap(), &Options::default()).err()
    };
    let mut y = s.y.clone();
    y[13] = -1.0;
    t.add("negative", Column::Number(y)).unwrap();
    t.add("nothing", Column::Number(vec![0.0; s.y.len()]))
        .unwrap();
    t.add("name", Column::text(s.exporter.iter().map(f64::to_string)))
        .unwrap();
    let error = run(&t, "negative ~ x | exporter").unwrap();
    assert!(matches!(&error, PpmlError::Value { column, row: 13, .. } if column == "negative"));
    assert!(error.to_string().contains("row 13"), "{error}");
    assert!(matches!(
        run(&t, "nothing ~ x | exporter"),
        Some(PpmlError::NoRows { .. })
    ));
    assert!(matches!(
        run(&t, "y ~ name"),
        Some(PpmlError::NotNumber { .. })
    ));
    assert!(matches!(
        run(&t, "y ~ missing"),
        Some(PpmlError::NoColumn { .. })
    ));
    assert!(matches!(
        run(&t, "y ~ log(z)"),
        Some(PpmlError::Value { .. })
    ));
    // Iterations cut short are an error with their state, not an estimate.
    let short = Options {
        max_iterations: 1,
        ..Options::default()
    };
    match fit(&t, &with_z(), &short) {
        Err(PpmlError::NotConverged { state }) => {
            assert!(state.iterations == 1 && state.coefficient.len() == 2);
        }
        other => panic!("{other:?}"),
    }
}
