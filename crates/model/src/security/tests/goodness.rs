//! The hazards of pacts against the network that came.

use realign_atlas::{Atlas, Year};

use crate::security::pact_goodness;

#[test]
fn ref_pacts_simulated_to_2018_look_like_the_pacts_of_2018() {
    let atlas = Atlas::embedded().unwrap();
    let g = pact_goodness(&atlas, Year(2008), Year(2018), 200).unwrap();
    for r in &g.rows {
        println!(
            "{:<16} {:<12} {:>7} [{}, {}, {}] {}",
            r.statistic,
            r.values,
            r.observed,
            r.low,
            r.middle,
            r.high,
            r.inside()
        );
    }
    assert!(g.states > 180, "{}", g.states);
    let (inside, all) = g.inside();
    assert!(inside * 3 >= all * 2, "{inside} of {all} inside");
    let ties = &g.rows[0];
    assert!(ties.statistic == "ties" && ties.low < ties.high);
    let error = pact_goodness(&atlas, Year(2010), Year(2010), 1).unwrap_err();
    assert!(error.to_string().contains("no years"));
}
