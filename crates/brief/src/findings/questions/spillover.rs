//! Secondary effects in finance and technical standards.

use crate::BriefError;
use crate::document::{Aside, Block};
use crate::evidence::Unit;
use crate::figure::{Camps, Chart, Figure, PathPanel, PathPanels};
use crate::findings::facts::{Ask, Facts, Kind, Whom};
use crate::findings::{Material, figures, say};
use crate::sentence::{Sentence, Sign};

pub(super) fn answer(
    material: &Material<'_>,
    facts: &mut Facts<'_>,
) -> Result<(Sentence, Vec<Block>), BriefError> {
    let share = facts.find(&Ask::effect(
        "finance.currency_share_change_pp",
        Whom::World,
    ))?;
    let title = match share.as_ref().and_then(|id| facts.row(id)) {
        Some(r) if r.excludes(0.0) && r.estimate < 0.0 => {
            Sentence::from("Reserves move, slowly; standards move where networks let them")
        }
        Some(_) => Sentence::from("In finance no move of reserves can be told from none"),
        None => {
            Sentence::from(material.named("The hegemon issues no reserve currency in the data"))
        }
    };
    let mut blocks = vec![
        Block::Heading(Sentence::from("Finance")),
        Block::Paragraph(finance(material, facts)?),
        Block::Paragraph(safety_net(material, facts)?),
        Block::Aside(Aside {
            head: "An upper bound.".to_owned(),
            body: vec![Sentence::from(
                "The only measured effect of alliances on reserves is from before the First World \
                 War; it stands here as an upper bound. At short horizons nothing beats the \
                 assumption that shares stay as they are.",
            )],
        }),
    ];
    if let Some(f) = reserves(material, facts)? {
        blocks.push(Block::Figure(Box::new(f)));
    }
    blocks.extend([
        Block::Heading(Sentence::from("Technical standards")),
        Block::Paragraph(standards(material, facts)?),
    ]);
    if let Some(f) = camps(material, facts)? {
        blocks.push(Block::Figure(Box::new(f)));
    }
    Ok((title, blocks))
}

/// Paths of the currency's share and of what is held in it; `None` without a reserve currency.
fn reserves(material: &Material<'_>, facts: &mut Facts<'_>) -> Result<Option<Figure>, BriefError> {
    let shown = [
        (
            "finance.currency_share_pct",
            Kind::Level,
            "Share of the currency in the world’s reserves",
            "per cent",
            Unit::Percent,
        ),
        (
            "finance.currency_share_change_pp",
            Kind::Effect,
            "Moved by conduct and distrust",
            "points",
            Unit::Points,
        ),
        (
            "finance.targets_reallocated_usd_bn",
            Kind::Effect,
            "Moved stock of the targets",
            "bn USD",
            Unit::Other("bn USD".to_owned()),
        ),
    ];
    let (mut panels, mut evidence) = (Vec::new(), Vec::new());
    for (id, kind, name, note, unit) in shown {
        let ask = Ask::effect(id, Whom::World).of(kind);
        let Some(row) = facts.find(&ask)? else {
            continue;
        };
        let Some(path) = figures::path(material, facts, &ask)? else {
            continue;
        };
        evidence.push(row.clone());
        panels.push(PathPanel {
            name: name.to_owned(),
            note: note.to_owned(),
            basis: None,
            unit,
            row: Some(row),
            path,
        });
    }
    if panels.is_empty() {
        return Ok(None);
    }
    let words = figures::Words {
        id: "fig-reserves",
        title: Sentence::from(
            material
                .named("Reserves in the currency of the hegemon and what conduct moves of them"),
        ),
        subtitle: Sentence::from(
            "Median, half and nine tenths of the draws; dashed: without the acts. The first panel \
             drifts by chance with and without them.",
        ),
        remark: Vec::new(),
        evidence,
        claims: Vec::new(),
    };
    let chart = Chart::Paths(PathPanels {
        panels,
        same_scale: false,
        columns: 3,
    });
    Ok(Some(figures::figure(material, facts, words, chart, true)))
}

/// Sentences on reserves and holdings.
pub fn finance(
    material: &Material<'_>,
    facts: &mut Facts<'_>,
) -> Result<Vec<Sentence>, BriefError> {
    let level = Ask::effect("finance.currency_share_pct", Whom::World).of(Kind::Level);
    let Some(row) = facts.find(&level)? else {
        return Ok(vec![Sentence::from(material.named(
            "The hegemon issues no currency that the reserve data report apart; its financial \
             spill-overs are not estimated.",
        ))]);
    };
    let mut out = vec![
        Sentence::from("In ")
            .year(material.span().1)
            .text(format!(", the currency of {} makes up ", material.h()))
            .then(say::number(&row, Sign::Natural))
            .text(" of the world’s reserves."),
    ];
    let change = Ask::effect("finance.currency_share_change_pp", Whom::World);
    if let Some(row) = facts.find(&change)? {
        out.push(say::moves(
            facts,
            &row,
            Sentence::from("By conduct and distrust this share"),
            "rises by",
            "falls by",
        ));
        out.push(say::split(facts, &change)?);
    }
    if let Some(row) = facts.find(&Ask::effect(
        "finance.targets_reallocated_usd_bn",
        Whom::World,
    ))? {
        out.push(say::moves(
            facts,
            &row,
            Sentence::from(format!("The stock that {} hold in it", material.group())),
            "grows by",
            "shrinks by",
        ));
    }
    if let Some(row) = facts.find(&Ask::effect("finance.yield_bp", Whom::World))? {
        out.push(say::moves(
            facts,
            &row,
            Sentence::from(material.named(
                "The long-term yield of the hegemon, by a sensitivity with an interval of its own,",
            )),
            "rises by",
            "falls by",
        ));
    }
    Ok(out)
}

/// Sentences on who loses the safety net.
pub fn safety_net(
    material: &Material<'_>,
    facts: &mut Facts<'_>,
) -> Result<Vec<Sentence>, BriefError> {
    let Some(row) = facts.find(&Ask::effect("finance.safety_net_lost", Whom::World))? else {
        return Ok(vec![Sentence::from(
            material.named("No credit lines of the hegemon are in the data."),
        )]);
    };
    let order = figures::by_effect(
        material,
        facts,
        "finance.safety_net_loss",
        &material.focus(),
    )?;
    let names: Vec<&str> = order.iter().take(4).map(|s| material.name(*s)).collect();
    let first = say::moves(
        facts,
        &row,
        Sentence::from(material.named(
            "The number of states that can no longer count on a central-bank line of the hegemon",
        )),
        "rises by",
        "falls by",
    );
    if names.is_empty() {
        return Ok(vec![first]);
    }
    Ok(vec![
        first,
        Sentence::from("Among those reported first the expected loss is largest for ")
            .text(say::names(&names, 4))
            .text("."),
    ])
}

/// Indicators of the hegemon's camp among the targets, one per standard that it sponsors.
fn camp_indicators(material: &Material<'_>) -> Vec<(String, String)> {
    material
        .results
        .layout()
        .indicators()
        .iter()
        .filter(|i| i.id.starts_with("standards.") && i.id.ends_with("_targets_hegemon"))
        .map(|i| (i.id.clone(), material.named(&i.label)))
        .collect()
}

/// Sentences on standards, one per standard whose camp moves most first.
pub fn standards(
    material: &Material<'_>,
    facts: &mut Facts<'_>,
) -> Result<Vec<Sentence>, BriefError> {
    let mut out = Vec::new();
    for (id, label) in camp_indicators(material) {
        let Some(row) = facts.find(&Ask::effect(&id, Whom::World))? else {
            continue;
        };
        out.push(say::moves(
            facts,
            &row,
            Sentence::from(say::capital(&label)),
            "rises by",
            "falls by",
        ));
    }
    if out.is_empty() {
        out.push(Sentence::from(material.named(
            "The hegemon sponsors none of the standards in the tables.",
        )));
    }
    Ok(out)
}

/// Share of the hegemon's camp in each standard, without and with the acts.
fn camps(material: &Material<'_>, facts: &mut Facts<'_>) -> Result<Option<Figure>, BriefError> {
    let mut bars = Vec::new();
    let mut evidence = Vec::new();
    for (id, label) in camp_indicators(material) {
        let ask = Ask::effect(&id, Whom::World);
        let (Some(level), Some(quiet)) = (
            facts.find(&ask.of(Kind::Level))?,
            facts.find(&ask.of(Kind::Quiet))?,
        ) else {
            continue;
        };
        let value = |row| facts.row(row).map_or(0.0, |r| r.estimate.clamp(0.0, 100.0));
        let (with, without) = (value(&level), value(&quiet));
        let short = say::capital(label.split(':').next().unwrap_or(&label));
        bars.push((format!("{short}, without"), vec![without, 100.0 - without]));
        bars.push((format!("{short}, with"), vec![with, 100.0 - with]));
        evidence.extend([level, quiet]);
    }
    if bars.is_empty() {
        return Ok(None);
    }
    let words = figures::Words {
        id: "fig-camps",
        title: Sentence::from("Camps of technical standards, without and with the acts"),
        subtitle: Sentence::from(
            material.named("Share of the hegemon’s camp among the targets, per cent, "),
        )
        .year(material.span().1)
        .text(", median over draws."),
        remark: Vec::new(),
        evidence,
        claims: Vec::new(),
    };
    let chart = Chart::Camps(Camps {
        names: vec![material.named("hegemon's camp"), "other camps".to_owned()],
        bars,
    });
    Ok(Some(figures::figure(material, facts, words, chart, false)))
}
