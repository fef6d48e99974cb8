//! What becomes of the orders of the flagship: who cuts, who holds, who adds, and what they would turn to.

use std::path::Path;

use realign_atlas::{Atlas, StateId};
use realign_ensemble::run::{self as ensemble, Plan};
use realign_ensemble::{Arm, Results, believe};
use realign_model::arms::{Class, Fixed, alternatives};
use realign_model::model::Model;
use realign_model::params::Params;
use realign_model::setting::Chance;
use realign_numerics::random::Stream;
use realign_numerics::stats;
use serde_json::{Value, json};

use super::{ArmsArgs, number, percent, table};
use crate::args::QuestionArgs;
use crate::brief::threads;
use crate::progress::{Stage, StopFlag};
use crate::question::question;
use crate::read;
use crate::report::Failure;

/// What becomes of one recipient's orders.
struct Fate {
    recipient: StateId,
    ordered: f64,
    delivered: f64,
    open: f64,
    dependence: f64,
    /// Cut, add, by arm (quiet, shock): mean, 5 % and 95 % over draws.
    cut: [[f64; 3]; 2],
    add: [[f64; 3]; 2],
    given_up: [f64; 3],
    alternatives: Vec<(StateId, f64)>,
}

/// `realign arms --flagship FILE`
pub fn run(args: &ArmsArgs, atlas: &Atlas, file: &Path) -> Result<(), Failure> {
    threads(args.threads)?;
    let stop = StopFlag::listen();
    let content = read::bytes(file)?;
    let asked = QuestionArgs {
        file: file.to_owned(),
        horizon: Some(args.horizon),
        focus: Vec::new(),
        hegemon: None,
        draft: false,
    };
    let question = question(&asked, atlas, &content)?;
    let model = Model::new(atlas, &question.resolved, Params::embedded()?)?;
    let fixed = &model.fixed().arms;
    if fixed.flagship_ordered.iter().all(|x| *x == 0.0) {
        return Err(Failure::hinted(
            "no combat aircraft on order from this hegemon are known",
            "`realign arms --class combat-aircraft --supplier ISO3` shows what it has sold",
        ));
    }
    let stage = Stage::new("simulating", &stop);
    let plan = Plan {
        seed: question.seed(None),
        draws: args.draws,
        chance_draws: 1,
        arms: vec![Arm::shock()],
        held: Vec::new(),
        last_year_only: true,
        acts_only_draws: 0,
    };
    let results = ensemble::run(&model, &plan, &|d, t| stage.tick(d, t))?;
    stage.finish();
    let fates = fates(&model, &results)?;
    let price = believe::assumed(&model, "arms.flagship_package_musd")?;
    if args.json {
        as_json(atlas, &fates, fixed, args, price)
    } else {
        print(atlas, &model, &fates, args, price);
        let failed = results.failures().len();
        if failed > 0 {
            println!(
                "{failed} of {} paths did not converge and are left out.",
                results.paths()
            );
        }
        Ok(())
    }
}

fn fates(model: &Model, results: &Results) -> Result<Vec<Fate>, Failure> {
    let fixed = &model.fixed().arms;
    let chance = Chance::new(Stream::new(0, u32::MAX), 0);
    let start = model.start(&model.params().centre(), &chance)?;
    let last = results.years().len() - 1;
    let place = |id: &str| results.indicator(&format!("arms.{id}"));
    let (cut, add) = (
        place("flagship_cut_probability")?,
        place("flagship_added_probability")?,
    );
    let (moved, dependence) = (place("flagship_moved")?, place("dependence")?);
    let arms: Vec<usize> = ["quiet", "shock"]
        .into_iter()
        .filter_map(|a| results.arm(a))
        .collect();
    let [quiet, shock] = arms[..] else {
        return Err(Failure::plain("the run has no quiet arm"));
    };
    let mut out = Vec::new();
    for i in (0..fixed.n).filter(|i| fixed.flagship_ordered[*i] > 0.0) {
        let id = StateId::from_index(i);
        let at =
            |arm: usize, indicator: usize| spread(&results.sample(arm, indicator, Some(id), last));
        let open = fixed.flagship_open[i];
        out.push(Fate {
            recipient: id,
            ordered: fixed.flagship_ordered[i],
            delivered: fixed.flagship_ordered[i] - open,
            open,
            dependence: at(quiet, dependence)[0],
            cut: [at(quiet, cut), at(shock, cut)],
            add: [at(quiet, add), at(shock, add)],
            given_up: at(shock, moved),
            alternatives: alternatives(
                fixed,
                &start.world.arms.calibration,
                id,
                Class::CombatAircraft,
            ),
        });
    }
    out.sort_by(|a, b| {
        b.open
            .total_cmp(&a.open)
            .then(a.recipient.cmp(&b.recipient))
    });
    Ok(out)
}

/// Mean, 5 % and 95 %.
fn spread(sample: &[f64]) -> [f64; 3] {
    let mut known: Vec<f64> = sample.iter().copied().filter(|v| v.is_finite()).collect();
    if known.is_empty() {
        return [f64::NAN; 3];
    }
    known.sort_by(f64::total_cmp);
    let q = |p: f64| stats::quantile_sorted(&known, p);
    [stats::mean(&known), q(0.05), q(0.95)]
}

fn probability(p: [f64; 3]) -> String {
    if p[0].is_nan() {
        return "–".to_owned();
    }
    format!(
        "{:.1} % [{:.1}, {:.1}]",
        100.0 * p[0],
        100.0 * p[1],
        100.0 * p[2]
    )
}

fn print(atlas: &Atlas, model: &Model, fates: &[Fate], args: &ArmsArgs, price: (f64, f64)) {
    let fixed = &model.fixed().arms;
    let iso3 = |s: StateId| atlas.states().iso3(s).to_owned();
    println!(
        "{} of {}: first decision of each recipient up to {}, {} draws; with the acts, and [5 %, 95 %] over draws; in brackets without them",
        fixed.flagship_name,
        iso3(StateId::from_index(fixed.hegemon)),
        args.horizon,
        args.draws
    );
    let mut t = table(
        &[
            "recipient",
            "ordered",
            "delivered",
            "open",
            "cuts",
            "(quiet)",
            "orders more",
            "(quiet)",
            "given up",
            "at stake, bn USD",
            "would turn to",
        ],
        1,
    );
    for f in fates {
        let turn: Vec<String> = f
            .alternatives
            .iter()
            .take(3)
            .map(|(s, share)| format!("{} {}", iso3(*s), percent(*share)))
            .collect();
        let quiet = |p: [f64; 3]| {
            if p[0].is_nan() {
                "–".to_owned()
            } else {
                format!("{:.1} %", 100.0 * p[0])
            }
        };
        t.add_row([
            iso3(f.recipient),
            format!("{:.0}", f.ordered),
            format!("{:.0}", f.delivered),
            format!("{:.0}", f.open),
            probability(f.cut[1]),
            quiet(f.cut[0]),
            probability(f.add[1]),
            quiet(f.add[0]),
            if f.given_up[0].is_nan() {
                "–".to_owned()
            } else {
                format!("{:.2}", f.given_up[0])
            },
            format!("{:.1}", f.open * price.0 / 1000.0),
            turn.join(", "),
        ]);
    }
    println!("{t}");
    println!(
        "Money: {:.0} ± {:.0} million USD an aircraft. How far distrust moves a decision is an assumption \
         (arms.trust_elasticity). Base rates and money:",
        price.0, price.1
    );
    for id in [
        "order_loss_odds",
        "follow_on_hazard",
        "flagship_package_musd",
    ] {
        if let Some((p, _)) = model.params().get(&format!("arms.{id}")) {
            println!("  {}: {}", p.label, p.source);
        }
    }
}

fn as_json(
    atlas: &Atlas,
    fates: &[Fate],
    fixed: &Fixed,
    args: &ArmsArgs,
    price: (f64, f64),
) -> Result<(), Failure> {
    let iso3 = |s: StateId| atlas.states().iso3(s).to_owned();
    let three =
        |p: [f64; 3]| json!({ "mean": number(p[0]), "q05": number(p[1]), "q95": number(p[2]) });
    let rows: Vec<Value> = fates
        .iter()
        .map(|f| {
            let turn: Vec<Value> = f
                .alternatives
                .iter()
                .take(8)
                .map(|(s, share)| json!({ "supplier": iso3(*s), "share": share }))
                .collect();
            let hold = |arm: usize| {
                let cut = if f.cut[arm][0].is_nan() {
                    0.0
                } else {
                    f.cut[arm][0]
                };
                number(1.0 - cut - f.add[arm][0])
            };
            json!({
                "recipient": iso3(f.recipient),
                "ordered": f.ordered,
                "delivered": f.delivered,
                "open": f.open,
                "dependence": number(f.dependence),
                "cut": { "quiet": three(f.cut[0]), "shock": three(f.cut[1]) },
                "add": { "quiet": three(f.add[0]), "shock": three(f.add[1]) },
                "hold": { "quiet": hold(0), "shock": hold(1) },
                "given_up_aircraft": three(f.given_up),
                "open_value_musd": f.open * price.0,
                "class": Class::CombatAircraft.id(),
                "alternatives": turn,
            })
        })
        .collect();
    let object = json!({
        "flagship": fixed.flagship_name,
        "supplier": iso3(StateId::from_index(fixed.hegemon)),
        "horizon": args.horizon,
        "draws": args.draws,
        "musd_an_aircraft": { "mean": price.0, "sd": price.1 },
        "recipients": rows,
    });
    println!("{}", serde_json::to_string_pretty(&object)?);
    Ok(())
}
