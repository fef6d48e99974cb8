//! `realign run` and `realign merge`: runs of any size on disk.

use std::io::IsTerminal;
use std::path::Path;

use realign_atlas::Atlas;
use realign_ensemble::run::Plan;
use realign_ensemble::stored::{CHUNK, Done, Identity, Settings, Shard, Stored};
use realign_ensemble::{Arm, EnsembleError};
use realign_model::model::Model;
use realign_model::params::Params;
use realign_scenario::ResolvedScenario;

use crate::args::{MergeArgs, RunArgs};
use crate::brief::threads;
use crate::progress::{Stage, StopFlag};
use crate::question::question;
use crate::read;
use crate::report::Failure;

/// Draws where neither the command nor the scenario says.
const DRAWS: usize = 500;

/// `realign run`
pub fn run(args: &RunArgs) -> Result<(), Failure> {
    threads(args.threads)?;
    let stop = StopFlag::listen();
    let content = read::bytes(&args.question.file)?;
    let atlas = Atlas::embedded()?;
    let question = question(&args.question, &atlas, &content)?;
    let model = Model::new(&atlas, &question.resolved, Params::embedded()?)?;
    let scenario = question.text()?;
    let arms = vec![Arm::shock(), Arm::acts_only()];
    let draws = question.draws(args.draws, DRAWS);
    let plan = Plan {
        seed: question.seed(args.seed),
        draws,
        chance_draws: args.chance,
        arms,
        held: Vec::new(),
        last_year_only: false,
        acts_only_draws: draws,
    };
    let settings = settings(&plan, &model, &scenario, args.every_year);
    let stored = Stored::open(&args.out, &settings, &scenario)?;
    let shard = args.shard.unwrap_or(Shard::WHOLE);
    let before = stored.parts_done();
    if before > 0 && std::io::stderr().is_terminal() {
        eprintln!(
            "going on: {before} of {} parts are there",
            settings.chunks()
        );
    }
    let stage = Stage::new("simulating", &stop);
    let outcome = stored.run(&model, &plan, atlas.states(), shard, &|d, t| {
        stage.tick(d, t)
    });
    stage.finish();
    match outcome {
        Err(EnsembleError::Stopped { .. }) => {
            return Err(Failure::hinted(
                format!(
                    "stopped; {} of {} parts are written",
                    stored.parts_done(),
                    settings.chunks()
                ),
                "the same command goes on from there",
            ));
        }
        other => other?,
    }
    if shard != Shard::WHOLE {
        if !args.json {
            println!(
                "Shard {}/{}: {} of {} parts in {}; put the shards together with `realign merge`",
                shard.k,
                shard.n,
                stored.parts_done(),
                settings.chunks(),
                args.out.display()
            );
        }
        return Ok(());
    }
    let done = stored.finish(&model, atlas.states())?;
    report(&done, &settings, &args.out, args.json)
}

/// `realign merge`
pub fn merge(args: &MergeArgs) -> Result<(), Failure> {
    let atlas = Atlas::embedded()?;
    let (_, _, scenario) = Identity::of(&args.from[0])?;
    let settings = Settings::read(&args.from[0])?;
    let model = model_of(&atlas, &args.from[0], &scenario)?;
    let stored = Stored::open(&args.out, &settings, &scenario)?;
    for from in &args.from {
        Identity::of(from)?;
        stored.take(from)?;
    }
    let done = stored.finish(&model, atlas.states())?;
    report(&done, &settings, &args.out, args.json)
}

/// The model of results that are on disk.
pub fn model_of(atlas: &Atlas, dir: &Path, scenario: &str) -> Result<Model, Failure> {
    let resolved = resolved(atlas, dir, scenario)?;
    Ok(Model::new(atlas, &resolved, Params::embedded()?)?)
}

/// The scenario of results that are on disk.
pub fn resolved(atlas: &Atlas, dir: &Path, text: &str) -> Result<ResolvedScenario, Failure> {
    let path = dir.join("scenario.toml");
    let scenario = read::parse_scenario(atlas, &path, text.as_bytes())?;
    scenario
        .resolve(atlas)
        .map_err(|e| Failure::scenario(&e, &path, text))
}

fn settings(plan: &Plan, model: &Model, scenario: &str, every_year: bool) -> Settings {
    let years: Vec<i32> = model.years().iter().map(|y| y.0).collect();
    let last = years.len() - 1;
    let state_years = if every_year {
        years.clone()
    } else {
        let mut some = vec![years[1.min(last)], years[last.div_ceil(2)], years[last]];
        some.dedup();
        some
    };
    let mut arms = vec![Arm::quiet().id];
    arms.extend(plan.arms.iter().map(|a| a.id.clone()));
    Settings {
        identity: Identity::here(scenario, plan.seed),
        draws: plan.draws,
        chance_draws: plan.chance_draws,
        years: (years[0], years[last]),
        state_years,
        arms,
        draws_per_part: CHUNK,
    }
}

fn report(done: &Done, settings: &Settings, place: &Path, json: bool) -> Result<(), Failure> {
    if json {
        println!("{}", serde_json::to_string_pretty(done)?);
        return Ok(());
    }
    let failed: usize = done.failures.values().sum();
    println!(
        "{} draws, {} to {}, {failed} of {} paths did not converge, run {}",
        settings.draws, settings.years.0, settings.years.1, done.paths, done.run
    );
    for (reason, count) in &done.failures {
        println!("  {count} × {reason}");
    }
    if failed * 10 > done.paths {
        println!("More than one path in ten failed: do not use these numbers.");
    }
    println!("{}", place.join("summary.parquet").display());
    Ok(())
}
