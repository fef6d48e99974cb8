//! The goods trade of the world as it was observed: what counterfactuals start from.

use realign_atlas::{Atlas, AtlasError, DyadPanel, StateId, Year};
use realign_numerics::equilibrium::Economy;

use crate::ModelError;
use crate::goods::goods_matrix;

/// The newest goods trade known by a year, as an equilibrium.
#[derive(Clone, Debug)]
pub struct Observed {
    /// Positions of the states with observed trade, ascending.
    pub members: Vec<usize>,
    /// Flows, tariffs and accounts over members, million USD.
    pub economy: Economy,
    /// What was missing and what was done instead.
    pub notes: Vec<String>,
}

impl Observed {
    /// Reads the newest observations not later than `year`. Fails when no goods trade, or no sales
    /// at home, are known by then.
    pub fn new(atlas: &Atlas, year: Year) -> Result<Self, ModelError> {
        let n = atlas.n();
        let mut notes = Vec::new();
        let (flows, note) = goods_matrix(atlas, year)?.unwrap_or_else(|| (vec![0.0; n * n], None));
        notes.extend(note);
        let traded = |i: usize| {
            let others = (0..n).filter(|k| *k != i);
            let (mut exports, mut imports) = (0.0, 0.0);
            for k in others {
                exports += flows[i * n + k];
                imports += flows[k * n + i];
            }
            exports > 0.0 && imports > 0.0
        };
        let members: Vec<usize> = (0..n).filter(|i| traded(*i)).collect();
        if members.is_empty() {
            return Err(missing(format!(
                "the atlas holds no goods trade up to {year}"
            )));
        }
        let outside: Vec<&str> = (0..n)
            .filter(|i| members.binary_search(i).is_err())
            .map(|i| atlas.states().iso3(StateId::from_index(i)))
            .collect();
        if !outside.is_empty() {
            notes.push(format!(
                "no trade is observed for {}: no trade numbers",
                outside.join(", ")
            ));
        }
        let homeless = members
            .iter()
            .filter(|i| flows[**i * n + **i] <= 0.0)
            .count();
        if homeless == members.len() {
            return Err(missing(format!(
                "goods trade is known up to {year}, but no sales at home, which need GDP: effects on \
                 real income would mean nothing"
            )));
        }
        if homeless > 0 {
            notes.push(format!(
                "no sales at home are known of {homeless} of {} traders: they import all they use",
                members.len()
            ));
        }
        let m = members.len();
        let mut x = vec![0.0; m * m];
        for (a, j) in members.iter().enumerate() {
            for (b, i) in members.iter().enumerate() {
                x[a * m + b] = flows[j * n + i];
            }
        }
        let tariff = tariffs(atlas, year, &members, &mut notes)?;
        let economy = Economy::new(m, x, tariff, vec![0.0; m])
            .map_err(|e| missing(format!("the observed flows make no equilibrium: {e}")))?;
        Ok(Self {
            members,
            economy,
            notes,
        })
    }
}

/// Applied tariffs, exporter × importer over members; zero where unknown.
fn tariffs(
    atlas: &Atlas,
    year: Year,
    members: &[usize],
    notes: &mut Vec<String>,
) -> Result<Vec<f64>, ModelError> {
    let m = members.len();
    let mut tariff = vec![0.0; m * m];
    let Some(panel) = optional(atlas.dyads("tariff_applied"))? else {
        notes.push("applied tariffs are not in the atlas: all zero at the start".to_owned());
        return Ok(tariff);
    };
    let mut known = vec![false; m];
    for (a, j) in members.iter().enumerate() {
        for (b, i) in members.iter().enumerate() {
            let (j, i) = (StateId::from_index(*j), StateId::from_index(*i));
            if a == b {
                continue;
            }
            if let Some((_, t)) = panel
                .latest(j, i, year)
                .filter(|t| t.1.is_finite() && t.1 >= 0.0)
            {
                tariff[a * m + b] = t;
                known[b] = true;
            }
        }
    }
    let count = known.iter().filter(|k| **k).count();
    notes.push(format!(
        "applied tariffs are known for {count} of {m} importers; the others start at zero, which \
         matters for their revenue only"
    ));
    Ok(tariff)
}

/// `None` for a variable that no table holds.
fn optional(read: Result<&DyadPanel, AtlasError>) -> Result<Option<&DyadPanel>, ModelError> {
    match read {
        Ok(x) => Ok(Some(x)),
        Err(AtlasError::UnknownVariable { .. }) => Ok(None),
        Err(e) => Err(e.into()),
    }
}

fn missing(message: String) -> ModelError {
    ModelError::Fixed {
        domain: "trade",
        message,
    }
}
