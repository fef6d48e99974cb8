//! `realign trade optimal` and `realign trade war`

use realign_numerics::equilibrium::{
    Change, Economy, GameOptions, Player, SolveOptions, TariffGame, Technology, gain_of_deviation,
    solve_game, without_transfers,
};
use serde_json::{Value, json};

use super::world::{Horizon, World, horizons};
use super::{OptimalArgs, WarArgs, fixed, table};
use crate::report::Failure;

/// Finite moves of a player's rates that are tried at the solution, fraction of 1 + tariff.
const DEVIATION: f64 = 0.05;
/// Gain of ln welfare up to which a finite move counts as none: solver accuracy.
const NO_GAIN: f64 = 1e-8;

/// A participant.
struct Side {
    name: String,
    members: Vec<usize>,
    /// Names of its levers.
    rivals: Vec<String>,
    player: Player,
}

/// A state or bloc as one player: welfare weighted by expenditure.
fn side(world: &World, base: &Economy, name: &str, place: &str) -> Result<Side, Failure> {
    let (members, _) = world.expand(name, place)?;
    if members.len() == world.n() {
        return Err(Failure::hinted(
            format!("{place}: everyone together has nobody to tax"),
            "name a state or a bloc",
        ));
    }
    let spent: f64 = members.iter().map(|i| base.expenditure()[*i]).sum();
    let weights = members.iter().map(|i| (*i, base.expenditure()[*i] / spent));
    Ok(Side {
        name: name.to_uppercase(),
        rivals: Vec::new(),
        player: Player {
            objective: weights.collect(),
            levers: Vec::new(),
        },
        members,
    })
}

/// The world before the game: balanced trade at this elasticity.
fn balanced(world: &World, h: &Horizon) -> Result<(Technology, Economy), Failure> {
    let technology = Technology::armington(h.elasticity);
    let base = without_transfers(&world.economy, &technology, &SolveOptions::default())
        .map_err(Failure::plain)?;
    Ok((technology, base))
}

fn play(
    base: &Economy,
    technology: &Technology,
    sides: &[Side],
    label: &str,
) -> Result<(TariffGame, Vec<f64>), Failure> {
    let tariff = base.tariff().to_vec();
    let change = Change {
        tariff: &tariff,
        log_shift: None,
        transfer: None,
    };
    let players: Vec<Player> = sides.iter().map(|s| s.player.clone()).collect();
    let options = GameOptions::default();
    let game = solve_game(base, technology, &change, &players, &options).map_err(|e| {
        Failure::hinted(
            format!("{label}: no solution: {e}"),
            "try another elasticity, fewer participants, or one rate instead of --by-partner",
        )
    })?;
    if !game.verdict.is_converged() {
        return Err(Failure::hinted(
            format!(
                "{label}: the search did not settle (first-order gap {:.1e} after {} rounds)",
                game.gap, game.rounds
            ),
            "at elasticities near or below one the best tariff may have no bound: try --elasticity long or structural",
        ));
    }
    let gains = players
        .iter()
        .map(|p| {
            gain_of_deviation(
                base,
                technology,
                &change,
                p,
                &game,
                DEVIATION,
                &options.solver,
            )
            .map_err(Failure::plain)
        })
        .collect::<Result<_, _>>()?;
    Ok((game, gains))
}

/// Per cent of the welfare of members, weighted by expenditure.
fn welfare(game: &TariffGame, base: &Economy, members: &[usize]) -> f64 {
    let spent: f64 = members.iter().map(|i| base.expenditure()[*i]).sum();
    let changes = members
        .iter()
        .map(|i| base.expenditure()[*i] * (game.equilibrium.welfare[*i] - 1.0));
    100.0 * changes.sum::<f64>() / spent
}

fn report(
    world: &World,
    h: &Horizon,
    base: &Economy,
    sides: &[Side],
    game: &TariffGame,
    gains: &[f64],
    as_json: bool,
) -> Value {
    let n = world.n();
    let everyone: Vec<usize> = (0..n).collect();
    let mut taking = vec![false; n];
    sides
        .iter()
        .flat_map(|s| &s.members)
        .for_each(|i| taking[*i] = true);
    let mut others: Vec<usize> = (0..n).filter(|i| !taking[*i]).collect();
    let w = &game.equilibrium.welfare;
    others.sort_by(|a, b| (w[*b] - 1.0).abs().total_cmp(&(w[*a] - 1.0).abs()));
    if !as_json {
        println!(
            "\n{} (trade elasticity {:.2})",
            super::shock::capital(&h.label),
            h.elasticity
        );
        let mut rows = Vec::new();
        for (s, rates) in sides.iter().zip(&game.rates) {
            for (rival, rate) in s.rivals.iter().zip(rates).take(15) {
                rows.push(vec![
                    format!("{} on {rival}", s.name),
                    format!("{} %", fixed(100.0 * rate, 2)),
                ]);
            }
        }
        println!("{}", table(&["tariff", "rate"], rows));
        let mut rows: Vec<Vec<String>> = sides
            .iter()
            .zip(gains)
            .map(|(s, g)| {
                let best = if *g <= NO_GAIN {
                    "none".to_owned()
                } else {
                    format!("{g:.1e}")
                };
                vec![
                    s.name.clone(),
                    fixed(welfare(game, base, &s.members), 3),
                    best,
                ]
            })
            .collect();
        for i in others.iter().take(6) {
            rows.push(vec![
                format!("{} {}", world.codes[*i], world.names[*i]),
                fixed(100.0 * (w[*i] - 1.0), 3),
                String::new(),
            ]);
        }
        rows.push(vec![
            "world".to_owned(),
            fixed(welfare(game, base, &everyone), 3),
            String::new(),
        ]);
        let header = ["real income, %", "exact change", "gain of a move of 5 %"];
        println!("{}", table(&header, rows));
        println!(
            "First-order gap {:.0e} in {} rounds; equilibrium solved to {:.0e}.",
            game.gap, game.rounds, game.equilibrium.residual
        );
    }
    json!({
        "run": h.label, "trade_elasticity": h.elasticity, "gap": game.gap, "rounds": game.rounds,
        "residual": game.equilibrium.residual,
        "players": sides.iter().zip(&game.rates).zip(gains).map(|((s, rates), g)| json!({
            "player": s.name, "against": s.rivals, "rates": rates,
            "real_income_pct": welfare(game, base, &s.members), "gain_of_deviation": g,
        })).collect::<Vec<_>>(),
        "states": (0..n).map(|i| json!({
            "state": world.codes[i], "real_income_pct": 100.0 * (w[i] - 1.0)
        })).collect::<Vec<_>>(),
    })
}

fn finish(world: &World, runs: Vec<Value>, as_json: bool) -> Result<(), Failure> {
    if as_json {
        let all = json!({
            "flows": world.source, "deficits": "purged", "runs": runs, "notes": world.notes
        });
        println!("{}", serde_json::to_string_pretty(&all)?);
    } else {
        println!(
            "\nDeficits were purged first. Rates are whole tariffs and first-order points: what \
             a state gains at others' cost, not advice. Flows: {}.",
            world.source
        );
    }
    Ok(())
}

/// `realign trade optimal`
pub fn optimal(args: &OptimalArgs) -> Result<(), Failure> {
    let world = World::of(&args.market)?;
    let n = world.n();
    let mut runs = Vec::new();
    for h in horizons(args.market.elasticity.as_deref())? {
        let (technology, base) = balanced(&world, &h)?;
        let mut own = side(&world, &base, &args.who, "optimal")?;
        let mut groups: Vec<(String, Vec<usize>)> = Vec::new();
        if args.against.is_empty() {
            groups.push(("all others".to_owned(), (0..n).collect()));
        }
        for name in &args.against {
            groups.push((name.to_uppercase(), world.expand(name, "--against")?.0));
        }
        if args.by_partner {
            let mut each: Vec<usize> = groups.iter().flat_map(|g| g.1.clone()).collect();
            each.sort_unstable();
            each.dedup();
            // The largest suppliers first.
            let sells = |j: usize| -> f64 {
                let to = own.members.iter();
                to.map(|i| base.flows()[j * n + i]).sum()
            };
            each.sort_by(|a, b| sells(*b).total_cmp(&sells(*a)));
            groups = each
                .into_iter()
                .map(|j| (world.codes[j].clone(), vec![j]))
                .collect();
        }
        let mut taken = vec![false; n];
        for (name, exporters) in groups {
            let mut pairs = Vec::new();
            for j in exporters {
                if own.members.contains(&j) || std::mem::replace(&mut taken[j], true) {
                    continue;
                }
                pairs.extend(own.members.iter().map(|i| (j, *i)));
            }
            if !pairs.is_empty() {
                own.rivals.push(name);
                own.player.levers.push(pairs);
            }
        }
        if own.player.levers.is_empty() {
            return Err(Failure::hinted(
                "nobody is left to tax",
                "name others with --against",
            ));
        }
        let sides = [own];
        let (game, gains) = play(&base, &technology, &sides, &h.label)?;
        runs.push(report(&world, &h, &base, &sides, &game, &gains, args.json));
    }
    finish(&world, runs, args.json)
}

/// `realign trade war`
pub fn war(args: &WarArgs) -> Result<(), Failure> {
    if args.who.len() < 2 {
        return Err(Failure::hinted(
            "a war needs two sides",
            "name them with commas, such as `realign trade war USA,CHN`",
        ));
    }
    let world = World::of(&args.market)?;
    let mut runs = Vec::new();
    for h in horizons(args.market.elasticity.as_deref())? {
        let (technology, base) = balanced(&world, &h)?;
        let mut sides = args
            .who
            .iter()
            .map(|w| side(&world, &base, w, "war"))
            .collect::<Result<Vec<_>, _>>()?;
        let mut owner = vec![usize::MAX; world.n()];
        for (k, s) in sides.iter().enumerate() {
            for i in &s.members {
                if owner[*i] != usize::MAX {
                    let other = &sides[owner[*i]].name;
                    return Err(Failure::hinted(
                        format!("{} is in {other} and in {}", world.codes[*i], s.name),
                        "sides must not overlap",
                    ));
                }
                owner[*i] = k;
            }
        }
        let members: Vec<(String, Vec<usize>)> = sides
            .iter()
            .map(|s| (s.name.clone(), s.members.clone()))
            .collect();
        for s in &mut sides {
            for (name, rival) in members.iter().filter(|m| m.0 != s.name) {
                let pairs = rival
                    .iter()
                    .flat_map(|j| s.members.iter().map(move |i| (*j, *i)));
                s.player.levers.push(pairs.collect());
                s.rivals.push(name.clone());
            }
        }
        let (game, gains) = play(&base, &technology, &sides, &h.label)?;
        runs.push(report(&world, &h, &base, &sides, &game, &gains, args.json));
    }
    finish(&world, runs, args.json)
}
