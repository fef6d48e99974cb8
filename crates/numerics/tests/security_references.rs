//! Published results of the quantitative study of conflict and alliances.
#![allow(clippy::print_stdout)]

use std::collections::BTreeMap;
use std::io::Read as _;
use std::path::{Path, PathBuf};

use realign_numerics::conditional_logit::{self, ConditionalLogit};
use realign_numerics::logit::{self, Logit};
use realign_numerics::network::Network;
use realign_numerics::{Verdict, stats};

/// The folder of validation data; `None` outside CI when it is not there.
fn inputs(folder: &str) -> Option<PathBuf> {
    let dir = std::env::var_os("REALIGN_SHARED").map_or_else(
        || Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared"),
        PathBuf::from,
    );
    let dir = dir.join("data/security/validation").join(folder);
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

/// A table of numbers: columns by name, NaN where empty or not a number.
fn table(path: &Path) -> BTreeMap<String, Vec<f64>> {
    let bytes = std::fs::read(path).expect("read");
    let text = if path.extension().is_some_and(|e| e == "gz") {
        let mut out = String::new();
        flate2::read::GzDecoder::new(&bytes[..])
            .read_to_string(&mut out)
            .expect("unpacked");
        out
    } else {
        String::from_utf8(bytes).expect("text")
    };
    let mut lines = text.lines();
    let names: Vec<&str> = lines.next().expect("a header").split(',').collect();
    let mut columns = vec![Vec::new(); names.len()];
    for line in lines {
        for (column, value) in columns.iter_mut().zip(line.split(',')) {
            column.push(value.parse().unwrap_or(f64::NAN));
        }
    }
    names.into_iter().map(str::to_owned).zip(columns).collect()
}

/// A coefficient within one per cent of the published one.
fn assert_close(name: &str, found: f64, published: f64) {
    assert!(
        (found - published).abs() <= 0.01 * published.abs(),
        "{name}: {found}, published {published}"
    );
}

#[test]
fn ref_r11_oneal_and_russett_2001_table_1() {
    let Some(dir) = inputs("oneal_russett_2001") else {
        return;
    };
    let data = table(&dir.join("io_tbl1.csv.gz"));
    let rows = data["year"].len();
    let dyad: Vec<u64> = (0..rows)
        .map(|r| (data["statea"][r] * 1000.0 + data["stateb"][r]) as u64)
        .collect();
    let mut length: BTreeMap<u64, usize> = BTreeMap::new();
    for r in 0..rows {
        if data["onset1"][r].is_finite() {
            *length.entry(dyad[r]).or_default() += 1;
        }
    }
    let kept: Vec<usize> = (0..rows)
        .filter(|r| length.get(&dyad[*r]).is_some_and(|n| *n > 19))
        .collect();
    assert_eq!(kept.len(), 115_942);
    assert_eq!(length.values().filter(|n| **n > 19).count(), 3_139);

    let published = [
        ("smldep", -18.39),
        ("smldmat", -0.0327),
        ("contigkb", 1.797),
        ("allies", -0.436),
        ("lcaprat2", -0.0918),
        ("majpower", 1.511),
    ];
    let x: Vec<f64> = kept
        .iter()
        .flat_map(|r| published.iter().map(|(name, _)| data[*name][*r]))
        .collect();
    let y: Vec<bool> = kept.iter().map(|r| data["onset1"][*r] == 1.0).collect();
    let group: Vec<u64> = kept.iter().map(|r| dyad[*r]).collect();
    let fit = conditional_logit::fit(&ConditionalLogit {
        x: &x,
        columns: published.len(),
        y: &y,
        group: &group,
    })
    .expect("fits");
    assert_eq!(fit.verdict, Verdict::Converged);
    assert_eq!(fit.rows, 18_792);
    assert!(
        (fit.log_likelihood + 2784.265).abs() < 1e-3,
        "{}",
        fit.log_likelihood
    );
    for ((name, value), found) in published.iter().zip(&fit.coefficient) {
        assert_close(name, *found, *value);
    }
}

/// The alliance networks 1980 to 2000 of Cranmer and co-authors, with their covariates.
struct Alliances {
    n: usize,
    years: Vec<i64>,
    /// Network of each year, and of the year before it.
    now: Vec<Network>,
    before: Vec<Network>,
    war: Vec<Network>,
    contiguity: Network,
    attributes: Vec<Vec<[f64; 3]>>,
}

fn alliances(dir: &Path) -> Alliances {
    let nodes = table(&dir.join("xergm_nodes.csv"));
    let n = nodes["i"].iter().fold(0.0, |m: f64, i| m.max(*i)) as usize + 1;
    let edges = table(&dir.join("xergm_edges_nonzero.csv"));
    let contig = table(&dir.join("xergm_contig.csv"));
    let mut years: Vec<i64> = nodes["t"].iter().map(|t| *t as i64).collect();
    years.sort_unstable();
    years.dedup();
    let of = |column: &str| -> Vec<Network> {
        years
            .iter()
            .map(|y| {
                let rows = (0..edges["t"].len())
                    .filter(|r| edges["t"][*r] as i64 == *y && edges[column][*r] > 0.0);
                Network::from_ties(
                    n,
                    rows.map(|r| (edges["i"][r] as usize, edges["j"][r] as usize)),
                )
            })
            .collect()
    };
    // Polity, capability share and year of every node, by year and node.
    let attributes = years
        .iter()
        .map(|y| {
            let mut rows: Vec<usize> = (0..nodes["t"].len())
                .filter(|r| nodes["t"][*r] as i64 == *y)
                .collect();
            rows.sort_by_key(|r| nodes["i"][*r] as usize);
            rows.iter()
                .map(|r| ["polity", "cinc", "year"].map(|c| nodes[c][*r]))
                .collect()
        })
        .collect();
    Alliances {
        n,
        now: of("ally"),
        before: of("ally_prev"),
        war: of("war"),
        attributes,
        contiguity: Network::from_ties(
            n,
            contig["i"]
                .iter()
                .zip(&contig["j"])
                .map(|(i, j)| (*i as usize, *j as usize)),
        ),
        years,
    }
}

#[test]
fn ref_r12_alliance_network_1981_to_2000() {
    let Some(dir) = inputs("xergm_alliances") else {
        return;
    };
    let a = alliances(&dir);
    assert_eq!((a.n, a.years.len()), (164, 20));

    // Persistence from year to year: nineteen transitions.
    let pairs: Vec<(usize, usize)> = (0..a.n).flat_map(|i| (0..i).map(move |j| (j, i))).collect();
    let (mut formed, mut dissolved, mut jaccard) = (0, 0, Vec::new());
    for t in 1..a.now.len() {
        jaccard.push(a.now[t].jaccard(&a.now[t - 1]));
        for &(i, j) in &pairs {
            match (a.now[t - 1].has(i, j), a.now[t].has(i, j)) {
                (false, true) => formed += 1,
                (true, false) => dissolved += 1,
                _ => {}
            }
        }
    }
    assert_eq!((formed, dissolved), (255, 113));
    let brier = f64::from(formed + dissolved) / (pairs.len() * 19) as f64;
    assert!((brier - 0.00145).abs() < 5e-6, "{brier}");
    assert!((stats::mean(&jaccard) - 0.972).abs() < 5e-4, "{jaccard:?}");

    // Pooled maximum pseudo-likelihood. The source's matrix of shared partners is the square of the
    // upper triangle of last year's network: it counts partners that stand between the two in the
    // list of states. The printed terms are six of eleven: sums and differences of polity and of
    // capability, and the year, are in the fit too.
    let (mut x, mut y) = (Vec::new(), Vec::new());
    for t in 0..a.now.len() {
        for &(i, j) in &pairs {
            let flag = |net: &Network| f64::from(u8::from(net.has(i, j)));
            let between = (i + 1..j).filter(|k| a.before[t].has(i, *k) && a.before[t].has(*k, j));
            let (p, q) = (a.attributes[t][i], a.attributes[t][j]);
            x.extend([
                1.0,
                a.now[t].gwesp_change(i, j, 0.0),
                flag(&a.before[t]),
                between.count() as f64,
                flag(&a.war[t]),
                flag(&a.contiguity),
                p[0] + q[0],
                (p[0] - q[0]).abs(),
                p[1] + q[1],
                (p[1] - q[1]).abs(),
                // Counted from the first year, which moves the constant only.
                p[2] + q[2] - 2.0 * 1981.0,
            ]);
            y.push(flag(&a.now[t]));
        }
    }
    assert_eq!(y.len(), 267_320);
    let fit = logit::fit(&Logit::new(&x, 11, &y)).expect("fits");
    assert_eq!(fit.verdict, Verdict::Converged);
    assert!(
        (fit.log_likelihood + 2651.581).abs() < 1e-3,
        "{}",
        fit.log_likelihood
    );
    let edges = fit.coefficient[0] - fit.coefficient[10] * 2.0 * 1981.0;
    assert_close("edges", edges, -12.42);
    let published = [
        ("gwesp", 1.753),
        ("previous network", 9.868),
        ("shared partners", 0.111),
        ("war", -0.641),
        ("contiguity", 1.851),
    ];
    for ((name, value), found) in published.iter().zip(&fit.coefficient[1..]) {
        assert_close(name, *found, *value);
    }
}
