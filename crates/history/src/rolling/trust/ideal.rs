//! Distance of ideal points in votes of the United Nations' General Assembly.

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::rc::Rc;

use realign_atlas::{Atlas, Spells, StateId, StatePanel, Year};
use realign_numerics::random::Stream;

use super::super::covariates::{deviation, newest, pair, pair_key, state};
use super::super::rules::{ByRule, Covariates, Distance, Linear, Rule};
use super::{MODEL, TWIN, task_with};
use crate::rolling::Task;
use crate::{HistoryError, Key, Origin, Quantity, Scale, Series};

/// First year used: most states of today vote.
const FIRST: Year = Year(1970);
/// One pair in so many is used, by a fixed rule.
const ONE_PAIR_IN: f64 = 6.0;
/// Seed of that rule.
const SAMPLE: u64 = 0x0069_6465_616c;
/// States whose dyads stand apart: the permanent members of the Security Council with the largest
/// armed forces.
pub(super) const HEGEMONS: [&str; 3] = ["USA", "CHN", "RUS"];
/// Like-minded states that are watched.
const NEIGHBOURS: usize = 20;
/// Distance of ideal points at which the weight of a like-minded state falls by a factor of e.
const REACH: f64 = 0.4;
/// Weight of an ally among them.
const ALLY: f64 = 2.0;

/// The two panels.
pub(super) fn tasks() -> Vec<Task> {
    let quantity = |id, title, load| Quantity {
        id,
        domain: "trust",
        title,
        unit: "SD of ideal points",
        scale: Scale::Identity,
        first_origin: Year(1992),
        load,
    };
    let bounds = Some((0.0, f64::INFINITY));
    vec![
        task_with(
            quantity(
                "ideal_distance",
                "ideal-point distance of states, one pair in six",
                all_pairs,
            ),
            models(),
            bounds,
        ),
        task_with(
            quantity(
                "ideal_distance_hegemons",
                "ideal-point distance to the United States, China and Russia",
                to_hegemons,
            ),
            models(),
            bounds,
        ),
    ]
}

fn distances(points: &StatePanel, pairs: impl Iterator<Item = (StateId, StateId)>) -> Series {
    let mut out = Series::new();
    for (a, b) in pairs {
        let (years, values) = points.series(a);
        let s: Vec<(Year, f64)> = years
            .iter()
            .zip(values)
            .filter(|(y, _)| **y >= FIRST)
            .filter_map(|(y, v)| Some((*y, (v - points.at(b, *y)?).abs())))
            .collect();
        if !s.is_empty() {
            out.insert(pair_key(a, b), s);
        }
    }
    out
}

fn all_pairs(atlas: &Atlas) -> Result<Series, HistoryError> {
    let n = atlas.n();
    let stream = Stream::new(SAMPLE, 0);
    let pairs = (0..n)
        .flat_map(|i| (i + 1..n).map(move |j| (i, j)))
        .filter(|(i, j)| stream.uniform(0, *i as u32, *j as u32, 0) < 1.0 / ONE_PAIR_IN)
        .map(|(i, j)| (StateId::from_index(i), StateId::from_index(j)));
    Ok(distances(atlas.state_series("ideal_point")?, pairs))
}

fn to_hegemons(atlas: &Atlas) -> Result<Series, HistoryError> {
    let to: Vec<StateId> = HEGEMONS.iter().filter_map(|h| state(atlas, h)).collect();
    let pairs = to.iter().flat_map(|h| {
        (0..atlas.n())
            .map(StateId::from_index)
            .filter(move |s| *s != *h)
            .map(move |s| (s, *h))
    });
    Ok(distances(atlas.state_series("ideal_point")?, pairs))
}

/// Steady-state gain of a random walk of variance q seen with noise of variance r.
fn steady_gain(q: f64, r: f64) -> f64 {
    if r <= 0.0 {
        return 1.0;
    }
    let ratio = q / r;
    let p = 0.5 * (ratio + (ratio * ratio + 4.0 * ratio).sqrt());
    p / (p + 1.0)
}

/// Gain by the moments of yearly changes: Var Δ = q + 2r, Cov(Δ, Δ₊₁) = −r.
fn gain(known: &Series) -> f64 {
    let (mut square, mut product, mut n, mut m) = (0.0, 0.0, 0.0, 0.0);
    for s in known.values() {
        for w in s.windows(2).filter(|w| w[1].0 - w[0].0 == 1) {
            square += (w[1].1 - w[0].1).powi(2);
            n += 1.0;
        }
        for w in s.windows(3).filter(|w| w[2].0 - w[0].0 == 2) {
            product += (w[1].1 - w[0].1) * (w[2].1 - w[1].1);
            m += 1.0;
        }
    }
    if n < 1.0 || m < 1.0 {
        return 1.0;
    }
    let (variance, covariance) = (square / n, product / m);
    steady_gain(
        (variance + 2.0 * covariance).max(0.0),
        (-covariance).max(0.0),
    )
}

/// Weights of the like-minded of a state in a year, with their positions.
type Watched = Rc<Vec<(StateId, f64)>>;

struct Votes<'a> {
    points: &'a StatePanel,
    pacts: &'a Spells,
    gain: f64,
    n: usize,
    watched: RefCell<BTreeMap<(StateId, Year), Watched>>,
    common: BTreeMap<(StateId, Year), f64>,
}

/// Columns: filtered less last value; deviation from the own mean; then what the like-minded of
/// both hold of the other side, less the pair's own; and the last change of the partner's distance
/// to everybody.
const WIDTH: usize = 4;
const OWN: usize = 2;

impl Votes<'_> {
    /// The like-minded of i in a year: nearest positions, allies counted more.
    fn like_minded(&self, i: StateId, year: Year) -> Watched {
        if let Some(w) = self.watched.borrow().get(&(i, year)) {
            return Rc::clone(w);
        }
        let mut near: Vec<(StateId, f64)> = newest(self.points, i, year)
            .map(|own| {
                (0..self.n)
                    .map(StateId::from_index)
                    .filter(|k| *k != i)
                    .filter_map(|k| {
                        let d = (newest(self.points, k, year)? - own).abs();
                        let ally = if self.pacts.tied(i, k, year) {
                            ALLY
                        } else {
                            1.0
                        };
                        Some((k, ally * (-d / REACH).exp()))
                    })
                    .collect()
            })
            .unwrap_or_default();
        near.sort_by(|a, b| b.1.total_cmp(&a.1).then(a.0.cmp(&b.0)));
        near.truncate(NEIGHBOURS);
        let watched = Rc::new(near);
        self.watched
            .borrow_mut()
            .insert((i, year), Rc::clone(&watched));
        watched
    }

    /// Weighted mean distance to j of the like-minded of i.
    fn held(&self, i: StateId, j: StateId, year: Year) -> Option<f64> {
        let own = newest(self.points, j, year)?;
        let (mut sum, mut weight) = (0.0, 0.0);
        for (k, w) in self.like_minded(i, year).iter().filter(|w| w.0 != j) {
            sum += w * (newest(self.points, *k, year)? - own).abs();
            weight += w;
        }
        (weight > 0.0).then(|| sum / weight)
    }
}

impl Covariates for Votes<'_> {
    fn row(&self, key: &Key, past: &[(Year, f64)], _: Distance, row: &mut [f64]) -> bool {
        let (Some((a, b)), Some(last)) = (pair(key), past.last()) else {
            return false;
        };
        let base = last.0;
        let mut level = past[0].1;
        for (_, v) in &past[1..] {
            level += self.gain * (v - level);
        }
        let (Some(x), Some(y)) = (self.held(a, b, base), self.held(b, a, base)) else {
            return false;
        };
        row[0] = level - last.1;
        row[1] = deviation(past);
        row[2] = 0.5 * (x + y) - last.1;
        row[3] = self.common.get(&(b, base)).copied().unwrap_or(0.0);
        true
    }
}

/// Mean change of the distance of each state to all others into each year.
fn common_changes(points: &StatePanel, n: usize) -> BTreeMap<(StateId, Year), f64> {
    let mut sums: BTreeMap<(StateId, Year), (f64, f64)> = BTreeMap::new();
    let all: Vec<StateId> = (0..n).map(StateId::from_index).collect();
    let series: Vec<BTreeMap<Year, f64>> = all
        .iter()
        .map(|s| {
            let (y, v) = points.series(*s);
            y.iter().copied().zip(v.iter().copied()).collect()
        })
        .collect();
    let mut years: Vec<Year> = series.iter().flat_map(|s| s.keys().copied()).collect();
    years.sort_unstable();
    years.dedup();
    for w in years
        .windows(2)
        .filter(|w| w[1] - w[0] == 1 && w[0] >= FIRST)
    {
        let at: Vec<(StateId, f64, f64)> = all
            .iter()
            .filter_map(|s| {
                let s_at = &series[s.index()];
                Some((*s, *s_at.get(&w[0])?, *s_at.get(&w[1])?))
            })
            .collect();
        for (s, then, now) in &at {
            let sum = sums.entry((*s, w[1])).or_default();
            for (t, other_then, other_now) in &at {
                if s != t {
                    sum.0 += (now - other_now).abs() - (then - other_then).abs();
                    sum.1 += 1.0;
                }
            }
        }
    }
    sums.into_iter()
        .filter(|(_, s)| s.1 > 0.0)
        .map(|(k, (sum, n))| (k, sum / n))
        .collect()
}

fn fitted<'a>(
    origin: Origin<'a>,
    known: &'a Series,
    used: usize,
) -> Result<Box<dyn Rule + 'a>, HistoryError> {
    let points = origin.atlas.state_series("ideal_point")?;
    let votes = Votes {
        points,
        pacts: origin.atlas.spells("defence_pact")?,
        gain: gain(known),
        n: origin.atlas.n(),
        watched: RefCell::default(),
        common: common_changes(points, origin.atlas.n()),
    };
    Ok(Box::new(Linear::new(Box::new(votes), known, WIDTH, used)))
}

/// The filter alone: the level of a random walk seen with noise, the block's estimator of votes.
struct Filtered {
    levels: Vec<Vec<f64>>,
}

impl Rule for Filtered {
    fn say(&self, place: super::super::rules::Place<'_>, _: Distance) -> Option<f64> {
        Some(self.levels[place.series][place.past.len() - 1])
    }
}

fn filtered(known: &Series) -> Filtered {
    let gain = gain(known);
    let levels = known
        .values()
        .map(|s| {
            let mut level = s[0].1;
            s.iter()
                .map(|(_, v)| {
                    level += gain * (v - level);
                    level
                })
                .collect()
        })
        .collect();
    Filtered { levels }
}

fn models() -> Vec<ByRule> {
    vec![
        ByRule::new("noise_filter", |_, known| Ok(Box::new(filtered(known)))),
        ByRule::new(TWIN, |o, k| fitted(o, k, OWN)),
        ByRule::new(MODEL, |o, k| fitted(o, k, WIDTH)),
    ]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ref_gain_of_a_walk_and_of_noise() {
        let s = Stream::new(5, 0);
        let walk = |noise: f64| -> Series {
            (0..200u16)
                .map(|k| {
                    let mut level = 0.0;
                    let values = (0..40)
                        .map(|t| {
                            level += s.normal(0, u32::from(k), t, 0);
                            (
                                Year(1980 + t as i32),
                                level + noise * s.normal(1, u32::from(k), t, 0),
                            )
                        })
                        .collect();
                    (pair_key(StateId(k), StateId(k + 1)), values)
                })
                .collect()
        };
        assert!(gain(&walk(0.0)) > 0.9);
        // q = 1, r = 4: gain of the steady state (1 + √17)/(9 + √17)… from the Riccati equation.
        let p: f64 = 0.5 * (0.25 + (0.0625f64 + 1.0).sqrt());
        assert!((gain(&walk(2.0)) - p / (p + 1.0)).abs() < 0.03);
    }
}
