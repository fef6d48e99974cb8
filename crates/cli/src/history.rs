//! `realign backtest`, `realign score` and `realign forecast`: history as the judge.

use std::path::Path;

use realign_atlas::{Atlas, Year};
use realign_history::episodes::{self, Episode, EpisodeResult};
use realign_history::falsifiers::{self, falsifiers};
use realign_history::record::Record;
use realign_history::{HistoryError, forecast, rolling};
use realign_scenario::Scenario;
use serde_json::json;

use crate::args::{BacktestArgs, ForecastArgs, ScoreArgs};
use crate::brief::threads;
use crate::output::file;
use crate::progress::{Stage, StopFlag};
use crate::read;
use crate::report::Failure;

/// Fewest paths that may fail before a number is no longer shown: one in this many.
const FAILED: usize = 10;

/// What a name on the command line stands for.
struct Asked {
    episodes: Vec<Episode>,
    quantities: Vec<String>,
}

/// `realign backtest`
pub fn backtest(args: &BacktestArgs) -> Result<(), Failure> {
    threads(args.threads)?;
    let stop = StopFlag::listen();
    let atlas = Atlas::embedded()?;
    let tasks = rolling::tasks();
    let ties = rolling::tie_tasks();
    if args.list {
        return list(&atlas, &tasks, &ties);
    }
    let asked = asked(args, &atlas, &tasks, &ties)?;
    let mut results = Vec::new();
    if !asked.episodes.is_empty() {
        let options = episodes::Options {
            draws: args.draws,
            seed: args.seed,
            guard: true,
        };
        let stage = Stage::new("episodes", &stop);
        results = episodes::run_all(&atlas, &asked.episodes, &options, &|d, t| stage.tick(d, t))?;
        stage.finish();
        guards_hold(&results)?;
    }
    let mut record = None;
    if !asked.quantities.is_empty() {
        let options = rolling::Options {
            only: asked.quantities,
            ..rolling::Options::default()
        };
        record = Some(rolled(&atlas, &tasks, &ties, &options, &stop)?);
    }
    if args.json {
        let all = json!({"episodes": results, "rolling": record});
        println!("{}", serde_json::to_string_pretty(&all)?);
        return Ok(());
    }
    if !results.is_empty() {
        println!("{}", episodes::markdown(&results, None));
    }
    if let Some(r) = record {
        println!("{}", r.markdown());
    }
    Ok(())
}

/// Scores panels from rolling origins, and refuses them where a guard finds a leak.
fn rolled(
    atlas: &Atlas,
    tasks: &[rolling::Task],
    ties: &[rolling::TieTask],
    options: &rolling::Options,
    stop: &StopFlag,
) -> Result<Record, Failure> {
    let stage = Stage::new("rolling origins", stop);
    let scores = rolling::run(atlas, tasks, ties, options, &|d, t| stage.tick(d, t))?;
    stage.finish();
    for g in &scores.guards {
        if !g.holds() {
            return Err(Failure::hinted(
                format!(
                    "{}: a shuffled future changes forecasts made at {} ({})",
                    g.quantity,
                    g.origin,
                    g.leaks.join(", ")
                ),
                "no score of it is shown; report this as a defect",
            ));
        }
    }
    Ok(Record::of(&scores))
}

fn guards_hold(results: &[EpisodeResult]) -> Result<(), Failure> {
    for r in results {
        if r.guard_held == Some(false) {
            return Err(Failure::hinted(
                format!("{}: a shuffled future changes the prediction", r.name),
                "no score of it is shown; report this as a defect",
            ));
        }
        if r.failed_paths * FAILED > 2 * r.draws {
            return Err(Failure::plain(format!(
                "{}: {} of {} paths failed; no number is shown above one in ten",
                r.name,
                r.failed_paths,
                2 * r.draws
            )));
        }
    }
    Ok(())
}

fn asked(
    args: &BacktestArgs,
    atlas: &Atlas,
    tasks: &[rolling::Task],
    ties: &[rolling::TieTask],
) -> Result<Asked, Failure> {
    let known = episodes::embedded(atlas).map_err(Failure::plain)?;
    if args.names.is_empty() {
        return Ok(Asked {
            episodes: known,
            quantities: Vec::new(),
        });
    }
    let mut out = Asked {
        episodes: Vec::new(),
        quantities: Vec::new(),
    };
    let quantities: Vec<(&str, &str)> = tasks
        .iter()
        .map(|t| (t.quantity.id, t.quantity.domain))
        .chain(ties.iter().map(|t| (t.layer.id, t.layer.domain)))
        .collect();
    for name in &args.names {
        let path = Path::new(name);
        if path
            .extension()
            .is_some_and(|e| e.eq_ignore_ascii_case("toml"))
        {
            let bytes = read::bytes(path)?;
            let episode = Episode::parse(name, &bytes, atlas)
                .map_err(|e| Failure::scenario(&e, path, &String::from_utf8_lossy(&bytes)))?;
            out.episodes.push(episode);
            continue;
        }
        if let Some(e) = known.iter().find(|e| e.name == *name) {
            out.episodes.push(e.clone());
            continue;
        }
        let found: Vec<String> = quantities
            .iter()
            .filter(|(id, domain)| id == name || domain == name)
            .map(|(id, _)| (*id).to_owned())
            .collect();
        if found.is_empty() {
            return Err(Failure::hinted(
                format!("no episode, quantity or domain `{name}`"),
                "`realign backtest --list` names them; a file of your own ends in .toml",
            ));
        }
        out.quantities.extend(found);
    }
    out.quantities.sort();
    out.quantities.dedup();
    Ok(out)
}

fn list(atlas: &Atlas, tasks: &[rolling::Task], ties: &[rolling::TieTask]) -> Result<(), Failure> {
    println!("Episodes:");
    for e in episodes::embedded(atlas).map_err(Failure::plain)? {
        println!("  {:<28} {}", e.name, e.scenario.title);
    }
    println!("Quantities, from rolling origins:");
    for t in tasks {
        let q = &t.quantity;
        println!(
            "  {:<28} {} ({}, from {})",
            q.id, q.title, q.domain, q.first_origin
        );
    }
    for t in ties {
        println!(
            "  {:<28} {} ({})",
            t.layer.id, t.layer.title, t.layer.domain
        );
    }
    Ok(())
}

/// `realign score`
pub fn score(args: &ScoreArgs) -> Result<(), Failure> {
    threads(args.threads)?;
    let stop = StopFlag::listen();
    let atlas = Atlas::embedded()?;
    let record = rolled(
        &atlas,
        &rolling::tasks(),
        &rolling::tie_tasks(),
        &rolling::Options::default(),
        &stop,
    )?;
    let known = episodes::embedded(&atlas).map_err(Failure::plain)?;
    let options = episodes::Options {
        draws: args.draws,
        ..episodes::Options::default()
    };
    let stage = Stage::new("episodes", &stop);
    let results = episodes::run_all(&atlas, &known, &options, &|d, t| stage.tick(d, t))?;
    stage.finish();
    guards_hold(&results)?;
    let stage = Stage::new("acts that never happened", &stop);
    let fakes = episodes::placebos(&atlas, &episodes::PlaceboOptions::default(), &|d, t| {
        stage.tick(d, t)
    })?;
    stage.finish();
    let table = falsifiers(&atlas, Some(&record.scores), &results, Some(&fakes))?;
    if let Some(dir) = &args.write {
        std::fs::create_dir_all(dir)
            .map_err(|e| Failure::plain(format!("cannot create {}: {e}", dir.display())))?;
        file(&dir.join("RECORD.md"), record.markdown().as_bytes())?;
        file(&dir.join("record.toml"), record.toml().as_bytes())?;
        record
            .table()
            .write(&dir.join("record.parquet"))
            .map_err(Failure::plain)?;
        file(
            &dir.join("EPISODES.md"),
            episodes::markdown(&results, Some(&fakes)).as_bytes(),
        )?;
        file(
            &dir.join("FALSIFIERS.md"),
            falsifiers::markdown(&table).as_bytes(),
        )?;
    }
    if args.json {
        let all = json!({
            "rolling": record,
            "episodes": results,
            "placebos": fakes,
            "falsifiers": table,
        });
        println!("{}", serde_json::to_string_pretty(&all)?);
        return Ok(());
    }
    for b in &record.blocks {
        println!("{:<10} {:<16} {}", b.domain, b.verdict.id(), b.detail);
    }
    println!();
    for f in &table {
        println!("{:<4} {:<17} {}", f.id, f.verdict.words(), f.evidence);
    }
    if let Some(dir) = &args.write {
        println!("\nWritten to {}", dir.display());
    } else {
        println!("\n--write DIR writes the whole record.");
    }
    Ok(())
}

/// `realign forecast`
pub fn forecast(args: &ForecastArgs) -> Result<(), Failure> {
    threads(args.threads)?;
    let stop = StopFlag::listen();
    let atlas = Atlas::embedded()?;
    let content = read::bytes(&args.scenario)?;
    let scenario: Scenario = read::parse_scenario(&atlas, &args.scenario, &content)?;
    let text = String::from_utf8_lossy(&content);
    let resolved = scenario
        .resolve(&atlas)
        .map_err(|e| Failure::scenario(&e, &args.scenario, &text))?;
    let vintage = resolved.start.0 - 1;
    if args.vintage.is_some_and(|v| v != vintage) {
        return Err(Failure::hinted(
            format!(
                "the acts of {} begin in {}",
                args.scenario.display(),
                resolved.start
            ),
            format!("their vintage is the year before, {vintage}"),
        ));
    }
    if args.out.exists() && !args.force {
        return Err(Failure::hinted(
            format!("{} exists", args.out.display()),
            "a frozen forecast is not overwritten; --force does, -o FILE writes elsewhere",
        ));
    }
    let options = forecast::Options {
        vintage: Year(vintage),
        draws: args.draws,
        ..forecast::Options::default()
    };
    let stage = Stage::new("forecasts", &stop);
    let found = forecast::run(&atlas, &resolved, &options, &|d, t| stage.tick(d, t))?;
    stage.finish();
    file(&args.out, forecast::to_csv(&found.rows).as_bytes())?;
    if args.json {
        println!("{}", serde_json::to_string_pretty(&found)?);
    } else {
        println!("{}", forecast::to_markdown(&found));
        println!("{} forecasts in {}", found.rows.len(), args.out.display());
    }
    Ok(())
}

impl From<HistoryError> for Failure {
    fn from(e: HistoryError) -> Self {
        match e {
            HistoryError::Stopped => Self::Stopped,
            HistoryError::Ensemble(e) => e.into(),
            other => Self::plain(other),
        }
    }
}
