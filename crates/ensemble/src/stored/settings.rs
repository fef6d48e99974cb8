//! What a stored run is of, and whether it is of this program.

use std::fs;
use std::ops::Range;
use std::path::Path;

use realign_model::params::Params;
use serde::{Deserialize, Serialize};

use super::CHUNK;
use crate::EnsembleError;
use crate::write::sha256;

/// Everything that the bytes of a stored run depend on.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Settings {
    /// Version, data, parameters, scenario and seed.
    #[serde(flatten)]
    pub identity: Identity,
    /// Draws.
    pub draws: usize,
    /// Draws of chance for every draw of the parameters.
    pub chance_draws: usize,
    /// Years that are recorded for the world: the start year to the horizon.
    pub years: (i32, i32),
    /// Years that are recorded for every state.
    pub state_years: Vec<i32>,
    /// Arms, the quiet one first.
    pub arms: Vec<String>,
    /// Draws of one part.
    pub draws_per_part: usize,
}

/// What identifies the program, the data and the question of any run.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Identity {
    /// Version of the program.
    pub version: String,
    /// SHA-256 of the embedded tables.
    pub atlas: String,
    /// SHA-256 of the parameter files.
    pub params: String,
    /// SHA-256 of the scenario as it was run.
    pub scenario: String,
    /// Seed.
    pub seed: u64,
}

impl Identity {
    /// Of this program with a scenario's text.
    pub fn here(scenario: &str, seed: u64) -> Self {
        Self {
            version: env!("CARGO_PKG_VERSION").to_owned(),
            atlas: realign_atlas::content_hash(),
            params: sha256(Params::text().as_bytes()),
            scenario: sha256(scenario.as_bytes()),
            seed,
        }
    }

    /// Reads `run.json` and `scenario.toml` of a directory that `realign run` or `realign brief`
    /// wrote, and refuses it unless this program, with its data and parameters, would compute the
    /// same. Answers the identity, the number of draws and the scenario's text.
    pub fn of(dir: &Path) -> Result<(Self, usize, String), EnsembleError> {
        #[derive(Deserialize)]
        struct Any {
            #[serde(flatten)]
            identity: Identity,
            draws: usize,
        }
        let any: Any = read_json(&dir.join("run.json"))?;
        let scenario = read_text(&dir.join("scenario.toml"))?;
        any.identity
            .same(&Self::here(&scenario, any.identity.seed), dir)?;
        Ok((any.identity, any.draws, scenario))
    }

    fn same(&self, here: &Self, dir: &Path) -> Result<(), EnsembleError> {
        let remedy = "run it again with this program";
        for (what, found, expected, remedy) in [
            ("its version", &self.version, &here.version, remedy),
            ("the hash of its tables", &self.atlas, &here.atlas, remedy),
            (
                "the hash of its parameters",
                &self.params,
                &here.params,
                remedy,
            ),
            (
                "the hash of its scenario",
                &self.scenario,
                &here.scenario,
                "scenario.toml was changed after the run, or it is another run: choose another directory",
            ),
        ] {
            if found != expected {
                return Err(foreign(dir, what, found, expected, remedy));
            }
        }
        Ok(())
    }
}

impl Settings {
    /// Number of parts.
    pub fn chunks(&self) -> usize {
        self.draws.div_ceil(self.draws_per_part)
    }

    /// Draws of a part.
    pub(super) fn draws_of(&self, chunk: usize) -> Range<usize> {
        let first = chunk * self.draws_per_part;
        first..(first + self.draws_per_part).min(self.draws)
    }

    /// As `run.json`.
    pub(super) fn to_json(&self) -> String {
        serde_json::to_string_pretty(self).unwrap_or_default() + "\n"
    }

    /// First twelve digits of the hash of the settings: the name of the run.
    pub fn name(&self) -> String {
        sha256(self.to_json().as_bytes())[..12].to_owned()
    }

    /// Reads `run.json` of a stored run.
    pub fn read(dir: &Path) -> Result<Self, EnsembleError> {
        let settings: Self = read_json(&dir.join("run.json"))?;
        if settings.draws_per_part != CHUNK {
            return Err(foreign(
                dir,
                "the number of draws in a part",
                &settings.draws_per_part.to_string(),
                &CHUNK.to_string(),
                "run it again with this program",
            ));
        }
        Ok(settings)
    }

    /// Refuses another run, naming the first difference.
    pub(super) fn same(&self, found: &Self, dir: &Path) -> Result<(), EnsembleError> {
        found.identity.same(&self.identity, dir)?;
        let remedy = "it is another run: choose another directory, or give the options of that run";
        let text = |v: &dyn std::fmt::Debug| format!("{v:?}");
        for (what, found, expected) in [
            (
                "its seed",
                text(&found.identity.seed),
                text(&self.identity.seed),
            ),
            ("its number of draws", text(&found.draws), text(&self.draws)),
            (
                "its number of draws of chance",
                text(&found.chance_draws),
                text(&self.chance_draws),
            ),
            ("its span", text(&found.years), text(&self.years)),
            (
                "the years it records for states",
                text(&found.state_years),
                text(&self.state_years),
            ),
            ("its arms", text(&found.arms), text(&self.arms)),
        ] {
            if found != expected {
                return Err(foreign(dir, what, &found, &expected, remedy));
            }
        }
        Ok(())
    }
}

fn foreign(
    dir: &Path,
    what: &str,
    found: &str,
    expected: &str,
    remedy: &'static str,
) -> EnsembleError {
    EnsembleError::Foreign {
        path: dir.display().to_string(),
        what: what.to_owned(),
        found: found.to_owned(),
        expected: expected.to_owned(),
        remedy,
    }
}

/// Text of a file of results.
pub(super) fn read_text(path: &Path) -> Result<String, EnsembleError> {
    fs::read_to_string(path).map_err(|e| damaged(path, &e))
}

/// JSON of a file of results.
pub(super) fn read_json<T: for<'de> Deserialize<'de>>(path: &Path) -> Result<T, EnsembleError> {
    serde_json::from_str(&read_text(path)?).map_err(|e| damaged(path, &e))
}

/// A file that is not what it should be.
pub(super) fn damaged(path: &Path, e: &dyn std::fmt::Display) -> EnsembleError {
    EnsembleError::Damaged {
        path: path.display().to_string(),
        message: e.to_string(),
    }
}
