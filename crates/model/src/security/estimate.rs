//! Hazards of ties and the reaction of spending, estimated and scored out of sample.

mod panel;
mod spending;
mod ties;

use realign_atlas::Atlas;

use crate::ModelError;
use crate::params::Posterior;

pub use spending::{SpendingScore, spending_score};
pub use ties::{TieScore, tie_scores};

/// Estimates what the atlas supports: the hazards of defence pacts and defence cooperation
/// agreements, the persistence and the innovation of military spending. Everything else keeps its
/// prior. The source of each posterior says whether its baseline was beaten.
pub fn estimate(atlas: &Atlas) -> Result<Vec<Posterior>, ModelError> {
    let mut out = ties::posteriors(atlas)?;
    out.extend(spending::posteriors(atlas)?);
    Ok(out)
}
