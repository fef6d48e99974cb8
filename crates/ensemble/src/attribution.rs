//! Why: every event left out and every channel cut in turn, on the same draws.

use realign_atlas::StateId;
use realign_model::channels::Channels;
use realign_model::model::Model;

use crate::results::Summary;
use crate::run::{Plan, Progress, run};
use crate::{Arm, EnsembleError, Results, Shock};

/// What one driver contributes to an indicator: the whole effect less the effect without it.
#[derive(Clone, Debug)]
pub struct Contribution {
    /// Arm that leaves the driver out.
    pub arm: String,
    /// The driver in words.
    pub label: String,
    /// Distribution of the contribution over draws.
    pub effect: Summary,
}

/// The runs from which contributions are computed: last year only.
#[derive(Clone, Debug)]
pub struct Attribution {
    results: Results,
}

impl Attribution {
    /// Runs the arms: the acts, each of `events` left out (position in the
    /// scenario and label), each channel of the spread of distrust cut. A cut channel changes the
    /// world without acts too, so each has a quiet arm of its own. The links to outcomes are cut
    /// together in the arm `acts_only`.
    pub fn run(
        model: &Model,
        seed: u64,
        draws: usize,
        events: &[(usize, String)],
        progress: Progress<'_>,
    ) -> Result<Self, EnsembleError> {
        let mut arms = vec![Arm::shock()];
        arms.extend(
            events
                .iter()
                .map(|(k, label)| Arm::without_event(*k, label)),
        );
        for (c, id, label) in Channels::EACH {
            if Channels::SPREAD.has(*c) {
                arms.push(Arm::cut(*c, id, label));
                arms.push(Arm::quiet_cut(*c, id));
            }
        }
        let plan = Plan {
            seed,
            draws,
            chance_draws: 1,
            arms,
            held: Vec::new(),
            last_year_only: true,
            acts_only_draws: draws,
        };
        Ok(Self {
            results: run(model, &plan, progress)?,
        })
    }

    /// The runs.
    pub fn results(&self) -> &Results {
        &self.results
    }

    /// Contributions to an indicator, averaged over `states` within each draw (or of the world
    /// when `states` is empty), in the order of the arms. Each is the whole effect less the effect
    /// without the driver; they need not sum to the whole, because drivers interact.
    pub fn contributions(
        &self,
        indicator: &str,
        states: &[StateId],
    ) -> Result<Vec<Contribution>, EnsembleError> {
        let k = self.results.indicator(indicator)?;
        let last = self.results.years().len() - 1;
        let sample = |arm: usize| {
            if states.is_empty() {
                self.results.sample(arm, k, None, last)
            } else {
                self.results.sample_mean(arm, k, states, last)
            }
        };
        let whole: Vec<f64> = sample(1)
            .iter()
            .zip(sample(0))
            .map(|(s, q)| s - q)
            .collect();
        Ok(self
            .results
            .arms()
            .iter()
            .enumerate()
            .skip(2)
            .filter(|(_, arm)| arm.shock != Shock::None)
            .filter_map(|(a, arm)| {
                let quiet = self.results.arm(&format!("quiet_{}", arm.id)).unwrap_or(0);
                let part: Vec<f64> = whole
                    .iter()
                    .zip(sample(a).iter().zip(sample(quiet)))
                    .map(|(w, (x, q))| w - (x - q))
                    .collect();
                Some(Contribution {
                    arm: arm.id.clone(),
                    label: arm.label.clone(),
                    effect: Summary::of(&part)?,
                })
            })
            .collect())
    }
}
