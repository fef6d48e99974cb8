//! The committed tables as bytes of the program.

macro_rules! tables {
    ($($name:literal),* $(,)?) => {
        /// File name and content of every embedded table.
        pub(crate) const FILES: &[(&str, &[u8])] = &[
            $(($name, include_bytes!(concat!("../../../data/tables/", $name)))),*
        ];
    };
}

// One table a line, sorted: `realign atlas build` writes them, `data/sources.toml` describes them.
tables!(
    "arms_aircraft.parquet",
    "arms_bases.parquet",
    "arms_exports.parquet",
    "arms_item_dyads.parquet",
    "arms_orders.parquet",
    "chip_inputs.parquet",
    "conflict.parquet",
    "defence_cooperation.parquet",
    "democracy.parquet",
    "designations.parquet",
    "economy.parquet",
    "events.parquet",
    "finance_states.parquet",
    "geography.parquet",
    "icio_dyads.parquet",
    "icio_sectors.parquet",
    "leaders.parquet",
    "liquidity_lines.parquet",
    "memberships.parquet",
    "military.parquet",
    "mining.parquet",
    "nuclear.parquet",
    "opinion.parquet",
    "pacts.parquet",
    "raw_materials.parquet",
    "reserve_currencies.parquet",
    "rivalries.parquet",
    "sanctions.parquet",
    "sector_accounts.parquet",
    "standards_states.parquet",
    "states.parquet",
    "tone.parquet",
    "trade_agreements.parquet",
    "trade_goods.parquet",
    "trade_historic.parquet",
    "us_imports.parquet",
    "us_presence.parquet",
    "us_securities.parquet",
    "us_tariff_dates.parquet",
    "votes.parquet",
);

/// SHA-256 of all embedded tables and their description, hexadecimal: identifies the observed world.
pub fn content_hash() -> String {
    use std::fmt::Write;

    use sha2::{Digest, Sha256};
    let mut hash = Sha256::new();
    for (name, bytes) in FILES {
        hash.update(name.as_bytes());
        hash.update(bytes);
    }
    hash.update(include_str!("../../../data/sources.toml"));
    hash.finalize()
        .iter()
        .fold(String::with_capacity(64), |mut text, b| {
            let _ = write!(text, "{b:02x}");
            text
        })
}
