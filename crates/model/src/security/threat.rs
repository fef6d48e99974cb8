//! Threat: the probability of a fatal dispute by pair, from a liberal-realist logit (MODEL.md §3.3;
//! Oneal & Russett 2001), estimated on the atlas.
//!
//! ```text
//! logit Pr(force_ij) = β'x_ij,   x: distance, border, distance of ideal points, rivalry, size,
//!                      asymmetry, smaller polyarchy, defence pact, ln(1 + quiet years)
//! q_ij = share of such disputes that kill · Pr(force_ij)
//! P_i  = 1 − Π_j (1 − q_ij)
//! ```
//!
//! Along a path the pact and the asymmetry change, everything else is as at the start.

use realign_numerics::special::exp;

use super::Coefficients;
use super::covariates::STATIC;
use super::fixed::Fixed;
use super::ties::Ties;

/// Names of the covariates, in order: those of ties that no tie changes, and two more.
pub const NAMES: [&str; COUNT] = [
    "base",
    "distance",
    "contiguity",
    "affinity_distance",
    "rivalry",
    "capability",
    "asymmetry",
    "democracy",
    "allied",
    "quiet",
];
/// Number of covariates.
pub const COUNT: usize = STATIC + 2;
const ASYMMETRY: usize = 6;
const ALLIED: usize = STATIC;
const QUIET: usize = STATIC + 1;

/// Quiet beyond so many years counts no more.
const LONGEST_QUIET_YEARS: i32 = 20;
/// Yearly probability below which a pair is left out of the sum: a few in a hundred of the whole.
const NEGLIGIBLE: f64 = 2e-5;

/// Quiet years as they count: since the last dispute with a display of force, at most twenty;
/// `None` for pairs without one.
pub fn quiet_years(years: Option<i32>) -> u8 {
    years.map_or(LONGEST_QUIET_YEARS, |y| y.clamp(0, LONGEST_QUIET_YEARS)) as u8
}

/// The covariate `quiet`: ln(1 + [`quiet_years`]).
pub fn quiet_log(years: Option<i32>) -> f64 {
    f64::from(quiet_years(years)).ln_1p()
}

/// A pair that may come to blows.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Dangerous {
    /// First state.
    pub i: u16,
    /// Second state, larger.
    pub j: u16,
    /// Odds of a dispute with use of force in a year, without a pact, at the asymmetry of the
    /// start.
    pub odds: f64,
    /// ln of the ratio of capability of the first to the second at the start; zero where unknown.
    pub ratio_log: f64,
}

const QUIETS: usize = LONGEST_QUIET_YEARS as usize + 1;

/// Log odds of a dispute after 0, 1, … quiet years less those after none.
fn by_quiet_years(slope: f64) -> [f64; QUIETS] {
    std::array::from_fn(|q| slope * (q as f64).ln_1p())
}

/// Probability of use of force in a year, `gap` years after the record of disputes ended with so many
/// quiet years: each year in between either brought a dispute, by the same logit, or was quiet.
/// `odds` are those without quiet years.
fn since_the_record(odds: f64, by_quiet: &[f64; QUIETS], quiet: usize, gap: i32) -> f64 {
    let last = QUIETS - 1;
    let gap = gap.max(0) as usize;
    let force = |q: usize| odds * by_quiet[q] / (1.0 + odds * by_quiet[q]);
    // Only the years that can be reached are needed.
    let mut p = [0.0; QUIETS];
    for q in (0..=gap.min(last)).chain(quiet.min(last)..=(quiet + gap).min(last)) {
        p[q] = force(q);
    }
    // Mass that has seen no dispute since the record, with its quiet years; and mass that has, by
    // years of quiet since the last one.
    let (mut never, mut age) = (1.0, quiet.min(last));
    let mut since = [0.0; QUIETS];
    let expected = |since: &[f64], never: f64, age: usize| {
        never * p[age] + since.iter().zip(&p).map(|(m, p)| m * p).sum::<f64>()
    };
    for year in 0..gap {
        let occupied = year.min(QUIETS);
        let dispute = expected(&since[..occupied], never, age);
        let longest = since[last] * (1.0 - p[last]);
        for q in (1..=occupied.min(last)).rev() {
            since[q] = since[q - 1] * (1.0 - p[q - 1]);
        }
        since[last] += longest;
        since[0] = dispute;
        never *= 1.0 - p[age];
        age = (age + 1).min(last);
    }
    expected(&since[..gap.min(QUIETS)], never, age)
}

/// Pairs whose probability at the start is not negligible, sorted.
pub(super) fn dangerous(fixed: &Fixed, c: &Coefficients) -> Vec<Dangerous> {
    let mut list = Vec::with_capacity(fixed.pairs.len());
    let slope = c.dispute[QUIET];
    let log_by_quiet = by_quiet_years(slope);
    let by_quiet = log_by_quiet.map(exp);
    let negligible = NEGLIGIBLE.ln();
    let capability: Vec<f64> = fixed.cinc.iter().map(|c| c.ln()).collect();
    let pact = [1.0, exp(c.dispute[ALLIED])];
    for pair in &fixed.pairs {
        let fixed_part = pair.covariates.dot(&c.dispute);
        let years = usize::from(pair.quiet_years);
        if fixed_part + log_by_quiet[years] < negligible {
            continue;
        }
        let (i, j) = (usize::from(pair.i), usize::from(pair.j));
        let pact = pact[usize::from(fixed.pacts.has(i, j))];
        let odds = exp(fixed_part) * pact;
        let p = since_the_record(odds, &by_quiet, years, fixed.record_gap_years);
        let ratio = capability[i] - capability[j];
        list.push(Dangerous {
            i: pair.i,
            j: pair.j,
            odds: p / (1.0 - p) / pact,
            ratio_log: if ratio.is_finite() { ratio } else { 0.0 },
        });
    }
    list
}

/// What moves the odds of all pairs at one date: pacts, and the log of strength since the start.
struct Moves<'a> {
    pacts: &'a Ties,
    log_strength: &'a [f64],
    /// e^{βx} of each state's log strength x, and its inverse: what it does to the odds of a pair
    /// while the stronger stays the stronger.
    factor: Vec<(f64, f64)>,
    slope: f64,
    allied: f64,
}

impl<'a> Moves<'a> {
    fn new(c: &Coefficients, pacts: &'a Ties, log_strength: &'a [f64]) -> Self {
        let slope = c.dispute[ASYMMETRY];
        let factor = |x: &f64| (exp(slope * x), exp(-slope * x));
        Self {
            pacts,
            log_strength,
            factor: log_strength.iter().map(factor).collect(),
            slope,
            allied: exp(c.dispute[ALLIED]),
        }
    }

    /// Yearly probability of use of force of a pair.
    fn force(&self, pair: &Dangerous) -> f64 {
        let (i, j) = (usize::from(pair.i), usize::from(pair.j));
        let ratio = pair.ratio_log + self.log_strength[i] - self.log_strength[j];
        let moved = if pair.ratio_log > 0.0 && ratio >= 0.0 {
            self.factor[i].0 * self.factor[j].1
        } else if pair.ratio_log < 0.0 && ratio <= 0.0 {
            self.factor[i].1 * self.factor[j].0
        } else {
            exp(self.slope * (ratio.abs() - pair.ratio_log.abs()))
        };
        let pact = if self.pacts.has(i, j) {
            self.allied
        } else {
            1.0
        };
        let odds = pair.odds * moved * pact;
        odds / (1.0 + odds)
    }
}

/// Each pair with its yearly probability of a fatal dispute, given pacts and the log of strength
/// since the start.
pub fn fatal_dispute_of_each<'a>(
    c: &'a Coefficients,
    pairs: &'a [Dangerous],
    pacts: &'a Ties,
    log_strength: &'a [f64],
) -> impl Iterator<Item = (&'a Dangerous, f64)> {
    let moves = Moves::new(c, pacts, log_strength);
    let q = move |pair| (pair, c.dispute_fatal_share * moves.force(pair));
    pairs.iter().map(q)
}

/// Probability of a fatal dispute a year with anybody, by state.
pub(super) fn fatal_disputes(
    c: &Coefficients,
    pairs: &[Dangerous],
    pacts: &Ties,
    log_strength: &[f64],
) -> Vec<f64> {
    let mut peace = vec![1.0; log_strength.len()];
    for (pair, q) in fatal_dispute_of_each(c, pairs, pacts, log_strength) {
        peace[usize::from(pair.i)] *= 1.0 - q;
        peace[usize::from(pair.j)] *= 1.0 - q;
    }
    peace.into_iter().map(|p| 1.0 - p).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use realign_numerics::special::logistic;

    #[test]
    fn ref_years_after_the_record() {
        let (base, slope): (f64, f64) = (-0.7, -1.6);
        let p = |q: f64| logistic(base + slope * q.ln_1p());
        let after =
            |quiet, gap| since_the_record(base.exp(), &by_quiet_years(slope).map(exp), quiet, gap);
        assert!((after(3, 0) - p(3.0)).abs() < 1e-15);
        // One year on: a dispute, or one more quiet year.
        let one = p(3.0) * p(0.0) + (1.0 - p(3.0)) * p(4.0);
        assert!((after(3, 1) - one).abs() < 1e-15);
        // What was last known fades: a pair that fought and one that did not come closer.
        let apart = |gap| after(0, gap) / after(9, gap);
        assert!(apart(0) > apart(5) && apart(5) > apart(11) && apart(60) < 1.01);
    }
}
