//! `realign estimate`

use realign_atlas::{Atlas, Year};
use realign_model::{ModelError, arms, finance, params::Posterior, security, trade, trust};

use crate::args::EstimateArgs;
use crate::report::Failure;

type Estimator = fn(&Atlas) -> Result<Vec<Posterior>, ModelError>;

const DOMAINS: &[(&str, Estimator)] = &[
    ("trust", trust::estimate),
    ("security", security::estimate),
    ("trade", trade::estimate),
    ("arms", arms::estimate),
    ("finance", finance::estimate),
];

#[derive(serde::Serialize)]
struct File {
    posterior: Vec<Posterior>,
}

/// `realign estimate`: prints the posteriors as they stand in `params/`.
pub fn run(args: &EstimateArgs) -> Result<(), Failure> {
    let atlas = Atlas::embedded()?;
    let atlas = args
        .as_of
        .map_or_else(|| atlas.as_of(atlas.vintage()), |y| atlas.as_of(Year(y)));
    let only = args.domain.as_deref().or(args.only.as_deref());
    let chosen: Vec<&(&str, Estimator)> = DOMAINS
        .iter()
        .filter(|(name, _)| only.is_none_or(|d| d == *name))
        .collect();
    if chosen.is_empty() {
        return Err(Failure::hinted(
            format!("no domain `{}`", only.unwrap_or_default()),
            "domains are trust, security, trade, arms, finance",
        ));
    }
    for (name, estimate) in chosen {
        println!("# {name}, as known at the end of {}", atlas.vintage());
        let text = toml::to_string_pretty(&File {
            posterior: estimate(&atlas)?,
        })
        .map_err(Failure::plain)?;
        println!("{text}");
        if *name == "security" {
            crate::security::print_goodness(&atlas)?;
        }
    }
    // The filter over history takes minutes: only when trust is asked for by name.
    if only == Some("trust") {
        let panel = trust::filter::Panel::read(&atlas)?;
        let hyper = trust::filter::Hyper::embedded()?;
        let filter = trust::filter::fit(&panel, &hyper, &trust::filter::FitOptions::FULL)?;
        println!("# params/posterior/trust_filter.toml");
        println!("{}", toml::to_string(&filter).map_err(Failure::plain)?);
    }
    Ok(())
}
