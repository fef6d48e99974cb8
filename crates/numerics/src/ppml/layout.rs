//! Rows and fixed-effect levels as the solver sees them.
//!
//! The fixed effect with most levels (in a trade panel the pair) can be eliminated exactly: its
//! block of the normal equations is diagonal. What remains is a system in the levels of the other
//! effects. Levels that meet in a row are neighbours; the connected components of that graph (in a
//! trade panel: the exporters and importers of one year) are the blocks of the preconditioner.

use std::ops::Range;

/// A fixed effect: a level for each row.
#[derive(Clone, Debug)]
pub(crate) struct Effect {
    /// Level of each row.
    pub level: Vec<u32>,
    /// Number of levels; every level has a row.
    pub levels: usize,
}

/// How rows are stored and which levels are unknowns.
#[derive(Clone, Debug)]
pub(crate) struct Layout {
    /// Rows.
    pub rows: usize,
    /// Input row of each stored row; rows of one segment are neighbours.
    pub order: Vec<u32>,
    /// Whether segments are levels of an eliminated effect (else they are just runs of rows).
    pub eliminates: bool,
    /// Start of each segment, and the end of the last.
    pub segment: Vec<u32>,
    /// Number of effects that remain as unknowns.
    pub dims: usize,
    /// Unknowns of each row, rows × dims.
    pub ids: Vec<u32>,
    /// Number of unknowns; neighbours of one block are contiguous.
    pub unknowns: usize,
    /// Ranges of unknowns that are factored together.
    pub blocks: Vec<Range<usize>>,
    /// First column of each unknown's row of the factor.
    pub first: Vec<u32>,
    /// Where each unknown's row of the factor starts in storage (its diagonal is its last entry).
    pub envelope: Vec<usize>,
    /// Ranges of segments worked on as one task; they depend on the data alone.
    pub tasks: Vec<Range<usize>>,
}

/// Most operations a factorisation may take: this, and so many for each row.
const FACTOR_BASE: usize = 50_000_000;
const FACTOR_PER_ROW: usize = 600;
/// Rows of a task, and most tasks.
const TASK_ROWS: usize = 32_768;
const MOST_TASKS: usize = 16;
/// Rows of a segment when nothing is eliminated.
const RUN: usize = 512;

impl Layout {
    /// Chooses what to eliminate and how to block the rest.
    pub fn new(effects: &[Effect], rows: usize) -> Self {
        let mut by_size: Vec<usize> = (0..effects.len()).collect();
        by_size.sort_by_key(|e| std::cmp::Reverse(effects[*e].levels));
        let sorted: Vec<&Effect> = by_size.iter().map(|e| &effects[*e]).collect();
        if sorted.len() > 1 {
            let all = Self::build(&sorted, None, rows);
            if all.blocks.iter().all(|b| b.len() > 1) {
                return all;
            }
        }
        match sorted.split_first() {
            Some((largest, rest)) => Self::build(rest, Some(largest), rows),
            None => Self::build(&[], None, rows),
        }
    }

    fn build(rest: &[&Effect], eliminated: Option<&Effect>, rows: usize) -> Self {
        let (order, segment) = if let Some(e) = eliminated {
            sort_by_level(e)
        } else {
            let starts = (0..rows).step_by(RUN).map(|r| r as u32);
            (
                (0..rows as u32).collect(),
                starts.chain([rows as u32]).collect(),
            )
        };
        let dims = rest.len();
        // Unknowns before renumbering: level + offset of its effect, larger effects first.
        let mut offset = vec![0usize; dims + 1];
        for d in 0..dims {
            offset[d + 1] = offset[d] + rest[d].levels;
        }
        let unknowns = offset[dims];
        let mut ids = vec![0u32; rows * dims];
        for (s, r) in order.iter().enumerate() {
            for d in 0..dims {
                ids[s * dims + d] = rest[d].level[*r as usize] + offset[d] as u32;
            }
        }
        let root = components(&ids, dims, unknowns);
        // Renumber by component, inside a component as before.
        let mut position: Vec<usize> = (0..unknowns).collect();
        position.sort_by_key(|u| (root[*u], *u));
        let mut number = vec![0u32; unknowns];
        for (n, u) in position.iter().enumerate() {
            number[*u] = n as u32;
        }
        ids.iter_mut().for_each(|i| *i = number[*i as usize]);
        let mut first: Vec<u32> = (0..unknowns as u32).collect();
        for row in ids.chunks_exact(dims.max(1)) {
            let least = row.iter().copied().min().unwrap_or(0);
            for u in row {
                first[*u as usize] = first[*u as usize].min(least);
            }
        }
        // Blocks, unless a component is too dear to factor: then its diagonal alone.
        let mut blocks = Vec::new();
        let mut at = 0;
        let mut budget = FACTOR_BASE + FACTOR_PER_ROW * rows;
        while at < unknowns {
            let component = root[position[at]];
            let mut end = at + 1;
            while end < unknowns && root[position[end]] == component {
                end += 1;
            }
            let cost: usize = (at..end)
                .map(|u| (u - first[u] as usize).saturating_mul(u - first[u] as usize))
                .fold(0, usize::saturating_add);
            if cost <= budget {
                budget -= cost;
                blocks.push(at..end);
            } else {
                for u in at..end {
                    first[u] = u as u32;
                    blocks.push(u..u + 1);
                }
            }
            at = end;
        }
        let mut envelope = Vec::with_capacity(unknowns + 1);
        envelope.push(0);
        let mut total = 0;
        for u in 0..unknowns {
            total += u - first[u] as usize + 1;
            envelope.push(total);
        }
        Self {
            rows,
            eliminates: eliminated.is_some(),
            tasks: tasks(&segment, rows),
            order,
            segment,
            dims,
            ids,
            unknowns,
            blocks,
            first,
            envelope,
        }
    }

    /// Rows of a segment.
    #[inline]
    pub fn rows_of(&self, segment: usize) -> Range<usize> {
        self.segment[segment] as usize..self.segment[segment + 1] as usize
    }

    /// Number of segments.
    pub fn segments(&self) -> usize {
        self.segment.len() - 1
    }

    /// Rows of a task.
    pub fn rows_of_task(&self, task: &Range<usize>) -> Range<usize> {
        self.segment[task.start] as usize..self.segment[task.end] as usize
    }

    /// A column of the input in stored order.
    pub fn sorted<T: Copy>(&self, column: &[T]) -> Vec<T> {
        self.order.iter().map(|r| column[*r as usize]).collect()
    }
}

/// Stable counting sort of rows by level.
fn sort_by_level(effect: &Effect) -> (Vec<u32>, Vec<u32>) {
    let mut start = vec![0u32; effect.levels + 1];
    for l in &effect.level {
        start[*l as usize + 1] += 1;
    }
    for l in 0..effect.levels {
        start[l + 1] += start[l];
    }
    let mut next = start.clone();
    let mut order = vec![0u32; effect.level.len()];
    for (r, l) in effect.level.iter().enumerate() {
        order[next[*l as usize] as usize] = r as u32;
        next[*l as usize] += 1;
    }
    (order, start)
}

/// The least unknown of the component of each unknown.
fn components(ids: &[u32], dims: usize, unknowns: usize) -> Vec<u32> {
    fn root(parent: &mut [u32], mut u: u32) -> u32 {
        while parent[u as usize] != u {
            parent[u as usize] = parent[parent[u as usize] as usize];
            u = parent[u as usize];
        }
        u
    }
    let mut parent: Vec<u32> = (0..unknowns as u32).collect();
    if dims > 1 {
        for row in ids.chunks_exact(dims) {
            for pair in row.windows(2) {
                let (a, b) = (root(&mut parent, pair[0]), root(&mut parent, pair[1]));
                let (low, high) = (a.min(b), a.max(b));
                parent[high as usize] = low;
            }
        }
    }
    (0..unknowns as u32).map(|u| root(&mut parent, u)).collect()
}

fn tasks(segment: &[u32], rows: usize) -> Vec<Range<usize>> {
    let count = (rows / TASK_ROWS).clamp(1, MOST_TASKS);
    let segments = segment.len() - 1;
    let mut out = Vec::with_capacity(count);
    let mut at = 0;
    for t in 1..=count {
        let until = (rows * t / count) as u32;
        let mut end = at;
        while end < segments && segment[end + 1] <= until {
            end += 1;
        }
        if t == count {
            end = segments;
        }
        if end > at {
            out.push(at..end);
            at = end;
        }
    }
    out
}
