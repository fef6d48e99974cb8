//! The filter of all pairs that hold trust in one state.
//!
//! A pair's state is `(l, f, v, e, p)`: slow trust, fast trust, what votes, tone and the public
//! measure beside trust. All pairs of one target share its reputation B:
//!
//! ```text
//! T    = l + f + B
//! l'   = φ_L l + √(1−φ_L²) z          f' = φ_F (1 − ψ turnover) f + σ_F z
//! B'   = m + φ_B (1 − ψ turnover)(B − m) + b,   b ~ t₄ · s √(1 + ω turnover)
//! m'   = m + .1 (B̂ − m)
//! votes  = √r l + √(1−r) v + e1       polls = o + a₃ T + p + e3
//! events = a₂ T + e + e2              tone  = a₄ T + e + e4
//! ```
//!
//! Votes have lost the means of both states, so they say nothing of B. Two approximations, both
//! stated: the t₄ is a mixture of normals over its scale, and the posterior of B is collapsed to a
//! normal every year; pairs are independent given this year's B, so what they share of earlier
//! years' uncertainty about B is dropped. A test sets the filter beside the dense posterior.

use realign_numerics::state_space::{Belief, Update};

use super::hyper::Values;
use super::panel::{Kind, Panel, Seen, Target};

/// Components of a pair.
pub const PARTS: usize = 5;
/// Trust of a pair in its components, reputation apart.
pub const TRUST: [f64; PARTS] = [1.0, 1.0, 0.0, 0.0, 0.0];
/// Probabilities of the nodes of the mixture over scales.
const WEIGHTS: [f64; 6] = [0.02, 0.08, 0.2, 0.3, 0.25, 0.15];

/// What the numbers of the filter come to, computed once.
#[derive(Clone, Debug)]
pub struct Machine {
    values: Values,
    /// Loadings of the pair's components, by source.
    loading: [[f64; PARTS]; 4],
    /// Loading of reputation, by source.
    shared: [f64; 4],
    /// Variances of the shock to reputation at the nodes of the mixture.
    shocks: [f64; 6],
    mean_shock: f64,
}

/// Belief on a reputation.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Reputation {
    /// Mean, SD of trust.
    pub mean: f64,
    /// Variance.
    pub variance: f64,
    /// Long-run mean to which it returns.
    pub long_run: f64,
}

/// The end of a year of one target.
pub struct YearEnd<'a> {
    /// Position of the year.
    pub year: usize,
    /// Pairs, whether active or not.
    pub pairs: &'a [Belief<PARTS>],
    /// Whether a pair exists yet.
    pub active: &'a [bool],
    /// Reputation before and after the observations of the year.
    pub before: Reputation,
    /// After.
    pub after: Reputation,
    /// Score of every source for the shift of reputation: shares of its movement.
    pub scores: [f64; 4],
    /// Information of all pairs on reputation.
    pub information: f64,
    /// Where the shift that the pairs report stands in what was predicted, 0–1.
    pub pit: f64,
}

/// What somebody wants to see of a run.
pub trait Watch {
    /// Before the observations of a year: the pairs as predicted.
    fn predicted(&mut self, _year: usize, _pairs: &[Belief<PARTS>], _shared: Reputation) {}
    /// One observation; `lean` is the pair's slope of trust on reputation before it.
    fn observed(
        &mut self,
        _year: usize,
        _seen: &Seen,
        _update: &Update<PARTS>,
        _shared: Reputation,
    ) {
    }
    /// After the observations of a year.
    fn ended(&mut self, _end: &YearEnd<'_>) {}
}

/// Nobody watches.
pub struct Blind;

impl Watch for Blind {}

/// Transition of one year.
#[derive(Clone, Copy, Debug)]
pub struct Transition {
    /// Persistence of the components.
    pub phi: [f64; PARTS],
    /// Their innovation variances.
    pub q: [f64; PARTS],
    /// Persistence of the excursion of reputation.
    pub phi_shared: f64,
    /// Factor on the variance of its shock.
    pub shock_factor: f64,
}

impl Machine {
    /// Prepares the matrices.
    pub fn new(v: &Values) -> Self {
        let own = v.votes_share.sqrt();
        let beside = (1.0 - v.votes_share).sqrt();
        let half = 0.5 * v.reputation_dof;
        // Scales 1/w with w ~ gamma(ν/2, ν/2) at the middle of each node, from the widest.
        let mut from = 0.0;
        let shocks = WEIGHTS.map(|w| {
            let u = from + 0.5 * w;
            from += w;
            let weight = realign_numerics::quantile::gamma(u, half) / half;
            v.reputation_scale.powi(2) / weight
        });
        Self {
            loading: [
                [own, 0.0, beside, 0.0, 0.0],
                [v.polls_loading, v.polls_loading, 0.0, 0.0, 1.0],
                [v.events.loading, v.events.loading, 0.0, 1.0, 0.0],
                [v.tone.loading, v.tone.loading, 0.0, 1.0, 0.0],
            ],
            shared: [0.0, v.polls_loading, v.events.loading, v.tone.loading],
            mean_shock: shocks.iter().zip(WEIGHTS).map(|(s, w)| s * w).sum(),
            shocks,
            values: *v,
        }
    }

    /// Loadings of a source: components and reputation.
    pub fn loadings(&self, kind: Kind) -> (&[f64; PARTS], f64) {
        (&self.loading[kind as usize], self.shared[kind as usize])
    }

    /// What is subtracted from an observation before it is read.
    pub fn intercept(&self, kind: Kind) -> f64 {
        if kind == Kind::Polls {
            self.values.polls_intercept
        } else {
            0.0
        }
    }

    /// The numbers.
    pub fn values(&self) -> &Values {
        &self.values
    }

    /// Mean variance of the shock to reputation without a change of leader.
    pub fn mean_shock(&self) -> f64 {
        self.mean_shock
    }

    /// A pair of which nothing is known.
    pub fn start(&self, panel: &Panel, year: usize) -> Belief<PARTS> {
        let v = &self.values;
        let tone = if panel.tone_from.is_some_and(|t| year >= t) {
            &v.tone
        } else {
            &v.events
        };
        Belief::new([
            1.0,
            v.fast_variance(),
            1.0,
            tone.spread.powi(2),
            v.polls_public.powi(2),
        ])
    }

    /// Transition into `year`.
    pub fn transition(&self, panel: &Panel, target: &Target, year: usize) -> Transition {
        let v = &self.values;
        let turn = target.turnover.get(year).copied().unwrap_or(false);
        let keep = if turn { 1.0 - v.turnover_decay } else { 1.0 };
        let left = |p: f64| 1.0 - p * p;
        let (tone_phi, tone_spread) = match panel.tone_from {
            Some(t) if year == t => (0.0, v.tone.spread),
            Some(t) if year > t => (v.tone.persistence, v.tone.spread),
            _ => (v.events.persistence, v.events.spread),
        };
        Transition {
            phi: [
                v.slow_persistence,
                v.fast_persistence * keep,
                v.votes_persistence,
                tone_phi,
                1.0,
            ],
            q: [
                left(v.slow_persistence),
                v.fast_innovation.powi(2),
                left(v.votes_persistence),
                left(tone_phi) * tone_spread.powi(2),
                0.0,
            ],
            phi_shared: v.reputation_persistence * keep,
            shock_factor: 1.0 + if turn { v.turnover_draw } else { 0.0 },
        }
    }

    /// Filters one target; adds the log likelihood of every year to `likelihood`.
    pub fn run<W: Watch>(
        &self,
        panel: &Panel,
        target: &Target,
        likelihood: &mut [f64],
        watch: &mut W,
    ) -> Vec<Belief<PARTS>> {
        let half_tau = 0.5 * std::f64::consts::TAU.ln();
        let m = target.pairs.len();
        let mut pairs = vec![self.start(panel, 0); m];
        let mut active = vec![false; m];
        let mut shared = Reputation {
            mean: 0.0,
            variance: self.values.reputation_spread.powi(2),
            long_run: 0.0,
        };
        for t in 0..target.offsets.len() - 1 {
            let step = self.transition(panel, target, t);
            let shock = if t == 0 {
                0.0
            } else {
                self.mean_shock * step.shock_factor
            };
            let phi = if t == 0 { 1.0 } else { step.phi_shared };
            let carried = phi * phi * shared.variance;
            let kept = phi * shared.variance / (carried + shock);
            let left = shared.variance * shock / (carried + shock);
            for (p, b) in pairs.iter_mut().enumerate() {
                if active[p] {
                    b.predict(&step.phi, &step.q, kept, left);
                } else if target.pairs[p].1 <= t {
                    *b = self.start(panel, t);
                    active[p] = true;
                }
            }
            let before = Reputation {
                mean: shared.long_run + phi * (shared.mean - shared.long_run),
                variance: carried + shock,
                ..shared
            };
            watch.predicted(t, &pairs, before);
            let (mut information, mut scores) = (0.0, [0.0; 4]);
            let mut log = 0.0;
            for s in target.year(t) {
                let k = s.kind as usize;
                let b = &mut pairs[usize::from(s.pair)];
                let y = s.y - self.intercept(s.kind);
                let u = b.update(
                    &self.loading[k],
                    self.shared[k],
                    before.mean,
                    y,
                    s.noise(&self.values),
                );
                let w = u.slope / u.variance;
                information += w * u.slope;
                scores[k] += w * u.innovation;
                log -=
                    half_tau + 0.5 * (u.variance.ln() + u.innovation * u.innovation / u.variance);
                watch.observed(t, s, &u, before);
            }
            // Posterior of the shift of reputation: a mixture over the scale of its shock.
            let score: f64 = scores.iter().sum();
            let (shift, variance, pit) = if t == 0 {
                let v = 1.0 / (information + 1.0 / before.variance);
                log += 0.5 * (score * score * v - (1.0 + before.variance * information).ln());
                (v * score, v, f64::NAN)
            } else {
                let mut logs = [0.0; 6];
                let mut moments = [(0.0, 0.0); 6];
                let mut pit = 0.0;
                for (k, s) in self.shocks.iter().enumerate() {
                    let prior = carried + s * step.shock_factor;
                    let v = 1.0 / (information + 1.0 / prior);
                    logs[k] = WEIGHTS[k].ln()
                        + 0.5 * (score * score * v - (1.0 + prior * information).ln());
                    moments[k] = (v * score, v);
                    if information > 0.0 {
                        let sd = (prior + 1.0 / information).sqrt();
                        pit += WEIGHTS[k]
                            * realign_numerics::special::normal_cdf(score / information / sd);
                    }
                }
                let top = logs.iter().fold(f64::NEG_INFINITY, |a, b| a.max(*b));
                let sum: f64 = logs.iter().map(|l| (l - top).exp()).sum();
                log += top + sum.ln();
                let (mut mean, mut second) = (0.0, 0.0);
                for (l, (m, v)) in logs.iter().zip(moments) {
                    let w = (l - top).exp() / sum;
                    mean += w * m;
                    second += w * (v + m * m);
                }
                (
                    mean,
                    second - mean * mean,
                    if information > 0.0 { pit } else { f64::NAN },
                )
            };
            for (p, b) in pairs.iter_mut().enumerate() {
                if active[p] {
                    b.shift(shift);
                }
            }
            let mean = before.mean + shift;
            let long_run = if t == 0 {
                mean
            } else {
                shared.long_run + self.values.reputation_memory * (mean - shared.long_run)
            };
            shared = Reputation {
                mean,
                variance,
                long_run,
            };
            likelihood[t] += log;
            watch.ended(&YearEnd {
                year: t,
                pairs: &pairs,
                active: &active,
                before,
                after: shared,
                scores,
                information,
                pit,
            });
        }
        pairs
    }

    /// Log likelihood of every year over all targets, on as many threads as `threads`; the sum
    /// runs in the order of targets whatever their number.
    pub fn likelihood(&self, panel: &Panel, threads: usize) -> Vec<f64> {
        let years = panel.years();
        let of = |targets: &[Target]| -> Vec<Vec<f64>> {
            targets
                .iter()
                .map(|t| {
                    let mut l = vec![0.0; years];
                    self.run(panel, t, &mut l, &mut Blind);
                    l
                })
                .collect()
        };
        let share = panel.targets.len().div_ceil(threads.max(1)).max(1);
        let parts: Vec<Vec<Vec<f64>>> = if threads <= 1 {
            vec![of(&panel.targets)]
        } else {
            std::thread::scope(|s| {
                let handles: Vec<_> = panel
                    .targets
                    .chunks(share)
                    .map(|c| s.spawn(move || of(c)))
                    .collect();
                handles.into_iter().filter_map(|h| h.join().ok()).collect()
            })
        };
        let mut total = vec![0.0; years];
        for l in parts.iter().flatten() {
            for (t, v) in total.iter_mut().zip(l) {
                *t += v;
            }
        }
        total
    }
}
