//! Pictures as data: one type per chart of the grammar, each with everything it draws.

mod draws;
mod structure;
mod table;

use serde::Serialize;

use crate::evidence::{RowId, SourceId};
use crate::sentence::Sentence;

pub use draws::*;
pub use structure::*;
pub use table::*;

/// A picture with its words.
#[derive(Clone, Debug, Serialize)]
pub struct Figure {
    /// Anchor, unique: small letters, digits and `-`.
    pub id: String,
    /// The answer in a sentence, with its number or verdict word.
    pub title: Sentence,
    /// Measure, unit, year, bands.
    pub subtitle: Sentence,
    /// Exceptions, behind evidence and sources.
    pub remark: Vec<Sentence>,
    /// Rows that it shows.
    pub evidence: Vec<RowId>,
    /// Rows whose direction the title claims: each interval must leave out "no change".
    pub claims: Vec<RowId>,
    /// Sources.
    pub sources: Vec<SourceId>,
    /// Draws behind it; 0 if none.
    pub draws: u32,
    /// Full width (976 px) instead of the text column (664 px).
    pub wide: bool,
    /// What is drawn.
    pub chart: Chart,
    /// Its numbers as a table, folded on screen; flows have one of their own.
    pub table: Option<Table>,
}

impl Figure {
    /// Title, subtitle, remarks and table headings.
    pub fn sentences(&self) -> Vec<&Sentence> {
        let mut out = vec![&self.title, &self.subtitle];
        out.extend(&self.remark);
        out.extend(self.table.iter().flat_map(Table::sentences));
        match &self.chart {
            Chart::States(t) => out.extend(t.sentences()),
            Chart::Skill(s) => out.extend(s.rows.iter().map(|r| &r.words)),
            _ => {}
        }
        out
    }
}

/// What is drawn.
#[derive(Clone, Debug, Serialize)]
#[serde(tag = "chart", rename_all = "snake_case")]
pub enum Chart {
    /// Two densities, prior over posterior, a threshold, and the odds strip.
    DensityPair(DensityPair),
    /// One density.
    Density(DensityRow),
    /// Small multiples of time paths.
    Paths(PathPanels),
    /// Rows with an interval bar; with `before` a grey tick: before and after by pair.
    Intervals(IntervalRows),
    /// Ties between states before and after, sorted by bloc, beside the stability plane.
    Blocs(Blocs),
    /// Flows from at most 4 origins to at most 7 destinations.
    Flow(Flow),
    /// Order books: delivered, kept, moved.
    Orders(Orders),
    /// Table of states with sparkline and interval bar.
    States(Table),
    /// World map.
    Map(WorldMap),
    /// Heat map with the number in each cell.
    Heat(Heat),
    /// A path against staying put, with its peak.
    Curve(Curve),
    /// Drivers: bars per act and indicator.
    Drivers(Drivers),
    /// Where the uncertainty comes from: one stacked bar.
    Variance(Variance),
    /// Record against "nothing changes".
    Skill(Skill),
    /// Shares of camps or blocs, one stacked bar per date.
    Camps(Camps),
}
