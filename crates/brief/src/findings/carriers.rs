//! Which parameters carry a result, and so what it rests on.

use realign_model::model::Model;
use realign_model::params::Tag;
use realign_numerics::quantile;
use realign_numerics::random::Stream;

use crate::evidence::Basis;

/// Squared rank correlations below this multiple of 1/draws are taken for chance (p ≈ .01) when the
/// weight of assumptions is summed up.
const NOISE: f64 = 6.63;
/// Chance that a parameter without influence is named on a row, all parameters together.
const FALSE_NAME: f64 = 0.05;
/// Most parameters named on a row.
const NAMED: usize = 4;

/// What carries a sample.
#[derive(Clone, Debug)]
pub struct Carried {
    /// Whether assumptions carry more than half of what parameters explain.
    pub basis: Basis,
    /// Parameters that explain most, strongest first.
    pub ids: Vec<String>,
    /// Squared rank correlation of each of `ids`.
    pub shares: Vec<f64>,
}

/// Drawn values of every uncertain parameter, as ranks.
pub struct Carriers {
    parameters: Vec<(String, bool, Vec<f64>)>,
}

impl Carriers {
    /// Draws the parameters again: the same numbers that the run used.
    pub fn new(model: &Model, seed: u64, draws: usize) -> Self {
        let values: Vec<_> = (0..draws)
            .map(|d| model.params().draw(&Stream::new(seed, d as u32)))
            .collect();
        let parameters = model
            .params()
            .iter()
            .filter(|(_, p, q)| q.is_some() || !p.prior.is_fixed())
            .map(|(id, p, q)| {
                let sample: Vec<f64> = values
                    .iter()
                    .map(|v| v.get(id).unwrap_or(f64::NAN))
                    .collect();
                (
                    id.to_owned(),
                    q.is_none() && p.tag == Tag::P,
                    ranks(&sample),
                )
            })
            .collect();
        Self { parameters }
    }

    /// Squared rank correlation of a sample with the parameters that stand out of chance, strongest
    /// first. First-order and monotone: interactions stay unexplained.
    pub fn of(&self, sample: &[f64]) -> Carried {
        let kept: Vec<usize> = (0..sample.len())
            .filter(|k| sample[*k].is_finite())
            .collect();
        let y: Vec<f64> = ranks(&kept.iter().map(|k| sample[*k]).collect::<Vec<_>>());
        let draws = kept.len().max(1) as f64;
        let floor = NOISE / draws;
        // Hundreds of parameters are tried: a name asks for more than one comparison would.
        let tail = FALSE_NAME / (2 * self.parameters.len().max(1)) as f64;
        let named = quantile::normal(1.0 - tail).powi(2) / draws;
        let mut found: Vec<(f64, bool, &str)> = self
            .parameters
            .iter()
            .filter_map(|(id, assumed, x)| {
                let x: Vec<f64> = kept.iter().map(|k| x[*k]).collect();
                let r2 = correlation(&x, &y).powi(2);
                (r2 > floor).then_some((r2, *assumed, id.as_str()))
            })
            .collect();
        found.sort_by(|a, b| b.0.total_cmp(&a.0).then_with(|| a.2.cmp(b.2)));
        let all: f64 = found.iter().map(|f| f.0).sum();
        let assumed: f64 = found.iter().filter(|f| f.1).map(|f| f.0).sum();
        found.retain(|f| f.0 > named);
        found.truncate(NAMED);
        Carried {
            basis: if assumed > 0.5 * all {
                Basis::Assumed
            } else {
                Basis::Estimated
            },
            ids: found.iter().map(|f| f.2.to_owned()).collect(),
            shares: found.iter().map(|f| f.0).collect(),
        }
    }
}

/// Ranks with ties at their mean.
fn ranks(x: &[f64]) -> Vec<f64> {
    let mut order: Vec<usize> = (0..x.len()).collect();
    order.sort_by(|a, b| x[*a].total_cmp(&x[*b]));
    let mut rank = vec![0.0; x.len()];
    let mut k = 0;
    while k < order.len() {
        let mut end = k;
        while end + 1 < order.len() && x[order[end + 1]] == x[order[k]] {
            end += 1;
        }
        for &i in &order[k..=end] {
            rank[i] = 0.5 * (k + end) as f64;
        }
        k = end + 1;
    }
    rank
}

fn correlation(x: &[f64], y: &[f64]) -> f64 {
    let n = x.len() as f64;
    if x.len() < 3 {
        return 0.0;
    }
    let (mx, my) = (x.iter().sum::<f64>() / n, y.iter().sum::<f64>() / n);
    let (mut xx, mut yy, mut xy) = (0.0, 0.0, 0.0);
    for (a, b) in x.iter().zip(y) {
        xx += (a - mx).powi(2);
        yy += (b - my).powi(2);
        xy += (a - mx) * (b - my);
    }
    if xx > 0.0 && yy > 0.0 {
        xy / (xx * yy).sqrt()
    } else {
        0.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ref_ranks_with_ties() {
        assert_eq!(ranks(&[3.0, 1.0, 3.0, 2.0]), vec![2.5, 0.0, 2.5, 1.0]);
    }

    #[test]
    fn ref_correlation_of_a_monotone_map_is_one() {
        let x: Vec<f64> = (0..20).map(f64::from).collect();
        let y: Vec<f64> = x.iter().map(|v| v.powi(3)).collect();
        assert!((correlation(&ranks(&x), &ranks(&y)) - 1.0).abs() < 1e-12);
    }
}
