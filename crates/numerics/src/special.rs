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

/// Exponential. Near zero, where most shifts of trade costs lie, by its series: several times
/// faster than the library's, with a relative error below 1e-15.
#[inline]
pub fn exp(x: f64) -> f64 {
    const NEAR: f64 = 0.125;
    if x.abs() > NEAR {
        return x.exp();
    }
    // 1 + x + x²/2! + … + x⁹/9!: the first term left out is below 1e-15.
    let tail = 1.0 + x / 6.0 * (1.0 + x / 7.0 * (1.0 + x / 8.0 * (1.0 + x / 9.0)));
    1.0 + x * (1.0 + x / 2.0 * (1.0 + x / 3.0 * (1.0 + x / 4.0 * (1.0 + x / 5.0 * tail))))
}

/// Logistic function, without overflow.
#[inline]
pub fn logistic(x: f64) -> f64 {
    if x >= 0.0 {
        1.0 / (1.0 + (-x).exp())
    } else {
        let e = x.exp();
        e / (1.0 + e)
    }
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
        for k in -4000..=4000 {
            let x = f64::from(k) * 1e-4;
            assert!((exp(x) / x.exp() - 1.0).abs() < 2e-15, "{x}");
        }
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
