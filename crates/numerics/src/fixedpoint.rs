//! Fixed points and roots of vector maps: Anderson acceleration and damped Newton.
//!
//! Both report what they did and how they ended; neither returns an unconverged point as an
//! answer without saying so.

use crate::Verdict;

/// How far a solver may go.
#[derive(Clone, Copy, Debug)]
pub struct Options {
    /// Stop when the caller's error measure is at most this. Default 1e-10.
    pub tolerance: f64,
    /// Most evaluations of the map. Default 500.
    pub max_evaluations: usize,
    /// Differences kept by Anderson acceleration; 0 is plain damped iteration. Default 6.
    pub memory: usize,
    /// First damping factor in (0, 1]. Default 1.
    pub damping: f64,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            tolerance: 1e-10,
            max_evaluations: 500,
            memory: 6,
            damping: 1.0,
        }
    }
}

/// Where a solver ended and what it cost.
#[derive(Clone, Debug)]
pub struct Solution {
    /// The point with the smallest error measure.
    pub x: Vec<f64>,
    /// Its error measure.
    pub residual: f64,
    /// Evaluations of the map.
    pub evaluations: usize,
    /// Restarts (Anderson) or step halvings (Newton).
    pub restarts: usize,
    /// Whether the tolerance was reached.
    pub verdict: Verdict,
}

/// A safeguard fires when the error grows by more than this factor over the best so far.
const GROWTH_ALLOWED: f64 = 8.0;
/// Damping below which the iteration is given up.
const LEAST_DAMPING: f64 = 1.0 / 256.0;
/// Columns more dependent than this are dropped from the least-squares problem.
const DEPENDENCE: f64 = 1e-8;

/// Finds x with g(x) = x. `step` writes g(x) − x and returns the error measure, or `None` outside
/// the domain of g. Type-II Anderson acceleration (Walker & Ni 2011): the step is the combination
/// of the last differences that would cancel the residual if g were linear. When the error grows
/// or the domain is left, it returns to the best point, forgets and halves the damping.
pub fn anderson(
    start: &[f64],
    options: &Options,
    mut step: impl FnMut(&[f64], &mut [f64]) -> Option<f64>,
) -> Solution {
    let (n, m) = (start.len(), options.memory.min(start.len()));
    let mut x = start.to_vec();
    let mut f = vec![0.0; n];
    let mut best = (f64::INFINITY, x.clone(), f.clone());
    let (mut dx, mut df): (Vec<Vec<f64>>, Vec<Vec<f64>>) = (Vec::new(), Vec::new());
    let (mut last_x, mut last_f) = (Vec::new(), Vec::new());
    let (mut damping, mut evaluations, mut restarts) = (options.damping, 0, 0);
    let verdict = loop {
        if evaluations >= options.max_evaluations {
            break Verdict::OutOfIterations;
        }
        evaluations += 1;
        let error = step(&x, &mut f).filter(|e| e.is_finite());
        let grew = error.is_none_or(|e| e > GROWTH_ALLOWED * best.0);
        if grew {
            restarts += 1;
            damping *= 0.5;
            if damping < LEAST_DAMPING || best.0.is_infinite() {
                break Verdict::BrokeDown;
            }
            dx.clear();
            df.clear();
            last_x.clear();
            last_f.clear();
            for i in 0..n {
                x[i] = best.1[i] + damping * best.2[i];
            }
            continue;
        }
        let error = error.unwrap_or(f64::INFINITY);
        if error < best.0 {
            best.0 = error;
            best.1.copy_from_slice(&x);
            best.2.copy_from_slice(&f);
        }
        if error <= options.tolerance {
            break Verdict::Converged;
        }
        if m > 0 && !last_x.is_empty() {
            if dx.len() == m {
                // The oldest difference gives its room to the newest.
                let (mut a, mut b) = (dx.remove(0), df.remove(0));
                for i in 0..n {
                    a[i] = x[i] - last_x[i];
                    b[i] = f[i] - last_f[i];
                }
                dx.push(a);
                df.push(b);
            } else {
                dx.push(x.iter().zip(&last_x).map(|(a, b)| a - b).collect());
                df.push(f.iter().zip(&last_f).map(|(a, b)| a - b).collect());
            }
        }
        last_x.clone_from(&x);
        last_f.clone_from(&f);
        let gamma = least_squares(&df, &f);
        for i in 0..n {
            x[i] += damping * f[i];
        }
        for (k, g) in gamma.iter().enumerate() {
            for i in 0..n {
                x[i] -= g * (dx[k][i] + damping * df[k][i]);
            }
        }
    };
    Solution {
        x: best.1,
        residual: best.0,
        evaluations,
        restarts,
        verdict,
    }
}

/// Coefficients of the columns that best explain `f`; dependent (older) columns get 0.
fn least_squares(columns: &[Vec<f64>], f: &[f64]) -> Vec<f64> {
    let k = columns.len();
    // Modified Gram–Schmidt from the newest column to the oldest.
    let mut q: Vec<Option<Vec<f64>>> = vec![None; k];
    let mut r = vec![0.0; k * k];
    let mut rest = f.to_vec();
    let mut rhs = vec![0.0; k];
    for c in (0..k).rev() {
        let mut v = columns[c].clone();
        let size = dot(&v, &v).sqrt();
        for p in (c + 1..k).rev() {
            if let Some(u) = &q[p] {
                let s = dot(u, &v);
                r[p * k + c] = s;
                axpy(-s, u, &mut v);
            }
        }
        let left = dot(&v, &v).sqrt();
        if left <= DEPENDENCE * size || left == 0.0 {
            continue;
        }
        r[c * k + c] = left;
        v.iter_mut().for_each(|x| *x /= left);
        rhs[c] = dot(&v, &rest);
        axpy(-rhs[c], &v, &mut rest);
        q[c] = Some(v);
    }
    // Back substitution from the oldest kept column to the newest.
    let mut gamma = vec![0.0; k];
    for c in 0..k {
        if q[c].is_some() {
            let s: f64 = (0..c).map(|o| r[c * k + o] * gamma[o]).sum();
            gamma[c] = (rhs[c] - s) / r[c * k + c];
        }
    }
    gamma
}

fn dot(a: &[f64], b: &[f64]) -> f64 {
    a.iter().zip(b).map(|(a, b)| a * b).sum()
}

fn axpy(s: f64, a: &[f64], y: &mut [f64]) {
    for (y, a) in y.iter_mut().zip(a) {
        *y += s * a;
    }
}

/// Finds x with f(x) = 0. `residual` writes f(x) and returns the error measure (`None` outside the
/// domain); `solve` overwrites its argument, f(x), with J(x)⁻¹ f(x) and returns `false` when J is
/// singular. Steps are halved until the error falls.
pub fn newton(
    start: &[f64],
    options: &Options,
    mut residual: impl FnMut(&[f64], &mut [f64]) -> Option<f64>,
    mut solve: impl FnMut(&[f64], &mut [f64]) -> bool,
) -> Solution {
    let n = start.len();
    let mut x = start.to_vec();
    let mut f = vec![0.0; n];
    let (mut trial, mut trial_f) = (vec![0.0; n], vec![0.0; n]);
    let (mut evaluations, mut restarts) = (1, 0);
    let end = |x, residual, evaluations, restarts, verdict| Solution {
        x,
        residual,
        evaluations,
        restarts,
        verdict,
    };
    let Some(mut error) = residual(&x, &mut f).filter(|e| e.is_finite()) else {
        return end(x, f64::INFINITY, evaluations, restarts, Verdict::BrokeDown);
    };
    while error > options.tolerance {
        if !solve(&x, &mut f) {
            return end(x, error, evaluations, restarts, Verdict::BrokeDown);
        }
        let mut damping = options.damping;
        loop {
            if evaluations >= options.max_evaluations {
                return end(x, error, evaluations, restarts, Verdict::OutOfIterations);
            }
            for i in 0..n {
                trial[i] = x[i] - damping * f[i];
            }
            evaluations += 1;
            let e = residual(&trial, &mut trial_f).filter(|e| e.is_finite());
            if let Some(e) = e.filter(|e| *e < error) {
                error = e;
                std::mem::swap(&mut x, &mut trial);
                std::mem::swap(&mut f, &mut trial_f);
                break;
            }
            restarts += 1;
            damping *= 0.5;
            if damping < LEAST_DAMPING {
                return end(x, error, evaluations, restarts, Verdict::BrokeDown);
            }
        }
    }
    end(x, error, evaluations, restarts, Verdict::Converged)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn size(f: &[f64]) -> f64 {
        f.iter().fold(0.0, |m, v| v.abs().max(m))
    }

    #[test]
    fn ref_cosine_fixed_point() {
        let s = anderson(&[1.0], &Options::default(), |x, f| {
            f[0] = x[0].cos() - x[0];
            Some(f[0].abs())
        });
        assert!(s.verdict.is_converged() && (s.x[0] - 0.7390851332151607).abs() < 1e-9);
        assert!(s.evaluations < 10, "{}", s.evaluations);
    }

    #[test]
    fn prop_linear_map_in_dimension_plus_two_evaluations() {
        // x = Bx + b with spectral radius .99: plain iteration needs over 2000 evaluations.
        let diagonal = [0.99, 0.9, -0.8, 0.5, 0.0];
        let s = anderson(&[0.0; 5], &Options::default(), |x, f| {
            for i in 0..5 {
                f[i] = diagonal[i] * x[i] + 1.0 - x[i];
            }
            Some(size(f))
        });
        assert!(s.verdict.is_converged());
        assert!(s.evaluations <= 8, "{}", s.evaluations);
        for i in 0..5 {
            assert!((s.x[i] * (1.0 - diagonal[i]) - 1.0).abs() < 1e-9);
        }
    }

    #[test]
    fn prop_never_silent() {
        // No fixed point: must not claim one.
        let s = anderson(&[0.0], &Options::default(), |_, f| {
            f[0] = 1.0;
            Some(1.0)
        });
        assert_eq!(s.verdict, Verdict::OutOfIterations);
        let s = anderson(&[0.0], &Options::default(), |_, _| None);
        assert_eq!(s.verdict, Verdict::BrokeDown);
        let s = newton(
            &[1.0],
            &Options::default(),
            |x, f| {
                f[0] = x[0] * x[0] + 1.0;
                Some(f[0].abs())
            },
            |x, f| {
                f[0] /= 2.0 * x[0];
                x[0] != 0.0
            },
        );
        assert!(!s.verdict.is_converged());
    }

    #[test]
    fn ref_newton_rosenbrock_gradient() {
        let s = newton(
            &[-1.2, 1.0],
            &Options {
                tolerance: 1e-12,
                ..Options::default()
            },
            |x, f| {
                f[0] = 10.0 * (x[1] - x[0] * x[0]);
                f[1] = 1.0 - x[0];
                Some(size(f))
            },
            |x, f| {
                // J = [[-20 x0, 10], [-1, 0]]
                let d0 = -f[1];
                let d1 = (f[0] + 20.0 * x[0] * d0) / 10.0;
                (f[0], f[1]) = (d0, d1);
                true
            },
        );
        assert!(s.verdict.is_converged() && (s.x[0] - 1.0).abs() < 1e-12);
    }
}
