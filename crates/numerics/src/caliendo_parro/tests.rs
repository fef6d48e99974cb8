use super::*;
use crate::equilibrium::{Change, Economy, SolveOptions, Technology};
use crate::random::Stream;
use proptest::prelude::*;

/// Closeness of quantities that the solver determines to 1e-12 relative excess.
const SOLVED: f64 = 1e-9;

/// A gravity-like world; value-added shares at least `least`.
fn world(j: usize, n: usize, draw: u32, least: f64) -> SectoralEconomy {
    let s = Stream::new(11, draw);
    let size: Vec<f64> = (0..n).map(|i| s.normal(0, i as u32, 0, 0).exp()).collect();
    let (mut flows, mut tariff) = (vec![0.0; j * n * n], vec![0.0; j * n * n]);
    for k in 0..j * n * n {
        let (a, i, m) = (k / (n * n), (k / n) % n, k % n);
        let u = |v: u32| s.uniform(v, k as u32, 0, 0);
        let skill = (0.5 * s.normal(1, (a * n + i) as u32, 0, 0)).exp();
        let friction = if i == m { 1.5 } else { 0.5 * u(2) };
        // Every third sector is not traded.
        if i == m || a % 3 != 2 {
            flows[k] = size[i] * size[m] * skill * friction;
        }
        if i != m {
            tariff[k] = 0.2 * u(3);
        }
    }
    let value_added_share = (0..j * n)
        .map(|k| least + (1.0 - least) * s.uniform(4, k as u32, 0, 0))
        .collect();
    let mut input_share: Vec<f64> = (0..n * j * j)
        .map(|k| 0.1 + s.uniform(5, k as u32, 0, 0))
        .collect();
    for row in input_share.chunks_exact_mut(j) {
        let sum: f64 = row.iter().sum();
        row.iter_mut().for_each(|g| *g /= sum);
    }
    // Inputs follow what is available: scale them by supply so that final demand stays positive.
    for m in 0..n {
        for k in 0..j {
            let row = &mut input_share[(m * j + k) * j..][..j];
            for a in 0..j {
                row[a] *= (0..n).map(|i| flows[(a * n + i) * n + m]).sum::<f64>();
            }
            let sum: f64 = row.iter().sum();
            row.iter_mut().for_each(|g| *g /= sum);
        }
    }
    // Where a region sells far more than it uses, links are thinned until final demand fits.
    let mut share: Vec<f64> = value_added_share;
    loop {
        let made = SectoralEconomy::from_flows(
            j,
            n,
            &flows,
            tariff.clone(),
            share.clone(),
            input_share.clone(),
        );
        match made {
            // A region that owes (or lives on) most of its income may have no equilibrium after a
            // shock.
            Ok(e) if n <= 8 && (0..n).any(|i| e.surplus[i].abs() > 0.3 * e.value_added[i]) => {
                return world(j, n, draw + 100_000, least);
            }
            Ok(e) => return e,
            Err(NumericsError::Domain {
                what: "final demand" | "final income",
                ..
            }) => {
                share.iter_mut().for_each(|b| *b = 0.9 * *b + 0.1);
            }
            Err(e) => panic!("{e}"),
        }
    }
}

fn thetas(j: usize, draw: u32) -> Vec<f64> {
    let s = Stream::new(12, draw);
    (0..j)
        .map(|k| 1.0 + 9.0 * s.uniform(0, k as u32, 0, 0))
        .collect()
}

fn shock(e: &SectoralEconomy, draw: u32, most: f64, part: f64) -> Vec<f64> {
    let (s, n) = (Stream::new(13, draw), e.regions());
    let mut t = e.tariff().to_vec();
    for k in 0..t.len() {
        if (k / n) % n != k % n && s.uniform(0, k as u32, 0, 0) < part {
            t[k] += most * s.uniform(1, k as u32, 0, 0);
        }
    }
    t
}

fn run(e: &SectoralEconomy, theta: &[f64], tariff: &[f64]) -> SectoralEquilibrium {
    let change = SectoralChange {
        tariff,
        log_shift: None,
        surplus: None,
    };
    let out = solve(e, theta, &change, None, &SectoralOptions::default()).unwrap();
    assert!(
        out.verdict.is_converged(),
        "{:e} {} {:?}",
        out.residual,
        out.shock_share,
        out.work
    );
    out
}

/// Largest relative gap of the accounts, from what is reported alone.
fn certificate(
    e: &SectoralEconomy,
    theta: &[f64],
    tariff: &[f64],
    out: &SectoralEquilibrium,
) -> f64 {
    let (j, n) = (e.sectors(), e.regions());
    let mut worst: f64 = 0.0;
    let mut see = |a: f64, b: f64| worst = worst.max((a - b).abs() / b.abs().max(1e-9));
    for m in 0..n {
        let (mut value, mut duty, mut balance, mut volume) = (0.0, 0.0, 0.0, 0.0);
        for s in 0..j {
            let sold: f64 = out.flows[(s * n + m) * n..][..n].iter().sum();
            value += e.value_added_share[s * n + m] * sold;
            let mut spent = 0.0;
            for i in 0..n {
                let k = (s * n + i) * n + m;
                spent += out.flows[k] * (1.0 + tariff[k]);
                duty += out.flows[k] * tariff[k];
                balance += out.flows[(s * n + m) * n + i] - out.flows[k];
                volume += out.flows[k];
                // Shares obey the import demand system.
                let share = out.flows[k] * (1.0 + tariff[k]) / out.expenditure[s * n + m];
                let factor = (1.0 + tariff[k]) / (1.0 + e.tariff[k]);
                let want = e.share[k]
                    * (factor * out.cost[s * n + i] / out.price[s * n + m]).powf(-theta[s]);
                see(share + 1.0, want + 1.0);
            }
            see(spent, out.expenditure[s * n + m]);
        }
        see(value, out.wage[m] * e.value_added()[m]);
        see(
            out.income[m],
            out.wage[m] * e.value_added()[m] + duty - e.surplus()[m],
        );
        see(volume + balance, volume + e.surplus()[m]);
    }
    worst
}

#[test]
fn ref_one_sector_without_links_is_armington() {
    let n = 6;
    let one = world(1, n, 3, 0.999_999_999);
    let flows = one.flows();
    let e =
        SectoralEconomy::from_flows(1, n, &flows, one.tariff.clone(), vec![1.0; n], vec![0.0; n])
            .unwrap();
    let base = Economy::new(n, flows, one.tariff.clone(), vec![0.0; n]).unwrap();
    let tariff = shock(&e, 1, 0.5, 0.7);
    let mine = run(&e, &[4.0], &tariff);
    let change = Change {
        tariff: &tariff,
        log_shift: None,
        transfer: None,
    };
    let options = SolveOptions {
        tolerance: 1e-12,
        ..SolveOptions::default()
    };
    let plain =
        crate::equilibrium::solve(&base, &Technology::armington(4.0), &change, None, &options)
            .unwrap();
    for i in 0..n {
        assert!((mine.real_income[i] - plain.welfare[i]).abs() < SOLVED);
        assert!((mine.wage[i] - plain.wage[i]).abs() < SOLVED);
    }
}

#[test]
fn ref_gains_from_trade_of_many_sectors() {
    // Costinot & Rodríguez-Clare 2014: autarky leaves Π_j λ_jj^{α_j/θ_j} of real income without
    // links, and with links the shares compound through the inverse of I − (1 − β)Γ.
    let (j, n) = (2, 3);
    let e = world(j, n, 7, 0.6);
    let theta = thetas(j, 7);
    let mut free = e.tariff().to_vec();
    free.fill(0.0);
    let change = SectoralChange {
        tariff: &free,
        log_shift: None,
        surplus: Some(&[0.0; 3]),
    };
    let base = solve(&e, &theta, &change, None, &SectoralOptions::default()).unwrap();
    let balanced = SectoralEconomy::from_flows(
        j,
        n,
        &base.flows,
        free.clone(),
        e.value_added_share.clone(),
        e.input_share.clone(),
    );
    let b = balanced.unwrap();
    let shut: Vec<f64> = (0..j * n * n)
        .map(|k| if (k / n) % n == k % n { 0.0 } else { -60.0 })
        .collect();
    let change = SectoralChange {
        tariff: &free,
        log_shift: Some(&shut),
        surplus: None,
    };
    let out = solve(&b, &theta, &change, None, &SectoralOptions::default()).unwrap();
    assert!(out.verdict.is_converged());
    for m in 0..n {
        // ln(w/P_k) solves x_k = ln λ_kk/θ_k + Σ_l (1 − β_k) γ_kl x_l at home shares of one.
        let own: Vec<f64> = (0..j)
            .map(|k| b.share[(k * n + m) * n + m].ln() / theta[k])
            .collect();
        let mut x = own.clone();
        for _ in 0..500 {
            x = (0..j)
                .map(|k| {
                    let links: f64 = (0..j)
                        .map(|l| b.input_share[(m * j + k) * j + l] * x[l])
                        .sum();
                    own[k] + (1.0 - b.value_added_share[k * n + m]) * links
                })
                .collect();
        }
        let gains: f64 = (0..j).map(|k| b.final_share[k * n + m] * x[k]).sum();
        assert!(
            (out.real_income[m].ln() - gains).abs() < 1e-8,
            "{} {gains}",
            out.real_income[m].ln()
        );
    }
}

#[test]
fn prop_wrong_input_is_refused_and_failure_said() {
    let e = world(3, 4, 0, 0.6);
    let theta = thetas(3, 0);
    let tariff = shock(&e, 0, 1.0, 1.0);
    let change = SectoralChange {
        tariff: &tariff,
        log_shift: None,
        surplus: None,
    };
    let short = SectoralOptions {
        max_evaluations: 2,
        max_halvings: 0,
        max_newton_steps: 0,
        ..SectoralOptions::default()
    };
    let out = solve(&e, &theta, &change, None, &short).unwrap();
    assert!(!out.verdict.is_converged() && out.residual > 1e-12);
    // Newton alone reaches it from the old equilibrium.
    let alone = SectoralOptions {
        max_newton_steps: 20,
        ..short
    };
    let out = solve(&e, &theta, &change, None, &alone).unwrap();
    assert!(
        out.verdict.is_converged() && out.work.factorisations > 0,
        "{:?}",
        out.work
    );
    // So does homotopy without Newton.
    let patient = SectoralOptions {
        max_evaluations: 14,
        max_halvings: 9,
        ..short
    };
    let high = shock(&e, 0, 6.0, 1.0);
    let wall = SectoralChange {
        tariff: &high,
        ..change
    };
    let m = e.clone().closed_by(Deficits::Multiplicative);
    let out = solve(&m, &theta, &wall, None, &patient).unwrap();
    assert!(
        out.verdict.is_converged() && out.work.homotopy_steps > 0,
        "{:?}",
        out.work
    );
    let options = SectoralOptions::default();
    assert!(solve(&e, &[1.0; 2], &change, None, &options).is_err());
    assert!(solve(&e, &[1.0, 0.0, 2.0], &change, None, &options).is_err());
    let mut bad = tariff.clone();
    bad[1] = -1.0;
    let change = SectoralChange {
        tariff: &bad,
        ..change
    };
    assert!(solve(&e, &theta, &change, None, &options).is_err());
}

#[test]
fn prop_purged_economy_is_balanced() {
    let e = world(3, 5, 21, 0.6);
    let theta = thetas(3, 21);
    let p = purge_deficits(&e, &theta, &SectoralOptions::default()).unwrap();
    assert!(p.adjustment() < 1e-10 && e.surplus().iter().any(|s| s.abs() > 1e-3));
    let flows = p.flows();
    for m in 0..5 {
        let net: f64 = (0..flows.len())
            .map(|k| {
                let (i, to) = ((k / 5) % 5, k % 5);
                flows[k] * (f64::from(u8::from(i == m)) - f64::from(u8::from(to == m)))
            })
            .sum();
        assert!(net.abs() < SOLVED * p.value_added()[m]);
    }
}

#[test]
fn regress_work_of_a_large_world() {
    let e = world(12, 20, 2, 0.6);
    let theta = thetas(12, 2);
    let out = run(&e, &theta, &shock(&e, 2, 0.5, 0.3));
    assert!(
        out.work.evaluations <= 45 && out.work.price_sweeps <= 330,
        "{:?}",
        out.work
    );
    assert_eq!(out.work.homotopy_steps, 0);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(40))]

    #[test]
    fn prop_accounts_close_up_to_prohibitive_tariffs(
        draw in 0u32..10_000, part in 0.0f64..1.0, most in 0.0f64..10.0, rule in 0usize..2,
    ) {
        let mut e = world(4, 6, draw, 0.5);
        if rule == 1 {
            e = e.closed_by(Deficits::Multiplicative);
        }
        let theta = thetas(4, draw);
        let tariff = shock(&e, draw, most, part);
        let change = SectoralChange { tariff: &tariff, log_shift: None, surplus: None };
        let out = solve(&e, &theta, &change, None, &SectoralOptions::default()).unwrap();
        // With additive deficits a debtor may still be unable to pay; then it is said.
        if rule == 0 && !out.verdict.is_converged() {
            prop_assert!(out.shock_share < 1.0 && out.insolvent.is_some(), "{:?} {:?}", out.verdict, out.work);
        } else {
            prop_assert!(out.verdict.is_converged(), "{:e} {:?}", out.residual, out.work);
            if rule == 0 {
                let gap = certificate(&e, &theta, &tariff, &out);
                prop_assert!(gap < SOLVED, "{:e}", gap);
            }
        }
    }

    #[test]
    fn prop_relabelling_permutes_and_scale_is_neutral(draw in 0u32..1000, scale in 0.01f64..100.0) {
        let (j, n) = (3, 5);
        let e = world(j, n, draw, 0.6);
        let (theta, tariff) = (thetas(j, draw), shock(&e, draw, 0.5, 0.5));
        let out = run(&e, &theta, &tariff);
        let turn = |i: usize| (i * 3 + 2) % n;
        let permute = |v: &[f64], by: f64| {
            let mut p = vec![0.0; v.len()];
            for k in 0..v.len() {
                let (s, i, m) = (k / (n * n), (k / n) % n, k % n);
                p[(s * n + turn(i)) * n + turn(m)] = by * v[k];
            }
            p
        };
        let sectors = |v: &[f64]| {
            let mut p = vec![0.0; v.len()];
            for k in 0..v.len() {
                p[k / n * n + turn(k % n)] = v[k];
            }
            p
        };
        let mut inputs = vec![0.0; n * j * j];
        for m in 0..n {
            inputs[turn(m) * j * j..][..j * j].copy_from_slice(&e.input_share[m * j * j..][..j * j]);
        }
        let f = SectoralEconomy::from_flows(
            j, n, &permute(&e.flows(), scale), permute(e.tariff(), 1.0), sectors(&e.value_added_share), inputs,
        ).unwrap();
        let moved = run(&f, &theta, &permute(&tariff, 1.0));
        for i in 0..n {
            prop_assert!((out.real_income[i] - moved.real_income[turn(i)]).abs() < SOLVED);
            prop_assert!((out.wage[i] - moved.wage[turn(i)]).abs() < SOLVED);
        }
    }

    #[test]
    fn prop_removing_what_was_added_restores(draw in 0u32..1000, most in 0.01f64..1.0) {
        let (j, n) = (3, 4);
        let e = world(j, n, draw, 0.6);
        let theta = thetas(j, draw);
        let tariff = shock(&e, draw, most, 0.6);
        let out = run(&e, &theta, &tariff);
        let f = SectoralEconomy::from_flows(
            j, n, &out.flows, tariff, e.value_added_share.clone(), e.input_share.clone(),
        ).unwrap();
        let back = run(&f, &theta, e.tariff());
        for i in 0..n {
            prop_assert!((out.real_income[i] * back.real_income[i] - 1.0).abs() < 1e-8);
        }
    }
}
