//! One year of orders, deliveries and capability.

use realign_numerics::special::logistic;

use super::class::CLASSES;
use super::fixed::Fixed;
use super::measure::dependence;
use super::profile::Profiles;
use super::{Coefficients, Inputs, State};
use crate::Square;
use crate::acts::Direct;
use crate::setting::{Chance, Purpose};

/// Smallest share left by a denial, so that a logarithm exists.
const FLOOR: f64 = 1e-9;

/// An open order smaller than this is delivered: there is nothing left to cut.
const LEAST_AIRCRAFT: f64 = 0.5;

/// What trust does to one pair: change of trust (SD) and of the probability of being let down.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Pull {
    /// Change of the recipient's trust in the supplier since the start, SD.
    pub trust: f64,
    /// Change of the probability that the supplier does not honour a commitment.
    pub risk: f64,
}

/// One step: everything is read at date t, the result stands at t + 1.
pub fn respond(
    fixed: &Fixed,
    coefficients: &Coefficients,
    state: &State,
    inputs: &Inputs<'_>,
    chance: &Chance,
) -> State {
    let t = inputs.trust;
    // The curve of reliability is that of the draw; only the level differs by pair.
    let (intercept, slope) = (
        t.coefficients.reliability_intercept(),
        t.coefficients.reliability_slope,
    );
    let reliability = |level: f64| logistic(intercept + slope * level);
    let mut pulls = Vec::with_capacity(fixed.pair_supplier.len());
    for i in 0..fixed.n {
        let levels = [t.start, t.now].map(|s| s.at_start.level.row(i));
        let slow = [t.start, t.now].map(|s| s.slow.row(i));
        let fast = [t.start, t.now].map(|s| s.fast.row(i));
        for &j in &fixed.pair_supplier[fixed.pairs(i)] {
            let j = usize::from(j);
            let [before, now] = [0, 1].map(|k| slow[k][j] + fast[k][j]);
            pulls.push(Pull {
                trust: now - before,
                risk: reliability(levels[0][j] + before) - reliability(levels[1][j] + now),
            });
        }
    }
    advance(
        fixed,
        coefficients,
        state,
        &pulls,
        inputs.direct,
        inputs.spending_ratio,
        inputs.allies,
        inputs.reputation,
        chance,
    )
}

/// [`respond`] with trust already reduced to one [`Pull`] by pair.
#[allow(clippy::too_many_arguments)]
pub fn advance(
    fixed: &Fixed,
    k: &Coefficients,
    state: &State,
    pulls: &[Pull],
    direct: &Direct,
    spending_ratio: &[f64],
    allies: &Square,
    reputation: bool,
    chance: &Chance,
) -> State {
    let mut next = state.without_views();
    let acts = PairActs::new(
        fixed,
        direct,
        if reputation {
            k.others_degradation_weight
        } else {
            0.0
        },
    );
    for (a, b) in &direct.coproduction {
        for s in [a, b] {
            next.coproduction[s.index()] += k.coproduction_gain;
        }
    }
    let start = &state.calibration;
    let mut utility = Vec::new();
    for i in 0..fixed.n {
        if !fixed.known(i) {
            continue;
        }
        let first = fixed.pairs(i).start;
        utility.clear();
        for p in fixed.pairs(i) {
            let j = u32::from(fixed.pair_supplier[p]);
            if fixed.pair_known[p] {
                let entity = i as u32 * fixed.n as u32 + j;
                next.taste[p] += k.taste_sd * chance.normal(Purpose::Procurement, entity, 0);
            }
            utility.push(
                k.trust_elasticity * pulls[p].trust
                    + k.delta_elasticity * acts.expected_log_delta[p]
                    + k.interoperability * (state.allied_share[p] - start.allied_share[p])
                    + acts.log_granted[p]
                    + next.taste[p],
            );
        }
        let ratio = spending_ratio[i];
        let volume = if ratio > 0.0 {
            ratio.powf(k.spending_to_orders)
        } else {
            1.0
        };
        for class in 0..CLASSES {
            let cell = i * CLASSES + class;
            order_and_deliver(
                fixed, k, state, &mut next, &acts, pulls, &utility, first, cell, volume,
            );
        }
        flagship(
            fixed, k, state, &mut next, &acts, pulls, &utility, first, volume, i,
        );
    }
    next.profiles = Profiles::new(fixed, &next);
    (next.allied_likeness, next.allied_share) = next.profiles.with_allies(fixed, allies);
    next.dependence = dependence(fixed, &next);
    next
}

/// Choice, book, deliveries, base and capability of one cell.
#[allow(clippy::too_many_arguments)]
fn order_and_deliver(
    fixed: &Fixed,
    k: &Coefficients,
    state: &State,
    next: &mut State,
    acts: &PairActs,
    pulls: &[Pull],
    utility: &[f64],
    first: usize,
    cell: usize,
    volume: f64,
) {
    let class = cell % CLASSES;
    let (lead, life) = (k.lead_years[class], k.life_years[class]);
    let start = &state.calibration;
    let range = fixed.entries(cell);
    let home = start.domestic[cell];
    let foreign_base: f64 = range.clone().map(|e| state.base[e]).sum();

    // Weights of the logit; what is given up of the book comes back as new orders.
    let mut total = home * (k.capability_elasticity * state.capability[cell]).exp();
    next.domestic_order[cell] = total;
    let (mut given_up, mut degraded) = (0.0, next.degraded[cell]);
    let (order, book, base) = (
        &mut next.order[range.clone()],
        &mut next.book[range.clone()],
        &mut next.base[range.clone()],
    );
    let (pair_of, order_start, base_start) = (
        &fixed.pair_of[range.clone()],
        &start.order[range.clone()],
        &start.base[range],
    );
    let per_risk = k.risk_per_year * life;
    let kept = 1.0 - 1.0 / life;
    let entries = order.iter_mut().zip(&mut *book).zip(base);
    let constants = pair_of.iter().zip(order_start).zip(base_start);
    for (((order, book), base), ((p, order_start), base_start)) in entries.zip(constants) {
        let p = *p as usize;
        let locked = if foreign_base > 0.0 {
            *base / foreign_base - base_start
        } else {
            0.0
        };
        let v = utility[p - first] + per_risk * pulls[p].risk + k.lock_in * locked;
        let ratio = v.exp();
        let weight = (1.0 - home) * order_start * ratio;
        *order = weight;
        total += weight;

        let delivered = *book / lead * (1.0 - acts.denied[p]);
        let lost = (*book - delivered).max(0.0) * loss(k.order_loss_odds, ratio);
        given_up += lost;
        *book = (*book - delivered - lost).max(0.0);
        *base = *base * kept + delivered;
        degraded += delivered * (1.0 - acts.delta[p]);
    }
    next.degraded[cell] = degraded - state.degraded[cell] / life;
    let at_home = state.domestic_book[cell] / lead;
    next.domestic_base[cell] = state.domestic_base[cell] * (1.0 - 1.0 / life) + at_home;
    if total <= 0.0 {
        return;
    }
    let placed = volume + given_up;
    next.domestic_order[cell] /= total;
    next.domestic_book[cell] += placed * next.domestic_order[cell] - at_home;
    for (order, book) in order.iter_mut().zip(book) {
        *order /= total;
        *book += placed * *order;
    }
    if home > 0.0 {
        let growth = (volume * state.domestic_order[cell] / home).max(FLOOR).ln();
        let aim = k.capability_growth * growth + next.coproduction[cell / CLASSES];
        // K is an index between 0 and 1: it cannot outgrow the whole of the needs.
        next.capability[cell] = (state.capability[cell]
            + (aim - state.capability[cell]) / k.capability_lag_years[class].max(1.0))
        .min(-home.ln());
    }
}

/// Probability that an order is given up within the year: the odds while nothing has changed,
/// divided by how much the supplier's odds of being chosen have changed.
fn loss(odds: f64, ratio: f64) -> f64 {
    odds / (ratio + odds)
}

/// The hegemon's flagship: orders delivered, given up or still open, and the first decision of the
/// recipient, to cut or to add.
#[allow(clippy::too_many_arguments)]
fn flagship(
    fixed: &Fixed,
    k: &Coefficients,
    state: &State,
    next: &mut State,
    acts: &PairActs,
    pulls: &[Pull],
    utility: &[f64],
    first: usize,
    volume: f64,
    i: usize,
) {
    if fixed.flagship_ordered[i] <= 0.0 {
        return;
    }
    let open = state.flagship_open[i];
    let class = super::Class::CombatAircraft.index();
    let (lead, life) = (k.lead_years[class], k.life_years[class]);
    let (denied, v) = fixed.pair(i, fixed.hegemon).map_or((0.0, 0.0), |p| {
        (
            acts.denied[p],
            utility[p - first] + k.risk_per_year * life * pulls[p].risk,
        )
    });
    let delivered = open / lead * (1.0 - denied);
    let given_up = loss(k.order_loss_odds, v.exp());
    let moved = (open - delivered) * given_up;
    // Two decisions compete; the first one counts.
    let cut = if open - delivered > LEAST_AIRCRAFT {
        given_up
    } else {
        0.0
    };
    let more = -(-k.follow_on_hazard * volume * v.exp()).exp_m1();
    let [was_cut, was_added] = state.flagship_decision[i];
    let undecided = 1.0 - was_cut - was_added;
    next.flagship_decision[i] = [
        was_cut + undecided * cut,
        was_added + undecided * (1.0 - cut) * more,
    ];
    next.flagship_delivered[i] += delivered;
    next.flagship_moved[i] += moved;
    next.flagship_open[i] = open - delivered - moved;
}

/// Direct effects by pair.
struct PairActs {
    /// Delivered-capability factor.
    delta: Vec<f64>,
    /// What the recipient expects of it, ln; includes what the supplier did to others.
    expected_log_delta: Vec<f64>,
    /// Share of deliveries denied.
    denied: Vec<f64>,
    /// ln(1 − denied).
    log_granted: Vec<f64>,
}

impl PairActs {
    fn new(fixed: &Fixed, direct: &Direct, learned: f64) -> Self {
        let pairs = fixed.pair_supplier.len();
        let mut a = Self {
            delta: vec![1.0; pairs],
            expected_log_delta: vec![0.0; pairs],
            denied: vec![0.0; pairs],
            log_granted: vec![0.0; pairs],
        };
        for &(j, i, share) in &direct.denials {
            if let Some(p) = fixed.pair(i.index(), j.index()) {
                a.denied[p] = 1.0 - (1.0 - a.denied[p]) * (1.0 - share.clamp(0.0, 1.0));
                a.log_granted[p] = (1.0 - a.denied[p]).max(FLOOR).ln();
            }
        }
        if direct.downgrades.is_empty() {
            return a;
        }
        // Mean log downgrade by supplier, over those it downgrades.
        let mut done = vec![(0.0, 0.0); fixed.n];
        for &(j, i, delta) in &direct.downgrades {
            let log = delta.clamp(FLOOR, 1.0).ln();
            done[j.index()].0 += log;
            done[j.index()].1 += 1.0;
            if let Some(p) = fixed.pair(i.index(), j.index()) {
                a.delta[p] *= delta.clamp(FLOOR, 1.0);
                a.expected_log_delta[p] += log;
            }
        }
        for p in 0..pairs {
            let (sum, count) = done[usize::from(fixed.pair_supplier[p])];
            let own = a.expected_log_delta[p];
            let others = if own == 0.0 { count } else { count - 1.0 };
            if others > 0.0 {
                a.expected_log_delta[p] += learned * (sum - own) / others;
            }
        }
        a
    }
}
