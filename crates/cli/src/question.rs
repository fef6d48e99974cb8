//! What is asked: a brief or a scenario, and what the command overrides.

use std::path::PathBuf;

use realign_atlas::Atlas;
use realign_scenario::{Draft, ResolvedScenario, Scenario, ScenarioDefaults};

use crate::args::QuestionArgs;
use crate::read;
use crate::report::Failure;

/// Seed where neither the command nor the scenario says.
const SEED: u64 = 20_250_331;

/// Confirmed scenarios that ship with the program: a brief with the same source is run with the
/// one that people have looked through.
const CONFIRMED: &[(&str, &str)] = &[(
    "us-alliance-trust",
    include_str!("../../../scenarios/us-alliance-trust.toml"),
)];

/// What is to be run and where it comes from.
pub struct Question {
    /// The scenario, after what the command overrides.
    pub scenario: Scenario,
    /// The same, with every name resolved.
    pub resolved: ResolvedScenario,
    /// What the reader found, where the file is a brief.
    pub draft: Option<Draft>,
    /// Name of the confirmed scenario that stands for the brief.
    pub confirmed: Option<&'static str>,
    /// What the reader of the result must know.
    pub notes: Vec<String>,
}

impl Question {
    /// The number of draws to make: the command's, the scenario's, or `otherwise`.
    pub fn draws(&self, asked: Option<usize>, otherwise: usize) -> usize {
        let own = self.resolved.options.draws.map(|d| d as usize);
        asked.or(own).unwrap_or(otherwise)
    }

    /// The seed: the command's, the scenario's, or the program's.
    pub fn seed(&self, asked: Option<u64>) -> u64 {
        asked.or(self.resolved.options.seed).unwrap_or(SEED)
    }

    /// The scenario as it is written beside results.
    pub fn text(&self) -> Result<String, Failure> {
        self.scenario.to_toml().map_err(Failure::plain)
    }
}

/// Reads the file, decides which scenario is meant, and applies what the command overrides.
pub fn question(args: &QuestionArgs, atlas: &Atlas, content: &[u8]) -> Result<Question, Failure> {
    let is_toml = args
        .file
        .extension()
        .is_some_and(|e| e.eq_ignore_ascii_case("toml"));
    let (mut scenario, draft, mut confirmed) = if is_toml {
        (
            read::parse_scenario(atlas, &args.file, content)?,
            None,
            None,
        )
    } else {
        let draft = read::draft(atlas, &args.file, content)?;
        let scenario = draft.to_scenario(ScenarioDefaults::default());
        (scenario, Some(draft), None)
    };
    if !args.draft && draft.is_some() && !scenario.source.is_empty() {
        for (name, text) in CONFIRMED {
            let path = PathBuf::from(format!("scenarios/{name}.toml"));
            let known = read::parse_scenario(atlas, &path, text.as_bytes())?;
            if known.source == scenario.source {
                scenario = Scenario {
                    title: scenario.title,
                    domains: scenario.domains,
                    questions: scenario.questions,
                    ..known
                };
                confirmed = Some(*name);
            }
        }
    }
    let mut notes = Vec::new();
    if let Some(code) = &args.hegemon {
        let hegemon = atlas
            .states()
            .iso3(crate::atlas::state(atlas, code)?)
            .to_owned();
        if scenario.hegemon != hegemon {
            scenario.hegemon = hegemon;
            confirmed = None;
        }
    }
    shift_to_present(&mut scenario, atlas, &mut notes);
    if let Some(h) = args.horizon {
        if h < scenario.start {
            return Err(Failure::hinted(
                format!("--horizon {h} is before the start {}", scenario.start),
                format!("give a year from {} on", scenario.start),
            ));
        }
        scenario.horizon = h;
        scenario.events.retain(|e| e.year <= h);
    }
    if !args.focus.is_empty() {
        for code in &args.focus {
            if atlas.states().by_iso3(code).is_none() {
                let hint = realign_scenario::Vocabulary::from_atlas(atlas)
                    .ok()
                    .and_then(|v| v.suggest_state(code))
                    .map_or_else(
                        || "give ISO3 codes in capitals, such as CAN,JPN".to_owned(),
                        |s| format!("did you mean {s}? ISO3 codes in capitals, such as CAN,JPN"),
                    );
                return Err(Failure::hinted(
                    format!("--focus: unknown state `{code}`"),
                    hint,
                ));
            }
        }
        scenario.focus.clone_from(&args.focus);
    }
    for (_, layer) in crate::layer::own(atlas, None)? {
        // A layer that the scenario brings itself stands.
        if scenario.layers.iter().all(|l| l.id != layer.id) {
            // Notes stand in the brief, where prose carries no digits; a file name may.
            let note = "Layers of dependence of your own take part; their tables stand in \
                        scenario.toml."
                .to_owned();
            if !notes.contains(&note) {
                notes.push(note);
            }
            scenario.layers.push(layer);
        }
    }
    let resolved = scenario
        .resolve(atlas)
        .map_err(|e| Failure::scenario(&e, &args.file, &String::from_utf8_lossy(content)))?;
    if resolved.events.is_empty() {
        return Err(Failure::hinted(
            "no act to simulate was found",
            "see what the reader found with `realign read`, or write a scenario (`realign read FILE --toml`)",
        ));
    }
    Ok(Question {
        scenario,
        resolved,
        draft,
        confirmed,
        notes,
    })
}

/// Acts of the past are simulated on the world of today, and the brief says so: the tables that
/// the model needs whole (trade of all pairs) exist for recent years only.
fn shift_to_present(scenario: &mut Scenario, atlas: &Atlas, notes: &mut Vec<String>) {
    let earliest = atlas.vintage().0;
    let shift = earliest - scenario.start;
    if shift <= 0 {
        return;
    }
    let from = scenario.start;
    scenario.start += shift;
    scenario.horizon += shift;
    for e in &mut scenario.events {
        e.year += shift;
        e.until = e.until.map(|u| u + shift);
    }
    notes.push(format!(
        "The acts begin in {from}; they are simulated as if they began in {}, on the world as it \
         is now, because trade of all pairs is not in the data for {from}. This is not a back-test.",
        scenario.start
    ));
}
