//! Time of the trust filter over all pairs and years: `cargo run --release --example trust_filter`.

#![allow(clippy::print_stdout)]

use std::time::Instant;

use realign_atlas::Atlas;
use realign_model::trust::filter::path::Consistency;
use realign_model::trust::filter::scores::{Record, rolling};
use realign_model::trust::filter::{FitOptions, Hyper, Kind, Machine, Panel, Posterior, fit};

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let atlas = Atlas::embedded()?;
    let t = Instant::now();
    let panel = Panel::read(&atlas)?;
    println!(
        "{} pairs, {} years, {} observations read in {:?}",
        panel.pairs(),
        panel.years(),
        panel.observations(),
        t.elapsed()
    );
    println!("{:?}", panel.notes);
    let hyper = Hyper::embedded()?;
    let x = Posterior::embedded()?.mode(&hyper);
    let machine = Machine::new(&hyper.values(&x)?);
    let t = Instant::now();
    let l: f64 = machine.likelihood(&panel, 1).iter().sum();
    println!(
        "filtered on one thread in {:?}, log likelihood {l:.1}",
        t.elapsed()
    );
    let sample = panel.sample(8);
    let t = Instant::now();
    let l: f64 = machine.likelihood(&sample, 2).iter().sum();
    println!("sample: {} pairs {:?} {l}", sample.pairs(), t.elapsed());
    let c = Consistency::of(&machine, &panel);
    for k in Kind::ALL {
        println!("{}", c.advice(k));
    }
    if std::env::args().nth(1).as_deref() == Some("fit") {
        let t = Instant::now();
        let f = fit(
            &panel,
            &hyper,
            &FitOptions {
                width: false,
                ..FitOptions::FULL
            },
        )?;
        println!(
            "{:?} {} {} {}",
            t.elapsed(),
            f.method,
            f.converged,
            f.log_posterior
        );
        for e in &f.estimate {
            println!("{:26} {:.4}  prior {:.3?}", e.id, e.mode, e.prior);
        }
        let machine = Machine::new(&hyper.values(&f.mode(&hyper))?);
        let c = Consistency::of(&machine, &panel);
        for k in Kind::ALL {
            println!("{}", c.advice(k));
        }
    }
    if std::env::args().nth(1).as_deref() == Some("full") {
        let f = fit(&panel, &hyper, &FitOptions::FULL)?;
        println!("{}", toml::to_string(&f)?);
        eprintln!("{:?}", t.elapsed());
    }
    if std::env::args().nth(1).as_deref() == Some("scores") {
        let usa = atlas.states().by_iso3("USA").ok_or("no USA")?;
        println!("{}", serde_json_free(&rolling(&panel, &hyper, usa)?));
    }
    if std::env::args().nth(1).as_deref() == Some("answers") {
        for a in realign_model::trust::filter::answers::answers(&machine, &panel) {
            println!("{a:#?}");
        }
    }
    if std::env::args().nth(1).as_deref() == Some("recovery") {
        recovery(&hyper, &x)?;
    }
    if std::env::args().nth(1).as_deref() == Some("rivals") {
        rivals(&panel, &hyper, &x)?;
    }
    if std::env::args().nth(1).as_deref() == Some("links") {
        let usa = atlas.states().by_iso3("USA").ok_or("no USA")?;
        for l in realign_model::trust::filter::links::links(&machine, &panel, &atlas, usa)? {
            println!("{l:#?}");
        }
    }
    Ok(())
}

fn serde_json_free(r: &Record) -> String {
    let mut s = String::new();
    for (name, rows) in [
        ("all", &r.all),
        ("hegemon", &r.hegemon),
        ("without", &r.without_events),
    ] {
        s += &format!("## {name}\n");
        for r in rows {
            s += &format!(
                "{:7} {} {:24} n={:6} rmse={:.3} crps={:.4} log={:+.3} gain={:+.3} ({:.3}) cov={:.3} w={:.2}\n",
                r.source,
                r.horizon,
                r.forecaster,
                r.forecasts,
                r.relative_rmse,
                r.crps,
                r.log_score,
                r.filter_gain,
                r.filter_gain_se,
                r.coverage,
                r.filter_weight
            );
        }
    }
    s + &format!(
        "shocks {} {} {}",
        r.shocks, r.shock_distance, r.shock_chance
    )
}

/// Estimates from synthetic records of 10, 25 and 50 years: mean error and spread over seeds, on
/// the scale of estimation, beside the prior's spread.
fn recovery(hyper: &Hyper, x: &[f64]) -> Result<(), Box<dyn std::error::Error>> {
    let v = hyper.values(x)?;
    let options = FitOptions {
        every: 1,
        width: false,
        iterations: 80,
        ..FitOptions::FULL
    };
    let spread = hyper.spread();
    for years in [10, 25, 50] {
        let mut errors = vec![Vec::new(); hyper.len()];
        for seed in 0..6 {
            let s = realign_model::trust::filter::recovery::simulate(&v, 12, 24, years, seed);
            let f = fit(&s.panel, hyper, &options)?;
            for (k, m) in f.mode(hyper).iter().enumerate() {
                errors[k].push(m - x[k]);
            }
        }
        for (k, p) in hyper.free().enumerate() {
            let n = errors[k].len() as f64;
            let bias = errors[k].iter().sum::<f64>() / n;
            let rms = (errors[k].iter().map(|e| e * e).sum::<f64>() / n).sqrt();
            println!(
                "{years} {:24} bias {bias:+.3} rmse {rms:.3} prior sd {:.3} ratio {:.2}",
                p.id,
                spread[k],
                rms / spread[k]
            );
        }
    }
    Ok(())
}

/// Decay after a change of leader against a level of the new leader's own: best log likelihood of
/// polls' sample over the one number of either, other numbers at the mode.
fn rivals(panel: &Panel, hyper: &Hyper, x: &[f64]) -> Result<(), Box<dyn std::error::Error>> {
    let sample = panel.sample(8);
    let base = hyper.values(x)?;
    for (decay, draw) in [
        (0.0, 0.0),
        (0.25, 0.0),
        (0.5, 0.0),
        (0.75, 0.0),
        (1.0, 0.0),
        (0.0, 0.5),
        (0.0, 1.0),
        (0.0, 2.0),
        (0.0, 4.0),
        (0.25, 1.0),
        (0.5, 1.0),
    ] {
        let mut v = base;
        v.turnover_decay = decay;
        v.turnover_draw = draw;
        let l: f64 = Machine::new(&v).likelihood(&sample, 2).iter().sum();
        println!("decay {decay:.2} draw {draw:.2} log likelihood {l:.2}");
    }
    Ok(())
}
