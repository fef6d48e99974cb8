//! Words for chance: always the word and its number, never 0 or 100.

use crate::numbers::count;

/// Two-sided 90 % point of the normal distribution, for the Monte-Carlo error of a share.
const Z90: f64 = 1.644_853_626_951_472_6;

/// Words with the lower bound of each, from the rarest up. Cut points of ICD 203; a bound belongs
/// to the upper word. Below even the words say "chance": negative words are heard as doubt.
pub const WORDS: [(f64, &str); 7] = [
    (0.0, "almost no chance"),
    (0.05, "a small chance"),
    (0.20, "some chance"),
    (0.45, "an even chance"),
    (0.55, "likely"),
    (0.80, "very likely"),
    (0.95, "almost certain"),
];

/// Place of "an even chance" in [`WORDS`].
const EVEN: usize = 3;

/// Slack for shares such as 0.55 that binary fractions miss.
const ROUND_OFF: f64 = 1e-12;

fn place(share: f64) -> usize {
    WORDS
        .iter()
        .rposition(|(low, _)| share + ROUND_OFF >= *low)
        .unwrap_or(0)
}

/// The word for a share of draws. If the Monte-Carlo error (90 %, binomial) straddles a bound, the
/// word nearer to even; with `draws == 0` the share is taken as exact.
pub fn word(share: f64, draws: u32) -> &'static str {
    let share = share.clamp(0.0, 1.0);
    let error = if draws == 0 {
        0.0
    } else {
        Z90 * (share * (1.0 - share) / f64::from(draws)).sqrt()
    };
    let (low, high) = (place(share - error), place(share + error));
    WORDS[EVEN.clamp(low, high)].1
}

/// The number behind the word: "62 in 100", or below the resolution of the run "in fewer than 2 of
/// 200 draws". Never 0 or 100.
pub fn in_hundred(share: f64, draws: u32) -> String {
    let rounded = (share.clamp(0.0, 1.0) * 100.0).round();
    let hits = (share.clamp(0.0, 1.0) * f64::from(draws)).round() as u64;
    let draws = u64::from(draws);
    if draws > 0 && (rounded < 1.0 || hits == 0) {
        return format!("in fewer than {} of {} draws", hits + 1, count(draws));
    }
    if draws > 0 && (rounded > 99.0 || hits == draws) {
        return format!(
            "in all but fewer than {} of {} draws",
            draws - hits + 1,
            count(draws)
        );
    }
    if rounded < 1.0 {
        return "fewer than 1 in 100".to_owned();
    }
    if rounded > 99.0 {
        return "more than 99 in 100".to_owned();
    }
    format!("{rounded:.0} in 100")
}

/// An end of an interval of a share, in hundredths, without words.
pub fn in_hundred_rounded(share: f64) -> String {
    format!("{:.0}", share.clamp(0.0, 1.0) * 100.0)
}
