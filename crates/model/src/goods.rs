//! Goods trade as it could be known at a date, from the table that is newest then.

use realign_atlas::{Atlas, AtlasError, DyadPanel, Year};

use crate::ModelError;

/// Tables of goods trade; of two with the same newest year the first counts: all pairs of one year,
/// the input-output economies, importers' records before them.
const TABLES: [(&str, &str); 3] = [
    ("trade_goods_musd", "goods trade of all pairs"),
    ("icio_goods_musd", "input-output tables"),
    ("cow_trade_musd", "importers' records (Correlates of War)"),
];

/// The variable that holds the newest goods trade known by `year`, its name for people and that
/// year; `None` when none does.
pub fn goods_table(
    atlas: &Atlas,
    year: Year,
) -> Result<Option<(&'static str, &'static str, Year)>, ModelError> {
    let mut best: Option<(&'static str, &'static str, Year)> = None;
    for (id, label) in TABLES {
        let newest = optional(atlas.dyads(id))?
            .and_then(|p| p.rows().map(|r| r.2).filter(|y| *y <= year).max());
        if let Some(newest) = newest
            && best.is_none_or(|b| b.2 < newest)
        {
            best = Some((id, label, newest));
        }
    }
    Ok(best)
}

/// Flows, exporter × importer, and what was done instead of the best table.
pub type Goods = (Vec<f64>, Option<String>);

/// Goods trade of the newest year known by `year`, million USD, exporter × importer with sales at
/// home on the diagonal, zero where nothing is recorded; with a note where the best table does not
/// reach back so far. `None` when no table does.
pub fn goods_matrix(atlas: &Atlas, year: Year) -> Result<Option<Goods>, ModelError> {
    let Some((id, label, newest)) = goods_table(atlas, year)? else {
        return Ok(None);
    };
    let panel = atlas.dyads(id)?;
    let mut flows = vec![0.0; atlas.n() * atlas.n()];
    for (a, b, y, v) in panel.rows() {
        if y == newest {
            flows[a.index() * atlas.n() + b.index()] = v;
        }
    }
    let note = (id != TABLES[0].0).then(|| {
        format!(
            "{} is not known by {year}: {label} of {newest}",
            TABLES[0].1
        )
    });
    Ok(Some((flows, note)))
}

/// `None` for a variable that no table holds.
fn optional(read: Result<&DyadPanel, AtlasError>) -> Result<Option<&DyadPanel>, ModelError> {
    match read {
        Ok(x) => Ok(Some(x)),
        Err(AtlasError::UnknownVariable { .. }) => Ok(None),
        Err(e) => Err(e.into()),
    }
}
