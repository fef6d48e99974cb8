//! What the hazards of ties depend on: one list for estimation and simulation.

use std::sync::LazyLock;

use super::ties::Ties;

/// Names of the covariates, in order; each is a coefficient `<layer>_<direction>_<name>`.
pub const NAMES: [&str; COUNT] = [
    "base",
    "distance",
    "contiguity",
    "affinity_distance",
    "rivalry",
    "capability",
    "asymmetry",
    "democracy",
    "common_allies",
    "other_tie",
];

/// Number of covariates.
pub const COUNT: usize = 10;
/// Number of covariates of endings: those of formation and `partners`, ln(1 + allies
/// of the one with more).
pub const ENDING_COUNT: usize = COUNT + 1;
/// Name of the covariate that only endings have.
pub const PARTNERS: &str = "partners";
/// Number of covariates that no tie changes; they stand first.
pub const STATIC: usize = 8;

// The reference pair, at which every covariate but `base` is zero. Only the meaning of `base`
// depends on it. Logarithms of about 4,900 km and of two states with a thousandth of world
// capability each.
const REFERENCE_LOG_KM: f64 = 8.5;
const REFERENCE_LOG_CAPABILITY: f64 = -14.0;
const REFERENCE_ASYMMETRY: f64 = 2.0;
const REFERENCE_IDEAL_DISTANCE: f64 = 1.0;
const REFERENCE_POLYARCHY: f64 = 0.4;
const REFERENCE_LOG_PARTNERS: f64 = 2.4;
/// Capability below which the index says nothing about the size of a state.
const SMALLEST_CINC: f64 = 1e-6;

/// What a state brings to a pair.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Profile {
    /// Composite index of national capability; NaN where unknown.
    pub cinc: f64,
    /// Polyarchy 0–1; NaN where unknown.
    pub polyarchy: f64,
    /// Ideal point in UN votes; NaN where unknown.
    pub ideal_point: f64,
}

/// Covariates of a pair that ties do not change, in the order of [`NAMES`].
///
/// `base` 1; `distance` ln km; `contiguity` 0/1; `affinity_distance` distance of ideal points;
/// `rivalry` 0/1; `capability` ln of the product of CINC; `asymmetry` |ln of the ratio of CINC|;
/// `democracy` the smaller polyarchy. All but 0/1 are measured from a reference pair, which also
/// stands in for what is not known.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct PairCovariates(pub [f64; STATIC]);

impl PairCovariates {
    /// Covariates of the pair of `a` and `b`.
    pub fn new(a: &Profile, b: &Profile, distance_km: f64, touches: bool, rivals: bool) -> Self {
        let known = |x: f64| if x.is_finite() { x } else { 0.0 };
        let (ca, cb) = (
            a.cinc.max(SMALLEST_CINC).ln(),
            b.cinc.max(SMALLEST_CINC).ln(),
        );
        let (ca, cb) = if a.cinc.is_nan() || b.cinc.is_nan() {
            (f64::NAN, f64::NAN)
        } else {
            (ca, cb)
        };
        Self([
            1.0,
            known(distance_km.max(1.0).ln() - REFERENCE_LOG_KM),
            f64::from(u8::from(touches)),
            known((a.ideal_point - b.ideal_point).abs() - REFERENCE_IDEAL_DISTANCE),
            f64::from(u8::from(rivals)),
            known(ca + cb - REFERENCE_LOG_CAPABILITY),
            known((ca - cb).abs() - REFERENCE_ASYMMETRY),
            known(if a.polyarchy.is_nan() || b.polyarchy.is_nan() {
                f64::NAN
            } else {
                a.polyarchy.min(b.polyarchy) - REFERENCE_POLYARCHY
            }),
        ])
    }

    /// Linear predictor of the static part.
    pub fn dot(&self, coefficients: &[f64]) -> f64 {
        self.0.iter().zip(coefficients).map(|(x, b)| x * b).sum()
    }
}

/// ln(1 + k) of the counts that occur.
static LOG_COUNTS: LazyLock<[f64; 256]> =
    LazyLock::new(|| std::array::from_fn(|k| (k as f64).ln_1p()));

/// ln(1 + number).
fn log_count(number: usize) -> f64 {
    let known = LOG_COUNTS.get(number).copied();
    known.unwrap_or_else(|| (number as f64).ln_1p())
}

/// Common allies as they enter: ln(1 + number).
pub fn common_allies(shared: usize) -> f64 {
    log_count(shared)
}

/// The covariate that only endings have: ln(1 + allies of the one with more), from the reference.
pub fn partners(pacts: &Ties, i: usize, j: usize) -> f64 {
    partners_of(pacts.degree(i).max(pacts.degree(j)))
}

/// [`partners`] from the number of allies of the one with more.
pub(super) fn partners_of(most: usize) -> f64 {
    log_count(most) - REFERENCE_LOG_PARTNERS
}

/// All covariates of a pair, in the order of [`NAMES`].
pub fn all(pair: &PairCovariates, shared: usize, other_tie: bool) -> [f64; COUNT] {
    let mut x = [0.0; COUNT];
    x[..STATIC].copy_from_slice(&pair.0);
    x[STATIC] = common_allies(shared);
    x[STATIC + 1] = f64::from(u8::from(other_tie));
    x
}
