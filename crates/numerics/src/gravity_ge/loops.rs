//! The iteration of the Advanced Guide to Trade Policy Analysis (ch. 2, step III.b).

use super::balance::Balanced;
use super::{GravityModel, GravityOutcome};
use crate::Verdict;

/// Most rounds of the loop.
const MOST_ROUNDS: usize = 1000;

/// Exporter and importer terms with the importer term of the reference at 1, in money.
struct Terms {
    exporter: Vec<f64>,
    importer: Vec<f64>,
}

impl Terms {
    fn normalised(mut self, reference: usize) -> Self {
        let unit = self.importer[reference];
        self.exporter.iter_mut().for_each(|a| *a *= unit);
        self.importer.iter_mut().for_each(|b| *b /= unit);
        self
    }
}

impl GravityModel {
    /// Starting from the conditional equilibrium `new`, flows follow the last price steps over the
    /// last steps of resistances, and exporter and importer terms are read off again. A fit of
    /// flows that are a product of such terms returns them, so no regression is needed.
    pub(super) fn guide_loop(&self, access: &[f64], new: &Balanced, stop: f64) -> GravityOutcome {
        let (n, r) = (self.n, self.reference);
        let power = 1.0 / (1.0 - self.sigma);
        let total: f64 = self.expenditure.iter().sum();
        let terms = |b: &Balanced| {
            let exporter = b.row.iter().map(|a| a * total).collect();
            Terms {
                exporter,
                importer: b.column.clone(),
            }
            .normalised(r)
        };
        let old = terms(&self.base);
        let mut now = terms(new);
        let phi: Vec<f64> = self
            .expenditure
            .iter()
            .zip(&self.output)
            .map(|(e, y)| e / y)
            .collect();
        let steps = |a: &[f64], b: &[f64], unit: f64| -> Vec<f64> {
            a.iter()
                .zip(b)
                .map(|(a, b)| (a / b / unit).powf(power))
                .collect()
        };
        let outward = |y: &[f64], a: &[f64], unit: f64| -> Vec<f64> {
            y.iter().zip(a).map(|(y, a)| y * unit / a).collect()
        };
        let inward = |e: &[f64], b: &[f64], unit: f64| -> Vec<f64> {
            e.iter().zip(b).map(|(e, b)| e / (b * unit)).collect()
        };
        let first_unit = self.expenditure[r];
        let mut unit = first_unit;
        let mut resist = (
            outward(&self.output, &now.exporter, unit),
            inward(&self.expenditure, &now.importer, unit),
        );
        let mut moved = (vec![1.0; n], vec![1.0; n]);
        let mut before = vec![0.0; n];
        let mut step = steps(&now.exporter, &old.exporter, 1.0);
        let mut spent = self.expenditure.clone();
        let (mut rounds, mut verdict) = (0, Verdict::OutOfIterations);
        while rounds < MOST_ROUNDS {
            rounds += 1;
            let next = Terms {
                exporter: (0..n)
                    .map(|i| now.exporter[i] * step[i] / moved.0[i])
                    .collect(),
                importer: (0..n)
                    .map(|j| now.importer[j] * step[j] / moved.1[j])
                    .collect(),
            }
            .normalised(r);
            let output: Vec<f64> = (0..n)
                .map(|i| {
                    let row = &access[i * n..][..n];
                    next.exporter[i] * crate::equilibrium::dot(row, &next.importer)
                })
                .collect();
            spent = output.iter().zip(&phi).map(|(y, f)| y * f).collect();
            let jump: Vec<f64> = step.iter().zip(&before).map(|(a, b)| a - b).collect();
            before = step;
            step = steps(&next.exporter, &now.exporter, spent[r] / unit);
            unit = spent[r];
            let later = (
                outward(&output, &next.exporter, unit),
                inward(&spent, &next.importer, unit),
            );
            let ratio = |a: &[f64], b: &[f64]| a.iter().zip(b).map(|(a, b)| a / b).collect();
            moved = (ratio(&later.0, &resist.0), ratio(&later.1, &resist.1));
            resist = later;
            now = next;
            if settled(&jump, stop) {
                verdict = Verdict::Converged;
                break;
            }
        }
        let price = steps(&now.exporter, &old.exporter, unit / first_unit);
        let out0 = outward(&self.output, &old.exporter, first_unit);
        let in0 = inward(&self.expenditure, &old.importer, first_unit);
        let full: Vec<f64> = self.output.iter().zip(&price).map(|(y, p)| y * p).collect();
        let out1 = outward(&full, &now.exporter, unit);
        let mut flows = access.to_vec();
        for i in 0..n {
            for j in 0..n {
                flows[i * n + j] *= now.exporter[i] * now.importer[j] * phi[j] * full[j] / spent[j];
            }
        }
        let outward = steps(&out1, &out0, 1.0);
        let inward = steps(&resist.1, &in0, 1.0);
        let mut o = self.assemble(price, outward, inward, flows);
        (o.rounds, o.verdict) = (rounds, verdict);
        o
    }
}

/// The guide's rule: standard deviation, and size of the largest signed change, within `stop`.
fn settled(jump: &[f64], stop: f64) -> bool {
    let n = jump.len() as f64;
    let mean = jump.iter().sum::<f64>() / n;
    let variance = jump.iter().map(|j| (j - mean) * (j - mean)).sum::<f64>() / (n - 1.0);
    let most = jump.iter().copied().fold(f64::NEG_INFINITY, f64::max);
    variance.sqrt() <= stop && most.abs() <= stop
}
