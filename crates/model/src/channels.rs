//! The ways in which an act reaches an outcome, each of which can be cut.

/// A set of open channels. Attribution cuts them one at a time (EVIDENCE.md: acts act directly,
/// trust is one more channel, and every result tells the two apart).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Channels(u32);

macro_rules! channels {
    ($($(#[$doc:meta])* $name:ident = $bit:expr, $id:literal, $label:literal;)*) => {
        impl Channels {
            $($(#[$doc])* pub const $name: Self = Self(1 << $bit);)*

            /// Every single channel with its id and its label.
            pub const EACH: &'static [(Self, &'static str, &'static str)] =
                &[$((Self::$name, $id, $label)),*];
        }
    };
}

channels! {
    /// Acts move trade costs, capability, guarantees and memberships by themselves.
    ACTS = 0, "acts", "what the acts do by themselves";
    /// Distrust moves security: discounted help, spending, ties, hedging.
    TRUST_SECURITY = 1, "trust_security", "distrust, through security";
    /// Distrust moves trade costs and agreements.
    TRUST_TRADE = 2, "trust_trade", "distrust, through trade";
    /// Distrust moves the choice of arms suppliers.
    TRUST_ARMS = 3, "trust_arms", "distrust, through arms supply";
    /// Distrust moves reserves and holdings.
    TRUST_FINANCE = 4, "trust_finance", "distrust, through finance";
    /// Distrust moves the adoption of standards.
    TRUST_STANDARDS = 5, "trust_standards", "distrust, through standards";
    /// Distrust moves what planners count on and what they give up.
    TRUST_EXPOSURE = 9, "trust_exposure", "distrust, through dependence";
    /// Third parties learn from what was done to others (κ).
    REPUTATION = 6, "reputation", "reputation: third parties watch";
    /// States move towards the opinion of like-minded states (μ).
    DIFFUSION = 7, "diffusion", "diffusion among the like-minded";
    /// Conduct answers conduct: tone follows trust (λ).
    RECIPROCITY = 8, "reciprocity", "reciprocity: conduct answers conduct";
}

impl Channels {
    /// Everything open.
    pub const ALL: Self = Self((1 << 10) - 1);

    /// The links from trust to outcomes.
    pub const DISTRUST: Self = Self(
        Self::TRUST_SECURITY.0
            | Self::TRUST_TRADE.0
            | Self::TRUST_ARMS.0
            | Self::TRUST_FINANCE.0
            | Self::TRUST_STANDARDS.0
            | Self::TRUST_EXPOSURE.0,
    );

    /// The ways in which distrust spreads and feeds on itself.
    pub const SPREAD: Self = Self(Self::REPUTATION.0 | Self::DIFFUSION.0 | Self::RECIPROCITY.0);

    /// Whether every channel of `other` is open.
    pub fn has(self, other: Self) -> bool {
        self.0 & other.0 == other.0
    }

    /// These channels without those of `other`.
    #[must_use]
    pub fn without(self, other: Self) -> Self {
        Self(self.0 & !other.0)
    }
}
