//! Indicators of security.

use realign_atlas::{StateId, Year};

use super::fixed::Fixed;
use super::protection::{Protection, vulnerability_of, vulnerable_gdp_share};
use super::{Coefficients, State, bloc_measures, hedging};
use crate::indicator::{Indicator, Recorder, Scope};
use crate::setting::{Setting, TrustView};

const BURDEN: usize = 0;
const SPENDING: usize = 1;
const GUARANTEE: usize = 2;
const HELP: usize = 3;
const VULNERABILITY: usize = 4;
const HEDGING: usize = 5;
const EXPLORATION: usize = 6;
const PACTS: usize = 7;
const FORMED: usize = 8;
const NEW_AGREEMENTS: usize = 9;
const NEW_PACTS: usize = 10;
const TARGET_BURDEN: usize = 11;
const HUB: usize = 12;
const VULNERABLE: usize = 13;
const VULNERABLE_WITHOUT: usize = 14;
const PACTS_LOST: usize = 15;
const BLOCS: usize = 16;
const MODULARITY: usize = 17;
const OVERLAP: usize = 18;
const MULTI_BLOC: usize = 19;
const SURVIVAL: usize = 20;
const RECOVERED: usize = 21;

/// What the measures read beside the state.
#[derive(Clone, Copy, Debug)]
pub struct Extras<'a> {
    /// Trust at the date of the state.
    pub trust: TrustView<'a>,
    /// Log of real income relative to a world without trade effects since the start, by state.
    pub income_log: &'a [f64],
    /// The date.
    pub year: Year,
    /// Whether to look for blocs at this date; without, their indicators have no estimate.
    pub blocs: bool,
}

/// What security reports, in the order in which [`measure`] writes it.
pub fn indicators(_fixed: &Fixed, _setting: &Setting) -> Vec<Indicator> {
    use Scope::{State, World};
    let i = |name: &str, label: &str, unit: &str, scope: Scope, definition: &str| {
        Indicator::new(&format!("security.{name}"), label, unit, scope, definition)
    };
    vec![
        i(
            "military_burden",
            "military burden",
            "% of GDP",
            State,
            "Military spending over GDP: the burden at the start, moved by spending and income \
             (SIPRI; MODEL.md §3.3).",
        ),
        i(
            "spending_change",
            "change of military spending",
            "%",
            State,
            "Real military spending against the start of the run.",
        ),
        i(
            "hegemon_guarantee",
            "effective guarantee of the hegemon",
            "0-1",
            State,
            "Tie (pact 1, designation less) × expected reliability × factor of acts.",
        ),
        i(
            "help_share",
            "share of protection that is help",
            "share",
            State,
            "Trust-discounted help of allies over own strength plus help (MODEL.md §3.2).",
        ),
        i(
            "vulnerability",
            "vulnerability",
            "ratio",
            State,
            "Strength of the strongest hostile coalition that arrives over γ times own strength \
             and trust-discounted help; above 1 is vulnerable, 0 is without hostile states \
             (Jackson & Nei 2015, continuous version).",
        ),
        i(
            "hedging_ratio",
            "nuclear hedging, hazard ratio",
            "ratio",
            State,
            "Hazard of exploring nuclear weapons against the start, by the change of the largest \
             effective guarantee by a nuclear state; no date is predicted. States with nuclear \
             weapons have no value.",
        ),
        i(
            "exploration_hazard",
            "hazard of exploring nuclear weapons",
            "% a year",
            State,
            "Base rate of exploration (Bleek 2017), spread over the states by hazard ratios of \
             guarantee, rivals' weapons and latent proficiency under weak priors.",
        ),
        i(
            "pacts",
            "defence pacts",
            "number",
            State,
            "Partners in defence pacts in force.",
        ),
        i(
            "new_ties",
            "new defence ties without the hegemon",
            "number",
            State,
            "Partners other than the hegemon with whom a defence pact or a defence cooperation \
             agreement is in force that was not at the start.",
        ),
        i(
            "new_agreements_among_targets",
            "new defence agreements among targets",
            "pairs",
            World,
            "Pairs of targets, without the hegemon, with a defence pact or a cooperation agreement \
             that was not in force at the start.",
        ),
        i(
            "new_pacts_among_targets",
            "new defence pacts among targets",
            "pairs",
            World,
            "Pairs of targets, without the hegemon, with a defence pact that was not in force at \
             the start.",
        ),
        i(
            "target_burden",
            "military burden of targets",
            "% of GDP",
            World,
            "Mean military burden of the targets, weighted by GDP at the start.",
        ),
        i(
            "hub_dependence",
            "dependence on the hegemon",
            "share",
            World,
            "Share of the targets' trust-discounted help that the hegemon gives.",
        ),
        i(
            "vulnerable_gdp",
            "vulnerable GDP of targets",
            "share",
            World,
            "Share of the targets' GDP in states with vulnerability above 1.",
        ),
        i(
            "vulnerable_gdp_without_hegemon",
            "vulnerable GDP of targets without the hegemon",
            "share",
            World,
            "The same with the hegemon's help left out: how far the other ties carry.",
        ),
        i(
            "hegemon_pacts_lost",
            "pacts lost by the hegemon",
            "number",
            World,
            "Defence pacts of the hegemon in force at the start and no longer.",
        ),
        i(
            "effective_blocs",
            "effective number of blocs",
            "number",
            World,
            "exp(−Σ s ln s) over the shares of strength of the communities of trust-weighted ties.",
        ),
        i(
            "modularity",
            "modularity of blocs",
            "index",
            World,
            "Modularity of the communities of trust-weighted ties.",
        ),
        i(
            "overlap",
            "overlap of blocs",
            "0-1",
            World,
            "Mean over states of 1 − Σ θ², θ the share of a state's ties in each community.",
        ),
        i(
            "multi_bloc_share",
            "states in several blocs",
            "share",
            World,
            "Share of tied states with a notable share of their ties in two communities or more.",
        ),
        i(
            "tie_survival",
            "expected survival of pacts",
            "share",
            World,
            "Stability: expected share of pacts, weighted by reliability, in force after the \
             recovery years at today's hazards.",
        ),
        i(
            "recovered_protection",
            "protection rebuilt without the hegemon",
            "share",
            World,
            "Adaptability: expected share of the hegemon's help for targets that new pacts replace \
             within the recovery years once it is gone, at today's hazards.",
        ),
    ]
}

/// Partners of i in `now` but not in `then`, other than `hegemon`.
fn new_partners(fixed: &Fixed, state: &State, i: usize) -> usize {
    let h = fixed.hegemon;
    let pacts = state
        .pacts
        .of(i)
        .filter(|&j| j != h && !fixed.pacts.has(i, j));
    let agreements = state.cooperation.of(i).filter(|&j| {
        let pact_is_new = state.pacts.has(i, j) && !fixed.pacts.has(i, j);
        j != h && !fixed.cooperation.has(i, j) && !pact_is_new
    });
    pacts.count() + agreements.count()
}

/// Military burden of a state, fraction of GDP; NaN where unknown at the start.
pub(super) fn burden(
    fixed: &Fixed,
    c: &Coefficients,
    state: &State,
    i: usize,
    x: &Extras<'_>,
) -> f64 {
    let trade = x
        .income_log
        .get(i)
        .copied()
        .filter(|v| v.is_finite())
        .unwrap_or(0.0);
    let income = c.trend_growth * f64::from(x.year - fixed.start) + trade;
    fixed.burden[i] * (state.log_spending[i] - income).exp()
}

/// Writes the indicators of one date.
pub fn measure(
    fixed: &Fixed,
    coefficients: &Coefficients,
    setting: &Setting,
    state: &State,
    extras: &Extras<'_>,
    rec: &mut Recorder<'_>,
) {
    let c = coefficients;
    let n = fixed.n;
    let view = &extras.trust;
    let protection = Protection::new(fixed, c, state, view);
    let mut vulnerability = vec![f64::NAN; n];
    let mut without = vec![f64::NAN; n];
    for i in (0..n).filter(|i| fixed.active[*i]) {
        vulnerability[i] = vulnerability_of(fixed, c, state, &protection, i, None, 0.0).0;
    }
    let hegemon = Some(fixed.hegemon);
    for &i in &fixed.targets {
        without[i] = vulnerability_of(fixed, c, state, &protection, i, hegemon, 0.0).0;
    }
    for i in 0..n {
        let id = StateId::from_index(i);
        let active = fixed.active[i];
        let known = |x: f64| if active { x } else { f64::NAN };
        let is_hegemon = i == fixed.hegemon;
        rec.state(
            BURDEN,
            id,
            known(100.0 * burden(fixed, c, state, i, extras)),
        );
        let spends = fixed.burden[i].is_finite();
        let change = if spends {
            100.0 * state.log_spending[i].exp_m1()
        } else {
            f64::NAN
        };
        rec.state(SPENDING, id, known(change));
        let guarantee = if is_hegemon {
            f64::NAN
        } else {
            protection.hegemon_guarantee[i]
        };
        rec.state(GUARANTEE, id, known(guarantee));
        rec.state(HELP, id, known(protection.help_share(i)));
        rec.state(VULNERABILITY, id, vulnerability[i]);
        let ratio = if fixed.nuclear[i] {
            f64::NAN
        } else {
            state.hedging_log_ratio[i].exp()
        };
        rec.state(HEDGING, id, known(ratio));
        let scale = state.at_start.exploration_scale;
        let hazard = hedging::hazard(fixed, c, &protection, scale, i);
        rec.state(EXPLORATION, id, known(100.0 * hazard));
        rec.state(PACTS, id, known(state.pacts.degree(i) as f64));
        rec.state(FORMED, id, known(new_partners(fixed, state, i) as f64));
    }

    let targets: Vec<usize> = fixed
        .targets
        .iter()
        .copied()
        .filter(|t| *t != fixed.hegemon)
        .collect();
    let (mut agreements, mut pacts) = (0usize, 0usize);
    for (x, &i) in targets.iter().enumerate() {
        for &j in &targets[x + 1..] {
            let pact = state.pacts.has(i, j) && !fixed.pacts.has(i, j);
            let cooperation = state.cooperation.has(i, j) && !fixed.cooperation.has(i, j);
            pacts += usize::from(pact);
            agreements += usize::from(pact || cooperation);
        }
    }
    rec.world(NEW_AGREEMENTS, agreements as f64);
    rec.world(NEW_PACTS, pacts as f64);
    let (mut weighted, mut gdp) = (0.0, 0.0);
    let (mut by_hegemon, mut help) = (0.0, 0.0);
    for &i in &targets {
        let b = burden(fixed, c, state, i, extras);
        if b.is_finite() && fixed.gdp_musd[i].is_finite() {
            weighted += fixed.gdp_musd[i] * b;
            gdp += fixed.gdp_musd[i];
        }
        by_hegemon += protection.help_of(i, fixed.hegemon);
        help += protection.help[i];
    }
    rec.world(TARGET_BURDEN, 100.0 * weighted / gdp);
    rec.world(HUB, by_hegemon / help);
    rec.world(
        VULNERABLE,
        vulnerable_gdp_share(fixed, &targets, &vulnerability),
    );
    rec.world(
        VULNERABLE_WITHOUT,
        vulnerable_gdp_share(fixed, &targets, &without),
    );
    let h = fixed.hegemon;
    let lost = fixed
        .pacts
        .of(h)
        .filter(|j| !state.pacts.has(h, *j))
        .count();
    rec.world(PACTS_LOST, lost as f64);

    debug_assert_eq!(setting.n, n);
    let b = extras
        .blocs
        .then(|| bloc_measures(fixed, c, state, view, &protection));
    let value = |f: fn(&super::BlocMeasures) -> f64| b.as_ref().map_or(f64::NAN, f);
    rec.world(BLOCS, value(|b| b.effective_blocs));
    rec.world(MODULARITY, value(|b| b.modularity));
    rec.world(OVERLAP, value(|b| b.overlap));
    rec.world(MULTI_BLOC, value(|b| b.multi_bloc_share));
    rec.world(SURVIVAL, value(|b| b.tie_survival));
    rec.world(RECOVERED, value(|b| b.recovered_protection));
}
