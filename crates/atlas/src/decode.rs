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

/// Column of state codes.
struct Ids<'a> {
    codes: &'a [u32],
    ids: Vec<StateId>,
}

impl Ids<'_> {
    fn get(&self, row: u32) -> StateId {
        self.ids[self.codes[row as usize] as usize]
    }
}

/// Column of items: sorted names of those that occur in the kept rows, and positions among them.
struct Items<'a> {
    codes: &'a [u32],
    position: Vec<u16>,
    names: Vec<String>,
}

impl Items<'_> {
    fn get(&self, row: u32) -> u16 {
        self.position[self.codes[row as usize] as usize]
    }
}

impl<'a> Rows<'a> {
    /// State codes; one that is not in the list of states is an error wherever it stands.
    fn states(&self, name: &str) -> Result<Ids<'a>, AtlasError> {
        let text = self.columns.text(name)?;
        let ids = text
            .names
            .iter()
            .enumerate()
            .map(|(code, name)| {
                self.states
                    .by_iso3(name)
                    .ok_or_else(|| AtlasError::UnknownState {
                        file: self.columns.file().to_owned(),
                        row: text
                            .codes
                            .iter()
                            .position(|c| *c as usize == code)
                            .unwrap_or_default(),
                        code: name.clone(),
                    })
            })
            .collect::<Result<_, _>>()?;
        Ok(Ids {
            codes: &text.codes,
            ids,
        })
    }

    fn items(&self) -> Result<Items<'a>, AtlasError> {
        let text = self.columns.text("item")?;
        let mut used = vec![false; text.names.len()];
        for &row in &self.keep {
            used[text.codes[row as usize] as usize] = true;
        }
        let mut names: Vec<String> = text
            .names
            .iter()
            .zip(&used)
            .filter(|(_, u)| **u)
            .map(|(n, _)| n.clone())
            .collect();
        names.sort();
        names.dedup();
        let position = text
            .names
            .iter()
            .map(|n| names.partition_point(|m| m < n) as u16)
            .collect();
        Ok(Items {
            codes: &text.codes,
            position,
            names,
        })
    }

    /// One value per kept row.
    fn map<T>(&self, of: impl Fn(u32) -> T) -> Vec<T> {
        self.keep.iter().map(|&row| of(row)).collect()
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
    let date = if table.shape == Shape::Spells {
        "start"
    } else {
        "year"
    };
    let keep = rows_of(
        columns.text("variable")?,
        columns.int(date)?,
        &info.id,
        last,
    );
    let rows = Rows {
        columns,
        states,
        keep,
    };
    let n = states.len();
    let dates = columns.int(date)?;
    let year = |row: u32| Year(dates[row as usize]);
    Ok(match table.shape {
        Shape::StateYear => {
            let (s, v) = (rows.states("iso3")?, columns.real("value")?);
            Decoded::State(StatePanel::new(
                n,
                rows.map(|r| (s.get(r), year(r), v.at(r))),
            ))
        }
        Shape::DyadYear => {
            let (a, b, v) = (rows.states("a")?, rows.states("b")?, columns.real("value")?);
            let mut cells = rows.map(|r| (a.get(r), b.get(r), year(r), v.at(r)));
            if info.symmetric {
                cells.reserve_exact(cells.len());
                for k in 0..cells.len() {
                    let (a, b, y, v) = cells[k];
                    if a != b {
                        cells.push((b, a, y, v));
                    }
                }
            }
            Decoded::Dyad(DyadPanel::new(n, cells))
        }
        Shape::ItemYear => {
            let (i, v) = (rows.items()?, columns.real("value")?);
            let cells = rows.map(|r| (i.get(r), year(r), v.at(r)));
            Decoded::Item(ItemPanel::new(i.names, cells))
        }
        Shape::ItemStateYear => {
            let (i, s, v) = (rows.items()?, rows.states("iso3")?, columns.real("value")?);
            let cells = rows.map(|r| (i.get(r), s.get(r), year(r), v.at(r)));
            Decoded::ItemState(ItemStatePanel::new(i.names, cells))
        }
        Shape::ItemDyadYear => {
            let (i, v) = (rows.items()?, columns.real("value")?);
            let (a, b) = (rows.states("a")?, rows.states("b")?);
            let cells = rows.map(|r| (i.get(r), a.get(r), b.get(r), year(r), v.at(r)));
            Decoded::ItemDyad(ItemDyadPanel::new(i.names, cells))
        }
        Shape::Spells => {
            let (a, b) = (rows.states("a")?, rows.states("b")?);
            let (end, detail) = (columns.int("end")?, columns.text("detail")?);
            let spells = rows.map(|r| Spell {
                a: a.get(r),
                b: b.get(r),
                start: year(r),
                end: known_end(end[r as usize], last),
                detail: detail.get(r as usize).to_owned(),
            });
            Decoded::Spells(Spells::new(info.directed, spells))
        }
        Shape::States | Shape::Memberships | Shape::Leaders => {
            return Err(AtlasError::Catalogue {
                message: format!(
                    "table {} of shape {} holds no variables",
                    table.file, table.shape
                ),
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
    let keep = (0..columns.rows() as u32)
        .filter(|&i| Year(dates[i as usize]) <= last)
        .collect();
    Ok((
        Rows {
            columns,
            states,
            keep,
        },
        last,
    ))
}

pub(crate) fn leaders(
    columns: &Columns,
    table: &TableInfo,
    states: &States,
    vintage: Year,
) -> Result<Vec<Leader>, AtlasError> {
    let (rows, last) = dated(columns, table, states, vintage, "start")?;
    let (state, name) = (rows.states("iso3")?, columns.text("leader")?);
    let (start, end) = (columns.int("start")?, columns.int("end")?);
    Ok(rows.map(|r| Leader {
        state: state.get(r),
        name: name.get(r as usize).to_owned(),
        start: Year(start[r as usize]),
        end: known_end(end[r as usize], last),
    }))
}

pub(crate) fn memberships(
    columns: &Columns,
    table: &TableInfo,
    states: &States,
    vintage: Year,
) -> Result<Vec<Membership>, AtlasError> {
    let (rows, last) = dated(columns, table, states, vintage, "entry")?;
    let (state, bloc, kind) = (
        rows.states("iso3")?,
        columns.text("bloc")?,
        columns.text("kind")?,
    );
    let (entry, exit) = (columns.int("entry")?, columns.int("exit")?);
    Ok(rows.map(|r| Membership {
        bloc: bloc.get(r as usize).to_owned(),
        kind: kind.get(r as usize).to_owned(),
        state: state.get(r),
        entry: Year(entry[r as usize]),
        exit: known_end(exit[r as usize], last),
    }))
}
