//! Times of the other one-sector work: the 2025 tariff model (N = 194), trade costs to equilibrium
//! (N = 30, 69), gradients, exposure, optimal and Nash tariffs (N = 194). Argument: the folder of
//! the references.
#![allow(clippy::print_stdout)]

use std::path::Path;
use std::time::Instant;

use realign_numerics::equilibrium::{
    Change, GameOptions, Linearised, Player, SolveOptions, Technology, solve, solve_game,
    without_transfers,
};
use realign_numerics::gravity_ge::{GravityModel, Prices, access};
use realign_numerics::tariff_model::{Case, Elasticities, TariffModel};

#[path = "../tests/trade_common/mod.rs"]
mod trade_common;
use trade_common::{table, text};

const ROUNDS: usize = 5;

fn best<T>(mut work: impl FnMut() -> T) -> (f64, T) {
    let (mut least, mut last) = (f64::INFINITY, None);
    for _ in 0..ROUNDS {
        let start = Instant::now();
        let out = work();
        least = least.min(start.elapsed().as_secs_f64());
        last = Some(out);
    }
    (1e3 * least, last.expect("at least one round"))
}

fn liberation(root: &Path) {
    let dir = root.join("liberation_day");
    let flows: Vec<f64> = text(&dir.join("trade_cepii.csv.gz"))
        .lines()
        .skip(1)
        .flat_map(|l| {
            l.split(',')
                .map(|v| v.trim().parse().unwrap_or(0.0))
                .collect::<Vec<f64>>()
        })
        .collect();
    let number = |file: &str| -> Vec<f64> {
        table(&dir.join(file))
            .iter()
            .map(|r| r[0].parse().expect("number"))
            .collect()
    };
    let output: Vec<f64> = number("gdp.csv").iter().map(|g| g / 1000.0).collect();
    let announced: Vec<f64> = number("tariffs.csv").iter().map(|t| t.max(0.1)).collect();
    let n = output.len();
    let codes = table(&dir.join("country_labels.csv"));
    let hub = codes.iter().position(|r| r[0] == "USA").expect("hub");
    let mut markup = vec![0.114365; n];
    markup[hub] = 0.2706962;
    let numbers = Elasticities {
        trade: 4.0,
        labour_supply: 0.5,
        scale_share: 0.67,
    };
    let model = TariffModel::calibrate(flows, &output, markup, hub, numbers).expect("model");
    let tight = SolveOptions {
        tolerance: 1e-12,
        ..SolveOptions::default()
    };
    for case in [
        Case::Announced,
        Case::Optimal,
        Case::AnnouncedOptimalRetaliation,
    ] {
        let (ms, o) = best(|| model.run(case, &announced, &tight).expect("solved"));
        println!(
            "2025 tariff model, {case:?}: {ms:.2} ms, residual {:.1e}, {:?}, hub welfare {:.3} %",
            o.equilibrium.residual, o.equilibrium.work, o.welfare[hub]
        );
    }
    let base = model.economy();
    let none = vec![0.0; n * n];
    let change = Change {
        tariff: &none,
        log_shift: None,
        transfer: None,
    };
    for (name, technology) in [
        ("plain", Technology::armington(4.0)),
        ("full", model.technology(Case::Announced)),
    ] {
        let balanced = without_transfers(base, &technology, &tight).expect("balanced world");
        let e = solve(base, &technology, &change, None, &tight).expect("inputs");
        let (ms, linear) = best(|| Linearised::at(base, &technology, &change, &e).expect("linear"));
        println!("{name}: Jacobian and factors at N = {n}: {ms:.1} ms");
        let mut weight = vec![0.0; n];
        weight[hub] = 1.0;
        let (ms, _) = best(|| linear.welfare_gradient(&weight).expect("gradient"));
        println!("{name}: gradient of one welfare in all tariffs: {ms:.2} ms");
        let (ms, _) = best(|| linear.exposure().expect("exposure"));
        println!("{name}: exposure of all to all: {ms:.0} ms");
        let options = GameOptions::default();
        for (game, players) in [
            ("uniform optimum of the hub", vec![Player::uniform(hub, n)]),
            (
                "optimum by partner of the hub",
                vec![Player::by_partner(hub, n)],
            ),
            (
                "Nash, uniform, all states",
                (0..n).map(|i| Player::uniform(i, n)).collect(),
            ),
        ] {
            // A war of all against all: without transfers, which debtors could not pay in it.
            let base = if players.len() > 1 { &balanced } else { base };
            let start = Instant::now();
            match solve_game(base, &technology, &change, &players, &options) {
                Ok(g) => println!(
                    "{name}: {game}: {:.2} s, {} rounds, gap {:.1e}, {:?}, hub's first rate {:.4}, hub welfare {:.3} %",
                    start.elapsed().as_secs_f64(),
                    g.rounds,
                    g.gap,
                    g.verdict,
                    g.rates[if players.len() > 1 { hub } else { 0 }][0],
                    100.0 * (g.equilibrium.welfare[hub] - 1.0)
                ),
                Err(e) => println!("{name}: {game}: {e}"),
            }
        }
    }
}

fn gravity(root: &Path) {
    let dir = root.join("gegravity");
    let names = [
        "exporter",
        "importer",
        "lndist",
        "cntg",
        "lang",
        "clny",
        "rta",
        "international",
        "Y",
        "E",
    ];
    let content = text(&dir.join("agtpa2006_N69.csv.gz"));
    let header: Vec<&str> = content.lines().next().expect("header").split(',').collect();
    let place = names.map(|c| header.iter().position(|h| *h == c).expect("column"));
    let rows = table(&dir.join("agtpa2006_N69.csv.gz"));
    let mut codes: Vec<&str> = rows.iter().map(|r| r[place[0]].as_str()).collect();
    codes.sort_unstable();
    codes.dedup();
    let n = codes.len();
    let mut columns = vec![vec![0.0; n * n]; names.len()];
    for r in &rows {
        let at = |c: usize| codes.binary_search(&r[place[c]].as_str()).expect("code");
        let k = at(0) * n + at(1);
        for c in 2..names.len() {
            columns[c][k] = r[place[c]].parse().expect("number");
        }
    }
    let beta = [-0.8, 0.39, 0.24, -0.18, 0.41, -2.5];
    let made = |columns: &[Vec<f64>]| {
        let z: Vec<&[f64]> = columns[2..8].iter().map(Vec::as_slice).collect();
        access(&z, &beta).expect("access")
    };
    let old = made(&columns);
    let bloc = ["CAN", "USA", "MEX"].map(|c| codes.binary_search(&c).expect("code"));
    for i in bloc {
        for j in bloc {
            columns[6][i * n + j] = 0.0;
        }
    }
    let new = made(&columns);
    let output: Vec<f64> = (0..n).map(|i| columns[8][i * n]).collect();
    let spent = columns[9][..n].to_vec();
    let reference = codes.binary_search(&"DEU").expect("code");
    for prices in [
        Prices::HeldShares,
        Prices::GuideLoop { stop: 0.01 },
        Prices::Endowment,
    ] {
        let (ms, o) = best(|| {
            GravityModel::new(old.clone(), output.clone(), spent.clone(), 5.0, reference)
                .and_then(|m| m.counterfactual(&new, prices))
                .expect("solved")
        });
        println!(
            "trade costs to equilibrium, N = {n}, {prices:?}: {ms:.2} ms with the baseline, {} rounds, imbalance {:.1e}, CAN price {:.4} %",
            o.rounds,
            o.imbalance,
            100.0 * (o.factory_price[bloc[0]] - 1.0)
        );
    }
}

fn main() {
    let root = std::env::args().nth(1).expect("folder of references");
    gravity(Path::new(&root));
    liberation(Path::new(&root));
}
