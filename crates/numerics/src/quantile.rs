//! Quantile functions, the inverse-CDF transforms behind every random variate.
//!
//! All take `p` in the open interval (0, 1), increase in `p`, and return NaN when a parameter is
//! outside its domain.

// The coefficients of AS 241 stand as published.
#![allow(clippy::excessive_precision)]

use std::f64::consts::PI;

use crate::special::{beta_inc, gamma_p, ln_gamma};

/// Standard normal quantile: algorithm AS 241 (Wichura 1988), relative accuracy about 1e-16.
#[inline]
pub fn normal(p: f64) -> f64 {
    let q = p - 0.5;
    if q.abs() <= 0.425 {
        let r = 0.180625 - q * q;
        return q * horner(&CENTRE_NUM, r) / horner(&CENTRE_DEN, r);
    }
    let tail = if q < 0.0 { p } else { 1.0 - p };
    if tail.is_nan() || tail <= 0.0 {
        return if tail == 0.0 {
            f64::INFINITY.copysign(q)
        } else {
            f64::NAN
        };
    }
    let r = (-tail.ln()).sqrt();
    let x = if r <= 5.0 {
        horner(&TAIL_NUM, r - 1.6) / horner(&TAIL_DEN, r - 1.6)
    } else {
        horner(&FAR_NUM, r - 5.0) / horner(&FAR_DEN, r - 5.0)
    };
    x.copysign(q)
}

fn horner(c: &[f64; 8], x: f64) -> f64 {
    c.iter().rev().fold(0.0, |s, c| s * x + c)
}

const CENTRE_NUM: [f64; 8] = [
    3.3871328727963666080e0,
    1.3314166789178437745e2,
    1.9715909503065514427e3,
    1.3731693765509461125e4,
    4.5921953931549871457e4,
    6.7265770927008700853e4,
    3.3430575583588128105e4,
    2.5090809287301226727e3,
];
const CENTRE_DEN: [f64; 8] = [
    1.0,
    4.2313330701600911252e1,
    6.8718700749205790830e2,
    5.3941960214247511077e3,
    2.1213794301586595867e4,
    3.9307895800092710610e4,
    2.8729085735721942674e4,
    5.2264952788528545610e3,
];
const TAIL_NUM: [f64; 8] = [
    1.42343711074968357734e0,
    4.63033784615654529590e0,
    5.76949722146069140550e0,
    3.64784832476320460504e0,
    1.27045825245236838258e0,
    2.41780725177450611770e-1,
    2.27238449892691845833e-2,
    7.74545014278341407640e-4,
];
const TAIL_DEN: [f64; 8] = [
    1.0,
    2.05319162663775882187e0,
    1.67638483018380384940e0,
    6.89767334985100004550e-1,
    1.48103976427480074590e-1,
    1.51986665636164571966e-2,
    5.47593808499534494600e-4,
    1.05075007164441684324e-9,
];
const FAR_NUM: [f64; 8] = [
    6.65790464350110377720e0,
    5.46378491116411436990e0,
    1.78482653991729133580e0,
    2.96560571828504891230e-1,
    2.65321895265761230930e-2,
    1.24266094738807843860e-3,
    2.71155556874348757815e-5,
    2.01033439929228813265e-7,
];
const FAR_DEN: [f64; 8] = [
    1.0,
    5.99832206555887937690e-1,
    1.36929880922735805310e-1,
    1.48753612908506148525e-2,
    7.86869131745613259100e-4,
    1.84631831751005468180e-5,
    1.42151175831644588870e-7,
    2.04426310338993978564e-15,
];

/// Student t quantile with `dof` > 0 degrees of freedom. Closed forms for 1, 2 and 4.
pub fn student_t(p: f64, dof: f64) -> f64 {
    if dof.is_nan() || dof <= 0.0 {
        return f64::NAN;
    }
    if dof == 1.0 {
        return (PI * (p - 0.5)).tan();
    }
    let alpha = 4.0 * p * (1.0 - p);
    if dof == 2.0 {
        return 2.0 * (p - 0.5) * (2.0 / alpha).sqrt();
    }
    if dof == 4.0 {
        let q = (alpha.sqrt().acos() / 3.0).cos() / alpha.sqrt();
        return 2.0 * (q - 1.0).max(0.0).sqrt().copysign(p - 0.5);
    }
    if p == 0.5 {
        return 0.0;
    }
    // Two-sided tail mass is I_x(dof/2, 1/2) with x = dof/(dof + t²).
    let tail = 2.0 * p.min(1.0 - p);
    let x = beta(tail, 0.5 * dof, 0.5);
    (dof * (1.0 / x - 1.0)).max(0.0).sqrt().copysign(p - 0.5)
}

/// Gamma quantile with `shape` > 0 and unit scale.
pub fn gamma(p: f64, shape: f64) -> f64 {
    if shape.is_nan() || shape <= 0.0 {
        return f64::NAN;
    }
    // Wilson–Hilferty start; the small-shape start inverts the leading term of the series.
    let z = normal(p);
    let c = 1.0 / (9.0 * shape);
    let cube = (1.0 - c + z * c.sqrt()).powi(3) * shape;
    let small = ((p.ln() + ln_gamma(shape + 1.0)) / shape).exp();
    let start = if shape < 1.0 || cube <= 0.05 * shape {
        small
    } else {
        cube
    };
    let log_pdf = |x: f64| (shape - 1.0) * x.ln() - x - ln_gamma(shape);
    invert(
        p,
        start.max(f64::MIN_POSITIVE),
        0.0,
        f64::INFINITY,
        |x| gamma_p(shape, x),
        log_pdf,
    )
}

/// Beta quantile with `a`, `b` > 0.
pub fn beta(p: f64, a: f64, b: f64) -> f64 {
    if a.is_nan() || b.is_nan() || a <= 0.0 || b <= 0.0 {
        return f64::NAN;
    }
    let mean = a / (a + b);
    let sd = (mean * (1.0 - mean) / (a + b + 1.0)).sqrt();
    let start = (mean + sd * normal(p)).clamp(0.02 * mean, 1.0 - 0.02 * (1.0 - mean));
    let norm = ln_gamma(a + b) - ln_gamma(a) - ln_gamma(b);
    let log_pdf = |x: f64| norm + (a - 1.0) * x.ln() + (b - 1.0) * (-x).ln_1p();
    invert(p, start, 0.0, 1.0, |x| beta_inc(a, b, x), log_pdf)
}

/// Poisson quantile: the smallest k with P(K ≤ k) ≥ p; 0 when `mean` is not positive.
pub fn poisson(p: f64, mean: f64) -> u64 {
    if mean.is_nan() || mean <= 0.0 {
        return 0;
    }
    if mean > 1e4 {
        // Cornish–Fisher; the skewness term leaves an error below one count.
        let z = normal(p);
        return (mean + mean.sqrt() * z + (z * z - 1.0) / 6.0 - 0.5)
            .ceil()
            .max(0.0) as u64;
    }
    // Starts far below the mean so that e^{−mean} cannot underflow.
    let first = (mean - 40.0 * mean.sqrt() - 10.0).floor().max(0.0);
    let mut mass = (first * mean.ln() - mean - ln_gamma(first + 1.0)).exp();
    let (mut cum, mut k) = (mass, first);
    while cum < p && k < mean + 60.0 * mean.sqrt() + 60.0 {
        k += 1.0;
        mass *= mean / k;
        cum += mass;
    }
    k as u64
}

/// Solves cdf(x) = p on (lo, hi) by Newton steps kept inside a shrinking bracket.
fn invert(
    p: f64,
    start: f64,
    mut lo: f64,
    mut hi: f64,
    cdf: impl Fn(f64) -> f64,
    log_pdf: impl Fn(f64) -> f64,
) -> f64 {
    let mut x = start;
    for _ in 0..200 {
        let f = cdf(x) - p;
        if f == 0.0 {
            return x;
        }
        if f < 0.0 {
            lo = x;
        } else {
            hi = x;
        }
        let newton = x - f / log_pdf(x).exp();
        let next = if newton > lo && newton < hi {
            newton
        } else if hi.is_infinite() {
            2.0 * x.max(lo)
        } else if lo == 0.0 {
            // Quantiles near zero are found by orders of magnitude.
            0.1 * hi
        } else {
            0.5 * (lo + hi)
        };
        if (next - x).abs() <= 1e-15 * x.abs() || next == 0.0 {
            return next;
        }
        x = next;
    }
    x
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::special::normal_cdf;
    use proptest::prelude::*;

    #[test]
    fn ref_tables() {
        let close = |x: f64, y: f64| assert!((x / y - 1.0).abs() < 1e-9, "{x} {y}");
        close(normal(0.975), 1.959963984540054);
        close(normal(1e-10), -6.361340902404056);
        close(student_t(0.975, 3.0), 3.182446305284263);
        close(student_t(0.975, 4.0), 2.7764451051977987);
        close(student_t(0.975, 5.0), 2.5705818366147395);
        close(student_t(0.95, 2.0), 2.919985580353725);
        close(student_t(0.9, 30.0), 1.3104150253913947);
        // Chi-squared with 3 and 10 degrees of freedom.
        close(2.0 * gamma(0.95, 1.5), 7.814727903251179);
        close(2.0 * gamma(0.05, 5.0), 3.9402991361190605);
        close(beta(0.5, 2.0, 2.0), 0.5);
        close(beta(0.9, 3.0, 1.0), 0.9f64.cbrt());
        close(beta(0.25, 0.5, 0.5), (PI / 8.0).sin().powi(2));
        assert_eq!(
            (poisson(0.5, 3.0), poisson(0.99, 3.0), poisson(0.01, 3.0)),
            (3, 8, 0)
        );
    }

    proptest! {
        #[test]
        fn prop_quantile_inverts_distribution(p in 1e-6f64..0.999999, a in 0.2f64..60.0, b in 0.2f64..60.0) {
            prop_assert!((normal_cdf(normal(p)) - p).abs() < 1e-14);
            prop_assert!((gamma_p(a, gamma(p, a)) - p).abs() < 1e-10);
            // Near 1 the spacing of x limits what beta can resolve.
            prop_assert!((beta_inc(a, b, beta(p, a, b)) - p).abs() < 1e-6);
            let t = student_t(p, a);
            let tail = 0.5 * beta_inc(0.5 * a, 0.5, a / (a + t * t));
            let cdf = if t > 0.0 { 1.0 - tail } else { tail };
            prop_assert!((cdf - p).abs() < 1e-8, "{} {}", cdf, p);
        }

        #[test]
        fn prop_increasing(p in 1e-4f64..0.998, dof in 1.0f64..50.0, a in 0.3f64..20.0) {
            let q = p + 1e-3;
            prop_assert!(normal(p) < normal(q));
            prop_assert!(student_t(p, dof) < student_t(q, dof));
            prop_assert!(gamma(p, a) < gamma(q, a));
            prop_assert!(beta(p, a, 2.0) < beta(q, a, 2.0));
            prop_assert!(poisson(p, a) <= poisson(q, a));
        }
    }
}
