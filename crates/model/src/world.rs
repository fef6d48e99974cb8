//! What evolves, what stands fixed, and what one draw believes.

use realign_atlas::{Atlas, Year};

use crate::params::Values;
use crate::setting::Setting;
use crate::{ModelError, arms, exposure, finance, security, standards, trade, trust};

macro_rules! domains {
    ($($(#[$doc:meta])* $name:ident),* $(,)?) => {
        /// What does not change along a path, domain by domain.
        #[derive(Debug)]
        pub struct Fixed {
            $($(#[$doc])* pub $name: $name::Fixed,)*
        }

        impl Fixed {
            /// Built once from what was observed.
            pub fn new(atlas: &Atlas, setting: &Setting) -> Result<Self, ModelError> {
                Ok(Self { $($name: $name::Fixed::new(atlas, setting)?,)* })
            }
        }

        /// Parameter values of one draw, typed, domain by domain.
        #[derive(Clone, Debug)]
        pub struct Coefficients {
            $($(#[$doc])* pub $name: $name::Coefficients,)*
        }

        impl Coefficients {
            /// From the values of one draw.
            pub fn new(values: &Values) -> Result<Self, ModelError> {
                Ok(Self { $($name: $name::Coefficients::new(values)?,)* })
            }
        }

        /// The world at the end of a year.
        #[derive(Clone, Debug, PartialEq)]
        pub struct World {
            /// The year.
            pub year: Year,
            $($(#[$doc])* pub $name: $name::State,)*
        }
    };
}

domains! {
    /// Who trusts whom.
    trust,
    /// Pacts, spending, guarantees, hedging.
    security,
    /// Trade, tariffs, agreements, welfare.
    trade,
    /// Who buys weapons from whom.
    arms,
    /// Reserves and holdings.
    finance,
    /// Camps of technical standards.
    standards,
    /// Dependence and gaps.
    exposure,
}
