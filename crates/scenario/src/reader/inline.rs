//! Inline marks of a line: emphasis, links, entities. What remains keeps its place in the file.

/// A text made of pieces of a file, which knows for each of its bytes where it came from.
#[derive(Clone, Debug, Default)]
pub(crate) struct Mapped {
    /// The text.
    pub text: String,
    /// Byte of the file for each byte of the text.
    from: Vec<u32>,
}

impl Mapped {
    fn push(&mut self, c: char, at: usize) {
        for _ in 0..c.len_utf8() {
            self.from.push(at as u32);
        }
        self.text.push(c);
    }

    /// Byte of the file where a byte of the text stands.
    pub fn origin(&self, byte: usize) -> usize {
        match self.from.get(byte) {
            Some(b) => *b as usize,
            None => self.from.last().map_or(0, |b| *b as usize + 1),
        }
    }

    /// Whether there is nothing in it but blanks.
    pub fn is_blank(&self) -> bool {
        self.text.trim().is_empty()
    }

    /// Appends the text of a line, `at` being its first byte in the file, after a blank.
    pub fn line(&mut self, line: &str, at: usize) {
        if !self.text.is_empty() && !self.text.ends_with(' ') {
            self.push(' ', at);
        }
        self.clean(line, at);
        while self.text.ends_with(' ') {
            self.text.pop();
            self.from.pop();
        }
    }

    fn clean(&mut self, line: &str, at: usize) {
        let bytes = line.as_bytes();
        let mut k = 0;
        while k < line.len() {
            let rest = &line[k..];
            let c = rest.chars().next().unwrap_or(' ');
            let before = line[..k].chars().next_back();
            let step = c.len_utf8();
            match c {
                '\\' if bytes.get(k + 1).is_some_and(u8::is_ascii_punctuation) => {
                    self.push(char::from(bytes[k + 1]), at + k + 1);
                    k += 2;
                    continue;
                }
                '*' => {
                    let run = rest.len() - rest.trim_start_matches('*').len();
                    let after = rest[run..].chars().next();
                    let spaced = |x: Option<char>| x.is_some_and(char::is_whitespace);
                    if spaced(before) && spaced(after) {
                        self.push('*', at + k);
                    }
                    k += run;
                    continue;
                }
                '_' => {
                    let run = rest.len() - rest.trim_start_matches('_').len();
                    let after = rest[run..].chars().next();
                    let inside = |x: Option<char>| x.is_some_and(char::is_alphanumeric);
                    if inside(before) && inside(after) {
                        self.push('_', at + k);
                    }
                    k += run;
                    continue;
                }
                '!' if rest.starts_with("![") => {
                    if let Some((_, end)) = link(rest, 1) {
                        k += end;
                        continue;
                    }
                    self.push('!', at + k);
                }
                '[' if rest.starts_with("[^") => {
                    if let Some(end) = rest.find(']') {
                        k += end + 1;
                        continue;
                    }
                    self.push('[', at + k);
                }
                '[' => {
                    if let Some((label, end)) = link(rest, 0) {
                        self.clean(&rest[1..label], at + k + 1);
                        k += end;
                        continue;
                    }
                    self.push('[', at + k);
                }
                '<' => {
                    let tag = rest[1..]
                        .starts_with(|x: char| x.is_ascii_alphabetic() || x == '/' || x == '!');
                    if let (true, Some(end)) = (tag, rest.find('>')) {
                        k += end + 1;
                        continue;
                    }
                    self.push('<', at + k);
                }
                '&' => {
                    let known = [
                        ("&nbsp;", ' '),
                        ("&amp;", '&'),
                        ("&quot;", '"'),
                        ("&#39;", '\''),
                        ("&lt;", '<'),
                        ("&gt;", '>'),
                        ("&mdash;", '—'),
                        ("&ndash;", '–'),
                    ];
                    if let Some((name, c)) = known.iter().find(|(n, _)| rest.starts_with(n)) {
                        self.push(*c, at + k);
                        k += name.len();
                        continue;
                    }
                    self.push('&', at + k);
                }
                '`' | '\u{feff}' | '\u{200b}'..='\u{200d}' | '\u{ad}' => {}
                c if c.is_whitespace() => {
                    if !self.text.ends_with(' ') && !self.text.is_empty() {
                        self.push(' ', at + k);
                    }
                }
                c => self.push(c, at + k),
            }
            k += step;
        }
    }
}

/// A link `[label](address)` at `open`: (end of the label, end of the link).
fn link(rest: &str, open: usize) -> Option<(usize, usize)> {
    let label = open + rest[open..].find(']')?;
    let tail = &rest[label + 1..];
    if !tail.starts_with('(') {
        return None;
    }
    Some((label, label + 2 + tail.find(')')?))
}

/// The text of a line without inline marks.
pub(crate) fn plain(line: &str) -> String {
    let mut m = Mapped::default();
    m.line(line, 0);
    m.text.trim().to_owned()
}

/// The first address in a text.
pub(crate) fn address(text: &str) -> Option<&str> {
    let at = text
        .find("https://")
        .or_else(|| text.find("http://"))
        .or_else(|| text.find("www."))?;
    let rest = &text[at..];
    let end = rest
        .find(|c: char| c.is_whitespace() || matches!(c, ')' | ']' | '>' | '"' | '”' | '|'))
        .unwrap_or(rest.len());
    Some(rest[..end].trim_end_matches(['.', ',', ';']))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn marks_vanish_and_places_stay() {
        let mut m = Mapped::default();
        let line = "**Bold** [link](http://a.b) x\u{a0}y_z[^1]";
        m.line(line, 100);
        assert_eq!(m.text, "Bold link x y_z");
        assert_eq!(m.origin(0), 102);
        assert_eq!(
            m.origin(m.text.find("link").unwrap()),
            100 + line.find("link").unwrap()
        );
        m.line("next", 200);
        assert_eq!(m.origin(m.text.find("next").unwrap()), 200);
        assert_eq!(
            address("[Source: https://x.org/2025/03/a.html]"),
            Some("https://x.org/2025/03/a.html")
        );
    }
}
