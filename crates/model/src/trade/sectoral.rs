//! The input–output world by sector, for counterfactuals with links between sectors.
//!
//! Flows are those of the input–output tables; what they do not hold, the split of purchases into
//! inputs and final use, is taken from seven regions (a state that is none of them gets the rest of
//! the world's) and fitted to the flows: no sector may sell more as input than is bought of it.

use realign_atlas::{Atlas, StateId, Year};
use realign_numerics::caliendo_parro::SectoralEconomy;

use crate::ModelError;

/// The sector of services, which no tariff touches.
pub const SERVICES: &str = "services";
/// Largest share of a sector's purchases that may be inputs: some final use is left everywhere.
const MOST_INPUT: f64 = 0.98;
/// Rounds of the fit.
const ROUNDS: usize = 400;
/// Excess of inputs over what is bought at which the fit ends, fraction.
const CLOSE: f64 = 1e-3;
/// Steps by which value added is raised where inputs cannot be fitted.
const LESS_INPUT: f64 = 0.97;

/// Sector of the accounts for a code of the flows.
fn joined(code: &str) -> &str {
    match code {
        "A01" | "A02" => "A01_02",
        "B05" | "B06" => "B05_06",
        "B07" | "B08" => "B07_08",
        "C24A" | "C24B" => "C24",
        "C301" | "C302T309" => "C30",
        other => other,
    }
}

/// Economies and sectors with accounts that balance.
#[derive(Clone, Debug)]
pub struct Sectoral {
    /// Positions of the states among all states, ascending.
    pub members: Vec<usize>,
    /// Codes of the sectors; services last.
    pub sectors: Vec<String>,
    /// Flows, tariffs and links, million USD.
    pub economy: SectoralEconomy,
    /// Year of the flows.
    pub year: Year,
    /// Value added implied over GDP, all economies together.
    pub value_added_over_gdp: f64,
    /// What was borrowed, fitted or missing.
    pub notes: Vec<String>,
}

impl Sectoral {
    /// Reads the newest flows. Fails where a table is missing or the accounts do not close.
    pub fn new(atlas: &Atlas) -> Result<Self, ModelError> {
        let flows = atlas.item_dyads("icio_trade_musd")?;
        let year = flows
            .rows()
            .iter()
            .map(|r| r.3)
            .max()
            .ok_or_else(|| failed("no sectoral flows".to_owned()))?;
        let accounts = Accounts::read(atlas)?;
        let mut sectors: Vec<String> = flows
            .items()
            .iter()
            .map(|i| joined(i).to_owned())
            .filter(|i| i != SERVICES)
            .collect();
        sectors.sort_unstable();
        sectors.dedup();
        sectors.push(SERVICES.to_owned());
        let rows = || flows.rows().iter().filter(|r| r.3 == year);
        let mut members: Vec<usize> = rows().map(|r| r.1.index()).collect();
        members.sort_unstable();
        members.dedup();
        let (j, n) = (sectors.len(), members.len());
        let mut place = vec![None; atlas.n()];
        for (k, i) in members.iter().enumerate() {
            place[*i] = Some(k);
        }
        let of_item: Vec<usize> = flows
            .items()
            .iter()
            .map(|i| {
                let name = joined(i);
                sectors.iter().position(|s| s == name).unwrap_or(j - 1)
            })
            .collect();
        let mut x = vec![0.0; j * n * n];
        for (item, a, b, _, v) in rows() {
            if let (Some(a), Some(b)) = (place[a.index()], place[b.index()]) {
                x[(of_item[usize::from(*item)] * n + a) * n + b] += v;
            }
        }
        let tariff = tariffs(atlas, year, &members, j)?;
        let mut value_added = vec![0.0; j * n];
        let mut inputs = vec![0.0; n * j * j];
        let (mut borrowed, mut raised) = (Vec::new(), Vec::new());
        for (m, i) in members.iter().enumerate() {
            let state = StateId::from_index(*i);
            let iso3 = atlas.states().iso3(state);
            let region = region(atlas, state)?;
            if region == "ROW" {
                borrowed.push(iso3);
            }
            let (mut sales, mut bought) = (vec![0.0; j], vec![0.0; j]);
            for s in 0..j {
                for k in 0..n {
                    sales[s] += x[(s * n + m) * n + k];
                    let at = (s * n + k) * n + m;
                    bought[s] += x[at] * (1.0 + tariff[at]);
                }
            }
            let mut share = accounts.value_added(region, &sectors)?;
            let pattern = accounts.inputs(region, &sectors)?;
            let mut fitted = fit(&pattern, &share, &sales, &bought);
            while fitted.is_none() {
                raised.push(iso3);
                share
                    .iter_mut()
                    .for_each(|b| *b = 1.0 - LESS_INPUT * (1.0 - *b));
                if share.iter().all(|b| *b > 0.999) {
                    return Err(failed(format!("inputs of {iso3} cannot be fitted")));
                }
                fitted = fit(&pattern, &share, &sales, &bought);
            }
            let fitted = fitted.unwrap_or_default();
            inputs[m * j * j..(m + 1) * j * j].copy_from_slice(&fitted);
            for s in 0..j {
                value_added[s * n + m] = share[s];
            }
        }
        raised.dedup();
        let economy = SectoralEconomy::from_flows(j, n, &x, tariff, value_added, inputs)
            .map_err(|e| failed(e.to_string()))?;
        let gdp = atlas.state_series("gdp_usd_mn")?;
        let (mut made, mut counted) = (0.0, 0.0);
        for (m, i) in members.iter().enumerate() {
            if let Some(g) = gdp.at(StateId::from_index(*i), year) {
                made += economy.value_added()[m];
                counted += g;
            }
        }
        let mut notes = vec![
            format!(
                "the rest of the world is left out: {n} economies, {j} sectors, flows of {year}"
            ),
            format!(
                "inputs and value added are those of seven regions in {}, fitted to the flows; {} of \
                 {n} economies are in none of the six named and get the rest of the world's",
                accounts.year,
                borrowed.len()
            ),
        ];
        if !raised.is_empty() {
            notes.push(format!(
                "value added was raised until inputs fit in {}",
                raised.join(", ")
            ));
        }
        Ok(Self {
            members,
            sectors,
            economy,
            year,
            value_added_over_gdp: made / counted,
            notes,
        })
    }

    /// A published set of elasticities, one a sector; the error lists the sets.
    pub fn elasticities(&self, atlas: &Atlas, set: &str) -> Result<Vec<f64>, ModelError> {
        let panel = atlas.items("trade_elasticity")?;
        self.sectors
            .iter()
            .map(|s| {
                let item = panel.item(&format!("{set}|{s}"));
                let value = item.and_then(|i| panel.of(i).last()).map(|r| r.2);
                value.ok_or_else(|| {
                    let mut sets: Vec<&str> = panel
                        .items()
                        .iter()
                        .filter_map(|i| i.split_once('|').map(|p| p.0))
                        .collect();
                    sets.dedup();
                    failed(format!(
                        "no set `{set}` of sectoral elasticities; there are {}",
                        sets.join(", ")
                    ))
                })
            })
            .collect()
    }
}

/// Shares by region, sector and input.
struct Accounts<'a> {
    atlas: &'a Atlas,
    year: Year,
}

impl<'a> Accounts<'a> {
    fn read(atlas: &'a Atlas) -> Result<Self, ModelError> {
        let panel = atlas.items("value_added_share")?;
        let year = panel.rows().iter().map(|r| r.1).max();
        let year = year.ok_or_else(|| failed("no value-added shares".to_owned()))?;
        Ok(Self { atlas, year })
    }

    fn value_added(&self, region: &str, sectors: &[String]) -> Result<Vec<f64>, ModelError> {
        let panel = self.atlas.items("value_added_share")?;
        sectors
            .iter()
            .map(|s| {
                let item = panel.item(&format!("{region}|{s}"));
                let value = item.and_then(|i| panel.of(i).last()).map(|r| r.2);
                value.ok_or_else(|| failed(format!("no value added of {s} in {region}")))
            })
            .collect()
    }

    /// Using sector × input.
    fn inputs(&self, region: &str, sectors: &[String]) -> Result<Vec<f64>, ModelError> {
        let j = sectors.len();
        let panel = self.atlas.items("input_share")?;
        let mut out = vec![0.0; j * j];
        for (u, user) in sectors.iter().enumerate() {
            for (i, input) in sectors.iter().enumerate() {
                let item = panel.item(&format!("{region}|{user}|{input}"));
                out[u * j + i] = item.and_then(|i| panel.of(i).last()).map_or(0.0, |r| r.2);
            }
            if out[u * j..(u + 1) * j].iter().sum::<f64>() < 0.5 {
                return Err(failed(format!("no inputs of {user} in {region}")));
            }
        }
        Ok(out)
    }
}

/// The region of the accounts that a state belongs to.
fn region(atlas: &Atlas, state: StateId) -> Result<&'static str, ModelError> {
    let iso3 = atlas.states().iso3(state);
    if let Some(own) = ["BRA", "CHN", "IND", "JPN", "USA"]
        .iter()
        .find(|r| **r == iso3)
    {
        return Ok(own);
    }
    let union = atlas.members("EU", Year(2017))?;
    Ok(if union.contains(&state) { "EU" } else { "ROW" })
}

/// Input shares (using sector × input) nearest to `pattern` such that no input is used more than it
/// is bought; `None` when the purchases are too small for the inputs.
fn fit(pattern: &[f64], value_added: &[f64], sales: &[f64], bought: &[f64]) -> Option<Vec<f64>> {
    let j = sales.len();
    let cost: Vec<f64> = (0..j).map(|k| (1.0 - value_added[k]) * sales[k]).collect();
    if cost.iter().sum::<f64>() >= MOST_INPUT * bought.iter().sum::<f64>() {
        return None;
    }
    let mut g = pattern.to_vec();
    for _ in 0..ROUNDS {
        let mut worst: f64 = 0.0;
        for s in 0..j {
            let used: f64 = (0..j).map(|k| g[k * j + s] * cost[k]).sum();
            let most = MOST_INPUT * bought[s];
            if used > most {
                worst = worst.max(if most > 0.0 { used / most - 1.0 } else { 1.0 });
                (0..j).for_each(|k| g[k * j + s] *= most / used);
            }
        }
        for row in g.chunks_exact_mut(j) {
            let sum: f64 = row.iter().sum();
            if sum <= 0.0 {
                return None;
            }
            row.iter_mut().for_each(|x| *x /= sum);
        }
        if worst < CLOSE {
            return Some(g);
        }
    }
    None
}

/// Applied tariffs on goods, sector × exporter × importer; zero where unknown and on services.
fn tariffs(
    atlas: &Atlas,
    year: Year,
    members: &[usize],
    sectors: usize,
) -> Result<Vec<f64>, ModelError> {
    let n = members.len();
    let panel = atlas.dyads("tariff_applied")?;
    let mut tariff = vec![0.0; sectors * n * n];
    for (a, j) in members.iter().enumerate() {
        for (b, i) in members.iter().enumerate() {
            let pair = (StateId::from_index(*j), StateId::from_index(*i));
            if a != b
                && let Some((_, t)) = panel.latest(pair.0, pair.1, year)
                && t.is_finite()
                && t > 0.0
            {
                (0..sectors - 1).for_each(|s| tariff[(s * n + a) * n + b] = t);
            }
        }
    }
    Ok(tariff)
}

fn failed(message: String) -> ModelError {
    ModelError::Fixed {
        domain: "trade",
        message: format!("sectoral accounts: {message}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn prop_fitted_inputs_stay_within_purchases_and_sum_to_one() {
        // Two sectors; the pattern wants more of the first than there is.
        let g = fit(
            &[0.9, 0.1, 0.8, 0.2],
            &[0.5, 0.5],
            &[10.0, 10.0],
            &[4.0, 30.0],
        )
        .expect("feasible");
        let used: Vec<f64> = (0..2).map(|s| 5.0 * (g[s] + g[2 + s])).collect();
        assert!(used[0] <= 4.0 && used[1] <= 30.0, "{used:?}");
        assert!((g[0] + g[1] - 1.0).abs() < 1e-12);
        // More inputs than purchases: said, not hidden.
        assert!(fit(&[0.5; 4], &[0.1, 0.1], &[10.0, 10.0], &[4.0, 4.0]).is_none());
    }

    #[test]
    fn prop_the_embedded_accounts_close_and_are_near_gdp() {
        let atlas = Atlas::embedded().expect("tables");
        let s = Sectoral::new(&atlas).expect("accounts");
        assert!(s.members.len() >= 75 && s.sectors.len() == 23);
        assert!(
            (0.8..1.2).contains(&s.value_added_over_gdp),
            "{}",
            s.value_added_over_gdp
        );
        assert!(
            s.elasticities(&atlas, "CP")
                .expect("a set")
                .iter()
                .all(|e| *e > 0.0)
        );
        assert!(s.elasticities(&atlas, "none").is_err());
    }
}
