//! Charts of one quantity: densities, paths over years, interval rows, and a path with its peak.

use serde::Serialize;

use crate::evidence::{Basis, RowId, Spread, Unit};

/// A density on a grid, with its interval.
#[derive(Clone, Debug, Serialize)]
pub struct Density {
    /// Grid, rising.
    pub x: Vec<f64>,
    /// Density at the grid.
    pub y: Vec<f64>,
    /// Quantiles.
    pub spread: Spread,
    /// Share of draws beyond the threshold, 0 to 1.
    pub beyond: f64,
    /// Draws behind it, for the resolution of `beyond`.
    pub draws: u32,
}

impl Density {
    /// Gaussian kernel density of draws on `points` grid points from `low` to `high`, bandwidth by
    /// Silverman's rule (0.9 min(sd, IQR/1.34) n^-1/5). `None` with fewer than two finite draws or
    /// without spread.
    pub fn of(draws: &[f64], low: f64, high: f64, points: usize, threshold: f64) -> Option<Self> {
        let x: Vec<f64> = draws.iter().copied().filter(|v| v.is_finite()).collect();
        let spread = Spread::of(&x)?;
        let n = x.len() as f64;
        let mean = x.iter().sum::<f64>() / n;
        let sd = (x.iter().map(|v| (v - mean).powi(2)).sum::<f64>() / (n - 1.0).max(1.0)).sqrt();
        let iqr = (spread.q75 - spread.q25) / 1.34;
        let width = if iqr > 0.0 { sd.min(iqr) } else { sd };
        if x.len() < 2 || width <= 0.0 || points < 2 || high <= low {
            return None;
        }
        let h = 0.9 * width * n.powf(-0.2);
        let grid: Vec<f64> = (0..points)
            .map(|k| low + (high - low) * k as f64 / (points - 1) as f64)
            .collect();
        let norm = 1.0 / (n * h * (2.0 * std::f64::consts::PI).sqrt());
        let y = grid
            .iter()
            .map(|g| {
                norm * x
                    .iter()
                    .map(|v| (-0.5 * ((g - v) / h).powi(2)).exp())
                    .sum::<f64>()
            })
            .collect();
        let beyond = x.iter().filter(|v| **v > threshold).count() as f64 / n;
        Some(Self {
            x: grid,
            y,
            spread,
            beyond,
            draws: x.len() as u32,
        })
    }
}

/// Prior and posterior of one quantity.
#[derive(Clone, Debug, Serialize)]
pub struct DensityPair {
    /// Before the data.
    pub prior: Density,
    /// After the data.
    pub posterior: Density,
    /// The bound that matters.
    pub threshold: f64,
    /// Name of the quantity on the axis ("loop gain G").
    pub quantity: String,
    /// What it means below the threshold ("distrust dies out").
    pub below: String,
    /// What it means above.
    pub above: String,
    /// How far the evidence moved the odds.
    pub odds: Option<Odds>,
}

/// Posterior over prior odds.
#[derive(Clone, Debug, Serialize)]
pub struct Odds {
    /// Their ratio, at least 0; below 1 the evidence speaks against.
    pub ratio: f64,
    /// The ratio from which a claim is made.
    pub claim_at: f64,
    /// What would be claimed ("a spiral").
    pub claim: String,
}

/// One density with an optional threshold.
#[derive(Clone, Debug, Serialize)]
pub struct DensityRow {
    /// The density.
    pub density: Density,
    /// A bound; the share beyond it is filled.
    pub threshold: Option<f64>,
    /// Name of the quantity on the axis.
    pub quantity: String,
    /// Its unit.
    pub unit: Unit,
}

/// A path over years: shocked arm with bands, and the no-shock arm.
#[derive(Clone, Debug, Serialize)]
pub struct Path {
    /// Years, rising.
    pub years: Vec<i32>,
    /// Quantiles of the shocked arm or of the gap, one per year.
    pub spread: Vec<Spread>,
    /// Median without the shock (zeros when the path is a gap).
    pub no_shock: Vec<f64>,
}

/// A panel of small multiples.
#[derive(Clone, Debug, Serialize)]
pub struct PathPanel {
    /// Name of the state or measure.
    pub name: String,
    /// Unit or qualification under the name; empty in panels of one measure.
    pub note: String,
    /// What it rests on, if panels differ in it.
    pub basis: Option<Basis>,
    /// Unit of the values.
    pub unit: Unit,
    /// Row of the last year, if there is one.
    pub row: Option<RowId>,
    /// The path.
    pub path: Path,
}

/// Small multiples.
#[derive(Clone, Debug, Serialize)]
pub struct PathPanels {
    /// Panels in reading order.
    pub panels: Vec<PathPanel>,
    /// One scale for all panels.
    pub same_scale: bool,
    /// Panels side by side at full width: 3 to 5.
    pub columns: u8,
}

/// A row with an interval bar.
#[derive(Clone, Debug, Serialize)]
pub struct IntervalRow {
    /// Label.
    pub label: String,
    /// Its row.
    pub row: RowId,
    /// Value before, or without the shock: a grey tick.
    pub before: Option<f64>,
}

/// Rows with interval bars on one axis.
#[derive(Clone, Debug, Serialize)]
pub struct IntervalRows {
    /// Rows, sorted as the subtitle says.
    pub rows: Vec<IntervalRow>,
    /// Line of no change on the axis (0 for gaps, 1 for multiples).
    pub no_change: Option<f64>,
    /// Heading of the label column.
    pub head: String,
}
