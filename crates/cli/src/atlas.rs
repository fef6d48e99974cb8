//! `realign atlas`

use comfy_table::{ContentArrangement, Table, presets};
use realign_atlas::{Amount, Atlas, Fact, Section as FactSection, StateId, Verdict, Year, build};
use realign_scenario::Vocabulary;
use serde_json::json;

use crate::args::AtlasCommand;
use crate::report::Failure;

/// `realign atlas …`
pub fn run(command: &AtlasCommand) -> Result<(), Failure> {
    match command {
        AtlasCommand::Build { raw, out } => build_tables(raw, out),
        AtlasCommand::Show {
            state,
            other,
            as_of,
            json,
        } => {
            let atlas = Atlas::embedded()?;
            let atlas =
                as_of.map_or_else(|| atlas.as_of(atlas.vintage()), |y| atlas.as_of(Year(y)));
            show(&atlas, state, other.as_deref(), *json)
        }
        AtlasCommand::Sources { json } => sources(&Atlas::embedded()?, *json),
        AtlasCommand::Check { json } => check(&Atlas::embedded()?, *json),
    }
}

fn build_tables(raw: &std::path::Path, out: &std::path::Path) -> Result<(), Failure> {
    let report = build::build(raw, out, &mut |topic| eprintln!("{topic} …"))?;
    for t in &report.tables {
        println!("{:<32} {:>9} rows", t.file, t.rows.values().sum::<usize>());
    }
    let dropped = report.dropped();
    if !dropped.is_empty() {
        println!("\nRows without a place:");
        for d in dropped {
            println!("  {:>7}  {}  {} {}", d.rows, d.file, d.reason, d.code);
        }
    }
    for file in &report.changed {
        println!(
            "\n{file} is not the file that data/sources.toml names: update vintage and hash there"
        );
    }
    Ok(())
}

/// A state by its code, with a suggestion when unknown.
pub fn state(atlas: &Atlas, code: &str) -> Result<StateId, Failure> {
    let upper = code.to_uppercase();
    atlas.states().by_iso3(&upper).ok_or_else(|| {
        let suggestion = Vocabulary::from_atlas(atlas)
            .ok()
            .and_then(|v| v.suggest_state(code));
        let hint = suggestion.map_or_else(
            || "give an ISO3 code, such as CAN".to_owned(),
            |s| format!("did you mean {s}? codes are ISO3, such as CAN"),
        );
        Failure::hinted(format!("unknown state `{code}`"), hint)
    })
}

fn show(atlas: &Atlas, a: &str, b: Option<&str>, as_json: bool) -> Result<(), Failure> {
    let first = state(atlas, a)?;
    let (title, sections) = match b {
        None => {
            let s = atlas.states().get(first);
            let place = format!("{}, {}", s.subregion, s.region);
            (
                format!("{} ({}), {place}", s.name, s.iso3),
                atlas.describe_state(first)?,
            )
        }
        Some(b) => {
            let second = state(atlas, b)?;
            if first == second {
                return Err(Failure::hinted(
                    "a pair needs two different states",
                    format!(
                        "`realign atlas show {}` shows one state",
                        atlas.states().iso3(first)
                    ),
                ));
            }
            let name = |s| &atlas.states().get(s).name;
            (
                format!("{} and {}", name(first), name(second)),
                atlas.describe_pair(first, second)?,
            )
        }
    };
    if as_json {
        let sections: Vec<_> = sections.iter().map(section_json).collect();
        let object = json!({ "title": title, "as_of": atlas.vintage(), "sections": sections });
        println!("{}", serde_json::to_string_pretty(&object)?);
        return Ok(());
    }
    println!("{title}, as known at the end of {}", atlas.vintage());
    for s in &sections {
        println!("\n{}", s.topic.replace('_', " "));
        let mut table = Table::new();
        table.load_preset(presets::NOTHING);
        table.set_content_arrangement(ContentArrangement::Dynamic);
        for f in &s.facts {
            let year = f.year.map_or_else(String::new, |y| y.to_string());
            table.add_row([name(f), year, value(f), f.source.clone()]);
        }
        println!("{table}");
    }
    Ok(())
}

fn name(f: &Fact) -> String {
    let mut name = f.variable.clone();
    if let Some((from, to)) = &f.direction {
        name = format!("{name} {from}→{to}");
    }
    if let Some(item) = &f.item {
        name = format!("{name}, {item}");
    }
    name
}

fn value(f: &Fact) -> String {
    match &f.amount {
        Amount::Number(v) if v.abs() >= 1e6 => format!("{v:.0} {}", f.unit),
        Amount::Number(v) => format!("{} {}", significant(*v), f.unit),
        Amount::Words(w) => w.join(", "),
    }
}

/// Four significant digits.
fn significant(v: f64) -> String {
    if v == 0.0 || v.fract() == 0.0 {
        return format!("{v}");
    }
    let digits = (3 - v.abs().log10().floor() as i32).clamp(0, 8);
    format!("{v:.*}", digits as usize)
}

fn section_json(s: &FactSection) -> serde_json::Value {
    let facts: Vec<_> = s
        .facts
        .iter()
        .map(|f| {
            let value = match &f.amount {
                Amount::Number(v) => json!(v),
                Amount::Words(w) => json!(w),
            };
            json!({
                "variable": f.variable, "label": f.label, "item": f.item,
                "direction": f.direction, "year": f.year, "value": value, "unit": f.unit,
                "source": f.source,
            })
        })
        .collect();
    json!({ "topic": s.topic, "facts": facts })
}

fn sources(atlas: &Atlas, as_json: bool) -> Result<(), Failure> {
    if as_json {
        println!("{}", serde_json::to_string_pretty(atlas.catalogue())?);
        return Ok(());
    }
    for t in atlas.catalogue().tables() {
        println!(
            "{}  ({}, known {} years later)",
            t.file, t.shape, t.publication_lag_years
        );
        for v in &t.variables {
            println!("    {}: {} [{}]", v.id, v.description, v.unit);
        }
        for s in &t.sources {
            println!("  {}: {}", s.publisher, s.reference);
            println!(
                "    licence: {}; vintage: {}; raw: {}",
                s.licence, s.vintage, s.raw
            );
            if !s.restrictions.is_empty() {
                println!("    restrictions: {}", s.restrictions);
            }
        }
        println!("  made by: {}\n", t.transformation);
    }
    Ok(())
}

fn check(atlas: &Atlas, as_json: bool) -> Result<(), Failure> {
    let checks = atlas.check();
    let word = |v: Verdict| match v {
        Verdict::Pass => "holds",
        Verdict::Fail => "FAILS",
        Verdict::Absent => "absent",
    };
    if as_json {
        let rows: Vec<_> = checks
            .iter()
            .map(|c| {
                json!({ "id": c.id, "what": c.what, "verdict": word(c.verdict).to_lowercase(),
                        "detail": c.detail, "hint": c.hint })
            })
            .collect();
        println!("{}", serde_json::to_string_pretty(&rows)?);
    } else {
        for c in &checks {
            println!("{:<7} {:<34} {}", word(c.verdict), c.id, c.detail);
            if c.verdict == Verdict::Fail {
                println!("        {}\n        help: {}", c.what, c.hint);
            }
        }
    }
    let failed = checks.iter().filter(|c| c.verdict == Verdict::Fail).count();
    if failed > 0 {
        return Err(Failure::hinted(
            format!("{failed} of {} checks fail", checks.len()),
            "each failed check says what to do",
        ));
    }
    if !as_json {
        println!(
            "{} checks hold",
            checks.iter().filter(|c| c.verdict == Verdict::Pass).count()
        );
    }
    Ok(())
}
