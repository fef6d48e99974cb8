//! What the runner itself costs: trivial draws, and the same run on one and on two threads.

#![allow(clippy::print_stdout)]

use std::time::Instant;

use realign_atlas::Atlas;
use realign_ensemble::run::{Plan, run};
use realign_ensemble::schedule::{Counter, each_draw};
use realign_ensemble::{Arm, EnsembleError};
use realign_model::model::Model;
use realign_model::params::Params;
use realign_scenario::{Scenario, Vocabulary};

const TRIVIAL: usize = 10_000;
const DRAWS: usize = 24;
const REPEATS: usize = 5;

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let mut best = f64::INFINITY;
    for _ in 0..REPEATS {
        let begun = Instant::now();
        let counter = Counter::new(0, TRIVIAL, &|_, _| true);
        let sum: f64 = each_draw(0..TRIVIAL, |d| {
            counter.tick()?;
            Ok::<_, EnsembleError>((d as f64).sqrt())
        })?
        .iter()
        .sum();
        assert!(sum > 0.0);
        best = best.min(begun.elapsed().as_secs_f64());
    }
    println!(
        "{TRIVIAL} trivial draws: {:.2} ms, {:.3} µs a draw",
        best * 1e3,
        best * 1e6 / TRIVIAL as f64
    );

    let atlas = Atlas::embedded()?;
    let names = Vocabulary::from_atlas(&atlas)?;
    let text = include_bytes!("../../../scenarios/us-alliance-trust.toml");
    let scenario = Scenario::parse("us-alliance-trust.toml", text, &names)?;
    let model = Model::new(&atlas, &scenario.resolve(&atlas)?, Params::embedded()?)?;
    let plan = Plan {
        seed: 1,
        draws: DRAWS,
        chance_draws: 1,
        arms: vec![Arm::shock()],
        held: Vec::new(),
        last_year_only: false,
        acts_only_draws: 0,
    };
    let mut seconds = [f64::INFINITY; 2];
    for _ in 0..3 {
        for threads in 1..=2 {
            let pool = rayon::ThreadPoolBuilder::new()
                .num_threads(threads)
                .build()?;
            let begun = Instant::now();
            pool.install(|| run(&model, &plan, &|_, _| true))?;
            let s = &mut seconds[threads - 1];
            *s = s.min(begun.elapsed().as_secs_f64());
        }
    }
    println!(
        "{DRAWS} draws, two arms, 2024 to 2035: {:.2} s on one thread, {:.2} s on two, ratio {:.2}",
        seconds[0],
        seconds[1],
        seconds[0] / seconds[1]
    );
    Ok(())
}
