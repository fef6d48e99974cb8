//! Quantities and excess demand at a trial point, and the report of an answer.

use super::local::Local;
use super::solve::Start;
use super::{Change, Deficits, Economy, Equilibrium, RevenueUse, SolveOptions, Technology, Work};
use crate::Verdict;
use crate::fixedpoint::{self, Options};
use crate::linalg::Lu;
use crate::special::exp;

/// Income after transfers over output at which a state counts as unable to pay.
const INSOLVENT: f64 = 0.01;
/// Largest change of a log wage in one Newton step.
const LONGEST_STEP: f64 = 1.0;
/// Share of a Newton step below which it is given up.
const LEAST_STEP: f64 = 1e-4;

/// Everything an evaluation of excess demand touches.
pub(super) struct Market<'a> {
    pub economy: &'a Economy,
    pub technology: &'a Technology,
    pub n: usize,
    /// λ s ((1+t')/(1+t))^{−εφ}, exporter × importer.
    pub pull: Vec<f64>,
    /// The same over 1 + t'.
    pub pull_fob: Vec<f64>,
    pub transfer: Vec<f64>,
    pub world: f64,
    /// Spending before revenue over output at the old equilibrium.
    pub phi: Vec<f64>,
    /// Newton step of each state's own wage on its own relative excess.
    pub gain: Vec<f64>,
    pub now: Point,
}

/// Quantities at one trial point, written by `evaluate`.
pub(super) struct Point {
    pub cost: Vec<f64>,
    pub demand: Vec<f64>,
    pub fob: Vec<f64>,
    pub expenditure: Vec<f64>,
    pub sales: Vec<f64>,
    pub means: Vec<f64>,
    pub weight: Vec<f64>,
    pub log_price: Vec<f64>,
}

impl<'a> Market<'a> {
    pub fn new(economy: &'a Economy, technology: &'a Technology, change: &Change<'_>) -> Self {
        let n = economy.n;
        let zeros = || vec![0.0; n];
        Self {
            economy,
            technology,
            n,
            pull: vec![0.0; n * n],
            pull_fob: vec![0.0; n * n],
            transfer: change
                .transfer
                .map_or_else(|| economy.transfer.clone(), <[f64]>::to_vec),
            world: economy.output.iter().sum(),
            phi: zeros(),
            gain: economy
                .slope
                .iter()
                .map(|(steep, home)| {
                    1.0 / (1.0 - home + technology.trade_elasticity * steep).max(0.05)
                })
                .collect(),
            now: Point {
                cost: zeros(),
                demand: zeros(),
                fob: zeros(),
                expenditure: zeros(),
                sales: zeros(),
                means: zeros(),
                weight: zeros(),
                log_price: zeros(),
            },
        }
    }

    /// Sets costs and tariffs to the share `size` of the change (1 is all of it).
    pub fn set(&mut self, change: &Change<'_>, size: f64) {
        let (n, e) = (self.n, self.technology.trade_elasticity);
        let base = self.economy;
        for j in 0..n {
            let row = j * n..(j + 1) * n;
            let (share, tariff) = (&base.share[row.clone()], &base.tariff[row.clone()]);
            let goals = &change.tariff[row.clone()];
            let shifts = change.log_shift.map(|s| &s[row.clone()]);
            let (pulls, fobs) = (&mut self.pull[row.clone()], &mut self.pull_fob[row]);
            for i in 0..n {
                let (old, goal) = (tariff[i], goals[i]);
                let mut log = shifts.map_or(0.0, |s| size * s[i]);
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
                let pull = share[i] * exp(log);
                pulls[i] = pull;
                fobs[i] = pull / (1.0 + new);
            }
        }
        for i in 0..n {
            let old = self.economy.transfer[i];
            let goal = change.transfer.map_or(old, |t| t[i]);
            self.transfer[i] = old + size * (goal - old);
            self.phi[i] = 1.0 + self.transfer[i] / self.economy.output[i];
        }
    }

    pub fn encode(&self, start: Option<&Start>) -> Vec<f64> {
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

    /// Accelerated iteration from `at`, then Newton from where it ended and from `at`.
    pub fn run(
        &mut self,
        at: &[f64],
        options: &SolveOptions,
        work: &mut Work,
    ) -> (Verdict, f64, Vec<f64>) {
        let first = self.accelerate(at, options, work);
        if first.0.is_converged() || options.max_newton_steps == 0 {
            return first;
        }
        let second = self.newton(&first.2, options, work);
        if second.0.is_converged() {
            return second;
        }
        self.newton(at, options, work)
    }

    fn accelerate(
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

    /// Newton with the analytic Jacobian in log wages (and log labour), steps bounded and halved
    /// until the sum of squares falls.
    fn newton(
        &mut self,
        at: &[f64],
        options: &SolveOptions,
        work: &mut Work,
    ) -> (Verdict, f64, Vec<f64>) {
        let n = self.n;
        let (mut x, mut f) = (at.to_vec(), vec![0.0; at.len()]);
        let gain = self.gain.clone();
        // ln(demand/output) instead of the step of the accelerated iteration.
        let raw = |f: &mut [f64]| {
            f[..n].iter_mut().zip(&gain).for_each(|(f, g)| *f /= g);
            f.iter().map(|v| v * v).sum::<f64>()
        };
        work.evaluations += 1;
        let Some(mut error) = self.evaluate(&x, &mut f) else {
            return (Verdict::BrokeDown, f64::INFINITY, x);
        };
        let mut merit = raw(&mut f);
        for _ in 0..options.max_newton_steps {
            if error <= options.tolerance {
                return (Verdict::Converged, error, x);
            }
            let local = Local::new(self, &x);
            work.factorisations += 1;
            let Ok(lu) = Lu::factor(local.jacobian(), local.unknowns) else {
                return (Verdict::BrokeDown, error, x);
            };
            let mut step = f.clone();
            lu.solve(&mut step);
            let longest = step.iter().fold(0.0f64, |m, s| m.max(s.abs()));
            let mut size = if longest > LONGEST_STEP {
                LONGEST_STEP / longest
            } else {
                1.0
            };
            let mut trial_f = vec![0.0; f.len()];
            loop {
                if size < LEAST_STEP || !longest.is_finite() {
                    return (Verdict::BrokeDown, error, x);
                }
                let trial: Vec<f64> = x.iter().zip(&step).map(|(x, s)| x - size * s).collect();
                work.evaluations += 1;
                if let Some(e) = self.evaluate(&trial, &mut trial_f) {
                    let m = raw(&mut trial_f);
                    if m < merit * (1.0 - 1e-4 * size) || e <= options.tolerance {
                        (x, error, merit) = (trial, e, m);
                        f.copy_from_slice(&trial_f);
                        break;
                    }
                }
                size *= 0.5;
            }
            // Local::new reads the state of the last evaluation, which is the accepted point.
        }
        (Verdict::OutOfIterations, error, x)
    }

    /// Writes the proposed step and returns the largest relative excess; `None` when a state's
    /// expenditure is not positive. Two sweeps over the matrices and no transcendental function
    /// inside them.
    pub fn evaluate(&mut self, x: &[f64], step: &mut [f64]) -> Option<f64> {
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
        // eq. (2): income before revenue, and expenditure, tariff revenue being a share of it.
        match base.deficits {
            Deficits::Additive => {
                let growth = world / self.world;
                for i in 0..n {
                    p.means[i] = p.sales[i] + self.transfer[i] * growth;
                }
            }
            Deficits::Multiplicative => {
                let spent = dot(&self.phi, &p.sales);
                for i in 0..n {
                    p.means[i] = self.phi[i] * p.sales[i] * world / spent;
                }
            }
        }
        for i in 0..n {
            let kept = p.fob[i] / p.demand[i];
            p.expenditure[i] = p.means[i] / kept;
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

    pub fn log_price(&mut self, x: &[f64], i: usize) -> f64 {
        let p = &mut self.now;
        let markup_part = 1.0 - self.technology.exponent(i);
        let log_e = (p.expenditure[i] / self.economy.expenditure[i]).ln();
        p.log_price[i] =
            markup_part * (log_e - x[i]) - p.demand[i].ln() / self.technology.trade_elasticity;
        p.log_price[i]
    }

    /// ln τ_i: how much the revenue raises the wage after tax.
    pub fn log_tax_cut(&self, i: usize) -> f64 {
        match self.technology.revenue_use {
            RevenueUse::Rebated => 0.0,
            RevenueUse::CutsIncomeTax => {
                let p = &self.now;
                let revenue = p.expenditure[i] * (1.0 - p.fob[i] / p.demand[i]);
                -(-revenue / p.sales[i]).ln_1p()
            }
        }
    }

    pub fn report(
        mut self,
        x: &[f64],
        residual: f64,
        shock_share: f64,
        verdict: Verdict,
        work: Work,
    ) -> Equilibrium {
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
        // The boundary where a debtor's income is used up: the solver comes to rest on it.
        let insolvent = (!verdict.is_converged())
            .then(|| (0..n).find(|i| p.means[*i] < INSOLVENT * p.sales[*i]))
            .flatten();
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
            shock_share,
            insolvent,
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
