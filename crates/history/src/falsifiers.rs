//! What would falsify the model, written down before any score was seen (MODEL.md §9, F1–F13), and
//! what the record says.

use std::collections::BTreeMap;
use std::fmt::Write;

use realign_atlas::{Atlas, StateId, Year};
use realign_model::params::{Params, Prior};
use realign_model::trust::estimate::event_feedback;
use realign_model::trust::filter::answers::{Answer, Coefficient, answers};
use realign_model::trust::filter::{Hyper, Machine, Panel, Posterior};
use realign_numerics::logit::{self, Logit};
use serde::Serialize;

use crate::HistoryError;
use crate::episodes::{EpisodeResult, Placebos, Sign};
use crate::rolling::{Score, Scores};

/// Domains of the model that trust enters.
const BLOCKS: usize = 6;
/// Blocks in which trust must earn nothing for F1 to refute.
const BLOCKS_FOR_F1: usize = 4;
/// Chance of R > 1 that counts as a warning (F4).
const WARNING: f64 = 0.8;
/// Largest effect on trade that a security quarrel may have (F7).
const TRADE_PLACEBO: f64 = 0.05;
/// Largest share of exporters with the wrong sign (F8).
const WRONG_SIGN: f64 = 0.4;
/// Largest share of false alarms (F12).
const FALSE_ALARMS: f64 = 0.1;
/// Coverage of the 90 % interval outside of which a block is refuted (F6).
const COVERAGE: (f64, f64) = (0.75, 0.99);
/// Episodes after which relations recovered within four years (F4).
const RECOVERED: [&str; 3] = ["trump-first-term-2017", "japan-korea-2019", "iraq-2003"];
/// Years of outcomes of the record of defence cooperation agreements (F9).
const HEDGING_YEARS: (i32, i32) = (1981, 2010);

/// What the record says.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Verdict {
    /// The test was made and did not refute.
    Held,
    /// The test was made and refuted.
    Refuted,
    /// The data or the runs do not allow the test yet.
    NotYetTestable,
}

impl Verdict {
    /// In words.
    pub fn words(self) -> &'static str {
        match self {
            Self::Held => "held",
            Self::Refuted => "refuted",
            Self::NotYetTestable => "not yet testable",
        }
    }

    fn refuted_if(refuted: bool) -> Self {
        if refuted { Self::Refuted } else { Self::Held }
    }
}

/// One falsifier with its verdict.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Falsifier {
    /// `F1` to `F13`.
    pub id: &'static str,
    /// What would refute.
    pub statement: &'static str,
    /// What the record says.
    pub verdict: Verdict,
    /// Numbers and their source.
    pub evidence: String,
}

/// All falsifiers in their order, from the scores of rolling origins, the episodes and the placebos
/// where they were run, and the estimates on `atlas`.
pub fn falsifiers(
    atlas: &Atlas,
    scores: Option<&Scores>,
    episodes: &[EpisodeResult],
    placebos: Option<&Placebos>,
) -> Result<Vec<Falsifier>, HistoryError> {
    let priors = Params::priors()?;
    let seen = conduct_and_trust(atlas)?;
    let rows: &[Score] = scores.map_or(&[], |s| &s.rows);
    Ok(vec![
        trust_earns(rows),
        reputation(atlas, &priors, &seen)?,
        negativity(&priors, &seen),
        early_warning(episodes),
        warning_skill(episodes),
        coverage(rows),
        trade_placebo(episodes),
        diversion(episodes),
        hedging(atlas)?,
        Falsifier {
            id: "F10",
            statement: "Fragmentation does not raise adaptability and lower stability (H-AS)",
            verdict: Verdict::NotYetTestable,
            evidence: "Needs experiments that remove the hub on the networks of 1950 to 2018 and a regression of the next decade's turnover of ties on overlap; neither has been run.".to_owned(),
        },
        Falsifier {
            id: "F11",
            statement: "The ranking of exposures does not beat import share times concentration on five disruptions",
            verdict: Verdict::NotYetTestable,
            evidence: "Trade in raw materials is in the atlas from 2020, dependence by layer for today only: four of the five disruptions are earlier.".to_owned(),
        },
        false_alarms(placebos),
        surprise(&priors, &seen),
    ])
}

fn trust_earns(rows: &[Score]) -> Falsifier {
    // Gain in log score of the model over its twin without trust, by domain: summed over the
    // quantities of the nearest horizon, errors as if independent.
    let mut nearest: BTreeMap<&str, i32> = BTreeMap::new();
    let compared: Vec<&Score> = rows
        .iter()
        .filter(|r| r.against_without_trust.is_some())
        .collect();
    for r in &compared {
        let h = nearest.entry(&r.quantity).or_insert(r.horizon);
        *h = (*h).min(r.horizon);
    }
    let mut blocks: BTreeMap<&str, (f64, f64)> = BTreeMap::new();
    for r in &compared {
        if let Some(c) = r
            .against_without_trust
            .as_ref()
            .filter(|_| nearest[r.quantity.as_str()] == r.horizon)
        {
            let b = blocks.entry(&r.domain).or_default();
            b.0 += c.log_gain;
            b.1 += c.log_gain_se.powi(2);
        }
    }
    let earns = |b: &(f64, f64)| b.0 >= 2.0 * b.1.sqrt() && b.0 > 0.0;
    let nothing = blocks.values().filter(|b| !earns(b)).count();
    let said: Vec<String> = blocks
        .iter()
        .map(|(d, b)| format!("{d} {:+.1} nats (SE {:.1})", b.0, b.1.sqrt()))
        .collect();
    let verdict = if nothing >= BLOCKS_FOR_F1 {
        Verdict::Refuted
    } else if blocks.len() - nothing > BLOCKS - BLOCKS_FOR_F1 {
        Verdict::Held
    } else {
        Verdict::NotYetTestable
    };
    let evidence = if blocks.is_empty() {
        "No quantity was scored with and without trust.".to_owned()
    } else {
        format!(
            "Gain in log score of the model with trust over the one without, nearest horizon, by block: {}. Trust earns nothing (below two standard errors) in {nothing} of {} blocks compared; {BLOCKS_FOR_F1} of {BLOCKS} refute.",
            said.join(", "),
            blocks.len()
        )
    };
    Falsifier {
        id: "F1",
        statement: "Trust earns nothing: dropping it does not worsen the log score in four of six blocks",
        verdict,
        evidence,
    }
}

/// Probability that a parameter is at most `bound` by its prior, by quantiles.
fn below(params: &Params, id: &str, bound: f64) -> f64 {
    const CELLS: usize = 2000;
    let Some((p, _)) = params.get(id) else {
        return f64::NAN;
    };
    let under = (0..CELLS)
        .filter(|k| p.prior.quantile((*k as f64 + 0.5) / CELLS as f64) <= bound)
        .count();
    under as f64 / CELLS as f64
}

/// Probability from which one side of a sign counts as shown.
const SHOWN: f64 = 0.9;

/// Regressions of surprises in votes and polls on the conduct of the year before.
fn conduct_and_trust(atlas: &Atlas) -> Result<Vec<Answer>, HistoryError> {
    let panel = Panel::read(atlas)?;
    let hyper = Hyper::embedded()?;
    let mode = Posterior::embedded()?.mode(&hyper);
    Ok(answers(&Machine::new(&hyper.values(&mode)?), &panel))
}

/// One coefficient of every source, in words.
fn said(seen: &[Answer], of: impl Fn(&Answer) -> Coefficient) -> String {
    let each: Vec<String> = seen
        .iter()
        .map(|a| {
            let c = of(a);
            format!(
                "{} {:+.3} (SE {:.3}, above zero with {:.0} %)",
                a.source,
                c.estimate,
                c.se,
                100.0 * c.above_zero()
            )
        })
        .collect();
    if each.is_empty() {
        "no source has enough targets".to_owned()
    } else {
        each.join(", ")
    }
}

/// Held when every source shows the sign, refuted when every source shows the other one.
fn by_sign(seen: &[Answer], of: impl Fn(&Answer) -> Coefficient) -> Verdict {
    let shares: Vec<f64> = seen.iter().map(|a| of(a).above_zero()).collect();
    if shares.is_empty() {
        Verdict::NotYetTestable
    } else if shares.iter().all(|p| *p <= 1.0 - SHOWN) {
        Verdict::Refuted
    } else if shares.iter().all(|p| *p >= SHOWN) {
        Verdict::Held
    } else {
        Verdict::NotYetTestable
    }
}

fn reputation(
    atlas: &Atlas,
    priors: &Params,
    answers: &[Answer],
) -> Result<Falsifier, HistoryError> {
    // Votes have lost the mean of the state voted with: they cannot show what all hold of it.
    let polls: Vec<Answer> = answers
        .iter()
        .filter(|a| a.source == "polls")
        .cloned()
        .collect();
    let events = event_feedback(atlas)?;
    let seen = events.map_or_else(
        || "no events are in the atlas".to_owned(),
        |e| {
            format!(
                "in ICEWS events the coefficient on conduct towards third parties is {:.3}, its share of the loop gain is not told apart from reciprocity (loop gain {:.2}, SE {:.2})",
                e.third, e.loop_gain, e.loop_gain_se
            )
        },
    );
    Ok(Falsifier {
        id: "F2",
        statement: "κ is not above zero with 90 % probability: no spill-over of reputation",
        verdict: by_sign(&polls, |a| a.third),
        evidence: format!(
            "Surprises in next year's polls about a state on its conduct to third parties (ICEWS 2002–2014, latent trust, SD per SD): {}; votes have lost the mean of the state voted with and cannot show it. κ keeps its prior, which gives {:.0} % to κ ≤ 0; {seen}.",
            said(&polls, |a| a.third),
            100.0 * below(priors, "trust.reputation", 0.0)
        ),
    })
}

fn negativity(priors: &Params, answers: &[Answer]) -> Falsifier {
    Falsifier {
        id: "F3",
        statement: "Bad conduct does not weigh more than good, with 90 % probability",
        verdict: by_sign(answers, |a| a.bad_less_good),
        evidence: format!(
            "Answer of surprises in next year's votes and polls to bad conduct less that to good conduct: {}. The ratio keeps its prior, which gives {:.0} % to at most one. In the prototype the t value ran from +1.5 to −2.9 with the reference point (EVIDENCE.md): no asymmetry is claimed anywhere.",
            said(answers, |a| a.bad_less_good),
            100.0 * below(priors, "trust.negativity_ratio", 1.0)
        ),
    }
}

fn early_warning(episodes: &[EpisodeResult]) -> Falsifier {
    let cases: Vec<&EpisodeResult> = episodes
        .iter()
        .filter(|e| RECOVERED.contains(&e.name.as_str()))
        .collect();
    let warned = cases
        .iter()
        .filter(|e| e.chance_of_spiral > WARNING)
        .count();
    let said: Vec<String> = cases
        .iter()
        .map(|e| format!("{} {:.2}", e.name, e.chance_of_spiral))
        .collect();
    Falsifier {
        id: "F4",
        statement: "P(R > 1) above .8 in three cases that recovered within four years: R is no early warning",
        verdict: if cases.len() < RECOVERED.len() {
            Verdict::NotYetTestable
        } else {
            Verdict::refuted_if(warned >= RECOVERED.len())
        },
        evidence: format!(
            "P(R > 1) at the origin, almost all of it prior: {}. Above {WARNING} in {warned} of {}.",
            said.join(", "),
            cases.len()
        ),
    }
}

fn warning_skill(episodes: &[EpisodeResult]) -> Falsifier {
    let r = episodes.iter().map(|e| e.growth_median);
    let (low, high) = r.fold((f64::INFINITY, f64::NEG_INFINITY), |(l, h), v| {
        (l.min(v), h.max(v))
    });
    Falsifier {
        id: "F5",
        statement: "R has no skill over variance, autocorrelation and base rate for drops two years ahead",
        verdict: Verdict::NotYetTestable,
        evidence: format!(
            "R is a function of the coefficients and of the hazard of turnover: at the {} origins of the episodes its median runs from {low:.3} to {high:.3}, so it cannot tell one year from another. It is printed as a diagnostic, never as a warning.",
            episodes.len()
        ),
    }
}

fn coverage(rows: &[Score]) -> Falsifier {
    let mut blocks: BTreeMap<&str, (f64, f64)> = BTreeMap::new();
    for r in rows
        .iter()
        .filter(|r| r.role == crate::rolling::Role::Model)
    {
        if let Some(c) = r.coverage {
            let b = blocks.entry(&r.domain).or_default();
            b.0 += c[2] * r.forecasts as f64;
            b.1 += r.forecasts as f64;
        }
    }
    let share: BTreeMap<&str, f64> = blocks.iter().map(|(d, b)| (*d, b.0 / b.1)).collect();
    let outside: Vec<&str> = share
        .iter()
        .filter(|s| *s.1 < COVERAGE.0 || *s.1 > COVERAGE.1)
        .map(|s| *s.0)
        .collect();
    let said: Vec<String> = share
        .iter()
        .map(|(d, c)| format!("{d} {:.1} %", 100.0 * c))
        .collect();
    Falsifier {
        id: "F6",
        statement: "90 % intervals cover less than 75 % or more than 99 % of outcomes in any block",
        verdict: if share.is_empty() {
            Verdict::NotYetTestable
        } else {
            Verdict::refuted_if(!outside.is_empty())
        },
        evidence: if share.is_empty() {
            "No rolling scores.".to_owned()
        } else {
            format!(
                "Coverage of 90 % intervals of the model's own forecasts, all horizons: {}. Outside the limits: {}.",
                said.join(", "),
                if outside.is_empty() {
                    "none".to_owned()
                } else {
                    outside.join(", ")
                }
            )
        },
    }
}

fn trade_placebo(episodes: &[EpisodeResult]) -> Falsifier {
    let mut largest: Option<(f64, String)> = None;
    let mut count = 0;
    for e in episodes {
        for r in e
            .rows
            .iter()
            .filter(|r| r.tag.as_deref() == Some("trade-placebo"))
        {
            if let Some(f) = r.effect {
                count += 1;
                if largest.as_ref().is_none_or(|l| l.0 < f.median.abs()) {
                    let name = format!(
                        "{}, {}–{} {}",
                        e.name,
                        r.entity.clone().unwrap_or_default(),
                        r.partner.clone().unwrap_or_default(),
                        r.year
                    );
                    largest = Some((f.median.abs(), name));
                }
            }
        }
    }
    Falsifier {
        id: "F7",
        statement: "The model moves trade by more than 5 % after France 1966 or New Zealand 1985",
        verdict: largest.as_ref().map_or(Verdict::NotYetTestable, |l| {
            Verdict::refuted_if(l.0 > TRADE_PLACEBO)
        }),
        evidence: largest.map_or_else(
            || "The two episodes were not run.".to_owned(),
            |(v, name)| {
                format!(
                    "Largest median effect on exports over {count} flows and years: {:.2} % ({name}).",
                    100.0 * v
                )
            },
        ),
    }
}

fn diversion(episodes: &[EpisodeResult]) -> Falsifier {
    let mut rows: Vec<&crate::episodes::Row> = Vec::new();
    for e in episodes {
        let last = e.last_rows();
        rows.extend(
            last.into_iter()
                .filter(|r| r.tag.as_deref() == Some("diversion")),
        );
    }
    let signs: Vec<(Sign, Sign, bool)> = rows
        .iter()
        .filter_map(|r| {
            let (effect, gap) = (r.effect?, r.gap.as_ref()?);
            Some((Sign::of(effect.median), Sign::of(gap.value), gap.is_clear()))
        })
        .collect();
    let wrong = signs.iter().filter(|s| s.0 != s.1).count();
    let clear = signs.iter().filter(|s| s.2).count();
    let share = wrong as f64 / signs.len().max(1) as f64;
    Falsifier {
        id: "F8",
        statement: "US–China 2018: diversion to third countries has the wrong sign for more than 40 % of the twenty largest exporters",
        verdict: if signs.is_empty() {
            Verdict::NotYetTestable
        } else {
            Verdict::refuted_if(share > WRONG_SIGN)
        },
        evidence: if signs.is_empty() {
            "The episode was not run.".to_owned()
        } else {
            format!(
                "Wrong sign for {wrong} of {} exporters to the United States ({:.0} %), last year with trade, against the gap to the synthetic control; only {clear} of these gaps are beyond what the comparison exporters show without tariffs.",
                signs.len(),
                100.0 * share
            )
        },
    }
}

/// A logit of state-years: does a state with a pact with the United States conclude a defence
/// cooperation agreement with a third state more often where it votes further from the United
/// States?
fn hedging(atlas: &Atlas) -> Result<Falsifier, HistoryError> {
    const K: usize = 6;
    let statement = "Hedging: low trust in the guarantor does not raise agreements with third states (interval of the coefficient includes zero)";
    let Some(usa) = atlas.states().by_iso3("USA") else {
        return Ok(Falsifier {
            id: "F9",
            statement,
            verdict: Verdict::NotYetTestable,
            evidence: "No United States in the atlas.".to_owned(),
        });
    };
    let agreements = atlas.spells("defence_cooperation")?;
    let pacts = atlas.spells("defence_pact")?;
    let points = atlas.state_series("ideal_point")?;
    let cinc = atlas.state_series("cinc")?;
    let apart = |i: StateId, y: i32| {
        let own = points.at(i, Year(y))?;
        Some((own - points.at(usa, Year(y))?).abs())
    };
    let (mut x, mut y, mut who) = (Vec::new(), Vec::new(), Vec::new());
    for outcome in HEDGING_YEARS.0..=HEDGING_YEARS.1 {
        let then = outcome - 1;
        for i in (0..atlas.n()).map(StateId::from_index) {
            if i == usa || !pacts.tied(i, usa, Year(then)) {
                continue;
            }
            let (Some(now), Some(before), Some(c)) =
                (apart(i, then), apart(i, then - 3), cinc.at(i, Year(then)))
            else {
                continue;
            };
            let (mut held, mut new) = (0usize, false);
            for s in agreements.rows().iter().filter(|s| s.a == i || s.b == i) {
                let other = if s.a == i { s.b } else { s.a };
                held += usize::from(s.start.0 <= then && s.end.is_none_or(|e| e.0 > then));
                new |= other != usa && s.start.0 == outcome;
            }
            x.extend([
                1.0,
                now,
                now - before,
                (held as f64).ln_1p(),
                c.max(1e-6).ln(),
                f64::from(outcome - 1995) / 10.0,
            ]);
            y.push(f64::from(u8::from(new)));
            who.push(i.index());
        }
    }
    let fit = logit::fit(&Logit::new(&x, K, &y))?;
    let se = clustered(&x, K, &y, &who, &fit);
    let interval = |k: usize| {
        let half = 1.96 * se[k];
        (fit.coefficient[k] - half, fit.coefficient[k] + half)
    };
    let (level, change) = (interval(1), interval(2));
    Ok(Falsifier {
        id: "F9",
        statement,
        verdict: Verdict::refuted_if(level.0 <= 0.0),
        evidence: format!(
            "Logit of {} state-years {}–{} of states with a defence pact with the United States, {} with a new agreement with a third state; clustered by state, with agreements held, capability and trend. Per point of ideal-point distance to the United States {:+.2} [{:+.2}, {:+.2}]; per point of its change over three years {:+.2} [{:+.2}, {:+.2}]. The record of agreements ends in 2010, distance in votes stands for distrust.",
            y.len(),
            HEDGING_YEARS.0,
            HEDGING_YEARS.1,
            y.iter().filter(|v| **v > 0.0).count(),
            fit.coefficient[1],
            level.0,
            level.1,
            fit.coefficient[2],
            change.0,
            change.1
        ),
    })
}

/// Standard errors that allow the years of one state to go together.
fn clustered(
    x: &[f64],
    columns: usize,
    y: &[f64],
    who: &[usize],
    fit: &logit::LogitFit,
) -> Vec<f64> {
    let mut scores: BTreeMap<usize, Vec<f64>> = BTreeMap::new();
    for (r, state) in who.iter().enumerate() {
        let row = &x[r * columns..(r + 1) * columns];
        let residual = y[r] - fit.probability(row, 0.0);
        let sum = scores.entry(*state).or_insert_with(|| vec![0.0; columns]);
        for (s, v) in sum.iter_mut().zip(row) {
            *s += residual * v;
        }
    }
    let g = scores.len() as f64;
    (0..columns)
        .map(|a| {
            let moved = scores.values().map(|s| {
                let v: f64 = (0..columns)
                    .map(|b| fit.covariance[a * columns + b] * s[b])
                    .sum();
                v * v
            });
            (moved.sum::<f64>() * g / (g - 1.0)).sqrt()
        })
        .collect()
}

fn false_alarms(placebos: Option<&Placebos>) -> Falsifier {
    Falsifier {
        id: "F12",
        statement: "More than 10 % of random shocks give an effect beyond the 95 % band",
        verdict: placebos.map_or(Verdict::NotYetTestable, |p| {
            Verdict::refuted_if(p.alarm_rate(None) > FALSE_ALARMS)
        }),
        evidence: placebos.map_or_else(
            || "The placebos were not run.".to_owned(),
            |p| {
                format!(
                    "{} random shocks that never happened: alarms in {:.1} % of {} shocks and quantities ({:.0} % of shocks with at least one of three); the model alone goes beyond the quiet band in {:.1} %; gaps to the synthetic control are beyond its band in {:.1} % where 5 % would be right.",
                    p.shocks,
                    100.0 * p.alarm_rate(None),
                    p.rows.len(),
                    100.0 * p.shocks_with_alarm(),
                    100.0 * p.claim_rate(),
                    100.0 * p.gap_rate()
                )
            },
        ),
    }
}

fn surprise(priors: &Params, answers: &[Answer]) -> Falsifier {
    let fixed = priors.get("trust.surprise_rule").map(|p| &p.0.prior);
    // Only surprises count: they move trust and what was expected does not, in every source.
    let excluded = !answers.is_empty()
        && answers.iter().all(|a| {
            a.surprise.above_zero() >= SHOWN
                && a.expected.estimate + 1.282 * a.expected.se < 0.2 * a.surprise.estimate
        });
    let rule = match fixed {
        Some(Prior::Fixed { value }) => {
            format!("ξ is held at {value} and the other value is a scenario")
        }
        _ => "ξ keeps its prior".to_owned(),
    };
    Falsifier {
        id: "F13",
        statement: "ξ is at least .8 with 90 % probability: a self-sustaining spiral is excluded",
        verdict: if excluded {
            Verdict::Refuted
        } else if !answers.is_empty() && answers.iter().all(|a| a.expected.above_zero() >= SHOWN) {
            Verdict::Held
        } else {
            Verdict::NotYetTestable
        },
        evidence: format!(
            "{rule}. Answer of surprises in next year's votes and polls to conduct that the filter expected: {}; to conduct that it did not expect: {}. Refuted only if the unexpected moves trust and the expected does not: {}; held where the expected still moves it. No spiral is claimed.",
            said(answers, |a| a.expected),
            said(answers, |a| a.surprise),
            if excluded { "so it is" } else { "not so" }
        ),
    }
}

/// The table as Markdown, with a count of the verdicts.
pub fn markdown(falsifiers: &[Falsifier]) -> String {
    let mut t = String::from(
        "# What would falsify the model\n\nWritten down before any score was seen (the model page, section 9). *Held* means that the test was made and did not refute, not that the statement behind it is proved.\n\n| | would be refuted if | verdict | evidence |\n|---|---|---|---|\n",
    );
    for f in falsifiers {
        let _ = writeln!(
            t,
            "| {} | {} | **{}** | {} |",
            f.id,
            f.statement,
            f.verdict.words(),
            f.evidence
        );
    }
    let count = |v: Verdict| falsifiers.iter().filter(|f| f.verdict == v).count();
    let _ = writeln!(
        t,
        "\n{} held, {} refuted, {} not yet testable.",
        count(Verdict::Held),
        count(Verdict::Refuted),
        count(Verdict::NotYetTestable)
    );
    t
}
