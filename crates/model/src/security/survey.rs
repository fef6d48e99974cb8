//! What a search for architectures found, over many draws: the ones that no other beats, how they
//! meet blocs in force, and whether the hazards of ties reach them (MODEL.md §3.2, Q2).

use std::collections::BTreeSet;

use realign_atlas::{StateId, Year};

use super::architectures::{Conflict, Judge, ids, pairs_in, without};
use super::fixed::{Bloc, Fixed};
use super::observed::Case;
use super::picture::Spread;
use super::search::{Board, Move, Options, Space, search};

/// Years for which probabilities are given.
const YEARS: [i32; 2] = [2030, 2035];
/// Kinds of blocs in which members have promised defence, or could.
const SECURITY: [&str; 7] = [
    "alliance",
    "union",
    "regional",
    "security_dialogue",
    "security_partnership",
    "security_organisation",
    "intelligence",
];

/// How an architecture meets a bloc in force.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Relation {
    /// At least half of its parties are bound to one another there already.
    Duplicates,
    /// It binds states of the bloc to others, or binds what the bloc does not.
    Complements,
    /// A party shares the bloc with a state hostile to another party: obligations clash.
    Conflicts,
}

/// An architecture and a bloc in force.
#[derive(Clone, Debug, PartialEq)]
pub struct Meeting {
    /// Bloc.
    pub bloc: String,
    /// Parties that belong to it.
    pub common: usize,
    /// How they meet.
    pub relation: Relation,
}

/// An architecture that no other beats in everything.
#[derive(Clone, Debug, PartialEq)]
pub struct Found {
    /// Treaties signed or ended.
    pub treaties: Vec<Move>,
    /// States that sign, ascending.
    pub parties: Vec<StateId>,
    /// Pairs whose pact changes.
    pub pairs: usize,
    /// Share of the members' GDP that is vulnerable without the hegemon and with these treaties.
    pub vulnerable: Spread,
    /// How deep the members' vulnerability is, Σ GDP ln⁺ v, as a share of what it is when nothing
    /// is signed.
    pub depth: Spread,
    /// Mean of the same over draws: what is compared.
    pub depth_mean: f64,
    /// Change of the vulnerable GDP of everybody else, as a share of their GDP: what it does to
    /// states outside.
    pub outside: Spread,
    /// Share of draws in which the hegemon's withdrawal leaves no more of the members' GDP
    /// vulnerable than is today.
    pub survival: f64,
    /// Year and probability that all treaties are in force by its end, at today's hazards.
    pub probability: Vec<(Year, Spread)>,
    /// Whether the median probability in the last of these years is below the threshold.
    pub out_of_reach: bool,
    /// Parties hostile to one another.
    pub rifts: Vec<(StateId, StateId)>,
    /// Parties bound to both sides.
    pub conflicts: Vec<Conflict>,
    /// How it meets blocs in force, most common members first.
    pub meetings: Vec<Meeting>,
}

/// What a search found.
#[derive(Clone, Debug, PartialEq)]
pub struct Survey {
    /// Whose vulnerability counts.
    pub members: Vec<StateId>,
    /// Treaties that could be signed or ended.
    pub moves: usize,
    /// Architectures compared.
    pub compared: usize,
    /// Vulnerable share of the members' GDP as things are.
    pub vulnerable_now: Spread,
    /// The same once the hegemon has left.
    pub vulnerable_without: Spread,
    /// Architectures that no other beats in depth of vulnerability, number of treaties and survival at
    /// once, fewest treaties first; the first is to sign nothing.
    pub front: Vec<Found>,
}

/// Searches in the first `searched` cases and compares what was found in all of them.
pub fn survey(
    fixed: &Fixed,
    cases: &[Case],
    members: &[usize],
    year: Year,
    searched: usize,
    options: &Options,
) -> Option<Survey> {
    let first = cases.first()?;
    let space = Space::new(fixed, first, members);
    let gone = Some(fixed.hegemon);
    let mut pool: Vec<Vec<usize>> = vec![Vec::new()];
    for case in cases.iter().take(searched.max(1)) {
        for (chosen, _) in search(fixed, case, &space, gone, options) {
            if !pool.contains(&chosen) {
                pool.push(chosen);
            }
        }
    }
    for (m, treaty) in space.moves.iter().enumerate() {
        if matches!(treaty, Move::Found(..)) && !pool.contains(&vec![m]) {
            pool.push(vec![m]);
        }
    }
    let outside: Vec<usize> = (0..fixed.n)
        .filter(|i| fixed.active[*i] && space.members.binary_search(i).is_err())
        .filter(|i| *i != fixed.hegemon)
        .collect();
    let (mut now, mut without) = (Vec::new(), Vec::new());
    let mut values: Vec<[Vec<f64>; 3]> = vec![Default::default(); pool.len()];
    for case in cases {
        let today = Board::new(fixed, case, None).vulnerable(&space.members);
        let mut board = Board::new(fixed, case, gone);
        now.push(today);
        without.push(board.vulnerable(&space.members));
        let others = board.vulnerable(&outside);
        let before = board.of(&space.members);
        for (chosen, row) in pool.iter().zip(&mut values) {
            for m in chosen {
                board.put(&space.moves[*m], true);
            }
            row[0].push(board.vulnerable(&space.members));
            row[1].push(board.vulnerable(&outside) - others);
            let left = board.of(&space.members);
            row[2].push(if before > 0.0 { left / before } else { 1.0 });
            for m in chosen {
                board.put(&space.moves[*m], false);
            }
        }
    }
    let survival = |row: &[f64]| {
        let held = row
            .iter()
            .zip(&now)
            .filter(|(v, today)| **v <= **today + 1e-12);
        held.count() as f64 / now.len() as f64
    };
    let score: Vec<(f64, usize, f64)> = pool
        .iter()
        .zip(&values)
        .map(|(chosen, row)| (mean(&row[2]), chosen.len(), survival(&row[0])))
        .collect();
    let mut front: Vec<usize> = (0..pool.len()).filter(|a| !beaten(&score, *a)).collect();
    front.sort_by(|a, b| {
        let (x, y) = (&score[*a], &score[*b]);
        x.1.cmp(&y.1).then(x.0.total_cmp(&y.0)).then(a.cmp(b))
    });
    let found = front
        .into_iter()
        .map(|k| {
            let treaties: Vec<Move> = pool[k].iter().map(|m| space.moves[*m].clone()).collect();
            describe(fixed, cases, year, treaties, &values[k], score[k].2)
        })
        .collect();
    Some(Survey {
        members: space
            .members
            .iter()
            .map(|m| StateId::from_index(*m))
            .collect(),
        moves: space.moves.len(),
        compared: pool.len(),
        vulnerable_now: Spread::of(&now),
        vulnerable_without: Spread::of(&without),
        front: found,
    })
}

fn mean(x: &[f64]) -> f64 {
    x.iter().sum::<f64>() / x.len() as f64
}

/// Whether another architecture is at least as good in everything and better in something; of equal
/// ones the first stays.
fn beaten(score: &[(f64, usize, f64)], a: usize) -> bool {
    let x = &score[a];
    score.iter().enumerate().any(|(b, y)| {
        let as_good = y.0 <= x.0 && y.1 <= x.1 && y.2 >= x.2;
        let better = y.0 < x.0 || y.1 < x.1 || y.2 > x.2;
        as_good && (better || b < a)
    })
}

fn describe(
    fixed: &Fixed,
    cases: &[Case],
    year: Year,
    treaties: Vec<Move>,
    [inside, others, depth]: &[Vec<f64>; 3],
    survival: f64,
) -> Found {
    let parties: BTreeSet<usize> = treaties
        .iter()
        .flat_map(|t| t.pairs().iter().flat_map(|(i, j)| [*i, *j]))
        .collect();
    let list: Vec<usize> = parties.iter().copied().collect();
    let changed: BTreeSet<(usize, usize)> = treaties
        .iter()
        .flat_map(|t| t.pairs().iter().copied())
        .collect();
    let years: Vec<Year> = YEARS.map(Year).into_iter().filter(|y| *y > year).collect();
    let mut chances = vec![Vec::new(); years.len()];
    let mut conflicts = Vec::new();
    for (k, case) in cases.iter().enumerate() {
        let view = case.view();
        let judge = Judge::new(fixed, &case.coefficients, &case.state, &view, year);
        if k == 0 {
            conflicts = judge.conflicts(&list, &parties);
        }
        for (y, chance) in years.iter().zip(&mut chances) {
            let span = *y - year;
            let all: f64 = treaties
                .iter()
                .map(|t| match t {
                    Move::Pact(p) => judge.formed(*p, span),
                    Move::End(p) => judge.ended(*p, span),
                    Move::Found(name, pairs) => {
                        let bloc = fixed.blocs.iter().find(|b| b.name == *name);
                        let who = bloc.map_or_else(Vec::new, |b| without(b, fixed.hegemon));
                        judge.probability(&who, pairs, 1.0, span)
                    }
                })
                .product();
            chance.push(all);
        }
    }
    let probability: Vec<(Year, Spread)> = years
        .iter()
        .zip(&chances)
        .map(|(y, c)| (*y, Spread::of(c)))
        .collect();
    let hostile = &cases[0].state.at_start.hostile;
    let least = cases[0].coefficients.out_of_reach_probability;
    Found {
        pairs: changed.len(),
        vulnerable: Spread::of(inside),
        outside: Spread::of(others),
        depth: Spread::of(depth),
        depth_mean: mean(depth),
        survival,
        out_of_reach: !treaties.is_empty()
            && probability.last().is_some_and(|p| p.1.middle < least),
        probability,
        rifts: ids(&pairs_in(&list, hostile)),
        conflicts,
        meetings: meetings(fixed, &cases[0], &list),
        parties: list.iter().map(|p| StateId::from_index(*p)).collect(),
        treaties,
    }
}

/// How `parties` meet blocs of security in force.
fn meetings(fixed: &Fixed, case: &Case, parties: &[usize]) -> Vec<Meeting> {
    let hostile = &case.state.at_start.hostile;
    let of = |b: &Bloc| -> Option<Meeting> {
        let inside = |x: &usize| b.members.binary_search(x).is_ok();
        let common: Vec<usize> = parties.iter().copied().filter(|p| inside(p)).collect();
        if common.is_empty() {
            return None;
        }
        // A party shares the bloc with a state hostile to a party that stands outside of it.
        let clash = b.members.iter().any(|m| {
            !parties.contains(m) && parties.iter().any(|x| !inside(x) && hostile.has(*m, *x))
        });
        let defends = matches!(b.kind.as_str(), "alliance" | "union");
        let relation = if clash {
            Relation::Conflicts
        } else if defends && common.len() > 1 && 2 * common.len() >= parties.len() {
            Relation::Duplicates
        } else {
            Relation::Complements
        };
        Some(Meeting {
            bloc: b.name.clone(),
            common: common.len(),
            relation,
        })
    };
    let mut list: Vec<Meeting> = fixed
        .blocs
        .iter()
        .filter(|b| SECURITY.contains(&b.kind.as_str()) && !b.is_list())
        .filter_map(of)
        .collect();
    list.sort_by(|a, b| b.common.cmp(&a.common).then_with(|| a.bloc.cmp(&b.bloc)));
    list
}
