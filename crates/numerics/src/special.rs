//! Special functions: normal distribution, incomplete gamma and beta.

use std::f64::consts::{PI, SQRT_2};

/// Density of the standard normal.
pub fn normal_pdf(x: f64) -> f64 {
    (-0.5 * x * x).exp() / (2.0 * PI).sqrt()
}

/// Distribution function of the standard normal, accurate in both tails.
pub fn normal_cdf(x: f64) -> f64 {
    0.5 * libm::erfc(-x / SQRT_2)
}

/// Exponential, with a relative error below 5e-16, the same on every machine: eˣ = 2ᵏ eʳ with
/// |r| ≤ ½ ln 2, and eʳ by its series. Several times faster than a call of the library.
#[inline]
pub fn exp(x: f64) -> f64 {
    // Within these eˣ is neither zero, nor subnormal, nor infinite.
    const REACH: f64 = 708.0;
    const LN2_HIGH: f64 = 6.931_471_803_691_238e-1;
    const LN2_LOW: f64 = 1.908_214_929_270_587_7e-10;
    // Added and taken off again it rounds to a whole number, which stands in its lowest bits.
    const ROUNDER: f64 = 6_755_399_441_055_744.0;
    const BIAS: u64 = 1023;
    if x.is_nan() || x.abs() > REACH {
        return x.exp();
    }
    let shifted = x * std::f64::consts::LOG2_E + ROUNDER;
    let k = shifted - ROUNDER;
    let r = (x - k * LN2_HIGH) - k * LN2_LOW;
    let scale = f64::from_bits(shifted.to_bits().wrapping_add(BIAS) << 52);
    // 1/2!, 1/3!, …, 1/13!, in pairs so that little waits for what comes before.
    let (r2, pair) = (r * r, |a: f64, b: f64| a + b * r);
    let r4 = r2 * r2;
    let low = pair(1.0 / 2.0, 1.0 / 6.0) + r2 * pair(1.0 / 24.0, 1.0 / 120.0);
    let middle = pair(1.0 / 720.0, 1.0 / 5_040.0) + r2 * pair(1.0 / 40_320.0, 1.0 / 362_880.0);
    let high = pair(1.0 / 3_628_800.0, 1.0 / 39_916_800.0)
        + r2 * pair(1.0 / 479_001_600.0, 1.0 / 6_227_020_800.0);
    let tail = r2 * (low + r4 * (middle + r4 * high));
    scale * (1.0 + (r + tail))
}

/// ln(1 + x). Near zero, where most odds lie, by its series.
#[inline]
pub fn ln_1p(x: f64) -> f64 {
    const NEAR: f64 = 1.0 / 64.0;
    if x.is_nan() || x.abs() > NEAR {
        return x.ln_1p();
    }
    // x − x²/2 + … + x⁹/9: the first term left out is below 1e-16 of the sum.
    let x2 = x * x;
    let low = (1.0 / 2.0 - x / 3.0) + x2 * (1.0 / 4.0 - x / 5.0);
    let high = (1.0 / 6.0 - x / 7.0) + x2 * (1.0 / 8.0 - x / 9.0);
    x - x2 * (low + x2 * x2 * high)
}

/// Logistic function, without overflow.
#[inline]
pub fn logistic(x: f64) -> f64 {
    let e = exp(-x.abs());
    let small = e / (1.0 + e);
    if x >= 0.0 { 1.0 / (1.0 + e) } else { small }
}

/// Log-odds of a probability in (0, 1).
pub fn log_odds(p: f64) -> f64 {
    p.ln() - (-p).ln_1p()
}

/// ln(1 + eˣ), without overflow.
pub fn softplus(x: f64) -> f64 {
    x.max(0.0) + (-x.abs()).exp().ln_1p()
}

/// ln Γ(x) for x > 0.
pub fn ln_gamma(x: f64) -> f64 {
    libm::lgamma(x)
}

/// Regularised lower incomplete gamma function P(a, x), a > 0: the gamma(a, 1) distribution.
pub fn gamma_p(a: f64, x: f64) -> f64 {
    if x <= 0.0 {
        return 0.0;
    }
    let front = (a * x.ln() - x - ln_gamma(a)).exp();
    if x < a + 1.0 {
        // Power series.
        let (mut term, mut sum, mut k) = (1.0 / a, 1.0 / a, a);
        for _ in 0..10_000 {
            k += 1.0;
            term *= x / k;
            sum += term;
            if term < sum * 1e-17 {
                break;
            }
        }
        (front * sum).min(1.0)
    } else {
        // Continued fraction of the complement, by the modified Lentz method.
        let tiny = 1e-300;
        let mut b = x + 1.0 - a;
        let mut c = 1.0 / tiny;
        let mut d = 1.0 / b;
        let mut h = d;
        for i in 1..10_000 {
            let an = -(i as f64) * (i as f64 - a);
            b += 2.0;
            d = 1.0 / nonzero(an * d + b, tiny);
            c = nonzero(b + an / c, tiny);
            h *= d * c;
            if (d * c - 1.0).abs() < 1e-16 {
                break;
            }
        }
        (1.0 - front * h).max(0.0)
    }
}

/// Regularised incomplete beta function I_x(a, b), a, b > 0: the beta(a, b) distribution.
pub fn beta_inc(a: f64, b: f64, x: f64) -> f64 {
    if x <= 0.0 {
        return 0.0;
    }
    if x >= 1.0 {
        return 1.0;
    }
    let front = (ln_gamma(a + b) - ln_gamma(a) - ln_gamma(b) + a * x.ln() + b * (-x).ln_1p()).exp();
    if x < (a + 1.0) / (a + b + 2.0) {
        front * beta_fraction(a, b, x) / a
    } else {
        1.0 - front * beta_fraction(b, a, 1.0 - x) / b
    }
}

/// Continued fraction of the incomplete beta function, by the modified Lentz method.
fn beta_fraction(a: f64, b: f64, x: f64) -> f64 {
    let tiny = 1e-300;
    let mut c = 1.0;
    let mut d = 1.0 / nonzero(1.0 - (a + b) * x / (a + 1.0), tiny);
    let mut h = d;
    for m in 1..10_000 {
        let m = m as f64;
        let even = m * (b - m) * x / ((a + 2.0 * m - 1.0) * (a + 2.0 * m));
        d = 1.0 / nonzero(1.0 + even * d, tiny);
        c = nonzero(1.0 + even / c, tiny);
        h *= d * c;
        let odd = -(a + m) * (a + b + m) * x / ((a + 2.0 * m) * (a + 2.0 * m + 1.0));
        d = 1.0 / nonzero(1.0 + odd * d, tiny);
        c = nonzero(1.0 + odd / c, tiny);
        h *= d * c;
        if (d * c - 1.0).abs() < 1e-16 {
            break;
        }
    }
    h
}

fn nonzero(x: f64, tiny: f64) -> f64 {
    if x.abs() < tiny { tiny } else { x }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Rounding of a few dozen operations.
    const EPS: f64 = 1e-13;

    #[test]
    fn ref_exponential_is_the_library_s() {
        for k in -70_700..=70_700 {
            for x in [f64::from(k) * 1e-2, f64::from(k) * 1e-5] {
                assert!((exp(x) / x.exp() - 1.0).abs() < 1e-15, "{x}");
            }
        }
        assert!(exp(f64::NAN).is_nan() && exp(f64::INFINITY).is_infinite());
        assert!(exp(f64::NEG_INFINITY) == 0.0 && exp(800.0).is_infinite() && exp(0.0) == 1.0);
    }

    #[test]
    fn ref_logarithm_near_one_is_the_library_s() {
        for k in -5_000..=5_000 {
            let x = f64::from(k) * 1e-5;
            let error = ln_1p(x) - x.ln_1p();
            assert!(error.abs() <= 1e-15 * x.abs(), "{x}");
        }
        assert!(ln_1p(1e-300) == 1e-300 && ln_1p(3.0) == 4f64.ln());
    }

    #[test]
    fn ref_closed_forms() {
        assert!((normal_cdf(1.959963984540054) - 0.975).abs() < EPS);
        assert!((normal_cdf(-8.0) / 6.220960574271785e-16 - 1.0).abs() < 1e-12);
        for x in [0.1, 1.0, 3.0, 20.0] {
            // gamma(1, 1) is the exponential; gamma(1/2) at x is a normal square.
            assert!((gamma_p(1.0, x) + (-x).exp_m1()).abs() < EPS);
            let chi = 2.0 * normal_cdf((2.0f64 * x).sqrt()) - 1.0;
            assert!((gamma_p(0.5, x) - chi).abs() < EPS);
        }
        for x in [0.01, 0.3, 0.7, 0.99] {
            assert!((beta_inc(1.0, 1.0, x) - x).abs() < EPS);
            assert!((beta_inc(2.0, 1.0, x) - x * x).abs() < EPS);
            assert!((beta_inc(0.5, 0.5, x) - 2.0 / PI * x.sqrt().asin()).abs() < EPS);
            assert!((beta_inc(5.0, 2.5, x) + beta_inc(2.5, 5.0, 1.0 - x) - 1.0).abs() < EPS);
        }
        assert!((softplus(0.0) - 2f64.ln()).abs() < EPS && softplus(800.0) == 800.0);
        assert!((logistic(log_odds(0.3)) - 0.3).abs() < EPS);
    }
}
