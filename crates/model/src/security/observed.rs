//! The observed world in draws of what is not known: where pictures and searches begin.

use realign_atlas::Atlas;
use realign_numerics::random::Stream;

use super::{Coefficients, Fixed, State};
use crate::params::Params;
use crate::setting::{Chance, Setting, TrustView};
use crate::{ModelError, trust};

/// The world as observed at the start of a setting, before anything happens.
#[derive(Debug)]
pub struct Observed {
    /// Who and when.
    pub setting: Setting,
    /// What security reads from the atlas.
    pub fixed: Fixed,
    trust: trust::Fixed,
    params: Params,
}

/// Security and trust in one draw.
#[derive(Clone, Debug)]
pub struct Case {
    /// Values of security.
    pub coefficients: Coefficients,
    /// Values of trust.
    pub trust_coefficients: trust::Coefficients,
    /// Trust at the start.
    pub trust_start: trust::State,
    /// Trust at the date that is looked at.
    pub trust: trust::State,
    /// Security at the start.
    pub state: State,
}

impl Case {
    /// Trust as outcomes see it.
    pub fn view(&self) -> TrustView<'_> {
        TrustView {
            now: &self.trust,
            start: &self.trust_start,
            coefficients: &self.trust_coefficients,
        }
    }
}

impl Observed {
    /// Reads an atlas as known at the end of the start year of `setting`.
    pub fn new(atlas: &Atlas, setting: Setting, params: Params) -> Result<Self, ModelError> {
        Ok(Self {
            fixed: Fixed::new(atlas, &setting)?,
            trust: trust::Fixed::new(atlas, &setting)?,
            setting,
            params,
        })
    }

    /// One draw of the parameters and of the levels of trust; depends on `seed` and `draw` only.
    pub fn case(&self, seed: u64, draw: u32) -> Result<Case, ModelError> {
        let stream = Stream::new(seed, draw);
        let values = self.params.draw(&stream);
        let coefficients = Coefficients::new(&values)?;
        let trust_coefficients = trust::Coefficients::new(&values)?;
        let chance = Chance::new(stream, 0);
        let trust = trust::State::start(&self.trust, &trust_coefficients, &chance);
        let view = TrustView {
            now: &trust,
            start: &trust,
            coefficients: &trust_coefficients,
        };
        let state = State::start(&self.fixed, &coefficients, &chance, &view);
        Ok(Case {
            trust_start: trust.clone(),
            trust,
            coefficients,
            trust_coefficients,
            state,
        })
    }
}
