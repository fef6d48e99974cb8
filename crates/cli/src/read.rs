//! `realign read` and `realign scenario`.

use std::io::Read as _;
use std::path::Path;

use realign_atlas::Atlas;
use realign_scenario::{Draft, Gazetteer, Scenario, ScenarioDefaults, Vocabulary, read_brief};

use crate::args::{ReadArgs, ScenarioCommand};
use crate::report::Failure;

/// Reads a file, or standard input for `-`, as bytes.
pub fn bytes(path: &Path) -> Result<Vec<u8>, Failure> {
    let fail = |e: std::io::Error| {
        let hint = match e.kind() {
            std::io::ErrorKind::NotFound => "check the path; relative paths start here",
            std::io::ErrorKind::PermissionDenied => "you may not read this file",
            _ => "give a text file: a brief in Markdown, plain prose, or a scenario in TOML",
        };
        Failure::hinted(format!("cannot read {}: {e}", path.display()), hint)
    };
    if path == Path::new("-") {
        let mut all = Vec::new();
        std::io::stdin().read_to_end(&mut all).map_err(fail)?;
        return Ok(all);
    }
    std::fs::read(path).map_err(fail)
}

/// Drafts a scenario from a brief.
pub fn draft(atlas: &Atlas, path: &Path, content: &[u8]) -> Result<Draft, Failure> {
    let gazetteer = Gazetteer::from_atlas(atlas).map_err(Failure::plain)?;
    read_brief(
        &path.display().to_string(),
        content,
        &gazetteer,
        atlas.vintage().0,
    )
    .map_err(|e| Failure::scenario(&e, path, &String::from_utf8_lossy(content)))
}

/// `realign read`
pub fn run(args: &ReadArgs) -> Result<(), Failure> {
    let atlas = Atlas::embedded()?;
    let content = bytes(&args.file)?;
    let draft = draft(&atlas, &args.file, &content)?;
    if args.json {
        print!("{}", draft.to_json().map_err(Failure::plain)?);
        return Ok(());
    }
    if args.toml {
        let scenario = draft.to_scenario(ScenarioDefaults::default());
        print!("{}", scenario.to_toml().map_err(Failure::plain)?);
        return Ok(());
    }
    show(&draft);
    Ok(())
}

fn show(draft: &Draft) {
    println!("{}", draft.title);
    println!("Actors: {}", draft.hegemons.join(", "));
    println!("\nAimed at ({}):", draft.targets.len());
    for t in &draft.targets {
        println!("  {}  {}", t.iso3, t.via);
    }
    println!("\nActs ({}):", draft.events.len());
    for e in &draft.events {
        println!(
            "  line {:>3}  {} {} → {}  ({:.0} in 100 sure)\n            {}",
            e.line,
            e.kind,
            e.actor,
            few(&e.targets),
            100.0 * e.confidence,
            e.sentence
        );
    }
    println!("\nDomains: {}", draft.domains.join(", "));
    println!("\nQuestions ({}):", draft.questions.len());
    for q in &draft.questions {
        println!("  {q}");
    }
    println!("\nNot placed ({}):", draft.unplaced.len());
    for u in &draft.unplaced {
        println!("  line {:>3}  {}\n            {}", u.line, u.text, u.why);
    }
}

fn few(codes: &[String]) -> String {
    const SHOWN: usize = 8;
    if codes.len() <= SHOWN {
        return codes.join(", ");
    }
    format!(
        "{} and {} more",
        codes[..SHOWN].join(", "),
        codes.len() - SHOWN
    )
}

/// Reads a scenario file.
pub fn parse_scenario(atlas: &Atlas, path: &Path, content: &[u8]) -> Result<Scenario, Failure> {
    let names = Vocabulary::from_atlas(atlas).map_err(Failure::plain)?;
    Scenario::parse(&path.display().to_string(), content, &names)
        .map_err(|e| Failure::scenario(&e, path, &String::from_utf8_lossy(content)))
}

/// `realign scenario`
pub fn scenario(command: &ScenarioCommand) -> Result<(), Failure> {
    match command {
        ScenarioCommand::Schema => print!("{}", Scenario::json_schema()),
        ScenarioCommand::Check { file } => {
            let atlas = Atlas::embedded()?;
            let content = bytes(file)?;
            let scenario = parse_scenario(&atlas, file, &content)?;
            let resolved = scenario.resolve(&atlas).map_err(Failure::plain)?;
            println!("{}: in order", file.display());
            println!(
                "{}, {}–{}, {} acts",
                atlas.states().get(resolved.hegemon).name,
                resolved.start,
                resolved.horizon,
                resolved.events.len()
            );
            for e in &resolved.events {
                println!(
                    "  {} {} {} → {} states",
                    e.year,
                    e.kind,
                    atlas.states().iso3(e.actor),
                    e.targets.len()
                );
            }
        }
    }
    Ok(())
}
