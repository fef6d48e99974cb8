//! What a block earned, in one verdict and a few sentences.

use std::fmt::Write as _;

use super::Block;
use crate::rolling::{FEWEST_YEARS, Role, Score, Scores, Verdict};

/// Standard errors that a gain in log score must exceed.
const STANDARD_ERRORS: f64 = 2.0;

/// The domain whose panels are trust itself: its twin lacks what others hold and do.
const TRUST: &str = "trust";

/// Sentence on domains of which no panel exists.
fn unscored(domain: &str) -> (&'static str, &'static str) {
    match domain {
        "standards" => ("Camps of standards", "No panel of adoption is in the data."),
        "exposure" => (
            "Ranking of exposures",
            "Raw-material trade in the data begins in 2020, after the disruptions that could test \
             it.",
        ),
        _ => ("Nothing", "No panel of it was scored."),
    }
}

/// A skill with two digits after the point and a sign.
pub(super) fn signed(x: f64) -> String {
    let text = format!("{x:+.2}").replace('-', "−");
    text.replacen("0.", ".", 1)
}

/// Whether trust changes the log score of a model by more than chance, for better, for worse;
/// `None` where too few years say.
pub(super) fn trust_moves(row: &Score) -> Option<(bool, bool)> {
    let c = row.against_without_trust.as_ref()?;
    if c.target_years < FEWEST_YEARS {
        return None;
    }
    let limit = STANDARD_ERRORS * c.log_gain_se;
    Some((c.log_gain > limit, c.log_gain < -limit))
}

/// The rule with the smallest loss among reference and baselines at the same horizon. Rules that
/// answer much less often face other outcomes and do not count.
pub(super) fn best_rule<'a>(scores: &'a Scores, of: &Score) -> Option<&'a Score> {
    scores
        .rows
        .iter()
        .filter(|r| {
            r.quantity == of.quantity
                && r.horizon == of.horizon
                && matches!(r.role, Role::Reference | Role::Baseline)
                && r.forecasts * 10 >= of.forecasts * 9
        })
        .min_by(|a, b| a.loss.total_cmp(&b.loss))
}

/// Lower median.
fn lower_median(verdicts: &[Verdict]) -> Verdict {
    let mut sorted = verdicts.to_vec();
    sorted.sort_unstable();
    sorted
        .get(sorted.len().saturating_sub(1) / 2)
        .copied()
        .unwrap_or(Verdict::NotScored)
}

/// Items in a sentence: "1, 3 and 5".
fn listed(items: &[String]) -> String {
    match items {
        [] => String::new(),
        [one] => one.clone(),
        [rest @ .., last] => format!("{} and {last}", rest.join(", ")),
    }
}

pub(super) fn block(scores: &Scores, domain: &str, name: &str) -> Block {
    let rows: Vec<&Score> = scores.models().filter(|r| r.domain == domain).collect();
    let judged: Vec<Verdict> = rows
        .iter()
        .map(|r| r.verdict)
        .filter(|v| *v != Verdict::NotScored)
        .collect();
    let verdict = lower_median(&judged);
    let count = |v: Verdict| judged.iter().filter(|w| **w == v).count();
    let trust = rows
        .iter()
        .filter(|r| r.verdict != Verdict::NotScored)
        .filter_map(|r| trust_moves(r))
        .fold((0, 0, 0), |t, (up, down)| {
            (t.0 + 1, t.1 + usize::from(up), t.2 + usize::from(down))
        });
    let counts = [
        Verdict::Worse,
        Verdict::NoBetter,
        Verdict::SlightlyBetter,
        Verdict::Better,
        Verdict::ClearlyBetter,
    ]
    .map(count);
    if judged.is_empty() {
        let (scope, detail) = unscored(domain);
        return Block {
            domain: domain.to_owned(),
            scope: scope.to_owned(),
            verdict: Verdict::NotScored,
            detail: detail.to_owned(),
            counts,
            trust,
        };
    }
    let mut horizons: Vec<i32> = rows.iter().map(|r| r.horizon).collect();
    horizons.sort_unstable();
    horizons.dedup();
    let ahead: Vec<String> = horizons.iter().map(i32::to_string).collect();
    let mut quantities: Vec<&str> = Vec::new();
    for r in &rows {
        if !quantities.contains(&r.quantity.as_str()) {
            quantities.push(&r.quantity);
        }
    }
    let scope = format!(
        "{name}: {} panels, {} years ahead",
        quantities.len(),
        listed(&ahead)
    );
    let mut detail = String::new();
    if verdict <= Verdict::NoBetter {
        detail.push_str(persistence(&counts));
    }
    let _ = write!(
        detail,
        "Skill of the model against {} ({}), {} years ahead: ",
        references(&rows),
        match (rows.iter().any(|r| r.ties), rows.iter().all(|r| r.ties)) {
            (false, _) => "CRPS",
            (true, true) => "log score",
            (true, false) => "CRPS; of ties, log score",
        },
        listed(&ahead)
    );
    let parts: Vec<String> = quantities
        .iter()
        .map(|q| {
            let of: Vec<&&Score> = rows.iter().filter(|r| r.quantity == *q).collect();
            let skills: Vec<String> = of
                .iter()
                .map(|r| match &r.against_reference {
                    Some(c) if r.verdict != Verdict::NotScored => format!(
                        "{}{}",
                        signed(c.skill),
                        if r.verdict > Verdict::NoBetter {
                            "*"
                        } else if r.verdict == Verdict::Worse {
                            "†"
                        } else {
                            ""
                        }
                    ),
                    _ => "too few".to_owned(),
                })
                .collect();
            let title = of.first().map_or(*q, |r| r.title.as_str());
            format!("{title} {}", skills.join(" "))
        })
        .collect();
    detail.push_str(&parts.join("; "));
    let first = rows
        .iter()
        .filter(|r| r.verdict != Verdict::NotScored)
        .filter(|r| best_rule(scores, r).is_some_and(|b| r.loss < b.loss))
        .count();
    let _ = write!(
        detail,
        " (* better, † worse than chance). Its loss is smaller than that of every simple rule in \
         {first} of {} panels and horizons.",
        judged.len()
    );
    if trust.0 > 0 {
        let _ = write!(
            detail,
            " Against its twin {} the model gains in log score by more than two standard errors in \
             {} of {} panels and horizons and loses in {}.",
            if domain == TRUST {
                "that knows each series' own past only"
            } else {
                "without trust"
            },
            trust.1,
            trust.0,
            trust.2
        );
    }
    Block {
        domain: domain.to_owned(),
        scope,
        verdict,
        detail,
        counts,
        trust,
    }
}

/// The sentence on blocks whose verdict is `no_better` or `worse`, from the counts of verdicts.
pub(super) fn persistence(counts: &[usize; 5]) -> &'static str {
    if counts[2..].iter().sum::<usize>() == 0 {
        "This block does no better than persistence. "
    } else {
        "In at least half of its panels and horizons this block does no better than persistence. "
    }
}

/// Names of the references of some rows, in words.
fn references(rows: &[&Score]) -> String {
    let mut names: Vec<String> = Vec::new();
    for r in rows {
        let Some(c) = &r.against_reference else {
            continue;
        };
        let name = if c.opponent == "pooled_markov" {
            "the pooled rate of change".to_owned()
        } else {
            format!("the {}", c.opponent.replace('_', " "))
        };
        if !names.contains(&name) {
            names.push(name);
        }
    }
    listed(&names)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn prop_lower_median_never_flatters() {
        use Verdict::{Better, ClearlyBetter, NoBetter, NotScored, Worse};
        assert_eq!(lower_median(&[]), NotScored);
        assert_eq!(lower_median(&[Better, Worse]), Worse);
        assert_eq!(lower_median(&[ClearlyBetter, NoBetter, Better]), Better);
        assert_eq!(
            lower_median(&[ClearlyBetter, NoBetter, ClearlyBetter, NoBetter]),
            NoBetter
        );
    }

    #[test]
    fn ref_numbers_in_words() {
        assert_eq!(signed(-0.034), "−.03");
        assert_eq!(signed(0.1), "+.10");
        assert_eq!(signed(1.25), "+1.25");
        assert_eq!(listed(&["1".into(), "3".into(), "5".into()]), "1, 3 and 5");
    }
}
