//! What the acts of the scenario change in the first years, draw by draw: the arm with the acts
//! against the quiet arm of the same random numbers.

use realign_atlas::{Atlas, Year};
use realign_ensemble::run::{Ends, map_ends};
use realign_model::model::Model;
use realign_model::params::Params;
use realign_numerics::ols;
use realign_numerics::random::Stream;
use realign_scenario::ResolvedScenario;

use super::Options;
use crate::HistoryError;

/// Effects of one draw; NaN where the model has no state.
struct Draw {
    /// Change of trust in the hegemon, SD, by state.
    trust: Vec<f64>,
    /// Mean change of trust of both directions, SD.
    mutual: Vec<f64>,
    /// Log ratio of the military burden and of military spending.
    burden: Vec<f64>,
    spending: Vec<f64>,
    /// Log ratio of holdings of the hegemon's securities.
    holdings: Vec<f64>,
    /// Change of the log odds of the hegemon's currency in the world's reserves.
    currency: f64,
    /// Log ratio of imports of the hegemon from each state.
    imports: Vec<f64>,
    /// √ of the share of the variance of votes that is trust.
    votes_loading: f64,
}

/// Shifts of forecasts, one for each draw, on the scale of the forecast.
pub(super) struct Effects {
    first: Vec<Draw>,
    second: Vec<Draw>,
    /// Log odds of favourability per SD of trust, by draw.
    logit_per_sd: Vec<f64>,
    /// Standard deviation of votes less the means of both states.
    votes_sd: f64,
    pub(super) notes: Vec<String>,
}

fn log_ratio(shock: f32, quiet: f32) -> f64 {
    let ratio = f64::from(shock) / f64::from(quiet);
    if ratio > 0.0 { ratio.ln() } else { f64::NAN }
}

fn log_odds(percent: f32) -> f64 {
    let p = f64::from(percent) / 100.0;
    (p / (1.0 - p)).ln()
}

impl Draw {
    fn of(model: &Model, ends: &Ends) -> Self {
        let n = model.setting().n;
        let h = model.setting().hegemon.index();
        let layout = model.layout();
        let mut rows = [
            vec![f32::NAN; layout.width()],
            vec![f32::NAN; layout.width()],
        ];
        for (world, row) in [&ends.quiet, &ends.shock].into_iter().zip(&mut rows) {
            model.measure(&ends.start, world, None, false, row);
        }
        let [quiet, shock] = &rows;
        let by_state = |id: &str, f: &dyn Fn(f32, f32) -> f64| -> Vec<f64> {
            match layout.position(id) {
                Some(at) => (0..n)
                    .map(|i| {
                        let state = realign_atlas::StateId::from_index(i);
                        let slot = layout.slot(at, Some(state));
                        f(shock[slot], quiet[slot])
                    })
                    .collect(),
                None => vec![f64::NAN; n],
            }
        };
        let one_plus = |s: f32, q: f32| log_ratio(100.0 + s, 100.0 + q);
        let change =
            |i: usize, j: usize| ends.shock.trust.total(i, j) - ends.quiet.trust.total(i, j);
        Self {
            trust: (0..n).map(|i| change(i, h)).collect(),
            mutual: (0..n)
                .map(|i| 0.5 * (change(i, h) + change(h, i)))
                .collect(),
            burden: by_state("security.military_burden", &log_ratio),
            spending: by_state("security.spending_change", &one_plus),
            holdings: by_state("finance.holdings_change_pct", &one_plus),
            currency: layout
                .position("finance.currency_share_pct")
                .map_or(f64::NAN, |at| {
                    let slot = layout.slot(at, None);
                    log_odds(shock[slot]) - log_odds(quiet[slot])
                }),
            imports: imports(model, ends),
            votes_loading: ends.start.coefficients.trust.information.votes.sqrt(),
        }
    }
}

/// Log ratios of imports of the hegemon. States outside the trade equilibrium answer a tariff as
/// those inside did in the same draw.
fn imports(model: &Model, ends: &Ends) -> Vec<f64> {
    let n = model.setting().n;
    let h = model.setting().hegemon;
    let fixed = &model.fixed().trade;
    let mut tariff = vec![0.0; n];
    for t in &ends.shock.trade.added_tariffs {
        if t.importer == h {
            tariff[t.exporter.index()] += t.fraction;
        }
    }
    let solved = ends.shock.trade.solved && ends.quiet.trade.solved;
    let inside: Vec<f64> = (0..n)
        .map(|j| {
            let of = |w: &realign_model::world::World| w.trade.exports_musd(fixed, j, h.index());
            match (of(&ends.shock), of(&ends.quiet)) {
                (Some(s), Some(q)) if s > 0.0 && q > 0.0 && solved && j != h.index() => {
                    (s / q).ln()
                }
                _ => f64::NAN,
            }
        })
        .collect();
    let (mut x, mut y) = (Vec::new(), Vec::new());
    for j in (0..n).filter(|j| inside[*j].is_finite()) {
        x.extend([1.0, tariff[j].ln_1p()]);
        y.push(inside[j]);
    }
    let line = ols::fit(&x, 2, &y, None, None).map(|f| f.coefficient).ok();
    (0..n)
        .map(|j| match &line {
            _ if inside[j].is_finite() => inside[j],
            Some(b) if solved && j != h.index() => b[0] + b[1] * tariff[j].ln_1p(),
            _ => f64::NAN,
        })
        .collect()
}

/// Standard deviation of minus the distance of ideal points less the means of both states.
fn votes_sd(distance: &[f64], n: usize) -> f64 {
    let at = |i: usize, j: usize| distance[i * n + j];
    let mean_of = |i: usize| {
        let known: Vec<f64> = (0..n)
            .filter(|j| *j != i)
            .map(|j| at(i, j))
            .filter(|d| d.is_finite())
            .collect();
        known.iter().sum::<f64>() / known.len() as f64
    };
    let means: Vec<f64> = (0..n).map(mean_of).collect();
    let left: Vec<f64> = (0..n)
        .flat_map(|i| (0..i).map(move |j| (i, j)))
        .map(|(i, j)| at(i, j) - means[i] - means[j])
        .filter(|d| d.is_finite())
        .collect();
    realign_numerics::stats::sd(&left)
}

impl Effects {
    /// Runs the scenario to the first and to the second year after the vintage.
    pub(super) fn run(
        known: &Atlas,
        scenario: &ResolvedScenario,
        params: &Params,
        options: &Options,
    ) -> Result<Self, HistoryError> {
        let model_to = |year: Year| {
            let mut shorter = scenario.clone();
            shorter.horizon = year;
            Model::new(known, &shorter, params.clone())
        };
        let draws_of =
            |model: &Model| map_ends(model, options.seed, options.draws, |e| Draw::of(model, e));
        let one = model_to(options.vintage + 1)?;
        let two = model_to(options.vintage + 2)?;
        let (first, second) = (draws_of(&one)?, draws_of(&two)?);
        let logit_per_sd = (0..first.len() as u32)
            .map(|d| {
                let values = params.draw(&Stream::new(options.seed, d));
                values.get("trade.logit_per_sd")
            })
            .collect::<Result<Vec<f64>, _>>()?;
        let trust = &one.fixed().trust;
        let mut notes = vec![format!(
            "Scenario: {} of {} draws of the arm with the acts against the quiet arm on the same random numbers.",
            first.len(),
            options.draws,
        )];
        notes.extend(one.fixed().trust.notes.iter().cloned());
        Ok(Self {
            votes_sd: votes_sd(&trust.ideal_distance, one.setting().n),
            first,
            second,
            logit_per_sd,
            notes,
        })
    }

    fn each(&self, f: impl Fn(usize, &Draw) -> f64) -> Vec<f64> {
        let all = self.first.iter().enumerate().map(|(k, d)| f(k, d));
        all.filter(|v| v.is_finite()).collect()
    }

    /// Log odds of favourability: trust times logits per SD.
    pub(super) fn favourability(&self, state: usize) -> Vec<f64> {
        self.each(|k, d| d.trust[state] * self.logit_per_sd[k])
    }

    /// Distance of ideal points: what the model's observation of votes makes of mutual trust.
    pub(super) fn ideal_distance(&self, state: usize) -> Vec<f64> {
        self.each(|_, d| -d.votes_loading * self.votes_sd * d.mutual[state])
    }

    /// Log of the military burden.
    pub(super) fn burden(&self, state: usize) -> Vec<f64> {
        self.each(|_, d| d.burden[state])
    }

    /// Log of military spending.
    pub(super) fn spending(&self, state: usize) -> Vec<f64> {
        self.each(|_, d| d.spending[state])
    }

    /// Log of holdings in the middle of the second year: the mean of its two ends.
    pub(super) fn holdings(&self, state: usize) -> Vec<f64> {
        self.first
            .iter()
            .zip(&self.second)
            .map(|(a, b)| 0.5 * (a.holdings[state] + b.holdings[state]))
            .filter(|v| v.is_finite())
            .collect()
    }

    /// Log odds of the hegemon's currency.
    pub(super) fn currency(&self) -> Vec<f64> {
        self.each(|_, d| d.currency)
    }

    /// Log of imports of the hegemon.
    pub(super) fn imports(&self, state: usize) -> Vec<f64> {
        self.each(|_, d| d.imports[state])
    }
}
