//! Random shocks up to prohibitive tariffs: every one solved, every one certified from what is
//! reported. `examples/equilibrium_stress.rs` runs 10,000.

use realign_numerics::equilibrium::{
    Change, Deficits, Economy, Equilibrium, SolveOptions, Technology, solve, without_transfers,
};
use realign_numerics::random::Stream;

/// Relative excess demand that counts as solved.
const TOLERANCE: f64 = 1e-10;
const STATES: usize = 40;
const DRAWS: u32 = 100;

/// A gravity-like world with unbalanced trade: deficits up to about a third of output.
fn world(draw: u32) -> Economy {
    let n = STATES;
    let s = Stream::new(7, draw);
    let size: Vec<f64> = (0..n)
        .map(|i| (1.5 * s.normal(0, i as u32, 0, 0)).exp())
        .collect();
    let mut flows = vec![0.0; n * n];
    for j in 0..n {
        for i in 0..n {
            let friction = if i == j {
                1.0
            } else {
                0.1 * s.normal(1, j as u32, i as u32, 0).exp() / n as f64
            };
            flows[j * n + i] = size[j] * size[i] / (size[j] + size[i]) * friction * n as f64;
        }
    }
    Economy::new(n, flows, vec![0.0; n * n], vec![0.0; n]).unwrap()
}

/// Largest relative gap of sales to wages and of spending to income, from flows alone.
fn certificate(economy: &Economy, tariff: &[f64], e: &Equilibrium, transfers: bool) -> f64 {
    let n = economy.n();
    let mut worst: f64 = 0.0;
    for i in 0..n {
        let income = e.wage[i] * economy.output()[i];
        let sales: f64 = e.flows[i * n..][..n].iter().sum();
        worst = worst.max((sales / income - 1.0).abs());
        let spent: f64 = (0..n)
            .map(|j| e.flows[j * n + i] * (1.0 + tariff[j * n + i]))
            .sum();
        worst = worst.max((spent / (e.expenditure[i] * economy.expenditure()[i]) - 1.0).abs());
        if transfers {
            let duty: f64 = (0..n).map(|j| e.flows[j * n + i] * tariff[j * n + i]).sum();
            worst = worst.max(((income + duty + economy.transfer()[i]) / spent - 1.0).abs());
        }
    }
    worst
}

#[test]
fn prop_every_shock_is_solved_and_certified() {
    let n = STATES;
    for k in 0..2 {
        let base = world(k);
        let options = SolveOptions {
            tolerance: TOLERANCE,
            ..SolveOptions::default()
        };
        let purged = without_transfers(&base, &Technology::armington(4.0), &options).unwrap();
        let multiplicative = base.clone().closed_by(Deficits::Multiplicative);
        for (rule, economy) in [&base, &multiplicative, &purged].into_iter().enumerate() {
            for d in 0..DRAWS {
                let s = Stream::new(99, d);
                let part = s.uniform(0, 0, 0, 0);
                let most = 10.0 * s.uniform(0, 1, 0, 0);
                let noise = s.uniform(0, 2, 0, 0);
                let epsilon = 0.8 + 8.0 * s.uniform(0, 3, 0, 0);
                let (mut tariff, mut shift) = (vec![0.0; n * n], vec![0.0; n * n]);
                for k in (0..n * n).filter(|k| k / n != k % n) {
                    if s.uniform(1, k as u32, 0, 0) < part {
                        tariff[k] = most * s.uniform(2, k as u32, 0, 0);
                    }
                    shift[k] = noise * s.normal(3, k as u32, 0, 0);
                }
                let change = Change {
                    tariff: &tariff,
                    log_shift: Some(&shift),
                    transfer: None,
                };
                let technology = Technology::armington(epsilon);
                let e = solve(economy, &technology, &change, None, &options).unwrap();
                assert!(
                    e.verdict.is_converged(),
                    "{rule} {d} {:e} {:?}",
                    e.residual,
                    e.work
                );
                let gap = certificate(economy, &tariff, &e, rule != 1);
                assert!(gap < 1e-8, "{rule} {d} {gap:e}");
                assert_eq!(e.shock_share, 1.0);
            }
        }
    }
}

#[test]
fn prop_a_debtor_that_cannot_pay_is_named() {
    // State 0 sells to state 1 and owes half of its income; a wall against it leaves nothing to
    // pay with.
    let flows = vec![1.0, 1.0, 0.0, 0.0, 5.0, 1.0, 0.1, 1.0, 5.0];
    let e = Economy::new(3, flows, vec![0.0; 9], vec![0.0; 3]).unwrap();
    assert!(e.transfer()[0] < -0.4 * e.output()[0]);
    let wall = [0.0, 50.0, 50.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0];
    let change = Change {
        tariff: &wall,
        log_shift: None,
        transfer: None,
    };
    let technology = Technology::armington(4.0);
    let out = solve(&e, &technology, &change, None, &SolveOptions::default()).unwrap();
    assert!(!out.verdict.is_converged() && out.shock_share < 1.0);
    assert_eq!(out.insolvent, Some(0));
    // In proportion to its income it can always pay.
    let m = e.closed_by(Deficits::Multiplicative);
    let out = solve(&m, &technology, &change, None, &SolveOptions::default()).unwrap();
    assert!(out.verdict.is_converged() && out.insolvent.is_none());
    assert!(out.welfare[0] < 1.0);
}
