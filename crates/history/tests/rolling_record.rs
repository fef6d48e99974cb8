//! The record: verdicts by the fixed rule, and what is written from them.

use realign_history::record::{DOMAINS, Record};
use realign_history::rolling::{Comparison, Role, Score, Scores, Verdict, guard};

fn comparison(skill: f64, half: f64, p: f64, years: usize) -> Comparison {
    Comparison {
        opponent: "random_walk".to_owned(),
        forecasts: 100,
        target_years: years,
        skill,
        skill_low: skill - half,
        skill_high: skill + half,
        dm_statistic: Some(-skill.signum() * 2.0),
        dm_p: Some(p),
        log_gain: 0.0,
        log_gain_se: 1.0,
        square_skill: 0.0,
    }
}

#[test]
fn ref_verdicts_by_the_rule_of_the_documentation() {
    use Verdict::{Better, ClearlyBetter, NoBetter, NotScored, SlightlyBetter, Worse};
    for (skill, half, p, years, want) in [
        (0.12, 0.05, 0.01, 20, ClearlyBetter),
        (0.05, 0.04, 0.01, 20, Better),
        // Both tests, but little.
        (0.01, 0.005, 0.01, 20, SlightlyBetter),
        // One test only, however large.
        (0.30, 0.40, 0.01, 20, SlightlyBetter),
        (0.30, 0.10, 0.20, 20, SlightlyBetter),
        (0.30, 0.40, 0.20, 20, NoBetter),
        (-0.05, 0.10, 0.01, 20, NoBetter),
        (-0.05, 0.01, 0.20, 20, NoBetter),
        (-0.05, 0.01, 0.01, 20, Worse),
        (0.0, 0.0, 1.0, 20, NoBetter),
        (0.50, 0.01, 0.001, 5, NotScored),
    ] {
        let c = comparison(skill, half, p, years);
        assert_eq!(c.verdict(), want, "{c:?}");
    }
    // An interval that is unknown confirms nothing.
    let mut c = comparison(0.2, f64::NAN, 0.01, 20);
    assert_eq!(c.verdict(), SlightlyBetter);
    c.dm_p = None;
    assert_eq!(c.verdict(), NoBetter);
}

fn score(domain: &str, horizon: i32, role: Role, against: Option<Comparison>) -> Score {
    let predictor = match role {
        Role::Reference => "random_walk",
        Role::Model => "model",
        _ => "other",
    };
    Score {
        domain: domain.to_owned(),
        quantity: format!("{domain}_panel"),
        title: format!("panel of {domain}"),
        unit: "unit".to_owned(),
        ties: false,
        series: (10, 10),
        horizon,
        span_years: f64::from(horizon) + 1.0,
        predictor: predictor.to_owned(),
        role,
        wanted: 100,
        forecasts: 100,
        events: 0,
        targets: (2000, 2019),
        target_years: 20,
        loss: 0.5,
        log_score: -1.0,
        interval_score: Some(2.0),
        coverage: Some([0.5, 0.8, 0.9]),
        pit: Some([0.1; 10]),
        pit_distance: Some(0.0),
        theil_u: Some(1.0),
        brier: None,
        average_precision: None,
        verdict: against
            .as_ref()
            .map_or(Verdict::NotScored, Comparison::verdict),
        against_without_trust: (role == Role::Model).then(|| Comparison {
            log_gain: if domain == "arms" { 5.0 } else { -5.0 },
            ..comparison(0.0, 0.1, 0.5, 20)
        }),
        against_reference: against,
    }
}

fn scores() -> Scores {
    let mut rows = Vec::new();
    for (domain, skills) in [("arms", [0.15, 0.14, 0.0]), ("trust", [0.0, -0.01, 0.0])] {
        for (horizon, skill) in [1, 3, 5].into_iter().zip(skills) {
            rows.push(score(domain, horizon, Role::Reference, None));
            let c = comparison(skill, 0.04, if skill > 0.1 { 0.01 } else { 0.6 }, 20);
            rows.push(score(domain, horizon, Role::Model, Some(c)));
        }
    }
    Scores {
        rows,
        guards: vec![guard::Report {
            quantity: "arms_panel".to_owned(),
            origin: 2010,
            forecasts: 200,
            leaks: Vec::new(),
        }],
    }
}

#[test]
fn prop_blocks_are_judged_by_their_lower_median() {
    let record = Record::of(&scores());
    assert_eq!(record.blocks.len(), DOMAINS.len());
    let block = |d: &str| {
        record
            .blocks
            .iter()
            .find(|b| b.domain == d)
            .expect("a block")
    };
    assert_eq!(block("arms").verdict, Verdict::ClearlyBetter);
    assert_eq!(block("arms").counts, [0, 1, 0, 0, 2]);
    assert_eq!(block("arms").trust, (3, 3, 0));
    assert_eq!(block("trust").verdict, Verdict::NoBetter);
    assert_eq!(block("trust").trust, (3, 0, 3));
    assert_eq!(block("trade").verdict, Verdict::NotScored);
    assert_eq!(record.scores.trust_gain("trust", 3), Some((-5.0, 1.0)));
    assert_eq!(record.scores.trust_gain("trade", 3), None);
}

#[test]
fn prop_the_page_says_who_does_no_better_than_persistence() {
    let record = Record::of(&scores());
    let page = record.markdown();
    assert!(page.contains("**trust: This block does no better than persistence.**"));
    assert!(!page.contains("**arms:"));
    assert!(page.contains("All were the same, bit for bit."));
    let mut leaking = scores();
    leaking.guards[0].leaks.push("model".to_owned());
    let page = Record::of(&leaking).markdown();
    assert!(page.contains("the scores above do not count: arms_panel (model)"));
}

#[derive(serde::Deserialize)]
#[serde(deny_unknown_fields)]
struct Entry {
    domain: String,
    scope: String,
    verdict: String,
    detail: String,
}

#[derive(serde::Deserialize)]
struct Entries {
    record: Vec<Entry>,
}

#[test]
fn prop_the_entries_are_those_that_the_brief_reads() {
    let record = Record::of(&scores());
    let read: Entries = toml::from_str(&record.toml()).expect("valid entries");
    let domains: Vec<&str> = read.record.iter().map(|e| e.domain.as_str()).collect();
    assert_eq!(domains, DOMAINS.map(|d| d.0));
    for e in &read.record {
        assert!(
            !e.scope.is_empty() && e.detail.ends_with('.'),
            "{}",
            e.detail
        );
        let known = [
            "clearly_better",
            "better",
            "slightly_better",
            "no_better",
            "worse",
            "not_scored",
        ];
        assert!(known.contains(&e.verdict.as_str()), "{}", e.verdict);
    }
    let json: serde_json::Value = serde_json::from_str(&record.json()).expect("valid JSON");
    assert_eq!(json["blocks"][3]["verdict"], "clearly_better");
    assert_eq!(json["scores"]["rows"].as_array().map(Vec::len), Some(12));
}
