//! Sandwich covariances: robust, clustered, clustered several ways.

use super::dense;
use super::layout::Effect;
use super::options::ClusterFactor;

/// What the covariance is made of, rows in any common order.
pub(crate) struct Sandwich<'a> {
    /// Partialled-out regressors, rows × k.
    pub x: &'a [f64],
    pub k: usize,
    /// Weight times residual of each row.
    pub residual: &'a [f64],
    /// (X̃ᵀWX̃)⁻¹.
    pub bread: &'a [f64],
    /// Clusters in the same order.
    pub clusters: &'a [Effect],
    /// Fixed effects in the same order.
    pub effects: &'a [Effect],
    pub factor: ClusterFactor,
}

/// A covariance, and whether a negative eigenvalue was set to zero.
pub(crate) struct Covariance {
    pub matrix: Vec<f64>,
    pub repaired: bool,
}

impl Sandwich<'_> {
    /// The covariance with the factor (n−1)/(n−K)·G/(G−1), or n/(n−K) without clusters. K counts
    /// coefficients and effects, each effect but the first one less than its levels, and effects
    /// nested in a cluster once.
    pub fn covariance(&self) -> Covariance {
        let (n, k) = (self.residual.len() as f64, self.k);
        let parameters = parameters(k, self.effects, self.clusters) as f64;
        let mut meat = vec![0.0; k * k];
        let ways = self.clusters.len();
        let least = self.clusters.iter().map(|c| c.levels).min().unwrap_or(0);
        if ways == 0 {
            let each = Effect {
                level: (0..self.residual.len() as u32).collect(),
                levels: self.residual.len(),
            };
            self.add_meat(&each, n / (n - parameters), &mut meat);
        } else {
            // Inclusion and exclusion over all combinations of clusters.
            for set in 1u32..1 << ways {
                let chosen: Vec<&Effect> = (0..ways)
                    .filter(|w| set >> w & 1 == 1)
                    .map(|w| &self.clusters[w])
                    .collect();
                let joint = combine(&chosen);
                let groups = match self.factor {
                    ClusterFactor::Smallest => least,
                    ClusterFactor::Each => joint.levels,
                } as f64;
                let sign = if chosen.len() % 2 == 1 { 1.0 } else { -1.0 };
                let factor = sign * groups / (groups - 1.0) * (n - 1.0) / (n - parameters);
                self.add_meat(&joint, factor, &mut meat);
            }
        }
        let half = dense::product(self.bread, &meat, k);
        let mut matrix = dense::product(&half, self.bread, k);
        for a in 0..k {
            for b in 0..a {
                let mean = 0.5 * (matrix[a * k + b] + matrix[b * k + a]);
                (matrix[a * k + b], matrix[b * k + a]) = (mean, mean);
            }
        }
        let repaired = ways > 1 && repair(&mut matrix, k);
        Covariance { matrix, repaired }
    }

    fn add_meat(&self, groups: &Effect, factor: f64, meat: &mut [f64]) {
        let k = self.k;
        let mut score = vec![0.0; groups.levels * k];
        for (r, g) in groups.level.iter().enumerate() {
            let s = &mut score[*g as usize * k..][..k];
            for (s, x) in s.iter_mut().zip(&self.x[r * k..][..k]) {
                *s += self.residual[r] * x;
            }
        }
        let mut sum = vec![0.0; k * k];
        for s in score.chunks_exact(k.max(1)) {
            for a in 0..k {
                for b in 0..k {
                    sum[a * k + b] += s[a] * s[b];
                }
            }
        }
        meat.iter_mut().zip(sum).for_each(|(m, s)| *m += factor * s);
    }
}

/// Parameters that cost degrees of freedom.
pub(crate) fn parameters(k: usize, effects: &[Effect], clusters: &[Effect]) -> usize {
    let levels: usize = effects
        .iter()
        .map(|e| {
            if clusters.iter().any(|c| nested(e, c)) {
                1
            } else {
                e.levels
            }
        })
        .sum();
    k + levels - effects.len().saturating_sub(1)
}

/// Whether every level of `inner` lies in one level of `outer`.
fn nested(inner: &Effect, outer: &Effect) -> bool {
    let mut home = vec![u32::MAX; inner.levels];
    inner.level.iter().zip(&outer.level).all(|(i, o)| {
        let h = &mut home[*i as usize];
        if *h == u32::MAX {
            *h = *o;
        }
        *h == *o
    })
}

fn combine(effects: &[&Effect]) -> Effect {
    let mut joint = effects[0].clone();
    for e in &effects[1..] {
        let code: Vec<u64> = joint
            .level
            .iter()
            .zip(&e.level)
            .map(|(a, b)| u64::from(*a) * e.levels as u64 + u64::from(*b))
            .collect();
        let mut known = code.clone();
        known.sort_unstable();
        known.dedup();
        let rank = |c: &u64| known.partition_point(|k| k < c) as u32;
        joint = Effect {
            level: code.iter().map(rank).collect(),
            levels: known.len(),
        };
    }
    joint
}

/// Sets negative eigenvalues to zero; whether there were any.
fn repair(matrix: &mut [f64], k: usize) -> bool {
    let (value, vector) = dense::eigen(matrix, k);
    let top = value.iter().fold(0.0f64, |a, v| a.max(v.abs()));
    if value.iter().all(|v| *v >= -1e-14 * top) {
        return false;
    }
    matrix.fill(0.0);
    for (v, row) in value.iter().zip(vector.chunks_exact(k)) {
        for a in 0..k {
            for b in 0..k {
                matrix[a * k + b] += v.max(0.0) * row[a] * row[b];
            }
        }
    }
    true
}
