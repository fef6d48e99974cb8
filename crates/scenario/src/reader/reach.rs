//! On whom: how far an act reaches in its sentence.

use super::acts::{Act, state_of};
use super::gazetteer::Meaning;
use super::hits::Hit;
use super::lexicon::Pattern;
use super::sentence::Sentence;
use crate::EventType;

/// Prepositions before a target.
#[rustfmt::skip]
const TOWARD: &[&str] = &[
    "on", "against", "to", "toward", "towards", "at", "of", "with", "from", "for", "over", "in",
    "into", "upon", "onto", "between", "around", "near", "off", "targeting", "across", "out",
];

/// Words before a preposition after which no target follows: "in response to".
#[rustfmt::skip]
const NO_TARGET: &[&str] = &[
    "response", "reaction", "reply", "due", "compared", "according", "thanks", "relative",
    "together", "along", "cooperation", "coordination", "concert", "instead", "favour", "favor",
    "help", "return", "addition", "contrast", "led", "unlike", "backed", "supported", "because",
    "fear", "fears", "view", "wake", "aftermath", "leader", "president", "war", "talks",
    "meeting", "border",
];

/// Whether the reach of an act ends at the word `k` after it.
fn ends_reach(s: &Sentence, h: &Hit, k: usize) -> bool {
    let t = s.items[k].text.as_str();
    let next = |n: usize| s.items.get(k + n).map_or("", |i| i.text.as_str());
    let skip = |t: &str| t.ends_with("ly") || matches!(t, "then" | "also" | "later" | "now");
    match t {
        "in" if matches!(next(1), "favour" | "favor") => true,
        "instead" | "rather" | "despite" => true,
        "and" | "but" | "or" => {
            let j = if skip(next(1)) { k + 2 } else { k + 1 };
            j < s.items.len() && s.is_verb(j)
        }
        "," => {
            let mut j = k + 1;
            if matches!(next(1), "and" | "or") {
                j += 1;
            }
            let mut the = j;
            while s.items.get(the).is_some_and(|i| {
                matches!(
                    i.text.as_str(),
                    "the" | "its" | "their" | "neighbouring" | "neighboring"
                )
            }) {
                the += 1;
            }
            let name = the < s.items.len() && s.is_name(the);
            let toward = s.items.get(j).is_some_and(|i| {
                matches!(i.text.as_str(), "on" | "against" | "toward" | "towards")
            });
            !name && !toward
        }
        _ => {
            // The verb of which an act as a noun is the subject.
            let made = matches!(
                t,
                "imposed"
                    | "levied"
                    | "placed"
                    | "directed"
                    | "aimed"
                    | "made"
                    | "launched"
                    | "waged"
                    | "slapped"
                    | "announced"
                    | "mounted"
                    | "issued"
                    | "held"
                    | "hit"
            );
            let auxiliary = matches!(
                t,
                "has" | "have" | "had" | "was" | "were" | "is" | "are" | "will" | "would"
            );
            (h.noun || auxiliary)
                && s.is_verb(k)
                && !made
                && k > h.span.1.saturating_sub(1)
                && !t.starts_with('@')
        }
    }
}

/// Finds the targets of an act, and the rivals that it favours.
pub(super) fn targets(s: &Sentence, h: &Hit, p: &Pattern, act: &mut Act, next: Option<usize>) {
    let own: Vec<String> = act
        .actors
        .iter()
        .filter_map(|k| state_of(s, *k).map(str::to_owned))
        .collect();
    let is_own = |k: usize| {
        act.actors.contains(&k) || state_of(s, k).is_some_and(|c| own.iter().any(|o| o == c))
    };
    let reassuring = act
        .kind
        .is_some_and(|k| k.polarity() == crate::Polarity::Reassuring);
    let mut found: Vec<usize> = Vec::new();
    let mut rivals: Vec<usize> = Vec::new();
    let mut late: Vec<usize> = Vec::new();
    let mut first = true;
    let start = h.span.0.min(h.act.0);
    for k in start..s.items.len() {
        if k >= h.span.1 && s.clause[k] == h.clause && ends_reach(s, h, k) {
            break;
        }
        let opening = s.clause_start(s.clause[k]);
        let bracket = opening > 0 && s.items[opening - 1].text == "(";
        if s.clause[k] != h.clause && !bracket {
            continue;
        }
        let Some(list) = s.list_of[k] else { continue };
        if s.lists[list][0] != k && k > start {
            continue;
        }
        if s.owns(k).is_some() {
            continue;
        }
        let names: Vec<usize> = s.lists[list]
            .iter()
            .copied()
            .filter(|k| !is_own(*k))
            .collect();
        if names.is_empty() {
            continue;
        }
        let governed = s.preposition(k);
        if governed.is_some_and(|(at, t)| t == "by" && at >= h.act.0) {
            continue;
        }
        // "embraced Qatar's rivals" is done to Qatar.
        let owner = s.items.get(k + 1).is_some_and(|i| i.text == "'s")
            && (k + 2..k + 5).any(|j| {
                s.items.get(j).is_some_and(|i| {
                    matches!(
                        i.text.as_str(),
                        "rival"
                            | "rivals"
                            | "enemy"
                            | "enemies"
                            | "adversary"
                            | "adversaries"
                            | "foe"
                            | "foes"
                            | "opponents"
                    )
                })
            });
        if p.rivals && owner {
            found.extend(names);
            first = false;
            continue;
        }
        if p.rivals && first {
            rivals.extend(names);
            first = false;
            continue;
        }
        if let Some((at, t)) = governed {
            let noted =
                at > 0 && NO_TARGET.contains(&s.items[at - 1].text.as_str()) && at > h.act.0;
            let against = reassuring && t == "against";
            // "in Cyprus" is where, except for acts that take place in the target.
            let kind = act.kind.unwrap_or(act.matched);
            let there = t == "in"
                && !matches!(
                    kind,
                    EventType::S05
                        | EventType::S09
                        | EventType::S10
                        | EventType::S13
                        | EventType::S20
                );
            if !TOWARD.contains(&t)
                || noted
                || against
                || there
                || (p.rivals
                    && !matches!(t, "against" | "over" | "than")
                    && !(t == "of"
                        && at > 0
                        && matches!(
                            s.items[at - 1].text.as_str(),
                            "expense" | "instead" | "cost" | "ahead"
                        )))
            {
                continue;
            }
        } else if p.rivals {
            continue;
        }
        if next.is_some_and(|n| k >= n) {
            late.extend(names);
        } else {
            found.extend(names);
        }
    }
    if found.is_empty() && act.targets.is_empty() {
        found = late;
    }
    act.targets.extend(found);
    if act.targets.is_empty() && !p.rivals {
        // Names before the act that it is directed at: "pressure on Seoul through a boycott".
        for k in 0..h.act.0 {
            if s.clause[k] == h.clause
                && s.is_name(k)
                && !is_own(k)
                && s.preposition(k)
                    .is_some_and(|(_, t)| matches!(t, "on" | "against" | "toward" | "towards"))
            {
                act.targets.push(k);
            }
        }
    }
    if act.targets.is_empty() && !p.rivals && act.how.named() {
        // "cut ties with Qatar and imposed a blockade": names before the act in its clause.
        for k in 0..h.act.0 {
            let toward = s
                .preposition(k)
                .is_none_or(|(_, t)| matches!(t, "with" | "to" | "from" | "of" | "for"));
            if s.clause[k] == h.clause
                && s.is_name(k)
                && !is_own(k)
                && toward
                && s.owns(k).is_none()
                && s.items[k]
                    .mention
                    .as_ref()
                    .is_some_and(|m| !matches!(m.meaning, Meaning::Organisation(_)))
            {
                act.targets.push(k);
            }
        }
    }
    act.targets.retain(|k| !rivals.contains(k));
    act.targets.sort_unstable();
    act.targets.dedup();
    act.rivals = rivals;
}
