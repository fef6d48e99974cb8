//! Iteratively reweighted least squares as an inexact Newton method.
//!
//! The linear predictor stays in the span of regressors and fixed effects, so each step projects
//! the working residual (y − μ)/μ alone, and only as far as the step deserves. The partialled-out
//! regressors X̃ enter the step through X̃ᵀWX̃ only, where an error in X̃ counts squared; they are
//! refreshed a few times on the way and made exact at the end.

use rayon::prelude::*;

use super::absorb::{Weighted, task_sums};
use super::dense;
use super::envelope::Factors;
use super::layout::Layout;
use super::options::Options;
use super::result::Work;

/// Rows of one piece of element-wise work.
const PIECE: usize = 16_384;
/// Sweeps of proportional fitting that give the first fitted values.
const SWEEPS: usize = 4;
/// Residual that a step's inner solve leaves, relative to its start.
const FORCING: f64 = 0.03;
/// Tolerance of the partialled-out regressors on the way.
const LOOSE: f64 = 0.01;
/// Most halvings of a step.
const HALVINGS: usize = 30;
/// Largest change of the linear predictor in one step.
const LARGEST: f64 = 50.0;
/// Steps after convergence that make the fitted sums exact.
const POLISH: usize = 12;
/// Residual that the inner solves of these steps leave, of each sum, and what is rounding.
const TIGHT: f64 = 1e-4;
const SUM_ROUNDING: f64 = 1e-14;
/// Such steps in a row without progress that mean rounding.
const VAIN: usize = 3;

/// Data of an estimation, in stored order.
#[derive(Clone, Debug)]
pub(crate) struct Problem {
    pub layout: Layout,
    /// Outcome, not negative.
    pub y: Vec<f64>,
    /// Prior weights, positive; none are all one.
    pub prior: Option<Vec<f64>>,
    /// Offset; none is zero.
    pub offset: Option<Vec<f64>>,
    /// Regressors, rows × columns.
    pub x: Vec<f64>,
    pub columns: usize,
    /// Column of ones, when there are no fixed effects.
    pub intercept: Option<usize>,
}

impl Problem {
    fn prior(&self, r: usize) -> f64 {
        self.prior.as_ref().map_or(1.0, |w| w[r])
    }
}

/// Where the iterations stand.
#[derive(Clone, Debug)]
pub(crate) struct State {
    pub beta: Vec<f64>,
    /// Linear predictor with offset.
    pub eta: Vec<f64>,
    pub mu: Vec<f64>,
    pub deviance: f64,
    /// Relative change of the deviance in the last step.
    pub change: f64,
    pub work: Work,
    /// Weights at the fitted values.
    pub weighted: Weighted,
    pub factors: Factors,
    /// Partialled-out regressors, rows × columns.
    pub x: Vec<f64>,
    /// Largest relative error of a fitted sum, over all levels of all effects.
    pub adding_up: f64,
    /// Largest score of a regressor, as the root mean square effect of the step it asks for.
    pub score: f64,
    /// Working storage of the steps.
    pub step: Vec<f64>,
    pub converged: bool,
}

/// Runs the iterations. The caller judges `converged`.
pub(crate) fn run(problem: &mut Problem, options: &Options) -> State {
    let x = std::mem::take(&mut problem.x);
    let problem = &*problem;
    let (layout, rows, k) = (&problem.layout, problem.layout.rows, problem.columns);
    let mu = first_fit(problem);
    let eta: Vec<f64> = mu.iter().map(|m| m.ln()).collect();
    let mut weighted = Weighted::new(layout, vec![1.0; rows]);
    reweight(problem, &mu, &mut weighted);
    let factors = weighted.factor(layout);
    let mut s = State {
        beta: vec![0.0; k],
        deviance: deviance(problem, &mu),
        change: f64::INFINITY,
        work: Work::default(),
        adding_up: f64::INFINITY,
        score: f64::INFINITY,
        step: vec![0.0; rows],
        converged: false,
        eta,
        mu,
        weighted,
        factors,
        x,
    };
    s.work.factorisations = 1;
    if let Some(c) = problem.intercept {
        s.beta[c] = s.eta[0] - problem.offset.as_ref().map_or(0.0, |o| o[0]);
    }
    let mut last_inner = usize::MAX;
    while s.work.iterations < options.max_iterations {
        let refresh = s.work.iterations;
        if refresh > 0 && (refresh <= 3 || last_inner > s.work.inner_at_factor + 4) {
            s.factors = s.weighted.factor(layout);
            s.work.factorisations += 1;
            s.work.inner_at_factor = usize::MAX;
        }
        if k > 0 && (matches!(refresh, 0 | 2 | 4) || refresh > 6) {
            let done = s
                .weighted
                .partial_out(layout, &s.factors, &mut s.x, k, LOOSE);
            s.work.inner_regressors += done.iterations;
        }
        let before = s.deviance;
        let Some(inner) = newton(problem, &mut s, FORCING, None) else {
            break;
        };
        last_inner = inner;
        s.work.inner_at_factor = s.work.inner_at_factor.min(inner);
        s.work.iterations += 1;
        s.change = (before - s.deviance).abs() / (0.1 + s.deviance.abs());
        if s.change < options.tolerance {
            judge(problem, &mut s);
            if s.adding_up.max(s.score) < options.tolerance.sqrt() {
                s.converged = true;
                break;
            }
        }
    }
    if s.converged {
        polish(problem, &mut s, options);
    }
    s
}

/// Steps that make scores vanish to rounding, then the exact regressors.
fn polish(problem: &Problem, s: &mut State, options: &Options) {
    let (layout, k) = (&problem.layout, problem.columns);
    let keep = |s: &State| {
        (
            s.adding_up,
            s.score,
            s.eta.clone(),
            s.mu.clone(),
            s.beta.clone(),
        )
    };
    let mut best = keep(s);
    let mut in_vain = 0;
    let mut sums = vec![0.0; layout.unknowns];
    for r in 0..layout.rows {
        for u in &layout.ids[r * layout.dims..][..layout.dims] {
            sums[*u as usize] += problem.prior(r) * problem.y[r];
        }
    }
    for _ in 0..POLISH {
        let goal = options.adding_up_tolerance;
        if best.0.max(best.1) <= goal || in_vain == VAIN {
            break;
        }
        let share = (TIGHT * s.adding_up).max(SUM_ROUNDING);
        let bound: Vec<f64> = sums.iter().map(|y| share * y).collect();
        if newton(problem, s, TIGHT, Some(&bound)).is_none() {
            break;
        }
        s.work.polish += 1;
        judge(problem, s);
        if s.adding_up.max(s.score) < best.0.max(best.1) {
            best = keep(s);
            in_vain = 0;
        } else {
            in_vain += 1;
        }
    }
    (s.adding_up, s.score, s.eta, s.mu, s.beta) = best;
    reweight(problem, &s.mu, &mut s.weighted);
    s.deviance = deviance(problem, &s.mu);
    if k > 0 {
        s.factors = s.weighted.factor(layout);
        s.work.factorisations += 1;
        let done =
            s.weighted
                .partial_out(layout, &s.factors, &mut s.x, k, options.regressor_tolerance);
        s.work.inner_regressors += done.iterations;
        s.converged &= done.converged;
    }
}

/// One Newton step; the inner iterations it took, or none when no step helps. Without a bound on
/// the residual of each sum the step is damped: it must not raise the deviance. Close to the
/// solution, where bounds are given, the deviance is too coarse a judge.
fn newton(problem: &Problem, s: &mut State, forcing: f64, bound: Option<&[f64]>) -> Option<usize> {
    let damped = bound.is_none();
    let (layout, k) = (&problem.layout, problem.columns);
    let score = |r: usize| problem.prior(r) * (problem.y[r] - s.mu[r]);
    let target = s.weighted.target::<1>(layout, |r| [score(r)]);
    let goal = |_: usize, start: f64| forcing * forcing * start;
    let (level, done) = s
        .weighted
        .solve::<1>(layout, &s.factors, &target, goal, bound);
    s.work.inner += done.iterations;
    let mut step = std::mem::take(&mut s.step);
    step.fill(0.0);
    s.weighted
        .subtract_fit::<1>(layout, &target, &level, &mut step, 1, 0);
    let mut move_beta = vec![0.0; k];
    if k > 0 {
        let gram = dense::gram(layout, &s.x, k, |r| s.weighted.weight[r]);
        // `step` is minus the fit: what is left of the score once the effects have moved.
        move_beta = dense::cross(layout, &s.x, k, |r| {
            score(r) + s.weighted.weight[r] * step[r]
        });
        dense::solve_positive(&gram, k, &mut move_beta);
    }
    let x = &s.x;
    step.par_chunks_mut(PIECE)
        .enumerate()
        .for_each(|(piece, step)| {
            for (i, v) in step.iter_mut().enumerate() {
                let x = &x[(piece * PIECE + i) * k..][..k];
                let along: f64 = x.iter().zip(&move_beta).map(|(x, b)| x * b).sum();
                *v = along - *v;
            }
        });
    let start = s.deviance;
    // Below this a rise is rounding.
    let [total] = task_sums::<1>(layout, |r| [problem.prior(r) * problem.y[r]]);
    let slack = 1e-12 * start.abs() + 1e-14 * total;
    let largest = step.par_iter().map(|d| d.abs()).reduce(|| 0.0, f64::max);
    let mut factor = if largest > LARGEST {
        LARGEST / largest
    } else {
        1.0
    };
    let mut done_factor = 0.0;
    for _ in 0..HALVINGS {
        let change = factor - done_factor;
        s.deviance = advance(problem, &mut s.eta, &mut s.mu, &step, change);
        done_factor = factor;
        if !damped || s.deviance <= start + slack {
            break;
        }
        factor *= 0.5;
        s.work.halvings += 1;
    }
    let ok = s.deviance.is_finite() && (!damped || s.deviance <= start + slack);
    if ok {
        for (b, m) in s.beta.iter_mut().zip(&move_beta) {
            *b += factor * m;
        }
    } else {
        s.deviance = advance(problem, &mut s.eta, &mut s.mu, &step, -done_factor);
    }
    s.step = step;
    reweight(problem, &s.mu, &mut s.weighted);
    ok.then_some(done.iterations)
}

/// η ← η + change·step, μ ← exp η; returns the deviance.
fn advance(problem: &Problem, eta: &mut [f64], mu: &mut [f64], step: &[f64], change: f64) -> f64 {
    eta.par_chunks_mut(PIECE)
        .zip(mu.par_chunks_mut(PIECE))
        .zip(step.par_chunks(PIECE))
        .for_each(|((eta, mu), step)| {
            for ((e, m), d) in eta.iter_mut().zip(mu).zip(step) {
                *e += change * d;
                *m = e.exp();
            }
        });
    deviance(problem, mu)
}

/// Twice the gap between the saturated and the fitted log likelihood.
fn deviance(problem: &Problem, mu: &[f64]) -> f64 {
    let [sum] = task_sums::<1>(&problem.layout, |r| {
        let (y, m) = (problem.y[r], mu[r]);
        let gap = if y > 0.0 {
            y * (y / m).ln() - (y - m)
        } else {
            m
        };
        [problem.prior(r) * gap]
    });
    2.0 * sum
}

fn reweight(problem: &Problem, mu: &[f64], weighted: &mut Weighted) {
    if let Some(prior) = &problem.prior {
        let pieces = weighted.weight.par_chunks_mut(PIECE);
        let pieces = pieces
            .zip(mu.par_chunks(PIECE))
            .zip(prior.par_chunks(PIECE));
        pieces.for_each(|((w, m), p)| {
            for ((w, m), p) in w.iter_mut().zip(m).zip(p) {
                *w = (m * p).max(f64::MIN_POSITIVE);
            }
        });
    } else {
        let pieces = weighted
            .weight
            .par_chunks_mut(PIECE)
            .zip(mu.par_chunks(PIECE));
        pieces.for_each(|(w, m)| {
            for (w, m) in w.iter_mut().zip(m) {
                *w = m.max(f64::MIN_POSITIVE);
            }
        });
    }
    weighted.refresh(&problem.layout);
}

/// First fitted values: exp(offset) scaled to the sums of each effect in turn.
fn first_fit(problem: &Problem) -> Vec<f64> {
    let (layout, dims) = (&problem.layout, problem.layout.dims);
    let rows = layout.rows;
    let mut mu: Vec<f64> = (0..rows)
        .map(|r| problem.offset.as_ref().map_or(1.0, |o| o[r].exp()))
        .collect();
    let [y, m] = task_sums::<2>(layout, |r| {
        let w = problem.prior(r);
        [w * problem.y[r], w * mu[r]]
    });
    mu.iter_mut().for_each(|v| *v *= y / m);
    let mut have = vec![0.0; layout.unknowns];
    let mut want = vec![0.0; layout.unknowns];
    for r in 0..rows {
        for u in &layout.ids[r * dims..][..dims] {
            want[*u as usize] += problem.prior(r) * problem.y[r];
        }
    }
    for _ in 0..SWEEPS {
        for d in 0..dims {
            have.fill(0.0);
            for r in 0..rows {
                have[layout.ids[r * dims + d] as usize] += problem.prior(r) * mu[r];
            }
            for r in 0..rows {
                let u = layout.ids[r * dims + d] as usize;
                mu[r] *= want[u] / have[u];
            }
        }
        if layout.eliminates {
            for s in 0..layout.segments() {
                let (mut want, mut have) = (0.0, 0.0);
                for r in layout.rows_of(s) {
                    want += problem.prior(r) * problem.y[r];
                    have += problem.prior(r) * mu[r];
                }
                for r in layout.rows_of(s) {
                    mu[r] *= want / have;
                }
            }
        }
    }
    mu
}

/// How far the state is from a solution.
fn judge(problem: &Problem, s: &mut State) {
    s.adding_up = adding_up(problem, &s.mu);
    let (layout, k) = (&problem.layout, problem.columns);
    let gap = |r: usize| problem.prior(r) * (problem.y[r] - s.mu[r]);
    let score = dense::cross(layout, &s.x, k, gap);
    let gram = dense::gram(layout, &s.x, k, |r| s.weighted.weight[r]);
    let [total] = task_sums::<1>(layout, |r| [s.weighted.weight[r]]);
    let scaled = (0..k).map(|a| score[a].abs() / (gram[a * k + a] * total).sqrt());
    s.score = scaled.fold(0.0, f64::max);
}

/// Largest relative gap between a fitted sum and the data's, over all levels.
fn adding_up(problem: &Problem, mu: &[f64]) -> f64 {
    let (layout, dims) = (&problem.layout, problem.layout.dims);
    let mut data = vec![0.0; layout.unknowns];
    let mut gap = vec![0.0; layout.unknowns];
    let mut worst = 0.0f64;
    for s in 0..layout.segments() {
        let (mut y, mut e) = (0.0, 0.0);
        for r in layout.rows_of(s) {
            let w = problem.prior(r);
            let (a, b) = (w * problem.y[r], w * (problem.y[r] - mu[r]));
            y += a;
            e += b;
            for u in &layout.ids[r * dims..][..dims] {
                data[*u as usize] += a;
                gap[*u as usize] += b;
            }
        }
        if layout.eliminates {
            worst = worst.max((e / y).abs());
        }
    }
    for (y, e) in data.iter().zip(&gap) {
        worst = worst.max((e / y).abs());
    }
    worst
}
