//! "More adaptable, less stable", whichever way it falls.

use realign_atlas::{Atlas, Year};

use crate::security::{Effect, bloc_hypothesis};

#[test]
fn regress_blocs_of_six_decades_and_the_hypothesis() {
    let found = bloc_hypothesis(&Atlas::embedded().unwrap()).unwrap();
    for h in &found {
        println!("{h:?} {}", h.verdict());
    }
    let [hub, overlap] = found;
    assert!(hub.rows > 400 && hub.rows == overlap.rows, "{}", hub.rows);
    // As printed in docs/model/security.md: supported by hubs (in part arithmetic), open by overlap.
    let near = |e: Effect, estimate: f64, se: f64| {
        assert!(
            (e.estimate - estimate).abs() < 6e-4 && (e.se - se).abs() < 6e-4,
            "{e:?}"
        );
    };
    near(hub.turnover, 0.0259, 0.0159);
    near(hub.force, 0.1101, 0.0300);
    near(hub.recovered, 0.0809, 0.0115);
    near(overlap.turnover, 0.0193, 0.0145);
    near(overlap.recovered, -0.0028, 0.0140);
    assert_eq!((hub.verdict(), overlap.verdict()), ("supported", "open"));
    let early = Atlas::embedded().unwrap().as_of(Year(1960));
    assert!(bloc_hypothesis(&early).is_err(), "no decade is complete");
}

#[test]
fn ref_probability_of_a_sign() {
    let e = |estimate| Effect { estimate, se: 1.0 };
    assert!((e(0.0).positive() - 0.5).abs() < 1e-12);
    assert!((e(1.644_853_6).positive() - 0.95).abs() < 1e-6);
}
