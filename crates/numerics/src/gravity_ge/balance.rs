//! Scaling of a matrix to given row and column sums: multilateral resistances, PPML with exporter
//! and importer effects at given costs.

use crate::equilibrium::dot;
use crate::fixedpoint::{self, Options};
use crate::{NumericsError, Verdict, check_domain, check_len};

/// Largest relative gap of a row sum accepted.
const TOLERANCE: f64 = 1e-13;
/// Most sweeps.
const MOST_SWEEPS: usize = 20_000;
/// Differences kept by the acceleration.
const MEMORY: usize = 8;

/// Factors that give a matrix its sums: fitted_ij = row_i · matrix_ij · column_j.
#[derive(Clone, Debug)]
pub struct Balanced {
    /// Row factors.
    pub row: Vec<f64>,
    /// Column factors.
    pub column: Vec<f64>,
    /// Largest relative gap of a column sum; row sums hold to rounding.
    pub residual: f64,
    /// Sweeps over the matrix.
    pub sweeps: usize,
    /// Whether the tolerance was reached.
    pub verdict: Verdict,
}

impl Balanced {
    /// The fitted matrix.
    pub fn fitted(&self, matrix: &[f64]) -> Vec<f64> {
        let n = self.column.len();
        matrix
            .iter()
            .enumerate()
            .map(|(k, x)| self.row[k / n] * x * self.column[k % n])
            .collect()
    }
}

/// Row and column factors of a non-negative matrix (row-major) for positive sums with one total,
/// by accelerated alternating scaling, from earlier factors when given.
pub fn balance(
    matrix: &[f64],
    rows: &[f64],
    columns: &[f64],
    start: Option<&Balanced>,
) -> Result<Balanced, NumericsError> {
    let (n, m) = (rows.len(), columns.len());
    check_len("matrix", matrix.len(), n * m)?;
    for x in matrix {
        check_domain(
            x.is_finite() && *x >= 0.0,
            "entry",
            *x,
            "finite and not negative",
        )?;
    }
    for x in rows.iter().chain(columns) {
        check_domain(x.is_finite() && *x > 0.0, "sum", *x, "positive")?;
    }
    let (a, b): (f64, f64) = (rows.iter().sum(), columns.iter().sum());
    check_domain((a / b - 1.0).abs() < 1e-9, "ratio of totals", a / b, "one")?;

    let mut row = vec![0.0; n];
    let mut sums = vec![0.0; m];
    let sweep = |column: &[f64], row: &mut [f64], sums: &mut [f64]| {
        sums.fill(0.0);
        for i in 0..n {
            let line = &matrix[i * m..][..m];
            row[i] = rows[i] / dot(line, column);
            sums.iter_mut()
                .zip(line)
                .for_each(|(s, x)| *s += x * row[i]);
        }
    };
    let from: Vec<f64> = match start {
        Some(s) => s.column.iter().map(|c| c.ln()).collect(),
        None => vec![0.0; m],
    };
    let options = Options {
        tolerance: TOLERANCE,
        max_evaluations: MOST_SWEEPS,
        memory: MEMORY,
        damping: 1.0,
    };
    let mut column = vec![0.0; m];
    let s = fixedpoint::anderson(&from, &options, |x, f| {
        column.iter_mut().zip(x).for_each(|(c, x)| *c = x.exp());
        sweep(&column, &mut row, &mut sums);
        let mut worst: f64 = 0.0;
        for j in 0..m {
            let ratio = columns[j] / (sums[j] * column[j]);
            f[j] = ratio.ln();
            worst = worst.max((ratio - 1.0).abs());
        }
        worst.is_finite().then_some(worst)
    });
    let mut column: Vec<f64> = s.x.iter().map(|x| x.exp()).collect();
    let (mut sweeps, mut residual) = (s.evaluations, s.residual);
    // Plain scaling is monotone: it finishes what acceleration may leave.
    while (residual > TOLERANCE || residual.is_nan()) && sweeps < MOST_SWEEPS {
        sweep(&column, &mut row, &mut sums);
        residual = 0.0;
        for j in 0..m {
            residual = f64::max(residual, (sums[j] * column[j] / columns[j] - 1.0).abs());
            column[j] = columns[j] / sums[j];
        }
        sweeps += 1;
    }
    sweep(&column, &mut row, &mut sums);
    let verdict = if residual <= TOLERANCE {
        Verdict::Converged
    } else {
        Verdict::OutOfIterations
    };
    Ok(Balanced {
        row,
        column,
        residual,
        sweeps,
        verdict,
    })
}
