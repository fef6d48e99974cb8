//! Five-year windows of deliveries: who could have supplied whom, and who did.

use realign_atlas::{Atlas, StateId, Year};
use realign_numerics::stats::mean;

use crate::ModelError;
use crate::arms::observed::newest;

/// Years of a window.
pub(super) const WINDOW: i32 = 5;
/// End of the first window.
const FIRST: i32 = 1999;
/// Smallest share of the world's imports in a window that makes a recipient count.
pub(super) const LEAST_IMPORTS: f64 = 0.0005;
/// Weight of the world's shares added to a recipient's past shares.
pub(super) const SMOOTHING: f64 = 0.1;
/// Exporters that every recipient may turn to.
const OPEN_SUPPLIERS: usize = 15;
/// Columns: past share, world share, level of affinity, change of affinity.
pub(super) const COLUMNS: usize = 4;

/// One recipient in one window: its possible suppliers, what speaks for each, what it bought.
#[derive(Clone, Debug)]
pub(super) struct Choice {
    pub(super) recipient: usize,
    pub(super) window: i32,
    pub(super) x: Vec<[f64; COLUMNS]>,
    pub(super) past: Vec<f64>,
    pub(super) old: Vec<f64>,
    pub(super) world: Vec<f64>,
    pub(super) bought: Vec<f64>,
}

/// Shares of the world's deliveries by supplier and recipient in the window that ends in `end`.
pub(super) fn deliveries(atlas: &Atlas, end: i32) -> Result<Vec<f64>, ModelError> {
    let n = atlas.n();
    let panel = atlas.item_dyads("arms_world_share_5y")?;
    let mut m = vec![0.0; n * n];
    for r in panel
        .rows()
        .iter()
        .filter(|r| r.3 == Year(end) && r.1 != r.2)
    {
        m[r.2.index() * n + r.1.index()] += r.4;
    }
    Ok(m)
}

/// Shares of the world's deliveries over thirty years, by recipient and supplier, newest year not
/// later than `end`.
fn base(atlas: &Atlas, end: i32) -> Result<Vec<f64>, ModelError> {
    let n = atlas.n();
    let panel = atlas.item_dyads("arms_base_share_30y")?;
    let mut m = vec![0.0; n * n];
    for (_, j, i, v) in newest(panel, Year(end)) {
        m[i.index() * n + j.index()] += v;
    }
    Ok(m)
}

/// Minus the distance of ideal points, averaged over the years of the window; NaN where unknown.
fn affinity(atlas: &Atlas, end: i32) -> Result<Vec<f64>, ModelError> {
    let points = atlas.state_series("ideal_point")?;
    let n = atlas.n();
    let level: Vec<f64> = (0..n)
        .map(|i| {
            let at = (end - WINDOW + 1..=end)
                .filter_map(|y| points.at(StateId::from_index(i), Year(y)))
                .collect::<Vec<f64>>();
            mean(&at)
        })
        .collect();
    Ok((0..n * n)
        .map(|k| -(level[k / n] - level[k % n]).abs())
        .collect())
}

/// Ends of the windows that do not overlap.
pub(super) fn windows(atlas: &Atlas) -> Result<Vec<i32>, ModelError> {
    let panel = atlas.item_dyads("arms_world_share_5y")?;
    let last = panel.rows().iter().map(|r| r.3.0).max().unwrap_or(FIRST);
    Ok((FIRST..=last).step_by(WINDOW as usize).collect())
}

/// Choices of all recipients in all windows but the first.
pub(super) fn choices(atlas: &Atlas) -> Result<Vec<Choice>, ModelError> {
    let n = atlas.n();
    let ends = windows(atlas)?;
    let mut out = Vec::new();
    for pair in ends.windows(2) {
        let (before, now) = (deliveries(atlas, pair[0])?, deliveries(atlas, pair[1])?);
        let (level, earlier) = (
            affinity(atlas, pair[0])?,
            affinity(atlas, pair[0] - WINDOW)?,
        );
        let thirty = base(atlas, pair[0])?;
        let world: Vec<f64> = (0..n)
            .map(|j| (0..n).map(|i| before[i * n + j]).sum::<f64>())
            .collect();
        let mut order: Vec<usize> = (0..n).collect();
        order.sort_by(|a, b| world[*b].total_cmp(&world[*a]).then(a.cmp(b)));
        for i in 0..n {
            let (past, new) = (&before[i * n..(i + 1) * n], &now[i * n..(i + 1) * n]);
            let (had, got) = (past.iter().sum::<f64>(), new.iter().sum::<f64>());
            if had < LEAST_IMPORTS || got < LEAST_IMPORTS {
                continue;
            }
            let known = |j: usize| level[i * n + j].is_finite() && earlier[i * n + j].is_finite();
            let open = &order[..OPEN_SUPPLIERS];
            let candidates: Vec<usize> = (0..n)
                .filter(|j| *j != i && known(*j) && world[*j] > 0.0)
                .filter(|j| past[*j] > 0.0 || open.contains(j))
                .collect();
            let bought: Vec<f64> = candidates.iter().map(|j| new[*j]).collect();
            let total: f64 = bought.iter().sum();
            if total < 0.5 * got {
                continue;
            }
            let world_here: f64 = candidates.iter().map(|j| world[*j]).sum();
            let had: f64 = candidates.iter().map(|j| past[*j]).sum();
            let own: Vec<f64> = candidates.iter().map(|j| past[*j] / had).collect();
            let general: Vec<f64> = candidates.iter().map(|j| world[*j] / world_here).collect();
            let smooth = own.iter().zip(&general);
            let smooth: Vec<f64> = smooth
                .map(|(p, w)| (1.0 - SMOOTHING) * p + SMOOTHING * w)
                .collect();
            // Thirty years of deliveries; where there are none, the past window again.
            let long: f64 = candidates.iter().map(|j| thirty[i * n + j]).sum();
            let old = match long {
                l if l > 0.0 => candidates.iter().map(|j| thirty[i * n + j] / l).collect(),
                _ => own.clone(),
            };
            let x = candidates
                .iter()
                .zip(&smooth)
                .map(|(j, s)| {
                    let k = i * n + j;
                    [
                        s.ln(),
                        (world[*j] / world_here).ln(),
                        level[k],
                        level[k] - earlier[k],
                    ]
                })
                .collect();
            out.push(Choice {
                recipient: i,
                window: pair[1],
                x,
                past: own,
                old,
                world: general,
                bought: bought.iter().map(|b| b / total).collect(),
            });
        }
    }
    Ok(out)
}
