//! Tables: cells, columns, rows.

use serde::Serialize;

use super::Path;
use crate::evidence::{Basis, RowId, Spread, Unit};
use crate::sentence::Sentence;

/// A cell of a table.
#[derive(Clone, Debug, Serialize)]
#[serde(tag = "cell", rename_all = "snake_case")]
pub enum Cell {
    /// Words.
    Text {
        /// The words.
        text: Sentence,
    },
    /// The estimate of a row, with its interval on a second line.
    Row {
        /// The row.
        row: RowId,
    },
    /// A number without a row of its own, with its interval on a second line.
    Value {
        /// Quantiles; the median is printed.
        spread: Spread,
        /// Unit.
        unit: Unit,
        /// Plus in front of positive numbers.
        signed: bool,
    },
    /// A sparkline.
    Spark {
        /// The path.
        path: Path,
    },
    /// An interval bar; all bars of a column share one scale.
    Bar {
        /// Quantiles.
        spread: Spread,
    },
    /// Nothing known; printed as a dash.
    Empty,
}

/// A column of a table.
#[derive(Clone, Debug, Serialize)]
pub struct Column {
    /// Heading.
    pub head: Sentence,
    /// What the column rests on, if it differs from the others.
    pub basis: Option<Basis>,
    /// Line of no change for interval bars.
    pub no_change: Option<f64>,
    /// Numbers stand on the right.
    pub right: bool,
}

impl Column {
    /// A column of numbers.
    pub fn numbers(head: impl Into<Sentence>) -> Self {
        Self {
            head: head.into(),
            basis: None,
            no_change: None,
            right: true,
        }
    }

    /// A column of words, sparklines or bars.
    pub fn words(head: impl Into<Sentence>) -> Self {
        Self {
            head: head.into(),
            basis: None,
            no_change: None,
            right: false,
        }
    }
}

/// A row of a table.
#[derive(Clone, Debug, Serialize)]
pub struct TableRow {
    /// Heading of the row.
    pub head: Sentence,
    /// Small line under it; may be empty.
    pub note: String,
    /// ISO3 code if the row is a state.
    pub iso3: Option<String>,
    /// Cells, one per column.
    pub cells: Vec<Cell>,
}

/// A table.
#[derive(Clone, Debug, Serialize)]
pub struct Table {
    /// Caption for those who do not see the title.
    pub caption: String,
    /// Heading of the first column.
    pub stub: String,
    /// Further columns.
    pub columns: Vec<Column>,
    /// Rows, sorted as the subtitle says.
    pub rows: Vec<TableRow>,
}

impl Table {
    /// Sentences in headings and cells.
    pub fn sentences(&self) -> Vec<&Sentence> {
        let mut out: Vec<&Sentence> = self.columns.iter().map(|c| &c.head).collect();
        for r in &self.rows {
            out.push(&r.head);
            out.extend(r.cells.iter().filter_map(|c| match c {
                Cell::Text { text } => Some(text),
                _ => None,
            }));
        }
        out
    }
}
