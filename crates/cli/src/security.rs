//! `realign security`: who guards one state, who could exploit what, and what is left without a
//! guarantor.

use clap::Args;
use comfy_table::{CellAlignment, Table, presets};
use realign_atlas::{Atlas, StateId, Year};
use realign_model::params::Params;
use realign_model::security::{
    Case, Observed, Outlook, Picture, Spread, pact_goodness, picture, spending_outlook,
};
use realign_model::setting::Setting;
use serde_json::{Value, json};

use crate::explain::short;
use crate::report::Failure;

/// Arguments of `realign security`.
#[derive(Debug, Args)]
#[command(after_help = "\
The world as observed, before anything happens: treaties and guarantors with the help that trust
leaves of them, who could exploit a weakness, the probability of a fatal dispute with each dangerous
neighbour, the burden beside pledges, the hazard of exploring nuclear weapons beside its base rate,
and the blocs to which the state belongs. Medians and 90 % intervals over draws of what is not known.

Examples:
  realign security DEU
  realign security KOR --without USA        the same with one guarantor imagined away
  realign security POL --year 2013 --json   as known at the end of 2013, for machines")]
pub struct SecurityArgs {
    /// The state, as ISO3 code.
    pub state: String,
    /// Imagine this guarantor's pacts and designations away.
    #[arg(long, value_name = "ISO3")]
    pub without: Option<String>,
    /// Look at the world as known at the end of this year. Default: the newest.
    #[arg(long, value_name = "YEAR")]
    pub year: Option<i32>,
    /// Number of draws of parameters and levels of trust.
    #[arg(long, value_name = "N", default_value_t = 60)]
    pub draws: u32,
    /// Seed of the draws.
    #[arg(long, value_name = "SEED", default_value_t = 20_250_331)]
    pub seed: u64,
    /// For machines.
    #[arg(long)]
    pub json: bool,
}

/// Earliest year whose world can be looked at: before, too little is on record.
const EARLIEST: i32 = 1970;

/// The observed world at the end of `year`, with `hegemon` as the state whose acts are examined and
/// its treaty partners as targets.
pub fn observed(
    atlas: &Atlas,
    year: Option<i32>,
    hegemon: StateId,
    targets: Vec<StateId>,
) -> Result<Observed, Failure> {
    let newest = atlas.vintage().0;
    let year = year.unwrap_or(newest);
    if !(EARLIEST..=newest).contains(&year) {
        return Err(Failure::hinted(
            format!("--year {year} is outside of the record"),
            format!("give a year from {EARLIEST} to {newest}"),
        ));
    }
    let setting = Setting {
        n: atlas.n(),
        hegemon,
        targets,
        start: Year(year),
        horizon: Year(year + 10),
    };
    let known = atlas.as_of(Year(year));
    Ok(Observed::new(&known, setting, Params::embedded()?)?)
}

/// The first `draws` draws of the observed world.
pub fn cases(world: &Observed, seed: u64, draws: u32) -> Result<Vec<Case>, Failure> {
    if draws == 0 {
        return Err(Failure::hinted(
            "--draws 0 shows nothing",
            "give at least 1",
        ));
    }
    (0..draws)
        .map(|d| world.case(seed, d).map_err(Failure::from))
        .collect()
}

/// `realign security`
pub fn run(args: &SecurityArgs) -> Result<(), Failure> {
    let atlas = Atlas::embedded()?;
    let state = crate::atlas::state(&atlas, &args.state)?;
    let without = args
        .without
        .as_deref()
        .map(|code| crate::atlas::state(&atlas, code))
        .transpose()?;
    if without == Some(state) {
        return Err(Failure::hinted(
            format!("{} is no guarantor of itself", args.state),
            "name another state with --without",
        ));
    }
    let usual = crate::atlas::state(&atlas, "USA")?;
    let world = observed(&atlas, args.year, without.unwrap_or(usual), vec![state])?;
    let cases = cases(&world, args.seed, args.draws)?;
    let now = picture(&world, &cases, state.index(), None);
    let gone = without.map(|g| picture(&world, &cases, state.index(), Some(g.index())));
    if let (Some(g), true) = (
        without,
        now.guarantors.iter().all(|x| Some(x.state) != without),
    ) {
        return Err(Failure::hinted(
            format!(
                "{} holds no pact with {} in {}",
                atlas.states().get(g).name,
                atlas.states().get(state).name,
                world.setting.start
            ),
            format!("its guarantors are {}", named(&atlas, &now)),
        ));
    }
    let years = [2030, 2035].map(Year);
    let g = without.map(StateId::index);
    let outlook =
        [None, g].map(|g| spending_outlook(&world, &cases, state.index(), g, args.seed, &years));
    if args.json {
        let all = json!({
            "spending_outlook": outlook_json(&outlook[0]),
            "spending_outlook_without": without.map(|_| outlook_json(&outlook[1])),
            "year": world.setting.start.0,
            "as_observed": as_json(&atlas, &now),
            "without": gone.as_ref().map(|p| as_json(&atlas, p)),
            "notes": world.fixed.notes,
        });
        println!("{}", serde_json::to_string_pretty(&all)?);
    } else {
        print(&atlas, &world, &now, gone.as_ref(), &outlook);
    }
    Ok(())
}

fn named(atlas: &Atlas, p: &Picture) -> String {
    let list: Vec<&str> = p
        .guarantors
        .iter()
        .take(8)
        .map(|g| atlas.states().iso3(g.state))
        .collect();
    if list.is_empty() {
        "none".to_owned()
    } else {
        list.join(", ")
    }
}

/// Median and interval.
pub fn spread(s: Spread) -> String {
    if s.middle.is_nan() {
        return "no estimate".to_owned();
    }
    format!("{} [{}, {}]", short(s.middle), short(s.low), short(s.high))
}

fn table(head: &[&str]) -> Table {
    let mut t = Table::new();
    t.load_preset(presets::UTF8_HORIZONTAL_ONLY)
        .set_header(head);
    for c in 1..head.len() {
        if let Some(column) = t.column_mut(c) {
            column.set_cell_alignment(CellAlignment::Right);
        }
    }
    t
}

fn outlook_json(list: &[Outlook]) -> Value {
    json!(
        list.iter()
            .map(|o| json!({
                "year": o.year.0,
                "burden_pct": spread_json(o.burden_pct),
                "random_walk_pct": spread_json(o.random_walk_pct),
                "pledged_pct": o.pledged_pct,
            }))
            .collect::<Vec<_>>()
    )
}

fn print(
    atlas: &Atlas,
    world: &Observed,
    now: &Picture,
    gone: Option<&Picture>,
    outlook: &[Vec<Outlook>; 2],
) {
    let name = |s: StateId| atlas.states().get(s).name.clone();
    println!(
        "{}, as known at the end of {} ({} draws: median [5 %, 95 %])",
        name(now.state),
        world.setting.start,
        now.draws
    );
    for a in &now.assumed {
        println!("  not known: {a}");
    }
    let mut head = vec!["".to_owned(), "as observed".to_owned()];
    if let Some(g) = gone.and_then(|p| p.without) {
        head.push(format!("without {}", name(g)));
    }
    let head: Vec<&str> = head.iter().map(String::as_str).collect();
    let mut t = table(&head);
    let mut line = |label: &str, of: &dyn Fn(&Picture) -> String| {
        let mut row = vec![label.to_owned(), of(now)];
        row.extend(gone.map(of));
        t.add_row(row);
    };
    line("own strength, % of the world's", &|p| spread(p.strength));
    line("help of guarantors, % of the world's", &|p| spread(p.help));
    line("share of protection that is help", &|p| {
        spread(p.help_share)
    });
    line("vulnerability (above 1: could be overcome)", &|p| {
        spread(p.vulnerability)
    });
    line("share of draws in which it is vulnerable", &|p| {
        short(p.vulnerable)
    });
    line("fatal dispute with anybody, % a year", &|p| spread(p.fatal));
    line("largest nuclear guarantee, 0-1", &|p| {
        spread(p.nuclear_guarantee)
    });
    line("exploring nuclear weapons, hazard ratio", &|p| {
        spread(p.hedging_ratio)
    });
    line("the same, % a year", &|p| spread(p.exploration));
    line("base rate of exploring, % a year", &|p| {
        spread(p.exploration_base)
    });
    println!("{t}");

    if now.guarantors.is_empty() {
        println!("No state is bound to help by a defence pact or a designation on record.");
    } else {
        let mut t = table(&[
            "guarantor",
            "by",
            "reliability",
            "arrives",
            "help, % of the world",
            "of all help",
        ]);
        for g in now.guarantors.iter().take(12) {
            let by = if g.designation {
                "designation".to_owned()
            } else if g.through.is_empty() {
                "pact of two".to_owned()
            } else {
                g.through.join(", ").replace('_', " ")
            };
            let nuclear = if g.nuclear { ", nuclear" } else { "" };
            t.add_row([
                format!("{}{nuclear}", name(g.state)),
                by,
                spread(g.reliability),
                short(g.reach.middle),
                spread(g.help),
                short(g.share.middle),
            ]);
        }
        println!("{t}");
        let rest = now.guarantors.len().saturating_sub(12);
        if rest > 0 {
            println!("and {rest} more with less help.");
        }
    }
    if now.foes.is_empty() {
        println!("No state is hostile to it, and no pair with it is dangerous, on record.");
    } else {
        let mut t = table(&[
            "who could exploit it",
            "hostile in draws",
            "its coalition over the defence",
            "fatal dispute, % a year",
        ]);
        for f in &now.foes {
            t.add_row([
                name(f.state),
                short(f.hostile),
                spread(f.vulnerability),
                spread(f.fatal),
            ]);
        }
        println!("{t}");
    }
    if now.burden_pct.is_nan() {
        println!("Military burden: not known.");
    } else {
        println!("Military burden: {} % of GDP.", short(now.burden_pct));
    }
    for p in &now.promises {
        println!(
            "  pledged in {} ({}): {} % by {}, {} points {}",
            p.made,
            p.bloc,
            short(p.burden_pct),
            p.by,
            short((p.burden_pct - now.burden_pct).abs()),
            if now.burden_pct >= p.burden_pct {
                "above"
            } else {
                "short"
            }
        );
    }
    if now.burden_pct.is_finite() && !outlook[0].is_empty() {
        let mut head = vec!["burden, % of GDP", "where nobody acts"];
        if gone.is_some() {
            head.push("without the guarantor");
        }
        head.extend(["random walk", "pledged"]);
        let mut t = table(&head);
        for (o, w) in outlook[0].iter().zip(&outlook[1]) {
            let mut row = vec![o.year.to_string(), spread(o.burden_pct)];
            if gone.is_some() {
                row.push(spread(w.burden_pct));
            }
            row.push(spread(o.random_walk_pct));
            row.push(o.pledged_pct.map_or_else(|| "–".to_owned(), short));
            t.add_row(row);
        }
        println!("{t}");
    }
    let blocs: Vec<String> = now.blocs.iter().map(|b| b.0.replace('_', " ")).collect();
    println!(
        "Blocs: {}.",
        if blocs.is_empty() {
            "none on record".to_owned()
        } else {
            blocs.join(", ")
        }
    );
    println!(
        "\nNuclear hedging is a ratio beside a base rate of some thirty events, never a date. Reach,\n\
         γ and reliability are assumptions (realign params security.); disputes end on record in 2014."
    );
}

/// For machines; no estimate is null.
pub fn spread_json(s: Spread) -> Value {
    let v = |x: f64| if x.is_finite() { json!(x) } else { Value::Null };
    json!({"q05": v(s.low), "q50": v(s.middle), "q95": v(s.high)})
}

fn as_json(atlas: &Atlas, p: &Picture) -> Value {
    let iso3 = |s: StateId| atlas.states().iso3(s).to_owned();
    json!({
        "state": iso3(p.state),
        "without": p.without.map(iso3),
        "draws": p.draws,
        "strength_pct_of_world": spread_json(p.strength),
        "help_pct_of_world": spread_json(p.help),
        "help_share": spread_json(p.help_share),
        "vulnerability": spread_json(p.vulnerability),
        "vulnerable_share_of_draws": p.vulnerable,
        "fatal_dispute_pct_a_year": spread_json(p.fatal),
        "nuclear_guarantee": spread_json(p.nuclear_guarantee),
        "hedging_hazard_ratio": spread_json(p.hedging_ratio),
        "exploration_pct_a_year": spread_json(p.exploration),
        "exploration_base_rate_pct_a_year": spread_json(p.exploration_base),
        "military_burden_pct": if p.burden_pct.is_finite() { json!(p.burden_pct) } else { Value::Null },
        "pledges": p.promises.iter().map(|x| json!({
            "bloc": x.bloc, "burden_pct": x.burden_pct, "made": x.made, "by": x.by,
        })).collect::<Vec<_>>(),
        "guarantors": p.guarantors.iter().map(|g| json!({
            "state": iso3(g.state),
            "designation": g.designation,
            "through": g.through,
            "nuclear": g.nuclear,
            "reliability": spread_json(g.reliability),
            "reach": spread_json(g.reach),
            "help_pct_of_world": spread_json(g.help),
            "share_of_help": spread_json(g.share),
        })).collect::<Vec<_>>(),
        "foes": p.foes.iter().map(|f| json!({
            "state": iso3(f.state),
            "hostile_share_of_draws": f.hostile,
            "vulnerability_to": spread_json(f.vulnerability),
            "fatal_dispute_pct_a_year": spread_json(f.fatal),
        })).collect::<Vec<_>>(),
        "blocs": p.blocs.iter().map(|b| json!({"name": b.0, "kind": b.1})).collect::<Vec<_>>(),
        "assumed": p.assumed,
    })
}

/// Last year of the record of pacts with which the hazards are compared, and years simulated.
const PACTS_TO: i32 = 2018;
const SIMULATED_YEARS: i32 = 10;
const NETWORKS: u32 = 1000;

/// How well the hazards of pacts reproduce the network that came, as comments of a TOML file.
pub fn print_goodness(atlas: &Atlas) -> Result<(), Failure> {
    let to = PACTS_TO.min(atlas.vintage().0 - 2);
    let g = pact_goodness(atlas, Year(to - SIMULATED_YEARS), Year(to), NETWORKS)?;
    let (inside, all) = g.inside();
    println!(
        "# Goodness of fit: pacts of {} states, hazards fitted to {} and simulated to {}, {} networks:\n\
         # {inside} of {all} statistics of the observed network lie in the 95 % interval.",
        g.states, g.from, g.to, g.networks
    );
    println!(
        "# {:<34} {:>8} {:>8} {:>8} {:>8}",
        "number of", "observed", "2.5 %", "median", "97.5 %"
    );
    for r in &g.rows {
        let what = match r.statistic {
            "ties" => "pacts".to_owned(),
            "degree" => format!("states with {} pacts", r.values),
            "shared partners" => format!("pacts with {} common allies", r.values),
            _ => format!("pairs at distance {}", r.values),
        };
        let mark = if r.inside() { "" } else { "  outside" };
        println!(
            "# {what:<34} {:>8} {:>8} {:>8} {:>8}{mark}",
            r.observed, r.low, r.middle, r.high
        );
    }
    println!();
    Ok(())
}
