//! Who is affected most: a table of states, paths of trust, the world map.

use super::facts::{Ask, Facts, Whom};
use super::{Material, figures, say};
use crate::BriefError;
use crate::document::{Block, Section, SectionKind};
use crate::evidence::Spread;
use crate::figure::{Cell, Chart, Column, Table, TableRow};
use crate::sentence::Sentence;

/// States in the table.
const ROWS: usize = 25;

/// Indicators of the table: identifier, heading.
const COLUMNS: &[(&str, &str)] = &[
    ("security.hegemon_guarantee", "Guarantee"),
    ("trade.hegemon_export_share", "Exports to it"),
    ("trade.real_income_pct", "Real income"),
    ("arms.hegemon_order_share", "Arms orders"),
];

/// Section "Who is affected most".
pub fn section(material: &Material<'_>, facts: &mut Facts<'_>) -> Result<Section, BriefError> {
    let order = figures::by_effect(
        material,
        facts,
        "trust.in_hegemon_change",
        &material.focus(),
    )?;
    let mut rows = Vec::new();
    for s in order.iter().take(ROWS) {
        let trust = Ask::effect("trust.in_hegemon_change", Whom::State(*s));
        let Some(row) = facts.find(&trust)? else {
            continue;
        };
        let spark = figures::path(material, facts, &trust)?;
        let bar = Spread::of(&facts.sample(&trust)?);
        let mut cells = vec![
            spark.map_or(Cell::Empty, |path| Cell::Spark { path }),
            bar.map_or(Cell::Empty, |spread| Cell::Bar { spread }),
            Cell::Row { row },
        ];
        for (indicator, _) in COLUMNS {
            let found = facts.find(&Ask::effect(indicator, Whom::State(*s)))?;
            cells.push(found.map_or(Cell::Empty, |row| Cell::Row { row }));
        }
        cells.push(Cell::Text {
            text: cause(material, facts, *s)?,
        });
        rows.push(TableRow {
            head: Sentence::new().name(material.name(*s)),
            note: String::new(),
            iso3: Some(material.atlas.states().iso3(*s).to_owned()),
            cells,
        });
    }
    let h = material.h();
    let mut columns = vec![
        Column::words("Path"),
        Column {
            no_change: Some(0.0),
            ..Column::words("Interval")
        },
        Column::numbers(Sentence::from(format!("Trust in {h}"))),
    ];
    columns.extend(COLUMNS.iter().map(|(_, head)| Column::numbers(*head)));
    columns.push(Column::words("Main cause"));
    let table = Table {
        caption: "States by the size of the effect on trust, with effects in each domain"
            .to_owned(),
        stub: "State".to_owned(),
        columns,
        rows,
    };
    let names: Vec<&str> = order.iter().take(3).map(|s| material.name(*s)).collect();
    let title = if names.is_empty() {
        Sentence::from("Who is affected most")
    } else {
        Sentence::from("Trust moves most in ").text(say::names(&names, 3))
    };
    let mean = facts.get(&Ask::effect("trust.targets_in_hegemon_change", Whom::World))?;
    let words = figures::Words {
        id: "fig-affected",
        title: Sentence::from("Effects of the acts, state by state, largest change of trust first"),
        subtitle: Sentence::from(
            "Effect of the acts in the last year: trust in SD; guarantee between zero and one; \
             export and order shares in points; real income in per cent. Interval of nine tenths \
             of the draws below each number.",
        ),
        remark: vec![Sentence::from(
            "A dash stands for no estimate. The main cause is the act without which trust would \
             move least, on the attribution draws.",
        )],
        evidence: vec![mean],
        claims: Vec::new(),
    };
    let figure = figures::figure(material, facts, words, Chart::States(table), true);
    Ok(Section {
        id: "affected".to_owned(),
        nav: "Who is affected most".to_owned(),
        title,
        kind: SectionKind::General,
        blocks: vec![
            Block::Paragraph(vec![Sentence::from(
                "The order is that of the median; where intervals overlap, it may change from run to run.",
            )]),
            Block::Figure(Box::new(figure)),
            Block::Figure(Box::new(figures::trust_paths(material, facts)?)),
            Block::Figure(Box::new(figures::trust_map(material, facts)?)),
        ],
    })
}

/// The act that contributes most to a state's trust, in words.
fn cause(
    material: &Material<'_>,
    facts: &Facts<'_>,
    state: realign_atlas::StateId,
) -> Result<Sentence, BriefError> {
    let sample = facts.sample(&Ask::effect("trust.in_hegemon_change", Whom::State(state)))?;
    if Spread::of(&sample).is_none_or(|s| s.q05 == 0.0 && s.q95 == 0.0) {
        return Ok(Sentence::from("none"));
    }
    let mut parts = material
        .attribution
        .contributions("trust.in_hegemon_change", &[state])?;
    parts.retain(|c| c.arm.starts_with("without_event"));
    parts.sort_by(|a, b| b.effect.mean.abs().total_cmp(&a.effect.mean.abs()));
    Ok(parts.first().filter(|c| c.effect.mean != 0.0).map_or_else(
        || Sentence::from("what others were done"),
        |c| Sentence::new().name(c.label.clone()),
    ))
}
