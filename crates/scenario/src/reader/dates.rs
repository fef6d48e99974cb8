//! Years and sizes in a brief.

use regex::Regex;

use super::acts::Act;
use super::form::Form;
use super::gazetteer::Gazetteer;
use super::sentence::Sentence;
use crate::EventType;

/// Weights of the places of a year: head, title, source, text (assumptions: an ordering).
const HEAD: usize = 12;
const TITLE: usize = 8;
const SOURCE: usize = 6;
/// Words around an act within which a percentage is its size.
const NEAR: usize = 7;
/// Years before and after the year of the brief in which an act may lie.
const FAR_BACK: i32 = 15;
const AHEAD: i32 = 5;

/// The years of a brief.
#[derive(Debug)]
pub(super) struct Dates {
    /// Year that it is about.
    pub year: i32,
    /// Last year of the time that it names.
    pub horizon: Option<i32>,
}

impl Dates {
    /// From the form and text of a brief.
    pub fn of(form: &Form, text: &str, default: i32, names: &Gazetteer) -> Self {
        let pattern = Regex::new(r"(?:^|[^\d.,/–-])(1[6-9]\d\d|20\d\d)(?:$|[^\d%,]|,[^\d])").ok();
        let path = Regex::new(r"/(1[6-9]\d\d|20\d\d)(?:/|-|$)").ok();
        let all = |s: &str| years(pattern.as_ref(), s);
        let mut votes: Vec<(i32, usize)> = Vec::new();
        let mut horizon = None;
        for (k, v) in &form.head {
            let ys = all(v);
            match k.as_str() {
                "horizon" | "end" | "period" | "time frame" | "timeframe" => {
                    horizon = ys.iter().max().copied();
                    if k != "horizon" && k != "end" {
                        votes.extend(ys.iter().min().map(|y| (*y, HEAD)));
                    }
                }
                _ => votes.extend(ys.iter().map(|y| (*y, HEAD))),
            }
        }
        votes.extend(all(&form.title).into_iter().map(|y| (y, TITLE)));
        let address: Vec<i32> = path
            .iter()
            .flat_map(|r| {
                r.captures_iter(&form.source)
                    .filter_map(|c| c[1].parse().ok())
                    .collect::<Vec<i32>>()
            })
            .collect();
        votes.extend(address.iter().map(|y| (*y, SOURCE)));
        if address.is_empty() {
            votes.extend(all(&form.source).into_iter().map(|y| (y, SOURCE)));
        }
        let body: String = form
            .passages
            .iter()
            .map(|p| p.body.text.as_str())
            .collect::<Vec<_>>()
            .join("\n");
        // Deadlines and origins date other things: "by 1971", "since 1949", "the treaty of 1957".
        let other = Regex::new(r"(?i)\b(?:by|until|till|before|since|(?:agreement|treaty|pact|accord|memorandum|deal|award|ruling|contract|resolution) of)\s+(?:the\s+|end\s+of\s+|early\s+|late\s+|mid-?\s*|spring\s+|january\s+|march\s+|october\s+)*(?:1[6-9]|20)\d\d\b").ok();
        let dated = other.map_or_else(|| body.clone(), |r| r.replace_all(&body, " ").into_owned());
        votes.extend(all(&dated).into_iter().map(|y| (y, 1)));
        if votes.is_empty() {
            votes.extend(all(&body).into_iter().map(|y| (y, 1)));
        }
        if votes.is_empty() {
            // No date at all: the years of the leaders and states that it names.
            votes.extend(names.years_of(text, default).map(|y| (y, 1)));
        }
        let total = |y: i32| {
            votes
                .iter()
                .filter(|v| v.0 == y)
                .map(|v| v.1)
                .sum::<usize>()
        };
        // Of equally weighty years the later one: briefs look back.
        let year = votes
            .iter()
            .map(|v| v.0)
            .max_by_key(|y| (total(*y), *y))
            .unwrap_or(default);
        Self { year, horizon }
    }

    /// The year that the sentence gives for an act: of its clause before others, and not one that
    /// dates something else ("the treaty of 1957", "by the end of 1971") or lies far back.
    pub fn of_act(&self, s: &Sentence, a: &Act) -> Option<i32> {
        let dated = |k: usize| {
            let year: i32 = s.items[k].text.parse().ok()?;
            let other = (k.saturating_sub(4)..k).rev().find_map(|j| {
                let t = s.items[j].text.as_str();
                match t {
                    "of" | "by" | "until" | "since" | "before" | "till" => Some(true),
                    "in" | "on" | "during" | "," | "—" | "(" => Some(false),
                    _ => None,
                }
            });
            let near = (self.year - FAR_BACK..=self.year + AHEAD).contains(&year);
            (s.items[k].text.len() == 4 && near && other != Some(true)).then_some(year)
        };
        let all: Vec<(usize, i32)> = (0..s.items.len())
            .filter_map(|k| Some((k, dated(k)?)))
            .collect();
        let own = all.iter().find(|(k, _)| s.clause[*k] == s.clause[a.from]);
        own.or(all.first()).map(|(_, y)| *y)
    }
}

fn years(pattern: Option<&Regex>, text: &str) -> Vec<i32> {
    let Some(r) = pattern else { return Vec::new() };
    let mut out = Vec::new();
    let mut from = 0;
    while let Some(m) = r.captures_at(text, from).and_then(|c| c.get(1)) {
        out.extend(m.as_str().parse::<i32>());
        from = m.end();
    }
    out
}

/// The size of a tariff or another act measured in percent that stands near it, as a fraction.
pub(super) fn percent_near(s: &Sentence, a: &Act, kind: EventType) -> Option<f64> {
    if !matches!(kind, EventType::S01 | EventType::S02) {
        return None;
    }
    let from = a.from.saturating_sub(NEAR);
    let to = (a.to + NEAR).min(s.items.len());
    let clause = s.clause[a.from];
    for k in from..to {
        let unit = s.items.get(k + 1).map_or("", |i| i.text.as_str());
        let two = s.items.get(k + 2).map_or("", |i| i.text.as_str());
        let percent = matches!(unit, "%" | "percent" | "pct") || (unit == "per" && two == "cent");
        if percent
            && s.clause[k] == clause
            && let Ok(x) = s.items[k].text.parse::<f64>()
            && kind.magnitude().admits(x / 100.0)
        {
            return Some(x / 100.0);
        }
    }
    None
}
