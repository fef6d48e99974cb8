//! Prints the hub's outcome in every case of the tariff model and the time a solve takes.
//! Argument: the folder with the inputs.
#![allow(clippy::print_stdout)]

use std::io::Read as _;
use std::path::Path;

use realign_numerics::equilibrium::SolveOptions;
use realign_numerics::tariff_model::{Case, Elasticities, TariffModel};

fn column(dir: &Path, file: &str) -> Vec<f64> {
    let text = std::fs::read_to_string(dir.join(file)).expect("input file");
    text.lines()
        .skip(1)
        .map(|l| l.trim().parse().unwrap_or(0.0))
        .collect()
}

fn main() {
    let dir = std::env::args().nth(1).expect("folder of inputs");
    let dir = Path::new(&dir);
    let mut text = String::new();
    std::fs::File::open(dir.join("trade_cepii.csv"))
        .expect("flows")
        .read_to_string(&mut text)
        .expect("text");
    let flows: Vec<f64> = text
        .lines()
        .skip(1)
        .flat_map(|l| l.split(',').map(|v| v.trim().parse().unwrap_or(0.0)))
        .collect();
    let gdp: Vec<f64> = column(dir, "gdp.csv").iter().map(|g| g / 1000.0).collect();
    let announced: Vec<f64> = column(dir, "tariffs.csv")
        .iter()
        .map(|t| t.max(0.1))
        .collect();
    let n = gdp.len();
    let hub = 184;
    let mut markup = vec![0.114365; n];
    markup[hub] = 0.2706962;
    let el = Elasticities {
        trade: 4.0,
        labour_supply: 0.5,
        scale_share: 0.67,
    };
    let m = TariffModel::calibrate(flows, &gdp, markup, hub, el).expect("calibration");
    println!(
        "formula {} retaliation {}",
        m.optimal_tariff(),
        m.optimal_retaliation()[0]
    );
    let cases = [
        Case::Announced,
        Case::PassThrough(-0.75),
        Case::EatonKortum,
        Case::LumpSum,
        Case::TradeElasticity(2.0),
        Case::Optimal,
        Case::AnnouncedOptimalRetaliation,
        Case::AnnouncedReciprocal,
        Case::OptimalBoth,
    ];
    for c in cases {
        let t0 = std::time::Instant::now();
        match m.run(c, &announced, &SolveOptions::default()) {
            Ok(o) => println!(
                "{c:?}: welfare {:.4} deficit {:.3} exp {:.3} imp {:.3} emp {:.4} price {:.3} work {:?} {:?}",
                o.welfare[hub],
                o.deficit[hub],
                o.exports_to_output[hub],
                o.imports_to_output[hub],
                o.employment[hub],
                o.prices[hub],
                o.equilibrium.work,
                t0.elapsed()
            ),
            Err(e) => println!("{c:?}: {e} {:?}", t0.elapsed()),
        }
    }
    println!(
        "search {:?}",
        m.search_optimal(1.0, &SolveOptions::default())
    );
}
