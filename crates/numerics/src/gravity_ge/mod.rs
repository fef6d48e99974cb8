//! One-sector general equilibrium from given trade costs: structural gravity of Anderson & van
//! Wincoop (2003) as used by Anderson, Larch & Yotov (2018) and the Advanced Guide to Trade Policy
//! Analysis (Yotov, Piermartini, Monteiro & Larch 2016, ch. 2).
//!
//! With `access_ij` = t_ij^{1−σ} (exporter i, importer j), outputs Y and expenditures E:
//!
//! ```text
//! Π_i^{1−σ} = Σ_j access_ij (E_j/E) / P_j^{1−σ}      P_j^{1−σ} = Σ_i access_ij (Y_i/Y) / Π_i^{1−σ}
//! X_ij = (Y_i/Y) E_j access_ij / (Π_i^{1−σ} P_j^{1−σ})                                P_R = 1
//! ```
//!
//! New costs can be answered in four ways ([`Prices`]); published figures differ in which they
//! use, and two of them are not equilibria. [`GravityOutcome::imbalance`] says by how much.

mod balance;
mod loops;

pub use balance::{Balanced, balance};

use crate::equilibrium::{Change, Deficits, Economy, SolveOptions, Technology, solve};
use crate::{NumericsError, Verdict, check_domain, check_len};

/// How factory-gate prices answer new trade costs.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Prices {
    /// They do not: outputs and expenditures stay ("conditional general equilibrium").
    Fixed,
    /// p̂_i = Π_i/Π'_i with resistances at the old shares of output and expenditure; what the
    /// gegravity package solves. Not an equilibrium: its flows do not add up to its outputs.
    HeldShares,
    /// The iteration of the Advanced Guide, ended when the change of all price steps between
    /// rounds is within `stop` (.01 there). Not an equilibrium: importers' purchases do not add up
    /// to their expenditures.
    GuideLoop {
        /// Standard deviation and largest signed change at which the loop ends.
        stop: f64,
    },
    /// The equilibrium: endowments fixed, p̂ clears all markets, expenditure in proportion to
    /// output with one factor common to all ([`Deficits::Multiplicative`]).
    Endowment,
}

/// The modelled baseline.
#[derive(Clone, Debug)]
pub struct GravityModel {
    pub(super) n: usize,
    pub(super) access: Vec<f64>,
    pub(super) output: Vec<f64>,
    pub(super) expenditure: Vec<f64>,
    pub(super) sigma: f64,
    pub(super) reference: usize,
    /// Exporter and importer terms: share of world trade = row_i access_ij column_j.
    pub(super) base: Balanced,
}

/// A counterfactual. Hats are new over old.
#[derive(Clone, Debug)]
pub struct GravityOutcome {
    /// Factory-gate price hats p̂.
    pub factory_price: Vec<f64>,
    /// Outward multilateral resistance hats Π̂.
    pub outward_resistance: Vec<f64>,
    /// Inward multilateral resistance hats P̂, the consumer price; 1 at the reference.
    pub inward_resistance: Vec<f64>,
    /// New outputs, levels.
    pub output: Vec<f64>,
    /// New expenditures, levels.
    pub expenditure: Vec<f64>,
    /// Real output hats p̂/P̂.
    pub real_output: Vec<f64>,
    /// Welfare hats: real expenditure, above 1 is a gain. (The gegravity package prints the
    /// inverse.)
    pub welfare: Vec<f64>,
    /// Flows, exporter × importer, levels.
    pub flows: Vec<f64>,
    /// Largest relative gap between a state's flows and its output or expenditure; at rounding
    /// level only for `Fixed` and `Endowment`.
    pub imbalance: f64,
    /// Residual of the solver: relative row sums (balancing), or relative excess demand.
    pub residual: f64,
    /// Rounds of the solver.
    pub rounds: usize,
    /// Whether the tolerance was reached; if not, the numbers above are not an answer.
    pub verdict: Verdict,
}

/// t^{1−σ} = exp(Σ_k β_k z_k) from covariates (each N×N) and their gravity coefficients.
pub fn access(covariates: &[&[f64]], coefficients: &[f64]) -> Result<Vec<f64>, NumericsError> {
    check_len("coefficients", coefficients.len(), covariates.len())?;
    let size = covariates.first().map_or(0, |c| c.len());
    let mut log = vec![0.0; size];
    for (z, b) in covariates.iter().zip(coefficients) {
        check_len("covariate", z.len(), size)?;
        log.iter_mut().zip(*z).for_each(|(l, z)| *l += b * z);
    }
    Ok(log.iter().map(|l| l.exp()).collect())
}

impl GravityModel {
    /// From access (N×N, positive on the whole diagonal and somewhere in each row and column),
    /// outputs and expenditures, the elasticity of substitution σ > 1 and the state whose consumer
    /// price is the unit. Outputs and expenditures may have different totals; shares are used.
    pub fn new(
        access: Vec<f64>,
        output: Vec<f64>,
        expenditure: Vec<f64>,
        sigma: f64,
        reference: usize,
    ) -> Result<Self, NumericsError> {
        let n = output.len();
        check_len("expenditure", expenditure.len(), n)?;
        check_domain(sigma.is_finite() && sigma > 1.0, "σ", sigma, "above 1")?;
        check_domain(
            reference < n,
            "reference index",
            reference as f64,
            "below the number of states",
        )?;
        let base = shares(&access, &output, &expenditure, None)?;
        Ok(Self {
            n,
            access,
            output,
            expenditure,
            sigma,
            reference,
            base,
        })
    }

    /// Modelled baseline flows, exporter × importer: columns add up to expenditures.
    pub fn flows(&self) -> Vec<f64> {
        let total: f64 = self.expenditure.iter().sum();
        self.base
            .fitted(&self.access)
            .iter()
            .map(|x| x * total)
            .collect()
    }

    /// Outward and inward multilateral resistances Π and P of the baseline, P of the reference 1.
    pub fn resistances(&self) -> (Vec<f64>, Vec<f64>) {
        self.levels(&self.base)
    }

    fn levels(&self, b: &Balanced) -> (Vec<f64>, Vec<f64>) {
        let power = 1.0 / (1.0 - self.sigma);
        let (all, spent): (f64, f64) = (self.output.iter().sum(), self.expenditure.iter().sum());
        // column_j = (E_j/E)/P_j^{1−σ} up to a factor that P_R = 1 fixes.
        let unit = self.expenditure[self.reference] / spent / b.column[self.reference];
        let inward = (0..self.n)
            .map(|j| (self.expenditure[j] / spent / (b.column[j] * unit)).powf(power))
            .collect();
        let outward = (0..self.n)
            .map(|i| (self.output[i] / all / (b.row[i] / unit)).powf(power))
            .collect();
        (outward, inward)
    }

    /// The answer to new access.
    pub fn counterfactual(
        &self,
        access: &[f64],
        prices: Prices,
    ) -> Result<GravityOutcome, NumericsError> {
        check_len("access", access.len(), self.n * self.n)?;
        if prices == Prices::Endowment {
            return self.endowment(access);
        }
        let new = shares(access, &self.output, &self.expenditure, Some(&self.base))?;
        let mut outcome = match prices {
            Prices::HeldShares => self.held_shares(access, &new),
            Prices::GuideLoop { stop } => self.guide_loop(access, &new, stop),
            _ => self.fixed(access, &new),
        };
        outcome.residual = outcome.residual.max(new.residual);
        if !new.verdict.is_converged() {
            outcome.verdict = new.verdict;
        }
        outcome.imbalance = self.gap(&outcome);
        Ok(outcome)
    }

    fn fixed(&self, access: &[f64], new: &Balanced) -> GravityOutcome {
        let total: f64 = self.expenditure.iter().sum();
        let flows = new.fitted(access).iter().map(|x| x * total).collect();
        self.outcome(vec![1.0; self.n], new, flows)
    }

    fn held_shares(&self, access: &[f64], new: &Balanced) -> GravityOutcome {
        let ((before, _), (after, _)) = (self.resistances(), self.levels(new));
        let price: Vec<f64> = before.iter().zip(&after).map(|(b, a)| b / a).collect();
        let all: f64 = self.output.iter().sum();
        let moved: f64 = self.output.iter().zip(&price).map(|(y, p)| y * p).sum();
        let total: f64 = self.expenditure.iter().sum();
        let mut flows = new.fitted(access);
        for i in 0..self.n {
            for j in 0..self.n {
                // New expenditure and share of output at the resistances of the old shares.
                flows[i * self.n + j] *= total * price[j] * price[i] * all / moved;
            }
        }
        self.outcome(price, new, flows)
    }

    fn outcome(&self, price: Vec<f64>, new: &Balanced, flows: Vec<f64>) -> GravityOutcome {
        let ((out0, in0), (out1, in1)) = (self.resistances(), self.levels(new));
        let ratio = |a: &[f64], b: &[f64]| a.iter().zip(b).map(|(a, b)| a / b).collect::<Vec<_>>();
        self.assemble(price, ratio(&out1, &out0), ratio(&in1, &in0), flows)
    }

    pub(super) fn assemble(
        &self,
        price: Vec<f64>,
        outward: Vec<f64>,
        inward: Vec<f64>,
        flows: Vec<f64>,
    ) -> GravityOutcome {
        let scaled = |v: &[f64]| v.iter().zip(&price).map(|(v, p)| v * p).collect::<Vec<_>>();
        let real: Vec<f64> = price.iter().zip(&inward).map(|(p, q)| p / q).collect();
        GravityOutcome {
            output: scaled(&self.output),
            expenditure: scaled(&self.expenditure),
            welfare: real.clone(),
            real_output: real,
            factory_price: price,
            outward_resistance: outward,
            inward_resistance: inward,
            flows,
            imbalance: 0.0,
            residual: 0.0,
            rounds: 0,
            verdict: Verdict::Converged,
        }
    }

    /// Largest relative gap of rows to outputs (in shares of the world) and columns to
    /// expenditures.
    fn gap(&self, o: &GravityOutcome) -> f64 {
        let n = self.n;
        let (all, total): (f64, f64) = (o.output.iter().sum(), o.flows.iter().sum());
        let mut worst: f64 = 0.0;
        for i in 0..n {
            let sold: f64 = o.flows[i * n..][..n].iter().sum();
            let bought: f64 = (0..n).map(|j| o.flows[j * n + i]).sum();
            worst = worst.max((sold / total / (o.output[i] / all) - 1.0).abs());
            worst = worst.max((bought / o.expenditure[i] - 1.0).abs());
        }
        worst
    }

    fn endowment(&self, access: &[f64]) -> Result<GravityOutcome, NumericsError> {
        let n = self.n;
        let economy = Economy::new(n, self.flows(), vec![0.0; n * n], vec![0.0; n])?
            .closed_by(Deficits::Multiplicative);
        let shift: Vec<f64> = access
            .iter()
            .zip(&self.access)
            .map(|(new, old)| if new == old { 0.0 } else { (new / old).ln() })
            .collect();
        let change = Change {
            tariff: economy.tariff(),
            log_shift: Some(&shift),
            transfer: None,
        };
        let technology = Technology::armington(self.sigma - 1.0);
        let options = SolveOptions {
            tolerance: 1e-12,
            ..SolveOptions::default()
        };
        let e = solve(&economy, &technology, &change, None, &options)?;
        // The reference's consumer price is the unit.
        let unit = e.price[self.reference];
        let price: Vec<f64> = e.wage.iter().map(|w| w / unit).collect();
        let inward: Vec<f64> = e.price.iter().map(|p| p / unit).collect();
        let (all, moved): (f64, f64) = (
            self.output.iter().sum(),
            self.output.iter().zip(&price).map(|(y, p)| y * p).sum(),
        );
        // p^{1−σ} = (share of output)/Π^{1−σ}, up to a constant.
        let outward = price
            .iter()
            .map(|p| (p * all / moved).powf(1.0 / (1.0 - self.sigma)) / p)
            .collect();
        let flows: Vec<f64> = e.flows.iter().map(|x| x / unit).collect();
        let mut o = self.assemble(price, outward, inward, flows);
        o.expenditure = (0..n)
            .map(|i| self.expenditure[i] * e.expenditure[i] / unit)
            .collect();
        o.welfare.clone_from(&e.welfare);
        (o.residual, o.rounds, o.verdict) = (e.residual, e.work.evaluations, e.verdict);
        o.imbalance = self.gap(&o);
        Ok(o)
    }
}

fn shares(
    access: &[f64],
    output: &[f64],
    expenditure: &[f64],
    start: Option<&Balanced>,
) -> Result<Balanced, NumericsError> {
    let share = |v: &[f64]| {
        let total: f64 = v.iter().sum();
        v.iter().map(|x| x / total).collect::<Vec<f64>>()
    };
    balance(access, &share(output), &share(expenditure), start)
}
