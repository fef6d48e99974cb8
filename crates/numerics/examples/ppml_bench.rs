//! Time, memory and work of gravity estimates with exporter-year, importer-year and pair effects.
//!
//! Usage: `ppml_bench FORMULA CLUSTER REPEATS FILE…` — reads each file of comma-separated values
//! once, then estimates it `REPEATS` times and prints the best time (without reading).
#![allow(clippy::print_stdout)]

use std::io::{BufRead as _, BufReader};
use std::time::Instant;

use realign_numerics::ppml::{Column, Options, Rule, Spec, Table, fit};

fn main() {
    let args: Vec<String> = std::env::args().skip(1).collect();
    let [formula, cluster, repeats, files @ ..] = &args[..] else {
        println!("usage: ppml_bench FORMULA CLUSTER REPEATS FILE...");
        return;
    };
    let repeats: usize = repeats.parse().expect("number of repeats");
    let spec = Spec::parse(formula)
        .expect("formula")
        .cluster(cluster)
        .expect("cluster");
    for file in files {
        let table = read(file, &format!("{formula} {cluster}"));
        let read_kb = peak_kb();
        let mut best = f64::INFINITY;
        let mut result = None;
        for _ in 0..repeats {
            let start = Instant::now();
            let fitted = fit(&table, &spec, &Options::default()).expect("converges");
            best = best.min(start.elapsed().as_secs_f64());
            result = Some(fitted);
        }
        let Some(f) = result else { continue };
        println!(
            "{file}: {best:.3} s, peak {} MB (table read: {} MB), {} of {} rows",
            peak_kb() / 1024,
            read_kb / 1024,
            f.rows.len(),
            table.rows()
        );
        println!(
            "  {:?}\n  separated: {} by group, {} by rectifier, {} vanishing; sums off by {:.1e}",
            f.work,
            f.left_out_by(Rule::ZeroGroup).count(),
            f.left_out_by(Rule::Rectifier).count(),
            f.left_out_by(Rule::SmallMu).count(),
            f.adding_up
        );
        for e in f.estimates.iter().take(6) {
            println!(
                "  {:<12} {:+.9} ({:.9})",
                e.name, e.coefficient, e.standard_error
            );
        }
    }
}

/// The columns that the formula names.
fn read(file: &str, used: &str) -> Table {
    let open = std::fs::File::open(file).expect("file");
    let mut lines = BufReader::new(open).lines();
    let header = lines.next().expect("header").expect("text");
    let names: Vec<&str> = header.split(',').map(|n| n.trim_matches('"')).collect();
    let words: Vec<&str> = used
        .split(|c: char| !(c.is_alphanumeric() || c == '_' || c == '.'))
        .collect();
    let wanted: Vec<bool> = names.iter().map(|n| words.contains(n)).collect();
    let mut number: Vec<Vec<f64>> = vec![Vec::new(); names.len()];
    let mut text: Vec<Vec<String>> = vec![Vec::new(); names.len()];
    for line in lines {
        let line = line.expect("text");
        for (c, cell) in line.split(',').enumerate().filter(|(c, _)| wanted[*c]) {
            let cell = cell.trim_matches('"');
            match cell.parse() {
                Ok(v) if text[c].is_empty() => number[c].push(v),
                _ => text[c].push(cell.to_owned()),
            }
        }
    }
    let mut table = Table::new();
    for c in (0..names.len()).filter(|c| wanted[*c]) {
        let column = if text[c].is_empty() {
            Column::Number(std::mem::take(&mut number[c]))
        } else {
            Column::text(&text[c])
        };
        table.add(names[c], column).expect("column");
    }
    table
}

/// Most memory this process has held, as the kernel counts it; zero where it does not say.
fn peak_kb() -> usize {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find(|l| l.starts_with("VmHWM:"));
    line.and_then(|l| l.split_whitespace().nth(1))
        .and_then(|v| v.parse().ok())
        .unwrap_or(0)
}
