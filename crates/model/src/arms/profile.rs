//! Origin of equipment by state, and how like one another states are equipped.

use super::State;
use super::class::CLASSES;
use super::fixed::Fixed;
use crate::Square;

/// Composition of every state's installed base over suppliers, itself among them: one row of
/// `fixed.suppliers.len() + 1` columns by state, scaled to length one, the last column what its own
/// industry holds when it supplies nobody else. That column has no counterpart in other states.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Profiles {
    unit: Vec<f64>,
    norm: Vec<f64>,
    width: usize,
}

impl Profiles {
    pub(super) fn new(fixed: &Fixed, state: &State) -> Self {
        let width = fixed.suppliers.len() + 1;
        let mut unit = vec![0.0; fixed.n * width];
        let mut norm = vec![0.0; fixed.n];
        for i in 0..fixed.n {
            let row = &mut unit[i * width..(i + 1) * width];
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
            if norm[i] > 0.0 {
                for x in row {
                    *x /= norm[i];
                }
            }
        }
        Self { unit, norm, width }
    }

    /// Whether anything is known of `i`.
    pub fn has(&self, i: usize) -> bool {
        self.norm[i] > 0.0
    }

    /// The row of `i` without its private column.
    fn shared(&self, i: usize) -> &[f64] {
        &self.unit[i * self.width..(i + 1) * self.width - 1]
    }

    /// Cosine of two different states.
    pub fn cosine(&self, a: usize, b: usize) -> f64 {
        dot(self.shared(a), self.shared(b))
    }

    /// Mean cosine of every state with the members of a group other than itself, NaN without any,
    /// and the mean over pairs of different members.
    pub(super) fn likeness_with(&self, group: &[usize]) -> (Vec<f64>, f64) {
        let mut sum = vec![0.0; self.width.saturating_sub(1)];
        let mut member = vec![false; self.norm.len()];
        let mut count = 0.0;
        for &g in group.iter().filter(|g| self.has(**g)) {
            add(&mut sum, 1.0, self.shared(g));
            member[g] = true;
            count += 1.0;
        }
        let with_self = |i: usize| if member[i] { self.cosine(i, i) } else { 0.0 };
        let each = (0..self.norm.len())
            .map(|i| {
                if !self.has(i) {
                    return f64::NAN;
                }
                let others = count - f64::from(u8::from(member[i]));
                (dot(&sum, self.shared(i)) - with_self(i)) / others
            })
            .collect();
        let selves: f64 = (0..self.norm.len()).map(with_self).sum();
        (each, (dot(&sum, &sum) - selves) / (count * (count - 1.0)))
    }

    /// For every state the mean cosine with its allies, where it has allies whose arms are known; and for every pair the mean share of the supplier in the bases of the recipient's allies.
    pub(super) fn with_allies(
        &self,
        fixed: &Fixed,
        allies: &Square,
    ) -> (Vec<Option<f64>>, Vec<f64>) {
        let mut likeness = vec![None; fixed.n];
        let mut share = vec![0.0; fixed.pair_supplier.len()];
        let columns = self.width - 1;
        let rows = Rows::new(self);
        // By column: the sum of compositions, and of the same at their length in the bases.
        let mut sums = vec![[0.0; 2]; columns];
        let mut units = vec![0.0; columns];
        for i in (0..fixed.n).filter(|i| self.has(*i)) {
            sums.fill([0.0; 2]);
            let mut total = 0.0;
            for (a, w) in allies.row(i).iter().enumerate() {
                if *w > 0.0 && a != i && self.has(a) {
                    total += w;
                    rows.add(&mut sums, a, [*w, w * self.norm[a]]);
                }
            }
            if total > 0.0 {
                units.iter_mut().zip(&sums).for_each(|(u, s)| *u = s[0]);
                likeness[i] = Some(dot(&units, self.shared(i)) / total);
                for p in fixed.pairs(i) {
                    let column = fixed.column[usize::from(fixed.pair_supplier[p])];
                    share[p] = sums[usize::from(column)][1] / total;
                }
            }
        }
        (likeness, share)
    }
}

/// The columns of every state that are not zero, row by row.
struct Rows {
    first: Vec<usize>,
    entries: Vec<(u16, f64)>,
}

impl Rows {
    fn new(profiles: &Profiles) -> Self {
        let mut rows = Self {
            first: vec![0],
            entries: Vec::with_capacity(profiles.unit.len() / 4),
        };
        for i in 0..profiles.norm.len() {
            let row = profiles.shared(i).iter().enumerate();
            rows.entries.extend(
                row.filter(|(_, x)| **x != 0.0)
                    .map(|(column, x)| (column as u16, *x)),
            );
            rows.first.push(rows.entries.len());
        }
        rows
    }

    /// Adds the row of `a` to each column's sums, with a weight for each of the two.
    fn add(&self, sums: &mut [[f64; 2]], a: usize, weights: [f64; 2]) {
        for &(column, x) in &self.entries[self.first[a]..self.first[a + 1]] {
            let sum = &mut sums[usize::from(column)];
            sum[0] += weights[0] * x;
            sum[1] += weights[1] * x;
        }
    }
}

fn add(sum: &mut [f64], weight: f64, row: &[f64]) {
    sum.iter_mut().zip(row).for_each(|(s, x)| *s += weight * x);
}

/// Inner product in four lanes, so that it need not run one addition at a time.
fn dot(x: &[f64], y: &[f64]) -> f64 {
    let mut lanes = [0.0; 4];
    let (xs, ys) = (x.chunks_exact(4), y.chunks_exact(4));
    let rest: f64 = xs
        .remainder()
        .iter()
        .zip(ys.remainder())
        .map(|(a, b)| a * b)
        .sum();
    for (a, b) in xs.zip(ys) {
        for l in 0..4 {
            lanes[l] += a[l] * b[l];
        }
    }
    lanes.iter().sum::<f64>() + rest
}
