//! What exposure reports.

use realign_atlas::StateId;

use super::{Coefficients, Fixed, State};
use crate::indicator::{Indicator, Recorder, Scope};
use crate::setting::Setting;

/// Number of indicators of states before the layers.
const OF_STATES: usize = 7;

/// The indicators, in the order in which [`measure`] writes them.
pub fn indicators(fixed: &Fixed, _setting: &Setting) -> Vec<Indicator> {
    let s = |id: &str, label: &str, unit: &str, text: &str| {
        Indicator::new(&format!("exposure.{id}"), label, unit, Scope::State, text)
    };
    let w = |id: &str, label: &str, unit: &str, text: &str| {
        Indicator::new(&format!("exposure.{id}"), label, unit, Scope::World, text)
    };
    let mut all = vec![
        s(
            "index",
            "exposed gap over all layers",
            "share",
            "Criticality-weighted mean over layers of needs the hegemon met that cannot be counted on and are not replaced, stocks not counted",
        ),
        s(
            "peak_year",
            "year of the largest exposed gap so far",
            "year",
            "Year in which the index was largest since the start; no value while it has been zero",
        ),
        s(
            "peak_index",
            "largest exposed gap so far",
            "share",
            "Largest value of the index since the start",
        ),
        s(
            "trap_depth",
            "depth of the autonomy trap",
            "share",
            "Largest excess of the index over what it would be had the state stayed with its old source",
        ),
        s(
            "trap_area",
            "area of the autonomy trap",
            "share-years",
            "Sum over years of the excess of the index over staying put; negative where autonomy paid",
        ),
        s(
            "top_leverage",
            "largest loss one supplier could cause",
            "criticality-years",
            "Largest over layers and suppliers of criticality × share × years of gap after withdrawal, stocks counted",
        ),
        s(
            "rival_leverage",
            "largest loss a supplier other than the hegemon could cause",
            "criticality-years",
            "As above without the hegemon; what is bought elsewhere instead of from the hegemon adds to the largest other supplier in proportion",
        ),
    ];
    for layer in &fixed.layers {
        all.push(s(
            &format!("gap_{}", layer.id),
            &format!("gap in {}", layer.label),
            "share",
            "Share of needs of this layer that the hegemon met, that cannot be counted on or was given up, and is not replaced, after stocks",
        ));
    }
    all.extend([
        w(
            "states_exposed",
            "states with an exposed gap above the threshold",
            "number",
            "States whose index is above the threshold of the parameters",
        ),
        w(
            "targets_index",
            "exposed gap of the targets",
            "share",
            "Mean of the index over the targets",
        ),
        w(
            "targets_trap_depth",
            "depth of the autonomy trap of the targets",
            "share",
            "Mean over the targets of the largest excess over staying put",
        ),
        w(
            "targets_trap_area",
            "area of the autonomy trap of the targets",
            "share-years",
            "Mean over the targets of the summed excess over staying put",
        ),
        w(
            "targets_rival_leverage",
            "largest loss a supplier other than the hegemon could cause to the targets",
            "criticality-years",
            "Mean over the targets of the largest leverage of a supplier other than the hegemon",
        ),
    ]);
    all
}

/// Largest leverage over a client by anyone and by others than the hegemon.
fn leverages(fixed: &Fixed, k: &Coefficients, state: &State, i: usize) -> (f64, f64) {
    let (mut top, mut rival) = (0.0f64, 0.0f64);
    for l in 0..fixed.layers.len() {
        let cell = l * fixed.n + i;
        let e = fixed.on_hegemon[cell];
        if e.is_nan() {
            continue;
        }
        let loss = fixed.loss_of_withdrawal(l, i);
        // What leaves the hegemon and is not built at home is bought from the others as they stand.
        let bought = e * state.replaced[cell] * (1.0 - k.home_part);
        let others = fixed.on_others[cell];
        let grown = if others > 0.0 {
            1.0 + bought / others
        } else {
            1.0
        };
        let by_rival = loss * (fixed.on_rival[cell] * grown).min(1.0);
        rival = rival.max(by_rival);
        top = top
            .max(by_rival)
            .max(loss * e * (1.0 - state.released[cell]));
    }
    (top, rival)
}

/// Writes this year's indicators; NaN where no layer of a state is known.
pub fn measure(
    fixed: &Fixed,
    coefficients: &Coefficients,
    _setting: &Setting,
    state: &State,
    rec: &mut Recorder<'_>,
) {
    let n = fixed.n;
    let layers = fixed.layers.len();
    let mut rivals = vec![f64::NAN; n];
    let mut exposed = 0.0;
    for i in 0..n {
        let id = StateId::from_index(i);
        let known = fixed.is_state[i] && (0..layers).any(|l| !fixed.on_hegemon[l * n + i].is_nan());
        let (top, rival) = if known {
            leverages(fixed, coefficients, state, i)
        } else {
            (f64::NAN, f64::NAN)
        };
        rivals[i] = rival;
        // The hegemon is not exposed to itself, but to others.
        let of = |v: f64| {
            if known && i != fixed.hegemon {
                v
            } else {
                f64::NAN
            }
        };
        if known && i != fixed.hegemon && state.index[i] > coefficients.gap_threshold {
            exposed += 1.0;
        }
        let year = match state.peak_step[i] {
            0 => f64::NAN,
            s => f64::from(fixed.start_year) + f64::from(s),
        };
        let values = [
            of(state.index[i]),
            of(year),
            of(state.peak_index[i]),
            of(state.trap_depth[i]),
            of(state.trap_area[i]),
            top,
            rival,
        ];
        for (k, v) in values.into_iter().enumerate() {
            rec.state(k, id, v);
        }
        for l in 0..layers {
            let cell = l * n + i;
            let gap = if fixed.on_hegemon[cell].is_nan() {
                f64::NAN
            } else {
                of(state.gap[cell])
            };
            rec.state(OF_STATES + l, id, gap);
        }
    }
    let targets = |v: &[f64]| {
        let kept = fixed
            .targets
            .iter()
            .filter(|t| **t != fixed.hegemon)
            .map(|t| v[*t]);
        let (sum, count) = kept
            .filter(|x| !x.is_nan())
            .fold((0.0, 0.0), |(s, c), x| (s + x, c + 1.0));
        sum / count
    };
    let values = [
        exposed,
        targets(&state.index),
        targets(&state.trap_depth),
        targets(&state.trap_area),
        targets(&rivals),
    ];
    for (k, v) in values.into_iter().enumerate() {
        rec.world(OF_STATES + layers + k, v);
    }
}
