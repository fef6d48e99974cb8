//! Shocks to the image of states: what all publics share and what they do not.

use std::collections::BTreeMap;

use realign_atlas::{Atlas, AtlasError, StateId, Year};
use realign_numerics::special::log_odds;
use realign_numerics::stats::{mean, sd};

use super::jackknife_se;
use crate::ModelError;

/// Publics a target needs in a year for its shared change to count.
const LEAST_PUBLICS: usize = 5;
/// Last year of the first half: variances from here, scores after.
const TRAIN_UNTIL: Year = Year(2012);

/// Variance components of yearly changes of favourability, in SD of its log odds over pairs.
#[derive(Clone, Debug, PartialEq)]
pub struct PollShocks {
    /// Standard deviation of the change that all publics of a target share.
    pub shared_sd: f64,
    /// Its standard error.
    pub shared_sd_se: f64,
    /// Standard deviation of the rest, sampling error taken off.
    pub own_sd: f64,
    /// Its standard error.
    pub own_sd_se: f64,
    /// Shared part of the variance of true changes.
    pub shared_share: f64,
    /// Targets and years.
    pub groups: usize,
    /// Changes.
    pub observations: usize,
    /// First year of the test.
    pub test_from: Year,
    /// Gain in log score a change of the shared shock over independent changes.
    pub score_gain: f64,
    /// Its standard error over years.
    pub score_gain_se: f64,
}

/// Changes of one target in one year with their sampling variances.
#[derive(Clone, Debug, Default)]
struct Group {
    changes: Vec<(f64, f64)>,
}

/// Changes by year and target.
type Groups = BTreeMap<(Year, StateId), Group>;

/// Estimates the components; `None` where the atlas has too few surveys.
pub fn poll_shocks(atlas: &Atlas) -> Result<Option<PollShocks>, ModelError> {
    let Some(groups) = groups(atlas)? else {
        return Ok(None);
    };
    let all: Vec<&Group> = groups.values().collect();
    let (Some((shared, own)), true) = (components(&all), all.len() >= 2 * LEAST_PUBLICS) else {
        return Ok(None);
    };
    let mut years: Vec<Year> = groups.keys().map(|k| k.0).collect();
    years.dedup();
    let mut without = (Vec::new(), Vec::new());
    for y in &years {
        let rest: Vec<&Group> = groups.iter().filter(|g| g.0.0 != *y).map(|g| g.1).collect();
        if let Some((s, o)) = components(&rest) {
            without.0.push(s.sqrt());
            without.1.push(o.sqrt());
        }
    }
    let train: Vec<&Group> = groups
        .iter()
        .filter(|g| g.0.0 <= TRAIN_UNTIL)
        .map(|g| g.1)
        .collect();
    let Some((train_shared, train_own)) = components(&train) else {
        return Ok(None);
    };
    // Gain by year, each over the changes of that year.
    let mut gains: BTreeMap<Year, (f64, usize)> = BTreeMap::new();
    for ((y, _), g) in groups.iter().filter(|g| g.0.0 > TRAIN_UNTIL) {
        let gain =
            log_density(g, train_shared, train_own) - log_density(g, 0.0, train_own + train_shared);
        let e = gains.entry(*y).or_default();
        e.0 += gain;
        e.1 += g.changes.len();
    }
    let total = gains.values().fold((0.0, 0), |t, g| (t.0 + g.0, t.1 + g.1));
    let gain = |t: (f64, usize)| t.0 / t.1 as f64;
    let left_out: Vec<f64> = gains
        .values()
        .map(|g| gain((total.0 - g.0, total.1 - g.1)))
        .collect();
    Ok(Some(PollShocks {
        shared_sd: shared.sqrt(),
        shared_sd_se: jackknife_se(&without.0),
        own_sd: own.sqrt(),
        own_sd_se: jackknife_se(&without.1),
        shared_share: shared / (shared + own),
        groups: all.len(),
        observations: all.iter().map(|g| g.changes.len()).sum(),
        test_from: TRAIN_UNTIL + 1,
        score_gain: gain(total),
        score_gain_se: jackknife_se(&left_out),
    }))
}

/// Changes between consecutive years by (year, target), in SD of log odds over all surveys.
fn groups(atlas: &Atlas) -> Result<Option<Groups>, ModelError> {
    let known = |id| match atlas.dyads(id) {
        Ok(p) => Ok(Some(p)),
        Err(AtlasError::UnknownVariable { .. }) => Ok(None),
        Err(e) => Err(ModelError::from(e)),
    };
    let (Some(share), Some(error)) = (known("favourability")?, known("favourability_se")?) else {
        return Ok(None);
    };
    let levels: Vec<f64> = share
        .rows()
        .map(|r| log_odds(r.3))
        .filter(|l| l.is_finite())
        .collect();
    let scale = sd(&levels);
    let mut groups = Groups::new();
    for (a, b, y, f) in share.rows() {
        let (Some(before), Some(se), Some(se_before)) = (
            share.at(a, b, y - 1),
            error.at(a, b, y),
            error.at(a, b, y - 1),
        ) else {
            continue;
        };
        let change = (log_odds(f) - log_odds(before)) / scale;
        let slope = |f: f64| 1.0 / (f * (1.0 - f) * scale);
        let variance = (se * slope(f)).powi(2) + (se_before * slope(before)).powi(2);
        if change.is_finite() && variance.is_finite() {
            groups
                .entry((y, b))
                .or_default()
                .changes
                .push((change, variance));
        }
    }
    groups.retain(|_, g| g.changes.len() >= LEAST_PUBLICS);
    Ok(Some(groups))
}

/// (variance of the shared change, variance of the rest) by moments.
fn components(groups: &[&Group]) -> Option<(f64, f64)> {
    let (mut within, mut freedom) = (0.0, 0.0);
    for g in groups {
        let x: Vec<f64> = g.changes.iter().map(|c| c.0).collect();
        let m = mean(&x);
        let sampling = mean(&g.changes.iter().map(|c| c.1).collect::<Vec<_>>());
        let spare = x.len() as f64 - 1.0;
        within += x.iter().map(|x| (x - m).powi(2)).sum::<f64>() - spare * sampling;
        freedom += spare;
    }
    let own = (within / freedom).max(0.0);
    let shared: Vec<f64> = groups
        .iter()
        .map(|g| {
            let count = g.changes.len() as f64;
            let m = g.changes.iter().map(|c| c.0).sum::<f64>() / count;
            let sampling = g.changes.iter().map(|c| c.1).sum::<f64>() / count;
            m * m - (own + sampling) / count
        })
        .collect();
    (shared.len() >= 2).then(|| (mean(&shared).max(0.0), own))
}

/// Log density of a group's changes: normal, variances `own` plus sampling, covariance `shared`.
fn log_density(g: &Group, shared: f64, own: f64) -> f64 {
    // Woodbury: with d_i = own + v_i, S = Σ 1/d, B = Σ x/d.
    let (mut log_det, mut square, mut s, mut b) = (0.0, 0.0, 0.0, 0.0);
    for (x, v) in &g.changes {
        let d = own + v;
        log_det += d.ln();
        square += x * x / d;
        s += 1.0 / d;
        b += x / d;
    }
    log_det += (1.0 + shared * s).ln();
    square -= shared * b * b / (1.0 + shared * s);
    let count = g.changes.len() as f64;
    -0.5 * (count * std::f64::consts::TAU.ln() + log_det + square)
}

#[cfg(test)]
mod tests {
    use super::*;
    use realign_numerics::random::Stream;

    #[test]
    fn coverage_components_are_recovered() {
        let stream = Stream::new(4, 0);
        let groups: Vec<Group> = (0..400)
            .map(|k| {
                let shared = 0.3 * stream.normal(1, k, 0, 0);
                let changes = (0..12)
                    .map(|i| {
                        let z = stream.normal(2, k, i, 0);
                        (shared + (0.16f64 + 0.01).sqrt() * z, 0.01)
                    })
                    .collect();
                Group { changes }
            })
            .collect();
        let (shared, own) = components(&groups.iter().collect::<Vec<_>>()).expect("groups");
        // Five standard errors: relative √(2/400) on the shared, √(2/4400) on the own variance.
        assert!(
            (shared - 0.09).abs() < 5.0 * 0.09 * (2.0f64 / 400.0).sqrt() * 1.2,
            "{shared}"
        );
        assert!(
            (own - 0.16).abs() < 5.0 * 0.17 * (2.0f64 / 4400.0).sqrt(),
            "{own}"
        );
    }

    #[test]
    fn ref_density_without_shared_part_is_a_product() {
        let g = Group {
            changes: vec![(0.3, 0.01), (-0.2, 0.02), (0.1, 0.0)],
        };
        let product: f64 = g
            .changes
            .iter()
            .map(|(x, v)| -0.5 * ((std::f64::consts::TAU * (0.2 + v)).ln() + x * x / (0.2 + v)))
            .sum();
        assert!((log_density(&g, 0.0, 0.2) - product).abs() < 1e-12);
        // Two changes with correlation: the bivariate normal written out.
        let g = Group {
            changes: vec![(0.3, 0.0), (-0.2, 0.0)],
        };
        let (v, c) = (0.5, 0.3);
        let det: f64 = v * v - c * c;
        let square = (v * (0.09 + 0.04) + 2.0 * c * 0.3 * 0.2) / det;
        let want = -std::f64::consts::TAU.ln() - 0.5 * (det.ln() + square);
        assert!((log_density(&g, c, v - c) - want).abs() < 1e-12);
    }
}
