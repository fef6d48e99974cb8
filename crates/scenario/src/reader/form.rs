//! The form of a brief: title, summary, domains with WHAT / WHY / SO WHAT, questions, source.

use super::inline::{Mapped, address, plain};
use super::labels::Words;
use super::lines::{Line, LineKind, lines};
use crate::ScenarioError;

/// What a passage is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Role {
    /// The summary.
    Summary,
    /// What happens.
    What,
    /// Why it happens.
    Why,
    /// What follows from it.
    SoWhat,
    /// Anything else.
    Prose,
}

/// A paragraph, list item or cell.
#[derive(Clone, Debug)]
pub(crate) struct Passage {
    /// What it is for.
    pub role: Role,
    /// Its domain, by position.
    pub domain: Option<usize>,
    /// Its text.
    pub body: Mapped,
}

/// A domain of the brief.
#[derive(Clone, Debug, Default)]
pub(crate) struct Domain {
    /// Its name as written, without a number.
    pub name: String,
    /// What happens, as written.
    pub what: String,
    /// Why, as written.
    pub why: String,
    /// What follows, as written.
    pub so_what: String,
}

/// A brief in its parts.
#[derive(Clone, Debug, Default)]
pub(crate) struct Form {
    /// Title.
    pub title: String,
    /// First byte of the title.
    pub title_at: usize,
    /// Summary.
    pub summary: String,
    /// Domains in the order of the brief.
    pub domains: Vec<Domain>,
    /// Questions in the order of the brief.
    pub questions: Vec<String>,
    /// Address or reference it comes from.
    pub source: String,
    /// Lines of the head such as `Date:`, by name in small letters.
    pub head: Vec<(String, String)>,
    /// Everything that is said, in the order of the brief.
    pub passages: Vec<Passage>,
    /// Whether it has the form of a brief (domains with WHAT, WHY or SO WHAT).
    pub labelled: bool,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Place {
    Open,
    Summary,
    Container,
    Domain,
    Questions,
    Sources,
    Other,
}

struct Builder<'a> {
    text: &'a str,
    words: Words,
    form: Form,
    place: Place,
    /// Level of the heading that opened the present place.
    level: usize,
    /// Level of the container of domains.
    container: Option<usize>,
    /// A heading that becomes a domain when a label or, in an unlabelled brief, a text follows.
    pending: Option<(String, usize)>,
    role: Role,
    domain: Option<usize>,
    open: Option<Passage>,
    question: Option<String>,
    titled: bool,
}

/// Reads the form of a text.
pub(crate) fn read(text: &str) -> Result<Form, ScenarioError> {
    let words = Words::new()?;
    let rows = lines(text, &|s: &str| words.label_of(s).is_some(), &|s: &str| {
        let n = words.name(s);
        words.summary.is_match(&n) || (words.questions.is_match(&n) && n.split(' ').count() <= 6)
    });
    let labelled = rows.iter().any(|l| match l.kind {
        LineKind::Text | LineKind::Item | LineKind::Heading { .. } => {
            words.label_of(l.content(text)).is_some()
        }
        LineKind::Cells => cells(l.content(text))
            .iter()
            .any(|c| words.label_of(c.1).is_some()),
        _ => false,
    });
    let mut b = Builder {
        text,
        words,
        form: Form {
            labelled,
            ..Form::default()
        },
        place: Place::Open,
        level: 0,
        container: None,
        pending: None,
        role: Role::Prose,
        domain: None,
        open: None,
        question: None,
        titled: false,
    };
    let mut columns: Option<Vec<Option<Role>>> = None;
    for (k, row) in rows.iter().enumerate() {
        if !matches!(row.kind, LineKind::Cells | LineKind::Skipped) {
            columns = None;
        }
        match row.kind {
            LineKind::Blank | LineKind::Rule | LineKind::Skipped => b.close(),
            LineKind::FrontMatter => b.front_matter(row),
            LineKind::Heading { level } => b.heading(row, level),
            LineKind::Cells => {
                let first = k == 0 || rows[k - 1].kind != LineKind::Cells;
                b.cells(row, first, &mut columns);
            }
            LineKind::Item => b.item(row),
            LineKind::Text => b.text_line(row),
        }
    }
    b.close();
    Ok(b.finish())
}

/// The cells of a table row with their first bytes in the row.
fn cells(row: &str) -> Vec<(usize, &str)> {
    let mut out = Vec::new();
    let mut at = 0;
    for part in row.split('|') {
        let lead = part.len() - part.trim_start().len();
        if !part.trim().is_empty() {
            out.push((at + lead, part.trim()));
        }
        at += part.len() + 1;
    }
    out
}

impl Builder<'_> {
    fn close(&mut self) {
        if let Some(p) = self.open.take()
            && !p.body.is_blank()
        {
            self.form.passages.push(p);
        }
        if let Some(text) = self.question.take()
            && !text.is_empty()
        {
            self.form.questions.push(text);
        }
    }

    fn set_title(&mut self, title: String, at: usize) {
        self.form.title = title;
        self.form.title_at = at;
        self.titled = true;
    }

    fn front_matter(&mut self, row: &Line) {
        let Some((k, v)) = row.content(self.text).split_once(':') else {
            return;
        };
        let (k, v) = (
            k.trim().to_lowercase(),
            v.trim().trim_matches(['"', '\'']).to_owned(),
        );
        match k.as_str() {
            "title" if !v.is_empty() => {
                let at = row.start + row.content(self.text).find(&v).unwrap_or(0);
                self.set_title(v, at);
            }
            "source" | "url" | "link" => self.form.source = v,
            _ => self.form.head.push((k, v)),
        }
    }

    fn heading(&mut self, row: &Line, level: usize) {
        self.close();
        let content = row.content(self.text);
        let in_domain =
            self.pending.is_some() || (self.place == Place::Domain && level > self.level);
        if in_domain && let Some((role, _)) = self.words.label_of(content) {
            self.enter_label(role);
            return;
        }
        let name = self.words.name(content);
        if name.is_empty() {
            return;
        }
        if self.source_line(content) {
            return;
        }
        let w = &self.words;
        let structural = if w.summary.is_match(&name) {
            Some(Place::Summary)
        } else if w.questions.is_match(&name) && (self.titled || level > 1) {
            Some(Place::Questions)
        } else if w.sources.is_match(&name) {
            Some(Place::Sources)
        } else if self.titled && w.container.is_match(&name) {
            Some(Place::Container)
        } else if self.titled && w.other.is_match(&name) {
            Some(Place::Other)
        } else {
            None
        };
        self.pending = None;
        self.domain = None;
        // A summary before any title: the brief has none, or it comes as a first-level heading.
        let late = self.form.title.is_empty() && level == 1 && !self.form.passages.is_empty();
        match structural {
            None if late => {
                let title = plain(content).trim_end_matches('#').trim().to_owned();
                self.set_title(title, row.start);
                (self.place, self.level, self.role) = (Place::Open, level, Role::Prose);
            }
            Some(place) => {
                self.titled = true;
                self.role = if place == Place::Summary {
                    Role::Summary
                } else {
                    Role::Prose
                };
                if place == Place::Container {
                    self.container = Some(level);
                }
                (self.place, self.level) = (place, level);
            }
            None if !self.titled => {
                let title = plain(content).trim_end_matches('#').trim().to_owned();
                self.set_title(title, row.start);
                (self.place, self.level, self.role) = (Place::Open, level, Role::Prose);
            }
            None => {
                self.pending = Some((name, level));
                (self.place, self.level, self.role) = (Place::Domain, level, Role::Prose);
            }
        }
    }

    fn enter_label(&mut self, role: Role) {
        self.close();
        if let Some((name, _)) = self.pending.take() {
            self.form.domains.push(Domain {
                name,
                ..Domain::default()
            });
            self.domain = Some(self.form.domains.len() - 1);
        } else {
            let again = self.domain.is_none_or(|d| {
                let d = &self.form.domains[d];
                !match role {
                    Role::What => &d.what,
                    Role::Why => &d.why,
                    _ => &d.so_what,
                }
                .is_empty()
            });
            if again && (self.domain.is_none() || role == Role::What) {
                let name = format!("Domain {}", self.form.domains.len() + 1);
                self.form.domains.push(Domain {
                    name,
                    ..Domain::default()
                });
                self.domain = Some(self.form.domains.len() - 1);
            }
        }
        self.place = Place::Domain;
        self.role = role;
    }

    /// In a brief without labels a heading with text below is a domain.
    fn settle_pending(&mut self) {
        if self.form.labelled || self.domain.is_some() {
            return;
        }
        if let Some((name, level)) = self.pending.clone()
            && self.container.is_none_or(|c| level > c)
        {
            self.form.domains.push(Domain {
                name,
                ..Domain::default()
            });
            self.domain = Some(self.form.domains.len() - 1);
            self.role = Role::Prose;
        }
    }

    fn source_line(&mut self, content: &str) -> bool {
        let Some(m) = self.words.source_line.find(content) else {
            let bare = content.trim().trim_matches(['[', ']', '<', '>', '(', ')']);
            if (bare.starts_with("http://") || bare.starts_with("https://")) && !bare.contains(' ')
            {
                self.keep_source(bare);
                return true;
            }
            let note = content.trim_start().strip_prefix('[').is_some_and(|r| {
                r.starts_with(['^', '0', '1', '2', '3', '4', '5', '6', '7', '8', '9'])
            });
            if note && content.contains("]:") {
                let note = content
                    .split_once("]:")
                    .map_or("", |x| x.1)
                    .trim()
                    .to_owned();
                self.keep_source(&note);
                return true;
            }
            return false;
        };
        let rest = content[m.end()..].to_owned();
        self.keep_source(&rest);
        true
    }

    fn keep_source(&mut self, rest: &str) {
        if self.form.source.is_empty() {
            self.form.source = match address(rest) {
                Some(a) => a.to_owned(),
                None => plain(rest).trim_end_matches([']', ')']).trim().to_owned(),
            };
        }
    }

    fn item(&mut self, row: &Line) {
        self.close();
        let content = row.content(self.text);
        if let Some((role, skip)) = self.words.label_of(content) {
            self.enter_label(role);
            self.start(content, row.start, skip);
            return;
        }
        if self.place == Place::Questions {
            self.question = Some(content.trim().to_owned());
            return;
        }
        if self.place == Place::Sources || self.source_line(content) {
            self.keep_source(content);
            return;
        }
        // Points below a WHAT, WHY or SO WHAT belong to it.
        self.settle_pending();
        self.start(content, row.start, 0);
    }

    fn text_line(&mut self, row: &Line) {
        let content = row.content(self.text);
        if let Some((role, skip)) = self.words.label_of(content) {
            self.enter_label(role);
            self.start(content, row.start, skip);
            return;
        }
        if self.place == Place::Sources || self.source_line(content) {
            self.close();
            self.keep_source(content);
            return;
        }
        if let Some(question) = &mut self.question {
            question.push(' ');
            question.push_str(content.trim());
            return;
        }
        if self.open.is_none()
            && let Some(c) = self.words.head_line.captures(content)
            && (self.place == Place::Open || self.form.passages.is_empty())
        {
            self.form.head.push((c["k"].to_lowercase(), plain(&c["v"])));
            return;
        }
        let named = plain(content);
        if !self.titled
            && let Some(title) = named
                .strip_prefix("Title:")
                .or_else(|| named.strip_prefix("TITLE:"))
        {
            self.close();
            self.set_title(title.trim().to_owned(), row.start);
            return;
        }
        if let Some(skip) = self.words.summary_of(content) {
            self.close();
            (self.place, self.role, self.domain) = (Place::Summary, Role::Summary, None);
            self.titled = true;
            self.start(content, row.start, skip);
            return;
        }
        if !self.titled && self.form.passages.is_empty() && self.open.is_none() && row.alone {
            let title = plain(content);
            if title.chars().count() <= 160 && !title.ends_with(['.', '?', '!', ';']) {
                self.set_title(title, row.start);
                return;
            }
        }
        if let Some(p) = &mut self.open {
            p.body.line(content, row.start);
            let text = plain(content);
            self.append(&text);
            return;
        }
        if self.place == Place::Questions && content.trim_end().ends_with('?') {
            self.question = Some(content.trim().to_owned());
            return;
        }
        self.settle_pending();
        self.start(content, row.start, 0);
    }

    fn start(&mut self, content: &str, at: usize, skip: usize) {
        let mut body = Mapped::default();
        body.line(&content[skip..], at + skip);
        let text = body.text.trim().to_owned();
        self.append(&text);
        self.open = Some(Passage {
            role: self.role,
            domain: self.domain,
            body,
        });
    }

    /// Keeps the words of summary and domains as written.
    fn append(&mut self, text: &str) {
        let slot = match (self.role, self.domain) {
            (Role::Summary, _) => &mut self.form.summary,
            (Role::What | Role::Prose, Some(d)) => &mut self.form.domains[d].what,
            (Role::Why, Some(d)) => &mut self.form.domains[d].why,
            (Role::SoWhat, Some(d)) => &mut self.form.domains[d].so_what,
            _ => return,
        };
        if !slot.is_empty() && !text.is_empty() {
            slot.push(' ');
        }
        slot.push_str(text);
    }

    fn cells(&mut self, row: &Line, first: bool, columns: &mut Option<Vec<Option<Role>>>) {
        self.close();
        let content = row.content(self.text);
        let parts = cells(content);
        if first {
            let roles: Vec<Option<Role>> = parts
                .iter()
                .map(|(_, c)| self.words.label_of(c).map(|l| l.0))
                .collect();
            if roles.iter().flatten().count() >= 2 {
                *columns = Some(roles);
                return;
            }
        }
        if let Some(roles) = columns.clone() {
            for (k, (at, cell)) in parts.iter().enumerate() {
                match roles.get(k).copied().flatten() {
                    None if k == 0 => {
                        self.pending = Some((self.words.name(cell), 6));
                        self.domain = None;
                    }
                    role => {
                        self.enter_label(role.unwrap_or(Role::Prose));
                        self.start(cell, row.start + at, 0);
                    }
                }
                self.close();
            }
            return;
        }
        let label = parts.first().and_then(|(_, c)| self.words.label_of(c));
        if let Some((role, _)) = label {
            self.enter_label(role);
        }
        for (at, cell) in parts.iter().skip(usize::from(label.is_some())) {
            self.settle_pending();
            self.start(cell, row.start + at, 0);
            self.close();
        }
    }

    fn finish(mut self) -> Form {
        if self.form.title.is_empty() {
            // A text without a title is called by its first sentence.
            if let Some(p) = self.form.passages.first() {
                let text = &p.body.text;
                let end = super::text::sentences(text)
                    .first()
                    .map_or(text.len(), |s| s.1);
                self.form.title = text[..end]
                    .trim_end_matches('.')
                    .chars()
                    .take(120)
                    .collect();
                self.form.title_at = p.body.origin(0);
            }
        }
        self.form
    }
}
