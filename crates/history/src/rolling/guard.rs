//! The leakage guard: after everything that was not public at an origin is shuffled, every forecast
//! made there must be the same, bit for bit.

use realign_atlas::{Atlas, Year};

use super::ties::{AtRisk, TieTask, last_public};
use super::{Task, engine};
use crate::{HistoryError, Origin, Predictive, Wanted};

/// What the guard found for one task.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize)]
pub struct Report {
    /// The quantity or layer.
    pub quantity: String,
    /// Origin at which it was tested.
    pub origin: i32,
    /// Forecasts compared.
    pub forecasts: usize,
    /// Predictors whose forecasts changed: they saw the future.
    pub leaks: Vec<String>,
}

impl Report {
    /// Whether nothing changed.
    pub fn holds(&self) -> bool {
        self.leaks.is_empty()
    }
}

/// How an origin's view is made from an atlas; the honest one is [`Atlas::as_of`].
pub type View = fn(&Atlas, Year) -> Atlas;

/// Tests all predictors of `task` at `origin`.
pub fn check(
    atlas: &Atlas,
    task: &Task,
    origin: Year,
    wanted: &[Wanted],
    seed: u64,
) -> Result<Report, HistoryError> {
    check_view(atlas, task, origin, wanted, seed, Atlas::as_of)
}

/// The same with another view of the past: one that shows too much must be caught.
pub fn check_view(
    atlas: &Atlas,
    task: &Task,
    origin: Year,
    wanted: &[Wanted],
    seed: u64,
    view: View,
) -> Result<Report, HistoryError> {
    let said = |of: &Atlas| {
        let seen = view(of, origin);
        let at = Origin {
            year: origin,
            atlas: &seen,
        };
        engine::forecasts(task, at, wanted).map(|r| r.1)
    };
    let (plain, shuffled) = (
        said(atlas)?,
        said(&atlas.with_shuffled_future(origin, seed)?)?,
    );
    let leaks = task
        .predictors
        .iter()
        .zip(plain.iter().zip(&shuffled))
        .filter(|(_, (a, b))| {
            !a.iter()
                .zip(b.iter())
                .all(|(x, y)| same(x.as_ref(), y.as_ref()))
        })
        .map(|(p, _)| p.id().to_owned())
        .collect();
    Ok(Report {
        quantity: task.quantity.id.to_owned(),
        origin: origin.0,
        forecasts: plain.iter().flatten().flatten().count(),
        leaks,
    })
}

/// Tests all predictors of a layer of ties at `origin`.
pub fn check_ties(
    atlas: &Atlas,
    task: &TieTask,
    origin: Year,
    horizons: &[i32],
    seed: u64,
) -> Result<Report, HistoryError> {
    check_ties_view(atlas, task, origin, horizons, seed, Atlas::as_of)
}

/// The same with another view of the past.
pub fn check_ties_view(
    atlas: &Atlas,
    task: &TieTask,
    origin: Year,
    horizons: &[i32],
    seed: u64,
    view: View,
) -> Result<Report, HistoryError> {
    let targets = engine::tie_targets(task, origin, horizons);
    let honest = atlas.as_of(origin);
    let seen = last_public(&honest, task.layer.layer);
    let pairs = task.layer.at_risk(&honest, seen)?;
    let risk = AtRisk {
        layer: &task.layer,
        seen,
        pairs: &pairs,
    };
    let said = |of: &Atlas| {
        let seen = view(of, origin);
        let at = Origin {
            year: origin,
            atlas: &seen,
        };
        engine::chances(task, at, &risk, &targets)
    };
    let (plain, shuffled) = (
        said(atlas)?,
        said(&atlas.with_shuffled_future(origin, seed)?)?,
    );
    let bits = |p: &Option<Vec<Vec<f64>>>| -> Option<Vec<u64>> {
        p.as_ref()
            .map(|p| p.iter().flatten().map(|x| x.to_bits()).collect())
    };
    let leaks = task
        .predictors
        .iter()
        .zip(plain.iter().zip(&shuffled))
        .filter(|(_, (a, b))| bits(a) != bits(b))
        .map(|(p, _)| p.id().to_owned())
        .collect();
    Ok(Report {
        quantity: task.layer.id.to_owned(),
        origin: origin.0,
        forecasts: plain.iter().flatten().flatten().map(Vec::len).sum(),
        leaks,
    })
}

/// Equal to the last bit.
fn same(a: Option<&Predictive>, b: Option<&Predictive>) -> bool {
    let bits = |x: f64, y: f64| x.to_bits() == y.to_bits();
    match (a, b) {
        (None, None) => true,
        (Some(Predictive::Normal { mean, sd }), Some(Predictive::Normal { mean: m, sd: s })) => {
            bits(*mean, *m) && bits(*sd, *s)
        }
        (Some(Predictive::Sample(x)), Some(Predictive::Sample(y))) => {
            x.len() == y.len() && x.iter().zip(y).all(|(a, b)| bits(*a, *b))
        }
        _ => false,
    }
}
