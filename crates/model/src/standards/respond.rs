//! One year of standards: what comes up for choice is chosen anew.

use realign_atlas::StateId;

use super::{Coefficients, Fixed, Inputs, Standard, State};
use crate::acts::Direct;
use crate::exposure::Lever;
use crate::setting::{Chance, Purpose};

/// Adoption a year later, equations of [`crate::standards`].
pub fn respond(
    fixed: &Fixed,
    c: &Coefficients,
    state: &State,
    inputs: &Inputs<'_>,
    chance: &Chance,
) -> State {
    let camps = fixed.camps;
    let now = fixed.neighbours(&state.shares);
    let mut shares = state.shares.clone();
    let mut utility = vec![0.0; camps];
    let kept = kept(fixed, c, inputs.direct);
    for i in (0..fixed.n).filter(|i| fixed.covered[*i]) {
        let start = &state.at_start;
        for (s, years) in fixed.standards.iter().zip(&c.replacement_years) {
            let at = i * camps + s.first;
            let u = &mut utility[..s.camps.len()];
            for (g, camp) in s.camps.iter().enumerate() {
                let trust: f64 = camp
                    .sponsors
                    .iter()
                    .map(|&(j, w)| w * inputs.trust.change(i, j))
                    .sum();
                let z = chance.normal(Purpose::Adoption, (at + g) as u32, 0);
                u[g] = start.weights[at + g]
                    * (c.network_strength * (now[at + g] - start.neighbours[at + g])
                        + c.trust_sensitivity * trust
                        + c.adoption_noise * z)
                        .exp();
                if let Some(k) = &kept {
                    u[g] *= k[at + g];
                }
            }
            choose(
                u,
                c.switching_cost,
                years.recip().min(1.0),
                &mut shares[at..at + u.len()],
            );
        }
    }
    State {
        at_start: state.at_start.clone(),
        shares,
    }
}

/// Part of each camp's attraction that acts of its sponsors leave to a state, by (state, camp);
/// `None` where no act bears on a standard. Several acts compound.
fn kept(fixed: &Fixed, c: &Coefficients, direct: &Direct) -> Option<Vec<f64>> {
    // What is kept from a state altogether is chosen by almost nobody, not by nobody.
    const LEAST: f64 = 1e-6;
    if direct.denials.is_empty() && direct.sanctions.is_empty() {
        return None;
    }
    let mut kept = vec![1.0; fixed.n * fixed.camps];
    let mut hold = |s: &Standard, actor: StateId, target: StateId, share: f64| {
        for (g, camp) in s.camps.iter().enumerate() {
            let weight = camp.sponsors.iter().find(|x| x.0 == actor.index());
            if let Some((_, w)) = weight {
                let k = &mut kept[target.index() * fixed.camps + s.first + g];
                *k = (*k * (1.0 - w * share.clamp(0.0, 1.0))).max(LEAST);
            }
        }
    };
    for s in &fixed.standards {
        for lever in &s.withheld_by {
            match lever {
                Lever::Denial => direct.denials.iter().for_each(|d| hold(s, d.0, d.1, d.2)),
                Lever::Sanctions => {
                    let share = c.sanction_withheld;
                    direct
                        .sanctions
                        .iter()
                        .for_each(|d| hold(s, d.0, d.1, share));
                }
                _ => {}
            }
        }
    }
    Some(kept)
}

/// A part `rate` of the shares `x` is chosen anew with attractions `e` and switching cost `cost`:
/// `P(h→g) ∝ e_g κ^[g≠h]` with κ = exp(−cost).
pub(super) fn choose(e: &[f64], cost: f64, rate: f64, x: &mut [f64]) {
    let keep = (-cost).exp();
    let total: f64 = e.iter().sum();
    let leave = |g: usize| keep * total + (1.0 - keep) * e[g];
    let pool: f64 = x.iter().enumerate().map(|(h, x)| x / leave(h)).sum();
    for (g, x) in x.iter_mut().enumerate() {
        let chosen = e[g] * (keep * pool + (1.0 - keep) * *x / leave(g));
        *x = (1.0 - rate) * *x + rate * chosen;
    }
}

/// Attractions under which the shares `x` are a fixed point of [`choose`]; they sum to one.
///
/// The choice is reversible, so at the fixed point `x_g ∝ e_g (κ + (1−κ) e_g)`; with Σe = 1 the
/// factor of proportion lies in [κ, 1] and is found by bisection.
pub(super) fn weights(x: &[f64], cost: f64, e: &mut [f64]) {
    let keep = (-cost).exp();
    let fill = |scale: f64, e: &mut [f64]| {
        for (e, x) in e.iter_mut().zip(x) {
            // Root of (1−κ) e² + κ e = scale·x, in the form that does not cancel.
            let square = 4.0 * (1.0 - keep) * scale * x;
            *e = 2.0 * scale * x / (keep + (keep * keep + square).sqrt());
        }
        e.iter().sum::<f64>()
    };
    let (mut low, mut high) = (keep.min(1.0), keep.max(1.0));
    for _ in 0..60 {
        let middle = 0.5 * (low + high);
        if fill(middle, e) < 1.0 {
            low = middle;
        } else {
            high = middle;
        }
    }
    fill(0.5 * (low + high), e);
    normalise(e);
}

/// Scales non-negative values to sum to one.
pub(super) fn normalise(x: &mut [f64]) {
    let total: f64 = x.iter().sum();
    for x in x.iter_mut() {
        *x /= total;
    }
}
