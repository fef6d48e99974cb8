//! One step of security, pure.

use realign_numerics::special::logistic;

use super::covariates::{COUNT, ENDING_COUNT, STATIC, common_allies, partners_of};
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
        dynamics: Dynamics::new(fixed, c, &inputs.trust, &losses),
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
    losses: &'a [f64],
    /// Slow and fast part of the change of trust.
    trust: [&'a [f64]; 2],
}

impl<'a> Dynamics<'a> {
    pub fn new(
        fixed: &'a Fixed,
        c: &'a Coefficients,
        view: &TrustView<'a>,
        losses: &'a [f64],
    ) -> Self {
        Self {
            fixed,
            c,
            losses,
            trust: [view.now.slow.as_slice(), view.now.fast.as_slice()],
        }
    }

    /// [`TrustView::change`] of i's trust in j.
    #[inline]
    fn change(&self, i: usize, j: usize) -> f64 {
        let k = i * self.fixed.n + j;
        let [slow, fast] = self.trust;
        slow[k] + fast[k]
    }

    /// The smaller change of the two directions.
    #[inline]
    fn smaller_change(&self, i: usize, j: usize) -> f64 {
        self.change(i, j).min(self.change(j, i))
    }

    /// What trust and lost protection change in the log odds that i and j form a tie.
    pub fn formation(&self, i: usize, j: usize) -> f64 {
        let trust = self.smaller_change(i, j);
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
        self.c.ending_trust * self.smaller_change(i, j)
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
    let ties = b[COUNT - 2]
        * (common_allies(pacts.shared(i, j)) - common_allies(usize::from(pair.common)))
        + b[COUNT - 1]
            * (f64::from(u8::from(other.has(i, j))) - f64::from(u8::from(pair.other_tie)));
    logistic(pair.log_odds + dynamics.bounded(ties + dynamics.formation(i, j)))
}

/// Hazards of ending one kind of tie at one date.
pub(super) struct Endings<'a> {
    dynamics: &'a Dynamics<'a>,
    b: &'a [f64; ENDING_COUNT],
    layer: &'a Formations,
    pacts: &'a Ties,
    other: &'a Ties,
    partners: Vec<usize>,
}

impl<'a> Endings<'a> {
    pub fn new(
        dynamics: &'a Dynamics<'a>,
        b: &'a [f64; ENDING_COUNT],
        layer: &'a Formations,
        pacts: &'a Ties,
        other: &'a Ties,
    ) -> Self {
        let partners = (0..pacts.n()).map(|i| pacts.degree(i)).collect();
        Self {
            dynamics,
            b,
            layer,
            pacts,
            other,
            partners,
        }
    }

    /// Log odds at unchanged trust; `None` where one of the two has no foreign relations.
    fn log_odds(&self, (i, j): (usize, usize)) -> Option<f64> {
        let b = self.b;
        let fixed = self.dynamics.fixed;
        let at = fixed.position(i, j)?;
        let mut unchanging = self.layer.ending[at];
        if unchanging.is_infinite() {
            unchanging = fixed.pairs[at].covariates.dot(b);
        }
        let most = self.partners[i].max(self.partners[j]);
        Some(
            unchanging
                + b[STATIC] * common_allies(self.pacts.shared(i, j))
                + b[STATIC + 1] * f64::from(u8::from(self.other.has(i, j)))
                + b[COUNT] * partners_of(most),
        )
    }

    fn with_trust(&self, log_odds: f64, (i, j): (usize, usize)) -> f64 {
        let d = self.dynamics;
        logistic(log_odds + d.bounded(d.ending(i, j)))
    }

    /// Yearly hazard that a tied pair ends its tie.
    pub fn hazard(&self, pair: (usize, usize)) -> f64 {
        self.log_odds(pair)
            .map_or(0.0, |log_odds| self.with_trust(log_odds, pair))
    }

    /// Whether `u` is below the hazard. Trust is looked at only where it could decide.
    fn ends(&self, pair: (usize, usize), u: f64) -> bool {
        self.log_odds(pair).is_some_and(|log_odds| {
            u < above_exp(log_odds + self.dynamics.c.dynamic_bound)
                && u < self.with_trust(log_odds, pair)
        })
    }
}

/// A number between eˣ and 1.07 eˣ for −700 < x < 0: the chord of 2^y between whole y, which the
/// bits of a floating-point number are. Infinite or far above eˣ elsewhere.
fn above_exp(x: f64) -> f64 {
    const BIAS: f64 = 1023.0;
    const MANTISSA: f64 = (1u64 << 52) as f64;
    const ROUNDING: f64 = 1.0 + 1e-6;
    if x.is_nan() || x >= 0.0 {
        return f64::INFINITY;
    }
    let exponent = x.max(-700.0) * std::f64::consts::LOG2_E + BIAS;
    f64::from_bits((exponent * MANTISSA) as u64) * ROUNDING
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
    let change = strongest.map_or(0.0, |k| dynamics.change(member, k));
    logistic(dynamics.c.exit_base + dynamics.bounded(dynamics.c.ending_trust * change))
}

/// Formation and end of ties in one step.
struct TieStep<'a> {
    fixed: &'a Fixed,
    c: &'a Coefficients,
    state: &'a State,
    dynamics: Dynamics<'a>,
    chance: &'a Chance,
}

impl TieStep<'_> {
    fn uniform(&self, purpose: Purpose, (i, j): (usize, usize), k: u32) -> f64 {
        let entity = (i * self.fixed.n + j) as u32;
        self.chance.uniform(purpose, entity, k)
    }

    fn formed(
        &self,
        next: &mut Ties,
        formations: &Formations,
        b: &[f64; COUNT],
        (own, other): (&Ties, &Ties),
        purpose: Purpose,
    ) {
        let pacts = &self.state.pacts;
        let open = |pair: &Candidate| !own.has(usize::from(pair.i), usize::from(pair.j));
        formations.arrivals(self.fixed.n, purpose, self.chance, open, |pair, u| {
            if u < formation_hazard(&self.dynamics, b, pair, pacts, other) {
                next.set(usize::from(pair.i), usize::from(pair.j), true);
            }
        });
    }

    fn pacts(&self) -> Ties {
        let (state, start, c) = (self.state, &self.state.at_start, self.c);
        let (own, other) = (&state.pacts, &state.cooperation);
        let mut next = own.clone();
        let endings = Endings::new(&self.dynamics, &c.pact.ending, &start.pacts, own, other);
        for (i, j) in own
            .pairs()
            .filter(|(i, j)| !start.by_membership.has(*i, *j))
        {
            if endings.ends((i, j), self.uniform(Purpose::PactEnded, (i, j), 0)) {
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
                if u >= exit_hazard(&self.dynamics, &strength, &alliance.members, member) {
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
        let mut next = own.clone();
        let list = &start.cooperation;
        let endings = Endings::new(
            &self.dynamics,
            &c.cooperation.ending,
            list,
            &state.pacts,
            other,
        );
        for (i, j) in own.pairs() {
            let u = self.uniform(Purpose::CooperationFormed, (i, j), 1);
            if endings.ends((i, j), u) {
                next.set(i, j, false);
            }
        }
        let b = &c.cooperation.formation;
        self.formed(&mut next, list, b, (own, other), Purpose::CooperationFormed);
        next
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn prop_the_chord_is_above_the_exponential(x in -700.0..0.0f64) {
            let bound = above_exp(x);
            prop_assert!(bound >= x.exp() && bound <= 1.07 * x.exp(), "{bound} at {x}");
            prop_assert!(above_exp(x - 700.0) >= (x - 700.0).exp());
            prop_assert!(above_exp(-x) >= (-x).exp() && above_exp(f64::NAN).is_infinite());
        }
    }
}
