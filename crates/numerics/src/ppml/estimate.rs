//! The estimation from table to result.

use super::absorb::Weighted;
use super::covariance::{Sandwich, parameters};
use super::dense;
use super::error::PpmlError;
use super::frame::Frame;
use super::irls::{self, Problem, State};
use super::layout::{Effect, Layout};
use super::options::{Options, Spec};
use super::rectifier;
use super::result::{EffectInfo, Estimate, Fit, LeftOut, Omitted, Progress, Rule, Work};
use super::separation;
use super::table::Table;
use super::three_way::ThreeWayInput;

/// Tolerance of the projection that judges collinearity.
const COLLINEAR_PROJECTION: f64 = 1e-8;
/// Most times that rows are taken out and the model is run again.
const RERUNS: usize = 20;

/// Estimates `spec` on `table`. An estimate exists only when the iterations converged; otherwise
/// the error holds their state.
pub fn fit(table: &Table, spec: &Spec, options: &Options) -> Result<Fit, PpmlError> {
    let frame = Frame::new(table, spec)?;
    let mut sample = Sample::new(&frame, options);
    let mut work = Work::default();
    let (mut problem, mut kept) = prepare(&mut sample, options, &mut work)?;
    // A search that came to an end leaves nothing for the last rule.
    let watch = options.separation.small_mu && !(options.separation.rectifier && sample.complete);
    let mut reruns = 0;
    let state = loop {
        let state = irls::run(&mut problem, options);
        if !watch || reruns == RERUNS {
            break state;
        }
        reruns += 1;
        let suspect = separation::suspects(&problem.layout, &problem.y, &state.mu);
        let mut x = state.x.clone();
        let found = rectifier::rectify(&problem.layout, &suspect, &mut x, problem.columns);
        if found.rows.is_empty() {
            break state;
        }
        sample.drop_rows(&problem.layout, &found.rows, Rule::SmallMu, options);
        (problem, kept) = estimable(&sample, options, &mut work)?;
    };
    finish(&frame, &sample, &mut problem, &kept, state, work, options)
}

/// The rows that [`fit`] leaves out before it estimates.
pub fn left_out(table: &Table, spec: &Spec, options: &Options) -> Result<Omitted, PpmlError> {
    let frame = Frame::new(table, spec)?;
    let mut sample = Sample::new(&frame, options);
    prepare(&mut sample, options, &mut Work::default())?;
    sample.left_out.sort_by_key(|l| l.row);
    Ok(Omitted {
        rows: sample.left_out,
        complete: sample.complete,
    })
}

/// The rows in use.
struct Sample<'f> {
    frame: &'f Frame<'f>,
    alive: Vec<bool>,
    rows: Vec<u32>,
    left_out: Vec<LeftOut>,
    /// Whether the search for separated rows came to an end.
    complete: bool,
}

impl<'f> Sample<'f> {
    fn new(frame: &'f Frame<'f>, options: &Options) -> Self {
        let alive = frame.complete.clone();
        let missing = (0..frame.rows as u32).filter(|r| !alive[*r as usize]);
        let missing = missing.map(|row| LeftOut {
            row,
            rule: Rule::Missing,
        });
        let mut sample = Self {
            frame,
            left_out: missing.collect(),
            alive,
            rows: Vec::new(),
            complete: true,
        };
        sample.settle(options);
        sample
    }

    /// Applies the group rules and lists the rows that are left.
    fn settle(&mut self, options: &Options) {
        let (zeros, single) = (options.separation.zero_groups, options.drop_singletons);
        if zeros || single {
            separation::zero_groups(
                self.frame,
                &mut self.alive,
                zeros,
                single,
                &mut self.left_out,
            );
        }
        self.rows = (0..self.frame.rows as u32)
            .filter(|r| self.alive[*r as usize])
            .collect();
    }

    fn drop_rows(&mut self, layout: &Layout, stored: &[usize], rule: Rule, options: &Options) {
        for s in stored {
            let row = self.rows[layout.order[*s] as usize];
            self.alive[row as usize] = false;
            self.left_out.push(LeftOut { row, rule });
        }
        self.settle(options);
    }

    fn effects(&self) -> Vec<Effect> {
        let effects = self.frame.effects.iter();
        effects.map(|(_, l)| l.restrict(&self.rows)).collect()
    }

    /// The estimation problem with some of the regressors.
    fn problem(&self, regressors: &[usize]) -> Result<Problem, PpmlError> {
        let f = self.frame;
        let positive = self.rows.iter().any(|r| f.y[*r as usize] > 0.0);
        if !positive {
            let by = |rule: Rule| self.left_out.iter().filter(|l| l.rule == rule).count();
            let missing = by(Rule::Missing);
            return Err(PpmlError::NoRows {
                rows: f.rows,
                missing,
                separated: f.rows - missing - by(Rule::Singleton),
            });
        }
        let layout = Layout::new(&self.effects(), self.rows.len());
        let input: Vec<u32> = layout.sorted(&self.rows);
        let take = |v: &[f64]| -> Vec<f64> { input.iter().map(|r| v[*r as usize]).collect() };
        let k = regressors.len();
        let mut x = vec![0.0; input.len() * k];
        for (c, j) in regressors.iter().enumerate() {
            let value = &f.regressors[*j].value;
            for (s, r) in input.iter().enumerate() {
                x[s * k + c] = value[*r as usize];
            }
        }
        Ok(Problem {
            y: take(f.y),
            prior: f.weight.map(take),
            offset: f.offset.map(take),
            x,
            columns: k,
            intercept: regressors
                .iter()
                .position(|j| f.effects.is_empty() && *j == 0),
            layout,
        })
    }
}

/// Finds separated rows and collinear regressors; the problem without them and the regressors
/// kept.
fn prepare(
    sample: &mut Sample<'_>,
    options: &Options,
    work: &mut Work,
) -> Result<(Problem, Vec<usize>), PpmlError> {
    loop {
        let (mut problem, kept) = estimable(sample, options, work)?;
        if !options.separation.rectifier {
            return Ok((problem, kept));
        }
        let (layout, k) = (&problem.layout, problem.columns);
        let free: Vec<bool> = problem.y.iter().map(|y| *y == 0.0).collect();
        let found = rectifier::rectify(layout, &free, &mut problem.x, k);
        work.rectifier += found.rounds;
        work.inner_rectifier += found.inner;
        sample.complete &= found.complete;
        if found.rows.is_empty() {
            return Ok((problem, kept));
        }
        sample.drop_rows(layout, &found.rows, Rule::Rectifier, options);
    }
}

/// The problem of the rows in use without collinear regressors, and the regressors kept.
fn estimable(
    sample: &Sample<'_>,
    options: &Options,
    work: &mut Work,
) -> Result<(Problem, Vec<usize>), PpmlError> {
    let all: Vec<usize> = (0..sample.frame.regressors.len()).collect();
    let mut problem = sample.problem(&all)?;
    let drop = collinear(sample, &mut problem, options, work);
    let kept: Vec<usize> = all.into_iter().filter(|c| !drop[*c]).collect();
    keep_columns(&mut problem, &kept);
    Ok((problem, kept))
}

fn keep_columns(problem: &mut Problem, kept: &[usize]) {
    let (k, n) = (problem.columns, kept.len());
    if n == k {
        return;
    }
    let mut x = vec![0.0; problem.layout.rows * n];
    for r in 0..problem.layout.rows {
        for (c, j) in kept.iter().enumerate() {
            x[r * n + c] = problem.x[r * k + j];
        }
    }
    problem.x = x;
    problem.columns = n;
    let position = |i: usize| kept.iter().position(|c| *c == i);
    problem.intercept = problem.intercept.and_then(position);
}

/// Partials the effects out of the regressors, in place, and marks those that they or earlier
/// regressors span.
fn collinear(
    sample: &Sample<'_>,
    problem: &mut Problem,
    options: &Options,
    work: &mut Work,
) -> Vec<bool> {
    let (layout, k) = (&problem.layout, problem.columns);
    if k == 0 {
        return Vec::new();
    }
    let scale: Vec<f64> = sample
        .frame
        .regressors
        .iter()
        .map(|x| {
            let values = || sample.rows.iter().map(|r| x.value[*r as usize]);
            let mean = values().sum::<f64>() / sample.rows.len() as f64;
            let centre = if problem.intercept.is_some() && mean == 1.0 {
                0.0
            } else {
                mean
            };
            let spread: f64 = values().map(|v| (v - centre).powi(2)).sum();
            // A constant is spanned by any effect.
            if spread > 1e-20 * mean * mean * sample.rows.len() as f64 {
                spread
            } else {
                f64::INFINITY
            }
        })
        .collect();
    let unit = Weighted::new(layout, vec![1.0; layout.rows]);
    let factors = unit.factor(layout);
    let done = unit.partial_out(layout, &factors, &mut problem.x, k, COLLINEAR_PROJECTION);
    work.inner_regressors += done.iterations;
    let gram = dense::gram(layout, &problem.x, k, |_| 1.0);
    dense::dependent(&gram, k, &scale, options.collinear_tolerance.powi(2))
}

fn finish(
    frame: &Frame<'_>,
    sample: &Sample<'_>,
    problem: &mut Problem,
    kept: &[usize],
    state: State,
    extra: Work,
    options: &Options,
) -> Result<Fit, PpmlError> {
    let names: Vec<String> = kept
        .iter()
        .map(|j| frame.regressors[*j].name.clone())
        .collect();
    if !state.converged {
        return Err(PpmlError::NotConverged {
            state: Box::new(Progress {
                iterations: state.work.iterations,
                inner: state.work.inner,
                deviance: state.deviance,
                deviance_change: state.change,
                adding_up: state.adding_up,
                coefficient: names.into_iter().zip(state.beta).collect(),
            }),
        });
    }
    let (layout, k) = (&problem.layout, problem.columns);
    let stored: Vec<u32> = layout.sorted(&sample.rows);
    let effects: Vec<Effect> = frame
        .effects
        .iter()
        .map(|(_, l)| l.restrict(&stored))
        .collect();
    let clusters: Vec<Effect> = frame
        .clusters
        .iter()
        .map(|(_, l)| l.restrict(&stored))
        .collect();
    for ((name, _), c) in frame.clusters.iter().zip(&clusters) {
        if c.levels < 2 {
            return Err(PpmlError::TooFewClusters {
                name: name.clone(),
                clusters: c.levels,
            });
        }
    }
    let count = parameters(k, &effects, &clusters);
    if k > 0 && layout.rows <= count {
        return Err(PpmlError::TooFewRows {
            rows: layout.rows,
            parameters: count,
        });
    }
    let gram = dense::gram(layout, &state.x, k, |r| state.weighted.weight[r]);
    let bread = dense::inverse_positive(&gram, k);
    let residual: Vec<f64> = (0..layout.rows)
        .map(|r| problem.prior.as_ref().map_or(1.0, |w| w[r]) * (problem.y[r] - state.mu[r]))
        .collect();
    let covariance = Sandwich {
        x: &state.x,
        k,
        residual: &residual,
        bread: &bread,
        clusters: &clusters,
        effects: &effects,
        factor: options.cluster_factor,
    }
    .covariance();
    let three_way = match &frame.three_way {
        None => None,
        Some(roles) => {
            let [exporter, importer, time] = roles.each_ref().map(|l| l.restrict(&stored));
            let input = ThreeWayInput {
                names: &names,
                coefficient: &state.beta,
                x: &state.x,
                k,
                residual: &residual,
                weight: &state.weighted.weight,
                bread: &bread,
                exporter: &exporter,
                importer: &importer,
                time: &time,
                effects: &effects,
            };
            Some(input.correct(options)?)
        }
    };
    let estimates = names
        .into_iter()
        .enumerate()
        .map(|(a, name)| Estimate {
            name,
            coefficient: state.beta[a],
            standard_error: covariance.matrix[a * k + a].max(0.0).sqrt(),
        })
        .collect();
    let mut fitted = vec![0.0; layout.rows];
    for (s, r) in layout.order.iter().enumerate() {
        fitted[*r as usize] = state.mu[s];
    }
    let collinear = (0..frame.regressors.len()).filter(|j| !kept.contains(j));
    let mut left_out = sample.left_out.clone();
    left_out.sort_by_key(|l| l.row);
    let mut work = state.work;
    work.rectifier = extra.rectifier;
    work.inner_rectifier = extra.inner_rectifier;
    work.inner_regressors += extra.inner_regressors;
    work.inner_at_factor = 0;
    Ok(Fit {
        estimates,
        covariance: covariance.matrix,
        collinear: collinear
            .map(|j| frame.regressors[j].name.clone())
            .collect(),
        rows: sample.rows.clone(),
        fitted,
        left_out,
        separation_complete: sample.complete,
        effects: frame
            .effects
            .iter()
            .zip(&effects)
            .map(|((name, _), e)| EffectInfo {
                name: name.clone(),
                levels: e.levels,
            })
            .collect(),
        clusters: clusters.iter().map(|c| c.levels).collect(),
        covariance_repaired: covariance.repaired,
        deviance: state.deviance,
        deviance_change: state.change,
        adding_up: state.adding_up,
        work,
        three_way,
    })
}
