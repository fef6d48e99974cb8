//! Loaders of trade, arms and finance, and the frozen forecasts.

use realign_atlas::{Atlas, Year};
use realign_history::forecast::{self, Forecasts, Options};
use realign_history::rolling::{Task, guard};
use realign_history::{Key, Origin, Scale, Series, Wanted, quantities};
use realign_model::params::Params;
use realign_scenario::{ResolvedScenario, Scenario, Vocabulary};

fn atlas() -> Atlas {
    Atlas::embedded().expect("the embedded atlas opens")
}

fn scenario(atlas: &Atlas) -> ResolvedScenario {
    let names = Vocabulary::from_atlas(atlas).expect("names");
    let text = include_bytes!("../../../scenarios/us-alliance-trust.toml");
    let scenario = Scenario::parse("us-alliance-trust.toml", text, &names).expect("scenario");
    scenario.resolve(atlas).expect("resolves")
}

fn task(id: &str) -> Task {
    let found = quantities::tasks()
        .into_iter()
        .find(|t| t.quantity.id == id);
    found.unwrap_or_else(|| panic!("no task {id}"))
}

fn load(atlas: &Atlas, id: &str) -> Series {
    (task(id).quantity.load)(atlas).expect("loads")
}

fn pair(atlas: &Atlas, a: &str, b: &str) -> Key {
    Key {
        entity: atlas.states().by_iso3(a),
        partner: atlas.states().by_iso3(b),
        item: None,
    }
}

#[test]
fn prop_panels_have_the_stated_units_and_ascend() {
    let atlas = atlas();
    for task in quantities::tasks() {
        let panel = (task.quantity.load)(&atlas).expect("loads");
        assert!(
            panel.len() >= 8,
            "{}: {} series",
            task.quantity.id,
            panel.len()
        );
        for (key, series) in &panel {
            assert!(series.windows(2).all(|w| w[0].0 < w[1].0), "{key:?}");
            for (_, v) in series {
                let published = task.quantity.scale.back(*v);
                assert!(published.is_finite());
                if task.quantity.unit == "fraction" {
                    assert!((0.0..=1.0).contains(&published), "{}", task.quantity.id);
                }
            }
        }
        let ids: Vec<&str> = task.predictors.iter().map(|p| p.id()).collect();
        assert!(ids.contains(&task.reference) && ids.contains(&task.model));
        assert!(task.without_trust.is_none_or(|t| ids.contains(&t)));
        let mut distinct = ids.clone();
        distinct.sort_unstable();
        distinct.dedup();
        assert_eq!(distinct.len(), ids.len());
    }
}

#[test]
fn ref_published_levels() {
    let atlas = atlas();
    // SIPRI: the United States delivered 43 % of the world's arms exports in 2020-24.
    let exports = load(&atlas, "arms_export_shares");
    let usa = Key {
        entity: atlas.states().by_iso3("USA"),
        partner: None,
        item: None,
    };
    let last = exports[&usa].last().expect("windows");
    assert_eq!(last.0, Year(2024));
    assert!((Scale::Logit.back(last.1) - 0.43).abs() < 0.01);
    // COFER: 71.0 % in dollars at the end of 1999.
    let shares = load(&atlas, "reserve_currency_shares");
    let position = quantities::CURRENCIES.iter().position(|c| c.0 == "USD");
    let dollar = Key {
        entity: None,
        partner: None,
        item: position.map(|p| p as u16),
    };
    let first = shares[&dollar][0];
    assert!((Scale::Logit.back(first.1) - 0.7101).abs() < 0.001);
    // US imports from China in 2014, 473 bn dollars as recorded.
    let imports = load(&atlas, "us_imports_recorded");
    let china = imports[&pair(&atlas, "CHN", "USA")].last().expect("years");
    assert!((china.1.exp() / 473_000.0 - 1.0).abs() < 0.02);
}

#[test]
fn prop_import_shares_of_a_state_sum_to_one() {
    let atlas = atlas();
    let shares = load(&atlas, "arms_import_shares");
    for code in ["POL", "IND", "SAU", "AUS"] {
        let of = atlas.states().by_iso3(code);
        let sum: f64 = shares
            .iter()
            .filter(|s| s.0.partner == of)
            .filter_map(|s| s.1.last())
            .map(|r| r.1)
            .sum();
        assert!((sum - 1.0).abs() < 1e-9, "{code}: {sum}");
    }
}

#[test]
fn prop_no_predictor_sees_a_later_row() {
    let atlas = atlas();
    for task in quantities::tasks() {
        // Late enough for every panel to be forecast.
        let origin = Year(
            if task.quantity.id.starts_with("trade_pairs_r")
                || task.quantity.id.starts_with("us_imports")
            {
                2005
            } else {
                2018
            },
        );
        let panel = (task.quantity.load)(&atlas.as_of(origin)).expect("loads");
        let wanted: Vec<Wanted> = panel
            .keys()
            .step_by(panel.len().div_ceil(60))
            .map(|k| Wanted {
                key: *k,
                target: origin + 1,
            })
            .collect();
        let report = guard::check(&atlas, &task, origin, &wanted, 5).expect("guard");
        assert!(report.holds(), "{}: {:?}", report.quantity, report.leaks);
        // A test that compares nothing would pass too.
        let view = atlas.as_of(origin);
        let at = Origin {
            year: origin,
            atlas: &view,
        };
        let said = task.predictors[0]
            .predict(at, &panel, &wanted)
            .expect("predicts");
        assert!(
            said.iter().flatten().count() * 2 > wanted.len(),
            "{}",
            task.quantity.id
        );
    }
}

const FEW: [&str; 5] = [
    "us_favourability",
    "arms_export_share",
    "us_share_of_arms_imports",
    "dollar_share_of_reserves",
    "us_treasury_holdings",
];

fn few(threads: usize, atlas: &Atlas, scenario: &ResolvedScenario, only: &[&str]) -> Forecasts {
    let options = Options {
        draws: 4,
        most_origins: 4,
        only: only.iter().map(|o| (*o).to_owned()).collect(),
        ..Options::default()
    };
    let params = Params::embedded().expect("params");
    rayon::ThreadPoolBuilder::new()
        .num_threads(threads)
        .build()
        .expect("a pool")
        .install(|| forecast::run_with(atlas, scenario, &params, &options, &|_, _| true))
        .expect("forecasts")
}

#[test]
fn prop_forecasts_are_ordered_bounded_and_the_same_on_any_number_of_threads() {
    let atlas = atlas();
    let scenario = scenario(&atlas);
    let one = few(1, &atlas, &scenario, &FEW);
    let csv = forecast::to_csv(&one.rows);
    // Everything after the vintage is shuffled: not a digit may change, for the acts are given.
    let shuffled = atlas.with_shuffled_future(Year(2024), 3).expect("shuffles");
    let two = few(2, &shuffled, &scenario, &FEW);
    assert_eq!(csv, forecast::to_csv(&two.rows));

    let mut lines = csv.lines();
    assert_eq!(
        lines.next(),
        Some("quantity,entity,partner,period,mean,q05,q25,q50,q75,q95,unit,model,baseline_q50")
    );
    assert!(lines.all(|l| l.split(',').count() == 13));
    for id in FEW {
        assert!(one.rows.iter().any(|r| r.quantity == id), "{id}");
    }
    for r in &one.rows {
        assert!(r.quantiles.windows(2).all(|w| w[0] <= w[1]), "{r:?}");
        assert!(r.quantiles[0] < r.quantiles[4], "{r:?}");
        if r.unit.starts_with("fraction") {
            let inside = |v: &f64| (0.0..=1.0).contains(v);
            assert!(r.quantiles.iter().all(inside) && inside(&r.mean), "{r:?}");
        }
        assert!(!r.model.is_empty() && r.baseline_q50.is_finite());
    }
}

#[test]
fn prop_the_acts_cost_favour_and_no_acts_cost_none() {
    let atlas = atlas();
    let with = scenario(&atlas);
    let mut without = with.clone();
    without.events.clear();
    let only = ["us_favourability"];
    let (acts, quiet) = (
        few(2, &atlas, &with, &only),
        few(2, &atlas, &without, &only),
    );
    let median = |f: &Forecasts, code: &str| {
        let row = f.rows.iter().find(|r| r.entity == code);
        row.expect("a row").quantiles[2]
    };
    for ally in ["CAN", "DNK", "DEU", "JPN", "KOR"] {
        assert!(median(&acts, ally) < median(&quiet, ally) - 0.01, "{ally}");
    }
    // Without acts both arms are the same and the median is the predictor's own, up to the
    // distance between two points of its distribution.
    let poll = |code: &str| median(&quiet, code);
    let baseline = |code: &str| {
        let row = quiet.rows.iter().find(|r| r.entity == code);
        row.expect("a row").baseline_q50
    };
    assert!((poll("CAN") - baseline("CAN")).abs() < 0.1);
}

#[test]
fn prop_a_stop_is_heard() {
    let atlas = atlas();
    let scenario = scenario(&atlas);
    let options = Options {
        draws: 1,
        only: vec!["dollar_share_of_reserves".to_owned()],
        ..Options::default()
    };
    let stopped = forecast::run(&atlas, &scenario, &options, &|_, _| false);
    assert!(stopped.is_err());
}
