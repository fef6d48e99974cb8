//! What a solved change reports.

use super::market::Market;
use super::{SectoralChange, SectoralEconomy};
use crate::Verdict;

/// Income after the surplus over value added at which a region counts as unable to pay.
const INSOLVENT: f64 = 0.01;

/// Work counters of a solve.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct SectoralWork {
    /// Evaluations of excess demand.
    pub evaluations: usize,
    /// Sweeps over all prices.
    pub price_sweeps: usize,
    /// Products of the expenditure system.
    pub expenditure_products: usize,
    /// Jacobians factored (0 unless the accelerated iteration failed).
    pub factorisations: usize,
    /// Intermediate shocks solved on the way (0 when the full shock was solved at once).
    pub homotopy_steps: usize,
}

/// The new equilibrium, in units where world value added keeps its old value.
#[derive(Clone, Debug)]
pub struct SectoralEquilibrium {
    /// Wage hats, N.
    pub wage: Vec<f64>,
    /// Price hats, J×N.
    pub price: Vec<f64>,
    /// Unit cost hats, J×N.
    pub cost: Vec<f64>,
    /// Consumer price hats, N.
    pub consumer_price: Vec<f64>,
    /// Exact welfare: real final income hats I'/I/P̂, N.
    pub real_income: Vec<f64>,
    /// Real wage hats, N.
    pub real_wage: Vec<f64>,
    /// Final income, levels, N.
    pub income: Vec<f64>,
    /// Tariff revenue, levels, N.
    pub revenue: Vec<f64>,
    /// Gross expenditure, tariffs included, levels, J×N.
    pub expenditure: Vec<f64>,
    /// Flows before tariff, levels, J×N×N (sector × exporter × importer).
    pub flows: Vec<f64>,
    /// Largest relative excess demand for labour, inner problems at full accuracy.
    pub residual: f64,
    /// Largest change of a log price under one more sweep.
    pub price_residual: f64,
    /// Euclidean residual of the expenditure system over its right-hand side.
    pub expenditure_residual: f64,
    /// Largest share of the shock that was solved: 1 when converged, less when homotopy stopped.
    pub shock_share: f64,
    /// When the solve failed with additive surpluses: the region whose value added falls short of
    /// the surplus it owes where the solver stopped. No equilibrium is to be expected then.
    pub insolvent: Option<usize>,
    /// Work done.
    pub work: SectoralWork,
    /// Whether the tolerance was reached; if not, the numbers above are not an answer.
    pub verdict: Verdict,
}

impl SectoralEquilibrium {
    pub(super) fn unchanged(e: &SectoralEconomy) -> Self {
        let (j, n) = (e.sectors, e.regions);
        let (ones, income) = (vec![1.0; n], e.income());
        Self {
            price: vec![1.0; j * n],
            cost: vec![1.0; j * n],
            consumer_price: ones.clone(),
            real_income: ones.clone(),
            real_wage: ones.clone(),
            wage: ones,
            revenue: (0..n)
                .map(|i| income[i] - e.value_added[i] + e.surplus[i])
                .collect(),
            income,
            expenditure: e.expenditure.clone(),
            flows: e.flows(),
            residual: 0.0,
            price_residual: 0.0,
            expenditure_residual: 0.0,
            shock_share: 1.0,
            insolvent: None,
            work: SectoralWork::default(),
            verdict: Verdict::Converged,
        }
    }

    pub(super) fn report(
        mut market: Market<'_>,
        x: &[f64],
        residual: f64,
        verdict: Verdict,
        reached: f64,
    ) -> Self {
        let e = market.e;
        let (j, n) = (e.sectors, e.regions);
        // The state of the market is that of the last evaluation; make it that of the answer.
        let _ = market.evaluate(x, &mut vec![0.0; n]);
        let total: f64 = x.iter().zip(&e.value_added).map(|(w, v)| w.exp() * v).sum();
        let level = e.value_added.iter().sum::<f64>() / total;
        let wage: Vec<f64> = x.iter().map(|w| w.exp() * level).collect();
        let hats = |logs: &[f64]| logs.iter().map(|p| p.exp() * level).collect::<Vec<f64>>();
        let consumer_price: Vec<f64> = (0..n)
            .map(|i| {
                let log: f64 = (0..j)
                    .map(|s| e.final_share[s * n + i] * market.log_price[s * n + i])
                    .sum();
                log.exp() * level
            })
            .collect();
        // The boundary where a debtor's income is used up: the solver comes to rest on it.
        let insolvent = (!verdict.is_converged())
            .then(|| {
                (0..n).find(|i| market.means[*i] < INSOLVENT * x[*i].exp() * e.value_added[*i])
            })
            .flatten();
        let old = e.income();
        let income: Vec<f64> = market.income.iter().map(|i| i * level).collect();
        let expenditure: Vec<f64> = market.expenditure().iter().map(|x| x * level).collect();
        let mut flows = market.pull_fob.clone();
        let mut revenue = vec![0.0; n];
        for s in 0..j {
            for i in 0..n {
                let c = market.cost[s * n + i];
                for m in 0..n {
                    let k = s * n + m;
                    flows[(s * n + i) * n + m] *= c * expenditure[k] / market.demand[k];
                }
                revenue[i] += expenditure[s * n + i] * (1.0 - market.kept[s * n + i]);
            }
        }
        Self {
            price: hats(&market.log_price),
            cost: hats(&market.log_cost),
            real_income: (0..n)
                .map(|i| income[i] / old[i] / consumer_price[i])
                .collect(),
            real_wage: (0..n).map(|i| wage[i] / consumer_price[i]).collect(),
            consumer_price,
            wage,
            income,
            revenue,
            expenditure,
            flows,
            residual,
            price_residual: market.price_residual,
            expenditure_residual: market.expenditure_residual,
            shock_share: reached,
            insolvent,
            work: market.work,
            verdict,
        }
    }
}

/// First-order parts of the welfare change of each region, fractions of old final income
/// (Caliendo & Parro 2015, eq. 19). Shown beside the exact change, never instead of it: the volume
/// term values new trade at old tariffs and overstates large changes.
#[derive(Clone, Debug)]
pub struct FirstOrder {
    /// Changes of export less import costs, weighted by old flows, N.
    pub terms_of_trade: Vec<f64>,
    /// Changes of import volumes, valued at old tariffs, N.
    pub volume_of_trade: Vec<f64>,
    /// Resources lost in other trade costs, N.
    pub trade_cost: Vec<f64>,
    /// Sum of the three: the welfare figure of the paper, N.
    pub welfare: Vec<f64>,
}

/// First-order decomposition of a solved change.
pub fn first_order(
    economy: &SectoralEconomy,
    theta: &[f64],
    change: &SectoralChange<'_>,
    new: &SectoralEquilibrium,
) -> FirstOrder {
    let (j, n) = (economy.sectors, economy.regions);
    let (flows, income) = (economy.flows(), economy.income());
    let (mut terms, mut volume, mut lost) = (vec![0.0; n], vec![0.0; n], vec![0.0; n]);
    for s in 0..j {
        for i in 0..n {
            let cost = new.cost[s * n + i] - 1.0;
            for m in 0..n {
                let k = (s * n + i) * n + m;
                let x = flows[k];
                if x <= 0.0 {
                    continue;
                }
                let other = change.log_shift.map_or(0.0, |v| -v[k] / theta[s]);
                terms[i] += x * cost;
                terms[m] -= x * cost;
                lost[m] -= x * other;
                volume[m] += economy.tariff[k] * (new.flows[k] - x - x * (cost + other));
            }
        }
    }
    for m in 0..n {
        terms[m] /= income[m];
        volume[m] /= income[m];
        lost[m] /= income[m];
    }
    FirstOrder {
        welfare: (0..n).map(|m| terms[m] + volume[m] + lost[m]).collect(),
        terms_of_trade: terms,
        volume_of_trade: volume,
        trade_cost: lost,
    }
}
