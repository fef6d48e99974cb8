//! Small dense linear algebra: row-major square matrices of a few hundred rows.

use crate::{NumericsError, Verdict, check_len};

/// LU factorisation with partial pivoting of a row-major n×n matrix.
#[derive(Clone, Debug)]
pub struct Lu {
    n: usize,
    factors: Vec<f64>,
    swap: Vec<usize>,
}

impl Lu {
    /// Factors `matrix`. Fails when a pivot is zero or not finite.
    pub fn factor(mut matrix: Vec<f64>, n: usize) -> Result<Self, NumericsError> {
        check_len("matrix", matrix.len(), n * n)?;
        let mut swap = Vec::with_capacity(n);
        for k in 0..n {
            let pivot = (k..n)
                .max_by(|a, b| matrix[a * n + k].abs().total_cmp(&matrix[b * n + k].abs()))
                .unwrap_or(k);
            let d = matrix[pivot * n + k];
            if d == 0.0 || !d.is_finite() {
                return Err(NumericsError::Singular {
                    what: "matrix",
                    pivot: k,
                });
            }
            swap.push(pivot);
            if pivot != k {
                for c in 0..n {
                    matrix.swap(k * n + c, pivot * n + c);
                }
            }
            let (top, below) = matrix.split_at_mut((k + 1) * n);
            let top = &top[k * n..];
            for row in below.chunks_exact_mut(n) {
                let factor = row[k] / d;
                row[k] = factor;
                if factor != 0.0 {
                    for (r, t) in row[k + 1..].iter_mut().zip(&top[k + 1..]) {
                        *r -= factor * t;
                    }
                }
            }
        }
        Ok(Self {
            n,
            factors: matrix,
            swap,
        })
    }

    /// Overwrites `b` with the solution of A x = b.
    pub fn solve(&self, b: &mut [f64]) {
        let n = self.n;
        for (k, p) in self.swap.iter().enumerate() {
            b.swap(k, *p);
        }
        for i in 1..n {
            let s: f64 = self.factors[i * n..i * n + i]
                .iter()
                .zip(&*b)
                .map(|(l, x)| l * x)
                .sum();
            b[i] -= s;
        }
        for i in (0..n).rev() {
            let row = &self.factors[i * n..(i + 1) * n];
            let s: f64 = row[i + 1..]
                .iter()
                .zip(&b[i + 1..])
                .map(|(u, x)| u * x)
                .sum();
            b[i] = (b[i] - s) / row[i];
        }
    }

    /// Log of the absolute determinant.
    pub fn log_abs_det(&self) -> f64 {
        (0..self.n)
            .map(|k| self.factors[k * self.n + k].abs().ln())
            .sum()
    }

    /// The inverse, row-major.
    pub fn inverse(&self) -> Vec<f64> {
        let n = self.n;
        let mut inverse = vec![0.0; n * n];
        let mut column = vec![0.0; n];
        for c in 0..n {
            column.fill(0.0);
            column[c] = 1.0;
            self.solve(&mut column);
            for r in 0..n {
                inverse[r * n + c] = column[r];
            }
        }
        inverse
    }
}

/// y = A x for a row-major matrix with `x.len()` columns.
pub fn multiply(matrix: &[f64], x: &[f64], y: &mut [f64]) {
    for (row, y) in matrix.chunks_exact(x.len()).zip(y) {
        *y = row.iter().zip(x).map(|(a, x)| a * x).sum();
    }
}

/// y = Aᵀ x for a row-major matrix with `y.len()` columns.
pub fn multiply_transposed(matrix: &[f64], x: &[f64], y: &mut [f64]) {
    y.fill(0.0);
    for (row, x) in matrix.chunks_exact(y.len()).zip(x) {
        for (y, a) in y.iter_mut().zip(row) {
            *y += a * x;
        }
    }
}

/// Limits of a power iteration.
#[derive(Clone, Copy, Debug)]
pub struct PowerOptions {
    /// Accepted relative residual ‖Ax − λx‖/‖λx‖. Default 1e-9.
    pub tolerance: f64,
    /// Most products. Default 2000.
    pub max_products: usize,
}

impl Default for PowerOptions {
    fn default() -> Self {
        Self {
            tolerance: 1e-9,
            max_products: 2000,
        }
    }
}

/// The dominant eigenpair as far as it was found.
#[derive(Clone, Debug)]
pub struct Dominant {
    /// Eigenvalue of largest modulus (signed); meaningful when converged.
    pub value: f64,
    /// Geometric mean growth of ‖Aᵏx‖ over the last products: estimates the spectral radius even
    /// when the dominant eigenvalues are a complex pair, where `value` does not settle.
    pub growth: f64,
    /// Unit eigenvector, its largest entry positive.
    pub vector: Vec<f64>,
    /// Relative residual.
    pub residual: f64,
    /// Products with the matrix.
    pub products: usize,
    /// Whether the tolerance was reached.
    pub verdict: Verdict,
}

/// Matrix-free power iteration: `apply` writes A x. Starts from `start` (for instance the vector
/// of the last call, which makes it warm), or from a vector of ones when `start` is zero.
pub fn dominant(
    start: &[f64],
    options: &PowerOptions,
    mut apply: impl FnMut(&[f64], &mut [f64]),
) -> Dominant {
    let n = start.len();
    let mut x = start.to_vec();
    if !normalise(&mut x) {
        x = vec![1.0 / (n as f64).sqrt(); n];
    }
    let mut y = vec![0.0; n];
    let mut logs: Vec<f64> = Vec::new();
    let (mut value, mut residual, mut products) = (0.0, f64::INFINITY, 0);
    let mut verdict = Verdict::OutOfIterations;
    while products < options.max_products {
        apply(&x, &mut y);
        products += 1;
        value = x.iter().zip(&y).map(|(a, b)| a * b).sum();
        let norm = y.iter().map(|v| v * v).sum::<f64>().sqrt();
        if norm == 0.0 {
            // A x = 0: the start lies in the kernel, the radius seen from it is zero.
            (value, residual, verdict) = (0.0, 0.0, Verdict::Converged);
            logs.push(f64::NEG_INFINITY);
            break;
        }
        if !norm.is_finite() {
            verdict = Verdict::BrokeDown;
            break;
        }
        logs.push(norm.ln());
        let gap = x
            .iter()
            .zip(&y)
            .map(|(a, b)| (b - value * a).powi(2))
            .sum::<f64>()
            .sqrt();
        residual = gap / norm;
        x.iter_mut().zip(&y).for_each(|(x, y)| *x = y / norm);
        if residual <= options.tolerance {
            verdict = Verdict::Converged;
            break;
        }
    }
    let recent = &logs[logs.len() - logs.len().min(64)..];
    let growth = (recent.iter().sum::<f64>() / recent.len().max(1) as f64).exp();
    let top = x
        .iter()
        .copied()
        .max_by(|a, b| a.abs().total_cmp(&b.abs()))
        .unwrap_or(0.0);
    if top < 0.0 {
        x.iter_mut().for_each(|v| *v = -*v);
    }
    let growth = if verdict.is_converged() {
        value.abs()
    } else {
        growth
    };
    Dominant {
        value,
        growth,
        vector: x,
        residual,
        products,
        verdict,
    }
}

fn normalise(x: &mut [f64]) -> bool {
    let norm = x.iter().map(|v| v * v).sum::<f64>().sqrt();
    let ok = norm > 0.0 && norm.is_finite();
    if ok {
        x.iter_mut().for_each(|v| *v /= norm);
    }
    ok
}

/// Perron root of a non-negative row-major matrix with its right and left vectors, each summing
/// to one.
#[derive(Clone, Debug)]
pub struct Perron {
    /// Spectral radius.
    pub root: f64,
    /// Right vector: who is moved most.
    pub right: Vec<f64>,
    /// Left vector: whose movement matters most.
    pub left: Vec<f64>,
    /// Whether both vectors reached the tolerance.
    pub verdict: Verdict,
}

/// Perron root and vectors of a non-negative matrix. The iteration runs on A + s I with s half the
/// largest row sum, so that a periodic matrix converges too.
pub fn perron(matrix: &[f64], n: usize, options: &PowerOptions) -> Result<Perron, NumericsError> {
    check_len("matrix", matrix.len(), n * n)?;
    let shift = 0.5
        * matrix
            .chunks_exact(n)
            .map(|r| r.iter().sum::<f64>())
            .fold(0.0, f64::max);
    let ones = vec![1.0; n];
    let shifted = |x: &[f64], y: &mut [f64]| {
        y.iter_mut().zip(x).for_each(|(y, x)| *y += shift * x);
    };
    let right = dominant(&ones, options, |x, y| {
        multiply(matrix, x, y);
        shifted(x, y);
    });
    let left = dominant(&ones, options, |x, y| {
        multiply_transposed(matrix, x, y);
        shifted(x, y);
    });
    let unit = |v: Vec<f64>| {
        let s: f64 = v.iter().sum();
        v.into_iter().map(|x| x / s).collect()
    };
    let verdict = if right.verdict.is_converged() {
        left.verdict
    } else {
        right.verdict
    };
    Ok(Perron {
        root: right.value - shift,
        right: unit(right.vector),
        left: unit(left.vector),
        verdict,
    })
}

/// Cholesky factor of a symmetric positive definite row-major matrix, lower triangle.
#[derive(Clone, Debug)]
pub struct Cholesky {
    n: usize,
    l: Vec<f64>,
}

impl Cholesky {
    /// Factors `matrix`; fails when it is not positive definite to working precision.
    pub fn factor(matrix: &[f64], n: usize) -> Result<Self, NumericsError> {
        check_len("matrix", matrix.len(), n * n)?;
        let mut l = vec![0.0; n * n];
        for i in 0..n {
            for j in 0..=i {
                let s: f64 = (0..j).map(|k| l[i * n + k] * l[j * n + k]).sum();
                let d = matrix[i * n + j] - s;
                if i == j {
                    if d.is_nan() || d <= 1e-14 * matrix[i * n + i].abs() {
                        return Err(NumericsError::Singular {
                            what: "matrix",
                            pivot: i,
                        });
                    }
                    l[i * n + i] = d.sqrt();
                } else {
                    l[i * n + j] = d / l[j * n + j];
                }
            }
        }
        Ok(Self { n, l })
    }

    /// Overwrites `b` with the solution of A x = b.
    pub fn solve(&self, b: &mut [f64]) {
        let (n, l) = (self.n, &self.l);
        for i in 0..n {
            let s: f64 = (0..i).map(|k| l[i * n + k] * b[k]).sum();
            b[i] = (b[i] - s) / l[i * n + i];
        }
        for i in (0..n).rev() {
            let s: f64 = (i + 1..n).map(|k| l[k * n + i] * b[k]).sum();
            b[i] = (b[i] - s) / l[i * n + i];
        }
    }

    /// y = L z: turns independent standard normals into normals with this covariance.
    pub fn correlate(&self, z: &[f64]) -> Vec<f64> {
        (0..self.n)
            .map(|i| (0..=i).map(|k| self.l[i * self.n + k] * z[k]).sum())
            .collect()
    }

    /// The inverse, row-major.
    pub fn inverse(&self) -> Vec<f64> {
        let n = self.n;
        let mut inverse = vec![0.0; n * n];
        let mut column = vec![0.0; n];
        for c in 0..n {
            column.fill(0.0);
            column[c] = 1.0;
            self.solve(&mut column);
            for r in 0..n {
                inverse[r * n + c] = column[r];
            }
        }
        inverse
    }

    /// Log determinant.
    pub fn log_det(&self) -> f64 {
        2.0 * (0..self.n)
            .map(|i| self.l[i * self.n + i].ln())
            .sum::<f64>()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn prop_solves(values in prop::collection::vec(-1.0f64..1.0, 36), b in prop::collection::vec(-1.0f64..1.0, 6)) {
            let n = 6;
            let mut a = values.clone();
            for i in 0..n { a[i * n + i] += 4.0; }
            let lu = Lu::factor(a.clone(), n).unwrap();
            let (mut x, mut back) = (b.clone(), vec![0.0; n]);
            lu.solve(&mut x);
            multiply(&a, &x, &mut back);
            for i in 0..n { prop_assert!((back[i] - b[i]).abs() < 1e-12); }
            // AᵀA is positive definite.
            let mut g = vec![0.0; n * n];
            for i in 0..n { for j in 0..n { g[i * n + j] = (0..n).map(|k| a[k * n + i] * a[k * n + j]).sum(); } }
            let c = Cholesky::factor(&g, n).unwrap();
            prop_assert!((c.log_det() - 2.0 * lu.log_abs_det()).abs() < 1e-9);
            let mut x = b.clone();
            c.solve(&mut x);
            multiply(&g, &x, &mut back);
            for i in 0..n { prop_assert!((back[i] - b[i]).abs() < 1e-9); }
        }
    }

    #[test]
    fn ref_eigenvalues_in_closed_form() {
        // Path of three nodes: adjacency radius √2, periodic.
        let a = [0.0, 1.0, 0.0, 1.0, 0.0, 1.0, 0.0, 1.0, 0.0];
        let p = perron(&a, 3, &PowerOptions::default()).unwrap();
        assert!(p.verdict.is_converged() && (p.root - 2f64.sqrt()).abs() < 1e-9);
        assert!((p.right[1] / p.right[0] - 2f64.sqrt()).abs() < 1e-6);
        // A rotation scaled by .9 has no real dominant eigenvalue: says so, and still gives .9.
        let d = dominant(&[1.0, 0.3], &PowerOptions::default(), |x, y| {
            (y[0], y[1]) = (-0.9 * x[1], 0.9 * x[0]);
        });
        assert!(!d.verdict.is_converged() && (d.growth - 0.9).abs() < 1e-12);
        // Leslie matrix with left and right vectors.
        let m = [0.5, 1.0, 0.25, 0.0];
        let p = perron(&m, 2, &PowerOptions::default()).unwrap();
        let root = f64::midpoint(0.5, 1.25f64.sqrt());
        assert!((p.root - root).abs() < 1e-9);
        assert!((p.left[1] / p.left[0] - 1.0 / root).abs() < 1e-7);
        assert!(matches!(
            Lu::factor(vec![1.0, 2.0, 2.0, 4.0], 2),
            Err(NumericsError::Singular { .. })
        ));
    }
}
