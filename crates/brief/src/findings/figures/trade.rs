//! Pictures of trade: intensities between regions, the map of real income.

use super::{Words, by_effect, figure, titled, world_map};
use crate::BriefError;
use crate::evidence::Spread;
use crate::figure::{Chart, Figure, Flow, FlowCell, FlowEnd, IntervalRow, IntervalRows};
use crate::findings::Material;
use crate::findings::domains::INTENSITIES;
use crate::findings::facts::{Ask, Facts, Kind, Whom, unit};
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

/// Where trade may go: share of trade, the part of it that is another destination, name, short name.
const TOWARDS: [(&str, Option<&str>, &str, &str); 5] = [
    ("trade.europe_share", None, "Europe", "Europe"),
    (
        "trade.asia_share",
        Some("trade.india_share"),
        "Asia without India",
        "Asia",
    ),
    (
        "trade.latin_america_share",
        None,
        "Latin America",
        "Lat. Am.",
    ),
    ("trade.india_share", None, "India", "India"),
    ("trade.africa_share", None, "Africa", "Africa"),
];
/// States drawn.
const ORIGINS: usize = 4;

/// Where the trade of the targets goes instead: shares of their trade gained by regions. `None`
/// where no share rises in the median.
pub fn redirected(
    material: &Material<'_>,
    facts: &mut Facts<'_>,
) -> Result<Option<Figure>, BriefError> {
    let states = by_effect(
        material,
        facts,
        "trade.hegemon_export_share",
        material.targets(),
    )?;
    let (measure, _) = unit(facts.indicator(TOWARDS[0].0)?, Kind::Effect);
    let positive = |draws: &[f64]| -> Option<FlowCell> {
        let up = draws.iter().filter(|v| **v > 0.0).count();
        let size: Vec<f64> = draws.iter().map(|v| v.max(0.0)).collect();
        Some(FlowCell {
            size: Spread::of(&size)?,
            agreement: up as f64 / draws.len().max(1) as f64,
        })
    };
    let (mut origins, mut flows, mut evidence) = (Vec::new(), Vec::new(), Vec::new());
    let mut into = vec![Vec::new(); TOWARDS.len()];
    for state in states.into_iter().take(ORIGINS) {
        let (mut row, mut sum) = (Vec::new(), Vec::new());
        for (k, (share, without, _, _)) in TOWARDS.iter().enumerate() {
            let ask = Ask::effect(share, Whom::State(state));
            let mut draws = facts.sample(&ask)?;
            if let Some(part) = without {
                let less = facts.sample(&Ask::effect(part, Whom::State(state)))?;
                draws.iter_mut().zip(&less).for_each(|(d, l)| *d -= l);
            }
            let Some(cell) = positive(&draws) else {
                return Ok(None);
            };
            if let Some(id) = facts.find(&ask)? {
                evidence.push(id);
            }
            sum.resize(draws.len(), 0.0);
            into[k].resize(draws.len(), 0.0);
            for (d, v) in draws.iter().enumerate() {
                sum[d] += v.max(0.0);
                into[k][d] += v.max(0.0);
            }
            row.push(cell);
        }
        let Some(total) = Spread::of(&sum) else {
            return Ok(None);
        };
        let name = material.name(state).to_owned();
        origins.push(FlowEnd {
            short: name.clone(),
            label: name,
            total,
        });
        flows.push(row);
    }
    let drawn = |c: &FlowCell| c.size.q50 > 0.0;
    if !flows.iter().flatten().any(drawn) {
        return Ok(None);
    }
    // Only ends with a ribbon are drawn.
    let keep: Vec<bool> = flows
        .iter()
        .map(|r: &Vec<FlowCell>| r.iter().any(drawn))
        .collect();
    let mut k = keep.iter();
    origins.retain(|_| *k.next().unwrap_or(&false));
    let mut k = keep.iter();
    flows.retain(|_| *k.next().unwrap_or(&false));
    let used: Vec<usize> = (0..TOWARDS.len())
        .filter(|j| flows.iter().any(|r| drawn(&r[*j])))
        .collect();
    let mut destinations = Vec::new();
    for j in &used {
        let Some(total) = Spread::of(&into[*j]) else {
            return Ok(None);
        };
        destinations.push(FlowEnd {
            label: TOWARDS[*j].2.to_owned(),
            short: TOWARDS[*j].3.to_owned(),
            total,
        });
    }
    let flows = flows
        .into_iter()
        .map(|r| used.iter().map(|j| r[*j]).collect())
        .collect();
    let words = Words {
        id: "fig-redirected",
        title: Sentence::from("Where more of their trade goes"),
        subtitle: Sentence::from(
            "Share of each state's goods trade that regions gain against a world without the acts, ",
        )
        .year(material.span().1)
        .text("; the states whose exports move most, medians, gains only."),
        remark: vec![Sentence::from(
            "Shares rise also where trade with the rest falls; totals of destinations add percentage points of different states.",
        )],
        evidence,
        claims: Vec::new(),
    };
    let chart = Chart::Flow(Flow {
        origins,
        destinations,
        flows,
        unit: measure,
        origin_head: "State".to_owned(),
    });
    Ok(Some(figure(material, facts, words, chart, true)))
}
