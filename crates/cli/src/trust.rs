//! `realign trust`: how much one state trusts another, since when, and what moved it.

mod links;
mod picture;
mod spiral;

use std::path::PathBuf;

use clap::Args;
use comfy_table::{CellAlignment, Table, presets};
use realign_atlas::{Atlas, StateId, StateKind, Year};
use realign_model::trust::filter::path::{Consistency, Point};
use realign_model::trust::filter::scores::{self, Row};
use realign_model::trust::filter::{
    Hyper, Kind, Machine, Panel, Path, Posterior, history, standings,
};
use serde_json::{Value, json};

use crate::atlas::state;
use crate::output;
use crate::report::Failure;

/// Half of a 90 % interval, in standard deviations.
const NINETY: f64 = 1.645;

/// Arguments of `realign trust`.
#[derive(Debug, Args)]
#[command(after_help = "\
Trust is filtered from votes, polls and reported events since 1980, in standard deviations over all
pairs of states; a year's number uses what was known at its end, the table's last columns say what
moved it. Scenarios and acts do not enter: this is the record.

Examples:
  realign trust CAN USA                  the path, with interval and what moved it
  realign trust CAN USA -o canada.svg    the same as a picture
  realign trust --toward USA             who trusts most and least, and who changed
  realign trust --consistency            whether the filter's intervals are honest
  realign trust --scores                 forecasts from every year beside baselines (minutes)
  realign trust --links                  what it tells of spending, arms, agreements and trade
  realign trust --spiral                 loop gain, margin, and who drives a loss of trust")]
pub struct TrustArgs {
    /// ISO3 code of the state that trusts.
    #[arg(requires = "held")]
    pub holder: Option<String>,
    /// ISO3 code of the state that is trusted.
    pub held: Option<String>,
    /// Ranking of all states by their trust in this one.
    #[arg(long, value_name = "ISO3", conflicts_with = "holder")]
    pub toward: Option<String>,
    /// First year shown, and from which change is counted.
    #[arg(long, value_name = "YEAR", default_value_t = 2008)]
    pub since: i32,
    /// As it could be known at the end of this year.
    #[arg(long, value_name = "YEAR")]
    pub as_of: Option<i32>,
    /// Loop gain, margin and drivers of a loss of trust, with prior and posterior.
    #[arg(long, conflicts_with_all = ["holder", "toward"])]
    pub spiral: bool,
    /// Whether errors of the filter are as large as it claims, by source, with advice.
    #[arg(long, conflicts_with_all = ["holder", "toward", "spiral"])]
    pub consistency: bool,
    /// Forecasts from every year since 1990 beside baselines.
    #[arg(long, conflicts_with_all = ["holder", "toward", "spiral", "consistency"])]
    pub scores: bool,
    /// Whether trust tells anything of spending, arms, agreements, pacts and trade; and whether
    /// conduct moves it.
    #[arg(long, conflicts_with_all = ["holder", "toward", "spiral", "consistency", "scores"])]
    pub links: bool,
    /// State whose pairs are scored apart and whose spiral is asked for.
    #[arg(long, value_name = "ISO3", default_value = "USA")]
    pub hegemon: String,
    /// Write the path as a picture (SVG).
    #[arg(short, long, value_name = "FILE", requires = "holder")]
    pub out: Option<PathBuf>,
    /// For machines.
    #[arg(long)]
    pub json: bool,
}

/// What every question needs.
struct Ready {
    atlas: Atlas,
    panel: Panel,
    hyper: Hyper,
    machine: Machine,
}

/// `realign trust`
pub fn run(args: &TrustArgs) -> Result<(), Failure> {
    let atlas = Atlas::embedded()?;
    let atlas = args
        .as_of
        .map_or_else(|| atlas.as_of(atlas.vintage()), |y| atlas.as_of(Year(y)));
    if args.spiral {
        return spiral::run(&atlas, state(&atlas, &args.hegemon)?, args.json);
    }
    if !(args.scores
        || args.links
        || args.consistency
        || args.holder.is_some()
        || args.toward.is_some())
    {
        return Err(Failure::hinted(
            "whose trust in whom?",
            "`realign trust CAN USA` for a pair, `realign trust --toward USA` for a ranking",
        ));
    }
    let panel = Panel::read(&atlas)?;
    if panel.observations() == 0 {
        return Err(Failure::hinted(
            format!("nothing was observed by the end of {}", atlas.vintage()),
            "votes begin in 1980, polls and events in 2002: give a later --as-of",
        ));
    }
    let hyper = Hyper::embedded()?;
    let mode = Posterior::embedded()?.mode(&hyper);
    let ready = Ready {
        machine: Machine::new(&hyper.values(&mode)?),
        atlas,
        panel,
        hyper,
    };
    if args.scores {
        return print_scores(&ready, state(&ready.atlas, &args.hegemon)?, args.json);
    }
    if args.links {
        return links::run(&ready, state(&ready.atlas, &args.hegemon)?, args.json);
    }
    if args.consistency {
        return print_consistency(&ready, args.json);
    }
    if let Some(toward) = &args.toward {
        return ranking(args, &ready, known(&ready.atlas, toward)?);
    }
    let (Some(holder), Some(held)) = (&args.holder, &args.held) else {
        return Ok(());
    };
    pair(
        args,
        &ready,
        known(&ready.atlas, holder)?,
        known(&ready.atlas, held)?,
    )
}

/// A state with foreign relations of its own.
fn known(atlas: &Atlas, code: &str) -> Result<StateId, Failure> {
    let id = state(atlas, code)?;
    if atlas.states().get(id).kind == StateKind::Territory {
        return Err(Failure::hinted(
            format!(
                "{} has no foreign relations of its own in the data",
                atlas.states().get(id).name
            ),
            "give the state it belongs to",
        ));
    }
    Ok(id)
}

fn pair(args: &TrustArgs, ready: &Ready, holder: StateId, held: StateId) -> Result<(), Failure> {
    let names = [holder, held].map(|s| ready.atlas.states().get(s).name.clone());
    let target = ready
        .panel
        .target(held)
        .ok_or_else(|| Failure::plain(format!("no pairs toward {}", names[1])))?;
    let position = target.position(holder).ok_or_else(|| {
        Failure::hinted(
            "a state's trust in itself is not defined",
            "give two states",
        )
    })?;
    let path = history(&ready.machine, &ready.panel, target).path(
        &ready.machine,
        &ready.panel,
        target,
        position,
    );
    if path.points.is_empty() {
        return Err(Failure::hinted(
            format!(
                "{} and {} do not both exist by the end of {}",
                names[0], names[1], ready.panel.last
            ),
            "give a later --as-of",
        ));
    }
    if let Some(out) = &args.out {
        output::file(out, picture::svg(&path, &names, args.since).as_bytes())?;
    }
    let notes = notes(ready, &path, &names);
    if args.json {
        println!(
            "{}",
            serde_json::to_string_pretty(&path_json(ready, &path, &notes))?
        );
        return Ok(());
    }
    let shown: Vec<&Point> = path
        .points
        .iter()
        .filter(|p| p.year.0 >= args.since)
        .collect();
    println!(
        "Trust of {} in {}, standard deviations over all pairs",
        names[0], names[1]
    );
    if let (Some(first), Some(last)) = (path.points.first(), path.points.last()) {
        println!("{} {} {}", first.year, picture::sparkline(&path), last.year);
    }
    let mut table = Table::new();
    table
        .load_preset(presets::UTF8_HORIZONTAL_ONLY)
        .set_header([
            "year",
            "trust",
            "90 %",
            "change",
            "votes",
            "polls",
            "events",
            "tone",
            "others' eyes",
            "fading",
        ]);
    let mut before: Option<f64> = None;
    for p in &path.points {
        let change = before.map_or(f64::NAN, |b| p.filtered - b);
        before = Some(p.filtered);
        if !shown.iter().any(|s| s.year == p.year) {
            continue;
        }
        let own = |k: usize| {
            if p.seen[k] {
                signed(p.own[k])
            } else {
                "·".to_owned()
            }
        };
        table.add_row([
            p.year.to_string(),
            signed(p.filtered),
            format!(
                "{} to {}",
                signed(p.filtered - NINETY * p.filtered_sd),
                signed(p.filtered + NINETY * p.filtered_sd)
            ),
            signed(change),
            own(0),
            own(1),
            own(2),
            own(3),
            signed(p.shared.iter().sum()),
            signed(p.fading),
        ]);
    }
    right(&mut table, 1..10);
    println!("{table}");
    println!(
        "· not observed that year. others' eyes: what all states' polls and events say of {}'s reputation. fading: return to the usual level.",
        names[1]
    );
    println!();
    println!("{}", paragraph(ready, &path, &names));
    for n in &notes {
        println!("note: {n}");
    }
    if let Some(out) = &args.out {
        println!("{} written", out.display());
    }
    Ok(())
}

/// The number in words.
fn paragraph(ready: &Ready, path: &Path, names: &[String; 2]) -> String {
    let Some(last) = path.points.last() else {
        return String::new();
    };
    let [holder, held] = names;
    let share = 100.0 * realign_numerics::special::normal_cdf(last.filtered);
    let certainty = if last.filtered_sd > 0.7 {
        "This rests on little: nothing tells it well apart from an average relation."
    } else if last.filtered_sd > 0.45 {
        "The direction is better known than the size."
    } else {
        "That is as well known as such things are."
    };
    let moved = biggest(path).map_or_else(String::new, |(year, change, why)| {
        let way = if change < 0.0 { "fall" } else { "rise" };
        format!(
            " The largest {way} in one year was in {year} ({}), mostly from {why}.",
            signed(change)
        )
    });
    let common = if last.reputation.abs() < 0.1 {
        format!("{held}'s standing with everyone adds next to nothing to it")
    } else {
        format!(
            "{} of it is {held}'s standing with everyone, good or bad",
            signed(last.reputation)
        )
    };
    let polled = path
        .points
        .iter()
        .rev()
        .find(|p| p.seen[Kind::Polls as usize]);
    let polls = polled.map_or_else(
        || format!(" No poll asked the public of {holder} about {held}: the number leans on votes and reported events, which say little."),
        |p| format!(" The public of {holder} was last asked in {}.", p.year),
    );
    format!(
        "At the end of {} the trust of {holder} in {held} stands at {} (90 % interval {} to {}), where zero is the usual relation between two states and two thirds of all relations lie within one: higher than about {share:.0} % of them. {certainty} {}.{moved}{polls} It measures how the two vote, are seen and behave together; it is not a forecast, and it does not say what {holder} would do.",
        ready.panel.last,
        signed(last.filtered),
        signed(last.filtered - NINETY * last.filtered_sd),
        signed(last.filtered + NINETY * last.filtered_sd),
        capital(&common),
    )
}

/// Year, change and main reason of the largest movement.
fn biggest(path: &Path) -> Option<(Year, f64, String)> {
    path.points
        .windows(2)
        .map(|w| (w[1].filtered - w[0].filtered, &w[1]))
        .max_by(|a, b| a.0.abs().total_cmp(&b.0.abs()))
        .map(|(change, p)| {
            let mut parts: Vec<(f64, String)> = Kind::ALL
                .iter()
                .map(|k| (p.own[*k as usize], format!("its own {}", k.name())))
                .collect();
            parts.push((p.shared.iter().sum(), "how others see it".to_owned()));
            parts.push((p.fading, "the return to the usual level".to_owned()));
            let why = parts
                .into_iter()
                .max_by(|a, b| (a.0 * change.signum()).total_cmp(&(b.0 * change.signum())))
                .map_or_else(String::new, |p| p.1);
            (p.year, change, why)
        })
}

/// What was missing, said.
fn notes(ready: &Ready, path: &Path, names: &[String; 2]) -> Vec<String> {
    let mut out = ready.panel.notes.clone();
    if let Some(first) = path.points.first()
        && first.year > realign_model::trust::filter::panel::FIRST
    {
        out.push(format!(
            "{} and {} both enter the record in {}; there is no earlier path",
            names[0], names[1], first.year
        ));
    }
    if let Some(last) = path.points.last()
        && last.shared[Kind::Polls as usize].abs() < 1e-12
        && last.shared[Kind::Tone as usize].abs() > 0.2
    {
        out.push(format!(
            "{}: what moved the reputation of {} is the tone of the news alone ({}); tone is a scale of its own, so read this step with doubt",
            last.year,
            names[1],
            signed(last.shared[Kind::Tone as usize])
        ));
    }
    for kind in Kind::ALL {
        let k = kind as usize;
        let years: Vec<Year> = path
            .points
            .iter()
            .filter(|p| p.seen[k])
            .map(|p| p.year)
            .collect();
        match (years.first(), years.last()) {
            (Some(a), Some(b)) => {
                let gaps = (b.0 - a.0 + 1) as usize - years.len();
                if gaps > 0 {
                    out.push(format!("{}: {} of the years {a} to {b} without an observation; carried over and widened, not filled", kind.name(), gaps));
                }
            }
            _ => out.push(format!("{}: never observed for this pair", kind.name())),
        }
    }
    out
}

fn path_json(ready: &Ready, path: &Path, notes: &[String]) -> Value {
    let by_source = |v: &[f64; 4]| -> Value {
        Kind::ALL
            .iter()
            .map(|k| (k.name().to_owned(), json!(v[*k as usize])))
            .collect::<serde_json::Map<_, _>>()
            .into()
    };
    json!({
        "holder": ready.atlas.states().iso3(path.holder),
        "held": ready.atlas.states().iso3(path.held),
        "unit": "standard deviations over pairs",
        "as_of": ready.panel.last,
        "notes": notes,
        "path": path.points.iter().map(|p| json!({
            "year": p.year,
            "filtered": p.filtered,
            "filtered_sd": p.filtered_sd,
            "smoothed": p.smoothed,
            "smoothed_sd": p.smoothed_sd,
            "reputation": p.reputation,
            "slow": p.slow,
            "fast": p.fast,
            "fading": p.fading,
            "own": by_source(&p.own),
            "through_reputation": by_source(&p.shared),
            "observed": Kind::ALL.iter().filter(|k| p.seen[**k as usize]).map(|k| k.name()).collect::<Vec<_>>(),
        })).collect::<Vec<_>>(),
    })
}

fn ranking(args: &TrustArgs, ready: &Ready, held: StateId) -> Result<(), Failure> {
    let target = ready
        .panel
        .target(held)
        .ok_or_else(|| Failure::plain("no pairs toward this state"))?;
    let rows = standings(&ready.machine, &ready.panel, target, Year(args.since));
    let reputation = history(&ready.machine, &ready.panel, target).reputation;
    let unit = ready.machine.values().unit();
    let iso3 = |s: StateId| ready.atlas.states().iso3(s);
    if args.json {
        let all = json!({
            "toward": iso3(held),
            "as_of": ready.panel.last,
            "since": args.since,
            "unit": "standard deviations over pairs",
            "reputation": reputation.iter().enumerate().map(|(t, r)| json!({
                "year": realign_model::trust::filter::panel::FIRST + t as i32,
                "mean": r.1.mean / unit,
                "sd": r.1.variance.sqrt() / unit,
            })).collect::<Vec<_>>(),
            "states": rows.iter().map(|r| json!({
                "state": iso3(r.holder), "trust": r.trust, "sd": r.sd, "change": r.change,
                "observations_since": r.observations,
            })).collect::<Vec<_>>(),
        });
        println!("{}", serde_json::to_string_pretty(&all)?);
        return Ok(());
    }
    let name = &ready.atlas.states().get(held).name;
    println!(
        "Trust in {name} at the end of {}, standard deviations over all pairs; change since {}",
        ready.panel.last, args.since
    );
    let mut table = Table::new();
    table
        .load_preset(presets::UTF8_HORIZONTAL_ONLY)
        .set_header([
            "rank",
            "state",
            "trust",
            "90 %",
            "change",
            "own observations since",
        ]);
    for (k, r) in rows.iter().enumerate() {
        table.add_row([
            (k + 1).to_string(),
            format!(
                "{} {}",
                iso3(r.holder),
                ready.atlas.states().get(r.holder).name
            ),
            signed(r.trust),
            format!(
                "{} to {}",
                signed(r.trust - NINETY * r.sd),
                signed(r.trust + NINETY * r.sd)
            ),
            signed(r.change),
            r.observations.to_string(),
        ]);
    }
    right(&mut table, 2..6);
    println!("{table}");
    if let Some((_, r)) = reputation.last() {
        println!(
            "What all hold of {name} (reputation): {} ± {:.2}. Neighbouring ranks are rarely told apart: the intervals overlap.",
            signed(r.mean / unit),
            r.variance.sqrt() / unit
        );
    }
    for n in &ready.panel.notes {
        println!("note: {n}");
    }
    Ok(())
}

fn print_consistency(ready: &Ready, as_json: bool) -> Result<(), Failure> {
    let c = Consistency::of(&ready.machine, &ready.panel);
    if as_json {
        let all: Vec<Value> = Kind::ALL
            .iter()
            .map(|k| json!({"source": k.name(), "ratio": c.mean(*k), "advice": c.advice(*k)}))
            .collect();
        println!("{}", serde_json::to_string_pretty(&all)?);
    } else {
        println!(
            "Squared errors of one-year forecasts over what the filter claims, {} pairs, {} observations:",
            ready.panel.pairs(),
            ready.panel.observations()
        );
        for k in Kind::ALL {
            println!("  {}", c.advice(k));
        }
    }
    Ok(())
}

fn print_scores(ready: &Ready, hegemon: StateId, as_json: bool) -> Result<(), Failure> {
    let record = scores::rolling(&ready.panel, &ready.hyper, hegemon)?;
    if as_json {
        println!("{}", serde_json::to_string_pretty(&record)?);
        return Ok(());
    }
    for (title, rows) in [
        ("all pairs (sample)", &record.all),
        ("pairs toward the hegemon", &record.hegemon),
        ("without reported events, all pairs", &record.without_events),
    ] {
        println!("{title}");
        print_rows(rows);
    }
    println!(
        "Common shocks of targets with polls: {} shocks, largest distance from uniform {:.3}, chance of more if uniform {:.2}",
        record.shocks, record.shock_distance, record.shock_chance
    );
    Ok(())
}

fn print_rows(rows: &[Row]) {
    let mut table = Table::new();
    table
        .load_preset(presets::UTF8_HORIZONTAL_ONLY)
        .set_header([
            "source",
            "years ahead",
            "forecaster",
            "forecasts",
            "RMSE",
            "CRPS",
            "log score",
            "filter gains",
            "covers 90 %",
        ]);
    for r in rows {
        table.add_row([
            r.source.to_owned(),
            r.horizon.to_string(),
            r.forecaster.to_owned(),
            r.forecasts.to_string(),
            format!("{:.3}", r.relative_rmse),
            format!("{:.4}", r.crps),
            format!("{:+.3}", r.log_score),
            format!("{:+.3} ({:.3})", r.filter_gain, r.filter_gain_se),
            format!("{:.1} %", 100.0 * r.coverage),
        ]);
    }
    right(&mut table, 3..9);
    println!("{table}");
}

pub(super) fn right(table: &mut Table, columns: std::ops::Range<usize>) {
    for c in columns {
        if let Some(column) = table.column_mut(c) {
            column.set_cell_alignment(CellAlignment::Right);
        }
    }
}

/// A number with its sign.
pub(super) fn signed(x: f64) -> String {
    if x.is_nan() {
        String::new()
    } else {
        format!("{x:+.2}")
    }
}

fn capital(s: &str) -> String {
    let mut c = s.chars();
    c.next()
        .map_or_else(String::new, |f| f.to_uppercase().chain(c).collect())
}
