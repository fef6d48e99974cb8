//! Acts in a sentence: which words stand for an act, who acts, on whom.

use super::gazetteer::Meaning;
use super::lexicon::{Becomes, Lexicon, Pattern};
use super::sentence::Sentence;
use super::{hits, party, reach};
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
    let hits = hits::find(s, lexicon);
    let mut acts: Vec<Act> = Vec::new();
    for (n, h) in hits.iter().enumerate() {
        let p = &lexicon.patterns[h.pattern];
        let next = hits[n + 1..]
            .iter()
            .map(|x| x.act.0)
            .find(|a| *a >= h.span.1);
        acts.push(read(s, h, p, lexicon, context, next));
    }
    acts
}

fn read(
    s: &Sentence,
    h: &hits::Hit,
    p: &Pattern,
    lexicon: &Lexicon,
    context: &Context<'_>,
    next: Option<usize>,
) -> Act {
    let status = hits::status(s, h, lexicon);
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
    let party = party::actor(s, h, lexicon, context);
    let (kind, status) = if party.suffered {
        (None, Status::Suffered)
    } else {
        (kind, status)
    };
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
    reach::targets(s, h, p, &mut act, next);
    // An act on the hegemon is none of its own: the state before it acts.
    let on_hegemon =
        |k: &usize| state_of(s, *k).is_some_and(|c| context.hegemons.iter().any(|g| g == c));
    if act.how == How::Assumed && act.targets.iter().any(on_hegemon) {
        let other = act
            .targets
            .iter()
            .copied()
            .find(|k| *k < act.from && !on_hegemon(k) && state_of(s, *k).is_some());
        if let Some(k) = other {
            act.actors = vec![k];
            act.how = How::Inherited;
            act.targets.retain(on_hegemon);
        }
    }
    act
}
