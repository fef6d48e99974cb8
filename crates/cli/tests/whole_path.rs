//! The whole path, from the brief to the page, with the binary that people run.

use std::path::{Path, PathBuf};
use std::process::Output;

use assert_cmd::Command;

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")
}

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

fn our_brief() -> String {
    root()
        .join("briefs/us-alliance-trust.md")
        .display()
        .to_string()
}

/// Runs our brief with few draws into a fresh directory.
fn small_run(dir: &Path, extra: &[&str]) -> Output {
    let out = dir.display().to_string();
    let brief = our_brief();
    let mut args = vec![
        "brief",
        brief.as_str(),
        "-o",
        out.as_str(),
        "--draws",
        "12",
        "--horizon",
        "2028",
    ];
    args.extend_from_slice(extra);
    realign(&args)
}

#[test]
fn prop_from_the_brief_to_the_page() {
    let dir = tempfile::tempdir().expect("a directory");
    let out = dir.path().join("out");
    let run = small_run(&out, &[]);
    assert!(run.status.success(), "{}", text(&run.stderr));
    for file in [
        "brief.html",
        "brief.md",
        "brief.json",
        "run.json",
        "scenario.toml",
        "results/summary.parquet",
        "results/draws_world.parquet",
        "results/draws_focus.parquet",
    ] {
        let size = std::fs::metadata(out.join(file)).map_or(0, |m| m.len());
        assert!(size > 0, "{file} is missing or empty");
    }
    assert!(
        text(&run.stderr).is_empty(),
        "a pipe is quiet: {}",
        text(&run.stderr)
    );

    let html = std::fs::read_to_string(out.join("brief.html")).expect("html");
    assert!(!html.contains("<script"), "no script");
    for scheme in ["src=\"http", "href=\"//", "@import", "url(http"] {
        assert!(!html.contains(scheme), "no outside request: {scheme}");
    }
    // Every link within the page resolves.
    let ids: std::collections::BTreeSet<&str> = html
        .split(" id=\"")
        .skip(1)
        .filter_map(|s| s.split('"').next())
        .collect();
    for target in html
        .split("href=\"#")
        .skip(1)
        .filter_map(|s| s.split('"').next())
    {
        assert!(ids.contains(target), "link to #{target} leads nowhere");
    }

    let json: serde_json::Value =
        serde_json::from_str(&std::fs::read_to_string(out.join("brief.json")).expect("json"))
            .expect("brief.json is JSON");
    let evidence = json["evidence"].as_array().expect("evidence rows");
    assert!(evidence.len() > 30, "{} rows", evidence.len());
    for row in evidence {
        assert!(
            !row["sources"].as_array().expect("sources").is_empty(),
            "no source: {row}"
        );
    }
    assert_eq!(
        json["questions"].as_array().map(Vec::len),
        Some(3),
        "three questions answered"
    );
    // The questions stand word for word.
    let brief = std::fs::read_to_string(our_brief()).expect("our brief");
    let question = brief
        .lines()
        .find(|l| l.starts_with("1. How might"))
        .expect("first question");
    assert!(html.contains(&question[3..40]), "first question verbatim");
}

#[test]
fn prop_same_bytes_at_one_and_two_threads() {
    let dir = tempfile::tempdir().expect("a directory");
    let (one, two) = (dir.path().join("one"), dir.path().join("two"));
    assert!(small_run(&one, &["--threads", "1"]).status.success());
    assert!(small_run(&two, &["--threads", "2"]).status.success());
    for file in [
        "brief.html",
        "brief.md",
        "brief.json",
        "run.json",
        "results/summary.parquet",
    ] {
        let read = |d: &Path| std::fs::read(d.join(file)).expect("written");
        assert!(
            read(&one) == read(&two),
            "{file} differs between one thread and two"
        );
    }
}

#[test]
fn prop_bad_input_is_refused_whole() {
    let dir = tempfile::tempdir().expect("a directory");
    let place = |name: &str, content: &[u8]| {
        let p = dir.path().join(name);
        std::fs::write(&p, content).expect("written");
        p.display().to_string()
    };
    let out = dir.path().join("never").display().to_string();
    let empty = place("empty.md", b"");
    let binary = place("binary.md", &[0, 159, 146, 150, 0, 1, 2, 3]);
    let latin = place("latin.md", b"# Brief\n\nT\xfcrkei erhebt Z\xf6lle.\n");
    let nobody = place(
        "nobody.md",
        b"# Soup\n\nThe soup is warm. It tastes of leek.\n",
    );
    let unknown = place(
        "unknown.toml",
        b"title = \"x\"\nhegemon = \"USQ\"\nstart = 2025\nhorizon = 2030\n",
    );
    let backwards = place(
        "backwards.toml",
        b"title = \"x\"\nhegemon = \"USA\"\nstart = 2030\nhorizon = 2025\n",
    );
    for (file, says) in [
        (empty.as_str(), ""),
        (binary.as_str(), ""),
        (latin.as_str(), "UTF-8"),
        (nobody.as_str(), ""),
        (unknown.as_str(), "USA"),
        (backwards.as_str(), "2030"),
        ("no/such/file.md", "cannot read"),
    ] {
        let run = realign(&["brief", file, "-o", &out]);
        assert!(!run.status.success(), "{file} was accepted");
        let err = text(&run.stderr);
        assert!(err.contains("error") && err.contains(says), "{file}: {err}");
        assert!(!Path::new(&out).exists(), "{file}: something was written");
    }
    // A directory that holds something is left alone.
    let full = dir.path().join("full");
    std::fs::create_dir(&full).expect("a directory");
    std::fs::write(full.join("mine.txt"), "mine").expect("written");
    for extra in [&[][..], &["--force"][..]] {
        let run = small_run(&full, extra);
        assert!(!run.status.success());
        assert!(
            text(&run.stderr).contains("not empty"),
            "{}",
            text(&run.stderr)
        );
    }
    assert_eq!(std::fs::read_dir(&full).expect("listed").count(), 1);
    // Unknown state in --focus, with a suggestion.
    let brief = our_brief();
    let run = realign(&["brief", &brief, "-o", &out, "--focus", "CND"]);
    assert!(!run.status.success() && text(&run.stderr).contains("CND"));
    assert!(!Path::new(&out).exists());
}

#[test]
fn prop_read_finds_what_our_brief_says() {
    let run = realign(&["read", &our_brief(), "--json"]);
    assert!(run.status.success(), "{}", text(&run.stderr));
    let draft: serde_json::Value = serde_json::from_slice(&run.stdout).expect("one JSON object");
    assert_eq!(draft["hegemons"][0], "USA");
    let targets: Vec<&str> = draft["targets"]
        .as_array()
        .expect("targets")
        .iter()
        .filter_map(|t| t["iso3"].as_str())
        .collect();
    for t in ["CAN", "JPN", "KOR", "DEU", "FRA", "POL"] {
        assert!(targets.contains(&t), "{t} is not a target");
    }
    assert!(!targets.contains(&"USA"));
    let types: Vec<&str> = draft["events"]
        .as_array()
        .expect("events")
        .iter()
        .filter_map(|e| e["type"].as_str())
        .collect();
    for t in ["S01", "S03", "S04", "S05", "S06", "S07"] {
        assert!(types.contains(&t), "{t} was not found in {types:?}");
    }
    assert_eq!(draft["questions"].as_array().map(Vec::len), Some(3));
    assert_eq!(draft["domains"].as_array().map(Vec::len), Some(3));
}

#[test]
fn prop_the_atlas_answers_and_checks_out() {
    let check = realign(&["atlas", "check"]);
    assert!(
        check.status.success(),
        "{}{}",
        text(&check.stdout),
        text(&check.stderr)
    );
    let show = realign(&["atlas", "show", "CAN", "USA"]);
    assert!(show.status.success() && text(&show.stdout).contains("Canada"));
    let unknown = realign(&["atlas", "show", "CNA"]);
    assert!(!unknown.status.success() && text(&unknown.stderr).contains("help"));
    assert!(realign(&["atlas", "sources"]).status.success());
    assert!(realign(&["params", "trust"]).status.success());
    assert!(!realign(&["params", "nothing"]).status.success());
}
