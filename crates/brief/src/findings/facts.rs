//! From draws to evidence rows: each row with its interval, what it rests on, the parameters that
//! carry it, its sources and its record.

use std::collections::BTreeMap;

use realign_atlas::StateId;
use realign_ensemble::{Results, Summary};
use realign_model::indicator::Indicator;

use super::Material;
use super::carriers::Carriers;
use crate::BriefError;
use crate::evidence::{Basis, EvidenceRow, RowId, Spread, Unit};

/// Which difference of arms a fact is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Kind {
    /// With the acts.
    Level,
    /// Without the acts.
    Quiet,
    /// With the acts less without.
    Effect,
    /// With the acts over without.
    Ratio,
    /// What the acts do by themselves.
    ByActs,
    /// What distrust adds.
    ByDistrust,
}

/// Whom a fact is about.
#[derive(Clone, Debug, PartialEq)]
pub enum Whom<'a> {
    /// The world.
    World,
    /// One state.
    State(StateId),
    /// The mean of several states, with their name ("the allies").
    Mean(&'a [StateId], &'a str),
}

/// A fact to be looked up.
#[derive(Clone, Debug)]
pub struct Ask<'a> {
    /// Identifier of the indicator.
    pub indicator: &'a str,
    /// Whom it is about.
    pub whom: Whom<'a>,
    /// Which difference.
    pub kind: Kind,
    /// Year; `None` for the last.
    pub year: Option<i32>,
}

impl<'a> Ask<'a> {
    /// The effect of the acts on an indicator in the last year.
    pub fn effect(indicator: &'a str, whom: Whom<'a>) -> Self {
        Self {
            indicator,
            whom,
            kind: Kind::Effect,
            year: None,
        }
    }

    /// The same question about another difference.
    #[must_use]
    pub fn of(&self, kind: Kind) -> Self {
        Self {
            kind,
            ..self.clone()
        }
    }

    /// The same question about another year.
    #[must_use]
    pub fn in_year(&self, year: i32) -> Self {
        Self {
            year: Some(year),
            ..self.clone()
        }
    }
}

/// Rows being collected for one document.
pub struct Facts<'a> {
    material: &'a Material<'a>,
    carriers: Carriers,
    rows: Vec<EvidenceRow>,
    by_key: BTreeMap<String, RowId>,
}

impl<'a> Facts<'a> {
    /// Nothing collected yet.
    pub fn new(material: &'a Material<'a>) -> Self {
        Self {
            material,
            carriers: Carriers::new(material.model, material.card.seed, material.results.draws()),
            rows: Vec::new(),
            by_key: BTreeMap::new(),
        }
    }

    /// The rows, in the order in which they were first asked for.
    pub fn into_rows(self) -> Vec<EvidenceRow> {
        self.rows
    }

    /// Which parameters carry a sample.
    pub fn carriers(&self) -> &Carriers {
        &self.carriers
    }

    /// A row by its key.
    pub fn row(&self, id: &RowId) -> Option<&EvidenceRow> {
        self.rows.iter().find(|r| r.id == *id)
    }

    /// The indicator with this identifier.
    pub fn indicator(&self, id: &str) -> Result<&'a Indicator, BriefError> {
        let layout = self.material.results.layout();
        layout
            .position(id)
            .map(|k| &layout.indicators()[k])
            .ok_or_else(|| BriefError::UnknownIndicator { id: id.to_owned() })
    }

    /// One value per draw, in the unit that is printed.
    pub fn sample(&self, ask: &Ask<'_>) -> Result<Vec<f64>, BriefError> {
        let indicator = self.indicator(ask.indicator)?;
        let scale = unit(indicator, ask.kind).1;
        Ok(raw_sample(self.material.results, ask)?
            .into_iter()
            .map(|v| v * scale)
            .collect())
    }

    /// The row of a fact; `None` where there is no estimate.
    pub fn find(&mut self, ask: &Ask<'_>) -> Result<Option<RowId>, BriefError> {
        let year = self.year(ask);
        let key = format!(
            "{}|{}|{:?}|{year}",
            ask.indicator,
            self.entity(&ask.whom),
            ask.kind
        );
        if let Some(id) = self.by_key.get(&key) {
            return Ok(Some(id.clone()));
        }
        let indicator = self.indicator(ask.indicator)?;
        let sample = self.sample(ask)?;
        let Some(spread) = Spread::of(&sample) else {
            return Ok(None);
        };
        let (unit, _) = unit(indicator, ask.kind);
        let carried = self.carriers.of(&sample);
        let domain = domain_of(ask.indicator);
        let row = EvidenceRow {
            id: self.next_id(),
            indicator: indicator.id.clone(),
            label: format!(
                "{}{}",
                self.material.named(&indicator.label),
                kind_words(ask.kind)
            ),
            estimate: spread.q50,
            spread: Some(spread),
            unit,
            year: Some(year),
            entity: self.entity(&ask.whom),
            draws: sample.iter().filter(|v| v.is_finite()).count() as u32,
            basis: carried.basis,
            parameters: carried.ids.iter().map(|p| p.as_str().into()).collect(),
            sources: self.material.sources_of(domain),
            record: self.material.record_of(domain),
            note: indicator.definition.clone(),
        };
        Ok(Some(self.keep(key, row)))
    }

    /// The row of a fact that must have an estimate.
    pub fn get(&mut self, ask: &Ask<'_>) -> Result<RowId, BriefError> {
        let id = ask.indicator.to_owned();
        self.find(ask)?.ok_or(BriefError::NoEstimate { id })
    }

    /// The year in which the median of a fact is largest in size.
    pub fn extreme_year(&self, ask: &Ask<'_>) -> Result<Option<i32>, BriefError> {
        let mut best: Option<(f64, i32)> = None;
        for year in self.material.results.years() {
            let sample = self.sample(&ask.in_year(year.0))?;
            let Some(q) = Spread::of(&sample) else {
                continue;
            };
            if best.is_none_or(|b| q.q50.abs() > b.0) {
                best = Some((q.q50.abs(), year.0));
            }
        }
        Ok(best.map(|b| b.1))
    }

    /// The share of draws in which a fact satisfies `holds`.
    pub fn chance(
        &mut self,
        ask: &Ask<'_>,
        label: &str,
        holds: impl Fn(f64) -> bool,
    ) -> Result<RowId, BriefError> {
        let key = format!(
            "chance|{label}|{}|{}",
            ask.indicator,
            self.entity(&ask.whom)
        );
        if let Some(id) = self.by_key.get(&key) {
            return Ok(id.clone());
        }
        let indicator = self.indicator(ask.indicator)?;
        let sample: Vec<f64> = self
            .sample(ask)?
            .into_iter()
            .filter(|v| v.is_finite())
            .collect();
        if sample.is_empty() {
            return Err(BriefError::NoEstimate {
                id: ask.indicator.to_owned(),
            });
        }
        let n = sample.len() as f64;
        let p = sample.iter().filter(|v| holds(**v)).count() as f64 / n;
        let domain = domain_of(ask.indicator);
        let carried = self.carriers.of(&sample);
        // Wilson's 90 % interval: what the number of draws allows to say about the share.
        let spread = wilson(p, n);
        let row = EvidenceRow {
            id: self.next_id(),
            indicator: indicator.id.clone(),
            label: label.to_owned(),
            estimate: p,
            spread: Some(spread),
            unit: Unit::Chance,
            year: Some(self.year(ask)),
            entity: self.entity(&ask.whom),
            draws: sample.len() as u32,
            basis: carried.basis,
            parameters: carried.ids.iter().map(|p| p.as_str().into()).collect(),
            sources: self.material.sources_of(domain),
            record: self.material.record_of(domain),
            note: format!("Share of draws; {}", indicator.definition),
        };
        Ok(self.keep(key, row))
    }

    /// The row of one driver's contribution to an indicator, from the attribution runs.
    pub fn contribution(
        &mut self,
        indicator: &Indicator,
        arm: &str,
        label: &str,
        ask: &Ask<'_>,
        effect: &Summary,
    ) -> RowId {
        let (unit, scale) = unit(indicator, Kind::Effect);
        let q = effect.q.map(|v| v * scale);
        let domain = domain_of(&indicator.id);
        let row = EvidenceRow {
            id: RowId::from(""),
            indicator: indicator.id.clone(),
            label: format!(
                "{}, contribution of: {label}",
                self.material.named(&indicator.label)
            ),
            estimate: q[2],
            spread: Some(Spread {
                q05: q[0],
                q25: q[1],
                q50: q[2],
                q75: q[3],
                q95: q[4],
            }),
            unit,
            year: Some(self.year(ask)),
            entity: self.entity(&ask.whom),
            draws: effect.draws as u32,
            basis: Basis::Assumed,
            parameters: Vec::new(),
            sources: self.material.sources_of(domain),
            record: self.material.record_of(domain),
            note: "Effect of all acts less the effect without this one, on the same draws; \
                   contributions need not sum to the whole."
                .to_owned(),
        };
        let key = format!("part|{}|{arm}|{}", indicator.id, self.entity(&ask.whom));
        self.add(&key, row)
    }

    /// A row made elsewhere (a break-even value, a datum); its id is set here.
    pub fn add(&mut self, key: &str, mut row: EvidenceRow) -> RowId {
        if let Some(id) = self.by_key.get(key) {
            return id.clone();
        }
        row.id = self.next_id();
        self.keep(key.to_owned(), row)
    }

    fn keep(&mut self, key: String, row: EvidenceRow) -> RowId {
        let id = row.id.clone();
        self.by_key.insert(key, id.clone());
        self.rows.push(row);
        id
    }

    fn next_id(&self) -> RowId {
        RowId::from(format!("E{:02}", self.rows.len() + 1).as_str())
    }

    fn year(&self, ask: &Ask<'_>) -> i32 {
        let years = self.material.results.years();
        ask.year.unwrap_or(years[years.len() - 1].0)
    }

    fn entity(&self, whom: &Whom<'_>) -> String {
        match whom {
            Whom::World => "World".to_owned(),
            Whom::State(s) => self.material.name(*s).to_owned(),
            Whom::Mean(_, name) => (*name).to_owned(),
        }
    }
}

/// One value per draw, in the unit of the indicator.
fn raw_sample(results: &Results, ask: &Ask<'_>) -> Result<Vec<f64>, BriefError> {
    let k = results.indicator(ask.indicator)?;
    let years = results.years();
    let year = match ask.year {
        None => years.len() - 1,
        Some(y) => years
            .iter()
            .position(|x| x.0 == y)
            .ok_or(BriefError::UnknownYear { year: y })?,
    };
    let arm = |id: &str| {
        results
            .arm(id)
            .ok_or_else(|| BriefError::UnknownArm { id: id.to_owned() })
    };
    let one = |arm: usize| match &ask.whom {
        Whom::World => results.sample(arm, k, None, year),
        Whom::State(s) => results.sample(arm, k, Some(*s), year),
        Whom::Mean(states, _) => results.sample_mean(arm, k, states, year),
    };
    let minus = |a: Vec<f64>, b: Vec<f64>| a.iter().zip(&b).map(|(x, y)| x - y).collect();
    Ok(match ask.kind {
        Kind::Level => one(arm("shock")?),
        Kind::Quiet => one(arm("quiet")?),
        Kind::Effect => minus(one(arm("shock")?), one(arm("quiet")?)),
        Kind::Ratio => one(arm("shock")?)
            .iter()
            .zip(one(arm("quiet")?))
            .map(|(x, y)| x / y)
            .collect(),
        Kind::ByActs => minus(one(arm("acts_only")?), one(arm("quiet")?)),
        Kind::ByDistrust => minus(one(arm("shock")?), one(arm("acts_only")?)),
    })
}

/// Printed unit and factor of an indicator: shares become per cent, their differences points.
pub fn unit(indicator: &Indicator, kind: Kind) -> (Unit, f64) {
    if kind == Kind::Ratio {
        return (Unit::Times, 1.0);
    }
    let level = matches!(kind, Kind::Level | Kind::Quiet);
    let is_change = indicator.id.contains("change") || indicator.id.contains("real_income");
    match indicator.unit.as_str() {
        "share" | "fraction" | "probability" | "share of world GDP" => {
            (if level { Unit::Percent } else { Unit::Points }, 100.0)
        }
        "%" => (
            if level || is_change {
                Unit::Percent
            } else {
                Unit::Points
            },
            1.0,
        ),
        "points" | "percentage points" => (Unit::Points, 1.0),
        "SD" | "SD of tone" => (Unit::Sd, 1.0),
        "years" => (Unit::Years, 1.0),
        "ratio" | "multiple" | "factor" => (
            if level {
                Unit::Times
            } else {
                Unit::Index("difference of multiples".into())
            },
            1.0,
        ),
        "number" if indicator.id.contains("effective") => {
            (Unit::Index("effective number".to_owned()), 1.0)
        }
        "number" => (Unit::Count(String::new()), 1.0),
        // An expected number, not a count.
        "aircraft" => (Unit::Index("aircraft".to_owned()), 1.0),
        "pairs" | "states" | "agreements" | "number of states" => {
            (Unit::Count(indicator.unit.clone()), 1.0)
        }
        "basis points" => (Unit::Other("basis points".to_owned()), 1.0),
        // The verb says which way.
        other if other.starts_with("degrees") && !level => (Unit::Other("degrees".to_owned()), 1.0),
        other if other.starts_with("% ") && !level => (Unit::Points, 1.0),
        other if other.contains("0-1") || other.contains("0–1") || other.starts_with("index") => {
            (Unit::Index(other.to_owned()), 1.0)
        }
        other => (Unit::Other(other.to_owned()), 1.0),
    }
}

fn kind_words(kind: Kind) -> &'static str {
    match kind {
        Kind::Level => ", with the acts",
        Kind::Quiet => ", without the acts",
        Kind::Effect => ", effect of the acts",
        Kind::Ratio => ", with the acts over without",
        Kind::ByActs => ", what the acts do by themselves",
        Kind::ByDistrust => ", what distrust adds",
    }
}

/// The domain of an indicator: the part of its id before the dot.
pub fn domain_of(indicator: &str) -> &str {
    indicator.split('.').next().unwrap_or(indicator)
}

/// Wilson's interval for a share of `n` draws, as quantiles; z = 1.645 and .674.
fn wilson(p: f64, n: f64) -> Spread {
    let bounds = |z: f64| {
        let z2 = z * z;
        let centre = (p + z2 / (2.0 * n)) / (1.0 + z2 / n);
        let half = z / (1.0 + z2 / n) * (p * (1.0 - p) / n + z2 / (4.0 * n * n)).sqrt();
        ((centre - half).max(0.0), (centre + half).min(1.0))
    };
    let (q05, q95) = bounds(1.645);
    let (q25, q75) = bounds(0.674);
    Spread {
        q05,
        q25: q25.min(p),
        q50: p,
        q75: q75.max(p),
        q95,
    }
}
