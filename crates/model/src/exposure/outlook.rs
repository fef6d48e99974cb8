//! What follows where one supplier is trusted less or withholds, client by client: the gap, staying
//! put, and the trap between the two, without the rest of the model.

use realign_atlas::StateId;

use super::{Coefficients, Fixed, Lever, State, advance};
use crate::acts::Direct;
use crate::setting::Chance;

/// What is assumed to happen in the first year and to last.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Situation {
    /// Part of the supplier's reliability that is lost, 0–1.
    pub reliability_lost: f64,
    /// Part of its supply that acts withhold, 0–1; sanctions, which withhold all, at 1 only.
    pub withheld: f64,
    /// Years looked ahead.
    pub years: u32,
}

/// The 5th, 50th and 95th percentile over draws.
pub type Spread = [f64; 3];

/// One client in one layer, or over all layers.
#[derive(Clone, Debug, PartialEq)]
pub struct Outlook {
    /// Position of the layer; `None` for all layers weighted by criticality.
    pub layer: Option<usize>,
    /// Unmet need by year, stocks not counted; the first entry is the start.
    pub gap: Vec<Spread>,
    /// The same had the client stayed with its supplier.
    pub staying: Vec<Spread>,
    /// Years from the start to the largest gap; NaN where no gap opens.
    pub peak_years: Spread,
    /// Largest excess over staying put.
    pub trap_depth: Spread,
    /// Sum over years of the excess over staying put; negative where autonomy pays.
    pub trap_area: Spread,
    /// Sum over years of the gap.
    pub gap_area: Spread,
}

fn spread(values: &[f64]) -> Spread {
    let mut kept: Vec<f64> = values.iter().copied().filter(|v| v.is_finite()).collect();
    if kept.is_empty() {
        return [f64::NAN; 3];
    }
    kept.sort_by(f64::total_cmp);
    [0.05, 0.5, 0.95].map(|p: f64| {
        let at = p * (kept.len() - 1) as f64;
        let (low, part) = (at.floor() as usize, at.fract());
        let high = (low + 1).min(kept.len() - 1);
        kept[low] + part * (kept[high] - kept[low])
    })
}

/// The gap and staying put of one client in every layer, then over all, after one step.
fn row(fixed: &Fixed, k: &Coefficients, s: &State, client: usize, ratio: f64) -> Vec<(f64, f64)> {
    let mut out = Vec::with_capacity(fixed.layers.len() + 1);
    for l in 0..fixed.layers.len() {
        let cell = l * fixed.n + client;
        let e = fixed.on_hegemon[cell];
        if e.is_nan() {
            out.push((f64::NAN, f64::NAN));
            continue;
        }
        let discount = 1.0 - k.planner_discount * (1.0 - ratio);
        let short = 1.0 - ((1.0 - s.withheld[cell]) * discount).clamp(0.0, 1.0);
        let (released, replaced) = (s.released[cell], s.replaced[cell]);
        let gap = (e * ((1.0 - released) * short + released - replaced)).max(0.0);
        out.push((gap, e * short));
    }
    out.push((s.index[client], s.index_staying[client]));
    out
}

/// What follows for one client, layer by layer and over all layers (last), over draws of the
/// coefficients with their chance. The arms layer follows the same rules here as the others.
pub fn outlook(
    fixed: &Fixed,
    client: usize,
    situation: &Situation,
    draws: &[(Coefficients, Chance)],
) -> Vec<Outlook> {
    let fixed = Fixed {
        arms_layer: None,
        ..fixed.clone()
    };
    let direct = withholding(&fixed, client, situation.withheld);
    let mut ratio = vec![1.0; fixed.n];
    ratio[client] = 1.0 - situation.reliability_lost;
    let no_arms = vec![0.0; fixed.n];
    let lists = fixed.layers.len() + 1;
    // Paths by list and draw.
    let mut paths: Vec<Vec<Vec<(f64, f64)>>> = vec![Vec::new(); lists];
    for (k, chance) in draws {
        let mut state = State::start(&fixed, k, chance);
        let mut path = vec![vec![(0.0, 0.0)]; lists];
        for _ in 0..situation.years {
            state = advance(&fixed, k, &state, &ratio, &no_arms, &direct);
            let values = row(&fixed, k, &state, client, ratio[client]);
            for (p, v) in path.iter_mut().zip(values) {
                p.push(v);
            }
        }
        for (all, p) in paths.iter_mut().zip(path) {
            all.push(p);
        }
    }
    let known = |l: usize| l + 1 == lists || !fixed.on_hegemon[l * fixed.n + client].is_nan();
    (0..lists)
        .filter(|l| known(*l))
        .map(|l| summary((l + 1 < lists).then_some(l), &paths[l], situation.years))
        .collect()
}

fn summary(layer: Option<usize>, paths: &[Vec<(f64, f64)>], years: u32) -> Outlook {
    let over = |of: &dyn Fn(&[(f64, f64)]) -> f64| {
        spread(&paths.iter().map(|p| of(p)).collect::<Vec<f64>>())
    };
    let at = |t: usize, of: fn(&(f64, f64)) -> f64| over(&|p| of(&p[t]));
    let peak = |p: &[(f64, f64)]| {
        let top = p.iter().map(|v| v.0).fold(0.0, f64::max);
        let year = p.iter().position(|v| v.0 >= top);
        if top > 0.0 {
            year.map_or(f64::NAN, |y| y as f64)
        } else {
            f64::NAN
        }
    };
    Outlook {
        layer,
        gap: (0..=years as usize).map(|t| at(t, |v| v.0)).collect(),
        staying: (0..=years as usize).map(|t| at(t, |v| v.1)).collect(),
        peak_years: over(&peak),
        trap_depth: over(&|p| p.iter().map(|v| v.0 - v.1).fold(0.0, f64::max)),
        trap_area: over(&|p| p.iter().map(|v| v.0 - v.1).sum()),
        gap_area: over(&|p| p.iter().map(|v| v.0).sum()),
    }
}

/// Acts of every kind that withhold a part of the hegemon's supply from one client.
fn withholding(fixed: &Fixed, client: usize, share: f64) -> Direct {
    let (h, c) = (
        StateId::from_index(fixed.hegemon),
        StateId::from_index(client),
    );
    let mut d = Direct::default();
    if share <= 0.0 {
        return d;
    }
    for lever in fixed.layers.iter().flat_map(|l| &l.withheld_by) {
        match lever {
            Lever::Denial if d.denials.is_empty() => d.denials.push((h, c, share)),
            Lever::Intelligence if d.intelligence.is_empty() => d.intelligence.push((h, c, share)),
            Lever::Guarantee if d.guarantees.is_empty() => d.guarantees.push((h, c, 1.0 - share)),
            Lever::TradeCost if d.trade_costs.is_empty() => {
                let open = (1.0 - share).max(f64::MIN_POSITIVE);
                d.trade_costs.push((h, c, -open.ln()));
            }
            Lever::Sanctions if share >= 1.0 && d.sanctions.is_empty() => d.sanctions.push((h, c)),
            _ => {}
        }
    }
    d
}
