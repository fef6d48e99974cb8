//! Finance: currencies in the world's reserves, and who holds securities of the United States.

use std::collections::BTreeMap;

use realign_atlas::{Atlas, StateId, StatePanel, Year};

use super::facts::{Facts, deviation, last_change};
use super::regression::{Build, Covariates, Dates, Form, Regression};
use crate::rolling::Task;
use crate::{HistoryError, Key, Origin, Predictor, Quantity, Scale, Series};

/// Currencies and who issues them; the euro stands with its largest members.
pub const CURRENCIES: [(&str, &[&str]); 8] = [
    ("AUD", &["AUS"]),
    ("CAD", &["CAN"]),
    ("CHF", &["CHE"]),
    ("CNY", &["CHN"]),
    ("EUR", &["DEU", "FRA", "ITA"]),
    ("GBP", &["GBR"]),
    ("JPY", &["JPN"]),
    ("USD", &["USA"]),
];
/// Kinds of securities that are followed.
pub const SECURITIES: [&str; 2] = ["treasury", "total"];
/// Stock from which on a holder is followed, and the least that is told apart, million USD.
const LEAST_STOCK_MUSD: f64 = 100.0;
const FLOOR_MUSD: f64 = 1.0;

/// Distance from the own mean, last change; then affinity of the holders of reserves with the
/// issuer: level and change.
const CURRENCY_COLUMNS: usize = 4;
const CURRENCY_WITHOUT_TRUST: usize = 2;

/// Growth since the survey, trend of growth, distance from the own mean, last change, growth of
/// reserves over the last year; then level and change of affinity with the issuer, alliance.
const HOLDING_COLUMNS: usize = 8;
const HOLDING_WITHOUT_TRUST: usize = 5;

/// The panels of finance.
pub(super) fn tasks() -> Vec<Task> {
    let currency = |id, form| -> Box<dyn Predictor> {
        Box::new(Regression {
            id,
            build: CURRENCY_SHARES,
            columns: CURRENCY_COLUMNS,
            form,
            bounds: None,
        })
    };
    let holding = |id, form| -> Box<dyn Predictor> {
        Box::new(Regression {
            id,
            build: HOLDINGS,
            columns: HOLDING_COLUMNS,
            form,
            bounds: None,
        })
    };
    vec![
        Task {
            quantity: Quantity {
                id: "reserve_currency_shares",
                domain: "finance",
                title: "share of a currency in allocated reserves",
                unit: "fraction",
                scale: Scale::Logit,
                first_origin: Year(2006),
                load: currency_shares,
            },
            predictors: vec![
                currency("last_share", Form::Stay),
                currency(
                    "adjustment_without_trust",
                    Form::Fit(CURRENCY_WITHOUT_TRUST),
                ),
                currency("adjustment", Form::Fit(CURRENCY_COLUMNS)),
            ],
            reference: "last_share",
            model: "adjustment",
            without_trust: Some("adjustment_without_trust"),
        },
        Task {
            quantity: Quantity {
                id: "us_securities",
                domain: "finance",
                title: "securities of the United States by holder: treasury and all together",
                unit: "million USD",
                scale: Scale::Log,
                first_origin: Year(2008),
                load: us_securities,
            },
            predictors: vec![
                holding("last_stock", Form::Stay),
                holding("growth_without_trust", Form::Fit(HOLDING_WITHOUT_TRUST)),
                holding("growth", Form::Fit(HOLDING_COLUMNS)),
            ],
            reference: "last_stock",
            model: "growth",
            without_trust: Some("growth_without_trust"),
        },
    ]
}

/// Key of a currency.
pub(crate) fn currency_key(position: usize) -> Key {
    Key {
        entity: None,
        partner: None,
        item: Some(position as u16),
    }
}

/// Log odds of currencies in allocated reserves, fourth quarters; items follow [`CURRENCIES`].
pub(crate) fn currency_shares(atlas: &Atlas) -> Result<Series, HistoryError> {
    let panel = atlas.items("reserve_currency_share")?;
    let mut out = Series::new();
    for (k, (code, _)) in CURRENCIES.iter().enumerate() {
        if let Some(item) = panel.item(code) {
            let rows = panel.of(item).iter();
            let series = rows.map(|r| (r.1, Scale::Logit.to(r.2))).collect();
            out.insert(currency_key(k), series);
        }
    }
    Ok(out)
}

/// ln of securities held, June surveys; items follow [`SECURITIES`]. A holder is followed from the
/// first survey with 100 million USD of the kind on.
pub(crate) fn us_securities(atlas: &Atlas) -> Result<Series, HistoryError> {
    let panel = atlas.item_dyads("us_securities_musd")?;
    let mut out = Series::new();
    for (k, kind) in SECURITIES.iter().enumerate() {
        let Some(item) = panel.item(kind) else {
            continue;
        };
        for (_, a, b, year, musd) in panel.of(item) {
            let key = Key {
                entity: Some(*a),
                partner: Some(*b),
                item: Some(k as u16),
            };
            if *musd >= LEAST_STOCK_MUSD || out.contains_key(&key) {
                let stock = Scale::Log.to(musd.max(FLOOR_MUSD));
                out.entry(key).or_default().push((*year, stock));
            }
        }
    }
    Ok(out)
}

/// Covariates of currency shares.
pub(crate) const CURRENCY_SHARES: Build =
    |origin, _| Ok(Box::new(CurrencyCovariates::new(origin)?));
/// Covariates of holdings.
pub(crate) const HOLDINGS: Build = |origin, _| {
    Ok(Box::new(HoldingCovariates {
        facts: Facts::read(origin)?,
        reserves: origin.atlas.state_series("reserves_usd_mn")?,
    }))
};

struct CurrencyCovariates {
    /// Affinity of reserve holders with the issuer by currency and year.
    affinity: BTreeMap<(usize, Year), f64>,
}

impl CurrencyCovariates {
    fn new(origin: Origin<'_>) -> Result<Self, HistoryError> {
        let facts = Facts::read(origin)?;
        let reserves = origin.atlas.state_series("reserves_usd_mn")?;
        let states: Vec<StateId> = origin.atlas.states().iter().map(|s| s.id).collect();
        let mut affinity = BTreeMap::new();
        let last = reserves.rows().map(|r| r.1.0).max().unwrap_or(0);
        for year in (1990..=last).map(Year) {
            for (k, (_, issuers)) in CURRENCIES.iter().enumerate() {
                let issuers: Vec<StateId> = issuers
                    .iter()
                    .filter_map(|i| origin.atlas.states().by_iso3(i))
                    .collect();
                let (mut sum, mut weight) = (0.0, 0.0);
                for holder in states.iter().filter(|s| !issuers.contains(s)) {
                    let Some((_, stock)) = reserves.latest(*holder, year) else {
                        continue;
                    };
                    for issuer in &issuers {
                        if let Some(near) = facts.affinity(*holder, *issuer, year) {
                            sum += stock * near;
                            weight += stock;
                        }
                    }
                }
                if weight > 0.0 {
                    affinity.insert((k, year), sum / weight);
                }
            }
        }
        Ok(Self { affinity })
    }

    /// Newest affinity not later than `year`.
    fn at(&self, currency: usize, year: Year) -> Option<f64> {
        let from = (currency, Year(i32::MIN));
        let upto = self.affinity.range(from..=(currency, year));
        upto.map(|r| *r.1).next_back()
    }
}

impl Covariates for CurrencyCovariates {
    fn row(&self, key: &Key, past: &[(Year, f64)], dates: Dates, row: &mut [f64]) -> bool {
        let Some(currency) = key.item.map(usize::from) else {
            return false;
        };
        let level = self.at(currency, dates.info);
        let before = self.at(currency, dates.info - 5);
        row.copy_from_slice(&[
            deviation(past),
            last_change(past),
            level.unwrap_or(0.0),
            level.zip(before).map_or(0.0, |(now, then)| now - then),
        ]);
        true
    }
}

struct HoldingCovariates<'a> {
    facts: Facts<'a>,
    reserves: &'a StatePanel,
}

impl HoldingCovariates<'_> {
    /// Growth of reserves over the year to the newest one known; zero where it is not.
    fn reserve_growth(&self, state: StateId, dates: Dates) -> f64 {
        let at = |y| self.reserves.at(state, y).filter(|v| *v > 0.0);
        match (at(dates.info), at(dates.info - 1)) {
            (Some(now), Some(then)) => (now / then).ln(),
            _ => 0.0,
        }
    }
}

impl Covariates for HoldingCovariates<'_> {
    fn row(&self, key: &Key, past: &[(Year, f64)], dates: Dates, row: &mut [f64]) -> bool {
        let values = || {
            let (a, b) = key.entity.zip(key.partner)?;
            let [level, change, allied] = self.facts.trust(a, b, dates);
            // Financial centres without GDP of their own stay, as unchanged.
            Some([
                self.facts.growth_since(a, dates).unwrap_or(0.0),
                self.facts.trend(a, dates).unwrap_or(0.0),
                deviation(past),
                last_change(past),
                self.reserve_growth(a, dates),
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
