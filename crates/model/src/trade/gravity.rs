//! Gravity on the atlas's own panels: what agreements, alliances, tariffs, sanctions and affinity do
//! to trade, by Poisson pseudo-maximum likelihood with exporter-year, importer-year and directed
//! pair effects, sales at home included, standard errors clustered by pair and the three-way
//! correction of Weidner & Zylkin (2021) beside them.
//!
//! Affinity is minus the distance of ideal points in votes (UN General Assembly), the only proxy of
//! trust that covers pairs and decades; favourability is the public's of the importer. What is
//! estimated is association within a pair over time, net of all that is common to an exporter or an
//! importer in a year; leads say how much of it comes before.

use realign_atlas::{Atlas, DyadPanel, Spells, StateId, StatePanel, Year};
use realign_numerics::ppml::{Column, Options, Spec, Table, ThreeWay, fit};

use super::sectoral::SERVICES;
use crate::ModelError;
use crate::params::{Params, Posterior, Prior};

/// Years of the historic panel: every fourth, sales at home known from 1960.
const HISTORIC: (i32, i32, usize) = (1962, 2014, 4);
/// Years of the input–output panel with tariffs.
const RECENT: (i32, i32, usize) = (2011, 2021, 1);
/// Years of the sectoral panels.
const SECTORAL: (i32, i32, usize) = (2012, 2021, 3);
/// Years of favourability in the input–output panel.
const OPINION: (i32, i32, usize) = (2011, 2022, 1);
/// Oldest survey that counts for a year, years before.
const OPINION_AGE: i32 = 2;
/// Years before the outcome over which a change of affinity is taken.
const CHANGE_YEARS: i32 = 4;
/// Favourability is kept inside these shares before the logit.
const FAVOUR: (f64, f64) = (0.01, 0.99);

/// Most effects of exporter-year and importer-year for which leverages are exact.
const EXACT_LEVERAGE: usize = 2000;
/// Fewest pairs of the opinion panel from which trust is estimated.
const LEAST_PAIRS: usize = 60;

/// One coefficient.
#[derive(Clone, Debug, PartialEq)]
pub struct Term {
    /// Name of the regressor.
    pub name: String,
    /// Effect on log trade.
    pub estimate: f64,
    /// Standard error, clustered by directed pair.
    pub standard_error: f64,
    /// Estimate less its three-way bias; `None` where it was not asked for.
    pub corrected: Option<f64>,
    /// Its corrected standard error; `None` also where leverages could not be had exactly: their
    /// approximation can make errors far too small.
    pub corrected_error: Option<f64>,
}

/// One estimated specification.
#[derive(Clone, Debug, PartialEq)]
pub struct PanelFit {
    /// Short name, such as `historic-leads`.
    pub id: String,
    /// What it is, for people.
    pub label: String,
    /// Rows used.
    pub rows: usize,
    /// Directed pairs.
    pub pairs: usize,
    /// Coefficients of interest; border-year terms are left out.
    pub terms: Vec<Term>,
}

impl PanelFit {
    /// A coefficient by name.
    pub fn term(&self, name: &str) -> Option<&Term> {
        self.terms.iter().find(|t| t.name == name)
    }
}

/// What regressors are read from.
struct Sources<'a> {
    agreement: &'a Spells,
    pact: &'a Spells,
    sanctions: &'a Spells,
    votes: &'a StatePanel,
    tariff: &'a DyadPanel,
    opinion: &'a DyadPanel,
}

impl<'a> Sources<'a> {
    fn new(atlas: &'a Atlas) -> Result<Self, ModelError> {
        Ok(Self {
            agreement: atlas.spells("trade_agreement")?,
            pact: atlas.spells("defence_pact")?,
            sanctions: atlas.spells("sanctions")?,
            votes: atlas.state_series("ideal_point")?,
            tariff: atlas.dyads("tariff_applied")?,
            opinion: atlas.dyads("favourability")?,
        })
    }

    /// Minus the distance of ideal points; zero with itself, NaN where unknown.
    fn affinity(&self, a: StateId, b: StateId, year: i32) -> f64 {
        if a == b {
            return 0.0;
        }
        match (self.votes.at(a, Year(year)), self.votes.at(b, Year(year))) {
            (Some(x), Some(y)) => -(x - y).abs(),
            _ => f64::NAN,
        }
    }

    /// Value of a regressor for exporter `a`, importer `b` and a year.
    fn value(&self, name: &str, a: StateId, b: StateId, year: i32) -> f64 {
        let tied = |s: &Spells, y: i32| f64::from(u8::from(a != b && s.tied(a, b, Year(y))));
        match name {
            "agreement" => tied(self.agreement, year),
            "agreement_lag4" => tied(self.agreement, year - 4),
            "agreement_lag8" => tied(self.agreement, year - 8),
            "agreement_lead4" => tied(self.agreement, year + 4),
            "alliance" => tied(self.pact, year),
            "sanctions" => {
                let either =
                    self.sanctions.tied(a, b, Year(year)) || self.sanctions.tied(b, a, Year(year));
                f64::from(u8::from(a != b && either))
            }
            "affinity" => self.affinity(a, b, year - 1),
            "affinity_change" => {
                self.affinity(a, b, year - 1) - self.affinity(a, b, year - 1 - CHANGE_YEARS)
            }
            "affinity_lead" => self.affinity(a, b, year + 2),
            "log_tariff" if a == b => 0.0,
            "log_tariff" => {
                let t = self.tariff.at(a, b, Year(year)).filter(|t| *t >= 0.0);
                t.map_or(f64::NAN, f64::ln_1p)
            }
            "favourability" | "favourability_lead" => {
                let at = if name == "favourability" {
                    year
                } else {
                    year + 2
                };
                let found = self
                    .opinion
                    .latest(b, a, Year(at))
                    .filter(|(y, _)| y.0 > at - OPINION_AGE);
                found.map_or(f64::NAN, |(_, share)| {
                    let p = share.clamp(FAVOUR.0, FAVOUR.1);
                    (p / (1.0 - p)).ln()
                })
            }
            _ => f64::NAN,
        }
    }
}

/// A specification: regressors, and whether sales at home against foreign ones get a trend.
struct Ask {
    id: &'static str,
    label: &'static str,
    terms: &'static [&'static str],
    border_years: bool,
    corrected: bool,
}

const HISTORIC_ASKS: &[Ask] = &[
    Ask {
        id: "historic-static",
        label: "1962-2014, every fourth year, recorded flows and sales at home: static",
        terms: &["agreement", "alliance", "sanctions", "affinity"],
        border_years: false,
        corrected: true,
    },
    Ask {
        id: "historic-border",
        label: "the same with border-year terms and phase-in",
        terms: &[
            "agreement",
            "agreement_lag4",
            "agreement_lag8",
            "alliance",
            "sanctions",
            "affinity",
        ],
        border_years: true,
        corrected: true,
    },
    Ask {
        id: "historic-change",
        label: "affinity as level and as its change over the last four years",
        terms: &[
            "agreement",
            "alliance",
            "sanctions",
            "affinity",
            "affinity_change",
        ],
        border_years: true,
        corrected: false,
    },
    Ask {
        id: "historic-leads",
        label: "with leads: what comes before",
        terms: &[
            "agreement",
            "agreement_lead4",
            "alliance",
            "sanctions",
            "affinity",
            "affinity_lead",
        ],
        border_years: true,
        corrected: false,
    },
];

const RECENT_ASKS: &[Ask] = &[
    Ask {
        id: "recent-tariff",
        label: "input-output economies 2011-2021, goods and sales at home, with applied tariffs",
        terms: &["log_tariff", "agreement", "sanctions", "affinity"],
        border_years: true,
        corrected: true,
    },
    Ask {
        id: "recent-leads",
        label: "the same with a lead of affinity",
        terms: &[
            "log_tariff",
            "agreement",
            "sanctions",
            "affinity",
            "affinity_lead",
        ],
        border_years: true,
        corrected: false,
    },
];

const OPINION_ASKS: &[Ask] = &[
    Ask {
        id: "opinion",
        label: "imports of surveyed publics 2011-2022: logit of favourability of the exporter",
        terms: &["favourability"],
        border_years: false,
        corrected: false,
    },
    Ask {
        id: "opinion-leads",
        label: "the same with a lead",
        terms: &["favourability", "favourability_lead"],
        border_years: false,
        corrected: false,
    },
];

/// One observed flow: exporter, importer, year, million USD.
type Flow = (StateId, StateId, i32, f64);

fn between(years: (i32, i32, usize), y: i32) -> bool {
    (years.0..=years.1).contains(&y) && ((y - years.0) as usize).is_multiple_of(years.2)
}

fn flows(panel: &DyadPanel, years: (i32, i32, usize)) -> Vec<Flow> {
    panel
        .rows()
        .filter(|r| between(years, r.2.0))
        .map(|(a, b, y, v)| (a, b, y.0, v))
        .collect()
}

fn failed(message: String) -> ModelError {
    ModelError::Fixed {
        domain: "trade",
        message: format!("gravity: {message}"),
    }
}

fn one(
    sources: &Sources<'_>,
    rows: &[Flow],
    ask: &Ask,
    id: &str,
    label: &str,
) -> Result<PanelFit, ModelError> {
    let wrong = |e: realign_numerics::ppml::PpmlError| failed(format!("{id}: {e}"));
    let mut table = Table::new();
    let number = |f: &dyn Fn(&Flow) -> f64| Column::Number(rows.iter().map(f).collect());
    let add = |t: &mut Table, name: &str, c: Column| t.add(name, c).map_err(wrong);
    add(&mut table, "trade", number(&|r| r.3))?;
    add(&mut table, "exp", number(&|r| f64::from(r.0.0)))?;
    add(&mut table, "imp", number(&|r| f64::from(r.1.0)))?;
    add(&mut table, "year", number(&|r| f64::from(r.2)))?;
    for name in ask.terms {
        add(
            &mut table,
            name,
            number(&|r| sources.value(name, r.0, r.1, r.2)),
        )?;
    }
    let mut terms = ask.terms.join(" + ");
    if ask.border_years {
        let foreign = number(&|r| f64::from(u8::from(r.0 != r.1)));
        add(&mut table, "foreign", foreign)?;
        terms.push_str(" + i(year):foreign");
    }
    let mut spec = Spec::parse(&format!("trade ~ {terms} | exp^year + imp^year + exp^imp"))
        .and_then(|s| s.cluster("exp^imp"))
        .map_err(wrong)?;
    if ask.corrected {
        spec.three_way = Some(ThreeWay {
            exporter: "exp".to_owned(),
            importer: "imp".to_owned(),
            time: "year".to_owned(),
        });
    }
    let options = Options {
        exact_leverage_levels: EXACT_LEVERAGE,
        ..Options::default()
    };
    let f = fit(&table, &spec, &options).map_err(wrong)?;
    let exact = f.three_way.as_ref().is_some_and(|t| t.exact_leverage);
    let corrected = |name: &str| {
        let list = f.three_way.as_ref().map(|t| &t.estimates)?;
        list.iter().find(|e| e.name == name)
    };
    Ok(PanelFit {
        id: id.to_owned(),
        label: label.to_owned(),
        rows: f.rows.len(),
        pairs: f.clusters.first().copied().unwrap_or_default(),
        terms: f
            .estimates
            .iter()
            .filter(|e| ask.terms.contains(&e.name.as_str()))
            .map(|e| Term {
                name: e.name.clone(),
                estimate: e.coefficient,
                standard_error: e.standard_error,
                corrected: corrected(&e.name).map(|c| c.coefficient),
                corrected_error: corrected(&e.name)
                    .filter(|c| exact && c.standard_error > 0.0)
                    .map(|c| c.standard_error),
            })
            .collect(),
    })
}

/// Effect of trust on trade per logit of favourability: the published prior and the opinion panel,
/// each by its precision. `None` where the panel holds too few pairs, as before its tables were
/// known.
pub fn trust_posterior(atlas: &Atlas) -> Result<Option<Posterior>, ModelError> {
    const ID: &str = "trade.trust_effect_logit";
    let priors = Params::priors()?;
    let Some(Prior::Normal { mean, sd, .. }) = priors.get(ID).map(|p| p.0.prior.clone()) else {
        return Ok(None);
    };
    let known = |id: &str| atlas.dyads(id).is_ok_and(|p| !p.is_empty());
    if !(known("icio_goods_musd") && known("favourability")) {
        return Ok(None);
    }
    // Too few rows at an early vintage are no failure of the domain.
    let Ok(f) = panel(atlas, "opinion") else {
        return Ok(None);
    };
    let Some(t) = f.term("favourability").filter(|_| f.pairs >= LEAST_PAIRS) else {
        return Ok(None);
    };
    if !(t.estimate.is_finite() && t.standard_error > 0.0) {
        return Ok(None);
    }
    let (a, b) = (sd.powi(-2), t.standard_error.powi(-2));
    Ok(Some(Posterior {
        id: ID.to_owned(),
        mean: (a * mean + b * t.estimate) / (a + b),
        sd: (a + b).sqrt().recip(),
        observations: f.rows,
        source: format!(
            "published prior {mean} ± {sd} and PPML on imports of surveyed publics, exporter-year, \
             importer-year and pair effects: {:.4} ± {:.4} per logit ({} rows, {} pairs), by precision",
            t.estimate, t.standard_error, f.rows, f.pairs
        ),
    }))
}

/// All specifications on trade in goods as a whole.
pub fn panels(atlas: &Atlas) -> Result<Vec<PanelFit>, ModelError> {
    let sources = Sources::new(atlas)?;
    let mut out = Vec::new();
    let historic = flows(atlas.dyads("cow_trade_musd")?, HISTORIC);
    let goods = atlas.dyads("icio_goods_musd")?;
    let recent = flows(goods, RECENT);
    let mut opinion = flows(goods, OPINION);
    opinion.retain(|r| r.0 != r.1);
    for (rows, asks) in [
        (&historic, HISTORIC_ASKS),
        (&recent, RECENT_ASKS),
        (&opinion, OPINION_ASKS),
    ] {
        for ask in asks {
            out.push(one(&sources, rows, ask, ask.id, ask.label)?);
        }
    }
    Ok(out)
}

/// One specification by its id, on goods as a whole.
pub fn panel(atlas: &Atlas, id: &str) -> Result<PanelFit, ModelError> {
    let sources = Sources::new(atlas)?;
    let goods = || atlas.dyads("icio_goods_musd");
    for (asks, years) in [
        (HISTORIC_ASKS, HISTORIC),
        (RECENT_ASKS, RECENT),
        (OPINION_ASKS, OPINION),
    ] {
        if let Some(ask) = asks.iter().find(|a| a.id == id) {
            let source = if years == HISTORIC {
                atlas.dyads("cow_trade_musd")?
            } else {
                goods()?
            };
            let mut rows = flows(source, years);
            if years == OPINION {
                rows.retain(|r| r.0 != r.1);
            }
            return one(&sources, &rows, ask, ask.id, ask.label);
        }
    }
    Err(failed(format!("no panel `{id}`")))
}

/// The recent specification sector by sector, every third year, sales at home included.
pub fn sectors(atlas: &Atlas) -> Result<Vec<PanelFit>, ModelError> {
    let sources = Sources::new(atlas)?;
    let panel = atlas.item_dyads("icio_trade_musd")?;
    let ask = Ask {
        id: "sector",
        label: "",
        terms: &["log_tariff", "agreement", "sanctions", "affinity"],
        border_years: true,
        corrected: false,
    };
    let mut out = Vec::new();
    for (k, item) in panel.items().iter().enumerate() {
        if item == SERVICES {
            continue;
        }
        let rows: Vec<Flow> = panel
            .of(k as u16)
            .iter()
            .filter(|r| between(SECTORAL, r.3.0))
            .map(|r| (r.1, r.2, r.3.0, r.4))
            .collect();
        out.push(one(&sources, &rows, &ask, item, item)?);
    }
    Ok(out)
}

/// Standard deviation of affinity over pairs in a year: what one unit of it is worth.
pub fn affinity_spread(atlas: &Atlas, year: Year) -> Result<f64, ModelError> {
    let sources = Sources::new(atlas)?;
    let (mut sum, mut square, mut count) = (0.0, 0.0, 0.0);
    for a in (0..atlas.n()).map(StateId::from_index) {
        for b in (0..atlas.n()).map(StateId::from_index).filter(|b| *b != a) {
            let x = sources.affinity(a, b, year.0);
            if x.is_finite() {
                sum += x;
                square += x * x;
                count += 1.0;
            }
        }
    }
    let mean: f64 = sum / count;
    Ok((square / count - mean * mean).max(0.0).sqrt())
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Own former output, table in `docs/model/trade.md`.
    #[test]
    fn regress_favourability_and_affinity_on_the_embedded_panels() {
        let atlas = Atlas::embedded().expect("tables");
        let opinion = panel(&atlas, "opinion").expect("an estimate");
        let t = opinion.term("favourability").expect("the term");
        assert!((t.estimate - 0.0446).abs() < 5e-4, "{t:?}");
        assert!((t.standard_error - 0.0306).abs() < 5e-4, "{t:?}");
        let posterior = trust_posterior(&atlas)
            .expect("no error")
            .expect("enough pairs");
        let embedded = Params::embedded().expect("parameters");
        let (_, shipped) = embedded.get("trade.trust_effect_logit").expect("known");
        let shipped = shipped.expect("params/trade.toml holds the posterior");
        assert!(
            (posterior.mean - shipped.mean).abs() < 5e-4,
            "{posterior:?}"
        );
        assert!((posterior.sd - shipped.sd).abs() < 5e-4, "{posterior:?}");
        assert!(panel(&atlas, "nothing").is_err());
    }

    #[test]
    fn prop_trust_is_not_estimated_before_its_tables_are_known() {
        let atlas = Atlas::embedded().expect("tables");
        let early = trust_posterior(&atlas.as_of(Year(2005))).expect("no error");
        assert!(early.is_none());
    }
}
