//! `realign trust --spiral`: the loop gain with prior and posterior, and who drives it.

use comfy_table::{Table, presets};
use realign_atlas::{Atlas, StateId};
use realign_model::channels::Channels;
use realign_model::params::Params;
use realign_model::setting::Setting;
use realign_model::trust::{Coefficients, Diagnostics, Fixed, diagnostics, loop_gain};
use realign_numerics::random::Stream;
use realign_numerics::stats::quantiles;
use serde_json::json;

use super::{right, signed};
use crate::report::Failure;

/// Draws for the chance of a spiral.
const DRAWS: u32 = 4000;
/// States shown on each side.
const SHOWN: usize = 8;

/// Loop gain by draws: 5, 50, 95 % and the chance that it exceeds one.
struct Chances {
    quantiles: Vec<f64>,
    above: f64,
}

fn chances(params: &Params, fixed: &Fixed) -> Result<Chances, Failure> {
    let mut gains = Vec::with_capacity(DRAWS as usize);
    for d in 0..DRAWS {
        let c = Coefficients::new(&params.draw(&Stream::new(1, d)))?;
        let hazards = fixed.turnover_hazards(&c);
        let covered = hazards.iter().filter(|h| **h > 0.0);
        let hazard = covered.clone().sum::<f64>() / covered.count().max(1) as f64;
        gains.push(loop_gain(&c, Channels::ALL, hazard));
    }
    Ok(Chances {
        above: gains.iter().filter(|g| **g > 1.0).count() as f64 / gains.len() as f64,
        quantiles: quantiles(&gains, &[0.05, 0.5, 0.95]),
    })
}

/// Prints the diagnostics at the centre, and the chance of a spiral before and after the data.
pub fn run(atlas: &Atlas, hegemon: StateId, as_json: bool) -> Result<(), Failure> {
    let setting = Setting {
        n: atlas.n(),
        hegemon,
        targets: Vec::new(),
        start: atlas.vintage(),
        horizon: atlas.vintage() + 1,
    };
    let fixed = Fixed::new(atlas, &setting)?;
    let params = Params::embedded()?;
    let d = diagnostics(&fixed, &Coefficients::new(&params.centre())?);
    let prior = chances(&Params::priors()?, &fixed)?;
    let posterior = chances(&params, &fixed)?;
    let odds = |p: f64| p / (1.0 - p);
    let ratio = odds(posterior.above) / odds(prior.above);
    let iso3 = |k: usize| atlas.states().iso3(StateId::from_index(k)).to_owned();
    if as_json {
        let by_state = |v: &[f64]| -> serde_json::Value {
            v.iter()
                .enumerate()
                .filter(|(_, v)| v.is_finite())
                .map(|(k, v)| (iso3(k), json!(v)))
                .collect::<serde_json::Map<_, _>>()
                .into()
        };
        let all = json!({
            "loop_gain": d.loop_gain, "gain_margin": d.gain_margin, "growth": d.growth,
            "growth_uniform": d.growth_uniform, "half_life_years": d.half_life_years,
            "amplification": d.amplification, "reactivity": d.reactivity, "converged": d.converged,
            "shares": {"reciprocity": d.shares.reciprocity, "reputation": d.shares.reputation, "diffusion": d.shares.diffusion},
            "prior": {"q05_q50_q95": prior.quantiles, "chance_above_one": prior.above},
            "posterior": {"q05_q50_q95": posterior.quantiles, "chance_above_one": posterior.above},
            "odds_ratio": ratio,
            "spiral_claimed": ratio >= 10.0,
            "sours": by_state(&d.sours), "spreads": by_state(&d.spreads),
        });
        println!("{}", serde_json::to_string_pretty(&all)?);
        return Ok(());
    }
    print(&d, &prior, &posterior, ratio, &iso3);
    Ok(())
}

fn print(
    d: &Diagnostics,
    prior: &Chances,
    posterior: &Chances,
    ratio: f64,
    iso3: &dyn Fn(usize) -> String,
) {
    println!(
        "Distrust would have to be {:.1} times as contagious for a loss of trust to feed on itself.",
        d.gain_margin
    );
    let mut table = Table::new();
    table
        .load_preset(presets::UTF8_HORIZONTAL_ONLY)
        .set_header(["at the centre of the parameters", "value"]);
    let rows = [
        ("loop gain; a spiral sustains itself above 1", d.loop_gain),
        ("R: growth a year of the dominant pattern", d.growth),
        ("years until half of it is gone", d.half_life_years),
        (
            "lasting answer to lasting conduct, with loops over without",
            d.amplification,
        ),
        (
            "largest growth of any pattern in one year (reactivity)",
            d.reactivity,
        ),
        ("share of R: conduct answers conduct", d.shares.reciprocity),
        ("share of R: third parties watch", d.shares.reputation),
        ("share of R: opinion spreads", d.shares.diffusion),
    ];
    for (name, value) in rows {
        table.add_row([name.to_owned(), format!("{value:.3}")]);
    }
    right(&mut table, 1..2);
    println!("{table}");
    for (name, c) in [("before the data", prior), ("after the data", posterior)] {
        println!(
            "loop gain {name}: {:.2} [{:.2}, {:.2}], chance of more than 1: {:.2}",
            c.quantiles[1], c.quantiles[0], c.quantiles[2], c.above
        );
    }
    let claim = if ratio >= 10.0 {
        "the data moved the odds by a factor of ten: a spiral is claimed"
    } else {
        "the odds have to rise tenfold before a spiral is claimed: none is, and none is excluded; what is left of this chance is the prior talking"
    };
    println!("odds of a spiral, after over before: {ratio:.2}; {claim}.");
    for (title, v) in [
        ("sours most in the dominant pattern (mean 1)", &d.sours),
        (
            "whose souring matters most after ten years (mean 1)",
            &d.spreads,
        ),
    ] {
        let mut order: Vec<usize> = (0..v.len()).filter(|k| v[*k].is_finite()).collect();
        order.sort_by(|a, b| v[*b].total_cmp(&v[*a]).then(a.cmp(b)));
        let said: Vec<String> = order
            .iter()
            .take(SHOWN)
            .map(|k| format!("{} {}", iso3(*k), signed(v[*k]).trim_start_matches('+')))
            .collect();
        println!("{title}: {}", said.join(", "));
    }
    if !d.converged {
        println!("warning: a power iteration did not reach its tolerance");
    }
}
