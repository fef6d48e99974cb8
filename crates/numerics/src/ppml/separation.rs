//! Rows for which no finite estimate exists: their fitted value would be zero.
//!
//! A row with outcome zero is separated when some combination z of regressors and effects is zero
//! wherever the outcome is positive, nowhere negative, and positive at that row (Correia,
//! Guimarães & Zylkin 2019).

use rayon::prelude::*;

use super::absorb::{Weighted, task_sums};
use super::dense;
use super::frame::Frame;
use super::layout::Layout;
use super::result::{LeftOut, Rule};

/// Weight of rows with a positive outcome, where the combination must vanish.
const HEAVY: f64 = 1e5;
/// Negative values and values at positive outcomes that count as zero.
const ZERO: f64 = 1e-8;
/// Values above this mark a separated row.
const POSITIVE: f64 = 1e-5;
/// No combination exists when all values have fallen below one by this margin.
const MARGIN: f64 = 0.05;
/// Precision of each projection.
const PROJECTION: f64 = 1e-3;
/// Most rounds: so many row visits, within these bounds.
const VISITS: usize = 40_000_000;
const LEAST_ROUNDS: usize = 60;
const MOST_ROUNDS: usize = 20_000;

/// Drops, until nothing changes, rows of levels without a positive outcome and (if asked)
/// singletons.
pub(crate) fn zero_groups(
    frame: &Frame<'_>,
    alive: &mut [bool],
    zeros: bool,
    singletons: bool,
    left_out: &mut Vec<LeftOut>,
) {
    loop {
        let before = left_out.len();
        for (_, levels) in &frame.effects {
            let mut rows = vec![0u32; levels.count];
            let mut positive = vec![false; levels.count];
            for r in (0..frame.rows).filter(|r| alive[*r]) {
                let l = levels.level[r] as usize;
                rows[l] = rows[l].saturating_add(1);
                positive[l] |= frame.y[r] > 0.0;
            }
            let bad =
                |l: usize| rows[l] > 0 && ((zeros && !positive[l]) || (singletons && rows[l] == 1));
            if !(0..levels.count).any(bad) {
                continue;
            }
            for r in 0..frame.rows {
                let l = levels.level[r] as usize;
                if alive[r] && bad(l) {
                    alive[r] = false;
                    let rule = if zeros && !positive[l] {
                        Rule::ZeroGroup
                    } else {
                        Rule::Singleton
                    };
                    left_out.push(LeftOut {
                        row: r as u32,
                        rule,
                    });
                }
            }
        }
        if left_out.len() == before {
            return;
        }
    }
}

/// What the rectifier found.
#[derive(Clone, Debug, Default)]
pub(crate) struct Rectified {
    /// Separated stored rows.
    pub rows: Vec<usize>,
    pub rounds: usize,
    pub inner: usize,
    /// Whether the answer is complete.
    pub converged: bool,
}

/// One run of the iterative rectifier. `x` (rows × k) is partialled out in place, which leaves its
/// span with the effects as it was.
pub(crate) fn rectify(layout: &Layout, y: &[f64], x: &mut [f64], k: usize) -> Rectified {
    let mut out = Rectified::default();
    let zero = |r: usize| y[r] == 0.0;
    if !(0..layout.rows).any(zero) {
        out.converged = true;
        return out;
    }
    let weight: Vec<f64> = y
        .iter()
        .map(|y| if *y > 0.0 { HEAVY } else { 1.0 })
        .collect();
    let weighted = Weighted::new(layout, weight);
    let factors = weighted.factor(layout);
    let done = weighted.partial_out(layout, &factors, x, k, 1e-9);
    out.inner += done.iterations;
    let x = &*x;
    let gram = dense::gram(layout, x, k, |r| weighted.weight[r]);
    let inverse = dense::inverse_positive(&gram, k);
    let most = (VISITS / layout.rows.max(1)).clamp(LEAST_ROUNDS, MOST_ROUNDS);
    // u is what the combination should be, `fit` what it is, both of stored rows.
    let mut u: Vec<f64> = (0..layout.rows)
        .map(|r| f64::from(u8::from(zero(r))))
        .collect();
    let mut fit = vec![0.0; layout.rows];
    let mut step = vec![0.0; layout.rows];
    while out.rounds < most {
        out.rounds += 1;
        // Project u − fit on the span, and add it.
        let target = weighted.target::<1>(layout, |r| [weighted.weight[r] * (u[r] - fit[r])]);
        let (level, done) = weighted.solve::<1>(layout, &factors, &target, |_, s| {
            PROJECTION * PROJECTION * s
        });
        out.inner += done.iterations;
        step.fill(0.0);
        weighted.subtract_fit::<1>(layout, &target, &level, &mut step, 1, 0);
        let score = dense::cross(layout, x, k, |r| {
            weighted.weight[r] * (u[r] - fit[r] + step[r])
        });
        let along: Vec<f64> = (0..k)
            .map(|a| (0..k).map(|b| inverse[a * k + b] * score[b]).sum())
            .collect();
        fit.par_iter_mut().enumerate().for_each(|(r, f)| {
            let add: f64 = x[r * k..][..k].iter().zip(&along).map(|(x, b)| x * b).sum();
            *f += add - step[r];
        });
        let [least, most_positive, off] = extremes(layout, y, &fit);
        if std::env::var_os("SEPDBG").is_some() && (out.rounds < 10 || out.rounds % 997 == 0) { eprintln!("{} least {least:e} most {most_positive} off {off:e} cg {}", out.rounds, done.iterations); }
        if most_positive < 1.0 - MARGIN {
            // Residuals add up to something positive on every row and orthogonal to the span.
            out.converged = true;
            return out;
        }
        if least >= -ZERO && off <= ZERO {
            out.converged = true;
            break;
        }
        u.par_iter_mut().enumerate().for_each(|(r, u)| {
            if zero(r) {
                *u = fit[r].max(0.0);
            } else {
                // Multiplier: drives the combination to exactly zero.
                *u -= fit[r];
            }
        });
    }
    if out.converged {
        out.rows = (0..layout.rows)
            .filter(|r| zero(*r) && fit[*r] > POSITIVE)
            .collect();
    }
    out
}

/// Least and largest value at outcomes of zero, largest modulus at positive outcomes.
fn extremes(layout: &Layout, y: &[f64], fit: &[f64]) -> [f64; 3] {
    let pieces: Vec<[f64; 3]> = layout
        .tasks
        .par_iter()
        .map(|task| {
            let mut e = [f64::INFINITY, f64::NEG_INFINITY, 0.0f64];
            for r in layout.rows_of_task(task) {
                if y[r] == 0.0 {
                    e[0] = e[0].min(fit[r]);
                    e[1] = e[1].max(fit[r]);
                } else {
                    e[2] = e[2].max(fit[r].abs());
                }
            }
            e
        })
        .collect();
    pieces
        .into_iter()
        .fold([f64::INFINITY, f64::NEG_INFINITY, 0.0], |a, e| {
            [a[0].min(e[0]), a[1].max(e[1]), a[2].max(e[2])]
        })
}

/// Stored rows whose fitted value runs to zero: outcome zero, far below the mean, and still
/// falling by about a factor e in each step, as a separated row does under Newton's method.
pub(crate) fn vanishing(layout: &Layout, y: &[f64], mu: &[f64], step: &[f64]) -> Vec<usize> {
    let [total] = task_sums::<1>(layout, |r| [y[r]]);
    let small = 1e-4 * total / layout.rows as f64;
    (0..layout.rows)
        .filter(|r| y[*r] == 0.0 && mu[*r] < small && (-1.5..-0.5).contains(&step[*r]))
        .collect()
}
