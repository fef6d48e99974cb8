//! What arms report.

use super::class::CLASSES;
use super::fixed::{Fixed, Region};
use super::{Coefficients, State};
use crate::indicator::{Indicator, Recorder, Scope};
use crate::setting::Setting;
use realign_atlas::StateId;

/// Number of indicators by state; those of the world follow.
const STATE_INDICATORS: usize = 13;

/// The indicators, in the order in which [`measure`] writes them.
pub fn indicators(fixed: &Fixed, _setting: &Setting) -> Vec<Indicator> {
    let s = |id: &str, label: &str, unit: &str, text: &str| {
        Indicator::new(&format!("arms.{id}"), label, unit, Scope::State, text)
    };
    let w = |id: &str, label: &str, unit: &str, text: &str| {
        Indicator::new(&format!("arms.{id}"), label, unit, Scope::World, text)
    };
    let flag = &fixed.flagship_name;
    vec![
        s("hegemon_order_share", "share of the hegemon in new arms orders abroad", "share",
          "Expected share of the hegemon in this year's orders placed abroad, classes weighted by the recipient's imports"),
        s("hegemon_base_share", "share of the hegemon in the foreign installed base", "share",
          "Share of the hegemon in the arms of foreign origin in service, by thirty-year deliveries that retire with the life of their class"),
        s("hegemon_book_share", "share of the hegemon in open orders abroad", "share",
          "Share of the hegemon in orders placed abroad and not yet delivered"),
        s("dependence", "dependence on the hegemon's arms", "share",
          "Mean of the hegemon's shares in the whole installed base and in the whole order book, domestic production included"),
        s("domestic_order_share", "share of new orders placed at home", "share",
          "Expected share of new orders placed with domestic industry; its level is an assumption (domestic purchases are not public), its change is modelled"),
        s("capability_change_pct", "change of domestic arms capability", "%",
          "Change of the domestic capability index since the start, classes weighted by domestic orders"),
        s("interoperability_allies", "likeness of equipment with allies", "cosine 0–1",
          "Mean cosine of the origin of the installed base with those of the allies"),
        s("interoperability_targets", "likeness of equipment with the targets", "cosine 0–1",
          "Mean cosine of the origin of the installed base with those of the targets of the hegemon's conduct"),
        s("capability_loss_pct", "capability lost to downgraded deliveries", "%",
          "Share of the installed base that deliveries below full specification have taken away since the start"),
        s("flagship_kept", &format!("{flag} orders delivered or kept"), "aircraft",
          &format!("Expected number of the {flag} owed by the hegemon at the start that were delivered since or are still on order")),
        s("flagship_moved", &format!("{flag} orders given up"), "aircraft",
          &format!("Expected number of the {flag} owed by the hegemon at the start that the recipient gave up and placed elsewhere")),
        s("flagship_cut_probability", &format!("probability that open {flag} orders are cut"), "probability",
          &format!("Probability that the recipient's first decision on the {flag} since the start was to give up its open order; base rate from a book in which nobody has")),
        s("flagship_added_probability", &format!("probability that more {flag} are ordered"), "probability",
          &format!("Probability that the recipient's first decision on the {flag} since the start was to order more")),
        w("hegemon_world_order_share", "hegemon's share of the world's new arms orders abroad", "share",
          "Hegemon's share of all orders placed abroad, recipients weighted by their imports"),
        w("targets_hegemon_order_share", "hegemon's share of the targets' new arms orders abroad", "share",
          "Hegemon's share of the targets' orders placed abroad, weighted by their imports"),
        w("targets_hegemon_base_share", "hegemon's share of the targets' foreign installed base", "share",
          "Hegemon's share of the targets' arms of foreign origin in service, weighted by their imports"),
        w("targets_domestic_order_share", "share of the targets' new orders placed at home", "share",
          "Domestic share of the targets' new orders, weighted by their imports"),
        w("targets_europe_order_share", "European suppliers' share of the targets' new orders abroad", "share",
          "Share of suppliers in Europe other than the hegemon, weighted by the targets' imports"),
        w("targets_asia_order_share", "Asian suppliers' share of the targets' new orders abroad", "share",
          "Share of suppliers in Asia other than the hegemon, weighted by the targets' imports"),
        w("supplier_hhi", "concentration of arms suppliers", "HHI 0–1",
          "Herfindahl index of suppliers' shares in the world's orders placed abroad"),
        w("effective_suppliers", "effective number of arms suppliers", "number",
          "One over the Herfindahl index of suppliers"),
        w("targets_interoperability", "likeness of equipment among the targets", "cosine 0–1",
          "Mean cosine of the origin of the installed base over pairs of targets"),
        w("flagship_kept", &format!("{flag} orders delivered or kept, all recipients"), "aircraft",
          &format!("Expected number of the {flag} owed by the hegemon at the start that were delivered or are still on order")),
        w("flagship_moved", &format!("{flag} orders given up, all recipients"), "aircraft",
          &format!("Expected number of the {flag} owed by the hegemon at the start that were given up")),
    ]
    .into_iter()
    .map(world_ids)
    .collect()
}

/// Two quantities exist for a state and for the world: the world's carry `world_` in their id.
fn world_ids(mut i: Indicator) -> Indicator {
    if i.scope == Scope::World && i.id.starts_with("arms.flagship") {
        i.id = i.id.replace("arms.", "arms.world_");
    }
    i
}

/// Shares of one recipient, weighted over classes.
#[derive(Default)]
struct Shares {
    order: f64,
    book: f64,
    base: f64,
    europe: f64,
    asia: f64,
    domestic: f64,
    degraded: f64,
}

fn shares(fixed: &Fixed, state: &State, i: usize, exports: &mut [f64]) -> Shares {
    let mut s = Shares::default();
    let h = fixed.hegemon;
    for class in 0..CLASSES {
        let cell = i * CLASSES + class;
        let weight = fixed.class_weight[cell];
        if weight == 0.0 {
            continue;
        }
        let (mut order, mut book, mut base) = (0.0, 0.0, 0.0);
        let (mut h_order, mut h_book, mut h_base) = (0.0, 0.0, 0.0);
        let (mut europe, mut asia) = (0.0, 0.0);
        for e in fixed.entries(cell) {
            let j = usize::from(fixed.supplier[e]);
            order += state.order[e];
            book += state.book[e];
            base += state.base[e];
            if j == h {
                h_order = state.order[e];
                h_book = state.book[e];
                h_base = state.base[e];
            } else {
                match fixed.region[j] {
                    Region::Europe => europe += state.order[e],
                    Region::Asia => asia += state.order[e],
                    Region::Elsewhere => {}
                }
            }
        }
        let whole_base = base + state.domestic_base[cell];
        s.order += weight * of(h_order, order);
        s.book += weight * of(h_book, book);
        s.base += weight * of(h_base, base);
        s.europe += weight * of(europe, order);
        s.asia += weight * of(asia, order);
        s.domestic += weight * state.domestic_order[cell];
        s.degraded += weight * of(state.degraded[cell], whole_base);
        // Orders abroad in the world's total: imports at the start, grown with orders abroad.
        let foreign_start = 1.0 - state.calibration.domestic[cell];
        for e in fixed.entries(cell) {
            let c = usize::from(fixed.column[usize::from(fixed.supplier[e])]);
            exports[c] += fixed.import_share[i] * weight * of(state.order[e], foreign_start);
        }
    }
    s
}

fn capability_change_pct(fixed: &Fixed, state: &State, i: usize) -> f64 {
    let (mut sum, mut total) = (0.0, 0.0);
    for class in 0..CLASSES {
        let cell = i * CLASSES + class;
        let w = fixed.class_weight[cell] * state.calibration.domestic[cell];
        sum += w * state.capability[cell].exp_m1();
        total += w;
    }
    if total > 0.0 {
        100.0 * sum / total
    } else {
        f64::NAN
    }
}

/// Dependence on the hegemon by state: mean of its shares in the whole installed base and in the
/// whole order book, domestic production included; zero where nothing is known.
pub(super) fn dependence(fixed: &Fixed, state: &State) -> Vec<f64> {
    let mut out = vec![0.0; fixed.n];
    for (i, out) in out.iter_mut().enumerate().filter(|(i, _)| fixed.known(*i)) {
        for class in 0..CLASSES {
            let cell = i * CLASSES + class;
            let (mut base, mut book) = (state.domestic_base[cell], state.domestic_book[cell]);
            let (mut h_base, mut h_book) = (0.0, 0.0);
            for e in fixed.entries(cell) {
                base += state.base[e];
                book += state.book[e];
                if usize::from(fixed.supplier[e]) == fixed.hegemon {
                    h_base = state.base[e];
                    h_book = state.book[e];
                }
            }
            *out += fixed.class_weight[cell] * 0.5 * (of(h_base, base) + of(h_book, book));
        }
    }
    out
}

/// A part of a whole; zero of nothing.
fn of(part: f64, whole: f64) -> f64 {
    if whole > 0.0 { part / whole } else { 0.0 }
}

/// Writes this year's indicators; NaN where nothing is known of a state's arms.
pub fn measure(
    fixed: &Fixed,
    _coefficients: &Coefficients,
    _setting: &Setting,
    state: &State,
    rec: &mut Recorder<'_>,
) {
    let profiles = &state.profiles;
    let has = |i: usize| fixed.known(i) && profiles.has(i);
    let mut is_target = vec![false; fixed.n];
    fixed.targets.iter().for_each(|t| is_target[*t] = true);
    let (with_targets, among) = profiles.likeness_with(&fixed.targets);
    let mut exports = vec![0.0; fixed.suppliers.len()];
    let mut of_targets = Shares::default();
    let mut weight_targets = 0.0;
    let (mut kept_all, mut moved_all) = (0.0, 0.0);

    for i in 0..fixed.n {
        let id = StateId::from_index(i);
        let flagship = fixed.flagship_open[i] > 0.0;
        let (kept, moved) = (
            state.flagship_open[i] + state.flagship_delivered[i],
            state.flagship_moved[i],
        );
        let [cut, added] = state.flagship_decision[i];
        if flagship {
            kept_all += kept;
            moved_all += moved;
        }
        if !has(i) {
            (0..STATE_INDICATORS).for_each(|k| rec.state(k, id, f64::NAN));
            continue;
        }
        let s = shares(fixed, state, i, &mut exports);
        let values = [
            s.order,
            s.base,
            s.book,
            state.dependence[i],
            s.domestic,
            capability_change_pct(fixed, state, i),
            state.allied_likeness[i].unwrap_or(f64::NAN),
            with_targets[i],
            100.0 * s.degraded,
            if flagship { kept } else { f64::NAN },
            if flagship { moved } else { f64::NAN },
            if flagship { cut } else { f64::NAN },
            if fixed.flagship_ordered[i] > 0.0 {
                added
            } else {
                f64::NAN
            },
        ];
        for (k, v) in values.into_iter().enumerate() {
            // Towards itself the hegemon has no share.
            let of_hegemon = i == fixed.hegemon && k <= 3;
            rec.state(k, id, if of_hegemon { f64::NAN } else { v });
        }
        if is_target[i] && i != fixed.hegemon {
            let w = fixed.import_share[i];
            weight_targets += w;
            of_targets.order += w * s.order;
            of_targets.base += w * s.base;
            of_targets.domestic += w * s.domestic;
            of_targets.europe += w * s.europe;
            of_targets.asia += w * s.asia;
        }
    }

    let total: f64 = exports.iter().sum();
    let hhi: f64 = exports.iter().map(|x| (x / total) * (x / total)).sum();
    let hegemon = match fixed.column[fixed.hegemon] {
        u16::MAX => 0.0,
        c => exports[usize::from(c)] / total,
    };
    // Without targets there is nothing to average: 0/0 is NaN, "no estimate".
    let t = |x: f64| x / weight_targets;
    let anything = fixed.flagship_open.iter().any(|x| *x > 0.0);
    let values = [
        hegemon,
        t(of_targets.order),
        t(of_targets.base),
        t(of_targets.domestic),
        t(of_targets.europe),
        t(of_targets.asia),
        hhi,
        1.0 / hhi,
        among,
        if anything { kept_all } else { f64::NAN },
        if anything { moved_all } else { f64::NAN },
    ];
    for (k, v) in values.into_iter().enumerate() {
        rec.world(STATE_INDICATORS + k, v);
    }
}
