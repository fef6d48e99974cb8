//! Findings: from results to a document whose every sentence is computed.
//!
//! The document has the form of the brief that was read: summary, the domains with WHAT, WHY and
//! SO WHAT, the questions one by one; then who is affected, what drives it, what would change the
//! answer, new questions, the record, method and limits. A sentence is chosen by what the draws
//! say: an interval that includes zero makes no directional claim.

mod affected;
mod carriers;
mod change;
mod domains;
mod drivers;
mod facts;
mod figures;
mod headline;
mod method;
mod provenance;
mod questions;
mod say;

use std::collections::BTreeSet;

use realign_atlas::{Atlas, StateId};
use realign_ensemble::Results;
use realign_ensemble::attribution::Attribution;
use realign_ensemble::run::Ends;
use realign_ensemble::write::RunCard;
use realign_model::model::Model;
use realign_model::security::Architecture;
use realign_scenario::{Draft, ResolvedScenario, Scenario};

use crate::BriefError;
use crate::document::{Document, RunFact, SourceBrief, Unplaced};

pub use headline::{HeadlineBelief, HeadlineSpec, beliefs, specs as headline_specs};
pub use questions::architectures::arrangements;

/// Everything that a document is made from.
pub struct Material<'a> {
    /// What was observed.
    pub atlas: &'a Atlas,
    /// What was simulated.
    pub model: &'a Model,
    /// The scenario as it was run.
    pub scenario: &'a Scenario,
    /// The same with states of the atlas.
    pub resolved: &'a ResolvedScenario,
    /// What the reader found, where a brief was read.
    pub draft: Option<&'a Draft>,
    /// Name of the confirmed scenario that took the place of the draft.
    pub confirmed: Option<&'a str>,
    /// What was changed before the run, for the limits.
    pub notes: &'a [String],
    /// The main run.
    pub results: &'a Results,
    /// The runs with something left out.
    pub attribution: &'a Attribution,
    /// One path at the centre of all parameters, for pictures.
    pub central: &'a Ends,
    /// Arrangements found at the end of each of some draws.
    pub arrangements: &'a [Vec<Architecture>],
    /// Break-even values.
    pub beliefs: &'a [HeadlineBelief],
    /// What identifies the run.
    pub card: &'a RunCard,
    /// Text of the file that was read, where it is text.
    pub text: Option<&'a str>,
}

impl<'a> Material<'a> {
    /// Name of a state.
    pub fn name(&self, state: StateId) -> &'a str {
        &self.atlas.states().get(state).name
    }

    /// The state whose acts are examined.
    pub fn hegemon(&self) -> StateId {
        self.model.setting().hegemon
    }

    /// States at which its conduct is aimed, territories left out.
    pub fn targets(&self) -> &'a [StateId] {
        &self.model.setting().targets
    }

    /// The hegemon as it stands in a sentence.
    pub fn h(&self) -> String {
        say::the(self.name(self.hegemon()))
    }

    /// What the targets are called: allies where most of them have a defence pact with the hegemon
    /// at the start, else targets.
    pub fn group(&self) -> &'static str {
        let (h, year) = (self.hegemon(), self.model.setting().start);
        let Ok(pacts) = self.atlas.spells("defence_pact") else {
            return "the targets";
        };
        let tied = self
            .targets()
            .iter()
            .filter(|t| pacts.tied(**t, h, year))
            .count();
        if 2 * tied > self.targets().len() {
            "the allies"
        } else {
            "the targets"
        }
    }

    /// A label of the model with the names of this run: "the hegemon" and "the targets" replaced.
    pub fn named(&self, label: &str) -> String {
        let (h, group) = (self.h(), self.group());
        label
            .replace("The hegemon", &say::capital(&h))
            .replace('’', "'")
            .replace("the hegemon's", &say::possessive(&h))
            .replace("hegemon's", &say::possessive(&h))
            .replace("the hegemon", &h)
            .replace("the targets'", &say::possessive(group))
            .replace("the targets", group)
    }

    /// The mean over the targets, with their name.
    pub fn mean_target(&self) -> facts::Whom<'a> {
        facts::Whom::Mean(self.targets(), self.group())
    }

    /// First and last simulated year.
    pub fn span(&self) -> (i32, i32) {
        let years = self.results.years();
        (years[1.min(years.len() - 1)].0, years[years.len() - 1].0)
    }

    /// The states to report first: those of the scenario, by weight.
    pub fn focus(&self) -> Vec<StateId> {
        let mut seen = BTreeSet::new();
        self.resolved
            .focus
            .iter()
            .chain(self.targets())
            .copied()
            .filter(|s| *s != self.hegemon() && seen.insert(*s))
            .collect()
    }
}

/// Which of several events of one type, from the second on.
const ORDINALS: [&str; 6] = ["second", "third", "fourth", "fifth", "sixth", "seventh"];

/// Event groups that attribution leaves out: the heaviest `most` events, with their labels.
pub fn events_to_attribute(scenario: &ResolvedScenario, most: usize) -> Vec<(usize, String)> {
    let mut events: Vec<(usize, String)> = scenario
        .events
        .iter()
        .map(|e| (e.index, e.kind.name().to_owned()))
        .collect();
    // Events of one type are told apart by the order in which they stand.
    for k in (0..events.len()).rev() {
        let earlier = events[..k].iter().filter(|e| e.1 == events[k].1).count();
        if earlier > 0 {
            let which = ORDINALS.get(earlier - 1).unwrap_or(&"later");
            events[k].1 = format!("{} ({which})", events[k].1);
        }
    }
    events.truncate(most);
    events
}

/// Composes the document.
pub fn compose(material: &Material<'_>) -> Result<Document, BriefError> {
    let mut facts = facts::Facts::new(material);
    let headlines = headline::numbers(material, &mut facts)?;
    let answer = headline::answer(material, &mut facts)?;
    let answer_note = headline::note(&mut facts)?;
    let mut sections = domains::sections(material, &mut facts)?;
    sections.extend(questions::sections(material, &mut facts)?);
    sections.push(affected::section(material, &mut facts)?);
    sections.push(drivers::section(material, &mut facts)?);
    sections.push(change::section(material, &mut facts));
    sections.push(change::new_questions(material, &mut facts)?);
    sections.push(method::record(material));
    sections.push(method::section(material));
    let evidence = facts.into_rows();
    let parameters = provenance::parameters(material, &evidence);
    let sources = provenance::sources(material.atlas, &evidence, &sections);
    let (start, end) = material.span();
    let fact = |label: &str, value: String| RunFact {
        label: label.to_owned(),
        value,
    };
    let acts = match (material.confirmed, material.draft) {
        (Some(name), _) => format!("confirmed scenario {name}"),
        (None, Some(_)) => "as drafted by the reader".to_owned(),
        (None, None) => "scenario file".to_owned(),
    };
    let failed = material.results.failures().len();
    let paths = material.results.paths();
    Ok(Document {
        kind: "Domain Impact Brief".to_owned(),
        title: material.resolved.title.clone(),
        tagline: "A stress test, not a forecast".to_owned(),
        standfirst: headline::standfirst(material),
        run: vec![
            fact("Acts", acts),
            fact("Years", format!("{start} to {end}")),
            fact("Data to", material.atlas.vintage().to_string()),
            fact("Draws", material.results.draws().to_string()),
            fact("Did not converge", format!("{failed} of {paths} paths")),
            fact("Version", material.card.version.clone()),
        ],
        run_id: material.card.hash(),
        answer,
        answer_note,
        headlines,
        sections,
        evidence,
        parameters,
        sources,
        source_brief: material.draft.map(|d| SourceBrief {
            title: d.title.clone(),
            reference: material.resolved.source.clone(),
        }),
        unplaced: material.draft.map_or_else(Vec::new, |d| {
            d.unplaced
                .iter()
                .map(|u| Unplaced {
                    line: u.line as u32,
                    text: u.text.clone(),
                    why: u.why.clone(),
                })
                .collect()
        }),
        notices: provenance::notices(),
    })
}
