//! The types of acts (S01–S13 adverse, S20–S25 reassuring, S30 neutral), MODEL section 2.5.
//!
//! How severe an act is stands in the parameters of the model; here is only what it is and how its
//! size is measured.

use std::fmt;
use std::ops::RangeInclusive;
use std::str::FromStr;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Whether an act lowers trust, raises it, or neither.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema,
)]
#[serde(rename_all = "snake_case")]
pub enum Polarity {
    /// Lowers trust.
    Adverse,
    /// Raises trust.
    Reassuring,
    /// Neither by itself.
    Neutral,
}

impl Polarity {
    /// The word used in files.
    pub fn name(self) -> &'static str {
        match self {
            Self::Adverse => "adverse",
            Self::Reassuring => "reassuring",
            Self::Neutral => "neutral",
        }
    }
}

/// How the size of an act is measured.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Magnitude {
    /// Change of the ad valorem tariff, as a fraction (0.25 is 25 percentage points).
    TariffFraction,
    /// Tariff removed, as a fraction.
    TariffRemovedFraction,
    /// Share of the bilateral goods trade that is blocked or reached.
    TradeShare,
    /// Share of the stock of troops stationed in the target that leaves.
    TroopShareWithdrawn,
    /// Troops added as a share of the stock before.
    TroopShareAdded,
    /// Delivered-capability factor δ: what is delivered over what was promised.
    DeliveredCapability,
    /// Share of the orders or licences that is denied.
    OrderShare,
    /// Share of the intelligence flow that stops.
    IntelligenceShare,
    /// Share of the work that is done in the target.
    WorkShare,
    /// Number of times in the year.
    Count,
    /// Multiple of a typical act of its type, 1 being typical.
    Intensity,
    /// Share of leader-specific trust that is reset.
    ResetShare,
}

impl Magnitude {
    /// The unit in words.
    pub fn unit(self) -> &'static str {
        match self {
            Self::TariffFraction => "change of the ad valorem tariff, fraction",
            Self::TariffRemovedFraction => "tariff removed, fraction",
            Self::TradeShare => "share of bilateral goods trade reached",
            Self::TroopShareWithdrawn => "share of the stationed troops withdrawn",
            Self::TroopShareAdded => "troops added as a share of those before",
            Self::DeliveredCapability => "delivered-capability factor δ",
            Self::OrderShare => "share of orders or licences denied",
            Self::IntelligenceShare => "share of the intelligence flow stopped",
            Self::WorkShare => "share of the work done in the target",
            Self::Count => "number in the year",
            Self::Intensity => "multiple of a typical act of the type",
            Self::ResetShare => "share of leader-specific trust reset",
        }
    }

    /// Lowest and highest value that make sense, both allowed.
    pub fn range(self) -> RangeInclusive<f64> {
        match self {
            Self::TariffFraction => -1.0..=10.0,
            Self::TariffRemovedFraction
            | Self::TradeShare
            | Self::TroopShareWithdrawn
            | Self::OrderShare
            | Self::IntelligenceShare
            | Self::WorkShare
            | Self::ResetShare => 0.0..=1.0,
            Self::TroopShareAdded => 0.0..=100.0,
            // δ = 0 would be no delivery at all, which is S08.
            Self::DeliveredCapability => f64::MIN_POSITIVE..=1.0,
            Self::Count => 0.0..=1000.0,
            Self::Intensity => 0.0..=10.0,
        }
    }

    /// The range in words.
    pub fn range_words(self) -> &'static str {
        match self {
            Self::TariffFraction => "a fraction from -1 to 10 (0.25 is 25 percentage points)",
            Self::TroopShareAdded => "a share from 0 to 100 (1 doubles the stock)",
            Self::DeliveredCapability => "above 0 and at most 1 (1 is full capability)",
            Self::Count => "a number from 0 to 1000",
            Self::Intensity => "from 0 to 10 (1 is a typical act)",
            _ => "a share from 0 to 1",
        }
    }

    /// Whether `value` makes sense.
    pub fn admits(self, value: f64) -> bool {
        value.is_finite() && self.range().contains(&value)
    }
}

macro_rules! event_types {
    ($($code:ident, $polarity:ident, $magnitude:ident, $name:literal, $definition:literal;)*) => {
        /// Type of an act.
        #[derive(
            Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema,
        )]
        pub enum EventType {
            $(#[doc = $definition] $code,)*
        }

        impl EventType {
            /// All types in the order of their codes.
            pub const ALL: &[Self] = &[$(Self::$code),*];

            /// Code, such as `S01`.
            pub fn code(self) -> &'static str {
                match self { $(Self::$code => stringify!($code),)* }
            }

            /// Short name in plain words.
            pub fn name(self) -> &'static str {
                match self { $(Self::$code => $name,)* }
            }

            /// One sentence that says what it is.
            pub fn definition(self) -> &'static str {
                match self { $(Self::$code => $definition,)* }
            }

            /// Whether it lowers or raises trust.
            pub fn polarity(self) -> Polarity {
                match self { $(Self::$code => Polarity::$polarity,)* }
            }

            /// How its size is measured.
            pub fn magnitude(self) -> Magnitude {
                match self { $(Self::$code => Magnitude::$magnitude,)* }
            }
        }
    };
}

event_types! {
    S01, Adverse, TariffFraction, "tariff",
        "The actor raises tariffs or other general import barriers on goods of the target.";
    S02, Adverse, TariffFraction, "tariff or coercion threat",
        "The actor threatens tariffs or economic coercion that it has not carried out.";
    S03, Adverse, Intensity, "agreement ignored",
        "The actor ignores, breaks or abrogates an agreement with the target.";
    S04, Adverse, TradeShare, "economic coercion",
        "The actor coerces the target economically: export ban, boycott, embargo, cut of supply.";
    S05, Adverse, Intensity, "threat to sovereignty",
        "The actor threatens, attacks or claims the territory or sovereignty of the target.";
    S06, Adverse, Intensity, "praise of a rival",
        "The actor praises, favours or changes sides to a rival of the target.";
    S07, Adverse, DeliveredCapability, "downgraded export",
        "The actor openly delivers weapons or technology of reduced capability to the target.";
    S08, Adverse, OrderShare, "export denial",
        "The actor denies, revokes or can switch off weapons or technology of the target.";
    S09, Adverse, TroopShareWithdrawn, "troop withdrawal",
        "The actor withdraws troops or closes bases on which the target relies.";
    S10, Adverse, Intensity, "conditional guarantee",
        "The actor makes its guarantee to the target conditional, doubts it or fails to honour it.";
    S11, Adverse, IntelligenceShare, "intelligence suspension",
        "The actor suspends intelligence sharing with the target.";
    S12, Adverse, TradeShare, "sanctions on the ally's firms",
        "The actor imposes sanctions, secondary ones included, on firms or persons of the target.";
    S13, Adverse, Intensity, "exit from a treaty or organisation",
        "The actor leaves a treaty or organisation that it shares with the target.";
    S20, Reassuring, TroopShareAdded, "deployment",
        "The actor stations more troops or weapons with the target for its defence.";
    S21, Reassuring, Count, "joint exercise",
        "The actor holds a military exercise with the target.";
    S22, Reassuring, Count, "visit",
        "A leader of the actor visits the target, receives its leader or reaffirms the tie.";
    S23, Reassuring, TariffRemovedFraction, "trade deal",
        "The actor opens trade to the target: an agreement, lower tariffs or lifted restrictions.";
    S24, Reassuring, WorkShare, "co-production",
        "The actor shares production or technology of weapons with the target.";
    S25, Reassuring, Intensity, "treaty",
        "The actor signs, renews or extends a security treaty or guarantee with the target.";
    S30, Neutral, ResetShare, "leader turnover",
        "The leader of the actor changes, which resets what was tied to the person.";
}

impl EventType {
    /// By code, in capitals.
    pub fn from_code(code: &str) -> Option<Self> {
        Self::ALL.iter().copied().find(|t| t.code() == code)
    }
}

impl fmt::Display for EventType {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.code())
    }
}

impl FromStr for EventType {
    type Err = String;

    /// By code in either case; the error names the code that was asked for.
    fn from_str(s: &str) -> Result<Self, String> {
        Self::from_code(&s.trim().to_ascii_uppercase()).ok_or_else(|| s.to_owned())
    }
}
