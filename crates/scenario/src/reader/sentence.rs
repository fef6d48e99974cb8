//! A sentence in plain form: words, names as single words, clauses, lists, subjects.

use super::gazetteer::{Gazetteer, Meaning, Mention};
use super::grammar::{
    AUXILIARIES, DETERMINERS, OFFICES, OPENERS, PREPOSITIONS, TIES, TITLES, VERBS,
};
use super::text::{Token, tokens};

/// A word of the plain form.
#[derive(Clone, Debug)]
pub(crate) struct Item {
    /// The word; a name is `@s_can` and the like.
    pub text: String,
    /// First byte in the sentence.
    pub start: usize,
    /// Byte after the last.
    pub end: usize,
    /// The name it stands for.
    pub mention: Option<Mention>,
}

/// A sentence in plain form.
#[derive(Clone, Debug)]
pub(crate) struct Sentence {
    /// Words, names and marks.
    pub items: Vec<Item>,
    /// The words joined by blanks.
    pub plain: String,
    /// First byte of each word in `plain`.
    offsets: Vec<usize>,
    /// Clause of each word.
    pub clause: Vec<usize>,
    /// Lists of names that play the same part: positions of their words.
    pub lists: Vec<Vec<usize>>,
    /// List of each word that is a name.
    pub list_of: Vec<Option<usize>>,
    /// For a general word ("allies") the list that says who they are.
    pub apposition: Vec<Option<usize>>,
}

fn placeholder(m: &Mention, words: &[Token]) -> String {
    let id = |s: &str| s.to_lowercase().replace(['-', ' '], "_");
    match &m.meaning {
        Meaning::State(c) => format!("@s_{}", c.to_lowercase()),
        Meaning::Leader(c) => format!("@l_{}", c.to_lowercase()),
        Meaning::Group(g) => format!("@g_{}", id(g)),
        Meaning::Organisation(g) => format!("@o_{}", id(g)),
        Meaning::Generic => "@x".to_owned(),
        Meaning::Decoy => {
            let words: Vec<&str> = words[m.from..m.to]
                .iter()
                .map(|t| t.fold.as_str())
                .collect();
            format!("@d_{}", words.join("_"))
        }
    }
}

impl Sentence {
    /// Brings a sentence into plain form.
    pub fn new(text: &str, names: &Gazetteer, era: i32) -> Self {
        let words = tokens(text);
        let mut mentions = names.mentions(&words, era);
        // "members of the Duma" are no members of an alliance.
        mentions.retain(|m| {
            let body = m.meaning == Meaning::Generic && words[m.from].fold == "members";
            !(body && words.get(m.to).is_some_and(|w| w.fold == "of"))
        });
        for m in &mut mentions {
            let place = matches!(m.meaning, Meaning::State(_)) && !m.adjective;
            let short = words[m.to - 1].end - words[m.from].start <= 4;
            if place
                && !short
                && words
                    .get(m.to)
                    .is_some_and(|w| TITLES.contains(&w.fold.as_str()))
            {
                m.meaning = Meaning::Decoy;
            }
        }
        let mut items: Vec<Item> = Vec::with_capacity(words.len());
        let mut next = mentions.into_iter().peekable();
        let mut k = 0;
        while k < words.len() {
            if let Some(m) = next.next_if(|m| m.from == k) {
                let end = m.to;
                items.push(Item {
                    text: placeholder(&m, &words),
                    start: words[m.from].start,
                    end: words[m.to - 1].end,
                    mention: Some(m),
                });
                k = end;
                continue;
            }
            let w = &words[k];
            // The months are no verbs.
            let month = k > 0 && w.capital && matches!(w.fold.as_str(), "may" | "march");
            items.push(Item {
                text: if month {
                    "@month".to_owned()
                } else {
                    w.fold.clone()
                },
                start: w.start,
                end: w.end,
                mention: None,
            });
            k += 1;
        }
        let mut s = Self {
            clause: vec![0; items.len()],
            list_of: vec![None; items.len()],
            apposition: vec![None; items.len()],
            items,
            plain: String::new(),
            offsets: Vec::new(),
            lists: Vec::new(),
        };
        s.join();
        s.find_lists();
        s.find_clauses();
        s.find_appositions();
        s
    }

    fn join(&mut self) {
        for item in &self.items {
            if !self.plain.is_empty() {
                self.plain.push(' ');
            }
            self.offsets.push(self.plain.len());
            self.plain.push_str(&item.text);
        }
    }

    /// The word at a byte of the plain form.
    pub fn word_at(&self, byte: usize) -> usize {
        self.offsets
            .partition_point(|o| *o <= byte)
            .saturating_sub(1)
    }

    /// The plain form of the words `from..to`.
    pub fn slice(&self, from: usize, to: usize) -> &str {
        if from >= to || from >= self.items.len() {
            return "";
        }
        let a = self.offsets[from];
        let b = if to < self.items.len() {
            self.offsets[to] - 1
        } else {
            self.plain.len()
        };
        &self.plain[a..b]
    }

    pub(super) fn text(&self, k: usize) -> &str {
        self.items.get(k).map_or("", |i| i.text.as_str())
    }

    /// Whether the word is a name of a state, group, organisation or a general word.
    pub fn is_name(&self, k: usize) -> bool {
        self.items[k]
            .mention
            .as_ref()
            .is_some_and(|m| m.meaning != Meaning::Decoy)
    }

    /// Whether the word is an auxiliary or a finite verb, as far as its form tells.
    pub fn is_verb(&self, k: usize) -> bool {
        let t = self.text(k);
        AUXILIARIES.contains(&t)
            || VERBS.contains(&t)
            || (t.len() > 4 && t.ends_with("ed") && !t.starts_with('@'))
    }

    /// The preposition that governs the word, with its position.
    pub fn preposition(&self, k: usize) -> Option<(usize, &str)> {
        let first = self.list_of[k].map_or(k, |l| self.lists[l][0]);
        let mut j = first;
        let mut others = 0;
        while j > 0 {
            j -= 1;
            let t = self.text(j);
            if PREPOSITIONS.contains(&t) {
                // "after Russia invaded": the opener of a clause governs nothing.
                if OPENERS.contains(&t)
                    && self.clause_start(self.clause[first]) == j
                    && self.verb_follows(first)
                {
                    return None;
                }
                let office = t == "of" && j > 0 && OFFICES.contains(&self.text(j - 1));
                return (!office).then_some((j, t));
            }
            if DETERMINERS.contains(&t) {
                continue;
            }
            // "in America's European allies": an owner stands between.
            if self.is_name(j) && matches!(self.text(j + 1), "'s") {
                continue;
            }
            if self.is_name(j)
                && self.items[j].mention.as_ref().is_some_and(|m| m.adjective)
                && j + 1 == first
            {
                continue;
            }
            let plain = t.chars().all(char::is_alphabetic);
            if !plain
                || AUXILIARIES.contains(&t)
                || VERBS.contains(&t)
                || OPENERS.contains(&t)
                || t == "and"
                || t == "or"
                || self.is_name(j)
            {
                return None;
            }
            others += 1;
            if others > 2 || self.clause[j] != self.clause[first] {
                return None;
            }
        }
        None
    }

    /// Whether a finite verb follows the name in its clause.
    fn verb_follows(&self, k: usize) -> bool {
        (k + 1..self.items.len()).any(|j| self.clause[j] == self.clause[k] && self.is_verb(j))
    }

    /// For a name that owns another ("U.S. allies", "Soviet ally Hungary"): the owned name's word.
    pub fn owns(&self, k: usize) -> Option<usize> {
        let mut j = k + 1;
        let mut steps = 0;
        while j < self.items.len() && steps < 4 {
            if self.is_name(j) {
                let m = self.items[j].mention.as_ref();
                let group = m.is_some_and(|m| {
                    matches!(
                        m.meaning,
                        Meaning::Generic | Meaning::Group(_) | Meaning::Organisation(_)
                    )
                });
                let tie = (k + 1..j).any(|i| TIES.contains(&self.text(i)));
                return (group || tie).then_some(j);
            }
            let t = self.text(j);
            let passes = t == "'s"
                || DETERMINERS.contains(&t)
                || TIES.contains(&t)
                || t == "nato"
                || t.ends_with("al")
                || t.ends_with("est")
                || t == "led";
            if !passes || matches!(t, "the" | "a" | "an" | "its" | "their" | "his") {
                return None;
            }
            j += 1;
            steps += 1;
        }
        None
    }

    /// The names that are subject of the clause before the word `k`: a position in `lists`.
    pub fn subject(&self, clause: usize, k: usize) -> Option<usize> {
        for i in 0..k.min(self.items.len()) {
            if self.clause[i] != clause {
                continue;
            }
            if !self.is_name(i) {
                // What follows a pronoun or the verb is no subject.
                if self.leads(i)
                    || matches!(self.text(i), "it" | "he" | "she" | "they" | "we")
                        && self.preposition(i).is_none()
                {
                    return None;
                }
                continue;
            }
            let Some(list) = self.list_of[i] else {
                continue;
            };
            if self.lists[list][0] != i || self.preposition(i).is_some() {
                continue;
            }
            if let Some(owned) = self.owns(i)
                && owned < k
            {
                return self.list_of[owned];
            }
            return Some(list);
        }
        None
    }

    /// Whether the word is surely a finite verb that a subject has preceded.
    fn leads(&self, i: usize) -> bool {
        let t = self.text(i);
        let base = matches!(
            t,
            "leave"
                | "try"
                | "want"
                | "seek"
                | "look"
                | "sell"
                | "buy"
                | "keep"
                | "ask"
                | "wait"
                | "fear"
                | "face"
        );
        let verb = VERBS.contains(&t) || AUXILIARIES.contains(&t) || base;
        let before = i.checked_sub(1).map_or("", |j| self.text(j));
        // "the representative named Japan"
        let past = t.len() > 4
            && t.ends_with("ed")
            && before.len() > 3
            && before.chars().all(char::is_alphabetic)
            && !before.ends_with("ly")
            && !self.is_verb(i - 1);
        let verb = verb || past;
        let noun = DETERMINERS.contains(&before)
            || PREPOSITIONS.contains(&before)
            || before.is_empty()
            || before == ",";
        verb && !noun && !OPENERS.contains(&before)
    }

    /// The last free name before the word `k` in its clause: a position in `lists`.
    pub fn nearest_before(&self, clause: usize, k: usize) -> Option<usize> {
        (0..k.min(self.items.len()))
            .rev()
            .filter(|i| self.clause[*i] == clause && self.is_name(*i))
            .find(|i| self.preposition(*i).is_none())
            .and_then(|i| self.list_of[i])
    }

    /// First word of a clause.
    pub fn clause_start(&self, clause: usize) -> usize {
        self.clause.iter().position(|c| *c == clause).unwrap_or(0)
    }
}
