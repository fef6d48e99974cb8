//! What standards report.

use realign_atlas::StateId;

use super::{Coefficients, Fixed, State, hysteresis_width};
use crate::indicator::{Indicator, Recorder, Scope};
use crate::setting::Setting;

/// Indicators of standards, in the order in which [`measure`] writes them.
pub fn indicators(fixed: &Fixed, _setting: &Setting) -> Vec<Indicator> {
    let mut list = Vec::new();
    for s in &fixed.standards {
        for c in &s.camps {
            list.push(Indicator::new(
                &format!("standards.{}_{}", s.id, c.id),
                &format!("{}: {}", s.label, c.label),
                "share of world GDP",
                Scope::World,
                &format!(
                    "Share of the camp over all states, weighted by GDP at the start. {}",
                    s.description
                ),
            ));
        }
        list.push(Indicator::new(
            &format!("standards.{}_tipping", s.id),
            &format!("{}: pull of the network", s.label),
            "factor",
            Scope::World,
            "Network strength times x(1−x), summed over camps, mean by GDP: a small lead feeds on itself above 1 and is a matter of taste below",
        ));
        if s.hegemon_camp.is_some() {
            list.push(Indicator::new(
                &format!("standards.{}_hegemon", s.id),
                &format!("{}: share of the hegemon's camp", s.label),
                "share",
                Scope::State,
                &format!(
                    "Share of the camp that the hegemon sponsors. {}",
                    s.description
                ),
            ));
            list.push(Indicator::new(
                &format!("standards.{}_targets_hegemon", s.id),
                &format!("{}: share of the hegemon's camp among the targets", s.label),
                "share",
                Scope::World,
                "Mean over the targeted states of the share of the hegemon's camp",
            ));
        }
    }
    list.push(Indicator::new(
        "standards.hysteresis_width",
        "width of the band in which two camps both hold",
        "log odds",
        Scope::World,
        "Advantage by which a late camp would have to lead before two equal camps tip, at this draw's network strength; closed form, zero up to a strength of 2",
    ));
    list
}

/// Writes the indicators of `state`.
pub fn measure(
    fixed: &Fixed,
    c: &Coefficients,
    setting: &Setting,
    state: &State,
    rec: &mut Recorder<'_>,
) {
    let gdp: f64 = fixed.gdp.iter().sum();
    let by_gdp = |value: &dyn Fn(usize) -> f64| {
        (0..fixed.n)
            .filter(|i| fixed.covered[*i])
            .map(|i| fixed.gdp[i] * value(i))
            .sum::<f64>()
            / gdp
    };
    let mut k = 0;
    for s in &fixed.standards {
        for g in 0..s.camps.len() {
            rec.world(k, by_gdp(&|i| state.share(fixed, i, s.first + g)));
            k += 1;
        }
        let pull = |i: usize| {
            let spread: f64 = (0..s.camps.len())
                .map(|g| state.share(fixed, i, s.first + g))
                .map(|x| x * (1.0 - x))
                .sum();
            c.network_strength * spread
        };
        rec.world(k, by_gdp(&pull));
        k += 1;
        let Some(camp) = s.hegemon_camp else { continue };
        for i in 0..fixed.n {
            let share = state.share(fixed, i, s.first + camp);
            let value = if fixed.covered[i] { share } else { f64::NAN };
            rec.state(k, StateId::from_index(i), value);
        }
        k += 1;
        let targets: Vec<usize> = setting
            .targets
            .iter()
            .map(|t| t.index())
            .filter(|i| fixed.covered[*i] && *i != setting.hegemon.index())
            .collect();
        let sum: f64 = targets
            .iter()
            .map(|&i| state.share(fixed, i, s.first + camp))
            .sum();
        rec.world(k, sum / targets.len() as f64);
        k += 1;
    }
    rec.world(k, hysteresis_width(c.network_strength));
}
