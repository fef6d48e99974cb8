//! What makes a text no brief.

use std::ops::Range;

use regex::Regex;

use super::form::Form;
use crate::{Problem, ProblemKind};

/// Share of control characters above which a file is not a text (assumption).
const CONTROL_SHARE: f64 = 0.02;
/// Words below which a text says nothing.
const FEWEST_WORDS: usize = 6;

/// The text of a brief, without a byte order mark.
pub(super) fn text(bytes: &[u8]) -> Result<&str, Box<Problem>> {
    let whole = |message: &str, hint: &str| {
        Box::new(Problem::at("", 0..0, ProblemKind::NotABrief, message, hint))
    };
    if bytes.is_empty() {
        return Err(whole(
            "the file is empty",
            "give a brief in Markdown or plain text",
        ));
    }
    let nul = bytes.contains(&0);
    let utf16 = matches!(bytes, [0xff, 0xfe, ..] | [0xfe, 0xff, ..]);
    if nul && !utf16 {
        return Err(whole(
            "the file is binary, not a text",
            "export the brief as Markdown or plain text (UTF-8)",
        ));
    }
    let text = crate::encoding::utf8(bytes)?;
    let control = text
        .chars()
        .filter(|c| c.is_control() && !matches!(c, '\n' | '\r' | '\t' | '\u{c}'))
        .count();
    if control as f64 > CONTROL_SHARE * text.chars().count() as f64 {
        return Err(whole(
            "the file is binary, not a text",
            "export the brief as Markdown or plain text (UTF-8)",
        ));
    }
    if text.trim().is_empty() {
        return Err(whole(
            "the file has no words",
            "give a brief in Markdown or plain text",
        ));
    }
    let words = text
        .split_whitespace()
        .filter(|w| w.chars().any(char::is_alphabetic))
        .count();
    if words < FEWEST_WORDS {
        return Err(Box::new(no_sentences(text)));
    }
    Ok(text)
}

/// A text without sentences.
pub(super) fn no_sentences(text: &str) -> Problem {
    let end = text.lines().next().map_or(0, str::len);
    Problem::at(
        text,
        0..end,
        ProblemKind::NotABrief,
        "not a brief: no sentences",
        "give a brief with a title and sentences that say who does what (WHAT / WHY / SO WHAT), or prose",
    )
}

/// Spans of years that end before they start.
pub(super) fn dates(text: &str, form: &Form) -> Result<(), Box<Problem>> {
    let year = r"((?:1[6-9]|20|21)\d\d)";
    let patterns = [
        format!(
            r"(?i)\b(?:from|between)\s+(?:[a-z]+\s+)?{year}\s*(?:to|and|until|till|through|–|-|—)\s*(?:[a-z]+\s+)?{year}\b"
        ),
        format!(r"\b{year}\s*[–—-]\s*{year}\b"),
    ];
    for p in patterns {
        let Ok(r) = Regex::new(&p) else { continue };
        for c in r.captures_iter(text) {
            let (Some(all), Ok(a), Ok(b)) = (c.get(0), c[1].parse::<i32>(), c[2].parse::<i32>())
            else {
                continue;
            };
            // Addresses hold numbers that are no years.
            let inside = text[..all.start()]
                .rsplit(char::is_whitespace)
                .next()
                .unwrap_or_default();
            if b < a && !inside.contains("://") {
                return Err(Box::new(contradiction(text, all.range(), a, b)));
            }
        }
    }
    let find = |names: &[&str]| {
        form.head
            .iter()
            .find(|(k, _)| names.contains(&k.as_str()))
            .and_then(|(_, v)| {
                let r = Regex::new(&format!(r"\b{year}\b")).ok()?;
                let all: Vec<i32> = r
                    .captures_iter(v)
                    .filter_map(|c| c[1].parse().ok())
                    .collect();
                all.last().copied()
            })
    };
    if let (Some(a), Some(b)) = (find(&["start"]), find(&["end", "horizon"]))
        && b < a
    {
        let at = text
            .to_lowercase()
            .find("horizon")
            .or_else(|| text.to_lowercase().find("end"))
            .unwrap_or(0);
        let end = text[at..].find('\n').map_or(text.len(), |k| at + k);
        return Err(Box::new(contradiction(text, at..end, a, b)));
    }
    Ok(())
}

fn contradiction(text: &str, at: Range<usize>, a: i32, b: i32) -> Problem {
    Problem::at(
        text,
        at,
        ProblemKind::Dates,
        format!("contradictory dates: the end {b} is before the start {a}"),
        "let the span of years end after it starts",
    )
}
