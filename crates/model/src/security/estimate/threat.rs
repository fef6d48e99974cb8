//! The liberal-realist logit of disputes with use of force, scored out of sample against the form
//! that it replaces: a ratio of strengths among hostile pairs.

use realign_atlas::{Atlas, Year};
use realign_numerics::logit::{self, Logit};
use realign_numerics::random::Stream;

use super::panel::Panel;
use super::record::Record;
use super::ties::{fit, year_clustered};
use crate::ModelError;
use crate::params::Posterior;
use crate::security::covariates::Profile;
use crate::security::missing;
use crate::security::threat::{COUNT, NAMES, quiet_log};

/// Hostility level of a militarised dispute from which force was used (COW coding).
const USE_OF_FORCE: f64 = 4.0;
/// Level from which a dispute breaks the quiet of a pair, and years for which it makes it hostile.
const DISPLAY_OF_FORCE: f64 = 3.0;
const HOSTILE_YEARS: i32 = 15;
/// First and last year of outcomes: the record of disputes ends in 2014, and the first year has
/// two decades of record behind it.
const YEARS: (i32, i32) = (1966, 2014);
/// Last year of the training part.
const TRAIN_TO: i32 = 1990;
/// One in so many quiet pair-years is kept, with that weight.
const THINNING: f64 = 10.0;
/// Columns of the rival: hostile, hostile × |ln ratio|, everyone else.
const RIVAL: usize = 3;

/// How well the logit of disputes predicts later years, per thousand pair-years of the test.
#[derive(Clone, Debug, PartialEq)]
pub struct ThreatScore {
    /// Years of outcomes in the test.
    pub test_years: (i32, i32),
    /// Disputes with use of force in the training and in the test part.
    pub events: (usize, usize),
    /// Disputes that the logit expected in the test part.
    pub expected: f64,
    /// Mean log score of the logit, the strength-ratio form and the base rate; higher is better.
    pub log_score: [f64; 3],
    /// Brier score of the same three; lower is better.
    pub brier: [f64; 3],
    /// Gain in log score over the strength-ratio form, nats in total, and its standard error over
    /// years.
    pub gain: (f64, f64),
}

impl ThreatScore {
    /// Whether the gain over the strength-ratio form exceeds two standard errors.
    pub fn beats_ratio(&self) -> bool {
        self.gain.0 > 2.0 * self.gain.1
    }
}

/// Pair-years with the covariates of the logit, and those of the rival beside them.
struct Disputes {
    panel: Panel,
    rival: Vec<f64>,
}

impl Disputes {
    fn years(&self, range: std::ops::RangeInclusive<i32>) -> Self {
        let rows = (0..self.panel.y.len()).filter(|r| range.contains(&self.panel.year[*r]));
        Self {
            rival: rows
                .flat_map(|r| self.rival[r * RIVAL..(r + 1) * RIVAL].iter().copied())
                .collect(),
            panel: self.panel.years(range),
        }
    }
}

/// Years of disputes of a pair (i < j) at or above the level of a display of force, with the level.
fn record(atlas: &Atlas) -> Result<Vec<Vec<(i32, f64)>>, ModelError> {
    let n = atlas.n();
    let mut out = vec![Vec::new(); n * n];
    for (a, b, year, level) in atlas.dyads("mid_hostility")?.rows() {
        let (i, j) = (a.index().min(b.index()), a.index().max(b.index()));
        if level >= DISPLAY_OF_FORCE && i != j {
            out[i * n + j].push((year.0, level));
        }
    }
    for list in &mut out {
        list.sort_by(|x, y| x.0.cmp(&y.0).then(y.1.total_cmp(&x.1)));
        list.dedup_by_key(|x| x.0);
    }
    Ok(out)
}

fn build(atlas: &Atlas, years: (i32, i32)) -> Result<Disputes, ModelError> {
    let states = Record::open(atlas)?;
    let n = states.n;
    let (pacts, rivalry) = (atlas.spells("defence_pact")?, atlas.spells("rivalry")?);
    let record = record(atlas)?;
    let quiet = Stream::new(0x7468_7265, 0);
    let mut out = Disputes {
        panel: Panel {
            columns: COUNT,
            ..Panel::default()
        },
        rival: Vec::new(),
    };
    for outcome in years.0..=years.1 {
        let then = Year(outcome - 1);
        let alliances = states.ties(pacts, then);
        let rivals = states.ties(rivalry, then);
        let profiles: Vec<Option<Profile>> = (0..n).map(|i| states.profile(i, then)).collect();
        for i in 0..n {
            let Some(a) = &profiles[i] else { continue };
            for j in i + 1..n {
                let Some(b) = &profiles[j] else { continue };
                let k = i * n + j;
                let seen = &record[k];
                let event = seen
                    .iter()
                    .any(|(y, level)| *y == outcome && *level >= USE_OF_FORCE);
                let key = k as u32;
                if !event && quiet.uniform(0, key, outcome as u32, 0) > 1.0 / THINNING {
                    continue;
                }
                let pair = states.pair((i, a), (j, b), rivals.has(i, j));
                let last = seen.iter().map(|s| s.0).filter(|y| *y < outcome).max();
                let recent = seen
                    .iter()
                    .filter(|(y, _)| *y < outcome && outcome - y <= HOSTILE_YEARS)
                    .count();
                let hostile = rivals.has(i, j) || (recent >= 3 && !alliances.has(i, j));
                let p = &mut out.panel;
                p.x.extend(pair.0);
                p.x.push(f64::from(u8::from(alliances.has(i, j))));
                p.x.push(quiet_log(last.map(|y| outcome - 1 - y)));
                p.y.push(f64::from(u8::from(event)));
                p.weight.push(if event { 1.0 } else { THINNING });
                p.year.push(outcome);
                p.pair.push((i as u16, j as u16));
                let ratio = (a.cinc.max(1e-6).ln() - b.cinc.max(1e-6).ln()).abs();
                let h = f64::from(u8::from(hostile));
                out.rival.extend([h, h * ratio, 1.0 - h]);
            }
        }
    }
    Ok(out)
}

/// Years of outcomes and of training that an atlas of this vintage can know.
fn known(atlas: &Atlas) -> Result<((i32, i32), i32), ModelError> {
    let last = atlas.dyads("mid_hostility")?.rows().map(|r| r.2.0).max();
    let last = last.unwrap_or(YEARS.0).min(YEARS.1);
    if last < YEARS.0 + 10 {
        return Err(missing(format!(
            "threat: disputes are known to {last} only"
        )));
    }
    let half = YEARS.0 + (last - YEARS.0) / 2;
    Ok(((YEARS.0, last), TRAIN_TO.min(half)))
}

fn score(all: &Disputes, years: (i32, i32), train_to: i32) -> Result<ThreatScore, ModelError> {
    let (train, test) = (
        all.years(years.0..=train_to),
        all.years(train_to + 1..=years.1),
    );
    let own = fit(&train.panel)?;
    let rival = logit::fit(&Logit {
        weight: Some(&train.panel.weight),
        firth: true,
        ..Logit::new(&train.rival, RIVAL, &train.panel.y)
    })
    .map_err(|e| missing(format!("strength-ratio form of threat: {e}")))?;
    let total: f64 = train.panel.weight.iter().sum();
    let base = train.panel.events() as f64 / total;
    let count = (years.1 - train_to) as usize;
    let (mut log, mut brier, mut gains) = ([0.0; 3], [0.0; 3], vec![0.0; count]);
    let (mut expected, mut weight) = (0.0, 0.0);
    for r in 0..test.panel.y.len() {
        let (y, w) = (test.panel.y[r], test.panel.weight[r]);
        let of = [
            own.probability(test.panel.row(r), 0.0),
            rival.probability(&test.rival[r * RIVAL..(r + 1) * RIVAL], 0.0),
            base,
        ];
        for (k, p) in of.into_iter().enumerate() {
            let s = if y > 0.0 { p.ln() } else { (-p).ln_1p() };
            log[k] += w * s;
            brier[k] += w * (y - p).powi(2);
            let at = (test.panel.year[r] - train_to - 1) as usize;
            match k {
                0 => gains[at] += w * s,
                1 => gains[at] -= w * s,
                _ => {}
            }
        }
        expected += w * of[0];
        weight += w;
    }
    let gain: f64 = gains.iter().sum();
    let m = count as f64;
    let spread: f64 = gains.iter().map(|g| (g - gain / m).powi(2)).sum();
    let thousand = |x: f64| 1000.0 * x / weight;
    Ok(ThreatScore {
        test_years: (train_to + 1, years.1),
        events: (train.panel.events(), test.panel.events()),
        expected,
        log_score: log.map(thousand),
        brier: brier.map(thousand),
        gain: (gain, (spread * m / (m - 1.0)).sqrt()),
    })
}

/// Scores the logit of disputes, trained on earlier and tested on later years.
pub fn threat_score(atlas: &Atlas) -> Result<ThreatScore, ModelError> {
    let (years, train_to) = known(atlas)?;
    score(&build(atlas, years)?, years, train_to)
}

/// Coefficients of the logit of disputes with use of force.
pub(super) fn posteriors(atlas: &Atlas) -> Result<Vec<Posterior>, ModelError> {
    let (years, train_to) = known(atlas)?;
    let all = build(atlas, years)?;
    let s = score(&all, years, train_to)?;
    let fitted = fit(&all.panel)?;
    let clustered = year_clustered(&all.panel, &fitted);
    let source = format!(
        "MID 5.0 {}-{}, disputes with use of force, Firth's logit, N(0, 1) on slopes, errors \
         clustered by year; {} dispute-years in {} pair-years. Trained to {train_to}, tested \
         {}-{} on {}, expected {:.0}: log score gain over a ratio of strengths among hostile pairs \
         {:.1} (SE {:.1}), {}; Brier a thousand {:.4}, ratio form {:.4}, base rate {:.4}",
        years.0,
        years.1,
        all.panel.events(),
        all.panel.weight.iter().sum::<f64>().round(),
        s.test_years.0,
        s.test_years.1,
        s.events.1,
        s.expected,
        s.gain.0,
        s.gain.1,
        if s.beats_ratio() {
            "beaten"
        } else {
            "not beaten"
        },
        s.brier[0],
        s.brier[1],
        s.brier[2],
    );
    Ok(NAMES
        .iter()
        .enumerate()
        .map(|(k, name)| Posterior {
            id: format!("security.dispute_{name}"),
            mean: fitted.coefficient[k],
            sd: fitted.standard_error[k].max(clustered[k]),
            observations: all.panel.y.len(),
            source: source.clone(),
        })
        .collect())
}
