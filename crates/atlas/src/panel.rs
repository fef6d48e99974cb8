//! The shapes in which variables are held: sorted rows with an index, no holes filled.

use crate::{StateId, Year};

/// Position before which all sorted `years` are not later than `year`.
fn upto(years: &[Year], year: Year) -> usize {
    years.partition_point(|y| *y <= year)
}

/// A variable of states by year. Missing is absent, never zero.
#[derive(Debug)]
pub struct StatePanel {
    offsets: Vec<u32>,
    years: Vec<Year>,
    values: Vec<f64>,
}

impl StatePanel {
    /// From rows (state, year, value), in any order; a repeated row keeps its last value.
    pub(crate) fn new(n: usize, mut rows: Vec<(StateId, Year, f64)>) -> Self {
        rows.sort_by_key(|r| (r.0, r.1));
        rows.reverse();
        rows.dedup_by_key(|r| (r.0, r.1));
        rows.reverse();
        let mut offsets = vec![0u32; n + 1];
        for r in &rows {
            offsets[r.0.index() + 1] += 1;
        }
        for i in 0..n {
            offsets[i + 1] += offsets[i];
        }
        Self {
            offsets,
            years: rows.iter().map(|r| r.1).collect(),
            values: rows.iter().map(|r| r.2).collect(),
        }
    }

    /// Years and values of `state`, ascending.
    pub fn series(&self, state: StateId) -> (&[Year], &[f64]) {
        let (a, b) = (
            self.offsets[state.index()] as usize,
            self.offsets[state.index() + 1] as usize,
        );
        (&self.years[a..b], &self.values[a..b])
    }

    /// Value of `state` in exactly `year`.
    pub fn at(&self, state: StateId, year: Year) -> Option<f64> {
        let (y, v) = self.series(state);
        y.binary_search(&year).ok().map(|k| v[k])
    }

    /// Newest value of `state` not later than `year`, with its year.
    pub fn latest(&self, state: StateId, year: Year) -> Option<(Year, f64)> {
        let (y, v) = self.series(state);
        let k = upto(y, year);
        (k > 0).then(|| (y[k - 1], v[k - 1]))
    }

    /// Number of rows.
    pub fn len(&self) -> usize {
        self.values.len()
    }

    /// Whether nothing is known.
    pub fn is_empty(&self) -> bool {
        self.values.is_empty()
    }

    /// All rows in the order of state and year.
    pub fn rows(&self) -> impl Iterator<Item = (StateId, Year, f64)> + '_ {
        (0..self.offsets.len() - 1).flat_map(move |i| {
            let s = StateId::from_index(i);
            let (y, v) = self.series(s);
            y.iter().zip(v).map(move |(y, v)| (s, *y, *v))
        })
    }
}

/// A variable of ordered pairs by year. Missing is absent, never zero.
#[derive(Debug)]
pub struct DyadPanel {
    n: usize,
    offsets: Vec<u32>,
    years: Vec<Year>,
    values: Vec<f64>,
}

impl DyadPanel {
    /// From rows (a, b, year, value), in any order; a repeated row keeps its last value.
    pub(crate) fn new(n: usize, mut rows: Vec<(StateId, StateId, Year, f64)>) -> Self {
        let pair = |r: &(StateId, StateId, Year, f64)| r.0.index() * n + r.1.index();
        // Tables are sorted, and so is the mirror of a symmetric one within each pair: then it is
        // enough to deal the rows out to their pairs.
        let mut newest = vec![Year(i32::MIN); n * n];
        let dealt = rows
            .iter()
            .all(|r| std::mem::replace(&mut newest[pair(r)], r.2) < r.2);
        if !dealt {
            rows.sort_by_key(|r| (r.0, r.1, r.2));
            rows.reverse();
            rows.dedup_by_key(|r| (r.0, r.1, r.2));
            rows.reverse();
        }
        let mut offsets = vec![0u32; n * n + 1];
        for r in &rows {
            offsets[pair(r) + 1] += 1;
        }
        for i in 0..n * n {
            offsets[i + 1] += offsets[i];
        }
        let mut next = offsets.clone();
        let mut years = vec![Year(0); rows.len()];
        let mut values = vec![0.0; rows.len()];
        for r in &rows {
            let at = &mut next[pair(r)];
            years[*at as usize] = r.2;
            values[*at as usize] = r.3;
            *at += 1;
        }
        Self {
            n,
            offsets,
            years,
            values,
        }
    }

    /// Years and values of the ordered pair, ascending.
    pub fn series(&self, a: StateId, b: StateId) -> (&[Year], &[f64]) {
        let k = a.index() * self.n + b.index();
        let (p, q) = (self.offsets[k] as usize, self.offsets[k + 1] as usize);
        (&self.years[p..q], &self.values[p..q])
    }

    /// Value of the pair in exactly `year`.
    pub fn at(&self, a: StateId, b: StateId, year: Year) -> Option<f64> {
        let (y, v) = self.series(a, b);
        y.binary_search(&year).ok().map(|k| v[k])
    }

    /// Newest value of the pair not later than `year`, with its year.
    pub fn latest(&self, a: StateId, b: StateId, year: Year) -> Option<(Year, f64)> {
        let (y, v) = self.series(a, b);
        let k = upto(y, year);
        (k > 0).then(|| (y[k - 1], v[k - 1]))
    }

    /// Newest values not later than `year` as an N×N row-major matrix; `missing` where unknown.
    pub fn matrix(&self, year: Year, missing: f64) -> Vec<f64> {
        let mut m = vec![missing; self.n * self.n];
        for i in 0..self.n {
            for j in 0..self.n {
                if let Some((_, v)) =
                    self.latest(StateId::from_index(i), StateId::from_index(j), year)
                {
                    m[i * self.n + j] = v;
                }
            }
        }
        m
    }

    /// Number of rows.
    pub fn len(&self) -> usize {
        self.values.len()
    }

    /// Whether nothing is known.
    pub fn is_empty(&self) -> bool {
        self.values.is_empty()
    }

    /// All rows in the order of pair and year.
    pub fn rows(&self) -> impl Iterator<Item = (StateId, StateId, Year, f64)> + '_ {
        let n = self.n;
        (0..n * n).flat_map(move |k| {
            let (a, b) = (StateId::from_index(k / n), StateId::from_index(k % n));
            let (y, v) = self.series(a, b);
            y.iter().zip(v).map(move |(y, v)| (a, b, *y, *v))
        })
    }
}

/// Sorted names of items (sectors, weapon categories, currencies) and rows that point to them.
macro_rules! item_panel {
    ($(#[$doc:meta])* $name:ident, ($($key:ident: $ty:ty),*)) => {
        $(#[$doc])*
        #[derive(Debug)]
        pub struct $name {
            items: Vec<String>,
            rows: Vec<(u16, $($ty,)* Year, f64)>,
        }

        impl $name {
            /// From item names and rows that index them, in any order.
            pub(crate) fn new(items: Vec<String>, mut rows: Vec<(u16, $($ty,)* Year, f64)>) -> Self {
                let key = |r: &(u16, $($ty,)* Year, f64)| {
                    let (item, $($key,)* year, _) = *r;
                    (item, $($key,)* year)
                };
                if !rows.is_sorted_by_key(key) {
                    rows.sort_by_key(key);
                }
                Self { items, rows }
            }

            /// Item names, sorted; a row's first field is the position here.
            pub fn items(&self) -> &[String] {
                &self.items
            }

            /// Position of an item.
            pub fn item(&self, name: &str) -> Option<u16> {
                self.items.iter().position(|i| i == name).map(|k| k as u16)
            }

            /// All rows, sorted by item, keys and year.
            pub fn rows(&self) -> &[(u16, $($ty,)* Year, f64)] {
                &self.rows
            }

            /// Rows of one item, sorted by keys and year.
            pub fn of(&self, item: u16) -> &[(u16, $($ty,)* Year, f64)] {
                let a = self.rows.partition_point(|r| r.0 < item);
                let b = self.rows.partition_point(|r| r.0 <= item);
                &self.rows[a..b]
            }

            /// Rows of one item and key, ascending by year.
            #[allow(unused_parens)]
            pub fn series(&self, item: u16 $(, $key: $ty)*) -> &[(u16, $($ty,)* Year, f64)] {
                let key = |r: &(u16, $($ty,)* Year, f64)| { let (i, $($key,)* _, _) = *r; (i, $($key),*) };
                let want = (item, $($key),*);
                let a = self.rows.partition_point(|r| key(r) < want);
                let b = self.rows.partition_point(|r| key(r) <= want);
                &self.rows[a..b]
            }
        }
    };
}

item_panel!(
    /// A variable of items by year; rows (item, year, value).
    ItemPanel, ()
);
item_panel!(
    /// A variable of items and states by year; rows (item, state, year, value).
    ItemStatePanel, (state: StateId)
);
item_panel!(
    /// A variable of items and ordered pairs by year; rows (item, a, b, year, value).
    ItemDyadPanel, (a: StateId, b: StateId)
);

/// A tie with dates. Symmetric layers hold each tie once with `a < b`.
#[derive(Clone, Debug, PartialEq)]
pub struct Spell {
    /// First state; the source or sender in a directed layer.
    pub a: StateId,
    /// Second state; the recipient in a directed layer.
    pub b: StateId,
    /// First year in force.
    pub start: Year,
    /// First year no longer in force; `None` while in force at the vintage.
    pub end: Option<Year>,
    /// What distinguishes this tie inside its layer (treaty, kind), may be empty.
    pub detail: String,
}

/// A layer of ties with dates.
#[derive(Debug)]
pub struct Spells {
    /// Whether (a, b) differs from (b, a).
    pub directed: bool,
    rows: Vec<Spell>,
}

impl Spells {
    pub(crate) fn new(directed: bool, mut rows: Vec<Spell>) -> Self {
        rows.sort_by(|x, y| {
            (x.a, x.b, x.start, x.end, &x.detail).cmp(&(y.a, y.b, y.start, y.end, &y.detail))
        });
        Self { directed, rows }
    }

    /// All spells, sorted by pair and start.
    pub fn rows(&self) -> &[Spell] {
        &self.rows
    }

    /// Spells of a pair; in a symmetric layer the order of the pair does not matter.
    pub fn of(&self, a: StateId, b: StateId) -> &[Spell] {
        let (a, b) = if self.directed || a < b {
            (a, b)
        } else {
            (b, a)
        };
        let p = self.rows.partition_point(|s| (s.a, s.b) < (a, b));
        let q = self.rows.partition_point(|s| (s.a, s.b) <= (a, b));
        &self.rows[p..q]
    }

    /// Whether the pair is tied in `year`.
    pub fn tied(&self, a: StateId, b: StateId, year: Year) -> bool {
        self.of(a, b)
            .iter()
            .any(|s| s.start <= year && s.end.is_none_or(|e| e > year))
    }

    /// Ties in `year` as an N×N row-major matrix of 0 and 1, symmetric unless the layer is directed.
    pub fn matrix(&self, n: usize, year: Year) -> Vec<f64> {
        let mut m = vec![0.0; n * n];
        for s in &self.rows {
            if s.start <= year && s.end.is_none_or(|e| e > year) {
                m[s.a.index() * n + s.b.index()] = 1.0;
                if !self.directed {
                    m[s.b.index() * n + s.a.index()] = 1.0;
                }
            }
        }
        m
    }
}

/// A member of a bloc or organisation.
#[derive(Clone, Debug)]
pub struct Membership {
    /// Short name, such as `NATO`.
    pub bloc: String,
    /// What kind of bloc: alliance, union, trade, regional, …
    pub kind: String,
    /// The member.
    pub state: StateId,
    /// Year of entry.
    pub entry: Year,
    /// Year of exit, `None` while a member at the vintage.
    pub exit: Option<Year>,
}

/// A leader and the term.
#[derive(Clone, Debug)]
pub struct Leader {
    /// The state led.
    pub state: StateId,
    /// Name as the source writes it.
    pub name: String,
    /// Year of entry.
    pub start: Year,
    /// Year of exit, `None` while in office at the vintage.
    pub end: Option<Year>,
}
