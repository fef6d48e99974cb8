//! Arrangements that could carry protection, found by rule from what exists (MODEL.md §3.2, Q2).
//!
//! Candidates are the blocs in force without the hegemon, the targets of one neighbourhood, all
//! targets together, and the few pacts among targets that lower vulnerability most (greedy). What
//! is computed is the same for all: who would be covered, at what distance from today, with what
//! probability by the hazards of ties. An optimum that nobody can reach is labelled as such.

use std::collections::BTreeSet;

use realign_atlas::{StateId, Year};

use super::fixed::{Bloc, Fixed};
use super::protection::{Protection, vulnerability_of, vulnerable_gdp_share};
use super::respond::{Dynamics, Endings, formation_hazard, losses};
use super::ties::Ties;
use super::{Coefficients, State};
use crate::setting::TrustView;

/// Kinds of blocs in which states promise one another something that reaches defence or could.
const FRAMEWORKS: [&str; 8] = [
    "alliance",
    "union",
    "regional",
    "security_dialogue",
    "security_partnership",
    "security_organisation",
    "intelligence",
    "trade",
];
/// Targets an arrangement must have to concern them.
const FEWEST_TARGETS: usize = 2;
/// Pacts of the greedy arrangement.
const GREEDY_PACTS: usize = 5;
/// Years for which probabilities are given, beside the horizon.
const YEARS: [i32; 2] = [2030, 2035];

/// Where an arrangement comes from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Origin {
    /// A bloc in force, without the hegemon.
    BlocWithoutHegemon,
    /// Targets of one neighbourhood.
    Neighbourhood,
    /// All targets.
    AllTargets,
    /// Pacts among targets that lower vulnerability most, chosen one after the other.
    Greedy,
}

/// How an arrangement overlaps with a bloc in force.
#[derive(Clone, Debug, PartialEq)]
pub struct Overlap {
    /// Bloc.
    pub bloc: String,
    /// Common members over members of either, 0–1.
    pub jaccard: f64,
    /// Number of members that also belong to the bloc.
    pub common: usize,
}

/// A member bound to both sides: it holds a pact with a state hostile to another member.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Conflict {
    /// The member bound to both sides.
    pub member: StateId,
    /// The state outside with which it holds a pact.
    pub bound_to: StateId,
    /// The member to which that state is hostile.
    pub threatens: StateId,
}

/// An arrangement and what it would do.
#[derive(Clone, Debug, PartialEq)]
pub struct Architecture {
    /// Name by rule, such as `NATO without the hegemon`.
    pub name: String,
    /// Where it comes from.
    pub origin: Origin,
    /// Members, ascending.
    pub members: Vec<StateId>,
    /// Pairs of members without a defence pact today.
    pub missing: Vec<(StateId, StateId)>,
    /// Pairs of members that are hostile to one another.
    pub rifts: Vec<(StateId, StateId)>,
    /// Share of the members' GDP in vulnerable states today.
    pub vulnerable_now: f64,
    /// The same with the missing pacts.
    pub vulnerable_with: f64,
    /// The same without the missing pacts and without the hegemon's help.
    pub vulnerable_without_hegemon: f64,
    /// The same with the missing pacts and without the hegemon's help.
    pub vulnerable_with_without_hegemon: f64,
    /// Strength of the members together, share of the world's at the start.
    pub joint_strength: f64,
    /// Strongest state hostile to a member, and its strength.
    pub strongest_rival: Option<(StateId, f64)>,
    /// Overlap with blocs in force, largest first.
    pub overlaps: Vec<Overlap>,
    /// Members bound to both sides.
    pub conflicts: Vec<Conflict>,
    /// Year and probability that the asked share of the missing pacts is in force by its end,
    /// pair by pair or by a founding treaty; 1 where nothing is missing.
    pub probability: Vec<(Year, f64)>,
    /// Whether the probability in the last of these years stays below the threshold.
    pub out_of_reach: bool,
}

/// What candidates are judged with.
pub(super) struct Judge<'a> {
    fixed: &'a Fixed,
    c: &'a Coefficients,
    state: &'a State,
    view: &'a TrustView<'a>,
    protection: Protection,
    losses: Vec<f64>,
    year: Year,
}

impl<'a> Judge<'a> {
    /// Judges arrangements at the date of `state`, at the end of `year`.
    pub(super) fn new(
        fixed: &'a Fixed,
        c: &'a Coefficients,
        state: &'a State,
        view: &'a TrustView<'a>,
        year: Year,
    ) -> Self {
        let protection = Protection::new(fixed, c, state, view);
        let losses = losses(state, &protection);
        Self {
            fixed,
            c,
            state,
            view,
            protection,
            losses,
            year,
        }
    }
}

/// Candidate arrangements for the targets at the date of `state`.
pub fn architectures(
    fixed: &Fixed,
    c: &Coefficients,
    state: &State,
    view: &TrustView<'_>,
    year: Year,
) -> Vec<Architecture> {
    let judge = Judge::new(fixed, c, state, view, year);
    let targets: BTreeSet<usize> = fixed
        .targets
        .iter()
        .copied()
        .filter(|t| *t != fixed.hegemon)
        .collect();
    let mut seen: Vec<Vec<usize>> = Vec::new();
    let mut out = Vec::new();
    let mut add =
        |name: String, origin: Origin, members: Vec<usize>, pacts: Option<Vec<(usize, usize)>>| {
            let covered = members.iter().filter(|m| targets.contains(m)).count();
            if covered < FEWEST_TARGETS || seen.contains(&members) {
                return;
            }
            let missing = pacts.unwrap_or_else(|| judge.missing(&members));
            out.push(judge.arrangement(name, origin, &members, &missing));
            seen.push(members);
        };
    for bloc in fixed.blocs.iter().filter(|b| is_framework(b)) {
        let members = without(bloc, fixed.hegemon);
        let left = members.len() < bloc.members.len();
        let name = if left {
            format!("{} without the hegemon", bloc.name)
        } else {
            bloc.name.clone()
        };
        add(name, Origin::BlocWithoutHegemon, members, None);
    }
    for place in &fixed.neighbourhoods {
        let members: Vec<usize> = place
            .members
            .iter()
            .copied()
            .filter(|m| targets.contains(m))
            .collect();
        add(
            format!("targets in {}", place.name),
            Origin::Neighbourhood,
            members,
            None,
        );
    }
    let greedy = judge.greedy(&targets);
    let in_greedy: BTreeSet<usize> = greedy.iter().flat_map(|(i, j)| [*i, *j]).collect();
    let members: Vec<usize> = in_greedy.into_iter().collect();
    if !members.is_empty() {
        let name = format!("{} best new pacts among targets", greedy.len());
        add(name, Origin::Greedy, members, Some(greedy));
    }
    add(
        "all targets".to_owned(),
        Origin::AllTargets,
        targets.iter().copied().collect(),
        None,
    );
    out
}

/// Whether members meet in it; a list of one state's treaties is no framework of its entries.
pub(super) fn is_framework(bloc: &Bloc) -> bool {
    FRAMEWORKS.contains(&bloc.kind.as_str()) && !bloc.is_list()
}

pub(super) fn without(bloc: &Bloc, hegemon: usize) -> Vec<usize> {
    bloc.members
        .iter()
        .copied()
        .filter(|m| *m != hegemon)
        .collect()
}

impl Judge<'_> {
    fn missing(&self, members: &[usize]) -> Vec<(usize, usize)> {
        let mut pairs = Vec::new();
        for (x, &i) in members.iter().enumerate() {
            for &j in &members[x + 1..] {
                if !self.state.pacts.has(i, j) {
                    pairs.push((i, j));
                }
            }
        }
        pairs
    }

    /// Help that k would give i under a pact.
    fn promised(&self, i: usize, k: usize) -> f64 {
        let reach = self.state.at_start.reach[i * self.fixed.n + k];
        self.view.reliability(i, k) * reach * self.protection.strength[k]
    }

    /// Vulnerability of each member when `pacts` are added; of nobody else.
    fn vulnerability(
        &self,
        members: &[usize],
        pacts: &[(usize, usize)],
        ignored: Option<usize>,
    ) -> Vec<f64> {
        let mut extra = vec![0.0; self.fixed.n];
        for &(i, j) in pacts {
            extra[i] += self.promised(i, j);
            extra[j] += self.promised(j, i);
        }
        let mut v = vec![f64::NAN; self.fixed.n];
        for &i in members {
            let (f, c, s) = (self.fixed, self.c, self.state);
            v[i] = vulnerability_of(f, c, s, &self.protection, i, ignored, extra[i]).0;
        }
        v
    }

    /// GDP-weighted log vulnerability above one of the targets, without the hegemon's help.
    fn distress(&self, i: usize, extra: f64) -> f64 {
        let (f, c, s) = (self.fixed, self.c, self.state);
        let hegemon = Some(f.hegemon);
        let v = vulnerability_of(f, c, s, &self.protection, i, hegemon, extra).0;
        let gdp = f.gdp_musd[i];
        if v > 1.0 && gdp.is_finite() {
            gdp * v.ln()
        } else {
            0.0
        }
    }

    /// Pacts among targets that lower distress most, one after the other.
    fn greedy(&self, targets: &BTreeSet<usize>) -> Vec<(usize, usize)> {
        let members: Vec<usize> = targets.iter().copied().collect();
        let mut extra = vec![0.0; self.fixed.n];
        let mut open = self.missing(&members);
        open.retain(|(i, j)| !self.state.at_start.hostile.has(*i, *j));
        let mut chosen = Vec::new();
        while chosen.len() < GREEDY_PACTS {
            let relief = |&(i, j): &(usize, usize)| {
                let one = |x: usize, y: usize| {
                    self.distress(x, extra[x]) - self.distress(x, extra[x] + self.promised(x, y))
                };
                one(i, j) + one(j, i)
            };
            let Some((at, best)) = open
                .iter()
                .map(relief)
                .enumerate()
                .max_by(|a, b| a.1.total_cmp(&b.1).then(b.0.cmp(&a.0)))
            else {
                break;
            };
            if best <= 0.0 {
                break;
            }
            let (i, j) = open.remove(at);
            extra[i] += self.promised(i, j);
            extra[j] += self.promised(j, i);
            chosen.push((i, j));
        }
        chosen
    }

    /// Yearly hazard of a founding treaty: the base hazard for members that meet in one framework
    /// without the hegemon, raised by the guarantee they have lost; zero for others.
    fn founding_hazard(&self, members: &[usize]) -> f64 {
        let f = self.fixed;
        let meets = |b: &Bloc| {
            let inside = |m: &usize| b.members.binary_search(m).is_ok();
            is_framework(b) && members.iter().all(inside)
        };
        if !f.blocs.iter().any(meets) {
            return 0.0;
        }
        let loss = members.iter().map(|m| self.losses[*m]).sum::<f64>() / members.len() as f64;
        let lift = (self.c.formation_hedging * loss)
            .clamp(-self.c.dynamic_bound, self.c.dynamic_bound)
            .exp();
        (self.c.founding_hazard * lift).clamp(0.0, 1.0)
    }

    /// Probability that `share` of `missing` forms within `years` at today's hazards, pair by pair
    /// or by a founding treaty.
    pub(super) fn probability(
        &self,
        members: &[usize],
        missing: &[(usize, usize)],
        share: f64,
        years: i32,
    ) -> f64 {
        if missing.is_empty() {
            return 1.0;
        }
        if years <= 0 {
            return 0.0;
        }
        let asked = (share * missing.len() as f64).ceil().max(1.0) as usize;
        let formed: Vec<f64> = missing.iter().map(|p| self.formed(*p, years)).collect();
        let pairwise = at_least(&formed, asked);
        let founding = 1.0 - (1.0 - self.founding_hazard(members)).powi(years);
        pairwise + founding - pairwise * founding
    }

    /// Probability that i and j conclude a pact within `years` at today's hazard.
    pub(super) fn formed(&self, (i, j): (usize, usize), years: i32) -> f64 {
        let (c, state) = (self.c, self.state);
        let dynamics = Dynamics::new(self.fixed, c, self.view, &self.losses);
        let at = self.fixed.pair_at[i * self.fixed.n + j];
        let list = &state.at_start.pacts.candidates;
        let hazard = list.get(at as usize).map_or(0.0, |pair| {
            let b = &c.pact.formation;
            formation_hazard(&dynamics, b, pair, &state.pacts, &state.cooperation)
        });
        1.0 - (1.0 - hazard).powi(years.max(0))
    }

    /// Probability that i and j end their pact within `years` at today's hazard.
    pub(super) fn ended(&self, pair: (usize, usize), years: i32) -> f64 {
        let state = self.state;
        let dynamics = Dynamics::new(self.fixed, self.c, self.view, &self.losses);
        let layer = &state.at_start.pacts;
        let b = &self.c.pact.ending;
        let endings = Endings::new(&dynamics, b, layer, &state.pacts, &state.cooperation);
        1.0 - (1.0 - endings.hazard(pair)).powi(years.max(0))
    }

    fn arrangement(
        &self,
        name: String,
        origin: Origin,
        members: &[usize],
        missing: &[(usize, usize)],
    ) -> Architecture {
        let (f, hostile) = (self.fixed, &self.state.at_start.hostile);
        let hegemon = Some(f.hegemon);
        let share = |pacts: &[(usize, usize)], ignored: Option<usize>| {
            vulnerable_gdp_share(f, members, &self.vulnerability(members, pacts, ignored))
        };
        let strength = &self.protection.strength;
        let inside: BTreeSet<usize> = members.iter().copied().collect();
        let rivals: BTreeSet<usize> = members
            .iter()
            .flat_map(|m| hostile.of(*m))
            .filter(|r| !inside.contains(r))
            .collect();
        let strongest = rivals
            .iter()
            .copied()
            .max_by(|a, b| strength[*a].total_cmp(&strength[*b]).then(b.cmp(a)));
        let mut years: Vec<Year> = YEARS.map(Year).into_iter().chain([f.horizon]).collect();
        years.retain(|y| *y > self.year);
        years.sort_unstable();
        years.dedup();
        let probability: Vec<(Year, f64)> = years
            .iter()
            .map(|y| {
                let share = self.c.arrangement_share;
                (
                    *y,
                    self.probability(members, missing, share, *y - self.year),
                )
            })
            .collect();
        let last = probability.last().map_or(0.0, |p| p.1);
        Architecture {
            name,
            origin,
            members: members.iter().map(|m| StateId::from_index(*m)).collect(),
            missing: ids(missing),
            rifts: ids(&pairs_in(members, hostile)),
            vulnerable_now: share(&[], None),
            vulnerable_with: share(missing, None),
            vulnerable_without_hegemon: share(&[], hegemon),
            vulnerable_with_without_hegemon: share(missing, hegemon),
            joint_strength: members.iter().map(|m| strength[*m]).sum(),
            strongest_rival: strongest.map(|r| (StateId::from_index(r), strength[r])),
            overlaps: overlaps(f, &inside),
            conflicts: self.conflicts(members, &inside),
            probability,
            out_of_reach: !missing.is_empty() && last < self.c.out_of_reach_probability,
        }
    }

    pub(super) fn conflicts(&self, members: &[usize], inside: &BTreeSet<usize>) -> Vec<Conflict> {
        let hostile = &self.state.at_start.hostile;
        let mut list = Vec::new();
        for &m in members {
            for partner in self.state.pacts.of(m).filter(|p| !inside.contains(p)) {
                if partner == self.fixed.hegemon {
                    continue;
                }
                for other in hostile
                    .of(partner)
                    .filter(|o| inside.contains(o) && *o != m)
                {
                    list.push(Conflict {
                        member: StateId::from_index(m),
                        bound_to: StateId::from_index(partner),
                        threatens: StateId::from_index(other),
                    });
                }
            }
        }
        list.sort_unstable();
        list
    }
}

pub(super) fn ids(pairs: &[(usize, usize)]) -> Vec<(StateId, StateId)> {
    pairs
        .iter()
        .map(|(i, j)| (StateId::from_index(*i), StateId::from_index(*j)))
        .collect()
}

pub(super) fn pairs_in(members: &[usize], ties: &Ties) -> Vec<(usize, usize)> {
    let mut pairs = Vec::new();
    for (x, &i) in members.iter().enumerate() {
        pairs.extend(
            members[x + 1..]
                .iter()
                .filter(|j| ties.has(i, **j))
                .map(|j| (i, *j)),
        );
    }
    pairs
}

pub(super) fn overlaps(fixed: &Fixed, inside: &BTreeSet<usize>) -> Vec<Overlap> {
    let mut list: Vec<Overlap> = fixed
        .blocs
        .iter()
        .filter_map(|b| {
            let common = b.members.iter().filter(|m| inside.contains(m)).count();
            let either = b.members.len() + inside.len() - common;
            (common > 0).then(|| Overlap {
                bloc: b.name.clone(),
                jaccard: common as f64 / either as f64,
                common,
            })
        })
        .collect();
    list.sort_by(|a, b| {
        b.jaccard
            .total_cmp(&a.jaccard)
            .then_with(|| a.bloc.cmp(&b.bloc))
    });
    list
}

/// Probability that at least `asked` of independent events with these probabilities occur: the
/// upper tail of the Poisson binomial, summed from its smallest terms.
fn at_least(probability: &[f64], asked: usize) -> f64 {
    let mut exactly = vec![0.0; probability.len() + 1];
    exactly[0] = 1.0;
    for (done, p) in probability.iter().enumerate() {
        for k in (0..=done + 1).rev() {
            let from = if k > 0 { exactly[k - 1] } else { 0.0 };
            exactly[k] = exactly[k] * (1.0 - p) + from * p;
        }
    }
    exactly.iter().skip(asked).rev().sum::<f64>().min(1.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ref_poisson_binomial_closed_forms() {
        // Equal probabilities: binomial, P(X >= 2) of n = 3, p = 1/2 is 1/2.
        assert!((at_least(&[0.5; 3], 2) - 0.5).abs() < 1e-15);
        // All of them: the product.
        assert!((at_least(&[0.2, 0.3, 0.4], 3) - 0.024).abs() < 1e-15);
        // At least one: one minus the product of the rest.
        assert!((at_least(&[0.2, 0.3, 0.4], 1) - (1.0 - 0.8 * 0.7 * 0.6)).abs() < 1e-15);
        assert!((at_least(&[], 0) - 1.0).abs() < 1e-15);
        assert!(at_least(&[0.5], 2).abs() < 1e-15);
    }
}
