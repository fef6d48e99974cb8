//! Who holds claims on whom: the one survey there is, the rest by maximum entropy from totals, and
//! how a loss on one issuer's claims spreads.
//!
//! Totals of external assets and liabilities are known by state (External Wealth of Nations), pairs
//! for the securities of one issuer only. The matrix is the one closest in relative entropy to a
//! prior that knows that survey and nothing else (Anand, Craig & von Peter 2015 for the prior of
//! ones): an **estimate**, not an observation.

use realign_atlas::{Atlas, StateId, StateKind, Year};
use realign_numerics::{Verdict, contagion as debtrank, ras};

use super::Observed;
use crate::ModelError;

/// Claims of every state on every other, estimated.
#[derive(Clone, Debug, PartialEq)]
pub struct Portfolios {
    /// Number of states and economies.
    pub n: usize,
    /// Claims, holder × issuer, row-major, USD mn; zero where a total is unknown.
    pub claims_musd: Vec<f64>,
    /// Whether both totals of a state are known.
    pub known: Vec<bool>,
    /// Whether the survey of the hegemon's securities shaped its column.
    pub surveyed: bool,
    /// Liabilities over assets of all states before they were made equal.
    pub liabilities_to_assets: f64,
    /// Largest miss of a total over the sum of all.
    pub residual: f64,
    /// Whether the totals were met.
    pub verdict: Verdict,
}

/// Losses on claims when those on one issuer lose value.
#[derive(Clone, Debug, PartialEq)]
pub struct Spread {
    /// First loss, share of the holder's GDP.
    pub first: Vec<f64>,
    /// Loss in the end, bounded at a year's GDP.
    pub bounded: Vec<f64>,
    /// Loss in the end by the linear form; `None` where it has no limit.
    pub linear: Option<Vec<f64>>,
    /// Spectral radius of the exposures.
    pub radius: f64,
}

/// Estimates who holds what from the newest totals not later than `year`; `None` without totals.
pub fn portfolios(
    atlas: &Atlas,
    observed: &Observed,
    year: Year,
) -> Result<Option<Portfolios>, ModelError> {
    let n = atlas.n();
    let (Ok(assets), Ok(liabilities)) = (
        atlas.state_series("external_assets_musd"),
        atlas.state_series("external_liabilities_musd"),
    ) else {
        return Ok(None);
    };
    let (mut rows, mut columns) = (vec![0.0; n], vec![0.0; n]);
    let mut known = vec![false; n];
    for (i, state) in atlas.states().iter().enumerate() {
        let id = StateId::from_index(i);
        let (a, l) = (assets.latest(id, year), liabilities.latest(id, year));
        if let (Some((_, a)), Some((_, l))) = (a, l)
            && state.kind != StateKind::Territory
            && a > 0.0
            && l > 0.0
        {
            (rows[i], columns[i], known[i]) = (a, l, true);
        }
    }
    let (total, owed): (f64, f64) = (rows.iter().sum(), columns.iter().sum());
    if total <= 0.0 || owed <= 0.0 {
        return Ok(None);
    }
    columns.iter_mut().for_each(|c| *c *= total / owed);
    let h = observed.hegemon;
    let surveyed = observed.securities_musd.iter().any(|v| *v > 0.0);
    let mut prior = vec![0.0; n * n];
    for i in (0..n).filter(|i| known[*i]) {
        for j in (0..n).filter(|j| known[*j] && *j != i) {
            // Scale of a column is of no effect: only the pattern within it counts.
            prior[i * n + j] = if j == h && surveyed {
                observed.securities_musd[i].max(0.0)
            } else {
                rows[i]
            };
        }
    }
    let fitted = ras::fit(&prior, &rows, &columns).map_err(failed)?;
    Ok(Some(Portfolios {
        n,
        claims_musd: fitted.matrix,
        known,
        surveyed,
        liabilities_to_assets: owed / total,
        residual: fitted.residual,
        verdict: fitted.verdict,
    }))
}

fn failed(e: realign_numerics::NumericsError) -> ModelError {
    ModelError::Fixed {
        domain: "finance",
        message: e.to_string(),
    }
}

impl Portfolios {
    /// The largest issuers in a holder's portfolio: (issuer, USD mn), largest first.
    pub fn held_by(&self, holder: usize) -> Vec<(usize, f64)> {
        let row = &self.claims_musd[holder * self.n..(holder + 1) * self.n];
        let mut list: Vec<(usize, f64)> = row.iter().copied().enumerate().collect();
        list.retain(|c| c.1 > 0.0);
        list.sort_by(|a, b| b.1.total_cmp(&a.1).then(a.0.cmp(&b.0)));
        list
    }

    /// What follows when claims on `issuer` lose the part `loss` of their value. A holder's loss is
    /// measured in its GDP; it passes on the part `pass_through` of it, as a share of the value of
    /// its own liabilities per GDP lost. States without a GDP take no loss.
    pub fn spread(
        &self,
        gdp_musd: &[f64],
        issuer: usize,
        loss: f64,
        pass_through: f64,
    ) -> Result<Spread, ModelError> {
        let n = self.n;
        let per_gdp = |i: usize, j: usize| {
            if gdp_musd[i] > 0.0 {
                self.claims_musd[i * n + j] / gdp_musd[i]
            } else {
                0.0
            }
        };
        let first: Vec<f64> = (0..n)
            .map(|i| {
                if i == issuer {
                    0.0
                } else {
                    loss * per_gdp(i, issuer)
                }
            })
            .collect();
        // The issuer's own claims lose nothing more because it is where the loss began.
        let exposure: Vec<f64> = (0..n * n)
            .map(|k| {
                let (i, j) = (k / n, k % n);
                if i == issuer || j == issuer {
                    0.0
                } else {
                    pass_through * per_gdp(i, j)
                }
            })
            .collect();
        let bounded = debtrank::bounded(&exposure, &first).map_err(failed)?;
        Ok(Spread {
            radius: debtrank::spectral_radius(&exposure, n).map_err(failed)?,
            linear: debtrank::linear(&exposure, &first).ok().map(|l| l.loss),
            bounded: bounded.loss,
            first,
        })
    }
}
