//! Reading a scenario from TOML: everything is checked and every problem reported with its place.

mod layers;

use std::collections::BTreeMap;
use std::ops::Range;

use toml::Spanned;
use toml::de::{DeTable, DeValue};

use crate::scenario::{AtlasReference, Event, Loadings, MagnitudeInput, Options, Scenario};
use crate::{EventType, Problem, ProblemKind as Kind, ScenarioError, Vocabulary, nearest};

/// Years that a scenario may span: nothing in the atlas is older, and no projection is longer.
const FIRST_YEAR: i64 = 1800;
const LAST_YEAR: i64 = 2200;
/// How far loadings may be from summing to one: what rounding to two digits leaves.
const LOADING_TOLERANCE: f64 = 0.011;

const SCENARIO_KEYS: &[&str] = &[
    "title",
    "source",
    "note",
    "hegemon",
    "start",
    "horizon",
    "focus",
    "domains",
    "questions",
    "options",
    "event",
    "layer",
];
const EVENT_KEYS: &[&str] = &[
    "type",
    "actor",
    "targets",
    "year",
    "until",
    "magnitude",
    "agreement",
    "loadings",
    "confidence",
    "sentence",
    "line",
    "note",
];
const LOADING_KEYS: &[&str] = &["security", "trade", "technology"];
const OPTION_KEYS: &[&str] = &["draws", "seed"];

type Value<'i> = Spanned<DeValue<'i>>;

impl Scenario {
    /// Reads a scenario from the bytes of a TOML file. `file` is its name for messages. Either the
    /// whole file is right or every problem in it is returned.
    pub fn parse(file: &str, bytes: &[u8], names: &Vocabulary) -> Result<Self, ScenarioError> {
        Self::parse_among(file, bytes, names, &[])
    }

    /// As [`Scenario::parse`], for a file that holds more than a scenario: top-level keys in
    /// `others` are left to the caller.
    pub fn parse_among(
        file: &str,
        bytes: &[u8],
        names: &Vocabulary,
        others: &[&str],
    ) -> Result<Self, ScenarioError> {
        let invalid = |problems| ScenarioError::Invalid {
            file: file.to_owned(),
            problems,
        };
        let text = crate::encoding::utf8(bytes).map_err(|p| invalid(vec![*p]))?;
        let (document, errors) = DeTable::parse_recoverable(text);
        let mut reader = Reader {
            text,
            names,
            problems: Vec::new(),
            start: None,
            horizon: None,
            others,
        };
        for e in &errors {
            let span = e.span().unwrap_or(0..0);
            let hint =
                "correct the TOML at this place; strings stand in quotes, tables in [brackets]";
            reader.problem(span, Kind::Syntax, e.message().to_owned(), hint);
        }
        let scenario = reader.scenario(document.get_ref());
        let mut problems = reader.problems;
        match scenario {
            Some(s) if problems.is_empty() => Ok(s),
            _ => {
                problems.sort_by_key(|p| (p.span.start, p.span.end, p.kind));
                Err(invalid(problems))
            }
        }
    }
}

struct Reader<'a> {
    text: &'a str,
    names: &'a Vocabulary,
    problems: Vec<Problem>,
    start: Option<i64>,
    horizon: Option<i64>,
    /// Top-level keys that belong to the caller.
    others: &'a [&'a str],
}

#[allow(clippy::single_match_else)] // every key reads alike: it is there, or it is missing
impl Reader<'_> {
    fn problem(&mut self, at: Range<usize>, kind: Kind, message: String, hint: impl Into<String>) {
        self.problems
            .push(Problem::at(self.text, at, kind, message, hint));
    }

    fn keys(&mut self, table: &DeTable<'_>, known: &[&str], of: &str) {
        for (key, _) in table {
            let name = key.get_ref().as_ref();
            if !known.contains(&name) {
                let hint = match nearest(name, known.iter().copied()) {
                    Some(n) => format!("did you mean `{n}`?"),
                    None => format!("known keys of {of}: {}", known.join(", ")),
                };
                self.problem(
                    key.span(),
                    Kind::UnknownKey,
                    format!("unknown key `{name}`"),
                    hint,
                );
            }
        }
    }

    fn wrong(&mut self, key: &str, value: &Value<'_>, wanted: &str) {
        let message = format!("`{key}` is {}, not {wanted}", value.get_ref().type_str());
        self.problem(
            value.span(),
            Kind::WrongType,
            message,
            format!("write {wanted}"),
        );
    }

    fn missing(&mut self, at: Range<usize>, key: &str, hint: &str) {
        self.problem(at, Kind::MissingKey, format!("`{key}` is missing"), hint);
    }

    fn text_of(&mut self, key: &str, value: &Value<'_>) -> Option<String> {
        if let DeValue::String(s) = value.get_ref() {
            return Some(s.to_string());
        }
        self.wrong(key, value, "a text in quotes");
        None
    }

    fn optional_text(&mut self, table: &DeTable<'_>, key: &str) -> Option<String> {
        table.get(key).and_then(|v| self.text_of(key, v))
    }

    fn texts(&mut self, table: &DeTable<'_>, key: &str) -> Vec<(String, Range<usize>)> {
        let Some(value) = table.get(key) else {
            return Vec::new();
        };
        let DeValue::Array(items) = value.get_ref() else {
            self.wrong(key, value, "a list of texts in [brackets]");
            return Vec::new();
        };
        items
            .iter()
            .filter_map(|v| Some((self.text_of(key, v)?, v.span())))
            .collect()
    }

    fn integer(&mut self, key: &str, value: &Value<'_>) -> Option<i64> {
        if let DeValue::Integer(i) = value.get_ref() {
            let digits = i.as_str().replace('_', "");
            if let Ok(n) = i64::from_str_radix(&digits, i.radix()) {
                return Some(n);
            }
        }
        self.wrong(key, value, "a whole number");
        None
    }

    fn number(&mut self, key: &str, value: &Value<'_>) -> Option<f64> {
        match value.get_ref() {
            DeValue::Integer(_) => return self.integer(key, value).map(|i| i as f64),
            DeValue::Float(f) => {
                if let Ok(x) = f.as_str().replace('_', "").parse() {
                    return Some(x);
                }
            }
            _ => {}
        }
        self.wrong(key, value, "a number");
        None
    }

    fn year(&mut self, key: &str, value: &Value<'_>) -> Option<i64> {
        let y = self.integer(key, value)?;
        if (FIRST_YEAR..=LAST_YEAR).contains(&y) {
            return Some(y);
        }
        let hint = format!("write a year from {FIRST_YEAR} to {LAST_YEAR}");
        self.problem(
            value.span(),
            Kind::Year,
            format!("`{key}` {y} is no year"),
            hint,
        );
        None
    }

    fn state(&mut self, key: &str, code: &str, at: Range<usize>) -> Option<String> {
        if self.names.is_state(code) {
            return Some(code.to_owned());
        }
        let hint = self
            .names
            .suggest_state(code)
            .unwrap_or_else(|| "use the ISO 3166 code of three capitals, such as `CAN`".to_owned());
        self.problem(
            at,
            Kind::UnknownState,
            format!("`{key}`: unknown state code `{code}`"),
            hint,
        );
        None
    }

    fn scenario(&mut self, t: &DeTable<'_>) -> Option<Scenario> {
        let known: Vec<&str> = SCENARIO_KEYS.iter().chain(self.others).copied().collect();
        self.keys(t, &known, "a scenario");
        let top = 0..self.text.find('\n').unwrap_or(self.text.len());
        let title = self.optional_text(t, "title");
        if !t.contains_key("title") {
            self.missing(
                top.clone(),
                "title",
                "add a line such as title = \"Tariffs of 2025\"",
            );
        }
        let hegemon = match t.get("hegemon") {
            Some(v) => self
                .text_of("hegemon", v)
                .and_then(|c| self.state("hegemon", &c, v.span())),
            None => {
                self.missing(
                    top.clone(),
                    "hegemon",
                    "add the state whose conduct is in question: hegemon = \"USA\"",
                );
                None
            }
        };
        let span_year = |r: &mut Self, key: &str| match t.get(key) {
            Some(v) => r.year(key, v),
            None => {
                r.missing(top.clone(), key, &format!("add a year: {key} = 2025"));
                None
            }
        };
        self.start = span_year(self, "start");
        self.horizon = span_year(self, "horizon");
        if let (Some(s), Some(h), Some(v)) = (self.start, self.horizon, t.get("horizon"))
            && h < s
        {
            let message = format!("the horizon {h} is before the start {s}");
            self.problem(
                v.span(),
                Kind::Year,
                message,
                "let the scenario end after it starts",
            );
        }
        let focus = self
            .texts(t, "focus")
            .into_iter()
            .filter_map(|(c, at)| self.state("focus", &c, at))
            .collect();
        let strings = |v: Vec<(String, Range<usize>)>| v.into_iter().map(|(s, _)| s).collect();
        let scenario = Scenario {
            title: title.unwrap_or_default(),
            source: self.optional_text(t, "source").unwrap_or_default(),
            note: self.optional_text(t, "note").unwrap_or_default(),
            hegemon: hegemon.unwrap_or_default(),
            start: self.start.unwrap_or_default() as i32,
            horizon: self.horizon.unwrap_or_default() as i32,
            focus,
            domains: strings(self.texts(t, "domains")),
            questions: strings(self.texts(t, "questions")),
            options: self.options(t),
            events: self.events(t),
            layers: self.layers(t),
        };
        self.problems.is_empty().then_some(scenario)
    }

    fn options(&mut self, t: &DeTable<'_>) -> Options {
        let Some(value) = t.get("options") else {
            return Options::default();
        };
        let DeValue::Table(o) = value.get_ref() else {
            self.wrong("options", value, "a table [options]");
            return Options::default();
        };
        self.keys(o, OPTION_KEYS, "options");
        let draws = o.get("draws").and_then(|v| {
            let n = self.integer("draws", v)?;
            if !(1..=10_000_000).contains(&n) {
                let hint = "write a number of draws from 1 to 10000000";
                self.problem(v.span(), Kind::OutOfRange, format!("`draws` is {n}"), hint);
            }
            u32::try_from(n).ok()
        });
        let seed = o.get("seed").and_then(|v| {
            let n = self.integer("seed", v)?;
            if n < 0 {
                self.problem(
                    v.span(),
                    Kind::OutOfRange,
                    format!("`seed` is {n}"),
                    "write 0 or more",
                );
            }
            u64::try_from(n).ok()
        });
        Options { draws, seed }
    }

    fn events(&mut self, t: &DeTable<'_>) -> Vec<Event> {
        let Some(value) = t.get("event") else {
            return Vec::new();
        };
        let DeValue::Array(items) = value.get_ref() else {
            self.wrong("event", value, "a list of tables [[event]]");
            return Vec::new();
        };
        items.iter().filter_map(|v| self.event(v)).collect()
    }

    fn event(&mut self, value: &Value<'_>) -> Option<Event> {
        let DeValue::Table(t) = value.get_ref() else {
            self.wrong("event", value, "a table [[event]]");
            return None;
        };
        self.keys(t, EVENT_KEYS, "an event");
        let at = value.span();
        let kind = self.event_type(t, &at);
        let actor = match t.get("actor") {
            Some(v) => self
                .text_of("actor", v)
                .and_then(|c| self.state("actor", &c, v.span())),
            None => {
                self.missing(at.clone(), "actor", "say who acts: actor = \"USA\"");
                None
            }
        };
        let (year, until) = self.years(t, &at);
        let targets = self.targets(t, &at, actor.as_deref());
        let magnitude = t.get("magnitude").and_then(|v| self.magnitude(v, kind));
        let loadings = t.get("loadings").and_then(|v| self.loadings(v));
        let confidence = match t.get("confidence") {
            Some(v) => self.confidence(v),
            None => Some(1.0),
        };
        let line = t.get("line").and_then(|v| {
            let n = self.integer("line", v)?;
            if n < 1 {
                self.problem(
                    v.span(),
                    Kind::OutOfRange,
                    format!("`line` is {n}"),
                    "lines count from 1",
                );
            }
            u32::try_from(n).ok()
        });
        let agreement = self.optional_text(t, "agreement");
        let sentence = self.optional_text(t, "sentence");
        let note = self.optional_text(t, "note");
        Some(Event {
            kind: kind?,
            actor: actor?,
            targets,
            year: year? as i32,
            until: until.map(|u| u as i32),
            magnitude,
            agreement,
            loadings,
            confidence: confidence?,
            sentence,
            line,
            note,
        })
    }

    fn event_type(&mut self, t: &DeTable<'_>, at: &Range<usize>) -> Option<EventType> {
        let Some(v) = t.get("type") else {
            self.missing(at.clone(), "type", "say what happens: type = \"S01\"");
            return None;
        };
        let code = self.text_of("type", v)?;
        if let Some(k) = EventType::from_code(&code) {
            return Some(k);
        }
        let codes = EventType::ALL.iter().map(|k| k.code());
        let by_name = EventType::ALL
            .iter()
            .find(|k| k.name().eq_ignore_ascii_case(&code));
        let near = by_name.copied().or_else(|| {
            // Letters for digits are the usual slip: `SO1` for `S01`.
            nearest(&code.to_uppercase().replace('O', "0"), codes).and_then(EventType::from_code)
        });
        let hint = near.map_or_else(
            || "write one of S01 to S13, S20 to S25, S30".to_owned(),
            |k| format!("did you mean `{}` ({})?", k.code(), k.name()),
        );
        self.problem(
            v.span(),
            Kind::UnknownEventType,
            format!("unknown event type `{code}`"),
            hint,
        );
        None
    }

    fn years(&mut self, t: &DeTable<'_>, at: &Range<usize>) -> (Option<i64>, Option<i64>) {
        let year = match t.get("year") {
            Some(v) => {
                let y = self.year("year", v);
                if let (Some(y), Some(s), Some(h)) = (y, self.start, self.horizon)
                    && s <= h
                    && !(s..=h).contains(&y)
                {
                    let message = format!("year {y} is outside the span {s} to {h}");
                    let hint =
                        "move the act into the span, or the start or horizon of the scenario";
                    self.problem(v.span(), Kind::Year, message, hint);
                }
                y
            }
            None => {
                self.missing(at.clone(), "year", "say when: year = 2025");
                None
            }
        };
        let until = t.get("until").and_then(|v| {
            let u = self.year("until", v)?;
            if let Some(y) = year
                && u < y
            {
                let message = format!("until {u} is before year {y}");
                let hint = "let the act end in its year or later, or leave `until` out";
                self.problem(v.span(), Kind::UntilBeforeYear, message, hint);
            }
            Some(u)
        });
        (year, until)
    }

    fn targets(&mut self, t: &DeTable<'_>, at: &Range<usize>, actor: Option<&str>) -> Vec<String> {
        let Some(v) = t.get("targets") else {
            self.missing(
                at.clone(),
                "targets",
                "say whom it concerns: targets = [\"CAN\"]",
            );
            return Vec::new();
        };
        let list = self.texts(t, "targets");
        if list.is_empty() && matches!(v.get_ref(), DeValue::Array(a) if a.is_empty()) {
            let hint = "name at least one state, bloc or group, or take the event out";
            self.problem(v.span(), Kind::EmptyTargets, "no targets".to_owned(), hint);
        }
        let mut out = Vec::new();
        for (name, at) in list {
            if !self.names.knows(&name) {
                let hint = self.names.suggest_target(&name).unwrap_or_else(|| {
                    "use an ISO3 code, a bloc such as `NATO` or a group such as `european-allies`".to_owned()
                });
                let message = format!("`{name}` is neither a state nor a bloc nor a group");
                self.problem(at, Kind::UnknownTarget, message, hint);
            } else if actor == Some(name.as_str()) {
                let message = format!("the actor `{name}` is among its own targets");
                self.problem(
                    at,
                    Kind::ActorIsTarget,
                    message,
                    "take it out of the targets",
                );
            } else {
                out.push(name);
            }
        }
        out
    }

    fn magnitude(&mut self, v: &Value<'_>, kind: Option<EventType>) -> Option<MagnitudeInput> {
        match v.get_ref() {
            DeValue::String(s) => {
                let Some(r) = AtlasReference::parse(s) else {
                    let hint =
                        "write atlas:VARIABLE@ITEM or atlas:VARIABLE@ITEM - BASE, or a number";
                    let message = format!("`{s}` is no reference to the atlas");
                    self.problem(v.span(), Kind::AtlasReference, message, hint);
                    return None;
                };
                Some(MagnitudeInput::Atlas(r))
            }
            DeValue::Table(map) => {
                let mut per = BTreeMap::new();
                for (key, value) in map {
                    let name = key.get_ref().as_ref();
                    if !self.names.knows(name) {
                        let hint = self.names.suggest_target(name).unwrap_or_else(|| {
                            "use an ISO3 code, a bloc or a group of the targets".to_owned()
                        });
                        let message = format!("magnitude of unknown target `{name}`");
                        self.problem(key.span(), Kind::UnknownTarget, message, hint);
                    }
                    if let Some(x) = self.sized(value, kind) {
                        per.insert(name.to_owned(), x);
                    }
                }
                Some(MagnitudeInput::PerTarget(per))
            }
            _ => self.sized(v, kind).map(MagnitudeInput::Value),
        }
    }

    fn sized(&mut self, v: &Value<'_>, kind: Option<EventType>) -> Option<f64> {
        let x = self.number("magnitude", v)?;
        if let Some(k) = kind
            && !k.magnitude().admits(x)
        {
            let m = k.magnitude();
            let message = format!(
                "magnitude {x} of {} is out of range ({})",
                k.code(),
                m.unit()
            );
            self.problem(
                v.span(),
                Kind::Magnitude,
                message,
                format!("write {}", m.range_words()),
            );
        }
        Some(x)
    }

    fn loadings(&mut self, v: &Value<'_>) -> Option<Loadings> {
        let DeValue::Table(t) = v.get_ref() else {
            self.wrong(
                "loadings",
                v,
                "a table { security = .., trade = .., technology = .. }",
            );
            return None;
        };
        self.keys(t, LOADING_KEYS, "loadings");
        let mut get = |key: &str| t.get(key).map_or(Some(0.0), |v| self.number(key, v));
        let l = Loadings {
            security: get("security")?,
            trade: get("trade")?,
            technology: get("technology")?,
        };
        let parts = [l.security, l.trade, l.technology];
        let sum: f64 = parts.iter().sum();
        // Written so that NaN fails.
        let fine = parts.iter().all(|p| *p >= 0.0) && (sum - 1.0).abs() <= LOADING_TOLERANCE;
        if !fine {
            let message = format!(
                "loadings {}, {}, {} sum to {sum}",
                l.security, l.trade, l.technology
            );
            let hint = "give shares that are not negative and sum to 1";
            self.problem(v.span(), Kind::Loadings, message, hint);
        }
        Some(l)
    }

    fn confidence(&mut self, v: &Value<'_>) -> Option<f64> {
        let c = self.number("confidence", v)?;
        if !(0.0..=1.0).contains(&c) {
            let message = format!("`confidence` is {c}");
            self.problem(
                v.span(),
                Kind::OutOfRange,
                message,
                "write a number from 0 to 1",
            );
        }
        Some(c)
    }
}
