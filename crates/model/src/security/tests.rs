//! Invariants of the security domain on the embedded atlas.

mod goodness;
mod hypothesis;
mod renaming;
mod search;
mod threat;

use realign_atlas::{Atlas, StateId, Year};
use realign_numerics::random::Stream;

use super::covariates::COUNT;
use super::*;
use crate::indicator::{Layout, Recorder, Scope};
use crate::params::Params;
use crate::setting::Setting;
use crate::trust;

/// A small world of tests: the embedded atlas at the end of 2025, parameters at their centre.
struct World {
    atlas: Atlas,
    setting: Setting,
    fixed: Fixed,
    c: Coefficients,
    trust_c: trust::Coefficients,
    trust: trust::State,
    income: Vec<f64>,
}

impl World {
    fn new() -> Self {
        let atlas = Atlas::embedded().unwrap();
        let hegemon = atlas.states().by_iso3("USA").unwrap();
        let mut targets = atlas.members("NATO", Year(2025)).unwrap();
        targets.retain(|t| *t != hegemon);
        targets.extend(["AUS", "JPN", "KOR"].map(|s| atlas.states().by_iso3(s).unwrap()));
        targets.sort_unstable();
        let (start, horizon) = (Year(2025), Year(2035));
        let setting = Setting {
            n: atlas.n(),
            hegemon,
            targets,
            start,
            horizon,
        };
        let values = Params::embedded().unwrap().centre();
        let trust_c = trust::Coefficients::new(&values).unwrap();
        let trust_fixed = trust::Fixed::new(&atlas, &setting).unwrap();
        let chance = Chance::new(Stream::new(7, 0), 0);
        let trust = trust::State::start(&trust_fixed, &trust_c, &chance);
        let fixed = Fixed::new(&atlas, &setting).unwrap();
        let income = vec![0.0; fixed.n];
        Self {
            c: Coefficients::new(&values).unwrap(),
            atlas,
            setting,
            fixed,
            trust_c,
            trust,
            income,
        }
    }

    fn view<'a>(&'a self, now: &'a trust::State) -> TrustView<'a> {
        TrustView {
            now,
            start: &self.trust,
            coefficients: &self.trust_c,
        }
    }

    fn quiet(&self) -> TrustView<'_> {
        self.view(&self.trust)
    }

    fn start(&self, c: &Coefficients) -> State {
        State::start(
            &self.fixed,
            c,
            &Chance::new(Stream::new(7, 0), 0),
            &self.quiet(),
        )
    }

    fn step(
        &self,
        c: &Coefficients,
        state: &State,
        direct: &Direct,
        view: TrustView<'_>,
        draw: u32,
    ) -> State {
        let inputs = Inputs {
            direct,
            trust: view,
            income_log: &self.income,
        };
        respond(
            &self.fixed,
            c,
            state,
            &inputs,
            &Chance::new(Stream::new(7, draw), 1),
        )
    }

    fn id(&self, iso3: &str) -> StateId {
        self.atlas.states().by_iso3(iso3).unwrap()
    }

    /// Trust with i's trust in the hegemon lower by `sd` for every target.
    fn soured(&self, sd: f64) -> trust::State {
        let mut t = self.trust.clone();
        for &i in &self.setting.targets {
            t.slow.set(i, self.setting.hegemon, -sd);
        }
        t
    }
}

/// Coefficients without chance: no tie forms or ends, no innovation.
fn still(c: &Coefficients) -> Coefficients {
    let mut c = c.clone();
    for layer in [&mut c.pact, &mut c.cooperation] {
        layer.formation = [0.0; COUNT];
        layer.formation[0] = -1e4;
        layer.ending = [0.0; COUNT + 1];
        layer.ending[0] = -1e4;
    }
    c.exit_base = -1e4;
    c.spending_innovation = 0.0;
    c
}

#[test]
fn prop_without_acts_and_with_unchanged_trust_nothing_differs() {
    let w = World::new();
    let s = w.start(&w.c);
    let same = w.trust.clone();
    let quiet = w.step(&w.c, &s, &Direct::default(), w.quiet(), 3);
    let shocked = w.step(&w.c, &s, &Direct::default(), w.view(&same), 3);
    assert_eq!(quiet, shocked);
    assert!(quiet.hedging_log_ratio.iter().all(|x| *x == 0.0));
    // Without innovation, trend and pledges the start is a rest point.
    let mut c = still(&w.c);
    c.trend_growth = 0.0;
    c.pledge_compliance = 0.0;
    let s = w.start(&c);
    let rest = w.step(&c, &s, &Direct::default(), w.quiet(), 3);
    assert!(
        rest.log_spending
            .iter()
            .chain(&rest.log_strength)
            .all(|x| *x == 0.0)
    );
    assert_eq!(rest.pacts, s.pacts);
    assert_eq!(rest.cooperation, s.cooperation);
}

#[test]
fn prop_a_weaker_guarantee_moves_everything_in_its_direction() {
    let w = World::new();
    let c = still(&w.c);
    let s = w.start(&c);
    let (hegemon, protege) = (w.setting.hegemon, w.id("JPN"));
    let i = protege.index();
    let direct = Direct {
        guarantees: vec![(hegemon, protege, 0.5)],
        ..Direct::default()
    };
    let c = Coefficients {
        spending_spill_in: 0.2,
        ..c
    };
    let quiet = w.step(&c, &s, &Direct::default(), w.quiet(), 1);
    let shocked = w.step(&c, &s, &direct, w.quiet(), 1);
    let before = Protection::new(&w.fixed, &c, &quiet, &w.quiet());
    let after = Protection::new(&w.fixed, &c, &shocked, &w.quiet());
    // The guarantee halves exactly: it is the product of tie, reliability and factor.
    assert!((after.hegemon_guarantee[i] / before.hegemon_guarantee[i] - 0.5).abs() < 1e-12);
    assert!(after.help[i] < before.help[i]);
    let v = |s: &State, p: &Protection| vulnerability_of(&w.fixed, &c, s, p, i, None, 0.0).0;
    assert!(v(&shocked, &after) > v(&quiet, &before));
    assert!(shocked.log_spending[i] > quiet.log_spending[i]);
    assert!(shocked.hedging_log_ratio[i] > 0.0);
    // Nobody else is touched in the same year.
    for k in (0..w.fixed.n).filter(|k| *k != i) {
        assert_eq!(shocked.log_spending[k], quiet.log_spending[k]);
        assert_eq!(shocked.hedging_log_ratio[k], quiet.hedging_log_ratio[k]);
    }
}

#[test]
fn prop_lost_trust_and_a_lost_pact_act_alike_in_sign() {
    let w = World::new();
    let c = still(&w.c);
    let s = w.start(&c);
    let i = w.id("KOR");
    let soured = w.soured(1.5);
    let by_trust = w.step(&c, &s, &Direct::default(), w.view(&soured), 1);
    assert!(by_trust.hedging_log_ratio[i.index()] > 0.0);
    let direct = Direct {
        pacts_ended: vec![(w.setting.hegemon, i)],
        ..Direct::default()
    };
    let by_act = w.step(&c, &s, &direct, w.quiet(), 1);
    assert!(!by_act.pacts.has(i.index(), w.fixed.hegemon));
    assert!(by_act.hedging_log_ratio[i.index()] > by_trust.hedging_log_ratio[i.index()]);
    let made = Direct {
        pacts_made: vec![(i, w.id("AUS"))],
        ..Direct::default()
    };
    assert!(
        w.step(&c, &s, &made, w.quiet(), 1)
            .pacts
            .has(i.index(), w.id("AUS").index())
    );
}

#[test]
fn coverage_ties_form_as_often_as_their_hazards_say() {
    let w = World::new();
    let s = w.start(&w.c);
    let start = &s.at_start;
    let expected: f64 = start
        .cooperation
        .candidates
        .iter()
        .filter(|p| !s.cooperation.has(usize::from(p.i), usize::from(p.j)))
        .map(|p| realign_numerics::special::logistic(p.log_odds))
        .sum();
    // The draw leaves out two percent of what is expected over all pairs at most.
    assert!(expected > 5.0 && expected < 200.0, "{expected}");
    let draws = 60;
    let formed: usize = (0..draws)
        .map(|d| {
            let next = w.step(&w.c, &s, &Direct::default(), w.quiet(), d);
            next.cooperation
                .pairs()
                .filter(|(i, j)| !s.cooperation.has(*i, *j))
                .count()
        })
        .sum();
    let mean = formed as f64 / f64::from(draws);
    // Sums of rare events: variance near the mean; four standard errors.
    let tolerance = 4.0 * (expected / f64::from(draws)).sqrt();
    assert!(
        (mean - expected).abs() < tolerance,
        "{mean} formed, {expected} expected"
    );
}

#[test]
fn prop_distrust_makes_third_parties_form_more_ties() {
    let w = World::new();
    let s = w.start(&w.c);
    let soured = w.soured(2.0);
    let targets: Vec<usize> = w.setting.targets.iter().map(|t| t.index()).collect();
    let among = |t: &Ties| {
        targets
            .iter()
            .flat_map(|i| targets.iter().map(move |j| (*i, *j)))
            .filter(|(i, j)| i < j && t.has(*i, *j))
            .count()
    };
    let (mut quiet, mut shocked) = (0, 0);
    for d in 0..20 {
        let q = w.step(&w.c, &s, &Direct::default(), w.quiet(), d);
        let t = w.step(&w.c, &s, &Direct::default(), w.view(&soured), d);
        quiet += among(&q.cooperation);
        shocked += among(&t.cooperation);
        // Common random numbers: what forms at the lower hazard forms at the higher one.
        for (i, j) in q.cooperation.pairs() {
            let third = i != w.fixed.hegemon && j != w.fixed.hegemon;
            if third && !s.cooperation.has(i, j) {
                assert!(t.cooperation.has(i, j));
            }
        }
    }
    assert!(shocked > quiet, "{shocked} against {quiet}");
}

#[test]
fn prop_indicators_are_finite_or_say_no_estimate() {
    let w = World::new();
    let s = w.step(&w.c, &w.start(&w.c), &Direct::default(), w.quiet(), 1);
    let list = indicators(&w.fixed, &w.setting);
    let layout = Layout::new(w.fixed.n, list.clone());
    let mut row = vec![f32::MAX; layout.width()];
    let extras = Extras {
        trust: w.quiet(),
        income_log: &w.income,
        year: Year(2026),
        blocs: true,
    };
    let mut rec = Recorder::new(&layout, 0, &mut row);
    measure(&w.fixed, &w.c, &w.setting, &s, &extras, &mut rec);
    assert!(row.iter().all(|x| *x != f32::MAX), "every slot is written");
    for (k, indicator) in list.iter().enumerate() {
        match indicator.scope {
            Scope::World => {
                let x = row[layout.slot(k, None)];
                assert!(x.is_finite(), "{} is {x}", indicator.id);
                if indicator.unit == "share" || indicator.unit == "0-1" {
                    assert!((0.0..=1.0).contains(&x), "{} is {x}", indicator.id);
                }
            }
            Scope::State => {
                for i in 0..w.fixed.n {
                    let x = row[layout.slot(k, Some(StateId::from_index(i)))];
                    assert!(
                        x.is_nan() || x.is_finite(),
                        "{} of {i} is {x}",
                        indicator.id
                    );
                    assert!(
                        w.fixed.active[i] || x.is_nan(),
                        "a territory has {}",
                        indicator.id
                    );
                }
            }
        }
    }
    // Blocs are partitions: shares of strength sum to one.
    let protection = Protection::new(&w.fixed, &w.c, &s, &w.quiet());
    let b = bloc_measures(&w.fixed, &w.c, &s, &w.quiet(), &protection);
    assert_eq!(b.community.len(), w.fixed.n);
    assert!(b.effective_blocs >= 1.0 && b.modularity > 0.0);
    let total: f64 = s.at_start.strength.iter().sum();
    assert!((total - 1.0).abs() < 1e-12);
}

#[test]
fn prop_arrangements_are_consistent() {
    let w = World::new();
    let s = w.start(&w.c);
    let list = architectures(&w.fixed, &w.c, &s, &w.quiet(), Year(2025));
    assert!(list.len() > 5);
    for a in &list {
        assert!(!a.members.contains(&w.setting.hegemon), "{}", a.name);
        assert!(a.vulnerable_with <= a.vulnerable_now + 1e-12, "{}", a.name);
        assert!(a.vulnerable_with_without_hegemon <= a.vulnerable_without_hegemon + 1e-12);
        assert!(
            a.vulnerable_now <= a.vulnerable_without_hegemon + 1e-12,
            "{}",
            a.name
        );
        assert!(
            a.probability
                .windows(2)
                .all(|p| p[0].0 < p[1].0 && p[0].1 <= p[1].1)
        );
        assert!(a.probability.iter().all(|p| (0.0..=1.0).contains(&p.1)));
        assert!(
            a.overlaps
                .iter()
                .all(|o| o.jaccard > 0.0 && o.jaccard <= 1.0)
        );
        for (i, j) in &a.missing {
            assert!(!s.pacts.has(i.index(), j.index()));
            assert!(a.members.contains(i) && a.members.contains(j));
        }
        if a.missing.is_empty() {
            assert!(a.probability.iter().all(|p| p.1 == 1.0) && !a.out_of_reach);
            assert_eq!(a.vulnerable_with, a.vulnerable_now);
        }
    }
    assert!(
        list.iter().any(|a| a.missing.is_empty()),
        "an alliance without the hegemon is whole"
    );
    assert!(list.iter().any(|a| a.origin == Origin::Neighbourhood));
}

#[test]
fn regress_committed_posteriors_are_the_estimates() {
    let atlas = Atlas::embedded().unwrap();
    let params = Params::embedded().unwrap();
    for p in estimate(&atlas).unwrap() {
        let (_, committed) = params.get(&p.id).unwrap();
        let committed = committed.unwrap_or_else(|| panic!("{} has no posterior", p.id));
        // Committed with four decimals.
        assert!(
            (p.mean - committed.mean).abs() < 6e-5,
            "{}: {} {}",
            p.id,
            p.mean,
            committed.mean
        );
        assert!(
            (p.sd - committed.sd).abs() < 6e-5,
            "{}: {} {}",
            p.id,
            p.sd,
            committed.sd
        );
        assert_eq!(p.source, committed.source);
        // What the page of the domain says about baselines.
        let lost = p.id.contains("cooperation_ending") || p.id.contains("spending");
        assert_eq!(p.source.contains("not beaten"), lost, "{}", p.id);
    }
}
