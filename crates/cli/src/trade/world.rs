//! The world of a run: codes, names and flows, embedded or a user's.

use std::collections::BTreeMap;
use std::path::Path;

use realign_atlas::{Atlas, StateId};
use realign_model::goods::goods_table;
use realign_model::params::Params;
use realign_model::trade::Observed;
use realign_numerics::equilibrium::Economy;
use realign_scenario::Vocabulary;

use super::MarketArgs;
use super::sheet::{mistake, pairs};
use crate::report::Failure;

/// Flows with names.
pub struct World {
    /// Codes of the states, the order of every vector.
    pub codes: Vec<String>,
    /// Names for people.
    pub names: Vec<String>,
    /// Flows, tariffs, accounts.
    pub economy: Economy,
    /// What the flows are.
    pub source: String,
    /// What was missing and what was done instead.
    pub notes: Vec<String>,
    vocabulary: Vocabulary,
    year: i32,
}

/// One elasticity to run with.
#[derive(Clone, Debug)]
pub struct Horizon {
    /// Name for people.
    pub label: String,
    /// Trade elasticity.
    pub elasticity: f64,
}

impl World {
    /// The world that the arguments name.
    pub fn of(args: &MarketArgs) -> Result<Self, Failure> {
        let atlas = Atlas::embedded()?;
        match &args.data {
            None => Self::embedded(&atlas),
            Some(path) => Self::read(&atlas, path, args.tariffs.as_deref()),
        }
    }

    fn embedded(atlas: &Atlas) -> Result<Self, Failure> {
        let observed = Observed::new(atlas, atlas.vintage())?;
        let table = goods_table(atlas, atlas.vintage())?;
        let (label, year) = table.map_or(("", atlas.vintage().0), |t| (t.1, t.2.0));
        let id = |i: &usize| StateId::from_index(*i);
        Ok(Self {
            codes: observed
                .members
                .iter()
                .map(|i| atlas.states().iso3(id(i)).to_owned())
                .collect(),
            names: observed
                .members
                .iter()
                .map(|i| atlas.states().get(id(i)).name.clone())
                .collect(),
            source: format!("{label}, {year}, million USD"),
            economy: observed.economy,
            notes: observed.notes,
            vocabulary: vocabulary(atlas)?,
            year: atlas.vintage().0,
        })
    }

    fn read(atlas: &Atlas, path: &Path, tariffs: Option<&Path>) -> Result<Self, Failure> {
        let rows = pairs(path, "value")?;
        let mut place: BTreeMap<String, usize> = BTreeMap::new();
        for r in &rows {
            place.insert(r.exporter.clone(), 0);
            place.insert(r.importer.clone(), 0);
        }
        place.values_mut().enumerate().for_each(|(k, p)| *p = k);
        let n = place.len();
        let codes: Vec<String> = place.keys().cloned().collect();
        let mut flows = vec![f64::NAN; n * n];
        let mut line_of = vec![0; n * n];
        for r in &rows {
            let k = place[&r.exporter] * n + place[&r.importer];
            if line_of[k] > 0 {
                let what = format!(
                    "{} to {} was given on line {} already",
                    r.exporter, r.importer, line_of[k]
                );
                let hint = "one row a pair; add the values if both are meant";
                return Err(mistake(path, r.line, "exporter", &what, hint));
            }
            if !(r.value.is_finite() && r.value >= 0.0) {
                let what = format!(
                    "{} to {} is {}; a flow is finite and not negative",
                    r.exporter, r.importer, r.value
                );
                let hint = "write 0 where nothing is sold; re-imports and corrections belong in the other direction";
                return Err(mistake(path, r.line, "value", &what, hint));
            }
            flows[k] = r.value;
            line_of[k] = r.line;
        }
        if let Some(k) = flows.iter().position(|x| x.is_nan()) {
            let missing = flows.iter().filter(|x| x.is_nan()).count();
            return Err(Failure::hinted(
                format!(
                    "{}: no row for {} to {}; {missing} of {} pairs are missing, the matrix is not square",
                    path.display(),
                    codes[k / n],
                    codes[k % n],
                    n * n
                ),
                "give every pair, sales at home (exporter = importer) included; write 0 where nothing is sold",
            ));
        }
        let mut tariff = vec![0.0; n * n];
        if let Some(t) = tariffs {
            read_tariffs(t, path, &place, &mut tariff)?;
        }
        for i in 0..n {
            let row: f64 = (0..n).map(|k| flows[i * n + k]).sum();
            let column: f64 = (0..n).map(|k| flows[k * n + i]).sum();
            for (sum, what) in [(row, "sells nothing"), (column, "buys nothing")] {
                if sum <= 0.0 {
                    return Err(Failure::hinted(
                        format!("{}: {} {what}", path.display(), codes[i]),
                        "a state needs sales and purchases, at home or abroad; leave it out otherwise",
                    ));
                }
            }
        }
        let economy = Economy::new(n, flows, tariff, vec![0.0; n]).map_err(Failure::plain)?;
        let names = codes
            .iter()
            .map(|c| {
                let known = atlas.states().by_iso3(c);
                known.map_or_else(|| c.clone(), |s| atlas.states().get(s).name.clone())
            })
            .collect();
        Ok(Self {
            names,
            economy,
            source: format!("{}, {n} economies", path.display()),
            notes: Vec::new(),
            vocabulary: vocabulary(atlas)?,
            year: atlas.vintage().0,
            codes,
        })
    }

    /// Number of economies.
    pub fn n(&self) -> usize {
        self.codes.len()
    }

    /// Members that a code, a bloc or ALL stands for, ascending, and whether it is one state.
    /// `place` says where it was written.
    pub fn expand(&self, word: &str, place: &str) -> Result<(Vec<usize>, bool), Failure> {
        let find = |code: &str| self.codes.iter().position(|c| c == code);
        if let Some(k) = find(word).or_else(|| find(&word.to_uppercase())) {
            return Ok((vec![k], true));
        }
        if word.eq_ignore_ascii_case("all") {
            return Ok(((0..self.n()).collect(), false));
        }
        let upper = word.to_uppercase();
        if self.vocabulary.is_state(&upper) {
            return Err(Failure::hinted(
                format!("{place}: there is no trade of {upper} in the flows"),
                format!("the flows are {}", self.source),
            ));
        }
        let mut states: Vec<usize> = self
            .vocabulary
            .expand(&upper, self.year, "")
            .or_else(|| self.vocabulary.expand(&word.to_lowercase(), self.year, ""))
            .unwrap_or_default()
            .iter()
            .filter_map(|c| find(c))
            .collect();
        states.sort_unstable();
        if states.is_empty() {
            let near = self.vocabulary.suggest_target(word);
            let blocs: Vec<&str> = self.vocabulary.blocs().into_iter().collect();
            let hint = near.unwrap_or_else(|| {
                format!(
                    "write an ISO3 code such as CAN, ALL, or one of: {}",
                    blocs.join(", ")
                )
            });
            return Err(Failure::hinted(
                format!("{place}: `{word}` is neither a state nor a bloc of these flows"),
                hint,
            ));
        }
        Ok((states, false))
    }
}

fn vocabulary(atlas: &Atlas) -> Result<Vocabulary, Failure> {
    Vocabulary::from_atlas(atlas).map_err(Failure::plain)
}

fn read_tariffs(
    path: &Path,
    flows: &Path,
    place: &BTreeMap<String, usize>,
    tariff: &mut [f64],
) -> Result<(), Failure> {
    let n = place.len();
    let mut line_of = vec![0; n * n];
    for r in pairs(path, "tariff")? {
        let find = |code: &str, column: &str| {
            place.get(code).copied().ok_or_else(|| {
                let what = format!("`{code}` has no flows in {}", flows.display());
                mistake(
                    path,
                    r.line,
                    column,
                    &what,
                    "codes are compared as they are written, capitals count",
                )
            })
        };
        let (j, i) = (
            find(&r.exporter, "exporter")?,
            find(&r.importer, "importer")?,
        );
        let k = j * n + i;
        if line_of[k] > 0 {
            let what = format!(
                "{} to {} was given on line {} already",
                r.exporter, r.importer, line_of[k]
            );
            return Err(mistake(path, r.line, "exporter", &what, "one row a pair"));
        }
        if !(r.value.is_finite() && r.value > -1.0) {
            let what = format!(
                "the tariff of {} on {} is {}; it must be above −1 (−100 %)",
                r.importer, r.exporter, r.value
            );
            let hint = "a tariff is a fraction: 0.25 is 25 %; −1 would give the goods away";
            return Err(mistake(path, r.line, "tariff", &what, hint));
        }
        if j == i && r.value != 0.0 {
            let what = format!("{} levies a tariff on its own goods", r.exporter);
            return Err(mistake(
                path,
                r.line,
                "tariff",
                &what,
                "leave the row out or write 0",
            ));
        }
        tariff[k] = r.value;
        line_of[k] = r.line;
    }
    Ok(())
}

/// The runs that `--elasticity` asks for.
pub fn horizons(which: Option<&str>) -> Result<Vec<Horizon>, Failure> {
    let centre = Params::embedded()?.centre();
    let get = |id: &str| centre.get(&format!("trade.{id}"));
    let published = |label: &str, id: &str| -> Result<Horizon, Failure> {
        let offset = if id == "elasticity_structural" {
            0.0
        } else {
            get("elasticity_offset")?
        };
        Ok(Horizon {
            label: label.to_owned(),
            elasticity: (get(id)? + offset).max(get("elasticity_least")?),
        })
    };
    let short = || published("short run", "elasticity_short");
    let long = || published("long run", "elasticity_long");
    Ok(match which {
        None => vec![short()?, long()?],
        Some("short") => vec![short()?],
        Some("long") => vec![long()?],
        Some("structural") => vec![published("structural", "elasticity_structural")?],
        Some(text) => {
            let value = text
                .parse()
                .ok()
                .filter(|v: &f64| v.is_finite() && *v > 0.0);
            let elasticity = value.ok_or_else(|| {
                Failure::hinted(
                    format!("--elasticity {text}: no elasticity"),
                    "short, long, structural, or a positive number such as 4",
                )
            })?;
            vec![Horizon {
                label: format!("elasticity {elasticity}"),
                elasticity,
            }]
        }
    })
}
