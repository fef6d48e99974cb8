//! Layers of dependence in TOML, inside a scenario or in a file of their own, and as CSV.

use std::ops::Range;

use toml::de::{DeTable, DeValue};

use super::{Reader, Value};
use crate::layer::{LEVERS, LayerRow, LayerTable, check_rows, is_id};
use crate::{Problem, ProblemKind as Kind, ScenarioError, Vocabulary, nearest};

const LAYER_KEYS: &[&str] = &[
    "layer",
    "label",
    "criticality",
    "buffer_years",
    "withdraw_years",
    "replace_years",
    "closing_cost_gdp_pct",
    "closing",
    "withheld_by",
    "tag",
    "source",
    "row",
];
const ROW_KEYS: &[&str] = &[
    "client",
    "supplier",
    "share",
    "substitutability",
    "replace_years",
    "criticality",
    "source",
];
/// Keys that a CSV file may set in comment lines before its header.
const COMMENT_KEYS: &[&str] = &[
    "label",
    "buffer_years",
    "withdraw_years",
    "closing_cost_gdp_pct",
    "closing",
    "withheld_by",
    "tag",
    "source",
];
/// Longest span of time that a layer may state, years.
const LONGEST_YEARS: f64 = 100.0;
/// Largest cost of closing that a layer may state, % of GDP.
const LARGEST_COST: f64 = 1000.0;

impl LayerTable {
    /// Reads a layer from the bytes of a file: CSV where the name ends in `.csv`, TOML otherwise.
    /// Either the whole file is right or every problem in it is returned.
    pub fn parse(file: &str, bytes: &[u8], names: &Vocabulary) -> Result<Self, ScenarioError> {
        let invalid = |problems| ScenarioError::Invalid {
            file: file.to_owned(),
            problems,
        };
        let text = crate::encoding::utf8(bytes).map_err(|p| invalid(vec![*p]))?;
        let mut reader = Reader {
            text,
            names,
            problems: Vec::new(),
            start: None,
            horizon: None,
            others: &[],
        };
        let table = if file.to_ascii_lowercase().ends_with(".csv") {
            reader.layer_csv(file)
        } else {
            let (document, errors) = DeTable::parse_recoverable(text);
            for e in &errors {
                let hint = "correct the TOML at this place, or give a .csv file";
                let span = e.span().unwrap_or(0..0);
                reader.problem(span, Kind::Syntax, e.message().to_owned(), hint);
            }
            let top = 0..text.find('\n').unwrap_or(text.len());
            reader.layer(document.get_ref(), &top)
        };
        let mut problems = reader.problems;
        match table {
            Some(t) if problems.is_empty() => Ok(t),
            _ => {
                problems.sort_by_key(|p| (p.span.start, p.span.end, p.kind));
                Err(invalid(problems))
            }
        }
    }
}

impl Reader<'_> {
    /// The layers of a scenario.
    pub(super) fn layers(&mut self, t: &DeTable<'_>) -> Vec<LayerTable> {
        let Some(value) = t.get("layer") else {
            return Vec::new();
        };
        let DeValue::Array(items) = value.get_ref() else {
            self.wrong("layer", value, "a list of tables [[layer]]");
            return Vec::new();
        };
        let mut layers: Vec<LayerTable> = Vec::new();
        for v in items {
            let DeValue::Table(t) = v.get_ref() else {
                self.wrong("layer", v, "a table [[layer]]");
                continue;
            };
            let Some(layer) = self.layer(t, &v.span()) else {
                continue;
            };
            if layers.iter().any(|l| l.id == layer.id) {
                let message = format!("the layer `{}` stands twice", layer.id);
                self.problem(
                    v.span(),
                    Kind::Layer,
                    message,
                    "give one of them another name",
                );
            }
            layers.push(layer);
        }
        layers
    }

    fn layer(&mut self, t: &DeTable<'_>, at: &Range<usize>) -> Option<LayerTable> {
        self.keys(t, LAYER_KEYS, "a layer");
        let id = self.layer_text(t, at, "layer", "name it: layer = \"munitions\"")?;
        if !is_id(&id) {
            let span = t.get("layer").map_or_else(|| at.clone(), Value::span);
            self.bad_id(span, &id);
        }
        let label = self
            .optional_text(t, "label")
            .unwrap_or_else(|| id.replace('_', " "));
        let criticality = self.bounded(t, at, "criticality", None, 1.0);
        let replace_years = self.bounded(t, at, "replace_years", None, LONGEST_YEARS);
        let buffer_years = self.bounded(t, at, "buffer_years", Some(0.0), LONGEST_YEARS);
        let withdraw_years = self.bounded(t, at, "withdraw_years", Some(0.0), LONGEST_YEARS);
        let cost = self.bounded(t, at, "closing_cost_gdp_pct", Some(0.0), LARGEST_COST);
        let withheld_by = self.texts(t, "withheld_by");
        for (word, span) in &withheld_by {
            self.lever(word, span.clone());
        }
        let tag = self.layer_text(t, at, "tag", "say how well it is founded: tag = \"P\"");
        if let (Some(tag), Some(v)) = (&tag, t.get("tag")) {
            self.tag(tag, v.span());
        }
        let source = self.layer_text(t, at, "source", "say where the numbers come from");
        let rows = self.layer_rows(t, at);
        Some(LayerTable {
            id,
            label,
            criticality: criticality?,
            buffer_years: buffer_years?,
            withdraw_years: withdraw_years?,
            replace_years: replace_years?,
            closing_cost_gdp_pct: cost?,
            closing: self.optional_text(t, "closing").unwrap_or_default(),
            withheld_by: withheld_by.into_iter().map(|w| w.0).collect(),
            tag: tag?,
            source: source?,
            rows,
        })
    }

    fn layer_rows(&mut self, t: &DeTable<'_>, at: &Range<usize>) -> Vec<LayerRow> {
        let Some(value) = t.get("row") else {
            let hint = "add who supplies whom: [[row]] with client, supplier and share";
            self.missing(at.clone(), "row", hint);
            return Vec::new();
        };
        let DeValue::Array(items) = value.get_ref() else {
            self.wrong("row", value, "a list of tables [[row]]");
            return Vec::new();
        };
        let (mut rows, mut places) = (Vec::new(), Vec::new());
        let mut whole = true;
        for v in items {
            let row = match v.get_ref() {
                DeValue::Table(r) => self.layer_row(r, &v.span()),
                _ => {
                    self.wrong("row", v, "a table [[row]]");
                    None
                }
            };
            match row {
                Some(r) => {
                    rows.push(r);
                    places.push(v.span());
                }
                None => whole = false,
            }
        }
        self.rows_together(&rows, &places, whole);
        rows
    }

    /// Checks the rows against each other, once each is right by itself.
    fn rows_together(&mut self, rows: &[LayerRow], places: &[Range<usize>], whole: bool) {
        if rows.is_empty() && whole {
            let hint = "a layer needs at least one client with its suppliers";
            self.problem(0..0, Kind::Layer, "the layer has no rows".to_owned(), hint);
        }
        if whole {
            let found: Vec<Problem> = check_rows(self.text, rows, places);
            self.problems.extend(found);
        }
    }

    fn layer_row(&mut self, t: &DeTable<'_>, at: &Range<usize>) -> Option<LayerRow> {
        self.keys(t, ROW_KEYS, "a row of a layer");
        let who = |r: &mut Self, key: &str| {
            let code = r.layer_text(t, at, key, &format!("say who: {key} = \"CAN\""))?;
            let span = t.get(key).map_or_else(|| at.clone(), Value::span);
            r.state(key, &code, span)
        };
        let client = who(self, "client");
        let supplier = who(self, "supplier");
        let share = self.bounded(t, at, "share", None, 1.0);
        let substitutability = self.bounded(t, at, "substitutability", Some(0.0), 1.0);
        let mut optional = |key: &str, most: f64| match t.get(key) {
            Some(_) => self.bounded(t, at, key, None, most).map(Some),
            None => Some(None),
        };
        let replace_years = optional("replace_years", LONGEST_YEARS);
        let criticality = optional("criticality", 1.0);
        Some(LayerRow {
            client: client?,
            supplier: supplier?,
            share: share?,
            substitutability: substitutability?,
            replace_years: replace_years?,
            criticality: criticality?,
            source: self.optional_text(t, "source"),
        })
    }

    fn layer_text(
        &mut self,
        t: &DeTable<'_>,
        at: &Range<usize>,
        key: &str,
        hint: &str,
    ) -> Option<String> {
        if let Some(v) = t.get(key) {
            return self.text_of(key, v);
        }
        self.missing(at.clone(), key, hint);
        None
    }

    /// A number from 0 to `most`; `otherwise` where it is not given.
    fn bounded(
        &mut self,
        t: &DeTable<'_>,
        at: &Range<usize>,
        key: &str,
        otherwise: Option<f64>,
        most: f64,
    ) -> Option<f64> {
        let Some(v) = t.get(key) else {
            if otherwise.is_none() {
                let hint = format!("add a number from 0 to {most}: {key} = …");
                self.missing(at.clone(), key, &hint);
            }
            return otherwise;
        };
        let x = self.number(key, v)?;
        self.in_range(key, x, most, v.span())
    }

    fn in_range(&mut self, key: &str, x: f64, most: f64, span: Range<usize>) -> Option<f64> {
        if (0.0..=most).contains(&x) {
            return Some(x);
        }
        let hint = if most == 1.0 && x > 1.0 && x <= 100.0 {
            format!(
                "write shares as parts of one: {} for {x} per cent",
                x / 100.0
            )
        } else {
            format!("write a number from 0 to {most}")
        };
        let message = format!("`{key}` {x} is not between 0 and {most}");
        self.problem(span, Kind::OutOfRange, message, hint);
        None
    }

    fn bad_id(&mut self, span: Range<usize>, id: &str) {
        let message = format!("`{id}` cannot name a layer");
        let hint = "use small letters, digits and _, beginning with a letter, at most forty";
        self.problem(span, Kind::Layer, message, hint);
    }

    fn lever(&mut self, word: &str, span: Range<usize>) {
        if !LEVERS.contains(&word) {
            let hint = nearest(word, LEVERS.iter().copied()).map_or_else(
                || format!("write some of {}", LEVERS.join(", ")),
                |n| format!("did you mean `{n}`?"),
            );
            let message = format!("`withheld_by`: no act of the kind `{word}`");
            self.problem(span, Kind::Layer, message, hint);
        }
    }

    fn tag(&mut self, tag: &str, span: Range<usize>) {
        if !["V", "C", "M", "P"].contains(&tag) {
            let hint = "V published and verified, C recomputed, M from memory, P own assumption";
            self.problem(span, Kind::Layer, format!("`tag` is `{tag}`"), hint);
        }
    }

    /// A layer from CSV: comment lines `# key: value` for the layer, a header, then rows.
    fn layer_csv(&mut self, file: &str) -> Option<LayerTable> {
        let stem = file.rsplit(['/', '\\']).next().unwrap_or(file);
        let id = stem[..stem.len() - ".csv".len()]
            .to_lowercase()
            .replace(['-', ' '], "_");
        if !is_id(&id) {
            self.bad_id(0..0, &id);
        }
        let mut about = About::default();
        let mut header: Option<Vec<String>> = None;
        let (mut rows, mut places) = (Vec::new(), Vec::new());
        let mut whole = true;
        for line in lines(self.text) {
            let content = &self.text[line.clone()];
            if content.trim().is_empty() {
                continue;
            }
            if let Some(comment) = content.trim_start().strip_prefix('#') {
                self.comment(comment, line, &mut about);
                continue;
            }
            let cells = cells(self.text, line.clone());
            let Some(columns) = &header else {
                header = Some(self.header(&cells)?);
                continue;
            };
            if cells.len() != columns.len() {
                let message = format!(
                    "row {}: {} fields under {} columns",
                    places.len() + 1,
                    cells.len(),
                    columns.len()
                );
                self.problem(
                    line,
                    Kind::Layer,
                    message,
                    "put texts with commas in \"quotes\"",
                );
                whole = false;
                places.push(0..0);
                continue;
            }
            let row = self.csv_row(columns, &cells, &line);
            places.push(line);
            match row {
                Some(r) => rows.push(r),
                None => whole = false,
            }
        }
        if header.is_none() {
            let hint = "begin with client,supplier,share,substitutability,replace_years,criticality,source";
            self.problem(0..0, Kind::Layer, "no header line".to_owned(), hint);
            return None;
        }
        self.rows_together(&rows, &places, whole);
        // The layer's own numbers are those of its gravest row.
        let most =
            |of: fn(&LayerRow) -> Option<f64>| rows.iter().filter_map(of).fold(f64::NAN, f64::max);
        let (criticality, replace_years) = (most(|r| r.criticality), most(|r| r.replace_years));
        if whole && !rows.is_empty() && criticality.is_nan() {
            let hint = "add the suppliers, with replace_years and criticality";
            let message = "every client supplies itself: nothing can be missing".to_owned();
            self.problem(0..0, Kind::Layer, message, hint);
        }
        let source = about
            .source
            .or_else(|| rows.iter().find_map(|r| r.source.clone()));
        Some(LayerTable {
            label: about.label.unwrap_or_else(|| id.replace('_', " ")),
            id,
            criticality,
            buffer_years: about.buffer_years,
            withdraw_years: about.withdraw_years,
            replace_years,
            closing_cost_gdp_pct: about.cost,
            closing: about.closing,
            withheld_by: about
                .withheld_by
                .unwrap_or_else(|| vec!["denial".to_owned()]),
            tag: about.tag.unwrap_or_else(|| "P".to_owned()),
            source: source.unwrap_or_else(|| "not said".to_owned()),
            rows,
        })
    }

    fn comment(&mut self, comment: &str, line: Range<usize>, about: &mut About) {
        let Some((key, value)) = comment.split_once(':') else {
            return;
        };
        let (key, value) = (key.trim().to_lowercase(), value.trim());
        let number = |r: &mut Self, most: f64| {
            let x = value.parse().unwrap_or(f64::NAN);
            r.in_range(&key, x, most, line.clone()).unwrap_or(0.0)
        };
        match key.as_str() {
            "label" => about.label = Some(value.to_owned()),
            "closing" => value.clone_into(&mut about.closing),
            "source" => about.source = Some(value.to_owned()),
            "tag" => {
                self.tag(value, line);
                about.tag = Some(value.to_owned());
            }
            "buffer_years" => about.buffer_years = number(self, LONGEST_YEARS),
            "withdraw_years" => about.withdraw_years = number(self, LONGEST_YEARS),
            "closing_cost_gdp_pct" => about.cost = number(self, LARGEST_COST),
            "withheld_by" => {
                let words: Vec<String> = value
                    .split([',', ' '])
                    .filter(|w| !w.is_empty())
                    .map(str::to_owned)
                    .collect();
                for w in &words {
                    self.lever(w, line.clone());
                }
                about.withheld_by = Some(words);
            }
            // Any other comment is a comment, but a slip of a known key is not.
            _ => {
                if let Some(n) = nearest(&key, COMMENT_KEYS.iter().copied()) {
                    let message = format!("`{key}` is no key of a layer");
                    self.problem(
                        line,
                        Kind::UnknownKey,
                        message,
                        format!("did you mean `{n}`?"),
                    );
                }
            }
        }
    }

    fn header(&mut self, cells: &[(String, Range<usize>)]) -> Option<Vec<String>> {
        let columns: Vec<String> = cells.iter().map(|c| c.0.trim().to_lowercase()).collect();
        let before = self.problems.len();
        for (k, (name, span)) in columns
            .iter()
            .zip(cells.iter().map(|c| c.1.clone()))
            .enumerate()
        {
            if !ROW_KEYS.contains(&name.as_str()) {
                let hint = nearest(name, ROW_KEYS.iter().copied()).map_or_else(
                    || format!("known columns: {}", ROW_KEYS.join(", ")),
                    |n| format!("did you mean `{n}`?"),
                );
                self.problem(
                    span,
                    Kind::UnknownKey,
                    format!("unknown column `{name}`"),
                    hint,
                );
            } else if columns[..k].contains(name) {
                let message = format!("the column `{name}` stands twice");
                self.problem(span, Kind::Layer, message, "leave one of them out");
            }
        }
        for name in [
            "client",
            "supplier",
            "share",
            "replace_years",
            "criticality",
        ] {
            if !columns.iter().any(|c| c == name) {
                let span = cells.first().map_or(0..0, |c| c.1.clone());
                self.missing(span, name, "add the column; every row needs it");
            }
        }
        (self.problems.len() == before).then_some(columns)
    }

    fn csv_row(
        &mut self,
        columns: &[String],
        cells: &[(String, Range<usize>)],
        line: &Range<usize>,
    ) -> Option<LayerRow> {
        let cell = |name: &str| {
            let k = columns.iter().position(|c| c == name)?;
            let (text, span) = &cells[k];
            (!text.trim().is_empty()).then(|| (text.trim().to_owned(), span.clone()))
        };
        let who = |r: &mut Self, name: &str| match cell(name) {
            Some((code, span)) => r.state(name, &code, span),
            None => {
                r.missing(line.clone(), name, "give an ISO3 code such as CAN");
                None
            }
        };
        let (client, supplier) = (who(self, "client"), who(self, "supplier"));
        let mut number = |name: &str, most: f64, otherwise: Option<f64>| {
            let Some((text, span)) = cell(name) else {
                if otherwise.is_none() {
                    self.missing(
                        line.clone(),
                        name,
                        &format!("give a number from 0 to {most}"),
                    );
                }
                return otherwise;
            };
            let Ok(x) = text.parse::<f64>() else {
                let message = format!("`{name}` is `{text}`, not a number");
                let hint = format!("write a number from 0 to {most} with a point, such as 0.35");
                self.problem(span, Kind::WrongType, message, hint);
                return None;
            };
            self.in_range(name, x, most, span)
        };
        let share = number("share", 1.0, None);
        let substitutability = number("substitutability", 1.0, Some(0.0));
        // What a state has of its own needs no replacement.
        let own = client.is_some() && client == supplier;
        let needed = if own { Some(0.0) } else { None };
        let replace_years = number("replace_years", LONGEST_YEARS, needed);
        let criticality = number("criticality", 1.0, needed);
        Some(LayerRow {
            client: client?,
            supplier: supplier?,
            share: share?,
            substitutability: substitutability?,
            replace_years: Some(replace_years?).filter(|_| !own),
            criticality: Some(criticality?).filter(|_| !own),
            source: cell("source").map(|c| c.0),
        })
    }
}

/// What comment lines say of a layer.
#[derive(Default)]
struct About {
    label: Option<String>,
    buffer_years: f64,
    withdraw_years: f64,
    cost: f64,
    closing: String,
    withheld_by: Option<Vec<String>>,
    tag: Option<String>,
    source: Option<String>,
}

/// Spans of the lines of a text, without their ends.
fn lines(text: &str) -> Vec<Range<usize>> {
    let mut start = 0;
    text.split_inclusive('\n')
        .map(|l| {
            let span = start..start + l.trim_end_matches(['\n', '\r']).len();
            start += l.len();
            span
        })
        .collect()
}

/// The fields of a line with their spans; a field in double quotes may hold commas and, doubled,
/// quotes.
fn cells(text: &str, line: Range<usize>) -> Vec<(String, Range<usize>)> {
    let mut out = Vec::new();
    let (mut field, mut start, mut quoted) = (String::new(), line.start, false);
    let mut chars = text[line.clone()].char_indices().peekable();
    while let Some((k, c)) = chars.next() {
        let at = line.start + k;
        match c {
            '"' if quoted && chars.peek().is_some_and(|n| n.1 == '"') => {
                field.push('"');
                chars.next();
            }
            '"' => quoted = !quoted,
            ',' if !quoted => {
                out.push((std::mem::take(&mut field), start..at));
                start = at + 1;
            }
            _ => field.push(c),
        }
    }
    out.push((field, start..line.end));
    out
}
