//! Newton in log wages, for where the accelerated iteration fails.

use super::market::Market;
use super::solve::SectoralOptions;
use crate::Verdict;
use crate::linalg::Lu;

/// Step of a log wage in the differences.
const DIFFERENCE: f64 = 1e-6;
/// Largest change of a log wage in one step.
const LONGEST_STEP: f64 = 1.0;
/// Share of a step below which it is given up.
const LEAST_STEP: f64 = 1e-3;

/// Derivatives of the log excess by differences (inner problems at the accuracy the market is set
/// to, which should be the finest), steps bounded and halved until the sum of squares falls.
pub(super) fn newton(
    market: &mut Market<'_>,
    at: &[f64],
    options: &SectoralOptions,
) -> (Verdict, f64, Vec<f64>) {
    let n = at.len();
    let (mut x, mut f, mut g) = (at.to_vec(), vec![0.0; n], vec![0.0; n]);
    let size = |f: &[f64]| f.iter().map(|v| v * v).sum::<f64>();
    market.gain.fill(1.0);
    let Some(mut worst) = market.evaluate(&x, &mut f) else {
        return (Verdict::BrokeDown, f64::INFINITY, x);
    };
    for _ in 0..options.max_newton_steps {
        if worst <= options.tolerance {
            return (Verdict::Converged, worst, x);
        }
        market.work.factorisations += 1;
        let weight: Vec<f64> = x
            .iter()
            .zip(&market.e.value_added)
            .map(|(w, v)| w.exp() * v)
            .collect();
        let total: f64 = weight.iter().sum();
        let mut jacobian = vec![0.0; n * n];
        for k in 0..n {
            let mut moved = x.clone();
            moved[k] += DIFFERENCE;
            if market.evaluate(&moved, &mut g).is_none() {
                moved[k] = x[k] - DIFFERENCE;
                if market.evaluate(&moved, &mut g).is_none() {
                    return (Verdict::BrokeDown, worst, x);
                }
            }
            // World value added is pinned, which removes the null direction.
            let by = moved[k] - x[k];
            for r in 0..n {
                jacobian[r * n + k] = (g[r] - f[r]) / by + weight[k] / total;
            }
        }
        let mut step = f.clone();
        match Lu::factor(jacobian, n) {
            Ok(lu) => lu.solve(&mut step),
            Err(_) => return (Verdict::BrokeDown, worst, x),
        }
        let longest = step.iter().fold(0.0f64, |m, s| m.max(s.abs()));
        let mut share = if longest > LONGEST_STEP {
            LONGEST_STEP / longest
        } else {
            1.0
        };
        loop {
            if share < LEAST_STEP || !longest.is_finite() {
                return (Verdict::BrokeDown, worst, x);
            }
            let trial: Vec<f64> = x.iter().zip(&step).map(|(x, s)| x - share * s).collect();
            let accepted = market
                .evaluate(&trial, &mut g)
                .filter(|w| *w <= options.tolerance || size(&g) < size(&f) * (1.0 - 1e-4 * share));
            if let Some(w) = accepted {
                (x, worst) = (trial, w);
                f.copy_from_slice(&g);
                break;
            }
            share *= 0.5;
        }
    }
    (Verdict::OutOfIterations, worst, x)
}
