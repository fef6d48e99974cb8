//! A future that says nothing: rows that were not public at an origin, dealt out anew.
//!
//! A forecast made at the origin must be the same before and after; the leakage guard of the
//! back-tests compares the two bit by bit.

use std::collections::BTreeMap;

use crate::columns::Columns;
use crate::sources::{Shape, TableInfo};
use crate::{AtlasError, Year};

/// Small generator of whole numbers (splitmix64, Steele, Lea & Flood 2014): this crate knows no
/// numerics.
struct Deal(u64);

impl Deal {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    /// A permutation of `rows` (Fisher & Yates).
    fn order(&mut self, rows: &[u32]) -> Vec<u32> {
        let mut order = rows.to_vec();
        for k in (1..order.len()).rev() {
            order.swap(k, (self.next() % (k as u64 + 1)) as usize);
        }
        order
    }
}

/// Shuffles what was not public at the end of `origin`, within each variable. Of panels the values
/// of rows dated later than the origin less their lag; of ties, members and leaders the dates of
/// those that begin later, and the ends that come later. Which rows there are stays as it is.
pub(crate) fn future(
    mut columns: Columns,
    table: &TableInfo,
    origin: Year,
    seed: u64,
) -> Result<Columns, AtlasError> {
    let (date, end) = match table.shape {
        Shape::States => return Ok(columns),
        Shape::Spells | Shape::Leaders => ("start", Some("end")),
        Shape::Memberships => ("entry", Some("exit")),
        _ => ("year", None),
    };
    let has_variables = !matches!(table.shape, Shape::Leaders | Shape::Memberships);
    // Rows by variable: those not public yet, and those whose end is not.
    let mut hidden: BTreeMap<String, Vec<u32>> = BTreeMap::new();
    let mut open: BTreeMap<String, Vec<u32>> = BTreeMap::new();
    {
        let dates = columns.int(date)?;
        let ends = end.map(|e| columns.int(e)).transpose()?;
        let names = has_variables
            .then(|| columns.text("variable"))
            .transpose()?;
        let last: Vec<i32> = names.map_or_else(
            || vec![(origin - table.publication_lag_years).0],
            |t| {
                let lag = |id: &String| {
                    let info = table.variables.iter().find(|v| v.id == *id);
                    info.map_or(table.publication_lag_years, |v| table.lag(v))
                };
                t.names.iter().map(|id| (origin - lag(id)).0).collect()
            },
        );
        for row in 0..columns.rows() {
            let code = names.map_or(0, |t| t.codes[row] as usize);
            let name = || names.map_or(String::new(), |t| t.names[code].clone());
            if dates[row] > last[code] {
                hidden.entry(name()).or_default().push(row as u32);
            } else if let Some(e) = ends
                && (e[row] == 0 || e[row] > last[code])
            {
                open.entry(name()).or_default().push(row as u32);
            }
        }
    }
    let mut deal = Deal(seed ^ (origin.0 as u64) << 32 ^ columns.rows() as u64);
    for rows in hidden.values() {
        let order = deal.order(rows);
        match end {
            Some(end) => {
                columns.permute(date, rows, &order)?;
                columns.permute(end, rows, &order)?;
            }
            None => columns.permute("value", rows, &order)?,
        }
    }
    for rows in open.values() {
        let order = deal.order(rows);
        columns.permute(end.unwrap_or(date), rows, &order)?;
    }
    Ok(columns)
}

#[cfg(test)]
mod tests {
    use crate::{Atlas, Year};

    #[test]
    fn prop_the_past_stays_and_the_future_moves() {
        let atlas = Atlas::embedded().expect("embedded");
        let origin = Year(2010);
        let shuffled = atlas.with_shuffled_future(origin, 7).expect("shuffled");
        let (plain, seen) = (atlas.as_of(origin), shuffled.as_of(origin));
        let rows = |a: &Atlas, id: &str| -> Vec<_> {
            a.state_series(id).expect("series").rows().collect()
        };
        assert_eq!(rows(&plain, "gdp_usd_mn"), rows(&seen, "gdp_usd_mn"));
        assert_ne!(rows(&atlas, "gdp_usd_mn"), rows(&shuffled, "gdp_usd_mn"));
        // CINC has a lag of its own within its table.
        assert_eq!(rows(&plain, "cinc"), rows(&seen, "cinc"));
        assert_ne!(
            rows(&atlas.as_of(Year(2012)), "cinc"),
            rows(&shuffled.as_of(Year(2012)), "cinc")
        );
        let dyads =
            |a: &Atlas| -> Vec<_> { a.dyads("favourability").expect("panel").rows().collect() };
        assert_eq!(dyads(&plain), dyads(&seen));
        assert_ne!(dyads(&atlas), dyads(&shuffled));
        assert_eq!(dyads(&atlas).len(), dyads(&shuffled).len());
        for layer in ["defence_pact", "rivalry", "trade_agreement"] {
            let spells = |a: &Atlas| a.spells(layer).expect("layer").rows().to_vec();
            assert_eq!(spells(&plain), spells(&seen), "{layer}");
            assert_ne!(spells(&atlas), spells(&shuffled), "{layer}");
            assert!(
                spells(&shuffled)
                    .iter()
                    .all(|s| s.end.is_none_or(|e| e >= s.start)),
                "{layer}"
            );
        }
        let members = |a: &Atlas| a.members("NATO", Year(2010)).expect("members");
        assert_eq!(members(&plain), members(&seen));
        // The same seed deals the same future, another another.
        let again = atlas.with_shuffled_future(origin, 7).expect("shuffled");
        let other = atlas.with_shuffled_future(origin, 8).expect("shuffled");
        assert_eq!(rows(&shuffled, "gdp_usd_mn"), rows(&again, "gdp_usd_mn"));
        assert_ne!(rows(&shuffled, "gdp_usd_mn"), rows(&other, "gdp_usd_mn"));
    }
}
