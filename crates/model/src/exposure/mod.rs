//! Exposure: what would be missing, where, for how long, and who could use it (MODEL.md §7).
//!
//! For client i and layer ℓ, with E the share of its needs that the hegemon meets and h what it
//! can count on of it,
//!
//! ```text
//! h        = (1 − withheld) · [1 − θ (1 − p_ih / p⁰_ih)]       acts, and distrust of planners
//! withheld → share that acts withhold, at 1/τ_w a year
//! wish     = min(1, a · (1 − h − tolerance)₊)                  part of E it wants to be rid of
//! released → wish at 1/τ_g a year,  τ_g = τ_w + (1 − π)(τ_r − τ_w)
//! replaced → released at 1/τ_r a year
//! gap      = E [(1 − released)(1 − h) + released − replaced]₊
//! stay     = E (1 − h)                                          staying put
//! ```
//!
//! The gap counts after stocks are used up. Where a client gives up the old source before the new
//! one stands (π > 0), `gap − stay` is the autonomy trap: its peak year, depth and area are
//! reported. For linear ramps, no stocks and one supplier the area of the gap after a withdrawal
//! is `(τ_r − τ_w)₊/2` ([`ramp_gap_years`]). The arms layer takes E from the arms domain, which
//! has its own release and replacement.
//!
//! Layers and their numbers are documented in `data/layers/*.toml`; where no data exist the shares
//! are assumptions (tag P) and say so. National aggregates only.

mod adversary;
mod dependence;
mod estimate;
mod layers;
mod leverage;
mod measure;
mod outlook;
mod respond;
#[cfg(test)]
mod tests;
mod validity;

use std::sync::Arc;

use realign_atlas::{Atlas, StateKind};
use realign_scenario::LayerTable;

pub use adversary::{Gap, Interdiction, Means, interdiction};
pub use dependence::Dependence;
pub use estimate::estimate;
pub use layers::{Layer, Lever, MaterialGroup, MemberShare, NamedShare, Rule, ramp_gap_years};
pub use leverage::{Leverage, leverage};
pub use measure::{indicators, measure};
pub use outlook::{Outlook, Situation, outlook};
pub use respond::{advance, respond};
pub use validity::{Against, Validity, validity};

use crate::acts::Direct;
use crate::params::Values;
use crate::setting::{Chance, Purpose, Setting, TrustView};
use crate::{ModelError, arms};

/// What does not change along a path.
#[derive(Clone, Debug, PartialEq)]
pub struct Fixed {
    /// Number of states and economies.
    pub n: usize,
    /// The hegemon's position.
    pub hegemon: usize,
    /// Positions of the targets.
    pub targets: Vec<usize>,
    /// Whether the entry has a foreign policy of its own.
    pub is_state: Vec<bool>,
    /// First simulated year less one.
    pub start_year: i32,
    /// The layers.
    pub layers: Vec<Layer>,
    /// Who depends on whom, by layer.
    pub dependence: Vec<Dependence>,
    /// E: share of the client's needs met by the hegemon, by layer and client (`ℓ·n + i`); NaN
    /// where nothing is known of the client.
    pub on_hegemon: Vec<f64>,
    /// Weight of the layer for the client, by layer and client.
    pub criticality: Vec<f64>,
    /// Years to replace before their draw, by layer and client.
    pub replace_years: Vec<f64>,
    /// Sum of the weights of all layers, by client.
    pub weight: Vec<f64>,
    /// Largest share of any other foreign supplier, by layer and client.
    pub on_rival: Vec<f64>,
    /// Shares of all other foreign suppliers together, by layer and client.
    pub on_others: Vec<f64>,
    /// Position of the layer whose dependence the arms domain keeps.
    pub arms_layer: Option<usize>,
    /// What had to be done without.
    pub notes: Vec<String>,
}

/// Values of `params/exposure.toml` for one draw.
#[derive(Clone, Debug, PartialEq)]
pub struct Coefficients {
    /// θ: how far planners discount what a distrusted supplier promises.
    pub planner_discount: f64,
    /// a: part of a dependence given up per part that cannot be counted on.
    pub autonomy_response: f64,
    /// Shortfall that nobody acts on.
    pub tolerance: f64,
    /// π: how far the old source is given up before the new one stands, 0–1.
    pub premature_release: f64,
    /// Standard deviation of the logarithm of a client's time to replace.
    pub replace_years_log_sd: f64,
    /// Part of what is replaced that is built at home rather than bought elsewhere.
    pub home_part: f64,
    /// Criticality-weighted gap above which a state counts as exposed.
    pub gap_threshold: f64,
}

/// What evolves. Arrays over layers and clients are ordered `ℓ·n + i`.
#[derive(Clone, Debug, PartialEq)]
pub struct State {
    /// Steps since the start.
    pub steps: u32,
    /// τ_r: years to replace, by layer and client; drawn once.
    pub replace_years: Arc<Vec<f64>>,
    /// Share of the hegemon's supply that acts withhold by now.
    pub withheld: Vec<f64>,
    /// Part of the dependence given up.
    pub released: Vec<f64>,
    /// Part of the dependence taken over by other sources.
    pub replaced: Vec<f64>,
    /// Years of need in stock.
    pub stock_years: Vec<f64>,
    /// Unmet need now, after stocks.
    pub gap: Vec<f64>,
    /// Largest unmet need so far.
    pub peak_gap: Vec<f64>,
    /// Criticality-weighted unmet need by client, stocks not counted, and the same staying put.
    pub index: Vec<f64>,
    /// See [`State::index`].
    pub index_staying: Vec<f64>,
    /// Largest index so far, by client.
    pub peak_index: Vec<f64>,
    /// Step of the largest index so far, by client; 0 at the start.
    pub peak_step: Vec<u32>,
    /// Largest excess of the index over staying put so far, by client.
    pub trap_depth: Vec<f64>,
    /// Sum over years of the excess over staying put, by client; negative where autonomy paid.
    pub trap_area: Vec<f64>,
}

/// Everything that exposure reads from elsewhere, at date t.
#[derive(Clone, Copy, Debug)]
pub struct Inputs<'a> {
    /// What acts do by themselves this year.
    pub direct: &'a Direct,
    /// Trust as planners may see it.
    pub trust: TrustView<'a>,
    /// Arms, whose dependence on the hegemon is that of the arms layer.
    pub arms: &'a arms::State,
}

impl Fixed {
    /// Reads the atlas.
    pub fn new(atlas: &Atlas, setting: &Setting) -> Result<Self, ModelError> {
        Self::with_layers(atlas, setting, &[])
    }

    /// Reads the atlas; tables of a scenario stand beside the layers of the program.
    pub fn with_layers(
        atlas: &Atlas,
        setting: &Setting,
        tables: &[LayerTable],
    ) -> Result<Self, ModelError> {
        let mut layers = Layer::embedded()?;
        for t in tables {
            layers.push(Layer::from_table(t)?);
        }
        let mut reader = dependence::Reader {
            atlas,
            setting,
            notes: Vec::new(),
        };
        let dependence = layers
            .iter()
            .map(|l| reader.read(l))
            .collect::<Result<Vec<_>, ModelError>>()?;
        let notes = reader.notes;
        let is_state = atlas
            .states()
            .iter()
            .map(|s| s.kind != StateKind::Territory)
            .collect();
        let mut f = Self::from_dependence(setting, is_state, layers, dependence);
        f.notes.extend(notes);
        Ok(f)
    }

    /// From dependence read before.
    pub fn from_dependence(
        setting: &Setting,
        is_state: Vec<bool>,
        layers: Vec<Layer>,
        dependence: Vec<Dependence>,
    ) -> Self {
        let n = setting.n;
        let h = setting.hegemon.index();
        let mut f = Self {
            n,
            hegemon: h,
            targets: setting.targets.iter().map(|t| t.index()).collect(),
            is_state,
            start_year: setting.start.0,
            on_hegemon: vec![f64::NAN; layers.len() * n],
            on_rival: vec![f64::NAN; layers.len() * n],
            on_others: vec![f64::NAN; layers.len() * n],
            arms_layer: layers.iter().position(|l| l.dependence == Rule::ArmsBase),
            criticality: Vec::with_capacity(layers.len() * n),
            replace_years: Vec::with_capacity(layers.len() * n),
            weight: vec![0.0; n],
            layers,
            dependence,
            notes: Vec::new(),
        };
        for (layer, d) in f.layers.iter().zip(&f.dependence) {
            for i in 0..n {
                let weight = d.criticality.get(i).copied().unwrap_or(layer.criticality);
                let years = d
                    .replace_years
                    .get(i)
                    .copied()
                    .unwrap_or(layer.replace_years);
                f.criticality.push(weight);
                f.replace_years.push(years);
                f.weight[i] += weight;
            }
        }
        for (l, d) in f.dependence.iter().enumerate() {
            for i in (0..n).filter(|i| d.own[*i].is_finite()) {
                let (mut hegemon, mut rival, mut others) = (0.0, 0.0f64, 0.0);
                for &(_, j, share) in d.of(i) {
                    if j == h {
                        hegemon = share;
                    } else {
                        rival = rival.max(share);
                        others += share;
                    }
                }
                f.on_hegemon[l * n + i] = hegemon;
                f.on_rival[l * n + i] = rival;
                f.on_others[l * n + i] = others;
            }
        }
        f
    }

    /// Loss when the whole of a client's dependence in a layer is withdrawn: criticality times the
    /// area between the ramp of withdrawal and the ramp of replacement, less what stocks cover
    /// (criticality-years).
    pub fn loss_of_withdrawal(&self, layer: usize, client: usize) -> f64 {
        let l = &self.layers[layer];
        let cell = layer * self.n + client;
        let years = ramp_gap_years(l.withdraw_years, self.replace_years[cell], l.buffer_years);
        self.criticality[cell] * years
    }
}

impl Coefficients {
    /// Takes the block `exposure` out of a draw.
    pub fn new(values: &Values) -> Result<Self, ModelError> {
        let get = |id: &str| values.get(&format!("exposure.{id}"));
        Ok(Self {
            planner_discount: get("planner_discount")?,
            autonomy_response: get("autonomy_response")?,
            tolerance: get("tolerance")?,
            premature_release: get("premature_release")?,
            replace_years_log_sd: get("replace_years_log_sd")?,
            home_part: get("home_part")?,
            gap_threshold: get("gap_threshold")?,
        })
    }
}

impl State {
    /// The start: everything supplied, stocks full.
    pub fn start(fixed: &Fixed, coefficients: &Coefficients, chance: &Chance) -> Self {
        let n = fixed.n;
        let cells = fixed.layers.len() * n;
        let mut replace_years = Vec::with_capacity(cells);
        let mut stock_years = Vec::with_capacity(cells);
        for (l, layer) in fixed.layers.iter().enumerate() {
            for i in 0..n {
                let z = chance.normal(Purpose::Replacement, i as u32, l as u32);
                let factor = (coefficients.replace_years_log_sd * z).exp();
                let years = fixed.replace_years[l * n + i];
                replace_years.push((years * factor).max(layer.withdraw_years));
                let e = fixed.on_hegemon[l * n + i];
                stock_years.push(if e > 0.0 { layer.buffer_years * e } else { 0.0 });
            }
        }
        Self {
            steps: 0,
            replace_years: Arc::new(replace_years),
            withheld: vec![0.0; cells],
            released: vec![0.0; cells],
            replaced: vec![0.0; cells],
            stock_years,
            gap: vec![0.0; cells],
            peak_gap: vec![0.0; cells],
            index: vec![0.0; n],
            index_staying: vec![0.0; n],
            peak_index: vec![0.0; n],
            peak_step: vec![0; n],
            trap_depth: vec![0.0; n],
            trap_area: vec![0.0; n],
        }
    }
}
