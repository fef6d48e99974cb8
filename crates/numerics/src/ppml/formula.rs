//! `outcome ~ term + term | effect + effect^effect`.
//!
//! A term is a product of factors joined by `:`. A factor is a column, `log(f)`, `lag(f, k)`,
//! `lead(f, k)`, or `i(column)` (one column for each level; `i(column, ref = level)` leaves one
//! out; `i(column, x)` is `i(column):x`). Names other than letters, digits, `_` and `.` are put
//! between backquotes. An effect is a column or a combination of columns joined by `^`.

use super::error::PpmlError;

/// One factor of a term.
#[derive(Clone, Debug, PartialEq)]
pub enum Factor {
    /// A column of numbers.
    Column(String),
    /// Natural logarithm; the argument must be positive.
    Log(Box<Factor>),
    /// Value `shift` units of time earlier (negative: later) in the same unit of the panel.
    Lag {
        /// What is shifted.
        of: Box<Factor>,
        /// Units of time.
        shift: f64,
    },
    /// One column for each level of a column.
    Levels {
        /// The column.
        column: String,
        /// Level left out, as printed.
        reference: Option<String>,
    },
}

/// A product of factors.
pub type Term = Vec<Factor>;

/// A read formula.
#[derive(Clone, Debug, PartialEq)]
pub struct Formula {
    /// Outcome column.
    pub outcome: String,
    /// Regressors.
    pub terms: Vec<Term>,
    /// Fixed effects; each is a combination of columns. None: an intercept takes their place.
    pub effects: Vec<Vec<String>>,
}

impl Formula {
    /// Reads a formula; a mistake is reported with its position.
    pub fn parse(text: &str) -> Result<Self, PpmlError> {
        let mut p = Parser { text, at: 0 };
        let outcome = p.name()?;
        p.expect('~', "expected `~` after the outcome")?;
        let mut terms = Vec::new();
        loop {
            p.space();
            // A constant is understood.
            let constant = ["0", "1"].into_iter().any(|c| p.constant(c));
            if !constant {
                terms.extend(p.term()?);
            }
            if !p.take('+') {
                break;
            }
        }
        let mut effects = Vec::new();
        if p.take('|') {
            loop {
                p.space();
                if !p.constant("0") && !p.constant("1") {
                    let mut columns = vec![p.name()?];
                    while p.take('^') {
                        columns.push(p.name()?);
                    }
                    if !effects.contains(&columns) {
                        effects.push(columns);
                    }
                }
                if !p.take('+') {
                    break;
                }
            }
        }
        p.space();
        if p.at < text.len() {
            return Err(p.wrong("expected `+`, `|` or the end"));
        }
        Ok(Self {
            outcome,
            terms,
            effects,
        })
    }
}

/// A combination of columns joined by `^`, as in clusters.
pub fn parse_columns(text: &str) -> Result<Vec<String>, PpmlError> {
    let mut p = Parser { text, at: 0 };
    let mut columns = vec![p.name()?];
    while p.take('^') {
        columns.push(p.name()?);
    }
    p.space();
    if p.at < text.len() {
        return Err(p.wrong("expected `^` or the end"));
    }
    Ok(columns)
}

impl Factor {
    /// The factor as written.
    pub fn name(&self) -> String {
        match self {
            Self::Column(c) => c.clone(),
            Self::Log(f) => format!("log({})", f.name()),
            Self::Lag { of, shift } if *shift >= 0.0 => format!("lag({}, {shift})", of.name()),
            Self::Lag { of, shift } => format!("lead({}, {})", of.name(), -shift),
            Self::Levels { column, .. } => format!("i({column})"),
        }
    }
}

struct Parser<'a> {
    text: &'a str,
    at: usize,
}

impl Parser<'_> {
    fn rest(&self) -> &str {
        &self.text[self.at..]
    }

    fn wrong(&self, problem: &'static str) -> PpmlError {
        PpmlError::Formula {
            at: self.text[..self.at].chars().count(),
            problem,
        }
    }

    fn space(&mut self) {
        let rest = self.rest();
        self.at += rest.len() - rest.trim_start().len();
    }

    fn take(&mut self, c: char) -> bool {
        self.space();
        let found = self.rest().starts_with(c);
        if found {
            self.at += c.len_utf8();
        }
        found
    }

    fn expect(&mut self, c: char, problem: &'static str) -> Result<(), PpmlError> {
        if self.take(c) {
            Ok(())
        } else {
            Err(self.wrong(problem))
        }
    }

    /// Takes a bare `0` or `1`.
    fn constant(&mut self, c: &str) -> bool {
        let rest = self.rest();
        let found = rest.starts_with(c) && !rest[c.len()..].starts_with(is_name);
        if found {
            self.at += c.len();
        }
        found
    }

    fn name(&mut self) -> Result<String, PpmlError> {
        self.space();
        if self.take('`') {
            let rest = self.rest();
            let Some(end) = rest.find('`') else {
                return Err(self.wrong("backquote without an end"));
            };
            let name = rest[..end].to_owned();
            self.at += end + 1;
            return Ok(name);
        }
        let rest = self.rest();
        let end = rest.find(|c| !is_name(c)).unwrap_or(rest.len());
        if end == 0 {
            return Err(self.wrong("expected a name"));
        }
        let name = rest[..end].to_owned();
        self.at += end;
        Ok(name)
    }

    /// One term; `a*b` stands for `a + b + a:b`.
    fn term(&mut self) -> Result<Vec<Term>, PpmlError> {
        let mut terms: Vec<Term> = vec![self.factor()?];
        loop {
            if self.take(':') {
                let next = self.factor()?;
                for t in &mut terms {
                    t.extend(next.iter().cloned());
                }
            } else if self.take('*') {
                let next = self.factor()?;
                let mut both = terms.clone();
                for t in &mut both {
                    t.extend(next.iter().cloned());
                }
                terms.push(next);
                terms.extend(both);
            } else {
                return Ok(terms);
            }
        }
    }

    fn factor(&mut self) -> Result<Term, PpmlError> {
        let before = self.at;
        let name = self.name()?;
        if !self.take('(') {
            return Ok(vec![Factor::Column(name)]);
        }
        let factor = match name.as_str() {
            "log" | "ln" => vec![Factor::Log(Box::new(self.single()?))],
            "lag" | "lead" => {
                let of = Box::new(self.single()?);
                let shift = if self.take(',') { self.number()? } else { 1.0 };
                let shift = if name == "lag" { shift } else { -shift };
                vec![Factor::Lag { of, shift }]
            }
            "i" => {
                let column = self.name()?;
                let (mut reference, mut with) = (None, None);
                while self.take(',') {
                    let n = self.name()?;
                    if n == "ref" && self.take('=') {
                        reference = Some(self.name()?);
                    } else {
                        with = Some(Factor::Column(n));
                    }
                }
                let mut term = vec![Factor::Levels { column, reference }];
                term.extend(with);
                term
            }
            _ => {
                self.at = before;
                return Err(self.wrong("unknown function; there are log, lag, lead and i"));
            }
        };
        self.expect(')', "expected `)`")?;
        Ok(factor)
    }

    fn single(&mut self) -> Result<Factor, PpmlError> {
        let at = self.at;
        match self.factor()?.as_slice() {
            [f] if !matches!(f, Factor::Levels { .. }) => Ok(f.clone()),
            _ => {
                self.at = at;
                Err(self.wrong("a single column is needed here"))
            }
        }
    }

    fn number(&mut self) -> Result<f64, PpmlError> {
        self.space();
        let rest = self.rest();
        let end = rest
            .find(|c: char| !(c.is_ascii_digit() || c == '.' || c == '-'))
            .unwrap_or(rest.len());
        let value = rest[..end]
            .parse()
            .map_err(|_| self.wrong("expected a number"))?;
        self.at += end;
        Ok(value)
    }
}

fn is_name(c: char) -> bool {
    c.is_alphanumeric() || c == '_' || c == '.'
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names(f: &Formula) -> Vec<String> {
        let name = |t: &Term| t.iter().map(Factor::name).collect::<Vec<_>>().join(":");
        f.terms.iter().map(name).collect()
    }

    #[test]
    fn prop_reads_what_is_written() {
        let f = Formula::parse(
            "trade ~ log(dist) + rta + lag(rta) + lead(rta, 4) + i(year, border, ref = 2006) \
             + a:b + c*d + `odd name` | exp^year + imp^year + exp^imp",
        )
        .unwrap();
        assert_eq!(f.outcome, "trade");
        assert_eq!(
            names(&f),
            [
                "log(dist)",
                "rta",
                "lag(rta, 1)",
                "lead(rta, 4)",
                "i(year):border",
                "a:b",
                "c",
                "d",
                "c:d",
                "odd name"
            ]
        );
        assert_eq!(
            f.effects,
            [["exp", "year"], ["imp", "year"], ["exp", "imp"]]
        );
        assert!(Formula::parse("y ~ 1").unwrap().terms.is_empty());
        assert!(Formula::parse("y~0+x|0").unwrap().effects.is_empty());
        assert_eq!(parse_columns("a ^ b").unwrap(), ["a", "b"]);
    }

    #[test]
    fn prop_mistakes_have_a_place() {
        let places = [
            ("trade", 5),
            ("trade ~", 7),
            ("trade ~ x + ", 12),
            ("trade ~ x | a ^", 15),
            ("trade ~ x y", 10),
            ("trade ~ sqrt(x)", 8),
            ("trade ~ lag(x", 13),
            ("trade ~ lag(i(x))", 12),
            ("é ~ `x", 5),
        ];
        for (text, place) in places {
            match Formula::parse(text) {
                Err(PpmlError::Formula { at, .. }) => assert_eq!(at, place, "{text}"),
                other => panic!("{text}: {other:?}"),
            }
        }
    }
}
