//! Writes the frozen forecasts as CSV to standard output and how they came about to standard error.
//! `cargo run --release -p realign-history --example forecast > backtests/forecasts/2025.csv`

use std::error::Error;
use std::io::Write;

use realign_atlas::Atlas;
use realign_history::forecast::{self, Options};
use realign_scenario::{Scenario, Vocabulary};

fn main() -> Result<(), Box<dyn Error>> {
    let atlas = Atlas::embedded()?;
    let names = Vocabulary::from_atlas(&atlas)?;
    let text = include_bytes!("../../../scenarios/us-alliance-trust.toml");
    let scenario = Scenario::parse("us-alliance-trust.toml", text, &names)?.resolve(&atlas)?;
    let forecasts = forecast::run(&atlas, &scenario, &Options::default(), &|_, _| true)?;
    std::io::stdout().write_all(forecast::to_csv(&forecasts.rows).as_bytes())?;
    let how = format!(
        "{}\nobserved world (SHA-256 of all tables): {}\n",
        forecast::to_markdown(&forecasts),
        realign_atlas::content_hash()
    );
    std::io::stderr().write_all(how.as_bytes())?;
    Ok(())
}
