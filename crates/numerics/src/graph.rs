//! Weighted undirected graphs: communities, centrality, concentration.
//!
//! A graph is a symmetric row-major N×N matrix of non-negative weights; a diagonal entry counts
//! once in its row.

use crate::linalg::{Dominant, PowerOptions, dominant, multiply};
use crate::random::Stream;
use crate::{NumericsError, check_domain, check_len};

/// Herfindahl–Hirschman index of non-negative amounts: the sum of squared shares; NaN when they
/// sum to zero.
pub fn hhi(amount: impl IntoIterator<Item = f64>) -> f64 {
    let (mut sum, mut square) = (0.0, 0.0);
    for a in amount {
        sum += a;
        square += a * a;
    }
    square / (sum * sum)
}

/// Effective number of groups, exp of the Shannon entropy of the shares; NaN when they sum to
/// zero.
pub fn effective_number(amount: &[f64]) -> f64 {
    let sum: f64 = amount.iter().sum();
    let entropy: f64 = amount
        .iter()
        .filter(|a| **a > 0.0)
        .map(|a| -(a / sum) * (a / sum).ln())
        .sum();
    if sum > 0.0 { entropy.exp() } else { f64::NAN }
}

/// Eigenvector centrality (largest entry made one) with its verdict. The iteration runs on A + s I
/// so that bipartite graphs converge.
pub fn eigenvector_centrality(
    weights: &[f64],
    n: usize,
    options: &PowerOptions,
) -> Result<Dominant, NumericsError> {
    check_len("weights", weights.len(), n * n)?;
    let shift = 0.5
        * weights
            .chunks_exact(n)
            .map(|r| r.iter().sum::<f64>())
            .fold(0.0, f64::max);
    let mut d = dominant(&vec![1.0; n], options, |x, y| {
        multiply(weights, x, y);
        y.iter_mut().zip(x).for_each(|(y, x)| *y += shift * x);
    });
    d.value -= shift;
    let top = d.vector.iter().copied().fold(0.0, f64::max);
    d.vector.iter_mut().for_each(|v| *v /= top);
    Ok(d)
}

/// Modularity of a partition at a resolution γ (1 is Newman & Girvan 2004).
pub fn modularity(weights: &[f64], group: &[usize], resolution: f64) -> f64 {
    let n = group.len();
    let degree: Vec<f64> = weights.chunks_exact(n).map(|r| r.iter().sum()).collect();
    let total: f64 = degree.iter().sum();
    if total <= 0.0 {
        return 0.0;
    }
    let groups = group.iter().max().map_or(0, |g| g + 1);
    let (mut inside, mut mass) = (0.0, vec![0.0; groups]);
    for i in 0..n {
        mass[group[i]] += degree[i];
        for j in 0..n {
            if group[i] == group[j] {
                inside += weights[i * n + j];
            }
        }
    }
    let expected: f64 = mass.iter().map(|m| m * m).sum::<f64>() / total;
    (inside - resolution * expected) / total
}

/// A partition of a graph.
#[derive(Clone, Debug, PartialEq)]
pub struct Communities {
    /// Group of each node, numbered 0.. in order of first appearance.
    pub group: Vec<usize>,
    /// Number of groups.
    pub groups: usize,
    /// Modularity at the resolution asked for.
    pub modularity: f64,
}

/// Best partition of `seeds` runs of the Leiden algorithm (Traag, Waltman & van Eck 2019, greedy
/// refinement) for modularity at `resolution`. Ties between equally good runs go to the earliest.
pub fn communities(
    weights: &[f64],
    n: usize,
    resolution: f64,
    seed: u64,
    seeds: u32,
) -> Result<Communities, NumericsError> {
    check_len("weights", weights.len(), n * n)?;
    check_domain(seeds > 0, "number of seeds", f64::from(seeds), "positive")?;
    for i in 0..n {
        for j in 0..=i {
            let (a, b) = (weights[i * n + j], weights[j * n + i]);
            check_domain(
                a == b && a >= 0.0 && a.is_finite(),
                "weight",
                a,
                "symmetric and not negative",
            )?;
        }
    }
    let base = Network::dense(weights, n);
    let mut best: Option<Communities> = None;
    for s in 0..seeds {
        let group = leiden(&base, resolution, Stream::new(seed, s));
        let q = modularity(weights, &group, resolution);
        if best.as_ref().is_none_or(|b| q > b.modularity + 1e-12) {
            let groups = group.iter().max().map_or(0, |g| g + 1);
            best = Some(Communities {
                group,
                groups,
                modularity: q,
            });
        }
    }
    best.ok_or(NumericsError::Domain {
        what: "number of seeds",
        value: 0.0,
        must: "positive",
    })
}

/// Sparse symmetric network with node weights that sum what was merged.
struct Network {
    start: Vec<usize>,
    to: Vec<usize>,
    weight: Vec<f64>,
    degree: Vec<f64>,
    total: f64,
}

impl Network {
    fn dense(weights: &[f64], n: usize) -> Self {
        let mut net = Self {
            start: vec![0],
            to: vec![],
            weight: vec![],
            degree: vec![],
            total: 0.0,
        };
        for row in weights.chunks_exact(n.max(1)) {
            for (j, w) in row.iter().enumerate() {
                if *w > 0.0 {
                    net.to.push(j);
                    net.weight.push(*w);
                }
            }
            net.start.push(net.to.len());
            net.degree.push(row.iter().sum());
        }
        net.total = net.degree.iter().sum();
        net
    }

    fn len(&self) -> usize {
        self.degree.len()
    }

    fn edges(&self, i: usize) -> impl Iterator<Item = (usize, f64)> + '_ {
        (self.start[i]..self.start[i + 1]).map(|k| (self.to[k], self.weight[k]))
    }

    fn aggregate(&self, group: &[usize], groups: usize) -> Self {
        let mut dense = vec![0.0; groups * groups];
        for i in 0..self.len() {
            for (j, w) in self.edges(i) {
                dense[group[i] * groups + group[j]] += w;
            }
        }
        Self::dense(&dense, groups)
    }
}

/// Numbers groups 0.. in order of first appearance.
fn renumber(group: &mut [usize]) -> usize {
    let mut name = vec![usize::MAX; group.len()];
    let mut next = 0;
    for g in group.iter_mut() {
        if name[*g] == usize::MAX {
            name[*g] = next;
            next += 1;
        }
        *g = name[*g];
    }
    next
}

fn shuffled(n: usize, random: Stream, level: u32, purpose: u32) -> Vec<usize> {
    let mut order: Vec<usize> = (0..n).collect();
    for k in (1..n).rev() {
        let u = random.uniform(purpose, k as u32, level, 0);
        order.swap(k, ((k + 1) as f64 * u) as usize);
    }
    order
}

fn leiden(base: &Network, resolution: f64, random: Stream) -> Vec<usize> {
    let n = base.len();
    // Node of the current network that holds each original node, and its group.
    let mut holder: Vec<usize> = (0..n).collect();
    let mut group: Vec<usize> = (0..n).collect();
    let mut net = base.aggregate(&holder, n);
    for level in 0..64 {
        move_nodes(&net, &mut group, resolution, random, level);
        let groups = renumber(&mut group);
        if groups == net.len() {
            break;
        }
        let mut fine = refine(&net, &group, resolution, random, level);
        let mut parts = renumber(&mut fine);
        if parts == net.len() {
            // Refinement merged nothing: aggregate the groups themselves, as Louvain does.
            fine.clone_from(&group);
            parts = groups;
        }
        let mut coarse = vec![0; parts];
        for (node, part) in fine.iter().enumerate() {
            coarse[*part] = group[node];
        }
        holder.iter_mut().for_each(|h| *h = fine[*h]);
        net = net.aggregate(&fine, parts);
        group = coarse;
    }
    let mut result: Vec<usize> = holder.iter().map(|h| group[*h]).collect();
    renumber(&mut result);
    result
}

/// Moves nodes to the neighbouring group with the largest gain until none gains.
fn move_nodes(net: &Network, group: &mut [usize], resolution: f64, random: Stream, level: u32) {
    let n = net.len();
    let mut mass = vec![0.0; n];
    for i in 0..n {
        mass[group[i]] += net.degree[i];
    }
    let mut queue: std::collections::VecDeque<usize> = shuffled(n, random, level, 0).into();
    let mut queued = vec![true; n];
    let mut toward = vec![0.0; n];
    let mut seen: Vec<usize> = Vec::new();
    while let Some(i) = queue.pop_front() {
        queued[i] = false;
        let home = group[i];
        for (j, w) in net.edges(i) {
            if j != i {
                let g = group[j];
                if toward[g] == 0.0 {
                    seen.push(g);
                }
                toward[g] += w;
            }
        }
        mass[home] -= net.degree[i];
        let gain = |g: usize, link: f64| link - resolution * net.degree[i] * mass[g] / net.total;
        let mut best = (gain(home, toward[home]), home);
        for g in &seen {
            let v = gain(*g, toward[*g]);
            if v > best.0 + 1e-12 {
                best = (v, *g);
            }
        }
        if best.0 < -1e-12 && mass[home] > 0.0 {
            // Alone is better than any group.
            if let Some(free) = (0..n).find(|g| mass[*g] <= 0.0 && !group.contains(g)) {
                best = (0.0, free);
            }
        }
        mass[best.1] += net.degree[i];
        for g in seen.drain(..) {
            toward[g] = 0.0;
        }
        if best.1 != home {
            group[i] = best.1;
            for (j, _) in net.edges(i) {
                if group[j] != best.1 && !queued[j] {
                    queued[j] = true;
                    queue.push_back(j);
                }
            }
        }
    }
}

/// Splits each group into well-connected parts: singletons merged greedily inside the group.
fn refine(
    net: &Network,
    group: &[usize],
    resolution: f64,
    random: Stream,
    level: u32,
) -> Vec<usize> {
    let n = net.len();
    let mut part: Vec<usize> = (0..n).collect();
    let mut mass = net.degree.clone();
    let mut alone = vec![true; n];
    let mut toward = vec![0.0; n];
    for i in shuffled(n, random, level, 1) {
        if !alone[i] {
            continue;
        }
        let mut seen = Vec::new();
        for (j, w) in net.edges(i) {
            if j != i && group[j] == group[i] {
                if toward[part[j]] == 0.0 {
                    seen.push(part[j]);
                }
                toward[part[j]] += w;
            }
        }
        let mut best = (1e-12, part[i]);
        for p in &seen {
            let v = toward[*p] - resolution * net.degree[i] * mass[*p] / net.total;
            if v > best.0 {
                best = (v, *p);
            }
        }
        for p in seen {
            toward[p] = 0.0;
        }
        if best.1 != part[i] {
            mass[best.1] += net.degree[i];
            mass[i] -= net.degree[i];
            part[i] = best.1;
            // The node that gave the part its number is no longer alone.
            alone[best.1] = false;
        }
    }
    part
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Zachary 1977, 34 members, 78 ties, numbered from 1.
    const KARATE: [(usize, usize); 78] = [
        (1, 2),
        (1, 3),
        (1, 4),
        (1, 5),
        (1, 6),
        (1, 7),
        (1, 8),
        (1, 9),
        (1, 11),
        (1, 12),
        (1, 13),
        (1, 14),
        (1, 18),
        (1, 20),
        (1, 22),
        (1, 32),
        (2, 3),
        (2, 4),
        (2, 8),
        (2, 14),
        (2, 18),
        (2, 20),
        (2, 22),
        (2, 31),
        (3, 4),
        (3, 8),
        (3, 9),
        (3, 10),
        (3, 14),
        (3, 28),
        (3, 29),
        (3, 33),
        (4, 8),
        (4, 13),
        (4, 14),
        (5, 7),
        (5, 11),
        (6, 7),
        (6, 11),
        (6, 17),
        (7, 17),
        (9, 31),
        (9, 33),
        (9, 34),
        (10, 34),
        (14, 34),
        (15, 33),
        (15, 34),
        (16, 33),
        (16, 34),
        (19, 33),
        (19, 34),
        (20, 34),
        (21, 33),
        (21, 34),
        (23, 33),
        (23, 34),
        (24, 26),
        (24, 28),
        (24, 30),
        (24, 33),
        (24, 34),
        (25, 26),
        (25, 28),
        (25, 32),
        (26, 32),
        (27, 30),
        (27, 34),
        (28, 34),
        (29, 32),
        (29, 34),
        (30, 33),
        (30, 34),
        (31, 33),
        (31, 34),
        (32, 33),
        (32, 34),
        (33, 34),
    ];

    fn karate() -> Vec<f64> {
        let mut a = vec![0.0; 34 * 34];
        for (i, j) in KARATE {
            a[(i - 1) * 34 + j - 1] = 1.0;
            a[(j - 1) * 34 + i - 1] = 1.0;
        }
        a
    }

    #[test]
    fn ref_karate_club() {
        let a = karate();
        let c = communities(&a, 34, 1.0, 1, 50).unwrap();
        assert_eq!(c.groups, 4);
        assert!((c.modularity - 0.419790).abs() < 5e-7, "{}", c.modularity);
        // Largest eigenvalue of the adjacency matrix, 6.7257; member 34 is the most central.
        let e = eigenvector_centrality(&a, 34, &PowerOptions::default()).unwrap();
        assert!(
            e.verdict.is_converged() && (e.value - 6.7257).abs() < 5e-5,
            "{}",
            e.value
        );
        assert_eq!(e.vector[33], 1.0);
    }

    #[test]
    fn prop_relabelling_and_scale_leave_the_optimum() {
        let a = karate();
        let c = communities(&a, 34, 1.0, 1, 30).unwrap();
        let turn = |i: usize| (i * 5 + 3) % 34;
        let mut b = vec![0.0; 34 * 34];
        for i in 0..34 {
            for j in 0..34 {
                b[turn(i) * 34 + turn(j)] = 7.0 * a[i * 34 + j];
            }
        }
        let d = communities(&b, 34, 1.0, 1, 30).unwrap();
        assert!((c.modularity - d.modularity).abs() < 1e-12);
        for i in 0..34 {
            for j in 0..34 {
                assert_eq!(
                    c.group[i] == c.group[j],
                    d.group[turn(i)] == d.group[turn(j)]
                );
            }
        }
    }

    #[test]
    fn ref_disjoint_cliques_and_counts() {
        let mut a = vec![0.0; 81];
        for i in 0..9 {
            for j in 0..9 {
                if i != j && i / 3 == j / 3 {
                    a[i * 9 + j] = 1.0;
                }
            }
        }
        let c = communities(&a, 9, 1.0, 0, 3).unwrap();
        assert_eq!(c.group, [0, 0, 0, 1, 1, 1, 2, 2, 2]);
        assert!((c.modularity - 2.0 / 3.0).abs() < 1e-12);
        assert!((effective_number(&[2.0, 2.0, 2.0, 0.0]) - 3.0).abs() < 1e-12);
        assert_eq!(hhi([1.0, 1.0, 1.0, 1.0]), 0.25);
        assert_eq!(communities(&[0.0; 4], 2, 1.0, 0, 1).unwrap().groups, 2);
    }
}
