//! Rows for which no finite estimate exists: their fitted value would be zero.
//!
//! A row with outcome zero is separated when some combination z of regressors and effects is zero
//! wherever the outcome is positive, nowhere negative, and positive at that row (Correia,
//! Guimarães & Zylkin 2019).

use super::absorb::task_sums;
use super::frame::Frame;
use super::layout::Layout;
use super::result::{LeftOut, Rule};

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

/// Rows that may be separated: outcome zero and a fitted value far below the mean.
pub(crate) fn suspects(layout: &Layout, y: &[f64], mu: &[f64]) -> Vec<bool> {
    /// Share of the mean outcome.
    const FAR_BELOW: f64 = 1e-5;
    let [total] = task_sums::<1>(layout, |r| [y[r]]);
    let small = FAR_BELOW * total / layout.rows as f64;
    let below = |(y, m): (&f64, &f64)| *y == 0.0 && (*m < small || m.is_nan());
    y.iter().zip(mu).map(below).collect()
}
