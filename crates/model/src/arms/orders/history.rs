//! Orders window by window: who could have been chosen, what speaks for each, who was.

use realign_atlas::{Atlas, StateId, Year};
use realign_numerics::stats::mean;

use crate::ModelError;
use crate::arms::class::{CLASSES, Class};

/// Columns of a choice (see [`super::ORDER_COLUMNS`]).
pub(super) const COLUMNS: usize = 8;
/// Columns before those of trust.
pub(super) const WITHOUT_TRUST: usize = 6;
/// Years of a window, and windows of the long memory.
const WINDOW: i32 = 5;
const LONG: usize = 6;
/// Windows of the memory over all classes.
const MIDDLE: usize = 3;
/// First window that is an outcome: thirty years after the register begins.
const FIRST: i32 = 1984;
/// Smallest share of the world's orders of a window that makes a recipient and class count.
const LEAST_ORDERS: f64 = 0.0001;
/// Weight of the world's shares in every share of a recipient, so that a logarithm exists.
const SMOOTHING: f64 = 0.1;
/// Exporters of a class that every recipient may turn to.
const OPEN_SUPPLIERS: usize = 12;

/// Nests of suppliers.
pub(super) const NESTS: usize = 6;

/// One recipient, class and window.
#[derive(Clone, Debug)]
pub(super) struct Choice {
    pub(super) recipient: usize,
    pub(super) class: usize,
    pub(super) window: i32,
    pub(super) x: Vec<[f64; COLUMNS]>,
    /// Nest of each alternative.
    pub(super) nest: Vec<usize>,
    /// Shares of the last window in which the recipient ordered the class, smoothed.
    pub(super) repeat: Vec<f64>,
    /// World shares of the last window.
    pub(super) world: Vec<f64>,
    pub(super) bought: Vec<f64>,
}

impl Choice {
    pub(super) fn log_score(&self, p: &[f64]) -> f64 {
        let bought = self.bought.iter().zip(p).filter(|(y, _)| **y > 0.0);
        bought.map(|(y, p)| y * p.ln()).sum()
    }

    /// How many alternatives were thought likelier than the largest supplier.
    pub(super) fn rank_of_largest(&self, p: &[f64]) -> usize {
        let top = (0..p.len()).fold(0, |best, k| {
            if self.bought[k] > self.bought[best] {
                k
            } else {
                best
            }
        });
        p.iter().filter(|q| **q > p[top]).count()
    }
}

#[allow(clippy::needless_pass_by_value)] // shaped for map_err
pub(super) fn failed(e: impl ToString) -> ModelError {
    ModelError::Fixed {
        domain: "arms",
        message: e.to_string(),
    }
}

/// Region of a supplier as procurement sees it.
fn nest(atlas: &Atlas, j: usize) -> usize {
    let state = atlas.states().get(StateId::from_index(j));
    match (state.iso3.as_str(), state.region.as_str()) {
        ("USA" | "CAN", _) => 0,
        ("KOR" | "JPN" | "ISR" | "TUR", _) => 2,
        ("RUS" | "BLR" | "UKR", _) => 3,
        ("CHN" | "PAK" | "PRK", _) => 4,
        (_, region) if region.contains("Europe") => 1,
        _ => 5,
    }
}

/// Orders of one window: by class, recipient and supplier.
type Window = Vec<Vec<f64>>;

fn windows(atlas: &Atlas) -> Result<Vec<(i32, Window)>, ModelError> {
    let n = atlas.n();
    let panel = atlas.item_dyads("arms_orders_world_share_5y")?;
    let mut out: Vec<(i32, Window)> = Vec::new();
    let mut ends: Vec<i32> = panel.rows().iter().map(|r| r.3.0).collect();
    ends.sort_unstable();
    ends.dedup();
    for end in ends {
        out.push((end, vec![vec![0.0; n * n]; CLASSES]));
    }
    for r in panel.rows().iter().filter(|r| r.1 != r.2) {
        let class = Class::of_weapon_class(&panel.items()[usize::from(r.0)]).index();
        if let Ok(at) = out.binary_search_by_key(&r.3.0, |w| w.0) {
            out[at].1[class][r.2.index() * n + r.1.index()] += r.4;
        }
    }
    Ok(out)
}

/// Minus the distance of ideal points in the window that ends in `end`; NaN where unknown.
fn affinity(atlas: &Atlas, end: i32) -> Result<Vec<f64>, ModelError> {
    let points = atlas.state_series("ideal_point")?;
    let n = atlas.n();
    let level: Vec<f64> = (0..n)
        .map(|i| {
            let years = end - WINDOW + 1..=end;
            let at: Vec<f64> = years
                .filter_map(|y| points.at(StateId::from_index(i), Year(y)))
                .collect();
            mean(&at)
        })
        .collect();
    Ok((0..n * n)
        .map(|k| -(level[k / n] - level[k % n]).abs())
        .collect())
}

fn pacts(atlas: &Atlas, year: i32) -> Result<Vec<bool>, ModelError> {
    let n = atlas.n();
    let mut m = vec![false; n * n];
    for s in atlas.spells("defence_pact")?.rows() {
        if s.start <= Year(year) && s.end.is_none_or(|e| e > Year(year)) {
            m[s.a.index() * n + s.b.index()] = true;
            m[s.b.index() * n + s.a.index()] = true;
        }
    }
    Ok(m)
}

/// `amount` over the candidates as shares, with a little of the world's.
fn smoothed(amount: &[f64], world: &[f64]) -> Vec<f64> {
    let all: f64 = amount.iter().sum();
    let own = |a: f64| if all > 0.0 { a / all } else { 0.0 };
    let weight = if all > 0.0 { SMOOTHING } else { 1.0 };
    amount
        .iter()
        .zip(world)
        .map(|(a, w)| (1.0 - weight) * own(*a) + weight * w)
        .collect()
}

/// Choices of all recipients, classes and windows from [`FIRST`] on.
pub(super) fn choices(atlas: &Atlas) -> Result<Vec<Choice>, ModelError> {
    let n = atlas.n();
    let windows = windows(atlas)?;
    let nests: Vec<usize> = (0..n).map(|j| nest(atlas, j)).collect();
    let mut out = Vec::new();
    for t in 1..windows.len() {
        let (end, now) = &windows[t];
        if *end < FIRST {
            continue;
        }
        let last = windows[t - 1].0;
        let (level, earlier) = (affinity(atlas, last)?, affinity(atlas, last - WINDOW)?);
        let pact = pacts(atlas, last)?;
        for class in 0..CLASSES {
            let world: Vec<f64> = (0..n)
                .map(|j| (0..n).map(|i| windows[t - 1].1[class][i * n + j]).sum())
                .collect();
            let mut order: Vec<usize> = (0..n).filter(|j| world[*j] > 0.0).collect();
            order.sort_by(|a, b| world[*b].total_cmp(&world[*a]).then(a.cmp(b)));
            let open = &order[..order.len().min(OPEN_SUPPLIERS)];
            for i in 0..n {
                let sum = |from: usize, of: std::ops::Range<usize>, j: usize| -> f64 {
                    let range = windows[from..t].iter();
                    range
                        .map(|w| of.clone().map(|c| w.1[c][i * n + j]).sum::<f64>())
                        .sum()
                };
                let long = |j: usize| sum(t.saturating_sub(LONG), class..class + 1, j);
                let all = |j: usize| sum(t.saturating_sub(MIDDLE), 0..CLASSES, j);
                let got = &now[class][i * n..(i + 1) * n];
                let total: f64 = got.iter().sum();
                if total < LEAST_ORDERS {
                    continue;
                }
                let known =
                    |j: usize| level[i * n + j].is_finite() && earlier[i * n + j].is_finite();
                let candidates: Vec<usize> = (0..n)
                    .filter(|j| *j != i && known(*j))
                    .filter(|j| open.contains(j) || long(*j) > 0.0)
                    .collect();
                let bought: Vec<f64> = candidates.iter().map(|j| got[*j]).collect();
                let covered: f64 = bought.iter().sum();
                // Without most of what was ordered among the alternatives there is no choice to judge.
                if covered < 0.5 * total || candidates.len() < 2 {
                    continue;
                }
                let here: f64 = candidates.iter().map(|j| world[*j]).sum();
                // A past supplier without exports in the last window keeps a trace.
                let trace = 0.001;
                let spread = 1.0 + trace * candidates.len() as f64;
                let general: Vec<f64> = candidates
                    .iter()
                    .map(|j| (world[*j] / here + trace) / spread)
                    .collect();
                let recent: Vec<f64> = (0..t)
                    .rev()
                    .take(LONG)
                    .map(|w| {
                        let of = &windows[w].1[class];
                        candidates.iter().map(|j| of[i * n + j]).collect::<Vec<_>>()
                    })
                    .find(|w| w.iter().any(|x| *x > 0.0))
                    .unwrap_or_else(|| vec![0.0; candidates.len()]);
                let thirty: Vec<f64> = candidates.iter().map(|j| long(*j)).collect();
                let broad: Vec<f64> = candidates.iter().map(|j| all(*j)).collect();
                let top = thirty.iter().copied().fold(0.0, f64::max);
                let (a, b, c) = (
                    smoothed(&recent, &general),
                    smoothed(&thirty, &general),
                    smoothed(&broad, &general),
                );
                let x = candidates
                    .iter()
                    .enumerate()
                    .map(|(k, j)| {
                        let at = i * n + j;
                        [
                            a[k].ln(),
                            b[k].ln(),
                            c[k].ln(),
                            general[k].ln(),
                            f64::from(u8::from(top > 0.0 && thirty[k] == top)),
                            f64::from(u8::from(pact[at])),
                            level[at],
                            level[at] - earlier[at],
                        ]
                    })
                    .collect();
                out.push(Choice {
                    recipient: i,
                    class,
                    window: *end,
                    x,
                    nest: candidates.iter().map(|j| nests[*j]).collect(),
                    repeat: a,
                    world: general,
                    bought: bought.iter().map(|b| b / covered).collect(),
                });
            }
        }
    }
    Ok(out)
}
