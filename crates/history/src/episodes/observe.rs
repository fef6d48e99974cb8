//! What can be asked of an episode: quantities, how the atlas observes them, on which scale.

use std::collections::BTreeMap;
use std::sync::OnceLock;

use realign_atlas::{Atlas, AtlasError, Shape, StateId, StateKind, Year};

use crate::{HistoryError, Scale};

/// What a quantity is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Needs {
    /// A state.
    State,
    /// An ordered pair of states.
    Pair,
    /// Neither: the world, with an item.
    Item,
}

/// A quantity that an episode can ask for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Asked {
    /// Identifier in files.
    pub id: &'static str,
    /// In words.
    pub title: &'static str,
    /// Unit as published.
    pub unit: &'static str,
    /// Scale of forecasts, effects and gaps.
    pub scale: Scale,
    /// What it is about.
    pub needs: Needs,
    /// Whether it is a tie: 1 in force, 0 not.
    pub tie: bool,
    /// Domain of the model that answers.
    pub domain: &'static str,
}

const fn asked(
    id: &'static str,
    title: &'static str,
    unit: &'static str,
    scale: Scale,
    needs: Needs,
    domain: &'static str,
) -> Asked {
    Asked {
        id,
        title,
        unit,
        scale,
        needs,
        tie: false,
        domain,
    }
}

const fn tie(id: &'static str, title: &'static str, domain: &'static str) -> Asked {
    Asked {
        id,
        title,
        unit: "1 in force, 0 not",
        scale: Scale::Identity,
        needs: Needs::Pair,
        tie: true,
        domain,
    }
}

/// Quantities that the model answers.
pub const ANSWERED: &[Asked] = &[
    asked(
        "goods_exports",
        "goods exports of the entity to the partner",
        "million USD",
        Scale::Log,
        Needs::Pair,
        "trade",
    ),
    asked(
        "import_share",
        "share of the partner in the goods imports of the entity",
        "fraction",
        Scale::Logit,
        Needs::Pair,
        "trade",
    ),
    asked(
        "milex_burden",
        "military expenditure of the entity over GDP",
        "fraction",
        Scale::Log,
        Needs::State,
        "security",
    ),
    asked(
        "ideal_point_distance",
        "distance of ideal points in UN votes",
        "scale points",
        Scale::Identity,
        Needs::Pair,
        "trust",
    ),
    asked(
        "favourability",
        "share of the entity's public with a favourable view of the partner",
        "fraction",
        Scale::Logit,
        Needs::Pair,
        "trust",
    ),
    asked(
        "arms_import_share",
        "share of the partner in the entity's arms imports over five years",
        "fraction",
        Scale::Logit,
        Needs::Pair,
        "arms",
    ),
    asked(
        "reserve_currency_share",
        "share of the currency in the world's reserves",
        "fraction",
        Scale::Logit,
        Needs::Item,
        "finance",
    ),
    asked(
        "us_securities_musd",
        "United States securities held by the entity",
        "million USD",
        Scale::Log,
        Needs::State,
        "finance",
    ),
    tie("defence_pact", "defence pact of the two", "security"),
    tie(
        "defence_cooperation",
        "defence cooperation agreement of the two",
        "security",
    ),
    tie("trade_agreement", "trade agreement of the two", "trade"),
];

/// Quantities beside those that the model answers: every variable of the atlas of a shape that an
/// observable can name.
pub fn quantity(atlas: &Atlas, id: &str) -> Option<(Option<&'static Asked>, Needs)> {
    if let Some(a) = ANSWERED.iter().find(|a| a.id == id) {
        return Some((Some(a), a.needs));
    }
    let needs = match atlas.catalogue().variable(id)?.0.shape {
        Shape::StateYear | Shape::ItemStateYear => Needs::State,
        Shape::DyadYear | Shape::ItemDyadYear | Shape::Spells => Needs::Pair,
        Shape::ItemYear => Needs::Item,
        _ => return None,
    };
    Some((None, needs))
}

/// Names of all quantities, for hints.
pub fn names(atlas: &Atlas) -> Vec<String> {
    let mut all: Vec<String> = ANSWERED.iter().map(|a| a.id.to_owned()).collect();
    for (_, v) in atlas.catalogue().variables() {
        if quantity(atlas, &v.id).is_some() && !all.contains(&v.id) {
            all.push(v.id.clone());
        }
    }
    all
}

/// A cell of a quantity.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Cell {
    /// Quantity.
    pub quantity: String,
    /// The state, or the first of a pair.
    pub entity: Option<StateId>,
    /// The other state of a pair.
    pub partner: Option<StateId>,
    /// Item.
    pub item: Option<String>,
}

type Yearly = BTreeMap<(StateId, Year), f64>;
/// Arms by (recipient, year): all, and by supplier.
type Arms = BTreeMap<(StateId, Year), (f64, BTreeMap<StateId, f64>)>;

/// Reads cells from one atlas and keeps what is read often.
pub struct Observer<'a> {
    /// The atlas.
    pub atlas: &'a Atlas,
    /// Table of goods trade.
    table: &'static str,
    imports: OnceLock<Result<Yearly, AtlasError>>,
    arms: OnceLock<Result<Arms, AtlasError>>,
}

/// Tables of goods trade with many years.
const GOODS: [&str; 2] = ["icio_goods_musd", "cow_trade_musd"];

/// Tables of goods trade of an episode: the one that is forecast from, and the one that says what
/// happened. Of the tables public at the origin the one with the newest public rows is forecast
/// from, of two alike one that reaches the last year; it also judges, unless it ends before that
/// year and another does not. A rule on dates alone: no value after the origin can decide it.
pub fn goods_tables(atlas: &Atlas, origin: Year, last: Year) -> (&'static str, &'static str) {
    let catalogue = atlas.catalogue();
    let then = atlas.as_of(origin);
    let reaches = |id: &str| {
        let table = catalogue.variable(id).map(|v| v.0);
        table.is_some_and(|t| Year(t.newest_year) >= last)
    };
    let mut best: Option<((Year, bool), &'static str)> = None;
    for id in GOODS {
        let newest = then
            .dyads(id)
            .ok()
            .and_then(|p| p.rows().map(|r| r.2).max());
        if let Some(newest) = newest {
            let rank = (newest, reaches(id));
            if best.is_none_or(|b| b.0 < rank) {
                best = Some((rank, id));
            }
        }
    }
    let base = best.map_or(GOODS[1], |b| b.1);
    let other = GOODS.into_iter().find(|id| reaches(id));
    let truth = if reaches(base) {
        base
    } else {
        other.unwrap_or(base)
    };
    (base, truth)
}

impl<'a> Observer<'a> {
    /// An observer of `atlas` with a table of goods trade.
    pub fn new(atlas: &'a Atlas, table: &'static str) -> Self {
        Self {
            atlas,
            table,
            imports: OnceLock::new(),
            arms: OnceLock::new(),
        }
    }

    fn imports(&self) -> Result<&Yearly, HistoryError> {
        let read = self.imports.get_or_init(|| {
            let mut sums = Yearly::new();
            for (a, b, y, v) in self.atlas.dyads(self.table)?.rows() {
                if a != b {
                    *sums.entry((b, y)).or_default() += v;
                }
            }
            Ok(sums)
        });
        read.as_ref().map_err(|e| e.clone().into())
    }

    fn arms(&self) -> Result<&Arms, HistoryError> {
        let read = self.arms.get_or_init(|| {
            let mut sums = Arms::new();
            let panel = self.atlas.item_dyads("arms_world_share_5y")?;
            for &(item, supplier, recipient, y, v) in panel.rows() {
                if panel.items()[usize::from(item)] != "all" && supplier != recipient {
                    let entry = sums.entry((recipient, y)).or_default();
                    entry.0 += v;
                    *entry.1.entry(supplier).or_default() += v;
                }
            }
            Ok(sums)
        });
        read.as_ref().map_err(|e| e.clone().into())
    }

    /// Observed years and values of a cell, published unit, ascending; empty where nothing is.
    pub fn series(&self, cell: &Cell) -> Result<Vec<(Year, f64)>, HistoryError> {
        let at = self.atlas;
        let zip = |(y, v): (&[Year], &[f64])| -> Vec<(Year, f64)> {
            y.iter().copied().zip(v.iter().copied()).collect()
        };
        let pair = cell.entity.zip(cell.partner);
        Ok(match (cell.quantity.as_str(), pair, cell.entity) {
            ("goods_exports", Some((a, b)), _) => zip(at.dyads(self.table)?.series(a, b)),
            ("import_share", Some((importer, exporter)), _) => {
                let totals = self.imports()?;
                let flows = zip(at.dyads(self.table)?.series(exporter, importer));
                flows
                    .into_iter()
                    .filter_map(|(y, v)| Some((y, v / totals.get(&(importer, y))?)))
                    .collect()
            }
            ("ideal_point_distance", Some((a, b)), _) => {
                let points = at.state_series("ideal_point")?;
                let other = points.series(b);
                zip(points.series(a))
                    .into_iter()
                    .filter_map(|(y, p)| {
                        let k = other.0.binary_search(&y).ok()?;
                        Some((y, (p - other.1[k]).abs()))
                    })
                    .collect()
            }
            ("arms_import_share", Some((recipient, supplier)), _) => {
                let range = (recipient, Year(i32::MIN))..=(recipient, Year(i32::MAX));
                let of = self.arms()?.range(range).filter(|r| r.1.0 > 0.0);
                of.map(|(k, (all, by))| (k.1, by.get(&supplier).copied().unwrap_or(0.0) / all))
                    .collect()
            }
            ("us_securities_musd", _, Some(holder)) => {
                let panel = at.item_dyads("us_securities_musd")?;
                let (Some(total), Some(usa)) = (panel.item("total"), at.states().by_iso3("USA"))
                else {
                    return Ok(Vec::new());
                };
                let rows = panel.series(total, holder, usa);
                rows.iter().map(|r| (r.3, r.4)).collect()
            }
            (id, pair, entity) => self.variable(id, pair, entity, cell.item.as_deref())?,
        })
    }

    /// Any variable of the atlas.
    fn variable(
        &self,
        id: &str,
        pair: Option<(StateId, StateId)>,
        entity: Option<StateId>,
        item: Option<&str>,
    ) -> Result<Vec<(Year, f64)>, HistoryError> {
        let at = self.atlas;
        let Some((table, info)) = at.catalogue().variable(id) else {
            return Ok(Vec::new());
        };
        let own = |(y, v): (&[Year], &[f64])| -> Vec<(Year, f64)> {
            y.iter().copied().zip(v.iter().copied()).collect()
        };
        Ok(match (table.shape, pair, entity) {
            (Shape::StateYear, _, Some(a)) => own(at.state_series(id)?.series(a)),
            (Shape::DyadYear, Some((a, b)), _) => own(at.dyads(id)?.series(a, b)),
            (Shape::ItemYear, _, _) => {
                let panel = at.items(id)?;
                let rows = item.and_then(|i| panel.item(i)).map(|i| panel.of(i));
                rows.unwrap_or_default()
                    .iter()
                    .map(|r| (r.1, r.2))
                    .collect()
            }
            (Shape::ItemStateYear, _, Some(a)) => {
                let panel = at.item_states(id)?;
                let rows = item.and_then(|i| panel.item(i)).map(|i| panel.series(i, a));
                rows.unwrap_or_default()
                    .iter()
                    .map(|r| (r.2, r.3))
                    .collect()
            }
            (Shape::ItemDyadYear, Some((a, b)), _) => {
                let panel = at.item_dyads(id)?;
                let rows = item
                    .and_then(|i| panel.item(i))
                    .map(|i| panel.series(i, a, b));
                rows.unwrap_or_default()
                    .iter()
                    .map(|r| (r.3, r.4))
                    .collect()
            }
            (Shape::Spells, Some((a, b)), _) => {
                // A tie is observed up to the newest year that its table could know.
                let last = (at.vintage() - table.lag(info)).0.min(table.newest_year);
                let spells = at.spells(id)?;
                let first = spells.rows().iter().map(|s| s.start.0).min();
                (first.unwrap_or(last)..=last)
                    .map(|y| (Year(y), f64::from(u8::from(spells.tied(a, b, Year(y))))))
                    .collect()
            }
            _ => Vec::new(),
        })
    }

    /// States that have a foreign policy of their own.
    pub fn active(&self) -> Vec<StateId> {
        let states = self.atlas.states().iter();
        states
            .filter(|s| s.kind != StateKind::Territory)
            .map(|s| s.id)
            .collect()
    }

    /// Cells that move under like conditions: of a state, the other states; of a pair, pairs with
    /// the same partner, and for trade and polls also pairs with the same entity. `among`, where
    /// given, are the only other states used.
    pub fn comparable(&self, cell: &Cell, among: &[StateId]) -> Vec<Cell> {
        let mut cells = Vec::new();
        let others = if among.is_empty() {
            self.active()
        } else {
            among.to_vec()
        };
        let Some(entity) = cell.entity else {
            return cells;
        };
        for k in others {
            if k == entity || Some(k) == cell.partner {
                continue;
            }
            cells.push(Cell {
                entity: Some(k),
                ..cell.clone()
            });
            let both_ways = matches!(
                cell.quantity.as_str(),
                "goods_exports" | "import_share" | "favourability"
            );
            if cell.partner.is_some() && both_ways {
                cells.push(Cell {
                    partner: Some(k),
                    ..cell.clone()
                });
            }
        }
        cells
    }
}
