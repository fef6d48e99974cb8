//! What comes out of an episode.

use realign_model::params::Kept;
use realign_numerics::stats;
use serde::Serialize;

use super::control::Gap;
use super::file::Sign;
use crate::{Predictive, Scale};

/// Effect, in standard deviations of the series' own variation, below which it is none.
const SILENCE: f64 = 0.01;

/// A distribution by its quantiles, published unit.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct Spread {
    /// 5 %.
    pub q05: f64,
    /// 25 %.
    pub q25: f64,
    /// Median; of a tie, the chance that it is in force.
    pub q50: f64,
    /// 75 %.
    pub q75: f64,
    /// 95 %.
    pub q95: f64,
}

impl Spread {
    pub(super) fn of(p: &Predictive, scale: Scale) -> Self {
        let q = |at: f64| scale.back(p.quantile(at));
        Self {
            q05: q(0.05),
            q25: q(0.25),
            q50: q(0.5),
            q75: q(0.75),
            q95: q(0.95),
        }
    }

    pub(super) fn chance(p: f64) -> Self {
        Self {
            q05: p,
            q25: p,
            q50: p,
            q75: p,
            q95: p,
        }
    }
}

/// Paired difference of the arms, shock less quiet, on the scale of the quantity.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct Effect {
    /// Median over draws; of a tie, the mean.
    pub median: f64,
    /// 5 %.
    pub q05: f64,
    /// 95 %.
    pub q95: f64,
    /// Share of draws with the sign of the median.
    pub same_sign: f64,
}

impl Effect {
    pub(super) fn of(draws: &[f64]) -> Option<Self> {
        Self::with(draws, |s| stats::quantile_sorted(s, 0.5))
    }

    pub(super) fn mean_of(draws: &[f64]) -> Option<Self> {
        Self::with(draws, stats::mean)
    }

    fn with(draws: &[f64], centre: impl Fn(&[f64]) -> f64) -> Option<Self> {
        let finite: Vec<f64> = draws.iter().copied().filter(|v| v.is_finite()).collect();
        if finite.is_empty() {
            return None;
        }
        let sorted = stats::sorted(&finite);
        let median = centre(&sorted);
        let same = finite.iter().filter(|v| **v * median > 0.0).count();
        Some(Self {
            median,
            q05: stats::quantile_sorted(&sorted, 0.05),
            q95: stats::quantile_sorted(&sorted, 0.95),
            same_sign: same as f64 / finite.len() as f64,
        })
    }

    /// Whether the model says that nothing moves: less than a hundredth of `spread`, the standard
    /// deviation of what the series used to do over the same time.
    pub fn is_silent(&self, spread: f64) -> bool {
        self.median == 0.0 || self.median.abs() < SILENCE * spread
    }
}

/// How the model's effect stands beside the gap.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Verdict {
    /// Same direction as a gap beyond the 95 % band of the comparison series.
    Hit,
    /// Other direction than such a gap.
    Miss,
    /// Same direction as a gap within the band: chance can do that.
    WeakHit,
    /// Other direction than a gap within the band.
    WeakMiss,
    /// A quantity that should not move, and the model does not move it by more than 5 %.
    QuietAsItShould,
    /// A quantity that should not move, and the model moves it.
    FalseAlarm,
    /// A tie that did not change, while the model gives a chance to it.
    NothingHappened,
    /// The model says that nothing moves.
    Silent,
    /// The model moves it, and no comparison can be made.
    NoTruth,
    /// The model has no answer.
    NoAnswer,
}

impl Verdict {
    /// In words.
    pub fn words(self) -> &'static str {
        match self {
            Self::Hit => "hit",
            Self::Miss => "miss",
            Self::WeakHit => "weak hit",
            Self::WeakMiss => "weak miss",
            Self::QuietAsItShould => "placebo held",
            Self::FalseAlarm => "placebo failed",
            Self::NothingHappened => "nothing happened",
            Self::Silent => "silent",
            Self::NoTruth => "no truth",
            Self::NoAnswer => "no answer",
        }
    }
}

/// One observable in one year.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Row {
    /// Quantity.
    pub quantity: String,
    /// In words.
    pub title: String,
    /// Domain that answers; `None` where none does.
    pub domain: Option<String>,
    /// Unit as published.
    pub unit: String,
    /// ISO3 code of the state or of the first of a pair.
    pub entity: Option<String>,
    /// ISO3 code of the other state.
    pub partner: Option<String>,
    /// Item.
    pub item: Option<String>,
    /// Mark of the file.
    pub tag: Option<String>,
    /// Target year.
    pub year: i32,
    /// Newest year and value that were public at the origin.
    pub known: Option<(i32, f64)>,
    /// What happened; `None` where the atlas does not know.
    pub observed: Option<f64>,
    /// Without the acts.
    pub quiet: Option<Spread>,
    /// With the acts.
    pub shock: Option<Spread>,
    /// Nothing changes, with the variation the series had before.
    pub persistence: Option<Spread>,
    /// CRPS of shock arm, quiet arm and persistence on the scale of the quantity; of ties, Brier.
    pub crps: Option<[f64; 3]>,
    /// Standard deviation of what the series used to do over the same time, on the scale; of ties 1.
    pub variation: Option<f64>,
    /// Effect of the acts by the model, on the scale.
    pub effect: Option<Effect>,
    /// Effect by comparison with what the acts were not aimed at, on the scale.
    pub gap: Option<Gap>,
    /// Direction written down beforehand.
    pub expected: Option<Sign>,
    /// Whether it should not move.
    pub placebo: bool,
    /// How model and truth stand.
    pub verdict: Verdict,
    /// Why there is no answer.
    pub no_answer: Option<String>,
}

/// An episode, run and judged.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct EpisodeResult {
    /// Name.
    pub name: String,
    /// Title.
    pub title: String,
    /// Origin.
    pub origin: i32,
    /// ISO3 code of the hegemon.
    pub hegemon: String,
    /// Draws of each arm.
    pub draws: usize,
    /// Paths that failed.
    pub failed_paths: usize,
    /// Tables of goods trade: the one that is forecast from, the one that judges.
    pub goods_tables: (String, String),
    /// Parameters estimated on what was known.
    pub estimated: Vec<String>,
    /// Parameters that keep their prior because too little was known.
    pub kept: Vec<Kept>,
    /// What the model had to do without.
    pub notes: Vec<String>,
    /// Whether a shuffled future left the predictions bit for bit the same; `None` when not run.
    pub guard_held: Option<bool>,
    /// Share of draws in which distrust would grow by itself (R > 1) at the origin.
    pub chance_of_spiral: f64,
    /// Median of R at the origin.
    pub growth_median: f64,
    /// Observables by year, in the order of the file.
    pub rows: Vec<Row>,
}

impl EpisodeResult {
    /// The last year of each observable that has an outcome, or its last year.
    pub fn last_rows(&self) -> Vec<&Row> {
        let key = |r: &Row| {
            (
                r.quantity.clone(),
                r.entity.clone(),
                r.partner.clone(),
                r.item.clone(),
                r.tag.clone(),
            )
        };
        let mut out: Vec<&Row> = Vec::new();
        for r in &self.rows {
            match out.last() {
                Some(l) if key(l) == key(r) => {
                    if r.observed.is_some() || l.observed.is_none() {
                        let end = out.len() - 1;
                        out[end] = r;
                    }
                }
                _ => out.push(r),
            }
        }
        out
    }

    /// Observables whose gap has the direction that was written down, and all with a direction other
    /// than `none` and a gap; by the last year of each.
    pub fn written_signs(&self) -> (usize, usize) {
        let rows = self.last_rows();
        let told = rows.iter().filter_map(|r| {
            let expected = r.expected.filter(|e| *e != Sign::None)?;
            Some(expected == Sign::of(r.gap.as_ref()?.value))
        });
        told.fold((0, 0), |(met, all), hit| (met + usize::from(hit), all + 1))
    }

    /// Number of observables with a verdict, by the last year of each.
    pub fn count(&self, verdict: Verdict) -> usize {
        let rows = self.last_rows();
        rows.iter().filter(|r| r.verdict == verdict).count()
    }
}
