//! Pictures from results: each answers one question, and its title says the answer.

mod blocs;
mod trade;

use std::collections::BTreeMap;

use realign_atlas::{StateId, StateKind};

use super::Material;
use super::facts::{Ask, Facts, Kind, Whom, unit};
use super::say;
use crate::BriefError;
use crate::evidence::{Basis, RowId, SourceId, Spread, Unit};
use crate::figure::{
    Chart, DriverCell, DriverRow, Drivers, Figure, Heat, HeatColumn, HeatRow, IntervalRow,
    IntervalRows, MapValue, OrderRow, Orders, Path, PathPanel, PathPanels, WorldMap,
};
use crate::sentence::Sentence;

pub use blocs::ties;
pub use trade::{intensities, redirected, welfare_map};

/// States in a row of small multiples.
const PANELS: usize = 10;
/// States in a list of rows.
const ROWS: usize = 20;

/// A figure with its words; claims are the rows whose direction the title states.
pub struct Words {
    /// Anchor.
    pub id: &'static str,
    /// The answer.
    pub title: Sentence,
    /// Measure, unit, year, bands.
    pub subtitle: Sentence,
    /// Qualifications.
    pub remark: Vec<Sentence>,
    /// Rows that it shows.
    pub evidence: Vec<RowId>,
    /// Rows whose direction the title claims.
    pub claims: Vec<RowId>,
}

pub(super) fn figure(
    material: &Material<'_>,
    facts: &Facts<'_>,
    words: Words,
    chart: Chart,
    wide: bool,
) -> Figure {
    let mut sources: Vec<SourceId> = Vec::new();
    for id in &words.evidence {
        for s in facts.row(id).map(|r| r.sources.clone()).unwrap_or_default() {
            if !sources.contains(&s) {
                sources.push(s);
            }
        }
    }
    Figure {
        id: words.id.to_owned(),
        title: words.title,
        subtitle: words.subtitle,
        remark: words.remark,
        evidence: words.evidence,
        claims: words.claims,
        sources,
        draws: material.results.draws() as u32,
        wide,
        chart,
        table: None,
    }
}

/// Title that claims a direction only where the interval does; with the rows it claims.
pub(super) fn titled(
    facts: &Facts<'_>,
    row: &RowId,
    subject: &str,
    rises: &str,
    falls: &str,
) -> (Sentence, Vec<RowId>) {
    let claims = facts
        .row(row)
        .filter(|r| r.excludes(0.0))
        .map(|r| r.id.clone());
    let title = say::moves(facts, row, Sentence::from(subject), rises, falls);
    (title, claims.into_iter().collect())
}

/// Path of an indicator over the years: quantiles of the arm, median of the quiet one.
pub(super) fn path(
    material: &Material<'_>,
    facts: &Facts<'_>,
    ask: &Ask<'_>,
) -> Result<Option<Path>, BriefError> {
    let gap = !matches!(ask.kind, Kind::Level | Kind::Quiet);
    let mut path = Path {
        years: Vec::new(),
        spread: Vec::new(),
        no_shock: Vec::new(),
    };
    for year in material.results.years() {
        let here = ask.in_year(year.0);
        let Some(spread) = Spread::of(&facts.sample(&here)?) else {
            return Ok(None);
        };
        let quiet = if gap {
            0.0
        } else {
            Spread::of(&facts.sample(&here.of(Kind::Quiet))?).map_or(f64::NAN, |s| s.q50)
        };
        path.years.push(year.0);
        path.spread.push(spread);
        path.no_shock.push(quiet);
    }
    Ok(Some(path))
}

/// States sorted by the size of an effect in the last year, largest first; those without an
/// estimate are left out.
pub(super) fn by_effect(
    material: &Material<'_>,
    facts: &Facts<'_>,
    indicator: &str,
    states: &[StateId],
) -> Result<Vec<StateId>, BriefError> {
    let mut sized: Vec<(f64, &str, StateId)> = Vec::new();
    for s in states {
        let sample = facts.sample(&Ask::effect(indicator, Whom::State(*s)))?;
        if let Some(spread) = Spread::of(&sample) {
            sized.push((spread.q50.abs(), material.name(*s), *s));
        }
    }
    sized.sort_by(|a, b| b.0.total_cmp(&a.0).then_with(|| a.1.cmp(b.1)));
    Ok(sized.into_iter().map(|s| s.2).collect())
}

/// Trust of the states reported first: small multiples of the effect.
pub fn trust_paths(material: &Material<'_>, facts: &mut Facts<'_>) -> Result<Figure, BriefError> {
    let indicator = "trust.in_hegemon_change";
    let world = facts.get(&Ask::effect("trust.targets_in_hegemon_change", Whom::World))?;
    let mut panels = Vec::new();
    let mut evidence = vec![world.clone()];
    for s in by_effect(material, facts, indicator, &material.focus())?
        .into_iter()
        .take(PANELS)
    {
        let ask = Ask::effect(indicator, Whom::State(s));
        let Some(path) = path(material, facts, &ask)? else {
            continue;
        };
        let row = facts.get(&ask)?;
        evidence.push(row.clone());
        panels.push(PathPanel {
            name: material.name(s).to_owned(),
            note: String::new(),
            basis: None,
            unit: Unit::Sd,
            row: Some(row),
            path,
        });
    }
    let (title, claims) = titled(
        facts,
        &world,
        &format!(
            "{} trust in {}",
            say::capital(&say::possessive(material.group())),
            material.h()
        ),
        "is higher by",
        "is lower by",
    );
    let words = Words {
        id: "fig-trust",
        title,
        subtitle: Sentence::from(
            "Effect of the acts on trust, SD of the pairs at the start; median, half and nine \
             tenths of the draws; dashed: without the acts. Sorted by size.",
        ),
        remark: Vec::new(),
        evidence,
        claims,
    };
    let chart = Chart::Paths(PathPanels {
        panels,
        same_scale: true,
        columns: 5,
    });
    Ok(figure(material, facts, words, chart, true))
}

/// World map of the effect on trust in the hegemon.
pub fn trust_map(material: &Material<'_>, facts: &mut Facts<'_>) -> Result<Figure, BriefError> {
    let others = facts.get(&Ask::effect("trust.others_in_hegemon_change", Whom::World))?;
    let (title, claims) = titled(
        facts,
        &others,
        &format!("Trust of third states in {}", material.h()),
        "rises by",
        "falls by",
    );
    let map = world_map(
        material,
        facts,
        "trust.in_hegemon_change",
        ("little change", "largest fall"),
        true,
    )?;
    let words = Words {
        id: "fig-map",
        title,
        subtitle: Sentence::from("Effect of the acts on trust in ")
            .text(material.h())
            .text(", SD of the pairs at the start, ")
            .year(material.span().1)
            .text("; median over draws, hatched where the interval includes zero."),
        remark: vec![Sentence::from(
            "Boundaries are those of the map’s source and carry no opinion on status.",
        )],
        evidence: vec![others],
        claims,
    };
    Ok(figure(material, facts, words, Chart::Map(map), true))
}

pub(super) fn world_map(
    material: &Material<'_>,
    facts: &Facts<'_>,
    indicator: &str,
    labels: (&str, &str),
    darker_is_lower: bool,
) -> Result<WorldMap, BriefError> {
    let mut values = BTreeMap::new();
    let mut names = BTreeMap::new();
    for s in material.atlas.states() {
        names.insert(s.iso3.clone(), s.name.clone());
        if s.id == material.hegemon() || s.kind == StateKind::Territory {
            continue;
        }
        let sample = facts.sample(&Ask::effect(indicator, Whom::State(s.id)))?;
        if let Some(q) = Spread::of(&sample) {
            values.insert(
                s.iso3.clone(),
                MapValue {
                    median: q.q50,
                    low: q.q05,
                    high: q.q95,
                },
            );
        }
    }
    let h = material.atlas.states().get(material.hegemon());
    Ok(WorldMap {
        values,
        names,
        actor: Some(h.iso3.clone()),
        actor_label: h.name.clone(),
        bounds: Vec::new(),
        darker_is_lower,
        pale_label: labels.0.to_owned(),
        dark_label: labels.1.to_owned(),
        unit: unit(facts.indicator(indicator)?, Kind::Effect).0,
    })
}

/// Military burden: the targets together and those reported first, both arms.
pub fn spending(material: &Material<'_>, facts: &mut Facts<'_>) -> Result<Figure, BriefError> {
    let world = Ask::effect("security.target_burden", Whom::World);
    let row = facts.get(&world)?;
    let mut evidence = vec![row.clone()];
    let mut panels = Vec::new();
    if let Some(path) = path(material, facts, &world.of(Kind::Level))? {
        let level = facts.get(&world.of(Kind::Level))?;
        evidence.push(level.clone());
        panels.push(PathPanel {
            name: say::capital(material.group()),
            note: "together".to_owned(),
            basis: None,
            unit: Unit::Other("% of GDP".to_owned()),
            row: Some(level),
            path,
        });
    }
    let states = by_effect(
        material,
        facts,
        "security.military_burden",
        &material.focus(),
    )?;
    for s in states.into_iter().take(PANELS - 1) {
        let ask = Ask::effect("security.military_burden", Whom::State(s)).of(Kind::Level);
        let Some(path) = path(material, facts, &ask)? else {
            continue;
        };
        let level = facts.get(&ask)?;
        evidence.push(level.clone());
        panels.push(PathPanel {
            name: material.name(s).to_owned(),
            note: String::new(),
            basis: None,
            unit: Unit::Other("% of GDP".to_owned()),
            row: Some(level),
            path,
        });
    }
    let (title, claims) = titled(
        facts,
        &row,
        &material.named("Military spending of the targets"),
        "is higher by",
        "is lower by",
    );
    let words = Words {
        id: "fig-spending",
        title,
        subtitle: Sentence::from(
            "Military expenditure, % of GDP; median, half and nine tenths of the draws with the \
             acts; dashed: without.",
        ),
        remark: vec![Sentence::from(
            "Pledges are targets with a date and move both arms; the gap between the arms is the effect.",
        )],
        evidence,
        claims,
    };
    let chart = Chart::Paths(PathPanels {
        panels,
        same_scale: true,
        columns: 5,
    });
    Ok(figure(material, facts, words, chart, true))
}

/// What can be expected of the hegemon's guarantee, state by state.
pub fn guarantee_rows(
    material: &Material<'_>,
    facts: &mut Facts<'_>,
) -> Result<Option<Figure>, BriefError> {
    interval_figure(
        material,
        facts,
        &IntervalSpec {
            id: "fig-guarantee",
            indicator: "security.hegemon_guarantee",
            subject: &material.named("What the targets can expect of the guarantee"),
            subtitle: "Tie × expected reliability × what the acts leave, between zero and one; grey \
                       tick: without the acts. Sorted by the size of the change.",
            head: "Protégé",
        },
    )
}

/// The hegemon's share in new orders, state by state.
pub fn order_shares(material: &Material<'_>, facts: &mut Facts<'_>) -> Result<Figure, BriefError> {
    interval_figure(
        material,
        facts,
        &IntervalSpec {
            id: "fig-order-shares",
            indicator: "arms.hegemon_order_share",
            subject: &say::capital(&material.named("the hegemon's share in new arms orders abroad")),
            subtitle: "Share in orders placed abroad, per cent; grey tick: without the acts. Sorted \
                       by the size of the change.",
            head: "Buyer",
        },
    )?
    .ok_or(BriefError::NoEstimate { id: "arms.hegemon_order_share".to_owned() })
}

struct IntervalSpec<'a> {
    id: &'static str,
    indicator: &'a str,
    subject: &'a str,
    subtitle: &'a str,
    head: &'a str,
}

fn interval_figure(
    material: &Material<'_>,
    facts: &mut Facts<'_>,
    spec: &IntervalSpec<'_>,
) -> Result<Option<Figure>, BriefError> {
    let mean = Ask::effect(spec.indicator, material.mean_target());
    let Some(row) = facts.find(&mean)? else {
        return Ok(None);
    };
    let mut rows = Vec::new();
    let mut evidence = vec![row.clone()];
    for s in by_effect(material, facts, spec.indicator, &material.focus())?
        .into_iter()
        .take(ROWS)
    {
        let ask = Ask::effect(spec.indicator, Whom::State(s)).of(Kind::Level);
        let level = facts.get(&ask)?;
        let quiet = Spread::of(&facts.sample(&ask.of(Kind::Quiet))?).map(|q| q.q50);
        evidence.push(level.clone());
        rows.push(IntervalRow {
            label: material.name(s).to_owned(),
            row: level,
            before: quiet,
        });
    }
    if rows.is_empty() {
        return Ok(None);
    }
    let (title, claims) = titled(facts, &row, spec.subject, "rises by", "falls by");
    let words = Words {
        id: spec.id,
        title,
        subtitle: Sentence::from(spec.subtitle),
        remark: Vec::new(),
        evidence,
        claims,
    };
    let chart = Chart::Intervals(IntervalRows {
        rows,
        no_change: None,
        head: spec.head.to_owned(),
    });
    Ok(Some(figure(material, facts, words, chart, false)))
}

/// The order book of the hegemon's aircraft: delivered, kept, moved. `None` without an order book.
pub fn orders(
    material: &Material<'_>,
    facts: &mut Facts<'_>,
) -> Result<Option<Figure>, BriefError> {
    let (h, start) = (material.hegemon(), material.model.setting().start);
    let (Ok(ordered), Ok(delivered)) = (
        material.atlas.dyads("f35_ordered"),
        material.atlas.dyads("f35_delivered"),
    ) else {
        return Ok(None);
    };
    let Some(total) = facts.find(&Ask::effect("arms.world_flagship_moved", Whom::World))? else {
        return Ok(None);
    };
    let mut rows = Vec::new();
    let mut evidence = vec![total.clone()];
    for s in material.atlas.states() {
        let Some((_, all)) = ordered.latest(h, s.id, start) else {
            continue;
        };
        let done = delivered.latest(h, s.id, start).map_or(0.0, |v| v.1);
        let open = (all - done).max(0.0);
        if open <= 0.0 {
            continue;
        }
        let ask = Ask::effect("arms.flagship_moved", Whom::State(s.id)).of(Kind::Level);
        let Some(moved) = Spread::of(&facts.sample(&ask)?) else {
            continue;
        };
        let capped = |v: f64| v.clamp(0.0, open);
        let moved = Spread {
            q05: capped(moved.q05),
            q25: capped(moved.q25),
            q50: capped(moved.q50),
            q75: capped(moved.q75),
            q95: capped(moved.q95),
        };
        let row = facts.get(&ask)?;
        evidence.push(row.clone());
        rows.push(OrderRow {
            label: s.name.clone(),
            delivered: done,
            on_order: open,
            moved,
            row: Some(row),
        });
    }
    if rows.is_empty() {
        return Ok(None);
    }
    rows.sort_by(|a, b| {
        b.on_order
            .total_cmp(&a.on_order)
            .then_with(|| a.label.cmp(&b.label))
    });
    let claims = facts
        .row(&total)
        .filter(|r| r.excludes(0.0))
        .map(|r| r.id.clone());
    let title = say::moves(
        facts,
        &total,
        Sentence::from("The number of aircraft given up because of the acts"),
        "is",
        "is lower by",
    );
    let words = Words {
        id: "fig-orders",
        title,
        subtitle: Sentence::new()
            .name("F-35")
            .text(" by recipient: delivered at the start, still kept, and given up by ")
            .year(material.span().1)
            .text(" with the acts (expected number, whisker nine tenths of the draws). Sorted by open orders."),
        remark: vec![Sentence::from(
            "The order book is an aggregate of a restricted register; prices and offsets are not in it.",
        )],
        evidence,
        claims: claims.into_iter().collect(),
    };
    let chart = Chart::Orders(Orders {
        rows,
        noun: "aircraft".to_owned(),
    });
    Ok(Some(figure(material, facts, words, chart, false)))
}

/// Drivers of the headline indicators, in per cent of the whole effect.
pub fn drivers(material: &Material<'_>, facts: &mut Facts<'_>) -> Result<Figure, BriefError> {
    const COLUMNS: &[(&str, &str)] = &[
        ("trust.targets_in_hegemon_change", "Trust"),
        ("trade.targets_hegemon_share", "Exports"),
        ("arms.targets_hegemon_order_share", "Arms orders"),
        ("security.new_agreements_among_targets", "Agreements"),
    ];
    let mut rows: Vec<DriverRow> = Vec::new();
    let mut evidence = Vec::new();
    let mut columns = Vec::new();
    for (k, (indicator, label)) in COLUMNS.iter().enumerate() {
        let whole = facts.get(&Ask::effect(indicator, Whom::World))?;
        evidence.push(whole.clone());
        columns.push((
            (*label).to_owned(),
            facts.row(&whole).map_or(Basis::Assumed, |r| r.basis),
        ));
        let scale = whole_effect(material, indicator)?;
        for c in material.attribution.contributions(indicator, &[])? {
            let at = rows
                .iter()
                .position(|r| r.label == c.label)
                .unwrap_or_else(|| {
                    rows.push(DriverRow {
                        label: c.label.clone(),
                        cells: vec![None; COLUMNS.len()],
                    });
                    rows.len() - 1
                });
            // A share of an effect near zero says nothing.
            rows[at].cells[k] = scale.map(|s| {
                let mut q = c.effect.q.map(|v| 100.0 * v / s);
                q.sort_by(f64::total_cmp);
                DriverCell {
                    share: Spread {
                        q05: q[0],
                        q25: q[1],
                        q50: q[2],
                        q75: q[3],
                        q95: q[4],
                    },
                    row: None,
                }
            });
        }
    }
    let size = |r: &DriverRow| r.cells[0].as_ref().map_or(0.0, |c| c.share.q50.abs());
    rows.sort_by(|a, b| {
        size(b)
            .total_cmp(&size(a))
            .then_with(|| a.label.cmp(&b.label))
    });
    let first = rows.first().map_or_else(String::new, |r| r.label.clone());
    let words = Words {
        id: "fig-drivers",
        title: Sentence::from("Trust hangs most on: ").name(first),
        subtitle: Sentence::from(
            "Whole effect less the effect without the driver, per cent of the mean effect, last \
             year; bars with nine tenths of the draws. A column without bars has no effect to share.",
        ),
        remark: vec![Sentence::from(
            "Drivers interact; bars need not sum to the whole.",
        )],
        evidence,
        claims: Vec::new(),
    };
    let chart = Chart::Drivers(Drivers {
        head: "Driver".to_owned(),
        columns,
        rows,
    });
    Ok(figure(material, facts, words, chart, true))
}

/// Mean whole effect in the attribution runs; `None` where its 90 % interval includes zero.
fn whole_effect(material: &Material<'_>, indicator: &str) -> Result<Option<f64>, BriefError> {
    let r = material.attribution.results();
    let k = r.indicator(indicator)?;
    let whole = r.difference((1, 0), k, None, r.years().len() - 1);
    Ok(realign_ensemble::Summary::of(&whole)
        .filter(|s| !s.spans_zero())
        .map(|s| s.mean))
}

/// Heat map of indicators by state.
pub fn heat(
    material: &Material<'_>,
    facts: &mut Facts<'_>,
    columns: &[(String, String)],
    words: Words,
) -> Result<Figure, BriefError> {
    let mut rows = Vec::new();
    let first = columns.first().map_or("", |c| c.0.as_str());
    for s in by_effect(material, facts, first, &material.focus())?
        .into_iter()
        .take(ROWS)
    {
        let mut cells = Vec::new();
        for (indicator, _) in columns {
            let ask = Ask::effect(indicator, Whom::State(s)).of(Kind::Level);
            cells.push(Spread::of(&facts.sample(&ask)?));
        }
        rows.push(HeatRow {
            label: material.name(s).to_owned(),
            iso3: Some(material.atlas.states().iso3(s).to_owned()),
            cells,
        });
    }
    let mut flat: Vec<(f64, usize, usize)> = rows
        .iter()
        .enumerate()
        .flat_map(|(i, r)| {
            r.cells
                .iter()
                .enumerate()
                .filter_map(move |(j, c)| c.map(|c| (c.q50, i, j)))
        })
        .collect();
    flat.sort_by(|a, b| b.0.total_cmp(&a.0));
    let heat = Heat {
        stub: "State".to_owned(),
        columns: columns
            .iter()
            .map(|(_, label)| HeatColumn {
                label: label.clone(),
                basis: Basis::Assumed,
            })
            .collect(),
        rows,
        outlined: flat.iter().take(3).map(|f| (f.1, f.2)).collect(),
        unit: columns
            .first()
            .map_or(Ok(Unit::Index("index".into())), |c| {
                facts.indicator(&c.0).map(|i| unit(i, Kind::Level).0)
            })?,
    };
    Ok(figure(material, facts, words, Chart::Heat(heat), true))
}
