//! One year of trust: conduct is experienced, watched and talked about; leaders change.

use realign_numerics::quantile;

use super::{Coefficients, Fixed, Inputs, State};
use crate::Square;
use crate::channels::Channels;
use crate::matrix::transposed;
use crate::setting::{Chance, Purpose};

/// Trust a year later, eqs. (A1) and (A2) of MODEL.md §2 in the form of [`crate::trust`].
pub fn respond(
    fixed: &Fixed,
    c: &Coefficients,
    state: &State,
    inputs: &Inputs<'_>,
    chance: &Chance,
) -> State {
    let n = fixed.n;
    let open = |channel, value: f64| {
        if inputs.channels.has(channel) {
            value
        } else {
            0.0
        }
    };
    let reciprocity = open(Channels::RECIPROCITY, c.reciprocity);
    let reputation = open(Channels::REPUTATION, c.reputation);
    let diffusion = open(Channels::DIFFUSION, c.diffusion);

    let deviation: Vec<f64> = state
        .slow
        .as_slice()
        .iter()
        .zip(state.fast.as_slice())
        .map(|(l, f)| l + f)
        .collect();
    let mask = mask(fixed);
    let heard = Heard::new(fixed, c, &deviation, inputs.conduct, reciprocity, &mask);
    let watched: Vec<f64> = heard
        .experience
        .iter()
        .zip(&deviation)
        .map(|(s, d)| reputation * s + diffusion * d)
        .collect();
    let shock = reputation_shocks(fixed, c, chance);
    let left = fast_left(fixed, c, state, inputs, chance);

    let (mut slow, mut fast) = (Vec::with_capacity(n * n), Vec::with_capacity(n * n));
    let (mut l_next, mut f_next) = (vec![0.0; n], vec![0.0; n]);
    let mut third = vec![0.0; n];
    let (mut z_slow, mut z_fast) = (vec![0.0; n + 3], vec![0.0; n + 3]);
    let fast_share = 1.0 - c.slow_share;
    for i in 0..n {
        if !fixed.covered[i] {
            slow.resize(slow.len() + n, 0.0);
            fast.resize(fast.len() + n, 0.0);
            continue;
        }
        state.at_start.neighbours.gather(i, &watched, &mut third);
        // Where a state's only neighbour is the one judged, it has no third parties to drift to.
        let (alone, pull) = match state.at_start.neighbours.of(i) {
            [] => (None, 0.0),
            [(k, _)] => (Some(usize::from(*k)), diffusion),
            _ => (None, diffusion),
        };
        for j in (0..n).step_by(4) {
            let [u, v] = chance.uniforms(Purpose::TrustSlow, (i * n + j) as u32, 0);
            [z_slow[j], z_fast[j], z_slow[j + 1], z_fast[j + 1]] = fixed.normals.four(u);
            [z_slow[j + 2], z_fast[j + 2], z_slow[j + 3], z_fast[j + 3]] = fixed.normals.four(v);
        }
        let row = i * n..(i + 1) * n;
        let (own, now) = (&heard.experience[row.clone()], &deviation[row]);
        let (l, f) = (&state.slow.row(i)[..n], &state.fast.row(i)[..n]);
        // Where not covered all terms but the noise are zero.
        for j in 0..n {
            let y = c.response * own[j] + third[j] - pull * now[j] + shock[j];
            let noise = mask[j];
            l_next[j] = c.slow_persistence * l[j]
                + c.slow_share * y
                + c.slow_innovation * noise * z_slow[j];
            f_next[j] = left[j] * f[j] + fast_share * y + c.fast_innovation * noise * z_fast[j];
        }
        if let Some(j) = alone {
            l_next[j] += c.slow_share * pull * now[j];
            f_next[j] += fast_share * pull * now[j];
        }
        (l_next[i], f_next[i]) = (0.0, 0.0);
        keep_within(&mut l_next, &mut f_next, c.bound);
        slow.extend_from_slice(&l_next);
        fast.extend_from_slice(&f_next);
    }
    State {
        at_start: state.at_start.clone(),
        slow: Square::from_vec(n, slow),
        fast: Square::from_vec(n, fast),
        tone: Square::from_vec(n, heard.tone),
        reputation_shock: shock,
    }
}

/// 1 where covered, 0 elsewhere.
fn mask(fixed: &Fixed) -> Vec<f64> {
    fixed.covered.iter().map(|c| f64::from(*c)).collect()
}

/// What states hear from one another in a year.
struct Heard {
    /// Tone (A1): at (i, j) the conduct of j towards i, acts and answer.
    tone: Vec<f64>,
    /// What tone weighs as experience, s(u), with the expected part of tone taken off under the
    /// surprise rule.
    experience: Vec<f64>,
}

impl Heard {
    fn new(
        fixed: &Fixed,
        c: &Coefficients,
        deviation: &[f64],
        conduct: &Square,
        reciprocity: f64,
        mask: &[f64],
    ) -> Self {
        let n = fixed.n;
        let bad = c.negativity_root();
        let good = bad.recip();
        let expected = c.surprise_rule * reciprocity;
        let mut tone = transposed(n, deviation);
        let mut experience = Vec::with_capacity(n * n);
        for i in 0..n {
            let (acts, row) = (conduct.row(i), &mut tone[i * n..(i + 1) * n]);
            if !fixed.covered[i] {
                row.fill(0.0);
                experience.resize(experience.len() + n, 0.0);
                continue;
            }
            let weighed = row.iter_mut().zip(acts).zip(mask).map(|((t, act), mask)| {
                let back = *t;
                *t = mask * (act + reciprocity * back);
                let u = *t - expected * back;
                if u < 0.0 { bad * u } else { good * u }
            });
            experience.extend(weighed);
            row[i] = 0.0;
            experience[i * n + i] = 0.0;
        }
        Self { tone, experience }
    }
}

/// Student-t shock to the reputation of each state, shared by all who hold trust in it.
fn reputation_shocks(fixed: &Fixed, c: &Coefficients, chance: &Chance) -> Vec<f64> {
    (0..fixed.n)
        .map(|j| {
            if !fixed.covered[j] || c.reputation_scale == 0.0 {
                return 0.0;
            }
            let u = chance.uniform(Purpose::Reputation, j as u32, 0);
            c.reputation_scale * quantile::student_t(u, c.reputation_dof)
        })
        .collect()
}

/// Share of fast trust in j left after the year: persistence, less what a change of leader erases.
fn fast_left(
    fixed: &Fixed,
    c: &Coefficients,
    state: &State,
    inputs: &Inputs<'_>,
    chance: &Chance,
) -> Vec<f64> {
    let mut left: Vec<f64> = (0..fixed.n)
        .map(|j| {
            let hazard = state.at_start.turnover_hazard[j];
            let changes = chance.uniform(Purpose::Turnover, j as u32, 0) < hazard;
            c.fast_persistence * if changes { 1.0 - c.turnover_reset } else { 1.0 }
        })
        .collect();
    for j in inputs.turnovers {
        left[j.index()] = c.fast_persistence * (1.0 - c.turnover_reset);
    }
    left
}

/// Replaces the deviation d = l + f by `bound·tanh(d/bound)`, both parts in proportion.
fn keep_within(slow: &mut [f64], fast: &mut [f64], bound: f64) {
    /// (d/bound)² below which a continued fraction replaces tanh, exact to 1e-10 and the same on
    /// every machine.
    const NEAR: f64 = 1.0;
    let scale = bound.recip();
    let square = |l: f64, f: f64| ((l + f) * scale).powi(2);
    // tanh(x)/x in q = x², seven steps of Lambert's continued fraction.
    let fraction = |q: f64| {
        (135_135.0 + q * (17_325.0 + q * (378.0 + q)))
            / (135_135.0 + q * (62_370.0 + q * (3_150.0 + q * 28.0)))
    };
    let far = slow
        .iter()
        .zip(fast.iter())
        .any(|(l, f)| square(*l, *f) >= NEAR);
    for (l, f) in slow.iter_mut().zip(fast.iter_mut()) {
        let q = square(*l, *f);
        let factor = if far && q >= NEAR {
            let x = q.sqrt();
            x.tanh() / x
        } else {
            fraction(q)
        };
        *l *= factor;
        *f *= factor;
    }
}
