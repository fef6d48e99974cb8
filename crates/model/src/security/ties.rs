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

    fn row(&self, i: usize) -> &[u64] {
        &self.rows[i * self.words..(i + 1) * self.words]
    }

    /// States tied to i, ascending.
    pub fn of(&self, i: usize) -> impl Iterator<Item = usize> + '_ {
        let mut words = self.row(i).iter();
        bits(std::iter::from_fn(move || words.next().copied()))
    }

    /// States tied to j and not to i, ascending.
    pub fn of_but_not(&self, j: usize, i: usize) -> impl Iterator<Item = usize> + '_ {
        let mut words = self.row(j).iter().zip(self.row(i));
        bits(std::iter::from_fn(move || {
            words.next().map(|(x, y)| x & !y)
        }))
    }

    /// Whether a state tied to i here is tied to j in `other`.
    pub fn meets(&self, i: usize, other: &Self, j: usize) -> bool {
        let mut words = self.row(i).iter().zip(other.row(j));
        words.any(|(x, y)| x & y != 0)
    }

    /// Number of ties of i.
    pub fn degree(&self, i: usize) -> usize {
        self.row(i).iter().map(|w| w.count_ones() as usize).sum()
    }

    /// Number of states tied to both i and j.
    pub fn shared(&self, i: usize, j: usize) -> usize {
        self.row(i)
            .iter()
            .zip(self.row(j))
            .map(|(x, y)| (x & y).count_ones() as usize)
            .sum()
    }

    /// Tied pairs (i, j) with i < j, ascending.
    pub fn pairs(&self) -> impl Iterator<Item = (usize, usize)> + '_ {
        (0..self.n).flat_map(move |i| {
            // Words before that of i hold smaller states only.
            let first = i / 64;
            let mut words = self.row(i)[first..].iter().enumerate();
            let later = bits(std::iter::from_fn(move || {
                let (w, &word) = words.next()?;
                let smaller = if w == 0 { !0 >> (63 - i % 64) } else { 0 };
                Some(word & !smaller)
            }));
            later.map(move |j| (i, first * 64 + j))
        })
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

/// Positions of the bits set in `words`, ascending.
fn bits(mut words: impl Iterator<Item = u64>) -> impl Iterator<Item = usize> {
    let (mut left, mut base) = (words.next().unwrap_or(0), 0);
    std::iter::from_fn(move || {
        while left == 0 {
            left = words.next()?;
            base += 64;
        }
        let bit = left.trailing_zeros() as usize;
        left &= left - 1;
        Some(base + bit)
    })
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
                let but: Vec<usize> = (0..n).filter(|j| dense[i * n + j] && !dense[7 * n + j]).collect();
                prop_assert_eq!(ties.of_but_not(i, 7).collect::<Vec<_>>(), but);
                prop_assert_eq!(ties.meets(i, &ties, 7), ties.shared(i, 7) > 0);
                let shared = (0..n).filter(|k| dense[i * n + k] && dense[7 * n + k]).count();
                prop_assert_eq!(ties.shared(i, 7), shared);
            }
            prop_assert_eq!(ties.pairs().count(), ties.len());
            prop_assert!(ties.pairs().all(|(i, j)| i < j && dense[i * n + j]));
            prop_assert_eq!(ties.is_empty(), !dense.contains(&true));
        }
    }
}
