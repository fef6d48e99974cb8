//! `realign trade gravity`

use std::path::Path;

use realign_numerics::ppml::{
    Column, Estimate, Fit, Omitted, Options, Panel, PpmlError, Rule, Spec, Table, ThreeWay, fit,
    left_out,
};
use serde_json::{Value, json};

use super::sheet::{bytes, mistake};
use super::{GravityArgs, fixed, table};
use crate::report::Failure;

/// Rows listed on the terminal; JSON lists all.
const LISTED: usize = 20;

/// `realign trade gravity`
pub fn run(args: &GravityArgs) -> Result<(), Failure> {
    let spec = spec(args)?;
    let frame = read(&args.data, &words(args))?;
    let explain = |e: PpmlError| explained(&args.data, &frame, e);
    if args.separation {
        let found = left_out(&frame.table, &spec, &Options::default()).map_err(explain)?;
        return separated(args, &frame, &found);
    }
    let fitted = fit(&frame.table, &spec, &Options::default()).map_err(explain)?;
    if fitted.estimates.is_empty() {
        return Err(Failure::hinted(
            format!(
                "{}: nothing can be estimated: {} without variation beside the fixed effects",
                args.data.display(),
                fitted.collinear.join(", ")
            ),
            "drop the fixed effects that span them, or regressors that do not vary within them",
        ));
    }
    if args.json {
        let all = as_json(&frame, &fitted, args);
        println!("{}", serde_json::to_string_pretty(&all)?);
    } else {
        print(&frame, &fitted, args);
    }
    Ok(())
}

fn spec(args: &GravityArgs) -> Result<Spec, Failure> {
    let wrong = |e: PpmlError| {
        let mark = if let PpmlError::Formula { at, .. } = &e {
            format!("\n  {}\n  {}^", args.formula, " ".repeat(*at))
        } else {
            String::new()
        };
        Failure::hinted(
            format!("{e}{mark}"),
            "write outcome ~ terms | effects, such as \"trade ~ log(dist) + rta | exp^year + imp^year\"",
        )
    };
    let mut spec = Spec::parse(&args.formula).map_err(wrong)?;
    for c in &args.cluster {
        spec = spec.cluster(c).map_err(wrong)?;
    }
    spec.offset.clone_from(&args.offset);
    spec.weights.clone_from(&args.weights);
    if let Some(text) = &args.panel {
        let Some((unit, time)) = text.rsplit_once(',') else {
            return Err(Failure::hinted(
                format!("--panel {text}: no time"),
                "give unit and time, such as --panel exp^imp,year",
            ));
        };
        spec.panel = Some(Panel {
            unit: unit.split('^').map(|u| u.trim().to_owned()).collect(),
            time: time.trim().to_owned(),
        });
    }
    if let Some(text) = &args.three_way {
        spec.three_way = Some(three_way(text, &spec)?);
    }
    Ok(spec)
}

/// Columns of the three-way correction: given, or read off effects a^t + b^t + a^b.
fn three_way(text: &str, spec: &Spec) -> Result<ThreeWay, Failure> {
    let given: Vec<&str> = text.split(',').map(str::trim).collect();
    if let [exporter, importer, time] = given[..] {
        return Ok(ThreeWay {
            exporter: exporter.to_owned(),
            importer: importer.to_owned(),
            time: time.to_owned(),
        });
    }
    let effects = &spec.formula.effects;
    let two = |e: &&Vec<String>| e.len() == 2;
    let pairs: Vec<&Vec<String>> = effects.iter().filter(two).collect();
    for a in &pairs {
        for b in &pairs {
            for time in a.iter().filter(|t| b.contains(t)) {
                let other = |e: &[String]| e.iter().find(|c| *c != time).cloned();
                if let (Some(x), Some(m)) = (other(a), other(b))
                    && x != m
                    && pairs.iter().any(|p| p.contains(&x) && p.contains(&m))
                {
                    return Ok(ThreeWay {
                        exporter: x,
                        importer: m,
                        time: time.clone(),
                    });
                }
            }
        }
    }
    Err(Failure::hinted(
        "--three-way: exporter, importer and time cannot be read off the fixed effects",
        "name them: --three-way exp,imp,year; the effects must be exp^year + imp^year + exp^imp (or a pair column, then name the columns)",
    ))
}

/// Words that may be columns.
fn words(args: &GravityArgs) -> Vec<String> {
    let mut text = args.formula.clone();
    for more in args.cluster.iter().chain(
        [&args.three_way, &args.offset, &args.weights, &args.panel]
            .into_iter()
            .flatten(),
    ) {
        text.push(' ');
        text.push_str(more);
    }
    let mut list: Vec<String> = text
        .split(|c: char| !(c.is_alphanumeric() || c == '_' || c == '.'))
        .filter(|w| !w.is_empty())
        .map(str::to_owned)
        .collect();
    list.sort_unstable();
    list.dedup();
    list
}

/// The table and where its rows stand in the file.
struct Frame {
    table: Table,
    line: Vec<u32>,
}

fn is_missing(field: &[u8]) -> bool {
    let field = field.trim_ascii();
    field.is_empty()
        || [&b"NA"[..], b"NaN", b"nan", b"."]
            .iter()
            .any(|m| field == *m)
}

/// Reads the wanted columns: numbers where every value is one, text otherwise.
fn read(path: &Path, wanted: &[String]) -> Result<Frame, Failure> {
    let data = bytes(path)?;
    let unreadable = |e: csv::Error| Failure::plain(format!("{}: {e}", path.display()));
    let mut reader = csv::Reader::from_reader(&data[..]);
    let header = reader.headers().map_err(unreadable)?.clone();
    let columns: Vec<(usize, String)> = header
        .iter()
        .map(|h| h.trim_start_matches('\u{feff}').trim().to_owned())
        .enumerate()
        .filter(|(_, h)| wanted.contains(h))
        .collect();
    let mut numbers: Vec<Option<Vec<f64>>> = vec![Some(Vec::new()); columns.len()];
    let mut texts: Vec<Vec<String>> = vec![Vec::new(); columns.len()];
    let mut line = Vec::new();
    // First all as numbers; columns where that fails are read again as text.
    let mut record = csv::ByteRecord::new();
    while reader.read_byte_record(&mut record).map_err(unreadable)? {
        line.push(record.position().map_or(0, csv::Position::line) as u32);
        for (c, (at, _)) in columns.iter().enumerate() {
            let Some(list) = &mut numbers[c] else {
                continue;
            };
            let field = record.get(*at).unwrap_or_default().trim_ascii();
            let value = if is_missing(field) {
                Some(f64::NAN)
            } else {
                std::str::from_utf8(field).ok().and_then(|t| t.parse().ok())
            };
            match value {
                Some(v) => list.push(v),
                None => numbers[c] = None,
            }
        }
    }
    if numbers.iter().any(Option::is_none) {
        let mut reader = csv::Reader::from_reader(&data[..]);
        while reader.read_byte_record(&mut record).map_err(unreadable)? {
            for (c, (at, _)) in columns.iter().enumerate() {
                if numbers[c].is_none() {
                    let field = record.get(*at).unwrap_or_default().trim_ascii();
                    texts[c].push(String::from_utf8_lossy(field).into_owned());
                }
            }
        }
    }
    if line.is_empty() {
        return Err(Failure::hinted(
            format!("{} holds no rows", path.display()),
            "give a header and at least as many rows as there are coefficients",
        ));
    }
    let mut table = Table::new();
    for (c, (_, name)) in columns.into_iter().enumerate() {
        let column = match numbers[c].take() {
            Some(list) => Column::Number(list),
            None => Column::text(&texts[c]),
        };
        table.add(&name, column).map_err(Failure::plain)?;
    }
    Ok(Frame { table, line })
}

fn explained(path: &Path, frame: &Frame, e: PpmlError) -> Failure {
    let line = |row: usize| u64::from(frame.line.get(row).copied().unwrap_or_default());
    match e {
        PpmlError::NoColumn { name } => Failure::hinted(
            format!("{}, line 1: no column `{name}`", path.display()),
            "names are compared as written; the formula and the options name columns of the file",
        ),
        PpmlError::NotNumber { name } => Failure::hinted(
            format!(
                "{}: column `{name}` holds text; a number is needed",
                path.display()
            ),
            format!(
                "write i({name}) for one column a level, or put it behind the bar as a fixed effect"
            ),
        ),
        PpmlError::Value {
            column,
            row,
            value,
            must,
        } => mistake(
            path,
            line(row),
            &column,
            &format!("{value}; it must be {must}"),
            "correct the row or leave it empty (missing)",
        ),
        PpmlError::RepeatedTime { first, second } => Failure::hinted(
            format!(
                "{}: lines {} and {} have the same unit and time",
                path.display(),
                line(first),
                line(second)
            ),
            "lag and lead need one row for every unit and time: name the unit with --panel",
        ),
        PpmlError::NotConverged { .. } => Failure::hinted(
            format!("{}: {e}", path.display()),
            "there is no estimate; look for regressors of very different size, or outcomes in a smaller unit",
        ),
        PpmlError::NoRows { .. } | PpmlError::TooFewRows { .. } => Failure::hinted(
            format!("{}: {e}", path.display()),
            "fewer fixed effects, or more rows",
        ),
        other => Failure::plain(format!("{}: {other}", path.display())),
    }
}

fn rule(r: Rule) -> &'static str {
    match r {
        Rule::Missing => "missing value",
        Rule::Singleton => "singleton",
        Rule::ZeroGroup => "separated: effect without a positive outcome",
        Rule::Rectifier => "separated: rectifier",
        Rule::SmallMu => "separated: fitted value at zero",
    }
}

fn separated(args: &GravityArgs, frame: &Frame, found: &Omitted) -> Result<(), Failure> {
    let rows: Vec<Value> = found
        .rows
        .iter()
        .map(|r| {
            json!({ "row": r.row + 1, "line": frame.line[r.row as usize], "rule": rule(r.rule) })
        })
        .collect();
    if args.json {
        let all = json!({ "left_out": rows, "complete": found.complete });
        println!("{}", serde_json::to_string_pretty(&all)?);
        return Ok(());
    }
    for r in &found.rows {
        println!("line {:>7}  {}", frame.line[r.row as usize], rule(r.rule));
    }
    println!(
        "{} of {} rows would be left out{}.",
        found.rows.len(),
        frame.line.len(),
        if found.complete {
            ""
        } else {
            "; the search did not end, there may be more"
        }
    );
    Ok(())
}

/// Half-width of a 95 % interval in standard errors.
const WIDE: f64 = 1.959_963_984_540_054;

fn cells(e: &Estimate) -> Vec<String> {
    let p = e.p_value();
    vec![
        e.name.clone(),
        fixed(e.coefficient, 5),
        fixed(e.standard_error, 5),
        fixed(e.z(), 2),
        if p < 1e-4 {
            "<0.0001".to_owned()
        } else {
            fixed(p, 4)
        },
        format!(
            "{} … {}",
            fixed(e.coefficient - WIDE * e.standard_error, 4),
            fixed(e.coefficient + WIDE * e.standard_error, 4)
        ),
    ]
}

fn print(frame: &Frame, f: &Fit, args: &GravityArgs) {
    let header = ["", "coefficient", "standard error", "z", "p", "95 %"];
    println!("{}", args.formula);
    println!(
        "{}",
        table(&header, f.estimates.iter().map(cells).collect())
    );
    if let Some(t) = &f.three_way {
        println!("Corrected for three-way bias (Weidner & Zylkin 2021), clustered by pair:");
        if !t.exact_leverage {
            println!(
                "(Too many effects for exact leverages: no corrected standard errors. Read the clustered \
                 ones above.)"
            );
        }
        println!(
            "{}",
            table(&header, t.estimates.iter().map(cells).collect())
        );
    }
    let how = if args.cluster.is_empty() {
        "robust to heteroskedasticity".to_owned()
    } else {
        let counts: Vec<String> = args
            .cluster
            .iter()
            .zip(&f.clusters)
            .map(|(c, k)| format!("{c} ({k} clusters)"))
            .collect();
        format!("clustered by {}", counts.join(" and "))
    };
    println!("Standard errors {how}.");
    for e in &f.effects {
        println!("Fixed effect {}: {} levels.", e.name, e.levels);
    }
    if !f.collinear.is_empty() {
        println!(
            "Dropped, spanned by the effects and earlier regressors: {}.",
            f.collinear.join(", ")
        );
    }
    let separated: Vec<_> = f
        .left_out
        .iter()
        .filter(|l| l.rule != Rule::Missing)
        .collect();
    let missing = f.left_out.len() - separated.len();
    println!(
        "{} rows used of {}; {missing} with missing values, {} separated or single.",
        f.rows.len(),
        frame.line.len(),
        separated.len()
    );
    for l in separated.iter().take(LISTED) {
        println!("  line {:>7}  {}", frame.line[l.row as usize], rule(l.rule));
    }
    if separated.len() > LISTED {
        println!("  … --json lists all");
    }
    if !f.separation_complete {
        println!("The search for separated rows did not end; some may be left in.");
    }
    if f.covariance_repaired {
        println!("A negative eigenvalue of the covariance was set to zero.");
    }
    println!(
        "Converged: deviance {:.6e} (change {:.0e}), sums of effects met to {:.0e}, {} steps, {} inner.",
        f.deviance, f.deviance_change, f.adding_up, f.work.iterations, f.work.inner
    );
}

fn as_json(frame: &Frame, f: &Fit, args: &GravityArgs) -> Value {
    let one = |e: &Estimate| {
        json!({ "name": e.name, "coefficient": e.coefficient, "standard_error": e.standard_error,
                "z": e.z(), "p": e.p_value() })
    };
    let list = |l: &[Estimate]| l.iter().map(one).collect::<Vec<_>>();
    json!({
        "formula": args.formula,
        "clusters": args.cluster.iter().zip(&f.clusters).map(|(c, k)| json!({"by": c, "count": k})).collect::<Vec<_>>(),
        "estimates": list(&f.estimates),
        "three_way": f.three_way.as_ref().map(|t| json!({
            "estimates": list(&t.estimates), "bias": t.bias, "exact_leverage": t.exact_leverage })),
        "dropped_collinear": f.collinear,
        "effects": f.effects.iter().map(|e| json!({"name": e.name, "levels": e.levels})).collect::<Vec<_>>(),
        "rows_used": f.rows.len(),
        "rows": frame.line.len(),
        "left_out": f.left_out.iter().map(|l| json!({
            "row": l.row + 1, "line": frame.line[l.row as usize], "rule": rule(l.rule) })).collect::<Vec<_>>(),
        "separation_complete": f.separation_complete,
        "covariance_repaired": f.covariance_repaired,
        "deviance": f.deviance,
        "adding_up": f.adding_up,
        "converged": true,
        "iterations": f.work.iterations,
        "inner_iterations": f.work.inner,
    })
}
