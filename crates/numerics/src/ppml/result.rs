//! What an estimation returns.

/// A coefficient.
#[derive(Clone, Debug, PartialEq)]
pub struct Estimate {
    /// Name of the regressor.
    pub name: String,
    /// Effect on the log of the outcome's mean.
    pub coefficient: f64,
    /// Its standard error.
    pub standard_error: f64,
}

impl Estimate {
    /// Coefficient over standard error.
    pub fn z(&self) -> f64 {
        self.coefficient / self.standard_error
    }

    /// Two-sided probability of a larger |z| under the standard normal.
    pub fn p_value(&self) -> f64 {
        2.0 * crate::special::normal_cdf(-self.z().abs())
    }
}

/// Why a row was left out.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Rule {
    /// A value is missing, or its weight is zero.
    Missing,
    /// It is the only row of a level, and singletons are dropped.
    Singleton,
    /// A fixed effect's level has no positive outcome.
    ZeroGroup,
    /// The iterative rectifier found it separated.
    Rectifier,
    /// Its fitted value ran to zero, and it was then proved separated.
    SmallMu,
}

/// A row that was left out.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct LeftOut {
    /// Row of the table, from zero.
    pub row: u32,
    /// Why.
    pub rule: Rule,
}

/// The rows left out before an estimation.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Omitted {
    /// By row.
    pub rows: Vec<LeftOut>,
    /// Whether the search for separated rows came to an end; else some may be missing.
    pub complete: bool,
}

/// A fixed effect as used.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct EffectInfo {
    /// Its columns joined by `^`.
    pub name: String,
    /// Levels left in the sample.
    pub levels: usize,
}

/// Work counters: they do not depend on machine or threads.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Work {
    /// Newton (IRLS) steps until convergence.
    pub iterations: usize,
    /// Steps after it that made sums exact.
    pub polish: usize,
    /// Halvings of steps.
    pub halvings: usize,
    /// Conjugate-gradient iterations of the steps.
    pub inner: usize,
    /// Conjugate-gradient iterations that partialled out regressors (several at once count once).
    pub inner_regressors: usize,
    /// Factorisations of the preconditioner.
    pub factorisations: usize,
    /// Rounds of the rectifier.
    pub rectifier: usize,
    /// Conjugate-gradient iterations of the rectifier.
    pub inner_rectifier: usize,
    pub(crate) inner_at_factor: usize,
}

/// State of iterations that did not converge.
#[derive(Clone, Debug, PartialEq)]
pub struct Progress {
    /// Steps done.
    pub iterations: usize,
    /// Conjugate-gradient iterations done.
    pub inner: usize,
    /// Deviance reached.
    pub deviance: f64,
    /// Relative change in the last step.
    pub deviance_change: f64,
    /// Largest relative error of a fitted sum.
    pub adding_up: f64,
    /// Names and coefficients reached.
    pub coefficient: Vec<(String, f64)>,
}

/// An estimate of a Poisson pseudo-maximum-likelihood model; it exists only when converged.
#[derive(Clone, Debug, PartialEq)]
pub struct Fit {
    /// Coefficients in the order of the formula, without those dropped.
    pub estimates: Vec<Estimate>,
    /// Covariance of the coefficients, row-major.
    pub covariance: Vec<f64>,
    /// Regressors dropped because effects and earlier regressors span them.
    pub collinear: Vec<String>,
    /// Rows of the table used, increasing.
    pub rows: Vec<u32>,
    /// Fitted mean of each used row.
    pub fitted: Vec<f64>,
    /// Rows left out and why, by row.
    pub left_out: Vec<LeftOut>,
    /// Whether the search for separated rows came to an end; else the small-μ rule alone guards.
    pub separation_complete: bool,
    /// Fixed effects.
    pub effects: Vec<EffectInfo>,
    /// Clusters of each way of clustering.
    pub clusters: Vec<usize>,
    /// Whether a negative eigenvalue of a multiway covariance was set to zero.
    pub covariance_repaired: bool,
    /// Deviance.
    pub deviance: f64,
    /// Relative change of the deviance in the last step before convergence.
    pub deviance_change: f64,
    /// Largest relative gap between a fitted sum and the data's over all levels of all effects.
    pub adding_up: f64,
    /// Work counters.
    pub work: Work,
    /// Three-way bias correction, if asked for.
    pub three_way: Option<ThreeWayCorrection>,
}

impl Fit {
    /// Estimate of a regressor by name.
    pub fn estimate(&self, name: &str) -> Option<&Estimate> {
        self.estimates.iter().find(|e| e.name == name)
    }

    /// Rows left out by a rule.
    pub fn left_out_by(&self, rule: Rule) -> impl Iterator<Item = u32> + '_ {
        let by_rule = self.left_out.iter().filter(move |l| l.rule == rule);
        by_rule.map(|l| l.row)
    }

    /// Rows left out as separated, increasing.
    pub fn separated(&self) -> Vec<u32> {
        let separated =
            |l: &&LeftOut| matches!(l.rule, Rule::ZeroGroup | Rule::Rectifier | Rule::SmallMu);
        self.left_out
            .iter()
            .filter(separated)
            .map(|l| l.row)
            .collect()
    }
}

/// Analytical correction of Weidner & Zylkin (2021).
#[derive(Clone, Debug, PartialEq)]
pub struct ThreeWayCorrection {
    /// Coefficients minus their estimated bias, with corrected standard errors clustered by pair; NaN
    /// where there are too many effects for exact leverages.
    pub estimates: Vec<Estimate>,
    /// Estimated bias of each coefficient.
    pub bias: Vec<f64>,
    /// Corrected covariance; NaN likewise.
    pub covariance: Vec<f64>,
    /// Whether there were few enough effects for exact leverages, so that errors are given.
    pub exact_leverage: bool,
}
