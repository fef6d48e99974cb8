//! Arms: who supplies whom with what, and what moves it (MODEL.md §5, simplest honest form).
//!
//! For recipient i, class c and supplier j the share of new orders is a logit around what was
//! observed,
//!
//! ```text
//! s_ijc = d⁰ s⁰_ijc e^{v_ijc} / Σ          d⁰ = 1 − domestic share at the start
//! v_ijc = a_T ΔT_ij + a_Q ln δ̂_ij + a_R life_c Δ(1−p_ij) + a_I Δally_ij + a_L Δbase_ijc
//!         + ln(1 − denied_ij) + taste_ij                                               (foreign)
//! v_i0c = a_K ln(K_ic / K⁰_ic)                                                          (domestic)
//! ```
//!
//! so without acts, changes of trust or drift the observed shares repeat. Δ is the change since the
//! start of the run; δ̂ is the delivered-capability factor the recipient expects: its own, and with
//! a small weight what the supplier did to others. Orders enter a book that delivers over the
//! class's lead time; deliveries enter a base that retires over the class's life. Orders still in
//! the book are given up with odds `h e^{−v}` a year and placed anew. Domestic capability follows the
//! volume of domestic orders with the class's lag. Prices, qualities and secret terms are not in
//! the data: they are inside s⁰.
//!
//! Innovation through competition (MODEL.md §5, ι) is zero: nothing here estimates it.

pub mod class;
mod estimate;
mod fixed;
mod measure;
mod observed;
mod orders;
mod picture;
mod profile;
mod respond;
#[cfg(test)]
mod tests;

use std::sync::Arc;

pub use class::{CLASSES, Class};
pub use estimate::{SupplierScore, SupplierScores, estimate, supplier_scores};
pub use fixed::{Fixed, Region};
pub use measure::{indicators, measure};
pub use observed::Observed;
pub use orders::{ORDER_COLUMNS, OrderCoefficient, OrderScore, OrderScores, order_scores};
pub use picture::{
    ClassPicture, Client, Source, alternatives, recipient_picture, supplier_picture, weapon_classes,
};
pub use profile::{Columns, Profiles};
pub use respond::{Pull, advance, respond};

use crate::acts::Direct;
use crate::params::Values;
use crate::setting::{Chance, TrustView};
use crate::{ModelError, Square};

/// Values of `params/arms.toml` for one draw.
#[derive(Clone, Debug, PartialEq)]
pub struct Coefficients {
    /// a_T: utility per SD of trust gained or lost since the start.
    pub trust_elasticity: f64,
    /// a_Q: utility per log point of delivered capability.
    pub delta_elasticity: f64,
    /// a_R: utility per probability of unreliability and year of platform life.
    pub risk_per_year: f64,
    /// a_I: utility per unit of the supplier's share in the bases of allies.
    pub interoperability: f64,
    /// a_L: utility per unit of the supplier's share in the own base of the class.
    pub lock_in: f64,
    /// a_K: utility per log point of domestic capability.
    pub capability_elasticity: f64,
    /// Log points of capability per log point of domestic order volume, in the long run.
    pub capability_growth: f64,
    /// Log points of order volume per log point of military spending.
    pub spending_to_orders: f64,
    /// Log points of capability from joint production, in the long run.
    pub coproduction_gain: f64,
    /// Weight of a supplier's downgrades of others in what a recipient expects for itself.
    pub others_degradation_weight: f64,
    /// h: odds in a year that an open order is given up while nothing has changed.
    pub order_loss_odds: f64,
    /// Hazard in a year that a recipient of the flagship orders more of it while nothing has changed.
    pub follow_on_hazard: f64,
    /// Standard deviation of the yearly drift of a pair's taste, log points.
    pub taste_sd: f64,
    /// Weights of what a recipient buys now (five-year deliveries and open orders, half each), of its
    /// thirty-year deliveries and of the world's shares in its next orders; scaled to sum to one.
    pub source_weight: [f64; 3],
    /// Share of the world's spending on equipment that is imported.
    pub equipment_import_share: f64,
    /// Share of the world's exports of a class at which half of the needs are met at home.
    pub export_half_share: f64,
    /// Committees of ISO led at which half of the needs are met at home.
    pub secretariats_half: f64,
    /// Part of deliveries built under licence at which half of the needs could be met at home.
    pub licence_half: f64,
    /// Years from order to delivery by class.
    pub lead_years: [f64; CLASSES],
    /// Years of service by class.
    pub life_years: [f64; CLASSES],
    /// Years until domestic capability has followed by class.
    pub capability_lag_years: [f64; CLASSES],
}

impl Coefficients {
    /// Takes the block `arms` out of a draw.
    pub fn new(values: &Values) -> Result<Self, ModelError> {
        let get = |id: &str| values.get(&format!("arms.{id}"));
        let by_class = |what: &str| -> Result<[f64; CLASSES], ModelError> {
            let mut v = [0.0; CLASSES];
            for c in Class::ALL {
                v[c.index()] = get(&format!("{what}_{}", c.id()))?;
            }
            Ok(v)
        };
        Ok(Self {
            trust_elasticity: get("trust_elasticity")?,
            delta_elasticity: get("delta_elasticity")?,
            risk_per_year: get("risk_per_year")?,
            interoperability: get("interoperability")?,
            lock_in: get("lock_in")?,
            capability_elasticity: get("capability_elasticity")?,
            capability_growth: get("capability_growth")?,
            spending_to_orders: get("spending_to_orders")?,
            coproduction_gain: get("coproduction_gain")?,
            others_degradation_weight: get("others_degradation_weight")?,
            order_loss_odds: get("order_loss_odds")?,
            follow_on_hazard: get("follow_on_hazard")?.max(0.0),
            taste_sd: get("taste_sd")?.max(0.0),
            source_weight: [
                get("weight_recent")?.max(0.0),
                get("weight_deliveries_30y")?.max(0.0),
                get("weight_world")?.max(0.0),
            ],
            equipment_import_share: get("equipment_import_share")?,
            export_half_share: get("export_half_share")?,
            secretariats_half: get("secretariats_half")?,
            licence_half: get("licence_half")?,
            lead_years: by_class("lead_years")?,
            life_years: by_class("life_years")?,
            capability_lag_years: by_class("capability_lag_years")?,
        })
    }
}

/// What the shares are calibrated to, once per draw.
#[derive(Clone, Debug, PartialEq)]
pub struct Calibration {
    /// Share of new foreign orders at the start, by entry; sums to one over a cell.
    pub order: Vec<f64>,
    /// Share of the foreign installed base at the start, by entry; sums to one over a cell.
    pub base: Vec<f64>,
    /// Share of foreign open orders at the start, by entry; sums to one over a cell.
    pub book: Vec<f64>,
    /// Share of new orders placed at home at the start, by cell: an assumption built from imports,
    /// spending, exports and committees led, since domestic purchases are not public.
    pub domestic: Vec<f64>,
    /// Share of a pair's supplier in the bases of the recipient's allies at the start, by pair.
    pub allied_share: Vec<f64>,
}

/// What evolves. Volumes are in years of the cell's normal purchases at the start.
#[derive(Clone, Debug, PartialEq)]
pub struct State {
    /// What the start was calibrated to.
    pub calibration: Arc<Calibration>,
    /// Share of this year's new orders that goes to a foreign supplier, by entry.
    pub order: Vec<f64>,
    /// Share of this year's new orders placed at home, by cell.
    pub domestic_order: Vec<f64>,
    /// Open orders with a foreign supplier, by entry.
    pub book: Vec<f64>,
    /// Open orders at home, by cell.
    pub domestic_book: Vec<f64>,
    /// Installed base from a foreign supplier, by entry.
    pub base: Vec<f64>,
    /// Installed base from home, by cell.
    pub domestic_base: Vec<f64>,
    /// Capability of the installed base lost to downgraded deliveries, by cell.
    pub degraded: Vec<f64>,
    /// ln(K/K⁰) of domestic capability, by cell.
    pub capability: Vec<f64>,
    /// Log points of capability that joint production will bring, by state.
    pub coproduction: Vec<f64>,
    /// Drift of taste since the start, by pair.
    pub taste: Vec<f64>,
    /// Dependence on the hegemon, by state: mean of its shares in the whole installed base and in
    /// the whole order book; zero where nothing is known.
    pub dependence: Vec<f64>,
    /// Origin of the installed base, by state; follows from the bases above.
    pub profiles: Profiles,
    /// Mean cosine of the origin of equipment with that of the allies, by state.
    pub allied_likeness: Vec<Option<f64>>,
    /// Share of a pair's supplier in the bases of the recipient's allies, by pair.
    pub allied_share: Vec<f64>,
    /// Flagship aircraft of the hegemon still to be delivered, by state.
    pub flagship_open: Vec<f64>,
    /// Flagship aircraft delivered since the start, by state.
    pub flagship_delivered: Vec<f64>,
    /// Flagship aircraft given up since the start (expected number), by state.
    pub flagship_moved: Vec<f64>,
    /// Probability that the recipient's first decision on the flagship since the start was to cut its
    /// open order, and to order more, by state.
    pub flagship_decision: Vec<[f64; 2]>,
}

/// Everything that arms read from elsewhere, at date t.
#[derive(Clone, Copy, Debug)]
pub struct Inputs<'a> {
    /// What acts do by themselves this year.
    pub direct: &'a Direct,
    /// Trust as arms may see it.
    pub trust: TrustView<'a>,
    /// Military spending over that of the start, by state; NaN counts as unchanged.
    pub spending_ratio: &'a [f64],
    /// Weight of j among the allies of i (0–1), such as 1 for a defence pact.
    pub allies: &'a Square,
    /// Whether recipients learn from what a supplier does to others.
    pub reputation: bool,
}

impl State {
    /// The start: observed shares, smoothed towards the world's.
    pub fn start(
        fixed: &Fixed,
        coefficients: &Coefficients,
        _chance: &Chance,
        allies: &Square,
    ) -> Self {
        let calibration = Calibration::new(fixed, coefficients);
        let cells = fixed.n * CLASSES;
        let per = |shares: &[f64], years: &[f64; CLASSES]| {
            let mut v = vec![0.0; shares.len()];
            for cell in 0..cells {
                let foreign = 1.0 - calibration.domestic[cell];
                for e in fixed.entries(cell) {
                    v[e] = foreign * years[cell % CLASSES] * shares[e];
                }
            }
            v
        };
        let home = |years: &[f64; CLASSES]| -> Vec<f64> {
            (0..cells)
                .map(|k| calibration.domestic[k] * years[k % CLASSES])
                .collect()
        };
        let mut state = Self {
            order: per(&calibration.order, &[1.0; CLASSES]),
            domestic_order: calibration.domestic.clone(),
            book: per(&calibration.book, &coefficients.lead_years),
            domestic_book: home(&coefficients.lead_years),
            base: per(&calibration.base, &coefficients.life_years),
            domestic_base: home(&coefficients.life_years),
            degraded: vec![0.0; cells],
            capability: vec![0.0; cells],
            coproduction: vec![0.0; fixed.n],
            taste: vec![0.0; fixed.pair_supplier.len()],
            dependence: Vec::new(),
            profiles: Profiles::default(),
            allied_likeness: Vec::new(),
            allied_share: Vec::new(),
            flagship_open: fixed.flagship_open.clone(),
            flagship_delivered: vec![0.0; fixed.n],
            flagship_moved: vec![0.0; fixed.n],
            flagship_decision: vec![[0.0; 2]; fixed.n],
            calibration: Arc::new(calibration.clone()),
        };
        state.profiles = Profiles::new(fixed, &state);
        let (likeness, allied) = state.profiles.with_allies(fixed, allies);
        state.allied_likeness = likeness;
        state.allied_share.clone_from(&allied);
        state.dependence = measure::dependence(fixed, &state);
        state.calibration = Arc::new(Calibration {
            allied_share: allied,
            ..calibration
        });
        state
    }
}

impl State {
    /// A copy without what follows from the bases, which is written anew every year.
    fn without_views(&self) -> Self {
        Self {
            calibration: Arc::clone(&self.calibration),
            order: self.order.clone(),
            domestic_order: self.domestic_order.clone(),
            book: self.book.clone(),
            domestic_book: self.domestic_book.clone(),
            base: self.base.clone(),
            domestic_base: self.domestic_base.clone(),
            degraded: self.degraded.clone(),
            capability: self.capability.clone(),
            coproduction: self.coproduction.clone(),
            taste: self.taste.clone(),
            dependence: Vec::new(),
            profiles: Profiles::default(),
            allied_likeness: Vec::new(),
            allied_share: Vec::new(),
            flagship_open: self.flagship_open.clone(),
            flagship_delivered: self.flagship_delivered.clone(),
            flagship_moved: self.flagship_moved.clone(),
            flagship_decision: self.flagship_decision.clone(),
        }
    }
}

impl Calibration {
    fn new(fixed: &Fixed, k: &Coefficients) -> Self {
        let entries = fixed.supplier.len();
        let mut c = Self {
            order: vec![0.0; entries],
            base: vec![0.0; entries],
            book: vec![0.0; entries],
            domestic: vec![0.0; fixed.n * CLASSES],
            allied_share: vec![0.0; fixed.pair_supplier.len()],
        };
        let [recent, old, world] = k.source_weight;
        for i in 0..fixed.n {
            for class in 0..CLASSES {
                let cell = i * CLASSES + class;
                let range = fixed.entries(cell);
                if range.is_empty() {
                    continue;
                }
                let next = [old, 0.5 * recent, 0.5 * recent, world];
                mix(fixed, range.clone(), next, &mut c.order);
                // What is there already is known: the world's shares stand in only where nothing is.
                mix(fixed, range.clone(), [1.0, 0.0, 0.0, 0.0], &mut c.base);
                mix(fixed, range.clone(), [0.0, 0.0, 1.0, 0.0], &mut c.book);
                c.domestic[cell] = domestic_share(fixed, k, i, cell);
            }
        }
        c
    }
}

/// Shares of one cell's suppliers: a weighted mean of the shares in thirty-year deliveries, in
/// five-year deliveries, in open orders and of the world's thirty-year shares. A source that is
/// empty for the cell leaves its weight to the others; the world's shares stand in for all.
fn mix(fixed: &Fixed, range: std::ops::Range<usize>, weights: [f64; 4], out: &mut [f64]) {
    let amount = |e: usize, s: usize| match s {
        3 => fixed.world_share[e][0],
        s => fixed.amounts[e][s],
    };
    let total: [f64; 4] = std::array::from_fn(|s| range.clone().map(|e| amount(e, s)).sum());
    let used = |s: usize| if total[s] > 0.0 { weights[s] } else { 0.0 };
    let sum: f64 = (0..4).map(used).sum();
    for e in range {
        out[e] = if sum > 0.0 {
            (0..4)
                .filter(|s| used(*s) > 0.0)
                .map(|s| used(s) / sum * amount(e, s) / total[s])
                .sum()
        } else if total[3] > 0.0 {
            amount(e, 3) / total[3]
        } else {
            0.0
        };
    }
}

/// Share of new orders placed at home at the start: what is not imported, as far as there is an
/// industry that could build it.
fn domestic_share(fixed: &Fixed, k: &Coefficients, i: usize, cell: usize) -> f64 {
    let intensity = fixed.import_intensity[i];
    let not_imported = if intensity.is_finite() {
        (1.0 - k.equipment_import_share * intensity).clamp(0.0, 1.0)
    } else {
        0.0
    };
    let half = |x: f64, at: f64| if x > 0.0 { x / (x + at) } else { 0.0 };
    let industry = half(fixed.export_share[cell], k.export_half_share)
        .max(half(fixed.iso_secretariats[i], k.secretariats_half))
        .max(half(fixed.local_share[cell], k.licence_half));
    not_imported * industry
}
