//! `realign sensitivity`: which assumptions drive a result.

use comfy_table::{CellAlignment, Table, presets};
use realign_atlas::Atlas;
use realign_brief::findings::headline_specs;
use realign_ensemble::sensitivity::{
    Factors, Kept, Output, Size, Study, cells, evaluate, foundation, study,
};
use realign_ensemble::stored::Identity;
use realign_ensemble::write::sha256;
use realign_model::model::Model;
use realign_model::params::Params;
use realign_numerics::sensitivity::Estimate;
use realign_numerics::sensitivity::variance::VarianceIndices;
use serde_json::{Value, json};

use crate::args::SensitivityArgs;
use crate::brief::threads;
use crate::explain::{cell, short, title};
use crate::progress::{Stage, StopFlag};
use crate::report::Failure;
use crate::run::model_of;

/// Indicator of the spiral, and the level from which there is one.
const SPIRAL: (&str, f64) = ("trust.loop_gain", 1.0);
/// Rows of a printed table.
const ROWS: usize = 12;

/// `realign sensitivity`
pub fn run(args: &SensitivityArgs) -> Result<(), Failure> {
    threads(args.threads)?;
    let stop = StopFlag::listen();
    let atlas = Atlas::embedded()?;
    let (identity, _, scenario) = Identity::of(&args.results)?;
    let model = model_of(&atlas, &args.results, &scenario)?;
    let (k, state) = cell(&atlas, &model, &args.indicator, args.state.as_deref())?;
    let cells = cells(&model, state.map(|s| (k, s)));
    let headline = headline_specs()
        .into_iter()
        .find(|h| h.indicator == args.indicator);
    let spiral = args.indicator == SPIRAL.0;
    let output = Output {
        cell: cells
            .iter()
            .position(|c| *c == (k, state))
            .ok_or_else(|| Failure::plain("the indicator is not recorded"))?,
        level: args.level || spiral,
        threshold: args
            .threshold
            .or(headline.map(|h| h.threshold))
            .or(spiral.then_some(SPIRAL.1)),
    };
    let size = Size {
        trajectories: args.trajectories,
        base_rows: args.base,
        survivors: args.survivors,
        points: args.points,
    };
    let factors = Factors::of(&model);
    // Everything that an outcome depends on, beside the row.
    let question = serde_json::to_string(&(&identity, &cells_key(&atlas, &model, &cells)))?;
    let kept = Kept::new(
        &args.results,
        &sha256(question.as_bytes())[..12],
        cells.len(),
    );
    let evaluated = |design: &str, rows: &[Vec<f64>]| {
        let stage = Stage::new(design.split('-').next().unwrap_or(design), &stop);
        let out = kept.rows(design, rows, |part, before| {
            evaluate(&model, identity.seed, &factors, &cells, part, &|d, _| {
                stage.tick(before + d, rows.len())
            })
        });
        stage.finish();
        out
    };
    let found = study(&model, identity.seed, size, output, &evaluated)?;
    if args.json {
        let all = as_json(&model, k, &output, &found);
        println!("{}", serde_json::to_string_pretty(&all)?);
    } else {
        println!("{}", title(&atlas, &model, k, state));
        print(&model, &output, &found);
    }
    Ok(())
}

fn cells_key(
    atlas: &Atlas,
    model: &Model,
    cells: &[(usize, Option<realign_atlas::StateId>)],
) -> Vec<String> {
    cells
        .iter()
        .map(|(k, s)| {
            let who = s.map_or("WORLD", |s| atlas.states().iso3(s));
            format!("{} {who}", model.layout().indicators()[*k].id)
        })
        .collect()
}

fn with_interval(e: Estimate) -> String {
    format!("{:.2} [{:.2}, {:.2}]", e.value, e.low, e.high)
}

fn print(model: &Model, output: &Output, s: &Study) {
    let what = if output.level {
        "level with the acts"
    } else {
        "effect of the acts"
    };
    println!("Output: {what} in {}", model.setting().horizon.0);
    let mut table = Table::new();
    table
        .load_preset(presets::UTF8_HORIZONTAL_ONLY)
        .set_header([
            "screening (Morris)",
            "founded on",
            "mean |effect| over the prior",
            "mean",
            "spread",
        ]);
    for f in s.screening.ranking().into_iter().take(ROWS) {
        let e = &s.screening.effects[f];
        table.add_row([
            s.factors[f].clone(),
            foundation(model.params(), &s.factors[f]).to_owned(),
            format!(
                "{} [{}, {}]",
                short(e.mu_star.value),
                short(e.mu_star.low),
                short(e.mu_star.high)
            ),
            short(e.mu),
            short(e.sigma),
        ]);
    }
    align(&mut table, 2..5);
    println!("{table}");
    for (head, names, found) in [
        ("shares of variance (Sobol)", &s.groups, &s.indices),
        ("by block", &s.blocks, &s.by_block),
        ("by foundation", &s.foundations, &s.by_foundation),
    ] {
        let Some(i) = found else {
            println!("{head}: the output does not vary.");
            continue;
        };
        let mut table = Table::new();
        table
            .load_preset(presets::UTF8_HORIZONTAL_ONLY)
            .set_header([head, "by itself", "in all"]);
        for g in i.ranking().into_iter().take(ROWS) {
            table.add_row([
                names[g].clone(),
                with_interval(i.first[g]),
                with_interval(i.total[g]),
            ]);
        }
        align(&mut table, 1..3);
        println!("{table}");
        let mut pairs: Vec<_> = i.second.iter().filter(|p| p.estimate.low > 0.0).collect();
        pairs.sort_by(|a, b| b.estimate.value.total_cmp(&a.estimate.value));
        for p in pairs.iter().take(3) {
            println!(
                "  together beyond each alone: {} with {}: {}",
                names[p.a],
                names[p.b],
                with_interval(p.estimate)
            );
        }
        println!("{}", verdict(i));
    }
    boxes(model, output, s);
}

fn verdict(i: &VarianceIndices) -> String {
    let c = &i.convergence;
    let word = |yes| if yes { "known" } else { "not yet known" };
    format!(
        "  {} base rows, {} runs failed. Convergence: the split into important and unimportant is {}, \
         the order {}, the values {} (widest interval {:.2}).",
        i.base_rows,
        i.failed_rows,
        word(c.screening),
        word(c.ranking),
        word(c.values),
        c.widest
    )
}

fn boxes(model: &Model, output: &Output, s: &Study) {
    let Some(threshold) = output.threshold else {
        println!("No --threshold was given: no boxes were looked for.");
        return;
    };
    let relation = if threshold < 0.0 {
        "at most"
    } else {
        "at least"
    };
    println!(
        "It is {relation} {} in {} of {} points.",
        short(threshold),
        s.cases.0,
        s.cases.1
    );
    if s.boxes.is_empty() {
        println!("No box in which it concentrates was found.");
    }
    for b in &s.boxes {
        let limits: Vec<String> = b
            .found
            .limits
            .iter()
            .map(|l| {
                let name = &s.dimensions[l.dimension];
                let value = |u: f64| short(value_at(model.params(), name, u));
                match (l.low, l.high) {
                    (Some(low), Some(high)) => {
                        format!("{} ≤ {name} ≤ {}", value(low), value(high))
                    }
                    (Some(low), None) => format!("{name} ≥ {}", value(low)),
                    (None, Some(high)) => format!("{name} ≤ {}", value(high)),
                    (None, None) => name.clone(),
                }
            })
            .collect();
        println!(
            "  when {}: it holds in {:.0} % of such points, which hold {:.0} % of all cases \
             (largest quasi-p {:.1e})",
            if limits.is_empty() {
                "anything is so".to_owned()
            } else {
                limits.join(" and ")
            },
            100.0 * b.found.density,
            100.0 * b.found.coverage,
            b.tests.iter().map(|t| t.quasi_p).fold(0.0, f64::max)
        );
    }
}

/// Value of a parameter at a cumulative probability.
fn value_at(params: &Params, name: &str, u: f64) -> f64 {
    params.at(|_| u).get(name).unwrap_or(f64::NAN)
}

fn align(table: &mut Table, columns: std::ops::Range<usize>) {
    for c in columns {
        if let Some(column) = table.column_mut(c) {
            column.set_cell_alignment(CellAlignment::Right);
        }
    }
}

fn as_json(model: &Model, k: usize, output: &Output, s: &Study) -> Value {
    let estimate = |e: Estimate| json!({"value": e.value, "low": e.low, "high": e.high});
    let indices = |names: &[String], found: &Option<VarianceIndices>| {
        found.as_ref().map(|i| {
            json!({
                "mean": i.mean,
                "variance": i.variance,
                "base_rows": i.base_rows,
                "failed_runs": i.failed_rows,
                "converged": {
                    "values": i.convergence.values,
                    "screening": i.convergence.screening,
                    "ranking": i.convergence.ranking,
                },
                "groups": names.iter().enumerate().map(|(g, name)| json!({
                    "name": name,
                    "first": estimate(i.first[g]),
                    "total": estimate(i.total[g]),
                })).collect::<Vec<_>>(),
                "second": i.second.iter().map(|p| json!({
                    "a": names[p.a],
                    "b": names[p.b],
                    "index": estimate(p.estimate),
                })).collect::<Vec<_>>(),
            })
        })
    };
    json!({
        "indicator": model.layout().indicators()[k].id,
        "output": if output.level { "level" } else { "effect" },
        "year": model.setting().horizon.0,
        "threshold": output.threshold,
        "screening": s.screening.ranking().into_iter().map(|f| {
            let e = &s.screening.effects[f];
            json!({
                "factor": s.factors[f],
                "founded_on": foundation(model.params(), &s.factors[f]),
                "mu_star": estimate(e.mu_star),
                "mu": e.mu,
                "sigma": e.sigma,
            })
        }).collect::<Vec<_>>(),
        "indices": indices(&s.groups, &s.indices),
        "by_block": indices(&s.blocks, &s.by_block),
        "by_foundation": indices(&s.foundations, &s.by_foundation),
        "cases": s.cases.0,
        "points": s.cases.1,
        "boxes": s.boxes.iter().map(|b| json!({
            "coverage": b.found.coverage,
            "density": b.found.density,
            "mass": b.found.mass,
            "limits": b.found.limits.iter().map(|l| json!({
                "parameter": s.dimensions[l.dimension],
                "low": l.low.map(|u| value_at(model.params(), &s.dimensions[l.dimension], u)),
                "high": l.high.map(|u| value_at(model.params(), &s.dimensions[l.dimension], u)),
                "quasi_p": b.tests.iter().filter(|t| t.dimension == l.dimension)
                    .map(|t| t.quasi_p).fold(0.0, f64::max),
            })).collect::<Vec<_>>(),
        })).collect::<Vec<_>>(),
    })
}
