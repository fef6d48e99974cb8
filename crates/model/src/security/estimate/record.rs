//! What the atlas records of states and pairs, opened once for an estimate over many years.

use realign_atlas::{Atlas, Spells, StateId, StateKind, StatePanel, Year};

use crate::ModelError;
use crate::security::covariates::{PairCovariates, Profile};
use crate::security::fixed::ties_in;
use crate::security::ties::Ties;

/// Series of states and matrices of pairs.
pub(super) struct Record<'a> {
    /// Number of states and economies.
    pub n: usize,
    /// Whether the entry has a foreign policy of its own.
    pub active: Vec<bool>,
    cinc: &'a StatePanel,
    newest_cinc: Year,
    polyarchy: &'a StatePanel,
    ideal_point: &'a StatePanel,
    /// Kilometres, row-major; one direction may be unknown (NaN).
    distance_km: Vec<f64>,
    /// Above zero where two states touch, row-major; one direction may be zero.
    contiguity: Vec<f64>,
}

impl<'a> Record<'a> {
    pub fn open(atlas: &'a Atlas) -> Result<Self, ModelError> {
        let cinc = atlas.state_series("cinc")?;
        let matrix = |id: &str, absent: f64| {
            let panel = atlas.dyads(id)?;
            Ok::<_, ModelError>(panel.matrix(atlas.vintage(), absent))
        };
        Ok(Self {
            n: atlas.n(),
            active: atlas
                .states()
                .iter()
                .map(|s| s.kind != StateKind::Territory)
                .collect(),
            cinc,
            newest_cinc: cinc.rows().map(|r| r.1).max().unwrap_or(atlas.vintage()),
            polyarchy: atlas.state_series("polyarchy")?,
            ideal_point: atlas.state_series("ideal_point")?,
            distance_km: matrix("distance_km", f64::NAN)?,
            contiguity: matrix("contiguity", 0.0)?,
        })
    }

    /// Ties between states in force in `year`.
    pub fn ties(&self, spells: &Spells, year: Year) -> Ties {
        ties_in(spells, self.n, year, &self.active)
    }

    /// A state in `year`; `None` outside the system, which a state is in while it has a capability
    /// index. After the last year of the index the last one stands.
    pub fn profile(&self, i: usize, year: Year) -> Option<Profile> {
        let id = StateId::from_index(i);
        let newest = |panel: &StatePanel| panel.latest(id, year).map_or(f64::NAN, |r| r.1);
        let cinc = self.active[i]
            .then(|| self.cinc.at(id, year.min(self.newest_cinc)))
            .flatten()?;
        Some(Profile {
            cinc,
            polyarchy: newest(self.polyarchy),
            ideal_point: newest(self.ideal_point),
        })
    }

    /// Covariates of a pair whose states are `a` and `b`.
    pub fn pair(
        &self,
        (i, a): (usize, &Profile),
        (j, b): (usize, &Profile),
        rivals: bool,
    ) -> PairCovariates {
        let (there, back) = (i * self.n + j, j * self.n + i);
        let km = if self.distance_km[there].is_nan() {
            self.distance_km[back]
        } else {
            self.distance_km[there]
        };
        let touches = self.contiguity[there] > 0.0 || self.contiguity[back] > 0.0;
        PairCovariates::new(a, b, km, touches, rivals)
    }
}
