//! Search for architectures that hold when the hegemon leaves (MODEL.md §3.2, Q2).
//!
//! From today's pacts, at most a budget of treaties is signed or ended: a pact of two, the end of a
//! pact, or a founding treaty of all members of a framework in force. Minimised is the distress
//! `Σ_i GDP_i ln⁺ v_i` of all states without the hegemon, v exact in pairs and largest coalitions;
//! a flipped pact changes v of its ends and of whoever is hostile to one of them, nobody else's.
//! Steepest exchanges of treaties from the greedy choice and from seeded random ones; the test
//! compares it with the search of all combinations.

use std::collections::BTreeSet;

use realign_numerics::random::Stream;

use super::architectures::{is_framework, pairs_in, without};
use super::fixed::Fixed;
use super::observed::Case;
use super::ties::Ties;
use crate::setting::{Chance, Purpose};

/// Gain below which an exchange of treaties is none.
const TOLERANCE: f64 = 1e-12;
/// Single treaties kept for exchanges, the most helpful ones.
const KEPT: usize = 60;
/// What a treaty does.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Move {
    /// A defence pact of two.
    Pact((usize, usize)),
    /// The end of a pact of two that no alliance holds.
    End((usize, usize)),
    /// A founding treaty of a framework in force, without the hegemon: its name and the pacts that
    /// it adds.
    Found(String, Vec<(usize, usize)>),
}

impl Move {
    pub(super) fn pairs(&self) -> &[(usize, usize)] {
        match self {
            Self::Pact(p) | Self::End(p) => std::slice::from_ref(p),
            Self::Found(_, pairs) => pairs,
        }
    }
}

/// What may be signed.
#[derive(Clone, Debug)]
pub struct Space {
    /// States whose vulnerability counts and who may sign, ascending, without the hegemon.
    pub members: Vec<usize>,
    /// The treaties.
    pub moves: Vec<Move>,
}

impl Space {
    /// Every pact that two `members` who are not hostile could sign or end, and founding treaties
    /// of frameworks with at least two of them and no hostile pair.
    pub fn new(fixed: &Fixed, case: &Case, members: &[usize]) -> Self {
        let members: Vec<usize> = members
            .iter()
            .copied()
            .filter(|m| *m != fixed.hegemon && fixed.active[*m])
            .collect::<BTreeSet<_>>()
            .into_iter()
            .collect();
        let start = &case.state.at_start;
        let pacts = &case.state.pacts;
        let mut moves = Vec::new();
        for (x, &i) in members.iter().enumerate() {
            for &j in &members[x + 1..] {
                if pacts.has(i, j) {
                    if !start.by_membership.has(i, j) {
                        moves.push(Move::End((i, j)));
                    }
                } else if !start.hostile.has(i, j) {
                    moves.push(Move::Pact((i, j)));
                }
            }
        }
        let mut seen: Vec<Vec<usize>> = Vec::new();
        for bloc in fixed.blocs.iter().filter(|b| is_framework(b)) {
            let inside = without(bloc, fixed.hegemon);
            let common = inside.iter().filter(|m| members.binary_search(m).is_ok());
            if inside.len() < 3
                || common.count() < 2
                || seen.contains(&inside)
                || !pairs_in(&inside, &start.hostile).is_empty()
            {
                continue;
            }
            let missing: Vec<(usize, usize)> = inside
                .iter()
                .enumerate()
                .flat_map(|(x, i)| inside[x + 1..].iter().map(move |j| (*i, *j)))
                .filter(|(i, j)| !pacts.has(*i, *j))
                .collect();
            if missing.len() > 1 {
                moves.push(Move::Found(bloc.name.clone(), missing));
            }
            seen.push(inside);
        }
        Self { members, moves }
    }
}

/// Vulnerabilities of all states under changing pacts, kept up to date pair by pair.
pub(super) struct Board<'a> {
    fixed: &'a Fixed,
    case: &'a Case,
    /// Help that k would give i under a pact, by (i, k).
    promise: Vec<f64>,
    designated: Vec<Vec<(usize, f64)>>,
    base: Ties,
    pacts: Ties,
    /// How many chosen treaties change each pair.
    times: Vec<u16>,
    vulnerability: Vec<f64>,
    distress: Vec<f64>,
}

impl<'a> Board<'a> {
    /// The pacts of `case`, without those of `gone`.
    pub(super) fn new(fixed: &'a Fixed, case: &'a Case, gone: Option<usize>) -> Self {
        let n = fixed.n;
        let view = case.view();
        let start = &case.state.at_start;
        let strength = case.state.strength();
        let mut promise = vec![0.0; n * n];
        for pair in &fixed.pairs {
            let (i, j) = (usize::from(pair.i), usize::from(pair.j));
            for (x, y) in [(i, j), (j, i)] {
                let p = view.reliability(x, y).min(1.0);
                promise[x * n + y] = p * start.reach[x * n + y] * strength[y];
            }
        }
        let now = gone.map_or_else(
            || case.state.clone(),
            |g| super::picture::state_without(&case.state, g),
        );
        let mut designated = vec![Vec::new(); n];
        for (k, i) in &now.designations {
            let (k, i) = (k.index(), i.index());
            designated[i].push((k, case.coefficients.designation_weight * promise[i * n + k]));
        }
        let mut board = Self {
            fixed,
            case,
            promise,
            designated,
            base: now.pacts.clone(),
            pacts: now.pacts,
            times: vec![0; n * n],
            vulnerability: vec![f64::NAN; n],
            distress: vec![0.0; n],
        };
        for i in (0..n).filter(|i| fixed.active[*i]) {
            board.refresh(i);
        }
        board
    }

    fn refresh(&mut self, i: usize) {
        let n = self.fixed.n;
        let c = &self.case.coefficients;
        let start = &self.case.state.at_start;
        let (strength, row) = (&start.strength, &start.reach[i * n..(i + 1) * n]);
        let mut worst = 0.0_f64;
        for j in start.hostile.of(i) {
            let mut defence = strength[i];
            for k in self.pacts.of_but_not(i, j).filter(|k| *k != j) {
                defence += self.promise[i * n + k];
            }
            for (k, help) in &self.designated[i] {
                if !self.pacts.has(i, *k) && *k != j && !self.pacts.has(j, *k) {
                    defence += help;
                }
            }
            let allies = self.pacts.of_but_not(j, i).filter(|l| *l != i);
            let allies: f64 = allies.map(|l| strength[l] * row[l]).sum();
            let attack = strength[j] * row[j] + c.coalition_share * allies;
            let v = if defence > 0.0 {
                attack / (c.defensive_factor * defence)
            } else if attack > 0.0 {
                worst = f64::NAN;
                break;
            } else {
                0.0
            };
            worst = worst.max(v);
        }
        self.vulnerability[i] = worst;
        let gdp = self.fixed.gdp_musd[i];
        self.distress[i] = if worst > 1.0 && gdp.is_finite() {
            gdp * worst.ln()
        } else {
            0.0
        };
    }

    /// Signs (`on`) or takes back a treaty.
    pub(super) fn put(&mut self, treaty: &Move, on: bool) {
        let n = self.fixed.n;
        let mut touched = BTreeSet::new();
        for &(i, j) in treaty.pairs() {
            let times = &mut self.times[i * n + j];
            *times = if on {
                *times + 1
            } else {
                times.saturating_sub(1)
            };
            let tied = self.base.has(i, j) != (*times > 0);
            if self.pacts.has(i, j) == tied {
                continue;
            }
            self.pacts.set(i, j, tied);
            let hostile = &self.case.state.at_start.hostile;
            touched.extend([i, j]);
            touched.extend(hostile.of(i).chain(hostile.of(j)));
        }
        for i in touched {
            self.refresh(i);
        }
    }

    /// Distress of all states, million USD of GDP times log points.
    pub(super) fn total(&self) -> f64 {
        self.distress.iter().sum()
    }

    /// Vulnerability of each state; NaN without an estimate.
    #[cfg(test)]
    pub(super) fn vulnerability(&self) -> &[f64] {
        &self.vulnerability
    }

    /// Share of the GDP of `members` in vulnerable states.
    pub(super) fn vulnerable(&self, members: &[usize]) -> f64 {
        super::vulnerable_gdp_share(self.fixed, members, &self.vulnerability)
    }

    /// Distress of `members`.
    pub(super) fn of(&self, members: &[usize]) -> f64 {
        members.iter().map(|m| self.distress[*m]).sum()
    }

    /// Distress with these treaties; leaves the board as it was.
    fn with(&mut self, space: &Space, chosen: &[usize]) -> f64 {
        for m in chosen {
            self.put(&space.moves[*m], true);
        }
        let total = self.total();
        for m in chosen {
            self.put(&space.moves[*m], false);
        }
        total
    }
}

/// How to search.
#[derive(Clone, Copy, Debug)]
pub struct Options {
    /// Most treaties signed or ended.
    pub budget: usize,
    /// Random starts beside the greedy one.
    pub restarts: u32,
    /// Seed of the starts.
    pub seed: u64,
}

/// The best treaties found for each number of treaties from 1 to the budget, ascending positions in
/// `space`, with the distress that is left; `gone` has left. Fewer where more do not help.
pub fn search(
    fixed: &Fixed,
    case: &Case,
    space: &Space,
    gone: Option<usize>,
    options: &Options,
) -> Vec<(Vec<usize>, f64)> {
    let mut board = Board::new(fixed, case, gone);
    let before = board.total();
    let mut single: Vec<(f64, usize)> = (0..space.moves.len())
        .map(|m| (board.with(space, &[m]), m))
        .collect();
    single.sort_by(|a, b| a.0.total_cmp(&b.0).then(a.1.cmp(&b.1)));
    let kept: Vec<usize> = single
        .iter()
        .filter(|(d, _)| *d < before - TOLERANCE * before)
        .take(KEPT)
        .map(|(_, m)| *m)
        .collect();
    let chance = Chance::new(Stream::new(options.seed, 0), 0);
    let mut out: Vec<(Vec<usize>, f64)> = Vec::new();
    let mut greedy: Vec<usize> = Vec::new();
    for size in 1..=options.budget.min(kept.len()) {
        let mut best: Option<(Vec<usize>, f64)> = None;
        for start in 0..=options.restarts {
            let mut chosen = if start == 0 {
                greedy.clone()
            } else {
                random(&kept, size, &chance, start)
            };
            let left = climb(&mut board, space, &kept, size, &mut chosen);
            if best
                .as_ref()
                .is_none_or(|b| left < b.1 - TOLERANCE * before)
            {
                best = Some((chosen, left));
            }
        }
        let Some((chosen, left)) = best else { break };
        let last = out.last().map_or(before, |b| b.1);
        if left >= last - TOLERANCE * before {
            break;
        }
        greedy.clone_from(&chosen);
        let mut sorted = chosen;
        sorted.sort_unstable();
        out.push((sorted, left));
    }
    out
}

fn random(kept: &[usize], size: usize, chance: &Chance, start: u32) -> Vec<usize> {
    let mut chosen = Vec::new();
    let mut k = 0;
    while chosen.len() < size.min(kept.len()) {
        let u = chance.uniform(Purpose::Blocs, start, (size as u32) << 16 | k);
        let m = kept[(u * kept.len() as f64) as usize % kept.len()];
        if !chosen.contains(&m) {
            chosen.push(m);
        }
        k += 1;
    }
    chosen
}

/// Fills up to `size` and exchanges treaties as long as that lowers distress.
fn climb(
    board: &mut Board<'_>,
    space: &Space,
    kept: &[usize],
    size: usize,
    chosen: &mut Vec<usize>,
) -> f64 {
    for m in chosen.iter() {
        board.put(&space.moves[*m], true);
    }
    let mut now = board.total();
    let enough = |d: f64, now: f64| d < now - TOLERANCE * now.abs();
    loop {
        // Add where there is room, else exchange.
        let mut best: Option<(f64, Option<usize>, usize)> = None;
        let out: Vec<Option<usize>> = if chosen.len() < size {
            vec![None]
        } else {
            (0..chosen.len()).map(Some).collect()
        };
        for slot in out {
            if let Some(s) = slot {
                board.put(&space.moves[chosen[s]], false);
            }
            for &m in kept.iter().filter(|m| !chosen.contains(m)) {
                board.put(&space.moves[m], true);
                let d = board.total();
                board.put(&space.moves[m], false);
                if enough(d, now) && best.is_none_or(|b| d < b.0) {
                    best = Some((d, slot, m));
                }
            }
            if let Some(s) = slot {
                board.put(&space.moves[chosen[s]], true);
            }
        }
        let Some((_, slot, m)) = best else { break };
        if let Some(s) = slot {
            board.put(&space.moves[chosen[s]], false);
            chosen.remove(s);
        }
        board.put(&space.moves[m], true);
        chosen.push(m);
        now = board.total();
    }
    for m in chosen.iter() {
        board.put(&space.moves[*m], false);
    }
    now
}

/// The least distress that at most `budget` treaties leave, by trying every combination: for spaces
/// of a few treaties.
pub fn exhaustive(
    fixed: &Fixed,
    case: &Case,
    space: &Space,
    gone: Option<usize>,
    budget: usize,
) -> (Vec<usize>, f64) {
    fn deeper(
        board: &mut Board<'_>,
        space: &Space,
        from: usize,
        left: usize,
        chosen: &mut Vec<usize>,
        best: &mut (Vec<usize>, f64),
    ) {
        let now = board.total();
        if now < best.1 {
            *best = (chosen.clone(), now);
        }
        if left == 0 {
            return;
        }
        for m in from..space.moves.len() {
            board.put(&space.moves[m], true);
            chosen.push(m);
            deeper(board, space, m + 1, left - 1, chosen, best);
            chosen.pop();
            board.put(&space.moves[m], false);
        }
    }
    let mut board = Board::new(fixed, case, gone);
    let mut best = (Vec::new(), board.total());
    deeper(&mut board, space, 0, budget, &mut Vec::new(), &mut best);
    best
}
