//! From the codes and names of the sources to ISO3.
//!
//! Rule for states that are gone: the code goes to the state that continued its seat, treaties or
//! memberships, and to nobody where that would give one state two histories at once.
//! USSR → RUS, Federal Republic of Germany → DEU, Yugoslavia and Serbia-Montenegro → SRB,
//! Czechoslovakia → CZE, Yemen Arab Republic → YEM, Democratic Republic of Vietnam → VNM;
//! the German Democratic Republic, South Yemen, the Republic of Vietnam, Zanzibar, the states of
//! Germany and Italy before unification and other extinct states are dropped and counted.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

/// An ISO 3166 alpha-3 code.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Iso3([u8; 3]);

impl Iso3 {
    /// From three ASCII capitals.
    pub(super) fn parse(code: &str) -> Option<Self> {
        let b: [u8; 3] = code.as_bytes().try_into().ok()?;
        b.iter().all(u8::is_ascii_uppercase).then_some(Self(b))
    }

    /// As text.
    pub(super) fn text(self) -> String {
        self.0.iter().map(|b| char::from(*b)).collect()
    }
}

impl fmt::Display for Iso3 {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text())
    }
}

impl fmt::Debug for Iso3 {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text())
    }
}

/// Why a code leads to no state of the atlas.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct NoState {
    /// The code or name as the source writes it.
    pub code: String,
    /// `extinct`, `outside the atlas`, `not a state` or `unknown`.
    pub reason: &'static str,
}

/// Every code of every source that leads to a state of the atlas.
pub(super) struct Codes {
    pub(super) states: BTreeSet<Iso3>,
    pub(super) cow: BTreeMap<i32, Iso3>,
    pub(super) gw: BTreeMap<i32, Iso3>,
    pub(super) names: BTreeMap<String, Iso3>,
}

/// COW and Gleditsch–Ward numbers of states that are gone and go to a successor.
pub(super) const SUCCESSORS: &[(i32, &str)] = &[
    (255, "DEU"),
    (260, "DEU"),
    (315, "CZE"),
    (340, "SRB"),
    (345, "SRB"),
    (347, "XKX"),
    (365, "RUS"),
    (678, "YEM"),
    (679, "YEM"),
    (816, "VNM"),
    (818, "VNM"),
];

/// Other alpha-3 codes in use, with the ISO3 code that the atlas has.
const ISO3_VARIANTS: &[(&str, &str)] = &[
    ("SUN", "RUS"),
    ("USR", "RUS"),
    ("YUG", "SRB"),
    ("SCG", "SRB"),
    ("CSK", "CZE"),
    ("CZS", "CZE"),
    ("ROM", "ROU"),
    ("ZAR", "COD"),
    ("TMP", "TLS"),
    ("BUR", "MMR"),
    ("KSV", "XKX"),
    ("UVK", "XKX"),
    ("UNK", "XKX"),
    ("XKS", "XKX"),
    ("KOS", "XKX"),
    ("WBG", "PSE"),
    ("PSG", "PSE"),
    ("PAL", "PSE"),
    ("PLS", "PSE"),
    ("GFR", "DEU"),
    ("YAR", "YEM"),
    ("FRG", "DEU"),
];

/// Names that the lists of names do not hold: SIPRI, Pew, trade statistics, older usage.
const NAMES: &[(&str, &str)] = &[
    ("Britain", "GBR"),
    ("UK", "GBR"),
    ("Great Britain", "GBR"),
    ("US", "USA"),
    ("U.S.", "USA"),
    ("USA", "USA"),
    ("UAE", "ARE"),
    ("USSR", "RUS"),
    ("Soviet Union", "RUS"),
    ("Russia (Soviet Union)", "RUS"),
    ("West Germany", "DEU"),
    ("German Federal Republic", "DEU"),
    ("Federal Republic of Germany", "DEU"),
    ("Germany, Federal Republic of", "DEU"),
    ("Germany (Federal Republic of)", "DEU"),
    ("Yugoslavia", "SRB"),
    ("Yugoslavia (Serbia)", "SRB"),
    ("Serbia and Montenegro", "SRB"),
    ("Federal Republic of Yugoslavia", "SRB"),
    ("Czechoslovakia", "CZE"),
    ("Czech Republic", "CZE"),
    ("North Yemen", "YEM"),
    ("Yemen Arab Republic", "YEM"),
    ("Yemen Arab Republic (North Yemen)", "YEM"),
    ("Yemen (Arab Republic of Yemen)", "YEM"),
    ("North Vietnam", "VNM"),
    ("Vietnam, Democratic Republic of", "VNM"),
    ("Viet Nam", "VNM"),
    ("South Korea", "KOR"),
    ("Korea, South", "KOR"),
    ("Korea, Republic of", "KOR"),
    ("Republic of Korea", "KOR"),
    ("Korea", "KOR"),
    ("North Korea", "PRK"),
    ("Korea, North", "PRK"),
    ("Korea, People's Republic of", "PRK"),
    ("Turkey", "TUR"),
    ("Turkiye", "TUR"),
    ("Burma", "MMR"),
    ("Myanmar (Burma)", "MMR"),
    ("Ivory Coast", "CIV"),
    ("Cote d'Ivoire", "CIV"),
    ("Cote dIvoire", "CIV"),
    ("DR Congo", "COD"),
    ("Congo, DR", "COD"),
    ("Congo, Democratic Republic of", "COD"),
    ("Congo (Kinshasa)", "COD"),
    ("Democratic Republic of Congo", "COD"),
    ("Democratic Republic of the Congo", "COD"),
    ("Zaire", "COD"),
    ("Congo", "COG"),
    ("Congo, Republic", "COG"),
    ("Congo, Republic of", "COG"),
    ("Republic of Congo", "COG"),
    ("Republic of the Congo", "COG"),
    ("Congo (Brazzaville)", "COG"),
    ("Bosnia-Herzegovina", "BIH"),
    ("Bosnia & Herzegovina", "BIH"),
    ("Macedonia", "MKD"),
    ("Macedonia (FYROM)", "MKD"),
    ("North Macedonia", "MKD"),
    ("Swaziland", "SWZ"),
    ("eSwatini", "SWZ"),
    ("Cape Verde", "CPV"),
    ("Cabo Verde", "CPV"),
    ("East Timor", "TLS"),
    ("Timor Leste", "TLS"),
    ("Timor-Leste", "TLS"),
    ("Holland", "NLD"),
    ("Persia", "IRN"),
    ("Iran", "IRN"),
    ("Syria", "SYR"),
    ("Laos", "LAO"),
    ("Brunei", "BRN"),
    ("Moldova", "MDA"),
    ("Bolivia", "BOL"),
    ("Venezuela", "VEN"),
    ("Tanzania", "TZA"),
    ("Russia", "RUS"),
    ("Vatican", "VAT"),
    ("Vatican City", "VAT"),
    ("Holy See", "VAT"),
    ("Micronesia", "FSM"),
    ("Kosovo", "XKX"),
    ("Palestine", "PSE"),
    ("Palestinian Territories", "PSE"),
    ("Palestinian territory", "PSE"),
    ("Palestinian ter.", "PSE"),
    ("West Bank and Gaza", "PSE"),
    ("Taiwan", "TWN"),
    ("Taiwan (ROC)", "TWN"),
    ("Republic of China", "TWN"),
    ("Chinese Taipei", "TWN"),
    ("Taipei, Chinese", "TWN"),
    ("China, P.R.: Mainland", "CHN"),
    ("People's Republic of China", "CHN"),
    ("Hong Kong", "HKG"),
    ("Hong Kong SAR", "HKG"),
    ("China, P.R.: Hong Kong", "HKG"),
    ("Macau", "MAC"),
    ("Macao", "MAC"),
    ("Macau SAR", "MAC"),
    ("Curacao", "CUW"),
    ("Sint Maarten", "SXM"),
    ("Bahamas", "BHS"),
    ("Bahamas, The", "BHS"),
    ("Gambia", "GMB"),
    ("Gambia, The", "GMB"),
    ("St Kitts and Nevis", "KNA"),
    ("Saint Kitts & Nevis", "KNA"),
    ("St. Kitts-Nevis", "KNA"),
    ("St Lucia", "LCA"),
    ("St Vincent", "VCT"),
    ("St Vincent and the Grenadines", "VCT"),
    ("Saint Vincent", "VCT"),
    ("Sao Tome and Principe", "STP"),
    ("Sao Tome", "STP"),
    ("Trinidad & Tobago", "TTO"),
    ("Trinidad-Tobago", "TTO"),
    ("Antigua & Barbuda", "ATG"),
    ("Antigua", "ATG"),
    ("Azores", "PRT"),
    ("Central African Rep.", "CAF"),
    ("CAR", "CAF"),
    ("Dominican Rep.", "DOM"),
    ("Upper Volta", "BFA"),
    ("Burkina Faso (Upper Volta)", "BFA"),
    ("Dahomey", "BEN"),
    ("Ceylon", "LKA"),
    ("Rhodesia", "ZWE"),
    ("Zimbabwe (Rhodesia)", "ZWE"),
    ("Kampuchea", "KHM"),
    ("Cambodia (Kampuchea)", "KHM"),
    ("Belarus (Byelorussia)", "BLR"),
    ("Italy/Sardinia", "ITA"),
    ("Rumania", "ROU"),
    ("Kyrgyz Republic", "KGZ"),
    ("Slovak Republic", "SVK"),
    ("Madagascar (Malagasy)", "MDG"),
    ("Tanzania/Tanganyika", "TZA"),
    ("Turkey (Ottoman Empire)", "TUR"),
    ("Iran (Persia)", "IRN"),
    ("Sri Lanka (Ceylon)", "LKA"),
    ("Surinam", "SUR"),
    ("Samoa/Western Samoa", "WSM"),
    ("Western Samoa", "WSM"),
    ("Greenland", "GRL"),
    ("French Polynesia", "PYF"),
    ("New Caledonia", "NCL"),
    ("Bermuda", "BMU"),
    ("Cayman Islands", "CYM"),
];

/// Names that are places, groups and forces, not states of the atlas.
const NOT_STATES: &[&str] = &[
    "unknown",
    "multiple",
    "nato",
    "united nations",
    "african union",
    "world",
    "rest of world",
    "osce",
    "european union",
];

/// Extinct states by name.
const EXTINCT_NAMES: &[&str] = &[
    "east germany (gdr)",
    "east germany",
    "german democratic republic",
    "south yemen",
    "yemen people's republic",
    "south vietnam",
    "republic of vietnam",
    "biafra",
    "katanga",
];

impl Codes {
    /// By alpha-3 code, its variants included.
    pub(super) fn iso3(&self, code: &str) -> Result<Iso3, NoState> {
        let code = code.trim();
        let bare = code.strip_prefix("OWID_").unwrap_or(code);
        let bare = ISO3_VARIANTS
            .iter()
            .find(|(v, _)| *v == bare)
            .map_or(bare, |(_, i)| *i);
        match Iso3::parse(bare) {
            Some(iso) if self.states.contains(&iso) => Ok(iso),
            Some(_)
                if matches!(
                    bare,
                    "DDR" | "GDR" | "YMD" | "VDR" | "ANT" | "YPR" | "RVN" | "ZAN"
                ) =>
            {
                Err(none(code, "extinct"))
            }
            Some(_) => Err(none(code, "outside the atlas")),
            None => Err(none(code, "unknown")),
        }
    }

    /// By number of the Correlates of War project.
    pub(super) fn cow(&self, code: i32) -> Result<Iso3, NoState> {
        number(&self.cow, code)
    }

    /// By number of Gleditsch and Ward.
    pub(super) fn gw(&self, code: i32) -> Result<Iso3, NoState> {
        number(&self.gw, code)
    }

    /// By name as a source writes it.
    pub(super) fn name(&self, name: &str) -> Result<Iso3, NoState> {
        let plain = plain(name);
        if let Some(iso) = self.names.get(&plain) {
            return Ok(*iso);
        }
        if EXTINCT_NAMES.iter().any(|n| self::plain(n) == plain) {
            return Err(none(name, "extinct"));
        }
        if name.contains('*') || NOT_STATES.iter().any(|n| plain.starts_with(n)) {
            return Err(none(name, "not a state"));
        }
        Err(none(name, "unknown"))
    }

    /// Adds the explicit names; these win over the lists.
    pub(super) fn add_names(&mut self) {
        for (name, code) in NAMES {
            if let Some(iso) = Iso3::parse(code).filter(|i| self.states.contains(i)) {
                self.names.insert(plain(name), iso);
            }
        }
    }
}

fn none(code: &str, reason: &'static str) -> NoState {
    NoState {
        code: code.trim().to_owned(),
        reason,
    }
}

fn number(map: &BTreeMap<i32, Iso3>, code: i32) -> Result<Iso3, NoState> {
    map.get(&code).copied().ok_or_else(|| {
        // Whoever is in neither list of today's states but has a number below 1000 was a state once.
        none(
            &code.to_string(),
            if (1..1000).contains(&code) {
                "extinct"
            } else {
                "unknown"
            },
        )
    })
}

/// A name without case, accents, punctuation and articles, for comparison.
pub(super) fn plain(name: &str) -> String {
    let mut out = String::with_capacity(name.len());
    for c in name.chars().flat_map(char::to_lowercase) {
        match c {
            'a'..='z' | '0'..='9' => out.push(c),
            'à'..='å' | 'ā' | 'ă' => out.push('a'),
            'ç' | 'č' => out.push('c'),
            'è'..='ë' | 'ē' => out.push('e'),
            'ì'..='ï' | 'ı' => out.push('i'),
            'ñ' => out.push('n'),
            'ò'..='ö' | 'ō' => out.push('o'),
            'ù'..='ü' => out.push('u'),
            '&' => out.push_str(" and "),
            '\'' | '’' | '`' | '.' | '\u{307}' => {}
            _ => out.push(' '),
        }
    }
    out.split(' ')
        .filter(|w| !w.is_empty() && *w != "the")
        .collect::<Vec<_>>()
        .join(" ")
}
