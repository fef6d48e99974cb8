//! Episodes: reading, running, the leakage guard, placebos, falsifiers.

use std::sync::OnceLock;

use realign_atlas::{Atlas, Year};
use realign_history::episodes::{
    Episode, Options, PlaceboOptions, Sign, Verdict, csv, embedded, markdown, placebos, run,
};
use realign_history::falsifiers::{self, falsifiers};
use realign_model::model::Model;
use realign_model::params::Params;
use realign_scenario::{Scenario, ScenarioError, Vocabulary};

fn atlas() -> &'static Atlas {
    static ATLAS: OnceLock<Atlas> = OnceLock::new();
    ATLAS.get_or_init(|| Atlas::embedded().unwrap())
}

const SMALL: &str = r#"
title = "A quarrel"
hegemon = "USA"
origin = 1984
start = 1985
horizon = 1988

[[known]]
fact = "Something was known."
source = "A source"

[[event]]
type = "S04"
actor = "USA"
targets = ["NZL"]
year = 1985
magnitude = 0.5

[[observable]]
quantity = "goods_exports"
entity = "NZL"
partner = ["USA", "AUS"]
horizons = [1, 2]
sign = "down"

[[observable]]
quantity = "ideal_point_distance"
entity = "NZL"
partner = "USA"
years = [1987]

[[observable]]
quantity = "troops"
entity = "USA"
partner = "AUS"
"#;

fn quick(draws: usize) -> Options {
    Options {
        draws,
        seed: 3,
        guard: true,
    }
}

fn problems(text: &str) -> Vec<(usize, String, String)> {
    match Episode::parse("backtests/small.toml", text.as_bytes(), atlas()) {
        Err(ScenarioError::Invalid { file, problems }) => {
            assert_eq!(file, "backtests/small.toml");
            let all = problems.into_iter();
            all.map(|p| (p.line, p.message, p.hint)).collect()
        }
        other => panic!("{other:?}"),
    }
}

#[test]
fn prop_an_episode_is_read_as_written() {
    let e = Episode::parse("backtests/small.toml", SMALL.as_bytes(), atlas()).unwrap();
    assert_eq!((e.name.as_str(), e.origin), ("small", Year(1984)));
    assert_eq!(e.observables.len(), 4);
    assert_eq!(e.observables[0].years, [Year(1985), Year(1986)]);
    assert_eq!(e.observables[0].sign, Some(Sign::Down));
    // Without years: one, three and five ahead as far as the scenario reaches.
    assert_eq!(e.observables[3].years, [Year(1985), Year(1987)]);
    assert_eq!(e.known[0].source, "A source");
}

#[test]
fn prop_errors_name_line_and_remedy() {
    for (wrong, right, line, message, hint) in [
        (
            "origin = 1983",
            "origin = 1984",
            4,
            "origin 1983",
            "write origin = 1984",
        ),
        (
            "quantity = \"good_exports\"",
            "quantity = \"goods_exports\"",
            20,
            "unknown quantity `good_exports`",
            "did you mean `goods_exports`?",
        ),
        (
            "years = [1990]",
            "years = [1987]",
            30,
            "1990 is not among",
            "move its horizon",
        ),
        (
            "sign = \"lower\"",
            "sign = \"down\"",
            24,
            "`lower` is no direction",
            "\"down\"",
        ),
        (
            "entity = \"NZZ\"\npartner = \"USA\"",
            "entity = \"NZL\"\npartner = \"USA\"",
            28,
            "no state, bloc or group `NZZ`",
            "NZL",
        ),
        (
            "facts = \"S",
            "fact = \"S",
            9,
            "unknown key `facts`",
            "did you mean `fact`?",
        ),
        (
            "typ = \"S04\"",
            "type = \"S04\"",
            13,
            "unknown key `typ`",
            "type",
        ),
    ] {
        assert!(SMALL.contains(right), "{right}");
        let found = problems(&SMALL.replace(right, wrong));
        assert!(
            found
                .iter()
                .any(|p| p.0 == line && p.1.contains(message) && p.2.contains(hint)),
            "{wrong}: {found:?}"
        );
    }
    // Several problems are reported together, in the order of the file.
    let two = SMALL
        .replace("magnitude = 0.5", "magnitude = 5.0")
        .replace("years = [1987]", "years = 1987");
    let found = problems(&two);
    assert!(
        !found.is_empty() && found.windows(2).all(|w| w[0].0 <= w[1].0),
        "{found:?}"
    );
    // An observable of a pair without a partner, and none at all.
    let found = problems(&SMALL.replace("partner = \"AUS\"\n", ""));
    assert!(found[0].1.contains("`partner` is missing"), "{found:?}");
    let cut = SMALL.split("[[observable]]").next().unwrap();
    assert!(problems(cut)[0].1.contains("`observable` is missing"));
}

#[test]
fn prop_embedded_episodes_are_right_and_sourced() {
    let all = embedded(atlas()).unwrap();
    assert!(all.len() >= 7);
    assert!(all.windows(2).all(|w| w[0].origin <= w[1].origin));
    for e in &all {
        assert!(
            !e.known.is_empty() && !e.scenario.events.is_empty(),
            "{}",
            e.name
        );
        assert!(e.observables.len() >= 5, "{}", e.name);
        // Only the shock is given: it begins after the origin.
        let later = e.scenario.events.iter().all(|x| x.year > e.origin.0);
        assert!(later, "{}", e.name);
    }
}

#[test]
fn prop_guard_holds_and_nothing_is_dropped() {
    let e = Episode::parse("small.toml", SMALL.as_bytes(), atlas()).unwrap();
    let r = run(atlas(), &e, &quick(8), &|_, _| true).unwrap();
    assert_eq!(r.guard_held, Some(true));
    assert_eq!(r.rows.len(), 7);
    assert_eq!(r.failed_paths, 0);
    let blocked = &r.rows[0];
    // Half of the trade is blocked by the act itself.
    let effect = blocked.effect.unwrap();
    assert!(
        effect.median < -0.4 && (effect.same_sign - 1.0).abs() < 1e-12,
        "{effect:?}"
    );
    assert!(blocked.known.unwrap().0 == 1982 && blocked.observed.is_some());
    assert!(blocked.gap.is_some() && blocked.crps.is_some());
    let silent: Vec<_> = r.rows.iter().filter(|r| r.quantity == "troops").collect();
    assert_eq!(silent.len(), 2);
    for s in silent {
        assert_eq!(s.verdict, Verdict::NoAnswer);
        let why = s.no_answer.as_ref().unwrap();
        assert!(why.contains("does not represent"));
        assert!(s.observed.is_some());
    }
    // The same bytes again, and everything in the texts.
    let again = run(atlas(), &e, &quick(8), &|_, _| true).unwrap();
    let json = |r| serde_json::to_string(r).unwrap();
    assert_eq!(json(&r), json(&again));
    let table = csv(std::slice::from_ref(&r));
    assert_eq!(table.lines().count(), 8);
    let columns = table.lines().next().unwrap().split(',').count();
    assert!(table.lines().all(|l| l.split(',').count() == columns));
    assert!(markdown(&[r], None).contains("no answer: the model does not represent"));
}

#[test]
fn prop_without_acts_both_arms_are_equal() {
    let start = SMALL.find("[[event]]").unwrap();
    let end = SMALL.find("[[observable]]").unwrap();
    let quiet = format!("{}{}", &SMALL[..start], &SMALL[end..]);
    let e = Episode::parse("quiet.toml", quiet.as_bytes(), atlas()).unwrap();
    let r = run(atlas(), &e, &quick(6), &|_, _| true).unwrap();
    for row in &r.rows {
        assert_eq!(row.quiet, row.shock, "{row:?}");
        if let Some(e) = row.effect {
            assert!(
                [e.median, e.q05, e.q95].iter().all(|v| v.abs() == 0.0),
                "{row:?}"
            );
            assert_eq!(row.verdict, Verdict::Silent);
        }
    }
}

#[test]
fn prop_a_caller_can_stop() {
    let e = Episode::parse("small.toml", SMALL.as_bytes(), atlas()).unwrap();
    let stopped = run(atlas(), &e, &quick(8), &|done, _| done < 3);
    assert!(matches!(
        stopped,
        Err(realign_history::HistoryError::Stopped)
    ));
}

#[test]
fn prop_placebos_depend_on_their_seed_only() {
    let options = PlaceboOptions {
        shocks: 6,
        origins: vec![Year(1983), Year(1988)],
        horizon: 2,
        draws: 4,
        seed: 5,
    };
    let one = placebos(atlas(), &options, &|_, _| true).unwrap();
    let two = placebos(atlas(), &options, &|_, _| true).unwrap();
    assert_eq!(one, two);
    assert_eq!(one.shocks, 6);
    assert!(one.rows.len() > 6 && one.rows.iter().all(|r| r.half_band > 0.0));
    let third = PlaceboOptions { seed: 6, ..options };
    assert_ne!(one, placebos(atlas(), &third, &|_, _| true).unwrap());
}

#[test]
fn prop_parameters_know_nothing_later() {
    let then = atlas().as_of(Year(1984));
    let known = Params::as_known_at(&then).unwrap();
    let kept = |id: &str| known.kept.iter().any(|k| k.id == id);
    assert!(kept("trade.agreement_intercept"));
    assert!(known.kept.iter().all(|k| !k.reason.is_empty()));
    assert!(
        known
            .estimated
            .iter()
            .any(|id| id == "security.pact_formation_base")
    );
    let shuffled = atlas().with_shuffled_future(Year(1984), 9).unwrap();
    let again = Params::as_known_at(&shuffled.as_of(Year(1984))).unwrap();
    assert_eq!(known.params.centre(), again.params.centre());
    // Today's posteriors are others.
    assert_ne!(known.params.centre(), Params::embedded().unwrap().centre());
}

#[test]
fn coverage_the_model_starts_at_every_origin_since_1962() {
    let names = Vocabulary::from_atlas(atlas()).unwrap();
    let model = |origin: i32| {
        let then = atlas().as_of(Year(origin));
        let text = format!(
            "title = \"t\"\nhegemon = \"USA\"\nstart = {}\nhorizon = {}\n",
            origin + 1,
            origin + 2
        );
        let scenario = Scenario::parse("t", text.as_bytes(), &names).unwrap();
        let resolved = scenario.resolve(&then).unwrap();
        Model::new(&then, &resolved, Params::priors().unwrap())
    };
    for origin in [1962, 1971, 1980, 1989, 1998, 2007, 2013, 2014, 2015, 2022] {
        let m = model(origin).unwrap();
        assert!(m.fixed().trade.members.len() >= 80, "{origin}");
    }
    // Before there is GDP the reason is told.
    let refused = model(1957).unwrap_err().to_string();
    assert!(refused.contains("no sales at home"), "{refused}");
}

#[test]
fn prop_falsifiers_are_complete_and_say_why() {
    let all = falsifiers(atlas(), None, &[], None).unwrap();
    let ids: Vec<String> = (1..=13).map(|k| format!("F{k}")).collect();
    assert_eq!(all.iter().map(|f| f.id.to_owned()).collect::<Vec<_>>(), ids);
    assert!(all.iter().all(|f| f.evidence.len() > 10));
    // Nothing was run, so only what the estimates alone decide is decided.
    let decided: Vec<&str> = all
        .iter()
        .filter(|f| f.verdict != falsifiers::Verdict::NotYetTestable)
        .map(|f| f.id)
        .collect();
    assert_eq!(decided, ["F9", "F13"]);
    let text = falsifiers::markdown(&all);
    assert!(text.contains("| F13 |") && text.contains("11 not yet testable"));
}
