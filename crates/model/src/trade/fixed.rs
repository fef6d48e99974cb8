//! What trade reads from the atlas once.

use realign_atlas::{Atlas, AtlasError, DyadPanel, State as AtlasState, StateId, Year};
use realign_numerics::equilibrium::Economy;

use super::agreements::Network;
use crate::ModelError;
use crate::goods::goods_matrix;
use crate::setting::Setting;

/// A group of states whose trade with others is reported.
#[derive(Clone, Debug, PartialEq)]
pub struct Group {
    /// Identifier, such as `latin_america`.
    pub id: &'static str,
    /// Name for people.
    pub label: &'static str,
    /// Positions among the members, the hegemon left out.
    pub members: Vec<usize>,
}

/// What does not change along a path.
#[derive(Clone, Debug)]
pub struct Fixed {
    /// Number of states and economies.
    pub n: usize,
    /// The state whose acts are examined.
    pub hegemon: usize,
    /// States at which conduct is aimed, the hegemon left out.
    pub targets: Vec<usize>,
    /// States with observed trade, ascending: the equilibrium's members. The others get no trade
    /// numbers.
    pub members: Vec<usize>,
    /// Position among the members; `None` where trade is not observed.
    pub place: Vec<Option<usize>>,
    /// The observed equilibrium, million USD.
    pub economy: Economy,
    /// Who negotiates together, who is tied, what bears on new agreements.
    pub network: Network,
    /// Groups for shares and intensities, in the order of [`GROUPS`].
    pub groups: Vec<Group>,
    /// Unit vectors of the members' positions on the globe.
    pub position: Vec<[f64; 3]>,
    /// What was missing and what was done instead.
    pub notes: Vec<String>,
}

/// Who belongs to a group.
type Belongs = fn(&AtlasState) -> bool;

/// The groups: identifier, name, who belongs.
pub(super) const GROUPS: [(&str, &str, Belongs); 5] = [
    ("europe", "Europe", |s| s.region == "Europe"),
    ("latin_america", "Latin America", |s| {
        s.region == "Americas" && (s.subregion != "North America" || s.iso3 == "MEX")
    }),
    ("india", "India", |s| s.iso3 == "IND"),
    ("africa", "Africa", |s| s.region == "Africa"),
    ("asia", "Asia", |s| s.region == "Asia"),
];

impl Fixed {
    /// Reads the newest observations not later than the start of `setting`. Fails when no goods
    /// trade is known by then.
    pub fn new(atlas: &Atlas, setting: &Setting) -> Result<Self, ModelError> {
        let (n, year) = (atlas.n(), setting.start);
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
        let mut place = vec![None; n];
        members
            .iter()
            .enumerate()
            .for_each(|(k, i)| place[*i] = Some(k));
        let outside: Vec<&str> = (0..n)
            .filter(|i| place[*i].is_none())
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
        let hegemon = setting.hegemon.index();
        let groups = GROUPS
            .iter()
            .map(|(id, label, belongs)| Group {
                id,
                label,
                members: (0..m)
                    .filter(|k| members[*k] != hegemon)
                    .filter(|k| belongs(atlas.states().get(StateId::from_index(members[*k]))))
                    .collect(),
            })
            .collect();
        let position = members
            .iter()
            .map(|i| {
                let s = atlas.states().get(StateId::from_index(*i));
                let (lat, lon) = (s.lat.to_radians(), s.lon.to_radians());
                [lat.cos() * lon.cos(), lat.cos() * lon.sin(), lat.sin()]
            })
            .collect();
        Ok(Self {
            n,
            hegemon,
            targets: setting
                .targets
                .iter()
                .map(|t| t.index())
                .filter(|t| *t != hegemon)
                .collect(),
            members,
            place,
            economy,
            network: Network::new(atlas, year)?,
            groups,
            position,
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
