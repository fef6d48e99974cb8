//! What finance reports.

use realign_atlas::StateId;

use super::respond::{moved_share, share_of};
use super::{Coefficients, Fixed, State, logistic};
use crate::indicator::{Indicator, Recorder, Scope};
use crate::setting::Setting;

/// Number of indicators of states, which come first.
const OF_STATES: usize = 5;
/// Number of indicators of the world before the currencies.
const OF_WORLD: usize = 8;

/// The indicators, in the order in which [`measure`] writes them.
pub fn indicators(fixed: &Fixed, _setting: &Setting) -> Vec<Indicator> {
    let s = |id: &str, label: &str, unit: &str, text: &str| {
        Indicator::new(&format!("finance.{id}"), label, unit, Scope::State, text)
    };
    let w = |id: &str, label: &str, unit: &str, text: &str| {
        Indicator::new(&format!("finance.{id}"), label, unit, Scope::World, text)
    };
    let currency = fixed
        .observed
        .currency
        .as_deref()
        .unwrap_or("hegemon's currency");
    let mut all = vec![
        s(
            "reserve_share_change_pp",
            &format!("change of the {currency} in reserves"),
            "percentage points",
            "Percentage points of the state's reserves by which conduct and distrust have moved the hegemon's currency since the start; the state's own composition is not public, it starts from the world's",
        ),
        s(
            "holdings_change_pct",
            "change of holdings of the hegemon's securities",
            "%",
            "Change of the stock since the start: a random walk, and what conduct and distrust reallocate",
        ),
        s(
            "reallocated_usd_bn",
            "holdings in the hegemon's currency reallocated",
            "USD bn",
            "Reserves and private holdings that conduct and distrust have moved into (positive) or out of (negative) the hegemon's currency",
        ),
        s(
            "safety_net_share",
            "share of credit lines that come from the hegemon",
            "share",
            "Hegemon among the sources of the central bank's swap and credit lines in force at the start",
        ),
        s(
            "safety_net_loss",
            "credit lines that cannot be counted on",
            "share",
            "Share of the sources of credit lines that is the hegemon, times the part of its reliability lost since the start; all of it when the hegemon sanctions the state",
        ),
        w(
            "currency_share_pct",
            &format!("share of the {currency} in the world's reserves"),
            "%",
            "Share in allocated foreign exchange reserves: observed at the start, then random walk and conduct",
        ),
        w(
            "currency_share_change_pp",
            &format!("change of the {currency} in the world's reserves by conduct and distrust"),
            "percentage points",
            "Reserve-weighted change of states' shares that conduct and distrust have made",
        ),
        w(
            "reallocated_usd_bn",
            "stock reallocated out of or into the hegemon's currency",
            "USD bn",
            "Sum over states of reserves and private holdings moved by conduct and distrust",
        ),
        w(
            "targets_reallocated_usd_bn",
            "stock reallocated by the targets",
            "USD bn",
            "Sum over the targets of reserves and private holdings moved by conduct and distrust",
        ),
        w(
            "yield_bp",
            "change of the hegemon's long-term yield",
            "basis points",
            "Sensitivity times the stock that left, in percent of the hegemon's GDP; the level of reserves is taken as given",
        ),
        w(
            "tipping_index",
            "self-reinforcement of the currency's share",
            "index",
            "b_N r(1−r): at 1 a loss of share would feed on itself",
        ),
        w(
            "safety_net_states",
            "states with a credit line from the hegemon",
            "number",
            "States whose central bank had a line from the hegemon at the start",
        ),
        w(
            "safety_net_lost",
            "credit lines of the hegemon that cannot be counted on",
            "number of states",
            "Sum over states with a line of the part of the hegemon's reliability lost since the start",
        ),
    ];
    for (code, _) in others(fixed) {
        all.push(w(
            &format!("share_{}_pct", code.to_lowercase()),
            &format!("share of {code} in the world's reserves"),
            "%",
            "Share in allocated reserves; what leaves the hegemon's currency goes to the others in proportion to their shares at the start",
        ));
    }
    for i in &mut all[OF_STATES..] {
        if i.id == "finance.reallocated_usd_bn" {
            "finance.world_reallocated_usd_bn".clone_into(&mut i.id);
        }
    }
    all
}

fn others(fixed: &Fixed) -> impl Iterator<Item = &(String, f64)> {
    let own = fixed.observed.currency.as_deref();
    fixed
        .observed
        .currency_shares
        .iter()
        .filter(move |c| Some(c.0.as_str()) != own)
}

/// Reserves and private holdings of one state moved by conduct, USD mn; NaN without an estimate.
fn reallocated(fixed: &Fixed, k: &Coefficients, state: &State, i: usize) -> f64 {
    let o = &fixed.observed;
    if o.currency.is_none() || i == o.hegemon || !o.is_state[i] {
        return f64::NAN;
    }
    let now = share_of(fixed, state, i);
    let without = logistic(fixed.log_odds + state.world_drift);
    let change = now - without;
    let reserves = o.reserves_musd[i];
    let held = o.securities_musd[i];
    let official = if reserves > 0.0 {
        reserves * change
    } else {
        0.0
    };
    let private = if held > 0.0 {
        let in_reserves = if reserves > 0.0 {
            reserves * without
        } else {
            0.0
        };
        (held - in_reserves).max(0.0) * k.private_pass_through * change / without
    } else {
        0.0
    };
    if reserves > 0.0 || held > 0.0 {
        official + private
    } else {
        f64::NAN
    }
}

/// Writes this year's indicators; NaN where the data give no estimate.
pub fn measure(
    fixed: &Fixed,
    coefficients: &Coefficients,
    _setting: &Setting,
    state: &State,
    rec: &mut Recorder<'_>,
) {
    let o = &fixed.observed;
    let known = |x: f64, default: f64| if x.is_nan() { default } else { x };
    let without = logistic(fixed.log_odds + state.world_drift);
    let (mut all, mut of_targets, mut lost, mut with_line) = (0.0, 0.0, 0.0, 0.0);
    let mut is_target = vec![false; o.n];
    o.targets.iter().for_each(|t| is_target[*t] = true);
    for i in 0..o.n {
        let id = StateId::from_index(i);
        let moved = reallocated(fixed, coefficients, state, i);
        all += known(moved, 0.0);
        if is_target[i] {
            of_targets += known(moved, 0.0);
        }
        let held = o.securities_musd[i];
        let holdings = if held > 0.0 {
            let conduct = 1.0 + (known(moved, 0.0) / held).max(-1.0);
            100.0 * (state.holdings_drift[i].exp() * conduct - 1.0)
        } else {
            f64::NAN
        };
        let has_reserves = fixed.weight[i] > 0.0 && o.currency.is_some();
        let line = o.line_share(i).unwrap_or(f64::NAN);
        let line_loss = line * (1.0 - state.line_available[i]);
        if o.credit_lines[i].1 > 0 {
            with_line += 1.0;
            lost += 1.0 - state.line_available[i];
        }
        rec.state(
            0,
            id,
            if has_reserves {
                100.0 * (share_of(fixed, state, i) - without)
            } else {
                f64::NAN
            },
        );
        rec.state(1, id, holdings);
        rec.state(2, id, moved / 1000.0);
        rec.state(3, id, line);
        rec.state(4, id, line_loss);
    }
    let change = if o.currency.is_some() {
        moved_share(fixed, state)
    } else {
        f64::NAN
    };
    let share = without + change;
    let money = |musd: f64| {
        if o.currency.is_some() {
            musd / 1000.0
        } else {
            f64::NAN
        }
    };
    let gdp_pct = 100.0 * all / o.hegemon_gdp_musd;
    let values = [
        100.0 * share,
        100.0 * change,
        money(all),
        money(of_targets),
        if o.currency.is_some() {
            -coefficients.yield_bp_per_gdp_pct * gdp_pct
        } else {
            f64::NAN
        },
        coefficients.network * share * (1.0 - share),
        with_line,
        lost,
    ];
    debug_assert_eq!(values.len(), OF_WORLD);
    for (k, v) in values.into_iter().enumerate() {
        rec.world(OF_STATES + k, v);
    }
    let start = o.hegemon_share().unwrap_or(0.0);
    let rest = if o.currency.is_some() {
        (1.0 - share) / (1.0 - start)
    } else {
        1.0
    };
    for (k, (_, s)) in others(fixed).enumerate() {
        rec.world(OF_STATES + OF_WORLD + k, 100.0 * s * rest);
    }
}
