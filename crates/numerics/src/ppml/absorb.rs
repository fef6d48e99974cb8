//! Weighted projections on the space of fixed effects.
//!
//! With the largest effect eliminated, the normal equations of the others are S a = b with
//! S = Dᵀ(W − W P W_P⁻¹ Pᵀ W)D; they are solved by conjugate gradients, preconditioned by exact
//! factors of the blocks of S, for several right-hand sides at once. Sums run over fixed tasks and
//! are added in a fixed order, so results do not depend on the number of threads.

use rayon::prelude::*;

use super::envelope::Factors;
use super::layout::Layout;

/// Most columns solved at once.
pub(crate) const WIDTH: usize = 4;
/// Most iterations of one solve.
const MOST_ITERATIONS: usize = 2000;
/// Share of the first squared residual that is taken for rounding.
const LEAST_ENERGY: f64 = 1e-26;
/// Share of a level's weight that must remain after elimination for the level to count.
const REMAINS: f64 = 1e-13;

/// Weights of rows with what follows from them.
#[derive(Clone, Debug)]
pub(crate) struct Weighted {
    /// Weight of each stored row.
    pub weight: Vec<f64>,
    /// Inverse of each segment's total; zero without elimination.
    inverse: Vec<f64>,
}

/// Right-hand side of the system in the levels, with the segments' sums it came from.
pub(crate) struct Target {
    /// Unknowns × columns.
    reduced: Vec<f64>,
    /// Segments × columns.
    segment: Vec<f64>,
}

/// What a solve did.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Solved {
    /// Iterations of conjugate gradients.
    pub iterations: usize,
    /// Whether every column reached its tolerance.
    pub converged: bool,
}

impl Weighted {
    /// Takes the weights of the stored rows, all positive.
    pub fn new(layout: &Layout, weight: Vec<f64>) -> Self {
        let mut w = Self {
            weight,
            inverse: vec![0.0; layout.segments()],
        };
        w.refresh(layout);
        w
    }

    /// Recomputes what follows from the weights after they were changed in place.
    pub fn refresh(&mut self, layout: &Layout) {
        if !layout.eliminates {
            return;
        }
        for s in 0..layout.segments() {
            let total: f64 = self.weight[layout.rows_of(s)].iter().sum();
            self.inverse[s] = 1.0 / total;
        }
    }

    /// Factors the blocks of S at these weights.
    pub fn factor(&self, layout: &Layout) -> Factors {
        let dims = layout.dims;
        let mut matrix = vec![0.0; layout.envelope[layout.unknowns]];
        let mut scale = vec![0.0; layout.unknowns];
        for s in 0..layout.segments() {
            for r in layout.rows_of(s) {
                let w = self.weight[r];
                let left = w * (1.0 - w * self.inverse[s]).max(0.0);
                let ids = &layout.ids[r * dims..][..dims];
                for (k, a) in ids.iter().enumerate() {
                    let a = *a as usize;
                    scale[a] += w;
                    matrix[layout.envelope[a + 1] - 1] += left;
                    for b in &ids[..k] {
                        let (low, high) = (a.min(*b as usize), a.max(*b as usize));
                        let first = layout.first[high] as usize;
                        if first <= low {
                            matrix[layout.envelope[high] + low - first] += left;
                        }
                    }
                }
            }
        }
        for u in 0..layout.unknowns {
            let diagonal = matrix[layout.envelope[u + 1] - 1];
            // A level without weight of its own gets no scale and is left at zero.
            scale[u] = if diagonal > REMAINS * scale[u] {
                diagonal
            } else {
                0.0
            };
        }
        Factors::new(layout, matrix, &scale)
    }

    /// Right-hand side for B columns; `value` gives a row's entries times its weight.
    pub fn target<const B: usize>(
        &self,
        layout: &Layout,
        value: impl Fn(usize) -> [f64; B] + Sync,
    ) -> Target {
        let mut segment = vec![0.0; layout.segments() * B];
        let mut parts = Vec::with_capacity(layout.tasks.len());
        let mut rest = &mut segment[..];
        for task in &layout.tasks {
            let (head, tail) = rest.split_at_mut(task.len() * B);
            parts.push((task, head));
            rest = tail;
        }
        let pieces: Vec<Vec<f64>> = parts
            .into_par_iter()
            .map(|(task, sums)| {
                let mut out = vec![0.0; layout.unknowns * B];
                for (s, sum) in task.clone().zip(sums.chunks_exact_mut(B)) {
                    let rows = layout.rows_of(s);
                    if layout.eliminates {
                        for r in rows.clone() {
                            let v = value(r);
                            for b in 0..B {
                                sum[b] += v[b];
                            }
                        }
                    }
                    if layout.dims == 0 {
                        continue;
                    }
                    for r in rows {
                        let v = value(r);
                        let share = self.weight[r] * self.inverse[s];
                        for u in &layout.ids[r * layout.dims..][..layout.dims] {
                            let out = &mut out[*u as usize * B..][..B];
                            for b in 0..B {
                                out[b] += v[b] - share * sum[b];
                            }
                        }
                    }
                }
                out
            })
            .collect();
        Target {
            reduced: add_up(pieces),
            segment,
        }
    }

    /// y = S x for B interleaved columns.
    fn multiply<const B: usize>(&self, layout: &Layout, x: &[f64]) -> Vec<f64> {
        match layout.dims {
            1 => self.multiply_dims::<B, 1>(layout, x),
            2 => self.multiply_dims::<B, 2>(layout, x),
            3 => self.multiply_dims::<B, 3>(layout, x),
            _ => self.multiply_dims::<B, 0>(layout, x),
        }
    }

    /// The product with the number of effects known (D > 0) or not (D = 0).
    fn multiply_dims<const B: usize, const D: usize>(
        &self,
        layout: &Layout,
        x: &[f64],
    ) -> Vec<f64> {
        let dims = if D == 0 { layout.dims } else { D };
        let pieces: Vec<Vec<f64>> = layout
            .tasks
            .par_iter()
            .map(|task| {
                let mut out = vec![0.0; layout.unknowns * B];
                let mut fit: Vec<[f64; B]> = Vec::new();
                for s in task.clone() {
                    let rows = layout.rows_of(s);
                    let ids = &layout.ids[rows.start * dims..rows.end * dims];
                    let weight = &self.weight[rows];
                    let mut mean = [0.0; B];
                    fit.clear();
                    fit.extend(ids.chunks_exact(dims).zip(weight).map(|(ids, w)| {
                        let mut v = [0.0; B];
                        for u in ids {
                            let x = &x[*u as usize * B..][..B];
                            for b in 0..B {
                                v[b] += x[b];
                            }
                        }
                        for b in 0..B {
                            mean[b] += w * v[b];
                        }
                        v
                    }));
                    for m in &mut mean {
                        *m *= self.inverse[s];
                    }
                    for ((ids, w), v) in ids.chunks_exact(dims).zip(weight).zip(&fit) {
                        let mut add = [0.0; B];
                        for b in 0..B {
                            add[b] = w * (v[b] - mean[b]);
                        }
                        for u in ids {
                            let out = &mut out[*u as usize * B..][..B];
                            for b in 0..B {
                                out[b] += add[b];
                            }
                        }
                    }
                }
                out
            })
            .collect();
        add_up(pieces)
    }

    /// Solves S a = b until the squared residual, in the norm of the preconditioner, is below
    /// `square` for each column, and (if given) every level's residual below its bound.
    pub fn solve<const B: usize>(
        &self,
        layout: &Layout,
        factors: &Factors,
        target: &Target,
        square: impl Fn(usize, f64) -> f64,
        bound: Option<&[f64]>,
    ) -> (Vec<f64>, Solved) {
        let n = layout.unknowns;
        let mut x = vec![0.0; n * B];
        let mut solved = Solved {
            iterations: 0,
            converged: true,
        };
        if n == 0 {
            return (x, solved);
        }
        let mut r = target.reduced.clone();
        let mut z = r.clone();
        factors.solve::<B>(layout, &mut z);
        let mut p = z.clone();
        let mut energy = inner::<B>(&r, &z);
        let mut goal = [0.0; B];
        for b in 0..B {
            goal[b] = square(b, energy[b]);
        }
        let least: [f64; B] = std::array::from_fn(|b| LEAST_ENERGY * energy[b]);
        loop {
            if let Some(bound) = bound {
                for b in 0..B {
                    let inside = (0..n).all(|u| r[u * B + b].abs() <= bound[u]);
                    goal[b] = if inside {
                        f64::INFINITY
                    } else {
                        goal[b].min(least[b])
                    };
                }
            }
            if (0..B).all(|b| energy[b] <= goal[b]) {
                break;
            }
            if solved.iterations == MOST_ITERATIONS {
                solved.converged = false;
                break;
            }
            solved.iterations += 1;
            let q = self.multiply::<B>(layout, &p);
            let curvature = inner::<B>(&p, &q);
            let mut step = [0.0; B];
            for b in 0..B {
                if energy[b] > goal[b] && curvature[b] > 0.0 {
                    step[b] = energy[b] / curvature[b];
                }
            }
            if step.iter().all(|s| *s == 0.0) {
                solved.converged = false;
                break;
            }
            for i in 0..n {
                for b in 0..B {
                    x[i * B + b] += step[b] * p[i * B + b];
                    r[i * B + b] -= step[b] * q[i * B + b];
                }
            }
            z.copy_from_slice(&r);
            factors.solve::<B>(layout, &mut z);
            let next = inner::<B>(&r, &z);
            let mut turn = [0.0; B];
            for b in 0..B {
                if step[b] != 0.0 {
                    turn[b] = next[b] / energy[b];
                    energy[b] = next[b];
                }
            }
            for i in 0..n {
                for b in 0..B {
                    p[i * B + b] = z[i * B + b] + turn[b] * p[i * B + b];
                }
            }
        }
        (x, solved)
    }

    /// Subtracts the fit of the levels `x` (and of the segments) from columns `column..column + B`
    /// of `values`, which has `stride` columns.
    pub fn subtract_fit<const B: usize>(
        &self,
        layout: &Layout,
        target: &Target,
        x: &[f64],
        values: &mut [f64],
        stride: usize,
        column: usize,
    ) {
        let dims = layout.dims;
        let mut parts = Vec::with_capacity(layout.tasks.len());
        let mut rest = values;
        for task in &layout.tasks {
            let rows = layout.rows_of_task(task);
            let (head, tail) = rest.split_at_mut(rows.len() * stride);
            parts.push((task, rows.start, head));
            rest = tail;
        }
        parts.into_par_iter().for_each(|(task, base, values)| {
            let mut fit: Vec<[f64; B]> = Vec::new();
            for s in task.clone() {
                let rows = layout.rows_of(s);
                let mut mean = [0.0; B];
                fit.clear();
                for r in rows.clone() {
                    let mut v = [0.0; B];
                    for u in &layout.ids[r * dims..][..dims] {
                        let x = &x[*u as usize * B..][..B];
                        for b in 0..B {
                            v[b] += x[b];
                        }
                    }
                    for b in 0..B {
                        mean[b] += self.weight[r] * v[b];
                    }
                    fit.push(v);
                }
                if layout.eliminates {
                    let sum = &target.segment[s * B..][..B];
                    for b in 0..B {
                        mean[b] = (sum[b] - mean[b]) * self.inverse[s];
                    }
                } else {
                    mean = [0.0; B];
                }
                for (r, v) in rows.zip(&fit) {
                    let at = &mut values[(r - base) * stride + column..][..B];
                    for b in 0..B {
                        at[b] -= v[b] + mean[b];
                    }
                }
            }
        });
    }

    /// Partials the fixed effects out of the columns of `values` (rows × `columns`) in place, each
    /// to `tolerance` of its own remaining weighted norm.
    pub fn partial_out(
        &self,
        layout: &Layout,
        factors: &Factors,
        values: &mut [f64],
        columns: usize,
        tolerance: f64,
    ) -> Solved {
        let mut total = Solved {
            iterations: 0,
            converged: true,
        };
        let mut column = 0;
        while column < columns {
            let left = columns - column;
            let done = if left >= WIDTH {
                self.partial_out_some::<WIDTH>(layout, factors, values, columns, column, tolerance)
            } else if left >= 2 {
                self.partial_out_some::<2>(layout, factors, values, columns, column, tolerance)
            } else {
                self.partial_out_some::<1>(layout, factors, values, columns, column, tolerance)
            };
            total.iterations += done.iterations;
            total.converged &= done.converged;
            column += if left >= WIDTH { WIDTH } else { left.min(2) };
        }
        total
    }

    fn partial_out_some<const B: usize>(
        &self,
        layout: &Layout,
        factors: &Factors,
        values: &mut [f64],
        columns: usize,
        column: usize,
        tolerance: f64,
    ) -> Solved {
        let mut total = Solved {
            iterations: 0,
            converged: true,
        };
        let norm = |values: &[f64]| -> [f64; B] {
            task_sums(layout, |r| {
                let v = &values[r * columns + column..][..B];
                std::array::from_fn(|b| self.weight[r] * v[b] * v[b])
            })
        };
        let start = norm(values);
        let mut before = start;
        // A column far larger than what remains of it (distance in kilometres, say) needs a second
        // round to be small against its remainder.
        for _ in 0..4 {
            let target = self.target::<B>(layout, |r| {
                let v = &values[r * columns + column..][..B];
                std::array::from_fn(|b| self.weight[r] * v[b])
            });
            let (x, done) = self.solve::<B>(
                layout,
                factors,
                &target,
                |b, _| {
                    // What rounding leaves of a column that the effects span is not worth more.
                    (tolerance * tolerance * before[b]).max(1e-31 * start[b])
                },
                None,
            );
            self.subtract_fit::<B>(layout, &target, &x, values, columns, column);
            total.iterations += done.iterations;
            total.converged &= done.converged;
            let after = norm(values);
            let enough = (0..B).all(|b| before[b] <= 4.0 * after[b] || after[b] < 1e-26 * start[b]);
            before = after;
            if enough {
                break;
            }
        }
        total
    }
}

/// Sums a function of rows over all rows, task by task.
pub(crate) fn task_sums<const B: usize>(
    layout: &Layout,
    f: impl Fn(usize) -> [f64; B] + Sync,
) -> [f64; B] {
    let pieces: Vec<[f64; B]> = layout
        .tasks
        .par_iter()
        .map(|task| {
            let mut sum = [0.0; B];
            for r in layout.rows_of_task(task) {
                let v = f(r);
                for b in 0..B {
                    sum[b] += v[b];
                }
            }
            sum
        })
        .collect();
    let mut sum = [0.0; B];
    for piece in pieces {
        for b in 0..B {
            sum[b] += piece[b];
        }
    }
    sum
}

fn add_up(pieces: Vec<Vec<f64>>) -> Vec<f64> {
    let mut pieces = pieces.into_iter();
    let mut total = pieces.next().unwrap_or_default();
    for piece in pieces {
        total.iter_mut().zip(piece).for_each(|(t, p)| *t += p);
    }
    total
}

fn inner<const B: usize>(a: &[f64], b: &[f64]) -> [f64; B] {
    let mut sum = [0.0; B];
    for (a, b) in a.chunks_exact(B).zip(b.chunks_exact(B)) {
        for k in 0..B {
            sum[k] += a[k] * b[k];
        }
    }
    sum
}
