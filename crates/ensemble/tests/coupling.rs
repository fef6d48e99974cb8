//! What must hold of the coupled model whatever its parameters (model page, section 8).

use realign_atlas::Atlas;
use realign_ensemble::run::{Plan, run};
use realign_ensemble::{Arm, EnsembleError, Results, Shock};
use realign_model::channels::Channels;
use realign_model::model::Model;
use realign_model::params::Params;
use realign_scenario::{Scenario, Vocabulary};

const DRAWS: usize = 8;

/// The confirmed scenario to 2027, with its first `events` acts.
fn model(events: usize) -> Model {
    let atlas = Atlas::embedded().expect("the embedded atlas opens");
    let names = Vocabulary::from_atlas(&atlas).expect("names");
    let text = include_bytes!("../../../scenarios/us-alliance-trust.toml");
    let mut scenario = Scenario::parse("us-alliance-trust.toml", text, &names).expect("scenario");
    scenario.horizon = 2027;
    scenario.events.truncate(events);
    let resolved = scenario.resolve(&atlas).expect("resolves");
    Model::new(&atlas, &resolved, Params::embedded().expect("params")).expect("model")
}

fn arm(id: &str, shock: Shock, channels: Channels) -> Arm {
    Arm {
        id: id.to_owned(),
        label: id.to_owned(),
        shock,
        channels,
    }
}

fn paths(model: &Model, arms: Vec<Arm>) -> Results {
    let plan = Plan {
        seed: 7,
        draws: DRAWS,
        chance_draws: 1,
        arms,
        held: Vec::new(),
        last_year_only: false,
        acts_only_draws: DRAWS,
    };
    run(model, &plan, &|_, _| true).expect("runs")
}

/// Bits of every value of an arm.
fn bits(results: &Results, arm: usize) -> Vec<u64> {
    let mut out = Vec::new();
    for (k, state) in results.cells() {
        for year in 0..results.years().len() {
            out.extend(
                results
                    .sample(arm, k, state, year)
                    .iter()
                    .map(|v| v.to_bits()),
            );
        }
    }
    out
}

#[test]
fn prop_zero_shock_gives_exactly_zero() {
    // One act, left out: nothing is left, and the arm must be the quiet one bit for bit.
    let m = model(1);
    let r = paths(&m, vec![arm("none", Shock::Without(0), Channels::ALL)]);
    assert!(r.failures().is_empty(), "{:?}", r.failures());
    assert_eq!(bits(&r, 0), bits(&r, 1));
}

#[test]
fn prop_acts_without_channels_move_trust_and_nothing_else() {
    // Acts by themselves cut, links from trust to outcomes cut: only trust may move.
    let m = model(6);
    let open = Channels::ALL
        .without(Channels::ACTS)
        .without(Channels::DISTRUST);
    let r = paths(&m, vec![arm("cut", Shock::All, open), Arm::shock()]);
    let last = r.years().len() - 1;
    let mut trust_moves = 0;
    for (k, state) in r.cells() {
        let id = &r.layout().indicators()[k].id;
        let differs = |a: usize| {
            r.sample(a, k, state, last)
                .iter()
                .zip(r.sample(0, k, state, last))
                .any(|(x, y)| x.to_bits() != y.to_bits() && !(x.is_nan() && y.is_nan()))
        };
        if id.starts_with("trust.") {
            trust_moves += usize::from(differs(1));
        } else {
            assert!(!differs(1), "{id} moves without a channel");
        }
    }
    assert!(trust_moves > 30, "trust moves for {trust_moves} cells only");
    // And with all channels open outcomes do move.
    for id in [
        "trade.targets_hegemon_share",
        "arms.targets_hegemon_order_share",
    ] {
        let k = r.indicator(id).expect("known");
        let effect = r.difference((2, 0), k, None, last);
        assert!(effect.iter().all(|e| *e < 0.0), "{id}: {effect:?}");
    }
}

#[test]
fn prop_what_acts_do_and_what_distrust_adds_are_the_whole() {
    let m = model(6);
    let r = paths(&m, vec![Arm::shock(), Arm::acts_only()]);
    let k = r.indicator("trade.targets_hegemon_share").expect("known");
    let last = r.years().len() - 1;
    let whole = r.difference((1, 0), k, None, last);
    let acts = r.difference((2, 0), k, None, last);
    let distrust = r.difference((1, 2), k, None, last);
    for ((w, a), d) in whole.iter().zip(acts).zip(distrust) {
        assert!((w - a - d).abs() < 1e-6, "{w} is not {a} + {d}");
    }
    // Trust itself does not depend on the links to outcomes.
    let t = r
        .indicator("trust.targets_in_hegemon_change")
        .expect("known");
    assert_eq!(r.sample(1, t, None, last), r.sample(2, t, None, last));
}

#[test]
fn prop_draws_do_not_depend_on_how_many_there_are() {
    let m = model(6);
    let few = paths(&m, vec![Arm::shock()]);
    let plan = Plan {
        seed: 7,
        draws: DRAWS + 3,
        chance_draws: 1,
        arms: vec![Arm::shock()],
        held: Vec::new(),
        last_year_only: false,
        acts_only_draws: 0,
    };
    let more = run(&m, &plan, &|_, _| true).expect("runs");
    for (k, state) in few.cells() {
        let a = few.sample(1, k, state, few.years().len() - 1);
        let b = more.sample(1, k, state, more.years().len() - 1);
        assert!(a.iter().zip(&b).all(|(x, y)| x.to_bits() == y.to_bits()));
    }
}

#[test]
fn prop_a_stopped_run_says_so_and_few_draws_are_refused() {
    let m = model(1);
    let plan = |draws| Plan {
        seed: 1,
        draws,
        chance_draws: 1,
        arms: vec![Arm::shock()],
        held: Vec::new(),
        last_year_only: true,
        acts_only_draws: 0,
    };
    assert!(matches!(
        run(&m, &plan(8), &|_, _| false),
        Err(EnsembleError::Stopped { .. })
    ));
    assert!(matches!(
        run(&m, &plan(1), &|_, _| true),
        Err(EnsembleError::TooFewDraws { draws: 1, .. })
    ));
}

#[test]
fn prop_every_parameter_has_source_unit_and_rationale() {
    let params = Params::embedded().expect("params");
    for (id, p, q) in params.iter() {
        for (what, text) in [
            ("label", &p.label),
            ("unit", &p.unit),
            ("source", &p.source),
            ("rationale", &p.rationale),
        ] {
            assert!(!text.trim().is_empty(), "{id} has no {what}");
        }
        if let Some(q) = q {
            assert!(
                q.sd >= 0.0 && !q.source.is_empty() && q.observations > 0,
                "posterior of {id}"
            );
        }
        let (low, high) = (p.prior.quantile(0.05), p.prior.quantile(0.95));
        assert!(
            low.is_finite() && high.is_finite() && low <= high,
            "prior of {id}"
        );
    }
}
