//! First derivatives of the equilibrium conditions at a point.
//!
//! With q_k = ln of k's cost term (w_k/L_k^ψ)^{−ε}, s_k the value of its output, A_i income before
//! revenue, μ_ji shares of i's purchases net of tariffs (they sum to one) and λ_ji shares with
//! tariffs, everything follows from
//!
//! ```text
//! dμ_ji = μ_ji (dq_j − Σ_k μ_ki dq_k)       d ln kept_i = Σ_k (μ_ki − λ_ki) dq_k
//! d ln demand_i = Σ_k λ_ki dq_k             dA_i = a_i ds_i + b_i Σ_k c_k ds_k
//! ```

use super::market::Market;
use super::{Deficits, RevenueUse};

/// Derivative of one quantity of a state with respect to its own ln kept, ln demand, A, ln w and
/// ln L.
type Own = [f64; 5];

const KEPT: usize = 0;
const DEMAND: usize = 1;
const MEANS: usize = 2;
const WAGE: usize = 3;
const LABOUR: usize = 4;

fn combine(terms: &[(f64, Own)]) -> Own {
    let mut out = [0.0; 5];
    for (k, own) in terms {
        out.iter_mut().zip(own).for_each(|(o, x)| *o += k * x);
    }
    out
}

fn unit(at: usize) -> Own {
    let mut out = [0.0; 5];
    out[at] = 1.0;
    out
}

/// Shares and derivatives at the point a market was last evaluated at.
pub(super) struct Local {
    pub n: usize,
    /// Number of unknowns: N, or 2N with elastic labour.
    pub unknowns: usize,
    epsilon: f64,
    scale: f64,
    /// λ and μ, exporter × importer.
    pub lambda: Vec<f64>,
    pub mu: Vec<f64>,
    /// Income before revenue net of mark-ups, (1 − ν_i) A_i.
    pub net: Vec<f64>,
    /// Value of output.
    pub sales: Vec<f64>,
    /// Demand for output.
    wanted: Vec<f64>,
    world: f64,
    markup: Vec<f64>,
    /// dA_i = own_i ds_i + common_i Σ_k weight_k ds_k.
    own: Vec<f64>,
    common: Vec<f64>,
    weight: Vec<f64>,
    /// Log tariff exponent of each importer.
    pub exponent: Vec<f64>,
    /// Derivatives of the labour condition of each state (empty when labour is fixed).
    pub labour: Vec<Own>,
    /// Derivatives of ln welfare of each state.
    pub welfare: Vec<Own>,
}

impl Local {
    pub fn new(market: &Market<'_>, x: &[f64]) -> Self {
        let (n, p, e, tech) = (market.n, &market.now, market.economy, market.technology);
        let (mut lambda, mut mu) = (market.pull.clone(), market.pull_fob.clone());
        for j in 0..n {
            for i in 0..n {
                lambda[j * n + i] *= p.cost[j] / p.demand[i];
                mu[j * n + i] *= p.cost[j] / p.fob[i];
            }
        }
        let net: Vec<f64> = (0..n).map(|i| (1.0 - e.markup[i]) * p.means[i]).collect();
        let wanted = (0..n)
            .map(|j| {
                let sold: f64 = (0..n).map(|i| net[i] * mu[j * n + i]).sum();
                sold + e.markup[j] * p.means[j]
            })
            .collect();
        let world: f64 = p.sales.iter().sum();
        let (own, common, weight) = match e.deficits {
            Deficits::Additive => (
                vec![1.0; n],
                market.transfer.iter().map(|t| t / market.world).collect(),
                vec![1.0; n],
            ),
            Deficits::Multiplicative => {
                let spent: f64 = p.sales.iter().zip(&market.phi).map(|(s, f)| s * f).sum();
                (
                    market.phi.iter().map(|f| f * world / spent).collect(),
                    p.means.clone(),
                    market.phi.iter().map(|f| 1.0 / world - f / spent).collect(),
                )
            }
        };
        let elastic = tech.labour_supply > 0.0;
        let mut local = Self {
            n,
            unknowns: if elastic { 2 * n } else { n },
            epsilon: tech.trade_elasticity,
            scale: tech.scale,
            lambda,
            mu,
            net,
            sales: p.sales.clone(),
            wanted,
            world,
            markup: e.markup.clone(),
            own,
            common,
            weight,
            exponent: (0..n).map(|i| tech.exponent(i)).collect(),
            labour: Vec::new(),
            welfare: Vec::new(),
        };
        for i in 0..n {
            let l = x.get(n + i).copied().unwrap_or(0.0);
            let (labour, welfare) = local.state(market, i, x[i], l);
            if elastic {
                local.labour.push(labour);
            }
            local.welfare.push(welfare);
        }
        local
    }

    /// Own derivatives of state i's labour condition and ln welfare.
    fn state(&self, market: &Market<'_>, i: usize, wage: f64, labour: f64) -> (Own, Own) {
        let (p, base, tech) = (&market.now, market.economy, market.technology);
        let (spent, means, sales) = (p.expenditure[i], p.means[i], p.sales[i]);
        let kappa = tech.labour_supply;
        let expenditure = combine(&[(-1.0, unit(KEPT)), (1.0 / means, unit(MEANS))]);
        let part = 1.0 - self.exponent[i];
        let price = combine(&[
            (part, expenditure),
            (-part, unit(WAGE)),
            (-1.0 / self.epsilon, unit(DEMAND)),
        ]);
        // ρ = revenue over output.
        let cuts = tech.revenue_use == RevenueUse::CutsIncomeTax;
        let rho = (spent - means) / sales;
        let rise = combine(&[
            (spent / sales, expenditure),
            (-1.0 / sales, unit(MEANS)),
            (-rho, unit(WAGE)),
            (-rho, unit(LABOUR)),
        ]);
        let tax = if cuts {
            combine(&[(1.0 / (1.0 - rho), rise)])
        } else {
            [0.0; 5]
        };
        let condition = combine(&[
            (kappa, unit(WAGE)),
            (kappa, tax),
            (-kappa, price),
            (-1.0, unit(LABOUR)),
        ]);
        if kappa == 0.0 {
            return (condition, combine(&[(1.0, expenditure), (-1.0, price)]));
        }
        let log_price =
            part * ((spent / base.expenditure[i]).ln() - wage) - p.demand[i].ln() / self.epsilon;
        let real = spent / base.expenditure[i] / log_price.exp();
        let earned = (wage + labour - log_price).exp();
        let toil = kappa / (1.0 + kappa) * base.output[i];
        let untaxed = if cuts { 1.0 - rho } else { 1.0 };
        let delta = base.expenditure[i] / (base.expenditure[i] - toil * untaxed);
        let value = delta * real + (1.0 - delta) * earned;
        let slope = if cuts {
            -toil * delta * delta / base.expenditure[i]
        } else {
            0.0
        };
        let welfare = combine(&[
            ((real - earned) * slope / value, rise),
            (delta * real / value, expenditure),
            ((1.0 - delta) * earned / value, unit(WAGE)),
            ((1.0 - delta) * earned / value, unit(LABOUR)),
            (-1.0, price),
        ]);
        (condition, welfare)
    }

    /// Gradient of a quantity of state i with respect to the unknowns, added to `out` times `by`.
    pub fn add_gradient(&self, own: &Own, i: usize, by: f64, out: &mut [f64]) {
        let n = self.n;
        let elastic = self.unknowns > n;
        for k in 0..n {
            let (l, m) = (self.lambda[k * n + i], self.mu[k * n + i]);
            let q = own[KEPT] * (m - l) + own[DEMAND] * l;
            let mut s = own[MEANS] * self.common[i] * self.weight[k];
            if k == i {
                s += own[MEANS] * self.own[i];
            }
            out[k] += by * (-self.epsilon * q + self.sales[k] * s);
            if elastic {
                out[n + k] += by * (self.epsilon * self.scale * q + self.sales[k] * s);
            }
        }
        out[i] += by * own[WAGE];
        if elastic {
            out[n + i] += by * own[LABOUR];
        }
    }

    /// Direct effect on a quantity of importer i of a change of the logs of its pull from j, with
    /// tariffs (`pull`) and net of them (`fob`).
    pub fn direct(&self, own: &Own, j: usize, i: usize, pull: f64, fob: f64) -> f64 {
        let (l, m) = (self.lambda[j * self.n + i], self.mu[j * self.n + i]);
        own[KEPT] * (m * fob - l * pull) + own[DEMAND] * l * pull
    }

    /// Jacobian of ln(demand/output) and the labour conditions, row-major. World output is pinned
    /// by adding its change to every row of the first kind, which removes the null direction.
    pub fn jacobian(&self) -> Vec<f64> {
        let (n, m) = (self.n, self.unknowns);
        let mut jacobian = vec![0.0; m * m];
        // B = μ diag(net) μᵀ, symmetric.
        let mut scaled = self.mu.clone();
        for row in scaled.chunks_exact_mut(n) {
            row.iter_mut().zip(&self.net).for_each(|(x, v)| *x *= v);
        }
        for j in 0..n {
            for k in j..n {
                let b = super::dot(&scaled[j * n..][..n], &self.mu[k * n..][..n]);
                jacobian[j * m + k] = -b;
                jacobian[k * m + j] = -b;
            }
        }
        for j in 0..n {
            let sold: f64 = scaled[j * n..][..n].iter().sum();
            jacobian[j * m + j] += sold;
            // Purchases out of others' incomes, the common part first.
            let taste = |i: usize| {
                let own = if i == j { self.markup[j] } else { 0.0 };
                (1.0 - self.markup[i]) * self.mu[j * n + i] + own
            };
            let common: f64 = (0..n).map(|i| taste(i) * self.common[i]).sum();
            for k in 0..n {
                let q = jacobian[j * m + k] / self.wanted[j];
                let mut s = (taste(k) * self.own[k] + common * self.weight[k]) / self.wanted[j];
                if k == j {
                    s -= 1.0 / self.sales[j];
                }
                jacobian[j * m + k] =
                    -self.epsilon * q + self.sales[k] * s + self.sales[k] / self.world;
                if m > n {
                    jacobian[j * m + n + k] = self.epsilon * self.scale * q + self.sales[k] * s;
                }
            }
        }
        for (i, own) in self.labour.iter().enumerate() {
            self.add_gradient(own, i, 1.0, &mut jacobian[(n + i) * m..][..m]);
        }
        jacobian
    }

    /// Trade elasticity.
    pub fn epsilon(&self) -> f64 {
        self.epsilon
    }

    /// Demand for output of each state.
    pub fn wanted(&self) -> &[f64] {
        &self.wanted
    }
}
