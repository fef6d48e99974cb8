//! Whose conduct a brief is about: the state with the weightiest acts.

use std::collections::BTreeMap;

use super::acts::{self, Context, How, state_of};
use super::form::Role;
use super::gazetteer::Meaning;
use super::lexicon::Lexicon;
use super::reading::Said;
use super::sentence::Sentence;
use crate::Polarity;

/// Weights (assumptions): what speaks for a state being the main actor, in units of one act.
const TITLE_SUBJECT: f64 = 3.0;
const TITLE_OTHER: f64 = 0.7;
const TITLE_AGENT: f64 = 1.0;
const OWNER: f64 = 0.8;
const TRUSTED: f64 = 1.0;
const ACT: f64 = 1.0;
const REASSURING_ACT: f64 = 0.7;
const LATER_IN_LIST: f64 = 0.6;
const ACTED_UPON: f64 = 0.6;
const FREE_LEADER: f64 = 0.4;
const FREE_STATE: f64 = 0.15;
/// A second hegemon needs this share of the weight of the first, and this many acts.
const SECOND_SHARE: f64 = 0.85;
const SECOND_ACTS: usize = 3;

/// What speaks for a state.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Score {
    pub weight: f64,
    pub acts: usize,
    pub acted_upon: usize,
}

/// Words after an owner that make its conduct the matter: "America's reliability".
const CONDUCT: &[&str] = &[
    "reliability",
    "credibility",
    "guarantee",
    "guarantees",
    "umbrella",
    "commitment",
    "commitments",
    "promises",
    "promise",
    "protection",
    "leadership",
    "hegemony",
    "primacy",
    "orbit",
    "sphere",
    "led",
    "policy",
    "policies",
    "conduct",
    "actions",
    "rhetoric",
    "approach",
    "behaviour",
    "behavior",
    "coercion",
    "pressure",
    "threats",
    "administration",
    "decision",
    "decisions",
    "alliance",
    "bloc",
    "retreat",
    "withdrawal",
    "assertiveness",
    "unilateralism",
    "reliable",
];
/// Words before "in X" or "on X": "trust in Moscow", "dependence on Washington".
const RELIANCE: &[&str] = &[
    "trust",
    "confidence",
    "faith",
    "reliance",
    "dependence",
    "dependency",
    "rely",
    "depend",
    "relied",
    "depended",
    "distrust",
    "mistrust",
    "reliant",
    "dependent",
    "belief",
];

fn place(role: Role) -> f64 {
    match role {
        Role::Why => 1.3,
        Role::Summary => 1.2,
        Role::What | Role::Prose => 1.0,
        Role::SoWhat => 0.4,
    }
}

/// The scores of all states that act.
pub(super) fn scores(
    title: &Sentence,
    said: &[Said],
    lexicon: &Lexicon,
) -> BTreeMap<String, Score> {
    let mut out: BTreeMap<String, Score> = BTreeMap::new();
    let mut add = |code: &str, w: f64| out.entry(code.to_owned()).or_default().weight += w;
    title_scores(title, &mut add);
    for x in said {
        let s = &x.sentence;
        let p = place(x.role);
        for k in 0..s.items.len() {
            let Some(code) = state_of(s, k) else { continue };
            let next = |n: usize| s.items.get(k + n).map_or("", |i| i.text.as_str());
            let after = if next(1) == "'s" { next(2) } else { next(1) };
            let third = if next(1) == "'s" { next(3) } else { next(2) };
            if s.owns(k).is_some() {
                add(code, OWNER * p);
            }
            if CONDUCT.contains(&after) || CONDUCT.contains(&third) {
                add(code, TRUSTED * 0.6 * p);
            }
            if let Some((at, "in" | "on")) = s.preposition(k)
                && at > 0
                && RELIANCE.contains(&s.items[at - 1].text.as_str())
            {
                add(code, TRUSTED * p);
            }
            let leader = matches!(
                s.items[k].mention.as_ref().map(|m| &m.meaning),
                Some(Meaning::Leader(_))
            );
            if s.preposition(k).is_none() && x.role != Role::SoWhat {
                add(code, if leader { FREE_LEADER } else { FREE_STATE } * p);
            }
        }
    }
    let context = Context { hegemons: &[] };
    for x in said {
        let s = &x.sentence;
        let p = place(x.role);
        for a in acts::find(s, lexicon, &context) {
            let Some(kind) = a.kind else { continue };
            if !a.how.named() || kind.polarity() == Polarity::Neutral {
                continue;
            }
            let base = if kind.polarity() == Polarity::Adverse {
                ACT
            } else {
                REASSURING_ACT
            };
            let sure = if a.how == How::Inherited { 0.6 } else { 1.0 };
            for (n, k) in a.actors.iter().enumerate() {
                if let Some(c) = state_of(s, *k) {
                    let entry = out.entry(c.to_owned()).or_default();
                    let retaliates =
                        s.plain.contains("retaliat") || s.plain.contains("in response to");
                    let again = if retaliates { 0.3 } else { 1.0 };
                    entry.weight += base
                        * a.confidence
                        * sure
                        * p
                        * again
                        * if n == 0 { 1.0 } else { LATER_IN_LIST };
                    entry.acts += 1;
                }
            }
            if kind.polarity() == Polarity::Adverse {
                for k in &a.targets {
                    if let Some(c) = state_of(s, *k) {
                        let entry = out.entry(c.to_owned()).or_default();
                        entry.weight -= ACTED_UPON * a.confidence * p;
                        entry.acted_upon += 1;
                    }
                }
            }
        }
    }
    out
}

fn title_scores(t: &Sentence, add: &mut dyn FnMut(&str, f64)) {
    let mut first = true;
    for k in 0..t.items.len() {
        let Some(code) = state_of(t, k) else { continue };
        // Of two states side by side the title does not say which acts.
        let beside = t.list_of[k].is_some_and(|l| {
            t.lists[l]
                .iter()
                .filter(|i| state_of(t, **i).is_some())
                .count()
                > 1
        });
        let weight = match t.preposition(k) {
            None if beside => TITLE_OTHER,
            Some((at, "in" | "on"))
                if at > 0 && RELIANCE.contains(&t.items[at - 1].text.as_str()) =>
            {
                TITLE_SUBJECT
            }
            Some((_, "by" | "under")) => TITLE_SUBJECT,
            Some((
                _,
                "on" | "against" | "to" | "toward" | "towards" | "with" | "from" | "for" | "at"
                | "over",
            )) => -TITLE_AGENT,
            Some(_) => 0.0,
            None if first => TITLE_SUBJECT,
            None => TITLE_OTHER,
        };
        if t.preposition(k).is_none() {
            first = false;
        }
        add(code, weight);
    }
}

/// The hegemons, the weightiest first.
pub(super) fn choose(scores: &BTreeMap<String, Score>) -> Vec<String> {
    let mut order: Vec<(&String, &Score)> = scores.iter().filter(|(_, s)| s.weight > 0.5).collect();
    order.sort_by(|a, b| b.1.weight.total_cmp(&a.1.weight).then_with(|| a.0.cmp(b.0)));
    let Some((first, top)) = order.first().copied() else {
        return Vec::new();
    };
    let mut out = vec![first.clone()];
    if let Some((second, s)) = order.get(1)
        && s.weight >= SECOND_SHARE * top.weight
        && s.acts >= SECOND_ACTS
        && s.acted_upon < s.acts
        && s.acts >= top.acts
    {
        out.push((*second).clone());
    }
    out
}
