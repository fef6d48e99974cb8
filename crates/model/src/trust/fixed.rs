//! What trust reads from the atlas once.

use realign_atlas::{Atlas, AtlasError, DyadPanel, StateId, StateKind, Year};
use realign_numerics::special::log_odds;

use super::noise::NormalTable;
use super::{Coefficients, level, missing};
use crate::setting::Setting;
use crate::{ModelError, Square};

/// Years of leaders' records that count for the hazard of turnover.
const TURNOVER_WINDOW_YEARS: i32 = 30;
/// Favourability is kept this far from 0 and 1 before its log odds are taken: half a respondent
/// in a poll of a thousand.
const FAVOURABILITY_MARGIN: f64 = 0.0005;

/// One source of evidence on trust: standardised value of each ordered pair, NaN where unknown.
#[derive(Clone, Debug, PartialEq)]
pub struct Evidence {
    /// Value in SD of its own cross-section, higher is friendlier.
    pub z: Vec<f64>,
    /// Years between observation and start.
    pub age_years: Vec<f64>,
    /// Number of observations behind the value; one where the source does not count them.
    pub contact: Vec<f64>,
    /// What one unit of `z` is in the unit of the source (log odds for polls); NaN without values.
    pub unit_sd: f64,
}

impl Evidence {
    fn empty(n: usize) -> Self {
        Self {
            z: vec![f64::NAN; n * n],
            age_years: vec![0.0; n * n],
            contact: vec![1.0; n * n],
            unit_sd: f64::NAN,
        }
    }

    /// Number of ordered pairs with a value.
    pub fn len(&self) -> usize {
        self.z.iter().filter(|z| z.is_finite()).count()
    }

    /// Whether no pair has a value.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Subtracts the mean of each holder and of each held and adds the grand mean (O1 of MODEL.md
    /// §2.4): a state at the end of the scale is far from everyone without being distrusted by all.
    fn remove_state_effects(&mut self, n: usize) {
        let known = |i: usize, j: usize| Some(self.z[i * n + j]).filter(|z| z.is_finite());
        let mean = |values: Vec<f64>| {
            if values.is_empty() {
                0.0
            } else {
                values.iter().sum::<f64>() / values.len() as f64
            }
        };
        let rows: Vec<f64> = (0..n)
            .map(|i| mean((0..n).filter_map(|j| known(i, j)).collect()))
            .collect();
        let columns: Vec<f64> = (0..n)
            .map(|j| mean((0..n).filter_map(|i| known(i, j)).collect()))
            .collect();
        let all = mean(self.z.iter().copied().filter(|z| z.is_finite()).collect());
        for i in 0..n {
            for j in 0..n {
                self.z[i * n + j] += all - rows[i] - columns[j];
            }
        }
    }

    /// Subtracts the mean and divides by the standard deviation of the known values.
    fn standardise(&mut self) {
        let known: Vec<f64> = self.z.iter().copied().filter(|z| z.is_finite()).collect();
        if known.len() < 2 {
            return;
        }
        let mean = known.iter().sum::<f64>() / known.len() as f64;
        let variance = known.iter().map(|z| (z - mean).powi(2)).sum::<f64>() / known.len() as f64;
        if variance > 0.0 {
            let sd = variance.sqrt();
            self.unit_sd = sd;
            for z in &mut self.z {
                *z = (*z - mean) / sd;
            }
        }
    }
}

/// What does not change along a path.
#[derive(Clone, Debug)]
pub struct Fixed {
    /// Number of states and economies.
    pub n: usize,
    /// Whether the entry has foreign relations of its own; territories have no trust.
    pub covered: Vec<bool>,
    /// Minus the distance of ideal points in UN votes, less the means of both states; symmetric.
    pub votes: Evidence,
    /// Log odds of favourability in polls; directed.
    pub polls: Evidence,
    /// Tone of reported events, own scale.
    pub tone: Evidence,
    /// Peace scale; symmetric.
    pub peace: Evidence,
    /// Distance of ideal points, NaN where unknown.
    pub ideal_distance: Vec<f64>,
    /// 1 where a defence pact is in force at the start.
    pub pact: Vec<f64>,
    /// 1 where a defence cooperation agreement is in force at the start.
    pub cooperation: Vec<f64>,
    /// 1 where the two share a border.
    pub border: Vec<f64>,
    /// Years with a change of leader and years of record, by state.
    pub turnover_record: Vec<(f64, f64)>,
    /// What was missing and what was done instead.
    pub notes: Vec<String>,
    pub(crate) normals: NormalTable,
}

impl Fixed {
    /// Reads the newest observations not later than the start of `setting`.
    pub fn new(atlas: &Atlas, setting: &Setting) -> Result<Self, ModelError> {
        let n = atlas.n();
        let year = setting.start;
        let covered: Vec<bool> = atlas
            .states()
            .iter()
            .map(|s| s.kind != StateKind::Territory)
            .collect();
        if covered.iter().filter(|c| **c).count() < 2 {
            return Err(missing(
                "fewer than two states have foreign relations".to_owned(),
            ));
        }
        let mut notes = Vec::new();
        let (votes, ideal_distance) = votes(atlas, year, &covered, &mut notes)?;
        let polls = polls(atlas, year, &covered, &mut notes)?;
        let tone = tone(atlas, year, &covered, &mut notes)?;
        let peace = match panel(atlas, "peace_scale", &mut notes)? {
            Some(p) => {
                let mut e = read(p, n, year, &covered, |v| v);
                e.standardise();
                e
            }
            None => Evidence::empty(n),
        };
        let border = match panel(atlas, "contiguity", &mut notes)? {
            Some(p) => p.matrix(year, 0.0),
            None => vec![0.0; n * n],
        };
        Ok(Self {
            n,
            votes,
            polls,
            tone,
            peace,
            ideal_distance,
            pact: ties(atlas, "defence_pact", year, &mut notes)?,
            cooperation: ties(atlas, "defence_cooperation", year, &mut notes)?,
            border,
            turnover_record: turnover_record(atlas, year, &mut notes)?,
            covered,
            notes,
            normals: NormalTable::new(),
        })
    }

    /// Mean and standard deviation of the level of i's trust in j that votes, polls, tone and the
    /// peace scale give together, SD; zero where not covered.
    pub fn expected_level(&self, c: &Coefficients) -> (Square, Square) {
        level::expected(self, c)
    }

    /// Yearly probability that the leader of each state changes: its record, shrunk to the base
    /// rate; zero for territories.
    pub fn turnover_hazards(&self, c: &Coefficients) -> Vec<f64> {
        self.turnover_record
            .iter()
            .zip(&self.covered)
            .map(|(&(events, years), covered)| {
                let weight = c.turnover_prior_years;
                let rate = (events + c.turnover_base_rate * weight) / (years + weight);
                if *covered { rate.clamp(0.0, 1.0) } else { 0.0 }
            })
            .collect()
    }
}

/// A panel of pairs, or `None` with a note when the atlas does not have it.
fn panel<'a>(
    atlas: &'a Atlas,
    id: &str,
    notes: &mut Vec<String>,
) -> Result<Option<&'a DyadPanel>, ModelError> {
    match atlas.dyads(id) {
        Ok(p) if p.is_empty() => {
            notes.push(format!(
                "{id}: nothing known at this vintage; trust starts without it"
            ));
            Ok(None)
        }
        Ok(p) => Ok(Some(p)),
        Err(AtlasError::UnknownVariable { .. }) => {
            notes.push(format!("{id}: not in the atlas; trust starts without it"));
            Ok(None)
        }
        Err(e) => Err(e.into()),
    }
}

/// Newest values of covered pairs not later than `year`, transformed.
fn read(
    panel: &DyadPanel,
    n: usize,
    year: Year,
    covered: &[bool],
    transform: impl Fn(f64) -> f64,
) -> Evidence {
    let mut e = Evidence::empty(n);
    for i in (0..n).filter(|i| covered[*i]) {
        for j in (0..n).filter(|j| covered[*j] && *j != i) {
            let (a, b) = (StateId::from_index(i), StateId::from_index(j));
            if let Some((y, v)) = panel.latest(a, b, year) {
                e.z[i * n + j] = transform(v);
                e.age_years[i * n + j] = f64::from(year - y);
            }
        }
    }
    e
}

fn votes(
    atlas: &Atlas,
    year: Year,
    covered: &[bool],
    notes: &mut Vec<String>,
) -> Result<(Evidence, Vec<f64>), ModelError> {
    let n = covered.len();
    let points = match atlas.state_series("ideal_point") {
        Ok(p) => p,
        Err(AtlasError::UnknownVariable { .. }) => {
            notes.push("ideal_point: not in the atlas; trust starts without votes".to_owned());
            return Ok((Evidence::empty(n), vec![f64::NAN; n * n]));
        }
        Err(e) => return Err(e.into()),
    };
    let latest: Vec<Option<(Year, f64)>> = (0..n)
        .map(|i| {
            points
                .latest(StateId::from_index(i), year)
                .filter(|_| covered[i])
        })
        .collect();
    let without: Vec<&str> = atlas
        .states()
        .iter()
        .filter(|s| covered[s.id.index()] && latest[s.id.index()].is_none())
        .map(|s| s.iso3.as_str())
        .collect();
    if !without.is_empty() {
        notes.push(format!("ideal_point: no votes of {}", without.join(", ")));
    }
    let mut e = Evidence::empty(n);
    let mut distance = vec![f64::NAN; n * n];
    for i in 0..n {
        for j in (0..n).filter(|j| *j != i) {
            if let (Some((yi, pi)), Some((yj, pj))) = (latest[i], latest[j]) {
                distance[i * n + j] = (pi - pj).abs();
                e.z[i * n + j] = -(pi - pj).abs();
                e.age_years[i * n + j] = f64::from(year - yi.min(yj));
            }
        }
    }
    e.remove_state_effects(n);
    e.standardise();
    Ok((e, distance))
}

fn polls(
    atlas: &Atlas,
    year: Year,
    covered: &[bool],
    notes: &mut Vec<String>,
) -> Result<Evidence, ModelError> {
    let n = covered.len();
    let Some(p) = panel(atlas, "favourability", notes)? else {
        return Ok(Evidence::empty(n));
    };
    let mut e = read(p, n, year, covered, |share| {
        log_odds(share.clamp(FAVOURABILITY_MARGIN, 1.0 - FAVOURABILITY_MARGIN))
    });
    e.standardise();
    Ok(e)
}

/// GDELT where it exists at the start, else the balance of ICEWS events.
fn tone(
    atlas: &Atlas,
    year: Year,
    covered: &[bool],
    notes: &mut Vec<String>,
) -> Result<Evidence, ModelError> {
    let n = covered.len();
    for (value, count) in [
        ("gdelt_tone", "gdelt_days"),
        ("event_balance", "event_count"),
    ] {
        let Some(p) = panel(atlas, value, notes)? else {
            continue;
        };
        let mut e = read(p, n, year, covered, |v| v);
        if e.len() < 2 {
            continue;
        }
        if let Some(c) = panel(atlas, count, notes)? {
            let counts = read(c, n, year, covered, |v| v);
            for (to, from) in e.contact.iter_mut().zip(&counts.z) {
                *to = if from.is_finite() { *from } else { 0.0 };
            }
        }
        e.standardise();
        notes.push(format!("tone at the start is {value}"));
        return Ok(e);
    }
    Ok(Evidence::empty(n))
}

fn ties(
    atlas: &Atlas,
    id: &str,
    year: Year,
    notes: &mut Vec<String>,
) -> Result<Vec<f64>, ModelError> {
    match atlas.spells(id) {
        Ok(s) => Ok(s.matrix(atlas.n(), year)),
        Err(AtlasError::UnknownVariable { .. }) => {
            notes.push(format!(
                "{id}: not in the atlas; no such ties among neighbours"
            ));
            Ok(vec![0.0; atlas.n() * atlas.n()])
        }
        Err(e) => Err(e.into()),
    }
}

/// (years with a change of leader, years of record) within the window before the last record.
fn turnover_record(
    atlas: &Atlas,
    year: Year,
    notes: &mut Vec<String>,
) -> Result<Vec<(f64, f64)>, ModelError> {
    let n = atlas.n();
    let leaders = atlas.leaders()?;
    let Some(last) = leaders.iter().map(|l| l.start).filter(|y| *y <= year).max() else {
        notes.push(
            "leaders: not in the atlas; every state has the base rate of turnover".to_owned(),
        );
        return Ok(vec![(0.0, 0.0); n]);
    };
    if year - last > 1 {
        notes.push(format!(
            "leaders: the record ends in {last}; turnover rates are those before"
        ));
    }
    let first = last - TURNOVER_WINDOW_YEARS;
    let mut changes: Vec<Vec<Year>> = vec![Vec::new(); n];
    let mut opened: Vec<Option<Year>> = vec![None; n];
    for l in leaders.iter().filter(|l| l.start <= last) {
        let i = l.state.index();
        opened[i] = Some(opened[i].map_or(l.start, |y| y.min(l.start)));
        if l.start > first {
            changes[i].push(l.start);
        }
    }
    Ok((0..n)
        .map(|i| {
            // The first leader on record is no change.
            let Some(open) = opened[i] else {
                return (0.0, 0.0);
            };
            let mut years = changes[i].clone();
            years.sort_unstable();
            years.dedup();
            let events = years.iter().filter(|y| **y > open).count();
            (events as f64, f64::from(last - open.max(first)))
        })
        .collect())
}
