//! What the atlas knows about arms, read once.

use realign_atlas::{Atlas, AtlasError, ItemDyadPanel, StateId, StateKind, Year};

use super::class::{CLASSES, Class};
use crate::ModelError;
use crate::setting::Setting;

/// Arms data of one vintage as plain arrays: what [`super::Fixed`] is built from, and what tests
/// make by hand. Amounts of trade are shares of the world's transfers of the same period.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Observed {
    /// Number of states and economies.
    pub n: usize,
    /// The hegemon's position.
    pub hegemon: usize,
    /// Positions of the targets.
    pub targets: Vec<usize>,
    /// Whether the entry has a foreign policy of its own (territories have none).
    pub is_state: Vec<bool>,
    /// Region of the supplier, as the atlas names it.
    pub region: Vec<String>,
    /// (class, supplier, recipient, share of the world's deliveries over thirty years).
    pub base_30y: Vec<(usize, usize, usize, f64)>,
    /// (class, supplier, recipient, share of the world's deliveries over five years).
    pub deliveries_5y: Vec<(usize, usize, usize, f64)>,
    /// (class, supplier, recipient, share of the world's open orders).
    pub open_orders: Vec<(usize, usize, usize, f64)>,
    /// Share of the world's military spending; NaN where unknown.
    pub milex_world_share: Vec<f64>,
    /// Committees of ISO that the state leads, a public trace of the breadth of its industry; NaN
    /// where unknown.
    pub iso_secretariats: Vec<f64>,
    /// (class, recipient, part of its deliveries that its own industry built under licence).
    pub local_production: Vec<(usize, usize, f64)>,
    /// Aircraft of the flagship type that each state has ordered from the hegemon, delivered or not.
    pub flagship_ordered: Vec<f64>,
    /// Aircraft of the flagship type that the hegemon still owes each state.
    pub flagship_open: Vec<f64>,
    /// What the flagship is.
    pub flagship_name: String,
    /// What had to be done without.
    pub notes: Vec<String>,
}

/// `None` with a note when the atlas lacks the variable; any other failure is an error.
fn optional<T>(
    read: Result<T, AtlasError>,
    what: &str,
    notes: &mut Vec<String>,
) -> Result<Option<T>, ModelError> {
    match read {
        Ok(t) => Ok(Some(t)),
        Err(AtlasError::UnknownVariable { id, .. }) => {
            notes.push(format!("no `{id}` in the atlas: {what}"));
            Ok(None)
        }
        Err(e) => Err(e.into()),
    }
}

/// Rows of the newest year not later than `start`, as (item, supplier, recipient, value).
pub(super) fn newest(panel: &ItemDyadPanel, start: Year) -> Vec<(&str, StateId, StateId, f64)> {
    let year = panel
        .rows()
        .iter()
        .map(|r| r.3)
        .filter(|y| *y <= start)
        .max();
    panel
        .rows()
        .iter()
        .filter(|r| Some(r.3) == year && r.4 > 0.0)
        .map(|r| (panel.items()[usize::from(r.0)].as_str(), r.1, r.2, r.4))
        .filter(|r| r.0 != "all")
        .collect()
}

impl Observed {
    /// Reads the newest rows not later than the start of the run.
    pub fn read(atlas: &Atlas, setting: &Setting) -> Result<Self, ModelError> {
        let n = setting.n;
        let start = setting.start;
        let mut o = Self {
            n,
            hegemon: setting.hegemon.index(),
            targets: setting.targets.iter().map(|t| t.index()).collect(),
            is_state: atlas
                .states()
                .iter()
                .map(|s| s.kind != StateKind::Territory)
                .collect(),
            region: atlas.states().iter().map(|s| s.region.clone()).collect(),
            milex_world_share: vec![f64::NAN; n],
            iso_secretariats: vec![f64::NAN; n],
            flagship_ordered: vec![0.0; n],
            flagship_open: vec![0.0; n],
            ..Self::default()
        };
        let base = atlas.item_dyads("arms_base_share_30y")?;
        o.base_30y = by_weapon_class(&newest(base, start));
        if o.base_30y.is_empty() {
            o.notes.push(format!(
                "no deliveries are known up to {start}: no estimate of arms for any state"
            ));
        }
        if let Some(p) = optional(
            atlas.item_dyads("arms_open_order_share"),
            "new orders start from deliveries alone",
            &mut o.notes,
        )? {
            o.open_orders = by_weapon_class(&newest(p, start));
        }
        if let Some(p) = optional(
            atlas.item_dyads("arms_world_share_5y"),
            "new orders start from thirty years of deliveries",
            &mut o.notes,
        )? {
            o.deliveries_5y = o.by_category(&newest(p, start));
        }
        o.read_states(atlas, start)?;
        o.read_local_production(atlas, start)?;
        o.read_flagship(atlas, setting)?;
        Ok(o)
    }

    fn read_states(&mut self, atlas: &Atlas, start: Year) -> Result<(), ModelError> {
        let milex = atlas.state_series("milex_world_share");
        if let Some(p) = optional(
            milex,
            "domestic industry from exports alone",
            &mut self.notes,
        )? {
            for i in 0..self.n {
                if let Some((_, v)) = p.latest(StateId::from_index(i), start) {
                    self.milex_world_share[i] = v;
                }
            }
        }
        // A slow trait of industry, counted once: the newest count of the vintage stands for it.
        let led = atlas.state_series("iso_secretariats");
        if let Some(p) = optional(led, "domestic industry from exports alone", &mut self.notes)? {
            for i in 0..self.n {
                if let Some(v) = p.series(StateId::from_index(i)).1.last() {
                    self.iso_secretariats[i] = *v;
                }
            }
        }
        Ok(())
    }

    /// Licensed production by SIPRI category; a class that two categories share takes the larger part.
    fn read_local_production(&mut self, atlas: &Atlas, start: Year) -> Result<(), ModelError> {
        let panel = atlas.item_states("arms_local_production_share");
        let what = "domestic industry without what is built under licence";
        let Some(panel) = optional(panel, what, &mut self.notes)? else {
            return Ok(());
        };
        let rows = panel.rows().iter().filter(|r| r.2 <= start);
        for (item, i, _, share) in rows {
            for class in Class::of_category(&panel.items()[usize::from(*item)]) {
                self.local_production
                    .push((class.index(), i.index(), *share));
            }
        }
        if self.local_production.is_empty() {
            self.notes.push(format!(
                "no licensed production is known at {start}: {what}"
            ));
        }
        Ok(())
    }

    /// The F-35 where the hegemon sells it and the book is known; else all its combat aircraft.
    fn read_flagship(&mut self, atlas: &Atlas, setting: &Setting) -> Result<(), ModelError> {
        let h = setting.hegemon;
        let others = (0..self.n).map(StateId::from_index).filter(|i| *i != h);
        let mut notes = Vec::new();
        let ordered = optional(atlas.dyads("f35_ordered"), "no F-35 book", &mut notes)?;
        let delivered = optional(atlas.dyads("f35_delivered"), "no F-35 book", &mut notes)?;
        if let (Some(ordered), Some(delivered)) = (ordered, delivered) {
            for i in others.clone() {
                let Some((year, due)) = ordered.latest(h, i, setting.start) else {
                    continue;
                };
                let done = delivered.at(h, i, year).unwrap_or(0.0);
                self.flagship_ordered[i.index()] = due;
                self.flagship_open[i.index()] = (due - done).max(0.0);
            }
            if self.flagship_ordered.iter().any(|x| *x > 0.0) {
                "F-35".clone_into(&mut self.flagship_name);
                return Ok(());
            }
        }
        let all = atlas.dyads("combat_aircraft_on_order");
        if let Some(p) = optional(all, "no order book of combat aircraft", &mut notes)? {
            for i in others {
                if let Some((_, v)) = p.latest(h, i, setting.start) {
                    self.flagship_open[i.index()] = v.max(0.0);
                }
            }
        }
        self.flagship_ordered.clone_from(&self.flagship_open);
        "combat aircraft".clone_into(&mut self.flagship_name);
        if self.flagship_open.iter().all(|x| *x == 0.0) {
            notes.push(format!(
                "no combat aircraft on order from the hegemon are known at {}",
                setting.start
            ));
        }
        self.notes.extend(notes);
        Ok(())
    }

    /// Joins SIPRI categories to classes; aircraft are split as the pair's thirty-year deliveries
    /// of the two aircraft classes, or the world's where the pair has none.
    fn by_category(
        &self,
        rows: &[(&str, StateId, StateId, f64)],
    ) -> Vec<(usize, usize, usize, f64)> {
        let mut base = vec![[0.0; CLASSES]; self.n * self.n];
        let mut world = [0.0; CLASSES];
        for &(c, j, i, v) in &self.base_30y {
            base[i * self.n + j][c] += v;
            world[c] += v;
        }
        let mut out = Vec::new();
        for &(item, j, i, v) in rows {
            let (j, i) = (j.index(), i.index());
            let classes = Class::of_category(item);
            let of = |w: &[f64; CLASSES]| classes.iter().map(|c| w[c.index()]).sum::<f64>();
            let pair = &base[i * self.n + j];
            let weight = if of(pair) > 0.0 { pair } else { &world };
            let total = of(weight);
            for c in classes {
                let part = match classes.len() {
                    1 => 1.0,
                    k if total == 0.0 => 1.0 / k as f64,
                    _ => weight[c.index()] / total,
                };
                out.push((c.index(), j, i, v * part));
            }
        }
        out
    }
}

fn by_weapon_class(rows: &[(&str, StateId, StateId, f64)]) -> Vec<(usize, usize, usize, f64)> {
    rows.iter()
        .map(|&(item, j, i, v)| {
            (
                Class::of_weapon_class(item).index(),
                j.index(),
                i.index(),
                v,
            )
        })
        .collect()
}
