//! What the register of arms transfers says about the choice of suppliers.
//!
//! Five-year windows of deliveries that do not overlap; a recipient divides its imports among
//! suppliers. A logit in shares with the past share, the world's share, the level of affinity
//! (closeness of ideal points) and its change over the window before is fitted to early windows and
//! scored on later ones, beside two baselines: the past shares, and the world's. Deliveries lag
//! orders by several years, so this tests slow links only.

mod windows;

use realign_atlas::Atlas;
use realign_numerics::linalg::Cholesky;
use realign_numerics::stats::{PairedDifference, mean, paired_difference};

use self::windows::{
    COLUMNS, Choice, LEAST_IMPORTS, SMOOTHING, WINDOW, choices, deliveries, windows,
};
use crate::ModelError;
use crate::params::Posterior;

/// Rounds of expectation and maximisation; the weights move by less than 1e-6 at the end.
const ROUNDS: usize = 300;
const DOMAIN: &str = "arms";

/// How well one model of supplier choice does on windows it was not fitted to.
#[derive(Clone, Debug)]
pub struct SupplierScore {
    /// Which model.
    pub model: &'static str,
    /// Mean logarithm of the probability given to what was bought, per recipient and window.
    pub log_score: f64,
    /// Share of recipients and windows whose largest supplier was ranked first.
    pub top_1: f64,
    /// Gain in log score over the logit without affinity, with its paired standard error.
    pub gain: PairedDifference,
    /// Coefficients fitted to all windows, zero where left out: past share, world share, level,
    /// change.
    pub coefficients: [f64; COLUMNS],
    /// Their standard errors, clustered by recipient.
    pub standard_errors: [f64; COLUMNS],
}

/// Scores of the models of supplier choice, out of sample.
#[derive(Clone, Debug)]
pub struct SupplierScores {
    /// Past shares, world shares, logit, logit with level, logit with level and change.
    pub models: Vec<SupplierScore>,
    /// Recipients and windows scored.
    pub scored: usize,
}

/// Estimates what the atlas supports: how past, old and world shares weigh in what is bought next,
/// and the yearly drift of tastes. The effect of changes of trust keeps its prior; the sources of
/// the posteriors say what the test out of sample found.
pub fn estimate(atlas: &Atlas) -> Result<Vec<Posterior>, ModelError> {
    let all = choices(atlas)?;
    let scores = score_models(&all)?;
    let drift = taste_drift(atlas)?;
    let (weights, spread) = weights_with_spread(&all);
    let [past, mixed, logit, level, change] = &scores.models[..] else {
        return Ok(Vec::new());
    };
    let test = format!(
        "SIPRI deliveries in five-year windows 1995-2024. Out of sample ({} recipients and windows) the log score of past shares is {:.3}, of the weighted shares {:.3} (baseline beaten), of a logit {:.3}, with level of affinity {:+.4} (SE {:.4}) and with level and change {:+.4} (SE {:.4}) against it: changes of trust earn nothing and keep their prior",
        scores.scored,
        past.log_score,
        mixed.log_score,
        logit.log_score,
        level.gain.mean,
        level.gain.standard_error,
        change.gain.mean,
        change.gain.standard_error,
    );
    let names = ["weight_recent", "weight_deliveries_30y", "weight_world"];
    let mut out: Vec<Posterior> = (0..3)
        .map(|k| Posterior {
            id: format!("arms.{}", names[k]),
            mean: weights[k],
            sd: spread[k],
            observations: all.len(),
            source: format!("mixture by maximum likelihood, jackknife over recipients. {test}"),
        })
        .collect();
    out.push(Posterior {
        id: "arms.taste_sd".to_owned(),
        mean: drift.0,
        sd: drift.1,
        observations: drift.2,
        source: "SIPRI deliveries in five-year windows 1995-2024: growth of the variance of changes of log shares from ten to twenty years, pairs above 5 %, jackknife over recipients; below ten years changes are dominated by programmes that come and go. No baseline: it is the spread of a random walk".to_owned(),
    });
    Ok(out)
}

/// Weights of past, old and world shares with the best log score: a mixture fitted by expectation
/// and maximisation, each recipient and window counting alike.
fn best_weights(choices: &[&Choice], from: [f64; 3], rounds: usize) -> [f64; 3] {
    let mut w = from;
    for _ in 0..rounds {
        let mut sum = [0.0; 3];
        for c in choices {
            for (k, y) in c.bought.iter().enumerate().filter(|(_, y)| **y > 0.0) {
                let parts = [w[0] * c.past[k], w[1] * c.old[k], w[2] * c.world[k]];
                let all: f64 = parts.iter().sum();
                (0..3).for_each(|s| sum[s] += y * parts[s] / all);
            }
        }
        let total: f64 = sum.iter().sum();
        w = sum.map(|s| s / total);
    }
    w
}

/// Weights from all windows, and their jackknife standard errors over recipients.
fn weights_with_spread(all: &[Choice]) -> ([f64; 3], [f64; 3]) {
    let everything: Vec<&Choice> = all.iter().collect();
    let whole = best_weights(&everything, [1.0 / 3.0; 3], ROUNDS);
    let mut recipients: Vec<usize> = all.iter().map(|c| c.recipient).collect();
    recipients.sort_unstable();
    recipients.dedup();
    let left_out: Vec<[f64; 3]> = recipients
        .iter()
        .map(|r| {
            let others: Vec<&Choice> = all.iter().filter(|c| c.recipient != *r).collect();
            best_weights(&others, whole, ROUNDS / 10)
        })
        .collect();
    let m = left_out.len() as f64;
    let spread = std::array::from_fn(|k| {
        let centre = left_out.iter().map(|w| w[k]).sum::<f64>() / m;
        let sum: f64 = left_out.iter().map(|w| (w[k] - centre).powi(2)).sum();
        ((m - 1.0) / m * sum).sqrt()
    });
    (whole, spread)
}

fn mixture(c: &Choice, w: &[f64; 3]) -> Vec<f64> {
    (0..c.past.len())
        .map(|k| w[0] * c.past[k] + w[1] * c.old[k] + w[2] * c.world[k])
        .collect()
}

fn probabilities(choice: &Choice, b: &[f64; COLUMNS]) -> Vec<f64> {
    let v: Vec<f64> = choice
        .x
        .iter()
        .map(|x| x.iter().zip(b).map(|(x, b)| x * b).sum::<f64>())
        .collect();
    let top = v.iter().copied().fold(f64::NEG_INFINITY, f64::max);
    let e: Vec<f64> = v.iter().map(|v| (v - top).exp()).collect();
    let sum: f64 = e.iter().sum();
    e.iter().map(|e| e / sum).collect()
}

/// Logit in shares by Newton's method over the first `columns` columns; with standard errors
/// clustered by recipient.
fn fit(
    choices: &[&Choice],
    columns: usize,
) -> Result<([f64; COLUMNS], [f64; COLUMNS]), ModelError> {
    let failed = |what: String| ModelError::Fixed {
        domain: DOMAIN,
        message: what,
    };
    let mut b = [0.0; COLUMNS];
    b[0] = 1.0;
    let mut se = [0.0; COLUMNS];
    for _ in 0..50 {
        let mut hessian = vec![0.0; columns * columns];
        let mut gradient = vec![0.0; columns];
        let mut clusters = std::collections::BTreeMap::<usize, Vec<f64>>::new();
        for c in choices {
            let p = probabilities(c, &b);
            let mut expected = [0.0; COLUMNS];
            for (x, p) in c.x.iter().zip(&p) {
                (0..columns).for_each(|k| expected[k] += p * x[k]);
            }
            let score = clusters
                .entry(c.recipient)
                .or_insert_with(|| vec![0.0; columns]);
            for ((x, p), y) in c.x.iter().zip(&p).zip(&c.bought) {
                for k in 0..columns {
                    gradient[k] += (y - p) * x[k];
                    score[k] += (y - p) * x[k];
                    for l in 0..columns {
                        hessian[k * columns + l] += p * (x[k] - expected[k]) * (x[l] - expected[l]);
                    }
                }
            }
        }
        let factor = Cholesky::factor(&hessian, columns).map_err(|e| failed(e.to_string()))?;
        let mut step = gradient.clone();
        factor.solve(&mut step);
        (0..columns).for_each(|k| b[k] += step[k]);
        if step.iter().all(|s| s.abs() < 1e-10) {
            let inverse = factor.inverse();
            for (k, se) in se.iter_mut().enumerate().take(columns) {
                let row = &inverse[k * columns..(k + 1) * columns];
                let through = |g: &Vec<f64>| row.iter().zip(g).map(|(r, g)| r * g).sum::<f64>();
                *se = clusters
                    .values()
                    .map(|g| through(g).powi(2))
                    .sum::<f64>()
                    .sqrt();
            }
            return Ok((b, se));
        }
    }
    Err(failed(
        "the logit of supplier choice did not converge".to_owned(),
    ))
}

/// Expected log probability of a unit of what was bought.
fn log_score(choice: &Choice, p: &[f64]) -> f64 {
    choice
        .bought
        .iter()
        .zip(p)
        .filter(|(y, _)| **y > 0.0)
        .map(|(y, p)| y * p.ln())
        .sum()
}

fn largest(x: &[f64]) -> usize {
    (0..x.len()).fold(0, |best, k| if x[k] > x[best] { k } else { best })
}

/// Fits early windows, scores later ones, window by window.
pub fn supplier_scores(atlas: &Atlas) -> Result<SupplierScores, ModelError> {
    score_models(&choices(atlas)?)
}

fn score_models(all: &[Choice]) -> Result<SupplierScores, ModelError> {
    let everything: Vec<&Choice> = all.iter().collect();
    let mut ends: Vec<i32> = all.iter().map(|c| c.window).collect();
    ends.dedup();
    // At least two windows to fit.
    let held_out = ends.get(2..).unwrap_or_default();
    let later: Vec<&Choice> = all
        .iter()
        .filter(|c| held_out.contains(&c.window))
        .collect();
    let mut fits = Vec::new();
    let mut weights = Vec::new();
    for &end in held_out {
        let earlier: Vec<&Choice> = all.iter().filter(|c| c.window < end).collect();
        weights.push((end, best_weights(&earlier, [1.0 / 3.0; 3], ROUNDS)));
        let mut of_window = [[0.0; COLUMNS]; COLUMNS + 1];
        for columns in 2..=COLUMNS {
            of_window[columns] = fit(&earlier, columns)?.0;
        }
        fits.push((end, of_window));
    }
    let predict = |c: &Choice, model: usize| -> Vec<f64> {
        match model {
            0 => mixture(c, &[1.0 - SMOOTHING, 0.0, SMOOTHING]),
            1 => weights
                .iter()
                .find(|(end, _)| *end == c.window)
                .map(|(_, w)| mixture(c, w))
                .unwrap_or_default(),
            _ => fits
                .iter()
                .find(|(end, _)| *end == c.window)
                .map(|(_, b)| probabilities(c, &b[model]))
                .unwrap_or_default(),
        }
    };
    let score = |model: usize| -> Vec<f64> {
        later
            .iter()
            .map(|c| log_score(c, &predict(c, model)))
            .collect()
    };
    let logit = score(2);
    let names = [
        "past shares",
        "weighted past, old and world shares",
        "logit of both",
        "logit with level of affinity",
        "logit with level and change of affinity",
    ];
    let mut models = Vec::new();
    for (model, name) in names.into_iter().enumerate() {
        let scores = score(model);
        let hits = later
            .iter()
            .filter(|c| largest(&predict(c, model)) == largest(&c.bought));
        let (coefficients, standard_errors) = if model < 2 {
            Default::default()
        } else {
            fit(&everything, model)?
        };
        models.push(SupplierScore {
            model: name,
            log_score: mean(&scores),
            top_1: hits.count() as f64 / later.len() as f64,
            gain: paired_difference(&scores, &logit).map_err(|e| ModelError::Fixed {
                domain: DOMAIN,
                message: e.to_string(),
            })?,
            coefficients,
            standard_errors,
        });
    }
    Ok(SupplierScores {
        models,
        scored: later.len(),
    })
}

/// Yearly standard deviation of the drift of log shares: the variance of their change grows with
/// the distance in time, while what is lumpy in orders does not. With its jackknife standard error
/// over recipients, and the number of changes used.
fn taste_drift(atlas: &Atlas) -> Result<(f64, f64, usize), ModelError> {
    const LEAST_SHARE: f64 = 0.05;
    const FLOOR: f64 = 0.01;
    let n = atlas.n();
    let ends = windows(atlas)?;
    let tables = ends
        .iter()
        .map(|e| deliveries(atlas, *e))
        .collect::<Result<Vec<_>, _>>()?;
    // Programmes run about ten years: from there on what grows is lasting.
    let (short, long) = (2, 4);
    // By recipient: sums of squared changes and their number at the short and the long distance.
    let mut sums = vec![[0.0; 4]; n];
    for i in 0..n {
        let share = |t: usize, j: usize| {
            let row = &tables[t][i * n..(i + 1) * n];
            let all: f64 = row.iter().sum();
            (all >= LEAST_IMPORTS).then(|| row[j] / all)
        };
        for (at, lag) in [(0, short), (2, long)] {
            for t in 0..tables.len().saturating_sub(lag) {
                for j in (0..n).filter(|j| *j != i) {
                    let (Some(a), Some(b)) = (share(t, j), share(t + lag, j)) else {
                        continue;
                    };
                    // Chosen by the mean of both ends, so that neither end selects.
                    if 0.5 * (a + b) >= LEAST_SHARE {
                        let change = ((b + FLOOR) / (a + FLOOR)).ln();
                        sums[i][at] += change * change;
                        sums[i][at + 1] += 1.0;
                    }
                }
            }
        }
    }
    let total = sums
        .iter()
        .fold([0.0; 4], |t, s| std::array::from_fn(|k| t[k] + s[k]));
    let years = f64::from((long - short) as i32 * WINDOW);
    let drift = |s: [f64; 4]| ((s[2] / s[3] - s[0] / s[1]) / years).max(0.0).sqrt();
    let whole = drift(total);
    let left_out: Vec<f64> = sums
        .iter()
        .filter(|s| s[1] > 0.0 || s[3] > 0.0)
        .map(|s| drift(std::array::from_fn(|k| total[k] - s[k])))
        .collect();
    let centre = mean(&left_out);
    let m = left_out.len() as f64;
    let spread: f64 = left_out.iter().map(|d| (d - centre).powi(2)).sum();
    Ok((
        whole,
        ((m - 1.0) / m * spread).sqrt(),
        (total[1] + total[3]) as usize,
    ))
}
