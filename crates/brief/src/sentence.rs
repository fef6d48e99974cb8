//! Sentences as tokens. Prose is typed by people; every number in it is a token that points to an
//! evidence row, so that a sentence, a mark and a table can never disagree.

use serde::Serialize;

use crate::BriefError;
use crate::evidence::{ParameterId, RowId, SourceId};

/// Which number of a row a token prints.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Which {
    /// The estimate.
    Estimate,
    /// Lower end of the 90 % interval.
    Low,
    /// Upper end of the 90 % interval.
    High,
}

/// How the sign is printed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Sign {
    /// Minus for negative numbers.
    Natural,
    /// Plus and minus.
    Explicit,
    /// Of the negated value, for sentences that say "below", "lower", "lost".
    Negated,
}

/// A piece of a sentence.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(tag = "token", rename_all = "snake_case")]
pub enum Token {
    /// Words without digits, except years in four digits.
    Text {
        /// The words.
        text: String,
    },
    /// Words to stress.
    Emphasis {
        /// The words.
        text: String,
    },
    /// Words that open a point or note.
    Strong {
        /// The words.
        text: String,
    },
    /// A proper name, in which digits may stand beside letters (F-35, G20).
    Name {
        /// The name.
        text: String,
    },
    /// Words quoted from the source brief; printed in quotation marks.
    Quote {
        /// The words.
        text: String,
    },
    /// A number of a row, with its unit.
    Number {
        /// The row.
        row: RowId,
        /// Which of its numbers.
        which: Which,
        /// How the sign is printed.
        sign: Sign,
        /// Regular weight: a second number of a row already named.
        also: bool,
        /// Without the unit, where the words around it say it.
        bare: bool,
    },
    /// The 90 % interval of a row, in brackets.
    Interval {
        /// The row.
        row: RowId,
        /// How the sign is printed.
        sign: Sign,
    },
    /// The likelihood word of a row and its number: "likely, 62 in 100".
    Chance {
        /// The row; its unit is [`crate::evidence::Unit::Chance`].
        row: RowId,
    },
    /// The sign ○ behind words that rest mainly on assumption.
    Assumed,
    /// A year of the scenario.
    Year {
        /// The year.
        year: i32,
    },
    /// A count of the run itself: draws, states, sentences read.
    Count {
        /// The count.
        count: u64,
    },
    /// Reference to a row ("E04").
    Row {
        /// The row.
        row: RowId,
    },
    /// Reference to a source ("S07").
    Source {
        /// The source.
        source: SourceId,
    },
    /// Reference to a parameter; prints its label.
    Parameter {
        /// The parameter.
        parameter: ParameterId,
    },
    /// Link to a section.
    Section {
        /// Anchor of the section.
        section: String,
        /// The words.
        text: String,
    },
}

/// A sentence, title or caption.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
#[serde(transparent)]
pub struct Sentence(pub Vec<Token>);

impl From<String> for Sentence {
    fn from(text: String) -> Self {
        Self(vec![Token::Text { text }])
    }
}

impl From<&str> for Sentence {
    fn from(s: &str) -> Self {
        Self(vec![Token::Text { text: s.to_owned() }])
    }
}

impl Sentence {
    /// An empty sentence to add to.
    pub fn new() -> Self {
        Self::default()
    }

    /// Whether it prints nothing.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Adds words.
    #[must_use]
    pub fn text(mut self, text: impl Into<String>) -> Self {
        self.0.push(Token::Text { text: text.into() });
        self
    }

    /// Adds a proper name.
    #[must_use]
    pub fn name(mut self, text: impl Into<String>) -> Self {
        self.0.push(Token::Name { text: text.into() });
        self
    }

    /// Adds the estimate of a row.
    #[must_use]
    pub fn number(mut self, row: &RowId) -> Self {
        self.0.push(Token::Number {
            row: row.clone(),
            which: Which::Estimate,
            sign: Sign::Natural,
            also: false,
            bare: false,
        });
        self
    }

    /// Adds the interval of a row.
    #[must_use]
    pub fn interval(mut self, row: &RowId) -> Self {
        self.0.push(Token::Interval {
            row: row.clone(),
            sign: Sign::Natural,
        });
        self
    }

    /// Adds word and number of a chance.
    #[must_use]
    pub fn chance(mut self, row: &RowId) -> Self {
        self.0.push(Token::Chance { row: row.clone() });
        self
    }

    /// Adds a year.
    #[must_use]
    pub fn year(mut self, year: i32) -> Self {
        self.0.push(Token::Year { year });
        self
    }

    /// Adds a count of the run.
    #[must_use]
    pub fn count(mut self, count: u64) -> Self {
        self.0.push(Token::Count { count });
        self
    }

    /// Adds any token.
    #[must_use]
    pub fn token(mut self, token: Token) -> Self {
        self.0.push(token);
        self
    }

    /// Adds all tokens of another sentence.
    #[must_use]
    pub fn then(mut self, other: Self) -> Self {
        self.0.extend(other.0);
        self
    }

    /// Reads a template. Text stands as it is; in braces stand:
    ///
    /// | in braces | token |
    /// |---|---|
    /// | `gap` | estimate of the row bound to `gap`; options behind a space: `-` negated, `+` with sign, `low`, `high`, `also`, `bare` |
    /// | `(gap)` | its 90 % interval; options `-`, `+` |
    /// | `gap?` | likelihood word and number |
    /// | `[gap]` | reference to the row |
    /// | `o` | the sign ○ |
    /// | `i:words`, `b:words`, `q:words`, `=name` | emphasis, bold, quotation, proper name |
    /// | `y:2035`, `n:200` | year, count of the run |
    /// | `@S07`, `%trust.kappa`, `#method:words` | source, parameter, link to a section |
    ///
    /// A key that is not in `rows` is taken as the row's own id.
    pub fn bind(template: &str, rows: &[(&str, &RowId)]) -> Result<Self, BriefError> {
        let bad = |what: &str| BriefError::Template {
            template: template.to_owned(),
            what: what.to_owned(),
        };
        let mut out = Vec::new();
        let mut rest = template;
        while let Some(open) = rest.find('{') {
            if open > 0 {
                out.push(Token::Text {
                    text: rest[..open].to_owned(),
                });
            }
            let close = rest[open..]
                .find('}')
                .ok_or_else(|| bad("brace without end"))?
                + open;
            let inner = &rest[open + 1..close];
            out.push(token(inner, rows).ok_or_else(|| bad(inner))?);
            rest = &rest[close + 1..];
        }
        if !rest.is_empty() {
            out.push(Token::Text {
                text: rest.to_owned(),
            });
        }
        Ok(Self(out))
    }

    /// Rows that its tokens name, in order, with repeats.
    pub fn rows(&self) -> impl Iterator<Item = &RowId> {
        self.0.iter().filter_map(|t| match t {
            Token::Number { row, .. }
            | Token::Interval { row, .. }
            | Token::Chance { row }
            | Token::Row { row } => Some(row),
            _ => None,
        })
    }
}

fn token(inner: &str, rows: &[(&str, &RowId)]) -> Option<Token> {
    let row = |key: &str| {
        let plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '_' | '.' | '-' | ':');
        if key.is_empty() || !key.chars().all(plain) {
            return None;
        }
        let bound = rows.iter().find(|(k, _)| *k == key);
        Some(bound.map_or_else(|| RowId::from(key), |(_, id)| (*id).clone()))
    };
    if inner == "o" {
        return Some(Token::Assumed);
    }
    for (lead, make) in [
        (
            "i:",
            (|text| Token::Emphasis { text }) as fn(String) -> Token,
        ),
        ("b:", |text| Token::Strong { text }),
        ("q:", |text| Token::Quote { text }),
        ("=", |text| Token::Name { text }),
    ] {
        if let Some(text) = inner.strip_prefix(lead) {
            return Some(make(text.to_owned()));
        }
    }
    if let Some(y) = inner.strip_prefix("y:") {
        return y.parse().ok().map(|year| Token::Year { year });
    }
    if let Some(n) = inner.strip_prefix("n:") {
        return n.parse().ok().map(|count| Token::Count { count });
    }
    if let Some(s) = inner.strip_prefix('@') {
        return Some(Token::Source { source: s.into() });
    }
    if let Some(p) = inner.strip_prefix('%') {
        return Some(Token::Parameter {
            parameter: p.into(),
        });
    }
    if let Some(s) = inner.strip_prefix('#') {
        let (section, text) = s.split_once(':')?;
        return Some(Token::Section {
            section: section.to_owned(),
            text: text.to_owned(),
        });
    }
    if let Some(k) = inner.strip_prefix('[').and_then(|s| s.strip_suffix(']')) {
        return Some(Token::Row { row: row(k)? });
    }
    if let Some(k) = inner.strip_suffix('?') {
        return Some(Token::Chance { row: row(k)? });
    }
    let mut words = inner.split(' ');
    let key = words.next()?;
    let (mut sign, mut which, mut also, mut bare) = (Sign::Natural, Which::Estimate, false, false);
    for w in words {
        match w {
            "-" => sign = Sign::Negated,
            "+" => sign = Sign::Explicit,
            "low" => which = Which::Low,
            "high" => which = Which::High,
            "also" => also = true,
            "bare" => bare = true,
            _ => return None,
        }
    }
    if let Some(k) = key.strip_prefix('(').and_then(|s| s.strip_suffix(')')) {
        return Some(Token::Interval { row: row(k)?, sign });
    }
    Some(Token::Number {
        row: row(key)?,
        which,
        sign,
        also,
        bare,
    })
}
