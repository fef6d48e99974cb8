//! Time of one year of trade on the observed world, with a hegemon's tariffs and noisy trust, and
//! what it does to a few states at each elasticity.
#![allow(clippy::print_stdout)]

use std::time::Instant;

use realign_atlas::{Atlas, StateId, Year};
use realign_model::acts::Direct;
use realign_model::params::Params;
use realign_model::setting::{Chance, Setting};
use realign_model::trade::{Coefficients, Fixed, Regime, State, advance};
use realign_numerics::random::Stream;

fn main() {
    let atlas = Atlas::embedded().expect("the atlas is embedded");
    let id = |c: &str| atlas.states().by_iso3(c).expect("a state of the atlas");
    let hegemon = id("USA");
    let setting = Setting {
        n: atlas.n(),
        hegemon,
        targets: vec![id("CAN")],
        start: Year(2024),
        horizon: Year(2035),
    };
    let clock = Instant::now();
    let fixed = Fixed::new(&atlas, &setting).expect("trade is in the atlas");
    println!(
        "fixed: {:.1} ms; {}",
        1e3 * clock.elapsed().as_secs_f64(),
        fixed.notes.join("; ")
    );
    let values = Params::embedded()
        .expect("parameters are embedded")
        .centre();
    let centre = Coefficients::new(&values).expect("every parameter is there");
    let tariffs = (0..fixed.n)
        .map(StateId::from_index)
        .filter(|s| *s != hegemon)
        .map(|s| (hegemon, s, if s == id("CAN") { 0.25 } else { 0.12 }))
        .collect();
    let direct = Direct {
        tariffs,
        ..Direct::default()
    };
    let n = fixed.n;
    for regime in [Regime::Estimated, Regime::Structural] {
        let k = Coefficients {
            regime,
            ..centre.clone()
        };
        let (mut best, mut evaluations) = (f64::INFINITY, 0);
        let mut concluded = [0, 0];
        for draw in 0..10 {
            for (arm, acts) in [&Direct::default(), &direct].into_iter().enumerate() {
                let stream = Stream::new(1, draw);
                let mut state = State::start(&fixed, &k, &Chance::new(stream, 0));
                for step in 1..=10u32 {
                    let mut trust = vec![0.0; n * n];
                    for i in 0..n {
                        for j in 0..i {
                            let z = 0.2 * stream.normal(999, (i * n + j) as u32, step, 0);
                            (trust[i * n + j], trust[j * n + i]) = (z, z);
                        }
                    }
                    let clock = Instant::now();
                    state = advance(&fixed, &k, &state, &trust, acts, &Chance::new(stream, step));
                    best = best.min(clock.elapsed().as_secs_f64());
                    assert!(state.solved, "every year is solved");
                    evaluations += state.evaluations;
                    if draw == 0 && arm == 1 && [1, 5, 10].contains(&step) {
                        let income = |c: &str| {
                            let place = fixed.place[id(c).index()].expect("trade is observed");
                            100.0 * (state.real_income[place] - 1.0)
                        };
                        println!(
                            "{regime:?} year {step}: USA {:+.2} CAN {:+.2} MEX {:+.2} DEU {:+.2} CHN {:+.2} %",
                            income("USA"),
                            income("CAN"),
                            income("MEX"),
                            income("DEU"),
                            income("CHN")
                        );
                    }
                }
                concluded[arm] += state.concluded.len();
            }
        }
        println!(
            "{regime:?}: {:.2} ms a year at best, {:.1} evaluations; agreements in ten years {:.1} without, {:.1} with",
            1e3 * best,
            f64::from(evaluations as u32) / 200.0,
            f64::from(concluded[0] as u32) / 10.0,
            f64::from(concluded[1] as u32) / 10.0
        );
    }
}
