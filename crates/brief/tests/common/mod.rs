//! A synthetic document with every block and chart. Its numbers come from simple formulas and mean
//! nothing; the title says so.

use std::collections::BTreeMap;

use realign_brief::document::{
    Aside, Block, Document, Headline, NewQuestion, Parameter, RunFact, Section, SectionKind,
    Source, SourceBrief, Unplaced, WhatWhySoWhat,
};
use realign_brief::evidence::{Basis, EvidenceRow, Record, RowId, Spread, Unit, Verdict};
use realign_brief::figure::*;
use realign_brief::sentence::Sentence;
use realign_brief::world;

/// Symmetric quantiles around a median.
pub fn spread(median: f64, half90: f64) -> Spread {
    Spread {
        q05: median - half90,
        q25: median - 0.41 * half90,
        q50: median,
        q75: median + 0.41 * half90,
        q95: median + half90,
    }
}

fn row(id: &str, label: &str, unit: Unit, median: f64, half: f64, basis: Basis) -> EvidenceRow {
    let unit_is_chance = unit == Unit::Chance;
    let s = spread(median, half);
    let s = if unit_is_chance {
        let c = |v: f64| v.clamp(0.0, 1.0);
        Spread {
            q05: c(s.q05),
            q25: c(s.q25),
            q50: c(s.q50),
            q75: c(s.q75),
            q95: c(s.q95),
        }
    } else {
        s
    };
    EvidenceRow {
        id: id.into(),
        indicator: format!("test.{}", id.to_lowercase()),
        label: label.to_owned(),
        estimate: median,
        spread: (basis != Basis::Observed).then_some(s),
        unit,
        year: Some(2035),
        entity: "treaty allies".to_owned(),
        draws: if basis == Basis::Observed { 0 } else { 200 },
        basis,
        parameters: if basis == Basis::Observed {
            vec![]
        } else {
            vec!["trust.kappa".into()]
        },
        sources: vec!["S01".into(), "S02".into()],
        record: Record {
            scope: "Trust, three years ahead".to_owned(),
            verdict: Verdict::SlightlyBetter,
        },
        note: if id == "E05" {
            "Break-even: the sign changes if the weight of trust is below half of its median."
                .to_owned()
        } else {
            String::new()
        },
    }
}

pub fn s(template: &str) -> Sentence {
    Sentence::bind(template, &[]).expect("a template of the fixture")
}

fn path(seed: f64, end: f64, half: f64) -> Path {
    let years: Vec<i32> = (2025..=2035).collect();
    let shape = |k: usize| 1.0 - (-(k as f64) / (2.0 + seed % 3.0)).exp();
    Path {
        spread: (0..years.len())
            .map(|k| spread(end * shape(k), half * (0.15 + 0.85 * k as f64 / 10.0)))
            .collect(),
        no_shock: vec![0.0; years.len()],
        years,
    }
}

fn density(mean: f64, sd: f64) -> Density {
    let draws: Vec<f64> = (0..200)
        .map(|k| {
            let u = (f64::from(k) + 0.5) / 200.0;
            mean + sd * 1.4 * ((u / (1.0 - u)).ln() / 2.4)
        })
        .collect();
    Density::of(&draws, 0.0, 2.0, 61, 1.0).expect("draws of the fixture")
}

fn matrix(title: &str, sizes: [usize; 3], hub: bool) -> TieMatrix {
    let codes: Vec<String> = [
        "USA", "GBR", "CAN", "AUS", "DEU", "FRA", "ITA", "POL", "NOR", "JPN", "KOR", "PHL", "TUR",
        "SAU", "IND", "BRA", "CHN", "RUS",
    ]
    .map(str::to_owned)
    .to_vec();
    let bloc = |i: usize| {
        let mut k = 0;
        let mut end = sizes[0];
        while i >= end {
            k += 1;
            end += sizes[k];
        }
        k
    };
    let n = codes.len();
    let mut ties = vec![0.0; n * n];
    for i in 0..n {
        for j in 0..n {
            let d = (i as f64 - j as f64).abs();
            let own = if bloc(i) == bloc(j) {
                0.95 - 0.06 * d
            } else {
                0.3 - 0.04 * d
            };
            let hub = if hub && (i == 0 || j == 0) { 0.8 } else { 0.0 };
            ties[i * n + j] = own.max(hub).clamp(0.0, 1.0);
        }
    }
    let mut start = 0;
    let blocs = sizes
        .iter()
        .enumerate()
        .map(|(k, len)| {
            let b = Bloc {
                label: format!("Bloc {}", k + 1),
                start,
                len: *len,
            };
            start += len;
            b
        })
        .collect();
    TieMatrix {
        title: title.to_owned(),
        note: "2.1 effective blocs, hub in 34\u{2009}% of ties".to_owned(),
        codes,
        ties,
        blocs,
    }
}

fn figure(id: &str, title: &str, subtitle: &str, wide: bool, chart: Chart) -> Block {
    Block::Figure(Box::new(Figure {
        id: id.to_owned(),
        title: s(title),
        subtitle: s(subtitle),
        remark: vec![],
        evidence: vec!["E01".into()],
        claims: vec![],
        sources: vec!["S01".into()],
        draws: 200,
        wide,
        chart,
        table: None,
    }))
}

fn domain(number: u32, id: &str, nav: &str, title: &str, blocks: Vec<Block>) -> Section {
    Section {
        id: id.to_owned(),
        nav: nav.to_owned(),
        title: title.into(),
        kind: SectionKind::Domain { number },
        blocks,
    }
}

fn general(id: &str, nav: &str, title: &str, blocks: Vec<Block>) -> Section {
    Section {
        id: id.to_owned(),
        nav: nav.to_owned(),
        title: s(title),
        kind: SectionKind::General,
        blocks,
    }
}

pub const NAMES: [&str; 12] = [
    "Australia",
    "Canada",
    "Denmark",
    "France",
    "Germany",
    "Italy",
    "Japan",
    "Netherlands",
    "Poland",
    "South Korea",
    "Türkiye",
    "United Kingdom",
];

fn security() -> Section {
    domain(
        1,
        "sec",
        "Security alliances",
        "Security alliances",
        vec![
            Block::WhatWhySoWhat(WhatWhySoWhat {
                what: vec![
                    s(
                        "Allies sign {E03} {(E03)} defence agreements without the United States and spend {E08} {(E08)} more on defence.",
                    ),
                    s(
                        "Exploring a nuclear option becomes {E17} {(E17)} as likely in a given year; this brief never says which state or when.",
                    ),
                ],
                why: vec![
                    s("Threats to sovereignty account for {E09} {(E09)} of the change."),
                    s("Watching how others are treated carries {E09 also low} to {E09 also high}."),
                ],
                so_what: vec![s(
                    "The source brief’s {q:more adaptable but less stable} is supported on one count of two.",
                )],
            }),
            Block::Aside(Aside {
                head: "Trust in this section.".to_owned(),
                body: vec![s(
                    "Spending forecasts beat the usual rule on past data. Pact forecasts do no better than assuming nothing changes.",
                )],
            }),
            figure(
                "paths",
                "Trust falls in all ten publics shown; in Türkiye the interval includes no change",
                "Slow trust in the United States, SD, gap to the world without the shock. Alphabetical; same scale throughout.",
                true,
                Chart::Paths(PathPanels {
                    panels: NAMES
                        .iter()
                        .take(10)
                        .enumerate()
                        .map(|(k, n)| PathPanel {
                            name: (*n).to_owned(),
                            note: String::new(),
                            basis: None,
                            unit: Unit::Sd,
                            row: None,
                            path: path(k as f64, -0.2 - 0.07 * k as f64, 0.35),
                        })
                        .collect(),
                    same_scale: true,
                    columns: 5,
                }),
            ),
            figure(
                "blocs",
                "One hub becomes {E10} overlapping blocs",
                "Trust-weighted ties, darker is stronger, rows and columns in bloc order. Right: what that does to the system.",
                true,
                Chart::Blocs(Blocs {
                    before: matrix("2025", [10, 5, 3], true),
                    after: matrix("2035, with the shock", [6, 6, 6], false),
                    plane: Some(Plane {
                        title: "Less stable, more adaptable?".to_owned(),
                        note: "Inner region half of draws, outer 90\u{2009}%".to_owned(),
                        x_axis: "adaptability: strength regained, %".to_owned(),
                        y_axis: "stability: expected tie survival, %".to_owned(),
                        before_label: "2025".to_owned(),
                        before: Cloud {
                            x: 42.0,
                            y: 81.0,
                            sd_x: 4.0,
                            sd_y: 3.0,
                            correlation: 0.2,
                        },
                        after_label: "2035, with the shock".to_owned(),
                        after: Cloud {
                            x: 58.0,
                            y: 66.0,
                            sd_x: 6.0,
                            sd_y: 5.0,
                            correlation: -0.5,
                        },
                    }),
                }),
            ),
        ],
    )
}

fn trade() -> Section {
    let end = |l: &str, sh: &str, v: f64| FlowEnd {
        label: l.to_owned(),
        short: sh.to_owned(),
        total: spread(v, v * 0.4),
    };
    let destinations = [
        ("Within Europe", "Europe", 28.0),
        ("East and South-East Asia", "E, SE Asia", 24.0),
        ("Latin America", "Latin Am.", 17.0),
        ("India", "India", 11.0),
        ("Africa", "Africa", 9.0),
        ("Home market", "Home", 7.0),
        ("Not replaced", "Lost", 4.0),
    ];
    let origins = [
        ("Canada", "Canada", 33.0),
        ("European allies", "Eur. allies", 41.0),
        ("Japan", "Japan", 18.0),
        ("South Korea", "S. Korea", 8.0),
    ];
    let flows = origins
        .iter()
        .map(|o| {
            destinations
                .iter()
                .enumerate()
                .map(|(j, d)| FlowCell {
                    size: spread(o.2 * d.2 / 100.0, o.2 * d.2 / 260.0),
                    agreement: if j < 5 { 0.97 } else { 0.7 },
                })
                .collect()
        })
        .collect();
    domain(
        2,
        "trade",
        "Trade systems",
        "Trade systems",
        vec![
            Block::WhatWhySoWhat(WhatWhySoWhat {
                what: vec![s(
                    "{E04} {(E04)} of what allies sold to the United States goes elsewhere by {y:2035}. Real income ends {E11 -} {(E11) -} lower for allies.",
                )],
                why: vec![s("Tariffs carry {E09} {(E09)} of it.")],
                so_what: vec![s(
                    "The world’s centre of economic gravity moves {E12} {(E12)} east.",
                )],
            }),
            figure(
                "flow",
                "Redirected exports go first to neighbours, then to Latin America",
                "Exports no longer sold to the United States in 2035, by exporter and new destination, bn USD.",
                true,
                Chart::Flow(Flow {
                    origins: origins.iter().map(|o| end(o.0, o.1, o.2)).collect(),
                    destinations: destinations.iter().map(|o| end(o.0, o.1, o.2)).collect(),
                    flows,
                    unit: Unit::Other("bn".to_owned()),
                    origin_head: "Exporter".to_owned(),
                }),
            ),
            figure(
                "ties",
                "Ties between regions strengthen most for Europe and India",
                "Trade intensity, 2035 as a multiple of 2024. Grey tick without the shock.",
                false,
                Chart::Intervals(IntervalRows {
                    rows: ["E21", "E22", "E23", "E24"]
                        .iter()
                        .zip([
                            "Europe × Latin America",
                            "Europe × India",
                            "Within East Asia",
                            "Canada × Europe",
                        ])
                        .map(|(r, l)| IntervalRow {
                            label: l.to_owned(),
                            row: (*r).into(),
                            before: Some(1.02),
                        })
                        .collect(),
                    no_change: Some(1.0),
                    head: "Pair".to_owned(),
                }),
            ),
        ],
    )
}

fn arms() -> Section {
    domain(
        3,
        "tech",
        "Military technologies",
        "Military technologies",
        vec![
            Block::WhatWhySoWhat(WhatWhySoWhat {
                what: vec![s(
                    "Of the {=F-35s} still on order, {E05} {(E05)} move to another supplier. The chance of a second cancellation is {E06?} {(E06)}.",
                )],
                why: vec![s("The announced downgrade carries {E09} {(E09)}.")],
                so_what: vec![s(
                    "Allies’ equipment overlaps less: {E13} {(E13)} on a scale of nought to one.",
                )],
            }),
            Block::Aside(Aside {
                head: "Handle with care.".to_owned(),
                body: vec![s(
                    "This domain rests mainly on assumption{o} and could not be scored.",
                )],
            }),
            figure(
                "orders",
                "{E05} ordered {=F-35s} are likely to be replaced by another type",
                "Aircraft ordered, by fate in 2035. Alphabetical. Line: interval of where kept ends and moved begins.",
                false,
                Chart::Orders(Orders {
                    rows: NAMES
                        .iter()
                        .take(7)
                        .enumerate()
                        .map(|(k, n)| {
                            let on = 80.0 - 9.0 * k as f64;
                            OrderRow {
                                label: (*n).to_owned(),
                                delivered: 20.0 + 8.0 * k as f64,
                                on_order: on,
                                moved: Spread {
                                    q05: 0.05 * on,
                                    q25: 0.15 * on,
                                    q50: 0.3 * on,
                                    q75: 0.4 * on,
                                    q95: 0.7 * on,
                                },
                                row: None,
                            }
                        })
                        .collect(),
                    noun: "aircraft".to_owned(),
                }),
            ),
        ],
    )
}

fn affected() -> Section {
    let rows = NAMES
        .iter()
        .enumerate()
        .map(|(k, n)| {
            let m = -0.9 + 0.06 * k as f64;
            TableRow {
                head: (*n).into(),
                note: String::new(),
                iso3: Some("CAN".to_owned()),
                cells: vec![
                    Cell::Spark {
                        path: path(k as f64, m, 0.3),
                    },
                    Cell::Bar {
                        spread: spread(m, 0.3),
                    },
                    if k == 1 {
                        Cell::Row { row: "E01".into() }
                    } else {
                        Cell::Value {
                            spread: spread(m, 0.3),
                            unit: Unit::Sd,
                            signed: false,
                        }
                    },
                    Cell::Value {
                        spread: spread(12.0 + k as f64, 9.0),
                        unit: Unit::Percent,
                        signed: true,
                    },
                    Cell::Value {
                        spread: spread(-22.0 + k as f64, 8.0),
                        unit: Unit::Percent,
                        signed: true,
                    },
                    Cell::Text {
                        text: "energy, 2031".into(),
                    },
                    Cell::Text {
                        text: "threats to sovereignty".into(),
                    },
                ],
            }
        })
        .collect();
    let column = |h: &str, right: bool| {
        if right {
            Column::numbers(h)
        } else {
            Column::words(h)
        }
    };
    let table = Table {
        caption: "Allies by loss of trust".to_owned(),
        stub: "Ally".to_owned(),
        columns: vec![
            column("Trust 2025–35", false),
            Column {
                no_change: Some(0.0),
                ..column("In 2035, SD", false)
            },
            column("Trust", true),
            column("Defence spending", true),
            Column {
                basis: Some(Basis::Assumed),
                ..column("Exports to the U.S.", true)
            },
            column("Widest gap", false),
            column("Main cause", false),
        ],
        rows,
    };
    let w = world::load().expect("the embedded map");
    let mut values = BTreeMap::new();
    for (k, iso3) in w
        .areas
        .iter()
        .filter(|a| {
            !a.iso3.starts_with('X')
                && a.iso3 != "ESH"
                && a.iso3 != "FLK"
                && a.iso3 != "ATF"
                && a.iso3 != "PRI"
        })
        .map(|a| &a.iso3)
        .chain(w.points.iter().map(|p| &p.iso3))
        .enumerate()
    {
        let m = -0.05 - 0.9 * ((k * 37 % 101) as f64 / 101.0);
        values.insert(
            iso3.clone(),
            MapValue {
                median: m,
                low: m - 0.3,
                high: m + 0.2,
            },
        );
    }
    general(
        "allies",
        "Who is affected most",
        "Who is affected most",
        vec![
            Block::Paragraph(vec![s(
                "Among {n:34} treaty allies the change is largest for Australia.",
            )]),
            figure(
                "states",
                "Allies lose trust unevenly; those that lose most need not rewire most",
                "Gap between the worlds with and without the shock. Sorted by the first number.",
                true,
                Chart::States(table),
            ),
            figure(
                "map",
                "Distrust reaches well beyond the states that were targeted",
                "Trust in the United States, gap to the world without the shock in 2035, SD.",
                true,
                Chart::Map(WorldMap {
                    values,
                    names: BTreeMap::new(),
                    actor: Some("USA".to_owned()),
                    actor_label: "the actor".to_owned(),
                    bounds: vec![],
                    darker_is_lower: true,
                    pale_label: "smaller".to_owned(),
                    dark_label: "larger fall".to_owned(),
                    unit: Unit::Sd,
                }),
            ),
        ],
    )
}

fn spiral() -> Section {
    general(
        "spiral",
        "Does distrust feed on itself?",
        "The data do not settle whether distrust feeds on itself",
        vec![
            Block::Paragraph(vec![s(
                "Each hostile act lowers trust; lower trust makes the next act likelier. After seeing the data, a loop above one has {E07?} {(E07)}.",
            )]),
            Block::Aside(Aside {
                head: "One assumption decides.".to_owned(),
                body: vec![s(
                    "If states react only to surprises, no spiral is possible, whatever else holds. See {%trust.kappa}.",
                )],
            }),
            figure(
                "loop",
                "Before and after the data, the loop gain lies below one in most draws",
                "Loop gain in 2035. Bars: interval. Dots: median.",
                false,
                Chart::DensityPair(DensityPair {
                    prior: density(0.7, 0.35),
                    posterior: density(0.42, 0.12),
                    threshold: 1.0,
                    quantity: "loop gain G".to_owned(),
                    below: "G below 1: distrust dies out".to_owned(),
                    above: "G above 1: distrust feeds on itself".to_owned(),
                    odds: Some(Odds {
                        ratio: 3.2,
                        claim_at: 10.0,
                        claim: "a spiral".to_owned(),
                    }),
                }),
            ),
            figure(
                "one",
                "Half of lost trust returns within three to nine years",
                "Half-life, years.",
                false,
                Chart::Density(DensityRow {
                    density: density(0.8, 0.3),
                    threshold: Some(1.0),
                    quantity: "half-life".to_owned(),
                    unit: Unit::Years,
                }),
            ),
        ],
    )
}

fn questions() -> Vec<Section> {
    let ask = |number, id: &str, nav: &str, title: &str, verbatim: &str, blocks| Section {
        id: id.to_owned(),
        nav: nav.to_owned(),
        title: title.into(),
        kind: SectionKind::Question {
            number,
            verbatim: verbatim.to_owned(),
        },
        blocks,
    };
    let names = [
        "Munitions, sustainment",
        "Intelligence, positioning",
        "Nuclear guarantee",
        "Energy",
        "Critical minerals",
        "Chips, compute",
        "Payments",
        "Cloud",
        "Cables",
    ];
    vec![
        ask(
            1,
            "q1",
            "spill-over",
            "Finance and technological standards",
            "How might the erosion of trust create unexpected secondary effects in domains like global financial systems or technological standards?",
            vec![
                Block::Paragraph(vec![s(
                    "In finance, slowly and little: the dollar’s share of reserves ends {E14 -} {(E14) -} lower.",
                )]),
                figure(
                    "finance",
                    "The dollar loses little; standards camps split in steps",
                    "Points of world reserves; per cent of the stock; both 2025 to 2035.",
                    true,
                    Chart::Paths(PathPanels {
                        panels: [
                            "Dollar share of reserves",
                            "U.S. securities held",
                            "Standards seats",
                        ]
                        .iter()
                        .enumerate()
                        .map(|(k, n)| PathPanel {
                            name: (*n).to_owned(),
                            note: "points, gap to 2025".to_owned(),
                            basis: Some([Basis::Assumed, Basis::Estimated, Basis::Observed][k]),
                            unit: Unit::Points,
                            row: (k == 0).then(|| RowId::from("E14")),
                            path: path(k as f64, [-1.2, -14.0, 6.0][k], [1.0, 10.0, 8.0][k]),
                        })
                        .collect(),
                        same_scale: false,
                        columns: 3,
                    }),
                ),
                figure(
                    "camps",
                    "Camps, weighted by output, move little",
                    "Payment rails, per cent of output.",
                    false,
                    Chart::Camps(Camps {
                        names: ["Camp 1", "Camp 2", "Both", "Other", "Neither"]
                            .map(str::to_owned)
                            .to_vec(),
                        bars: vec![
                            ("2025".to_owned(), vec![44.0, 30.0, 14.0, 5.0, 7.0]),
                            (
                                "2035, with the shock".to_owned(),
                                vec![30.0, 30.0, 22.0, 6.0, 12.0],
                            ),
                        ],
                    }),
                ),
            ],
        ),
        ask(
            2,
            "q2",
            "gaps",
            "Where autonomy leaves a door open",
            "Where might autonomy create gaps <quoted> & \"exploited\"?",
            vec![
                Block::Paragraph(vec![s(
                    "The gap peaks in {E16} {(E16)}. {E19} {(E19)} of need is open.",
                )]),
                figure(
                    "heat",
                    "Cloud and energy are the widest doors",
                    "Gap against staying dependent, % of need × years, 2025 to 2045. Outlined: the three widest.",
                    true,
                    Chart::Heat(Heat {
                        stub: "State".to_owned(),
                        columns: names
                            .iter()
                            .enumerate()
                            .map(|(k, n)| HeatColumn {
                                label: (*n).to_owned(),
                                basis: [Basis::Observed, Basis::Estimated, Basis::Assumed][k % 3],
                            })
                            .collect(),
                        rows: NAMES
                            .iter()
                            .enumerate()
                            .map(|(i, n)| HeatRow {
                                label: (*n).to_owned(),
                                iso3: None,
                                cells: (0..9)
                                    .map(|j| {
                                        (i != 3 || j != 4).then(|| {
                                            spread(((i * 7 + j * 13) % 17) as f64 * 1.4, 3.0)
                                        })
                                    })
                                    .collect(),
                            })
                            .collect(),
                        outlined: vec![(1, 0), (4, 2), (7, 8)],
                        unit: Unit::Other("% × years".to_owned()),
                    }),
                ),
                figure(
                    "curve",
                    "Autonomy costs safety first and repays it later",
                    "Mean gap over allies and layers, % of need. Bands 50 and 90 per cent."
                        .replace("50 and 90", "half and nine tenths of draws,")
                        .as_str(),
                    false,
                    Chart::Curve(Curve {
                        path: {
                            let years: Vec<i32> = (2025..=2045).collect();
                            let f =
                                |k: f64| 18.0 + 26.0 * (k / 6.0) * (1.0 - k / 6.0).exp() - 1.3 * k;
                            Path {
                                spread: (0..21)
                                    .map(|k| spread(f(f64::from(k)), 3.0 + 0.3 * f64::from(k)))
                                    .collect(),
                                no_shock: (0..21).map(|k| 18.0 + 0.1 * f64::from(k)).collect(),
                                years,
                            }
                        },
                        label: "go autonomous".to_owned(),
                        stay_label: "stay dependent".to_owned(),
                        y_axis: "gap, % of need".to_owned(),
                        unit: Unit::Percent,
                        peak: Some(Spread {
                            q05: 2029.0,
                            q25: 2030.0,
                            q50: 2031.0,
                            q75: 2032.0,
                            q95: 2034.0,
                        }),
                    }),
                ),
            ],
        ),
    ]
}

fn ends() -> Vec<Section> {
    let acts = [
        "Threats to sovereignty",
        "Tariffs",
        "Ignored agreements",
        "Coercion",
        "Praise of rivals",
        "Downgraded exports",
    ];
    vec![
        general(
            "why",
            "What drives this",
            "What drives this",
            vec![
                Block::Paragraph(vec![s(
                    "Each act was taken away in turn, in every order, and the average loss of effect noted.",
                )]),
                figure(
                    "drivers",
                    "Threats matter most for trust, tariffs for trade",
                    "Share of the total effect in 2035, %. Line: interval.",
                    true,
                    Chart::Drivers(Drivers {
                        head: "Act in the scenario".to_owned(),
                        columns: vec![
                            ("Trust".to_owned(), Basis::Estimated),
                            ("Exports to the U.S.".to_owned(), Basis::Estimated),
                            ("Arms orders".to_owned(), Basis::Assumed),
                        ],
                        rows: acts
                            .iter()
                            .enumerate()
                            .map(|(i, a)| DriverRow {
                                label: (*a).to_owned(),
                                cells: (0..3)
                                    .map(|j| {
                                        (i != 5 || j != 1).then(|| DriverCell {
                                            share: spread(
                                                38.0 - 7.5 * i as f64 + 3.0 * j as f64,
                                                9.0,
                                            ),
                                            row: (i == 0 && j == 0).then(|| RowId::from("E09")),
                                        })
                                    })
                                    .collect(),
                            })
                            .collect(),
                    }),
                ),
                figure(
                    "variance",
                    "Assumptions make up {E18} of the uncertainty",
                    "Share of the variance of the trust gap in 2035.",
                    false,
                    Chart::Variance(Variance {
                        chance: 18.0,
                        estimated: 27.0,
                        model: 12.0,
                        assumed: 43.0,
                    }),
                ),
            ],
        ),
        general(
            "change",
            "What would change it",
            "What would change the answer",
            vec![Block::List(vec![
                vec![s(
                    "{b:If states react only to surprises,} the trust gap falls to {E02} {(E02)}.",
                )],
                vec![s(
                    "{b:If leadership turns over,} institutional trust does not return.",
                )],
            ])],
        ),
        general(
            "record",
            "How far to trust this",
            "How far to trust this",
            vec![
                figure(
                    "skill",
                    "Three of five parts beat “nothing changes”",
                    "Skill, three years ahead: right of the line is better. Last column: how often the interval held.",
                    true,
                    Chart::Skill(Skill {
                        rows: [
                            (
                                "Arms",
                                "{b:Worse} than assuming no change for less than five years ahead.",
                                Some(-0.3),
                            ),
                            ("Exposure", "{b:Could not be scored:} too few cases.", None),
                            (
                                "Finance",
                                "{b:No better} than assuming no change.",
                                Some(0.01),
                            ),
                            (
                                "Trade",
                                "{b:Better,} but its intervals are too narrow.",
                                Some(0.2),
                            ),
                            (
                                "Trust",
                                "{b:Clearly better} at one, three and five years.",
                                Some(0.4),
                            ),
                        ]
                        .into_iter()
                        .map(|(p, w, k)| SkillRow {
                            part: p.to_owned(),
                            words: s(w),
                            skill: k.map(|k| spread(k, 0.12)),
                            held: k.map(|k| 80.0 + 20.0 * k),
                        })
                        .collect(),
                    }),
                ),
                Block::Heading(s("What would have proved us wrong")),
                Block::Paragraph(vec![s(
                    "Tests were written down before any score was computed; see {#method:Method} and {@S01}, row {[E01]}.",
                )]),
            ],
        ),
        Section {
            id: "newq".to_owned(),
            nav: "New questions".to_owned(),
            title: "New questions for the workshop".into(),
            kind: SectionKind::NewQuestions,
            blocks: vec![Block::NewQuestions(vec![
                NewQuestion {
                    question: vec![s(
                        "Who would have to promise what, and by when, for both to be avoided?",
                    )],
                    reason: vec![s(
                        "Moves the trust gap by {E02} {(E02)}; rests on {%trust.kappa}.",
                    )],
                },
                NewQuestion {
                    question: vec![s(
                        "Which observed fact in the next year would make you give up this scenario?",
                    )],
                    reason: vec![s("Largest contribution to the gap, {[E16]}.")],
                },
            ])],
        },
        Section {
            id: "method".to_owned(),
            nav: "Method and limits".to_owned(),
            title: "Method and limits".into(),
            kind: SectionKind::Method,
            blocks: vec![
                Block::Paragraph(vec![s(
                    "Each draw runs two worlds, with the shock and without. The brief reports their difference over {n:200} draws and {n:197} states.",
                )]),
                Block::Heading(s("Likelihood words")),
                Block::ChanceWords,
                Block::Heading(s("Limits")),
                Block::List(vec![
                    vec![s("No modern hegemon has withdrawn at this scale.")],
                    vec![s("Severity of each act is a judgement.")],
                ]),
                Block::Heading(s("Not placed")),
                Block::Unplaced,
                Block::Table(Table {
                    caption: "Events read".to_owned(),
                    stub: "Event".to_owned(),
                    columns: vec![Column::words("Sentence")],
                    rows: vec![TableRow {
                        head: s("Tariff"),
                        note: "S01".to_owned(),
                        iso3: None,
                        cells: vec![Cell::Text {
                            text: s("Recent tariffs have demonstrated that relations carry risk."),
                        }],
                    }],
                }),
            ],
        },
    ]
}

/// The document.
pub fn fixture() -> Document {
    use Basis::{Assumed, Estimated, Observed};
    let mut sections = vec![spiral(), security(), trade(), arms(), affected()];
    sections.extend(questions());
    sections.extend(ends());
    Document {
        kind: "Domain Impact Brief".to_owned(),
        title: "Synthetic alliance erosion: a test of form, not of the world".to_owned(),
        tagline: "A stress test, not a forecast".to_owned(),
        standfirst: vec![s(
            "What follows for {n:34} allies and {n:163} other states if the acts named in the source brief happen, compared with a world that is the same in every draw except that they do not.",
        )],
        run: [
            ("Scenario", "us-alliance-trust"),
            ("Horizon", "2025–2035"),
            ("Data known to", "2025"),
            ("Draws converged", "200 of 200"),
            ("Code, parameters", "0.1.0, 3f1c"),
            ("Run", "9a3b-77e0-114c"),
        ]
        .iter()
        .map(|(l, v)| RunFact {
            label: (*l).to_owned(),
            value: (*v).to_owned(),
        })
        .collect(),
        run_id: "9a3b-77e0-114c".to_owned(),
        answer: vec![
            s(
                "By {y:2035}, allies’ trust in the United States stands {E01 -} {(E01) -} below where it would otherwise be.",
            ),
            s(
                "Most treaties survive, but allies build around them: {E03} {(E03)} new defence agreements without Washington, {E04} {(E04)} of exports to the U.S. sent elsewhere, {E05} {(E05)} fighter orders moved.",
            ),
            s(
                "Whether distrust then feeds on itself is {E07?} {(E07)}, so this brief does not claim a spiral.",
            ),
        ],
        answer_note: Some(Aside {
            head: "Likelihood words".to_owned(),
            body: vec![s(
                "always come with their number. The scale is in {#method:Method}.",
            )],
        }),
        headlines: vec![
            Headline {
                label: "Trust in the U.S. among treaty allies, gap in 2035".to_owned(),
                row: "E01".into(),
                from: None,
                no_shock: Some(0.0),
            },
            Headline {
                label: "Real income of allies, gap in 2035".to_owned(),
                row: "E11".into(),
                from: None,
                no_shock: Some(0.0),
            },
            Headline {
                label: "U.S. share of allies’ new arms orders, 2031–35".to_owned(),
                row: "E20".into(),
                from: Some("E25".into()),
                no_shock: Some(62.0),
            },
            Headline {
                label: "Chance that the loop gain exceeds one".to_owned(),
                row: "E07".into(),
                from: None,
                no_shock: None,
            },
        ],
        sections,
        evidence: vec![
            row(
                "E01",
                "Trust of allies in the United States, gap to no-shock path",
                Unit::Sd,
                -0.43,
                0.36,
                Estimated,
            ),
            row(
                "E02",
                "The same if states react only to surprises",
                Unit::Sd,
                -0.21,
                0.24,
                Assumed,
            ),
            row(
                "E03",
                "New defence agreements without the United States",
                Unit::Count("agreements".to_owned()),
                47.0,
                19.0,
                Estimated,
            ),
            row(
                "E04",
                "Exports to the United States redirected",
                Unit::Percent,
                18.0,
                7.0,
                Estimated,
            ),
            row(
                "E05",
                "Fighter orders moved to another supplier",
                Unit::Count("aircraft".to_owned()),
                112.0,
                71.0,
                Assumed,
            ),
            row(
                "E06",
                "Chance of a second cancellation",
                Unit::Chance,
                0.31,
                0.12,
                Assumed,
            ),
            row(
                "E07",
                "Chance that the loop gain exceeds one",
                Unit::Chance,
                0.0,
                0.02,
                Assumed,
            ),
            row(
                "E08",
                "Defence spending of allies, gap",
                Unit::Percent,
                12.0,
                8.0,
                Estimated,
            ),
            row(
                "E09",
                "Share of threats to sovereignty in the trust gap",
                Unit::Percent,
                38.0,
                11.0,
                Estimated,
            ),
            row(
                "E10",
                "Effective blocs",
                Unit::Index("blocs".to_owned()),
                2.7,
                0.6,
                Estimated,
            ),
            row(
                "E11",
                "Real income of allies, gap",
                Unit::Percent,
                -1.2,
                0.5,
                Estimated,
            ),
            row(
                "E12",
                "Move of the centre of gravity",
                Unit::Other("km".to_owned()),
                184.0,
                90.0,
                Estimated,
            ),
            row(
                "E13",
                "Interoperability",
                Unit::Index("0 to 1".to_owned()),
                0.61,
                0.12,
                Assumed,
            ),
            row(
                "E14",
                "Dollar share of reserves, gap",
                Unit::Points,
                -1.2,
                1.0,
                Assumed,
            ),
            row(
                "E16",
                "Year of the widest gap",
                Unit::Year,
                2031.0,
                3.0,
                Assumed,
            ),
            row(
                "E17",
                "Hazard of exploring a nuclear option, ratio",
                Unit::Times,
                1.4,
                0.3,
                Assumed,
            ),
            row(
                "E18",
                "Share of assumed parameters in the variance",
                Unit::Percent,
                43.0,
                9.0,
                Estimated,
            ),
            row("E19", "Widest gap", Unit::Percent, 23.8, 6.0, Assumed),
            row(
                "E20",
                "U.S. share of allies’ new arms orders",
                Unit::Percent,
                49.0,
                14.0,
                Assumed,
            ),
            row(
                "E21",
                "Trade intensity, Europe and Latin America",
                Unit::Times,
                1.12,
                0.08,
                Estimated,
            ),
            row(
                "E22",
                "Trade intensity, Europe and India",
                Unit::Times,
                1.21,
                0.12,
                Estimated,
            ),
            row(
                "E23",
                "Trade intensity within East Asia",
                Unit::Times,
                1.05,
                0.03,
                Estimated,
            ),
            row(
                "E24",
                "Trade intensity, Canada and Europe",
                Unit::Times,
                1.31,
                0.21,
                Estimated,
            ),
            row(
                "E25",
                "U.S. share of allies’ arms imports, 2020–24",
                Unit::Percent,
                62.0,
                0.0,
                Observed,
            ),
        ],
        parameters: vec![Parameter {
            id: "trust.kappa".into(),
            label: "weight of surprise in the trust update".to_owned(),
            value: "0.08 (0 to 0.18)".to_owned(),
            unit: "SD per SD".to_owned(),
            tag: 'P',
            source: "own assumption, bounded by polls".to_owned(),
        }],
        sources: vec![
            Source {
                id: "S01".into(),
                publisher: "Łódź Institute of <Tests> & Fixtures".to_owned(),
                reference: "A \"quoted\" title (2024)".to_owned(),
                licence: "CC BY 4.0".to_owned(),
                vintage: "Retrieved 2025".to_owned(),
                url: "https://example.org/data?a=1&b=2".to_owned(),
            },
            Source {
                id: "S02".into(),
                publisher: "Natural Earth".to_owned(),
                reference: "Admin 0 countries, 1:110 m".to_owned(),
                licence: "public domain".to_owned(),
                vintage: String::new(),
                url: String::new(),
            },
        ],
        source_brief: Some(SourceBrief {
            title: "A synthetic brief".to_owned(),
            reference: String::new(),
        }),
        unplaced: vec![Unplaced {
            line: 14,
            text: "Competition & <innovation> may rise.".to_owned(),
            why: "no actor".to_owned(),
        }],
        notices: vec!["Boundaries express no opinion on the status of any territory.".to_owned()],
    }
}
