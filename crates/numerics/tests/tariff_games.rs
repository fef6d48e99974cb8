//! Adjoint gradients, exposure, optimal and Nash tariffs of the one-sector model.
#![allow(clippy::print_stdout)]

use proptest::prelude::*;
use realign_numerics::equilibrium::{
    Change, Deficits, Economy, Equilibrium, GameOptions, Linearised, Player, RevenueUse,
    SolveOptions, Start, Technology, gain_of_deviation, solve, solve_game,
};
use realign_numerics::random::Stream;

fn fine() -> SolveOptions {
    SolveOptions {
        tolerance: 1e-13,
        ..SolveOptions::default()
    }
}

/// A gravity-like world with unbalanced trade, tariffs up to 20 % and mark-ups up to `markup`.
fn world(n: usize, draw: u32, markup: f64) -> Economy {
    let s = Stream::new(5, draw);
    let size: Vec<f64> = (0..n).map(|i| s.normal(0, i as u32, 0, 0).exp()).collect();
    let (mut flows, mut tariff) = (vec![0.0; n * n], vec![0.0; n * n]);
    for j in 0..n {
        for i in 0..n {
            let friction = 0.05 + 0.25 * s.uniform(1, j as u32, i as u32, 0);
            flows[j * n + i] = size[j] * size[i] * if i == j { 1.0 } else { friction };
            if i != j {
                tariff[j * n + i] = 0.2 * s.uniform(2, j as u32, i as u32, 0);
            }
        }
    }
    let nu = (0..n)
        .map(|i| markup * s.uniform(3, i as u32, 0, 0))
        .collect();
    Economy::new(n, flows, tariff, nu).unwrap()
}

/// The model's variants: plain, and with mark-ups, labour supply, scale and both uses of revenue.
fn technology(kind: usize, n: usize) -> Technology {
    let plain = Technology::armington(4.0);
    match kind {
        0 => plain,
        1 => Technology {
            labour_supply: 0.5,
            ..plain
        },
        _ => Technology {
            trade_elasticity: 4.0,
            labour_supply: 0.5,
            scale: 0.1,
            tariff_exponent: Some((0..n).map(|i| 1.0 + 0.05 * i as f64).collect()),
            revenue_use: if kind == 2 {
                RevenueUse::CutsIncomeTax
            } else {
                RevenueUse::Rebated
            },
        },
    }
}

fn at(e: &Economy, t: &Technology, change: &Change<'_>, start: Option<&Start>) -> Equilibrium {
    let out = solve(e, t, change, start, &fine()).unwrap();
    assert!(
        out.verdict.is_converged(),
        "{:e} {:?}",
        out.residual,
        out.work
    );
    out
}

/// Central differences of ln welfare, step 1e-5: error about 1e-9.
const DIFFERENCES: f64 = 2e-7;

proptest! {
    #![proptest_config(ProptestConfig::with_cases(16))]

    #[test]
    fn prop_adjoint_gradient_is_the_difference_quotient(draw in 0u32..1000, kind in 0usize..4, rule in 0usize..2) {
        let n = 6;
        let mut e = world(n, draw, if kind >= 2 { 0.2 } else { 0.0 });
        if rule == 1 {
            e = e.closed_by(Deficits::Multiplicative);
        }
        let tech = technology(kind, n);
        let mut tariff = e.tariff().to_vec();
        for j in 1..n {
            tariff[j * n] += 0.15;
        }
        let shift = vec![0.01; n * n];
        let change = Change { tariff: &tariff, log_shift: Some(&shift), transfer: None };
        let base = at(&e, &tech, &change, None);
        let linear = Linearised::at(&e, &tech, &change, &base).unwrap();
        let s = Stream::new(draw.into(), 1);
        for _ in 0..3 {
            let weight: Vec<f64> = (0..n).map(|i| s.uniform(4, i as u32, 0, 0)).collect();
            let g = linear.welfare_gradient(&weight).unwrap();
            let value = |e: &Equilibrium| -> f64 { (0..n).map(|i| weight[i] * e.welfare[i].ln()).sum() };
            for (j, i) in [(1, 0), (0, 3), (2, 5), (4, 4)] {
                let k = j * n + i;
                let h = 1e-5;
                if i != j {
                    let moved = |by: f64| {
                        let mut t = tariff.clone();
                        t[k] += by;
                        let c = Change { tariff: &t, log_shift: Some(&shift), transfer: None };
                        value(&at(&e, &tech, &c, Some(&Start::from(&base))))
                    };
                    let slope = (moved(h) - moved(-h)) / (2.0 * h);
                    prop_assert!((slope - g.tariff[k]).abs() < DIFFERENCES, "{} {}", slope, g.tariff[k]);
                }
                let moved = |by: f64| {
                    let mut v = shift.clone();
                    v[k] += by;
                    let c = Change { tariff: &tariff, log_shift: Some(&v), transfer: None };
                    value(&at(&e, &tech, &c, Some(&Start::from(&base))))
                };
                let slope = (moved(h) - moved(-h)) / (2.0 * h);
                prop_assert!((slope - g.log_shift[k]).abs() < DIFFERENCES, "{} {}", slope, g.log_shift[k]);
            }
        }
    }
}

#[test]
fn prop_exposure_is_the_effect_of_a_small_wall() {
    let n = 8;
    let e = world(n, 3, 0.0);
    let tech = Technology::armington(5.0);
    let none = Change {
        tariff: e.tariff(),
        log_shift: None,
        transfer: None,
    };
    let base = at(&e, &tech, &none, None);
    let x = Linearised::at(&e, &tech, &none, &base)
        .unwrap()
        .exposure()
        .unwrap();
    let h = 1e-5;
    for j in 0..n {
        let moved = |inside: &dyn Fn(usize, usize) -> bool, up: f64| {
            let shift: Vec<f64> = (0..n * n)
                .map(|k| if inside(k / n, k % n) { -5.0 * up } else { 0.0 })
                .collect();
            let c = Change {
                tariff: e.tariff(),
                log_shift: Some(&shift),
                transfer: None,
            };
            at(&e, &tech, &c, Some(&Start::from(&base))).welfare
        };
        let slope = |inside: &dyn Fn(usize, usize) -> bool, i: usize| {
            (moved(inside, h)[i].ln() - moved(inside, -h)[i].ln()) / (2.0 * h)
        };
        for i in [0, 4, 7] {
            let wall = slope(&|a, b| b == j && a != j, i);
            assert!((x.import_wall[i * n + j] - wall).abs() < DIFFERENCES);
            let stop = slope(&|a, b| a == j && b != j, i);
            assert!((x.export_stop[i * n + j] - stop).abs() < DIFFERENCES);
            let gain = -slope(&|a, _| a == j, i);
            assert!((x.productivity[i * n + j] - gain).abs() < DIFFERENCES);
            if i != j {
                let shut = slope(&|a, b| (a == j && b == i) || (a == i && b == j), i);
                assert!((x.closure[i * n + j] - shut).abs() < DIFFERENCES);
                // Being cut off from a partner hurts.
                assert!(x.closure[i * n + j] < 0.0);
            }
        }
    }
}

/// Free trade of two countries with labour `home` and 1 and iceberg factor 1.5.
fn two_countries(eps: f64, home: f64) -> Economy {
    let flows = |w: f64| {
        let far = 1.5f64.powf(-eps);
        let h = w.powf(-eps);
        let (at_home, abroad) = (h / (h + far), far * h / (far * h + 1.0));
        vec![
            at_home * w * home,
            abroad,
            (1.0 - at_home) * w * home,
            1.0 - abroad,
        ]
    };
    let (mut lo, mut hi) = (1e-3f64, 1e3);
    while hi / lo > 1.0 + 1e-14 {
        let w = (lo * hi).sqrt();
        let x = flows(w);
        if x[1] > x[2] { lo = w } else { hi = w }
    }
    Economy::new(2, flows((lo * hi).sqrt()), vec![0.0; 4], vec![0.0; 2]).unwrap()
}

fn free(e: &Economy) -> Change<'_> {
    Change {
        tariff: e.tariff(),
        log_shift: None,
        transfer: None,
    }
}

#[test]
fn ref_optimal_tariff_gros_1987_by_adjoint() {
    for (eps, home, best) in [
        (2.0, 0.5, 0.59403),
        (4.0, 0.5, 0.27082),
        (5.0, 0.5, 0.21120),
        (2.0, 1e-6, 0.5),
        (4.0, 1e-6, 0.25),
        (5.0, 1e-6, 0.2),
    ] {
        let e = two_countries(eps, home);
        let tech = Technology::armington(eps);
        // The small country is not infinitely small: the formula is then met to its openness.
        let close = if home < 0.1 { 5e-5 } else { 1e-5 };
        let player = [Player::uniform(0, 2)];
        let g = solve_game(&e, &tech, &free(&e), &player, &GameOptions::default()).unwrap();
        assert!(
            g.verdict.is_converged() && g.gap < 1e-8,
            "{:?} {:e}",
            g.verdict,
            g.gap
        );
        assert!(
            (g.rates[0][0] - best).abs() < close,
            "{eps} {home} {}",
            g.rates[0][0]
        );
        // t* = 1/(ε λ_ff) exactly, the foreign share at the optimum.
        let x = &g.equilibrium.flows;
        let share = x[3] / (x[1] + x[3]);
        assert!((g.rates[0][0] * eps * share - 1.0).abs() < 1e-6);
        assert!(g.rounds <= 25, "{}", g.rounds);
    }
}

#[test]
fn ref_nash_tariffs_of_two_countries() {
    // Against a foreign tariff the offer curve gives t = 1/(ε μ_ff), μ net of tariffs.
    for (eps, home) in [(3.0, 1.0), (5.0, 0.4)] {
        let e = two_countries(eps, home);
        let tech = Technology::armington(eps);
        let players = [Player::uniform(0, 2), Player::uniform(1, 2)];
        let g = solve_game(&e, &tech, &free(&e), &players, &GameOptions::default()).unwrap();
        assert!(g.verdict.is_converged());
        let x = &g.equilibrium.flows;
        let (f, h) = (x[3] / (x[1] + x[3]), x[0] / (x[0] + x[2]));
        assert!(
            (g.rates[0][0] * eps * f - 1.0).abs() < 1e-6,
            "{:?}",
            g.rates
        );
        assert!((g.rates[1][0] * eps * h - 1.0).abs() < 1e-6);
        // A war hurts the world: with equal size, both.
        assert!(g.equilibrium.welfare.iter().any(|w| *w < 1.0));
        for p in &players {
            let gain = gain_of_deviation(&e, &tech, &free(&e), p, &g, 0.01, &fine()).unwrap();
            assert!(gain < 0.0, "{gain}");
        }
    }
}

#[test]
fn prop_optimum_by_partner_beats_uniform_and_retaliation_hurts() {
    let n = 12;
    let e = world(n, 9, 0.0);
    let tech = Technology::armington(4.0);
    let o = GameOptions::default();
    let hub = 2;
    let uniform = solve_game(&e, &tech, &free(&e), &[Player::uniform(hub, n)], &o).unwrap();
    let partner = Player::by_partner(hub, n);
    let split = solve_game(&e, &tech, &free(&e), std::slice::from_ref(&partner), &o).unwrap();
    assert!(
        uniform.verdict.is_converged() && split.verdict.is_converged(),
        "{:?} {:e} {} {:?}",
        split.verdict,
        split.gap,
        split.rounds,
        split.rates
    );
    assert!(split.equilibrium.welfare[hub] >= uniform.equilibrium.welfare[hub] - 1e-10);
    assert!(uniform.equilibrium.welfare[hub] > 1.0);
    for k in 0..n - 1 {
        // Each rate by itself is at its optimum, and so is the world's view of it.
        let one = Player {
            objective: vec![(hub, 1.0)],
            levers: vec![partner.levers[k].clone()],
        };
        let gain = gain_of_deviation(&e, &tech, &free(&e), &one, &split, 0.02, &fine()).unwrap();
        assert!(gain < 0.0, "{k} {gain}");
    }
    let answer: Vec<Player> = (0..n)
        .filter(|i| *i != hub)
        .map(|i| Player::retaliating(i, hub))
        .collect();
    let hit = Change {
        tariff: &uniform.tariff,
        log_shift: None,
        transfer: None,
    };
    let war = solve_game(&e, &tech, &hit, &answer, &o).unwrap();
    assert!(war.verdict.is_converged());
    assert!(war.equilibrium.welfare[hub] < uniform.equilibrium.welfare[hub]);
    for p in &answer {
        let gain = gain_of_deviation(&e, &tech, &hit, p, &war, 0.02, &fine()).unwrap();
        assert!(gain < 0.0, "{gain}");
    }
}

#[test]
fn prop_world_war_is_a_nash_equilibrium() {
    let n = 25;
    let e = world(n, 4, 0.0);
    let tech = Technology::armington(4.0);
    let players: Vec<Player> = (0..n).map(|i| Player::uniform(i, n)).collect();
    let g = solve_game(&e, &tech, &free(&e), &players, &GameOptions::default()).unwrap();
    assert!(
        g.verdict.is_converged() && g.gap < 1e-8,
        "{:?} {:e} {}",
        g.verdict,
        g.gap,
        g.rounds
    );
    assert!(
        g.rates.iter().all(|r| r[0] > 0.2 && r[0] < 2.0),
        "{:?}",
        g.rates
    );
    for p in &players {
        let gain = gain_of_deviation(&e, &tech, &free(&e), p, &g, 0.01, &fine()).unwrap();
        assert!(gain < 0.0, "{gain}");
    }
    // From another start the war is the same.
    let other = vec![0.0; n * n];
    let change = Change {
        tariff: &other,
        log_shift: None,
        transfer: None,
    };
    let h = solve_game(&e, &tech, &change, &players, &GameOptions::default()).unwrap();
    for (a, b) in g.rates.iter().zip(&h.rates) {
        assert!(
            (a[0] - b[0]).abs() < 1e-6,
            "{a:?} {b:?} {:?} {:e} {}",
            h.verdict,
            h.gap,
            h.rounds
        );
    }
}
