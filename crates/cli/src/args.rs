//! What the user types.

use std::path::PathBuf;

use clap::{Args, Parser, Subcommand};

/// Stress tests for alliances: from a brief to a brief, on real data.
#[derive(Debug, Parser)]
#[command(
    name = "realign",
    version,
    about,
    max_term_width = 100,
    after_help = "\
Examples:
  realign brief briefs/us-alliance-trust.md            read, simulate, write brief.html and more
  realign brief my-scenario.toml -o out --draws 500    the same from a scenario of your own
  realign read briefs/us-alliance-trust.md --json      what the reader finds, for machines
  realign atlas show CAN USA                           what the data say about a pair of states"
)]
pub struct Cli {
    /// What to do.
    #[command(subcommand)]
    pub command: Command,
}

/// The subcommands.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Simulate what a brief (Markdown or text) or a scenario (TOML) describes; write a brief.
    Brief(BriefArgs),
    /// Draft a scenario from a brief and show it beside its sentences.
    Read(ReadArgs),
    /// The observed world: build, show, check, sources.
    #[command(subcommand)]
    Atlas(AtlasCommand),
    /// Scenarios: check one, print the JSON schema.
    #[command(subcommand)]
    Scenario(ScenarioCommand),
    /// Every parameter with prior, posterior, tag and source.
    Params(ParamsArgs),
    /// Estimate parameters from the atlas and compare each with its baseline.
    Estimate(EstimateArgs),
}

/// Arguments of `realign brief`.
#[derive(Debug, Args)]
#[command(after_help = "\
Writes brief.html (one file, no network), brief.md, brief.json, results/*.parquet and run.json.

Examples:
  realign brief briefs/us-alliance-trust.md
  realign brief news.txt --hegemon CHN --draws 100 -o china
  realign brief scenarios/us-alliance-trust.toml --focus CAN,JPN --horizon 2030")]
pub struct BriefArgs {
    /// A brief (.md, .txt) or a scenario (.toml).
    pub file: PathBuf,
    /// Directory to write; it must not exist or be empty. Default: a name made from the title.
    #[arg(short, long, value_name = "DIR")]
    pub out: Option<PathBuf>,
    /// Replace what an earlier run wrote into the directory.
    #[arg(long)]
    pub force: bool,
    /// Number of draws of parameters and chance.
    #[arg(long, value_name = "N")]
    pub draws: Option<usize>,
    /// Last year simulated.
    #[arg(long, value_name = "YEAR")]
    pub horizon: Option<i32>,
    /// States to report first, as ISO3 codes.
    #[arg(long, value_name = "ISO3,…", value_delimiter = ',')]
    pub focus: Vec<String>,
    /// The state whose acts are examined, where the brief leaves a choice.
    #[arg(long, value_name = "ISO3")]
    pub hegemon: Option<String>,
    /// Use the reader's own draft even where a confirmed scenario of the same source exists.
    #[arg(long)]
    pub draft: bool,
    /// Seed of the random numbers.
    #[arg(long, value_name = "SEED")]
    pub seed: Option<u64>,
    /// Number of threads; the result does not depend on it. Default: all cores.
    #[arg(long, value_name = "N")]
    pub threads: Option<usize>,
    /// Print run.json instead of a summary.
    #[arg(long)]
    pub json: bool,
}

/// Arguments of `realign read`.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  realign read briefs/us-alliance-trust.md
  realign read briefs/us-alliance-trust.md --json | jq '.events[].type'
  realign read news.txt --toml > news.toml")]
pub struct ReadArgs {
    /// A brief (.md) or plain prose (.txt); `-` reads standard input.
    pub file: PathBuf,
    /// One JSON object for machines.
    #[arg(long, conflicts_with = "toml")]
    pub json: bool,
    /// A scenario in TOML, to be edited and run.
    #[arg(long)]
    pub toml: bool,
}

/// `realign atlas …`
#[derive(Debug, Subcommand)]
pub enum AtlasCommand {
    /// Make the tables from the raw data.
    Build {
        /// Directory of the raw data.
        #[arg(long, value_name = "DIR")]
        raw: PathBuf,
        /// Directory to write.
        #[arg(long, value_name = "DIR", default_value = "data/tables")]
        out: PathBuf,
    },
    /// Show a state, or a pair of states.
    Show {
        /// ISO3 code.
        state: String,
        /// ISO3 code of the other state of a pair.
        other: Option<String>,
        /// As it could be known at the end of this year.
        #[arg(long, value_name = "YEAR")]
        as_of: Option<i32>,
        /// For machines.
        #[arg(long)]
        json: bool,
    },
    /// Every table with publisher, licence, vintage and transformation.
    Sources {
        /// For machines.
        #[arg(long)]
        json: bool,
    },
    /// Run the consistency checks; fails when one fails.
    Check {
        /// For machines.
        #[arg(long)]
        json: bool,
    },
}

/// `realign scenario …`
#[derive(Debug, Subcommand)]
pub enum ScenarioCommand {
    /// Check a scenario and show what it says.
    Check {
        /// The scenario (.toml).
        file: PathBuf,
    },
    /// Print the JSON schema of scenarios.
    Schema,
}

/// Arguments of `realign params`.
#[derive(Debug, Args)]
pub struct ParamsArgs {
    /// Only this block or identifier, such as `trust` or `trust.kappa`.
    pub only: Option<String>,
    /// For machines.
    #[arg(long)]
    pub json: bool,
}

/// Arguments of `realign estimate`.
#[derive(Debug, Args)]
pub struct EstimateArgs {
    /// Only this domain.
    pub domain: Option<String>,
    /// As it could be known at the end of this year.
    #[arg(long, value_name = "YEAR")]
    pub as_of: Option<i32>,
}
