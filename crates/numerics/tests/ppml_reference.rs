//! Published and reference results of Poisson pseudo-maximum likelihood.
#![allow(clippy::print_stdout)]

use std::collections::BTreeMap;
use std::io::Read as _;
use std::path::{Path, PathBuf};

use realign_numerics::ppml::{Column, Fit, Options, Spec, Table, fit};

/// The reference file's tolerances.
const COEFFICIENT: f64 = 1e-6;
const STANDARD_ERROR: f64 = 1e-4;
/// Relative error of fitted sums.
const ADDING_UP: f64 = 1e-12;

/// The folder of reference results; `None` outside CI when it is not there.
fn inputs() -> Option<PathBuf> {
    let dir = std::env::var_os("REALIGN_SHARED").map_or_else(
        || Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared"),
        PathBuf::from,
    );
    let dir = dir.join("expected/gravity_ppml");
    if dir.is_dir() {
        return Some(dir);
    }
    assert!(
        std::env::var_os("CI").is_none(),
        "{} is missing",
        dir.display()
    );
    println!("skipped: {} is missing", dir.display());
    None
}

fn text(path: &Path) -> String {
    let bytes = std::fs::read(path).unwrap();
    if path.extension().is_some_and(|e| e == "gz") {
        let mut out = String::new();
        flate2::read::GzDecoder::new(&bytes[..])
            .read_to_string(&mut out)
            .unwrap();
        return out;
    }
    String::from_utf8(bytes).unwrap()
}

/// Reads a file of comma-separated values: columns of numbers, or of text where a value is none.
fn table(path: &Path, keep: impl Fn(&BTreeMap<&str, &str>) -> bool) -> Table {
    let text = text(path);
    let mut lines = text.lines();
    let names: Vec<&str> = lines
        .next()
        .unwrap()
        .split(',')
        .map(|n| n.trim_matches('"'))
        .collect();
    let mut cells: Vec<Vec<&str>> = vec![Vec::new(); names.len()];
    for line in lines {
        let row: Vec<&str> = line.split(',').map(|v| v.trim_matches('"')).collect();
        let by_name = names.iter().copied().zip(row.iter().copied()).collect();
        if keep(&by_name) {
            for (c, v) in cells.iter_mut().zip(row) {
                c.push(v);
            }
        }
    }
    let mut table = Table::new();
    for (name, cells) in names.iter().zip(cells) {
        let numbers: Result<Vec<f64>, _> = cells.iter().map(|c| c.parse::<f64>()).collect();
        let column = numbers.map_or_else(|_| Column::text(&cells), Column::Number);
        table.add(name, column).unwrap();
    }
    table
}

fn agtpa(dir: &Path, keep: impl Fn(&BTreeMap<&str, &str>) -> bool) -> Table {
    table(&dir.join("agtpa_21yr.csv.gz"), keep)
}

fn every_fourth(row: &BTreeMap<&str, &str>) -> bool {
    (row["year"].parse::<i32>().unwrap() - 1986) % 4 == 0
}

fn compare(dir: &Path, model: &str, got: &Fit) {
    let reference = text(&dir.join("agtpa_reference.csv"));
    let mut seen = 0;
    for line in reference.lines().skip(1) {
        let cell: Vec<&str> = line.split(',').map(|c| c.trim_matches('"')).collect();
        if cell[0] != model {
            continue;
        }
        seen += 1;
        let want: Vec<f64> = cell[2..5].iter().map(|c| c.parse().unwrap()).collect();
        let term = if cell[1] == "log_dist" {
            "log(dist)"
        } else {
            cell[1]
        };
        let e = got.estimate(term).unwrap();
        println!(
            "{model} {term} {:e} {:e}",
            e.coefficient - want[0],
            e.standard_error / want[1] - 1.0
        );
        assert!(
            (e.coefficient - want[0]).abs() < COEFFICIENT,
            "{e:?} {want:?}"
        );
        assert!(
            (e.standard_error / want[1] - 1.0).abs() < STANDARD_ERROR,
            "{e:?} {want:?}"
        );
        assert_eq!(got.rows.len() as f64, want[2]);
    }
    assert!(seen > 0);
    assert!(got.adding_up < ADDING_UP, "{}", got.adding_up);
    println!("{:?} {:e}", got.work, got.adding_up);
}

#[test]
fn ref_r2_agtpa_two_way() {
    let Some(dir) = inputs() else { return };
    let formula = "trade ~ log(dist) + cntg + lang + clny + rta | exporter^year + importer^year";
    let spec = Spec::parse(formula).unwrap().cluster("pair_id").unwrap();
    let foreign = agtpa(&dir, |r| every_fourth(r) && r["exporter"] != r["importer"]);
    let got = fit(&foreign, &spec, &Options::default()).unwrap();
    compare(&dir, "ppml_std_intl", &got);
}

/// Adds the two pair columns of the reference: one level for all foreign pairs, and one for all
/// domestic ones.
fn with_borders(mut t: Table) -> Table {
    let border = t.number("brdr").unwrap().to_vec();
    let pair = t.number("pair_id").unwrap().to_vec();
    let keep = |kept: f64| {
        let level = border.iter().zip(&pair);
        let level = level.map(|(b, p)| if *b == kept { *p } else { 0.0 });
        Column::Number(level.collect())
    };
    let (domestic, foreign) = (keep(0.0), keep(1.0));
    t.add("own_border", domestic).unwrap();
    t.add("foreign_pair", foreign).unwrap();
    t
}

#[test]
fn ref_r2_agtpa_domestic() {
    let Some(dir) = inputs() else { return };
    let t = with_borders(agtpa(&dir, every_fourth));
    let formula =
        "trade ~ log(dist) + cntg + lang + clny + rta | exporter^year + importer^year + own_border";
    let spec = Spec::parse(formula).unwrap().cluster("pair_id").unwrap();
    compare(
        &dir,
        "ppml_intra",
        &fit(&t, &spec, &Options::default()).unwrap(),
    );
}

#[test]
fn ref_r2_agtpa_three_way() {
    let Some(dir) = inputs() else { return };
    let t = with_borders(agtpa(&dir, every_fourth));
    let formula = "trade ~ rta | exporter^year + importer^year + foreign_pair";
    let spec = Spec::parse(formula).unwrap().cluster("pair_id").unwrap();
    compare(
        &dir,
        "ppml_pairFE",
        &fit(&t, &spec, &Options::default()).unwrap(),
    );
}

#[test]
fn ref_r3_separation() {
    let Some(dir) = inputs() else { return };
    for case in 1..=12 {
        let t = table(&dir.join(format!("separation/{case:02}.csv")), |_| true);
        let some = |stem: &str| -> Vec<String> {
            let names = (1..=9).map(|i| format!("{stem}{i}"));
            names.filter(|n| t.column(n).is_ok()).collect()
        };
        let (x, id) = (some("x"), some("id"));
        let mut formula = format!(
            "y ~ {}",
            if x.is_empty() {
                "1".to_owned()
            } else {
                x.join(" + ")
            }
        );
        if !id.is_empty() {
            formula = format!("{formula} | {}", id.join(" + "));
        }
        let got = fit(&t, &Spec::parse(&formula).unwrap(), &Options::default());
        let want = t.number("separated").unwrap();
        let want: Vec<u32> = (0..t.rows() as u32)
            .filter(|r| want[*r as usize] == 1.0)
            .collect();
        match got {
            Ok(got) => println!(
                "{case} {} {:?} {:?}",
                got.separated() == want,
                got.work,
                got.left_out.len()
            ),
            Err(e) => println!("{case} {e}"),
        }
    }
}
