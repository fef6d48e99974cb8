//! Histories: one pair's path with interval and what moved it, rankings toward one state, and
//! whether the filter's forecasts have the spread they claim.

use realign_atlas::{StateId, Year};
use realign_numerics::state_space::{Belief, Update, smooth};

use super::panel::{FIRST, Kind, Panel, Seen, Target};
use super::run::{Machine, PARTS, Reputation, TRUST, Watch, YearEnd};

/// One year of a path.
#[derive(Clone, Debug, PartialEq)]
pub struct Point {
    /// The year.
    pub year: Year,
    /// Trust given everything to the end of this year, SD.
    pub filtered: f64,
    /// Its standard deviation.
    pub filtered_sd: f64,
    /// Trust given the whole record, SD.
    pub smoothed: f64,
    /// Its standard deviation.
    pub smoothed_sd: f64,
    /// Part of the smoothed value that all share: reputation.
    pub reputation: f64,
    /// Slow part of the pair's own trust, smoothed.
    pub slow: f64,
    /// Fast part of the pair's own trust, smoothed.
    pub fast: f64,
    /// Change of the filtered value since the year before with nothing observed: return to means.
    pub fading: f64,
    /// What the pair's own observations added, by source in the order of [`Kind::ALL`].
    pub own: [f64; 4],
    /// What the observations of all pairs added through the reputation of the target, by source.
    pub shared: [f64; 4],
    /// Sources observed for the pair itself.
    pub seen: [bool; 4],
}

impl Point {
    /// What one source added, by both ways.
    pub fn by(&self, kind: Kind) -> f64 {
        self.own[kind as usize] + self.shared[kind as usize]
    }
}

/// The history of one pair.
#[derive(Clone, Debug, PartialEq)]
pub struct Path {
    /// Who trusts.
    pub holder: StateId,
    /// Who is trusted.
    pub held: StateId,
    /// Year by year from the first in which both states exist.
    pub points: Vec<Point>,
}

/// Histories of one target: reputation and any pair.
#[derive(Clone, Debug)]
pub struct Histories {
    /// Filtered reputation by year: before and after the observations.
    pub reputation: Vec<(Reputation, Reputation)>,
    /// Where each year's common shift stood in what was predicted, with its information.
    pub pit: Vec<(f64, f64)>,
    /// Normalised squared innovations: sum and count by source.
    pub nis: [(f64, f64); 4],
    records: Vec<Vec<Record>>,
}

/// What is kept of one pair and year.
#[derive(Clone, Debug)]
struct Record {
    predicted: Belief<PARTS>,
    filtered: Belief<PARTS>,
    active: bool,
    own: [f64; 4],
    shared: [f64; 4],
    seen: [bool; 4],
}

struct Recorder {
    out: Histories,
    /// (pair, kind, gain of trust, innovation, slope) of the year.
    updates: Vec<(usize, usize, f64, f64, f64)>,
}

impl Watch for Recorder {
    fn predicted(&mut self, _: usize, pairs: &[Belief<PARTS>], _: Reputation) {
        self.updates.clear();
        self.out.records.push(
            pairs
                .iter()
                .map(|b| Record {
                    predicted: *b,
                    filtered: *b,
                    active: false,
                    own: [0.0; 4],
                    shared: [0.0; 4],
                    seen: [false; 4],
                })
                .collect(),
        );
    }

    fn observed(&mut self, _: usize, s: &Seen, u: &Update<PARTS>, shared: Reputation) {
        let k = s.kind as usize;
        let total = u.variance + u.slope * u.slope * shared.variance;
        self.out.nis[k].0 += u.innovation * u.innovation / total;
        self.out.nis[k].1 += 1.0;
        let gain = (0..PARTS).map(|i| TRUST[i] * u.gain[i]).sum();
        self.updates
            .push((usize::from(s.pair), k, gain, u.innovation, u.slope));
    }

    fn ended(&mut self, end: &YearEnd<'_>) {
        let shift = end.after.mean - end.before.mean;
        let score: f64 = end.scores.iter().sum();
        let records = self.out.records.last_mut().map_or(&mut [][..], |r| r);
        for (p, r) in records.iter_mut().enumerate() {
            r.filtered = end.pairs[p];
            r.active = end.active[p];
            let lean: f64 = (0..PARTS).map(|i| TRUST[i] * r.predicted.lean[i]).sum();
            if score.abs() > 0.0 {
                for k in 0..4 {
                    r.shared[k] = shift * (1.0 + lean) * end.scores[k] / score;
                }
            }
        }
        for (p, k, gain, innovation, slope) in &self.updates {
            records[*p].own[*k] += gain * (innovation - slope * shift);
            records[*p].seen[*k] = true;
        }
        self.out.reputation.push((end.before, end.after));
        self.out.pit.push((end.pit, end.information));
    }
}

/// Runs the filter on one target and keeps everything.
pub fn history(machine: &Machine, panel: &Panel, target: &Target) -> Histories {
    let mut watch = Recorder {
        out: Histories {
            reputation: Vec::new(),
            pit: Vec::new(),
            nis: [(0.0, 0.0); 4],
            records: Vec::new(),
        },
        updates: Vec::new(),
    };
    let mut likelihood = vec![0.0; panel.years()];
    machine.run(panel, target, &mut likelihood, &mut watch);
    watch.out
}

/// Components and reputation together.
const JOINT: usize = PARTS + 1;

fn joint(b: &Belief<PARTS>, r: &Reputation) -> ([f64; JOINT], [[f64; JOINT]; JOINT]) {
    let mut mean = [0.0; JOINT];
    let mut covariance = [[0.0; JOINT]; JOINT];
    for i in 0..PARTS {
        mean[i] = b.mean[i];
        for j in 0..PARTS {
            covariance[i][j] = b.covariance[i][j] + b.lean[i] * b.lean[j] * r.variance;
        }
        covariance[i][PARTS] = b.lean[i] * r.variance;
        covariance[PARTS][i] = covariance[i][PARTS];
    }
    mean[PARTS] = r.mean;
    covariance[PARTS][PARTS] = r.variance;
    (mean, covariance)
}

impl Histories {
    /// The path of the pair at a position of the target.
    pub fn path(&self, machine: &Machine, panel: &Panel, target: &Target, position: usize) -> Path {
        let years = self.records.len();
        let begin = target.pairs[position].1.min(years);
        let mut trust = [0.0; JOINT];
        trust[..PARTS].copy_from_slice(&TRUST);
        trust[PARTS] = 1.0;
        let spread = |p: &[[f64; JOINT]; JOINT]| -> f64 {
            let mut v = 0.0;
            for i in 0..JOINT {
                for j in 0..JOINT {
                    v += trust[i] * trust[j] * p[i][j];
                }
            }
            v.max(0.0).sqrt()
        };
        let filtered: Vec<_> = (begin..years)
            .map(|t| joint(&self.records[t][position].filtered, &self.reputation[t].1))
            .collect();
        let mut smoothed = filtered.clone();
        for t in (begin..years.saturating_sub(1)).rev() {
            let k = t - begin;
            let step = machine.transition(panel, target, t + 1);
            let mut phi = [0.0; JOINT];
            let mut q = [0.0; JOINT];
            phi[..PARTS].copy_from_slice(&step.phi);
            q[..PARTS].copy_from_slice(&step.q);
            phi[PARTS] = step.phi_shared;
            let (_, now) = self.reputation[t];
            let (before, _) = self.reputation[t + 1];
            q[PARTS] = (before.variance - step.phi_shared.powi(2) * now.variance).max(1e-12);
            // The public's part is constant: a trace of innovation keeps the step regular.
            q[PARTS - 1] = q[PARTS - 1].max(1e-9);
            let mut predicted = [0.0; JOINT];
            for i in 0..PARTS {
                predicted[i] = step.phi[i] * filtered[k].0[i];
            }
            predicted[PARTS] = before.mean;
            let (mean, covariance) = (&filtered[k].0, &filtered[k].1);
            let (next_mean, next_covariance) = (smoothed[k + 1].0, smoothed[k + 1].1);
            if let Some(s) = smooth(
                mean,
                covariance,
                &predicted,
                &phi,
                &q,
                &next_mean,
                &next_covariance,
            ) {
                smoothed[k] = s;
            }
        }
        // From here on in SD of trust over pairs.
        let unit = machine.values().unit();
        let spread = |p: &[[f64; JOINT]; JOINT]| spread(p) / unit;
        let dot = |m: &[f64; JOINT]| (0..JOINT).map(|i| trust[i] * m[i]).sum::<f64>() / unit;
        let points = (begin..years)
            .map(|t| {
                let k = t - begin;
                let r = &self.records[t][position];
                let predicted = (r.predicted.dot(&TRUST) + self.reputation[t].0.mean) / unit;
                let last = if k == 0 { 0.0 } else { dot(&filtered[k - 1].0) };
                Point {
                    year: FIRST + t as i32,
                    filtered: dot(&filtered[k].0),
                    filtered_sd: spread(&filtered[k].1),
                    smoothed: dot(&smoothed[k].0),
                    smoothed_sd: spread(&smoothed[k].1),
                    reputation: smoothed[k].0[PARTS] / unit,
                    slow: smoothed[k].0[0] / unit,
                    fast: smoothed[k].0[1] / unit,
                    fading: predicted - last,
                    own: r.own.map(|v| v / unit),
                    shared: r.shared.map(|v| v / unit),
                    seen: r.seen,
                }
            })
            .collect();
        Path {
            holder: target.pairs[position].0,
            held: target.state,
            points,
        }
    }
}

/// Trust of one state in the target at the end of the record.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Standing {
    /// Who trusts.
    pub holder: StateId,
    /// Filtered trust, SD.
    pub trust: f64,
    /// Its standard deviation.
    pub sd: f64,
    /// Change since `since`, both given the whole record, SD.
    pub change: f64,
    /// Number of own observations since then.
    pub observations: usize,
}

/// All holders' trust in the target at the end, highest first, and the change since a year.
pub fn standings(machine: &Machine, panel: &Panel, target: &Target, since: Year) -> Vec<Standing> {
    let all = history(machine, panel, target);
    let mut out: Vec<Standing> = (0..target.pairs.len())
        .filter_map(|p| {
            let path = all.path(machine, panel, target, p);
            let last = path.points.last()?;
            let then = path.points.iter().find(|x| x.year >= since)?;
            let observations = path
                .points
                .iter()
                .filter(|x| x.year > since)
                .map(|x| x.seen.iter().filter(|s| **s).count())
                .sum();
            Some(Standing {
                holder: path.holder,
                trust: last.filtered,
                sd: last.filtered_sd,
                change: last.smoothed - then.smoothed,
                observations,
            })
        })
        .collect();
    out.sort_by(|a, b| b.trust.total_cmp(&a.trust).then(a.holder.cmp(&b.holder)));
    out
}

/// Whether forecasts have the spread they claim: normalised innovations squared by source.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Consistency {
    /// Sum of squared innovations over their variances, and count, by source.
    pub nis: [(f64, f64); 4],
}

impl Consistency {
    /// Over all targets.
    pub fn of(machine: &Machine, panel: &Panel) -> Self {
        struct Only([(f64, f64); 4]);
        impl Watch for Only {
            fn observed(&mut self, _: usize, s: &Seen, u: &Update<PARTS>, shared: Reputation) {
                let n = &mut self.0[s.kind as usize];
                n.0 += u.innovation * u.innovation
                    / (u.variance + u.slope * u.slope * shared.variance);
                n.1 += 1.0;
            }
        }
        let mut watch = Only([(0.0, 0.0); 4]);
        let mut likelihood = vec![0.0; panel.years()];
        for t in &panel.targets {
            machine.run(panel, t, &mut likelihood, &mut watch);
        }
        Self { nis: watch.0 }
    }

    /// Mean of a source; 1 where forecasts are as wide as their errors; `None` unobserved.
    pub fn mean(&self, kind: Kind) -> Option<f64> {
        let (sum, count) = self.nis[kind as usize];
        (count > 0.0).then(|| sum / count)
    }

    /// Plain advice on one source.
    pub fn advice(&self, kind: Kind) -> String {
        let name = kind.name();
        match self.mean(kind) {
            None => format!("{name}: nothing observed"),
            Some(m) if m > 1.25 => format!(
                "{name}: errors are {:.0} % larger than claimed; its noise or the innovations of trust are too small",
                100.0 * (m.sqrt() - 1.0)
            ),
            Some(m) if m < 0.8 => format!(
                "{name}: errors are {:.0} % smaller than claimed; intervals are wider than need be",
                100.0 * (1.0 - m.sqrt())
            ),
            Some(m) => format!("{name}: errors are as large as claimed (ratio {m:.2})"),
        }
    }
}
