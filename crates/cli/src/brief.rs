//! `realign brief`: from a brief to a brief.

use std::io::IsTerminal;
use std::path::{Path, PathBuf};

use realign_atlas::{Atlas, StateId};
use realign_brief::findings::{self, Material};
use realign_ensemble::attribution::Attribution;
use realign_ensemble::run::{self, Plan};
use realign_ensemble::write::{self, RunCard};
use realign_ensemble::{Arm, Results};
use realign_model::model::Model;
use realign_model::params::Params;

use crate::args::BriefArgs;
use crate::output::Staged;
use crate::progress::{Stage, StopFlag};
use crate::question::{Question, question};
use crate::read;
use crate::report::Failure;

/// Draws where neither the command nor the scenario says.
const DRAWS: usize = 200;
/// Most draws of the attribution and break-even arms, which are many.
const ATTRIBUTION_DRAWS: usize = 8;
/// Most draws of the arm that tells what the acts do by themselves.
const ACTS_ONLY_DRAWS: usize = 80;
const BREAK_EVEN_DRAWS: usize = 8;
/// Most events that attribution leaves out one by one.
const ATTRIBUTED_EVENTS: usize = 8;

/// `realign brief`
pub fn run(args: &BriefArgs) -> Result<(), Failure> {
    threads(args.threads)?;
    let stop = StopFlag::listen();
    let content = read::bytes(&args.question.file)?;
    let atlas = Atlas::embedded()?;
    let question = question(&args.question, &atlas, &content)?;
    let place = args
        .out
        .clone()
        .unwrap_or_else(|| PathBuf::from(slug(&question.resolved.title)));
    let staged = Staged::new(&place, args.force)?;

    let model = Model::new(&atlas, &question.resolved, Params::embedded()?)?;
    let draws = question.draws(args.draws, DRAWS);
    let seed = question.seed(args.seed);

    let stage = Stage::new("simulating", &stop);
    let plan = Plan {
        seed,
        draws,
        chance_draws: 1,
        arms: vec![Arm::shock(), Arm::acts_only()],
        held: Vec::new(),
        last_year_only: false,
        acts_only_draws: draws.div_ceil(2).min(ACTS_ONLY_DRAWS),
    };
    let results = run::run(&model, &plan, &|d, t| stage.tick(d, t))?;
    stage.finish();
    let too_many = results.failures().len() * 10 > results.paths();
    if too_many {
        return Err(Failure::hinted(
            format!(
                "{} of {} paths did not converge ({}); no number is shown above one in ten",
                results.failures().len(),
                results.paths(),
                reasons(&results)
            ),
            "lower the magnitudes of the acts, or report the scenario as a defect",
        ));
    }

    let stage = Stage::new("leaving out one by one", &stop);
    let events = findings::events_to_attribute(&question.resolved, ATTRIBUTED_EVENTS);
    let fewer = draws.min(ATTRIBUTION_DRAWS);
    let attribution = Attribution::run(&model, seed, fewer, &events, &|d, t| stage.tick(d, t))?;
    stage.finish();
    let stage = Stage::new("what one would have to believe", &stop);
    let beliefs = findings::beliefs(&model, seed, draws.min(BREAK_EVEN_DRAWS), &|d, t| {
        stage.tick(d, t)
    })?;
    stage.finish();

    let central = run::central(&model, seed)?
        .map_err(|reason| Failure::plain(format!("the central path did not converge: {reason}")))?;
    let arrangements = findings::arrangements(&model, seed, draws.min(BREAK_EVEN_DRAWS))?;
    let card = card(&question, &results, seed, fewer)?;
    let document = findings::compose(&Material {
        atlas: &atlas,
        model: &model,
        scenario: &question.scenario,
        resolved: &question.resolved,
        draft: question.draft.as_ref(),
        confirmed: question.confirmed,
        notes: &question.notes,
        results: &results,
        attribution: &attribution,
        central: &central,
        arrangements: &arrangements,
        beliefs: &beliefs,
        card: &card,
        text: std::str::from_utf8(&content).ok(),
    })?;
    if stop.is_set() {
        return Err(Failure::Stopped);
    }
    staged.write("brief.html", realign_brief::html(&document)?.as_bytes())?;
    staged.write("brief.md", realign_brief::markdown(&document)?.as_bytes())?;
    staged.write("brief.json", realign_brief::json(&document)?.as_bytes())?;
    staged.write(
        "run.json",
        (serde_json::to_string_pretty(&card)? + "\n").as_bytes(),
    )?;
    staged.write("scenario.toml", question.text()?.as_bytes())?;
    staged.write("results/README.md", results_readme().as_bytes())?;
    let focus: Vec<StateId> = question.resolved.focus.clone();
    write::tables(
        &results,
        atlas.states(),
        &focus,
        &staged.path().join("results"),
    )?;
    if stop.is_set() {
        return Err(Failure::Stopped);
    }
    let place = staged.commit()?;
    if args.json {
        println!("{}", serde_json::to_string_pretty(&card)?);
    } else {
        summary(&place, &question, &results, &card);
    }
    Ok(())
}

fn card(
    question: &Question,
    results: &Results,
    seed: u64,
    attribution_draws: usize,
) -> Result<RunCard, Failure> {
    let scenario = question.text()?;
    let years = results.years();
    Ok(RunCard {
        version: env!("CARGO_PKG_VERSION").to_owned(),
        atlas: realign_atlas::content_hash(),
        params: write::sha256(Params::text().as_bytes()),
        scenario: write::sha256(scenario.as_bytes()),
        seed,
        draws: results.draws(),
        attribution_draws,
        years: (years[0].0, years[years.len() - 1].0),
        arms: results.arms().iter().map(|a| a.id.clone()).collect(),
        failures: write::failures_by_reason(results),
    })
}

fn reasons(results: &Results) -> String {
    write::failures_by_reason(results)
        .iter()
        .map(|(reason, count)| format!("{count} × {reason}"))
        .collect::<Vec<_>>()
        .join("; ")
}

fn summary(place: &Path, question: &Question, results: &Results, card: &RunCard) {
    if let Some(name) = question.confirmed {
        println!(
            "Acts: the confirmed scenario scenarios/{name}.toml (--draft uses the reader's own)"
        );
    } else if question.draft.is_some() {
        println!("Acts: as the reader drafted them; look them through in scenario.toml");
    }
    for note in &question.notes {
        println!("Note: {note}");
    }
    let failed = results.failures().len();
    println!(
        "{} draws, {} to {}, {} of {} paths did not converge, run {}",
        results.draws(),
        card.years.0,
        card.years.1,
        failed,
        results.paths(),
        card.hash()
    );
    let link = place.join("brief.html");
    if std::io::stdout().is_terminal() {
        println!("Open {}", link.display());
    } else {
        println!("{}", link.display());
    }
}

fn results_readme() -> String {
    "# Results\n\n\
     Long tables, Parquet with zstd; NaN stands for \"no estimate\".\n\n\
     - `summary.parquet` (the world in every year, states in the first, middle and last): indicator, entity (ISO3 or WORLD), arm, year, draws, mean, se, q05, q25, \
     q50, q75, q95. Arms are quiet, shock and the paired differences shock-quiet and \
     acts_only-quiet.\n\
     - `draws_world.parquet`: every draw of the indicators of the world, all years.\n\
     - `draws_focus.parquet`: every draw of the states reported first, last year.\n\n\
     Units and definitions of the indicators stand in `brief.json`.\n"
        .to_owned()
}

/// Sets the number of threads, where one is given.
pub fn threads(asked: Option<usize>) -> Result<(), Failure> {
    match asked {
        None => Ok(()),
        Some(threads) => rayon::ThreadPoolBuilder::new()
            .num_threads(threads)
            .build_global()
            .map_err(Failure::plain),
    }
}

/// A directory name from a title.
fn slug(title: &str) -> String {
    let mut out = String::new();
    for c in title.chars().flat_map(char::to_lowercase) {
        if c.is_ascii_alphanumeric() {
            out.push(c);
        } else if !out.ends_with('-') && !out.is_empty() {
            out.push('-');
        }
        if out.len() >= 48 {
            break;
        }
    }
    let trimmed = out.trim_matches('-');
    if trimmed.is_empty() {
        "brief-out".to_owned()
    } else {
        format!("brief-{trimmed}")
    }
}
