//! Parameters as they could be known at an earlier date: priors, and posteriors estimated anew on
//! what the atlas of that date shows.
//!
//! The posteriors that ship with the program were estimated on everything; a back-test that used
//! them would have seen its own outcomes. Published priors stay: some were written after the date,
//! and the widths tagged P were chosen by people who know how history went on. That much cannot be
//! undone, and `docs/history.md` says so.

use realign_atlas::Atlas;
use serde::Serialize;

use super::{Params, Posterior};
use crate::{ModelError, arms, finance, security, trade, trust};

/// Estimates part of a domain from an atlas.
pub type Estimator = fn(&Atlas) -> Result<Vec<Posterior>, ModelError>;

/// Every estimator that can fail on its own, with the domain it belongs to.
pub fn estimators() -> Vec<(&'static str, Estimator)> {
    let mut all: Vec<(&'static str, Estimator)> = vec![("trust", trust::estimate)];
    all.extend(security::ESTIMATORS.iter().map(|e| ("security", *e)));
    all.push(("trade", trade::estimate));
    all.push(("arms", arms::estimate));
    all.extend(finance::ESTIMATORS.iter().map(|e| ("finance", *e)));
    all
}

/// Parameters of an earlier date and how they came about.
#[derive(Clone, Debug)]
pub struct Known {
    /// Priors with the posteriors of that date.
    pub params: Params,
    /// What was estimated, by full identifier.
    pub estimated: Vec<String>,
    /// What has a posterior today and keeps its prior at that date.
    pub kept: Vec<Kept>,
}

/// A parameter that keeps its prior because too little was known.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Kept {
    /// Full identifier.
    pub id: String,
    /// Why.
    pub reason: String,
}

impl Params {
    /// The parameters that ship with the program without their posteriors.
    pub fn priors() -> Result<Self, ModelError> {
        let mut params = Self::embedded()?;
        for entry in params.entries.values_mut() {
            entry.1 = None;
        }
        Ok(params)
    }

    /// Priors, and posteriors estimated on `atlas` alone, which is taken as of its own vintage. An
    /// estimator that finds too little data leaves its parameters at their priors and is listed.
    pub fn as_known_at(atlas: &Atlas) -> Result<Known, ModelError> {
        let atlas = atlas.as_of(atlas.vintage());
        let today = Self::embedded()?;
        let mut params = Self::priors()?;
        let mut failures: Vec<(&'static str, String)> = Vec::new();
        for (domain, estimate) in estimators() {
            match estimate(&atlas) {
                Ok(found) => {
                    for p in found {
                        // A spread of zero or no number: the data did not carry an estimate.
                        if !(p.mean.is_finite() && p.sd.is_finite()) {
                            failures.push((domain, format!("no finite estimate of {}", p.id)));
                        } else if let Some(entry) = params.entries.get_mut(&p.id) {
                            entry.1 = Some(p);
                        }
                    }
                }
                Err(e) => failures.push((domain, e.to_string())),
            }
        }
        let (mut estimated, mut kept) = (Vec::new(), Vec::new());
        for (id, (_, posterior)) in &params.entries {
            if posterior.is_some() {
                estimated.push(id.clone());
            } else if today.get(id).is_some_and(|p| p.1.is_some()) {
                let domain = id.split('.').next().unwrap_or_default();
                let reasons: Vec<&str> = failures
                    .iter()
                    .filter(|f| f.0 == domain)
                    .map(|f| f.1.as_str())
                    .collect();
                kept.push(Kept {
                    id: id.clone(),
                    reason: if reasons.is_empty() {
                        "too little was observed by then".to_owned()
                    } else {
                        reasons.join("; ")
                    },
                });
            }
        }
        Ok(Known {
            params,
            estimated,
            kept,
        })
    }
}
