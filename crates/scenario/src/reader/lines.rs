//! The lines of a brief and what each of them is.

/// What a line is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum LineKind {
    /// Nothing.
    Blank,
    /// A ruler.
    Rule,
    /// Markup without words (code fences, comments, rows that part the head of a table).
    Skipped,
    /// `key: value` before the text.
    FrontMatter,
    /// A heading; 1 is the highest level.
    Heading {
        /// Its level.
        level: usize,
    },
    /// A point of a list.
    Item,
    /// A row of a table.
    Cells,
    /// Words.
    Text,
}

/// A line.
#[derive(Clone, Debug)]
pub(crate) struct Line {
    /// What it is.
    pub kind: LineKind,
    /// First byte of its content (after list or heading marks).
    pub start: usize,
    /// Byte after its content.
    pub end: usize,
    /// Whether the lines before and after are blank.
    pub alone: bool,
}

impl Line {
    /// Its content.
    pub fn content<'a>(&self, text: &'a str) -> &'a str {
        &text[self.start..self.end]
    }
}

/// Length of the mark of a list item at the start of `s`, blanks after it included.
fn item_mark(s: &str) -> Option<usize> {
    let b = s.as_bytes();
    let after = |n: usize| -> Option<usize> {
        let rest = &s[n..];
        let blanks = rest.len() - rest.trim_start_matches([' ', '\t', '\u{a0}']).len();
        (blanks > 0).then_some(n + blanks)
    };
    let first = s.chars().next()?;
    if matches!(
        first,
        '-' | '*' | '+' | '•' | '‣' | '▪' | '◦' | '·' | '–' | '—'
    ) {
        return after(first.len_utf8());
    }
    let open = usize::from(b.first() == Some(&b'('));
    let q = usize::from(matches!(b.get(open), Some(b'Q' | b'q')));
    let digits = b[open + q..]
        .iter()
        .take_while(|c| c.is_ascii_digit())
        .count();
    let n = open + q + digits;
    if (1..=2).contains(&digits) && matches!(b.get(n), Some(b'.' | b')' | b':')) {
        return after(n + 1);
    }
    if q == 0
        && digits == 0
        && b.get(open).is_some_and(u8::is_ascii_lowercase)
        && matches!(b.get(open + 1), Some(b')'))
    {
        return after(open + 2);
    }
    None
}

fn is_rule(s: &str) -> bool {
    let t: String = s.chars().filter(|c| !c.is_whitespace()).collect();
    t.len() >= 3
        && ["-", "*", "_", "="]
            .iter()
            .any(|m| t.trim_start_matches(m).is_empty())
}

fn bold_only(s: &str) -> Option<(usize, usize)> {
    for mark in ["**", "__"] {
        let Some(inner) = s.strip_prefix(mark) else {
            continue;
        };
        let body = inner.trim_end().trim_end_matches(':');
        if let Some(body) = body.strip_suffix(mark)
            && !body.is_empty()
            && !body.contains(mark)
            && body.chars().count() <= 120
            && !body.ends_with(['.', '?', '!'])
        {
            return Some((mark.len(), mark.len() + body.len()));
        }
    }
    None
}

fn shouts(s: &str) -> bool {
    let letters: Vec<char> = s.chars().filter(|c| c.is_alphabetic()).collect();
    letters.len() >= 4
        && letters.iter().all(|c| c.is_uppercase())
        && s.chars().count() <= 100
        && !s.ends_with(['.', '?', '!', ','])
}

/// The lines of a text. `label` says whether a content begins with WHAT, WHY or SO WHAT,
/// `known` whether it names a summary or questions.
pub(crate) fn lines(
    text: &str,
    label: &dyn Fn(&str) -> bool,
    known: &dyn Fn(&str) -> bool,
) -> Vec<Line> {
    let mut raw: Vec<(usize, usize)> = Vec::new();
    let mut at = 0;
    for piece in text.split_inclusive('\n') {
        let body = piece.trim_end_matches(['\n', '\r']);
        raw.push((at, at + body.len()));
        at += piece.len();
    }
    let body = |k: usize| raw.get(k).map_or("", |(a, b)| &text[*a..*b]);
    let blank = |k: usize| body(k).trim().is_empty();
    let mut out: Vec<Line> = Vec::with_capacity(raw.len());
    let mut front = raw.first().is_some_and(|_| body(0).trim() == "---")
        && (1..raw.len().min(40)).any(|k| body(k).trim() == "---")
        && body(1).contains(':');
    let mut fence = false;
    let mut comment = false;
    for k in 0..raw.len() {
        let (a, b) = raw[k];
        let line = &text[a..b];
        let trimmed = line.trim();
        let lead = line.len() - line.trim_start().len();
        let alone = (k == 0 || blank(k - 1)) && blank(k + 1);
        let mut push = |kind, start: usize, end: usize| {
            out.push(Line {
                kind,
                start,
                end,
                alone,
            });
        };
        if front {
            if k > 0 && trimmed == "---" {
                front = false;
                push(LineKind::Skipped, b, b);
            } else {
                push(
                    if k == 0 {
                        LineKind::Skipped
                    } else {
                        LineKind::FrontMatter
                    },
                    a + lead,
                    b,
                );
            }
            continue;
        }
        if comment || trimmed.starts_with("<!--") {
            comment = !trimmed.contains("-->");
            push(LineKind::Skipped, b, b);
            continue;
        }
        if trimmed.starts_with("```") || trimmed.starts_with("~~~") {
            fence = !fence;
            push(LineKind::Skipped, b, b);
            continue;
        }
        if fence {
            push(LineKind::Text, a + lead, b);
            continue;
        }
        if trimmed.is_empty() {
            push(LineKind::Blank, b, b);
            continue;
        }
        // Quoted lines are read like others.
        let mut start = a + lead;
        while text[start..b].starts_with('>') {
            start += 1;
            start += text[start..b].len() - text[start..b].trim_start().len();
        }
        let content = text[start..b].trim_end();
        let end = start + content.len();
        let hashes = content.len() - content.trim_start_matches('#').len();
        if (1..=6).contains(&hashes) && content[hashes..].starts_with([' ', '\t', '\u{a0}']) {
            let inner = content[hashes..].trim_start();
            push(LineKind::Heading { level: hashes }, end - inner.len(), end);
            continue;
        }
        let underlined = |mark: char| {
            let n = body(k + 1).trim();
            n.len() >= 3 && n.chars().all(|c| c == mark)
        };
        if !is_rule(content) && (k == 0 || blank(k - 1)) && (underlined('=') || underlined('-')) {
            push(
                LineKind::Heading {
                    level: if underlined('=') { 1 } else { 2 },
                },
                start,
                end,
            );
            continue;
        }
        if is_rule(content) {
            push(LineKind::Rule, end, end);
            continue;
        }
        if content.starts_with('|') || content.matches('|').count() >= 2 {
            let parting = content
                .chars()
                .all(|c| matches!(c, '|' | '-' | ':' | ' ' | '+' | '='));
            push(
                if parting {
                    LineKind::Skipped
                } else {
                    LineKind::Cells
                },
                start,
                end,
            );
            continue;
        }
        if label(content) {
            push(LineKind::Text, start, end);
            continue;
        }
        if let Some((x, y)) = bold_only(content) {
            push(LineKind::Heading { level: 5 }, start + x, start + y);
            continue;
        }
        let mark = item_mark(content);
        let inner = mark.map_or(content, |m| &content[m..]);
        let next = (k + 1..raw.len())
            .find(|j| !blank(*j))
            .map_or("", |j| body(j).trim());
        let next = item_mark(next).map_or(next, |m| &next[m..]);
        let short = inner.split_whitespace().count() <= 10
            && !inner.trim_end().ends_with(['.', '?', '!', ';', ',']);
        let before_blank = k == 0 || blank(k - 1);
        // A short line right above a label names a domain.
        if short && label(next) && !label(inner) {
            push(
                LineKind::Heading { level: 6 },
                start + mark.unwrap_or(0),
                end,
            );
            continue;
        }
        if short && before_blank && known(inner) {
            push(
                LineKind::Heading { level: 4 },
                start + mark.unwrap_or(0),
                end,
            );
            continue;
        }
        if let Some(m) = mark {
            push(LineKind::Item, start + m, end);
            continue;
        }
        if before_blank && shouts(content) {
            push(LineKind::Heading { level: 4 }, start, end);
            continue;
        }
        push(LineKind::Text, start, end);
    }
    out
}
