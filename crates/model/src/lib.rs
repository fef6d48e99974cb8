//! Seven coupled domains and their step.
//!
//! [`world::World`] is what evolves; [`step::step`] leads from one year to the next and reads like
//! the causal picture of the mission. Every domain is a folder with the same four doors: `mod.rs`
//! (state and equations), `estimate.rs` (atlas to parameters, with the baseline to beat),
//! `respond.rs` (one step, pure) and `measure.rs` (indicators).

pub mod acts;
pub mod agreement;
pub mod arms;
pub mod channels;
mod error;
pub mod exposure;
pub mod finance;
pub mod goods;
pub mod indicator;
mod matrix;
pub mod model;
pub mod params;
pub mod security;
pub mod setting;
pub mod standards;
pub mod step;
pub mod trade;
pub mod trust;
pub mod world;

pub use error::ModelError;
pub use matrix::Square;
