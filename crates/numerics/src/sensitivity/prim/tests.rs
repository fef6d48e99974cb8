use proptest::prelude::*;

use super::significance::{binomial_upper_tail, random_pick_tail};
use super::*;
use crate::random::Stream;

fn choose_count(n: usize, k: usize) -> f64 {
    (0..k).map(|i| (n - i) as f64 / (k - i) as f64).product()
}

#[test]
fn ref_tails_are_the_sums() {
    for (k, n, p) in [(3, 7, 0.3), (1, 10, 0.05), (10, 10, 0.7), (40, 60, 0.5f64)] {
        let sum: f64 = (k..=n)
            .map(|j| choose_count(n, j) * p.powi(j as i32) * (1.0 - p).powi((n - j) as i32))
            .sum();
        assert!((binomial_upper_tail(k, n, p) - sum).abs() < 1e-12);
    }
    assert_eq!(binomial_upper_tail(0, 5, 0.1), 1.0);
    assert_eq!(binomial_upper_tail(6, 5, 0.1), 0.0);
    for (k, n, cases, all) in [(3, 5, 6, 12), (2, 10, 4, 30), (8, 10, 9, 12), (1, 1, 1, 50)] {
        let sum: f64 = (k..=n.min(cases))
            .map(|j| {
                choose_count(cases, j) * choose_count(all - cases, n - j) / choose_count(all, n)
            })
            .sum();
        assert!((random_pick_tail(k, n, cases, all) - sum).abs() < 1e-12);
    }
    // Ten drawn of twelve, nine of them cases: at least seven cases are certain.
    assert_eq!(random_pick_tail(7, 10, 9, 12), 1.0);
}

/// Points in the unit cube; a case has probability `inside` where x0 < 0.4, x1 > 0.5 and
/// 0.2 < x2 < 0.8, else `outside`.
fn sample(n: u32, d: u32, inside: f64, outside: f64, seed: u64) -> (Vec<f64>, Vec<bool>) {
    let s = Stream::new(seed, 0);
    let x: Vec<f64> = (0..n)
        .flat_map(|i| (0..d).map(move |j| s.uniform(0, i, 0, j)))
        .collect();
    let case = x
        .chunks_exact(d as usize)
        .zip(0..)
        .map(|(x, i)| {
            let within = x[0] < 0.4 && x[1] > 0.5 && x[2] > 0.2 && x[2] < 0.8;
            s.uniform(1, i, 0, 0) < if within { inside } else { outside }
        })
        .collect();
    (x, case)
}

#[test]
fn ref_known_box_is_found_exactly() {
    let (x, case) = sample(3000, 6, 1.0, 0.0, 3);
    let prim = Prim::from_cases(&x, 6, &case).unwrap();
    let f = prim.find(&PrimSettings::default()).unwrap().unwrap();
    let b = &f.found;
    assert_eq!(
        b.limits.iter().map(|l| l.dimension).collect::<Vec<_>>(),
        [0, 1, 2]
    );
    // Limits to a few gaps between the 3000 points and one peel of 5 %.
    let near = |x: Option<f64>, y: f64| assert!((x.unwrap() - y).abs() < 0.03, "{x:?} {y}");
    near(b.limits[0].high, 0.4);
    near(b.limits[1].low, 0.5);
    near(b.limits[2].low, 0.2);
    near(b.limits[2].high, 0.8);
    assert_eq!((b.limits[0].low, b.limits[1].high), (None, None));
    assert!(b.coverage > 0.97 && b.density > 0.95, "{b:?}");
    let inside = x.chunks_exact(6).filter(|p| b.contains(p)).count();
    assert_eq!(inside, b.points);
    assert!(
        f.tests
            .iter()
            .all(|t| t.quasi_p < 1e-6 && t.exact_p <= t.quasi_p)
    );
    assert_eq!(f.tests, prim.quasi_p_values(b));
}

#[test]
fn ref_quasi_p_by_hand() {
    // One dimension, ten points, cases at 6..=9; the box x >= 5 keeps five points and four cases.
    let x: Vec<f64> = (0..10).map(f64::from).collect();
    let case: Vec<bool> = x.iter().map(|x| *x >= 6.0).collect();
    let prim = Prim::from_cases(&x, 1, &case).unwrap();
    let b = PrimBox {
        limits: vec![Limit {
            dimension: 0,
            low: Some(5.0),
            high: None,
        }],
        points: 0,
        cases: 0,
        coverage: 0.0,
        density: 0.0,
        mass: 0.0,
        mean: 0.0,
    };
    let t = prim.quasi_p_values(&b)[0];
    // 5·.4⁴·.6 + .4⁵ and C(4,4)·C(6,1)/C(10,5).
    assert!((t.quasi_p - 0.08704).abs() < 1e-12);
    assert!((t.exact_p - 6.0 / 252.0).abs() < 1e-12);
    assert_eq!((t.side, t.density_without), (Side::Low, 0.4));
}

#[test]
fn ref_few_spurious_dimensions_where_three_of_twelve_matter() {
    // The problem of benches/sensitivity, smaller: at most one spurious dimension, none missed.
    for seed in 0..5 {
        let (x, case) = sample(4000, 12, 0.8, 0.1, seed);
        let prim = Prim::from_cases(&x, 12, &case).unwrap();
        let b = prim.find(&PrimSettings::default()).unwrap().unwrap().found;
        let real = b.limits.iter().filter(|l| l.dimension < 3).count();
        assert!(real == 3 && b.limits.len() <= 4, "{b:?}");
        // Without tests the last box of a trajectory restricts several more.
        let path = prim.trajectory(&PrimSettings::default()).unwrap();
        assert!(path[path.len() - 1].limits.len() > b.limits.len());
    }
}

#[test]
fn coverage_no_box_in_noise() {
    // Nominal 5 % a sample; 100 samples: at most the mean and four standard deviations.
    let found = (0..100)
        .filter(|seed| {
            let (x, case) = sample(400, 8, 0.3, 0.3, 1000 + seed);
            let prim = Prim::from_cases(&x, 8, &case).unwrap();
            prim.find(&PrimSettings::default()).unwrap().is_some()
        })
        .count();
    assert!(found <= 13, "{found}");
}

#[test]
fn ref_two_boxes_by_covering() {
    let s = Stream::new(8, 0);
    let x: Vec<f64> = (0..6000).map(|i| s.uniform(0, i, 0, 0)).collect();
    let case: Vec<bool> = x
        .chunks_exact(2)
        .map(|p| (p[0] < 0.3 && p[1] < 0.4) || (p[0] > 0.7 && p[1] > 0.5))
        .collect();
    let prim = Prim::from_cases(&x, 2, &case).unwrap();
    let settings = PrimSettings {
        minimum_mass: 0.02,
        ..PrimSettings::default()
    };
    let boxes = prim.cover(&settings, 5).unwrap();
    assert!(boxes.len() >= 2, "{}", boxes.len());
    // The larger first: x0 > 0.7 and x1 > 0.5.
    assert!((boxes[0].found.limits[0].low.unwrap() - 0.7).abs() < 0.03);
    assert!((boxes[1].found.limits[0].high.unwrap() - 0.3).abs() < 0.03);
    let covered: f64 = boxes.iter().map(|b| b.found.coverage).sum();
    assert!(covered > 0.95 && covered <= 1.0 + 1e-12, "{covered}");
}

#[test]
fn prop_discrete_inputs_keep_equal_values_together() {
    // A switch and a dial with five positions; cases where the switch is on and the dial above 2.
    let s = Stream::new(2, 0);
    let mut x = Vec::new();
    let mut outcome = Vec::new();
    for i in 0..500 {
        let switch = f64::from(u8::from(s.uniform(0, i, 0, 0) > 0.5));
        let dial = (s.uniform(0, i, 0, 1) * 5.0).floor();
        x.extend([switch, dial]);
        outcome.push(if switch > 0.5 && dial > 2.0 { 2.5 } else { 0.5 });
    }
    outcome[7] = f64::NAN;
    let prim = Prim::from_outcomes(&x, 2, &outcome, 1.0).unwrap();
    assert_eq!((prim.failed_rows(), prim.points()), (1, 499));
    let b = prim.find(&PrimSettings::default()).unwrap().unwrap().found;
    assert_eq!((b.coverage, b.density, b.mean), (1.0, 1.0, 2.5));
    assert_eq!(b.limits[0].low, Some(0.5));
    assert_eq!(b.limits[1].low, Some(2.5));
}

#[test]
fn prop_choice_and_refusals() {
    let (x, case) = sample(2000, 4, 0.9, 0.1, 1);
    let prim = Prim::from_cases(&x, 4, &case).unwrap();
    let path = prim.trajectory(&PrimSettings::default()).unwrap();
    let dense = choose(&path, Choice::DensityAtLeast(0.7)).unwrap();
    assert!(path[dense].density >= 0.7);
    assert!(
        path.iter()
            .all(|b| b.density < 0.7 || b.coverage <= path[dense].coverage)
    );
    let wide = choose(&path, Choice::CoverageAtLeast(0.9)).unwrap();
    assert!(path[wide].coverage >= 0.9);
    assert!(
        path.iter()
            .all(|b| b.coverage < 0.9 || b.density <= path[wide].density)
    );
    assert_eq!(choose(&[], Choice::HarmonicMean), None);

    assert!(Prim::from_cases(&x, 3, &case).is_err());
    assert!(Prim::from_cases(&[], 2, &[]).is_err());
    assert!(Prim::from_cases(&[f64::NAN], 1, &[true]).is_err());
    let wrong = PrimSettings {
        peel_fraction: 0.0,
        ..PrimSettings::default()
    };
    assert!(prim.find(&wrong).is_err());
    // Nothing of interest, or everything: no box.
    let none = Prim::from_cases(&x, 4, &vec![false; 2000]).unwrap();
    assert_eq!(none.find(&PrimSettings::default()).unwrap(), None);
    let all = Prim::from_cases(&x, 4, &vec![true; 2000]).unwrap();
    assert_eq!(all.find(&PrimSettings::default()).unwrap(), None);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]
    #[test]
    fn prop_trajectory_is_consistent(
        rows in prop::collection::vec((0u8..6, -1.0f64..1.0, any::<bool>()), 5..80),
    ) {
        let x: Vec<f64> = rows.iter().flat_map(|r| [f64::from(r.0), r.1]).collect();
        let case: Vec<bool> = rows.iter().map(|r| r.2).collect();
        prop_assume!(case.contains(&true));
        let prim = Prim::from_cases(&x, 2, &case).unwrap();
        let path = prim.trajectory(&PrimSettings::default()).unwrap();
        prop_assert!(path[0].limits.is_empty() && path[0].points == rows.len());
        for b in &path {
            // What a box says of itself is what its limits say.
            let inside = || x.chunks_exact(2).zip(&case).filter(|(p, _)| b.contains(p));
            prop_assert_eq!(inside().count(), b.points);
            prop_assert_eq!(inside().filter(|(_, c)| **c).count(), b.cases);
            prop_assert!((b.mean - b.density).abs() < 1e-9);
        }
    }
}
