use super::*;
use crate::random::Stream;
use proptest::prelude::*;

fn options() -> SolveOptions {
    SolveOptions::default()
}

fn plain(n: usize, flows: Vec<f64>) -> Economy {
    Economy::new(n, flows, vec![0.0; n * n], vec![0.0; n]).unwrap()
}

/// A gravity-like world with unbalanced trade and tariffs up to 20 %.
fn world(n: usize, draw: u32) -> Economy {
    let s = Stream::new(42, draw);
    let mut flows = vec![0.0; n * n];
    let mut tariff = vec![0.0; n * n];
    for j in 0..n {
        for i in 0..n {
            let size = (s.normal(0, j as u32, 0, 0) + s.normal(0, i as u32, 0, 0)).exp();
            let friction = if i == j {
                1.0
            } else {
                0.3 * s.uniform(1, j as u32, i as u32, 0)
            };
            flows[j * n + i] = size * friction;
            if i != j {
                tariff[j * n + i] = 0.2 * s.uniform(2, j as u32, i as u32, 0);
            }
        }
    }
    Economy::new(n, flows, tariff, vec![0.0; n]).unwrap()
}

fn hub_tariff(e: &Economy, hub: usize, added: f64) -> Vec<f64> {
    let n = e.n();
    let mut t = e.tariff().to_vec();
    for j in (0..n).filter(|j| *j != hub) {
        t[j * n + hub] += added;
    }
    t
}

fn run(e: &Economy, eps: f64, tariff: &[f64]) -> Equilibrium {
    let change = Change {
        tariff,
        log_shift: None,
        transfer: None,
    };
    let out = solve(e, &Technology::armington(eps), &change, None, &options()).unwrap();
    assert!(
        out.verdict.is_converged(),
        "{:?}, insolvent {:?} at {} of the shock, residual {}",
        out.work,
        out.insolvent,
        out.shock_share,
        out.residual
    );
    out
}

/// Whether nobody hands over so much of its output that a tariff on it can leave no equilibrium
/// (additive transfers; docs/model/equilibrium.md).
fn solvent(e: &Economy) -> bool {
    let mut kept = e
        .transfer()
        .iter()
        .zip(e.output())
        .map(|(t, y)| 1.0 + t / y);
    kept.all(|k| k > 0.5)
}

/// Closeness of quantities that the solver determines to 1e-10 relative excess.
const SOLVED: f64 = 1e-8;

#[test]
fn ref_gains_from_trade_closed_forms() {
    // Arkolakis, Costinot & Rodríguez-Clare 2012: autarky leaves λ^{1/ε} of real income.
    for (share, eps, gains) in [(0.93, 5.0, 1.4409), (0.93, 10.0, 0.7231)] {
        let e = plain(2, vec![share, 1.0 - share, 1.0 - share, share]);
        let shut = [0.0, -80.0, -80.0, 0.0];
        let change = Change {
            tariff: e.tariff(),
            log_shift: Some(&shut),
            transfer: None,
        };
        let out = solve(&e, &Technology::armington(eps), &change, None, &options()).unwrap();
        assert!(out.verdict.is_converged());
        assert!(
            (100.0 * (1.0 - out.welfare[0]) - gains).abs() < 5e-5,
            "{}",
            out.welfare[0]
        );
    }
    // Two equal countries, trade cost factor 2 cut to 1.5 at ε = 4.
    let home = 1.0 / (1.0 + 2f64.powi(-4));
    let e = plain(2, vec![home, 1.0 - home, 1.0 - home, home]);
    let cut = -4.0 * (1.5f64 / 2.0).ln();
    let shift = [0.0, cut, cut, 0.0];
    let change = Change {
        tariff: e.tariff(),
        log_shift: Some(&shift),
        transfer: None,
    };
    let out = solve(&e, &Technology::armington(4.0), &change, None, &options()).unwrap();
    assert!((out.welfare[0] - 1.030361).abs() < 5e-7);
    let share = out.flows[0] / (out.flows[0] + out.flows[2]);
    assert!((share - 0.835052).abs() < 5e-7);
}

/// Free trade of two countries with labour `home` and 1 and iceberg factor 1.5.
fn two_countries(eps: f64, home: f64) -> Economy {
    let flows = |w: f64| {
        let far = 1.5f64.powf(-eps);
        let (h, f) = (w.powf(-eps), 1.0);
        let at_home = h / (h + far * f);
        let abroad = far * h / (far * h + f);
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
    plain(2, flows((lo * hi).sqrt()))
}

#[test]
fn ref_optimal_tariff_gros_1987() {
    for (eps, home, best) in [
        (2.0, 0.5, 0.59403),
        (4.0, 0.5, 0.27082),
        (5.0, 0.5, 0.21120),
        (4.0, 1e-6, 0.25),
    ] {
        let e = two_countries(eps, home);
        // The optimum is where welfare is stationary: compare both sides of it.
        let welfare = |t: f64| run(&e, eps, &[0.0, 0.0, t, 0.0]).welfare[0];
        let (mut a, mut b) = (0.5 * best, 1.5 * best);
        while b - a > 2e-6 {
            let (c, d) = (a + (b - a) / 3.0, b - (b - a) / 3.0);
            if welfare(c) > welfare(d) {
                b = d;
            } else {
                a = c;
            }
        }
        assert!(
            (0.5 * (a + b) - best).abs() < 2e-5,
            "{eps} {home} {}",
            0.5 * (a + b)
        );
    }
}

#[test]
fn prop_no_change_is_exactly_one() {
    let e = world(6, 0);
    let zero = vec![0.0; 36];
    let change = Change {
        tariff: e.tariff(),
        log_shift: Some(&zero),
        transfer: None,
    };
    let out = solve(&e, &Technology::armington(4.0), &change, None, &options()).unwrap();
    assert!(
        out.welfare
            .iter()
            .chain(&out.wage)
            .chain(&out.price)
            .all(|x| *x == 1.0)
    );
    assert_eq!(out.flows, e.flows());
    assert_eq!(out.work, Work::default());
}

#[test]
fn prop_failure_is_said_and_wrong_input_refused() {
    let e = world(6, 0);
    let t = hub_tariff(&e, 2, 0.5);
    let change = Change {
        tariff: &t,
        log_shift: None,
        transfer: None,
    };
    let short = SolveOptions {
        max_evaluations: 3,
        max_halvings: 0,
        max_newton_steps: 0,
        ..options()
    };
    let out = solve(&e, &Technology::armington(4.0), &change, None, &short).unwrap();
    assert!(!out.verdict.is_converged() && out.residual > 1e-10);
    // Newton alone reaches it from the old equilibrium.
    let newton = SolveOptions {
        max_newton_steps: 60,
        ..short
    };
    let out = solve(&e, &Technology::armington(4.0), &change, None, &newton).unwrap();
    assert!(out.verdict.is_converged() && out.work.factorisations > 0);
    // Homotopy reaches what the short iteration cannot.
    let patient = SolveOptions {
        max_evaluations: 8,
        max_halvings: 8,
        max_newton_steps: 0,
        ..options()
    };
    let out = solve(&e, &Technology::armington(4.0), &change, None, &patient).unwrap();
    assert!(
        out.verdict.is_converged() && out.work.homotopy_steps > 0,
        "{:?}",
        out.work
    );
    let direct = run(&e, 4.0, &t);
    assert!((out.welfare[2] - direct.welfare[2]).abs() < SOLVED);
    assert!(Economy::new(2, vec![1.0; 3], vec![0.0; 4], vec![0.0; 2]).is_err());
    assert!(Economy::new(2, vec![0.0, 1.0, 1.0, 0.0], vec![0.0; 4], vec![0.0; 2]).is_ok());
    assert!(Economy::new(2, vec![0.0, 0.0, 1.0, 1.0], vec![0.0; 4], vec![0.0; 2]).is_err());
    let bad = Technology::armington(0.0);
    assert!(solve(&e, &bad, &change, None, &options()).is_err());
}

#[test]
fn prop_small_changes_agree_with_first_order() {
    let e = world(8, 1);
    let tech = Technology::armington(4.0);
    let n = e.n();
    let mut t = e.tariff().to_vec();
    for j in (0..n).filter(|j| *j != 3) {
        t[j * n + 3] += 1e-4;
    }
    let s = Stream::new(8, 0);
    let shift: Vec<f64> = (0..n * n)
        .map(|k| {
            if k / n == k % n {
                0.0
            } else {
                1e-4 * s.normal(0, k as u32, 0, 0)
            }
        })
        .collect();
    let change = Change {
        tariff: &t,
        log_shift: Some(&shift),
        transfer: None,
    };
    let out = solve(
        &e,
        &tech,
        &change,
        None,
        &SolveOptions {
            tolerance: 1e-13,
            ..options()
        },
    );
    let out = out.unwrap();
    let d = decompose(&e, &tech, &change, &out);
    for i in 0..n {
        let first = d.terms_of_trade[i] + d.volume_of_trade[i] + d.trade_cost[i];
        let exact = out.welfare[i].ln();
        assert!(
            (first - exact).abs() < 1e-3 * exact.abs() + 2e-9,
            "{i} {first} {exact}"
        );
    }
}

#[test]
fn regress_work_of_a_large_world() {
    let e = world(100, 3);
    let t = hub_tariff(&e, 0, 0.3);
    let cold = run(&e, 4.0, &t);
    assert!(cold.work.evaluations <= 24, "{:?}", cold.work);
    assert_eq!((cold.work.restarts, cold.work.homotopy_steps), (0, 0));
    let more = hub_tariff(&e, 0, 0.31);
    let change = Change {
        tariff: &more,
        log_shift: None,
        transfer: None,
    };
    let start = Start::from(&cold);
    let warm = solve(
        &e,
        &Technology::armington(4.0),
        &change,
        Some(&start),
        &options(),
    )
    .unwrap();
    assert!(warm.verdict.is_converged());
    assert!(
        warm.work.evaluations <= cold.work.evaluations,
        "{:?} {:?}",
        warm.work,
        cold.work
    );
    let again = run(&e, 4.0, &more);
    for i in 0..100 {
        assert!((warm.welfare[i] - again.welfare[i]).abs() < SOLVED);
    }
}

#[test]
fn prop_purged_economy_is_balanced() {
    let e = world(7, 4);
    let b = without_transfers(&e, &Technology::armington(5.0), &options()).unwrap();
    let size: f64 = b.output().iter().sum();
    assert!(b.transfer().iter().all(|t| t.abs() < SOLVED * size));
    assert!(e.transfer().iter().any(|t| t.abs() > 1e-3));
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]

    #[test]
    fn prop_accounts_close(draw in 0u32..1000, eps in 0.8f64..9.0, added in 0.0f64..1.0) {
        let e = world(5, draw);
        prop_assume!(solvent(&e));
        let (n, t) = (5, hub_tariff(&e, 1, added));
        let out = run(&e, eps, &t);
        for i in 0..n {
            let sales: f64 = (0..n).map(|k| out.flows[i * n + k]).sum();
            let income = out.wage[i] * e.output()[i];
            prop_assert!((sales / income - 1.0).abs() < SOLVED);
            let spent: f64 = (0..n).map(|j| out.flows[j * n + i] * (1.0 + t[j * n + i])).sum();
            let revenue: f64 = (0..n).map(|j| out.flows[j * n + i] * t[j * n + i]).sum();
            prop_assert!((revenue / out.revenue[i].max(1e-12) - 1.0).abs() < SOLVED);
            let means = income + revenue + e.transfer()[i];
            prop_assert!((spent / means - 1.0).abs() < SOLVED);
            prop_assert!((spent / (out.expenditure[i] * e.expenditure()[i]) - 1.0).abs() < SOLVED);
            // Real income by the home share: ŵ/P̂ = λ̂_ii^{−1/ε}.
            let home = out.flows[i * n + i] / spent / e.share()[i * n + i];
            prop_assert!((out.wage[i] / out.price[i] / home.powf(-1.0 / eps) - 1.0).abs() < SOLVED);
        }
    }

    #[test]
    fn prop_relabelling_permutes_and_scale_is_neutral(draw in 0u32..1000, scale in 0.01f64..100.0) {
        let n = 6;
        let e = world(n, draw);
        let out = run(&e, 4.0, &hub_tariff(&e, 2, 0.4));
        let turn = |i: usize| (i * 5 + 1) % n;
        let permute = |m: &[f64], by: f64| {
            let mut p = vec![0.0; n * n];
            for j in 0..n { for i in 0..n { p[turn(j) * n + turn(i)] = by * m[j * n + i]; } }
            p
        };
        let f = Economy::new(n, permute(e.flows(), scale), permute(e.tariff(), 1.0), vec![0.0; n]).unwrap();
        let moved = run(&f, 4.0, &hub_tariff(&f, turn(2), 0.4));
        for i in 0..n {
            prop_assert!((out.welfare[i] - moved.welfare[turn(i)]).abs() < SOLVED);
            prop_assert!((out.wage[i] - moved.wage[turn(i)]).abs() < SOLVED);
        }
    }

    #[test]
    fn prop_removing_what_was_added_restores(draw in 0u32..1000, added in 0.01f64..0.8) {
        let n = 5;
        let e = world(n, draw);
        prop_assume!(solvent(&e));
        let t = hub_tariff(&e, 0, added);
        let out = run(&e, 3.0, &t);
        let after = Economy::new(n, out.flows.clone(), t, vec![0.0; n]).unwrap();
        let back = run(&after, 3.0, e.tariff());
        for i in 0..n {
            prop_assert!((out.welfare[i] * back.welfare[i] - 1.0).abs() < SOLVED);
        }
        // Tariffs of zero are free trade, whatever path led there.
        let free = run(&e, 3.0, &[0.0; 25]);
        let free_after = run(&after, 3.0, &[0.0; 25]);
        for i in 0..n {
            prop_assert!((out.welfare[i] * free_after.welfare[i] / free.welfare[i] - 1.0).abs() < SOLVED);
        }
    }
}
