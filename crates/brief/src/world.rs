//! The world map: Natural Earth 1:110 m, decoded from TopoJSON and projected with Equal Earth.
//!
//! Areas that states dispute stand apart: they are filled only with an estimate of their own.

use serde::Deserialize;

use crate::BriefError;

static DATA: &str = include_str!("../data/world-110m.json");

/// Width of the projected map.
pub const WIDTH: f64 = 2000.0;
/// Meridian in the middle of the map, degrees east: no area is cut at the edge.
const CENTRE: f64 = 11.0;
/// Southern edge, degrees: below it lies only Antarctica.
const SOUTH: f64 = -58.0;

/// Code, name, whether disputed (0 or 1), polygons of rings of arcs.
type RawArea = (String, String, u8, Vec<Vec<Vec<i64>>>);

#[derive(Deserialize)]
struct Raw {
    scale: [f64; 2],
    translate: [f64; 2],
    arcs: Vec<Vec<[i64; 2]>>,
    areas: Vec<RawArea>,
    points: Vec<(String, String, f64, f64)>,
}

/// An area of the map.
#[derive(Clone, Debug)]
pub struct Area {
    /// ISO3 code, or a code of the map's own beginning with X.
    pub iso3: String,
    /// Name on the map.
    pub name: String,
    /// Whether states dispute the whole of it.
    pub disputed: bool,
    /// Rings in map units, x right, y down.
    pub rings: Vec<Vec<(f64, f64)>>,
}

/// A state too small for this scale.
#[derive(Clone, Debug)]
pub struct Point {
    /// ISO3 code.
    pub iso3: String,
    /// Name.
    pub name: String,
    /// Place in map units.
    pub at: (f64, f64),
}

/// The map.
#[derive(Clone, Debug)]
pub struct World {
    /// Areas, sorted by code.
    pub areas: Vec<Area>,
    /// States too small for this scale, sorted by code.
    pub points: Vec<Point>,
    /// Height in map units.
    pub height: f64,
}

/// Equal Earth in units of the sphere's radius; eqs. (1)–(3) of Šavrič, Patterson & Jenny 2018.
fn equal_earth(lambda: f64, phi: f64) -> (f64, f64) {
    const A: [f64; 4] = [1.340264, -0.081106, 0.000893, 0.003796];
    let root = 3f64.sqrt();
    let theta = (root / 2.0 * phi.sin()).asin();
    let t2 = theta * theta;
    let t6 = t2 * t2 * t2;
    let x = 2.0 * root * lambda * theta.cos()
        / (3.0 * (A[0] + 3.0 * A[1] * t2 + t6 * (7.0 * A[2] + 9.0 * A[3] * t2)));
    let y = theta * (A[0] + A[1] * t2 + t6 * (A[2] + A[3] * t2));
    (x, y)
}

fn radius() -> f64 {
    WIDTH / 2.0 / equal_earth(std::f64::consts::PI, 0.0).0
}

/// Map units of a place; `lon` may lie beyond ±180° if its ring crosses that meridian.
pub fn project(lon: f64, lat: f64) -> (f64, f64) {
    let r = radius();
    let (x, y) = equal_earth((lon - CENTRE).to_radians(), lat.to_radians());
    (
        WIDTH / 2.0 + r * x,
        r * (equal_earth(0.0, std::f64::consts::FRAC_PI_2).1 - y),
    )
}

/// A longitude within half a turn of the middle of the map.
fn near(lon: f64) -> f64 {
    let mut lon = lon;
    while lon > CENTRE + 180.0 {
        lon -= 360.0;
    }
    while lon < CENTRE - 180.0 {
        lon += 360.0;
    }
    lon
}

/// The outline of the sphere down to the southern edge.
pub fn outline() -> Vec<(f64, f64)> {
    let latitudes: Vec<f64> = (0..=37).map(|k| 90.0 - 4.0 * f64::from(k)).collect();
    let side = |lon: f64| latitudes.iter().map(move |l| project(lon, l.max(SOUTH)));
    let mut out: Vec<_> = side(CENTRE + 180.0).collect();
    let mut west: Vec<_> = side(CENTRE - 180.0).collect();
    west.reverse();
    out.extend(west);
    out
}

/// Decodes and projects the map.
pub fn load() -> Result<World, BriefError> {
    let raw: Raw = serde_json::from_str(DATA).map_err(|e| BriefError::World(e.to_string()))?;
    let arcs: Vec<Vec<(f64, f64)>> = raw
        .arcs
        .iter()
        .map(|arc| {
            let (mut x, mut y) = (0, 0);
            arc.iter()
                .map(|[dx, dy]| {
                    x += dx;
                    y += dy;
                    (
                        x as f64 * raw.scale[0] + raw.translate[0],
                        y as f64 * raw.scale[1] + raw.translate[1],
                    )
                })
                .collect()
        })
        .collect();
    let ring = |indices: &[i64]| -> Result<Vec<(f64, f64)>, BriefError> {
        let mut line: Vec<(f64, f64)> = Vec::new();
        for i in indices {
            let k = usize::try_from(if *i < 0 { !*i } else { *i }).unwrap_or(usize::MAX);
            let arc = arcs
                .get(k)
                .ok_or_else(|| BriefError::World(format!("no arc {i}")))?;
            let skip = usize::from(!line.is_empty());
            if *i < 0 {
                line.extend(arc.iter().rev().skip(skip));
            } else {
                line.extend(arc.iter().skip(skip));
            }
        }
        // Follow the ring across ±180°, then bring it to the middle of the map as a whole.
        for k in 1..line.len() {
            let turn = ((line[k - 1].0 - line[k].0) / 360.0).round() * 360.0;
            line[k].0 += turn;
        }
        let mean = line.iter().map(|p| p.0).sum::<f64>() / line.len().max(1) as f64;
        let shift = near(mean) - mean;
        Ok(line
            .into_iter()
            .map(|(lon, lat)| project(lon + shift, lat))
            .collect())
    };
    let areas = raw
        .areas
        .iter()
        .map(|(iso3, name, disputed, polygons)| {
            let rings = polygons
                .iter()
                .flatten()
                .map(|r| ring(r))
                .collect::<Result<_, _>>()?;
            Ok(Area {
                iso3: iso3.clone(),
                name: name.clone(),
                disputed: *disputed == 1,
                rings,
            })
        })
        .collect::<Result<Vec<_>, BriefError>>()?;
    let points = raw
        .points
        .iter()
        .map(|(iso3, name, lon, lat)| Point {
            iso3: iso3.clone(),
            name: name.clone(),
            at: project(near(*lon), *lat),
        })
        .collect();
    Ok(World {
        areas,
        points,
        height: project(CENTRE, SOUTH).1,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Half the width over the radius, and the pole's height, as published with the projection.
    const X_MAX: f64 = 2.706_629_827_7;
    const Y_MAX: f64 = 1.317_362_759_2;

    #[test]
    fn ref_equal_earth_reaches_its_published_extent() {
        assert!((equal_earth(std::f64::consts::PI, 0.0).0 - X_MAX).abs() < 1e-6);
        assert!((equal_earth(0.0, std::f64::consts::FRAC_PI_2).1 - Y_MAX).abs() < 1e-6);
    }

    #[test]
    fn prop_every_area_lies_on_the_map() {
        let w = load().expect("the embedded map");
        assert!(w.areas.len() > 170);
        for a in &w.areas {
            assert!(!a.rings.is_empty(), "{}", a.iso3);
            for (x, y) in a.rings.iter().flatten() {
                assert!((-1.0..=WIDTH + 1.0).contains(x), "{} x {x}", a.iso3);
                assert!((-1.0..=w.height + 1.0).contains(y), "{} y {y}", a.iso3);
            }
        }
    }

    #[test]
    fn prop_no_ring_is_torn_across_the_map() {
        for a in load().expect("the embedded map").areas {
            for r in &a.rings {
                for w in r.windows(2) {
                    let step = (w[0].0 - w[1].0).abs();
                    assert!(step < WIDTH / 5.0, "{}: step of {step}", a.iso3);
                }
            }
        }
    }
}
