//! Arms: the same draw with and without the acts, or with something left out.

use realign_model::channels::Channels;

/// Which acts an arm sees.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Shock {
    /// None: the quiet arm.
    None,
    /// All of the scenario.
    All,
    /// All but one event of the scenario.
    Without(usize),
}

/// One arm of a paired run.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Arm {
    /// Identifier in tables, such as `shock`.
    pub id: String,
    /// Name for people.
    pub label: String,
    /// Which acts it sees.
    pub shock: Shock,
    /// Which channels are open.
    pub channels: Channels,
}

/// Identifier of the arm in which outcomes see the trust of the quiet arm.
pub(crate) const ACTS_ONLY: &str = "acts_only";

impl Arm {
    /// Without the acts.
    pub fn quiet() -> Self {
        Self::new("quiet", "without the acts", Shock::None, Channels::ALL)
    }

    /// With the acts.
    pub fn shock() -> Self {
        Self::new("shock", "with the acts", Shock::All, Channels::ALL)
    }

    /// With the acts, while outcomes see the trust of the quiet arm: what the acts do by themselves.
    pub fn acts_only() -> Self {
        let open = Channels::ALL.without(Channels::DISTRUST);
        Self::new(
            ACTS_ONLY,
            "what the acts do by themselves",
            Shock::All,
            open,
        )
    }

    /// With all acts but one event.
    pub fn without_event(event: usize, label: &str) -> Self {
        let id = format!("without_event_{}", event + 1);
        Self::new(&id, label, Shock::Without(event), Channels::ALL)
    }

    /// With the acts and one channel cut.
    pub fn cut(channel: Channels, id: &str, label: &str) -> Self {
        let open = Channels::ALL.without(channel);
        Self::new(&format!("cut_{id}"), label, Shock::All, open)
    }

    /// Without the acts and with one channel cut: the quiet arm beside [`Arm::cut`].
    pub fn quiet_cut(channel: Channels, id: &str) -> Self {
        let open = Channels::ALL.without(channel);
        Self::new(&format!("quiet_cut_{id}"), "", Shock::None, open)
    }

    fn new(id: &str, label: &str, shock: Shock, channels: Channels) -> Self {
        Self {
            id: id.to_owned(),
            label: label.to_owned(),
            shock,
            channels,
        }
    }
}
