//! One step of security, pure.

use realign_numerics::special::logistic;

use super::covariates::{COUNT, ENDING_COUNT, common_allies, partners};
use super::draw::{Candidate, Formations};
use super::fixed::Fixed;
use super::protection::{Guarantees, Protection};
use super::ties::Ties;
use super::{Coefficients, Inputs, State, spending};
use crate::setting::{Chance, Purpose, TrustView};

/// Leads security from date t to the next year. Pacts that acts end or make count at once;
/// everything else answers the world at date t.
pub fn respond(
    fixed: &Fixed,
    coefficients: &Coefficients,
    state: &State,
    inputs: &Inputs<'_>,
    chance: &Chance,
) -> State {
    let c = coefficients;
    let mut now = state.clone();
    apply_acts(fixed, &mut now, inputs);
    let protection = Protection::new(fixed, c, &now, &inputs.trust);
    let (log_spending, log_strength) = spending::next(fixed, c, &now, inputs, &protection, chance);
    let losses = losses(&now, &protection);
    let ties = TieStep {
        fixed,
        c,
        state: &now,
        view: &inputs.trust,
        losses: &losses,
        chance,
    };
    let (pacts, cooperation) = (ties.pacts(), ties.cooperation());
    let start = &now.at_start;
    for i in 0..fixed.n {
        let change = protection.nuclear_guarantee[i] - start.nuclear_guarantee[i];
        now.hedging_log_ratio[i] = c.exploration_guarantee * change;
    }
    State {
        pacts,
        cooperation,
        log_spending,
        log_strength,
        ..now
    }
}

/// Ends and makes pacts by acts and takes over the factors on guarantees.
fn apply_acts(fixed: &Fixed, state: &mut State, inputs: &Inputs<'_>) {
    let direct = inputs.direct;
    state.guarantees = Guarantees::new(fixed.n, &direct.guarantees);
    for &(a, b) in &direct.pacts_ended {
        state.pacts.set(a.index(), b.index(), false);
        state.designations.retain(|d| *d != (a, b) && *d != (b, a));
    }
    for &(a, b) in &direct.pacts_made {
        if fixed.active[a.index()] && fixed.active[b.index()] {
            state.pacts.set(a.index(), b.index(), true);
        }
    }
}

/// Share of the hegemon's guarantee that each state has lost since the start; negative for a gain.
pub(super) fn losses(state: &State, protection: &Protection) -> Vec<f64> {
    state
        .at_start
        .hegemon_guarantee
        .iter()
        .zip(&protection.hegemon_guarantee)
        .map(|(then, now)| {
            if *then > 0.0 {
                (1.0 - now / then).max(-1.0)
            } else {
                0.0
            }
        })
        .collect()
}

/// Change of log odds of forming a tie since the start, before it is bounded.
pub(super) struct Dynamics<'a> {
    pub fixed: &'a Fixed,
    pub c: &'a Coefficients,
    pub view: &'a TrustView<'a>,
    pub losses: &'a [f64],
}

impl Dynamics<'_> {
    /// What trust and lost protection change in the log odds that i and j form a tie.
    pub fn formation(&self, i: usize, j: usize) -> f64 {
        let trust = self.view.change(i, j).min(self.view.change(j, i));
        let third_parties = i != self.fixed.hegemon && j != self.fixed.hegemon;
        let loss = if third_parties {
            0.5 * (self.losses[i] + self.losses[j])
        } else {
            0.0
        };
        self.c.formation_trust * trust + self.c.formation_hedging * loss
    }

    /// What trust changes in the log odds that i and j end a tie.
    pub fn ending(&self, i: usize, j: usize) -> f64 {
        self.c.ending_trust * self.view.change(i, j).min(self.view.change(j, i))
    }

    /// Within the bound on changes of log odds.
    pub fn bounded(&self, change: f64) -> f64 {
        change.clamp(-self.c.dynamic_bound, self.c.dynamic_bound)
    }
}

/// Yearly hazard that a candidate pair forms a tie.
pub(super) fn formation_hazard(
    dynamics: &Dynamics<'_>,
    b: &[f64; COUNT],
    pair: &Candidate,
    pacts: &Ties,
    other: &Ties,
) -> f64 {
    let (i, j) = (usize::from(pair.i), usize::from(pair.j));
    let ties = b[COUNT - 2] * (common_allies(pacts.shared(i, j)) - pair.common)
        + b[COUNT - 1]
            * (f64::from(u8::from(other.has(i, j))) - f64::from(u8::from(pair.other_tie)));
    logistic(pair.log_odds + dynamics.bounded(ties + dynamics.formation(i, j)))
}

/// Yearly hazard that a tied pair ends its tie.
pub(super) fn ending_hazard(
    dynamics: &Dynamics<'_>,
    b: &[f64; ENDING_COUNT],
    (i, j): (usize, usize),
    pacts: &Ties,
    other: &Ties,
) -> f64 {
    let Some(pair) = dynamics.fixed.pair(i, j) else {
        return 0.0;
    };
    let log_odds = pair.covariates.dot(b)
        + b[COUNT - 2] * common_allies(pacts.shared(i, j))
        + b[COUNT - 1] * f64::from(u8::from(other.has(i, j)))
        + b[COUNT] * partners(pacts, i, j);
    logistic(log_odds + dynamics.bounded(dynamics.ending(i, j)))
}

/// Yearly hazard that `member` leaves an alliance of `members`: it answers the change of its
/// trust in the strongest other member.
pub(super) fn exit_hazard(
    dynamics: &Dynamics<'_>,
    strength: &[f64],
    members: &[usize],
    member: usize,
) -> f64 {
    let strongest = members
        .iter()
        .copied()
        .filter(|k| *k != member)
        .max_by(|a, b| strength[*a].total_cmp(&strength[*b]).then(b.cmp(a)));
    let change = strongest.map_or(0.0, |k| dynamics.view.change(member, k));
    logistic(dynamics.c.exit_base + dynamics.bounded(dynamics.c.ending_trust * change))
}

/// Formation and end of ties in one step.
struct TieStep<'a> {
    fixed: &'a Fixed,
    c: &'a Coefficients,
    state: &'a State,
    view: &'a TrustView<'a>,
    losses: &'a [f64],
    chance: &'a Chance,
}

impl TieStep<'_> {
    fn dynamics(&self) -> Dynamics<'_> {
        Dynamics {
            fixed: self.fixed,
            c: self.c,
            view: self.view,
            losses: self.losses,
        }
    }

    fn uniform(&self, purpose: Purpose, i: usize, j: usize) -> f64 {
        self.chance
            .uniform(purpose, (i * self.fixed.n + j) as u32, 0)
    }

    fn formed(
        &self,
        next: &mut Ties,
        formations: &Formations,
        b: &[f64; COUNT],
        (own, other): (&Ties, &Ties),
        purpose: Purpose,
    ) {
        let dynamics = self.dynamics();
        formations.arrivals(self.fixed.n, purpose, self.chance, |pair, u| {
            let (i, j) = (usize::from(pair.i), usize::from(pair.j));
            if !own.has(i, j) && u < formation_hazard(&dynamics, b, pair, &self.state.pacts, other)
            {
                next.set(i, j, true);
            }
        });
    }

    fn pacts(&self) -> Ties {
        let (state, start, c) = (self.state, &self.state.at_start, self.c);
        let (own, other) = (&state.pacts, &state.cooperation);
        let dynamics = self.dynamics();
        let mut next = own.clone();
        for (i, j) in own
            .pairs()
            .filter(|(i, j)| !start.by_membership.has(*i, *j))
        {
            let u = self.uniform(Purpose::PactEnded, i, j);
            if u < ending_hazard(&dynamics, &c.pact.ending, (i, j), own, other) {
                next.set(i, j, false);
            }
        }
        let strength = state.strength();
        for (a, alliance) in self.fixed.alliances.iter().enumerate() {
            for &member in &alliance.members {
                let tied = |k: usize| k != member && own.has(member, k);
                if !alliance.members.iter().any(|k| tied(*k)) {
                    continue;
                }
                let u = self
                    .chance
                    .uniform(Purpose::PactEnded, member as u32, 1 + a as u32);
                if u >= exit_hazard(&dynamics, &strength, &alliance.members, member) {
                    continue;
                }
                for &k in alliance.members.iter().filter(|k| tied(**k)) {
                    let held_elsewhere =
                        self.fixed.alliances.iter().enumerate().any(|(other, x)| {
                            other != a && x.members.contains(&member) && x.members.contains(&k)
                        });
                    if !held_elsewhere {
                        next.set(member, k, false);
                    }
                }
            }
        }
        let b = &c.pact.formation;
        self.formed(
            &mut next,
            &start.pacts,
            b,
            (own, other),
            Purpose::PactFormed,
        );
        next
    }

    fn cooperation(&self) -> Ties {
        let (state, start, c) = (self.state, &self.state.at_start, self.c);
        let (own, other) = (&state.cooperation, &state.pacts);
        let dynamics = self.dynamics();
        let mut next = own.clone();
        for (i, j) in own.pairs() {
            let entity = (i * self.fixed.n + j) as u32;
            let u = self.chance.uniform(Purpose::CooperationFormed, entity, 1);
            if u < ending_hazard(
                &dynamics,
                &c.cooperation.ending,
                (i, j),
                &state.pacts,
                other,
            ) {
                next.set(i, j, false);
            }
        }
        let b = &c.cooperation.formation;
        let list = &start.cooperation;
        self.formed(&mut next, list, b, (own, other), Purpose::CooperationFormed);
        next
    }
}
