//! `realign trust --links`: trust and what states do, trust and what is done to them.

use comfy_table::{ContentArrangement, Table, presets};
use realign_atlas::StateId;
use realign_model::trust::filter::answers::{Coefficient, answers};
use realign_model::trust::filter::links::links;
use serde_json::json;

use super::{Ready, right};
use crate::report::Failure;

/// Prints both tables.
pub fn run(ready: &Ready, hegemon: StateId, as_json: bool) -> Result<(), Failure> {
    let links = links(&ready.machine, &ready.panel, &ready.atlas, hegemon)?;
    let answers = answers(&ready.machine, &ready.panel);
    if as_json {
        let all = json!({"links": links, "conduct": answers});
        println!("{}", serde_json::to_string_pretty(&all)?);
        return Ok(());
    }
    println!("What a state's trust, at the end of the year before, tells of what it does");
    let mut table = Table::new();
    table
        .load_preset(presets::UTF8_HORIZONTAL_ONLY)
        .set_content_arrangement(ContentArrangement::Dynamic)
        .set_header([
            "outcome",
            "rows",
            "level: effect of 1 SD",
            "change: effect of 1 SD",
            "level earns, %",
            "change earns, %",
            "label",
        ]);
    for l in &links {
        table.add_row([
            format!(
                "{}, {}–{}; baseline: {}",
                l.outcome, l.years.0, l.years.1, l.baseline
            ),
            l.observations.to_string(),
            small(l.level),
            small(l.change),
            format!("{:+.2} ({:.2})", l.level_gain_pct, l.level_gain_se),
            format!("{:+.2} ({:.2})", l.change_gain_pct, l.change_gain_se),
            l.label.to_owned(),
        ]);
    }
    right(&mut table, 1..6);
    println!("{table}");
    println!(
        "In brackets standard errors, clustered by the state that decides; what is earned is the fall of the squared error out of sample, years before only, standard error over years."
    );
    println!();
    println!("What conduct tells of next year's surprise in votes and polls (SD per SD)");
    let mut table = Table::new();
    table
        .load_preset(presets::UTF8_HORIZONTAL_ONLY)
        .set_header([
            "source",
            "rows",
            "good",
            "bad",
            "bad less good",
            "to third parties",
            "expected",
            "unexpected",
        ]);
    for a in &answers {
        table.add_row([
            a.source.to_owned(),
            a.observations.to_string(),
            small(a.good),
            small(a.bad),
            small(a.bad_less_good),
            small(a.third),
            small(a.expected),
            small(a.surprise),
        ]);
    }
    right(&mut table, 1..8);
    println!("{table}");
    println!("Associations, not effects: conduct and trust may share causes.");
    Ok(())
}

fn small(c: Coefficient) -> String {
    format!("{:+.4} ({:.4})", c.estimate, c.se)
}
