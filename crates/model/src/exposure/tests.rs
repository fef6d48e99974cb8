//! Tests of exposure: the closed form, the trap, the layers that ship with the program.

use proptest::prelude::*;
use realign_atlas::{Atlas, StateId, Year};
use realign_numerics::random::Stream;

use super::*;
use crate::indicator::{Layout, Recorder};
use crate::params::Params;

const N: usize = 4;
const SPEC: &str = r#"
layer = "test"
label = "test"
criticality = 0.5
buffer_years = 0.0
withdraw_years = 1.0
replace_years = 8.0
closing_cost_gdp_pct = 1.0
closing = "nothing"
withheld_by = ["denial"]
tag = "P"
source = "test"

[dependence]
rule = "goods_imports"
"#;

fn setting(n: usize) -> Setting {
    Setting {
        n,
        hegemon: StateId(0),
        targets: vec![StateId(1), StateId(2)],
        start: Year(2024),
        horizon: Year(2040),
    }
}

fn fixed(buffer_years: f64) -> Fixed {
    let layer = Layer::parse("test", SPEC).expect("the layer is well formed");
    let dependence = Dependence {
        shares: vec![
            (1, 0, 0.6),
            (1, 2, 0.2),
            (2, 0, 0.3),
            (2, 3, 0.1),
            (3, 1, 0.5),
        ],
        own: vec![1.0, 0.2, 0.6, 0.5],
    };
    let layer = Layer {
        buffer_years,
        ..layer
    };
    Fixed::from_dependence(&setting(N), vec![true; N], vec![layer], vec![dependence])
}

fn coefficients() -> Coefficients {
    let values = Params::embedded().expect("parameters parse").centre();
    let k = Coefficients::new(&values).expect("all parameters of exposure exist");
    Coefficients {
        replace_years_log_sd: 0.0,
        ..k
    }
}

fn run(f: &Fixed, k: &Coefficients, ratio: f64, direct: &Direct, steps: u32) -> Vec<State> {
    let chance = Chance::new(Stream::new(1, 1), 0);
    let mut path = vec![State::start(f, k, &chance)];
    let ratios = [1.0, ratio, 1.0, 1.0];
    for _ in 0..steps {
        let next = advance(f, k, &path[path.len() - 1], &ratios, &[0.0; N], direct);
        path.push(next);
    }
    path
}

fn denial() -> Direct {
    Direct {
        denials: vec![(StateId(0), StateId(1), 1.0)],
        ..Direct::default()
    }
}

#[test]
fn ref_gap_of_linear_ramps_is_half_the_difference_of_times() {
    // Model page, section 7, closed form; against the area of the two ramps by the midpoint rule.
    for (withdraw, replace) in [(0.5, 3.0), (1.0, 12.0), (4.0, 4.0), (5.0, 2.0)] {
        let steps = 200_000;
        let end = 15.0;
        let area: f64 = (0..steps)
            .map(|s| {
                let t = (f64::from(s) + 0.5) * end / f64::from(steps);
                ((t / withdraw).min(1.0) - (t / replace).min(1.0)).max(0.0)
            })
            .sum::<f64>()
            * end
            / f64::from(steps);
        assert!((area - ramp_gap_years(withdraw, replace, 0.0)).abs() < 1e-4);
    }
    assert_eq!(ramp_gap_years(1.0, 5.0, 0.5), 1.5);
    assert_eq!(ramp_gap_years(1.0, 5.0, 9.0), 0.0);
}

#[test]
fn prop_nothing_happens_without_acts_and_distrust() {
    let f = fixed(0.2);
    let start = State::start(&f, &coefficients(), &Chance::new(Stream::new(1, 1), 0));
    let path = run(&f, &coefficients(), 1.0, &Direct::default(), 9);
    assert!(path[9] == State { steps: 9, ..start });
}

#[test]
fn prop_a_withdrawn_supply_is_missing_until_it_is_replaced() {
    let f = fixed(0.0);
    let k = Coefficients {
        autonomy_response: 2.0,
        ..coefficients()
    };
    let path = run(&f, &k, 1.0, &denial(), 30);
    assert!((path[1].gap[1] - 0.6 * (1.0 - path[1].replaced[1])).abs() < 1e-12);
    assert!(
        path[1..]
            .windows(2)
            .all(|w| w[1].gap[1] <= w[0].gap[1] + 1e-12)
    );
    assert!(path[30].gap[1].abs() < 1e-12);
    assert_eq!(path[30].gap[2], 0.0);
}

#[test]
fn prop_leaving_no_sooner_than_replaced_springs_no_trap() {
    let f = fixed(0.0);
    let k = |premature_release: f64| Coefficients {
        premature_release,
        ..coefficients()
    };
    let depth = |p: f64| run(&f, &k(p), 0.4, &Direct::default(), 20)[20].trap_depth[1];
    assert!(depth(0.0) < 1e-12);
    assert!(depth(1.0) > depth(0.5) && depth(0.5) > 0.0);
    // In the end autonomy pays: the gap is below that of staying put.
    let end = &run(&f, &k(1.0), 0.4, &Direct::default(), 20)[20];
    assert!(end.index[1] < end.index_staying[1]);
}

#[test]
fn prop_stocks_delay_the_gap_by_what_they_hold() {
    let k = Coefficients {
        autonomy_response: 0.0,
        ..coefficients()
    };
    let total = |buffer: f64| -> f64 {
        run(&fixed(buffer), &k, 1.0, &denial(), 20)
            .iter()
            .map(|s| s.gap[1])
            .sum()
    };
    assert!((total(0.0) - total(1.5) - 1.5 * 0.6).abs() < 1e-9);
}

#[test]
fn prop_leverage_is_sorted_and_is_share_times_loss() {
    let f = fixed(0.0);
    let all = leverage(&f, 1, 0.0);
    assert_eq!(all.iter().map(|l| l.supplier).collect::<Vec<_>>(), [0, 2]);
    assert!((all[0].loss - 0.6 * 0.5 * 3.5).abs() < 1e-12);
    assert!((all[0].baseline - 0.6 * (0.75f64.powi(2) + 0.25f64.powi(2))).abs() < 1e-12);
}

#[test]
fn prop_a_layer_with_impossible_numbers_is_refused() {
    for (from, to) in [
        ("criticality = 0.5", "criticality = 1.5"),
        ("replace_years = 8.0", "replace_years = -1.0"),
        ("layer = \"test\"", "layer = \"other\""),
        ("tag = \"P\"", "tag = \"P\"\nunheard_of = 1"),
    ] {
        assert!(
            Layer::parse("test", &SPEC.replace(from, to)).is_err(),
            "{to}"
        );
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]

    #[test]
    fn prop_gaps_stay_between_nothing_and_the_dependence(
        ratio in 0.0..1.5f64, denied in 0.0..1.0f64, premature in 0.0..1.0f64, a in 0.0..2.0f64,
    ) {
        let f = fixed(0.1);
        let k = Coefficients { premature_release: premature, autonomy_response: a, ..coefficients() };
        let d = Direct { denials: vec![(StateId(0), StateId(1), denied)], ..Direct::default() };
        for s in run(&f, &k, ratio, &d, 15) {
            prop_assert!((0.0..=0.6 + 1e-12).contains(&s.gap[1]));
            prop_assert!((0.0..=1.0 + 1e-12).contains(&s.released[1]));
            prop_assert!(s.replaced[1] <= 1.0 + 1e-12);
            prop_assert!(s.stock_years[1] >= 0.0);
        }
    }
}

#[test]
fn coverage_the_layers_that_ship_have_shares_of_a_whole_for_any_hegemon() {
    let atlas = Atlas::embedded().expect("the atlas opens");
    for hegemon in ["USA", "CHN", "RUS"] {
        let id = |c: &str| atlas.states().by_iso3(c).expect("the code is in the atlas");
        let set = Setting {
            n: atlas.n(),
            hegemon: id(hegemon),
            targets: vec![id("DEU"), id("IND")],
            start: Year(2024),
            horizon: Year(2030),
        };
        let f = Fixed::new(&atlas, &set).expect("exposure starts");
        for (layer, d) in f.layers.iter().zip(&f.dependence) {
            for i in (0..f.n).filter(|i| d.own[*i].is_finite()) {
                let sum: f64 = d.own[i] + d.of(i).iter().map(|s| s.2).sum::<f64>();
                let bad = !(0.0..=1.0 + 1e-9).contains(&sum) || d.own[i] < 0.0;
                // Rounding of the source: providers of chip inputs sum to at most 1.04.
                assert!(!bad || layer.id == "chips", "{}: {sum}", layer.id);
            }
        }
        let k = coefficients();
        let s = State::start(&f, &k, &Chance::new(Stream::new(1, 1), 0));
        let layout = Layout::new(f.n, indicators(&f, &set));
        let mut row = vec![f32::INFINITY; layout.width()];
        measure(&f, &k, &set, &s, &mut Recorder::new(&layout, 0, &mut row));
        assert!(row.iter().all(|x| !x.is_infinite()));
        assert_eq!(row[layout.slot(0, Some(id("DEU")))], 0.0);
    }
}

#[test]
fn coverage_an_older_vintage_says_which_layers_it_cannot_know() {
    let atlas = Atlas::embedded()
        .expect("the atlas opens")
        .as_of(Year(2015));
    let usa = atlas.states().by_iso3("USA").expect("it is in the atlas");
    let set = Setting {
        n: atlas.n(),
        hegemon: usa,
        targets: vec![],
        start: Year(2014),
        horizon: Year(2020),
    };
    let f = Fixed::new(&atlas, &set).expect("exposure starts");
    // Raw materials are known from 2020 on, chip inputs from 2021 on.
    assert!(f.notes.iter().any(|n| n.starts_with("critical minerals")));
    assert!(
        f.notes
            .iter()
            .any(|n| n.starts_with("inputs of advanced chips"))
    );
    let arms = f.arms_layer.expect("there is a layer of arms");
    assert!(!f.dependence[arms].shares.is_empty());
}
