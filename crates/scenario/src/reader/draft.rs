//! A draft scenario, as read from a brief.

use std::ops::Range;

use serde::Serialize;

use crate::scenario::{Event, MagnitudeInput, Scenario};
use crate::{EventType, Polarity};

/// What a brief says, as far as it could be placed.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Draft {
    /// Title.
    pub title: String,
    /// ISO3 codes of the main actors, the first one first.
    pub hegemons: Vec<String>,
    /// The states that the acts concern, sorted by code.
    pub targets: Vec<DraftTarget>,
    /// The acts, in the order of the brief.
    pub events: Vec<DraftEvent>,
    /// Names of the domains as written.
    pub domains: Vec<String>,
    /// Questions, verbatim.
    pub questions: Vec<String>,
    /// What could not be placed, in the order of the brief.
    pub unplaced: Vec<Unplaced>,
    /// Address or reference of the source, may be empty.
    pub source: String,
    /// Summary as written, may be empty.
    pub summary: String,
    /// What the brief looked like: `brief` (domains with WHAT, WHY, SO WHAT) or `prose`.
    pub form: &'static str,
    /// Year that the brief is about: of its date or source, else the one it names most, else the
    /// caller's.
    pub year: i32,
    /// Last year of the time that the brief names, if it names one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub horizon: Option<i32>,
    /// Domains with their parts as written.
    pub sections: Vec<Section>,
    /// Remarks, such as which state stands for one that is gone.
    pub notes: Vec<String>,
}

/// A state that the acts concern.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct DraftTarget {
    /// ISO3 code.
    pub iso3: String,
    /// The words that stand for it; for a group also which.
    pub via: String,
}

/// An act.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct DraftEvent {
    /// Type.
    #[serde(rename = "type")]
    pub kind: EventType,
    /// ISO3 code of the actor.
    pub actor: String,
    /// ISO3 codes of the targets, sorted.
    pub targets: Vec<String>,
    /// Whether it lowers or raises trust.
    pub polarity: Polarity,
    /// How sure the reading is, 0 to 1.
    pub confidence: f64,
    /// Line of its sentence, from 1.
    pub line: usize,
    /// Its sentence.
    pub sentence: String,
    /// The words that stand for the act.
    pub words: String,
    /// Bytes of those words in the file.
    pub span: Range<usize>,
    /// Year that the sentence names.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub year: Option<i32>,
    /// Size that the sentence names, in the unit of the type.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub magnitude: Option<f64>,
    /// Organisation or treaty that it concerns.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub agreement: Option<String>,
    /// Name of the domain in which it stands.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub domain: Option<String>,
}

/// A sentence, or part of one, that could not be placed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Unplaced {
    /// Line, from 1.
    pub line: usize,
    /// Its words.
    pub text: String,
    /// Why it has no place.
    pub why: String,
    /// First byte in the file.
    pub byte: usize,
}

/// A domain with its parts as written.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Section {
    /// Name.
    pub name: String,
    /// What happens.
    pub what: String,
    /// Why.
    pub why: String,
    /// What follows.
    pub so_what: String,
}

/// What [`Draft::to_scenario`] takes where the brief says nothing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ScenarioDefaults {
    /// Years from the start to the horizon.
    pub horizon_years: i32,
}

impl Default for ScenarioDefaults {
    fn default() -> Self {
        Self { horizon_years: 10 }
    }
}

impl Draft {
    /// A scenario of the first hegemon: its acts and those of others, repeated ones once with the
    /// surest sentence. Years are those of the sentences, else the year of the brief.
    pub fn to_scenario(&self, defaults: ScenarioDefaults) -> Scenario {
        let mut events: Vec<Event> = Vec::new();
        for e in &self.events {
            let event = Event {
                kind: e.kind,
                actor: e.actor.clone(),
                targets: e.targets.clone(),
                year: e.year.unwrap_or(self.year),
                until: None,
                magnitude: e.magnitude.map(MagnitudeInput::Value),
                agreement: e.agreement.clone(),
                loadings: None,
                confidence: e.confidence,
                sentence: Some(e.sentence.clone()),
                line: u32::try_from(e.line).ok(),
                note: None,
            };
            let same = events.iter_mut().find(|x| {
                x.kind == event.kind
                    && x.actor == event.actor
                    && x.targets == event.targets
                    && x.year == event.year
            });
            match same {
                Some(x) if x.confidence < event.confidence => {
                    let magnitude = event.magnitude.clone().or_else(|| x.magnitude.clone());
                    *x = Event { magnitude, ..event };
                }
                Some(x) => {
                    if x.magnitude.is_none() {
                        x.magnitude = event.magnitude;
                    }
                }
                None => events.push(event),
            }
        }
        let first = events.iter().map(|e| e.year).min().unwrap_or(self.year);
        let last = events.iter().map(|e| e.year).max().unwrap_or(self.year);
        let start = first.min(self.year);
        let horizon = self
            .horizon
            .filter(|h| *h >= last && *h > start)
            .unwrap_or(last.max(self.year) + defaults.horizon_years);
        Scenario {
            title: self.title.clone(),
            source: self.source.clone(),
            note: String::new(),
            hegemon: self.hegemons.first().cloned().unwrap_or_default(),
            start,
            horizon,
            focus: self.targets.iter().map(|t| t.iso3.clone()).collect(),
            domains: self.domains.clone(),
            questions: self.questions.clone(),
            options: crate::Options::default(),
            events,
            layers: Vec::new(),
        }
    }

    /// The draft as pretty JSON with a newline at its end.
    pub fn to_json(&self) -> Result<String, crate::ScenarioError> {
        let mut text =
            serde_json::to_string_pretty(self).map_err(|e| crate::ScenarioError::Write {
                message: e.to_string(),
            })?;
        text.push('\n');
        Ok(text)
    }
}
