//! Conditional (fixed-effects) logistic regression: the effect of each group is conditioned away
//! (Chamberlain 1980), with the exact likelihood by the recursion of Gail, Lubin & Rubinstein 1981.

use crate::linalg::Cholesky;
use crate::{NumericsError, Verdict, check_domain, check_len};

/// What is fitted.
#[derive(Clone, Copy, Debug)]
pub struct ConditionalLogit<'a> {
    /// Regressors, row-major, rows × columns; what does not vary within groups cannot be estimated.
    pub x: &'a [f64],
    /// Number of columns.
    pub columns: usize,
    /// Outcomes, 0 or 1.
    pub y: &'a [bool],
    /// Group of each row, such as a dyad; rows of a group need not stand together.
    pub group: &'a [u64],
}

/// A fitted conditional logistic regression.
#[derive(Clone, Debug)]
pub struct ConditionalLogitFit {
    /// Coefficients.
    pub coefficient: Vec<f64>,
    /// Standard errors from the inverse information.
    pub standard_error: Vec<f64>,
    /// Conditional log likelihood.
    pub log_likelihood: f64,
    /// Rows of groups whose outcome varies: the others say nothing and are left out.
    pub rows: usize,
    /// Groups whose outcome varies.
    pub groups: usize,
    /// Newton steps.
    pub iterations: usize,
    /// Largest absolute score at the end.
    pub score: f64,
    /// Whether the score vanished.
    pub verdict: Verdict,
}

const MAX_ITERATIONS: usize = 100;
/// Score per row at which the fit stops.
const TOLERANCE: f64 = 1e-10;
/// Halvings of a step before the fit gives up.
const HALVINGS: usize = 30;

/// One group: regressors less their means, and what they sum to where the outcome is one.
struct Group {
    /// Rows × columns.
    x: Vec<f64>,
    rows: usize,
    ones: usize,
    /// Sum of the rows with outcome one.
    observed: Vec<f64>,
}

/// Fits by Newton's method with step halving. Fails on wrong shapes, when no group's outcome
/// varies, and on regressors that do not vary within groups or are collinear there.
pub fn fit(problem: &ConditionalLogit<'_>) -> Result<ConditionalLogitFit, NumericsError> {
    let (n, k) = (problem.y.len(), problem.columns);
    check_len("regressors", problem.x.len(), n * k)?;
    check_len("groups", problem.group.len(), n)?;
    check_domain(k > 0, "number of columns", 0.0, "positive")?;
    let bad = problem.x.iter().find(|x| !x.is_finite()).copied();
    check_domain(bad.is_none(), "regressor", bad.unwrap_or(0.0), "finite")?;
    // Columns in units of their own size, so that one step length suits all.
    let scale: Vec<f64> = (0..k)
        .map(|c| {
            let largest = (0..n)
                .map(|r| problem.x[r * k + c].abs())
                .fold(0.0, f64::max);
            if largest > 0.0 { largest } else { 1.0 }
        })
        .collect();
    let groups = groups(problem, &scale);
    check_domain(
        !groups.is_empty(),
        "number of groups whose outcome varies",
        0.0,
        "positive",
    )?;
    let rows: usize = groups.iter().map(|g| g.rows).sum();
    let mut beta = vec![0.0; k];
    let mut now = Likelihood::of(&groups, &beta);
    let (mut iterations, mut verdict) = (0, Verdict::OutOfIterations);
    while iterations < MAX_ITERATIONS {
        if now.largest_score() <= TOLERANCE * rows as f64 {
            verdict = Verdict::Converged;
            break;
        }
        iterations += 1;
        let mut step = now.score.clone();
        Cholesky::factor(&now.information, k)?.solve(&mut step);
        let mut length = 1.0;
        let better = (0..HALVINGS).find_map(|_| {
            let to: Vec<f64> = beta
                .iter()
                .zip(&step)
                .map(|(b, s)| b + length * s)
                .collect();
            length *= 0.5;
            let there = Likelihood::of(&groups, &to);
            (there.log >= now.log).then_some((to, there))
        });
        let Some((to, there)) = better else {
            break;
        };
        (beta, now) = (to, there);
    }
    let covariance = Cholesky::factor(&now.information, k)?.inverse();
    Ok(ConditionalLogitFit {
        coefficient: beta.iter().zip(&scale).map(|(b, s)| b / s).collect(),
        standard_error: (0..k)
            .map(|c| covariance[c * k + c].sqrt() / scale[c])
            .collect(),
        log_likelihood: now.log,
        rows,
        groups: groups.len(),
        iterations,
        score: now.largest_score(),
        verdict,
    })
}

fn groups(problem: &ConditionalLogit<'_>, scale: &[f64]) -> Vec<Group> {
    let k = problem.columns;
    let mut order: Vec<usize> = (0..problem.y.len()).collect();
    order.sort_by_key(|r| (problem.group[*r], *r));
    order
        .chunk_by(|a, b| problem.group[*a] == problem.group[*b])
        .filter_map(|members| {
            let rows = members.len();
            let ones = members.iter().filter(|r| problem.y[**r]).count();
            if ones == 0 || ones == rows {
                return None;
            }
            let mut x: Vec<f64> = members
                .iter()
                .flat_map(|r| (0..k).map(move |c| problem.x[r * k + c] / scale[c]))
                .collect();
            for c in 0..k {
                let mean = (0..rows).map(|r| x[r * k + c]).sum::<f64>() / rows as f64;
                (0..rows).for_each(|r| x[r * k + c] -= mean);
            }
            let mut observed = vec![0.0; k];
            for (r, member) in members.iter().enumerate() {
                if problem.y[*member] {
                    (0..k).for_each(|c| observed[c] += x[r * k + c]);
                }
            }
            Some(Group {
                x,
                rows,
                ones,
                observed,
            })
        })
        .collect()
}

struct Likelihood {
    log: f64,
    score: Vec<f64>,
    /// Columns × columns.
    information: Vec<f64>,
}

impl Likelihood {
    fn of(groups: &[Group], beta: &[f64]) -> Self {
        let k = beta.len();
        let mut out = Self {
            log: 0.0,
            score: vec![0.0; k],
            information: vec![0.0; k * k],
        };
        for g in groups {
            out.add(g, beta);
        }
        out
    }

    fn largest_score(&self) -> f64 {
        self.score.iter().fold(0.0, |m, s| m.max(s.abs()))
    }

    /// Adds a group: the sum over all ways to place its ones, with first and second derivatives,
    /// row by row.
    fn add(&mut self, g: &Group, beta: &[f64]) {
        let (k, m) = (beta.len(), g.ones);
        let row = |r: usize| &g.x[r * k..(r + 1) * k];
        let eta: Vec<f64> = (0..g.rows)
            .map(|r| row(r).iter().zip(beta).map(|(x, b)| x * b).sum())
            .collect();
        let top = eta.iter().fold(f64::NEG_INFINITY, |a, b| a.max(*b));
        let mut f = vec![0.0; m + 1];
        let mut d = vec![0.0; (m + 1) * k];
        let mut h = vec![0.0; (m + 1) * k * k];
        f[0] = 1.0;
        for r in 0..g.rows {
            let (e, x) = ((eta[r] - top).exp(), row(r));
            for j in (1..=m.min(r + 1)).rev() {
                for a in 0..k {
                    for b in 0..k {
                        h[(j * k + a) * k + b] += e
                            * (h[((j - 1) * k + a) * k + b]
                                + x[a] * d[(j - 1) * k + b]
                                + d[(j - 1) * k + a] * x[b]
                                + x[a] * x[b] * f[j - 1]);
                    }
                }
                for a in 0..k {
                    d[j * k + a] += e * (d[(j - 1) * k + a] + x[a] * f[j - 1]);
                }
                f[j] += e * f[j - 1];
            }
        }
        let own: f64 = g.observed.iter().zip(beta).map(|(x, b)| x * b).sum();
        self.log += own - f[m].ln() - m as f64 * top;
        for a in 0..k {
            let mean_a = d[m * k + a] / f[m];
            self.score[a] += g.observed[a] - mean_a;
            for b in 0..k {
                self.information[a * k + b] +=
                    h[(m * k + a) * k + b] / f[m] - mean_a * d[m * k + b] / f[m];
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ref_pairs_are_a_logit_of_differences() {
        // Two rows a group, one of them a one: the conditional likelihood is that of a logit
        // without intercept on differences; for one 0/1 regressor with n10 discordant pairs in
        // favour and n01 against, the estimate is ln(n10/n01) (McNemar).
        let (mut x, mut y, mut group) = (vec![], vec![], vec![]);
        for g in 0..30_u64 {
            let favour = g < 20;
            x.extend(if favour { [1.0, 0.0] } else { [0.0, 1.0] });
            y.extend([true, false]);
            group.extend([g, g]);
        }
        // Groups without variation say nothing.
        x.extend([1.0, 0.0]);
        y.extend([false, false]);
        group.extend([99, 99]);
        let found = fit(&ConditionalLogit {
            x: &x,
            columns: 1,
            y: &y,
            group: &group,
        })
        .expect("fits");
        assert_eq!(
            (found.groups, found.rows, found.verdict),
            (30, 60, Verdict::Converged)
        );
        assert!((found.coefficient[0] - 2.0_f64.ln()).abs() < 1e-9);
        // Variance 1/n10 + 1/n01.
        assert!((found.standard_error[0] - (0.05_f64 + 0.1).sqrt()).abs() < 1e-9);
    }

    #[test]
    fn ref_recursion_equals_enumeration() {
        // Five rows, two ones: ten placements, summed one by one.
        let x = [0.3, -1.0, 0.7, 0.2, -0.4, 1.1, 0.9, -0.3, 0.0, 0.5];
        let y = [true, false, false, true, false];
        let g = &groups(
            &ConditionalLogit {
                x: &x,
                columns: 2,
                y: &y,
                group: &[7; 5],
            },
            &[1.0, 1.0],
        )[0];
        let beta = [0.8, -0.6];
        let found = Likelihood::of(std::slice::from_ref(g), &beta);
        let eta = |r: usize| g.x[2 * r] * beta[0] + g.x[2 * r + 1] * beta[1];
        let total: f64 = (0..5)
            .flat_map(|a| (0..a).map(move |b| (a, b)))
            .map(|(a, b)| (eta(a) + eta(b)).exp())
            .sum();
        assert!((found.log - (eta(0) + eta(3) - total.ln())).abs() < 1e-12);
    }
}
