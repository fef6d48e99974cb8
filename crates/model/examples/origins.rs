//! Builds the model at many origins and says what it could and could not know there.
#![allow(clippy::print_stdout)]

use std::time::Instant;

use realign_atlas::{Atlas, Year};
use realign_model::model::Model;
use realign_model::params::Params;
use realign_scenario::Scenario;
use realign_scenario::Vocabulary;

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let atlas = Atlas::embedded()?;
    let years: Vec<i32> = std::env::args()
        .skip(1)
        .filter_map(|a| a.parse().ok())
        .collect();
    for origin in years {
        let then = atlas.as_of(Year(origin));
        let text = format!(
            "title = \"t\"\nhegemon = \"USA\"\nstart = {}\nhorizon = {}\n[[event]]\ntype = \"S10\"\nactor = \"USA\"\ntargets = [\"FRA\"]\nyear = {}\n",
            origin + 1,
            origin + 4,
            origin + 1
        );
        let scenario = Scenario::parse("t", text.as_bytes(), &Vocabulary::from_atlas(&then)?)?;
        let t = Instant::now();
        let known = Params::as_known_at(&then)?;
        println!(
            "{origin}: estimated {} kept {} in {:?}",
            known.estimated.len(),
            known.kept.len(),
            t.elapsed()
        );
        let mut reasons: Vec<_> = known
            .kept
            .iter()
            .map(|k| format!("{}: {}", k.id.split('.').next().unwrap_or(""), k.reason))
            .collect();
        reasons.dedup();
        for r in reasons {
            println!("    {r}");
        }
        let t = Instant::now();
        match Model::new(&then, &scenario.resolve(&then)?, known.params) {
            Err(e) => println!("   FAILS {e}"),
            Ok(m) => {
                println!(
                    "   model in {:?}: {} members in trade",
                    t.elapsed(),
                    m.fixed().trade.members.len()
                );
                for n in m
                    .fixed()
                    .trade
                    .notes
                    .iter()
                    .chain(&m.fixed().arms.notes)
                    .chain(&m.fixed().security.notes)
                    .chain(&m.fixed().trust.notes)
                {
                    println!("      {}", &n[..n.len().min(160)]);
                }
            }
        }
    }
    Ok(())
}
