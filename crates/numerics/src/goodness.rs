//! How well a model of forming and ending ties reproduces the network that came: degrees, shared
//! partners and distances of networks simulated forward beside the observed one (Hunter, Goodreau &
//! Handcock 2008).

use rayon::prelude::*;

use crate::network::Network;
use crate::random::Stream;
use crate::special::logistic;
use crate::stats;

/// One simulated year. Pairs in the order (0, 1), (0, 2), …, (1, 2), …; NaN keeps the pair as it is.
#[derive(Clone, Debug, PartialEq)]
pub struct YearOdds {
    /// Log odds of forming a tie, without what other ties add.
    pub form: Vec<f64>,
    /// Log odds of ending a tie, without what other ties add.
    pub end: Vec<f64>,
    /// Pairs that are set from outside at the end of the year, and whether they are tied.
    pub set: Vec<((usize, usize), bool)>,
}

/// What other ties add to the log odds.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Endogenous {
    /// Forming, per ln(1 + shared partners).
    pub form_shared: f64,
    /// Ending, per ln(1 + shared partners).
    pub end_shared: f64,
    /// Ending, per ln(1 + ties of the one with more).
    pub end_partners: f64,
}

/// Walks one network through `years`; the result depends on `stream` only. Pairs answer the network
/// at the start of each year, independently of one another.
pub fn simulate(start: &Network, years: &[YearOdds], add: &Endogenous, stream: &Stream) -> Network {
    let n = start.n();
    let count = |k: usize| (k as f64).ln_1p();
    // No pair has more than n − 2 shared partners.
    let most = add.form_shared.max(0.0) * count(n);
    let mut now = start.clone();
    for (t, year) in years.iter().enumerate() {
        let mut next = now.clone();
        let degree: Vec<usize> = (0..n).map(|i| now.degree(i)).collect();
        let mut at = 0;
        for i in 0..n {
            for j in i + 1..n {
                let pair = at;
                at += 1;
                let tied = now.has(i, j);
                let odds = if tied {
                    year.end[pair]
                } else {
                    year.form[pair]
                };
                if odds.is_nan() {
                    continue;
                }
                let u = stream.uniform(1, pair as u32, t as u32, 0);
                if tied {
                    let partners = count(degree[i].max(degree[j]));
                    let shared = count(now.shared_partners(i, j));
                    let odds = odds + add.end_shared * shared + add.end_partners * partners;
                    if u < logistic(odds) {
                        next.set(i, j, false);
                    }
                } else if u < (odds + most).exp() {
                    // The exponential is above the logistic function: few pairs come here.
                    let shared = count(now.shared_partners(i, j));
                    if u < logistic(odds + add.form_shared * shared) {
                        next.set(i, j, true);
                    }
                }
            }
        }
        for ((i, j), tied) in &year.set {
            next.set(*i, *j, *tied);
        }
        now = next;
    }
    now
}

/// One statistic of the observed network beside its distribution over simulated ones.
#[derive(Clone, Debug, PartialEq)]
pub struct Row {
    /// `ties`, `degree`, `shared partners` or `distance`.
    pub statistic: &'static str,
    /// Which values are counted, such as `2-4`.
    pub values: String,
    /// Count in the observed network.
    pub observed: f64,
    /// 2.5 % quantile over the simulated networks.
    pub low: f64,
    /// Median.
    pub middle: f64,
    /// 97.5 % quantile.
    pub high: f64,
}

impl Row {
    /// Whether the observed count lies in the interval.
    pub fn inside(&self) -> bool {
        (self.low..=self.high).contains(&self.observed)
    }
}

/// First values of the classes of degrees and of shared partners.
const CLASSES: [usize; 7] = [0, 1, 2, 5, 10, 20, 30];
/// Distances counted one by one; longer ones together.
const LONGEST: usize = 3;

/// Labels and counts: ties, nodes by degree, ties by shared partners, pairs by distance.
fn statistics(net: &Network) -> Vec<(&'static str, String, f64)> {
    let mut out = vec![("ties", String::new(), net.ties() as f64)];
    let classed = |of: &[usize]| -> Vec<(String, f64)> {
        (0..CLASSES.len())
            .map(|k| {
                let first = CLASSES[k];
                let end = CLASSES.get(k + 1).copied().unwrap_or(usize::MAX);
                let count: usize = of.iter().take(end).skip(first).sum();
                let label = if end == usize::MAX {
                    format!("{first} or more")
                } else if end == first + 1 {
                    first.to_string()
                } else {
                    format!("{first}-{}", end - 1)
                };
                (label, count as f64)
            })
            .collect()
    };
    for (name, of) in [
        ("degree", net.degree_distribution()),
        ("shared partners", net.shared_partner_distribution()),
    ] {
        out.extend(classed(&of).into_iter().map(|(l, c)| (name, l, c)));
    }
    let apart = net.geodesic_distribution();
    let n = net.n();
    for (d, pairs) in apart.iter().enumerate().take(LONGEST + 1).skip(1) {
        out.push(("distance", d.to_string(), *pairs as f64));
    }
    let longer: usize = apart.iter().take(n).skip(LONGEST + 1).sum();
    out.push((
        "distance",
        format!("{} or more", LONGEST + 1),
        longer as f64,
    ));
    out.push(("distance", "no path".to_owned(), apart[n] as f64));
    out
}

/// Simulates `networks` networks from `start` through `years` and compares them with `observed`.
pub fn goodness(
    start: &Network,
    years: &[YearOdds],
    add: &Endogenous,
    observed: &Network,
    networks: u32,
    seed: u64,
) -> Vec<Row> {
    let simulated: Vec<Vec<f64>> = (0..networks)
        .into_par_iter()
        .map(|k| {
            let net = simulate(start, years, add, &Stream::new(seed, k));
            statistics(&net).into_iter().map(|s| s.2).collect()
        })
        .collect();
    statistics(observed)
        .into_iter()
        .enumerate()
        .map(|(k, (statistic, values, observed))| {
            let draws: Vec<f64> = simulated.iter().map(|s| s[k]).collect();
            let q = stats::quantiles(&draws, &[0.025, 0.5, 0.975]);
            Row {
                statistic,
                values,
                observed,
                low: q[0],
                middle: q[1],
                high: q[2],
            }
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn flat(n: usize, form: f64, end: f64) -> YearOdds {
        let pairs = n * (n - 1) / 2;
        YearOdds {
            form: vec![form; pairs],
            end: vec![end; pairs],
            set: Vec::new(),
        }
    }

    #[test]
    fn ref_independent_ties_are_binomial() {
        // One year from nothing: ties ~ Bin(pairs, p); degree 0 ~ n(1 − p)^(n−1) in the mean.
        let (n, p) = (40, 0.05_f64);
        let odds = (p / (1.0 - p)).ln();
        let start = Network::new(n);
        let years = [flat(n, odds, -30.0)];
        let rows = goodness(&start, &years, &Endogenous::default(), &start, 2000, 1);
        let pairs = (n * (n - 1) / 2) as f64;
        let ties = &rows[0];
        let sd = (pairs * p * (1.0 - p)).sqrt();
        assert!((ties.middle - pairs * p).abs() < 1.5, "{ties:?}");
        assert!((ties.high - pairs * p - 1.96 * sd).abs() < 1.5, "{ties:?}");
        assert!(!ties.inside(), "no tie is far outside");
        let alone = rows
            .iter()
            .find(|r| r.statistic == "degree" && r.values == "0")
            .unwrap();
        let expected = n as f64 * (1.0 - p).powi(n as i32 - 1);
        assert!((alone.middle - expected).abs() < 1.5, "{alone:?}");
    }

    #[test]
    fn coverage_a_network_of_the_model_lies_in_its_intervals() {
        let n = 50;
        let start = Network::from_ties(n, (0..n).map(|i| (i, (i + 1) % n)));
        let add = Endogenous {
            form_shared: 0.8,
            end_shared: -0.5,
            end_partners: 0.2,
        };
        let years = vec![flat(n, -4.0, -2.0); 4];
        let (mut inside, mut all) = (0, 0);
        for k in 0..20 {
            let observed = simulate(&start, &years, &add, &Stream::new(99, k));
            for r in goodness(&start, &years, &add, &observed, 200, 5) {
                inside += usize::from(r.inside());
                all += 1;
            }
        }
        // Discrete counts cover at least their nominal 95 %; statistics of one network go together.
        let share = f64::from(inside as u32) / f64::from(all as u32);
        assert!(share > 0.91, "{share}");
        // Clustering that the model does not know is noticed.
        let cliques = (0..n).flat_map(|i| {
            (0..i)
                .filter(move |j| i / 10 == j / 10)
                .map(move |j| (i, j))
        });
        let wrong = Network::from_ties(n, cliques);
        let rows = goodness(&start, &years, &add, &wrong, 200, 5);
        assert!(rows.iter().filter(|r| !r.inside()).count() > rows.len() / 3);
    }

    #[test]
    fn prop_pairs_without_odds_stay_and_outside_changes_are_made() {
        let start = Network::from_ties(5, [(0, 1), (2, 3)]);
        let mut year = flat(5, f64::NAN, f64::NAN);
        year.set = vec![((2, 3), false), ((1, 4), true)];
        let out = simulate(&start, &[year], &Endogenous::default(), &Stream::new(1, 0));
        assert_eq!(out, Network::from_ties(5, [(0, 1), (1, 4)]));
    }
}
