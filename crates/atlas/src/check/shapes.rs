//! Ties, memberships, leaders and symmetric tables.

use std::collections::BTreeMap;

use super::{Rule, Seen};
use crate::{Atlas, AtlasError, Shape, StateId, Year};

pub(super) const RULES: &[Rule] = &[
    Rule {
        id: "symmetric_once",
        what: "A symmetric variable holds each pair once, the first code not after the second",
        hint: "build the rows through `symmetric` in the builder",
        look: symmetric_once,
    },
    Rule {
        id: "spells_ordered",
        what: "A tie ends after it starts",
        hint: "look at the start and end of the raw rows",
        look: spells_ordered,
    },
    Rule {
        id: "spells_between_two",
        what: "A tie joins two different states; undirected layers hold it once with a before b",
        hint: "drop rows whose sides map to one state",
        look: spells_between_two,
    },
    Rule {
        id: "memberships_apart",
        what: "Terms of membership of one state in one bloc do not overlap, and end after they start",
        hint: "correct entry and exit in the list of blocs",
        look: memberships_apart,
    },
    Rule {
        id: "nato_pacts",
        what: "All members of NATO have defence pacts with each other",
        hint: "compare nato_accession.csv with the list of blocs",
        look: nato_pacts,
    },
    Rule {
        id: "leaders_ordered",
        what: "A leader leaves office not before entering it, and a state has one open term at most",
        hint: "correct the compiled list of leaders",
        look: leaders_ordered,
    },
];

fn symmetric_once(atlas: &Atlas) -> Result<Seen, AtlasError> {
    let mut seen = Seen::default();
    let symmetric = atlas.catalogue().variables().filter(|(_, v)| v.symmetric);
    for (table, variable) in symmetric {
        let columns = atlas.store.columns(&table.file)?;
        let (ids, a, b) = (
            columns.text("variable")?,
            columns.text("a")?,
            columns.text("b")?,
        );
        let reversed =
            (0..columns.rows()).find(|&row| ids.get(row) == variable.id && a.get(row) > b.get(row));
        seen.case(reversed.is_none(), || {
            let row = reversed.unwrap_or_default();
            format!("{} {}-{}", variable.id, a.get(row), b.get(row))
        });
    }
    Ok(seen)
}

/// Every tie of every layer.
fn each_spell(
    atlas: &Atlas,
    mut look: impl FnMut(&str, bool, &crate::Spell),
) -> Result<(), AtlasError> {
    for (table, variable) in atlas.catalogue().variables() {
        if table.shape == Shape::Spells {
            let layer = atlas.spells(&variable.id)?;
            for spell in layer.rows() {
                look(&variable.id, layer.directed, spell);
            }
        }
    }
    Ok(())
}

fn pair(atlas: &Atlas, a: StateId, b: StateId) -> String {
    format!("{}-{}", atlas.states().iso3(a), atlas.states().iso3(b))
}

fn spells_ordered(atlas: &Atlas) -> Result<Seen, AtlasError> {
    let mut seen = Seen::default();
    each_spell(atlas, |id, _, s| {
        seen.case(s.end.is_none_or(|e| e > s.start), || {
            format!("{id} {} {}", pair(atlas, s.a, s.b), s.start)
        });
    })?;
    Ok(seen)
}

fn spells_between_two(atlas: &Atlas) -> Result<Seen, AtlasError> {
    let mut seen = Seen::default();
    each_spell(atlas, |id, directed, s| {
        let ordered = if directed { s.a != s.b } else { s.a < s.b };
        seen.case(ordered, || {
            format!("{id} {} {}", pair(atlas, s.a, s.b), s.start)
        });
    })?;
    Ok(seen)
}

/// Entry and exit.
type Term = (Year, Option<Year>);

fn memberships_apart(atlas: &Atlas) -> Result<Seen, AtlasError> {
    let mut seen = Seen::default();
    let mut terms: BTreeMap<(&str, StateId), Vec<Term>> = BTreeMap::new();
    for m in atlas.memberships()? {
        terms
            .entry((&m.bloc, m.state))
            .or_default()
            .push((m.entry, m.exit));
    }
    for ((bloc, state), terms) in &mut terms {
        terms.sort();
        let ends_after = terms
            .iter()
            .all(|(entry, exit)| exit.is_none_or(|x| x > *entry));
        let apart = terms
            .windows(2)
            .all(|w| w[0].1.is_some_and(|exit| exit <= w[1].0));
        let iso3 = atlas.states().iso3(*state);
        seen.case(ends_after && apart, || format!("{bloc} {iso3}"));
    }
    Ok(seen)
}

fn nato_pacts(atlas: &Atlas) -> Result<Seen, AtlasError> {
    let mut seen = Seen::default();
    let pacts = atlas.spells("defence_pact")?;
    let members = atlas.members("NATO", atlas.vintage())?;
    for (k, a) in members.iter().enumerate() {
        for b in &members[k + 1..] {
            seen.case(pacts.tied(*a, *b, atlas.vintage()), || pair(atlas, *a, *b));
        }
    }
    Ok(seen)
}

fn leaders_ordered(atlas: &Atlas) -> Result<Seen, AtlasError> {
    let mut seen = Seen::default();
    let mut open: BTreeMap<StateId, usize> = BTreeMap::new();
    for leader in atlas.leaders()? {
        let iso3 = atlas.states().iso3(leader.state);
        seen.case(leader.end.is_none_or(|e| e >= leader.start), || {
            format!("{iso3} {} {}", leader.name, leader.start)
        });
        *open.entry(leader.state).or_default() += usize::from(leader.end.is_none());
    }
    for (state, n) in open {
        seen.case(n <= 1, || {
            format!("{} has {n} open terms", atlas.states().iso3(state))
        });
    }
    Ok(seen)
}
