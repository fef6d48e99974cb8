use super::significance::binomial_upper_tail;
use super::*;
use crate::random::Stream;

#[test]
fn ref_binomial_tail_is_the_sum() {
    for (k, n, p) in [(3, 7, 0.3), (1, 10, 0.05), (10, 10, 0.7), (40, 60, 0.5f64)] {
        let mut sum = 0.0;
        for j in k..=n {
            let choose: f64 = (0..j).map(|i| (n - i) as f64 / (j - i) as f64).product();
            sum += choose * p.powi(j as i32) * (1.0 - p).powi((n - j) as i32);
        }
        assert!((binomial_upper_tail(k, n, p) - sum).abs() < 1e-12);
    }
    assert_eq!(binomial_upper_tail(0, 5, 0.1), 1.0);
    assert_eq!(binomial_upper_tail(6, 5, 0.1), 0.0);
}

#[allow(dead_code)]
fn uniforms(n: u32, d: u32, seed: u64) -> Vec<f64> {
    let s = Stream::new(seed, 0);
    (0..n)
        .flat_map(|i| (0..d).map(move |j| s.uniform(0, i, 0, j)))
        .collect()
}
