//! The reader on a corpus of briefs: other hegemons, decades and forms, with what a careful reader
//! finds in them.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::sync::OnceLock;

use realign_atlas::Atlas;
use realign_scenario::{
    Draft, EventType, Gazetteer, Polarity, ProblemKind, ScenarioDefaults, ScenarioError,
    Vocabulary, read_brief,
};
use serde::Deserialize;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Expected {
    brief: Vec<Brief>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Brief {
    file: String,
    hegemon: String,
    targets: Vec<String>,
    #[serde(default)]
    never: Vec<String>,
    events: Vec<String>,
    #[serde(default)]
    also: Vec<String>,
    #[serde(default)]
    none: Vec<String>,
    #[serde(default)]
    domains: Vec<String>,
    #[serde(default)]
    questions: usize,
    year: i32,
}

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/briefs")
}

fn names() -> &'static Gazetteer {
    static NAMES: OnceLock<Gazetteer> = OnceLock::new();
    NAMES.get_or_init(|| Gazetteer::from_atlas(&Atlas::embedded().unwrap()).unwrap())
}

fn read(text: &str) -> Draft {
    read_brief("test", text.as_bytes(), names(), 2025).unwrap()
}

fn refuse(bytes: &[u8]) -> ScenarioError {
    read_brief("test", bytes, names(), 2025).unwrap_err()
}

/// The folder of shared material, if it is there; its absence fails where CI is set.
fn shared() -> Option<PathBuf> {
    let at = option_env!("REALIGN_SHARED").map_or_else(
        || Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared"),
        PathBuf::from,
    );
    if at.is_dir() {
        return Some(at);
    }
    assert!(
        option_env!("CI").is_none(),
        "the folder of shared material is missing"
    );
    #[allow(clippy::print_stderr)] // a test that skips says so
    {
        eprintln!("skipped: no folder of shared material");
    }
    None
}

fn corpus() -> &'static [(Brief, String, Draft)] {
    static CORPUS: OnceLock<Vec<(Brief, String, Draft)>> = OnceLock::new();
    CORPUS.get_or_init(read_corpus)
}

fn read_corpus() -> Vec<(Brief, String, Draft)> {
    let text = std::fs::read_to_string(folder().join("expected.toml")).unwrap();
    let expected: Expected = toml::from_str(&text).unwrap();
    let mut out = Vec::new();
    for b in expected.brief {
        let path = match b.file.split_once("shared/") {
            Some((_, rest)) => match shared() {
                Some(s) => s.join(rest),
                None => continue,
            },
            None => folder().join(&b.file),
        };
        let text = std::fs::read(&path).unwrap();
        let draft =
            read_brief(&b.file, &text, names(), 2025).unwrap_or_else(|e| panic!("{}: {e}", b.file));
        out.push((b, String::from_utf8(text).unwrap(), draft));
    }
    out
}

fn found(d: &Draft, wanted: &str) -> bool {
    let mut parts = wanted.split(' ');
    let (kind, actor, target) = (parts.next().unwrap(), parts.next().unwrap(), parts.next());
    d.events.iter().any(|e| {
        e.kind.code() == kind
            && e.actor == actor
            && target.is_none_or(|t| e.targets.iter().any(|x| x == t))
    })
}

#[test]
fn ref_every_brief_of_the_corpus_has_its_hegemon_form_and_questions() {
    for (b, _, d) in corpus() {
        let name = &b.file;
        assert_eq!(d.hegemons, std::slice::from_ref(&b.hegemon), "{name}");
        assert_eq!(d.year, b.year, "{name}");
        assert_eq!(d.questions.len(), b.questions, "{name}");
        if !b.domains.is_empty() {
            assert_eq!(d.domains, b.domains, "{name}");
        }
        for t in &b.targets {
            assert!(
                d.targets.iter().any(|x| x.iso3 == *t),
                "{name}: target {t} in {:?}",
                d.targets
            );
        }
        for t in &b.never {
            assert!(
                d.targets.iter().all(|x| x.iso3 != *t),
                "{name}: {t} is no target"
            );
        }
        for e in &b.none {
            assert!(!found(d, e), "{name}: {e} must not be found");
        }
    }
}

/// Recall and precision over the corpus: found of the wanted, and right among
/// the different (type, actor) found.
fn measure() -> (f64, f64, Vec<String>) {
    let (mut wanted, mut hit, mut right, mut all) = (0, 0, 0, 0);
    let mut faults = Vec::new();
    for (b, _, d) in corpus() {
        for e in &b.events {
            wanted += 1;
            if found(d, e) {
                hit += 1;
            } else {
                faults.push(format!("{}: missed {e}", b.file));
            }
        }
        let good: BTreeSet<String> = b
            .events
            .iter()
            .chain(&b.also)
            .map(|e| e.split(' ').take(2).collect::<Vec<_>>().join(" "))
            .collect();
        let kinds: BTreeSet<String> = d
            .events
            .iter()
            .map(|e| format!("{} {}", e.kind, e.actor))
            .collect();
        for k in kinds {
            all += 1;
            if good.contains(&k) {
                right += 1;
            } else {
                faults.push(format!("{}: surplus {k}", b.file));
            }
        }
    }
    (
        f64::from(hit) / f64::from(wanted),
        f64::from(right) / f64::from(all),
        faults,
    )
}

/// Floors a little below what was measured when the corpus was made, so that a rule that breaks
/// several briefs fails and one that shifts a single reading does not.
const RECALL_FLOOR: f64 = 0.93;
const PRECISION_FLOOR: f64 = 0.93;

#[test]
fn ref_recall_and_precision_over_the_corpus() {
    let (recall, precision, faults) = measure();
    assert!(recall >= RECALL_FLOOR, "recall {recall:.3}: {faults:#?}");
    assert!(
        precision >= PRECISION_FLOOR,
        "precision {precision:.3}: {faults:#?}"
    );
}

#[test]
fn ref_our_brief_is_read_as_the_issue_asks() {
    let Some(shared) = shared() else { return };
    let bytes = std::fs::read(shared.join("briefs/us-alliance-trust.md")).unwrap();
    let d = read_brief("us-alliance-trust.md", &bytes, names(), 2025).unwrap();
    assert_eq!(
        d.title,
        "Domain Impact Brief: U.S. Alliance Erosion Through Trust Degradation"
    );
    let kinds: BTreeSet<&str> = d.events.iter().map(|e| e.kind.code()).collect();
    assert_eq!(
        kinds.into_iter().collect::<Vec<_>>(),
        ["S01", "S03", "S04", "S05", "S06", "S07"]
    );
    assert!(
        d.events
            .iter()
            .all(|e| e.actor == "USA" && e.polarity == Polarity::Adverse)
    );
    let via = |c: &str| {
        d.targets
            .iter()
            .find(|t| t.iso3 == c)
            .map(|t| t.via.clone())
            .unwrap()
    };
    assert_eq!(via("CAN"), "Canada");
    assert!(
        via("PRT").starts_with("European nations (european-allies"),
        "{}",
        via("PRT")
    );
    assert!(
        d.questions[0].starts_with("How might the erosion of trust in the U.S. alliance system")
    );
    assert!(d.questions[2].ends_with("that could be exploited by adversaries?"));
    assert_eq!(
        d.source,
        "https://www.nytimes.com/2025/03/31/world/trump-foreign-policy-trust.html"
    );
    assert_eq!(d.sections[1].name, "Trade Systems");
    assert!(
        d.sections[1]
            .why
            .starts_with("Recent tariffs, ignored trade deals")
    );
}

#[test]
fn prop_nothing_said_is_lost_and_places_are_true() {
    for (b, text, d) in corpus() {
        let body = text.strip_prefix('\u{feff}').unwrap_or(text);
        let line = |n: usize| body.lines().nth(n - 1).unwrap_or_default();
        let first = |s: &str| {
            s.split([' ', '\u{a0}'])
                .next()
                .unwrap_or_default()
                .trim_matches(['"', '“', '*', '('])
                .to_owned()
        };
        for e in &d.events {
            assert!(
                line(e.line).contains(&first(&e.sentence)),
                "{}: line {} of {:?}",
                b.file,
                e.line,
                e.sentence
            );
            assert!((0.0..=1.0).contains(&e.confidence), "{}: {e:?}", b.file);
            assert!(
                !e.targets.contains(&e.actor) && !e.targets.is_empty(),
                "{}: {e:?}",
                b.file
            );
            let at = text
                .get(e.span.clone())
                .unwrap_or_else(|| panic!("{}: span of {e:?}", b.file));
            assert!(
                at.starts_with(&first(&e.words)),
                "{}: {at:?} is not {:?}",
                b.file,
                e.words
            );
        }
        for u in &d.unplaced {
            assert!(
                !u.why.is_empty() && line(u.line).contains(&first(&u.text)),
                "{}: {u:?}",
                b.file
            );
        }
        assert!(
            d.targets.iter().all(|t| !d.hegemons.contains(&t.iso3)),
            "{}",
            b.file
        );
        // Every sentence of summary and domains is an event, a question or unplaced.
        let said: Vec<&str> = d
            .events
            .iter()
            .map(|e| e.sentence.as_str())
            .chain(d.unplaced.iter().map(|u| u.text.as_str()))
            .chain(d.questions.iter().map(String::as_str))
            .collect();
        for s in &d.sections {
            for part in [&s.what, &s.why, &s.so_what] {
                for word in [
                    part.split_whitespace().next(),
                    part.split_whitespace().last(),
                ]
                .into_iter()
                .flatten()
                {
                    assert!(
                        said.iter().any(|x| x.contains(word)),
                        "{}: {word:?} of {part:?} is lost",
                        b.file
                    );
                }
            }
        }
    }
}

#[test]
fn prop_a_draft_makes_a_scenario_that_reads_back() {
    let atlas = Atlas::embedded().unwrap();
    let vocabulary = Vocabulary::from_atlas(&atlas).unwrap();
    for (b, _, d) in corpus() {
        let s = d.to_scenario(ScenarioDefaults::default());
        let text = s.to_toml().unwrap();
        let back = realign_scenario::Scenario::parse("draft.toml", text.as_bytes(), &vocabulary)
            .unwrap_or_else(|e| panic!("{}: {e}", b.file));
        assert_eq!(back, s, "{}", b.file);
        let r = back.resolve_with(&atlas, &vocabulary).unwrap();
        assert_eq!(atlas.states().iso3(r.hegemon), b.hegemon);
    }
}

#[test]
fn ref_the_json_has_the_agreed_keys_in_order() {
    let d = read("# Tariffs\n\n- **WHY**: The United States imposed tariffs on Canada in 2025.\n");
    let json = d.to_json().unwrap();
    let order = [
        "\"title\"",
        "\"hegemons\"",
        "\"targets\"",
        "\"events\"",
        "\"domains\"",
        "\"questions\"",
        "\"unplaced\"",
    ];
    let at: Vec<usize> = order.iter().map(|k| json.find(k).unwrap()).collect();
    assert!(at.is_sorted(), "{json}");
    let v: serde_json::Value = serde_json::from_str(&json).unwrap();
    let e = &v["events"][0];
    assert_eq!(
        (
            e["type"].as_str(),
            e["actor"].as_str(),
            e["polarity"].as_str()
        ),
        (Some("S01"), Some("USA"), Some("adverse"))
    );
    assert_eq!(e["targets"][0], "CAN");
    assert_eq!(e["line"], 3);
    assert!(e["confidence"].as_f64().unwrap() > 0.7);
    assert_eq!(v["targets"][0]["iso3"], "CAN");
}

/// One sentence after a frame that makes the United States the hegemon and Canada the ally.
fn kinds_of(sentence: &str) -> Vec<String> {
    let d = read(&format!(
        "# America's Conduct toward Canada\n\n## Summary\nWashington has shaken Canada.\n\n### Trade\n- **WHY**: {sentence}\n"
    ));
    let mut k: Vec<String> = d
        .events
        .iter()
        .map(|e| format!("{} {} {}", e.kind, e.actor, e.targets.join("+")))
        .collect();
    k.sort();
    k.dedup();
    k
}

#[test]
fn ref_negation_hedging_and_reversal() {
    for (sentence, wanted) in [
        (
            "The United States imposed tariffs on Canadian steel.",
            "S01 USA CAN",
        ),
        ("The United States did not impose tariffs on Canada.", ""),
        ("The president ruled out tariffs on Canada.", ""),
        (
            "Washington stopped short of imposing tariffs on Canada.",
            "",
        ),
        ("Washington lifted its tariffs on Canada.", "S23 USA CAN"),
        ("The tariffs on Canada were later removed.", "S23 USA CAN"),
        ("Washington threatened tariffs on Canada.", "S02 USA CAN"),
        (
            "Washington is considering tariffs on Canada.",
            "S02 USA CAN",
        ),
        ("Canada was hit by U.S. tariffs.", "S01 USA CAN"),
        (
            "Tariffs were imposed on Canada by Washington.",
            "S01 USA CAN",
        ),
        (
            "Canada retaliated with tariffs on American goods.",
            "S01 CAN USA",
        ),
        (
            "Ottawa's retaliatory tariffs on the U.S. followed.",
            "S01 CAN USA",
        ),
        ("America honoured its agreement with Canada.", ""),
        ("America tore up its agreement with Canada.", "S03 USA CAN"),
        ("American troops were not withdrawn from Canada.", ""),
        (
            "Washington will withdraw its troops from Canada.",
            "S09 USA CAN",
        ),
        (
            "Washington refused to rule out military force against Canada.",
            "S05 USA CAN",
        ),
    ] {
        assert_eq!(kinds_of(sentence).join(", "), wanted, "{sentence}");
    }
}

#[test]
fn ref_each_type_has_a_sentence() {
    for (sentence, kind) in [
        (
            "Washington slapped a 25 percent tariff on Canadian cars.",
            "S01",
        ),
        (
            "Washington threatened Canada with economic retaliation.",
            "S02",
        ),
        (
            "Washington abrogated the trade agreement with Canada.",
            "S03",
        ),
        ("Washington banned imports of Canadian lumber.", "S04"),
        ("The president threatened to annex Canada.", "S05"),
        (
            "Trump praised Putin and sided with Moscow against Canada.",
            "S06",
        ),
        (
            "Washington sold Canada downgraded versions of its fighter jets.",
            "S07",
        ),
        ("Washington refused to sell Canada missiles.", "S08"),
        (
            "The United States withdrew two brigades from Canada.",
            "S09",
        ),
        (
            "The White House questioned its commitment to Article 5.",
            "S10",
        ),
        (
            "Washington suspended intelligence sharing with Canada.",
            "S11",
        ),
        (
            "Washington imposed secondary sanctions on Canadian banks.",
            "S12",
        ),
        ("The United States withdrew from NATO.", "S13"),
        ("The United States deployed two brigades to Canada.", "S20"),
        (
            "The United States held a joint exercise with Canada.",
            "S21",
        ),
        (
            "The president visited Canada and reaffirmed the alliance.",
            "S22",
        ),
        (
            "Washington signed a free trade agreement with Canada.",
            "S23",
        ),
        (
            "The United States agreed to share submarine technology with Canada.",
            "S24",
        ),
        (
            "Washington signed a mutual defence treaty with Canada.",
            "S25",
        ),
        (
            "In January 2025 Trump took office for a second time.",
            "S30",
        ),
    ] {
        let found = kinds_of(sentence);
        assert!(
            found.iter().any(|k| k.starts_with(&format!("{kind} USA"))),
            "{sentence} gives {found:?}"
        );
    }
    assert_eq!(EventType::ALL.len(), 20);
}

fn only_problem(e: &ScenarioError) -> &realign_scenario::Problem {
    assert_eq!(e.problems().len(), 1, "{e}");
    &e.problems()[0]
}

#[test]
fn ref_what_is_no_brief_is_refused_with_a_remedy() {
    for (bytes, kind) in [
        (&b""[..], ProblemKind::NotABrief),
        (b"   \n\n", ProblemKind::NotABrief),
        (b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR", ProblemKind::NotABrief),
        (b"# Title\n\n---\n", ProblemKind::NotABrief),
        (
            b"Caf\xe9 society and the allies of Washington.",
            ProblemKind::Encoding,
        ),
        (
            b"The weather was fine and the harvest good all summer long.",
            ProblemKind::NoActor,
        ),
        (
            b"# T\n\nWashington imposed tariffs on Canada between 2027 and 2025.\n",
            ProblemKind::Dates,
        ),
    ] {
        let e = refuse(bytes);
        let p = only_problem(&e);
        assert_eq!(p.kind, kind, "{e}");
        assert!(!p.hint.is_empty() && p.line >= 1);
    }
    let e = refuse(b"# T\n\nCaf\xe9 and the allies of Washington.");
    let p = only_problem(&e);
    assert_eq!((p.line, p.column), (3, 4));
    assert!(p.message.contains("offset 8"), "{}", p.message);
    let e = refuse(b"# T\n\nWashington imposed tariffs on Canada between 2027 and 2025.\n");
    assert_eq!(only_problem(&e).line, 3);
}

#[test]
fn ref_historical_names_and_dates_without_a_year() {
    let d = read(
        "# Khrushchev and his allies\n\nKhrushchev withdrew Soviet technicians from China. East Germany and Czechoslovakia kept silent.\n",
    );
    assert_eq!(d.hegemons, ["RUS"]);
    assert!((1953..=1964).contains(&d.year), "{}", d.year);
    assert!(d.notes.iter().any(|n| n.contains("East Germany")));
}

fn same_reading(name: &str, text: &str, first: &Draft) {
    let d =
        read_brief(name, text.as_bytes(), names(), 2025).unwrap_or_else(|e| panic!("{name}: {e}"));
    let kinds = |d: &Draft| d.events.iter().map(|e| e.kind).collect::<BTreeSet<_>>();
    assert_eq!(d.title, first.title, "{name}");
    assert_eq!(d.hegemons, first.hegemons, "{name}");
    assert_eq!(d.domains, first.domains, "{name}");
    assert_eq!(d.questions, first.questions, "{name}");
    assert_eq!(kinds(&d), kinds(first), "{name}");
    assert_eq!(d.targets, first.targets, "{name}");
    assert_eq!(d.source, first.source, "{name}");
    assert_eq!(d.summary, first.summary, "{name}");
}

#[test]
fn prop_other_forms_of_our_brief_read_the_same() {
    let Some(shared) = shared() else { return };
    let text = std::fs::read_to_string(shared.join("briefs/us-alliance-trust.md")).unwrap();
    let first = read_brief("a", text.as_bytes(), names(), 2025).unwrap();
    let forms: Vec<(&str, String)> = vec![
        ("windows", format!("\u{feff}{}", text.replace('\n', "\r\n"))),
        ("deeper", text.replace("\n### ", "\n#### ").replace("\n## ", "\n### ")),
        ("flat", text.replace("\n### ", "\n## ")),
        ("bold headings", text.lines().map(|l| l.strip_prefix("### ").map_or(l.to_owned(), |r| format!("**{r}**"))).collect::<Vec<_>>().join("\n")),
        ("plain headings", text.lines().map(|l| l.strip_prefix("### ").map_or(l.to_owned(), str::to_owned)).collect::<Vec<_>>().join("\n")),
        ("domain words", text.replace("### 1. ", "### Domain 1: ").replace("### 2. ", "### Domain 2 - ").replace("### 3. ", "### III. ")),
        ("plain labels", text.replace("- **WHAT**:", "What:").replace("- **WHY**:", "\nWhy:").replace("- **SO WHAT**:", "\nSo what:")),
        ("labels in bold with colon", text.replace("**WHAT**:", "**What:**").replace("**WHY**:", "**Why:**").replace("**SO WHAT**:", "**So What:**")),
        ("label headings", text.replace("- **WHAT**: ", "#### WHAT\n").replace("- **WHY**: ", "\n#### WHY\n").replace("- **SO WHAT**: ", "\n#### SO WHAT\n")),
        ("dashes", text.replace("**WHAT**:", "**WHAT** –").replace("**WHY**:", "**WHY** –").replace("**SO WHAT**:", "**SO WHAT** –")),
        ("stars", text.replace("\n- ", "\n* ")),
        ("bulleted questions", text.replace("\n1. How", "\n- How").replace("\n2. What", "\n- What").replace("\n3. Where", "\n- Where")),
        ("bracketed numbers", text.replace("\n1. How", "\n1) How").replace("\n2. What", "\n(2) What").replace("\n3. Where", "\nQ3: Where")),
        ("no-break spaces", text.replace("U.S. ", "U.S.\u{a0}")),
        ("curly quotes", text.replace("'s ", "\u{2019}s ")),
        ("source as link", text.replace("[Source: https://www.nytimes.com/2025/03/31/world/trump-foreign-policy-trust.html]", "*Source: [The New York Times](https://www.nytimes.com/2025/03/31/world/trump-foreign-policy-trust.html)*")),
        ("source as footnote", text.replace("[Source: https", "[^1]: https").replace(".html]", ".html")),
    ];
    for (name, form) in forms {
        let (form, first) = match name {
            // What differs is what was asked to differ.
            "no-break spaces" | "curly quotes" => {
                let mut f = first.clone();
                let d = read_brief(name, form.as_bytes(), names(), 2025).unwrap();
                f.title.clone_from(&d.title);
                f.questions.clone_from(&d.questions);
                f.summary.clone_from(&d.summary);
                (form, f)
            }
            _ => (form, first.clone()),
        };
        same_reading(name, &form, &first);
    }
}

proptest::proptest! {
    #![proptest_config(proptest::prelude::ProptestConfig::with_cases(48))]

    #[test]
    fn prop_no_text_makes_the_reader_panic(
        text in "[ -~\n\u{e9}\u{a0}\u{2019}\u{2014}|#*_]{0,300}",
        words in proptest::collection::vec(proptest::sample::select(vec![
            "Washington", "Canada", "tariffs", "on", "the", "allies", ",", "and", "imposed", "(", ")", "by",
            "\n\n", "# ", "- ", "**WHY**: ", "that", "not", "NATO", "'s", "withdrew", "troops", "from", "it",
            "praised", "Putin", "?", ".", "|", "1968", "25", "percent", "Soviet", "U.S.", "while", "—",
        ]), 0..60),
    ) {
        let _ = read_brief("a", text.as_bytes(), names(), 2025);
        let _ = read_brief("b", words.join(" ").as_bytes(), names(), 2025);
    }
}
