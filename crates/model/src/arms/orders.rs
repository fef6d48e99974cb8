//! Who is chosen when something is ordered: the register's orders by the year of the order.
//!
//! The unit is a recipient, a class and a window of five years. The alternatives are everyone the
//! recipient has bought from in thirty years and the large exporters; the outcome are their shares
//! in what was ordered. Windows are predicted one by one from the windows before:
//!
//! ```text
//! V_ijc = b·x_ijc,   x = ln share last window, ln share thirty years, ln share all classes,
//!                        ln world share, incumbent, ally | level of affinity, change of affinity
//! ```
//!
//! *Importer effects* drop out, for the choice is conditional on the recipient. *Partial pooling*: a
//! class has its own coefficients, drawn towards those of all classes. *Nests* (the suppliers of a
//! region) are fitted in two steps, within and between. *State dependence and taste*: the share of
//! the last window stands beside that of thirty years; what remains a taste that neither shows
//! counts as state dependence, so its coefficient is an upper bound.

mod history;
mod logit;

use realign_atlas::Atlas;
use realign_numerics::stats::{PairedDifference, mean, paired_difference};

use self::history::{COLUMNS, Choice, WITHOUT_TRUST, choices};
use self::logit::{Fit, Nested};
use super::class::CLASSES;
use crate::ModelError;

/// Names of the columns, in order.
pub const ORDER_COLUMNS: [&str; COLUMNS] = [
    "share of the last window (ln)",
    "share of thirty years (ln)",
    "share over all classes (ln)",
    "world share (ln)",
    "largest supplier of thirty years",
    "defence pact",
    "level of affinity",
    "change of affinity",
];

/// One model of the choice, scored on windows that it was not fitted to.
#[derive(Clone, Debug)]
pub struct OrderScore {
    /// Which model.
    pub model: &'static str,
    /// Mean logarithm of the probability given to a unit of what was ordered.
    pub log_score: f64,
    /// Share of recipients, classes and windows whose largest supplier was ranked first.
    pub top_1: f64,
    /// The same among the first three.
    pub top_3: f64,
    /// Gain in log score over the logit without trust, paired, with its standard error.
    pub gain: PairedDifference,
}

/// Coefficients of all classes together, fitted to all windows.
#[derive(Clone, Debug)]
pub struct OrderCoefficient {
    /// Which column.
    pub column: &'static str,
    /// Estimate.
    pub estimate: f64,
    /// Standard error, clustered by recipient.
    pub standard_error: f64,
}

/// The record of the models of orders.
#[derive(Clone, Debug)]
pub struct OrderScores {
    /// Baselines first.
    pub models: Vec<OrderScore>,
    /// Coefficients of the logit with level and change of affinity.
    pub coefficients: Vec<OrderCoefficient>,
    /// Dissimilarity of the nests (1: no nests), fitted to all windows.
    pub dissimilarity: f64,
    /// Recipients, classes and windows scored, and how many there are in all.
    pub scored: usize,
    /// All of them.
    pub observations: usize,
}

/// Windows with fewer observations before them are not scored.
const LEAST_TRAINING: usize = 300;

/// Fits and scores every model, window by window.
pub fn order_scores(atlas: &Atlas) -> Result<OrderScores, ModelError> {
    let all = choices(atlas)?;
    let mut ends: Vec<i32> = all.iter().map(|c| c.window).collect();
    ends.sort_unstable();
    ends.dedup();
    let names = [
        "incumbent repeats",
        "world shares",
        "logit without trust",
        "… with level of affinity",
        "… with level and change of affinity",
        "logit without trust, by class",
        "nested logit without trust",
    ];
    let mut scores: Vec<Vec<f64>> = vec![Vec::new(); names.len()];
    let mut hits = vec![[0usize; 2]; names.len()];
    for end in ends {
        let before: Vec<&Choice> = all.iter().filter(|c| c.window < end).collect();
        if before.len() < LEAST_TRAINING {
            continue;
        }
        let plain = Fit::new(&before, WITHOUT_TRUST)?;
        let level = Fit::new(&before, WITHOUT_TRUST + 1)?;
        let change = Fit::new(&before, COLUMNS)?;
        let by_class = (0..CLASSES)
            .map(|class| {
                let own: Vec<&Choice> = before
                    .iter()
                    .copied()
                    .filter(|c| c.class == class)
                    .collect();
                Fit::towards(&own, &plain)
            })
            .collect::<Result<Vec<_>, _>>()?;
        let nested = Nested::new(&before, WITHOUT_TRUST)?;
        for c in all.iter().filter(|c| c.window == end) {
            let predictions = [
                c.repeat.clone(),
                c.world.clone(),
                plain.probabilities(c),
                level.probabilities(c),
                change.probabilities(c),
                by_class[c.class].probabilities(c),
                nested.probabilities(c),
            ];
            for (m, p) in predictions.iter().enumerate() {
                scores[m].push(c.log_score(p));
                let rank = c.rank_of_largest(p);
                hits[m][0] += usize::from(rank < 1);
                hits[m][1] += usize::from(rank < 3);
            }
        }
    }
    let scored = scores[0].len();
    let models = names
        .into_iter()
        .enumerate()
        .map(|(m, model)| {
            Ok(OrderScore {
                model,
                log_score: mean(&scores[m]),
                top_1: hits[m][0] as f64 / scored as f64,
                top_3: hits[m][1] as f64 / scored as f64,
                gain: paired_difference(&scores[m], &scores[2]).map_err(history::failed)?,
            })
        })
        .collect::<Result<Vec<_>, ModelError>>()?;
    let everything: Vec<&Choice> = all.iter().collect();
    let whole = Fit::new(&everything, COLUMNS)?;
    let coefficients = ORDER_COLUMNS
        .into_iter()
        .zip(whole.b.iter().zip(&whole.standard_errors))
        .map(|(column, (b, se))| OrderCoefficient {
            column,
            estimate: *b,
            standard_error: *se,
        })
        .collect();
    Ok(OrderScores {
        models,
        coefficients,
        dissimilarity: Nested::new(&everything, WITHOUT_TRUST)?.dissimilarity,
        scored,
        observations: all.len(),
    })
}
