//! Minimisation of a smooth function of a few variables without derivatives given: BFGS
//! (Nocedal & Wright 2006, ch. 6) with central differences, and the Hessian at the end.

use crate::Verdict;

/// A minimum.
#[derive(Clone, Debug)]
pub struct Minimum {
    /// Where.
    pub x: Vec<f64>,
    /// Value there.
    pub value: f64,
    /// Iterations done.
    pub iterations: usize,
    /// Evaluations of the function.
    pub evaluations: usize,
    /// Whether the last step changed the value by less than the tolerance.
    pub verdict: Verdict,
}

/// Central differences with steps `step`.
pub fn gradient(f: &dyn Fn(&[f64]) -> f64, x: &[f64], step: f64) -> Vec<f64> {
    let mut at = x.to_vec();
    (0..x.len())
        .map(|k| {
            at[k] = x[k] + step;
            let above = f(&at);
            at[k] = x[k] - step;
            let below = f(&at);
            at[k] = x[k];
            (above - below) / (2.0 * step)
        })
        .collect()
}

/// Minimises `f` from `start`; stops when an iteration gains less than `tolerance`.
pub fn minimise(
    f: &dyn Fn(&[f64]) -> f64,
    start: &[f64],
    step: f64,
    tolerance: f64,
    most_iterations: usize,
) -> Minimum {
    const ARMIJO: f64 = 1e-4;
    /// Longest first move along one axis: the scale of the variables is one.
    const LONGEST: f64 = 0.5;
    let n = start.len();
    let mut x = start.to_vec();
    let mut value = f(&x);
    let mut g = gradient(f, &x, step);
    let mut evaluations = 1 + 2 * n;
    let mut inverse = identity(n, &g);
    let mut small = 0;
    for iteration in 1..=most_iterations {
        let mut p: Vec<f64> = (0..n)
            .map(|i| -(0..n).map(|j| inverse[i * n + j] * g[j]).sum::<f64>())
            .collect();
        let mut slope: f64 = p.iter().zip(&g).map(|(a, b)| a * b).sum();
        if slope >= 0.0 {
            inverse = identity(n, &g);
            p = (0..n).map(|i| -inverse[i * n + i] * g[i]).collect();
            slope = p.iter().zip(&g).map(|(a, b)| a * b).sum();
        }
        let longest = p.iter().fold(0.0f64, |m, v| m.max(v.abs()));
        let mut t = if longest > LONGEST {
            LONGEST / longest
        } else {
            1.0
        };
        let mut next = x.clone();
        let mut reached = f64::NAN;
        for _ in 0..30 {
            for k in 0..n {
                next[k] = x[k] + t * p[k];
            }
            reached = f(&next);
            evaluations += 1;
            if reached <= value + ARMIJO * t * slope {
                break;
            }
            t *= 0.4;
        }
        if !(reached < value) {
            let verdict = if small > 0 {
                Verdict::Converged
            } else {
                Verdict::BrokeDown
            };
            return Minimum {
                x,
                value,
                iterations: iteration,
                evaluations,
                verdict,
            };
        }
        let new_g = gradient(f, &next, step);
        evaluations += 2 * n;
        let s: Vec<f64> = next.iter().zip(&x).map(|(a, b)| a - b).collect();
        let y: Vec<f64> = new_g.iter().zip(&g).map(|(a, b)| a - b).collect();
        let sy: f64 = s.iter().zip(&y).map(|(a, b)| a * b).sum();
        if sy > 1e-12 {
            let hy: Vec<f64> = (0..n)
                .map(|i| (0..n).map(|j| inverse[i * n + j] * y[j]).sum())
                .collect();
            let yhy: f64 = y.iter().zip(&hy).map(|(a, b)| a * b).sum();
            for i in 0..n {
                for j in 0..n {
                    inverse[i * n + j] +=
                        (1.0 + yhy / sy) * s[i] * s[j] / sy - (hy[i] * s[j] + s[i] * hy[j]) / sy;
                }
            }
        }
        let gained = value - reached;
        x = next;
        value = reached;
        g = new_g;
        small = if gained < tolerance { small + 1 } else { 0 };
        if small >= 2 {
            return Minimum {
                x,
                value,
                iterations: iteration,
                evaluations,
                verdict: Verdict::Converged,
            };
        }
    }
    Minimum {
        x,
        value,
        iterations: most_iterations,
        evaluations,
        verdict: Verdict::OutOfIterations,
    }
}

/// A first inverse Hessian such that the first move is of the order of one half.
fn identity(n: usize, g: &[f64]) -> Vec<f64> {
    let norm = g.iter().map(|v| v * v).sum::<f64>().sqrt().max(1e-12);
    let mut h = vec![0.0; n * n];
    for k in 0..n {
        h[k * n + k] = 0.5 / norm;
    }
    h
}

/// Hessian at `x` by differences of four values, row-major and symmetric.
pub fn hessian(f: &dyn Fn(&[f64]) -> f64, x: &[f64], step: f64) -> Vec<f64> {
    let n = x.len();
    let mut at = x.to_vec();
    let centre = f(x);
    let mut h = vec![0.0; n * n];
    for i in 0..n {
        at[i] = x[i] + step;
        let above = f(&at);
        at[i] = x[i] - step;
        let below = f(&at);
        at[i] = x[i];
        h[i * n + i] = (above - 2.0 * centre + below) / (step * step);
        for j in 0..i {
            let mut corner = |a: f64, b: f64| {
                at[i] = x[i] + a;
                at[j] = x[j] + b;
                let v = f(&at);
                at[i] = x[i];
                at[j] = x[j];
                v
            };
            let v = (corner(step, step) - corner(step, -step) - corner(-step, step)
                + corner(-step, -step))
                / (4.0 * step * step);
            h[i * n + j] = v;
            h[j * n + i] = v;
        }
    }
    h
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ref_rosenbrock() {
        let f = |x: &[f64]| (1.0 - x[0]).powi(2) + 100.0 * (x[1] - x[0] * x[0]).powi(2);
        let m = minimise(&f, &[-1.2, 1.0], 1e-5, 1e-12, 500);
        assert!(
            (m.x[0] - 1.0).abs() < 1e-4 && (m.x[1] - 1.0).abs() < 1e-4,
            "{m:?}"
        );
        assert!(m.verdict.is_converged());
        // Hessian at the minimum: [[802, −400], [−400, 200]].
        let h = hessian(&f, &[1.0, 1.0], 1e-4);
        for (a, b) in h.iter().zip([802.0, -400.0, -400.0, 200.0]) {
            assert!((a - b).abs() < 1e-3, "{h:?}");
        }
    }

    #[test]
    fn prop_quadratic_in_many_variables() {
        let f = |x: &[f64]| -> f64 {
            x.iter()
                .enumerate()
                .map(|(k, v)| (k as f64 + 1.0) * (v - k as f64 * 0.1).powi(2))
                .sum()
        };
        let m = minimise(&f, &[1.0; 12], 1e-5, 1e-10, 200);
        for (k, v) in m.x.iter().enumerate() {
            assert!((v - k as f64 * 0.1).abs() < 1e-4, "{m:?}");
        }
    }
}
