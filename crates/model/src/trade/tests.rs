use std::sync::OnceLock;

use realign_atlas::{Atlas, StateId, Year};
use realign_numerics::random::Stream;

use super::measure::centre;
use super::respond::advance;
use super::*;
use crate::indicator::{Layout, Recorder};
use crate::params::Params;
use crate::setting::Setting;

struct World {
    fixed: Fixed,
    setting: Setting,
    coefficients: Coefficients,
    atlas: Atlas,
}

fn world() -> &'static World {
    static WORLD: OnceLock<World> = OnceLock::new();
    WORLD.get_or_init(|| {
        let atlas = Atlas::embedded().unwrap();
        let id = |c: &str| atlas.states().by_iso3(c).unwrap();
        let setting = Setting {
            n: atlas.n(),
            hegemon: id("USA"),
            targets: vec![id("CAN"), id("DEU"), id("JPN"), id("KOR")],
            start: Year(2024),
            horizon: Year(2035),
        };
        let fixed = Fixed::new(&atlas, &setting).unwrap();
        let values = Params::embedded().unwrap().centre();
        let coefficients = Coefficients::new(&values).unwrap();
        World {
            fixed,
            setting,
            coefficients,
            atlas,
        }
    })
}

impl World {
    fn id(&self, code: &str) -> StateId {
        self.atlas.states().by_iso3(code).unwrap()
    }

    fn step(&self, k: &Coefficients, trust: &[f64], direct: &Direct, step: u32) -> State {
        let chance = Chance::new(Stream::new(3, 0), step);
        let start = State::start(&self.fixed, k, &chance);
        advance(&self.fixed, k, &start, trust, direct, &chance)
    }

    fn calm(&self) -> Vec<f64> {
        vec![0.0; self.fixed.n * self.fixed.n]
    }

    /// Coefficients without chance: nobody retaliates, nobody concludes.
    fn certain(&self) -> Coefficients {
        Coefficients {
            retaliation_log_odds: -1e3,
            hazard_intercept: -1e3,
            ..self.coefficients.clone()
        }
    }
}

fn tariff(w: &World, importer: &str, exporter: &str, fraction: f64) -> Direct {
    Direct {
        tariffs: vec![(w.id(importer), w.id(exporter), fraction)],
        ..Direct::default()
    }
}

#[test]
fn ref_elasticity_path() {
    // MODEL.md §4.1: .76, 1.83 and 1.94 in years 1, 7 and 10.
    let k = Coefficients {
        elasticity_short: 0.76,
        elasticity_long: 2.0,
        elasticity_years: 3.0,
        elasticity_offset: 0.0,
        regime: Regime::Estimated,
        ..world().coefficients.clone()
    };
    for (h, value) in [(1, 0.76), (7, 1.83), (10, 1.94)] {
        assert!((k.elasticity(h) - value).abs() < 0.005, "{h}");
    }
    let k = Coefficients {
        regime: Regime::Structural,
        elasticity_structural: 5.0,
        ..k
    };
    assert_eq!((k.elasticity(1), k.elasticity(10)), (5.0, 5.0));
}

#[test]
fn prop_nothing_happens_nothing_changes() {
    let w = world();
    let s = w.step(&w.certain(), &w.calm(), &Direct::default(), 1);
    assert!(s.solved && s.evaluations == 0);
    assert_eq!(s.flows_musd, w.fixed.economy.flows());
    assert!(s.real_income.iter().all(|x| *x == 1.0));
    assert!(s.concluded.is_empty() && s.retaliation.is_empty());
}

#[test]
fn prop_a_tariff_diverts() {
    let w = world();
    let k = w.certain();
    let s = w.step(&k, &w.calm(), &tariff(w, "USA", "CAN", 0.25), 5);
    assert!(s.solved);
    let (usa, can) = (w.id("USA").index(), w.id("CAN").index());
    let start = State::start(&w.fixed, &k, &Chance::new(Stream::new(0, 0), 0));
    let share = |s: &State, i: usize, j: usize| s.partner_shares(&w.fixed)[i * w.fixed.n + j];
    assert!(share(&s, can, usa) < share(&start, can, usa));
    for other in ["DEU", "CHN", "GBR", "MEX"] {
        let o = w.id(other).index();
        assert!(share(&s, can, o) > share(&start, can, o), "{other}");
    }
    let place = |i: usize| w.fixed.place[i].unwrap();
    assert!(s.real_income[place(can)] < 1.0 && s.terms_of_trade[place(can)] < 0.0);
    // More elastic trade moves more of it.
    let structural = Coefficients {
        regime: Regime::Structural,
        ..k
    };
    let e = w.step(&structural, &w.calm(), &tariff(w, "USA", "CAN", 0.25), 5);
    let exports = |s: &State| s.exports_musd(&w.fixed, can, usa).unwrap();
    assert!(exports(&e) < exports(&s) && exports(&s) < exports(&start));
}

#[test]
fn prop_effects_on_trade_are_partial_effects_at_any_elasticity() {
    // For one small pair the rest of the world hardly moves: flows change by exp(s).
    let w = world();
    let (a, b) = (w.id("NZL"), w.id("ISL"));
    let n = w.fixed.n;
    let mut trust = w.calm();
    trust[a.index() * n + b.index()] = -1.5;
    trust[b.index() * n + a.index()] = -1.5;
    for regime in [Regime::Estimated, Regime::Structural] {
        let k = Coefficients {
            regime,
            trust_per_sd: 0.04,
            ..w.certain()
        };
        let s = w.step(&k, &trust, &Direct::default(), 1);
        let before = w.fixed.economy.flows();
        let (j, i) = (
            w.fixed.place[a.index()].unwrap(),
            w.fixed.place[b.index()].unwrap(),
        );
        let at = j * w.fixed.members.len() + i;
        let change = (s.flows_musd[at] / before[at]).ln();
        assert!((change + 0.06).abs() < 1e-3, "{regime:?} {change}");
        // Blocked trade is what the act blocks, whatever the elasticity.
        let cost = 0.5f64.ln().abs() / k.cost_conversion_elasticity;
        let direct = Direct {
            trade_costs: vec![(a, b, cost)],
            ..Direct::default()
        };
        let s = w.step(&k, &w.calm(), &direct, 1);
        assert!(
            (s.flows_musd[at] / before[at] - 0.5).abs() < 2e-3,
            "{regime:?}"
        );
    }
}

#[test]
fn prop_agreements_phase_in_and_bear_on_trade() {
    let w = world();
    let k = w.certain();
    let (a, b) = (w.id("NZL"), w.id("ISL"));
    let made = Direct {
        agreements_made: vec![(a, b)],
        ..Direct::default()
    };
    let first = w.step(&k, &w.calm(), &made, 1);
    assert_eq!(first.concluded.len(), 1);
    let exports = |s: &State| s.exports_musd(&w.fixed, a.index(), b.index()).unwrap();
    let chance = Chance::new(Stream::new(3, 0), 11);
    let later = advance(&w.fixed, &k, &first, &w.calm(), &Direct::default(), &chance);
    let start = State::start(&w.fixed, &k, &chance);
    let gain = |s: &State| (exports(s) / exports(&start)).ln();
    assert!(
        (gain(&first) - k.phase(0) * k.agreement_effect).abs() < 5e-3,
        "{}",
        gain(&first)
    );
    assert!(
        (gain(&later) - k.agreement_effect).abs() < 5e-3,
        "{}",
        gain(&later)
    );
    // Iceland negotiates with its partners: the agreement holds for all of them.
    assert!(
        later
            .exports_musd(&w.fixed, a.index(), w.id("CHE").index())
            .is_some_and(|x| {
                x > start
                    .exports_musd(&w.fixed, a.index(), w.id("CHE").index())
                    .unwrap()
            })
    );
    // Ignoring an agreement hurts only where there is one.
    let ended = |x: &str, y: &str| {
        let d = Direct {
            agreements_ended: vec![(w.id(x), w.id(y))],
            ..Direct::default()
        };
        w.step(&k, &w.calm(), &d, 1).ended.len()
    };
    assert_eq!((ended("USA", "CAN"), ended("USA", "CHN")), (1, 0));
}

#[test]
fn prop_retaliation_is_proportional_and_never_doubles_an_act() {
    let w = world();
    let k = Coefficients {
        retaliation_log_odds: 1e3,
        hazard_intercept: -1e3,
        ..w.coefficients.clone()
    };
    let s = w.step(&k, &w.calm(), &tariff(w, "USA", "CAN", 0.2), 1);
    assert_eq!(s.added_tariffs.len(), 2);
    assert_eq!(
        (s.added_tariffs[1].importer, s.added_tariffs[1].exporter),
        (w.id("CAN"), w.id("USA"))
    );
    assert!((s.added_tariffs[1].fraction - k.retaliation_share * 0.2).abs() < 1e-15);
    // The Union answers as one, against each of its members' tariffs.
    let union = Direct {
        tariffs: vec![
            (w.id("USA"), w.id("DEU"), 0.2),
            (w.id("USA"), w.id("FRA"), 0.2),
        ],
        ..Direct::default()
    };
    let s = w.step(&k, &w.calm(), &union, 1);
    assert_eq!((s.retaliation.len(), s.added_tariffs.len()), (1, 4));
    let mut direct = tariff(w, "USA", "CAN", 0.2);
    direct.tariffs.push((w.id("CAN"), w.id("USA"), 0.1));
    let s = w.step(&k, &w.calm(), &direct, 1);
    assert_eq!((s.retaliation.len(), s.added_tariffs.len()), (0, 2));
    // A tariff withdrawn takes its answer with it.
    let s = w.step(&k, &w.calm(), &tariff(w, "USA", "CAN", 0.2), 1);
    let chance = Chance::new(Stream::new(3, 0), 2);
    let s = advance(&w.fixed, &k, &s, &w.calm(), &Direct::default(), &chance);
    assert!(s.retaliation.is_empty() && s.added_tariffs.is_empty());
    assert!(s.real_income.iter().all(|x| *x == 1.0));
}

#[test]
fn prop_tariffs_raise_agreements_with_others() {
    let w = world();
    let k = Coefficients {
        agreement_hubshock: 20.0,
        retaliation_log_odds: -1e3,
        ..w.coefficients.clone()
    };
    let hits = ["CAN", "MEX", "JPN", "KOR"].map(|c| (w.id("USA"), w.id(c), 0.4));
    let direct = Direct {
        tariffs: hits.to_vec(),
        ..Direct::default()
    };
    let mut with = Vec::new();
    let mut without = Vec::new();
    for draw in 0..6 {
        let chance = Chance::new(Stream::new(1, draw), 1);
        let start = State::start(&w.fixed, &k, &chance);
        with.extend(advance(&w.fixed, &k, &start, &w.calm(), &direct, &chance).concluded);
        without.extend(
            advance(&w.fixed, &k, &start, &w.calm(), &Direct::default(), &chance).concluded,
        );
    }
    // Common random numbers: nothing is lost, something is gained, the hub gains nothing.
    assert!(without.iter().all(|c| with.contains(c)));
    assert!(
        with.len() > without.len(),
        "{} {}",
        with.len(),
        without.len()
    );
    let hub = w.fixed.network.units.of[w.setting.hegemon.index()];
    let count = |v: &[Concluded]| v.iter().filter(|c| c.u == hub || c.v == hub).count();
    assert_eq!(count(&with), count(&without));
}

#[test]
fn ref_units_and_agreements_of_the_atlas() {
    let w = world();
    let units = &w.fixed.network.units;
    let union = units.of[w.id("DEU").index()];
    assert_eq!(units.members[usize::from(union)].len(), 27);
    let tied = |a: &str, b: &str| {
        let (u, v) = (units.of[w.id(a).index()], units.of[w.id(b).index()]);
        w.fixed.network.tied[usize::from(u) * units.len() + usize::from(v)]
    };
    assert!(tied("USA", "CAN") && tied("DEU", "JPN") && tied("FRA", "GBR"));
    assert!(!tied("USA", "DEU") && !tied("USA", "CHN"));
}

#[test]
fn ref_agreement_hazard_beats_the_base_rate_out_of_sample() {
    let score = agreement_score(&world().atlas).unwrap();
    assert!(score.gain() > 0.0, "{score:?}");
    assert!(score.average_precision > 5.0 * score.rate, "{score:?}");
}

#[test]
fn prop_every_indicator_is_written() {
    let w = world();
    let list = indicators(&w.fixed, &w.setting);
    let states = list
        .iter()
        .filter(|i| i.scope == crate::indicator::Scope::State)
        .count();
    let layout = Layout::new(w.fixed.n, list);
    let mut row = vec![f32::MAX; layout.width()];
    let s = w.step(&w.certain(), &w.calm(), &tariff(w, "USA", "CAN", 0.25), 3);
    let mut rec = Recorder::new(&layout, 0, &mut row);
    measure(&w.fixed, &w.coefficients, &w.setting, &s, &mut rec);
    assert!(
        row.iter().all(|x| *x != f32::MAX),
        "an indicator was not written"
    );
    let value = |id: &str, state: Option<&str>| {
        let k = layout.position(&format!("trade.{id}")).unwrap();
        f64::from(row[layout.slot(k, state.map(|c| w.id(c)))])
    };
    assert!(value("real_income_pct", Some("CAN")) < 0.0);
    assert!((0.5..0.9).contains(&value("hegemon_export_share", Some("CAN"))));
    assert!(value("tariff_faced_pp", Some("CAN")) > 10.0);
    assert!(value("hegemon_export_share", Some("USA")).is_nan());
    assert!(value("real_income_pct", Some("AND")).is_nan());
    assert_eq!(value("solved", None), 1.0);
    assert!((0.05..0.3).contains(&value("hub_share", None)));
    assert!((0.0..90.0).contains(&value("centre_latitude_deg", None)));
    assert!(states > 0 && value("intensity_asia_asia", None) > 1.0);
}

#[test]
fn ref_centre_of_known_points() {
    let at = |lat: f64, lon: f64| {
        let (a, o) = (lat.to_radians(), lon.to_radians());
        [a.cos() * o.cos(), a.cos() * o.sin(), a.sin()]
    };
    let (lat, lon) = centre(&[at(0.0, 80.0), at(0.0, 100.0)], &[1.0, 1.0]);
    assert!(lat.abs() < 1e-9 && (lon - 90.0).abs() < 1e-9);
    // Across the date line the mean is there, not on the other side of the world.
    let (_, lon) = centre(&[at(0.0, 170.0), at(0.0, -170.0)], &[1.0, 1.0]);
    assert!((lon.abs() - 180.0).abs() < 1e-9);
    assert!(centre(&[at(0.0, 0.0)], &[0.0]).0.is_nan());
}
