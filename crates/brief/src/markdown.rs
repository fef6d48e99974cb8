//! The brief in the form of the one it was given: title, summary, domains with WHAT, WHY and SO
//! WHAT, key questions; numbers lead to an evidence table at the end.

use std::fmt::Write as _;

use crate::chance::{self, WORDS};
use crate::document::{Block, Document, Section, SectionKind};
use crate::evidence::{Basis, EvidenceRow};
use crate::figure::{Cell, Chart, Figure, Table};
use crate::numbers::{self, Printer, count};
use crate::sentence::{Sentence, Sign, Token, Which};
use crate::spoken;

/// Renders a checked document.
pub fn render(doc: &Document) -> String {
    let mut out = String::new();
    let o = &mut out;
    let _ = writeln!(o, "# {}\n", text(&doc.full_title()));
    let _ = writeln!(o, "*{}*\n", text(&doc.tagline));
    if !doc.standfirst.is_empty() {
        let _ = writeln!(o, "{}\n", prose(doc, &doc.standfirst));
    }
    for f in &doc.run {
        let _ = writeln!(o, "- {}: {}", text(&f.label), text(&f.value));
    }
    let _ = writeln!(o, "\n## Summary\n{}\n", prose(doc, &doc.answer));
    if let Some(a) = &doc.answer_note {
        let _ = writeln!(o, "> **{}** {}\n", text(&a.head), prose(doc, &a.body));
    }
    headlines(doc, o);
    let of = |kind: fn(&SectionKind) -> bool| doc.sections.iter().filter(move |s| kind(&s.kind));
    if of(|k| matches!(k, SectionKind::Domain { .. }))
        .next()
        .is_some()
    {
        let _ = writeln!(o, "## Domains Most Significantly Impacted\n");
    }
    for s in of(|k| matches!(k, SectionKind::Domain { .. })) {
        section(doc, s, o);
    }
    if of(|k| matches!(k, SectionKind::Question { .. }))
        .next()
        .is_some()
    {
        let _ = writeln!(o, "## Key Questions, answered\n");
    }
    for s in of(|k| matches!(k, SectionKind::Question { .. })) {
        section(doc, s, o);
    }
    for s in of(|k| matches!(k, SectionKind::General)) {
        section(doc, s, o);
    }
    for s in of(|k| matches!(k, SectionKind::NewQuestions)) {
        section(doc, s, o);
    }
    for s in of(|k| matches!(k, SectionKind::Method)) {
        section(doc, s, o);
    }
    evidence(doc, o);
    ends(doc, o);
    out
}

/// Text with the characters that Markdown or HTML would read made plain.
fn text(s: &str) -> String {
    let mut out = String::with_capacity(s.len());
    for c in s.chars() {
        match c {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '\\' | '*' | '_' | '[' | ']' | '`' | '|' | '#' => {
                out.push('\\');
                out.push(c);
            }
            '\n' | '\r' => out.push(' '),
            _ => out.push(c),
        }
    }
    out
}

fn prose(doc: &Document, s: &[Sentence]) -> String {
    s.iter()
        .map(|s| sentence(doc, s).trim().to_owned())
        .collect::<Vec<_>>()
        .join(" ")
}

fn link(row: &EvidenceRow, words: &str) -> String {
    format!("[{}](#e-{})", text(words), row.id)
}

fn sentence(doc: &Document, s: &Sentence) -> String {
    s.0.iter().map(|t| token(doc, t)).collect()
}

fn token(doc: &Document, t: &Token) -> String {
    let words = spoken::token_text(doc, t);
    let mark = |r: &EvidenceRow| if r.basis == Basis::Assumed { "○" } else { "" };
    match t {
        Token::Emphasis { .. } => format!("*{}*", text(&words)),
        Token::Strong { .. } => format!("**{}**", text(&words)),
        Token::Number { row, also, .. } => match doc.row(row) {
            Some(r) if *also => link(r, &words),
            Some(r) => format!("{}{}", link(r, &words), mark(r)),
            None => words,
        },
        Token::Chance { row } => match doc.row(row) {
            Some(r) => {
                let number = numbers::number(r, Which::Estimate, Sign::Natural, false);
                let word = chance::word(r.estimate, r.draws);
                format!("*{word}*, {}{}", link(r, &number), mark(r))
            }
            None => words,
        },
        Token::Row { row } => format!("[{}](#e-{row})", text(&words)),
        Token::Source { source } => format!("[{}](#s-{source})", text(&words)),
        Token::Parameter { parameter } => format!("[{}](#p-{parameter})", text(&words)),
        Token::Section { section, .. } => format!("[{}](#{section})", text(&words)),
        _ => text(&words),
    }
}

fn headlines(doc: &Document, o: &mut String) {
    if doc.headlines.is_empty() {
        return;
    }
    let _ = writeln!(
        o,
        "| Headline | Number | 90 % interval | Rests on |\n|---|---:|---:|---|"
    );
    for h in &doc.headlines {
        if let Some(r) = doc.row(&h.row) {
            let from = h
                .from
                .as_ref()
                .and_then(|f| doc.row(f))
                .map_or_else(String::new, |f| {
                    format!(" from {}", link(f, &numbers::estimate(f)))
                });
            let _ = writeln!(
                o,
                "| {} | {}{from} | {} | {} {} |",
                text(&h.label),
                link(r, &numbers::estimate(r)),
                numbers::interval(r, Sign::Natural).unwrap_or_else(|| "–".to_owned()),
                r.basis.glyph(),
                r.basis.words()
            );
        }
    }
    o.push('\n');
}

fn section(doc: &Document, s: &Section, o: &mut String) {
    let title = sentence(doc, &s.title);
    let _ = writeln!(o, "<a id=\"{}\"></a>\n", s.id);
    let _ = match &s.kind {
        SectionKind::Domain { number } => {
            writeln!(o, "### {number}. {}\n\n**{title}**\n", text(&s.nav))
        }
        SectionKind::Question { number, .. } => writeln!(o, "### {number}. {title}"),
        _ => writeln!(o, "## {title}\n"),
    };
    if let SectionKind::Question { verbatim, .. } = &s.kind {
        let _ = writeln!(o, "> {}\n", text(verbatim));
    }
    for b in &s.blocks {
        block(doc, b, o);
    }
    o.push('\n');
}

fn block(doc: &Document, b: &Block, o: &mut String) {
    let _ = match b {
        Block::Paragraph(p) => writeln!(o, "{}\n", prose(doc, p)),
        Block::Heading(h) => writeln!(o, "#### {}\n", sentence(doc, h)),
        Block::WhatWhySoWhat(w) => writeln!(
            o,
            "- **WHAT**: {}\n- **WHY**: {}\n- **SO WHAT**: {}\n",
            prose(doc, &w.what),
            prose(doc, &w.why),
            prose(doc, &w.so_what)
        ),
        Block::Figure(f) => {
            figure(doc, f, o);
            Ok(())
        }
        Block::Table(t) => {
            table(doc, t, o);
            Ok(())
        }
        Block::List(l) => {
            for item in l {
                let _ = writeln!(o, "- {}", prose(doc, item));
            }
            writeln!(o)
        }
        Block::NewQuestions(q) => {
            for (k, n) in q.iter().enumerate() {
                let _ = writeln!(
                    o,
                    "{}. {} *{}*",
                    k + 1,
                    prose(doc, &n.question),
                    prose(doc, &n.reason)
                );
            }
            writeln!(o)
        }
        Block::Aside(a) => writeln!(o, "> **{}** {}\n", text(&a.head), prose(doc, &a.body)),
        Block::Unplaced => {
            for u in &doc.unplaced {
                let _ = writeln!(
                    o,
                    "- line {}: “{}” ({})",
                    u.line,
                    text(&u.text),
                    text(&u.why)
                );
            }
            writeln!(o)
        }
        Block::ChanceWords => {
            for (k, (low, word)) in WORDS.iter().enumerate().rev() {
                let high = WORDS.get(k + 1).map_or(1.0, |w| w.0);
                let _ = writeln!(
                    o,
                    "- {:.0} to {:.0} in 100: {word}",
                    low * 100.0,
                    high * 100.0
                );
            }
            writeln!(o)
        }
    };
}

/// A picture in words: the answer, the measure, its evidence, and its table if it has one.
fn figure(doc: &Document, f: &Figure, o: &mut String) {
    let rows: Vec<String> = f
        .evidence
        .iter()
        .map(|r| format!("[{r}](#e-{r})"))
        .collect();
    let _ = writeln!(
        o,
        "> **Picture: {}** {} {} {}\n",
        sentence(doc, &f.title),
        sentence(doc, &f.subtitle),
        if rows.is_empty() {
            String::new()
        } else {
            format!("Evidence {}.", rows.join(", "))
        },
        prose(doc, &f.remark)
    );
    match (&f.chart, &f.table) {
        (_, Some(t)) | (Chart::States(t), None) => table(doc, t, o),
        _ => {}
    }
}

fn table(doc: &Document, t: &Table, o: &mut String) {
    let keep: Vec<usize> = (0..t.columns.len())
        .filter(|k| {
            !t.rows
                .iter()
                .any(|r| matches!(r.cells.get(*k), Some(Cell::Spark { .. } | Cell::Bar { .. })))
        })
        .collect();
    let heads: Vec<String> = keep
        .iter()
        .map(|k| sentence(doc, &t.columns[*k].head))
        .collect();
    let _ = writeln!(o, "| {} | {} |", text(&t.stub), heads.join(" | "));
    let lines: Vec<&str> = keep
        .iter()
        .map(|k| if t.columns[*k].right { "---:" } else { "---" })
        .collect();
    let _ = writeln!(o, "|---|{}|", lines.join("|"));
    for r in &t.rows {
        let cells: Vec<String> = keep
            .iter()
            .map(|k| r.cells.get(*k).map_or_else(String::new, |c| cell(doc, c)))
            .collect();
        let note = if r.note.is_empty() {
            String::new()
        } else {
            format!(" ({})", text(&r.note))
        };
        let _ = writeln!(
            o,
            "| {}{note} | {} |",
            sentence(doc, &r.head),
            cells.join(" | ")
        );
    }
    o.push('\n');
}

fn cell(doc: &Document, c: &Cell) -> String {
    match c {
        Cell::Text { text } => sentence(doc, text),
        Cell::Row { row } => doc.row(row).map_or_else(String::new, |r| {
            let range = numbers::interval(r, Sign::Natural);
            let range = range.map_or_else(String::new, |i| format!(" ({i})"));
            format!("{}{range}", link(r, &numbers::estimate(r)))
        }),
        Cell::Value {
            spread,
            unit,
            signed,
        } => {
            let p = Printer::of_spread(spread, unit);
            let sign = if *signed {
                Sign::Explicit
            } else {
                Sign::Natural
            };
            format!(
                "{} ({})",
                p.full(spread.q50, sign),
                p.range(spread.q05, spread.q95, sign)
            )
        }
        Cell::Spark { .. } | Cell::Bar { .. } => String::new(),
        Cell::Empty => "–".to_owned(),
    }
}

fn evidence(doc: &Document, o: &mut String) {
    let _ = writeln!(
        o,
        "<a id=\"evidence\"></a>\n\n## Evidence\n\n| Row | Indicator | Estimate | 90 % interval | Unit, year | Draws | Rests on | Back-test | Parameters | Sources |\n|---|---|---:|---:|---|---:|---|---|---|---|"
    );
    for r in &doc.evidence {
        let entity = if r.entity.is_empty() {
            String::new()
        } else {
            format!(", {}", text(&r.entity))
        };
        let note = if r.note.is_empty() {
            String::new()
        } else {
            format!(" {}", text(&r.note))
        };
        let parameters: Vec<String> = r
            .parameters
            .iter()
            .map(|p| format!("[{}](#p-{p})", text(&p.0)))
            .collect();
        let sources: Vec<String> = r.sources.iter().map(|s| format!("[{s}](#s-{s})")).collect();
        let _ = writeln!(
            o,
            "| <a id=\"e-{id}\"></a>{id} | {}{entity}.{note} | {} | {} | {} | {} | {} {} | {}: {} | {} | {} |",
            text(&r.label),
            numbers::estimate(r),
            numbers::interval(r, Sign::Natural).unwrap_or_else(|| "–".to_owned()),
            text(&crate::html::unit_year(r)),
            if r.draws > 0 {
                count(u64::from(r.draws))
            } else {
                "–".to_owned()
            },
            r.basis.glyph(),
            r.basis.words(),
            text(&r.record.scope),
            r.record.verdict.words(),
            parameters.join(", "),
            sources.join(" "),
            id = r.id,
        );
    }
    o.push('\n');
}

fn ends(doc: &Document, o: &mut String) {
    if !doc.parameters.is_empty() {
        let _ = writeln!(
            o,
            "<a id=\"parameters\"></a>\n\n## Parameters\n\n| Parameter | What it is | Value | Unit | Tag | Source |\n|---|---|---:|---|---|---|"
        );
        for p in &doc.parameters {
            let _ = writeln!(
                o,
                "| <a id=\"p-{}\"></a>{} | {} | {} | {} | {} | {} |",
                p.id,
                text(&p.id.0),
                text(&p.label),
                text(&p.value),
                text(&p.unit),
                p.tag,
                text(&p.source)
            );
        }
        o.push('\n');
    }
    let _ = writeln!(o, "<a id=\"sources\"></a>\n\n## Sources\n");
    for s in &doc.sources {
        let parts: Vec<String> = [&s.publisher, &s.reference, &s.vintage, &s.licence, &s.url]
            .into_iter()
            .filter(|p| !p.is_empty())
            .map(|p| text(p))
            .collect();
        let _ = writeln!(
            o,
            "- <a id=\"s-{id}\"></a>**{id}** {}.",
            parts.join(". "),
            id = s.id
        );
    }
    o.push('\n');
    if let Some(b) = &doc.source_brief {
        let _ = writeln!(
            o,
            "Written back to: {}. {}\n",
            text(&b.title),
            text(&b.reference)
        );
    }
    for n in &doc.notices {
        let _ = writeln!(o, "{}\n", text(n));
    }
    let _ = writeln!(o, "Run {}.", text(&doc.run_id));
}
