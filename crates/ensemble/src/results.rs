//! What came out of a run: one row of values per arm, draw and year, and what failed.

use realign_atlas::{StateId, Year};
use realign_model::indicator::{Layout, Scope};
use realign_numerics::stats;
use serde::{Deserialize, Serialize};

use crate::{Arm, EnsembleError};

/// Why a path gave no result. It is kept, flagged and counted, never dropped.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Failure {
    /// Position of the arm.
    pub arm: usize,
    /// Draw number.
    pub draw: usize,
    /// Year in which it failed.
    #[serde(with = "year_number")]
    pub year: Year,
    /// What failed.
    pub reason: String,
}

/// Results of a paired run. Immutable once assembled.
#[derive(Clone, Debug)]
pub struct Results {
    layout: Layout,
    arms: Vec<Arm>,
    years: Vec<Year>,
    draws: usize,
    /// Rows of each path, path `arm·draws + draw`, values \[year\]\[slot\]; NaN where there is no
    /// estimate or the path failed.
    values: Vec<Vec<f32>>,
    failures: Vec<Failure>,
    paths: usize,
}

/// A distribution over draws.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Summary {
    /// Mean.
    pub mean: f64,
    /// Monte-Carlo standard error of the mean.
    pub se: f64,
    /// Quantiles 5, 25, 50, 75 and 95 %.
    pub q: [f64; 5],
    /// Draws with an estimate.
    pub draws: usize,
    /// Share of draws above zero.
    pub above_zero: f64,
    /// Share of draws below zero.
    pub below_zero: f64,
    /// Share of the variance that comes from what is not known of the parameters, the rest being
    /// chance; NaN unless every draw of the parameters has several draws of chance.
    pub parameter_share: f64,
}

impl Summary {
    /// Of a sample; `None` without finite values.
    pub fn of(sample: &[f64]) -> Option<Self> {
        let mut finite: Vec<f64> = sample.iter().copied().filter(|v| v.is_finite()).collect();
        if finite.is_empty() {
            return None;
        }
        finite.sort_by(f64::total_cmp);
        let n = finite.len() as f64;
        let mean = finite.iter().sum::<f64>() / n;
        let var = finite.iter().map(|v| (v - mean).powi(2)).sum::<f64>() / (n - 1.0).max(1.0);
        let q = [0.05, 0.25, 0.5, 0.75, 0.95].map(|p| stats::quantile_sorted(&finite, p));
        Some(Self {
            mean,
            se: (var / n).sqrt(),
            q,
            draws: finite.len(),
            above_zero: finite.iter().filter(|v| **v > 0.0).count() as f64 / n,
            below_zero: finite.iter().filter(|v| **v < 0.0).count() as f64 / n,
            parameter_share: f64::NAN,
        })
    }

    /// Of a nested sample, in which groups of `chance_draws` share their parameter values: the
    /// standard error is that of the group means, and the variance is split.
    pub fn grouped(sample: &[f64], chance_draws: usize) -> Option<Self> {
        let mut out = Self::of(sample)?;
        if chance_draws > 1
            && let Some(split) = stats::variance_split(sample, chance_draws)
        {
            out.se = split.se_of_mean;
            out.parameter_share = split.between / (split.between + split.within);
        }
        Some(out)
    }

    /// Median.
    pub fn median(&self) -> f64 {
        self.q[2]
    }

    /// Whether the 90 % interval includes zero.
    pub fn spans_zero(&self) -> bool {
        self.q[0] <= 0.0 && self.q[4] >= 0.0
    }
}

impl Results {
    pub(crate) fn new(
        layout: Layout,
        arms: Vec<Arm>,
        years: Vec<Year>,
        draws: usize,
        values: Vec<Vec<f32>>,
        failures: Vec<Failure>,
        paths: usize,
    ) -> Self {
        Self {
            layout,
            arms,
            years,
            draws,
            values,
            failures,
            paths,
        }
    }

    /// Paths that were walked: draws times arms, less the draws that an arm leaves out.
    pub fn paths(&self) -> usize {
        self.paths
    }

    /// Where each indicator stands.
    pub fn layout(&self) -> &Layout {
        &self.layout
    }

    /// The arms.
    pub fn arms(&self) -> &[Arm] {
        &self.arms
    }

    /// Position of an arm.
    pub fn arm(&self, id: &str) -> Option<usize> {
        self.arms.iter().position(|a| a.id == id)
    }

    /// The recorded years, the start first.
    pub fn years(&self) -> &[Year] {
        &self.years
    }

    /// Number of draws.
    pub fn draws(&self) -> usize {
        self.draws
    }

    /// Paths without a result.
    pub fn failures(&self) -> &[Failure] {
        &self.failures
    }

    /// Position of an indicator, with a list of what there is when unknown.
    pub fn indicator(&self, id: &str) -> Result<usize, EnsembleError> {
        self.layout
            .position(id)
            .ok_or_else(|| EnsembleError::UnknownIndicator {
                id: id.to_owned(),
                known: self
                    .layout
                    .indicators()
                    .iter()
                    .map(|i| i.id.clone())
                    .collect(),
            })
    }

    fn value(&self, arm: usize, draw: usize, year: usize, slot: usize) -> f64 {
        f64::from(self.values[arm * self.draws + draw][year * self.layout.width() + slot])
    }

    /// One value per draw; NaN where there is no estimate.
    pub fn sample(
        &self,
        arm: usize,
        indicator: usize,
        state: Option<StateId>,
        year: usize,
    ) -> Vec<f64> {
        let slot = self.layout.slot(indicator, state);
        (0..self.draws)
            .map(|d| self.value(arm, d, year, slot))
            .collect()
    }

    /// Paired differences, first arm minus second, one per draw.
    pub fn difference(
        &self,
        arms: (usize, usize),
        indicator: usize,
        state: Option<StateId>,
        year: usize,
    ) -> Vec<f64> {
        let slot = self.layout.slot(indicator, state);
        (0..self.draws)
            .map(|d| self.value(arms.0, d, year, slot) - self.value(arms.1, d, year, slot))
            .collect()
    }

    /// Mean over `states` within each draw; states without an estimate are left out of the mean.
    pub fn sample_mean(
        &self,
        arm: usize,
        indicator: usize,
        states: &[StateId],
        year: usize,
    ) -> Vec<f64> {
        (0..self.draws)
            .map(|d| {
                let (mut sum, mut count) = (0.0, 0);
                for s in states {
                    let v = self.value(arm, d, year, self.layout.slot(indicator, Some(*s)));
                    if v.is_finite() {
                        sum += v;
                        count += 1;
                    }
                }
                if count == 0 {
                    f64::NAN
                } else {
                    sum / f64::from(count)
                }
            })
            .collect()
    }

    /// Every (indicator, state) there is a value for, in the order of the layout.
    pub fn cells(&self) -> impl Iterator<Item = (usize, Option<StateId>)> + '_ {
        self.layout
            .indicators()
            .iter()
            .enumerate()
            .flat_map(move |(k, i)| {
                let states = if i.scope == Scope::World {
                    1
                } else {
                    self.layout.n()
                };
                (0..states)
                    .map(move |s| (k, (i.scope == Scope::State).then(|| StateId::from_index(s))))
            })
    }
}

/// Years as plain numbers in files.
mod year_number {
    use realign_atlas::Year;
    use serde::{Deserialize, Deserializer, Serializer};

    #[allow(clippy::trivially_copy_pass_by_ref)] // shaped for serde
    pub fn serialize<S: Serializer>(year: &Year, s: S) -> Result<S::Ok, S::Error> {
        s.serialize_i32(year.0)
    }

    pub fn deserialize<'de, D: Deserializer<'de>>(d: D) -> Result<Year, D::Error> {
        i32::deserialize(d).map(Year)
    }
}
