//! Poisson pseudo-maximum likelihood with any number of high-dimensional fixed effects.
//!
//! The estimator of structural gravity (Santos Silva & Tenreyro 2006; Yotov et al. 2016): separated
//! rows are found and listed, collinear regressors named, standard errors robust or clustered any
//! number of ways, and the incidental-parameter bias of three-way effects corrected on request.
//!
//! ```
//! use realign_numerics::ppml::{Column, Options, Spec, Table, fit};
//! let mut table = Table::new();
//! let exporter = ["A", "A", "B", "B", "C", "C"];
//! table.add("exporter", Column::text(exporter))?;
//! table.add("near", Column::Number(vec![1.0, 0.0, 1.0, 0.0, 0.0, 1.0]))?;
//! table.add("trade", Column::Number(vec![5.0, 2.0, 9.0, 4.0, 1.0, 4.0]))?;
//! let spec = Spec::parse("trade ~ near | exporter")?.cluster("exporter")?;
//! let fit = fit(&table, &spec, &Options::default())?;
//! assert!(fit.estimates[0].coefficient > 0.5 && fit.adding_up < 1e-12);
//! # Ok::<(), realign_numerics::ppml::PpmlError>(())
//! ```

mod absorb;
mod covariance;
mod dense;
mod envelope;
mod error;
mod estimate;
mod formula;
mod frame;
mod irls;
mod layout;
mod options;
mod rectifier;
mod result;
mod separation;
mod table;
mod three_way;

pub use error::PpmlError;
pub use estimate::{fit, left_out};
pub use formula::{Factor, Formula, Term};
pub use options::{ClusterFactor, Options, Panel, Separation, Spec, ThreeWay};
pub use result::{
    EffectInfo, Estimate, Fit, LeftOut, Omitted, Progress, Rule, ThreeWayCorrection, Work,
};
pub use table::{Column, Table};
