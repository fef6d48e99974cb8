//! Feedback of conduct on conduct in reported events.

use realign_atlas::{Atlas, AtlasError, StateId, Year};
use realign_numerics::stats::{mean, sd};

use super::jackknife_se;
use crate::ModelError;

/// First year of reported events that is used.
const FIRST: Year = Year(2002);
/// Last year.
const LAST: Year = Year(2014);
/// Events a year, every year and in both directions, that a pair needs: fewer are noise.
const LEAST_EVENTS: f64 = 20.0;
/// Last year of the first half of the out-of-sample test.
const TRAIN_UNTIL: usize = 7;

/// Regression of conduct on its own past, the other side's and what the actor did to others.
#[derive(Clone, Debug, PartialEq)]
pub struct EventFeedback {
    /// Coefficient on own conduct a year before.
    pub persistence: f64,
    /// Coefficient on the other side's conduct a year before.
    pub answer: f64,
    /// Coefficient on the mean conduct of the other side towards third parties a year before.
    pub third: f64,
    /// (answer + third) / (1 − persistence): observable analogue of the loop gain.
    pub loop_gain: f64,
    /// Its standard error.
    pub loop_gain_se: f64,
    /// Directed pairs and years.
    pub observations: usize,
    /// First year of the test.
    pub test_from: Year,
    /// Mean squared error with the answers over that with own persistence only, out of sample.
    pub error_ratio: f64,
}

/// A balanced panel of directed pairs; `value[pair][year]`, in SD of conduct.
struct Panel {
    years: usize,
    own: Vec<Vec<f64>>,
    back: Vec<usize>,
    others: Vec<Vec<f64>>,
}

/// Estimates the feedback; `None` where the atlas has no events of these years.
pub fn event_feedback(atlas: &Atlas) -> Result<Option<EventFeedback>, ModelError> {
    let Some(panel) = read(atlas)? else {
        return Ok(None);
    };
    let all: Vec<usize> = (0..panel.years).collect();
    let b = panel.jackknifed(&all);
    let gain = |b: [f64; 3]| (b[1] + b[2]) / (1.0 - b[0]);
    let left_out: Vec<f64> = (1..panel.years)
        .map(|out| {
            // Leaves out the change into one year.
            let keep: Vec<usize> = (1..panel.years).filter(|t| *t != out).collect();
            gain(panel.corrected(&keep))
        })
        .collect();
    let train: Vec<usize> = (1..=TRAIN_UNTIL).collect();
    Ok(Some(EventFeedback {
        persistence: b[0],
        answer: b[1],
        third: b[2],
        loop_gain: gain(b),
        loop_gain_se: jackknife_se(&left_out),
        observations: panel.own.len() * (panel.years - 1),
        test_from: FIRST + TRAIN_UNTIL as i32 + 1,
        error_ratio: panel.score(&train, 3) / panel.score(&train, 1),
    }))
}

impl Panel {
    /// The three regressors and the outcome of a pair in the change into year t.
    fn row(&self, pair: usize, t: usize) -> [f64; 4] {
        [
            self.own[pair][t - 1],
            self.own[self.back[pair]][t - 1],
            self.others[self.back[pair]][t - 1],
            self.own[pair][t],
        ]
    }

    /// Least squares on the changes into `years`, means of pairs and of years taken off.
    fn fit(&self, years: &[usize], regressors: usize) -> [f64; 3] {
        let mut x: Vec<Vec<[f64; 4]>> = (0..self.own.len())
            .map(|p| years.iter().map(|t| self.row(p, *t)).collect())
            .collect();
        // Balanced: pair means, then year means, is exact.
        for rows in &mut x {
            for k in 0..4 {
                let m = rows.iter().map(|r| r[k]).sum::<f64>() / rows.len() as f64;
                for r in rows.iter_mut() {
                    r[k] -= m;
                }
            }
        }
        for t in 0..years.len() {
            for k in 0..4 {
                let m = x.iter().map(|rows| rows[t][k]).sum::<f64>() / x.len() as f64;
                for rows in &mut x {
                    rows[t][k] -= m;
                }
            }
        }
        let mut a = [[0.0; 4]; 3];
        for r in x.iter().flatten() {
            for i in 0..regressors {
                for j in 0..regressors {
                    a[i][j] += r[i] * r[j];
                }
                a[i][3] += r[i] * r[3];
            }
        }
        solve(a, regressors)
    }

    /// Half-panel jackknife (Dhaene & Jochmans 2015) on the changes into `years`: fixed effects
    /// bias dynamics by order 1/T, twice the whole less the mean of the halves removes it.
    fn corrected(&self, years: &[usize]) -> [f64; 3] {
        let half = years.len() / 2;
        let whole = self.fit(years, 3);
        let (first, second) = (self.fit(&years[..half], 3), self.fit(&years[half..], 3));
        [0, 1, 2].map(|k| 2.0 * whole[k] - 0.5 * (first[k] + second[k]))
    }

    fn jackknifed(&self, all: &[usize]) -> [f64; 3] {
        self.corrected(&all[1..])
    }

    /// Mean squared error of forecasts of the years after the training ones; pair means are those
    /// of the training years.
    fn score(&self, train: &[usize], regressors: usize) -> f64 {
        let b = self.fit(train, regressors);
        let mut sum = 0.0;
        let mut count = 0usize;
        for p in 0..self.own.len() {
            let mut centre = [0.0; 4];
            for t in train {
                for (c, v) in centre.iter_mut().zip(self.row(p, *t)) {
                    *c += v / train.len() as f64;
                }
            }
            for t in train.len() + 1..self.years {
                let r = self.row(p, t);
                let forecast: f64 = (0..regressors).map(|k| b[k] * (r[k] - centre[k])).sum();
                sum += (r[3] - centre[3] - forecast).powi(2);
                count += 1;
            }
        }
        sum / count as f64
    }
}

/// Solves the leading `size` equations of [A | b] by elimination; unused coefficients are zero.
fn solve(mut a: [[f64; 4]; 3], size: usize) -> [f64; 3] {
    for i in 0..size {
        for j in i + 1..size {
            let f = a[j][i] / a[i][i];
            for k in i..size {
                a[j][k] -= f * a[i][k];
            }
            a[j][3] -= f * a[i][3];
        }
    }
    let mut x = [0.0; 3];
    for i in (0..size).rev() {
        let known: f64 = (i + 1..size).map(|k| a[i][k] * x[k]).sum();
        x[i] = (a[i][3] - known) / a[i][i];
    }
    x
}

fn read(atlas: &Atlas) -> Result<Option<Panel>, ModelError> {
    let known = |id| match atlas.dyads(id) {
        Ok(p) => Ok(Some(p)),
        Err(AtlasError::UnknownVariable { .. }) => Ok(None),
        Err(e) => Err(ModelError::from(e)),
    };
    let (Some(balance), Some(count)) = (known("event_balance")?, known("event_count")?) else {
        return Ok(None);
    };
    let n = atlas.n();
    let years: Vec<Year> = (FIRST.0..=LAST.0).map(Year).collect();
    let enough = |a: StateId, b: StateId| {
        years.iter().all(|y| {
            balance.at(a, b, *y).is_some() && count.at(a, b, *y).is_some_and(|c| c >= LEAST_EVENTS)
        })
    };
    let mut pairs = Vec::new();
    for i in 0..n {
        for j in (0..n).filter(|j| *j != i) {
            let (a, b) = (StateId::from_index(i), StateId::from_index(j));
            if enough(a, b) && enough(b, a) {
                pairs.push((a, b));
            }
        }
    }
    if pairs.len() < 50 {
        return Ok(None);
    }
    let mut own: Vec<Vec<f64>> = pairs
        .iter()
        .map(|(a, b)| {
            years
                .iter()
                .filter_map(|y| balance.at(*a, *b, *y))
                .collect()
        })
        .collect();
    let everything: Vec<f64> = own.concat();
    let (centre, scale) = (mean(&everything), sd(&everything));
    own.iter_mut()
        .flatten()
        .for_each(|v| *v = (*v - centre) / scale);
    let back = pairs
        .iter()
        .map(|(a, b)| pairs.binary_search(&(*b, *a)).unwrap_or(usize::MAX))
        .collect::<Vec<_>>();
    // Mean conduct of the actor towards all other partners.
    let others = pairs
        .iter()
        .enumerate()
        .map(|(p, (a, _))| {
            let rest: Vec<usize> = (0..pairs.len())
                .filter(|q| *q != p && pairs[*q].0 == *a)
                .collect();
            (0..years.len())
                .map(|t| {
                    if rest.is_empty() {
                        0.0
                    } else {
                        rest.iter().map(|q| own[*q][t]).sum::<f64>() / rest.len() as f64
                    }
                })
                .collect()
        })
        .collect();
    Ok(Some(Panel {
        years: years.len(),
        own,
        back,
        others,
    }))
}

#[cfg(test)]
mod tests {
    use super::*;
    use realign_numerics::random::Stream;

    #[test]
    fn coverage_feedback_is_recovered_in_spite_of_fixed_effects() {
        let stream = Stream::new(8, 0);
        let (pairs, years) = (800usize, 13usize);
        let (rho, answer) = (0.4, 0.15);
        let effect: Vec<f64> = (0..pairs)
            .map(|p| stream.normal(1, p as u32, 0, 0))
            .collect();
        let back: Vec<usize> = (0..pairs).map(|p| p ^ 1).collect();
        let mut now: Vec<f64> = effect.clone();
        let mut own = vec![Vec::new(); pairs];
        for t in 0..years + 50 {
            let before = now.clone();
            for p in 0..pairs {
                now[p] = effect[p] * 0.45
                    + rho * before[p]
                    + answer * before[back[p]]
                    + stream.normal(2, p as u32, t as u32, 0);
                if t >= 50 {
                    own[p].push(now[p]);
                }
            }
        }
        let others = (0..pairs)
            .map(|p| {
                (0..years)
                    .map(|t| stream.normal(3, p as u32, t as u32, 0))
                    .collect()
            })
            .collect();
        let panel = Panel {
            years,
            own,
            back,
            others,
        };
        let b = panel.jackknifed(&(0..years).collect::<Vec<_>>());
        let raw = panel.fit(&(1..years).collect::<Vec<_>>(), 3);
        // About five standard errors of 1/√(pairs·years) with the loss of the jackknife.
        assert!(
            (b[0] - rho).abs() < 0.08 && (b[1] - answer).abs() < 0.08,
            "{b:?}"
        );
        assert!(b[2].abs() < 0.08, "{b:?}");
        assert!(
            raw[0] < rho - 0.05,
            "uncorrected estimate should be biased: {raw:?}"
        );
    }

    #[test]
    fn ref_solve_small_system() {
        // 2x + y + z = 7, x + 3y + 2z = 13, x + y + 4z = 15 has (1, 2, 3).
        let x = solve(
            [
                [2.0, 1.0, 1.0, 7.0],
                [1.0, 3.0, 2.0, 13.0],
                [1.0, 1.0, 4.0, 15.0],
            ],
            3,
        );
        for (a, b) in x.iter().zip([1.0, 2.0, 3.0]) {
            assert!((a - b).abs() < 1e-12);
        }
        assert_eq!(
            solve([[2.0, 0.0, 0.0, 4.0], [0.0; 4], [0.0; 4]], 1),
            [2.0, 0.0, 0.0]
        );
    }
}
