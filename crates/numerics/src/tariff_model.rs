//! The one-sector tariff model of Ignatenko, Lashkaripour, Macedoni & Simonovska (2025): mark-ups,
//! labour supply, scale and both uses of tariff revenue, solved by [`crate::equilibrium`].
//!
//! A *hub* raises tariffs on everyone; the cases differ in who answers and in what the revenue
//! does.

use crate::equilibrium::{
    Change, Economy, Equilibrium, RevenueUse, SolveOptions, Technology, solve,
};
use crate::{NumericsError, check_domain, check_len};

/// Elasticities as published.
#[derive(Clone, Copy, Debug)]
pub struct Elasticities {
    /// Trade elasticity ε.
    pub trade: f64,
    /// Labour supply elasticity κ.
    pub labour_supply: f64,
    /// Share of ε that scale economies undo: ψ = share/ε and θ = ε/share.
    pub scale_share: f64,
}

/// What is solved.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Case {
    /// The announced tariffs; revenue cuts the income tax; nobody answers.
    Announced,
    /// As `Announced`, with the tariff exponent changed by this much (−0.75 in the paper).
    PassThrough(f64),
    /// As `Announced`, in the Eaton–Kortum model: no mark-ups, exponent 1.
    EatonKortum,
    /// As `Announced`, with the revenue rebated lump-sum.
    LumpSum,
    /// As `Announced`, with the trade elasticity multiplied by this and every other number kept.
    TradeElasticity(f64),
    /// The hub's uniform optimal tariff alone.
    Optimal,
    /// The announced tariffs; all others answer with their joint optimal tariff on the hub.
    AnnouncedOptimalRetaliation,
    /// The announced tariffs; all others answer in kind.
    AnnouncedReciprocal,
    /// The hub's and the others' optimal tariffs together.
    OptimalBoth,
}

/// The calibrated world.
#[derive(Clone, Debug)]
pub struct TariffModel {
    economy: Economy,
    hub: usize,
    elasticities: Elasticities,
}

/// Results by state. Changes in per cent.
#[derive(Clone, Debug)]
pub struct Outcome {
    /// Welfare.
    pub welfare: Vec<f64>,
    /// Trade deficit relative to its old absolute value; ill-conditioned where that is near zero.
    pub deficit: Vec<f64>,
    /// Exports over output.
    pub exports_to_output: Vec<f64>,
    /// Imports over output.
    pub imports_to_output: Vec<f64>,
    /// Employment.
    pub employment: Vec<f64>,
    /// Consumer prices, the world's expenditure-weighted mean being the unit of account.
    pub prices: Vec<f64>,
    /// Tariff revenue over old expenditure, fraction.
    pub revenue_to_expenditure: Vec<f64>,
    /// The equilibrium itself.
    pub equilibrium: Equilibrium,
}

impl TariffModel {
    /// From flows (N×N, exporter × importer, the diagonal ignored), output, and mark-up shares.
    /// Transfers and domestic sales balance the accounts, domestic sales not below zero.
    pub fn calibrate(
        mut flows: Vec<f64>,
        output: &[f64],
        markup: Vec<f64>,
        hub: usize,
        elasticities: Elasticities,
    ) -> Result<Self, NumericsError> {
        let n = output.len();
        check_len("flows", flows.len(), n * n)?;
        check_len("mark-up", markup.len(), n)?;
        check_domain(
            hub < n,
            "hub index",
            hub as f64,
            "below the number of states",
        )?;
        for i in 0..n {
            flows[i * n + i] = 0.0;
        }
        let domestic: Vec<f64> = (0..n)
            .map(|i| {
                let imports: f64 = (0..n).map(|j| flows[j * n + i]).sum();
                let exports: f64 = (0..n).map(|k| (1.0 - markup[k]) * flows[i * n + k]).sum();
                let transfer = (1.0 - markup[i]) * (imports - exports);
                (output[i] + transfer - imports).max(0.0)
            })
            .collect();
        for i in 0..n {
            flows[i * n + i] = domestic[i];
        }
        let economy = Economy::new(n, flows, vec![0.0; n * n], markup)?;
        Ok(Self {
            economy,
            hub,
            elasticities,
        })
    }

    /// The economy before tariffs.
    pub fn economy(&self) -> &Economy {
        &self.economy
    }

    /// The elasticities of a case.
    pub fn technology(&self, case: Case) -> Technology {
        let Elasticities {
            trade,
            labour_supply,
            scale_share,
        } = self.elasticities;
        let theta = trade / scale_share;
        let shift = if let Case::PassThrough(by) = case {
            by
        } else {
            0.0
        };
        let exponent = |v: &f64| (1.0 + theta) / ((1.0 - v) * theta) - 1.0 / theta + shift;
        let factor = if let Case::TradeElasticity(by) = case {
            by
        } else {
            1.0
        };
        let plain = case == Case::EatonKortum;
        Technology {
            trade_elasticity: trade * factor,
            labour_supply,
            scale: scale_share / trade,
            tariff_exponent: (!plain).then(|| self.economy.markup().iter().map(exponent).collect()),
            revenue_use: if case == Case::LumpSum {
                RevenueUse::Rebated
            } else {
                RevenueUse::CutsIncomeTax
            },
        }
    }

    /// The hub's optimal uniform tariff by its first-order condition at the old flows, with the
    /// hub facing each market's own elasticity of demand for its goods.
    pub fn optimal_tariff(&self) -> f64 {
        let (e, h, n) = (&self.economy, self.hub, self.economy.n());
        let keep = |i: usize| 1.0 - e.markup()[i];
        let abroad: f64 = (0..n)
            .filter(|i| *i != h)
            .map(|i| keep(i) * e.flows()[h * n + i] * (1.0 - e.share()[h * n + i]))
            .sum();
        let imports = e.expenditure()[h] - e.flows()[h * n + h];
        self.tariff_at(abroad / (keep(h) * imports), h)
    }

    /// The others' joint optimal tariff on the hub, for each importer, by the same condition: the
    /// world outside the hub is one region that faces the hub's elasticity of demand. 0 at the hub.
    pub fn optimal_retaliation(&self) -> Vec<f64> {
        let (e, h, n) = (&self.economy, self.hub, self.economy.n());
        let (mut exports, mut within, mut output) = (0.0, 0.0, 0.0);
        for j in (0..n).filter(|j| *j != h) {
            exports += e.flows()[j * n + h];
            output += e.output()[j];
            within += (0..n)
                .filter(|i| *i != h)
                .map(|i| e.flows()[j * n + i])
                .sum::<f64>();
        }
        let abroad = (1.0 - e.markup()[h]) * exports * (1.0 - exports / e.expenditure()[h]);
        (0..n)
            .map(|i| {
                let slope = abroad / ((1.0 - e.markup()[i]) * (output - within));
                if i == h {
                    0.0
                } else {
                    self.tariff_at(slope, i)
                }
            })
            .collect()
    }

    fn tariff_at(&self, slope: f64, importer: usize) -> f64 {
        let phi = self
            .technology(Case::Announced)
            .tariff_exponent
            .map_or(1.0, |v| v[importer]);
        1.0 / ((1.0 + slope * self.elasticities.trade) * phi - 1.0)
    }

    /// Tariffs of a case, N×N; `announced` is the hub's tariff on each exporter.
    pub fn tariffs(&self, case: Case, announced: &[f64]) -> Result<Vec<f64>, NumericsError> {
        let (n, h) = (self.economy.n(), self.hub);
        check_len("announced tariffs", announced.len(), n)?;
        let mut t = vec![0.0; n * n];
        let optimal = matches!(case, Case::Optimal | Case::OptimalBoth);
        let own = self.optimal_tariff();
        let answer = self.optimal_retaliation();
        for k in (0..n).filter(|k| *k != h) {
            t[k * n + h] = if optimal { own } else { announced[k] };
            t[h * n + k] = match case {
                Case::AnnouncedOptimalRetaliation | Case::OptimalBoth => answer[k],
                Case::AnnouncedReciprocal => announced[k],
                _ => 0.0,
            };
        }
        Ok(t)
    }

    /// Solves a case.
    pub fn run(
        &self,
        case: Case,
        announced: &[f64],
        options: &SolveOptions,
    ) -> Result<Outcome, NumericsError> {
        let tariff = self.tariffs(case, announced)?;
        let technology = self.technology(case);
        if case == Case::EatonKortum {
            let n = self.economy.n();
            let base = Economy::new(
                n,
                self.economy.flows().to_vec(),
                self.economy.tariff().to_vec(),
                vec![0.0; n],
            )?;
            return outcome(&base, &technology, &tariff, options);
        }
        outcome(&self.economy, &technology, &tariff, options)
    }

    /// The hub's best uniform tariff by search on exact welfare, in `[0, most]`, with that
    /// welfare change in per cent.
    pub fn search_optimal(
        &self,
        most: f64,
        options: &SolveOptions,
    ) -> Result<(f64, f64), NumericsError> {
        let (n, h) = (self.economy.n(), self.hub);
        let technology = self.technology(Case::Announced);
        let mut warm = None;
        let mut value = |rate: f64| -> Result<f64, NumericsError> {
            let mut tariff = vec![0.0; n * n];
            for k in (0..n).filter(|k| *k != h) {
                tariff[k * n + h] = rate;
            }
            let change = Change {
                tariff: &tariff,
                log_shift: None,
                transfer: None,
            };
            let e = solve(&self.economy, &technology, &change, warm.as_ref(), options)?;
            converged(&e)?;
            warm = Some((&e).into());
            Ok(e.welfare[h])
        };
        // Golden section; the function is single-peaked in the tariff.
        let ratio = 0.5 * (5f64.sqrt() - 1.0);
        let (mut a, mut b) = (0.0, most);
        let (mut c, mut d) = (b - ratio * (b - a), a + ratio * (b - a));
        let (mut fc, mut fd) = (value(c)?, value(d)?);
        while b - a > 1e-7 * most {
            if fc > fd {
                (b, d, fd) = (d, c, fc);
                c = b - ratio * (b - a);
                fc = value(c)?;
            } else {
                (a, c, fc) = (c, d, fd);
                d = a + ratio * (b - a);
                fd = value(d)?;
            }
        }
        Ok((0.5 * (a + b), 100.0 * (fc.max(fd) - 1.0)))
    }
}

fn converged(e: &Equilibrium) -> Result<(), NumericsError> {
    if e.verdict.is_converged() {
        return Ok(());
    }
    Err(NumericsError::NotConverged {
        what: "tariff equilibrium",
        residual: e.residual,
        iterations: e.work.evaluations,
    })
}

fn outcome(
    base: &Economy,
    technology: &Technology,
    tariff: &[f64],
    options: &SolveOptions,
) -> Result<Outcome, NumericsError> {
    let n = base.n();
    let change = Change {
        tariff,
        log_shift: None,
        transfer: None,
    };
    let mut e = solve(base, technology, &change, None, options)?;
    converged(&e)?;
    // Unit of account: the expenditure-weighted mean of consumer prices stays at one.
    let spent: f64 = base.expenditure().iter().sum();
    let now: f64 = e
        .price
        .iter()
        .zip(base.expenditure())
        .map(|(p, e)| p * e)
        .sum();
    let unit = spent / now;
    for v in [
        &mut e.wage,
        &mut e.price,
        &mut e.expenditure,
        &mut e.revenue,
        &mut e.flows,
    ] {
        v.iter_mut().for_each(|x| *x *= unit);
    }
    let percent = |x: f64| 100.0 * (x - 1.0);
    let trade = |flows: &[f64], i: usize| {
        let others = |k: &usize| *k != i;
        let exports: f64 = (0..n).filter(others).map(|k| flows[i * n + k]).sum();
        let imports: f64 = (0..n).filter(others).map(|k| flows[k * n + i]).sum();
        (exports, imports)
    };
    let mut o = Outcome {
        welfare: e.welfare.iter().map(|w| percent(*w)).collect(),
        deficit: vec![0.0; n],
        exports_to_output: vec![0.0; n],
        imports_to_output: vec![0.0; n],
        employment: e.labour.iter().map(|l| percent(*l)).collect(),
        prices: e.price.iter().map(|p| percent(*p)).collect(),
        revenue_to_expenditure: e
            .revenue
            .iter()
            .zip(base.expenditure())
            .map(|(r, e)| r / e)
            .collect(),
        equilibrium: e,
    };
    for i in 0..n {
        let (x0, m0) = trade(base.flows(), i);
        let (x1, m1) = trade(&o.equilibrium.flows, i);
        let growth = o.equilibrium.wage[i] * o.equilibrium.labour[i];
        o.deficit[i] = 100.0 * ((m1 - x1) - (m0 - x0)) / (m0 - x0).abs();
        o.exports_to_output[i] = percent(x1 / x0 / growth);
        o.imports_to_output[i] = percent(m1 / m0 / growth);
    }
    Ok(o)
}
