//! Columns into panels, with the vintage applied row by row.

use crate::columns::{Columns, Text};
use crate::panel::{
    DyadPanel, ItemDyadPanel, ItemPanel, ItemStatePanel, Leader, Membership, Spell, Spells,
    StatePanel,
};
use crate::sources::{Shape, TableInfo, VariableInfo};
use crate::{AtlasError, Decoded, StateId, States, Year};

/// Rows of one variable that survive the vintage.
struct Rows<'a> {
    columns: &'a Columns,
    states: &'a States,
    keep: Vec<u32>,
}

impl Rows<'_> {
    fn states(&self, name: &str) -> Result<Vec<StateId>, AtlasError> {
        let text = self.columns.text(name)?;
        let ids: Vec<Option<StateId>> =
            text.names.iter().map(|n| self.states.by_iso3(n)).collect();
        self.keep
            .iter()
            .map(|&row| {
                let code = text.codes[row as usize] as usize;
                ids[code].ok_or_else(|| AtlasError::UnknownState {
                    file: self.columns.file().to_owned(),
                    row: row as usize,
                    code: text.names[code].clone(),
                })
            })
            .collect()
    }

    fn ints(&self, name: &str) -> Result<Vec<i32>, AtlasError> {
        let v = self.columns.int(name)?;
        Ok(self.keep.iter().map(|&i| v[i as usize]).collect())
    }

    fn reals(&self, name: &str) -> Result<Vec<f64>, AtlasError> {
        let v = self.columns.real(name)?;
        Ok(self.keep.iter().map(|&i| v.get(i as usize)).collect())
    }

    fn texts(&self, name: &str) -> Result<Vec<String>, AtlasError> {
        let text = self.columns.text(name)?;
        Ok(self.keep.iter().map(|&i| text.get(i as usize).to_owned()).collect())
    }

    /// Sorted names of the items that occur, and for each row the position of its item.
    fn items(&self) -> Result<(Vec<String>, Vec<u16>), AtlasError> {
        let text = self.columns.text("item")?;
        let mut used = vec![false; text.names.len()];
        for &row in &self.keep {
            used[text.codes[row as usize] as usize] = true;
        }
        let mut names: Vec<&String> =
            text.names.iter().zip(&used).filter(|(_, u)| **u).map(|(n, _)| n).collect();
        names.sort();
        names.dedup();
        let position: Vec<u16> =
            text.names.iter().map(|n| names.partition_point(|m| *m < n) as u16).collect();
        let codes =
            self.keep.iter().map(|&row| position[text.codes[row as usize] as usize]).collect();
        Ok((names.into_iter().cloned().collect(), codes))
    }
}

/// Rows of `variable` dated not later than `last`.
fn rows_of(text: &Text, dates: &[i32], variable: &str, last: Year) -> Vec<u32> {
    let wanted: Vec<bool> = text.names.iter().map(|n| n == variable).collect();
    let mut keep = Vec::new();
    for (row, code) in text.codes.iter().enumerate() {
        if wanted[*code as usize] && Year(dates[row]) <= last {
            keep.push(row as u32);
        }
    }
    keep
}

/// Decodes one variable as it could be known at `vintage`.
pub(crate) fn variable(
    columns: &Columns,
    table: &TableInfo,
    info: &VariableInfo,
    states: &States,
    vintage: Year,
) -> Result<Decoded, AtlasError> {
    let last = vintage - table.lag(info);
    let date = if table.shape == Shape::Spells { "start" } else { "year" };
    let keep = rows_of(columns.text("variable")?, columns.int(date)?, &info.id, last);
    let rows = Rows { columns, states, keep };
    let n = states.len();
    Ok(match table.shape {
        Shape::StateYear => {
            let (s, y, v) = (rows.states("iso3")?, rows.ints("year")?, rows.reals("value")?);
            Decoded::State(StatePanel::new(
                n,
                (0..s.len()).map(|k| (s[k], Year(y[k]), v[k])).collect(),
            ))
        }
        Shape::DyadYear => {
            let (a, b) = (rows.states("a")?, rows.states("b")?);
            let (y, v) = (rows.ints("year")?, rows.reals("value")?);
            let mut cells: Vec<_> =
                (0..a.len()).map(|k| (a[k], b[k], Year(y[k]), v[k])).collect();
            if info.symmetric {
                let once = cells.len();
                for k in 0..once {
                    let (a, b, y, v) = cells[k];
                    if a != b {
                        cells.push((b, a, y, v));
                    }
                }
            }
            Decoded::Dyad(DyadPanel::new(n, cells))
        }
        Shape::ItemYear => {
            let (names, i) = rows.items()?;
            let (y, v) = (rows.ints("year")?, rows.reals("value")?);
            Decoded::Item(ItemPanel::new(
                names,
                (0..i.len()).map(|k| (i[k], Year(y[k]), v[k])).collect(),
            ))
        }
        Shape::ItemStateYear => {
            let (names, i) = rows.items()?;
            let (s, y, v) = (rows.states("iso3")?, rows.ints("year")?, rows.reals("value")?);
            Decoded::ItemState(ItemStatePanel::new(
                names,
                (0..i.len()).map(|k| (i[k], s[k], Year(y[k]), v[k])).collect(),
            ))
        }
        Shape::ItemDyadYear => {
            let (names, i) = rows.items()?;
            let (a, b) = (rows.states("a")?, rows.states("b")?);
            let (y, v) = (rows.ints("year")?, rows.reals("value")?);
            Decoded::ItemDyad(ItemDyadPanel::new(
                names,
                (0..i.len()).map(|k| (i[k], a[k], b[k], Year(y[k]), v[k])).collect(),
            ))
        }
        Shape::Spells => {
            let (a, b) = (rows.states("a")?, rows.states("b")?);
            let (y, e) = (rows.ints("start")?, rows.ints("end")?);
            let detail = rows.texts("detail")?;
            let spells = detail
                .into_iter()
                .enumerate()
                .map(|(k, detail)| Spell {
                    a: a[k],
                    b: b[k],
                    start: Year(y[k]),
                    end: known_end(e[k], last),
                    detail,
                })
                .collect();
            Decoded::Spells(Spells::new(info.directed, spells))
        }
        Shape::States | Shape::Memberships | Shape::Leaders => {
            return Err(AtlasError::Catalogue {
                message: format!("table {} of shape {} holds no variables", table.file, table.shape),
            });
        }
    })
}

/// An end that was known by `last`; a later one was not, so the tie is still in force.
fn known_end(end: i32, last: Year) -> Option<Year> {
    (end != 0 && Year(end) <= last).then_some(Year(end))
}

/// Rows of a table without variables whose `date` is not later than the vintage less the lag.
fn dated<'a>(
    columns: &'a Columns,
    table: &TableInfo,
    states: &'a States,
    vintage: Year,
    date: &str,
) -> Result<(Rows<'a>, Year), AtlasError> {
    let last = vintage - table.publication_lag_years;
    let dates = columns.int(date)?;
    let keep = (0..columns.rows() as u32).filter(|&i| Year(dates[i as usize]) <= last).collect();
    Ok((Rows { columns, states, keep }, last))
}

pub(crate) fn leaders(
    columns: &Columns,
    table: &TableInfo,
    states: &States,
    vintage: Year,
) -> Result<Vec<Leader>, AtlasError> {
    let (rows, last) = dated(columns, table, states, vintage, "start")?;
    let (s, y, e) = (rows.states("iso3")?, rows.ints("start")?, rows.ints("end")?);
    Ok(rows
        .texts("leader")?
        .into_iter()
        .enumerate()
        .map(|(k, name)| Leader {
            state: s[k],
            name,
            start: Year(y[k]),
            end: known_end(e[k], last),
        })
        .collect())
}

pub(crate) fn memberships(
    columns: &Columns,
    table: &TableInfo,
    states: &States,
    vintage: Year,
) -> Result<Vec<Membership>, AtlasError> {
    let (rows, last) = dated(columns, table, states, vintage, "entry")?;
    let (s, y, e) = (rows.states("iso3")?, rows.ints("entry")?, rows.ints("exit")?);
    let (bloc, kind) = (rows.texts("bloc")?, rows.texts("kind")?);
    Ok(bloc
        .into_iter()
        .zip(kind)
        .enumerate()
        .map(|(k, (bloc, kind))| Membership {
            bloc,
            kind,
            state: s[k],
            entry: Year(y[k]),
            exit: known_end(e[k], last),
        })
        .collect())
}
