//! The logit of disputes: what history says of it, and what it does in the step.

use realign_atlas::{Atlas, Year};

use super::World;
use crate::security::threat::{NAMES, fatal_dispute_of_each, quiet_log};
use crate::security::*;

#[test]
fn ref_the_logit_of_disputes_beats_the_ratio_of_strengths() {
    // MODEL.md §3.3 and Oneal & Russett 2001: signs, and a better score on years it has not seen.
    let atlas = Atlas::embedded().unwrap();
    let s = threat_score(&atlas).unwrap();
    println!("{s:?}");
    assert!(s.beats_ratio(), "{s:?}");
    assert!(s.brier[0] < s.brier[1] && s.brier[0] < s.brier[2], "{s:?}");
    // Calibrated in the mean: within a third of what happened.
    let ratio = s.expected / s.events.1 as f64;
    assert!((0.67..1.5).contains(&ratio), "{s:?}");
    let list = estimate(&atlas).unwrap();
    let of = |name: &str| {
        let id = format!("security.dispute_{name}");
        list.iter().find(|p| p.id == id).unwrap().mean
    };
    for p in list
        .iter()
        .filter(|p| p.id.starts_with("security.dispute_"))
    {
        println!("{} {:.4} ({:.4}), {}", p.id, p.mean, p.sd, p.observations);
    }
    assert!(of("contiguity") > 0.0 && of("rivalry") > 0.0 && of("capability") > 0.0);
    assert!(of("distance") < 0.0 && of("democracy") < 0.0 && of("quiet") < 0.0);
}

#[test]
fn prop_threat_is_a_probability_and_counts_every_dangerous_pair() {
    let w = World::new();
    let s = w.start(&w.c);
    let p = &s.at_start.fatal_dispute;
    assert!(p.iter().all(|x| (0.0..1.0).contains(x)));
    let id = |code: &str| w.id(code).index();
    assert!(p[id("IND")] > p[id("NZL")] && p[id("KOR")] > p[id("PRT")]);
    // One pair alone is never more than all of them.
    let pairs = &s.at_start.dangerous;
    for (pair, q) in fatal_dispute_of_each(&w.c, pairs, &s.pacts, &s.log_strength) {
        assert!(q <= p[usize::from(pair.i)] + 1e-15 && q <= p[usize::from(pair.j)] + 1e-15);
    }
    assert!(s.at_start.dangerous.len() > 200);
}

#[test]
fn prop_parity_and_a_lost_pact_move_threat_as_the_logit_says() {
    let w = World::new();
    let s = w.start(&w.c);
    let (i, j) = (w.id("IND").index(), w.id("PAK").index());
    let of_the_pair = |pacts: &Ties, log_strength: &[f64]| {
        fatal_dispute_of_each(&w.c, &s.at_start.dangerous, pacts, log_strength)
            .find(|(p, _)| (usize::from(p.i), usize::from(p.j)) == (i, j))
            .unwrap()
            .1
    };
    let before = of_the_pair(&s.pacts, &s.log_strength);
    let mut grown = s.log_strength.clone();
    grown[j] += 0.5;
    // India is the stronger: the weaker gains, the two are nearer to parity.
    let after = of_the_pair(&s.pacts, &grown);
    assert_eq!(after > before, w.c.dispute[6] < 0.0);
    let mut pacts = s.pacts.clone();
    pacts.set(i, j, true);
    let allied = of_the_pair(&pacts, &s.log_strength);
    assert_eq!(allied > before, w.c.dispute[NAMES.len() - 2] > 0.0);
}

#[test]
fn prop_moved_odds_are_those_of_the_logit_whoever_is_the_stronger() {
    let w = World::new();
    let s = w.start(&w.c);
    // Strong enough moves that many pairs change sides.
    let moved: Vec<f64> = (0..s.log_strength.len())
        .map(|i| 3.0 * (i as f64 * 1.7).sin())
        .collect();
    let (slope, allied) = (w.c.dispute[6], w.c.dispute[NAMES.len() - 2]);
    for (p, q) in fatal_dispute_of_each(&w.c, &s.at_start.dangerous, &s.pacts, &moved) {
        let (i, j) = (usize::from(p.i), usize::from(p.j));
        let ratio = (p.ratio_log + moved[i] - moved[j]).abs() - p.ratio_log.abs();
        let pact = if s.pacts.has(i, j) { allied } else { 0.0 };
        let odds = (p.odds.ln() + slope * ratio + pact).exp();
        let want = w.c.dispute_fatal_share * odds / (1.0 + odds);
        assert!((q / want - 1.0).abs() < 1e-12, "{i} {j}: {q} {want}");
    }
}

#[test]
fn ref_quiet_years_end_at_twenty() {
    assert_eq!(quiet_log(Some(0)), 0.0);
    assert!((quiet_log(Some(9)) - 10.0_f64.ln()).abs() < 1e-12);
    assert_eq!(quiet_log(None), quiet_log(Some(47)));
    assert_eq!(quiet_log(None), 21.0_f64.ln());
}

#[test]
fn prop_an_atlas_before_the_record_is_refused_by_name() {
    let atlas = Atlas::embedded().unwrap().as_of(Year(1970));
    let e = threat_score(&atlas).unwrap_err().to_string();
    assert!(e.contains("disputes are known to"), "{e}");
}
