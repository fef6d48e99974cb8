//! Layers of dependence: what is refused, where, and that what is accepted survives a round trip.

use realign_atlas::Atlas;
use realign_scenario::{LayerTable, Scenario, ScenarioError, Vocabulary};

const HEADER: &str = "client,supplier,share,substitutability,replace_years,criticality,source\n";

fn names() -> Vocabulary {
    Vocabulary::from_atlas(&Atlas::embedded().expect("atlas")).expect("vocabulary")
}

fn csv(rows: &str) -> Result<LayerTable, ScenarioError> {
    LayerTable::parse(
        "my/shells.csv",
        format!("{HEADER}{rows}").as_bytes(),
        &names(),
    )
}

/// Lines and messages of what is refused.
fn refused(rows: &str) -> Vec<(usize, String)> {
    let error = csv(rows).expect_err("must be refused");
    error
        .problems()
        .iter()
        .map(|p| (p.line, format!("{} / {}", p.message, p.hint)))
        .collect()
}

const GOOD: &str = "POL,USA,0.5,0.1,6,0.8,own count\nPOL,POL,0.5,,,,\nCAN,USA,0.7,0,4,0.6,\"trade, own count\"\nCAN,CAN,0.3,,,,\n";

#[test]
fn prop_a_good_table_is_read_and_survives_a_round_trip() {
    let text = format!(
        "# label: artillery shells\n# withheld_by: denial, trade_cost\n# a free remark\n{HEADER}{GOOD}"
    );
    let t = LayerTable::parse("my/shells.csv", text.as_bytes(), &names()).expect("good");
    assert_eq!(
        (t.id.as_str(), t.label.as_str(), t.rows.len()),
        ("shells", "artillery shells", 4)
    );
    assert_eq!((t.criticality, t.replace_years), (0.8, 6.0));
    assert_eq!(t.rows[2].source.as_deref(), Some("trade, own count"));
    let again = LayerTable::parse(
        "shells.toml",
        t.to_toml().expect("toml").as_bytes(),
        &names(),
    );
    assert_eq!(again.expect("its own TOML is good"), t);
    // Inside a scenario.
    let s = Scenario {
        title: "t".to_owned(),
        source: String::new(),
        note: String::new(),
        hegemon: "USA".to_owned(),
        start: 2025,
        horizon: 2030,
        focus: Vec::new(),
        domains: Vec::new(),
        questions: Vec::new(),
        options: realign_scenario::Options::default(),
        events: Vec::new(),
        layers: vec![t],
    };
    let text = s.to_toml().expect("toml");
    assert_eq!(
        Scenario::parse("s.toml", text.as_bytes(), &names()).expect("good"),
        s
    );
}

#[test]
fn prop_bad_tables_are_refused_with_row_and_reason() {
    let one = |rows: &str, line: usize, words: &str| {
        let found = refused(rows);
        assert!(
            found.iter().any(|(l, m)| *l == line && m.contains(words)),
            "{words}: {found:?}"
        );
    };
    // The header is line 1.
    one(
        "POL,USA,0.5,0,6,0.8,\nPOL,POL,0.3,,,,\n",
        3,
        "shares of POL sum to 0.800",
    );
    one("POL,USA,0.5,0,6,0.8,\nPOL,POL,0.9,,,,\n", 3, "sum to 1.400");
    one(
        "POL,USA,50,0,6,0.8,\nPOL,POL,0.5,,,,\n",
        2,
        "0.5 for 50 per cent",
    );
    one(
        "POL,USA,-0.5,0,6,0.8,\nPOL,POL,0.5,,,,\n",
        2,
        "-0.5 is not between 0 and 1",
    );
    one(
        "POL,UAS,0.5,0,6,0.8,\nPOL,POL,0.5,,,,\n",
        2,
        "unknown state code `UAS`",
    );
    one(
        "POL,USA,0.5,0,6,0.8,\nPOL,USA,0.5,0,6,0.8,\n",
        3,
        "stands in row 1 already",
    );
    one(
        "POL,USA,half,0,6,0.8,\nPOL,POL,0.5,,,,\n",
        2,
        "not a number",
    );
    one(
        "POL,USA,0.5,0,,0.8,\nPOL,POL,0.5,,,,\n",
        2,
        "`replace_years` is missing",
    );
    one(
        "POL,USA,0.5,0,6\nPOL,POL,0.5,,,,\n",
        2,
        "5 fields under 7 columns",
    );
    one("POL,USA,NaN,0,6,0.8,\nPOL,POL,0.5,,,,\n", 2, "not between");
}

#[test]
fn prop_a_ring_of_supply_is_refused_wherever_it_closes() {
    let ring = "POL,USA,0.5,0,6,0.8,\nPOL,POL,0.5,,,,\nUSA,CAN,0.2,0,6,0.8,\nUSA,USA,0.8,,,,\nCAN,POL,1,0,6,0.8,\n";
    let found = refused(ring);
    assert_eq!(found.len(), 1);
    assert!(
        found[0].1.contains("comes back to where it started"),
        "{found:?}"
    );
    for code in ["POL", "USA", "CAN"] {
        assert!(found[0].1.contains(code), "{found:?}");
    }
    // The same suppliers in one direction are fine, also where two ways lead to one client.
    let open =
        "POL,USA,0.5,0,6,0.8,\nPOL,CAN,0.5,0,6,0.8,\nUSA,CAN,0.2,0,6,0.8,\nUSA,USA,0.8,,,,\n";
    assert!(csv(open).is_ok());
}

#[test]
fn prop_what_is_no_table_is_refused() {
    for (file, text) in [
        ("a.csv", ""),
        ("a.csv", "client,supplier\nPOL,USA\n"),
        ("a.csv", "klient,supplier,share,replace_years,criticality\n"),
        (
            "Ä b.csv",
            "client,supplier,share,replace_years,criticality\nPOL,POL,1,,\n",
        ),
        ("a.toml", "layer = \"a\"\n"),
        ("a.toml", "not toml"),
        (
            "a.toml",
            "layer = \"a\"\ncriticality = 2\nreplace_years = 1\ntag = \"P\"\nsource = \"x\"\nrow = []\n",
        ),
    ] {
        assert!(
            LayerTable::parse(file, text.as_bytes(), &names()).is_err(),
            "{file}: {text}"
        );
    }
}
