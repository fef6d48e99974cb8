//! Cholesky factors of many small symmetric blocks, stored row by row from the first entry that is
//! not zero (the envelope, which the factor keeps).

use std::ops::Range;

use rayon::prelude::*;

use super::layout::Layout;

/// Two effects of a component share a constant, so its largest level is set to zero (it can best
/// bear the rounding that is left over). A pivot below this share of the diagonal it came from is
/// rounding too, and its level zero.
const ZERO: f64 = 1e-12;
/// Below this share the diagonal takes the pivot's place: a level that others almost determine.
const WEAK: f64 = 1e-9;
/// Blocks of fewer entries in all are not worth a second thread.
const SERIAL: usize = 60_000;

/// Factors of all blocks.
#[derive(Clone, Debug)]
pub(crate) struct Factors {
    /// Rows of L without their diagonals' meaning: the last entry of a row is unused.
    lower: Vec<f64>,
    /// Inverse of the diagonal of L; zero for a level that is set to zero.
    inverse: Vec<f64>,
}

/// Work of one block: its unknowns, its rows of the envelope, its inverse pivots.
type Part<'a> = (&'a Range<usize>, &'a mut [f64], &'a mut [f64]);

impl Factors {
    /// Factors the matrix whose lower envelope is `matrix`. `scale` is the diagonal against which
    /// a pivot counts as zero.
    pub fn new(layout: &Layout, mut matrix: Vec<f64>, scale: &[f64]) -> Self {
        let mut inverse = vec![0.0; layout.unknowns];
        {
            let mut parts: Vec<Part<'_>> = Vec::with_capacity(layout.blocks.len());
            let (mut m, mut v) = (&mut matrix[..], &mut inverse[..]);
            for block in &layout.blocks {
                let entries = layout.envelope[block.end] - layout.envelope[block.start];
                let (head, tail) = m.split_at_mut(entries);
                let (top, rest) = v.split_at_mut(block.len());
                parts.push((block, head, top));
                (m, v) = (tail, rest);
            }
            let work = |(block, m, v): &mut Part<'_>| factor(layout, block, m, v, scale);
            if layout.envelope[layout.unknowns] < SERIAL {
                parts.iter_mut().for_each(work);
            } else {
                parts.par_iter_mut().for_each(work);
            }
        }
        Self {
            lower: matrix,
            inverse,
        }
    }

    /// Overwrites `x` (unknowns × B) with the solution of L Lᵀ x = x.
    pub fn solve<const B: usize>(&self, layout: &Layout, x: &mut [f64]) {
        if layout.envelope[layout.unknowns] < SERIAL {
            for block in &layout.blocks {
                self.solve_block::<B>(layout, block, &mut x[block.start * B..block.end * B]);
            }
            return;
        }
        let mut parts: Vec<(&Range<usize>, &mut [f64])> = Vec::with_capacity(layout.blocks.len());
        let mut rest = x;
        for block in &layout.blocks {
            let (head, tail) = rest.split_at_mut(block.len() * B);
            parts.push((block, head));
            rest = tail;
        }
        parts
            .par_iter_mut()
            .with_min_len(1 + layout.blocks.len() / 64)
            .for_each(|(block, x)| self.solve_block::<B>(layout, block, x));
    }

    fn solve_block<const B: usize>(&self, layout: &Layout, block: &Range<usize>, x: &mut [f64]) {
        for u in block.clone() {
            let i = u - block.start;
            let from = layout.first[u] as usize - block.start;
            let row = &self.lower[layout.envelope[u]..layout.envelope[u + 1] - 1];
            let (before, at) = x.split_at_mut(i * B);
            let sum = dots::<B>(row, &before[from * B..]);
            for b in 0..B {
                at[b] = (at[b] - sum[b]) * self.inverse[u];
            }
        }
        for u in block.clone().rev() {
            let i = u - block.start;
            let from = layout.first[u] as usize - block.start;
            let row = &self.lower[layout.envelope[u]..layout.envelope[u + 1] - 1];
            let (before, at) = x.split_at_mut(i * B);
            let value: [f64; B] = std::array::from_fn(|b| at[b] * self.inverse[u]);
            at[..B].copy_from_slice(&value);
            for (x, l) in before[from * B..].chunks_exact_mut(B).zip(row) {
                for b in 0..B {
                    x[b] -= l * value[b];
                }
            }
        }
    }
}

fn factor(
    layout: &Layout,
    block: &Range<usize>,
    matrix: &mut [f64],
    inverse: &mut [f64],
    scale: &[f64],
) {
    let base = layout.envelope[block.start];
    let largest = block
        .clone()
        .filter(|_| layout.dims > 1 && block.len() > 1)
        .max_by(|a, b| scale[*a].total_cmp(&scale[*b]));
    for u in block.clone() {
        let from = layout.first[u] as usize;
        let (above, own) = matrix.split_at_mut(layout.envelope[u] - base);
        let mut square = 0.0;
        for v in from..u {
            let other = layout.first[v] as usize;
            let start = from.max(other);
            let row = &above[layout.envelope[v] - base..];
            let sum = if start < v {
                dots::<1>(&own[start - from..v - from], &row[start - other..v - other])[0]
            } else {
                0.0
            };
            let l = (own[v - from] - sum) * inverse[v - block.start];
            own[v - from] = l;
            square += l * l;
        }
        let pivot = own[u - from] - square;
        let shared = largest == Some(u);
        inverse[u - block.start] =
            if shared || scale[u] == 0.0 || pivot.is_nan() || pivot <= ZERO * scale[u] {
                0.0
            } else if pivot <= WEAK * scale[u] {
                1.0 / scale[u].sqrt()
            } else {
                1.0 / pivot.sqrt()
            };
    }
}

/// Products of one row with B interleaved vectors.
#[inline]
fn dots<const B: usize>(row: &[f64], x: &[f64]) -> [f64; B] {
    // Several partial sums, in a fixed order, so that the products overlap.
    const LANES: usize = 4;
    let mut partial = [[0.0; B]; LANES];
    let mut rows = row.chunks_exact(LANES);
    let mut xs = x.chunks_exact(LANES * B);
    for (r, x) in rows.by_ref().zip(xs.by_ref()) {
        for lane in 0..LANES {
            for b in 0..B {
                partial[lane][b] += r[lane] * x[lane * B + b];
            }
        }
    }
    let mut sum = [0.0; B];
    for (r, x) in rows.remainder().iter().zip(xs.remainder().chunks_exact(B)) {
        for b in 0..B {
            sum[b] += r * x[b];
        }
    }
    for b in 0..B {
        sum[b] += (partial[0][b] + partial[1][b]) + (partial[2][b] + partial[3][b]);
    }
    sum
}
