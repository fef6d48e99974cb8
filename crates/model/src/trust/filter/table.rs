//! Scores of the filter and of baselines that learn from the same past.

use std::collections::BTreeMap;

use realign_atlas::Year;
use realign_numerics::stats::{crps_normal, log_score_normal};
use serde::Serialize;

use super::panel::Kind;
use super::scores::Case;

/// Half of the 90 % interval of a standard normal.
const NINETY: f64 = 1.644_853_626_951_472_2;
/// Outcomes a baseline needs before its spread is used.
const LEAST_OUTCOMES: f64 = 30.0;

/// Scores of one forecaster on one source and horizon.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Row {
    /// Source.
    pub source: &'static str,
    /// Years ahead.
    pub horizon: i32,
    /// `filter` or a baseline.
    pub forecaster: &'static str,
    /// Forecasts.
    pub forecasts: usize,
    /// Root of the mean squared error over that of the last value.
    pub relative_rmse: f64,
    /// Mean continuous ranked probability score, unit of the source.
    pub crps: f64,
    /// Mean log score.
    pub log_score: f64,
    /// Gain in log score of the filter over this forecaster, a forecast, with the standard error
    /// over origins.
    pub filter_gain: f64,
    /// Its standard error.
    pub filter_gain_se: f64,
    /// Share of outcomes inside the 90 % interval.
    pub coverage: f64,
    /// Weight of the filter in the mixture of it and this forecaster with the best log score.
    pub filter_weight: f64,
}

/// Forecasters compared.
const FORECASTERS: usize = 5;
const NAMES: [&str; FORECASTERS] = [
    "filter",
    "last value",
    "weighted mean",
    "own mean, common return",
    "Beta-Bernoulli belief",
];

#[derive(Clone, Copy, Default)]
struct Sums {
    n: f64,
    square: f64,
    crps: f64,
    log: f64,
    inside: f64,
}

/// Scores of all forecasters on the cases that `keep` picks.
pub fn rows(cases: &[Case], keep: &dyn Fn(&Case) -> bool) -> Vec<Row> {
    let mut groups: BTreeMap<(Kind, i32), Vec<&Case>> = BTreeMap::new();
    for c in cases {
        groups.entry((c.kind, c.horizon)).or_default().push(c);
    }
    let mut out = Vec::new();
    for ((kind, horizon), mut group) in groups {
        group.sort_by_key(|c| c.origin);
        let mut sums = [Sums::default(); FORECASTERS];
        let mut densities: Vec<[f64; FORECASTERS]> = Vec::new();
        let mut gains: BTreeMap<Year, ([f64; FORECASTERS], f64)> = BTreeMap::new();
        // What the past says, from outcomes known at the origin.
        let mut learned = Learned::default();
        let mut known = 0;
        for c in &group {
            while known < group.len() && group[known].origin + horizon <= c.origin {
                learned.add(group[known]);
                known += 1;
            }
            if learned.count < LEAST_OUTCOMES || !keep(c) {
                continue;
            }
            let forecasts = [
                (c.mean, c.sd),
                learned.last(c),
                learned.smooth(c),
                learned.returning(c),
                learned.believing(c),
            ];
            let mut logs = [0.0; FORECASTERS];
            for (k, (m, s)) in forecasts.iter().enumerate() {
                let e = c.y - m;
                logs[k] = log_score_normal(*m, *s, c.y);
                sums[k].n += 1.0;
                sums[k].square += e * e;
                sums[k].crps += crps_normal(*m, *s, c.y);
                sums[k].log += logs[k];
                sums[k].inside += f64::from(e.abs() <= NINETY * s);
            }
            let g = gains.entry(c.origin).or_default();
            for k in 0..FORECASTERS {
                g.0[k] += logs[0] - logs[k];
            }
            g.1 += 1.0;
            densities.push(logs);
        }
        if sums[0].n == 0.0 {
            continue;
        }
        for (k, s) in sums.iter().enumerate() {
            let total: f64 = gains.values().map(|g| g.0[k]).sum();
            let gain = total / s.n;
            // Jackknife over origins.
            let m = gains.len() as f64;
            let left: Vec<f64> = gains
                .values()
                .map(|g| (total - g.0[k]) / (s.n - g.1).max(1.0))
                .collect();
            let centre = left.iter().sum::<f64>() / m;
            let square: f64 = left.iter().map(|v| (v - centre).powi(2)).sum();
            out.push(Row {
                source: kind.name(),
                horizon,
                forecaster: NAMES[k],
                forecasts: s.n as usize,
                relative_rmse: (s.square / sums[1].square).sqrt(),
                crps: s.crps / s.n,
                log_score: s.log / s.n,
                filter_gain: gain,
                filter_gain_se: ((m - 1.0) / m * square).sqrt(),
                coverage: s.inside / s.n,
                filter_weight: stack(&densities, k),
            });
        }
    }
    out
}

/// Weight of the first forecaster in the mixture with the k-th that has the best log score, by the
/// EM algorithm; one for the first itself.
fn stack(logs: &[[f64; FORECASTERS]], k: usize) -> f64 {
    if k == 0 {
        return 1.0;
    }
    let mut w = 0.5;
    for _ in 0..200 {
        let sum: f64 = logs
            .iter()
            .map(|l| w / (w + (1.0 - w) * (l[k] - l[0]).clamp(-500.0, 500.0).exp()))
            .sum();
        let next = sum / logs.len() as f64;
        if (next - w).abs() < 1e-6 {
            return next;
        }
        w = next;
    }
    w
}

/// Running sums over outcomes.
#[derive(Clone, Copy, Debug, Default)]
struct Learned {
    count: f64,
    walk: f64,
    smooth: [f64; 4],
    belief: [f64; 8],
    away: f64,
    cross: f64,
    outcome: f64,
}

impl Learned {
    fn add(&mut self, c: &Case) {
        self.count += 1.0;
        self.walk += (c.y - c.last).powi(2);
        for (s, m) in self.smooth.iter_mut().zip(c.smooth) {
            *s += (c.y - m).powi(2);
        }
        for (s, m) in self.belief.iter_mut().zip(c.belief) {
            *s += (c.y - m).powi(2);
        }
        let (x, y) = (c.last - c.own_mean, c.y - c.own_mean);
        self.away += x * x;
        self.cross += x * y;
        self.outcome += y * y;
    }

    fn last(&self, c: &Case) -> (f64, f64) {
        (c.last, (self.walk / self.count).sqrt().max(1e-6))
    }

    fn smooth(&self, c: &Case) -> (f64, f64) {
        let best = (0..4)
            .min_by(|a, b| self.smooth[*a].total_cmp(&self.smooth[*b]))
            .unwrap_or(0);
        (
            c.smooth[best],
            (self.smooth[best] / self.count).sqrt().max(1e-6),
        )
    }

    fn believing(&self, c: &Case) -> (f64, f64) {
        let best = (0..8)
            .min_by(|a, b| self.belief[*a].total_cmp(&self.belief[*b]))
            .unwrap_or(0);
        (
            c.belief[best],
            (self.belief[best] / self.count).sqrt().max(1e-6),
        )
    }

    fn returning(&self, c: &Case) -> (f64, f64) {
        let rho = if self.away > 0.0 {
            self.cross / self.away
        } else {
            0.0
        };
        let square = self.outcome - rho * self.cross;
        (
            c.own_mean + rho * (c.last - c.own_mean),
            (square / self.count).max(1e-12).sqrt(),
        )
    }
}
