//! The inner problem: others stand in so that the least is lost.

use std::collections::VecDeque;

use super::Game;

/// Loss per unit of a client after its shields.
pub(super) fn unit_loss(game: &Game, market: usize, client: usize, shields: &[usize]) -> f64 {
    let factor: f64 = shields
        .iter()
        .map(|s| &game.shields[*s])
        .filter(|s| s.market == market && s.client == client)
        .map(|s| s.loss_factor)
        .product();
    game.markets[market].unit_loss[client] * factor
}

/// Loss of one market after the cuts, at the best use of what others can spare.
pub(super) fn unmet_loss(game: &Game, market: usize, cuts: &[usize], shields: &[usize]) -> f64 {
    let m = &game.markets[market];
    let here = || {
        cuts.iter()
            .map(|c| &game.cuts[*c])
            .filter(|c| c.market == market)
    };
    // Clients that lose something, the dearest first.
    let mut hit: Vec<(usize, f64, f64)> = Vec::new();
    for (client, amount) in here().flat_map(|c| c.hits.iter().copied()) {
        match hit.iter_mut().find(|h| h.0 == client) {
            Some(h) => h.1 += amount,
            None => hit.push((client, amount, unit_loss(game, market, client, shields))),
        }
    }
    for h in &mut hit {
        let own: f64 = shields
            .iter()
            .map(|s| &game.shields[*s])
            .filter(|s| s.market == market && s.client == h.0)
            .map(|s| s.own_source)
            .sum();
        h.1 = (h.1 - own).max(0.0);
    }
    hit.retain(|h| h.1 > 0.0 && h.2 > 0.0);
    hit.sort_by(|a, b| b.2.total_cmp(&a.2).then(a.0.cmp(&b.0)));
    if hit.is_empty() {
        return 0.0;
    }
    let suppliers: Vec<usize> = (0..game.suppliers).filter(|j| m.spare[*j] > 0.0).collect();
    let mut net = Net::new(suppliers.iter().map(|j| m.spare[*j]).collect(), hit.len());
    for (s, j) in suppliers.iter().enumerate() {
        for (c, h) in hit.iter().enumerate() {
            let cut_off =
                here().any(|cut| cut.supplier == *j && cut.hits.iter().any(|x| x.0 == h.0));
            net.reach[s * hit.len() + c] = m.reach[j * game.clients + h.0] && !cut_off;
        }
    }
    hit.iter()
        .enumerate()
        .map(|(c, h)| h.2 * (h.1 - net.serve(c, h.1)))
        .sum()
}

/// A bipartite network with capacities of suppliers.
struct Net {
    left: Vec<f64>,
    clients: usize,
    reach: Vec<bool>,
    flow: Vec<f64>,
}

impl Net {
    fn new(spare: Vec<f64>, clients: usize) -> Self {
        let cells = spare.len() * clients;
        Self {
            left: spare,
            clients,
            reach: vec![false; cells],
            flow: vec![0.0; cells],
        }
    }

    /// Serves a client as far as possible without taking from those served before; shortest
    /// augmenting paths. Returns what it gets.
    fn serve(&mut self, client: usize, want: f64) -> f64 {
        let mut got = 0.0;
        while want - got > 1e-15 * want {
            let Some((path, most)) = self.path(client) else {
                break;
            };
            let amount = most.min(want - got);
            // path: supplier that gives, client it leaves, supplier that takes over, …
            for (s, c, sign) in &path {
                self.flow[s * self.clients + c] += sign * amount;
            }
            if let Some(last) = path.last() {
                self.left[last.0] -= amount;
            }
            got += amount;
        }
        got.min(want)
    }

    /// Shortest path from a client to a supplier with something left: arcs with the sign of the
    /// change of their flow, and the amount that fits.
    fn path(&self, client: usize) -> Option<(Vec<(usize, usize, f64)>, f64)> {
        let suppliers = self.left.len();
        let mut from: Vec<Option<usize>> = vec![None; suppliers];
        let mut via: Vec<Option<usize>> = vec![None; self.clients];
        let mut seen = vec![false; self.clients];
        seen[client] = true;
        let mut queue = VecDeque::from([client]);
        while let Some(c) = queue.pop_front() {
            for s in 0..suppliers {
                if !self.reach[s * self.clients + c] || from[s].is_some() {
                    continue;
                }
                from[s] = Some(c);
                if self.left[s] > 0.0 {
                    return Some(self.trace(s, client, &from, &via));
                }
                for other in 0..self.clients {
                    if !seen[other] && self.flow[s * self.clients + other] > 0.0 {
                        seen[other] = true;
                        via[other] = Some(s);
                        queue.push_back(other);
                    }
                }
            }
        }
        None
    }

    fn trace(
        &self,
        end: usize,
        client: usize,
        from: &[Option<usize>],
        via: &[Option<usize>],
    ) -> (Vec<(usize, usize, f64)>, f64) {
        let mut arcs = Vec::new();
        let mut most = self.left[end];
        let mut s = end;
        while let Some(c) = from[s] {
            arcs.push((s, c, 1.0));
            if c == client {
                break;
            }
            let Some(before) = via[c] else { break };
            most = most.min(self.flow[before * self.clients + c]);
            arcs.push((before, c, -1.0));
            s = before;
        }
        arcs.reverse();
        (arcs, most)
    }
}
