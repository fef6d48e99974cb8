//! What is reported, and the record it is written to.

use realign_atlas::StateId;

/// What an indicator has one value for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Scope {
    /// One value a year.
    World,
    /// One value a year and state.
    State,
}

/// A reported quantity.
#[derive(Clone, Debug, PartialEq)]
pub struct Indicator {
    /// Identifier `domain.name`, such as `trade.welfare_pct`.
    pub id: String,
    /// Name for people, lower case, such as `real income`.
    pub label: String,
    /// Unit, such as `%`, `SD`, `share`, `index`.
    pub unit: String,
    /// World or state.
    pub scope: Scope,
    /// What it is, in one sentence, with its equation or source.
    pub definition: String,
}

impl Indicator {
    /// A new indicator.
    pub fn new(id: &str, label: &str, unit: &str, scope: Scope, definition: &str) -> Self {
        Self {
            id: id.to_owned(),
            label: label.to_owned(),
            unit: unit.to_owned(),
            scope,
            definition: definition.to_owned(),
        }
    }
}

/// Where each indicator stands in a year's row of values.
#[derive(Clone, Debug, PartialEq)]
pub struct Layout {
    n: usize,
    indicators: Vec<Indicator>,
    offsets: Vec<usize>,
    width: usize,
}

impl Layout {
    /// Lays out `indicators` over `n` states.
    pub fn new(n: usize, indicators: Vec<Indicator>) -> Self {
        let mut width = 0;
        let offsets = indicators
            .iter()
            .map(|i| {
                let at = width;
                width += if i.scope == Scope::World { 1 } else { n };
                at
            })
            .collect();
        Self {
            n,
            indicators,
            offsets,
            width,
        }
    }

    /// Number of values a year.
    pub fn width(&self) -> usize {
        self.width
    }

    /// Number of states.
    pub fn n(&self) -> usize {
        self.n
    }

    /// The indicators in order.
    pub fn indicators(&self) -> &[Indicator] {
        &self.indicators
    }

    /// Position of an indicator in [`Layout::indicators`].
    pub fn position(&self, id: &str) -> Option<usize> {
        self.indicators.iter().position(|i| i.id == id)
    }

    /// Place of a value in a year's row; `state` is ignored for indicators of the world.
    pub fn slot(&self, indicator: usize, state: Option<StateId>) -> usize {
        let within = match self.indicators[indicator].scope {
            Scope::World => 0,
            Scope::State => state.map_or(0, StateId::index),
        };
        self.offsets[indicator] + within
    }
}

/// A year's row of values being written by one domain. NaN stands for "no estimate".
#[derive(Debug)]
pub struct Recorder<'a> {
    layout: &'a Layout,
    first: usize,
    row: &'a mut [f32],
}

impl<'a> Recorder<'a> {
    /// A recorder whose indicator 0 is the layout's indicator `first`.
    pub fn new(layout: &'a Layout, first: usize, row: &'a mut [f32]) -> Self {
        Self { layout, first, row }
    }

    /// Writes a value of the world; `k` counts within the domain's list of indicators.
    pub fn world(&mut self, k: usize, value: f64) {
        let slot = self.layout.slot(self.first + k, None);
        self.row[slot] = value as f32;
    }

    /// Writes a state's value; `k` counts within the domain's list of indicators.
    pub fn state(&mut self, k: usize, state: StateId, value: f64) {
        let slot = self.layout.slot(self.first + k, Some(state));
        self.row[slot] = value as f32;
    }
}
