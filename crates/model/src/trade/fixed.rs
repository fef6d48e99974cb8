//! What trade reads from the atlas once.

use realign_atlas::{Atlas, State as AtlasState, StateId};
use realign_numerics::equilibrium::Economy;

use super::agreements::Network;
use super::observed::Observed;
use crate::ModelError;
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
        let n = atlas.n();
        let Observed {
            members,
            economy,
            notes,
            ..
        } = Observed::new(atlas, setting.start)?;
        let m = members.len();
        let mut place = vec![None; n];
        members
            .iter()
            .enumerate()
            .for_each(|(k, i)| place[*i] = Some(k));
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
            network: Network::new(atlas, setting.start)?,
            groups,
            position,
            notes,
        })
    }
}
