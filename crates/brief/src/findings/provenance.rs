//! Where the numbers come from: sources, parameters, records.

use std::collections::BTreeSet;

use realign_atlas::Atlas;
use realign_model::params::Tag;

use super::Material;
use crate::document::{Block, Parameter, Section, Source};
use crate::evidence::{EvidenceRow, Record, SourceId, Verdict};
use crate::numbers;

/// Variables of the atlas that each domain reads.
const READS: &[(&str, &[&str])] = &[
    (
        "trust",
        &[
            "ideal_point",
            "favourability",
            "event_balance",
            "gdelt_tone",
            "peace_scale",
        ],
    ),
    (
        "security",
        &[
            "cinc",
            "milex_burden",
            "defence_pact",
            "defence_cooperation",
            "us_mnna",
            "rivalry",
            "peace_scale",
            "distance_km",
            "contiguity",
            "nuclear_status",
            "nuclear_latency",
            "polyarchy",
        ],
    ),
    (
        "trade",
        &[
            "trade_goods_musd",
            "tariff_applied",
            "trade_agreement",
            "us_tariff_effective",
            "gdp_usd_mn",
            "distance_km",
        ],
    ),
    (
        "arms",
        &[
            "arms_world_share_5y",
            "arms_base_share_30y",
            "arms_open_order_share",
            "f35_ordered",
            "combat_aircraft_on_order",
        ],
    ),
    (
        "finance",
        &[
            "us_securities_musd",
            "reserve_currency_share",
            "liquidity_line",
            "reserves_usd_mn",
        ],
    ),
    (
        "standards",
        &[
            "iso_secretariats",
            "ai_compute_h100eq",
            "chip_input_share",
            "trade_goods_musd",
        ],
    ),
    (
        "exposure",
        &[
            "raw_material_musd",
            "mining_share",
            "chip_input_share",
            "trade_goods_musd",
            "arms_base_share_30y",
        ],
    ),
];

/// The record that ships with the program.
#[derive(serde::Deserialize)]
struct RecordFile {
    record: Vec<RecordEntry>,
}

/// How one domain did on years it had not seen.
#[derive(Clone, Debug, serde::Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RecordEntry {
    /// Domain.
    pub domain: String,
    /// Part and horizon.
    pub scope: String,
    /// Verdict, in snake case.
    pub verdict: String,
    /// What was compared, with numbers and how to make them again.
    pub detail: String,
}

impl RecordEntry {
    fn verdict(&self) -> Verdict {
        match self.verdict.as_str() {
            "clearly_better" => Verdict::ClearlyBetter,
            "better" => Verdict::Better,
            "slightly_better" => Verdict::SlightlyBetter,
            "no_better" => Verdict::NoBetter,
            "worse" => Verdict::Worse,
            _ => Verdict::NotScored,
        }
    }
}

/// The committed record, by domain.
pub fn records() -> Vec<RecordEntry> {
    toml::from_str::<RecordFile>(include_str!("../../../../backtests/record.toml"))
        .map(|f| f.record)
        .unwrap_or_default()
}

impl Material<'_> {
    /// Record of a domain.
    pub fn record_of(&self, domain: &str) -> Record {
        let domain = rests_on(domain);
        records().iter().find(|r| r.domain == domain).map_or_else(
            || Record {
                scope: domain.to_owned(),
                verdict: Verdict::NotScored,
            },
            |r| Record {
                scope: r.scope.clone(),
                verdict: r.verdict(),
            },
        )
    }

    /// Sources of a domain: one per table that it reads.
    pub fn sources_of(&self, domain: &str) -> Vec<SourceId> {
        let domain = rests_on(domain);
        let mut ids = Vec::new();
        for (_, variables) in READS.iter().filter(|(d, _)| *d == domain) {
            for v in *variables {
                for id in source_ids(self.atlas, v) {
                    if !ids.contains(&id) {
                        ids.push(id);
                    }
                }
            }
        }
        ids
    }
}

/// The domain whose data a block of parameters rests on: acts are read by trust.
fn rests_on(block: &str) -> &str {
    if block == "acts" { "trust" } else { block }
}

/// Numbers of the sources of a variable: sources are numbered in the order of the catalogue,
/// each publisher and reference once.
pub fn source_ids(atlas: &Atlas, variable: &str) -> Vec<SourceId> {
    let all = distinct(atlas);
    atlas
        .catalogue()
        .variable(variable)
        .map_or_else(Vec::new, |(table, _)| {
            table
                .sources
                .iter()
                .filter_map(|s| {
                    all.iter()
                        .position(|d| d.0 == s.publisher && d.1 == s.reference)
                })
                .map(number)
                .collect()
        })
}

fn number(k: usize) -> SourceId {
    SourceId::from(format!("S{:02}", k + 1).as_str())
}

fn distinct(atlas: &Atlas) -> Vec<(&str, &str, &str, &str)> {
    let mut all: Vec<(&str, &str, &str, &str)> = Vec::new();
    for s in atlas.catalogue().tables().iter().flat_map(|t| &t.sources) {
        if !all.iter().any(|d| d.0 == s.publisher && d.1 == s.reference) {
            all.push((&s.publisher, &s.reference, &s.licence, &s.vintage));
        }
    }
    all
}

/// The sources that rows and figures name.
pub fn sources(atlas: &Atlas, evidence: &[EvidenceRow], sections: &[Section]) -> Vec<Source> {
    let mut used: BTreeSet<SourceId> = evidence
        .iter()
        .flat_map(|r| r.sources.iter().cloned())
        .collect();
    for block in sections.iter().flat_map(|s| &s.blocks) {
        if let Block::Figure(f) = block {
            used.extend(f.sources.iter().cloned());
        }
    }
    distinct(atlas)
        .into_iter()
        .enumerate()
        .filter(|(k, _)| used.contains(&number(*k)))
        .map(|(k, (publisher, reference, licence, vintage))| Source {
            id: number(k),
            publisher: publisher.to_owned(),
            reference: reference.to_owned(),
            licence: licence.to_owned(),
            vintage: vintage.to_owned(),
            url: String::new(),
        })
        .collect()
}

/// The parameters that rows name.
pub fn parameters(material: &Material<'_>, evidence: &[EvidenceRow]) -> Vec<Parameter> {
    let used: BTreeSet<&str> = evidence
        .iter()
        .flat_map(|r| r.parameters.iter().map(AsRef::as_ref))
        .collect();
    material
        .model
        .params()
        .iter()
        .filter(|(id, _, _)| used.contains(id))
        .map(|(id, p, q)| {
            let (low, centre, high) = q.map_or_else(
                || {
                    (
                        p.prior.quantile(0.05),
                        p.prior.quantile(0.5),
                        p.prior.quantile(0.95),
                    )
                },
                |q| (q.mean - 1.645 * q.sd, q.mean, q.mean + 1.645 * q.sd),
            );
            Parameter {
                id: id.into(),
                label: p.label.clone(),
                value: numbers::range(centre, low, high),
                unit: p.unit.clone(),
                tag: match (q, p.tag) {
                    (Some(_), _) | (None, Tag::C) => 'C',
                    (None, Tag::V) => 'V',
                    (None, Tag::M) => 'M',
                    (None, Tag::P) => 'P',
                },
                source: q.map_or(&p.source, |q| &q.source).clone(),
            }
        })
        .collect()
}

/// Licences and boundaries for the last lines.
pub fn notices() -> Vec<String> {
    vec![
        "Boundaries: Natural Earth 1:110 million, public domain. The map takes no position on the \
         status of any territory."
            .to_owned(),
        "Type: Source Serif and Source Sans, SIL Open Font License.".to_owned(),
    ]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn prop_every_variable_that_is_cited_exists() {
        let atlas = Atlas::embedded().expect("the embedded atlas opens");
        for (domain, variables) in READS {
            for v in *variables {
                assert!(
                    atlas.catalogue().variable(v).is_some(),
                    "{domain} cites unknown {v}"
                );
            }
        }
    }

    #[test]
    fn prop_the_record_reads_and_has_every_domain() {
        let records = records();
        for (domain, _) in READS {
            assert!(
                records.iter().any(|r| r.domain == *domain),
                "no record of {domain}"
            );
        }
    }
}
