//! `realign arms` as a user types it.

use assert_cmd::Command;
use serde_json::Value;

fn realign(args: &[&str]) -> std::process::Output {
    Command::cargo_bin("realign")
        .unwrap()
        .args(args)
        .output()
        .unwrap()
}

fn json(args: &[&str]) -> Value {
    let out = realign(args);
    assert!(
        out.status.success(),
        "{}",
        String::from_utf8_lossy(&out.stderr)
    );
    serde_json::from_slice(&out.stdout).unwrap()
}

#[test]
fn ref_the_book_of_the_f35_by_recipient() {
    // SIPRI register at end-2024 (R14): Norway 52 ordered and 46 delivered.
    let norway = json(&["arms", "NOR", "--json"]);
    assert_eq!(norway["f35"]["ordered"], 52.0);
    assert_eq!(norway["f35"]["delivered"], 46.0);
    let weights = norway["classes"].as_array().unwrap().iter();
    let sum: f64 = weights.map(|c| c["weight"].as_f64().unwrap()).sum();
    assert!((sum - 1.0).abs() < 1e-9);
}

#[test]
fn prop_parts_of_a_supplier_sum_to_one() {
    let usa = json(&[
        "arms",
        "--class",
        "combat-aircraft",
        "--supplier",
        "USA",
        "--json",
    ]);
    let clients = usa["clients"].as_array().unwrap();
    for key in ["part_of_sales", "part_of_book"] {
        let sum: f64 = clients.iter().map(|c| c[key].as_f64().unwrap()).sum();
        assert!((sum - 1.0).abs() < 1e-9, "{key} {sum}");
    }
}

#[test]
fn prop_decisions_on_the_flagship_are_probabilities_of_nineteen() {
    let brief = concat!(
        env!("CARGO_MANIFEST_DIR"),
        "/../../briefs/us-alliance-trust.md"
    );
    let run = json(&["arms", "--flagship", brief, "--draws", "8", "--json"]);
    let recipients = run["recipients"].as_array().unwrap();
    assert_eq!(recipients.len(), 19);
    let mut ordered = 0.0;
    for r in recipients {
        ordered += r["ordered"].as_f64().unwrap();
        for arm in ["quiet", "shock"] {
            let add = r["add"][arm]["mean"].as_f64().unwrap();
            let cut = r["cut"][arm]["mean"].as_f64().unwrap_or(0.0);
            let hold = r["hold"][arm].as_f64().unwrap();
            assert!((add + cut + hold - 1.0).abs() < 1e-6);
            assert!(add > 0.0 && cut >= 0.0 && hold > 0.0);
        }
    }
    assert_eq!(ordered, 1123.0);
}

#[test]
fn prop_bad_input_is_named_with_a_remedy() {
    for (args, says) in [
        (vec!["arms", "NRO"], "NOR"),
        (
            vec!["arms", "--class", "boats", "--supplier", "USA"],
            "submarines",
        ),
        (vec!["arms"], "--scores"),
    ] {
        let out = realign(&args);
        assert!(!out.status.success());
        let text = String::from_utf8_lossy(&out.stderr).to_string();
        assert!(text.contains(says), "{text}");
    }
}
