//! Small tables typed from general knowledge; they live in `data/compiled` and ship as they are.

/// Blocs that the raw list does not have, with entry and exit years.
pub(super) const BLOCS: &str = include_str!("../../../../data/compiled/blocs_supplement.csv");

/// Heads of government or state 2015–2025 of the main states.
pub(super) const LEADERS: &str = include_str!("../../../../data/compiled/leaders_2015_2025.csv");

/// Years of entry where the raw list has none; `*` stands for every member not named.
pub(super) const MISSING_ENTRIES: &str =
    include_str!("../../../../data/compiled/blocs_missing_entry.csv");
