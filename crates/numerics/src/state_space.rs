//! A small Gaussian state seen through one number at a time, beside a quantity that many such
//! states share.
//!
//! [`Belief`] holds the mean and covariance of N components given the shared quantity, and the
//! slope of the mean on it. Running the ordinary recursions (Durbin & Koopman 2012, ch. 4) with the
//! shared quantity at its predicted value and carrying the slope (the augmented filter of
//! de Jong 1991) makes the update of the shared quantity by all its members exact; what members
//! share beyond the current value of the quantity is dropped between dates.

/// Normal belief on N components, conditional on a shared scalar.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Belief<const N: usize> {
    /// Mean at the shared quantity's own mean.
    pub mean: [f64; N],
    /// Covariance given the shared quantity.
    pub covariance: [[f64; N]; N],
    /// Change of the mean for a unit of the shared quantity.
    pub lean: [f64; N],
}

/// What one observation did.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Update<const N: usize> {
    /// Innovation, at the shared quantity's mean.
    pub innovation: f64,
    /// Its variance given the shared quantity.
    pub variance: f64,
    /// How much the innovation falls for a unit of the shared quantity.
    pub slope: f64,
    /// Gain: change of the mean for a unit of innovation.
    pub gain: [f64; N],
}

impl<const N: usize> Belief<N> {
    /// Independent components with the given variances and mean zero.
    pub fn new(variance: [f64; N]) -> Self {
        let mut covariance = [[0.0; N]; N];
        for k in 0..N {
            covariance[k][k] = variance[k];
        }
        Self {
            mean: [0.0; N],
            covariance,
            lean: [0.0; N],
        }
    }

    /// One step of independent autoregressions with persistence `phi` and innovation variances `q`.
    ///
    /// The shared quantity moves from B to B' = φB + b. `kept` is the regression of B on B' and
    /// `left` the variance of B that B' leaves open.
    #[inline]
    pub fn predict(&mut self, phi: &[f64; N], q: &[f64; N], kept: f64, left: f64) {
        let d = self.lean;
        for i in 0..N {
            for j in 0..N {
                self.covariance[i][j] =
                    (self.covariance[i][j] + d[i] * d[j] * left) * (phi[i] * phi[j]);
            }
            self.covariance[i][i] += q[i];
            self.mean[i] *= phi[i];
            self.lean[i] *= phi[i] * kept;
        }
    }

    /// Conditions on `y = h·x + h_shared B + e`, `Var e = noise > 0`; `shared` is the mean of B.
    #[inline]
    pub fn update(
        &mut self,
        h: &[f64; N],
        h_shared: f64,
        shared: f64,
        y: f64,
        noise: f64,
    ) -> Update<N> {
        let mut gain = [0.0; N];
        let (mut innovation, mut slope, mut variance) = (y - h_shared * shared, h_shared, noise);
        for i in 0..N {
            for j in 0..N {
                gain[i] += self.covariance[i][j] * h[j];
            }
            innovation -= h[i] * self.mean[i];
            slope += h[i] * self.lean[i];
        }
        for i in 0..N {
            variance += h[i] * gain[i];
        }
        let inverse = 1.0 / variance;
        for i in 0..N {
            for j in 0..N {
                self.covariance[i][j] -= gain[i] * gain[j] * inverse;
            }
        }
        for i in 0..N {
            gain[i] *= inverse;
            self.mean[i] += gain[i] * innovation;
            self.lean[i] -= gain[i] * slope;
        }
        Update {
            innovation,
            variance,
            slope,
            gain,
        }
    }

    /// Moves the mean to where the shared quantity is `by` above its former mean.
    #[inline]
    pub fn shift(&mut self, by: f64) {
        for k in 0..N {
            self.mean[k] += self.lean[k] * by;
        }
    }

    /// Weighted sum of the components and of the shared quantity: its variance, the quantity's
    /// variance being `shared_variance`.
    #[inline]
    pub fn variance(&self, h: &[f64; N], h_shared: f64, shared_variance: f64) -> f64 {
        let mut v = 0.0;
        let mut slope = h_shared;
        for i in 0..N {
            for j in 0..N {
                v += h[i] * h[j] * self.covariance[i][j];
            }
            slope += h[i] * self.lean[i];
        }
        v + slope * slope * shared_variance
    }

    /// Weighted sum of the components.
    #[inline]
    pub fn dot(&self, h: &[f64; N]) -> f64 {
        (0..N).map(|k| h[k] * self.mean[k]).sum()
    }
}

/// Fixed-interval smoother of one step (Rauch, Tung & Striebel 1965) for independent
/// autoregressions: filtered moments at t, persistence and innovation variance into t+1, smoothed
/// moments at t+1. `None` where the predicted covariance is singular.
pub fn smooth<const M: usize>(
    mean: &[f64; M],
    covariance: &[[f64; M]; M],
    predicted_mean: &[f64; M],
    phi: &[f64; M],
    q: &[f64; M],
    next_mean: &[f64; M],
    next_covariance: &[[f64; M]; M],
) -> Option<([f64; M], [[f64; M]; M])> {
    let mut predicted = vec![0.0; M * M];
    for i in 0..M {
        for j in 0..M {
            predicted[i * M + j] = phi[i] * phi[j] * covariance[i][j];
        }
        predicted[i * M + i] += q[i];
    }
    let factor = crate::linalg::Cholesky::factor(&predicted, M).ok()?;
    // Row i of the gain solves predicted · g = φ ∘ covariance[i].
    let mut gain = [[0.0; M]; M];
    for i in 0..M {
        for j in 0..M {
            gain[i][j] = covariance[i][j] * phi[j];
        }
        factor.solve(&mut gain[i]);
    }
    let mut m = *mean;
    let mut p = *covariance;
    for i in 0..M {
        for k in 0..M {
            m[i] += gain[i][k] * (next_mean[k] - predicted_mean[k]);
        }
        for j in 0..M {
            for k in 0..M {
                for l in 0..M {
                    p[i][j] +=
                        gain[i][k] * (next_covariance[k][l] - predicted[k * M + l]) * gain[j][l];
                }
            }
        }
    }
    Some((m, p))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ref_two_members_of_a_shared_quantity_equal_the_dense_posterior() {
        // x1, x2 ~ N(0, 1), B ~ N(0, .5), y_k = 2 x_k + B + e, Var e = .3: dense normal algebra
        // over (x1, x2, B).
        let prior = [1.0, 1.0, 0.5];
        let rows = [[2.0, 0.0, 1.0], [0.0, 2.0, 1.0]];
        let y = [0.7, -0.4];
        let mut precision = vec![0.0; 9];
        let mut right = [0.0; 3];
        for i in 0..3 {
            precision[i * 3 + i] += 1.0 / prior[i];
            for (r, v) in rows.iter().zip(y) {
                right[i] += r[i] * v / 0.3;
                for j in 0..3 {
                    precision[i * 3 + j] += r[i] * r[j] / 0.3;
                }
            }
        }
        let dense = crate::linalg::Cholesky::factor(&precision, 3).unwrap();
        let covariance = dense.inverse();
        dense.solve(&mut right);

        let mut members = [Belief::new([1.0]), Belief::new([1.0])];
        let (mut information, mut score) = (0.0, 0.0);
        for (b, v) in members.iter_mut().zip(y) {
            let u = b.update(&[2.0], 1.0, 0.0, v, 0.3);
            information += u.slope * u.slope / u.variance;
            score += u.slope * u.innovation / u.variance;
        }
        let v = 1.0 / (information + 1.0 / 0.5);
        let shared = v * score;
        assert!((shared - right[2]).abs() < 1e-12 && (v - covariance[8]).abs() < 1e-12);
        for (k, b) in members.iter_mut().enumerate() {
            b.shift(shared);
            assert!((b.mean[0] - right[k]).abs() < 1e-12);
            let total = b.variance(&[1.0], 0.0, v);
            assert!((total - covariance[k * 3 + k]).abs() < 1e-12);
        }
    }

    #[test]
    fn ref_local_level_of_the_kalman_module() {
        // A random walk with noise from a wide start has the gains of the local level filter.
        let mut b = Belief::new([1e9]);
        let y = [1.0, 1.5, 0.2, 2.0, 1.1];
        let (r, q) = (0.4, 0.1);
        let (mut level, mut p) = (0.0, 1e9);
        for v in y {
            b.update(&[1.0], 0.0, 0.0, v, r);
            let k = p / (p + r);
            level += k * (v - level);
            p *= 1.0 - k;
            assert!((b.mean[0] - level).abs() < 1e-6);
            b.predict(&[1.0], &[q], 1.0, 0.0);
            p += q;
        }
    }

    #[test]
    fn ref_smoother_of_two_dates_equals_the_joint_normal() {
        // x1 ~ N(0, 1), x2 = .8 x1 + w, Var w = .5, y2 = x2 + e, Var e = .2: E[x1 | y2].
        let mut b = Belief::new([1.0]);
        let filtered = b;
        b.predict(&[0.8], &[0.5], 1.0, 0.0);
        let predicted = b.mean;
        b.update(&[1.0], 0.0, 0.0, 1.3, 0.2);
        let (m, p) = smooth(
            &filtered.mean,
            &filtered.covariance,
            &predicted,
            &[0.8],
            &[0.5],
            &b.mean,
            &b.covariance,
        )
        .unwrap();
        let total = 0.64 + 0.5 + 0.2;
        assert!((m[0] - 0.8 * 1.3 / total).abs() < 1e-12);
        assert!((p[0][0] - (1.0 - 0.64 / total)).abs() < 1e-12);
    }
}
