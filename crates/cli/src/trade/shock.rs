//! `realign trade shock`

use realign_numerics::equilibrium::{
    Change, Deficits, Economy, Equilibrium, SolveOptions, Technology, decompose, solve,
    without_transfers,
};
use serde_json::{Value, json};

use super::levy::{Barrier, Levy, barriers, levies};
use super::redirect::{Third, largest, thirds};
use super::world::{Horizon, World, horizons};
use super::{DeficitRule, ShockArgs, fixed, grouped, nafta, picture, sectors, table};
use crate::output;
use crate::report::Failure;

/// Flows in the JSON and candidates for the picture.
const FLOWS_LISTED: usize = 40;

/// One solved run.
pub struct Run {
    /// Which elasticity.
    pub horizon: Horizon,
    /// What was changed.
    pub base: Economy,
    /// The answer.
    pub equilibrium: Equilibrium,
    /// Numbers by state.
    pub states: Vec<StateRow>,
    /// Third countries.
    pub thirds: Vec<Third>,
    /// World real income, per cent, weighted by expenditure before.
    pub world_income: f64,
    /// World trade between states, per cent.
    pub world_trade: f64,
}

/// What changes for one state, per cent.
#[derive(Clone, Copy, Debug)]
pub struct StateRow {
    /// Exact real income.
    pub real_income: f64,
    /// First-order terms of trade, of expenditure.
    pub terms: f64,
    /// First-order volume of trade.
    pub volume: f64,
    /// First-order loss in trade costs.
    pub lost: f64,
    /// Value of exports.
    pub exports: f64,
    /// Value of imports before tariffs.
    pub imports: f64,
    /// Consumer prices, world output being the unit of account.
    pub prices: f64,
}

impl StateRow {
    /// Sum of the first-order terms.
    pub fn first_order(&self) -> f64 {
        self.terms + self.volume + self.lost
    }
}

/// `realign trade shock`
pub fn run(args: &ShockArgs) -> Result<(), Failure> {
    if args.sectors && args.market.data.is_some() {
        return nafta::run(args);
    }
    if args.tariff.is_empty() && args.cost.is_empty() {
        return Err(Failure::hinted(
            "no shock is given",
            "name one, such as --tariff USA:CAN=25% (the United States levy on goods from Canada)",
        ));
    }
    let world = World::of(&args.market)?;
    let levied = levies(&world, &args.tariff, args.retaliate)?;
    let walls = barriers(&world, &args.cost)?;
    let runs = horizons(args.market.elasticity.as_deref())?
        .into_iter()
        .map(|h| one(&world, h, args.deficits, &levied, &walls))
        .collect::<Result<Vec<_>, _>>()?;
    let shown = chosen(&world, &runs, &levied, &walls, args.top);
    let sectoral = if args.sectors {
        Some(sectors::run(args, &world, &levied, &walls)?)
    } else {
        None
    };
    let title = heading(args, &world, &levied, &walls);
    if let Some(path) = &args.out {
        let content = picture::page(path, &world, &runs, &shown, &title)?;
        output::file(path, content.as_bytes())?;
    }
    if let Some(path) = &args.csv {
        output::file(path, as_csv(&world, &runs).as_bytes())?;
    }
    if args.json {
        let mut all = as_json(&world, &runs, &levied, &walls);
        if let Some(s) = &sectoral {
            all["sectoral"] = s.as_json();
        }
        println!("{}", serde_json::to_string_pretty(&all)?);
        return Ok(());
    }
    print(&title, &world, &runs, &shown);
    if let Some(s) = &sectoral {
        s.print();
    }
    for path in [&args.out, &args.csv].into_iter().flatten() {
        println!("written: {}", path.display());
    }
    Ok(())
}

/// New tariffs, exporter × importer.
pub fn tariffs(world: &World, levied: &[Levy]) -> Vec<f64> {
    let n = world.n();
    let mut tariff = world.economy.tariff().to_vec();
    for l in levied {
        tariff[l.on * n + l.by] += l.rate;
    }
    tariff
}

fn one(
    world: &World,
    horizon: Horizon,
    rule: DeficitRule,
    levied: &[Levy],
    walls: &[Barrier],
) -> Result<Run, Failure> {
    let n = world.n();
    let technology = Technology::armington(horizon.elasticity);
    let options = SolveOptions::default();
    let base = match rule {
        DeficitRule::Additive => world.economy.clone(),
        DeficitRule::Multiplicative => world.economy.clone().closed_by(Deficits::Multiplicative),
        DeficitRule::Purged => {
            without_transfers(&world.economy, &technology, &options).map_err(|e| {
                Failure::hinted(
                    format!("{}: deficits cannot be purged: {e}", horizon.label),
                    "try --deficits additive",
                )
            })?
        }
    };
    let tariff = tariffs(world, levied);
    let shift = (!walls.is_empty()).then(|| {
        let mut shift = vec![0.0; n * n];
        for w in walls {
            let s = -horizon.elasticity * w.rate.ln_1p();
            shift[w.a * n + w.b] += s;
            shift[w.b * n + w.a] += s;
        }
        shift
    });
    let change = Change {
        tariff: &tariff,
        log_shift: shift.as_deref(),
        transfer: None,
    };
    let e = solve(&base, &technology, &change, None, &options).map_err(Failure::plain)?;
    if !e.verdict.is_converged() {
        let who = e.insolvent.map(|i| world.names[i].clone());
        let why = who.map_or_else(String::new, |w| {
            format!(": the income of {w} falls short of the transfer that it owes")
        });
        return Err(Failure::hinted(
            format!(
                "{}: no equilibrium was found (residual {:.1e}, {:.0} % of the shock solved){why}",
                horizon.label,
                e.residual,
                100.0 * e.shock_share
            ),
            "--deficits multiplicative or purged has an answer where transfers that stay put have none",
        ));
    }
    let d = decompose(&base, &technology, &change, &e);
    let percent = |new: f64, old: f64| 100.0 * (new / old - 1.0);
    let sums = |flows: &[f64], i: usize| {
        let (mut x, mut m) = (0.0, 0.0);
        for k in (0..n).filter(|k| *k != i) {
            x += flows[i * n + k];
            m += flows[k * n + i];
        }
        (x, m)
    };
    let states: Vec<StateRow> = (0..n)
        .map(|i| {
            let (x0, m0) = sums(base.flows(), i);
            let (x1, m1) = sums(&e.flows, i);
            StateRow {
                real_income: 100.0 * (e.welfare[i] - 1.0),
                terms: 100.0 * d.terms_of_trade[i],
                volume: 100.0 * d.volume_of_trade[i],
                lost: 100.0 * d.trade_cost[i],
                exports: percent(x1, x0),
                imports: percent(m1, m0),
                prices: 100.0 * (e.price[i] - 1.0),
            }
        })
        .collect();
    let spent: f64 = base.expenditure().iter().sum();
    let weighted = states.iter().zip(base.expenditure());
    let world_income = weighted.map(|(s, w)| s.real_income * w).sum::<f64>() / spent;
    let all = |flows: &[f64]| (0..n).map(|i| sums(flows, i).0).sum::<f64>();
    Ok(Run {
        thirds: thirds(n, base.flows(), &e.flows, levied, walls),
        world_trade: percent(all(&e.flows), all(base.flows())),
        horizon,
        equilibrium: e,
        states,
        world_income,
        base,
    })
}

/// Who is shown: those who act or are hit (up to the number shown besides), then the largest moves.
fn chosen(
    world: &World,
    runs: &[Run],
    levied: &[Levy],
    walls: &[Barrier],
    top: usize,
) -> Vec<usize> {
    let n = world.n();
    let size = |i: usize| {
        let most = |r: &Run| r.states[i].real_income.abs();
        runs.iter().map(most).fold(0.0, f64::max)
    };
    let mut acting = vec![false; n];
    for l in levied {
        acting[l.by] = true;
        acting[l.on] = true;
    }
    for w in walls {
        acting[w.a] = true;
        acting[w.b] = true;
    }
    let order = |list: &mut Vec<usize>| {
        list.sort_by(|a, b| size(*b).total_cmp(&size(*a)));
    };
    let mut first: Vec<usize> = (0..n).filter(|i| acting[*i]).collect();
    let mut levying: Vec<usize> = levied.iter().map(|l| l.by).collect();
    levying.dedup();
    if first.len() > top.max(6) {
        // Too many to show all: the largest economies among them, those who levy always.
        first.sort_by(|a, b| {
            let output = world.economy.output();
            output[*b].total_cmp(&output[*a])
        });
        first.truncate(top.max(6));
        first.extend(levying.iter().take(4));
        first.sort_unstable();
        first.dedup();
    }
    order(&mut first);
    let mut others: Vec<usize> = (0..n).filter(|i| !first.contains(i)).collect();
    order(&mut others);
    first.extend(others.into_iter().take(top));
    first
}

/// What is asked, in words.
fn heading(args: &ShockArgs, world: &World, levied: &[Levy], walls: &[Barrier]) -> String {
    if levied.len() > 4 || walls.len() > 3 {
        let mut text = format!(
            "Added tariffs, who levies first: {}",
            args.tariff.join(", ")
        );
        if args.retaliate {
            text.push_str(", answered in kind");
        }
        if !args.cost.is_empty() {
            text.push_str(&format!("; costs between {}", args.cost.join(", ")));
        }
        text.push_str(&format!(" ({} pairs)", levied.len() + walls.len()));
        return text;
    }
    let mut parts: Vec<String> = levied
        .iter()
        .map(|l| {
            format!(
                "{} on goods of {}: {} points",
                world.names[l.by],
                world.names[l.on],
                signed(100.0 * l.rate, 4)
            )
        })
        .collect();
    parts.extend(walls.iter().map(|w| {
        format!(
            "costs between {} and {}: {} %",
            world.names[w.a],
            world.names[w.b],
            signed(100.0 * w.rate, 4)
        )
    }));
    if parts.is_empty() {
        parts.push("nothing changes".to_owned());
    }
    parts.join("; ")
}

/// With a sign, trailing zeros dropped.
fn signed(x: f64, digits: usize) -> String {
    let text = format!("{x:+.digits$}");
    let text = text.trim_end_matches('0').trim_end_matches('.');
    text.replace('-', "−")
}

fn print(title: &str, world: &World, runs: &[Run], shown: &[usize]) {
    println!("{title}");
    println!("Flows: {}.", world.source);
    for r in runs {
        let e = &r.equilibrium;
        println!(
            "\n{} (trade elasticity {:.2})",
            capital(&r.horizon.label),
            r.horizon.elasticity
        );
        let row = |name: String, s: &StateRow| {
            vec![
                name,
                fixed(s.real_income, 3),
                fixed(s.first_order(), 3),
                fixed(s.terms, 3),
                fixed(s.exports, 2),
                fixed(s.imports, 2),
                fixed(s.prices, 2),
            ]
        };
        let rows = shown.iter().map(|i| {
            row(
                format!("{} {}", world.codes[*i], world.names[*i]),
                &r.states[*i],
            )
        });
        let header = [
            "% change",
            "real income, exact",
            "first-order",
            "of it terms of trade",
            "exports",
            "imports",
            "prices",
        ];
        println!("{}", table(&header, rows.collect()));
        println!(
            "World: real income {} %, trade {} %.",
            fixed(r.world_income, 3),
            fixed(r.world_trade, 2)
        );
        let third: Vec<Vec<String>> = ends(&r.thirds, 5)
            .map(|t| {
                vec![
                    format!("{} {}", world.codes[t.who], world.names[t.who]),
                    grouped(t.takes_place),
                    grouped(t.buys_more),
                    grouped(t.exports),
                ]
            })
            .collect();
        if !third.is_empty() {
            let header = [
                "third countries",
                "sales where others are shut out",
                "purchases from those shut out",
                "all exports",
            ];
            println!("{}", table(&header, third));
        }
        println!(
            "Solved to {:.0e} in {} evaluations{}.",
            e.residual,
            e.work.evaluations,
            if e.work.homotopy_steps > 0 {
                ", in steps"
            } else {
                ""
            }
        );
    }
    if runs.len() > 1 {
        println!("\nShort and long run are two runs; their average is an equilibrium of nothing.");
    }
    println!(
        "Flows in the unit of the data at constant world output. Exact real income is the answer; \
         the first-order sum stands beside it and misleads for large shocks."
    );
    for note in &world.notes {
        println!("Note: {note}.");
    }
}

/// The first and, where there are more, the last of a list.
fn ends(list: &[Third], k: usize) -> impl Iterator<Item = &Third> {
    let tail = list.len().saturating_sub(2).max(k);
    list.iter().take(k).chain(list.iter().skip(tail))
}

pub fn capital(text: &str) -> String {
    let mut chars = text.chars();
    chars
        .next()
        .map_or_else(String::new, |c| c.to_uppercase().chain(chars).collect())
}

fn as_json(world: &World, runs: &[Run], levied: &[Levy], walls: &[Barrier]) -> Value {
    let code = |i: usize| &world.codes[i];
    let n = world.n();
    let runs: Vec<Value> = runs
        .iter()
        .map(|r| {
            let e = &r.equilibrium;
            let states: Vec<Value> = (0..n)
                .map(|i| {
                    let s = &r.states[i];
                    json!({
                        "state": code(i), "real_income_pct": s.real_income,
                        "first_order_pct": s.first_order(), "terms_of_trade_pct": s.terms,
                        "volume_of_trade_pct": s.volume, "trade_cost_pct": s.lost,
                        "exports_pct": s.exports, "imports_pct": s.imports,
                        "prices_pct": s.prices, "revenue": e.revenue[i],
                    })
                })
                .collect();
            let third: Vec<Value> = r
                .thirds
                .iter()
                .map(|t| {
                    json!({ "state": code(t.who), "sales_where_others_are_shut_out": t.takes_place,
                            "purchases_from_those_shut_out": t.buys_more, "exports": t.exports })
                })
                .collect();
            let flows: Vec<Value> = largest(n, r.base.flows(), &e.flows)
                .iter()
                .take(FLOWS_LISTED)
                .map(|m| {
                    json!({ "exporter": code(m.from), "importer": code(m.to),
                            "before": m.before, "after": m.after })
                })
                .collect();
            json!({
                "run": r.horizon.label, "trade_elasticity": r.horizon.elasticity,
                "residual": e.residual, "converged": true,
                "evaluations": e.work.evaluations, "homotopy_steps": e.work.homotopy_steps,
                "world_real_income_pct": r.world_income, "world_trade_pct": r.world_trade,
                "states": states, "third_countries": third, "largest_changes": flows,
            })
        })
        .collect();
    json!({
        "flows": world.source,
        "tariffs_added": levied.iter().map(|l| json!({
            "importer": code(l.by), "exporter": code(l.on), "fraction": l.rate
        })).collect::<Vec<_>>(),
        "costs_added": walls.iter().map(|w| json!({
            "a": code(w.a), "b": code(w.b), "fraction": w.rate
        })).collect::<Vec<_>>(),
        "runs": runs,
        "notes": world.notes,
    })
}

fn as_csv(world: &World, runs: &[Run]) -> String {
    let mut text = String::from(
        "run,trade_elasticity,state,real_income_pct,first_order_pct,terms_of_trade_pct,exports_pct,imports_pct,prices_pct\n",
    );
    for r in runs {
        for (i, s) in r.states.iter().enumerate() {
            text.push_str(&format!(
                "{},{},{},{},{},{},{},{},{}\n",
                r.horizon.label,
                r.horizon.elasticity,
                world.codes[i],
                s.real_income,
                s.first_order(),
                s.terms,
                s.exports,
                s.imports,
                s.prices
            ));
        }
    }
    text
}
