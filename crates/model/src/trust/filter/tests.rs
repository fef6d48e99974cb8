//! Tests of the filter: dense posterior, no look-ahead, contributions, coverage, recovery.

use realign_atlas::{Atlas, StateId, Year};
use realign_numerics::linalg::Cholesky;

use super::hyper::Values;
use super::panel::{FIRST, Kind, Panel, Seen, Target};
use super::path::Consistency;
use super::recovery::simulate;
use super::run::Machine;
use super::*;

fn centre() -> Values {
    let hyper = Hyper::embedded().expect("shipped priors parse");
    let mode = Posterior::embedded()
        .expect("committed posterior parses")
        .mode(&hyper);
    hyper.values(&mode).expect("all numbers are there")
}

/// Three publics of one target, polled in every year.
fn three_publics(years: usize) -> Panel {
    let mut target = Target {
        state: StateId(0),
        pairs: (1..4).map(|i| (StateId(i), 0)).collect(),
        seen: Vec::new(),
        offsets: vec![0],
        turnover: vec![false; years],
    };
    for t in 0..years {
        for p in 0..3u16 {
            for (kind, known) in [(Kind::Votes, 0.01), (Kind::Polls, 0.005)] {
                let y = f64::from(p) * 0.3 - 0.2 * t as f64
                    + if kind == Kind::Polls { -0.6 } else { 0.4 };
                target.seen.push(Seen {
                    pair: p,
                    kind,
                    y,
                    known,
                });
            }
        }
        target.offsets.push(target.seen.len());
    }
    Panel {
        last: FIRST + years as i32 - 1,
        targets: vec![target],
        tone_from: None,
        notes: Vec::new(),
    }
}

/// Posterior mean of trust of every pair at the end, by dense normal algebra over all years.
fn dense(v: &Values, panel: &Panel) -> (Vec<f64>, Vec<f64>) {
    let machine = Machine::new(v);
    let target = &panel.targets[0];
    let (years, pairs) = (panel.years(), target.pairs.len());
    let size = years * (pairs * 5 + 1);
    let at = |t: usize, p: usize, k: usize| t * (pairs * 5 + 1) + p * 5 + k;
    let shared = |t: usize| t * (pairs * 5 + 1) + pairs * 5;
    let mut a = vec![0.0; size * size];
    let mut b = vec![0.0; size];
    // Adds (Σ w x − y)² / variance.
    let mut add = |w: &[(usize, f64)], y: f64, variance: f64| {
        for (i, wi) in w {
            b[*i] += wi * y / variance;
            for (j, wj) in w {
                a[i * size + j] += wi * wj / variance;
            }
        }
    };
    let start = machine.start(panel, 0);
    for p in 0..pairs {
        for k in 0..5 {
            add(&[(at(0, p, k), 1.0)], 0.0, start.covariance[k][k]);
        }
    }
    add(&[(shared(0), 1.0)], 0.0, v.reputation_spread.powi(2));
    for t in 1..years {
        let step = machine.transition(panel, target, t);
        for p in 0..pairs {
            for k in 0..5 {
                let q = step.q[k].max(1e-8);
                add(
                    &[(at(t, p, k), 1.0), (at(t - 1, p, k), -step.phi[k])],
                    0.0,
                    q,
                );
            }
        }
        add(
            &[(shared(t), 1.0), (shared(t - 1), -1.0)],
            0.0,
            machine.mean_shock(),
        );
    }
    for t in 0..years {
        for s in target.year(t) {
            let (load, on_shared) = machine.loadings(s.kind);
            let mut w: Vec<(usize, f64)> = (0..5)
                .map(|k| (at(t, usize::from(s.pair), k), load[k]))
                .collect();
            w.push((shared(t), on_shared));
            add(&w, s.y - machine.intercept(s.kind), s.noise(v));
        }
    }
    let factor = Cholesky::factor(&a, size).expect("a posterior");
    let covariance = factor.inverse();
    factor.solve(&mut b);
    let t = years - 1;
    let parts = |p: usize| [at(t, p, 0), at(t, p, 1), shared(t)];
    let mean = (0..pairs)
        .map(|p| parts(p).iter().map(|k| b[*k]).sum())
        .collect();
    let sd = (0..pairs)
        .map(|p| {
            let v: f64 = parts(p)
                .iter()
                .flat_map(|i| parts(p).map(|j| covariance[i * size + j]))
                .sum();
            v.sqrt()
        })
        .collect();
    (mean, sd)
}

#[test]
fn regress_filter_is_the_dense_posterior_at_first_and_stays_near_it() {
    // Normal shocks (many degrees of freedom) and a reputation that does not return: then only the
    // dropped correlation between pairs separates the two: nothing in the first year, a tenth of an
    // SD in the second, up to some three tenths after six years of a steady common fall.
    let mut v = centre();
    v.reputation_dof = 1e6;
    v.reputation_persistence = 1.0;
    for (years, tolerance) in [(1, 1e-9), (2, 0.06), (6, 0.36)] {
        let panel = three_publics(years);
        let machine = Machine::new(&v);
        let all = history(&machine, &panel, &panel.targets[0]);
        let (mean, sd) = dense(&v, &panel);
        let mut farthest = (0.0f64, 0.0f64);
        for p in 0..3 {
            let path = all.path(&machine, &panel, &panel.targets[0], p);
            let last = path.points.last().expect("a year");
            let unit = v.unit();
            farthest.0 = farthest
                .0
                .max((last.filtered * unit - mean[p]).abs() / sd[p]);
            farthest.1 = farthest
                .1
                .max((last.filtered_sd * unit / sd[p] - 1.0).abs());
            assert!(
                (last.filtered * unit - mean[p]).abs() < tolerance * sd[p].max(1.0),
                "{years} {p}: {} {}",
                last.filtered * unit,
                mean[p]
            );
            assert!(
                (last.filtered_sd * unit / sd[p] - 1.0).abs() < tolerance.max(1e-6) * 2.0,
                "{years} {p}: {} {}",
                last.filtered_sd * unit,
                sd[p]
            );
            assert!((last.filtered - last.smoothed).abs() < 1e-12);
        }
        println!(
            "{years} years: mean off by {:.3} SD, SD by {:.3}",
            farthest.0, farthest.1
        );
    }
}

#[test]
fn prop_contributions_sum_to_the_change_and_smoothing_narrows() {
    let s = simulate(&centre(), 3, 12, 20, 5);
    let machine = Machine::new(&centre());
    for target in &s.panel.targets {
        let all = history(&machine, &s.panel, target);
        for p in 0..target.pairs.len() {
            let path = all.path(&machine, &s.panel, target, p);
            let mut last = 0.0;
            for x in &path.points {
                let parts: f64 = Kind::ALL.iter().map(|k| x.by(*k)).sum();
                assert!((x.filtered - last - x.fading - parts).abs() < 1e-9, "{x:?}");
                assert!(x.smoothed_sd <= x.filtered_sd * 1.01, "{x:?}");
                last = x.filtered;
            }
        }
    }
}

#[test]
fn regress_intervals_cover_less_than_they_claim_in_synthetic_records() {
    let v = centre();
    let s = simulate(&v, 24, 16, 30, 11);
    let machine = Machine::new(&v);
    let (mut inside, mut smoothed, mut count) = (0usize, 0usize, 0usize);
    for (target, truth) in s.panel.targets.iter().zip(&s.truth) {
        let all = history(&machine, &s.panel, target);
        for p in 0..target.pairs.len() {
            let path = all.path(&machine, &s.panel, target, p);
            for (x, year) in path.points.iter().zip(truth) {
                let t = year[p] / v.unit();
                inside += usize::from((t - x.filtered).abs() < 1.645 * x.filtered_sd);
                smoothed += usize::from((t - x.smoothed).abs() < 1.645 * x.smoothed_sd);
                count += 1;
            }
        }
    }
    // Below 90 % by what the filter leaves out: it returns to its own estimate of a reputation's
    // long-run mean, not to the true one, and drops what pairs share of earlier uncertainty. 24
    // reputations and 384 slowly moving pairs are some 400 independent chances, SE .018.
    let shares = [inside as f64 / count as f64, smoothed as f64 / count as f64];
    println!("filtered and smoothed cover {shares:?}");
    for share in shares {
        assert!((0.8..0.9).contains(&share), "{share}");
    }
    let c = Consistency::of(&machine, &s.panel);
    for k in Kind::ALL {
        let m = c.mean(k).expect("observed");
        assert!((0.85..1.15).contains(&m), "{k:?} {m}");
        assert!(c.advice(k).contains("as large as claimed"));
    }
    // Twice the claimed noise is noticed.
    let mut wrong = v;
    wrong.events.noise *= 4.0;
    let c = Consistency::of(&Machine::new(&wrong), &s.panel);
    assert!(
        c.advice(Kind::Events).contains("wider than need be"),
        "{}",
        c.advice(Kind::Events)
    );
}

#[test]
fn prop_later_years_do_not_move_earlier_ones() {
    let atlas = Atlas::embedded().expect("embedded tables decode");
    let whole = Panel::read(&atlas).expect("readable");
    let usa = atlas.states().by_iso3("USA").expect("in the atlas");
    let machine = Machine::new(&centre());
    let until = whole.until(Year(2010));
    let pair = |panel: &Panel| {
        let t = panel.target(usa).expect("a target").clone();
        history(&machine, panel, &t).path(&machine, panel, &t, 3)
    };
    let (long, short) = (pair(&whole), pair(&until));
    assert_eq!(short.points.last().expect("years").year, Year(2010));
    for (a, b) in long.points.iter().zip(&short.points) {
        assert_eq!((a.filtered, a.filtered_sd), (b.filtered, b.filtered_sd));
    }
    // What an atlas of 2010 holds of 2005 is what today's holds.
    let then = Panel::read(&atlas.as_of(Year(2010))).expect("readable");
    let t = (2005 - FIRST.0) as usize;
    let (a, b) = (
        then.target(usa).expect("a target"),
        whole.target(usa).expect("a target"),
    );
    assert!(!a.year(t).is_empty());
    assert_eq!(a.year(t), b.year(t));
}

#[test]
fn regress_late_states_begin_late_and_absent_sources_are_said() {
    let atlas = Atlas::embedded().expect("embedded tables decode");
    let panel = Panel::read(&atlas).expect("readable");
    let id = |c: &str| atlas.states().by_iso3(c).expect("in the atlas");
    let target = panel.target(id("USA")).expect("a target");
    let begin = |c: &str| FIRST + target.pairs[target.position(id(c)).expect("a pair")].1 as i32;
    assert_eq!(begin("SSD"), Year(2011));
    assert_eq!(begin("MNE"), Year(2006));
    assert_eq!(begin("CAN"), FIRST);
    assert!(
        panel.notes.iter().any(|n| n.contains("votes end in 2023")),
        "{:?}",
        panel.notes
    );
    let early = Panel::read(&atlas.as_of(Year(1995))).expect("readable");
    assert!(
        early.notes.iter().any(|n| n.starts_with("favourability")),
        "{:?}",
        early.notes
    );
    assert!(early.observations() > 0);
}

#[test]
fn prop_threads_do_not_matter() {
    let v = centre();
    let s = simulate(&v, 7, 5, 12, 2);
    let machine = Machine::new(&v);
    let one = machine.likelihood(&s.panel, 1);
    assert_eq!(one, machine.likelihood(&s.panel, 2));
    assert_eq!(one, machine.likelihood(&s.panel, 3));
}

#[test]
fn coverage_loadings_are_recovered_from_a_synthetic_record() {
    let hyper = Hyper::embedded().expect("shipped priors parse");
    let v = centre();
    let s = simulate(&v, 10, 16, 25, 7);
    // Every pair enters: polled ones always, the rest by sampling one in one.
    let options = FitOptions {
        every: 1,
        threads: 2,
        iterations: 40,
        temper: 1.0,
        width: false,
    };
    let f = fit(&s.panel, &hyper, &options).expect("a fit");
    let found = |id: &str| {
        f.estimate
            .iter()
            .find(|e| e.id == id)
            .expect("estimated")
            .mode
    };
    assert!((found("votes_persistence") - v.votes_persistence).abs() < 0.06);
    assert!((found("polls_loading") / v.polls_loading).ln().abs() < 0.7);
    assert!((found("tone_spread") / v.tone.spread).ln().abs() < 0.3);
}

#[test]
fn regress_committed_posterior_fits_the_priors() {
    let hyper = Hyper::embedded().expect("shipped priors parse");
    let p = Posterior::embedded().expect("committed posterior parses");
    assert_eq!(p.estimate.len(), hyper.len());
    for (e, prior) in p.estimate.iter().zip(hyper.free()) {
        assert_eq!(e.id, prior.id);
        assert!(e.posterior[0] <= e.posterior[1] && e.posterior[1] <= e.posterior[2]);
        assert!(e.kl_nats > -1e-9);
    }
    assert!(p.converged && p.pareto_k < 0.7 && p.draws.len() == 200);
    // To the scale of estimation and back.
    let x = p.mode(&hyper);
    assert!(
        hyper
            .scaled(&hyper.natural(&x))
            .iter()
            .zip(&x)
            .all(|(a, b)| (a - b).abs() < 1e-9)
    );
}
