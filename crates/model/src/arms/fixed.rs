//! What does not change along a path: who could supply whom with what.

use std::sync::Arc;

use realign_atlas::Atlas;

use super::class::CLASSES;
use super::observed::Observed;
use super::profile::Columns;
use crate::ModelError;
use crate::setting::Setting;

/// Largest exporters of a class that every recipient may turn to, beside its own suppliers.
const OPEN_SUPPLIERS: usize = 10;

/// Region of a supplier as far as alternatives are told apart.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Region {
    /// Europe.
    Europe,
    /// Asia.
    Asia,
    /// Elsewhere.
    Elsewhere,
}

/// Recipients, classes and their possible suppliers.
///
/// A *cell* is a (recipient, class), numbered `recipient·CLASSES + class`; its possible foreign
/// suppliers are consecutive *entries*. A *pair* is a (recipient, supplier) over all classes.
/// Territories have no cells with suppliers.
#[derive(Clone, Debug, PartialEq)]
pub struct Fixed {
    /// Number of states and economies.
    pub n: usize,
    /// The hegemon's position.
    pub hegemon: usize,
    /// Positions of the targets.
    pub targets: Vec<usize>,
    /// First entry of every cell, and the end: length n·CLASSES + 1.
    pub cells: Vec<u32>,
    /// Supplier of every entry.
    pub supplier: Vec<u16>,
    /// Pair of every entry.
    pub pair_of: Vec<u32>,
    /// First pair of every recipient, and the end: length n + 1.
    pub pairs: Vec<u32>,
    /// Supplier of every pair.
    pub pair_supplier: Vec<u16>,
    /// Whether the pair has traded arms in thirty years: only such a tie has a taste of its own.
    pub pair_known: Vec<bool>,
    /// Amounts by entry: deliveries in 30 years, in 5 years, open orders, each as a share of the
    /// world's.
    pub amounts: Vec<[f64; 3]>,
    /// The class's exports of the entry's supplier, as a share of the class (0–1), same three
    /// sources.
    pub world_share: Vec<[f64; 3]>,
    /// Share of the world's exports of the class (30 years) that come from the recipient itself,
    /// by cell.
    pub export_share: Vec<f64>,
    /// Part of the deliveries of a cell that the recipient's own industry built under licence.
    pub local_share: Vec<f64>,
    /// Imports over five years over military spending, both as shares of the world's; NaN where
    /// spending is unknown.
    pub import_intensity: Vec<f64>,
    /// Committees of ISO led; NaN where unknown.
    pub iso_secretariats: Vec<f64>,
    /// Weight of a class in a recipient's arms, by cell; sums to one over classes, zero without arms.
    pub class_weight: Vec<f64>,
    /// Imports of the recipient as a share of the world's (mean of the three sources).
    pub import_share: Vec<f64>,
    /// Positions of suppliers, sorted; dense columns of similarity.
    pub suppliers: Vec<u16>,
    /// Column of every state among [`Fixed::suppliers`], `u16::MAX` where it supplies nobody.
    pub column: Vec<u16>,
    /// Columns of similarity that each state's equipment can have.
    pub composition: Arc<Columns>,
    /// Region of every state.
    pub region: Vec<Region>,
    /// Aircraft of the flagship type that each state has ordered from the hegemon up to the start.
    pub flagship_ordered: Vec<f64>,
    /// Aircraft of the flagship type that the hegemon owes each state at the start.
    pub flagship_open: Vec<f64>,
    /// What the flagship is.
    pub flagship_name: String,
    /// What had to be done without.
    pub notes: Vec<String>,
}

impl Fixed {
    /// Reads the atlas.
    pub fn new(atlas: &Atlas, setting: &Setting) -> Result<Self, ModelError> {
        Ok(Self::from_observed(&Observed::read(atlas, setting)?))
    }

    /// Lays out the entries.
    pub fn from_observed(o: &Observed) -> Self {
        let n = o.n;
        let mut dense = vec![[0.0f64; 3]; n * CLASSES * n];
        let mut by_supplier = vec![[0.0f64; 3]; CLASSES * n];
        let mut by_class = [[0.0f64; 3]; CLASSES];
        for (k, rows) in [&o.base_30y, &o.deliveries_5y, &o.open_orders]
            .into_iter()
            .enumerate()
        {
            for &(c, j, i, v) in rows {
                if i == j || !o.is_state[i] || !o.is_state[j] {
                    continue;
                }
                dense[(i * CLASSES + c) * n + j][k] += v;
                by_supplier[c * n + j][k] += v;
                by_class[c][k] += v;
            }
        }
        let share = |c: usize, j: usize| -> [f64; 3] {
            std::array::from_fn(|k| {
                if by_class[c][k] > 0.0 {
                    by_supplier[c * n + j][k] / by_class[c][k]
                } else {
                    0.0
                }
            })
        };
        let largest: Vec<Vec<bool>> = (0..CLASSES)
            .map(|c| {
                let mut order: Vec<usize> = (0..n).filter(|j| share(c, *j)[0] > 0.0).collect();
                order.sort_by(|a, b| share(c, *b)[0].total_cmp(&share(c, *a)[0]).then(a.cmp(b)));
                let mut open = vec![false; n];
                order
                    .iter()
                    .take(OPEN_SUPPLIERS)
                    .for_each(|j| open[*j] = true);
                open
            })
            .collect();

        let mut f = Self {
            n,
            hegemon: o.hegemon,
            targets: o.targets.clone(),
            cells: vec![0],
            supplier: Vec::new(),
            pair_of: Vec::new(),
            pairs: vec![0],
            pair_supplier: Vec::new(),
            pair_known: Vec::new(),
            amounts: Vec::new(),
            world_share: Vec::new(),
            export_share: vec![0.0; n * CLASSES],
            local_share: vec![0.0; n * CLASSES],
            import_intensity: vec![f64::NAN; n],
            iso_secretariats: o.iso_secretariats.clone(),
            class_weight: vec![0.0; n * CLASSES],
            import_share: vec![0.0; n],
            suppliers: Vec::new(),
            column: vec![u16::MAX; n],
            composition: Arc::default(),
            region: o.region.iter().map(|r| region(r)).collect(),
            flagship_ordered: o.flagship_ordered.clone(),
            flagship_open: o.flagship_open.clone(),
            flagship_name: o.flagship_name.clone(),
            notes: o.notes.clone(),
        };
        for &(c, i, share) in &o.local_production {
            let cell = i * CLASSES + c;
            f.local_share[cell] = f.local_share[cell].max(share);
        }
        let present = by_class.iter().fold([0.0; 3], |mut t, c| {
            (0..3).for_each(|k| t[k] += c[k]);
            t
        });
        for i in 0..n {
            let mut pair_at = vec![u32::MAX; n];
            for c in 0..CLASSES {
                for j in 0..n {
                    let a = dense[(i * CLASSES + c) * n + j];
                    let known = a.iter().any(|x| *x > 0.0);
                    if i == j || !o.is_state[i] || !(known || largest[c][j]) {
                        continue;
                    }
                    if pair_at[j] == u32::MAX {
                        pair_at[j] = f.pair_supplier.len() as u32;
                        f.pair_supplier.push(j as u16);
                        f.pair_known.push(false);
                    }
                    f.pair_known[pair_at[j] as usize] |= known;
                    f.supplier.push(j as u16);
                    f.pair_of.push(pair_at[j]);
                    f.amounts.push(a);
                    f.world_share.push(share(c, j));
                    f.column[j] = 0;
                    // A mean over the sources that exist, each scaled to the world's total.
                    let mut sources = 0.0;
                    let mut amount = 0.0;
                    for k in 0..3 {
                        if present[k] > 0.0 {
                            sources += 1.0;
                            amount += a[k] / present[k];
                        }
                    }
                    f.class_weight[i * CLASSES + c] += amount / sources;
                }
                f.export_share[i * CLASSES + c] = share(c, i)[0];
                f.cells.push(f.supplier.len() as u32);
            }
            f.pairs.push(f.pair_supplier.len() as u32);
            let cell = i * CLASSES..(i + 1) * CLASSES;
            let total: f64 = f.class_weight[cell.clone()].iter().sum();
            f.import_share[i] = total;
            if total > 0.0 {
                f.class_weight[cell].iter_mut().for_each(|w| *w /= total);
            }
            let milex = o.milex_world_share[i];
            if milex > 0.0 {
                f.import_intensity[i] = total / milex;
            }
        }
        f.number_suppliers();
        f.composition = Arc::new(Columns::new(&f));
        f.remark();
        f
    }

    fn number_suppliers(&mut self) {
        for j in 0..self.n {
            if self.column[j] == 0 {
                self.column[j] = self.suppliers.len() as u16;
                self.suppliers.push(j as u16);
            }
        }
    }

    fn remark(&mut self) {
        let without = (0..self.n).filter(|i| self.import_share[*i] == 0.0).count();
        self.notes.push(format!(
            "{without} of {} states and economies imported no arms that the register knows: no estimate for them",
            self.n
        ));
        if self.column[self.hegemon] == u16::MAX {
            self.notes
                .push("the hegemon exports no arms: its shares are zero".to_owned());
        }
    }

    /// Entries of a cell.
    pub fn entries(&self, cell: usize) -> std::ops::Range<usize> {
        self.cells[cell] as usize..self.cells[cell + 1] as usize
    }

    /// Pairs of a recipient.
    pub fn pairs(&self, recipient: usize) -> std::ops::Range<usize> {
        self.pairs[recipient] as usize..self.pairs[recipient + 1] as usize
    }

    /// Pair of a recipient and a supplier, where the supplier is a possible one.
    pub fn pair(&self, recipient: usize, supplier: usize) -> Option<usize> {
        self.pairs(recipient)
            .find(|p| usize::from(self.pair_supplier[*p]) == supplier)
    }

    /// Whether anything is known about the arms of `i`.
    pub fn known(&self, i: usize) -> bool {
        self.import_share[i] > 0.0
    }
}

fn region(name: &str) -> Region {
    match name {
        "Europe" => Region::Europe,
        "Asia" => Region::Asia,
        _ => Region::Elsewhere,
    }
}
