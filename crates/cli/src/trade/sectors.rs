//! `realign trade shock --sectors`: input–output links on the embedded tables, reconciled with the
//! one-sector world.

use realign_atlas::{Atlas, StateId};
use realign_model::trade::Sectoral;
use realign_numerics::caliendo_parro::{
    SectoralChange, SectoralEconomy, SectoralEquilibrium, SectoralOptions, first_order,
    purge_deficits, solve,
};
use realign_numerics::equilibrium::{
    Change, Deficits, Economy, SolveOptions, Technology, solve as solve_one,
};
use serde_json::{Value, json};

use super::levy::{Barrier, Levy};
use super::world::World;
use super::{DeficitRule, ShockArgs, fixed, table};
use crate::report::Failure;

/// Sectors shown for those who levy.
const SECTORS_SHOWN: usize = 6;

/// A sectoral run beside two runs without sectors.
pub struct Run {
    set: String,
    codes: Vec<String>,
    names: Vec<String>,
    sectors: Vec<String>,
    economy: SectoralEconomy,
    answer: SectoralEquilibrium,
    first: Vec<f64>,
    /// Mean elasticity, weighted by trade between states.
    mean_elasticity: f64,
    /// Exact real income of the one-sector model on the same economies, per cent.
    same: Vec<f64>,
    /// The same of the all-country world; `None` where a state is not in it.
    all: Vec<Option<f64>>,
    /// Economies of that world.
    countries: usize,
    acting: Vec<usize>,
    top: usize,
    notes: Vec<String>,
}

/// Solves with links, and without on the same and on all economies.
pub fn run(
    args: &ShockArgs,
    world: &World,
    levied: &[Levy],
    walls: &[Barrier],
) -> Result<Run, Failure> {
    let atlas = Atlas::embedded()?;
    let s = Sectoral::new(&atlas)?;
    let theta = s.elasticities(&atlas, &args.set)?;
    let (j, n) = (s.sectors.len(), s.members.len());
    let codes: Vec<String> = s
        .members
        .iter()
        .map(|i| atlas.states().iso3(StateId::from_index(*i)).to_owned())
        .collect();
    // From the all-country world to the sectoral one.
    let place: Vec<Option<usize>> = world
        .codes
        .iter()
        .map(|c| codes.iter().position(|d| d == c))
        .collect();
    let mut notes = s.notes.clone();
    notes.push(format!(
        "value added implied is {:.2} of GDP over all economies",
        s.value_added_over_gdp
    ));
    let outside = levied
        .iter()
        .filter(|l| place[l.by].is_none() || place[l.on].is_none())
        .count();
    if outside > 0 {
        notes.push(format!(
            "{outside} of {} tariffs concern economies without sectoral tables and are left out",
            levied.len()
        ));
    }
    let goods = j - 1;
    let mut tariff = s.economy.tariff().to_vec();
    let mut shift = vec![0.0; if walls.is_empty() { 0 } else { j * n * n }];
    let mut acting = Vec::new();
    for l in levied {
        if let (Some(by), Some(on)) = (place[l.by], place[l.on]) {
            (0..goods).for_each(|k| tariff[(k * n + on) * n + by] += l.rate);
            acting.extend([by, on]);
        }
    }
    for w in walls {
        if let (Some(a), Some(b)) = (place[w.a], place[w.b]) {
            for k in 0..goods {
                let cut = -theta[k] * w.rate.ln_1p();
                shift[(k * n + a) * n + b] += cut;
                shift[(k * n + b) * n + a] += cut;
            }
            acting.extend([a, b]);
        }
    }
    acting.sort_unstable();
    acting.dedup();
    let options = SectoralOptions::default();
    let base = match args.deficits {
        DeficitRule::Additive => s.economy.clone(),
        DeficitRule::Multiplicative => s.economy.clone().closed_by(Deficits::Multiplicative),
        DeficitRule::Purged => {
            purge_deficits(&s.economy, &theta, &options).map_err(Failure::plain)?
        }
    };
    let change = SectoralChange {
        tariff: &tariff,
        log_shift: (!shift.is_empty()).then_some(&shift[..]),
        surplus: None,
    };
    let answer = solve(&base, &theta, &change, None, &options).map_err(Failure::plain)?;
    if !answer.verdict.is_converged() {
        return Err(Failure::hinted(
            format!(
                "sectors: no equilibrium was found (residual {:.1e}, {:.0} % of the shock solved)",
                answer.residual,
                100.0 * answer.shock_share
            ),
            "--deficits multiplicative or purged has an answer where transfers that stay put have none",
        ));
    }
    let first = first_order(&base, &theta, &change, &answer)
        .welfare
        .iter()
        .map(|x| 100.0 * x)
        .collect();
    let mean_elasticity = mean(&base, &theta);
    let same = one_sector(&base, &tariff, &shift, &theta, mean_elasticity)?;
    let all = everyone(world, levied, walls, mean_elasticity, &codes)?;
    Ok(Run {
        set: args.set.clone(),
        names: s
            .members
            .iter()
            .map(|i| atlas.states().get(StateId::from_index(*i)).name.clone())
            .collect(),
        codes,
        sectors: s.sectors,
        economy: base,
        answer,
        first,
        mean_elasticity,
        same,
        all,
        countries: world.n(),
        acting,
        top: args.top,
        notes,
    })
}

/// Elasticity weighted by trade between different states.
fn mean(e: &SectoralEconomy, theta: &[f64]) -> f64 {
    let n = e.regions();
    let (mut sum, mut weight) = (0.0, 0.0);
    for (k, x) in e.flows().iter().enumerate() {
        if (k / n) % n != k % n {
            sum += theta[k / (n * n)] * x;
            weight += x;
        }
    }
    sum / weight
}

/// Real income without sectors and links on the same economies: tariffs and costs are means over
/// sectors, weighted by flows.
fn one_sector(
    e: &SectoralEconomy,
    tariff: &[f64],
    shift: &[f64],
    theta: &[f64],
    elasticity: f64,
) -> Result<Vec<f64>, Failure> {
    let (j, n) = (e.sectors(), e.regions());
    let flows = e.flows();
    let m = n * n;
    let mut total = vec![0.0; m];
    let (mut old, mut new, mut wall) = (vec![0.0; m], vec![0.0; m], vec![0.0; m]);
    for s in 0..j {
        for k in 0..m {
            let at = s * m + k;
            let x = flows[at];
            total[k] += x;
            old[k] += x * e.tariff()[at];
            new[k] += x * tariff[at];
            if let Some(cut) = shift.get(at) {
                wall[k] += x * cut / theta[s] * elasticity;
            }
        }
    }
    for k in 0..m {
        if total[k] > 0.0 {
            old[k] /= total[k];
            new[k] /= total[k];
            wall[k] /= total[k];
        }
    }
    let base = Economy::new(n, total, old, vec![0.0; n])
        .map_err(Failure::plain)?
        .closed_by(Deficits::Multiplicative);
    let change = Change {
        tariff: &new,
        log_shift: Some(&wall),
        transfer: None,
    };
    let technology = Technology::armington(elasticity);
    let r = solve_one(&base, &technology, &change, None, &SolveOptions::default())
        .map_err(Failure::plain)?;
    let fine = r.verdict.is_converged();
    let percent = |w: &f64| if fine { 100.0 * (w - 1.0) } else { f64::NAN };
    Ok(r.welfare.iter().map(percent).collect())
}

/// Real income in the all-country world at the same mean elasticity.
fn everyone(
    world: &World,
    levied: &[Levy],
    walls: &[Barrier],
    elasticity: f64,
    codes: &[String],
) -> Result<Vec<Option<f64>>, Failure> {
    let n = world.n();
    let tariff = super::shock::tariffs(world, levied);
    let mut shift = vec![0.0; n * n];
    for w in walls {
        let cut = -elasticity * w.rate.ln_1p();
        shift[w.a * n + w.b] += cut;
        shift[w.b * n + w.a] += cut;
    }
    let change = Change {
        tariff: &tariff,
        log_shift: Some(&shift),
        transfer: None,
    };
    let base = world.economy.clone().closed_by(Deficits::Multiplicative);
    let technology = Technology::armington(elasticity);
    let r = solve_one(&base, &technology, &change, None, &SolveOptions::default())
        .map_err(Failure::plain)?;
    let fine = r.verdict.is_converged();
    Ok(codes
        .iter()
        .map(|c| {
            let k = world.codes.iter().position(|w| w == c)?;
            fine.then(|| 100.0 * (r.welfare[k] - 1.0))
        })
        .collect())
}

impl Run {
    fn income(&self, i: usize) -> f64 {
        100.0 * (self.answer.real_income[i] - 1.0)
    }

    /// Change of a sector's output, per cent.
    fn output(&self, sector: usize, i: usize) -> f64 {
        let n = self.codes.len();
        let old = self.economy.flows();
        let at = (sector * n + i) * n;
        let sum = |f: &[f64]| f[at..at + n].iter().sum::<f64>();
        100.0 * (sum(&self.answer.flows) / sum(&old) - 1.0)
    }

    /// Prints the comparison.
    pub fn print(&self) {
        let n = self.codes.len();
        println!(
            "\nMany sectors with input-output links (Caliendo & Parro): {n} economies, {} sectors, elasticities {} (mean {:.2})",
            self.sectors.len(),
            self.set,
            self.mean_elasticity
        );
        let size = |i: &usize| self.income(*i).abs();
        let mut acting = self.acting.clone();
        acting.sort_by(|a, b| size(b).total_cmp(&size(a)));
        acting.truncate(self.top.max(6));
        let mut others: Vec<usize> = (0..n).filter(|i| !self.acting.contains(i)).collect();
        others.sort_by(|a, b| size(b).total_cmp(&size(a)));
        let rows = acting.iter().chain(others.iter().take(self.top)).map(|i| {
            vec![
                format!("{} {}", self.codes[*i], self.names[*i]),
                fixed(self.income(*i), 3),
                fixed(self.first[*i], 3),
                fixed(self.same[*i], 3),
                fixed(self.all[*i].unwrap_or(f64::NAN), 3),
                fixed(100.0 * (self.answer.real_wage[*i] - 1.0), 3),
            ]
        });
        let header = [
            "real income, %",
            "sectors and links, exact",
            "first-order",
            "one sector, same economies",
            "one sector, all countries",
            "real wage",
        ];
        println!("{}", table(&header, rows.collect()));
        let (mut links, mut data, mut weight) = (0.0, 0.0, 0.0);
        for i in 0..n {
            if let Some(all) = self.all[i] {
                let w = self.economy.value_added()[i];
                links += w * (self.income(i) - self.same[i]).abs();
                data += w * (self.same[i] - all).abs();
                weight += w;
            }
        }
        println!(
            "Why they differ: sectors and links move real income by {} points on average, the data \
             (goods and services of {} economies against goods of {}) by {}; the elasticity is the same.",
            fixed(links / weight, 3),
            n,
            self.countries,
            fixed(data / weight, 3)
        );
        for i in acting.iter().take(3) {
            let mut list: Vec<(usize, f64)> = (0..self.sectors.len())
                .map(|s| (s, self.output(s, *i)))
                .filter(|x| x.1.is_finite())
                .collect();
            list.sort_by(|a, b| b.1.abs().total_cmp(&a.1.abs()));
            let words: Vec<String> = list
                .iter()
                .take(SECTORS_SHOWN)
                .map(|(s, x)| format!("{} {} %", self.sectors[*s], fixed(*x, 1)))
                .collect();
            println!("Output of {}: {}.", self.codes[*i], words.join(", "));
        }
        println!(
            "Solved to {:.0e} in {} evaluations.",
            self.answer.residual, self.answer.work.evaluations
        );
        for note in &self.notes {
            println!("Note: {note}.");
        }
    }

    /// Everything, for machines.
    pub fn as_json(&self) -> Value {
        let n = self.codes.len();
        json!({
            "model": "many sectors with input-output links (Caliendo & Parro 2015)",
            "elasticities": self.set, "mean_elasticity": self.mean_elasticity,
            "sectors": self.sectors, "residual": self.answer.residual, "converged": true,
            "evaluations": self.answer.work.evaluations,
            "states": (0..n).map(|i| json!({
                "state": self.codes[i], "real_income_pct": self.income(i),
                "first_order_pct": self.first[i],
                "real_wage_pct": 100.0 * (self.answer.real_wage[i] - 1.0),
                "one_sector_same_economies_pct": self.same[i],
                "one_sector_all_countries_pct": self.all[i],
                "output_pct": (0..self.sectors.len()).map(|s| {
                    let x = self.output(s, i);
                    if x.is_finite() { json!(x) } else { Value::Null }
                }).collect::<Vec<_>>(),
            })).collect::<Vec<_>>(),
            "notes": self.notes,
        })
    }
}
