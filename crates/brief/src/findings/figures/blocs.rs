//! Ties between states before and after, sorted by bloc, beside the plane of stability and
//! adaptability.

use realign_model::security;
use realign_model::setting::TrustView;
use realign_model::world::World;

use super::{Words, figure, titled};
use crate::BriefError;
use crate::figure::{Bloc, Blocs, Chart, Cloud, Figure, Plane, TieMatrix};
use crate::findings::Material;
use crate::findings::facts::{Ask, Facts, Kind, Whom};
use crate::sentence::Sentence;

/// States in the matrix: the hegemon, the targets first, then others by strength.
const SHOWN: usize = 18;
/// Blocs that get a label; further ones are grouped.
const LABELLED: usize = 5;

/// The matrix before and after with the plane.
pub fn ties(material: &Material<'_>, facts: &mut Facts<'_>) -> Result<Figure, BriefError> {
    let row = facts.get(&Ask::effect("security.effective_blocs", Whom::World))?;
    let hub = facts.get(&Ask::effect("security.hub_dependence", Whom::World))?;
    let shown = shown(material);
    let before = matrix(
        material,
        &material.central.quiet,
        "without the acts",
        &shown,
    );
    let after = matrix(material, &material.central.shock, "with the acts", &shown);
    let (title, claims) = titled(
        facts,
        &row,
        "The effective number of blocs",
        "rises by",
        "falls by",
    );
    let words = Words {
        id: "fig-blocs",
        title,
        subtitle: Sentence::from("Ties weighted by mutual reliability in ")
            .year(material.span().1)
            .text(
                ", darker is closer, sorted by bloc; beside it all draws in the plane of \
                   stability and adaptability.",
            ),
        remark: vec![Sentence::from(
            "The matrix is one path at the centre of all parameters; the plane and the numbers are \
             over all draws.",
        )],
        evidence: vec![row, hub],
        claims,
    };
    let chart = Chart::Blocs(Blocs {
        before,
        after,
        plane: plane(facts)?,
    });
    Ok(figure(material, facts, words, chart, true))
}

fn plane(facts: &Facts<'_>) -> Result<Option<Plane>, BriefError> {
    let sample =
        |indicator: &str, kind: Kind| facts.sample(&Ask::effect(indicator, Whom::World).of(kind));
    let cloud = |kind: Kind| -> Result<Option<Cloud>, BriefError> {
        Ok(Cloud::of(
            &sample("security.tie_survival", kind)?,
            &sample("security.recovered_protection", kind)?,
        ))
    };
    let (Some(before), Some(after)) = (cloud(Kind::Quiet)?, cloud(Kind::Level)?) else {
        return Ok(None);
    };
    Ok(Some(Plane {
        title: "Stability and adaptability".to_owned(),
        note: "regions hold half and nine tenths of the draws".to_owned(),
        x_axis: "pacts that survive, %".to_owned(),
        y_axis: "help rebuilt without the hegemon, %".to_owned(),
        before_label: "without".to_owned(),
        before,
        after_label: "with".to_owned(),
        after,
    }))
}

/// Positions of the states in the matrix.
fn shown(material: &Material<'_>) -> Vec<usize> {
    let world = &material.central.quiet;
    let strength = world.security.strength();
    let mut rest: Vec<usize> = (0..strength.len())
        .filter(|i| world.security.pacts.degree(*i) > 0)
        .collect();
    rest.sort_by(|a, b| strength[*b].total_cmp(&strength[*a]).then(a.cmp(b)));
    let mut out: Vec<usize> = vec![material.hegemon().index()];
    out.extend(material.targets().iter().map(|t| t.index()));
    out.extend(rest);
    let mut seen = std::collections::BTreeSet::new();
    out.retain(|i| seen.insert(*i));
    out.truncate(SHOWN);
    out
}

fn matrix(material: &Material<'_>, world: &World, title: &str, shown: &[usize]) -> TieMatrix {
    let start = &material.central.start;
    let c = &start.coefficients;
    let view = TrustView {
        now: &world.trust,
        start: &start.world.trust,
        coefficients: &c.trust,
    };
    let fixed = &material.model.fixed().security;
    let protection = security::Protection::new(fixed, &c.security, &world.security, &view);
    let measures = security::bloc_measures(fixed, &c.security, &world.security, &view, &protection);
    // Order by community, larger communities first, the order of `shown` within.
    let size = |k: usize| {
        shown
            .iter()
            .filter(|i| measures.community[**i] == k)
            .count()
    };
    let mut order: Vec<usize> = shown.to_vec();
    order.sort_by_key(|i| {
        let k = measures.community[*i];
        (std::cmp::Reverse(size(k)), k)
    });
    let mut blocs: Vec<Bloc> = Vec::new();
    for (at, i) in order.iter().enumerate() {
        let same = at > 0 && measures.community[order[at - 1]] == measures.community[*i];
        match blocs.last_mut() {
            Some(b) if same => b.len += 1,
            _ => blocs.push(Bloc {
                label: String::new(),
                start: at,
                len: 1,
            }),
        }
    }
    let states = material.atlas.states();
    for (k, b) in blocs.iter_mut().enumerate() {
        if k < LABELLED && b.len > 1 {
            let leader = order[b.start..b.start + b.len]
                .iter()
                .max_by(|x, y| {
                    let s = world.security.strength();
                    s[**x].total_cmp(&s[**y])
                })
                .copied()
                .unwrap_or(order[b.start]);
            let id = realign_atlas::StateId::from_index(leader);
            b.label = format!("around {}", states.get(id).name);
        }
    }
    let n = order.len();
    let mut ties = vec![0.0; n * n];
    for (a, &i) in order.iter().enumerate() {
        for (b, &j) in order.iter().enumerate() {
            if i != j {
                let pact = world.security.pacts.has(i, j);
                let other = world.security.cooperation.has(i, j);
                let weight = if pact {
                    c.security.bloc_pact_weight
                } else if other {
                    c.security.bloc_cooperation_weight
                } else {
                    0.0
                };
                let p = (view.reliability(i, j) * view.reliability(j, i)).sqrt();
                ties[a * n + b] = (weight * p).clamp(0.0, 1.0);
            }
        }
    }
    let codes = order
        .iter()
        .map(|i| {
            states
                .iso3(realign_atlas::StateId::from_index(*i))
                .to_owned()
        })
        .collect();
    TieMatrix {
        title: title.to_owned(),
        note: format!("{:.1} effective blocs", measures.effective_blocs),
        codes,
        ties,
        blocs,
    }
}
