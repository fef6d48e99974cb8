//! Builds the committed tables: `build <raw directory> <out directory>`.
#![allow(clippy::print_stdout, clippy::print_stderr)]

use std::path::Path;

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let args: Vec<String> = std::env::args().collect();
    let [_, raw, out] = args.as_slice() else {
        return Err("usage: build RAW OUT".into());
    };
    let report = realign_atlas::build::build(Path::new(raw), Path::new(out), &mut |topic| {
        eprintln!("{topic}");
    })?;
    for d in report.dropped() {
        println!("dropped {:>8}  {}  {} {}", d.rows, d.file, d.reason, d.code);
    }
    for path in &report.changed {
        println!("changed  {path}");
    }
    for t in &report.tables {
        for (variable, rows) in &t.rows {
            println!("wrote {rows:>8}  {}  {variable}", t.file);
        }
    }
    Ok(())
}
