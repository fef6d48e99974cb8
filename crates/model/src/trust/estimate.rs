//! What polls, votes and events say about the coefficients of trust.
//!
//! Polls give the size of the shocks that all publics share and of those that they do not; votes
//! give the innovation of slow affinity beside its noise; reported events give the feedback of
//! conduct on conduct. Each is scored out of sample against its baseline, and the text of the
//! posterior says whether the baseline was beaten. Nothing here shows how conduct moves trust: the
//! answer β, κ and the share π that becomes institutional keep their priors.

mod events;
mod polls;
mod votes;

use realign_atlas::Atlas;

use super::{Coefficients, spiral};
use crate::ModelError;
use crate::channels::Channels;
use crate::params::{Params, Posterior};

pub use events::{EventFeedback, event_feedback};
pub use polls::{PollShocks, poll_shocks};
pub use votes::{VoteDrift, vote_drift};

/// Estimates what the atlas supports.
pub fn estimate(atlas: &Atlas) -> Result<Vec<Posterior>, ModelError> {
    let mut out = Vec::new();
    let votes = vote_drift(atlas)?;
    let polls = poll_shocks(atlas)?;
    if let Some(v) = &votes {
        out.push(Posterior {
            id: "trust.slow_innovation".to_owned(),
            mean: v.innovation,
            sd: v.innovation_se,
            observations: v.observations,
            source: format!(
                "UN ideal points, distance less the means of both states, local level with noise (sd {:.3}) by moments, standard error by leaving out years. Out of sample from {} the noise filter changes the squared error of one-year forecasts by {:+.1} % against the random walk: baseline {}",
                v.noise, v.test_from, 100.0 * (v.error_ratio - 1.0), beaten(v.error_ratio < 1.0)
            ),
        });
    }
    if let Some(p) = &polls {
        let test = format!(
            "changes of favourability between surveys in consecutive years, sampling error taken off, standard error by leaving out years. Shared by all publics of a target: {:.0} % of the variance. Out of sample from {} the shared shock adds {:+.3} (SE {:.3}) to the log score a change over a random walk with independent changes: baseline {}",
            100.0 * p.shared_share,
            p.test_from,
            p.score_gain,
            p.score_gain_se,
            beaten(p.score_gain > 2.0 * p.score_gain_se)
        );
        // A Student-t with four degrees of freedom has twice the variance of its squared scale.
        out.push(Posterior {
            id: "trust.reputation_scale".to_owned(),
            mean: p.shared_sd / std::f64::consts::SQRT_2,
            sd: p.shared_sd_se / std::f64::consts::SQRT_2,
            observations: p.groups,
            source: format!("Pew favourability, {test}"),
        });
        let slow = votes.as_ref().map_or(0.0, |v| v.innovation);
        let fast = (p.own_sd.powi(2) - slow.powi(2)).max(0.0).sqrt();
        out.push(Posterior {
            id: "trust.fast_innovation".to_owned(),
            mean: fast,
            sd: p.own_sd_se,
            observations: p.observations,
            source: format!(
                "Pew favourability, what publics do not share, less the slow innovation; {test}"
            ),
        });
    }
    if let Some(e) = event_feedback(atlas)? {
        out.push(reciprocity(&e)?);
    }
    Ok(out)
}

/// λ at which the loop gain of the model equals that of reported events, other coefficients at the
/// centre of their priors.
fn reciprocity(e: &EventFeedback) -> Result<Posterior, ModelError> {
    let params = Params::embedded()?;
    let mut priors = params.centre();
    for (id, p, _) in params.iter() {
        priors.set(id, p.prior.quantile(0.5))?;
    }
    let mut c = Coefficients::new(&priors)?;
    c.reciprocity = 1.0;
    let per_unit = spiral::loop_gain(&c, Channels::ALL, c.turnover_base_rate);
    Ok(Posterior {
        id: "trust.reciprocity".to_owned(),
        mean: e.loop_gain / per_unit,
        sd: e.loop_gain_se / per_unit,
        observations: e.observations,
        source: format!(
            "Matched, not measured: the answer at which the loop gain at the centre of the other priors equals the feedback in ICEWS events, 2002-2014, pairs and years as effects, half-panel jackknife: {:.2} (SE {:.2} by leaving out years; persistence {:.2}, answer to the other side {:.2}, third parties {:.2}). Out of sample from {} the answer changes the squared error by {:+.2} % against own persistence: baseline {}",
            e.loop_gain,
            e.loop_gain_se,
            e.persistence,
            e.answer,
            e.third,
            e.test_from,
            100.0 * (e.error_ratio - 1.0),
            beaten(e.error_ratio < 1.0)
        ),
    })
}

fn beaten(yes: bool) -> &'static str {
    if yes { "beaten" } else { "not beaten" }
}

/// Standard error of a statistic from its values with one of m blocks left out.
fn jackknife_se(left_out: &[f64]) -> f64 {
    let m = left_out.len() as f64;
    let mean = left_out.iter().sum::<f64>() / m;
    ((m - 1.0) / m * left_out.iter().map(|v| (v - mean).powi(2)).sum::<f64>()).sqrt()
}

#[cfg(test)]
mod tests;
