//! Runs on disk: streamed in parts as draws finish, resumed where they stopped, in shards.
//!
//! A directory holds `run.json` (what is run: [`Settings`]), `scenario.toml`, one folder for each
//! part of [`CHUNK`] draws (`draws/00000/<family>.parquet` and `failures.json`), and, when every
//! part is there, `summary.parquet` and `done.json`. A part appears whole, by renaming, or not at
//! all; so a run that was killed at any moment goes on from its last whole part. The bytes depend
//! on the settings only: not on threads, shards or interruptions.

mod parts;
mod settings;
mod summary;

use std::fs::{self, File};
use std::path::{Path, PathBuf};

use rayon::prelude::*;
use realign_atlas::States;
use realign_model::model::Model;

use crate::EnsembleError;
use crate::run::{Plan, Progress, run_draw};
use crate::schedule::{Counter, each_draw};

pub(crate) use parts::float_column;
pub use settings::{Identity, Settings};
pub use summary::Done;

/// Draws of one part.
pub const CHUNK: usize = 16;

/// A share of the parts: number `k` of `n`, from 1.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Shard {
    /// Which.
    pub k: usize,
    /// Of how many.
    pub n: usize,
}

impl Shard {
    /// Everything.
    pub const WHOLE: Self = Self { k: 1, n: 1 };

    /// Whether a part belongs to this shard.
    fn has(self, chunk: usize) -> bool {
        chunk % self.n == self.k - 1
    }
}

impl std::str::FromStr for Shard {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let bad = || format!("`{text}` is not k/n with 1 ≤ k ≤ n, such as 1/4");
        let (k, n) = text.split_once('/').ok_or_else(bad)?;
        let (k, n) = (k.parse().map_err(|_| bad())?, n.parse().map_err(|_| bad())?);
        if k == 0 || k > n {
            return Err(bad());
        }
        Ok(Self { k, n })
    }
}

/// A directory of results that this process alone writes.
#[derive(Debug)]
pub struct Stored {
    dir: PathBuf,
    settings: Settings,
    /// Held open while the run lasts; the system frees it when the process ends in any way.
    _lock: File,
}

impl Stored {
    /// Opens `dir` for a run of `settings`: a new directory, or one in which the same run was begun.
    /// Anything else is refused. `scenario` is the text written beside the settings.
    pub fn open(dir: &Path, settings: &Settings, scenario: &str) -> Result<Self, EnsembleError> {
        let begun = dir.join("run.json");
        if begun.is_file() {
            let found = Settings::read(dir)?;
            settings.same(&found, dir)?;
        } else if dir.exists() && fs::read_dir(dir).map_err(bad(dir))?.next().is_some() {
            return Err(EnsembleError::Write {
                path: dir.display().to_string(),
                message: "it is not empty and holds no run; choose another directory".to_owned(),
            });
        }
        fs::create_dir_all(dir.join("draws")).map_err(bad(dir))?;
        let lock = lock(dir)?;
        if !begun.is_file() {
            whole(&dir.join("scenario.toml"), scenario.as_bytes())?;
            whole(&begun, settings.to_json().as_bytes())?;
        }
        parts::clean(dir)?;
        Ok(Self {
            dir: dir.to_path_buf(),
            settings: settings.clone(),
            _lock: lock,
        })
    }

    /// Number of parts that are there.
    pub fn parts_done(&self) -> usize {
        (0..self.settings.chunks())
            .filter(|c| parts::exists(&self.dir, *c))
            .count()
    }

    /// Runs the missing parts of a shard. `progress` counts paths of this shard, those of earlier
    /// sessions included; where it answers no, whole parts stay and the rest is lost.
    pub fn run(
        &self,
        model: &Model,
        plan: &Plan,
        states: &States,
        shard: Shard,
        progress: Progress<'_>,
    ) -> Result<(), EnsembleError> {
        plan.check()?;
        let arms = plan.all_arms();
        let mine: Vec<usize> = (0..self.settings.chunks())
            .filter(|c| shard.has(*c))
            .collect();
        let paths = |c: usize| self.settings.draws_of(c).len() * arms.len();
        let total: usize = mine.iter().map(|c| paths(*c)).sum();
        let (missing, there): (Vec<usize>, Vec<usize>) = mine
            .into_iter()
            .partition(|c| !parts::exists(&self.dir, *c));
        let there = there.iter().map(|c| paths(*c)).sum();
        let counter = Counter::new(there, total, progress);
        missing.par_iter().try_for_each(|&chunk| {
            let found = each_draw(self.settings.draws_of(chunk), |draw| {
                run_draw(model, plan, &arms, draw, &|| counter.tick())
            })?;
            parts::write(&self.dir, &self.settings, model, states, chunk, &found)
        })
    }

    /// Summarises a whole run: `summary.parquet`, `README.md` and `done.json`.
    pub fn finish(&self, model: &Model, states: &States) -> Result<Done, EnsembleError> {
        self.complete(
            "start the same command again, or add the other shards with `realign merge`",
        )?;
        summary::finish(&self.dir, &self.settings, model, states)
    }

    fn complete(&self, remedy: &'static str) -> Result<(), EnsembleError> {
        let chunks = self.settings.chunks();
        let missing: Vec<usize> = (0..chunks)
            .filter(|c| !parts::exists(&self.dir, *c))
            .collect();
        match missing.first() {
            None => Ok(()),
            Some(&first) => Err(EnsembleError::Incomplete {
                path: self.dir.display().to_string(),
                missing: missing.len(),
                chunks,
                first,
                remedy,
            }),
        }
    }

    /// Adds the parts of another directory of the same run.
    pub fn take(&self, from: &Path) -> Result<usize, EnsembleError> {
        let found = Settings::read(from)?;
        self.settings.same(&found, from)?;
        let mut taken = 0;
        for chunk in 0..self.settings.chunks() {
            if !parts::exists(&self.dir, chunk) && parts::exists(from, chunk) {
                parts::copy(from, &self.dir, chunk)?;
                taken += 1;
            }
        }
        Ok(taken)
    }
}

impl Drop for Stored {
    fn drop(&mut self) {
        let _ = fs::remove_file(self.dir.join(LOCK));
    }
}

const LOCK: &str = ".lock";

/// Takes the lock of a directory; the system frees it when the process ends in any way.
fn lock(dir: &Path) -> Result<File, EnsembleError> {
    let file = File::create(dir.join(LOCK)).map_err(bad(dir))?;
    file.try_lock().map_err(|_| EnsembleError::Busy {
        path: dir.display().to_string(),
    })?;
    Ok(file)
}

/// Writes a file whole: beside its place first, renamed when complete.
fn whole(path: &Path, content: &[u8]) -> Result<(), EnsembleError> {
    let partial = path.with_extension("partial");
    fs::write(&partial, content).map_err(bad(path))?;
    fs::rename(&partial, path).map_err(bad(path))
}

fn bad(path: &Path) -> impl Fn(std::io::Error) -> EnsembleError + '_ {
    |e| EnsembleError::Write {
        path: path.display().to_string(),
        message: e.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn prop_shards_share_out_every_part_once() {
        for n in 1..=5 {
            for chunk in 0..40 {
                let owners = (1..=n).filter(|k| Shard { k: *k, n }.has(chunk)).count();
                assert_eq!(owners, 1, "part {chunk} of {n} shards");
            }
        }
        for wrong in ["0/2", "3/2", "1", "a/b", "1/0", ""] {
            assert!(wrong.parse::<Shard>().is_err(), "{wrong}");
        }
        assert_eq!("2/4".parse(), Ok(Shard { k: 2, n: 4 }));
    }
}
