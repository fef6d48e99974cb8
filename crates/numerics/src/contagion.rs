//! Contagion of losses on a network of claims: DebtRank.
//!
//! Λ_ij is the part of i's capital that a total loss of its claims on j destroys, h the relative
//! loss of capital. A holder passes on what it newly loses (Bardoscia, Battiston, Caccioli &
//! Caldarelli 2015):
//!
//! ```text
//! h(t+1) = min(1, h(t) + Λ (h(t) − h(t−1))),   h(0) = 0
//! ```
//!
//! Without the bound at one the limit is `(I − Λ)⁻¹ h(1)`, and exists if and only if the spectral
//! radius of Λ is below one.

use crate::linalg::{Lu, PowerOptions, multiply, perron};
use crate::{NumericsError, Verdict, check_domain, check_len};

/// Losses in the end.
#[derive(Clone, Debug, PartialEq)]
pub struct Losses {
    /// Relative loss of capital of every holder.
    pub loss: Vec<f64>,
    /// Rounds until nothing new was lost; zero for the closed form.
    pub rounds: usize,
    /// Whether the rounds came to an end.
    pub verdict: Verdict,
}

/// Most rounds of the bounded form.
const MAX_ROUNDS: usize = 100_000;
/// Amplification above which the system counts as singular to working precision.
const LARGEST: f64 = 1e12;
/// New loss below which a round counts as the last.
const TOLERANCE: f64 = 1e-14;

fn check(exposure: &[f64], first: &[f64]) -> Result<(), NumericsError> {
    check_len("exposure", exposure.len(), first.len() * first.len())?;
    for v in exposure.iter().chain(first) {
        check_domain(
            v.is_finite() && *v >= 0.0,
            "exposure or first loss",
            *v,
            "finite, not negative",
        )?;
    }
    Ok(())
}

/// Spectral radius of the exposures, row-major n × n, non-negative.
pub fn spectral_radius(exposure: &[f64], n: usize) -> Result<f64, NumericsError> {
    let options = PowerOptions {
        max_products: 100_000,
        ..PowerOptions::default()
    };
    let p = perron(exposure, n, &options)?;
    if p.verdict.is_converged() {
        Ok(p.root.max(0.0))
    } else {
        Err(NumericsError::NotConverged {
            what: "spectral radius of exposures",
            residual: f64::NAN,
            iterations: options.max_products,
        })
    }
}

/// Losses without the bound at one: `(I − Λ)⁻¹ h(1)`. `exposure` is Λ, row-major. Refused where the
/// spectral radius is not below one: there the losses have no limit.
pub fn linear(exposure: &[f64], first: &[f64]) -> Result<Losses, NumericsError> {
    check(exposure, first)?;
    let n = first.len();
    let unlimited = |value| NumericsError::Domain {
        what: "spectral radius of exposures",
        value,
        must: "below 1",
    };
    let system = (0..n * n)
        .map(|k| f64::from(u8::from(k / n == k % n)) - exposure[k])
        .collect();
    let Ok(lu) = Lu::factor(system, n) else {
        return Err(unlimited(1.0));
    };
    // For Λ ≥ 0 the radius is below one if and only if x = 1 + Λx has a positive solution
    // (Collatz and Wielandt): no iteration decides the case.
    let mut x = vec![1.0; n];
    lu.solve(&mut x);
    if x.iter().any(|v| !(1.0 - 1e-9..=LARGEST).contains(v)) {
        return Err(unlimited(spectral_radius(exposure, n)?.max(1.0)));
    }
    let mut loss = first.to_vec();
    lu.solve(&mut loss);
    Ok(Losses {
        loss,
        rounds: 0,
        verdict: Verdict::Converged,
    })
}

/// Losses bounded at the whole capital of each holder. They grow and are bounded, so they settle
/// for every spectral radius.
pub fn bounded(exposure: &[f64], first: &[f64]) -> Result<Losses, NumericsError> {
    check(exposure, first)?;
    let mut loss: Vec<f64> = first.iter().map(|h| h.min(1.0)).collect();
    let mut new = loss.clone();
    let mut passed = vec![0.0; first.len()];
    for rounds in 1..=MAX_ROUNDS {
        multiply(exposure, &new, &mut passed);
        for ((h, d), p) in loss.iter_mut().zip(&mut new).zip(&passed) {
            let next = (*h + p).min(1.0);
            *d = next - *h;
            *h = next;
        }
        if new.iter().all(|d| *d <= TOLERANCE) {
            return Ok(Losses {
                loss,
                rounds,
                verdict: Verdict::Converged,
            });
        }
    }
    Ok(Losses {
        loss,
        rounds: MAX_ROUNDS,
        verdict: Verdict::OutOfIterations,
    })
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn ref_linear_debtrank_is_the_inverse_times_the_first_loss() {
        // A ring of two: h = (I − Λ)⁻¹ h(1) by hand, determinant 1 − .5·.4 = .8.
        let l = linear(&[0.0, 0.5, 0.4, 0.0], &[0.1, 0.2]).unwrap();
        assert!((l.loss[0] - (0.1 + 0.5 * 0.2) / 0.8).abs() < 1e-10);
        assert!((l.loss[1] - (0.2 + 0.4 * 0.1) / 0.8).abs() < 1e-10);
        // A chain ends after its length: 0 holds 1, 1 holds 2.
        let chain = [0.0, 0.6, 0.0, 0.0, 0.0, 0.5, 0.0, 0.0, 0.0];
        let c = linear(&chain, &[0.0, 0.0, 0.2]).unwrap();
        for (h, exact) in c.loss.iter().zip([0.06, 0.1, 0.2]) {
            assert!((h - exact).abs() < 1e-10);
        }
        // At and above a radius of one there is no limit.
        assert!(matches!(
            linear(&[0.0, 1.0, 1.0, 0.0], &[0.1, 0.0]),
            Err(NumericsError::Domain { .. })
        ));
        assert!(linear(&[0.0, 2.0, 0.6, 0.0], &[0.1, 0.0]).is_err());
        assert!(linear(&[0.0, 2.0, 0.4, 0.0], &[0.1, 0.0]).is_ok());
    }

    #[test]
    fn prop_a_large_radius_takes_everything_and_stops() {
        let b = bounded(&[0.0, 1.0, 1.0, 0.0], &[0.1, 0.0]).unwrap();
        assert!(b.verdict.is_converged());
        assert!(b.loss.iter().all(|h| (h - 1.0).abs() < 1e-12));
        assert!(bounded(&[0.0, -0.1, 0.0, 0.0], &[0.1, 0.0]).is_err());
    }

    proptest! {
        #[test]
        fn prop_forms_agree_while_nobody_is_ruined(
            m in prop::collection::vec(0.0f64..0.18, 25),
            first in prop::collection::vec(0.0f64..0.02, 5),
        ) {
            let l = linear(&m, &first).unwrap();
            let b = bounded(&m, &first).unwrap();
            for i in 0..5 {
                // The fixed point, independently of how it was found.
                let again: f64 = first[i] + (0..5).map(|j| m[i * 5 + j] * l.loss[j]).sum::<f64>();
                prop_assert!((l.loss[i] - again).abs() < 1e-10);
                prop_assert!(b.loss[i] <= l.loss[i] + 1e-10 && b.loss[i] >= first[i]);
                if l.loss.iter().all(|h| *h < 1.0) {
                    prop_assert!((l.loss[i] - b.loss[i]).abs() < 1e-10);
                }
            }
        }

        #[test]
        fn prop_losses_are_bounded_and_monotone(
            m in prop::collection::vec(0.0f64..0.9, 25),
            first in prop::collection::vec(0.0f64..0.5, 5),
            more in 0.0f64..0.5,
        ) {
            let a = bounded(&m, &first).unwrap();
            let raised: Vec<f64> = first.iter().map(|h| h + more).collect();
            let b = bounded(&m, &raised).unwrap();
            for (x, y) in a.loss.iter().zip(&b.loss) {
                prop_assert!(*x <= *y + 1e-12 && *y <= 1.0);
            }
        }
    }
}
