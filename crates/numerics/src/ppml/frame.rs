//! From a table and a specification to columns of numbers and levels.

use std::borrow::Cow;

use super::error::PpmlError;
use super::formula::{Factor, Term};
use super::options::{Panel, Spec, ThreeWay};
use super::table::{Column, Levels, MISSING, Table};

/// A regressor before rows are chosen; NaN is missing.
pub(crate) struct Regressor<'a> {
    pub name: String,
    pub value: Cow<'a, [f64]>,
}

/// All columns of a specification, over all rows of the table.
pub(crate) struct Frame<'a> {
    pub rows: usize,
    pub y: &'a [f64],
    pub weight: Option<&'a [f64]>,
    pub offset: Option<&'a [f64]>,
    pub regressors: Vec<Regressor<'a>>,
    pub effects: Vec<(String, Levels)>,
    pub clusters: Vec<(String, Levels)>,
    /// Exporter, importer and time of the three-way correction.
    pub three_way: Option<[Levels; 3]>,
    /// Rows without a missing value.
    pub complete: Vec<bool>,
}

impl<'a> Frame<'a> {
    /// Evaluates a specification. Refuses unknown columns, and values that cannot be meant, with
    /// row and column.
    pub fn new(table: &'a Table, spec: &Spec) -> Result<Self, PpmlError> {
        let rows = table.rows();
        let f = &spec.formula;
        let y = table.number(&f.outcome)?;
        let weight = spec.weights.as_ref().map(|w| table.number(w)).transpose()?;
        let offset = spec.offset.as_ref().map(|o| table.number(o)).transpose()?;
        let panel = spec.panel.clone().or_else(|| panel_of(table, &f.effects));
        let mut regressors = Vec::new();
        for term in &f.terms {
            regressors.extend(expand(table, term, panel.as_ref())?);
        }
        // The same regressor twice is once.
        let mut seen = std::collections::BTreeSet::new();
        regressors.retain(|r| seen.insert(r.name.clone()));
        if f.effects.is_empty() {
            let one = Regressor {
                name: "(Intercept)".to_owned(),
                value: Cow::Owned(vec![1.0; rows]),
            };
            regressors.insert(0, one);
        }
        let named = |names: &Vec<String>| Ok((names.join("^"), table.levels(names)?));
        let effects = f.effects.iter().map(named).collect::<Result<Vec<_>, _>>()?;
        let clusters = spec
            .clusters
            .iter()
            .map(named)
            .collect::<Result<Vec<_>, _>>()?;
        let three_way = spec
            .three_way
            .as_ref()
            .map(|t| roles(table, t))
            .transpose()?;
        let mut frame = Self {
            rows,
            y,
            weight,
            offset,
            regressors,
            effects,
            clusters,
            three_way,
            complete: vec![true; rows],
        };
        frame.judge(spec)?;
        Ok(frame)
    }

    /// Marks rows with a missing value and refuses impossible values.
    fn judge(&mut self, spec: &Spec) -> Result<(), PpmlError> {
        let outcome = &spec.formula.outcome;
        check(self.y, outcome, "a finite number, not negative", |v| {
            v >= 0.0
        })?;
        if let (Some(w), Some(name)) = (self.weight, &spec.weights) {
            check(w, name, "finite and not negative", |v| v >= 0.0)?;
        }
        if let (Some(o), Some(name)) = (self.offset, &spec.offset) {
            check(o, name, "finite", |_| true)?;
        }
        for r in &self.regressors {
            check(&r.value, &r.name, "finite", |_| true)?;
        }
        let numbers = self.regressors.iter().map(|r| &*r.value);
        let numbers = numbers.chain([self.y]).chain(self.offset);
        for values in numbers {
            for (c, v) in self.complete.iter_mut().zip(values) {
                *c &= !v.is_nan();
            }
        }
        if let Some(w) = self.weight {
            for (c, v) in self.complete.iter_mut().zip(w) {
                *c &= *v > 0.0;
            }
        }
        let roles = self.three_way.iter().flatten();
        let named = self.effects.iter().chain(&self.clusters).map(|(_, l)| l);
        for levels in named.chain(roles) {
            for (c, l) in self.complete.iter_mut().zip(&levels.level) {
                *c &= *l != MISSING;
            }
        }
        Ok(())
    }
}

fn check(
    values: &[f64],
    column: &str,
    must: &'static str,
    ok: impl Fn(f64) -> bool,
) -> Result<(), PpmlError> {
    let bad = |v: &f64| v.is_infinite() || (!v.is_nan() && !ok(*v));
    match values.iter().position(bad) {
        Some(row) => Err(PpmlError::Value {
            column: column.to_owned(),
            row,
            value: values[row],
            must,
        }),
        None => Ok(()),
    }
}

fn roles(table: &Table, t: &ThreeWay) -> Result<[Levels; 3], PpmlError> {
    let of = |name: &String| table.levels(std::slice::from_ref(name));
    Ok([of(&t.exporter)?, of(&t.importer)?, of(&t.time)?])
}

/// Names that only a time has.
const TIMES: [&str; 5] = ["year", "time", "date", "period", "t"];

/// Unit and time as the effects `a^t + b^t + a^b` show them. Any of the three could be the time:
/// it is the one called so, or else the only column of numbers.
fn panel_of(table: &Table, effects: &[Vec<String>]) -> Option<Panel> {
    let of_two: Vec<&Vec<String>> = effects.iter().filter(|e| e.len() == 2).collect();
    let mut candidates = Vec::new();
    for unit in &of_two {
        let joined = |column: &String, time: &String| {
            let mut others = of_two.iter().filter(|e| e != &unit);
            others.any(|e| e.contains(column) && e.contains(time))
        };
        let mut times: Vec<&String> = of_two.iter().flat_map(|e| e.iter()).collect();
        times.sort();
        times.dedup();
        for time in times {
            if !unit.contains(time) && unit.iter().all(|c| joined(c, time)) {
                let (unit, time) = ((*unit).clone(), time.clone());
                candidates.push(Panel { unit, time });
            }
        }
    }
    let by_name = |p: &&Panel| TIMES.contains(&p.time.to_lowercase().as_str());
    if let Some(p) = candidates.iter().find(by_name) {
        return Some(p.clone());
    }
    let numeric = |p: &&Panel| table.number(&p.time).is_ok();
    let mut numeric = candidates.iter().filter(numeric);
    let first = numeric.next()?;
    numeric.next().is_none().then(|| first.clone())
}

/// Columns of one term: the product of its factors, for each combination of levels.
fn expand<'a>(
    table: &'a Table,
    term: &Term,
    panel: Option<&Panel>,
) -> Result<Vec<Regressor<'a>>, PpmlError> {
    let mut product: Option<Vec<Regressor<'a>>> = None;
    for factor in term {
        let next = match factor {
            Factor::Levels { column, reference } => levels(table, column, reference.as_deref())?,
            _ => vec![Regressor {
                name: factor.name(),
                value: evaluate(table, factor, panel)?,
            }],
        };
        product = Some(match product {
            None => next,
            Some(so_far) => {
                let mut out = Vec::with_capacity(so_far.len() * next.len());
                for a in &so_far {
                    for b in &next {
                        let value = a.value.iter().zip(&*b.value).map(|(a, b)| a * b);
                        out.push(Regressor {
                            name: format!("{}:{}", a.name, b.name),
                            value: Cow::Owned(value.collect()),
                        });
                    }
                }
                out
            }
        });
    }
    Ok(product.unwrap_or_default())
}

fn evaluate<'a>(
    table: &'a Table,
    factor: &Factor,
    panel: Option<&Panel>,
) -> Result<Cow<'a, [f64]>, PpmlError> {
    match factor {
        Factor::Column(name) => Ok(Cow::Borrowed(table.number(name)?)),
        Factor::Log(of) => {
            let value = evaluate(table, of, panel)?;
            if let Some(row) = value.iter().position(|v| *v <= 0.0) {
                return Err(PpmlError::Value {
                    column: factor.name(),
                    row,
                    value: value[row],
                    must: "positive",
                });
            }
            Ok(Cow::Owned(value.iter().map(|v| v.ln()).collect()))
        }
        Factor::Lag { of, shift } => {
            let value = evaluate(table, of, panel)?;
            let panel = panel.ok_or(PpmlError::NoPanel)?;
            Ok(Cow::Owned(shifted(table, &value, panel, *shift)?))
        }
        // `expand` takes these apart.
        Factor::Levels { .. } => Ok(Cow::Owned(Vec::new())),
    }
}

/// The value of the same unit `shift` units of time earlier; missing when that is not observed.
fn shifted(table: &Table, value: &[f64], panel: &Panel, shift: f64) -> Result<Vec<f64>, PpmlError> {
    let unit = table.levels(&panel.unit)?;
    let time = table.number(&panel.time)?;
    let rows = (0..value.len() as u32)
        .filter(|r| unit.level[*r as usize] != MISSING && !time[*r as usize].is_nan());
    let mut order: Vec<u32> = rows.collect();
    let key = |r: u32| (unit.level[r as usize], time[r as usize]);
    order.sort_by(|a, b| {
        let ((u, s), (v, t)) = (key(*a), key(*b));
        u.cmp(&v).then(s.total_cmp(&t)).then(a.cmp(b))
    });
    if let Some(w) = order.windows(2).find(|w| key(w[0]) == key(w[1])) {
        return Err(PpmlError::RepeatedTime {
            first: w[0] as usize,
            second: w[1] as usize,
        });
    }
    let mut out = vec![f64::NAN; value.len()];
    for r in &order {
        let (u, t) = key(*r);
        let wanted = t - shift;
        let found = order.binary_search_by(|o| {
            let (v, s) = key(*o);
            v.cmp(&u).then(s.total_cmp(&wanted))
        });
        if let Ok(position) = found {
            out[*r as usize] = value[order[position] as usize];
        }
    }
    Ok(out)
}

/// Zero-one columns of the levels of a column, without the reference.
fn levels<'a>(
    table: &'a Table,
    column: &str,
    reference: Option<&str>,
) -> Result<Vec<Regressor<'a>>, PpmlError> {
    let levels = table.levels(&[column.to_owned()])?;
    let mut label = vec![String::new(); levels.count];
    for (r, l) in levels.level.iter().enumerate() {
        if *l != MISSING && label[*l as usize].is_empty() {
            label[*l as usize] = match table.column(column)? {
                Column::Number(v) => format!("{}", v[r]),
                Column::Text { code, label } => label[code[r] as usize].clone(),
            };
        }
    }
    let kept = (0..levels.count).filter(|l| reference != Some(label[*l].as_str()));
    let one = |l: usize| {
        let value = levels.level.iter().map(|v| match *v {
            MISSING => f64::NAN,
            v => f64::from(u8::from(v as usize == l)),
        });
        Regressor {
            name: format!("{column}::{}", label[l]),
            value: Cow::Owned(value.collect()),
        }
    };
    Ok(kept.map(one).collect())
}
