//! Least squares with heteroskedastic or clustered standard errors.

use crate::linalg::Cholesky;
use crate::{NumericsError, check_domain, check_len};

/// A fitted linear regression.
#[derive(Clone, Debug)]
pub struct OlsFit {
    /// Coefficients.
    pub coefficient: Vec<f64>,
    /// Standard errors: clustered when clusters were given, else robust to heteroskedasticity
    /// (HC1).
    pub standard_error: Vec<f64>,
    /// Covariance of the coefficients, columns × columns.
    pub covariance: Vec<f64>,
    /// Residual standard deviation with n − k.
    pub residual_sd: f64,
    /// Share of variance around the mean explained.
    pub r_squared: f64,
    /// Rows used.
    pub rows: usize,
    /// Clusters used; rows when none were given.
    pub clusters: usize,
}

/// Fits `y` on row-major `x` with `columns` columns (add ones for an intercept). `cluster` gives a
/// group number for each row; weights are analytic. Fails on wrong shapes, too few rows and
/// collinear columns.
pub fn fit(
    x: &[f64],
    columns: usize,
    y: &[f64],
    weight: Option<&[f64]>,
    cluster: Option<&[usize]>,
) -> Result<OlsFit, NumericsError> {
    let (n, k) = (y.len(), columns);
    check_len("regressors", x.len(), n * k)?;
    check_len("weights", weight.map_or(n, <[f64]>::len), n)?;
    check_len("clusters", cluster.map_or(n, <[usize]>::len), n)?;
    check_domain(
        n > k,
        "number of rows",
        n as f64,
        "above the number of columns",
    )?;
    let w = |r: usize| weight.map_or(1.0, |w| w[r]);
    let mut gram = vec![0.0; k * k];
    let mut rhs = vec![0.0; k];
    for r in 0..n {
        let row = &x[r * k..][..k];
        for a in 0..k {
            rhs[a] += w(r) * row[a] * y[r];
            for b in 0..k {
                gram[a * k + b] += w(r) * row[a] * row[b];
            }
        }
    }
    let chol = Cholesky::factor(&gram, k)?;
    let mut beta = rhs;
    chol.solve(&mut beta);
    let residual: Vec<f64> = (0..n)
        .map(|r| {
            y[r] - x[r * k..][..k]
                .iter()
                .zip(&beta)
                .map(|(x, b)| x * b)
                .sum::<f64>()
        })
        .collect();
    let total: f64 = (0..n).map(w).sum();
    let centre = (0..n).map(|r| w(r) * y[r]).sum::<f64>() / total;
    let rss: f64 = (0..n).map(|r| w(r) * residual[r].powi(2)).sum();
    let tss: f64 = (0..n).map(|r| w(r) * (y[r] - centre).powi(2)).sum();

    // Sum of scores inside each cluster, then their outer products.
    let mut order: Vec<usize> = (0..n).collect();
    if let Some(c) = cluster {
        order.sort_by_key(|r| c[*r]);
    }
    let same = |a: usize, b: usize| cluster.map_or(a == b, |c| c[a] == c[b]);
    let mut meat = vec![0.0; k * k];
    let (mut clusters, mut at) = (0, 0);
    while at < n {
        let first = order[at];
        let mut score = vec![0.0; k];
        while at < n && same(order[at], first) {
            let r = order[at];
            for a in 0..k {
                score[a] += w(r) * residual[r] * x[r * k + a];
            }
            at += 1;
        }
        clusters += 1;
        for a in 0..k {
            for b in 0..k {
                meat[a * k + b] += score[a] * score[b];
            }
        }
    }
    let (nf, kf, g) = (n as f64, k as f64, clusters as f64);
    let correction = match cluster {
        Some(_) => g / (g - 1.0) * (nf - 1.0) / (nf - kf),
        None => nf / (nf - kf),
    };
    let bread = chol.inverse();
    let half = product(&bread, &meat, k);
    let covariance: Vec<f64> = product(&half, &bread, k)
        .into_iter()
        .map(|v| v * correction)
        .collect();
    Ok(OlsFit {
        standard_error: (0..k)
            .map(|a| covariance[a * k + a].max(0.0).sqrt())
            .collect(),
        coefficient: beta,
        covariance,
        residual_sd: (rss / (nf - kf)).sqrt(),
        r_squared: 1.0 - rss / tss,
        rows: n,
        clusters,
    })
}

fn product(a: &[f64], b: &[f64], k: usize) -> Vec<f64> {
    let mut c = vec![0.0; k * k];
    for i in 0..k {
        for j in 0..k {
            c[i * k + j] = (0..k).map(|m| a[i * k + m] * b[m * k + j]).sum();
        }
    }
    c
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::random::Stream;

    #[test]
    fn ref_anscombe_first_set() {
        // Anscombe 1973, set I: intercept 3.0001, slope .5001, R² .6665, residual SD 1.237.
        let xs = [10.0, 8.0, 13.0, 9.0, 11.0, 14.0, 6.0, 4.0, 12.0, 7.0, 5.0];
        let y = [
            8.04, 6.95, 7.58, 8.81, 8.33, 9.96, 7.24, 4.26, 10.84, 4.82, 5.68,
        ];
        let x: Vec<f64> = xs.iter().flat_map(|v| [1.0, *v]).collect();
        let f = fit(&x, 2, &y, None, None).unwrap();
        assert!(
            (f.coefficient[0] - 3.0001).abs() < 5e-5 && (f.coefficient[1] - 0.5001).abs() < 5e-5
        );
        assert!((f.r_squared - 0.6665).abs() < 5e-5 && (f.residual_sd - 1.237).abs() < 5e-4);
    }

    #[test]
    fn coverage_clustered_errors() {
        // Regressor and error share a component inside 40 clusters of 10: clustered intervals
        // cover, robust ones do not.
        let (mut clustered, mut robust) = (0, 0);
        for d in 0..200u32 {
            let s = Stream::new(9, d);
            let (mut x, mut y, mut c) = (vec![], vec![], vec![]);
            for g in 0..40 {
                let (a, b) = (s.normal(0, g, 0, 0), s.normal(1, g, 0, 0));
                for r in 0..10 {
                    let z = a + 0.3 * s.normal(2, g, r, 0);
                    x.extend([1.0, z]);
                    y.push(0.5 * z + b + s.normal(3, g, r, 0));
                    c.push(g as usize);
                }
            }
            let f = fit(&x, 2, &y, None, Some(&c)).unwrap();
            assert_eq!(f.clusters, 40);
            let h = fit(&x, 2, &y, None, None).unwrap();
            clustered += i32::from((f.coefficient[1] - 0.5).abs() < 2.02 * f.standard_error[1]);
            robust += i32::from((h.coefficient[1] - 0.5).abs() < 2.02 * h.standard_error[1]);
        }
        assert!(clustered >= 176, "{clustered}");
        assert!(robust < 140, "{robust}");
    }
}
