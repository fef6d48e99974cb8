//! Index types: a state and a year are never a bare integer.

use std::fmt;
use std::ops::{Add, Sub};

/// A state or economy: its position in [`crate::States`]. ISO3 codes stand outside, these inside.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct StateId(pub u16);

impl StateId {
    /// Position in arrays over states.
    pub fn index(self) -> usize {
        usize::from(self.0)
    }

    /// The state at a position of arrays over states.
    pub fn from_index(i: usize) -> Self {
        Self(i as u16)
    }
}

/// A calendar year.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize, serde::Deserialize,
)]
#[serde(transparent)]
pub struct Year(pub i32);

impl fmt::Display for Year {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.0)
    }
}

impl Add<i32> for Year {
    type Output = Self;
    fn add(self, years: i32) -> Self {
        Self(self.0 + years)
    }
}

impl Sub<i32> for Year {
    type Output = Self;
    fn sub(self, years: i32) -> Self {
        Self(self.0 - years)
    }
}

impl Sub for Year {
    type Output = i32;
    fn sub(self, other: Self) -> i32 {
        self.0 - other.0
    }
}
