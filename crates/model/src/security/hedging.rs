//! Nuclear hedging as a hazard ratio (MODEL.md §3.4): never a date.

use realign_numerics::special::logistic;

use super::Coefficients;
use super::fixed::Fixed;
use super::protection::Protection;

/// Log hazard of i exploring nuclear weapons against a state without guarantee, rival's weapon
/// and proficiency; unknown proficiency counts as that of the mean state.
fn log_ratio(fixed: &Fixed, c: &Coefficients, protection: &Protection, i: usize) -> f64 {
    let rival = fixed.rivalry.of(i).any(|j| fixed.pursues[j]);
    let latency = if fixed.latency_sd[i].is_finite() {
        fixed.latency_sd[i]
    } else {
        0.0
    };
    c.exploration_guarantee * protection.nuclear_guarantee[i]
        + c.exploration_rival * f64::from(u8::from(rival))
        + c.exploration_latency * latency
}

/// Factor that makes the mean hazard over the states without nuclear weapons the base rate.
pub(super) fn scale(fixed: &Fixed, c: &Coefficients, protection: &Protection) -> f64 {
    let without = || (0..fixed.n).filter(|i| fixed.active[*i] && !fixed.nuclear[*i]);
    let sum: f64 = without()
        .map(|i| log_ratio(fixed, c, protection, i).exp())
        .sum();
    if sum > 0.0 {
        without().count() as f64 / sum
    } else {
        1.0
    }
}

/// Yearly hazard of exploring nuclear weapons, `1 − (1 − h₀)^ratio`; NaN for states that have them.
pub(super) fn hazard(
    fixed: &Fixed,
    c: &Coefficients,
    protection: &Protection,
    scale: f64,
    i: usize,
) -> f64 {
    if fixed.nuclear[i] || !fixed.active[i] {
        return f64::NAN;
    }
    let ratio = scale * log_ratio(fixed, c, protection, i).exp();
    1.0 - (1.0 - logistic(c.exploration_base)).powf(ratio)
}
