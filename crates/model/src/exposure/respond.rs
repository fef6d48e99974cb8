//! One year of withdrawal, release and replacement.

use super::layers::Lever;
use super::{Coefficients, Fixed, Inputs, State};
use crate::acts::Direct;
use crate::setting::Chance;

/// One step: everything is read at date t, the result stands at t + 1.
pub fn respond(
    fixed: &Fixed,
    coefficients: &Coefficients,
    state: &State,
    inputs: &Inputs<'_>,
    _chance: &Chance,
) -> State {
    let t = inputs.trust;
    let h = fixed.hegemon;
    let ratio: Vec<f64> = (0..fixed.n)
        .map(|i| {
            if i == h || !fixed.is_state[i] {
                return 1.0;
            }
            let before = t.coefficients.reliability(t.start.total(i, h));
            if before > 0.0 {
                t.reliability(i, h) / before
            } else {
                1.0
            }
        })
        .collect();
    advance(
        fixed,
        coefficients,
        state,
        &ratio,
        &inputs.arms.dependence,
        inputs.direct,
    )
}

/// [`respond`] with trust reduced to reliability over its value at the start, and arms to the
/// dependence on the hegemon, by state.
pub fn advance(
    fixed: &Fixed,
    k: &Coefficients,
    state: &State,
    reliability_ratio: &[f64],
    arms_dependence: &[f64],
    direct: &Direct,
) -> State {
    let n = fixed.n;
    let mut next = state.clone();
    next.steps += 1;
    next.index.fill(0.0);
    next.index_staying.fill(0.0);
    for (l, layer) in fixed.layers.iter().enumerate() {
        let withheld = withheld_now(fixed, &layer.withheld_by, direct);
        let kept_by_arms = fixed.arms_layer == Some(l);
        for i in 0..n {
            let cell = l * n + i;
            let e = if kept_by_arms {
                arms_dependence[i]
            } else {
                fixed.on_hegemon[cell]
            };
            if e.is_nan() || e <= 0.0 || i == fixed.hegemon {
                continue;
            }
            next.withheld[cell] = towards(
                state.withheld[cell],
                withheld[i],
                withheld[i],
                layer.withdraw_years,
            );
            let discount = 1.0 - k.planner_discount * (1.0 - reliability_ratio[i]);
            let counted = ((1.0 - next.withheld[cell]) * discount).clamp(0.0, 1.0);
            let short = 1.0 - counted;
            if !kept_by_arms {
                let wish = (k.autonomy_response * (short - k.tolerance).max(0.0)).min(1.0);
                let replace = state.replace_years[cell];
                let give_up = layer.withdraw_years
                    + (1.0 - k.premature_release) * (replace - layer.withdraw_years).max(0.0);
                next.released[cell] = towards(state.released[cell], wish, wish, give_up);
                let aim = next.released[cell];
                next.replaced[cell] = towards(state.replaced[cell], aim, aim.max(wish), replace);
            }
            let (released, replaced) = (next.released[cell], next.replaced[cell]);
            let gap = (e * ((1.0 - released) * short + released - replaced)).max(0.0);
            let staying = e * short;
            let drawn = gap.min(state.stock_years[cell]);
            next.stock_years[cell] = state.stock_years[cell] - drawn;
            next.gap[cell] = gap - drawn;
            next.peak_gap[cell] = state.peak_gap[cell].max(next.gap[cell]);
            let weight = fixed.criticality[cell] / fixed.weight[i];
            next.index[i] += weight * gap;
            next.index_staying[i] += weight * staying;
        }
    }
    for i in 0..n {
        if next.index[i] > state.peak_index[i] {
            next.peak_index[i] = next.index[i];
            next.peak_step[i] = next.steps;
        }
        let excess = next.index[i] - next.index_staying[i];
        next.trap_depth[i] = state.trap_depth[i].max(excess);
        next.trap_area[i] = state.trap_area[i] + excess;
    }
    next
}

/// A ramp from `now` towards `aim` whose slope covers the size of the programme in `years`: a
/// small programme takes as long as a large one.
fn towards(now: f64, aim: f64, size: f64, years: f64) -> f64 {
    let step = size.max(now) / years.max(1.0);
    now + (aim - now).clamp(-step, step)
}

/// Share of the hegemon's supply that acts withhold from each state this year, by the levers of a
/// layer; several acts compound.
fn withheld_now(fixed: &Fixed, levers: &[Lever], direct: &Direct) -> Vec<f64> {
    let mut kept = vec![1.0; fixed.n];
    let h = fixed.hegemon;
    let mut hold = |supplier: usize, client: usize, share: f64| {
        if supplier == h {
            kept[client] *= 1.0 - share.clamp(0.0, 1.0);
        }
    };
    for lever in levers {
        match lever {
            Lever::Denial => {
                direct
                    .denials
                    .iter()
                    .for_each(|(a, b, s)| hold(a.index(), b.index(), *s));
            }
            Lever::Intelligence => {
                direct
                    .intelligence
                    .iter()
                    .for_each(|(a, b, s)| hold(a.index(), b.index(), *s));
            }
            Lever::Guarantee => {
                let acts = direct.guarantees.iter();
                acts.for_each(|(a, b, f)| hold(a.index(), b.index(), 1.0 - f));
            }
            Lever::TradeCost => {
                let acts = direct.trade_costs.iter();
                acts.for_each(|(a, b, cost)| hold(a.index(), b.index(), -(-cost).exp_m1()));
            }
            Lever::Sanctions => {
                direct
                    .sanctions
                    .iter()
                    .for_each(|(a, b)| hold(a.index(), b.index(), 1.0));
            }
        }
    }
    kept.into_iter().map(|k| 1.0 - k).collect()
}
