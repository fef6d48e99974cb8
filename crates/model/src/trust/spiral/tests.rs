//! The spiral theorem of MODEL.md §2.6, its published numbers and its closed forms.

use proptest::prelude::*;

use super::*;
use crate::trust::tests::{coefficients, random_neighbours};

/// One speed, no turnover: φ is the persistence of the only part.
fn one_speed(phi: f64, good: f64, bad: f64, lambda: f64, kappa: f64) -> Coefficients {
    let mut c = coefficients();
    c.slow_share = 1.0;
    c.slow_persistence = phi;
    c.response = (good * bad).sqrt();
    c.negativity_ratio = bad / good;
    c.reciprocity = lambda;
    c.reputation = kappa * c.response;
    c.diffusion = 0.0;
    c.surprise_rule = 0.0;
    c
}

/// The three cases of the theorem: (φ, β⁺, β⁻, λ, κ, μ) and R⁺, R⁻. Its diffusion is additive;
/// `φ d + μ Σω d_k` is the relative form with persistence φ + μ.
const CASES: [([f64; 6], f64, f64); 3] = [
    ([0.85, 0.2, 0.4, 0.3, 0.3, 0.0], 0.928, 1.006),
    ([0.85, 0.1, 0.35, 0.35, 0.5, 0.0], 0.9025, 1.03375),
    ([0.8, 0.1, 0.35, 0.35, 0.5, 0.08], 0.9325, 1.06375),
];

#[test]
fn ref_spiral_theorem() {
    let n = 6;
    let neighbours = random_neighbours(n, 1);
    for ([phi, good, bad, lambda, kappa, mu], r_good, r_bad) in CASES {
        let mut c = one_speed(phi + mu, good, bad, lambda, kappa);
        c.diffusion = mu;
        let d = examine(&c, &neighbours, &vec![true; n], &vec![0.0; n]);
        assert!(d.converged);
        assert!((d.growth - r_bad).abs() < 1e-6, "{} {r_bad}", d.growth);
        assert!((d.growth_uniform - r_bad).abs() < 1e-12);
        assert!((d.loop_gain - (r_bad - phi - mu) / (1.0 - phi - mu)).abs() < 1e-12);
        // The positive cone is the negative one with the ratio inverted.
        c.negativity_ratio = good / bad;
        let d = examine(&c, &neighbours, &vec![true; n], &vec![0.0; n]);
        assert!((d.growth - r_good).abs() < 1e-6, "{} {r_good}", d.growth);
    }
}

#[test]
fn ref_power_iteration_agrees_with_the_two_speed_closed_form() {
    let n = 9;
    let neighbours = random_neighbours(n, 2);
    let mut c = coefficients();
    c.diffusion = 0.04;
    let d = examine(&c, &neighbours, &vec![true; n], &vec![0.2; n]);
    assert!(d.converged);
    assert!((d.growth - d.growth_uniform).abs() < 1e-6);
    assert!(
        d.reactivity >= d.growth - 1e-9,
        "{} {}",
        d.reactivity,
        d.growth
    );
}

#[test]
fn ref_dense_power_equals_matrix_free() {
    // The map written down column by column, squared twenty times: ‖J^N x‖^(1/N) bounds nothing
    // by itself, but J applied to its limit must return R times the limit.
    let n = 5;
    let neighbours = random_neighbours(n, 3);
    let mut c = coefficients();
    c.diffusion = 0.03;
    let covered = vec![true; n];
    let hazards: Vec<f64> = (0..n).map(|j| 0.05 + 0.1 * j as f64).collect();
    let map = Map::new(&c, Channels::ALL, &neighbours, &covered, &hazards);
    let size = 2 * n * n;
    let column = |k: usize| {
        let mut x = Pattern {
            slow: vec![0.0; n * n],
            fast: vec![0.0; n * n],
        };
        if k < n * n {
            x.slow[k] = 1.0;
        } else {
            x.fast[k - n * n] = 1.0;
        }
        let y = map.apply(&x);
        y.slow.into_iter().chain(y.fast).collect::<Vec<f64>>()
    };
    let columns: Vec<Vec<f64>> = (0..size).map(column).collect();
    let mut x: Vec<f64> = vec![1.0; size];
    let mut growth = 0.0;
    for _ in 0..5000 {
        let mut y = vec![0.0; size];
        for (k, col) in columns.iter().enumerate() {
            for (o, v) in y.iter_mut().zip(col) {
                *o += v * x[k];
            }
        }
        growth = y.iter().map(|v| v * v).sum::<f64>().sqrt()
            / x.iter().map(|v| v * v).sum::<f64>().sqrt();
        let norm = y.iter().map(|v| v * v).sum::<f64>().sqrt();
        x = y.iter().map(|v| v / norm).collect();
    }
    let d = examine(&c, &neighbours, &covered, &hazards);
    // Stopping at 1e-8 a product leaves an error of about 1e-5 where the gap is small.
    assert!((d.growth - growth).abs() < 3e-5, "{} {growth}", d.growth);
}

proptest! {
    #[test]
    fn prop_transposed_map_is_the_adjoint(seed in 0u32..1000) {
        let n = 7;
        let neighbours = random_neighbours(n, seed);
        let mut c = coefficients();
        c.diffusion = 0.05;
        let mut covered = vec![true; n];
        covered[3] = false;
        let hazards = vec![0.1; n];
        let map = Map::new(&c, Channels::ALL, &neighbours, &covered, &hazards);
        let stream = realign_numerics::random::Stream::new(u64::from(seed), 1);
        let pattern = |k: u32| {
            let fill = |o: u32| (0..n * n)
                .map(|at| {
                    let z = stream.normal(k + o, at as u32, 0, 0);
                    if map.is_pair(at / n, at % n) { z } else { 0.0 }
                })
                .collect::<Vec<f64>>();
            Pattern { slow: fill(0), fast: fill(1) }
        };
        let dot = |a: &Pattern, b: &Pattern| -> f64 {
            a.slow.iter().zip(&b.slow).chain(a.fast.iter().zip(&b.fast)).map(|(x, y)| x * y).sum()
        };
        // Neighbours that are not covered do not exist in use: leave them out here as well.
        let neighbours = Neighbours::from_rows((0..n).map(|i| {
            neighbours.of(i).iter().copied().filter(|e| i != 3 && e.0 != 3).collect()
        }));
        let map = Map { neighbours: &neighbours, ..Map::new(&c, Channels::ALL, &neighbours, &covered, &hazards) };
        let (x, y) = (pattern(10), pattern(20));
        let left = dot(&map.apply(&x), &y);
        let right = dot(&x, &map.apply_transposed(&y));
        prop_assert!((left - right).abs() < 1e-10, "{left} {right}");
    }

    #[test]
    fn prop_loop_gain_above_one_is_growth_above_one(
        phi_l in 0.8f64..0.99, phi_f in 0.2f64..0.8, pi in 0.02f64..0.6,
        beta in 0.0f64..0.6, lambda in 0.0f64..0.8, kappa in -0.05f64..0.3, hazard in 0.0f64..0.4,
    ) {
        let mut c = coefficients();
        (c.slow_persistence, c.fast_persistence, c.slow_share) = (phi_l, phi_f, pi);
        (c.response, c.reciprocity, c.reputation) = (beta, lambda, kappa);
        let gain = loop_gain(&c, Channels::ALL, hazard);
        let growth = uniform_growth(&c, Channels::ALL, hazard);
        prop_assume!((gain - 1.0).abs() > 1e-9);
        prop_assert_eq!(gain > 1.0, growth > 1.0);
    }
}

#[test]
fn ref_surprise_rule_excludes_a_spiral() {
    let mut c = one_speed(0.85, 0.2, 0.9, 0.8, 2.0);
    assert!(uniform_growth(&c, Channels::ALL, 0.0) > 1.0);
    c.surprise_rule = 1.0;
    assert!((uniform_growth(&c, Channels::ALL, 0.0) - 0.85).abs() < 1e-15);
    assert_eq!(loop_gain(&c, Channels::ALL, 0.0), 0.0);
}

#[test]
fn ref_spread_equals_what_the_map_does_to_one_pair() {
    let n = 6;
    let neighbours = random_neighbours(n, 8);
    let mut c = coefficients();
    c.diffusion = 0.04;
    let covered = vec![true; n];
    let hazards: Vec<f64> = (0..n).map(|j| 0.05 * j as f64).collect();
    let map = Map::new(&c, Channels::ALL, &neighbours, &covered, &hazards);
    let spread = map.spread();
    for at in [1, 9, 20] {
        let mut x = Pattern {
            slow: vec![0.0; n * n],
            fast: vec![0.0; n * n],
        };
        (x.slow[at], x.fast[at]) = (c.slow_share, 1.0 - c.slow_share);
        for _ in 1..SPREAD_YEARS {
            x = map.apply(&x);
        }
        let total: f64 = x.sum().iter().sum();
        assert!((total - spread[at]).abs() < 1e-12, "{total} {}", spread[at]);
    }
}
