//! Published and reference results of Poisson pseudo-maximum likelihood.
#![allow(clippy::print_stdout)]

use std::collections::BTreeMap;
use std::io::Read as _;
use std::path::{Path, PathBuf};

use realign_numerics::ppml::{Column, Fit, Options, PpmlError, Spec, Table, fit, left_out};

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
fn ref_published_two_way() {
    // Advanced Guide to Trade Policy Analysis, as printed (four digits).
    let Some(dir) = inputs() else { return };
    let foreign = agtpa(&dir, |r| every_fourth(r) && r["exporter"] != r["importer"]);
    let effects = "| exporter^year + importer^year";
    let terms = "trade ~ log(dist) + cntg + lang + clny";
    let bare = [-0.8409, 0.4374, 0.2475, -0.2225];
    let with_rta = [-0.8216, 0.4155, 0.2499, -0.2054, 0.1907];
    for (more, want) in [("", &bare[..]), ("+ rta", &with_rta[..])] {
        let spec = Spec::parse(&format!("{terms} {more} {effects}")).unwrap();
        let got = fit(&foreign, &spec, &Options::default()).unwrap();
        for (e, want) in got.estimates.iter().zip(want) {
            assert!((e.coefficient - want).abs() < 6e-5, "{e:?} {want}");
        }
    }
}

#[test]
fn ref_lags_leads_and_borders() {
    // pyfixest 0.60 at tolerances 1e-12 and 1e-10, clustered by undirected pair, nine digits.
    const DIGITS: f64 = 1e-8;
    let Some(dir) = inputs() else { return };
    let t = agtpa(&dir, every_fourth);
    let effects = "| exporter^year + importer^year + exporter^importer";
    let border = "i(year, brdr, ref = 2006)";
    let lags = "rta + rta_lag4 + rta_lag8 + rta_lag12";
    let cases: [(String, &[(f64, f64)]); 4] = [
        (
            lags.to_owned(),
            &[
                (0.297920111, 0.092873437),
                (0.422289807, 0.069281465),
                (0.16473374, 0.044517088),
                (0.116893236, 0.030052736),
            ],
        ),
        (
            "rta + rta_lead4".to_owned(),
            &[(0.527795311, 0.086530951), (0.081883339, 0.094923507)],
        ),
        (format!("rta + {border}"), &[(0.268150455, 0.094684227)]),
        (
            format!("{lags} + {border}"),
            &[
                (0.122112956, 0.089954552),
                (0.296344751, 0.063748181),
                (0.064484332, 0.048944029),
                (-0.000434461, 0.029643612),
            ],
        ),
    ];
    for (terms, want) in cases {
        let spec = Spec::parse(&format!("trade ~ {terms} {effects}")).unwrap();
        let got = fit(&t, &spec.cluster("pair_id").unwrap(), &Options::default()).unwrap();
        assert!(got.adding_up < ADDING_UP && got.rows.len() == 28236);
        for (e, (b, se)) in got.estimates.iter().zip(want) {
            assert!((e.coefficient - b).abs() < DIGITS, "{e:?} {b}");
            assert!((e.standard_error - se).abs() < DIGITS, "{e:?} {se}");
        }
    }
    // Lags made by the formula, from the yearly panel, are the file's own where both exist.
    let yearly = agtpa(&dir, |_| true);
    let spec = format!("trade ~ rta + lag(rta, 4) {effects}");
    let made = fit(&yearly, &Spec::parse(&spec).unwrap(), &Options::default()).unwrap();
    let late = agtpa(&dir, |r| r["year"].parse::<i32>().unwrap() >= 1990);
    let spec = format!("trade ~ rta + rta_lag4 {effects}");
    let given = fit(&late, &Spec::parse(&spec).unwrap(), &Options::default()).unwrap();
    for (a, b) in made.estimates.iter().zip(&given.estimates) {
        assert!((a.coefficient - b.coefficient).abs() < 1e-9, "{a:?} {b:?}");
    }
}

#[test]
fn regress_work_counts() {
    // Steps and inner iterations on the reference panel: a rise is a loss of efficiency.
    let Some(dir) = inputs() else { return };
    let formula = "trade ~ rta | exporter^year + importer^year + exporter^importer";
    let t = agtpa(&dir, every_fourth);
    let got = fit(&t, &Spec::parse(formula).unwrap(), &Options::default()).unwrap();
    let w = got.work;
    assert_eq!((w.iterations, w.polish, w.halvings), (5, 2, 0));
    assert_eq!((w.inner, w.factorisations, w.rectifier), (18, 5, 1));
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
        let want = t.number("separated").unwrap();
        let rows = 0..t.rows() as u32;
        let want: Vec<u32> = rows.filter(|r| want[*r as usize] == 1.0).collect();
        let spec = Spec::parse(&formula).unwrap();
        let omitted = left_out(&t, &spec, &Options::default()).unwrap();
        let got: Vec<u32> = omitted.rows.iter().map(|l| l.row).collect();
        assert!(omitted.complete, "{case}");
        assert_eq!(got, want, "{case}: {formula}");
        // The estimate leaves out the same, unless effects use up all rows.
        match fit(&t, &spec, &Options::default()) {
            Ok(f) => assert_eq!(f.separated(), want, "{case}"),
            Err(e) => assert!(matches!(e, PpmlError::TooFewRows { .. }), "{case}: {e}"),
        }
    }
}
