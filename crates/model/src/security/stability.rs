//! The exact war-stability of Jackson & Nei (2015), for small networks.
//!
//! MODEL.md §3.2: i is vulnerable at network g iff some coalition C that contains an attacker
//! j ≠ i and only partners of j, without i, is stronger than γ times what i and its partners
//! outside C can put up. It suffices to test the largest C of every j.

use super::ties::Ties;

/// Whether i is vulnerable at network `g` with strengths `m` and defensive factor `gamma`.
pub fn vulnerable(g: &Ties, m: &[f64], gamma: f64, i: usize) -> bool {
    (0..g.n()).filter(|&j| j != i).any(|j| {
        let attack = m[j] + g.of(j).filter(|&k| k != i).map(|k| m[k]).sum::<f64>();
        let outside = |k: usize| k != j && !g.has(j, k);
        let defence = m[i] + g.of(i).filter(|&k| outside(k)).map(|k| m[k]).sum::<f64>();
        attack > gamma * defence
    })
}

/// Whether `g` is war-stable: nobody is vulnerable (S1), no link that is added makes anybody
/// vulnerable (S2), and every link that is dropped makes one of its ends vulnerable (S3).
pub fn war_stable(g: &Ties, m: &[f64], gamma: f64) -> bool {
    let n = g.n();
    if (0..n).any(|i| vulnerable(g, m, gamma, i)) {
        return false;
    }
    let mut h = g.clone();
    for i in 0..n {
        for j in i + 1..n {
            let tied = g.has(i, j);
            h.set(i, j, !tied);
            let kept = if tied {
                vulnerable(&h, m, gamma, i) || vulnerable(&h, m, gamma, j)
            } else {
                !(0..n).any(|k| vulnerable(&h, m, gamma, k))
            };
            h.set(i, j, tied);
            if !kept {
                return false;
            }
        }
    }
    true
}

/// Whether i is vulnerable at network `g` when a state that gains more from peace with i than from
/// its spoils stays out: `gain` of j's trade with i, `spoils` of j's share in i's defeat, by (j, i).
/// Only partners trade. With no gains it is [`vulnerable`].
pub fn vulnerable_with_trade(
    g: &Ties,
    m: &[f64],
    gamma: f64,
    gain: &[f64],
    spoils: &[f64],
    i: usize,
) -> bool {
    let n = g.n();
    let attacks = |j: usize| !(g.has(j, i) && gain[j * n + i] > spoils[j * n + i]);
    (0..n).filter(|&j| j != i && attacks(j)).any(|j| {
        let joins = |k: &usize| *k != i && attacks(*k);
        let attack = m[j] + g.of(j).filter(joins).map(|k| m[k]).sum::<f64>();
        let outside = |k: usize| k != j && (!g.has(j, k) || !attacks(k));
        let defence = m[i] + g.of(i).filter(|&k| outside(k)).map(|k| m[k]).sum::<f64>();
        attack > gamma * defence
    })
}

/// War-stability with trade (Jackson & Nei 2015): nobody is vulnerable, no added link makes anybody
/// so, and every link that is dropped makes one of its ends vulnerable or costs it trade.
pub fn war_stable_with_trade(
    g: &Ties,
    m: &[f64],
    gamma: f64,
    gain: &[f64],
    spoils: &[f64],
) -> bool {
    let n = g.n();
    let safe = |g: &Ties| !(0..n).any(|i| vulnerable_with_trade(g, m, gamma, gain, spoils, i));
    if !safe(g) {
        return false;
    }
    let mut h = g.clone();
    for i in 0..n {
        for j in i + 1..n {
            let tied = g.has(i, j);
            let trades = gain[i * n + j] > 0.0 || gain[j * n + i] > 0.0;
            h.set(i, j, !tied);
            let kept = if tied {
                trades
                    || [i, j]
                        .iter()
                        .any(|x| vulnerable_with_trade(&h, m, gamma, gain, spoils, *x))
            } else {
                safe(&h)
            };
            h.set(i, j, tied);
            if !kept {
                return false;
            }
        }
    }
    true
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Every network on `n` states.
    fn networks(n: usize) -> impl Iterator<Item = Ties> {
        let pairs: Vec<(usize, usize)> = (0..n)
            .flat_map(|i| (i + 1..n).map(move |j| (i, j)))
            .collect();
        (0u32..1 << pairs.len()).map(move |code| {
            let mut g = Ties::empty(n);
            for (k, &(i, j)) in pairs.iter().enumerate() {
                g.set(i, j, code >> k & 1 == 1);
            }
            g
        })
    }

    /// Strength vectors: equal, one strong, geometric, and a reproducible scatter.
    fn strengths(n: usize) -> Vec<Vec<f64>> {
        let mut all = vec![
            vec![1.0; n],
            (0..n).map(|i| if i == 0 { 10.0 } else { 1.0 }).collect(),
            (0..n).map(|i| 2f64.powi(i as i32)).collect(),
        ];
        let mut x = 0.37_f64;
        for _ in 0..12 {
            all.push(
                (0..n)
                    .map(|_| {
                        x = (x * 997.0 + 0.123).fract();
                        0.1 + 3.0 * x * x
                    })
                    .collect(),
            );
        }
        all
    }

    #[test]
    fn ref_jackson_nei_no_war_stable_network() {
        // R10: exhaustive over n = 3, 4, 5; the empty network is stable iff M1 + M2 <= γ·Mmin.
        let (mut safe, mut empties) = (0, 0);
        for n in 3..=5 {
            for m in strengths(n) {
                let mut sorted = m.clone();
                sorted.sort_by(f64::total_cmp);
                for gamma in [0.5, 1.0, 1.5, 2.0, 2.5, 3.0, 5.0, 10.0, 40.0] {
                    for g in networks(n) {
                        let stable = war_stable(&g, &m, gamma);
                        if g.is_empty() {
                            let rule = sorted[n - 1] + sorted[n - 2] <= gamma * sorted[0];
                            assert_eq!(stable, rule, "empty, m {m:?}, γ {gamma}");
                            empties += usize::from(stable);
                        } else {
                            assert!(!stable, "{g:?} is stable at m {m:?}, γ {gamma}");
                            safe += usize::from(!(0..n).any(|i| vulnerable(&g, &m, gamma, i)));
                        }
                    }
                }
            }
        }
        // The theorem is not empty: many networks leave nobody vulnerable, yet none is stable.
        assert!(
            safe > 1000 && empties > 10,
            "{safe} invulnerable networks, {empties} stable empties"
        );
    }

    #[test]
    fn ref_trade_makes_dense_networks_war_stable() {
        // Jackson & Nei 2015: without trade no network but the empty one is war-stable, with trade
        // worth more than spoils the complete one is; between the two, some are.
        for n in 3..=5 {
            for m in strengths(n) {
                let complete = networks(n).last().expect("the last has every link");
                let (none, much) = (vec![0.0; n * n], vec![2.0; n * n]);
                let spoils = vec![1.0; n * n];
                for gamma in [0.5, 1.0, 1.5, 3.0] {
                    for g in networks(n) {
                        assert_eq!(
                            war_stable_with_trade(&g, &m, gamma, &none, &spoils),
                            war_stable(&g, &m, gamma),
                            "without gains nothing changes: {g:?}"
                        );
                    }
                    assert!(war_stable_with_trade(&complete, &m, gamma, &much, &spoils));
                    assert!(!war_stable(&complete, &m, gamma));
                }
            }
        }
    }
}
