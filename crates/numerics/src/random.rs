//! Counter-based random numbers: a draw is a pure function of where it is used.
//!
//! Philox4x32-10 (Salmon, Moraes, Dror & Shaw 2011). A [`Stream`] belongs to one (seed, draw);
//! every number is addressed by (purpose, entity, step, n), never by order of call, so that
//! threads, shards and arms of an experiment see the same numbers. All variates are inverse-CDF
//! transforms of one uniform, hence monotone in it: common random numbers stay common when a
//! parameter changes.

use crate::quantile;

const M0: u32 = 0xD251_1F53;
const M1: u32 = 0xCD9E_8D57;
const W0: u32 = 0x9E37_79B9;
const W1: u32 = 0xBB67_AE85;

/// One block of Philox4x32-10: four words from a counter and a key.
#[inline]
pub fn philox4x32_10(mut counter: [u32; 4], mut key: [u32; 2]) -> [u32; 4] {
    for round in 0..10 {
        if round > 0 {
            key[0] = key[0].wrapping_add(W0);
            key[1] = key[1].wrapping_add(W1);
        }
        let p0 = u64::from(M0) * u64::from(counter[0]);
        let p1 = u64::from(M1) * u64::from(counter[2]);
        counter = [
            (p1 >> 32) as u32 ^ counter[1] ^ key[0],
            p1 as u32,
            (p0 >> 32) as u32 ^ counter[3] ^ key[1],
            p0 as u32,
        ];
    }
    counter
}

/// All random numbers of one draw of an ensemble.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Stream {
    key: [u32; 2],
}

impl Stream {
    /// The stream of draw number `draw` under `seed`. Different pairs give unrelated streams.
    pub fn new(seed: u64, draw: u32) -> Self {
        // The seed keys a block whose counter is the draw; its first words key the stream.
        let k = philox4x32_10(
            [draw, 0, 0, 0x7265_616c],
            [seed as u32, (seed >> 32) as u32],
        );
        Self { key: [k[0], k[1]] }
    }

    /// Uniform on the open interval (0, 1), 52 bits; `n` counts numbers of the same address.
    #[inline]
    pub fn uniform(&self, purpose: u32, entity: u32, step: u32, n: u32) -> f64 {
        self.uniforms(purpose, entity, step, n >> 1)[(n & 1) as usize]
    }

    /// Numbers 2k and 2k+1 of an address, which share a block.
    #[inline]
    pub fn uniforms(&self, purpose: u32, entity: u32, step: u32, k: u32) -> [f64; 2] {
        let block = philox4x32_10([k, step, entity, purpose], self.key);
        let number = |high: u32, low: u32| {
            let bits = (u64::from(high) << 32 | u64::from(low)) >> 12;
            (bits as f64 + 0.5) * (1.0 / (1u64 << 52) as f64)
        };
        [number(block[0], block[1]), number(block[2], block[3])]
    }

    /// Standard normal.
    pub fn normal(&self, purpose: u32, entity: u32, step: u32, n: u32) -> f64 {
        quantile::normal(self.uniform(purpose, entity, step, n))
    }

    /// Student t with `dof` degrees of freedom (`dof` > 0), not rescaled to unit variance.
    pub fn student_t(&self, dof: f64, purpose: u32, entity: u32, step: u32, n: u32) -> f64 {
        quantile::student_t(self.uniform(purpose, entity, step, n), dof)
    }

    /// Gamma with `shape` and `scale`, both positive.
    pub fn gamma(
        &self,
        shape: f64,
        scale: f64,
        purpose: u32,
        entity: u32,
        step: u32,
        n: u32,
    ) -> f64 {
        scale * quantile::gamma(self.uniform(purpose, entity, step, n), shape)
    }

    /// Beta with parameters `a` and `b`, both positive.
    pub fn beta(&self, a: f64, b: f64, purpose: u32, entity: u32, step: u32, n: u32) -> f64 {
        quantile::beta(self.uniform(purpose, entity, step, n), a, b)
    }

    /// Poisson count with the given mean, by inversion; 0 for a mean that is not positive.
    pub fn poisson(&self, mean: f64, purpose: u32, entity: u32, step: u32, n: u32) -> u64 {
        quantile::poisson(self.uniform(purpose, entity, step, n), mean)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ref_philox_known_answers() {
        // Known-answer vectors of the Random123 distribution.
        assert_eq!(
            philox4x32_10([0; 4], [0; 2]),
            [0x6627_e8d5, 0xe169_c58d, 0xbc57_ac4c, 0x9b00_dbd8]
        );
        assert_eq!(
            philox4x32_10([u32::MAX; 4], [u32::MAX; 2]),
            [0x408f_276d, 0x41c8_3b0e, 0xa20b_c7c6, 0x6d54_51fd]
        );
        assert_eq!(
            philox4x32_10(
                [0x243f_6a88, 0x85a3_08d3, 0x1319_8a2e, 0x0370_7344],
                [0xa409_3822, 0x299f_31d0]
            ),
            [0xd16c_fe09, 0x94fd_cceb, 0x5001_e420, 0x2412_6ea1]
        );
    }

    #[test]
    fn prop_address_alone_decides() {
        let s = Stream::new(7, 3);
        let late: Vec<f64> = (0..50).rev().map(|n| s.uniform(1, 2, 3, n)).collect();
        let early: Vec<f64> = (0..50).map(|n| s.uniform(1, 2, 3, n)).collect();
        assert!(early.iter().eq(late.iter().rev()));
        for (a, b) in [
            ((0, 2, 3), (1, 2, 3)),
            ((1, 0, 3), (1, 2, 3)),
            ((1, 2, 0), (1, 2, 3)),
        ] {
            assert_ne!(s.uniform(a.0, a.1, a.2, 0), s.uniform(b.0, b.1, b.2, 0));
        }
        assert_ne!(Stream::new(7, 3), Stream::new(7, 4));
        assert_ne!(Stream::new(7, 3), Stream::new(8, 3));
    }

    #[test]
    fn prop_moments_of_the_variates() {
        // 20 000 numbers: five standard errors as tolerance.
        let s = Stream::new(1, 0);
        let n = 20_000u32;
        let mean = |f: &dyn Fn(u32) -> f64| (0..n).map(f).sum::<f64>() / f64::from(n);
        let se = 5.0 / f64::from(n).sqrt();
        assert!((mean(&|k| s.uniform(0, k, 0, 0)) - 0.5).abs() < se * 0.289);
        assert!((mean(&|k| s.uniform(0, 0, 0, k)) - 0.5).abs() < se * 0.289);
        assert!(mean(&|k| s.normal(1, k, 0, 0)).abs() < se);
        assert!((mean(&|k| s.normal(1, k, 0, 0).powi(2)) - 1.0).abs() < se * 1.42);
        assert!((mean(&|k| s.beta(2.0, 10.0, 2, k, 0, 0)) - 1.0 / 6.0).abs() < se * 0.104);
        assert!((mean(&|k| s.gamma(3.0, 2.0, 3, k, 0, 0)) - 6.0).abs() < se * 3.47);
        // Serial pairs of one address are uncorrelated.
        let corr = mean(&|k| s.normal(4, 0, 0, k) * s.normal(4, 0, 0, k + 1));
        assert!(corr.abs() < se, "{corr}");
    }
}
