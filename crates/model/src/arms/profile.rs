//! Origin of equipment by state, and how like one another states are equipped.

use std::sync::Arc;

use super::State;
use super::class::CLASSES;
use super::fixed::Fixed;
use crate::Square;

/// The suppliers that can stand in each state's composition: rows of columns, ascending. Columns
/// count [`Fixed::suppliers`]; one more, the last, is what a state's own industry holds when it
/// supplies nobody else, and has no counterpart in other states.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Columns {
    /// Number of columns, the private one included.
    width: usize,
    /// First place of every row, and the end.
    first: Vec<u32>,
    /// Column of every place.
    column: Vec<u16>,
    /// Place of the own industry in every state's row.
    own: Vec<u16>,
    /// Place of every entry's supplier in the recipient's row.
    of_entry: Vec<u16>,
}

impl Columns {
    /// Rows of the suppliers of every recipient and itself.
    pub(super) fn new(fixed: &Fixed) -> Self {
        let width = fixed.suppliers.len() + 1;
        let mut columns = Self {
            width,
            first: vec![0],
            ..Self::default()
        };
        for i in 0..fixed.n {
            let own = fixed.column[i].min(width as u16 - 1);
            let of = |j: &u16| fixed.column[usize::from(*j)];
            let mut row: Vec<u16> = fixed.pair_supplier[fixed.pairs(i)].iter().map(of).collect();
            row.push(own);
            row.sort_unstable();
            row.dedup();
            let place = |c: u16| row.partition_point(|x| *x < c) as u16;
            columns.own.push(place(own));
            for e in (0..CLASSES).flat_map(|class| fixed.entries(i * CLASSES + class)) {
                columns.of_entry.push(place(of(&fixed.supplier[e])));
            }
            columns.column.extend(row);
            columns.first.push(columns.column.len() as u32);
        }
        columns
    }

    fn row(&self, i: usize) -> std::ops::Range<usize> {
        self.first[i] as usize..self.first[i + 1] as usize
    }
}

/// Composition of every state's installed base over suppliers, itself among them, scaled to
/// length one.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Profiles {
    columns: Arc<Columns>,
    unit: Vec<f64>,
    norm: Vec<f64>,
}

impl Profiles {
    pub(super) fn new(fixed: &Fixed, state: &State) -> Self {
        let columns = Arc::clone(&fixed.composition);
        let mut unit = vec![0.0; columns.column.len()];
        let mut norm = vec![0.0; fixed.n];
        for i in 0..fixed.n {
            let row = &mut unit[columns.row(i)];
            let own = usize::from(columns.own[i]);
            for class in 0..CLASSES {
                let cell = i * CLASSES + class;
                let weight = fixed.class_weight[cell];
                let range = fixed.entries(cell);
                let base = &state.base[range.clone()];
                let foreign: f64 = base.iter().sum();
                let total = state.domestic_base[cell] + foreign;
                if weight == 0.0 || total == 0.0 {
                    continue;
                }
                let weight = weight / total;
                row[own] += weight * state.domestic_base[cell];
                for (base, place) in base.iter().zip(&columns.of_entry[range]) {
                    row[usize::from(*place)] += weight * base;
                }
            }
            norm[i] = row.iter().map(|x| x * x).sum::<f64>().sqrt();
            if norm[i] > 0.0 {
                for x in row {
                    *x /= norm[i];
                }
            }
        }
        Self {
            columns,
            unit,
            norm,
        }
    }

    /// Whether anything is known of `i`.
    pub fn has(&self, i: usize) -> bool {
        self.norm[i] > 0.0
    }

    /// Number of columns that states have in common.
    fn width(&self) -> usize {
        self.columns.width.saturating_sub(1)
    }

    /// Columns and values of `i` without its private column, ascending.
    fn shared(&self, i: usize) -> (&[u16], &[f64]) {
        let row = self.columns.row(i);
        let (columns, unit) = (&self.columns.column[row.clone()], &self.unit[row]);
        match columns.split_last() {
            Some((last, rest)) if usize::from(*last) == self.width() => (rest, &unit[..rest.len()]),
            _ => (columns, unit),
        }
    }

    /// Inner product with one value a column.
    fn dot(&self, values: &[f64], i: usize) -> f64 {
        let (columns, unit) = self.shared(i);
        let mut lanes = Lanes::new(self.width());
        for (c, x) in columns.iter().zip(unit) {
            lanes.add(*c, values[usize::from(*c)] * x);
        }
        lanes.sum()
    }

    /// Cosine of two different states.
    pub fn cosine(&self, a: usize, b: usize) -> f64 {
        let (columns, unit) = self.shared(b);
        let (left, values) = self.shared(a);
        let mut lanes = Lanes::new(self.width());
        let mut at = 0;
        for (c, x) in columns.iter().zip(unit) {
            while at < left.len() && left[at] < *c {
                at += 1;
            }
            if at < left.len() && left[at] == *c {
                lanes.add(*c, values[at] * x);
            }
        }
        lanes.sum()
    }

    /// Mean cosine of every state with the members of a group other than itself, NaN without any,
    /// and the mean over pairs of different members.
    pub(super) fn likeness_with(&self, group: &[usize]) -> (Vec<f64>, f64) {
        let mut sum = vec![0.0; self.width()];
        let mut member = vec![false; self.norm.len()];
        let mut count = 0.0;
        for &g in group.iter().filter(|g| self.has(**g)) {
            let (columns, unit) = self.shared(g);
            for (c, x) in columns.iter().zip(unit) {
                sum[usize::from(*c)] += x;
            }
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
                (self.dot(&sum, i) - with_self(i)) / others
            })
            .collect();
        let selves: f64 = (0..self.norm.len()).map(with_self).sum();
        (each, (dot(&sum, &sum) - selves) / (count * (count - 1.0)))
    }

    /// For every state the mean cosine with its allies, where it has allies whose arms are known;
    /// and for every pair the mean share of the supplier in the bases of the recipient's allies.
    pub(super) fn with_allies(
        &self,
        fixed: &Fixed,
        allies: &Square,
    ) -> (Vec<Option<f64>>, Vec<f64>) {
        let mut likeness = vec![None; fixed.n];
        let mut share = vec![0.0; fixed.pair_supplier.len()];
        // By column: the sum of compositions, and of the same at their length in the bases.
        let mut sums = vec![[0.0; 2]; self.width()];
        let mut units = vec![0.0; self.width()];
        for i in (0..fixed.n).filter(|i| self.has(*i)) {
            sums.fill([0.0; 2]);
            let mut total = 0.0;
            for (a, w) in allies.row(i).iter().enumerate() {
                if *w > 0.0 && a != i && self.has(a) {
                    total += w;
                    let weights = [*w, w * self.norm[a]];
                    let (columns, unit) = self.shared(a);
                    for (c, x) in columns.iter().zip(unit) {
                        let sum = &mut sums[usize::from(*c)];
                        sum[0] += weights[0] * x;
                        sum[1] += weights[1] * x;
                    }
                }
            }
            if total > 0.0 {
                units.iter_mut().zip(&sums).for_each(|(u, s)| *u = s[0]);
                likeness[i] = Some(self.dot(&units, i) / total);
                for p in fixed.pairs(i) {
                    let column = fixed.column[usize::from(fixed.pair_supplier[p])];
                    share[p] = sums[usize::from(column)][1] / total;
                }
            }
        }
        (likeness, share)
    }
}

/// Sums of a product by column in the lanes of [`dot`].
struct Lanes {
    whole: u16,
    lanes: [f64; 5],
}

impl Lanes {
    fn new(width: usize) -> Self {
        Self {
            whole: (width / 4 * 4) as u16,
            lanes: [0.0; 5],
        }
    }

    fn add(&mut self, column: u16, product: f64) {
        let lane = if column < self.whole { column % 4 } else { 4 };
        self.lanes[usize::from(lane)] += product;
    }

    fn sum(&self) -> f64 {
        self.lanes[..4].iter().sum::<f64>() + self.lanes[4]
    }
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
