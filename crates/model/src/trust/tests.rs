//! Invariants of the step and its agreement with the closed forms.

use std::sync::Arc;

use proptest::prelude::*;
use realign_atlas::StateId;
use realign_numerics::random::Stream;

use super::fixed::Evidence;
use super::*;
use crate::params::Params;
use crate::setting::Chance;

/// The shipped parameters at their centre.
pub(super) fn coefficients() -> Coefficients {
    let values = Params::embedded()
        .expect("shipped parameters parse")
        .centre();
    Coefficients::new(&values).expect("every parameter of trust is defined")
}

/// The same without noise and without turnover.
fn quiet_coefficients() -> Coefficients {
    let mut c = coefficients();
    c.slow_innovation = 0.0;
    c.fast_innovation = 0.0;
    c.reputation_scale = 0.0;
    c.turnover_base_rate = 0.0;
    c
}

/// Everyone watches everyone, with random weights.
pub(super) fn random_neighbours(n: usize, seed: u32) -> Neighbours {
    let stream = Stream::new(u64::from(seed), 0);
    Neighbours::from_rows((0..n).map(|i| {
        (0..n)
            .filter(|k| *k != i)
            .map(|k| (k as u16, stream.uniform(99, (i * n + k) as u32, 0, 0)))
            .collect()
    }))
}

/// A made world of `n` states with random ideal points; the last one is a territory.
fn made_world(n: usize, seed: u64) -> Fixed {
    let stream = Stream::new(seed, 0);
    let point: Vec<f64> = (0..n).map(|i| stream.normal(98, i as u32, 0, 0)).collect();
    let covered: Vec<bool> = (0..n).map(|i| i + 1 < n).collect();
    let none = || Evidence {
        z: vec![f64::NAN; n * n],
        age_years: vec![0.0; n * n],
        contact: vec![1.0; n * n],
        unit_sd: 1.0,
    };
    let distance: Vec<f64> = (0..n * n)
        .map(|at| {
            let (i, j) = (at / n, at % n);
            if i == j || !covered[i] || !covered[j] {
                f64::NAN
            } else {
                (point[i] - point[j]).abs()
            }
        })
        .collect();
    let votes = Evidence {
        z: distance.iter().map(|d| 1.0 - d).collect(),
        ..none()
    };
    Fixed {
        n,
        votes,
        polls: none(),
        tone: none(),
        peace: none(),
        ideal_distance: distance,
        pact: vec![0.0; n * n],
        cooperation: vec![0.0; n * n],
        border: vec![0.0; n * n],
        turnover_record: vec![(0.0, 30.0); n],
        covered,
        notes: Vec::new(),
        normals: noise::NormalTable::new(),
    }
}

fn chance(step: u32) -> Chance {
    Chance::new(Stream::new(11, 4), step)
}

fn conduct_of(n: usize, acts: &[(usize, usize, f64)]) -> Square {
    let mut c = Square::zeros(n);
    for &(target, actor, severity) in acts {
        c.set(
            StateId::from_index(target),
            StateId::from_index(actor),
            severity,
        );
    }
    c
}

fn inputs(conduct: &Square) -> Inputs<'_> {
    Inputs {
        conduct,
        turnovers: &[],
        channels: Channels::ALL,
    }
}

#[test]
fn prop_without_conduct_and_noise_nothing_moves() {
    let (fixed, c) = (made_world(12, 1), quiet_coefficients());
    let start = State::start(&fixed, &c, &chance(0));
    let conduct = Square::zeros(12);
    let mut state = start.clone();
    for t in 1..20 {
        state = respond(&fixed, &c, &state, &inputs(&conduct), &chance(t));
    }
    assert_eq!(state, start);
}

#[test]
fn prop_arms_share_noise_bit_for_bit() {
    let (fixed, c) = (made_world(12, 1), coefficients());
    let conduct = Square::zeros(12);
    let path = || {
        let mut s = State::start(&fixed, &c, &chance(0));
        for t in 1..6 {
            s = respond(&fixed, &c, &s, &inputs(&conduct), &chance(t));
        }
        s
    };
    assert_eq!(path(), path());
    assert!(path().slow.as_slice().iter().any(|x| *x != 0.0));
}

#[test]
fn ref_simulated_growth_equals_the_eigenvalue() {
    // Published cases of the spiral theorem, diffusion additive: persistence φ + μ here.
    for (phi, good, bad, lambda, kappa, mu, r) in [
        (0.85, 0.2, 0.4, 0.3, 0.3, 0.0, 1.006),
        (0.85, 0.1, 0.35, 0.35, 0.5, 0.0, 1.03375),
        (0.8, 0.1, 0.35, 0.35, 0.5, 0.08, 1.06375),
    ] {
        let n = 7;
        let fixed = made_world(n, 3);
        let mut c = quiet_coefficients();
        (c.slow_share, c.slow_persistence, c.diffusion) = (1.0, phi + mu, mu);
        (c.response, c.negativity_ratio) = (f64::sqrt(good * bad), bad / good);
        (c.reciprocity, c.reputation) = (lambda, kappa * c.response);
        // So wide a bound that the tanh does not bite within the run.
        c.bound = 1e9;
        let mut state = State::start(&fixed, &c, &chance(0));
        let stream = Stream::new(2, 2);
        for i in 0..n - 1 {
            for j in (0..n - 1).filter(|j| *j != i) {
                state.slow.row_mut(i)[j] = -stream.uniform(97, (i * n + j) as u32, 0, 0);
            }
        }
        let size = |s: &State| s.slow.as_slice().iter().map(|x| x.abs()).sum::<f64>();
        let conduct = Square::zeros(n);
        let mut growth = 0.0;
        for t in 1..200 {
            let next = respond(&fixed, &c, &state, &inputs(&conduct), &chance(t));
            growth = size(&next) / size(&state);
            state = next;
        }
        assert!((growth - r).abs() < 1e-5, "{growth} {r}");
    }
}

#[test]
fn ref_first_year_of_one_act() {
    // One act of state 1 towards state 0: who answers how much in the first year is arithmetic.
    let n = 8;
    let (fixed, mut c) = (made_world(n, 5), quiet_coefficients());
    c.diffusion = 0.0;
    let start = State::start(&fixed, &c, &chance(0));
    let conduct = conduct_of(n, &[(0, 1, -1.0)]);
    let next = respond(&fixed, &c, &start, &inputs(&conduct), &chance(1));
    let root = c.negativity_ratio.sqrt();
    let bounded = |d: f64| c.bound * (d / c.bound).tanh();
    assert!((next.deviation(0, 1) - bounded(-root * c.response)).abs() < 1e-12);
    assert_eq!(next.tone.at(0, 1), -1.0);
    for i in 2..n - 1 {
        let list = start.at_start.neighbours.of(i);
        let weight = |k: usize| {
            list.iter()
                .find(|e| usize::from(e.0) == k)
                .map_or(0.0, |e| e.1)
        };
        let third = -root * c.reputation * weight(0) / (1.0 - weight(1));
        assert!((next.deviation(i, 1) - bounded(third)).abs() < 1e-12);
        assert_eq!(next.deviation(i, 0), 0.0);
    }
    assert_eq!(next.deviation(1, 0), 0.0);
    // The year after, the actor has not been hurt; reciprocity makes the target answer.
    let after = respond(&fixed, &c, &next, &inputs(&Square::zeros(n)), &chance(2));
    assert!(after.tone.at(1, 0) < 0.0 && after.deviation(1, 0) < 0.0);
}

#[test]
fn prop_cut_channels_are_cut() {
    let n = 8;
    let (fixed, mut c) = (made_world(n, 5), quiet_coefficients());
    c.diffusion = 0.05;
    let start = State::start(&fixed, &c, &chance(0));
    let conduct = conduct_of(n, &[(0, 1, -1.0)]);
    let channels = Channels::ALL
        .without(Channels::REPUTATION)
        .without(Channels::DIFFUSION)
        .without(Channels::RECIPROCITY);
    let mut state = start;
    for t in 1..8 {
        let inputs = Inputs {
            conduct: &conduct,
            turnovers: &[],
            channels,
        };
        state = respond(&fixed, &c, &state, &inputs, &chance(t));
    }
    for i in 0..n {
        for j in 0..n {
            assert_eq!(state.deviation(i, j) != 0.0, (i, j) == (0, 1), "{i} {j}");
        }
    }
}

#[test]
fn prop_territories_hold_nothing() {
    let (fixed, c) = (made_world(9, 2), coefficients());
    let conduct = conduct_of(9, &[(8, 1, -2.0), (2, 8, -2.0)]);
    let start = State::start(&fixed, &c, &chance(0));
    let next = respond(&fixed, &c, &start, &inputs(&conduct), &chance(1));
    for i in 0..9 {
        assert_eq!(
            (next.total(i, 8), next.total(8, i), next.total(i, i)),
            (0.0, 0.0, 0.0)
        );
    }
}

#[test]
fn ref_scenario_turnover_erases_its_share() {
    let n = 6;
    let (fixed, mut c) = (made_world(n, 5), quiet_coefficients());
    (c.reciprocity, c.reputation, c.diffusion) = (0.0, 0.0, 0.0);
    let mut state = State::start(&fixed, &c, &chance(0));
    state.fast.row_mut(0)[1] = -0.01;
    state.fast.row_mut(0)[2] = -0.01;
    let conduct = Square::zeros(n);
    let turnovers = [StateId::from_index(1)];
    let inputs = Inputs {
        conduct: &conduct,
        turnovers: &turnovers,
        channels: Channels::ALL,
    };
    let next = respond(&fixed, &c, &state, &inputs, &chance(1));
    let ratio = next.fast.at(0, 1) / next.fast.at(0, 2);
    assert!((ratio - (1.0 - c.turnover_reset)).abs() < 1e-6, "{ratio}");
}

#[test]
fn coverage_reliability_of_the_median_ally_spans_the_published_counts() {
    let params = Params::embedded().expect("shipped parameters parse");
    for draw in 0..200 {
        let values = params.draw(&Stream::new(3, draw));
        let c = Coefficients::new(&values).expect("defined");
        let p = c.reliability(c.ally_reference_level);
        assert!((0.22 - 1e-9..=0.75 + 1e-9).contains(&p), "{p}");
    }
}

proptest! {
    #[test]
    fn prop_bounded_and_finite(severity in -30.0f64..30.0, seed in 0u64..50) {
        let n = 8;
        let fixed = made_world(n, seed);
        let mut c = coefficients();
        // Far beyond any spiral threshold.
        (c.response, c.reciprocity) = (2.0, 2.0);
        let conduct = conduct_of(n, &[(0, 1, severity), (2, 1, severity)]);
        let mut s = State::start(&fixed, &c, &chance(0));
        for t in 1..40 {
            s = respond(&fixed, &c, &s, &inputs(&conduct), &chance(t));
        }
        for i in 0..n {
            for j in 0..n {
                prop_assert!(s.deviation(i, j).abs() <= c.bound + 1e-9);
                prop_assert!(s.total(i, j).is_finite());
            }
        }
    }

    #[test]
    fn prop_relabelling_permutes(shift in 1usize..6) {
        let n = 7;
        let (fixed, mut c) = (made_world(n, 9), quiet_coefficients());
        c.diffusion = 0.05;
        // The territory stays last; the others are rotated.
        let m = n - 1;
        let to = |i: usize| if i < m { (i + shift) % m } else { i };
        let mut moved = fixed.clone();
        for i in 0..n {
            for j in 0..n {
                let (from, at) = (i * n + j, to(i) * n + to(j));
                moved.ideal_distance[at] = fixed.ideal_distance[from];
                moved.votes.z[at] = fixed.votes.z[from];
            }
        }
        let path = |f: &Fixed, acts: &[(usize, usize, f64)]| {
            let mut s = State::start(f, &c, &chance(0));
            // Levels are noise of the start: the same in both labellings is not asked for.
            let mut start = (*s.at_start).clone();
            start.level = Square::zeros(n);
            s.at_start = Arc::new(start);
            for t in 1..6 {
                s = respond(f, &c, &s, &inputs(&conduct_of(n, acts)), &chance(t));
            }
            s
        };
        let a = path(&fixed, &[(0, 1, -1.0), (3, 1, -0.5)]);
        let b = path(&moved, &[(to(0), to(1), -1.0), (to(3), to(1), -0.5)]);
        for i in 0..n {
            for j in 0..n {
                prop_assert!((a.total(i, j) - b.total(to(i), to(j))).abs() < 1e-12);
            }
        }
    }
}

#[test]
fn regress_level_of_the_median_ally() {
    // The reference level of reliability is what the sources give to the median pair of allies.
    use crate::setting::Setting;
    use realign_atlas::{Atlas, Year};
    let atlas = Atlas::embedded().expect("embedded tables decode");
    let id = |c: &str| atlas.states().by_iso3(c).expect("in the atlas");
    let setting = Setting {
        n: atlas.n(),
        hegemon: id("USA"),
        targets: vec![id("CAN")],
        start: Year(2024),
        horizon: Year(2034),
    };
    let fixed = Fixed::new(&atlas, &setting).expect("the atlas has what trust needs");
    let c = coefficients();
    let (mean, sd) = fixed.expected_level(&c);
    let mut allies: Vec<f64> = (0..fixed.n * fixed.n)
        .filter(|at| fixed.pact[*at] > 0.0)
        .filter(|at| fixed.covered[at / fixed.n] && fixed.covered[at % fixed.n])
        .map(|at| mean.as_slice()[at])
        .collect();
    allies.sort_by(f64::total_cmp);
    let median = allies[allies.len() / 2];
    assert!((median - c.ally_reference_level).abs() < 0.05, "{median}");
    // What every reader would check first: friends above foes, unknown pairs wide.
    let at = |a: &str, b: &str| mean.get(id(a), id(b));
    assert!(at("GBR", "USA") > at("IRN", "USA") + 2.0);
    assert!(at("BLR", "RUS") > at("EST", "RUS"));
    assert!(sd.get(id("XKX"), id("TUV")) > sd.get(id("DEU"), id("USA")));
    assert!(fixed.notes.iter().any(|n| n.contains("XKX")));
}

#[test]
fn prop_measured_values_fill_the_indicators() {
    use crate::indicator::{Layout, Recorder};
    use crate::setting::Setting;
    let n = 9;
    let (fixed, c) = (made_world(n, 2), coefficients());
    let id = StateId::from_index;
    let setting = Setting {
        n,
        hegemon: id(1),
        targets: vec![id(0), id(2), id(5)],
        start: realign_atlas::Year(2024),
        horizon: realign_atlas::Year(2030),
    };
    let start = State::start(&fixed, &c, &chance(0));
    let conduct = conduct_of(n, &[(0, 1, -1.0)]);
    let next = respond(&fixed, &c, &start, &inputs(&conduct), &chance(1));
    let layout = Layout::new(n, indicators(&fixed, &setting));
    let mut row = vec![f32::INFINITY; layout.width()];
    measure(
        &fixed,
        &c,
        &setting,
        &next,
        &start,
        &mut Recorder::new(&layout, 0, &mut row),
    );
    assert!(
        row.iter().all(|v| !v.is_infinite()),
        "a slot was not written"
    );
    let value = |name: &str, state: usize| {
        let k = layout.position(name).expect("an indicator");
        f64::from(row[layout.slot(k, Some(id(state)))])
    };
    // The hegemon itself and the territory have no estimate.
    for k in [
        "trust.in_hegemon",
        "trust.reliability",
        "trust.tone_of_hegemon",
    ] {
        for i in 0..n {
            assert_eq!(value(k, i).is_nan(), i == 1 || i == n - 1, "{k} {i}");
        }
    }
    let mean = [0, 2, 5].iter().map(|&i| next.total(i, 1)).sum::<f64>() / 3.0;
    assert!((value("trust.targets_in_hegemon", 0) - mean).abs() < 1e-6);
    let parts = value("trust.in_hegemon_slow", 0) + value("trust.in_hegemon_fast", 0);
    assert!((value("trust.in_hegemon_change", 0) - parts).abs() < 1e-6);
}

#[test]
fn ref_bound_is_the_hyperbolic_tangent() {
    // One pair, no memory of experience: what a year leaves of d is bound·tanh(φ d / bound).
    let n = 5;
    let (fixed, mut c) = (made_world(n, 5), quiet_coefficients());
    (c.reciprocity, c.reputation, c.diffusion) = (0.0, 0.0, 0.0);
    let mut state = State::start(&fixed, &c, &chance(0));
    let conduct = Square::zeros(n);
    for d in [-12.0, -4.1, -3.9, -1.0, -0.1, 0.3, 2.0, 3.99, 4.01, 9.0] {
        state.slow.row_mut(0)[1] = d;
        let next = respond(&fixed, &c, &state, &inputs(&conduct), &chance(1));
        let want = c.bound * (c.slow_persistence * d / c.bound).tanh();
        assert!((next.deviation(0, 1) - want).abs() < 1e-9, "{d}");
    }
}
