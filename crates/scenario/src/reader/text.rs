//! Letters, words and sentences of a brief.

/// A word, number or mark of a text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Token {
    /// First byte.
    pub start: usize,
    /// Byte after the last.
    pub end: usize,
    /// In small letters, without accents.
    pub fold: String,
    /// Whether it begins with a capital.
    pub capital: bool,
    /// Whether all its letters are capitals.
    pub upper: bool,
}

/// A letter without its accent, in small.
fn fold_char(c: char, out: &mut String) {
    let plain = match c {
        'á' | 'à' | 'â' | 'ä' | 'ã' | 'å' | 'ā' | 'ă' | 'ą' => "a",
        'ç' | 'ć' | 'č' => "c",
        'ď' | 'đ' => "d",
        'é' | 'è' | 'ê' | 'ë' | 'ē' | 'ę' | 'ě' => "e",
        'ğ' => "g",
        'í' | 'ì' | 'î' | 'ï' | 'ī' | 'ı' => "i",
        'ł' => "l",
        'ñ' | 'ń' | 'ň' => "n",
        'ó' | 'ò' | 'ô' | 'ö' | 'õ' | 'ø' | 'ō' | 'ő' => "o",
        'ř' => "r",
        'ś' | 'š' | 'ş' | 'ș' => "s",
        'ß' => "ss",
        'ť' | 'ţ' | 'ț' => "t",
        'ú' | 'ù' | 'û' | 'ü' | 'ū' | 'ů' | 'ű' => "u",
        'ý' | 'ÿ' => "y",
        'ź' | 'ż' | 'ž' => "z",
        'æ' => "ae",
        'œ' => "oe",
        '\u{300}'..='\u{36f}' => "",
        other => {
            out.push(other);
            return;
        }
    };
    out.push_str(plain);
}

/// A text in small letters and without accents.
pub(crate) fn fold(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars().flat_map(char::to_lowercase) {
        fold_char(c, &mut out);
    }
    out
}

fn is_apostrophe(c: char) -> bool {
    matches!(c, '\'' | '’' | '‘' | 'ʼ')
}

fn is_dash(c: char) -> bool {
    matches!(c, '-' | '‐' | '‑' | '–' | '—' | '―')
}

fn is_word(c: char) -> bool {
    c.is_alphanumeric() || ('\u{300}'..='\u{36f}').contains(&c)
}

/// Words, numbers and marks of a text. Dotted abbreviations lose their dots ("U.S." is `us`, all
/// capitals), hyphens part words and vanish, the possessive is a word of its own (`'s`), spaced or
/// long dashes become `—`, all quotation marks `"`.
pub(crate) fn tokens(text: &str) -> Vec<Token> {
    let chars: Vec<(usize, char)> = text.char_indices().collect();
    let end_of = |k: usize| chars.get(k).map_or(text.len(), |c| c.0);
    let at = |k: usize| chars.get(k).map(|c| c.1);
    let mut out: Vec<Token> = Vec::new();
    let mut k = 0;
    let mark = |a: usize, b: usize, s: &str| Token {
        start: end_of(a),
        end: end_of(b),
        fold: s.to_owned(),
        capital: false,
        upper: false,
    };
    while k < chars.len() {
        let c = chars[k].1;
        if c.is_whitespace() {
            k += 1;
        } else if c.is_alphabetic()
            && at(k + 1) == Some('.')
            && at(k + 2).is_some_and(char::is_alphabetic)
            && at(k + 3) == Some('.')
        {
            let from = k;
            let mut letters = String::new();
            while at(k).is_some_and(char::is_alphabetic) && at(k + 1) == Some('.') {
                letters.push(chars[k].1);
                k += 2;
            }
            out.push(Token {
                start: end_of(from),
                end: end_of(k),
                fold: fold(&letters),
                capital: c.is_uppercase(),
                upper: letters.chars().all(char::is_uppercase),
            });
        } else if is_word(c) {
            let from = k;
            while let Some(d) = at(k) {
                let next = at(k + 1).is_some_and(is_word);
                let number = d.is_ascii_digit()
                    && matches!(at(k + 1), Some('.' | ','))
                    && at(k + 2).is_some_and(|e| e.is_ascii_digit());
                if is_word(d) {
                    k += if number { 2 } else { 1 };
                } else if is_apostrophe(d) && next && !possessive(&chars, k) {
                    k += 1;
                } else {
                    break;
                }
            }
            let word = &text[end_of(from)..end_of(k)];
            let letters = word.chars().filter(|c| c.is_alphabetic());
            out.push(Token {
                start: end_of(from),
                end: end_of(k),
                fold: fold(word).replace(['’', '‘', 'ʼ'], "'"),
                capital: c.is_uppercase(),
                upper: letters.clone().count() > 1 && letters.clone().all(char::is_uppercase),
            });
        } else if is_apostrophe(c) && possessive(&chars, k) {
            out.push(mark(k, k + 2, "'s"));
            k += 2;
        } else if is_apostrophe(c)
            && out
                .last()
                .is_some_and(|t| t.end == end_of(k) && t.fold.ends_with('s'))
            && at(k + 1).is_none_or(char::is_whitespace)
        {
            out.push(mark(k, k + 1, "'s"));
            k += 1;
        } else if is_dash(c) {
            let inside = out
                .last()
                .is_some_and(|t| t.end == end_of(k) && t.fold.ends_with(is_word))
                && at(k + 1).is_some_and(is_word)
                && !matches!(c, '—' | '―');
            if !inside && out.last().is_none_or(|t| t.fold != "—") {
                out.push(mark(k, k + 1, "—"));
            }
            k += 1;
        } else {
            let s = match c {
                '“' | '”' | '„' | '«' | '»' | '"' => "\"".to_owned(),
                c if is_apostrophe(c) => "\"".to_owned(),
                '…' => ".".to_owned(),
                c => c.to_string(),
            };
            out.push(mark(k, k + 1, &s));
            k += 1;
        }
    }
    out
}

/// Whether the apostrophe at `k` begins a possessive `'s`.
fn possessive(chars: &[(usize, char)], k: usize) -> bool {
    k > 0
        && is_word_or_dot(chars[k - 1].1)
        && chars.get(k + 1).is_some_and(|c| c.1 == 's' || c.1 == 'S')
        && chars.get(k + 2).is_none_or(|c| !is_word(c.1))
}

fn is_word_or_dot(c: char) -> bool {
    is_word(c) || c == '.' || c == ')'
}

/// Words after which a dot ends no sentence.
const ABBREVIATIONS: &[&str] = &[
    "mr", "mrs", "ms", "dr", "prof", "gen", "sen", "rep", "gov", "lt", "col", "capt", "adm", "sgt",
    "st", "no", "nos", "vs", "v", "etc", "inc", "corp", "co", "ltd", "jan", "feb", "mar", "apr",
    "jun", "jul", "aug", "sep", "sept", "oct", "nov", "dec", "pp", "p", "cf", "approx", "art",
    "para", "ed", "eds", "vol", "fig", "hon", "rev", "maj", "cmdr", "amb", "pres", "e.g", "i.e",
    "al", "ca", "c", "ft",
];

/// Words that begin a sentence more often than a name continues one.
const STARTERS: &[&str] = &[
    "The",
    "But",
    "In",
    "It",
    "He",
    "She",
    "They",
    "This",
    "That",
    "These",
    "Those",
    "However",
    "As",
    "And",
    "We",
    "A",
    "An",
    "On",
    "At",
    "For",
    "If",
    "When",
    "While",
    "After",
    "Since",
    "Some",
    "Most",
    "Many",
    "No",
    "Not",
    "Yet",
    "So",
    "Then",
    "There",
    "With",
    "Its",
    "His",
    "Their",
    "By",
    "From",
    "Meanwhile",
    "Instead",
    "Even",
    "Both",
    "Now",
    "Under",
    "Allies",
    "Despite",
    "Until",
];

/// Bytes of the sentences of a text, without the blanks around them.
pub(crate) fn sentences(text: &str) -> Vec<(usize, usize)> {
    let chars: Vec<(usize, char)> = text.char_indices().collect();
    let mut out = Vec::new();
    let mut from = 0;
    for k in 0..chars.len() {
        let (at, c) = chars[k];
        if at < from || !matches!(c, '.' | '?' | '!' | '…') {
            continue;
        }
        // Closing marks belong to the sentence.
        let mut j = k + 1;
        while chars.get(j).is_some_and(|x| {
            matches!(
                x.1,
                '.' | '?' | '!' | '"' | '”' | '’' | '\'' | ')' | ']' | '»'
            )
        }) {
            j += 1;
        }
        let Some(space) = chars.get(j) else { continue };
        if !space.1.is_whitespace() {
            continue;
        }
        let rest = text[space.0..].trim_start();
        let first = rest
            .trim_start_matches(['"', '“', '\'', '‘', '(', '[', '«'])
            .chars()
            .next();
        if !first.is_some_and(|f| f.is_uppercase() || f.is_ascii_digit() || !f.is_ascii()) {
            continue;
        }
        if c == '.' && j == k + 1 && !ends_here(&text[from..at], rest) {
            continue;
        }
        push_trimmed(text, from, space.0, &mut out);
        from = space.0;
    }
    push_trimmed(text, from, text.len(), &mut out);
    out
}

/// Whether a dot after `before` ends a sentence that `rest` follows.
fn ends_here(before: &str, rest: &str) -> bool {
    let last = before
        .rsplit(|c: char| c.is_whitespace() || c == '(')
        .next()
        .unwrap_or_default();
    let last = last.trim_start_matches(['"', '“', '\'', '‘']);
    let next = rest.split(|c: char| !is_word(c)).next().unwrap_or_default();
    let single = last.chars().count() == 1 && last.chars().all(char::is_uppercase);
    let dotted = last.contains('.') && last.split('.').all(|p| p.chars().count() == 1);
    if dotted && last.chars().next().is_some_and(char::is_uppercase) {
        // "the U.S. Canada …": only a word that begins sentences ends it.
        return STARTERS.contains(&next);
    }
    if single {
        return STARTERS.contains(&next);
    }
    !ABBREVIATIONS.contains(&last.to_lowercase().as_str())
}

fn push_trimmed(text: &str, from: usize, to: usize, out: &mut Vec<(usize, usize)>) {
    let part = &text[from..to];
    let a = from + (part.len() - part.trim_start().len());
    let b = to - (part.len() - part.trim_end().len());
    if a < b {
        out.push((a, b));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn split(text: &str) -> Vec<&str> {
        sentences(text)
            .into_iter()
            .map(|(a, b)| &text[a..b])
            .collect()
    }

    #[test]
    fn abbreviations_end_no_sentence() {
        assert_eq!(
            split("Relations with the U.S. now carry risk. U.K. officials left. Mr. Smith stayed."),
            [
                "Relations with the U.S. now carry risk.",
                "U.K. officials left.",
                "Mr. Smith stayed."
            ]
        );
        assert_eq!(
            split("It trusted the U.S. The tariffs ended that. J. F. Kennedy spoke."),
            [
                "It trusted the U.S.",
                "The tariffs ended that.",
                "J. F. Kennedy spoke."
            ]
        );
        assert_eq!(
            split("“No.” He left! Why? 3.5 percent."),
            ["“No.”", "He left!", "Why?", "3.5 percent."]
        );
    }

    #[test]
    fn words_lose_dots_hyphens_and_accents() {
        let folds = |s| tokens(s).into_iter().map(|t| t.fold).collect::<Vec<_>>();
        assert_eq!(
            folds("U.S.-led F-35s: Türkiye’s allies’ didn't"),
            [
                "us", "led", "f", "35s", ":", "turkiye", "'s", "allies", "'s", "didn't"
            ]
        );
        assert_eq!(
            folds("a — b – c 1,200.5"),
            ["a", "—", "b", "—", "c", "1,200.5"]
        );
    }
}
