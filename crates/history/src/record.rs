//! The record: what every block earned on years that it had not seen.
//!
//! [`Record::of`] reads [`Scores`] and nothing else: every word and number of the record is made
//! from them. It is written as a page ([`Record::markdown`]), as a table ([`Record::table`]), as
//! JSON, and as the short entries that the brief quotes ([`Record::toml`]).

mod entry;
mod markdown;

use std::fmt::Write as _;

use realign_atlas::build::{Cell, TableWriter};
use serde::Serialize;

use crate::rolling::{Role, Score, Scores, Verdict};

/// Domains of the model in the order of the brief, with what they are called there.
pub const DOMAINS: [(&str, &str); 7] = [
    ("trust", "Trust"),
    ("security", "Security"),
    ("trade", "Trade"),
    ("arms", "Arms"),
    ("finance", "Finance"),
    ("standards", "Standards"),
    ("exposure", "Exposure"),
];

/// What a block earned as a whole.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Block {
    /// Domain.
    pub domain: String,
    /// What was scored.
    pub scope: String,
    /// Lower median of the verdicts on its model over panels and horizons.
    pub verdict: Verdict,
    /// What was compared, in sentences made from the scores.
    pub detail: String,
    /// Panels and horizons with a verdict, by verdict from `worse` to `clearly_better`.
    pub counts: [usize; 5],
    /// Panels and horizons in which the model was compared with its twin without trust, those in
    /// which trust helps (gain in log score above two standard errors), and those in which it hurts.
    pub trust: (usize, usize, usize),
}

/// The record of a run.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Record {
    /// One a domain, in the order of [`DOMAINS`].
    pub blocks: Vec<Block>,
    /// All scores.
    pub scores: Scores,
}

impl Record {
    /// From the scores of a run.
    pub fn of(scores: &Scores) -> Self {
        Self {
            blocks: DOMAINS
                .iter()
                .map(|(domain, name)| entry::block(scores, domain, name))
                .collect(),
            scores: scores.clone(),
        }
    }

    /// The page `backtests/RECORD.md`.
    pub fn markdown(&self) -> String {
        markdown::page(self)
    }

    /// As JSON, indented.
    pub fn json(&self) -> String {
        serde_json::to_string_pretty(self).unwrap_or_default()
    }

    /// The entries of `backtests/record.toml`.
    pub fn toml(&self) -> String {
        let mut out = String::from(
            "# The record: how each part did on years it had not seen, against the simple rule \
             named in\n# backtests/RECORD.md. Verdicts: clearly_better, better, slightly_better, \
             no_better, worse,\n# not_scored. Made by `realign score`; the rule is in \
             docs/history.md.\n",
        );
        for b in &self.blocks {
            let text = |s: &str| toml::Value::String(s.to_owned()).to_string();
            let _ = write!(
                out,
                "\n[[record]]\ndomain = {}\nscope = {}\nverdict = {}\ndetail = {}\n",
                text(&b.domain),
                text(&b.scope),
                text(b.verdict.id()),
                text(&b.detail)
            );
        }
        out
    }

    /// One row for each quantity, horizon and predictor; what does not apply is NaN.
    pub fn table(&self) -> TableWriter {
        let rows = &self.scores.rows;
        let text = |f: &dyn Fn(&Score) -> String| Cell::Text(rows.iter().map(f).collect());
        let int = |f: &dyn Fn(&Score) -> i32| Cell::Int(rows.iter().map(f).collect());
        let real = |f: &dyn Fn(&Score) -> Option<f64>| {
            Cell::Real(rows.iter().map(|r| f(r).unwrap_or(f64::NAN)).collect())
        };
        let level = |k: usize| real(&move |r| r.coverage.map(|c| c[k]));
        TableWriter::default()
            .column("domain", text(&|r| r.domain.clone()))
            .column("quantity", text(&|r| r.quantity.clone()))
            .column("horizon", int(&|r| r.horizon))
            .column("predictor", text(&|r| r.predictor.clone()))
            .column("role", text(&|r| role(r.role).to_owned()))
            .column("forecasts", int(&|r| r.forecasts as i32))
            .column("target_years", int(&|r| r.target_years as i32))
            .column("first_target", int(&|r| r.targets.0))
            .column("last_target", int(&|r| r.targets.1))
            .column("events", int(&|r| r.events as i32))
            .column("loss", real(&|r| Some(r.loss)))
            .column("log_score", real(&|r| Some(r.log_score)))
            .column("interval_score_90", real(&|r| r.interval_score))
            .column("coverage_50", level(0))
            .column("coverage_80", level(1))
            .column("coverage_90", level(2))
            .column("pit_distance", real(&|r| r.pit_distance))
            .column("theil_u", real(&|r| r.theil_u))
            .column("brier", real(&|r| r.brier))
            .column("average_precision", real(&|r| r.average_precision))
            .column("skill", real(&|r| against(r).map(|c| c.skill)))
            .column("skill_low", real(&|r| against(r).map(|c| c.skill_low)))
            .column("skill_high", real(&|r| against(r).map(|c| c.skill_high)))
            .column("dm_p", real(&|r| against(r).and_then(|c| c.dm_p)))
            .column(
                "trust_log_gain",
                real(&|r| r.against_without_trust.as_ref().map(|c| c.log_gain)),
            )
            .column(
                "trust_log_gain_se",
                real(&|r| r.against_without_trust.as_ref().map(|c| c.log_gain_se)),
            )
            .column("verdict", text(&|r| r.verdict.id().to_owned()))
    }
}

fn against(r: &Score) -> Option<&crate::rolling::Comparison> {
    r.against_reference.as_ref()
}

/// A role in words.
fn role(role: Role) -> &'static str {
    match role {
        Role::Reference => "reference",
        Role::Baseline => "baseline",
        Role::Variant => "variant",
        Role::Model => "model",
        Role::WithoutTrust => "without trust",
    }
}
