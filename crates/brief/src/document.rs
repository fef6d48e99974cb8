//! A brief as data: everything that any output format prints, and nothing about how it looks.

use serde::Serialize;

use crate::evidence::{Basis, EvidenceRow, ParameterId, RowId, SourceId};
use crate::figure::{Figure, Table};
use crate::sentence::Sentence;

/// A whole brief.
#[derive(Clone, Debug, Serialize)]
pub struct Document {
    /// Kind of document, above the title ("Domain Impact Brief").
    pub kind: String,
    /// Title.
    pub title: String,
    /// What it is not ("A stress test, not a forecast").
    pub tagline: String,
    /// One or two sentences under the title.
    pub standfirst: Vec<Sentence>,
    /// Scenario, horizon, vintage, convergence, version, run.
    pub run: Vec<RunFact>,
    /// Short hash of the run, printed at the foot of each page.
    pub run_id: String,
    /// The answer: the first paragraph, also the summary.
    pub answer: Vec<Sentence>,
    /// Margin note beside the answer.
    pub answer_note: Option<Aside>,
    /// The headline numbers, at most four.
    pub headlines: Vec<Headline>,
    /// Sections in reading order.
    pub sections: Vec<Section>,
    /// All evidence rows in order of their keys.
    pub evidence: Vec<EvidenceRow>,
    /// Parameters that rows name.
    pub parameters: Vec<Parameter>,
    /// Sources that rows and figures name.
    pub sources: Vec<Source>,
    /// The brief that was read.
    pub source_brief: Option<SourceBrief>,
    /// Sentences of the source brief that became no event.
    pub unplaced: Vec<Unplaced>,
    /// Notices for the last lines: licences, boundaries.
    pub notices: Vec<String>,
}

/// A fact of the run, such as "Horizon: 2025–2035".
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct RunFact {
    /// Name.
    pub label: String,
    /// Value.
    pub value: String,
}

/// One of the four numbers of the first page.
#[derive(Clone, Debug, Serialize)]
pub struct Headline {
    /// What it is, in at most two short lines.
    pub label: String,
    /// Its row.
    pub row: RowId,
    /// Row of the value it starts from ("from 00").
    pub from: Option<RowId>,
    /// Value of the row without the shock: 0 for gaps, 1 for multiples.
    pub no_shock: Option<f64>,
}

/// What a section is for. The Markdown and JSON forms are ordered by it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum SectionKind {
    /// A domain of the source brief, with its number there.
    Domain {
        /// Number, from 1.
        number: u32,
    },
    /// The answer to a question of the source brief.
    Question {
        /// Number, from 1.
        number: u32,
        /// The question, word for word.
        verbatim: String,
    },
    /// New questions for the workshop.
    NewQuestions,
    /// Method, limits, what was read.
    Method,
    /// Anything else: who is affected, what drives it, what would change it, how far to trust it.
    General,
}

/// A section.
#[derive(Clone, Debug, Serialize)]
pub struct Section {
    /// Anchor: small letters, digits and `-`, unique.
    pub id: String,
    /// Short name in the table of contents.
    pub nav: String,
    /// Heading; says the finding where there is one.
    pub title: Sentence,
    /// What it is for.
    #[serde(flatten)]
    pub kind: SectionKind,
    /// Content in reading order.
    pub blocks: Vec<Block>,
}

/// A piece of a section.
#[derive(Clone, Debug, Serialize)]
#[serde(tag = "block", content = "content", rename_all = "snake_case")]
pub enum Block {
    /// Running text.
    Paragraph(Vec<Sentence>),
    /// Heading within a section.
    Heading(Sentence),
    /// WHAT, WHY and SO WHAT of a domain.
    WhatWhySoWhat(WhatWhySoWhat),
    /// A picture.
    Figure(Box<Figure>),
    /// A table that is not the table of a picture.
    Table(Table),
    /// Points without order.
    List(Vec<Vec<Sentence>>),
    /// New questions, numbered N1, N2, ….
    NewQuestions(Vec<NewQuestion>),
    /// Margin note: a qualification, one per section as a rule.
    Aside(Aside),
    /// The list of what the reader could not place.
    Unplaced,
    /// The words for chance with their bounds.
    ChanceWords,
}

/// The three paragraphs of a domain.
#[derive(Clone, Debug, Default, Serialize)]
pub struct WhatWhySoWhat {
    /// What happens.
    pub what: Vec<Sentence>,
    /// Why, from attribution.
    pub why: Vec<Sentence>,
    /// What follows.
    pub so_what: Vec<Sentence>,
}

/// A margin note.
#[derive(Clone, Debug, Serialize)]
pub struct Aside {
    /// First words, bold, with their full stop.
    pub head: String,
    /// The note.
    pub body: Vec<Sentence>,
}

/// A question that the run raises.
#[derive(Clone, Debug, Serialize)]
pub struct NewQuestion {
    /// The question.
    pub question: Vec<Sentence>,
    /// Why it is asked: what its answer would move, with numbers.
    pub reason: Vec<Sentence>,
}

/// A parameter that rows name.
#[derive(Clone, Debug, Serialize)]
pub struct Parameter {
    /// Key.
    pub id: ParameterId,
    /// What it is, in words.
    pub label: String,
    /// Value and range as printed ("0.08 (0 to 0.18)"), formatted by [`crate::numbers`].
    pub value: String,
    /// Unit.
    pub unit: String,
    /// Tag: V verified, C recomputed, M from memory, P own assumption.
    pub tag: char,
    /// Where it comes from.
    pub source: String,
}

impl Parameter {
    /// What a number with this parameter rests on.
    pub fn basis(&self) -> Basis {
        if self.tag == 'P' {
            Basis::Assumed
        } else {
            Basis::Estimated
        }
    }
}

/// A source.
#[derive(Clone, Debug, Serialize)]
pub struct Source {
    /// Key.
    pub id: SourceId,
    /// Publisher or authors.
    pub publisher: String,
    /// Title and reference.
    pub reference: String,
    /// Licence.
    pub licence: String,
    /// Vintage of the data.
    pub vintage: String,
    /// Address; empty if none.
    pub url: String,
}

/// The brief that was read.
#[derive(Clone, Debug, Serialize)]
pub struct SourceBrief {
    /// Its title.
    pub title: String,
    /// Its own source line; empty if none.
    pub reference: String,
}

/// A sentence of the source brief that became no event.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Unplaced {
    /// Line in the source, from 1.
    pub line: u32,
    /// The words.
    pub text: String,
    /// Why it was not placed.
    pub why: String,
}

impl Document {
    /// Kind and title, the kind once.
    pub fn full_title(&self) -> String {
        if self.title.starts_with(&self.kind) {
            self.title.clone()
        } else {
            format!("{}: {}", self.kind, self.title)
        }
    }

    /// The row with this key.
    pub fn row(&self, id: &RowId) -> Option<&EvidenceRow> {
        self.evidence.iter().find(|r| r.id == *id)
    }

    /// All figures in reading order.
    pub fn figures(&self) -> impl Iterator<Item = &Figure> {
        self.sections
            .iter()
            .flat_map(|s| s.blocks.iter())
            .filter_map(|b| match b {
                Block::Figure(f) => Some(&**f),
                _ => None,
            })
    }

    /// All sentences in reading order, titles and captions among them.
    pub fn sentences(&self) -> Vec<&Sentence> {
        let mut out: Vec<&Sentence> = self.standfirst.iter().chain(&self.answer).collect();
        out.extend(self.answer_note.iter().flat_map(|a| &a.body));
        for s in &self.sections {
            out.push(&s.title);
            for b in &s.blocks {
                match b {
                    Block::Paragraph(p) => out.extend(p),
                    Block::Heading(h) => out.push(h),
                    Block::WhatWhySoWhat(w) => {
                        out.extend(w.what.iter().chain(&w.why).chain(&w.so_what));
                    }
                    Block::Figure(f) => out.extend(f.sentences()),
                    Block::Table(t) => out.extend(t.sentences()),
                    Block::List(l) => out.extend(l.iter().flatten()),
                    Block::NewQuestions(q) => {
                        out.extend(q.iter().flat_map(|n| n.question.iter().chain(&n.reason)));
                    }
                    Block::Aside(a) => out.extend(&a.body),
                    Block::Unplaced | Block::ChanceWords => {}
                }
            }
        }
        out
    }
}
