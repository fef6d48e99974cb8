//! Whom the acts of a brief concern: its targets, and who is none of them.

use regex::Regex;

use super::acts::{Act, state_of};
use super::form::Role;
use super::gazetteer::Meaning;
use super::reading::{Reading, Said};
use super::sentence::Sentence;
use crate::{EventType, Polarity};

/// Verbs of states that gain from the act: they are no targets.
const GAINS: &str = r"(?:^|\s)(?:exploit\w*|benefit\w*|capitali[sz]\w*|fill\w*|gain\w*|step(?:ped|s)? in|stepping in|woo(?:ed|s|ing)?|took advantage|takes? advantage|offered itself|profit\w*|welcom\w*|celebrat\w*|cheer\w*|followed(?: suit)?|follows? suit|joined in)(?:$|\s)";

impl Reading<'_> {
    /// The states of a name, with the words for `via`; empty for general words.
    pub(super) fn states(
        &self,
        said: &str,
        s: &Sentence,
        k: usize,
        year: i32,
    ) -> Vec<(String, String)> {
        let Some(m) = &s.items[k].mention else {
            return Vec::new();
        };
        let words = said
            .get(s.items[k].start..s.items[k].end)
            .unwrap_or_default();
        let words = words.trim_end_matches("'s").trim_end_matches("’s");
        let group = |id: &str| {
            let known = self.names.vocabulary();
            known
                .expand(id, year, &self.first)
                .unwrap_or_default()
                .into_iter()
                .map(|c| (c, format!("{words} ({id}, members of {year})")))
                .collect()
        };
        match &m.meaning {
            Meaning::State(c) | Meaning::Leader(c) => vec![(c.clone(), words.to_owned())],
            Meaning::Group(g) | Meaning::Organisation(g) => group(g),
            Meaning::Generic => match s.apposition[k] {
                Some(l) => {
                    let list: Vec<(String, String)> = s.lists[l]
                        .iter()
                        .flat_map(|i| self.states(said, s, *i, year))
                        .collect();
                    let ally = words.to_lowercase().contains("all");
                    let within = s.slice(k + 1, s.lists[l][0]).split(' ').any(|t| t == "in");
                    let allies = self.names.vocabulary().allies(&self.first, year);
                    let common: Vec<_> = list
                        .iter()
                        .filter(|(c, _)| allies.contains(c))
                        .cloned()
                        .collect();
                    // "its allies in Asia": those of the region that are allies.
                    if ally && within && !common.is_empty() {
                        common
                    } else {
                        list
                    }
                }
                None => Vec::new(),
            },
            Meaning::Decoy => Vec::new(),
        }
    }

    pub(super) fn collect_rivals(&mut self, said: &[Said], found: &[Vec<Act>]) {
        for (x, acts) in said.iter().zip(found) {
            let s = &x.sentence;
            // Who acts together with the hegemon, or attacks a third state, is no target.
            for a in acts
                .iter()
                .filter(|a| a.kind.is_some_and(|k| k.polarity() == Polarity::Adverse))
            {
                let together = self.by_hegemon(s, a);
                let third = a.kind == Some(EventType::S05)
                    && a.targets
                        .iter()
                        .any(|k| state_of(s, *k).is_some_and(|c| !self.is_hegemon(c)));
                if together || third {
                    let codes = a
                        .actors
                        .iter()
                        .filter_map(|k| state_of(s, *k))
                        .map(str::to_owned);
                    self.rivals.extend(
                        codes
                            .filter(|c| !self.hegemons.contains(c))
                            .collect::<Vec<_>>(),
                    );
                }
            }
            for a in acts.iter().filter(|a| a.kind == Some(EventType::S06)) {
                if !self.by_hegemon(s, a) {
                    continue;
                }
                let codes: Vec<String> = a
                    .rivals
                    .iter()
                    .filter_map(|k| state_of(s, *k).map(str::to_owned))
                    .collect();
                self.rivals.extend(codes);
            }
            for list in &s.lists {
                let k = list[0];
                let near = s.slice(k.saturating_sub(3), k);
                if self.lexicon.words.rivals.is_match(near)
                    && !near.contains(',')
                    && !near.contains('@')
                {
                    let codes = list
                        .iter()
                        .filter_map(|k| state_of(s, *k))
                        .map(str::to_owned);
                    self.rivals.extend(codes);
                }
            }
        }
    }

    /// Whether a hegemon does the act: named, member of the body that does it, or assumed.
    pub(super) fn by_hegemon(&self, s: &Sentence, a: &Act) -> bool {
        if a.actors.is_empty() {
            return true;
        }
        a.actors
            .iter()
            .any(|k| match s.items[*k].mention.as_ref().map(|m| &m.meaning) {
                Some(Meaning::State(c) | Meaning::Leader(c)) => self.is_hegemon(c),
                Some(Meaning::Organisation(g)) => g == "warsaw-pact" && self.member_of(g),
                _ => false,
            })
    }

    pub(super) fn member_of(&self, group: &str) -> bool {
        // Seen from another member, the hegemon is in the list.
        self.names
            .vocabulary()
            .expand(group, self.dates.year, "")
            .is_some_and(|m| m.contains(&self.first))
    }

    fn add_target(&mut self, code: String, via: String, sure: bool) {
        if self.is_hegemon(&code) || (!sure && self.rivals.contains(&code)) {
            return;
        }
        // A state named by itself outranks a group.
        let single = !via.ends_with(')');
        let held = self.targets.get(&code).is_some_and(|v| !v.ends_with(')'));
        if !held && (single || !self.targets.contains_key(&code)) {
            self.targets.insert(code, via);
        }
    }

    pub(super) fn collect_targets(&mut self, title: &Sentence, said: &[Said], found: &[Vec<Act>]) {
        let year = self.dates.year;
        let gains = Regex::new(GAINS).ok();
        for (x, acts) in said.iter().zip(found) {
            if x.role == Role::SoWhat {
                continue;
            }
            let s = &x.sentence;
            for a in acts {
                let adverse = a.kind.is_some_and(|k| k.polarity() != Polarity::Neutral);
                if !adverse || !self.by_hegemon(s, a) {
                    continue;
                }
                let partners = a
                    .actors
                    .iter()
                    .filter(|_| a.kind.is_some_and(|k| k.polarity() == Polarity::Reassuring));
                for k in a.targets.iter().chain(partners) {
                    for (c, via) in self.states(&x.text, s, *k, year) {
                        self.add_target(
                            c,
                            via,
                            a.how.named()
                                && a.matched != EventType::S06
                                && !self.is_adversary_context(s, *k),
                        );
                    }
                }
            }
            // Who "allies" are, where the brief says it.
            for k in 0..s.items.len() {
                let general = s.items[k]
                    .mention
                    .as_ref()
                    .is_some_and(|m| m.meaning == Meaning::Generic);
                if general && s.apposition[k].is_some() && !self.is_adversary_context(s, k) {
                    for (c, via) in self.states(&x.text, s, k, year) {
                        self.add_target(c, via, false);
                    }
                }
                if s.is_name(k)
                    && state_of(s, k).is_some_and(|c| self.is_hegemon(c))
                    && let Some(owned) = s.owns(k)
                    && let Some(list) = s.list_of[owned]
                {
                    for i in s.lists[list].clone() {
                        for (c, via) in self.states(&x.text, s, i, year) {
                            self.add_target(c, via, false);
                        }
                    }
                }
            }
            // States that respond.
            for clause in 0..=s.clause.iter().copied().max().unwrap_or(0) {
                let Some(list) = s.subject(clause, s.items.len()) else {
                    continue;
                };
                let last = *s.lists[list].last().unwrap_or(&0);
                let end = (last + 1..s.items.len())
                    .find(|k| s.clause[*k] != clause)
                    .unwrap_or(s.items.len());
                let rest = s.slice(last + 1, end);
                let gaining = gains.as_ref().is_some_and(|r| r.is_match(rest));
                let placed = matches!(x.role, Role::What | Role::Summary);
                if gaining || !(placed || self.lexicon.words.responses.is_match(rest)) {
                    continue;
                }
                let hegemon = s.lists[list]
                    .iter()
                    .any(|k| state_of(s, *k).is_some_and(|c| self.is_hegemon(c)));
                if hegemon && x.role != Role::What {
                    // "has pushed Nepal and Bangladesh towards Beijing": objects of the hegemon.
                    for k in last + 1..end {
                        let object = s.is_name(k)
                            && s.preposition(k).is_none()
                            && s.owns(k).is_none()
                            && s.items[k].mention.as_ref().is_some_and(|m| {
                                !m.adjective && matches!(m.meaning, Meaning::State(_))
                            });
                        let favoured = acts.iter().any(|a| a.rivals.contains(&k));
                        if object && !favoured && !self.is_adversary_context(s, k) {
                            for (c, via) in self.states(&x.text, s, k, year) {
                                self.add_target(c, via, false);
                            }
                        }
                    }
                }
                let acting = acts.iter().any(|a| {
                    a.actors.iter().any(|k| s.lists[list].contains(k)) && self.by_hegemon(s, a)
                });
                if acting {
                    continue;
                }
                for k in s.lists[list].clone() {
                    // "The Italian and French parties": no act of their states.
                    let party = s.items[k].mention.as_ref().is_some_and(|m| m.adjective)
                        && s.slice(last + 1, last + 3).split(' ').any(|t| {
                            matches!(
                                t,
                                "parties"
                                    | "party"
                                    | "communists"
                                    | "press"
                                    | "newspapers"
                                    | "socialists"
                            )
                        });
                    if party || self.is_adversary_context(s, k) {
                        continue;
                    }
                    for (c, via) in self.states(&x.text, s, k, year) {
                        self.add_target(c, via, false);
                    }
                }
            }
        }
        let head = self.form.title.clone();
        let none = self.targets.is_empty();
        for k in 0..title.items.len() {
            // A region in a title says where, not whom, unless nobody else is named.
            let region = title.items[k]
                .mention
                .as_ref()
                .is_some_and(|m| match &m.meaning {
                    Meaning::Group(g) => self.names.vocabulary().groups().get(g).is_none_or(|g| {
                        !g.regions.is_empty() || !g.subregions.is_empty() || g.id == "asia"
                    }),
                    _ => false,
                });
            // Of an organisation in a title the members are meant when the hegemon is one of many.
            let few = title.items[k]
                .mention
                .as_ref()
                .is_some_and(|m| match &m.meaning {
                    Meaning::Organisation(g) => {
                        let vocabulary = self.names.vocabulary();
                        let all = vocabulary.expand(g, year, "").unwrap_or_default();
                        all.len() < 4 || !all.contains(&self.first)
                    }
                    _ => false,
                });
            if title.is_name(k)
                && (none || !(region || few))
                && !self.is_adversary_context(title, k)
            {
                for (c, via) in self.states(&head, title, k, year) {
                    self.add_target(c, via, false);
                }
            }
        }
        if self.targets.is_empty() {
            self.fall_back(said);
        }
    }

    /// Where a brief names no target: the allies or neighbours of the hegemon, or whoever is named.
    fn fall_back(&mut self, said: &[Said]) {
        let year = self.dates.year;
        let known = self.names.vocabulary();
        let says = |words: &[&str]| {
            said.iter().any(|x| {
                let t = x.text.to_lowercase();
                words.iter().any(|w| t.contains(w))
            })
        };
        let group = if says(&["neighbour", "neighbor"]) {
            "neighbours"
        } else {
            "allies"
        };
        let general = said.iter().any(|x| {
            x.sentence.items.iter().any(|i| {
                i.mention
                    .as_ref()
                    .is_some_and(|m| m.meaning == Meaning::Generic)
            })
        });
        if general {
            for c in known.expand(group, year, &self.first).unwrap_or_default() {
                self.add_target(
                    c,
                    format!("{group} of {} ({group}, in {year})", self.first),
                    false,
                );
            }
        }
        if self.targets.is_empty() {
            for x in said {
                for k in 0..x.sentence.items.len() {
                    if x.sentence.is_name(k) && !self.is_adversary_context(&x.sentence, k) {
                        for (c, via) in self.states(&x.text, &x.sentence, k, year) {
                            self.add_target(c, via, false);
                        }
                    }
                }
            }
        }
    }

    /// Whether a name stands as a rival or adversary.
    fn is_adversary_context(&self, s: &Sentence, k: usize) -> bool {
        let first = s.list_of[k].map_or(k, |l| s.lists[l][0]);
        let near = s.slice(first.saturating_sub(3), first);
        self.lexicon.words.rivals.is_match(near) && !near.contains(',')
    }
}
