//! The security of one state as observed: who guards it, who could exploit what, and what is left
//! without a guarantor.

use std::collections::BTreeMap;

use realign_atlas::{StateId, Year};
use realign_numerics::random::Stream;
use realign_numerics::stats;

use super::measure::burden;
use super::observed::{Case, Observed};
use super::protection::{Protection, vulnerability_to};
use super::threat::fatal_dispute_of_each;
use super::{Extras, Inputs, State, hedging, respond};
use crate::acts::Direct;
use crate::setting::{Chance, Purpose};

/// Median and 90 % interval over draws; NaN where no draw has an estimate.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Spread {
    /// 5 % quantile.
    pub low: f64,
    /// Median.
    pub middle: f64,
    /// 95 % quantile.
    pub high: f64,
}

impl Spread {
    /// Over the finite values.
    pub fn of(values: &[f64]) -> Self {
        let known: Vec<f64> = values.iter().copied().filter(|v| v.is_finite()).collect();
        if known.is_empty() {
            return Self {
                low: f64::NAN,
                middle: f64::NAN,
                high: f64::NAN,
            };
        }
        let q = stats::quantiles(&known, &[0.05, 0.5, 0.95]);
        Self {
            low: q[0],
            middle: q[1],
            high: q[2],
        }
    }
}

/// Who is bound to help.
#[derive(Clone, Debug, PartialEq)]
pub struct Guarantor {
    /// The state bound.
    pub state: StateId,
    /// Whether by a designation weaker than a pact.
    pub designation: bool,
    /// Alliances to which both belong.
    pub through: Vec<String>,
    /// Whether it possesses nuclear weapons.
    pub nuclear: bool,
    /// Reliability that the state expects of it, 0–1.
    pub reliability: Spread,
    /// Share of its strength that arrives, 0–1.
    pub reach: Spread,
    /// Help: tie · reliability · reach · strength, per cent of the world's strength.
    pub help: Spread,
    /// The same as a share of all help.
    pub share: Spread,
}

/// Who could exploit a weakness or come to blows.
#[derive(Clone, Debug, PartialEq)]
pub struct Foe {
    /// The state.
    pub state: StateId,
    /// Share of draws in which it counts as hostile.
    pub hostile: f64,
    /// Strength of the coalition it can lead over γ times the defence, in draws in which it is
    /// hostile; above 1 it could overcome it.
    pub vulnerability: Spread,
    /// Probability of a fatal dispute with it, per cent a year.
    pub fatal: Spread,
}

/// A pledge on military spending.
#[derive(Clone, Debug, PartialEq)]
pub struct Promise {
    /// Bloc whose members pledged.
    pub bloc: String,
    /// Pledged burden, % of GDP.
    pub burden_pct: f64,
    /// Year of the pledge.
    pub made: i32,
    /// Year by which it is to be kept.
    pub by: i32,
}

/// One state's security, over draws.
#[derive(Clone, Debug, PartialEq)]
pub struct Picture {
    /// The state.
    pub state: StateId,
    /// Guarantor that is imagined away.
    pub without: Option<StateId>,
    /// Number of draws.
    pub draws: usize,
    /// Own strength, per cent of the world's.
    pub strength: Spread,
    /// Help of all guarantors, per cent of the world's strength.
    pub help: Spread,
    /// Share of protection that is help, 0–1.
    pub help_share: Spread,
    /// Largest effective guarantee by a nuclear state, 0–1.
    pub nuclear_guarantee: Spread,
    /// Vulnerability to the strongest hostile coalition; above 1 is vulnerable.
    pub vulnerability: Spread,
    /// Share of draws in which it is vulnerable.
    pub vulnerable: f64,
    /// Guarantors, largest help first.
    pub guarantors: Vec<Guarantor>,
    /// Hostile states and dangerous pairs, most likely fatal dispute first.
    pub foes: Vec<Foe>,
    /// Probability of a fatal dispute with anybody, per cent a year.
    pub fatal: Spread,
    /// Hazard of exploring nuclear weapons, per cent a year; no estimate for states that have them.
    pub exploration: Spread,
    /// Hazard ratio of exploring against the world as it is; 1 without a guarantor imagined away.
    pub hedging_ratio: Spread,
    /// Mean hazard over the states without the weapon: the base rate, per cent a year.
    pub exploration_base: Spread,
    /// Military burden, % of GDP; NaN where unknown.
    pub burden_pct: f64,
    /// Pledges it has given.
    pub promises: Vec<Promise>,
    /// Blocs to which it belongs: name and kind.
    pub blocs: Vec<(String, String)>,
    /// What is not known of it and what stands in.
    pub assumed: Vec<String>,
}

/// Military burden in a later year: the quiet path of the model beside a random walk.
#[derive(Clone, Debug, PartialEq)]
pub struct Outlook {
    /// The year.
    pub year: Year,
    /// Burden on the path on which nobody acts, % of GDP.
    pub burden_pct: Spread,
    /// Burden of a random walk with the same yearly innovation, % of GDP.
    pub random_walk_pct: Spread,
    /// Highest burden pledged for that year or an earlier one, % of GDP.
    pub pledged_pct: Option<f64>,
}

/// Spending of state `i` in `years`, with or without one guarantor, on paths on which nobody acts;
/// the random walk draws the same innovations. Years at or before the start are left out.
pub fn spending_outlook(
    world: &Observed,
    cases: &[Case],
    i: usize,
    without: Option<usize>,
    seed: u64,
    years: &[Year],
) -> Vec<Outlook> {
    let (fixed, start) = (&world.fixed, world.setting.start);
    let last = years.iter().max().map_or(0, |y| *y - start);
    let income = vec![0.0; fixed.n];
    let direct = Direct::default();
    let mut burdens = vec![(Vec::new(), Vec::new()); years.len()];
    for (draw, case) in cases.iter().enumerate() {
        let c = &case.coefficients;
        let mut state =
            without.map_or_else(|| case.state.clone(), |g| state_without(&case.state, g));
        let mut walk = 0.0;
        for t in 1..=last {
            let chance = Chance::new(Stream::new(seed, draw as u32), t as u32);
            let inputs = Inputs {
                direct: &direct,
                trust: case.view(),
                income_log: &income,
            };
            state = respond(fixed, c, &state, &inputs, &chance);
            walk += c.spending_innovation * chance.normal(Purpose::Spending, i as u32, 0);
            for (year, (model, random)) in years.iter().zip(&mut burdens) {
                if *year - start == t {
                    let extras = Extras {
                        trust: case.view(),
                        income_log: &income,
                        year: *year,
                        blocs: false,
                    };
                    model.push(100.0 * burden(fixed, c, &state, i, &extras));
                    random.push(100.0 * fixed.burden[i] * f64::exp(walk));
                }
            }
        }
    }
    let pledged = |year: Year| {
        let case = cases.first()?;
        let pledges = case.coefficients.pledges.iter();
        pledges
            .zip(&case.state.at_start.pledged)
            .filter(|(p, given)| given[i] && p.by <= year.0)
            .map(|(p, _)| 100.0 * p.burden)
            .max_by(f64::total_cmp)
    };
    years
        .iter()
        .zip(burdens)
        .filter(|(y, _)| **y > start)
        .map(|(year, (model, random))| Outlook {
            year: *year,
            burden_pct: Spread::of(&model),
            random_walk_pct: Spread::of(&random),
            pledged_pct: pledged(*year),
        })
        .collect()
}

/// Foes named.
const FOES: usize = 12;
/// Probability, per cent a year, below which a pair that is not hostile is not named.
const WORTH_NAMING_PCT: f64 = 0.05;

/// The state of a draw without one guarantor: its pacts and its designations are gone.
pub(super) fn state_without(state: &State, guarantor: usize) -> State {
    let mut now = state.clone();
    let partners: Vec<usize> = now.pacts.of(guarantor).collect();
    for k in partners {
        now.pacts.set(guarantor, k, false);
    }
    now.designations.retain(|(k, _)| k.index() != guarantor);
    now
}

#[derive(Default)]
struct Series {
    strength: Vec<f64>,
    help: Vec<f64>,
    help_share: Vec<f64>,
    nuclear: Vec<f64>,
    vulnerability: Vec<f64>,
    fatal: Vec<f64>,
    exploration: Vec<f64>,
    ratio: Vec<f64>,
    base: Vec<f64>,
    /// By guarantor: reliability, reach, help, share.
    guarantors: BTreeMap<usize, [Vec<f64>; 4]>,
    /// By foe: vulnerability where hostile, probability of a fatal dispute.
    foes: BTreeMap<usize, [Vec<f64>; 2]>,
}

/// The picture of state `i` over `cases`, as it is or without one guarantor.
pub fn picture(world: &Observed, cases: &[Case], i: usize, without: Option<usize>) -> Picture {
    let fixed = &world.fixed;
    let mut s = Series::default();
    for case in cases {
        add(world, case, i, without, &mut s);
    }
    let base = &case_state(cases, without);
    let mut guarantors: Vec<Guarantor> = s
        .guarantors
        .iter()
        .map(|(k, [reliability, reach, help, share])| Guarantor {
            state: StateId::from_index(*k),
            designation: base.as_ref().is_some_and(|b| !b.pacts.has(i, *k)),
            through: fixed
                .alliances
                .iter()
                .filter(|a| a.members.contains(&i) && a.members.contains(k))
                .map(|a| a.name.clone())
                .collect(),
            nuclear: fixed.nuclear[*k],
            reliability: Spread::of(reliability),
            reach: Spread::of(reach),
            help: Spread::of(help),
            share: Spread::of(share),
        })
        .collect();
    guarantors.sort_by(|a, b| b.help.middle.total_cmp(&a.help.middle));
    let n = cases.len().max(1) as f64;
    let mut foes: Vec<Foe> = s
        .foes
        .iter()
        .map(|(j, [v, fatal])| Foe {
            state: StateId::from_index(*j),
            hostile: v.len() as f64 / n,
            vulnerability: Spread::of(v),
            fatal: if fatal.is_empty() {
                Spread::of(&[0.0])
            } else {
                Spread::of(fatal)
            },
        })
        .filter(|f| f.hostile > 0.05 || f.fatal.middle >= WORTH_NAMING_PCT)
        .collect();
    foes.sort_by(|a, b| {
        (b.fatal.middle.total_cmp(&a.fatal.middle)).then(b.hostile.total_cmp(&a.hostile))
    });
    foes.truncate(FOES);
    let vulnerable = s.vulnerability.iter().filter(|v| **v > 1.0).count() as f64 / n;
    let promises = cases.first().map_or_else(Vec::new, |case| {
        let c = &case.coefficients;
        c.pledges
            .iter()
            .zip(&case.state.at_start.pledged)
            .filter(|(_, given)| given[i])
            .map(|(p, _)| Promise {
                bloc: p.bloc.to_owned(),
                burden_pct: 100.0 * p.burden,
                made: p.made,
                by: p.by,
            })
            .collect()
    });
    Picture {
        state: StateId::from_index(i),
        without: without.map(StateId::from_index),
        draws: cases.len(),
        strength: Spread::of(&s.strength),
        help: Spread::of(&s.help),
        help_share: Spread::of(&s.help_share),
        nuclear_guarantee: Spread::of(&s.nuclear),
        vulnerability: Spread::of(&s.vulnerability),
        vulnerable,
        guarantors,
        foes,
        fatal: Spread::of(&s.fatal),
        exploration: Spread::of(&s.exploration),
        hedging_ratio: Spread::of(&s.ratio),
        exploration_base: Spread::of(&s.base),
        burden_pct: 100.0 * fixed.burden[i],
        promises,
        blocs: fixed
            .blocs
            .iter()
            .filter(|b| b.members.binary_search(&i).is_ok())
            .map(|b| (b.name.clone(), b.kind.clone()))
            .collect(),
        assumed: assumed(world, i),
    }
}

fn case_state(cases: &[Case], without: Option<usize>) -> Option<State> {
    let first = &cases.first()?.state;
    Some(without.map_or_else(|| first.clone(), |g| state_without(first, g)))
}

fn add(world: &Observed, case: &Case, i: usize, without: Option<usize>, s: &mut Series) {
    let (fixed, c) = (&world.fixed, &case.coefficients);
    let view = case.view();
    let now = without.map_or_else(|| case.state.clone(), |g| state_without(&case.state, g));
    let p = Protection::new(fixed, c, &now, &view);
    let (start, n) = (&now.at_start, fixed.n);
    s.strength.push(100.0 * p.strength[i]);
    s.help.push(100.0 * p.help[i]);
    s.help_share.push(p.help_share(i));
    s.nuclear.push(p.nuclear_guarantee[i]);
    for (k, help) in &p.helpers[i] {
        let k = usize::from(*k);
        let row = s.guarantors.entry(k).or_default();
        row[0].push(view.reliability(i, k));
        row[1].push(start.reach[i * n + k]);
        row[2].push(100.0 * help);
        row[3].push(help / p.help[i]);
    }
    let mut worst = 0.0_f64;
    for j in start.hostile.of(i) {
        let v = vulnerability_to(c, &now, &p, (i, j), None, 0.0);
        s.foes.entry(j).or_default()[0].push(v);
        worst = if v.is_nan() { v } else { worst.max(v) };
    }
    let active = fixed.active[i];
    s.vulnerability.push(if active { worst } else { f64::NAN });
    let mut peace = 1.0;
    let pairs = fatal_dispute_of_each(c, &start.dangerous, &now.pacts, &now.log_strength);
    for (pair, q) in pairs {
        let (a, b) = (usize::from(pair.i), usize::from(pair.j));
        if a == i || b == i {
            peace *= 1.0 - q;
            s.foes.entry(a + b - i).or_default()[1].push(100.0 * q);
        }
    }
    s.fatal.push(100.0 * (1.0 - peace));
    let scale = start.exploration_scale;
    s.exploration
        .push(100.0 * hedging::hazard(fixed, c, &p, scale, i));
    let change = p.nuclear_guarantee[i] - start.nuclear_guarantee[i];
    s.ratio.push(if fixed.nuclear[i] || !active {
        f64::NAN
    } else {
        (c.exploration_guarantee * change).exp()
    });
    s.base
        .push(100.0 * realign_numerics::special::logistic(c.exploration_base));
}

/// What is not known of state `i` and what stands in, in words.
fn assumed(world: &Observed, i: usize) -> Vec<String> {
    let f = &world.fixed;
    let mut out = Vec::new();
    if !f.active[i] {
        out.push("a territory without foreign relations of its own: no estimates".to_owned());
        return out;
    }
    match (f.spending_share[i].is_finite(), f.cinc[i].is_finite()) {
        (true, true) => {}
        (true, false) => {
            out.push("no capability index: strength is its share of military spending".to_owned());
        }
        (false, true) => {
            out.push("no military spending: strength is its capability index".to_owned());
        }
        (false, false) => out.push(
            "neither military spending nor capability index: strength counts as zero, and \
             vulnerability has no estimate unless somebody helps"
                .to_owned(),
        ),
    }
    for (missing, what) in [
        (f.burden[i].is_nan(), "no military burden: no spending path"),
        (
            f.gdp_musd[i].is_nan(),
            "no GDP: left out of shares of vulnerable GDP",
        ),
        (
            f.polyarchy[i].is_nan(),
            "no polyarchy: that of the reference pair in the hazards of ties and disputes",
        ),
        (
            f.latency_sd[i].is_nan(),
            "no latent nuclear proficiency: that of the mean state",
        ),
    ] {
        if missing {
            out.push(what.to_owned());
        }
    }
    out
}
