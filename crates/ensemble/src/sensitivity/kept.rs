//! Rows of a design kept on disk as they are evaluated, so that a long study goes on where it
//! stopped.

use std::fs;
use std::path::{Path, PathBuf};

use realign_atlas::build::{Cell, TableWriter};

use super::{Outcome, PART};
use crate::EnsembleError;
use crate::stored::float_column;

/// Evaluations of one question, by design.
#[derive(Debug)]
pub struct Kept {
    dir: PathBuf,
    cells: usize,
}

const ZSTD_LEVEL: i32 = 3;

impl Kept {
    /// Evaluations under `dir`; `question` must name everything that the values depend on beside
    /// the rows themselves, and `cells` is the number of cells of an outcome.
    pub fn new(dir: &Path, question: &str, cells: usize) -> Self {
        Self {
            dir: dir.join("sensitivity").join(question),
            cells,
        }
    }

    /// Evaluates the rows of a design in parts, each of which is kept; parts that are there are
    /// read. `evaluate` is given the rows of a part and the number of rows done before it.
    pub fn rows(
        &self,
        design: &str,
        rows: &[Vec<f64>],
        evaluate: impl Fn(&[Vec<f64>], usize) -> Result<Vec<Outcome>, EnsembleError>,
    ) -> Result<Vec<Outcome>, EnsembleError> {
        let dir = self.dir.join(design);
        fs::create_dir_all(&dir).map_err(|e| EnsembleError::Write {
            path: dir.display().to_string(),
            message: e.to_string(),
        })?;
        let mut out = Vec::with_capacity(rows.len());
        for (p, part) in rows.chunks(PART).enumerate() {
            let path = dir.join(format!("{p:05}.parquet"));
            if path.is_file() {
                out.extend(self.read(&path, part.len())?);
                continue;
            }
            let found = evaluate(part, p * PART)?;
            self.write(&path, p * PART, &found)?;
            out.extend(found);
        }
        Ok(out)
    }

    fn write(&self, path: &Path, first: usize, found: &[Outcome]) -> Result<(), EnsembleError> {
        let (mut row, mut cell, mut effect, mut level) = (vec![], vec![], vec![], vec![]);
        for (r, o) in found.iter().enumerate() {
            for c in 0..self.cells {
                row.push((first + r) as i32);
                cell.push(c as i32);
                effect.push(o.effect[c]);
                level.push(o.level[c]);
            }
        }
        TableWriter::default()
            .column("row", Cell::Int(row))
            .column("cell", Cell::Int(cell))
            .column("effect", Cell::Narrow(effect))
            .column("level", Cell::Narrow(level))
            .write_with(path, ZSTD_LEVEL)
            .map_err(|e| EnsembleError::Write {
                path: path.display().to_string(),
                message: e.to_string(),
            })
    }

    fn read(&self, path: &Path, rows: usize) -> Result<Vec<Outcome>, EnsembleError> {
        let n = rows * self.cells;
        let effect = float_column(path, 0, 2, n)?;
        let level = float_column(path, 0, 3, n)?;
        Ok(effect
            .chunks(self.cells)
            .zip(level.chunks(self.cells))
            .map(|(e, l)| Outcome {
                effect: e.to_vec(),
                level: l.to_vec(),
            })
            .collect())
    }
}
