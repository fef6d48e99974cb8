//! The lexicon of acts, from `data/lexicon.toml`.

use std::sync::OnceLock;

use regex::Regex;
use serde::Deserialize;

use crate::{EventType, ScenarioError};

/// Words that change what an act means.
#[derive(Debug)]
pub(crate) struct Words {
    /// Before the act: it did not happen.
    pub negation: Regex,
    /// How many words before.
    pub negation_window: usize,
    /// After the act: it did not happen.
    pub negation_after: Regex,
    /// Before the act: a threat.
    pub threats: Regex,
    /// Before the act: a possibility.
    pub possibilities: Regex,
    /// How many words before.
    pub hedge_window: usize,
    /// After the act: a possibility.
    pub possibilities_after: Regex,
    /// Before the act: it ends.
    pub reversals: Regex,
    /// How many words before.
    pub reversal_window: usize,
    /// After the act: it ends.
    pub reversals_after: Regex,
    /// Between subject and act as a noun: the subject does it.
    pub doing: Regex,
    /// Between subject and act as a noun: the subject suffers it.
    pub suffering: Regex,
    /// What other states do about it.
    pub responses: Regex,
    /// Words that mark rivals.
    pub rivals: Regex,
}

/// What a threat, possibility, end of an act becomes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Becomes {
    /// Another or the same type.
    Type(EventType),
    /// No event.
    Nothing,
}

/// A pattern of the lexicon.
#[derive(Debug)]
pub(crate) struct Pattern {
    /// Type of the act.
    pub kind: EventType,
    /// The act as a verb.
    pub verbs: Option<Regex>,
    /// The act as a noun.
    pub nouns: Option<Regex>,
    /// Words of which one must stand near.
    pub objects: Option<Regex>,
    /// How many words away.
    pub window: usize,
    /// Whether the object must follow the act.
    pub after: bool,
    /// What the clause must not contain.
    pub unless: Option<Regex>,
    /// How many words before the match that begins.
    pub unless_before: usize,
    /// What the sentence must not contain.
    pub unless_any: Option<Regex>,
    /// Whether names right after the act are rivals.
    pub rivals: bool,
    /// Whether the actor must be named.
    pub needs_actor: bool,
    /// Whether a name must follow in the clause.
    pub needs_mention: bool,
    /// What a threat or possibility becomes.
    pub hedged: Becomes,
    /// What an end becomes.
    pub reversed: Becomes,
    /// How sure a match is.
    pub confidence: f64,
}

/// The lexicon.
#[derive(Debug)]
pub(crate) struct Lexicon {
    /// Words that change what an act means.
    pub words: Words,
    /// The patterns in the order of the file.
    pub patterns: Vec<Pattern>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    words: FileWords,
    pattern: Vec<FilePattern>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct FileWords {
    negation: Vec<String>,
    negation_window: usize,
    negation_after: Vec<String>,
    threats: Vec<String>,
    possibilities: Vec<String>,
    hedge_window: usize,
    possibilities_after: Vec<String>,
    reversals: Vec<String>,
    reversal_window: usize,
    reversals_after: Vec<String>,
    doing: Vec<String>,
    suffering: Vec<String>,
    responses: Vec<String>,
    rivals: Vec<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct FilePattern {
    #[serde(rename = "type")]
    kind: EventType,
    #[serde(default)]
    verbs: Vec<String>,
    #[serde(default)]
    nouns: Vec<String>,
    #[serde(default)]
    objects: Vec<String>,
    #[serde(default = "window")]
    window: usize,
    #[serde(default)]
    order: Option<String>,
    #[serde(default)]
    unless: Option<String>,
    #[serde(default = "unless_before")]
    unless_before: usize,
    #[serde(default)]
    unless_any: Option<String>,
    #[serde(default)]
    rivals: bool,
    #[serde(default)]
    needs_actor: bool,
    #[serde(default)]
    needs_mention: bool,
    #[serde(default)]
    #[allow(dead_code)] // says to readers of the file that negative verbs belong to the act
    hostile: bool,
    hedged: String,
    reversed: String,
    confidence: f64,
}

fn window() -> usize {
    6
}

fn unless_before() -> usize {
    4
}

fn data(message: String) -> ScenarioError {
    ScenarioError::Data {
        file: "lexicon.toml",
        message,
    }
}

/// A regex that finds one of the alternatives as whole words.
fn whole(alternatives: &[String]) -> Result<Regex, ScenarioError> {
    // The plain form has small letters without accents and single blanks: plain classes do, and
    // they make automata a hundred times smaller than those of Unicode.
    let plain = alternatives
        .join("|")
        .replace(r"\S", "[^ ]")
        .replace(r"\w", "[a-z0-9_]")
        .replace(r"\d", "[0-9]")
        .replace(r"\b", "");
    let pattern = format!("(?:^| )(?P<m>(?:{plain}))(?:$| )");
    Regex::new(&pattern).map_err(|e| data(e.to_string()))
}

fn optional(alternatives: &[String]) -> Result<Option<Regex>, ScenarioError> {
    if alternatives.is_empty() {
        return Ok(None);
    }
    whole(alternatives).map(Some)
}

fn becomes(code: &str) -> Result<Becomes, ScenarioError> {
    if code == "none" {
        return Ok(Becomes::Nothing);
    }
    EventType::from_code(code)
        .map(Becomes::Type)
        .ok_or_else(|| data(format!("unknown type `{code}`")))
}

impl Lexicon {
    /// The lexicon that ships with the program, read once.
    pub fn embedded() -> Result<&'static Self, ScenarioError> {
        static READ: OnceLock<Result<Lexicon, ScenarioError>> = OnceLock::new();
        READ.get_or_init(|| Self::parse(include_str!("../../data/lexicon.toml")))
            .as_ref()
            .map_err(Clone::clone)
    }

    /// Reads a lexicon.
    pub fn parse(text: &str) -> Result<Self, ScenarioError> {
        let file: File = toml::from_str(text).map_err(|e| data(e.to_string()))?;
        let w = &file.words;
        let words = Words {
            negation: whole(&w.negation)?,
            negation_window: w.negation_window,
            negation_after: whole(&w.negation_after)?,
            threats: whole(&w.threats)?,
            possibilities: whole(&w.possibilities)?,
            hedge_window: w.hedge_window,
            possibilities_after: whole(&w.possibilities_after)?,
            reversals: whole(&w.reversals)?,
            reversal_window: w.reversal_window,
            reversals_after: whole(&w.reversals_after)?,
            doing: whole(&w.doing)?,
            suffering: whole(&w.suffering)?,
            responses: whole(&w.responses)?,
            rivals: whole(&w.rivals)?,
        };
        let mut patterns = Vec::with_capacity(file.pattern.len());
        for p in &file.pattern {
            let forbid = |s: &Option<String>| match s {
                Some(s) => whole(std::slice::from_ref(s)).map(Some),
                None => Ok(None),
            };
            patterns.push(Pattern {
                kind: p.kind,
                verbs: optional(&p.verbs)?,
                nouns: optional(&p.nouns)?,
                objects: optional(&p.objects)?,
                window: p.window,
                after: p.order.as_deref() == Some("after"),
                unless: forbid(&p.unless)?,
                unless_before: p.unless_before,
                unless_any: forbid(&p.unless_any)?,
                rivals: p.rivals,
                needs_actor: p.needs_actor,
                needs_mention: p.needs_mention,
                hedged: becomes(&p.hedged)?,
                reversed: becomes(&p.reversed)?,
                confidence: p.confidence,
            });
        }
        Ok(Self { words, patterns })
    }
}

/// All whole-word matches of a regex made by this module in `text`, overlapping ones at different
/// words included: (first byte, byte after the last).
pub(crate) fn matches(regex: &Regex, text: &str) -> Vec<(usize, usize)> {
    let mut out = Vec::new();
    let mut from = 0;
    while from <= text.len() {
        let Some(m) = regex.captures_at(text, from).and_then(|c| c.name("m")) else {
            break;
        };
        out.push((m.start(), m.end()));
        // The next match begins at the next word.
        from = text[m.start()..]
            .find(' ')
            .map_or(text.len() + 1, |k| m.start() + k);
    }
    out
}
