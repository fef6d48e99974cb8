//! Reading an episode: a scenario with what was known and what is to be compared.

use std::ops::Range;

use realign_atlas::{Atlas, StateId, Year};
use realign_scenario::{
    Problem, ProblemKind as Kind, Scenario, ScenarioError, Vocabulary, nearest,
};
use serde::Serialize;
use toml::Spanned;
use toml::de::{DeTable, DeValue};

use super::observe::{Cell, Needs, names, quantity};

/// Top-level keys beside those of a scenario.
const OWN_KEYS: &[&str] = &["origin", "known", "observable"];
const KNOWN_KEYS: &[&str] = &["fact", "source"];
const OBSERVABLE_KEYS: &[&str] = &[
    "quantity", "entity", "partner", "item", "years", "horizons", "sign", "placebo", "donors",
    "tag", "note",
];
/// Years ahead where neither `years` nor `horizons` is given, as far as the scenario reaches.
const DEFAULT_HORIZONS: [i32; 3] = [1, 3, 5];

/// A fact that was known at the origin.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Fact {
    /// The fact.
    pub fact: String,
    /// Where it stands.
    pub source: String,
}

/// Direction in which an act is said to move a quantity.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Sign {
    /// Up.
    Up,
    /// Down.
    Down,
    /// Not at all.
    None,
}

impl Sign {
    /// As written in files.
    pub fn id(self) -> &'static str {
        match self {
            Self::Up => "up",
            Self::Down => "down",
            Self::None => "none",
        }
    }

    /// Of a number.
    pub fn of(value: f64) -> Self {
        match value {
            v if v > 0.0 => Self::Up,
            v if v < 0.0 => Self::Down,
            _ => Self::None,
        }
    }
}

/// What is compared with what then happened: one cell of a quantity in some years.
#[derive(Clone, Debug, PartialEq)]
pub struct Observable {
    /// The cell.
    pub cell: Cell,
    /// Target years, ascending.
    pub years: Vec<Year>,
    /// Direction that was predicted when the file was written; `None` where nothing was.
    pub sign: Option<Sign>,
    /// Whether the acts should not move it.
    pub placebo: bool,
    /// States that comparison series may use; empty: all that the acts do not aim at.
    pub donors: Vec<StateId>,
    /// Mark by which a falsifier finds it.
    pub tag: Option<String>,
    /// For readers.
    pub note: Option<String>,
}

/// A dated shock and what is compared.
#[derive(Clone, Debug, PartialEq)]
pub struct Episode {
    /// Name, as of its file without the ending.
    pub name: String,
    /// Last year of which anything is known: the year before the scenario starts.
    pub origin: Year,
    /// The shock.
    pub scenario: Scenario,
    /// What was known, with sources.
    pub known: Vec<Fact>,
    /// What is compared.
    pub observables: Vec<Observable>,
}

type Value<'i> = Spanned<DeValue<'i>>;

impl Episode {
    /// Reads an episode from the bytes of a TOML file; `file` is its name for messages, and without
    /// folder and ending the name of the episode. Either the whole file is right or every problem in
    /// it is returned with line, column and remedy.
    pub fn parse(file: &str, bytes: &[u8], atlas: &Atlas) -> Result<Self, ScenarioError> {
        let words = Vocabulary::from_atlas(atlas)?;
        let (scenario, mut problems) = match Scenario::parse_among(file, bytes, &words, OWN_KEYS) {
            Ok(s) => (Some(s), Vec::new()),
            Err(ScenarioError::Invalid { problems, .. }) => (None, problems),
            Err(e) => return Err(e),
        };
        let text = std::str::from_utf8(bytes).unwrap_or_default();
        let (document, _) = DeTable::parse_recoverable(text);
        let mut reader = Reader {
            text,
            words: &words,
            atlas,
            problems: Vec::new(),
            quantities: names(atlas),
            span: scenario.as_ref().map(|s| (s.start, s.horizon)),
            hegemon: scenario
                .as_ref()
                .map_or_else(String::new, |s| s.hegemon.clone()),
        };
        let known = reader.known(document.get_ref());
        let observables = reader.observables(document.get_ref());
        reader.origin(document.get_ref());
        problems.append(&mut reader.problems);
        match scenario {
            Some(scenario) if problems.is_empty() => Ok(Self {
                name: name_of(file),
                origin: Year(scenario.start - 1),
                scenario,
                known,
                observables,
            }),
            _ => {
                problems.sort_by_key(|p| (p.span.start, p.span.end, p.kind));
                problems.dedup();
                Err(ScenarioError::Invalid {
                    file: file.to_owned(),
                    problems,
                })
            }
        }
    }

    /// The last year that anything is compared in.
    pub fn last_year(&self) -> Year {
        let years = self.observables.iter().filter_map(|o| o.years.last());
        years.copied().max().unwrap_or(self.origin)
    }
}

/// File name without folder and ending.
fn name_of(file: &str) -> String {
    let base = file.rsplit(['/', '\\']).next().unwrap_or(file);
    base.strip_suffix(".toml").unwrap_or(base).to_owned()
}

struct Reader<'a> {
    text: &'a str,
    words: &'a Vocabulary,
    atlas: &'a Atlas,
    problems: Vec<Problem>,
    quantities: Vec<String>,
    /// Start and horizon, where the scenario could be read.
    span: Option<(i32, i32)>,
    hegemon: String,
}

impl Reader<'_> {
    fn problem(&mut self, at: Range<usize>, kind: Kind, message: String, hint: impl Into<String>) {
        self.problems
            .push(Problem::at(self.text, at, kind, message, hint));
    }

    fn wrong(&mut self, key: &str, v: &Value<'_>, wanted: &str) {
        let message = format!("`{key}` is {}, not {wanted}", v.get_ref().type_str());
        self.problem(
            v.span(),
            Kind::WrongType,
            message,
            format!("write {wanted}"),
        );
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

    fn text_of(&mut self, t: &DeTable<'_>, key: &str) -> Option<String> {
        let v = t.get(key)?;
        if let DeValue::String(s) = v.get_ref() {
            return Some(s.to_string());
        }
        self.wrong(key, v, "a text in quotes");
        None
    }

    fn whole(&mut self, key: &str, v: &Value<'_>) -> Option<i32> {
        if let DeValue::Integer(i) = v.get_ref()
            && let Ok(n) = i32::from_str_radix(&i.as_str().replace('_', ""), i.radix())
        {
            return Some(n);
        }
        self.wrong(key, v, "a whole number");
        None
    }

    /// The tables of a list `[[key]]`.
    fn tables<'t, 'i>(
        &mut self,
        t: &'t DeTable<'i>,
        key: &str,
    ) -> Vec<(&'t DeTable<'i>, Range<usize>)> {
        let Some(v) = t.get(key) else {
            return Vec::new();
        };
        let DeValue::Array(items) = v.get_ref() else {
            self.wrong(key, v, "a list of tables in [[brackets]]");
            return Vec::new();
        };
        let mut out = Vec::new();
        for item in items {
            match item.get_ref() {
                DeValue::Table(t) => out.push((t, item.span())),
                _ => self.wrong(key, item, "a table"),
            }
        }
        out
    }

    fn origin(&mut self, t: &DeTable<'_>) {
        let Some(v) = t.get("origin") else { return };
        let Some(origin) = self.whole("origin", v) else {
            return;
        };
        if let Some((start, _)) = self.span
            && origin != start - 1
        {
            let message = format!("the origin {origin} is not the year before the start {start}");
            let hint = format!("write origin = {}, or move the start", start - 1);
            self.problem(v.span(), Kind::Year, message, hint);
        }
    }

    fn known(&mut self, t: &DeTable<'_>) -> Vec<Fact> {
        let mut out = Vec::new();
        for (t, at) in self.tables(t, "known") {
            self.keys(t, KNOWN_KEYS, "a known fact");
            for key in KNOWN_KEYS {
                if !t.contains_key(*key) {
                    let hint = "every fact stands with its source: fact = \"…\", source = \"…\"";
                    self.problem(
                        at.clone(),
                        Kind::MissingKey,
                        format!("`{key}` is missing"),
                        hint,
                    );
                }
            }
            if let (Some(fact), Some(source)) = (self.text_of(t, "fact"), self.text_of(t, "source"))
            {
                out.push(Fact { fact, source });
            }
        }
        out
    }

    fn observables(&mut self, t: &DeTable<'_>) -> Vec<Observable> {
        let list = self.tables(t, "observable");
        if list.is_empty() {
            let top = 0..self.text.find('\n').unwrap_or(self.text.len());
            let hint = "add at least one table [[observable]] with quantity, entity and years";
            self.problem(
                top,
                Kind::MissingKey,
                "`observable` is missing".to_owned(),
                hint,
            );
        }
        let mut out = Vec::new();
        for (t, at) in list {
            self.observable(t, &at, &mut out);
        }
        out
    }

    fn observable(&mut self, t: &DeTable<'_>, at: &Range<usize>, out: &mut Vec<Observable>) {
        self.keys(t, OBSERVABLE_KEYS, "an observable");
        let Some(v) = t.get("quantity") else {
            let hint = "say what is compared: quantity = \"milex_burden\"";
            self.problem(
                at.clone(),
                Kind::MissingKey,
                "`quantity` is missing".to_owned(),
                hint,
            );
            return;
        };
        let Some(id) = self.text_of(t, "quantity") else {
            return;
        };
        let Some((_, needs)) = quantity(self.atlas, &id) else {
            let near = nearest(&id, self.quantities.iter().map(String::as_str));
            let hint = match near {
                Some(n) => format!("did you mean `{n}`?"),
                None => format!("quantities: {}", self.quantities.join(", ")),
            };
            self.problem(
                v.span(),
                Kind::AtlasReference,
                format!("unknown quantity `{id}`"),
                hint,
            );
            return;
        };
        let entities = self.states(t, "entity", needs != Needs::Item, at);
        let partners = self.states(t, "partner", needs == Needs::Pair, at);
        if needs != Needs::Pair
            && let Some(v) = t.get("partner")
        {
            let message = format!("`{id}` is not about a pair of states");
            self.problem(v.span(), Kind::UnknownKey, message, "take `partner` out");
        }
        let item = self.text_of(t, "item");
        if needs == Needs::Item && item.is_none() {
            let message = format!("`{id}` needs an `item`");
            self.problem(
                at.clone(),
                Kind::MissingKey,
                message,
                "name it, such as item = \"USD\"",
            );
        }
        let years = self.years(t, at);
        let sign = self.sign(t);
        let placebo = match t.get("placebo").map(|v| (v, v.get_ref())) {
            None => false,
            Some((_, DeValue::Boolean(b))) => *b,
            Some((v, _)) => {
                self.wrong("placebo", v, "true or false");
                false
            }
        };
        let donors = self.states(t, "donors", false, at);
        let (tag, note) = (self.text_of(t, "tag"), self.text_of(t, "note"));
        let some = |list: &[StateId]| -> Vec<Option<StateId>> {
            if list.is_empty() {
                vec![None]
            } else {
                list.iter().copied().map(Some).collect()
            }
        };
        for entity in some(&entities) {
            for partner in some(&partners) {
                if entity.is_some() && entity == partner {
                    continue;
                }
                let cell = Cell {
                    quantity: id.clone(),
                    entity,
                    partner,
                    item: item.clone(),
                };
                out.push(Observable {
                    cell,
                    years: years.clone(),
                    sign,
                    placebo,
                    donors: donors.clone(),
                    tag: tag.clone(),
                    note: note.clone(),
                });
            }
        }
    }

    /// States of a key: a code, bloc or group, or a list of them; each once.
    fn states(
        &mut self,
        t: &DeTable<'_>,
        key: &str,
        must: bool,
        at: &Range<usize>,
    ) -> Vec<StateId> {
        let Some(v) = t.get(key) else {
            if must {
                let hint = format!("name a state: {key} = \"CAN\", or a list of them");
                self.problem(
                    at.clone(),
                    Kind::MissingKey,
                    format!("`{key}` is missing"),
                    hint,
                );
            }
            return Vec::new();
        };
        let mut written: Vec<(String, Range<usize>)> = Vec::new();
        match v.get_ref() {
            DeValue::String(s) => written.push((s.to_string(), v.span())),
            DeValue::Array(items) => {
                for item in items {
                    match item.get_ref() {
                        DeValue::String(s) => written.push((s.to_string(), item.span())),
                        _ => self.wrong(key, item, "a text in quotes"),
                    }
                }
            }
            _ => self.wrong(key, v, "a code in quotes or a list of them"),
        }
        let mut out = Vec::new();
        for (name, at) in written {
            let year = self.span.map_or(0, |s| s.0 - 1);
            let codes = self.words.expand(&name, year, &self.hegemon);
            let Some(codes) = codes.filter(|c| !c.is_empty()) else {
                let hint = self
                    .words
                    .suggest_state(&name)
                    .or_else(|| self.words.suggest_target(&name))
                    .unwrap_or_else(|| {
                        "use an ISO 3166 code of three capitals, a bloc or a group".to_owned()
                    });
                let message = format!("`{key}`: no state, bloc or group `{name}`");
                self.problem(at, Kind::UnknownState, message, hint);
                continue;
            };
            for code in codes {
                if let Some(id) = self.atlas.states().by_iso3(&code)
                    && !out.contains(&id)
                {
                    out.push(id);
                }
            }
        }
        out
    }

    fn years(&mut self, t: &DeTable<'_>, at: &Range<usize>) -> Vec<Year> {
        let Some((start, horizon)) = self.span else {
            return Vec::new();
        };
        let origin = start - 1;
        let mut out = Vec::new();
        for (key, base) in [("years", 0), ("horizons", origin)] {
            let Some(v) = t.get(key) else { continue };
            let DeValue::Array(items) = v.get_ref() else {
                self.wrong(key, v, "a list of whole numbers in [brackets]");
                continue;
            };
            for item in items {
                let Some(n) = self.whole(key, item) else {
                    continue;
                };
                let year = base + n;
                if (start..=horizon).contains(&year) {
                    out.push(Year(year));
                } else {
                    let message = format!("{year} is not among the years {start} to {horizon}");
                    let hint = "compare in years that the scenario simulates, or move its horizon";
                    self.problem(item.span(), Kind::Year, message, hint);
                }
            }
        }
        if !t.contains_key("years") && !t.contains_key("horizons") {
            let defaults = DEFAULT_HORIZONS.iter().map(|h| origin + h);
            out.extend(defaults.filter(|y| *y <= horizon).map(Year));
        } else if out.is_empty() && self.problems.is_empty() {
            let message = "no year to compare in".to_owned();
            self.problem(
                at.clone(),
                Kind::MissingKey,
                message,
                "add years = [2019] or horizons = [1, 3]",
            );
        }
        out.sort_unstable();
        out.dedup();
        out
    }

    fn sign(&mut self, t: &DeTable<'_>) -> Option<Sign> {
        let v = t.get("sign")?;
        match self.text_of(t, "sign")?.as_str() {
            "up" => Some(Sign::Up),
            "down" => Some(Sign::Down),
            "none" => Some(Sign::None),
            other => {
                let message = format!("`{other}` is no direction");
                self.problem(
                    v.span(),
                    Kind::OutOfRange,
                    message,
                    "write \"up\", \"down\" or \"none\"",
                );
                None
            }
        }
    }
}
