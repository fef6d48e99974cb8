//! What the register says of one recipient or one supplier, class by class.

use std::collections::BTreeMap;

use realign_atlas::{Atlas, ItemDyadPanel, StateId, Year};

use super::class::{CLASSES, Class};
use super::observed::newest;
use super::{Calibration, Fixed};
use crate::ModelError;

/// One supplier of a class.
#[derive(Clone, Debug, PartialEq)]
pub struct Source {
    /// The supplier.
    pub supplier: StateId,
    /// Its share in thirty years of the recipient's deliveries of the class.
    pub base_share: f64,
    /// Its share in the recipient's open orders of the class; NaN where none are known.
    pub open_share: f64,
}

/// One class of weapons of one recipient.
#[derive(Clone, Debug, PartialEq)]
pub struct ClassPicture {
    /// Class as the atlas names it.
    pub class: String,
    /// Share of the class in the recipient's imports of thirty years.
    pub weight: f64,
    /// Open orders over thirty years of deliveries, both in shares of the world's: above one the
    /// class is being built up faster than the world's.
    pub order_intensity: f64,
    /// Mean age of the deliveries, years; NaN where unknown.
    pub age_years: f64,
    /// Suppliers, the largest first.
    pub sources: Vec<Source>,
    /// Herfindahl index of the thirty-year shares.
    pub concentration: f64,
}

/// All classes of a recipient, the heaviest first, as known at `year`. Empty where nothing was ever
/// delivered.
pub fn recipient_picture(
    atlas: &Atlas,
    state: StateId,
    year: Year,
) -> Result<Vec<ClassPicture>, ModelError> {
    let base = by_class(atlas.item_dyads("arms_base_share_30y")?, year, |_, i| {
        i == state
    });
    let open = by_class(atlas.item_dyads("arms_open_order_share")?, year, |_, i| {
        i == state
    });
    let ages = atlas.item_states("arms_base_age_years")?;
    let all: f64 = base.values().flatten().map(|r| r.2).sum();
    let orders: f64 = open.values().flatten().map(|r| r.2).sum();
    let mut classes: Vec<&String> = base.keys().chain(open.keys()).collect();
    classes.sort();
    classes.dedup();
    let mut out: Vec<ClassPicture> = classes
        .into_iter()
        .map(|class| {
            let rows = |of: &BTreeMap<String, Vec<(StateId, StateId, f64)>>| {
                of.get(class).cloned().unwrap_or_default()
            };
            let (base, open) = (rows(&base), rows(&open));
            let total: f64 = base.iter().map(|r| r.2).sum();
            let due: f64 = open.iter().map(|r| r.2).sum();
            let mut suppliers: Vec<StateId> = base.iter().chain(&open).map(|r| r.0).collect();
            suppliers.sort();
            suppliers.dedup();
            let share = |rows: &[(StateId, StateId, f64)], j: StateId, of: f64| {
                rows.iter().filter(|r| r.0 == j).map(|r| r.2).sum::<f64>() / of
            };
            let mut sources: Vec<Source> = suppliers
                .into_iter()
                .map(|j| Source {
                    supplier: j,
                    base_share: if total > 0.0 {
                        share(&base, j, total)
                    } else {
                        0.0
                    },
                    open_share: share(&open, j, due),
                })
                .collect();
            sources.sort_by(|a, b| {
                let known = |x: f64| if x.is_nan() { 0.0 } else { x };
                (b.base_share + known(b.open_share))
                    .total_cmp(&(a.base_share + known(a.open_share)))
            });
            let newest_age = ages
                .rows()
                .iter()
                .filter(|r| r.1 == state && r.2 <= year && ages.items()[usize::from(r.0)] == *class)
                .max_by_key(|r| r.2);
            ClassPicture {
                class: class.clone(),
                weight: total / all,
                order_intensity: (due / orders) / (total / all),
                age_years: newest_age.map_or(f64::NAN, |r| r.3),
                concentration: sources.iter().map(|s| s.base_share.powi(2)).sum(),
                sources,
            }
        })
        .collect();
    out.sort_by(|a, b| b.weight.total_cmp(&a.weight));
    Ok(out)
}

/// One client of a supplier in a class.
#[derive(Clone, Debug, PartialEq)]
pub struct Client {
    /// The recipient.
    pub recipient: StateId,
    /// Share of the supplier in thirty years of the recipient's deliveries of the class.
    pub base_share: f64,
    /// Share of the supplier in the recipient's open orders of the class; NaN where none are known.
    pub open_share: f64,
    /// Share of the recipient in all the supplier has delivered of the class in thirty years.
    pub part_of_sales: f64,
    /// Share of the recipient in the supplier's open orders of the class.
    pub part_of_book: f64,
}

/// Clients of a supplier in a class of the atlas, the largest first.
pub fn supplier_picture(
    atlas: &Atlas,
    supplier: StateId,
    class: &str,
    year: Year,
) -> Result<Vec<Client>, ModelError> {
    let rows = |panel: &ItemDyadPanel| {
        by_class(panel, year, |_, _| true)
            .remove(class)
            .unwrap_or_default()
    };
    let base = rows(atlas.item_dyads("arms_base_share_30y")?);
    let open = rows(atlas.item_dyads("arms_open_order_share")?);
    let sold: f64 = base.iter().filter(|r| r.0 == supplier).map(|r| r.2).sum();
    let due: f64 = open.iter().filter(|r| r.0 == supplier).map(|r| r.2).sum();
    let mut recipients: Vec<StateId> = base
        .iter()
        .chain(&open)
        .filter(|r| r.0 == supplier)
        .map(|r| r.1)
        .collect();
    recipients.sort();
    recipients.dedup();
    let mut out: Vec<Client> = recipients
        .into_iter()
        .map(|i| {
            let of = |rows: &[(StateId, StateId, f64)], only: bool| -> f64 {
                rows.iter()
                    .filter(|r| r.1 == i && (!only || r.0 == supplier))
                    .map(|r| r.2)
                    .sum()
            };
            Client {
                recipient: i,
                base_share: of(&base, true) / of(&base, false),
                open_share: of(&open, true) / of(&open, false),
                part_of_sales: if sold > 0.0 {
                    of(&base, true) / sold
                } else {
                    0.0
                },
                part_of_book: if due > 0.0 {
                    of(&open, true) / due
                } else {
                    0.0
                },
            }
        })
        .collect();
    out.sort_by(|a, b| {
        (b.part_of_sales + b.part_of_book).total_cmp(&(a.part_of_sales + a.part_of_book))
    });
    Ok(out)
}

/// Foreign suppliers other than the hegemon that `state` would turn to for orders of `class` by what
/// it and the world bought before, with their shares among each other, the largest first.
pub fn alternatives(
    fixed: &Fixed,
    calibration: &Calibration,
    state: StateId,
    class: Class,
) -> Vec<(StateId, f64)> {
    let others = || {
        fixed
            .entries(state.index() * CLASSES + class.index())
            .filter(|e| usize::from(fixed.supplier[*e]) != fixed.hegemon)
    };
    let total: f64 = others().map(|e| calibration.order[e]).sum();
    let mut out: Vec<(StateId, f64)> = others()
        .filter(|e| calibration.order[*e] > 0.0)
        .map(|e| {
            let supplier = StateId::from_index(usize::from(fixed.supplier[e]));
            (supplier, calibration.order[e] / total)
        })
        .collect();
    out.sort_by(|a, b| b.1.total_cmp(&a.1).then(a.0.cmp(&b.0)));
    out
}

/// Names of the classes of weapons that the atlas distinguishes.
pub fn weapon_classes(atlas: &Atlas) -> Result<Vec<String>, ModelError> {
    Ok(atlas.item_dyads("arms_base_share_30y")?.items().to_vec())
}

fn by_class(
    panel: &ItemDyadPanel,
    year: Year,
    keep: impl Fn(StateId, StateId) -> bool,
) -> BTreeMap<String, Vec<(StateId, StateId, f64)>> {
    let mut out: BTreeMap<String, Vec<_>> = BTreeMap::new();
    for (item, j, i, v) in newest(panel, year) {
        if j != i && keep(j, i) {
            out.entry(item.to_owned()).or_default().push((j, i, v));
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn prop_shares_of_a_recipient_and_of_a_supplier_agree() {
        let atlas = Atlas::embedded().unwrap();
        let year = Year(2024);
        let (usa, nor) = (
            atlas.states().by_iso3("USA").unwrap(),
            atlas.states().by_iso3("NOR").unwrap(),
        );
        let picture = recipient_picture(&atlas, nor, year).unwrap();
        assert!((picture.iter().map(|c| c.weight).sum::<f64>() - 1.0).abs() < 1e-9);
        for class in &picture {
            let sum: f64 = class.sources.iter().map(|s| s.base_share).sum();
            assert!((sum - 1.0).abs() < 1e-9 || sum == 0.0);
            let clients = supplier_picture(&atlas, usa, &class.class, year).unwrap();
            let here = class.sources.iter().find(|s| s.supplier == usa);
            let there = clients.iter().find(|c| c.recipient == nor);
            assert_eq!(here.map(|s| s.base_share), there.map(|c| c.base_share));
        }
        // Norway flies American combat aircraft.
        let fighters = picture
            .iter()
            .find(|c| c.class == "combat_aircraft")
            .unwrap();
        assert!(fighters.sources[0].supplier == usa && fighters.sources[0].base_share > 0.9);
        assert!(fighters.age_years < 15.0);
    }
}
