//! Goods imports of the United States by partner.
//!
//! At the vintage of 2024 the input-output tables reach to 2021 for 80 partners and importers'
//! records to 2014 for all of them. The former are forecast and brought to the level of the latter
//! by their ratio in the years that both show, with the spread of its yearly changes; partners
//! outside the tables are forecast from the records.

use realign_atlas::{Atlas, StateId, Year};
use realign_numerics::quantile;
use realign_numerics::stats::{mean, sd};

use super::effect::Effects;
use super::subjects::{last_value, predictions};
use super::trial::{self, Choice, widened};
use super::{Forecasts, Options, Row, code, combine};
use crate::quantities::trade;
use crate::rolling::{self, Task};
use crate::{HistoryError, Key, Series, Wanted};

/// Points of the spread of a ratio.
const RATIO_POINTS: usize = 5;
/// Years of a ratio below which its spread is not known, and the partner is forecast from records.
const LEAST_RATIOS: usize = 3;

/// Mean log ratio of recorded to tabulated imports, and its spread at `target`.
fn bridge(recorded: &[(Year, f64)], tabulated: &[(Year, f64)], target: Year) -> Option<(f64, f64)> {
    let ratios: Vec<(Year, f64)> = tabulated
        .iter()
        .filter_map(|(y, t)| {
            let at = recorded.binary_search_by_key(y, |r| r.0).ok()?;
            Some((*y, recorded[at].1 - t))
        })
        .collect();
    let (last, _) = *ratios.last().filter(|_| ratios.len() >= LEAST_RATIOS)?;
    let values: Vec<f64> = ratios.iter().map(|r| r.1).collect();
    let spread = sd(&values);
    // The ratio is taken to return to its mean, with a spread that grows as if it wandered for as
    // many years as were seen.
    let apart = f64::from(target - last) / values.len() as f64;
    Some((mean(&values), spread * apart.max(1.0).sqrt()))
}

fn usa_only(series: Series, usa: StateId) -> Series {
    let to_usa = |k: &Key| k.partner == Some(usa);
    series.into_iter().filter(|s| to_usa(&s.0)).collect()
}

/// The panel of a task by its identifier.
fn task(id: &str) -> Option<Task> {
    rolling::tasks().into_iter().find(|t| t.quantity.id == id)
}

/// The choice for the tables rests on the records of the same partners, which have more years, at
/// the same distance; the widening is the larger of what both ask for.
fn choose_for_tables(
    known: &Atlas,
    tables: &Task,
    records: &Task,
    gap: i32,
    options: &Options,
    usa: StateId,
) -> Result<Choice, HistoryError> {
    let to_usa = move |k: &Key| k.partner == Some(usa);
    let inside: Vec<Option<StateId>> = (tables.quantity.load)(known)?
        .keys()
        .filter(|k| to_usa(k))
        .map(|k| k.entity)
        .collect();
    let same = |k: &Key| inside.contains(&k.entity);
    let mut choice = trial::choose(known, records, gap, options.most_origins, &same)?;
    let own = trial::choose(known, tables, gap, options.most_origins, &to_usa)?;
    let find = |id: &str| tables.predictors.iter().position(|p| p.id() == id);
    if let (Some(best), Some(reference)) = (find(&choice.predictor), find(&choice.reference)) {
        choice.at = [best, reference];
    } else {
        choice = own.clone();
    }
    for k in 0..2 {
        choice.widen[k] = choice.widen[k].max(own.widen[k]);
    }
    "us_imports (input-output economies)".clone_into(&mut choice.quantity);
    Ok(choice)
}

/// Adds the rows.
pub(super) fn forecast(
    known: &Atlas,
    effects: &Effects,
    options: &Options,
    target: Year,
    out: &mut Forecasts,
) -> Result<(), HistoryError> {
    let (Some(usa), Some(tables), Some(records)) = (
        known.states().by_iso3("USA"),
        task("trade_pairs"),
        task("us_imports_recorded"),
    ) else {
        return Ok(());
    };
    let tabulated = (tables.quantity.load)(known)?;
    let recorded = usa_only(trade::recorded_us(known)?, usa);
    let (Some(new), Some(old)) = (trial::newest(&tabulated), trial::newest(&recorded)) else {
        return Ok(());
    };
    let wanted = |s: &Series, keep: &dyn Fn(&Key) -> bool| -> Vec<Wanted> {
        s.keys()
            .filter(|k| keep(k))
            .map(|k| Wanted { key: *k, target })
            .collect()
    };
    let choice = choose_for_tables(known, &tables, &records, target - new, options, usa)?;
    let inside = wanted(&tabulated, &|k| k.partner == Some(usa));
    let said = predictions(
        known,
        &tables,
        &choice,
        &tabulated,
        &inside,
        options.vintage,
    )?;
    let mut rows = Vec::new();
    let mut add = |w: &Wanted, points: &[f64], middle: f64, name: &str| {
        let state = w.key.entity.map_or(0, StateId::index);
        let shifts = effects.imports(state);
        if let Some((mean, quantiles)) = combine(points, &shifts, f64::exp) {
            rows.push(Row {
                quantity: "us_imports".to_owned(),
                entity: code(known, w.key.entity),
                partner: "USA".to_owned(),
                period: target.to_string(),
                mean,
                quantiles,
                unit: "million USD of goods as the importer records them".to_owned(),
                model: if shifts.is_empty() {
                    format!("{name}; no effect of the scenario")
                } else {
                    format!("{name} + scenario: tariffs in the trade equilibrium")
                },
                baseline_q50: middle.exp(),
            });
        }
    };
    let mut covered: Vec<Key> = Vec::new();
    for (w, (chosen, reference)) in inside.iter().zip(said) {
        let ratio = recorded
            .get(&w.key)
            .and_then(|r| bridge(r, tabulated.get(&w.key)?, target));
        let (Some((level, spread)), Some(p)) = (ratio, chosen.as_ref().or(reference.as_ref()))
        else {
            continue;
        };
        let steps: Vec<f64> = (0..RATIO_POINTS)
            .map(|k| level + spread * quantile::normal((k as f64 + 0.5) / RATIO_POINTS as f64))
            .collect();
        let points: Vec<f64> = widened(p, choice.widen)
            .iter()
            .flat_map(|v| steps.iter().map(move |s| v + s))
            .collect();
        let middle = level + reference.as_ref().unwrap_or(p).quantile(0.5);
        let name = format!(
            "{} on input-output tables at recorded level",
            choice.predictor
        );
        add(w, &points, middle, &name);
        covered.push(w.key);
    }
    out.choices.push(choice);
    // Everyone else.
    let mut choice = trial::choose(known, &records, target - old, options.most_origins, &|_| {
        true
    })?;
    "us_imports (others)".clone_into(&mut choice.quantity);
    let outside = wanted(&recorded, &|k| !covered.contains(k));
    let said = predictions(
        known,
        &records,
        &choice,
        &recorded,
        &outside,
        options.vintage,
    )?;
    for (w, (chosen, reference)) in outside.iter().zip(said) {
        let (p, name) = match (&chosen, &reference) {
            (Some(p), _) => (p.clone(), choice.predictor.as_str()),
            (None, Some(p)) => (p.clone(), choice.reference.as_str()),
            (None, None) => match last_value(&recorded, &w.key, target) {
                Some(p) => (p, "last value known"),
                None => continue,
            },
        };
        let middle = reference.as_ref().unwrap_or(&p).quantile(0.5);
        let name = format!("{name} on importers' records to {old}");
        add(w, &widened(&p, choice.widen), middle, &name);
    }
    out.choices.push(choice);
    rows.sort_by(|a, b| a.entity.cmp(&b.entity));
    out.rows.extend(rows);
    Ok(())
}
