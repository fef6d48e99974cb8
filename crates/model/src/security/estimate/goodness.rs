//! Goodness of fit of the hazards of pacts on the network that came: degrees, shared partners and
//! distances (MODEL.md §3.1).

use realign_atlas::{Atlas, Year};
use realign_numerics::goodness::{Endogenous, Row, YearOdds, goodness};
use realign_numerics::network::Network;

use super::panel::ORGANISATION_SIZE;
use super::record::Record;
use super::ties::pact_hazards_to;
use crate::ModelError;
use crate::security::covariates::{COUNT, Profile, STATIC, partners_of};
use crate::security::missing;
use crate::security::ties::Ties;

/// Seed of the simulated networks.
const SEED: u64 = 0x676f_6f64;

/// Observed and simulated statistics of the network of pacts.
#[derive(Clone, Debug, PartialEq)]
pub struct PactGoodness {
    /// Year of the network that the simulation starts from; hazards are fitted up to it.
    pub from: Year,
    /// Year of the network that is compared.
    pub to: Year,
    /// States in the network.
    pub states: usize,
    /// Simulated networks.
    pub networks: u32,
    /// Statistics.
    pub rows: Vec<Row>,
}

impl PactGoodness {
    /// Statistics whose observed value lies in the 95 % interval, and all.
    pub fn inside(&self) -> (usize, usize) {
        let inside = self.rows.iter().filter(|r| r.inside()).count();
        (inside, self.rows.len())
    }
}

/// Simulates the pacts of `from` to `to` with hazards fitted on the years up to `from`, and compares
/// the networks with the observed one. Covariates are those observed in each year; changes by which
/// a state gains or loses many pacts at once are the work of organisations and are made as observed.
pub fn pact_goodness(
    atlas: &Atlas,
    from: Year,
    to: Year,
    networks: u32,
) -> Result<PactGoodness, ModelError> {
    if to <= from {
        return Err(missing(format!(
            "goodness of fit from {from} to {to}: no years"
        )));
    }
    let (form, end) = pact_hazards_to(atlas, from.0)?;
    let record = Record::open(atlas)?;
    let n = record.n;
    let (pacts, rivalry) = (atlas.spells("defence_pact")?, atlas.spells("rivalry")?);
    let cooperation = atlas.spells("defence_cooperation")?;
    // States that are in the system in every year.
    let always = |i: usize| (from.0..to.0).all(|y| record.profile(i, Year(y)).is_some());
    let inside: Vec<usize> = (0..n).filter(|i| always(*i)).collect();
    let network = |ties: &Ties| {
        let m = inside.len();
        let mut net = Network::new(m);
        for a in 0..m {
            for b in a + 1..m {
                net.set(a, b, ties.has(inside[a], inside[b]));
            }
        }
        net
    };
    let mut years = Vec::new();
    for y in from.0..to.0 {
        let (then, next) = (Year(y), Year(y + 1));
        let (before, after) = (record.ties(pacts, then), record.ties(pacts, next));
        let agreements = record.ties(cooperation, then);
        let rivals = record.ties(rivalry, then);
        let changes: Vec<usize> = (0..n)
            .map(|i| {
                (0..n)
                    .filter(|j| before.has(i, *j) != after.has(i, *j))
                    .count()
            })
            .collect();
        let profiles: Vec<Profile> = inside
            .iter()
            .filter_map(|i| record.profile(*i, then))
            .collect();
        let mut year = YearOdds {
            form: Vec::new(),
            end: Vec::new(),
            set: Vec::new(),
        };
        for (a, &i) in inside.iter().enumerate() {
            for (b, &j) in inside.iter().enumerate().skip(a + 1) {
                let pair = record.pair((i, &profiles[a]), (j, &profiles[b]), rivals.has(i, j));
                let other = f64::from(u8::from(agreements.has(i, j)));
                year.form.push(pair.dot(&form) + form[STATIC + 1] * other);
                // Ending counts allies from the reference.
                let reference = end[COUNT] * partners_of(0);
                year.end
                    .push(pair.dot(&end) + end[STATIC + 1] * other + reference);
                let changed = before.has(i, j) != after.has(i, j);
                if changed && changes[i].max(changes[j]) >= ORGANISATION_SIZE {
                    year.set.push(((a, b), after.has(i, j)));
                }
            }
        }
        years.push(year);
    }
    let add = Endogenous {
        form_shared: form[STATIC],
        end_shared: end[STATIC],
        end_partners: end[COUNT],
    };
    let (start, observed) = (
        network(&record.ties(pacts, from)),
        network(&record.ties(pacts, to)),
    );
    Ok(PactGoodness {
        from,
        to,
        states: inside.len(),
        networks,
        rows: goodness(&start, &years, &add, &observed, networks, SEED),
    })
}
