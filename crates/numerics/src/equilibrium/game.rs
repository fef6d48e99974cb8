//! Optimal, retaliatory and Nash tariffs by adjoint gradients.
//!
//! Each player sets its levers, a lever being one rate on a group of (exporter, importer) pairs,
//! so as to raise the weighted log welfare of the states it cares for, the others' rates given. A
//! uniform optimal tariff is one player with one lever; a tariff by partner one lever a partner;
//! retaliation one player for each retaliating state; a trade war all of them together. The
//! solution makes every player's gradient vanish; gradients come from one factorisation and one
//! back substitution a player.

use super::{Change, Economy, Equilibrium, Linearised, SolveOptions, Start, Technology, solve};
use crate::fixedpoint::{self, Options};
use crate::{NumericsError, Verdict, check_domain, check_len};

/// One decision maker.
#[derive(Clone, Debug)]
pub struct Player {
    /// States and weights of the objective Σ weight · ln welfare.
    pub objective: Vec<(usize, f64)>,
    /// Each lever is one rate on these (exporter, importer) pairs.
    pub levers: Vec<Vec<(usize, usize)>>,
}

impl Player {
    /// A state with one rate on all its imports.
    pub fn uniform(state: usize, n: usize) -> Self {
        let pairs = (0..n).filter(|j| *j != state).map(|j| (j, state)).collect();
        Self {
            objective: vec![(state, 1.0)],
            levers: vec![pairs],
        }
    }

    /// A state with a rate on each partner.
    pub fn by_partner(state: usize, n: usize) -> Self {
        let levers = (0..n)
            .filter(|j| *j != state)
            .map(|j| vec![(j, state)])
            .collect();
        Self {
            objective: vec![(state, 1.0)],
            levers,
        }
    }

    /// A state that sets its rate on one exporter only.
    pub fn retaliating(state: usize, against: usize) -> Self {
        Self {
            objective: vec![(state, 1.0)],
            levers: vec![vec![(against, state)]],
        }
    }
}

/// How far the search may go.
#[derive(Clone, Copy, Debug)]
pub struct GameOptions {
    /// Largest first-order gap accepted: derivative over own curvature, about the distance of a
    /// rate from its player's optimum in log points of 1 + tariff. Default 1e-8.
    pub tolerance: f64,
    /// Most rounds (each solves the equilibrium and its gradients once). Default 200.
    pub max_rounds: usize,
    /// Largest tariff considered, fraction. Default 50.
    pub most: f64,
    /// Accuracy and effort of each equilibrium.
    pub solver: SolveOptions,
}

impl Default for GameOptions {
    fn default() -> Self {
        Self {
            tolerance: 1e-8,
            max_rounds: 200,
            most: 50.0,
            solver: SolveOptions {
                tolerance: 1e-12,
                ..SolveOptions::default()
            },
        }
    }
}

/// Tariffs at which no player gains at first order.
#[derive(Clone, Debug)]
pub struct TariffGame {
    /// Rates, one vector a player, one entry a lever, fractions.
    pub rates: Vec<Vec<f64>>,
    /// All tariffs, exporter × importer.
    pub tariff: Vec<f64>,
    /// The equilibrium at these tariffs.
    pub equilibrium: Equilibrium,
    /// Derivative of each player's objective with respect to each rate.
    pub gradient: Vec<Vec<f64>>,
    /// Largest first-order gap (see [`GameOptions::tolerance`]).
    pub gap: f64,
    /// Equilibria solved, each with one factorisation.
    pub rounds: usize,
    /// Whether the tolerance was reached; if not, the numbers above are not an answer.
    pub verdict: Verdict,
}

/// Longest step of a log rate in one round.
const LONGEST: f64 = 0.3;
/// Lowest rate considered, fraction.
const LEAST_RATE: f64 = -0.5;

struct Search<'a> {
    economy: &'a Economy,
    technology: &'a Technology,
    players: &'a [Player],
    change: Change<'a>,
    options: &'a GameOptions,
    tariff: Vec<f64>,
    warm: Option<Start>,
    last: Option<Equilibrium>,
    rounds: usize,
}

impl Search<'_> {
    /// Writes each player's derivatives with respect to its log rates ln(1 + t) and the size of its
    /// own curvature; `None` when the equilibrium cannot be solved.
    fn gradients(&mut self, x: &[f64], g: &mut [f64], curvature: &mut [f64]) -> Option<()> {
        let n = self.economy.n();
        self.rounds += 1;
        let mut at = 0;
        for p in self.players {
            for lever in &p.levers {
                for (j, i) in lever {
                    self.tariff[j * n + i] = x[at].exp_m1();
                }
                at += 1;
            }
        }
        let change = Change {
            tariff: &self.tariff,
            ..self.change
        };
        let solver = &self.options.solver;
        let e = solve(
            self.economy,
            self.technology,
            &change,
            self.warm.as_ref(),
            solver,
        )
        .ok()?;
        if !e.verdict.is_converged() {
            return None;
        }
        let linear = Linearised::at(self.economy, self.technology, &change, &e).ok()?;
        self.warm = Some(Start::from(&e));
        self.last = Some(e);
        let (mut at, mut weight) = (0, vec![0.0; n]);
        for p in self.players {
            weight.fill(0.0);
            p.objective.iter().for_each(|(i, w)| weight[*i] += w);
            let d = linear.welfare_gradient(&weight).ok()?;
            for lever in &p.levers {
                g[at] = lever
                    .iter()
                    .map(|(j, i)| d.tariff[j * n + i] * (1.0 + self.tariff[j * n + i]))
                    .sum();
                curvature[at] = linear.own_curvature(lever, &weight);
                at += 1;
            }
        }
        Some(())
    }
}

/// Tariffs at which no player gains at first order, starting from those of `change` (which also
/// carries what else is new). With one player this is its optimum; [`gain_of_deviation`] checks
/// that no finite move gains either.
pub fn solve_game(
    economy: &Economy,
    technology: &Technology,
    change: &Change<'_>,
    players: &[Player],
    options: &GameOptions,
) -> Result<TariffGame, NumericsError> {
    let n = economy.n();
    check_len("tariff", change.tariff.len(), n * n)?;
    let mut taken = vec![false; n * n];
    for p in players {
        for (i, _) in &p.objective {
            check_domain(
                *i < n,
                "state of an objective",
                *i as f64,
                "below the number of states",
            )?;
        }
        for (j, i) in p.levers.iter().flatten() {
            let fine = *j < n && *i < n && j != i && !taken[j * n + i];
            check_domain(
                fine,
                "importer of a lever",
                *i as f64,
                "foreign, known, in one lever",
            )?;
            taken[j * n + i] = true;
        }
    }
    let mut x: Vec<f64> = players
        .iter()
        .flat_map(|p| &p.levers)
        .map(|l| {
            let rates = l.iter().map(|(j, i)| change.tariff[j * n + i].ln_1p());
            rates.sum::<f64>() / l.len().max(1) as f64
        })
        .collect();
    let m = x.len();
    let mut search = Search {
        economy,
        technology,
        players,
        change: *change,
        options,
        tariff: change.tariff.to_vec(),
        warm: None,
        last: None,
        rounds: 0,
    };
    let failed = |rounds| NumericsError::NotConverged {
        what: "equilibrium inside a tariff game",
        residual: f64::NAN,
        iterations: rounds,
    };
    let (low, high) = (LEAST_RATE.ln_1p(), options.most.ln_1p());
    let inner = Options {
        tolerance: options.tolerance,
        max_evaluations: options.max_rounds,
        memory: 10,
        damping: 1.0,
    };
    let (mut g, mut curvature) = (vec![0.0; m], vec![0.0; m]);
    search
        .gradients(&x, &mut g, &mut curvature)
        .ok_or_else(|| failed(1))?;
    let s = fixedpoint::anderson(&x, &inner, |x, f| {
        let inside: Vec<f64> = x.iter().map(|x| x.clamp(low, high)).collect();
        search.gradients(&inside, &mut g, &mut curvature)?;
        let mut worst: f64 = 0.0;
        for k in 0..m {
            // A lever on trade that does not exist has no gradient, and stays.
            let step = if curvature[k] > 0.0 {
                g[k] / curvature[k]
            } else {
                0.0
            };
            let goal = inside[k] + step.clamp(-LONGEST, LONGEST);
            f[k] = goal.clamp(low, high) - x[k];
            worst = worst.max(f[k].abs());
        }
        Some(worst)
    });
    x = s.x.iter().map(|x| x.clamp(low, high)).collect();
    let (gap, verdict) = (s.residual, s.verdict);
    search
        .gradients(&x, &mut g, &mut curvature)
        .ok_or_else(|| failed(search.rounds))?;
    let mut at = 0;
    let (mut rates, mut gradient) = (Vec::new(), Vec::new());
    for p in players {
        let next = at + p.levers.len();
        rates.push(x[at..next].iter().map(|x| x.exp_m1()).collect());
        gradient.push((at..next).map(|k| g[k] / x[k].exp()).collect());
        at = next;
    }
    let equilibrium = search.last.take().ok_or_else(|| failed(search.rounds))?;
    Ok(TariffGame {
        rates,
        tariff: search.tariff,
        equilibrium,
        gradient,
        gap,
        rounds: search.rounds,
        verdict,
    })
}

/// Best gain of ln objective that `player` finds by moving all its rates by `step` (fraction of
/// 1 + tariff) up or down from a solved game: not above zero, to solver accuracy, at an optimum.
pub fn gain_of_deviation(
    economy: &Economy,
    technology: &Technology,
    change: &Change<'_>,
    player: &Player,
    game: &TariffGame,
    step: f64,
    options: &SolveOptions,
) -> Result<f64, NumericsError> {
    let n = economy.n();
    let value = |e: &Equilibrium| -> f64 {
        player
            .objective
            .iter()
            .map(|(i, w)| w * e.welfare[*i].ln())
            .sum()
    };
    let start = Start::from(&game.equilibrium);
    let mut best = f64::NEG_INFINITY;
    for factor in [1.0 + step, 1.0 / (1.0 + step)] {
        let mut tariff = game.tariff.clone();
        for (j, i) in player.levers.iter().flatten() {
            tariff[j * n + i] = (1.0 + tariff[j * n + i]) * factor - 1.0;
        }
        let change = Change {
            tariff: &tariff,
            ..*change
        };
        let e = solve(economy, technology, &change, Some(&start), options)?;
        if !e.verdict.is_converged() {
            return Err(NumericsError::NotConverged {
                what: "deviation from a tariff game",
                residual: e.residual,
                iterations: e.work.evaluations,
            });
        }
        best = best.max(value(&e) - value(&game.equilibrium));
    }
    Ok(best)
}
