//! Who took China's place in the United States after 2018: predicted from the flows of the year
//! before and the tariffs alone, beside what happened.
//!
//! Three predictions of each exporter's share in the goods that the United States import: the last
//! share; China's loss (as the equilibrium gives it) spread over the others by their shares; and the
//! trade equilibrium with the tariffs of both sides at the elasticity of that year, without trust.

use realign_atlas::{Atlas, AtlasError, StateId, Year};
use realign_model::params::Params;
use realign_model::trade::Coefficients;
use realign_numerics::equilibrium::{Change, Deficits, Economy, SolveOptions, Technology, solve};

use crate::HistoryError;

/// Year of the flows that predictions start from.
const ORIGIN: Year = Year(2017);
/// Exporters compared.
const EXPORTERS: usize = 20;
/// Year predicted, and what the two sides levied on each other beyond 2017, averages over the year
/// (Bown, US-China Trade War Tariffs, PIIE; `backtests/us-china-tariffs-2018.toml`).
const EPISODE: [(Year, f64, f64); 3] = [
    (Year(2018), 0.035, 0.05),
    (Year(2019), 0.16, 0.12),
    (Year(2021), 0.16, 0.12),
];

/// One exporter in one year; shares of the goods imports of the United States, fractions.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Taker {
    /// The exporter.
    pub exporter: StateId,
    /// Share in 2017.
    pub before: f64,
    /// Share in the year.
    pub after: f64,
    /// Change of share by the equilibrium.
    pub equilibrium: f64,
    /// Change of share if China's loss were spread by shares.
    pub pro_rata: f64,
}

impl Taker {
    /// What happened.
    pub fn change(&self) -> f64 {
        self.after - self.before
    }
}

/// One year of the episode.
#[derive(Clone, Debug, PartialEq)]
pub struct Diverted {
    /// The year.
    pub year: Year,
    /// China's share: 2017, in the year, change predicted.
    pub china: (f64, f64, f64),
    /// The twenty largest other exporters, by their share in 2017.
    pub takers: Vec<Taker>,
}

impl Diverted {
    fn error(&self, predicted: impl Fn(&Taker) -> f64) -> f64 {
        let squares = self
            .takers
            .iter()
            .map(|t| (predicted(t) - t.change()).powi(2));
        (squares.sum::<f64>() / self.takers.len() as f64).sqrt()
    }

    /// Root mean squared errors of the change of share: last share, by shares, equilibrium.
    pub fn errors(&self) -> [f64; 3] {
        [
            self.error(|_| 0.0),
            self.error(|t| t.pro_rata),
            self.error(|t| t.equilibrium),
        ]
    }

    /// Exporters whose share moved as the equilibrium says.
    pub fn right_signs(&self) -> usize {
        let right = |t: &&Taker| t.equilibrium * t.change() > 0.0;
        self.takers.iter().filter(right).count()
    }

    /// Rank correlation between predicted and observed changes of the logarithm of the share.
    pub fn rank_correlation(&self) -> f64 {
        let ranks = |value: &dyn Fn(&Taker) -> f64| {
            let v: Vec<f64> = self.takers.iter().map(value).collect();
            v.iter()
                .map(|x| v.iter().filter(|y| *y < x).count() as f64)
                .collect::<Vec<_>>()
        };
        let a = ranks(&|t| (t.equilibrium / t.before).ln_1p());
        let b = ranks(&|t| (t.change() / t.before).ln_1p());
        let mean = (a.len() as f64 - 1.0) / 2.0;
        let (mut ab, mut aa, mut bb) = (0.0, 0.0, 0.0);
        for (x, y) in a.iter().zip(&b) {
            ab += (x - mean) * (y - mean);
            aa += (x - mean) * (x - mean);
            bb += (y - mean) * (y - mean);
        }
        ab / (aa * bb).sqrt()
    }
}

/// The episode, year by year.
pub fn us_china(atlas: &Atlas) -> Result<Vec<Diverted>, HistoryError> {
    let goods = atlas.dyads("icio_goods_musd")?;
    let state = |code: &str| {
        let found = atlas.states().by_iso3(code);
        found.ok_or_else(|| {
            HistoryError::Atlas(AtlasError::UnknownVariable {
                id: format!("goods trade of {code}"),
                known: Vec::new(),
            })
        })
    };
    let (usa, china) = (state("USA")?, state("CHN")?);
    let mut members: Vec<StateId> = goods
        .rows()
        .filter(|r| r.2 == ORIGIN && r.0 == r.1)
        .map(|r| r.0)
        .collect();
    members.sort_unstable();
    let n = members.len();
    let place = |s: StateId| members.binary_search(&s).unwrap_or_default();
    let mut flows = vec![0.0; n * n];
    for (a, b, y, v) in goods.rows() {
        if y == ORIGIN
            && let (Ok(j), Ok(i)) = (members.binary_search(&a), members.binary_search(&b))
        {
            flows[j * n + i] = v;
        }
    }
    let economy =
        Economy::new(n, flows, vec![0.0; n * n], vec![0.0; n])?.closed_by(Deficits::Multiplicative);
    let coefficients = Coefficients::new(&Params::embedded()?.centre())?;
    let (u, c) = (place(usa), place(china));
    let shares = |flows: &dyn Fn(usize) -> f64| {
        let total: f64 = (0..n).filter(|j| *j != u).map(flows).sum();
        (0..n).map(|j| flows(j) / total).collect::<Vec<f64>>()
    };
    let before = shares(&|j| economy.flows()[j * n + u]);
    let mut others: Vec<usize> = (0..n).filter(|j| *j != u && *j != c).collect();
    others.sort_by(|a, b| before[*b].total_cmp(&before[*a]));
    others.truncate(EXPORTERS);
    let mut out = Vec::new();
    for (year, on_china, on_usa) in EPISODE {
        let mut tariff = vec![0.0; n * n];
        tariff[c * n + u] = on_china;
        tariff[u * n + c] = on_usa;
        let change = Change {
            tariff: &tariff,
            log_shift: None,
            transfer: None,
        };
        let years = u32::try_from(year.0 - ORIGIN.0).unwrap_or(1);
        let technology = Technology::armington(coefficients.elasticity(years));
        let e = solve(
            &economy,
            &technology,
            &change,
            None,
            &SolveOptions::default(),
        )?;
        let then = shares(&|j| e.flows[j * n + u]);
        let seen = shares(&|j| goods.at(members[j], usa, year).unwrap_or(0.0));
        let lost = before[c] - then[c];
        out.push(Diverted {
            year,
            china: (before[c], seen[c], then[c] - before[c]),
            takers: others
                .iter()
                .map(|j| Taker {
                    exporter: members[*j],
                    before: before[*j],
                    after: seen[*j],
                    equilibrium: then[*j] - before[*j],
                    pro_rata: lost * before[*j] / (1.0 - before[c]),
                })
                .collect(),
        });
    }
    Ok(out)
}

#[cfg(test)]
#[allow(clippy::print_stdout)]
mod tests {
    use super::*;

    #[test]
    fn regress_china_loses_share_and_its_place_is_taken() {
        let atlas = Atlas::embedded().expect("tables");
        let found = us_china(&atlas).expect("the episode");
        assert_eq!(found.len(), EPISODE.len());
        for d in &found {
            let (before, after, predicted) = d.china;
            assert!((0.15..0.30).contains(&before), "{before}");
            assert!(predicted < 0.0 && d.takers.len() == EXPORTERS);
            assert!(d.takers.iter().all(|t| t.pro_rata > 0.0));
            let [last, by_share, equilibrium] = d.errors();
            println!(
                "{}: China {before:.4} -> {after:.4}, predicted {predicted:+.4}; signs {} of {}; \
                 errors last {last:.5} shares {by_share:.5} equilibrium {equilibrium:.5}; rank {:.2}",
                d.year,
                d.right_signs(),
                d.takers.len(),
                d.rank_correlation()
            );
            for t in &d.takers {
                println!(
                    "  {} {:.4} {:+.5} predicted {:+.5} by shares {:+.5}",
                    atlas.states().iso3(t.exporter),
                    t.before,
                    t.change(),
                    t.equilibrium,
                    t.pro_rata
                );
            }
        }
        // In 2019 and 2021 China's share fell, as the tariffs alone predict.
        assert!(found[1..].iter().all(|d| d.china.1 < d.china.0));
        // Prediction and outcome agree in sign for more than half of the exporters in 2019.
        assert!(
            found[1].right_signs() * 2 > EXPORTERS,
            "{}",
            found[1].right_signs()
        );
    }
}
