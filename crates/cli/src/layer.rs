//! `realign layer`: layers of dependence of one's own.
//!
//! A layer that is added stands as TOML in a directory: `$REALIGN_LAYERS`, or `layers` where the
//! command runs. `realign brief`, `run` and `exposure` read it from there; a run writes the layers it
//! used into its scenario, so that they belong to its identity and later commands find them there.

use std::path::{Path, PathBuf};

use clap::{Args, Subcommand};
use realign_atlas::Atlas;
use realign_model::exposure::Layer;
use realign_scenario::{LayerTable, Vocabulary};
use serde_json::json;

use crate::exposure::{pct, table};
use crate::report::Failure;
use crate::{output, read};

/// Directory where no other is named.
const DIRECTORY: &str = "layers";

/// `realign layer …`
#[derive(Debug, Subcommand)]
#[command(after_help = "\
A layer is a table: client, supplier, share, substitutability, replace_years, criticality, source,
as CSV with a header or as TOML. The shares of a client sum to one; a row of a client with itself is
what it has of its own. Lines `# key: value` before the header of a CSV set label, buffer_years,
withdraw_years, closing_cost_gdp_pct, closing, withheld_by, tag and source.

Examples:
  realign layer check shells.csv
  realign layer add shells.csv && realign brief briefs/us-alliance-trust.md
  realign layer list")]
pub enum LayerCommand {
    /// Check a table and add it; the next run takes it in.
    Add(AddArgs),
    /// Check a table and change nothing.
    Check {
        /// The table (.csv or .toml).
        file: PathBuf,
    },
    /// The layers of the program and those added.
    List(WhereArgs),
    /// One layer, with its rows where it is one of your own.
    Show {
        /// Its name.
        name: String,
        /// Where it is.
        #[command(flatten)]
        place: WhereArgs,
    },
    /// Take a layer of your own out again.
    Remove {
        /// Its name.
        name: String,
        /// Where it is.
        #[command(flatten)]
        place: WhereArgs,
    },
}

/// Arguments of `realign layer add`.
#[derive(Debug, Args)]
pub struct AddArgs {
    /// The table (.csv or .toml).
    pub file: PathBuf,
    /// Replace a layer of the same name that was added before.
    #[arg(long)]
    pub force: bool,
    /// Where it goes.
    #[command(flatten)]
    pub place: WhereArgs,
}

/// Where layers of one's own are.
#[derive(Debug, Args)]
pub struct WhereArgs {
    /// Directory of layers of your own. Default: $REALIGN_LAYERS, or `layers` here.
    #[arg(long, value_name = "DIR")]
    pub layers: Option<PathBuf>,
    /// For machines.
    #[arg(long)]
    pub json: bool,
}

fn directory(asked: Option<&Path>) -> PathBuf {
    asked.map_or_else(
        || {
            std::env::var_os("REALIGN_LAYERS")
                .map_or_else(|| PathBuf::from(DIRECTORY), PathBuf::from)
        },
        Path::to_path_buf,
    )
}

fn parse(atlas: &Atlas, path: &Path) -> Result<LayerTable, Failure> {
    let content = read::bytes(path)?;
    let names = Vocabulary::from_atlas(atlas).map_err(Failure::plain)?;
    let table = LayerTable::parse(&path.display().to_string(), &content, &names)
        .map_err(|e| Failure::scenario(&e, path, &String::from_utf8_lossy(&content)))?;
    Layer::from_table(&table)?;
    Ok(table)
}

/// The layers that were added, by name; none where the directory does not exist.
pub fn own(atlas: &Atlas, asked: Option<&Path>) -> Result<Vec<(PathBuf, LayerTable)>, Failure> {
    let place = directory(asked);
    if !place.is_dir() {
        return match asked {
            Some(_) => Err(Failure::hinted(
                format!("no directory {}", place.display()),
                "`realign layer add FILE` makes one; without --layers none is needed",
            )),
            None => Ok(Vec::new()),
        };
    }
    let bad = |e: std::io::Error| Failure::plain(format!("{}: {e}", place.display()));
    let mut files = std::fs::read_dir(&place)
        .map_err(bad)?
        .map(|entry| entry.map(|e| e.path()))
        .collect::<Result<Vec<_>, _>>()
        .map_err(bad)?;
    files.retain(|f| f.extension().is_some_and(|e| e == "toml"));
    files.sort();
    files
        .into_iter()
        .map(|f| parse(atlas, &f).map(|t| (f, t)))
        .collect()
}

/// `realign layer`
pub fn run(command: &LayerCommand) -> Result<(), Failure> {
    let atlas = Atlas::embedded()?;
    match command {
        LayerCommand::Check { file } => {
            let t = parse(&atlas, file)?;
            println!("{}: in order", file.display());
            describe(&t);
        }
        LayerCommand::Add(args) => {
            let t = parse(&atlas, &args.file)?;
            let to = directory(args.place.layers.as_deref()).join(format!("{}.toml", t.id));
            if to.exists() && !args.force {
                return Err(Failure::hinted(
                    format!("{} exists", to.display()),
                    "--force replaces it; or give the table another name",
                ));
            }
            output::file(&to, t.to_toml().map_err(Failure::plain)?.as_bytes())?;
            if args.place.json {
                println!("{}", serde_json::to_string_pretty(&t)?);
            } else {
                describe(&t);
                println!("{}; the next run here takes it in", to.display());
            }
        }
        LayerCommand::List(place) => list(&atlas, place)?,
        LayerCommand::Show { name, place } => show(&atlas, name, place)?,
        LayerCommand::Remove { name, place } => {
            let to = directory(place.layers.as_deref()).join(format!("{name}.toml"));
            if !to.is_file() {
                return Err(unknown(&atlas, name, place));
            }
            std::fs::remove_file(&to)
                .map_err(|e| Failure::plain(format!("{}: {e}", to.display())))?;
            println!("{} removed", to.display());
        }
    }
    Ok(())
}

fn describe(t: &LayerTable) {
    let mut clients: Vec<&str> = t.rows.iter().map(|r| r.client.as_str()).collect();
    clients.sort_unstable();
    clients.dedup();
    println!(
        "{} (`{}`): {} rows, {} clients, weight {}, replaced in {} years, withheld by {}",
        t.label,
        t.id,
        t.rows.len(),
        clients.len(),
        t.criticality,
        t.replace_years,
        if t.withheld_by.is_empty() {
            "no act".to_owned()
        } else {
            t.withheld_by.join(", ")
        }
    );
}

fn unknown(atlas: &Atlas, name: &str, place: &WhereArgs) -> Failure {
    let mut names: Vec<String> = own(atlas, place.layers.as_deref())
        .unwrap_or_default()
        .into_iter()
        .map(|o| o.1.id)
        .collect();
    if names.is_empty() {
        names.push("none".to_owned());
    }
    Failure::hinted(
        format!("no layer `{name}` of your own"),
        format!(
            "yours are: {}; `realign layer list` shows all",
            names.join(", ")
        ),
    )
}

fn list(atlas: &Atlas, place: &WhereArgs) -> Result<(), Failure> {
    let own = own(atlas, place.layers.as_deref())?;
    let shipped = Layer::embedded()?;
    if place.json {
        let all = json!({
            "shipped": shipped.iter().map(|l| json!({"layer": l.id, "label": l.label,
                "criticality": l.criticality, "replace_years": l.replace_years})).collect::<Vec<_>>(),
            "own": own.iter().map(|(f, t)| json!({"file": f, "layer": t.id, "label": t.label,
                "criticality": t.criticality, "replace_years": t.replace_years})).collect::<Vec<_>>(),
        });
        println!("{}", serde_json::to_string_pretty(&all)?);
        return Ok(());
    }
    let mut t = table(["layer", "what", "weight", "years", "whose"], 2..4);
    for l in &shipped {
        t.add_row([
            l.id.clone(),
            l.label.clone(),
            l.criticality.to_string(),
            l.replace_years.to_string(),
            "program".to_owned(),
        ]);
    }
    for (file, l) in &own {
        t.add_row([
            l.id.clone(),
            l.label.clone(),
            l.criticality.to_string(),
            l.replace_years.to_string(),
            file.display().to_string(),
        ]);
    }
    println!("{t}");
    Ok(())
}

fn show(atlas: &Atlas, name: &str, place: &WhereArgs) -> Result<(), Failure> {
    if let Some((_, t)) = own(atlas, place.layers.as_deref())?
        .into_iter()
        .find(|o| o.1.id == name)
    {
        if place.json {
            println!("{}", serde_json::to_string_pretty(&t)?);
            return Ok(());
        }
        describe(&t);
        let mut rows = table(
            [
                "client",
                "supplier",
                "share %",
                "substitutable %",
                "years",
                "weight",
                "source",
            ],
            2..6,
        );
        for r in &t.rows {
            rows.add_row([
                r.client.clone(),
                r.supplier.clone(),
                pct(r.share),
                pct(r.substitutability),
                r.replace_years.map_or_else(String::new, |y| y.to_string()),
                r.criticality.map_or_else(String::new, |c| c.to_string()),
                r.source.clone().unwrap_or_default(),
            ]);
        }
        println!("{rows}\nSource: {} (tag {})", t.source, t.tag);
        return Ok(());
    }
    let Some(l) = Layer::embedded()?.into_iter().find(|l| l.id == name) else {
        return Err(unknown(atlas, name, place));
    };
    if place.json {
        let all = json!({"layer": l.id, "label": l.label, "criticality": l.criticality,
            "buffer_years": l.buffer_years, "withdraw_years": l.withdraw_years,
            "replace_years": l.replace_years, "closing_cost_gdp_pct": l.closing_cost_gdp_pct,
            "closing": l.closing, "tag": format!("{:?}", l.tag), "source": l.source});
        println!("{}", serde_json::to_string_pretty(&all)?);
        return Ok(());
    }
    println!(
        "{} (`{}`): weight {}, stocks {} years, gone in {}, replaced in {}, closing {} % of GDP: {}\nSource: {} (tag {:?})",
        l.label,
        l.id,
        l.criticality,
        l.buffer_years,
        l.withdraw_years,
        l.replace_years,
        l.closing_cost_gdp_pct,
        l.closing,
        l.source,
        l.tag
    );
    Ok(())
}
