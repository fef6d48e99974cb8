//! Time of one year by domain, on the embedded atlas and the scenario of the alliance brief:
//! `respond` (one step), `measure` (its indicators) and `start` (once a draw). The last line is a checksum over what security and arms hold and report, to see whether a
//! change of code is one of results.
#![allow(clippy::print_stdout)]

use std::hint::black_box;
use std::time::Instant;

use realign_atlas::{Atlas, StateId};
use realign_model::acts::{Acts, Direct};
use realign_model::channels::Channels;
use realign_model::indicator::Recorder;
use realign_model::model::{Model, Start};
use realign_model::params::{Params, Values};
use realign_model::setting::{Chance, TrustView};
use realign_model::step::{self, Surroundings};
use realign_model::world::World;
use realign_model::{Square, arms, exposure, finance, security, standards, trade, trust};
use realign_numerics::random::Stream;
use realign_scenario::{Scenario, Vocabulary};

const DRAWS: u32 = 6;
const REPEATS: usize = 3;
const DOMAINS: [&str; 7] = [
    "trust",
    "security",
    "trade",
    "arms",
    "finance",
    "standards",
    "exposure",
];

/// Times of one kind of work over worlds, ms: the first call (caches as the rest of a step left
/// them) and the best of several.
#[derive(Clone, Copy)]
struct Time {
    first: f64,
    again: f64,
    count: f64,
    best: f64,
}

impl Time {
    const NONE: Self = Self {
        first: 0.0,
        again: 0.0,
        count: 0.0,
        best: f64::INFINITY,
    };
}

/// Times of each kind of work by domain.
struct Times {
    respond: [Time; 7],
    measure: [Time; 7],
    measure_blocs: Time,
    start: [Time; 3],
}

fn keep<T>(time: &mut Time, mut work: impl FnMut() -> T) {
    let mut best = f64::INFINITY;
    for k in 0..REPEATS {
        let clock = Instant::now();
        black_box(work());
        let ms = 1e3 * clock.elapsed().as_secs_f64();
        if k == 0 {
            time.first += ms;
        }
        best = best.min(ms);
    }
    time.again += best;
    time.count += 1.0;
    time.best = time.best.min(best);
}

/// Checksum by FNV-1a over bits.
struct Checksum(u64);

impl Checksum {
    fn bits(&mut self, bits: u64) {
        for byte in bits.to_le_bytes() {
            self.0 = (self.0 ^ u64::from(byte)).wrapping_mul(0x0000_0100_0000_01b3);
        }
    }

    fn numbers(&mut self, list: &[f64]) {
        for x in list {
            self.bits(x.to_bits());
        }
    }

    fn ties(&mut self, ties: &security::Ties) {
        for (i, j) in ties.pairs() {
            self.bits((i * ties.n() + j) as u64);
        }
    }

    fn world(&mut self, w: &World) {
        let (s, a) = (&w.security, &w.arms);
        self.ties(&s.pacts);
        self.ties(&s.cooperation);
        self.bits(s.designations.len() as u64);
        for list in [&s.log_spending, &s.log_strength, &s.hedging_log_ratio] {
            self.numbers(list);
        }
        for list in [
            &a.order,
            &a.domestic_order,
            &a.book,
            &a.domestic_book,
            &a.base,
            &a.domestic_base,
            &a.degraded,
            &a.capability,
            &a.coproduction,
            &a.taste,
            &a.dependence,
            &a.allied_share,
            &a.flagship_open,
            &a.flagship_delivered,
            &a.flagship_moved,
        ] {
            self.numbers(list);
        }
        for x in &a.allied_likeness {
            self.bits(x.map_or(u64::MAX, f64::to_bits));
        }
    }
}

fn main() {
    let atlas = Atlas::embedded().expect("the atlas is embedded");
    let names = Vocabulary::from_atlas(&atlas).expect("the atlas has names");
    let text = include_bytes!("../../../scenarios/us-alliance-trust.toml");
    let scenario = Scenario::parse("us-alliance-trust.toml", text, &names)
        .expect("the scenario parses")
        .resolve(&atlas)
        .expect("the scenario resolves");
    let params = Params::embedded().expect("parameters are embedded");
    let model = Model::new(&atlas, &scenario, params).expect("the model is built");
    let mut times = Times {
        respond: [Time::NONE; 7],
        measure: [Time::NONE; 7],
        measure_blocs: Time::NONE,
        start: [Time::NONE; 3],
    };
    let mut sum = Checksum(0xcbf2_9ce4_8422_2325);
    let (mut evaluations, mut solved) = (0, 0);
    let none = Acts::default();
    let mut row = vec![f32::NAN; model.layout().width()];
    let (first, last) = own_columns(&model);
    for draw in 0..DRAWS {
        let stream = Stream::new(1, draw);
        let values = model.params().draw(&stream);
        let start = model
            .start(&values, &Chance::new(stream, 0))
            .expect("the draw starts");
        time_starts(&model, &start, &Chance::new(stream, 0), &mut times);
        for acts in [&none, model.acts()] {
            let mut world = start.world.clone();
            for t in 0..model.years().len() as u32 {
                if t > 0 {
                    let around = Surroundings {
                        start: &start,
                        acts,
                        channels: Channels::ALL,
                        quiet_trust: None,
                        values: &values,
                        chance: Chance::new(stream, t),
                    };
                    time_responds(&model, &world, &around, &mut times);
                    world = step::step(&model, &world, &around).expect("the year is solved");
                    evaluations += world.trade.evaluations;
                    solved += 1;
                }
                time_measures(&model, &start, &world, &mut row, &mut times);
                sum.world(&world);
                for x in &row[first..last.min(row.len())] {
                    let x = if x.is_nan() { f32::NAN } else { *x };
                    sum.bits(u64::from(x.to_bits()));
                }
            }
        }
    }
    println!("ms, mean over worlds of the first call and of the best of {REPEATS}; best of all");
    let show = |what: &str, t: &Time| {
        let (first, again) = (t.first / t.count, t.again / t.count);
        println!("{what:22} {first:7.3} {again:7.3} {:7.3}", t.best);
    };
    for (k, name) in DOMAINS.iter().enumerate() {
        show(&format!("{name} respond"), &times.respond[k]);
        show(&format!("{name} measure"), &times.measure[k]);
    }
    show("security with blocs", &times.measure_blocs);
    for (k, name) in ["security", "arms", "trust"].iter().enumerate() {
        show(&format!("{name} start"), &times.start[k]);
    }
    println!("{evaluations} evaluations of excess demand in {solved} years");
    println!("checksum {:016x}", sum.0);
}

/// Columns of a year's row from the first of security to the last before finance.
fn own_columns(model: &Model) -> (usize, usize) {
    let layout = model.layout();
    let place = |id: &str| {
        let list = layout.indicators();
        let at = list.iter().position(|i| i.id.starts_with(id));
        layout.slot(
            at.expect("the domain reports"),
            Some(StateId::from_index(0)),
        )
    };
    (place("security."), place("finance."))
}

fn time_starts(model: &Model, start: &Start, chance: &Chance, times: &mut Times) {
    let (f, c) = (model.fixed(), &start.coefficients);
    let trust = view(start, &start.world);
    keep(&mut times.start[0], || {
        security::State::start(&f.security, &c.security, chance, &trust)
    });
    let allies = allies(&start.world.security, c.security.designation_weight);
    keep(&mut times.start[1], || {
        arms::State::start(&f.arms, &c.arms, chance, &allies)
    });
    keep(&mut times.start[2], || {
        trust::State::start(&f.trust, &c.trust, chance)
    });
}

fn view<'a>(start: &'a Start, world: &'a World) -> TrustView<'a> {
    TrustView {
        now: &world.trust,
        start: &start.world.trust,
        coefficients: &start.coefficients.trust,
    }
}

fn allies(state: &security::State, designation: f64) -> Square {
    let mut weights = Square::zeros(state.pacts.n());
    for (a, b) in &state.designations {
        weights.set(*a, *b, designation);
        weights.set(*b, *a, designation);
    }
    for (i, j) in state.pacts.pairs() {
        weights.row_mut(i)[j] = 1.0;
        weights.row_mut(j)[i] = 1.0;
    }
    weights
}

/// What acts do in the year after `world`, by themselves and as conduct.
fn acts_of(
    model: &Model,
    world: &World,
    acts: &Acts,
    values: &Values,
) -> (Direct, Square, Vec<StateId>) {
    let year = world.year + 1;
    let n = model.setting().n;
    (
        acts.direct(year, values).expect("acts have effects"),
        acts.conduct(n, year, values).expect("acts are conduct"),
        acts.turnovers(year).into_iter().map(|t| t.0).collect(),
    )
}

fn time_responds(model: &Model, world: &World, around: &Surroundings<'_>, times: &mut Times) {
    let (f, c) = (model.fixed(), &around.start.coefficients);
    let (direct, conduct, turnovers) = acts_of(model, world, around.acts, around.values);
    let trust = view(around.start, world);
    let chance = &around.chance;
    let income_log = world.trade.income_log(&f.trade);
    let allies = allies(&world.security, c.security.designation_weight);
    let spending_ratio: Vec<f64> = world
        .security
        .log_spending
        .iter()
        .map(|l| l.exp())
        .collect();
    let r = &mut times.respond;
    let inputs = trust::Inputs {
        conduct: &conduct,
        turnovers: &turnovers,
        channels: around.channels,
    };
    keep(&mut r[0], || {
        trust::respond(&f.trust, &c.trust, &world.trust, &inputs, chance)
    });
    let inputs = security::Inputs {
        direct: &direct,
        trust,
        income_log: &income_log,
    };
    keep(&mut r[1], || {
        security::respond(&f.security, &c.security, &world.security, &inputs, chance)
    });
    let inputs = trade::Inputs {
        direct: &direct,
        trust,
    };
    keep(&mut r[2], || {
        trade::respond(&f.trade, &c.trade, &world.trade, &inputs, chance)
    });
    let inputs = arms::Inputs {
        direct: &direct,
        trust,
        spending_ratio: &spending_ratio,
        allies: &allies,
        reputation: true,
    };
    keep(&mut r[3], || {
        arms::respond(&f.arms, &c.arms, &world.arms, &inputs, chance)
    });
    let inputs = finance::Inputs {
        direct: &direct,
        trust,
        allies: &allies,
    };
    keep(&mut r[4], || {
        finance::respond(&f.finance, &c.finance, &world.finance, &inputs, chance)
    });
    let inputs = standards::Inputs {
        direct: &direct,
        trust,
    };
    keep(&mut r[5], || {
        standards::respond(
            &f.standards,
            &c.standards,
            &world.standards,
            &inputs,
            chance,
        )
    });
    let inputs = exposure::Inputs {
        direct: &direct,
        trust,
        arms: &world.arms,
    };
    keep(&mut r[6], || {
        exposure::respond(&f.exposure, &c.exposure, &world.exposure, &inputs, chance)
    });
}

fn time_measures(model: &Model, start: &Start, world: &World, row: &mut [f32], times: &mut Times) {
    let (f, c, s) = (model.fixed(), &start.coefficients, model.setting());
    let income_log = world.trade.income_log(&f.trade);
    let layout = model.layout();
    let list = layout.indicators();
    let first = |domain: usize| {
        let id = format!("{}.", DOMAINS[domain]);
        let at = list.iter().position(|i| i.id.starts_with(&id));
        at.expect("the domain reports")
    };
    let m = &mut times.measure;
    let mut r = Recorder::new(layout, first(0), row);
    let (now, then) = (&world.trust, &start.world.trust);
    keep(&mut m[0], || {
        trust::measure(&f.trust, &c.trust, s, now, then, &mut r);
    });
    let mut extras = security::Extras {
        trust: view(start, world),
        income_log: &income_log,
        year: world.year,
        blocs: false,
    };
    let mut r = Recorder::new(layout, first(1), row);
    let x = &world.security;
    keep(&mut m[1], || {
        security::measure(&f.security, &c.security, s, x, &extras, &mut r);
    });
    extras.blocs = true;
    keep(&mut times.measure_blocs, || {
        security::measure(&f.security, &c.security, s, x, &extras, &mut r);
    });
    let mut r = Recorder::new(layout, first(2), row);
    keep(&mut m[2], || {
        trade::measure(&f.trade, &c.trade, s, &world.trade, &mut r);
    });
    let mut r = Recorder::new(layout, first(3), row);
    keep(&mut m[3], || {
        arms::measure(&f.arms, &c.arms, s, &world.arms, &mut r);
    });
    let mut r = Recorder::new(layout, first(4), row);
    keep(&mut m[4], || {
        finance::measure(&f.finance, &c.finance, s, &world.finance, &mut r);
    });
    let mut r = Recorder::new(layout, first(5), row);
    keep(&mut m[5], || {
        standards::measure(&f.standards, &c.standards, s, &world.standards, &mut r);
    });
    let mut r = Recorder::new(layout, first(6), row);
    keep(&mut m[6], || {
        exposure::measure(&f.exposure, &c.exposure, s, &world.exposure, &mut r);
    });
}
