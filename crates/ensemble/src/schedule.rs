//! Draws in parallel, counted as they finish, stopped when a person says so.

use std::ops::Range;
use std::sync::atomic::{AtomicUsize, Ordering};

use rayon::prelude::*;

use crate::EnsembleError;
use crate::run::Progress;

/// Counts units of work and asks after each whether to go on.
pub struct Counter<'a> {
    done: AtomicUsize,
    total: usize,
    progress: Progress<'a>,
}

impl<'a> Counter<'a> {
    /// A counter of `total` units, of which `done` are done.
    pub fn new(done: usize, total: usize, progress: Progress<'a>) -> Self {
        Self {
            done: AtomicUsize::new(done),
            total,
            progress,
        }
    }

    /// One more is done.
    pub fn tick(&self) -> Result<(), EnsembleError> {
        let done = self.done.fetch_add(1, Ordering::Relaxed) + 1;
        if (self.progress)(done, self.total) {
            Ok(())
        } else {
            Err(EnsembleError::Stopped {
                done,
                total: self.total,
            })
        }
    }
}

/// `f` of every draw, in parallel, in the order of the draws; an error ends it.
pub fn each_draw<T: Send>(
    draws: Range<usize>,
    f: impl Fn(usize) -> Result<T, EnsembleError> + Sync + Send,
) -> Result<Vec<T>, EnsembleError> {
    draws.into_par_iter().map(f).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn prop_order_and_count_do_not_depend_on_threads() {
        let wanted: Vec<usize> = (3..500).map(|d| d * d).collect();
        for threads in [1, 2, 4] {
            let pool = rayon::ThreadPoolBuilder::new()
                .num_threads(threads)
                .build()
                .expect("a pool");
            let counter = Counter::new(3, 500, &|done, total| done <= total);
            let found = pool
                .install(|| {
                    each_draw(3..500, |d| {
                        counter.tick()?;
                        Ok(d * d)
                    })
                })
                .expect("runs");
            assert_eq!(found, wanted);
        }
    }

    #[test]
    fn prop_a_person_can_stop_it() {
        let counter = Counter::new(0, 100, &|done, _| done < 10);
        let stopped = each_draw(0..100, |_| counter.tick());
        assert!(matches!(
            stopped,
            Err(EnsembleError::Stopped { total: 100, .. })
        ));
    }
}
