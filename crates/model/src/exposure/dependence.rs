//! Dependence of clients on suppliers by layer, from the atlas.

use realign_atlas::{Atlas, AtlasError, ItemDyadPanel, StateId, StateKind};
use realign_scenario::LayerRow;

use super::layers::{Layer, MaterialGroup, MemberShare, NamedShare, Rule};
use crate::ModelError;
use crate::goods::goods_matrix;
use crate::setting::Setting;

/// Years of raw-material trade that are summed: single years are lumpy.
const MATERIAL_YEARS: i32 = 3;

/// Who depends on whom in one layer.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Dependence {
    /// (client, supplier, share of the client's needs), sorted; shares are positive.
    pub shares: Vec<(usize, usize, f64)>,
    /// Share of its needs that a client meets itself; NaN where nothing is known of it.
    pub own: Vec<f64>,
    /// Weight of the layer by client, where it differs from the layer's; empty where it does not.
    pub criticality: Vec<f64>,
    /// Years to replace by client, where they differ from the layer's; empty where they do not.
    pub replace_years: Vec<f64>,
}

impl Dependence {
    /// Nothing is known.
    pub fn unknown(n: usize) -> Self {
        Self {
            shares: Vec::new(),
            own: vec![f64::NAN; n],
            ..Self::default()
        }
    }

    /// From amounts a client takes from each supplier and the amount it makes itself.
    fn from_amounts(n: usize, amounts: &[f64], own: &[f64]) -> Self {
        let mut d = Self::unknown(n);
        for i in 0..n {
            let row = &amounts[i * n..(i + 1) * n];
            let total: f64 = own[i] + (0..n).filter(|j| *j != i).map(|j| row[j]).sum::<f64>();
            if total > 0.0 {
                d.own[i] = own[i] / total;
                for j in (0..n).filter(|j| *j != i && row[*j] > 0.0) {
                    d.shares.push((i, j, row[j] / total));
                }
            }
        }
        d
    }

    /// Shares of one client.
    pub fn of(&self, client: usize) -> &[(usize, usize, f64)] {
        let a = self.shares.partition_point(|s| s.0 < client);
        let b = self.shares.partition_point(|s| s.0 <= client);
        &self.shares[a..b]
    }

    /// Herfindahl index of a client's suppliers, itself left out.
    pub fn hhi(&self, client: usize) -> f64 {
        let total: f64 = self.of(client).iter().map(|s| s.2).sum();
        self.of(client).iter().map(|s| (s.2 / total).powi(2)).sum()
    }
}

/// Reads the atlas for one layer at a time.
pub(super) struct Reader<'a> {
    pub(super) atlas: &'a Atlas,
    pub(super) setting: &'a Setting,
    pub(super) notes: Vec<String>,
}

fn all(n: usize) -> impl Iterator<Item = StateId> {
    (0..n).map(StateId::from_index)
}

impl Reader<'_> {
    /// Dependence in one layer; unknown, with a note, where the atlas lacks its variable.
    pub(super) fn read(&mut self, layer: &Layer) -> Result<Dependence, ModelError> {
        let n = self.setting.n;
        let read = match &layer.dependence {
            Rule::ArmsBase => self.deliveries("arms_base_share_30y", None),
            Rule::ArmsDeliveries { items } => self.deliveries("arms_world_share_5y", Some(items)),
            Rule::RawMaterials { groups, by_value } => self.raw_materials(groups, *by_value),
            Rule::GoodsImports => self.goods(false),
            Rule::ExportMarkets => self.goods(true),
            Rule::ChipInputs => self.chip_inputs(),
            Rule::AiCompute => self.ai_compute(),
            Rule::HegemonSecurities => self.securities(),
            Rule::Table { rows } => Ok(self.table(layer, rows)),
            Rule::NuclearGuarantee { not_through } => self.nuclear(not_through),
            Rule::Members { entries } => self.members(entries),
            Rule::WorldMarket {
                suppliers,
                own,
                default_own,
            } => self.world_market(suppliers, own, *default_own),
        };
        let mut d = match read {
            Err(ModelError::Atlas(AtlasError::UnknownVariable { id, .. })) => {
                self.notes.push(format!(
                    "{}: no `{id}` in the atlas, no estimate",
                    layer.label
                ));
                return Ok(Dependence::unknown(n));
            }
            other => other?,
        };
        // Territories have no policy of their own.
        let is_state: Vec<bool> = self
            .atlas
            .states()
            .iter()
            .map(|s| s.kind != StateKind::Territory)
            .collect();
        d.shares
            .retain(|s| is_state[s.0] && is_state[s.1] && s.2 > 0.0);
        d.shares.sort_by_key(|s| (s.0, s.1));
        for i in 0..n {
            if !is_state[i] {
                d.own[i] = f64::NAN;
            }
        }
        if d.shares.is_empty() {
            self.notes.push(format!(
                "{}: nothing is known at {}",
                layer.label, self.setting.start
            ));
        }
        Ok(d)
    }

    /// A table counts what others could not take over at once; years and weight of a client are the
    /// means over its suppliers by that share.
    fn table(&mut self, layer: &Layer, rows: &[LayerRow]) -> Dependence {
        let n = self.setting.n;
        let mut d = Dependence {
            criticality: vec![0.0; n],
            replace_years: vec![layer.replace_years; n],
            ..Dependence::unknown(n)
        };
        let mut sums = vec![[0.0; 3]; n];
        for r in rows {
            let states = self.atlas.states();
            let (Some(i), Some(j)) = (states.by_iso3(&r.client), states.by_iso3(&r.supplier))
            else {
                continue;
            };
            let i = i.index();
            let held = if d.own[i].is_nan() { 0.0 } else { d.own[i] };
            if i == j.index() {
                d.own[i] = held + r.share;
                continue;
            }
            let counted = r.share * (1.0 - r.substitutability);
            d.own[i] = held + r.share - counted;
            d.shares.push((i, j.index(), counted));
            let s = &mut sums[i];
            s[0] += counted;
            s[1] += counted * r.replace_years.unwrap_or(layer.replace_years);
            s[2] += counted * r.criticality.unwrap_or(layer.criticality);
        }
        for (i, [total, years, weight]) in sums.into_iter().enumerate() {
            if total > 0.0 {
                d.replace_years[i] = years / total;
                d.criticality[i] = weight / total;
            }
        }
        d
    }

    fn goods(&mut self, sold: bool) -> Result<Dependence, ModelError> {
        let n = self.setting.n;
        let Some((flows, note)) = goods_matrix(self.atlas, self.setting.start)? else {
            return Ok(Dependence::unknown(n));
        };
        if let Some(note) = note.filter(|n| !self.notes.contains(n)) {
            self.notes.push(note);
        }
        let mut amounts = vec![0.0; n * n];
        let mut own = vec![0.0; n];
        for a in 0..n {
            for b in 0..n {
                let v = flows[a * n + b];
                if a == b {
                    own[a] = v;
                } else if sold {
                    amounts[a * n + b] = v;
                } else {
                    amounts[b * n + a] = v;
                }
            }
        }
        Ok(Dependence::from_amounts(n, &amounts, &own))
    }

    /// Deliveries of arms, of some items or of all; what a state exports stands for its own industry.
    fn deliveries(
        &self,
        variable: &str,
        items: Option<&Vec<String>>,
    ) -> Result<Dependence, ModelError> {
        let n = self.setting.n;
        let panel = self.atlas.item_dyads(variable)?;
        let counts =
            |item: u16| items.is_none_or(|list| list.contains(&panel.items()[usize::from(item)]));
        let newest = panel
            .rows()
            .iter()
            .map(|r| r.3)
            .filter(|y| *y <= self.setting.start)
            .max();
        let mut amounts = vec![0.0; n * n];
        let mut exports = vec![0.0; n];
        let rows = panel.rows().iter();
        for r in rows.filter(|r| Some(r.3) == newest && counts(r.0)) {
            amounts[r.2.index() * n + r.1.index()] += r.4;
            exports[r.1.index()] += r.4;
        }
        Ok(Dependence::from_amounts(n, &amounts, &exports))
    }

    fn raw_materials(
        &self,
        groups: &[MaterialGroup],
        by_value: bool,
    ) -> Result<Dependence, ModelError> {
        let n = self.setting.n;
        let trade = self.atlas.item_dyads("raw_material_musd")?;
        let mined = self.atlas.item_states("mining_share")?;
        let mut amounts = vec![0.0; n * n];
        let mut own = vec![0.0; n];
        for g in groups {
            let Some(item) = trade.item(&g.trade) else {
                continue;
            };
            let bought = bought(trade, item, self.setting, n);
            let world: f64 = bought.iter().sum();
            if world <= 0.0 {
                continue;
            }
            let items: Vec<u16> = g.mining.iter().filter_map(|m| mined.item(m)).collect();
            for i in all(n) {
                let row = &bought[i.index() * n..(i.index() + 1) * n];
                let imports: f64 = row.iter().sum();
                let output = items.iter().filter_map(|m| {
                    let rows = mined.series(*m, i);
                    rows.iter()
                        .rfind(|r| r.2 <= self.setting.start)
                        .map(|r| r.3)
                });
                let output = output.sum::<f64>() / items.len().max(1) as f64;
                // Home output and imports, each as a share of the world's, are the client's needs;
                // by value they weigh as the money spent on imports of the group.
                let needs = output + imports / world;
                if needs <= 0.0 {
                    continue;
                }
                let weight = if by_value { world } else { 1.0 / needs };
                own[i.index()] += weight * output;
                for j in 0..n {
                    amounts[i.index() * n + j] += weight * row[j] / world;
                }
            }
        }
        Ok(Dependence::from_amounts(n, &amounts, &own))
    }

    fn chip_inputs(&self) -> Result<Dependence, ModelError> {
        let n = self.setting.n;
        let panel = self.atlas.item_states("chip_input_share")?;
        let mut provider = vec![0.0; n];
        for k in 0..panel.items().len() {
            let rows = panel.of(k as u16);
            let newest = rows.iter().map(|r| r.2).max();
            for r in rows.iter().filter(|r| Some(r.2) == newest) {
                provider[r.1.index()] += r.3 / panel.items().len() as f64;
            }
        }
        let mut d = Dependence::unknown(n);
        for i in 0..n {
            d.own[i] = provider[i];
            d.shares
                .extend((0..n).filter(|j| *j != i).map(|j| (i, j, provider[j])));
        }
        Ok(d)
    }

    fn ai_compute(&self) -> Result<Dependence, ModelError> {
        let n = self.setting.n;
        let compute = self.atlas.state_series("ai_compute_h100eq")?;
        let gdp = self.atlas.state_series("gdp_usd_mn")?;
        let stock: Vec<f64> = all(n)
            .map(|i| compute.series(i).1.last().copied().unwrap_or(0.0))
            .collect();
        let size: Vec<f64> = all(n)
            .map(|i| {
                gdp.latest(i, self.setting.start)
                    .map_or(f64::NAN, |(_, v)| v)
            })
            .collect();
        let world: f64 = stock.iter().sum();
        let world_gdp: f64 = size.iter().filter(|g| g.is_finite()).sum();
        let mut d = Dependence::unknown(n);
        if world <= 0.0 {
            return Ok(d);
        }
        let surplus: Vec<f64> = (0..n)
            .map(|j| (stock[j] / world - size[j] / world_gdp).max(0.0))
            .collect();
        for i in (0..n).filter(|i| size[*i] > 0.0) {
            let need = size[i] / world_gdp;
            d.own[i] = (stock[i] / world / need).min(1.0);
            let others: f64 = (0..n).filter(|j| *j != i).map(|j| surplus[j]).sum();
            for j in (0..n).filter(|j| *j != i && surplus[*j] > 0.0) {
                d.shares
                    .push((i, j, (1.0 - d.own[i]) * surplus[j] / others));
            }
        }
        Ok(d)
    }

    fn securities(&self) -> Result<Dependence, ModelError> {
        let n = self.setting.n;
        let h = self.setting.hegemon;
        let held = self.atlas.item_dyads("us_securities_musd")?;
        let assets = self.atlas.state_series("external_assets_musd")?;
        let mut d = Dependence::unknown(n);
        let Some(total) = held.item("total") else {
            return Ok(d);
        };
        for i in all(n).filter(|i| *i != h) {
            let rows = held.series(total, i, h);
            let Some(r) = rows.iter().rfind(|r| r.3 <= self.setting.start) else {
                continue;
            };
            let Some((_, a)) = assets.latest(i, self.setting.start) else {
                continue;
            };
            if a > 0.0 {
                // Custody centres hold more for others than the national accounts count.
                let share = (r.4 / a).min(1.0);
                d.own[i.index()] = 1.0 - share;
                d.shares.push((i.index(), h.index(), share));
            }
        }
        Ok(d)
    }

    fn nuclear(&self, not_through: &[String]) -> Result<Dependence, ModelError> {
        let n = self.setting.n;
        let start = self.setting.start;
        let blocs = not_through
            .iter()
            .map(|b| self.atlas.members(b, start))
            .collect::<Result<Vec<_>, AtlasError>>()?;
        let left_out =
            |i: StateId, j: StateId| blocs.iter().any(|b| b.contains(&i) && b.contains(&j));
        let warheads = self.atlas.state_series("warheads")?;
        let pacts = self.atlas.spells("defence_pact")?;
        let stock: Vec<f64> = all(n)
            .map(|i| warheads.latest(i, start).map_or(0.0, |(_, v)| v))
            .collect();
        let mut amounts = vec![0.0; n * n];
        for j in all(n).filter(|j| stock[j.index()] > 0.0) {
            for i in all(n).filter(|i| *i != j && stock[i.index()] <= 0.0) {
                if pacts.tied(i, j, start) && !left_out(i, j) {
                    amounts[i.index() * n + j.index()] = stock[j.index()];
                }
            }
        }
        Ok(Dependence::from_amounts(n, &amounts, &vec![0.0; n]))
    }

    fn members(&mut self, entries: &[MemberShare]) -> Result<Dependence, ModelError> {
        let n = self.setting.n;
        let mut share = vec![0.0f64; n * n];
        for e in entries {
            let members = self.atlas.members(&e.bloc, self.setting.start)?;
            let Some(j) = self.atlas.states().by_iso3(&e.supplier) else {
                continue;
            };
            if members.is_empty() {
                self.notes.push(format!(
                    "no members of `{}` at {}",
                    e.bloc, self.setting.start
                ));
            }
            for i in members.into_iter().filter(|i| *i != j) {
                let s = &mut share[i.index() * n + j.index()];
                *s = s.max(e.share);
            }
        }
        let mut d = Dependence::unknown(n);
        for i in 0..n {
            let row = &share[i * n..(i + 1) * n];
            let total: f64 = row.iter().sum();
            if total > 0.0 {
                let scale = total.max(1.0);
                d.own[i] = 1.0 - total / scale;
                d.shares.extend((0..n).map(|j| (i, j, row[j] / scale)));
            }
        }
        Ok(d)
    }

    fn world_market(
        &self,
        suppliers: &[NamedShare],
        own: &[NamedShare],
        default_own: f64,
    ) -> Result<Dependence, ModelError> {
        let n = self.setting.n;
        let states = self.atlas.states();
        let mut d = Dependence {
            shares: Vec::new(),
            own: vec![default_own; n],
            ..Dependence::default()
        };
        // A state's own line comes after those of its blocs.
        for line in own.iter().filter(|l| states.by_iso3(&l.who).is_none()) {
            for i in self.atlas.members(&line.who, self.setting.start)? {
                d.own[i.index()] = line.share;
            }
        }
        for line in own {
            if let Some(i) = states.by_iso3(&line.who) {
                d.own[i.index()] = line.share;
            }
        }
        for s in suppliers {
            let Some(j) = states.by_iso3(&s.who) else {
                continue;
            };
            for i in (0..n).filter(|i| *i != j.index()) {
                d.shares.push((i, j.index(), (1.0 - d.own[i]) * s.share));
            }
        }
        Ok(d)
    }
}

/// Purchases of a group by client and supplier over the newest years, USD mn.
fn bought(panel: &ItemDyadPanel, item: u16, setting: &Setting, n: usize) -> Vec<f64> {
    let rows = panel.of(item);
    let newest = rows
        .iter()
        .map(|r| r.3)
        .filter(|y| *y <= setting.start)
        .max();
    let mut m = vec![0.0; n * n];
    if let Some(newest) = newest {
        for r in rows
            .iter()
            .filter(|r| r.3 <= newest && newest - r.3 < MATERIAL_YEARS)
        {
            m[r.2.index() * n + r.1.index()] += r.4;
        }
    }
    m
}
