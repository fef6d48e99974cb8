//! Sums of scores of one task, horizon and target year.

use realign_atlas::Year;

use crate::Predictive;

/// Central probabilities whose coverage is counted.
pub(super) const LEVELS: [f64; 3] = [0.5, 0.8, 0.9];
/// Cells of the histogram of probability integral transforms.
pub(super) const PIT_CELLS: usize = 10;

/// Scores of one forecast.
#[derive(Clone, Copy, Debug)]
pub(super) struct Mark {
    /// Loss on which skill is judged: CRPS, or minus the log score of a probability.
    pub loss: f64,
    /// Log score, higher is better.
    pub log: f64,
    /// Squared error of the mean; of a probability, its Brier score.
    pub square: f64,
}

/// Sums over forecasts that two predictors both made.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Paired {
    pub n: usize,
    pub loss: (f64, f64),
    pub log: (f64, f64),
    pub square: (f64, f64),
}

impl Paired {
    fn add(&mut self, own: &Mark, other: &Mark) {
        self.n += 1;
        self.loss.0 += own.loss;
        self.loss.1 += other.loss;
        self.log.0 += own.log;
        self.log.1 += other.log;
        self.square.0 += own.square;
        self.square.1 += other.square;
    }
}

/// Sums of one predictor.
#[derive(Clone, Debug, Default)]
pub(super) struct Tally {
    pub n: usize,
    pub loss: f64,
    pub log: f64,
    pub square: f64,
    /// Interval score of the 90 % interval.
    pub interval: f64,
    pub inside: [usize; 3],
    pub pit: [usize; PIT_CELLS],
    /// Area under the precision–recall curve; NaN without an event.
    pub precision: f64,
}

/// Everything about one horizon and target year: predictors in the order of the task.
#[derive(Clone, Debug)]
pub(super) struct Cell {
    pub target: Year,
    /// Outcomes wanted.
    pub wanted: usize,
    /// Events among them, for ties.
    pub events: usize,
    /// Years between the newest row that was public and the target, summed over wanted values
    /// that had one, and how many had.
    pub span: (i64, usize),
    pub own: Vec<Tally>,
    /// `paired[a * predictors + b]`: a against b on what both forecast.
    pub paired: Vec<Paired>,
}

impl Cell {
    pub fn new(target: Year, predictors: usize) -> Self {
        Self {
            target,
            wanted: 0,
            events: 0,
            span: (0, 0),
            own: vec![Tally::default(); predictors],
            paired: vec![Paired::default(); predictors * predictors],
        }
    }

    /// Adds what all predictors said of one value.
    pub fn add(&mut self, forecasts: &[Option<&Predictive>], truth: f64) {
        self.wanted += 1;
        let marks: Vec<Option<Mark>> = forecasts
            .iter()
            .zip(&mut self.own)
            .map(|(f, tally)| {
                let f = (*f)?;
                let mark = Mark {
                    loss: f.crps(truth),
                    log: f.log_density(truth),
                    square: (f.mean() - truth).powi(2),
                };
                if !(mark.loss.is_finite() && mark.log.is_finite() && mark.square.is_finite()) {
                    return None;
                }
                tally.add(&mark);
                let (low, high) = (f.quantile(0.05), f.quantile(0.95));
                tally.interval += realign_numerics::stats::interval_score(low, high, 0.1, truth);
                let pit = f.pit(truth);
                for (count, level) in tally.inside.iter_mut().zip(LEVELS) {
                    *count += usize::from((pit - 0.5).abs() <= 0.5 * level);
                }
                let cell = ((pit * PIT_CELLS as f64) as usize).min(PIT_CELLS - 1);
                tally.pit[cell] += 1;
                Some(mark)
            })
            .collect();
        self.pair(&marks);
    }

    /// Adds probabilities of one event.
    pub fn add_chance(&mut self, chances: &[Option<f64>], happened: bool) {
        self.wanted += 1;
        self.events += usize::from(happened);
        let truth = f64::from(u8::from(happened));
        let marks: Vec<Option<Mark>> = chances
            .iter()
            .zip(&mut self.own)
            .map(|(p, tally)| {
                let p = (*p)?;
                let log = realign_numerics::stats::log_score_binary(p, happened);
                let mark = Mark {
                    loss: -log,
                    log,
                    square: (p - truth).powi(2),
                };
                tally.add(&mark);
                Some(mark)
            })
            .collect();
        self.pair(&marks);
    }

    fn pair(&mut self, marks: &[Option<Mark>]) {
        let k = marks.len();
        for (a, own) in marks.iter().enumerate() {
            let Some(own) = own else { continue };
            for (b, other) in marks.iter().enumerate() {
                if let Some(other) = other {
                    self.paired[a * k + b].add(own, other);
                }
            }
        }
    }
}

impl Tally {
    fn add(&mut self, mark: &Mark) {
        self.n += 1;
        self.loss += mark.loss;
        self.log += mark.log;
        self.square += mark.square;
    }
}
