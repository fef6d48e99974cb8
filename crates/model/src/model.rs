//! One model: what was observed, what is asked, what is assumed, and where results go.

use realign_atlas::{Atlas, StateId, StateKind, Year};
use realign_scenario::ResolvedScenario;

use crate::acts::Acts;
use crate::indicator::{Indicator, Layout, Recorder};
use crate::params::{Params, Values};
use crate::setting::{Chance, Setting, TrustView};
use crate::world::{Coefficients, Fixed, World};
use crate::{ModelError, arms, exposure, finance, security, standards, step, trade, trust};

/// Everything that a run needs and no draw changes.
#[derive(Debug)]
pub struct Model {
    setting: Setting,
    fixed: Fixed,
    params: Params,
    acts: Acts,
    layout: Layout,
    /// First indicator of each domain, in the order of [`Model::measure`].
    first: [usize; 7],
}

/// Where a draw starts: the world at the end of the start year and its coefficients.
#[derive(Clone, Debug)]
pub struct Start {
    /// The world.
    pub world: World,
    /// Typed parameter values of the draw.
    pub coefficients: Coefficients,
}

impl Model {
    /// Builds the model of a scenario from what was known at the end of the year before its start.
    pub fn new(
        atlas: &Atlas,
        scenario: &ResolvedScenario,
        params: Params,
    ) -> Result<Self, ModelError> {
        let start = scenario.start - 1;
        let atlas = atlas.as_of(atlas.vintage());
        let setting = Setting {
            n: atlas.n(),
            hegemon: scenario.hegemon,
            targets: targets(&atlas, scenario),
            start,
            horizon: scenario.horizon,
        };
        let mut fixed = Fixed::new(&atlas, &setting)?;
        if !scenario.layers.is_empty() {
            fixed.exposure = exposure::Fixed::with_layers(&atlas, &setting, &scenario.layers)?;
        }
        let lists: [Vec<Indicator>; 7] = [
            trust::indicators(&fixed.trust, &setting),
            security::indicators(&fixed.security, &setting),
            trade::indicators(&fixed.trade, &setting),
            arms::indicators(&fixed.arms, &setting),
            finance::indicators(&fixed.finance, &setting),
            standards::indicators(&fixed.standards, &setting),
            exposure::indicators(&fixed.exposure, &setting),
        ];
        let mut first = [0; 7];
        let mut all = Vec::new();
        for (k, list) in lists.into_iter().enumerate() {
            first[k] = all.len();
            all.extend(list);
        }
        let layout = Layout::new(setting.n, all);
        let acts = Acts::from_scenario(scenario);
        Ok(Self {
            setting,
            fixed,
            params,
            acts,
            layout,
            first,
        })
    }

    /// Who and when.
    pub fn setting(&self) -> &Setting {
        &self.setting
    }

    /// What does not change along a path.
    pub fn fixed(&self) -> &Fixed {
        &self.fixed
    }

    /// Priors and posteriors.
    pub fn params(&self) -> &Params {
        &self.params
    }

    /// The acts of the scenario.
    pub fn acts(&self) -> &Acts {
        &self.acts
    }

    /// Where results go.
    pub fn layout(&self) -> &Layout {
        &self.layout
    }

    /// The years of a path: the start year, then every simulated one.
    pub fn years(&self) -> Vec<Year> {
        (self.setting.start.0..=self.setting.horizon.0)
            .map(Year)
            .collect()
    }

    /// The world at the start of a draw.
    pub fn start(&self, values: &Values, chance: &Chance) -> Result<Start, ModelError> {
        let coefficients = Coefficients::new(values)?;
        let world = step::start(self, &coefficients, chance);
        Ok(Start {
            world,
            coefficients,
        })
    }

    /// Writes one year's row of values. `quiet_trust` is the trust of the quiet arm at the same
    /// date: what security sees where its link to trust is cut, as in the step. Blocs are looked for in
    /// the last year only, and only when asked for: it costs more than a step.
    pub fn measure(
        &self,
        start: &Start,
        world: &World,
        quiet_trust: Option<&trust::State>,
        blocs: bool,
        row: &mut [f32],
    ) {
        let c = &start.coefficients;
        let f = &self.fixed;
        let s = &self.setting;
        let trust = TrustView {
            now: quiet_trust.unwrap_or(&world.trust),
            start: &start.world.trust,
            coefficients: &c.trust,
        };
        let income_log = world.trade.income_log(&f.trade);
        let mut rec = |k: usize, write: &mut dyn FnMut(&mut Recorder<'_>)| {
            write(&mut Recorder::new(&self.layout, self.first[k], row));
        };
        rec(0, &mut |r| {
            trust::measure(&f.trust, &c.trust, s, &world.trust, &start.world.trust, r);
        });
        rec(1, &mut |r| {
            let extras = security::Extras {
                trust,
                income_log: &income_log,
                year: world.year,
                blocs: blocs && world.year == s.horizon,
            };
            security::measure(&f.security, &c.security, s, &world.security, &extras, r);
        });
        rec(2, &mut |r| {
            trade::measure(&f.trade, &c.trade, s, &world.trade, r);
        });
        rec(3, &mut |r| {
            arms::measure(&f.arms, &c.arms, s, &world.arms, r);
        });
        rec(4, &mut |r| {
            finance::measure(&f.finance, &c.finance, s, &world.finance, r);
        });
        rec(5, &mut |r| {
            standards::measure(&f.standards, &c.standards, s, &world.standards, r);
        });
        rec(6, &mut |r| {
            exposure::measure(&f.exposure, &c.exposure, s, &world.exposure, r);
        });
    }
}

/// States at which the acts are aimed; territories are left out.
fn targets(atlas: &Atlas, scenario: &ResolvedScenario) -> Vec<StateId> {
    let has_policy = |s: &StateId| atlas.states().get(*s).kind != StateKind::Territory;
    scenario.aimed.iter().copied().filter(has_policy).collect()
}
