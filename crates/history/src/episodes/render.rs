//! Episodes and placebos as text.

use std::collections::BTreeMap;
use std::fmt::Write;

use realign_numerics::stats;

use super::placebo::Placebos;
use super::result::{EpisodeResult, Row, Verdict};

/// Verdicts in the order of tables.
const VERDICTS: [Verdict; 10] = [
    Verdict::Hit,
    Verdict::WeakHit,
    Verdict::WeakMiss,
    Verdict::Miss,
    Verdict::QuietAsItShould,
    Verdict::FalseAlarm,
    Verdict::NothingHappened,
    Verdict::Silent,
    Verdict::NoTruth,
    Verdict::NoAnswer,
];

/// A number with four significant digits at most.
fn number(x: f64) -> String {
    if !x.is_finite() {
        return "–".to_owned();
    }
    let digits = match x.abs() {
        v if v >= 1000.0 => 0,
        v if v >= 100.0 => 1,
        v if v >= 1.0 => 2,
        v if v >= 0.1 => 3,
        0.0 => 0,
        _ => 4,
    };
    format!("{x:.digits$}")
}

fn who(r: &Row) -> String {
    let mut out = r.entity.clone().unwrap_or_default();
    if let Some(p) = &r.partner {
        let _ = write!(out, "–{p}");
    }
    if let Some(i) = &r.item {
        let _ = write!(out, " {i}");
    }
    out.trim().to_owned()
}

/// All episodes and the placebos as Markdown: a summary, then a table an episode.
pub fn markdown(results: &[EpisodeResult], placebos: Option<&Placebos>) -> String {
    let mut t = String::new();
    let _ = writeln!(t, "# Episodes\n");
    let _ = writeln!(
        t,
        "Verdicts by the last observed year of each observable: hit and miss compare the direction \
         of the model's effect with a gap to the synthetic control that is beyond the 95 % band of \
         the comparison series; weak ones with a gap within it.\n"
    );
    let heads: Vec<&str> = VERDICTS.iter().map(|v| v.words()).collect();
    let _ = writeln!(
        t,
        "| episode | origin | draws | guard | {} |",
        heads.join(" | ")
    );
    let _ = writeln!(t, "|---|---|---|---|{}", "---|".repeat(VERDICTS.len()));
    for r in results {
        let guard = match r.guard_held {
            Some(true) => "held",
            Some(false) => "BROKEN",
            None => "not run",
        };
        let counts: Vec<String> = VERDICTS.iter().map(|v| r.count(*v).to_string()).collect();
        let _ = writeln!(
            t,
            "| {} | {} | {} | {guard} | {} |",
            r.name,
            r.origin,
            r.draws,
            counts.join(" | ")
        );
    }
    let sum: Vec<String> = VERDICTS
        .iter()
        .map(|v| {
            results
                .iter()
                .map(|r| r.count(*v))
                .sum::<usize>()
                .to_string()
        })
        .collect();
    let _ = writeln!(t, "| **all** | | | | {} |\n", sum.join(" | "));
    let (better, worse) = against_persistence(results);
    let _ = writeln!(
        t,
        "Mean CRPS of the arm with the acts is below persistence in {better} and not below in \
         {worse} observables and years.\n"
    );
    let (met, told) = results.iter().fold((0, 0), |s, r| {
        let (m, n) = r.written_signs();
        (s.0 + m, s.1 + n)
    });
    let _ = writeln!(
        t,
        "Directions written into the files before the run agree with the gap in {met} of {told} \
         observables.\n"
    );
    for (domain, ratio, rows) in sizes(results) {
        let _ = writeln!(
            t,
            "- {domain}: where the gap is beyond the band ({rows} observables and years), the median \
             of the model's effect over the gap is {ratio:.2}"
        );
    }
    let _ = writeln!(t);
    for r in results {
        episode(&mut t, r);
    }
    if let Some(p) = placebos {
        placebo_section(&mut t, p);
    }
    t
}

/// Observables and years in which the shock arm scores better than persistence, and not.
pub(crate) fn against_persistence(results: &[EpisodeResult]) -> (usize, usize) {
    let scores = results.iter().flat_map(|r| &r.rows).filter_map(|r| r.crps);
    let known = scores.filter(|c| c.iter().all(|v| v.is_finite()));
    known.fold(
        (0, 0),
        |(b, w), c| {
            if c[0] < c[2] { (b + 1, w) } else { (b, w + 1) }
        },
    )
}

/// Median of effect over gap by domain, over observables and years whose gap is beyond the band of
/// the comparison series, with their number: one is the right size, zero is silence, below zero the
/// wrong direction.
pub fn sizes(results: &[EpisodeResult]) -> Vec<(String, f64, usize)> {
    let mut by: BTreeMap<String, Vec<f64>> = BTreeMap::new();
    for r in results.iter().flat_map(|r| &r.rows).filter(|r| !r.placebo) {
        if let (Some(domain), Some(e), Some(g)) = (&r.domain, &r.effect, &r.gap)
            && g.donors > 0
            && g.is_clear()
        {
            by.entry(domain.clone())
                .or_default()
                .push(e.median / g.value);
        }
    }
    by.into_iter()
        .map(|(d, v)| (d, stats::quantile_sorted(&stats::sorted(&v), 0.5), v.len()))
        .collect()
}

fn episode(t: &mut String, r: &EpisodeResult) {
    let _ = writeln!(t, "## {} ({})\n", r.title, r.name);
    let _ = writeln!(
        t,
        "Known to the end of {}; hegemon {}; {} draws, {} paths failed; {} parameters estimated on \
         what was known, {} kept at their prior; goods trade forecast from `{}` and judged by `{}`. Distrust grows by itself in \
         {:.0} % of draws (median R {:.3}).\n",
        r.origin,
        r.hegemon,
        r.draws,
        r.failed_paths,
        r.estimated.len(),
        r.kept.len(),
        r.goods_tables.0,
        r.goods_tables.1,
        100.0 * r.chance_of_spiral,
        r.growth_median,
    );
    let _ = writeln!(
        t,
        "| quantity | who | year | last known | quiet 5–50–95 % | with the acts 5–50–95 % | observed | CRPS acts / quiet / persistence | effect (model) | gap (truth) ± band | expected | verdict |"
    );
    let _ = writeln!(t, "|---|---|---|---|---|---|---|---|---|---|---|---|");
    for row in &r.rows {
        let spread = |s: &Option<super::Spread>| {
            s.map_or_else(
                || "–".to_owned(),
                |s| {
                    if s.q05 == s.q95 {
                        number(s.q50)
                    } else {
                        format!("{}–{}–{}", number(s.q05), number(s.q50), number(s.q95))
                    }
                },
            )
        };
        let crps = row
            .crps
            .map_or_else(|| "–".to_owned(), |c| c.map(number).join(" / "));
        let effect = row.effect.map_or_else(
            || "–".to_owned(),
            |e| {
                format!(
                    "{} [{}, {}]",
                    number(e.median),
                    number(e.q05),
                    number(e.q95)
                )
            },
        );
        let gap = row.gap.as_ref().map_or_else(
            || "–".to_owned(),
            |g| {
                if g.donors == 0 {
                    format!("{} (change)", number(g.value))
                } else {
                    format!("{} ± {}", number(g.value), number(g.band95))
                }
            },
        );
        let verdict = match &row.no_answer {
            Some(why) => format!("no answer: {why}"),
            None => row.verdict.words().to_owned(),
        };
        let _ = writeln!(
            t,
            "| {} | {} | {} | {} | {} | {} | {} | {crps} | {effect} | {gap} | {}{} | {verdict} |",
            row.quantity,
            who(row),
            row.year,
            row.known
                .map_or_else(|| "–".to_owned(), |(y, v)| format!("{} ({y})", number(v))),
            spread(&row.quiet),
            spread(&row.shock),
            row.observed.map_or_else(|| "–".to_owned(), number),
            row.expected.map_or("–", super::Sign::id),
            if row.placebo { " (placebo)" } else { "" },
        );
    }
    let _ = writeln!(t);
}

fn placebo_section(t: &mut String, p: &Placebos) {
    let pct = |x: f64| format!("{:.1} %", 100.0 * x);
    let _ = writeln!(t, "## Placebos\n");
    let _ = writeln!(
        t,
        "{} random shocks that never happened, {} shocks and quantities, {} paths failed. Alarms: \
         {} of shocks and quantities, {} of shocks with at least one. The model alone claims an \
         effect beyond the quiet 95 % band in {}; gaps beyond the band of the comparison series in \
         {}; outcomes outside the quiet 95 % band in {}.\n",
        p.shocks,
        p.rows.len(),
        p.failed_paths,
        pct(p.alarm_rate(None)),
        pct(p.shocks_with_alarm()),
        pct(p.claim_rate()),
        pct(p.gap_rate()),
        pct(p.outside_rate(None)),
    );
    let _ = writeln!(t, "| quantity | alarms | outside the quiet 95 % band |");
    let _ = writeln!(t, "|---|---|---|");
    let mut ids: Vec<&str> = p.rows.iter().map(|r| r.quantity.as_str()).collect();
    ids.sort_unstable();
    ids.dedup();
    for id in ids {
        let _ = writeln!(
            t,
            "| {id} | {} | {} |",
            pct(p.alarm_rate(Some(id))),
            pct(p.outside_rate(Some(id)))
        );
    }
}

/// All rows as CSV, one an observable and year.
pub fn csv(results: &[EpisodeResult]) -> String {
    let mut t = String::from(
        "episode,origin,quantity,entity,partner,item,year,last_known_year,last_known,\
         quiet_q05,quiet_q50,quiet_q95,shock_q05,shock_q50,shock_q95,observed,crps_shock,\
         crps_quiet,crps_persistence,effect_median,effect_q05,effect_q95,gap,gap_band95,gap_p,\
         expected,placebo,verdict,no_answer\n",
    );
    let opt = |x: Option<f64>| {
        x.filter(|v| v.is_finite())
            .map_or_else(String::new, |v| v.to_string())
    };
    for r in results {
        for row in &r.rows {
            let spread = |s: &Option<super::Spread>| {
                [
                    opt(s.map(|s| s.q05)),
                    opt(s.map(|s| s.q50)),
                    opt(s.map(|s| s.q95)),
                ]
                .join(",")
            };
            let crps = (0..3).map(|k| opt(row.crps.map(|c| c[k])));
            let g = row.gap.as_ref();
            let _ = writeln!(
                t,
                "{},{},{},{},{},{},{},{},{},{},{},{},{},{},{},{},{},{},{},{},{},{},{}",
                r.name,
                r.origin,
                row.quantity,
                row.entity.clone().unwrap_or_default(),
                row.partner.clone().unwrap_or_default(),
                row.item.clone().unwrap_or_default(),
                row.year,
                row.known.map_or_else(String::new, |k| k.0.to_string()),
                opt(row.known.map(|k| k.1)),
                spread(&row.quiet),
                spread(&row.shock),
                opt(row.observed),
                crps.collect::<Vec<_>>().join(","),
                opt(row.effect.map(|e| e.median)),
                opt(row.effect.map(|e| e.q05)),
                opt(row.effect.map(|e| e.q95)),
                opt(g.map(|g| g.value)),
                opt(g.map(|g| g.band95)),
                opt(g.map(|g| g.p)),
                row.expected.map_or("", super::Sign::id),
                row.placebo,
                row.verdict.words(),
                row.no_answer.clone().unwrap_or_default().replace(',', ";"),
            );
        }
    }
    t
}
