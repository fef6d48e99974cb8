//! `realign trade exposure`

use realign_numerics::equilibrium::{Change, Linearised, SolveOptions, Technology, solve};
use serde_json::json;

use super::world::{World, horizons};
use super::{ExposureArgs, fixed, table};
use crate::report::Failure;

/// `realign trade exposure`
pub fn run(args: &ExposureArgs) -> Result<(), Failure> {
    let world = World::of(&args.market)?;
    let n = world.n();
    let (members, one) = world.expand(&args.state, "exposure")?;
    if !one {
        return Err(Failure::hinted(
            format!("`{}` is a group", args.state),
            "exposure is of one state: give an ISO3 code",
        ));
    }
    let s = members[0];
    let e = &world.economy;
    let others = || (0..n).filter(|k| *k != s);
    let exports: f64 = others().map(|k| e.flows()[s * n + k]).sum();
    let imports: f64 = others().map(|k| e.flows()[k * n + s]).sum();
    let mut out = Vec::new();
    if !args.json {
        println!(
            "{}: exports are {} % of output, {} % of spending stays at home. Flows: {}.",
            world.names[s],
            fixed(100.0 * exports / e.output()[s], 1),
            fixed(100.0 * e.share()[s * n + s], 1),
            world.source
        );
    }
    for h in horizons(args.market.elasticity.as_deref())? {
        let technology = Technology::armington(h.elasticity);
        let change = Change {
            tariff: e.tariff(),
            log_shift: None,
            transfer: None,
        };
        let now = solve(e, &technology, &change, None, &SolveOptions::default())
            .map_err(Failure::plain)?;
        let x = Linearised::at(e, &technology, &change, &now)
            .and_then(|l| l.exposure())
            .map_err(Failure::plain)?;
        // Row state is affected, column state acts.
        let own = |m: &[f64], k: usize| m[s * n + k];
        let their = |m: &[f64], k: usize| m[k * n + s];
        let share = |k: usize| (e.flows()[s * n + k] + e.flows()[k * n + s]) / (exports + imports);
        let by = |key: &dyn Fn(usize) -> f64| {
            let mut list: Vec<usize> = others().collect();
            list.sort_by(|a, b| key(*a).total_cmp(&key(*b)));
            list
        };
        if args.json {
            let partners: Vec<_> = others()
                .map(|k| {
                    json!({
                        "state": world.codes[k], "trade_share": share(k),
                        "hurt_by": {
                            "closure": own(&x.closure, k), "import_wall": own(&x.import_wall, k),
                            "export_stop": own(&x.export_stop, k), "tariff_point": own(&x.tariff, k),
                            "productivity": own(&x.productivity, k),
                        },
                        "hurts": {
                            "closure": their(&x.closure, k), "import_wall": their(&x.import_wall, k),
                            "export_stop": their(&x.export_stop, k), "tariff_point": their(&x.tariff, k),
                        },
                    })
                })
                .collect();
            out.push(json!({
                "run": h.label, "trade_elasticity": h.elasticity, "partners": partners
            }));
            continue;
        }
        println!(
            "\n{} (trade elasticity {:.2}): first-order change of real income, %",
            super::shock::capital(&h.label),
            h.elasticity
        );
        let rows = |list: Vec<usize>, at: &dyn Fn(&[f64], usize) -> f64| {
            list.into_iter()
                .take(args.top)
                .map(|k| {
                    vec![
                        format!("{} {}", world.codes[k], world.names[k]),
                        format!("{} %", fixed(100.0 * share(k), 1)),
                        fixed(at(&x.closure, k), 4),
                        fixed(at(&x.import_wall, k), 4),
                        fixed(at(&x.export_stop, k), 4),
                        fixed(at(&x.tariff, k), 4),
                    ]
                })
                .collect()
        };
        let header = |who: &'static str| {
            [
                who,
                "share of trade",
                "closure, 1 %",
                "wall, 1 %",
                "stop, 1 %",
                "tariff, 1 point",
            ]
        };
        let list = by(&|k| own(&x.closure, k));
        println!("{}", table(&header("can hurt it"), rows(list, &own)));
        let list = by(&|k| their(&x.closure, k));
        println!("{}", table(&header("it can hurt"), rows(list, &their)));
        let mut friends = by(&|k| -own(&x.productivity, k));
        friends.truncate(3);
        let names: Vec<&str> = friends.iter().map(|k| world.codes[*k].as_str()).collect();
        println!("It gains most from growth in {}.", names.join(", "));
    }
    if args.json {
        let all = json!({
            "state": world.codes[s], "flows": world.source, "exports_of_output": exports / e.output()[s],
            "home_share": e.share()[s * n + s],
            "unit": "per cent of real income for one per cent of trade costs; tariff_point: for one point of tariff",
            "runs": out, "notes": world.notes,
        });
        println!("{}", serde_json::to_string_pretty(&all)?);
    } else {
        println!(
            "\nFirst-order, at the flows in force: a measure of who depends on whom, not of a \
             large shock (`realign trade shock`)."
        );
    }
    Ok(())
}
