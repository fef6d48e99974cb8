//! `realign trade panels`

use realign_atlas::{Atlas, Year};
use realign_model::params::Params;
use realign_model::trade::gravity::{PanelFit, affinity_spread, panels, sectors};
use serde_json::json;

use super::{PanelsArgs, fixed, table};
use crate::report::Failure;

/// Year in which a standard deviation of affinity is taken.
const SPREAD_YEAR: Year = Year(2014);

/// `realign trade panels`
pub fn run(args: &PanelsArgs) -> Result<(), Failure> {
    let atlas = Atlas::embedded()?;
    let fits = if args.sectors {
        sectors(&atlas)?
    } else {
        panels(&atlas)?
    };
    let spread = affinity_spread(&atlas, SPREAD_YEAR)?;
    let params = Params::embedded()?.centre();
    let prior = params.get("trade.trust_effect_logit")? * params.get("trade.logit_per_sd")?;
    if args.json {
        let rows: Vec<_> = fits
            .iter()
            .map(|f| {
                json!({ "id": f.id, "label": f.label, "rows": f.rows, "pairs": f.pairs,
                "terms": f.terms.iter().map(|t| json!({
                    "name": t.name, "estimate": t.estimate, "standard_error": t.standard_error,
                    "corrected": t.corrected, "corrected_standard_error": t.corrected_error,
                })).collect::<Vec<_>>() })
            })
            .collect();
        let all =
            json!({ "panels": rows, "affinity_sd": spread, "trust_effect_per_sd_used": prior });
        println!("{}", serde_json::to_string_pretty(&all)?);
        return Ok(());
    }
    if args.sectors {
        by_sector(&fits);
    } else {
        fits.iter().for_each(print);
    }
    println!(
        "One standard deviation of affinity over pairs is {} (in {SPREAD_YEAR}); the step uses {} log points \
         of trade per SD of trust.",
        fixed(spread, 3),
        fixed(prior, 3)
    );
    println!(
        "Exporter-year, importer-year and pair effects; clustered by pair. Affinity: minus the \
         distance of ideal points a year before. Association, not proof: see the leads."
    );
    Ok(())
}

fn print(f: &PanelFit) {
    println!("{}: {} ({} rows, {} pairs)", f.id, f.label, f.rows, f.pairs);
    let rows = f.terms.iter().map(|t| {
        let or = |x: Option<f64>| fixed(x.unwrap_or(f64::NAN), 4);
        vec![
            t.name.clone(),
            fixed(t.estimate, 4),
            fixed(t.standard_error, 4),
            fixed(t.estimate / t.standard_error, 1),
            or(t.corrected),
            or(t.corrected_error),
        ]
    });
    let header = [
        "",
        "effect on log trade",
        "standard error",
        "t",
        "bias-corrected",
        "its standard error",
    ];
    println!("{}", table(&header, rows.collect()));
}

fn by_sector(fits: &[PanelFit]) {
    let names = ["log_tariff", "agreement", "sanctions", "affinity"];
    let rows = fits.iter().map(|f| {
        let mut row = vec![f.id.clone()];
        row.extend(names.iter().map(|n| {
            f.term(n).map_or_else(
                || "dropped".to_owned(),
                |t| format!("{} ({})", fixed(t.estimate, 3), fixed(t.standard_error, 3)),
            )
        }));
        row
    });
    println!(
        "{}",
        table(
            &["sector", "log tariff", "agreement", "sanctions", "affinity"],
            rows.collect()
        )
    );
}
