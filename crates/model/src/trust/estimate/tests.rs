//! The committed posteriors are the output of the estimate.

use realign_atlas::Atlas;

use super::*;

#[test]
fn regress_committed_posteriors_are_reproduced() {
    let atlas = Atlas::embedded().expect("embedded tables decode");
    let params = Params::embedded().expect("shipped parameters parse");
    let estimated = estimate(&atlas).expect("the atlas has polls, votes and events");
    assert_eq!(estimated.len(), 4);
    for e in estimated {
        let committed = params
            .get(&e.id)
            .and_then(|p| p.1)
            .unwrap_or_else(|| panic!("{}", e.id));
        assert!(
            (committed.mean - e.mean).abs() < 1e-6,
            "{} {} {}",
            e.id,
            committed.mean,
            e.mean
        );
        assert!(
            (committed.sd - e.sd).abs() < 1e-6,
            "{} {} {}",
            e.id,
            committed.sd,
            e.sd
        );
        assert_eq!(committed.observations, e.observations, "{}", e.id);
    }
}

#[test]
fn ref_feedback_of_events_agrees_with_the_prototype() {
    // The prototype gave .21 with an interval of .08 to .37 (pair effects, other sample rules).
    let atlas = Atlas::embedded().expect("embedded tables decode");
    let e = event_feedback(&atlas)
        .expect("readable")
        .expect("events of 2002 to 2014");
    assert!((0.08..0.37).contains(&e.loop_gain), "{}", e.loop_gain);
    assert!(e.loop_gain + 3.0 * e.loop_gain_se < 1.0);
}

#[test]
fn ref_publics_share_about_a_third_of_a_change() {
    // The prototype gave 34 % for the United States.
    let atlas = Atlas::embedded().expect("embedded tables decode");
    let p = poll_shocks(&atlas).expect("readable").expect("surveys");
    assert!((0.15..0.6).contains(&p.shared_share), "{}", p.shared_share);
}
