//! From sums to scores, comparisons and verdicts.

use realign_numerics::scores::{self, diebold_mariano, pit_distance, theil_u};
use serde::Serialize;

use super::tally::{Cell, LEVELS, PIT_CELLS};
use super::{Options, guard};

/// What a predictor is to its task.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Role {
    /// What must be beaten.
    Reference,
    /// Another simple rule.
    Baseline,
    /// A variant of the model.
    Variant,
    /// The model's own.
    Model,
    /// The model without trust.
    WithoutTrust,
}

/// How a predictor did against the reference. The rule is fixed in [`Comparison::verdict`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Verdict {
    /// Too few years to say.
    NotScored,
    /// Worse, not by chance.
    Worse,
    /// No better.
    NoBetter,
    /// Better by one of the two tests, or by little.
    SlightlyBetter,
    /// Better by both tests.
    Better,
    /// Better by both tests and by much.
    ClearlyBetter,
}

impl Verdict {
    /// In words.
    pub fn words(self) -> &'static str {
        match self {
            Self::NotScored => "not scored",
            Self::Worse => "worse",
            Self::NoBetter => "no better",
            Self::SlightlyBetter => "slightly better",
            Self::Better => "better",
            Self::ClearlyBetter => "clearly better",
        }
    }

    /// In snake case, as in `backtests/record.toml`.
    pub fn id(self) -> &'static str {
        match self {
            Self::NotScored => "not_scored",
            Self::Worse => "worse",
            Self::NoBetter => "no_better",
            Self::SlightlyBetter => "slightly_better",
            Self::Better => "better",
            Self::ClearlyBetter => "clearly_better",
        }
    }
}

/// Fewest target years for a verdict.
pub const FEWEST_YEARS: usize = 6;
/// Fewest changes of ties for a verdict.
pub const FEWEST_EVENTS: usize = 10;
/// Central probability of skill intervals.
pub const INTERVAL: f64 = 0.9;
/// Probability below which the Diebold–Mariano test speaks.
pub const SIGNIFICANCE: f64 = 0.05;
/// Skill from which an advantage that both tests confirm counts as `better`.
pub const SOME_SKILL: f64 = 0.02;
/// Skill from which it counts as `clearly_better`.
pub const MUCH_SKILL: f64 = 0.10;

/// One predictor against another, on what both forecast.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Comparison {
    /// The other.
    pub opponent: String,
    /// Forecasts that both made.
    pub forecasts: usize,
    /// Target years.
    pub target_years: usize,
    /// 1 − loss / loss of the other; the loss is the CRPS, for ties minus the log score.
    pub skill: f64,
    /// Interval of the skill, 90 %, over blocks of target years.
    pub skill_low: f64,
    /// Its upper end.
    pub skill_high: f64,
    /// Diebold–Mariano statistic of yearly mean losses, negative when better.
    pub dm_statistic: Option<f64>,
    /// Its two-sided p value.
    pub dm_p: Option<f64>,
    /// Gain in log score, nats in total.
    pub log_gain: f64,
    /// Its standard error over blocks of target years, widened for their small number; NaN for one.
    pub log_gain_se: f64,
    /// 1 − squared error / squared error of the other; for ties the Brier skill.
    pub square_skill: f64,
}

impl Comparison {
    /// The rule, fixed before any score was seen: fewer than six target years, no verdict; worse or
    /// better needs an interval of the skill that leaves out zero and a Diebold–Mariano p below
    /// .05, both; `better` needs a skill of 2 %, `clearly_better` of 10 %; an advantage that only
    /// one test confirms, or below 2 %, is `slightly_better`; everything else is `no_better`.
    pub fn verdict(&self) -> Verdict {
        if self.target_years < FEWEST_YEARS {
            return Verdict::NotScored;
        }
        let tested = self.dm_p.is_some_and(|p| p < SIGNIFICANCE);
        let (above, below) = (self.skill_low > 0.0, self.skill_high < 0.0);
        let better_mean = self.dm_statistic.is_some_and(|s| s < 0.0);
        match () {
            () if below && tested && !better_mean => Verdict::Worse,
            () if self.skill <= 0.0 => Verdict::NoBetter,
            () if above && tested && better_mean && self.skill >= MUCH_SKILL => {
                Verdict::ClearlyBetter
            }
            () if above && tested && better_mean && self.skill >= SOME_SKILL => Verdict::Better,
            () if above || (tested && better_mean) => Verdict::SlightlyBetter,
            () => Verdict::NoBetter,
        }
    }
}

/// One predictor of one quantity at one horizon.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Score {
    /// Domain.
    pub domain: String,
    /// Quantity or layer of ties.
    pub quantity: String,
    /// In words.
    pub title: String,
    /// Unit as published.
    pub unit: String,
    /// Whether the outcome is a change of ties.
    pub ties: bool,
    /// Series in the panel and series scored.
    pub series: (usize, usize),
    /// Years ahead of the origin.
    pub horizon: i32,
    /// Mean years between the newest public row and the target.
    pub span_years: f64,
    /// Predictor.
    pub predictor: String,
    /// What it is to the task.
    pub role: Role,
    /// Outcomes, and how many of them it forecast.
    pub wanted: usize,
    /// Forecasts.
    pub forecasts: usize,
    /// Events among the outcomes, for ties.
    pub events: usize,
    /// First and last target year.
    pub targets: (i32, i32),
    /// Target years.
    pub target_years: usize,
    /// Mean CRPS on the scale of the forecasts; of ties, minus the mean log score.
    pub loss: f64,
    /// Mean log score.
    pub log_score: f64,
    /// Mean interval score of the 90 % interval; none for ties.
    pub interval_score: Option<f64>,
    /// Share of outcomes inside the central 50, 80 and 90 %; none for ties.
    pub coverage: Option<[f64; 3]>,
    /// Histogram of the probability integral transform, ten cells, shares; none for ties.
    pub pit: Option<[f64; 10]>,
    /// Share of forecasts that would have to move for the histogram to be even.
    pub pit_distance: Option<f64>,
    /// Root mean squared error over that of the random walk (of the reference where no rule is
    /// called so), where both forecast; none for ties.
    pub theil_u: Option<f64>,
    /// Mean Brier score of ties.
    pub brier: Option<f64>,
    /// Area under the precision–recall curve of ties, mean over target years weighted by events.
    pub average_precision: Option<f64>,
    /// Against the reference; none for the reference itself.
    pub against_reference: Option<Comparison>,
    /// The model against its twin without trust.
    pub against_without_trust: Option<Comparison>,
    /// Verdict against the reference.
    pub verdict: Verdict,
}

/// All scores of a run.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct Scores {
    /// By task, horizon and predictor, in the order of the tasks.
    pub rows: Vec<Score>,
    /// What the leakage guard found, one a task.
    pub guards: Vec<guard::Report>,
}

impl Scores {
    /// Gain in log score of trust at one horizon, nats in total over the panels of a domain, and
    /// its standard error if panels err together; `None` where no twin was scored.
    pub fn trust_gain(&self, domain: &str, horizon: i32) -> Option<(f64, f64)> {
        let gains: Vec<(f64, f64)> = self
            .models()
            .filter(|r| r.domain == domain && r.horizon == horizon)
            .filter_map(|r| r.against_without_trust.as_ref())
            .map(|c| (c.log_gain, c.log_gain_se))
            .collect();
        (!gains.is_empty()).then(|| gains.iter().fold((0.0, 0.0), |s, g| (s.0 + g.0, s.1 + g.1)))
    }

    /// Rows of a domain.
    pub fn of_domain<'a>(&'a self, domain: &'a str) -> impl Iterator<Item = &'a Score> {
        self.rows.iter().filter(move |r| r.domain == domain)
    }

    /// The row of a quantity, predictor and horizon.
    pub fn row(&self, quantity: &str, predictor: &str, horizon: i32) -> Option<&Score> {
        self.rows
            .iter()
            .find(|r| r.quantity == quantity && r.predictor == predictor && r.horizon == horizon)
    }

    /// Rows of the models' own predictors.
    pub fn models(&self) -> impl Iterator<Item = &Score> {
        self.rows.iter().filter(|r| r.role == Role::Model)
    }

    /// As JSON, indented.
    pub fn json(&self) -> String {
        serde_json::to_string_pretty(self).unwrap_or_default()
    }
}

/// What a task says of itself.
pub(super) struct Scored {
    pub quantity: &'static str,
    pub domain: &'static str,
    pub title: &'static str,
    pub unit: &'static str,
    pub predictors: Vec<String>,
    pub reference: &'static str,
    pub model: &'static str,
    pub without_trust: Option<&'static str>,
    pub ties: bool,
    pub series: (usize, usize),
}

/// Identifier of the predictor that Theil's U compares with.
const WALK: &str = "random_walk";

/// Rows of one task from its cells, sorted by horizon and target.
pub(super) fn of(task: &Scored, cells: &[(i32, Cell)], options: &Options) -> Vec<Score> {
    let mut out = Vec::new();
    let mut horizons: Vec<i32> = cells.iter().map(|c| c.0).collect();
    horizons.dedup();
    for h in horizons {
        let of: Vec<&Cell> = cells.iter().filter(|c| c.0 == h).map(|c| &c.1).collect();
        for (k, id) in task.predictors.iter().enumerate() {
            if let Some(row) = row(task, &of, h, k, id, options) {
                out.push(row);
            }
        }
    }
    out
}

fn row(
    task: &Scored,
    cells: &[&Cell],
    horizon: i32,
    k: usize,
    id: &str,
    options: &Options,
) -> Option<Score> {
    let forecasts: usize = cells.iter().map(|c| c.own[k].n).sum();
    if forecasts == 0 {
        return None;
    }
    let n = forecasts as f64;
    let sum = |f: &dyn Fn(&Cell) -> f64| cells.iter().map(|c| f(c)).sum::<f64>();
    let (years, seen) = cells
        .iter()
        .fold((0, 0), |s, c| (s.0 + c.span.0, s.1 + c.span.1));
    let span_years = if seen > 0 {
        years as f64 / seen as f64
    } else {
        f64::from(horizon)
    };
    let position = |name: &str| task.predictors.iter().position(|p| p == name);
    let against = |name: &str| {
        let other = position(name).filter(|o| *o != k)?;
        compare(task, cells, k, other, span_years, options)
    };
    // Where no rule bears that name, the reference is the last value under another.
    let walk = position(WALK).or_else(|| position(task.reference));
    let role = match id {
        _ if id == task.reference => Role::Reference,
        _ if id == task.model => Role::Model,
        _ if task.without_trust == Some(id) => Role::WithoutTrust,
        _ if id.starts_with(task.model) => Role::Variant,
        _ => Role::Baseline,
    };
    let against_reference = against(task.reference);
    let events: usize = cells.iter().map(|c| c.events).sum();
    let rare = task.ties && events < FEWEST_EVENTS;
    let values = !task.ties;
    let pit: [f64; PIT_CELLS] = std::array::from_fn(|b| sum(&|c| c.own[k].pit[b] as f64) / n);
    let scored: Vec<&&Cell> = cells.iter().filter(|c| c.own[k].n > 0).collect();
    let precise: Vec<(f64, f64)> = cells
        .iter()
        .filter(|c| c.events > 0 && c.own[k].precision.is_finite())
        .map(|c| (c.events as f64 * c.own[k].precision, c.events as f64))
        .collect();
    Some(Score {
        domain: task.domain.to_owned(),
        quantity: task.quantity.to_owned(),
        title: task.title.to_owned(),
        unit: task.unit.to_owned(),
        ties: task.ties,
        series: task.series,
        horizon,
        span_years,
        predictor: id.to_owned(),
        role,
        wanted: cells.iter().map(|c| c.wanted).sum(),
        forecasts,
        events,
        targets: (
            scored.first().map_or(0, |c| c.target.0),
            scored.last().map_or(0, |c| c.target.0),
        ),
        target_years: scored.len(),
        loss: sum(&|c| c.own[k].loss) / n,
        log_score: sum(&|c| c.own[k].log) / n,
        interval_score: values.then(|| sum(&|c| c.own[k].interval) / n),
        coverage: values.then(|| {
            std::array::from_fn::<f64, { LEVELS.len() }, _>(|l| {
                sum(&|c| c.own[k].inside[l] as f64) / n
            })
        }),
        pit: values.then_some(pit),
        pit_distance: values.then(|| pit_distance(&pit)),
        theil_u: walk.filter(|_| values).map(|w| {
            let at = k * task.predictors.len() + w;
            theil_u(
                sum(&|c| c.paired[at].square.0),
                sum(&|c| c.paired[at].square.1),
            )
        }),
        brier: task.ties.then(|| sum(&|c| c.own[k].square) / n),
        average_precision: (task.ties && !precise.is_empty()).then(|| {
            precise.iter().map(|p| p.0).sum::<f64>() / precise.iter().map(|p| p.1).sum::<f64>()
        }),
        verdict: against_reference
            .as_ref()
            .filter(|_| !rare)
            .map_or(Verdict::NotScored, Comparison::verdict),
        against_reference,
        against_without_trust: (role == Role::Model)
            .then(|| task.without_trust.and_then(against))
            .flatten(),
    })
}

/// Predictor `a` against `b`.
fn compare(
    task: &Scored,
    cells: &[&Cell],
    a: usize,
    b: usize,
    span_years: f64,
    options: &Options,
) -> Option<Comparison> {
    let at = a * task.predictors.len() + b;
    let pairs: Vec<_> = cells
        .iter()
        .map(|c| c.paired[at])
        .filter(|p| p.n > 0)
        .collect();
    // Errors reach from the newest public row to the target: so many target years share them.
    // Blocks of nearly twice that length keep most of the dependence together.
    let steps = (span_years.round() as usize).max(1);
    let length = (2 * steps - 1).min((pairs.len() / 2).max(1));
    let own: Vec<f64> = pairs.iter().map(|p| p.loss.0).collect();
    let other: Vec<f64> = pairs.iter().map(|p| p.loss.1).collect();
    let s = scores::skill(
        &own,
        &other,
        length,
        INTERVAL,
        options.replicates,
        options.seed,
    )?;
    let mean_differences: Vec<f64> = pairs
        .iter()
        .map(|p| (p.loss.0 - p.loss.1) / p.n as f64)
        .collect();
    let test = diebold_mariano(&mean_differences, steps);
    let gains: Vec<f64> = pairs.iter().map(|p| p.log.0 - p.log.1).collect();
    let drawn = scores::block_bootstrap(
        gains.len(),
        length,
        options.replicates,
        options.seed,
        |at| at.iter().map(|k| gains[*k]).sum(),
    );
    let blocks = pairs.len() as f64 / length as f64;
    let short = if blocks > 1.0 {
        (blocks / (blocks - 1.0)).sqrt()
    } else {
        f64::NAN
    };
    let squares = pairs
        .iter()
        .fold((0.0, 0.0), |s, p| (s.0 + p.square.0, s.1 + p.square.1));
    Some(Comparison {
        opponent: task.predictors[b].clone(),
        forecasts: pairs.iter().map(|p| p.n).sum(),
        target_years: pairs.len(),
        skill: s.skill,
        skill_low: s.low,
        skill_high: s.high,
        dm_statistic: test.map(|t| t.statistic),
        dm_p: test.map(|t| t.p_value),
        log_gain: gains.iter().sum(),
        log_gain_se: short * realign_numerics::stats::sd(&drawn),
        square_skill: 1.0 - squares.0 / squares.1,
    })
}
