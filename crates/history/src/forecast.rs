//! Frozen forecasts, written before anyone sees the outcome.
//!
//! What is known is `Atlas::as_of(vintage)` and nothing else. Each quantity is forecast by the
//! predictor that did best from rolling origins whose outcomes were public at the vintage, at the
//! same distance from the last value; its distribution is widened where it covered too little
//! there; and, where the model has a state for it, the difference that the acts of a scenario make
//! between two arms of the same draw is added. The acts are those of the scenario: an assumption,
//! not an observation.

mod effect;
mod imports;
mod subjects;
mod trial;

use realign_atlas::{Atlas, StateId, Year};
use realign_model::params::Params;
use realign_numerics::stats;
use realign_scenario::ResolvedScenario;
use serde::Serialize;

use crate::HistoryError;

pub use subjects::{EUROPE, EUROPEAN_NATO};
pub use trial::Choice;

/// How forecasts are made.
#[derive(Clone, Debug, PartialEq)]
pub struct Options {
    /// What was public at the end of this year is known.
    pub vintage: Year,
    /// Seed of the draws of the scenario.
    pub seed: u64,
    /// Draws of the scenario.
    pub draws: usize,
    /// At most so many origins behind each choice, the newest.
    pub most_origins: usize,
    /// Only these quantities; all when empty.
    pub only: Vec<String>,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            vintage: Year(2024),
            seed: 2024,
            draws: 200,
            most_origins: 20,
            only: Vec::new(),
        }
    }
}

/// One forecast. Columns of the CSV in this order.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Row {
    /// What is forecast, such as `us_favourability`.
    pub quantity: String,
    /// Of whom: ISO3 code, or `WLD`.
    pub entity: String,
    /// Towards or from whom: ISO3 code, group or currency; may be empty.
    pub partner: String,
    /// When, such as `2025` or `2021-25`.
    pub period: String,
    /// Mean.
    pub mean: f64,
    /// Quantiles 5, 25, 50, 75 and 95 %.
    pub quantiles: [f64; 5],
    /// Unit of all numbers.
    pub unit: String,
    /// Predictor and effect of the scenario.
    pub model: String,
    /// Median of the reference that the predictor had to beat, without the scenario.
    pub baseline_q50: f64,
}

/// Forecasts and how they came about.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct Forecasts {
    /// The forecasts, by quantity and entity.
    pub rows: Vec<Row>,
    /// What was chosen for each quantity, and by how much it was widened.
    pub choices: Vec<Choice>,
    /// What else a reader must know.
    pub notes: Vec<String>,
}

/// Hears how many of how many parts are done; `false` stops the run.
pub type Progress<'a> = &'a (dyn Fn(usize, usize) -> bool + Sync);

/// Forecasts every quantity of `backtests/forecasts/README.md`. `atlas` is only read as of the
/// vintage; `scenario` begins in the year after it. Parameters of the model are estimated on what
/// was public at the vintage.
pub fn run(
    atlas: &Atlas,
    scenario: &ResolvedScenario,
    options: &Options,
    progress: Progress<'_>,
) -> Result<Forecasts, HistoryError> {
    if !progress(0, subjects::count(options) + 1) {
        return Err(HistoryError::Stopped);
    }
    let estimated = Params::as_known_at(&atlas.as_of(options.vintage))?;
    let mut out = run_with(atlas, scenario, &estimated.params, options, progress)?;
    out.notes.insert(
        0,
        format!(
            "Parameters of the model: {} estimated on what was public at the end of {}; {} that have an estimate today keep their prior.",
            estimated.estimated.len(),
            options.vintage,
            estimated.kept.len()
        ),
    );
    Ok(out)
}

/// [`run`] with given parameters of the model.
pub fn run_with(
    atlas: &Atlas,
    scenario: &ResolvedScenario,
    params: &Params,
    options: &Options,
    progress: Progress<'_>,
) -> Result<Forecasts, HistoryError> {
    let known = atlas.as_of(options.vintage);
    let total = subjects::count(options) + 1;
    let tick = |done: usize| {
        if progress(done, total) {
            Ok(())
        } else {
            Err(HistoryError::Stopped)
        }
    };
    let effects = effect::Effects::run(&known, scenario, params, options)?;
    tick(1)?;
    let mut out = Forecasts {
        notes: effects.notes.clone(),
        ..Forecasts::default()
    };
    for (k, subject) in subjects::all(&known, options).iter().enumerate() {
        subject.forecast(&known, &effects, options, &mut out)?;
        tick(k + 2)?;
    }
    Ok(out)
}

/// A sample on the scale of a forecast, at equally spaced probabilities, and the shift of the
/// scenario in each draw: mean and quantiles of their sum in the published unit.
fn combine(points: &[f64], shifts: &[f64], back: impl Fn(f64) -> f64) -> Option<(f64, [f64; 5])> {
    let mut all = Vec::with_capacity(points.len() * shifts.len().max(1));
    for p in points {
        if shifts.is_empty() {
            all.push(back(*p));
        }
        all.extend(shifts.iter().map(|s| back(p + s)));
    }
    if all.is_empty() || all.iter().any(|v| !v.is_finite()) {
        return None;
    }
    let sorted = stats::sorted(&all);
    let q = [0.05, 0.25, 0.5, 0.75, 0.95].map(|p| stats::quantile_sorted(&sorted, p));
    Some((stats::mean(&sorted), q))
}

/// Code of a state in rows.
fn code(atlas: &Atlas, state: Option<StateId>) -> String {
    state.map_or_else(|| "WLD".to_owned(), |s| atlas.states().iso3(s).to_owned())
}

/// Digits that the CSV prints.
const DIGITS: i32 = 6;

/// A number with six significant digits, without an exponent.
fn number(v: f64) -> String {
    if v == 0.0 || !v.is_finite() {
        return format!("{v}");
    }
    let decimals = (DIGITS - 1 - v.abs().log10().floor() as i32).max(0);
    let text = format!("{v:.*}", decimals as usize);
    if text.contains('.') {
        text.trim_end_matches('0').trim_end_matches('.').to_owned()
    } else {
        text
    }
}

/// The table, comma separated, with a header.
pub fn to_csv(rows: &[Row]) -> String {
    let mut out = String::from(
        "quantity,entity,partner,period,mean,q05,q25,q50,q75,q95,unit,model,baseline_q50\n",
    );
    for r in rows {
        let numbers: Vec<String> = std::iter::once(r.mean)
            .chain(r.quantiles)
            .map(number)
            .collect();
        let cells = [
            r.quantity.as_str(),
            &r.entity,
            &r.partner,
            &r.period,
            &numbers.join(","),
            &r.unit,
            &r.model,
            &number(r.baseline_q50),
        ];
        out.push_str(&cells.join(","));
        out.push('\n');
    }
    out
}

/// What was chosen and why, as a Markdown table.
pub fn to_markdown(forecasts: &Forecasts) -> String {
    let mut out = String::from(
        "| quantity | years from last value | predictor | skill over reference | reference | years scored | forecasts scored | coverage 50 / 90 % there | widened by (middle, tails) |\n|---|---|---|---|---|---|---|---|---|\n",
    );
    let rows = forecasts.choices.iter().map(|c| {
        format!(
            "| {} | {} | {} | {:+.3} | {} | {} | {} | {:.2} / {:.2} | {:.2}, {:.2} |\n",
            c.quantity,
            c.gap_years,
            c.predictor,
            c.skill,
            c.reference,
            c.target_years,
            c.forecasts,
            c.coverage[0],
            c.coverage[1],
            c.widen[0],
            c.widen[1],
        )
    });
    out.extend(rows);
    out.extend(forecasts.notes.iter().map(|n| format!("\n- {n}")));
    out.push('\n');
    out
}
