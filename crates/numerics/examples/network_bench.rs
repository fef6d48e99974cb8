//! Time of a pooled fit of an alliance network, and of a goodness-of-fit simulation.
//!
//! Usage: `network_bench DIR REPEATS` — DIR holds `xergm_nodes.csv`, `xergm_edges_nonzero.csv` and
//! `xergm_contig.csv` (164 states, 1981 to 2000). Fits the pooled pseudo-likelihood of R12 `REPEATS`
//! times, change statistics included, and simulates 1,000 networks of 190 nodes ten years forward
//! with their statistics; prints the best time of each.
#![allow(clippy::print_stdout)]

use std::collections::BTreeMap;
use std::path::Path;
use std::time::Instant;

use realign_numerics::goodness::{Endogenous, YearOdds, goodness};
use realign_numerics::logit::{self, Logit};
use realign_numerics::network::Network;

fn main() {
    let args: Vec<String> = std::env::args().skip(1).collect();
    let [dir, repeats] = &args[..] else {
        println!("usage: network_bench DIR REPEATS");
        return;
    };
    let repeats: usize = repeats.parse().expect("number of repeats");
    let data = Data::read(Path::new(dir));
    let (mut best, mut logl, mut rows) = (f64::INFINITY, 0.0, 0);
    for _ in 0..repeats {
        let start = Instant::now();
        let (x, y) = data.design();
        let fit = logit::fit(&Logit::new(&x, 11, &y)).expect("fits");
        best = best.min(start.elapsed().as_secs_f64());
        (logl, rows) = (fit.log_likelihood, y.len());
    }
    println!("pooled fit, {rows} rows, statistics included: {best:.3} s, log likelihood {logl:.3}");

    // Networks of 190 nodes with about the density and the turnover of defence pacts.
    let n = 190;
    let start = Network::from_ties(
        n,
        (0..n).flat_map(|i| {
            (0..i)
                .filter(move |j| i / 20 == j / 20)
                .map(move |j| (i, j))
        }),
    );
    let pairs = n * (n - 1) / 2;
    let years = vec![
        YearOdds {
            form: vec![-7.0; pairs],
            end: vec![-3.5; pairs],
            set: Vec::new(),
        };
        10
    ];
    let add = Endogenous {
        form_shared: 0.5,
        end_shared: -0.3,
        end_partners: 0.1,
    };
    let mut best = f64::INFINITY;
    for _ in 0..repeats {
        let begin = Instant::now();
        let out = goodness(&start, &years, &add, &start, 1000, 1);
        best = best.min(begin.elapsed().as_secs_f64());
        assert!(!out.is_empty());
    }
    println!("goodness of fit, 1,000 networks of {n} nodes, 10 years each: {best:.3} s");
}

struct Data {
    n: usize,
    now: Vec<Network>,
    before: Vec<Network>,
    war: Vec<Network>,
    contiguity: Network,
    nodes: Vec<Vec<[f64; 3]>>,
}

impl Data {
    fn read(dir: &Path) -> Self {
        let nodes = table(&dir.join("xergm_nodes.csv"));
        let edges = table(&dir.join("xergm_edges_nonzero.csv"));
        let contig = table(&dir.join("xergm_contig.csv"));
        let n = nodes["i"].iter().fold(0.0, |m: f64, i| m.max(*i)) as usize + 1;
        let mut years: Vec<i64> = nodes["t"].iter().map(|t| *t as i64).collect();
        years.sort_unstable();
        years.dedup();
        let pairs = |t: &BTreeMap<String, Vec<f64>>, keep: &dyn Fn(usize) -> bool| {
            let rows = (0..t["i"].len()).filter(|r| keep(*r));
            let list: Vec<(usize, usize)> = rows
                .map(|r| (t["i"][r] as usize, t["j"][r] as usize))
                .collect();
            Network::from_ties(n, list)
        };
        let of = |column: &str| -> Vec<Network> {
            years
                .iter()
                .map(|y| {
                    pairs(&edges, &|r| {
                        edges["t"][r] as i64 == *y && edges[column][r] > 0.0
                    })
                })
                .collect()
        };
        Self {
            n,
            now: of("ally"),
            before: of("ally_prev"),
            war: of("war"),
            contiguity: pairs(&contig, &|_| true),
            nodes: years
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
                .collect(),
        }
    }

    /// The change statistics and the outcome of every pair and year.
    fn design(&self) -> (Vec<f64>, Vec<f64>) {
        let rows = self.now.len() * self.n * (self.n - 1) / 2;
        let (mut x, mut y) = (Vec::with_capacity(11 * rows), Vec::with_capacity(rows));
        for t in 0..self.now.len() {
            for j in 0..self.n {
                for i in 0..j {
                    let flag = |net: &Network| f64::from(u8::from(net.has(i, j)));
                    let before = &self.before[t];
                    let between = (i + 1..j).filter(|k| before.has(i, *k) && before.has(*k, j));
                    let (p, q) = (self.nodes[t][i], self.nodes[t][j]);
                    x.extend([
                        1.0,
                        self.now[t].gwesp_change(i, j, 0.0),
                        flag(before),
                        between.count() as f64,
                        flag(&self.war[t]),
                        flag(&self.contiguity),
                        p[0] + q[0],
                        (p[0] - q[0]).abs(),
                        p[1] + q[1],
                        (p[1] - q[1]).abs(),
                        p[2] + q[2] - 2.0 * 1981.0,
                    ]);
                    y.push(flag(&self.now[t]));
                }
            }
        }
        (x, y)
    }
}

/// A table of numbers: columns by name, NaN where empty or not a number.
fn table(path: &Path) -> BTreeMap<String, Vec<f64>> {
    let text = std::fs::read_to_string(path).expect("a readable file");
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
