//! The atlas against published values.

use realign_atlas::{Atlas, StateId, Year};

/// Published to three decimals.
const THREE_DECIMALS: f64 = 0.0005 + 1e-6;

fn id(atlas: &Atlas, iso3: &str) -> StateId {
    atlas.states().by_iso3(iso3).unwrap()
}

#[test]
fn ref_r18_ideal_points_of_the_general_assembly() {
    let atlas = Atlas::embedded().unwrap();
    let points = atlas.state_series("ideal_point").unwrap();
    let sd = atlas.state_series("ideal_point_sd").unwrap();
    for (iso3, published) in [
        ("USA", [(2010, 2.401), (2020, 2.565), (2023, 2.265)]),
        ("DEU", [(2010, 1.004), (2020, 1.277), (2023, 1.103)]),
        ("CAN", [(2010, 1.449), (2020, 1.288), (2023, 1.163)]),
    ] {
        for (year, value) in published {
            let ours = points.at(id(&atlas, iso3), Year(year)).unwrap();
            assert!(
                (ours - value).abs() <= THREE_DECIMALS,
                "{iso3} {year}: {ours}, not {value}"
            );
            let sd = sd.at(id(&atlas, iso3), Year(year)).unwrap();
            assert!(
                sd > 0.0 && sd < 0.5,
                "{iso3} {year}: standard deviation {sd}"
            );
        }
    }
}

#[test]
fn ref_r19_favourability_of_the_united_states() {
    let atlas = Atlas::embedded().unwrap();
    let view = atlas.dyads("favourability").unwrap();
    let error = atlas.dyads("favourability_se").unwrap();
    let usa = id(&atlas, "USA");
    for (iso3, before, after) in [
        ("CAN", 0.64, 0.43),
        ("DEU", 0.56, 0.35),
        ("GBR", 0.61, 0.50),
        ("FRA", 0.64, 0.46),
        ("JPN", 0.71, 0.57),
    ] {
        for (year, value) in [(2016, before), (2017, after)] {
            let ours = view.at(id(&atlas, iso3), usa, Year(year)).unwrap();
            assert!(
                (ours - value).abs() <= 0.01,
                "{iso3} {year}: {ours}, not {value}"
            );
            let se = error.at(id(&atlas, iso3), usa, Year(year)).unwrap();
            assert!(
                (0.01..0.04).contains(&se),
                "{iso3} {year}: standard error {se}"
            );
        }
    }
    // The defect of the source is not in the atlas.
    let chn = id(&atlas, "CHN");
    let year = Year(2013);
    assert!(
        atlas
            .states()
            .iter()
            .all(|s| view.at(s.id, chn, year).is_none())
    );
}

#[test]
fn ref_world_economic_outlook_october_2025() {
    // The published table: 29,298 billion dollars for the United States in 2024.
    let atlas = Atlas::embedded().unwrap();
    let gdp = atlas.state_series("gdp_usd_mn").unwrap();
    let usa = gdp.at(id(&atlas, "USA"), Year(2024)).unwrap();
    assert!((usa / 29_298_025.0 - 1.0).abs() < 1e-5, "{usa}");
    // No forecast passed for an actual.
    assert!(gdp.rows().all(|(_, y, _)| y <= Year(2024)));
}

#[test]
fn ref_military_burden_and_share() {
    // SIPRI fact sheet April 2025: United States 3.4 % of GDP and 37 % of the world in 2024,
    // Poland 4.2 %, Ukraine 34 %.
    let atlas = Atlas::embedded().unwrap();
    let burden = atlas.state_series("milex_burden").unwrap();
    let share = atlas.state_series("milex_world_share").unwrap();
    for (iso3, value, tolerance) in [
        ("USA", 0.034, 0.001),
        ("POL", 0.042, 0.002),
        ("UKR", 0.34, 0.01),
    ] {
        let ours = burden.at(id(&atlas, iso3), Year(2024)).unwrap();
        assert!((ours - value).abs() <= tolerance, "{iso3}: {ours}");
    }
    let usa = share.at(id(&atlas, "USA"), Year(2024)).unwrap();
    assert!((usa - 0.37).abs() <= 0.01, "{usa}");
}

#[test]
fn ref_pacts_of_well_known_pairs() {
    let atlas = Atlas::embedded().unwrap();
    let pacts = atlas.spells("defence_pact").unwrap();
    let tied = |a, b, y| pacts.tied(id(&atlas, a), id(&atlas, b), Year(y));
    for (a, b, year, in_force) in [
        ("USA", "CAN", 1950, true),
        ("USA", "DEU", 1950, false),
        ("USA", "DEU", 1960, true),
        ("USA", "JPN", 2018, true),
        ("USA", "KOR", 1950, false),
        ("USA", "KOR", 1960, true),
        ("FIN", "USA", 2022, false),
        ("FIN", "USA", 2023, true),
        ("SWE", "NOR", 2023, false),
        ("SWE", "NOR", 2024, true),
        // The European Union's clause counts as a defence pact, until one leaves.
        ("SWE", "EST", 2018, true),
        ("GBR", "AUT", 2018, true),
        ("GBR", "AUT", 2021, false),
        ("GBR", "FRA", 2021, true),
        ("RUS", "POL", 1980, true),
        ("RUS", "POL", 1995, false),
        ("RUS", "PRK", 2024, true),
        ("RUS", "BLR", 2020, true),
        ("USA", "IND", 2020, false),
        ("CHN", "PRK", 2018, true),
    ] {
        assert_eq!(tied(a, b, year), in_force, "{a}-{b} {year}");
        assert_eq!(tied(b, a, year), in_force, "{b}-{a} {year}");
    }
    let mnna = atlas.spells("us_mnna").unwrap();
    assert!(mnna.tied(id(&atlas, "USA"), id(&atlas, "AFG"), Year(2015)));
    assert!(!mnna.tied(id(&atlas, "USA"), id(&atlas, "AFG"), Year(2023)));
    assert!(
        !mnna.tied(id(&atlas, "AUS"), id(&atlas, "USA"), Year(2015)),
        "designations are directed"
    );
}

#[test]
fn ref_members_and_leaders() {
    let atlas = Atlas::embedded().unwrap();
    for (bloc, year, count) in [
        ("NATO", 1949, 12),
        ("NATO", 1982, 16),
        ("NATO", 2016, 28),
        ("NATO", 2024, 32),
        ("EU", 2013, 28),
        ("EU", 2024, 27),
        ("WARSAW_PACT", 1960, 7),
        ("WARSAW_PACT", 1995, 0),
        ("ASEAN", 2010, 10),
    ] {
        let members = atlas.members(bloc, Year(year)).unwrap();
        assert_eq!(members.len(), count, "{bloc} {year}");
    }
    let leads = |iso3: &str, year: i32| -> Vec<String> {
        let state = id(&atlas, iso3);
        let leaders = atlas.leaders().unwrap().iter();
        leaders
            .filter(|l| {
                l.state == state && l.start <= Year(year) && l.end.is_none_or(|e| e > Year(year))
            })
            .map(|l| l.name.clone())
            .collect()
    };
    assert_eq!(leads("USA", 2005), ["G.W. Bush"]);
    assert_eq!(leads("USA", 2018), ["Trump"]);
    assert_eq!(leads("DEU", 2010), ["Merkel"]);
    assert_eq!(leads("CAN", 2020), ["Trudeau J."]);
}

#[test]
fn ref_geography() {
    let atlas = Atlas::embedded().unwrap();
    let touching = atlas.dyads("contiguity").unwrap();
    let border = |a, b, y| {
        touching
            .latest(id(&atlas, a), id(&atlas, b), Year(y))
            .map(|c| c.1)
    };
    assert_eq!(border("USA", "CAN", 2020), Some(1.0));
    assert_eq!(border("USA", "GBR", 2020), Some(0.0));
    // The Soviet Union touched Czechoslovakia and Hungary; Russia does not.
    assert_eq!(border("RUS", "HUN", 1980), Some(1.0));
    assert_eq!(border("RUS", "HUN", 2000), Some(0.0));
    assert_eq!(border("PAK", "MMR", 1960), Some(1.0));
    assert_eq!(border("PAK", "MMR", 2000), Some(0.0));
    let distance = atlas.dyads("distance_km").unwrap();
    let km = distance
        .latest(id(&atlas, "FRA"), id(&atlas, "DEU"), Year(2020))
        .unwrap()
        .1;
    assert!((700.0..900.0).contains(&km), "{km}");
    let troops = atlas.dyads("troops").unwrap();
    let germany = troops
        .at(id(&atlas, "USA"), id(&atlas, "DEU"), Year(2024))
        .unwrap();
    assert_eq!(germany, 37_000.0, "36,541 at two significant digits");
}
