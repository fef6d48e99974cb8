//! Generalised minimal residuals for x = A x + b with A known by its product only.

/// How a linear solve ended.
pub(super) struct Solved {
    /// Products with A.
    pub products: usize,
    /// Euclidean norm of the residual over that of b.
    pub residual: f64,
}

/// Overwrites `x` (the start) with the solution of (I − A) x = b. `product` writes A v. The basis
/// grows to `most` vectors and is then restarted, at most three times.
pub(super) fn solve(
    x: &mut [f64],
    b: &[f64],
    tolerance: f64,
    most: usize,
    mut product: impl FnMut(&[f64], &mut [f64]),
) -> Solved {
    let n = x.len();
    let scale = norm(b).max(f64::MIN_POSITIVE);
    let (mut work, mut products) = (vec![0.0; n], 0);
    let mut last = f64::INFINITY;
    for _ in 0..4 {
        product(x, &mut work);
        products += 1;
        let mut v: Vec<f64> = (0..n).map(|i| b[i] - x[i] + work[i]).collect();
        let size = norm(&v);
        let residual = size / scale;
        if residual <= tolerance || residual >= 0.5 * last || !residual.is_finite() {
            return Solved { products, residual };
        }
        last = residual;
        v.iter_mut().for_each(|q| *q /= size);
        let mut basis = vec![v];
        // Columns of the Hessenberg matrix, rotated to triangular form as they come.
        let (mut columns, mut turns): (Vec<Vec<f64>>, Vec<(f64, f64)>) = (Vec::new(), Vec::new());
        let mut rhs = vec![size];
        for k in 0..most {
            product(&basis[k], &mut work);
            products += 1;
            let mut w: Vec<f64> = basis[k].iter().zip(&work).map(|(p, q)| p - q).collect();
            let mut h = Vec::with_capacity(k + 2);
            for q in &basis {
                let s = dot(q, &w);
                h.push(s);
                w.iter_mut().zip(q).for_each(|(w, q)| *w -= s * q);
            }
            let below = norm(&w);
            for (i, (c, s)) in turns.iter().enumerate() {
                let (p, q) = (h[i], h[i + 1]);
                (h[i], h[i + 1]) = (c * p + s * q, c * q - s * p);
            }
            let r = h[k].hypot(below);
            if r == 0.0 || !r.is_finite() {
                break;
            }
            let (c, s) = (h[k] / r, below / r);
            h[k] = r;
            turns.push((c, s));
            columns.push(h);
            let left = rhs[k];
            rhs[k] = c * left;
            rhs.push(-s * left);
            if rhs[k + 1].abs() <= tolerance * scale || below == 0.0 {
                break;
            }
            w.iter_mut().for_each(|q| *q /= below);
            basis.push(w);
        }
        let m = columns.len();
        let mut y = vec![0.0; m];
        for i in (0..m).rev() {
            let s: f64 = (i + 1..m).map(|k| columns[k][i] * y[k]).sum();
            y[i] = (rhs[i] - s) / columns[i][i];
        }
        for (y, q) in y.iter().zip(&basis) {
            x.iter_mut().zip(q).for_each(|(x, q)| *x += y * q);
        }
    }
    product(x, &mut work);
    products += 1;
    let rest: Vec<f64> = (0..n).map(|i| b[i] - x[i] + work[i]).collect();
    Solved {
        products,
        residual: norm(&rest) / scale,
    }
}

fn dot(a: &[f64], b: &[f64]) -> f64 {
    a.iter().zip(b).map(|(a, b)| a * b).sum()
}

fn norm(a: &[f64]) -> f64 {
    dot(a, a).sqrt()
}
