//! Where autonomy leaves a door open: gaps by layer, the autonomy trap, single suppliers ranked by
//! what closing them would take. National aggregates, shown so that they can be closed.

use realign_atlas::StateId;
use realign_model::exposure;

use crate::BriefError;
use crate::document::{Aside, Block};
use crate::evidence::{Basis, EvidenceRow, RowId, Unit};
use crate::figure::{Cell, Chart, Column, Curve, Table, TableRow};
use crate::findings::facts::{Ask, Facts, Kind, Whom};
use crate::findings::{Material, figures, say};
use crate::sentence::{Sentence, Sign};

/// Rows of the ranking.
const RANKED: usize = 12;
/// Smallest share that is ranked: below it a supplier is one of many.
const LEAST_SHARE: f64 = 0.10;
/// Columns of the heat map: the layers with the largest mean gap.
const COLUMNS: usize = 8;

pub(super) fn answer(
    material: &Material<'_>,
    facts: &mut Facts<'_>,
) -> Result<(Sentence, Vec<Block>), BriefError> {
    let group = material.group();
    let index = Ask::effect("exposure.targets_index", Whom::World);
    let effect = facts.get(&index)?;
    let depth = facts.get(&Ask::effect("exposure.targets_trap_depth", Whom::World))?;
    let rival = facts.get(&Ask::effect("exposure.targets_rival_leverage", Whom::World))?;
    let paragraph = vec![
        say::moves(
            facts,
            &effect,
            Sentence::from(format!(
                "The share of needs that {} met for {group}, that cannot be counted on and is not replaced,",
                material.h()
            )),
            "rises by",
            "falls by",
        ),
        say::split(facts, &index)?,
        say::moves(
            facts,
            &depth,
            Sentence::from(
                "The autonomy trap, the excess of this gap over staying with the old source,",
            ),
            "deepens by",
            "shrinks by",
        ),
        say::moves(
            facts,
            &rival,
            Sentence::from(
                material
                    .named("The largest loss that a supplier other than the hegemon could cause"),
            ),
            "rises by",
            "falls by",
        ),
    ];
    let layers = widest_layers(material, facts)?;
    let title = match layers.first() {
        Some((_, label)) => Sentence::from("Gaps are widest in ").name(label.clone()),
        None => Sentence::from("No gap opens measurably"),
    };
    let mut blocks = vec![
        Block::Paragraph(paragraph),
        Block::Aside(Aside {
            head: "What this is for.".to_owned(),
            body: vec![Sentence::from(
                "Gaps are national aggregates with assumed times to replace, ordered by judgement. \
                 They are listed so that they can be closed; nothing here says how to use them.",
            )],
        }),
    ];
    if !layers.is_empty() {
        blocks.push(Block::Figure(Box::new(heat(
            material, facts, &layers, &effect,
        )?)));
    }
    if let Some(f) = curve(material, facts, &effect)? {
        blocks.push(Block::Figure(Box::new(f)));
    }
    blocks.push(Block::Heading(Sentence::from(
        "Single suppliers, by what their loss would cost",
    )));
    blocks.push(Block::Paragraph(vec![Sentence::from(
        "The ranking multiplies the weight of the layer, the supplier’s share and the years until \
         it is replaced, at the start of the run. The last column is what closing it would take.",
    )]));
    blocks.push(Block::Table(ranking(material, facts)));
    if let Some(p) = together(material, facts)? {
        blocks.push(Block::Paragraph(p));
    }
    Ok((title, blocks))
}

/// Layers by the mean gap of the targets with the acts, widest first: (indicator, label).
fn widest_layers(
    material: &Material<'_>,
    facts: &Facts<'_>,
) -> Result<Vec<(String, String)>, BriefError> {
    let mut sized: Vec<(f64, String, String)> = Vec::new();
    for layer in &material.model.fixed().exposure.layers {
        let id = format!("exposure.gap_{}", layer.id);
        let ask = Ask::effect(&id, material.mean_target()).of(Kind::Level);
        let sample: Vec<f64> = facts
            .sample(&ask)?
            .into_iter()
            .filter(|v| v.is_finite())
            .collect();
        if !sample.is_empty() {
            let mean = sample.iter().sum::<f64>() / sample.len() as f64;
            sized.push((mean, id, layer.label.clone()));
        }
    }
    sized.sort_by(|a, b| b.0.total_cmp(&a.0).then_with(|| a.1.cmp(&b.1)));
    Ok(sized
        .into_iter()
        .filter(|s| s.0 > 0.0)
        .take(COLUMNS)
        .map(|s| (s.1, s.2))
        .collect())
}

fn heat(
    material: &Material<'_>,
    facts: &mut Facts<'_>,
    layers: &[(String, String)],
    effect: &RowId,
) -> Result<crate::figure::Figure, BriefError> {
    let label = layers.first().map_or("", |l| l.1.as_str());
    let words = figures::Words {
        id: "fig-gaps",
        title: Sentence::from("The widest gap is in ").name(label.to_owned()),
        subtitle: Sentence::from(
            material.named("Share of needs that the hegemon met, that cannot be counted on or was given up, and is \
             not replaced, with the acts, "),
        )
        .year(material.span().1)
        .text("; per cent, median over draws. The three largest are outlined."),
        remark: vec![Sentence::from(
            "Times to replace are assumptions of the layer tables; intervals stand in the data file.",
        )],
        evidence: vec![effect.clone()],
        claims: Vec::new(),
    };
    figures::heat(material, facts, layers, words)
}

fn curve(
    material: &Material<'_>,
    facts: &mut Facts<'_>,
    effect: &RowId,
) -> Result<Option<crate::figure::Figure>, BriefError> {
    let ask = Ask::effect("exposure.targets_index", Whom::World).of(Kind::Level);
    let Some(path) = figures::path(material, facts, &ask)? else {
        return Ok(None);
    };
    let (title, claims) = figures::titled(
        facts,
        effect,
        &material.named("The gap of the targets over all layers"),
        "is wider by",
        "is narrower by",
    );
    let words = figures::Words {
        id: "fig-trap",
        title,
        subtitle: Sentence::from(
            "Needs not met, weighted by criticality, per cent; median, half and nine tenths of the \
             draws with the acts, dashed without.",
        ),
        remark: Vec::new(),
        evidence: vec![effect.clone()],
        claims,
    };
    let chart = Chart::Curve(Curve {
        path,
        label: "with the acts".to_owned(),
        stay_label: "without".to_owned(),
        y_axis: "needs not met, %".to_owned(),
        unit: Unit::Percent,
        peak: None,
    });
    Ok(Some(figures::figure(material, facts, words, chart, false)))
}

/// The worst few losses together, other suppliers standing in as far as they can.
fn together(
    material: &Material<'_>,
    facts: &mut Facts<'_>,
) -> Result<Option<Vec<Sentence>>, BriefError> {
    let fixed = &material.model.fixed().exposure;
    let clients: Vec<usize> = material.focus().iter().map(|s| s.index()).collect();
    let means = exposure::Means {
        cuts: 3,
        defence_gdp_pct: 0.0,
        least_share: LEAST_SHARE,
        nodes: 200,
    };
    let gdp = &material.model.fixed().standards.gdp;
    let found = exposure::interdiction(fixed, gdp, &clients, &[], &means).map_err(|e| {
        BriefError::Results {
            message: e.to_string(),
        }
    })?;
    let names: Vec<String> = found
        .attack
        .cuts
        .iter()
        .map(|k| &found.gaps[*k])
        .map(|g| {
            let supplier = material.name(StateId::from_index(g.supplier));
            format!("{} from {supplier}", fixed.layers[g.layer].label)
        })
        .collect();
    if names.is_empty() {
        return Ok(None);
    }
    let list: Vec<&str> = names.iter().map(String::as_str).collect();
    let row = EvidenceRow {
        id: RowId::from(""),
        indicator: "exposure.interdiction".to_owned(),
        label: "loss if the gravest few supplies stopped together, others standing in".to_owned(),
        estimate: found.attack.loss,
        spread: None,
        unit: Unit::Index("criticality-years".to_owned()),
        year: Some(material.model.setting().start.0),
        entity: "states reported first".to_owned(),
        draws: 0,
        basis: Basis::Assumed,
        parameters: Vec::new(),
        sources: material.sources_of("exposure"),
        record: material.record_of("exposure"),
        note: format!(
            "Mean over the states reported first of criticality × share × years missing. No other \
             choice of as many supplies costs more than {:.3}.",
            found.attack.bound
        ),
    };
    let row = facts.add("interdiction|worst", row);
    Ok(Some(vec![
        Sentence::from("Lost together, with other suppliers standing in as far as they can, ")
            .name(say::names(&list, 0))
            .text(" would cost most: ")
            .then(say::number(&row, Sign::Natural))
            .text(" on the scale of the ranking, mean over the states reported first."),
    ]))
}

/// The costliest single dependences of the states reported first, hegemon included.
fn ranking(material: &Material<'_>, facts: &mut Facts<'_>) -> Table {
    let fixed = &material.model.fixed().exposure;
    let mut all: Vec<exposure::Leverage> = material
        .focus()
        .iter()
        .flat_map(|s| exposure::leverage(fixed, s.index(), LEAST_SHARE))
        .collect();
    all.sort_by(|a, b| {
        b.loss
            .total_cmp(&a.loss)
            .then((a.client, a.layer, a.supplier).cmp(&(b.client, b.layer, b.supplier)))
    });
    all.truncate(RANKED);
    let start = material.model.setting().start.0;
    let sources = material.sources_of("exposure");
    let mut rows = Vec::new();
    for l in &all {
        let layer = &fixed.layers[l.layer];
        let client = material.name(StateId::from_index(l.client));
        let supplier = material.name(StateId::from_index(l.supplier));
        let entity = format!("{client}, {}, {supplier}", layer.label);
        let mut row = |label: &str, value: f64, unit: Unit| {
            let row = EvidenceRow {
                id: RowId::from(""),
                indicator: "exposure.leverage".to_owned(),
                label: label.to_owned(),
                estimate: value,
                spread: None,
                unit,
                year: Some(start),
                entity: entity.clone(),
                draws: 0,
                basis: Basis::Assumed,
                parameters: Vec::new(),
                sources: sources.clone(),
                record: material.record_of("exposure"),
                note: layer.source.clone(),
            };
            facts.add(&format!("leverage|{label}|{entity}"), row)
        };
        let share = row(
            "share of needs met by the supplier",
            100.0 * l.share,
            Unit::Percent,
        );
        let years = row("years to replace", l.closing_years, Unit::Years);
        let cost = row(
            "cost of closing, over the years of replacement",
            l.closing_cost_gdp_pct,
            Unit::Other("% of one year’s GDP".to_owned()),
        );
        rows.push(TableRow {
            head: Sentence::new().name(client),
            note: String::new(),
            iso3: Some(
                material
                    .atlas
                    .states()
                    .iso3(StateId::from_index(l.client))
                    .to_owned(),
            ),
            cells: vec![
                Cell::Text {
                    text: Sentence::new().name(layer.label.clone()),
                },
                Cell::Text {
                    text: Sentence::new().name(supplier),
                },
                Cell::Row { row: share },
                Cell::Row { row: years },
                Cell::Row { row: cost },
                Cell::Text {
                    text: Sentence::new().name(layer.closing.clone()),
                },
            ],
        });
    }
    Table {
        caption: "Dependences on single suppliers, costliest first".to_owned(),
        stub: "Client".to_owned(),
        columns: vec![
            Column::words("Layer"),
            Column::words("Supplier"),
            Column::numbers("Share"),
            Column::numbers("Years to replace"),
            Column::numbers("Cost of closing"),
            Column::words("What closing takes"),
        ],
        rows,
    }
}
