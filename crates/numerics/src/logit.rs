//! Logistic regression: maximum likelihood, or Firth's penalised likelihood for rare events and
//! separated data.

use crate::linalg::Cholesky;
use crate::special::{logistic, softplus};
use crate::{NumericsError, Verdict, check_domain, check_len};

/// What is fitted.
#[derive(Clone, Copy, Debug)]
pub struct Logit<'a> {
    /// Regressors, row-major, rows × columns; add a column of ones for an intercept.
    pub x: &'a [f64],
    /// Number of columns.
    pub columns: usize,
    /// Outcomes, 0 or 1 (shares in between are allowed with weights).
    pub y: &'a [f64],
    /// Weights of rows; `None` is one.
    pub weight: Option<&'a [f64]>,
    /// Known parts of the linear predictor; `None` is zero.
    pub offset: Option<&'a [f64]>,
    /// Whether to add Firth's (1993) penalty ½ ln|I(β)|, whose estimate is finite under
    /// separation.
    pub firth: bool,
    /// Normal prior N(mean, sd) on coefficients, for ridge and for priors on weakly identified
    /// ones; `None` entries are flat.
    pub prior: Option<&'a [Option<(f64, f64)>]>,
}

impl<'a> Logit<'a> {
    /// Plain maximum likelihood of `y` on `x` with `columns` columns.
    pub fn new(x: &'a [f64], columns: usize, y: &'a [f64]) -> Self {
        Self {
            x,
            columns,
            y,
            weight: None,
            offset: None,
            firth: false,
            prior: None,
        }
    }

    /// The same with Firth's penalty.
    #[must_use]
    pub fn with_firth(mut self) -> Self {
        self.firth = true;
        self
    }
}

/// A fitted logistic regression.
#[derive(Clone, Debug)]
pub struct LogitFit {
    /// Coefficients.
    pub coefficient: Vec<f64>,
    /// Standard errors from the inverse information (with priors, the posterior SD).
    pub standard_error: Vec<f64>,
    /// Inverse information, columns × columns.
    pub covariance: Vec<f64>,
    /// Log likelihood without penalty and prior.
    pub log_likelihood: f64,
    /// Log likelihood of a constant probability (with offset: of the offset and a constant), for
    /// comparison with the base rate.
    pub log_likelihood_base: f64,
    /// Newton steps.
    pub iterations: usize,
    /// Largest absolute score at the end, in the unit of the weights.
    pub score: f64,
    /// Whether some fitted probabilities reached 0 or 1 to 1e-10 while coefficients kept growing:
    /// the likelihood has no maximum and Firth's penalty is needed.
    pub separated: bool,
    /// Whether the score vanished.
    pub verdict: Verdict,
}

impl LogitFit {
    /// Probability of a row.
    pub fn probability(&self, row: &[f64], offset: f64) -> f64 {
        logistic(
            offset
                + row
                    .iter()
                    .zip(&self.coefficient)
                    .map(|(x, b)| x * b)
                    .sum::<f64>(),
        )
    }
}

const MAX_ITERATIONS: usize = 100;
/// Score relative to the total weight at which the fit stops.
const TOLERANCE: f64 = 1e-9;
/// Largest change of a linear predictor in one Newton step.
const LONGEST_STEP: f64 = 5.0;

struct Local {
    objective: f64,
    log_likelihood: f64,
    score: Vec<f64>,
    information: Cholesky,
    most_certain: f64,
}

/// Fits by Newton's method with step halving. Fails on wrong shapes, values outside the domain and
/// collinear columns; everything else is in the verdict.
pub fn fit(problem: &Logit<'_>) -> Result<LogitFit, NumericsError> {
    let start: Vec<f64> = (0..problem.columns)
        .map(|c| {
            let prior = problem.prior.and_then(|p| p.get(c).copied().flatten());
            prior.map_or(0.0, |(mean, _)| mean)
        })
        .collect();
    fit_from(problem, &start)
}

/// [`fit`] with the search begun at `start`, for samples of which a near neighbour has been fitted.
pub fn fit_from(problem: &Logit<'_>, start: &[f64]) -> Result<LogitFit, NumericsError> {
    let (k, n) = (problem.columns, problem.y.len());
    check_len("start", start.len(), k)?;
    check_len("regressors", problem.x.len(), n * k)?;
    check_len("weights", problem.weight.map_or(n, <[f64]>::len), n)?;
    check_len("offsets", problem.offset.map_or(n, <[f64]>::len), n)?;
    check_len("priors", problem.prior.map_or(k, <[_]>::len), k)?;
    for y in problem.y {
        check_domain((0.0..=1.0).contains(y), "outcome", *y, "between 0 and 1")?;
    }
    let bad = problem.x.iter().find(|x| !x.is_finite()).copied();
    check_domain(bad.is_none(), "regressor", bad.unwrap_or(0.0), "finite")?;
    let mut beta = start.to_vec();
    let total: f64 = (0..n).map(|r| weight(problem, r)).sum();
    let mut now = local(problem, &beta)?;
    let (mut iterations, mut verdict) = (0, Verdict::OutOfIterations);
    while iterations < MAX_ITERATIONS {
        if largest(&now.score) <= TOLERANCE * total {
            verdict = Verdict::Converged;
            break;
        }
        iterations += 1;
        let mut step = now.information_step();
        let reach = (0..n)
            .map(|r| dot(&problem.x[r * k..][..k], &step).abs())
            .fold(0.0, f64::max);
        if reach > LONGEST_STEP {
            step.iter_mut().for_each(|s| *s *= LONGEST_STEP / reach);
        }
        let mut moved = None;
        for _ in 0..30 {
            let trial: Vec<f64> = beta.iter().zip(&step).map(|(b, s)| b + s).collect();
            match local(problem, &trial) {
                Ok(l) if l.objective >= now.objective - 1e-12 * now.objective.abs() => {
                    moved = Some((trial, l));
                    break;
                }
                _ => step.iter_mut().for_each(|s| *s *= 0.5),
            }
        }
        let Some((trial, l)) = moved else {
            verdict = Verdict::BrokeDown;
            break;
        };
        (beta, now) = (trial, l);
    }
    let covariance = now.information.inverse();
    // Under separation the likelihood has a supremum only at infinity: certain rows and a nearly
    // flat direction.
    let flat = (0..k).any(|c| covariance[c * k + c].sqrt() > 1e3 * (1.0 + beta[c].abs()));
    let separated = !problem.firth && now.most_certain > 1.0 - 1e-6 && flat;
    if separated && verdict.is_converged() {
        verdict = Verdict::BrokeDown;
    }
    Ok(LogitFit {
        standard_error: (0..k).map(|c| covariance[c * k + c].sqrt()).collect(),
        covariance,
        log_likelihood: now.log_likelihood,
        log_likelihood_base: base_rate(problem),
        iterations,
        score: largest(&now.score),
        separated,
        verdict,
        coefficient: beta,
    })
}

impl Local {
    fn information_step(&self) -> Vec<f64> {
        let mut step = self.score.clone();
        self.information.solve(&mut step);
        step
    }
}

fn weight(p: &Logit<'_>, row: usize) -> f64 {
    p.weight.map_or(1.0, |w| w[row])
}

fn offset(p: &Logit<'_>, row: usize) -> f64 {
    p.offset.map_or(0.0, |o| o[row])
}

fn largest(v: &[f64]) -> f64 {
    v.iter().fold(0.0, |m, x| x.abs().max(m))
}

fn dot(a: &[f64], b: &[f64]) -> f64 {
    a.iter().zip(b).map(|(a, b)| a * b).sum()
}

fn local(p: &Logit<'_>, beta: &[f64]) -> Result<Local, NumericsError> {
    let (k, n) = (p.columns, p.y.len());
    let mut information = vec![0.0; k * k];
    let mut score = vec![0.0; k];
    let mut fitted = vec![0.0; n];
    let (mut log_likelihood, mut most_certain) = (0.0, 0.0f64);
    for r in 0..n {
        let row = &p.x[r * k..][..k];
        let eta = offset(p, r) + dot(row, beta);
        let (w, mu) = (weight(p, r), logistic(eta));
        fitted[r] = mu;
        most_certain = most_certain.max(mu.max(1.0 - mu));
        log_likelihood += w * (p.y[r] * eta - softplus(eta));
        let (v, g) = (w * mu * (1.0 - mu), w * (p.y[r] - mu));
        for a in 0..k {
            score[a] += g * row[a];
            let va = v * row[a];
            for b in 0..=a {
                information[a * k + b] += va * row[b];
            }
        }
    }
    let mut objective = log_likelihood;
    for c in 0..k {
        if let Some((mean, sd)) = p.prior.and_then(|q| q[c]) {
            let z = (beta[c] - mean) / sd;
            objective -= 0.5 * z * z;
            score[c] -= z / sd;
            information[c * k + c] += 1.0 / (sd * sd);
        }
    }
    for a in 0..k {
        for b in 0..a {
            information[b * k + a] = information[a * k + b];
        }
    }
    let information = Cholesky::factor(&information, k)?;
    if p.firth {
        objective += 0.5 * information.log_det();
        let inverse = information.inverse();
        for r in 0..n {
            let row = &p.x[r * k..][..k];
            let mu = fitted[r];
            let mut h = 0.0;
            for a in 0..k {
                h += row[a] * dot(&inverse[a * k..][..k], row);
            }
            let adjust = weight(p, r) * mu * (1.0 - mu) * h * (0.5 - mu);
            for a in 0..k {
                score[a] += adjust * row[a];
            }
        }
    }
    Ok(Local {
        objective,
        log_likelihood,
        score,
        information,
        most_certain,
    })
}

/// Log likelihood of one common constant (added to the offset).
fn base_rate(p: &Logit<'_>) -> f64 {
    let n = p.y.len();
    let mut c = 0.0;
    for _ in 0..50 {
        let (mut g, mut v) = (0.0, 0.0);
        for r in 0..n {
            let mu = logistic(offset(p, r) + c);
            g += weight(p, r) * (p.y[r] - mu);
            v += weight(p, r) * mu * (1.0 - mu);
        }
        let step = (g / v.max(1e-300)).clamp(-2.0, 2.0);
        c += step;
        if step.abs() < 1e-12 {
            break;
        }
    }
    (0..n)
        .map(|r| {
            let eta = offset(p, r) + c;
            weight(p, r) * (p.y[r] * eta - softplus(eta))
        })
        .sum()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::random::Stream;

    #[test]
    fn ref_two_by_two_table() {
        // Closed form: log odds, and SE² = Σ 1/cell. Cells 20/30 and 40/10.
        let (mut x, mut y, mut w) = (vec![], vec![], vec![]);
        for (d, out, count) in [
            (0.0, 1.0, 20.0),
            (0.0, 0.0, 30.0),
            (1.0, 1.0, 40.0),
            (1.0, 0.0, 10.0),
        ] {
            x.extend([1.0, d]);
            y.push(out);
            w.push(count);
        }
        let p = Logit {
            weight: Some(&w),
            ..Logit::new(&x, 2, &y)
        };
        let f = fit(&p).unwrap();
        assert!(f.verdict.is_converged() && !f.separated);
        assert!((f.coefficient[1] - 6f64.ln()).abs() < 1e-8);
        let se = (1.0 / 20.0 + 1.0 / 30.0 + 1.0 / 40.0 + 1.0 / 10.0f64).sqrt();
        assert!((f.standard_error[1] - se).abs() < 1e-7);
        assert!(f.log_likelihood > f.log_likelihood_base);
    }

    #[test]
    fn ref_firth_saturated_adds_half_to_each_cell() {
        // In a saturated model Firth's estimate is the log odds after adding ½ to every cell.
        let x = [1.0, 0.0, 1.0, 0.0, 1.0, 0.0, 1.0, 1.0, 1.0, 1.0];
        let y = [1.0, 0.0, 0.0, 1.0, 1.0];
        let f = fit(&Logit::new(&x, 2, &y).with_firth()).unwrap();
        assert!(f.verdict.is_converged());
        assert!((f.coefficient[0] - (1.5f64 / 2.5).ln()).abs() < 1e-7);
        assert!((f.coefficient[0] + f.coefficient[1] - (2.5f64 / 0.5).ln()).abs() < 1e-7);
    }

    #[test]
    fn prop_separation_is_said() {
        let x = [1.0, -2.0, 1.0, -1.0, 1.0, 1.0, 1.0, 2.0];
        let y = [0.0, 0.0, 1.0, 1.0];
        let f = fit(&Logit::new(&x, 2, &y)).unwrap();
        assert!(f.separated && !f.verdict.is_converged());
        let f = fit(&Logit::new(&x, 2, &y).with_firth()).unwrap();
        assert!(f.verdict.is_converged() && f.coefficient[1].is_finite());
        let collinear = [1.0, 1.0, 1.0, 1.0, 1.0, 1.0];
        assert!(fit(&Logit::new(&collinear, 2, &[0.0, 1.0, 1.0])).is_err());
    }

    #[test]
    fn coverage_of_intervals_and_offset() {
        // 200 samples of 300: the 95 % interval covers the true slope; an offset moves the
        // intercept by itself.
        let hits = (0..200u32)
            .filter(|d| {
                let s = Stream::new(3, *d);
                let mut x = vec![];
                let mut y = vec![];
                for r in 0..300 {
                    let z = s.normal(0, r, 0, 0);
                    x.extend([1.0, z]);
                    y.push(f64::from(u8::from(
                        s.uniform(1, r, 0, 0) < logistic(-1.0 + 0.7 * z),
                    )));
                }
                let f = fit(&Logit::new(&x, 2, &y)).unwrap();
                let shift = vec![2.0; 300];
                let g = fit(&Logit {
                    offset: Some(&shift),
                    ..Logit::new(&x, 2, &y)
                })
                .unwrap();
                assert!((f.coefficient[0] - g.coefficient[0] - 2.0).abs() < 1e-6);
                (f.coefficient[1] - 0.7).abs() < 1.96 * f.standard_error[1]
            })
            .count();
        // Binomial(200, .95): four standard deviations.
        assert!((178..=200).contains(&hits), "{hits}");
    }
}
