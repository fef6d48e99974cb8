//! What a run is about, and chance as the domains see it.

use realign_atlas::{StateId, Year};
use realign_numerics::random::Stream;

use crate::matrix::transposed;
use crate::{Square, trust};

/// Who and when: the same for every draw and arm of a run.
#[derive(Clone, Debug)]
pub struct Setting {
    /// Number of states and economies.
    pub n: usize,
    /// The state whose acts are examined.
    pub hegemon: StateId,
    /// States at which conduct is aimed, in the order of [`StateId`].
    pub targets: Vec<StateId>,
    /// Year at whose end the world is observed; the first step leads to the next one.
    pub start: Year,
    /// Last simulated year.
    pub horizon: Year,
}

/// Random numbers of one draw in one step. A number depends on seed, draw, purpose, entity and
/// step only, so arms share it and threads cannot change it.
#[derive(Clone, Debug)]
pub struct Chance {
    stream: Stream,
    step: u32,
}

impl Chance {
    /// Chance of one draw at one step; step 0 is the start.
    pub fn new(stream: Stream, step: u32) -> Self {
        Self { stream, step }
    }

    /// Step number; 0 is the start.
    pub fn step(&self) -> u32 {
        self.step
    }

    /// Uniform on (0, 1) for the `k`-th use of `purpose` by `entity` in this step.
    #[inline]
    pub fn uniform(&self, purpose: Purpose, entity: u32, k: u32) -> f64 {
        self.stream.uniform(purpose as u32, entity, self.step, k)
    }

    /// Uniforms on (0, 1) for uses 2k and 2k+1 of `purpose` by `entity` in this step, at the cost
    /// of one.
    #[inline]
    pub fn uniforms(&self, purpose: Purpose, entity: u32, k: u32) -> [f64; 2] {
        self.stream.uniforms(purpose as u32, entity, self.step, k)
    }

    /// Standard normal for the `k`-th use of `purpose` by `entity` in this step.
    #[inline]
    pub fn normal(&self, purpose: Purpose, entity: u32, k: u32) -> f64 {
        realign_numerics::quantile::normal(self.uniform(purpose, entity, k))
    }
}

/// What a random number is for. Numbers are stable: add at the end, never renumber.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u32)]
pub enum Purpose {
    /// Parameter values.
    Parameter = 1,
    /// Initial latent trust.
    TrustStart = 10,
    /// Innovation of slow trust.
    TrustSlow = 11,
    /// Innovation of fast trust.
    TrustFast = 12,
    /// Heavy-tailed innovation of a state's reputation.
    Reputation = 13,
    /// Noise of tone.
    Tone = 14,
    /// Turnover of leaders.
    Turnover = 15,
    /// Formation of a defence pact.
    PactFormed = 20,
    /// End of a defence pact.
    PactEnded = 21,
    /// Formation of a defence cooperation agreement.
    CooperationFormed = 22,
    /// Military expenditure.
    Spending = 23,
    /// Nuclear hedging.
    Hedging = 24,
    /// Search and seeds of bloc detection.
    Blocs = 25,
    /// Formation of a trade agreement.
    AgreementFormed = 30,
    /// Retaliation.
    Retaliation = 31,
    /// Trade costs.
    TradeCost = 32,
    /// Procurement events.
    Procurement = 40,
    /// Domestic capability.
    Capability = 41,
    /// Reserve shares.
    Reserves = 50,
    /// Securities held.
    Holdings = 51,
    /// Adoption of standards.
    Adoption = 60,
    /// Time to replace a supplier.
    Replacement = 70,
}

/// Trust as an outcome may see it: the state of this arm, or of the quiet arm where the channel
/// is cut, beside the state at the start.
#[derive(Clone, Copy, Debug)]
pub struct TrustView<'a> {
    /// Trust at date t.
    pub now: &'a trust::State,
    /// Trust of the same draw at the start.
    pub start: &'a trust::State,
    /// How trust becomes expected reliability.
    pub coefficients: &'a trust::Coefficients,
}

impl TrustView<'_> {
    /// Change of i's trust in j since the start, in SD of the latent scale.
    #[inline]
    pub fn change(&self, i: usize, j: usize) -> f64 {
        self.now.deviation(i, j)
    }

    /// Mean of both directions of [`TrustView::change`] for every pair, N×N row-major, symmetric
    /// with a zero diagonal, SD.
    pub fn mutual_changes(&self) -> Vec<f64> {
        let n = self.now.slow.n();
        let parts = [&self.now.slow, &self.now.fast];
        let [slow, fast] = parts.map(Square::as_slice);
        let change: Vec<f64> = slow.iter().zip(fast).map(|(l, f)| l + f).collect();
        let mut mutual = transposed(n, &change);
        for (back, there) in mutual.iter_mut().zip(&change) {
            *back = 0.5 * (*back + there);
        }
        for i in 0..n {
            mutual[i * n + i] = 0.0;
        }
        mutual
    }

    /// Level of i's trust in j, in SD of the latent scale.
    #[inline]
    pub fn level(&self, i: usize, j: usize) -> f64 {
        self.now.total(i, j)
    }

    /// Probability that i attaches to j's honouring a commitment, 0–1.
    #[inline]
    pub fn reliability(&self, i: usize, j: usize) -> f64 {
        self.coefficients.reliability(self.now.total(i, j))
    }
}
