//! Where the lexicon matches a sentence, and whether the act happened.

use super::acts::Status;
use super::lexicon::{Lexicon, matches};
use super::party::passive;
use super::sentence::Sentence;
use crate::EventType;

/// Types that one act can be at once.
const BESIDE: &[(EventType, EventType)] = &[
    (EventType::S09, EventType::S13),
    (EventType::S03, EventType::S10),
];

/// Verbs after which "would" reports a decision, not a possibility.
#[rustfmt::skip]
const REPORTS: &[&str] = &[
    "announc", "declar", "decid", "confirm", "notif", "inform", "told", "decision", "stated",
    "explicitly", "notice", "vote", "bill",
];

#[derive(Clone, Copy, Debug)]
pub(super) struct Hit {
    pub pattern: usize,
    /// Words of the act.
    pub act: (usize, usize),
    /// Words of act and object.
    pub span: (usize, usize),
    pub noun: bool,
    pub clause: usize,
}

/// Words after a match in which the words of `unless` are looked for.
const UNLESS_AFTER: usize = 5;

pub(super) fn find(s: &Sentence, lexicon: &Lexicon) -> Vec<Hit> {
    let mut out: Vec<Hit> = Vec::new();
    for (n, p) in lexicon.patterns.iter().enumerate() {
        if p.unless_any.as_ref().is_some_and(|r| r.is_match(&s.plain)) {
            continue;
        }
        let objects: Option<Vec<(usize, usize)>> = p.objects.as_ref().map(|r| words(s, r));
        for (regex, noun) in [(&p.verbs, false), (&p.nouns, true)] {
            let Some(regex) = regex else { continue };
            for act in words(s, regex) {
                let clause = s.clause[act.0];
                let span = match &objects {
                    None => Some(act),
                    Some(list) => list
                        .iter()
                        .filter(|o| s.clause[o.0] == clause && (!p.after || o.1 > act.0 + 1))
                        .filter(|o| noun || follows(s, act, **o))
                        .map(|o| (gap(act, *o), (act.0.min(o.0), act.1.max(o.1))))
                        .filter(|(g, _)| *g <= p.window)
                        .min_by_key(|(g, span)| (*g, span.0))
                        .map(|(_, span)| span),
                };
                let Some(span) = span else { continue };
                let (a, b) = (
                    span.0.saturating_sub(p.unless_before),
                    (span.1 + UNLESS_AFTER).min(s.items.len()),
                );
                let a = (a..=span.0)
                    .find(|k| s.clause[*k] == clause)
                    .unwrap_or(span.0);
                let b = (span.1..=b)
                    .rev()
                    .find(|k| *k == 0 || s.clause[*k - 1] == clause)
                    .unwrap_or(span.1);
                if p.unless.as_ref().is_some_and(|r| r.is_match(s.slice(a, b))) {
                    continue;
                }
                if p.needs_mention
                    && !(act.0..s.items.len()).any(|k| s.clause[k] == clause && s.is_name(k))
                {
                    continue;
                }
                out.push(Hit {
                    pattern: n,
                    act,
                    span,
                    noun,
                    clause,
                });
            }
        }
    }
    // Of matches at one place the surest remains; a match inside a surer one of another type goes.
    let sure = |h: &Hit| lexicon.patterns[h.pattern].confidence;
    let kept: Vec<Hit> = out
        .iter()
        .enumerate()
        .filter(|(i, h)| {
            !out.iter().enumerate().any(|(j, o)| {
                if *i == j {
                    return false;
                }
                let other = lexicon.patterns[o.pattern].kind != lexicon.patterns[h.pattern].kind;
                let same_place = o.act.0 == h.act.0;
                let inside = o.span.0 <= h.act.0 && h.act.1 <= o.span.1 && o.act.0 < h.act.0;
                let pair = (
                    lexicon.patterns[o.pattern].kind,
                    lexicon.patterns[h.pattern].kind,
                );
                if BESIDE.contains(&pair) || BESIDE.contains(&(pair.1, pair.0)) {
                    return false;
                }
                let better = sure(o) > sure(h) || (sure(o) == sure(h) && j < *i && !other);
                (same_place && better) || (inside && sure(o) >= sure(h))
            })
        })
        .map(|(_, h)| *h)
        .collect();
    let mut kept = kept;
    kept.sort_by_key(|h| (h.act.0, h.pattern));
    kept
}

/// Whether an object can belong to a verb: after it without a comma between, or before it where
/// the verb is passive or a participle right behind ("spare parts withheld").
fn follows(s: &Sentence, act: (usize, usize), o: (usize, usize)) -> bool {
    if o.1 > act.0 + 1 || o.0 >= act.0 {
        return (act.1..o.0).all(|k| {
            let t = s.items[k].text.as_str();
            let next = k + 1 < o.0 && s.is_verb(k + 1);
            t != "," && !(matches!(t, "and" | "or" | "but") && next)
        });
    }
    let name = s.items[o.1 - 1].text.starts_with('@');
    passive(s, act.0) || (o.1 == act.0 && !name)
}

fn words(s: &Sentence, r: &regex::Regex) -> Vec<(usize, usize)> {
    matches(r, &s.plain)
        .into_iter()
        .map(|(a, b)| (s.word_at(a), s.word_at(b - 1) + 1))
        .collect()
}

fn gap(a: (usize, usize), b: (usize, usize)) -> usize {
    if b.0 >= a.1 {
        b.0 - a.1
    } else {
        a.0.saturating_sub(b.1)
    }
}

/// Words between `from` and `to` that bear on the act at `to`: those after the last break. A
/// comma or "and" breaks unless only nouns follow it.
fn scope(s: &Sentence, clause: usize, to: usize, window: usize, noun: bool) -> (usize, usize) {
    let mut from = to;
    let mut steps = 0;
    let mut clause = clause;
    while from > 0 && steps < window {
        if s.clause[from - 1] != clause {
            // "denied that any boycott exists"
            if s.items[from].text != "that" {
                break;
            }
            clause = s.clause[from - 1];
        }
        let t = s.items[from - 1].text.as_str();
        if matches!(t, "," | "and" | "but" | ";" | "\"") {
            let verb_between = (from..to).any(|k| s.is_verb(k));
            if !noun || verb_between || t == "but" {
                break;
            }
        }
        from -= 1;
        steps += 1;
    }
    (from, to)
}

pub(super) fn status(s: &Sentence, h: &Hit, lexicon: &Lexicon) -> Status {
    let w = &lexicon.words;
    let before = |window: usize| {
        let (a, b) = scope(s, h.clause, h.act.0, window, h.noun);
        s.slice(a, b)
            .replace("not only", "@only")
            .replace("not just", "@only")
            .replace("not merely", "@only")
            .replace("no doubt", "@only")
            .replace("if not", "@only")
            .replace("no less", "@only")
    };
    let end = (h.span.1..s.items.len())
        .find(|k| s.clause[*k] != h.clause || matches!(s.items[*k].text.as_str(), "," | "and"))
        .unwrap_or(s.items.len());
    let after = s.slice(h.span.1, end.min(h.span.1 + 7)).to_owned();
    let denied = before(w.negation_window);
    let kept_open = [
        "refused to rule out",
        "refuses to rule out",
        "refusing to rule out",
        "not rule out",
        "not ruled out",
        "declined to rule out",
        "never ruled out",
    ];
    if kept_open.iter().any(|k| denied.contains(k)) {
        return Status::Threatened;
    }
    // "without consent, a violation of …": these words end at a comma.
    let denied = match denied.rfind(',') {
        Some(c)
            if !denied[..c].contains("not")
                && !denied[..c].contains("never")
                && !denied[..c].contains("n't") =>
        {
            denied[c..].to_owned()
        }
        _ => denied,
    };
    if w.negation.is_match(&denied) || w.negation_after.is_match(&after) {
        return Status::Negated;
    }
    let near = before(w.reversal_window);
    if (h.noun && w.reversals.is_match(&near)) || w.reversals_after.is_match(&after) {
        return Status::Reversed;
    }
    // "stopped blocking"
    if !h.noun && s.items[h.act.0].text.ends_with("ing") && w.reversals.is_match(&before(2)) {
        return Status::Reversed;
    }
    let hedge = before(w.hedge_window);
    if w.threats.is_match(&hedge) {
        return Status::Threatened;
    }
    let reported = REPORTS.iter().any(|r| s.slice(0, h.act.0).contains(r));
    let hedge = if reported {
        hedge.replace("would", "@will")
    } else {
        hedge
    };
    if w.possibilities.is_match(&hedge) || w.possibilities_after.is_match(&after) {
        return Status::Possible;
    }
    Status::Done
}
