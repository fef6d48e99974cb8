//! Who holds what over whom: single suppliers ranked by what their withdrawal would cost
//! (MODEL.md §7, workshop question 3). National aggregates only.

use super::Fixed;

/// One dependence of a client on a supplier.
#[derive(Clone, Debug, PartialEq)]
pub struct Leverage {
    /// Position of the layer in [`Fixed::layers`].
    pub layer: usize,
    /// Position of the client.
    pub client: usize,
    /// Position of the supplier.
    pub supplier: usize,
    /// Share of the client's needs that the supplier meets, 0–1.
    pub share: f64,
    /// Criticality × share × years of gap after withdrawal: the score of the ranking.
    pub loss: f64,
    /// Baseline score: share × concentration of the client's suppliers.
    pub baseline: f64,
    /// Cost of closing this dependence, % of one year's GDP.
    pub closing_cost_gdp_pct: f64,
    /// Years until it is closed.
    pub closing_years: f64,
}

impl Leverage {
    fn new(fixed: &Fixed, layer: usize, client: usize, supplier: usize, share: f64) -> Self {
        let spec = &fixed.layers[layer];
        Self {
            layer,
            client,
            supplier,
            share,
            loss: share * fixed.loss_of_withdrawal(layer, client),
            baseline: share * fixed.dependence[layer].hhi(client),
            closing_cost_gdp_pct: share * spec.closing_cost_gdp_pct,
            closing_years: fixed.replace_years[layer * fixed.n + client],
        }
    }
}

/// All dependences of one client whose share is at least `least_share`, the costliest first.
pub fn leverage(fixed: &Fixed, client: usize, least_share: f64) -> Vec<Leverage> {
    let mut all: Vec<Leverage> = (0..fixed.layers.len())
        .flat_map(|l| fixed.dependence[l].of(client).iter().map(move |s| (l, s)))
        .filter(|(_, s)| s.2 >= least_share)
        .map(|(l, s)| Leverage::new(fixed, l, s.0, s.1, s.2))
        .collect();
    all.sort_by(|a, b| {
        b.loss
            .total_cmp(&a.loss)
            .then(a.layer.cmp(&b.layer))
            .then(a.supplier.cmp(&b.supplier))
    });
    all
}
