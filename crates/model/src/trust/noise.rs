//! Four standard normals from one uniform, fast enough for every pair of states in every year.

use realign_numerics::quantile;

/// Values of one part of a uniform: a 52-bit uniform splits into four parts of 13 bits.
const PART: u64 = 1 << 13;

/// Normal quantiles at the midpoints of 8192 equal intervals: largest value 3.84, variance .9997.
/// Coarse beyond the per-mille tails; those come from the shared shocks, which are exact.
///
/// Only the upper half is kept, in single precision: what is looked up for every pair stays in the
/// nearest cache.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct NormalTable {
    upper: Vec<f32>,
}

impl NormalTable {
    /// Builds the table.
    pub(crate) fn new() -> Self {
        let upper = (PART / 2..PART)
            .map(|k| quantile::normal((k as f64 + 0.5) / PART as f64) as f32)
            .collect();
        Self { upper }
    }

    /// Four independent standard normals from the bits of a uniform on (0, 1).
    pub(crate) fn four(&self, uniform: f64) -> [f64; 4] {
        let bits = (uniform * PART.pow(4) as f64) as u64;
        let value = |shift: u32| {
            let part = bits >> shift;
            let z = f64::from(self.upper[part as usize % (PART / 2) as usize]);
            // The highest bit of the part is the sign.
            f64::from_bits(z.to_bits() ^ (part / (PART / 2)) << 63)
        };
        [value(0), value(13), value(26), value(39)]
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use realign_numerics::random::Stream;

    #[test]
    fn coverage_parts_are_standard_and_independent() {
        let table = NormalTable::new();
        let stream = Stream::new(5, 0);
        let n = 40_000u32;
        let mut first = [0.0; 4];
        let mut second = [[0.0; 4]; 4];
        for k in 0..n {
            let z = table.four(stream.uniform(9, k, 0, 0));
            for a in 0..4 {
                first[a] += z[a] / f64::from(n);
                for b in 0..4 {
                    second[a][b] += z[a] * z[b] / f64::from(n);
                }
            }
        }
        // Five standard errors: 1/√n for means and products, √2/√n for squares.
        let se = 5.0 / f64::from(n).sqrt();
        for a in 0..4 {
            assert!(first[a].abs() < se);
            for b in 0..4 {
                let (want, width) = if a == b { (1.0, 1.42 * se) } else { (0.0, se) };
                assert!(
                    (second[a][b] - want).abs() < width,
                    "{a} {b} {}",
                    second[a][b]
                );
            }
        }
    }
}
