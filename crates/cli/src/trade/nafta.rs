//! `realign trade shock --sectors --data DIR`: a Caliendo–Parro data set of the user.

use std::path::{Path, PathBuf};

use realign_numerics::caliendo_parro::{
    Accounts, SectoralChange, SectoralEconomy, SectoralOptions, first_order, purge_deficits, solve,
};
use realign_numerics::equilibrium::Deficits;
use serde_json::json;

use super::sheet::bytes;
use super::{DeficitRule, ShockArgs, fixed, table};
use crate::report::Failure;

/// A matrix without header.
struct Matrix {
    rows: usize,
    columns: usize,
    values: Vec<f64>,
    path: PathBuf,
}

/// The first of the named files that is there, plain or gzip.
fn find(dir: &Path, stems: &[&str]) -> Result<PathBuf, Failure> {
    for stem in stems {
        for ending in ["csv", "csv.gz"] {
            let path = dir.join(format!("{stem}.{ending}"));
            if path.is_file() {
                return Ok(path);
            }
        }
    }
    Err(Failure::hinted(
        format!(
            "{} holds no {}.csv or .csv.gz",
            dir.display(),
            stems.join(" or ")
        ),
        "the layout of a Caliendo-Parro data set is in `realign trade shock --help`",
    ))
}

fn read(path: PathBuf) -> Result<Matrix, Failure> {
    let data = bytes(&path)?;
    let mut reader = csv::ReaderBuilder::new()
        .has_headers(false)
        .flexible(true)
        .trim(csv::Trim::All)
        .from_reader(&data[..]);
    let (mut rows, mut columns, mut values) = (0, 0, Vec::new());
    for record in reader.records() {
        let record = record.map_err(|e| Failure::plain(format!("{}: {e}", path.display())))?;
        rows += 1;
        if rows == 1 {
            columns = record.len();
        }
        if record.len() != columns {
            return Err(Failure::hinted(
                format!(
                    "{}, row {rows}: {} numbers, the first row has {columns}",
                    path.display(),
                    record.len()
                ),
                "every row has the same number of columns",
            ));
        }
        for (c, field) in record.iter().enumerate() {
            let value = field.parse().map_err(|_| {
                Failure::hinted(
                    format!(
                        "{}, row {rows}, column {}: `{field}` is no number",
                        path.display(),
                        c + 1
                    ),
                    "these files have numbers only, no header",
                )
            })?;
            values.push(value);
        }
    }
    Ok(Matrix {
        rows,
        columns,
        values,
        path,
    })
}

impl Matrix {
    fn must(self, rows: usize, columns: usize) -> Result<Vec<f64>, Failure> {
        // A vector may lie or stand.
        let vector = rows == 1 || columns == 1;
        if (self.rows, self.columns) == (rows, columns)
            || vector && (self.rows, self.columns) == (columns, rows)
        {
            return Ok(self.values);
        }
        Err(Failure::hinted(
            format!(
                "{} is {} × {}, must be {rows} × {columns}",
                self.path.display(),
                self.rows,
                self.columns
            ),
            "J comes from T_inv_theta_J, N from VAn; all files must agree",
        ))
    }
}

/// From sector × importer × exporter to sector × exporter × importer.
fn turned(values: &[f64], j: usize, n: usize) -> Vec<f64> {
    let mut out = vec![0.0; values.len()];
    for s in 0..j {
        for m in 0..n {
            for i in 0..n {
                out[(s * n + i) * n + m] = values[(s * n + m) * n + i];
            }
        }
    }
    out
}

/// Tariffs as fractions; the file holds one plus the tariff.
fn tariffs(path: PathBuf, j: usize, n: usize) -> Result<Vec<f64>, Failure> {
    let shown = path.display().to_string();
    let factors = read(path)?.must(j * n, n)?;
    if let Some(k) = factors.iter().position(|t| !(*t > 0.0 && t.is_finite())) {
        return Err(Failure::hinted(
            format!(
                "{shown}, row {}, column {}: {} makes a tariff of −100 % or less",
                k / n + 1,
                k % n + 1,
                factors[k]
            ),
            "the file holds one plus the tariff: 1.25 is 25 %",
        ));
    }
    Ok(turned(&factors, j, n).iter().map(|t| t - 1.0).collect())
}

/// Solves the user's data set.
pub fn run(args: &ShockArgs) -> Result<(), Failure> {
    let Some(dir) = args.market.data.as_deref() else {
        return Err(Failure::plain("--data is missing"));
    };
    if !dir.is_dir() {
        return Err(Failure::hinted(
            format!("--sectors --data {}: not a directory", dir.display()),
            "give a directory with a Caliendo-Parro data set; a file of flows goes without --sectors",
        ));
    }
    let Some(to) = &args.to else {
        return Err(Failure::hinted(
            "the tariffs after the change are missing",
            "name their file with --to, J·N rows of N columns, one plus the tariff",
        ));
    };
    if !(args.tariff.is_empty() && args.cost.is_empty()) {
        return Err(Failure::hinted(
            "--tariff and --cost do not go with a directory",
            "put the new tariffs into the file that --to names",
        ));
    }
    let get = |stems: &[&str]| find(dir, stems).and_then(read);
    let inverse = get(&["T_inv_theta_J"])?;
    let j = inverse.values.len();
    let theta: Vec<f64> = inverse.values.iter().map(|t| 1.0 / t).collect();
    let value_added = get(&["VAn"])?.values;
    let n = value_added.len();
    let g = get(&["G_io_NJxJ"])?.must(n * j, j)?;
    let mut input_share = vec![0.0; g.len()];
    for m in 0..n {
        for k in 0..j {
            for o in 0..j {
                input_share[(m * j + o) * j + k] = g[(m * j + k) * j + o];
            }
        }
    }
    let place = if to.is_file() {
        to.clone()
    } else {
        dir.join(to)
    };
    let new = tariffs(place, j, n)?;
    let economy = SectoralEconomy::from_shares(Accounts {
        sectors: j,
        regions: n,
        share: turned(&get(&["Din_JNxN"])?.must(j * n, n)?, j, n),
        tariff: tariffs(find(dir, &["tau_JNxN", "tau1993_JNxN"])?, j, n)?,
        value_added_share: get(&["B_va_share_JxN"])?.must(j, n)?,
        input_share,
        final_share: get(&["alphas_JxN"])?.must(j, n)?,
        value_added,
        surplus: get(&["Sn"])?.must(n, 1)?,
    })
    .map_err(|e| {
        Failure::hinted(
            format!("{}: {e}", dir.display()),
            "accounts must balance: shares sum to one, surpluses to zero",
        )
    })?;
    let options = SectoralOptions::default();
    let base = match args.deficits {
        DeficitRule::Additive => economy,
        DeficitRule::Multiplicative => economy.closed_by(Deficits::Multiplicative),
        DeficitRule::Purged => {
            purge_deficits(&economy, &theta, &options).map_err(Failure::plain)?
        }
    };
    let change = SectoralChange {
        tariff: &new,
        log_shift: None,
        surplus: None,
    };
    let e = solve(&base, &theta, &change, None, &options).map_err(Failure::plain)?;
    if !e.verdict.is_converged() {
        return Err(Failure::hinted(
            format!("no equilibrium was found (residual {:.1e})", e.residual),
            "try --deficits multiplicative or purged",
        ));
    }
    let d = first_order(&base, &theta, &change, &e);
    let names = names(args.names.as_deref(), n)?;
    if args.json {
        let all = json!({
            "data": dir.display().to_string(), "sectors": j, "regions": n,
            "residual": e.residual, "converged": true, "evaluations": e.work.evaluations,
            "adjustment": base.adjustment(),
            "states": (0..n).map(|i| json!({
                "state": names[i],
                "real_income_pct": 100.0 * (e.real_income[i] - 1.0),
                "first_order_pct": 100.0 * d.welfare[i],
                "terms_of_trade_pct": 100.0 * d.terms_of_trade[i],
                "volume_of_trade_pct": 100.0 * d.volume_of_trade[i],
                "real_wage_pct": 100.0 * (e.real_wage[i] - 1.0),
            })).collect::<Vec<_>>(),
        });
        println!("{}", serde_json::to_string_pretty(&all)?);
        return Ok(());
    }
    println!(
        "Many sectors with input-output links: {j} sectors, {n} regions, {} to {}",
        dir.display(),
        to.display()
    );
    let rows = (0..n).map(|i| {
        vec![
            names[i].clone(),
            fixed(100.0 * (e.real_income[i] - 1.0), 4),
            fixed(100.0 * d.welfare[i], 4),
            fixed(100.0 * d.terms_of_trade[i], 4),
            fixed(100.0 * d.volume_of_trade[i], 4),
            fixed(100.0 * (e.real_wage[i] - 1.0), 4),
        ]
    });
    let header = [
        "%",
        "real income, exact",
        "first-order",
        "terms of trade",
        "volume of trade",
        "real wage",
    ];
    println!("{}", table(&header, rows.collect()));
    println!(
        "Exact real income is the answer; the first-order sum is what the literature prints. Solved to {:.0e} in {} evaluations.",
        e.residual, e.work.evaluations
    );
    Ok(())
}

/// Names of the regions, or their numbers.
fn names(path: Option<&Path>, n: usize) -> Result<Vec<String>, Failure> {
    let Some(path) = path else {
        return Ok((1..=n).map(|k| format!("region {k}")).collect());
    };
    let text = String::from_utf8_lossy(&bytes(path)?).into_owned();
    let names: Vec<String> = text
        .lines()
        .map(|l| l.trim().to_owned())
        .filter(|l| !l.is_empty())
        .collect();
    if names.len() == n {
        return Ok(names);
    }
    Err(Failure::hinted(
        format!(
            "{} names {} regions, the data have {n}",
            path.display(),
            names.len()
        ),
        "one name a line, in the order of the data",
    ))
}
