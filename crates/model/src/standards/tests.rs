//! Closed forms of lock-in and invariants of the step.

use std::sync::LazyLock;

use proptest::prelude::*;
use realign_atlas::{Atlas, StateId, Year};
use realign_numerics::random::Stream;

use super::*;
use crate::params::Params;
use crate::setting::Setting;
use crate::trust;

fn coefficients() -> Coefficients {
    let values = Params::embedded()
        .expect("shipped parameters parse")
        .centre();
    Coefficients::new(&values).expect("every parameter of standards is defined")
}

fn setting(atlas: &Atlas) -> Setting {
    let id = |c: &str| atlas.states().by_iso3(c).expect("in the atlas");
    Setting {
        n: atlas.n(),
        hegemon: id("USA"),
        targets: ["CAN", "DEU", "DNK", "JPN", "KOR"].map(id).to_vec(),
        start: Year(2024),
        horizon: Year(2034),
    }
}

fn chance(step: u32) -> Chance {
    Chance::new(Stream::new(3, 1), step)
}

static NOTHING: LazyLock<Direct> = LazyLock::new(Direct::default);

struct World {
    setting: Setting,
    fixed: Fixed,
    trust_coefficients: trust::Coefficients,
    trust: trust::State,
}

fn world() -> World {
    let atlas = Atlas::embedded().expect("embedded tables decode");
    let setting = setting(&atlas);
    let values = Params::embedded()
        .expect("shipped parameters parse")
        .centre();
    let trust_coefficients = trust::Coefficients::new(&values).expect("defined");
    let trust_fixed = trust::Fixed::new(&atlas, &setting).expect("the atlas has what trust needs");
    World {
        fixed: Fixed::new(&atlas, &setting).expect("the atlas has what standards need"),
        trust: trust::State::start(&trust_fixed, &trust_coefficients, &chance(0)),
        trust_coefficients,
        setting,
    }
}

impl World {
    fn view<'a>(&'a self, now: &'a trust::State) -> Inputs<'a> {
        self.view_with(now, &NOTHING)
    }

    fn view_with<'a>(&'a self, now: &'a trust::State, direct: &'a Direct) -> Inputs<'a> {
        Inputs {
            direct,
            trust: TrustView {
                now,
                start: &self.trust,
                coefficients: &self.trust_coefficients,
            },
        }
    }
}

/// Mean-field iteration of two equal camps without switching cost, from a small lead.
fn settle(b: f64) -> f64 {
    let mut x = [0.51, 0.49];
    for _ in 0..4000 {
        let e = [(b * (x[0] - 0.5)).exp(), (b * (x[1] - 0.5)).exp()];
        respond::choose(&e, 0.0, 0.5, &mut x);
    }
    x[0]
}

#[test]
fn ref_lock_in_of_two_equal_camps() {
    for (b, want) in [(2.5, 0.8552), (3.0, 0.9293), (4.0, 0.9788)] {
        assert!((settle(b) - want).abs() < 5e-5, "{b}: {}", settle(b));
    }
    for b in [0.0, 1.0, 1.9] {
        assert!((settle(b) - 0.5).abs() < 1e-6, "{b}: {}", settle(b));
    }
}

#[test]
fn ref_hysteresis_width_is_where_the_fixed_points_vanish() {
    assert_eq!(hysteresis_width(2.0), 0.0);
    for b in [2.5, 3.0, 4.0] {
        // An advantage u against a camp that holds: it holds just inside half the width.
        let holds = |u: f64| {
            let mut x = 0.999;
            for _ in 0..20_000 {
                x = realign_numerics::special::logistic(b * (2.0 * x - 1.0) - u);
            }
            x > 0.5
        };
        let half = 0.5 * hysteresis_width(b);
        assert!(holds(half - 1e-3) && !holds(half + 1e-3), "{b}");
    }
}

/// Arthur's random walk between absorbing states ±n with probability p of a step up: probability
/// of ending up, and expected number of steps; solved here from the choice rule's odds.
fn walk(p: f64, n: i32) -> (f64, f64) {
    let q = 1.0 - p;
    let size = (2 * n + 1) as usize;
    let (mut up, mut time) = (vec![0.0; size], vec![0.0; size]);
    up[size - 1] = 1.0;
    for _ in 0..20_000 {
        for k in 1..size - 1 {
            up[k] = p * up[k + 1] + q * up[k - 1];
            time[k] = 1.0 + p * time[k + 1] + q * time[k - 1];
        }
    }
    (up[n as usize], time[n as usize])
}

#[test]
fn ref_random_walk_absorption() {
    // Attractions whose odds are p : 1−p choose with probability p when there is no switching cost.
    for (p, n, want_up, want_time) in [
        (0.5, 10, 0.5, 100.0),
        (0.55, 5, 0.731_717_40, 23.171_740),
        (0.6, 10, 0.982_954_07, 48.295_407),
    ] {
        let mut x = [0.3, 0.7];
        respond::choose(&[p, 1.0 - p], 0.0, 1.0, &mut x);
        assert!((x[0] - p).abs() < 1e-15);
        let (up, time) = walk(x[0], n);
        assert!(
            (up - want_up).abs() < 1e-7 && (time - want_time).abs() < 1e-4,
            "{up} {time}"
        );
    }
}

proptest! {
    #[test]
    fn prop_weights_make_a_fixed_point(
        raw in prop::collection::vec(0.01f64..1.0, 2..5), cost in 0.0f64..4.0,
    ) {
        let mut x = raw;
        respond::normalise(&mut x);
        let mut e = vec![0.0; x.len()];
        respond::weights(&x, cost, &mut e);
        let before = x.clone();
        respond::choose(&e, cost, 0.7, &mut x);
        for (a, b) in x.iter().zip(&before) {
            prop_assert!((a - b).abs() < 1e-9, "{a} {b}");
        }
    }

    #[test]
    fn prop_choice_keeps_shares(
        raw in prop::collection::vec(0.01f64..1.0, 3), pull in prop::collection::vec(0.01f64..5.0, 3),
        cost in 0.0f64..4.0, rate in 0.0f64..1.0,
    ) {
        let mut x = raw;
        respond::normalise(&mut x);
        respond::choose(&pull, cost, rate, &mut x);
        prop_assert!((x.iter().sum::<f64>() - 1.0).abs() < 1e-12);
        prop_assert!(x.iter().all(|x| (0.0..=1.0).contains(x)));
    }
}

#[test]
fn prop_shares_sum_to_one_on_the_atlas() {
    let w = world();
    let c = coefficients();
    let mut state = State::start(&w.fixed, &c, &chance(0));
    for t in 0..6 {
        for i in 0..w.fixed.n {
            for s in &w.fixed.standards {
                let sum: f64 = (0..s.camps.len())
                    .map(|g| state.share(&w.fixed, i, s.first + g))
                    .sum();
                let want = if w.fixed.covered[i] { 1.0 } else { 0.0 };
                assert!((sum - want).abs() < 1e-9, "{} {i} {sum}", s.id);
            }
        }
        state = respond(&w.fixed, &c, &state, &w.view(&w.trust), &chance(t + 1));
    }
}

#[test]
fn prop_without_noise_and_change_of_trust_adoption_stands_still() {
    let w = world();
    let mut c = coefficients();
    c.adoption_noise = 0.0;
    // Below the threshold of lock-in the observed shares are a stable fixed point.
    c.network_strength = 1.0;
    let start = State::start(&w.fixed, &c, &chance(0));
    let mut state = start.clone();
    for t in 1..12 {
        state = respond(&w.fixed, &c, &state, &w.view(&w.trust), &chance(t));
    }
    for (a, b) in state.shares.iter().zip(&start.shares) {
        assert!((a - b).abs() < 1e-8, "{a} {b}");
    }
}

#[test]
fn prop_lost_trust_in_the_sponsor_moves_adoption_away() {
    let w = world();
    let mut c = coefficients();
    (c.adoption_noise, c.trust_sensitivity) = (0.0, 0.3);
    let start = State::start(&w.fixed, &c, &chance(0));
    let mut soured = w.trust.clone();
    let h = w.setting.hegemon.index();
    for t in &w.setting.targets {
        soured.slow.row_mut(t.index())[h] -= 1.0;
    }
    assert_ne!(soured, w.trust);
    let (quiet, moved) = (
        respond(&w.fixed, &c, &start, &w.view(&w.trust), &chance(1)),
        respond(&w.fixed, &c, &start, &w.view(&soured), &chance(1)),
    );
    for s in &w.fixed.standards {
        let Some(camp) = s.hegemon_camp else { continue };
        for i in (0..w.fixed.n).filter(|i| w.fixed.covered[*i]) {
            let at = |x: &State| x.share(&w.fixed, i, s.first + camp);
            let is_target = w.setting.targets.contains(&StateId::from_index(i));
            assert_eq!(at(&moved) < at(&quiet), is_target, "{} {i}", s.id);
        }
    }
}

#[test]
fn ref_start_agrees_with_what_is_known() {
    // Signs and orders that the description of the standards promises.
    let w = world();
    let mut c = coefficients();
    c.start_uncertainty = 0.0;
    let state = State::start(&w.fixed, &c, &chance(0));
    let atlas = Atlas::embedded().expect("embedded tables decode");
    let at = |iso3: &str| atlas.states().by_iso3(iso3).expect("in the atlas").index();
    let share = |iso3: &str, standard: &str, camp: &str| {
        let s = w
            .fixed
            .standards
            .iter()
            .find(|s| s.id == standard)
            .expect("a standard");
        let g = s.camps.iter().position(|g| g.id == camp).expect("a camp");
        state.share(&w.fixed, at(iso3), s.first + g)
    };
    assert!((share("AUS", "networks", "western") - 0.95).abs() < 1e-9);
    assert!((share("RUS", "payments", "renminbi") - 0.5).abs() < 1e-9);
    assert!(share("DEU", "datalinks", "link16") > 0.9);
    assert!(share("DZA", "datalinks", "russian") > 0.6);
    assert!(share("PAK", "datalinks", "chinese") > 0.4);
    assert!(share("FRA", "industrial", "european") > share("FRA", "industrial", "chinese"));
    assert!(share("VNM", "payments", "renminbi") > share("MEX", "payments", "renminbi"));
}

#[test]
fn prop_measured_values_fill_the_indicators() {
    use crate::indicator::{Layout, Recorder};
    let w = world();
    let c = coefficients();
    let state = State::start(&w.fixed, &c, &chance(0));
    let layout = Layout::new(w.fixed.n, indicators(&w.fixed, &w.setting));
    let mut row = vec![f32::INFINITY; layout.width()];
    measure(
        &w.fixed,
        &c,
        &w.setting,
        &state,
        &mut Recorder::new(&layout, 0, &mut row),
    );
    assert!(
        row.iter().all(|v| !v.is_infinite()),
        "a slot was not written"
    );
    let territories = w.fixed.covered.iter().filter(|c| !**c).count();
    let nan = row.iter().filter(|v| v.is_nan()).count();
    let by_state = w
        .fixed
        .standards
        .iter()
        .filter(|s| s.hegemon_camp.is_some())
        .count();
    assert_eq!(nan, territories * by_state);
}

#[test]
fn prop_every_number_of_the_table_has_a_source() {
    let list = sources().expect("the table parses");
    assert!(list.len() > 10);
    assert!(
        list.iter()
            .all(|s| s.source.len() > 20 && (0.0..=1.0).contains(&s.value))
    );
}

#[test]
fn prop_acts_of_a_sponsor_move_its_standards_by_themselves_and_no_others() {
    let w = world();
    let c = Coefficients {
        adoption_noise: 0.0,
        start_uncertainty: 0.0,
        sanction_withheld: 0.5,
        ..coefficients()
    };
    let start = State::start(&w.fixed, &c, &chance(0));
    let can = w.setting.targets[0];
    let after = |direct: &Direct| {
        let inputs = w.view_with(&w.trust, direct);
        respond(&w.fixed, &c, &start, &inputs, &chance(1))
    };
    let quiet = after(&Direct::default());
    let usa = w.setting.hegemon;
    let denied = |share: f64| {
        after(&Direct {
            denials: vec![(usa, can, share)],
            ..Direct::default()
        })
    };
    let sanctioned = after(&Direct {
        sanctions: vec![(usa, can)],
        ..Direct::default()
    });
    let (half, all) = (denied(0.5), denied(1.0));
    for s in &w.fixed.standards {
        let of = |state: &State, i: usize| {
            s.hegemon_camp
                .map(|g| state.share(&w.fixed, i, s.first + g))
        };
        let Some(before) = of(&quiet, can.index()) else {
            continue;
        };
        let by_denial = s.withheld_by.contains(&crate::exposure::Lever::Denial);
        let by_sanctions = s.withheld_by.contains(&crate::exposure::Lever::Sanctions);
        let at = |state: &State| of(state, can.index()).expect("the camp exists");
        if by_denial {
            assert!(at(&all) < at(&half) && at(&half) < before, "{}", s.id);
        } else {
            assert_eq!(at(&all), before, "{}", s.id);
        }
        assert_eq!(at(&sanctioned) < before, by_sanctions, "{}", s.id);
        // Another state, in the first year, sees nothing of it.
        let deu = w.setting.targets[1].index();
        assert_eq!(of(&all, deu), of(&quiet, deu));
        // Shares still sum to one.
        let sum: f64 = (0..s.camps.len())
            .map(|g| all.share(&w.fixed, can.index(), s.first + g))
            .sum();
        assert!((sum - 1.0).abs() < 1e-12);
    }
}
