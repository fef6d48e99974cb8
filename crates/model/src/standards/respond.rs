//! One year of standards: what comes up for choice is chosen anew.

use super::{Coefficients, Fixed, Inputs, State};
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
