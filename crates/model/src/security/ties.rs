//! A symmetric layer of ties as rows of bits: neighbours and shared neighbours are cheap.

use std::fmt;

/// Symmetric ties among `n` states; nobody is tied to itself.
#[derive(Clone, PartialEq, Eq)]
pub struct Ties {
    n: usize,
    words: usize,
    rows: Vec<u64>,
}

impl fmt::Debug for Ties {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} ties among {} states", self.len(), self.n)
    }
}

impl Ties {
    /// No ties among `n` states.
    pub fn empty(n: usize) -> Self {
        let words = n.div_ceil(64);
        Self {
            n,
            words,
            rows: vec![0; n * words],
        }
    }

    /// Number of states.
    pub fn n(&self) -> usize {
        self.n
    }

    fn bit(&mut self, i: usize, j: usize, tied: bool) {
        let word = &mut self.rows[i * self.words + j / 64];
        let mask = 1u64 << (j % 64);
        if tied {
            *word |= mask;
        } else {
            *word &= !mask;
        }
    }

    /// Whether i and j are tied.
    pub fn has(&self, i: usize, j: usize) -> bool {
        self.rows[i * self.words + j / 64] >> (j % 64) & 1 == 1
    }

    /// Ties or unties i and j; a state with itself is ignored.
    pub fn set(&mut self, i: usize, j: usize, tied: bool) {
        if i != j {
            self.bit(i, j, tied);
            self.bit(j, i, tied);
        }
    }

    /// States tied to i, ascending.
    pub fn of(&self, i: usize) -> impl Iterator<Item = usize> + '_ {
        let row = &self.rows[i * self.words..(i + 1) * self.words];
        row.iter().enumerate().flat_map(|(w, &bits)| {
            let mut left = bits;
            std::iter::from_fn(move || {
                (left != 0).then(|| {
                    let b = left.trailing_zeros() as usize;
                    left &= left - 1;
                    w * 64 + b
                })
            })
        })
    }

    /// Number of ties of i.
    pub fn degree(&self, i: usize) -> usize {
        let row = &self.rows[i * self.words..(i + 1) * self.words];
        row.iter().map(|w| w.count_ones() as usize).sum()
    }

    /// Number of states tied to both i and j.
    pub fn shared(&self, i: usize, j: usize) -> usize {
        let a = &self.rows[i * self.words..(i + 1) * self.words];
        let b = &self.rows[j * self.words..(j + 1) * self.words];
        a.iter()
            .zip(b)
            .map(|(x, y)| (x & y).count_ones() as usize)
            .sum()
    }

    /// Tied pairs (i, j) with i < j, ascending.
    pub fn pairs(&self) -> impl Iterator<Item = (usize, usize)> + '_ {
        (0..self.n).flat_map(move |i| self.of(i).filter(move |&j| j > i).map(move |j| (i, j)))
    }

    /// Number of tied pairs.
    pub fn len(&self) -> usize {
        self.rows
            .iter()
            .map(|w| w.count_ones() as usize)
            .sum::<usize>()
            / 2
    }

    /// Whether nobody is tied.
    pub fn is_empty(&self) -> bool {
        self.rows.iter().all(|w| *w == 0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn prop_bits_agree_with_a_matrix(edges in proptest::collection::vec((0usize..130, 0usize..130, any::<bool>()), 0..80)) {
            let n = 130;
            let mut ties = Ties::empty(n);
            let mut dense = vec![false; n * n];
            for (i, j, on) in edges {
                ties.set(i, j, on);
                if i != j {
                    dense[i * n + j] = on;
                    dense[j * n + i] = on;
                }
            }
            for i in 0..n {
                let row: Vec<usize> = (0..n).filter(|j| dense[i * n + j]).collect();
                prop_assert_eq!(ties.of(i).collect::<Vec<_>>(), row.clone());
                prop_assert_eq!(ties.degree(i), row.len());
                let shared = (0..n).filter(|k| dense[i * n + k] && dense[7 * n + k]).count();
                prop_assert_eq!(ties.shared(i, 7), shared);
            }
            prop_assert_eq!(ties.pairs().count(), ties.len());
            prop_assert_eq!(ties.is_empty(), !dense.contains(&true));
        }
    }
}
