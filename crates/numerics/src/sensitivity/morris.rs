//! Screening by elementary effects (Morris 1991; Campolongo, Cariboni & Saltelli 2007).
//!
//! A trajectory starts at a random point of a grid and moves one factor after the other, in random
//! order, by half the range; the elementary effect of a factor is the change of the output over the
//! move. Levels are the midpoints of equal cells of (0, 1), so that quantile functions stay finite
//! and the move is exactly 1/2.

use crate::random::Stream;
use crate::sensitivity::bootstrap::{self, Bootstrap, Estimate};
use crate::stats;
use crate::{NumericsError, check_domain, check_len};

/// Address of the trajectories among the uses of a seed.
const PURPOSE: u32 = 0x6d6f_7272;
/// Move of a factor, in units of probability.
const STEP: f64 = 0.5;

/// One trajectory: where it starts and in which order the factors move.
#[derive(Clone, Debug, PartialEq)]
struct Trajectory {
    start: Vec<u32>,
    order: Vec<usize>,
}

/// The rows to evaluate for a screening.
#[derive(Clone, Debug, PartialEq)]
pub struct MorrisDesign {
    factors: usize,
    levels: u32,
    trajectories: Vec<Trajectory>,
}

impl MorrisDesign {
    /// `trajectories` × (factors + 1) rows on a grid with an even number of `levels` (4 is usual).
    /// `Domain` when a number is zero or the levels are odd.
    pub fn new(
        trajectories: usize,
        factors: usize,
        levels: u32,
        seed: u64,
    ) -> Result<Self, NumericsError> {
        check_domain(trajectories > 0, "number of trajectories", 0.0, "positive")?;
        check_domain(factors > 0, "number of factors", 0.0, "positive")?;
        check_domain(
            levels >= 2 && levels.is_multiple_of(2),
            "number of levels",
            f64::from(levels),
            "even and at least 2",
        )?;
        let trajectories = (0..trajectories)
            .map(|t| random_trajectory(Stream::new(seed, t as u32), factors, levels))
            .collect();
        Ok(Self {
            factors,
            levels,
            trajectories,
        })
    }

    /// Like [`Self::new`], but the trajectories are picked from `candidates` random ones so that
    /// they lie far apart: greedy form of Campolongo et al. 2007 (Ruano et al. 2012), which starts
    /// from the farthest pair and adds the candidate with the largest sum of squared distances to
    /// those chosen. Costs about candidates² × factors² operations.
    pub fn spread(
        trajectories: usize,
        candidates: usize,
        factors: usize,
        levels: u32,
        seed: u64,
    ) -> Result<Self, NumericsError> {
        check_domain(
            candidates >= trajectories,
            "number of candidate trajectories",
            candidates as f64,
            "at least the number of trajectories",
        )?;
        let all = Self::new(candidates, factors, levels, seed)?;
        let distance: Vec<Vec<f64>> = all
            .trajectories
            .iter()
            .enumerate()
            .map(|(m, a)| {
                all.trajectories[..m]
                    .iter()
                    .map(|b| distance(a, b, levels).powi(2))
                    .collect()
            })
            .collect();
        let between = |a: usize, b: usize| {
            if a > b {
                distance[a][b]
            } else {
                distance[b][a]
            }
        };
        let mut chosen = Vec::with_capacity(trajectories);
        // Sum of squared distances to the chosen; for the first one, to the farthest candidate.
        let mut score: Vec<f64> = (0..candidates)
            .map(|a| {
                (0..candidates)
                    .filter(|b| *b != a)
                    .map(|b| between(a, b))
                    .fold(0.0, f64::max)
            })
            .collect();
        while chosen.len() < trajectories {
            let mut best = None;
            for c in 0..candidates {
                if !chosen.contains(&c) && best.is_none_or(|b: usize| score[c] > score[b]) {
                    best = Some(c);
                }
            }
            let Some(next) = best else { break };
            if chosen.is_empty() {
                score.iter_mut().for_each(|s| *s = 0.0);
            }
            for c in (0..candidates).filter(|c| *c != next) {
                score[c] += between(c, next);
            }
            chosen.push(next);
        }
        Ok(Self {
            trajectories: chosen
                .iter()
                .map(|c| all.trajectories[*c].clone())
                .collect(),
            ..all
        })
    }

    /// Number of factors: the length of a row.
    pub fn factors(&self) -> usize {
        self.factors
    }

    /// Number of rows to evaluate.
    pub fn len(&self) -> usize {
        self.trajectories.len() * (self.factors + 1)
    }

    /// Never: a design has rows.
    pub fn is_empty(&self) -> bool {
        false
    }

    /// Writes row `index` (below [`Self::len`]) into `row` (one uniform a factor).
    pub fn write_row(&self, index: usize, row: &mut [f64]) {
        let t = &self.trajectories[index / (self.factors + 1)];
        let moved = index % (self.factors + 1);
        for (x, level) in row.iter_mut().zip(&t.start) {
            *x = midpoint(*level, self.levels);
        }
        for factor in &t.order[..moved] {
            row[*factor] = midpoint(opposite(t.start[*factor], self.levels), self.levels);
        }
    }

    /// All rows in order, made one by one.
    pub fn rows(&self) -> impl Iterator<Item = Vec<f64>> + '_ {
        (0..self.len()).map(|i| {
            let mut row = vec![0.0; self.factors];
            self.write_row(i, &mut row);
            row
        })
    }

    /// Elementary effects from the `outputs` of all rows, in order. A value that is not finite
    /// marks a failed run: the effects next to it are dropped. Trajectories are resampled whole.
    /// `Shape` when the number of outputs is wrong.
    pub fn analyse(
        &self,
        outputs: &[f64],
        options: &Bootstrap,
    ) -> Result<MorrisEffects, NumericsError> {
        check_len("outputs of the design", outputs.len(), self.len())?;
        let k = self.factors;
        let count = self.trajectories.len();
        // Effects by factor and trajectory, NaN where a run failed.
        let mut effects = vec![vec![f64::NAN; count]; k];
        for (t, (path, y)) in self
            .trajectories
            .iter()
            .zip(outputs.chunks_exact(k + 1))
            .enumerate()
        {
            for (step, factor) in path.order.iter().enumerate() {
                let up = opposite(path.start[*factor], self.levels) > path.start[*factor];
                let effect = (y[step + 1] - y[step]) / if up { STEP } else { -STEP };
                if effect.is_finite() {
                    effects[*factor][t] = effect;
                }
            }
        }
        let resamples: Vec<Vec<f64>> = (0..options.resamples)
            .map(|r| {
                let mut weight = vec![0.0; count];
                bootstrap::counts(count, options.seed, r, |t| weight[t] += 1.0);
                weight
            })
            .collect();
        let effects = effects
            .iter()
            .enumerate()
            .map(|(factor, effects)| {
                let valid: Vec<f64> = effects.iter().copied().filter(|e| e.is_finite()).collect();
                let size: Vec<f64> = effects.iter().map(|e| e.abs()).collect();
                let means: Vec<f64> = resamples
                    .iter()
                    .map(|weight| {
                        let (mut sum, mut total) = (0.0, 0.0);
                        for (w, e) in weight.iter().zip(&size).filter(|(_, e)| e.is_finite()) {
                            sum += w * e;
                            total += w;
                        }
                        sum / total
                    })
                    .collect();
                MorrisEffect {
                    factor,
                    mu: stats::mean(&valid),
                    mu_star: Estimate::from_resamples(
                        bootstrap::finite_mean(&size).0,
                        &means,
                        options,
                    ),
                    sigma: stats::sd(&valid),
                    effects: valid.len(),
                }
            })
            .collect();
        Ok(MorrisEffects {
            effects,
            trajectories: count,
            failed_rows: outputs.iter().filter(|y| !y.is_finite()).count(),
        })
    }
}

/// Elementary effects of one factor, in units of output per unit of probability of the factor.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct MorrisEffect {
    /// The factor.
    pub factor: usize,
    /// Mean effect, with sign; NaN when every effect was dropped.
    pub mu: f64,
    /// Mean absolute effect, with its interval: the measure for screening.
    pub mu_star: Estimate,
    /// Standard deviation of the effects: large beside mu* where the factor interacts or bends.
    pub sigma: f64,
    /// Number of effects used.
    pub effects: usize,
}

/// Result of a screening.
#[derive(Clone, Debug, PartialEq)]
pub struct MorrisEffects {
    /// One entry a factor, in order of factors.
    pub effects: Vec<MorrisEffect>,
    /// Number of trajectories.
    pub trajectories: usize,
    /// Runs that failed or are missing.
    pub failed_rows: usize,
}

impl MorrisEffects {
    /// Factors from the largest mu* to the smallest; factors without an effect come last.
    pub fn ranking(&self) -> Vec<usize> {
        let key = |f: usize| {
            let m = self.effects[f].mu_star.value;
            if m.is_nan() { f64::NEG_INFINITY } else { m }
        };
        let mut order: Vec<usize> = (0..self.effects.len()).collect();
        order.sort_by(|a, b| key(*b).total_cmp(&key(*a)));
        order
    }

    /// Factors that survive: at most `most`, by rank, each with an upper end of mu* of at least
    /// `share` of the largest mu*. A factor whose effects are all missing survives last, since
    /// nothing is known of it.
    pub fn survivors(&self, share: f64, most: usize) -> Vec<usize> {
        let order = self.ranking();
        let largest = order
            .first()
            .map_or(0.0, |f| self.effects[*f].mu_star.value);
        order
            .into_iter()
            .filter(|f| {
                let m = self.effects[*f].mu_star;
                let upper = if m.high.is_nan() { m.value } else { m.high };
                upper.is_nan() || (upper > 0.0 && upper >= share * largest)
            })
            .take(most)
            .collect()
    }
}

fn midpoint(level: u32, levels: u32) -> f64 {
    (f64::from(level) + 0.5) / f64::from(levels)
}

/// The level half the range away.
fn opposite(level: u32, levels: u32) -> u32 {
    (level + levels / 2) % levels
}

fn random_trajectory(stream: Stream, factors: usize, levels: u32) -> Trajectory {
    let below = |bound: usize, step: u32, j: usize| {
        ((stream.uniform(PURPOSE, j as u32, step, 0) * bound as f64) as usize).min(bound - 1)
    };
    let start = (0..factors)
        .map(|j| below(levels as usize, 0, j) as u32)
        .collect();
    let mut order: Vec<usize> = (0..factors).collect();
    for j in (1..factors).rev() {
        order.swap(j, below(j + 1, 1, j));
    }
    Trajectory { start, order }
}

/// Sum of the Euclidean distances between all points of two trajectories. Points that follow each
/// other differ in one factor, so that squared distances are updated, not summed anew.
fn distance(a: &Trajectory, b: &Trajectory, levels: u32) -> f64 {
    let gap = |x: u32, y: u32| {
        let d = (f64::from(x) - f64::from(y)) / f64::from(levels);
        d * d
    };
    let mut from = a.start.clone();
    let mut square: f64 = from.iter().zip(&b.start).map(|(x, y)| gap(*x, *y)).sum();
    let mut total = 0.0;
    for step in 0..=a.order.len() {
        if let Some(j) = step.checked_sub(1).map(|s| a.order[s]) {
            square -= gap(from[j], b.start[j]);
            from[j] = opposite(from[j], levels);
            square += gap(from[j], b.start[j]);
        }
        let mut here = square;
        total += here.max(0.0).sqrt();
        for j in &b.order {
            here += gap(from[*j], opposite(b.start[*j], levels)) - gap(from[*j], b.start[*j]);
            total += here.max(0.0).sqrt();
        }
    }
    total
}
