//! Arms: suppliers' shares of a state's imports, of a region's, and of the world's exports, over
//! five years.
//!
//! Windows overlap: of the five years that end in a target, those up to the last known window are
//! already in it. The last window is therefore a strong forecast at short horizons, and it is the
//! reference; at five years ahead nothing overlaps.

use std::collections::BTreeMap;

use realign_atlas::{Atlas, StateId, Year};

use super::facts::{Facts, deviation};
use super::regression::{Build, Covariates, Dates, Form, Regression};
use super::trade::Surroundings;
use crate::rolling::Task;
use crate::{HistoryError, Key, Origin, Predictor, Quantity, Scale, Series};

/// Smallest share of the world's imports in a window that makes a recipient count, as in the
/// model's own estimate.
const LEAST_IMPORTS: f64 = 0.0005;
/// The same for a region.
const LEAST_REGION_IMPORTS: f64 = 0.005;
/// Share of a region's imports from which on a supplier is followed.
const LEAST_REGION_SHARE: f64 = 0.02;
/// Share of the world's exports from which on a supplier is followed.
const LEAST_EXPORTS: f64 = 0.002;

/// Thirty-year share less last share, world share less last share; then level and change of
/// affinity and alliance, each times what is there to move.
const SHARE_COLUMNS: usize = 5;
const SHARE_WITHOUT_TRUST: usize = 2;

/// Distance from the own mean, thirty-year share less last share; then level and change of the
/// supplier's affinity with the others by their size.
const EXPORT_COLUMNS: usize = 4;
const EXPORT_WITHOUT_TRUST: usize = 2;

/// The panels of arms.
pub(super) fn tasks() -> Vec<Task> {
    let quantity = |id, title, scale, load| Quantity {
        id,
        domain: "arms",
        title,
        unit: "fraction",
        scale,
        first_origin: Year(2008),
        load,
    };
    vec![
        share_task(
            quantity(
                "arms_import_shares",
                "supplier's share of a state's arms imports over five years",
                Scale::Identity,
                import_shares,
            ),
            IMPORTS,
        ),
        share_task(
            quantity(
                "arms_region_shares",
                "supplier's share of a region's arms imports over five years",
                Scale::Identity,
                region_shares,
            ),
            REGIONS,
        ),
        export_task(quantity(
            "arms_export_shares",
            "supplier's share of the world's arms exports over five years",
            Scale::Logit,
            export_shares,
        )),
    ]
}

/// Baselines of MODEL.md §5 (what was bought last, the world's shares) and the weighted past
/// shares with and without trust.
fn share_task(quantity: Quantity, build: Build) -> Task {
    let regression = |id, form| -> Box<dyn Predictor> {
        Box::new(Regression {
            id,
            build,
            columns: SHARE_COLUMNS,
            form,
            bounds: Some((0.0, 1.0)),
        })
    };
    Task {
        quantity,
        predictors: vec![
            regression("last_window", Form::Stay),
            regression("world_share", Form::Add(1)),
            regression(
                "weighted_shares_without_trust",
                Form::Fit(SHARE_WITHOUT_TRUST),
            ),
            regression("weighted_shares", Form::Fit(SHARE_COLUMNS)),
        ],
        reference: "last_window",
        model: "weighted_shares",
        without_trust: Some("weighted_shares_without_trust"),
    }
}

fn export_task(quantity: Quantity) -> Task {
    let regression = |id, form| -> Box<dyn Predictor> {
        Box::new(Regression {
            id,
            build: EXPORTS,
            columns: EXPORT_COLUMNS,
            form,
            bounds: None,
        })
    };
    Task {
        quantity,
        predictors: vec![
            regression("last_window", Form::Stay),
            regression(
                "weighted_past_without_trust",
                Form::Fit(EXPORT_WITHOUT_TRUST),
            ),
            regression("weighted_past", Form::Fit(EXPORT_COLUMNS)),
        ],
        reference: "last_window",
        model: "weighted_past",
        without_trust: Some("weighted_past_without_trust"),
    }
}

/// Who buys together: recipients of one key.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Buyers {
    /// The recipient, for single states.
    pub(crate) state: Option<StateId>,
    /// Number of the group, for groups.
    pub(crate) item: Option<u16>,
    /// Recipients.
    pub(crate) members: Vec<StateId>,
}

fn single_states(atlas: &Atlas) -> Vec<Buyers> {
    let states = atlas.states().iter().map(|s| s.id);
    states
        .map(|s| Buyers {
            state: Some(s),
            item: None,
            members: vec![s],
        })
        .collect()
}

/// Names of the subregions of the atlas, sorted: the groups of [`region_shares`].
pub(crate) fn regions(atlas: &Atlas) -> Vec<String> {
    let mut names: Vec<String> = atlas
        .states()
        .iter()
        .map(|s| s.subregion.clone())
        .filter(|s| !s.is_empty())
        .collect();
    names.sort();
    names.dedup();
    names
}

fn regional(atlas: &Atlas) -> Vec<Buyers> {
    let of = |name: &str| {
        let states = atlas.states().iter().filter(|s| s.subregion == name);
        states.map(|s| s.id).collect()
    };
    regions(atlas)
        .iter()
        .enumerate()
        .map(|(k, name)| Buyers {
            state: None,
            item: Some(k as u16),
            members: of(name),
        })
        .collect()
}

/// Number of the first group of [`european_task`], European members of NATO without Türkiye; the
/// next is all of Europe.
pub(crate) const FIRST_GROUP: u16 = 1000;

/// The regions, then European NATO as the atlas knows it at its vintage, then Europe.
fn with_europe(atlas: &Atlas) -> Result<Vec<Buyers>, HistoryError> {
    let mut all = regional(atlas);
    let european = |s: &StateId| atlas.states().get(*s).region == "Europe";
    let nato = atlas.members("NATO", atlas.vintage())?;
    let europe = atlas.states().iter().map(|s| s.id);
    let groups = [
        nato.into_iter().filter(european).collect::<Vec<_>>(),
        europe.filter(european).collect(),
    ];
    for (k, members) in groups.into_iter().enumerate() {
        all.push(Buyers {
            state: None,
            item: Some(FIRST_GROUP + k as u16),
            members,
        });
    }
    Ok(all)
}

/// [`region_shares`] with the groups of the frozen forecasts; their membership is that of the
/// vintage, so that they are no panel for rolling origins.
pub(crate) fn european_task() -> Task {
    share_task(
        Quantity {
            id: "arms_european_shares",
            domain: "arms",
            title: "supplier's share of European arms imports over five years",
            unit: "fraction",
            scale: Scale::Identity,
            first_origin: Year(2008),
            load: |atlas| {
                let groups = with_europe(atlas)?;
                shares(atlas, &groups, LEAST_REGION_IMPORTS, LEAST_REGION_SHARE)
            },
        },
        |origin, _| {
            let buyers = with_europe(origin.atlas)?;
            Ok(Box::new(ShareCovariates::new(origin, buyers)?))
        },
    )
}

/// Deliveries of a variable by year, supplier and group of buyers, all items together; a state's
/// deliveries to itself and those inside a group's single state do not count.
fn deliveries(
    atlas: &Atlas,
    variable: &str,
    buyers: &[Buyers],
) -> Result<BTreeMap<Year, Table>, HistoryError> {
    let panel = atlas.item_dyads(variable)?;
    let mut of: Vec<Vec<usize>> = vec![Vec::new(); atlas.n()];
    for (g, b) in buyers.iter().enumerate() {
        b.members.iter().for_each(|m| of[m.index()].push(g));
    }
    let mut out: BTreeMap<Year, Table> = BTreeMap::new();
    for (_, a, b, year, v) in panel.rows() {
        let table = out.entry(*year).or_insert_with(|| Table {
            by_buyer: vec![BTreeMap::new(); buyers.len()],
            world: vec![0.0; atlas.n()],
        });
        if a == b {
            continue;
        }
        table.world[a.index()] += v;
        for g in &of[b.index()] {
            *table.by_buyer[*g].entry(*a).or_default() += v;
        }
    }
    Ok(out)
}

/// Deliveries of one window.
struct Table {
    by_buyer: Vec<BTreeMap<StateId, f64>>,
    world: Vec<f64>,
}

impl Table {
    fn total(&self, g: usize) -> f64 {
        self.by_buyer[g].values().sum()
    }

    /// Share of a supplier in what a group bought; `None` when it bought nothing.
    fn share(&self, g: usize, a: StateId) -> Option<f64> {
        let total = self.total(g);
        (total > 0.0).then(|| self.by_buyer[g].get(&a).copied().unwrap_or(0.0) / total)
    }

    fn world_share(&self, a: StateId) -> f64 {
        self.world[a.index()] / self.world.iter().sum::<f64>()
    }
}

/// Shares of suppliers in what each group of buyers imported, from the first window on in which a
/// supplier had at least `least_share`; windows in which the group bought less than `least_imports`
/// of the world's deliveries are left out.
pub(crate) fn shares(
    atlas: &Atlas,
    buyers: &[Buyers],
    least_imports: f64,
    least_share: f64,
) -> Result<Series, HistoryError> {
    let tables = deliveries(atlas, "arms_world_share_5y", buyers)?;
    let mut out = Series::new();
    for (g, group) in buyers.iter().enumerate() {
        let mut followed: BTreeMap<StateId, Vec<(Year, f64)>> = BTreeMap::new();
        for (year, table) in &tables {
            let total = table.total(g);
            if total < least_imports {
                continue;
            }
            for (a, v) in &table.by_buyer[g] {
                if *v > 0.0 && v / total >= least_share {
                    followed.entry(*a).or_default();
                }
            }
            for (a, series) in &mut followed {
                let bought = table.by_buyer[g].get(a).copied().unwrap_or(0.0);
                series.push((*year, bought / total));
            }
        }
        out.extend(followed.into_iter().map(|(a, series)| {
            let key = Key {
                entity: Some(a),
                partner: group.state,
                item: group.item,
            };
            (key, series)
        }));
    }
    Ok(out)
}

fn import_shares(atlas: &Atlas) -> Result<Series, HistoryError> {
    shares(atlas, &single_states(atlas), LEAST_IMPORTS, 0.0)
}

fn region_shares(atlas: &Atlas) -> Result<Series, HistoryError> {
    let groups = regional(atlas);
    shares(atlas, &groups, LEAST_REGION_IMPORTS, LEAST_REGION_SHARE)
}

/// Log odds of suppliers' shares in the world's exports, from the first window on with at least
/// .2 %.
pub(crate) fn export_shares(atlas: &Atlas) -> Result<Series, HistoryError> {
    let panel = atlas.item_states("arms_export_world_share_5y")?;
    let mut by_year: BTreeMap<Year, BTreeMap<StateId, f64>> = BTreeMap::new();
    for (_, a, year, v) in panel.rows() {
        by_year.entry(*year).or_default().insert(*a, *v);
    }
    let mut out = Series::new();
    for (year, shares) in &by_year {
        for (a, _) in shares.iter().filter(|s| *s.1 >= LEAST_EXPORTS) {
            out.entry(supplier(*a)).or_default();
        }
        for (key, series) in &mut out {
            let share = key.entity.and_then(|a| shares.get(&a)).copied();
            series.push((*year, Scale::Logit.to(share.unwrap_or(0.0))));
        }
    }
    Ok(out)
}

/// Key of a supplier of the world.
pub(crate) fn supplier(a: StateId) -> Key {
    Key {
        entity: Some(a),
        partner: None,
        item: None,
    }
}

/// Covariates of shares in states' imports.
const IMPORTS: Build = |origin, _| {
    let buyers = single_states(origin.atlas);
    Ok(Box::new(ShareCovariates::new(origin, buyers)?))
};
/// Covariates of shares in regions' imports.
const REGIONS: Build = |origin, _| {
    let buyers = regional(origin.atlas);
    Ok(Box::new(ShareCovariates::new(origin, buyers)?))
};
/// Covariates of shares in the world's exports.
pub(crate) const EXPORTS: Build = |origin, _| Ok(Box::new(ExportCovariates::new(origin)?));

/// Covariates of shares in what groups of buyers import.
pub(crate) struct ShareCovariates<'a> {
    facts: Facts<'a>,
    buyers: Vec<Buyers>,
    place: BTreeMap<(Option<StateId>, Option<u16>), usize>,
    recent: BTreeMap<Year, Table>,
    old: BTreeMap<Year, Table>,
}

impl<'a> ShareCovariates<'a> {
    pub(crate) fn new(origin: Origin<'a>, buyers: Vec<Buyers>) -> Result<Self, HistoryError> {
        let place = buyers
            .iter()
            .enumerate()
            .map(|(g, b)| ((b.state, b.item), g))
            .collect();
        Ok(Self {
            facts: Facts::read(origin)?,
            recent: deliveries(origin.atlas, "arms_world_share_5y", &buyers)?,
            old: deliveries(origin.atlas, "arms_base_share_30y", &buyers)?,
            buyers,
            place,
        })
    }

    /// Affinity and alliance of a supplier with a group: the mean over its members.
    fn trust(&self, g: usize, a: StateId, dates: Dates) -> [f64; 3] {
        let members = self.buyers[g].members.iter().filter(|m| **m != a);
        let mut sum = [0.0; 3];
        let mut count = 0.0;
        for m in members {
            let t = self.facts.trust(a, *m, dates);
            (0..3).for_each(|k| sum[k] += t[k]);
            count += 1.0;
        }
        if count > 0.0 {
            sum.map(|s| s / count)
        } else {
            sum
        }
    }
}

impl Covariates for ShareCovariates<'_> {
    fn row(&self, key: &Key, past: &[(Year, f64)], dates: Dates, row: &mut [f64]) -> bool {
        let values = || {
            let a = key.entity?;
            let g = *self.place.get(&(key.partner, key.item))?;
            let last = past[past.len() - 1].1;
            let world = self.recent.get(&dates.base)?.world_share(a);
            let old = self
                .old
                .range(..=dates.base)
                .next_back()
                .and_then(|(_, t)| t.share(g, a))
                .unwrap_or(last);
            let room = 0.5 * (last + world) * (1.0 - last);
            let [level, change, allied] = self.trust(g, a, dates);
            Some([
                old - last,
                world - last,
                room * level,
                room * change,
                room * allied,
            ])
        };
        values().is_some_and(|v| {
            row.copy_from_slice(&v);
            true
        })
    }
}

/// Covariates of suppliers' shares in the world's exports.
struct ExportCovariates<'a> {
    around: Surroundings<'a>,
    old: BTreeMap<Year, Table>,
}

impl<'a> ExportCovariates<'a> {
    fn new(origin: Origin<'a>) -> Result<Self, HistoryError> {
        Ok(Self {
            around: Surroundings::new(origin)?,
            old: deliveries(origin.atlas, "arms_base_share_30y", &[])?,
        })
    }
}

impl Covariates for ExportCovariates<'_> {
    fn row(&self, key: &Key, past: &[(Year, f64)], dates: Dates, row: &mut [f64]) -> bool {
        let values = || {
            let a = key.entity?;
            let last = past[past.len() - 1].1;
            let (_, old) = self.old.range(..=dates.base).next_back()?;
            let [level, change] = self.around.trust(a, dates);
            Some([
                deviation(past),
                Scale::Logit.to(old.world_share(a)) - last,
                level,
                change,
            ])
        };
        values().is_some_and(|v| {
            row.copy_from_slice(&v);
            true
        })
    }
}
