//! Tests of finance: published half-life and bound, invariants, any hegemon.

use proptest::prelude::*;
use realign_atlas::{Atlas, StateId, Year};
use realign_numerics::random::Stream;

use super::respond::share_of;
use super::*;
use crate::indicator::{Layout, Recorder};
use crate::params::Params;

const N: usize = 5;

fn observed() -> Observed {
    Observed {
        n: N,
        hegemon: 0,
        targets: vec![1, 2],
        is_state: vec![true, true, true, true, false],
        currency: Some("USD".to_owned()),
        currency_shares: vec![
            ("EUR".to_owned(), 0.2),
            ("USD".to_owned(), 0.6),
            ("other".to_owned(), 0.2),
        ],
        shares_year: Some(Year(2022)),
        reserves_musd: vec![50_000.0, 400_000.0, 100_000.0, 500_000.0, f64::NAN],
        securities_musd: vec![f64::NAN, 600_000.0, 90_000.0, 700_000.0, 10_000.0],
        hegemon_gdp_musd: 25_000_000.0,
        credit_lines: vec![(0, 0), (2, 1), (0, 0), (3, 0), (0, 0)],
        notes: Vec::new(),
    }
}

fn coefficients() -> Coefficients {
    let values = Params::embedded().expect("parameters parse").centre();
    Coefficients::new(&values).expect("all parameters of finance exist")
}

/// Neither network nor drift: one channel at a time.
fn bare() -> Coefficients {
    Coefficients {
        network: 0.0,
        world_sd: 0.0,
        holdings_sd: 0.0,
        ..coefficients()
    }
}

fn chance(step: u32) -> Chance {
    Chance::new(Stream::new(5, 1), step)
}

const ALLIED: [f64; N] = [0.0, 1.0, 1.0, 0.0, 0.0];

fn run(k: &Coefficients, allied_later: [f64; N], ratio: [f64; N], d: &Direct, steps: u32) -> State {
    let fixed = Fixed::from_observed(observed());
    let mut s = State::start(&fixed, k, &chance(0));
    for step in 1..=steps {
        // The first step sees the ties of the start, as the model's order of a step has it.
        let allied = if step == 1 { ALLIED } else { allied_later };
        s = advance(&fixed, k, &s, &allied, &ratio, d, &chance(step));
    }
    s
}

fn row(fixed: &Fixed, k: &Coefficients, s: &State) -> (Layout, Vec<f32>) {
    let n = fixed.observed.n;
    let setting = Setting {
        n,
        hegemon: StateId::from_index(fixed.observed.hegemon),
        targets: fixed
            .observed
            .targets
            .iter()
            .map(|t| StateId::from_index(*t))
            .collect(),
        start: Year(2024),
        horizon: Year(2030),
    };
    let layout = Layout::new(n, indicators(fixed, &setting));
    let mut row = vec![f32::INFINITY; layout.width()];
    measure(
        fixed,
        k,
        &setting,
        s,
        &mut Recorder::new(&layout, 0, &mut row),
    );
    (layout, row)
}

#[test]
fn ref_half_of_an_adjustment_takes_six_point_six_years() {
    // Chinn & Frankel 2007: persistence of .9 a year is a half-life of 6.6 years.
    let k = Coefficients {
        inertia: 0.9,
        alliance_effect: 0.3,
        ..bare()
    };
    let ratio = [1.0, 0.5, 1.0, 1.0, 1.0];
    let at = |steps: u32| run(&k, ALLIED, ratio, &Direct::default(), steps).deviation[1];
    let end = at(400);
    assert!(at(6) / end < 0.5 && at(7) / end > 0.5);
    assert!((0.5f64.ln() / k.inertia.ln() - 6.6).abs() < 0.05);
}

#[test]
fn ref_a_lost_alliance_moves_at_most_thirty_points() {
    // Eichengreen, Mehl & Chitu 2019: about 30 percentage points, here the upper bound.
    let k = Coefficients {
        alliance_effect: 0.3,
        ..bare()
    };
    let fixed = Fixed::from_observed(observed());
    let s = run(&k, [0.0; N], [1.0; N], &Direct::default(), 600);
    for i in [1, 2] {
        assert!((share_of(&fixed, &s, i) - 0.3).abs() < 1e-9);
    }
    assert!((share_of(&fixed, &s, 3) - 0.6).abs() < 1e-12);
}

#[test]
fn prop_without_conduct_nothing_is_reallocated() {
    let k = coefficients();
    let s = run(&k, ALLIED, [1.0; N], &Direct::default(), 10);
    assert!(s.deviation.iter().all(|d| *d == 0.0));
    assert!(s.world_drift != 0.0);
    let fixed = Fixed::from_observed(observed());
    let (layout, row) = row(&fixed, &k, &s);
    let at = |id: &str| row[layout.slot(layout.position(id).expect("it is listed"), None)];
    assert_eq!(at("finance.world_reallocated_usd_bn"), 0.0);
    assert_eq!(at("finance.yield_bp"), 0.0);
    assert_eq!(at("finance.safety_net_lost"), 0.0);
}

#[test]
fn prop_sanctions_close_lines_and_lower_shares() {
    let id = StateId::from_index;
    let d = Direct {
        sanctions: vec![(id(0), id(1)), (id(3), id(2))],
        ..Direct::default()
    };
    let s = run(&bare(), ALLIED, [1.0; N], &d, 5);
    assert_eq!(s.line_available[1], 0.0);
    assert!(s.deviation[1] < 0.0);
    // Sanctions by someone else are not the hegemon's.
    assert_eq!((s.line_available[2], s.deviation[2]), (1.0, 0.0));
}

#[test]
fn prop_network_below_the_tipping_point_comes_to_rest() {
    let k = Coefficients {
        network: 3.9,
        alliance_effect: 0.1,
        ..bare()
    };
    let long = run(&k, [0.0; N], [1.0; N], &Direct::default(), 800);
    let longer = run(&k, [0.0; N], [1.0; N], &Direct::default(), 1000);
    assert!((long.deviation[3] - longer.deviation[3]).abs() < 1e-6);
    assert!(long.deviation[3] < 0.0);
}

fn put<T: Clone>(v: &[T], place: &[usize]) -> Vec<T> {
    let mut out = v.to_vec();
    place.iter().zip(v).for_each(|(p, x)| out[*p] = x.clone());
    out
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(32))]

    #[test]
    fn prop_currency_shares_sum_to_one_and_states_to_the_world(
        ratio in 0.2..1.2f64, effect in 0.0..0.3f64, steps in 1u32..20,
    ) {
        let fixed = Fixed::from_observed(observed());
        let k = Coefficients { alliance_effect: effect, ..coefficients() };
        let s = run(&k, ALLIED, [1.0, ratio, 1.0, 1.0, 1.0], &Direct::default(), steps);
        let (layout, row) = row(&fixed, &k, &s);
        prop_assert!(row.iter().all(|x| !x.is_infinite()));
        let world = |id: &str| row[layout.slot(layout.position(id).expect("it is listed"), None)];
        let sum = world("finance.currency_share_pct")
            + world("finance.share_eur_pct")
            + world("finance.share_other_pct");
        prop_assert!((sum - 100.0).abs() < 1e-3);
        let k = layout.position("finance.reallocated_usd_bn").expect("it is listed");
        let states: f32 = (0..N)
            .map(|i| row[layout.slot(k, Some(StateId::from_index(i)))])
            .filter(|x| !x.is_nan())
            .sum();
        prop_assert!((states - world("finance.world_reallocated_usd_bn")).abs() < 1e-2);
    }

    #[test]
    fn prop_relabelling_states_permutes_deviations(
        order in Just((1..N).collect::<Vec<usize>>()).prop_shuffle(), ratio in 0.2..1.0f64,
    ) {
        // Position 0 stays the hegemon.
        let place: Vec<usize> = std::iter::once(0).chain(order).collect();
        let mut o = observed();
        o.is_state = put(&o.is_state, &place);
        o.reserves_musd = put(&o.reserves_musd, &place);
        o.securities_musd = put(&o.securities_musd, &place);
        o.credit_lines = put(&o.credit_lines, &place);
        let k = bare();
        let moved = Fixed::from_observed(o);
        let allied = put(&ALLIED, &place);
        let ratios = put(&[1.0, ratio, 1.0, 1.0, 1.0], &place);
        let mut s = State::start(&moved, &k, &chance(0));
        for step in 1..=6 {
            s = advance(&moved, &k, &s, &allied, &ratios, &Direct::default(), &chance(step));
        }
        let t = run(&k, ALLIED, [1.0, ratio, 1.0, 1.0, 1.0], &Direct::default(), 6);
        for i in 0..N {
            prop_assert!((s.deviation[place[i]] - t.deviation[i]).abs() < 1e-12);
        }
    }
}

fn fixed_of(hegemon: &str) -> Fixed {
    let atlas = Atlas::embedded().expect("the atlas opens");
    let id = |c: &str| atlas.states().by_iso3(c).expect("the code is in the atlas");
    let setting = Setting {
        n: atlas.n(),
        hegemon: id(hegemon),
        targets: vec![id("CAN"), id("JPN")],
        start: Year(2024),
        horizon: Year(2030),
    };
    Fixed::new(&atlas, &setting).expect("finance starts")
}

#[test]
fn ref_dollar_share_of_allocated_reserves_at_the_end_of_2022() {
    // COFER, 2022Q4: 58.36 %.
    let share = fixed_of("USA")
        .observed
        .hegemon_share()
        .expect("the dollar is a currency");
    assert!((100.0 * share - 58.36).abs() < 0.01);
}

#[test]
fn coverage_a_hegemon_without_a_reserve_currency_has_no_estimate_and_says_so() {
    let fixed = fixed_of("BRA");
    assert!(fixed.observed.currency.is_none());
    assert!(
        fixed
            .observed
            .notes
            .iter()
            .any(|n| n.contains("issues no reserve currency"))
    );
    let k = coefficients();
    let allied = vec![0.0; fixed.observed.n];
    let ratio = vec![0.5; fixed.observed.n];
    let s = State::start(&fixed, &k, &chance(0));
    let s = advance(
        &fixed,
        &k,
        &s,
        &allied,
        &ratio,
        &Direct::default(),
        &chance(1),
    );
    let (layout, row) = row(&fixed, &k, &s);
    let at = |id: &str| row[layout.slot(layout.position(id).expect("it is listed"), None)];
    for id in [
        "currency_share_pct",
        "currency_share_change_pp",
        "yield_bp",
        "tipping_index",
    ] {
        assert!(at(&format!("finance.{id}")).is_nan(), "{id}");
    }
    assert!(row.iter().all(|x| !x.is_infinite()));
}

#[test]
fn regress_committed_posteriors_are_what_the_estimate_gives() {
    let atlas = Atlas::embedded().expect("the atlas opens");
    let params = Params::embedded().expect("parameters parse");
    for p in estimate(&atlas).expect("the estimate works") {
        let (_, committed) = params.get(&p.id).expect("the parameter exists");
        let q = committed.expect("its posterior is committed");
        // Committed with six decimals.
        assert!(
            (p.mean - q.mean).abs() < 1e-5 && (p.sd - q.sd).abs() < 1e-5,
            "{}",
            p.id
        );
        assert_eq!(p.source, q.source);
    }
}

#[test]
fn coverage_an_older_vintage_starts_from_what_was_known_then() {
    let atlas = Atlas::embedded()
        .expect("the atlas opens")
        .as_of(Year(2010));
    let usa = atlas.states().by_iso3("USA").expect("it is in the atlas");
    let setting = Setting {
        n: atlas.n(),
        hegemon: usa,
        targets: vec![],
        start: Year(2009),
        horizon: Year(2015),
    };
    let f = Fixed::new(&atlas, &setting).expect("finance starts");
    assert_eq!(f.observed.shares_year, Some(Year(2009)));
    assert!((f.weight.iter().sum::<f64>() - 1.0).abs() < 1e-9);
}

#[test]
fn coverage_estimated_portfolios_meet_the_totals_and_losses_spread() {
    let atlas = Atlas::embedded().expect("the atlas opens");
    let usa = atlas.states().by_iso3("USA").expect("it is in the atlas");
    let setting = Setting {
        n: atlas.n(),
        hegemon: usa,
        targets: vec![],
        start: atlas.vintage(),
        horizon: atlas.vintage() + 5,
    };
    let f = Fixed::new(&atlas, &setting).expect("finance starts");
    let p = portfolios(&atlas, &f.observed, setting.start)
        .expect("the totals fit")
        .expect("there are totals");
    assert!(p.verdict.is_converged() && p.surveyed);
    assert!(p.known.iter().filter(|k| **k).count() > 100);
    let assets = atlas.state_series("external_assets_musd").expect("assets");
    for code in ["JPN", "DEU", "BRA"] {
        let i = atlas.states().by_iso3(code).expect("it is in the atlas");
        let sum: f64 = p.held_by(i.index()).iter().map(|c| c.1).sum();
        let total = assets.latest(i, setting.start).expect("a total").1;
        assert!((sum / total - 1.0).abs() < 1e-6, "{code}");
        assert!(p.held_by(i.index()).iter().all(|c| c.0 != i.index()));
    }
    let gdp = atlas.state_series("gdp_usd_mn").expect("incomes");
    let size: Vec<f64> = (0..atlas.n())
        .map(|i| {
            gdp.latest(StateId::from_index(i), setting.start)
                .map_or(0.0, |v| v.1)
        })
        .collect();
    let calm = p.spread(&size, usa.index(), 0.1, 0.0).expect("it spreads");
    assert_eq!(calm.radius, 0.0);
    let some = p.spread(&size, usa.index(), 0.1, 0.05).expect("it spreads");
    for i in 0..atlas.n() {
        assert!((calm.bounded[i] - calm.first[i].min(1.0)).abs() < 1e-12);
        assert!(some.bounded[i] >= calm.bounded[i] && some.bounded[i] <= 1.0);
    }
    assert!(some.bounded.iter().sum::<f64>() > calm.bounded.iter().sum::<f64>());
}

#[test]
fn coverage_the_random_walk_is_hard_to_beat() {
    let atlas = Atlas::embedded().expect("the atlas opens");
    let scores = adjustment_scores(&atlas).expect("scores");
    assert_eq!(
        scores.iter().map(|s| s.horizon).collect::<Vec<_>>(),
        [1, 3, 5]
    );
    // It would be news if a form with few data halved the error of the random walk.
    assert!(
        scores
            .iter()
            .all(|s| s.error_ratio > 0.5 && s.forecasts >= 5)
    );
}
