//! Tests of interdiction: brute force, the theorem of Hall and Gale for the flow, monotonicity.

use proptest::prelude::*;

use super::*;

const CLIENTS: usize = 4;
const SUPPLIERS: usize = 4;
const EXACT: usize = 1_000_000;

/// A game of eight nodes from numbers in (0, 1).
fn game(markets: usize, u: &[f64]) -> Game {
    let mut u = u.iter().copied().cycle();
    let mut next = move || u.next().unwrap();
    let mut list = Vec::new();
    let mut cuts = Vec::new();
    let mut shields = Vec::new();
    for market in 0..markets {
        list.push(Market {
            unit_loss: (0..CLIENTS).map(|_| 0.2 + next()).collect(),
            spare: (0..SUPPLIERS).map(|_| 0.4 * next()).collect(),
            reach: (0..SUPPLIERS * CLIENTS).map(|_| next() > 0.35).collect(),
        });
        for supplier in 0..SUPPLIERS {
            let first = (5.0 * next()) as usize % CLIENTS;
            let mut hits = vec![(first, 0.1 + next())];
            if next() > 0.5 {
                hits.push(((first + 1) % CLIENTS, next()));
            }
            cuts.push(Cut {
                market,
                supplier,
                hits,
                cost: next(),
            });
        }
        for client in 0..CLIENTS {
            shields.push(Shield {
                market,
                client,
                loss_factor: next(),
                own_source: 0.5 * next(),
                cost: 0.2 + next(),
            });
        }
    }
    Game {
        clients: CLIENTS,
        suppliers: SUPPLIERS,
        markets: list,
        cuts,
        shields,
    }
}

fn sets(n: usize, most: usize) -> Vec<Vec<usize>> {
    (0..1usize << n)
        .filter(|s| s.count_ones() as usize <= most)
        .map(|s| (0..n).filter(|k| s >> k & 1 == 1).collect())
        .collect()
}

/// The loss by another way: layer-cake over the clients' losses per unit, each layer by the
/// smallest cut over subsets of clients (max-flow min-cut).
fn loss_by_cuts(g: &Game, cuts: &[usize], shields: &[usize]) -> f64 {
    let mut total = 0.0;
    for (m, market) in g.markets.iter().enumerate() {
        let mut lost = [0.0; CLIENTS];
        let mut reach = market.reach.clone();
        for c in cuts.iter().map(|c| &g.cuts[*c]).filter(|c| c.market == m) {
            for (i, x) in &c.hits {
                lost[*i] += x;
                reach[c.supplier * CLIENTS + i] = false;
            }
        }
        let mut value = [0.0; CLIENTS];
        for i in 0..CLIENTS {
            value[i] = market.unit_loss[i];
            for s in shields.iter().map(|s| &g.shields[*s]) {
                if s.market == m && s.client == i {
                    value[i] *= s.loss_factor;
                    lost[i] -= s.own_source;
                }
            }
            lost[i] = f64::max(lost[i], 0.0);
        }
        let mut order: Vec<usize> = (0..CLIENTS).collect();
        order.sort_by(|a, b| value[*b].total_cmp(&value[*a]));
        for top in 1..=CLIENTS {
            let group = &order[..top];
            let below = order.get(top).map_or(0.0, |i| value[*i]);
            let met = (0..1usize << top)
                .map(|s| {
                    let inside = |k: usize| s >> k & 1 == 1;
                    let outside: f64 = (0..top)
                        .filter(|k| !inside(*k))
                        .map(|k| lost[group[k]])
                        .sum();
                    let near: f64 = (0..SUPPLIERS)
                        .filter(|j| (0..top).any(|k| inside(k) && reach[j * CLIENTS + group[k]]))
                        .map(|j| market.spare[j])
                        .sum();
                    outside + near
                })
                .fold(f64::INFINITY, f64::min);
            let all: f64 = group.iter().map(|i| lost[*i]).sum();
            total += (value[group[top - 1]] - below) * (all - met);
        }
    }
    total
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn prop_loss_is_that_of_max_flow_min_cut(u in prop::collection::vec(0.0f64..1.0, 97), s in 0usize..256, c in 0usize..256) {
        let g = game(2, &u);
        let of = |s: usize| -> Vec<usize> { (0..8).filter(|k| s >> k & 1 == 1).collect() };
        let (cuts, shields) = (of(c), of(s));
        prop_assert!((g.loss(&cuts, &shields) - loss_by_cuts(&g, &cuts, &shields)).abs() < 1e-9);
    }

    #[test]
    fn prop_attack_equals_brute_force(u in prop::collection::vec(0.0f64..1.0, 97), k in 0usize..=3, budget in 0.0f64..2.5) {
        let g = game(2, &u);
        g.check().unwrap();
        let means = Means { cuts: k, budget, nodes: EXACT };
        let a = g.attack(&means, &[]);
        let brute = sets(g.cuts.len(), k)
            .into_iter()
            .filter(|s| s.iter().map(|c| g.cuts[*c].cost).sum::<f64>() <= budget)
            .map(|s| loss_by_cuts(&g, &s, &[]))
            .fold(0.0, f64::max);
        prop_assert!((a.loss - brute).abs() < 1e-9, "{} {}", a.loss, brute);
        prop_assert!((a.bound - a.loss).abs() < 1e-9);
        // Cut short, the bound still holds.
        let short = g.attack(&Means { nodes: 2, ..means }, &[]);
        prop_assert!(short.loss <= brute + 1e-9 && short.bound >= brute - 1e-9);
    }

    #[test]
    fn prop_defence_equals_brute_force(u in prop::collection::vec(0.0f64..1.0, 97), k in 1usize..=3, budget in 0.0f64..2.0) {
        let g = game(1, &u);
        let means = Means { cuts: k, budget: 1e9, nodes: EXACT };
        let d = g.defend(&means, budget, EXACT);
        let brute = sets(g.shields.len(), g.shields.len())
            .into_iter()
            .filter(|s| s.iter().map(|c| g.shields[*c].cost).sum::<f64>() <= budget)
            .map(|s| {
                let answers = sets(g.cuts.len(), k).into_iter().map(|c| loss_by_cuts(&g, &c, &s));
                answers.fold(0.0, f64::max)
            })
            .fold(f64::INFINITY, f64::min);
        prop_assert!((d.attack.loss - brute).abs() < 1e-9, "{} {}", d.attack.loss, brute);
        prop_assert!((d.bound - brute).abs() < 1e-9);
        let short = g.defend(&means, budget, 1);
        prop_assert!(short.bound <= brute + 1e-9 && short.attack.loss >= brute - 1e-9);
    }

    #[test]
    fn prop_larger_means_never_do_less_and_shields_never_hurt(u in prop::collection::vec(0.0f64..1.0, 97), budget in 0.0f64..2.0) {
        let g = game(2, &u);
        let attack = |cuts, budget| g.attack(&Means { cuts, budget, nodes: EXACT }, &[]).loss;
        prop_assert!(attack(2, budget) <= attack(3, budget) + 1e-12);
        prop_assert!(attack(2, budget) <= attack(2, budget + 0.5) + 1e-12);
        let means = Means { cuts: 2, budget, nodes: EXACT };
        let (poor, rich) = (g.defend(&means, 0.5, EXACT), g.defend(&means, 1.0, EXACT));
        prop_assert!(rich.attack.loss <= poor.attack.loss + 1e-12);
        prop_assert!(poor.attack.loss <= g.attack(&means, &[]).loss + 1e-12);
    }
}

#[test]
fn ref_suppliers_that_stand_in_for_each_other_are_worth_more_together() {
    // Two suppliers with spare for one another: each cut alone costs nothing, both cost everything.
    let g = Game {
        clients: 1,
        suppliers: 2,
        markets: vec![Market {
            unit_loss: vec![2.0],
            spare: vec![0.5, 0.5],
            reach: vec![true; 2],
        }],
        cuts: (0..2)
            .map(|supplier| Cut {
                market: 0,
                supplier,
                hits: vec![(0, 0.5)],
                cost: 1.0,
            })
            .collect(),
        shields: Vec::new(),
    };
    assert_eq!(g.loss(&[0], &[]), 0.0);
    assert_eq!(g.loss(&[0, 1], &[]), 2.0);
    let means = Means {
        cuts: 2,
        budget: 2.0,
        nodes: 100,
    };
    assert_eq!(g.attack(&means, &[]).cuts, [0, 1]);
    assert!(
        g.attack(
            &Means {
                budget: 1.0,
                ..means
            },
            &[]
        )
        .loss
            == 0.0
    );
}
