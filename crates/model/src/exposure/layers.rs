//! The layers of dependence, as documented in `data/layers/*.toml`.

use realign_scenario::{LayerRow, LayerTable};
use serde::Deserialize;

use crate::ModelError;
use crate::params::Tag;

/// One layer: what it is, how fast it can be withdrawn and replaced, and whence its dependence.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Layer {
    /// Identifier.
    #[serde(rename = "layer")]
    pub id: String,
    /// Name for people.
    pub label: String,
    /// Weight of the layer, 0–1: 1 where a state cannot defend or run itself without it.
    pub criticality: f64,
    /// Years of full dependence that stocks cover.
    pub buffer_years: f64,
    /// Years from the decision of the supplier to the end of supply.
    pub withdraw_years: f64,
    /// Years until another source or own production has taken over.
    pub replace_years: f64,
    /// Cost of closing a full dependence, in percent of one year's GDP, spread over the years of
    /// replacement.
    pub closing_cost_gdp_pct: f64,
    /// Part of what they sell that suppliers could add for others at once, 0–1.
    #[serde(default)]
    pub spare_share: f64,
    /// Cost of one year's full need in stock, percent of one year's GDP; absent where the layer
    /// cannot be stored.
    #[serde(default)]
    pub stock_cost_gdp_pct: Option<f64>,
    /// What closing the gap takes, in a sentence.
    pub closing: String,
    /// Acts that withhold this layer by themselves.
    pub withheld_by: Vec<Lever>,
    /// How dependence is found.
    pub dependence: Rule,
    /// How well the numbers are founded.
    pub tag: Tag,
    /// Where they come from.
    pub source: String,
}

/// An act that withholds a layer.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Lever {
    /// A denied share of deliveries and licences.
    Denial,
    /// A withheld share of intelligence.
    Intelligence,
    /// A smaller guarantee.
    Guarantee,
    /// An added cost of trade, as the share of trade that it stops one for one.
    TradeCost,
    /// Financial or secondary sanctions: all of it.
    Sanctions,
}

/// How the dependence of a client on its suppliers is found.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(tag = "rule", rename_all = "snake_case", deny_unknown_fields)]
pub enum Rule {
    /// Shares of thirty years of arms deliveries; own industry from exports and imports.
    ArmsBase,
    /// Shares of five years of deliveries of some categories; own industry from exports.
    ArmsDeliveries {
        /// Items of `arms_world_share_5y`.
        items: Vec<String>,
    },
    /// Imports of raw materials by supplier; own output from mining.
    RawMaterials {
        /// Groups of materials.
        groups: Vec<MaterialGroup>,
        /// Whether groups count by the value of imports or all alike.
        by_value: bool,
    },
    /// Goods bought from each supplier, over all goods used.
    GoodsImports,
    /// Goods sold to each customer, over all goods made.
    ExportMarkets,
    /// Mean share of each provider over inputs of chip making; the same for all clients.
    ChipInputs,
    /// Share of computing capacity; own capacity against the client's part of world GDP.
    AiCompute,
    /// Hegemon's securities over all external assets.
    HegemonSecurities,
    /// A table of a scenario: who supplies whom.
    Table {
        /// Its rows.
        rows: Vec<LayerRow>,
    },
    /// Nuclear guarantor among the pact partners, by warheads.
    NuclearGuarantee {
        /// Blocs whose common pact is not taken as a guarantee.
        not_through: Vec<String>,
    },
    /// Shares by membership of a bloc, an assumption.
    Members {
        /// One line per bloc and supplier; the largest counts where several hold.
        entries: Vec<MemberShare>,
    },
    /// The same suppliers for everyone, an assumption, less what a client has of its own.
    WorldMarket {
        /// Suppliers and their shares of what clients do not have themselves.
        suppliers: Vec<NamedShare>,
        /// What clients have themselves; blocs stand for their members.
        own: Vec<NamedShare>,
        /// Own share of everyone else.
        default_own: f64,
    },
}

/// A group of raw materials in trade and its commodities in mining.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct MaterialGroup {
    /// Item of `raw_material_musd`.
    pub trade: String,
    /// Items of `mining_share`.
    pub mining: Vec<String>,
}

/// Dependence of the members of a bloc on a supplier.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct MemberShare {
    /// Bloc.
    pub bloc: String,
    /// ISO3 code of the supplier.
    pub supplier: String,
    /// Share, 0–1.
    pub share: f64,
}

/// A share of a state (ISO3) or of each member of a bloc.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct NamedShare {
    /// ISO3 code or name of a bloc.
    pub who: String,
    /// Share, 0–1.
    pub share: f64,
}

macro_rules! files {
    ($($name:literal),* $(,)?) => {
        const FILES: &[(&str, &str)] =
            &[$(($name, include_str!(concat!("../../../../data/layers/", $name, ".toml")))),*];
    };
}

files!(
    "arms_sustainment",
    "munitions",
    "nuclear_guarantee",
    "intelligence",
    "satellite_navigation",
    "energy",
    "critical_minerals",
    "goods_imports",
    "export_markets",
    "chips",
    "ai_compute",
    "cloud",
    "payments",
    "dollar_assets",
);

impl Layer {
    /// The layers that ship with the program, in their order.
    pub fn embedded() -> Result<Vec<Self>, ModelError> {
        FILES
            .iter()
            .map(|(file, text)| Self::parse(file, text))
            .collect()
    }

    /// Reads one layer and checks its numbers.
    pub fn parse(file: &str, text: &str) -> Result<Self, ModelError> {
        let bad = |message: String| ModelError::Params {
            file: format!("layers/{file}"),
            message,
        };
        let layer: Self = toml::from_str(text).map_err(|e| bad(e.to_string()))?;
        if layer.id != file {
            return Err(bad(format!("holds the layer `{}`", layer.id)));
        }
        let share = 0.0..=1.0;
        if !share.contains(&layer.criticality) {
            return Err(bad(format!(
                "criticality {} is not between 0 and 1",
                layer.criticality
            )));
        }
        if !share.contains(&layer.spare_share) {
            return Err(bad(format!(
                "spare_share {} is not between 0 and 1",
                layer.spare_share
            )));
        }
        if layer
            .stock_cost_gdp_pct
            .is_some_and(|c| !(0.0..=100.0).contains(&c))
        {
            return Err(bad("stock_cost_gdp_pct is not between 0 and 100".to_owned()));
        }
        let years = [
            layer.buffer_years,
            layer.withdraw_years,
            layer.replace_years,
        ];
        if years.iter().any(|y| !(0.0..=100.0).contains(y)) {
            return Err(bad(format!("years {years:?} are not between 0 and 100")));
        }
        let shares: Vec<f64> = match &layer.dependence {
            Rule::Members { entries } => entries.iter().map(|e| e.share).collect(),
            Rule::WorldMarket {
                suppliers,
                own,
                default_own,
            } => {
                let sum: f64 = suppliers.iter().map(|s| s.share).sum();
                let each = suppliers.iter().chain(own).map(|s| s.share);
                each.chain([*default_own, sum]).collect()
            }
            _ => Vec::new(),
        };
        match shares.iter().find(|s| !share.contains(*s)) {
            Some(s) => Err(bad(format!("share {s} is not between 0 and 1"))),
            None => Ok(layer),
        }
    }

    /// A layer from a table of a scenario, which was checked when it was read. Refused where it
    /// bears the name of a layer of the program.
    pub fn from_table(table: &LayerTable) -> Result<Self, ModelError> {
        let bad = |message: String| ModelError::Fixed {
            domain: "exposure",
            message: format!("layer `{}`: {message}", table.id),
        };
        if FILES.iter().any(|(name, _)| *name == table.id) {
            return Err(bad(
                "the program has a layer of this name; give yours another".to_owned(),
            ));
        }
        let word = |w: &str| toml::Value::String(w.to_owned());
        let withheld_by = table
            .withheld_by
            .iter()
            .map(|w| word(w).try_into::<Lever>())
            .collect::<Result<_, _>>()
            .map_err(|e| bad(e.to_string()))?;
        Ok(Self {
            id: table.id.clone(),
            label: table.label.clone(),
            criticality: table.criticality,
            buffer_years: table.buffer_years,
            withdraw_years: table.withdraw_years,
            replace_years: table.replace_years,
            closing_cost_gdp_pct: table.closing_cost_gdp_pct,
            spare_share: 0.0,
            stock_cost_gdp_pct: None,
            closing: table.closing.clone(),
            withheld_by,
            dependence: Rule::Table {
                rows: table.rows.clone(),
            },
            tag: word(&table.tag)
                .try_into()
                .map_err(|e: toml::de::Error| bad(e.to_string()))?,
            source: table.source.clone(),
        })
    }
}

/// ∫ gap: supply falls to nothing in `withdraw` years, its replacement rises to the whole in
/// `replace` years, stocks cover `buffer` years of the whole. Closed form, MODEL.md §7.
pub fn ramp_gap_years(withdraw: f64, replace: f64, buffer: f64) -> f64 {
    (0.5 * (replace - withdraw).max(0.0) - buffer).max(0.0)
}
