//! Who acts: beside the act, as its subject, through a pronoun, or nobody who is named.

use super::acts::{Context, How, state_of};
use super::gazetteer::Meaning;
use super::hits::Hit;
use super::lexicon::{Lexicon, matches};
use super::sentence::Sentence;
use crate::EventType;

pub(super) struct Party {
    pub actors: Vec<usize>,
    pub how: How,
    pub targets: Vec<usize>,
    /// Whether it is done to the hegemon by nobody who is named.
    pub suffered: bool,
}

impl Party {
    fn new(actors: Vec<usize>, how: How) -> Self {
        Self {
            actors,
            how,
            targets: Vec::new(),
            suffered: false,
        }
    }
}

/// Who acts, and who is found to be acted upon on the way.
pub(super) fn actor(s: &Sentence, h: &Hit, lexicon: &Lexicon, context: &Context<'_>) -> Party {
    let is_hegemon =
        |k: usize| state_of(s, k).is_some_and(|c| context.hegemons.iter().any(|g| g == c));
    // "by X"
    let passive = !h.noun && passive(s, h.act.0);
    for k in h.act.1..s.items.len().min(h.span.1 + 9) {
        if s.clause[k] != h.clause {
            break;
        }
        if s.items[k].text == "by"
            && (h.noun || passive)
            && let Some(list) = name_after(s, k + 1, 3)
        {
            let mut party = Party::new(s.lists[list].clone(), How::Beside);
            if passive && let Some(subject) = s.subject(h.clause, h.act.0) {
                party.targets.clone_from(&s.lists[subject]);
            }
            return party;
        }
    }
    let mut found: Vec<usize> = Vec::new();
    if h.noun {
        if let Some(k) = name_before(s, h) {
            let m = s.items[k].mention.as_ref();
            let possessive = s.items.get(k + 1).is_some_and(|i| i.text == "'s");
            let exit = lexicon.patterns[h.pattern].kind == EventType::S13;
            let noun_name = m.is_some_and(|m| {
                !m.adjective
                    && match m.meaning {
                        Meaning::State(_) => true,
                        Meaning::Organisation(_) | Meaning::Group(_) => exit,
                        _ => false,
                    }
            }) && !possessive
                && s.items[k].end - s.items[k].start > 4;
            let list = s.list_of[k].map_or_else(|| vec![k], |l| s.lists[l].clone());
            let general = m.is_some_and(|m| m.meaning == Meaning::Generic);
            if noun_name && !is_hegemon(k) {
                // "the Qatar blockade"
                found = list;
            } else if !general || possessive {
                return Party::new(
                    if possessive || list[0] != k {
                        vec![k]
                    } else {
                        list
                    },
                    How::Beside,
                );
            }
        }
        let kind = lexicon.patterns[h.pattern].kind;
        let source = !matches!(
            kind,
            EventType::S09 | EventType::S13 | EventType::S06 | EventType::S20 | EventType::S22
        );
        let next = s.items.get(h.act.1).map_or("", |i| i.text.as_str());
        if source
            && next == "from"
            && let Some(list) = name_after(s, h.act.1 + 1, 3)
        {
            return Party::new(s.lists[list].clone(), How::Beside);
        }
        if kind == EventType::S13
            && next == "of"
            && let Some(list) = name_after(s, h.act.1 + 1, 2)
        {
            return Party::new(s.lists[list].clone(), How::Beside);
        }
    }
    let (subject, how) = subject_of(s, h);
    // A pronoun stands for the subject of the clause before, an office for the hegemon.
    if how != How::Subject
        && !passive
        && let Some(how) = stand_in(s, h)
        && !(how == How::Pronoun && subject.is_some())
    {
        return Party {
            actors: Vec::new(),
            how,
            targets: found,
            suffered: false,
        };
    }
    let body = subject.is_some_and(|l| s.lists[l].iter().all(|k| state_of(s, *k).is_none()));
    let under = s
        .items
        .get(s.clause_start(h.clause))
        .is_some_and(|i| i.text == "that");
    let subject = match earlier_subject(s, h.clause) {
        // "Johnson wrote that NATO might not defend Turkey"
        Some(other) if body && under && s.lists[other].iter().any(|k| is_hegemon(*k)) => {
            return Party {
                actors: s.lists[other].clone(),
                how: How::Inherited,
                targets: found,
                suffered: false,
            };
        }
        _ => subject,
    };
    let Some(list) = subject else {
        return Party {
            actors: Vec::new(),
            how: How::Assumed,
            targets: found,
            suffered: false,
        };
    };
    let names = s.lists[list].clone();
    let last = *names.last().unwrap_or(&0);
    if passive {
        let mut party = Party {
            actors: Vec::new(),
            how: How::Assumed,
            targets: found,
            suffered: false,
        };
        let opener = s
            .items
            .get(s.clause_start(h.clause))
            .map_or("", |i| i.text.as_str());
        if matches!(
            opener,
            "as" | "while" | "when" | "after" | "before" | "until" | "if" | "where" | "because"
        ) {
            // "as the corridor was blockaded": nobody says by whom.
            party.how = How::Unsaid;
            return party;
        }
        if how == How::Subject {
            party
                .targets
                .extend(names.iter().copied().filter(|k| !is_hegemon(*k)));
            if names.iter().any(|k| is_hegemon(*k)) {
                party.suffered = true;
                return party;
            }
            if let Some(other) = earlier_subject(s, h.clause) {
                let other = s.lists[other].clone();
                if other.iter().any(|k| is_hegemon(*k)) {
                    party.actors = other;
                    party.how = How::Inherited;
                }
            }
        } else {
            party.actors = names;
            party.how = how;
        }
        return party;
    }
    if !h.noun || how != How::Subject || names.iter().any(|k| is_hegemon(*k)) {
        let suffers = h.noun
            && how == How::Subject
            && between_suffers(s, last + 1, h.act.0, lexicon)
            && !context.hegemons.is_empty()
            && !names.iter().any(|k| is_hegemon(*k));
        if !suffers {
            let mut party = Party::new(names, how);
            party.targets = found;
            return party;
        }
    }
    // A noun whose clause has another subject: does the subject do or suffer it?
    let possessive = s.items.get(last + 1).is_some_and(|i| i.text == "'s");
    let gap = s.slice(last + 1, h.act.0);
    let does = lexicon.words.doing.is_match(gap) || possessive;
    if does && !between_suffers(s, last + 1, h.act.0, lexicon) {
        let mut party = Party::new(names, how);
        party.targets = found;
        return party;
    }
    let mut party = Party {
        actors: Vec::new(),
        how: How::Assumed,
        targets: found,
        suffered: false,
    };
    if context.hegemons.is_empty() && !between_suffers(s, last + 1, h.act.0, lexicon) {
        party.actors = names;
        party.how = How::Inherited;
    } else {
        party.targets.extend(names);
        if let Some(other) = earlier_subject(s, h.clause)
            && s.lists[other].iter().any(|k| is_hegemon(*k))
        {
            party.actors.clone_from(&s.lists[other]);
            party.how = How::Inherited;
        }
    }
    party
}

/// Whether the last verb between subject and act says that the subject suffers it.
fn between_suffers(s: &Sentence, from: usize, to: usize, lexicon: &Lexicon) -> bool {
    let gap = s.slice(from, to);
    let last = |r: &regex::Regex| matches(r, gap).last().map(|m| m.0);
    match (last(&lexicon.words.suffering), last(&lexicon.words.doing)) {
        (Some(a), Some(b)) => a > b,
        (Some(_), None) => true,
        _ => false,
    }
}

pub(super) fn passive(s: &Sentence, act: usize) -> bool {
    // "Turkey may not use these weapons": what is forbidden to the subject.
    let word = |k: usize| s.items.get(k).map_or("", |i| i.text.as_str());
    if matches!(word(act), "may" | "must" | "could" | "can" | "might") && word(act + 2) == "use" {
        return true;
    }
    let mut k = act;
    for _ in 0..3 {
        let Some(j) = k.checked_sub(1) else {
            return false;
        };
        let t = s.items[j].text.as_str();
        if matches!(
            t,
            "was" | "were" | "been" | "being" | "be" | "is" | "are" | "got"
        ) {
            // "is ignoring" is active.
            return !s.items[act].text.ends_with("ing");
        }
        if !(t.ends_with("ly")
            || matches!(
                t,
                "not" | "never" | "also" | "then" | "again" | "now" | "later"
            ))
        {
            return false;
        }
        k = j;
    }
    false
}

fn name_after(s: &Sentence, from: usize, steps: usize) -> Option<usize> {
    for k in from..(from + steps + 1).min(s.items.len()) {
        if s.is_name(k) {
            return match s.owns(k) {
                Some(owned) if owned < from + steps + 2 => s.list_of[owned],
                _ => s.list_of[k],
            };
        }
        let t = s.items[k].text.as_str();
        if !t.chars().all(char::is_alphabetic) || s.is_verb(k) && !t.ends_with("ed") {
            return None;
        }
    }
    None
}

/// The name right before an act as a noun: "U.S. steel tariffs", "Moscow's gas cut-off".
fn name_before(s: &Sentence, h: &Hit) -> Option<usize> {
    let mut k = h.act.0;
    for _ in 0..5 {
        k = k.checked_sub(1)?;
        if s.clause[k] != h.clause {
            return None;
        }
        if s.is_name(k) {
            return Some(k);
        }
        let t = s.items[k].text.as_str();
        let number = t.starts_with(|c: char| c.is_ascii_digit());
        let word =
            t == "'s" || number || t == "%" || t == "\"" || t.chars().all(char::is_alphabetic);
        let breaks = matches!(
            t,
            "the"
                | "a"
                | "an"
                | "and"
                | "or"
                | "its"
                | "their"
                | "his"
                | "to"
                | "of"
                | "on"
                | "in"
                | "by"
                | "with"
                | "for"
                | "from"
                | "at"
                | "against"
                | "over"
                | "as"
                | "than"
        );
        let verb = s.is_verb(k)
            && !matches!(
                t,
                "proposed"
                    | "sustained"
                    | "continued"
                    | "repeated"
                    | "renewed"
                    | "planned"
                    | "threatened"
                    | "announced"
                    | "increased"
                    | "targeted"
                    | "expanded"
                    | "undeclared"
                    | "unprovoked"
                    | "armed"
                    | "limited"
                    | "unexpected"
                    | "abrupt"
            );
        if !word || breaks || verb {
            return None;
        }
    }
    None
}

/// The subject of an act: a position in `lists`, and how it was found.
fn subject_of(s: &Sentence, h: &Hit) -> (Option<usize>, How) {
    let before = h
        .act
        .0
        .checked_sub(1)
        .map_or("", |k| s.items[k].text.as_str());
    if !h.noun && before == "to" {
        // "prompted Yerevan to freeze"
        if let Some(list) = s.nearest_before(h.clause, h.act.0) {
            return (Some(list), How::Subject);
        }
    }
    if let Some(list) = s.subject(h.clause, h.act.0) {
        return (Some(list), How::Subject);
    }
    let start = s.clause_start(h.clause);
    let opener = s.items.get(start).map_or("", |i| i.text.as_str());
    if matches!(opener, "which" | "who" | "whose") && start > 0 {
        let near = (start.saturating_sub(4)..start)
            .rev()
            .find(|k| s.is_name(*k));
        if let Some(k) = near {
            return (s.list_of[k], How::Inherited);
        }
    }
    (earlier_subject(s, h.clause), How::Inherited)
}

/// A pronoun or an office without its state as subject of the clause.
fn stand_in(s: &Sentence, h: &Hit) -> Option<How> {
    let start = s.clause_start(h.clause);
    for k in start..h.act.0 {
        if s.clause[k] != h.clause {
            continue;
        }
        let t = s.items[k].text.as_str();
        if matches!(t, "it" | "he" | "she") && s.preposition(k).is_none() {
            return Some(How::Pronoun);
        }
        let office = matches!(
            t,
            "administration"
                | "government"
                | "president"
                | "cabinet"
                | "chancellor"
                | "leadership"
                | "regime"
                | "kingdom"
                | "superpower"
                | "hegemon"
                | "patron"
                | "guarantor"
                | "officials"
                | "premier"
                | "chancellery"
                | "treasury"
                | "representative"
                | "ministry"
                | "parliament"
                | "senate"
                | "navy"
        ) || (t == "minister" && k > 0 && s.items[k - 1].text == "prime");
        let the = (start..k)
            .rev()
            .take(3)
            .any(|j| matches!(s.items[j].text.as_str(), "the" | "its"));
        if office && the && s.preposition(k).is_none() {
            return Some(How::Office);
        }
        if s.is_verb(k) {
            return None;
        }
    }
    None
}

/// The subject of the nearest earlier clause that has one.
fn earlier_subject(s: &Sentence, clause: usize) -> Option<usize> {
    earlier_subject_of(s, clause, false).or_else(|| earlier_subject_of(s, clause, true))
}

fn earlier_subject_of(s: &Sentence, clause: usize, relative: bool) -> Option<usize> {
    let start = s.clause_start(clause);
    let mut seen = clause;
    for k in (0..start).rev() {
        let c = s.clause[k];
        if c != seen && c != clause {
            seen = c;
            // Clauses that hang on a noun ("that Armenia had paid for") only as a last resort.
            let hangs = matches!(
                s.items[s.clause_start(c)].text.as_str(),
                "that" | "which" | "who" | "whom" | "whose" | "when" | "where"
            );
            if hangs && !relative {
                continue;
            }
            let inside = s.items[s.clause_start(c)].text == "("
                || s.clause_start(c) > 0 && s.items[s.clause_start(c) - 1].text == "(";
            if !inside && let Some(list) = s.subject(c, s.items.len()) {
                return Some(list);
            }
        }
    }
    None
}
