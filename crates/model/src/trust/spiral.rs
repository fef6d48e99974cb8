//! Does distrust feed on itself? Loop gain, growth and who drives it (MODEL.md §2.6).
//!
//! In the cone of distrust the noise-free map is linear. Its uniform mode has a closed form; the
//! whole map over all pairs is examined by power iteration without ever being written down.
//! These are diagnostics of the assumed coefficients: the data neither show nor exclude a spiral
//! (EVIDENCE.md), the headline is the gain margin.

use super::{Coefficients, Fixed, Neighbours, mean_over};
use crate::channels::Channels;

/// Relative change of the growth estimate at which power iteration stops.
const TOLERANCE: f64 = 1e-8;
/// The same for reactivity, of which four digits are enough.
const REACTIVITY_TOLERANCE: f64 = 1e-6;
/// Years over which it is counted whose souring spreads.
const SPREAD_YEARS: usize = 10;
/// Most products of one power iteration.
const MOST_PRODUCTS: usize = 1000;

/// How distrust circulates.
#[derive(Clone, Debug, PartialEq)]
pub struct Diagnostics {
    /// 𝒢: a spiral sustains itself where it exceeds 1.
    pub loop_gain: f64,
    /// 1/𝒢: how many times more contagious distrust would have to be.
    pub gain_margin: f64,
    /// R: growth factor a year of the dominant pattern of distrust over all pairs.
    pub growth: f64,
    /// R of the uniform pattern at the mean hazard of turnover, closed form.
    pub growth_uniform: f64,
    /// Years until half of the dominant pattern has gone; infinite where R ≥ 1.
    pub half_life_years: f64,
    /// 1/(1 − 𝒢): lasting answer to lasting conduct, with loops over without; infinite if 𝒢 ≥ 1.
    pub amplification: f64,
    /// Largest growth of any pattern within one year, ‖J‖₂.
    pub reactivity: f64,
    /// What each loop contributes to R.
    pub shares: LoopShares,
    /// By state: how far it sours in the dominant pattern, mean 1; NaN where not covered.
    pub sours: Vec<f64>,
    /// By state: how much its souring towards everyone adds to all distrust ten years on, mean 1;
    /// NaN where not covered.
    pub spreads: Vec<f64>,
    /// Whether every power iteration reached its tolerance.
    pub converged: bool,
}

/// R less R with one loop cut.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct LoopShares {
    /// Conduct answers conduct.
    pub reciprocity: f64,
    /// Third parties watch.
    pub reputation: f64,
    /// Opinion spreads among the like-minded.
    pub diffusion: f64,
}

/// SD of trust a year per SD of uniform distrust: √ρ λ (1−ξ) (β + κ).
fn uniform_gain(c: &Coefficients, channels: Channels) -> f64 {
    let g = Gains::new(c, channels);
    g.own + g.third
}

/// Loop gain 𝒢 of the uniform mode: `√ρ λ(1−ξ)(β+κ) [π/(1−φ_L) + (1−π)/(1−φ̃_F)]` with
/// `φ̃_F = φ_F (1 − ψ hazard)`. κ is absolute, so the relative κ of MODEL.md is κ/β here.
pub fn loop_gain(c: &Coefficients, channels: Channels, turnover_hazard: f64) -> f64 {
    let fast = c.fast_persistence * (1.0 - c.turnover_reset * turnover_hazard);
    let memory = c.slow_share / (1.0 - c.slow_persistence) + (1.0 - c.slow_share) / (1.0 - fast);
    uniform_gain(c, channels) * memory
}

/// Growth R of the uniform mode: the larger eigenvalue of the two-speed map.
pub fn uniform_growth(c: &Coefficients, channels: Channels, turnover_hazard: f64) -> f64 {
    let fast = c.fast_persistence * (1.0 - c.turnover_reset * turnover_hazard);
    let g = uniform_gain(c, channels);
    let (a, b) = (c.slow_persistence + c.slow_share * g, c.slow_share * g);
    let (p, d) = ((1.0 - c.slow_share) * g, fast + (1.0 - c.slow_share) * g);
    0.5 * (a + d + ((a - d).powi(2) + 4.0 * b * p).sqrt())
}

/// Examines the map at the start, with all loops open.
pub fn diagnostics(fixed: &Fixed, c: &Coefficients) -> Diagnostics {
    let neighbours = Neighbours::new(fixed, c);
    let hazards = fixed.turnover_hazards(c);
    examine(c, &neighbours, &fixed.covered, &hazards)
}

/// Examines the map for given neighbours and hazards of turnover.
pub(super) fn examine(
    c: &Coefficients,
    neighbours: &Neighbours,
    covered: &[bool],
    hazards: &[f64],
) -> Diagnostics {
    let map = |channels| Map::new(c, channels, neighbours, covered, hazards);
    let all = map(Channels::ALL);
    let right = all.dominant(Map::apply, TOLERANCE);
    let gram = all.dominant(|m, x| m.apply_transposed(&m.apply(x)), REACTIVITY_TOLERANCE);
    let cut = |channel| {
        let d = map(Channels::ALL.without(channel)).dominant(Map::apply, TOLERANCE);
        (right.growth - d.growth, d.converged)
    };
    let (reciprocity, r1) = cut(Channels::RECIPROCITY);
    let (reputation, r2) = cut(Channels::REPUTATION);
    let (diffusion, r3) = cut(Channels::DIFFUSION);
    let hazard = mean_over(hazards, covered);
    let gain = loop_gain(c, Channels::ALL, hazard);
    let dies = right.growth < 1.0;
    Diagnostics {
        loop_gain: gain,
        gain_margin: gain.recip(),
        growth: right.growth,
        growth_uniform: uniform_growth(c, Channels::ALL, hazard),
        half_life_years: if dies {
            0.5_f64.ln() / right.growth.ln()
        } else {
            f64::INFINITY
        },
        amplification: if gain < 1.0 {
            (1.0 - gain).recip()
        } else {
            f64::INFINITY
        },
        reactivity: gram.growth.sqrt(),
        shares: LoopShares {
            reciprocity,
            reputation,
            diffusion,
        },
        sours: by_state(&right.vector.sum(), covered),
        spreads: by_state(&all.spread(), covered),
        converged: right.converged && gram.converged && r1 && r2 && r3,
    }
}

/// Gains of the three loops in the cone of distrust.
#[derive(Clone, Copy, Debug)]
struct Gains {
    own: f64,
    third: f64,
    diffusion: f64,
}

impl Gains {
    fn new(c: &Coefficients, channels: Channels) -> Self {
        let open = |channel, value| if channels.has(channel) { value } else { 0.0 };
        let answer = open(Channels::RECIPROCITY, c.reciprocity)
            * (1.0 - c.surprise_rule)
            * c.negativity_root();
        Self {
            own: answer * c.response,
            third: answer * open(Channels::REPUTATION, c.reputation),
            diffusion: open(Channels::DIFFUSION, c.diffusion),
        }
    }
}

/// Slow and fast deviations of all pairs, row-major.
#[derive(Clone, Debug)]
struct Pattern {
    slow: Vec<f64>,
    fast: Vec<f64>,
}

impl Pattern {
    fn norm(&self) -> f64 {
        self.slow
            .iter()
            .chain(&self.fast)
            .map(|x| x * x)
            .sum::<f64>()
            .sqrt()
    }

    fn sum(&self) -> Vec<f64> {
        self.slow
            .iter()
            .zip(&self.fast)
            .map(|(l, f)| l + f)
            .collect()
    }

    fn scale(&mut self, by: f64) {
        self.slow
            .iter_mut()
            .chain(&mut self.fast)
            .for_each(|x| *x *= by);
    }
}

/// What power iteration found.
struct Dominant {
    growth: f64,
    vector: Pattern,
    converged: bool,
}

/// The linear map of one year in the cone of distrust.
struct Map<'a> {
    n: usize,
    gains: Gains,
    slow_persistence: f64,
    slow_share: f64,
    fast_left: Vec<f64>,
    neighbours: &'a Neighbours,
    covered: &'a [bool],
}

impl<'a> Map<'a> {
    fn new(
        c: &Coefficients,
        channels: Channels,
        neighbours: &'a Neighbours,
        covered: &'a [bool],
        hazards: &[f64],
    ) -> Self {
        Self {
            n: covered.len(),
            gains: Gains::new(c, channels),
            slow_persistence: c.slow_persistence,
            slow_share: c.slow_share,
            fast_left: hazards
                .iter()
                .map(|h| c.fast_persistence * (1.0 - c.turnover_reset * h))
                .collect(),
            neighbours,
            covered,
        }
    }

    fn is_pair(&self, i: usize, j: usize) -> bool {
        i != j && self.covered[i] && self.covered[j]
    }

    /// Whether i has third parties in matters of j.
    fn has_third(&self, i: usize, j: usize) -> bool {
        self.neighbours.of(i).iter().any(|e| usize::from(e.0) != j)
    }

    /// Y of a deviation d.
    fn experience(&self, d: &[f64]) -> Vec<f64> {
        let n = self.n;
        let g = self.gains;
        let mut watched = vec![0.0; n * n];
        for k in 0..n {
            for j in 0..n {
                watched[k * n + j] = g.third * d[j * n + k] + g.diffusion * d[k * n + j];
            }
        }
        let mut y = vec![0.0; n * n];
        let mut third = vec![0.0; n];
        for i in 0..n {
            self.neighbours.gather(i, &watched, &mut third);
            for j in (0..n).filter(|j| self.is_pair(i, *j)) {
                let pull = if self.has_third(i, j) {
                    g.diffusion
                } else {
                    0.0
                };
                y[i * n + j] = g.own * d[j * n + i] + third[j] - pull * d[i * n + j];
            }
        }
        y
    }

    /// Adjoint of [`Map::experience`]; `y` must be zero where there is no pair.
    fn experience_transposed(&self, y: &[f64]) -> Vec<f64> {
        let n = self.n;
        let g = self.gains;
        let mut heard = vec![0.0; n * n];
        self.neighbours.scatter(y, n, &mut heard);
        let mut d = vec![0.0; n * n];
        for i in 0..n {
            for j in (0..n).filter(|j| self.is_pair(i, *j)) {
                let at = i * n + j;
                let pull = if self.has_third(i, j) {
                    g.diffusion
                } else {
                    0.0
                };
                d[at] += g.diffusion * heard[at] - pull * y[at];
                d[j * n + i] += g.own * y[at] + g.third * heard[at];
            }
        }
        d
    }

    fn apply(&self, x: &Pattern) -> Pattern {
        let y = self.experience(&x.sum());
        let slow = x.slow.iter().zip(&y);
        let fast = x.fast.iter().zip(&y).enumerate();
        Pattern {
            slow: slow
                .map(|(l, y)| self.slow_persistence * l + self.slow_share * y)
                .collect(),
            fast: fast
                .map(|(at, (f, y))| self.fast_left[at % self.n] * f + (1.0 - self.slow_share) * y)
                .collect(),
        }
    }

    fn apply_transposed(&self, x: &Pattern) -> Pattern {
        let y: Vec<f64> = x
            .slow
            .iter()
            .zip(&x.fast)
            .map(|(l, f)| self.slow_share * l + (1.0 - self.slow_share) * f)
            .collect();
        let d = self.experience_transposed(&y);
        let slow = x.slow.iter().zip(&d);
        let fast = x.fast.iter().zip(&d).enumerate();
        Pattern {
            slow: slow.map(|(l, d)| self.slow_persistence * l + d).collect(),
            fast: fast
                .map(|(at, (f, d))| self.fast_left[at % self.n] * f + d)
                .collect(),
        }
    }

    /// How much one SD of experience of each pair adds to the sum of all distrust after
    /// [`SPREAD_YEARS`] years: the adjoint map applied to the uniform pattern. The left eigenvector
    /// of the map would be the limit of many decades; clusters of like-minded states make its gap
    /// so small that it says nothing about a horizon of interest.
    fn spread(&self) -> Vec<f64> {
        let n = self.n;
        let uniform: Vec<f64> = (0..n * n)
            .map(|at| f64::from(self.is_pair(at / n, at % n)))
            .collect();
        let mut x = Pattern {
            slow: uniform.clone(),
            fast: uniform,
        };
        for _ in 1..SPREAD_YEARS {
            x = self.apply_transposed(&x);
        }
        let share = self.slow_share;
        x.slow
            .iter()
            .zip(&x.fast)
            .map(|(l, f)| share * l + (1.0 - share) * f)
            .collect()
    }

    /// Power iteration from the uniform pattern.
    fn dominant(&self, product: impl Fn(&Self, &Pattern) -> Pattern, tolerance: f64) -> Dominant {
        let n = self.n;
        let uniform: Vec<f64> = (0..n * n)
            .map(|at| f64::from(self.is_pair(at / n, at % n)))
            .collect();
        let mut x = Pattern {
            slow: uniform.clone(),
            fast: uniform,
        };
        x.scale(x.norm().recip());
        let mut growth = f64::NAN;
        for _ in 0..MOST_PRODUCTS {
            let mut next = product(self, &x);
            let norm = next.norm();
            if !(norm.is_finite() && norm > 0.0) {
                return Dominant {
                    growth: norm,
                    vector: x,
                    converged: norm == 0.0,
                };
            }
            next.scale(norm.recip());
            x = next;
            let settled = (norm - growth).abs() <= tolerance * norm;
            growth = norm;
            if settled {
                return Dominant {
                    growth,
                    vector: x,
                    converged: true,
                };
            }
        }
        Dominant {
            growth,
            vector: x,
            converged: false,
        }
    }
}

/// Sum of |pattern| over the partners of each holder, scaled to mean 1 over covered states.
fn by_state(pattern: &[f64], covered: &[bool]) -> Vec<f64> {
    let n = covered.len();
    let sums: Vec<f64> = (0..n)
        .map(|i| pattern[i * n..(i + 1) * n].iter().map(|x| x.abs()).sum())
        .collect();
    let mean = mean_over(&sums, covered);
    sums.iter()
        .zip(covered)
        .map(|(s, k)| if *k { s / mean } else { f64::NAN })
        .collect()
}

#[cfg(test)]
mod tests;
