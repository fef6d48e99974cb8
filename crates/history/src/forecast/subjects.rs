//! The quantities that are forecast, and how.

use realign_atlas::{Atlas, StateId, Year};
use realign_numerics::stats;

use super::effect::Effects;
use super::trial::{self, Choice, widened};
use super::{Forecasts, Options, Row, code, combine, imports};
use crate::quantities::arms::european_task;
use crate::rolling::{self, Task};
use crate::{HistoryError, Key, Origin, Predictive, Scale, Series, Wanted};

/// European members of NATO at the vintage without Türkiye.
pub const EUROPEAN_NATO: &str = "EUROPE_NATO_EXCL_TUR";
/// All states that the atlas counts as Europe, Russia included, Türkiye not.
pub const EUROPE: &str = "EUROPE";

/// What a shift of the scenario is taken from.
type Shift = fn(&Effects, &Key) -> Vec<f64>;

/// A quantity to be forecast.
pub(super) struct Subject {
    id: &'static str,
    period: &'static str,
    unit: &'static str,
    target: Year,
    /// Panel and predictors; none for imports, which join two panels.
    task: Option<Task>,
    /// Which series are forecast.
    takes: Box<dyn Fn(&Key) -> bool + Sync>,
    /// Which series the choice rests on.
    judged: Box<dyn Fn(&Key) -> bool + Sync>,
    /// Name of the partner in rows.
    partner: fn(&Atlas, &Key) -> String,
    shift: Option<(Shift, &'static str)>,
}

fn entity(key: &Key) -> usize {
    key.entity.map_or(0, StateId::index)
}

fn partner_state(atlas: &Atlas, key: &Key) -> String {
    key.partner
        .map_or_else(String::new, |s| code(atlas, Some(s)))
}

/// Identifiers of the quantities, in the order of the rows.
const IDS: [&str; 9] = [
    "us_favourability",
    "ideal_point_distance_us",
    "arms_export_share",
    "us_share_of_arms_imports",
    "military_burden",
    "military_expenditure",
    "us_treasury_holdings",
    "dollar_share_of_reserves",
    "us_imports",
];

fn takes(options: &Options, id: &str) -> bool {
    options.only.is_empty() || options.only.iter().any(|o| o == id)
}

/// How many quantities are forecast.
pub(super) fn count(options: &Options) -> usize {
    IDS.iter().filter(|id| takes(options, id)).count()
}

/// The quantities of the frozen forecasts.
pub(super) fn all(known: &Atlas, options: &Options) -> Vec<Subject> {
    let usa = known.states().by_iso3("USA");
    let mut tasks = rolling::tasks();
    let mut task = |id: &str| {
        let at = tasks.iter().position(|t| t.quantity.id == id);
        at.map(|k| tasks.swap_remove(k))
    };
    let next = options.vintage + 1;
    let towards_usa =
        move || -> Box<dyn Fn(&Key) -> bool + Sync> { Box::new(move |k| k.partner == usa) };
    let every = || -> Box<dyn Fn(&Key) -> bool + Sync> { Box::new(|_| true) };
    let treasury = || -> Box<dyn Fn(&Key) -> bool + Sync> { Box::new(|k| k.item == Some(0)) };
    let dollar = crate::quantities::CURRENCIES
        .iter()
        .position(|c| c.0 == "USD")
        .map(|k| k as u16);
    let subjects = vec![
        Subject {
            id: IDS[0],
            period: "2025",
            unit: "fraction of the public",
            target: next,
            task: task("favourability_of_hegemon"),
            takes: towards_usa(),
            judged: towards_usa(),
            partner: partner_state,
            shift: Some((
                |e, k| e.favourability(entity(k)),
                "change of trust in the US",
            )),
        },
        Subject {
            id: IDS[1],
            period: "2025",
            unit: "SD of ideal points",
            target: next,
            task: task("ideal_distance_hegemons"),
            takes: towards_usa(),
            judged: towards_usa(),
            partner: partner_state,
            shift: Some((
                |e, k| e.ideal_distance(entity(k)),
                "change of mutual trust read as votes",
            )),
        },
        Subject {
            id: IDS[2],
            period: "2021-25",
            unit: "fraction of world exports",
            target: next,
            task: task("arms_export_shares"),
            takes: every(),
            judged: every(),
            partner: |_, _| "WLD".to_owned(),
            shift: None,
        },
        Subject {
            id: IDS[3],
            period: "2021-25",
            unit: "fraction of the group's imports",
            target: next,
            task: Some(european_task()),
            takes: Box::new(move |k| k.entity == usa && k.item >= Some(FIRST_GROUP)),
            judged: Box::new(|k| k.item < Some(FIRST_GROUP)),
            partner: |_, k| {
                if k.item == Some(FIRST_GROUP) {
                    EUROPEAN_NATO.to_owned()
                } else {
                    EUROPE.to_owned()
                }
            },
            shift: None,
        },
        Subject {
            id: IDS[4],
            period: "2025",
            unit: "fraction of GDP",
            target: next,
            task: task("military_burden"),
            takes: every(),
            judged: every(),
            partner: |_, _| String::new(),
            shift: Some((|e, k| e.burden(entity(k)), "military burden")),
        },
        Subject {
            id: IDS[5],
            period: "2025",
            unit: "million USD at current prices and exchange rates (burden times GDP)",
            target: next,
            task: task("military_expenditure"),
            takes: every(),
            judged: every(),
            partner: |_, _| String::new(),
            shift: Some((|e, k| e.spending(entity(k)), "military spending")),
        },
        Subject {
            id: IDS[6],
            period: "2026-06",
            unit: "million USD",
            target: next + 1,
            task: task("us_securities"),
            takes: treasury(),
            judged: treasury(),
            partner: partner_state,
            shift: Some((|e, k| e.holdings(entity(k)), "holdings of US securities")),
        },
        Subject {
            id: IDS[7],
            period: "2025-Q4",
            unit: "fraction of allocated reserves",
            target: next,
            task: task("reserve_currency_shares"),
            takes: Box::new(move |k| k.item == dollar),
            judged: every(),
            partner: |_, _| "USD".to_owned(),
            shift: Some((|e, _| e.currency(), "dollar in the world's reserves")),
        },
        Subject {
            id: IDS[8],
            period: "2025",
            unit: "million USD of goods as the importer records them",
            target: next,
            task: None,
            takes: every(),
            judged: every(),
            partner: partner_state,
            shift: None,
        },
    ];
    subjects
        .into_iter()
        .filter(|s| takes(options, s.id))
        .collect()
}

/// First of the groups of [`european_task`].
const FIRST_GROUP: u16 = crate::quantities::arms::FIRST_GROUP;

impl Subject {
    /// Adds the rows of this quantity.
    pub(super) fn forecast(
        &self,
        known: &Atlas,
        effects: &Effects,
        options: &Options,
        out: &mut Forecasts,
    ) -> Result<(), HistoryError> {
        let Some(task) = &self.task else {
            return imports::forecast(known, effects, options, self.target, out);
        };
        let panel = (task.quantity.load)(known)?;
        let wanted: Vec<Wanted> = panel
            .keys()
            .filter(|k| (self.takes)(k))
            .map(|k| Wanted {
                key: *k,
                target: self.target,
            })
            .collect();
        let Some(newest) = wanted
            .iter()
            .filter_map(|w| panel.get(&w.key)?.last())
            .map(|r| r.0)
            .max()
        else {
            return Ok(());
        };
        let gap = self.target - newest;
        let mut choice = trial::choose(known, task, gap, options.most_origins, &*self.judged)?;
        self.id.clone_into(&mut choice.quantity);
        let said = predictions(known, task, &choice, &panel, &wanted, options.vintage)?;
        let scale = task.quantity.scale;
        for (w, (chosen, reference)) in wanted.iter().zip(said) {
            let (forecast, name, widen) = match (&chosen, &reference) {
                (Some(c), _) => (c.clone(), choice.predictor.clone(), choice.widen),
                (None, Some(r)) => (r.clone(), choice.reference.clone(), choice.widen),
                (None, None) => match last_value(&panel, &w.key, self.target) {
                    Some(f) => (f, "last value known".to_owned(), [1.0; 2]),
                    None => continue,
                },
            };
            let shifts = self
                .shift
                .map_or_else(Vec::new, |(f, _)| f(effects, &w.key));
            let limit = |v: f64| match self.unit {
                u if u.starts_with("fraction") => v.clamp(0.0, 1.0),
                u if u.starts_with("SD") => v.max(0.0),
                _ => v,
            };
            let points = widened(&forecast, widen);
            let combined = combine(&points, &shifts, |v| limit(scale.back(v)));
            let Some((mean, quantiles)) = combined else {
                continue;
            };
            let middle = reference.as_ref().unwrap_or(&forecast).quantile(0.5);
            if scale == Scale::Logit && middle <= scale.to(0.0) {
                // Below what the scale tells apart.
                continue;
            }
            out.rows.push(Row {
                quantity: self.id.to_owned(),
                entity: code(known, w.key.entity),
                partner: (self.partner)(known, &w.key),
                period: self.period.to_owned(),
                mean,
                quantiles,
                unit: self.unit.to_owned(),
                model: match self.shift {
                    Some((_, what)) if !shifts.is_empty() => {
                        format!("{name} + scenario: {what}")
                    }
                    _ => format!("{name}; no effect of the scenario"),
                },
                baseline_q50: limit(scale.back(middle)),
            });
        }
        out.choices.push(choice);
        Ok(())
    }
}

type Pair = (Option<Predictive>, Option<Predictive>);

/// Forecasts of the chosen predictor and of the reference at the vintage.
pub(super) fn predictions(
    known: &Atlas,
    task: &Task,
    choice: &Choice,
    panel: &Series,
    wanted: &[Wanted],
    vintage: Year,
) -> Result<Vec<Pair>, HistoryError> {
    let origin = Origin {
        year: vintage,
        atlas: known,
    };
    let say = |k: usize| task.predictors[k].predict(origin, panel, wanted);
    let (chosen, reference) = (say(choice.at[0])?, say(choice.at[1])?);
    Ok(chosen.into_iter().zip(reference).collect())
}

/// Changes behind the errors of a last value.
const LEAST_CHANGES: usize = 30;
/// Points of its distribution.
const POINTS: usize = 99;

/// For series that no predictor forecasts because their last value is old: that value, with the
/// changes of the panel over the longest distance that was seen often enough, up to the one wanted.
pub(super) fn last_value(panel: &Series, key: &Key, target: Year) -> Option<Predictive> {
    let (base, value) = *panel.get(key)?.last()?;
    for gap in (1..=target - base).rev() {
        let mut changes = Vec::new();
        for series in panel.values() {
            for (at, (year, from)) in series.iter().enumerate() {
                let then = series[at..].binary_search_by_key(&(*year + gap), |r| r.0);
                if let Ok(k) = then {
                    changes.push(series[at + k].1 - from);
                }
            }
        }
        if changes.len() < LEAST_CHANGES {
            continue;
        }
        let growth = (f64::from(target - base) / f64::from(gap)).sqrt();
        let at: Vec<f64> = (0..POINTS)
            .map(|k| (k as f64 + 0.5) / POINTS as f64)
            .collect();
        let q = stats::quantiles(&changes, &at);
        let middle = q[POINTS / 2];
        let draws: Vec<f64> = q.iter().map(|c| value + growth * (c - middle)).collect();
        return Predictive::from_draws(&draws);
    }
    None
}
