//! The solver: accelerated tâtonnement in log wages (and log labour), homotopy in the shock.

use super::market::Market;
use super::{Change, Economy, Equilibrium, Technology, Work};
use crate::{NumericsError, check_domain, check_len};

/// How far the solver may go.
#[derive(Clone, Copy, Debug)]
pub struct SolveOptions {
    /// Largest relative excess demand accepted. Default 1e-10.
    pub tolerance: f64,
    /// Most evaluations for one shock size. Default 400.
    pub max_evaluations: usize,
    /// Times the shock may be halved when it cannot be solved at once. Default 5.
    pub max_halvings: u32,
    /// Differences kept by the acceleration. Default 8.
    pub memory: usize,
    /// Most Newton steps when the accelerated iteration fails; 0 switches them off. Default 60.
    pub max_newton_steps: usize,
}

impl Default for SolveOptions {
    fn default() -> Self {
        Self {
            tolerance: 1e-10,
            max_evaluations: 400,
            max_halvings: 5,
            memory: 8,
            max_newton_steps: 60,
        }
    }
}

/// Where to start: an earlier equilibrium of the same economy.
#[derive(Clone, Debug)]
pub struct Start {
    /// Wage hats.
    pub wage: Vec<f64>,
    /// Labour hats.
    pub labour: Vec<f64>,
}

impl From<&Equilibrium> for Start {
    fn from(e: &Equilibrium) -> Self {
        Self {
            wage: e.wage.clone(),
            labour: e.labour.clone(),
        }
    }
}

/// Solves for the new equilibrium. No change gives hats of exactly one without iterating. Errors
/// are about inputs only; a failure to converge is in the verdict.
pub fn solve(
    economy: &Economy,
    technology: &Technology,
    change: &Change<'_>,
    start: Option<&Start>,
    options: &SolveOptions,
) -> Result<Equilibrium, NumericsError> {
    let n = economy.n;
    technology.check(n)?;
    check_len("new tariff", change.tariff.len(), n * n)?;
    super::check_tariffs(n, change.tariff)?;
    if let Some(s) = change.log_shift {
        check_len("log shift", s.len(), n * n)?;
        let bad = s.iter().find(|s| !s.is_finite()).copied();
        check_domain(bad.is_none(), "log shift", bad.unwrap_or(0.0), "finite")?;
    }
    if let Some(t) = change.transfer {
        check_len("new transfer", t.len(), n)?;
    }
    if let Some(s) = start {
        check_len("start", s.wage.len().min(s.labour.len()), n)?;
    }
    if change.is_none(economy) {
        return Ok(Equilibrium::unchanged(economy));
    }

    let mut work = Work::default();
    let mut reached = 1.0;
    let mut market = Market::new(economy, technology, change);
    market.set(change, 1.0);
    let mut at = market.encode(start);
    let mut found = market.run(&at, options, &mut work);
    if !found.0.is_converged() && start.is_some() {
        at = market.encode(None);
        found = market.run(&at, options, &mut work);
    }
    if !found.0.is_converged() {
        // Homotopy: walk from the old equilibrium, halving the stride when a step fails.
        at = market.encode(None);
        let (mut done, mut stride) = (0.0, 0.5);
        let least = 0.5f64.powi(options.max_halvings as i32);
        while done < 1.0 && stride >= least {
            let next = f64::min(1.0, done + stride);
            market.set(change, next);
            found = market.run(&at, options, &mut work);
            work.homotopy_steps += 1;
            if found.0.is_converged() {
                done = next;
                at.clone_from(&found.2);
            } else {
                stride *= 0.5;
            }
        }
        reached = done;
    }
    let (verdict, residual, x) = found;
    Ok(market.report(&x, residual, reached, verdict, work))
}
