//! What currency shares and surveys of holdings say.
//!
//! The world's share of a currency is compared, out of sample, with a random walk; its yearly drift
//! is estimated. Holdings of United States securities give the drift of a holder's stock, and a
//! test whether the level of affinity, its change or an alliance predict how a holder's stock grows
//! beside the others'. Country shares of currencies in reserves are not public: the effect of an
//! alliance keeps its prior.

use realign_atlas::{Atlas, StateId, Year};
use realign_numerics::ols;
use realign_numerics::stats::{mean, quantiles, sd};

use super::logit;
use crate::ModelError;
use crate::params::{Estimator, Params, Posterior};

/// Years of a window of holdings.
const WINDOW: i32 = 5;
/// Smallest stock that counts, USD mn.
const LEAST_STOCK_MUSD: f64 = 1000.0;
/// First year from which currency shares are forecast.
const FIRST_ORIGIN: usize = 10;

/// Forecasts of a currency's log-odds against a random walk.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct ShareScore {
    /// Years ahead.
    pub horizon: usize,
    /// Root mean squared error of an autoregression around a mean over that of the random walk.
    pub error_ratio: f64,
    /// Forecasts scored.
    pub forecasts: usize,
}

/// Growth of holdings over five years beside that of other holders.
#[derive(Clone, Debug, PartialEq)]
pub struct HoldingScore {
    /// Coefficients of alliance, level of affinity and its change, all windows.
    pub coefficients: [f64; 3],
    /// Standard errors clustered by holder.
    pub standard_errors: [f64; 3],
    /// Out of sample: mean squared error with level and alliance over that without, and with the
    /// change as well over that without.
    pub error_ratio: [f64; 2],
    /// Holders and windows.
    pub observations: usize,
}

/// What can be estimated on its own: the drift of the world's share, the drift of holdings.
pub const ESTIMATORS: &[Estimator] = &[share_posterior, holdings_posterior];

/// Estimates the drifts of the world's share and of holdings. Everything else keeps its prior.
pub fn estimate(atlas: &Atlas) -> Result<Vec<Posterior>, ModelError> {
    let mut out = Vec::new();
    for part in ESTIMATORS {
        out.extend(part(atlas)?);
    }
    Ok(out)
}

fn share_posterior(atlas: &Atlas) -> Result<Vec<Posterior>, ModelError> {
    let series = dollar_log_odds(atlas)?;
    let steps: Vec<f64> = series.windows(2).map(|w| w[1] - w[0]).collect();
    let drift = sd(&steps);
    let scores = share_scores(atlas)?;
    let ratios: Vec<String> = scores
        .iter()
        .map(|s| {
            format!(
                "{:.2} at {} year(s) ({} forecasts)",
                s.error_ratio, s.horizon, s.forecasts
            )
        })
        .collect();
    Ok(vec![Posterior {
        id: "finance.world_sd".to_owned(),
        mean: drift,
        sd: drift / (2.0 * (steps.len() as f64 - 1.0)).sqrt(),
        observations: steps.len(),
        source: format!(
            "Yearly changes of the log-odds of the US dollar in allocated reserves, fourth quarters (COFER). An autoregression around a mean has errors of {} times the random walk's: no gain at one year, and what is seen at five rests on few overlapping forecasts; the baseline stays a random walk and the inertia of portfolios keeps its published prior",
            ratios.join(", ")
        ),
    }])
}

fn holdings_posterior(atlas: &Atlas) -> Result<Vec<Posterior>, ModelError> {
    let holdings = holding_score(atlas)?;
    let (stock_drift, stock_se, used) = holdings_drift(atlas)?;
    Ok(vec![Posterior {
        id: "finance.holdings_sd".to_owned(),
        mean: stock_drift,
        sd: stock_se,
        observations: used,
        source: format!(
            "Five-year changes of log holdings of US securities by holder (June surveys) less the year's median, robust spread over the square root of five, jackknife over holders. Out of sample over {} holders and windows, alliance and level of affinity have {:.3} and with the change of affinity {:.3} times the squared error without them: the effect of alliance and trust keeps its prior",
            holdings.observations, holdings.error_ratio[0], holdings.error_ratio[1]
        ),
    }])
}

/// Log-odds of the dollar by year, ascending without gaps.
fn dollar_log_odds(atlas: &Atlas) -> Result<Vec<f64>, ModelError> {
    let panel = atlas.items("reserve_currency_share")?;
    let missing = || failed("no shares of the US dollar in the atlas");
    let item = panel.item("USD").ok_or_else(missing)?;
    let rows = panel.of(item);
    if rows.windows(2).any(|w| w[1].1 - w[0].1 != 1) || rows.len() < 3 {
        return Err(missing());
    }
    Ok(rows.iter().map(|r| logit(r.2)).collect())
}

fn failed(message: impl std::fmt::Display) -> ModelError {
    ModelError::Fixed {
        domain: "finance",
        message: message.to_string(),
    }
}

/// Rolling forecasts of the dollar's log-odds 1, 3 and 5 years ahead.
pub fn share_scores(atlas: &Atlas) -> Result<Vec<ShareScore>, ModelError> {
    let y = dollar_log_odds(atlas)?;
    let mut scores = Vec::new();
    for horizon in [1, 3, 5] {
        let (mut model, mut walk, mut forecasts) = (0.0, 0.0, 0);
        for origin in FIRST_ORIGIN..y.len().saturating_sub(horizon) {
            let x: Vec<f64> = y[..origin].iter().flat_map(|v| [1.0, *v]).collect();
            let fit = ols::fit(&x, 2, &y[1..=origin], None, None).map_err(failed)?;
            let mut ahead = y[origin];
            for _ in 0..horizon {
                ahead = fit.coefficient[0] + fit.coefficient[1] * ahead;
            }
            model += (ahead - y[origin + horizon]).powi(2);
            walk += (y[origin] - y[origin + horizon]).powi(2);
            forecasts += 1;
        }
        scores.push(ShareScore {
            horizon,
            error_ratio: (model / walk).sqrt(),
            forecasts,
        });
    }
    Ok(scores)
}

/// The form of Chinn & Frankel 2007 as a rival: a yearly part 1 − ϱ of the way, with ϱ their
/// published inertia (`finance.inertia`), towards a level that the issuer's share of world income
/// sets; intercept and slope are fitted before each origin, income stays as at the origin. Errors
/// over those of the random walk 1, 3 and 5 years ahead. Inflation and turnover are not in the atlas.
pub fn adjustment_scores(atlas: &Atlas) -> Result<Vec<ShareScore>, ModelError> {
    let inertia = Params::embedded()?.centre().get("finance.inertia")?;
    let panel = atlas.items("reserve_currency_share")?;
    let missing = || failed("no shares of the US dollar in the atlas");
    let first = panel.of(panel.item("USD").ok_or_else(missing)?)[0].1;
    let y = dollar_log_odds(atlas)?;
    let income = atlas.state_series("gdp_usd_mn")?;
    let usa = atlas.states().by_iso3("USA").ok_or_else(missing)?;
    let size: Vec<f64> = (0..y.len())
        .map(|t| {
            let year = first + t as i32;
            let all = (0..atlas.n()).map(StateId::from_index);
            let world: f64 = all
                .filter_map(|i| income.latest(i, year))
                .map(|v| v.1)
                .sum();
            income
                .latest(usa, year)
                .map_or(f64::NAN, |v| (v.1 / world).ln())
        })
        .collect();
    if size.iter().any(|s| !s.is_finite()) {
        return Err(failed(
            "no income of the United States for every year of the shares",
        ));
    }
    let mut scores = Vec::new();
    for horizon in [1, 3, 5] {
        let (mut model, mut walk, mut forecasts) = (0.0, 0.0, 0);
        for origin in FIRST_ORIGIN..y.len().saturating_sub(horizon) {
            let x: Vec<f64> = size[..origin].iter().flat_map(|s| [1.0, *s]).collect();
            let level: Vec<f64> = (0..origin)
                .map(|t| (y[t + 1] - inertia * y[t]) / (1.0 - inertia))
                .collect();
            let fit = ols::fit(&x, 2, &level, None, None).map_err(failed)?;
            let aim = fit.coefficient[0] + fit.coefficient[1] * size[origin];
            let kept = inertia.powi(horizon as i32);
            let ahead = kept * y[origin] + (1.0 - kept) * aim;
            model += (ahead - y[origin + horizon]).powi(2);
            walk += (y[origin] - y[origin + horizon]).powi(2);
            forecasts += 1;
        }
        scores.push(ShareScore {
            horizon,
            error_ratio: (model / walk).sqrt(),
            forecasts,
        });
    }
    Ok(scores)
}

/// One holder in one window.
struct Growth {
    holder: usize,
    window: i32,
    log_change: f64,
    x: [f64; 3],
}

/// ln of holdings of United States securities by holder, in the year of the survey.
fn log_stock(atlas: &Atlas, year: i32) -> Result<Vec<Option<f64>>, ModelError> {
    let n = atlas.n();
    let panel = atlas.item_dyads("us_securities_musd")?;
    let mut out = vec![None; n];
    if let Some(item) = panel.item("total") {
        for r in panel
            .of(item)
            .iter()
            .filter(|r| r.3 == Year(year) && r.4 >= LEAST_STOCK_MUSD)
        {
            out[r.1.index()] = Some(r.4.ln());
        }
    }
    Ok(out)
}

/// Years in which windows of holdings end, newest first.
fn window_ends(atlas: &Atlas) -> Result<Vec<i32>, ModelError> {
    let panel = atlas.item_dyads("us_securities_musd")?;
    let years = panel.rows().iter().map(|r| r.3.0);
    let (first, last) = (years.clone().min(), years.max());
    let (Some(first), Some(last)) = (first, last) else {
        return Ok(Vec::new());
    };
    Ok((first + WINDOW..=last)
        .rev()
        .step_by(WINDOW as usize)
        .collect())
}

fn growths(atlas: &Atlas) -> Result<Vec<Growth>, ModelError> {
    let usa = atlas
        .states()
        .by_iso3("USA")
        .ok_or_else(|| failed("no USA in the atlas"))?;
    let points = atlas.state_series("ideal_point")?;
    let pacts = atlas.spells("defence_pact")?;
    let affinity = |i: StateId, y: i32| -> Option<f64> {
        Some(-(points.at(i, Year(y))? - points.at(usa, Year(y))?).abs())
    };
    let mut out = Vec::new();
    for end in window_ends(atlas)? {
        let begin = end - WINDOW;
        let (before, after) = (log_stock(atlas, begin)?, log_stock(atlas, end)?);
        let mut rows = Vec::new();
        for i in 0..atlas.n() {
            let id = StateId::from_index(i);
            let (Some(a), Some(b)) = (before[i], after[i]) else {
                continue;
            };
            let (Some(now), Some(past)) = (affinity(id, begin), affinity(id, begin - WINDOW))
            else {
                continue;
            };
            let allied = f64::from(u8::from(pacts.tied(id, usa, Year(begin))));
            rows.push(Growth {
                holder: i,
                window: end,
                log_change: b - a,
                x: [allied, now, now - past],
            });
        }
        let middle = quantiles(
            &rows.iter().map(|r| r.log_change).collect::<Vec<_>>(),
            &[0.5],
        )[0];
        for r in &mut rows {
            r.log_change -= middle;
        }
        out.extend(rows);
    }
    Ok(out)
}

/// Whether alliance, level of affinity and its change say how holdings grow.
pub fn holding_score(atlas: &Atlas) -> Result<HoldingScore, ModelError> {
    let all = growths(atlas)?;
    let regress = |rows: &[&Growth], columns: usize| {
        let x: Vec<f64> = rows
            .iter()
            .flat_map(|r| std::iter::once(1.0).chain(r.x[..columns].iter().copied()))
            .collect();
        let y: Vec<f64> = rows.iter().map(|r| r.log_change).collect();
        let holder: Vec<usize> = rows.iter().map(|r| r.holder).collect();
        ols::fit(&x, columns + 1, &y, None, Some(&holder)).map_err(failed)
    };
    let everything: Vec<&Growth> = all.iter().collect();
    let whole = regress(&everything, 3)?;
    let mut windows: Vec<i32> = all.iter().map(|r| r.window).collect();
    windows.sort_unstable();
    windows.dedup();
    let mut squared = [0.0; 3];
    for &end in windows.iter().skip(1) {
        let earlier: Vec<&Growth> = all.iter().filter(|r| r.window < end).collect();
        for (k, columns) in [0, 2, 3].into_iter().enumerate() {
            let fit = regress(&earlier, columns)?;
            for r in all.iter().filter(|r| r.window == end) {
                let slope = fit.coefficient[1..]
                    .iter()
                    .zip(&r.x)
                    .map(|(b, x)| b * x)
                    .sum::<f64>();
                squared[k] += (r.log_change - fit.coefficient[0] - slope).powi(2);
            }
        }
    }
    Ok(HoldingScore {
        coefficients: std::array::from_fn(|k| whole.coefficient[k + 1]),
        standard_errors: std::array::from_fn(|k| whole.standard_error[k + 1]),
        error_ratio: [squared[1] / squared[0], squared[2] / squared[0]],
        observations: all.len(),
    })
}

/// Yearly drift of a holder's log stock beside the others', its jackknife standard error and the
/// number of changes used.
fn holdings_drift(atlas: &Atlas) -> Result<(f64, f64, usize), ModelError> {
    // Half the distance between the quartiles of a normal, in standard deviations.
    const QUARTILE: f64 = 0.674_489_750_196_081_7;
    let all = growths(atlas)?;
    let drift = |keep: &dyn Fn(usize) -> bool| -> f64 {
        let g: Vec<f64> = all
            .iter()
            .filter(|r| keep(r.holder))
            .map(|r| r.log_change)
            .collect();
        let q = quantiles(&g, &[0.25, 0.75]);
        0.5 * (q[1] - q[0]) / QUARTILE / f64::from(WINDOW).sqrt()
    };
    let mut holders: Vec<usize> = all.iter().map(|r| r.holder).collect();
    holders.sort_unstable();
    holders.dedup();
    let left_out: Vec<f64> = holders.iter().map(|h| drift(&|i| i != *h)).collect();
    let centre = mean(&left_out);
    let m = left_out.len() as f64;
    let sum: f64 = left_out.iter().map(|d| (d - centre).powi(2)).sum();
    Ok((drift(&|_| true), ((m - 1.0) / m * sum).sqrt(), all.len()))
}
