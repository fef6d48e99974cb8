//! The solver: accelerated tâtonnement in log wages (and log labour), homotopy in the shock.

use super::{Change, Economy, Equilibrium, RevenueUse, Technology, Work};
use crate::fixedpoint::{self, Options};
use crate::special::exp;
use crate::{NumericsError, Verdict, check_domain, check_len};

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
}

impl Default for SolveOptions {
    fn default() -> Self {
        Self {
            tolerance: 1e-10,
            max_evaluations: 400,
            max_halvings: 5,
            memory: 8,
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
    }
    let (verdict, residual, x) = found;
    Ok(market.report(&x, residual, verdict, work))
}

/// Everything an evaluation of excess demand touches.
struct Market<'a> {
    economy: &'a Economy,
    technology: &'a Technology,
    n: usize,
    /// λ s ((1+t')/(1+t))^{−εφ}, exporter × importer.
    pull: Vec<f64>,
    /// The same over 1 + t'.
    pull_fob: Vec<f64>,
    transfer: Vec<f64>,
    world: f64,
    /// Newton step of each state's own wage on its own relative excess.
    gain: Vec<f64>,
    now: Point,
}

/// Quantities at one trial point, written by `evaluate`.
struct Point {
    cost: Vec<f64>,
    demand: Vec<f64>,
    fob: Vec<f64>,
    expenditure: Vec<f64>,
    sales: Vec<f64>,
    weight: Vec<f64>,
    log_price: Vec<f64>,
}

impl<'a> Market<'a> {
    fn new(economy: &'a Economy, technology: &'a Technology, change: &Change<'_>) -> Self {
        let n = economy.n;
        let zeros = || vec![0.0; n];
        let mut m = Self {
            economy,
            technology,
            n,
            pull: economy.share.clone(),
            pull_fob: vec![0.0; n * n],
            transfer: change
                .transfer
                .map_or_else(|| economy.transfer.clone(), <[f64]>::to_vec),
            world: economy.output.iter().sum(),
            gain: zeros(),
            now: Point {
                cost: zeros(),
                demand: zeros(),
                fob: zeros(),
                expenditure: zeros(),
                sales: zeros(),
                weight: zeros(),
                log_price: zeros(),
            },
        };
        for j in 0..n {
            // Own-price slope of relative excess demand at the old equilibrium.
            let (mut steep, mut home) = (0.0, 0.0);
            for i in 0..n {
                let sales = economy.flows[j * n + i] / economy.output[j];
                steep += sales * (1.0 - economy.share[j * n + i]);
                if i == j {
                    home = sales;
                }
            }
            m.gain[j] = 1.0 / (1.0 - home.min(1.0) + technology.trade_elasticity * steep).max(0.05);
        }
        m
    }

    /// Sets costs and tariffs to the share `size` of the change (1 is all of it).
    fn set(&mut self, change: &Change<'_>, size: f64) {
        let (n, e) = (self.n, self.technology.trade_elasticity);
        for j in 0..n {
            for i in 0..n {
                let k = j * n + i;
                let (old, goal) = (self.economy.tariff[k], change.tariff[k]);
                let mut log = change.log_shift.map_or(0.0, |s| size * s[k]);
                let mut new = old;
                if goal != old {
                    let step = size * ((1.0 + goal) / (1.0 + old)).ln();
                    new = if size == 1.0 {
                        goal
                    } else {
                        (1.0 + old) * step.exp() - 1.0
                    };
                    log -= e * self.technology.exponent(i) * step;
                }
                let share = self.economy.share[k];
                let pull = if log == 0.0 { share } else { share * exp(log) };
                self.pull[k] = pull;
                self.pull_fob[k] = pull / (1.0 + new);
            }
        }
        for i in 0..n {
            let old = self.economy.transfer[i];
            let goal = change.transfer.map_or(old, |t| t[i]);
            self.transfer[i] = old + size * (goal - old);
        }
    }

    fn encode(&self, start: Option<&Start>) -> Vec<f64> {
        let mut x = match start {
            Some(s) => s.wage.iter().map(|w| w.ln()).collect(),
            None => vec![0.0; self.n],
        };
        if self.technology.labour_supply > 0.0 {
            match start {
                Some(s) => x.extend(s.labour.iter().map(|l| l.ln())),
                None => x.resize(2 * self.n, 0.0),
            }
        }
        x
    }

    fn run(
        &mut self,
        at: &[f64],
        options: &SolveOptions,
        work: &mut Work,
    ) -> (Verdict, f64, Vec<f64>) {
        let inner = Options {
            tolerance: options.tolerance,
            max_evaluations: options.max_evaluations,
            memory: options.memory,
            damping: 1.0,
        };
        let s = fixedpoint::anderson(at, &inner, |x, f| self.evaluate(x, f));
        work.evaluations += s.evaluations;
        work.restarts += s.restarts;
        (s.verdict, s.residual, s.x)
    }

    /// Writes the proposed step and returns the largest relative excess; `None` when a state's
    /// expenditure is not positive. Two sweeps over the matrices and no transcendental function
    /// inside them.
    fn evaluate(&mut self, x: &[f64], step: &mut [f64]) -> Option<f64> {
        let (n, tech, base) = (self.n, self.technology, self.economy);
        let e = tech.trade_elasticity;
        let labour = |i: usize| x.get(n + i).copied().unwrap_or(0.0);
        let p = &mut self.now;
        p.demand.fill(0.0);
        p.fob.fill(0.0);
        let mut world = 0.0;
        for j in 0..n {
            let c = (-e * (x[j] - tech.scale * labour(j))).exp();
            p.cost[j] = c;
            let (pull, fob) = (&self.pull[j * n..][..n], &self.pull_fob[j * n..][..n]);
            for i in 0..n {
                p.demand[i] += pull[i] * c;
                p.fob[i] += fob[i] * c;
            }
            p.sales[j] = (x[j] + labour(j)).exp() * base.output[j];
            world += p.sales[j];
        }
        let growth = world / self.world;
        for i in 0..n {
            // eq. (2): expenditure, tariff revenue being a share of it.
            let kept = p.fob[i] / p.demand[i];
            p.expenditure[i] = (p.sales[i] + self.transfer[i] * growth) / kept;
            if p.expenditure[i].is_nan() || p.expenditure[i] <= 0.0 {
                return None;
            }
            p.weight[i] = (1.0 - base.markup[i]) * p.expenditure[i] / p.demand[i];
        }
        let mut worst: f64 = 0.0;
        for j in 0..n {
            let fob = &self.pull_fob[j * n..][..n];
            let sold = dot(fob, &p.weight);
            let kept = base.markup[j] * p.expenditure[j] * p.fob[j] / p.demand[j];
            // eq. (1): relative excess demand for j's output.
            let excess = (p.cost[j] * sold + kept) / p.sales[j];
            worst = worst.max((excess - 1.0).abs());
            step[j] = self.gain[j] * excess.ln();
        }
        if tech.labour_supply > 0.0 {
            for i in 0..n {
                // eq. (3).
                let price = self.log_price(x, i);
                let tax = self.log_tax_cut(i);
                let want = tech.labour_supply * (x[i] + tax - price);
                step[n + i] = want - x[n + i];
                worst = worst.max(step[n + i].abs());
            }
        }
        Some(worst)
    }

    fn log_price(&mut self, x: &[f64], i: usize) -> f64 {
        let p = &mut self.now;
        let markup_part = 1.0 - self.technology.exponent(i);
        let log_e = (p.expenditure[i] / self.economy.expenditure[i]).ln();
        p.log_price[i] =
            markup_part * (log_e - x[i]) - p.demand[i].ln() / self.technology.trade_elasticity;
        p.log_price[i]
    }

    /// ln τ_i: how much the revenue raises the wage after tax.
    fn log_tax_cut(&self, i: usize) -> f64 {
        match self.technology.revenue_use {
            RevenueUse::Rebated => 0.0,
            RevenueUse::CutsIncomeTax => {
                let p = &self.now;
                let revenue = p.expenditure[i] * (1.0 - p.fob[i] / p.demand[i]);
                -(-revenue / p.sales[i]).ln_1p()
            }
        }
    }

    fn report(mut self, x: &[f64], residual: f64, verdict: Verdict, work: Work) -> Equilibrium {
        let n = self.n;
        let mut scratch = vec![0.0; x.len()];
        // Re-evaluates at the answer; a point outside the domain leaves the verdict as it is.
        let _ = self.evaluate(x, &mut scratch);
        for i in 0..n {
            self.log_price(x, i);
        }
        let (p, base, tech) = (&self.now, self.economy, self.technology);
        let level = self.world / p.sales.iter().sum::<f64>();
        let labour: Vec<f64> = (0..n)
            .map(|i| x.get(n + i).map_or(1.0, |l| l.exp()))
            .collect();
        let wage: Vec<f64> = x[..n].iter().map(|w| w.exp() * level).collect();
        let price: Vec<f64> = p.log_price.iter().map(|q| q.exp() * level).collect();
        let expenditure: Vec<f64> = (0..n)
            .map(|i| p.expenditure[i] / base.expenditure[i] * level)
            .collect();
        let revenue: Vec<f64> = (0..n)
            .map(|i| p.expenditure[i] * (1.0 - p.fob[i] / p.demand[i]) * level)
            .collect();
        let real: Vec<f64> = expenditure.iter().zip(&price).map(|(e, p)| e / p).collect();
        let k = tech.labour_supply;
        let welfare = (0..n)
            .map(|i| {
                if k == 0.0 {
                    return real[i];
                }
                // Disutility of labour, in units of old expenditure.
                let untaxed = match tech.revenue_use {
                    RevenueUse::Rebated => 1.0,
                    RevenueUse::CutsIncomeTax => 1.0 - revenue[i] / (p.sales[i] * level),
                };
                let toil = k / (1.0 + k) * untaxed * base.output[i];
                let delta = base.expenditure[i] / (base.expenditure[i] - toil);
                delta * real[i] + (1.0 - delta) * wage[i] * labour[i] / price[i]
            })
            .collect();
        let mut flows = self.pull_fob.clone();
        for j in 0..n {
            let row = &mut flows[j * n..][..n];
            for i in 0..n {
                row[i] *= p.cost[j] * p.expenditure[i] / p.demand[i] * level;
            }
        }
        Equilibrium {
            wage,
            labour,
            price,
            expenditure,
            welfare,
            real_expenditure: real,
            revenue,
            flows,
            residual,
            work,
            verdict,
        }
    }
}

/// Inner product in eight interleaved partial sums, so that the compiler can use vector registers;
/// the order of addition is fixed.
pub(crate) fn dot(a: &[f64], b: &[f64]) -> f64 {
    const LANES: usize = 8;
    let (mut x, mut y) = (a.chunks_exact(LANES), b.chunks_exact(LANES));
    let mut sum = [0.0; LANES];
    for (p, q) in (&mut x).zip(&mut y) {
        for l in 0..LANES {
            sum[l] += p[l] * q[l];
        }
    }
    let rest: f64 = x
        .remainder()
        .iter()
        .zip(y.remainder())
        .map(|(p, q)| p * q)
        .sum();
    sum.iter().sum::<f64>() + rest
}
