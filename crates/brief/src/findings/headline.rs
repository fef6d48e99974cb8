//! The first page: answer, four numbers, what they rest on; and the break-even values.

use realign_ensemble::EnsembleError;
use realign_ensemble::believe::{Belief, Conclusion, Search, break_even};
use realign_ensemble::run::Progress;
use realign_model::model::Model;
use serde::Deserialize;

use super::facts::{Ask, Facts, Kind, Whom};
use super::{Material, say};
use crate::BriefError;
use crate::document::{Aside, Headline};
use crate::sentence::{Sentence, Sign};

/// A conclusion that a reader would act on, and the assumption that it hangs on.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct HeadlineSpec {
    /// Domain.
    pub domain: String,
    /// Indicator of the world.
    pub indicator: String,
    /// Effect from which it counts, in the indicator's unit.
    pub threshold: f64,
    /// The assumed parameter.
    pub parameter: String,
    /// The conclusion in words, about the targets.
    pub claim: String,
    /// What history supports.
    pub history: String,
    /// Headlines of one group are inverted in the same runs: none of their parameters feeds the
    /// indicator of another.
    pub group: u32,
}

#[derive(Deserialize)]
struct File {
    headline: Vec<HeadlineSpec>,
}

/// A headline with its break-even value.
#[derive(Clone, Debug)]
pub struct HeadlineBelief {
    /// The conclusion.
    pub headline: HeadlineSpec,
    /// Where it begins to hold.
    pub belief: Belief,
    /// Draws behind it.
    pub draws: usize,
}

/// The headlines that ship with the program.
pub fn specs() -> Vec<HeadlineSpec> {
    toml::from_str::<File>(include_str!("../../../../params/headlines.toml"))
        .map(|f| f.headline)
        .unwrap_or_default()
}

/// Break-even values of all headlines.
pub fn beliefs(
    model: &Model,
    seed: u64,
    draws: usize,
    progress: Progress<'_>,
) -> Result<Vec<HeadlineBelief>, EnsembleError> {
    let mut groups: Vec<Vec<HeadlineSpec>> = Vec::new();
    for spec in specs() {
        match groups.iter_mut().find(|g| g[0].group == spec.group) {
            Some(group) => group.push(spec),
            None => groups.push(vec![spec]),
        }
    }
    let mut out = Vec::new();
    for group in groups {
        let asked: Vec<(String, Conclusion)> = group
            .iter()
            .map(|h| {
                let conclusion = Conclusion {
                    indicator: h.indicator.clone(),
                    states: Vec::new(),
                    threshold: h.threshold,
                };
                (h.parameter.clone(), conclusion)
            })
            .collect();
        let found = break_even(model, seed, draws, Search::COARSE, &asked, progress)?;
        out.extend(
            group
                .into_iter()
                .zip(found)
                .map(|(headline, belief)| HeadlineBelief {
                    headline,
                    belief,
                    draws,
                }),
        );
    }
    Ok(out)
}

/// Sentences under the title.
pub fn standfirst(material: &Material<'_>) -> Vec<Sentence> {
    let (start, end) = material.span();
    vec![
        Sentence::from(format!(
            "What follows from the acts of {} towards ",
            material.h()
        ))
        .count(material.targets().len() as u64)
        .text(" states, simulated from ")
        .year(start)
        .text(" to ")
        .year(end)
        .text(" on public data, with and without the acts, on the same random numbers."),
    ]
}

/// How much larger than the last year's an effect of another year must be to be told.
const WORTH_SAYING: f64 = 1.2;

/// The answer: trust, then the three domains, each from its own interval.
pub fn answer(material: &Material<'_>, facts: &mut Facts<'_>) -> Result<Vec<Sentence>, BriefError> {
    let (h, group, end) = (material.h(), material.group(), material.span().1);
    let trust = facts.get(&Ask::effect("trust.targets_in_hegemon_change", Whom::World))?;
    let orders = facts.get(&Ask::effect(
        "arms.targets_hegemon_order_share",
        Whom::World,
    ))?;
    let trade = facts.get(&Ask::effect("trade.targets_hegemon_share", Whom::World))?;
    let ties = facts.get(&Ask::effect(
        "security.new_agreements_among_targets",
        Whom::World,
    ))?;
    let mut deepest = Vec::new();
    let ask = Ask::effect("trust.targets_in_hegemon_change", Whom::World);
    if let Some(year) = facts.extreme_year(&ask)?.filter(|y| *y != end) {
        let row = facts.get(&ask.in_year(year))?;
        let size = |id| facts.row(id).map_or(0.0, |r| r.estimate.abs());
        let apart = size(&row) > WORTH_SAYING * size(&trust);
        if apart {
            deepest.push(say::moves(
                facts,
                &row,
                Sentence::from(format!("The trust of {group} in {h} moves most by "))
                    .year(year)
                    .text(": it"),
                "is higher by",
                "is lower by",
            ));
        }
    }
    deepest.extend(vec![
        say::moves(
            facts,
            &trust,
            Sentence::from("By ")
                .year(end)
                .text(format!(", the trust of {group} in {h}")),
            "is higher by",
            "is lower by",
        ),
        say::moves(
            facts,
            &trade,
            Sentence::from(format!("The share of their trade that is with {h}")),
            "rises by",
            "falls by",
        ),
        say::moves(
            facts,
            &orders,
            Sentence::from("Its share of the arms that they order abroad"),
            "rises by",
            "falls by",
        ),
        say::moves(
            facts,
            &ties,
            Sentence::from("The number of new defence agreements among them"),
            "is higher by",
            "is lower by",
        ),
        Sentence::from(
            "What the acts do by themselves and what distrust adds is told apart in every section; \
             where a result rests mainly on assumption, the sign ",
        )
        .token(crate::sentence::Token::Assumed)
        .text(" stands behind it."),
    ]);
    Ok(deepest)
}

/// Margin note beside the answer: does distrust feed on itself?
pub fn note(facts: &mut Facts<'_>) -> Result<Option<Aside>, BriefError> {
    let Some(gain) = facts.find(&Ask {
        indicator: "trust.loop_gain",
        whom: Whom::World,
        kind: Kind::Level,
        year: None,
    })?
    else {
        return Ok(None);
    };
    let spiral = facts.chance(
        &Ask {
            indicator: "trust.loop_gain",
            whom: Whom::World,
            kind: Kind::Level,
            year: None,
        },
        "loop gain above one",
        |v| v > 1.0,
    )?;
    Ok(Some(Aside {
        head: "A spiral?".to_owned(),
        body: vec![
            Sentence::from("The loop gain of distrust is ")
                .then(say::number(&gain, Sign::Natural))
                .text(". Above one, distrust would feed on itself: ")
                .chance(&spiral)
                .text(
                    ". This is what was assumed, not what was measured: the data neither show a \
                       spiral nor exclude one.",
                ),
        ],
    }))
}

/// The four numbers of the first page.
pub fn numbers(
    material: &Material<'_>,
    facts: &mut Facts<'_>,
) -> Result<Vec<Headline>, BriefError> {
    let h = say::capital(&material.h());
    let mut out = Vec::new();
    for (label, ask) in [
        (
            format!(
                "{} trust in {}",
                say::capital(&say::possessive(material.group())),
                material.h()
            ),
            Ask::effect("trust.targets_in_hegemon_change", Whom::World),
        ),
        (
            format!("{h}: share of their trade"),
            Ask::effect("trade.targets_hegemon_share", Whom::World),
        ),
        (
            format!("{h}: share of their arms orders abroad"),
            Ask::effect("arms.targets_hegemon_order_share", Whom::World),
        ),
        (
            "New defence agreements among them".to_owned(),
            Ask::effect("security.new_agreements_among_targets", Whom::World),
        ),
    ] {
        out.push(Headline {
            label,
            row: facts.get(&ask)?,
            from: None,
            no_shock: Some(0.0),
        });
    }
    Ok(out)
}

#[cfg(test)]
mod tests {
    use super::*;
    use realign_model::params::Params;

    #[test]
    fn prop_every_headline_hangs_on_a_known_uncertain_parameter() {
        let params = Params::embedded().expect("params");
        let specs = specs();
        assert!(specs.len() >= 5, "params/headlines.toml was not read");
        for s in &specs {
            let known = params.get(&s.parameter);
            assert!(
                known.is_some_and(|(p, _)| !p.prior.is_fixed()),
                "{}",
                s.parameter
            );
            assert!(
                s.threshold != 0.0 && s.indicator.starts_with(&s.domain),
                "{}",
                s.indicator
            );
        }
    }
}
