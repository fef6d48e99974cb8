//! Charts of structure: blocs, flows, order books, maps, heat maps, drivers, records, camps.

use std::collections::BTreeMap;

use serde::Serialize;

use super::Path;
use crate::evidence::{Basis, RowId, Spread, Unit};
use crate::sentence::Sentence;

/// A bloc in a sorted matrix.
#[derive(Clone, Debug, Serialize)]
pub struct Bloc {
    /// Its label.
    pub label: String,
    /// First state in it, an index into the codes.
    pub start: usize,
    /// States in it.
    pub len: usize,
}

/// Ties between states, sorted by bloc.
#[derive(Clone, Debug, Serialize)]
pub struct TieMatrix {
    /// Heading ("2025").
    pub title: String,
    /// Line under it: effective blocs, hub share.
    pub note: String,
    /// State codes in the order of rows and columns.
    pub codes: Vec<String>,
    /// Ties, row by row, 0 to 1.
    pub ties: Vec<f64>,
    /// Blocs, in order.
    pub blocs: Vec<Bloc>,
}

/// Draws in the plane, as a normal approximation.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct Cloud {
    /// Mean on the horizontal axis.
    pub x: f64,
    /// Mean on the vertical axis.
    pub y: f64,
    /// Standard deviation, horizontal.
    pub sd_x: f64,
    /// Standard deviation, vertical.
    pub sd_y: f64,
    /// Correlation.
    pub correlation: f64,
}

impl Cloud {
    /// Moments of paired draws; `None` with fewer than two finite pairs.
    pub fn of(x: &[f64], y: &[f64]) -> Option<Self> {
        let p: Vec<(f64, f64)> = x
            .iter()
            .zip(y)
            .filter(|(a, b)| a.is_finite() && b.is_finite())
            .map(|(a, b)| (*a, *b))
            .collect();
        if p.len() < 2 {
            return None;
        }
        let n = p.len() as f64;
        let (mx, my) = (
            p.iter().map(|v| v.0).sum::<f64>() / n,
            p.iter().map(|v| v.1).sum::<f64>() / n,
        );
        let (mut xx, mut yy, mut xy) = (0.0, 0.0, 0.0);
        for (a, b) in &p {
            xx += (a - mx).powi(2);
            yy += (b - my).powi(2);
            xy += (a - mx) * (b - my);
        }
        let (sd_x, sd_y) = ((xx / (n - 1.0)).sqrt(), (yy / (n - 1.0)).sqrt());
        let correlation = if xx > 0.0 && yy > 0.0 {
            xy / (xx * yy).sqrt()
        } else {
            0.0
        };
        Some(Self {
            x: mx,
            y: my,
            sd_x,
            sd_y,
            correlation,
        })
    }
}

/// The stability–adaptability plane.
#[derive(Clone, Debug, Serialize)]
pub struct Plane {
    /// Heading.
    pub title: String,
    /// Line under it.
    pub note: String,
    /// Name of the horizontal axis.
    pub x_axis: String,
    /// Name of the vertical axis.
    pub y_axis: String,
    /// Label of the first cloud.
    pub before_label: String,
    /// Before, or without the shock.
    pub before: Cloud,
    /// Label of the second cloud.
    pub after_label: String,
    /// With the shock.
    pub after: Cloud,
}

/// Blocs before and after.
#[derive(Clone, Debug, Serialize)]
pub struct Blocs {
    /// Before, or without the shock.
    pub before: TieMatrix,
    /// With the shock.
    pub after: TieMatrix,
    /// What that does to the system.
    pub plane: Option<Plane>,
}

/// An end of a flow.
#[derive(Clone, Debug, Serialize)]
pub struct FlowEnd {
    /// Name.
    pub label: String,
    /// Short name for narrow screens and tables.
    pub short: String,
    /// Total with its quantiles.
    pub total: Spread,
}

/// One flow.
#[derive(Clone, Copy, Debug, Serialize)]
pub struct FlowCell {
    /// Quantiles of its size; the median is drawn.
    pub size: Spread,
    /// Share of draws that agree on its direction, 0 to 1.
    pub agreement: f64,
}

/// Flows between at most 4 origins and 7 destinations.
#[derive(Clone, Debug, Serialize)]
pub struct Flow {
    /// Origins.
    pub origins: Vec<FlowEnd>,
    /// Destinations.
    pub destinations: Vec<FlowEnd>,
    /// One row per origin.
    pub flows: Vec<Vec<FlowCell>>,
    /// Unit of all numbers.
    pub unit: Unit,
    /// Heading of the origins in the table ("Exporter").
    pub origin_head: String,
}

/// An order book.
#[derive(Clone, Debug, Serialize)]
pub struct OrderRow {
    /// Buyer.
    pub label: String,
    /// Delivered already.
    pub delivered: f64,
    /// On order (kept and moved together).
    pub on_order: f64,
    /// Moved to another supplier, with quantiles, at most `on_order`.
    pub moved: Spread,
    /// Row of `moved`, if it has one.
    pub row: Option<RowId>,
}

/// Order books by buyer.
#[derive(Clone, Debug, Serialize)]
pub struct Orders {
    /// Rows, sorted as the subtitle says.
    pub rows: Vec<OrderRow>,
    /// What is counted ("aircraft").
    pub noun: String,
}

/// A value on the map.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct MapValue {
    /// Median.
    pub median: f64,
    /// Lower end of the 90 % interval.
    pub low: f64,
    /// Upper end of the 90 % interval.
    pub high: f64,
}

/// A world map in five classes.
#[derive(Clone, Debug, Serialize)]
pub struct WorldMap {
    /// Values by ISO3 code. States without one stay blank.
    pub values: BTreeMap<String, MapValue>,
    /// Names by ISO3 code as the atlas has them; the map's own names stand in.
    pub names: BTreeMap<String, String>,
    /// The actor, outlined and not scored; ISO3 code.
    pub actor: Option<String>,
    /// Its label.
    pub actor_label: String,
    /// The four inner class bounds, rising; empty: fifths of the values.
    pub bounds: Vec<f64>,
    /// Darker for smaller values (a larger fall) instead of larger ones.
    pub darker_is_lower: bool,
    /// Words at the pale end.
    pub pale_label: String,
    /// Words at the dark end.
    pub dark_label: String,
    /// Unit.
    pub unit: Unit,
}

/// A column of a heat map.
#[derive(Clone, Debug, Serialize)]
pub struct HeatColumn {
    /// Label.
    pub label: String,
    /// What it rests on.
    pub basis: Basis,
}

/// A row of a heat map.
#[derive(Clone, Debug, Serialize)]
pub struct HeatRow {
    /// Label.
    pub label: String,
    /// ISO3 code if the row is a state.
    pub iso3: Option<String>,
    /// Quantiles, one per column; the median is printed.
    pub cells: Vec<Option<Spread>>,
}

/// A heat map.
#[derive(Clone, Debug, Serialize)]
pub struct Heat {
    /// Heading of the first column.
    pub stub: String,
    /// Columns.
    pub columns: Vec<HeatColumn>,
    /// Rows.
    pub rows: Vec<HeatRow>,
    /// Cells to outline, as (row, column); at most three.
    pub outlined: Vec<(usize, usize)>,
    /// Unit.
    pub unit: Unit,
}

/// A path against staying put.
#[derive(Clone, Debug, Serialize)]
pub struct Curve {
    /// The path; its `no_shock` is the path of staying put.
    pub path: Path,
    /// Label of the path.
    pub label: String,
    /// Label of staying put.
    pub stay_label: String,
    /// Name of the vertical axis with unit.
    pub y_axis: String,
    /// Unit.
    pub unit: Unit,
    /// Year of the peak, with quantiles.
    pub peak: Option<Spread>,
}

/// A driver's share of an effect.
#[derive(Clone, Debug, Serialize)]
pub struct DriverCell {
    /// Quantiles of the share, per cent.
    pub share: Spread,
    /// Its row, if it has one.
    pub row: Option<RowId>,
}

/// A driver.
#[derive(Clone, Debug, Serialize)]
pub struct DriverRow {
    /// Act or channel.
    pub label: String,
    /// Shares, one per indicator; `None` where it does not apply.
    pub cells: Vec<Option<DriverCell>>,
}

/// Bars per act and indicator, one scale.
#[derive(Clone, Debug, Serialize)]
pub struct Drivers {
    /// Heading of the acts.
    pub head: String,
    /// Indicators, at most four: label and what they rest on.
    pub columns: Vec<(String, Basis)>,
    /// Drivers, sorted by the first indicator.
    pub rows: Vec<DriverRow>,
}

/// Where the uncertainty comes from, in per cent of the variance.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct Variance {
    /// Chance.
    pub chance: f64,
    /// Estimated parameters.
    pub estimated: f64,
    /// Choice of model.
    pub model: f64,
    /// Assumed parameters.
    pub assumed: f64,
}

/// The record of a part.
#[derive(Clone, Debug, Serialize)]
pub struct SkillRow {
    /// Part.
    pub part: String,
    /// The verdict in a sentence.
    pub words: Sentence,
    /// Skill with quantiles: 1 − loss / loss of "nothing changes"; `None` if not scored.
    pub skill: Option<Spread>,
    /// How often the 90 % interval held, per cent; `None` if not scored.
    pub held: Option<f64>,
}

/// Records against "nothing changes".
#[derive(Clone, Debug, Serialize)]
pub struct Skill {
    /// Parts.
    pub rows: Vec<SkillRow>,
}

/// Shares of camps, one stacked bar per date.
#[derive(Clone, Debug, Serialize)]
pub struct Camps {
    /// Names, at most five; the last grey one is "neither".
    pub names: Vec<String>,
    /// Bars: label and shares in per cent, one per name.
    pub bars: Vec<(String, Vec<f64>)>,
}
