//! Places in a text and nearest words.

use serde::Serialize;

/// A place in a text.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct Position {
    /// Line, from 1.
    pub line: usize,
    /// Column in characters, from 1.
    pub column: usize,
}

/// Line and column of a byte offset of `text`; an offset past the end is the end.
pub fn position_of(text: &str, byte: usize) -> Position {
    let mut at = byte.min(text.len());
    while !text.is_char_boundary(at) {
        at -= 1;
    }
    let before = &text[..at];
    let start = before.rfind('\n').map_or(0, |k| k + 1);
    Position {
        line: before.matches('\n').count() + 1,
        column: before[start..].chars().count() + 1,
    }
}

/// Number of insertions, deletions, substitutions and swaps of neighbours between two words.
fn edits(a: &[char], b: &[char]) -> usize {
    let w = b.len() + 1;
    let mut d = vec![0usize; (a.len() + 1) * w];
    for (j, cell) in d.iter_mut().enumerate().take(w) {
        *cell = j;
    }
    for i in 1..=a.len() {
        d[i * w] = i;
        for j in 1..=b.len() {
            let change = usize::from(a[i - 1] != b[j - 1]);
            let mut best = (d[(i - 1) * w + j] + 1)
                .min(d[i * w + j - 1] + 1)
                .min(d[(i - 1) * w + j - 1] + change);
            if i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1] {
                best = best.min(d[(i - 2) * w + j - 2] + 1);
            }
            d[i * w + j] = best;
        }
    }
    d[a.len() * w + b.len()]
}

/// The known word nearest to `word` without regard to case, when it is near enough to suggest.
pub fn nearest<'a>(word: &str, known: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    let lower = |s: &str| s.to_lowercase().chars().collect::<Vec<char>>();
    let w = lower(word);
    let mut best: Option<(usize, &str)> = None;
    for k in known {
        let d = edits(&w, &lower(k));
        if best.is_none_or(|(b, _)| d < b) {
            best = Some((d, k));
        }
    }
    // A third of the letters, and for a three-letter code one.
    best.filter(|(d, _)| *d <= (w.len() / 3).max(1))
        .map(|(_, k)| k)
}
