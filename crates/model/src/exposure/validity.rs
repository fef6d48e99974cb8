//! Whether the ranking says who lost supply when it was interrupted, beside its baseline.
//!
//! Raw materials by pair are in the atlas for five years, so two interruptions can be looked at:
//! supply from Russia from 2022 on, and Chinese licences on minerals from 2023 on. Every client and
//! material that bought from the supplier before is ranked by criticality × share of needs × years
//! missing, and by import share × concentration. What happened is the client's imports of the
//! material from everyone, as a share of the world's, that were not replaced a year after, over its
//! needs. Values, not tons: prices that differ between clients are noise in both rankings.

use realign_atlas::{Atlas, StateId, Year};
use realign_numerics::random::Stream;
use realign_numerics::ranking::{ndcg, spearman};

use super::layers::{Layer, MaterialGroup, Rule, ramp_gap_years};
use crate::ModelError;

/// One interruption of supply.
struct Episode {
    name: &'static str,
    supplier: &'static str,
    before: Year,
    after: Year,
    layers: &'static [&'static str],
}

const EPISODES: &[Episode] = &[
    Episode {
        name: "supply from Russia, 2022",
        supplier: "RUS",
        before: Year(2021),
        after: Year(2023),
        layers: &["energy", "critical_minerals"],
    },
    Episode {
        name: "Chinese licences on minerals, 2023",
        supplier: "CHN",
        before: Year(2022),
        after: Year(2024),
        layers: &["critical_minerals"],
    },
];

/// Smallest imports of a material that count, USD mn.
const LEAST_IMPORTS_MUSD: f64 = 20.0;
/// Resamples of clients.
const RESAMPLES: u32 = 400;
/// Seed of the resampling.
const SEED: u64 = 11;

/// A measure of the ranking, of its baseline, and of the difference between them.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Against {
    /// Of the ranking.
    pub ranking: f64,
    /// Of import share × concentration.
    pub baseline: f64,
    /// 5th and 95th percentile of the difference, clients resampled.
    pub difference: [f64; 2],
}

/// How the ranking did in one interruption.
#[derive(Clone, Debug, PartialEq)]
pub struct Validity {
    /// The interruption.
    pub name: String,
    /// Clients and materials ranked; none where the atlas does not reach the years.
    pub cells: usize,
    /// Clients among them.
    pub clients: usize,
    /// Rank correlation with what happened.
    pub spearman: Against,
    /// Normalised discounted cumulative gain.
    pub ndcg: Against,
}

/// A client's purchases of one material from the supplier.
#[derive(Clone, Copy)]
struct Bought {
    client: usize,
    score: f64,
    baseline: f64,
    lost: f64,
}

/// Scores the ranking on every interruption; one whose years are not in the atlas yet has no cells and
/// NaN for its measures.
pub fn validity(atlas: &Atlas) -> Result<Vec<Validity>, ModelError> {
    EPISODES.iter().map(|e| score(atlas, e)).collect()
}

fn score(atlas: &Atlas, episode: &Episode) -> Result<Validity, ModelError> {
    let layers = Layer::embedded()?;
    let mut cells = Vec::new();
    for layer in layers
        .iter()
        .filter(|l| episode.layers.contains(&l.id.as_str()))
    {
        if let Rule::RawMaterials { groups, .. } = &layer.dependence {
            let years = ramp_gap_years(
                layer.withdraw_years,
                layer.replace_years,
                layer.buffer_years,
            );
            for g in groups {
                cells.extend(bought(atlas, episode, g, layer.criticality * years)?);
            }
        }
    }
    let mut clients: Vec<usize> = cells.iter().map(|c| c.client).collect();
    clients.sort_unstable();
    clients.dedup();
    Ok(Validity {
        name: episode.name.to_owned(),
        cells: cells.len(),
        clients: clients.len(),
        spearman: against(&cells, &clients, spearman),
        ndcg: against(&cells, &clients, ndcg),
    })
}

fn bought(
    atlas: &Atlas,
    episode: &Episode,
    group: &MaterialGroup,
    weight: f64,
) -> Result<Vec<Bought>, ModelError> {
    let n = atlas.n();
    let trade = atlas.item_dyads("raw_material_musd")?;
    let mined = atlas.item_states("mining_share")?;
    let (Some(item), Some(supplier)) = (
        trade.item(&group.trade),
        atlas.states().by_iso3(episode.supplier),
    ) else {
        return Ok(Vec::new());
    };
    // Purchases, client × supplier, of one year.
    let of = |year: Year| {
        let mut m = vec![0.0; n * n];
        for r in trade.of(item).iter().filter(|r| r.3 == year && r.1 != r.2) {
            m[r.2.index() * n + r.1.index()] += r.4;
        }
        m
    };
    let (before, after) = (of(episode.before), of(episode.after));
    let (world, world_after): (f64, f64) = (before.iter().sum(), after.iter().sum());
    if world <= 0.0 || world_after <= 0.0 {
        return Ok(Vec::new());
    }
    let items: Vec<u16> = group.mining.iter().filter_map(|m| mined.item(m)).collect();
    let mut out = Vec::new();
    for i in (0..n).filter(|i| *i != supplier.index()) {
        let row = &before[i * n..(i + 1) * n];
        let imports: f64 = row.iter().sum();
        let from = row[supplier.index()];
        if imports < LEAST_IMPORTS_MUSD || from <= 0.0 {
            continue;
        }
        let output = items.iter().filter_map(|m| {
            let rows = mined.series(*m, StateId::from_index(i));
            rows.iter().rfind(|r| r.2 <= episode.before).map(|r| r.3)
        });
        let needs = output.sum::<f64>() / items.len().max(1) as f64 + imports / world;
        let later: f64 = after[i * n..(i + 1) * n].iter().sum();
        let concentration: f64 = row.iter().map(|v| (v / imports).powi(2)).sum();
        out.push(Bought {
            client: i,
            score: weight * from / world / needs,
            baseline: from / imports * concentration,
            lost: ((imports / world - later / world_after) / needs).max(0.0),
        });
    }
    Ok(out)
}

fn against(cells: &[Bought], clients: &[usize], measure: fn(&[f64], &[f64]) -> f64) -> Against {
    if cells.is_empty() {
        return Against {
            ranking: f64::NAN,
            baseline: f64::NAN,
            difference: [f64::NAN; 2],
        };
    }
    let both = |cells: &[Bought]| {
        let column = |of: fn(&Bought) -> f64| cells.iter().map(of).collect::<Vec<f64>>();
        let lost = column(|c| c.lost);
        (
            measure(&column(|c| c.score), &lost),
            measure(&column(|c| c.baseline), &lost),
        )
    };
    let (ranking, baseline) = both(cells);
    let mut differences: Vec<f64> = (0..RESAMPLES)
        .map(|r| {
            let stream = Stream::new(SEED, r);
            let sample: Vec<Bought> = (0..clients.len())
                .flat_map(|k| {
                    let u = stream.uniform(1, 0, 0, k as u32);
                    let pick =
                        clients[((u * clients.len() as f64) as usize).min(clients.len() - 1)];
                    cells.iter().filter(move |c| c.client == pick).copied()
                })
                .collect();
            let (a, b) = both(&sample);
            a - b
        })
        .filter(|d| d.is_finite())
        .collect();
    differences.sort_by(f64::total_cmp);
    let at = |p: f64| {
        let last = differences.len().saturating_sub(1) as f64;
        differences.get((p * last).round() as usize).copied()
    };
    Against {
        ranking,
        baseline,
        difference: [0.05, 0.95].map(|p| at(p).unwrap_or(f64::NAN)),
    }
}
