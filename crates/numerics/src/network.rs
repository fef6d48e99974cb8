//! Undirected networks: shared partners, change statistics and what a fitted model must reproduce.

/// An undirected network without loops, one bit a tie.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Network {
    n: usize,
    words: usize,
    bits: Vec<u64>,
}

impl Network {
    /// `n` nodes without ties.
    pub fn new(n: usize) -> Self {
        let words = n.div_ceil(64);
        Self {
            n,
            words,
            bits: vec![0; n * words],
        }
    }

    /// `n` nodes with these ties; both directions count as one, loops are left out.
    pub fn from_ties(n: usize, ties: impl IntoIterator<Item = (usize, usize)>) -> Self {
        let mut out = Self::new(n);
        for (i, j) in ties {
            out.set(i, j, true);
        }
        out
    }

    /// Number of nodes.
    pub fn n(&self) -> usize {
        self.n
    }

    /// Whether i and j are tied.
    #[inline]
    pub fn has(&self, i: usize, j: usize) -> bool {
        self.bits[i * self.words + j / 64] >> (j % 64) & 1 == 1
    }

    /// Ties or unties i and j; a node has no tie with itself.
    pub fn set(&mut self, i: usize, j: usize, tied: bool) {
        if i == j {
            return;
        }
        for (a, b) in [(i, j), (j, i)] {
            let (word, bit) = (&mut self.bits[a * self.words + b / 64], 1_u64 << (b % 64));
            if tied {
                *word |= bit;
            } else {
                *word &= !bit;
            }
        }
    }

    fn row(&self, i: usize) -> &[u64] {
        &self.bits[i * self.words..(i + 1) * self.words]
    }

    /// Number of ties of i.
    pub fn degree(&self, i: usize) -> usize {
        self.row(i).iter().map(|w| w.count_ones() as usize).sum()
    }

    /// Number of ties.
    pub fn ties(&self) -> usize {
        (0..self.n).map(|i| self.degree(i)).sum::<usize>() / 2
    }

    /// Number of nodes tied to both i and j.
    #[inline]
    pub fn shared_partners(&self, i: usize, j: usize) -> usize {
        self.row(i)
            .iter()
            .zip(self.row(j))
            .map(|(a, b)| (a & b).count_ones() as usize)
            .sum()
    }

    /// Nodes tied to both i and j, ascending.
    fn common(&self, i: usize, j: usize) -> impl Iterator<Item = usize> + '_ {
        self.row(i)
            .iter()
            .zip(self.row(j))
            .enumerate()
            .flat_map(|(w, (a, b))| {
                let mut left = a & b;
                std::iter::from_fn(move || {
                    (left != 0).then(|| {
                        let bit = left.trailing_zeros() as usize;
                        left &= left - 1;
                        w * 64 + bit
                    })
                })
            })
    }

    /// Geometrically weighted edgewise shared partners with a fixed `decay` ≥ 0 (Snijders et al.
    /// 2006; Hunter 2007): Σ over ties of e^decay·(1 − (1 − e^−decay)^s), s their shared partners.
    /// With decay 0 it counts ties with at least one shared partner.
    pub fn gwesp(&self, decay: f64) -> f64 {
        (0..self.n)
            .flat_map(|i| (0..i).map(move |j| (i, j)))
            .filter(|(i, j)| self.has(*i, *j))
            .map(|(i, j)| esp_weight(self.shared_partners(i, j), decay))
            .sum()
    }

    /// Change of [`Network::gwesp`] when i and j become tied, against the network without that tie.
    pub fn gwesp_change(&self, i: usize, j: usize, decay: f64) -> f64 {
        let own = usize::from(self.has(i, j));
        let mut change = esp_weight(self.shared_partners(i, j), decay);
        for k in self.common(i, j) {
            for end in [i, j] {
                // Without the tie ij, its other end is not a shared partner of (end, k).
                let without = self.shared_partners(end, k) - own;
                change += esp_weight(without + 1, decay) - esp_weight(without, decay);
            }
        }
        change
    }

    /// How many nodes have each degree, from 0 to n − 1.
    pub fn degree_distribution(&self) -> Vec<usize> {
        let mut out = vec![0; self.n];
        for i in 0..self.n {
            out[self.degree(i)] += 1;
        }
        out
    }

    /// How many ties have each number of shared partners, from 0 to n − 2 (at least one entry).
    pub fn shared_partner_distribution(&self) -> Vec<usize> {
        let mut out = vec![0; self.n.saturating_sub(1).max(1)];
        for i in 0..self.n {
            for j in 0..i {
                if self.has(i, j) {
                    out[self.shared_partners(i, j)] += 1;
                }
            }
        }
        out
    }

    /// How many pairs are so many ties apart: entry d for distance d from 1 on (entry 0 is zero),
    /// up to n − 1; the last entry, n, counts pairs without a path.
    pub fn geodesic_distribution(&self) -> Vec<usize> {
        let mut out = vec![0; self.n + 1];
        let mut seen = vec![0_u64; self.words];
        let mut edge = vec![0_u64; self.words];
        let mut next = vec![0_u64; self.words];
        for i in 0..self.n {
            seen.fill(0);
            seen[i / 64] = 1 << (i % 64);
            edge.copy_from_slice(&seen);
            let (mut reached, mut distance) = (1, 0);
            loop {
                next.fill(0);
                for (w, word) in edge.iter().enumerate() {
                    let mut left = *word;
                    while left != 0 {
                        let k = w * 64 + left.trailing_zeros() as usize;
                        left &= left - 1;
                        for (x, y) in next.iter_mut().zip(self.row(k)) {
                            *x |= y;
                        }
                    }
                }
                let mut fresh = 0;
                for (x, s) in next.iter_mut().zip(&mut seen) {
                    *x &= !*s;
                    *s |= *x;
                    fresh += x.count_ones() as usize;
                }
                if fresh == 0 {
                    break;
                }
                distance += 1;
                out[distance] += fresh;
                reached += fresh;
                std::mem::swap(&mut edge, &mut next);
            }
            out[self.n] += self.n - reached;
        }
        // Every pair was met from both ends.
        for count in &mut out {
            *count /= 2;
        }
        out
    }

    /// Ties that this network and `other` have in common over ties that either has; 1 when both
    /// have none.
    pub fn jaccard(&self, other: &Self) -> f64 {
        let count = |f: fn(u64, u64) -> u64| -> u32 {
            self.bits
                .iter()
                .zip(&other.bits)
                .map(|(a, b)| f(*a, *b).count_ones())
                .sum()
        };
        match count(|a, b| a | b) {
            0 => 1.0,
            either => f64::from(count(|a, b| a & b)) / f64::from(either),
        }
    }
}

/// Weight of a tie with `s` shared partners.
fn esp_weight(s: usize, decay: f64) -> f64 {
    if s == 0 {
        return 0.0;
    }
    decay.exp() * (1.0 - (1.0 - (-decay).exp()).powi(s as i32))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn ref_a_square_with_a_diagonal() {
        // 0-1-2-3-0 with the diagonal 0-2: the diagonal has two shared partners, each side one.
        let net = Network::from_ties(4, [(0, 1), (1, 2), (2, 3), (3, 0), (0, 2)]);
        assert_eq!(
            (net.ties(), net.degree(0), net.shared_partners(0, 2)),
            (5, 3, 2)
        );
        assert_eq!(net.gwesp(0.0), 5.0);
        // decay ln 2: weight of s is 2·(1 − 2^−s): four sides at 1, the diagonal at 1.5.
        assert!((net.gwesp(2.0_f64.ln()) - 5.5).abs() < 1e-12);
        assert_eq!(net.degree_distribution(), [0, 0, 2, 2]);
        assert_eq!(net.shared_partner_distribution(), [0, 4, 1]);
        // Five pairs touch, 1 and 3 are two apart, nobody is cut off.
        assert_eq!(net.geodesic_distribution(), [0, 5, 1, 0, 0]);
        // A path of three and a node alone: two pairs at 1, one at 2, three without a path.
        let path = Network::from_ties(4, [(0, 1), (1, 2)]);
        assert_eq!(path.geodesic_distribution(), [0, 2, 1, 0, 3]);
        let less = Network::from_ties(4, [(0, 1), (1, 2), (2, 3), (3, 0)]);
        assert!((net.jaccard(&less) - 0.8).abs() < 1e-12);
    }

    proptest! {
        #[test]
        fn prop_change_statistic_is_the_difference(
            ties in proptest::collection::vec((0_usize..70, 0_usize..70), 0..400),
            i in 0_usize..70,
            j in 0_usize..70,
            decay in 0.0..1.5,
        ) {
            prop_assume!(i != j);
            let mut with = Network::from_ties(70, ties);
            let mut without = with.clone();
            with.set(i, j, true);
            without.set(i, j, false);
            let difference = with.gwesp(decay) - without.gwesp(decay);
            for net in [&with, &without] {
                prop_assert!((net.gwesp_change(i, j, decay) - difference).abs() < 1e-9);
            }
        }
    }
}
