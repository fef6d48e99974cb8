//! What arms deliveries say about the pull of the network and of the sponsor.
//!
//! Datalinks are the one standard whose adoption the atlas shows over time, through who supplies
//! whose arms. The share of the Link 16 family in new deliveries over five years is explained by
//! its share in what the recipient operates (persistence, the baseline), by its share among the
//! recipient's pact partners, and by the level and the past change of affinity with the United
//! States. The coefficient on the partners mixes pull with like-mindedness, so it bounds the pull
//! from above; it is for one standard of six. The priors are kept, and `docs/model/standards.md`
//! states the result.

use realign_atlas::{Atlas, StateId, StateKind, Year};
use realign_numerics::logit::{self, Logit, LogitFit};
use realign_numerics::special::log_odds;

use super::catalogue;
use super::fixed::makers_of;
use crate::ModelError;
use crate::params::Posterior;

/// Years in which a window of five years begins.
const ORIGINS: [Year; 5] = [Year(1995), Year(2000), Year(2005), Year(2010), Year(2015)];
/// Last origin whose window trains the models that are scored later.
const TRAIN_UNTIL: Year = Year(2005);
/// Smallest deliveries in a window and in the base, share of the world, for a choice to count.
const LEAST_DELIVERIES: f64 = 2e-4;
/// Base shares are kept this far from 0 and 1 before their log odds are taken.
const MARGIN: f64 = 0.02;
/// Columns: constant, log odds of the base, partners' share, affinity, change of affinity.
const COLUMNS: usize = 5;

/// Scores of explanations of whose datalinks a state chooses.
#[derive(Clone, Debug, PartialEq)]
pub struct DatalinkChoice {
    /// Recipients and windows.
    pub observations: usize,
    /// Log odds per unit of the partners' share, all windows, with its standard error.
    pub partners: (f64, f64),
    /// Log odds per unit of affinity, the same.
    pub affinity: (f64, f64),
    /// Log odds per unit of change of affinity, the same.
    pub change: (f64, f64),
    /// Gains in mean log score a choice over persistence, out of sample: with partners; with
    /// affinity as well; with its change as well.
    pub gain: [f64; 3],
    /// Standard errors of the gains over recipients.
    pub gain_se: [f64; 3],
    /// Choices scored.
    pub scored: usize,
}

/// Nothing here replaces a prior: the pull of one standard, bounded from above, is not the pull
/// of all (see the module's text).
pub fn estimate(atlas: &Atlas) -> Result<Vec<Posterior>, ModelError> {
    datalink_choice(atlas).map(|_| Vec::new())
}

struct Row {
    recipient: usize,
    origin: Year,
    x: [f64; COLUMNS],
    y: f64,
}

/// Fits and scores; `None` where the atlas has too few deliveries.
pub fn datalink_choice(atlas: &Atlas) -> Result<Option<DatalinkChoice>, ModelError> {
    let rows = rows(atlas)?;
    let (train, test): (Vec<&Row>, Vec<&Row>) = rows.iter().partition(|r| r.origin <= TRAIN_UNTIL);
    if train.len() < 50 || test.len() < 50 {
        return Ok(None);
    }
    let all = fit(&rows.iter().collect::<Vec<_>>(), COLUMNS)?;
    let of = |k: usize| (all.coefficient[k], all.standard_error[k]);
    let score = |columns: usize| -> Result<Vec<f64>, ModelError> {
        let model = fit(&train, columns)?;
        Ok(test
            .iter()
            .map(|r| {
                let p = model
                    .probability(&r.x[..columns], 0.0)
                    .clamp(1e-9, 1.0 - 1e-9);
                r.y * p.ln() + (1.0 - r.y) * (1.0 - p).ln()
            })
            .collect())
    };
    let baseline = score(2)?;
    let (mut gain, mut gain_se) = ([0.0; 3], [0.0; 3]);
    for k in 0..3 {
        let gains: Vec<f64> = score(3 + k)?
            .iter()
            .zip(&baseline)
            .map(|(a, b)| a - b)
            .collect();
        gain[k] = gains.iter().sum::<f64>() / gains.len() as f64;
        // Clustered by recipient.
        let mut by_recipient = vec![0.0; atlas.n()];
        for (r, g) in test.iter().zip(&gains) {
            by_recipient[r.recipient] += g - gain[k];
        }
        gain_se[k] = by_recipient.iter().map(|s| s * s).sum::<f64>().sqrt() / gains.len() as f64;
    }
    Ok(Some(DatalinkChoice {
        observations: rows.len(),
        partners: of(2),
        affinity: of(3),
        change: of(4),
        gain,
        gain_se,
        scored: test.len(),
    }))
}

fn fit(rows: &[&Row], columns: usize) -> Result<LogitFit, ModelError> {
    let x: Vec<f64> = rows.iter().flat_map(|r| r.x[..columns].to_vec()).collect();
    let y: Vec<f64> = rows.iter().map(|r| r.y).collect();
    logit::fit(&Logit::new(&x, columns, &y)).map_err(|e| ModelError::Fixed {
        domain: "standards",
        message: e.to_string(),
    })
}

fn rows(atlas: &Atlas) -> Result<Vec<Row>, ModelError> {
    let n = atlas.n();
    let base = atlas.item_dyads("arms_base_share_30y")?;
    let flow = atlas.item_dyads("arms_world_share_5y")?;
    let points = atlas.state_series("ideal_point")?;
    let pacts = atlas.spells("defence_pact")?;
    let catalogue = catalogue::read()?;
    let Some(family) = catalogue
        .standards
        .iter()
        .find(|s| s.id == "datalinks")
        .and_then(|s| s.camps.iter().find(|c| c.id == "link16"))
    else {
        return Ok(Vec::new());
    };
    let usa = atlas.states().by_iso3("USA");
    let mut rows = Vec::new();
    for origin in ORIGINS {
        let makers = makers_of(atlas, family, origin)?;
        let sums = |panel: &[(u16, StateId, StateId, Year, f64)], year: Year| {
            let mut sum = vec![(0.0, 0.0); n];
            for (_, a, b, _, v) in panel.iter().filter(|r| r.3 == year) {
                let s = &mut sum[b.index()];
                s.1 += v;
                if makers.contains(&a.index()) {
                    s.0 += v;
                }
            }
            sum
        };
        let (old, new) = (sums(base.rows(), origin), sums(flow.rows(), origin + 5));
        let share = |s: &(f64, f64)| (s.1 >= LEAST_DELIVERIES).then(|| s.0 / s.1);
        let ties = pacts.matrix(n, origin);
        let near = |i: usize, y: Year| {
            let (own, other) = (
                points.latest(StateId::from_index(i), y)?,
                points.latest(usa?, y)?,
            );
            Some(-(own.1 - other.1).abs())
        };
        for i in 0..n {
            let id = StateId::from_index(i);
            if atlas.states().get(id).kind == StateKind::Territory || Some(id) == usa {
                continue;
            }
            let (Some(before), Some(y), Some(now), Some(past)) = (
                share(&old[i]),
                share(&new[i]),
                near(i, origin),
                near(i, origin - 5),
            ) else {
                continue;
            };
            let partners: Vec<f64> = (0..n)
                .filter(|j| ties[i * n + j] > 0.0)
                .filter_map(|j| share(&old[j]))
                .collect();
            if partners.is_empty() {
                continue;
            }
            let mean = partners.iter().sum::<f64>() / partners.len() as f64;
            let odds = log_odds(before.clamp(MARGIN, 1.0 - MARGIN));
            rows.push(Row {
                recipient: i,
                origin,
                x: [1.0, odds, mean, now, now - past],
                y,
            });
        }
    }
    Ok(rows)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn regress_change_of_affinity_earns_nothing_beside_persistence() {
        // The statement of docs/model/standards.md: if this fails, the page must say so.
        let atlas = Atlas::embedded().expect("embedded tables decode");
        let d = datalink_choice(&atlas)
            .expect("readable")
            .expect("enough deliveries");
        assert!(d.observations > 200 && d.scored > 80);
        let added = d.gain[2] - d.gain[1];
        assert!(added < 2.0 * d.gain_se[2], "{d:?}");
        assert!(estimate(&atlas).expect("readable").is_empty());
    }
}
