//! What trade reports.

use realign_atlas::StateId;
use realign_numerics::graph::{effective_number, hhi};

use super::fixed::GROUPS;
use super::{Coefficients, Fixed, State};
use crate::indicator::{Indicator, Recorder, Scope};
use crate::setting::Setting;

/// Identifier, name, unit, scope, definition.
type Row = (
    &'static str,
    &'static str,
    &'static str,
    Scope,
    &'static str,
);

/// Indicators of states before the shares of groups.
const STATE: [Row; 12] = [
    (
        "real_income_pct",
        "real income",
        "%",
        Scope::State,
        "Exact change of real income since the start from trade alone (expenditure over consumer prices of the general equilibrium); growth is not in it",
    ),
    (
        "terms_of_trade_pct",
        "terms of trade",
        "% of expenditure",
        Scope::State,
        "First-order part of the change of real income that export and import prices make (Caliendo & Parro 2015), beside the exact change",
    ),
    (
        "consumer_price_pct",
        "consumer prices",
        "%",
        Scope::State,
        "Change of the consumer price index since the start, world output being the unit of account",
    ),
    (
        "exports_pct",
        "exports",
        "%",
        Scope::State,
        "Change of the value of exports since the start, world output being the unit of account",
    ),
    (
        "imports_pct",
        "imports",
        "%",
        Scope::State,
        "Change of the value of imports before tariffs since the start, world output being the unit of account",
    ),
    (
        "hegemon_export_share",
        "share of exports that go to the hegemon",
        "share",
        Scope::State,
        "Goods exports to the hegemon over all goods exports",
    ),
    (
        "hegemon_import_share",
        "share of imports that come from the hegemon",
        "share",
        Scope::State,
        "Goods imports from the hegemon over all goods imports",
    ),
    (
        "partner_hhi",
        "concentration of trade partners",
        "HHI 0-1",
        Scope::State,
        "Herfindahl index of partners' shares in exports plus imports",
    ),
    (
        "targets_trade_share",
        "share of trade with the targets",
        "share",
        Scope::State,
        "Exports to and imports from the other states at which conduct is aimed, over all trade",
    ),
    (
        "tariff_faced_pp",
        "tariffs added against exports",
        "percentage points",
        Scope::State,
        "Tariffs that others have added since the start and that are in force, weighted by exports at the start",
    ),
    (
        "tariff_levied_pp",
        "tariffs added on imports",
        "percentage points",
        Scope::State,
        "Tariffs added on imports since the start and in force, by acts or in retaliation, weighted by imports at the start",
    ),
    (
        "new_partners",
        "partners by new trade agreements",
        "states",
        Scope::State,
        "States with which a trade agreement was concluded since the start",
    ),
];

/// Indicators of the world after the intensities.
const WORLD: [Row; 12] = [
    (
        "world_trade_pct",
        "world trade",
        "%",
        Scope::World,
        "Change of the value of goods trade between states since the start, world output being the unit of account",
    ),
    (
        "world_real_income_pct",
        "world real income",
        "%",
        Scope::World,
        "Exact changes of real income weighted by expenditure at the start",
    ),
    (
        "targets_real_income_pct",
        "real income of the targets",
        "%",
        Scope::World,
        "Exact changes of the targets' real income weighted by expenditure at the start",
    ),
    (
        "hub_share",
        "hegemon's share of world trade",
        "share",
        Scope::World,
        "Trade of the hegemon with others over all goods trade between states; each flow counts once",
    ),
    (
        "targets_hegemon_share",
        "share of the targets' trade with the hegemon",
        "share",
        Scope::World,
        "Trade of the targets with the hegemon over all their trade",
    ),
    (
        "targets_mutual_share",
        "share of the targets' trade among themselves",
        "share",
        Scope::World,
        "Trade among the targets over all their trade",
    ),
    (
        "effective_partners",
        "effective number of trading states",
        "number",
        Scope::World,
        "Exponential of the entropy of states' shares in world trade",
    ),
    (
        "centre_latitude_deg",
        "latitude of the centre of gravity of trade",
        "degrees north",
        Scope::World,
        "Latitude of the mean of positions on the globe, weighted by exports plus imports",
    ),
    (
        "centre_longitude_deg",
        "longitude of the centre of gravity of trade",
        "degrees east",
        Scope::World,
        "Longitude of the mean of positions on the globe, weighted by exports plus imports",
    ),
    (
        "targets_new_agreements",
        "new trade agreements among targets and others, without the hegemon",
        "agreements",
        Scope::World,
        "Agreements concluded since the start between parties of which one at least is or holds a target and none is the hegemon; states that negotiate together count as one party",
    ),
    (
        "targets_mutual_agreements",
        "new trade agreements among targets",
        "agreements",
        Scope::World,
        "Agreements concluded since the start between parties that both are or hold targets; states that negotiate together count as one party",
    ),
    (
        "solved",
        "whether the year was solved",
        "0 or 1",
        Scope::World,
        "1 when the equilibrium reached its tolerance; otherwise flows are those of the last solved year and changes of income are not given",
    ),
];

/// Pairs of groups whose intensity of trade is reported, by identifier of [`GROUPS`].
const CORRIDORS: [(&str, &str); 5] = [
    ("europe", "latin_america"),
    ("europe", "india"),
    ("europe", "africa"),
    ("europe", "asia"),
    ("asia", "asia"),
];

/// The indicators, in the order in which [`measure`] writes them.
pub fn indicators(_fixed: &Fixed, _setting: &Setting) -> Vec<Indicator> {
    let row = |r: &Row| Indicator::new(&format!("trade.{}", r.0), r.1, r.2, r.3, r.4);
    let mut list: Vec<Indicator> = STATE.iter().map(row).collect();
    for (id, label, _) in GROUPS {
        list.push(Indicator::new(
            &format!("trade.{id}_share"),
            &format!("share of trade with {label}"),
            "share",
            Scope::State,
            &format!(
                "Exports to and imports from {label} over all trade; the hegemon and the state itself count in no group"
            ),
        ));
    }
    let label = |id: &str| GROUPS.iter().find(|g| g.0 == id).map_or("", |g| g.1);
    for (a, b) in CORRIDORS {
        let name = if a == b {
            format!("intensity of trade within {}", label(a))
        } else {
            format!("intensity of trade between {} and {}", label(a), label(b))
        };
        list.push(Indicator::new(
            &format!("trade.intensity_{a}_{b}"),
            &name,
            "index, 1 is the world's pattern",
            Scope::World,
            "Share of the second group in the first group's trade with others over its share in all trade with others, (X_ab/X_a)/(X_b/X_w), exports and imports added; states' own domestic sales do not count, nor does the hegemon as a member of a group",
        ));
    }
    list.extend(WORLD.iter().map(row));
    list
}

/// Writes the indicators of one year.
pub fn measure(
    fixed: &Fixed,
    _coefficients: &Coefficients,
    _setting: &Setting,
    state: &State,
    rec: &mut Recorder<'_>,
) {
    let m = fixed.members.len();
    let now = Totals::new(&state.flows_musd, m);
    let before = Totals::new(fixed.economy.flows(), m);
    let hegemon = fixed.place[fixed.hegemon];
    let targets: Vec<usize> = fixed
        .targets
        .iter()
        .filter_map(|t| fixed.place[*t])
        .collect();
    let mut is_target = vec![false; m];
    for t in &targets {
        is_target[*t] = true;
    }
    let tariffs = added_tariffs(fixed, state, &before);
    let partners = new_partners(fixed, state);
    let percent = |ratio: f64| 100.0 * (ratio - 1.0);
    let flow = |j: usize, i: usize| state.flows_musd[j * m + i];
    let both = |a: usize, b: usize| flow(a, b) + flow(b, a);

    for i in 0..fixed.n {
        let id = StateId::from_index(i);
        let Some(a) = fixed.place[i] else {
            (0..STATE.len() + GROUPS.len()).for_each(|k| rec.state(k, id, f64::NAN));
            rec.state(11, id, partners[i]);
            continue;
        };
        let total = now.exports[a] + now.imports[a];
        let with = |b: Option<usize>, value: &dyn Fn(usize) -> f64| match b {
            Some(b) if b != a => value(b),
            _ => f64::NAN,
        };
        let group = |of: &mut dyn Iterator<Item = usize>| {
            of.filter(|b| *b != a).map(|b| both(a, b)).sum::<f64>() / total
        };
        let values = [
            percent(state.real_income[a]),
            100.0 * state.terms_of_trade[a],
            percent(state.price[a]),
            percent(now.exports[a] / before.exports[a]),
            percent(now.imports[a] / before.imports[a]),
            with(hegemon, &|h| flow(a, h) / now.exports[a]),
            with(hegemon, &|h| flow(h, a) / now.imports[a]),
            hhi((0..m).filter(|b| *b != a).map(|b| both(a, b))),
            group(&mut targets.iter().copied()),
            100.0 * tariffs.faced[a],
            100.0 * tariffs.levied[a],
            partners[i],
        ];
        for (k, v) in values.into_iter().enumerate() {
            rec.state(k, id, v);
        }
        for (k, g) in fixed.groups.iter().enumerate() {
            rec.state(STATE.len() + k, id, group(&mut g.members.iter().copied()));
        }
    }

    let mut k = STATE.len() + GROUPS.len();
    let find = |id: &str| fixed.groups.iter().find(|g| g.id == id);
    for (a, b) in CORRIDORS {
        let value = match (find(a), find(b)) {
            (Some(a), Some(b)) => intensity(&state.flows_musd, m, &now, &a.members, &b.members),
            _ => f64::NAN,
        };
        rec.world(k, value);
        k += 1;
    }
    let income = |of: &mut dyn Iterator<Item = usize>| {
        let (mut sum, mut weight) = (0.0, 0.0);
        for a in of {
            sum += fixed.economy.expenditure()[a] * state.real_income[a];
            weight += fixed.economy.expenditure()[a];
        }
        percent(sum / weight)
    };
    let trade: Vec<f64> = (0..m).map(|a| now.exports[a] + now.imports[a]).collect();
    let target_trade: f64 = targets.iter().map(|t| trade[*t]).sum();
    let mutual: f64 = targets
        .iter()
        .map(|t| {
            targets
                .iter()
                .filter(|s| *s != t)
                .map(|s| both(*t, *s))
                .sum::<f64>()
        })
        .sum();
    let with_hegemon = |h: usize| targets.iter().map(|t| both(*t, h)).sum::<f64>();
    let (latitude, longitude) = centre(&fixed.position, &trade);
    let (with_others, among) = agreements(fixed, state);
    let values = [
        percent(now.world / before.world),
        income(&mut (0..m)),
        income(&mut targets.iter().copied()),
        hegemon.map_or(f64::NAN, |h| trade[h] / now.world),
        hegemon.map_or(f64::NAN, |h| with_hegemon(h) / target_trade),
        mutual / target_trade,
        effective_number(&trade),
        latitude,
        longitude,
        with_others,
        among,
        f64::from(u8::from(state.solved)),
    ];
    for v in values {
        rec.world(k, v);
        k += 1;
    }
}

/// Trade with others.
struct Totals {
    exports: Vec<f64>,
    imports: Vec<f64>,
    world: f64,
}

impl Totals {
    fn new(flows: &[f64], m: usize) -> Self {
        let (mut exports, mut imports) = (vec![0.0; m], vec![0.0; m]);
        for j in 0..m {
            for i in 0..m {
                if i != j {
                    exports[j] += flows[j * m + i];
                    imports[i] += flows[j * m + i];
                }
            }
        }
        let world = exports.iter().sum();
        Self {
            exports,
            imports,
            world,
        }
    }
}

/// (X_ab/X_a)/(X_b/X_w) with exports and imports added; NaN for an empty group.
fn intensity(flows: &[f64], m: usize, totals: &Totals, a: &[usize], b: &[usize]) -> f64 {
    let trade = |i: &usize| totals.exports[*i] + totals.imports[*i];
    let between: f64 = a
        .iter()
        .map(|i| {
            let others = b.iter().filter(|j| *j != i);
            others
                .map(|j| flows[i * m + j] + flows[j * m + i])
                .sum::<f64>()
        })
        .sum();
    let of_a: f64 = a.iter().map(trade).sum();
    let of_b: f64 = b.iter().map(trade).sum();
    (between / of_a) / (of_b / (2.0 * totals.world))
}

/// Latitude and longitude, degrees, of the weighted mean of unit vectors; NaN without weight.
pub(super) fn centre(position: &[[f64; 3]], weight: &[f64]) -> (f64, f64) {
    let mut sum = [0.0; 3];
    for (p, w) in position.iter().zip(weight) {
        for (s, x) in sum.iter_mut().zip(p) {
            *s += w * x;
        }
    }
    let level = sum[0].hypot(sum[1]);
    if level == 0.0 && sum[2] == 0.0 {
        return (f64::NAN, f64::NAN);
    }
    (
        sum[2].atan2(level).to_degrees(),
        sum[1].atan2(sum[0]).to_degrees(),
    )
}

/// Tariffs added, weighted by trade at the start, fractions.
struct Added {
    faced: Vec<f64>,
    levied: Vec<f64>,
}

fn added_tariffs(fixed: &Fixed, state: &State, before: &Totals) -> Added {
    let m = fixed.members.len();
    let mut added = Added {
        faced: vec![0.0; m],
        levied: vec![0.0; m],
    };
    for t in &state.added_tariffs {
        let (j, i) = (
            fixed.place[t.exporter.index()],
            fixed.place[t.importer.index()],
        );
        if let (Some(j), Some(i)) = (j, i)
            && i != j
        {
            let x = fixed.economy.flows()[j * m + i] * t.fraction;
            added.faced[j] += x / before.exports[j];
            added.levied[i] += x / before.imports[i];
        }
    }
    added
}

/// Number of states with which each state has concluded an agreement since the start.
fn new_partners(fixed: &Fixed, state: &State) -> Vec<f64> {
    let mut partners = vec![0.0; fixed.n];
    let members = &fixed.network.units.members;
    for c in &state.concluded {
        let (a, b) = (&members[usize::from(c.u)], &members[usize::from(c.v)]);
        for i in a {
            partners[*i] += b.len() as f64;
        }
        for i in b {
            partners[*i] += a.len() as f64;
        }
    }
    partners
}

/// Agreements since the start without the hegemon: with at least one target, and among targets.
fn agreements(fixed: &Fixed, state: &State) -> (f64, f64) {
    let units = &fixed.network.units;
    let mut has_target = vec![false; units.len()];
    fixed
        .targets
        .iter()
        .for_each(|t| has_target[usize::from(units.of[*t])] = true);
    let hub = units.of[fixed.hegemon];
    let (mut some, mut both) = (0.0, 0.0);
    for c in state.concluded.iter().filter(|c| c.u != hub && c.v != hub) {
        let (a, b) = (has_target[usize::from(c.u)], has_target[usize::from(c.v)]);
        some += f64::from(u8::from(a || b));
        both += f64::from(u8::from(a && b));
    }
    (some, both)
}
