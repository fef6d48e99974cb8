//! Separable hazards of ties by Firth's logit, scored against the base rate and persistence.

use realign_atlas::Atlas;
use realign_numerics::logit::{self, Logit, LogitFit};
use realign_numerics::special::log_odds;

use super::panel::{Panel, Task, build};
use crate::ModelError;
use crate::params::Posterior;
use crate::security::covariates::{NAMES, PARTNERS};
use crate::security::missing;

/// What is estimated, over which years. Bilateral pacts are rare: their test starts in 1991, so
/// that both parts have events. The records of agreements thin out after 2010.
const TASKS: [Task; 4] = [
    Task {
        layer: "defence_pact",
        prefix: "pact_formation",
        ending: false,
        first: 1951,
        last: 2025,
        train_to: 1990,
        pairs_only: true,
    },
    Task {
        layer: "defence_pact",
        prefix: "pact_ending",
        ending: true,
        first: 1951,
        last: 2018,
        train_to: 1990,
        pairs_only: true,
    },
    Task {
        layer: "defence_cooperation",
        prefix: "cooperation_formation",
        ending: false,
        first: 1981,
        last: 2010,
        train_to: 2000,
        pairs_only: false,
    },
    Task {
        layer: "defence_cooperation",
        prefix: "cooperation_ending",
        ending: true,
        first: 1981,
        last: 2010,
        train_to: 2000,
        pairs_only: false,
    },
];

/// Standard deviation of the normal prior on slopes, which keeps rare-event slopes in range.
const SLOPE_PRIOR_SD: f64 = 1.0;
/// Changes below which no hazard is fitted.
const LEAST_EVENTS: usize = 5;
/// Share of the years that is fitted where the record ends before the test would begin.
const TRAINING: f64 = 0.7;
/// Share of the pair-years with the highest hazard in which events are counted.
const TOP_SHARE: f64 = 0.05;

/// How well the hazards of one task predict later years.
#[derive(Clone, Debug, PartialEq)]
pub struct TieScore {
    /// Prefix of the parameters, such as `pact_formation`.
    pub task: &'static str,
    /// Years of outcomes in the test.
    pub test_years: (i32, i32),
    /// Changes in the training part.
    pub train_events: usize,
    /// Changes in the test part.
    pub test_events: usize,
    /// Mean log score a thousand pair-years of the test; higher is better.
    pub log_score: f64,
    /// The same of the base rate of the training part.
    pub log_score_base: f64,
    /// Gain in log score over the base rate, nats in total, and its standard error over years.
    pub gain: (f64, f64),
    /// Mean Brier score a thousand pair-years at risk; lower is better.
    pub brier: f64,
    /// The same of the base rate.
    pub brier_base: f64,
    /// The same of persistence: nothing changes.
    pub brier_persistence: f64,
    /// Share of the test's changes among the twentieth of pair-years with the highest hazard.
    pub found_in_top: f64,
}

impl TieScore {
    /// Whether the gain over the base rate exceeds two standard errors.
    pub fn beats_base_rate(&self) -> bool {
        self.gain.0 > 2.0 * self.gain.1
    }
}

/// Names of the columns of a panel.
fn names(panel: &Panel) -> Vec<&'static str> {
    NAMES
        .into_iter()
        .chain([PARTNERS])
        .take(panel.columns)
        .collect()
}

pub(super) fn fit(panel: &Panel) -> Result<LogitFit, ModelError> {
    let prior: Vec<Option<(f64, f64)>> = names(panel)
        .iter()
        .map(|n| (*n != "base").then_some((0.0, SLOPE_PRIOR_SD)))
        .collect();
    let problem = Logit {
        x: &panel.x,
        columns: panel.columns,
        y: &panel.y,
        weight: Some(&panel.weight),
        offset: None,
        firth: true,
        prior: Some(&prior),
    };
    let fit = logit::fit(&problem).map_err(|e| missing(format!("hazards of ties: {e}")))?;
    if fit.verdict.is_converged() {
        Ok(fit)
    } else {
        Err(missing(format!(
            "hazards of ties did not converge, score {:e}",
            fit.score
        )))
    }
}

/// Standard errors that allow changes of one year to have a common cause.
pub(super) fn year_clustered(panel: &Panel, fit: &LogitFit) -> Vec<f64> {
    let mut years: Vec<i32> = panel.year.clone();
    years.dedup();
    years.sort_unstable();
    years.dedup();
    let columns = panel.columns;
    let mut scores = vec![vec![0.0; columns]; years.len()];
    for r in 0..panel.y.len() {
        let row = panel.row(r);
        let residual = panel.weight[r] * (panel.y[r] - fit.probability(row, 0.0));
        if let Ok(k) = years.binary_search(&panel.year[r]) {
            for (s, x) in scores[k].iter_mut().zip(row) {
                *s += residual * x;
            }
        }
    }
    let v = &fit.covariance;
    let mut out = vec![0.0; columns];
    for score in &scores {
        for (a, variance) in out.iter_mut().enumerate() {
            let moved: f64 = (0..columns).map(|b| v[a * columns + b] * score[b]).sum();
            *variance += moved * moved;
        }
    }
    let g = years.len() as f64;
    out.iter().map(|v| (v * g / (g - 1.0)).sqrt()).collect()
}

fn score(task: &Task, panel: &Panel) -> Result<TieScore, ModelError> {
    let train = panel.years(task.first..=task.train_to);
    let test = panel.years(task.train_to + 1..=task.last);
    let fitted = fit(&train)?;
    let total = |w: &[f64]| w.iter().sum::<f64>();
    let base = train.events() as f64 / total(&train.weight);
    let (mut own, mut constant) = (0.0, 0.0);
    let (mut brier, mut brier_base, mut brier_still) = (0.0, 0.0, 0.0);
    let years = (task.train_to + 1..=task.last).count();
    let mut gains = vec![0.0; years];
    let mut ranked: Vec<(f64, f64, f64)> = Vec::with_capacity(test.y.len());
    for r in 0..test.y.len() {
        let p = fitted.probability(test.row(r), 0.0);
        let (y, w) = (test.y[r], test.weight[r]);
        let log = |p: f64| if y > 0.0 { p.ln() } else { (-p).ln_1p() };
        own += w * log(p);
        constant += w * log(base);
        gains[(test.year[r] - task.train_to - 1) as usize] += w * (log(p) - log(base));
        brier += w * (y - p).powi(2);
        brier_base += w * (y - base).powi(2);
        brier_still += w * y;
        ranked.push((p, y, w));
    }
    ranked.sort_by(|a, b| b.0.total_cmp(&a.0));
    let weight = total(&test.weight);
    let (mut seen, mut found) = (0.0, 0.0);
    for (_, y, w) in ranked {
        if seen >= TOP_SHARE * weight {
            break;
        }
        seen += w;
        found += y;
    }
    let gain: f64 = gains.iter().sum();
    let mean = gain / years as f64;
    let spread: f64 = gains.iter().map(|g| (g - mean).powi(2)).sum::<f64>();
    let se = (spread * years as f64 / (years as f64 - 1.0)).sqrt();
    let thousand = 1000.0 / weight;
    Ok(TieScore {
        task: task.prefix,
        test_years: (task.train_to + 1, task.last),
        train_events: train.events(),
        test_events: test.events(),
        log_score: own * thousand,
        log_score_base: constant * thousand,
        gain: (gain, se),
        brier: brier * thousand,
        brier_base: brier_base * thousand,
        brier_persistence: brier_still * thousand,
        found_in_top: found / test.events() as f64,
    })
}

/// Scores of all four hazards, trained on earlier and tested on later years.
pub fn tie_scores(atlas: &Atlas) -> Result<Vec<TieScore>, ModelError> {
    TASKS
        .iter()
        .map(|task| {
            let task = task.as_known(atlas, TRAINING);
            score(&task, &build(atlas, &task)?)
        })
        .collect()
}

/// Coefficients of forming and of ending a pact, fitted on outcomes up to `last`.
pub(super) fn pact_hazards_to(
    atlas: &Atlas,
    last: i32,
) -> Result<(Vec<f64>, Vec<f64>), ModelError> {
    let of = |task: &Task| -> Result<Vec<f64>, ModelError> {
        let panel = build(atlas, task)?.years(task.first..=last.min(task.last));
        if panel.events() < LEAST_EVENTS {
            return Err(missing(format!(
                "{}: {} changes to fit by {last}",
                task.prefix,
                panel.events()
            )));
        }
        Ok(fit(&panel)?.coefficient)
    };
    Ok((of(&TASKS[0])?, of(&TASKS[1])?))
}

/// Formation of bilateral defence pacts.
pub(super) fn pact_formation(atlas: &Atlas) -> Result<Vec<Posterior>, ModelError> {
    posteriors(atlas, &TASKS[0])
}

/// End of bilateral defence pacts.
pub(super) fn pact_ending(atlas: &Atlas) -> Result<Vec<Posterior>, ModelError> {
    posteriors(atlas, &TASKS[1])
}

/// Formation of defence cooperation agreements.
pub(super) fn cooperation_formation(atlas: &Atlas) -> Result<Vec<Posterior>, ModelError> {
    posteriors(atlas, &TASKS[2])
}

/// End of defence cooperation agreements.
pub(super) fn cooperation_ending(atlas: &Atlas) -> Result<Vec<Posterior>, ModelError> {
    posteriors(atlas, &TASKS[3])
}

fn posteriors(atlas: &Atlas, task: &Task) -> Result<Vec<Posterior>, ModelError> {
    let task = &task.as_known(atlas, TRAINING);
    let mut out = Vec::new();
    {
        let panel = build(atlas, task)?;
        let (train, test) = (
            panel.years(task.first..=task.train_to).events(),
            panel.years(task.train_to + 1..=task.last).events(),
        );
        if train < LEAST_EVENTS || test == 0 {
            return Err(missing(format!(
                "{}: {train} changes to fit and {test} to test by {}",
                task.prefix, task.last
            )));
        }
        let s = score(task, &panel)?;
        let all = fit(&panel)?;
        let clustered = year_clustered(&panel, &all);
        let source = format!(
            "{} {}-{}, Firth's logit, N(0, 1) on slopes, errors clustered by year; {} changes in \
             {} pair-years. Trained to {}, tested {}-{} on {} changes: log score gain over the \
             base rate {:.1} (SE {:.1}), {}; Brier a thousand {:.4}, base rate {:.4}, persistence \
             {:.4}",
            if task.layer == "defence_pact" {
                "ATOP and supplement"
            } else {
                "DCAD"
            },
            task.first,
            task.last,
            panel.events(),
            panel.weight.iter().sum::<f64>().round(),
            task.train_to,
            s.test_years.0,
            s.test_years.1,
            s.test_events,
            s.gain.0,
            s.gain.1,
            if s.beats_base_rate() {
                "beaten"
            } else {
                "not beaten: constant hazard"
            },
            s.brier,
            s.brier_base,
            s.brier_persistence,
        );
        // Hazards that do not beat the base rate are constant: their slopes are zero.
        let rate = panel.events() as f64 / panel.weight.iter().sum::<f64>();
        for (k, name) in names(&panel).into_iter().enumerate() {
            let (mean, sd) = if s.beats_base_rate() {
                (all.coefficient[k], all.standard_error[k].max(clustered[k]))
            } else if name == "base" {
                (log_odds(rate), clustered[k])
            } else {
                (0.0, 0.0)
            };
            out.push(Posterior {
                id: format!("security.{}_{name}", task.prefix),
                mean,
                sd,
                observations: panel.y.len(),
                source: source.clone(),
            });
        }
    }
    Ok(out)
}
