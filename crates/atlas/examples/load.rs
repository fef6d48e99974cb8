//! Times opening the atlas and decoding everything, at the newest vintage and at an earlier one.
#![allow(clippy::print_stdout)]

use std::time::Instant;

use realign_atlas::{Atlas, Year};

fn main() -> Result<(), Box<dyn std::error::Error>> {
    for _ in 0..3 {
        let start = Instant::now();
        let atlas = Atlas::embedded()?;
        let opened = start.elapsed();
        atlas.preload()?;
        let loaded = start.elapsed();
        let again = Instant::now();
        atlas.as_of(Year(2016)).preload()?;
        println!(
            "open {opened:?}, everything {loaded:?}, as of 2016 {:?}",
            again.elapsed()
        );
    }
    Ok(())
}
