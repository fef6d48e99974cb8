//! The structure of a sentence: lists of names, clauses, and who general words stand for.

use super::gazetteer::Meaning;
use super::grammar::{ANNOUNCERS, DETERMINERS, JOINERS, OPENERS, PREPOSITIONS};
use super::sentence::Sentence;

#[derive(Clone, Copy, PartialEq, Eq)]
enum Link {
    Comma,
    And,
}

impl Sentence {
    pub(super) fn find_lists(&mut self) {
        let names: Vec<usize> = (0..self.items.len()).filter(|k| self.is_name(*k)).collect();
        let mut n = 0;
        while n < names.len() {
            let mut run = vec![names[n]];
            let mut commas = Vec::new();
            while let Some(&b) = names.get(n + run.len()) {
                let a = run[run.len() - 1];
                let Some(link) = self.joined(a, b) else { break };
                // "… invaded Ukraine, and Washington reaffirmed …" is no list.
                if run.len() == 1
                    && link == Link::And
                    && self.text(a + 1) == ","
                    && self.finite_after(&[b])
                {
                    break;
                }
                commas.push(link);
                run.push(b);
            }
            // Names parted by commas alone are a list only inside brackets.
            let inside = self.bracketed(run[0]);
            if !inside {
                let last = commas.iter().rposition(|c| *c == Link::And);
                run.truncate(last.map_or(1, |l| l + 2));
            }
            n += run.len();
            let id = self.lists.len();
            for k in &run {
                self.list_of[*k] = Some(id);
            }
            self.lists.push(run);
        }
    }

    /// Whether the word stands inside brackets.
    fn bracketed(&self, k: usize) -> bool {
        let mut depth = 0i32;
        for t in self.items[..k].iter().map(|i| i.text.as_str()) {
            match t {
                "(" => depth += 1,
                ")" => depth -= 1,
                _ => {}
            }
        }
        depth > 0
    }

    /// How the name at `b` continues a list that has reached the name at `a`.
    fn joined(&self, a: usize, b: usize) -> Option<Link> {
        let mut from = a + 1;
        let adjective = self.items[a].mention.as_ref().is_some_and(|m| m.adjective);
        // "Canadian steel and Mexican cars": the nouns of adjectives stand between.
        let mut nouns = 0;
        while adjective
            && nouns < 2
            && from < b
            && !JOINERS.contains(&self.text(from))
            && self.text(from).chars().all(char::is_alphabetic)
            && !self.is_verb(from)
            && !PREPOSITIONS.contains(&self.text(from))
        {
            from += 1;
            nouns += 1;
        }
        if from >= b {
            return None;
        }
        let between: Vec<&str> = (from..b).map(|k| self.text(k)).collect();
        if between.len() > 4
            || !between
                .iter()
                .all(|t| JOINERS.contains(t) || DETERMINERS.contains(t))
        {
            return None;
        }
        let and = between
            .iter()
            .any(|t| matches!(*t, "and" | "or" | "&" | "nor" | "plus"))
            || between.windows(2).any(|w| w == ["as", "well"]);
        match between.first() {
            Some(&",") => Some(if and { Link::And } else { Link::Comma }),
            _ if and => Some(Link::And),
            _ => None,
        }
    }

    pub(super) fn find_clauses(&mut self) {
        let n = self.items.len();
        let (mut clause, mut next) = (0, 1);
        let mut stack: Vec<usize> = Vec::new();
        for k in 0..n {
            match self.text(k) {
                "(" => {
                    self.clause[k] = clause;
                    stack.push(clause);
                    clause = next;
                    next += 1;
                    continue;
                }
                ")" => {
                    clause = stack.pop().unwrap_or(clause);
                    self.clause[k] = clause;
                    continue;
                }
                _ => {}
            }
            if self.opens(k) {
                clause = next;
                next += 1;
            }
            self.clause[k] = clause;
        }
    }

    fn opens(&self, k: usize) -> bool {
        let t = self.text(k);
        if matches!(t, ";" | ":" | "—") {
            return true;
        }
        if k == 0 {
            return false;
        }
        if OPENERS.contains(&t) {
            let after = self.text(k + 1);
            return match t {
                "as" => after != "well" && (self.text(k - 1) == "," || self.as_clause(k)),
                "since" | "after" | "before" => !after.starts_with(|c: char| c.is_ascii_digit()),
                "so" => self.text(k - 1) == ",",
                "that" => after != "of" && after != "time",
                _ => true,
            };
        }
        // ", Canada imposed" and "and Canada imposed" open a clause of their own.
        let Some(list) = self.list_of[k].map(|l| &self.lists[l]) else {
            let the = t == "the"
                && k + 1 < self.items.len()
                && self.list_of[k + 1].is_some_and(|l| self.lists[l][0] == k + 1);
            return the
                && self.after_break(k)
                && self.finite_after(&self.lists[self.list_of[k + 1].unwrap_or(0)]);
        };
        list[0] == k && self.after_break(k) && self.finite_after(list)
    }

    /// Whether the word "as" opens a clause: a subject and a finite verb follow.
    fn as_clause(&self, k: usize) -> bool {
        let before = self.text(k - 1);
        let compares = matches!(
            before,
            "such"
                | "same"
                | "so"
                | "known"
                | "regarded"
                | "seen"
                | "described"
                | "treated"
                | "role"
                | "status"
                | "serve"
                | "serves"
                | "served"
                | "well"
                | "far"
                | "long"
                | "soon"
                | "much"
        );
        let subject = matches!(self.text(k + 1), "the" | "its" | "their" | "his")
            || (k + 1 < self.items.len() && self.is_name(k + 1));
        !compares && subject && (k + 2..(k + 8).min(self.items.len())).any(|j| self.is_verb(j))
    }

    fn after_break(&self, k: usize) -> bool {
        matches!(self.text(k - 1), "," | "and" | "\"") && self.text(k) != ","
    }

    /// Whether a finite verb follows a list of names.
    pub(super) fn finite_after(&self, list: &[usize]) -> bool {
        let mut j = list[list.len() - 1] + 1;
        let mut nouns = 0;
        while j < self.items.len() {
            let t = self.text(j);
            if self.is_verb(j) {
                return true;
            }
            let adverb = t.ends_with("ly")
                || matches!(
                    t,
                    "also" | "then" | "now" | "itself" | "later" | "soon" | "never" | "'s"
                );
            if !adverb {
                // "U.S. officials said"
                nouns += 1;
                if nouns > 2 || PREPOSITIONS.contains(&t) || !t.chars().all(char::is_alphabetic) {
                    return false;
                }
            }
            j += 1;
        }
        false
    }

    pub(super) fn find_appositions(&mut self) {
        for k in 0..self.items.len() {
            let general = self.items[k].mention.as_ref().is_some_and(|m| {
                matches!(
                    m.meaning,
                    Meaning::Generic | Meaning::Group(_) | Meaning::Organisation(_)
                )
            });
            if !general {
                continue;
            }
            let mut j = k + 1;
            if self.text(j) == "," {
                j += 1;
            }
            if !ANNOUNCERS.contains(&self.text(j))
                || (self.text(j) == "from" && self.text(k + 1) == ",")
            {
                continue;
            }
            if self.text(j) == "in" && self.text(k + 1) == "," {
                continue;
            }
            let open = self.text(j) == "(" || self.text(j) == "—" || self.text(j) == ":";
            while j < self.items.len()
                && (ANNOUNCERS.contains(&self.text(j)) || DETERMINERS.contains(&self.text(j)))
            {
                j += 1;
            }
            let from = self.text(j.saturating_sub(1)) == "from";
            let Some(list) = self.list_of.get(j).copied().flatten() else {
                continue;
            };
            let states = self.lists[list].iter().any(|i| {
                self.items[*i]
                    .mention
                    .as_ref()
                    .is_some_and(|m| m.meaning != Meaning::Generic)
            });
            let dash = open && self.text(k + 1) != "(" && self.lists[list].len() < 2;
            if states && !dash && !from {
                self.apposition[k] = Some(list);
            }
        }
    }
}
