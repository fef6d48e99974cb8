//! What the atlas knows about reserves, securities and credit lines, read once.

use realign_atlas::{Atlas, AtlasError, StateId, StateKind, Year};

use crate::ModelError;
use crate::setting::Setting;

/// Financial data of one vintage as plain arrays; NaN stands for unknown.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Observed {
    /// Number of states and economies.
    pub n: usize,
    /// The hegemon's position.
    pub hegemon: usize,
    /// Positions of the targets.
    pub targets: Vec<usize>,
    /// Whether the entry has a foreign policy of its own.
    pub is_state: Vec<bool>,
    /// ISO 4217 code of the hegemon's currency where it is a reserve currency of the data.
    pub currency: Option<String>,
    /// Shares of currencies in the world's allocated reserves, sorted by code; a rest that the
    /// source does not name is `other`.
    pub currency_shares: Vec<(String, f64)>,
    /// Year of the shares.
    pub shares_year: Option<Year>,
    /// Foreign exchange reserves without gold, USD mn.
    pub reserves_musd: Vec<f64>,
    /// Securities of the hegemon held by each state, USD mn.
    pub securities_musd: Vec<f64>,
    /// GDP of the hegemon, USD mn.
    pub hegemon_gdp_musd: f64,
    /// Sources of each state's central-bank credit lines in force: number, of which the hegemon.
    pub credit_lines: Vec<(u32, u32)>,
    /// What had to be done without.
    pub notes: Vec<String>,
}

/// Reserve currencies and who issues them alone (ISO 4217); the euro is found by membership.
const ISSUERS: &[(&str, &str)] = &[
    ("USA", "USD"),
    ("JPN", "JPY"),
    ("GBR", "GBP"),
    ("CHN", "CNY"),
    ("CHE", "CHF"),
    ("CAN", "CAD"),
    ("AUS", "AUD"),
];

fn optional<T>(
    read: Result<T, AtlasError>,
    notes: &mut Vec<String>,
) -> Result<Option<T>, ModelError> {
    match read {
        Ok(t) => Ok(Some(t)),
        Err(AtlasError::UnknownVariable { id, .. }) => {
            notes.push(format!(
                "no `{id}` in the atlas: what rests on it has no estimate"
            ));
            Ok(None)
        }
        Err(e) => Err(e.into()),
    }
}

impl Observed {
    /// Reads the newest rows not later than the start of the run.
    pub fn read(atlas: &Atlas, setting: &Setting) -> Result<Self, ModelError> {
        let n = setting.n;
        let mut o = Self {
            n,
            hegemon: setting.hegemon.index(),
            targets: setting.targets.iter().map(|t| t.index()).collect(),
            is_state: atlas
                .states()
                .iter()
                .map(|s| s.kind != StateKind::Territory)
                .collect(),
            reserves_musd: vec![f64::NAN; n],
            securities_musd: vec![f64::NAN; n],
            hegemon_gdp_musd: f64::NAN,
            credit_lines: vec![(0, 0); n],
            ..Self::default()
        };
        o.read_currency(atlas, setting)?;
        let states = |k: usize| StateId::from_index(k);
        if let Some(p) = optional(atlas.state_series("reserves_usd_mn"), &mut o.notes)? {
            for i in 0..n {
                if let Some((_, v)) = p.latest(states(i), setting.start) {
                    o.reserves_musd[i] = v;
                }
            }
        }
        if let Some(p) = optional(atlas.state_series("gdp_usd_mn"), &mut o.notes)?
            && let Some((_, v)) = p.latest(setting.hegemon, setting.start)
        {
            o.hegemon_gdp_musd = v;
        }
        o.read_securities(atlas, setting)?;
        o.read_lines(atlas, setting)?;
        Ok(o)
    }

    fn read_currency(&mut self, atlas: &Atlas, setting: &Setting) -> Result<(), ModelError> {
        let Some(p) = optional(atlas.items("reserve_currency_share"), &mut self.notes)? else {
            return Ok(());
        };
        let year = p
            .rows()
            .iter()
            .map(|r| r.1)
            .filter(|y| *y <= setting.start)
            .max();
        self.shares_year = year;
        let mut shares: Vec<(String, f64)> = p
            .rows()
            .iter()
            .filter(|r| Some(r.1) == year)
            .map(|r| (p.items()[usize::from(r.0)].clone(), r.2))
            .filter(|r| r.0.len() == 3 && r.0.bytes().all(|b| b.is_ascii_uppercase()))
            .collect();
        shares.sort_by(|a, b| a.0.cmp(&b.0));
        let named: f64 = shares.iter().map(|s| s.1).sum();
        if named < 1.0 {
            shares.push(("other".to_owned(), 1.0 - named));
        }
        self.currency_shares = shares;
        let iso3 = atlas.states().iso3(setting.hegemon);
        let euro = atlas
            .members("EUROAREA", setting.start)?
            .contains(&setting.hegemon);
        let code = ISSUERS
            .iter()
            .find(|(s, _)| *s == iso3)
            .map(|(_, c)| *c)
            .or(if euro { Some("EUR") } else { None });
        self.currency = code
            .filter(|c| self.currency_shares.iter().any(|s| s.0 == *c))
            .map(str::to_owned);
        match (&self.currency, euro) {
            (None, _) => self
                .notes
                .push("the hegemon issues no reserve currency in the data: no estimate".to_owned()),
            (Some(_), true) => self.notes.push(
                "the hegemon shares its currency with the other members of a monetary union"
                    .to_owned(),
            ),
            _ => {}
        }
        if let Some(y) = year.filter(|y| *y < setting.start) {
            self.notes.push(format!(
                "currency shares of the world's reserves are those of {y}; no state's own composition is public enough to be used: each starts from the world's"
            ));
        }
        Ok(())
    }

    /// Securities are known by holder for one issuer only, the United States.
    fn read_securities(&mut self, atlas: &Atlas, setting: &Setting) -> Result<(), ModelError> {
        let read = atlas.item_dyads("us_securities_musd");
        let Some(p) = optional(read, &mut self.notes)? else {
            return Ok(());
        };
        let Some(total) = p.item("total") else {
            return Ok(());
        };
        for i in 0..self.n {
            let rows = p.series(total, StateId::from_index(i), setting.hegemon);
            if let Some(r) = rows.iter().rfind(|r| r.3 <= setting.start) {
                self.securities_musd[i] = r.4;
            }
        }
        if self.securities_musd.iter().all(|x| x.is_nan()) {
            self.notes
                .push("no holdings of the hegemon's securities by state in the data".to_owned());
        }
        Ok(())
    }

    fn read_lines(&mut self, atlas: &Atlas, setting: &Setting) -> Result<(), ModelError> {
        let Some(p) = optional(atlas.spells("liquidity_line"), &mut self.notes)? else {
            return Ok(());
        };
        let mut sources: Vec<(StateId, StateId)> = p
            .rows()
            .iter()
            .filter(|s| s.start <= setting.start && s.end.is_none_or(|e| e > setting.start))
            .map(|s| (s.b, s.a))
            .filter(|(i, j)| i != j)
            .collect();
        sources.sort_unstable();
        sources.dedup();
        for (i, j) in sources {
            let line = &mut self.credit_lines[i.index()];
            line.0 += 1;
            line.1 += u32::from(j == setting.hegemon);
        }
        Ok(())
    }

    /// Share of the hegemon's currency in the world's reserves.
    pub fn hegemon_share(&self) -> Option<f64> {
        let code = self.currency.as_deref()?;
        self.currency_shares
            .iter()
            .find(|s| s.0 == code)
            .map(|s| s.1)
    }

    /// Share of the hegemon among the sources of a state's credit lines; `None` without lines.
    pub fn line_share(&self, i: usize) -> Option<f64> {
        let (all, of_hegemon) = self.credit_lines[i];
        (all > 0).then(|| f64::from(of_hegemon) / f64::from(all))
    }
}
