//! The other side's best move over national dependences, and what best prepares for it (MODEL.md
//! §7). It exists so that gaps can be closed: suppliers and layers are national aggregates, and
//! nothing here says how a supply is interrupted.
//!
//! A cut is one supplier's whole supply of one layer to the clients looked at. Their other suppliers
//! stand in with a part of what they sell them, for which clients compete; what stays missing is missing until
//! it is replaced, less stocks:
//!
//! ```text
//! loss = Σ over clients and layers of criticality · (τ_r − τ_w)₊/2 less stocks · share not stood in for
//! ```

use realign_numerics::interdiction::{self, Attack, Cut, Game, Market, Shield};

use super::{Fixed, ramp_gap_years};
use crate::ModelError;

/// What both sides can afford, and how long to search.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Means {
    /// Largest number of cuts.
    pub cuts: usize,
    /// What the defender can spend, % of one year's GDP, mean over the clients.
    pub defence_gdp_pct: f64,
    /// Smallest share of a client's needs that counts as a dependence.
    pub least_share: f64,
    /// Nodes of each search after which it stops with a gap.
    pub nodes: usize,
}

/// One supplier in one layer: what its loss would cost and what closing it takes.
#[derive(Clone, Debug, PartialEq)]
pub struct Gap {
    /// Position of the layer.
    pub layer: usize,
    /// Position of the supplier.
    pub supplier: usize,
    /// Share of the needs that it meets, mean over the clients.
    pub share: f64,
    /// Loss if it alone is cut, others standing in, criticality-years, mean over the clients.
    pub loss: f64,
    /// Part of the loss that others' spare capacity takes away, 0–1.
    pub stood_in: f64,
    /// Loss if its largest competitor in the layer is cut as well, less that of the two alone.
    pub joint: f64,
    /// Cost of closing it, % of one year's GDP, mean over the clients.
    pub closing_cost_gdp_pct: f64,
    /// Years until it is closed, mean over the clients.
    pub closing_years: f64,
}

/// What the defender prepares.
#[derive(Clone, Debug, PartialEq)]
pub struct Preparation {
    /// Position of the layer.
    pub layer: usize,
    /// Position of the client.
    pub client: usize,
    /// Whether it is a year's stock; otherwise a second source for the largest supplier.
    pub stock: bool,
    /// Cost, % of one year's GDP of the client.
    pub cost_gdp_pct: f64,
}

/// The other side's best move without and with preparation.
#[derive(Clone, Debug, PartialEq)]
pub struct Interdiction {
    /// Every gap, the largest loss first.
    pub gaps: Vec<Gap>,
    /// Worst cuts as things stand: positions in [`Interdiction::gaps`].
    pub attack: Attack,
    /// Best preparation within the budget.
    pub preparations: Vec<Preparation>,
    /// Worst cuts against it.
    pub prepared: Attack,
    /// No preparation within the budget leaves less than this.
    pub bound: f64,
}

/// Years of stock that one preparation buys.
const STOCK_YEARS: f64 = 1.0;

/// Ranks single suppliers, and finds the worst few cuts and the best preparation. `size` is what a
/// client's needs weigh when clients compete for the same spare capacity, such as GDP; clients
/// without a size are left out. `adversaries` restricts who can cut; empty for any supplier.
pub fn interdiction(
    fixed: &Fixed,
    size: &[f64],
    clients: &[usize],
    adversaries: &[usize],
    means: &Means,
) -> Result<Interdiction, ModelError> {
    let clients: Vec<usize> = clients
        .iter()
        .copied()
        .filter(|i| size[*i] > 0.0 && fixed.is_state[*i])
        .collect();
    let (mut game, mut gaps) = (empty(fixed, size, &clients), Vec::new());
    for l in 0..fixed.layers.len() {
        for j in 0..fixed.n {
            if adversaries.is_empty() || adversaries.contains(&j) {
                gaps.extend(gap(fixed, size, &clients, means, l, j, &mut game));
            }
        }
    }
    let mut shields = Vec::new();
    for (c, &i) in clients.iter().enumerate() {
        for l in 0..fixed.layers.len() {
            shields.extend(prepare(fixed, size, &clients, means, (l, c, i), &mut game));
        }
    }
    let failed = |e: realign_numerics::NumericsError| ModelError::Fixed {
        domain: "exposure",
        message: e.to_string(),
    };
    game.check().map_err(failed)?;
    // Single cuts, then in the order of their loss.
    for (k, g) in gaps.iter_mut().enumerate() {
        g.loss = game.loss(&[k], &[]);
        let gross: f64 = game.cuts[k]
            .hits
            .iter()
            .map(|(c, a)| a * game.markets[g.layer].unit_loss[*c])
            .sum();
        g.stood_in = if gross > 0.0 {
            1.0 - g.loss / gross
        } else {
            0.0
        };
    }
    let mut order: Vec<usize> = (0..gaps.len()).collect();
    order.sort_by(|a, b| gaps[*b].loss.total_cmp(&gaps[*a].loss).then(a.cmp(b)));
    gaps = order.iter().map(|k| gaps[*k].clone()).collect();
    game.cuts = order.iter().map(|k| game.cuts[*k].clone()).collect();
    for k in 0..gaps.len() {
        let other = (0..gaps.len()).find(|o| *o != k && gaps[*o].layer == gaps[k].layer);
        gaps[k].joint = other.map_or(0.0, |o| {
            (game.loss(&[k, o], &[]) - gaps[k].loss - gaps[o].loss).max(0.0)
        });
    }
    let attacker = interdiction::Means {
        cuts: means.cuts,
        budget: f64::INFINITY,
        nodes: means.nodes,
    };
    let attack = game.attack(&attacker, &[]);
    // Only what meets one of the gravest gaps is worth weighing.
    let defence = game.defend(&attacker, means.defence_gdp_pct, means.nodes);
    Ok(Interdiction {
        attack,
        preparations: defence
            .shields
            .iter()
            .map(|s| shields[*s].clone())
            .collect(),
        prepared: defence.attack,
        bound: defence.bound,
        gaps,
    })
}

fn empty(fixed: &Fixed, size: &[f64], clients: &[usize]) -> Game {
    let markets = (0..fixed.layers.len())
        .map(|l| {
            let mut sold = vec![0.0; fixed.n];
            // Spare capacity in proportion to what is sold to the clients looked at: what others
            // buy elsewhere does not come free for them.
            for &i in clients {
                for &(_, j, share) in fixed.dependence[l].of(i) {
                    sold[j] += size[i] * share;
                }
            }
            let count = clients.len() as f64;
            Market {
                unit_loss: clients
                    .iter()
                    .map(|&i| fixed.loss_of_withdrawal(l, i) / size[i] / count)
                    .collect(),
                spare: sold
                    .iter()
                    .map(|s| s * fixed.layers[l].spare_share)
                    .collect(),
                reach: (0..fixed.n * clients.len())
                    .map(|k| k / clients.len() != clients[k % clients.len()])
                    .collect(),
            }
        })
        .collect();
    Game {
        clients: clients.len(),
        suppliers: fixed.n,
        markets,
        cuts: Vec::new(),
        shields: Vec::new(),
    }
}

/// The cut of one supplier in one layer, where any client depends on it.
fn gap(
    fixed: &Fixed,
    size: &[f64],
    clients: &[usize],
    means: &Means,
    layer: usize,
    supplier: usize,
    game: &mut Game,
) -> Option<Gap> {
    let share_of = |i: usize| {
        let found = fixed.dependence[layer]
            .of(i)
            .iter()
            .find(|s| s.1 == supplier);
        found.map_or(0.0, |s| s.2)
    };
    let hits: Vec<(usize, f64)> = clients
        .iter()
        .enumerate()
        .map(|(c, &i)| (c, share_of(i), size[i]))
        .filter(|h| h.1 >= means.least_share)
        .map(|(c, share, size)| (c, share * size))
        .collect();
    if hits.is_empty() {
        return None;
    }
    let mean = |of: &dyn Fn(usize) -> f64| {
        let sum: f64 = hits.iter().map(|(c, _)| of(clients[*c])).sum();
        sum / clients.len() as f64
    };
    let years: f64 = hits
        .iter()
        .map(|(c, _)| fixed.replace_years[layer * fixed.n + clients[*c]])
        .sum();
    let share = mean(&share_of);
    let g = Gap {
        layer,
        supplier,
        share,
        loss: 0.0,
        stood_in: 0.0,
        joint: 0.0,
        closing_cost_gdp_pct: share * fixed.layers[layer].closing_cost_gdp_pct,
        closing_years: years / hits.len() as f64,
    };
    game.cuts.push(Cut {
        market: layer,
        supplier,
        hits,
        cost: 1.0,
    });
    Some(g)
}

/// A second source for a client's largest supplier in a layer, and a year's stock of what it buys.
fn prepare(
    fixed: &Fixed,
    size: &[f64],
    clients: &[usize],
    means: &Means,
    (layer, c, i): (usize, usize, usize),
    game: &mut Game,
) -> Vec<Preparation> {
    let l = &fixed.layers[layer];
    let shares = fixed.dependence[layer].of(i);
    let largest = shares.iter().map(|s| s.2).fold(0.0, f64::max);
    let bought: f64 = shares.iter().map(|s| s.2).sum();
    let replace = fixed.replace_years[layer * fixed.n + i];
    let years = ramp_gap_years(l.withdraw_years, replace, l.buffer_years);
    if largest < means.least_share || years <= 0.0 {
        return Vec::new();
    }
    let count = clients.len() as f64;
    let mut add = |stock: bool, cost: f64, loss_factor: f64, own_source: f64| {
        game.shields.push(Shield {
            market: layer,
            client: c,
            loss_factor,
            own_source,
            cost: cost / count,
        });
        Preparation {
            layer,
            client: i,
            stock,
            cost_gdp_pct: cost,
        }
    };
    let mut out = vec![add(
        false,
        l.closing_cost_gdp_pct * largest,
        1.0,
        largest * size[i],
    )];
    if let Some(cost) = l.stock_cost_gdp_pct {
        let left = (years - STOCK_YEARS).max(0.0) / years;
        out.push(add(true, cost * bought * STOCK_YEARS, left, 0.0));
    }
    out
}
