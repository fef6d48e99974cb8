//! Time and work of Caliendo–Parro solves to 1e-12: NAFTA tariffs on 31 regions × 40 sectors, a
//! wall of 1000 % tariffs, and (with a second argument) the same shocks on 81 economies × 28
//! sectors without input–output links. Arguments: the folder of the references; a file with the
//! flows as written by `benches/equilibrium/icio.py`.
#![allow(clippy::print_stdout)]

use std::path::Path;
use std::time::Instant;

use realign_numerics::caliendo_parro::{
    Accounts, SectoralChange, SectoralEconomy, SectoralOptions, solve,
};

#[path = "../tests/trade_common/mod.rs"]
mod trade_common;
use trade_common::matrix;

const ROUNDS: usize = 5;

fn turned(values: &[f64], sectors: usize, n: usize) -> Vec<f64> {
    let mut out = vec![0.0; values.len()];
    for s in 0..sectors {
        for m in 0..n {
            for i in 0..n {
                out[(s * n + i) * n + m] = values[(s * n + m) * n + i];
            }
        }
    }
    out
}

fn time(name: &str, economy: &SectoralEconomy, theta: &[f64], tariff: &[f64]) {
    let change = SectoralChange {
        tariff,
        log_shift: None,
        surplus: None,
    };
    let mut best = f64::INFINITY;
    let mut last = None;
    for _ in 0..ROUNDS {
        let start = Instant::now();
        let e = solve(economy, theta, &change, None, &SectoralOptions::default()).expect("inputs");
        best = best.min(start.elapsed().as_secs_f64());
        last = Some(e);
    }
    let Some(e) = last else { return };
    println!(
        "{name}: {:.1} ms, residual {:.1e}, price {:.1e}, {:?}, {:?}, shock share {}, insolvent {:?}",
        1e3 * best,
        e.residual,
        e.price_residual,
        e.verdict,
        e.work,
        e.shock_share,
        e.insolvent
    );
}

fn wall(economy: &SectoralEconomy, rate: f64) -> Vec<f64> {
    let n = economy.regions();
    let mut t = economy.tariff().to_vec();
    for (k, t) in t.iter_mut().enumerate() {
        if (k / n) % n != k % n {
            *t = rate;
        }
    }
    t
}

fn main() {
    let mut arguments = std::env::args().skip(1);
    let root = arguments.next().expect("folder of references");
    let dir = Path::new(&root).join("caliendo_parro_nafta");
    let (j, n) = (40, 31);
    let read = |f: &str| matrix(&dir.join(f));
    let tariff = |f: &str| -> Vec<f64> { turned(&read(f), j, n).iter().map(|t| t - 1.0).collect() };
    let g = read("G_io_NJxJ.csv.gz");
    let mut input_share = vec![0.0; g.len()];
    for m in 0..n {
        for k in 0..j {
            for s in 0..j {
                input_share[(m * j + s) * j + k] = g[(m * j + k) * j + s];
            }
        }
    }
    let economy = SectoralEconomy::from_shares(Accounts {
        sectors: j,
        regions: n,
        share: turned(&read("Din_JNxN.csv.gz"), j, n),
        tariff: tariff("tau1993_JNxN.csv.gz"),
        value_added_share: read("B_va_share_JxN.csv"),
        input_share,
        final_share: read("alphas_JxN.csv"),
        value_added: read("VAn.csv"),
        surplus: read("Sn.csv"),
    })
    .expect("accounts");
    let theta: Vec<f64> = read("T_inv_theta_J.csv").iter().map(|t| 1.0 / t).collect();
    time(
        "31x40 NAFTA",
        &economy,
        &theta,
        &tariff("taup_naftaonly_JNxN.csv.gz"),
    );
    time(
        "31x40 all 2005 tariffs",
        &economy,
        &theta,
        &tariff("tau2005_JNxN.csv.gz"),
    );
    time("31x40 wall of 30 %", &economy, &theta, &wall(&economy, 0.3));
    time(
        "31x40 wall of 1000 %",
        &economy,
        &theta,
        &wall(&economy, 10.0),
    );
    let Some(file) = arguments.next() else { return };
    let values = matrix(Path::new(&file));
    let (j, n) = (values[0] as usize, values[1] as usize);
    let (flows, tariff) = values[2..].split_at(j * n * n);
    let start = Instant::now();
    let economy = SectoralEconomy::from_flows(
        j,
        n,
        flows,
        tariff.to_vec(),
        vec![1.0; j * n],
        vec![0.0; n * j * j],
    )
    .expect("flows");
    println!(
        "81x28 accounts: {:.1} ms",
        1e3 * start.elapsed().as_secs_f64()
    );
    let theta = vec![4.0; j];
    time("81x28 wall of 30 %", &economy, &theta, &wall(&economy, 0.3));
    time(
        "81x28 wall of 1000 %",
        &economy,
        &theta,
        &wall(&economy, 10.0),
    );
    let mut hub = tariff.to_vec();
    let usa = values.len() % n; // Any importer serves for timing.
    for k in 0..hub.len() {
        if k % n == usa && (k / n) % n != usa {
            hub[k] += 0.2;
        }
    }
    time("81x28 one hub plus 20 points", &economy, &theta, &hub);
}
