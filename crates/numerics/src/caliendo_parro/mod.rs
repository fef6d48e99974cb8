//! Many-sector general equilibrium of trade in changes, with input–output links and tariff
//! revenue: Caliendo & Parro (2015).
//!
//! With sector j, exporter i, importer n, output sector j using inputs k:
//!
//! ```text
//! ĉ_ji = ŵ_i^{β_ji} Π_k P̂_ki^{γ_i,kj (1−β_ji)}                                   (unit cost)
//! P̂_jn = [ Σ_i π_jin s_jin ((1+t'_jin)/(1+t_jin))^{−θ_j} ĉ_ji^{−θ_j} ]^{−1/θ_j}     (price)
//! X'_jn = Σ_k γ_n,jk (1−β_kn) Σ_m π'_knm X'_km / (1+t'_knm) + α_jn I'_n            (expenditure)
//! I'_n = ŵ_n V_n + Σ_j Σ_i t'_jin π'_jin X'_jn / (1+t'_jin) − S_n                  (final income)
//! Σ_j β_jn Σ_m π'_jnm X'_jm / (1+t'_jnm) = ŵ_n V_n                                 (labour)
//! ```
//!
//! The last line is "exports less imports equal the surplus S_n" by Walras' law. `s_jin` is the
//! partial effect of other trade costs on trade (cost hat to the power −θ_j), passed in logs. The
//! solver works in log wages: prices and expenditures are inner problems, warm-started; no matrix
//! of size J·N is formed or inverted.
//!
//! Elasticities are an argument of the solve: a short-run and a long-run set are two runs. Arrays
//! of flows, shares, tariffs: J×N×N, sector × exporter × importer, row-major. Arrays by sector and
//! region: J×N. Input shares: N×J×J, region × using sector × input.

mod gmres;
mod market;
mod newton;
mod result;
mod solve;

pub use result::{FirstOrder, SectoralEquilibrium, SectoralWork, first_order};
pub use solve::{SectoralOptions, purge_deficits, solve};

use crate::equilibrium::Deficits;
use crate::{NumericsError, check_domain, check_len};

/// Value added of given accounts may differ from balanced value added by this share at most.
const IMBALANCE_ALLOWED: f64 = 1e-3;
/// Sums of shares may differ from one by this much before they are normalised.
const SHARE_SUM_ALLOWED: f64 = 1e-4;

/// Observed accounts in shares, as the literature publishes them.
#[derive(Clone, Debug)]
pub struct Accounts {
    /// Number of sectors J.
    pub sectors: usize,
    /// Number of regions N.
    pub regions: usize,
    /// Expenditure shares π, tariffs included, J×N×N (sector × exporter × importer); each
    /// (sector, importer) sums to one, or to zero when the importer does not use the sector.
    pub share: Vec<f64>,
    /// Tariffs in force, fractions, J×N×N, 0 within a region.
    pub tariff: Vec<f64>,
    /// Value added over gross output β, J×N.
    pub value_added_share: Vec<f64>,
    /// Share of each input in the intermediate cost of each using sector γ, N×J×J (region × using
    /// sector × input); sums to one over inputs where β < 1.
    pub input_share: Vec<f64>,
    /// Share of each sector in final expenditure α, J×N, sums to one over sectors.
    pub final_share: Vec<f64>,
    /// Value added V, N, any currency.
    pub value_added: Vec<f64>,
    /// Surplus S (exports less imports), N, same currency, sums to zero.
    pub surplus: Vec<f64>,
}

/// The observed equilibrium that hats multiply.
#[derive(Clone, Debug)]
pub struct SectoralEconomy {
    pub(super) sectors: usize,
    pub(super) regions: usize,
    pub(super) share: Vec<f64>,
    pub(super) tariff: Vec<f64>,
    pub(super) value_added_share: Vec<f64>,
    pub(super) input_share: Vec<f64>,
    pub(super) final_share: Vec<f64>,
    pub(super) value_added: Vec<f64>,
    pub(super) surplus: Vec<f64>,
    pub(super) expenditure: Vec<f64>,
    pub(super) deficits: Deficits,
    adjustment: f64,
}

/// What changes.
#[derive(Clone, Copy, Debug)]
pub struct SectoralChange<'a> {
    /// New tariffs, fractions, J×N×N, 0 within a region.
    pub tariff: &'a [f64],
    /// Partial effect on trade in logs (−θ_j times the log of the cost hat), J×N×N; `None` is no
    /// change.
    pub log_shift: Option<&'a [f64]>,
    /// New surpluses at the old world value added, N; `None` keeps the old. Must sum to zero.
    pub surplus: Option<&'a [f64]>,
}

impl SectoralEconomy {
    /// From accounts in shares. Shares are normalised, and value added is moved to the nearest
    /// point where all accounts balance exactly ([`Self::adjustment`]), so that no change means no
    /// change. Refuses accounts that are further from balance than 0.1 %.
    pub fn from_shares(accounts: Accounts) -> Result<Self, NumericsError> {
        let mut e = Self {
            sectors: accounts.sectors,
            regions: accounts.regions,
            share: accounts.share,
            tariff: accounts.tariff,
            value_added_share: accounts.value_added_share,
            input_share: accounts.input_share,
            final_share: accounts.final_share,
            value_added: accounts.value_added,
            surplus: accounts.surplus,
            expenditure: vec![0.0; accounts.sectors * accounts.regions],
            deficits: Deficits::Additive,
            adjustment: 0.0,
        };
        e.check()?;
        e.normalise()?;
        let given = e.value_added.clone();
        let (value_added, expenditure) = solve::balance(&e)?;
        e.adjustment = given
            .iter()
            .zip(&value_added)
            .map(|(a, b)| (b / a - 1.0).abs())
            .fold(0.0, f64::max);
        check_domain(
            e.adjustment <= IMBALANCE_ALLOWED,
            "imbalance of the accounts (share of value added)",
            e.adjustment,
            "at most 0.001",
        )?;
        e.value_added = value_added;
        e.expenditure = expenditure;
        Ok(e)
    }

    /// From flows before tariff (J×N×N, domestic sales included), tariffs in force, value-added
    /// shares of output (J×N; all ones when there are no input–output links) and input shares
    /// (N×J×J; ignored where the value-added share is one). Value added, surpluses and final
    /// demand follow by accounting; negative final demand is refused.
    pub fn from_flows(
        sectors: usize,
        regions: usize,
        flows: &[f64],
        tariff: Vec<f64>,
        value_added_share: Vec<f64>,
        input_share: Vec<f64>,
    ) -> Result<Self, NumericsError> {
        let (j, n) = (sectors, regions);
        check_len("flows", flows.len(), j * n * n)?;
        check_len("tariff", tariff.len(), j * n * n)?;
        for x in flows {
            let fine = x.is_finite() && *x >= 0.0;
            check_domain(fine, "flow", *x, "finite and not negative")?;
        }
        let mut e = Self {
            sectors,
            regions,
            share: flows.to_vec(),
            tariff,
            value_added_share,
            input_share,
            final_share: vec![0.0; j * n],
            value_added: vec![1.0; n],
            surplus: vec![0.0; n],
            expenditure: vec![0.0; j * n],
            deficits: Deficits::Additive,
            adjustment: 0.0,
        };
        e.check()?;
        e.normalise_inputs()?;
        let mut sales = vec![0.0; j * n];
        let mut duty = vec![0.0; n];
        e.value_added.fill(0.0);
        for s in 0..j {
            for i in 0..n {
                for m in 0..n {
                    let k = (s * n + i) * n + m;
                    e.share[k] = flows[k] * (1.0 + e.tariff[k]);
                    e.expenditure[s * n + m] += e.share[k];
                    duty[m] += flows[k] * e.tariff[k];
                    sales[s * n + i] += flows[k];
                    e.surplus[i] += flows[k];
                    e.surplus[m] -= flows[k];
                }
                e.value_added[i] += e.value_added_share[s * n + i] * sales[s * n + i];
            }
        }
        for s in 0..j {
            for i in 0..n {
                for m in 0..n {
                    let x = e.expenditure[s * n + m];
                    if x > 0.0 {
                        e.share[(s * n + i) * n + m] /= x;
                    }
                }
            }
        }
        for m in 0..n {
            check_domain(
                e.value_added[m] > 0.0,
                "value added",
                e.value_added[m],
                "positive",
            )?;
            let income = e.value_added[m] + duty[m] - e.surplus[m];
            check_domain(income > 0.0, "final income", income, "positive")?;
            for s in 0..j {
                let used: f64 = (0..j)
                    .map(|k| {
                        let bought = (1.0 - e.value_added_share[k * n + m]) * sales[k * n + m];
                        e.input_share[(m * j + k) * j + s] * bought
                    })
                    .sum();
                let x = e.expenditure[s * n + m];
                let mut left = x - used;
                if left.abs() <= 1e-12 * x {
                    left = 0.0;
                }
                check_domain(left >= 0.0, "final demand", left, "not negative")?;
                e.final_share[s * n + m] = left / income;
            }
        }
        Ok(e)
    }

    /// The same economy with another rule for deficits in counterfactuals.
    #[must_use]
    pub fn closed_by(mut self, deficits: Deficits) -> Self {
        self.deficits = deficits;
        self
    }

    fn check(&self) -> Result<(), NumericsError> {
        let (j, n) = (self.sectors, self.regions);
        check_len("share", self.share.len(), j * n * n)?;
        check_len("value-added share", self.value_added_share.len(), j * n)?;
        check_len("input share", self.input_share.len(), n * j * j)?;
        check_len("final share", self.final_share.len(), j * n)?;
        check_len("value added", self.value_added.len(), n)?;
        check_len("surplus", self.surplus.len(), n)?;
        check_tariffs(j, n, &self.tariff)?;
        for (what, values) in [("share", &self.share), ("final share", &self.final_share)] {
            for x in values {
                let fine = x.is_finite() && *x >= 0.0;
                check_domain(fine, what, *x, "finite and not negative")?;
            }
        }
        for g in &self.input_share {
            // Published tables hold small negative entries (subsidies); prices stay a contraction.
            let fine = g.is_finite() && g.abs() <= 1.5;
            check_domain(fine, "input share", *g, "finite and at most 1.5 in size")?;
        }
        for b in &self.value_added_share {
            check_domain(*b > 0.0 && *b <= 1.0, "value-added share", *b, "in (0, 1]")?;
        }
        for v in &self.value_added {
            check_domain(v.is_finite() && *v > 0.0, "value added", *v, "positive")?;
        }
        let world: f64 = self.value_added.iter().sum();
        let sum: f64 = self.surplus.iter().sum();
        check_domain(
            sum.abs() <= SHARE_SUM_ALLOWED * world,
            "sum of surpluses",
            sum,
            "zero",
        )
    }

    fn normalise(&mut self) -> Result<(), NumericsError> {
        let (j, n) = (self.sectors, self.regions);
        for s in 0..j {
            for m in 0..n {
                let at = |i: usize| (s * n + i) * n + m;
                let sum: f64 = (0..n).map(|i| self.share[at(i)]).sum();
                let fine = sum == 0.0 || (sum - 1.0).abs() <= SHARE_SUM_ALLOWED;
                check_domain(fine, "sum of expenditure shares", sum, "one or zero")?;
                if sum > 0.0 {
                    (0..n).for_each(|i| self.share[at(i)] /= sum);
                }
            }
        }
        for m in 0..n {
            let sum: f64 = (0..j).map(|s| self.final_share[s * n + m]).sum();
            let fine = (sum - 1.0).abs() <= SHARE_SUM_ALLOWED;
            check_domain(fine, "sum of final shares", sum, "one")?;
            (0..j).for_each(|s| self.final_share[s * n + m] /= sum);
        }
        let drift = self.surplus.iter().sum::<f64>() / n as f64;
        self.surplus.iter_mut().for_each(|s| *s -= drift);
        self.normalise_inputs()
    }

    fn normalise_inputs(&mut self) -> Result<(), NumericsError> {
        let (j, n) = (self.sectors, self.regions);
        for m in 0..n {
            for k in 0..j {
                let row = &mut self.input_share[(m * j + k) * j..][..j];
                let sum: f64 = row.iter().sum();
                if self.value_added_share[k * n + m] < 1.0 {
                    let fine = (sum - 1.0).abs() <= SHARE_SUM_ALLOWED;
                    check_domain(fine, "sum of input shares", sum, "one")?;
                    row.iter_mut().for_each(|g| *g /= sum);
                }
            }
        }
        Ok(())
    }

    /// Number of sectors.
    pub fn sectors(&self) -> usize {
        self.sectors
    }

    /// Number of regions.
    pub fn regions(&self) -> usize {
        self.regions
    }

    /// Expenditure shares, J×N×N.
    pub fn share(&self) -> &[f64] {
        &self.share
    }

    /// Tariffs in force, fractions, J×N×N.
    pub fn tariff(&self) -> &[f64] {
        &self.tariff
    }

    /// Value added, N.
    pub fn value_added(&self) -> &[f64] {
        &self.value_added
    }

    /// Surplus (exports less imports), N.
    pub fn surplus(&self) -> &[f64] {
        &self.surplus
    }

    /// Gross expenditure, tariffs included, J×N.
    pub fn expenditure(&self) -> &[f64] {
        &self.expenditure
    }

    /// Share of each sector in final expenditure, J×N.
    pub fn final_share(&self) -> &[f64] {
        &self.final_share
    }

    /// Largest relative change that balancing made to value added; 0 for accounts from flows.
    pub fn adjustment(&self) -> f64 {
        self.adjustment
    }

    /// Flows before tariff, J×N×N.
    pub fn flows(&self) -> Vec<f64> {
        let n = self.regions;
        (0..self.share.len())
            .map(|k| {
                let (s, m) = (k / (n * n), k % n);
                self.share[k] / (1.0 + self.tariff[k]) * self.expenditure[s * n + m]
            })
            .collect()
    }

    /// Final income: value added, tariff revenue and deficit, N.
    pub fn income(&self) -> Vec<f64> {
        let n = self.regions;
        let mut income: Vec<f64> = (0..n)
            .map(|m| self.value_added[m] - self.surplus[m])
            .collect();
        for (k, x) in self.flows().iter().enumerate() {
            income[k % n] += x * self.tariff[k];
        }
        income
    }
}

fn check_tariffs(sectors: usize, regions: usize, tariff: &[f64]) -> Result<(), NumericsError> {
    check_len("tariff", tariff.len(), sectors * regions * regions)?;
    for (k, t) in tariff.iter().enumerate() {
        let fine = t.is_finite() && *t > -1.0;
        check_domain(fine, "tariff", *t, "finite and above -1")?;
        let (i, m) = ((k / regions) % regions, k % regions);
        check_domain(i != m || *t == 0.0, "tariff on domestic sales", *t, "0")?;
    }
    Ok(())
}

#[cfg(test)]
mod tests;
