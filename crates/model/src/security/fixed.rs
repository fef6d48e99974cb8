//! What security reads from the atlas once.

use realign_atlas::{
    Atlas, AtlasError, DyadPanel, Spell, Spells, StateId, StateKind, StatePanel, Year,
};

use super::covariates::{PairCovariates, Profile};
use super::threat;
use super::ties::Ties;
use crate::ModelError;
use crate::setting::Setting;

/// Hostility level of a militarised dispute from which force was displayed (COW coding).
const DISPLAY_OF_FORCE: f64 = 3.0;
/// Years of disputes that count, up to the last year the record knows.
const DISPUTE_WINDOW_YEARS: i32 = 15;
/// Nuclear status from which a state possesses weapons.
const POSSESSES: f64 = 3.0;
/// Nuclear status from which a state pursues weapons.
const PURSUES: f64 = 2.0;
const EARTH_RADIUS_KM: f64 = 6371.0;

/// Entry of [`Fixed::pair_at`] for pairs one of which has no foreign relations.
pub const NO_PAIR: u32 = u32::MAX;

/// Position of each ordered pair in `pairs`.
pub(super) fn positions(pairs: &[Pair], n: usize) -> Vec<u32> {
    let mut at = vec![NO_PAIR; n * n];
    for (k, p) in pairs.iter().enumerate() {
        let (i, j) = (usize::from(p.i), usize::from(p.j));
        at[i * n + j] = k as u32;
        at[j * n + i] = k as u32;
    }
    at
}

/// A standing organisation or bloc and its members at the start.
#[derive(Clone, Debug, PartialEq)]
pub struct Bloc {
    /// Short name, such as `NATO`.
    pub name: String,
    /// What kind of bloc.
    pub kind: String,
    /// Members, ascending.
    pub members: Vec<usize>,
}

impl Bloc {
    /// Whether the entries are only the partners of one state in treaties of their own.
    pub fn is_list(&self) -> bool {
        self.name.contains("BILATERAL")
    }
}

/// An ordered pair of states both of which have foreign relations, i < j, with what does not change.
#[derive(Clone, Debug, PartialEq)]
pub struct Pair {
    /// First state.
    pub i: u16,
    /// Second state.
    pub j: u16,
    /// Covariates of the hazards without those that ties change.
    pub covariates: PairCovariates,
    /// Quiet years at the last year on record of disputes, as the logit of disputes counts them.
    pub quiet_years: u8,
}

/// What does not change along a path. Matrices are row-major over ordered pairs.
#[derive(Clone, Debug)]
pub struct Fixed {
    /// Number of states and economies.
    pub n: usize,
    /// Year at whose end the world is observed.
    pub start: Year,
    /// Last simulated year.
    pub horizon: Year,
    /// The state whose acts are examined.
    pub hegemon: usize,
    /// States at which conduct is aimed.
    pub targets: Vec<usize>,
    /// Whether the entry has foreign relations of its own; territories have no security.
    pub active: Vec<bool>,
    /// GDP, million current USD; NaN where unknown.
    pub gdp_musd: Vec<f64>,
    /// Military spending as a fraction of GDP; NaN where unknown.
    pub burden: Vec<f64>,
    /// Share of world military spending; NaN where unknown.
    pub spending_share: Vec<f64>,
    /// Composite index of national capability (CINC); NaN where unknown.
    pub cinc: Vec<f64>,
    /// Polyarchy 0–1; NaN where unknown.
    pub polyarchy: Vec<f64>,
    /// Whether the state possesses nuclear weapons.
    pub nuclear: Vec<bool>,
    /// Whether the state pursues or possesses nuclear weapons.
    pub pursues: Vec<bool>,
    /// Latent nuclear proficiency, SD over the states; NaN where unknown.
    pub latency_sd: Vec<f64>,
    /// Shortest distance, km, zero where the two touch.
    pub gap_km: Vec<f64>,
    /// Ongoing rivalry at its last observed year.
    pub rivalry: Ties,
    /// Peace scale, 0 rivalry to 1 community; NaN where unknown or in transition.
    pub peace: Vec<f64>,
    /// Militarised disputes with a display of force or more, in the last years on record.
    pub disputes: Vec<u16>,
    /// (stationing state, host, persons).
    pub troops: Vec<(usize, usize, f64)>,
    /// Defence pacts at the start.
    pub pacts: Ties,
    /// Defence cooperation agreements at the start, as last observed.
    pub cooperation: Ties,
    /// (guarantor, protégé) of designations weaker than a pact.
    pub designations: Vec<(StateId, StateId)>,
    /// Alliances whose members leave as members, not pair by pair.
    pub alliances: Vec<Bloc>,
    /// Every bloc in force at the start.
    pub blocs: Vec<Bloc>,
    /// Neighbourhoods: states of one subregion.
    pub neighbourhoods: Vec<Bloc>,
    /// Pairs with foreign relations, sorted by (i, j).
    pub pairs: Vec<Pair>,
    /// Position in `pairs` of each ordered pair, row-major; `NO_PAIR` without.
    pub pair_at: Vec<u32>,
    /// Years between the end of the record of disputes and the start.
    pub record_gap_years: i32,
    /// What was missing and what was done instead.
    pub notes: Vec<String>,
}

/// `None` for a variable that no table holds.
fn optional<T>(
    read: Result<T, AtlasError>,
    id: &str,
    notes: &mut Vec<String>,
) -> Result<Option<T>, ModelError> {
    match read {
        Ok(x) => Ok(Some(x)),
        Err(AtlasError::UnknownVariable { .. }) => {
            notes.push(format!("`{id}` is not in the atlas"));
            Ok(None)
        }
        Err(e) => Err(e.into()),
    }
}

fn newest(panel: Option<&StatePanel>, n: usize, year: Year) -> Vec<f64> {
    (0..n)
        .map(|i| {
            panel
                .and_then(|p| p.latest(StateId::from_index(i), year))
                .map_or(f64::NAN, |r| r.1)
        })
        .collect()
}

fn square(panel: Option<&DyadPanel>, n: usize, year: Year) -> Vec<f64> {
    panel.map_or_else(|| vec![f64::NAN; n * n], |p| p.matrix(year, f64::NAN))
}

/// Fills (i, j) from (j, i) where only one is known.
fn symmetrise(m: &mut [f64], n: usize) {
    for i in 0..n {
        for j in 0..n {
            if m[i * n + j].is_nan() {
                m[i * n + j] = m[j * n + i];
            }
        }
    }
}

/// Last year in which a layer records a beginning, not later than `year`.
fn last_beginning(spells: &Spells, year: Year) -> Option<Year> {
    spells
        .rows()
        .iter()
        .map(|s| s.start)
        .filter(|y| *y <= year)
        .max()
}

/// Spells that end before they start, named; they are never in force.
pub(super) fn reversed(
    what: &str,
    rows: &[Spell],
    iso3: impl Fn(StateId) -> String,
) -> Vec<String> {
    rows.iter()
        .filter_map(|s| {
            let end = s.end.filter(|e| *e < s.start)?;
            Some(format!(
                "the {what} of {} and {} ends in {end}, before it starts in {}: left out",
                iso3(s.a),
                iso3(s.b),
                s.start
            ))
        })
        .collect()
}

/// Ties in force in `year` between states with foreign relations.
pub(super) fn ties_in(spells: &Spells, n: usize, year: Year, active: &[bool]) -> Ties {
    let mut ties = Ties::empty(n);
    for s in spells.rows() {
        let (a, b) = (s.a.index(), s.b.index());
        if s.start <= year && s.end.is_none_or(|e| e > year) && active[a] && active[b] {
            ties.set(a, b, true);
        }
    }
    ties
}

impl Fixed {
    /// Reads the newest observations not later than the start of `setting`.
    pub fn new(atlas: &Atlas, setting: &Setting) -> Result<Self, ModelError> {
        let n = atlas.n();
        let year = setting.start;
        let mut notes = Vec::new();
        let active: Vec<bool> = atlas
            .states()
            .iter()
            .map(|s| s.kind != StateKind::Territory)
            .collect();

        let mut series = |id: &str| -> Result<Vec<f64>, ModelError> {
            let panel = optional(atlas.state_series(id), id, &mut notes)?;
            Ok(newest(panel, n, year))
        };
        let gdp_musd = series("gdp_usd_mn")?;
        let burden = series("milex_burden")?;
        let spending_share = series("milex_world_share")?;
        let cinc = series("cinc")?;
        let polyarchy = series("polyarchy")?;
        let status = series("nuclear_status")?;
        let latency = series("nuclear_latency")?;
        let ideal_point = series("ideal_point")?;
        if cinc.iter().chain(&spending_share).all(|x| x.is_nan()) {
            return Err(super::missing(
                "neither `cinc` nor `milex_world_share` has a value".into(),
            ));
        }

        let mut dyads = |id: &str| -> Result<Option<&DyadPanel>, ModelError> {
            optional(atlas.dyads(id), id, &mut notes)
        };
        let mut gap_km = square(dyads("min_distance_km")?, n, year);
        let mut distance = square(dyads("distance_km")?, n, year);
        let contiguity = square(dyads("contiguity")?, n, year);
        let mut peace = square(dyads("peace_scale")?, n, year);
        let hostility = dyads("mid_hostility")?;
        let stationed = dyads("troops")?;
        symmetrise(&mut gap_km, n);
        symmetrise(&mut distance, n);
        symmetrise(&mut peace, n);
        for p in &mut peace {
            if !(0.0..=1.0).contains(p) {
                *p = f64::NAN;
            }
        }
        let touches =
            |i: usize, j: usize| contiguity[i * n + j] > 0.0 || contiguity[j * n + i] > 0.0;
        let mut by_circle = 0usize;
        for (i, a) in atlas.states().iter().enumerate() {
            for (j, b) in atlas.states().iter().enumerate().filter(|(j, _)| *j != i) {
                let k = i * n + j;
                if distance[k].is_nan() {
                    distance[k] = great_circle_km((a.lat, a.lon), (b.lat, b.lon));
                    by_circle += usize::from(active[i] && active[j]);
                }
                if touches(i, j) {
                    gap_km[k] = 0.0;
                } else if gap_km[k].is_nan() {
                    gap_km[k] = distance[k];
                }
            }
        }
        if by_circle > 0 {
            notes.push(format!(
                "{by_circle} ordered pairs without a distance take the great circle between \
                 their coordinates"
            ));
        }

        let mut disputes = vec![0u16; n * n];
        let mut quiet_years: Vec<Option<i32>> = vec![None; n * n];
        let mut record_gap_years = 0;
        if let Some(panel) = hostility {
            let last = panel
                .rows()
                .map(|r| r.2)
                .filter(|y| *y <= year)
                .max()
                .unwrap_or(year);
            record_gap_years = (year - last).max(0);
            for (a, b, y, level) in panel.rows() {
                if y > last || level < DISPLAY_OF_FORCE {
                    continue;
                }
                for k in [a.index() * n + b.index(), b.index() * n + a.index()] {
                    let since = last - y;
                    quiet_years[k] = Some(quiet_years[k].map_or(since, |q| q.min(since)));
                }
                if last - y < DISPUTE_WINDOW_YEARS {
                    for k in [a.index() * n + b.index(), b.index() * n + a.index()] {
                        disputes[k] = disputes[k].saturating_add(1);
                    }
                }
            }
            // Stored both ways, each year of a dispute would count twice.
            for i in 0..n {
                for j in i + 1..n {
                    let both = disputes[i * n + j];
                    let (a, b) = (StateId::from_index(i), StateId::from_index(j));
                    let ways = usize::from(!panel.series(a, b).0.is_empty())
                        + usize::from(!panel.series(b, a).0.is_empty());
                    if ways == 2 {
                        disputes[i * n + j] = both.div_ceil(2);
                        disputes[j * n + i] = both.div_ceil(2);
                    }
                }
            }
        }
        let mut troops = Vec::new();
        if let Some(panel) = stationed {
            // The newest count on record; a host without a row in that year has no forces.
            let last = panel
                .rows()
                .map(|r| r.2)
                .filter(|y| *y <= year)
                .max()
                .unwrap_or(year);
            troops.extend(
                panel
                    .rows()
                    .filter(|(a, b, y, persons)| *y == last && a != b && *persons > 0.0)
                    .map(|(a, b, _, persons)| (a.index(), b.index(), persons)),
            );
        }

        let mut layer = |id: &str| -> Result<Option<&Spells>, ModelError> {
            optional(atlas.spells(id), id, &mut notes)
        };
        let pact_spells = layer("defence_pact")?;
        let cooperation_spells = layer("defence_cooperation")?;
        let rivalry_spells = layer("rivalry")?;
        let designation_spells = layer("us_mnna")?;
        for (what, spells) in [
            ("defence pact", pact_spells),
            ("cooperation agreement", cooperation_spells),
            ("rivalry", rivalry_spells),
            ("designation", designation_spells),
        ] {
            let iso3 = |s: StateId| atlas.states().iso3(s).to_owned();
            notes.extend(spells.map_or_else(Vec::new, |s| reversed(what, s.rows(), iso3)));
        }
        let at =
            |s: Option<&Spells>| s.map_or_else(|| Ties::empty(n), |s| ties_in(s, n, year, &active));
        let mut pacts = at(pact_spells);
        let cooperation = at(cooperation_spells);
        let rivalry = at(rivalry_spells);
        if let Some(last) = cooperation_spells.and_then(|s| last_beginning(s, year))
            && last < year
        {
            notes.push(format!(
                "defence cooperation agreements after {last} are unknown"
            ));
        }
        let designations: Vec<(StateId, StateId)> = designation_spells
            .map(|s| {
                s.rows()
                    .iter()
                    .filter(|r| r.start <= year && r.end.is_none_or(|e| e > year))
                    .map(|r| (r.a, r.b))
                    .collect()
            })
            .unwrap_or_default();

        let mut blocs = Vec::new();
        for name in atlas.blocs()? {
            let members: Vec<usize> = atlas
                .members(name, year)?
                .into_iter()
                .map(StateId::index)
                .filter(|i| active[*i])
                .collect();
            let kind = atlas
                .memberships()?
                .iter()
                .find(|m| m.bloc == name)
                .map_or(String::new(), |m| m.kind.clone());
            if members.len() > 1 {
                blocs.push(Bloc {
                    name: name.to_owned(),
                    kind,
                    members,
                });
            }
        }
        let alliances: Vec<Bloc> = blocs
            .iter()
            .filter(|b| b.kind == "alliance" && !b.is_list())
            .cloned()
            .collect();
        for alliance in &alliances {
            for (x, &i) in alliance.members.iter().enumerate() {
                for &j in &alliance.members[x + 1..] {
                    pacts.set(i, j, true);
                }
            }
        }

        let mut neighbourhoods: Vec<Bloc> = Vec::new();
        for (i, s) in atlas
            .states()
            .iter()
            .enumerate()
            .filter(|(i, _)| active[*i])
        {
            match neighbourhoods.iter_mut().find(|b| b.name == s.subregion) {
                Some(b) => b.members.push(i),
                None => neighbourhoods.push(Bloc {
                    name: s.subregion.clone(),
                    kind: "neighbourhood".to_owned(),
                    members: vec![i],
                }),
            }
        }
        neighbourhoods.retain(|b| b.members.len() > 1 && !b.name.is_empty());
        neighbourhoods.sort_by(|a, b| a.name.cmp(&b.name));

        let profiles: Vec<Profile> = (0..n)
            .map(|i| Profile {
                cinc: cinc[i],
                polyarchy: polyarchy[i],
                ideal_point: ideal_point[i],
            })
            .collect();
        let mut pairs = Vec::new();
        for i in (0..n).filter(|i| active[*i]) {
            for j in (i + 1..n).filter(|j| active[*j]) {
                let covariates = PairCovariates::new(
                    &profiles[i],
                    &profiles[j],
                    distance[i * n + j],
                    touches(i, j),
                    rivalry.has(i, j),
                );
                pairs.push(Pair {
                    i: i as u16,
                    j: j as u16,
                    covariates,
                    quiet_years: threat::quiet_years(quiet_years[i * n + j]),
                });
            }
        }

        let count = |v: &[f64]| (0..n).filter(|i| active[*i] && v[*i].is_nan()).count();
        for (what, values) in [
            ("military burden", &burden),
            ("share of world military spending", &spending_share),
            ("capability index", &cinc),
            ("GDP", &gdp_musd),
        ] {
            if count(values) > 0 {
                notes.push(format!("{} states have no {what}", count(values)));
            }
        }

        Ok(Self {
            n,
            start: year,
            horizon: setting.horizon,
            hegemon: setting.hegemon.index(),
            targets: setting
                .targets
                .iter()
                .map(|t| t.index())
                .filter(|t| active[*t])
                .collect(),
            gdp_musd,
            burden,
            spending_share,
            cinc,
            polyarchy,
            nuclear: status.iter().map(|s| *s >= POSSESSES).collect(),
            pursues: status.iter().map(|s| *s >= PURSUES).collect(),
            latency_sd: standardise(latency, &active),
            gap_km,
            rivalry,
            peace,
            disputes,
            troops,
            pacts,
            cooperation,
            designations,
            alliances,
            blocs,
            neighbourhoods,
            pair_at: positions(&pairs, n),
            pairs,
            active,
            record_gap_years,
            notes,
        })
    }
}

impl Fixed {
    /// The pair of i and j in either order; `None` where one has no foreign relations.
    pub fn pair(&self, i: usize, j: usize) -> Option<&Pair> {
        self.position(i, j).map(|at| &self.pairs[at])
    }

    /// Position of the pair of i and j in [`Fixed::pairs`], in either order.
    pub fn position(&self, i: usize, j: usize) -> Option<usize> {
        let at = self.pair_at[i * self.n + j];
        (at != NO_PAIR).then_some(at as usize)
    }

    /// Whether i belongs to the bloc of this name at the start.
    pub fn is_member(&self, bloc: &str, i: usize) -> bool {
        self.blocs
            .iter()
            .any(|b| b.name == bloc && b.members.binary_search(&i).is_ok())
    }
}

fn standardise(values: Vec<f64>, active: &[bool]) -> Vec<f64> {
    let known: Vec<f64> = values
        .iter()
        .zip(active)
        .filter(|(v, a)| v.is_finite() && **a)
        .map(|(v, _)| *v)
        .collect();
    let mean = known.iter().sum::<f64>() / known.len() as f64;
    let sd = (known.iter().map(|v| (v - mean).powi(2)).sum::<f64>() / known.len() as f64).sqrt();
    if sd > 0.0 {
        values.iter().map(|v| (v - mean) / sd).collect()
    } else {
        values
    }
}

/// Distance on the sphere, km, of two points (latitude, longitude) in degrees.
fn great_circle_km(a: (f64, f64), b: (f64, f64)) -> f64 {
    let (p, q) = (a.0.to_radians(), b.0.to_radians());
    let half = |x: f64| (x / 2.0).sin().powi(2);
    let h = half(q - p) + p.cos() * q.cos() * half((b.1 - a.1).to_radians());
    2.0 * EARTH_RADIUS_KM * h.sqrt().min(1.0).asin()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ref_great_circle_of_a_quarter_meridian() {
        let quarter = great_circle_km((0.0, 10.0), (90.0, 0.0));
        assert!((quarter - EARTH_RADIUS_KM * std::f64::consts::FRAC_PI_2).abs() < 1e-9);
    }
}
