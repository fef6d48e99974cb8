//! Who negotiates together, who is tied by an agreement, and the hazard of a new one.
//!
//! ```text
//! logit h_uv = a + b·(x_uv − x̄) + b_T ΔT_uv + b_H (hub_u + hub_v)
//! hub_u      = Σ_k (share of k in u's exports) · (tariff k has added on u), k outside the pair
//! ```
//!
//! `x` in the order of [`HAZARD_COLUMNS`]: log distance of the largest members, log of the product
//! of GDP shares, log ratio of GDPs, same region, log(1 + agreements) of both added,
//! log(1 + common partners), ideal-point distance (Baier & Bergstrand 2004, Baier, Bergstrand &
//! Mariutto 2014). ΔT is the mean change of trust over pairs of members. `hub` leaves out pairs in
//! which one raises tariffs on the other: it is diversification away from whoever does.

use realign_atlas::{Atlas, AtlasError, StateId, Year};
use realign_numerics::special::logistic;

use super::coefficients::{Coefficients, HAZARD_COLUMNS};
use crate::ModelError;

/// Blocs that conclude trade agreements as one (a fact about their treaties, with dates in the
/// atlas).
const NEGOTIATE_TOGETHER: [&str; 5] = ["EU", "EAEU", "EFTA", "GCC", "MERCOSUR"];

/// Number of covariates.
const K: usize = HAZARD_COLUMNS.len();

/// Means at which covariates are centred, so that the intercept is the hazard of a typical pair
/// and little correlated with the slopes.
pub const CENTRE: [f64; K] = [8.9, -16.6, 2.75, 0.18, 4.0, 0.17, 0.9];

/// States grouped by who negotiates together.
#[derive(Clone, Debug, PartialEq)]
pub struct Units {
    /// Unit of each state.
    pub of: Vec<u16>,
    /// States of each unit, ascending; units are in the order of their first state.
    pub members: Vec<Vec<usize>>,
}

impl Units {
    /// The units of a year; a bloc that the atlas does not know is no unit.
    pub fn new(atlas: &Atlas, year: Year) -> Result<Self, ModelError> {
        let n = atlas.n();
        let mut leader: Vec<usize> = (0..n).collect();
        for bloc in NEGOTIATE_TOGETHER {
            let members = atlas.members(bloc, year)?;
            if let Some(first) = members.first() {
                for m in &members {
                    leader[m.index()] = first.index();
                }
            }
        }
        let mut units = Self {
            of: vec![0; n],
            members: Vec::new(),
        };
        let mut number = vec![u16::MAX; n];
        for i in 0..n {
            let l = leader[i];
            if number[l] == u16::MAX {
                number[l] = units.members.len() as u16;
                units.members.push(Vec::new());
            }
            units.of[i] = number[l];
            units.members[usize::from(number[l])].push(i);
        }
        Ok(units)
    }

    /// Number of units.
    pub fn len(&self) -> usize {
        self.members.len()
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.members.is_empty()
    }
}

/// An agreement concluded or ended since the start, between two units (u < v).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Concluded {
    /// First unit.
    pub u: u16,
    /// Second unit.
    pub v: u16,
    /// Step at which it began or ended.
    pub step: u32,
}

/// Units, their ties and the covariates that do not change within a run.
#[derive(Clone, Debug, PartialEq)]
pub struct Network {
    /// Who negotiates together.
    pub units: Units,
    /// Units tied by an agreement: at least half of their pairs of members are. Units × units,
    /// symmetric, the diagonal true.
    pub tied: Vec<bool>,
    /// Centred covariates that stand still: all but `own` and `common`, which are zero here. By
    /// u · units + v for u < v.
    pub still: Vec<[f64; K]>,
    /// Whether the pair has every covariate.
    pub usable: Vec<bool>,
    /// GDP of each unit, million current USD; NaN where unknown.
    pub gdp_musd: Vec<f64>,
}

/// Positions of the covariates that ties change.
const OWN: usize = 4;
const COMMON: usize = 5;
/// Position of the common region.
pub(super) const SAME_REGION: usize = 3;

impl Network {
    /// Reads a year from the atlas. `Err` only when agreements or distances are missing.
    pub fn new(atlas: &Atlas, year: Year) -> Result<Self, ModelError> {
        Self::with_units(atlas, Units::new(atlas, year)?, year)
    }

    /// The same with units given, for instance those of a later year.
    pub fn with_units(atlas: &Atlas, units: Units, year: Year) -> Result<Self, ModelError> {
        let (n, k) = (atlas.n(), units.len());
        let tied = ties(atlas, &units, year)?;
        let distance = atlas.dyads("distance_km")?;
        let gdp = atlas.state_series("gdp_usd_mn")?;
        let ideal = match atlas.state_series("ideal_point") {
            Ok(p) => Some(p),
            Err(AtlasError::UnknownVariable { .. }) => None,
            Err(e) => return Err(e.into()),
        };
        let state = StateId::from_index;
        let gdp_of: Vec<f64> = (0..n)
            .map(|i| gdp.latest(state(i), year).map_or(f64::NAN, |v| v.1))
            .collect();
        let world: f64 = gdp_of.iter().filter(|g| g.is_finite()).sum();
        // GDP of a unit, its largest member, and that member's ideal point.
        let mut gdp_musd = vec![f64::NAN; k];
        let mut largest = vec![0usize; k];
        let mut point = vec![f64::NAN; k];
        for (u, members) in units.members.iter().enumerate() {
            let known = members.iter().copied().filter(|i| gdp_of[*i].is_finite());
            let Some(top) = known
                .clone()
                .max_by(|a, b| gdp_of[*a].total_cmp(&gdp_of[*b]))
            else {
                continue;
            };
            gdp_musd[u] = known.map(|i| gdp_of[i]).sum();
            largest[u] = top;
            if let Some(p) = ideal {
                point[u] = p.latest(state(top), year).map_or(f64::NAN, |v| v.1);
            }
        }
        let mut still = vec![[0.0; K]; k * k];
        let mut usable = vec![false; k * k];
        for u in 0..k {
            for v in u + 1..k {
                let (a, b) = (state(largest[u]), state(largest[v]));
                let km = distance
                    .latest(a, b, Year(i32::MAX))
                    .map_or(f64::NAN, |d| d.1);
                // A state that does not vote in the General Assembly counts as average.
                let apart = (point[u] - point[v]).abs();
                let affinity = if apart.is_finite() {
                    apart
                } else {
                    CENTRE[K - 1]
                };
                let (ra, rb) = (atlas.states().get(a), atlas.states().get(b));
                let x = [
                    km.max(1.0).ln(),
                    (gdp_musd[u] / world).ln() + (gdp_musd[v] / world).ln(),
                    (gdp_musd[u] / gdp_musd[v]).ln().abs(),
                    f64::from(u8::from(ra.region == rb.region)),
                    CENTRE[OWN],
                    CENTRE[COMMON],
                    affinity,
                ];
                let at = u * k + v;
                usable[at] = x.iter().all(|x| x.is_finite());
                for (c, x) in x.iter().enumerate() {
                    still[at][c] = x - CENTRE[c];
                }
            }
        }
        Ok(Self {
            units,
            tied,
            still,
            usable,
            gdp_musd,
        })
    }

    /// Every usable pair (u < v) without an agreement and its centred covariates, with ties as they
    /// are now, in order.
    pub fn open_pairs(&self, tied: &[bool]) -> Vec<(usize, usize, [f64; K])> {
        let (k, now) = (self.units.len(), Ties::new(self, tied));
        let open = (0..k * k).filter(|at| self.usable[*at] && !tied[*at]);
        open.map(|at| (at / k, at % k, now.covariates(at / k, at % k)))
            .collect()
    }

    /// Pairs that may conclude an agreement at given ties, with their hazards.
    pub fn candidates(&self, k: &Coefficients, tied: &[bool]) -> Vec<Candidate> {
        let candidate = |(u, v, x): (usize, usize, [f64; K])| Candidate {
            u: u as u16,
            v: v as u16,
            hazard: hazard(k, &x, 0.0, 0.0),
        };
        self.open_pairs(tied).into_iter().map(candidate).collect()
    }
}

/// A pair of units (u < v) that may conclude an agreement.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Candidate {
    /// First unit.
    pub u: u16,
    /// Second unit.
    pub v: u16,
    /// Probability a year at the start.
    pub hazard: f64,
}

/// Ties of units at one date, as covariates read them.
pub struct Ties<'a> {
    network: &'a Network,
    words: usize,
    bits: Vec<u64>,
    /// Agreements of each unit.
    pub degree: Vec<u32>,
    log_of: Vec<f64>,
}

impl<'a> Ties<'a> {
    /// Reads `tied`, units × units.
    pub fn new(network: &'a Network, tied: &[bool]) -> Self {
        let k = network.units.len();
        let words = k.div_ceil(64);
        let mut bits = vec![0u64; k * words];
        let mut degree = vec![0; k];
        for u in 0..k {
            for v in 0..k {
                if u != v && tied[u * k + v] {
                    bits[u * words + v / 64] |= 1 << (v % 64);
                    degree[u] += 1;
                }
            }
        }
        Self {
            network,
            words,
            bits,
            degree,
            log_of: (0..=k).map(|c| (c as f64).ln_1p()).collect(),
        }
    }

    /// Centred covariates of a usable pair u < v.
    pub fn covariates(&self, u: usize, v: usize) -> [f64; K] {
        let row = |u: usize| &self.bits[u * self.words..(u + 1) * self.words];
        let both = row(u).iter().zip(row(v)).map(|(a, b)| (a & b).count_ones());
        let own = |u: usize| self.log_of[self.degree[u] as usize];
        let mut x = self.network.still[u * self.degree.len() + v];
        x[OWN] = own(u) + own(v) - CENTRE[OWN];
        x[COMMON] = self.log_of[both.sum::<u32>() as usize] - CENTRE[COMMON];
        x
    }
}

/// Largest factor by which hazards may have moved since the start, as a factor of each of the two
/// units: a pair's is their product. `then` and `now` are agreements of each unit, `hub` the shock
/// that each meets, `trust` the largest change of trust of any pair.
///
/// A logistic function grows by at most the factor e^d when its argument does by d, and ln(1+a+b)
/// ≤ ln(1+a) + ln(1+b).
pub fn largest_factors(
    k: &Coefficients,
    (then, now): (&[u32], &[u32]),
    hub: &[f64],
    trust: f64,
) -> Vec<f64> {
    let [own, common] = [OWN, COMMON].map(|c| k.hazard[c].abs());
    let of_all = 0.5 * k.agreement_trust.abs() * trust;
    let log = |d: u32| f64::from(d).ln_1p();
    let factor = |((then, now), hub): ((&u32, &u32), &f64)| {
        let ties = own * (log(*now) - log(*then)).abs() + common * log(now.abs_diff(*then));
        (of_all + ties + k.agreement_hubshock.abs() * hub.abs()).exp()
    };
    then.iter().zip(now).zip(hub).map(factor).collect()
}

/// Ties of units in a year: at least half of the pairs of members have an agreement in force.
pub(super) fn ties(atlas: &Atlas, units: &Units, year: Year) -> Result<Vec<bool>, ModelError> {
    let k = units.len();
    let mut count = vec![0u32; k * k];
    let mut seen: Option<(usize, usize)> = None;
    for s in atlas.spells("trade_agreement")?.rows() {
        if s.start > year || s.end.is_some_and(|e| e <= year) {
            continue;
        }
        let pair = (s.a.index(), s.b.index());
        // Rows are sorted by pair: overlapping agreements of a pair count once.
        if seen == Some(pair) {
            continue;
        }
        seen = Some(pair);
        let (u, v) = (usize::from(units.of[pair.0]), usize::from(units.of[pair.1]));
        count[u * k + v] += 1;
        count[v * k + u] += 1;
    }
    let size = |u: usize| units.members[u].len() as u32;
    Ok((0..k * k)
        .map(|at| at / k == at % k || 2 * count[at] >= size(at / k) * size(at % k) && count[at] > 0)
        .collect())
}

/// Probability a year of a new agreement between a pair with centred covariates `x`, a mean change
/// of trust (SD) and a hub shock.
pub fn hazard(k: &Coefficients, x: &[f64; K], trust: f64, hub: f64) -> f64 {
    logistic(log_odds(k, x, trust, hub))
}

/// Log odds of [`hazard`].
pub fn log_odds(k: &Coefficients, x: &[f64; K], trust: f64, hub: f64) -> f64 {
    let base: f64 = k.hazard.iter().zip(x).map(|(b, x)| b * x).sum();
    k.hazard_intercept + base + k.agreement_trust * trust + k.agreement_hubshock * hub
}
