//! Caliendo & Parro (2015), NAFTA tariffs in 31 regions and 40 sectors: published and recomputed
//! results by country.
#![allow(clippy::print_stdout)]

mod trade_common;

use realign_numerics::caliendo_parro::{
    Accounts, SectoralChange, SectoralEconomy, SectoralEquilibrium, SectoralOptions, first_order,
    purge_deficits, solve,
};
use realign_numerics::equilibrium::Deficits;
use trade_common::{folder, matrix, table};

const SECTORS: usize = 40;
const REGIONS: usize = 31;
/// Percentage points, as the project's list of references states it.
const PRINTED: f64 = 5e-4;
/// Percentage points, against the recomputed file, which stops at 1e-9 relative excess demand.
const RECOMPUTED: f64 = 2e-6;

/// From sector × importer × exporter, as the files store it, to sector × exporter × importer.
fn turned(values: &[f64]) -> Vec<f64> {
    let n = REGIONS;
    let mut out = vec![0.0; values.len()];
    for s in 0..SECTORS {
        for m in 0..n {
            for i in 0..n {
                out[(s * n + i) * n + m] = values[(s * n + m) * n + i];
            }
        }
    }
    out
}

struct World {
    economy: SectoralEconomy,
    theta: Vec<f64>,
    nafta: Vec<f64>,
    all: Vec<f64>,
}

fn world() -> Option<(std::path::PathBuf, World)> {
    let dir = folder("caliendo_parro_nafta")?;
    let tariff = |file: &str| -> Vec<f64> {
        turned(&matrix(&dir.join(file)))
            .iter()
            .map(|t| t - 1.0)
            .collect()
    };
    // Input shares: rows (n−1)·J+k, columns j; ours are region × using sector × input.
    let g = matrix(&dir.join("G_io_NJxJ.csv.gz"));
    let mut input_share = vec![0.0; g.len()];
    for n in 0..REGIONS {
        for k in 0..SECTORS {
            for j in 0..SECTORS {
                input_share[(n * SECTORS + j) * SECTORS + k] = g[(n * SECTORS + k) * SECTORS + j];
            }
        }
    }
    let economy = SectoralEconomy::from_shares(Accounts {
        sectors: SECTORS,
        regions: REGIONS,
        share: turned(&matrix(&dir.join("Din_JNxN.csv.gz"))),
        tariff: tariff("tau1993_JNxN.csv.gz"),
        value_added_share: matrix(&dir.join("B_va_share_JxN.csv")),
        input_share,
        final_share: matrix(&dir.join("alphas_JxN.csv")),
        value_added: matrix(&dir.join("VAn.csv")),
        surplus: matrix(&dir.join("Sn.csv")),
    })
    .unwrap();
    let theta = matrix(&dir.join("T_inv_theta_J.csv"))
        .iter()
        .map(|t| 1.0 / t)
        .collect();
    let nafta = tariff("taup_naftaonly_JNxN.csv.gz");
    let all = tariff("tau2005_JNxN.csv.gz");
    Some((
        dir,
        World {
            economy,
            theta,
            nafta,
            all,
        },
    ))
}

fn run(w: &World, tariff: &[f64]) -> SectoralEquilibrium {
    let change = SectoralChange {
        tariff,
        log_shift: None,
        surplus: None,
    };
    let e = solve(
        &w.economy,
        &w.theta,
        &change,
        None,
        &SectoralOptions::default(),
    )
    .unwrap();
    assert!(e.verdict.is_converged(), "{:e} {:?}", e.residual, e.work);
    assert!(
        e.residual <= 1e-12 && e.price_residual <= 1e-13,
        "{:e}",
        e.price_residual
    );
    e
}

const MEX: usize = 19;
const CAN: usize = 4;
const USA: usize = 29;

#[test]
fn ref_r1_nafta_only() {
    let Some((dir, w)) = world() else { return };
    assert!(w.economy.adjustment() < 1e-7, "{}", w.economy.adjustment());
    let e = run(&w, &w.nafta);
    let change = SectoralChange {
        tariff: &w.nafta,
        log_shift: None,
        surplus: None,
    };
    let d = first_order(&w.economy, &w.theta, &change, &e);
    for (region, printed, exact) in [
        (MEX, [1.3121, -0.4118, 1.7239, 1.7153], 0.0073),
        (CAN, [-0.0638, -0.1081, 0.0443, 0.3228], -0.1101),
        (USA, [0.0848, 0.0435, 0.0412, 0.1124], 0.0741),
    ] {
        let ours = [
            d.welfare[region],
            d.terms_of_trade[region],
            d.volume_of_trade[region],
            e.real_wage[region] - 1.0,
        ];
        for (a, b) in ours.iter().zip(printed) {
            assert!((100.0 * a - b).abs() < PRINTED, "{region} {a} {b}");
        }
        assert!((100.0 * (e.real_income[region] - 1.0) - exact).abs() < PRINTED);
    }
    let reference = table(&dir.join("cp2015_noS_naftaonly.csv"));
    assert_eq!(reference.len(), REGIONS);
    for (i, row) in reference.iter().enumerate() {
        let ours = [
            e.wage[i] - 1.0,
            e.consumer_price[i] - 1.0,
            e.real_wage[i] - 1.0,
            d.welfare[i],
            d.terms_of_trade[i],
            d.volume_of_trade[i],
            e.real_income[i] - 1.0,
        ];
        let theirs: Vec<f64> = row[1..].iter().map(|v| v.parse().unwrap()).collect();
        for k in 0..7 {
            let given = if k < 2 { theirs[k] - 1.0 } else { theirs[k] };
            assert!(
                (100.0 * (ours[k] - given)).abs() < RECOMPUTED,
                "{i} {k} {} {given}",
                ours[k]
            );
        }
    }
    assert!(e.work.evaluations <= 40, "{:?}", e.work);
}

#[test]
fn ref_r1_no_change_is_none_from_any_start() {
    let Some((_, w)) = world() else { return };
    // By the rule: exactly one. By the solver, from the equilibrium of another shock: to 1e-9.
    let zero = run(&w, w.economy.tariff());
    assert!(zero.real_income.iter().all(|x| *x == 1.0));
    let start = run(&w, &w.nafta);
    let shift = vec![1e-300; w.economy.tariff().len()];
    let change = SectoralChange {
        tariff: w.economy.tariff(),
        log_shift: Some(&shift),
        surplus: None,
    };
    let back = solve(
        &w.economy,
        &w.theta,
        &change,
        Some(&start),
        &SectoralOptions::default(),
    )
    .unwrap();
    assert!(back.verdict.is_converged() && back.work.evaluations > 2);
    for x in back.real_income.iter().chain(&back.wage).chain(&back.price) {
        assert!((x - 1.0).abs() < 1e-9, "{x}");
    }
}

#[test]
fn ref_r1_one_per_cent_of_the_shock_is_linear() {
    let Some((_, w)) = world() else { return };
    let small: Vec<f64> = w
        .nafta
        .iter()
        .zip(w.economy.tariff())
        .map(|(new, old)| (1.0 + old) * ((1.0 + new) / (1.0 + old)).powf(0.01) - 1.0)
        .collect();
    let e = run(&w, &small);
    let change = SectoralChange {
        tariff: &small,
        log_shift: None,
        surplus: None,
    };
    let d = first_order(&w.economy, &w.theta, &change, &e);
    for i in 0..REGIONS {
        assert!(
            (100.0 * (d.welfare[i] - (e.real_income[i] - 1.0))).abs() < 5e-4,
            "{i}"
        );
    }
}

#[test]
fn prop_all_tariffs_prohibitive_tariffs_and_short_run() {
    let Some((_, w)) = world() else { return };
    let e = run(&w, &w.all);
    assert!(e.real_income[MEX] > 1.0);
    // Tariffs of 1000 % on everything between regions, all other elasticities halved.
    let mut wall = w.economy.tariff().to_vec();
    for (k, t) in wall.iter_mut().enumerate() {
        if (k / REGIONS) % REGIONS != k % REGIONS {
            *t = 10.0;
        }
    }
    let shut = run(&w, &wall);
    assert!(shut.real_income.iter().all(|x| *x < 1.0));
    let short: Vec<f64> = w.theta.iter().map(|t| 0.5 * t).collect();
    let change = SectoralChange {
        tariff: &wall,
        log_shift: None,
        surplus: None,
    };
    let s = solve(
        &w.economy,
        &short,
        &change,
        None,
        &SectoralOptions::default(),
    )
    .unwrap();
    assert!(s.verdict.is_converged());
    // Less substitution makes the wall costlier.
    assert!((0..REGIONS).all(|i| s.real_income[i] < shut.real_income[i]));
}

#[test]
fn prop_deficit_rules() {
    let Some((_, w)) = world() else { return };
    // With balanced trade the rules are the same.
    let change = SectoralChange {
        tariff: &w.nafta,
        log_shift: None,
        surplus: None,
    };
    let options = SectoralOptions::default();
    let a = run(&w, &w.nafta);
    let m = w.economy.clone().closed_by(Deficits::Multiplicative);
    let b = solve(&m, &w.theta, &change, None, &options).unwrap();
    assert!((0..REGIONS).all(|i| (a.real_income[i] - b.real_income[i]).abs() < 1e-11));
    // A new deficit is a transfer; taking it away again restores the old world.
    let mut given = vec![0.0; REGIONS];
    (given[USA], given[MEX]) = (-0.5, 0.5);
    let with = SectoralChange {
        tariff: w.economy.tariff(),
        log_shift: None,
        surplus: Some(&given),
    };
    let rich = solve(&w.economy, &w.theta, &with, None, &options).unwrap();
    assert!(rich.real_income[USA] > 1.0 && rich.real_income[MEX] < 1.0);
    let exports = |e: &SectoralEquilibrium, i: usize| -> f64 {
        let n = REGIONS;
        (0..SECTORS * n * n)
            .map(|k| {
                let (from, to) = ((k / n) % n, k % n);
                e.flows[k] * (f64::from(u8::from(from == i)) - f64::from(u8::from(to == i)))
            })
            .sum()
    };
    assert!((exports(&rich, MEX) - 0.5).abs() < 1e-9 && (exports(&rich, USA) + 0.5).abs() < 1e-9);
    let purged = purge_deficits(&w.economy, &w.theta, &options).unwrap();
    assert!(
        (0..REGIONS)
            .all(|i| (purged.value_added()[i] / w.economy.value_added()[i] - 1.0).abs() < 1e-9)
    );
}
