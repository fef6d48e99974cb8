//! `realign standards`: camps and their sizes, who leads what, and what would tip a standard or turn
//! it back.

use clap::Args;
use realign_atlas::{Atlas, StateId};
use realign_model::params::Params;
use realign_model::setting::{Chance, Setting};
use realign_model::standards::{
    Coefficients, Duel, Fixed, Reversal, Standard, State, hysteresis_width,
};
use realign_numerics::random::Stream;
use serde_json::{Value, json};

use crate::atlas::state;
use crate::exposure::{pct, table};
use crate::report::Failure;

/// Arguments of `realign standards`.
#[derive(Debug, Args)]
#[command(after_help = "\
Advantages are in log odds: 0.7 doubles the odds of a camp, 2.3 makes them ten to one.

Examples:
  realign standards
  realign standards networks
  realign standards DEU --years 10 --json")]
pub struct StandardsArgs {
    /// A standard (see the first column), or the ISO3 code of a state.
    pub what: Option<String>,
    /// The state whose camp counts as that of the hegemon.
    #[arg(long, value_name = "ISO3", default_value = "USA")]
    pub hegemon: String,
    /// Years within which a camp is to be overtaken.
    #[arg(long, value_name = "YEARS", default_value_t = 15)]
    pub years: usize,
    /// Draws of the assumptions.
    #[arg(long, value_name = "N", default_value_t = 40)]
    pub draws: u32,
    /// Rows of the lists of leaders.
    #[arg(long, value_name = "N", default_value_t = 10)]
    pub rows: usize,
    /// For machines.
    #[arg(long)]
    pub json: bool,
}

/// Seed of the draws.
const SEED: u64 = 20_250_331;
/// Who leads the committees: variable and heading.
const LEADERS: &[(&str, &str)] = &[
    ("iso_secretariats", "secretariats"),
    ("iso_participations", "participations"),
    ("iso_observers", "observers"),
];

/// A standard with what it takes to tip it, over draws.
struct Row<'a> {
    standard: &'a Standard,
    /// Shares of the camps by GDP.
    camps: Vec<f64>,
    leader: usize,
    rival: usize,
    draws: Vec<(Reversal, f64)>,
}

/// `realign standards`
pub fn run(args: &StandardsArgs) -> Result<(), Failure> {
    if !(1..=200).contains(&args.years) || !(1..=2000).contains(&args.draws) {
        return Err(Failure::hinted(
            "--years or --draws is out of range",
            "1 to 200 years, 1 to 2000 draws",
        ));
    }
    let atlas = Atlas::embedded()?;
    let start = atlas.vintage();
    let setting = Setting {
        n: atlas.n(),
        hegemon: state(&atlas, &args.hegemon)?,
        targets: Vec::new(),
        start,
        horizon: start + args.years as i32,
    };
    let fixed = Fixed::new(&atlas, &setting)?;
    let params = Params::embedded()?;
    let mut k = Coefficients::new(&params.centre())?;
    k.start_uncertainty = 0.0;
    let world = State::start(&fixed, &k, &Chance::new(Stream::new(SEED, 0), 0));
    let (mut only, mut focus) = (None, None);
    if let Some(what) = &args.what {
        only = fixed.standards.iter().position(|s| s.id == *what);
        if only.is_none() {
            focus = Some(state(&atlas, what).map_err(|_| {
                let ids: Vec<&str> = fixed.standards.iter().map(|s| s.id.as_str()).collect();
                Failure::hinted(
                    format!("`{what}` is neither a standard nor a state"),
                    format!("standards are {}; states are ISO3 codes", ids.join(", ")),
                )
            })?);
        }
    }
    let rows = (0..fixed.standards.len())
        .filter(|s| only.is_none_or(|o| o == *s))
        .map(|s| row(args, &fixed, &world, &params, s, focus))
        .collect::<Result<Vec<_>, Failure>>()?;
    if args.json {
        let leaders: Vec<Value> = LEADERS
            .iter()
            .map(|(id, _)| Ok(json!({"variable": id, "leaders": leaders(&atlas, id)?.iter()
                .map(|(i, v)| json!({"state": atlas.states().iso3(*i), "number": v})).collect::<Vec<_>>()})))
            .collect::<Result<_, Failure>>()?;
        let all = json!({
            "as_of": start.0, "state": focus.map(|i| atlas.states().iso3(i)), "years": args.years,
            "standards": rows.iter().map(|r| r.json()).collect::<Vec<_>>(),
            "iso": leaders, "notes": fixed.notes,
        });
        println!("{}", serde_json::to_string_pretty(&all)?);
        return Ok(());
    }
    print(args, &atlas, &fixed, &world, &rows, focus)?;
    for note in &fixed.notes {
        println!("Note: {note}");
    }
    Ok(())
}

fn row<'a>(
    args: &StandardsArgs,
    fixed: &'a Fixed,
    world: &State,
    params: &Params,
    s: usize,
    focus: Option<StateId>,
) -> Result<Row<'a>, Failure> {
    let standard = &fixed.standards[s];
    let covered = |i: &usize| fixed.covered[*i] && focus.is_none_or(|f| f.index() == *i);
    let weight = |i: usize| if focus.is_some() { 1.0 } else { fixed.gdp[i] };
    let total: f64 = (0..fixed.n).filter(covered).map(weight).sum();
    let camps: Vec<f64> = (0..standard.camps.len())
        .map(|g| {
            let one = |i| weight(i) * world.share(fixed, i, standard.first + g) / total;
            (0..fixed.n).filter(covered).map(one).sum()
        })
        .collect();
    let mut order: Vec<usize> = (0..camps.len()).collect();
    order.sort_by(|a, b| camps[*b].total_cmp(&camps[*a]).then(a.cmp(b)));
    let (leader, rival) = (order[0], order[1]);
    let share = camps[leader] / (camps[leader] + camps[rival]);
    let draws = (0..args.draws)
        .map(|d| {
            let k = Coefficients::new(&params.draw(&Stream::new(SEED, d)))?;
            let duel = Duel {
                leader: share,
                network_strength: k.network_strength,
                switching_cost: k.switching_cost,
                replacement_years: k.replacement_years[s],
            };
            Ok((duel.reversal(args.years), k.network_strength))
        })
        .collect::<Result<Vec<_>, Failure>>()?;
    Ok(Row {
        standard,
        camps,
        leader,
        rival,
        draws,
    })
}

/// 5th, 50th and 95th percentile; infinite values stay at the top.
fn spread(mut v: Vec<f64>) -> [f64; 3] {
    v.sort_by(f64::total_cmp);
    [0.05, 0.5, 0.95].map(|p: f64| v[(p * (v.len() - 1) as f64).round() as usize])
}

fn show(s: [f64; 3], digits: usize) -> String {
    s.map(|x| {
        if x.is_finite() {
            format!("{x:.digits$}")
        } else {
            "never".to_owned()
        }
    })
    .join(", ")
}

impl Row<'_> {
    fn of(&self, value: fn(&Reversal) -> f64) -> [f64; 3] {
        spread(self.draws.iter().map(|d| value(&d.0)).collect())
    }

    fn comes_back(&self) -> f64 {
        self.draws.iter().filter(|d| d.0.comes_back).count() as f64 / self.draws.len() as f64
    }

    fn band(&self) -> [f64; 3] {
        spread(self.draws.iter().map(|d| hysteresis_width(d.1)).collect())
    }

    fn json(&self) -> Value {
        let finite = |s: [f64; 3]| s.map(|x| x.is_finite().then_some(x));
        json!({
            "standard": self.standard.id, "label": self.standard.label,
            "description": self.standard.description,
            "camps": self.standard.camps.iter().zip(&self.camps)
                .map(|(c, x)| json!({"camp": c.id, "label": c.label, "share": x})).collect::<Vec<_>>(),
            "leader": self.standard.camps[self.leader].id,
            "rival": self.standard.camps[self.rival].id,
            "percentiles": [5, 50, 95],
            "advantage_to_tip_log_odds": finite(self.of(|r| r.to_tip)),
            "advantage_to_tip_in_time_log_odds": finite(self.of(|r| r.to_tip_in_time)),
            "years_to_tip": finite(self.of(|r| r.years)),
            "probability_comes_back_by_itself": self.comes_back(),
            "advantage_to_turn_back_log_odds": finite(self.of(|r| r.to_turn_back)),
            "hysteresis_band_log_odds": finite(self.band()),
        })
    }
}

/// States by a count of committees, most first.
fn leaders(atlas: &Atlas, id: &str) -> Result<Vec<(StateId, f64)>, Failure> {
    let panel = atlas.state_series(id)?;
    // First published for a year after the vintage: the newest row counts.
    let mut list: Vec<(StateId, f64)> = (0..atlas.n())
        .map(StateId::from_index)
        .filter_map(|i| panel.series(i).1.last().map(|v| (i, *v)))
        .filter(|v| v.1 > 0.0)
        .collect();
    list.sort_by(|a, b| b.1.total_cmp(&a.1).then(a.0.cmp(&b.0)));
    Ok(list)
}

fn print(
    args: &StandardsArgs,
    atlas: &Atlas,
    fixed: &Fixed,
    world: &State,
    rows: &[Row<'_>],
    focus: Option<StateId>,
) -> Result<(), Failure> {
    let whose = focus.map_or_else(
        || "the world, by GDP".to_owned(),
        |i| atlas.states().get(i).name.clone(),
    );
    println!("Camps in {whose}");
    let mut t = table(["standard", "what", "camp", "share %", "leads"], 3..4);
    for r in rows {
        for (g, (camp, share)) in r.standard.camps.iter().zip(&r.camps).enumerate() {
            let mark = if g == r.leader {
                "leads"
            } else if g == r.rival {
                "rival"
            } else {
                ""
            };
            let first = g == 0;
            t.add_row([
                if first {
                    r.standard.id.clone()
                } else {
                    String::new()
                },
                if first {
                    r.standard.label.clone()
                } else {
                    String::new()
                },
                camp.label.clone(),
                pct(*share),
                mark.to_owned(),
            ]);
        }
    }
    println!("{t}");
    println!(
        "What would tip the leader (log odds; 5, 50, 95 % of {} draws; two camps, every state alike)",
        args.draws
    );
    let mut t = table(
        [
            "standard",
            "advantage that ever tips",
            "that tips in time",
            "years then",
            "leader comes back %",
            "to turn back",
            "band",
        ],
        1..7,
    );
    for r in rows {
        t.add_row([
            r.standard.id.clone(),
            show(r.of(|x| x.to_tip), 1),
            show(r.of(|x| x.to_tip_in_time), 1),
            show(r.of(|x| x.years), 0),
            pct(r.comes_back()),
            show(r.of(|x| x.to_turn_back), 1),
            show(r.band(), 2),
        ]);
    }
    println!("{t}");
    println!(
        "Zero: the balance of today is unstable, any lasting push tips it. In time: within {} years. Comes back: by itself, once the rival's advantage ends. Band: advantages between which two equal camps both hold; zero up to a network strength of 2. Strength, switching cost and years of replacement are assumptions (tag P).\n",
        args.years
    );
    if let [r] = rows {
        let camp = r.standard.first + r.leader;
        let mut list: Vec<usize> = (0..fixed.n).filter(|i| fixed.covered[*i]).collect();
        list.sort_by(|a, b| {
            let x = |i: &usize| world.share(fixed, *i, camp);
            x(a).total_cmp(&x(b)).then(a.cmp(b))
        });
        let codes = |l: &[usize]| {
            let one = |i: &usize| {
                let code = atlas.states().iso3(StateId::from_index(*i));
                format!("{code} {}", pct(world.share(fixed, *i, camp)))
            };
            l.iter().map(one).collect::<Vec<_>>().join(", ")
        };
        let few = args.rows.min(list.len());
        let label = &r.standard.camps[r.leader].label;
        println!("Least of the camp {label}, %: {}", codes(&list[..few]));
        list.reverse();
        println!("Most, %: {}\n", codes(&list[..few]));
    }
    println!("Who leads the committees of ISO");
    let lists = LEADERS
        .iter()
        .map(|(id, _)| leaders(atlas, id))
        .collect::<Result<Vec<_>, _>>()?;
    let mut t = table(["rank", LEADERS[0].1, LEADERS[1].1, LEADERS[2].1], 0..4);
    for k in 0..args.rows {
        let cell = |l: &[(StateId, f64)]| {
            l.get(k).map_or_else(String::new, |(i, v)| {
                format!("{} {v:.0}", atlas.states().iso3(*i))
            })
        };
        t.add_row([
            (k + 1).to_string(),
            cell(&lists[0]),
            cell(&lists[1]),
            cell(&lists[2]),
        ]);
    }
    println!("{t}");
    Ok(())
}
