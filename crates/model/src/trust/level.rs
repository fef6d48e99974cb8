//! Level of trust at the start: what votes, polls, tone and the peace scale say together.
//!
//! Each standardised indicator is read as `z = √r T + √(1−r) e` with `T ~ N(0, 1)` over pairs and
//! independent errors, so a share r of its variance is trust. Then T has precision
//! `1 + Σ r/(1−r)` and mean `Σ √r z/(1−r)` over that precision. r falls with the age of the
//! observation (φ_L² a year) and, for tone, with little contact. A missing source only widens.

use super::{Coefficients, Fixed};
use crate::Square;
use crate::setting::{Chance, Purpose};

/// Largest share of an indicator's variance that may be trust: keeps the precision finite.
const LARGEST_SHARE: f64 = 0.99;

/// Mean and standard deviation of the level of i's trust in j given all sources; zero and zero
/// where not covered.
pub(super) fn expected(fixed: &Fixed, c: &Coefficients) -> (Square, Square) {
    let n = fixed.n;
    let r = c.information;
    let decay = c.slow_persistence.powi(2);
    let offset = polled_affinity(fixed, c);
    let mut mean = Square::zeros(n);
    let mut sd = Square::zeros(n);
    for i in (0..n).filter(|i| fixed.covered[*i]) {
        for j in (0..n).filter(|j| fixed.covered[*j] && *j != i) {
            let at = i * n + j;
            let (mut sum, mut precision) = (0.0, 1.0);
            let contact = fixed.tone.contact[at] / (fixed.tone.contact[at] + c.tone_half_contact);
            for (source, share, shift) in [
                (&fixed.votes, r.votes, 0.0),
                (&fixed.polls, r.polls, offset),
                (&fixed.tone, r.tone * contact, 0.0),
                (&fixed.peace, r.peace, 0.0),
            ] {
                let z = source.z[at];
                let share = (share * decay.powf(source.age_years[at])).clamp(0.0, LARGEST_SHARE);
                if z.is_finite() && share > 0.0 {
                    sum += share.sqrt() * (z + share.sqrt() * shift) / (1.0 - share);
                    precision += share / (1.0 - share);
                }
            }
            mean.row_mut(i)[j] = sum / precision;
            sd.row_mut(i)[j] = precision.sqrt().recip();
        }
    }
    (mean, sd)
}

/// Mean trust that votes give to the pairs with polls. Polls ask about few states, so their mean
/// is not the mean of all pairs: their intercept is set to this.
fn polled_affinity(fixed: &Fixed, c: &Coefficients) -> f64 {
    let mut sum = 0.0;
    let mut count = 0usize;
    for (p, v) in fixed.polls.z.iter().zip(&fixed.votes.z) {
        if p.is_finite() && v.is_finite() {
            sum += v;
            count += 1;
        }
    }
    if count == 0 {
        0.0
    } else {
        c.information.votes.sqrt() * sum / count as f64
    }
}

/// A draw of the level. Errors of the two directions of a pair share a part.
pub(super) fn draw(fixed: &Fixed, c: &Coefficients, chance: &Chance) -> Square {
    let n = fixed.n;
    let (mut level, sd) = expected(fixed, c);
    let (both, own) = (
        c.start_symmetric_share.sqrt(),
        (1.0 - c.start_symmetric_share).sqrt(),
    );
    for i in (0..n).filter(|i| fixed.covered[*i]) {
        for j in (i + 1..n).filter(|j| fixed.covered[*j]) {
            let pair = (i * n + j) as u32;
            let [shared, one, other, _] =
                fixed
                    .normals
                    .four(chance.uniform(Purpose::TrustStart, pair, 0));
            level.row_mut(i)[j] += sd.at(i, j) * (both * shared + own * one);
            level.row_mut(j)[i] += sd.at(j, i) * (both * shared + own * other);
        }
    }
    level
}
