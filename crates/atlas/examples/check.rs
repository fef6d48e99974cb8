//! Runs every check of the embedded atlas and prints the outcome.
#![allow(clippy::print_stdout)]

fn main() -> Result<(), Box<dyn std::error::Error>> {
    for check in realign_atlas::Atlas::embedded()?.check() {
        println!(
            "{:?} {}: {} ({})",
            check.verdict, check.id, check.what, check.detail
        );
    }
    Ok(())
}
