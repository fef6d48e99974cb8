//! `realign trust`: paths, rankings, pictures, and what is said where data are missing.

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

fn out(args: &[&str]) -> String {
    let o = realign(args);
    assert!(o.status.success(), "{}", String::from_utf8_lossy(&o.stderr));
    String::from_utf8_lossy(&o.stdout).into_owned()
}

fn refused(args: &[&str]) -> String {
    let o = realign(args);
    assert!(!o.status.success());
    String::from_utf8_lossy(&o.stderr).into_owned()
}

#[test]
fn prop_a_path_says_what_moved_it_and_the_parts_sum() {
    let v: Value = serde_json::from_str(&out(&["trust", "CAN", "USA", "--json"])).expect("JSON");
    let path = v["path"].as_array().expect("a path");
    assert_eq!(path.first().expect("years")["year"], 1980);
    // Of 2024 two months of tone are known and no vote: it is no year of the path.
    assert_eq!(path.last().expect("years")["year"], 2023);
    let mut last = 0.0;
    for p in path {
        let get = |k: &str| p[k].as_f64().expect(k);
        let parts: f64 = ["own", "through_reputation"]
            .iter()
            .flat_map(|k| p[*k].as_object().expect("by source").values())
            .map(|x| x.as_f64().expect("a number"))
            .sum();
        assert!((get("filtered") - last - get("fading") - parts).abs() < 1e-9);
        assert!(get("filtered_sd") > 0.0 && get("smoothed_sd") <= get("filtered_sd") * 1.01);
        last = get("filtered");
    }
    let text = out(&["trust", "CAN", "USA"]);
    assert!(
        text.contains("stands at") && text.contains("not a forecast"),
        "{text}"
    );
    assert!(text.contains("votes end in 2023"), "{text}");
}

#[test]
fn regress_allies_stand_above_rivals() {
    let v: Value =
        serde_json::from_str(&out(&["trust", "--toward", "USA", "--json"])).expect("JSON");
    let states = v["states"].as_array().expect("a ranking");
    let rank = |c: &str| states.iter().position(|s| s["state"] == c).expect("ranked");
    assert!(states.len() > 180);
    for ally in ["ISR", "GBR", "JPN", "POL"] {
        for rival in ["IRN", "RUS", "PRK", "SYR"] {
            assert!(rank(ally) < rank(rival), "{ally} {rival}");
        }
    }
}

#[test]
fn prop_an_earlier_date_does_not_see_later_years() {
    let v: Value =
        serde_json::from_str(&out(&["trust", "DEU", "USA", "--as-of", "2010", "--json"]))
            .expect("JSON");
    let last = v["path"].as_array().expect("a path").last().expect("years")["year"].as_i64();
    assert!(last.expect("a year") <= 2010);
}

#[test]
fn regress_new_states_and_missing_sources_are_said() {
    let text = out(&["trust", "SSD", "USA"]);
    assert!(text.contains("enter the record in 2011"), "{text}");
    assert!(
        text.contains("polls: never observed for this pair"),
        "{text}"
    );
    assert!(text.contains("No poll asked the public"), "{text}");
    let text = out(&["trust", "TWN", "USA"]);
    assert!(
        text.contains("votes: never observed for this pair"),
        "{text}"
    );
}

#[test]
fn regress_bad_input_is_refused_with_a_way_out() {
    assert!(refused(&["trust", "CAN", "CAN"]).contains("in itself is not defined"));
    assert!(refused(&["trust", "CANADA", "USA"]).contains("unknown state"));
    assert!(refused(&["trust", "HKG", "USA"]).contains("no foreign relations"));
    assert!(refused(&["trust"]).contains("realign trust CAN USA"));
    assert!(refused(&["trust", "CAN"]).contains("required"));
    assert!(refused(&["trust", "CAN", "USA", "--as-of", "1970"]).contains("later --as-of"));
}

#[test]
fn prop_the_picture_is_whole() {
    let dir = tempfile::tempdir().expect("a directory");
    let file = dir.path().join("path.svg");
    out(&["trust", "CAN", "USA", "-o", file.to_str().expect("a name")]);
    let svg = std::fs::read_to_string(&file).expect("written");
    assert!(svg.starts_with("<svg") && svg.trim_end().ends_with("</svg>"));
    assert!(svg.contains("polygon") && svg.contains("Canada") && !svg.contains("NaN"));
}

#[test]
fn regress_the_spiral_number_stands_beside_its_prior() {
    let v: Value = serde_json::from_str(&out(&["trust", "--spiral", "--json"])).expect("JSON");
    let get = |k: &str| v[k].as_f64().expect(k);
    assert!((get("loop_gain") * get("gain_margin") - 1.0).abs() < 1e-9);
    assert!(v["prior"]["chance_above_one"].as_f64().expect("a chance") > 0.0);
    assert_eq!(v["spiral_claimed"], get("odds_ratio") >= 10.0);
    let text = out(&["trust", "--spiral"]);
    assert!(
        text.contains("before the data") && text.contains("whose souring matters"),
        "{text}"
    );
}

#[test]
fn prop_consistency_gives_advice_for_every_source() {
    let text = out(&["trust", "--consistency"]);
    for source in ["votes:", "polls:", "events:", "tone:"] {
        assert!(text.contains(source), "{text}");
    }
}
