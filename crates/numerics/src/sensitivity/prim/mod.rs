//! Boxes of inputs in which an outcome of interest concentrates: the patient rule induction method
//! (PRIM; Friedman & Fisher 1999) as used for scenario discovery (Bryant & Lempert 2010).
//!
//! A box starts as the whole cube. *Peeling* cuts off, again and again, the thin slice at one side
//! whose removal raises the mean most (or lowers it least) per point lost; the boxes on the way form
//! a trajectory from full coverage to high density, of which one is chosen. The dimensions whose
//! limits chance alone could explain are dropped one by one, the peeling repeated on those that
//! remain. *Pasting* gives back slices that do no harm. Further boxes are found among the points not
//! yet covered.
//!
//! Coverage: share of all cases of interest that lie in the box. Density: share of the box's points
//! that are cases. Mass: share of all points that lie in the box.

mod peel;
mod significance;
#[cfg(test)]
mod tests;

use crate::{NumericsError, check_domain, check_len};

pub use significance::{LimitTest, Side};

/// What a peel or paste maximises.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub enum Objective {
    /// Gain of the mean per point removed: fair to discrete inputs, whose slices differ in size
    /// (Friedman & Fisher 1999, section 14.6; Kwakkel & Jaxa-Rozen 2016).
    #[default]
    GainPerPoint,
    /// Mean of the remaining box (Friedman & Fisher 1999, the original rule).
    Mean,
}

/// Which box of a trajectory to take.
#[derive(Clone, Copy, Debug, PartialEq, Default)]
pub enum Choice {
    /// Largest harmonic mean of coverage and density (F₁).
    #[default]
    HarmonicMean,
    /// Largest coverage among boxes of at least this density; the densest when none reaches it.
    DensityAtLeast(f64),
    /// Largest density among boxes of at least this coverage.
    CoverageAtLeast(f64),
}

/// Settings of PRIM.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct PrimSettings {
    /// Share of the box's points a peel removes, in (0, 0.5). Default 0.05 (Friedman & Fisher 1999).
    pub peel_fraction: f64,
    /// Share of the box's points a paste adds, in (0, 0.5). Default 0.05 (same source).
    pub paste_fraction: f64,
    /// Smallest share of all points a box may hold, in (0, 1). Default 0.05.
    pub minimum_mass: f64,
    /// What a peel maximises. Default gain per point.
    pub objective: Objective,
    /// Which box of the trajectory to take. Default harmonic mean.
    pub choice: Choice,
    /// About the chance of a box where there is none. A limit is kept when the chance that a random
    /// pick of points does as well ([`LimitTest::exact_p`]) is at most this divided by four times
    /// the number of dimensions: two sides each, and twice for the search for the place of the cut
    /// (a factor that simulation supports). Default 0.05.
    pub significance: f64,
}

impl Default for PrimSettings {
    fn default() -> Self {
        Self {
            peel_fraction: 0.05,
            paste_fraction: 0.05,
            minimum_mass: 0.05,
            objective: Objective::GainPerPoint,
            choice: Choice::HarmonicMean,
            significance: 0.05,
        }
    }
}

/// Limits of a box in one dimension, ends included, in units of the points; `None` is unlimited.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Limit {
    /// The dimension.
    pub dimension: usize,
    /// Smallest value inside.
    pub low: Option<f64>,
    /// Largest value inside.
    pub high: Option<f64>,
}

/// A box and what lies in it.
#[derive(Clone, Debug, PartialEq)]
pub struct PrimBox {
    /// Limits of the restricted dimensions, in order of dimension.
    pub limits: Vec<Limit>,
    /// Points inside (that no earlier box covers).
    pub points: usize,
    /// Cases of interest inside.
    pub cases: usize,
    /// Share of all cases.
    pub coverage: f64,
    /// Share of the box's points that are cases.
    pub density: f64,
    /// Share of all points.
    pub mass: f64,
    /// Mean outcome inside.
    pub mean: f64,
}

impl PrimBox {
    /// Whether a point, one value a dimension, lies inside.
    pub fn contains(&self, point: &[f64]) -> bool {
        self.limits.iter().all(|l| {
            let x = point[l.dimension];
            l.low.is_none_or(|low| x >= low) && l.high.is_none_or(|high| x <= high)
        })
    }

    /// Harmonic mean of coverage and density; 0 for a box without cases.
    pub fn harmonic_mean(&self) -> f64 {
        if self.cases == 0 {
            return 0.0;
        }
        2.0 * self.coverage * self.density / (self.coverage + self.density)
    }
}

/// A box that was found, with what led to it.
#[derive(Clone, Debug, PartialEq)]
pub struct FoundBox {
    /// The box.
    pub found: PrimBox,
    /// Quasi-p-value of each of its limits.
    pub tests: Vec<LimitTest>,
    /// The trajectory of the last peeling, from all points left to the smallest box.
    pub trajectory: Vec<PrimBox>,
    /// Which box of the trajectory was chosen, before limits were dropped and slices pasted.
    pub chosen: usize,
}

/// Points with their outcomes, sorted once for any number of peelings.
#[derive(Clone, Debug)]
pub struct Prim {
    /// One vector a dimension.
    columns: Vec<Vec<f64>>,
    /// Per dimension the points in ascending order.
    order: Vec<Vec<u32>>,
    outcome: Vec<f64>,
    case: Vec<bool>,
    cases: usize,
    failed_rows: usize,
}

impl Prim {
    /// Points (rows of `dimensions` values, row-major) and whether each is a case of interest.
    /// `Shape` when lengths differ; `Domain` when there is no point or a value is NaN.
    pub fn from_cases(
        points: &[f64],
        dimensions: usize,
        cases: &[bool],
    ) -> Result<Self, NumericsError> {
        let outcome: Vec<f64> = cases.iter().map(|c| f64::from(u8::from(*c))).collect();
        Self::from_outcomes(points, dimensions, &outcome, 1.0)
    }

    /// Points and an outcome of any size, whose mean is peeled; cases of interest, which coverage
    /// and density count, are those with an outcome of at least `threshold`. Points whose outcome is
    /// not finite (failed runs) are dropped and counted. Errors as [`Self::from_cases`].
    pub fn from_outcomes(
        points: &[f64],
        dimensions: usize,
        outcomes: &[f64],
        threshold: f64,
    ) -> Result<Self, NumericsError> {
        check_domain(dimensions > 0, "number of dimensions", 0.0, "positive")?;
        check_len("points", points.len(), dimensions * outcomes.len())?;
        if let Some(x) = points.iter().find(|x| x.is_nan()) {
            check_domain(false, "value of a point", *x, "a number")?;
        }
        let kept: Vec<usize> = (0..outcomes.len())
            .filter(|i| outcomes[*i].is_finite())
            .collect();
        check_domain(!kept.is_empty(), "number of points", 0.0, "positive")?;
        let columns: Vec<Vec<f64>> = (0..dimensions)
            .map(|j| kept.iter().map(|i| points[i * dimensions + j]).collect())
            .collect();
        let order = columns
            .iter()
            .map(|x: &Vec<f64>| {
                let mut index: Vec<u32> = (0..x.len() as u32).collect();
                index.sort_unstable_by(|a, b| {
                    x[*a as usize].total_cmp(&x[*b as usize]).then(a.cmp(b))
                });
                index
            })
            .collect();
        let outcome: Vec<f64> = kept.iter().map(|i| outcomes[*i]).collect();
        let case: Vec<bool> = outcome.iter().map(|y| *y >= threshold).collect();
        Ok(Self {
            cases: case.iter().filter(|c| **c).count(),
            failed_rows: outcomes.len() - kept.len(),
            columns,
            order,
            outcome,
            case,
        })
    }

    /// Number of points used.
    pub fn points(&self) -> usize {
        self.outcome.len()
    }

    /// Number of dimensions.
    pub fn dimensions(&self) -> usize {
        self.columns.len()
    }

    /// Number of cases of interest.
    pub fn cases(&self) -> usize {
        self.cases
    }

    /// Points dropped because their outcome is not finite.
    pub fn failed_rows(&self) -> usize {
        self.failed_rows
    }

    /// The trajectory of one peeling and pasting over all points and dimensions. Boxes become
    /// smaller with every peel; pasted boxes, larger again, come last.
    pub fn trajectory(&self, settings: &PrimSettings) -> Result<Vec<PrimBox>, NumericsError> {
        check_settings(settings)?;
        let active = vec![true; self.points()];
        let allowed = vec![true; self.dimensions()];
        let mut path = self.peel(&active, &allowed, settings);
        if let Some(last) = path.last() {
            path.extend(self.paste(last.clone(), &active, settings));
        }
        Ok(path.iter().map(|r| self.describe(r)).collect())
    }

    /// One box: peel and choose; as long as the box restricts dimensions without significance, drop
    /// the weakest and peel again; then drop single limits without significance, and paste. `None`
    /// when nothing sets any box apart.
    pub fn find(&self, settings: &PrimSettings) -> Result<Option<FoundBox>, NumericsError> {
        Ok(self.cover(settings, 1)?.pop())
    }

    /// Up to `most` boxes, each found among the points outside the earlier ones. Coverage and mass
    /// refer to all points and cases, so that they add up over boxes. Ends early when no box stands
    /// out of what is left.
    pub fn cover(
        &self,
        settings: &PrimSettings,
        most: usize,
    ) -> Result<Vec<FoundBox>, NumericsError> {
        check_settings(settings)?;
        let mut active = vec![true; self.points()];
        let mut boxes = Vec::new();
        while boxes.len() < most {
            let Some((region, found)) = self.find_among(&active, settings) else {
                break;
            };
            for (i, a) in active.iter_mut().enumerate() {
                *a = *a && !self.inside(&region, i);
            }
            boxes.push(found);
        }
        Ok(boxes)
    }

    fn find_among(&self, active: &[bool], settings: &PrimSettings) -> Option<(Region, FoundBox)> {
        let level = settings.significance / (SEARCHED * self.dimensions()) as f64;
        let mut allowed = vec![true; self.dimensions()];
        loop {
            let path = self.peel(active, &allowed, settings);
            let trajectory: Vec<PrimBox> = path.iter().map(|r| self.describe(r)).collect();
            let chosen = choose(&trajectory, settings.choice)?;
            let region = &path[chosen];
            let weak = self.weak_dimensions(region, active, level);
            if !weak.is_empty() {
                // Fewer dimensions: what the peeling spent on the weak ones goes to the others,
                // whose limits then tell more. Hence few at a time, weakest first.
                let restricted = (0..self.dimensions())
                    .filter(|j| region.restricts(*j))
                    .count();
                for j in weak.iter().take((restricted / AT_ONCE).max(1)) {
                    allowed[*j] = false;
                }
                if !allowed.contains(&true) {
                    return None;
                }
                continue;
            }
            let region = self.prune(region.clone(), active, level);
            let region = self.paste(region, active, settings).pop()?;
            let found = self.describe(&region);
            if found.limits.is_empty() {
                return None;
            }
            let tests = self.limit_tests(&region, active);
            return Some((
                region,
                FoundBox {
                    found,
                    tests,
                    trajectory,
                    chosen,
                },
            ));
        }
    }

    fn describe(&self, r: &Region) -> PrimBox {
        let finite = |x: f64| x.is_finite().then_some(x);
        PrimBox {
            limits: (0..self.dimensions())
                .filter(|j| r.restricts(*j))
                .map(|j| Limit {
                    dimension: j,
                    low: finite(r.low[j]),
                    high: finite(r.high[j]),
                })
                .collect(),
            points: r.points,
            cases: r.cases,
            coverage: r.cases as f64 / self.cases as f64,
            density: r.cases as f64 / r.points as f64,
            mass: r.points as f64 / self.points() as f64,
            mean: r.mean(),
        }
    }

    fn inside(&self, r: &Region, point: usize) -> bool {
        self.columns
            .iter()
            .enumerate()
            .all(|(j, x)| r.low[j] <= x[point] && x[point] <= r.high[j])
    }
}

/// The box of a trajectory that a rule prefers; the larger box on ties. `None` when the trajectory
/// is empty or holds no case.
pub fn choose(trajectory: &[PrimBox], choice: Choice) -> Option<usize> {
    let score = |b: &PrimBox| match choice {
        Choice::HarmonicMean => (b.harmonic_mean(), 0.0),
        Choice::DensityAtLeast(d) => {
            if b.density >= d {
                (1.0, b.coverage)
            } else {
                (0.0, b.density)
            }
        }
        Choice::CoverageAtLeast(c) => {
            if b.coverage >= c {
                (1.0, b.density)
            } else {
                (0.0, b.coverage)
            }
        }
    };
    let mut best: Option<usize> = None;
    for (k, b) in trajectory.iter().enumerate().filter(|(_, b)| b.cases > 0) {
        let better = |of: usize| {
            let (a, b) = (score(b), score(&trajectory[of]));
            a.0 > b.0 || (a.0 == b.0 && a.1 > b.1)
        };
        if best.is_none_or(better) {
            best = Some(k);
        }
    }
    best
}

/// Limits that peeling in effect tries per dimension; see [`PrimSettings::significance`].
const SEARCHED: usize = 4;
/// One in so many restricted dimensions may be dropped before the next peeling.
const AT_ONCE: usize = 8;

/// A box by its limits in every dimension, infinite where unlimited, with its sums.
#[derive(Clone, Debug, PartialEq)]
struct Region {
    low: Vec<f64>,
    high: Vec<f64>,
    points: usize,
    cases: usize,
    /// Sum of outcomes.
    sum: f64,
}

impl Region {
    fn mean(&self) -> f64 {
        self.sum / self.points as f64
    }

    fn restricts(&self, dimension: usize) -> bool {
        self.low[dimension].is_finite() || self.high[dimension].is_finite()
    }
}

fn check_settings(s: &PrimSettings) -> Result<(), NumericsError> {
    let open = |x: f64, high: f64| x > 0.0 && x < high;
    check_domain(
        open(s.peel_fraction, 0.5),
        "peel fraction",
        s.peel_fraction,
        "between 0 and 0.5",
    )?;
    check_domain(
        open(s.paste_fraction, 0.5),
        "paste fraction",
        s.paste_fraction,
        "between 0 and 0.5",
    )?;
    check_domain(
        open(s.minimum_mass, 1.0),
        "minimum mass",
        s.minimum_mass,
        "between 0 and 1",
    )?;
    check_domain(
        s.significance > 0.0,
        "significance",
        s.significance,
        "positive",
    )
}
