//! Prices, expenditures and excess demand for labour at trial wages.

use super::{SectoralChange, SectoralEconomy, SectoralWork, gmres};
use crate::Verdict;
use crate::equilibrium::{Deficits, dot};
use crate::fixedpoint::{self, Options};
use crate::special::exp;

/// Differences kept by the acceleration of the price iteration.
const PRICE_MEMORY: usize = 6;
/// Most sweeps over prices for one set of wages.
const MOST_SWEEPS: usize = 2000;
/// Basis vectors of the expenditure solve.
const BASIS: usize = 80;
/// Demand (relative to the strongest pull and the cheapest seller) below which shares lose digits.
const LEAST_DEMAND: f64 = 1e-250;
/// Finest accuracy asked of the inner problems: a few units of rounding.
pub(super) const FINEST: f64 = 4e-15;

pub(super) struct Market<'a> {
    pub e: &'a SectoralEconomy,
    theta: &'a [f64],
    j: usize,
    n: usize,
    /// π s ((1+t')/(1+t))^{−θ} over its largest entry in each (sector, importer).
    pull: Vec<f64>,
    /// The same over 1 + t'.
    pub pull_fob: Vec<f64>,
    /// Log of that largest entry, J×N; −∞ where the sector is not used.
    offset: Vec<f64>,
    surplus: Vec<f64>,
    /// Final income without revenue over value added at the old equilibrium.
    phi: Vec<f64>,
    world: f64,
    pub gain: Vec<f64>,
    /// Accuracy of the inner problems.
    pub inner: f64,
    pub log_price: Vec<f64>,
    pub log_cost: Vec<f64>,
    /// ĉ^{−θ} over that of the cheapest seller, J×N.
    pub cost: Vec<f64>,
    pub demand: Vec<f64>,
    /// Share of expenditure left after tariffs, J×N.
    pub kept: Vec<f64>,
    /// Gross expenditure over old value added of the region, J×N.
    pub scaled: Vec<f64>,
    /// Value of sales, J×N.
    sales: Vec<f64>,
    /// Final income before revenue, N.
    pub means: Vec<f64>,
    /// Final income, N.
    pub income: Vec<f64>,
    pub price_residual: f64,
    pub expenditure_residual: f64,
    pub work: SectoralWork,
    scratch: Vec<f64>,
}

impl<'a> Market<'a> {
    pub fn new(e: &'a SectoralEconomy, theta: &'a [f64]) -> Self {
        let (j, n) = (e.sectors, e.regions);
        let zeros = || vec![0.0; j * n];
        let world = e.value_added.iter().sum();
        Self {
            e,
            theta,
            j,
            n,
            pull: e.share.clone(),
            pull_fob: e.share.clone(),
            offset: zeros(),
            surplus: e.surplus.clone(),
            phi: (0..n)
                .map(|i| 1.0 - e.surplus[i] / e.value_added[i])
                .collect(),
            world,
            gain: vec![1.0; n],
            inner: 1e-3,
            log_price: zeros(),
            log_cost: zeros(),
            cost: zeros(),
            demand: zeros(),
            kept: zeros(),
            scaled: (0..j * n)
                .map(|k| e.expenditure[k] / e.value_added[k % n])
                .collect(),
            sales: zeros(),
            means: vec![0.0; n],
            income: vec![0.0; n],
            price_residual: f64::INFINITY,
            expenditure_residual: f64::INFINITY,
            work: SectoralWork::default(),
            scratch: zeros(),
        }
    }

    /// Newton step of each region's own wage on its own excess, input prices held, at the shares
    /// of the last evaluation.
    pub fn refresh_gain(&mut self) {
        let (j, n, e) = (self.j, self.n, self.e);
        for i in 0..n {
            let (mut steep, mut home, mut all) = (0.0, 0.0, 0.0);
            for s in 0..j {
                let b = e.value_added_share[s * n + i];
                let c = self.cost[s * n + i];
                for m in 0..n {
                    let (k, d) = ((s * n + i) * n + m, self.demand[s * n + m]);
                    let spent = self.scaled[s * n + m] * e.value_added[m];
                    let sold = self.pull_fob[k] * c / d * spent * b;
                    all += sold;
                    steep += sold * (1.0 - self.pull[k] * c / d) * self.theta[s];
                    if m == i {
                        home += sold;
                    }
                }
            }
            if all > 0.0 {
                self.gain[i] = 1.0 / (1.0 - (home / all).min(1.0) + steep / all).max(0.01);
            }
        }
    }

    /// Sets tariffs, costs and surpluses to the share `size` of the change (1 is all of it).
    pub fn set(&mut self, change: &SectoralChange<'_>, size: f64) {
        let (j, n, e) = (self.j, self.n, self.e);
        for s in 0..j {
            for m in 0..n {
                let mut most = f64::NEG_INFINITY;
                for i in 0..n {
                    let k = (s * n + i) * n + m;
                    let (old, goal) = (e.tariff[k], change.tariff[k]);
                    let mut log = change.log_shift.map_or(0.0, |v| size * v[k]);
                    let mut new = old;
                    if goal != old {
                        let step = size * ((1.0 + goal) / (1.0 + old)).ln();
                        new = if size == 1.0 {
                            goal
                        } else {
                            (1.0 + old) * step.exp() - 1.0
                        };
                        log -= self.theta[s] * step;
                    }
                    // The log of the pull for now; its tariff in the other array.
                    self.pull[k] = if log == 0.0 {
                        e.share[k].ln()
                    } else {
                        e.share[k].ln() + log
                    };
                    self.pull_fob[k] = new;
                    most = most.max(self.pull[k]);
                }
                self.offset[s * n + m] = most;
                for i in 0..n {
                    let k = (s * n + i) * n + m;
                    let pull = if most.is_finite() {
                        (self.pull[k] - most).exp()
                    } else {
                        0.0
                    };
                    self.pull_fob[k] = pull / (1.0 + self.pull_fob[k]);
                    self.pull[k] = pull;
                }
            }
        }
        for i in 0..n {
            let old = e.surplus[i];
            let goal = change.surplus.map_or(old, |v| v[i]);
            self.surplus[i] = old + size * (goal - old);
            self.phi[i] = 1.0 - self.surplus[i] / e.value_added[i];
        }
    }

    /// One sweep: costs, demand and the prices they imply; the largest change of a log price, or
    /// `None` when digits are lost.
    fn sweep(&mut self, log_wage: &[f64], log_price: &[f64], new: &mut [f64]) -> Option<f64> {
        let (j, n, e) = (self.j, self.n, self.e);
        self.work.price_sweeps += 1;
        let column = &mut self.scratch[..j];
        for i in 0..n {
            for s in 0..j {
                column[s] = log_price[s * n + i];
            }
            for s in 0..j {
                let b = e.value_added_share[s * n + i];
                let mut c = b * log_wage[i];
                if b < 1.0 {
                    c += (1.0 - b) * dot(&e.input_share[(i * j + s) * j..][..j], column);
                }
                self.log_cost[s * n + i] = c;
            }
        }
        self.demand.fill(0.0);
        let mut worst: f64 = 0.0;
        for s in 0..j {
            let costs = &self.log_cost[s * n..][..n];
            let low = costs.iter().copied().fold(f64::INFINITY, f64::min);
            if !low.is_finite() {
                return None;
            }
            let demand = &mut self.demand[s * n..][..n];
            for i in 0..n {
                let c = exp(-self.theta[s] * (costs[i] - low));
                self.cost[s * n + i] = c;
                let pull = &self.pull[(s * n + i) * n..][..n];
                demand.iter_mut().zip(pull).for_each(|(d, p)| *d += p * c);
            }
            for m in 0..n {
                let k = s * n + m;
                if self.offset[k] == f64::NEG_INFINITY {
                    (new[k], demand[m]) = (0.0, 1.0);
                    continue;
                }
                if demand[m].is_nan() || demand[m] < LEAST_DEMAND {
                    return None;
                }
                new[k] = low - (demand[m].ln() + self.offset[k]) / self.theta[s];
                worst = worst.max((new[k] - log_price[k]).abs());
            }
        }
        Some(worst)
    }

    /// Prices at given wages, from the last prices.
    pub fn prices(&mut self, log_wage: &[f64]) -> Option<()> {
        let start = std::mem::take(&mut self.log_price);
        let options = Options {
            tolerance: self.inner,
            max_evaluations: MOST_SWEEPS,
            memory: PRICE_MEMORY,
            damping: 1.0,
        };
        let mut new = vec![0.0; start.len()];
        let s = fixedpoint::anderson(&start, &options, |x, f| {
            let worst = self.sweep(log_wage, x, f)?;
            f.iter_mut().zip(x).for_each(|(f, x)| *f -= x);
            Some(worst)
        });
        let mut at = s.x;
        let mut residual = self.sweep(log_wage, &at, &mut new);
        // The map is a contraction: plain sweeps finish what acceleration may leave.
        let mut left = if s.verdict == Verdict::Converged {
            0
        } else {
            MOST_SWEEPS
        };
        while left > 0 && residual.is_some_and(|r| r > self.inner.max(8.0 * FINEST)) {
            std::mem::swap(&mut at, &mut new);
            residual = self.sweep(log_wage, &at, &mut new);
            left -= 1;
        }
        self.log_price = if residual.is_some() { new } else { start };
        self.price_residual = residual?;
        Some(())
    }

    /// Expenditures at the last prices and given values of value added, from the last ones.
    pub fn expenditures(&mut self, value_added: &[f64]) -> Option<()> {
        let (j, n, e) = (self.j, self.n, self.e);
        for s in 0..j {
            let (kept, demand) = (&mut self.kept[s * n..][..n], &self.demand[s * n..][..n]);
            kept.fill(0.0);
            for i in 0..n {
                let c = self.cost[s * n + i];
                let fob = &self.pull_fob[(s * n + i) * n..][..n];
                kept.iter_mut().zip(fob).for_each(|(k, p)| *k += p * c);
            }
            for m in 0..n {
                kept[m] = if self.offset[s * n + m] == f64::NEG_INFINITY {
                    1.0
                } else {
                    kept[m] / demand[m]
                };
            }
        }
        let total: f64 = value_added.iter().sum();
        self.means = match e.deficits {
            Deficits::Additive => (0..n)
                .map(|i| value_added[i] - self.surplus[i] * total / self.world)
                .collect(),
            Deficits::Multiplicative => {
                let spent: f64 = value_added.iter().zip(&self.phi).map(|(v, p)| v * p).sum();
                (0..n)
                    .map(|i| value_added[i] * self.phi[i] * total / spent)
                    .collect()
            }
        };
        let b: Vec<f64> = (0..j * n)
            .map(|k| e.final_share[k] * self.means[k % n] / e.value_added[k % n])
            .collect();
        let mut x = std::mem::take(&mut self.scaled);
        let solved = gmres::solve(&mut x, &b, self.inner, BASIS, |x, y| self.product(x, y));
        self.work.expenditure_products += solved.products;
        self.expenditure_residual = solved.residual;
        self.sell(&x);
        for i in 0..n {
            let duty: f64 = (0..j)
                .map(|s| x[s * n + i] * (1.0 - self.kept[s * n + i]))
                .sum();
            self.income[i] = self.means[i] + duty * e.value_added[i];
        }
        self.scaled = x;
        let fine = self
            .income
            .iter()
            .chain(&self.means)
            .all(|i| i.is_finite() && *i > 0.0);
        (fine && solved.residual.is_finite()).then_some(())
    }

    /// Sales of each sector and region when scaled expenditures are `x`.
    fn sell(&mut self, x: &[f64]) {
        let (j, n, e) = (self.j, self.n, self.e);
        for s in 0..j {
            let weight = &mut self.scratch[..n];
            for m in 0..n {
                weight[m] = x[s * n + m] * e.value_added[m] / self.demand[s * n + m];
            }
            for i in 0..n {
                let k = s * n + i;
                self.sales[k] = self.cost[k] * dot(&self.pull_fob[k * n..][..n], weight);
            }
        }
    }

    /// What expenditures `x` make others spend: intermediates of the sellers, duties of the buyer.
    fn product(&mut self, x: &[f64], y: &mut [f64]) {
        let (j, n, e) = (self.j, self.n, self.e);
        self.sell(x);
        let column = &mut self.scratch[..j];
        for i in 0..n {
            let duty: f64 = (0..j)
                .map(|s| x[s * n + i] * (1.0 - self.kept[s * n + i]))
                .sum();
            for s in 0..j {
                column[s] = e.final_share[s * n + i] * duty;
            }
            for k in 0..j {
                let bought = (1.0 - e.value_added_share[k * n + i]) * self.sales[k * n + i]
                    / e.value_added[i];
                if bought != 0.0 {
                    let inputs = &e.input_share[(i * j + k) * j..][..j];
                    column
                        .iter_mut()
                        .zip(inputs)
                        .for_each(|(c, g)| *c += g * bought);
                }
            }
            for s in 0..j {
                y[s * n + i] = column[s];
            }
        }
    }

    /// Largest relative excess demand for labour; writes its log for each region.
    pub fn excess(&self, value_added: &[f64], log_excess: &mut [f64]) -> f64 {
        let (j, n, e) = (self.j, self.n, self.e);
        let mut worst: f64 = 0.0;
        for i in 0..n {
            let wanted: f64 = (0..j)
                .map(|s| e.value_added_share[s * n + i] * self.sales[s * n + i])
                .sum();
            let ratio = wanted / value_added[i];
            log_excess[i] = ratio.ln();
            worst = worst.max((ratio - 1.0).abs());
        }
        worst
    }

    /// The step of the outer iteration at log wages `x` and the largest relative excess.
    pub fn evaluate(&mut self, x: &[f64], step: &mut [f64]) -> Option<f64> {
        self.work.evaluations += 1;
        self.prices(x)?;
        let value_added: Vec<f64> = x
            .iter()
            .zip(&self.e.value_added)
            .map(|(w, v)| w.exp() * v)
            .collect();
        self.expenditures(&value_added)?;
        let worst = self.excess(&value_added, step);
        if !worst.is_finite() || step.iter().any(|s| !s.is_finite()) {
            return None;
        }
        step.iter_mut().zip(&self.gain).for_each(|(s, g)| *s *= g);
        Some(worst)
    }

    /// Gross expenditure, J×N, in money.
    pub fn expenditure(&self) -> Vec<f64> {
        (0..self.j * self.n)
            .map(|k| self.scaled[k] * self.e.value_added[k % self.n])
            .collect()
    }
}
