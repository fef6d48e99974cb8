//! Why: the effect of the acts shared out among the ways in which they reach an outcome.
//!
//! The players are the acts by themselves, the six links from trust to outcomes, and the spread of
//! distrust. Every subset of them is one arm on common draws, so the shares of Shapley (1953) are
//! exact, sum to the whole effect in every draw, and their standard errors are those of paired
//! draws. Beside them stand two simpler cuts: a player taken out of the whole, and a player alone.

use realign_atlas::StateId;
use realign_model::channels::Channels;
use realign_model::model::Model;
use realign_numerics::{shapley, stats};

use crate::arm::Shock;
use crate::run::{LEAST_DRAWS, Plan, Progress, run_draw};
use crate::schedule::{Counter, each_draw};
use crate::{Arm, EnsembleError};

/// One way in which the acts reach an outcome.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Player {
    /// Identifier.
    pub id: &'static str,
    /// For people.
    pub label: &'static str,
    /// The channels that are open when it plays.
    channels: Channels,
}

/// The players; their subsets number 256. The spread of distrust is one of them: reputation,
/// diffusion and reciprocity open together.
pub fn players() -> Vec<Player> {
    let mut out: Vec<Player> = Channels::EACH
        .iter()
        .filter(|(c, _, _)| !Channels::SPREAD.has(*c))
        .map(|&(channels, id, label)| Player {
            id,
            label,
            channels,
        })
        .collect();
    out.push(Player {
        id: "spread",
        label: "the spread of distrust: reputation, diffusion, reciprocity",
        channels: Channels::SPREAD,
    });
    out
}

/// Mean over draws with its standard error.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Share {
    /// Mean.
    pub mean: f64,
    /// Monte-Carlo standard error, over paired draws.
    pub se: f64,
}

impl Share {
    fn of(sample: &[f64]) -> Self {
        Self {
            mean: stats::mean(sample),
            se: stats::sd(sample) / (sample.len() as f64).sqrt(),
        }
    }
}

/// What one player does to one indicator.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Driver {
    /// The player.
    pub player: Player,
    /// Its share by Shapley; the shares of all players sum to the whole.
    pub share: Share,
    /// The whole less the effect without it.
    pub cut: Share,
    /// Its effect when it alone is open.
    pub alone: Share,
}

/// An effect in the last year, and what it is made of.
#[derive(Clone, Debug, PartialEq)]
pub struct Explanation {
    /// The whole: with the acts less without.
    pub whole: Share,
    /// First cut: what the acts do by themselves.
    pub acts: Share,
    /// First cut: what distrust adds to that.
    pub distrust: Share,
    /// The players, the largest share first.
    pub drivers: Vec<Driver>,
    /// Draws behind it.
    pub draws: usize,
}

/// Effects of every subset of players in every draw: last year only.
#[derive(Clone, Debug)]
pub struct Subsets {
    players: Vec<Player>,
    layout: realign_model::indicator::Layout,
    /// \[draw\]\[subset\]\[slot\], effect against the quiet arm.
    effects: Vec<Vec<Vec<f32>>>,
    /// Draws in which a subset failed, with the first reason.
    pub failed: Vec<(usize, String)>,
}

impl Subsets {
    /// Walks every subset.
    pub fn run(
        model: &Model,
        seed: u64,
        draws: usize,
        progress: Progress<'_>,
    ) -> Result<Self, EnsembleError> {
        if draws < LEAST_DRAWS {
            return Err(EnsembleError::TooFewDraws {
                draws,
                least: LEAST_DRAWS,
            });
        }
        let players = players();
        let families = families(&players);
        let plan = Plan {
            seed,
            draws,
            chance_draws: 1,
            arms: Vec::new(),
            held: Vec::new(),
            last_year_only: true,
            acts_only_draws: draws,
        };
        let total = draws * families.iter().map(Vec::len).sum::<usize>();
        let counter = Counter::new(0, total, progress);
        let found = each_draw(0..draws, |draw| {
            let mut effects = Vec::new();
            for arms in &families {
                let mut run = run_draw(model, &plan, arms, draw, &|| counter.tick())?;
                if let Some(f) = run.failures.into_iter().next() {
                    return Ok(Err((draw, f.reason)));
                }
                let quiet = run.rows.remove(0);
                for mut row in run.rows {
                    for (v, q) in row.iter_mut().zip(&quiet) {
                        *v -= q;
                    }
                    effects.push(row);
                }
            }
            Ok(Ok(effects))
        })?;
        let (mut effects, mut failed) = (Vec::new(), Vec::new());
        for draw in found {
            match draw {
                Ok(rows) => effects.push(rows),
                Err(reason) => failed.push(reason),
            }
        }
        Ok(Self {
            players,
            layout: model.layout().clone(),
            effects,
            failed,
        })
    }

    /// Explains an indicator of the world or of a state; `None` where fewer than two draws have an
    /// estimate of it in every subset.
    pub fn explain(
        &self,
        indicator: usize,
        state: Option<StateId>,
    ) -> Result<Option<Explanation>, EnsembleError> {
        let slot = self.layout.slot(indicator, state);
        let full = self.effects.first().map_or(0, |rows| rows.len() - 1);
        let draws: Vec<Vec<f64>> = self
            .effects
            .iter()
            .map(|rows| {
                rows.iter()
                    .map(|r| f64::from(r[slot]))
                    .collect::<Vec<f64>>()
            })
            .filter(|v| v.iter().all(|x| x.is_finite()))
            .collect();
        if draws.len() < 2 {
            return Ok(None);
        }
        let shares: Vec<Vec<f64>> = draws
            .iter()
            .map(|v| shapley::exact(self.players.len(), |mask| v[mask as usize]))
            .collect::<Result<_, _>>()?;
        let over = |f: &dyn Fn(&[f64]) -> f64| {
            Share::of(&draws.iter().map(|v| f(v)).collect::<Vec<f64>>())
        };
        let mut drivers: Vec<Driver> = self
            .players
            .iter()
            .enumerate()
            .map(|(k, &player)| Driver {
                player,
                share: Share::of(&shares.iter().map(|s| s[k]).collect::<Vec<f64>>()),
                cut: over(&|v| v[full] - v[full ^ 1 << k]),
                alone: over(&|v| v[1 << k] - v[0]),
            })
            .collect();
        drivers.sort_by(|a, b| b.share.mean.abs().total_cmp(&a.share.mean.abs()));
        let links: usize = self
            .players
            .iter()
            .enumerate()
            .filter(|(_, p)| Channels::DISTRUST.has(p.channels))
            .map(|(k, _)| 1 << k)
            .sum();
        Ok(Some(Explanation {
            whole: over(&|v| v[full]),
            acts: over(&|v| v[full & !links]),
            distrust: over(&|v| v[full] - v[full & !links]),
            drivers,
            draws: draws.len(),
        }))
    }
}

/// Arms of all subsets in two families, each behind its own quiet arm: without the spread of
/// distrust (the last player, hence the lower half of the subsets), the world without acts is
/// another one too, and the effect is measured against that.
fn families(players: &[Player]) -> Vec<Vec<Arm>> {
    let half = 1_u32 << (players.len() - 1);
    let shut = |mask: u32| {
        players
            .iter()
            .enumerate()
            .filter(|(k, _)| mask >> k & 1 == 0)
            .fold(Channels::ALL, |c, (_, p)| c.without(p.channels))
    };
    [
        (0, Channels::ALL.without(Channels::SPREAD)),
        (half, Channels::ALL),
    ]
    .into_iter()
    .map(|(first, quiet)| {
        let mut arms = vec![Arm {
            channels: quiet,
            ..Arm::quiet()
        }];
        arms.extend((first..first + half).map(|mask| Arm {
            id: format!("subset_{mask:03}"),
            label: String::new(),
            shock: Shock::All,
            channels: shut(mask),
        }));
        arms
    })
    .collect()
}
