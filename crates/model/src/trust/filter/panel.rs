//! What was observed, year by year, about every ordered pair.
//!
//! Votes and tone are standardised inside each year, so a later year cannot move an earlier one.
//! What is absent is absent; a pair begins with the later entry of its two states.

use realign_atlas::{Atlas, AtlasError, DyadPanel, StateId, StateKind, Year};
use realign_numerics::special::log_odds;

use super::hyper::Values;
use crate::ModelError;

/// First year filtered.
pub const FIRST: Year = Year(1980);
/// Favourability is kept this far from 0 and 1: half a respondent in a poll of a thousand.
const FAVOURABILITY_MARGIN: f64 = 0.0005;
/// Days of record below which a year of tone is not read.
const HALF_A_YEAR: f64 = 183.0;
/// Events or days below which a year's tone is not read: the sign of one or two reports.
const LEAST_CONTACT: f64 = 3.0;

/// Where an observation comes from.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Kind {
    /// Affinity in UN votes, less the means of both states; symmetric.
    Votes,
    /// Log odds of favourability of the holder's public; directed.
    Polls,
    /// Balance of reported events from the holder to the held (ICEWS 2002–2014).
    Events,
    /// Tone of the news on both, volume of contact taken off (GDELT 2018 on); symmetric.
    Tone,
}

impl Kind {
    /// All sources.
    pub const ALL: [Self; 4] = [Self::Votes, Self::Polls, Self::Events, Self::Tone];

    /// Name for tables and machines.
    pub fn name(self) -> &'static str {
        match self {
            Self::Votes => "votes",
            Self::Polls => "polls",
            Self::Events => "events",
            Self::Tone => "tone",
        }
    }
}

/// One observation of one pair in one year.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Seen {
    /// Position of the holder's pair inside the target.
    pub pair: u16,
    /// Source.
    pub kind: Kind,
    /// Value: SD of the year's cross-section, or log odds.
    pub y: f64,
    /// Known variance (error of ideal points, sampling error) or, for tone, contact.
    pub known: f64,
}

/// All pairs that hold trust in one state.
#[derive(Clone, Debug, PartialEq)]
pub struct Target {
    /// The state trusted.
    pub state: StateId,
    /// The holders, and the position of the year in which the pair begins.
    pub pairs: Vec<(StateId, usize)>,
    /// Observations, by year and then by pair.
    pub seen: Vec<Seen>,
    /// Where each year begins in `seen`; one more than there are years.
    pub offsets: Vec<usize>,
    /// Whether the leader changed, by year.
    pub turnover: Vec<bool>,
}

impl Target {
    /// Observations of a year, by position.
    pub fn year(&self, t: usize) -> &[Seen] {
        &self.seen[self.offsets[t]..self.offsets[t + 1]]
    }

    /// Position of a holder.
    pub fn position(&self, holder: StateId) -> Option<usize> {
        self.pairs.iter().position(|p| p.0 == holder)
    }
}

/// Observations of all pairs.
#[derive(Clone, Debug)]
pub struct Panel {
    /// Last year; the first is [`FIRST`].
    pub last: Year,
    /// Targets in the order of states, territories left out.
    pub targets: Vec<Target>,
    /// First year of tone of the news: what tone measures beside trust starts anew there.
    pub tone_from: Option<usize>,
    /// What is missing, and what was done.
    pub notes: Vec<String>,
}

impl Panel {
    /// Reads what `atlas` holds, up to its vintage.
    pub fn read(atlas: &Atlas) -> Result<Self, ModelError> {
        let n = atlas.n();
        let last = atlas.vintage();
        let years = usize::try_from(last - FIRST + 1).unwrap_or(0).max(1);
        let mut notes = Vec::new();
        let covered: Vec<bool> = atlas
            .states()
            .iter()
            .map(|s| s.kind != StateKind::Territory)
            .collect();
        let (entry, turnover) = leaders(atlas, years)?;
        let votes = votes(atlas, years, &covered, &mut notes)?;
        let opinion = both(atlas, "favourability", "favourability_se", &mut notes)?;
        let events = both(atlas, "event_balance", "event_count", &mut notes)?;
        let news = both(atlas, "gdelt_tone", "gdelt_days", &mut notes)?;
        let events_fit = events.map(|e| standards(e, years, false));
        let news_fit = news.map(|e| whole_years(e, standards(e, years, true), &mut notes));
        let mut first_vote = vec![None; n];
        for (t, y) in votes.iter().enumerate() {
            for (i, first) in first_vote.iter_mut().enumerate() {
                if first.is_none() && y.point[i].is_finite() {
                    *first = Some(t);
                }
            }
        }
        // A state begins with its first vote or, without votes, with its first leader on record.
        let begins: Vec<usize> = (0..n)
            .map(|i| first_vote[i].or(entry[i]).unwrap_or(0))
            .collect();
        let mut targets = Vec::new();
        for j in (0..n).filter(|j| covered[*j]) {
            let held = StateId::from_index(j);
            let pairs: Vec<(StateId, usize)> = (0..n)
                .filter(|i| covered[*i] && *i != j)
                .map(|i| (StateId::from_index(i), begins[i].max(begins[j])))
                .collect();
            let mut seen = Vec::new();
            let mut offsets = vec![0];
            for t in 0..years {
                let year = FIRST + t as i32;
                for (p, (holder, begin)) in pairs.iter().enumerate() {
                    if t < *begin {
                        continue;
                    }
                    let mut add = |kind, y: f64, known: f64| {
                        if y.is_finite() && known.is_finite() {
                            seen.push(Seen {
                                pair: p as u16,
                                kind,
                                y,
                                known,
                            });
                        }
                    };
                    if let Some((y, v)) = votes[t].pair(holder.index(), j) {
                        add(Kind::Votes, y, v);
                    }
                    if let Some((panel, se)) = opinion {
                        if let (Some(f), Some(e)) =
                            (panel.at(*holder, held, year), se.at(*holder, held, year))
                        {
                            let f = f.clamp(FAVOURABILITY_MARGIN, 1.0 - FAVOURABILITY_MARGIN);
                            add(Kind::Polls, log_odds(f), (e / (f * (1.0 - f))).powi(2));
                        }
                    }
                    for (kind, source, fit) in [
                        (Kind::Events, events, &events_fit),
                        (Kind::Tone, news, &news_fit),
                    ] {
                        if let (Some((value, count)), Some(fit)) = (source, fit)
                            && let (Some(v), Some(c), Some(s)) = (
                                value.at(*holder, held, year),
                                count.at(*holder, held, year),
                                fit[t],
                            )
                            && c >= LEAST_CONTACT
                        {
                            add(kind, s.read(v, c), c);
                        }
                    }
                }
                offsets.push(seen.len());
            }
            targets.push(Target {
                state: held,
                pairs,
                seen,
                offsets,
                turnover: turnover[j].clone(),
            });
        }
        let tone_from = news_fit.and_then(|f| f.iter().position(Option::is_some));
        let read = Self {
            last,
            targets,
            tone_from,
            notes,
        };
        // Years of which nothing is known yet are no part of the path.
        let end = (0..years)
            .rev()
            .find(|t| read.targets.iter().any(|x| !x.year(*t).is_empty()));
        Ok(read.until(FIRST + end.unwrap_or(0) as i32))
    }

    /// Number of years.
    pub fn years(&self) -> usize {
        (self.last - FIRST + 1).max(1) as usize
    }

    /// Number of ordered pairs.
    pub fn pairs(&self) -> usize {
        self.targets.iter().map(|t| t.pairs.len()).sum()
    }

    /// Number of observations.
    pub fn observations(&self) -> usize {
        self.targets.iter().map(|t| t.seen.len()).sum()
    }

    /// The pairs toward one state.
    pub fn target(&self, state: StateId) -> Option<&Target> {
        self.targets.iter().find(|t| t.state == state)
    }

    /// The panel without what came after `last`.
    #[must_use]
    pub fn until(&self, last: Year) -> Self {
        let keep = (last - FIRST + 1).max(1) as usize;
        let mut out = self.clone();
        out.last = last.min(self.last);
        for t in &mut out.targets {
            t.offsets.truncate(keep + 1);
            t.seen.truncate(*t.offsets.last().unwrap_or(&0));
            t.turnover.truncate(keep);
        }
        out
    }

    /// The panel without some sources.
    #[must_use]
    pub fn without(&self, sources: &[Kind]) -> Self {
        let mut out = self.clone();
        for target in &mut out.targets {
            let mut seen = Vec::with_capacity(target.seen.len());
            let mut offsets = vec![0];
            for w in target.offsets.windows(2) {
                let kept = target.seen[w[0]..w[1]].iter();
                seen.extend(kept.filter(|s| !sources.contains(&s.kind)).copied());
                offsets.push(seen.len());
            }
            target.seen = seen;
            target.offsets = offsets;
        }
        out
    }

    /// Pairs that a likelihood reads: every pair with polls and one direction of one in `every`
    /// of the others, by their position, so that what is symmetric is not counted twice.
    #[must_use]
    pub fn sample(&self, every: usize) -> Self {
        let mut out = self.clone();
        for target in &mut out.targets {
            let mut polled = vec![false; target.pairs.len()];
            for s in &target.seen {
                polled[usize::from(s.pair)] |= s.kind == Kind::Polls;
            }
            let j = target.state.index();
            let keep: Vec<bool> = target
                .pairs
                .iter()
                .zip(&polled)
                .map(|((i, _), polled)| {
                    let i = i.index();
                    *polled || (i < j && (i * 31 + j * 17) % every == 0)
                })
                .collect();
            let mut position = vec![u16::MAX; keep.len()];
            let mut count = 0u16;
            for (k, kept) in keep.iter().enumerate() {
                if *kept {
                    position[k] = count;
                    count += 1;
                }
            }
            let mut seen = Vec::new();
            let mut offsets = vec![0];
            for t in 0..target.offsets.len() - 1 {
                seen.extend(
                    target
                        .year(t)
                        .iter()
                        .filter(|s| keep[usize::from(s.pair)])
                        .map(|s| Seen {
                            pair: position[usize::from(s.pair)],
                            ..*s
                        }),
                );
                offsets.push(seen.len());
            }
            let mut k = 0;
            target.pairs.retain(|_| {
                k += 1;
                keep[k - 1]
            });
            target.seen = seen;
            target.offsets = offsets;
        }
        out.targets.retain(|t| !t.pairs.is_empty());
        out
    }
}

impl Seen {
    /// Variance of the noise of this observation.
    #[inline]
    pub(super) fn noise(&self, v: &Values) -> f64 {
        let tone = |s: &super::hyper::Source| s.noise.powi(2) + s.sampling.powi(2) / self.known;
        match self.kind {
            Kind::Votes => v.votes_noise.powi(2) + v.votes_error * self.known,
            Kind::Polls => v.polls_noise.powi(2) + self.known,
            Kind::Events => tone(&v.events),
            Kind::Tone => tone(&v.tone),
        }
    }
}

type Both<'a> = Option<(&'a DyadPanel, &'a DyadPanel)>;

/// Two panels that belong together; a note where either is absent.
fn both<'a>(
    atlas: &'a Atlas,
    value: &str,
    weight: &str,
    notes: &mut Vec<String>,
) -> Result<Both<'a>, ModelError> {
    let mut get = |id: &str| match atlas.dyads(id) {
        Ok(p) if p.is_empty() => {
            notes.push(format!("{id}: nothing known at this vintage; left out"));
            Ok(None)
        }
        Ok(p) => Ok(Some(p)),
        Err(AtlasError::UnknownVariable { .. }) => {
            notes.push(format!("{id}: not in the atlas; left out"));
            Ok(None)
        }
        Err(e) => Err(ModelError::from(e)),
    };
    Ok(get(value)?.zip(get(weight)?))
}

/// Position of the first leader on record and years of change, by state.
#[allow(clippy::type_complexity)]
fn leaders(
    atlas: &Atlas,
    years: usize,
) -> Result<(Vec<Option<usize>>, Vec<Vec<bool>>), ModelError> {
    let n = atlas.n();
    let mut entry: Vec<Option<Year>> = vec![None; n];
    let mut turnover = vec![vec![false; years]; n];
    let list = match atlas.leaders() {
        Ok(l) => l,
        Err(AtlasError::UnknownVariable { .. }) => &[],
        Err(e) => return Err(e.into()),
    };
    for l in list {
        let e = &mut entry[l.state.index()];
        *e = Some(e.map_or(l.start, |y| y.min(l.start)));
    }
    for l in list {
        if entry[l.state.index()].is_some_and(|e| l.start > e)
            && let Ok(t) = usize::try_from(l.start - FIRST)
            && t < years
        {
            turnover[l.state.index()][t] = true;
        }
    }
    let entry = entry
        .into_iter()
        .map(|e| e.map(|y| usize::try_from(y - FIRST).unwrap_or(0)))
        .collect();
    Ok((entry, turnover))
}

/// Affinity of one year: what is needed for any pair.
struct YearVotes {
    point: Vec<f64>,
    error: Vec<f64>,
    mean: Vec<f64>,
    all: f64,
    centre: f64,
    sd: f64,
}

impl YearVotes {
    /// Standardised affinity of a pair and the variance of its error.
    fn pair(&self, i: usize, j: usize) -> Option<(f64, f64)> {
        let raw = -(self.point[i] - self.point[j]).abs();
        (raw.is_finite() && self.sd > 0.0).then(|| {
            let z = (raw - self.mean[i] - self.mean[j] + self.all - self.centre) / self.sd;
            let v = self.error[i].powi(2) + self.error[j].powi(2);
            (z, v / (self.sd * self.sd))
        })
    }
}

fn votes(
    atlas: &Atlas,
    years: usize,
    covered: &[bool],
    notes: &mut Vec<String>,
) -> Result<Vec<YearVotes>, ModelError> {
    let n = covered.len();
    let get = |id: &str| match atlas.state_series(id) {
        Ok(p) => Ok(Some(p)),
        Err(AtlasError::UnknownVariable { .. }) => Ok(None),
        Err(e) => Err(ModelError::from(e)),
    };
    let (points, errors) = (get("ideal_point")?, get("ideal_point_sd")?);
    if points.is_none() {
        notes.push("ideal_point: not in the atlas; trust is filtered without votes".to_owned());
    }
    if errors.is_none() {
        notes.push("ideal_point_sd: not in the atlas; ideal points count as exact".to_owned());
    }
    let out: Vec<YearVotes> = (0..years)
        .map(|t| {
            let year = FIRST + t as i32;
            let value = |p: Option<&realign_atlas::StatePanel>, i: usize, absent: f64| {
                p.filter(|_| covered[i])
                    .and_then(|p| p.at(StateId::from_index(i), year))
                    .unwrap_or(absent)
            };
            let point: Vec<f64> = (0..n).map(|i| value(points, i, f64::NAN)).collect();
            let error: Vec<f64> = (0..n).map(|i| value(errors, i, 0.0)).collect();
            let known: Vec<usize> = (0..n).filter(|i| point[*i].is_finite()).collect();
            let near = |i: usize, j: usize| -(point[i] - point[j]).abs();
            let mut mean = vec![f64::NAN; n];
            for i in &known {
                mean[*i] = known.iter().map(|j| near(*i, *j)).sum::<f64>()
                    / (known.len() as f64 - 1.0).max(1.0);
            }
            let all = known.iter().map(|i| mean[*i]).sum::<f64>() / known.len().max(1) as f64;
            let (mut sum, mut squares, mut count) = (0.0, 0.0, 0.0f64);
            for i in &known {
                for j in known.iter().filter(|j| *j != i) {
                    let z = near(*i, *j) - mean[*i] - mean[*j] + all;
                    sum += z;
                    squares += z * z;
                    count += 1.0;
                }
            }
            let centre = sum / count.max(1.0);
            let sd = (squares / count.max(1.0) - centre * centre).max(0.0).sqrt();
            YearVotes {
                point,
                error,
                mean,
                all,
                centre,
                sd,
            }
        })
        .collect();
    let seen: Vec<usize> = (0..years).filter(|t| out[*t].sd > 0.0).collect();
    if let (Some(first), Some(end)) = (seen.first(), seen.last()) {
        let gaps: Vec<String> = (*first..=*end)
            .filter(|t| out[*t].sd <= 0.0)
            .map(|t| (FIRST + t as i32).to_string())
            .collect();
        if !gaps.is_empty() {
            notes.push(format!(
                "ideal_point: no votes in {}; trust is carried over",
                gaps.join(", ")
            ));
        }
        if end + 1 < years {
            notes.push(format!(
                "ideal_point: the votes end in {}",
                FIRST + *end as i32
            ));
        }
    }
    Ok(out)
}

/// How one year's tone is standardised.
#[derive(Clone, Copy, Debug)]
struct Standard {
    intercept: f64,
    slope: f64,
    sd: f64,
}

impl Standard {
    fn read(&self, value: f64, contact: f64) -> f64 {
        (value - self.intercept - self.slope * contact.ln()) / self.sd
    }
}

/// Leaves out the years of which less than half was recorded: the common mood of a few weeks is not a
/// year's conduct.
fn whole_years(
    (_, days): (&DyadPanel, &DyadPanel),
    mut fits: Vec<Option<Standard>>,
    notes: &mut Vec<String>,
) -> Vec<Option<Standard>> {
    let mut most = vec![0.0f64; fits.len()];
    for (_, _, y, d) in days.rows() {
        if let Some(m) = usize::try_from(y - FIRST)
            .ok()
            .and_then(|t| most.get_mut(t))
        {
            *m = m.max(d);
        }
    }
    for (t, fit) in fits.iter_mut().enumerate() {
        if fit.is_some() && most[t] < HALF_A_YEAR {
            *fit = None;
            notes.push(format!(
                "gdelt_tone: {} is recorded for {} days only and left out",
                FIRST + t as i32,
                most[t]
            ));
        }
    }
    fits
}

/// Least squares on the logarithm of contact (or a mean alone) inside each year; `None` for years
/// without observations.
fn standards(
    source: (&DyadPanel, &DyadPanel),
    years: usize,
    volume: bool,
) -> Vec<Option<Standard>> {
    let mut sums = vec![[0.0f64; 6]; years];
    for (a, b, y, v) in source.0.rows() {
        let Some(t) = usize::try_from(y - FIRST).ok().filter(|t| *t < years) else {
            continue;
        };
        if let Some(c) = source.1.at(a, b, y).filter(|c| *c >= LEAST_CONTACT) {
            let x = c.ln();
            for (s, v) in sums[t].iter_mut().zip([1.0, x, v, x * x, x * v, v * v]) {
                *s += v;
            }
        }
    }
    sums.iter()
        .map(|[n, x, y, xx, xy, yy]| {
            if *n < 30.0 {
                return None;
            }
            let (mx, my) = (x / n, y / n);
            let vx = xx / n - mx * mx;
            let slope = if volume && vx > 0.0 {
                (xy / n - mx * my) / vx
            } else {
                0.0
            };
            let sd = (yy / n - my * my - slope * slope * vx).max(0.0).sqrt();
            (sd > 0.0).then_some(Standard {
                intercept: my - slope * mx,
                slope,
                sd,
            })
        })
        .collect()
}
