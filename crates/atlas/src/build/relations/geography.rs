//! Distance, contiguity, language.

use std::collections::BTreeMap;

use super::symmetric;
use crate::AtlasError;
use crate::build::Report;
use crate::build::codes::Iso3;
use crate::build::raw::Raw;
use crate::build::tables::DyadRow;

const CEPII: &str = "trade/gravity_panels/dist_cepii.csv.gz";
const CAPITALS: &str = "security/geography/cow_capitals.csv";
const COUNTRIES: &str = "general/countries.json.gz";
const CONTIGUITY: &str = "security/geography/cow_contdir.csv";
const MINIMUM: &str = "security/geography/cow_mindist_1945_2019.csv.gz";

/// Year under which what does not change is stored.
const TIMELESS: i32 = 1900;
/// First and last year of the contiguity spells that are kept.
const CONTIGUITY_YEARS: std::ops::RangeInclusive<i32> = 1945..=2016;
/// Only the newest minimum distances are kept.
const MINIMUM_YEAR: i32 = 2019;
/// The list keeps the border of East Pakistan for Pakistan: (a, b, first year without it).
const ENDED: &[(&str, &str, i32)] = &[("MMR", "PAK", 1971)];
/// Maps of the two distances differ by as much; a shortest distance beyond is an error of the source.
const DISTANCE_SLACK_KM: f64 = 100.0;
/// Contiguity over land or a river in the COW list.
const LAND: i32 = 1;
const EARTH_RADIUS_KM: f64 = 6371.0;

type Pair = (Iso3, Iso3);

pub(super) fn read(raw: &Raw, report: &mut Report) -> Result<Vec<DyadRow>, AtlasError> {
    let cepii = cepii(raw, report)?;
    let places = places(raw)?;
    let contiguous = contiguous(raw, report)?;
    let states: Vec<Iso3> = raw.codes.states.iter().copied().collect();
    let mut rows = Vec::new();
    for (i, a) in states.iter().enumerate() {
        for b in &states[i..] {
            let known = cepii.get(&(*a, *b));
            let distance = known.and_then(|k| k.distance_km).or_else(|| {
                Some(if a == b {
                    places.get(a)?.internal_km
                } else {
                    great_circle_km(places.get(a)?.at, places.get(b)?.at)
                })
            });
            if let Some(km) = distance {
                rows.push(symmetric("distance_km", *a, *b, TIMELESS, km));
            }
            if a == b {
                continue;
            }
            if let Some(common) = known.and_then(|k| k.common_language) {
                rows.push(symmetric("common_language", *a, *b, TIMELESS, common));
            }
            match contiguous.pairs.get(&(*a, *b)) {
                Some(spells) => changes(*a, *b, spells, &mut rows),
                None if contiguous.covers(*a) && contiguous.covers(*b) => {
                    rows.push(symmetric("contiguity", *a, *b, TIMELESS, 0.0));
                }
                // Economies outside the COW list take the contiguity of CEPII.
                None => {
                    if let Some(touching) = known.and_then(|k| k.contiguous) {
                        rows.push(symmetric("contiguity", *a, *b, TIMELESS, touching));
                    }
                }
            }
        }
    }
    rows.extend(minimum(raw, &rows, report)?);
    Ok(rows)
}

/// What CEPII says about a pair.
struct Known {
    distance_km: Option<f64>,
    contiguous: Option<f64>,
    common_language: Option<f64>,
}

fn cepii(raw: &Raw, report: &mut Report) -> Result<BTreeMap<Pair, Known>, AtlasError> {
    let csv = raw.csv(CEPII)?;
    let (from, to) = (csv.col("iso_o")?, csv.col("iso_d")?);
    let (weighted, simple) = (csv.col("distw")?, csv.col("dist")?);
    let (touching, language) = (csv.col("contig")?, csv.col("comlang_off")?);
    let mut known = BTreeMap::new();
    for row in csv.rows() {
        let Some(a) = report.keep(CEPII, raw.codes.iso3(row.text(from))) else {
            continue;
        };
        let Some(b) = report.keep(CEPII, raw.codes.iso3(row.text(to))) else {
            continue;
        };
        if a > b {
            continue;
        }
        // The file still has Yugoslavia; its distances serve Serbia, its borders do not.
        let dissolved = row.text(from) == "YUG" || row.text(to) == "YUG";
        let entry = Known {
            distance_km: match row.number(weighted)? {
                Some(km) => Some(km),
                None => row.number(simple)?,
            },
            contiguous: row.number(touching)?.filter(|_| !dissolved),
            common_language: row.number(language)?,
        };
        known.insert((a, b), entry);
    }
    Ok(known)
}

/// Where a state is, for what CEPII lacks.
struct Place {
    at: (f64, f64),
    internal_km: f64,
}

/// The newest capital in the COW list, else the point and area of the list of countries.
fn places(raw: &Raw) -> Result<BTreeMap<Iso3, Place>, AtlasError> {
    let mut places = BTreeMap::new();
    for row in raw.json(COUNTRIES)?.as_array().into_iter().flatten() {
        let Ok(iso) = raw.codes.iso3(row["cca3"].as_str().unwrap_or_default()) else {
            continue;
        };
        let (lat, lon) = (row["latlng"][0].as_f64(), row["latlng"][1].as_f64());
        if let (Some(lat), Some(lon), Some(area)) = (lat, lon, row["area"].as_f64()) {
            // Mean distance between two points of a disc of that area, as CEPII approximates it.
            let internal_km = 0.67 * (area.max(1.0) / std::f64::consts::PI).sqrt();
            places.insert(
                iso,
                Place {
                    at: (lat, lon),
                    internal_km,
                },
            );
        }
    }
    let csv = raw.csv(CAPITALS)?;
    let (ccode, until) = (csv.col("ccode")?, csv.col("enddate")?);
    let (lat, lon) = (csv.col("lat")?, csv.col("lng")?);
    let mut newest: BTreeMap<Iso3, &str> = BTreeMap::new();
    for row in csv.rows() {
        let Ok(iso) = raw.codes.cow(row.must_int(ccode)?) else {
            continue;
        };
        let date = row.text(until);
        if newest.get(&iso).is_none_or(|d| *d <= date) {
            newest.insert(iso, date);
            if let Some(place) = places.get_mut(&iso) {
                place.at = (row.must(lat)?, row.must(lon)?);
            }
        }
    }
    Ok(places)
}

/// Haversine distance of two points given in degrees.
fn great_circle_km(p: (f64, f64), q: (f64, f64)) -> f64 {
    let (lat1, lat2) = (p.0.to_radians(), q.0.to_radians());
    let (dlat, dlon) = (lat2 - lat1, (q.1 - p.1).to_radians());
    let h = (dlat / 2.0).sin().powi(2) + lat1.cos() * lat2.cos() * (dlon / 2.0).sin().powi(2);
    2.0 * EARTH_RADIUS_KM * h.sqrt().min(1.0).asin()
}

/// Contiguity spells by pair, and who is in the list at all.
struct Contiguous {
    pairs: BTreeMap<Pair, Vec<(i32, i32)>>,
    listed: Vec<Iso3>,
}

impl Contiguous {
    fn covers(&self, state: Iso3) -> bool {
        self.listed.binary_search(&state).is_ok()
    }
}

fn contiguous(raw: &Raw, report: &mut Report) -> Result<Contiguous, AtlasError> {
    let csv = raw.csv(CONTIGUITY)?;
    let (ccode1, ccode2) = (csv.col("ccode1")?, csv.col("ccode2")?);
    let (kind, start, end) = (
        csv.col("conttype")?,
        csv.col("stdate")?,
        csv.col("enddate")?,
    );
    let mut pairs: BTreeMap<Pair, Vec<(i32, i32)>> = BTreeMap::new();
    for row in csv.rows() {
        if row.must_int(kind)? != LAND {
            continue;
        }
        let (one, two) = (row.must_int(ccode1)?, row.must_int(ccode2)?);
        let Some(a) = report.keep(CONTIGUITY, raw.codes.cow(one)) else {
            continue;
        };
        let Some(b) = report.keep(CONTIGUITY, raw.codes.cow(two)) else {
            continue;
        };
        if let (true, Some(from), Some(mut to)) = (a < b, row.year(start)?, row.year(end)?) {
            let ended = ENDED.iter().find(|e| e.0 == a.text() && e.1 == b.text());
            to = ended.map_or(to, |e| to.min(e.2));
            pairs.entry((a, b)).or_default().push((from, to));
        }
    }
    let csv = raw.csv("security/xwalk/cow_states.csv")?;
    let ccode = csv.col("ccode")?;
    let mut listed = Vec::new();
    for row in csv.rows() {
        listed.extend(raw.codes.cow(row.must_int(ccode)?).ok());
    }
    listed.sort_unstable();
    listed.dedup();
    Ok(Contiguous { pairs, listed })
}

/// One row at the beginning and one per change; the last year of the list stays in force.
fn changes(a: Iso3, b: Iso3, spells: &[(i32, i32)], rows: &mut Vec<DyadRow>) {
    let last = *CONTIGUITY_YEARS.end();
    let touching = |year: i32| {
        f64::from(
            spells
                .iter()
                .any(|(from, to)| *from <= year && (*to > year || *to >= last)),
        )
    };
    let mut before = touching(*CONTIGUITY_YEARS.start());
    rows.push(symmetric("contiguity", a, b, TIMELESS, before));
    for year in CONTIGUITY_YEARS.skip(1) {
        let now = touching(year);
        if now != before {
            rows.push(symmetric("contiguity", a, b, year, now));
            before = now;
        }
    }
}

fn minimum(
    raw: &Raw,
    distances: &[DyadRow],
    report: &mut Report,
) -> Result<Vec<DyadRow>, AtlasError> {
    let centres: BTreeMap<Pair, f64> = distances
        .iter()
        .filter(|r| r.0 == "distance_km")
        .map(|r| ((r.1, r.2), r.4))
        .collect();
    let csv = raw.csv(MINIMUM)?;
    let (ccode1, ccode2) = (csv.col("ccode1")?, csv.col("ccode2")?);
    let (year, distance) = (csv.col("year")?, csv.col("mindist")?);
    let mut rows = Vec::new();
    for row in csv.rows() {
        if row.must_int(year)? != MINIMUM_YEAR {
            continue;
        }
        let (one, two) = (row.must_int(ccode1)?, row.must_int(ccode2)?);
        let Some(a) = report.keep(MINIMUM, raw.codes.cow(one)) else {
            continue;
        };
        let Some(b) = report.keep(MINIMUM, raw.codes.cow(two)) else {
            continue;
        };
        if let (true, Some(km)) = (a != b, row.number(distance)?) {
            let centre = centres.get(&(a.min(b), a.max(b)));
            if centre.is_some_and(|c| km > c + DISTANCE_SLACK_KM) {
                report.drop_row(MINIMUM, "longer than the distance of the populations");
                continue;
            }
            rows.push(symmetric("min_distance_km", a, b, MINIMUM_YEAR, km.round()));
        }
    }
    Ok(rows)
}

#[cfg(test)]
mod tests {
    use super::great_circle_km;

    #[test]
    fn ref_great_circle() {
        // Paris to New York, 5,837 km on a sphere (standard textbook case).
        let km = great_circle_km((48.8566, 2.3522), (40.7128, -74.0060));
        assert!((km - 5837.0).abs() < 5.0, "{km}");
        // A quarter of the equator.
        let quarter = great_circle_km((0.0, 0.0), (0.0, 90.0));
        assert!((quarter - 6371.0 * std::f64::consts::FRAC_PI_2).abs() < 1e-6);
    }
}
