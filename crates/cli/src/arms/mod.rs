//! `realign arms`: who buys from whom, and what becomes of the orders of the flagship.

mod flagship;

use std::path::PathBuf;

use clap::Args;
use comfy_table::{CellAlignment, ContentArrangement, Table, presets};
use realign_atlas::{Atlas, StateId, Year};
use realign_model::arms::{
    ClassPicture, Client, OrderScores, Source, order_scores, recipient_picture, supplier_picture,
    weapon_classes,
};
use serde_json::{Value, json};

use crate::atlas::state;
use crate::report::Failure;

/// Rows of a list before the rest is counted only.
const ROWS: usize = 20;
/// Suppliers named for a class.
const NAMED: usize = 4;

/// Arguments of `realign arms`.
#[derive(Debug, Args)]
#[command(after_help = "\
Shares are of trend-indicator values (SIPRI): military value, not money.

Examples:
  realign arms NOR                                     what Norway has, from whom, how old, on order
  realign arms --class combat-aircraft --supplier USA  who depends on a supplier in a class
  realign arms --flagship briefs/us-alliance-trust.md  every recipient of the F-35: cut, hold or add
  realign arms --scores                                how well choices of suppliers are predicted")]
pub struct ArmsArgs {
    /// A recipient, as ISO3 code.
    pub state: Option<String>,
    /// A class of weapons, such as combat-aircraft; with --supplier.
    #[arg(long, requires = "supplier", conflicts_with = "state")]
    pub class: Option<String>,
    /// The supplier whose clients are listed, as ISO3 code.
    #[arg(long, value_name = "ISO3", requires = "class")]
    pub supplier: Option<String>,
    /// Simulate this brief or scenario and show what becomes of the orders of the flagship.
    #[arg(long, value_name = "FILE", conflicts_with_all = ["state", "class"])]
    pub flagship: Option<PathBuf>,
    /// Last year of the simulation.
    #[arg(
        long,
        value_name = "YEAR",
        default_value_t = 2030,
        requires = "flagship"
    )]
    pub horizon: i32,
    /// Draws of the simulation.
    #[arg(long, value_name = "N", default_value_t = 60, requires = "flagship")]
    pub draws: usize,
    /// Number of threads; the result does not depend on it. Default: all cores.
    #[arg(long, value_name = "N")]
    pub threads: Option<usize>,
    /// The record of the models of supplier choice on orders they had not seen.
    #[arg(long, conflicts_with_all = ["state", "class", "flagship"])]
    pub scores: bool,
    /// The year at whose end the data stand.
    #[arg(long, value_name = "YEAR")]
    pub as_of: Option<i32>,
    /// For machines.
    #[arg(long)]
    pub json: bool,
}

/// `realign arms`
pub fn run(args: &ArmsArgs) -> Result<(), Failure> {
    let atlas = Atlas::embedded()?;
    let vintage = args.as_of.map_or(atlas.vintage(), Year);
    let atlas = atlas.as_of(vintage);
    if let Some(file) = &args.flagship {
        return flagship::run(args, &atlas, file);
    }
    if args.scores {
        return scores(&order_scores(&atlas)?, args.json);
    }
    if let (Some(class), Some(supplier)) = (&args.class, &args.supplier) {
        let supplier = state(&atlas, supplier)?;
        let class = class_of(&atlas, class)?;
        let clients = supplier_picture(&atlas, supplier, &class, vintage)?;
        return show_supplier(&atlas, supplier, &class, &clients, args.json);
    }
    let Some(code) = &args.state else {
        return Err(Failure::hinted(
            "no state is given",
            "`realign arms NOR`, or --class with --supplier, or --flagship FILE, or --scores",
        ));
    };
    let recipient = state(&atlas, code)?;
    let classes = recipient_picture(&atlas, recipient, vintage)?;
    show_recipient(&atlas, recipient, &classes, args.json)
}

fn class_of(atlas: &Atlas, asked: &str) -> Result<String, Failure> {
    let wanted = asked.to_lowercase().replace(['-', ' '], "_");
    let known = weapon_classes(atlas)?;
    known
        .iter()
        .find(|c| **c == wanted)
        .cloned()
        .ok_or_else(|| {
            let list: Vec<String> = known.iter().map(|c| c.replace('_', "-")).collect();
            Failure::hinted(
                format!("no class of weapons `{asked}`"),
                format!("one of {}", list.join(", ")),
            )
        })
}

fn percent(x: f64) -> String {
    if x.is_finite() {
        format!("{:.0} %", 100.0 * x)
    } else {
        "–".to_owned()
    }
}

fn table(header: &[&str], numbers_from: usize) -> Table {
    let mut t = Table::new();
    t.load_preset(presets::UTF8_HORIZONTAL_ONLY);
    t.set_content_arrangement(ContentArrangement::Dynamic);
    t.set_header(header.to_vec());
    for k in numbers_from..header.len() {
        if let Some(column) = t.column_mut(k) {
            column.set_cell_alignment(CellAlignment::Right);
        }
    }
    t
}

/// A number for machines; none where there is no estimate.
fn number(x: f64) -> Value {
    if x.is_finite() { json!(x) } else { Value::Null }
}

fn show_recipient(
    atlas: &Atlas,
    recipient: StateId,
    classes: &[ClassPicture],
    as_json: bool,
) -> Result<(), Failure> {
    let iso3 = |s: StateId| atlas.states().iso3(s).to_owned();
    let name = &atlas.states().get(recipient).name;
    let flagship = flagship_book(atlas, recipient)?;
    if as_json {
        let classes: Vec<Value> = classes
            .iter()
            .map(|c| {
                let sources: Vec<Value> = c
                    .sources
                    .iter()
                    .map(|s| json!({ "supplier": iso3(s.supplier), "base_share": s.base_share, "open_order_share": number(s.open_share) }))
                    .collect();
                json!({ "class": c.class, "weight": number(c.weight), "age_years": number(c.age_years), "order_intensity": number(c.order_intensity), "concentration": number(c.concentration), "suppliers": sources })
            })
            .collect();
        let object = json!({ "recipient": iso3(recipient), "as_of": atlas.vintage(), "classes": classes, "f35": flagship.map(|f| json!({ "ordered": f.0, "delivered": f.1 })) });
        println!("{}", serde_json::to_string_pretty(&object)?);
        return Ok(());
    }
    println!(
        "{name}: arms bought abroad, as known at the end of {}",
        atlas.vintage()
    );
    if classes.is_empty() {
        println!("No delivery of thirty years and no open order is recorded: no estimate.");
        return Ok(());
    }
    let mut t = table(
        &[
            "class",
            "suppliers, thirty years",
            "suppliers, open orders",
            "part of imports",
            "age",
            "concentration",
        ],
        3,
    );
    for c in classes {
        let list = |of: &dyn Fn(&Source) -> f64| {
            let mut named: Vec<(StateId, f64)> = c
                .sources
                .iter()
                .map(|s| (s.supplier, of(s)))
                .filter(|s| s.1 > 0.005)
                .collect();
            named.sort_by(|a, b| b.1.total_cmp(&a.1));
            let text: Vec<String> = named
                .iter()
                .take(NAMED)
                .map(|(s, share)| format!("{} {}", iso3(*s), percent(*share)))
                .collect();
            if text.is_empty() {
                "–".to_owned()
            } else {
                text.join(", ")
            }
        };
        t.add_row([
            c.class.replace('_', " "),
            list(&|s| s.base_share),
            list(&|s| s.open_share),
            percent(c.weight),
            if c.age_years.is_finite() {
                format!("{:.0} y", c.age_years)
            } else {
                "–".to_owned()
            },
            format!("{:.2}", c.concentration),
        ]);
    }
    println!("{t}");
    if let Some((ordered, delivered)) = flagship {
        println!("F-35: {ordered:.0} ordered, {delivered:.0} delivered.");
    }
    println!(
        "Bought abroad only: what {name} builds for itself is not public. Concentration is the Herfindahl index."
    );
    Ok(())
}

/// F-35 ordered and delivered by the United States; none where there is no order.
fn flagship_book(atlas: &Atlas, recipient: StateId) -> Result<Option<(f64, f64)>, Failure> {
    let Some(usa) = atlas.states().by_iso3("USA") else {
        return Ok(None);
    };
    let newest = |id: &str| -> Result<Option<f64>, Failure> {
        let panel = atlas.dyads(id)?;
        Ok(panel.latest(usa, recipient, atlas.vintage()).map(|r| r.1))
    };
    Ok(newest("f35_ordered")?.map(|o| (o, newest("f35_delivered").ok().flatten().unwrap_or(0.0))))
}

fn show_supplier(
    atlas: &Atlas,
    supplier: StateId,
    class: &str,
    clients: &[Client],
    as_json: bool,
) -> Result<(), Failure> {
    let iso3 = |s: StateId| atlas.states().iso3(s).to_owned();
    if as_json {
        let rows: Vec<Value> = clients
            .iter()
            .map(|c| json!({ "recipient": iso3(c.recipient), "base_share": number(c.base_share), "open_order_share": number(c.open_share), "part_of_sales": c.part_of_sales, "part_of_book": c.part_of_book }))
            .collect();
        let object = json!({ "supplier": iso3(supplier), "class": class, "as_of": atlas.vintage(), "clients": rows });
        println!("{}", serde_json::to_string_pretty(&object)?);
        return Ok(());
    }
    let name = &atlas.states().get(supplier).name;
    let what = class.replace('_', " ");
    println!(
        "{name}, {what}: clients, as known at the end of {}",
        atlas.vintage()
    );
    if clients.is_empty() {
        println!("No client is recorded.");
        return Ok(());
    }
    let mut t = table(
        &[
            "recipient",
            "its share in thirty years",
            "its share in open orders",
            "part of the supplier's sales",
            "part of its order book",
        ],
        1,
    );
    for c in clients.iter().take(ROWS) {
        t.add_row([
            iso3(c.recipient),
            percent(c.base_share),
            percent(c.open_share),
            percent(c.part_of_sales),
            percent(c.part_of_book),
        ]);
    }
    println!("{t}");
    if clients.len() > ROWS {
        println!("and {} more (--json has all)", clients.len() - ROWS);
    }
    Ok(())
}

fn scores(s: &OrderScores, as_json: bool) -> Result<(), Failure> {
    if as_json {
        let models: Vec<Value> = s
            .models
            .iter()
            .map(|m| json!({ "model": m.model, "log_score": m.log_score, "top_1": m.top_1, "top_3": m.top_3, "gain": m.gain.mean, "gain_se": m.gain.standard_error }))
            .collect();
        let coefficients: Vec<Value> = s
            .coefficients
            .iter()
            .map(|c| json!({ "column": c.column, "estimate": c.estimate, "standard_error": c.standard_error }))
            .collect();
        let object = json!({ "scored": s.scored, "observations": s.observations, "dissimilarity": s.dissimilarity, "models": models, "coefficients": coefficients });
        println!("{}", serde_json::to_string_pretty(&object)?);
        return Ok(());
    }
    println!(
        "Orders of major arms, recipients × classes × windows of five years; {} of {} scored on windows not seen.",
        s.scored, s.observations
    );
    let mut t = table(
        &[
            "model",
            "log score",
            "first",
            "among three",
            "gain over the logit (SE)",
        ],
        1,
    );
    for m in &s.models {
        t.add_row([
            m.model.to_owned(),
            format!("{:.3}", m.log_score),
            percent(m.top_1),
            percent(m.top_3),
            format!("{:+.4} ({:.4})", m.gain.mean, m.gain.standard_error),
        ]);
    }
    println!("{t}");
    let mut t = table(&["what speaks for a supplier", "estimate", "SE"], 1);
    for c in &s.coefficients {
        t.add_row([
            c.column.to_owned(),
            format!("{:+.3}", c.estimate),
            format!("{:.3}", c.standard_error),
        ]);
    }
    println!("{t}");
    println!(
        "Nests by region: dissimilarity {:.2}; above 1 suppliers of a region are no closer substitutes than others.",
        s.dissimilarity
    );
    Ok(())
}
