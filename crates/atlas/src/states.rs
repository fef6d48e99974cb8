//! Who is in the atlas.

use crate::columns::Columns;
use crate::{AtlasError, StateId};

/// What an entry is. The program takes no position on status: this says where data come from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum StateKind {
    /// Member of the United Nations.
    Member,
    /// Not a member, with foreign relations of its own in the data (Kosovo, Palestine, Taiwan).
    Other,
    /// An economy that trade statistics report apart (Hong Kong, Greenland, …): it trades in the
    /// model and has no foreign policy of its own.
    Territory,
}

/// A state or economy.
#[derive(Clone, Debug)]
pub struct State {
    /// Its index.
    pub id: StateId,
    /// ISO 3166 alpha-3 code (`XKX` for Kosovo).
    pub iso3: String,
    /// Common name.
    pub name: String,
    /// Official name.
    pub official: String,
    /// Demonym or adjective, such as `Canadian`.
    pub demonym: String,
    /// Other names, historical ones among them.
    pub aliases: Vec<String>,
    /// What it is.
    pub kind: StateKind,
    /// Continent-sized region.
    pub region: String,
    /// Region within it.
    pub subregion: String,
    /// Capital city, may be empty.
    pub capital: String,
    /// Latitude, degrees.
    pub lat: f64,
    /// Longitude, degrees.
    pub lon: f64,
    /// Area, km².
    pub area_km2: f64,
}

/// The states and economies, sorted by ISO3 code.
#[derive(Debug)]
pub struct States {
    rows: Vec<State>,
    by_code: Vec<u16>,
}

const NONE: u16 = u16::MAX;

fn slot(code: &[u8]) -> Option<usize> {
    if code.len() != 3 || !code.iter().all(u8::is_ascii_uppercase) {
        return None;
    }
    Some(code.iter().fold(0, |k, c| k * 26 + usize::from(c - b'A')))
}

impl States {
    pub(crate) fn new(mut rows: Vec<State>) -> Self {
        rows.sort_by(|a, b| a.iso3.cmp(&b.iso3));
        let mut by_code = vec![NONE; 26 * 26 * 26];
        for (k, s) in rows.iter_mut().enumerate() {
            s.id = StateId::from_index(k);
            if let Some(c) = slot(s.iso3.as_bytes()) {
                by_code[c] = k as u16;
            }
        }
        Self { rows, by_code }
    }

    pub(crate) fn decode(c: &Columns) -> Result<Self, AtlasError> {
        let (iso3, name, official) = (c.text("iso3")?, c.text("name")?, c.text("official")?);
        let (demonym, aliases, kind) = (c.text("demonym")?, c.text("aliases")?, c.text("kind")?);
        let (region, subregion) = (c.text("region")?, c.text("subregion")?);
        let capital = c.text("capital")?;
        let (lat, lon, area) = (c.real("lat")?, c.real("lon")?, c.real("area_km2")?);
        let rows = (0..c.rows())
            .map(|i| State {
                id: StateId(0),
                iso3: iso3.get(i).to_owned(),
                name: name.get(i).to_owned(),
                official: official.get(i).to_owned(),
                demonym: demonym.get(i).to_owned(),
                aliases: aliases
                    .get(i)
                    .split(';')
                    .filter(|a| !a.is_empty())
                    .map(str::to_owned)
                    .collect(),
                kind: match kind.get(i) {
                    "member" => StateKind::Member,
                    "territory" => StateKind::Territory,
                    _ => StateKind::Other,
                },
                region: region.get(i).to_owned(),
                subregion: subregion.get(i).to_owned(),
                capital: capital.get(i).to_owned(),
                lat: lat.get(i),
                lon: lon.get(i),
                area_km2: area.get(i),
            })
            .collect();
        Ok(Self::new(rows))
    }

    /// Number of states and economies.
    pub fn len(&self) -> usize {
        self.rows.len()
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.rows.is_empty()
    }

    /// In the order of [`StateId`].
    pub fn iter(&self) -> std::slice::Iter<'_, State> {
        self.rows.iter()
    }

    /// One of them.
    pub fn get(&self, id: StateId) -> &State {
        &self.rows[id.index()]
    }

    /// ISO3 code of one of them.
    pub fn iso3(&self, id: StateId) -> &str {
        &self.rows[id.index()].iso3
    }

    /// By ISO3 code in capitals.
    pub fn by_iso3(&self, code: &str) -> Option<StateId> {
        self.by_bytes(code.as_bytes())
    }

    pub(crate) fn by_bytes(&self, code: &[u8]) -> Option<StateId> {
        let k = self.by_code[slot(code)?];
        (k != NONE).then_some(StateId(k))
    }
}

impl<'a> IntoIterator for &'a States {
    type Item = &'a State;
    type IntoIter = std::slice::Iter<'a, State>;
    fn into_iter(self) -> Self::IntoIter {
        self.rows.iter()
    }
}
