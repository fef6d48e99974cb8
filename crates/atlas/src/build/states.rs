//! states.parquet: who is in the atlas, with names to be recognised by.

use std::collections::BTreeMap;
use std::path::Path;

use super::codes::{Iso3, plain};
use super::raw::{OTHERS, Raw, TERRITORIES};
use super::{Cell, Report, TableWriter};
use crate::AtlasError;

const RAW: &str = "general/countries.json.gz";

/// Demonyms where the source has a noun, two of them or an older form.
const ADJECTIVES: &[(&str, &str)] = &[
    ("ATG", "Antiguan"),
    ("BIH", "Bosnian"),
    ("BMU", "Bermudian"),
    ("BWA", "Botswanan"),
    ("CPV", "Cape Verdean"),
    ("CYM", "Caymanian"),
    ("DJI", "Djiboutian"),
    ("ECU", "Ecuadorian"),
    ("HKG", "Hong Kong"),
    ("ISL", "Icelandic"),
    ("KAZ", "Kazakh"),
    ("KGZ", "Kyrgyz"),
    ("KNA", "Kittitian"),
    ("LIE", "Liechtenstein"),
    ("LSO", "Basotho"),
    ("LUX", "Luxembourgish"),
    ("MAC", "Macanese"),
    ("MDV", "Maldivian"),
    ("NPL", "Nepali"),
    ("NZL", "New Zealand"),
    ("PHL", "Philippine"),
    ("PYF", "French Polynesian"),
    ("SAU", "Saudi"),
    ("SLB", "Solomon Islands"),
    ("SUR", "Surinamese"),
    ("SVN", "Slovenian"),
    ("TCA", "Turks and Caicos"),
    ("TJK", "Tajik"),
    ("UZB", "Uzbek"),
];

/// Further names and unambiguous demonyms, typed from general knowledge.
const ALIASES: &[(&str, &[&str])] = &[
    ("ARE", &["UAE", "the Emirates", "Emirates"]),
    ("AUS", &["Aussie"]),
    (
        "BIH",
        &["Bosnia", "Bosnia-Herzegovina", "Bosnia & Herzegovina"],
    ),
    ("BRN", &["Brunei Darussalam"]),
    (
        "CHN",
        &[
            "PRC",
            "People's Republic of China",
            "mainland China",
            "Communist China",
        ],
    ),
    ("CIV", &["Côte d'Ivoire", "Cote d'Ivoire", "Ivory Coast"]),
    (
        "COD",
        &[
            "DR Congo",
            "DRC",
            "Zaire",
            "Congo-Kinshasa",
            "Democratic Republic of Congo",
        ],
    ),
    (
        "COG",
        &[
            "Republic of the Congo",
            "Congo-Brazzaville",
            "Congo Republic",
        ],
    ),
    ("CPV", &["Cabo Verde", "Cape Verde"]),
    ("CZE", &["Czech Republic", "Czechia", "Czechoslovakia"]),
    (
        "DEU",
        &["West Germany", "Federal Republic of Germany", "FRG"],
    ),
    ("DNK", &["Dane", "Danes"]),
    ("ESP", &["Spaniard", "Spaniards"]),
    ("FIN", &["Finn", "Finns"]),
    (
        "GBR",
        &[
            "UK",
            "U.K.",
            "Britain",
            "Great Britain",
            "Briton",
            "Britons",
            "United Kingdom",
        ],
    ),
    ("GRC", &["Hellenic"]),
    ("IRN", &["Persia", "Islamic Republic of Iran"]),
    ("ISL", &["Icelander", "Icelanders"]),
    ("KOR", &["Republic of Korea", "ROK", "South Korea", "Korea"]),
    ("KHM", &["Kampuchea"]),
    ("LAO", &["Lao PDR", "Lao"]),
    ("LKA", &["Ceylon"]),
    ("MKD", &["Macedonia", "FYROM"]),
    ("MMR", &["Burma", "Myanmar"]),
    ("NLD", &["Holland", "The Netherlands"]),
    (
        "NZL",
        &["New Zealander", "New Zealanders", "Kiwi", "Aotearoa"],
    ),
    ("PHL", &["Filipino", "Filipinos", "the Philippines"]),
    ("POL", &["Pole", "Poles"]),
    (
        "PRK",
        &[
            "DPRK",
            "North Korea",
            "Democratic People's Republic of Korea",
        ],
    ),
    (
        "PSE",
        &[
            "Palestinian Territories",
            "Palestinian Authority",
            "West Bank and Gaza",
        ],
    ),
    (
        "RUS",
        &["Russian Federation", "Soviet Union", "USSR", "Soviet"],
    ),
    ("SAU", &["Saudi Arabian", "Kingdom of Saudi Arabia", "KSA"]),
    ("SRB", &["Yugoslavia"]),
    ("SWE", &["Swede", "Swedes"]),
    ("SWZ", &["Swaziland", "Eswatini"]),
    ("SYR", &["Syrian Arab Republic"]),
    ("THA", &["Siam"]),
    ("TLS", &["East Timor", "Timor-Leste"]),
    ("TUR", &["Turkey", "Türkiye", "Turkiye", "Turk", "Turks"]),
    ("TWN", &["Republic of China", "Chinese Taipei", "ROC"]),
    (
        "USA",
        &[
            "US",
            "U.S.",
            "USA",
            "U.S.A.",
            "America",
            "the States",
            "United States of America",
        ],
    ),
    ("VEN", &["Bolivarian Republic of Venezuela"]),
    ("VNM", &["Viet Nam", "Vietnam"]),
    ("XKX", &["Kosovan"]),
    ("ZWE", &["Rhodesia"]),
];

/// Capitals where the source is out of date or has none.
const CAPITALS: &[(&str, &str)] = &[
    ("HKG", "Hong Kong"),
    ("KAZ", "Astana"),
    ("BDI", "Gitega"),
    ("MAC", "Macao"),
    ("USA", "Washington"),
    ("NRU", "Yaren"),
];

struct Entry {
    iso: Iso3,
    kind: &'static str,
    name: String,
    official: String,
    demonym: String,
    aliases: Vec<String>,
    region: String,
    subregion: String,
    capital: String,
    lat: f64,
    lon: f64,
    area_km2: f64,
}

fn own(value: &serde_json::Value) -> String {
    value.as_str().unwrap_or_default().to_owned()
}

fn found<'a, T>(list: &'a [(&str, T)], iso: Iso3) -> Option<&'a T> {
    let code = iso.text();
    list.iter().find(|(c, _)| *c == code).map(|(_, v)| v)
}

fn is_latin(text: &str) -> bool {
    text.chars()
        .all(|c| (c as u32) < 0x0250 || ('\u{1e00}'..'\u{1f00}').contains(&c))
}

fn read(raw: &Raw, report: &mut Report) -> Result<Vec<Entry>, AtlasError> {
    let rows = raw.json(RAW)?;
    let mut entries = Vec::new();
    for row in rows.as_array().into_iter().flatten() {
        let code = own(&row["cca3"]);
        let Some(iso) = report.keep(RAW, raw.codes.iso3(&code)) else {
            continue;
        };
        let code = iso.text();
        let kind = if TERRITORIES.contains(&code.as_str()) {
            "territory"
        } else if OTHERS.contains(&code.as_str()) {
            "other"
        } else {
            "member"
        };
        let name = own(&row["name"]["common"]);
        let official = own(&row["name"]["official"]);
        let mut aliases: Vec<String> = found(ALIASES, iso)
            .into_iter()
            .flat_map(|list| list.iter().map(|a| (*a).to_owned()))
            .collect();
        aliases.push(official.clone());
        for spelling in row["altSpellings"].as_array().into_iter().flatten() {
            let spelling = own(spelling);
            if spelling.chars().count() > 2 && is_latin(&spelling) && !spelling.contains(';') {
                aliases.push(spelling);
            }
        }
        let demonym = own(&row["demonyms"]["eng"]["m"]);
        if !demonym.contains(',') && !demonym.contains(" or ") {
            aliases.push(demonym.clone());
        }
        entries.push(Entry {
            iso,
            kind,
            demonym: found(ADJECTIVES, iso).map_or(demonym, |a| (*a).to_owned()),
            region: own(&row["region"]),
            subregion: own(&row["subregion"]),
            capital: found(CAPITALS, iso)
                .map_or_else(|| own(&row["capital"][0]), |c| (*c).to_owned()),
            lat: row["latlng"][0].as_f64().unwrap_or(0.0),
            lon: row["latlng"][1].as_f64().unwrap_or(0.0),
            area_km2: row["area"].as_f64().unwrap_or(0.0).max(0.0),
            name,
            official,
            aliases,
        });
    }
    entries.sort_by_key(|e| e.iso);
    Ok(entries)
}

/// Removes repeated aliases, and those that mean more than one state.
fn disambiguate(entries: &mut [Entry]) {
    let mut owners: BTreeMap<String, Vec<Iso3>> = BTreeMap::new();
    for e in entries.iter() {
        let mut mine: Vec<String> = e.aliases.iter().map(|a| plain(a)).collect();
        mine.extend([plain(&e.name), plain(&e.demonym)]);
        mine.sort();
        mine.dedup();
        for alias in mine {
            owners.entry(alias).or_default().push(e.iso);
        }
    }
    for e in entries.iter_mut() {
        let (name, demonym) = (e.name.clone(), e.demonym.clone());
        let mut seen: Vec<String> = Vec::new();
        e.aliases.retain(|alias| {
            let alone = owners.get(&plain(alias)).is_some_and(|o| o.len() == 1);
            let new = !seen.contains(alias) && *alias != name && *alias != demonym;
            seen.push(alias.clone());
            alone && new
        });
    }
}

pub(super) fn build(raw: &Raw, out: &Path, report: &mut Report) -> Result<(), AtlasError> {
    let mut entries = read(raw, report)?;
    disambiguate(&mut entries);
    let text = |f: fn(&Entry) -> String| Cell::Text(entries.iter().map(f).collect());
    let real = |f: fn(&Entry) -> f64| Cell::Real(entries.iter().map(f).collect());
    report.table("states.parquet", entries.iter().map(|_| "states"));
    TableWriter::default()
        .column("iso3", text(|e| e.iso.text()))
        .column("name", text(|e| e.name.clone()))
        .column("official", text(|e| e.official.clone()))
        .column("demonym", text(|e| e.demonym.clone()))
        .column("aliases", text(|e| e.aliases.join(";")))
        .column("kind", text(|e| e.kind.to_owned()))
        .column("region", text(|e| e.region.clone()))
        .column("subregion", text(|e| e.subregion.clone()))
        .column("capital", text(|e| e.capital.clone()))
        .column("lat", real(|e| e.lat))
        .column("lon", real(|e| e.lon))
        .column("area_km2", real(|e| e.area_km2))
        .write(&out.join("states.parquet"))
}
