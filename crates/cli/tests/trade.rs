//! The trade laboratory through the command.
#![allow(clippy::print_stdout)]

use std::path::{Path, PathBuf};
use std::process::Output;

use assert_cmd::Command;
use serde_json::Value;

fn realign(args: &[&str]) -> Output {
    Command::cargo_bin("realign")
        .expect("the binary is built")
        .arg("trade")
        .args(args)
        .output()
        .expect("it runs")
}

fn json(args: &[&str]) -> Value {
    let mut all = args.to_vec();
    all.push("--json");
    let out = realign(&all);
    assert!(
        out.status.success(),
        "{args:?}: {}",
        String::from_utf8_lossy(&out.stderr)
    );
    serde_json::from_slice(&out.stdout).expect("JSON")
}

/// What a refused command says.
fn refusal(args: &[&str]) -> String {
    let out = realign(args);
    assert!(!out.status.success(), "{args:?} was accepted");
    assert!(out.stdout.is_empty(), "{args:?} printed a result");
    String::from_utf8_lossy(&out.stderr).into_owned()
}

/// The folder of reference results; `None` outside CI when it is not there.
fn shared(folder: &str) -> Option<PathBuf> {
    let dir = std::env::var_os("REALIGN_SHARED").map_or_else(
        || Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared"),
        PathBuf::from,
    );
    let dir = dir.join("expected").join(folder);
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

fn write(dir: &Path, name: &str, text: &str) -> String {
    let path = dir.join(name);
    std::fs::write(&path, text).expect("written");
    path.display().to_string()
}

fn number(v: &Value) -> f64 {
    v.as_f64().expect("a number")
}

fn of_state(run: &Value, code: &str, key: &str) -> f64 {
    let states = run["states"].as_array().expect("states");
    let found = states.iter().find(|s| s["state"] == code);
    number(&found.expect("the state")[key])
}

#[test]
fn prop_a_tariff_hurts_its_target_and_diverts_trade() {
    let all = json(&["shock", "--tariff", "USA:CAN=25%"]);
    let runs = all["runs"].as_array().expect("runs");
    assert_eq!(runs.len(), 2, "short and long run, not an average");
    for run in runs {
        assert!(number(&run["residual"]) <= 1e-10);
        assert!(of_state(run, "CAN", "real_income_pct") < 0.0);
        assert!(of_state(run, "CAN", "exports_pct") < 0.0);
        // Mexico takes a part of Canada's place.
        let thirds = run["third_countries"].as_array().expect("third countries");
        let mexico = thirds.iter().find(|t| t["state"] == "MEX").expect("Mexico");
        assert!(number(&mexico["sales_where_others_are_shut_out"]) > 0.0);
    }
    let exports = |r: &Value| of_state(r, "CAN", "exports_pct");
    assert!(
        exports(&runs[1]) < exports(&runs[0]),
        "the long run moves more"
    );
}

#[test]
fn prop_no_shock_changes_nothing_and_blocs_expand() {
    let all = json(&["shock", "--tariff", "USA:CAN=0%", "--elasticity", "4"]);
    for s in all["runs"][0]["states"].as_array().expect("states") {
        assert_eq!(number(&s["real_income_pct"]), 0.0, "{s}");
    }
    let all = json(&[
        "shock",
        "--tariff",
        "EU:USA=10%",
        "--retaliate",
        "--elasticity",
        "4",
    ]);
    let levied = all["tariffs_added"].as_array().expect("tariffs");
    assert_eq!(levied.len(), 54, "27 members levy, and are answered");
    // An entry for a state outranks one for ALL, whatever the order.
    let all = json(&[
        "shock",
        "--tariff",
        "USA:CHN=60%",
        "--tariff",
        "USA:ALL=10%",
        "--elasticity",
        "4",
    ]);
    let levied = all["tariffs_added"].as_array().expect("tariffs");
    let china = levied
        .iter()
        .find(|l| l["exporter"] == "CHN")
        .expect("China");
    assert!((number(&china["fraction"]) - 0.6).abs() < 1e-12);
}

#[test]
fn prop_small_shock_exact_is_first_order() {
    let all = json(&["shock", "--tariff", "USA:CAN=0.01%", "--elasticity", "2"]);
    let run = &all["runs"][0];
    let exact = of_state(run, "CAN", "real_income_pct");
    let first = of_state(run, "CAN", "first_order_pct");
    assert!(
        exact < 0.0 && (exact / first - 1.0).abs() < 0.01,
        "{exact} {first}"
    );
}

#[test]
fn prop_pictures_are_whole_and_ask_for_nothing() {
    let dir = tempfile::tempdir().expect("a directory");
    let (svg, html) = (dir.path().join("a.svg"), dir.path().join("a.html"));
    let csv = dir.path().join("a.csv");
    for path in [&svg, &html] {
        let name = path.display().to_string();
        let sheet = csv.display().to_string();
        let out = realign(&[
            "shock",
            "--tariff",
            "USA:MEX=25%",
            "-o",
            &name,
            "--csv",
            &sheet,
        ]);
        assert!(out.status.success());
        let text = std::fs::read_to_string(path).expect("a picture");
        assert!(text.contains("<svg") && text.contains("Mexico") && text.contains("<path"));
        assert!(!text.contains("NaN") && !text.contains("src=") && !text.contains("<script"));
    }
    let rows = std::fs::read_to_string(&csv).expect("csv").lines().count();
    assert!(rows > 2 * 150, "two runs of every economy: {rows}");
    let said = refusal(&["shock", "--tariff", "USA:MEX=25%", "-o", "a.bmp"]);
    assert!(said.contains(".svg"), "{said}");
}

/// Gros (1987): a small country's optimal tariff is 1/ε.
#[test]
fn ref_gros_small_country_optimal_tariff() {
    let dir = tempfile::tempdir().expect("a directory");
    let flows = write(
        dir.path(),
        "small.csv",
        "exporter,importer,value\nH,H,1\nH,F,1\nF,H,1\nF,F,1000000\n",
    );
    for (elasticity, want) in [("2", 0.5), ("4", 0.25), ("5", 0.2)] {
        let all = json(&["optimal", "H", "--data", &flows, "--elasticity", elasticity]);
        let rate = number(&all["runs"][0]["players"][0]["rates"][0]);
        assert!((rate - want).abs() < 1e-4, "ε = {elasticity}: {rate}");
        let gain = number(&all["runs"][0]["players"][0]["gain_of_deviation"]);
        assert!(gain <= 1e-8, "a finite move gains {gain}");
    }
}

#[test]
fn prop_war_of_equals_is_symmetric_and_hurts_both() {
    let dir = tempfile::tempdir().expect("a directory");
    let flows = write(
        dir.path(),
        "two.csv",
        "exporter,importer,value\nA,A,60\nA,B,40\nB,A,40\nB,B,60\n",
    );
    let all = json(&["war", "A,B", "--data", &flows, "--elasticity", "4"]);
    let players = all["runs"][0]["players"].as_array().expect("players");
    let (a, b) = (
        number(&players[0]["rates"][0]),
        number(&players[1]["rates"][0]),
    );
    assert!((a - b).abs() < 1e-6 && a > 0.25, "{a} {b}");
    for p in players {
        assert!(number(&p["real_income_pct"]) < 0.0, "{p}");
    }
}

#[test]
fn prop_exposure_names_the_partner_that_matters() {
    let all = json(&["exposure", "CAN", "--elasticity", "structural"]);
    let partners = all["runs"][0]["partners"].as_array().expect("partners");
    let worst = partners
        .iter()
        .min_by(|a, b| {
            let of = |p: &Value| number(&p["hurt_by"]["closure"]);
            of(a).total_cmp(&of(b))
        })
        .expect("someone");
    assert_eq!(worst["state"], "USA");
    let hurts = number(&worst["hurts"]["closure"]);
    let hurt = number(&worst["hurt_by"]["closure"]);
    assert!(
        hurt < hurts && hurts < 0.0,
        "the large is hurt less: {hurt} {hurts}"
    );
}

#[test]
fn regress_sectors_and_links_are_reconciled_with_one_sector() {
    let all = json(&[
        "shock",
        "--tariff",
        "USA:CHN=20%",
        "--elasticity",
        "4",
        "--sectors",
        "--set",
        "U4",
    ]);
    let s = &all["sectoral"];
    assert!(number(&s["residual"]) <= 1e-12);
    assert!((number(&s["mean_elasticity"]) - 4.0).abs() < 1e-9);
    for key in [
        "real_income_pct",
        "one_sector_same_economies_pct",
        "one_sector_all_countries_pct",
    ] {
        let x = of_state(s, "CHN", key);
        assert!((-2.0..0.0).contains(&x), "{key}: {x}");
    }
}

/// Caliendo & Parro (2015): NAFTA, the printed digits.
#[test]
fn ref_r1_nafta_through_the_command() {
    let Some(dir) = shared("trade_ge/caliendo_parro_nafta") else {
        return;
    };
    let data = dir.display().to_string();
    let all = json(&[
        "shock",
        "--sectors",
        "--data",
        &data,
        "--to",
        "taup_naftaonly_JNxN.csv.gz",
    ]);
    for (region, exact, first, terms, wage) in [
        ("region 20", 0.0073, 1.3121, -0.4118, 1.7153),
        ("region 5", -0.1101, -0.0638, -0.1081, 0.3228),
        ("region 30", 0.0741, 0.0848, 0.0435, 0.1124),
    ] {
        for (key, want) in [
            ("real_income_pct", exact),
            ("first_order_pct", first),
            ("terms_of_trade_pct", terms),
            ("real_wage_pct", wage),
        ] {
            let got = of_state(&all, region, key);
            assert!((got - want).abs() < 5e-4, "{region} {key}: {got}, {want}");
        }
    }
}

/// AGTPA: agreement with pair effects, coefficient and clustered standard error.
#[test]
fn ref_r2_agtpa_through_the_command() {
    let Some(dir) = shared("gravity_ppml") else {
        return;
    };
    let data = dir.join("agtpa_ch1app3_6yr.csv.gz").display().to_string();
    let formula = "trade ~ rta | exporter^year + importer^year + pair2";
    let all = json(&[
        "gravity",
        "--data",
        &data,
        "--formula",
        formula,
        "--cluster",
        "pair_id",
    ]);
    let e = &all["estimates"][0];
    assert!(
        (number(&e["coefficient"]) - 0.557_185_335_590_274).abs() < 1e-6,
        "{e}"
    );
    assert!(
        (number(&e["standard_error"]) / 0.108_440_018_540_953 - 1.0).abs() < 1e-4,
        "{e}"
    );
    assert_eq!(all["rows_used"], 28482);
}

/// Separation fixtures: the column `separated` is the answer.
#[test]
fn ref_r3_separation_through_the_command() {
    let Some(dir) = shared("gravity_ppml/separation") else {
        return;
    };
    let path = dir.join("01.csv");
    let data = path.display().to_string();
    let text = std::fs::read_to_string(&path).expect("a fixture");
    let want: Vec<u64> = text
        .lines()
        .enumerate()
        .skip(1)
        .filter(|(_, l)| l.ends_with(",1"))
        .map(|(k, _)| k as u64 + 1)
        .collect();
    let all = json(&[
        "gravity",
        "--data",
        &data,
        "--formula",
        "y ~ x1 + x2 | id1 + id2",
        "--separation",
    ]);
    let got: Vec<u64> = all["left_out"]
        .as_array()
        .expect("rows")
        .iter()
        .map(|r| r["line"].as_u64().expect("a line"))
        .collect();
    assert_eq!(got, want);
}

#[test]
fn coverage_bad_input_is_named_with_its_place_and_a_remedy() {
    let dir = tempfile::tempdir().expect("a directory");
    let file = |name: &str, text: &str| write(dir.path(), name, text);
    let good = file(
        "good.csv",
        "exporter,importer,value\nA,A,5\nA,B,1\nB,A,2\nB,B,7\n",
    );
    let flows = [
        (
            "exporter,importer,value\nA,A,5\nA,B,-1\nB,A,2\nB,B,7\n",
            "line 3, column value",
        ),
        (
            "exporter,importer,value\nA,A,5\nA,B,\nB,A,2\nB,B,7\n",
            "line 3, column value",
        ),
        (
            "exporter,importer,value\nA,A,5\nA,B,x\nB,A,2\nB,B,7\n",
            "line 3, column value",
        ),
        (
            "exporter,importer,value\nA,A,5\nB,A,2\nB,B,7\n",
            "no row for A to B",
        ),
        (
            "exporter,importer,value\nA,A,5\nA,B,1\nA,B,1\nB,A,2\nB,B,7\n",
            "line 4, column exporter",
        ),
        ("from,to,value\nA,A,5\n", "no column `exporter`"),
        (
            "exporter,importer,value\nA,A,0\nA,B,0\nB,A,2\nB,B,7\n",
            "A sells nothing",
        ),
        ("exporter,importer,value\n", "no rows"),
    ];
    for (text, place) in flows {
        let data = file("bad.csv", text);
        let said = refusal(&["shock", "--data", &data, "--tariff", "A:B=10%"]);
        assert!(
            said.contains(place) && said.contains("help:"),
            "{place}: {said}"
        );
    }
    let tariffs = [
        (
            "exporter,importer,tariff\nA,B,-1\n",
            "line 2, column tariff",
        ),
        (
            "exporter,importer,tariff\nA,C,0.1\n",
            "line 2, column importer",
        ),
        (
            "exporter,importer,tariff\nA,A,0.1\n",
            "line 2, column tariff",
        ),
        (
            "exporter,importer,tariff\nA,B,0.1\nA,B,0.1\n",
            "line 3, column exporter",
        ),
    ];
    for (text, place) in tariffs {
        let t = file("tariffs.csv", text);
        let said = refusal(&[
            "shock",
            "--data",
            &good,
            "--tariffs",
            &t,
            "--tariff",
            "A:B=10%",
        ]);
        assert!(
            said.contains(place) && said.contains("help:"),
            "{place}: {said}"
        );
    }
    for (options, words) in [
        (vec!["--tariff", "USA:CAN=-100%"], "−100 %"),
        (vec!["--tariff", "USA:CNA=25%"], "did you mean"),
        (vec!["--tariff", "USA:CAN"], "no rate"),
        (vec!["--tariff", "USA:USA=5%"], "nobody levies on itself"),
        (vec!["--tariff", "USA:CAN=25"], "25%"),
        (
            vec!["--tariff", "USA:CAN=5%", "--elasticity", "0"],
            "positive number",
        ),
        (vec![], "no shock"),
    ] {
        let mut args = vec!["shock"];
        args.extend(options);
        let said = refusal(&args);
        assert!(
            said.contains(words) && said.contains("help:"),
            "{words}: {said}"
        );
    }
}

#[test]
fn coverage_gravity_refuses_with_the_place() {
    let dir = tempfile::tempdir().expect("a directory");
    let data = write(
        dir.path(),
        "g.csv",
        "y,x,flat,id,name\n1,0.5,1,1,a\n2,0.1,1,1,b\n0,0.7,1,2,c\n4,0.2,1,2,d\n3,0.9,1,3,e\n1,0.3,1,3,f\n",
    );
    let bad = write(dir.path(), "b.csv", "y,x,id\n1,1,1\n-2,2,1\n3,1,2\n2,5,2\n");
    let run =
        |data: &str, formula: &str| refusal(&["gravity", "--data", data, "--formula", formula]);
    let said = run(&bad, "y ~ x | id");
    assert!(said.contains("line 3, column y"), "{said}");
    let said = run(&data, "y ~ z | id");
    assert!(said.contains("no column `z`"), "{said}");
    let said = run(&data, "y ~ name | id");
    assert!(said.contains("`name` holds text"), "{said}");
    let said = run(&data, "y ~ flat | id");
    assert!(
        said.contains("flat") && said.contains("without variation"),
        "{said}"
    );
    let said = run(&data, "y ~ x +* | id");
    assert!(said.contains("formula, character"), "{said}");
}
