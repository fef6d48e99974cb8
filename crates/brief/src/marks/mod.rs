//! Marks: one file per kind of chart. Each is a pure function of its data; text in SVG is measured
//! and drawn at two widths, never squeezed.

mod blocs;
mod density;
mod flow;
mod heat;
mod map;
mod paths;
mod rows;
pub(crate) mod svg;
pub(crate) mod table;

use maud::{Markup, html};

use crate::BriefError;
use crate::document::Document;
use crate::evidence::{RowId, Spread};
use crate::figure::{Cell, Chart, Density, Figure, Path, Table, TieMatrix};

/// The drawn part of a figure.
pub(crate) fn draw(doc: &Document, f: &Figure) -> Result<Markup, BriefError> {
    if let Some(what) = misfit(&f.chart) {
        return Err(BriefError::Figure {
            figure: f.id.clone(),
            what,
        });
    }
    Ok(match &f.chart {
        Chart::DensityPair(p) => density::pair(p),
        Chart::Density(r) => density::one(r),
        Chart::Paths(p) => paths::panels(doc, p),
        Chart::Intervals(r) => rows::intervals(doc, r),
        Chart::Blocs(b) => blocs::draw(b),
        Chart::Flow(w) => flow::draw(w),
        Chart::Orders(o) => rows::orders(doc, o),
        Chart::States(t) => table::draw(doc, t, "al1"),
        Chart::Map(m) => map::draw(m)?,
        Chart::Heat(h) => heat::draw(doc, f, h),
        Chart::Curve(c) => paths::curve(c),
        Chart::Drivers(d) => rows::drivers(doc, d),
        Chart::Variance(v) => rows::variance(v),
        Chart::Skill(s) => rows::skill(doc, s),
        Chart::Camps(c) => rows::camps(c),
    })
}

/// The numbers of a figure as a table, if it brings one.
pub(crate) fn numbers(doc: &Document, f: &Figure) -> Option<Markup> {
    match (&f.table, &f.chart) {
        (Some(t), _) => Some(table::draw(doc, t, "")),
        (None, Chart::Flow(w)) => Some(flow::table(w)),
        (None, Chart::Heat(h)) => Some(html! { (heat_intervals(h)) }),
        _ => None,
    }
}

fn heat_intervals(h: &crate::figure::Heat) -> Markup {
    use crate::numbers::Printer;
    use crate::sentence::Sign;
    html! {
        div.scroll tabindex="0" role="region" aria-label="Intervals of the heat map" {
            table {
                caption.vh { "Medians and 90 per cent intervals, " (h.unit.name()) }
                thead { tr {
                    th scope="col" { (h.stub) }
                    @for c in &h.columns { th.r scope="col" { (c.label) } }
                } }
                tbody {
                    @for r in &h.rows {
                        tr {
                            th scope="row" { (r.label) }
                            @for s in &r.cells {
                                td.r {
                                    @match s {
                                        Some(s) => {
                                            @let p = Printer::of_spread(s, &h.unit);
                                            (p.bare(s.q50, Sign::Natural)) br;
                                            span.ci { (p.range(s.q05, s.q95, Sign::Natural)) }
                                        },
                                        None => "–",
                                    }
                                }
                            }
                        }
                    }
                }
            }
        }
    }
}

/// Rows that a chart names.
pub(crate) fn rows(chart: &Chart) -> Vec<&RowId> {
    match chart {
        Chart::Paths(p) => p.panels.iter().filter_map(|q| q.row.as_ref()).collect(),
        Chart::Intervals(r) => r.rows.iter().map(|q| &q.row).collect(),
        Chart::Orders(o) => o.rows.iter().filter_map(|q| q.row.as_ref()).collect(),
        Chart::Drivers(d) => d
            .rows
            .iter()
            .flat_map(|r| r.cells.iter().flatten())
            .filter_map(|c| c.row.as_ref())
            .collect(),
        Chart::States(t) => table_rows(t),
        _ => Vec::new(),
    }
}

/// Rows that the cells of a table name.
pub(crate) fn table_rows(t: &Table) -> Vec<&RowId> {
    t.rows
        .iter()
        .flat_map(|r| &r.cells)
        .filter_map(|c| match c {
            Cell::Row { row } => Some(row),
            _ => None,
        })
        .collect()
}

fn path_fits(p: &Path) -> bool {
    p.years.len() >= 2
        && p.years.len() == p.spread.len()
        && p.years.len() == p.no_shock.len()
        && p.years.windows(2).all(|w| w[0] < w[1])
        && p.spread.iter().all(Spread::ordered)
        && p.no_shock.iter().all(|v| v.is_finite())
}

fn density_fits(d: &Density) -> bool {
    d.x.len() >= 2
        && d.x.len() == d.y.len()
        && d.x.windows(2).all(|w| w[0] < w[1])
        && d.y.iter().all(|v| v.is_finite() && *v >= 0.0)
        && d.spread.ordered()
        && (0.0..=1.0).contains(&d.beyond)
}

fn matrix_fits(m: &TieMatrix) -> bool {
    let n = m.codes.len();
    n >= 2
        && m.ties.len() == n * n
        && m.ties.iter().all(|v| (0.0..=1.0).contains(v))
        && m.blocs.iter().all(|b| b.len > 0 && b.start + b.len <= n)
}

/// What is wrong with the shape of a table, if anything.
pub(crate) fn table_misfit(t: &Table) -> Option<String> {
    if let Some(r) = t.rows.iter().find(|r| r.cells.len() != t.columns.len()) {
        return Some(format!(
            "a table row has {} cells for {} columns",
            r.cells.len(),
            t.columns.len()
        ));
    }
    let fits = |c: &Cell| match c {
        Cell::Value { spread, .. } | Cell::Bar { spread } => spread.ordered(),
        Cell::Spark { path } => path_fits(path),
        _ => true,
    };
    let all = t.rows.iter().flat_map(|r| &r.cells).all(fits);
    (!all).then(|| "a cell's quantiles or path are out of order".to_owned())
}

/// What is wrong with the shape of a chart's data, if anything.
pub(crate) fn misfit(chart: &Chart) -> Option<String> {
    let bad = |what: &str| Some(what.to_owned());
    match chart {
        Chart::DensityPair(p) if !density_fits(&p.prior) || !density_fits(&p.posterior) => {
            bad("a density's grid, values or quantiles do not fit")
        }
        Chart::DensityPair(p)
            if p.odds
                .as_ref()
                .is_some_and(|o| !(o.ratio.is_finite() && o.ratio >= 0.0 && o.claim_at > 1.0)) =>
        {
            bad("the odds ratio is not a number or the claim bound is not above 1")
        }
        Chart::Density(r) if !density_fits(&r.density) => {
            bad("the density's grid, values or quantiles do not fit")
        }
        Chart::Paths(p) if p.panels.is_empty() => bad("no panels"),
        Chart::Paths(p) => p.panels.iter().find(|q| !path_fits(&q.path)).map(|q| {
            format!(
                "panel {:?}: years, bands and base differ in length or order",
                q.name
            )
        }),
        Chart::Curve(c) if !path_fits(&c.path) => {
            bad("years, bands and base differ in length or order")
        }
        Chart::Intervals(r) if r.rows.is_empty() => bad("no rows"),
        Chart::Blocs(b) if !matrix_fits(&b.before) || !matrix_fits(&b.after) => {
            bad("a tie matrix is not square, has ties outside 0 to 1, or blocs beyond its states")
        }
        Chart::Flow(f)
            if f.origins.is_empty() || f.origins.len() > 4 || f.destinations.len() > 7 =>
        {
            bad("a flow diagram takes 1 to 4 origins and at most 7 destinations")
        }
        Chart::Flow(f)
            if f.flows.len() != f.origins.len()
                || f.flows.iter().any(|r| r.len() != f.destinations.len()) =>
        {
            bad("flows do not have one row per origin and one cell per destination")
        }
        Chart::Orders(o)
            if o.rows
                .iter()
                .any(|r| !r.moved.ordered() || r.delivered < 0.0) =>
        {
            bad("an order row has negative deliveries or quantiles out of order")
        }
        Chart::Map(m) if m.values.is_empty() => bad("no values on the map"),
        Chart::Map(m) if !matches!(m.bounds.len(), 0 | 4) => bad("a map takes four inner bounds"),
        Chart::Heat(h) if h.rows.iter().any(|r| r.cells.len() != h.columns.len()) => {
            bad("a heat row does not have one cell per column")
        }
        Chart::Heat(h) if h.outlined.len() > 3 => bad("more than three outlined cells"),
        Chart::Drivers(d)
            if d.columns.is_empty()
                || d.columns.len() > 4
                || d.rows.iter().any(|r| r.cells.len() != d.columns.len()) =>
        {
            bad("drivers take 1 to 4 indicators and one cell for each")
        }
        Chart::Flow(f) if f.flows.iter().flatten().any(|c| !c.size.ordered()) => {
            bad("a flow's quantiles are out of order")
        }
        Chart::Map(m)
            if m.values
                .values()
                .any(|v| !(v.low <= v.median && v.median <= v.high)) =>
        {
            bad("a value on the map is not a number within its interval")
        }
        Chart::Heat(h)
            if h.rows
                .iter()
                .flat_map(|r| r.cells.iter().flatten())
                .any(|s| !s.ordered()) =>
        {
            bad("a heat cell's quantiles are out of order")
        }
        Chart::Drivers(d)
            if d.rows
                .iter()
                .flat_map(|r| r.cells.iter().flatten())
                .any(|c| !c.share.ordered()) =>
        {
            bad("a driver's quantiles are out of order")
        }
        Chart::Skill(s) if s.rows.iter().filter_map(|r| r.skill).any(|q| !q.ordered()) => {
            bad("a record's quantiles are out of order")
        }
        Chart::Variance(v)
            if ![v.chance, v.estimated, v.model, v.assumed]
                .iter()
                .all(|x| x.is_finite() && *x >= 0.0) =>
        {
            bad("a share of variance is negative or not a number")
        }
        Chart::States(t) => table_misfit(t),
        Chart::Camps(c)
            if c.names.len() > 5 || c.bars.iter().any(|b| b.1.len() != c.names.len()) =>
        {
            bad("camps take at most five names and one share for each")
        }
        _ => None,
    }
}
