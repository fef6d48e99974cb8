//! Sobol indices: shares of the variance of an output that factors, or groups of them, account for.
//!
//! Design of Saltelli 2002: two independent samples A and B of the cube, and for each group g the
//! sample A with the columns of g from B (A_B^g) and, for second order, B with the columns of g from
//! A (B_A^g). Estimators, with outputs centred by their mean and V the variance over A and B together:
//!
//! - first order, Saltelli et al. 2010: S_g = mean(f_B (f_{A_B^g} − f_A)) / V
//! - total, Jansen 1999: T_g = mean((f_A − f_{A_B^g})²) / 2V
//! - second order, Saltelli 2002: S_gh = mean(f_{B_A^g} f_{A_B^h} − f_A f_B) / V − S_g − S_h
//!
//! They assume inputs that are independent and an output with finite variance. Estimates of small
//! indices may be slightly negative; they are not clipped.

use crate::random::Stream;
use crate::sensitivity::bootstrap::{self, Bootstrap, Estimate};
use crate::sensitivity::convergence::{self, Convergence, ConvergenceRule};
use crate::sensitivity::sobol_sequence::ScrambledSobol;
use crate::{NumericsError, check_domain, check_len};

/// Address of independent points among the uses of a seed.
const PURPOSE: u32 = 0x7361_6c74;

/// Where the points of the two base samples come from.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub enum Sampler {
    /// Scrambled Sobol sequence, up to 128 factors: smaller errors; bootstrap intervals, which treat
    /// rows as independent, are then wider than needed. Take a power of two as number of base rows.
    #[default]
    ScrambledSobol,
    /// Independent points by Philox, any number of factors.
    Independent,
}

#[derive(Clone, Debug)]
enum Source {
    Sobol(ScrambledSobol),
    Independent(Stream),
}

/// The rows to evaluate for a variance-based analysis.
#[derive(Clone, Debug)]
pub struct VarianceDesign {
    base_rows: usize,
    /// Group of every factor.
    group_of: Vec<usize>,
    groups: usize,
    second_order: bool,
    source: Source,
}

impl VarianceDesign {
    /// A design for `factors` single factors: `base_rows` × (factors + 2) rows, or × (2 factors + 2)
    /// with second order.
    pub fn new(
        base_rows: usize,
        factors: usize,
        second_order: bool,
        sampler: Sampler,
        seed: u64,
    ) -> Result<Self, NumericsError> {
        let single: Vec<usize> = (0..factors).collect();
        Self::grouped(base_rows, &single, second_order, sampler, seed)
    }

    /// A design for groups of factors, which move together: `group_of` gives the group of each
    /// factor, groups counted from 0 without gap. Indices are then those of whole groups, with all
    /// interactions inside the group in the first order. `Domain` when there are fewer than two base
    /// rows or more than 2³², a group is empty, or the factors exceed what the sampler can do.
    pub fn grouped(
        base_rows: usize,
        group_of: &[usize],
        second_order: bool,
        sampler: Sampler,
        seed: u64,
    ) -> Result<Self, NumericsError> {
        check_domain(
            base_rows >= 2 && base_rows as u64 <= 1 << 32,
            "number of base rows",
            base_rows as f64,
            "between 2 and 2^32",
        )?;
        let groups = group_of.iter().max().map_or(0, |g| g + 1);
        check_domain(groups > 0, "number of factors", 0.0, "positive")?;
        for g in 0..groups {
            check_domain(
                group_of.contains(&g),
                "members of a group",
                0.0,
                "positive: groups are counted without gap",
            )?;
        }
        let source = match sampler {
            Sampler::ScrambledSobol => {
                Source::Sobol(ScrambledSobol::new(2 * group_of.len(), seed)?)
            }
            Sampler::Independent => Source::Independent(Stream::new(seed, 0)),
        };
        Ok(Self {
            base_rows,
            group_of: group_of.to_vec(),
            groups,
            second_order,
            source,
        })
    }

    /// Number of factors: the length of a row.
    pub fn factors(&self) -> usize {
        self.group_of.len()
    }

    /// Number of groups: of first-order and total indices.
    pub fn groups(&self) -> usize {
        self.groups
    }

    /// Rows that belong to one base row: A, every A_B, every B_A with second order, B.
    pub fn rows_per_base(&self) -> usize {
        2 + self.groups * if self.second_order { 2 } else { 1 }
    }

    /// Number of rows to evaluate.
    pub fn len(&self) -> usize {
        self.base_rows * self.rows_per_base()
    }

    /// Never: a design has rows.
    pub fn is_empty(&self) -> bool {
        false
    }

    /// Writes row `index` (below [`Self::len`]) into `row` (one uniform a factor). The rows of a
    /// base row follow each other, so that a run stopped early is a smaller design of whole base
    /// rows and at most one broken one.
    pub fn write_row(&self, index: usize, row: &mut [f64]) {
        let base = (index / self.rows_per_base()) as u32;
        let kind = index % self.rows_per_base();
        let factors = self.factors();
        for (j, (x, group)) in row.iter_mut().zip(&self.group_of).enumerate() {
            let from_b = if kind <= self.groups {
                kind == group + 1
            } else {
                kind != group + 1 + self.groups || !self.second_order
            };
            let column = if from_b { factors + j } else { j };
            *x = match &self.source {
                Source::Sobol(s) => s.coordinate(base, column),
                Source::Independent(s) => s.uniform(PURPOSE, base, 0, column as u32),
            };
        }
    }

    /// All rows in order, made one by one.
    pub fn rows(&self) -> impl Iterator<Item = Vec<f64>> + '_ {
        (0..self.len()).map(|i| {
            let mut row = vec![0.0; self.factors()];
            self.write_row(i, &mut row);
            row
        })
    }

    /// Sobol indices from the `outputs` of all rows, in order. A value that is not finite marks a
    /// failed or missing run; its base row is dropped whole and counted. `Shape` when the number of
    /// outputs is wrong; `Domain` when fewer than two base rows are left or the output is constant.
    pub fn analyse(
        &self,
        outputs: &[f64],
        options: &Bootstrap,
        rule: &ConvergenceRule,
    ) -> Result<VarianceIndices, NumericsError> {
        check_len("outputs of the design", outputs.len(), self.len())?;
        check_domain(
            options.level > 0.0 && options.level < 1.0,
            "level of the intervals",
            options.level,
            "between 0 and 1",
        )?;
        let per_base = self.rows_per_base();
        let whole: Vec<&[f64]> = outputs
            .chunks_exact(per_base)
            .filter(|rows| rows.iter().all(|y| y.is_finite()))
            .collect();
        let used = whole.len();
        check_domain(
            used >= 2,
            "number of complete base rows",
            used as f64,
            "at least 2",
        )?;

        // Any centre gives consistent estimates; the mean over all rows makes their errors small.
        let centre = whole.iter().flat_map(|r| r.iter()).sum::<f64>() / (per_base * used) as f64;
        let layout = Layout {
            groups: self.groups,
            second_order: self.second_order,
        };
        let mut summands = vec![0.0; used * layout.columns()];
        for (rows, out) in whole
            .iter()
            .zip(summands.chunks_exact_mut(layout.columns()))
        {
            layout.summands(rows, centre, out);
        }
        let means = bootstrap::column_means(&summands, layout.columns());
        let variance = Layout::variance(&means);
        // Outputs are centred, so rounding alone cannot exceed this.
        let rounding = (centre * 1e-14).powi(2);
        check_domain(
            variance > rounding,
            "variance of the output",
            variance,
            "positive",
        )?;

        let values = layout.indices(&means);
        let resamples =
            bootstrap::resampled(&summands, layout.columns(), options, |m| layout.indices(m));
        let mut all = bootstrap::estimates(&values, &resamples, options);
        let second_order = all.split_off(2 * self.groups);
        let total = all.split_off(self.groups);
        let totals: Vec<&[f64]> = resamples
            .iter()
            .map(|r| &r[self.groups..2 * self.groups])
            .collect();
        let widths: Vec<f64> = total.iter().map(Estimate::width).collect();
        let convergence = convergence::judge(
            &values[self.groups..2 * self.groups],
            &widths,
            &totals,
            rule,
        );
        Ok(VarianceIndices {
            mean: centre + means[means.len() - 2],
            variance,
            first: all,
            total,
            second: layout
                .pairs()
                .zip(second_order)
                .map(|((a, b), estimate)| SecondOrder { a, b, estimate })
                .collect(),
            base_rows: used,
            dropped_base_rows: self.base_rows - used,
            failed_rows: outputs.iter().filter(|y| !y.is_finite()).count(),
            convergence,
        })
    }
}

/// Share of variance that two groups account for together, beyond what each does alone.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct SecondOrder {
    /// One group.
    pub a: usize,
    /// The other, with the larger number.
    pub b: usize,
    /// The index S_ab.
    pub estimate: Estimate,
}

/// Result of a variance-based analysis.
#[derive(Clone, Debug, PartialEq)]
pub struct VarianceIndices {
    /// Mean of the output over the base samples, in its unit.
    pub mean: f64,
    /// Variance of the output over the base samples, in its unit squared.
    pub variance: f64,
    /// First-order index of every group: the share of variance removed by knowing the group.
    pub first: Vec<Estimate>,
    /// Total index of every group: the share left when everything else is known.
    pub total: Vec<Estimate>,
    /// Second-order index of every pair; empty without second order.
    pub second: Vec<SecondOrder>,
    /// Base rows used.
    pub base_rows: usize,
    /// Base rows dropped because a run failed or is missing.
    pub dropped_base_rows: usize,
    /// Runs that failed or are missing.
    pub failed_rows: usize,
    /// Verdict on convergence, from the total indices.
    pub convergence: Convergence,
}

impl VarianceIndices {
    /// Share of variance that no group accounts for alone: one minus the sum of first orders.
    pub fn interaction_share(&self) -> f64 {
        1.0 - self.first.iter().map(|s| s.value).sum::<f64>()
    }

    /// Groups from the largest total index to the smallest.
    pub fn ranking(&self) -> Vec<usize> {
        let mut order: Vec<usize> = (0..self.total.len()).collect();
        order.sort_by(|a, b| self.total[*b].value.total_cmp(&self.total[*a].value));
        order
    }
}

/// Columns of the summands whose means give every index: first order and total of each group,
/// second order of each pair, sum and sum of squares.
struct Layout {
    groups: usize,
    second_order: bool,
}

impl Layout {
    fn pair_count(&self) -> usize {
        if self.second_order {
            self.groups * (self.groups - 1) / 2
        } else {
            0
        }
    }

    fn pairs(&self) -> impl Iterator<Item = (usize, usize)> + use<> {
        let groups = if self.second_order { self.groups } else { 0 };
        (0..groups).flat_map(move |a| (a + 1..groups).map(move |b| (a, b)))
    }

    fn columns(&self) -> usize {
        2 * self.groups + self.pair_count() + 2
    }

    fn summands(&self, rows: &[f64], centre: f64, out: &mut [f64]) {
        let g = self.groups;
        let f = |k: usize| rows[k] - centre;
        let (fa, fb) = (f(0), f(rows.len() - 1));
        for j in 0..g {
            let ab = f(1 + j);
            out[j] = fb * (ab - fa);
            out[g + j] = 0.5 * (fa - ab) * (fa - ab);
        }
        for ((a, b), o) in self.pairs().zip(&mut out[2 * g..]) {
            *o = f(1 + g + a) * f(1 + b) - fa * fb;
        }
        let last = out.len();
        out[last - 2] = 0.5 * (fa + fb);
        out[last - 1] = 0.5 * (fa * fa + fb * fb);
    }

    /// Variance over A and B together, divisor 2N.
    fn variance(means: &[f64]) -> f64 {
        let last = means.len();
        means[last - 1] - means[last - 2] * means[last - 2]
    }

    fn indices(&self, means: &[f64]) -> Vec<f64> {
        let variance = Self::variance(means);
        let mut s: Vec<f64> = means[..means.len() - 2]
            .iter()
            .map(|m| m / variance)
            .collect();
        for ((a, b), k) in self.pairs().zip(2 * self.groups..) {
            s[k] -= s[a] + s[b];
        }
        s
    }
}
