//! Hazards of ties and the reaction of spending, estimated and scored out of sample.

mod goodness;
mod hypothesis;
mod panel;
mod record;
mod spending;
mod threat;
mod ties;

use realign_atlas::Atlas;

use crate::ModelError;
use crate::params::{Estimator, Posterior};

pub use goodness::{PactGoodness, pact_goodness};
pub use hypothesis::{Effect, Hypothesis, bloc_hypothesis};
pub use panel::{
    Panel as PairYears, Task as TieTask, build as pair_years, build_whole as all_pair_years,
};
pub use spending::{SpendingScore, spending_score};
pub use threat::{ThreatScore, threat_score};
pub use ties::{TieScore, tie_scores};

/// What can be estimated on its own: each of the four hazards, and spending.
pub const ESTIMATORS: &[Estimator] = &[
    ties::pact_formation,
    ties::pact_ending,
    ties::cooperation_formation,
    ties::cooperation_ending,
    spending::posteriors,
    threat::posteriors,
];

/// Estimates what the atlas supports: the hazards of defence pacts and defence cooperation
/// agreements, disputes with use of force, the innovation of military spending. Everything else keeps its
/// prior. The source of each posterior says whether its baseline was beaten.
pub fn estimate(atlas: &Atlas) -> Result<Vec<Posterior>, ModelError> {
    let mut out = Vec::new();
    for part in ESTIMATORS {
        out.extend(part(atlas)?);
    }
    Ok(out)
}
