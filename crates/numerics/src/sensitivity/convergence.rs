//! Has a set of sensitivity indices converged? The three criteria of Sarrazin, Pianosi & Wagener
//! 2016 (Environmental Modelling & Software 79).

/// Limits of the three criteria.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct ConvergenceRule {
    /// Largest width of an interval of a total index for the values to count as known.
    /// Default 0.05 (Sarrazin et al. 2016).
    pub index_width: f64,
    /// Factors with a total index below this are unimportant. Default 0.05 (same source).
    pub unimportant_below: f64,
    /// Largest width of an interval of an unimportant factor. Default 0.05 (same source).
    pub screening_width: f64,
    /// Largest weighted shift of ranks between two resamples, in ranks. Default 1 (same source).
    pub rank_shift: f64,
}

impl Default for ConvergenceRule {
    fn default() -> Self {
        Self {
            index_width: 0.05,
            unimportant_below: 0.05,
            screening_width: 0.05,
            rank_shift: 1.0,
        }
    }
}

/// Verdict on convergence, criterion by criterion.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Convergence {
    /// Largest width of the intervals of the total indices.
    pub widest: f64,
    /// Largest width among unimportant factors; 0 when there is none.
    pub widest_unimportant: f64,
    /// 95 % quantile over pairs of resamples of the shift of ranks, weighted by the larger squared
    /// index of each factor, in ranks.
    pub rank_shift: f64,
    /// The values of the indices are known.
    pub values: bool,
    /// The split into important and unimportant factors is known.
    pub screening: bool,
    /// The order of the important factors is known.
    pub ranking: bool,
}

impl Convergence {
    /// Whether all three criteria hold.
    pub fn is_converged(&self) -> bool {
        self.values && self.screening && self.ranking
    }
}

/// Resamples compared pair by pair for the ranking; more add time and no information.
const COMPARED: usize = 150;
/// Quantile over the pairs (Sarrazin et al. 2016).
const PAIR_QUANTILE: f64 = 0.95;

/// Judges total indices with intervals of the given `widths` and their `resamples`.
pub(crate) fn judge(
    totals: &[f64],
    widths: &[f64],
    resamples: &[&[f64]],
    rule: &ConvergenceRule,
) -> Convergence {
    let largest = |keep: &dyn Fn(f64) -> bool| {
        totals
            .iter()
            .zip(widths)
            .filter(|(t, _)| keep(**t))
            .map(|(_, w)| if w.is_nan() { f64::INFINITY } else { *w })
            .fold(0.0, f64::max)
    };
    let widest = largest(&|_| true);
    let widest_unimportant = largest(&|t| t < rule.unimportant_below);
    let rank_shift = rank_shift(resamples);
    Convergence {
        widest,
        widest_unimportant,
        rank_shift,
        values: widest <= rule.index_width,
        screening: widest_unimportant <= rule.screening_width,
        ranking: rank_shift < rule.rank_shift,
    }
}

/// Ranks, 0 for the largest index.
fn ranks(index: &[f64]) -> Vec<f64> {
    let mut order: Vec<usize> = (0..index.len()).collect();
    order.sort_by(|a, b| index[*b].total_cmp(&index[*a]));
    let mut rank = vec![0.0; index.len()];
    for (r, j) in order.iter().enumerate() {
        rank[*j] = r as f64;
    }
    rank
}

fn rank_shift(resamples: &[&[f64]]) -> f64 {
    let few = &resamples[..resamples.len().min(COMPARED)];
    if few.len() < 2 {
        return f64::INFINITY;
    }
    let rank: Vec<Vec<f64>> = few.iter().map(|s| ranks(s)).collect();
    let mut shift = Vec::with_capacity(few.len() * (few.len() - 1) / 2);
    for a in 0..few.len() {
        for b in a + 1..few.len() {
            let (mut moved, mut weight) = (0.0, 0.0);
            for j in 0..few[a].len() {
                let w = few[a][j].max(few[b][j]).powi(2);
                moved += (rank[a][j] - rank[b][j]).abs() * w;
                weight += w;
            }
            shift.push(if weight > 0.0 { moved / weight } else { 0.0 });
        }
    }
    shift.sort_by(f64::total_cmp);
    crate::stats::quantile_sorted(&shift, PAIR_QUANTILE)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ref_criteria_by_hand() {
        let rule = ConvergenceRule::default();
        // Two resamples that swap the first two of three factors: shift by hand.
        let (a, b) = ([0.6, 0.5, 0.01], [0.5, 0.6, 0.01]);
        let c = judge(&[0.55, 0.55, 0.01], &[0.04, 0.03, 0.02], &[&a, &b], &rule);
        let w = 0.36;
        assert!((c.rank_shift - 2.0 * w / (2.0 * w + 0.0001)).abs() < 1e-12);
        assert!(c.values && c.screening && c.ranking && c.is_converged());
        let wide = judge(&[0.55, 0.4, 0.01], &[0.06, 0.03, 0.02], &[&a, &a], &rule);
        assert!(!wide.values && wide.screening && wide.ranking);
        assert_eq!(wide.rank_shift, 0.0);
        let open = judge(&[0.5, 0.01], &[0.01, 0.07], &[], &rule);
        assert!(!open.screening && !open.ranking);
    }
}
