//! A sentence in plain form: words, names as single words, clauses, lists, subjects.

use super::gazetteer::{Gazetteer, Meaning, Mention};
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
    /// Whether it begins with a capital.
    pub capital: bool,
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

const PREPOSITIONS: &[&str] = &[
    "on", "against", "to", "toward", "towards", "with", "from", "of", "for", "in", "at", "into",
    "over", "by", "between", "among", "amongst", "around", "near", "off", "under", "about", "within",
    "across", "through", "upon", "onto", "outside", "inside", "like", "than", "via", "beyond",
    "behind", "versus", "vs", "without", "regarding", "concerning", "including", "targeting", "per",
    "out", "beside", "alongside", "throughout", "after", "before", "during", "despite", "amid",
    "since", "following", "except", "besides", "unlike", "because",
];
const AUXILIARIES: &[&str] = &[
    "is", "are", "was", "were", "be", "been", "being", "has", "have", "had", "will", "would", "can",
    "could", "may", "might", "must", "shall", "should", "do", "does", "did", "cannot", "won't",
    "wouldn't", "didn't", "doesn't", "isn't", "aren't", "wasn't", "weren't", "hasn't", "haven't",
    "hadn't", "can't", "couldn't",
];
/// Finite verbs that do not end in -ed, in the past and third person where briefs use them.
const VERBS: &[&str] = &[
    "began", "begins", "broke", "breaks", "brought", "brings", "built", "builds", "cut", "cuts",
    "came", "comes", "drew", "draws", "fell", "falls", "felt", "feels", "fought", "found", "finds",
    "gave", "gives", "got", "grew", "grows", "held", "holds", "hit", "hits", "kept", "keeps", "knew",
    "laid", "lays", "led", "leads", "left", "leaves", "lost", "loses", "made", "makes", "met",
    "meets", "paid", "pays", "put", "puts", "quit", "quits", "ran", "runs", "said", "says", "saw",
    "sees", "sent", "sends", "set", "sets", "sold", "sells", "sought", "seeks", "spoke", "stood",
    "stands", "struck", "strikes", "swore", "taught", "took", "takes", "told", "tells", "thought",
    "threw", "tore", "understood", "went", "goes", "withdrew", "withdraws", "withheld", "won",
    "wins", "wrote", "bought", "buys", "became", "becomes", "chose", "chooses", "faces", "fears",
    "relies", "depends", "remains", "wants", "uses", "treats", "calls", "imposes", "threatens",
    "refuses", "blocks", "pursues", "responds", "reacts", "retaliates", "turns", "looks", "moves",
    "expects", "hosts", "signs", "joins", "ignores", "demands", "insists", "warns", "argues",
    "regards", "views", "considers", "struggles", "continues", "shows", "shut", "shuts", "bore",
    "froze", "rose", "rises", "arose", "overthrew", "undertook", "forgave", "sank", "spent",
    "spends", "lay", "rode", "shook", "stole", "wore", "let", "lets", "face", "fear", "seek", "are",
];
const DETERMINERS: &[&str] = &[
    "the", "a", "an", "its", "his", "her", "their", "our", "other", "former", "fellow", "many",
    "most", "some", "all", "both", "several", "key", "close", "closest", "traditional", "western",
    "eastern", "smaller", "larger", "small", "large", "major", "longtime", "long", "standing",
    "neighbouring", "neighboring", "such", "even", "democratic", "treaty", "these", "those", "new",
    "ally", "partner", "neighbour", "neighbor", "rival", "fellow", "own", "individual", "every",
    "each", "any", "certain", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "s", "'s", "\"", "loyal", "nominal", "supposed", "non", "most",
];
/// Words that open a clause.
const OPENERS: &[&str] = &[
    "while", "whereas", "but", "although", "though", "because", "after", "before", "when", "which",
    "who", "whom", "that", "if", "unless", "until", "so", "whose", "where", "since", "once", "as",
];
/// Words that may stand between the names of a list.
const JOINERS: &[&str] =
    &[",", "and", "or", "&", "the", "as", "well", "both", "plus", "its", "even", "also", "nor", "then", "above", "all", "especially", "particularly"];
/// Words that follow a name in the name of a document or event: "the Bratislava agreement".
const TITLES: &[&str] = &[
    "agreement", "agreements", "accord", "accords", "declaration", "conference", "protocol",
    "convention", "memorandum", "process", "round", "crisis", "communique", "spring", "principles",
    "formula", "consensus", "charter", "statement",
];
/// Words that announce who a general word stands for.
const ANNOUNCERS: &[&str] =
    &["(", "—", "in", "such", "including", "notably", "especially", "particularly", "like", ":", "from", "namely", "as"];
/// Nouns through which a state acts: "the government of Japan".
const OFFICES: &[&str] = &[
    "government", "governments", "leader", "leaders", "leadership", "people", "king", "president",
    "kingdom", "republic", "minister", "ministers", "administration", "regime", "emir", "rulers",
    "authorities", "parliament", "chancellor", "army", "navy", "forces", "members", "rulers", "courts",
    "officials",
];
/// Singular nouns that make the name before them an owner: "U.S. ally Japan".
const TIES: &[&str] = &["ally", "partner", "neighbour", "neighbor", "client", "satellite", "protege", "member", "dependency", "vassal"];

fn placeholder(m: &Mention, words: &[Token]) -> String {
    let id = |s: &str| s.to_lowercase().replace(['-', ' '], "_");
    match &m.meaning {
        Meaning::State(c) => format!("@s_{}", c.to_lowercase()),
        Meaning::Leader(c) => format!("@l_{}", c.to_lowercase()),
        Meaning::Group(g) => format!("@g_{}", id(g)),
        Meaning::Organisation(g) => format!("@o_{}", id(g)),
        Meaning::Generic => "@x".to_owned(),
        Meaning::Decoy => {
            let words: Vec<&str> = words[m.from..m.to].iter().map(|t| t.fold.as_str()).collect();
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
            if place && !short && words.get(m.to).is_some_and(|w| TITLES.contains(&w.fold.as_str())) {
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
                    capital: words[m.from].capital,
                    mention: Some(m),
                });
                k = end;
                continue;
            }
            let w = &words[k];
            // The months are no verbs.
            let month = k > 0 && w.capital && matches!(w.fold.as_str(), "may" | "march");
            items.push(Item {
                text: if month { "@month".to_owned() } else { w.fold.clone() },
                start: w.start,
                end: w.end,
                mention: None,
                capital: w.capital,
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
        self.offsets.partition_point(|o| *o <= byte).saturating_sub(1)
    }

    /// The plain form of the words `from..to`.
    pub fn slice(&self, from: usize, to: usize) -> &str {
        if from >= to || from >= self.items.len() {
            return "";
        }
        let a = self.offsets[from];
        let b = if to < self.items.len() { self.offsets[to] - 1 } else { self.plain.len() };
        &self.plain[a..b]
    }

    fn text(&self, k: usize) -> &str {
        self.items.get(k).map_or("", |i| i.text.as_str())
    }

    /// Whether the word is a name of a state, group, organisation or a general word.
    pub fn is_name(&self, k: usize) -> bool {
        self.items[k].mention.as_ref().is_some_and(|m| m.meaning != Meaning::Decoy)
    }

    /// Whether the word is an auxiliary or a finite verb, as far as its form tells.
    pub fn is_verb(&self, k: usize) -> bool {
        let t = self.text(k);
        AUXILIARIES.contains(&t) || VERBS.contains(&t) || (t.len() > 4 && t.ends_with("ed") && !t.starts_with('@'))
    }

    fn find_lists(&mut self) {
        let names: Vec<usize> = (0..self.items.len()).filter(|k| self.is_name(*k)).collect();
        let mut n = 0;
        while n < names.len() {
            let mut run = vec![names[n]];
            let mut commas = Vec::new();
            while let Some(&b) = names.get(n + run.len()) {
                let a = run[run.len() - 1];
                let Some(link) = self.joined(a, b) else { break };
                // "… invaded Ukraine, and Washington reaffirmed …" is no list.
                if run.len() == 1 && link == Link::And && self.text(a + 1) == "," && self.finite_after(&[b]) {
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
        while adjective && nouns < 2 && from < b && !JOINERS.contains(&self.text(from))
            && self.text(from).chars().all(char::is_alphabetic) && !self.is_verb(from)
            && !PREPOSITIONS.contains(&self.text(from))
        {
            from += 1;
            nouns += 1;
        }
        if from >= b {
            return None;
        }
        let between: Vec<&str> = (from..b).map(|k| self.text(k)).collect();
        if between.len() > 4 || !between.iter().all(|t| JOINERS.contains(t) || DETERMINERS.contains(t)) {
            return None;
        }
        let and = between.iter().any(|t| matches!(*t, "and" | "or" | "&" | "nor" | "plus"))
            || between.windows(2).any(|w| w == ["as", "well"]);
        match between.first() {
            Some(&",") => Some(if and { Link::And } else { Link::Comma }),
            _ if and => Some(Link::And),
            _ => None,
        }
    }

    fn find_clauses(&mut self) {
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
            let the = t == "the" && k + 1 < self.items.len() && self.list_of[k + 1].is_some_and(|l| self.lists[l][0] == k + 1);
            return the && self.after_break(k) && self.finite_after(&self.lists[self.list_of[k + 1].unwrap_or(0)]);
        };
        list[0] == k && self.after_break(k) && self.finite_after(list)
    }

    /// Whether the word "as" opens a clause: a subject and a finite verb follow.
    fn as_clause(&self, k: usize) -> bool {
        let before = self.text(k - 1);
        let compares = matches!(
            before,
            "such" | "same" | "so" | "known" | "regarded" | "seen" | "described" | "treated" | "role"
                | "status" | "serve" | "serves" | "served" | "well" | "far" | "long" | "soon" | "much"
        );
        let subject = matches!(self.text(k + 1), "the" | "its" | "their" | "his") || (k + 1 < self.items.len() && self.is_name(k + 1));
        !compares && subject && (k + 2..(k + 8).min(self.items.len())).any(|j| self.is_verb(j))
    }

    fn after_break(&self, k: usize) -> bool {
        matches!(self.text(k - 1), "," | "and" | "\"") && self.text(k) != ","
    }

    /// Whether a finite verb follows a list of names.
    fn finite_after(&self, list: &[usize]) -> bool {
        let mut j = list[list.len() - 1] + 1;
        let mut nouns = 0;
        while j < self.items.len() {
            let t = self.text(j);
            if self.is_verb(j) {
                return true;
            }
            let adverb = t.ends_with("ly") || matches!(t, "also" | "then" | "now" | "itself" | "later" | "soon" | "never" | "'s");
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

    fn find_appositions(&mut self) {
        for k in 0..self.items.len() {
            let general = self.items[k].mention.as_ref().is_some_and(|m| {
                matches!(m.meaning, Meaning::Generic | Meaning::Group(_) | Meaning::Organisation(_))
            });
            if !general {
                continue;
            }
            let mut j = k + 1;
            if self.text(j) == "," {
                j += 1;
            }
            if !ANNOUNCERS.contains(&self.text(j)) || (self.text(j) == "from" && self.text(k + 1) == ",") {
                continue;
            }
            if self.text(j) == "in" && self.text(k + 1) == "," {
                continue;
            }
            let open = self.text(j) == "(" || self.text(j) == "—" || self.text(j) == ":";
            while j < self.items.len() && (ANNOUNCERS.contains(&self.text(j)) || DETERMINERS.contains(&self.text(j))) {
                j += 1;
            }
            let from = self.text(j.saturating_sub(1)) == "from";
            let Some(list) = self.list_of.get(j).copied().flatten() else { continue };
            let states = self.lists[list].iter().any(|i| {
                self.items[*i].mention.as_ref().is_some_and(|m| m.meaning != Meaning::Generic)
            });
            let dash = open && self.text(k + 1) != "(" && self.lists[list].len() < 2;
            if states && !dash && !from {
                self.apposition[k] = Some(list);
            }
        }
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
                if OPENERS.contains(&t) && self.clause_start(self.clause[first]) == j && self.verb_follows(first) {
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
            if self.is_name(j) && self.items[j].mention.as_ref().is_some_and(|m| m.adjective) && j + 1 == first {
                continue;
            }
            let plain = t.chars().all(char::is_alphabetic);
            if !plain || AUXILIARIES.contains(&t) || VERBS.contains(&t) || OPENERS.contains(&t) || t == "and" || t == "or" || self.is_name(j) {
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
                let group = m.is_some_and(|m| matches!(m.meaning, Meaning::Generic | Meaning::Group(_) | Meaning::Organisation(_)));
                let tie = (k + 1..j).any(|i| TIES.contains(&self.text(i)));
                return (group || tie).then_some(j);
            }
            let t = self.text(j);
            let passes = t == "'s" || DETERMINERS.contains(&t) || TIES.contains(&t) || t == "nato" || t.ends_with("al") || t.ends_with("est") || t == "led";
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
                // What follows the verb is its object.
                if self.leads(i) {
                    return None;
                }
                continue;
            }
            let Some(list) = self.list_of[i] else { continue };
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
            "leave" | "try" | "want" | "seek" | "look" | "sell" | "buy" | "keep" | "ask" | "wait" | "fear" | "face"
        );
        let verb = VERBS.contains(&t) || AUXILIARIES.contains(&t) || base;
        let before = i.checked_sub(1).map_or("", |j| self.text(j));
        let noun = DETERMINERS.contains(&before) || PREPOSITIONS.contains(&before) || before.is_empty() || before == ",";
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

    /// The plain form of a clause.
    pub fn clause_text(&self, clause: usize) -> String {
        let words: Vec<&str> = (0..self.items.len())
            .filter(|k| self.clause[*k] == clause)
            .map(|k| self.text(k))
            .collect();
        words.join(" ")
    }
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Link {
    Comma,
    And,
}
