//! What the atlas says about discounting, autonomy and replacement: nothing.
//!
//! It holds no series of disruptions and of how long they lasted; the five dated episodes named in
//! the model page (rare earths 2010, Qatar 2017, Japan and Korea 2019, Australia 2020, gas 2022)
//! are too few and lie outside it. So every behavioural number of this domain is an assumption, the
//! ranking of leverage has its baseline beside it ([`super::Leverage::baseline`]: share times
//! concentration) and is not scored against what happened.

use realign_atlas::Atlas;

use crate::ModelError;
use crate::params::Posterior;

/// No parameter of this domain can be estimated: all keep their priors.
pub fn estimate(_atlas: &Atlas) -> Result<Vec<Posterior>, ModelError> {
    Ok(Vec::new())
}
