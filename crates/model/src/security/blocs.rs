//! Blocs, and how stable and how adaptable they are (MODEL.md §3.5, in closed form).

use realign_numerics::graph;

use super::draw::Candidate;
use super::fixed::Fixed;
use super::protection::{Protection, reliability_in};
use super::respond::{Dynamics, Endings, exit_hazard, formation_hazard, losses};
use super::{Coefficients, State};
use crate::setting::TrustView;

/// Resolution of modularity: Newman & Girvan.
const RESOLUTION: f64 = 1.0;
/// The search for communities is part of the definition of the indicator: the same for all draws.
const SEARCH_SEED: u64 = 1;
const SEARCHES: u32 = 2;

/// Fragmentation, overlap, stability and adaptability at one date.
#[derive(Clone, Debug, PartialEq)]
pub struct BlocMeasures {
    /// Community of each state; states without ties stand alone.
    pub community: Vec<usize>,
    /// Effective number of blocs, exp(−Σ s ln s) over the communities' shares of strength.
    pub effective_blocs: f64,
    /// Modularity of the communities.
    pub modularity: f64,
    /// Mean over tied states of 1 − Σ θ², θ the share of a state's ties in each community.
    pub overlap: f64,
    /// Share of tied states with θ above the threshold in at least two communities.
    pub multi_bloc_share: f64,
    /// Expected share of pact weight that survives the recovery years.
    pub tie_survival: f64,
    /// Expected share of the hegemon's help for targets that new pacts replace within the
    /// recovery years once the hegemon is gone.
    pub recovered_protection: f64,
}

/// Weighted edges (i, j, Ω) with i < j: `(w_A A + w_D D) √(p_ij p_ji)`.
fn edges(
    fixed: &Fixed,
    c: &Coefficients,
    state: &State,
    view: &TrustView<'_>,
) -> Vec<(usize, usize, f64)> {
    let reliability = reliability_in(view);
    let mut list = Vec::with_capacity(state.pacts.len() + state.cooperation.len());
    for i in (0..fixed.n).filter(|i| fixed.active[*i]) {
        let later = |j: &usize| *j > i;
        let mut push = |j: usize, weight: f64| {
            let p = (reliability(i, j) * reliability(j, i)).sqrt();
            list.push((i, j, weight * p));
        };
        for j in state.pacts.of(i).filter(later) {
            let both = state.cooperation.has(i, j);
            let extra = if both { c.bloc_cooperation_weight } else { 0.0 };
            push(j, c.bloc_pact_weight + extra);
        }
        for j in state.cooperation.of(i).filter(later) {
            if !state.pacts.has(i, j) {
                push(j, c.bloc_cooperation_weight);
            }
        }
    }
    list
}

/// Blocs and their measures in `state`.
pub fn bloc_measures(
    fixed: &Fixed,
    c: &Coefficients,
    state: &State,
    view: &TrustView<'_>,
    protection: &Protection,
) -> BlocMeasures {
    let n = fixed.n;
    let edges = edges(fixed, c, state, view);
    let mut weights = vec![0.0; n * n];
    for &(i, j, w) in &edges {
        weights[i * n + j] = w;
        weights[j * n + i] = w;
    }
    let found = graph::communities(&weights, n, RESOLUTION, SEARCH_SEED, SEARCHES)
        .expect("weights are symmetric, finite and not negative by construction");
    let (community, blocs) = (found.group, found.groups);
    let mut strength = vec![0.0; blocs];
    let mut ties = vec![0.0; n * blocs];
    for i in 0..n {
        strength[community[i]] += protection.strength[i];
    }
    for &(i, j, w) in &edges {
        ties[i * blocs + community[j]] += w;
        ties[j * blocs + community[i]] += w;
    }
    let (mut overlap, mut several, mut tied) = (0.0, 0usize, 0usize);
    for i in 0..n {
        let row = &ties[i * blocs..(i + 1) * blocs];
        let sum: f64 = row.iter().sum();
        if sum > 0.0 {
            tied += 1;
            overlap += 1.0 - row.iter().map(|w| (w / sum).powi(2)).sum::<f64>();
            let in_blocs = row
                .iter()
                .filter(|w| **w / sum > c.bloc_member_share)
                .count();
            several += usize::from(in_blocs >= 2);
        }
    }
    BlocMeasures {
        effective_blocs: graph::effective_number(&strength),
        modularity: found.modularity,
        overlap: overlap / tied as f64,
        multi_bloc_share: several as f64 / tied as f64,
        tie_survival: tie_survival(fixed, c, state, view, protection),
        recovered_protection: recovered_protection(fixed, c, state, view, protection),
        community,
    }
}

/// Expected share of pacts, weighted by Ω, in force after the recovery years at today's hazards.
fn tie_survival(
    fixed: &Fixed,
    c: &Coefficients,
    state: &State,
    view: &TrustView<'_>,
    protection: &Protection,
) -> f64 {
    let losses = losses(state, protection);
    let dynamics = Dynamics::new(fixed, c, view, &losses);
    let reliability = reliability_in(view);
    let mut exits = vec![0.0; fixed.n];
    for alliance in &fixed.alliances {
        for &i in &alliance.members {
            let h = exit_hazard(&dynamics, &protection.strength, &alliance.members, i);
            exits[i] = f64::max(exits[i], h);
        }
    }
    let (pacts, other) = (&state.pacts, &state.cooperation);
    let layer = &state.at_start.pacts;
    let endings = Endings::new(&dynamics, &c.pact.ending, layer, pacts, other);
    let (mut kept, mut total) = (0.0, 0.0);
    for (i, j) in pacts.pairs() {
        let weight = (reliability(i, j) * reliability(j, i)).sqrt();
        let survives = if state.at_start.by_membership.has(i, j) {
            (1.0 - exits[i]) * (1.0 - exits[j])
        } else {
            1.0 - endings.hazard((i, j))
        };
        kept += weight * survives.powf(c.recovery_years);
        total += weight;
    }
    kept / total
}

/// Hazards of formation between candidate pairs once the hegemon's protection is gone for
/// the targets. Candidates that hold a pact, contain the hegemon or no target are left out.
fn hazards_without_hegemon<'a>(
    dynamics: &'a Dynamics<'a>,
    state: &'a State,
    is_target: &'a [bool],
) -> impl Iterator<Item = (&'a Candidate, f64)> + 'a {
    let hegemon = dynamics.fixed.hegemon;
    state
        .at_start
        .pacts
        .candidates
        .iter()
        .filter_map(move |pair| {
            let (i, j) = (usize::from(pair.i), usize::from(pair.j));
            let concerns = is_target[i] || is_target[j];
            if !concerns || i == hegemon || j == hegemon || state.pacts.has(i, j) {
                return None;
            }
            let b = &dynamics.c.pact.formation;
            Some((
                pair,
                formation_hazard(dynamics, b, pair, &state.pacts, &state.cooperation),
            ))
        })
}

fn recovered_protection(
    fixed: &Fixed,
    c: &Coefficients,
    state: &State,
    view: &TrustView<'_>,
    protection: &Protection,
) -> f64 {
    let mut losses = losses(state, protection);
    let mut is_target = vec![false; fixed.n];
    for &t in &fixed.targets {
        is_target[t] = true;
        if protection.help_of(t, fixed.hegemon) > 0.0 {
            losses[t] = 1.0;
        }
    }
    let dynamics = Dynamics::new(fixed, c, view, &losses);
    let reliability = reliability_in(view);
    let mut gained = vec![0.0; fixed.n];
    let reach = &state.at_start.reach;
    for (pair, hazard) in hazards_without_hegemon(&dynamics, state, &is_target) {
        let formed = 1.0 - (1.0 - hazard).powf(c.recovery_years);
        let (i, j) = (usize::from(pair.i), usize::from(pair.j));
        for (x, y) in [(i, j), (j, i)] {
            if is_target[x] {
                gained[x] +=
                    formed * reliability(x, y) * reach[x * fixed.n + y] * protection.strength[y];
            }
        }
    }
    let (mut recovered, mut lost) = (0.0, 0.0);
    for &t in fixed.targets.iter().filter(|t| **t != fixed.hegemon) {
        let help = protection.help_of(t, fixed.hegemon);
        lost += help;
        recovered += gained[t].min(help);
    }
    recovered / lost
}
