//! The episodes that ship with the program.

use realign_atlas::Atlas;
use realign_scenario::ScenarioError;

use super::file::Episode;

macro_rules! episodes {
    ($($name:literal),* $(,)?) => {
        /// File name and text of every episode, by date.
        const FILES: &[(&str, &str)] = &[
            $((
                concat!("backtests/", $name, ".toml"),
                include_str!(concat!("../../../../backtests/", $name, ".toml")),
            )),*
        ];
    };
}

episodes!(
    "france-1966",
    "anzus-1985",
    "iraq-2003",
    "russia-2014",
    "trump-first-term-2017",
    "us-china-tariffs-2018",
    "turkiye-f35-2019",
    "japan-korea-2019",
    "australia-china-2020",
    "russia-2022",
);

/// Every episode in `backtests/`, the oldest first.
pub fn embedded(atlas: &Atlas) -> Result<Vec<Episode>, ScenarioError> {
    FILES
        .iter()
        .map(|(file, text)| Episode::parse(file, text.as_bytes(), atlas))
        .collect()
}
