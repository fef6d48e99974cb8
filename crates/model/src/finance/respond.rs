//! One year of portfolios.

use std::sync::Arc;

use super::{Coefficients, Fixed, Inputs, State, logistic, logit};
use crate::acts::Direct;
use crate::setting::{Chance, Purpose};

/// Smallest share of a currency that is distinguished, so that log-odds exist.
const FLOOR: f64 = 1e-3;

/// One step: everything is read at date t, the result stands at t + 1.
pub fn respond(
    fixed: &Fixed,
    coefficients: &Coefficients,
    state: &State,
    inputs: &Inputs<'_>,
    chance: &Chance,
) -> State {
    let n = fixed.observed.n;
    let h = fixed.observed.hegemon;
    let t = inputs.trust;
    let mut allied = vec![0.0; n];
    let mut ratio = vec![1.0; n];
    for i in (0..n).filter(|i| *i != h && fixed.observed.is_state[*i]) {
        allied[i] = inputs.allies.at(i, h);
        let before = t.coefficients.reliability(t.start.total(i, h));
        ratio[i] = if before > 0.0 {
            t.reliability(i, h) / before
        } else {
            1.0
        };
    }
    advance(
        fixed,
        coefficients,
        state,
        &allied,
        &ratio,
        inputs.direct,
        chance,
    )
}

/// [`respond`] with trust and ties reduced to what each state holds towards the hegemon: weight of
/// the alliance (0–1) and the probability of being honoured over its value at the start.
pub fn advance(
    fixed: &Fixed,
    k: &Coefficients,
    state: &State,
    allied: &[f64],
    reliability_ratio: &[f64],
    direct: &Direct,
    chance: &Chance,
) -> State {
    let o = &fixed.observed;
    let n = o.n;
    let mut next = state.clone();
    next.world_drift += k.world_sd * chance.normal(Purpose::Reserves, 0, 0);
    let mut sanctioned = vec![false; n];
    for (sender, target) in &direct.sanctions {
        if sender.index() == o.hegemon {
            sanctioned[target.index()] = true;
        }
    }
    let at_start = next
        .allied_at_start
        .get_or_insert_with(|| Arc::new(allied.to_vec()))
        .clone();
    let share = logistic(fixed.log_odds);
    let moved = moved_share(fixed, state);
    for i in (0..n).filter(|i| *i != o.hegemon && o.is_state[*i]) {
        if o.securities_musd[i] > 0.0 {
            next.holdings_drift[i] += k.holdings_sd * chance.normal(Purpose::Holdings, i as u32, 0);
        }
        // A line that the issuer has closed to a sanctioned state is gone; the rest is belief.
        let believed = reliability_ratio[i].clamp(0.0, 1.0);
        next.line_available[i] = if sanctioned[i] { 0.0 } else { believed };
        if o.currency.is_none() {
            continue;
        }
        let lost = (at_start[i] - allied[i] * reliability_ratio[i]).clamp(-1.0, 1.0);
        let aim_share = (share - k.alliance_effect * lost).clamp(FLOOR, 1.0 - FLOOR);
        let sanction = if sanctioned[i] {
            k.sanction_log_odds
        } else {
            0.0
        };
        let alliance = if lost == 0.0 {
            0.0
        } else {
            logit(aim_share) - fixed.log_odds
        };
        let aim = alliance + sanction + k.network * moved;
        next.deviation[i] = k.inertia * state.deviation[i] + (1.0 - k.inertia) * aim;
    }
    next
}

/// Share of the currency in a state's reserves.
pub(super) fn share_of(fixed: &Fixed, state: &State, i: usize) -> f64 {
    logistic(fixed.log_odds + state.world_drift + state.deviation[i])
}

/// How far conduct and distrust have moved the world's share of the currency (signed fraction).
pub(super) fn moved_share(fixed: &Fixed, state: &State) -> f64 {
    let without = logistic(fixed.log_odds + state.world_drift);
    (0..fixed.observed.n)
        .filter(|i| fixed.weight[*i] > 0.0)
        .map(|i| fixed.weight[i] * (share_of(fixed, state, i) - without))
        .sum()
}
