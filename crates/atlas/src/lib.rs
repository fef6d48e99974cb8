//! The observed world: states, panels and layers, each with its provenance.
//!
//! One [`Atlas`] is everything that was known at one vintage. [`Atlas::embedded`] opens the tables
//! that ship with the program; [`Atlas::as_of`] opens the same tables as they could be known at the
//! end of an earlier year. A table is decoded when it is first asked for, and every decoder takes
//! the vintage, so a later row never exists in an earlier atlas.
//!
//! All tables have one of eight shapes ([`Shape`]) and are described, variable by variable, in
//! `data/sources.toml`; code, checks, documentation and files read that one description.

pub mod build;
mod check;
mod columns;
mod decode;
mod describe;
mod embedded;
mod error;
mod ids;
mod panel;
mod shuffle;
mod sources;
mod states;
mod store;

use std::collections::BTreeMap;
use std::sync::{Arc, OnceLock};

use rayon::prelude::*;
use store::Store;

pub use check::{Check, Verdict};
pub use describe::{Amount, Fact, Section};
pub use embedded::content_hash;
pub use error::AtlasError;
pub use ids::{StateId, Year};
pub use panel::{
    DyadPanel, ItemDyadPanel, ItemPanel, ItemStatePanel, Leader, Membership, Spell, Spells,
    StatePanel,
};
pub use sources::{Catalogue, Shape, Source, TableInfo, VariableInfo};
pub use states::{State, StateKind, States};

/// What was observed, as it could be known at one vintage.
#[derive(Debug)]
pub struct Atlas {
    vintage: Year,
    catalogue: Arc<Catalogue>,
    states: Arc<States>,
    store: Arc<Store>,
    cells: BTreeMap<String, Cell>,
    leaders: OnceLock<Vec<Leader>>,
    memberships: OnceLock<Vec<Membership>>,
}

/// One variable, decoded on first use.
#[derive(Debug, Default)]
struct Cell(OnceLock<Result<Decoded, AtlasError>>);

#[derive(Debug)]
enum Decoded {
    State(StatePanel),
    Dyad(DyadPanel),
    Item(ItemPanel),
    ItemState(ItemStatePanel),
    ItemDyad(ItemDyadPanel),
    Spells(Spells),
}

impl Atlas {
    /// Opens the tables that ship with the program, at their newest vintage.
    pub fn embedded() -> Result<Self, AtlasError> {
        Self::from_store(Catalogue::embedded()?, Store::embedded())
    }

    /// Opens tables given as file names and Parquet bytes, such as freshly built ones, described by
    /// `catalogue`; `states.parquet` must be among them.
    pub fn open(
        catalogue: Catalogue,
        files: impl IntoIterator<Item = (String, Vec<u8>)>,
    ) -> Result<Self, AtlasError> {
        Self::from_store(catalogue, Store::new(files))
    }

    fn from_store(catalogue: Catalogue, store: Store) -> Result<Self, AtlasError> {
        let states = States::decode(store.columns("states.parquet")?)?;
        let newest = catalogue.newest_vintage();
        Ok(Self::assemble(
            newest,
            Arc::new(catalogue),
            Arc::new(states),
            Arc::new(store),
        ))
    }

    /// The atlas as it could be known at the end of `vintage`: a row of year `y` is visible when
    /// `y` plus the publication lag of its table is not later than `vintage`; a tie that ended
    /// later is still in force. Raw columns are read once and shared between all vintages.
    #[must_use]
    pub fn as_of(&self, vintage: Year) -> Self {
        Self::assemble(
            vintage.min(self.vintage),
            Arc::clone(&self.catalogue),
            Arc::clone(&self.states),
            Arc::clone(&self.store),
        )
    }

    /// The same atlas with everything that was not public at the end of `origin` shuffled within
    /// each variable: values of panels, dates of ties, members and leaders. What [`Atlas::as_of`]
    /// `origin` shows of it is unchanged, so a forecast that changes has seen the future.
    pub fn with_shuffled_future(&self, origin: Year, seed: u64) -> Result<Self, AtlasError> {
        let store = Store::shuffled(
            Arc::clone(&self.store),
            Arc::clone(&self.catalogue),
            origin,
            seed,
        );
        Ok(Self::assemble(
            self.vintage,
            Arc::clone(&self.catalogue),
            Arc::clone(&self.states),
            Arc::new(store),
        ))
    }

    fn assemble(
        vintage: Year,
        catalogue: Arc<Catalogue>,
        states: Arc<States>,
        store: Arc<Store>,
    ) -> Self {
        let cells = catalogue
            .variables()
            .map(|(_, v)| (v.id.clone(), Cell::default()))
            .collect();
        Self {
            vintage,
            catalogue,
            states,
            store,
            cells,
            leaders: OnceLock::new(),
            memberships: OnceLock::new(),
        }
    }

    /// Decodes every variable, leaders and memberships now, on all threads; of several errors the
    /// first in the order of the variables' names is given.
    pub fn preload(&self) -> Result<(), AtlasError> {
        let tables = self.catalogue.tables();
        tables.par_iter().for_each(|table| {
            // An error stays with its table and comes back with the table's first variable.
            let _ = self.store.columns(&table.file);
        });
        let decoded: Vec<_> = self
            .cells
            .par_iter()
            .map(|(id, _)| self.decoded(id).map(|_| ()))
            .collect();
        decoded.into_iter().collect::<Result<(), _>>()?;
        self.leaders()?;
        self.memberships()?;
        Ok(())
    }

    /// Files that the atlas holds, with their sizes in bytes, sorted by name.
    pub fn files(&self) -> impl Iterator<Item = (&str, usize)> {
        self.store.files()
    }

    /// The year at whose end this atlas stands.
    pub fn vintage(&self) -> Year {
        self.vintage
    }

    /// Every table and variable with its provenance.
    pub fn catalogue(&self) -> &Catalogue {
        &self.catalogue
    }

    /// The states and economies, in the order of [`StateId`].
    pub fn states(&self) -> &States {
        &self.states
    }

    /// Number of states and economies.
    pub fn n(&self) -> usize {
        self.states.len()
    }

    /// A variable of states by year, such as `gdp_usd_mn`.
    pub fn state_series(&self, id: &str) -> Result<&StatePanel, AtlasError> {
        match self.decoded(id)? {
            Decoded::State(p) => Ok(p),
            _ => Err(self.wrong_shape(id, Shape::StateYear)),
        }
    }

    /// A variable of ordered pairs by year, such as `trade_goods_musd`.
    pub fn dyads(&self, id: &str) -> Result<&DyadPanel, AtlasError> {
        match self.decoded(id)? {
            Decoded::Dyad(p) => Ok(p),
            _ => Err(self.wrong_shape(id, Shape::DyadYear)),
        }
    }

    /// A variable of items by year, such as `reserve_currency_share`.
    pub fn items(&self, id: &str) -> Result<&ItemPanel, AtlasError> {
        match self.decoded(id)? {
            Decoded::Item(p) => Ok(p),
            _ => Err(self.wrong_shape(id, Shape::ItemYear)),
        }
    }

    /// A variable of items and states by year, such as `mining_share`.
    pub fn item_states(&self, id: &str) -> Result<&ItemStatePanel, AtlasError> {
        match self.decoded(id)? {
            Decoded::ItemState(p) => Ok(p),
            _ => Err(self.wrong_shape(id, Shape::ItemStateYear)),
        }
    }

    /// A variable of items and ordered pairs by year, such as `arms_world_share_5y`.
    pub fn item_dyads(&self, id: &str) -> Result<&ItemDyadPanel, AtlasError> {
        match self.decoded(id)? {
            Decoded::ItemDyad(p) => Ok(p),
            _ => Err(self.wrong_shape(id, Shape::ItemDyadYear)),
        }
    }

    /// A layer of ties with dates, such as `defence_pact`.
    pub fn spells(&self, id: &str) -> Result<&Spells, AtlasError> {
        match self.decoded(id)? {
            Decoded::Spells(p) => Ok(p),
            _ => Err(self.wrong_shape(id, Shape::Spells)),
        }
    }

    /// Heads of government and state with their terms.
    pub fn leaders(&self) -> Result<&[Leader], AtlasError> {
        if let Some(l) = self.leaders.get() {
            return Ok(l);
        }
        let read = match self.catalogue.first_of(Shape::Leaders) {
            Some(t) => {
                decode::leaders(self.store.columns(&t.file)?, t, &self.states, self.vintage)?
            }
            None => Vec::new(),
        };
        Ok(self.leaders.get_or_init(|| read))
    }

    /// Members of blocs and organisations with entry and exit.
    pub fn memberships(&self) -> Result<&[Membership], AtlasError> {
        if let Some(m) = self.memberships.get() {
            return Ok(m);
        }
        let read = match self.catalogue.first_of(Shape::Memberships) {
            Some(t) => {
                decode::memberships(self.store.columns(&t.file)?, t, &self.states, self.vintage)?
            }
            None => Vec::new(),
        };
        Ok(self.memberships.get_or_init(|| read))
    }

    /// Names of all blocs, sorted.
    pub fn blocs(&self) -> Result<Vec<&str>, AtlasError> {
        let mut names: Vec<&str> = self
            .memberships()?
            .iter()
            .map(|m| m.bloc.as_str())
            .collect();
        names.sort_unstable();
        names.dedup();
        Ok(names)
    }

    /// Members of `bloc` in `year`, in the order of [`StateId`].
    pub fn members(&self, bloc: &str, year: Year) -> Result<Vec<StateId>, AtlasError> {
        let mut ids: Vec<StateId> = self
            .memberships()?
            .iter()
            .filter(|m| m.bloc == bloc && m.entry <= year && m.exit.is_none_or(|x| x > year))
            .map(|m| m.state)
            .collect();
        ids.sort_unstable();
        ids.dedup();
        Ok(ids)
    }

    fn decoded(&self, id: &str) -> Result<&Decoded, AtlasError> {
        let cell = self.cells.get(id).ok_or_else(|| self.unknown(id))?;
        cell.0
            .get_or_init(|| {
                let (table, variable) = self
                    .catalogue
                    .variable(id)
                    .ok_or_else(|| self.unknown(id))?;
                let columns = self.store.columns(&table.file)?;
                decode::variable(columns, table, variable, &self.states, self.vintage)
            })
            .as_ref()
            .map_err(Clone::clone)
    }

    fn unknown(&self, id: &str) -> AtlasError {
        AtlasError::UnknownVariable {
            id: id.to_owned(),
            known: self.cells.keys().cloned().collect(),
        }
    }

    fn wrong_shape(&self, id: &str, asked: Shape) -> AtlasError {
        let has = self.catalogue.variable(id).map_or(asked, |(t, _)| t.shape);
        AtlasError::WrongShape {
            id: id.to_owned(),
            asked,
            has,
        }
    }
}
