//! `realign believe`: what one would have to believe for a conclusion to hold.

use comfy_table::{CellAlignment, Table, presets};
use realign_atlas::{Atlas, StateId};
use realign_brief::findings::{HeadlineSpec, headline_specs};
use realign_ensemble::believe::{
    Belief, BreakEven, Conclusion, Influence, Search, break_even, influences,
};
use realign_ensemble::stored::Identity;
use realign_model::indicator::Scope;
use realign_model::model::Model;
use serde_json::{Value, json};

use crate::args::BelieveArgs;
use crate::brief::threads;
use crate::explain::{cell, short, title};
use crate::progress::{Stage, StopFlag};
use crate::report::Failure;
use crate::run::model_of;

/// One conclusion that is to be turned around.
struct Asked {
    indicator: usize,
    state: Option<StateId>,
    threshold: f64,
    headline: Option<HeadlineSpec>,
}

/// `realign believe`
pub fn run(args: &BelieveArgs) -> Result<(), Failure> {
    threads(args.threads)?;
    let stop = StopFlag::listen();
    let atlas = Atlas::embedded()?;
    let (identity, _, scenario) = Identity::of(&args.results)?;
    let model = model_of(&atlas, &args.results, &scenario)?;
    for id in &args.parameter {
        if model.params().get(id).is_none() {
            return Err(Failure::hinted(
                format!("no parameter `{id}`"),
                "`realign params` lists them all",
            ));
        }
    }
    let mut out = Vec::new();
    for asked in asked(args, &atlas, &model)? {
        let conclusion = Conclusion {
            indicator: model.layout().indicators()[asked.indicator].id.clone(),
            states: asked.state.into_iter().collect(),
            threshold: asked.threshold,
        };
        let stage = Stage::new("which assumptions matter", &stop);
        // Twice the draws: ranks need more than means.
        let moved = influences(
            &model,
            identity.seed,
            2 * args.draws,
            &conclusion,
            &|d, t| stage.tick(d, t),
        )?;
        stage.finish();
        let mut beliefs = Vec::new();
        for parameter in parameters(args, &asked, &moved) {
            let stage = Stage::new(&parameter, &stop);
            let group = [(parameter, conclusion.clone())];
            beliefs.extend(break_even(
                &model,
                identity.seed,
                args.draws,
                Search::FINE,
                &group,
                &|d, t| stage.tick(d, t),
            )?);
            stage.finish();
        }
        if args.json {
            out.push(as_json(&atlas, &model, &asked, &beliefs, &moved));
        } else {
            print(&atlas, &model, &asked, &beliefs, &moved);
        }
    }
    if args.json {
        let all = json!({"seed": identity.seed, "draws": args.draws, "conclusions": out});
        println!("{}", serde_json::to_string_pretty(&all)?);
    }
    Ok(())
}

fn asked(args: &BelieveArgs, atlas: &Atlas, model: &Model) -> Result<Vec<Asked>, Failure> {
    let specs = headline_specs();
    let Some(id) = &args.indicator else {
        return specs
            .into_iter()
            .map(|h| {
                let (indicator, state) = cell(atlas, model, &h.indicator, None)?;
                Ok(Asked {
                    indicator,
                    state,
                    threshold: args.threshold.unwrap_or(h.threshold),
                    headline: Some(h),
                })
            })
            .collect();
    };
    let (indicator, state) = cell(atlas, model, id, args.state.as_deref())?;
    let headline = specs.into_iter().find(|h| h.indicator == *id);
    let threshold = args
        .threshold
        .or(headline.as_ref().map(|h| h.threshold))
        .filter(|t| *t != 0.0)
        .ok_or_else(|| {
            Failure::hinted(
                format!("from which effect on is {id} a conclusion?"),
                "give --threshold X, not zero, in the indicator's unit; its sign says the direction",
            )
        })?;
    Ok(vec![Asked {
        indicator,
        state,
        threshold,
        headline,
    }])
}

/// What is turned around: what the command names, or the headline's own assumption and those that
/// move the effect most.
fn parameters(args: &BelieveArgs, asked: &Asked, moved: &[Influence]) -> Vec<String> {
    if !args.parameter.is_empty() {
        return args.parameter.clone();
    }
    let mut out: Vec<String> = asked.headline.iter().map(|h| h.parameter.clone()).collect();
    for m in moved.iter().take(args.top) {
        if !out.contains(&m.parameter) {
            out.push(m.parameter.clone());
        }
    }
    out
}

fn rank_of(moved: &[Influence], id: &str) -> Option<f64> {
    moved
        .iter()
        .find(|m| m.parameter == id)
        .map(|m| m.rank_correlation)
}

fn print(atlas: &Atlas, model: &Model, asked: &Asked, beliefs: &[Belief], moved: &[Influence]) {
    println!("{}", title(atlas, model, asked.indicator, asked.state));
    let relation = if asked.threshold < 0.0 {
        "at most"
    } else {
        "at least"
    };
    let scope = model.layout().indicators()[asked.indicator].scope;
    let claim = asked
        .headline
        .as_ref()
        .filter(|_| scope == Scope::World)
        .map_or_else(String::new, |h| format!(" ({})", h.claim));
    println!(
        "Conclusion: effect of the acts in {} {relation} {}{claim}",
        model.setting().horizon.0,
        short(asked.threshold)
    );
    let mut table = Table::new();
    table
        .load_preset(presets::UTF8_HORIZONTAL_ONLY)
        .set_header([
            "assumption",
            "holds from",
            "± error",
            "assumed: 5, 50, 95 %",
            "estimated",
            "spreads from the centre",
            "rank corr.",
        ]);
    for b in beliefs {
        let (value, error, away) = match b.break_even {
            BreakEven::AtZero => ("without it".to_owned(), String::new(), String::new()),
            BreakEven::From { value, se } => (
                short(value),
                short(se),
                format!("{:+.1}", (value - b.assumed.0) / b.assumed.1),
            ),
            BreakEven::NotUpTo { value } => (
                format!("not up to {}", short(value)),
                String::new(),
                String::new(),
            ),
        };
        table.add_row([
            b.parameter.clone(),
            value,
            error,
            prior(model, &b.parameter).map(short).join(", "),
            estimated(model, &b.parameter),
            away,
            rank_of(moved, &b.parameter).map_or_else(String::new, |r| format!("{r:+.2}")),
        ]);
    }
    for c in 1..7 {
        if let Some(column) = table.column_mut(c) {
            column.set_cell_alignment(CellAlignment::Right);
        }
    }
    println!("{table}");
    if let Some(h) = &asked.headline {
        println!("What history supports: {}", h.history);
    }
    println!();
}

fn prior(model: &Model, id: &str) -> [f64; 3] {
    model.params().get(id).map_or([f64::NAN; 3], |(p, _)| {
        [0.05, 0.5, 0.95].map(|u| p.prior.quantile(u))
    })
}

fn estimated(model: &Model, id: &str) -> String {
    match model.params().get(id) {
        Some((_, Some(q))) => format!("{} ± {}", short(q.mean), short(q.sd)),
        _ => "no".to_owned(),
    }
}

fn as_json(
    atlas: &Atlas,
    model: &Model,
    asked: &Asked,
    beliefs: &[Belief],
    moved: &[Influence],
) -> Value {
    let i = &model.layout().indicators()[asked.indicator];
    json!({
        "indicator": i.id,
        "unit": i.unit,
        "entity": asked.state.map_or("WORLD", |s| atlas.states().iso3(s)),
        "year": model.setting().horizon.0,
        "threshold": asked.threshold,
        "history": asked.headline.as_ref().map(|h| h.history.clone()),
        "break_even": beliefs.iter().map(|b| {
            let (verdict, value, se) = match b.break_even {
                BreakEven::AtZero => ("holds_at_zero", None, None),
                BreakEven::From { value, se } => ("from", Some(value), Some(se)),
                BreakEven::NotUpTo { value } => ("not_up_to", Some(value), None),
            };
            let posterior = model.params().get(&b.parameter).and_then(|(_, q)| q);
            json!({
                "parameter": b.parameter,
                "verdict": verdict,
                "value": value,
                "se": se,
                "prior_q05_q50_q95": prior(model, &b.parameter),
                "posterior": posterior.map(|q| json!({"mean": q.mean, "sd": q.sd})),
                "tag": model.params().get(&b.parameter).map(|(p, _)| format!("{:?}", p.tag)),
                "rank_correlation": rank_of(moved, &b.parameter),
                "curve": b.curve,
            })
        }).collect::<Vec<_>>(),
        "influences": moved.iter().take(20).map(|m| json!({
            "parameter": m.parameter,
            "rank_correlation": m.rank_correlation,
        })).collect::<Vec<_>>(),
    })
}
