//! The record as a page.

use std::fmt::Write as _;

use super::entry::{best_rule, persistence, signed, trust_moves};
use super::{Record, role};
use crate::rolling::{Role, Score, Verdict};

/// A number with three digits after the point and a proper minus.
fn number(x: f64, digits: usize) -> String {
    if x.is_nan() {
        "–".to_owned()
    } else {
        format!("{x:.digits$}").replace('-', "−")
    }
}

fn optional(x: Option<f64>, digits: usize) -> String {
    x.map_or_else(|| "–".to_owned(), |x| number(x, digits))
}

fn skill(r: &Score) -> String {
    r.against_reference.as_ref().map_or_else(
        || "–".to_owned(),
        |c| {
            let end = |x: f64| {
                if x.is_nan() {
                    "?".to_owned()
                } else {
                    signed(x)
                }
            };
            format!(
                "{} [{}, {}]",
                signed(c.skill),
                end(c.skill_low),
                end(c.skill_high)
            )
        },
    )
}

fn coverage(r: &Score) -> String {
    r.coverage.map_or_else(
        || "–".to_owned(),
        |c| c.map(|x| format!("{:.0}", 100.0 * x)).join(" / "),
    )
}

/// The page.
pub(super) fn page(record: &Record) -> String {
    let mut out = String::from(
        "# The record\n\nWhat every block of the model earned on years that it had not seen. Made by \
         `realign score`; how origins, lags, rules, scores and verdicts are defined stands in \
         `docs/history.md`. Skill is 1 − loss / loss of the reference, with its 90 % interval over \
         blocks of target years; the loss is the CRPS, for ties minus the log score. DM p is the \
         two-sided Diebold–Mariano probability.\n\n",
    );
    blocks(record, &mut out);
    comparisons(record, &mut out);
    for block in &record.blocks {
        let name = super::DOMAINS
            .iter()
            .find(|d| d.0 == block.domain)
            .map_or(block.domain.as_str(), |d| d.1);
        let _ = write!(
            out,
            "\n## {name}: {}\n\n{}\n",
            block.verdict.words(),
            block.detail
        );
        if block.verdict != Verdict::NotScored {
            models(record, &block.domain, &mut out);
        }
    }
    guards(record, &mut out);
    everything(record, &mut out);
    out
}

fn blocks(record: &Record, out: &mut String) {
    out.push_str(
        "| block | verdict | worse | no better | slightly better | better | clearly better | trust \
         helps / hurts / compared |\n|---|---|--:|--:|--:|--:|--:|--:|\n",
    );
    for b in &record.blocks {
        let [worse, no, slightly, better, clearly] = b.counts;
        let _ = writeln!(
            out,
            "| {} | {} | {worse} | {no} | {slightly} | {better} | {clearly} | {} / {} / {} |",
            b.domain,
            b.verdict.words(),
            b.trust.1,
            b.trust.2,
            b.trust.0
        );
    }
}

fn comparisons(record: &Record, out: &mut String) {
    let judged: Vec<&Score> = record
        .scores
        .models()
        .filter(|r| r.verdict != Verdict::NotScored)
        .collect();
    let tested = judged
        .iter()
        .filter(|r| {
            r.against_reference
                .as_ref()
                .and_then(|c| c.dm_p)
                .is_some_and(|p| p < crate::rolling::SIGNIFICANCE)
        })
        .count();
    let _ = write!(
        out,
        "\nThe models were compared with their references in {} panels and horizons; horizons of \
         one panel share most of their years. {} tests have p below .05; if nothing differed, about \
         {:.0} would.\n",
        judged.len(),
        tested,
        crate::rolling::SIGNIFICANCE * judged.len() as f64
    );
    for b in &record.blocks {
        if matches!(b.verdict, Verdict::NoBetter | Verdict::Worse) {
            let _ = write!(
                out,
                "\n**{}: {}**\n",
                b.domain,
                persistence(&b.counts).trim()
            );
        }
    }
}

/// The model of each panel beside the best simple rule and the twin without trust.
fn models(record: &Record, domain: &str, out: &mut String) {
    out.push_str(
        "\n| panel | years ahead | forecasts (years) | skill of the model | DM p | coverage 50 / 80 / \
         90 | Theil U | best rule, its skill | trust: gain in log score (SE) | verdict |\n\
         |---|--:|--:|--:|--:|--:|--:|---|--:|---|\n",
    );
    for r in record.scores.models().filter(|r| r.domain == domain) {
        let best = best_rule(&record.scores, r).map_or_else(
            || "–".to_owned(),
            |b| {
                let own = b.against_reference.as_ref().map_or(0.0, |c| c.skill);
                format!("{} {}", b.predictor, signed(own))
            },
        );
        let trust = r.against_without_trust.as_ref().map_or_else(
            || "–".to_owned(),
            |c| {
                let mark = match trust_moves(r) {
                    Some((true, _)) => " *",
                    Some((_, true)) => " †",
                    _ => "",
                };
                format!(
                    "{} ({}){mark}",
                    number(c.log_gain, 1),
                    number(c.log_gain_se, 1)
                )
            },
        );
        let count = if r.ties {
            format!("{} changes ({})", r.events, r.target_years)
        } else {
            format!("{} ({})", r.forecasts, r.target_years)
        };
        let _ = writeln!(
            out,
            "| {} | {} | {count} | {} | {} | {} | {} | {best} | {trust} | {} |",
            r.title,
            r.horizon,
            skill(r),
            optional(r.against_reference.as_ref().and_then(|c| c.dm_p), 3),
            coverage(r),
            optional(r.theil_u, 3),
            r.verdict.words()
        );
    }
}

fn guards(record: &Record, out: &mut String) {
    let leaks: Vec<String> = record
        .scores
        .guards
        .iter()
        .filter(|g| !g.holds())
        .map(|g| format!("{} ({})", g.quantity, g.leaks.join(", ")))
        .collect();
    let forecasts: usize = record.scores.guards.iter().map(|g| g.forecasts).sum();
    let _ = write!(
        out,
        "\n## Leakage guard\n\nAfter everything that was not public at an origin was shuffled, {} \
         forecasts of {} panels and layers were made again. {}\n",
        forecasts,
        record.scores.guards.len(),
        if leaks.is_empty() {
            "All were the same, bit for bit.".to_owned()
        } else {
            format!(
                "**Changed, so the scores above do not count: {}.**",
                leaks.join("; ")
            )
        }
    );
}

/// Every predictor.
fn everything(record: &Record, out: &mut String) {
    out.push_str("\n## Every predictor\n");
    for block in &record.blocks {
        let rows: Vec<&Score> = record.scores.of_domain(&block.domain).collect();
        let mut panels: Vec<(&str, i32)> = Vec::new();
        for r in &rows {
            if !panels.contains(&(r.quantity.as_str(), r.horizon)) {
                panels.push((&r.quantity, r.horizon));
            }
        }
        for (quantity, horizon) in panels {
            let mut of: Vec<&&Score> = rows
                .iter()
                .filter(|r| r.quantity == quantity && r.horizon == horizon)
                .collect();
            let first = of[0];
            let _ = write!(
                out,
                "\n### {quantity}, {horizon} years ahead\n\n{} ({}); targets {}–{}, {:.1} years \
                 after the newest public row on average{}.\n\n",
                first.title,
                first.unit,
                first.targets.0,
                first.targets.1,
                first.span_years,
                if first.ties {
                    format!("; {} pairs at risk, {} changes", first.wanted, first.events)
                } else {
                    format!(
                        "; {} of {} series scored, {} outcomes",
                        first.series.1, first.series.0, first.wanted
                    )
                }
            );
            of.sort_by(|a, b| a.loss.total_cmp(&b.loss));
            table(&of, out);
        }
    }
}

fn table(rows: &[&&Score], out: &mut String) {
    if rows[0].ties {
        out.push_str(
            "| predictor | role | −log score ×1000 | Brier ×1000 | PR-AUC | skill | DM p | verdict \
             |\n|---|---|--:|--:|--:|--:|--:|---|\n",
        );
    } else {
        out.push_str(
            "| predictor | role | n | CRPS | log score | interval 90 | coverage 50 / 80 / 90 | PIT \
             | Theil U | skill | DM p | verdict |\n|---|---|--:|--:|--:|--:|--:|--:|--:|--:|--:|---|\n",
        );
    }
    for r in rows {
        let p = optional(r.against_reference.as_ref().and_then(|c| c.dm_p), 3);
        let verdict = if r.role == Role::Reference {
            "–"
        } else {
            r.verdict.words()
        };
        let _ = if r.ties {
            writeln!(
                out,
                "| {} | {} | {} | {} | {} | {} | {p} | {verdict} |",
                r.predictor,
                role(r.role),
                number(1000.0 * r.loss, 3),
                optional(r.brier.map(|b| 1000.0 * b), 3),
                optional(r.average_precision, 4),
                skill(r),
            )
        } else {
            writeln!(
                out,
                "| {} | {} | {} | {} | {} | {} | {} | {} | {} | {} | {p} | {verdict} |",
                r.predictor,
                role(r.role),
                r.forecasts,
                number(r.loss, 4),
                number(r.log_score, 3),
                optional(r.interval_score, 3),
                coverage(r),
                optional(r.pit_distance, 2),
                optional(r.theil_u, 3),
                skill(r),
            )
        };
    }
}
