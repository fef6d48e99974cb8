//! How well one order of things agrees with another.

/// Middle ranks from 0; things that are equal share the mean of their places.
pub fn ranks(values: &[f64]) -> Vec<f64> {
    let mut order: Vec<usize> = (0..values.len()).collect();
    order.sort_by(|a, b| values[*a].total_cmp(&values[*b]).then(a.cmp(b)));
    let mut out = vec![0.0; values.len()];
    let mut from = 0;
    while from < order.len() {
        let mut to = from;
        while to + 1 < order.len() && values[order[to + 1]] == values[order[from]] {
            to += 1;
        }
        for k in &order[from..=to] {
            out[*k] = 0.5 * (from + to) as f64;
        }
        from = to + 1;
    }
    out
}

/// Spearman's rank correlation with middle ranks; NaN where either order is constant.
pub fn spearman(x: &[f64], y: &[f64]) -> f64 {
    let (x, y) = (ranks(x), ranks(y));
    let centre = (x.len() as f64 - 1.0) / 2.0;
    let (mut xy, mut xx, mut yy) = (0.0, 0.0, 0.0);
    for (a, b) in x.iter().zip(&y) {
        let (a, b) = (a - centre, b - centre);
        xy += a * b;
        xx += a * a;
        yy += b * b;
    }
    xy / (xx * yy).sqrt()
}

/// Normalised discounted cumulative gain of an order by falling score: 1 when the largest gains come
/// first. Gains are not negative; equal scores keep their order. NaN where nothing is gained.
pub fn ndcg(score: &[f64], gain: &[f64]) -> f64 {
    let mut order: Vec<usize> = (0..score.len()).collect();
    order.sort_by(|a, b| score[*b].total_cmp(&score[*a]).then(a.cmp(b)));
    let mut best = gain.to_vec();
    best.sort_by(|a, b| b.total_cmp(a));
    let sum = |gains: &mut dyn Iterator<Item = f64>| {
        gains
            .enumerate()
            .map(|(k, g)| g / (k as f64 + 2.0).log2())
            .sum::<f64>()
    };
    sum(&mut order.iter().map(|k| gain[*k])) / sum(&mut best.into_iter())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ref_ndcg_of_the_textbook_list() {
        // Gains 3, 2, 3, 0, 1, 2 in the order shown: DCG 6.861 over an ideal of 7.141.
        let shown = [6.0, 5.0, 4.0, 3.0, 2.0, 1.0];
        let gain = [3.0, 2.0, 3.0, 0.0, 1.0, 2.0];
        assert!((ndcg(&shown, &gain) - 6.861_127 / 7.140_996).abs() < 1e-6);
        assert_eq!(ndcg(&gain, &gain), 1.0);
    }

    #[test]
    fn ref_spearman_of_a_short_list_is_one_less_six_squares() {
        // 1 − 6 Σd²/(n(n²−1)) with d = 1, 1, 1, 1, 0: 1 − 24/120.
        let r = spearman(&[1.0, 2.0, 3.0, 4.0, 5.0], &[20.0, 10.0, 40.0, 30.0, 50.0]);
        assert!((r - 0.8).abs() < 1e-12);
        assert_eq!(ranks(&[2.0, 1.0, 2.0]), [1.5, 0.0, 1.5]);
        assert!(spearman(&[1.0, 1.0], &[1.0, 2.0]).is_nan());
    }
}
