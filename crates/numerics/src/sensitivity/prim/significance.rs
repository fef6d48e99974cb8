//! Could chance alone explain a limit?
//!
//! Take one limit away: the larger box has T points, H of them cases. If the limit meant nothing,
//! the n points it keeps would be a random pick. The quasi-p-value of Bryant & Lempert 2010 is the
//! chance of at least as many cases as there are under Binomial(n, H/T). A pick without replacement
//! is hypergeometric (Fisher's exact test), which is far less cautious where the limit cuts off
//! little; that test decides which limits are dropped. Both are too small by the search of the
//! peeling for such limits, for which the level of the test is divided.

use super::{Prim, PrimBox, Region};
use crate::special::{beta_inc, ln_gamma};

/// One side of a dimension.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Side {
    /// A lower limit.
    Low,
    /// An upper limit.
    High,
}

/// Test of one limit of a box.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct LimitTest {
    /// The dimension.
    pub dimension: usize,
    /// Which of its limits.
    pub side: Side,
    /// Quasi-p-value as published: binomial.
    pub quasi_p: f64,
    /// The same for points picked without replacement: hypergeometric, smaller where the limit cuts
    /// off little.
    pub exact_p: f64,
    /// Density of the box without this limit.
    pub density_without: f64,
}

/// Chance of at least `k` successes in `n` trials of probability `p`.
pub(super) fn binomial_upper_tail(k: usize, n: usize, p: f64) -> f64 {
    if k == 0 {
        1.0
    } else if k > n {
        0.0
    } else {
        beta_inc(k as f64, (n - k) as f64 + 1.0, p)
    }
}

/// Chance of at least `k` cases among `n` points picked at random from `all` points that hold
/// `cases` cases: upper tail of the hypergeometric distribution (Fisher's exact test).
pub(super) fn random_pick_tail(k: usize, n: usize, cases: usize, all: usize) -> f64 {
    let (most, least) = (n.min(cases), (n + cases).saturating_sub(all));
    if k <= least {
        return 1.0;
    }
    let log_choose = |n: usize, k: usize| {
        ln_gamma(n as f64 + 1.0) - ln_gamma(k as f64 + 1.0) - ln_gamma((n - k) as f64 + 1.0)
    };
    let mut term =
        (log_choose(cases, k) + log_choose(all - cases, n - k) - log_choose(all, n)).exp();
    let mut sum = 0.0;
    for j in k..=most {
        sum += term;
        if j < most {
            term *= ((cases - j) * (n - j)) as f64 / ((j + 1) * (all + j + 1 - cases - n)) as f64;
        }
    }
    sum.min(1.0)
}

impl Prim {
    /// Quasi-p-value and exact test of every limit of a box, over all points.
    pub fn quasi_p_values(&self, of: &PrimBox) -> Vec<LimitTest> {
        let active = vec![true; self.points()];
        let mut region = self.whole(&active);
        for l in &of.limits {
            region.low[l.dimension] = l.low.unwrap_or(f64::NEG_INFINITY);
            region.high[l.dimension] = l.high.unwrap_or(f64::INFINITY);
        }
        self.recount(&mut region, &active);
        self.limit_tests(&region, &active)
    }

    fn recount(&self, region: &mut Region, active: &[bool]) {
        (region.points, region.cases, region.sum) = (0, 0, 0.0);
        for i in (0..self.points()).filter(|i| active[*i]) {
            if self.inside(region, i) {
                region.points += 1;
                region.cases += usize::from(self.case[i]);
                region.sum += self.outcome[i];
            }
        }
    }

    pub(super) fn limit_tests(&self, region: &Region, active: &[bool]) -> Vec<LimitTest> {
        let mut tests = Vec::new();
        for dimension in 0..self.dimensions() {
            for side in [Side::Low, Side::High] {
                if region.limit(dimension, side == Side::Low).is_finite() {
                    let wider = self.without(region, dimension, side, active);
                    let p = wider.cases as f64 / wider.points as f64;
                    tests.push(LimitTest {
                        dimension,
                        side,
                        quasi_p: binomial_upper_tail(region.cases, region.points, p),
                        exact_p: random_pick_tail(
                            region.cases,
                            region.points,
                            wider.cases,
                            wider.points,
                        ),
                        density_without: p,
                    });
                }
            }
        }
        tests
    }

    /// Restricted dimensions whose limits, both sides together, a random pick explains with a chance
    /// above `level`, the largest first.
    pub(super) fn weak_dimensions(
        &self,
        region: &Region,
        active: &[bool],
        level: f64,
    ) -> Vec<usize> {
        let mut weak: Vec<(f64, usize)> = (0..self.dimensions())
            .filter(|j| region.restricts(*j))
            .map(|j| {
                let low = self.without(region, j, Side::Low, active);
                let wider = self.without(&low, j, Side::High, active);
                (
                    random_pick_tail(region.cases, region.points, wider.cases, wider.points),
                    j,
                )
            })
            .filter(|(p, _)| *p > level)
            .collect();
        weak.sort_by(|a, b| b.0.total_cmp(&a.0).then(a.1.cmp(&b.1)));
        weak.into_iter().map(|(_, j)| j).collect()
    }

    /// Drops, one after the other, the limit that chance explains best, until none is explained with
    /// a chance above `level`.
    pub(super) fn prune(&self, mut region: Region, active: &[bool], level: f64) -> Region {
        loop {
            let tests = self.limit_tests(&region, active);
            let mut worst: Option<LimitTest> = None;
            for t in tests.into_iter().filter(|t| t.exact_p > level) {
                if worst.is_none_or(|w| t.exact_p > w.exact_p) {
                    worst = Some(t);
                }
            }
            match worst {
                Some(t) => region = self.without(&region, t.dimension, t.side, active),
                None => return region,
            }
        }
    }

    fn without(&self, region: &Region, dimension: usize, side: Side, active: &[bool]) -> Region {
        let mut wider = region.clone();
        match side {
            Side::Low => wider.low[dimension] = f64::NEG_INFINITY,
            Side::High => wider.high[dimension] = f64::INFINITY,
        }
        self.recount(&mut wider, active);
        wider
    }
}
