//! `realign explain`: why an indicator changes.

use comfy_table::{CellAlignment, Table, presets};
use realign_atlas::{Atlas, StateId};
use realign_brief::findings::headline_specs;
use realign_ensemble::explain::{Explanation, Share, Subsets};
use realign_ensemble::stored::Identity;
use realign_model::indicator::Scope;
use realign_model::model::Model;
use serde_json::{Value, json};

use crate::args::ExplainArgs;
use crate::brief::threads;
use crate::progress::{Stage, StopFlag};
use crate::report::Failure;
use crate::run::model_of;

/// `realign explain`
pub fn run(args: &ExplainArgs) -> Result<(), Failure> {
    threads(args.threads)?;
    let stop = StopFlag::listen();
    let atlas = Atlas::embedded()?;
    let (identity, _, scenario) = Identity::of(&args.results)?;
    let model = model_of(&atlas, &args.results, &scenario)?;
    let asked = match &args.indicator {
        Some(id) => vec![cell(&atlas, &model, id, args.state.as_deref())?],
        None => headline_specs()
            .iter()
            .map(|h| cell(&atlas, &model, &h.indicator, None))
            .collect::<Result<_, _>>()?,
    };
    let stage = Stage::new("every subset of channels", &stop);
    let subsets = Subsets::run(&model, identity.seed, args.draws, &|d, t| stage.tick(d, t))?;
    stage.finish();
    let mut out = Vec::new();
    for (k, state) in asked {
        let Some(found) = subsets.explain(k, state)? else {
            let id = &model.layout().indicators()[k].id;
            return Err(Failure::hinted(
                format!("{id} has no estimate in the last year in at least two draws"),
                "ask for another indicator or state, or more draws with --draws",
            ));
        };
        if args.json {
            out.push(as_json(&atlas, &model, k, state, &found));
        } else {
            print(&atlas, &model, k, state, &found);
        }
    }
    if args.json {
        let failed: Vec<Value> = subsets
            .failed
            .iter()
            .map(|(draw, reason)| json!({"draw": draw, "reason": reason}))
            .collect();
        let all = json!({"seed": identity.seed, "failed_draws": failed, "explanations": out});
        println!("{}", serde_json::to_string_pretty(&all)?);
    } else if !subsets.failed.is_empty() {
        println!("{} draws failed and are left out.", subsets.failed.len());
    }
    Ok(())
}

/// Indicator and state that a person asked for.
pub fn cell(
    atlas: &Atlas,
    model: &Model,
    indicator: &str,
    state: Option<&str>,
) -> Result<(usize, Option<StateId>), Failure> {
    let Some(k) = model.layout().position(indicator) else {
        let last = indicator.rsplit('.').next().unwrap_or(indicator);
        let near: Vec<&str> = model
            .layout()
            .indicators()
            .iter()
            .map(|i| i.id.as_str())
            .filter(|id| id.contains(last) || id.starts_with(indicator))
            .collect();
        let hint = if near.is_empty() {
            let all: Vec<&str> = model
                .layout()
                .indicators()
                .iter()
                .map(|i| i.id.as_str())
                .collect();
            format!("known are: {}", all.join(", "))
        } else {
            format!("did you mean {}?", near.join(", "))
        };
        return Err(Failure::hinted(format!("no indicator `{indicator}`"), hint));
    };
    match (model.layout().indicators()[k].scope, state) {
        (Scope::World, None) => Ok((k, None)),
        (Scope::World, Some(_)) => Err(Failure::hinted(
            format!("{indicator} is an indicator of the world"),
            "leave the state out",
        )),
        (Scope::State, None) => Err(Failure::hinted(
            format!("{indicator} has a value for every state"),
            format!("name one, such as `{indicator} CAN`"),
        )),
        (Scope::State, Some(code)) => Ok((k, Some(crate::atlas::state(atlas, code)?))),
    }
}

/// Name of an indicator, with its state and unit.
pub fn title(atlas: &Atlas, model: &Model, k: usize, state: Option<StateId>) -> String {
    let i = &model.layout().indicators()[k];
    let of = state.map_or_else(String::new, |s| {
        format!(" of {}", atlas.states().get(s).name)
    });
    format!("{}{of} ({}), {}", i.label, i.id, i.unit)
}

fn plus_minus(s: Share) -> String {
    format!("{} ± {}", short(s.mean), short(s.se))
}

/// Three significant digits.
pub fn short(v: f64) -> String {
    if v == 0.0 || !v.is_finite() {
        return format!("{v}");
    }
    let digits = (2 - v.abs().log10().floor() as i32).clamp(0, 8) as usize;
    format!("{v:.digits$}")
}

fn print(atlas: &Atlas, model: &Model, k: usize, state: Option<StateId>, e: &Explanation) {
    let last = model.setting().horizon.0;
    println!("{}", title(atlas, model, k, state));
    println!(
        "Effect of the acts in {last}: {} (mean and its Monte-Carlo error, {} draws)",
        plus_minus(e.whole),
        e.draws
    );
    println!("  the acts by themselves   {}", plus_minus(e.acts));
    println!("  what distrust adds       {}", plus_minus(e.distrust));
    let mut table = Table::new();
    table
        .load_preset(presets::UTF8_HORIZONTAL_ONLY)
        .set_header([
            "channel",
            "share (Shapley)",
            "whole less without it",
            "alone",
        ]);
    for d in &e.drivers {
        table.add_row([
            d.player.label.to_owned(),
            plus_minus(d.share),
            plus_minus(d.cut),
            plus_minus(d.alone),
        ]);
    }
    for c in 1..4 {
        if let Some(column) = table.column_mut(c) {
            column.set_cell_alignment(CellAlignment::Right);
        }
    }
    println!("{table}");
    println!(
        "The shares sum to the whole. Channels interact, so the other two columns need not.\n"
    );
}

fn as_json(
    atlas: &Atlas,
    model: &Model,
    k: usize,
    state: Option<StateId>,
    e: &Explanation,
) -> Value {
    let i = &model.layout().indicators()[k];
    let share = |s: Share| json!({"mean": s.mean, "se": s.se});
    json!({
        "indicator": i.id,
        "unit": i.unit,
        "entity": state.map_or("WORLD", |s| atlas.states().iso3(s)),
        "year": model.setting().horizon.0,
        "draws": e.draws,
        "whole": share(e.whole),
        "acts": share(e.acts),
        "distrust": share(e.distrust),
        "channels": e.drivers.iter().map(|d| json!({
            "id": d.player.id,
            "label": d.player.label,
            "shapley": share(d.share),
            "whole_less_without": share(d.cut),
            "alone": share(d.alone),
        })).collect::<Vec<_>>(),
    })
}
