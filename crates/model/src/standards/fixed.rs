//! What standards read from the atlas once.

use realign_atlas::{Atlas, AtlasError, StateId, StateKind, Year};

use super::catalogue::{self, CampEntry, Network, ObservedEntry, Rule, StandardEntry};
use super::{Coefficients, respond};
use crate::ModelError;
use crate::exposure::Lever;
use crate::goods::goods_matrix;
use crate::setting::Setting;

/// One camp of a standard.
#[derive(Clone, Debug, PartialEq)]
pub struct Camp {
    /// Identifier inside the standard.
    pub id: String,
    /// Name for people.
    pub label: String,
    /// Sponsors with their weight by GDP; weights sum to one.
    pub sponsors: Vec<(usize, f64)>,
    /// States that the table names as makers, not as members of a bloc: at home it starts strong.
    pub homes: Vec<usize>,
    /// Share of the camp in the world.
    pub world_share: f64,
}

/// One standard.
#[derive(Clone, Debug, PartialEq)]
pub struct Standard {
    /// Identifier.
    pub id: String,
    /// Name for people.
    pub label: String,
    /// What it is.
    pub description: String,
    /// Its camps.
    pub camps: Vec<Camp>,
    /// Position of its first camp among all camps.
    pub first: usize,
    /// Whose adoption counts for a state.
    pub network: Network,
    /// Camp that the hegemon sponsors, counted within the standard.
    pub hegemon_camp: Option<usize>,
    /// Known shares: (state, camp within the standard, share).
    pub observed: Vec<(usize, usize, f64)>,
    /// Acts of a sponsor that keep its camp from a state: denial and sanctions.
    pub withheld_by: Vec<Lever>,
    by_arms: bool,
}

/// What does not change along a path.
#[derive(Clone, Debug)]
pub struct Fixed {
    /// Number of states and economies.
    pub n: usize,
    /// Number of camps of all standards.
    pub camps: usize,
    /// Whether adoption is modelled; territories follow no standards of their own.
    pub covered: Vec<bool>,
    /// The standards.
    pub standards: Vec<Standard>,
    /// GDP at the start, million USD; zero where unknown.
    pub gdp: Vec<f64>,
    /// What was missing and what was done instead.
    pub notes: Vec<String>,
    /// Trade partners with weights, rows summing to one.
    trade: Vec<Vec<(usize, f64)>>,
    /// Pact partners with weights, rows summing to one; trade partners where there are none.
    pacts: Vec<Vec<(usize, f64)>>,
    /// Trade with the makers over the world's trade with them, by (state, camp); one if unknown.
    intensity: Vec<f64>,
    /// Deliveries of major arms from the makers, share of the world, by (state, camp).
    arms: Vec<f64>,
}

/// Share of a state's trade below which a partner is left out of its network.
const SMALLEST_PARTNER: f64 = 1e-4;
/// Trade intensity is kept above this share of the world's, so that no camp starts at zero.
const SMALLEST_INTENSITY: f64 = 0.01;

impl Fixed {
    /// Reads the newest observations not later than the start of `setting`.
    pub fn new(atlas: &Atlas, setting: &Setting) -> Result<Self, ModelError> {
        let n = atlas.n();
        let year = setting.start;
        let mut notes = Vec::new();
        let covered: Vec<bool> = atlas
            .states()
            .iter()
            .map(|s| s.kind != StateKind::Territory)
            .collect();
        let gdp_panel = atlas.state_series("gdp_usd_mn")?;
        let gdp: Vec<f64> = (0..n)
            .map(|i| {
                let known = gdp_panel.latest(StateId::from_index(i), year);
                if covered[i] {
                    known.map_or(0.0, |v| v.1)
                } else {
                    0.0
                }
            })
            .collect();
        let flows = two_way_trade(atlas, year, &covered)?;
        let trade = network(n, &flows, &covered);
        let ties = atlas.spells("defence_pact")?.matrix(n, year);
        let mut pacts = network(n, &ties, &covered);
        for (p, t) in pacts.iter_mut().zip(&trade) {
            if p.is_empty() {
                p.clone_from(t);
            }
        }
        let mut standards = Vec::new();
        let mut makers = Vec::new();
        for entry in catalogue::read()?.standards {
            let first = makers.len();
            let sets = entry
                .camps
                .iter()
                .map(|c| makers_of(atlas, c, year))
                .collect::<Result<Vec<_>, _>>()?;
            let world = world_shares(atlas, &entry, &sets, year, &mut notes)?;
            standards.push(standard(atlas, setting, &entry, first, &world, &gdp)?);
            makers.extend(sets);
        }
        let camps = makers.len();
        let without: Vec<&str> = atlas
            .states()
            .iter()
            .filter(|s| covered[s.id.index()] && trade[s.id.index()].is_empty())
            .map(|s| s.iso3.as_str())
            .collect();
        if !without.is_empty() {
            let list = without.join(", ");
            notes.push(format!(
                "trade: none known for {list}; world shares at the start"
            ));
        }
        Ok(Self {
            intensity: intensity(n, &flows, &covered, &makers),
            arms: arms(atlas, year, &makers, &mut notes)?,
            n,
            camps,
            covered,
            standards,
            gdp,
            notes,
            trade,
            pacts,
        })
    }

    /// Whether the share of some camp of the standard is written down for the state.
    pub fn is_observed(&self, s: &Standard, i: usize) -> bool {
        s.observed.iter().any(|o| o.0 == i)
    }

    /// Shares of the camps of a standard in state i at the start, without noise.
    pub(super) fn shares_at_start(&self, s: &Standard, i: usize, c: &Coefficients, x: &mut [f64]) {
        let at = i * self.camps + s.first;
        for (g, x) in x.iter_mut().enumerate() {
            let intensity = self.intensity[at + g].max(SMALLEST_INTENSITY);
            *x = s.camps[g].world_share * intensity.powf(c.intensity_exponent);
        }
        respond::normalise(x);
        if s.by_arms {
            let supplied = &self.arms[at..at + x.len()];
            let total: f64 = supplied.iter().sum();
            let weight = total / (total + c.arms_half_information);
            if total > 0.0 {
                for (x, a) in x.iter_mut().zip(supplied) {
                    *x = weight * a / total + (1.0 - weight) * *x;
                }
            }
        }
        let known = s
            .observed
            .iter()
            .rev()
            .find(|o| o.0 == i)
            .map(|o| (o.1, o.2))
            .or_else(|| {
                let home = s.camps.iter().position(|g| g.homes.contains(&i));
                home.map(|g| (g, c.home_share.max(x[g])))
            });
        if let Some((camp, share)) = known {
            let others: f64 = 1.0 - x[camp];
            for (g, x) in x.iter_mut().enumerate() {
                *x = if g == camp {
                    share
                } else {
                    *x * (1.0 - share) / others.max(1e-12)
                };
            }
        }
        for x in x.iter_mut() {
            *x = x.max(c.smallest_share);
        }
        respond::normalise(x);
    }

    /// `n_ig = Σ_j ω_ij x_jg` for all camps, each over the network of its standard.
    pub(super) fn neighbours(&self, shares: &[f64]) -> Vec<f64> {
        let camps = self.camps;
        let mut out = vec![0.0; self.n * camps];
        let by_pacts: Vec<(usize, usize)> = self
            .standards
            .iter()
            .filter(|s| s.network == Network::Pacts)
            .map(|s| (s.first, s.first + s.camps.len()))
            .collect();
        for i in (0..self.n).filter(|i| self.covered[*i]) {
            let row = &mut out[i * camps..(i + 1) * camps];
            for &(j, w) in &self.trade[i] {
                for (o, x) in row.iter_mut().zip(&shares[j * camps..(j + 1) * camps]) {
                    *o += w * x;
                }
            }
            for &(a, b) in &by_pacts {
                row[a..b].fill(0.0);
                for &(j, w) in &self.pacts[i] {
                    let partner = &shares[j * camps + a..j * camps + b];
                    for (o, x) in row[a..b].iter_mut().zip(partner) {
                        *o += w * x;
                    }
                }
            }
        }
        out
    }
}

/// Exports plus imports of each pair of covered states, million USD.
fn two_way_trade(atlas: &Atlas, year: Year, covered: &[bool]) -> Result<Vec<f64>, ModelError> {
    let n = covered.len();
    let Some((one_way, _)) = goods_matrix(atlas, year)? else {
        return Ok(vec![0.0; n * n]);
    };
    Ok((0..n * n)
        .map(|at| {
            let (i, j) = (at / n, at % n);
            let pair = i != j && covered[i] && covered[j];
            if pair {
                one_way[at] + one_way[j * n + i]
            } else {
                0.0
            }
        })
        .collect())
}

/// Rows of `m` as lists of partners with weights that sum to one.
fn network(n: usize, m: &[f64], covered: &[bool]) -> Vec<Vec<(usize, f64)>> {
    (0..n)
        .map(|i| {
            let row = &m[i * n..(i + 1) * n];
            let kept = |j: usize| j != i && covered[i] && covered[j];
            let total: f64 = (0..n).filter(|j| kept(*j)).map(|j| row[j]).sum();
            let list: Vec<(usize, f64)> = (0..n)
                .filter(|j| kept(*j) && row[*j] > SMALLEST_PARTNER * total)
                .map(|j| (j, row[j]))
                .collect();
            let sum: f64 = list.iter().map(|e| e.1).sum();
            list.into_iter().map(|(j, v)| (j, v / sum)).collect()
        })
        .collect()
}

fn intensity(n: usize, flows: &[f64], covered: &[bool], makers: &[Vec<usize>]) -> Vec<f64> {
    let camps = makers.len();
    let total: Vec<f64> = (0..n)
        .map(|i| flows[i * n..(i + 1) * n].iter().sum())
        .collect();
    let world: f64 = total.iter().sum();
    let mut out = vec![1.0; n * camps];
    for (g, set) in makers.iter().enumerate() {
        let with = |i: usize| set.iter().map(|m| flows[i * n + m]).sum::<f64>();
        let average = (0..n).map(with).sum::<f64>() / world;
        for i in (0..n).filter(|i| covered[*i] && total[*i] > 0.0) {
            out[i * camps + g] = with(i) / total[i] / average;
        }
    }
    out
}

/// Deliveries from the makers of each camp to each state over thirty years, share of the world.
fn arms(
    atlas: &Atlas,
    year: Year,
    makers: &[Vec<usize>],
    notes: &mut Vec<String>,
) -> Result<Vec<f64>, ModelError> {
    let (n, camps) = (atlas.n(), makers.len());
    let mut out = vec![0.0; n * camps];
    let panel = match atlas.item_dyads("arms_base_share_30y") {
        Ok(p) => p,
        Err(AtlasError::UnknownVariable { .. }) => {
            notes
                .push("arms_base_share_30y: not in the atlas; datalinks start by trade".to_owned());
            return Ok(out);
        }
        Err(e) => return Err(e.into()),
    };
    let Some(of) = panel
        .rows()
        .iter()
        .map(|r| r.3)
        .filter(|y| *y <= year)
        .max()
    else {
        notes.push("arms_base_share_30y: nothing known yet; datalinks start by trade".to_owned());
        return Ok(out);
    };
    for &(_, supplier, recipient, _, share) in panel.rows().iter().filter(|r| r.3 == of) {
        for (g, set) in makers.iter().enumerate() {
            if set.contains(&supplier.index()) {
                out[recipient.index() * camps + g] += share;
            }
        }
    }
    Ok(out)
}

fn members(
    atlas: &Atlas,
    codes: &[String],
    blocs: &[String],
    year: Year,
) -> Result<Vec<usize>, ModelError> {
    let mut ids = codes
        .iter()
        .map(|c| state(atlas, c))
        .collect::<Result<Vec<_>, _>>()?;
    for bloc in blocs {
        ids.extend(atlas.members(bloc, year)?.into_iter().map(StateId::index));
    }
    ids.sort_unstable();
    ids.dedup();
    Ok(ids)
}

pub(super) fn makers_of(
    atlas: &Atlas,
    c: &CampEntry,
    year: Year,
) -> Result<Vec<usize>, ModelError> {
    if c.makers.is_empty() && c.maker_blocs.is_empty() {
        members(atlas, &c.sponsors, &c.sponsor_blocs, year)
    } else {
        members(atlas, &c.makers, &c.maker_blocs, year)
    }
}

fn state(atlas: &Atlas, code: &str) -> Result<usize, ModelError> {
    atlas
        .states()
        .by_iso3(code)
        .map(StateId::index)
        .ok_or_else(|| ModelError::Fixed {
            domain: "standards",
            message: format!("data/standards/standards.toml names unknown state `{code}`"),
        })
}

/// World shares of the camps: written down, or from a variable summed over the makers.
fn world_shares(
    atlas: &Atlas,
    entry: &StandardEntry,
    makers: &[Vec<usize>],
    year: Year,
    notes: &mut Vec<String>,
) -> Result<Vec<f64>, ModelError> {
    let mut shares: Vec<f64> = match &entry.world {
        None => entry
            .camps
            .iter()
            .map(|c| c.world_share.as_ref().map_or(0.0, |n| n.value))
            .collect(),
        Some(variable) => {
            let panel = atlas.state_series(variable)?;
            let mut value = |i: usize| {
                let (years, values) = panel.series(StateId::from_index(i));
                let k = years.partition_point(|y| *y <= year);
                if k == 0 && !values.is_empty() {
                    let first = years[0];
                    let note = format!("{variable}: first known in {first}, used for {year}");
                    if !notes.contains(&note) {
                        notes.push(note);
                    }
                }
                // Known later only: a stock that moves slowly is taken as it was first seen.
                if k > 0 {
                    values[k - 1]
                } else {
                    values.first().copied().unwrap_or(0.0)
                }
            };
            makers
                .iter()
                .map(|set| set.iter().map(|i| value(*i)).sum::<f64>())
                .collect()
        }
    };
    if shares.iter().sum::<f64>() <= 0.0 {
        notes.push(format!(
            "{}: no world shares known; camps start equal",
            entry.id
        ));
        shares.fill(1.0);
    }
    respond::normalise(&mut shares);
    Ok(shares)
}

fn standard(
    atlas: &Atlas,
    setting: &Setting,
    entry: &StandardEntry,
    first: usize,
    world: &[f64],
    gdp: &[f64],
) -> Result<Standard, ModelError> {
    let year = setting.start;
    let mut camps = Vec::new();
    for (c, share) in entry.camps.iter().zip(world) {
        let sponsors = members(atlas, &c.sponsors, &c.sponsor_blocs, year)?;
        let total: f64 = sponsors.iter().map(|i| gdp[*i]).sum();
        let weight = |i: usize| {
            if total > 0.0 {
                gdp[i] / total
            } else {
                (sponsors.len() as f64).recip()
            }
        };
        camps.push(Camp {
            id: c.id.clone(),
            label: c.label.clone(),
            sponsors: sponsors.iter().map(|&i| (i, weight(i))).collect(),
            homes: members(
                atlas,
                if c.makers.is_empty() {
                    &c.sponsors
                } else {
                    &c.makers
                },
                &[],
                year,
            )?,
            world_share: *share,
        });
    }
    let hegemon = setting.hegemon.index();
    let observed = entry
        .observed
        .iter()
        .map(|o| observed(atlas, o, entry, year))
        .collect::<Result<Vec<_>, _>>()?
        .concat();
    Ok(Standard {
        id: entry.id.clone(),
        label: entry.label.clone(),
        description: entry.description.clone(),
        hegemon_camp: camps
            .iter()
            .position(|c| c.sponsors.iter().any(|s| s.0 == hegemon)),
        camps,
        first,
        network: entry.network,
        observed,
        withheld_by: entry.withheld_by.clone(),
        by_arms: entry.start == Rule::Arms,
    })
}

fn observed(
    atlas: &Atlas,
    o: &ObservedEntry,
    entry: &StandardEntry,
    year: Year,
) -> Result<Vec<(usize, usize, f64)>, ModelError> {
    let camp = entry.camps.iter().position(|c| c.id == o.camp).unwrap_or(0);
    let mut codes = o.states.clone();
    codes.extend(o.state.clone());
    let blocs: Vec<String> = o.bloc.iter().cloned().collect();
    let who = members(atlas, &codes, &blocs, year)?;
    Ok(who.into_iter().map(|i| (i, camp, o.share)).collect())
}
