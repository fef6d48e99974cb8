//! PRIM on points written by `benches/sensitivity/make_prim.py`: time of one box, with choice,
//! tests and pasting, and the dimensions it restricts. Arguments: the folder and the seeds.
#![allow(clippy::print_stdout)]

use std::path::Path;
use std::time::Instant;

use realign_numerics::sensitivity::prim::{Prim, PrimSettings};

const TRUE_DIMENSIONS: usize = 3;
const REPEATS: usize = 7;

fn main() {
    let mut arguments = std::env::args().skip(1);
    let folder = arguments.next().expect("folder of inputs");
    let mut seeds: Vec<String> = arguments.collect();
    if seeds.is_empty() {
        seeds.push("1".into());
    }
    for seed in seeds {
        let text = std::fs::read_to_string(Path::new(&folder).join(format!("prim_{seed}.csv")))
            .expect("points");
        let (mut points, mut cases) = (Vec::new(), Vec::new());
        for line in text.lines() {
            let row: Vec<f64> = line
                .split(',')
                .map(|v| v.parse().expect("number"))
                .collect();
            let (case, x) = row.split_last().expect("columns");
            points.extend_from_slice(x);
            cases.push(*case > 0.5);
        }
        let dimensions = points.len() / cases.len();
        let settings = PrimSettings::default();
        let (mut peeled, mut whole) = (f64::INFINITY, f64::INFINITY);
        let (mut boxes, mut found) = (Vec::new(), None);
        for _ in 0..REPEATS {
            let start = Instant::now();
            let prim = Prim::from_cases(&points, dimensions, &cases).expect("points");
            boxes = prim.trajectory(&settings).expect("settings");
            peeled = peeled.min(start.elapsed().as_secs_f64());
            let start = Instant::now();
            let prim = Prim::from_cases(&points, dimensions, &cases).expect("points");
            found = prim.find(&settings).expect("settings");
            whole = whole.min(start.elapsed().as_secs_f64());
        }
        println!(
            "realign, seed {seed}: {peeled:.4} s peeling and pasting alone ({} boxes); {whole:.4} s \
             with choice, tests and second peeling (best of {REPEATS})",
            boxes.len()
        );
        let last = boxes.last().expect("trajectory");
        let spurious = |b: &realign_numerics::sensitivity::prim::PrimBox| {
            b.limits
                .iter()
                .filter(|l| l.dimension >= TRUE_DIMENSIONS)
                .count()
        };
        println!(
            "  last box: coverage {:.3} density {:.3} mass {:.3} | restricted {}, spurious {}",
            last.coverage,
            last.density,
            last.mass,
            last.limits.len(),
            spurious(last)
        );
        let f = found.expect("a box");
        let b = &f.found;
        println!(
            "  found box: coverage {:.3} density {:.3} mass {:.3} | restricted {}, spurious {}",
            b.coverage,
            b.density,
            b.mass,
            b.limits.len(),
            spurious(b)
        );
        for l in &b.limits {
            println!("    x{} in {:?} .. {:?}", l.dimension, l.low, l.high);
        }
        for t in &f.tests {
            println!(
                "    x{} {:?} quasi-p {:.1e}",
                t.dimension, t.side, t.quasi_p
            );
        }
    }
}
