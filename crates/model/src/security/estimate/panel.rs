//! Pairs at risk of forming or ending a tie, year by year.

use realign_atlas::{Atlas, Year};
use realign_numerics::random::Stream;

use super::record::Record;
use crate::ModelError;
use crate::security::covariates::{self, COUNT, ENDING_COUNT, Profile};
use crate::security::ties::Ties;

/// Ties a state changes in a year from which its changes count as the work of an organisation.
pub(super) const ORGANISATION_SIZE: usize = 4;
/// One in so many quiet pair-years is kept, with that weight.
const THINNING: f64 = 10.0;

/// What is estimated.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Task {
    /// Layer in the atlas, such as `defence_pact`.
    pub layer: &'static str,
    /// Prefix of the parameters, such as `pact`.
    pub prefix: &'static str,
    /// Whether the end of ties is estimated; else their formation.
    pub ending: bool,
    /// First year of outcomes.
    pub first: i32,
    /// Last year of outcomes.
    pub last: i32,
    /// Last year of outcomes in the training part of the out-of-sample test.
    pub train_to: i32,
    /// Whether changes by organisations are left out: they are not changes of a pair.
    pub pairs_only: bool,
}

impl Task {
    /// The same with the years that an earlier atlas can know: a year whose record was not out yet
    /// is no year without changes. At the newest vintage nothing changes.
    #[must_use]
    pub fn as_known(&self, atlas: &Atlas, training: f64) -> Self {
        let catalogue = atlas.catalogue();
        let Some((table, info)) = catalogue.variable(self.layer) else {
            return *self;
        };
        let last = (atlas.vintage() - table.lag(info)).0;
        if atlas.vintage() >= catalogue.newest_vintage() || last >= self.last {
            return *self;
        }
        let latest_split = self.first + (training * f64::from(last - self.first)) as i32;
        Self {
            last,
            train_to: self.train_to.min(latest_split),
            ..*self
        }
    }
}

/// Pair-years at risk.
#[derive(Clone, Debug, Default)]
pub struct Panel {
    /// Number of covariates: COUNT, and one more for endings.
    pub columns: usize,
    /// Covariates, row-major.
    pub x: Vec<f64>,
    /// 1 where the tie changed.
    pub y: Vec<f64>,
    /// Weight of the row.
    pub weight: Vec<f64>,
    /// Year of the outcome.
    pub year: Vec<i32>,
    /// Positions of the two states.
    pub pair: Vec<(u16, u16)>,
}

impl Panel {
    /// Rows of the years in `range`.
    #[must_use]
    pub fn years(&self, range: std::ops::RangeInclusive<i32>) -> Self {
        let mut out = Self {
            columns: self.columns,
            ..Self::default()
        };
        for r in (0..self.y.len()).filter(|r| range.contains(&self.year[*r])) {
            out.x.extend_from_slice(self.row(r));
            out.y.push(self.y[r]);
            out.weight.push(self.weight[r]);
            out.year.push(self.year[r]);
            out.pair.push(self.pair[r]);
        }
        out
    }

    /// Covariates of a row.
    pub fn row(&self, r: usize) -> &[f64] {
        &self.x[r * self.columns..(r + 1) * self.columns]
    }

    /// Number of changes.
    pub fn events(&self) -> usize {
        self.y.iter().filter(|y| **y > 0.0).count()
    }
}

/// Pairs that are members of the same alliance in `year`.
fn by_membership(atlas: &Atlas, n: usize, year: Year) -> Result<Ties, ModelError> {
    let mut ties = Ties::empty(n);
    for name in atlas.blocs()? {
        let alliance = atlas
            .memberships()?
            .iter()
            .any(|m| m.bloc == name && m.kind == "alliance");
        if alliance && !name.contains("BILATERAL") {
            let members = atlas.members(name, year)?;
            for (x, a) in members.iter().enumerate() {
                for b in &members[x + 1..] {
                    ties.set(a.index(), b.index(), true);
                }
            }
        }
    }
    Ok(ties)
}

/// Builds the panel of one task. Covariates are of the year before the outcome.
pub fn build(atlas: &Atlas, task: &Task) -> Result<Panel, ModelError> {
    rows(atlas, task, THINNING)
}

/// The same with every quiet pair-year, each with weight one.
pub fn build_whole(atlas: &Atlas, task: &Task) -> Result<Panel, ModelError> {
    rows(atlas, task, 1.0)
}

fn rows(atlas: &Atlas, task: &Task, thinning: f64) -> Result<Panel, ModelError> {
    let record = Record::open(atlas)?;
    let n = record.n;
    let pacts = atlas.spells("defence_pact")?;
    let cooperation = atlas.spells("defence_cooperation")?;
    let rivalry = atlas.spells("rivalry")?;
    let is_pact = task.layer == "defence_pact";
    let quiet = Stream::new(0x7065_6163, 0);
    let columns = if task.ending { ENDING_COUNT } else { COUNT };
    let mut panel = Panel {
        columns,
        ..Panel::default()
    };
    for outcome in task.first..=task.last {
        let (then, now) = (Year(outcome - 1), Year(outcome));
        let layer = if is_pact { pacts } else { cooperation };
        let before = record.ties(layer, then);
        let after = record.ties(layer, now);
        let alliances = record.ties(pacts, then);
        let agreements = record.ties(cooperation, then);
        let rivals = record.ties(rivalry, then);
        let organised = if is_pact {
            by_membership(atlas, n, then)?
        } else {
            Ties::empty(n)
        };
        let profiles: Vec<Option<Profile>> = (0..n).map(|i| record.profile(i, then)).collect();
        let changed = |i: usize, j: usize| before.has(i, j) != after.has(i, j);
        let changes: Vec<usize> = (0..n)
            .map(|i| {
                let ways = if task.ending { &before } else { &after };
                ways.of(i).filter(|j| changed(i, *j)).count()
            })
            .collect();
        for i in 0..n {
            let Some(a) = &profiles[i] else { continue };
            for j in i + 1..n {
                let Some(b) = &profiles[j] else { continue };
                if before.has(i, j) != task.ending || (task.ending && organised.has(i, j)) {
                    continue;
                }
                let event = changed(i, j);
                let mass = changes[i].max(changes[j]) >= ORGANISATION_SIZE;
                if event && mass && task.pairs_only {
                    continue;
                }
                let key = (i * n + j) as u32;
                let thinned = !event && !task.ending;
                if thinned && quiet.uniform(0, key, outcome as u32, 0) > 1.0 / thinning {
                    continue;
                }
                let pair = record.pair((i, a), (j, b), rivals.has(i, j));
                let other = if is_pact {
                    agreements.has(i, j)
                } else {
                    alliances.has(i, j)
                };
                panel
                    .x
                    .extend(covariates::all(&pair, alliances.shared(i, j), other));
                if task.ending {
                    panel.x.push(covariates::partners(&alliances, i, j));
                }
                panel.y.push(f64::from(u8::from(event)));
                panel.weight.push(if thinned { thinning } else { 1.0 });
                panel.year.push(outcome);
                panel.pair.push((i as u16, j as u16));
            }
        }
    }
    Ok(panel)
}
