//! Which ties an act concerns, from the name of the agreement that the scenario gives.

/// What an agreement that is broken or left was about.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Subject {
    /// No agreement is named: what the type of the act is about by itself.
    #[default]
    Unnamed,
    /// Trade: the trade agreement of the two ends, pacts do not.
    Trade,
    /// Defence: the pact ends, trade agreements do not.
    Defence,
    /// Anything else (arms control, climate, a memorandum): no tie of these kinds ends.
    Other,
}

/// Names of trade agreements and of organisations that are customs unions or free-trade areas.
const TRADE: [&str; 28] = [
    "AFCFTA",
    "AFTA",
    "APTA",
    "ASEAN",
    "CAFTA",
    "CARICOM",
    "CETA",
    "COMESA",
    "CPTPP",
    "EAC",
    "EAEU",
    "ECOWAS",
    "EEA",
    "EEC",
    "EFTA",
    "EU",
    "GCC",
    "JEFTA",
    "KORUS",
    "MERCOSUR",
    "NAFTA",
    "PACIFIC_ALLIANCE",
    "RCEP",
    "SACU",
    "SADC",
    "TPP",
    "TTIP",
    "USMCA",
];
/// Names of alliances and defence treaties.
const DEFENCE: [&str; 12] = [
    "ANZUS",
    "AUKUS",
    "CENTO",
    "CSTO",
    "FIVE_EYES",
    "NATO",
    "NORAD",
    "RIO_TREATY",
    "SEATO",
    "US_BILATERAL_TREATY",
    "WARSAW_PACT",
    "WEU",
];
/// Words that say it of other names.
const TRADE_WORDS: [&str; 5] = ["TRADE", "FTA", "CUSTOMS", "TARIFF", "COMMERCE"];
const DEFENCE_WORDS: [&str; 6] = [
    "DEFENCE", "DEFENSE", "ALLIANCE", "SECURITY", "PACT", "MILITARY",
];

impl Subject {
    /// From the name; `None` is unnamed.
    pub fn of(name: Option<&str>) -> Self {
        let Some(name) = name else {
            return Self::Unnamed;
        };
        let upper = name.trim().to_uppercase().replace(['-', ' '], "_");
        let words = || upper.split('_');
        if TRADE.contains(&upper.as_str()) || words().any(|w| TRADE_WORDS.contains(&w)) {
            Self::Trade
        } else if DEFENCE.contains(&upper.as_str()) || words().any(|w| DEFENCE_WORDS.contains(&w)) {
            Self::Defence
        } else {
            Self::Other
        }
    }

    /// Whether a trade agreement of the two ends.
    pub fn ends_trade(self) -> bool {
        matches!(self, Self::Unnamed | Self::Trade)
    }

    /// Whether a defence pact of the two ends.
    pub fn ends_pact(self) -> bool {
        matches!(self, Self::Unnamed | Self::Defence)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn coverage_names_of_scenarios_have_their_subject() {
        for (name, subject) in [
            (Some("NATO"), Subject::Defence),
            (Some("Rio Treaty"), Subject::Defence),
            (Some("CSTO"), Subject::Defence),
            (Some("USMCA"), Subject::Trade),
            (Some("Free Trade Agreement of 1989"), Subject::Trade),
            (Some("JCPOA"), Subject::Other),
            (Some("Budapest Memorandum"), Subject::Other),
            (None, Subject::Unnamed),
        ] {
            assert_eq!(Subject::of(name), subject, "{name:?}");
        }
    }
}
