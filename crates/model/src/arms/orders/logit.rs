//! Logit in shares, drawn towards other coefficients where asked, and its nested form in two steps.

use std::collections::BTreeMap;

use realign_numerics::linalg::Cholesky;

use super::history::{COLUMNS, Choice, NESTS, failed};
use crate::ModelError;

/// Precision with which the coefficients of a class are drawn towards those of all: a standard
/// deviation of one half between classes.
const POOLING: f64 = 4.0;

/// A fitted logit.
#[derive(Clone, Debug)]
pub(super) struct Fit {
    pub(super) b: [f64; COLUMNS],
    /// Clustered by recipient.
    pub(super) standard_errors: [f64; COLUMNS],
    columns: usize,
}

fn utility(x: &[f64; COLUMNS], b: &[f64; COLUMNS]) -> f64 {
    x.iter().zip(b).map(|(x, b)| x * b).sum()
}

/// Probabilities from utilities.
fn softmax(v: &[f64]) -> Vec<f64> {
    let top = v.iter().copied().fold(f64::NEG_INFINITY, f64::max);
    let e: Vec<f64> = v.iter().map(|v| (v - top).exp()).collect();
    let sum: f64 = e.iter().sum();
    e.iter().map(|e| e / sum).collect()
}

impl Fit {
    /// Maximum likelihood over the first `columns` columns.
    pub(super) fn new(choices: &[&Choice], columns: usize) -> Result<Self, ModelError> {
        newton(&groups(choices), columns, None)
    }

    /// The coefficients of a class, drawn towards those of all classes.
    pub(super) fn towards(choices: &[&Choice], all: &Self) -> Result<Self, ModelError> {
        newton(&groups(choices), all.columns, Some(&all.b))
    }

    pub(super) fn probabilities(&self, c: &Choice) -> Vec<f64> {
        let v: Vec<f64> = c.x.iter().map(|x| utility(x, &self.b)).collect();
        softmax(&v)
    }
}

/// What one likelihood term needs: a cluster, alternatives, and the weight of each.
struct Group {
    cluster: usize,
    x: Vec<[f64; COLUMNS]>,
    y: Vec<f64>,
}

fn groups(choices: &[&Choice]) -> Vec<Group> {
    let group = |c: &&Choice| Group {
        cluster: c.recipient,
        x: c.x.clone(),
        y: c.bought.clone(),
    };
    choices.iter().map(group).collect()
}

/// Newton's method; weights of a group sum to its weight in the likelihood.
fn newton(
    groups: &[Group],
    columns: usize,
    towards: Option<&[f64; COLUMNS]>,
) -> Result<Fit, ModelError> {
    let mut b = towards.copied().unwrap_or_default();
    for _ in 0..60 {
        let mut hessian = vec![0.0; columns * columns];
        let mut gradient = vec![0.0; columns];
        let mut clusters = BTreeMap::<usize, Vec<f64>>::new();
        for g in groups {
            let weight: f64 = g.y.iter().sum();
            let v: Vec<f64> = g.x.iter().map(|x| utility(x, &b)).collect();
            let p = softmax(&v);
            let mut expected = [0.0; COLUMNS];
            for (x, p) in g.x.iter().zip(&p) {
                (0..columns).for_each(|k| expected[k] += p * x[k]);
            }
            let score = clusters
                .entry(g.cluster)
                .or_insert_with(|| vec![0.0; columns]);
            for ((x, p), y) in g.x.iter().zip(&p).zip(&g.y) {
                for k in 0..columns {
                    let d = (y - weight * p) * x[k];
                    gradient[k] += d;
                    score[k] += d;
                    for l in 0..columns {
                        hessian[k * columns + l] +=
                            weight * p * (x[k] - expected[k]) * (x[l] - expected[l]);
                    }
                }
            }
        }
        if let Some(centre) = towards {
            for k in 0..columns {
                gradient[k] -= POOLING * (b[k] - centre[k]);
                hessian[k * columns + k] += POOLING;
            }
        }
        let factor = Cholesky::factor(&hessian, columns).map_err(failed)?;
        let mut step = gradient;
        factor.solve(&mut step);
        let longest = step.iter().fold(0.0f64, |m, s| m.max(s.abs()));
        let size = if longest > 2.0 { 2.0 / longest } else { 1.0 };
        (0..columns).for_each(|k| b[k] += size * step[k]);
        if longest < 1e-9 {
            let inverse = factor.inverse();
            let mut standard_errors = [0.0; COLUMNS];
            for (k, se) in standard_errors.iter_mut().enumerate().take(columns) {
                let row = &inverse[k * columns..(k + 1) * columns];
                let through = |g: &Vec<f64>| row.iter().zip(g).map(|(r, g)| r * g).sum::<f64>();
                let sum: f64 = clusters.values().map(|g| through(g).powi(2)).sum();
                *se = sum.sqrt();
            }
            return Ok(Fit {
                b,
                standard_errors,
                columns,
            });
        }
    }
    Err(failed("the logit of orders did not converge"))
}

/// Nested logit by two steps: within nests the coefficients over the dissimilarity, between nests
/// the dissimilarity of the inclusive values.
#[derive(Clone, Debug)]
pub(super) struct Nested {
    within: Fit,
    /// 1: alternatives of a nest are no closer to each other than to the rest; towards 0: a nest is
    /// one alternative.
    pub(super) dissimilarity: f64,
}

impl Nested {
    pub(super) fn new(choices: &[&Choice], columns: usize) -> Result<Self, ModelError> {
        let mut inside = Vec::new();
        for c in choices {
            for nest in 0..NESTS {
                let of: Vec<usize> = (0..c.x.len()).filter(|k| c.nest[*k] == nest).collect();
                let y: Vec<f64> = of.iter().map(|k| c.bought[*k]).collect();
                if of.len() > 1 && y.iter().any(|y| *y > 0.0) {
                    inside.push(Group {
                        cluster: c.recipient,
                        x: of.iter().map(|k| c.x[*k]).collect(),
                        y,
                    });
                }
            }
        }
        let within = newton(&inside, columns, None)?;
        // One column: the inclusive value of each nest that has alternatives.
        let between: Vec<Group> = choices
            .iter()
            .map(|c| {
                let (values, y) = nests(c, &within.b);
                Group {
                    cluster: c.recipient,
                    x: values
                        .iter()
                        .map(|v| {
                            let mut x = [0.0; COLUMNS];
                            x[0] = *v;
                            x
                        })
                        .collect(),
                    y,
                }
            })
            .collect();
        let dissimilarity = newton(&between, 1, None)?.b[0];
        Ok(Self {
            within,
            dissimilarity,
        })
    }

    pub(super) fn probabilities(&self, c: &Choice) -> Vec<f64> {
        let present = present(c);
        let (values, _) = nests(c, &self.within.b);
        let scaled: Vec<f64> = values.iter().map(|v| self.dissimilarity * v).collect();
        let outer = softmax(&scaled);
        let mut p = vec![0.0; c.x.len()];
        for (at, nest) in present.into_iter().enumerate() {
            let of: Vec<usize> = (0..c.x.len()).filter(|k| c.nest[*k] == nest).collect();
            let v: Vec<f64> = of
                .iter()
                .map(|k| utility(&c.x[*k], &self.within.b))
                .collect();
            for (k, inner) in of.iter().zip(softmax(&v)) {
                p[*k] = outer[at] * inner;
            }
        }
        p
    }
}

/// Nests that have alternatives.
fn present(c: &Choice) -> Vec<usize> {
    (0..NESTS).filter(|nest| c.nest.contains(nest)).collect()
}

/// Inclusive value and what was bought, by nest that has alternatives.
fn nests(c: &Choice, b: &[f64; COLUMNS]) -> (Vec<f64>, Vec<f64>) {
    let mut values = Vec::new();
    let mut bought = Vec::new();
    for nest in present(c) {
        let of = (0..c.x.len()).filter(|k| c.nest[*k] == nest);
        let sum: f64 = of.clone().map(|k| utility(&c.x[k], b).exp()).sum();
        values.push(sum.ln());
        bought.push(of.map(|k| c.bought[k]).sum());
    }
    (values, bought)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Choices whose shares are exactly what a nested logit with known coefficients says.
    fn made(b: f64, dissimilarity: f64) -> Vec<Choice> {
        (0..60)
            .map(|r| {
                let nest = vec![0, 0, 1, 1, 2];
                let x: Vec<[f64; COLUMNS]> = (0..5)
                    .map(|k| {
                        let mut x = [0.0; COLUMNS];
                        x[0] = f64::from((r * 7 + k * 13) % 11) / 5.0 - 1.0;
                        x
                    })
                    .collect();
                let mut c = Choice {
                    recipient: r as usize,
                    class: 0,
                    window: 2000,
                    repeat: vec![0.2; 5],
                    world: vec![0.2; 5],
                    bought: vec![0.2; 5],
                    x,
                    nest,
                };
                let mut within = [0.0; COLUMNS];
                within[0] = b / dissimilarity;
                let truth = Nested {
                    within: Fit {
                        b: within,
                        standard_errors: [0.0; COLUMNS],
                        columns: 1,
                    },
                    dissimilarity,
                };
                c.bought = truth.probabilities(&c);
                c
            })
            .collect()
    }

    #[test]
    fn ref_two_steps_recover_coefficient_and_dissimilarity() {
        for dissimilarity in [0.4, 1.0] {
            let all = made(0.8, dissimilarity);
            let refs: Vec<&Choice> = all.iter().collect();
            let fit = Nested::new(&refs, 1).unwrap();
            assert!((fit.dissimilarity - dissimilarity).abs() < 1e-6);
            assert!((fit.within.b[0] * fit.dissimilarity - 0.8).abs() < 1e-6);
        }
        // Without nests in the truth the plain logit finds the same.
        let all = made(0.8, 1.0);
        let refs: Vec<&Choice> = all.iter().collect();
        let plain = Fit::new(&refs, 1).unwrap();
        assert!((plain.b[0] - 0.8).abs() < 1e-6);
    }

    #[test]
    fn prop_probabilities_sum_to_one() {
        for c in made(1.3, 0.6) {
            assert!((c.bought.iter().sum::<f64>() - 1.0).abs() < 1e-12);
            assert!(c.bought.iter().all(|p| *p > 0.0));
        }
    }
}
