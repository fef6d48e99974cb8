//! Small symmetric matrices of the regressors.

use rayon::prelude::*;

use super::layout::Layout;

/// XᵀWX of row-major `x` (rows × k), full and row-major.
pub(crate) fn gram(
    layout: &Layout,
    x: &[f64],
    k: usize,
    weight: impl Fn(usize) -> f64 + Sync,
) -> Vec<f64> {
    let pieces: Vec<Vec<f64>> = layout
        .tasks
        .par_iter()
        .map(|task| {
            let mut sum = vec![0.0; k * k];
            for r in layout.rows_of_task(task) {
                let (w, row) = (weight(r), &x[r * k..][..k]);
                for a in 0..k {
                    let wx = w * row[a];
                    for (s, v) in sum[a * k..][..=a].iter_mut().zip(row) {
                        *s += wx * v;
                    }
                }
            }
            sum
        })
        .collect();
    let mut sum = add(pieces, k * k);
    for a in 0..k {
        for b in 0..a {
            sum[b * k + a] = sum[a * k + b];
        }
    }
    sum
}

/// Xᵀv of row-major `x` (rows × k).
pub(crate) fn cross(
    layout: &Layout,
    x: &[f64],
    k: usize,
    value: impl Fn(usize) -> f64 + Sync,
) -> Vec<f64> {
    let pieces: Vec<Vec<f64>> = layout
        .tasks
        .par_iter()
        .map(|task| {
            let mut sum = vec![0.0; k];
            for r in layout.rows_of_task(task) {
                let v = value(r);
                for (s, x) in sum.iter_mut().zip(&x[r * k..][..k]) {
                    *s += v * x;
                }
            }
            sum
        })
        .collect();
    add(pieces, k)
}

fn add(pieces: Vec<Vec<f64>>, len: usize) -> Vec<f64> {
    let mut sum = vec![0.0; len];
    for piece in pieces {
        sum.iter_mut().zip(piece).for_each(|(s, p)| *s += p);
    }
    sum
}

/// Columns that are combinations of earlier ones, in the order given: a column counts as such when
/// the share of its `scale` (its own squared norm before) that earlier columns leave is at most
/// `tolerance`.
pub(crate) fn dependent(gram: &[f64], k: usize, scale: &[f64], tolerance: f64) -> Vec<bool> {
    let mut l = vec![0.0; k * k];
    let mut drop = vec![false; k];
    for i in 0..k {
        for j in 0..i {
            if drop[j] {
                continue;
            }
            let s: f64 = (0..j).map(|m| l[i * k + m] * l[j * k + m]).sum();
            l[i * k + j] = (gram[i * k + j] - s) / l[j * k + j];
        }
        let square: f64 = (0..i).map(|m| l[i * k + m] * l[i * k + m]).sum();
        let left = gram[i * k + i] - square;
        if left <= tolerance * scale[i] || left <= 0.0 {
            drop[i] = true;
            for m in 0..=i {
                l[i * k + m] = 0.0;
            }
        } else {
            l[i * k + i] = left.sqrt();
        }
    }
    drop
}

/// Overwrites `b` with a solution of A x = b for a positive semi-definite A; components that A
/// does not reach are zero.
pub(crate) fn solve_positive(a: &[f64], k: usize, b: &mut [f64]) {
    let inverse = inverse_positive(a, k);
    let x: Vec<f64> = (0..k)
        .map(|i| (0..k).map(|j| inverse[i * k + j] * b[j]).sum())
        .collect();
    b.copy_from_slice(&x);
}

/// A generalised inverse of a positive semi-definite matrix, scaled first to unit diagonal;
/// dependent columns get zeros.
pub(crate) fn inverse_positive(a: &[f64], k: usize) -> Vec<f64> {
    let scale: Vec<f64> = (0..k)
        .map(|i| {
            let d = a[i * k + i];
            if d > 0.0 { 1.0 / d.sqrt() } else { 0.0 }
        })
        .collect();
    let unit: Vec<f64> = (0..k * k)
        .map(|i| a[i] * scale[i / k] * scale[i % k])
        .collect();
    let drop = dependent(&unit, k, &vec![1.0; k], 1e-13);
    // Gauss–Jordan on the kept columns; the matrix is positive definite there.
    let kept: Vec<usize> = (0..k).filter(|i| !drop[*i]).collect();
    let n = kept.len();
    let mut m = vec![0.0; n * n];
    for (i, a) in kept.iter().enumerate() {
        for (j, b) in kept.iter().enumerate() {
            m[i * n + j] = unit[a * k + b];
        }
    }
    for p in 0..n {
        let d = 1.0 / m[p * n + p];
        m[p * n + p] = 1.0;
        for j in 0..n {
            m[p * n + j] *= d;
        }
        for i in (0..n).filter(|i| *i != p) {
            let f = m[i * n + p];
            m[i * n + p] = 0.0;
            for j in 0..n {
                m[i * n + j] -= f * m[p * n + j];
            }
        }
    }
    let mut out = vec![0.0; k * k];
    for (i, a) in kept.iter().enumerate() {
        for (j, b) in kept.iter().enumerate() {
            out[a * k + b] = 0.5 * (m[i * n + j] + m[j * n + i]) * scale[*a] * scale[*b];
        }
    }
    out
}

/// A generalised inverse of a positive semi-definite matrix of some hundred rows.
pub(crate) fn inverse_large(mut a: Vec<f64>, n: usize) -> Vec<f64> {
    /// Share of the diagonal below which a pivot is zero.
    const GROUND: f64 = 1e-11;
    let mut inverse = vec![0.0; n];
    for i in 0..n {
        let (above, own) = a.split_at_mut(i * n);
        let diagonal = own[i];
        for j in 0..i {
            let row = &above[j * n..][..j];
            let s: f64 = own[..j].iter().zip(row).map(|(x, y)| x * y).sum();
            own[j] = (own[j] - s) * inverse[j];
        }
        let left = diagonal - own[..i].iter().map(|x| x * x).sum::<f64>();
        inverse[i] = if left > GROUND * diagonal {
            1.0 / left.sqrt()
        } else {
            0.0
        };
    }
    let columns: Vec<Vec<f64>> = (0..n)
        .into_par_iter()
        .map(|c| {
            let mut x = vec![0.0; n];
            x[c] = 1.0;
            for i in c..n {
                let s: f64 = (c..i).map(|j| a[i * n + j] * x[j]).sum();
                x[i] = (x[i] - s) * inverse[i];
            }
            for i in (0..n).rev() {
                x[i] *= inverse[i];
                let v = x[i];
                for (x, l) in x[..i].iter_mut().zip(&a[i * n..]) {
                    *x -= l * v;
                }
            }
            x
        })
        .collect();
    columns.concat()
}

/// C = A B for row-major k × k matrices.
pub(crate) fn product(a: &[f64], b: &[f64], k: usize) -> Vec<f64> {
    let mut c = vec![0.0; k * k];
    for i in 0..k {
        for m in 0..k {
            let v = a[i * k + m];
            for j in 0..k {
                c[i * k + j] += v * b[m * k + j];
            }
        }
    }
    c
}

/// Eigenvalues and row-wise eigenvectors of a symmetric matrix, by Jacobi rotations.
pub(crate) fn eigen(a: &[f64], k: usize) -> (Vec<f64>, Vec<f64>) {
    let mut m = a.to_vec();
    let mut v = vec![0.0; k * k];
    for i in 0..k {
        v[i * k + i] = 1.0;
    }
    for _ in 0..100 {
        let off: f64 = (0..k * k)
            .filter(|i| i / k != i % k)
            .map(|i| m[i] * m[i])
            .sum();
        let all: f64 = m.iter().map(|x| x * x).sum();
        if off <= 1e-30 * all {
            break;
        }
        for p in 0..k {
            for q in p + 1..k {
                if m[p * k + q] == 0.0 {
                    continue;
                }
                let theta = (m[q * k + q] - m[p * k + p]) / (2.0 * m[p * k + q]);
                let t = theta.signum() / (theta.abs() + (theta * theta + 1.0).sqrt());
                let t = if theta == 0.0 { 1.0 } else { t };
                let c = 1.0 / (t * t + 1.0).sqrt();
                let s = t * c;
                for i in 0..k {
                    let (a, b) = (m[i * k + p], m[i * k + q]);
                    m[i * k + p] = c * a - s * b;
                    m[i * k + q] = s * a + c * b;
                }
                for i in 0..k {
                    let (a, b) = (m[p * k + i], m[q * k + i]);
                    m[p * k + i] = c * a - s * b;
                    m[q * k + i] = s * a + c * b;
                    let (a, b) = (v[p * k + i], v[q * k + i]);
                    v[p * k + i] = c * a - s * b;
                    v[q * k + i] = s * a + c * b;
                }
            }
        }
    }
    ((0..k).map(|i| m[i * k + i]).collect(), v)
}
