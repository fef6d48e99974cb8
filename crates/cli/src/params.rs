//! `realign params`

use comfy_table::{ContentArrangement, Table, presets};
use realign_model::params::{Params, Prior};
use serde::Serialize;

use crate::args::ParamsArgs;
use crate::report::Failure;

#[derive(Serialize)]
struct Row<'a> {
    id: &'a str,
    label: &'a str,
    unit: &'a str,
    prior: &'a Prior,
    posterior: Option<(f64, f64)>,
    tag: String,
    source: &'a str,
    rationale: &'a str,
}

/// `realign params`
pub fn run(args: &ParamsArgs) -> Result<(), Failure> {
    let params = Params::embedded()?;
    let wanted = |id: &str| {
        args.only
            .as_deref()
            .is_none_or(|o| id == o || id.strip_prefix(o).is_some_and(|rest| rest.starts_with('.')))
    };
    let rows: Vec<Row<'_>> = params
        .iter()
        .filter(|(id, _, _)| wanted(id))
        .map(|(id, p, q)| Row {
            id,
            label: &p.label,
            unit: &p.unit,
            prior: &p.prior,
            posterior: q.map(|q| (q.mean, q.sd)),
            tag: format!("{:?}", p.tag),
            source: q.map_or(&p.source, |q| &q.source),
            rationale: &p.rationale,
        })
        .collect();
    if rows.is_empty() {
        let only = args.only.as_deref().unwrap_or_default();
        return Err(Failure::hinted(
            format!("no parameter or block `{only}`"),
            "blocks are acts, trust, security, trade, arms, finance, standards, exposure",
        ));
    }
    if args.json {
        println!("{}", serde_json::to_string_pretty(&rows)?);
        return Ok(());
    }
    let mut table = Table::new();
    table.load_preset(presets::UTF8_HORIZONTAL_ONLY);
    table.set_content_arrangement(ContentArrangement::Dynamic);
    table.set_header(["id", "what", "unit", "value (5 to 95 %)", "tag", "source"]);
    for r in rows {
        let value = match r.posterior {
            Some((mean, sd)) => {
                format!(
                    "{mean:.3} ({:.3} to {:.3}), estimated",
                    mean - 1.645 * sd,
                    mean + 1.645 * sd
                )
            }
            None if r.prior.is_fixed() => format!("{:.4}", r.prior.quantile(0.5)),
            None => format!(
                "{:.3} ({:.3} to {:.3})",
                r.prior.quantile(0.5),
                r.prior.quantile(0.05),
                r.prior.quantile(0.95)
            ),
        };
        table.add_row([r.id, r.label, r.unit, &value, &r.tag, r.source]);
    }
    println!("{table}");
    println!(
        "Tags: V published and verified, C recomputed, M published, from memory, P assumption."
    );
    Ok(())
}
