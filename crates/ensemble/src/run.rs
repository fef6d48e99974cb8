//! The runner: draws in parallel, arms of a draw one after the other on the same random numbers.

use rayon::prelude::*;
use realign_atlas::Year;
use realign_model::acts::Acts;
use realign_model::channels::Channels;
use realign_model::model::{Model, Start};
use realign_model::params::Values;
use realign_model::setting::Chance;
use realign_model::step::{self, Surroundings};
use realign_model::trust;
use realign_model::world::World;
use realign_numerics::random::Stream;

use crate::arm::{ACTS_ONLY, Shock};
use crate::results::{Failure, Results};
use crate::schedule::{Counter, each_draw};
use crate::{Arm, EnsembleError};

/// Fewest draws from which an interval is made.
pub const LEAST_DRAWS: usize = 8;

/// What is run.
#[derive(Clone, Debug)]
pub struct Plan {
    /// Seed of all random numbers.
    pub seed: u64,
    /// Number of draws.
    pub draws: usize,
    /// Draws of chance for every draw of the parameters: draws `g·chance_draws` to
    /// `(g + 1)·chance_draws − 1` share their parameter values, so that the variance can be split
    /// into what is not known and what is chance. 1 draws both anew every time.
    pub chance_draws: usize,
    /// Arms beside the quiet one, which is always the first.
    pub arms: Vec<Arm>,
    /// Parameters held at a value instead of being drawn: (identifier, value).
    pub held: Vec<(String, f64)>,
    /// Whether only the last year is recorded, without looking for blocs: for the runs behind
    /// attribution and break-even values.
    pub last_year_only: bool,
    /// Draws of the arm `acts_only`; its other draws have no estimate. At most `draws`.
    pub acts_only_draws: usize,
}

impl Plan {
    /// Refuses a plan from which no interval can be made.
    pub(crate) fn check(&self) -> Result<(), EnsembleError> {
        if self.draws < LEAST_DRAWS {
            return Err(EnsembleError::TooFewDraws {
                draws: self.draws,
                least: LEAST_DRAWS,
            });
        }
        if self.chance_draws == 0 || !self.draws.is_multiple_of(self.chance_draws) {
            return Err(EnsembleError::UnevenDraws {
                draws: self.draws,
                chance_draws: self.chance_draws,
            });
        }
        Ok(())
    }

    /// The quiet arm, then the arms of the plan.
    pub(crate) fn all_arms(&self) -> Vec<Arm> {
        let mut arms = vec![Arm::quiet()];
        arms.extend(self.arms.iter().cloned());
        arms
    }

    /// Parameter values of a draw.
    pub(crate) fn values(&self, model: &Model, draw: usize) -> Result<Values, EnsembleError> {
        let shared = Stream::new(self.seed, (draw / self.chance_draws.max(1)) as u32);
        let mut values = model.params().draw(&shared);
        for (id, value) in &self.held {
            values.set(id, *value)?;
        }
        Ok(values)
    }
}

/// Told how many paths are done; answers whether to go on.
pub type Progress<'a> = &'a (dyn Fn(usize, usize) -> bool + Sync);

/// Runs a plan. The bytes of the result depend on model and plan only, not on threads.
pub fn run(model: &Model, plan: &Plan, progress: Progress<'_>) -> Result<Results, EnsembleError> {
    plan.check()?;
    let arms = plan.all_arms();
    let all_years = model.years();
    let years = if plan.last_year_only {
        all_years[all_years.len() - 1..].to_vec()
    } else {
        all_years.clone()
    };
    let total = plan.draws * arms.len();
    let counter = Counter::new(0, total, progress);
    let per_draw = each_draw(0..plan.draws, |draw| {
        run_draw(model, plan, &arms, draw, &|| counter.tick())
    })?;
    let mut values = vec![Vec::new(); arms.len() * plan.draws];
    let mut failures = Vec::new();
    for (draw, result) in per_draw.into_iter().enumerate() {
        for (arm, rows) in result.rows.into_iter().enumerate() {
            values[arm * plan.draws + draw] = rows;
        }
        failures.extend(result.failures);
    }
    failures.sort_by_key(|f| (f.arm, f.draw, f.year));
    let left_out = if arms.iter().any(|a| a.id == ACTS_ONLY) {
        plan.draws.saturating_sub(plan.acts_only_draws)
    } else {
        0
    };
    let paths = total - left_out;
    Ok(Results::new(
        model.layout().clone(),
        arms,
        years,
        plan.draws,
        values,
        failures,
        paths,
    ))
}

/// The worlds at both ends of one draw: for pictures and searches that need a world and not a
/// number.
#[derive(Clone, Debug)]
pub struct Ends {
    /// The start.
    pub start: Start,
    /// The last year without the acts.
    pub quiet: World,
    /// The last year with them.
    pub shock: World,
}

/// Walks the path at the centre of all parameters, on a stream that no draw uses; the reason where
/// it fails.
pub fn central(model: &Model, seed: u64) -> Result<Result<Ends, String>, EnsembleError> {
    ends(model, &model.params().centre(), Stream::new(seed, u32::MAX))
}

/// Applies `f` to the ends of the first `draws` draws, in parallel, in their order; failed paths
/// are left out.
pub fn map_ends<T: Send>(
    model: &Model,
    seed: u64,
    draws: usize,
    f: impl Fn(&Ends) -> T + Sync,
) -> Result<Vec<T>, EnsembleError> {
    let found: Vec<Result<Option<T>, EnsembleError>> = (0..draws as u32)
        .into_par_iter()
        .map(|draw| {
            let stream = Stream::new(seed, draw);
            let values = model.params().draw(&stream);
            Ok(ends(model, &values, stream)?.ok().map(|e| f(&e)))
        })
        .collect();
    found.into_iter().filter_map(Result::transpose).collect()
}

fn ends(
    model: &Model,
    values: &Values,
    stream: Stream,
) -> Result<Result<Ends, String>, EnsembleError> {
    let start = model.start(values, &Chance::new(stream, 0))?;
    let mut ends = Vec::new();
    for acts in [Acts::default(), model.acts().clone()] {
        let mut world = start.world.clone();
        for t in 1..model.years().len() {
            let around = Surroundings {
                start: &start,
                acts: &acts,
                channels: Channels::ALL,
                quiet_trust: None,
                values,
                chance: Chance::new(stream, t as u32),
            };
            world = match step::step(model, &world, &around) {
                Ok(next) => next,
                Err(step::StepError::Model(e)) => return Err(e.into()),
                Err(step::StepError::Failed(reason)) => return Ok(Err(reason)),
            };
        }
        ends.push(world);
    }
    let (Some(shock), Some(quiet)) = (ends.pop(), ends.pop()) else {
        return Ok(Err("no path".to_owned()));
    };
    Ok(Ok(Ends {
        start,
        quiet,
        shock,
    }))
}

/// Rows of every arm of one draw.
pub(crate) struct DrawRun {
    pub(crate) rows: Vec<Vec<f32>>,
    pub(crate) failures: Vec<Failure>,
}

/// Walks every arm of one draw.
pub(crate) fn run_draw(
    model: &Model,
    plan: &Plan,
    arms: &[Arm],
    draw: usize,
    tick: &dyn Fn() -> Result<(), EnsembleError>,
) -> Result<DrawRun, EnsembleError> {
    let stream = Stream::new(plan.seed, draw as u32);
    let values = plan.values(model, draw)?;
    walk_arms(model, plan, arms, (draw, &values, stream), tick)
}

/// Walks every arm of one draw with given parameter values and chance.
pub(crate) fn walk_arms(
    model: &Model,
    plan: &Plan,
    arms: &[Arm],
    (draw, values, stream): (usize, &Values, Stream),
    tick: &dyn Fn() -> Result<(), EnsembleError>,
) -> Result<DrawRun, EnsembleError> {
    let start = model.start(values, &Chance::new(stream, 0))?;
    let mut out = DrawRun {
        rows: Vec::with_capacity(arms.len()),
        failures: Vec::new(),
    };
    let mut quiet: Vec<trust::State> = Vec::new();
    for (k, arm) in arms.iter().enumerate() {
        if !runs(plan, arm, draw) {
            out.rows.push(no_rows(model, plan));
            tick()?;
            continue;
        }
        let acts = match arm.shock {
            Shock::None => Acts::default(),
            Shock::All => model.acts().clone(),
            Shock::Without(event) => model.acts().without_event(event),
        };
        let path = Path {
            model,
            values,
            start: &start,
            stream,
            plan,
        };
        // Only an arm that cuts a link to trust reads the trust of the quiet arm.
        let keep = k == 0
            && arms
                .iter()
                .any(|a| reads_quiet_trust(a) && runs(plan, a, draw));
        if reads_quiet_trust(arm) && quiet.len() < model.years().len() {
            let reason = "the quiet arm of the same draw failed".to_owned();
            out.failures.push(Failure {
                arm: k,
                draw,
                year: model.years()[0],
                reason,
            });
            out.rows.push(no_rows(model, plan));
            tick()?;
            continue;
        }
        let reference = reads_quiet_trust(arm).then_some(quiet.as_slice());
        let (rows, trust_path, failure) = path.walk(&acts, arm.channels, reference, keep)?;
        if k == 0 {
            quiet = trust_path;
        }
        if let Some((year, reason)) = failure {
            out.failures.push(Failure {
                arm: k,
                draw,
                year,
                reason,
            });
        }
        out.rows.push(rows);
        tick()?;
    }
    Ok(out)
}

/// Whether outcomes of this arm see the trust of the quiet arm anywhere.
fn reads_quiet_trust(arm: &Arm) -> bool {
    !arm.channels.has(Channels::DISTRUST)
}

/// Whether a draw of this arm is walked.
fn runs(plan: &Plan, arm: &Arm, draw: usize) -> bool {
    arm.id != ACTS_ONLY || draw < plan.acts_only_draws
}

/// Rows of a path without estimates.
fn no_rows(model: &Model, plan: &Plan) -> Vec<f32> {
    let years = if plan.last_year_only {
        1
    } else {
        model.years().len()
    };
    vec![f32::NAN; years * model.layout().width()]
}

/// One arm of one draw.
struct Path<'a> {
    model: &'a Model,
    values: &'a Values,
    start: &'a Start,
    stream: Stream,
    plan: &'a Plan,
}

type Walked = (Vec<f32>, Vec<trust::State>, Option<(Year, String)>);

impl Path<'_> {
    /// Walks from the start to the horizon. `quiet` is the trust of the quiet arm year by year, for
    /// an arm that reads it; with `keep` the trust of this path is returned.
    fn walk(
        &self,
        acts: &Acts,
        open: Channels,
        quiet: Option<&[trust::State]>,
        keep: bool,
    ) -> Result<Walked, EnsembleError> {
        let years = self.model.years();
        let width = self.model.layout().width();
        let recorded = if self.plan.last_year_only {
            1
        } else {
            years.len()
        };
        let mut rows = vec![f32::NAN; recorded * width];
        let mut trust_path = Vec::new();
        let mut world = self.start.world.clone();
        for (t, &year) in years.iter().enumerate() {
            if t > 0 {
                let around = Surroundings {
                    start: self.start,
                    acts,
                    channels: open,
                    quiet_trust: quiet.and_then(|q| q.get(t - 1)),
                    values: self.values,
                    chance: Chance::new(self.stream, t as u32),
                };
                match step::step(self.model, &world, &around) {
                    Ok(next) => world = next,
                    Err(step::StepError::Model(e)) => return Err(e.into()),
                    Err(step::StepError::Failed(reason)) => {
                        // The path is lost from here on: what was recorded is withdrawn too, so
                        // that no year of a failed path enters a quantile.
                        rows.fill(f32::NAN);
                        return Ok((rows, trust_path, Some((year, reason))));
                    }
                }
            }
            if keep {
                trust_path.push(world.trust.clone());
            }
            if !self.plan.last_year_only || t + 1 == years.len() {
                let at = if self.plan.last_year_only { 0 } else { t };
                let row = &mut rows[at * width..(at + 1) * width];
                let seen = quiet
                    .and_then(|q| q.get(t))
                    .filter(|_| !open.has(Channels::TRUST_SECURITY));
                self.model
                    .measure(self.start, &world, seen, !self.plan.last_year_only, row);
            }
        }
        Ok((rows, trust_path, None))
    }
}
