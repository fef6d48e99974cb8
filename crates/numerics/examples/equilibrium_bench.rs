//! Time of one solve of the plain model at the size of the world (N = 194): cold and warm, with a
//! hub tariff and small changes of all trade costs, to 1e-12. Argument: the folder with the flows.
#![allow(clippy::print_stdout)]

use std::path::Path;
use std::time::Instant;

use realign_numerics::equilibrium::{Change, Economy, SolveOptions, Start, Technology, solve};
use realign_numerics::random::Stream;

/// The accuracy that peers are asked for.
const TIGHT: SolveOptions = SolveOptions {
    tolerance: 1e-12,
    max_evaluations: 400,
    max_halvings: 5,
    memory: 8,
    max_newton_steps: 60,
};

fn main() {
    let dir = std::env::args().nth(1).expect("folder of inputs");
    let text = std::fs::read_to_string(Path::new(&dir).join("trade_cepii.csv")).expect("flows");
    let mut flows: Vec<f64> = text
        .lines()
        .skip(1)
        .flat_map(|l| {
            l.split(',')
                .map(|v| v.trim().parse().unwrap_or(0.0))
                .collect::<Vec<f64>>()
        })
        .collect();
    let gdp = std::fs::read_to_string(Path::new(&dir).join("gdp.csv")).expect("gdp");
    let gdp: Vec<f64> = gdp
        .lines()
        .skip(1)
        .map(|l| l.trim().parse().unwrap_or(0.0) / 1000.0)
        .collect();
    let n = gdp.len();
    for i in 0..n {
        let exports: f64 = (0..n).filter(|k| *k != i).map(|k| flows[i * n + k]).sum();
        flows[i * n + i] = (gdp[i] - exports).max(0.0);
    }
    let economy = Economy::new(n, flows, vec![0.0; n * n], vec![0.0; n]).expect("economy");
    let hub = 184;
    let mut tariff = vec![0.0; n * n];
    for j in (0..n).filter(|j| *j != hub) {
        tariff[j * n + hub] = 0.2;
    }
    let s = Stream::new(1, 0);
    let shift = |scale: f64, t: u32| -> Vec<f64> {
        let mut v = vec![0.0; n * n];
        for j in 0..n {
            for i in 0..j {
                let z = scale * s.normal(0, (j * n + i) as u32, t, 0);
                (v[j * n + i], v[i * n + j]) = (z, z);
            }
        }
        v
    };
    for eps in [0.76, 1.5, 2.0, 5.0] {
        let technology = Technology::armington(eps);
        let mut start: Option<Start> = None;
        let mut total = [f64::INFINITY; 2];
        let mut counts = [0usize; 2];
        let rounds = 20;
        for t in 0..rounds {
            let v = shift(0.05, t);
            let change = Change {
                tariff: &tariff,
                log_shift: Some(&v),
                transfer: None,
            };
            for (k, from) in [None, start.as_ref()].into_iter().enumerate() {
                let t0 = Instant::now();
                let e = solve(&economy, &technology, &change, from, &TIGHT).expect("inputs");
                total[k] = f64::min(total[k], t0.elapsed().as_secs_f64());
                counts[k] += e.work.evaluations;
                assert!(e.verdict.is_converged());
                if k == 1 {
                    assert!(e.work.restarts == 0);
                }
            }
            let e = solve(&economy, &technology, &change, None, &TIGHT).expect("inputs");
            start = Some((&e).into());
            if t == 0 {
                println!(
                    "eps {eps}: hub welfare {:.4} min {:.4} max {:.4}",
                    e.welfare[hub],
                    e.welfare.iter().copied().fold(9.0, f64::min),
                    e.welfare.iter().copied().fold(0.0, f64::max)
                );
            }
        }
        for (k, name) in ["cold", "warm"].iter().enumerate() {
            println!(
                "  {name}: {:.3} ms at best, {:.1} evaluations",
                1e3 * total[k],
                counts[k] as f64 / f64::from(rounds)
            );
        }
    }
}
