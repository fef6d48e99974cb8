//! One year of the world, as the mission draws it.
//!
//! Acts of the hegemon change costs, capability, guarantees and memberships by themselves; they
//! are also conduct, which moves trust; trust moves outcomes through links that can be cut.
//! Every state of another domain is read at date t; only the trade equilibrium is solved first and
//! then read by the rest of the same step. So the order of the independent domains is of no effect.

use realign_atlas::StateId;

use crate::acts::{Acts, Direct};
use crate::channels::Channels;
use crate::model::{Model, Start};
use crate::params::Values;
use crate::setting::{Chance, TrustView};
use crate::world::{Coefficients, World};
use crate::{ModelError, Square, arms, exposure, finance, security, standards, trade, trust};

/// What a step sees beside the world.
pub struct Surroundings<'a> {
    /// Start of the same draw.
    pub start: &'a Start,
    /// The acts of this arm.
    pub acts: &'a Acts,
    /// Open channels.
    pub channels: Channels,
    /// Trust of the quiet arm at date t: what outcomes see where their link is cut. `None` in the
    /// quiet arm itself.
    pub quiet_trust: Option<&'a trust::State>,
    /// Parameter values of the draw, for the acts.
    pub values: &'a Values,
    /// Random numbers of the draw at this step.
    pub chance: Chance,
}

/// Why a step gave no world.
#[derive(Debug)]
pub enum StepError {
    /// The model is not as it must be: no draw can work.
    Model(ModelError),
    /// This path failed; it is flagged and counted.
    Failed(String),
}

impl From<ModelError> for StepError {
    fn from(e: ModelError) -> Self {
        Self::Model(e)
    }
}

/// The world at the end of the start year.
pub fn start(model: &Model, c: &Coefficients, chance: &Chance) -> World {
    let f = model.fixed();
    let trust = trust::State::start(&f.trust, &c.trust, chance);
    let view = TrustView {
        now: &trust,
        start: &trust,
        coefficients: &c.trust,
    };
    let security = security::State::start(&f.security, &c.security, chance, &view);
    let allies = ally_weights(&security, c.security.designation_weight);
    let trade = trade::State::start(&f.trade, &c.trade, chance);
    let arms = arms::State::start(&f.arms, &c.arms, chance, &allies);
    let finance = finance::State::start(&f.finance, &c.finance, chance);
    let standards = standards::State::start(&f.standards, &c.standards, chance);
    let exposure = exposure::State::start(&f.exposure, &c.exposure, chance);
    World {
        year: model.setting().start,
        trust,
        security,
        trade,
        arms,
        finance,
        standards,
        exposure,
    }
}

/// One year: from the world at date t to the world at date t + 1.
pub fn step(model: &Model, world: &World, around: &Surroundings<'_>) -> Result<World, StepError> {
    let (f, c) = (model.fixed(), &around.start.coefficients);
    let (chance, open) = (&around.chance, around.channels);
    let year = world.year + 1;

    // What is done this year: by itself, and as conduct.
    let direct = if open.has(Channels::ACTS) {
        around.acts.direct(year, around.values)?
    } else {
        Direct::default()
    };
    let conduct = around
        .acts
        .conduct(model.setting().n, year, around.values)?;
    let turnovers: Vec<StateId> = around
        .acts
        .turnovers(year)
        .into_iter()
        .map(|t| t.0)
        .collect();

    // Which trust each outcome sees.
    let seen = |link: Channels| TrustView {
        now: match around.quiet_trust {
            Some(quiet) if !open.has(link) => quiet,
            _ => &world.trust,
        },
        start: &around.start.world.trust,
        coefficients: &c.trust,
    };

    // Trade settles first; income follows from it.
    let trade = trade::respond(
        &f.trade,
        &c.trade,
        &world.trade,
        &trade::Inputs {
            direct: &direct,
            trust: seen(Channels::TRUST_TRADE),
        },
        chance,
    );
    if !trade.solved {
        return Err(StepError::Failed(
            "the trade equilibrium was not solved".to_owned(),
        ));
    }
    let income_log = trade.income_log(&f.trade);

    // Security, arms, finance, standards and exposure read date t and the settled trade.
    let allies = ally_weights(&world.security, c.security.designation_weight);
    let security = security::respond(
        &f.security,
        &c.security,
        &world.security,
        &security::Inputs {
            direct: &direct,
            trust: seen(Channels::TRUST_SECURITY),
            income_log: &income_log,
        },
        chance,
    );
    let spending_ratio: Vec<f64> = world
        .security
        .log_spending
        .iter()
        .map(|l| l.exp())
        .collect();
    let arms = arms::respond(
        &f.arms,
        &c.arms,
        &world.arms,
        &arms::Inputs {
            direct: &direct,
            trust: seen(Channels::TRUST_ARMS),
            spending_ratio: &spending_ratio,
            allies: &allies,
            reputation: open.has(Channels::REPUTATION),
        },
        chance,
    );
    let finance = finance::respond(
        &f.finance,
        &c.finance,
        &world.finance,
        &finance::Inputs {
            direct: &direct,
            trust: seen(Channels::TRUST_FINANCE),
            allies: &allies,
        },
        chance,
    );
    let standards = standards::respond(
        &f.standards,
        &c.standards,
        &world.standards,
        &standards::Inputs {
            direct: &direct,
            trust: seen(Channels::TRUST_STANDARDS),
        },
        chance,
    );
    let exposure = exposure::respond(
        &f.exposure,
        &c.exposure,
        &world.exposure,
        &exposure::Inputs {
            direct: &direct,
            trust: seen(Channels::TRUST_EXPOSURE),
            arms: &world.arms,
        },
        chance,
    );

    // Conduct, answers and what third parties saw move trust.
    let trust = trust::respond(
        &f.trust,
        &c.trust,
        &world.trust,
        &trust::Inputs {
            conduct: &conduct,
            turnovers: &turnovers,
            channels: open,
        },
        chance,
    );
    Ok(World {
        year,
        trust,
        security,
        trade,
        arms,
        finance,
        standards,
        exposure,
    })
}

/// Weight of j among the allies of i, symmetric: 1 for a defence pact, `designation` for a
/// designated ally.
fn ally_weights(security: &security::State, designation: f64) -> Square {
    let mut weights = Square::zeros(security.pacts.n());
    for (a, b) in &security.designations {
        weights.set(*a, *b, designation);
        weights.set(*b, *a, designation);
    }
    for (i, j) in security.pacts.pairs() {
        weights.row_mut(i)[j] = 1.0;
        weights.row_mut(j)[i] = 1.0;
    }
    weights
}
