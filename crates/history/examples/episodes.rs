//! Runs the episodes and the placebos and prints them as Markdown: `episodes DRAWS [NAME…]`.
#![allow(clippy::print_stdout, clippy::print_stderr)]

use std::time::Instant;

use realign_atlas::Atlas;
use realign_history::episodes::{Options, PlaceboOptions, embedded, markdown, placebos, run_all};
use realign_history::falsifiers::falsifiers;

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let mut args = std::env::args().skip(1);
    let draws = args.next().map_or(Ok(200), |a| a.parse())?;
    let names: Vec<String> = args.collect();
    let atlas = Atlas::embedded()?;
    let mut episodes = embedded(&atlas)?;
    episodes.retain(|e| names.is_empty() || names.contains(&e.name));
    let options = Options {
        draws,
        ..Options::default()
    };
    let start = Instant::now();
    let results = run_all(&atlas, &episodes, &options, &|_, _| true)?;
    eprintln!("episodes {:?}", start.elapsed());
    let start = Instant::now();
    let fakes = if names.is_empty() {
        Some(placebos(&atlas, &PlaceboOptions::default(), &|_, _| true)?)
    } else {
        None
    };
    eprintln!("placebos {:?}", start.elapsed());
    println!("{}", markdown(&results, fakes.as_ref()));
    let table = falsifiers(&atlas, None, &results, fakes.as_ref())?;
    println!("{}", realign_history::falsifiers::markdown(&table));
    Ok(())
}
