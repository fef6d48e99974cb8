//! Who watches whom: the like-minded states whose experience and opinion a state takes over.

use super::{Coefficients, Fixed};

/// Sparse weights ω, each row summing to one (MODEL.md §2.2):
/// `ω_ik ∝ exp(−d_ideal(i,k)/h) (1 + a_A pact + a_D cooperation + a_C border)`, the largest kept.
#[derive(Clone, Debug, PartialEq)]
pub struct Neighbours {
    offsets: Vec<usize>,
    entries: Vec<(u16, f64)>,
}

impl Neighbours {
    /// Weights at the start. States without votes are placed at the median distance.
    pub fn new(fixed: &Fixed, c: &Coefficients) -> Self {
        let n = fixed.n;
        let typical = median(&fixed.ideal_distance);
        let rows = (0..n).map(|i| {
            let mut row: Vec<(u16, f64)> = (0..n)
                .filter(|&k| k != i && fixed.covered[i] && fixed.covered[k])
                .map(|k| {
                    let at = i * n + k;
                    let known = fixed.ideal_distance[at];
                    let distance = if known.is_finite() { known } else { typical };
                    let bonus = 1.0
                        + c.neighbour_pact * fixed.pact[at]
                        + c.neighbour_cooperation * fixed.cooperation[at]
                        + c.neighbour_border * fixed.border[at];
                    (k as u16, (-distance / c.neighbour_distance).exp() * bonus)
                })
                .collect();
            row.sort_by(|x, y| y.1.total_cmp(&x.1).then(x.0.cmp(&y.0)));
            row.truncate(c.neighbours_kept);
            row
        });
        Self::from_rows(rows)
    }

    /// From lists of (state, weight), one a state; weights are normalised to one.
    pub fn from_rows(rows: impl Iterator<Item = Vec<(u16, f64)>>) -> Self {
        let mut offsets = vec![0];
        let mut entries = Vec::new();
        for mut row in rows {
            row.sort_by_key(|e| e.0);
            let total: f64 = row.iter().map(|e| e.1).sum();
            if total > 0.0 {
                entries.extend(row.iter().map(|&(k, w)| (k, w / total)));
            }
            offsets.push(entries.len());
        }
        Self { offsets, entries }
    }

    /// Neighbours of state `i` with their weights, by position of the neighbour.
    pub fn of(&self, i: usize) -> &[(u16, f64)] {
        &self.entries[self.offsets[i]..self.offsets[i + 1]]
    }

    /// `out_j = Σ_{k≠i,j} ω_ik m_kj / Σ_{k≠i,j} ω_ik` for all j, with `m` row-major N×N and a zero
    /// diagonal. Where j is i's only neighbour there are no third parties and the result is zero.
    pub(super) fn gather(&self, i: usize, m: &[f64], out: &mut [f64]) {
        let n = out.len();
        out.fill(0.0);
        let row = |k: u16| &m[usize::from(k) * n..(usize::from(k) + 1) * n];
        // Four rows at a time: a quarter of the traffic to `out`.
        let (fours, rest) = self.of(i).as_chunks::<4>();
        for &[(k0, w0), (k1, w1), (k2, w2), (k3, w3)] in fours {
            let (a, b, c, d) = (row(k0), row(k1), row(k2), row(k3));
            for j in 0..n {
                out[j] += w0 * a[j] + w1 * b[j] + w2 * c[j] + w3 * d[j];
            }
        }
        for &(k, w) in rest {
            for (o, x) in out.iter_mut().zip(row(k)) {
                *o += w * x;
            }
        }
        for &(k, w) in self.of(i) {
            let rest = 1.0 - w;
            let o = &mut out[k as usize];
            *o = if rest > 1e-12 { *o / rest } else { 0.0 };
        }
    }

    /// Adjoint of [`Neighbours::gather`] over all i: `out_kj += ω_ik m_ij / Σ_{k≠i,j} ω_ik`.
    pub(super) fn scatter(&self, m: &[f64], n: usize, out: &mut [f64]) {
        let mut scaled = vec![0.0; n];
        for i in 0..n {
            scaled.copy_from_slice(&m[i * n..(i + 1) * n]);
            for &(k, w) in self.of(i) {
                let rest = 1.0 - w;
                let s = &mut scaled[k as usize];
                *s = if rest > 1e-12 { *s / rest } else { 0.0 };
            }
            for &(k, w) in self.of(i) {
                let k = k as usize;
                let row = &mut out[k * n..(k + 1) * n];
                for (j, (o, x)) in row.iter_mut().zip(&scaled).enumerate() {
                    if j != k && j != i {
                        *o += w * x;
                    }
                }
            }
        }
    }
}

/// Median of the finite values; zero when there are none.
fn median(values: &[f64]) -> f64 {
    let mut known: Vec<f64> = values.iter().copied().filter(|v| v.is_finite()).collect();
    if known.is_empty() {
        return 0.0;
    }
    known.sort_by(f64::total_cmp);
    known[known.len() / 2]
}
