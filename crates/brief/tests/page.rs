//! The whole page from a document: structure, links, numbers, escapes.

mod common;

use std::collections::{BTreeMap, BTreeSet};

use proptest::prelude::*;
use realign_brief::document::{Block, Document, SectionKind};
use realign_brief::evidence::{Basis, Unit};
use realign_brief::figure::Chart;
use realign_brief::sentence::{Sentence, Token};
use realign_brief::{BriefError, check_document, html, json, markdown};
use serde_json::Value;

/// Largest page that mail gateways of ministries still pass, bytes.
const LARGEST_PAGE: usize = 600_000;
/// WCAG 2.2 AA for text below 24 px.
const AA: f64 = 4.5;

fn page() -> String {
    html::render(&common::fixture()).expect("the fixture renders")
}

fn data() -> Value {
    serde_json::from_str(&json::render(&common::fixture()).expect("json")).expect("valid json")
}

/// All values of an attribute.
fn attributes<'a>(page: &'a str, name: &str) -> Vec<&'a str> {
    let lead = format!(" {name}=\"");
    page.match_indices(&lead)
        .map(|(k, _)| {
            let from = k + lead.len();
            &page[from..from + page[from..].find('"').expect("closed attribute")]
        })
        .collect()
}

fn unescape(s: &str) -> String {
    s.replace("&lt;", "<")
        .replace("&gt;", ">")
        .replace("&quot;", "\"")
        .replace("&amp;", "&")
}

/// Text of a piece of HTML.
fn stripped(s: &str) -> String {
    let mut out = String::new();
    let mut inside = false;
    for c in s.chars() {
        match c {
            '<' => inside = true,
            '>' => inside = false,
            c if !inside => out.push(c),
            _ => {}
        }
    }
    unescape(&out)
}

/// Row and text of each number that leads to its row.
fn html_numbers(page: &str) -> Vec<(String, String)> {
    page.split("<a class=\"n")
        .skip(1)
        .map(|a| {
            let row = attributes(&format!(" {a}"), "href")[0]
                .trim_start_matches("#e-")
                .to_owned();
            let text = &a[a.find('>').expect("tag") + 1..a.find("</a>").expect("end")];
            (row, unescape(text))
        })
        .collect()
}

fn markdown_numbers(page: &str) -> Vec<(String, String)> {
    page.match_indices("](#e-")
        .map(|(k, lead)| {
            let text = &page[page[..k].rfind('[').expect("open") + 1..k];
            let row = &page[k + lead.len()..];
            (
                row[..row.find(')').expect("end")].to_owned(),
                text.to_owned(),
            )
        })
        .filter(|(row, text)| row != text)
        .collect()
}

/// The first number in a text, and what half of its last digit is worth.
fn read(text: &str) -> (f64, f64) {
    let clean: String = text.replace('\u{2212}', "-").replace('\u{2009}', "");
    let start = clean.find(|c: char| c.is_ascii_digit()).expect("a digit");
    let digits: String = clean[start..]
        .chars()
        .take_while(|c| c.is_ascii_digit() || *c == '.')
        .collect();
    let digits = digits.trim_end_matches('.');
    let decimals = digits.split_once('.').map_or(0, |(_, d)| d.len());
    let zeros = if decimals == 0 {
        digits.len() - digits.trim_end_matches('0').len()
    } else {
        0
    };
    let value: f64 = digits.parse().expect("a number");
    let sign = if clean[..start].contains('-') {
        -1.0
    } else {
        1.0
    };
    (
        sign * value,
        0.5 * 10f64.powi(zeros as i32 - decimals as i32) + 1e-9,
    )
}

/// Whether a printed number is one of its row's numbers, read back independently of the printer.
fn agrees(text: &str, row: &Value) -> bool {
    if text.contains("draws") {
        let p = row["estimate"].as_f64().unwrap();
        return !(0.005..=0.995).contains(&p);
    }
    let (x, slack) = read(text);
    let scale = if row["chance_word"].is_string() {
        100.0
    } else {
        1.0
    };
    ["estimate", "q05", "q95"]
        .iter()
        .filter_map(|k| row[k].as_f64())
        .any(|v| {
            let v = v * scale;
            (x - v).abs() <= slack || (x + v).abs() <= slack
        })
}

#[test]
fn prop_the_fixture_keeps_the_rules() {
    let found = check_document(&common::fixture());
    assert!(found.is_empty(), "{found:#?}");
}

#[test]
fn prop_one_file_without_script_or_request() {
    let page = page();
    // For looking at: the page stays in the build folder.
    let dir = std::path::Path::new(env!("CARGO_TARGET_TMPDIR"));
    std::fs::write(dir.join("brief.html"), &page).expect("a writable build folder");
    assert!(page.len() < LARGEST_PAGE, "{} bytes", page.len());
    for bad in [
        "<script",
        "<link",
        "<iframe",
        "<img",
        "@import",
        "javascript:",
        " onclick",
    ] {
        assert!(!page.contains(bad), "{bad}");
    }
    assert!(attributes(&page, "src").is_empty());
    for (k, _) in page.match_indices("url(") {
        let to = &page[k + 4..];
        assert!(
            to.starts_with("data:font/woff2") || to.starts_with('#'),
            "{}",
            &to[..40]
        );
    }
    for href in attributes(&page, "href") {
        assert!(
            href.starts_with('#') || href.starts_with("https://"),
            "{href}"
        );
    }
}

#[test]
fn prop_internal_links_resolve_and_ids_are_unique() {
    let page = page();
    let ids = attributes(&page, "id");
    let set: BTreeSet<&str> = ids.iter().copied().collect();
    assert_eq!(set.len(), ids.len(), "an id stands twice");
    for href in attributes(&page, "href")
        .into_iter()
        .filter_map(|h| h.strip_prefix('#'))
    {
        assert!(set.contains(href), "#{href}");
    }
    for label in attributes(&page, "aria-labelledby") {
        assert!(set.contains(label), "{label}");
    }
    for r in common::fixture().evidence {
        assert!(set.contains(format!("e-{}", r.id).as_str()));
    }
}

#[test]
fn prop_each_figure_says_answer_measure_and_evidence() {
    let page = page();
    let doc = common::fixture();
    let figures: Vec<&str> = page
        .split("<figure")
        .skip(1)
        .map(|f| &f[..f.find("</figure>").unwrap()])
        .collect();
    assert_eq!(figures.len(), doc.figures().count());
    for f in figures {
        assert!(f.contains("class=\"t\"") && f.contains("class=\"s\""));
        assert!(f.contains("class=\"foot\"") && f.contains("Evidence "));
        assert!(f.contains("role=\"img\"") || f.contains("aria-hidden") || f.contains("<table"));
    }
    for table in page.split("<table").skip(1) {
        let table = &table[..table.find("</table>").unwrap()];
        assert!(table.contains("<caption"), "{}", &table[..80]);
        assert!(table.contains("scope=\"col\""));
    }
    assert_eq!(
        page.matches("tabindex=\"0\"").count(),
        page.matches("role=\"region\"").count()
    );
}

#[test]
fn prop_every_number_in_html_and_markdown_is_its_row_in_json() {
    let data = data();
    let rows: BTreeMap<&str, &Value> = data["evidence"]
        .as_array()
        .unwrap()
        .iter()
        .map(|r| (r["id"].as_str().unwrap(), r))
        .collect();
    let html = html_numbers(&page());
    let md = markdown_numbers(&markdown::render(&common::fixture()));
    assert!(
        html.len() > 30 && md.len() > 30,
        "{} {}",
        html.len(),
        md.len()
    );
    for (row, text) in html.iter().chain(&md) {
        let r = rows
            .get(row.as_str())
            .unwrap_or_else(|| panic!("no row {row}"));
        assert!(agrees(text, r), "{row}: {text} is not {r}");
    }
    let of_summary: Vec<String> = data["summary"]
        .as_array()
        .unwrap()
        .iter()
        .flat_map(|s| s["numbers"].as_array().unwrap())
        .map(|n| n["text"].as_str().unwrap().to_owned())
        .collect();
    let page = page();
    let answer = page.split("class=\"answer\"").nth(1).unwrap();
    let answer = stripped(&answer[answer.find('>').unwrap() + 1..answer.find("</p>").unwrap()])
        .replace('\u{2060}', "");
    for n in of_summary {
        assert!(answer.contains(&n), "{n} is not in the answer");
    }
}

#[test]
fn prop_names_are_escaped() {
    let mut doc = common::fixture();
    doc.title = "A \"quoted\" <b>title</b> & more".to_owned();
    doc.headlines[0].label = "<i>x</i>".to_owned();
    let page = html::render(&doc).unwrap();
    assert!(page.contains("A &quot;quoted&quot; &lt;b&gt;title&lt;/b&gt; &amp; more"));
    assert!(!page.contains("<b>title") && !page.contains("<i>x"));
    assert!(page.contains("Łódź Institute of &lt;Tests&gt; &amp; Fixtures"));
    assert!(page.contains("gaps &lt;quoted&gt; &amp; &quot;exploited&quot;?"));
    let md = markdown::render(&doc);
    assert!(!md.contains("<b>title") && md.contains("&lt;b>title"));
}

#[test]
fn prop_same_document_same_bytes() {
    assert_eq!(page(), page());
    assert_eq!(
        markdown::render(&common::fixture()),
        markdown::render(&common::fixture())
    );
    assert_eq!(
        json::render(&common::fixture()).unwrap(),
        json::render(&common::fixture()).unwrap()
    );
}

#[test]
fn prop_markdown_has_the_form_of_the_brief_that_was_read() {
    let md = markdown::render(&common::fixture());
    let order = [
        "# Domain Impact Brief: ",
        "## Summary\n",
        "## Domains Most Significantly Impacted\n",
        "### 1. Security alliances\n",
        "- **WHAT**: ",
        "- **WHY**: ",
        "- **SO WHAT**: ",
        "### 3. Military technologies\n",
        "## Key Questions, answered\n",
        "## New questions for the workshop\n",
        "## Evidence\n",
        "## Sources\n",
    ];
    let mut from = 0;
    for part in order {
        from += md[from..]
            .find(part)
            .unwrap_or_else(|| panic!("{part:?} is missing or late"));
    }
    for (k, lead) in md.match_indices("](#") {
        let to = &md[k + lead.len()..];
        let id = &to[..to.find(')').unwrap()];
        assert!(md.contains(&format!("<a id=\"{id}\"></a>")), "#{id}");
    }
    assert!(!md.contains("<script"));
}

#[test]
fn prop_json_has_the_stable_fields() {
    let data = data();
    assert_eq!(data["schema_version"], 1);
    for key in ["title", "kind", "run_id"] {
        assert!(data[key].is_string(), "{key}");
    }
    for key in [
        "summary",
        "headlines",
        "domains",
        "questions",
        "sections",
        "new_questions",
        "evidence",
        "figures",
        "parameters",
        "sources",
        "unplaced",
        "run",
    ] {
        assert!(
            !data[key]
                .as_array()
                .unwrap_or_else(|| panic!("{key}"))
                .is_empty(),
            "{key}"
        );
    }
    for d in data["domains"].as_array().unwrap() {
        for part in ["what", "why", "so_what"] {
            assert!(!d[part].as_array().unwrap().is_empty());
        }
    }
    let doc = common::fixture();
    let charts: BTreeSet<&str> = data["figures"]
        .as_array()
        .unwrap()
        .iter()
        .map(|f| f["data"]["chart"].as_str().unwrap())
        .collect();
    assert_eq!(charts.len(), 15, "every chart has its data: {charts:?}");
    assert_eq!(
        data["figures"].as_array().unwrap().len(),
        doc.figures().count()
    );
    let question = doc.sections.iter().find_map(|s| match &s.kind {
        SectionKind::Question { verbatim, .. } => Some(verbatim.as_str()),
        _ => None,
    });
    assert_eq!(data["questions"][0]["question"].as_str(), question);
}

fn broken(change: impl FnOnce(&mut Document)) -> Vec<BriefError> {
    let mut doc = common::fixture();
    change(&mut doc);
    check_document(&doc)
}

#[test]
fn prop_broken_rules_are_found() {
    let typed = broken(|d| d.answer.push("It rises by 12 per cent.".into()));
    assert!(
        matches!(typed[..], [BriefError::TypedNumber { .. }]),
        "{typed:?}"
    );
    let lost = broken(|d| d.answer.push(common::s("It rises by {E99}.")));
    assert!(
        matches!(lost[..], [BriefError::UnknownRow { .. }]),
        "{lost:?}"
    );
    let bare = broken(|d| d.evidence[0].spread = None);
    assert!(
        bare.iter().any(|e| matches!(e, BriefError::Row { .. })),
        "{bare:?}"
    );
    let drawless = broken(|d| d.evidence[0].draws = 0);
    assert!(
        matches!(drawless[..], [BriefError::Row { .. }]),
        "{drawless:?}"
    );
    let sourceless = broken(|d| d.evidence[0].sources.clear());
    assert!(
        matches!(sourceless[..], [BriefError::Row { .. }]),
        "{sourceless:?}"
    );
    let twice = broken(|d| d.evidence.push(d.evidence[0].clone()));
    assert!(
        matches!(twice[..], [BriefError::DuplicateKey { .. }]),
        "{twice:?}"
    );
    let denied = broken(|d| d.answer.push(common::s("It falls by {E03 -}.")));
    assert!(
        matches!(denied[..], [BriefError::Negation { .. }]),
        "{denied:?}"
    );
    let chance = broken(|d| d.answer.push(common::s("It is {E01?}.")));
    assert!(
        matches!(chance[..], [BriefError::NotAChance { .. }]),
        "{chance:?}"
    );
    let claim = broken(|d| {
        for b in d.sections.iter_mut().flat_map(|s| &mut s.blocks) {
            if let Block::Figure(f) = b {
                f.claims = vec!["E02".into()];
                break;
            }
        }
    });
    assert!(matches!(claim[..], [BriefError::Claim { .. }]), "{claim:?}");
    let untitled = broken(|d| {
        for b in d.sections.iter_mut().flat_map(|s| &mut s.blocks) {
            if let Block::Figure(f) = b {
                f.subtitle = Sentence::new();
                break;
            }
        }
    });
    assert!(
        matches!(untitled[..], [BriefError::Figure { .. }]),
        "{untitled:?}"
    );
}

#[test]
fn prop_a_misshapen_chart_is_refused_and_not_drawn() {
    let mut doc = common::fixture();
    for b in doc.sections.iter_mut().flat_map(|s| &mut s.blocks) {
        if let Block::Figure(f) = b
            && let Chart::Paths(p) = &mut f.chart
        {
            p.panels[0].path.years.clear();
        }
    }
    assert!(matches!(
        check_document(&doc)[..],
        [BriefError::Figure { .. }, ..]
    ));
    assert!(matches!(html::render(&doc), Err(BriefError::Figure { .. })));
}

/// Relative luminance of `#RRGGBB` (WCAG 2.2).
fn luminance(hex: &str) -> f64 {
    let part = |k: usize| {
        let v = f64::from(u8::from_str_radix(&hex[k..k + 2], 16).unwrap()) / 255.0;
        if v <= 0.03928 {
            v / 12.92
        } else {
            ((v + 0.055) / 1.055).powf(2.4)
        }
    };
    0.2126 * part(1) + 0.7152 * part(3) + 0.0722 * part(5)
}

fn contrast(a: &str, b: &str) -> f64 {
    let (a, b) = (luminance(a), luminance(b));
    (a.max(b) + 0.05) / (a.min(b) + 0.05)
}

#[test]
fn ref_text_colours_reach_wcag_aa_in_light_and_dark() {
    let css = include_str!("../assets/brief.css");
    for theme in css.split(":root{").skip(1).take(2) {
        let colour = |name: &str| {
            let from = theme.find(&format!("--{name}:#")).unwrap() + name.len() + 3;
            theme[from..from + 7].to_owned()
        };
        for ink in ["ink", "ink2", "ink3", "shock", "base", "alert"] {
            for ground in ["paper", "panel"] {
                let c = contrast(&colour(ink), &colour(ground));
                assert!(c >= AA, "{ink} on {ground}: {c:.2}");
            }
        }
        let c = contrast(&colour("alert"), &colour("alertbg"));
        assert!(c >= AA, "alert on its ground: {c:.2}");
    }
}

#[test]
fn prop_assumptions_carry_their_mark() {
    let doc = common::fixture();
    let page = page();
    for r in doc.evidence.iter().filter(|r| r.basis == Basis::Assumed) {
        let link = format!("href=\"#e-{}\" data-e=\"{}\"", r.id, r.id);
        let main = page.match_indices(&link).any(|(k, _)| {
            let after = &page[k..page.len().min(k + 400)];
            after.contains("rests mainly on assumption")
        });
        let used = doc.sentences().iter().any(|s| {
            s.0.iter().any(|t| match t {
                Token::Number { row, also, .. } => *row == r.id && !also,
                Token::Chance { row } => *row == r.id,
                _ => false,
            })
        });
        assert!(main || !used, "{}", r.id);
    }
    assert!(doc.evidence.iter().any(|r| r.unit == Unit::Chance));
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]

    #[test]
    fn prop_any_title_reads_back(title in "\\PC{1,40}") {
        let mut doc = common::fixture();
        doc.title.clone_from(&title);
        doc.sections.truncate(1);
        let page = html::render(&doc).unwrap();
        let from = page.find("<h1>").unwrap() + 4;
        let to = from + page[from..].find("</h1>").unwrap();
        prop_assert_eq!(unescape(&page[from..to]), title);
    }

    #[test]
    fn prop_any_template_is_read_or_refused(template in "[a-zE0-9{}()\\[\\]?+:=@%# -]{0,40}") {
        let _ = Sentence::bind(&template, &[]);
    }
}
