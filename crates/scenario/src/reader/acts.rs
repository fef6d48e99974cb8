//! Acts in a sentence: which words stand for an act, who acts, on whom.

use super::gazetteer::Meaning;
use super::lexicon::{Becomes, Lexicon, Pattern, matches};
use super::sentence::Sentence;
use crate::EventType;

/// How the actor of an act was found, with the factor it puts on confidence.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum How {
    /// Named beside the act: "U.S. tariffs", "by Moscow".
    Beside,
    /// Subject of its clause.
    Subject,
    /// Subject of another clause or of the sentence before.
    Inherited,
    /// A pronoun ("it", "he") that stands for the subject before.
    Pronoun,
    /// An office without its state ("the administration"): the hegemon of the brief.
    Office,
    /// Nowhere: the hegemon of the brief.
    Assumed,
    /// Nowhere, in a passive side clause: nobody.
    Unsaid,
}

impl How {
    /// Factor on confidence (assumption: an ordering).
    pub fn factor(self) -> f64 {
        match self {
            Self::Beside => 1.0,
            Self::Subject => 0.97,
            Self::Inherited | Self::Office => 0.85,
            Self::Pronoun => 0.8,
            Self::Assumed | Self::Unsaid => 0.75,
        }
    }

    /// Whether an actor stands in the sentence.
    pub fn named(self) -> bool {
        !matches!(self, Self::Assumed | Self::Unsaid)
    }
}

/// What a match turned out to be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Status {
    /// It happened.
    Done,
    /// It is threatened.
    Threatened,
    /// It is possible.
    Possible,
    /// It ended or was taken back.
    Reversed,
    /// It did not happen.
    Negated,
    /// It was done to the hegemon by nobody who is named.
    Suffered,
}

/// An act found in a sentence.
#[derive(Clone, Debug)]
pub(crate) struct Act {
    /// Type as the pattern has it.
    pub matched: EventType,
    /// Type after threats and reversals; `None` when no event remains.
    pub kind: Option<EventType>,
    /// What it turned out to be.
    pub status: Status,
    /// First word of the act.
    pub from: usize,
    /// Word after the act and its object.
    pub to: usize,
    /// Words of the actor's names; empty when assumed.
    pub actors: Vec<usize>,
    /// How the actor was found.
    pub how: How,
    /// Words of the names it concerns.
    pub targets: Vec<usize>,
    /// Words of the names that it favours.
    pub rivals: Vec<usize>,
    /// Whether it counts only with a named actor.
    pub needs_actor: bool,
    /// Confidence from the pattern and from hedges.
    pub confidence: f64,
}

/// Types that one act can be at once.
const BESIDE: &[(EventType, EventType)] =
    &[(EventType::S09, EventType::S13), (EventType::S03, EventType::S10)];
/// Verbs after which "would" reports a decision, not a possibility.
const REPORTS: &[&str] = &["announc", "declar", "decid", "confirm", "notif", "inform", "told", "decision", "stated", "explicitly"];

#[derive(Clone, Copy, Debug)]
struct Hit {
    pattern: usize,
    /// Words of the act.
    act: (usize, usize),
    /// Words of act and object.
    span: (usize, usize),
    noun: bool,
    clause: usize,
}

/// Prepositions before a target.
const TOWARD: &[&str] = &[
    "on", "against", "to", "toward", "towards", "at", "of", "with", "from", "for", "over", "in",
    "into", "upon", "onto", "between", "around", "near", "off", "targeting", "across", "out",
];
/// Words before a preposition after which no target follows: "in response to".
const NO_TARGET: &[&str] = &[
    "response", "reaction", "reply", "due", "compared", "according", "thanks", "relative", "together",
    "along", "cooperation", "coordination", "concert", "instead", "favour", "favor", "help", "return",
    "addition", "contrast", "led", "unlike", "backed", "supported", "because", "fear", "fears", "view",
    "wake", "aftermath", "leader", "president", "war", "talks", "meeting", "border",
];
/// Words after a match in which the words of `unless` are looked for.
const UNLESS_AFTER: usize = 5;
/// Factors on confidence (assumptions: an ordering).
const SAME_TYPE_FACTOR: f64 = 0.8;
const THREAT_FACTOR: f64 = 0.9;
const POSSIBLE_FACTOR: f64 = 0.6;
const REVERSED_FACTOR: f64 = 0.9;

/// What the reader knows beside the sentence.
pub(crate) struct Context<'a> {
    /// ISO3 codes of the hegemons, empty on the first pass.
    pub hegemons: &'a [String],
}

/// The state of a name, when it is one.
pub(crate) fn state_of(s: &Sentence, k: usize) -> Option<&str> {
    match &s.items[k].mention.as_ref()?.meaning {
        Meaning::State(c) | Meaning::Leader(c) => Some(c),
        _ => None,
    }
}

/// The acts of a sentence, in its order.
pub(crate) fn find(s: &Sentence, lexicon: &Lexicon, context: &Context<'_>) -> Vec<Act> {
    let hits = hits(s, lexicon);
    let mut acts: Vec<Act> = Vec::new();
    for (n, h) in hits.iter().enumerate() {
        let p = &lexicon.patterns[h.pattern];
        let next = hits[n + 1..].iter().map(|x| x.act.0).find(|a| *a >= h.span.1);
        if let Some(act) = read(s, h, p, lexicon, context, next) {
            acts.push(act);
        }
    }
    acts
}

fn hits(s: &Sentence, lexicon: &Lexicon) -> Vec<Hit> {
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
                let (a, b) = (span.0.saturating_sub(p.unless_before), (span.1 + UNLESS_AFTER).min(s.items.len()));
                let a = (a..=span.0).find(|k| s.clause[*k] == clause).unwrap_or(span.0);
                let b = (span.1..=b).rev().find(|k| *k == 0 || s.clause[*k - 1] == clause).unwrap_or(span.1);
                if p.unless.as_ref().is_some_and(|r| r.is_match(s.slice(a, b))) {
                    continue;
                }
                if p.needs_mention && !(act.0..s.items.len()).any(|k| s.clause[k] == clause && s.is_name(k)) {
                    continue;
                }
                out.push(Hit { pattern: n, act, span, noun, clause });
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
                let pair = (lexicon.patterns[o.pattern].kind, lexicon.patterns[h.pattern].kind);
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
        return (act.1..o.0).all(|k| s.items[k].text != ",");
    }
    let name = s.items[o.1 - 1].text.starts_with('@');
    passive(s, act.0) || (o.1 == act.0 && !name)
}

fn words(s: &Sentence, r: &regex::Regex) -> Vec<(usize, usize)> {
    matches(r, &s.plain).into_iter().map(|(a, b)| (s.word_at(a), s.word_at(b - 1) + 1)).collect()
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

fn status(s: &Sentence, h: &Hit, lexicon: &Lexicon) -> Status {
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
    let end = (h.span.1..s.items.len()).find(|k| s.clause[*k] != h.clause || matches!(s.items[*k].text.as_str(), "," | "and")).unwrap_or(s.items.len());
    let after = s.slice(h.span.1, end.min(h.span.1 + 7)).to_owned();
    let denied = before(w.negation_window);
    let kept_open = ["refused to rule out", "refuses to rule out", "refusing to rule out", "not rule out", "not ruled out", "declined to rule out", "never ruled out"];
    if kept_open.iter().any(|k| denied.contains(k)) {
        return Status::Threatened;
    }
    // "without consent, a violation of …": these words end at a comma.
    let denied = match denied.rfind(',') {
        Some(c) if !denied[..c].contains("not") && !denied[..c].contains("never") && !denied[..c].contains("n't") => denied[c..].to_owned(),
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
    let hedge = if reported { hedge.replace("would", "@will") } else { hedge };
    if w.possibilities.is_match(&hedge) || w.possibilities_after.is_match(&after) {
        return Status::Possible;
    }
    Status::Done
}

fn read(
    s: &Sentence,
    h: &Hit,
    p: &Pattern,
    lexicon: &Lexicon,
    context: &Context<'_>,
    next: Option<usize>,
) -> Option<Act> {
    let status = status(s, h, lexicon);
    let becomes = |b: Becomes| match b {
        Becomes::Type(t) => Some(t),
        Becomes::Nothing => None,
    };
    let (kind, factor) = match status {
        Status::Done => (Some(p.kind), 1.0),
        Status::Threatened => (becomes(p.hedged), THREAT_FACTOR),
        // Where saying it is the act, a possibility weighs less.
        Status::Possible if p.hedged == Becomes::Type(p.kind) => (Some(p.kind), SAME_TYPE_FACTOR),
        Status::Possible => (becomes(p.hedged), POSSIBLE_FACTOR),
        Status::Reversed => (becomes(p.reversed), REVERSED_FACTOR),
        Status::Negated | Status::Suffered => (None, 1.0),
    };
    let party = actor(s, h, lexicon, context);
    let (kind, status) = if party.suffered { (None, Status::Suffered) } else { (kind, status) };
    let mut act = Act {
        matched: p.kind,
        kind,
        status,
        from: h.act.0,
        to: h.span.1.max(h.act.1),
        actors: party.actors,
        how: party.how,
        targets: party.targets,
        rivals: Vec::new(),
        needs_actor: p.needs_actor,
        confidence: p.confidence * factor,
    };
    targets(s, h, p, &mut act, next);
    Some(act)
}

struct Party {
    actors: Vec<usize>,
    how: How,
    targets: Vec<usize>,
    /// Whether it is done to the hegemon by nobody who is named.
    suffered: bool,
}

impl Party {
    fn new(actors: Vec<usize>, how: How) -> Self {
        Self { actors, how, targets: Vec::new(), suffered: false }
    }
}

/// Who acts, and who is found to be acted upon on the way.
fn actor(s: &Sentence, h: &Hit, lexicon: &Lexicon, context: &Context<'_>) -> Party {
    let is_hegemon = |k: usize| state_of(s, k).is_some_and(|c| context.hegemons.iter().any(|g| g == c));
    // "by X"
    let passive = !h.noun && passive(s, h.act.0);
    for k in h.act.1..s.items.len().min(h.span.1 + 9) {
        if s.clause[k] != h.clause {
            break;
        }
        if s.items[k].text == "by" && (h.noun || passive) && let Some(list) = name_after(s, k + 1, 3) {
            let mut party = Party::new(s.lists[list].clone(), How::Beside);
            if passive && let Some(subject) = s.subject(h.clause, h.act.0) {
                party.targets = s.lists[subject].clone();
            }
            return party;
        }
    }
    let mut found: Vec<usize> = Vec::new();
    if h.noun {
        if let Some(k) = name_before(s, h) {
            let m = s.items[k].mention.as_ref();
            let possessive = s.items.get(k + 1).is_some_and(|i| i.text == "'s");
            let noun_name = m.is_some_and(|m| !m.adjective && !matches!(m.meaning, Meaning::Leader(_) | Meaning::Generic))
                && !possessive
                && s.items[k].end - s.items[k].start > 4;
            let list = s.list_of[k].map_or_else(|| vec![k], |l| s.lists[l].clone());
            let general = m.is_some_and(|m| m.meaning == Meaning::Generic);
            if noun_name && !is_hegemon(k) {
                // "the Qatar blockade"
                found = list;
            } else if !general || possessive {
                return Party::new(if possessive || list[0] != k { vec![k] } else { list }, How::Beside);
            }
        }
        let kind = lexicon.patterns[h.pattern].kind;
        let source = !matches!(kind, EventType::S09 | EventType::S13 | EventType::S06 | EventType::S20 | EventType::S22);
        let next = s.items.get(h.act.1).map_or("", |i| i.text.as_str());
        if source && next == "from" && let Some(list) = name_after(s, h.act.1 + 1, 3) {
            return Party::new(s.lists[list].clone(), How::Beside);
        }
        if kind == EventType::S13 && next == "of" && let Some(list) = name_after(s, h.act.1 + 1, 2) {
            return Party::new(s.lists[list].clone(), How::Beside);
        }
    }
    let (subject, how) = subject_of(s, h);
    // A pronoun stands for the subject of the clause before, an office for the hegemon.
    if how != How::Subject && !passive && let Some(how) = stand_in(s, h)
        && !(how == How::Pronoun && subject.is_some())
    {
        return Party { actors: Vec::new(), how, targets: found, suffered: false };
    }
    let body = subject.is_some_and(|l| s.lists[l].iter().all(|k| state_of(s, *k).is_none()));
    let under = s.items.get(s.clause_start(h.clause)).is_some_and(|i| i.text == "that");
    let subject = match earlier_subject(s, h.clause) {
        // "Johnson wrote that NATO might not defend Turkey"
        Some(other) if body && under && s.lists[other].iter().any(|k| is_hegemon(*k)) => {
            return Party { actors: s.lists[other].clone(), how: How::Inherited, targets: found, suffered: false };
        }
        _ => subject,
    };
    let Some(list) = subject else {
        return Party { actors: Vec::new(), how: How::Assumed, targets: found, suffered: false };
    };
    let names = s.lists[list].clone();
    let last = *names.last().unwrap_or(&0);
    if passive {
        let mut party = Party { actors: Vec::new(), how: How::Assumed, targets: found, suffered: false };
        let opener = s.items.get(s.clause_start(h.clause)).map_or("", |i| i.text.as_str());
        if matches!(opener, "as" | "while" | "when" | "after" | "before" | "until" | "if" | "where" | "because") {
            // "as the corridor was blockaded": nobody says by whom.
            party.how = How::Unsaid;
            return party;
        }
        if how == How::Subject {
            party.targets.extend(names.iter().copied().filter(|k| !is_hegemon(*k)));
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
        let suffers = h.noun && how == How::Subject && between_suffers(s, last + 1, h.act.0, lexicon) && !context.hegemons.is_empty() && !names.iter().any(|k| is_hegemon(*k));
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
    let mut party = Party { actors: Vec::new(), how: How::Assumed, targets: found, suffered: false };
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

fn passive(s: &Sentence, act: usize) -> bool {
    // "Turkey may not use these weapons": what is forbidden to the subject.
    let word = |k: usize| s.items.get(k).map_or("", |i| i.text.as_str());
    if matches!(word(act), "may" | "must" | "could" | "can" | "might") && word(act + 2) == "use" {
        return true;
    }
    let mut k = act;
    for _ in 0..3 {
        let Some(j) = k.checked_sub(1) else { return false };
        let t = s.items[j].text.as_str();
        if matches!(t, "was" | "were" | "been" | "being" | "be" | "is" | "are" | "got") {
            // "is ignoring" is active.
            return !s.items[act].text.ends_with("ing");
        }
        if !(t.ends_with("ly") || matches!(t, "not" | "never" | "also" | "then" | "again" | "now" | "later")) {
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
        let word = t == "'s" || number || t == "%" || t == "\"" || t.chars().all(char::is_alphabetic);
        let breaks = matches!(t, "the" | "a" | "an" | "and" | "or" | "its" | "their" | "his" | "to" | "of" | "on" | "in" | "by" | "with" | "for" | "from" | "at" | "against" | "over" | "as" | "than");
        let verb = s.is_verb(k) && !matches!(t, "proposed" | "sustained" | "continued" | "repeated" | "renewed" | "planned" | "threatened" | "announced" | "increased" | "targeted" | "expanded" | "undeclared" | "unprovoked" | "armed" | "limited" | "unexpected" | "abrupt");
        if !word || breaks || verb {
            return None;
        }
    }
    None
}

/// The subject of an act: a position in `lists`, and how it was found.
fn subject_of(s: &Sentence, h: &Hit) -> (Option<usize>, How) {
    let before = h.act.0.checked_sub(1).map_or("", |k| s.items[k].text.as_str());
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
        let near = (start.saturating_sub(4)..start).rev().find(|k| s.is_name(*k));
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
            "administration" | "government" | "president" | "cabinet" | "chancellor" | "leadership"
                | "regime" | "kingdom" | "superpower" | "hegemon" | "patron" | "guarantor" | "officials"
                | "premier" | "chancellery" | "treasury" | "ministry" | "parliament" | "senate" | "navy"
        ) || (t == "minister" && k > 0 && s.items[k - 1].text == "prime");
        let the = (start..k).rev().take(3).any(|j| matches!(s.items[j].text.as_str(), "the" | "its"));
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
            let hangs = matches!(s.items[s.clause_start(c)].text.as_str(), "that" | "which" | "who" | "whom" | "whose" | "when" | "where");
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
            while s.items.get(the).is_some_and(|i| matches!(i.text.as_str(), "the" | "its" | "their" | "neighbouring" | "neighboring")) {
                the += 1;
            }
            let name = the < s.items.len() && s.is_name(the);
            let toward = s.items.get(j).is_some_and(|i| matches!(i.text.as_str(), "on" | "against" | "toward" | "towards"));
            !name && !toward
        }
        _ => {
            // The verb of which an act as a noun is the subject.
            let made = matches!(t, "imposed" | "levied" | "placed" | "directed" | "aimed" | "made" | "launched" | "waged" | "slapped" | "announced" | "mounted" | "issued" | "held" | "hit");
            let auxiliary = matches!(t, "has" | "have" | "had" | "was" | "were" | "is" | "are" | "will" | "would");
            (h.noun || auxiliary) && s.is_verb(k) && !made && k > h.span.1.saturating_sub(1) && !t.starts_with('@')
        }
    }
}

fn targets(s: &Sentence, h: &Hit, p: &Pattern, act: &mut Act, next: Option<usize>) {
    let own: Vec<String> = act.actors.iter().filter_map(|k| state_of(s, *k).map(str::to_owned)).collect();
    let is_own = |k: usize| {
        act.actors.contains(&k) || state_of(s, k).is_some_and(|c| own.iter().any(|o| o == c))
    };
    let reassuring = act.kind.is_some_and(|k| k.polarity() == crate::Polarity::Reassuring);
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
        let names: Vec<usize> = s.lists[list].iter().copied().filter(|k| !is_own(*k)).collect();
        if names.is_empty() {
            continue;
        }
        let governed = s.preposition(k);
        if governed.is_some_and(|(at, t)| t == "by" && at >= h.act.0) {
            continue;
        }
        // "embraced Qatar's rivals" is done to Qatar.
        let owner = s.items.get(k + 1).is_some_and(|i| i.text == "'s")
            && (k + 2..k + 5).any(|j| s.items.get(j).is_some_and(|i| matches!(i.text.as_str(), "rival" | "rivals" | "enemy" | "enemies" | "adversary" | "adversaries" | "foe" | "foes" | "opponents")));
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
            let noted = at > 0 && NO_TARGET.contains(&s.items[at - 1].text.as_str()) && at > h.act.0;
            let against = reassuring && t == "against";
            // "in Cyprus" is where, except for acts that take place in the target.
            let kind = act.kind.unwrap_or(act.matched);
            let there = t == "in"
                && !matches!(kind, EventType::S05 | EventType::S09 | EventType::S10 | EventType::S13 | EventType::S20);
            if !TOWARD.contains(&t) || noted || against || there || (p.rivals && !matches!(t, "against" | "over" | "than") && !(t == "of" && at > 0 && matches!(s.items[at - 1].text.as_str(), "expense" | "instead" | "cost" | "ahead"))) {
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
                && s.preposition(k).is_some_and(|(_, t)| matches!(t, "on" | "against" | "toward" | "towards"))
            {
                act.targets.push(k);
            }
        }
    }
    if act.targets.is_empty() && !p.rivals && act.how.named() {
        // "cut ties with Qatar and imposed a blockade": names before the act in its clause.
        for k in 0..h.act.0 {
            let toward = s.preposition(k).is_none_or(|(_, t)| matches!(t, "with" | "to" | "from" | "of" | "for"));
            if s.clause[k] == h.clause && s.is_name(k) && !is_own(k) && toward && s.owns(k).is_none()
                && s.items[k].mention.as_ref().is_some_and(|m| !matches!(m.meaning, Meaning::Organisation(_)))
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
