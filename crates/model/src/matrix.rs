//! Square matrices over states.

use realign_atlas::StateId;

/// An N×N matrix over ordered pairs of states, row-major: entry (i, j) is about i towards j.
#[derive(Clone, Debug, PartialEq)]
pub struct Square {
    n: usize,
    data: Vec<f64>,
}

/// The transpose of a row-major N×N matrix, tile by tile so that both sides stay in the cache.
pub(crate) fn transposed(n: usize, m: &[f64]) -> Vec<f64> {
    const TILE: usize = 16;
    let mut out = vec![0.0; n * n];
    for rows in (0..n).step_by(TILE) {
        for columns in (0..n).step_by(TILE) {
            for i in rows..n.min(rows + TILE) {
                for j in columns..n.min(columns + TILE) {
                    out[j * n + i] = m[i * n + j];
                }
            }
        }
    }
    out
}

impl Square {
    /// All entries equal to `value`.
    pub fn filled(n: usize, value: f64) -> Self {
        Self {
            n,
            data: vec![value; n * n],
        }
    }

    /// All zero.
    pub fn zeros(n: usize) -> Self {
        Self::filled(n, 0.0)
    }

    /// From row-major data.
    ///
    /// # Panics
    /// When `data` does not hold N² entries.
    pub fn from_vec(n: usize, data: Vec<f64>) -> Self {
        assert_eq!(
            data.len(),
            n * n,
            "a square matrix over {n} states has {} entries",
            n * n
        );
        Self { n, data }
    }

    /// Number of states.
    pub fn n(&self) -> usize {
        self.n
    }

    /// Entry (i, j).
    #[inline]
    pub fn get(&self, i: StateId, j: StateId) -> f64 {
        self.data[i.index() * self.n + j.index()]
    }

    /// Entry (i, j) by position.
    #[inline]
    pub fn at(&self, i: usize, j: usize) -> f64 {
        self.data[i * self.n + j]
    }

    /// Sets entry (i, j).
    pub fn set(&mut self, i: StateId, j: StateId, value: f64) {
        self.data[i.index() * self.n + j.index()] = value;
    }

    /// Row i: what i holds towards everyone.
    #[inline]
    pub fn row(&self, i: usize) -> &[f64] {
        &self.data[i * self.n..(i + 1) * self.n]
    }

    /// Row i, to be changed.
    #[inline]
    pub fn row_mut(&mut self, i: usize) -> &mut [f64] {
        &mut self.data[i * self.n..(i + 1) * self.n]
    }

    /// All entries, row-major.
    #[inline]
    pub fn as_slice(&self) -> &[f64] {
        &self.data
    }

    /// All entries, row-major, to be changed.
    pub fn as_mut_slice(&mut self) -> &mut [f64] {
        &mut self.data
    }

    /// Mean of (i, j) and (j, i).
    pub fn mutual(&self, i: usize, j: usize) -> f64 {
        0.5 * (self.at(i, j) + self.at(j, i))
    }
}
