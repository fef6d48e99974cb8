//! Rules of evidence that a document must keep before it is printed.

use std::collections::BTreeSet;

use crate::BriefError;
use crate::document::{Block, Document, SectionKind};
use crate::evidence::{Basis, EvidenceRow, RowId, Unit};
use crate::figure::{Chart, Figure, Table};
use crate::sentence::{Sentence, Sign, Token};

/// All broken rules, in reading order; empty if the document may be printed.
pub fn check_document(doc: &Document) -> Vec<BriefError> {
    let mut c = Checker {
        doc,
        found: Vec::new(),
    };
    c.keys();
    doc.evidence.iter().for_each(|r| c.row(r));
    c.whole();
    for s in doc.standfirst.iter().chain(&doc.answer) {
        c.sentence("answer", s);
    }
    doc.answer_note
        .iter()
        .flat_map(|a| &a.body)
        .for_each(|s| c.sentence("answer note", s));
    for h in &doc.headlines {
        c.has_row("headline", &h.row);
        h.from.iter().for_each(|r| c.has_row("headline", r));
    }
    for section in &doc.sections {
        c.sentence(&section.id, &section.title);
        for block in &section.blocks {
            c.block(&section.id, block);
        }
    }
    c.found
}

struct Checker<'a> {
    doc: &'a Document,
    found: Vec<BriefError>,
}

impl Checker<'_> {
    fn keys(&mut self) {
        let d = self.doc;
        let sets: [(&'static str, Vec<String>); 5] = [
            ("row", d.evidence.iter().map(|r| r.id.0.clone()).collect()),
            ("source", d.sources.iter().map(|s| s.id.0.clone()).collect()),
            (
                "parameter",
                d.parameters.iter().map(|p| p.id.0.clone()).collect(),
            ),
            ("section", d.sections.iter().map(|s| s.id.clone()).collect()),
            ("figure", d.figures().map(|f| f.id.clone()).collect()),
        ];
        for (what, keys) in sets {
            let mut seen = BTreeSet::new();
            for key in keys {
                let fits = |c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | '_' | '-');
                if key.is_empty() || !key.chars().all(fits) {
                    self.found.push(BriefError::BadKey {
                        what,
                        key: key.clone(),
                    });
                }
                if !seen.insert(key.clone()) {
                    self.found.push(BriefError::DuplicateKey { what, key });
                }
            }
        }
    }

    fn row(&mut self, r: &EvidenceRow) {
        let mut say = |what: &str| {
            self.found.push(BriefError::Row {
                row: r.id.0.clone(),
                what: what.to_owned(),
            });
        };
        if !r.estimate.is_finite() {
            say("the estimate is not a number");
        }
        match &r.spread {
            // A value of a documented table has no draws and no interval.
            None if r.basis != Basis::Observed && r.draws > 0 => {
                say("a computed number without interval");
            }
            Some(s) if !s.ordered() => say("quantiles out of order or not numbers"),
            Some(s) if r.unit != Unit::Chance && !s.includes(r.estimate) => {
                say("the estimate lies outside its interval");
            }
            _ => {}
        }
        if r.draws == 0 && r.spread.is_some() {
            say("an interval without draws");
        }
        if r.unit == Unit::Chance && !(0.0..=1.0).contains(&r.estimate) {
            say("a chance outside 0 to 1");
        }
        if r.sources.is_empty() {
            say("no source");
        }
        if r.label.trim().is_empty() || r.indicator.trim().is_empty() {
            say("no label or indicator");
        }
        for s in &r.sources {
            if !self.doc.sources.iter().any(|x| x.id == *s) {
                self.unknown(&format!("row {}", r.id), "source", &s.0);
            }
        }
        for p in &r.parameters {
            if !self.doc.parameters.iter().any(|x| x.id == *p) {
                self.unknown(&format!("row {}", r.id), "parameter", &p.0);
            }
        }
    }

    fn whole(&mut self) {
        let d = self.doc;
        let mut say = |what: &str| {
            self.found.push(BriefError::Document {
                what: what.to_owned(),
            });
        };
        if d.title.trim().is_empty() {
            say("no title");
        }
        if d.answer.is_empty() {
            say("no answer");
        }
        if d.headlines.len() > 4 {
            say("more than four headline numbers");
        }
        if d.sections.is_empty() {
            say("no sections");
        }
        for s in &d.sections {
            if matches!(&s.kind, SectionKind::Question { verbatim, .. } if verbatim.trim().is_empty())
            {
                say("a question without its words");
            }
        }
    }

    fn unknown(&mut self, place: &str, what: &'static str, key: &str) {
        self.found.push(BriefError::UnknownKey {
            place: place.to_owned(),
            what,
            key: key.to_owned(),
        });
    }

    fn has_row(&mut self, place: &str, id: &RowId) {
        if self.doc.row(id).is_none() {
            self.found.push(BriefError::UnknownRow {
                place: place.to_owned(),
                row: id.0.clone(),
            });
        }
    }

    fn block(&mut self, place: &str, block: &Block) {
        match block {
            Block::Paragraph(p) => p.iter().for_each(|s| self.sentence(place, s)),
            Block::Heading(h) => self.sentence(place, h),
            Block::WhatWhySoWhat(w) => {
                for s in w.what.iter().chain(&w.why).chain(&w.so_what) {
                    self.sentence(place, s);
                }
                if w.what.is_empty() || w.why.is_empty() || w.so_what.is_empty() {
                    self.found.push(BriefError::Document {
                        what: format!("{place}: WHAT, WHY or SO WHAT is empty"),
                    });
                }
            }
            Block::Figure(f) => self.figure(f),
            Block::Table(t) => self.table(place, t),
            Block::List(l) => l.iter().flatten().for_each(|s| self.sentence(place, s)),
            Block::NewQuestions(q) => q
                .iter()
                .flat_map(|n| n.question.iter().chain(&n.reason))
                .for_each(|s| self.sentence(place, s)),
            Block::Aside(a) => a.body.iter().for_each(|s| self.sentence(place, s)),
            Block::Unplaced | Block::ChanceWords => {}
        }
    }

    fn sentence(&mut self, place: &str, s: &Sentence) {
        for t in &s.0 {
            match t {
                Token::Text { text } | Token::Emphasis { text } | Token::Strong { text }
                    if !only_years(text) =>
                {
                    self.typed(place, text);
                }
                Token::Section { section, text } => {
                    if !only_years(text) {
                        self.typed(place, text);
                    }
                    if !self.doc.sections.iter().any(|s| s.id == *section) {
                        self.unknown(place, "section", section);
                    }
                }
                Token::Name { text } if !named(text) => self.typed(place, text),
                Token::Source { source } if !self.doc.sources.iter().any(|s| s.id == *source) => {
                    self.unknown(place, "source", &source.0);
                }
                Token::Parameter { parameter }
                    if !self.doc.parameters.iter().any(|p| p.id == *parameter) =>
                {
                    self.unknown(place, "parameter", &parameter.0);
                }
                Token::Number { row, sign, .. } => {
                    self.has_row(place, row);
                    let value = self.doc.row(row).map_or(0.0, |r| r.estimate);
                    if *sign == Sign::Negated && value > 0.0 {
                        self.found.push(BriefError::Negation {
                            place: place.to_owned(),
                            row: row.0.clone(),
                            value,
                        });
                    }
                }
                Token::Interval { row, .. } | Token::Row { row } => self.has_row(place, row),
                Token::Chance { row } => {
                    self.has_row(place, row);
                    if self.doc.row(row).is_some_and(|r| r.unit != Unit::Chance) {
                        self.found.push(BriefError::NotAChance {
                            place: place.to_owned(),
                            row: row.0.clone(),
                        });
                    }
                }
                _ => {}
            }
        }
    }

    fn typed(&mut self, place: &str, text: &str) {
        self.found.push(BriefError::TypedNumber {
            place: place.to_owned(),
            text: text.to_owned(),
        });
    }

    fn table(&mut self, place: &str, t: &Table) {
        t.sentences()
            .into_iter()
            .for_each(|s| self.sentence(place, s));
        if let Some(what) = crate::marks::table_misfit(t) {
            self.found.push(BriefError::Document {
                what: format!("{place}: {what}"),
            });
        }
        for row in crate::marks::table_rows(t) {
            self.has_row(place, row);
        }
    }

    fn figure(&mut self, f: &Figure) {
        let place = format!("figure {}", f.id);
        let mut say = |what: String| {
            self.found.push(BriefError::Figure {
                figure: f.id.clone(),
                what,
            });
        };
        if f.title.is_empty() {
            say("no title".to_owned());
        }
        if f.subtitle.is_empty() {
            say("no subtitle".to_owned());
        }
        if f.evidence.is_empty() && f.sources.is_empty() {
            say("neither evidence nor sources".to_owned());
        }
        if let Some(what) = crate::marks::misfit(&f.chart) {
            say(what);
        }
        for s in f.sentences() {
            self.sentence(&place, s);
        }
        for r in f.evidence.iter().chain(&f.claims) {
            self.has_row(&place, r);
        }
        for s in &f.sources {
            if !self.doc.sources.iter().any(|x| x.id == *s) {
                self.unknown(&place, "source", &s.0);
            }
        }
        for id in &f.claims {
            let none = |r: &EvidenceRow| if r.unit == Unit::Times { 1.0 } else { 0.0 };
            if self.doc.row(id).is_some_and(|r| !r.excludes(none(r))) {
                self.found.push(BriefError::Claim {
                    figure: f.id.clone(),
                    row: id.0.clone(),
                });
            }
        }
        for t in f.table.iter().chain(match &f.chart {
            Chart::States(t) => Some(t),
            _ => None,
        }) {
            self.table(&place, t);
        }
        for id in crate::marks::rows(&f.chart) {
            self.has_row(&place, id);
        }
    }
}

/// Whether all runs of digits are years in four digits (also as "2025–35").
fn only_years(text: &str) -> bool {
    let mut run = String::new();
    let mut before_dash_year = false;
    let mut last_year = false;
    for c in text.chars().chain(std::iter::once(' ')) {
        if c.is_ascii_digit() {
            run.push(c);
            continue;
        }
        if run.is_empty() {
            last_year = last_year && c == '–';
        } else {
            let year = run.len() == 4 && matches!(&run[..2], "18" | "19" | "20" | "21");
            if !(year || (run.len() == 2 && before_dash_year)) {
                return false;
            }
            last_year = year;
            run.clear();
        }
        before_dash_year = last_year && c == '–';
    }
    true
}

/// Whether every word with a digit has a letter too.
fn named(text: &str) -> bool {
    text.split_whitespace()
        .all(|w| !w.chars().any(|c| c.is_ascii_digit()) || w.chars().any(char::is_alphabetic))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ref_years_pass_and_other_numerals_do_not() {
        assert!(only_years("from 2025 to 2035"));
        assert!(only_years("in 2031–35, twice"));
        assert!(only_years("no digits"));
        assert!(!only_years("35 of them"));
        assert!(!only_years("at 90 %"));
        assert!(!only_years("1234 orders"));
        assert!(!only_years("20250"));
    }

    #[test]
    fn ref_names_need_a_letter_in_each_word_with_a_digit() {
        assert!(named("F-35"));
        assert!(named("G20 and Quad"));
        assert!(!named("Section 232"));
    }
}
