//! `realign exposure`, `finance`, `standards`, `layer`: what they answer and what they refuse.

use std::path::{Path, PathBuf};
use std::process::Output;

use assert_cmd::Command;
use serde_json::Value;

fn run_in(dir: &Path, args: &[&str]) -> Output {
    Command::cargo_bin("realign")
        .expect("the binary is built")
        .current_dir(dir)
        .env_remove("REALIGN_LAYERS")
        .args(args)
        .output()
        .expect("it runs")
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

fn json_in(dir: &Path, args: &[&str]) -> Value {
    let out = run_in(dir, args);
    assert!(out.status.success(), "{}", text(&out.stderr));
    serde_json::from_slice(&out.stdout).expect("JSON")
}

fn numbers(v: &Value) -> Vec<f64> {
    let list = v.as_array().expect("a list");
    list.iter().map(|x| x.as_f64().expect("a number")).collect()
}

const SHELLS: &str = "# label: artillery shells\n\
client,supplier,share,substitutability,replace_years,criticality,source\n\
POL,USA,0.5,0.1,6,0.8,test\nPOL,KOR,0.3,0,4,0.8,test\nPOL,POL,0.2,,,,\n";

#[test]
fn prop_exposure_answers_with_ranking_trap_and_the_best_move() {
    let dir = tempfile::tempdir().expect("a directory");
    let v = json_in(
        dir.path(),
        &[
            "exposure",
            "POL",
            "--adversary",
            "--cuts",
            "2",
            "--draws",
            "20",
            "--years",
            "10",
            "--json",
        ],
    );
    let losses: Vec<f64> = v["dependences"]
        .as_array()
        .expect("a ranking")
        .iter()
        .map(|d| d["loss_criticality_years"].as_f64().expect("a loss"))
        .collect();
    assert!(losses.len() > 3 && losses.windows(2).all(|w| w[0] >= w[1]));
    let outlook = v["outlook"].as_array().expect("outlooks");
    let all = outlook
        .iter()
        .find(|o| o["layer"] == "all")
        .expect("all layers");
    let depth = numbers(&all["trap_depth"]);
    assert!(depth[0] <= depth[1] && depth[1] <= depth[2] && depth[2] > 0.0);
    let a = &v["adversary"];
    let loss = |x: &Value| x["loss"].as_f64().expect("a loss");
    assert!(loss(&a["attack"]) >= loss(&a["prepared"]));
    assert!(a["attack"]["bound"].as_f64() >= a["attack"]["loss"].as_f64());
    assert!(a["attack"]["suppliers"].as_array().expect("cuts").len() <= 2);
    // More cuts never do less.
    let more = json_in(
        dir.path(),
        &[
            "exposure",
            "POL",
            "--adversary",
            "--cuts",
            "3",
            "--draws",
            "5",
            "--json",
        ],
    );
    assert!(loss(&more["adversary"]["attack"]) >= loss(&a["attack"]));
    // Without distrust and acts nothing opens.
    let calm = json_in(
        dir.path(),
        &[
            "exposure",
            "POL",
            "--distrust",
            "0",
            "--draws",
            "5",
            "--json",
        ],
    );
    for o in calm["outlook"].as_array().expect("outlooks") {
        assert!(numbers(&o["gap_area_years"]).iter().all(|x| *x == 0.0));
    }
}

#[test]
fn prop_exposure_refuses_with_reason() {
    let dir = tempfile::tempdir().expect("a directory");
    for (args, words) in [
        (vec!["exposure", "POX"], "unknown state"),
        (vec!["exposure", "USA"], "does not depend on itself"),
        (
            vec!["exposure", "POL", "--layer", "fishing"],
            "no layer `fishing`",
        ),
        (vec!["exposure", "POL", "--distrust", "30"], "not between"),
        (vec!["finance", "--loss", "10"], "parts of one"),
        (vec!["standards", "fax"], "neither a standard nor a state"),
    ] {
        let out = run_in(dir.path(), &args);
        assert!(!out.status.success());
        assert!(
            text(&out.stderr).contains(words),
            "{args:?}: {}",
            text(&out.stderr)
        );
        assert!(text(&out.stderr).contains("help:"), "{args:?}");
    }
}

#[test]
fn prop_a_layer_is_added_takes_part_and_goes() {
    let dir = tempfile::tempdir().expect("a directory");
    let here = dir.path();
    std::fs::write(here.join("shells.csv"), SHELLS).expect("written");
    assert!(
        run_in(here, &["layer", "check", "shells.csv"])
            .status
            .success()
    );
    let list = |v: &Value| v["own"].as_array().expect("a list").len();
    assert_eq!(list(&json_in(here, &["layer", "list", "--json"])), 0);
    let added = run_in(here, &["layer", "add", "shells.csv"]);
    assert!(added.status.success(), "{}", text(&added.stderr));
    assert_eq!(list(&json_in(here, &["layer", "list", "--json"])), 1);
    // Twice is refused, unless forced.
    assert!(
        !run_in(here, &["layer", "add", "shells.csv"])
            .status
            .success()
    );
    assert!(
        run_in(here, &["layer", "add", "shells.csv", "--force"])
            .status
            .success()
    );
    let v = json_in(
        here,
        &[
            "exposure", "POL", "--layer", "shells", "--draws", "5", "--json",
        ],
    );
    let first = &v["dependences"][0];
    assert_eq!(first["supplier"], "USA");
    assert!((first["share"].as_f64().expect("a share") - 0.45).abs() < 1e-9);
    assert!(json_in(here, &["layer", "show", "shells", "--json"])["row"].is_array());
    assert!(
        run_in(here, &["layer", "remove", "shells"])
            .status
            .success()
    );
    assert!(
        !run_in(here, &["layer", "remove", "shells"])
            .status
            .success()
    );
}

#[test]
fn prop_a_layer_belongs_to_the_run_and_its_identity() {
    let dir = tempfile::tempdir().expect("a directory");
    let here = dir.path();
    let root: PathBuf = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    let brief = root
        .join("briefs/us-alliance-trust.md")
        .display()
        .to_string();
    let run = |out: &str| {
        let args = [
            "run",
            &brief,
            "-o",
            out,
            "--draws",
            "8",
            "--horizon",
            "2027",
            "--every-year",
        ];
        run_in(here, &args)
    };
    let plain = run("a");
    assert!(plain.status.success(), "{}", text(&plain.stderr));
    std::fs::write(here.join("shells.csv"), SHELLS).expect("written");
    assert!(
        run_in(here, &["layer", "add", "shells.csv"])
            .status
            .success()
    );
    // The begun run is another question now: it is not silently continued.
    let resumed = run("a");
    assert!(
        !resumed.status.success(),
        "a run with other layers must not go on"
    );
    let with = run("b");
    assert!(with.status.success(), "{}", text(&with.stderr));
    let scenario = std::fs::read_to_string(here.join("b/scenario.toml")).expect("a scenario");
    assert!(scenario.contains("layer = \"shells\""));
    // Later commands find it in the run, not in the directory.
    assert!(
        run_in(here, &["layer", "remove", "shells"])
            .status
            .success()
    );
    let merged = run_in(here, &["merge", "b", "-o", "c"]);
    assert!(merged.status.success(), "{}", text(&merged.stderr));
    let again = std::fs::read_to_string(here.join("c/scenario.toml")).expect("a scenario");
    assert_eq!(again, scenario);
}

#[test]
fn prop_bad_layers_are_refused_with_row_and_reason() {
    let dir = tempfile::tempdir().expect("a directory");
    let here = dir.path();
    let head = "client,supplier,share,substitutability,replace_years,criticality,source\n";
    for (name, rows, words) in [
        ("sum", "POL,USA,0.5,0,6,0.8,\n", "sum to 0.500"),
        ("above", "POL,USA,1.5,0,6,0.8,\n", "not between 0 and 1"),
        ("who", "POL,UAS,1,0,6,0.8,\n", "unknown state code"),
        (
            "ring",
            "POL,USA,1,0,6,0.8,\nUSA,POL,1,0,6,0.8,\n",
            "comes back",
        ),
        ("energy", "POL,USA,1,0,6,0.8,\n", "has a layer of this name"),
    ] {
        let file = format!("{name}.csv");
        std::fs::write(here.join(&file), format!("{head}{rows}")).expect("written");
        let out = run_in(here, &["layer", "add", &file]);
        assert!(!out.status.success(), "{name}");
        // Long messages are wrapped between words.
        let said = text(&out.stderr)
            .split_whitespace()
            .collect::<Vec<_>>()
            .join(" ")
            .replace(" │ ", " ");
        assert!(said.contains(words), "{name}: {said}");
    }
    assert!(!here.join("layers").exists(), "nothing was written");
}

#[test]
fn prop_finance_says_who_holds_and_who_loses_the_net() {
    let dir = tempfile::tempdir().expect("a directory");
    let v = json_in(dir.path(), &["finance", "JPN", "--json"]);
    let sum: f64 = v["currency_shares"]
        .as_array()
        .expect("shares")
        .iter()
        .map(|s| s["share"].as_f64().expect("a share"))
        .sum();
    assert!((sum - 1.0).abs() < 1e-9);
    assert_eq!(
        v["against_random_walk"].as_array().expect("scores").len(),
        3
    );
    assert!(!v["lines"].as_array().expect("lines").is_empty());
    let claims = v["estimated_claims"].as_array().expect("claims");
    assert_eq!(claims[0]["on"], "USA");
    for h in v["estimated_losses"]["holders"]
        .as_array()
        .expect("holders")
    {
        assert!(h["bounded_gdp"].as_f64() >= h["first_gdp"].as_f64().map(|x| x.min(1.0)));
    }
}

#[test]
fn prop_standards_show_camps_and_what_would_reverse_them() {
    let dir = tempfile::tempdir().expect("a directory");
    let v = json_in(dir.path(), &["standards", "--draws", "8", "--json"]);
    let all = v["standards"].as_array().expect("standards");
    assert!(all.len() >= 6);
    for s in all {
        let camps = s["camps"].as_array().expect("camps");
        let sum: f64 = camps
            .iter()
            .map(|c| c["share"].as_f64().expect("a share"))
            .sum();
        assert!((sum - 1.0).abs() < 1e-9, "{}", s["standard"]);
    }
    let one = run_in(dir.path(), &["standards", "networks", "--draws", "4"]);
    assert!(one.status.success() && text(&one.stdout).contains("secretariats"));
}
