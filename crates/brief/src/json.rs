//! The brief for machines: one object with a stable schema.
//!
//! Sentences are given as text with the numbers they print, evidence rows with the words that
//! every format uses, pictures with their data.

use serde::Serialize;

use crate::BriefError;
use crate::chance;
use crate::document::{
    Aside, Block, Document, Headline, Parameter, RunFact, Section, SectionKind, Source,
    SourceBrief, Unplaced,
};
use crate::evidence::{Basis, EvidenceRow, Record, RowId, Unit};
use crate::figure::{Chart, Figure, Table};
use crate::numbers;
use crate::sentence::{Sentence, Sign, Token};
use crate::spoken;

/// Version of the schema; a field is only ever added within one.
pub const SCHEMA_VERSION: u32 = 1;

#[derive(Serialize)]
struct Brief<'a> {
    schema_version: u32,
    kind: &'a str,
    title: &'a str,
    tagline: &'a str,
    run_id: &'a str,
    run: &'a [RunFact],
    standfirst: Vec<Words>,
    summary: Vec<Words>,
    summary_note: Option<Note>,
    headlines: Vec<Number<'a>>,
    domains: Vec<DomainPart>,
    questions: Vec<QuestionPart<'a>>,
    sections: Vec<Part>,
    new_questions: Vec<NewQuestionPart>,
    evidence: Vec<Row<'a>>,
    figures: Vec<Picture<'a>>,
    parameters: &'a [Parameter],
    sources: &'a [Source],
    #[serde(rename = "source_brief")]
    answers_to: &'a Option<SourceBrief>,
    unplaced: &'a [Unplaced],
    notices: &'a [String],
}

/// A sentence: its text, and each number in it with its row.
#[derive(Serialize)]
struct Words {
    text: String,
    numbers: Vec<Printed>,
}

#[derive(Serialize)]
struct Printed {
    row: RowId,
    text: String,
}

#[derive(Serialize)]
struct Note {
    head: String,
    body: Vec<Words>,
}

#[derive(Serialize)]
struct Number<'a> {
    label: &'a str,
    row: &'a RowId,
    from: &'a Option<RowId>,
    no_shock: Option<f64>,
    text: String,
    interval_text: Option<String>,
}

#[derive(Serialize)]
struct DomainPart {
    number: u32,
    id: String,
    title: String,
    what: Vec<Words>,
    why: Vec<Words>,
    so_what: Vec<Words>,
    more: Vec<Words>,
    notes: Vec<Note>,
    figures: Vec<String>,
}

#[derive(Serialize)]
struct QuestionPart<'a> {
    number: u32,
    id: &'a str,
    question: &'a str,
    title: String,
    answer: Vec<Words>,
    notes: Vec<Note>,
    figures: Vec<String>,
}

#[derive(Serialize)]
struct Part {
    id: String,
    title: String,
    text: Vec<Words>,
    notes: Vec<Note>,
    figures: Vec<String>,
}

#[derive(Serialize)]
struct NewQuestionPart {
    question: Vec<Words>,
    reason: Vec<Words>,
}

#[derive(Serialize)]
struct Row<'a> {
    id: &'a RowId,
    indicator: &'a str,
    label: &'a str,
    entity: &'a str,
    year: Option<i32>,
    unit: &'a Unit,
    estimate: f64,
    q05: Option<f64>,
    q25: Option<f64>,
    q50: Option<f64>,
    q75: Option<f64>,
    q95: Option<f64>,
    draws: u32,
    basis: Basis,
    text: String,
    interval_text: Option<String>,
    chance_word: Option<&'static str>,
    parameters: Vec<&'a str>,
    sources: Vec<&'a str>,
    back_test: &'a Record,
    back_test_words: &'static str,
    note: &'a str,
}

#[derive(Serialize)]
struct Picture<'a> {
    id: &'a str,
    section: &'a str,
    title: String,
    subtitle: String,
    remark: Vec<Words>,
    evidence: Vec<&'a RowId>,
    sources: Vec<&'a str>,
    draws: u32,
    data: &'a Chart,
    table: &'a Option<Table>,
}

fn words(doc: &Document, s: &Sentence) -> Words {
    let numbers =
        s.0.iter()
            .filter_map(|t| match t {
                Token::Number { row, .. } | Token::Interval { row, .. } | Token::Chance { row } => {
                    Some(Printed {
                        row: row.clone(),
                        text: spoken::token_text(doc, t),
                    })
                }
                _ => None,
            })
            .collect();
    Words {
        text: spoken::sentence_text(doc, s),
        numbers,
    }
}

fn all(doc: &Document, s: &[Sentence]) -> Vec<Words> {
    s.iter().map(|s| words(doc, s)).collect()
}

fn note(doc: &Document, a: &Aside) -> Note {
    Note {
        head: a.head.clone(),
        body: all(doc, &a.body),
    }
}

fn notes(doc: &Document, s: &Section) -> Vec<Note> {
    s.blocks
        .iter()
        .filter_map(|b| match b {
            Block::Aside(a) => Some(note(doc, a)),
            _ => None,
        })
        .collect()
}

fn figure_ids(s: &Section) -> Vec<String> {
    s.blocks
        .iter()
        .filter_map(|b| match b {
            Block::Figure(f) => Some(f.id.clone()),
            _ => None,
        })
        .collect()
}

/// Running text of a section, without WHAT, WHY and SO WHAT.
fn running(doc: &Document, s: &Section) -> Vec<Words> {
    let mut out = Vec::new();
    for b in &s.blocks {
        match b {
            Block::Paragraph(p) => out.extend(all(doc, p)),
            Block::Heading(h) => out.push(words(doc, h)),
            Block::List(l) => l.iter().for_each(|item| out.extend(all(doc, item))),
            _ => {}
        }
    }
    out
}

fn row(r: &EvidenceRow) -> Row<'_> {
    let q = r.spread;
    Row {
        id: &r.id,
        indicator: &r.indicator,
        label: &r.label,
        entity: &r.entity,
        year: r.year,
        unit: &r.unit,
        estimate: r.estimate,
        q05: q.map(|s| s.q05),
        q25: q.map(|s| s.q25),
        q50: q.map(|s| s.q50),
        q75: q.map(|s| s.q75),
        q95: q.map(|s| s.q95),
        draws: r.draws,
        basis: r.basis,
        text: numbers::estimate(r),
        interval_text: numbers::interval(r, Sign::Natural),
        chance_word: (r.unit == Unit::Chance).then(|| chance::word(r.estimate, r.draws)),
        parameters: r.parameters.iter().map(|p| p.0.as_str()).collect(),
        sources: r.sources.iter().map(|s| s.0.as_str()).collect(),
        back_test: &r.record,
        back_test_words: r.record.verdict.words(),
        note: &r.note,
    }
}

fn picture<'a>(doc: &Document, section: &'a str, f: &'a Figure) -> Picture<'a> {
    Picture {
        id: &f.id,
        section,
        title: spoken::sentence_text(doc, &f.title),
        subtitle: spoken::sentence_text(doc, &f.subtitle),
        remark: all(doc, &f.remark),
        evidence: f.evidence.iter().collect(),
        sources: f.sources.iter().map(|s| s.0.as_str()).collect(),
        draws: f.draws,
        data: &f.chart,
        table: &f.table,
    }
}

fn headline<'a>(doc: &'a Document, h: &'a Headline) -> Number<'a> {
    let r = doc.row(&h.row);
    Number {
        label: &h.label,
        row: &h.row,
        from: &h.from,
        no_shock: h.no_shock,
        text: r.map_or_else(String::new, numbers::estimate),
        interval_text: r.and_then(|r| numbers::interval(r, Sign::Natural)),
    }
}

fn brief(doc: &Document) -> Brief<'_> {
    let mut domains = Vec::new();
    let mut questions = Vec::new();
    let mut sections = Vec::new();
    let mut new_questions = Vec::new();
    let mut figures = Vec::new();
    for s in &doc.sections {
        let title = spoken::sentence_text(doc, &s.title);
        for b in &s.blocks {
            match b {
                Block::Figure(f) => figures.push(picture(doc, &s.id, f)),
                Block::NewQuestions(q) => {
                    new_questions.extend(q.iter().map(|n| NewQuestionPart {
                        question: all(doc, &n.question),
                        reason: all(doc, &n.reason),
                    }));
                }
                _ => {}
            }
        }
        match &s.kind {
            SectionKind::Domain { number } => {
                let w = s.blocks.iter().find_map(|b| match b {
                    Block::WhatWhySoWhat(w) => Some(w),
                    _ => None,
                });
                domains.push(DomainPart {
                    number: *number,
                    id: s.id.clone(),
                    title,
                    what: w.map_or_else(Vec::new, |w| all(doc, &w.what)),
                    why: w.map_or_else(Vec::new, |w| all(doc, &w.why)),
                    so_what: w.map_or_else(Vec::new, |w| all(doc, &w.so_what)),
                    more: running(doc, s),
                    notes: notes(doc, s),
                    figures: figure_ids(s),
                });
            }
            SectionKind::Question { number, verbatim } => questions.push(QuestionPart {
                number: *number,
                id: &s.id,
                question: verbatim,
                title,
                answer: running(doc, s),
                notes: notes(doc, s),
                figures: figure_ids(s),
            }),
            _ => sections.push(Part {
                id: s.id.clone(),
                title,
                text: running(doc, s),
                notes: notes(doc, s),
                figures: figure_ids(s),
            }),
        }
    }
    Brief {
        schema_version: SCHEMA_VERSION,
        kind: &doc.kind,
        title: &doc.title,
        tagline: &doc.tagline,
        run_id: &doc.run_id,
        run: &doc.run,
        standfirst: all(doc, &doc.standfirst),
        summary: all(doc, &doc.answer),
        summary_note: doc.answer_note.as_ref().map(|a| note(doc, a)),
        headlines: doc.headlines.iter().map(|h| headline(doc, h)).collect(),
        domains,
        questions,
        sections,
        new_questions,
        evidence: doc.evidence.iter().map(row).collect(),
        figures,
        parameters: &doc.parameters,
        sources: &doc.sources,
        answers_to: &doc.source_brief,
        unplaced: &doc.unplaced,
        notices: &doc.notices,
    }
}

/// Renders a checked document, indented, with a line feed at the end.
pub fn render(doc: &Document) -> Result<String, BriefError> {
    serde_json::to_string_pretty(&brief(doc))
        .map(|s| s + "\n")
        .map_err(|e| BriefError::Json(e.to_string()))
}
