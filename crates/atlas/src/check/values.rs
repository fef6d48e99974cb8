//! Values inside their ranges, shares that sum, levels that agree.

use std::collections::BTreeMap;

use super::{Rule, Seen};
use crate::{Atlas, AtlasError, Shape, StateKind, Year};

pub(super) const RULES: &[Rule] = &[
    Rule {
        id: "values_finite",
        what: "No value is infinite or not a number",
        hint: "look for a division by zero in the builder",
        look: values_finite,
    },
    Rule {
        id: "values_in_range",
        what: "Fractions, indices and codes lie in the range of their definition",
        hint: "look at the unit of the raw column: percent or fraction",
        look: values_in_range,
    },
    Rule {
        id: "burden_plausible",
        what: "Military expenditure is below GDP, and below a fifth of it outside wars",
        hint: "look at the units of expenditure and GDP",
        look: burden_plausible,
    },
    Rule {
        id: "milex_shares_sum",
        what: "Shares of world military expenditure sum to one and no more, every year since 1992",
        hint: "look for an aggregate among the states of the source",
        look: milex_shares_sum,
    },
    Rule {
        id: "cinc_sums",
        what: "The capability index sums to one, but for states that are gone",
        hint: "look at the mapping of historical codes",
        look: cinc_sums,
    },
    Rule {
        id: "gdp_covers",
        what: "Nine of ten members of the United Nations have GDP and population in the last four years",
        hint: "look at the dates of the last actual in the raw file",
        look: gdp_covers,
    },
    Rule {
        id: "warheads_possessed",
        what: "Who has warheads since 1990 possesses nuclear weapons by status",
        hint: "compare the two raw files for the state",
        look: warheads_possessed,
    },
    Rule {
        id: "distances_complete",
        what: "Every pair has one positive distance, and the shortest distance is not the longer one",
        hint: "look at the fallback from capitals",
        look: distances_complete,
    },
    Rule {
        id: "borders_touch",
        what: "Who shares a border over land lies less than 100 km apart at the nearest",
        hint: "look at the contiguity of the pair",
        look: borders_touch,
    },
    Rule {
        id: "domestic_trade_positive",
        what: "Sales at home are positive, and nobody sells a negative amount",
        hint: "look at the balance that makes domestic sales",
        look: domestic_trade_positive,
    },
    Rule {
        id: "arms_shares_sum",
        what: "Shares of world arms deliveries sum to one in every year, but for rounding",
        hint: "look for items counted twice or suppliers dropped",
        look: arms_shares_sum,
    },
    Rule {
        id: "mining_shares_sum",
        what: "Shares of world mine output of a commodity sum to at most one",
        hint: "drop the row Total of the source",
        look: mining_shares_sum,
    },
    Rule {
        id: "currency_shares_sum",
        what: "Shares of reserve currencies sum to one",
        hint: "look for a total among the currencies",
        look: currency_shares_sum,
    },
];

/// Variables with the range of their definition.
const RANGES: &[(&str, f64, f64)] = &[
    ("milex_burden", 0.0, 5.0),
    ("milex_world_share", 0.0, 1.0),
    ("cinc", 0.0, 1.0),
    ("polyarchy", 0.0, 1.0),
    ("nuclear_status", 0.0, 3.0),
    ("warheads", 0.0, 50_000.0),
    ("ideal_point", -6.0, 6.0),
    ("ideal_point_sd", 0.0, 3.0),
    ("gdp_usd_mn", 1.0, 5e7),
    ("population", 1e3, 2e9),
    ("contiguity", 0.0, 1.0),
    ("common_language", 0.0, 1.0),
    ("distance_km", 0.3, 20_100.0),
    ("min_distance_km", 0.0, 20_100.0),
    ("peace_scale", 0.0, 1.0),
    ("mid_hostility", 1.0, 5.0),
    ("shared_igos", 0.0, 200.0),
    ("troops", 0.0, 1e6),
    ("joint_exercises", 1.0, 500.0),
    ("favourability", 0.0, 1.0),
    ("favourability_se", 0.0, 0.1),
    ("event_balance", -1.0, 1.0),
    ("gdelt_tone", -15.0, 15.0),
    ("gdelt_days", 0.0, 366.0),
    ("tariff_applied", 0.0, 20.0),
    ("arms_world_share_5y", 0.0, 1.0),
    ("arms_base_share_30y", 0.0, 1.0),
    ("arms_open_order_share", 0.0, 1.0),
    ("mining_share", 0.0, 1.0),
    ("chip_input_share", 0.0, 1.0),
    ("reserve_currency_share", 0.0, 1.0),
    ("us_tariff_effective", 0.0, 3.0),
    ("value_added_share", 0.0, 1.0),
    ("input_share", 0.0, 1.0),
    ("trade_elasticity", 0.1, 100.0),
];

/// Rounding and coverage of shares that must sum to one.
const SUM_TOLERANCE: f64 = 0.01;
/// How far the capability index may fall short for states that are gone, and exceed one as the
/// source itself does where components are missing (1.016 in 1991).
const CINC_SHORT: f64 = 0.05;
const CINC_OVER: f64 = 0.02;

/// Every value of a variable with the place where it stands.
fn each_value(
    atlas: &Atlas,
    id: &str,
    shape: Shape,
    mut look: impl FnMut(f64, &dyn Fn() -> String),
) -> Result<(), AtlasError> {
    let iso3 = |s| atlas.states().iso3(s).to_owned();
    match shape {
        Shape::StateYear => {
            for (s, y, v) in atlas.state_series(id)?.rows() {
                look(v, &|| format!("{id} {} {y} is {v}", iso3(s)));
            }
        }
        Shape::DyadYear => {
            for (a, b, y, v) in atlas.dyads(id)?.rows() {
                look(v, &|| format!("{id} {}-{} {y} is {v}", iso3(a), iso3(b)));
            }
        }
        Shape::ItemYear => {
            let panel = atlas.items(id)?;
            for (i, y, v) in panel.rows() {
                look(*v, &|| {
                    format!("{id} {} {y} is {v}", panel.items()[usize::from(*i)])
                });
            }
        }
        Shape::ItemStateYear => {
            let panel = atlas.item_states(id)?;
            for (i, s, y, v) in panel.rows() {
                let item = &panel.items()[usize::from(*i)];
                look(*v, &|| format!("{id} {item} {} {y} is {v}", iso3(*s)));
            }
        }
        Shape::ItemDyadYear => {
            let panel = atlas.item_dyads(id)?;
            for (i, a, b, y, v) in panel.rows() {
                let item = &panel.items()[usize::from(*i)];
                look(*v, &|| {
                    format!("{id} {item} {}-{} {y} is {v}", iso3(*a), iso3(*b))
                });
            }
        }
        Shape::States | Shape::Spells | Shape::Memberships | Shape::Leaders => {}
    }
    Ok(())
}

fn values_finite(atlas: &Atlas) -> Result<Seen, AtlasError> {
    let mut seen = Seen::default();
    for (table, variable) in atlas.catalogue().variables() {
        each_value(atlas, &variable.id, table.shape, |v, place| {
            seen.case(v.is_finite(), place);
        })?;
    }
    Ok(seen)
}

fn values_in_range(atlas: &Atlas) -> Result<Seen, AtlasError> {
    let mut seen = Seen::default();
    for (id, low, high) in RANGES {
        let Some((table, _)) = atlas.catalogue().variable(id) else {
            continue;
        };
        each_value(atlas, id, table.shape, |v, place| {
            // Single precision may lie an ulp outside.
            seen.case(v >= low - 1e-6 && v <= high + 1e-6, place);
        })?;
    }
    Ok(seen)
}

/// Burdens above a fifth of GDP that the source reports for wars and occupations.
const BURDEN_HIGH: f64 = 0.2;
/// Share of state-years that may lie above.
const BURDEN_EXCEPTIONS: f64 = 0.01;

fn burden_plausible(atlas: &Atlas) -> Result<Seen, AtlasError> {
    let mut seen = Seen::default();
    let (mut all, mut high) = (0.0, 0.0);
    for (s, y, v) in atlas.state_series("milex_burden")?.rows() {
        // Kuwait 1990-91 spent more than it produced; nobody else did.
        let occupied = atlas.states().iso3(s) == "KWT" && (1990..=1991).contains(&y.0);
        seen.case((0.0..1.0).contains(&v) || occupied, || {
            format!("{} {y} is {v}", atlas.states().iso3(s))
        });
        all += 1.0;
        high += f64::from(v > BURDEN_HIGH);
    }
    seen.case(high <= BURDEN_EXCEPTIONS * all, || {
        format!("{high} of {all} above {BURDEN_HIGH}")
    });
    Ok(seen)
}

/// Sums of a variable of states by year.
fn sums(atlas: &Atlas, id: &str) -> Result<BTreeMap<Year, f64>, AtlasError> {
    let mut sums = BTreeMap::new();
    for (_, y, v) in atlas.state_series(id)?.rows() {
        *sums.entry(y).or_default() += v;
    }
    Ok(sums)
}

fn milex_shares_sum(atlas: &Atlas) -> Result<Seen, AtlasError> {
    let mut seen = Seen::default();
    for (year, sum) in sums(atlas, "milex_world_share")? {
        let lower = if year < Year(1992) {
            0.0
        } else {
            1.0 - SUM_TOLERANCE
        };
        seen.case((lower..=1.0 + SUM_TOLERANCE).contains(&sum), || {
            format!("{year} sums to {sum}")
        });
    }
    Ok(seen)
}

fn cinc_sums(atlas: &Atlas) -> Result<Seen, AtlasError> {
    let mut seen = Seen::default();
    for (year, sum) in sums(atlas, "cinc")? {
        let range = 1.0 - CINC_SHORT..=1.0 + CINC_OVER;
        seen.case(range.contains(&sum), || format!("{year} sums to {sum}"));
    }
    Ok(seen)
}

fn gdp_covers(atlas: &Atlas) -> Result<Seen, AtlasError> {
    let mut seen = Seen::default();
    for id in ["gdp_usd_mn", "population"] {
        let panel = atlas.state_series(id)?;
        let (mut members, mut known) = (0.0, 0.0);
        for state in atlas
            .states()
            .iter()
            .filter(|s| s.kind == StateKind::Member)
        {
            members += 1.0;
            let newest = panel.latest(state.id, atlas.vintage());
            known += f64::from(newest.is_some_and(|(y, _)| y >= atlas.vintage() - 4));
        }
        seen.case(known >= 0.9 * members, || {
            format!("{id}: {known} of {members}")
        });
    }
    Ok(seen)
}

fn warheads_possessed(atlas: &Atlas) -> Result<Seen, AtlasError> {
    let mut seen = Seen::default();
    let (warheads, status) = (
        atlas.state_series("warheads")?,
        atlas.state_series("nuclear_status")?,
    );
    for (s, y, v) in warheads.rows().filter(|r| r.1 >= Year(1990) && r.2 > 0.0) {
        if let Some(status) = status.at(s, y) {
            seen.case(status == 3.0, || {
                format!(
                    "{} {y}: {v} warheads, status {status}",
                    atlas.states().iso3(s)
                )
            });
        }
    }
    Ok(seen)
}

/// Minimum distances and distances of centres come from different maps.
const DISTANCE_SLACK_KM: f64 = 100.0;

fn distances_complete(atlas: &Atlas) -> Result<Seen, AtlasError> {
    let mut seen = Seen::default();
    let (distance, nearest) = (atlas.dyads("distance_km")?, atlas.dyads("min_distance_km")?);
    for a in atlas.states() {
        for b in atlas.states() {
            let km = distance.latest(a.id, b.id, atlas.vintage()).map(|d| d.1);
            let near = nearest
                .latest(a.id, b.id, atlas.vintage())
                .map_or(0.0, |d| d.1);
            seen.case(
                km.is_some_and(|km| km > 0.0 && near <= km + DISTANCE_SLACK_KM),
                || format!("{}-{}: {km:?} km, nearest {near} km", a.iso3, b.iso3),
            );
        }
    }
    Ok(seen)
}

/// Borders along rivers, simplified maps and held territory leave gaps.
const BORDER_GAP_KM: f64 = 100.0;

fn borders_touch(atlas: &Atlas) -> Result<Seen, AtlasError> {
    let mut seen = Seen::default();
    let (touching, nearest) = (atlas.dyads("contiguity")?, atlas.dyads("min_distance_km")?);
    for a in atlas.states() {
        for b in atlas.states() {
            let shared = touching
                .latest(a.id, b.id, atlas.vintage())
                .is_some_and(|c| c.1 == 1.0);
            if let (true, Some((_, km))) = (shared, nearest.latest(a.id, b.id, atlas.vintage())) {
                seen.case(km <= BORDER_GAP_KM, || {
                    format!("{}-{} {km} km", a.iso3, b.iso3)
                });
            }
        }
    }
    Ok(seen)
}

fn domestic_trade_positive(atlas: &Atlas) -> Result<Seen, AtlasError> {
    let mut seen = Seen::default();
    for id in [
        "trade_goods_musd",
        "cow_trade_musd",
        "icio_goods_musd",
        "icio_services_musd",
    ] {
        for (a, b, y, v) in atlas.dyads(id)?.rows() {
            let holds = if a == b { v > 0.0 } else { v >= 0.0 };
            seen.case(holds, || {
                format!(
                    "{id} {}-{} {y} is {v}",
                    atlas.states().iso3(a),
                    atlas.states().iso3(b)
                )
            });
        }
    }
    Ok(seen)
}

fn arms_shares_sum(atlas: &Atlas) -> Result<Seen, AtlasError> {
    let mut seen = Seen::default();
    for id in [
        "arms_world_share_5y",
        "arms_base_share_30y",
        "arms_open_order_share",
    ] {
        let mut sums: BTreeMap<Year, f64> = BTreeMap::new();
        for (_, _, _, y, v) in atlas.item_dyads(id)?.rows() {
            *sums.entry(*y).or_default() += v;
        }
        for (year, sum) in sums {
            let near = (1.0 - SUM_TOLERANCE..=1.0 + SUM_TOLERANCE).contains(&sum);
            seen.case(near, || format!("{id} {year} sums to {sum}"));
        }
    }
    Ok(seen)
}

fn mining_shares_sum(atlas: &Atlas) -> Result<Seen, AtlasError> {
    let mut seen = Seen::default();
    let panel = atlas.item_states("mining_share")?;
    let mut sums: BTreeMap<(u16, Year), f64> = BTreeMap::new();
    for (i, _, y, v) in panel.rows() {
        *sums.entry((*i, *y)).or_default() += v;
    }
    for ((item, year), sum) in sums {
        let item = &panel.items()[usize::from(item)];
        seen.case(sum <= 1.0 + SUM_TOLERANCE, || {
            format!("{item} {year} sums to {sum}")
        });
    }
    Ok(seen)
}

fn currency_shares_sum(atlas: &Atlas) -> Result<Seen, AtlasError> {
    let mut seen = Seen::default();
    let mut sums: BTreeMap<Year, f64> = BTreeMap::new();
    for (_, y, v) in atlas.items("reserve_currency_share")?.rows() {
        *sums.entry(*y).or_default() += v;
    }
    for (year, sum) in sums {
        seen.case((sum - 1.0).abs() <= SUM_TOLERANCE, || {
            format!("{year} sums to {sum}")
        });
    }
    Ok(seen)
}
