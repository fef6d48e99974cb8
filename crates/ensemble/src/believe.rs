//! What one would have to believe: the value of an assumed parameter at which a conclusion
//! begins to hold, on common draws.

use realign_atlas::StateId;
use realign_model::model::Model;
use realign_model::params::Prior;
use realign_numerics::stats;

use crate::run::{Plan, Progress, run};
use crate::{Arm, EnsembleError, Results};

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

/// How a break-even value is looked for.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Search<'a> {
    /// Multiples of the spread of what is assumed, above its centre, at which the model is run
    /// first, beside zero.
    pub steps_in_sd: &'a [f64],
    /// Most runs that close in on the root once it is between two values.
    pub rounds: usize,
}

impl Search<'_> {
    /// A few runs and interpolation between them: for a brief.
    pub const COARSE: Self = Self {
        steps_in_sd: &[2.0, 8.0],
        rounds: 0,
    };
    /// Root finding.
    pub const FINE: Self = Self {
        steps_in_sd: &[0.0, 2.0, 4.0, 8.0],
        rounds: 6,
    };
}

/// The bracket of a root is narrow enough at this share of the spread of what is assumed.
const NARROW: f64 = 0.02;

/// Finds the break-even value of each parameter for its conclusion, on the same draws throughout:
/// the model is run with the parameters held at zero and at the steps of `search`; between the two
/// values where the conclusion begins to hold, runs at the interpolated value and at the middle
/// take turns. The parameters of one call are held together: none of them may feed the conclusion
/// of another.
pub fn break_even(
    model: &Model,
    seed: u64,
    draws: usize,
    search: Search<'_>,
    group: &[(String, Conclusion)],
    progress: Progress<'_>,
) -> Result<Vec<Belief>, EnsembleError> {
    let mut curves = group
        .iter()
        .map(|(parameter, c)| Curve::new(model, parameter, c.threshold, search))
        .collect::<Result<Vec<_>, _>>()?;
    for step in 0..=search.steps_in_sd.len() + search.rounds {
        let wanted: Vec<Option<f64>> = curves
            .iter_mut()
            .map(|c| c.wants(step, search.steps_in_sd.len()))
            .collect();
        if wanted.iter().all(Option::is_none) {
            continue;
        }
        let held = group
            .iter()
            .zip(&wanted)
            .filter_map(|((p, _), v)| v.map(|v| (p.clone(), v)))
            .collect();
        let plan = Plan {
            seed,
            draws,
            chance_draws: 1,
            arms: vec![Arm::shock()],
            held,
            last_year_only: true,
            acts_only_draws: 0,
        };
        let results = run(model, &plan, progress)?;
        for ((_, c), (curve, value)) in group.iter().zip(curves.iter_mut().zip(wanted)) {
            if let Some(value) = value {
                curve.add(value, effects(&results, c)?);
            }
        }
    }
    Ok(group
        .iter()
        .zip(curves)
        .map(|((parameter, _), curve)| curve.belief(parameter, draws))
        .collect())
}

/// Effect of the acts in the last recorded year, one a draw.
fn effects(results: &Results, c: &Conclusion) -> Result<Vec<f64>, EnsembleError> {
    let k = results.indicator(&c.indicator)?;
    let last = results.years().len() - 1;
    let sample = |arm| {
        if c.states.is_empty() {
            results.sample(arm, k, None, last)
        } else {
            results.sample_mean(arm, k, &c.states, last)
        }
    };
    Ok(sample(1)
        .iter()
        .zip(sample(0))
        .map(|(s, q)| s - q)
        .collect())
}

/// Effects at the values tried so far, ascending away from zero.
struct Curve {
    first: Vec<f64>,
    points: Vec<(f64, Vec<f64>)>,
    threshold: f64,
    assumed: (f64, f64),
    /// Whether the last value closed in by interpolation; the next then halves.
    interpolated: bool,
}

impl Curve {
    fn new(
        model: &Model,
        parameter: &str,
        threshold: f64,
        search: Search<'_>,
    ) -> Result<Self, EnsembleError> {
        let (centre, sd) = assumed(model, parameter)?;
        let sign = if centre < 0.0 { -1.0 } else { 1.0 };
        let (low, high) = support(model, parameter);
        let mut first = vec![0.0_f64.clamp(low, high)];
        first.extend(
            search
                .steps_in_sd
                .iter()
                .map(|s| (centre + sign * s * sd).clamp(low, high)),
        );
        first.dedup();
        Ok(Self {
            first,
            points: Vec::new(),
            threshold,
            assumed: (centre, sd),
            interpolated: false,
        })
    }

    /// Value at which this curve wants the model next; `None` when it has what it needs.
    fn wants(&mut self, step: usize, steps: usize) -> Option<f64> {
        if step <= steps {
            return self.first.get(step).copied();
        }
        let (grid, means) = self.means(None);
        let Crossing::At(root) = crossing(&grid, &means, self.threshold) else {
            return None;
        };
        let k = grid.iter().position(|v| v.abs() >= root.abs())?.max(1);
        let (a, b) = (grid[k - 1], grid[k]);
        if (b - a).abs() <= NARROW * self.assumed.1 {
            return None;
        }
        self.interpolated = !self.interpolated;
        Some(if self.interpolated {
            root
        } else {
            0.5 * (a + b)
        })
    }

    fn add(&mut self, value: f64, effects: Vec<f64>) {
        let at = self.points.partition_point(|(v, _)| v.abs() < value.abs());
        self.points.insert(at, (value, effects));
    }

    fn means(&self, skip: Option<usize>) -> (Vec<f64>, Vec<f64>) {
        self.points
            .iter()
            .map(|(v, e)| (*v, mean_without(e, skip)))
            .unzip()
    }

    fn belief(self, parameter: &str, draws: usize) -> Belief {
        let (grid, means) = self.means(None);
        let break_even = match crossing(&grid, &means, self.threshold) {
            Crossing::AtStart => BreakEven::AtZero,
            Crossing::Never => BreakEven::NotUpTo {
                value: grid[grid.len() - 1],
            },
            Crossing::At(value) => {
                let folds: Vec<f64> = (0..draws)
                    .filter_map(
                        |d| match crossing(&grid, &self.means(Some(d)).1, self.threshold) {
                            Crossing::At(v) => Some(v),
                            _ => None,
                        },
                    )
                    .collect();
                BreakEven::From {
                    value,
                    se: jackknife_se(&folds),
                }
            }
        };
        Belief {
            parameter: parameter.to_owned(),
            break_even,
            curve: grid.into_iter().zip(means).collect(),
            assumed: self.assumed,
        }
    }
}

/// Ends of what the prior allows.
fn support(model: &Model, parameter: &str) -> (f64, f64) {
    let all = (f64::NEG_INFINITY, f64::INFINITY);
    model
        .params()
        .get(parameter)
        .map_or(all, |(p, _)| match p.prior {
            Prior::Normal { min, max, .. } => (
                min.unwrap_or(f64::NEG_INFINITY),
                max.unwrap_or(f64::INFINITY),
            ),
            Prior::Beta { .. } => (0.0, 1.0),
            Prior::Uniform { low, high } => (low, high),
            Prior::LogNormal { .. } => (0.0, f64::INFINITY),
            Prior::Fixed { .. } => all,
        })
}

/// How strongly an assumption moves a conclusion: rank correlation of its value with the effect of
/// the acts, over draws.
#[derive(Clone, Debug, PartialEq)]
pub struct Influence {
    /// Full identifier of the parameter.
    pub parameter: String,
    /// Spearman correlation with the effect.
    pub rank_correlation: f64,
}

/// Ranks the assumptions (uncertain parameters that no data of the atlas have replaced) by their
/// influence on a conclusion, the strongest first.
pub fn influences(
    model: &Model,
    seed: u64,
    draws: usize,
    conclusion: &Conclusion,
    progress: Progress<'_>,
) -> Result<Vec<Influence>, EnsembleError> {
    let plan = Plan {
        seed,
        draws,
        chance_draws: 1,
        arms: vec![Arm::shock()],
        held: Vec::new(),
        last_year_only: true,
        acts_only_draws: 0,
    };
    let effects = effects(&run(model, &plan, progress)?, conclusion)?;
    let kept: Vec<usize> = (0..draws).filter(|d| effects[*d].is_finite()).collect();
    let values = kept
        .iter()
        .map(|d| plan.values(model, *d))
        .collect::<Result<Vec<_>, _>>()?;
    let effect_ranks = ranks(&kept.iter().map(|d| effects[*d]).collect::<Vec<_>>());
    let mut out = Vec::new();
    for (id, p, q) in model.params().iter() {
        if q.is_some() || p.prior.is_fixed() {
            continue;
        }
        let sample = values
            .iter()
            .map(|v| v.get(id))
            .collect::<Result<Vec<_>, _>>()?;
        let rank_correlation = stats::correlation(&ranks(&sample), &effect_ranks);
        if rank_correlation.is_finite() {
            out.push(Influence {
                parameter: id.to_owned(),
                rank_correlation,
            });
        }
    }
    out.sort_by(|a, b| {
        b.rank_correlation
            .abs()
            .total_cmp(&a.rank_correlation.abs())
            .then_with(|| a.parameter.cmp(&b.parameter))
    });
    Ok(out)
}

/// Ranks from 0; equal values share their mean rank.
fn ranks(x: &[f64]) -> Vec<f64> {
    let mut order: Vec<usize> = (0..x.len()).collect();
    order.sort_by(|a, b| x[*a].total_cmp(&x[*b]));
    let mut out = vec![0.0; x.len()];
    let mut k = 0;
    while k < order.len() {
        let mut end = k + 1;
        while end < order.len() && x[order[end]] == x[order[k]] {
            end += 1;
        }
        let rank = 0.5 * (k + end - 1) as f64;
        for o in &order[k..end] {
            out[*o] = rank;
        }
        k = end;
    }
    out
}

/// Centre and spread of what is assumed or estimated of a parameter.
pub fn assumed(model: &Model, parameter: &str) -> Result<(f64, f64), EnsembleError> {
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
    fn ref_ranks_share_ties() {
        assert_eq!(ranks(&[3.0, 1.0, 3.0, 2.0]), [2.5, 0.0, 2.5, 1.0]);
    }

    #[test]
    fn ref_jackknife_of_the_mean_is_its_standard_error() {
        // Leave-one-out means of 1..5; the standard error of the mean is sqrt(2.5 / 5).
        let all = [1.0, 2.0, 3.0, 4.0, 5.0];
        let folds: Vec<f64> = (0..5).map(|d| mean_without(&all, Some(d))).collect();
        assert!((jackknife_se(&folds) - 0.5_f64.sqrt()).abs() < 1e-12);
    }
}
