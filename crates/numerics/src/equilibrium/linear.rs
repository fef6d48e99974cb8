//! Gradients of welfare by one adjoint solve, and the matrix of who can hurt whom.

use super::local::Local;
use super::market::Market;
use super::{Change, Economy, Equilibrium, Start, Technology};
use crate::linalg::Lu;
use crate::{NumericsError, check_domain, check_len};

/// Least share outside a rate that its step is scaled by: a rate on all that a state buys does
/// nothing, and its gradient is noise.
const LEAST_HOME: f64 = 1e-5;

/// The equilibrium conditions linearised at a solved equilibrium.
pub struct Linearised {
    local: Local,
    /// Factors of the transposed Jacobian.
    transposed: Lu,
    tariff: Vec<f64>,
}

/// Derivatives of an objective with respect to every bilateral lever, exporter × importer.
#[derive(Clone, Debug)]
pub struct Gradient {
    /// Per unit (1 = 100 points) of the importer's tariff on the exporter; 0 on the diagonal.
    pub tariff: Vec<f64>,
    /// Per log point of [`Change::log_shift`].
    pub log_shift: Vec<f64>,
}

/// Who can hurt whom: percentage change of row state's welfare per one per cent. Row-major, the
/// affected state first, the acting state second.
#[derive(Clone, Debug)]
pub struct Exposure {
    /// Trade costs between the two states rise, both ways.
    pub closure: Vec<f64>,
    /// Trade costs on everything the acting state buys abroad rise.
    pub import_wall: Vec<f64>,
    /// Trade costs on everything the acting state sells abroad rise.
    pub export_stop: Vec<f64>,
    /// The acting state becomes more productive (Kleinman, Liu & Redding 2024: positive is an
    /// economic friend, negative an enemy).
    pub productivity: Vec<f64>,
    /// Derivative of ln welfare with respect to the acting state's tariff on the affected state,
    /// per unit of tariff.
    pub tariff: Vec<f64>,
}

impl Linearised {
    /// At a converged equilibrium of the economy under the change.
    pub fn at(
        economy: &Economy,
        technology: &Technology,
        change: &Change<'_>,
        equilibrium: &Equilibrium,
    ) -> Result<Self, NumericsError> {
        technology.check(economy.n)?;
        check_len("wages", equilibrium.wage.len(), economy.n)?;
        check_domain(
            equilibrium.verdict.is_converged(),
            "residual of the equilibrium",
            equilibrium.residual,
            "that of a converged one",
        )?;
        let mut market = Market::new(economy, technology, change);
        market.set(change, 1.0);
        let x = market.encode(Some(&Start::from(equilibrium)));
        let mut scratch = vec![0.0; x.len()];
        let fine = market.evaluate(&x, &mut scratch).is_some();
        check_domain(fine, "income", f64::NAN, "positive")?;
        let local = Local::new(&market, &x);
        let m = local.unknowns;
        let jacobian = local.jacobian();
        let mut transposed = vec![0.0; m * m];
        for r in 0..m {
            for c in 0..m {
                transposed[c * m + r] = jacobian[r * m + c];
            }
        }
        let transposed = Lu::factor(transposed, m)?;
        Ok(Self {
            local,
            transposed,
            tariff: change.tariff.to_vec(),
        })
    }

    /// Gradient of Σ_i weight_i ln W_i: one back substitution and one sweep over the matrix.
    pub fn welfare_gradient(&self, weight: &[f64]) -> Result<Gradient, NumericsError> {
        let l = &self.local;
        let n = l.n;
        check_len("weights", weight.len(), n)?;
        let mut z = vec![0.0; l.unknowns];
        for i in 0..n {
            if weight[i] != 0.0 {
                l.add_gradient(&l.welfare[i], i, weight[i], &mut z);
            }
        }
        self.transposed.solve(&mut z);
        let mut gradient = Gradient {
            tariff: vec![0.0; n * n],
            log_shift: vec![0.0; n * n],
        };
        let price: Vec<f64> = (0..n).map(|j| z[j] / l.wanted()[j]).collect();
        let mut mean = vec![0.0; n];
        for j in 0..n {
            for i in 0..n {
                mean[i] += l.mu[j * n + i] * price[j];
            }
        }
        for j in 0..n {
            for i in 0..n {
                let k = j * n + i;
                let goods = l.net[i] * l.mu[k] * (price[j] - mean[i]);
                let effect = |pull: f64, fob: f64| {
                    let mut d = weight[i] * l.direct(&l.welfare[i], j, i, pull, fob);
                    d -= goods * fob;
                    if let Some(own) = l.labour.get(i) {
                        d -= z[n + i] * l.direct(own, j, i, pull, fob);
                    }
                    d
                };
                gradient.log_shift[k] = effect(1.0, 1.0);
                if i != j {
                    let pull = -l.epsilon() * l.exponent[i];
                    gradient.tariff[k] = effect(pull, pull - 1.0) / (1.0 + self.tariff[k]);
                }
            }
        }
        Ok(gradient)
    }

    /// Size of the second derivative of an objective with respect to the log of one rate on `pairs`
    /// when only the importers' own demand answers: (1 + ε) M (1 − M), M the share of expenditure
    /// under the rate. A scale for steps, not an exact curvature.
    pub(super) fn own_curvature(&self, pairs: &[(usize, usize)], weight: &[f64]) -> f64 {
        let l = &self.local;
        let mut importers: Vec<usize> = pairs.iter().map(|(_, i)| *i).collect();
        importers.sort_unstable();
        importers.dedup();
        importers
            .iter()
            .map(|i| {
                let under = pairs.iter().filter(|(_, m)| m == i);
                let share: f64 = under.map(|(j, _)| l.lambda[j * l.n + i]).sum();
                let w = if weight[*i] == 0.0 {
                    1.0
                } else {
                    weight[*i].abs()
                };
                w * (1.0 + l.epsilon() * l.exponent[*i]) * share * (1.0 - share).max(LEAST_HOME)
            })
            .sum()
    }

    /// The exposure matrices: N back substitutions.
    pub fn exposure(&self) -> Result<Exposure, NumericsError> {
        let n = self.local.n;
        let cost = -self.local.epsilon();
        let zeros = || vec![0.0; n * n];
        let mut e = Exposure {
            closure: zeros(),
            import_wall: zeros(),
            export_stop: zeros(),
            productivity: zeros(),
            tariff: zeros(),
        };
        let mut weight = vec![0.0; n];
        for i in 0..n {
            weight.fill(0.0);
            weight[i] = 1.0;
            let g = self.welfare_gradient(&weight)?;
            for j in 0..n {
                let k = i * n + j;
                if i != j {
                    e.closure[k] = cost * (g.log_shift[i * n + j] + g.log_shift[j * n + i]);
                    e.tariff[k] = g.tariff[i * n + j];
                }
                for m in 0..n {
                    e.productivity[k] -= cost * g.log_shift[j * n + m];
                    if m != j {
                        e.import_wall[k] += cost * g.log_shift[m * n + j];
                        e.export_stop[k] += cost * g.log_shift[j * n + m];
                    }
                }
            }
        }
        Ok(e)
    }
}
