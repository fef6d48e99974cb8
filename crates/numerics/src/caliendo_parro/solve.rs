//! The outer iteration in log wages, and homotopy in the shock.

use super::market::{FINEST, Market};
use super::newton::newton;
use super::result::SectoralEquilibrium;
use super::{Accounts, SectoralChange, SectoralEconomy, check_tariffs};
use crate::fixedpoint::{self, Options};
use crate::{NumericsError, Verdict, check_domain, check_len};

/// How far the solver may go.
#[derive(Clone, Copy, Debug)]
pub struct SectoralOptions {
    /// Largest relative excess demand for labour accepted. Default 1e-12.
    pub tolerance: f64,
    /// Most evaluations of excess demand for one shock size. Default 300.
    pub max_evaluations: usize,
    /// Times the shock may be halved when it cannot be solved at once. Default 6.
    pub max_halvings: u32,
    /// Differences kept by the acceleration. Default 8.
    pub memory: usize,
    /// Most Newton steps when the accelerated iteration fails; 0 switches them off. Default 20.
    pub max_newton_steps: usize,
}

impl Default for SectoralOptions {
    fn default() -> Self {
        Self {
            tolerance: 1e-12,
            max_evaluations: 300,
            max_halvings: 6,
            memory: 8,
            max_newton_steps: 20,
        }
    }
}

/// Inner problems are solved to this share of the last outer error.
const INNER_SHARE: f64 = 0.01;
/// Inner accuracy at the start of a solve.
const INNER_START: f64 = 1e-3;

/// Error at which the gain of the iteration is renewed.
const ROUGH: f64 = 0.1;

/// Solves for the new equilibrium at trade elasticities `theta` (one a sector), starting from an
/// earlier equilibrium of the same economy when given. No change gives hats of exactly one. Errors
/// are about inputs only; a failure to converge is in the verdict.
pub fn solve(
    economy: &SectoralEconomy,
    theta: &[f64],
    change: &SectoralChange<'_>,
    start: Option<&SectoralEquilibrium>,
    options: &SectoralOptions,
) -> Result<SectoralEquilibrium, NumericsError> {
    let (j, n) = (economy.sectors, economy.regions);
    check_len("trade elasticities", theta.len(), j)?;
    for t in theta {
        check_domain(
            t.is_finite() && *t > 0.0,
            "trade elasticity",
            *t,
            "positive",
        )?;
    }
    check_tariffs(j, n, change.tariff)?;
    if let Some(s) = change.log_shift {
        check_len("log shift", s.len(), j * n * n)?;
        let bad = s.iter().find(|s| !s.is_finite()).copied();
        check_domain(bad.is_none(), "log shift", bad.unwrap_or(0.0), "finite")?;
    }
    if let Some(s) = change.surplus {
        check_len("new surplus", s.len(), n)?;
    }
    if let Some(s) = start {
        check_len("start", s.wage.len(), n)?;
        check_len("start", s.price.len(), j * n)?;
    }
    let nothing = change.tariff == economy.tariff
        && change.log_shift.is_none_or(|s| s.iter().all(|x| *x == 0.0))
        && change.surplus.is_none_or(|s| s == economy.surplus);
    if nothing {
        return Ok(SectoralEquilibrium::unchanged(economy));
    }

    let mut market = Market::new(economy, theta);
    market.set(change, 1.0);
    let mut at = vec![0.0; n];
    if let Some(s) = start {
        at = s.wage.iter().map(|w| w.ln()).collect();
        market.log_price = s.price.iter().map(|p| p.ln()).collect();
    }
    let mut reached = 1.0;
    let mut found = run(&mut market, &at, options);
    if !found.0.is_converged() && start.is_some() {
        forget(&mut market);
        at.fill(0.0);
        found = run(&mut market, &at, options);
    }
    if !found.0.is_converged() {
        // Homotopy: walk from the old equilibrium, halving the stride when a step fails.
        at.fill(0.0);
        forget(&mut market);
        let mut prices = market.log_price.clone();
        let mut scaled = market.scaled.clone();
        let (mut done, mut stride) = (0.0, 0.5);
        let least = 0.5f64.powi(options.max_halvings as i32);
        while done < 1.0 && stride >= least {
            let next = f64::min(1.0, done + stride);
            market.set(change, next);
            market.log_price.clone_from(&prices);
            market.scaled.clone_from(&scaled);
            found = run(&mut market, &at, options);
            market.work.homotopy_steps += 1;
            if found.0.is_converged() {
                done = next;
                at.clone_from(&found.2);
                prices.clone_from(&market.log_price);
                scaled.clone_from(&market.scaled);
            } else {
                stride *= 0.5;
            }
        }
        reached = done;
    }
    let (verdict, residual, x) = found;
    Ok(SectoralEquilibrium::report(
        market, &x, residual, verdict, reached,
    ))
}

/// Back to the old equilibrium.
fn forget(market: &mut Market<'_>) {
    market.log_price.fill(0.0);
    let (e, n) = (market.e, market.e.regions);
    market.scaled = (0..e.expenditure.len())
        .map(|k| e.expenditure[k] / e.value_added[k % n])
        .collect();
}

fn run(market: &mut Market<'_>, at: &[f64], options: &SectoralOptions) -> (Verdict, f64, Vec<f64>) {
    let finest = (INNER_SHARE * options.tolerance).max(FINEST);
    let mut x = at.to_vec();
    let mut step = vec![0.0; at.len()];
    // The gain of the iteration comes from the shares at its start, and is renewed on the way.
    for (goal, inner) in [
        (ROUGH, INNER_START),
        (options.tolerance, INNER_START),
        (options.tolerance, finest),
    ] {
        market.inner = inner.max(finest);
        let Some(worst) = market.evaluate(&x, &mut step) else {
            return (Verdict::BrokeDown, f64::INFINITY, x);
        };
        if worst <= goal && goal > options.tolerance {
            continue;
        }
        if inner == finest && worst <= options.tolerance {
            // The certificate: the residual with inner problems at full accuracy.
            return (Verdict::Converged, worst, x);
        }
        market.refresh_gain();
        let outer = Options {
            tolerance: goal,
            max_evaluations: options.max_evaluations,
            memory: options.memory,
            damping: 1.0,
        };
        let s = fixedpoint::anderson(&x, &outer, |x, f| {
            let worst = market.evaluate(x, f)?;
            market.inner = (INNER_SHARE * worst).clamp(finest, inner.max(finest));
            Some(worst)
        });
        x = s.x;
        if !s.verdict.is_converged() {
            market.inner = finest;
            return newton(market, &x, options);
        }
    }
    market.inner = finest;
    let residual = market.evaluate(&x, &mut step).unwrap_or(f64::INFINITY);
    if residual <= options.tolerance {
        return (Verdict::Converged, residual, x);
    }
    newton(market, &x, options)
}

/// Value added and gross expenditures that balance accounts at the shares of `economy`, its world
/// value added kept.
pub(super) fn balance(economy: &SectoralEconomy) -> Result<(Vec<f64>, Vec<f64>), NumericsError> {
    let n = economy.regions;
    let theta = vec![1.0; economy.sectors];
    let mut market = Market::new(economy, &theta);
    let same = SectoralChange {
        tariff: &economy.tariff,
        log_shift: None,
        surplus: None,
    };
    market.set(&same, 1.0);
    market.inner = FINEST;
    let options = Options {
        tolerance: 1e-13,
        max_evaluations: 400,
        memory: 10,
        damping: 1.0,
    };
    let zero = vec![0.0; n];
    let mut ok = market.prices(&zero).is_some();
    let value = |x: &[f64]| -> Vec<f64> {
        let raw: Vec<f64> = x
            .iter()
            .zip(&economy.value_added)
            .map(|(x, v)| x.exp() * v)
            .collect();
        let scale = economy.value_added.iter().sum::<f64>() / raw.iter().sum::<f64>();
        raw.iter().map(|v| v * scale).collect()
    };
    let s = fixedpoint::anderson(&zero, &options, |x, f| {
        let v = value(x);
        market.expenditures(&v)?;
        Some(market.excess(&v, f))
    });
    let balanced = value(&s.x);
    ok = ok && market.expenditures(&balanced).is_some();
    let residual = market.excess(&balanced, &mut vec![0.0; n]);
    if !ok || residual.is_nan() || residual > 1e-11 {
        return Err(NumericsError::NotConverged {
            what: "balance of sectoral accounts",
            residual,
            iterations: s.evaluations,
        });
    }
    Ok((balanced, market.expenditure()))
}

/// The same economy with its surpluses removed, as a new base: the first step of "purge deficits,
/// then shock". Elasticities matter here. Fails when that equilibrium cannot be found.
pub fn purge_deficits(
    economy: &SectoralEconomy,
    theta: &[f64],
    options: &SectoralOptions,
) -> Result<SectoralEconomy, NumericsError> {
    let none = vec![0.0; economy.regions];
    let change = SectoralChange {
        tariff: &economy.tariff,
        log_shift: None,
        surplus: Some(&none),
    };
    let new = solve(economy, theta, &change, None, options)?;
    if !new.verdict.is_converged() {
        return Err(NumericsError::NotConverged {
            what: "sectoral equilibrium without deficits",
            residual: new.residual,
            iterations: new.work.evaluations,
        });
    }
    let (n, mut share) = (economy.regions, new.flows.clone());
    for (k, x) in share.iter_mut().enumerate() {
        let spent = new.expenditure[k / (n * n) * n + k % n];
        *x = if spent > 0.0 {
            *x * (1.0 + economy.tariff[k]) / spent
        } else {
            0.0
        };
    }
    let value_added = new
        .wage
        .iter()
        .zip(&economy.value_added)
        .map(|(w, v)| w * v)
        .collect();
    let base = SectoralEconomy::from_shares(Accounts {
        sectors: economy.sectors,
        regions: n,
        share,
        tariff: economy.tariff.clone(),
        value_added_share: economy.value_added_share.clone(),
        input_share: economy.input_share.clone(),
        final_share: economy.final_share.clone(),
        value_added,
        surplus: none,
    })?;
    Ok(base.closed_by(economy.deficits))
}
