//! Pictures of trade: intensities between regions, the map of real income.

use super::{Words, figure, titled, world_map};
use crate::BriefError;
use crate::figure::{Chart, Figure, IntervalRow, IntervalRows};
use crate::findings::Material;
use crate::findings::domains::INTENSITIES;
use crate::findings::facts::{Ask, Facts, Kind, Whom};
use crate::findings::say;
use crate::sentence::Sentence;

/// Trade intensity between regions, with and without the acts.
pub fn intensities(material: &Material<'_>, facts: &mut Facts<'_>) -> Result<Figure, BriefError> {
    let mut rows = Vec::new();
    let mut evidence = Vec::new();
    for (indicator, words) in INTENSITIES {
        let ask = Ask::effect(indicator, Whom::World);
        let level = facts.get(&ask.of(Kind::Level))?;
        let quiet = facts.get(&ask.of(Kind::Quiet))?;
        let before = facts.row(&quiet).map(|r| r.estimate);
        evidence.push(level.clone());
        rows.push(IntervalRow {
            label: say::capital(words),
            row: level,
            before,
        });
    }
    let share = facts.get(&Ask::effect("trade.targets_hegemon_share", Whom::World))?;
    evidence.push(share.clone());
    let words = Words {
        id: "fig-intensity",
        title: Sentence::from("Trade between regions, with the acts and without"),
        subtitle: Sentence::from(
            "Trade intensity, actual over expected by size, in both directions; above one is closer \
             than size alone; grey tick: without the acts.",
        ),
        remark: Vec::new(),
        evidence,
        claims: Vec::new(),
    };
    let chart = Chart::Intervals(IntervalRows {
        rows,
        no_change: None,
        head: "Regions".to_owned(),
    });
    Ok(figure(material, facts, words, chart, false))
}

/// World map of real income.
pub fn welfare_map(material: &Material<'_>, facts: &mut Facts<'_>) -> Result<Figure, BriefError> {
    let mean = facts.get(&Ask::effect("trade.targets_real_income_pct", Whom::World))?;
    let map = world_map(
        material,
        facts,
        "trade.real_income_pct",
        ("gain or little change", "largest loss"),
        true,
    )?;
    let (title, claims) = titled(
        facts,
        &mean,
        &material.named("Real income of the targets"),
        "rises by",
        "falls by",
    );
    let words = Words {
        id: "fig-welfare",
        title,
        subtitle: Sentence::from("Effect of the acts on real income through trade, per cent, ")
            .year(material.span().1)
            .text("; median over draws, hatched where the interval includes zero."),
        remark: vec![Sentence::from(
            "Exact change in the equilibrium, goods trade only; economies without trade data are blank.",
        )],
        evidence: vec![mean],
        claims,
    };
    Ok(figure(material, facts, words, Chart::Map(map), true))
}
