//! Classes of weapons: the thirteen of the atlas and the SIPRI categories, joined to six.

/// A class of weapons as the model keeps it. Platforms that are bought, flown and replaced in the
/// same way share a class; finer classes leave most recipients with a single order in thirty years.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Class {
    /// Fighters, ground-attack aircraft and bombers.
    CombatAircraft,
    /// Other aircraft, helicopters, drones and engines.
    OtherAircraft,
    /// Missiles and air defence.
    MissilesAirDefence,
    /// Armour and artillery.
    Land,
    /// Ships and submarines.
    Sea,
    /// Sensors and everything else.
    SensorsOther,
}

/// Number of classes.
pub const CLASSES: usize = 6;

impl Class {
    /// All classes; the position is the index in arrays over classes.
    pub const ALL: [Self; CLASSES] = [
        Self::CombatAircraft,
        Self::OtherAircraft,
        Self::MissilesAirDefence,
        Self::Land,
        Self::Sea,
        Self::SensorsOther,
    ];

    /// Position in arrays over classes.
    pub fn index(self) -> usize {
        self as usize
    }

    /// Identifier in `params/arms.toml`.
    pub fn id(self) -> &'static str {
        match self {
            Self::CombatAircraft => "combat_aircraft",
            Self::OtherAircraft => "other_aircraft",
            Self::MissilesAirDefence => "missiles_air_defence",
            Self::Land => "land",
            Self::Sea => "sea",
            Self::SensorsOther => "sensors_other",
        }
    }

    /// The class of a weapon class of the atlas (`arms_base_share_30y`, `arms_open_order_share`).
    pub fn of_weapon_class(item: &str) -> Self {
        match key(item).as_str() {
            "combataircraft" => Self::CombatAircraft,
            "otheraircraft" | "helicopters" | "drones" | "engines" => Self::OtherAircraft,
            "missiles" | "airdefence" => Self::MissilesAirDefence,
            "armour" | "artillery" => Self::Land,
            "ships" | "submarines" => Self::Sea,
            _ => Self::SensorsOther,
        }
    }

    /// The classes of a SIPRI armament category (`arms_world_share_5y`): aircraft fall into two.
    pub fn of_category(item: &str) -> &'static [Self] {
        match key(item).as_str() {
            "aircraft" => &[Self::CombatAircraft, Self::OtherAircraft],
            "engines" => &[Self::OtherAircraft],
            "missiles" | "airdefencesystems" | "airdefence" => &[Self::MissilesAirDefence],
            "armouredvehicles" | "armour" | "artillery" => &[Self::Land],
            "ships" | "submarines" => &[Self::Sea],
            _ => &[Self::SensorsOther],
        }
    }
}

/// Letters of a name in lower case, so that `Air-defence systems` and `air_defence_systems` agree.
fn key(name: &str) -> String {
    name.chars()
        .filter(char::is_ascii_alphanumeric)
        .map(|c| c.to_ascii_lowercase())
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn prop_every_class_has_its_index_and_a_weapon_class() {
        for (k, c) in Class::ALL.into_iter().enumerate() {
            assert_eq!(c.index(), k);
        }
        assert_eq!(
            Class::of_weapon_class("air_defence"),
            Class::MissilesAirDefence
        );
        assert_eq!(
            Class::of_category("Air-defence systems"),
            &[Class::MissilesAirDefence]
        );
        assert_eq!(Class::of_category("Armoured vehicles"), &[Class::Land]);
        assert_eq!(Class::of_category("Naval weapons"), &[Class::SensorsOther]);
    }
}
