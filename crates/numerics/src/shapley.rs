//! Shapley decomposition: how much of a whole each channel accounts for, averaged over all orders
//! of switching channels on (Shapley 1953). The parts sum to the whole.
//!
//! A set of channels is a bit mask: bit i is set when channel i is on. The value of the empty set
//! is what the parts are counted from: Σ parts = value(all) − value(none).

use std::collections::BTreeMap;

use crate::random::Stream;
use crate::stats;
use crate::{NumericsError, check_domain, check_len};

/// Largest number of channels of the exact decomposition (65 536 values).
pub const MOST_EXACT: usize = 16;
/// Largest number of channels of the sampled decomposition.
pub const MOST_SAMPLED: usize = 64;
/// Address of permutations among the uses of a seed.
const PURPOSE: u32 = 0x7368_6170;

/// Exact Shapley values of `channels` channels (1 to [`MOST_EXACT`]) from the value of every set:
/// 2^channels evaluations, in order of the mask. `Domain` when the number of channels is out of
/// range.
pub fn exact(
    channels: usize,
    mut value: impl FnMut(u64) -> f64,
) -> Result<Vec<f64>, NumericsError> {
    check_channels(channels, MOST_EXACT)?;
    let values: Vec<f64> = (0..1u64 << channels).map(&mut value).collect();
    let weight = weights(channels);
    Ok((0..channels)
        .map(|i| combine(channels, i, &weight, |mask| values[mask]))
        .collect())
}

/// Exact Shapley values draw by draw: `values[mask][draw]` for all 2^channels masks. Returns
/// `[channel][draw]`; the parts sum to the whole in every draw. `Shape` when a mask is missing or
/// the numbers of draws differ.
pub fn exact_by_draw<V: AsRef<[f64]>>(
    channels: usize,
    values: &[V],
) -> Result<Vec<Vec<f64>>, NumericsError> {
    check_channels(channels, MOST_EXACT)?;
    check_len(
        "values of the sets of channels",
        values.len(),
        1 << channels,
    )?;
    let draws = values[0].as_ref().len();
    for v in values {
        check_len("draws of a set of channels", v.as_ref().len(), draws)?;
    }
    let weight = weights(channels);
    Ok((0..channels)
        .map(|i| {
            (0..draws)
                .map(|d| combine(channels, i, &weight, |mask| values[mask].as_ref()[d]))
                .collect()
        })
        .collect())
}

/// Weight of a set of size s without the channel: s! (k − s − 1)! / k!.
fn weights(channels: usize) -> Vec<f64> {
    // 1 / (k C(k−1, s)), with the binomial built up.
    let mut binomial = 1.0;
    (0..channels)
        .map(|s| {
            let w = 1.0 / (channels as f64 * binomial);
            binomial *= (channels - 1 - s) as f64 / (s + 1) as f64;
            w
        })
        .collect()
}

fn combine(channels: usize, i: usize, weight: &[f64], value: impl Fn(usize) -> f64) -> f64 {
    (0..1usize << channels)
        .filter(|mask| mask >> i & 1 == 0)
        .map(|mask| weight[mask.count_ones() as usize] * (value(mask | 1 << i) - value(mask)))
        .sum()
}

/// A decomposition from sampled orders.
#[derive(Clone, Debug, PartialEq)]
pub struct SampledShapley {
    /// Part of each channel; the parts sum to value(all) − value(none).
    pub value: Vec<f64>,
    /// Standard error of each part from sampling orders; NaN for a single pair of orders.
    pub standard_error: Vec<f64>,
    /// Orders sampled: twice the number of antithetic pairs.
    pub orders: usize,
    /// Sets of channels evaluated.
    pub evaluations: usize,
}

/// Random orders of channels in antithetic pairs (an order and its reverse; Mitchell et al. 2022),
/// and the sets of channels they need. The sets are few enough to be evaluated apart, in parts and
/// after a restart.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ShapleyOrders {
    channels: usize,
    /// First order of every pair.
    orders: Vec<Vec<usize>>,
    masks: Vec<u64>,
}

impl ShapleyOrders {
    /// `pairs` antithetic pairs of orders of `channels` channels (1 to [`MOST_SAMPLED`]). `Domain`
    /// when a number is out of range.
    pub fn new(channels: usize, pairs: usize, seed: u64) -> Result<Self, NumericsError> {
        check_channels(channels, MOST_SAMPLED)?;
        check_domain(pairs > 0, "number of pairs of orders", 0.0, "positive")?;
        let orders: Vec<Vec<usize>> = (0..pairs)
            .map(|p| {
                let stream = Stream::new(seed, p as u32);
                let mut order: Vec<usize> = (0..channels).collect();
                for j in (1..channels).rev() {
                    let u = stream.uniform(PURPOSE, j as u32, 0, 0);
                    order.swap(j, ((u * (j + 1) as f64) as usize).min(j));
                }
                order
            })
            .collect();
        let mut masks = Vec::new();
        for order in &orders {
            let (mut up, mut down) = (0u64, 0u64);
            masks.push(0);
            for (a, b) in order.iter().zip(order.iter().rev()) {
                up |= 1 << a;
                down |= 1 << b;
                masks.extend([up, down]);
            }
        }
        masks.sort_unstable();
        masks.dedup();
        Ok(Self {
            channels,
            orders,
            masks,
        })
    }

    /// The sets of channels to evaluate, ascending, each once; the first is the empty set and the
    /// last has all channels on.
    pub fn masks(&self) -> &[u64] {
        &self.masks
    }

    /// The decomposition from the values of [`Self::masks`], in that order. `Shape` when their
    /// number is wrong.
    pub fn analyse(&self, values: &[f64]) -> Result<SampledShapley, NumericsError> {
        check_len(
            "values of the sets of channels",
            values.len(),
            self.masks.len(),
        )?;
        let of: BTreeMap<u64, f64> = self
            .masks
            .iter()
            .copied()
            .zip(values.iter().copied())
            .collect();
        // Masks come from the same orders, so every one is present.
        let value = |mask: u64| of.get(&mask).copied().unwrap_or(f64::NAN);
        // Contributions by channel and pair, each the mean of an order and its reverse.
        let mut parts = vec![Vec::with_capacity(self.orders.len()); self.channels];
        for order in &self.orders {
            let mut pair = vec![0.0; self.channels];
            let mut add = |walk: &mut dyn Iterator<Item = &usize>| {
                let mut mask = 0u64;
                let mut before = value(0);
                for i in walk {
                    mask |= 1 << i;
                    let after = value(mask);
                    pair[*i] += 0.5 * (after - before);
                    before = after;
                }
            };
            add(&mut order.iter());
            add(&mut order.iter().rev());
            for (all, p) in parts.iter_mut().zip(pair) {
                all.push(p);
            }
        }
        let pairs = self.orders.len() as f64;
        Ok(SampledShapley {
            value: parts.iter().map(|p| stats::mean(p)).collect(),
            standard_error: parts
                .iter()
                .map(|p| (stats::variance(p) / pairs).sqrt())
                .collect(),
            orders: 2 * self.orders.len(),
            evaluations: self.masks.len(),
        })
    }

    /// The decomposition draw by draw: `values[k][draw]` belongs to `masks()[k]`. Returns
    /// `[channel][draw]`; the parts sum to the whole in every draw. `Shape` when a number differs.
    pub fn analyse_by_draw<V: AsRef<[f64]>>(
        &self,
        values: &[V],
    ) -> Result<Vec<Vec<f64>>, NumericsError> {
        check_len(
            "values of the sets of channels",
            values.len(),
            self.masks.len(),
        )?;
        let draws = values[0].as_ref().len();
        for v in values {
            check_len("draws of a set of channels", v.as_ref().len(), draws)?;
        }
        let mut parts = vec![vec![0.0; draws]; self.channels];
        let mut column = vec![0.0; values.len()];
        for d in 0..draws {
            for (c, v) in column.iter_mut().zip(values) {
                *c = v.as_ref()[d];
            }
            for (part, v) in parts.iter_mut().zip(self.analyse(&column)?.value) {
                part[d] = v;
            }
        }
        Ok(parts)
    }
}

/// Shapley values by sampled antithetic orders, each set evaluated once. See [`ShapleyOrders`] for
/// evaluations that have to be resumed.
pub fn sampled(
    channels: usize,
    pairs: usize,
    seed: u64,
    value: impl FnMut(u64) -> f64,
) -> Result<SampledShapley, NumericsError> {
    let orders = ShapleyOrders::new(channels, pairs, seed)?;
    let values: Vec<f64> = orders.masks().iter().copied().map(value).collect();
    orders.analyse(&values)
}

fn check_channels(channels: usize, most: usize) -> Result<(), NumericsError> {
    check_domain(
        (1..=most).contains(&channels),
        "number of channels",
        channels as f64,
        if most == MOST_EXACT {
            "between 1 and 16; sample orders beyond"
        } else {
            "between 1 and 64"
        },
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// Rounding of a few hundred sums.
    const EPS: f64 = 1e-12;

    fn close(a: &[f64], b: &[f64]) {
        assert_eq!(a.len(), b.len());
        for (x, y) in a.iter().zip(b) {
            assert!((x - y).abs() < EPS, "{a:?} {b:?}");
        }
    }

    #[test]
    fn ref_known_games() {
        // Gloves: two players own a left one, the third the right one; a pair is worth 1.
        let gloves = |m: u64| f64::from(u8::from(m & 0b100 != 0 && m & 0b011 != 0));
        close(
            &exact(3, gloves).unwrap(),
            &[1.0 / 6.0, 1.0 / 6.0, 2.0 / 3.0],
        );
        // Airport (Littlechild & Owen 1973): a runway costs what its longest user needs; each
        // stretch is shared by those who need it.
        let need = [1.0, 2.0, 4.0, 7.0];
        let airport = |m: u64| {
            (0..4)
                .filter(|i| m >> i & 1 == 1)
                .map(|i| need[i])
                .fold(0.0, f64::max)
        };
        let (a, b, c) = (0.25, 0.25 + 1.0 / 3.0, 0.25 + 1.0 / 3.0 + 1.0);
        close(&exact(4, airport).unwrap(), &[a, b, c, c + 3.0]);
        // Additive: everyone gets its own, whatever the level of the empty set.
        let own = [3.0, -1.0, 0.5];
        let additive = |m: u64| {
            10.0 + (0..3)
                .filter(|i| m >> i & 1 == 1)
                .map(|i| own[i])
                .sum::<f64>()
        };
        close(&exact(3, additive).unwrap(), &own);
        let s = sampled(3, 2, 1, additive).unwrap();
        close(&s.value, &own);
        assert!(s.standard_error.iter().all(|e| *e < EPS));
    }

    #[test]
    fn ref_antithetic_pairs_are_exact_for_games_of_pairs() {
        // A game of pairwise interactions: an order and its reverse give every pair half each.
        let pairwise = |m: u64| f64::from(m.count_ones() * m.count_ones());
        let s = sampled(30, 1, 4, pairwise).unwrap();
        close(&s.value, &[30.0; 30]);
        assert_eq!((s.orders, s.evaluations), (2, 60));
    }

    #[test]
    fn coverage_sampled_standard_error() {
        // A game with interactions of three; 200 repeats of 24 pairs: 95 % intervals of one part.
        let game = |m: u64| {
            let on = |i: u32| f64::from((m >> i & 1) as u8);
            on(0) + 2.0 * on(1) * on(2) * on(3) - 3.0 * on(0) * on(4) * on(5) + on(2) * on(5)
        };
        let truth = exact(6, game).unwrap();
        let hits = (0..200)
            .filter(|seed| {
                let s = sampled(6, 24, *seed, game).unwrap();
                (s.value[1] - truth[1]).abs() <= 2.07 * s.standard_error[1]
            })
            .count();
        // Binomial(200, .95): four standard deviations, and discreteness.
        assert!((175..=200).contains(&hits), "{hits}");
    }

    #[test]
    fn prop_orders_list_every_set_once_and_can_be_resumed() {
        let orders = ShapleyOrders::new(10, 3, 7).unwrap();
        let masks = orders.masks();
        assert!(masks.windows(2).all(|w| w[0] < w[1]));
        assert_eq!((masks[0], masks[masks.len() - 1]), (0, 1023));
        let value = |m: u64| (m as f64).sqrt();
        let values: Vec<f64> = masks.iter().map(|m| value(*m)).collect();
        assert_eq!(
            orders.analyse(&values).unwrap(),
            sampled(10, 3, 7, value).unwrap()
        );
        assert!(orders.analyse(&values[1..]).is_err());
        assert!(exact(17, value).is_err() && exact(0, value).is_err());
        assert!(ShapleyOrders::new(65, 1, 0).is_err() && ShapleyOrders::new(3, 0, 0).is_err());
        assert!(exact_by_draw(2, &[[1.0], [2.0], [3.0]]).is_err());
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(64))]
        #[test]
        fn prop_parts_sum_to_the_whole_in_every_draw(
            channels in 1usize..6,
            draws in 1usize..4,
            seed in any::<u64>(),
        ) {
            let s = Stream::new(seed, 0);
            let values: Vec<Vec<f64>> = (0..1u32 << channels)
                .map(|m| (0..draws as u32).map(|d| s.normal(0, m, d, 0)).collect())
                .collect();
            let all = values.len() - 1;
            let parts = exact_by_draw(channels, &values).unwrap();
            let orders = ShapleyOrders::new(channels, 3, seed).unwrap();
            let picked: Vec<&Vec<f64>> =
                orders.masks().iter().map(|m| &values[*m as usize]).collect();
            let by_orders = orders.analyse_by_draw(&picked).unwrap();
            for d in 0..draws {
                let whole = values[all][d] - values[0][d];
                prop_assert!((parts.iter().map(|p| p[d]).sum::<f64>() - whole).abs() < EPS);
                prop_assert!((by_orders.iter().map(|p| p[d]).sum::<f64>() - whole).abs() < EPS);
                let one = exact(channels, |m| values[m as usize][d]).unwrap();
                for (p, o) in parts.iter().zip(&one) {
                    prop_assert_eq!(p[d], *o);
                }
            }
        }

        #[test]
        fn prop_relabelling_channels_permutes_parts(seed in any::<u64>()) {
            let s = Stream::new(seed, 1);
            let value = |m: u64| s.normal(0, m as u32, 0, 0);
            let swap = |m: u64| (m & 0b1000) | (m & 1) << 2 | (m & 0b10) | (m >> 2 & 1);
            let a = exact(4, value).unwrap();
            let b = exact(4, |m| value(swap(m))).unwrap();
            for (i, j) in [(0, 2), (1, 1), (2, 0), (3, 3)] {
                prop_assert!((a[i] - b[j]).abs() < EPS);
            }
        }
    }
}
