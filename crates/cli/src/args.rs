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
    /// Simulate as many draws as wanted into a directory, streamed, resumable, in shards.
    Run(RunArgs),
    /// Put the shards of a run together.
    Merge(MergeArgs),
    /// One state's security: guarantors, threats, hedging, and the same without a guarantor.
    Security(crate::security::SecurityArgs),
    /// Which new pacts would hold without a hegemon, and whether they can be reached.
    Architectures(crate::architectures::ArchitecturesArgs),
    /// Why an indicator changes: acts against distrust, and every channel's share.
    Explain(ExplainArgs),
    /// What one would have to believe for a conclusion to hold.
    Believe(BelieveArgs),
    /// Which assumptions drive an indicator: screening, shares of variance, boxes.
    Sensitivity(SensitivityArgs),
    /// What the model would have said at an earlier date, beside what then happened.
    Backtest(BacktestArgs),
    /// The whole record against history, and the falsifiers.
    Score(ScoreArgs),
    /// Forecasts with intervals, frozen before the outcome is seen.
    Forecast(ForecastArgs),
    /// Draft a scenario from a brief and show it beside its sentences.
    Read(ReadArgs),
    /// The observed world: build, show, check, sources.
    #[command(subcommand)]
    Atlas(AtlasCommand),
    /// Scenarios: check one, print the JSON schema.
    #[command(subcommand)]
    Scenario(ScenarioCommand),
    /// Who holds what over a state, the autonomy trap, and the other side's best move.
    Exposure(crate::exposure::ExposureArgs),
    /// Layers of dependence of your own: add, check, list, show, remove.
    #[command(subcommand)]
    Layer(crate::layer::LayerCommand),
    /// Reserve currencies, holdings, credit lines, estimated portfolios and losses.
    Finance(crate::finance::FinanceArgs),
    /// Camps of technical standards, who leads them, and what would tip them.
    Standards(crate::standards::StandardsArgs),
    /// Every parameter with prior, posterior, tag and source.
    Params(ParamsArgs),
    /// Estimate parameters from the atlas and compare each with its baseline.
    Estimate(EstimateArgs),
    /// Arms: who buys what from whom, who depends on whom, what becomes of open orders.
    Arms(crate::arms::ArmsArgs),
    /// The trade laboratory: shocks, best tariffs, wars, exposure, gravity.
    #[command(subcommand)]
    Trade(crate::trade::TradeCommand),
    /// Trust of one state in another since 1980: path, ranking, what moved it, the spiral number.
    Trust(crate::trust::TrustArgs),
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
    /// What is asked.
    #[command(flatten)]
    pub question: QuestionArgs,
    /// Directory to write; it must not exist or be empty. Default: a name made from the title.
    #[arg(short, long, value_name = "DIR")]
    pub out: Option<PathBuf>,
    /// Replace what an earlier run wrote into the directory.
    #[arg(long)]
    pub force: bool,
    /// Number of draws of parameters and chance.
    #[arg(long, value_name = "N")]
    pub draws: Option<usize>,
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

/// What is asked: shared by every command that simulates.
#[derive(Debug, Args)]
pub struct QuestionArgs {
    /// A brief (.md, .txt) or a scenario (.toml).
    pub file: PathBuf,
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
}

/// Arguments of `realign run`.
#[derive(Debug, Args)]
#[command(after_help = "\
Streams every draw into DIR/draws/*/<family>.parquet as it finishes; memory does not grow with the
number of draws. Started again after any interruption, it goes on where it stopped. The bytes do
not depend on threads, shards or interruptions.

Examples:
  realign run briefs/us-alliance-trust.md -o big --draws 1000 --chance 20
  realign run scenario.toml -o part1 --shard 1/4     one quarter, on one of four machines
  realign merge part1 part2 part3 part4 -o whole     the four quarters together")]
pub struct RunArgs {
    /// What is asked.
    #[command(flatten)]
    pub question: QuestionArgs,
    /// Directory of the run: new, or one in which the same run was begun.
    #[arg(short, long, value_name = "DIR")]
    pub out: PathBuf,
    /// Number of draws, all together.
    #[arg(long, value_name = "N")]
    pub draws: Option<usize>,
    /// Draws of chance for every draw of the parameters: more than one splits the variance into
    /// what is not known and what is chance. N must be a multiple of it.
    #[arg(long, value_name = "M", default_value_t = 1)]
    pub chance: usize,
    /// Only this share of the draws, such as 1/4; put together with `realign merge`.
    #[arg(long, value_name = "K/N")]
    pub shard: Option<realign_ensemble::stored::Shard>,
    /// Record every state in every year, not in the first, middle and last only.
    #[arg(long)]
    pub every_year: bool,
    /// Seed of the random numbers.
    #[arg(long, value_name = "SEED")]
    pub seed: Option<u64>,
    /// Number of threads; the result does not depend on it. Default: all cores.
    #[arg(long, value_name = "N")]
    pub threads: Option<usize>,
    /// Print done.json instead of a summary.
    #[arg(long)]
    pub json: bool,
}

/// Arguments of `realign merge`.
#[derive(Debug, Args)]
#[command(after_help = "\
Example:
  realign merge part1 part2 part3 part4 -o whole")]
pub struct MergeArgs {
    /// Directories that `realign run --shard` wrote.
    #[arg(required = true, value_name = "DIR")]
    pub from: Vec<PathBuf>,
    /// Directory of the whole run: new, or one in which the same run was begun.
    #[arg(short, long, value_name = "DIR")]
    pub out: PathBuf,
    /// Print done.json instead of a summary.
    #[arg(long)]
    pub json: bool,
}

/// Arguments of `realign explain`.
#[derive(Debug, Args)]
#[command(after_help = "\
Every subset of the eight ways in which acts reach an outcome is simulated on the same draws; the
shares (Shapley) are exact and sum to the whole effect.

Examples:
  realign explain brief-out trade.targets_hegemon_share
  realign explain brief-out trust.in_hegemon CAN --json")]
pub struct ExplainArgs {
    /// Directory that `realign brief` or `realign run` wrote.
    pub results: PathBuf,
    /// Indicator, such as trade.targets_hegemon_share; without one, the headlines.
    pub indicator: Option<String>,
    /// ISO3 code, for an indicator of states.
    pub state: Option<String>,
    /// Number of draws; every one is simulated 258 times.
    #[arg(long, value_name = "N", default_value_t = 8)]
    pub draws: usize,
    /// For machines.
    #[arg(long)]
    pub json: bool,
    /// Number of threads; the result does not depend on it. Default: all cores.
    #[arg(long, value_name = "N")]
    pub threads: Option<usize>,
}

/// Arguments of `realign believe`.
#[derive(Debug, Args)]
#[command(after_help = "\
Finds, on common draws, the value of an assumed parameter at which a conclusion begins to hold, and
sets it beside what is assumed and what history supports.

Examples:
  realign believe brief-out                                        every headline
  realign believe brief-out trade.targets_hegemon_share --threshold -0.05
  realign believe brief-out security.target_burden --parameter security.spending_spill_in")]
pub struct BelieveArgs {
    /// Directory that `realign brief` or `realign run` wrote.
    pub results: PathBuf,
    /// Indicator; without one, every headline.
    pub indicator: Option<String>,
    /// ISO3 code, for an indicator of states.
    pub state: Option<String>,
    /// Effect of the acts from which the conclusion holds, in the indicator's unit; its sign says
    /// the direction. Default: the headline's.
    #[arg(long, value_name = "X", allow_negative_numbers = true)]
    pub threshold: Option<f64>,
    /// Only these parameters. Default: the headline's, and the assumptions that move the effect most.
    #[arg(long, value_name = "ID")]
    pub parameter: Vec<String>,
    /// How many of the assumptions that move the effect most.
    #[arg(long, value_name = "K", default_value_t = 3)]
    pub top: usize,
    /// Number of draws.
    #[arg(long, value_name = "N", default_value_t = 32)]
    pub draws: usize,
    /// For machines.
    #[arg(long)]
    pub json: bool,
    /// Number of threads; the result does not depend on it. Default: all cores.
    #[arg(long, value_name = "N")]
    pub threads: Option<usize>,
}

/// Arguments of `realign sensitivity`.
#[derive(Debug, Args)]
#[command(after_help = "\
Screens every uncertain parameter (Morris), splits the variance among the survivors, the rest and
chance, and among blocks (Sobol), and looks for boxes in which a conclusion holds (PRIM). Runs are
kept in RESULTS/sensitivity: started again, it goes on where it stopped.

Examples:
  realign sensitivity brief-out trade.targets_hegemon_share
  realign sensitivity brief-out trust.loop_gain                   when does a spiral appear?
  realign sensitivity brief-out trade.welfare_pct CAN --threshold -1 --base 128")]
pub struct SensitivityArgs {
    /// Directory that `realign brief` or `realign run` wrote.
    pub results: PathBuf,
    /// Indicator, such as trade.targets_hegemon_share.
    pub indicator: String,
    /// ISO3 code, for an indicator of states.
    pub state: Option<String>,
    /// Look at the level with the acts, not at their effect.
    #[arg(long)]
    pub level: bool,
    /// Value from which a conclusion holds, downwards where negative; boxes are looked for then.
    /// Default: the headline's.
    #[arg(long, value_name = "X", allow_negative_numbers = true)]
    pub threshold: Option<f64>,
    /// Trajectories of the screening; each takes as many runs as there are parameters.
    #[arg(long, value_name = "R", default_value_t = 4)]
    pub trajectories: usize,
    /// Base rows of the variance-based designs.
    #[arg(long, value_name = "N", default_value_t = 32)]
    pub base: usize,
    /// Most parameters that survive the screening.
    #[arg(long, value_name = "K", default_value_t = 8)]
    pub survivors: usize,
    /// Points in which boxes are looked for.
    #[arg(long, value_name = "N", default_value_t = 256)]
    pub points: usize,
    /// For machines.
    #[arg(long)]
    pub json: bool,
    /// Number of threads; the result does not depend on it. Default: all cores.
    #[arg(long, value_name = "N")]
    pub threads: Option<usize>,
}

/// Arguments of `realign backtest`.
#[derive(Debug, Args)]
#[command(after_help = "\
An episode gives the whole model a dated shock and nothing later, and sets what it said beside what
then happened. A quantity is forecast from rolling origins beside its baselines. A shuffled future
must change nothing, or no score is shown.

Examples:
  realign backtest                                   every episode
  realign backtest turkiye-f35-2019 france-1966
  realign backtest my-episode.toml                   one of your own
  realign backtest favourability arms --json         quantities, or all of a domain")]
pub struct BacktestArgs {
    /// Episodes, episode files (.toml), quantities or domains; without one, every episode.
    pub names: Vec<String>,
    /// List what there is.
    #[arg(long)]
    pub list: bool,
    /// Draws of each arm of an episode.
    #[arg(long, value_name = "N", default_value_t = 100)]
    pub draws: usize,
    /// Seed of the random numbers.
    #[arg(long, value_name = "SEED", default_value_t = 1)]
    pub seed: u64,
    /// For machines.
    #[arg(long)]
    pub json: bool,
    /// Number of threads; the result does not depend on it. Default: all cores.
    #[arg(long, value_name = "N")]
    pub threads: Option<usize>,
}

/// Arguments of `realign score`.
#[derive(Debug, Args)]
#[command(after_help = "\
Scores every panel from rolling origins, every episode and a hundred acts that never happened, and
says which of the falsifiers F1 to F13 hold.

Examples:
  realign score                       verdicts in short
  realign score --write backtests     RECORD.md, EPISODES.md, FALSIFIERS.md, record.parquet, record.toml")]
pub struct ScoreArgs {
    /// Directory into which the whole record is written.
    #[arg(long, value_name = "DIR")]
    pub write: Option<PathBuf>,
    /// Draws of each arm of an episode.
    #[arg(long, value_name = "N", default_value_t = 100)]
    pub draws: usize,
    /// For machines.
    #[arg(long)]
    pub json: bool,
    /// Number of threads; the result does not depend on it. Default: all cores.
    #[arg(long, value_name = "N")]
    pub threads: Option<usize>,
}

/// Arguments of `realign forecast`.
#[derive(Debug, Args)]
#[command(after_help = "\
Only what was public at the end of the year before the acts is read.

Example:
  realign forecast -o 2025.csv")]
pub struct ForecastArgs {
    /// The scenario whose acts are taken to happen.
    #[arg(default_value = "scenarios/us-alliance-trust.toml")]
    pub scenario: PathBuf,
    /// File to write; an existing one is left alone.
    #[arg(
        short,
        long,
        value_name = "FILE",
        default_value = "backtests/forecasts/2025.csv"
    )]
    pub out: PathBuf,
    /// Write over an existing file.
    #[arg(long)]
    pub force: bool,
    /// Last year whose publications are read: the year before the acts begin.
    #[arg(long, value_name = "YEAR")]
    pub vintage: Option<i32>,
    /// Draws of the scenario.
    #[arg(long, value_name = "N", default_value_t = 200)]
    pub draws: usize,
    /// For machines.
    #[arg(long)]
    pub json: bool,
    /// Number of threads; the result does not depend on it. Default: all cores.
    #[arg(long, value_name = "N")]
    pub threads: Option<usize>,
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
    /// The same, as an option.
    #[arg(long = "domain", value_name = "DOMAIN", conflicts_with = "domain")]
    pub only: Option<String>,
    /// As it could be known at the end of this year.
    #[arg(long, value_name = "YEAR")]
    pub as_of: Option<i32>,
}
