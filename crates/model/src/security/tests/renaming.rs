//! Renaming states renames results.

use std::sync::Arc;

use realign_atlas::StateId;
use realign_numerics::random::Stream;

use super::{World, still};
use crate::security::*;
use crate::{Square, trust};

/// `x` over ordered pairs with states renamed: new state `p[i]` is old state i.
fn renamed_square(x: &[f64], p: &[usize]) -> Vec<f64> {
    let n = p.len();
    let mut out = vec![0.0; n * n];
    for i in 0..n {
        for j in 0..n {
            out[p[i] * n + p[j]] = x[i * n + j];
        }
    }
    out
}

fn renamed<T: Clone>(x: &[T], p: &[usize]) -> Vec<T> {
    let mut out = x.to_vec();
    for (i, v) in x.iter().enumerate() {
        out[p[i]] = v.clone();
    }
    out
}

fn renamed_ties(t: &Ties, p: &[usize]) -> Ties {
    let mut out = Ties::empty(t.n());
    for (i, j) in t.pairs() {
        out.set(p[i], p[j], true);
    }
    out
}

fn renamed_fixed(f: &Fixed, p: &[usize]) -> Fixed {
    let bloc = |b: &Bloc| {
        let mut members: Vec<usize> = b.members.iter().map(|m| p[*m]).collect();
        members.sort_unstable();
        Bloc {
            members,
            ..b.clone()
        }
    };
    let blocs = |b: &[Bloc]| b.iter().map(bloc).collect::<Vec<_>>();
    let mut pairs: Vec<Pair> = f
        .pairs
        .iter()
        .map(|q| {
            let (a, b) = (p[usize::from(q.i)] as u16, p[usize::from(q.j)] as u16);
            Pair {
                i: a.min(b),
                j: a.max(b),
                covariates: q.covariates,
                quiet_years: q.quiet_years,
            }
        })
        .collect();
    pairs.sort_by_key(|q| (q.i, q.j));
    let name = |s: &StateId| StateId::from_index(p[s.index()]);
    let n = f.n;
    let mut disputes = vec![0; n * n];
    for i in 0..n {
        for j in 0..n {
            disputes[p[i] * n + p[j]] = f.disputes[i * n + j];
        }
    }
    Fixed {
        hegemon: p[f.hegemon],
        targets: f.targets.iter().map(|t| p[*t]).collect(),
        active: renamed(&f.active, p),
        gdp_musd: renamed(&f.gdp_musd, p),
        burden: renamed(&f.burden, p),
        spending_share: renamed(&f.spending_share, p),
        cinc: renamed(&f.cinc, p),
        polyarchy: renamed(&f.polyarchy, p),
        nuclear: renamed(&f.nuclear, p),
        pursues: renamed(&f.pursues, p),
        latency_sd: renamed(&f.latency_sd, p),
        gap_km: renamed_square(&f.gap_km, p),
        rivalry: renamed_ties(&f.rivalry, p),
        peace: renamed_square(&f.peace, p),
        disputes,
        troops: f
            .troops
            .iter()
            .map(|(a, b, x)| (p[*a], p[*b], *x))
            .collect(),
        pacts: renamed_ties(&f.pacts, p),
        cooperation: renamed_ties(&f.cooperation, p),
        designations: f
            .designations
            .iter()
            .map(|(a, b)| (name(a), name(b)))
            .collect(),
        alliances: blocs(&f.alliances),
        blocs: blocs(&f.blocs),
        neighbourhoods: blocs(&f.neighbourhoods),
        pair_at: crate::security::fixed::positions(&pairs, n),
        pairs,
        ..f.clone()
    }
}

fn renamed_trust(t: &trust::State, p: &[usize]) -> trust::State {
    let n = p.len();
    let square = |s: &Square| Square::from_vec(n, renamed_square(s.as_slice(), p));
    let start = trust::Start {
        level: square(&t.at_start.level),
        ..trust::Start::clone(&t.at_start)
    };
    trust::State {
        at_start: Arc::new(start),
        slow: square(&t.slow),
        fast: square(&t.fast),
        tone: square(&t.tone),
        reputation_shock: renamed(&t.reputation_shock, p),
    }
}

#[test]
fn prop_renaming_states_renames_results() {
    let w = World::new();
    let n = w.fixed.n;
    // 101 has no factor in common with the number of states: a permutation.
    let p: Vec<usize> = (0..n).map(|i| (i * 101 + 13) % n).collect();
    let c = still(&w.c);
    let soured = w.soured(1.0);
    let step = |fixed: &Fixed, start: &trust::State, now: &trust::State| {
        let chance = Chance::new(Stream::new(7, 0), 0);
        let quiet = TrustView {
            now: start,
            start,
            coefficients: &w.trust_c,
        };
        let s = State::start(fixed, &c, &chance, &quiet);
        let view = TrustView { now, ..quiet };
        let direct = Direct::default();
        let inputs = Inputs {
            direct: &direct,
            trust: view,
            income_log: &w.income,
        };
        let s = respond(fixed, &c, &s, &inputs, &Chance::new(Stream::new(7, 0), 1));
        let protection = Protection::new(fixed, &c, &s, &view);
        let v: Vec<f64> = (0..n)
            .map(|i| vulnerability_of(fixed, &c, &s, &protection, i, None, 0.0).0)
            .collect();
        (s, protection, v)
    };
    let (s, q, v) = step(&w.fixed, &w.trust, &soured);
    let fixed = renamed_fixed(&w.fixed, &p);
    let (t, r, u) = step(
        &fixed,
        &renamed_trust(&w.trust, &p),
        &renamed_trust(&soured, &p),
    );
    // Sums run in another order: equal to rounding.
    let close =
        |a: f64, b: f64| (a.is_nan() && b.is_nan()) || (a - b).abs() <= 1e-9 * (1.0 + a.abs());
    for i in 0..n {
        assert!(close(s.log_spending[i], t.log_spending[p[i]]));
        assert!(close(s.log_strength[i], t.log_strength[p[i]]));
        assert!(close(s.hedging_log_ratio[i], t.hedging_log_ratio[p[i]]));
        assert!(close(q.help[i], r.help[p[i]]));
        assert!(
            close(v[i], u[p[i]]),
            "vulnerability of {i}: {} and {}",
            v[i],
            u[p[i]]
        );
    }
    assert_eq!(renamed_ties(&s.pacts, &p), t.pacts);
}
