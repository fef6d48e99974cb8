//! The trade register: one deal per row, orders that are still open among them.

use std::collections::BTreeMap;

use crate::AtlasError;
use crate::build::Report;
use crate::build::codes::Iso3;
use crate::build::raw::{Csv, Raw, bad};

pub(super) const REGISTER: &str = "arms/trade-register.csv.gz";
const CLASSES: &str = "data/compiled/arms_classes.csv";
/// The class of fighters, ground-attack aircraft and bombers.
pub(super) const COMBAT_AIRCRAFT: &str = "combat_aircraft";

/// A deal of the register.
pub(super) struct Deal {
    pub(super) supplier: Iso3,
    pub(super) recipient: Iso3,
    /// Class of the weapon (`data/compiled/arms_classes.csv`).
    pub(super) class: String,
    /// Description as the source writes it.
    pub(super) description: String,
    /// Designation as the source writes it.
    pub(super) designation: String,
    /// Year of the order.
    pub(super) order_year: Option<i32>,
    /// Years of delivery, repeated where the source repeats them.
    pub(super) years: Vec<i32>,
    pub(super) ordered: f64,
    pub(super) delivered: f64,
    /// Ordered and not yet delivered; zero where the number ordered is unknown.
    pub(super) open: f64,
    /// Trend-indicator value of one unit; zero where the source has not set it.
    pub(super) tiv_unit: f64,
    /// Trend-indicator value of what was delivered.
    pub(super) tiv_delivered: f64,
    /// Whether the weapons are new.
    pub(super) new: bool,
}

/// Description of a weapon → class.
pub(super) fn classes() -> Result<BTreeMap<String, String>, AtlasError> {
    let text = include_str!("../../../../../data/compiled/arms_classes.csv");
    let csv = Csv::parse(CLASSES, text.as_bytes())?;
    let (description, class) = (csv.col("description")?, csv.col("class")?);
    Ok(csv
        .rows()
        .map(|r| (r.text(description).to_owned(), r.text(class).to_owned()))
        .collect())
}

/// Reads the deals between states; everything else is counted.
pub(super) fn read(raw: &Raw, report: &mut Report) -> Result<Vec<Deal>, AtlasError> {
    let classes = classes()?;
    let csv = raw.csv(REGISTER)?;
    let (supplier, recipient) = (csv.col("Supplier")?, csv.col("Recipient")?);
    let (ordered, delivered) = (csv.col("Number ordered")?, csv.col("Number delivered")?);
    let (designation, description) = (
        csv.col("Weapon designation")?,
        csv.col("Weapon description")?,
    );
    let (years, status) = (csv.col("Year(s) of delivery")?, csv.col("status")?);
    let order_year = csv.col("Year of order")?;
    let unit = csv.col("SIPRI TIV per unit")?;
    let total = csv.col("SIPRI TIV of delivered weapons")?;
    let mut deals: Vec<Deal> = Vec::new();
    let mut previous_kept = false;
    for row in csv.rows() {
        let continued = row.text(description).is_empty();
        let kept = std::mem::replace(&mut previous_kept, false);
        if continued {
            // A line break inside a deal: the three values of the deal before stand one line down.
            if let Some(deal) = deals.last_mut().filter(|_| kept) {
                deal.tiv_unit = row.number(supplier)?.unwrap_or_default();
                deal.tiv_delivered = row.number(csv.col_at(3))?.unwrap_or_default();
            }
            continue;
        }
        let Some(from) = report.keep(REGISTER, raw.codes.name(row.text(supplier))) else {
            continue;
        };
        let Some(to) = report.keep(REGISTER, raw.codes.name(row.text(recipient))) else {
            continue;
        };
        let Some(class) = classes.get(row.text(description)) else {
            report.drop_row(
                REGISTER,
                &format!("no class for `{}`", row.text(description)),
            );
            continue;
        };
        let list = row
            .text(years)
            .split(';')
            .map(str::trim)
            .filter(|y| !y.is_empty());
        let list = list.map(str::parse).collect::<Result<Vec<i32>, _>>();
        let number = |col| Ok::<_, AtlasError>(row.number(col)?.unwrap_or_default());
        let (o, d) = (row.number(ordered)?, number(delivered)?);
        if o.is_none() {
            report.drop_row(REGISTER, "number ordered unknown: no open order counted");
        }
        deals.push(Deal {
            supplier: from,
            recipient: to,
            class: class.clone(),
            description: row.text(description).to_owned(),
            designation: row.text(designation).to_owned(),
            order_year: row.number(order_year)?.map(|y| y as i32),
            years: list.map_err(|e| bad(REGISTER, &format!("years of delivery: {e}")))?,
            ordered: o.unwrap_or_default(),
            delivered: d,
            open: (o.unwrap_or_default() - d).max(0.0),
            tiv_unit: number(unit)?,
            tiv_delivered: number(total)?,
            new: row.text(status) == "New",
        });
        previous_kept = true;
    }
    Ok(deals)
}

fn median(mut values: Vec<f64>) -> Option<f64> {
    values.sort_by(f64::total_cmp);
    let n = values.len();
    (n > 0).then(|| f64::midpoint(values[(n - 1) / 2], values[n / 2]))
}

/// Trend-indicator value of one unit of an open order.
///
/// The source leaves it at zero until the first delivery of a new type. Then: the median of new
/// weapons of the same class whose designation begins with the same word (`Rafale F4` from
/// `Rafale`), else the median of open orders with the same description, else none.
pub(super) fn unit_value(deal: &Deal, deals: &[Deal]) -> Option<f64> {
    if deal.tiv_unit > 0.0 {
        return Some(deal.tiv_unit);
    }
    let family = |d: &Deal| {
        d.designation
            .split(' ')
            .next()
            .unwrap_or_default()
            .to_owned()
    };
    let own = family(deal);
    let valued = || deals.iter().filter(|d| d.new && d.tiv_unit > 0.0);
    let of_family = valued().filter(|d| d.class == deal.class && family(d) == own);
    median(of_family.map(|d| d.tiv_unit).collect()).or_else(|| {
        let alike = valued().filter(|d| d.open > 0.0 && d.description == deal.description);
        median(alike.map(|d| d.tiv_unit).collect())
    })
}

#[cfg(test)]
mod tests {
    use super::{classes, median};

    #[test]
    fn ref_classes_of_well_known_descriptions() {
        let classes = classes().unwrap();
        for (description, class) in [
            ("FGA aircraft", "combat_aircraft"),
            ("(armed) trainer aircraft", "other_aircraft"),
            ("anti-aircraft gun", "air_defence"),
            ("aircraft carrier", "ships"),
            ("torpedo boat", "ships"),
            ("anti-submarine torpedo", "missiles"),
            ("tank destroyer", "armour"),
            ("destroyer", "ships"),
            ("tanker", "ships"),
            ("loitering munition", "drones"),
            ("aircraft engine", "engines"),
            ("armoured engineer vehicle", "armour"),
            ("anti-submarine helicopter", "helicopters"),
            ("combat helicopter radar", "sensors"),
            ("towed gun", "artillery"),
            ("nuclear submarine", "submarines"),
        ] {
            assert_eq!(
                classes.get(description).map(String::as_str),
                Some(class),
                "{description}"
            );
        }
    }

    #[test]
    fn prop_classes_are_the_thirteen() {
        let mut found: Vec<String> = classes().unwrap().into_values().collect();
        found.sort();
        found.dedup();
        let thirteen = [
            "air_defence",
            "armour",
            "artillery",
            "combat_aircraft",
            "drones",
            "engines",
            "helicopters",
            "missiles",
            "other",
            "other_aircraft",
            "sensors",
            "ships",
            "submarines",
        ];
        assert_eq!(found, thirteen);
    }

    #[test]
    fn ref_median_by_hand() {
        assert_eq!(median(vec![3.0, 1.0, 2.0]), Some(2.0));
        assert_eq!(median(vec![4.0, 1.0]), Some(2.5));
        assert_eq!(median(Vec::new()), None);
    }
}
