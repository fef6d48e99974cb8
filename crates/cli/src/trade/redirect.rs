//! Which flows move: who takes the place of those who are hit, and where their goods go.

use super::levy::{Barrier, Levy};

/// A bilateral flow with its change, in the unit of the flows at constant world output.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Moved {
    /// Exporter.
    pub from: usize,
    /// Importer.
    pub to: usize,
    /// Before.
    pub before: f64,
    /// After.
    pub after: f64,
}

impl Moved {
    /// After less before.
    pub fn change(&self) -> f64 {
        self.after - self.before
    }
}

/// What a third country does when others raise barriers between them.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Third {
    /// The country.
    pub who: usize,
    /// Change of its sales in the markets that shut others out.
    pub takes_place: f64,
    /// Change of its purchases from those who are shut out.
    pub buys_more: f64,
    /// Change of all its exports.
    pub exports: f64,
}

/// Third countries, the largest takers first. Third in a market is who neither levies nor is hit
/// there.
pub fn thirds(
    n: usize,
    before: &[f64],
    after: &[f64],
    levies: &[Levy],
    barriers: &[Barrier],
) -> Vec<Third> {
    let mut shut = vec![false; n * n];
    for l in levies.iter().filter(|l| l.rate > 0.0) {
        shut[l.on * n + l.by] = true;
    }
    for b in barriers.iter().filter(|b| b.rate > 0.0) {
        shut[b.a * n + b.b] = true;
        shut[b.b * n + b.a] = true;
    }
    let markets: Vec<usize> = (0..n).filter(|i| (0..n).any(|j| shut[j * n + i])).collect();
    let hit: Vec<usize> = (0..n).filter(|j| (0..n).any(|i| shut[j * n + i])).collect();
    let change = |j: usize, i: usize| after[j * n + i] - before[j * n + i];
    let mut list: Vec<Third> = (0..n)
        .filter(|k| !markets.contains(k) || !hit.contains(k))
        .map(|k| Third {
            who: k,
            takes_place: markets
                .iter()
                .filter(|i| **i != k && !shut[k * n + **i])
                .map(|i| change(k, *i))
                .sum(),
            buys_more: hit
                .iter()
                .filter(|j| **j != k && !shut[**j * n + k])
                .map(|j| change(*j, k))
                .sum(),
            exports: (0..n).filter(|i| *i != k).map(|i| change(k, i)).sum(),
        })
        .collect();
    list.sort_by(|a, b| b.takes_place.total_cmp(&a.takes_place));
    list
}

/// Flows between different states by size of their change, largest first.
pub fn largest(n: usize, before: &[f64], after: &[f64]) -> Vec<Moved> {
    let mut list: Vec<Moved> = (0..n * n)
        .filter(|k| k / n != k % n)
        .map(|k| Moved {
            from: k / n,
            to: k % n,
            before: before[k],
            after: after[k],
        })
        .collect();
    list.sort_by(|a, b| b.change().abs().total_cmp(&a.change().abs()));
    list
}
