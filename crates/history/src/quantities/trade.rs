//! Goods trade: by pair and by sector from input-output tables, and as importers recorded it.

use std::cell::RefCell;
use std::collections::BTreeMap;

use realign_atlas::{Atlas, StateId, Year};
use realign_numerics::ols;

use super::facts::{Facts, deviation, last_change};
use super::regression::{Build, Covariates, Dates, Form, Regression};
use crate::rolling::Task;
use crate::{HistoryError, Key, Origin, Quantity, Scale, Series};

/// Flows below a million dollars count as a million: below it tables round and guess.
const LEAST_FLOW_MUSD: f64 = 1.0;
/// First year of importers' records that is used: the states of today exist.
const FIRST_RECORD: Year = Year(1985);
/// One pair in so many of importers' records is used, by a fixed rule.
const ONE_PAIR_IN: usize = 4;
/// Years before the newest for which gravity is fitted.
const GRAVITY_YEARS: i32 = 25;

/// Goods sectors of the input-output tables, ISIC codes.
pub const SECTORS: [&str; 27] = [
    "A01", "A02", "A03", "B05", "B06", "B07", "B08", "B09", "C10T12", "C13T15", "C16", "C17_18",
    "C19", "C20", "C21", "C22", "C23", "C24A", "C24B", "C25", "C26", "C27", "C28", "C29", "C301",
    "C302T309", "C31T33",
];

/// Growth of importer and exporter since the last flow, their trends, distance from gravity,
/// distance from the own mean, last change; then level and change of affinity, alliance.
const PAIR_COLUMNS: usize = 9;
const PAIR_WITHOUT_TRUST: usize = 6;

/// Growth since the last flow, trend, the sector's last change, distance from the own mean, last
/// change; then level and change of affinity with the others by their size.
const SECTOR_COLUMNS: usize = 7;
const SECTOR_WITHOUT_TRUST: usize = 5;

/// The panels of trade.
pub(super) fn tasks() -> Vec<Task> {
    let pairs = |id, title, first_origin, load| Quantity {
        id,
        domain: "trade",
        title,
        unit: "million USD",
        scale: Scale::Log,
        first_origin,
        load,
    };
    vec![
        pair_task(pairs(
            "trade_pairs",
            "goods sold by one economy to another (input-output tables)",
            Year(2015),
            icio_pairs,
        )),
        pair_task(pairs(
            "trade_pairs_recorded",
            "goods that importers record from a partner, one pair in four",
            Year(1996),
            recorded_pairs,
        )),
        pair_task(pairs(
            "us_imports_recorded",
            "goods that the United States record from a partner",
            Year(1996),
            recorded_us,
        )),
        sector_task(),
    ]
}

/// Baselines of MODEL.md §4.1 (last flow, last share of the importer's total) and the model with
/// and without trust.
fn pair_task(quantity: Quantity) -> Task {
    let regression = |id, form| -> Box<dyn crate::Predictor> {
        Box::new(Regression {
            id,
            build: PAIRS,
            columns: PAIR_COLUMNS,
            form,
            bounds: None,
        })
    };
    Task {
        quantity,
        predictors: vec![
            regression("last_flow", Form::Stay),
            regression("last_share_of_imports", Form::Add(0)),
            regression("gravity_without_trust", Form::Fit(PAIR_WITHOUT_TRUST)),
            regression("gravity", Form::Fit(PAIR_COLUMNS)),
        ],
        reference: "last_flow",
        model: "gravity",
        without_trust: Some("gravity_without_trust"),
    }
}

fn sector_task() -> Task {
    let regression = |id, form| -> Box<dyn crate::Predictor> {
        Box::new(Regression {
            id,
            build: |origin, known| Ok(Box::new(SectorCovariates::new(origin, known)?)),
            columns: SECTOR_COLUMNS,
            form,
            bounds: None,
        })
    };
    Task {
        quantity: Quantity {
            id: "trade_sectors",
            domain: "trade",
            title: "goods exports of an economy by sector (input-output tables)",
            unit: "million USD",
            scale: Scale::Log,
            first_origin: Year(2015),
            load: icio_sectors,
        },
        predictors: vec![
            regression("last_flow", Form::Stay),
            regression("growth_without_trust", Form::Fit(SECTOR_WITHOUT_TRUST)),
            regression("growth", Form::Fit(SECTOR_COLUMNS)),
        ],
        reference: "last_flow",
        model: "growth",
        without_trust: Some("growth_without_trust"),
    }
}

/// ln of goods sold by a to b, input-output tables, a ≠ b.
pub(crate) fn icio_pairs(atlas: &Atlas) -> Result<Series, HistoryError> {
    let panel = atlas.dyads("icio_goods_musd")?;
    Ok(flows(panel.rows(), |_, _| true))
}

/// ln of goods that b records from a, from 1985 on, one pair in four.
fn recorded_pairs(atlas: &Atlas) -> Result<Series, HistoryError> {
    let panel = atlas.dyads("cow_trade_musd")?;
    let drawn = |a: StateId, b: StateId| (a.index() * 31 + b.index()).is_multiple_of(ONE_PAIR_IN);
    Ok(flows(panel.rows().filter(|r| r.2 >= FIRST_RECORD), drawn))
}

/// ln of goods that the United States record from a, from 1985 on.
pub(crate) fn recorded_us(atlas: &Atlas) -> Result<Series, HistoryError> {
    let panel = atlas.dyads("cow_trade_musd")?;
    let usa = atlas.states().by_iso3("USA");
    Ok(flows(
        panel.rows().filter(|r| r.2 >= FIRST_RECORD),
        |_, b| Some(b) == usa,
    ))
}

fn flows(
    rows: impl Iterator<Item = (StateId, StateId, Year, f64)>,
    keep: impl Fn(StateId, StateId) -> bool,
) -> Series {
    let mut out = Series::new();
    for (a, b, year, musd) in rows {
        if a != b && musd >= 0.0 && keep(a, b) {
            let key = Key {
                entity: Some(a),
                partner: Some(b),
                item: None,
            };
            let flow = Scale::Log.to(musd.max(LEAST_FLOW_MUSD));
            out.entry(key).or_default().push((year, flow));
        }
    }
    out
}

/// ln of exports by sector to all others.
fn icio_sectors(atlas: &Atlas) -> Result<Series, HistoryError> {
    let panel = atlas.item_dyads("icio_trade_musd")?;
    let sector: Vec<Option<u16>> = panel
        .items()
        .iter()
        .map(|i| SECTORS.iter().position(|s| s == i).map(|k| k as u16))
        .collect();
    let mut sums: BTreeMap<Key, BTreeMap<Year, f64>> = BTreeMap::new();
    for (item, a, b, year, musd) in panel.rows() {
        let Some(item) = sector[usize::from(*item)] else {
            continue;
        };
        if a != b {
            let key = Key {
                entity: Some(*a),
                partner: None,
                item: Some(item),
            };
            *sums.entry(key).or_default().entry(*year).or_default() += musd.max(0.0);
        }
    }
    Ok(sums
        .into_iter()
        .map(|(key, by_year)| {
            let series = by_year
                .into_iter()
                .map(|(y, v)| (y, Scale::Log.to(v.max(LEAST_FLOW_MUSD))));
            (key, series.collect())
        })
        .collect())
}

/// Covariates of flows between pairs.
pub(crate) const PAIRS: Build = |origin, known| Ok(Box::new(PairCovariates::new(origin, known)?));

struct PairCovariates<'a> {
    facts: Facts<'a>,
    /// Intercept and slopes of gravity by year: sizes, distance, border, language.
    gravity: BTreeMap<Year, Vec<f64>>,
}

impl<'a> PairCovariates<'a> {
    fn new(origin: Origin<'a>, known: &Series) -> Result<Self, HistoryError> {
        let facts = Facts::read(origin)?;
        let newest = known.values().filter_map(|s| s.last()).map(|r| r.0).max();
        let mut by_year: BTreeMap<Year, (Vec<f64>, Vec<f64>)> = BTreeMap::new();
        for (key, series) in known {
            let geography = pair(key).and_then(|(a, b)| facts.geography(a, b));
            for (year, flow) in series {
                if newest.is_some_and(|n| n - *year > GRAVITY_YEARS) {
                    continue;
                }
                if let Some(row) = gravity_row(&facts, key, *year, geography) {
                    let (x, y) = by_year.entry(*year).or_default();
                    x.extend(row);
                    y.push(*flow);
                }
            }
        }
        let gravity = by_year
            .into_iter()
            .filter(|(_, (_, y))| y.len() > 3 * GRAVITY)
            .filter_map(|(year, (x, y))| {
                let fit = ols::fit(&x, GRAVITY, &y, None, None).ok()?;
                Some((year, fit.coefficient))
            })
            .collect();
        Ok(Self { facts, gravity })
    }

    fn residual(&self, key: &Key, (year, flow): (Year, f64)) -> Option<f64> {
        let (a, b) = pair(key)?;
        let row = gravity_row(&self.facts, key, year, self.facts.geography(a, b))?;
        let beta = self.gravity.get(&year)?;
        Some(flow - beta.iter().zip(row).map(|(b, x)| b * x).sum::<f64>())
    }
}

/// Columns of gravity.
const GRAVITY: usize = 5;

/// Intercept, ln of the product of GDPs, ln distance, border, language. One importer only would
/// leave its size without an effect of its own: the product stands for both.
fn gravity_row(
    facts: &Facts<'_>,
    key: &Key,
    year: Year,
    geography: Option<[f64; 3]>,
) -> Option<[f64; GRAVITY]> {
    let (a, b) = pair(key)?;
    let size = facts.log_gdp(a, year)? + facts.log_gdp(b, year)?;
    let [distance, border, language] = geography?;
    Some([1.0, size, distance, border, language])
}

fn pair(key: &Key) -> Option<(StateId, StateId)> {
    key.entity.zip(key.partner)
}

impl Covariates for PairCovariates<'_> {
    fn row(&self, key: &Key, past: &[(Year, f64)], dates: Dates, row: &mut [f64]) -> bool {
        let f = &self.facts;
        let values = || {
            let (a, b) = pair(key)?;
            let [level, change, allied] = f.trust(a, b, dates);
            Some([
                f.growth_since(b, dates)?,
                f.growth_since(a, dates)?,
                f.trend(a, dates)? + f.trend(b, dates)?,
                self.residual(key, past[past.len() - 1])?,
                deviation(past),
                last_change(past),
                level,
                change,
                allied,
            ])
        };
        values().is_some_and(|v| {
            row.copy_from_slice(&v);
            true
        })
    }
}

/// Affinity of states with all others, weighted by size.
pub(super) struct Surroundings<'a> {
    facts: Facts<'a>,
    states: Vec<StateId>,
    cache: RefCell<BTreeMap<(StateId, Year), Option<f64>>>,
}

impl<'a> Surroundings<'a> {
    pub(super) fn new(origin: Origin<'a>) -> Result<Self, HistoryError> {
        Ok(Self {
            facts: Facts::read(origin)?,
            states: origin.atlas.states().iter().map(|s| s.id).collect(),
            cache: RefCell::new(BTreeMap::new()),
        })
    }

    fn affinity(&self, a: StateId, year: Year) -> Option<f64> {
        if let Some(known) = self.cache.borrow().get(&(a, year)) {
            return *known;
        }
        let (mut sum, mut weight) = (0.0, 0.0);
        for b in self.states.iter().filter(|b| **b != a) {
            if let (Some(near), Some(size)) = (
                self.facts.affinity(a, *b, year),
                self.facts.log_gdp(*b, year),
            ) {
                sum += near * size.exp();
                weight += size.exp();
            }
        }
        let mean = (weight > 0.0).then(|| sum / weight);
        self.cache.borrow_mut().insert((a, year), mean);
        mean
    }

    /// Level and change over five years; both zero where there are no votes.
    pub(super) fn trust(&self, a: StateId, dates: Dates) -> [f64; 2] {
        let level = self.affinity(a, dates.info);
        let before = self.affinity(a, dates.info - 5);
        [
            level.unwrap_or(0.0),
            level.zip(before).map_or(0.0, |(now, then)| now - then),
        ]
    }
}

struct SectorCovariates<'a> {
    around: Surroundings<'a>,
    /// Mean change of a sector's exports over the year before.
    drift: BTreeMap<(Option<u16>, Year), f64>,
}

impl<'a> SectorCovariates<'a> {
    fn new(origin: Origin<'a>, known: &Series) -> Result<Self, HistoryError> {
        let mut changes: BTreeMap<(Option<u16>, Year), (f64, f64)> = BTreeMap::new();
        for (key, series) in known {
            for w in series.windows(2).filter(|w| w[1].0 - w[0].0 == 1) {
                let cell = changes.entry((key.item, w[1].0)).or_default();
                cell.0 += w[1].1 - w[0].1;
                cell.1 += 1.0;
            }
        }
        Ok(Self {
            around: Surroundings::new(origin)?,
            drift: changes
                .into_iter()
                .map(|(k, (sum, count))| (k, sum / count))
                .collect(),
        })
    }
}

impl Covariates for SectorCovariates<'_> {
    fn row(&self, key: &Key, past: &[(Year, f64)], dates: Dates, row: &mut [f64]) -> bool {
        let values = || {
            let a = key.entity?;
            let f = &self.around.facts;
            let [level, change] = self.around.trust(a, dates);
            let drift = self.drift.get(&(key.item, dates.base)).copied();
            Some([
                f.growth_since(a, dates)?,
                f.trend(a, dates)?,
                drift.unwrap_or(0.0),
                deviation(past),
                last_change(past),
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
