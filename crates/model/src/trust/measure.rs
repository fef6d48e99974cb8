//! What trust reports.

use realign_atlas::StateId;

use super::{Coefficients, Fixed, State};
use crate::indicator::{Indicator, Recorder, Scope};
use crate::setting::Setting;

/// Indicators of trust, in the order in which [`measure`] writes them.
pub fn indicators(_fixed: &Fixed, _setting: &Setting) -> Vec<Indicator> {
    use Scope::{State, World};
    let new = Indicator::new;
    vec![
        new(
            "trust.in_hegemon",
            "trust in the hegemon",
            "SD",
            State,
            "Level of the state's trust in the hegemon, in standard deviations over pairs at the start; T = level + slow + fast, eq. (A2)",
        ),
        new(
            "trust.in_hegemon_change",
            "change of trust in the hegemon since the start",
            "SD",
            State,
            "Trust in the hegemon less the same draw's trust at the start",
        ),
        new(
            "trust.in_hegemon_slow",
            "slow part of the change of trust in the hegemon",
            "SD",
            State,
            "Institutional deviation l from the level at the start, eq. (A2)",
        ),
        new(
            "trust.in_hegemon_fast",
            "fast part of the change of trust in the hegemon",
            "SD",
            State,
            "Deviation f tied to leaders and administrations, eq. (A2)",
        ),
        new(
            "trust.reliability",
            "expected reliability of the hegemon",
            "probability",
            State,
            "Probability that the state attaches to the hegemon's honouring a commitment, logistic(c0 + c1 T)",
        ),
        new(
            "trust.tone_of_hegemon",
            "conduct of the hegemon",
            "SD of tone",
            State,
            "Tone of the hegemon towards the state in the last year, acts and answers together, eq. (A1)",
        ),
        new(
            "trust.targets_in_hegemon",
            "trust of the targets in the hegemon",
            "SD",
            World,
            "Mean over the targeted states of trust in the hegemon",
        ),
        new(
            "trust.targets_in_hegemon_change",
            "change of the targets' trust in the hegemon",
            "SD",
            World,
            "Mean over the targeted states of trust in the hegemon less its value at the start",
        ),
        new(
            "trust.others_in_hegemon_change",
            "change of third states' trust in the hegemon",
            "SD",
            World,
            "Mean over the covered states that are not targets of trust in the hegemon less its value at the start: what third parties learn",
        ),
        new(
            "trust.among_targets",
            "trust among the targets",
            "SD",
            World,
            "Mean trust over ordered pairs of targeted states, the hegemon left out",
        ),
        new(
            "trust.dispersion",
            "dispersion of the targets' trust in the hegemon",
            "SD",
            World,
            "Standard deviation over the targeted states of trust in the hegemon",
        ),
        new(
            "trust.loop_gain",
            "loop gain of distrust",
            "factor",
            World,
            "Loop gain of the uniform mode at this draw's coefficients (model page 2.6 iii'); a spiral sustains itself above 1. Assumption, not estimate: history gives .21 [.08, .37] for an observable analogue",
        ),
        new(
            "trust.growth",
            "yearly growth of distrust",
            "factor",
            World,
            "Growth R of the uniform mode at this draw's coefficients; distrust dies out below 1",
        ),
    ]
}

/// Writes the indicators of `state`; `start` is the state at the start of the same draw.
pub fn measure(
    fixed: &Fixed,
    coefficients: &Coefficients,
    setting: &Setting,
    state: &State,
    start: &State,
    rec: &mut Recorder<'_>,
) {
    let h = setting.hegemon.index();
    let known = |i: usize| i != h && fixed.covered[i] && fixed.covered[h];
    let change = |i: usize| state.total(i, h) - start.total(i, h);
    for i in 0..fixed.n {
        let when_known = |value: f64| if known(i) { value } else { f64::NAN };
        let id = StateId::from_index(i);
        let level = state.total(i, h);
        for (k, value) in [
            level,
            change(i),
            state.slow.at(i, h),
            state.fast.at(i, h),
            coefficients.reliability(level),
            state.tone.at(i, h),
        ]
        .into_iter()
        .enumerate()
        {
            rec.state(k, id, when_known(value));
        }
    }
    let targets: Vec<usize> = setting
        .targets
        .iter()
        .map(|t| t.index())
        .filter(|i| known(*i))
        .collect();
    let third: Vec<usize> = (0..fixed.n)
        .filter(|i| known(*i) && !targets.contains(i))
        .collect();
    let levels: Vec<f64> = targets.iter().map(|&i| state.total(i, h)).collect();
    let mean_level = mean(&levels);
    let spread: Vec<f64> = levels.iter().map(|l| (l - mean_level).powi(2)).collect();
    let changes = |who: &[usize]| mean(&who.iter().map(|&i| change(i)).collect::<Vec<_>>());
    let among: Vec<f64> = targets
        .iter()
        .flat_map(|&i| {
            targets
                .iter()
                .filter(move |j| **j != i)
                .map(move |&j| state.total(i, j))
        })
        .collect();
    for (k, value) in [
        mean_level,
        changes(&targets),
        changes(&third),
        mean(&among),
        mean(&spread).sqrt(),
        state.at_start.loop_gain,
        state.at_start.growth,
    ]
    .into_iter()
    .enumerate()
    {
        rec.world(6 + k, value);
    }
}

/// Mean; NaN of nothing.
fn mean(values: &[f64]) -> f64 {
    values.iter().sum::<f64>() / values.len() as f64
}
