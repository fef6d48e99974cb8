//! Sobol indices of second order with bootstrap intervals on outputs written by
//! `benches/sensitivity/make_sobol.py`: time, and agreement with the peer's file where it lies
//! beside. Argument: the folder.
#![allow(clippy::print_stdout)]

use std::path::Path;
use std::time::Instant;

use realign_numerics::sensitivity::variance::{Sampler, VarianceDesign, VarianceIndices};
use realign_numerics::sensitivity::{Bootstrap, ConvergenceRule, Estimate, IntervalKind};

const FACTORS: usize = 12;
const REPEATS: usize = 7;

fn find(s: &VarianceIndices, index: &str, a: usize, b: Option<usize>) -> Option<Estimate> {
    match index {
        "S1" => s.first.get(a).copied(),
        "ST" => s.total.get(a).copied(),
        _ => s
            .second
            .iter()
            .find(|p| (p.a, Some(p.b)) == (a, b))
            .map(|p| p.estimate),
    }
}

fn main() {
    let folder = std::env::args().nth(1).expect("folder of inputs");
    let folder = Path::new(&folder);
    let outputs: Vec<f64> = std::fs::read_to_string(folder.join("sobol.csv"))
        .expect("sobol.csv")
        .lines()
        .map(|l| l.parse().expect("number"))
        .collect();
    let design = VarianceDesign::new(
        outputs.len() / (2 * FACTORS + 2),
        FACTORS,
        true,
        Sampler::ScrambledSobol,
        1,
    )
    .expect("design");
    for kind in [IntervalKind::Normal, IntervalKind::Percentile] {
        let options = Bootstrap {
            resamples: 1000,
            kind,
            ..Bootstrap::default()
        };
        let mut best = f64::INFINITY;
        let mut result = None;
        for _ in 0..REPEATS {
            let start = Instant::now();
            let s = design.analyse(&outputs, &options, &ConvergenceRule::default());
            best = best.min(start.elapsed().as_secs_f64());
            result = Some(s.expect("indices"));
        }
        let s = result.expect("one repeat");
        println!(
            "realign, {kind:?}: {best:.4} s (best of {REPEATS}); {:?}",
            s.convergence
        );
        println!(
            "  work: {} resamples x {} rows x {} columns",
            options.resamples,
            s.base_rows,
            2 * FACTORS + s.second.len() + 2
        );
        let Ok(peer) = std::fs::read_to_string(folder.join("sobol_salib.csv")) else {
            continue;
        };
        let (mut value, mut width) = (0.0f64, 0.0f64);
        for line in peer.lines().skip(1) {
            let c: Vec<&str> = line.split(',').collect();
            let a = c[1].parse().expect("factor");
            let e = find(&s, c[0], a, c[2].parse().ok()).expect("index");
            value = value.max((e.value - c[3].parse::<f64>().expect("value")).abs());
            let half: f64 = c[4].parse().expect("half width");
            width = width.max((0.5 * e.width() / half - 1.0).abs());
        }
        println!("  against the peer: values differ by at most {value:.1e}, widths by {width:.2}");
    }
}
