//! Ties at risk: which pairs may form or end a tie, what became of them, and who forecasts it.
//!
//! Only changes are scored, never levels: pairs without a tie at the last public year may form one
//! by the target year, pairs with one may end it.

use std::collections::BTreeSet;

use realign_atlas::{Atlas, Spells, StateId, StateKind, Year};

use crate::{HistoryError, Origin};

/// A layer of ties of which formation or ending is forecast.
#[derive(Clone, Copy, Debug)]
pub struct TieLayer {
    /// Identifier, such as `pact_formation`.
    pub id: &'static str,
    /// Domain of the model that answers for it.
    pub domain: &'static str,
    /// In words.
    pub title: &'static str,
    /// Symmetric layer of the atlas, such as `defence_pact`.
    pub layer: &'static str,
    /// Whether the end of ties is forecast; else their formation.
    pub ending: bool,
    /// First origin.
    pub first_origin: Year,
    /// Last year whose changes the source records well.
    pub last_target: Year,
    /// First year of the record from which rates are counted.
    pub record_from: Year,
    /// Changes of a state that changes at least so many ties in a year are the work of an
    /// organisation, not of a pair, and are not scored; `None` scores all.
    pub organisation_size: Option<usize>,
}

/// Pairs at risk as an origin shows them.
#[derive(Clone, Debug)]
pub struct AtRisk<'a> {
    /// The layer.
    pub layer: &'a TieLayer,
    /// Last year whose ties are public at the origin.
    pub seen: Year,
    /// Pairs (a before b) in the order of their positions.
    pub pairs: &'a [(StateId, StateId)],
}

/// Forecasts changes of ties.
pub trait TiePredictor: Sync {
    /// Identifier, such as `pooled_markov`.
    fn id(&self) -> &str;

    /// For each target year the probability that each pair's tie has changed by then, in the order
    /// of the pairs; `None` where there is too little history.
    fn predict(
        &self,
        origin: Origin<'_>,
        risk: &AtRisk<'_>,
        targets: &[Year],
    ) -> Result<Option<Vec<Vec<f64>>>, HistoryError>;
}

/// A layer, who forecasts it, and how they stand to one another; see [`super::Task`].
pub struct TieTask {
    /// What is forecast.
    pub layer: TieLayer,
    /// Who forecasts it.
    pub predictors: Vec<Box<dyn TiePredictor>>,
    /// Identifier of the predictor that must be beaten.
    pub reference: &'static str,
    /// Identifier of the model's own predictor.
    pub model: &'static str,
    /// Identifier of its twin without trust.
    pub without_trust: Option<&'static str>,
}

/// Years within which a state's newest capability index must lie for it to be in the system.
const SYSTEM_YEARS: i32 = 5;

/// States with foreign relations that are in the system of states in `year`, by the capability
/// index that the atlas shows.
pub fn in_system(atlas: &Atlas, year: Year) -> Result<Vec<bool>, HistoryError> {
    let cinc = atlas.state_series("cinc")?;
    Ok(atlas
        .states()
        .iter()
        .map(|s| {
            let newest = cinc.latest(s.id, year);
            s.kind != StateKind::Territory && newest.is_some_and(|r| year - r.0 <= SYSTEM_YEARS)
        })
        .collect())
}

/// Last year of `layer` that is public in the atlas.
pub fn last_public(atlas: &Atlas, layer: &str) -> Year {
    let lag = atlas
        .catalogue()
        .variable(layer)
        .map_or(0, |(table, info)| table.lag(info));
    atlas.vintage() - lag
}

/// Ties in force in one year, as pairs with a before b.
pub(crate) fn tied_in(spells: &Spells, year: Year) -> BTreeSet<(StateId, StateId)> {
    spells
        .rows()
        .iter()
        .filter(|s| s.start <= year && s.end.is_none_or(|e| e > year) && s.a != s.b)
        .map(|s| (s.a.min(s.b), s.a.max(s.b)))
        .collect()
}

/// Pairs that belong to one multilateral alliance in `year`: they do not end a tie pair by pair.
fn allied_by_membership(
    atlas: &Atlas,
    year: Year,
) -> Result<BTreeSet<(StateId, StateId)>, HistoryError> {
    let mut pairs = BTreeSet::new();
    for name in atlas.blocs()? {
        let alliance = atlas
            .memberships()?
            .iter()
            .any(|m| m.bloc == name && m.kind == "alliance");
        if alliance && !name.contains("BILATERAL") {
            let members = atlas.members(name, year)?;
            for (x, a) in members.iter().enumerate() {
                pairs.extend(members[x + 1..].iter().map(|b| (*a, *b)));
            }
        }
    }
    Ok(pairs)
}

impl TieLayer {
    /// Pairs at risk at the end of `year`, as `atlas` shows it.
    pub fn at_risk(
        &self,
        atlas: &Atlas,
        year: Year,
    ) -> Result<Vec<(StateId, StateId)>, HistoryError> {
        let tied = tied_in(atlas.spells(self.layer)?, year);
        let system = in_system(atlas, year)?;
        let inside = |a: StateId, b: StateId| system[a.index()] && system[b.index()];
        if self.ending {
            let organised = if self.organisation_size.is_some() {
                allied_by_membership(atlas, year)?
            } else {
                BTreeSet::new()
            };
            return Ok(tied
                .into_iter()
                .filter(|p| inside(p.0, p.1) && !organised.contains(p))
                .collect());
        }
        let n = atlas.n();
        Ok((0..n)
            .flat_map(|i| (i + 1..n).map(move |j| (StateId::from_index(i), StateId::from_index(j))))
            .filter(|p| inside(p.0, p.1) && !tied.contains(p))
            .collect())
    }

    /// What became of `pairs` between `seen` and `target`: `Some(changed)`, `None` where the change
    /// was the work of an organisation.
    pub fn outcomes(
        &self,
        atlas: &Atlas,
        pairs: &[(StateId, StateId)],
        seen: Year,
        target: Year,
    ) -> Result<Vec<Option<bool>>, HistoryError> {
        let spells = atlas.spells(self.layer)?;
        let system = in_system(atlas, seen)?;
        let by_year: Vec<BTreeSet<_>> = (seen.0..=target.0)
            .map(|y| tied_in(spells, Year(y)))
            .collect();
        // Changes of each state in each year, among states in the system.
        let counts: Vec<Vec<usize>> = by_year
            .windows(2)
            .map(|w| {
                let (from, to) = if self.ending {
                    (&w[0], &w[1])
                } else {
                    (&w[1], &w[0])
                };
                let mut count = vec![0; atlas.n()];
                for (a, b) in from.difference(to) {
                    if system[a.index()] && system[b.index()] {
                        count[a.index()] += 1;
                        count[b.index()] += 1;
                    }
                }
                count
            })
            .collect();
        let last = by_year.len() - 1;
        Ok(pairs
            .iter()
            .map(|p| {
                let has = |k: usize| by_year[k].contains(p) != self.ending;
                if !has(last) {
                    return Some(false);
                }
                let when = (0..last).find(|k| has(k + 1)).unwrap_or(0);
                let most = counts[when][p.0.index()].max(counts[when][p.1.index()]);
                match self.organisation_size {
                    Some(size) if most >= size => None,
                    _ => Some(true),
                }
            })
            .collect())
    }

    /// Yearly record as the atlas shows it: (year, pairs at risk the year before, changes), from
    /// the start of the record to `last`; changes by organisations are left out.
    pub fn record(
        &self,
        atlas: &Atlas,
        last: Year,
    ) -> Result<Vec<(Year, usize, usize)>, HistoryError> {
        let spells = atlas.spells(self.layer)?;
        let mut out = Vec::new();
        let mut before = tied_in(spells, self.record_from);
        for year in (self.record_from.0 + 1..=last.0).map(Year) {
            let now = tied_in(spells, year);
            let system = in_system(atlas, year - 1)?;
            let inside = |p: &(StateId, StateId)| system[p.0.index()] && system[p.1.index()];
            let organised = if self.ending && self.organisation_size.is_some() {
                allied_by_membership(atlas, year - 1)?
            } else {
                BTreeSet::new()
            };
            let (from, to) = if self.ending {
                (&before, &now)
            } else {
                (&now, &before)
            };
            let changed: Vec<_> = from.difference(to).filter(|p| inside(p)).collect();
            let mut count = vec![0; atlas.n()];
            for (a, b) in &changed {
                count[a.index()] += 1;
                count[b.index()] += 1;
            }
            let mass = |p: &(StateId, StateId)| {
                let most = count[p.0.index()].max(count[p.1.index()]);
                self.organisation_size.is_some_and(|size| most >= size)
            };
            let tied = before
                .iter()
                .filter(|p| inside(p) && !organised.contains(p))
                .count();
            let at_risk = if self.ending {
                tied
            } else {
                let states = system.iter().filter(|s| **s).count();
                states * states.saturating_sub(1) / 2 - tied
            };
            let own = changed.iter().filter(|p| !organised.contains(**p));
            let massed = own.clone().filter(|p| mass(p)).count();
            out.push((year, at_risk - massed, own.count() - massed));
            before = now;
        }
        Ok(out)
    }
}

/// Probability of a change within `years` at a yearly hazard.
pub fn within(hazard: f64, years: i32) -> f64 {
    -(f64::from(years) * (-hazard).ln_1p()).exp_m1()
}
