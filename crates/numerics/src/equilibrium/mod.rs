//! One-sector general equilibrium of trade in changes ("exact hat algebra").
//!
//! Armington or Eaton–Kortum with constant trade elasticity ε, ad-valorem tariffs whose revenue
//! stays with the importer, transfers (deficits) that keep their share of world output, and, when
//! switched on, labour supply, external scale and mark-ups as in Ignatenko, Lashkaripour,
//! Macedoni & Simonovska (2025). A hat is new over old. With j exporter and i importer:
//!
//! ```text
//! a_ji = λ_ji s_ji (w_j / L_j^ψ)^{−ε} ((1+t'_ji)/(1+t_ji))^{−ε φ_i}      λ'_ji = a_ji / Σ_k a_ki
//! P_i  = (E_i/w_i)^{1−φ_i} (Σ_j a_ji)^{−1/ε}
//! X'_ji = λ'_ji E_i E_i^0 / (1+t'_ji)              R_i = Σ_j t'_ji X'_ji
//! (1) Σ_k (1−ν_k) X'_ik + ν_i Σ_j X'_ji = w_i L_i Y_i^0
//! (2) R_i + w_i L_i Y_i^0 + T_i · (ΣY'/ΣY^0) = E_i E_i^0
//! (3) L_i = (τ_i w_i / P_i)^κ
//! ```
//!
//! `s_ji` = (iceberg cost hat)^{−ε} is passed as its logarithm, the partial effect on trade, so
//! that an effect measured on trade does not depend on ε. With ν = ψ = κ = 0 and φ = 1 this is
//! the plain Armington model: Dekle, Eaton & Kortum 2007 with tariffs.
//!
//! Matrices are row-major N×N, row exporter, column importer.

mod game;
mod linear;
mod local;
mod market;
mod solve;

pub use game::{GameOptions, Player, TariffGame, gain_of_deviation, solve_game};
pub use linear::{Exposure, Gradient, Linearised};
pub(crate) use market::dot;
pub use solve::{SolveOptions, Start, solve};

use crate::{NumericsError, Verdict, check_domain, check_len};

/// The observed equilibrium that hats multiply.
#[derive(Clone, Debug)]
pub struct Economy {
    n: usize,
    flows: Vec<f64>,
    tariff: Vec<f64>,
    share: Vec<f64>,
    markup: Vec<f64>,
    output: Vec<f64>,
    expenditure: Vec<f64>,
    revenue: Vec<f64>,
    transfer: Vec<f64>,
    deficits: Deficits,
    /// Own-price slope of relative excess demand for each state's output at the old equilibrium, a
    /// unit of the trade elasticity, and the share of output sold at home.
    slope: Vec<(f64, f64)>,
}

impl Economy {
    /// From flows before tariff (N×N, exporter × importer, domestic sales on the diagonal), the
    /// tariffs in force (fractions, 0 on the diagonal) and the mark-up share ν of each importer's
    /// purchases that stays with the importer (zeros for the plain model). Output, expenditure,
    /// tariff revenue and transfers follow by accounting. Refuses negative or non-finite entries
    /// and a state without output or expenditure.
    pub fn new(
        n: usize,
        flows: Vec<f64>,
        tariff: Vec<f64>,
        markup: Vec<f64>,
    ) -> Result<Self, NumericsError> {
        check_len("flows", flows.len(), n * n)?;
        check_len("tariff", tariff.len(), n * n)?;
        check_len("markup", markup.len(), n)?;
        for x in &flows {
            check_domain(
                x.is_finite() && *x >= 0.0,
                "flow",
                *x,
                "finite and not negative",
            )?;
        }
        check_tariffs(n, &tariff)?;
        for v in &markup {
            check_domain((0.0..1.0).contains(v), "mark-up share", *v, "in [0, 1)")?;
        }
        let mut e = Self {
            n,
            share: flows
                .iter()
                .zip(&tariff)
                .map(|(x, t)| x * (1.0 + t))
                .collect(),
            flows,
            tariff,
            markup,
            output: vec![0.0; n],
            expenditure: vec![0.0; n],
            revenue: vec![0.0; n],
            transfer: vec![0.0; n],
            deficits: Deficits::Additive,
            slope: Vec::new(),
        };
        for j in 0..n {
            for i in 0..n {
                let k = j * n + i;
                e.expenditure[i] += e.share[k];
                e.revenue[i] += e.flows[k] * e.tariff[k];
                e.output[j] += (1.0 - e.markup[i]) * e.flows[k];
                e.output[i] += e.markup[i] * e.flows[k];
            }
        }
        for i in 0..n {
            check_domain(e.output[i] > 0.0, "output", e.output[i], "positive")?;
            check_domain(
                e.expenditure[i] > 0.0,
                "expenditure",
                e.expenditure[i],
                "positive",
            )?;
            e.transfer[i] = e.expenditure[i] - e.output[i] - e.revenue[i];
        }
        for j in 0..n {
            for i in 0..n {
                e.share[j * n + i] /= e.expenditure[i];
            }
        }
        e.slope = (0..n)
            .map(|j| {
                let sales = |i: usize| e.flows[j * n + i] / e.output[j];
                let steep = (0..n).map(|i| sales(i) * (1.0 - e.share[j * n + i])).sum();
                (steep, sales(j).min(1.0))
            })
            .collect();
        Ok(e)
    }

    /// The same economy with another rule for deficits in counterfactuals.
    #[must_use]
    pub fn closed_by(mut self, deficits: Deficits) -> Self {
        self.deficits = deficits;
        self
    }

    /// The rule for deficits.
    pub fn deficits(&self) -> Deficits {
        self.deficits
    }

    /// Number of states.
    pub fn n(&self) -> usize {
        self.n
    }

    /// Flows before tariff, exporter × importer.
    pub fn flows(&self) -> &[f64] {
        &self.flows
    }

    /// Tariffs in force, fractions, exporter × importer.
    pub fn tariff(&self) -> &[f64] {
        &self.tariff
    }

    /// Share of each importer's expenditure (tariffs included) on each exporter.
    pub fn share(&self) -> &[f64] {
        &self.share
    }

    /// Value of output, which is income before tariff revenue and transfers.
    pub fn output(&self) -> &[f64] {
        &self.output
    }

    /// Expenditure, tariffs included.
    pub fn expenditure(&self) -> &[f64] {
        &self.expenditure
    }

    /// Tariff revenue.
    pub fn revenue(&self) -> &[f64] {
        &self.revenue
    }

    /// Transfers received: expenditure less output less tariff revenue. They sum to zero.
    pub fn transfer(&self) -> &[f64] {
        &self.transfer
    }

    /// Mark-up share of each importer.
    pub fn markup(&self) -> &[f64] {
        &self.markup
    }
}

fn check_tariffs(n: usize, tariff: &[f64]) -> Result<(), NumericsError> {
    for (k, t) in tariff.iter().enumerate() {
        check_domain(
            t.is_finite() && *t > -1.0,
            "tariff",
            *t,
            "finite and above -1",
        )?;
        check_domain(
            k / n != k % n || *t == 0.0,
            "tariff on domestic sales",
            *t,
            "0",
        )?;
    }
    Ok(())
}

/// What becomes of deficits in a counterfactual. "Purged" is a third way: solve once without
/// transfers, and shock that.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Deficits {
    /// Transfers keep their share of world output. A donor hit so hard that its income falls short
    /// of what it owes has no equilibrium.
    #[default]
    Additive,
    /// Spending before tariff revenue stays in proportion to own output, times one factor common
    /// to all that closes the world's accounts.
    Multiplicative,
}

/// What becomes of tariff revenue.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RevenueUse {
    /// Rebated to consumers lump-sum.
    Rebated,
    /// Lowers the tax on labour income, which matters when labour supply responds.
    CutsIncomeTax,
}

/// Elasticities of the model.
#[derive(Clone, Debug)]
pub struct Technology {
    /// Trade elasticity ε > 0: expenditure shares fall by ε % per 1 % of price.
    pub trade_elasticity: f64,
    /// Labour supply elasticity κ ≥ 0; 0 fixes labour.
    pub labour_supply: f64,
    /// Scale elasticity ψ ≥ 0 of productivity to labour; 0 is constant returns.
    pub scale: f64,
    /// Exponent φ_i of tariffs in importer i's shares, relative to ε; `None` is 1 everywhere.
    pub tariff_exponent: Option<Vec<f64>>,
    /// Use of tariff revenue.
    pub revenue_use: RevenueUse,
}

impl Technology {
    /// The plain Armington model with trade elasticity ε.
    pub fn armington(trade_elasticity: f64) -> Self {
        Self {
            trade_elasticity,
            labour_supply: 0.0,
            scale: 0.0,
            tariff_exponent: None,
            revenue_use: RevenueUse::Rebated,
        }
    }

    fn exponent(&self, importer: usize) -> f64 {
        self.tariff_exponent.as_ref().map_or(1.0, |v| v[importer])
    }

    fn check(&self, n: usize) -> Result<(), NumericsError> {
        let e = self.trade_elasticity;
        check_domain(e.is_finite() && e > 0.0, "trade elasticity", e, "positive")?;
        let k = self.labour_supply;
        check_domain(
            k.is_finite() && k >= 0.0,
            "labour supply elasticity",
            k,
            "not negative",
        )?;
        let s = self.scale;
        check_domain(
            s.is_finite() && s >= 0.0,
            "scale elasticity",
            s,
            "not negative",
        )?;
        self.tariff_exponent
            .as_ref()
            .map_or(Ok(()), |v| check_len("tariff exponent", v.len(), n))
    }
}

/// What changes.
#[derive(Clone, Copy, Debug)]
pub struct Change<'a> {
    /// New tariffs, fractions, exporter × importer, 0 on the diagonal.
    pub tariff: &'a [f64],
    /// Partial effect on trade in logs (−ε times the log of the iceberg cost hat), exporter ×
    /// importer; `None` is no change.
    pub log_shift: Option<&'a [f64]>,
    /// New transfers at the old world output; `None` keeps the old ones. Must sum to zero.
    pub transfer: Option<&'a [f64]>,
}

impl Change<'_> {
    fn is_none(&self, economy: &Economy) -> bool {
        self.tariff == economy.tariff
            && self.log_shift.is_none_or(|s| s.iter().all(|s| *s == 0.0))
            && self.transfer.is_none_or(|t| t == economy.transfer)
    }
}

/// The new equilibrium, in units where world output keeps its old value.
#[derive(Clone, Debug)]
pub struct Equilibrium {
    /// Wage hats.
    pub wage: Vec<f64>,
    /// Labour hats.
    pub labour: Vec<f64>,
    /// Consumer price index hats.
    pub price: Vec<f64>,
    /// Expenditure hats.
    pub expenditure: Vec<f64>,
    /// Exact welfare hats: real expenditure, corrected for the disutility of labour when labour
    /// supply responds.
    pub welfare: Vec<f64>,
    /// Real expenditure hats, E/P.
    pub real_expenditure: Vec<f64>,
    /// Tariff revenue, level.
    pub revenue: Vec<f64>,
    /// Flows before tariff, levels, exporter × importer.
    pub flows: Vec<f64>,
    /// Largest relative excess demand.
    pub residual: f64,
    /// Largest share of the shock that was solved: 1 when converged, less when homotopy stopped.
    pub shock_share: f64,
    /// When the solve failed with additive transfers: the state whose income falls short of the
    /// transfer it owes where the solver stopped. No equilibrium is to be expected then.
    pub insolvent: Option<usize>,
    /// Work done.
    pub work: Work,
    /// Whether the tolerance was reached; if not, the numbers above are not an answer.
    pub verdict: Verdict,
}

/// Work counters of a solve.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Work {
    /// Evaluations of excess demand.
    pub evaluations: usize,
    /// Factorisations of the Jacobian (0 unless the accelerated iteration failed).
    pub factorisations: usize,
    /// Restarts of the accelerated iteration.
    pub restarts: usize,
    /// Intermediate shocks solved on the way (0 when the full shock was solved at once).
    pub homotopy_steps: usize,
}

impl Equilibrium {
    /// Flows at destination prices: tariffs of the new equilibrium included.
    pub fn flows_at_destination(&self, tariff: &[f64]) -> Vec<f64> {
        self.flows
            .iter()
            .zip(tariff)
            .map(|(x, t)| x * (1.0 + t))
            .collect()
    }

    fn unchanged(economy: &Economy) -> Self {
        let ones = vec![1.0; economy.n];
        Self {
            wage: ones.clone(),
            labour: ones.clone(),
            price: ones.clone(),
            expenditure: ones.clone(),
            welfare: ones.clone(),
            real_expenditure: ones,
            revenue: economy.revenue.clone(),
            flows: economy.flows.clone(),
            residual: 0.0,
            shock_share: 1.0,
            insolvent: None,
            work: Work::default(),
            verdict: Verdict::Converged,
        }
    }
}

/// First-order parts of the log welfare change of each state (Caliendo & Parro 2015, eq. 19, with
/// trade costs added). Shown beside the exact change, never instead of it.
#[derive(Clone, Debug)]
pub struct Decomposition {
    /// Export less import price changes, weighted by old flows.
    pub terms_of_trade: Vec<f64>,
    /// Change of import volumes, valued at old tariffs.
    pub volume_of_trade: Vec<f64>,
    /// Resources lost in trade costs.
    pub trade_cost: Vec<f64>,
}

/// First-order decomposition of a solved change in the plain model (no mark-ups, fixed labour).
pub fn decompose(
    economy: &Economy,
    technology: &Technology,
    change: &Change<'_>,
    new: &Equilibrium,
) -> Decomposition {
    let n = economy.n;
    let mut d = Decomposition {
        terms_of_trade: vec![0.0; n],
        volume_of_trade: vec![0.0; n],
        trade_cost: vec![0.0; n],
    };
    let log_wage: Vec<f64> = new.wage.iter().map(|w| w.ln()).collect();
    for j in 0..n {
        for i in 0..n {
            let k = j * n + i;
            let x = economy.flows[k];
            if x <= 0.0 {
                continue;
            }
            let cost = -change.log_shift.map_or(0.0, |s| s[k]) / technology.trade_elasticity;
            d.terms_of_trade[j] += x * log_wage[j];
            d.terms_of_trade[i] -= x * log_wage[j];
            d.trade_cost[i] -= x * cost;
            let t = economy.tariff[k];
            if t != 0.0 && new.flows[k] > 0.0 {
                let quantity = (new.flows[k] / x).ln() - log_wage[j] - cost;
                d.volume_of_trade[i] += t * x * quantity;
            }
        }
    }
    for i in 0..n {
        let e = economy.expenditure[i];
        d.terms_of_trade[i] /= e;
        d.volume_of_trade[i] /= e;
        d.trade_cost[i] /= e;
    }
    d
}

/// The same economy with its transfers removed (balanced trade), as a new base: the first step of
/// "purge deficits, then shock". Fails when the balanced equilibrium cannot be found.
pub fn without_transfers(
    economy: &Economy,
    technology: &Technology,
    options: &SolveOptions,
) -> Result<Economy, NumericsError> {
    let none = vec![0.0; economy.n];
    let change = Change {
        tariff: &economy.tariff,
        log_shift: None,
        transfer: Some(&none),
    };
    let new = solve(economy, technology, &change, None, options)?;
    if !new.verdict.is_converged() {
        return Err(NumericsError::NotConverged {
            what: "equilibrium without transfers",
            residual: new.residual,
            iterations: new.work.evaluations,
        });
    }
    let base = Economy::new(
        economy.n,
        new.flows,
        economy.tariff.clone(),
        economy.markup.clone(),
    )?;
    Ok(base.closed_by(economy.deficits))
}

#[cfg(test)]
mod tests;
