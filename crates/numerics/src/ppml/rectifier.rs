//! The iterative rectifier (Correia, Guimarães & Zylkin 2019) and an active-set method for the
//! cases in which it crawls.
//!
//! Wanted is a combination z of regressors and effects, zero at positive outcomes and nowhere
//! negative. The rectifier projects u = 1 at outcomes of zero on the span, cuts what is negative,
//! and repeats. Two things end it, and both are checked, so that the way there does not matter: a
//! z that is zero and positive where it must be, or residuals that add up to something positive at
//! every outcome of zero and orthogonal to the span, which rules out any z.

use rayon::prelude::*;

use super::absorb::Weighted;
use super::dense;
use super::envelope::Factors;
use super::layout::Layout;

/// Weight of rows where the combination must vanish.
const HEAVY: f64 = 1e6;
/// Negative values, and values where the combination must vanish, that count as zero.
const ZERO: f64 = 1e-9;
/// Values above this mark a separated row.
const POSITIVE: f64 = 1e-4;
/// No combination exists when all values have fallen below one by this margin.
const MARGIN: f64 = 1e-3;
/// Precision of each projection.
const PROJECTION: f64 = 1e-5;
/// Precision of the regressors' projection.
const REGRESSORS: f64 = 1e-9;
/// Rounds before the active set is tried.
const FIRST_ROUNDS: usize = 40;
/// Most rounds in all: so many row visits, within these bounds.
const VISITS: usize = 40_000_000;
const MOST_ROUNDS: usize = 20_000;
/// Most changes of the active set, and repetitions that make its zeros exact.
const CHANGES: usize = 60;
const REFINEMENTS: usize = 1000;
const LEAST_REFINEMENTS: usize = 30;

/// What was found.
#[derive(Clone, Debug, Default)]
pub(crate) struct Rectified {
    /// Separated stored rows.
    pub rows: Vec<usize>,
    /// Projections.
    pub rounds: usize,
    /// Conjugate-gradient iterations.
    pub inner: usize,
    /// Whether the answer is proved; without it rows may be missing.
    pub complete: bool,
}

/// How some rounds ended.
enum End {
    Nothing,
    Found,
    Open,
}

/// One run: some of the separated rows among those that are `free`, or none when there are none
/// left. `x` (rows × k) is partialled out in place, which leaves its span with the effects as it
/// was.
pub(crate) fn rectify(layout: &Layout, free: &[bool], x: &mut [f64], k: usize) -> Rectified {
    let mut out = Rectified::default();
    if !free.contains(&true) {
        out.complete = true;
        return out;
    }
    let mut search = Search::new(layout, x, k, free, &mut out);
    let mut end = search.rounds(free, FIRST_ROUNDS, &mut out);
    if matches!(end, End::Open) {
        // Start from all rows, and if that does not settle, from what more rounds leave above zero.
        let mut other = x.to_vec();
        let mut settled = active_set(layout, free, free.to_vec(), &mut other, k, &mut out);
        if settled.is_none() {
            let most = (VISITS / layout.rows).clamp(FIRST_ROUNDS, MOST_ROUNDS);
            end = search.rounds(free, most, &mut out);
            if matches!(end, End::Open) {
                let above = search.fit.iter().map(|f| *f > POSITIVE);
                let loose = free.iter().zip(above).map(|(f, a)| *f && a).collect();
                settled = active_set(layout, free, loose, &mut other, k, &mut out);
            }
        }
        if let Some(fit) = settled {
            out.complete = true;
            out.rows = marked(free, &fit);
            return out;
        }
    }
    match end {
        End::Nothing => out.complete = true,
        End::Found => {
            out.complete = true;
            out.rows = marked(free, &search.fit);
        }
        End::Open => {}
    }
    out
}

fn marked(free: &[bool], fit: &[f64]) -> Vec<usize> {
    let positive = free.iter().zip(fit).map(|(f, v)| *f && *v > POSITIVE);
    positive.enumerate().filter(|p| p.1).map(|p| p.0).collect()
}

/// Projections under fixed weights.
struct Search<'a> {
    layout: &'a Layout,
    weighted: Weighted,
    factors: Factors,
    x: Vec<f64>,
    k: usize,
    inverse: Vec<f64>,
    /// What the combination should be.
    wanted: Vec<f64>,
    /// The combination.
    fit: Vec<f64>,
    step: Vec<f64>,
}

impl<'a> Search<'a> {
    fn new(
        layout: &'a Layout,
        x: &mut [f64],
        k: usize,
        free: &[bool],
        out: &mut Rectified,
    ) -> Self {
        let weight = free.iter().map(|f| if *f { 1.0 } else { HEAVY }).collect();
        let weighted = Weighted::new(layout, weight);
        let factors = weighted.factor(layout);
        let done = weighted.partial_out(layout, &factors, x, k, REGRESSORS);
        out.inner += done.iterations;
        let gram = dense::gram(layout, x, k, |r| weighted.weight[r]);
        Self {
            inverse: dense::inverse_positive(&gram, k),
            x: x.to_vec(),
            k,
            wanted: free.iter().map(|f| f64::from(u8::from(*f))).collect(),
            fit: vec![0.0; layout.rows],
            step: vec![0.0; layout.rows],
            layout,
            weighted,
            factors,
        }
    }

    /// Moves the combination to the weighted projection of what is wanted; the largest move.
    fn project(&mut self, out: &mut Rectified) -> f64 {
        let (layout, k, weight) = (self.layout, self.k, &self.weighted.weight);
        let gap = |r: usize| weight[r] * (self.wanted[r] - self.fit[r]);
        let target = self.weighted.target::<1>(layout, |r| [gap(r)]);
        let goal = |_: usize, start: f64| PROJECTION * PROJECTION * start;
        let (level, done) = self
            .weighted
            .solve::<1>(layout, &self.factors, &target, goal, None);
        out.rounds += 1;
        out.inner += done.iterations;
        let mut step = std::mem::take(&mut self.step);
        step.fill(0.0);
        self.weighted
            .subtract_fit::<1>(layout, &target, &level, &mut step, 1, 0);
        let score = dense::cross(layout, &self.x, k, |r| gap(r) + weight[r] * step[r]);
        let along: Vec<f64> = (0..k)
            .map(|a| (0..k).map(|b| self.inverse[a * k + b] * score[b]).sum())
            .collect();
        let x = &self.x;
        let moved = self.fit.par_iter_mut().enumerate().map(|(r, f)| {
            let row = x[r * k..][..k].iter().zip(&along);
            let add = row.map(|(x, b)| x * b).sum::<f64>() - step[r];
            *f += add;
            add.abs()
        });
        let moved = moved.reduce(|| 0.0, f64::max);
        self.step = step;
        moved
    }

    /// Projects and cuts, at most `most` times.
    fn rounds(&mut self, free: &[bool], most: usize, out: &mut Rectified) -> End {
        for _ in 0..most {
            self.project(out);
            let [least, top, off] = extremes(self.layout, free, &self.fit);
            if top < 1.0 - MARGIN {
                return End::Nothing;
            }
            if least >= -ZERO && off <= ZERO {
                return End::Found;
            }
            let cut = self.wanted.par_iter_mut().zip(&self.fit).zip(free);
            cut.for_each(|((wanted, fit), free)| {
                if *free {
                    *wanted = fit.max(0.0);
                } else {
                    // A multiplier, which drives the combination to exactly zero.
                    *wanted -= fit;
                }
            });
        }
        End::Open
    }
}

/// The point of {z in the span, zero where not `free`, nowhere negative} closest to one, by a
/// primal-dual active set: rows below zero are held at zero, held rows that pull upwards are let
/// go. The point is zero only when no such z exists. None when the sets do not settle.
fn active_set(
    layout: &Layout,
    free: &[bool],
    mut loose: Vec<bool>,
    x: &mut [f64],
    k: usize,
    out: &mut Rectified,
) -> Option<Vec<f64>> {
    let most = (VISITS / layout.rows).clamp(LEAST_REFINEMENTS, REFINEMENTS);
    for _ in 0..CHANGES {
        let mut search = Search::new(layout, x, k, &loose, out);
        for _ in 0..most {
            let moved = search.project(out);
            let mut off = 0.0f64;
            for r in (0..layout.rows).filter(|r| !loose[*r]) {
                search.wanted[r] -= search.fit[r];
                off = off.max(search.fit[r].abs());
            }
            // Settled, not merely small where it must vanish.
            if off.max(moved) <= ZERO {
                break;
            }
        }
        let mut changed = false;
        let mut worst = 0.0f64;
        for r in (0..layout.rows).filter(|r| free[*r]) {
            if loose[r] {
                if search.fit[r] < -ZERO {
                    loose[r] = false;
                    changed = true;
                }
            } else {
                worst = worst.max(search.fit[r].abs());
                // Weighted residual less one: what holds the row down.
                if HEAVY * search.wanted[r] - 1.0 < -1e-6 {
                    loose[r] = true;
                    changed = true;
                }
            }
        }
        if !changed {
            let [least, _, off] = extremes(layout, free, &search.fit);
            return (least >= -ZERO && off <= ZERO && worst <= ZERO).then_some(search.fit);
        }
    }
    None
}

/// Least and largest value where free, largest modulus elsewhere.
fn extremes(layout: &Layout, free: &[bool], fit: &[f64]) -> [f64; 3] {
    let nothing = [f64::INFINITY, f64::NEG_INFINITY, 0.0f64];
    let pieces: Vec<[f64; 3]> = layout
        .tasks
        .par_iter()
        .map(|task| {
            let mut e = nothing;
            for r in layout.rows_of_task(task) {
                if free[r] {
                    e[0] = e[0].min(fit[r]);
                    e[1] = e[1].max(fit[r]);
                } else {
                    e[2] = e[2].max(fit[r].abs());
                }
            }
            e
        })
        .collect();
    pieces.into_iter().fold(nothing, |a, e| {
        [a[0].min(e[0]), a[1].max(e[1]), a[2].max(e[2])]
    })
}
