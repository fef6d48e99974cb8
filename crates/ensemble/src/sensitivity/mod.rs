//! Which assumptions drive a result: the designs of `realign_numerics::sensitivity` on the model.
//!
//! A factor is the cumulative probability of one uncertain parameter; one more factor stands for
//! chance and picks the random numbers of a run. The output is the effect of the acts in the last
//! year, with and without the acts on the same parameters and chance. Rows are evaluated in parts
//! that are kept by the caller, so a long analysis goes on where it stopped.

mod kept;
mod study;

use realign_atlas::StateId;
use realign_model::indicator::Scope;
use realign_model::model::Model;
use realign_model::params::{Params, Tag};
use realign_numerics::random::Stream;

use crate::run::{Plan, Progress, walk_arms};
use crate::schedule::{Counter, each_draw};
use crate::{Arm, EnsembleError};

pub use kept::Kept;
pub use study::{Evaluate, Output, Size, Study, study};

/// Rows of one part.
pub const PART: usize = 64;

/// The last factor.
pub const CHANCE: &str = "chance";

/// What is varied and what comes out.
#[derive(Clone, Debug)]
pub struct Factors {
    names: Vec<String>,
}

impl Factors {
    /// Every uncertain parameter of the model in the order of their names, then chance.
    pub fn of(model: &Model) -> Self {
        let mut names: Vec<String> = model
            .params()
            .iter()
            .filter(|(_, p, q)| q.is_some() || !p.prior.is_fixed())
            .map(|(id, _, _)| id.to_owned())
            .collect();
        names.push(CHANCE.to_owned());
        Self { names }
    }

    /// Names, parameters by `block.id`.
    pub fn names(&self) -> &[String] {
        &self.names
    }

    /// The parameters alone, sorted by name.
    fn parameters(&self) -> &[String] {
        &self.names[..self.names.len() - 1]
    }

    /// Block of a factor: the domain of a parameter, or chance.
    pub fn block(&self, factor: usize) -> &str {
        let name = &self.names[factor];
        name.split('.').next().unwrap_or(name)
    }

    /// Blocks in order, and the block of every factor.
    pub fn blocks(&self) -> (Vec<String>, Vec<usize>) {
        self.groups(|f| self.block(f).to_owned())
    }

    /// What the factors are founded on, and the foundation of every factor: estimated here,
    /// published (tags V and C), published and recalled (M), assumed (P), chance.
    pub fn foundations(&self, params: &Params) -> (Vec<String>, Vec<usize>) {
        self.groups(|f| foundation(params, &self.names[f]).to_owned())
    }

    fn groups(&self, name: impl Fn(usize) -> String) -> (Vec<String>, Vec<usize>) {
        let mut groups: Vec<String> = Vec::new();
        let of = (0..self.names.len())
            .map(|f| {
                let group = name(f);
                groups.iter().position(|g| *g == group).unwrap_or_else(|| {
                    groups.push(group);
                    groups.len() - 1
                })
            })
            .collect();
        (groups, of)
    }
}

/// What a factor is founded on, in words.
pub fn foundation(params: &Params, factor: &str) -> &'static str {
    match params.get(factor) {
        Some((_, Some(_))) => "estimated from the data",
        Some((p, None)) => match p.tag {
            Tag::V | Tag::C => "published (tags V, C)",
            Tag::M => "published, recalled (tag M)",
            Tag::P => "assumed (tag P)",
        },
        None => CHANCE,
    }
}

/// Indicators that are kept of every run: those of the world, and one of a state where asked.
pub fn cells(model: &Model, asked: Option<(usize, StateId)>) -> Vec<(usize, Option<StateId>)> {
    let mut out: Vec<(usize, Option<StateId>)> = model
        .layout()
        .indicators()
        .iter()
        .enumerate()
        .filter(|(_, i)| i.scope == Scope::World)
        .map(|(k, _)| (k, None))
        .collect();
    out.extend(asked.map(|(k, s)| (k, Some(s))));
    out
}

/// What one row of a design gave, cell by cell; NaN where the run failed or has no estimate.
#[derive(Clone, Debug, PartialEq)]
pub struct Outcome {
    /// With the acts less without, last year.
    pub effect: Vec<f32>,
    /// With the acts, last year.
    pub level: Vec<f32>,
}

/// Evaluates rows of uniforms on (0, 1), one column a factor, in parallel; the order and the values
/// do not depend on threads. `progress` counts rows.
pub fn evaluate(
    model: &Model,
    seed: u64,
    factors: &Factors,
    cells: &[(usize, Option<StateId>)],
    rows: &[Vec<f64>],
    progress: Progress<'_>,
) -> Result<Vec<Outcome>, EnsembleError> {
    let plan = Plan {
        seed,
        draws: 1,
        chance_draws: 1,
        arms: vec![Arm::shock()],
        held: Vec::new(),
        last_year_only: true,
        acts_only_draws: 0,
    };
    let arms = plan.all_arms();
    let slots: Vec<usize> = cells
        .iter()
        .map(|(k, s)| model.layout().slot(*k, *s))
        .collect();
    let counter = Counter::new(0, rows.len(), progress);
    each_draw(0..rows.len(), |r| {
        let row = &rows[r];
        let at = |id: &str| {
            factors
                .parameters()
                .binary_search_by(|n| n.as_str().cmp(id))
                .map_or(0.5, |f| row[f])
        };
        let values = model.params().at(at);
        let chance = row.last().copied().unwrap_or(0.5);
        // A stream for every value of the factor: neighbours are as far apart as any two.
        let stream = Stream::new(seed, (chance * f64::from(u32::MAX)) as u32);
        let go_on = || Ok(());
        let run = walk_arms(model, &plan, &arms, (0, &values, stream), &go_on)?;
        counter.tick()?;
        let (quiet, shock) = (&run.rows[0], &run.rows[1]);
        Ok(Outcome {
            effect: slots.iter().map(|s| shock[*s] - quiet[*s]).collect(),
            level: slots.iter().map(|s| shock[*s]).collect(),
        })
    })
}
