//! Sensitivity analysis against closed forms: Ishigami, the g-function, linear functions.

use std::f64::consts::PI;

use proptest::prelude::*;
use realign_numerics::sensitivity::morris::MorrisDesign;
use realign_numerics::sensitivity::variance::{Sampler, VarianceDesign, VarianceIndices};
use realign_numerics::sensitivity::{Bootstrap, ConvergenceRule, Estimate, IntervalKind};

/// Three decimals.
const THREE_DECIMALS: f64 = 5e-4;

/// Ishigami & Homma 1990 with a = 7, b = 0.1 on (−π, π)³.
fn ishigami(u: &[f64]) -> f64 {
    let x: Vec<f64> = u.iter().map(|u| PI * (2.0 * u - 1.0)).collect();
    x[0].sin() + 7.0 * x[1].sin().powi(2) + 0.1 * x[2].powi(4) * x[0].sin()
}

fn no_bootstrap() -> Bootstrap {
    Bootstrap {
        resamples: 0,
        ..Bootstrap::default()
    }
}

fn evaluate(design: &VarianceDesign, f: impl Fn(&[f64]) -> f64) -> Vec<f64> {
    let mut row = vec![0.0; design.factors()];
    (0..design.len())
        .map(|i| {
            design.write_row(i, &mut row);
            f(&row)
        })
        .collect()
}

fn indices(
    design: &VarianceDesign,
    f: impl Fn(&[f64]) -> f64,
    options: &Bootstrap,
) -> VarianceIndices {
    design
        .analyse(&evaluate(design, f), options, &ConvergenceRule::default())
        .unwrap()
}

fn check(estimates: &[Estimate], expected: &[f64], tolerance: f64) {
    assert_eq!(estimates.len(), expected.len());
    for (e, x) in estimates.iter().zip(expected) {
        assert!((e.value - x).abs() < tolerance, "{} {x}", e.value);
    }
}

#[test]
fn ref_ishigami() {
    let design = VarianceDesign::new(1 << 16, 3, true, Sampler::ScrambledSobol, 1).unwrap();
    let s = indices(&design, ishigami, &no_bootstrap());
    assert!((s.variance - 13.84459).abs() < 5e-3, "{}", s.variance);
    assert!((s.mean - 3.5).abs() < 1e-3);
    check(&s.first, &[0.3139, 0.4424, 0.0], THREE_DECIMALS);
    check(&s.total, &[0.5576, 0.4424, 0.2437], THREE_DECIMALS);
    let second: Vec<Estimate> = s.second.iter().map(|p| p.estimate).collect();
    check(&second, &[0.0, 0.2437, 0.0], THREE_DECIMALS);
    assert_eq!((s.second[1].a, s.second[1].b), (0, 2));
    assert_eq!(s.ranking(), [0, 1, 2]);
    assert!((s.interaction_share() - 0.2437).abs() < 2.0 * THREE_DECIMALS);
}

#[test]
fn ref_groups_of_ishigami() {
    // The first and third factor together hold their own shares and their interaction.
    let design =
        VarianceDesign::grouped(1 << 15, &[0, 1, 0], true, Sampler::ScrambledSobol, 2).unwrap();
    assert_eq!((design.groups(), design.rows_per_base()), (2, 6));
    let s = indices(&design, ishigami, &no_bootstrap());
    check(&s.first, &[0.5576, 0.4424], THREE_DECIMALS);
    check(&s.total, &[0.5576, 0.4424], THREE_DECIMALS);
    assert!(s.second[0].estimate.value.abs() < THREE_DECIMALS);
}

#[test]
fn ref_g_function() {
    // Saltelli & Sobol 1995: V_j = 1/(3(1 + a_j)²), V = Π(1 + V_j) − 1, S_j = V_j / V,
    // T_j = V_j Π_{i≠j}(1 + V_i) / V, S_ij = V_i V_j / V.
    let a = [0.0, 1.0, 4.5, 9.0, 99.0, 99.0, 99.0, 99.0];
    let part: Vec<f64> = a
        .iter()
        .map(|a: &f64| 1.0 / (3.0 * (1.0 + a).powi(2)))
        .collect();
    let product: f64 = part.iter().map(|v| 1.0 + v).product();
    let variance = product - 1.0;
    let first: Vec<f64> = part.iter().map(|v| v / variance).collect();
    let total: Vec<f64> = part
        .iter()
        .map(|v| v * product / (1.0 + v) / variance)
        .collect();
    assert!((first[0] - 0.7162).abs() < 5e-5 && (total[0] - 0.7871).abs() < 5e-5);
    let g = |u: &[f64]| {
        u.iter()
            .zip(&a)
            .map(|(u, a)| ((4.0 * u - 2.0).abs() + a) / (1.0 + a))
            .product::<f64>()
    };
    let design = VarianceDesign::new(1 << 16, 8, true, Sampler::ScrambledSobol, 3).unwrap();
    let s = indices(&design, g, &no_bootstrap());
    check(&s.first, &first, THREE_DECIMALS);
    check(&s.total, &total, THREE_DECIMALS);
    for p in &s.second {
        let exact = part[p.a] * part[p.b] / variance;
        assert!(
            (p.estimate.value - exact).abs() < 2.0 * THREE_DECIMALS,
            "{p:?} {exact}"
        );
    }
}

#[test]
fn coverage_bootstrap_intervals_on_ishigami() {
    // 300 analyses of 400 independent base rows, nominal 90 %: five standard deviations of the
    // count, the lower side with room for the skewness of small samples.
    let total = [0.5576, 0.4424, 0.2437];
    let first = [0.3139, 0.4424, 0.0];
    for kind in [IntervalKind::Percentile, IntervalKind::Normal] {
        let mut hits = [0; 6];
        for seed in 0..300 {
            let design = VarianceDesign::new(400, 3, false, Sampler::Independent, seed).unwrap();
            let options = Bootstrap {
                resamples: 200,
                level: 0.9,
                kind,
                seed,
            };
            let s = indices(&design, ishigami, &options);
            for (j, (e, x)) in s
                .first
                .iter()
                .chain(&s.total)
                .zip(first.iter().chain(&total))
                .enumerate()
            {
                hits[j] += usize::from(e.low <= *x && *x <= e.high);
            }
        }
        assert!(
            hits.iter().all(|h| (244..=296).contains(h)),
            "{kind:?} {hits:?}"
        );
    }
}

#[test]
fn coverage_intervals_are_cautious_with_sobol_points() {
    // Rows of the sequence spread better than independent ones, which the bootstrap cannot know.
    let mut hits = 0;
    for seed in 0..100 {
        let design = VarianceDesign::new(256, 3, false, Sampler::ScrambledSobol, seed).unwrap();
        let options = Bootstrap {
            resamples: 200,
            level: 0.9,
            ..Bootstrap::default()
        };
        let s = indices(&design, ishigami, &options);
        let e = s.total[0];
        hits += usize::from(e.low <= 0.5576 && 0.5576 <= e.high);
    }
    assert!(hits >= 90, "{hits}");
}

#[test]
fn prop_convergence_follows_the_rows() {
    let verdict = |rows| {
        let design = VarianceDesign::new(rows, 3, false, Sampler::ScrambledSobol, 1).unwrap();
        indices(&design, ishigami, &Bootstrap::default()).convergence
    };
    let (few, many) = (verdict(64), verdict(1 << 15));
    assert!(!few.values && !few.is_converged(), "{few:?}");
    assert!(many.is_converged(), "{many:?}");
    assert!(many.widest < few.widest && many.rank_shift <= few.rank_shift);
}

#[test]
fn prop_failed_runs_drop_their_base_row() {
    let design = VarianceDesign::new(512, 3, true, Sampler::Independent, 4).unwrap();
    let mut y = evaluate(&design, ishigami);
    let whole = design
        .analyse(&y, &no_bootstrap(), &ConvergenceRule::default())
        .unwrap();
    y[0] = f64::NAN;
    y[3] = f64::INFINITY;
    y[8 * 100 + 7] = f64::NAN;
    let s = design
        .analyse(&y, &no_bootstrap(), &ConvergenceRule::default())
        .unwrap();
    assert_eq!(
        (s.base_rows, s.dropped_base_rows, s.failed_rows),
        (510, 2, 3)
    );
    assert!((s.total[0].value - whole.total[0].value).abs() < 0.05);
    // A run stopped after half the base rows is the design of half the size.
    let half = VarianceDesign::new(256, 3, true, Sampler::Independent, 4).unwrap();
    let cut: Vec<f64> = evaluate(&design, ishigami)
        .into_iter()
        .enumerate()
        .map(|(i, y)| if i < half.len() { y } else { f64::NAN })
        .collect();
    let a = design
        .analyse(&cut, &no_bootstrap(), &ConvergenceRule::default())
        .unwrap();
    let b = indices(&half, ishigami, &no_bootstrap());
    assert!((a.first[1].value - b.first[1].value).abs() < 1e-12);
}

#[test]
fn prop_bad_input_is_refused() {
    let rule = ConvergenceRule::default();
    let design = VarianceDesign::new(8, 2, true, Sampler::ScrambledSobol, 1).unwrap();
    assert!(design.analyse(&[1.0; 3], &no_bootstrap(), &rule).is_err());
    for constant in [0.0, 0.1, 1e9] {
        let y = vec![constant; design.len()];
        assert!(design.analyse(&y, &no_bootstrap(), &rule).is_err());
    }
    let failed = vec![f64::NAN; design.len()];
    assert!(design.analyse(&failed, &no_bootstrap(), &rule).is_err());
    assert!(VarianceDesign::new(1, 2, true, Sampler::Independent, 1).is_err());
    assert!(VarianceDesign::new(8, 129, true, Sampler::ScrambledSobol, 1).is_err());
    assert!(VarianceDesign::new(8, 129, true, Sampler::Independent, 1).is_ok());
    assert!(VarianceDesign::grouped(8, &[0, 2], true, Sampler::Independent, 1).is_err());
    assert!(VarianceDesign::grouped(8, &[], true, Sampler::Independent, 1).is_err());
    assert!(MorrisDesign::new(0, 2, 4, 1).is_err() && MorrisDesign::new(3, 2, 5, 1).is_err());
    assert!(MorrisDesign::spread(5, 4, 2, 4, 1).is_err());
}

#[test]
fn prop_threads_do_not_matter() {
    let design = VarianceDesign::new(200, 3, true, Sampler::Independent, 1).unwrap();
    let run = |threads| {
        rayon::ThreadPoolBuilder::new()
            .num_threads(threads)
            .build()
            .unwrap()
            .install(|| indices(&design, ishigami, &Bootstrap::default()))
    };
    assert_eq!(run(1), run(4));
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(32))]
    #[test]
    fn prop_rows_swap_the_columns_of_one_group(
        group_of in prop::collection::vec(0usize..3, 3..7),
        second in any::<bool>(),
        sobol in any::<bool>(),
        seed in any::<u64>(),
    ) {
        let mut group_of = group_of;
        for g in 0..3 { group_of[g] = g; }
        let sampler = if sobol { Sampler::ScrambledSobol } else { Sampler::Independent };
        let d = VarianceDesign::grouped(4, &group_of, second, sampler, seed).unwrap();
        let rows: Vec<Vec<f64>> = d.rows().collect();
        prop_assert_eq!(rows.len(), d.len());
        for block in rows.chunks(d.rows_per_base()) {
            let (a, b) = (&block[0], &block[block.len() - 1]);
            for (g, row) in block[1..block.len() - 1].iter().enumerate() {
                let (base, other, g) = if g < 3 { (a, b, g) } else { (b, a, g - 3) };
                for j in 0..group_of.len() {
                    let from = if group_of[j] == g { other } else { base };
                    prop_assert_eq!(row[j], from[j]);
                    prop_assert!(row[j] > 0.0 && row[j] < 1.0);
                }
            }
        }
    }

    #[test]
    fn prop_indices_ignore_the_unit_of_the_output(scale in 0.01f64..100.0, shift in -50.0f64..50.0) {
        let design = VarianceDesign::new(128, 3, true, Sampler::ScrambledSobol, 1).unwrap();
        let options = Bootstrap { resamples: 20, ..Bootstrap::default() };
        let a = indices(&design, ishigami, &options);
        let b = indices(&design, |u| scale * ishigami(u) + shift, &options);
        for (x, y) in a.first.iter().chain(&a.total).zip(b.first.iter().chain(&b.total)) {
            prop_assert!((x.value - y.value).abs() < 1e-9 && (x.high - y.high).abs() < 1e-9);
        }
    }

    #[test]
    fn ref_morris_is_exact_for_linear_functions(
        slope in prop::collection::vec(-5.0f64..5.0, 1..9),
        levels in 1u32..5,
        seed in any::<u64>(),
    ) {
        let d = MorrisDesign::new(6, slope.len(), 2 * levels, seed).unwrap();
        let y: Vec<f64> = d
            .rows()
            .map(|x| 3.0 + x.iter().zip(&slope).map(|(x, s)| x * s).sum::<f64>())
            .collect();
        let m = d.analyse(&y, &Bootstrap { resamples: 50, ..Bootstrap::default() }).unwrap();
        for (e, s) in m.effects.iter().zip(&slope) {
            prop_assert!((e.mu - s).abs() < 1e-9 && (e.mu_star.value - s.abs()).abs() < 1e-9);
            prop_assert!(e.sigma < 1e-9 && e.mu_star.width() < 1e-9 && e.effects == 6);
        }
    }

    #[test]
    fn prop_morris_rows_move_one_factor_by_half(factors in 1usize..8, seed in any::<u64>()) {
        for d in [
            MorrisDesign::new(3, factors, 4, seed).unwrap(),
            MorrisDesign::spread(3, 8, factors, 4, seed).unwrap(),
        ] {
            let rows: Vec<Vec<f64>> = d.rows().collect();
            prop_assert_eq!(rows.len(), 3 * (factors + 1));
            for path in rows.chunks(factors + 1) {
                let mut moved = vec![0; factors];
                for w in path.windows(2) {
                    for j in 0..factors {
                        if w[0][j] != w[1][j] {
                            moved[j] += 1;
                            prop_assert_eq!((w[0][j] - w[1][j]).abs(), 0.5);
                        }
                        prop_assert!([0.125, 0.375, 0.625, 0.875].contains(&w[1][j]));
                    }
                }
                prop_assert!(moved.iter().all(|m| *m == 1));
            }
        }
    }
}

#[test]
fn ref_morris_sees_sign_interaction_and_failure() {
    // y = 2 x0 − x1 + 8 (x2 − ½)(x3 − ½); x4 does nothing. Effects of x2 are ±8 (x3 − ½), so that
    // on four levels their absolute values are 1 or 3 and their mean is 0.
    let d = MorrisDesign::new(400, 5, 4, 9).unwrap();
    let mut y: Vec<f64> = d
        .rows()
        .map(|x| 2.0 * x[0] - x[1] + 8.0 * (x[2] - 0.5) * (x[3] - 0.5))
        .collect();
    y[10] = f64::NAN;
    let m = d.analyse(&y, &Bootstrap::default()).unwrap();
    assert_eq!((m.trajectories, m.failed_rows), (400, 1));
    assert_eq!(m.effects.iter().map(|e| e.effects).sum::<usize>(), 2000 - 2);
    assert!((m.effects[0].mu - 2.0).abs() < 1e-9 && (m.effects[1].mu + 1.0).abs() < 1e-9);
    let e = m.effects[2];
    // Standard error of the mean of ±1, ±3 over 400: 0.11; of the absolute values: 0.05.
    assert!(e.mu.abs() < 0.5 && (e.mu_star.value - 2.0).abs() < 0.2);
    assert!((e.sigma - 5f64.sqrt()).abs() < 0.2);
    assert!(e.mu_star.low < 2.0 + 0.1 && e.mu_star.high > 2.0 - 0.1);
    assert!(m.effects[4].mu_star.value.abs() < 1e-12);
    assert_eq!(m.ranking()[4], 4);
    let mut survivors = m.survivors(0.05, 4);
    survivors.sort_unstable();
    assert_eq!(survivors, [0, 1, 2, 3]);
}

#[test]
fn prop_spread_trajectories_lie_farther_apart() {
    // Mean squared distance between points of different trajectories.
    let apart = |d: &MorrisDesign| {
        let rows: Vec<Vec<f64>> = d.rows().collect();
        let paths: Vec<&[Vec<f64>]> = rows.chunks(d.factors() + 1).collect();
        let mut sum = 0.0;
        for (m, a) in paths.iter().enumerate() {
            for b in &paths[..m] {
                for (p, q) in a.iter().flat_map(|p| b.iter().map(move |q| (p, q))) {
                    sum += p
                        .iter()
                        .zip(q)
                        .map(|(x, y)| (x - y).powi(2))
                        .sum::<f64>()
                        .sqrt();
                }
            }
        }
        sum
    };
    let wins = (0..10)
        .filter(|seed| {
            apart(&MorrisDesign::spread(6, 60, 8, 4, *seed).unwrap())
                > apart(&MorrisDesign::new(6, 8, 4, *seed).unwrap())
        })
        .count();
    assert!(wins >= 9, "{wins}");
}
