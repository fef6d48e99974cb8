//! Random shocks up to prohibitive tariffs, each solved and certified: bilateral tariffs of 0 to
//! 1000 % on a random part of all pairs, random trade costs, random elasticity; N = 40 synthetic
//! economies and, with the folder of the references, the 194 economies of 2023. Arguments: number
//! of draws, folder.
#![allow(clippy::print_stdout)]

use std::path::Path;
use std::time::Instant;

use realign_numerics::equilibrium::{
    Change, Deficits, Economy, Equilibrium, SolveOptions, Technology, solve, without_transfers,
};
use realign_numerics::random::Stream;

#[path = "../tests/trade_common/mod.rs"]
mod trade_common;
use trade_common::{table, text};

/// Hardest relative excess demand that counts as solved.
const TOLERANCE: f64 = 1e-10;

/// A gravity-like world with unbalanced trade.
fn synthetic(n: usize, draw: u32) -> Economy {
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
    Economy::new(n, flows, vec![0.0; n * n], vec![0.0; n]).expect("economy")
}

fn world(dir: &Path) -> Economy {
    let rows = text(&dir.join("trade_cepii.csv.gz"));
    let mut flows: Vec<f64> = rows
        .lines()
        .skip(1)
        .flat_map(|l| {
            l.split(',')
                .map(|v| v.trim().parse().unwrap_or(0.0))
                .collect::<Vec<f64>>()
        })
        .collect();
    let gdp: Vec<f64> = table(&dir.join("gdp.csv"))
        .iter()
        .map(|r| r[0].parse::<f64>().unwrap_or(0.0) / 1000.0)
        .collect();
    let n = gdp.len();
    for i in 0..n {
        let exports: f64 = (0..n).filter(|k| *k != i).map(|k| flows[i * n + k]).sum();
        flows[i * n + i] = (gdp[i] - exports).max(0.0);
    }
    Economy::new(n, flows, vec![0.0; n * n], vec![0.0; n]).expect("economy")
}

/// Residual computed from the reported flows alone: sales against wages, spending against income.
fn certificate(economy: &Economy, tariff: &[f64], e: &Equilibrium) -> f64 {
    let n = economy.n();
    let mut worst: f64 = 0.0;
    for i in 0..n {
        let sales: f64 = e.flows[i * n..][..n].iter().sum();
        worst = worst.max((sales / (e.wage[i] * economy.output()[i]) - 1.0).abs());
        let spent: f64 = (0..n)
            .map(|j| e.flows[j * n + i] * (1.0 + tariff[j * n + i]))
            .sum();
        worst = worst.max((spent / (e.expenditure[i] * economy.expenditure()[i]) - 1.0).abs());
    }
    worst
}

fn main() {
    let mut arguments = std::env::args().skip(1);
    let draws: u32 = arguments
        .next()
        .and_then(|a| a.parse().ok())
        .unwrap_or(1000);
    let mut worlds: Vec<(String, Economy)> = Vec::new();
    for k in 0..4 {
        worlds.push((format!("synthetic 40 (#{k})"), synthetic(40, k)));
    }
    if let Some(dir) = arguments.next() {
        worlds.push((
            "194 economies".into(),
            world(&Path::new(&dir).join("liberation_day")),
        ));
    }
    let each = draws / worlds.len() as u32;
    for (name, base) in &worlds {
        let purged = without_transfers(base, &Technology::armington(4.0), &SolveOptions::default());
        let mut rules = vec![
            ("additive", base.clone()),
            (
                "multiplicative",
                base.clone().closed_by(Deficits::Multiplicative),
            ),
        ];
        match purged {
            Ok(p) => rules.push(("purged", p)),
            Err(e) => println!("{name}: purging failed: {e}"),
        }
        for (rule, economy) in &rules {
            run(name, rule, economy, each);
        }
    }
}

fn run(name: &str, rule: &str, economy: &Economy, draws: u32) {
    let n = economy.n();
    let start = Instant::now();
    let (mut failed, mut broke, mut worst, mut evaluations, mut newton, mut homotopy) =
        (0, 0, 0.0f64, 0, 0, 0);
    let mut reached = Vec::new();
    for d in 0..draws {
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
        let e = solve(
            economy,
            &Technology::armington(epsilon),
            &change,
            None,
            &SolveOptions {
                tolerance: TOLERANCE,
                ..SolveOptions::default()
            },
        )
        .expect("inputs");
        evaluations += e.work.evaluations;
        newton += e.work.factorisations;
        homotopy += e.work.homotopy_steps;
        if e.verdict.is_converged() {
            worst = worst.max(certificate(economy, &tariff, &e));
        } else {
            failed += 1;
            broke += usize::from(e.insolvent.is_some());
            if reached.len() < 6 {
                reached.push((d, epsilon, e.residual, e.shock_share));
            }
        }
    }
    println!(
        "{name}, {rule}: {draws} draws, {failed} unsolved ({broke} with a debtor that cannot pay), certificate {worst:.1e}, {:.1} evaluations, {:.2} factorisations, {:.3} homotopy steps a draw, {:.2} ms a draw",
        f64::from(evaluations as u32) / f64::from(draws),
        f64::from(newton as u32) / f64::from(draws),
        f64::from(homotopy as u32) / f64::from(draws),
        1e3 * start.elapsed().as_secs_f64() / f64::from(draws),
    );
    for r in reached {
        println!(
            "    draw {} ε {:.2}: residual {:.1e}, share of the shock solved {:.3}",
            r.0, r.1, r.2, r.3
        );
    }
}
