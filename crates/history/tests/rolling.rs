//! Rolling origins: engine, leakage guard with negative controls, baselines on known processes.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, OnceLock, PoisonError};

use rayon::prelude::*;
use realign_atlas::{Atlas, StateId, Year};
use realign_history::rolling::rules::{
    autoregression, drift, exponential_mean, random_walk, shared_shock,
};
use realign_history::rolling::ties::{TieLayer, within};
use realign_history::rolling::{self, Options, Task, guard};
use realign_history::{
    HistoryError, Key, Origin, Predictive, Predictor, Quantity, Scale, Series, Wanted,
};
use realign_numerics::random::Stream;

fn atlas() -> &'static Atlas {
    static ATLAS: OnceLock<Atlas> = OnceLock::new();
    ATLAS.get_or_init(|| Atlas::embedded().expect("the embedded atlas opens"))
}

fn go(_: usize, _: usize) -> bool {
    true
}

fn few(only: &[&str]) -> Options {
    Options {
        origins: (Year(1990), Year(2025)),
        most_origins: 2,
        most_series: 150,
        only: only.iter().map(|s| (*s).to_owned()).collect(),
        replicates: 50,
        ..Options::default()
    }
}

fn key(k: u16, partner: u16) -> Key {
    Key {
        entity: Some(StateId(k)),
        partner: Some(StateId(partner)),
        item: None,
    }
}

// ---------------------------------------------------------------------------------------- engine

#[test]
fn prop_two_origins_same_bytes_on_any_number_of_threads() {
    let (tasks, ties) = (rolling::tasks(), rolling::tie_tasks());
    let options = few(&["us_troops", "pact_ending"]);
    let run = |threads: usize| {
        let pool = rayon::ThreadPoolBuilder::new()
            .num_threads(threads)
            .build()
            .expect("a pool of threads");
        pool.install(|| rolling::run(atlas(), &tasks, &ties, &options, &go).expect("scores"))
    };
    let (one, two) = (run(1), run(2));
    assert_eq!(one.json(), two.json());
    // Troops are public a year later: targets 2023 and 2024 from origins 2022 and 2023.
    let walk = one.row("us_troops", "random_walk", 1).expect("a row");
    assert_eq!((walk.targets, walk.target_years), ((2023, 2024), 2));
    assert!((walk.span_years - 2.0).abs() < 0.1, "{}", walk.span_years);
    assert!(walk.forecasts > 100 && walk.theil_u == Some(1.0));
    let pit: f64 = walk.pit.expect("a histogram").iter().sum();
    assert!((pit - 1.0).abs() < 1e-12);
    let model = one.row("us_troops", "security_model", 1).expect("a row");
    let c = model.against_reference.as_ref().expect("a comparison");
    // All forecast the same values here, so the skill is that of the mean losses.
    assert_eq!(model.forecasts, walk.forecasts);
    assert!((c.skill - (1.0 - model.loss / walk.loss)).abs() < 1e-12);
    assert!(model.against_without_trust.is_some());
    let ties = one.row("pact_ending", "security_model", 1).expect("a row");
    assert!(ties.ties && ties.wanted > 1000 && ties.brier.is_some() && ties.coverage.is_none());
    assert!(one.guards.len() == 2 && one.guards.iter().all(guard::Report::holds));
}

#[test]
fn prop_a_run_stops_when_told() {
    let tasks = rolling::tasks();
    let r = rolling::run(atlas(), &tasks, &[], &few(&["us_troops"]), &|_, _| false);
    assert!(matches!(r, Err(HistoryError::Stopped)));
}

// ----------------------------------------------------------------------------------------- guard

#[test]
fn prop_no_predictor_sees_a_shuffled_future() {
    let panels = rolling::tasks();
    panels.par_iter().with_max_len(1).for_each(|task| {
        // An early origin, so that panels are short, but with errors of its own behind it.
        let origin = task.quantity.first_origin + 2;
        let seen = (task.quantity.load)(&atlas().as_of(origin)).expect("a panel");
        let wanted: Vec<Wanted> = seen
            .keys()
            .take(200)
            .flat_map(|k| {
                [1, 3].map(|h| Wanted {
                    key: *k,
                    target: origin + h,
                })
            })
            .collect();
        let report = guard::check(atlas(), task, origin, &wanted, 3).expect("a report");
        assert!(report.holds() && report.forecasts > 0, "{report:?}");
    });
    let layers = rolling::tie_tasks();
    layers.par_iter().with_max_len(1).for_each(|task| {
        let origin = task.layer.first_origin + 5;
        let report = guard::check_ties(atlas(), task, origin, &[1, 5], 3).expect("a report");
        assert!(report.holds() && report.forecasts > 0, "{report:?}");
    });
}

#[test]
fn prop_the_guard_catches_an_engine_that_shows_too_much() {
    // Negative control: a view that is five years too new changes every forecast of every kind.
    let leaky: guard::View = |a, origin| a.as_of(origin + 5);
    let tasks = rolling::tasks();
    let task = tasks
        .iter()
        .find(|t| t.quantity.id == "military_burden")
        .expect("the panel of burdens");
    let origin = Year(2010);
    let seen = (task.quantity.load)(&atlas().as_of(origin)).expect("a panel");
    let wanted: Vec<Wanted> = seen
        .keys()
        .map(|k| Wanted {
            key: *k,
            target: origin + 7,
        })
        .collect();
    let report = guard::check_view(atlas(), task, origin, &wanted, 3, leaky).expect("a report");
    assert_eq!(report.leaks.len(), task.predictors.len(), "{report:?}");
    let ties = rolling::tie_tasks();
    let ties = ties
        .iter()
        .find(|t| t.layer.id == "pact_ending")
        .expect("the layer");
    let report = guard::check_ties_view(atlas(), ties, origin, &[5], 3, leaky).expect("a report");
    assert!(!report.holds());
}

/// Where the negative control leaves the whole atlas for its leaking predictor.
static STASH: Mutex<Option<Atlas>> = Mutex::new(None);

/// Looks the answer up in the stashed atlas.
struct Peek;

impl Predictor for Peek {
    fn id(&self) -> &str {
        "peek"
    }

    fn predict(
        &self,
        _: Origin<'_>,
        _: &Series,
        wanted: &[Wanted],
    ) -> Result<Vec<Option<Predictive>>, HistoryError> {
        let stash = STASH.lock().unwrap_or_else(PoisonError::into_inner);
        let future = (military().load)(stash.as_ref().expect("a stashed atlas"))?;
        Ok(wanted
            .iter()
            .map(|w| {
                let s = future.get(&w.key)?;
                let at = s.binary_search_by_key(&w.target, |r| r.0).ok()?;
                Some(Predictive::Normal {
                    mean: s[at].1,
                    sd: 0.1,
                })
            })
            .collect())
    }
}

fn military() -> Quantity {
    Quantity {
        id: "burden",
        domain: "security",
        title: "military burden",
        unit: "fraction of GDP",
        scale: Scale::Log,
        first_origin: Year(2000),
        load: |a| {
            let mut out = Series::new();
            for (s, y, v) in a.state_series("milex_burden")?.rows().filter(|r| r.2 > 0.0) {
                let k = Key {
                    entity: Some(s),
                    partner: None,
                    item: None,
                };
                out.entry(k).or_default().push((y, v.ln()));
            }
            Ok(out)
        },
    }
}

#[test]
fn prop_the_guard_names_a_leaking_predictor_and_no_other() {
    let task = Task {
        quantity: military(),
        predictors: vec![Box::new(random_walk()), Box::new(Peek), Box::new(drift())],
        reference: "random_walk",
        model: "peek",
        without_trust: None,
    };
    let origin = Year(2012);
    let known = (military().load)(&atlas().as_of(origin)).expect("a panel");
    let wanted: Vec<Wanted> = known
        .keys()
        .map(|k| Wanted {
            key: *k,
            target: Year(2015),
        })
        .collect();
    let stashing: guard::View = |a, origin| {
        *STASH.lock().unwrap_or_else(PoisonError::into_inner) = Some(a.as_of(a.vintage()));
        a.as_of(origin)
    };
    let report = guard::check_view(atlas(), &task, origin, &wanted, 5, stashing).expect("a report");
    assert_eq!(report.leaks, ["peek"]);
}

fn sources(dir: &Path, out: &mut Vec<PathBuf>) {
    for entry in std::fs::read_dir(dir).expect("a source folder") {
        let path = entry.expect("an entry").path();
        if path.is_dir() {
            sources(&path, out);
        } else if path.extension().is_some_and(|e| e == "rs") {
            out.push(path);
        }
    }
}

#[test]
fn prop_no_predictor_opens_the_newest_atlas_or_fitted_parameters() {
    // A shuffled future cannot catch a predictor that opens the embedded tables by itself, or
    // parameters that were fitted on all years: their names may not occur outside tests.
    let mut files = Vec::new();
    for folder in ["src/rolling", "src/quantities"] {
        sources(
            &Path::new(env!("CARGO_MANIFEST_DIR")).join(folder),
            &mut files,
        );
    }
    assert!(files.len() > 15, "{}", files.len());
    for file in files {
        let text = std::fs::read_to_string(&file).expect("a source file");
        let code = text.split("#[cfg(test)]").next().unwrap_or_default();
        for name in [
            "Atlas::embedded",
            "Params::embedded",
            "include_str!",
            "include_bytes!",
        ] {
            assert!(!code.contains(name), "{} uses {name}", file.display());
        }
    }
}

// ------------------------------------------------------------------------------------- baselines

/// A panel of `series` series over `years` years: y' = ϱ y + ε around a mean of its own.
fn simulated(seed: u64, series: u16, years: u32, persistence: f64) -> Series {
    let s = Stream::new(seed, 0);
    (0..series)
        .map(|k| {
            let mean = 2.0 * s.normal(1, u32::from(k), 0, 0);
            let mut y = 0.0;
            let values = (0..years + 30)
                .map(|t| {
                    y = persistence * y + s.normal(0, u32::from(k), t, 0);
                    (Year(1970 + t as i32), mean + y)
                })
                .skip(30)
                .collect();
            (key(k, 500 + k % 7), values)
        })
        .collect()
}

/// Shows the values up to `origin`, wants those `gap` years later: mean CRPS and coverage at 90 %.
fn score(p: &dyn Predictor, panel: &Series, origin: Year, gap: i32) -> (f64, f64) {
    let known: Series = panel
        .iter()
        .map(|(k, s)| (*k, s.iter().copied().filter(|r| r.0 <= origin).collect()))
        .collect();
    let truth: BTreeMap<Key, f64> = panel
        .iter()
        .filter_map(|(k, s)| {
            let at = s.binary_search_by_key(&(origin + gap), |r| r.0).ok()?;
            Some((*k, s[at].1))
        })
        .collect();
    let wanted: Vec<Wanted> = truth
        .keys()
        .map(|k| Wanted {
            key: *k,
            target: origin + gap,
        })
        .collect();
    let at = Origin {
        year: origin,
        atlas: atlas(),
    };
    let said = p.predict(at, &known, &wanted).expect("forecasts");
    let n = wanted.len() as f64;
    let (mut crps, mut inside) = (0.0, 0.0);
    for (w, f) in wanted.iter().zip(said) {
        let (y, f) = (truth[&w.key], f.expect("a forecast"));
        crps += f.crps(y) / n;
        inside += f64::from(u8::from((f.pit(y) - 0.5).abs() <= 0.45)) / n;
    }
    (crps, inside)
}

#[test]
fn coverage_of_baselines_on_processes_they_describe() {
    // 400 series: four standard errors of a share of .9 are .06; errors shared by nothing.
    let walk = simulated(1, 400, 30, 1.0);
    let steady = simulated(2, 400, 30, 0.5);
    for gap in [1, 5] {
        let origin = Year(2029 - gap);
        let (_, inside) = score(&random_walk(), &walk, origin, gap);
        assert!((0.84..=0.96).contains(&inside), "walk {gap}: {inside}");
        let (loss, inside) = score(&autoregression(), &steady, origin, gap);
        assert!(
            (0.84..=0.96).contains(&inside),
            "autoregression {gap}: {inside}"
        );
        let (walked, _) = score(&random_walk(), &steady, origin, gap);
        assert!(loss < 0.95 * walked, "{gap}: {loss} against {walked}");
        let (own, _) = score(&random_walk(), &walk, origin, gap);
        let (smooth, _) = score(&exponential_mean(), &walk, origin, gap);
        assert!(
            (smooth / own - 1.0).abs() < 0.02,
            "{gap}: {smooth} against {own}"
        );
    }
    // The CRPS of the right normal with unit variance is 1/√π on average (Gneiting & Raftery 2007).
    let (loss, _) = score(&random_walk(), &walk, Year(2028), 1);
    assert!(
        (loss - 1.0 / std::f64::consts::PI.sqrt()).abs() < 0.06,
        "{loss}"
    );
}

#[test]
fn prop_series_with_larger_errors_get_wider_forecasts() {
    let mut panel = simulated(3, 60, 30, 1.0);
    for (k, s) in &mut panel {
        if k.entity < Some(StateId(10)) {
            s.iter_mut().for_each(|r| r.1 *= 5.0);
        }
    }
    let wanted: Vec<Wanted> = panel
        .keys()
        .map(|k| Wanted {
            key: *k,
            target: Year(2032),
        })
        .collect();
    let at = Origin {
        year: Year(2029),
        atlas: atlas(),
    };
    let said = random_walk()
        .predict(at, &panel, &wanted)
        .expect("forecasts");
    let sd = |k: usize| said[k].as_ref().expect("a forecast").sd();
    // Twenty-odd own errors against five of the panel: the ratio of five is mostly seen.
    let (wide, narrow) = (
        (0..10).map(sd).sum::<f64>() / 10.0,
        (10..60).map(sd).sum::<f64>() / 50.0,
    );
    assert!(
        (2.5..5.5).contains(&(wide / narrow)),
        "{wide} against {narrow}"
    );
}

#[test]
fn prop_a_shared_shock_moves_those_not_yet_seen() {
    // All series of a partner share their shocks; half of them are last seen two years early.
    let s = Stream::new(9, 0);
    let panel: Series = (0..80u16)
        .map(|k| {
            let mut y = 0.0;
            let values = (0..30u32)
                .map(|t| {
                    y +=
                        s.normal(0, u32::from(k % 4), t, 1) + 0.2 * s.normal(1, u32::from(k), t, 0);
                    (Year(1990 + t as i32), y)
                })
                .filter(|r| k % 8 < 4 || r.0 <= Year(2017) || r.0 == Year(2019))
                .collect();
            (key(k, 600 + k % 4), values)
        })
        .collect();
    let mut known = panel.clone();
    for (k, s) in &mut known {
        let late = k.entity.is_some_and(|e| e.0 % 8 >= 4);
        s.retain(|r| r.0 <= if late { Year(2016) } else { Year(2018) });
    }
    let wanted: Vec<Wanted> = panel
        .keys()
        .filter(|k| k.entity.is_some_and(|e| e.0 % 8 >= 4))
        .map(|k| Wanted {
            key: *k,
            target: Year(2019),
        })
        .collect();
    let at = Origin {
        year: Year(2018),
        atlas: atlas(),
    };
    let loss = |p: &dyn Predictor| -> f64 {
        let said = p.predict(at, &known, &wanted).expect("forecasts");
        wanted
            .iter()
            .zip(said)
            .map(|(w, f)| {
                let last = panel[&w.key].last().expect("values").1;
                f.expect("a forecast").crps(last)
            })
            .sum()
    };
    let (shared, walk) = (loss(&shared_shock()), loss(&random_walk()));
    assert!(shared < 0.9 * walk, "{shared} against {walk}");
}

// ------------------------------------------------------------------------------------------ ties

#[test]
fn ref_hazard_within_years() {
    assert!((within(0.1, 1) - 0.1).abs() < 1e-15);
    assert!((within(0.1, 3) - (1.0 - 0.9f64.powi(3))).abs() < 1e-15);
    assert_eq!(within(0.0, 5), 0.0);
}

#[test]
fn prop_the_record_of_a_layer_counts_what_the_outcomes_say() {
    let layers: Vec<TieLayer> = rolling::tie_tasks().iter().map(|t| t.layer).collect();
    for mut layer in layers {
        let to = layer.last_target.min(Year(2008));
        layer.record_from = to - 4;
        for (year, at_risk, changes) in layer.record(atlas(), to).expect("a record") {
            let pairs = layer.at_risk(atlas(), year - 1).expect("pairs");
            let became = layer
                .outcomes(atlas(), &pairs, year - 1, year)
                .expect("outcomes");
            let known: Vec<bool> = became.into_iter().flatten().collect();
            let changed = known.iter().filter(|c| **c).count();
            assert_eq!(
                (known.len(), changed),
                (at_risk, changes),
                "{} {year}",
                layer.id
            );
        }
    }
}
