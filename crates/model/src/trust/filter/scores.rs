//! The filter's forecasts from every year, beside baselines that see the same past.
//!
//! From the end of every year, every source is forecast one, three and five years ahead for a
//! sample of pairs and all pairs toward one state. Baselines are pooled over pairs and estimated on
//! outcomes known at the origin: last value, exponentially weighted mean, own mean with a common
//! speed of return. The numbers of the filter are those fitted at the last vintage before.

use realign_atlas::{StateId, Year};
use realign_numerics::special::normal_cdf;
use realign_numerics::state_space::Belief;
use serde::Serialize;

use super::panel::{FIRST, Kind, Panel, Target};
use super::run::{Machine, PARTS, Watch, YearEnd};
pub use super::table::{Row, rows};

/// Years ahead.
pub const HORIZONS: [i32; 3] = [1, 3, 5];
/// Oldest last value from which a forecast is made, years.
const OLDEST: usize = 5;
/// Weights of the newest value tried for the exponentially weighted mean.
const MEMORIES: [f64; 4] = [0.2, 0.35, 0.5, 0.75];
/// Memory and weight of bad news tried for beliefs of the Beta–Bernoulli form.
const BELIEFS: [(f64, f64); 8] = [
    (0.5, 1.0),
    (0.7, 1.0),
    (0.85, 1.0),
    (0.95, 1.0),
    (0.5, 2.0),
    (0.7, 2.0),
    (0.85, 2.0),
    (0.95, 2.0),
];
/// Events that the prior of such a belief weighs as much as; a tenth of a value without counts.
const BELIEF_PRIOR: (f64, f64) = (10.0, 0.1);
/// Publics of one target and year from which its common shock is scored.
const LEAST_PUBLICS: usize = 3;

/// One forecast and its outcome.
#[derive(Clone, Debug, PartialEq)]
pub struct Case {
    /// Source.
    pub kind: Kind,
    /// Years ahead.
    pub horizon: i32,
    /// Last year read.
    pub origin: Year,
    /// Who trusts.
    pub holder: StateId,
    /// Who is trusted.
    pub held: StateId,
    /// Outcome, in the unit of the source.
    pub y: f64,
    /// Forecast by the filter.
    pub mean: f64,
    /// Its standard deviation.
    pub sd: f64,
    pub(super) last: f64,
    pub(super) own_mean: f64,
    pub(super) smooth: [f64; 4],
    pub(super) belief: [f64; 8],
}

/// Forecasts of one filter from origins in a range of years.
pub fn cases(
    machine: &Machine,
    panel: &Panel,
    every: usize,
    hegemon: Option<StateId>,
    origins: (Year, Year),
) -> (Vec<Case>, Vec<Surprise>) {
    let sample = panel.sample(every);
    let mut out = Vec::new();
    let mut surprises = Vec::new();
    for target in &panel.targets {
        let chosen: Vec<bool> = target
            .pairs
            .iter()
            .map(|(i, _)| {
                Some(target.state) == hegemon
                    || sample
                        .target(target.state)
                        .is_some_and(|t| t.pairs.iter().any(|p| p.0 == *i))
            })
            .collect();
        let mut watch = Forecaster {
            machine,
            target,
            values: dense(target),
            past: vec![Past::default(); target.pairs.len() * 4],
            chosen,
            origins,
            out: &mut out,
            surprises: &mut surprises,
        };
        let mut likelihood = vec![0.0; panel.years()];
        machine.run(panel, target, &mut likelihood, &mut watch);
    }
    (out, surprises)
}

/// The common shock of one target in one year, as its publics report it.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct Surprise {
    /// The state trusted.
    pub target: u16,
    /// The year.
    pub year: i32,
    /// Where it stood in what was predicted, 0–1.
    pub pit: f64,
}

/// Values and known variances by (year, pair, source); NaN where not observed.
fn dense(target: &Target) -> Vec<(f64, f64)> {
    let (years, pairs) = (target.offsets.len() - 1, target.pairs.len());
    let mut v = vec![(f64::NAN, 0.0); years * pairs * 4];
    for t in 0..years {
        for s in target.year(t) {
            v[(t * pairs + usize::from(s.pair)) * 4 + s.kind as usize] = (s.y, s.known);
        }
    }
    v
}

/// What baselines keep of one pair and source.
#[derive(Clone, Copy, Debug, Default)]
struct Past {
    year: usize,
    last: f64,
    known: f64,
    sum: f64,
    count: f64,
    smooth: [f64; 4],
    belief: [(f64, f64); 8],
}

impl Past {
    /// Posterior means of a Bernoulli share of good events with a Beta prior, forgetting (Kydd
    /// 2005; MODEL.md §2.3), on the linear scale of the source.
    fn believe(&mut self, t: usize, y: f64, events: f64) {
        let age = t.saturating_sub(self.year) as i32;
        for ((sum, weight), (memory, bad)) in self.belief.iter_mut().zip(BELIEFS) {
            let left = memory.powi(age);
            let w = events * if y < 0.0 { bad } else { 1.0 };
            *sum = left * *sum + w * y;
            *weight = left * *weight + w;
        }
    }
}

struct Forecaster<'a> {
    machine: &'a Machine,
    target: &'a Target,
    values: Vec<(f64, f64)>,
    past: Vec<Past>,
    chosen: Vec<bool>,
    origins: (Year, Year),
    out: &'a mut Vec<Case>,
    surprises: &'a mut Vec<Surprise>,
}

impl Watch for Forecaster<'_> {
    fn ended(&mut self, end: &YearEnd<'_>) {
        let (t, pairs) = (end.year, self.target.pairs.len());
        let years = self.target.offsets.len() - 1;
        for p in (0..pairs).filter(|p| self.chosen[*p]) {
            for k in 0..4 {
                let (y, known) = self.values[(t * pairs + p) * 4 + k];
                if y.is_finite() {
                    let past = &mut self.past[p * 4 + k];
                    let counted = k == Kind::Events as usize || k == Kind::Tone as usize;
                    past.believe(t, y, if counted { known } else { 1.0 });
                    for (s, w) in past.smooth.iter_mut().zip(MEMORIES) {
                        *s = if past.count > 0.0 {
                            *s + w * (y - *s)
                        } else {
                            y
                        };
                    }
                    past.year = t;
                    past.last = y;
                    past.known = known;
                    past.sum += y;
                    past.count += 1.0;
                }
            }
        }
        let year = FIRST + t as i32;
        if year < self.origins.0 || year > self.origins.1 {
            return;
        }
        let polled = self
            .target
            .year(t)
            .iter()
            .filter(|s| s.kind == Kind::Polls)
            .count();
        if polled >= LEAST_PUBLICS && end.pit.is_finite() {
            self.surprises.push(Surprise {
                target: self.target.state.0,
                year: year.0,
                pit: end.pit,
            });
        }
        for h in HORIZONS {
            let then = t + h as usize;
            if then >= years {
                continue;
            }
            for p in (0..pairs).filter(|p| self.chosen[*p]) {
                for kind in Kind::ALL {
                    let (y, _) = self.values[(then * pairs + p) * 4 + kind as usize];
                    let past = self.past[p * 4 + kind as usize];
                    if !y.is_finite() || past.count < 1.0 || t - past.year >= OLDEST {
                        continue;
                    }
                    let (mean, variance) =
                        forecast(self.machine, &end.pairs[p], end, kind, h, past.known);
                    self.out.push(Case {
                        kind,
                        horizon: h,
                        origin: year,
                        holder: self.target.pairs[p].0,
                        held: self.target.state,
                        y,
                        mean,
                        sd: variance.sqrt(),
                        last: past.last,
                        own_mean: past.sum / past.count,
                        smooth: past.smooth,
                        belief: past.belief.map(|(sum, weight)| {
                            let counted = matches!(kind, Kind::Events | Kind::Tone);
                            let prior = if counted {
                                BELIEF_PRIOR.0
                            } else {
                                BELIEF_PRIOR.1
                            };
                            sum / (weight + prior)
                        }),
                    });
                }
            }
        }
    }
}

/// Mean and variance of an observation `h` years after the end of a year.
fn forecast(
    machine: &Machine,
    b: &Belief<PARTS>,
    end: &YearEnd<'_>,
    kind: Kind,
    h: i32,
    known: f64,
) -> (f64, f64) {
    let v = machine.values();
    let tone = if kind == Kind::Tone {
        &v.tone
    } else {
        &v.events
    };
    let phi = [
        v.slow_persistence,
        v.fast_persistence,
        v.votes_persistence,
        tone.persistence,
        1.0,
    ];
    let stationary = [1.0, v.fast_variance(), 1.0, tone.spread.powi(2), 0.0];
    let (load, shared) = machine.loadings(kind);
    let r = end.after;
    let keep = v.reputation_persistence.powi(h);
    let mut mean = machine.intercept(kind) + shared * (r.long_run + keep * (r.mean - r.long_run));
    let mut weights = [0.0; PARTS];
    let mut variance = 0.0;
    for i in 0..PARTS {
        weights[i] = load[i] * phi[i].powi(h);
        mean += weights[i] * b.mean[i];
        variance += load[i] * load[i] * stationary[i] * (1.0 - phi[i].powi(2 * h));
    }
    variance += b.variance(&weights, shared * keep, r.variance);
    let growth: f64 = (0..h).map(|s| v.reputation_persistence.powi(2 * s)).sum();
    variance += shared * shared * machine.mean_shock() * growth;
    let noise = super::panel::Seen {
        pair: 0,
        kind,
        y: 0.0,
        known,
    }
    .noise(v);
    (mean, variance + noise)
}

/// Largest distance of the distribution of the common shocks' positions from uniform, and the
/// chance of a larger one if they were (Kolmogorov, as if independent).
pub fn uniformity(surprises: &[Surprise]) -> (f64, f64) {
    let mut p: Vec<f64> = surprises.iter().map(|s| s.pit).collect();
    p.sort_by(f64::total_cmp);
    let n = p.len() as f64;
    let distance = p
        .iter()
        .enumerate()
        .map(|(k, u)| (u - k as f64 / n).abs().max(((k + 1) as f64 / n - u).abs()))
        .fold(0.0, f64::max);
    let x = (n.sqrt() + 0.12 + 0.11 / n.sqrt()) * distance;
    let chance = 2.0
        * (1..=100)
            .map(|k| {
                let k = f64::from(k);
                let sign = if k % 2.0 == 1.0 { 1.0 } else { -1.0 };
                sign * (-2.0 * k * k * x * x).exp()
            })
            .sum::<f64>();
    (distance, chance.clamp(0.0, 1.0))
}

/// Positions of the filter's own forecasts in what they predicted, 0–1.
pub fn positions(cases: &[Case]) -> Vec<f64> {
    cases
        .iter()
        .map(|c| normal_cdf((c.y - c.mean) / c.sd))
        .collect()
}

/// The whole record of the filter.
#[derive(Clone, Debug, Serialize)]
pub struct Record {
    /// Sample of all pairs.
    pub all: Vec<Row>,
    /// All pairs toward the hegemon.
    pub hegemon: Vec<Row>,
    /// The filter without reported events and tone: sample of all pairs.
    pub without_events: Vec<Row>,
    /// Common shocks of targets in years with at least three publics.
    pub shocks: usize,
    /// Their distance from uniform.
    pub shock_distance: f64,
    /// Chance of a larger distance if they were.
    pub shock_chance: f64,
}

/// Last years read by the fits, and the last origin each serves.
const ERAS: [(i32, i32); 4] = [(1989, 1999), (2000, 2005), (2006, 2011), (2012, 2100)];
/// Weight of the likelihood in those fits, which see too few years to find their own: what the whole
/// record gives (`params/posterior/trust_filter.toml`), rounded.
const TEMPER: f64 = 0.03;
/// One in so many pairs without polls is scored.
const SAMPLE: usize = 8;

/// Fits at four dates, forecasts from every year after.
pub fn rolling(
    panel: &Panel,
    hyper: &super::Hyper,
    hegemon: StateId,
) -> Result<Record, crate::ModelError> {
    let bare = panel.without(&[Kind::Events, Kind::Tone]);
    let (mut with, mut without, mut shocks) = (Vec::new(), Vec::new(), Vec::new());
    for (fitted, last) in ERAS {
        let options = super::FitOptions {
            width: false,
            temper: TEMPER,
            ..super::FitOptions::FULL
        };
        let known = super::fit(&panel.until(Year(fitted)), hyper, &options)?;
        let machine = Machine::new(&hyper.values(&known.mode(hyper))?);
        let range = (Year(fitted), Year(last));
        let (c, s) = cases(&machine, panel, SAMPLE, Some(hegemon), range);
        with.extend(c);
        shocks.extend(s);
        without.extend(cases(&machine, &bare, SAMPLE, Some(hegemon), range).0);
    }
    let (shock_distance, shock_chance) = uniformity(&shocks);
    Ok(Record {
        all: rows(&with, &|_| true),
        hegemon: rows(&with, &|c| c.held == hegemon),
        without_events: rows(&without, &|_| true),
        shocks: shocks.len(),
        shock_distance,
        shock_chance,
    })
}
