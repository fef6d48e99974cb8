//! The evidence row: one indicator, its interval and everything that stands behind it. Sentences,
//! marks and tables all print from rows, so a number can be said in one way only.

use serde::{Serialize, Serializer};

/// Key of an evidence row, such as `E04`.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
pub struct RowId(pub String);

/// Key of a source, such as `S07`.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
pub struct SourceId(pub String);

/// Key of a parameter as in `params/`, such as `trust.kappa`.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
pub struct ParameterId(pub String);

macro_rules! key {
    ($t:ty) => {
        impl From<&str> for $t {
            fn from(s: &str) -> Self {
                Self(s.to_owned())
            }
        }
        impl From<String> for $t {
            fn from(s: String) -> Self {
                Self(s)
            }
        }
        impl AsRef<str> for $t {
            fn as_ref(&self) -> &str {
                &self.0
            }
        }
        impl std::fmt::Display for $t {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str(&self.0)
            }
        }
    };
}
key!(RowId);
key!(SourceId);
key!(ParameterId);

/// What a number rests on.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Basis {
    /// Measured (●).
    Observed,
    /// Estimated from data (◐).
    Estimated,
    /// Mainly assumption: tag P carries more than half of the variance (○).
    Assumed,
}

impl Basis {
    /// Its sign in text.
    pub fn glyph(self) -> &'static str {
        match self {
            Self::Observed => "●",
            Self::Estimated => "◐",
            Self::Assumed => "○",
        }
    }

    /// Its name in words.
    pub fn words(self) -> &'static str {
        match self {
            Self::Observed => "observed",
            Self::Estimated => "estimated from data",
            Self::Assumed => "rests mainly on assumption",
        }
    }
}

/// The unit of a row. Values are stored as they are printed (`12.5` with [`Unit::Percent`] prints
/// "12.5 %"), except [`Unit::Chance`], which is a fraction of the draws from 0 to 1.
#[derive(Clone, Debug, PartialEq)]
pub enum Unit {
    /// Standard deviations of the scale that the indicator defines.
    Sd,
    /// Per cent.
    Percent,
    /// Percentage points.
    Points,
    /// Fraction of draws in which an event happens; printed "00 in 100".
    Chance,
    /// A multiple; printed with `×` in front.
    Times,
    /// A number of years.
    Years,
    /// A calendar year.
    Year,
    /// Whole things; the noun stands in tables only ("aircraft").
    Count(String),
    /// A pure number on a scale that the label explains ("0 to 1").
    Index(String),
    /// Any other symbol, printed behind the number ("bn USD", "km").
    Other(String),
}

impl Unit {
    /// The unit in a table or an axis.
    pub fn name(&self) -> &str {
        match self {
            Self::Sd => "SD",
            Self::Percent => "%",
            Self::Points => "points",
            Self::Chance => "draws in 100",
            Self::Times => "multiple",
            Self::Years => "years",
            Self::Year => "calendar year",
            Self::Count(s) | Self::Index(s) | Self::Other(s) => s,
        }
    }
}

impl Serialize for Unit {
    fn serialize<S: Serializer>(&self, s: S) -> Result<S::Ok, S::Error> {
        s.serialize_str(self.name())
    }
}

/// Quantiles over the draws, in the unit of the row.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct Spread {
    /// 5 % quantile.
    pub q05: f64,
    /// 25 % quantile.
    pub q25: f64,
    /// Median.
    pub q50: f64,
    /// 75 % quantile.
    pub q75: f64,
    /// 95 % quantile.
    pub q95: f64,
}

impl Spread {
    /// From draws, by linear interpolation between order statistics; `None` without finite draws.
    pub fn of(draws: &[f64]) -> Option<Self> {
        let mut x: Vec<f64> = draws.iter().copied().filter(|v| v.is_finite()).collect();
        if x.is_empty() {
            return None;
        }
        x.sort_by(f64::total_cmp);
        let q = |p: f64| {
            let k = p * (x.len() - 1) as f64;
            let (i, t) = (k.floor() as usize, k.fract());
            x[i] + t * (x[(i + 1).min(x.len() - 1)] - x[i])
        };
        Some(Self {
            q05: q(0.05),
            q25: q(0.25),
            q50: q(0.5),
            q75: q(0.75),
            q95: q(0.95),
        })
    }

    /// Whether the quantiles are finite and in order.
    pub fn ordered(&self) -> bool {
        let q = [self.q05, self.q25, self.q50, self.q75, self.q95];
        q.iter().all(|v| v.is_finite()) && q.windows(2).all(|w| w[0] <= w[1])
    }

    /// Whether the 90 % interval includes `x`.
    pub fn includes(&self, x: f64) -> bool {
        self.q05 <= x && x <= self.q95
    }

    /// The quantiles in rising order.
    pub fn quantiles(&self) -> [f64; 5] {
        [self.q05, self.q25, self.q50, self.q75, self.q95]
    }
}

/// How a block did on years it had not seen, against "nothing changes".
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Verdict {
    /// Better beyond doubt.
    ClearlyBetter,
    /// Better.
    Better,
    /// Slightly better.
    SlightlyBetter,
    /// No better.
    NoBetter,
    /// Worse.
    Worse,
    /// Too few cases, or none yet.
    NotScored,
}

impl Verdict {
    /// The verdict in the words of every brief.
    pub fn words(self) -> &'static str {
        match self {
            Self::ClearlyBetter => "clearly better than “nothing changes”",
            Self::Better => "better than “nothing changes”",
            Self::SlightlyBetter => "slightly better than “nothing changes”",
            Self::NoBetter => "no better than “nothing changes”",
            Self::Worse => "worse than “nothing changes”",
            Self::NotScored => "could not be scored",
        }
    }
}

/// The back-test of the block that a row comes from.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Record {
    /// Part and horizon, such as "Trust, three years ahead".
    pub scope: String,
    /// How it did.
    pub verdict: Verdict,
}

/// One indicator with its interval, year, basis, parameters, sources and record.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct EvidenceRow {
    /// Key, unique in the document.
    pub id: RowId,
    /// Id of the indicator in the model's list, such as `trust.gap`.
    pub indicator: String,
    /// What it is, in words, so that the row stands alone.
    pub label: String,
    /// The number that sentences print: the median over draws, the share of draws for
    /// [`Unit::Chance`], the datum for an observed row.
    pub estimate: f64,
    /// Quantiles over draws; `None` only for an observed row.
    pub spread: Option<Spread>,
    /// Unit of `estimate` and `spread`.
    pub unit: Unit,
    /// Year that it refers to.
    pub year: Option<i32>,
    /// State, group or pair that it refers to.
    pub entity: String,
    /// Draws that it was computed from; 0 for an observed row.
    pub draws: u32,
    /// What it rests on.
    pub basis: Basis,
    /// Parameters that carry it.
    pub parameters: Vec<ParameterId>,
    /// Where its data come from.
    pub sources: Vec<SourceId>,
    /// Back-test of the block.
    pub record: Record,
    /// Qualification, may be empty.
    pub note: String,
}

impl EvidenceRow {
    /// Whether the 90 % interval leaves out `x` (0 for gaps, 1 for multiples); an observed row
    /// without interval leaves out everything but itself.
    pub fn excludes(&self, x: f64) -> bool {
        self.spread.map_or(self.estimate != x, |s| !s.includes(x))
    }
}
