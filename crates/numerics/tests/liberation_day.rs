//! Published results of Ignatenko, Lashkaripour, Macedoni & Simonovska (2025), by country.
#![allow(clippy::print_stdout)]

use std::io::Read as _;
use std::path::{Path, PathBuf};

use realign_numerics::equilibrium::{Change, GameOptions, Player, SolveOptions, solve_game};
use realign_numerics::tariff_model::{Case, Elasticities, Outcome, TariffModel};

/// Percentage points of welfare, as the project's list of references states it.
const WELFARE: f64 = 0.005;
/// The mark-ups are given to seven digits; the other columns inherit that.
const OTHER: f64 = 0.01;

/// The folder of reference results; `None` outside CI when it is not there.
fn inputs() -> Option<PathBuf> {
    let dir = std::env::var_os("REALIGN_SHARED").map_or_else(
        || Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared"),
        PathBuf::from,
    );
    let dir = dir.join("expected/trade_ge/liberation_day");
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

fn column(path: &Path) -> Vec<f64> {
    text(path)
        .lines()
        .skip(1)
        .map(|l| l.trim().parse().unwrap())
        .collect()
}

struct World {
    model: TariffModel,
    announced: Vec<f64>,
    hub: usize,
}

fn world(dir: &Path) -> World {
    let flows: Vec<f64> = text(&dir.join("trade_cepii.csv.gz"))
        .lines()
        .skip(1)
        .flat_map(|l| {
            l.split(',')
                .map(|v| v.trim().parse().unwrap_or(0.0))
                .collect::<Vec<f64>>()
        })
        .collect();
    let output: Vec<f64> = column(&dir.join("gdp.csv"))
        .iter()
        .map(|g| g / 1000.0)
        .collect();
    let announced: Vec<f64> = column(&dir.join("tariffs.csv"))
        .iter()
        .map(|t| t.max(0.1))
        .collect();
    let codes = text(&dir.join("country_labels.csv"));
    let hub = codes
        .lines()
        .skip(1)
        .position(|l| l.starts_with("USA,"))
        .unwrap();
    assert_eq!(
        (flows.len(), output.len(), announced.len()),
        (194 * 194, 194, 194)
    );
    let mut markup = vec![0.114365; 194];
    markup[hub] = 0.2706962;
    let elasticities = Elasticities {
        trade: 4.0,
        labour_supply: 0.5,
        scale_share: 0.67,
    };
    let model = TariffModel::calibrate(flows, &output, markup, hub, elasticities).unwrap();
    World {
        model,
        announced,
        hub,
    }
}

fn compare(dir: &Path, file: &str, w: &World, o: &Outcome) {
    let mut worst = [0.0f64; 9];
    let mut compared = 0;
    for (i, line) in text(&dir.join(file)).lines().skip(1).enumerate() {
        let v: Vec<f64> = line
            .split(',')
            .skip(1)
            .map(|x| x.parse().unwrap())
            .collect();
        let e = &o.equilibrium;
        let base = w.model.economy();
        let n = base.n();
        let exports: f64 = (0..n).map(|k| base.flows()[i * n + k]).sum();
        let imports: f64 = (0..n).map(|k| base.flows()[k * n + i]).sum();
        // Ill-conditioned where the deficit is near zero.
        let deficit = (imports - exports).abs() > 0.01 * base.output()[i];
        let ours = [
            o.welfare[i],
            if deficit { o.deficit[i] } else { v[1] },
            o.exports_to_output[i],
            o.imports_to_output[i],
            o.employment[i],
            o.prices[i],
            o.revenue_to_expenditure[i],
            e.wage[i],
            e.expenditure[i],
        ];
        for (k, (a, b)) in ours.iter().zip(&v).enumerate() {
            worst[k] = worst[k].max((a - b).abs());
        }
        compared += 1;
    }
    assert_eq!(compared, 194);
    assert!(worst[0] < WELFARE, "{file}: {worst:?}");
    assert!(worst[2..].iter().all(|x| *x < OTHER), "{file}: {worst:?}");
    assert!(worst[1] < 10.0 * OTHER, "{file}: {worst:?}");
}

fn check(case: Case, file: &str, hub_welfare: f64) {
    let Some(dir) = inputs() else { return };
    let w = world(&dir);
    let o = w
        .model
        .run(case, &w.announced, &SolveOptions::default())
        .unwrap();
    assert!(
        (o.welfare[w.hub] - hub_welfare).abs() < WELFARE,
        "{}",
        o.welfare[w.hub]
    );
    compare(&dir, file, &w, &o);
}

#[test]
fn ref_r4_case_1_announced_tariffs() {
    check(Case::Announced, "liberation_1_ustr.csv", 1.13);
}

#[test]
fn ref_r4_case_4_optimal_tariff() {
    check(Case::Optimal, "liberation_4_optimal.csv", 1.79);
}

#[test]
fn ref_r4_case_5_optimal_retaliation() {
    check(
        Case::AnnouncedOptimalRetaliation,
        "liberation_5_ustr_optretal.csv",
        -0.75,
    );
}

#[test]
fn ref_r4_tariff_formulas() {
    let Some(dir) = inputs() else { return };
    let w = world(&dir);
    assert!((100.0 * w.model.optimal_tariff() - 21.784).abs() < 5e-4);
    let answer = w.model.optimal_retaliation();
    assert!((100.0 * answer[0] - 22.742).abs() < 5e-4);
    assert_eq!(answer[w.hub], 0.0);
    // The published optimum is a first-order condition at the old flows: the search on exact
    // welfare finds one that is higher and better.
    let (rate, welfare) = w
        .model
        .search_optimal(1.0, &SolveOptions::default())
        .unwrap();
    assert!(
        rate > w.model.optimal_tariff() && welfare > 1.7894,
        "{rate} {welfare}"
    );
}

#[test]
fn prop_other_cases_solve_and_order() {
    let Some(dir) = inputs() else { return };
    let w = world(&dir);
    let hub = |case| {
        w.model
            .run(case, &w.announced, &SolveOptions::default())
            .unwrap()
    };
    let announced = hub(Case::Announced).welfare[w.hub];
    // Revenue that does not lower distorting taxes is worth less; being answered costs.
    assert!(hub(Case::LumpSum).welfare[w.hub] < announced);
    assert!(hub(Case::AnnouncedReciprocal).welfare[w.hub] < announced);
    assert!(hub(Case::OptimalBoth).welfare[w.hub] < hub(Case::Optimal).welfare[w.hub]);
    for case in [
        Case::PassThrough(-0.75),
        Case::EatonKortum,
        Case::TradeElasticity(2.0),
    ] {
        assert!(hub(case).welfare[w.hub].is_finite());
    }
}

#[test]
fn prop_adjoint_optimum_is_the_searched_one() {
    let Some(dir) = inputs() else { return };
    let w = world(&dir);
    let (rate, welfare) = w
        .model
        .search_optimal(1.0, &SolveOptions::default())
        .unwrap();
    let base = w.model.economy();
    let n = base.n();
    let technology = w.model.technology(Case::Announced);
    let none = vec![0.0; n * n];
    let change = Change {
        tariff: &none,
        log_shift: None,
        transfer: None,
    };
    let options = GameOptions::default();
    let hub = [Player::uniform(w.hub, n)];
    let g = solve_game(base, &technology, &change, &hub, &options).unwrap();
    assert!(g.verdict.is_converged(), "{:e}", g.gap);
    // The search by values resolves the rate to the root of its accuracy.
    assert!(
        (g.rates[0][0] - rate).abs() < 1e-4,
        "{} {rate}",
        g.rates[0][0]
    );
    assert!(100.0 * (g.equilibrium.welfare[w.hub] - 1.0) >= welfare - 1e-6);
    // Against the announced tariffs the others' joint optimum on the hub lowers its welfare.
    let pairs: Vec<(usize, usize)> = (0..n).filter(|i| *i != w.hub).map(|i| (w.hub, i)).collect();
    let spent: f64 = base.expenditure().iter().sum::<f64>() - base.expenditure()[w.hub];
    let objective = pairs
        .iter()
        .map(|(_, i)| (*i, base.expenditure()[*i] / spent))
        .collect();
    let others = [Player {
        objective,
        levers: vec![pairs],
    }];
    let mut announced = none.clone();
    for j in (0..n).filter(|j| *j != w.hub) {
        announced[j * n + w.hub] = w.announced[j];
    }
    let change = Change {
        tariff: &announced,
        log_shift: None,
        transfer: None,
    };
    let war = solve_game(base, &technology, &change, &others, &options).unwrap();
    assert!(war.verdict.is_converged(), "{:e}", war.gap);
    assert!(war.rates[0][0] > 0.1 && war.equilibrium.welfare[w.hub] < 1.0);
}

#[test]
fn prop_other_cases_balance_their_accounts() {
    let Some(dir) = inputs() else { return };
    let w = world(&dir);
    for case in [
        Case::LumpSum,
        Case::PassThrough(-0.75),
        Case::EatonKortum,
        Case::TradeElasticity(2.0),
        Case::AnnouncedReciprocal,
        Case::OptimalBoth,
    ] {
        let o = w
            .model
            .run(case, &w.announced, &SolveOptions::default())
            .unwrap();
        let t = w.model.tariffs(case, &w.announced).unwrap();
        let (base, e) = (w.model.economy(), &o.equilibrium);
        let n = base.n();
        let nu = |i: usize| {
            if case == Case::EatonKortum {
                0.0
            } else {
                base.markup()[i]
            }
        };
        let (mut spent, mut means) = (0.0, 0.0);
        for i in 0..n {
            let sold: f64 = (0..n).map(|k| (1.0 - nu(k)) * e.flows[i * n + k]).sum();
            let bought: f64 = (0..n).map(|j| e.flows[j * n + i]).sum();
            let duty: f64 = (0..n).map(|j| t[j * n + i] * e.flows[j * n + i]).sum();
            // (1): output is what buyers leave after mark-ups, and own mark-ups.
            let output: f64 = (0..n)
                .map(|k| (1.0 - nu(k)) * base.flows()[i * n + k])
                .sum::<f64>()
                + nu(i) * (0..n).map(|j| base.flows()[j * n + i]).sum::<f64>();
            let income = e.wage[i] * e.labour[i] * output;
            assert!(
                ((sold + nu(i) * bought) / income - 1.0).abs() < 1e-8,
                "{case:?} {i}"
            );
            // Revenue is the tariff on the flows; spending is flows and revenue.
            let value = e.expenditure[i] * base.expenditure()[i];
            assert!(((bought + duty) / value - 1.0).abs() < 1e-8, "{case:?} {i}");
            assert!((duty - e.revenue[i]).abs() <= 1e-8 * value, "{case:?} {i}");
            // (3): labour supply.
            let tax = if case == Case::LumpSum {
                1.0
            } else {
                1.0 / (1.0 - duty / income)
            };
            let labour = (tax * e.wage[i] / e.price[i]).powf(0.5);
            assert!((labour / e.labour[i] - 1.0).abs() < 1e-8, "{case:?} {i}");
            (spent, means) = (spent + value, means + income + duty);
        }
        assert!((spent / means - 1.0).abs() < 1e-9);
    }
}
