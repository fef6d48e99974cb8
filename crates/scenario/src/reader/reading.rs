//! From the form of a brief to a draft: sentences, the hegemon, the targets, the acts.

use std::collections::{BTreeMap, BTreeSet};

use super::acts::{self, Act, Context, How, Status, state_of};
use super::draft::{Draft, DraftEvent, DraftTarget, Section, Unplaced};
use super::form::{self, Form, Role};
use super::gazetteer::{Gazetteer, Meaning};
use super::hegemon;
use super::lexicon::Lexicon;
use super::sentence::Sentence;
use super::text::sentences;
use crate::position::position_of;
use crate::{EventType, Polarity, Problem, ProblemKind, ScenarioError};

/// Factor on the confidence of what stands in plain prose (assumption).
const PROSE_FACTOR: f64 = 0.8;
/// Factors by the part of the brief (assumptions: an ordering).
const SO_WHAT_FACTOR: f64 = 0.7;
const SUMMARY_FACTOR: f64 = 0.95;
/// Factor where the targets are those of the brief, not of the sentence (assumption).
const BRIEF_TARGETS_FACTOR: f64 = 0.95;
/// Factor for acts of states other than the hegemon (assumption).
const OTHER_ACTOR_FACTOR: f64 = 0.85;

/// A sentence with its place.
pub(super) struct Said {
    pub role: Role,
    pub domain: Option<usize>,
    pub text: String,
    /// First byte of each byte of the sentence in the file.
    pub origin: Vec<usize>,
    pub line: usize,
    pub sentence: Sentence,
    /// The state that is subject of the sentence before, for pronouns.
    pub previous: Option<String>,
}

impl Said {
    fn byte(&self, at: usize) -> usize {
        self.origin
            .get(at)
            .or(self.origin.last())
            .copied()
            .unwrap_or(0)
    }
}

/// Reads a brief. `file` is its name for messages, `default_year` stands where neither the brief
/// nor its source has a date.
pub fn read_brief(
    file: &str,
    bytes: &[u8],
    names: &Gazetteer,
    default_year: i32,
) -> Result<Draft, ScenarioError> {
    let refuse = |p: Problem| ScenarioError::Brief {
        file: file.to_owned(),
        problems: vec![p],
    };
    let text = super::check::text(bytes).map_err(|p| refuse(*p))?;
    let shift = bytes.len() - text.len();
    let lexicon = Lexicon::embedded()?;
    let form = form::read(text)?;
    super::check::dates(text, &form).map_err(|p| refuse(*p))?;
    let dates = super::dates::Dates::of(&form, text, default_year, names);
    let said = say(text, &form, names, dates.year);
    if said.is_empty() {
        return Err(refuse(super::check::no_sentences(text)));
    }
    let title = Sentence::new(&form.title, names, dates.year);
    let scores = hegemon::scores(&title, &said, lexicon);
    let hegemons = hegemon::choose(&scores);
    let Some(first) = hegemons.first().cloned() else {
        let at = form.title_at;
        return Err(refuse(Problem::at(
            text,
            at..at + form.title.len().min(text.len() - at),
            ProblemKind::NoActor,
            "no state that acts was found",
            "name the state whose conduct the brief is about, e.g. \"U.S. tariffs\" or \"Moscow withdrew …\"",
        )));
    };
    let mut reading = Reading {
        form: &form,
        names,
        lexicon,
        dates: &dates,
        hegemons,
        first,
        targets: BTreeMap::new(),
        rivals: BTreeSet::new(),
        notes: BTreeSet::new(),
    };
    let context = Context {
        hegemons: &reading.hegemons.clone(),
    };
    let found: Vec<Vec<Act>> = said
        .iter()
        .map(|x| acts::find(&x.sentence, lexicon, &context))
        .collect();
    reading.collect_rivals(&said, &found);
    reading.collect_targets(&title, &said, &found);
    let mut draft = reading.draft(&said, &found);
    for e in &mut draft.events {
        e.span = e.span.start + shift..e.span.end + shift;
    }
    for u in &mut draft.unplaced {
        u.byte += shift;
    }
    Ok(draft)
}

/// The sentences of the passages.
fn say(text: &str, form: &Form, names: &Gazetteer, era: i32) -> Vec<Said> {
    let mut out = Vec::new();
    for p in &form.passages {
        let mut previous: Option<String> = None;
        for (a, b) in sentences(&p.body.text) {
            let words = &p.body.text[a..b];
            if !words.chars().any(char::is_alphabetic) {
                continue;
            }
            let origin: Vec<usize> = (a..b).map(|k| p.body.origin(k)).collect();
            let sentence = Sentence::new(words, names, era);
            let before = previous.clone();
            let subject = (0..=sentence.clause.iter().copied().max().unwrap_or(0))
                .find_map(|c| sentence.subject(c, sentence.items.len()));
            match subject {
                Some(l) => previous = state_of(&sentence, sentence.lists[l][0]).map(str::to_owned),
                // A pronoun goes on with the subject before.
                None if words.starts_with("It ")
                    || words.starts_with("He ")
                    || words.starts_with("She ") => {}
                None => previous = None,
            }
            out.push(Said {
                previous: before,
                role: p.role,
                domain: p.domain,
                text: words.to_owned(),
                line: position_of(text, origin[0]).line,
                origin,
                sentence,
            });
        }
    }
    out
}

/// A brief while it is read.
pub(super) struct Reading<'a> {
    pub form: &'a Form,
    pub names: &'a Gazetteer,
    pub lexicon: &'a Lexicon,
    pub dates: &'a super::dates::Dates,
    pub hegemons: Vec<String>,
    pub first: String,
    /// Target states with the words that stand for them.
    pub targets: BTreeMap<String, String>,
    pub rivals: BTreeSet<String>,
    pub notes: BTreeSet<String>,
}

impl Reading<'_> {
    pub(super) fn is_hegemon(&self, code: &str) -> bool {
        self.hegemons.iter().any(|h| h == code)
    }

    fn draft(mut self, said: &[Said], found: &[Vec<Act>]) -> Draft {
        let mut events: Vec<DraftEvent> = Vec::new();
        let mut unplaced: Vec<Unplaced> = Vec::new();
        let mut questions = self.form.questions.clone();
        let asked = !questions.is_empty();
        for (x, acts) in said.iter().zip(found) {
            self.keep_notes(x);
            if x.text
                .trim_end_matches(['"', '”', '\'', '’', ')'])
                .ends_with('?')
            {
                if asked {
                    unplaced.push(whole(
                        x,
                        "a question outside the list of questions".to_owned(),
                    ));
                } else {
                    questions.push(x.text.clone());
                }
                continue;
            }
            let mut placed: Vec<(usize, usize)> = Vec::new();
            let mut whys: Vec<String> = Vec::new();
            let before = events.len();
            for a in acts {
                match self.event(x, a) {
                    Ok(list) => {
                        placed.push((a.from, a.to));
                        for e in list {
                            let same = events[before..].iter_mut().find(|o| {
                                o.kind == e.kind
                                    && o.actor == e.actor
                                    && (o.targets == e.targets || !self.explicit(x, a))
                            });
                            match same {
                                Some(o) if o.confidence < e.confidence => *o = e,
                                Some(_) => {}
                                None => events.push(e),
                            }
                        }
                    }
                    Err(why) => {
                        if !whys.contains(&why) {
                            whys.push(why);
                        }
                    }
                }
            }
            if placed.is_empty() {
                let why = if whys.is_empty() {
                    self.why_not(x)
                } else {
                    whys.join("; ")
                };
                unplaced.push(whole(x, why));
            } else {
                self.rest(x, acts, &placed, &whys, &mut unplaced);
            }
        }
        let sections = self
            .form
            .domains
            .iter()
            .map(|d| Section {
                name: d.name.clone(),
                what: d.what.clone(),
                why: d.why.clone(),
                so_what: d.so_what.clone(),
            })
            .collect();
        Draft {
            title: self.form.title.clone(),
            hegemons: self.hegemons.clone(),
            targets: self
                .targets
                .iter()
                .map(|(iso3, via)| DraftTarget {
                    iso3: iso3.clone(),
                    via: via.clone(),
                })
                .collect(),
            events,
            domains: self.form.domains.iter().map(|d| d.name.clone()).collect(),
            questions,
            unplaced,
            source: self.form.source.clone(),
            summary: self.form.summary.clone(),
            form: if self.form.labelled { "brief" } else { "prose" },
            year: self.dates.year,
            horizon: self.dates.horizon,
            sections,
            notes: self.notes.into_iter().collect(),
        }
    }

    fn keep_notes(&mut self, x: &Said) {
        for i in &x.sentence.items {
            if let Some(note) = i.mention.as_ref().and_then(|m| m.note.clone()) {
                self.notes.insert(note);
            }
        }
    }

    fn explicit(&self, x: &Said, a: &Act) -> bool {
        a.targets.iter().any(|k| {
            !self
                .states(&x.text, &x.sentence, *k, self.dates.year)
                .is_empty()
        })
    }

    /// The events of an act, one per acting state; otherwise why there is none.
    fn event(&self, x: &Said, a: &Act) -> Result<Vec<DraftEvent>, String> {
        let s = &x.sentence;
        let label = |t: EventType| format!("{} {}", t.code(), t.name());
        let Some(kind) = a.kind else {
            return Err(match a.status {
                Status::Negated => format!("says that it did not happen ({})", label(a.matched)),
                Status::Suffered => format!(
                    "done to the hegemon, the text does not say by whom ({})",
                    label(a.matched)
                ),
                Status::Reversed => format!(
                    "says that it ended or was taken back ({})",
                    label(a.matched)
                ),
                _ => format!("only a threat or possibility ({})", label(a.matched)),
            });
        };
        if a.status == Status::Possible && x.role == Role::SoWhat {
            return Err(format!("only a possibility ({})", label(a.matched)));
        }
        // Who acts.
        let mut actors: Vec<String> = Vec::new();
        let mut body = None;
        for k in &a.actors {
            match s.items[*k].mention.as_ref().map(|m| (&m.meaning, m.sure)) {
                Some((Meaning::State(c) | Meaning::Leader(c), _)) => {
                    if !actors.contains(c) {
                        actors.push(c.clone());
                    }
                }
                Some((Meaning::Organisation(g), _)) if g == "warsaw-pact" && self.member_of(g) => {
                    actors.push(self.first.clone());
                }
                // "Both governments reaffirmed": the hegemon is one of them.
                Some((Meaning::Generic, _))
                    if kind.polarity() == Polarity::Reassuring
                        && s.slice(k.saturating_sub(2), *k)
                            .split(' ')
                            .any(|t| matches!(t, "both" | "two")) =>
                {
                    actors.push(self.first.clone());
                }
                _ => {
                    body = Some(
                        x.text
                            .get(s.items[*k].start..s.items[*k].end)
                            .unwrap_or_default()
                            .to_owned(),
                    );
                }
            }
        }
        if let Some(body) = body
            && actors.is_empty()
        {
            return Err(format!(
                "a response or act of “{body}”, not of one state: the model computes responses"
            ));
        }
        let stands = matches!(a.how, How::Pronoun | How::Office);
        let assumed = actors.is_empty();
        if assumed && stands {
            let code = x.previous.clone().filter(|_| a.how == How::Pronoun);
            actors.push(code.unwrap_or_else(|| self.first.clone()));
        } else if assumed {
            if a.how == How::Unsaid {
                return Err(format!("the text does not say by whom ({})", label(kind)));
            }
            if a.needs_actor || (x.role == Role::SoWhat && a.status != Status::Done) {
                return Err(format!("no actor for it ({})", label(kind)));
            }
            if x.role == Role::SoWhat {
                return Err("an expected consequence: the model computes it".to_owned());
            }
            actors.push(self.first.clone());
        }
        let year = self.dates.of_act(s, a);
        let mut out = Vec::new();
        let mut refused = None;
        for actor in actors {
            let own = self.is_hegemon(&actor);
            let hard = matches!(
                kind,
                EventType::S01
                    | EventType::S02
                    | EventType::S03
                    | EventType::S04
                    | EventType::S05
                    | EventType::S08
                    | EventType::S09
                    | EventType::S11
                    | EventType::S12
                    | EventType::S13
            );
            if !own && (!hard || a.status == Status::Possible) {
                refused = Some(format!(
                    "{actor} is not the hegemon: a response, which the model computes ({})",
                    label(kind)
                ));
                continue;
            }
            let (targets, explicit, agreement) =
                self.targets_of(x, a, &actor, own, year.unwrap_or(self.dates.year));
            if targets.is_empty() {
                refused = Some(format!("no target for it ({})", label(kind)));
                continue;
            }
            let sure = a
                .actors
                .iter()
                .filter(|k| state_of(s, **k) == Some(actor.as_str()))
                .filter_map(|k| s.items[*k].mention.as_ref().map(|m| m.sure))
                .fold(1.0, f64::min);
            let mut c = a.confidence * a.how.factor() * sure;
            c *= if self.form.labelled {
                1.0
            } else {
                PROSE_FACTOR
            };
            c *= match x.role {
                Role::SoWhat => SO_WHAT_FACTOR,
                Role::Summary => SUMMARY_FACTOR,
                _ => 1.0,
            };
            c *= if explicit { 1.0 } else { BRIEF_TARGETS_FACTOR };
            c *= if own { 1.0 } else { OTHER_ACTOR_FACTOR };
            let (from, to) = (s.items[a.from].start, s.items[a.to - 1].end);
            out.push(DraftEvent {
                kind,
                actor,
                targets,
                polarity: kind.polarity(),
                confidence: (c * 100.0).round() / 100.0,
                line: x.line,
                sentence: x.text.clone(),
                words: x.text.get(from..to).unwrap_or_default().to_owned(),
                span: x.byte(from)..x.byte(to - 1) + 1,
                year,
                magnitude: super::dates::percent_near(s, a, kind),
                agreement,
                domain: x.domain.map(|d| self.form.domains[d].name.clone()),
            });
        }
        match refused {
            Some(why) if out.is_empty() => Err(why),
            _ => Ok(out),
        }
    }

    /// Targets of an act, whether the sentence names them, and the organisation it concerns.
    fn targets_of(
        &self,
        x: &Said,
        a: &Act,
        actor: &str,
        own: bool,
        year: i32,
    ) -> (Vec<String>, bool, Option<String>) {
        let s = &x.sentence;
        let mut set: BTreeSet<String> = BTreeSet::new();
        let mut agreement = None;
        for k in &a.targets {
            if let Some(Meaning::Organisation(g)) = s.items[*k].mention.as_ref().map(|m| &m.meaning)
            {
                agreement.get_or_insert_with(|| g.to_uppercase().replace('-', "_"));
            }
            set.extend(
                self.states(&x.text, s, *k, year)
                    .into_iter()
                    .map(|(c, _)| c),
            );
        }
        if a.kind.is_some_and(|k| k.polarity() == Polarity::Reassuring) {
            // "Ankara and Baku signed": a reassuring act of two is done to each by the other.
            set.extend(
                a.actors
                    .iter()
                    .filter_map(|k| state_of(s, *k))
                    .map(str::to_owned),
            );
        }
        set.remove(actor);
        let explicit = !set.is_empty();
        let beside = a
            .actors
            .iter()
            .any(|k| state_of(s, *k).is_some_and(|c| self.is_hegemon(c)));
        if !explicit && (own || beside) {
            set.extend(self.targets.keys().cloned());
        } else if !explicit {
            set.insert(self.first.clone());
        }
        set.remove(actor);
        (set.into_iter().collect(), explicit, agreement)
    }

    /// Why a sentence without an act has no place.
    fn why_not(&self, x: &Said) -> String {
        let s = &x.sentence;
        let subject = (0..=s.clause.iter().copied().max().unwrap_or(0))
            .find_map(|c| s.subject(c, s.items.len()));
        let others = subject.is_some_and(|l| {
            !s.lists[l]
                .iter()
                .any(|k| state_of(s, *k).is_some_and(|c| self.is_hegemon(c)))
        });
        if x.role == Role::SoWhat {
            "an expected consequence: the model computes it".to_owned()
        } else if others && self.lexicon.words.responses.is_match(&s.plain) {
            "a response of other states: the model computes it".to_owned()
        } else {
            "no act of the lexicon in it".to_owned()
        }
    }

    /// Parts of a sentence with acts that hold no act themselves.
    fn rest(
        &self,
        x: &Said,
        acts: &[Act],
        placed: &[(usize, usize)],
        whys: &[String],
        unplaced: &mut Vec<Unplaced>,
    ) {
        for (a, why) in acts
            .iter()
            .filter_map(|a| self.event(x, a).err().map(|w| (a, w)))
        {
            if !whys.contains(&why) || placed.iter().any(|p| p.0 <= a.from && a.to <= p.1) {
                continue;
            }
            let (from, to) = (
                x.sentence.items[a.from].start,
                x.sentence.items[a.to - 1].end,
            );
            unplaced.push(Unplaced {
                line: x.line,
                text: x.text.get(from..to).unwrap_or_default().to_owned(),
                why,
                byte: x.byte(from),
            });
        }
        let s = &x.sentence;
        let mut from = 0;
        for k in 0..=s.items.len() {
            let end =
                k == s.items.len() || matches!(s.items[k].text.as_str(), "," | ";" | "—" | ":");
            if !end {
                continue;
            }
            let held = acts.iter().any(|a| a.from < k && from < a.to);
            let words: Vec<usize> = (from..k)
                .filter(|i| s.items[*i].text.chars().any(char::is_alphanumeric))
                .collect();
            let plain = words
                .iter()
                .filter(|i| s.items[**i].mention.is_none())
                .count();
            let party = acts
                .iter()
                .flat_map(|a| a.actors.iter().chain(&a.targets))
                .any(|i| from <= *i && *i < k);
            if !held && !party && plain >= 4 {
                let (a, b) = (s.items[words[0]].start, s.items[words[words.len() - 1]].end);
                let text = x.text.get(a..b).unwrap_or_default().to_owned();
                let others = self.lexicon.words.responses.is_match(s.slice(from, k));
                let why = if others {
                    "part of a sentence: a response or consequence, which the model computes"
                } else {
                    "part of a sentence: no act of the lexicon in it"
                };
                unplaced.push(Unplaced {
                    line: x.line,
                    text,
                    why: why.to_owned(),
                    byte: x.byte(a),
                });
            }
            from = k + 1;
        }
    }
}

fn whole(x: &Said, why: String) -> Unplaced {
    Unplaced {
        line: x.line,
        text: x.text.clone(),
        why,
        byte: x.byte(0),
    }
}
