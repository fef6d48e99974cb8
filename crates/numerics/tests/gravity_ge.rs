//! One-sector equilibrium from trade costs: the gegravity package and the Advanced Guide to Trade
//! Policy Analysis, by country.
#![allow(clippy::print_stdout)]

mod trade_common;

use std::collections::BTreeMap;
use std::path::Path;

use realign_numerics::gravity_ge::{GravityModel, GravityOutcome, Prices, access, balance};
use realign_numerics::linalg::Lu;
use trade_common::{folder, table, text};

/// The peer's root finder stops at 1e-8 relative steps.
const PEER: f64 = 1e-6;
/// Percentage points, as the project's list of references states it.
const GUIDE: f64 = 1e-3;

/// A square data set: labels in order and each numeric column as exporter × importer.
struct Square {
    labels: Vec<String>,
    columns: BTreeMap<String, Vec<f64>>,
}

impl Square {
    fn read(path: &Path, keep: impl Fn(&BTreeMap<&str, &str>) -> bool) -> Self {
        let content = text(path);
        let mut lines = content.lines();
        let names: Vec<&str> = lines.next().unwrap().split(',').map(str::trim).collect();
        let rows: Vec<BTreeMap<&str, &str>> = lines
            .map(|l| {
                names
                    .iter()
                    .copied()
                    .zip(l.split(',').map(str::trim))
                    .collect()
            })
            .filter(|r| keep(r))
            .collect();
        // The guide's data call the reference country ZZZ.
        let code = |c: &str| {
            if c == "ZZZ" {
                "DEU".to_owned()
            } else {
                c.to_owned()
            }
        };
        let mut labels: Vec<String> = rows.iter().map(|r| code(r["exporter"])).collect();
        labels.sort();
        labels.dedup();
        let n = labels.len();
        assert_eq!(rows.len(), n * n, "{}", path.display());
        let at = |c: &str| labels.binary_search(&code(c)).unwrap();
        let mut columns: BTreeMap<String, Vec<f64>> = BTreeMap::new();
        for r in &rows {
            let k = at(r["exporter"]) * n + at(r["importer"]);
            for name in &names {
                if let Ok(v) = r[name].parse::<f64>() {
                    columns
                        .entry((*name).to_owned())
                        .or_insert_with(|| vec![f64::NAN; n * n])[k] = v;
                }
            }
        }
        Self { labels, columns }
    }

    fn n(&self) -> usize {
        self.labels.len()
    }

    fn place(&self, label: &str) -> usize {
        self.labels.iter().position(|l| l == label).unwrap()
    }

    fn access(&self, terms: &[(&str, f64)]) -> Vec<f64> {
        let z: Vec<&[f64]> = terms
            .iter()
            .map(|(name, _)| self.columns[*name].as_slice())
            .collect();
        let b: Vec<f64> = terms.iter().map(|(_, b)| *b).collect();
        access(&z, &b).unwrap()
    }

    /// Outputs (by exporter) and expenditures (by importer).
    fn sizes(&self) -> (Vec<f64>, Vec<f64>) {
        let n = self.n();
        let (y, e) = (&self.columns["Y"], &self.columns["E"]);
        ((0..n).map(|i| y[i * n]).collect(), e[..n].to_vec())
    }
}

fn against_peer(dir: &Path, stem: &str, data: &Square, model: &GravityModel, new: &[f64]) {
    let o = model.counterfactual(new, Prices::HeldShares).unwrap();
    assert!(o.verdict.is_converged() && o.residual < 1e-12);
    let rows = table(&dir.join(format!("{stem}_country.csv")));
    assert_eq!(rows.len(), data.n());
    for row in rows {
        let i = data.place(&row[0]);
        let v: Vec<f64> = row[1..].iter().map(|c| c.parse().unwrap()).collect();
        let percent = |hat: f64| 100.0 * (hat - 1.0);
        let ours = [
            percent(o.factory_price[i]),
            percent(o.outward_resistance[i]),
            percent(o.inward_resistance[i]),
            percent(o.real_output[i]),
            1.0 / o.welfare[i],
        ];
        for (a, b) in ours.iter().zip(&v) {
            assert!(
                (a - b).abs() < PEER * b.abs().max(1.0),
                "{stem} {} {a} {b}",
                row[0]
            );
        }
    }
    let n = data.n();
    let flows = model.flows();
    let file = dir.join(format!("{stem}_bilateral.csv"));
    let file = if file.exists() {
        file
    } else {
        dir.join(format!("{stem}_bilateral.csv.gz"))
    };
    let rows = table(&file);
    assert_eq!(rows.len(), n * n);
    for row in rows {
        let k = data.place(&row[0]) * n + data.place(&row[1]);
        let (before, after): (f64, f64) = (row[2].parse().unwrap(), row[3].parse().unwrap());
        assert!(
            (flows[k] / before - 1.0).abs() < PEER,
            "{stem} {row:?} {}",
            flows[k]
        );
        assert!(
            (o.flows[k] / after - 1.0).abs() < PEER,
            "{stem} {row:?} {}",
            o.flows[k]
        );
    }
}

#[test]
fn ref_r6_gegravity_sample() {
    let Some(dir) = folder("gegravity") else {
        return;
    };
    let mut data = Square::read(&dir.join("sample_data_set.csv"), |_| true);
    let terms: Vec<(String, f64)> = table(&dir.join("cost_coeffs.csv"))
        .iter()
        .map(|r| (r[0].clone(), r[1].parse().unwrap()))
        .collect();
    let terms: Vec<(&str, f64)> = terms.iter().map(|(n, b)| (n.as_str(), *b)).collect();
    let (y, e) = data.sizes();
    let old = data.access(&terms);
    let model = GravityModel::new(old, y, e, 5.0, data.place("DEU")).unwrap();
    let (can, jpn, n) = (data.place("CAN"), data.place("JPN"), data.n());
    let pta = data.columns.get_mut("pta").unwrap();
    (pta[can * n + jpn], pta[jpn * n + can]) = (1.0, 1.0);
    let new = data.access(&terms);
    against_peer(&dir, "gegravity_CANJPN", &data, &model, &new);
    let (outward, inward) = model.resistances();
    for row in table(&dir.join("gegravity_CANJPN_baseline_mr.csv")) {
        let i = data.place(&row[0]);
        let (omr, imr): (f64, f64) = (row[1].parse().unwrap(), row[2].parse().unwrap());
        assert!((outward[i] / omr - 1.0).abs() < PEER && (inward[i] / imr - 1.0).abs() < PEER);
    }
}

fn agtpa(data: &Square) -> Vec<f64> {
    data.access(&[
        ("lndist", -0.80),
        ("cntg", 0.39),
        ("lang", 0.24),
        ("clny", -0.18),
        ("rta", 0.41),
        ("international", -2.5),
        ("constant", 16.0),
    ])
}

#[test]
fn ref_r6_agtpa_2006() {
    let Some(dir) = folder("gegravity") else {
        return;
    };
    for (stem, count) in [
        ("gegravity_agtpa69_dropNAFTA", 69),
        ("gegravity_agtpa50_dropNAFTA", 50),
    ] {
        let members: Vec<String> = table(&dir.join(format!("{stem}_country.csv")))
            .into_iter()
            .map(|r| r[0].clone())
            .collect();
        assert_eq!(members.len(), count);
        let mut data = Square::read(&dir.join("agtpa2006_N69.csv.gz"), |r| {
            [r["exporter"], r["importer"]]
                .iter()
                .all(|c| members.iter().any(|m| m == c))
        });
        let n = data.n();
        // Outputs and expenditures are sums over the members kept.
        let trade = &data.columns["trade"];
        let y = (0..n).map(|i| trade[i * n..][..n].iter().sum()).collect();
        let e = (0..n)
            .map(|j| (0..n).map(|i| trade[i * n + j]).sum())
            .collect();
        let model = GravityModel::new(agtpa(&data), y, e, 5.0, data.place("DEU")).unwrap();
        let bloc = ["CAN", "USA", "MEX"].map(|c| data.place(c));
        let rta = data.columns.get_mut("rta").unwrap();
        for i in bloc {
            for j in bloc {
                rta[i * n + j] = 0.0;
            }
        }
        let new = agtpa(&data);
        against_peer(&dir, stem, &data, &model, &new);
    }
}

/// Moments of covariates in the PPML with exporter and importer effects at `beta`.
fn moments(x: &[f64], z: &[&[f64]], mask: &[f64], beta: &[f64]) -> (Vec<f64>, Vec<f64>) {
    let n = (x.len() as f64).sqrt() as usize;
    let mut m = access(z, beta).unwrap();
    m.iter_mut().zip(mask).for_each(|(m, k)| *m *= k);
    let rows: Vec<f64> = (0..n).map(|i| x[i * n..][..n].iter().sum()).collect();
    let columns: Vec<f64> = (0..n).map(|j| (0..n).map(|i| x[i * n + j]).sum()).collect();
    let fit = balance(&m, &rows, &columns, None).unwrap();
    assert!(fit.verdict.is_converged());
    let fitted = fit.fitted(&m);
    let gap = |z: &[f64]| (0..x.len()).map(|k| (x[k] - fitted[k]) * z[k]).sum::<f64>();
    // Where the mask is zero the fit says nothing; the linear predictor is used there.
    let whole = fit.fitted(&access(z, beta).unwrap());
    (z.iter().map(|z| gap(z)).collect(), whole)
}

/// PPML with exporter and importer effects by Newton on the moments, for tests only.
fn ppml(x: &[f64], z: &[&[f64]], mask: &[f64], start: &[f64]) -> (Vec<f64>, Vec<f64>) {
    let p = z.len();
    let mut beta = start.to_vec();
    for _ in 0..30 {
        let (g, fitted) = moments(x, z, mask, &beta);
        let mut jacobian = vec![0.0; p * p];
        for k in 0..p {
            let mut moved = beta.clone();
            moved[k] += 1e-6;
            let (h, _) = moments(x, z, mask, &moved);
            (0..p).for_each(|r| jacobian[r * p + k] = (h[r] - g[r]) / 1e-6);
        }
        let mut step = g;
        Lu::factor(jacobian, p).unwrap().solve(&mut step);
        beta.iter_mut().zip(&step).for_each(|(b, s)| *b -= s);
        if step.iter().all(|s| s.abs() < 1e-10) {
            return (beta, fitted);
        }
    }
    panic!("no convergence");
}

fn exports(flows: &[f64], n: usize) -> Vec<f64> {
    (0..n)
        .map(|i| (0..n).filter(|j| *j != i).map(|j| flows[i * n + j]).sum())
        .collect()
}

/// Columns of a guide table: exports (conditional, full), price, inward resistance, real output.
fn guide_columns(model: &GravityModel, new: &[f64]) -> ([Vec<f64>; 5], GravityOutcome) {
    let n = (new.len() as f64).sqrt() as usize;
    let base = exports(&model.flows(), n);
    let fixed = model.counterfactual(new, Prices::Fixed).unwrap();
    assert!(fixed.imbalance < 1e-12);
    let full = model
        .counterfactual(new, Prices::GuideLoop { stop: 0.01 })
        .unwrap();
    assert!(full.verdict.is_converged());
    let hats = |v: Vec<f64>| {
        v.iter()
            .zip(&base)
            .map(|(a, b)| a / b)
            .collect::<Vec<f64>>()
    };
    let columns = [
        hats(exports(&fixed.flows, n)),
        hats(exports(&full.flows, n)),
        full.factory_price.clone(),
        full.inward_resistance.clone(),
        full.real_output.clone(),
    ];
    (columns, full)
}

#[test]
fn ref_r5_trade_without_borders() {
    let Some(dir) = folder("advanced_guide_ch2") else {
        return;
    };
    let data = Square::read(&dir.join("1_TradeWithoutBorder.csv.gz"), |_| true);
    let n = data.n();
    let z: Vec<&[f64]> = ["ln_DIST", "CNTG", "INTL_BRDR"]
        .iter()
        .map(|c| data.columns[*c].as_slice())
        .collect();
    let trade = &data.columns["trade"];
    let (beta, _) = ppml(trade, &z, &vec![1.0; n * n], &[-0.8, 0.6, -2.5]);
    for (b, printed) in beta.iter().zip([-0.791, 0.674, -2.474]) {
        assert!((b - printed).abs() < 5e-4);
    }
    let old = access(&z, &beta).unwrap();
    let new = access(&z[..2], &beta[..2]).unwrap();
    let output: Vec<f64> = (0..n).map(|i| trade[i * n..][..n].iter().sum()).collect();
    let spent: Vec<f64> = (0..n)
        .map(|j| (0..n).map(|i| trade[i * n + j]).sum())
        .collect();
    let model = GravityModel::new(old, output, spent, 7.0, data.place("DEU")).unwrap();
    let (ours, full) = guide_columns(&model, &new);
    let reference = table(&dir.join("1_TradeWithoutBorder_FULL.csv"));
    assert_eq!(reference.len(), n);
    for row in &reference {
        let i = data.place(&row[0]);
        for k in 0..5 {
            let given: f64 = row[k + 1].parse().unwrap();
            let value = 100.0 * (ours[k][i] - 1.0);
            assert!(
                (value - given).abs() < GUIDE,
                "{} {k} {value} {given}",
                row[0]
            );
        }
    }
    // The published loop stops short of an equilibrium; ours is one and differs by half a point.
    let exact = model.counterfactual(&new, Prices::Endowment).unwrap();
    assert!(
        exact.verdict.is_converged() && exact.imbalance < 1e-9,
        "{}",
        exact.imbalance
    );
    assert!(full.imbalance > 0.01);
    for i in 0..n {
        let gap = 100.0 * (exact.factory_price[i] - full.factory_price[i]);
        assert!(gap.abs() < 0.6, "{i} {gap}");
    }
}

/// The guide's panel: years 1986, 1990, … 2006; agreement coefficient and pair terms by PPML with
/// exporter-year, importer-year and pair effects (one for all domestic sales), by scaling.
fn pair_terms(dir: &Path) -> (f64, BTreeMap<i64, f64>) {
    let rows = table(&dir.join("Chapter2Application2.csv.gz"));
    let years = ["1986", "1990", "1994", "1998", "2002", "2006"];
    let mut groups: [BTreeMap<String, usize>; 3] = Default::default();
    let (mut ids, mut y, mut x) = (Vec::new(), Vec::new(), Vec::new());
    let mut pairs: Vec<i64> = Vec::new();
    for r in rows.iter().filter(|r| years.contains(&r[3].as_str())) {
        let pair: i64 = if r[0] == r[1] {
            -1
        } else {
            r[2].parse().unwrap()
        };
        let keys = [
            format!("{}{}", r[0], r[3]),
            format!("{}{}", r[1], r[3]),
            pair.to_string(),
        ];
        let mut id = [0; 3];
        for k in 0..3 {
            let next = groups[k].len();
            id[k] = *groups[k].entry(keys[k].clone()).or_insert(next);
        }
        if id[2] == pairs.len() {
            pairs.push(pair);
        }
        ids.push(id);
        y.push(r[4].parse::<f64>().unwrap());
        x.push(r[9].parse::<f64>().unwrap());
    }
    let sums: [Vec<f64>; 3] = std::array::from_fn(|k| {
        let mut s = vec![0.0; groups[k].len()];
        ids.iter().zip(&y).for_each(|(id, y)| s[id[k]] += y);
        s
    });
    let mut terms: [Vec<f64>; 3] = std::array::from_fn(|k| vec![1.0; sums[k].len()]);
    let mut score = |beta: f64| -> f64 {
        let lift: Vec<f64> = x.iter().map(|x| (beta * x).exp()).collect();
        for _ in 0..4000 {
            let mut worst: f64 = 0.0;
            for k in 0..3 {
                let mut den = vec![0.0; sums[k].len()];
                for (r, id) in ids.iter().enumerate() {
                    den[id[k]] += lift[r]
                        * terms[(k + 1) % 3][id[(k + 1) % 3]]
                        * terms[(k + 2) % 3][id[(k + 2) % 3]];
                }
                for g in 0..den.len() {
                    let new = if den[g] > 0.0 {
                        sums[k][g] / den[g]
                    } else {
                        0.0
                    };
                    if new > 0.0 {
                        worst = worst.max((terms[k][g] / new - 1.0).abs());
                    }
                    terms[k][g] = new;
                }
            }
            if worst < 1e-11 {
                break;
            }
        }
        (0..y.len())
            .map(|r| {
                let id = ids[r];
                let mu = lift[r] * terms[0][id[0]] * terms[1][id[1]] * terms[2][id[2]];
                (y[r] - mu) * x[r]
            })
            .sum()
    };
    let (mut a, mut b) = (0.5, 0.6);
    let (mut fa, mut fb) = (score(a), score(b));
    while (b - a).abs() > 1e-10 {
        let c = b - fb * (b - a) / (fb - fa);
        (a, fa, b) = (b, fb, c);
        fb = score(b);
    }
    let home = terms[2][pairs.iter().position(|p| *p == -1).unwrap()];
    let of = |k: usize| (sums[2][k] > 0.0).then(|| (pairs[k], terms[2][k] / home));
    (b, (0..pairs.len()).filter_map(of).collect())
}

#[test]
fn ref_r5_effects_of_an_agreement() {
    let Some(dir) = folder("advanced_guide_ch2") else {
        return;
    };
    let (beta, pair) = pair_terms(&dir);
    assert!((beta - 0.5572).abs() < 5e-5, "{beta}");
    let data = Square::read(&dir.join("Chapter2Application2.csv.gz"), |r| {
        r["year"] == "1994"
    });
    let n = data.n();
    let ln_dist: Vec<f64> = data.columns["DIST"].iter().map(|d| d.ln()).collect();
    // Pairs that never trade get the cost that gravity predicts from the others.
    let mut known = vec![0.0; n * n];
    let mut bar: Vec<f64> = (0..n * n)
        .map(|k| {
            let p = data.columns["pair_id"][k] as i64;
            let found = pair.get(&p).copied().filter(|_| k / n != k % n);
            known[k] = f64::from(u8::from(found.is_some()));
            found.unwrap_or(0.0)
        })
        .collect();
    let z: [&[f64]; 4] = [
        &ln_dist,
        &data.columns["CNTG"],
        &data.columns["LANG"],
        &data.columns["CLNY"],
    ];
    let (_, fitted) = ppml(&bar, &z, &known, &[-0.8, 0.4, 0.2, 0.0]);
    let missing = (0..n * n)
        .filter(|k| k / n != k % n && known[*k] == 0.0)
        .count();
    assert_eq!(missing, 14);
    for k in 0..n * n {
        if k / n == k % n {
            bar[k] = 1.0;
        } else if known[k] == 0.0 {
            bar[k] = fitted[k];
        }
    }
    let rta = &data.columns["RTA"];
    let bloc = ["CAN", "USA", "MEX"].map(|c| data.place(c));
    let old: Vec<f64> = (0..n * n).map(|k| bar[k] * (beta * rta[k]).exp()).collect();
    let new: Vec<f64> = (0..n * n)
        .map(|k| {
            if bloc.contains(&(k / n)) && bloc.contains(&(k % n)) {
                bar[k]
            } else {
                old[k]
            }
        })
        .collect();
    let trade = &data.columns["trade"];
    let output: Vec<f64> = (0..n).map(|i| trade[i * n..][..n].iter().sum()).collect();
    let spent: Vec<f64> = (0..n)
        .map(|j| (0..n).map(|i| trade[i * n + j]).sum())
        .collect();
    let model = GravityModel::new(old, output, spent, 7.0, data.place("DEU")).unwrap();
    let (ours, _) = guide_columns(&model, &new);
    let reference = table(&dir.join("2_RTAsEffects_FULL.csv"));
    assert_eq!(reference.len(), n);
    for row in &reference {
        let i = data.place(&row[0]);
        for k in 0..5 {
            let given: f64 = row[k + 1].parse().unwrap();
            // The table gives what the agreement adds to a world without it; prices as 1 − p̂.
            let value = if k == 2 {
                1.0 - ours[k][i]
            } else {
                1.0 / ours[k][i] - 1.0
            };
            assert!(
                (100.0 * value - given).abs() < GUIDE,
                "{} {k} {value} {given}",
                row[0]
            );
        }
    }
}
