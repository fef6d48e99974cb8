//! What to estimate and how exactly.

use super::error::PpmlError;
use super::formula::{Formula, parse_columns};

/// A specification: the formula and the columns that are not in it.
#[derive(Clone, Debug, PartialEq)]
pub struct Spec {
    /// Outcome, regressors, fixed effects.
    pub formula: Formula,
    /// Column added to the linear predictor with coefficient one.
    pub offset: Option<String>,
    /// Column of positive weights of the rows.
    pub weights: Option<String>,
    /// Clusters of the standard errors, each a combination of columns; none: robust to
    /// heteroskedasticity only.
    pub clusters: Vec<Vec<String>>,
    /// Panel for `lag` and `lead`; none: read off effects of the form `a^t + b^t + a^b`.
    pub panel: Option<Panel>,
    /// Correction of Weidner & Zylkin (2021) for three-way effects.
    pub three_way: Option<ThreeWay>,
}

/// Unit and time of a panel.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Panel {
    /// Columns that together name the unit.
    pub unit: Vec<String>,
    /// Column of the time.
    pub time: String,
}

/// The columns behind exporter-time, importer-time and pair effects.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ThreeWay {
    /// Column of the exporter.
    pub exporter: String,
    /// Column of the importer.
    pub importer: String,
    /// Column of the time.
    pub time: String,
}

impl Spec {
    /// Reads a formula; everything else is off.
    pub fn parse(formula: &str) -> Result<Self, PpmlError> {
        Ok(Self {
            formula: Formula::parse(formula)?,
            offset: None,
            weights: None,
            clusters: Vec::new(),
            panel: None,
            three_way: None,
        })
    }

    /// With standard errors clustered by a combination of columns such as `exp^imp`; several calls
    /// cluster several ways.
    pub fn cluster(mut self, columns: &str) -> Result<Self, PpmlError> {
        self.clusters.push(parse_columns(columns)?);
        Ok(self)
    }
}

/// How the number of clusters enters with several ways of clustering.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ClusterFactor {
    /// One factor G/(G−1) with the least number of clusters (the default, as in fixest).
    Smallest,
    /// Each part with its own number (Cameron, Gelbach & Miller 2011).
    Each,
}

/// Which separated rows are looked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Separation {
    /// Levels of a fixed effect with no positive outcome.
    pub zero_groups: bool,
    /// The iterative rectifier (Correia, Guimarães & Zylkin 2019).
    pub rectifier: bool,
    /// Rows whose fitted value runs to zero, if the rectifier is off or came to no end: they are
    /// left out when a combination of regressors and effects proves them separated.
    pub small_mu: bool,
}

/// Tolerances and choices.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Options {
    /// Relative change of the deviance that ends the iterations. Default 1e-10.
    pub tolerance: f64,
    /// Most steps. Default 200.
    pub max_iterations: usize,
    /// Relative error of fitted sums that the last steps aim at. Default 1e-13.
    pub adding_up_tolerance: f64,
    /// Tolerance of the regressors' last projection, which decides the precision of standard
    /// errors. Default 1e-8.
    pub regressor_tolerance: f64,
    /// A regressor is dropped when effects and earlier regressors leave less than this share of
    /// its norm. Default 1e-6.
    pub collinear_tolerance: f64,
    /// Which separated rows are looked for. Default all.
    pub separation: Separation,
    /// Whether levels with a single row are dropped. Default no: they do not move coefficients.
    pub drop_singletons: bool,
    /// Small-sample factor with several ways of clustering. Default the smallest.
    pub cluster_factor: ClusterFactor,
    /// Most exporter-time and importer-time effects for which the three-way correction gives standard
    /// errors (their leverages need a dense inverse of that size). Default 2000.
    pub exact_leverage_levels: usize,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            tolerance: 1e-10,
            max_iterations: 200,
            adding_up_tolerance: 1e-13,
            regressor_tolerance: 1e-8,
            collinear_tolerance: 1e-6,
            separation: Separation {
                zero_groups: true,
                rectifier: true,
                small_mu: true,
            },
            drop_singletons: false,
            cluster_factor: ClusterFactor::Smallest,
            exact_leverage_levels: 2000,
        }
    }
}
