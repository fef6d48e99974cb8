//! One study: screening, then indices of the survivors and of whole blocks, then the boxes in which
//! a conclusion holds.

use realign_model::model::Model;
use realign_numerics::random::Stream;
use realign_numerics::sensitivity::morris::{MorrisDesign, MorrisEffects};
use realign_numerics::sensitivity::prim::{FoundBox, Prim, PrimSettings};
use realign_numerics::sensitivity::variance::{Sampler, VarianceDesign, VarianceIndices};
use realign_numerics::sensitivity::{Bootstrap, ConvergenceRule};

use super::{Factors, Outcome};
use crate::EnsembleError;

/// How large a study is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Size {
    /// Trajectories of the screening.
    pub trajectories: usize,
    /// Base rows of the variance-based designs.
    pub base_rows: usize,
    /// Most factors that survive the screening.
    pub survivors: usize,
    /// Points in which boxes are looked for.
    pub points: usize,
}

/// What is asked of every run: which cell, the effect of the acts or the level with them, and from
/// where on a conclusion holds (its sign says the direction for an effect).
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Output {
    /// Position in the list of cells.
    pub cell: usize,
    /// The level with the acts, not the effect.
    pub level: bool,
    /// Where the conclusion holds; `None` looks for no boxes.
    pub threshold: Option<f64>,
}

impl Output {
    fn of(&self, outcomes: &[Outcome]) -> Vec<f64> {
        outcomes
            .iter()
            .map(|o| {
                f64::from(if self.level {
                    o.level[self.cell]
                } else {
                    o.effect[self.cell]
                })
            })
            .collect()
    }

    /// Whether the conclusion holds.
    fn holds(value: f64, threshold: f64) -> bool {
        if threshold < 0.0 {
            value <= threshold
        } else {
            value >= threshold
        }
    }
}

/// Results of a study.
#[derive(Clone, Debug)]
pub struct Study {
    /// Names of all factors.
    pub factors: Vec<String>,
    /// The screening.
    pub screening: MorrisEffects,
    /// Groups of the indices by factor: the survivors, then everything else, then chance.
    pub groups: Vec<String>,
    /// Indices of the groups, with second order. `None` where the output does not vary.
    pub indices: Option<VarianceIndices>,
    /// Blocks of parameters, and chance.
    pub blocks: Vec<String>,
    /// Indices of the blocks. `None` where the output does not vary.
    pub by_block: Option<VarianceIndices>,
    /// What the parameters are founded on, and chance.
    pub foundations: Vec<String>,
    /// Indices of the foundations. `None` where the output does not vary.
    pub by_foundation: Option<VarianceIndices>,
    /// Boxes in which the conclusion holds, in cumulative probabilities of the survivors.
    pub boxes: Vec<FoundBox>,
    /// Names of the boxes' dimensions.
    pub dimensions: Vec<String>,
    /// Points in which the conclusion holds, and all points without failure.
    pub cases: (usize, usize),
}

/// Most boxes that cover a conclusion.
const BOXES: usize = 3;
/// A factor survives the screening with at least this share of the largest mean absolute effect.
const SURVIVES: f64 = 0.1;
/// Levels of the screening's grid.
const LEVELS: u32 = 4;
/// Address of the points in which boxes are looked for, among the uses of a seed.
const POINTS: u32 = 0x706f_696e;

/// Evaluates the rows of a design by its name; kept rows of an earlier session may be handed back.
pub type Evaluate<'a> = &'a dyn Fn(&str, &[Vec<f64>]) -> Result<Vec<Outcome>, EnsembleError>;

/// Runs a study of one output.
pub fn study(
    model: &Model,
    seed: u64,
    size: Size,
    output: Output,
    evaluate: Evaluate<'_>,
) -> Result<Study, EnsembleError> {
    let factors = Factors::of(model);
    let k = factors.names().len();
    let bootstrap = Bootstrap {
        seed,
        ..Bootstrap::default()
    };
    let rule = ConvergenceRule::default();

    let design = MorrisDesign::new(size.trajectories, k, LEVELS, seed)?;
    let rows: Vec<Vec<f64>> = design.rows().collect();
    let name = format!("screening-{}", size.trajectories);
    let screening = design.analyse(&output.of(&evaluate(&name, &rows)?), &bootstrap)?;

    let chance = k - 1;
    let survivors: Vec<usize> = screening
        .survivors(SURVIVES, size.survivors + 1)
        .into_iter()
        .filter(|f| *f != chance)
        .take(size.survivors)
        .collect();
    let (group_of, groups) = grouped(&factors, &survivors);
    let indices = variance(
        &format!("survivors-{}-{}", size.base_rows, key(&survivors)),
        &VarianceDesign::grouped(size.base_rows, &group_of, true, Sampler::Independent, seed)?,
        output,
        evaluate,
        (&bootstrap, &rule),
    )?;
    let (blocks, block_of) = factors.blocks();
    let by_block = variance(
        &format!("blocks-{}", size.base_rows),
        &VarianceDesign::grouped(size.base_rows, &block_of, false, Sampler::Independent, seed)?,
        output,
        evaluate,
        (&bootstrap, &rule),
    )?;
    let (foundations, founded_on) = factors.foundations(model.params());
    let by_foundation = variance(
        &format!("foundations-{}", size.base_rows),
        &VarianceDesign::grouped(
            size.base_rows,
            &founded_on,
            false,
            Sampler::Independent,
            seed,
        )?,
        output,
        evaluate,
        (&bootstrap, &rule),
    )?;

    let mut out = Study {
        factors: factors.names().to_vec(),
        screening,
        groups,
        indices,
        blocks,
        by_block,
        foundations,
        by_foundation,
        boxes: Vec::new(),
        dimensions: survivors
            .iter()
            .map(|f| factors.names()[*f].clone())
            .collect(),
        cases: (0, 0),
    };
    if let Some(threshold) = output.threshold
        && !survivors.is_empty()
    {
        let stream = Stream::new(seed, POINTS);
        let rows: Vec<Vec<f64>> = (0..size.points as u32)
            .map(|r| {
                (0..k as u32)
                    .map(|f| stream.uniform(POINTS, r, f, 0))
                    .collect()
            })
            .collect();
        let values = output.of(&evaluate(&format!("points-{}", size.points), &rows)?);
        let kept: Vec<(&Vec<f64>, f64)> = rows
            .iter()
            .zip(values)
            .filter(|(_, v)| v.is_finite())
            .collect();
        let cases: Vec<bool> = kept
            .iter()
            .map(|(_, v)| Output::holds(*v, threshold))
            .collect();
        out.cases = (cases.iter().filter(|c| **c).count(), cases.len());
        // Boxes say something only where the conclusion sometimes holds and sometimes not.
        if out.cases.0 > 0 && out.cases.0 < out.cases.1 {
            let points: Vec<f64> = kept
                .iter()
                .flat_map(|(row, _)| survivors.iter().map(|f| row[*f]))
                .collect();
            let prim = Prim::from_cases(&points, survivors.len(), &cases)?;
            out.boxes = prim.cover(&PrimSettings::default(), BOXES)?;
        }
    }
    Ok(out)
}

/// Group of every factor and names of the groups: each survivor, everything else, chance.
fn grouped(factors: &Factors, survivors: &[usize]) -> (Vec<usize>, Vec<String>) {
    let names = factors.names();
    let chance = names.len() - 1;
    let mut groups: Vec<String> = survivors.iter().map(|f| names[*f].clone()).collect();
    let rest = groups.len();
    groups.push(format!("the other {} parameters", chance - survivors.len()));
    groups.push(super::CHANCE.to_owned());
    let group_of = (0..names.len())
        .map(|f| match survivors.iter().position(|s| *s == f) {
            Some(g) => g,
            None if f == chance => rest + 1,
            None => rest,
        })
        .collect();
    (group_of, groups)
}

fn variance(
    name: &str,
    design: &VarianceDesign,
    output: Output,
    evaluate: Evaluate<'_>,
    (bootstrap, rule): (&Bootstrap, &ConvergenceRule),
) -> Result<Option<VarianceIndices>, EnsembleError> {
    let rows: Vec<Vec<f64>> = design.rows().collect();
    let values = output.of(&evaluate(name, &rows)?);
    let first = values.iter().copied().find(|v| v.is_finite());
    if values.iter().all(|v| !v.is_finite() || Some(*v) == first) {
        return Ok(None);
    }
    Ok(Some(design.analyse(&values, bootstrap, rule)?))
}

/// A name for a list of factors.
fn key(factors: &[usize]) -> String {
    let text: Vec<String> = factors.iter().map(ToString::to_string).collect();
    text.join("_")
}
