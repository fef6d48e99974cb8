//! What one would have to believe: the value of an assumed parameter at which a conclusion
//! begins to hold, on common draws.

use realign_atlas::StateId;
use realign_model::model::Model;
use realign_model::params::Prior;

use crate::run::{Plan, Progress, run};
use crate::{Arm, EnsembleError};

/// A conclusion about an indicator in the last year.
#[derive(Clone, Debug)]
pub struct Conclusion {
    /// Indicator.
    pub indicator: String,
    /// States whose mean is meant; empty for an indicator of the world.
    pub states: Vec<StateId>,
    /// Effect of the acts (shock less quiet) from which the conclusion holds; its sign says the
    /// direction.
    pub threshold: f64,
}

/// Where the conclusion begins to hold.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum BreakEven {
    /// It holds even with the parameter at zero.
    AtZero,
    /// It holds from this value on, with the standard error over draws.
    From {
        /// The break-even value.
        value: f64,
        /// Its standard error, by jackknife over draws.
        se: f64,
    },
    /// It does not hold anywhere up to the largest value tried.
    NotUpTo {
        /// The largest value tried.
        value: f64,
    },
}

/// A break-even value beside what is assumed.
#[derive(Clone, Debug)]
pub struct Belief {
    /// Full identifier of the parameter.
    pub parameter: String,
    /// Where the conclusion begins to hold.
    pub break_even: BreakEven,
    /// Mean effect at every value tried: (value, effect).
    pub curve: Vec<(f64, f64)>,
    /// Centre and standard deviation of what is assumed or estimated.
    pub assumed: (f64, f64),
}

/// Multiples of the prior's standard deviation, above its centre, at which the model is run.
const STEPS_IN_SD: [f64; 2] = [2.0, 8.0];

/// Finds the break-even value of each parameter for its conclusion: the model is run with the
/// parameters held at zero, above their centre and far above, on the same draws; between them the
/// mean effect is interpolated linearly. The parameters of one call are held together: none of
/// them may feed the conclusion of another.
pub fn break_even(
    model: &Model,
    seed: u64,
    draws: usize,
    group: &[(String, Conclusion)],
    progress: Progress<'_>,
) -> Result<Vec<Belief>, EnsembleError> {
    let mut grids = Vec::new();
    for (parameter, _) in group {
        let (centre, sd) = assumed(model, parameter)?;
        let sign = if centre < 0.0 { -1.0 } else { 1.0 };
        let mut grid = vec![0.0];
        grid.extend(STEPS_IN_SD.iter().map(|s| centre + sign * s * sd));
        grids.push((grid, (centre, sd)));
    }
    let mut effects: Vec<Vec<Vec<f64>>> = vec![Vec::new(); group.len()];
    for step in 0..=STEPS_IN_SD.len() {
        let held = group
            .iter()
            .zip(&grids)
            .map(|((p, _), (grid, _))| (p.clone(), grid[step]))
            .collect();
        let plan = Plan {
            seed,
            draws,
            arms: vec![Arm::shock()],
            held,
            last_year_only: true,
            acts_only_draws: 0,
        };
        let results = run(model, &plan, progress)?;
        for ((_, c), e) in group.iter().zip(&mut effects) {
            let k = results.indicator(&c.indicator)?;
            let sample = |arm| {
                if c.states.is_empty() {
                    results.sample(arm, k, None, 0)
                } else {
                    results.sample_mean(arm, k, &c.states, 0)
                }
            };
            e.push(
                sample(1)
                    .iter()
                    .zip(sample(0))
                    .map(|(s, q)| s - q)
                    .collect(),
            );
        }
    }
    Ok(group
        .iter()
        .zip(grids)
        .zip(&effects)
        .map(|(((parameter, c), (grid, assumed)), samples)| {
            let mean = |skip: Option<usize>| -> Vec<f64> {
                samples.iter().map(|s| mean_without(s, skip)).collect()
            };
            let means = mean(None);
            let break_even = match crossing(&grid, &means, c.threshold) {
                Crossing::AtStart => BreakEven::AtZero,
                Crossing::Never => BreakEven::NotUpTo {
                    value: grid[grid.len() - 1],
                },
                Crossing::At(value) => {
                    let folds: Vec<f64> = (0..draws)
                        .filter_map(|d| match crossing(&grid, &mean(Some(d)), c.threshold) {
                            Crossing::At(v) => Some(v),
                            _ => None,
                        })
                        .collect();
                    BreakEven::From {
                        value,
                        se: jackknife_se(&folds),
                    }
                }
            };
            Belief {
                parameter: parameter.clone(),
                break_even,
                curve: grid.iter().copied().zip(means).collect(),
                assumed,
            }
        })
        .collect())
}

fn assumed(model: &Model, parameter: &str) -> Result<(f64, f64), EnsembleError> {
    let (p, q) = model.params().get(parameter).ok_or_else(|| {
        realign_model::ModelError::MissingParameter {
            id: parameter.to_owned(),
        }
    })?;
    Ok(match (q, &p.prior) {
        (Some(q), _) => (q.mean, q.sd),
        (None, Prior::Fixed { value }) => (*value, value.abs().max(0.1) / 4.0),
        (None, prior) => {
            // Half of the central 68 % is the spread, whatever the shape.
            (
                prior.quantile(0.5),
                0.5 * (prior.quantile(0.84) - prior.quantile(0.16)),
            )
        }
    })
}

fn mean_without(sample: &[f64], skip: Option<usize>) -> f64 {
    let (sum, count) = sample
        .iter()
        .enumerate()
        .filter(|(d, v)| Some(*d) != skip && v.is_finite())
        .fold((0.0, 0.0), |(s, c), (_, v)| (s + v, c + 1.0));
    sum / count
}

#[derive(Clone, Copy, Debug, PartialEq)]
enum Crossing {
    AtStart,
    At(f64),
    Never,
}

/// First value at which the effect reaches the threshold in the threshold's own direction.
fn crossing(grid: &[f64], effects: &[f64], threshold: f64) -> Crossing {
    let reached = |e: f64| {
        if threshold < 0.0 {
            e <= threshold
        } else {
            e >= threshold
        }
    };
    if reached(effects[0]) {
        return Crossing::AtStart;
    }
    for k in 1..grid.len() {
        if reached(effects[k]) {
            let w = (threshold - effects[k - 1]) / (effects[k] - effects[k - 1]);
            return Crossing::At(grid[k - 1] + w * (grid[k] - grid[k - 1]));
        }
    }
    Crossing::Never
}

fn jackknife_se(folds: &[f64]) -> f64 {
    let n = folds.len() as f64;
    if folds.len() < 2 {
        return f64::NAN;
    }
    let mean = folds.iter().sum::<f64>() / n;
    ((n - 1.0) / n * folds.iter().map(|v| (v - mean).powi(2)).sum::<f64>()).sqrt()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ref_crossing_of_a_line() {
        // effect = −2·value: reaches −3 at 1.5.
        let (grid, effects) = ([0.0, 1.0, 4.0], [0.0, -2.0, -8.0]);
        assert_eq!(crossing(&grid, &effects, -3.0), Crossing::At(1.5));
        assert_eq!(crossing(&grid, &effects, -9.0), Crossing::Never);
        assert_eq!(crossing(&grid, &effects, 1.0), Crossing::Never);
        assert_eq!(
            crossing(&grid, &[-4.0, -5.0, -6.0], -3.0),
            Crossing::AtStart
        );
    }

    #[test]
    fn ref_jackknife_of_the_mean_is_its_standard_error() {
        // Leave-one-out means of 1..5; the standard error of the mean is sqrt(2.5 / 5).
        let all = [1.0, 2.0, 3.0, 4.0, 5.0];
        let folds: Vec<f64> = (0..5).map(|d| mean_without(&all, Some(d))).collect();
        assert!((jackknife_se(&folds) - 0.5_f64.sqrt()).abs() < 1e-12);
    }
}
