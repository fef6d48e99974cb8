//! One year of trade: costs and tariffs of the year, their equilibrium, new agreements.

use realign_atlas::StateId;
use realign_numerics::equilibrium::{Change, Equilibrium, SolveOptions, Start, Technology, solve};
use realign_numerics::special::logistic;

use super::agreements::{Concluded, Ties, hazard, largest_factors};
use super::{AddedTariff, Coefficients, Fixed, Inputs, State};
use crate::acts::Direct;
use crate::setting::{Chance, Purpose};

/// Largest relative excess demand of a solved year: far below the digits that any number is
/// printed with.
const TOLERANCE: f64 = 1e-8;
/// Costs of a year, exporter × importer over members.
#[derive(Clone, Debug, PartialEq)]
pub struct Costs {
    /// Tariffs in force, fractions.
    pub tariff: Vec<f64>,
    /// Partial effect on trade since the start, log points.
    pub log_shift: Vec<f64>,
}

/// Solves the year's equilibrium at elasticity `theta`, starting from the last year's wages.
/// `None` when the inputs are outside the domain; a failure to converge is in the verdict.
pub fn settle(fixed: &Fixed, theta: f64, costs: &Costs, wage: &[f64]) -> Option<Equilibrium> {
    let change = Change {
        tariff: &costs.tariff,
        log_shift: Some(&costs.log_shift),
        transfer: None,
    };
    let warm = Start {
        wage: wage.to_vec(),
        labour: vec![1.0; wage.len()],
    };
    let technology = Technology::armington(theta);
    solve(
        &fixed.economy,
        &technology,
        &change,
        Some(&warm),
        &SolveOptions {
            tolerance: TOLERANCE,
            ..SolveOptions::default()
        },
    )
    .ok()
}

/// One step: trust and agreements are read at date t, acts are those in force in the year that
/// leads to t + 1, flows at t + 1 are the equilibrium of both.
pub fn respond(
    fixed: &Fixed,
    coefficients: &Coefficients,
    state: &State,
    inputs: &Inputs<'_>,
    chance: &Chance,
) -> State {
    let trust = inputs.trust.mutual_changes();
    advance(fixed, coefficients, state, &trust, inputs.direct, chance)
}

/// [`respond`] with trust reduced to the mutual change since the start, N×N symmetric, SD.
pub fn advance(
    fixed: &Fixed,
    k: &Coefficients,
    state: &State,
    trust: &[f64],
    direct: &Direct,
    chance: &Chance,
) -> State {
    let mut next = state.clone();
    let step = chance.step();
    apply_agreements(fixed, &mut next, direct, step);
    retaliate(fixed, k, &mut next, direct, chance);
    let costs = costs(fixed, k, &next, trust, direct, step);
    let theta = k.elasticity(step);
    match settle(fixed, theta, &costs, &state.wage) {
        Some(e) if e.verdict.is_converged() => {
            next.terms_of_trade = terms_of_trade(fixed, &e.wage);
            next.evaluations = e.work.evaluations;
            next.solved = true;
            (next.flows_musd, next.wage) = (e.flows, e.wage);
            (next.real_income, next.price) = (e.welfare, e.price);
        }
        failed => {
            next.solved = false;
            next.evaluations = failed.map_or(0, |e| e.work.evaluations);
            next.real_income.fill(f64::NAN);
            next.price.fill(f64::NAN);
            next.terms_of_trade.fill(f64::NAN);
        }
    }
    conclude(fixed, k, &mut next, trust, chance);
    next
}

/// First-order terms of trade at given wages, log points of expenditure: the part of
/// [`realign_numerics::equilibrium::decompose`] that trade reports.
fn terms_of_trade(fixed: &Fixed, wage: &[f64]) -> Vec<f64> {
    let (economy, m) = (&fixed.economy, fixed.members.len());
    let log_wage: Vec<f64> = wage.iter().map(|w| w.ln()).collect();
    let mut gain = vec![0.0; m];
    for j in 0..m {
        let row = &economy.flows()[j * m..(j + 1) * m];
        gain[j] += log_wage[j] * row.iter().sum::<f64>();
        for (g, x) in gain.iter_mut().zip(row) {
            *g -= x * log_wage[j];
        }
    }
    gain.iter()
        .zip(economy.expenditure())
        .map(|(g, e)| g / e)
        .collect()
}

fn pair(fixed: &Fixed, a: StateId, b: StateId) -> Option<(u16, u16)> {
    let of = &fixed.network.units.of;
    let (u, v) = (of[a.index()], of[b.index()]);
    (u != v).then_some((u.min(v), u.max(v)))
}

/// Agreements that acts make or end this year, between the units of the two states.
fn apply_agreements(fixed: &Fixed, next: &mut State, direct: &Direct, step: u32) {
    let count = fixed.network.units.len();
    for (a, b) in &direct.agreements_ended {
        let Some((u, v)) = pair(fixed, *a, *b) else {
            continue;
        };
        let known = next.ended.iter().any(|c| (c.u, c.v) == (u, v));
        if next.tied[usize::from(u) * count + usize::from(v)] && !known {
            next.ended.push(Concluded { u, v, step });
        }
    }
    for (a, b) in &direct.agreements_made {
        let Some((u, v)) = pair(fixed, *a, *b) else {
            continue;
        };
        tie(next, count, u, v, step);
    }
}

fn tie(next: &mut State, count: usize, u: u16, v: u16, step: u32) {
    let (a, b) = (usize::from(u), usize::from(v));
    if !next.tied[a * count + b] {
        next.tied[a * count + b] = true;
        next.tied[b * count + a] = true;
        next.concluded.push(Concluded { u, v, step });
    }
}

/// Who answers a tariff with one of its own, and the tariffs in force this year. Where the acts
/// already hold the answer, chance adds none.
fn retaliate(fixed: &Fixed, k: &Coefficients, next: &mut State, direct: &Direct, chance: &Chance) {
    let hits = &direct.tariffs;
    let of = &fixed.network.units.of;
    let answered_by_act = |hit: StateId, actor: StateId| {
        hits.iter()
            .any(|(importer, exporter, _)| *importer == hit && *exporter == actor)
    };
    next.retaliation
        .retain(|(u, actor)| hits.iter().any(|h| h.0 == *actor && of[h.1.index()] == *u));
    for (actor, hit, fraction) in hits {
        let u = of[hit.index()];
        if *fraction <= 0.0
            || u == of[actor.index()]
            || answered_by_act(*hit, *actor)
            || next.retaliation.contains(&(u, *actor))
        {
            continue;
        }
        let gdp = &fixed.network.gdp_musd;
        let size = (gdp[usize::from(u)] / gdp[usize::from(of[actor.index()])]).ln();
        if !size.is_finite() {
            continue;
        }
        let p = logistic(k.retaliation_log_odds + k.retaliation_size * size);
        let first = fixed.network.units.members[usize::from(u)][0];
        let entity = (first * fixed.n + actor.index()) as u32;
        // One number for the unit and year, whichever of its members is named first.
        if chance.uniform(Purpose::Retaliation, entity, 0) < p {
            next.retaliation.push((u, *actor));
        }
    }
    next.added_tariffs.clear();
    for (importer, exporter, fraction) in hits {
        next.added_tariffs.push(AddedTariff {
            importer: *importer,
            exporter: *exporter,
            fraction: *fraction,
        });
        if *fraction > 0.0
            && next
                .retaliation
                .contains(&(of[exporter.index()], *importer))
            && !answered_by_act(*exporter, *importer)
        {
            next.added_tariffs.push(AddedTariff {
                importer: *exporter,
                exporter: *importer,
                fraction: k.retaliation_share * fraction,
            });
        }
    }
}

fn costs(
    fixed: &Fixed,
    k: &Coefficients,
    state: &State,
    trust: &[f64],
    direct: &Direct,
    step: u32,
) -> Costs {
    let (n, m) = (fixed.n, fixed.members.len());
    let mut tariff = fixed.economy.tariff().to_vec();
    for t in &state.added_tariffs {
        let (j, i) = (
            fixed.place[t.exporter.index()],
            fixed.place[t.importer.index()],
        );
        if let (Some(j), Some(i)) = (j, i)
            && i != j
        {
            let sum = tariff[j * m + i] + t.fraction;
            // A subsidy larger than the price is not a tariff: it is held at free delivery.
            tariff[j * m + i] = sum.max(-0.99);
        }
    }
    let mut log_shift = vec![0.0; m * m];
    if k.trust_per_sd != 0.0 {
        for (a, i) in fixed.members.iter().enumerate() {
            let from = &trust[i * n..(i + 1) * n];
            let row = &mut log_shift[a * m..(a + 1) * m];
            for (x, j) in row.iter_mut().zip(&fixed.members) {
                *x = k.trust_per_sd * from[*j];
            }
            row[a] = 0.0;
        }
    }
    let mut both = |a: usize, b: usize, by: f64| {
        if let (Some(a), Some(b)) = (fixed.place[a], fixed.place[b])
            && a != b
        {
            log_shift[a * m + b] += by;
            log_shift[b * m + a] += by;
        }
    };
    for (a, b, cost) in &direct.trade_costs {
        both(a.index(), b.index(), -k.cost_conversion_elasticity * cost);
    }
    let members = &fixed.network.units.members;
    let mut between = |c: &Concluded, share: f64| {
        let age = step.saturating_sub(c.step);
        let by = share * k.agreement_effect * k.phase(age);
        for a in &members[usize::from(c.u)] {
            for b in &members[usize::from(c.v)] {
                both(*a, *b, by);
            }
        }
    };
    state.concluded.iter().for_each(|c| between(c, 1.0));
    state
        .ended
        .iter()
        .for_each(|c| between(c, -k.agreement_ignored_share));
    Costs { tariff, log_shift }
}

/// New agreements of the year; they bear on trade from the next one. Most pairs draw a number above
/// anything that their hazard can have become since the start and are not looked at closer.
fn conclude(fixed: &Fixed, k: &Coefficients, next: &mut State, trust: &[f64], chance: &Chance) {
    let (n, network) = (fixed.n, &fixed.network);
    let count = network.units.len();
    let shock = HubShock::new(fixed, next);
    let (start, now) = (next.at_start.clone(), Ties::new(network, &next.tied));
    let largest = trust.iter().fold(0.0, |m: f64, t| m.max(t.abs()));
    let degrees = (start.degree.as_slice(), now.degree.as_slice());
    let factor = largest_factors(k, degrees, &shock.total, largest);
    let mut drawn = (u16::MAX, u16::MAX, [0.0; 2]);
    let mut formed = Vec::new();
    for pair in &start.candidates {
        let (u, v) = (usize::from(pair.u), usize::from(pair.v));
        // Two pairs of a unit share a block of random numbers.
        if (drawn.0, drawn.1) != (pair.u, pair.v / 2) {
            let numbers = chance.uniforms(Purpose::AgreementFormed, u as u32, (v / 2) as u32);
            drawn = (pair.u, pair.v / 2, numbers);
        }
        let number = drawn.2[v % 2];
        if number > pair.hazard * factor[u] * factor[v] || next.tied[u * count + v] {
            continue;
        }
        let (mu, mv) = (&network.units.members[u], &network.units.members[v]);
        let mut sum = 0.0;
        for a in mu {
            sum += mv.iter().map(|b| trust[a * n + b]).sum::<f64>();
        }
        let change = sum / (mu.len() * mv.len()) as f64;
        let x = now.covariates(u, v);
        if number < hazard(k, &x, change, shock.of_pair(u, v)) {
            formed.push((pair.u, pair.v));
        }
    }
    for (u, v) in formed {
        tie(next, count, u, v, chance.step() + 1);
    }
}

/// Added tariffs that the exports of each unit meet, weighted by export shares at the start.
struct HubShock {
    /// All that hits a unit.
    total: Vec<f64>,
    /// Units × units: whether one of the two hits the other.
    hits: Vec<bool>,
    count: usize,
}

impl HubShock {
    fn new(fixed: &Fixed, state: &State) -> Self {
        let (m, units) = (fixed.members.len(), &fixed.network.units);
        let mut shock = Self {
            total: vec![0.0; units.len()],
            hits: vec![false; units.len() * units.len()],
            count: units.len(),
        };
        if state.added_tariffs.is_empty() {
            return shock;
        }
        let flows = fixed.economy.flows();
        let mut exports = vec![0.0; units.len()];
        for (a, i) in fixed.members.iter().enumerate() {
            let u = usize::from(units.of[*i]);
            let abroad = fixed
                .members
                .iter()
                .enumerate()
                .filter(|(_, k)| usize::from(units.of[**k]) != u)
                .map(|(b, _)| flows[a * m + b]);
            exports[u] += abroad.sum::<f64>();
        }
        for t in &state.added_tariffs {
            let (i, k) = (t.exporter.index(), t.importer.index());
            let (Some(a), Some(b)) = (fixed.place[i], fixed.place[k]) else {
                continue;
            };
            let (u, v) = (usize::from(units.of[i]), usize::from(units.of[k]));
            if u == v || exports[u] <= 0.0 {
                continue;
            }
            let part = flows[a * m + b] / exports[u] * t.fraction;
            shock.total[u] += part;
            shock.hits[u * units.len() + v] = true;
            shock.hits[v * units.len() + u] = true;
        }
        shock
    }

    /// Shock of a pair: both units' shocks; zero when one of the two hits the other, for then the
    /// agreement would not be with someone else.
    fn of_pair(&self, u: usize, v: usize) -> f64 {
        let sum = self.total[u] + self.total[v];
        if self.hits[u * self.count + v] {
            0.0
        } else {
            sum
        }
    }
}
