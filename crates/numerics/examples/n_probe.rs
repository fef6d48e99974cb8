#![allow(clippy::print_stdout, missing_docs)]
use realign_numerics::random::Stream;
use realign_numerics::sensitivity::prim::*;
fn main() {
    let sig: f64 = std::env::args().nth(1).unwrap().parse().unwrap();
    for (label, inn, out, n, d) in [
        ("noise .2", 0.2, 0.2, 1000u32, 12u32),
        ("noise .05", 0.05, 0.05, 1000, 12),
        ("noise .5", 0.5, 0.5, 1000, 12),
        ("noise .2 40 dims", 0.2, 0.2, 2000, 40),
        ("weak", 0.5, 0.1, 500, 12),
        ("strong", 0.8, 0.1, 500, 12),
        ("strong", 0.8, 0.1, 1000, 12),
        ("strong", 0.8, 0.1, 2000, 40),
        ("strong", 0.8, 0.1, 2000, 12),
        ("strong", 0.8, 0.1, 10000, 12),
        ("pure", 1.0, 0.0, 1000, 12),
        ("rare", 0.6, 0.01, 2000, 12),
    ] {
        for choice in [
            Choice::HarmonicMean,
            Choice::DensityAtLeast(0.7),
            Choice::CoverageAtLeast(0.5),
        ] {
            let reps = 100;
            let (mut found, mut spurious, mut missed, mut worst, mut any) = (0, 0, 0, 0, 0);
            for seed in 0..reps {
                let s = Stream::new(seed, 1);
                let x: Vec<f64> = (0..n)
                    .flat_map(|i| (0..d).map(move |j| s.uniform(0, i, 0, j)))
                    .collect();
                let case: Vec<bool> = x
                    .chunks(d as usize)
                    .enumerate()
                    .map(|(i, x)| {
                        let inside = x[0] < 0.4 && x[1] > 0.5 && x[2] > 0.2 && x[2] < 0.8;
                        s.uniform(1, i as u32, 0, 0) < if inside { inn } else { out }
                    })
                    .collect();
                let prim = Prim::from_cases(&x, d as usize, &case).unwrap();
                let settings = PrimSettings {
                    choice,
                    ..PrimSettings::default()
                };
                if let Some(f) = prim.find(&settings).unwrap() {
                    found += 1;
                    let real = f.found.limits.iter().filter(|l| l.dimension < 3).count();
                    let sp = f.found.limits.len() - real;
                    spurious += sp;
                    missed += 3 - real;
                    worst = worst.max(sp);
                    any += usize::from(sp > 0);
                }
            }
            println!(
                "{label} n={n} d={d} {choice:?}: found {found}/{reps}, spurious mean {:.2} any {any} max {worst}, missed mean {:.2}",
                spurious as f64 / reps as f64,
                missed as f64 / found.max(1) as f64
            );
        }
    }
}
