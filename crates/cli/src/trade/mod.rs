//! `realign trade`: a trade laboratory on the embedded flows or on a user's own.

mod exposure;
mod game;
mod gravity;
mod levy;
mod nafta;
mod panels;
mod picture;
mod redirect;
mod sectors;
mod sheet;
mod shock;
mod world;

use std::path::PathBuf;

use clap::{Args, Subcommand, ValueEnum};

use crate::report::Failure;

/// Subcommands of `realign trade`.
#[derive(Debug, Subcommand)]
pub enum TradeCommand {
    /// What tariffs or trade costs do to everyone: exact real income, trade, redirected flows.
    Shock(ShockArgs),
    /// The tariff that is best for a state or bloc while nobody answers.
    Optimal(OptimalArgs),
    /// A tariff war: rates at which no participant gains by moving.
    War(WarArgs),
    /// Who can hurt a state through trade, and whom it can hurt.
    Exposure(ExposureArgs),
    /// Estimate gravity by Poisson pseudo-maximum likelihood with any fixed effects.
    Gravity(GravityArgs),
    /// Gravity on the atlas's own panels: agreements, alliances, tariffs, sanctions, affinity.
    Panels(PanelsArgs),
}

/// Where flows and elasticities come from: shared by every equilibrium command.
#[derive(Debug, Args)]
pub struct MarketArgs {
    /// Flows of your own: CSV with the columns exporter, importer, value; sales at home included
    /// (exporter = importer). Plain or gzip. Default: the embedded goods trade of all economies.
    #[arg(long, value_name = "FLOWS.csv")]
    pub data: Option<PathBuf>,
    /// Tariffs in force beside --data: CSV with the columns exporter, importer, tariff (fraction).
    #[arg(long, value_name = "T.csv", requires = "data")]
    pub tariffs: Option<PathBuf>,
    /// Trade elasticity: short (first year), long (after seven to ten years), structural, or a
    /// number. Default: short and long, two runs side by side, never averaged.
    #[arg(long, value_name = "WHICH")]
    pub elasticity: Option<String>,
}

/// What becomes of trade deficits.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum DeficitRule {
    /// Transfers keep their share of world output.
    Additive,
    /// Spending stays in proportion to output.
    Multiplicative,
    /// Transfers are removed first, then comes the shock.
    Purged,
}

/// Arguments of `realign trade shock`.
#[derive(Debug, Args)]
#[command(after_help = "\
USA:CAN=25% reads: the United States levy 25 points more on goods from Canada. The one who levies
comes first. Either side may be a state (ISO3), a bloc (EU, ASEAN, ...) or ALL; members of a bloc do
not levy on each other; an entry for a state outranks one for a bloc or ALL, a later one an earlier.
--cost A:B=10% raises all other costs of trade between A and B by 10 % of the price, both ways.
Values are at constant world output: shares of the world economy that move, not growth.

Examples:
  realign trade shock --tariff USA:CAN=25%
  realign trade shock --tariff USA:ALL=10% --tariff USA:CHN=60% --retaliate --elasticity long
  realign trade shock --tariff EU:USA=0.15 -o eu.html --json
  realign trade shock --cost USA:CHN=30% --csv all.csv --deficits purged
  realign trade shock --tariff USA:CHN=60% --sectors      input-output links, 80 economies
  realign trade shock --data flows.csv --tariffs now.csv --tariff A:B=20% --elasticity 4
  realign trade shock --sectors --data nafta/ --to taup_naftaonly_JNxN.csv.gz --names names.txt

A directory given to --data with --sectors holds a Caliendo-Parro data set of J sectors and N regions,
without headers (.csv or .csv.gz): Din_JNxN (expenditure shares; row (j-1)N+n is the importer, the
column the exporter), B_va_share_JxN, G_io_NJxJ (row (n-1)J+input, column output sector),
alphas_JxN, VAn, Sn, T_inv_theta_J (one over the elasticity) and the tariffs in force as
tau1993_JNxN or tau_JNxN (one plus the tariff). --to names the tariffs after the change.")]
pub struct ShockArgs {
    /// Added tariff as LEVIED_BY:ON=RATE, such as USA:CAN=25% or USA:CAN=0.25; repeatable.
    #[arg(long = "tariff", value_name = "BY:ON=RATE")]
    pub tariff: Vec<String>,
    /// Added trade cost between two states as A:B=RATE, both ways; repeatable.
    #[arg(long = "cost", value_name = "A:B=RATE")]
    pub cost: Vec<String>,
    /// Everyone who is hit answers with the same rate on goods of the one who hit.
    #[arg(long)]
    pub retaliate: bool,
    /// Flows and elasticity.
    #[command(flatten)]
    pub market: MarketArgs,
    /// What becomes of trade deficits.
    #[arg(long, value_enum, default_value_t = DeficitRule::Additive)]
    pub deficits: DeficitRule,
    /// Many sectors with input-output links (Caliendo & Parro), beside the all-country result.
    #[arg(long)]
    pub sectors: bool,
    /// Set of sectoral elasticities with --sectors: CP, BSY, FGO, GYY, IS, LL, Shap or U4.
    #[arg(long, value_name = "SET", default_value = "BSY", requires = "sectors")]
    pub set: String,
    /// Tariffs after the change, with --sectors --data DIR.
    #[arg(long, value_name = "FILE", requires = "sectors")]
    pub to: Option<PathBuf>,
    /// Names of the regions, one a line, with --sectors --data DIR.
    #[arg(long, value_name = "FILE", requires = "to")]
    pub names: Option<PathBuf>,
    /// States shown beside those that act or are hit.
    #[arg(long, value_name = "N", default_value_t = 10)]
    pub top: usize,
    /// Write a picture: .svg, or .html with the table.
    #[arg(short, long, value_name = "FILE")]
    pub out: Option<PathBuf>,
    /// Write every state and run as CSV.
    #[arg(long, value_name = "FILE")]
    pub csv: Option<PathBuf>,
    /// Print everything as JSON.
    #[arg(long)]
    pub json: bool,
}

/// Arguments of `realign trade optimal`.
#[derive(Debug, Args)]
#[command(after_help = "\
The rate is the whole tariff, not an addition; what is in force elsewhere stays. Deficits are purged
first: with transfers that stay put, a state could tax its way out of paying them.

Examples:
  realign trade optimal USA
  realign trade optimal EU --against USA,CHN --elasticity structural
  realign trade optimal USA --by-partner --json")]
pub struct OptimalArgs {
    /// A state (ISO3) or a bloc that acts as one.
    pub who: String,
    /// Only on goods of these states or blocs. Default: of all.
    #[arg(long, value_name = "WHO,...", value_delimiter = ',')]
    pub against: Vec<String>,
    /// One rate for every exporter instead of one for all.
    #[arg(long)]
    pub by_partner: bool,
    /// Flows and elasticity.
    #[command(flatten)]
    pub market: MarketArgs,
    /// Print as JSON.
    #[arg(long)]
    pub json: bool,
}

/// Arguments of `realign trade war`.
#[derive(Debug, Args)]
#[command(after_help = "\
Every participant sets one rate on the goods of every other one, the whole tariff, so that none gains
by moving its own (a first-order point; finite moves are tried and their best gain is printed).
Deficits are purged first.

Examples:
  realign trade war USA,CHN
  realign trade war USA,EU,CHN --elasticity structural")]
pub struct WarArgs {
    /// Two or more states or blocs, separated by commas.
    #[arg(value_name = "A,B", value_delimiter = ',', required = true)]
    pub who: Vec<String>,
    /// Flows and elasticity.
    #[command(flatten)]
    pub market: MarketArgs,
    /// Print as JSON.
    #[arg(long)]
    pub json: bool,
}

/// Arguments of `realign trade exposure`.
#[derive(Debug, Args)]
#[command(after_help = "\
First-order: per cent of real income for one per cent of trade costs (closure: on the border between
the two; wall: on all that the other buys abroad; stop: on all that the other sells abroad), and for
one point of the other's tariff. For a large shock, run `realign trade shock`.

Examples:
  realign trade exposure CAN
  realign trade exposure VNM --elasticity structural --top 15")]
pub struct ExposureArgs {
    /// A state (ISO3).
    pub state: String,
    /// Flows and elasticity.
    #[command(flatten)]
    pub market: MarketArgs,
    /// Partners shown.
    #[arg(long, value_name = "N", default_value_t = 10)]
    pub top: usize,
    /// Print as JSON, all partners.
    #[arg(long)]
    pub json: bool,
}

/// Arguments of `realign trade gravity`.
#[derive(Debug, Args)]
#[command(after_help = "\
Terms: columns, log(x), lag(x, k), lead(x, k), i(column), i(column, ref = level), products a:b and
a*b. After the bar: fixed effects, combined with ^. A column that holds only numbers is a number;
every other one is text. Empty, NA and nan are missing.

Examples:
  realign trade gravity --data f.csv.gz --formula \"trade ~ log(dist) + rta | exp^year + imp^year\"
  realign trade gravity --data f.csv --formula \"trade ~ rta | exp^year + imp^year + exp^imp\" \\
      --cluster exp^imp --three-way exp,imp,year
  realign trade gravity --data f.csv --formula \"y ~ x | id\" --json")]
pub struct GravityArgs {
    /// Data: CSV with a header, plain or gzip.
    #[arg(long, value_name = "F.csv")]
    pub data: PathBuf,
    /// Outcome, regressors and fixed effects.
    #[arg(long, value_name = "FORMULA")]
    pub formula: String,
    /// Columns to cluster standard errors by, such as exp^imp; repeat to cluster several ways.
    #[arg(long, value_name = "COLUMNS")]
    pub cluster: Vec<String>,
    /// Correct bias and standard errors for three-way effects (Weidner & Zylkin 2021): columns of
    /// exporter, importer and time. Without a value they are read off the fixed effects.
    #[arg(long, value_name = "EXP,IMP,TIME", num_args = 0..=1, default_missing_value = "")]
    pub three_way: Option<String>,
    /// Column added to the linear predictor with coefficient one.
    #[arg(long, value_name = "COLUMN")]
    pub offset: Option<String>,
    /// Column of positive weights.
    #[arg(long, value_name = "COLUMN")]
    pub weights: Option<String>,
    /// Columns of unit and time for lag and lead, such as exp^imp,year. Default: from the effects.
    #[arg(long, value_name = "UNIT,TIME")]
    pub panel: Option<String>,
    /// Look for separated rows and print them, without estimating.
    #[arg(long)]
    pub separation: bool,
    /// Print as JSON.
    #[arg(long)]
    pub json: bool,
}

/// Arguments of `realign trade panels`.
#[derive(Debug, Args)]
pub struct PanelsArgs {
    /// Sector by sector instead of goods as a whole.
    #[arg(long)]
    pub sectors: bool,
    /// Print as JSON.
    #[arg(long)]
    pub json: bool,
}

/// `realign trade …`
pub fn run(command: &TradeCommand) -> Result<(), Failure> {
    match command {
        TradeCommand::Shock(a) => shock::run(a),
        TradeCommand::Optimal(a) => game::optimal(a),
        TradeCommand::War(a) => game::war(a),
        TradeCommand::Exposure(a) => exposure::run(a),
        TradeCommand::Gravity(a) => gravity::run(a),
        TradeCommand::Panels(a) => panels::run(a),
    }
}

/// A number with `digits` after the point, a true minus, and no minus before zero.
fn fixed(x: f64, digits: usize) -> String {
    if !x.is_finite() {
        return "–".to_owned();
    }
    let text = format!("{x:.digits$}");
    let zero = text.chars().all(|c| matches!(c, '-' | '0' | '.'));
    match text.strip_prefix('-') {
        Some(rest) if zero => rest.to_owned(),
        Some(rest) => format!("−{rest}"),
        None => text,
    }
}

/// Thousands separated by thin spaces, no decimals.
fn grouped(x: f64) -> String {
    let digits = format!("{:.0}", x.abs());
    let mut out = String::new();
    for (k, c) in digits.chars().enumerate() {
        if k > 0 && (digits.len() - k).is_multiple_of(3) {
            out.push('\u{2009}');
        }
        out.push(c);
    }
    if x < 0.0 && digits != "0" {
        out.insert(0, '−');
    }
    out
}

/// A table in the manner of the other commands, all columns but the first to the right.
fn table(header: &[&str], rows: Vec<Vec<String>>) -> comfy_table::Table {
    let mut t = comfy_table::Table::new();
    t.load_preset(comfy_table::presets::UTF8_HORIZONTAL_ONLY)
        .set_header(header);
    for r in rows {
        t.add_row(r);
    }
    for c in 1..header.len() {
        if let Some(column) = t.column_mut(c) {
            column.set_cell_alignment(comfy_table::CellAlignment::Right);
        }
    }
    t
}
