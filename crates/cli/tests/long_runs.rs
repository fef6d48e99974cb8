//! Runs on disk with the binary that people run: resumed, in shards, explained, turned around.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};
use std::time::{Duration, Instant};

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")
}

fn command(args: &[&str]) -> Command {
    let mut c = Command::new(env!("CARGO_BIN_EXE_realign"));
    c.args(args).current_dir(root());
    c
}

fn realign(args: &[&str]) -> Output {
    command(args).output().expect("it runs")
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

fn ok(out: &Output) {
    assert!(out.status.success(), "{}", text(&out.stderr));
}

/// Arguments of a run of 40 draws to 2026.
fn run_args<'a>(dir: &'a str, extra: &[&'a str]) -> Vec<&'a str> {
    let mut args = vec![
        "run",
        "scenarios/us-alliance-trust.toml",
        "--horizon",
        "2026",
        "--draws",
        "40",
        "--chance",
        "4",
        "-o",
        dir,
    ];
    args.extend_from_slice(extra);
    args
}

/// Every file under a directory with its bytes.
fn files(dir: &Path) -> BTreeMap<PathBuf, Vec<u8>> {
    let mut out = BTreeMap::new();
    let mut open = vec![dir.to_path_buf()];
    while let Some(d) = open.pop() {
        for entry in std::fs::read_dir(&d).expect("listed") {
            let path = entry.expect("entry").path();
            if path.is_dir() {
                open.push(path);
            } else {
                let name = path.strip_prefix(dir).expect("inside").to_path_buf();
                out.insert(name, std::fs::read(&path).expect("read"));
            }
        }
    }
    out
}

fn assert_same(a: &Path, b: &Path) {
    let (a, b) = (files(a), files(b));
    assert_eq!(a.keys().collect::<Vec<_>>(), b.keys().collect::<Vec<_>>());
    for (name, bytes) in &a {
        assert!(b[name] == *bytes, "{} differs", name.display());
    }
}

#[test]
fn prop_threads_shards_and_interruptions_do_not_change_a_byte() {
    let dir = tempfile::tempdir().expect("a directory");
    let place = |name: &str| dir.path().join(name).display().to_string();
    let [one, two, four, killed, a, b, whole] =
        ["one", "two", "four", "killed", "a", "b", "whole"].map(place);
    ok(&realign(&run_args(&one, &["--threads", "1"])));
    ok(&realign(&run_args(&two, &["--threads", "2"])));
    ok(&realign(&run_args(&four, &["--threads", "4"])));
    assert_same(Path::new(&one), Path::new(&two));
    assert_same(Path::new(&one), Path::new(&four));

    // Killed as soon as its first part is there, then started again.
    let mut child = command(&run_args(&killed, &["--threads", "1"]))
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .expect("it starts");
    let first = Path::new(&killed).join("draws/00000");
    let began = Instant::now();
    while !first.is_dir() && began.elapsed() < Duration::from_secs(60) {
        std::thread::sleep(Duration::from_millis(5));
    }
    child.kill().expect("killed");
    child.wait().expect("ended");
    assert!(first.is_dir(), "a part was written before the end");
    assert!(
        !Path::new(&killed).join("done.json").exists(),
        "it was not done"
    );
    ok(&realign(&run_args(&killed, &[])));
    assert_same(Path::new(&one), Path::new(&killed));

    // Two shards, put together in any order.
    ok(&realign(&run_args(&a, &["--shard", "1/2"])));
    let early = realign(&["merge", &a, "-o", &whole]);
    assert!(!early.status.success());
    assert!(
        text(&early.stderr).contains("missing"),
        "{}",
        text(&early.stderr)
    );
    ok(&realign(&run_args(&b, &["--shard", "2/2"])));
    ok(&realign(&["merge", &b, &a, "-o", &whole]));
    assert_same(Path::new(&one), Path::new(&whole));

    // Another plan, a foreign version and a damaged file are refused, each with its reason.
    let other = realign(&run_args(&one, &["--seed", "1"]));
    assert!(!other.status.success() && text(&other.stderr).contains("seed"));
    let card = Path::new(&two).join("run.json");
    let own = std::fs::read_to_string(&card).expect("run.json");
    let version = format!("\"version\": \"{}\"", env!("CARGO_PKG_VERSION"));
    assert!(own.contains(&version));
    std::fs::write(&card, own.replace(&version, "\"version\": \"99.0.0\"")).expect("written");
    for args in [
        vec!["explain", two.as_str(), "trade.targets_hegemon_share"],
        vec!["merge", two.as_str(), "-o", whole.as_str()],
    ] {
        let refused = realign(&args);
        let err = text(&refused.stderr);
        assert!(!refused.status.success() && err.contains("99.0.0"), "{err}");
    }
    let part = Path::new(&four).join("draws/00000/trade.parquet");
    std::fs::write(&part, b"not parquet").expect("written");
    std::fs::remove_file(Path::new(&four).join("done.json")).expect("removed");
    let damaged = realign(&run_args(&four, &[]));
    assert!(!damaged.status.success());
    assert!(text(&damaged.stderr).contains("trade.parquet"));
    std::fs::write(&card, "{").expect("written");
    let broken = realign(&["explain", &two, "trade.targets_hegemon_share"]);
    assert!(!broken.status.success() && text(&broken.stderr).contains("run.json"));
}

fn json(out: &Output) -> serde_json::Value {
    ok(out);
    serde_json::from_slice(&out.stdout).expect("one JSON object")
}

#[test]
fn prop_results_are_explained_and_turned_around() {
    let dir = tempfile::tempdir().expect("a directory");
    let run = dir.path().join("run").display().to_string();
    let mut small = run_args(&run, &[]);
    small[5] = "16";
    ok(&realign(&small));

    let found = json(&realign(&["explain", &run, "--json"]));
    let all = found["explanations"].as_array().expect("explanations");
    assert!(all.len() >= 5);
    for e in all {
        let mean = |v: &serde_json::Value| v["mean"].as_f64().expect("a mean");
        let channels = e["channels"].as_array().expect("channels");
        assert_eq!(channels.len(), 8);
        let sum: f64 = channels.iter().map(|c| mean(&c["shapley"])).sum();
        let whole = mean(&e["whole"]);
        let size = channels
            .iter()
            .map(|c| mean(&c["shapley"]).abs())
            .fold(whole.abs(), f64::max);
        assert!((sum - whole).abs() <= 1e-9 * size.max(1e-30), "{e}");
        let cut = mean(&e["acts"]) + mean(&e["distrust"]);
        assert!((cut - whole).abs() <= 1e-9 * size.max(1e-30), "{e}");
    }
    let unknown = realign(&["explain", &run, "trade.nothing"]);
    assert!(!unknown.status.success() && text(&unknown.stderr).contains("help"));
    let no_state = realign(&["explain", &run, "trade.welfare_pct"]);
    assert!(!no_state.status.success());

    // The effect of a tariff on trade: a conclusion at a tenth of its size holds with little.
    let found = json(&realign(&[
        "believe",
        &run,
        "trade.targets_hegemon_share",
        "--threshold",
        "-0.1",
        "--parameter",
        "trade.trust_effect_logit",
        "--draws",
        "8",
        "--json",
    ]));
    let b = &found["conclusions"][0]["break_even"][0];
    let verdict = b["verdict"].as_str().expect("a verdict");
    assert!(["holds_at_zero", "from", "not_up_to"].contains(&verdict));
    let curve = b["curve"].as_array().expect("a curve");
    assert!(curve.len() >= 4, "{curve:?}");
    // The verdict must agree with the curve.
    let last = curve[curve.len() - 1][1].as_f64().expect("an effect");
    let first = curve[0][1].as_f64().expect("an effect");
    match verdict {
        "holds_at_zero" => assert!(first <= -0.1),
        "not_up_to" => assert!(last > -0.1 && first > -0.1),
        _ => assert!(first > -0.1),
    }

    let args = [
        "sensitivity",
        run.as_str(),
        "trade.targets_hegemon_share",
        "--trajectories",
        "2",
        "--base",
        "4",
        "--survivors",
        "3",
        "--points",
        "32",
        "--json",
    ];
    let one = json(&realign(&args));
    assert_eq!(
        one["screening"][0]["factor"].as_str().map(str::is_empty),
        Some(false)
    );
    assert!(
        one["by_block"]["groups"]
            .as_array()
            .is_some_and(|g| g.len() >= 7)
    );
    // Kept rows are read, and give the same answer.
    let kept = Path::new(&run).join("sensitivity");
    assert!(kept.is_dir());
    assert_eq!(one, json(&realign(&args)));
}
