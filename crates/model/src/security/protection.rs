//! Trust-discounted help and vulnerability (MODEL.md §3.2, continuous version).
//!
//! ```text
//! help_ik  = A_ik · p_ik · factor_ik · reach_ik · M_k
//! M_eff(i) = M_i + Σ_k help_ik
//! v_i      = max over hostile j of  M(C_j) / (γ · M_eff(i without C_j))
//! M(C_j)   = M_j reach_ij + s Σ_{l allied with j, not with i} M_l reach_il
//! ```
//!
//! C_j is the largest coalition that j can lead without the allies of i. States allied with both
//! sides stay out: they neither help nor attack. s is the share of its allies that j can bring.

use realign_atlas::StateId;
use realign_numerics::special::logistic;

use super::coefficients::Coefficients;
use super::fixed::Fixed;
use super::{State, ties::Ties};
use crate::setting::TrustView;

/// Factors on guarantees in force: what acts do to the help that can be expected.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Guarantees(Vec<(u32, f64)>);

impl Guarantees {
    /// From (guarantor, protégé, factor); several factors on one guarantee multiply.
    pub fn new(n: usize, factors: &[(StateId, StateId, f64)]) -> Self {
        let mut list: Vec<(u32, f64)> = factors
            .iter()
            .map(|(k, i, f)| ((k.index() * n + i.index()) as u32, f.max(0.0)))
            .collect();
        list.sort_by(|a, b| a.0.cmp(&b.0).then(a.1.total_cmp(&b.1)));
        list.dedup_by(|b, a| {
            let same = a.0 == b.0;
            if same {
                a.1 *= b.1;
            }
            same
        });
        Self(list)
    }

    /// Factor on the help of guarantor `k` for `i`.
    pub fn factor(&self, n: usize, k: usize, i: usize) -> f64 {
        if self.0.is_empty() {
            return 1.0;
        }
        let key = (k * n + i) as u32;
        self.0
            .binary_search_by_key(&key, |e| e.0)
            .map_or(1.0, |p| self.0[p].1)
    }
}

/// Who protects whom at one date.
#[derive(Clone, Debug, PartialEq)]
pub struct Protection {
    n: usize,
    /// Strength of each state now, in shares of the world's strength at the start.
    pub strength: Vec<f64>,
    /// Helper k and help of each tie, by protected state; sorted by helper.
    pub helpers: Vec<Vec<(u16, f64)>>,
    /// Sum of help for each state.
    pub help: Vec<f64>,
    /// Effective guarantee of the hegemon for each state: tie · reliability · factor, 0–1.
    pub hegemon_guarantee: Vec<f64>,
    /// Largest effective guarantee by a state with nuclear weapons, 0–1.
    pub nuclear_guarantee: Vec<f64>,
}

/// Effective guarantee of k for i: tie · reliability that i expects · factor of acts.
fn guarantee(state: &State, tie: f64, reliability: f64, k: usize, i: usize) -> f64 {
    if tie == 0.0 {
        return 0.0;
    }
    tie * (reliability * state.guarantees.factor(state.pacts.n(), k, i)).min(1.0)
}

/// [`TrustView::reliability`] of many pairs: the curve is that of the draw, only the level differs.
pub(super) fn reliability_in<'a>(view: &'a TrustView<'_>) -> impl Fn(usize, usize) -> f64 + 'a {
    let c = view.coefficients;
    let (intercept, slope) = (c.reliability_intercept(), c.reliability_slope);
    move |i, j| logistic(intercept + slope * view.level(i, j))
}

impl Protection {
    /// Protection in `state` as the trust of `view` discounts it.
    pub fn new(fixed: &Fixed, c: &Coefficients, state: &State, view: &TrustView<'_>) -> Self {
        let n = fixed.n;
        let strength = state.strength();
        let reach = &state.at_start.reach;
        let reliability = reliability_in(view);
        let mut out = Self {
            n,
            helpers: vec![Vec::new(); n],
            help: vec![0.0; n],
            hegemon_guarantee: vec![0.0; n],
            nuclear_guarantee: vec![0.0; n],
            strength,
        };
        for i in (0..n).filter(|i| fixed.active[*i]) {
            let mut list: Vec<(u16, f64)> = Vec::with_capacity(state.pacts.degree(i) + 1);
            for k in state.pacts.of(i) {
                let g = guarantee(state, 1.0, reliability(i, k), k, i);
                out.take(fixed, &mut list, reach, (i, k), g);
            }
            out.helpers[i] = list;
        }
        for &(k, i) in &state.designations {
            let (k, i) = (k.index(), i.index());
            if !state.pacts.has(i, k) && fixed.active[i] {
                let g = guarantee(state, c.designation_weight, reliability(i, k), k, i);
                let mut list = std::mem::take(&mut out.helpers[i]);
                out.take(fixed, &mut list, reach, (i, k), g);
                list.sort_by_key(|h| h.0);
                out.helpers[i] = list;
            }
        }
        for i in 0..n {
            out.help[i] = out.helpers[i].iter().fold(0.0, |sum, h| sum + h.1);
        }
        out
    }

    fn take(
        &mut self,
        fixed: &Fixed,
        list: &mut Vec<(u16, f64)>,
        reach: &[f64],
        (i, k): (usize, usize),
        guarantee: f64,
    ) {
        list.push((
            k as u16,
            guarantee * reach[i * self.n + k] * self.strength[k],
        ));
        if k == fixed.hegemon {
            self.hegemon_guarantee[i] = guarantee;
        }
        if fixed.nuclear[k] {
            self.nuclear_guarantee[i] = self.nuclear_guarantee[i].max(guarantee);
        }
    }

    /// Number of states.
    pub fn n(&self) -> usize {
        self.n
    }

    /// Help of k for i; zero without a tie.
    pub fn help_of(&self, i: usize, k: usize) -> f64 {
        self.helpers[i]
            .binary_search_by_key(&(k as u16), |h| h.0)
            .map_or(0.0, |p| self.helpers[i][p].1)
    }

    /// Share of i's effective strength that is help; NaN where i has no strength and no help.
    pub fn help_share(&self, i: usize) -> f64 {
        self.help[i] / (self.strength[i] + self.help[i])
    }
}

/// Strength that the hostile state j can bring against i with its coalition.
fn attack(
    c: &Coefficients,
    pacts: &Ties,
    reach: &[f64],
    strength: &[f64],
    i: usize,
    j: usize,
) -> f64 {
    let row = &reach[i * pacts.n()..(i + 1) * pacts.n()];
    let allies: f64 = pacts
        .of_but_not(j, i)
        .filter(|&l| l != i)
        .map(|l| strength[l] * row[l])
        .sum();
    strength[j] * row[j] + c.coalition_share * allies
}

/// Strength that j and its coalition bring against i over γ times what i and its helpers put up;
/// NaN where neither i nor its helpers have a known strength.
///
/// `ignored` is a guarantor whose help is left out, `extra` is help beside that of `protection`.
pub fn vulnerability_to(
    c: &Coefficients,
    state: &State,
    protection: &Protection,
    (i, j): (usize, usize),
    ignored: Option<usize>,
    extra: f64,
) -> f64 {
    // Whoever is allied with both stays out.
    let help: f64 = protection.helpers[i]
        .iter()
        .filter(|(k, _)| {
            let k = usize::from(*k);
            Some(k) != ignored && k != j && !state.pacts.has(j, k)
        })
        .map(|h| h.1)
        .sum();
    let defence = protection.strength[i] + help + extra;
    let reach = &state.at_start.reach;
    let attack = attack(c, &state.pacts, reach, &protection.strength, i, j);
    if defence > 0.0 {
        attack / (c.defensive_factor * defence)
    } else if attack > 0.0 {
        f64::NAN
    } else {
        0.0
    }
}

/// Vulnerability of one state and the hostile state that makes it; (0, none) without hostile
/// states, NaN where no strength is known.
///
/// `ignored` is a guarantor whose help is left out, `extra` is help beside that of `protection`.
pub fn vulnerability_of(
    fixed: &Fixed,
    c: &Coefficients,
    state: &State,
    protection: &Protection,
    i: usize,
    ignored: Option<usize>,
    extra: f64,
) -> (f64, Option<usize>) {
    let n = fixed.n;
    if !fixed.active[i] {
        return (f64::NAN, None);
    }
    let start = &state.at_start;
    let mut worst = (0.0, None);
    for j in start.hostile.of(i) {
        let v = vulnerability_to(c, state, protection, (i, j), ignored, extra);
        if v.is_nan() {
            return (v, Some(j));
        }
        if v > worst.0 {
            worst = (v, Some(j));
        }
    }
    debug_assert!(n == protection.n());
    worst
}

/// Share of the GDP of `members` that belongs to states with vulnerability above one; NaN where no
/// GDP is known. States without an estimate of either are left out of both sums.
pub fn vulnerable_gdp_share(fixed: &Fixed, members: &[usize], vulnerability: &[f64]) -> f64 {
    let (mut exposed, mut total) = (0.0, 0.0);
    for &i in members {
        let (g, v) = (fixed.gdp_musd[i], vulnerability[i]);
        if g.is_finite() && v.is_finite() {
            total += g;
            if v > 1.0 {
                exposed += g;
            }
        }
    }
    exposed / total
}
