//! `realign exposure`: who holds what over a state, what follows where one supplier is trusted less,
//! and the other side's best move.

use std::path::PathBuf;

use clap::Args;
use comfy_table::{CellAlignment, Table, presets};
use realign_atlas::{Atlas, StateId, Year};
use realign_model::exposure::{
    self, Against, Coefficients, Fixed, Interdiction, Leverage, Means, Outlook, Situation, Validity,
};
use realign_model::params::Params;
use realign_model::setting::{Chance, Setting};
use realign_numerics::random::Stream;
use serde_json::{Value, json};

use crate::atlas::state;
use crate::layer;
use crate::report::Failure;

/// Seed of the draws: the outlook is a table, not a run.
const SEED: u64 = 20_250_331;

/// Arguments of `realign exposure`.
#[derive(Debug, Args)]
#[command(after_help = "\
Ranks single suppliers by what their loss would cost, shows the gap and the autonomy trap where one
supplier is trusted less or withholds, and, with --adversary, the worst few losses together and what
best prepares for them. National aggregates with assumed times and weights; layers of your own
(`realign layer add`) take part.

Examples:
  realign exposure POL
  realign exposure DEU --supplier CHN --layer critical_minerals,chips
  realign exposure CAN --distrust 0.5 --withheld 0.3 --years 20 --json
  realign exposure JPN --adversary --cuts 3 --budget 1.5 --by CHN,RUS")]
pub struct ExposureArgs {
    /// ISO3 code of the state that depends.
    pub state: String,
    /// ISO3 code of the supplier whose loss of trust is looked at.
    #[arg(long, value_name = "ISO3", default_value = "USA")]
    pub supplier: String,
    /// Only these layers.
    #[arg(long, value_name = "LAYER,…", value_delimiter = ',')]
    pub layer: Vec<String>,
    /// As it was at the end of this year. Default: the newest.
    #[arg(long, value_name = "YEAR")]
    pub year: Option<i32>,
    /// Part of the supplier's reliability that is lost, 0 to 1.
    #[arg(long, value_name = "SHARE", default_value_t = 0.3)]
    pub distrust: f64,
    /// Part of its supply that acts withhold, 0 to 1; sanctions act at 1.
    #[arg(long, value_name = "SHARE", default_value_t = 0.0)]
    pub withheld: f64,
    /// Years looked ahead.
    #[arg(long, value_name = "YEARS", default_value_t = 15)]
    pub years: u32,
    /// Smallest share of needs that is listed.
    #[arg(long, value_name = "SHARE", default_value_t = 0.1)]
    pub least: f64,
    /// Draws of the assumptions.
    #[arg(long, value_name = "N", default_value_t = 100)]
    pub draws: u32,
    /// The other side's best move, and the best preparation.
    #[arg(long)]
    pub adversary: bool,
    /// Most suppliers that are lost together.
    #[arg(long, value_name = "K", default_value_t = 3)]
    pub cuts: usize,
    /// What the state can spend on preparing, % of one year's GDP.
    #[arg(long, value_name = "PCT", default_value_t = 1.0)]
    pub budget: f64,
    /// Only these suppliers act against the state. Default: any.
    #[arg(long, value_name = "ISO3,…", value_delimiter = ',')]
    pub by: Vec<String>,
    /// How the ranking did in interruptions of supply that the data reach, beside its baseline.
    #[arg(long)]
    pub validity: bool,
    /// Directory of layers of your own. Default: what `realign layer add` writes.
    #[arg(long, value_name = "DIR")]
    pub layers: Option<PathBuf>,
    /// For machines.
    #[arg(long)]
    pub json: bool,
}

/// `realign exposure`
pub fn run(args: &ExposureArgs) -> Result<(), Failure> {
    for (name, v, most) in [
        ("--distrust", args.distrust, 1.0),
        ("--withheld", args.withheld, 1.0),
        ("--least", args.least, 1.0),
        ("--budget", args.budget, 1000.0),
    ] {
        if !(0.0..=most).contains(&v) {
            return Err(Failure::hinted(
                format!("{name} {v} is not between 0 and {most}"),
                "shares are parts of one",
            ));
        }
    }
    if !(1..=100).contains(&args.years) || !(1..=10_000).contains(&args.draws) {
        return Err(Failure::hinted(
            "--years or --draws is out of range",
            "1 to 100 years, 1 to 10000 draws",
        ));
    }
    let atlas = Atlas::embedded()?;
    let (client, supplier) = (state(&atlas, &args.state)?, state(&atlas, &args.supplier)?);
    if client == supplier {
        return Err(Failure::hinted(
            "a state does not depend on itself",
            "name another state with --supplier",
        ));
    }
    let start = Year(args.year.unwrap_or(atlas.vintage().0));
    let atlas = if start < atlas.vintage() {
        atlas.as_of(start + 1)
    } else {
        atlas
    };
    let by = args
        .by
        .iter()
        .map(|c| state(&atlas, c).map(StateId::index))
        .collect::<Result<Vec<_>, _>>()?;
    let setting = Setting {
        n: atlas.n(),
        hegemon: supplier,
        targets: vec![client],
        start,
        horizon: start + args.years as i32,
    };
    let own = layer::own(&atlas, args.layers.as_deref())?;
    let tables: Vec<_> = own.into_iter().map(|o| o.1).collect();
    let fixed = Fixed::with_layers(&atlas, &setting, &tables)?;
    let chosen = chosen(args, &fixed)?;
    let mut ranked = exposure::leverage(&fixed, client.index(), args.least);
    ranked.retain(|l| chosen.contains(&l.layer));
    let outlooks = outlooks(args, &fixed, client)?;
    let move_of = if args.adversary {
        let size: Vec<f64> = {
            let gdp = atlas.state_series("gdp_usd_mn")?;
            (0..atlas.n())
                .map(|i| {
                    gdp.latest(StateId::from_index(i), start)
                        .map_or(0.0, |v| v.1)
                })
                .collect()
        };
        let means = Means {
            cuts: args.cuts,
            defence_gdp_pct: args.budget,
            least_share: 0.05,
            nodes: 400,
        };
        Some(exposure::interdiction(
            &fixed,
            &size,
            &[client.index()],
            &by,
            &means,
        )?)
    } else {
        None
    };
    let validity = if args.validity {
        exposure::validity(&Atlas::embedded()?)?
    } else {
        Vec::new()
    };
    let seen = Seen {
        atlas: &atlas,
        fixed: &fixed,
        client,
        supplier,
        start,
    };
    if args.json {
        let all = json!({
            "state": atlas.states().iso3(client),
            "supplier": atlas.states().iso3(supplier),
            "as_of": start.0,
            "notes": fixed.notes,
            "dependences": ranked.iter().map(|l| seen.leverage_json(l)).collect::<Vec<_>>(),
            "situation": {"reliability_lost": args.distrust, "withheld": args.withheld, "draws": args.draws},
            "outlook": outlooks.iter()
                .filter(|o| o.layer.is_none_or(|l| chosen.contains(&l)))
                .map(|o| seen.outlook_json(o)).collect::<Vec<_>>(),
            "adversary": move_of.as_ref().map(|m| seen.move_json(m)),
            "validity": validity.iter().map(validity_json).collect::<Vec<_>>(),
        });
        println!("{}", serde_json::to_string_pretty(&all)?);
        return Ok(());
    }
    seen.print_leverage(&ranked);
    seen.print_outlook(args, &outlooks, &chosen);
    if let Some(m) = &move_of {
        seen.print_move(args, m);
    }
    print_validity(&validity);
    for note in &fixed.notes {
        println!("Note: {note}");
    }
    Ok(())
}

fn chosen(args: &ExposureArgs, fixed: &Fixed) -> Result<Vec<usize>, Failure> {
    if args.layer.is_empty() {
        return Ok((0..fixed.layers.len()).collect());
    }
    args.layer
        .iter()
        .map(|id| {
            fixed
                .layers
                .iter()
                .position(|l| l.id == *id)
                .ok_or_else(|| {
                    let ids: Vec<&str> = fixed.layers.iter().map(|l| l.id.as_str()).collect();
                    Failure::hinted(
                        format!("no layer `{id}`"),
                        format!("layers are {}", ids.join(", ")),
                    )
                })
        })
        .collect()
}

fn outlooks(args: &ExposureArgs, fixed: &Fixed, client: StateId) -> Result<Vec<Outlook>, Failure> {
    let params = Params::embedded()?;
    let draws = (0..args.draws)
        .map(|d| {
            let stream = Stream::new(SEED, d);
            let k = Coefficients::new(&params.draw(&stream))?;
            Ok((k, Chance::new(stream, 0)))
        })
        .collect::<Result<Vec<_>, Failure>>()?;
    let situation = Situation {
        reliability_lost: args.distrust,
        withheld: args.withheld,
        years: args.years,
    };
    Ok(exposure::outlook(fixed, client.index(), &situation, &draws))
}

/// What tables and JSON are written from.
struct Seen<'a> {
    atlas: &'a Atlas,
    fixed: &'a Fixed,
    client: StateId,
    supplier: StateId,
    start: Year,
}

/// A table with its numbers to the right, from column `numbers` on.
pub fn table<const N: usize>(header: [&str; N], numbers: std::ops::Range<usize>) -> Table {
    let mut t = Table::new();
    t.load_preset(presets::UTF8_HORIZONTAL_ONLY)
        .set_header(header);
    for c in numbers {
        if let Some(column) = t.column_mut(c) {
            column.set_cell_alignment(CellAlignment::Right);
        }
    }
    t
}

/// A share as per cent.
pub fn pct(x: f64) -> String {
    if x.is_nan() {
        return "–".to_owned();
    }
    format!("{:.1}", 100.0 * x)
}

fn number(x: f64, digits: usize) -> String {
    if x.is_nan() {
        "–".to_owned()
    } else {
        format!("{x:.digits$}")
    }
}

impl Seen<'_> {
    fn iso(&self, i: usize) -> &str {
        self.atlas.states().iso3(StateId::from_index(i))
    }

    fn print_leverage(&self, ranked: &[Leverage]) {
        println!(
            "{}: single suppliers by what their loss would cost, end of {}",
            self.atlas.states().get(self.client).name,
            self.start
        );
        let mut t = table(
            [
                "layer",
                "supplier",
                "share %",
                "weight",
                "stocks, years",
                "gone in",
                "replaced in",
                "loss",
                "closing, % GDP",
                "tag",
            ],
            2..9,
        );
        for l in ranked {
            let spec = &self.fixed.layers[l.layer];
            let cell = l.layer * self.fixed.n + l.client;
            t.add_row([
                spec.label.clone(),
                self.iso(l.supplier).to_owned(),
                pct(l.share),
                number(self.fixed.criticality[cell], 2),
                number(spec.buffer_years, 2),
                number(spec.withdraw_years, 1),
                number(l.closing_years, 1),
                number(l.loss, 2),
                number(l.closing_cost_gdp_pct, 2),
                format!("{:?}", spec.tag),
            ]);
        }
        println!("{t}");
        println!(
            "Loss: weight × share × years missing, stocks counted. Weights, stocks, years and costs are assumptions (tag P).\n"
        );
    }

    fn print_outlook(&self, args: &ExposureArgs, outlooks: &[Outlook], chosen: &[usize]) {
        println!(
            "If {} lost {} % of its reliability and withheld {} %: needs not met over {} years, 5, 50, 95 % of {} draws",
            self.iso(self.supplier.index()),
            pct(args.distrust),
            pct(args.withheld),
            args.years,
            args.draws
        );
        let mut t = table(
            [
                "layer",
                "on it %",
                "largest gap %",
                "in year",
                "trap depth, points",
                "trap area, point-years",
                "gap area",
            ],
            1..7,
        );
        for o in outlooks {
            let label = match o.layer {
                Some(l) if !chosen.contains(&l) => continue,
                Some(l) => self.fixed.layers[l].label.clone(),
                None => "all, by weight".to_owned(),
            };
            let on = o.layer.map_or_else(String::new, |l| {
                pct(self.fixed.on_hegemon[l * self.fixed.n + self.client.index()])
            });
            let top = o
                .gap
                .iter()
                .copied()
                .max_by(|a, b| a[1].total_cmp(&b[1]))
                .unwrap_or([f64::NAN; 3]);
            let three = |s: [f64; 3]| s.map(pct).join(", ");
            let year = if o.peak_years[1].is_nan() {
                "–".to_owned()
            } else {
                format!("{:.0}", f64::from(self.start.0) + o.peak_years[1])
            };
            t.add_row([
                label,
                on,
                three(top),
                year,
                three(o.trap_depth),
                three(o.trap_area),
                pct(o.gap_area[1]),
            ]);
        }
        println!("{t}");
        println!(
            "Trap: excess of the gap over staying with the old source, stocks not counted; a negative area means that autonomy pays within these years.\n"
        );
    }

    fn print_move(&self, args: &ExposureArgs, m: &Interdiction) {
        println!(
            "The other side's best move: gaps by what their loss would cost, others standing in"
        );
        let mut t = table(
            [
                "layer",
                "supplier",
                "share %",
                "loss",
                "others stand in %",
                "more with its rival",
                "closing, % GDP",
                "in years",
                "loss per % GDP",
            ],
            2..9,
        );
        for g in m.gaps.iter().take(15) {
            t.add_row([
                self.fixed.layers[g.layer].label.clone(),
                self.iso(g.supplier).to_owned(),
                pct(g.share),
                number(g.loss, 2),
                pct(g.stood_in),
                number(g.joint, 3),
                number(g.closing_cost_gdp_pct, 2),
                number(g.closing_years, 1),
                number(g.loss / g.closing_cost_gdp_pct, 2),
            ]);
        }
        println!("{t}");
        let names = |cuts: &[usize]| {
            let list: Vec<String> = cuts.iter().map(|k| self.name(m, *k)).collect();
            if list.is_empty() {
                "none".to_owned()
            } else {
                list.join("; ")
            }
        };
        println!(
            "Worst {} together: {}. Loss {:.2} ({}).",
            args.cuts,
            names(&m.attack.cuts),
            m.attack.loss,
            proof(m.attack.loss, m.attack.bound)
        );
        if m.preparations.is_empty() {
            println!("Nothing within {} % of GDP lowers it.", args.budget);
        } else {
            let list: Vec<String> = m
                .preparations
                .iter()
                .map(|p| {
                    format!(
                        "{} in {} ({:.2} %)",
                        if p.stock {
                            "a year's stock"
                        } else {
                            "a second source"
                        },
                        self.fixed.layers[p.layer].label,
                        p.cost_gdp_pct
                    )
                })
                .collect();
            println!(
                "Best preparation within {} % of GDP: {}. Then the worst {} are {}: loss {:.2} (at least {:.2} whatever is prepared).",
                args.budget,
                list.join("; "),
                args.cuts,
                names(&m.prepared.cuts),
                m.prepared.loss,
                m.bound
            );
        }
        println!(
            "Listed so that gaps can be closed: national aggregates, no way of acting is described.\n"
        );
    }

    fn name(&self, m: &Interdiction, k: usize) -> String {
        let g = &m.gaps[k];
        format!(
            "{}, {}",
            self.fixed.layers[g.layer].label,
            self.iso(g.supplier)
        )
    }

    fn leverage_json(&self, l: &Leverage) -> Value {
        let spec = &self.fixed.layers[l.layer];
        let cell = l.layer * self.fixed.n + l.client;
        json!({
            "layer": spec.id, "label": spec.label, "supplier": self.iso(l.supplier),
            "share": l.share, "criticality": self.fixed.criticality[cell],
            "buffer_years": spec.buffer_years, "withdraw_years": spec.withdraw_years,
            "replace_years": l.closing_years, "loss_criticality_years": l.loss,
            "gap_area_years": l.loss / self.fixed.criticality[cell],
            "baseline_share_times_concentration": l.baseline,
            "closing_cost_gdp_pct": l.closing_cost_gdp_pct, "closing": spec.closing,
            "tag": format!("{:?}", spec.tag), "source": spec.source,
        })
    }

    fn outlook_json(&self, o: &Outlook) -> Value {
        let peak = o
            .peak_years
            .map(|y| (!y.is_nan()).then(|| y + f64::from(self.start.0)));
        json!({
            "layer": o.layer.map_or("all", |l| self.fixed.layers[l].id.as_str()),
            "share_of_supplier": o.layer.map(|l| self.fixed.on_hegemon[l * self.fixed.n + self.client.index()]),
            "percentiles": [5, 50, 95],
            "peak_year": peak,
            "trap_depth": o.trap_depth, "trap_area_years": o.trap_area, "gap_area_years": o.gap_area,
            "years": (0..o.gap.len()).map(|t| self.start.0 + t as i32).collect::<Vec<_>>(),
            "gap": o.gap, "staying": o.staying,
        })
    }

    fn move_json(&self, m: &Interdiction) -> Value {
        let attack = |a: &realign_numerics::interdiction::Attack| {
            json!({
                "suppliers": a.cuts.iter().map(|k| json!({
                    "layer": self.fixed.layers[m.gaps[*k].layer].id,
                    "supplier": self.iso(m.gaps[*k].supplier),
                })).collect::<Vec<_>>(),
                "loss": a.loss, "bound": a.bound, "nodes": a.nodes,
            })
        };
        json!({
            "gaps": m.gaps.iter().map(|g| json!({
                "layer": self.fixed.layers[g.layer].id, "supplier": self.iso(g.supplier),
                "share": g.share, "loss": g.loss, "stood_in": g.stood_in, "joint": g.joint,
                "closing_cost_gdp_pct": g.closing_cost_gdp_pct, "closing_years": g.closing_years,
            })).collect::<Vec<_>>(),
            "attack": attack(&m.attack),
            "preparations": m.preparations.iter().map(|p| json!({
                "layer": self.fixed.layers[p.layer].id,
                "kind": if p.stock { "stock" } else { "second_source" },
                "cost_gdp_pct": p.cost_gdp_pct,
            })).collect::<Vec<_>>(),
            "prepared": attack(&m.prepared),
            "least_loss_whatever_is_prepared": m.bound,
        })
    }
}

fn validity_json(v: &Validity) -> Value {
    let of = |a: &Against| {
        json!({"ranking": a.ranking, "baseline": a.baseline,
            "difference_q05_q95": a.difference})
    };
    json!({"interruption": v.name, "cells": v.cells, "clients": v.clients,
        "spearman": of(&v.spearman), "ndcg": of(&v.ndcg)})
}

fn print_validity(all: &[Validity]) {
    if all.is_empty() {
        return;
    }
    println!(
        "Who lost supply and did not replace it within a year: ranking against share × concentration"
    );
    let mut t = table(
        [
            "interruption",
            "cells",
            "measure",
            "ranking",
            "baseline",
            "difference, 5 to 95 %",
        ],
        1..6,
    );
    for v in all.iter().filter(|v| v.cells > 0) {
        for (name, a) in [("Spearman", v.spearman), ("NDCG", v.ndcg)] {
            t.add_row([
                v.name.clone(),
                v.cells.to_string(),
                name.to_owned(),
                number(a.ranking, 2),
                number(a.baseline, 2),
                format!("{:+.2} to {:+.2}", a.difference[0], a.difference[1]),
            ]);
        }
    }
    println!("{t}");
    for v in all.iter().filter(|v| v.cells == 0) {
        println!(
            "{}: trade in raw materials after it is not public at this vintage.",
            v.name
        );
    }
    println!();
}

fn proof(loss: f64, bound: f64) -> String {
    if bound <= loss * (1.0 + 1e-9) {
        "proven the worst".to_owned()
    } else {
        format!("at most {bound:.2}")
    }
}
