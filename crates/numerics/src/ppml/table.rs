//! A table of named columns, and dense numbers for the levels of its columns.

use std::collections::BTreeMap;

use super::error::PpmlError;
use super::layout::Effect;

/// A column.
#[derive(Clone, Debug, PartialEq)]
pub enum Column {
    /// Numbers; NaN is missing.
    Number(Vec<f64>),
    /// Text as codes into labels, code = `u32::MAX` is missing.
    Text {
        /// Code of each row.
        code: Vec<u32>,
        /// Label of each code.
        label: Vec<String>,
    },
}

impl Column {
    /// A column of text from its values; labels are numbered in order of appearance.
    pub fn text<S: AsRef<str>>(values: impl IntoIterator<Item = S>) -> Self {
        let mut known: BTreeMap<String, u32> = BTreeMap::new();
        let (mut code, mut label) = (Vec::new(), Vec::new());
        for v in values {
            let v = v.as_ref();
            let c = known.get(v).copied().unwrap_or_else(|| {
                let c = label.len() as u32;
                known.insert(v.to_owned(), c);
                label.push(v.to_owned());
                c
            });
            code.push(c);
        }
        Self::Text { code, label }
    }

    /// Number of rows.
    pub fn len(&self) -> usize {
        match self {
            Self::Number(v) => v.len(),
            Self::Text { code, .. } => code.len(),
        }
    }

    /// Whether there are no rows.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }
}

/// Named columns of one length.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Table {
    columns: BTreeMap<String, Column>,
    rows: usize,
}

impl Table {
    /// An empty table.
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds a column. Refuses a second one of the same name and a wrong length.
    pub fn add(&mut self, name: &str, column: Column) -> Result<(), PpmlError> {
        if self.columns.contains_key(name) {
            return Err(PpmlError::TwoColumns {
                name: name.to_owned(),
            });
        }
        if self.columns.is_empty() {
            self.rows = column.len();
        } else if column.len() != self.rows {
            return Err(PpmlError::Length {
                name: name.to_owned(),
                got: column.len(),
                expected: self.rows,
            });
        }
        self.columns.insert(name.to_owned(), column);
        Ok(())
    }

    /// Rows.
    pub fn rows(&self) -> usize {
        self.rows
    }

    /// A column by name.
    pub fn column(&self, name: &str) -> Result<&Column, PpmlError> {
        self.columns.get(name).ok_or_else(|| PpmlError::NoColumn {
            name: name.to_owned(),
        })
    }

    /// A column of numbers by name.
    pub fn number(&self, name: &str) -> Result<&[f64], PpmlError> {
        match self.column(name)? {
            Column::Number(v) => Ok(v),
            Column::Text { .. } => Err(PpmlError::NotNumber {
                name: name.to_owned(),
            }),
        }
    }

    /// Levels of the combination of some columns; `None` where one of them is missing.
    pub(crate) fn levels(&self, names: &[String]) -> Result<Levels, PpmlError> {
        let mut out: Option<Levels> = None;
        for name in names {
            let next = match self.column(name)? {
                Column::Text { code, .. } => Levels::of_codes(code),
                Column::Number(v) => Levels::of_numbers(v),
            };
            out = Some(match out {
                None => next,
                Some(o) => o.with(&next),
            });
        }
        Ok(out.unwrap_or_default())
    }
}

/// Dense level numbers of the rows; `MISSING` where there is none.
#[derive(Clone, Debug, Default)]
pub(crate) struct Levels {
    pub level: Vec<u32>,
    pub count: usize,
}

/// Level of a row that has none.
pub(crate) const MISSING: u32 = u32::MAX;

impl Levels {
    fn of_codes(code: &[u32]) -> Self {
        let wide = code.iter().map(|c| {
            if *c == MISSING {
                u64::MAX
            } else {
                u64::from(*c)
            }
        });
        Self::dense(&wide.collect::<Vec<u64>>())
    }

    fn of_numbers(values: &[f64]) -> Self {
        // Whole numbers of a small range are their own code, other numbers are ranked.
        let (mut low, mut high, mut whole) = (f64::INFINITY, f64::NEG_INFINITY, true);
        for v in values.iter().filter(|v| !v.is_nan()) {
            low = low.min(*v);
            high = high.max(*v);
            whole &= v.fract() == 0.0;
        }
        if whole && high - low < 1e9 {
            let wide = values.iter().map(|v| {
                if v.is_nan() {
                    u64::MAX
                } else {
                    (v - low) as u64
                }
            });
            return Self::dense(&wide.collect::<Vec<u64>>());
        }
        let mut order: Vec<u32> = (0..values.len() as u32).collect();
        order.sort_by(|a, b| values[*a as usize].total_cmp(&values[*b as usize]));
        let mut level = vec![MISSING; values.len()];
        let (mut count, mut last) = (0u32, f64::NAN);
        for r in order {
            let v = values[r as usize];
            if v.is_nan() {
                continue;
            }
            if v != last {
                count += 1;
                last = v;
            }
            level[r as usize] = count - 1;
        }
        Self {
            level,
            count: count as usize,
        }
    }

    fn with(&self, other: &Self) -> Self {
        let pairs = self.level.iter().zip(&other.level).map(|(a, b)| {
            if *a == MISSING || *b == MISSING {
                u64::MAX
            } else {
                u64::from(*a) * other.count as u64 + u64::from(*b)
            }
        });
        Self::dense(&pairs.collect::<Vec<u64>>())
    }

    /// Ranks codes; `u64::MAX` is missing.
    fn dense(codes: &[u64]) -> Self {
        let top = codes.iter().copied().filter(|c| *c != u64::MAX).max();
        let Some(top) = top else {
            return Self {
                level: vec![MISSING; codes.len()],
                count: 0,
            };
        };
        if top < 16 * codes.len() as u64 + 1_000_000 {
            let mut rank = vec![MISSING; top as usize + 1];
            for c in codes.iter().filter(|c| **c != u64::MAX) {
                rank[*c as usize] = 0;
            }
            let mut count = 0;
            for r in rank.iter_mut().filter(|r| **r == 0) {
                *r = count;
                count += 1;
            }
            let level = codes.iter().map(|c| {
                if *c == u64::MAX {
                    MISSING
                } else {
                    rank[*c as usize]
                }
            });
            return Self {
                level: level.collect(),
                count: count as usize,
            };
        }
        let mut known = codes.to_vec();
        known.sort_unstable();
        known.dedup();
        if known.last() == Some(&u64::MAX) {
            known.pop();
        }
        let level = codes.iter().map(|c| {
            known
                .binary_search(c)
                .map_or(MISSING, |position| position as u32)
        });
        Self {
            level: level.collect(),
            count: known.len(),
        }
    }

    /// The levels of some rows, numbered anew so that each occurs.
    pub fn restrict(&self, rows: &[u32]) -> Effect {
        let mut rank = vec![MISSING; self.count];
        for r in rows {
            rank[self.level[*r as usize] as usize] = 0;
        }
        let mut levels = 0;
        for r in rank.iter_mut().filter(|r| **r == 0) {
            *r = levels;
            levels += 1;
        }
        Effect {
            level: rows
                .iter()
                .map(|r| rank[self.level[*r as usize] as usize])
                .collect(),
            levels: levels as usize,
        }
    }
}
