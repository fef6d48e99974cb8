//! Military spending answers income, threat, expected help and foes (MODEL.md §3.3).

use super::draw::Start;
use super::fixed::Fixed;
use super::protection::Protection;
use super::threat::fatal_disputes;
use super::{Coefficients, Inputs, State};
use crate::setting::{Chance, Purpose};

/// ln(1 + expected help over own strength) of each state; zero where no strength is known.
pub(super) fn spill_ins(protection: &Protection) -> Vec<f64> {
    protection
        .strength
        .iter()
        .zip(&protection.help)
        .map(|(m, h)| if *m > 0.0 { (h / m).ln_1p() } else { 0.0 })
        .collect()
}

/// Strength of hostile states that reaches i.
fn foes(start: &Start, strength: &[f64], i: usize) -> f64 {
    let row = &start.reach[i * strength.len()..(i + 1) * strength.len()];
    start.hostile.of(i).map(|j| strength[j] * row[j]).sum()
}

/// Burden on a straight line from the burden at the start to the pledge, fraction of GDP.
fn pledged_burden(start_burden: f64, start_year: i32, year: i32, burden: f64, by: i32) -> f64 {
    if by <= start_year || year >= by {
        return burden;
    }
    let passed = f64::from(year - start_year) / f64::from(by - start_year);
    start_burden + (burden - start_burden) * passed
}

/// Log of military spending and of strength a year on.
pub(super) fn next(
    fixed: &Fixed,
    c: &Coefficients,
    state: &State,
    inputs: &Inputs<'_>,
    protection: &Protection,
    chance: &Chance,
) -> (Vec<f64>, Vec<f64>) {
    let start = &state.at_start;
    let years = f64::from(chance.step());
    let year = fixed.start.0 + chance.step() as i32;
    let spill_in = spill_ins(protection);
    let fatal = fatal_disputes(c, &start.dangerous, &state.pacts, &state.log_strength);
    let income = |i: usize| {
        let x = inputs.income_log.get(i).copied().unwrap_or(0.0);
        c.trend_growth * years + if x.is_finite() { x } else { 0.0 }
    };
    let mut spending = state.log_spending.clone();
    let mut strength = state.log_strength.clone();
    for i in (0..fixed.n).filter(|i| fixed.active[*i]) {
        let income = income(i);
        let foes_now = foes(start, &protection.strength, i);
        let foes_log = if foes_now > 0.0 && start.foes[i] > 0.0 {
            (foes_now / start.foes[i]).ln()
        } else {
            0.0
        };
        let mut desired = c.spending_income * income
            + c.spending_threat * 100.0 * (fatal[i] - start.fatal_dispute[i])
            - c.spending_spill_in * (spill_in[i] - start.spill_in[i])
            + c.spending_foes * foes_log;
        // A pledge lifts desired spending towards the pledged burden, never lowers it.
        let burden = fixed.burden[i];
        if burden > 0.0 {
            let pledged = c
                .pledges
                .iter()
                .zip(&start.pledged)
                .filter(|(_, given)| given[i])
                .map(|(p, _)| pledged_burden(burden, fixed.start.0, year, p.burden, p.by))
                .fold(0.0, f64::max);
            if pledged > 0.0 {
                let gap = (pledged / burden).ln() + income - desired;
                desired += c.pledge_compliance * gap.max(0.0);
            }
        }
        let rho = c.spending_persistence;
        let noise = c.spending_innovation * chance.normal(Purpose::Spending, i as u32, 0);
        spending[i] = rho * state.log_spending[i] + (1.0 - rho) * desired + noise;
        // M' = M + δ (m/m₀·M₀ − M), in logs of M over M₀.
        let level = state.log_strength[i].exp();
        let renewed = state.log_spending[i].exp();
        strength[i] = (level + c.strength_renewal * (renewed - level)).ln();
    }
    (spending, strength)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn prop_pledged_burden_runs_from_start_to_pledge() {
        assert!((pledged_burden(0.02, 2025, 2025, 0.035, 2035) - 0.02).abs() < 1e-15);
        assert!((pledged_burden(0.02, 2025, 2030, 0.035, 2035) - 0.0275).abs() < 1e-15);
        assert!((pledged_burden(0.02, 2025, 2040, 0.035, 2035) - 0.035).abs() < 1e-15);
        assert!((pledged_burden(0.015, 2025, 2026, 0.02, 2024) - 0.02).abs() < 1e-15);
    }
}
