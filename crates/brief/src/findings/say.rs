//! Sentences from rows: the interval decides what may be said.

use super::facts::{Ask, Facts, Kind};
use crate::BriefError;
use crate::evidence::RowId;
use crate::sentence::{Sentence, Sign, Token, Which};

/// Number and interval of a row, with the sign as asked.
pub fn number(row: &RowId, sign: Sign) -> Sentence {
    Sentence::new()
        .token(Token::Number {
            row: row.clone(),
            which: Which::Estimate,
            sign,
            also: false,
            bare: false,
        })
        .text(" ")
        .token(Token::Interval {
            row: row.clone(),
            sign,
        })
}

/// "SUBJECT rises by n (a to b)", "SUBJECT falls by n", or that it does not move measurably.
/// `rises` and `falls` are verbs with their preposition ("rises by", "falls by").
pub fn moves(
    facts: &Facts<'_>,
    row: &RowId,
    subject: Sentence,
    rises: &str,
    falls: &str,
) -> Sentence {
    let Some(r) = facts.row(row) else {
        return subject;
    };
    if r.spread.is_none_or(|s| s.q05 == 0.0 && s.q95 == 0.0) {
        return subject.text(" does not move.");
    }
    if !r.excludes(0.0) {
        return subject
            .text(" does not move measurably: ")
            .then(number(row, Sign::Explicit))
            .text(".");
    }
    let (verb, sign) = if r.estimate > 0.0 {
        (rises, Sign::Natural)
    } else {
        (falls, Sign::Negated)
    };
    subject
        .text(format!(" {verb} "))
        .then(number(row, sign))
        .text(".")
}

/// "The acts by themselves account for n, distrust adds m."
pub fn split(facts: &mut Facts<'_>, ask: &Ask<'_>) -> Result<Sentence, BriefError> {
    let acts = facts.get(&ask.of(Kind::ByActs))?;
    let distrust = facts.get(&ask.of(Kind::ByDistrust))?;
    let nil = |row: &RowId| {
        facts
            .row(row)
            .and_then(|r| r.spread)
            .is_some_and(|s| s.q05 == 0.0 && s.q95 == 0.0)
    };
    Ok(match (nil(&acts), nil(&distrust)) {
        (true, true) => Sentence::from("Neither the acts by themselves nor distrust move it."),
        (true, false) => Sentence::from(
            "The acts by themselves do nothing to it: all of it is what distrust adds, ",
        )
        .then(number(&distrust, Sign::Explicit))
        .text("."),
        (false, true) => Sentence::from("All of it is what the acts do by themselves, ")
            .then(number(&acts, Sign::Explicit))
            .text("; distrust adds nothing."),
        (false, false) => Sentence::from("The acts by themselves account for ")
            .then(number(&acts, Sign::Explicit))
            .text(", distrust adds ")
            .then(number(&distrust, Sign::Explicit))
            .text("."),
    })
}

/// "A, B and C"; at most `most` names, then "and others".
pub fn names(all: &[&str], most: usize) -> String {
    match all {
        [] => String::new(),
        [one] => (*one).to_owned(),
        _ if all.len() > most && most > 0 => format!("{} and others", all[..most].join(", ")),
        _ => format!(
            "{} and {}",
            all[..all.len() - 1].join(", "),
            all[all.len() - 1]
        ),
    }
}

/// The state with its article where English wants one.
pub fn the(name: &str) -> String {
    const WITH_ARTICLE: &[&str] = &[
        "United States",
        "United Kingdom",
        "United Arab Emirates",
        "Netherlands",
        "Philippines",
        "Maldives",
        "Bahamas",
        "Gambia",
        "Dominican Republic",
        "Central African Republic",
        "Marshall Islands",
        "Solomon Islands",
    ];
    if WITH_ARTICLE.contains(&name) {
        format!("the {name}")
    } else {
        name.to_owned()
    }
}

/// Possessive form.
pub fn possessive(name: &str) -> String {
    if name.ends_with('s') {
        format!("{name}’")
    } else {
        format!("{name}’s")
    }
}

/// First letter in capitals.
pub fn capital(text: &str) -> String {
    let mut c = text.chars();
    c.next()
        .map_or_else(String::new, |f| f.to_uppercase().chain(c).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ref_lists_of_names() {
        assert_eq!(names(&["A"], 3), "A");
        assert_eq!(names(&["A", "B", "C"], 3), "A, B and C");
        assert_eq!(names(&["A", "B", "C", "D"], 2), "A, B and others");
        assert_eq!(the("United States"), "the United States");
        assert_eq!(capital("the allies"), "The allies");
    }
}
