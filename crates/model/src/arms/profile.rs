//! Origin of equipment by state, and how like one another states are equipped.

use super::State;
use super::class::CLASSES;
use super::fixed::Fixed;
use crate::Square;

/// Composition of every state's installed base over suppliers, itself among them: one row of
/// `fixed.suppliers.len() + 1` columns by state, the last one what its own industry holds when it
/// supplies nobody else. Rows sum to one where anything is known.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Profiles {
    rows: Vec<f64>,
    norm: Vec<f64>,
    width: usize,
}

impl Profiles {
    pub(super) fn new(fixed: &Fixed, state: &State) -> Self {
        let width = fixed.suppliers.len() + 1;
        let mut rows = vec![0.0; fixed.n * width];
        let mut norm = vec![0.0; fixed.n];
        for i in 0..fixed.n {
            let row = &mut rows[i * width..(i + 1) * width];
            let own = match fixed.column[i] {
                u16::MAX => width - 1,
                c => usize::from(c),
            };
            for class in 0..CLASSES {
                let cell = i * CLASSES + class;
                let weight = fixed.class_weight[cell];
                let foreign: f64 = fixed.entries(cell).map(|e| state.base[e]).sum();
                let total = state.domestic_base[cell] + foreign;
                if weight == 0.0 || total == 0.0 {
                    continue;
                }
                let weight = weight / total;
                row[own] += weight * state.domestic_base[cell];
                for e in fixed.entries(cell) {
                    let column = fixed.column[usize::from(fixed.supplier[e])];
                    row[usize::from(column)] += weight * state.base[e];
                }
            }
            norm[i] = row.iter().map(|x| x * x).sum::<f64>().sqrt();
        }
        Self { rows, norm, width }
    }

    /// Whether anything is known of `i`.
    pub fn has(&self, i: usize) -> bool {
        self.norm[i] > 0.0
    }

    fn row(&self, i: usize) -> &[f64] {
        &self.rows[i * self.width..(i + 1) * self.width]
    }

    /// Cosine of two states; the private last column has no counterpart elsewhere.
    pub fn cosine(&self, a: usize, b: usize) -> f64 {
        let (x, y) = (&self.row(a)[..self.width - 1], &self.row(b)[..self.width - 1]);
        x.iter().zip(y).map(|(x, y)| x * y).sum::<f64>() / (self.norm[a] * self.norm[b])
    }

    /// Mean cosine with the allies, by state; NaN without allies whose arms are known.
    pub(super) fn allied_likeness(&self, allies: &Square) -> Vec<f64> {
        let mut out = vec![f64::NAN; self.norm.len()];
        for (i, out) in out.iter_mut().enumerate().filter(|(i, _)| self.has(*i)) {
            let (mut sum, mut total) = (0.0, 0.0);
            for (a, w) in allies.row(i).iter().enumerate() {
                if *w > 0.0 && a != i && self.has(a) {
                    sum += w * self.cosine(i, a);
                    total += w;
                }
            }
            *out = sum / total;
        }
        out
    }

    /// Mean share of each pair's supplier in the bases of the recipient's allies.
    pub(super) fn allied_share(&self, fixed: &Fixed, allies: &Square) -> Vec<f64> {
        let mut out = vec![0.0; fixed.pair_supplier.len()];
        let mut mean = vec![0.0; self.width];
        for i in (0..fixed.n).filter(|i| fixed.known(*i)) {
            mean.fill(0.0);
            let mut total = 0.0;
            for (a, w) in allies.row(i).iter().enumerate() {
                if *w > 0.0 && a != i && self.has(a) {
                    total += w;
                    mean.iter_mut().zip(self.row(a)).for_each(|(m, x)| *m += w * x);
                }
            }
            if total > 0.0 {
                for p in fixed.pairs(i) {
                    let column = fixed.column[usize::from(fixed.pair_supplier[p])];
                    out[p] = mean[usize::from(column)] / total;
                }
            }
        }
        out
    }
}
