//! Matrices from their margins: iterative proportional fitting (RAS).

use crate::{NumericsError, Verdict, check_domain, check_len};

/// A matrix fitted to its margins.
#[derive(Clone, Debug)]
pub struct Fitted {
    /// Row-major rows × columns.
    pub matrix: Vec<f64>,
    /// Largest absolute miss of a margin over the grand total.
    pub residual: f64,
    /// Sweeps over rows and columns.
    pub iterations: usize,
    /// Whether the tolerance was reached; it is not when zeros in the prior make the margins
    /// unreachable.
    pub verdict: Verdict,
}

const MAX_ITERATIONS: usize = 10_000;
const TOLERANCE: f64 = 1e-10;

/// The matrix closest in relative entropy to `prior` (row-major, zeros stay zero) with the given
/// row and column sums. With a prior of ones off the diagonal it is the maximum-entropy network of
/// Anand, Craig & von Peter 2015. The margins must be non-negative and have the same sum.
pub fn fit(prior: &[f64], rows: &[f64], columns: &[f64]) -> Result<Fitted, NumericsError> {
    let (n, m) = (rows.len(), columns.len());
    check_len("prior", prior.len(), n * m)?;
    for v in prior.iter().chain(rows).chain(columns) {
        check_domain(
            v.is_finite() && *v >= 0.0,
            "entry",
            *v,
            "finite and not negative",
        )?;
    }
    let (total, other): (f64, f64) = (rows.iter().sum(), columns.iter().sum());
    let gap = (total - other).abs();
    check_domain(
        gap <= 1e-9 * total.max(other),
        "difference of margins",
        gap,
        "0",
    )?;
    let mut a = prior.to_vec();
    let (mut residual, mut iterations, mut verdict) = (0.0, 0, Verdict::Converged);
    if total > 0.0 {
        verdict = Verdict::OutOfIterations;
        let mut column_sum = vec![0.0; m];
        while iterations < MAX_ITERATIONS {
            iterations += 1;
            for (row, goal) in a.chunks_exact_mut(m).zip(rows) {
                let sum: f64 = row.iter().sum();
                if sum > 0.0 {
                    row.iter_mut().for_each(|x| *x *= goal / sum);
                }
            }
            column_sum.fill(0.0);
            for row in a.chunks_exact(m) {
                column_sum.iter_mut().zip(row).for_each(|(s, x)| *s += x);
            }
            residual = column_sum
                .iter()
                .zip(columns)
                .map(|(s, c)| (s - c).abs() / total)
                .chain(
                    a.chunks_exact(m)
                        .zip(rows)
                        .map(|(r, g)| (r.iter().sum::<f64>() - g).abs() / total),
                )
                .fold(0.0, f64::max);
            if residual <= TOLERANCE {
                verdict = Verdict::Converged;
                break;
            }
            for row in a.chunks_exact_mut(m) {
                for ((x, s), c) in row.iter_mut().zip(&column_sum).zip(columns) {
                    if *s > 0.0 {
                        *x *= c / s;
                    }
                }
            }
        }
    }
    Ok(Fitted {
        matrix: a,
        residual,
        iterations,
        verdict,
    })
}

/// Maximum-entropy square matrix with a zero diagonal.
pub fn maximum_entropy(rows: &[f64], columns: &[f64]) -> Result<Fitted, NumericsError> {
    let n = rows.len();
    check_len("columns", columns.len(), n)?;
    let prior: Vec<f64> = (0..n * n)
        .map(|k| f64::from(u8::from(k / n != k % n)))
        .collect();
    fit(&prior, rows, columns)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn ref_anand_craig_von_peter_2015() {
        let f = maximum_entropy(
            &[7.0, 5.0, 3.0, 1.0, 3.0, 0.0, 1.0],
            &[4.0, 5.0, 5.0, 0.0, 0.0, 2.0, 4.0],
        )
        .unwrap();
        assert!(f.verdict.is_converged());
        let first = [0.0, 2.53, 2.18, 0.0, 0.0, 0.74, 1.55];
        let second = [1.72, 0.0, 1.60, 0.0, 0.0, 0.54, 1.14];
        for j in 0..7 {
            assert!(
                (f.matrix[j] - first[j]).abs() < 0.005,
                "{j} {}",
                f.matrix[j]
            );
            assert!(
                (f.matrix[7 + j] - second[j]).abs() < 0.005,
                "{j} {}",
                f.matrix[7 + j]
            );
        }
    }

    #[test]
    fn prop_unreachable_margins_are_said() {
        // One bank holds everything and owes everything: impossible without the diagonal.
        let f = maximum_entropy(&[1.0, 0.0], &[1.0, 0.0]).unwrap();
        assert!(!f.verdict.is_converged());
        assert!(maximum_entropy(&[1.0, 1.0], &[1.0, 2.0]).is_err());
    }

    proptest! {
        #[test]
        fn prop_margins_hold(r in prop::collection::vec(0.1f64..10.0, 5), c in prop::collection::vec(0.1f64..10.0, 5)) {
            let (sr, sc): (f64, f64) = (r.iter().sum(), c.iter().sum());
            let c: Vec<f64> = c.iter().map(|x| x * sr / sc).collect();
            let f = fit(&[1.0; 25], &r, &c).unwrap();
            prop_assert!(f.verdict.is_converged());
            // A prior of ones gives independence.
            for i in 0..5 { for j in 0..5 {
                prop_assert!((f.matrix[i * 5 + j] - r[i] * c[j] / sr).abs() < 1e-9);
            } }
        }
    }
}
