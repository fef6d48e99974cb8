//! Incidental-parameter bias of three-way gravity (Weidner & Zylkin 2021).
//!
//! With the pair effects profiled out, pair (i, j) has score S (T values y − λ), information
//! H = diag λ − λλᵀ/Λ and regressors x̃. The estimation noise of exporter-time effects shifts β by
//! (Σ x̃ᵀHx̃)⁻¹ Σᵢ {−tr[Hᵢ⁻ Σⱼ H x̃ Sᵀ] + ½ tr[(Σⱼ G x̃) Hᵢ⁻ (Σⱼ SSᵀ) Hᵢ⁻]}, that of importer-time
//! effects likewise; G is the third derivative. Scores shrink with leverage: SSᵀ is replaced by
//! (I − H(x̃Vx̃ᵀ + Q))⁻¹ SSᵀ, where Q is the covariance of the pair's effects. All generalised
//! inverses give the same, because scores and Hx̃ sum to zero over time.

use rayon::prelude::*;

use super::dense;
use super::error::PpmlError;
use super::layout::Effect;
use super::options::Options;
use super::result::{Estimate, ThreeWayCorrection};

/// An estimate's parts, rows in any common order.
pub(crate) struct ThreeWayInput<'a> {
    pub names: &'a [String],
    pub coefficient: &'a [f64],
    /// Partialled-out regressors, rows × k.
    pub x: &'a [f64],
    pub k: usize,
    /// Weighted outcome minus weighted fitted value.
    pub residual: &'a [f64],
    /// Weighted fitted value.
    pub weight: &'a [f64],
    /// (X̃ᵀWX̃)⁻¹.
    pub bread: &'a [f64],
    pub exporter: &'a Effect,
    pub importer: &'a Effect,
    pub time: &'a Effect,
    /// The model's fixed effects.
    pub effects: &'a [Effect],
}

/// Rows of one pair, by time.
struct Pair {
    exporter: usize,
    importer: usize,
    rows: Vec<usize>,
}

impl ThreeWayInput<'_> {
    /// The corrected coefficients and standard errors.
    pub fn correct(&self, options: &Options) -> Result<ThreeWayCorrection, PpmlError> {
        self.check()?;
        let pairs = self.pairs();
        let (by_exporter, by_importer) = (
            group(&pairs, self.exporter.levels, |p| p.exporter),
            group(&pairs, self.importer.levels, |p| p.importer),
        );
        let exporter_inverse = self.inverses(&pairs, &by_exporter);
        let importer_inverse = self.inverses(&pairs, &by_importer);
        let mut numerator = self.side(&pairs, &by_exporter, &exporter_inverse);
        let other = self.side(&pairs, &by_importer, &importer_inverse);
        numerator.iter_mut().zip(other).for_each(|(a, b)| *a += b);
        let k = self.k;
        let bias: Vec<f64> = (0..k)
            .map(|a| (0..k).map(|b| self.bread[a * k + b] * numerator[b]).sum())
            .collect();

        let times = self.time.levels;
        let levels = (self.exporter.levels + self.importer.levels) * times;
        let exact = levels <= options.exact_leverage_levels;
        // Leading blocks of the inverse would give leverages far too small: no error is better.
        let covariance = if exact {
            self.covariance(&pairs, levels)
        } else {
            vec![f64::NAN; k * k]
        };
        let estimates = (0..k)
            .map(|a| Estimate {
                name: self.names[a].clone(),
                coefficient: self.coefficient[a] - bias[a],
                standard_error: covariance[a * k + a].sqrt(),
            })
            .collect();
        Ok(ThreeWayCorrection {
            estimates,
            bias,
            covariance,
            exact_leverage: exact,
        })
    }

    /// Covariance clustered by pair, scores corrected for leverage.
    fn covariance(&self, pairs: &[Pair], levels: usize) -> Vec<f64> {
        let (k, times) = (self.k, self.time.levels);
        let v = self.joint_inverse(pairs);
        let q = |p: &Pair, s: usize, t: usize| -> f64 {
            let e = |t: usize| p.exporter * times + t;
            let i = |t: usize| (self.exporter.levels + p.importer) * times + t;
            v[e(s) * levels + e(t)]
                + v[e(s) * levels + i(t)]
                + v[i(s) * levels + e(t)]
                + v[i(s) * levels + i(t)]
        };
        let pieces: Vec<Vec<f64>> = pairs.par_iter().map(|p| self.meat(p, &q)).collect();
        let mut meat = vec![0.0; k * k];
        for piece in pieces {
            meat.iter_mut().zip(piece).for_each(|(m, p)| *m += p);
        }
        let count = pairs.len() as f64;
        let half = dense::product(self.bread, &meat, k);
        let full = dense::product(&half, self.bread, k);
        (0..k * k)
            .map(|i| 0.5 * (full[i] + full[(i % k) * k + i / k]) * count / (count - 1.0))
            .collect()
    }

    /// The effects must be exporter-time, importer-time and pair.
    fn check(&self) -> Result<(), PpmlError> {
        let joint = |a: &Effect, b: &Effect| -> Vec<u64> {
            let levels = a.level.iter().zip(&b.level);
            levels
                .map(|(x, y)| u64::from(*x) * b.levels as u64 + u64::from(*y))
                .collect()
        };
        let wanted = [
            joint(self.exporter, self.time),
            joint(self.importer, self.time),
            joint(self.exporter, self.importer),
        ];
        let found = |w: &Vec<u64>| self.effects.iter().any(|e| same_partition(&e.level, w));
        if self.effects.len() == 3 && wanted.iter().all(found) {
            Ok(())
        } else {
            Err(PpmlError::NotThreeWay)
        }
    }

    fn pairs(&self) -> Vec<Pair> {
        let mut order: Vec<usize> = (0..self.residual.len()).collect();
        let key = |r: usize| (self.exporter.level[r], self.importer.level[r]);
        order.sort_by_key(|r| (key(*r), self.time.level[*r]));
        order
            .chunk_by(|a, b| key(*a) == key(*b))
            .map(|rows| Pair {
                exporter: self.exporter.level[rows[0]] as usize,
                importer: self.importer.level[rows[0]] as usize,
                rows: rows.to_vec(),
            })
            .collect()
    }

    fn time_of(&self, r: usize) -> usize {
        self.time.level[r] as usize
    }

    /// Adds the pair's information to a T × T matrix.
    fn add_information(&self, p: &Pair, out: &mut [f64], times: usize) {
        let total: f64 = p.rows.iter().map(|r| self.weight[*r]).sum();
        for a in &p.rows {
            let t = self.time_of(*a);
            out[t * times + t] += self.weight[*a];
            for b in &p.rows {
                out[t * times + self.time_of(*b)] -= self.weight[*a] * self.weight[*b] / total;
            }
        }
    }

    /// Generalised inverse of each group's information.
    fn inverses(&self, pairs: &[Pair], groups: &[Vec<usize>]) -> Vec<Vec<f64>> {
        let times = self.time.levels;
        groups
            .par_iter()
            .map(|members| {
                let mut h = vec![0.0; times * times];
                for p in members {
                    self.add_information(&pairs[*p], &mut h, times);
                }
                dense::inverse_positive(&h, times)
            })
            .collect()
    }

    /// Hx̃ of regressor `a` at the pair's rows; x̃ has weighted mean zero in each pair up to the
    /// projection's tolerance, which is taken out.
    fn information_x(&self, p: &Pair, a: usize) -> Vec<f64> {
        let total: f64 = p.rows.iter().map(|r| self.weight[*r]).sum();
        let sum: f64 = p
            .rows
            .iter()
            .map(|r| self.weight[*r] * self.x[*r * self.k + a])
            .sum();
        let of = |r: &usize| self.weight[*r] * (self.x[*r * self.k + a] - sum / total);
        p.rows.iter().map(of).collect()
    }

    /// One side's part of the bias before (Σx̃ᵀHx̃)⁻¹.
    fn side(&self, pairs: &[Pair], groups: &[Vec<usize>], inverse: &[Vec<f64>]) -> Vec<f64> {
        let (times, k) = (self.time.levels, self.k);
        let n = groups.len() as f64;
        let pieces: Vec<Vec<f64>> = groups
            .par_iter()
            .zip(inverse)
            .map(|(members, inverse)| {
                let mut out = vec![0.0; k];
                // A (Σ SSᵀ) A, with A the inverse.
                let mut scores = vec![0.0; times * times];
                for p in members {
                    let p = &pairs[*p];
                    for a in &p.rows {
                        for b in &p.rows {
                            scores[self.time_of(*a) * times + self.time_of(*b)] +=
                                self.residual[*a] * self.residual[*b];
                        }
                    }
                }
                let half = dense::product(inverse, &scores, times);
                let middle = dense::product(&half, inverse, times);
                for p in members {
                    let p = &pairs[*p];
                    let total: f64 = p.rows.iter().map(|r| self.weight[*r]).sum();
                    for (a, out) in out.iter_mut().enumerate() {
                        let hx = self.information_x(p, a);
                        let (mut first, mut second) = (0.0, 0.0);
                        for (u, r) in p.rows.iter().enumerate() {
                            let t = self.time_of(*r);
                            // Diagonal of Gx̃, then its two outer products.
                            second -= hx[u] * middle[t * times + t];
                            for (v, s) in p.rows.iter().enumerate() {
                                let at = self.time_of(*s) * times + t;
                                first += self.residual[*s] * inverse[at] * hx[u];
                                let share = self.weight[*s] / total;
                                let turn = self.weight[*r] / total;
                                second += (hx[u] * share + turn * hx[v]) * middle[at];
                            }
                        }
                        *out += 0.5 * second - first;
                    }
                }
                out
            })
            .collect();
        let mut sum = vec![0.0; k];
        for piece in pieces {
            sum.iter_mut().zip(piece).for_each(|(s, p)| *s += p);
        }
        // The published package's small-sample factor.
        sum.iter_mut().for_each(|s| *s *= n / (n - 1.0));
        sum
    }

    /// x̃ᵀ (I − H(x̃Vx̃ᵀ + Q))⁻¹ SSᵀ x̃ of one pair.
    fn meat(&self, p: &Pair, q: &impl Fn(&Pair, usize, usize) -> f64) -> Vec<f64> {
        let (n, k) = (p.rows.len(), self.k);
        let total: f64 = p.rows.iter().map(|r| self.weight[*r]).sum();
        let x = |u: usize| &self.x[p.rows[u] * k..][..k];
        let mut inner = vec![0.0; n * n];
        for u in 0..n {
            for v in 0..n {
                let mut value = q(p, self.time_of(p.rows[u]), self.time_of(p.rows[v]));
                for a in 0..k {
                    for b in 0..k {
                        value += x(u)[a] * self.bread[a * k + b] * x(v)[b];
                    }
                }
                inner[u * n + v] = value;
            }
        }
        // I − H inner, with H = diag λ − λλᵀ/Λ.
        let mut system = vec![0.0; n * n];
        for v in 0..n {
            let mean: f64 = (0..n)
                .map(|u| self.weight[p.rows[u]] * inner[u * n + v])
                .sum::<f64>()
                / total;
            for u in 0..n {
                let h = self.weight[p.rows[u]] * (inner[u * n + v] - mean);
                system[u * n + v] = f64::from(u8::from(u == v)) - h;
            }
        }
        let score: Vec<f64> = p.rows.iter().map(|r| self.residual[*r]).collect();
        let mut raised = score.clone();
        // A pair that determines its own effects has leverage one and a score of zero.
        match crate::linalg::Lu::factor(system, n) {
            Ok(lu) => lu.solve(&mut raised),
            Err(_) => raised.fill(0.0),
        }
        let along = |s: &[f64], a: usize| -> f64 { (0..n).map(|u| x(u)[a] * s[u]).sum() };
        let mut out = vec![0.0; k * k];
        for a in 0..k {
            for b in 0..k {
                out[a * k + b] = along(&raised, a) * along(&score, b);
            }
        }
        out
    }

    /// Generalised inverse of the information of all exporter-time and importer-time effects.
    fn joint_inverse(&self, pairs: &[Pair]) -> Vec<f64> {
        let times = self.time.levels;
        let n = (self.exporter.levels + self.importer.levels) * times;
        let mut m = vec![0.0; n * n];
        for p in pairs {
            let mut h = vec![0.0; times * times];
            self.add_information(p, &mut h, times);
            let base = [
                p.exporter * times,
                (self.exporter.levels + p.importer) * times,
            ];
            for a in base {
                for b in base {
                    for s in 0..times {
                        for t in 0..times {
                            m[(a + s) * n + b + t] += h[s * times + t];
                        }
                    }
                }
            }
        }
        dense::inverse_large(m, n)
    }
}

fn group(pairs: &[Pair], groups: usize, of: impl Fn(&Pair) -> usize) -> Vec<Vec<usize>> {
    let mut out = vec![Vec::new(); groups];
    for (n, p) in pairs.iter().enumerate() {
        out[of(p)].push(n);
    }
    out
}

/// Whether two labellings of rows are the same up to names.
fn same_partition(a: &[u32], b: &[u64]) -> bool {
    let mut seen: std::collections::BTreeMap<u32, u64> = std::collections::BTreeMap::new();
    let mut back: std::collections::BTreeMap<u64, u32> = std::collections::BTreeMap::new();
    a.iter()
        .zip(b)
        .all(|(x, y)| *seen.entry(*x).or_insert(*y) == *y && *back.entry(*y).or_insert(*x) == *x)
}
