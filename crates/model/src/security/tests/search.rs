//! The search for architectures, against exhaustive search and against the plain definitions.

use std::sync::Arc;

use proptest::prelude::*;
use realign_atlas::{Atlas, StateId, Year};

use super::World;
use crate::params::Params;
use crate::security::search::Board;
use crate::security::*;
use crate::security::{picture::state_without, stability};
use crate::setting::Setting;

fn observed(year: i32) -> Observed {
    let atlas = Atlas::embedded().unwrap().as_of(Year(year));
    let hegemon = atlas.states().by_iso3("USA").unwrap();
    let setting = Setting {
        n: atlas.n(),
        hegemon,
        targets: atlas.members("NATO", Year(year)).unwrap(),
        start: Year(year),
        horizon: Year(year + 10),
    };
    Observed::new(&atlas, setting, Params::embedded().unwrap()).unwrap()
}

fn positions(codes: &[&str]) -> Vec<usize> {
    let w = World::new();
    codes.iter().map(|c| w.id(c).index()).collect()
}

#[test]
fn prop_the_board_agrees_with_the_definition_of_vulnerability() {
    let world = observed(2025);
    let case = world.case(5, 1).unwrap();
    let members = positions(&[
        "POL", "EST", "FIN", "SWE", "UKR", "KOR", "JPN", "AUS", "PHL",
    ]);
    let space = Space::new(&world.fixed, &case, &members);
    assert!(space.moves.len() > 10);
    for gone in [None, Some(world.fixed.hegemon)] {
        let mut board = Board::new(&world.fixed, &case, gone);
        let untouched = board.total();
        let mut state = gone.map_or_else(|| case.state.clone(), |g| state_without(&case.state, g));
        for treaty in space.moves.iter().step_by(3) {
            board.put(treaty, true);
            match treaty {
                Move::Pact((i, j)) => state.pacts.set(*i, *j, true),
                Move::End((i, j)) => state.pacts.set(*i, *j, false),
                Move::Found(_, pairs) => pairs
                    .iter()
                    .for_each(|(i, j)| state.pacts.set(*i, *j, true)),
            }
        }
        let view = case.view();
        let p = Protection::new(&world.fixed, &case.coefficients, &state, &view);
        for i in (0..world.fixed.n).filter(|i| world.fixed.active[*i]) {
            let plain =
                vulnerability_of(&world.fixed, &case.coefficients, &state, &p, i, None, 0.0).0;
            let kept = board.vulnerability()[i];
            assert!(
                (plain - kept).abs() < 1e-9 * plain.abs().max(1.0)
                    || plain.is_nan() && kept.is_nan(),
                "{i}: {plain} {kept}"
            );
        }
        for treaty in space.moves.iter().step_by(3) {
            board.put(treaty, false);
        }
        assert_eq!(board.total(), untouched, "taken back, nothing is left");
    }
}

#[test]
fn ref_search_finds_what_trying_every_combination_finds() {
    let world = observed(2025);
    let gone = Some(world.fixed.hegemon);
    let options = Options {
        budget: 3,
        restarts: 4,
        seed: 11,
    };
    let sets: [&[&str]; 4] = [
        &["POL", "FIN", "UKR", "SWE", "MDA", "GEO"],
        &["JPN", "KOR", "AUS", "PHL", "TWN", "IND"],
        &["SAU", "ARE", "ISR", "JOR", "EGY", "QAT"],
        &["DEU", "JPN", "KOR", "GBR", "UKR", "AUS"],
    ];
    let mut helped = 0;
    for (k, set) in sets.iter().enumerate() {
        let case = world.case(7, k as u32).unwrap();
        let mut space = Space::new(&world.fixed, &case, &positions(set));
        space.moves.truncate(18);
        let (_, best) = exhaustive(&world.fixed, &case, &space, gone, options.budget);
        let before = Board::new(&world.fixed, &case, gone).total();
        let found = search(&world.fixed, &case, &space, gone, &options);
        let least = found.last().map_or(before, |f| f.1);
        assert!(
            (least - best).abs() <= 1e-9 * before,
            "{set:?}: {least} {best}, before {before}"
        );
        helped += usize::from(best < before * (1.0 - 1e-6));
        // More treaties never leave more distress, and no more are signed than allowed.
        assert!(found.windows(2).all(|p| p[1].1 < p[0].1));
        assert!(found.iter().enumerate().all(|(k, f)| f.0.len() <= k + 1));
    }
    assert!(helped >= 2, "treaties helped in {helped} sets");
}

#[test]
fn prop_no_architecture_of_the_front_is_beaten() {
    let world = observed(2025);
    let cases: Vec<Case> = (0..4).map(|d| world.case(3, d).unwrap()).collect();
    let members: Vec<usize> = world.setting.targets.iter().map(|t| t.index()).collect();
    let options = Options {
        budget: 2,
        restarts: 0,
        seed: 1,
    };
    let year = world.setting.start;
    let s = survey(&world.fixed, &cases, &members, year, 1, &options).unwrap();
    assert!(s.front[0].treaties.is_empty() && !s.front[0].out_of_reach);
    assert_eq!(s.front[0].vulnerable, s.vulnerable_without);
    assert!(s.front[0].depth_mean == 1.0 && s.front.iter().all(|a| a.depth_mean <= 1.0));
    for a in &s.front {
        for b in &s.front {
            let better = b.depth_mean < a.depth_mean
                && b.treaties.len() <= a.treaties.len()
                && b.survival >= a.survival;
            assert!(!better);
        }
        assert!((0.0..=1.0).contains(&a.survival));
        assert!(
            a.probability
                .iter()
                .all(|p| (0.0..=1.0).contains(&p.1.middle))
        );
        assert!(
            a.probability
                .windows(2)
                .all(|p| p[0].1.middle <= p[1].1.middle)
        );
        assert!(!a.parties.contains(&world.setting.hegemon));
    }
    assert_eq!(
        s,
        survey(&world.fixed, &cases, &members, year, 1, &options).unwrap()
    );
}

#[test]
fn prop_a_picture_without_a_guarantor_is_no_safer() {
    let world = observed(2025);
    let cases: Vec<Case> = (0..6).map(|d| world.case(3, d).unwrap()).collect();
    let [deu, pol] = positions(&["DEU", "POL"])[..] else {
        panic!("two states")
    };
    for i in [deu, pol] {
        let now = picture(&world, &cases, i, None);
        let without = picture(&world, &cases, i, Some(world.fixed.hegemon));
        assert!(without.help.middle < now.help.middle);
        assert!(without.vulnerability.middle >= now.vulnerability.middle);
        // Other nuclear guarantors may stand in: the ratio is at least one.
        assert!(without.hedging_ratio.middle >= 1.0 && now.hedging_ratio.middle == 1.0);
        assert!(
            now.guarantors
                .iter()
                .any(|g| g.state == world.setting.hegemon && g.nuclear)
        );
        assert!(
            without
                .guarantors
                .iter()
                .all(|g| g.state != world.setting.hegemon)
        );
        assert!(now.foes.iter().any(|f| f.fatal.middle > 0.0));
        assert!(now.assumed.is_empty(), "{:?}", now.assumed);
        assert!(now.blocs.iter().any(|b| b.0 == "NATO"));
        let shares: f64 = now.guarantors.iter().map(|g| g.share.middle).sum();
        assert!((0.8..1.2).contains(&shares), "{shares}");
        assert_eq!(now.promises.len(), 2, "both pledges of the alliance");
    }
    // Where nobody else with nuclear weapons is bound, hedging rises.
    let kor = positions(&["KOR"])[0];
    let alone = picture(&world, &cases, kor, Some(world.fixed.hegemon));
    assert!(alone.hedging_ratio.middle > 1.0);
}

#[test]
fn prop_what_is_not_known_of_a_state_is_named() {
    let mut world = observed(2025);
    let i = positions(&["DEU"])[0];
    world.fixed.cinc[i] = f64::NAN;
    world.fixed.spending_share[i] = f64::NAN;
    world.fixed.burden[i] = f64::NAN;
    let case = world.case(3, 0).unwrap();
    let p = picture(&world, &[case], i, None);
    assert_eq!(p.strength.middle, 0.0);
    assert!(p.burden_pct.is_nan());
    assert!(
        p.assumed
            .iter()
            .any(|a| a.contains("strength counts as zero"))
    );
    assert!(p.assumed.iter().any(|a| a.contains("no military burden")));
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]

    /// With everyone hostile, full reach and reliability, and all allies of the attacker with him,
    /// v > 1 says what Jackson & Nei say wherever nobody is allied with both sides; where somebody
    /// is, he stays out here and joins the attack there, so that v > 1 implies theirs.
    #[test]
    fn ref_continuous_vulnerability_is_that_of_jackson_and_nei(
        edges in proptest::collection::vec(any::<bool>(), 15),
        strength in proptest::collection::vec(0.1..3.0f64, 6),
        gamma in 0.4..3.0f64,
    ) {
        let (world, case) = &*SHARED;
        let (size, n) = (6, world.fixed.n);
        let mut g = Ties::empty(size);
        let mut state = case.state.clone();
        state.pacts = Ties::empty(n);
        let mut at = edges.iter();
        for i in 0..size {
            for j in i + 1..size {
                if *at.next().unwrap() {
                    g.set(i, j, true);
                    state.pacts.set(i, j, true);
                }
            }
        }
        let mut start = (*state.at_start).clone();
        start.hostile = Ties::empty(n);
        for i in 0..size {
            for j in i + 1..size {
                start.hostile.set(i, j, true);
            }
        }
        start.reach = vec![1.0; n * n];
        state.at_start = Arc::new(start);
        state.designations.clear();
        let mut c = case.coefficients.clone();
        (c.defensive_factor, c.coalition_share) = (gamma, 1.0);
        let mut p = Protection::new(&world.fixed, &c, &state, &case.view());
        for i in 0..n {
            p.strength[i] = strength.get(i).copied().unwrap_or(0.0);
            p.helpers[i].clear();
        }
        for i in 0..size {
            for k in g.of(i) {
                p.helpers[i].push((k as u16, strength[k]));
            }
        }
        for i in 0..size {
            let mut v = 0.0_f64;
            for j in state.at_start.hostile.of(i) {
                v = v.max(vulnerability_to(&c, &state, &p, (i, j), None, 0.0));
            }
            let exact = stability::vulnerable(&g, &strength, gamma, i);
            prop_assert!(v <= 1.0 || exact, "v {v} of {i} in {:?}", g.pairs().collect::<Vec<_>>());
            if (0..size).all(|j| g.shared(i, j) == 0 || i == j) {
                prop_assert_eq!(v > 1.0, exact);
            }
        }
    }
}

/// One world for all cases.
static SHARED: std::sync::LazyLock<(Observed, Case)> = std::sync::LazyLock::new(|| {
    let world = observed(2025);
    let case = world.case(3, 0).unwrap();
    (world, case)
});

#[test]
fn prop_earlier_worlds_can_be_looked_at() {
    for year in [1985, 2005] {
        let world = observed(year);
        let case = world.case(3, 0).unwrap();
        let i = positions(&["DEU"])[0];
        let p = picture(&world, &[case], i, None);
        assert!(p.help.middle > 0.0 && p.fatal.middle >= 0.0, "{year}");
        let usa = StateId::from_index(world.fixed.hegemon);
        assert!(p.guarantors.iter().any(|g| g.state == usa), "{year}");
    }
}

#[test]
fn prop_a_pact_that_ends_before_it_starts_is_named_and_left_out() {
    let w = World::new();
    let mut spells = w.atlas.spells("defence_pact").unwrap().rows()[..2].to_vec();
    (spells[0].start, spells[0].end) = (Year(1990), Some(Year(1980)));
    spells[1].end = None;
    let iso3 = |s: StateId| w.atlas.states().iso3(s).to_owned();
    let notes = crate::security::fixed::reversed("defence pact", &spells, iso3);
    assert_eq!(notes.len(), 1, "{notes:?}");
    assert!(notes[0].contains(&iso3(spells[0].a)) && notes[0].contains("before it starts in 1990"));
    assert!(
        w.fixed
            .notes
            .iter()
            .all(|n| !n.contains("before it starts")),
        "none in the record"
    );
}

#[test]
fn prop_spending_stays_near_a_random_walk_and_pledges_pull_upwards() {
    let world = observed(2025);
    let cases: Vec<Case> = (0..16).map(|d| world.case(3, d).unwrap()).collect();
    let years = [Year(2025), Year(2030), Year(2035)];
    let of = |code: &str| {
        let i = positions(&[code])[0];
        let list = spending_outlook(&world, &cases, i, None, 3, &years);
        assert_eq!(list.len(), 2, "the start is no outlook");
        assert!(list[1].random_walk_pct.high > list[0].random_walk_pct.high);
        list[1].clone()
    };
    let (bel, che) = (of("BEL"), of("CHE"));
    assert!((bel.pledged_pct.unwrap() - 3.5).abs() < 1e-9 && che.pledged_pct.is_none());
    assert!(
        bel.burden_pct.middle > bel.random_walk_pct.middle,
        "{bel:?}"
    );
    assert!(
        (che.burden_pct.middle / che.random_walk_pct.middle - 1.0).abs() < 0.35,
        "{che:?}"
    );
}
