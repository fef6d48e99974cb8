//! The estimate of the filter's numbers: largest posterior density, Laplace, importance check.
//!
//! Pairs are not independent: one state's vote enters all of its pairs. The likelihood is therefore
//! a composite one. Its yearly scores are differences of forecasts (a martingale), so their sum of
//! squares J is their variance whatever the dependence inside a year; the log likelihood is
//! multiplied by `p / tr(H⁻¹J)`, which brings its curvature H to that variance on average
//! (magnitude adjustment, Ribatet, Cooley & Davison 2012). Laplace rather than Hamiltonian
//! sampling because two dozen numbers are nearly normal on their scales; the importance weights
//! say whether that holds.

use realign_numerics::linalg::Cholesky;
use realign_numerics::quasi_newton::{gradient, hessian, minimise};
use realign_numerics::random::Stream;
use realign_numerics::stats;

use super::hyper::{Estimated, Hyper, Posterior};
use super::panel::Panel;
use super::run::Machine;
use crate::ModelError;
use crate::trust::missing;

/// Step of differences on the scale of estimation.
const STEP: f64 = 0.02;
/// Log density worth of one iteration at which the search ends.
const TOLERANCE: f64 = 0.02;
/// Draws for the importance check.
const IMPORTANCE: usize = 1000;
/// Draws committed.
const KEPT: usize = 200;
/// Purpose of the normals of the draws.
const PURPOSE: u32 = 0x5452_4654;

/// How much work a fit may do.
#[derive(Clone, Copy, Debug)]
pub struct FitOptions {
    /// One in so many pairs without polls enters the likelihood.
    pub every: usize,
    /// Threads.
    pub threads: usize,
    /// Most iterations of the search.
    pub iterations: usize,
    /// Factor on the log likelihood in the first search.
    pub temper: f64,
    /// Whether to compute the posterior's width and draws, beside its mode.
    pub width: bool,
}

impl FitOptions {
    /// What `realign estimate` uses.
    pub const FULL: Self = Self {
        every: 8,
        threads: 2,
        iterations: 150,
        temper: 1.0,
        width: true,
    };
}

/// Fits the numbers to `panel`.
pub fn fit(panel: &Panel, hyper: &Hyper, options: &FitOptions) -> Result<Posterior, ModelError> {
    let sample = panel.sample(options.every);
    let yearly = |x: &[f64]| -> Vec<f64> {
        hyper.values(x).map_or_else(
            |_| vec![f64::NEG_INFINITY],
            |v| Machine::new(&v).likelihood(&sample, options.threads),
        )
    };
    let lost = |x: &[f64], factor: f64| -> f64 {
        let l: f64 = yearly(x).iter().sum();
        let v = -(factor * l + hyper.log_prior(x));
        if v.is_finite() { v } else { 1e30 }
    };
    hyper.values(&hyper.centre())?;
    let first = minimise(
        &|x| lost(x, options.temper),
        &hyper.centre(),
        STEP,
        TOLERANCE,
        options.iterations,
    );
    let mut mode = first.x.clone();
    let natural = hyper.natural(&mode);
    let mut out = Posterior {
        method: format!(
            "Largest posterior density by BFGS ({} iterations); {} pairs in the likelihood, {} in the filter",
            first.iterations,
            sample.pairs(),
            panel.pairs()
        ),
        as_of: panel.last.0,
        observations: sample.observations(),
        log_posterior: -first.value,
        temper: options.temper,
        importance_share: 0.0,
        pareto_k: 0.0,
        converged: first.verdict.is_converged(),
        estimate: Vec::new(),
        draws: Vec::new(),
    };
    if !options.width {
        let (centre, spread) = (hyper.centre(), hyper.spread());
        out.estimate = hyper
            .free()
            .enumerate()
            .map(|(k, p)| Estimated {
                id: p.id.clone(),
                mode: natural[k],
                mean: natural[k],
                sd: 0.0,
                prior: prior_quantiles(hyper, &centre, &spread, k),
                posterior: [natural[k]; 3],
                kl_nats: 0.0,
            })
            .collect();
        return Ok(out);
    }
    let p = hyper.len();
    // Scores of every year and the curvature of the log likelihood at the mode.
    let years = panel.years();
    let mut scores = vec![vec![0.0; p]; years];
    for k in 0..p {
        let mut at = mode.clone();
        at[k] += STEP;
        let above = yearly(&at);
        at[k] -= 2.0 * STEP;
        let below = yearly(&at);
        for t in 0..years {
            scores[t][k] = (above[t] - below[t]) / (2.0 * STEP);
        }
    }
    let curvature = hessian(&|x| lost(x, 1.0) + hyper.log_prior(x), &mode, STEP);
    let mut regular = curvature.clone();
    let prior = hessian(&|x| -hyper.log_prior(x), &mode, STEP);
    for k in 0..p * p {
        regular[k] += prior[k];
    }
    let inverse = Cholesky::factor(&regular, p)
        .map_err(|e| missing(format!("curvature of the trust filter's posterior: {e}")))?
        .inverse();
    let mut trace = 0.0;
    for s in &scores {
        for i in 0..p {
            for j in 0..p {
                trace += s[i] * inverse[i * p + j] * s[j];
            }
        }
    }
    out.temper = (p as f64 / trace).min(1.0);
    // The tempered posterior has its own mode.
    let temper = out.temper;
    let second = minimise(
        &|x| lost(x, temper),
        &mode,
        STEP,
        TOLERANCE * 0.1,
        options.iterations,
    );
    mode = second.x;
    let h = hessian(&|x| lost(x, temper), &mode, STEP);
    let covariance = Cholesky::factor(&h, p)
        .map_err(|e| missing(format!("curvature of the tempered posterior: {e}")))?
        .inverse();
    let root = Cholesky::factor(&covariance, p)
        .map_err(|e| missing(format!("covariance of the trust filter's posterior: {e}")))?;
    out.log_posterior = -second.value;
    out.converged &= second.verdict.is_converged();
    let top = second.value;
    let stream = Stream::new(0, 0);
    let mut draws = Vec::with_capacity(IMPORTANCE);
    let mut logs = Vec::with_capacity(IMPORTANCE);
    for d in 0..IMPORTANCE {
        let z: Vec<f64> = (0..p)
            .map(|k| stream.normal(PURPOSE, d as u32, k as u32, 0))
            .collect();
        let square: f64 = z.iter().map(|v| v * v).sum();
        let x: Vec<f64> = root
            .correlate(&z)
            .iter()
            .zip(&mode)
            .map(|(a, b)| a + b)
            .collect();
        logs.push(top - lost(&x, temper) + 0.5 * square);
        draws.push(x);
    }
    let (weights, k) = smoothed_weights(&logs);
    out.pareto_k = k;
    let squares: f64 = weights.iter().map(|w| w * w).sum();
    out.importance_share = 1.0 / squares / IMPORTANCE as f64;
    // Systematic resampling.
    let mut kept = Vec::with_capacity(KEPT);
    let (mut at, mut sum) = (0usize, weights[0]);
    for d in 0..KEPT {
        let u = (d as f64 + 0.5) / KEPT as f64;
        while sum < u && at + 1 < IMPORTANCE {
            at += 1;
            sum += weights[at];
        }
        kept.push(draws[at].iter().map(|v| (v * 1e4).round() / 1e4).collect());
    }
    let (centre, spread) = (hyper.centre(), hyper.spread());
    let at_mode = hyper.natural(&mode);
    let natural: Vec<Vec<f64>> = draws.iter().map(|x| hyper.natural(x)).collect();
    out.estimate = hyper
        .free()
        .enumerate()
        .map(|(k, parameter)| {
            let values: Vec<f64> = natural.iter().map(|x| x[k]).collect();
            let scaled: Vec<f64> = draws.iter().map(|x| x[k]).collect();
            let (mean, sd) = weighted(&values, &weights);
            let (m, s) = weighted(&scaled, &weights);
            let quantile = |u| stats::weighted_quantile(&values, &weights, u).unwrap_or(f64::NAN);
            let shift = (m - centre[k]) / spread[k];
            let ratio = s / spread[k];
            Estimated {
                id: parameter.id.clone(),
                mode: at_mode[k],
                mean,
                sd,
                prior: prior_quantiles(hyper, &centre, &spread, k),
                posterior: [quantile(0.05), quantile(0.5), quantile(0.95)],
                kl_nats: 0.5 * (ratio * ratio + shift * shift - 1.0) - ratio.ln(),
            }
        })
        .collect();
    out.draws = kept;
    out.method = format!(
        "{}; likelihood tempered by {temper:.3} to the variance of its yearly scores, Laplace on the scale of estimation, {IMPORTANCE} importance draws with smoothed weights, {KEPT} kept",
        out.method
    );
    Ok(out)
}

/// Gradient of the log posterior, untempered: for checks.
pub fn slope(panel: &Panel, hyper: &Hyper, x: &[f64]) -> Vec<f64> {
    gradient(
        &|x| {
            hyper.values(x).map_or(f64::NAN, |v| {
                Machine::new(&v).likelihood(panel, 1).iter().sum::<f64>() + hyper.log_prior(x)
            })
        },
        x,
        STEP,
    )
}

fn prior_quantiles(hyper: &Hyper, centre: &[f64], spread: &[f64], k: usize) -> [f64; 3] {
    [-1.645, 0.0, 1.645].map(|z| {
        let mut x = centre.to_vec();
        x[k] += z * spread[k];
        hyper.natural(&x)[k]
    })
}

fn weighted(x: &[f64], w: &[f64]) -> (f64, f64) {
    let m: f64 = x.iter().zip(w).map(|(x, w)| x * w).sum();
    let v: f64 = x.iter().zip(w).map(|(x, w)| w * (x - m).powi(2)).sum();
    (m, v.sqrt())
}

/// Normalised importance weights whose largest fifth follows a fitted generalised Pareto
/// distribution (Vehtari et al. 2024; shape by the probability-weighted moments of Hosking & Wallis
/// 1987), and its shape.
fn smoothed_weights(logs: &[f64]) -> (Vec<f64>, f64) {
    let n = logs.len();
    let top = logs.iter().fold(f64::NEG_INFINITY, |a, b| a.max(*b));
    let mut weights: Vec<f64> = logs.iter().map(|l| (l - top).exp()).collect();
    let mut order: Vec<usize> = (0..n).collect();
    order.sort_by(|a, b| weights[*a].total_cmp(&weights[*b]));
    let tail = n / 5;
    let mut shape = 0.0;
    if tail >= 5 {
        let cut = weights[order[n - tail - 1]];
        let excess: Vec<f64> = order[n - tail..]
            .iter()
            .map(|k| weights[*k] - cut)
            .collect();
        let m = tail as f64;
        let a0 = excess.iter().sum::<f64>() / m;
        let a1 = excess
            .iter()
            .enumerate()
            .map(|(k, x)| x * (1.0 - (k as f64 + 0.65) / m))
            .sum::<f64>()
            / m;
        if a0 > 0.0 && (a0 - 2.0 * a1).abs() > 1e-300 {
            // Hosking & Wallis write the shape with the other sign.
            let k = a0 / (a0 - 2.0 * a1) - 2.0;
            let scale = 2.0 * a0 * a1 / (a0 - 2.0 * a1);
            shape = -k;
            for (r, at) in order[n - tail..].iter().enumerate() {
                let u = (r as f64 + 0.5) / m;
                let x = if k.abs() < 1e-9 {
                    -scale * (1.0 - u).ln()
                } else {
                    scale * (1.0 - (1.0 - u).powf(k)) / k
                };
                weights[*at] = (cut + x).min(1.0);
            }
        }
    }
    let sum: f64 = weights.iter().sum();
    weights.iter_mut().for_each(|w| *w /= sum);
    (weights, shape)
}
