//! Named consistency checks over an atlas, each with what to do when it fails.

mod provenance;
mod shapes;
mod values;

use crate::{Atlas, AtlasError};

/// How a check came out.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// Holds.
    Pass,
    /// Does not hold; the detail says where.
    Fail,
    /// What it needs is not in this atlas.
    Absent,
}

/// One check.
#[derive(Clone, Debug)]
pub struct Check {
    /// Short name, `snake_case`.
    pub id: &'static str,
    /// What must hold, in one sentence.
    pub what: &'static str,
    /// How it came out.
    pub verdict: Verdict,
    /// What was seen: the first places where it fails, else a measure.
    pub detail: String,
    /// What to do when it fails.
    pub hint: &'static str,
}

/// Places named in the detail of a failed check.
const NAMED: usize = 3;

/// What a check saw: how many cases, and where it failed.
#[derive(Default)]
struct Seen {
    cases: usize,
    wrong: Vec<String>,
}

impl Seen {
    /// One case, named only when it fails.
    fn case(&mut self, holds: bool, place: impl FnOnce() -> String) {
        self.cases += 1;
        if !holds {
            self.wrong.push(place());
        }
    }
}

/// A check before it is run.
struct Rule {
    id: &'static str,
    what: &'static str,
    hint: &'static str,
    look: fn(&Atlas) -> Result<Seen, AtlasError>,
}

impl Atlas {
    /// Runs every check. A check that cannot run because a table cannot be read fails and says why.
    pub fn check(&self) -> Vec<Check> {
        let rules = provenance::RULES
            .iter()
            .chain(shapes::RULES)
            .chain(values::RULES);
        rules.map(|rule| self.run(rule)).collect()
    }

    fn run(&self, rule: &Rule) -> Check {
        let (verdict, detail) = match (rule.look)(self) {
            Err(AtlasError::UnknownVariable { id, .. }) => {
                (Verdict::Absent, format!("no variable {id}"))
            }
            Err(e) => (Verdict::Fail, e.to_string()),
            Ok(seen) if seen.wrong.is_empty() && seen.cases == 0 => {
                (Verdict::Absent, "nothing to look at".to_owned())
            }
            Ok(seen) if seen.wrong.is_empty() => (Verdict::Pass, format!("{} cases", seen.cases)),
            Ok(seen) => {
                let named = seen
                    .wrong
                    .iter()
                    .take(NAMED)
                    .cloned()
                    .collect::<Vec<_>>()
                    .join("; ");
                let (bad, all) = (seen.wrong.len(), seen.cases);
                (
                    Verdict::Fail,
                    format!("{bad} of {all} cases, such as {named}"),
                )
            }
        };
        Check {
            id: rule.id,
            what: rule.what,
            verdict,
            detail,
            hint: rule.hint,
        }
    }
}
