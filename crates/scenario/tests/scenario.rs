//! Scenarios in TOML: what is refused and where, what comes back, what ships.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::OnceLock;

use proptest::prelude::*;
use realign_atlas::Atlas;
use realign_scenario::{
    AtlasReference, Event, EventType, Loadings, MagnitudeInput, Options, ProblemKind as Kind,
    Scenario, ScenarioError, Vocabulary,
};

fn atlas() -> &'static Atlas {
    static ATLAS: OnceLock<Atlas> = OnceLock::new();
    ATLAS.get_or_init(|| Atlas::embedded().unwrap())
}

fn vocabulary() -> &'static Vocabulary {
    static NAMES: OnceLock<Vocabulary> = OnceLock::new();
    NAMES.get_or_init(|| Vocabulary::from_atlas(atlas()).unwrap())
}

fn parse(text: &str) -> Result<Scenario, ScenarioError> {
    Scenario::parse("s.toml", text.as_bytes(), vocabulary())
}

const HEAD: &str = "title = \"T\"\nhegemon = \"USA\"\nstart = 2025\nhorizon = 2035\n";

/// Problems of one event of S01 by the USA on CAN in 2025 whose lines are replaced or added.
fn problems(changes: &[(&str, &str)]) -> Vec<(Kind, usize, usize, String)> {
    let mut lines: Vec<(&str, &str)> = vec![
        ("type", "\"S01\""),
        ("actor", "\"USA\""),
        ("targets", "[\"CAN\"]"),
        ("year", "2025"),
    ];
    for c in changes {
        match lines.iter_mut().find(|l| l.0 == c.0) {
            Some(l) => l.1 = c.1,
            None => lines.push(*c),
        }
    }
    let body: Vec<String> = lines
        .iter()
        .filter(|l| !l.1.is_empty())
        .map(|(k, v)| format!("{k} = {v}"))
        .collect();
    let body = body.join("\n");
    match parse(&format!("{HEAD}[[event]]\n{body}")) {
        Ok(_) => Vec::new(),
        Err(e) => e
            .problems()
            .iter()
            .map(|p| (p.kind, p.line, p.column, p.hint.clone()))
            .collect(),
    }
}

#[test]
fn ref_each_problem_is_found_at_its_place_with_a_remedy() {
    assert_eq!(problems(&[]), []);
    for (changes, kind, line, column, hint) in [
        (
            &[("type", "\"SO1\"")][..],
            Kind::UnknownEventType,
            6,
            8,
            "S01",
        ),
        (
            &[("type", "\"tariff\"")],
            Kind::UnknownEventType,
            6,
            8,
            "S01",
        ),
        (&[("actor", "\"USQ\"")], Kind::UnknownState, 7, 9, "USA"),
        (&[("actor", "\"Canada\"")], Kind::UnknownState, 7, 9, "CAN"),
        (
            &[("targets", "[\"CAN\", \"NATOO\"]")],
            Kind::UnknownTarget,
            8,
            19,
            "NATO",
        ),
        (
            &[("targets", "[\"european-alies\"]")],
            Kind::UnknownTarget,
            8,
            12,
            "european-allies",
        ),
        (
            &[("targets", "[]")],
            Kind::EmptyTargets,
            8,
            11,
            "at least one",
        ),
        (
            &[("targets", "[\"CAN\", \"USA\"]")],
            Kind::ActorIsTarget,
            8,
            19,
            "take it out",
        ),
        (&[("year", "2024")], Kind::Year, 9, 8, "span"),
        (&[("year", "20255")], Kind::Year, 9, 8, "1800"),
        (
            &[("year", "\"2025\"")],
            Kind::WrongType,
            9,
            8,
            "whole number",
        ),
        (&[("until", "2024")], Kind::UntilBeforeYear, 10, 9, "later"),
        (
            &[("magnitude", "-1.5")],
            Kind::Magnitude,
            10,
            13,
            "25 percentage points",
        ),
        (
            &[("type", "\"S07\""), ("magnitude", "0.0")],
            Kind::Magnitude,
            10,
            13,
            "above 0",
        ),
        (
            &[("type", "\"S07\""), ("magnitude", "1.01")],
            Kind::Magnitude,
            10,
            13,
            "at most 1",
        ),
        (
            &[("type", "\"S09\""), ("magnitude", "1.2")],
            Kind::Magnitude,
            10,
            13,
            "0 to 1",
        ),
        (
            &[("type", "\"S09\""), ("magnitude", "{ CAN = 2 }")],
            Kind::Magnitude,
            10,
            21,
            "0 to 1",
        ),
        (&[("magnitude", "nan")], Kind::Magnitude, 10, 13, "fraction"),
        (
            &[("magnitude", "\"atlas:tariff\"")],
            Kind::AtlasReference,
            10,
            13,
            "atlas:VARIABLE@ITEM",
        ),
        (
            &[("magnitude", "{ CNA = 0.1 }")],
            Kind::UnknownTarget,
            10,
            15,
            "CAN",
        ),
        (&[("sevrity", "1")], Kind::UnknownKey, 10, 1, "known keys"),
        (&[("magnitud", "1")], Kind::UnknownKey, 10, 1, "magnitude"),
        (&[("confidence", "1.5")], Kind::OutOfRange, 10, 14, "0 to 1"),
        (
            &[("loadings", "{ security = 0.5, trade = 0.6 }")],
            Kind::Loadings,
            10,
            12,
            "sum to 1",
        ),
        (&[("actor", "")], Kind::MissingKey, 5, 1, "actor"),
    ] {
        let found = problems(changes);
        assert_eq!(found.len(), 1, "{changes:?}: {found:?}");
        let (k, l, c, h) = &found[0];
        assert_eq!((*k, *l, *c), (kind, line, column), "{changes:?}: {h}");
        assert!(h.contains(hint), "{changes:?}: {h}");
    }
}

#[test]
fn ref_all_problems_are_reported_at_once() {
    let text = "title = 3\nhegemn = \"USA\"\nstart = 2030\nhorizon = 2025\n\n[[event]]\ntype = \"S99\"\nactor = \"XXX\"\ntargets = []\nyear = 1\n";
    let e = parse(text).unwrap_err();
    let kinds: Vec<Kind> = e.problems().iter().map(|p| p.kind).collect();
    for k in [
        Kind::WrongType,
        Kind::UnknownKey,
        Kind::MissingKey,
        Kind::Year,
        Kind::UnknownEventType,
        Kind::UnknownState,
        Kind::EmptyTargets,
    ] {
        assert!(kinds.contains(&k), "{k:?} in {e}");
    }
    assert!(
        e.problems()
            .windows(2)
            .all(|w| w[0].span.start <= w[1].span.start),
        "in the order of the file"
    );
    for p in e.problems() {
        assert!(!p.hint.is_empty() && p.span.end <= text.len(), "{p}");
    }
}

#[test]
fn ref_syntax_and_encoding_are_placed() {
    let e = parse("title = \"T\nhegemon = \"USA\"\n").unwrap_err();
    assert!(
        e.problems()
            .iter()
            .any(|p| p.kind == Kind::Syntax && p.line == 1),
        "{e}"
    );
    let e = Scenario::parse("s.toml", b"title = \"Caf\xe9\"\n", vocabulary()).unwrap_err();
    let p = &e.problems()[0];
    assert_eq!((p.kind, p.line, p.column), (Kind::Encoding, 1, 13));
    assert!(p.hint.contains("UTF-8"));
    let e = Scenario::parse("s.toml", b"\xff\xfet\0i\0", vocabulary()).unwrap_err();
    assert!(e.problems()[0].hint.contains("UTF-16"), "{e}");
    let bom = [b"\xef\xbb\xbf", HEAD.as_bytes()].concat();
    assert!(Scenario::parse("s.toml", &bom, vocabulary()).is_ok());
}

#[test]
fn ref_groups_and_blocs_have_the_members_of_the_year() {
    let v = vocabulary();
    let members = |t: &str, year, actor: &str| v.expand(t, year, actor).unwrap();
    let europe = members("european-allies", 2025, "USA");
    for c in ["DEU", "FRA", "GBR", "POL", "FIN", "SWE", "IRL", "NOR"] {
        assert!(europe.iter().any(|e| e == c), "{c}");
    }
    for c in ["USA", "CAN", "RUS", "TUR", "SRB"] {
        assert!(europe.iter().all(|e| e != c), "{c}");
    }
    assert!(members("NATO", 1966, "FRA").iter().any(|c| c == "USA"));
    assert!(
        members("NATO", 1966, "FRA")
            .iter()
            .all(|c| c != "FRA" && c != "ESP" && c != "POL")
    );
    assert!(
        members("warsaw-pact", 1968, "RUS")
            .iter()
            .any(|c| c == "CZE")
    );
    assert!(members("warsaw-pact", 1995, "RUS").is_empty());
    let allies = members("allies", 2025, "USA");
    assert!(
        ["JPN", "KOR", "AUS", "CAN", "DEU"]
            .iter()
            .all(|c| allies.iter().any(|a| a == c))
    );
    let allies = members("allies", 2024, "RUS");
    assert!(
        allies.iter().any(|a| a == "KAZ") && allies.iter().all(|a| a != "USA"),
        "{allies:?}"
    );
    assert!(members("latin-america", 2025, "USA").len() > 15);
    assert!(v.expand("atlantis", 2025, "USA").is_none());
}

#[test]
fn ref_every_group_stands_for_someone_in_some_year() {
    let v = vocabulary();
    for g in v.groups() {
        let some = [1956, 1968, 1985, 2024].iter().any(|y| {
            ["USA", "RUS", "IND"]
                .iter()
                .any(|a| !v.expand(&g.id, *y, a).unwrap().is_empty())
        });
        assert!(some, "{}", g.id);
        for name in &g.names {
            assert_eq!(
                *name,
                name.to_lowercase(),
                "{}: names are in small letters",
                g.id
            );
        }
        let listed = g.states.iter().chain(&g.add).chain(&g.drop);
        for code in listed {
            assert!(v.is_state(&code[..3]), "{}: {code}", g.id);
        }
        for bloc in &g.blocs {
            assert!(v.blocs().contains(bloc.as_str()), "{}: {bloc}", g.id);
        }
    }
}

fn shipped() -> Vec<(String, Scenario)> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../scenarios");
    let mut files: Vec<_> = std::fs::read_dir(folder)
        .unwrap()
        .map(|f| f.unwrap().path())
        .collect();
    files.sort();
    files
        .into_iter()
        .filter(|p| p.extension().is_some_and(|e| e == "toml"))
        .map(|p| {
            let name = p.file_name().unwrap().to_string_lossy().into_owned();
            let s = Scenario::parse(&name, &std::fs::read(&p).unwrap(), vocabulary())
                .unwrap_or_else(|e| panic!("{e}"));
            (name, s)
        })
        .collect()
}

#[test]
fn ref_shipped_scenarios_read_and_resolve() {
    let all = shipped();
    assert!(all.len() >= 3);
    for (name, s) in all {
        let r = s
            .resolve_with(atlas(), vocabulary())
            .unwrap_or_else(|e| panic!("{name}: {e}"));
        assert_eq!(r.events.len(), s.events.len(), "{name}");
        for e in &r.events {
            assert!(
                e.target(e.actor).is_none() && !e.targets.is_empty(),
                "{name}"
            );
            assert!(
                e.targets.windows(2).all(|w| w[0].state < w[1].state),
                "{name}"
            );
        }
    }
}

#[test]
fn ref_tariffs_of_2025_are_those_of_the_data() {
    let (_, s) = shipped()
        .into_iter()
        .find(|(n, _)| n == "us-alliance-trust.toml")
        .unwrap();
    let r = s.resolve_with(atlas(), vocabulary()).unwrap();
    let tariffs = r.events.iter().find(|e| e.kind == EventType::S01).unwrap();
    let of = |c: &str| {
        let id = atlas().states().by_iso3(c).unwrap();
        tariffs
            .target(id)
            .unwrap_or_else(|| panic!("{c}"))
            .magnitude
            .unwrap()
    };
    // country-by-time.csv, 2025-11-14: effective minus 2024 tariff; the atlas keeps four digits.
    for (code, points) in [
        ("CAN", 10.079829826978642 - 0.10047192820058021),
        ("JPN", 14.33192234494167 - 1.5080061314809772),
        ("KOR", 13.308008804310319 - 0.19074987796402115),
        ("DEU", 11.123148103116996 - 1.2290777517549552),
        ("CHN", 18.902592580667534 - 10.865954673194842),
    ] {
        assert!(
            (of(code) - points / 100.0).abs() < 2e-4,
            "{code}: {} {points}",
            of(code)
        );
    }
    assert!(tariffs.targets.len() > 60, "{}", tariffs.targets.len());
    let sovereignty = r.events.iter().find(|e| e.kind == EventType::S05).unwrap();
    let codes: Vec<&str> = sovereignty
        .targets
        .iter()
        .map(|t| atlas().states().iso3(t.state))
        .collect();
    assert_eq!(codes, ["CAN", "DNK"]);
}

#[test]
fn ref_resolving_keeps_own_values_before_those_of_groups() {
    let mut s = parse(&format!("{HEAD}[[event]]\ntype = \"S01\"\nactor = \"USA\"\ntargets = [\"european-allies\", \"CAN\"]\nyear = 2025\nmagnitude = {{ european-allies = 0.1, DEU = 0.2 }}\n")).unwrap();
    let r = s.resolve_with(atlas(), vocabulary()).unwrap();
    let of = |c: &str| {
        r.events[0]
            .target(atlas().states().by_iso3(c).unwrap())
            .unwrap()
            .magnitude
    };
    assert_eq!(
        (of("DEU"), of("FRA"), of("CAN")),
        (Some(0.2), Some(0.1), None)
    );
    assert!(r.focus.len() > 30, "focus falls back on the targets");
    s.events[0].magnitude =
        AtlasReference::parse("atlas:us_tariff_effective@1999-01-01").map(MagnitudeInput::Atlas);
    let e = s.resolve_with(atlas(), vocabulary()).unwrap_err();
    assert!(
        matches!(e, ScenarioError::AtlasReference { event: 1, .. }),
        "{e}"
    );
    s.events[0].magnitude = None;
    s.events[0].targets = vec!["warsaw-pact".to_owned()];
    assert!(matches!(
        s.resolve_with(atlas(), vocabulary()),
        Err(ScenarioError::NoTarget { .. })
    ));
}

#[test]
fn regress_the_schema_file_is_fresh() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../scenarios/schema.json");
    let file = std::fs::read_to_string(path).unwrap_or_default();
    assert!(
        file == Scenario::json_schema(),
        "scenarios/schema.json is stale: write it anew with `realign scenario schema > scenarios/schema.json`"
    );
}

fn code() -> impl Strategy<Value = String> {
    prop::sample::select(vec![
        "CAN",
        "DEU",
        "JPN",
        "KOR",
        "POL",
        "NATO",
        "european-allies",
        "all",
    ])
    .prop_map(str::to_owned)
}

fn words() -> impl Strategy<Value = String> {
    "[ -~\u{e9}\u{201c}\n\t]{1,40}"
}

fn event() -> impl Strategy<Value = Event> {
    let kinds = prop::sample::select(EventType::ALL.to_vec());
    (
        kinds,
        prop::collection::vec(code(), 1..4),
        2025..2036i32,
        0.0..1.0f64,
        0..4u8,
        prop::option::of(words()),
        0..10i32,
        any::<bool>(),
    )
        .prop_map(|(kind, targets, year, x, form, sentence, later, flag)| {
            let range = kind.magnitude().range();
            let size = range.start() + x.max(0.01) * (range.end() - range.start());
            Event {
                kind,
                actor: "USA".to_owned(),
                magnitude: match form {
                    0 => None,
                    1 => Some(MagnitudeInput::Value(size)),
                    2 => Some(MagnitudeInput::PerTarget(BTreeMap::from([(
                        targets[0].clone(),
                        size,
                    )]))),
                    _ => AtlasReference::parse("atlas:us_tariff_effective@2025-11-14 - 2024")
                        .map(MagnitudeInput::Atlas),
                },
                targets,
                year,
                until: flag.then_some(year + later),
                agreement: flag.then(|| "NATO".to_owned()),
                loadings: flag.then_some(Loadings {
                    security: 0.25,
                    trade: 0.5,
                    technology: 0.25,
                }),
                confidence: x,
                line: sentence.as_ref().map(|_| 7),
                note: sentence.clone(),
                sentence,
            }
        })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn prop_writing_and_reading_gives_the_same(
        title in words(),
        events in prop::collection::vec(event(), 0..5),
        questions in prop::collection::vec(words(), 0..3),
        draws in prop::option::of(1..1000u32),
        seed in prop::option::of(0..=i64::MAX as u64),
    ) {
        let s = Scenario {
            title,
            source: "https://example.org".to_owned(),
            note: String::new(),
            hegemon: "USA".to_owned(),
            start: 2025,
            horizon: 2035,
            focus: vec!["CAN".to_owned()],
            domains: vec!["Trade".to_owned()],
            questions,
            options: Options { draws, seed },
            events,
            layers: Vec::new(),
        };
        let text = s.to_toml().unwrap();
        prop_assert_eq!(parse(&text).map_err(|e| TestCaseError::fail(e.to_string()))?, s.clone());
        let plain: Scenario = toml::from_str(&text).map_err(|e| TestCaseError::fail(e.to_string()))?;
        prop_assert_eq!(plain, s);
    }

    #[test]
    fn prop_no_text_makes_the_parser_panic(text in "[ -~\n\u{e9}]{0,200}") {
        let _ = parse(&text);
        let _ = parse(&format!("{HEAD}{text}"));
    }
}
