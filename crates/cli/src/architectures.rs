//! `realign architectures`: which arrangements would hold without a hegemon, and whether they can
//! be reached.

use std::fmt::Write as _;
use std::path::PathBuf;

use clap::Args;
use comfy_table::{CellAlignment, ContentArrangement, Table, presets};
use realign_atlas::{Atlas, StateId, StateKind, Year};
use realign_ensemble::run::map_ends;
use realign_model::model::Model;
use realign_model::params::Params;
use realign_model::security::{Case, Fixed, Found, Move, Options, Relation, Survey, survey};
use serde_json::{Value, json};

use crate::args::QuestionArgs;
use crate::explain::short;
use crate::output::file;
use crate::question::question;
use crate::read;
use crate::report::Failure;
use crate::security::{cases, observed, spread, spread_json};

/// Arguments of `realign architectures`.
#[derive(Debug, Args)]
#[command(after_help = "\
Searches from today's pacts, with a budget of treaties to sign or end, for what leaves least GDP
vulnerable once the hegemon has left. Printed are the architectures that no other beats in depth of
vulnerability, number of treaties and survival at once, each with its parties, how it meets blocs in force and
the probability that the hazards of ties reach it. One that nobody can reach is labelled so.

Examples:
  realign architectures
  realign architectures --region NATO --budget 3 -o nato.svg
  realign architectures --hegemon RUS --region CSTO
  realign architectures --scenario scenarios/us-alliance-trust.toml --json")]
pub struct ArchitecturesArgs {
    /// A brief or scenario: its hegemon, its targets, and the trust that its acts leave at the end.
    /// Default: the world as observed.
    #[arg(long, value_name = "FILE")]
    pub scenario: Option<PathBuf>,
    /// The state that leaves, as ISO3 code. Default: the scenario's, else USA.
    #[arg(long, value_name = "ISO3")]
    pub hegemon: Option<String>,
    /// Whose vulnerability counts and who may sign: a bloc such as NATO, or a region such as
    /// Europe. Default: the targets of the scenario, else the hegemon's treaty partners.
    #[arg(long, value_name = "NAME")]
    pub region: Option<String>,
    /// The same, state by state.
    #[arg(
        long,
        value_name = "ISO3,…",
        value_delimiter = ',',
        conflicts_with = "region"
    )]
    pub members: Vec<String>,
    /// Most treaties signed or ended.
    #[arg(long, value_name = "K", default_value_t = 4)]
    pub budget: usize,
    /// Number of draws of parameters and trust over which architectures are compared.
    #[arg(long, value_name = "N", default_value_t = 40)]
    pub draws: u32,
    /// Number of these draws in which is searched.
    #[arg(long, value_name = "N", default_value_t = 3)]
    pub searches: usize,
    /// Random starts of each search, beside the greedy one.
    #[arg(long, value_name = "N", default_value_t = 2)]
    pub restarts: u32,
    /// Seed of draws and starts.
    #[arg(long, value_name = "SEED", default_value_t = 20_250_331)]
    pub seed: u64,
    /// For machines.
    #[arg(long)]
    pub json: bool,
    /// Also write a picture (SVG).
    #[arg(short, long, value_name = "FILE")]
    pub out: Option<PathBuf>,
}

/// `realign architectures`
pub fn run(args: &ArchitecturesArgs) -> Result<(), Failure> {
    let atlas = Atlas::embedded()?;
    let named = args
        .hegemon
        .as_deref()
        .map(|code| crate::atlas::state(&atlas, code))
        .transpose()?;
    let options = Options {
        budget: args.budget,
        restarts: args.restarts,
        seed: args.seed,
    };
    if args.budget == 0 || args.draws == 0 {
        return Err(Failure::hinted(
            "--budget and --draws count from 1",
            "leave them out for their defaults",
        ));
    }
    let search = |fixed: &Fixed, cases: &[Case], targets: &[StateId], year: Year| {
        let members = members(args, &atlas, year, targets)?;
        survey(fixed, cases, &members, year, args.searches, &options)
            .ok_or_else(|| Failure::plain("no draw could be made"))
    };
    let (found, hegemon, year) = if let Some(path) = &args.scenario {
        let content = read::bytes(path)?;
        let asked = QuestionArgs {
            file: path.clone(),
            horizon: None,
            focus: Vec::new(),
            hegemon: args.hegemon.clone(),
            draft: false,
        };
        let question = question(&asked, &atlas, &content)?;
        let model = Model::new(&atlas, &question.resolved, Params::embedded()?)?;
        let cases = map_ends(&model, args.seed, args.draws as usize, |ends| Case {
            coefficients: ends.start.coefficients.security.clone(),
            trust_coefficients: ends.start.coefficients.trust.clone(),
            trust_start: ends.start.world.trust.clone(),
            trust: ends.shock.trust.clone(),
            state: ends.start.world.security.clone(),
        })?;
        let s = model.setting();
        let found = search(&model.fixed().security, &cases, &s.targets, s.start)?;
        (found, s.hegemon, s.start)
    } else {
        let hegemon = named.map_or_else(|| crate::atlas::state(&atlas, "USA"), Ok)?;
        let world = observed(&atlas, None, hegemon, partners(&atlas, hegemon)?)?;
        let cases = cases(&world, args.seed, args.draws)?;
        let s = &world.setting;
        let found = search(&world.fixed, &cases, &s.targets, s.start)?;
        (found, hegemon, s.start)
    };
    if let Some(path) = &args.out {
        file(path, svg(&atlas, &found, hegemon).as_bytes())?;
    }
    if args.json {
        println!(
            "{}",
            serde_json::to_string_pretty(&as_json(&atlas, &found, hegemon, year))?
        );
    } else {
        print(&atlas, &found, hegemon, year);
    }
    Ok(())
}

/// Partners of a state in defence pacts in force.
fn partners(atlas: &Atlas, hegemon: StateId) -> Result<Vec<StateId>, Failure> {
    let pacts = atlas.spells("defence_pact")?;
    let year = atlas.vintage();
    let mut out: Vec<StateId> = (0..atlas.n())
        .map(StateId::from_index)
        .filter(|s| *s != hegemon && pacts.tied(hegemon, *s, year))
        .collect();
    for bloc in atlas.memberships()?.iter().filter(|m| m.kind == "alliance") {
        let members = atlas.members(&bloc.bloc, year)?;
        if members.contains(&hegemon) {
            out.extend(members.into_iter().filter(|m| *m != hegemon));
        }
    }
    out.sort_unstable();
    out.dedup();
    if out.len() < 2 {
        return Err(Failure::hinted(
            format!(
                "{} has fewer than two treaty partners",
                atlas.states().get(hegemon).name
            ),
            "say whose vulnerability counts with --region or --members",
        ));
    }
    Ok(out)
}

/// Positions of the states whose vulnerability counts.
fn members(
    args: &ArchitecturesArgs,
    atlas: &Atlas,
    year: Year,
    targets: &[StateId],
) -> Result<Vec<usize>, Failure> {
    let mut list: Vec<StateId> = targets.to_vec();
    if !args.members.is_empty() {
        list = args
            .members
            .iter()
            .map(|code| crate::atlas::state(atlas, code))
            .collect::<Result<_, _>>()?;
    } else if let Some(name) = &args.region {
        let wanted = name.replace([' ', '-'], "_").to_uppercase();
        let same = |s: &str| s.replace([' ', '-'], "_").to_uppercase() == wanted;
        let blocs = atlas.blocs()?;
        list = match blocs.iter().find(|b| same(b)) {
            Some(bloc) => atlas.members(bloc, year)?,
            None => atlas
                .states()
                .iter()
                .enumerate()
                .filter(|(_, s)| same(&s.region) || same(&s.subregion))
                .map(|(i, _)| StateId::from_index(i))
                .collect(),
        };
        if list.is_empty() {
            let mut regions: Vec<&str> = atlas.states().iter().map(|s| s.region.as_str()).collect();
            regions.sort_unstable();
            regions.dedup();
            return Err(Failure::hinted(
                format!("--region: no bloc or region `{name}` with members in {year}"),
                format!(
                    "blocs are {}; regions are {}",
                    blocs.join(", "),
                    regions.join(", ")
                ),
            ));
        }
    }
    list.retain(|s| atlas.states().get(*s).kind != StateKind::Territory);
    if list.len() < 2 {
        return Err(Failure::hinted(
            "fewer than two states could sign anything",
            "name at least two with --members, or a larger --region",
        ));
    }
    Ok(list.into_iter().map(StateId::index).collect())
}

fn treaty(atlas: &Atlas, m: &Move) -> String {
    let pair = |(i, j): &(usize, usize)| {
        let code = |k: usize| atlas.states().iso3(StateId::from_index(k)).to_owned();
        format!("{}–{}", code(*i), code(*j))
    };
    match m {
        Move::Pact(p) => format!("pact {}", pair(p)),
        Move::End(p) => format!("end of {}", pair(p)),
        Move::Found(name, pairs) => {
            let name = name.replace('_', " ");
            format!("{name} founds mutual defence ({} new pacts)", pairs.len())
        }
    }
}

fn title(atlas: &Atlas, a: &Found) -> String {
    if a.treaties.is_empty() {
        return "nothing is signed".to_owned();
    }
    let list: Vec<String> = a.treaties.iter().map(|m| treaty(atlas, m)).collect();
    list.join(", ")
}

fn word(r: Relation) -> &'static str {
    match r {
        Relation::Duplicates => "duplicates",
        Relation::Complements => "complements",
        Relation::Conflicts => "conflicts with",
    }
}

fn meets(a: &Found) -> String {
    let mut out = Vec::new();
    for r in [
        Relation::Conflicts,
        Relation::Duplicates,
        Relation::Complements,
    ] {
        let list: Vec<String> = a
            .meetings
            .iter()
            .filter(|m| m.relation == r)
            .take(4)
            .map(|m| format!("{} ({})", m.bloc.replace('_', " "), m.common))
            .collect();
        if !list.is_empty() {
            out.push(format!("{} {}", word(r), list.join(", ")));
        }
    }
    out.join("; ")
}

fn print(atlas: &Atlas, s: &Survey, hegemon: StateId, year: Year) {
    let name = |x: StateId| atlas.states().get(x).name.clone();
    let pct = |x: realign_model::security::Spread| {
        format!(
            "{:.0} [{:.0}, {:.0}]",
            100.0 * x.middle,
            100.0 * x.low,
            100.0 * x.high
        )
    };
    println!(
        "From the pacts of {year}: {} members, {} treaties that could be signed or ended, {} \
         architectures compared.",
        s.members.len(),
        s.moves,
        s.compared
    );
    println!(
        "Vulnerable GDP of the members, %: {} as things are, {} once {} has left.",
        pct(s.vulnerable_now),
        pct(s.vulnerable_without),
        name(hegemon)
    );
    let years: Vec<i32> = s
        .front
        .iter()
        .find(|a| !a.treaties.is_empty())
        .map_or_else(Vec::new, |a| a.probability.iter().map(|p| p.0.0).collect());
    let mut head = vec![
        "architecture".to_owned(),
        "vulnerable GDP, %".to_owned(),
        "depth left, %".to_owned(),
        "holds in draws".to_owned(),
        "others' change, points".to_owned(),
    ];
    head.extend(years.iter().map(|y| format!("in force by {y}, %")));
    head.push("meets".to_owned());
    let mut t = Table::new();
    t.load_preset(presets::UTF8_HORIZONTAL_ONLY)
        .set_content_arrangement(ContentArrangement::Dynamic)
        .set_header(head);
    for c in 1..5 + years.len() {
        if let Some(column) = t.column_mut(c) {
            column.set_cell_alignment(CellAlignment::Right);
        }
    }
    for a in &s.front {
        let label = if a.out_of_reach {
            " — out of reach"
        } else {
            ""
        };
        let mut row = vec![
            format!("{}{label}", title(atlas, a)),
            pct(a.vulnerable),
            pct(a.depth),
            format!("{:.2}", a.survival),
            short(100.0 * a.outside.middle),
        ];
        row.extend(years.iter().enumerate().map(|(k, _)| {
            if a.treaties.is_empty() {
                "–".to_owned()
            } else {
                short(100.0 * a.probability[k].1.middle)
            }
        }));
        row.push(meets(a));
        t.add_row(row);
    }
    println!("{t}");
    for a in s.front.iter().filter(|a| !a.treaties.is_empty()) {
        let mut needs = Vec::new();
        for (i, j) in &a.rifts {
            needs.push(format!("{} and {} are rivals", name(*i), name(*j)));
        }
        for c in a.conflicts.iter().take(3) {
            needs.push(format!(
                "{} is bound to {}, hostile to {}",
                name(c.member),
                name(c.bound_to),
                name(c.threatens)
            ));
        }
        if !needs.is_empty() {
            println!("{}: {}.", title(atlas, a), needs.join("; "));
        }
    }
    println!(
        "\nVulnerable: a hostile coalition that arrives is stronger than γ times own strength and\n\
         trust-discounted help. Depth: GDP times log vulnerability above 1, against signing nothing.\n\
         Holds: no more GDP is vulnerable after the withdrawal than today.\n\
         Probabilities are those of the hazards of ties, with intervals in --json; no forecast."
    );
}

fn as_json(atlas: &Atlas, s: &Survey, hegemon: StateId, year: Year) -> Value {
    let iso3 = |x: &StateId| atlas.states().iso3(*x).to_owned();
    let pairs = |list: &[(StateId, StateId)]| -> Vec<[String; 2]> {
        list.iter().map(|(i, j)| [iso3(i), iso3(j)]).collect()
    };
    json!({
        "hegemon": iso3(&hegemon),
        "year": year.0,
        "members": s.members.iter().map(iso3).collect::<Vec<_>>(),
        "treaties_considered": s.moves,
        "architectures_compared": s.compared,
        "vulnerable_gdp_share_now": spread_json(s.vulnerable_now),
        "vulnerable_gdp_share_without_hegemon": spread_json(s.vulnerable_without),
        "front": s.front.iter().map(|a| json!({
            "treaties": a.treaties.iter().map(|m| treaty(atlas, m)).collect::<Vec<_>>(),
            "number_of_treaties": a.treaties.len(),
            "pairs_changed": a.pairs,
            "parties": a.parties.iter().map(iso3).collect::<Vec<_>>(),
            "vulnerable_gdp_share": spread_json(a.vulnerable),
            "depth_left": spread_json(a.depth),
            "change_for_others": spread_json(a.outside),
            "survival": a.survival,
            "probability": a.probability.iter().map(|(y, p)| json!({
                "year": y.0, "probability": spread_json(*p),
            })).collect::<Vec<_>>(),
            "out_of_reach": a.out_of_reach,
            "rivals_inside": pairs(&a.rifts),
            "bound_to_both_sides": a.conflicts.iter().map(|c| json!({
                "member": iso3(&c.member),
                "bound_to": iso3(&c.bound_to),
                "threatens": iso3(&c.threatens),
            })).collect::<Vec<_>>(),
            "meets": a.meetings.iter().map(|m| json!({
                "bloc": m.bloc, "common_members": m.common, "relation": word(m.relation),
            })).collect::<Vec<_>>(),
        })).collect::<Vec<_>>(),
    })
}

/// Depth of vulnerability left by each architecture with its interval, as a picture.
fn svg(atlas: &Atlas, s: &Survey, hegemon: StateId) -> String {
    const ROW: f64 = 30.0;
    const LEFT: f64 = 430.0;
    const WIDTH: f64 = 900.0;
    const TOP: f64 = 74.0;
    let escape = |t: &str| t.replace('&', "&amp;").replace('<', "&lt;");
    let x = |v: f64| LEFT + (WIDTH - LEFT - 30.0) * v.clamp(0.0, 1.0);
    let height = TOP + ROW * s.front.len() as f64 + 50.0;
    let mut out = format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {WIDTH} {height}\" \
         font-family=\"sans-serif\" font-size=\"13\" fill=\"#222\" role=\"img\">\n\
         <rect width=\"100%\" height=\"100%\" fill=\"#fff\"/>\n\
         <text x=\"12\" y=\"24\" font-size=\"16\" font-weight=\"600\">Depth of the vulnerability of {} \
         states once {} has left, by what is signed</text>\n\
         <text x=\"12\" y=\"46\" fill=\"#555\">Median and 90 % interval over draws; hollow: out of \
         reach by the hazards of ties; 100 %: nothing is signed</text>\n",
        s.members.len(),
        escape(&atlas.states().get(hegemon).name)
    );
    let bottom = TOP + ROW * s.front.len() as f64;
    for tick in 0..=4 {
        let v = f64::from(tick) / 4.0;
        let _ = writeln!(
            out,
            "<line x1=\"{0:.1}\" x2=\"{0:.1}\" y1=\"{TOP}\" y2=\"{bottom}\" stroke=\"#ddd\"/>\
             <text x=\"{0:.1}\" y=\"{1}\" text-anchor=\"middle\" fill=\"#555\">{2:.0} %</text>",
            x(v),
            bottom + 18.0,
            100.0 * v
        );
    }
    for (k, a) in s.front.iter().enumerate() {
        let y = TOP + ROW * (k as f64 + 0.5);
        let mut label = title(atlas, a);
        if label.chars().count() > 58 {
            label = label.chars().take(57).collect::<String>() + "…";
        }
        let _ = writeln!(
            out,
            "<text x=\"{}\" y=\"{:.1}\" text-anchor=\"end\">{}</text>",
            LEFT - 12.0,
            y + 4.0,
            escape(&label)
        );
        if !a.depth.middle.is_finite() {
            let _ = writeln!(
                out,
                "<text x=\"{LEFT}\" y=\"{:.1}\" fill=\"#555\">no estimate</text>",
                y + 4.0
            );
            continue;
        }
        let fill = if a.out_of_reach { "#fff" } else { "#d55e00" };
        let _ = writeln!(
            out,
            "<line x1=\"{:.1}\" x2=\"{:.1}\" y1=\"{y:.1}\" y2=\"{y:.1}\" stroke=\"#d55e00\" \
             stroke-width=\"2\"/><circle cx=\"{:.1}\" cy=\"{y:.1}\" r=\"5\" fill=\"{fill}\" \
             stroke=\"#d55e00\" stroke-width=\"2\"><title>{}</title></circle>",
            x(a.depth.low),
            x(a.depth.high),
            x(a.depth.middle),
            escape(&format!("{}: {}", title(atlas, a), spread(a.depth)))
        );
    }
    out.push_str("</svg>\n");
    out
}
