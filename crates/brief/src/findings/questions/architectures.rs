//! Which arrangements could emerge, and how they would meet the existing ones.

use std::collections::BTreeMap;

use realign_atlas::StateId;
use realign_ensemble::EnsembleError;
use realign_ensemble::run::map_ends;
use realign_model::model::Model;
use realign_model::security::{Architecture, architectures};
use realign_model::setting::TrustView;

use crate::BriefError;
use crate::document::{Aside, Block};
use crate::evidence::{Basis, EvidenceRow, RowId, Spread, Unit};
use crate::figure::{Cell, Column, Table, TableRow};
use crate::findings::facts::Facts;
use crate::findings::{Material, say};
use crate::sentence::{Sentence, Sign};

/// Rows of the table.
const ROWS: usize = 10;
/// A probability whose whole interval is below this is not printed as a number.
const ALMOST_NONE: f64 = 0.005;
/// Members, overlaps and conflicts named in a cell.
const NAMED: usize = 5;

/// Searches for arrangements from the ties at the start, with the trust that the acts leave at the
/// end of each of `draws` draws.
pub fn arrangements(
    model: &Model,
    seed: u64,
    draws: usize,
) -> Result<Vec<Vec<Architecture>>, EnsembleError> {
    map_ends(model, seed, draws, |ends| {
        let c = &ends.start.coefficients;
        let view = TrustView {
            now: &ends.shock.trust,
            start: &ends.start.world.trust,
            coefficients: &c.trust,
        };
        architectures(
            &model.fixed().security,
            &c.security,
            &ends.start.world.security,
            &view,
            ends.start.world.year,
        )
    })
}

/// One arrangement over the draws in which it was found.
struct Candidate<'a> {
    first: &'a Architecture,
    found: Vec<&'a Architecture>,
}

impl Candidate<'_> {
    fn spread(&self, value: impl Fn(&Architecture) -> f64) -> Option<Spread> {
        Spread::of(&self.found.iter().map(|a| value(a)).collect::<Vec<_>>())
    }

    fn gain(&self) -> f64 {
        self.spread(|a| a.vulnerable_without_hegemon - a.vulnerable_with_without_hegemon)
            .map_or(0.0, |s| s.q50)
    }

    fn last_probability(&self) -> Option<Spread> {
        self.spread(|a| a.probability.last().map_or(f64::NAN, |p| p.1))
    }

    fn out_of_reach(&self) -> bool {
        2 * self.found.iter().filter(|a| a.out_of_reach).count() > self.found.len()
    }
}

fn candidates<'a>(material: &'a Material<'_>) -> Vec<Candidate<'a>> {
    let mut by_name: BTreeMap<&str, Vec<&Architecture>> = BTreeMap::new();
    for a in material.arrangements.iter().flatten() {
        by_name.entry(&a.name).or_default().push(a);
    }
    let draws = material.arrangements.len();
    let mut all: Vec<Candidate<'_>> = by_name
        .into_values()
        // An arrangement that most draws do not find is not shown.
        .filter(|found| 2 * found.len() > draws)
        .map(|found| Candidate {
            first: found[0],
            found,
        })
        .collect();
    all.sort_by(|a, b| {
        (a.first.rifts.len().min(1).cmp(&b.first.rifts.len().min(1)))
            .then_with(|| b.gain().total_cmp(&a.gain()))
            .then_with(|| a.first.name.cmp(&b.first.name))
    });
    all
}

pub(super) fn answer(
    material: &Material<'_>,
    facts: &mut Facts<'_>,
) -> Result<(Sentence, Vec<Block>), BriefError> {
    let all = candidates(material);
    let h = material.h();
    let sound = |c: &&Candidate<'_>| c.gain() > 0.0 && c.first.rifts.is_empty();
    let reachable: Vec<&Candidate<'_>> = all
        .iter()
        .filter(sound)
        .filter(|c| !c.out_of_reach())
        .collect();
    let mut paragraph = vec![
        Sentence::from("From the ties at the start, ")
            .count(all.len() as u64)
            .text(material.named(" arrangements were examined: existing blocs, without the hegemon where it is a \
                   member, neighbourhoods of targets, all targets, and the few new pacts that lower \
                   vulnerability most. ")),
    ];
    let title = match (reachable.first(), all.iter().find(sound)) {
        (Some(best), _) => {
            let name = display(material, &best.first.name);
            paragraph.extend(best_sentences(material, facts, best)?);
            Sentence::from("Within reach, the most protection comes from ").text(name)
        }
        (None, Some(best)) => {
            paragraph.extend(best_sentences(material, facts, best)?);
            paragraph.push(Sentence::from(
                "It is an optimum that the hazards of ties do not reach.",
            ));
            Sentence::from("What would protect most is out of reach")
        }
        (None, None) => {
            paragraph.push(Sentence::from(format!(
                "None of them lowers the share of GDP that is vulnerable without {h}."
            )));
            Sentence::from(format!("No arrangement replaces the help of {h}"))
        }
    };
    let mut blocks = vec![
        Block::Paragraph(paragraph),
        Block::Aside(Aside {
            head: "Not a forecast.".to_owned(),
            body: vec![Sentence::from(
                "Probabilities are those of the tie hazards, pair by pair or by a founding treaty. \
                 Parliaments, leaders and events that no hazard knows decide.",
            )],
        }),
    ];
    if !all.is_empty() {
        blocks.push(Block::Table(table(material, facts, &all)));
    }
    Ok((title, blocks))
}

/// The hegemon's own name in an arrangement's.
fn display(material: &Material<'_>, name: &str) -> String {
    // The model counts the pacts in the name; here the column says how many.
    let name = name.trim_start_matches(|c: char| c.is_ascii_digit() || c == ' ');
    name.replace("the hegemon", &material.h()).replace('_', " ")
}

fn row(
    material: &Material<'_>,
    facts: &mut Facts<'_>,
    c: &Candidate<'_>,
    label: &str,
    spread: Spread,
    unit: Unit,
) -> RowId {
    let name = display(material, &c.first.name);
    let row = EvidenceRow {
        id: RowId::from(""),
        indicator: "security.architecture".to_owned(),
        label: label.to_owned(),
        estimate: spread.q50,
        spread: Some(spread),
        unit,
        year: c.first.probability.last().map(|p| p.0.0),
        entity: name.clone(),
        draws: c.found.len() as u32,
        basis: Basis::Assumed,
        parameters: vec![
            "security.reach_half_km".into(),
            "security.defensive_factor".into(),
        ],
        sources: material.sources_of("security"),
        record: material.record_of("security"),
        note: "From the ties at the start, with the trust that the acts leave at the end."
            .to_owned(),
    };
    facts.add(&format!("architecture|{label}|{name}"), row)
}

fn percent(s: Spread) -> Spread {
    let f = |v: f64| 100.0 * v;
    Spread {
        q05: f(s.q05),
        q25: f(s.q25),
        q50: f(s.q50),
        q75: f(s.q75),
        q95: f(s.q95),
    }
}

fn best_sentences(
    material: &Material<'_>,
    facts: &mut Facts<'_>,
    c: &Candidate<'_>,
) -> Result<Vec<Sentence>, BriefError> {
    let nothing = || BriefError::NoEstimate {
        id: c.first.name.clone(),
    };
    let without = c
        .spread(|a| a.vulnerable_without_hegemon)
        .ok_or_else(nothing)?;
    let with = c
        .spread(|a| a.vulnerable_with_without_hegemon)
        .ok_or_else(nothing)?;
    let without = row(
        material,
        facts,
        c,
        "vulnerable GDP without the hegemon",
        percent(without),
        Unit::Percent,
    );
    let with = row(
        material,
        facts,
        c,
        "vulnerable GDP without the hegemon, with the new pacts",
        percent(with),
        Unit::Percent,
    );
    let mut out = vec![
        Sentence::new()
            .text(say::capital(&display(material, &c.first.name)))
            .text(material.named(" would lower the share of its members’ GDP that is vulnerable without the hegemon’s help from "))
            .then(say::number(&without, Sign::Natural))
            .text(" to ")
            .then(say::number(&with, Sign::Natural))
            .text("."),
        Sentence::from("It needs ")
            .count(c.first.missing.len() as u64)
            .text(" new pacts."),
    ];
    let year = c.first.probability.last().map_or(0, |p| p.0.0);
    if let Some(p) = c.last_probability().filter(|p| p.q95 < ALMOST_NONE) {
        let one_in = if p.q95 < 1e-6 {
            "a million"
        } else {
            "two hundred"
        };
        out.push(Sentence::from("By the end of ").year(year).text(format!(
            " the hazards of ties give it almost no chance: less than one in {one_in}."
        )));
    } else if let Some(p) = c.last_probability() {
        let id = row(
            material,
            facts,
            c,
            "probability that it is in force",
            percent(p),
            Unit::Percent,
        );
        out.push(
            Sentence::from("By the end of ")
                .year(year)
                .text(" the hazards of ties give it a probability of ")
                .then(say::number(&id, Sign::Natural))
                .text("."),
        );
    }
    if let Some(o) = c
        .first
        .overlaps
        .iter()
        .find(|o| !c.first.name.starts_with(&o.bloc))
    {
        out.push(
            Sentence::from("Its closest existing framework is ")
                .name(o.bloc.replace('_', " "))
                .text(", with ")
                .count(o.common as u64)
                .text(" common members."),
        );
    }
    Ok(out)
}

fn table(material: &Material<'_>, facts: &mut Facts<'_>, all: &[Candidate<'_>]) -> Table {
    let name = |s: &StateId| material.name(*s);
    let mut rows = Vec::new();
    for c in all.iter().take(ROWS) {
        let a = c.first;
        let members: Vec<&str> = a.members.iter().map(name).collect();
        let mut cell = |label: &str, s: Option<Spread>, unit: Unit, percentage: bool| {
            s.map_or(Cell::Empty, |s| {
                let s = if percentage { percent(s) } else { s };
                Cell::Row {
                    row: row(material, facts, c, label, s, unit),
                }
            })
        };
        let cells = vec![
            Cell::Text {
                text: Sentence::new()
                    .count(members.len() as u64)
                    .text(": ")
                    .text(say::names(&members, NAMED)),
            },
            cell(
                "new pacts needed",
                c.spread(|a| a.missing.len() as f64),
                Unit::Count("pacts".into()),
                false,
            ),
            cell(
                "vulnerable GDP without the hegemon",
                c.spread(|a| a.vulnerable_without_hegemon),
                Unit::Percent,
                true,
            ),
            cell(
                "vulnerable GDP without the hegemon, with the new pacts",
                c.spread(|a| a.vulnerable_with_without_hegemon),
                Unit::Percent,
                true,
            ),
            c.last_probability()
                .filter(|p| p.q95 < ALMOST_NONE)
                .map_or_else(
                    || {
                        cell(
                            "probability that it is in force",
                            c.last_probability(),
                            Unit::Percent,
                            true,
                        )
                    },
                    |_| Cell::Text {
                        text: Sentence::from("almost none"),
                    },
                ),
            Cell::Text { text: meets(a) },
            Cell::Text {
                text: clashes(material, a, c.out_of_reach()),
            },
        ];
        rows.push(TableRow {
            head: Sentence::new().name(display(material, &a.name)),
            note: String::new(),
            iso3: None,
            cells,
        });
    }
    let year = all[0].first.probability.last().map_or(0, |p| p.0.0);
    Table {
        caption: "Arrangements by how much they lower vulnerability without the hegemon".to_owned(),
        stub: "Arrangement".to_owned(),
        columns: vec![
            Column::words("Members"),
            Column::numbers("New pacts"),
            Column::numbers(material.named("Vulnerable GDP without the hegemon")),
            Column::numbers("with the new pacts"),
            Column::numbers(Sentence::from("In force by ").year(year)),
            Column::words("Overlaps with"),
            Column::words("Conflicts"),
        ],
        rows,
    }
}

fn meets(a: &Architecture) -> Sentence {
    let mut s = Sentence::new();
    for (k, o) in a
        .overlaps
        .iter()
        .filter(|o| o.common > 1)
        .take(3)
        .enumerate()
    {
        if k > 0 {
            s = s.text(", ");
        }
        s = s
            .name(o.bloc.replace('_', " "))
            .text(" (")
            .count(o.common as u64)
            .text(")");
    }
    if s.is_empty() {
        Sentence::from("none")
    } else {
        s
    }
}

fn clashes(material: &Material<'_>, a: &Architecture, out_of_reach: bool) -> Sentence {
    let mut parts: Vec<Sentence> = Vec::new();
    if let Some(c) = a.conflicts.first() {
        parts.push(
            Sentence::new()
                .name(material.name(c.member))
                .text(" is bound to ")
                .name(material.name(c.bound_to))
                .text(", a rival of ")
                .name(material.name(c.threatens)),
        );
    }
    if let Some((x, y)) = a.rifts.first() {
        parts.push(
            Sentence::new()
                .name(material.name(*x))
                .text(" and ")
                .name(material.name(*y))
                .text(" are rivals"),
        );
    }
    if out_of_reach {
        parts.push(Sentence::from("out of reach by the hazards of ties"));
    }
    let mut out = Sentence::new();
    for (k, p) in parts.into_iter().enumerate() {
        if k > 0 {
            out = out.text("; ");
        }
        out = out.then(p);
    }
    if out.is_empty() {
        Sentence::from("none found")
    } else {
        out
    }
}
