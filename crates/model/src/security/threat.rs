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

use realign_numerics::special::logistic;

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

/// The covariate `quiet`: ln(1 + years since the last dispute with a display of force), at most
/// twenty; `None` for pairs without one.
pub fn quiet_log(years: Option<i32>) -> f64 {
    let years = years.map_or(LONGEST_QUIET_YEARS, |y| y.clamp(0, LONGEST_QUIET_YEARS));
    f64::from(years).ln_1p()
}

/// A pair that may come to blows.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Dangerous {
    /// First state.
    pub i: u16,
    /// Second state, larger.
    pub j: u16,
    /// Log odds of a dispute with use of force in a year, without a pact, at the asymmetry of the
    /// start.
    pub log_odds: f64,
    /// ln of the ratio of capability of the first to the second at the start; zero where unknown.
    pub ratio_log: f64,
}

/// Probability of use of force in a year, `gap` years after the record of disputes ended with so many
/// quiet years: each year in between either brought a dispute, by the same logit, or was quiet.
fn since_the_record(log_odds: f64, slope: f64, quiet: usize, gap: i32) -> f64 {
    let last = LONGEST_QUIET_YEARS as usize;
    let p: Vec<f64> = (0..=last)
        .map(|q| logistic(log_odds + slope * (q as f64).ln_1p()))
        .collect();
    let mut chance = vec![0.0; last + 1];
    chance[quiet.min(last)] = 1.0;
    for _ in 0..gap {
        let mut next = vec![0.0; last + 1];
        for (q, m) in chance.iter().enumerate() {
            next[0] += m * p[q];
            next[(q + 1).min(last)] += m * (1.0 - p[q]);
        }
        chance = next;
    }
    chance.iter().zip(&p).map(|(m, p)| m * p).sum()
}

/// Pairs whose probability at the start is not negligible, sorted.
pub(super) fn dangerous(fixed: &Fixed, c: &Coefficients) -> Vec<Dangerous> {
    let mut list = Vec::new();
    for pair in &fixed.pairs {
        let fixed_part = pair.covariates.dot(&c.dispute);
        let known = fixed_part + c.dispute[QUIET] * pair.quiet_log;
        if known < 0.0 && known.exp() < NEGLIGIBLE {
            continue;
        }
        let allied = fixed.pacts.has(usize::from(pair.i), usize::from(pair.j));
        let pact = if allied { c.dispute[ALLIED] } else { 0.0 };
        let quiet = pair.quiet_log.exp_m1().round() as usize;
        let slope = c.dispute[QUIET];
        let p = since_the_record(fixed_part + pact, slope, quiet, fixed.record_gap_years);
        let log_odds = (p / (1.0 - p)).ln() - pact;
        let (a, b) = (
            fixed.cinc[usize::from(pair.i)],
            fixed.cinc[usize::from(pair.j)],
        );
        list.push(Dangerous {
            i: pair.i,
            j: pair.j,
            log_odds,
            ratio_log: if a > 0.0 && b > 0.0 {
                (a / b).ln()
            } else {
                0.0
            },
        });
    }
    list
}

/// Yearly probability of a fatal dispute of a pair, given pacts and the log of strength since the
/// start.
pub fn fatal_dispute(
    c: &Coefficients,
    pair: &Dangerous,
    pacts: &Ties,
    log_strength: &[f64],
) -> f64 {
    let (i, j) = (usize::from(pair.i), usize::from(pair.j));
    let moved = (pair.ratio_log + log_strength[i] - log_strength[j]).abs() - pair.ratio_log.abs();
    let allied = f64::from(u8::from(pacts.has(i, j)));
    let odds = pair.log_odds + c.dispute[ASYMMETRY] * moved + c.dispute[ALLIED] * allied;
    c.dispute_fatal_share * logistic(odds)
}

/// Probability of a fatal dispute a year with anybody, by state.
pub(super) fn fatal_disputes(
    c: &Coefficients,
    pairs: &[Dangerous],
    pacts: &Ties,
    log_strength: &[f64],
) -> Vec<f64> {
    let mut peace = vec![1.0; log_strength.len()];
    for pair in pairs {
        let q = fatal_dispute(c, pair, pacts, log_strength);
        peace[usize::from(pair.i)] *= 1.0 - q;
        peace[usize::from(pair.j)] *= 1.0 - q;
    }
    peace.into_iter().map(|p| 1.0 - p).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ref_years_after_the_record() {
        let (base, slope) = (-0.7, -1.6);
        let p = |q: f64| logistic(base + slope * q.ln_1p());
        assert!((since_the_record(base, slope, 3, 0) - p(3.0)).abs() < 1e-15);
        // One year on: a dispute, or one more quiet year.
        let one = p(3.0) * p(0.0) + (1.0 - p(3.0)) * p(4.0);
        assert!((since_the_record(base, slope, 3, 1) - one).abs() < 1e-15);
        // What was last known fades: a pair that fought and one that did not come closer.
        let apart =
            |gap| since_the_record(base, slope, 0, gap) / since_the_record(base, slope, 9, gap);
        assert!(apart(0) > apart(5) && apart(5) > apart(11) && apart(60) < 1.01);
    }
}
