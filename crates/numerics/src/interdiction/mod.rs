//! Interdiction on supply networks: the worst few cuts within a budget, and what best prepares for
//! them.
//!
//! Several markets stand side by side. A cut stops what one supplier gives to some clients of one
//! market; other suppliers stand in as far as they have spare capacity and reach. What stays
//! missing costs each client its loss per unit:
//!
//! ```text
//! defender  min over shields within a budget of
//! attacker  max over at most k cuts within a budget of
//! flow      min Σ_markets Σ_clients loss per unit · (lost − own source − stand-in)₊
//! ```
//!
//! The flow is solved exactly: the met demands of a bipartite network are a polymatroid, so serving
//! clients in the order of their loss by augmenting paths is optimal. The two outer levels are
//! branch and bound. The loss is monotone in cuts and shields but in general not submodular (two
//! suppliers that stand in for each other are worth more together), so greedy choices carry no
//! guarantee; every answer carries a proven bound, equal to the answer unless the limit on nodes
//! was reached.

mod flow;
#[cfg(test)]
mod tests;

use crate::{NumericsError, check_domain, check_len};

/// One market: clients and suppliers are counted within the game, the same for all markets.
#[derive(Clone, Debug, PartialEq)]
pub struct Market {
    /// Loss per unit of supply that stays missing, by client.
    pub unit_loss: Vec<f64>,
    /// Amount that each supplier could add for others.
    pub spare: Vec<f64>,
    /// Whether a supplier can stand in for a client, suppliers × clients, row-major.
    pub reach: Vec<bool>,
}

/// Something the attacker can do.
#[derive(Clone, Debug, PartialEq)]
pub struct Cut {
    /// Position of the market.
    pub market: usize,
    /// Whose supply stops; it does not stand in for the clients it is cut from.
    pub supplier: usize,
    /// Clients and the amounts they lose.
    pub hits: Vec<(usize, f64)>,
    /// What it costs the attacker.
    pub cost: f64,
}

/// Something the defender can prepare.
#[derive(Clone, Debug, PartialEq)]
pub struct Shield {
    /// Position of the market.
    pub market: usize,
    /// Whom it protects.
    pub client: usize,
    /// What is left of the loss per unit, 0–1; stocks lower it.
    pub loss_factor: f64,
    /// Amount of a source of its own that no one can cut.
    pub own_source: f64,
    /// What it costs the defender.
    pub cost: f64,
}

/// A game of one attacker and one defender.
#[derive(Clone, Debug, PartialEq)]
pub struct Game {
    /// Number of clients.
    pub clients: usize,
    /// Number of suppliers.
    pub suppliers: usize,
    /// The markets.
    pub markets: Vec<Market>,
    /// What the attacker can do.
    pub cuts: Vec<Cut>,
    /// What the defender can prepare.
    pub shields: Vec<Shield>,
}

/// What the attacker can afford, and how long to search.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Means {
    /// Largest number of cuts.
    pub cuts: usize,
    /// Largest sum of their costs.
    pub budget: f64,
    /// Nodes of the tree after which the search stops with a gap.
    pub nodes: usize,
}

/// The attacker's best answer.
#[derive(Clone, Debug, PartialEq)]
pub struct Attack {
    /// Positions of the cuts, ascending.
    pub cuts: Vec<usize>,
    /// Loss that they cause.
    pub loss: f64,
    /// No set of cuts within the means causes more than this; equal to the loss when proven best.
    pub bound: f64,
    /// Nodes visited.
    pub nodes: usize,
}

/// The defender's best preparation.
#[derive(Clone, Debug, PartialEq)]
pub struct Defence {
    /// Positions of the shields, ascending.
    pub shields: Vec<usize>,
    /// What the attacker does against them.
    pub attack: Attack,
    /// No preparation within the budget leaves less than this to the attacker.
    pub bound: f64,
    /// Preparations weighed.
    pub nodes: usize,
}

/// Relative slack below which a branch is not worth opening: rounding of sums.
const SLACK: f64 = 1e-12;

impl Game {
    /// Refuses shapes that do not fit and values outside their domain.
    pub fn check(&self) -> Result<(), NumericsError> {
        let amount =
            |what, v: f64| check_domain(v.is_finite() && v >= 0.0, what, v, "finite, not negative");
        for m in &self.markets {
            check_len("loss per unit", m.unit_loss.len(), self.clients)?;
            check_len("spare capacity", m.spare.len(), self.suppliers)?;
            check_len("reach", m.reach.len(), self.suppliers * self.clients)?;
            for v in &m.unit_loss {
                amount("loss per unit", *v)?;
            }
            for v in &m.spare {
                amount("spare capacity", *v)?;
            }
        }
        let inside = |what, k: usize, n: usize| check_domain(k < n, what, k as f64, "in the game");
        for c in &self.cuts {
            inside("market of a cut", c.market, self.markets.len())?;
            inside("supplier of a cut", c.supplier, self.suppliers)?;
            amount("cost of a cut", c.cost)?;
            for (client, lost) in &c.hits {
                inside("client of a cut", *client, self.clients)?;
                amount("lost amount", *lost)?;
            }
        }
        for s in &self.shields {
            inside("market of a shield", s.market, self.markets.len())?;
            inside("client of a shield", s.client, self.clients)?;
            amount("cost of a shield", s.cost)?;
            amount("own source", s.own_source)?;
            let factor = (0.0..=1.0).contains(&s.loss_factor);
            check_domain(factor, "loss factor", s.loss_factor, "between 0 and 1")?;
        }
        Ok(())
    }

    /// Loss after these cuts and with these shields, the others' supply standing in at its best.
    pub fn loss(&self, cuts: &[usize], shields: &[usize]) -> f64 {
        (0..self.markets.len())
            .map(|m| flow::unmet_loss(self, m, cuts, shields))
            .sum()
    }

    /// The worst cuts within the means, given shields.
    pub fn attack(&self, means: &Means, shields: &[usize]) -> Attack {
        let mut order: Vec<(usize, f64)> = (0..self.cuts.len())
            .filter(|c| self.cuts[*c].cost <= means.budget)
            .map(|c| (c, self.gross(c, shields)))
            .filter(|c| c.1 > 0.0)
            .collect();
        order.sort_by(|a, b| b.1.total_cmp(&a.1).then(a.0.cmp(&b.0)));
        let mut search = AttackSearch {
            game: self,
            means,
            shields,
            order,
            best: (Vec::new(), 0.0),
            open: 0.0,
            nodes: 0,
        };
        search.branch(0, &mut Vec::new(), 0.0, 0.0);
        let (mut cuts, loss) = search.best;
        cuts.sort_unstable();
        Attack {
            cuts,
            loss,
            bound: loss.max(search.open),
            nodes: search.nodes,
        }
    }

    /// The best preparation within `budget` against the worst cuts within the means. At most
    /// `nodes` preparations are weighed; beyond, the answer carries a gap.
    pub fn defend(&self, means: &Means, budget: f64, nodes: usize) -> Defence {
        let bare = self.attack(means, &[]);
        let mut search = DefenceSearch {
            game: self,
            means,
            order: (0..self.shields.len())
                .filter(|s| self.shields[*s].cost <= budget)
                .collect(),
            budget,
            limit: nodes,
            best: (Vec::new(), bare),
            open: f64::INFINITY,
            nodes: 0,
        };
        // Cheapest protection of the largest single losses first.
        let relief = |s: usize| {
            let all: Vec<usize> = (0..self.cuts.len()).collect();
            let shield = &self.shields[s];
            (self.loss(&all, &[]) - self.loss(&all, &[s])) / shield.cost.max(1e-9)
        };
        let mut sized: Vec<(usize, f64)> = search.order.iter().map(|s| (*s, relief(*s))).collect();
        sized.sort_by(|a, b| b.1.total_cmp(&a.1).then(a.0.cmp(&b.0)));
        search.order = sized.into_iter().map(|s| s.0).collect();
        search.branch(0, &mut Vec::new(), 0.0);
        let (mut shields, attack) = search.best;
        shields.sort_unstable();
        Defence {
            bound: attack.loss.min(search.open),
            shields,
            attack,
            nodes: search.nodes,
        }
    }

    /// Loss of one cut if nobody stood in.
    fn gross(&self, cut: usize, shields: &[usize]) -> f64 {
        let c = &self.cuts[cut];
        c.hits
            .iter()
            .map(|(client, amount)| amount * flow::unit_loss(self, c.market, *client, shields))
            .sum()
    }
}

struct AttackSearch<'a> {
    game: &'a Game,
    means: &'a Means,
    shields: &'a [usize],
    /// Cuts by what they would cost without stand-ins, largest first.
    order: Vec<(usize, f64)>,
    best: (Vec<usize>, f64),
    /// Largest bound of a branch left unopened.
    open: f64,
    nodes: usize,
}

impl AttackSearch<'_> {
    fn branch(&mut self, from: usize, chosen: &mut Vec<usize>, cost: f64, gross: f64) {
        self.nodes += 1;
        let loss = self.game.loss(chosen, self.shields);
        if loss > self.best.1 {
            self.best = (chosen.clone(), loss);
        }
        let left = self.means.cuts - chosen.len();
        let rest: Vec<(usize, f64)> = self.order[from..]
            .iter()
            .copied()
            .filter(|(c, _)| cost + self.game.cuts[*c].cost <= self.means.budget)
            .collect();
        if left == 0 || rest.is_empty() {
            return;
        }
        // Without stand-ins losses add up: the largest that can still be taken bound the branch.
        // So does the loss of taking all that is left, since the loss is monotone.
        let adding = gross + rest.iter().take(left).map(|r| r.1).sum::<f64>();
        let worth = |bound: f64, best: f64| bound > best * (1.0 + SLACK);
        if !worth(adding, self.best.1) {
            return;
        }
        let everything: Vec<usize> = chosen
            .iter()
            .copied()
            .chain(rest.iter().map(|r| r.0))
            .collect();
        let bound = adding.min(self.game.loss(&everything, self.shields));
        if !worth(bound, self.best.1) {
            return;
        }
        if self.nodes >= self.means.nodes {
            self.open = self.open.max(bound);
            return;
        }
        for k in from..self.order.len() {
            let (cut, g) = self.order[k];
            let total = cost + self.game.cuts[cut].cost;
            if total > self.means.budget {
                continue;
            }
            chosen.push(cut);
            self.branch(k + 1, chosen, total, gross + g);
            chosen.pop();
        }
    }
}

struct DefenceSearch<'a> {
    game: &'a Game,
    means: &'a Means,
    order: Vec<usize>,
    budget: f64,
    limit: usize,
    best: (Vec<usize>, Attack),
    /// Smallest bound of a branch left unopened.
    open: f64,
    nodes: usize,
}

impl DefenceSearch<'_> {
    fn branch(&mut self, from: usize, chosen: &mut Vec<usize>, cost: f64) {
        self.nodes += 1;
        if !chosen.is_empty() {
            let attack = self.game.attack(self.means, chosen);
            if attack.bound < self.best.1.bound * (1.0 - SLACK) {
                self.best = (chosen.clone(), attack);
            }
        }
        let affordable = |s: &usize| cost + self.game.shields[*s].cost <= self.budget;
        let rest: Vec<usize> = self.order[from..]
            .iter()
            .copied()
            .filter(affordable)
            .collect();
        if rest.is_empty() {
            return;
        }
        // More protection never hurts: all that is left at once bounds the branch from below. The
        // attacker's answer found is a loss it can cause, whether or not it is proven best.
        let everything: Vec<usize> = chosen.iter().chain(&rest).copied().collect();
        let bound = self.game.attack(self.means, &everything).loss;
        if bound >= self.best.1.bound * (1.0 - SLACK) {
            return;
        }
        if self.nodes >= self.limit {
            self.open = self.open.min(bound);
            return;
        }
        for k in from..self.order.len() {
            let shield = self.order[k];
            let total = cost + self.game.shields[shield].cost;
            if total > self.budget {
                continue;
            }
            chosen.push(shield);
            self.branch(k + 1, chosen, total);
            chosen.pop();
        }
    }
}
