//! Synthetic records with known numbers: what the filter can find out in so many years.

use realign_atlas::{StateId, Year};
use realign_numerics::random::Stream;

use super::hyper::Values;
use super::panel::{FIRST, Kind, Panel, Seen, Target};

const BEGIN: u32 = 1;
const STEP: u32 = 2;
const NOISE: u32 = 3;
const SHOCK: u32 = 4;

/// A synthetic record and the trust behind it.
#[derive(Clone, Debug)]
pub struct Synthetic {
    /// What is observed.
    pub panel: Panel,
    /// True trust in the filter's own unit, by target, year and pair.
    pub truth: Vec<Vec<Vec<f64>>>,
}

/// Draws a record of `years` from the filter's own equations: every pair votes every year, a
/// quarter is polled every second year, half has reported events in the first two thirds and tone
/// in the last third.
pub fn simulate(v: &Values, targets: usize, pairs: usize, years: usize, seed: u64) -> Synthetic {
    let stream = Stream::new(seed, 0);
    let tone_from = 2 * years / 3;
    let machine = super::Machine::new(v);
    let mut panel = Panel {
        last: FIRST + years as i32 - 1,
        targets: Vec::new(),
        tone_from: Some(tone_from),
        notes: Vec::new(),
    };
    let mut truth = Vec::new();
    for j in 0..targets {
        let entity = |p: usize| (j * pairs + p) as u32;
        let mut target = Target {
            state: StateId::from_index(j),
            pairs: (0..pairs)
                .map(|p| (StateId::from_index(targets + p), 0))
                .collect(),
            seen: Vec::new(),
            offsets: vec![0],
            turnover: (0..years)
                .map(|t| stream.uniform(SHOCK, j as u32, t as u32, 9) < 0.15)
                .collect(),
        };
        let begin = machine.start(&panel, 0);
        let mut state: Vec<[f64; 5]> = (0..pairs)
            .map(|p| {
                std::array::from_fn(|k| {
                    begin.covariance[k][k].sqrt() * stream.normal(BEGIN, entity(p), 0, k as u32)
                })
            })
            .collect();
        let mut reputation = v.reputation_spread * stream.normal(SHOCK, j as u32, 0, 0);
        let mut long_run = reputation;
        let mut path = Vec::new();
        for t in 0..years {
            if t > 0 {
                let step = machine.transition(&panel, &target, t);
                for (p, x) in state.iter_mut().enumerate() {
                    for k in 0..5 {
                        x[k] = step.phi[k] * x[k]
                            + step.q[k].sqrt() * stream.normal(STEP, entity(p), t as u32, k as u32);
                    }
                }
                let z = stream.student_t(v.reputation_dof, SHOCK, j as u32, t as u32, 1);
                reputation = long_run
                    + step.phi_shared * (reputation - long_run)
                    + v.reputation_scale * step.shock_factor.sqrt() * z;
                long_run += v.reputation_memory * (reputation - long_run);
            }
            for (p, x) in state.iter().enumerate() {
                for kind in Kind::ALL {
                    let (seen, known) = match kind {
                        Kind::Votes => (true, 0.01),
                        Kind::Polls => (p % 4 == 0 && t % 2 == 0, 0.005),
                        Kind::Events => (p % 2 == 0 && t < tone_from, 30.0),
                        Kind::Tone => (p % 2 == 0 && t >= tone_from, 60.0),
                    };
                    if !seen {
                        continue;
                    }
                    let (load, shared) = machine.loadings(kind);
                    let mut s = Seen {
                        pair: p as u16,
                        kind,
                        y: 0.0,
                        known,
                    };
                    s.y = machine.intercept(kind)
                        + shared * reputation
                        + (0..5).map(|k| load[k] * x[k]).sum::<f64>()
                        + s.noise(v).sqrt()
                            * stream.normal(NOISE, entity(p), t as u32, kind as u32);
                    target.seen.push(s);
                }
            }
            target.offsets.push(target.seen.len());
            path.push(state.iter().map(|x| x[0] + x[1] + reputation).collect());
        }
        panel.targets.push(target);
        truth.push(path);
    }
    panel.last = Year(FIRST.0 + years as i32 - 1);
    Synthetic { panel, truth }
}
