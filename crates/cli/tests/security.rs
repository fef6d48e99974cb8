//! `realign security` and `realign architectures` with the binary that people run.

use std::process::Output;

use assert_cmd::Command;
use serde_json::Value;

fn realign(args: &[&str]) -> Output {
    Command::cargo_bin("realign")
        .expect("the binary is built")
        .args(args)
        .output()
        .expect("it runs")
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

fn json(args: &[&str]) -> Value {
    let out = realign(args);
    assert!(out.status.success(), "{}", text(&out.stderr));
    serde_json::from_slice(&out.stdout).expect("JSON")
}

fn middle(v: &Value) -> f64 {
    v["q50"].as_f64().expect("a number")
}

#[test]
fn prop_one_state_with_and_without_its_guarantor() {
    let args = [
        "security",
        "KOR",
        "--without",
        "USA",
        "--draws",
        "12",
        "--json",
    ];
    let all = json(&args);
    let (now, gone) = (&all["as_observed"], &all["without"]);
    assert_eq!(now["state"], "KOR");
    assert_eq!(gone["without"], "USA");
    assert!(middle(&gone["help_pct_of_world"]) < middle(&now["help_pct_of_world"]));
    assert!(middle(&gone["vulnerability"]) >= middle(&now["vulnerability"]));
    assert!(middle(&gone["hedging_hazard_ratio"]) > 1.0);
    let foes = now["foes"].as_array().expect("a list");
    assert!(foes.iter().any(|f| f["state"] == "PRK"), "{foes:?}");
    assert_eq!(all, json(&args), "the same draws give the same numbers");
    let out = realign(&["security", "kor", "--draws", "4"]);
    let page = text(&out.stdout);
    assert!(
        page.contains("Fatal") || page.contains("fatal dispute"),
        "{page}"
    );
    assert!(page.contains("base rate"), "{page}");
}

#[test]
fn prop_what_cannot_be_shown_is_refused_by_name() {
    for (args, says) in [
        (vec!["security", "GERMANY"], "unknown state"),
        (
            vec!["security", "DEU", "--year", "1900"],
            "outside of the record",
        ),
        (
            vec!["security", "DEU", "--without", "DEU"],
            "no guarantor of itself",
        ),
        (
            vec!["security", "DEU", "--without", "CHN", "--draws", "2"],
            "no pact with",
        ),
        (
            vec!["architectures", "--region", "Atlantis", "--draws", "1"],
            "no bloc or region",
        ),
        (
            vec!["architectures", "--members", "DEU,XXX", "--draws", "1"],
            "unknown state",
        ),
        (
            vec!["architectures", "--members", "DEU", "--draws", "1"],
            "fewer than two",
        ),
        (vec!["architectures", "--budget", "0"], "count from 1"),
    ] {
        let out = realign(&args);
        assert!(!out.status.success(), "{args:?}");
        assert!(
            text(&out.stderr).contains(says),
            "{args:?}: {}",
            text(&out.stderr)
        );
    }
}

#[test]
fn prop_architectures_and_their_picture() {
    let dir = tempfile::tempdir().expect("a directory");
    let svg = dir.path().join("front.svg");
    let place = svg.display().to_string();
    let args = [
        "architectures",
        "--region",
        "NATO",
        "--budget",
        "2",
        "--draws",
        "6",
        "--searches",
        "1",
        "--restarts",
        "0",
        "--json",
        "-o",
        &place,
    ];
    let all = json(&args);
    let front = all["front"].as_array().expect("a list");
    assert_eq!(front[0]["number_of_treaties"], 0);
    let mut last = f64::INFINITY;
    for a in front {
        let v = middle(&a["vulnerable_gdp_share"]);
        assert!((0.0..=1.0).contains(&v));
        last = last.min(v);
        assert!(a["number_of_treaties"].as_u64().expect("a count") <= 2);
    }
    assert!(last <= middle(&all["vulnerable_gdp_share_without_hegemon"]));
    let picture = std::fs::read_to_string(&svg).expect("written");
    assert!(picture.starts_with("<svg") && picture.trim_end().ends_with("</svg>"));
    assert_eq!(picture.matches("<circle").count(), front.len());
}
