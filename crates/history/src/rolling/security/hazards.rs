//! Hazards of defence pacts and defence cooperation agreements, estimated again at each origin.
//!
//! The model is the block's own (`realign_model::security`): Firth's logit with the covariates of
//! [`HAZARD_COVARIATES`], one of which is the distance of ideal points. With trust the change of
//! that distance over five years comes in; without it both are left out.

use realign_atlas::{Atlas, StateId, StatePanel, Year};
use realign_model::security::{
    HAZARD_COVARIATES, HAZARD_PARTNERS, PairYears, TieTask as Estimated, all_pair_years, pair_years,
};
use realign_numerics::logit::{self, Logit};

use super::super::covariates::affinity_change;
use super::{MODEL, TWIN};
use crate::rolling::markov;
use crate::rolling::ties::{AtRisk, TieLayer, TiePredictor, TieTask, within};
use crate::{HistoryError, Origin};

/// Covariate of the model that is trust.
const AFFINITY: &str = "affinity_distance";
/// Standard deviation of the normal prior on slopes, as in the block's own estimate.
const SLOPE_PRIOR_SD: f64 = 1.0;
/// Changes below which no hazard is fitted.
const LEAST_EVENTS: usize = 5;
/// Ties a state changes in a year from which its changes are the work of an organisation, as in
/// the block's own estimate.
const ORGANISATION_SIZE: usize = 4;

const PACTS: (&str, i32) = ("defence_pact", 1951);
const AGREEMENTS: (&str, i32) = ("defence_cooperation", 1981);

/// The four layers.
pub(super) fn tasks() -> Vec<TieTask> {
    let layer = |id, title, of: (&'static str, i32), ending, years: (i32, i32), size| TieLayer {
        id,
        domain: "security",
        title,
        layer: of.0,
        ending,
        first_origin: Year(years.0),
        last_target: Year(years.1),
        record_from: Year(of.1 - 1),
        organisation_size: size,
    };
    [
        layer(
            "pact_formation",
            "defence pacts formed by two states",
            PACTS,
            false,
            (1985, 2018),
            Some(ORGANISATION_SIZE),
        ),
        layer(
            "pact_ending",
            "defence pacts ended by two states",
            PACTS,
            true,
            (1985, 2018),
            Some(ORGANISATION_SIZE),
        ),
        layer(
            "cooperation_formation",
            "defence cooperation agreements formed",
            AGREEMENTS,
            false,
            (1992, 2010),
            None,
        ),
        layer(
            "cooperation_ending",
            "defence cooperation agreements ended",
            AGREEMENTS,
            true,
            (1996, 2010),
            None,
        ),
    ]
    .into_iter()
    .map(|layer| TieTask {
        layer,
        predictors: vec![
            Box::new(markov::pooled()),
            Box::new(markov::recent()),
            Box::new(markov::persistence()),
            Box::new(Hazard::new("security_model_level_only", true, false)),
            Box::new(Hazard::new(TWIN, false, false)),
            Box::new(Hazard::new(MODEL, true, true)),
        ],
        reference: "pooled_markov",
        model: MODEL,
        without_trust: Some(TWIN),
    })
    .collect()
}

/// A hazard with or without level and change of affinity.
struct Hazard {
    id: &'static str,
    level: bool,
    change: bool,
}

impl Hazard {
    fn new(id: &'static str, level: bool, change: bool) -> Self {
        Self { id, level, change }
    }

    /// Rows of a panel with the columns that this hazard uses.
    fn columns(&self, panel: &PairYears, points: &StatePanel) -> (Vec<f64>, usize) {
        let names = HAZARD_COVARIATES
            .iter()
            .copied()
            .chain([HAZARD_PARTNERS])
            .take(panel.columns);
        let keep: Vec<usize> = names
            .enumerate()
            .filter(|(_, name)| self.level || *name != AFFINITY)
            .map(|(k, _)| k)
            .collect();
        let width = keep.len() + usize::from(self.change);
        let mut x = Vec::with_capacity(width * panel.y.len());
        for r in 0..panel.y.len() {
            let row = panel.row(r);
            x.extend(keep.iter().map(|k| row[*k]));
            if self.change {
                let (i, j) = panel.pair[r];
                let before = Year(panel.year[r] - 1);
                x.push(affinity_change(points, StateId(i), StateId(j), before));
            }
        }
        (x, width)
    }
}

/// The panel to fit on: outcomes to the last public year.
fn training(layer: &TieLayer, seen: Year) -> Estimated {
    Estimated {
        layer: layer.layer,
        prefix: layer.id,
        ending: layer.ending,
        first: layer.record_from.0 + 1,
        last: seen.0,
        train_to: seen.0,
        pairs_only: layer.organisation_size.is_some(),
    }
}

/// All pairs as they stand in the last public year.
fn standing(atlas: &Atlas, layer: &TieLayer, seen: Year) -> Result<PairYears, HistoryError> {
    let next = Estimated {
        first: seen.0 + 1,
        last: seen.0 + 1,
        pairs_only: false,
        ..training(layer, seen)
    };
    Ok(all_pair_years(atlas, &next)?)
}

impl TiePredictor for Hazard {
    fn id(&self) -> &str {
        self.id
    }

    fn predict(
        &self,
        origin: Origin<'_>,
        risk: &AtRisk<'_>,
        targets: &[Year],
    ) -> Result<Option<Vec<Vec<f64>>>, HistoryError> {
        let points = origin.atlas.state_series("ideal_point")?;
        let panel = pair_years(origin.atlas, &training(risk.layer, risk.seen))?;
        if panel.events() < LEAST_EVENTS {
            return Ok(None);
        }
        let (x, columns) = self.columns(&panel, points);
        let prior: Vec<Option<(f64, f64)>> = (0..columns)
            .map(|k| (k > 0).then_some((0.0, SLOPE_PRIOR_SD)))
            .collect();
        let fit = logit::fit(&Logit {
            x: &x,
            columns,
            y: &panel.y,
            weight: Some(&panel.weight),
            offset: None,
            firth: true,
            prior: Some(&prior),
        })?;
        if !fit.verdict.is_converged() {
            return Ok(None);
        }
        let now = standing(origin.atlas, risk.layer, risk.seen)?;
        let (x, columns) = self.columns(&now, points);
        let mut hazard: Vec<((u16, u16), f64)> = now
            .pair
            .iter()
            .zip(x.chunks_exact(columns))
            .map(|(pair, row)| (*pair, fit.probability(row, 0.0)))
            .collect();
        hazard.sort_by_key(|h| h.0);
        // A pair whose covariates are unknown has the mean hazard.
        let mean = panel.events() as f64 / panel.weight.iter().sum::<f64>();
        let yearly: Vec<f64> = risk
            .pairs
            .iter()
            .map(|(a, b)| {
                hazard
                    .binary_search_by_key(&(a.0, b.0), |h| h.0)
                    .map_or(mean, |k| hazard[k].1)
            })
            .collect();
        Ok(Some(
            targets
                .iter()
                .map(|t| yearly.iter().map(|h| within(*h, *t - risk.seen)).collect())
                .collect(),
        ))
    }
}
