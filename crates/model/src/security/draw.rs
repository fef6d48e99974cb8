//! What is set once per draw, from what is fixed and the values of the parameters.

use realign_numerics::special::{exp, ln_1p, logistic};

use super::Coefficients;
use super::coefficients::LayerHazards;
use super::covariates::{COUNT, common_allies};
use super::fixed::Fixed;
use super::threat::{Dangerous, dangerous};
use super::ties::Ties;
use crate::setting::{Chance, Purpose};

/// A pair that may form a tie, with the hazard at the start.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Candidate {
    /// First state.
    pub i: u16,
    /// Second state, larger.
    pub j: u16,
    /// Log odds of forming a tie in a year at the start.
    pub log_odds: f64,
    /// Upper bound of the yearly hazard whatever happens to trust and ties.
    pub bound: f64,
    /// Number of common allies at the start.
    pub common: u16,
    /// Whether the pair holds the other kind of tie at the start.
    pub other_tie: bool,
}

/// What is set once per draw and shared by all dates and arms of it.
#[derive(Clone, Debug, PartialEq)]
pub struct Start {
    /// Strength of each state at the start: share of the world's; zero where unknown.
    pub strength: Vec<f64>,
    /// Share of k's strength that reaches i: row i, column k.
    pub reach: Vec<f64>,
    /// Hostile states of each state, ascending.
    pub hostile: Ties,
    /// Pacts held by membership in an alliance: they end when a member leaves or an act ends them.
    pub by_membership: Ties,
    /// Strength of hostile states that reaches each state at the start.
    pub foes: Vec<f64>,
    /// Whether each state has given each pledge, in the order of the pledges.
    pub pledged: Vec<Vec<bool>>,
    /// ln(1 + help over strength) at the start, by state.
    pub spill_in: Vec<f64>,
    /// Effective guarantee of the hegemon at the start, 0–1, by state.
    pub hegemon_guarantee: Vec<f64>,
    /// Largest effective guarantee by a nuclear state at the start, 0–1, by state.
    pub nuclear_guarantee: Vec<f64>,
    /// Pairs that may come to blows.
    pub dangerous: Vec<Dangerous>,
    /// Probability of a fatal dispute with anybody at the start, by state.
    pub fatal_dispute: Vec<f64>,
    /// Factor that makes the mean hazard of exploring nuclear weapons at the start, over the
    /// states without them, the base rate.
    pub exploration_scale: f64,
    /// Formation of pacts.
    pub pacts: Formations,
    /// Formation of cooperation agreements.
    pub cooperation: Formations,
}

/// Pairs that may form one kind of tie, by first state, and the process that draws them.
///
/// A pair forms its tie when its uniform falls below its hazard, which never exceeds its bound.
/// Bounds are small: instead of one uniform a pair, arrivals of rate 1 run along the cumulated
/// `−ln(1 − bound)` of a row; a pair is hit with probability `bound`, and its uniform, given that,
/// is `bound` times another one. The draws are exact and shared by all arms.
#[derive(Clone, Debug, PartialEq)]
pub struct Formations {
    /// All pairs with foreign relations, in the order of [`Fixed::pairs`].
    pub candidates: Vec<Candidate>,
    /// Cumulated `−ln(1 − bound)` within the row of i, up to and with the pair.
    pub cumulated: Vec<f64>,
    /// Where each row starts; one more entry than states.
    pub rows: Vec<u32>,
    /// What no tie changes in the log odds of ending the tie in a year, in the order of the pairs;
    /// infinite for pairs that are not tied at the start: few of them ever are.
    pub ending: Vec<f64>,
}

impl Formations {
    fn new(
        fixed: &Fixed,
        c: &Coefficients,
        layer: &LayerHazards,
        (own, other): (&Ties, &Ties),
        common: &[u16],
    ) -> Self {
        let (b, end) = (&layer.formation, &layer.ending);
        let mut ending = Vec::with_capacity(fixed.pairs.len());
        let mut rows = vec![0u32; fixed.n + 1];
        let mut cumulated = Vec::with_capacity(fixed.pairs.len());
        let mut candidates: Vec<Candidate> = Vec::with_capacity(fixed.pairs.len());
        let mut sum = 0.0;
        for pair in &fixed.pairs {
            let (i, j) = (usize::from(pair.i), usize::from(pair.j));
            if candidates.last().is_none_or(|p| p.i != pair.i) {
                sum = 0.0;
            }
            let common = usize::from(common[candidates.len()]);
            let other_tie = other.has(i, j);
            let log_odds = pair.covariates.dot(b)
                + b[COUNT - 2] * common_allies(common)
                + b[COUNT - 1] * f64::from(u8::from(other_tie));
            // −ln(1 − logistic(x)) = ln(1 + e^x)
            let highest = log_odds + c.dynamic_bound;
            let odds = exp(highest);
            sum += ln_1p(odds);
            let bound = if highest < 0.0 {
                odds / (1.0 + odds)
            } else {
                logistic(highest)
            };
            candidates.push(Candidate {
                i: pair.i,
                j: pair.j,
                log_odds,
                bound,
                common: common as u16,
                other_tie,
            });
            cumulated.push(sum);
            ending.push(if own.has(i, j) {
                pair.covariates.dot(end)
            } else {
                f64::INFINITY
            });
            rows[i + 1] += 1;
        }
        for i in 0..fixed.n {
            rows[i + 1] += rows[i];
        }
        Self {
            candidates,
            cumulated,
            rows,
            ending,
        }
    }

    /// Calls `meet` with every pair of `open` whose uniform is below its bound, and that uniform.
    pub(super) fn arrivals(
        &self,
        n: usize,
        purpose: Purpose,
        chance: &Chance,
        open: impl Fn(&Candidate) -> bool,
        mut meet: impl FnMut(&Candidate, f64),
    ) {
        for i in 0..n {
            let (first, last) = (self.rows[i] as usize, self.rows[i + 1] as usize);
            let row = &self.cumulated[first..last];
            let Some(&end) = row.last() else { continue };
            let (mut at, mut k, mut two) = (0.0, 0, [0.0; 2]);
            loop {
                // Uses 2m and 2m + 1 come together.
                if k % 2 == 0 {
                    two = chance.uniforms(purpose, (i * n + i) as u32, k / 2);
                }
                at -= two[k as usize % 2].ln();
                k += 1;
                if at >= end {
                    break;
                }
                let hit = row.partition_point(|x| *x <= at);
                let pair = &self.candidates[first + hit];
                if open(pair) {
                    let entity = i * n + usize::from(pair.j);
                    meet(pair, pair.bound * chance.uniform(purpose, entity as u32, 0));
                }
                // A pair is met once: the process goes on behind it.
                at = row[hit];
            }
        }
    }
}

impl Start {
    /// Sets what one draw keeps; what rests on trust is filled by [`super::State::start`].
    pub(super) fn new(fixed: &Fixed, c: &Coefficients) -> Self {
        let n = fixed.n;
        let strength = strength(fixed, c);
        let reach = reach(fixed, c);
        let hostile = hostile(fixed, c, &strength, &reach);
        let mut by_membership = Ties::empty(n);
        for alliance in &fixed.alliances {
            for (x, &i) in alliance.members.iter().enumerate() {
                for &j in &alliance.members[x + 1..] {
                    by_membership.set(i, j, fixed.pacts.has(i, j));
                }
            }
        }
        let foes = (0..n)
            .map(|i| hostile.of(i).map(|j| strength[j] * reach[i * n + j]).sum())
            .collect();
        let (pacts, cooperation) = (&fixed.pacts, &fixed.cooperation);
        let common: Vec<u16> = fixed
            .pairs
            .iter()
            .map(|p| pacts.shared(usize::from(p.i), usize::from(p.j)) as u16)
            .collect();
        let formations = |layer, ties| Formations::new(fixed, c, layer, ties, &common);
        let (pacts, cooperation) = (
            formations(&c.pact, (pacts, cooperation)),
            formations(&c.cooperation, (cooperation, pacts)),
        );
        Self {
            strength,
            reach,
            hostile,
            by_membership,
            foes,
            pledged: c
                .pledges
                .iter()
                .map(|p| {
                    let given = p.made <= fixed.start.0;
                    (0..n)
                        .map(|i| given && fixed.is_member(p.bloc, i))
                        .collect()
                })
                .collect(),
            spill_in: Vec::new(),
            hegemon_guarantee: Vec::new(),
            nuclear_guarantee: Vec::new(),
            dangerous: dangerous(fixed, c),
            fatal_dispute: Vec::new(),
            exploration_scale: 1.0,
            pacts,
            cooperation,
        }
    }
}

/// Share of the world's strength: geometric mean of the shares in military spending and CINC,
/// rescaled to one; one of them alone where the other is unknown, zero where both are.
fn strength(fixed: &Fixed, c: &Coefficients) -> Vec<f64> {
    let w = c.strength_spending_weight;
    let mut m: Vec<f64> = (0..fixed.n)
        .map(|i| {
            if !fixed.active[i] {
                return 0.0;
            }
            let (s, k) = (fixed.spending_share[i], fixed.cinc[i]);
            match (s.is_finite(), k.is_finite()) {
                (true, true) if s > 0.0 && k > 0.0 => (w * s.ln() + (1.0 - w) * k.ln()).exp(),
                (true, _) => s.max(0.0),
                (false, true) => k.max(0.0),
                (false, false) => 0.0,
            }
        })
        .collect();
    let total: f64 = m.iter().sum();
    if total > 0.0 {
        for x in &mut m {
            *x /= total;
        }
    }
    m
}

/// Share of k's strength that reaches i: 1/(1 + gap/half), and from where k's forces stand,
/// weighted by their presence persons/(persons + half).
fn reach(fixed: &Fixed, c: &Coefficients) -> Vec<f64> {
    let n = fixed.n;
    let by_gap = |km: f64| 1.0 / (1.0 + km / c.reach_half_km);
    let mut forward = vec![0.0; n * n];
    for &(k, host, persons) in &fixed.troops {
        let presence = persons / (persons + c.presence_half_persons);
        for i in 0..n {
            let from_host = if i == host {
                1.0
            } else {
                by_gap(fixed.gap_km[host * n + i])
            };
            let best = &mut forward[i * n + k];
            *best = f64::max(*best, presence * from_host);
        }
    }
    let mut reach = vec![1.0; n * n];
    for (reach, (gap, forward)) in reach.iter_mut().zip(fixed.gap_km.iter().zip(&forward)) {
        *reach = 1.0 - (1.0 - by_gap(*gap)) * (1.0 - forward);
    }
    for i in 0..n {
        reach[i * n + i] = 1.0;
    }
    reach
}

/// Who is hostile to whom: rivals; pairs low on the peace scale or with repeated disputes, unless
/// they are allied or lean on the same guarantor; and, within reach, the rivals of those who make
/// up a notable share of a state's help.
fn hostile(fixed: &Fixed, c: &Coefficients, strength: &[f64], reach: &[f64]) -> Ties {
    let n = fixed.n;
    let mut allies = fixed.pacts.clone();
    for (k, i) in &fixed.designations {
        allies.set(k.index(), i.index(), true);
    }
    let mut all = Ties::empty(n);
    for pair in &fixed.pairs {
        let (i, j) = (usize::from(pair.i), usize::from(pair.j));
        let k = i * n + j;
        let friends = || allies.has(i, j) || allies.meets(i, &allies, j);
        let quarrels = fixed.peace[k] <= c.hostile_peace_level
            || f64::from(fixed.disputes[k]) >= c.hostile_disputes;
        all.set(i, j, fixed.rivalry.has(i, j) || quarrels && !friends());
    }
    // Share of x's possible help that comes from rivals of y.
    let through_allies = |x: usize, y: usize| {
        if c.ally_rival_share >= 0.0 && !fixed.pacts.meets(x, &fixed.rivalry, y) {
            return false;
        }
        let (mut rivals, mut total) = (0.0, 0.0);
        for a in fixed.pacts.of(x) {
            let help = strength[a] * reach[x * n + a];
            total += help;
            if fixed.rivalry.has(a, y) {
                rivals += help;
            }
        }
        rivals > c.ally_rival_share * total
    };
    for pair in &fixed.pairs {
        let (i, j) = (usize::from(pair.i), usize::from(pair.j));
        if !allies.has(i, j)
            && fixed.gap_km[i * n + j] <= c.ally_rival_km
            && (through_allies(i, j) || through_allies(j, i))
        {
            all.set(i, j, true);
        }
    }
    all
}
