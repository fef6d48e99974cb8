//! The names that a brief can use for states, organisations, groups and leaders.

use std::collections::BTreeMap;

use realign_atlas::Atlas;
use serde::Deserialize;

use super::text::{Token, fold, tokens};
use crate::groups::GroupScope;
use crate::{ScenarioError, Vocabulary};

/// What a name stands for.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Meaning {
    /// A state, by ISO3 code.
    State(String),
    /// A leader of a state, by ISO3 code of the state.
    Leader(String),
    /// A group, by id.
    Group(String),
    /// An organisation, by id of its group or name of its bloc.
    Organisation(String),
    /// Whichever states the brief is about ("allies", "nations").
    Generic,
    /// Nothing: a phrase in which a name does not stand for its state.
    Decoy,
}

/// How a name must be written to count.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Letters {
    /// In any letters.
    Any,
    /// With a capital at its last word.
    Capital,
    /// In capitals.
    Upper,
}

#[derive(Clone, Debug)]
struct Name {
    words: Vec<String>,
    meaning: Meaning,
    adjective: bool,
    letters: Letters,
    /// Years in which it means this; empty: always.
    years: Vec<(i32, i32)>,
    note: Option<String>,
    /// How surely the name alone means this, 0 to 1.
    sure: f64,
}

/// A name found in a text: words `from..to`.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Mention {
    /// First word.
    pub from: usize,
    /// Word after the last.
    pub to: usize,
    /// What it stands for.
    pub meaning: Meaning,
    /// Whether it is an adjective or the name of a people.
    pub adjective: bool,
    /// What to say about it (historical names).
    pub note: Option<String>,
    /// How surely it means this, 0 to 1.
    pub sure: f64,
}

/// The names of one state, for a gazetteer made without an atlas.
#[derive(Clone, Debug, Default)]
pub struct StateNames {
    /// ISO3 code.
    pub iso3: String,
    /// Names: common, official, others.
    pub names: Vec<String>,
    /// Adjectives and names of the people.
    pub adjectives: Vec<String>,
    /// Capital, may be empty.
    pub capital: String,
}

/// A leader with years in office, for a gazetteer made without an atlas.
#[derive(Clone, Debug, Default)]
pub struct LeaderNames {
    /// ISO3 code of the state.
    pub iso3: String,
    /// Name as the source writes it.
    pub name: String,
    /// First year.
    pub start: i32,
    /// Last year.
    pub end: i32,
}

/// Every name that a brief can use, with what it stands for.
#[derive(Clone, Debug)]
pub struct Gazetteer {
    by_first: BTreeMap<String, Vec<Name>>,
    vocabulary: Vocabulary,
    /// Words of states that are gone, with their years.
    gone: Vec<(Vec<String>, (i32, i32))>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    decoys: Vec<String>,
    treaties: Vec<String>,
    generic: Vec<String>,
    name: Vec<Extra>,
    past: Vec<Extra>,
    leaders: Rows,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Extra {
    iso3: String,
    names: Vec<String>,
    adjectives: Vec<String>,
    #[serde(default)]
    note: Option<String>,
    #[serde(default)]
    years: Option<(i32, i32)>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Rows {
    rows: Vec<String>,
}

/// Capitals that are also common names of people or places.
#[rustfmt::skip]
const AMBIGUOUS_CAPITALS: &[&str] = &[
    "victoria", "hamilton", "kingston", "georgetown", "george town", "stanley", "san jose", "san
    juan", "nassau", "douglas", "santiago", "san salvador", "san marino", "monaco",
    "luxembourg", "singapore", "djibouti", "kuwait city", "city of san marino", "palmyra",
    "praia", "port", "bern", "freetown", "sucre", "alofi", "apia", "majuro", "avarua", "road
    town", "the valley", "gibraltar",
];
/// Surnames that are words, months or places.
#[rustfmt::skip]
const AMBIGUOUS_SURNAMES: &[&str] = &[
    "may", "major", "grant", "young", "king", "long", "law", "bell", "price", "rice", "day",
    "hull", "peace", "lie", "north", "west", "south", "east", "hope", "wise", "best", "paris",
    "london", "washington", "jordan", "israel", "england", "georgia", "smith", "wang", "palmer",
    "johnson sirleaf", "council", "junta", "general", "prince", "regent", "great", "party",
    "union", "state", "rose", "white", "black", "green", "field", "hill", "wood", "bush sr",
    "court", "march", "august", "santos", "arab", "khan", "al", "haq", "minister", "president",
    "costa", "france", "german", "holland", "harper", "cook", "fisher", "mason", "carter jr",
    "power", "bolivia", "chad", "berlin", "cairo",
];
/// Particles that belong to a surname.
#[rustfmt::skip]
const PARTICLES: &[&str] = &[
    "de", "von", "van", "al", "el", "bin", "da", "d'estaing", "abdel", "der", "la",
];
/// Years before a term in which a leader may already be named, and after it in which still.
const BEFORE_TERM: i32 = 2;
const AFTER_TERM: i32 = 8;

fn plain_words(name: &str) -> Vec<String> {
    tokens(name)
        .into_iter()
        .filter(|t| t.fold.chars().any(char::is_alphanumeric) || t.fold == "'s")
        .map(|t| t.fold)
        .collect()
}

fn family_first(iso3: &str) -> bool {
    matches!(
        iso3,
        "CHN" | "KOR" | "PRK" | "TWN" | "VNM" | "SGP" | "KHM" | "HKG"
    )
}

impl Gazetteer {
    /// From an atlas.
    pub fn from_atlas(atlas: &Atlas) -> Result<Self, ScenarioError> {
        let names: Vec<StateNames> = atlas
            .states()
            .iter()
            .map(|s| StateNames {
                iso3: s.iso3.clone(),
                names: [s.name.clone(), s.official.clone()]
                    .into_iter()
                    .chain(s.aliases.iter().cloned())
                    .collect(),
                adjectives: vec![s.demonym.clone()],
                capital: s.capital.clone(),
            })
            .collect();
        let leaders: Vec<LeaderNames> = atlas
            .leaders()?
            .iter()
            .map(|l| LeaderNames {
                iso3: atlas.states().iso3(l.state).to_owned(),
                name: l.name.clone(),
                start: l.start.0,
                end: l.end.map_or(l.start.0.max(atlas.vintage().0), |y| y.0),
            })
            .collect();
        Self::from_parts(Vocabulary::from_atlas(atlas)?, &names, &leaders)
    }

    /// From plain lists.
    pub fn from_parts(
        vocabulary: Vocabulary,
        states: &[StateNames],
        leaders: &[LeaderNames],
    ) -> Result<Self, ScenarioError> {
        let file: File = toml::from_str(include_str!("../../data/names.toml")).map_err(|e| {
            ScenarioError::Data {
                file: "names.toml",
                message: e.to_string(),
            }
        })?;
        let mut g = Self {
            by_first: BTreeMap::new(),
            vocabulary,
            gone: Vec::new(),
        };
        // Later entries outrank earlier ones of the same words.
        for l in leaders {
            g.leader(&l.name, &l.iso3, vec![(l.start, l.end)], true);
        }
        for s in states {
            if !AMBIGUOUS_CAPITALS.contains(&fold(&s.capital).as_str()) {
                g.state(&s.capital, &s.iso3, false, None);
            }
            for a in &s.adjectives {
                g.state(a, &s.iso3, true, None);
                g.people(a, &s.iso3);
            }
            for n in &s.names {
                // A name that the file gives as an adjective stays one, see below.
                g.state(n, &s.iso3, false, None);
            }
        }
        for (extra, past) in file
            .name
            .iter()
            .map(|e| (e, false))
            .chain(file.past.iter().map(|e| (e, true)))
        {
            let note = if past { extra.note.clone() } else { None };
            if let Some(years) = extra.years {
                for n in extra.names.iter().chain(&extra.adjectives) {
                    g.gone.push((plain_words(n), years));
                }
            }
            for n in &extra.names {
                g.state(n, &extra.iso3, false, note.clone());
            }
            for a in &extra.adjectives {
                g.state(a, &extra.iso3, true, note.clone());
            }
        }
        for row in &file.leaders.rows {
            let parts: Vec<&str> = row.split('|').collect();
            let [name, iso3, years] = parts[..] else {
                let message = format!("leader `{row}` is not Name|ISO3|years");
                return Err(ScenarioError::Data {
                    file: "names.toml",
                    message,
                });
            };
            let mut terms = Vec::new();
            for term in years.split(',') {
                let pair = term
                    .split_once('-')
                    .and_then(|(a, b)| Some((a.parse().ok()?, b.parse().ok()?)));
                terms.push(pair.ok_or_else(|| ScenarioError::Data {
                    file: "names.toml",
                    message: format!("leader `{row}`: `{term}` is no term"),
                })?);
            }
            g.leader(name, iso3, terms, false);
        }
        let blocs: Vec<String> = g
            .vocabulary
            .blocs()
            .into_iter()
            .map(str::to_owned)
            .collect();
        for bloc in blocs {
            let id = bloc.to_lowercase().replace('_', "-");
            let meaning = match g.vocabulary.groups().get(&id) {
                Some(_) => Meaning::Organisation(id),
                None => Meaning::Organisation(bloc.clone()),
            };
            g.add(&bloc.replace('_', " "), meaning, false, Letters::Upper, 1.0);
        }
        let groups: Vec<_> = g.vocabulary.groups().iter().cloned().collect();
        for group in &groups {
            for name in &group.names {
                let people = [
                    "member",
                    "allies",
                    "partner",
                    "states",
                    "countries",
                    "government",
                    "capital",
                    "neighbo",
                    "nations of",
                    "satellite",
                    "bloc",
                    "camp",
                    "democracies",
                    "the six",
                ];
                let body = people.iter().any(|p| name.contains(p));
                let meaning = match group.scope {
                    GroupScope::Allies | GroupScope::Neighbours => Meaning::Generic,
                    _ if group.organisation && !body => Meaning::Organisation(group.id.clone()),
                    _ => Meaning::Group(group.id.clone()),
                };
                let letters = if name.starts_with("the ") {
                    Letters::Capital
                } else {
                    Letters::Any
                };
                g.add(name, meaning, false, letters, 1.0);
            }
        }
        g.add(
            "Brussels",
            Meaning::Organisation("eu".into()),
            false,
            Letters::Capital,
            0.7,
        );
        g.add(
            "Eurocrats",
            Meaning::Organisation("eu".into()),
            false,
            Letters::Capital,
            0.7,
        );
        for word in &file.generic {
            g.add(word, Meaning::Generic, false, Letters::Any, 1.0);
        }
        for name in &file.treaties {
            g.add(name, Meaning::Decoy, false, Letters::Upper, 1.0);
        }
        for phrase in &file.decoys {
            g.add(phrase, Meaning::Decoy, false, Letters::Any, 1.0);
        }
        for names in g.by_first.values_mut() {
            names.sort_by_key(|n| std::cmp::Reverse(n.words.len()));
        }
        Ok(g)
    }

    /// The states, blocs and groups.
    pub fn vocabulary(&self) -> &Vocabulary {
        &self.vocabulary
    }

    fn push(&mut self, name: Name) {
        let Some(first) = name.words.first().cloned() else {
            return;
        };
        let list = self.by_first.entry(first).or_default();
        let years = !name.years.is_empty();
        // A dated name stands beside others; an undated one takes the place of the same words.
        list.retain(|n| n.words != name.words || years || !n.years.is_empty());
        list.push(name);
    }

    fn add(&mut self, name: &str, meaning: Meaning, adjective: bool, letters: Letters, sure: f64) {
        let name = Name {
            words: plain_words(name),
            meaning,
            adjective,
            letters,
            years: Vec::new(),
            note: None,
            sure,
        };
        self.push(name);
    }

    fn state(&mut self, name: &str, iso3: &str, adjective: bool, note: Option<String>) {
        let name = name.trim();
        let bare = name
            .strip_prefix("the ")
            .or_else(|| name.strip_prefix("The ").filter(|r| *r != "Hague"))
            .unwrap_or(name);
        let words = plain_words(bare);
        let letters: Vec<char> = bare.chars().filter(|c| c.is_alphabetic()).collect();
        let upper =
            words.len() == 1 && letters.len() <= 5 && letters.iter().all(|c| c.is_uppercase());
        let two =
            letters.len() <= 2 && !matches!(words.first().map(String::as_str), Some("us" | "uk"));
        // Two letters and names without a capital or in another script are no names in a brief.
        if words.is_empty()
            || two
            || !letters.iter().any(|c| c.is_uppercase())
            || !self.vocabulary.is_state(iso3)
        {
            return;
        }
        let words_bare = ["states", "congo republic", "emirates of"];
        if words_bare.contains(&words.join(" ").as_str()) {
            return;
        }
        self.push(Name {
            words,
            meaning: Meaning::State(iso3.to_owned()),
            adjective,
            letters: if upper || bare.contains("U.") || bare.starts_with("US ") {
                Letters::Upper
            } else {
                Letters::Capital
            },
            years: Vec::new(),
            note,
            sure: 1.0,
        });
    }

    /// The people of a state, from its adjective: "Canadian" gives "Canadians".
    fn people(&mut self, adjective: &str, iso3: &str) {
        if ["an", "n", "i", "r", "k", "c"]
            .iter()
            .any(|e| adjective.ends_with(e))
            && !adjective.is_empty()
        {
            self.state(&format!("{adjective}s"), iso3, true, None);
        }
    }

    fn leader(&mut self, name: &str, iso3: &str, years: Vec<(i32, i32)>, weak: bool) {
        let words = plain_words(name);
        if words.is_empty() || !self.vocabulary.is_state(iso3) {
            return;
        }
        let make = |words: Vec<String>, years: Vec<(i32, i32)>, sure: f64, letters: Letters| Name {
            words,
            meaning: Meaning::Leader(iso3.to_owned()),
            adjective: false,
            letters,
            years,
            note: None,
            sure,
        };
        let upper = words.len() == 1 && name.chars().all(char::is_uppercase);
        if words.len() > 1 || upper || !weak {
            let letters = if upper {
                Letters::Upper
            } else {
                Letters::Capital
            };
            let years = if words.len() > 1 {
                Vec::new()
            } else {
                years.clone()
            };
            let sure = if weak { 0.8 } else { 1.0 };
            self.push(make(words.clone(), years, sure, letters));
        }
        let surname: Vec<String> = if family_first(iso3) && words.len() > 1 {
            vec![words[0].clone()]
        } else if words.len() > 1 && matches!(words[0].as_str(), "king" | "sheikh" | "lula") {
            vec![words[usize::from(words[0] != "lula")].clone()]
        } else {
            let mut from = words.len() - 1;
            while from > 1 && PARTICLES.contains(&words[from - 1].as_str()) {
                from -= 1;
            }
            words[from..].to_vec()
        };
        let short = surname.join(" ");
        if AMBIGUOUS_SURNAMES.contains(&short.as_str()) || (weak && short.chars().count() < 5) {
            return;
        }
        let sure = if weak { 0.6 } else { 0.9 };
        self.push(make(surname, years, sure, Letters::Capital));
    }

    /// The year to which the leaders and bygone states that a text names point best, not after
    /// `latest`; of equally good years the latest. `None` when it names none.
    pub(crate) fn years_of(&self, text: &str, latest: i32) -> Option<i32> {
        let words = tokens(text);
        let mut spans: Vec<(i32, i32)> = Vec::new();
        for k in 0..words.len() {
            let at = |w: &[String]| {
                words.len() >= k + w.len() && w.iter().zip(&words[k..]).all(|(a, b)| *a == b.fold)
            };
            spans.extend(self.gone.iter().filter(|(w, _)| at(w)).map(|(_, y)| *y));
            for n in self.by_first.get(&words[k].fold).into_iter().flatten() {
                let capital = words.get(k + n.words.len() - 1).is_some_and(|w| w.capital);
                if n.sure >= 0.9 && capital && at(&n.words) {
                    spans.extend(n.years.iter().copied());
                }
            }
        }
        let first = spans.iter().map(|s| s.0).min()?;
        let count = |y: i32| spans.iter().filter(|(a, b)| (*a..=*b).contains(&y)).count();
        (first..=latest).max_by_key(|y| (count(*y), *y))
    }

    /// The names in a text, longest first, in a brief about the years around `era`.
    pub(crate) fn mentions(&self, words: &[Token], era: i32) -> Vec<Mention> {
        let mut out = Vec::new();
        let mut k = 0;
        while k < words.len() {
            let found = self.by_first.get(&words[k].fold).and_then(|names| {
                // Among equally long names the later entry and the nearer term win.
                let fits: Vec<&Name> = names.iter().filter(|n| fits(n, &words[k..], era)).collect();
                let longest = fits.iter().map(|n| n.words.len()).max()?;
                fits.into_iter()
                    .filter(|n| n.words.len() == longest)
                    .min_by(|a, b| rank(a, era).total_cmp(&rank(b, era)))
            });
            if let Some(n) = found {
                out.push(Mention {
                    from: k,
                    to: k + n.words.len(),
                    meaning: n.meaning.clone(),
                    adjective: n.adjective,
                    note: n.note.clone(),
                    sure: n.sure,
                });
                k += n.words.len();
            } else {
                k += 1;
            }
        }
        out
    }
}

/// Lower is better: sure names before unsure ones, nearer terms before farther ones.
fn rank(n: &Name, era: i32) -> f64 {
    let far = n
        .years
        .iter()
        .map(|(a, b)| (a - era).max(era - b).max(0))
        .min()
        .unwrap_or(0);
    (1.0 - n.sure) * 100.0 + f64::from(far)
}

fn fits(n: &Name, words: &[Token], era: i32) -> bool {
    if words.len() < n.words.len() || !n.words.iter().zip(words).all(|(a, b)| *a == b.fold) {
        return false;
    }
    let last = &words[n.words.len() - 1];
    let letters = match n.letters {
        Letters::Any => true,
        Letters::Capital => last.capital,
        Letters::Upper => words[0].upper,
    };
    letters
        && (n.years.is_empty()
            || n.years
                .iter()
                .any(|(a, b)| a - BEFORE_TERM <= era && era <= b + AFTER_TERM))
}
