//! `realign finance`: reserve currencies, who holds the hegemon's securities, credit lines as a
//! network, and estimated portfolios with the losses that spread through them.

use clap::Args;
use realign_atlas::{Atlas, StateId};
use realign_model::finance::{self, Observed, Portfolios, Spread};
use realign_model::params::Params;
use realign_model::setting::Setting;
use serde_json::json;

use crate::atlas::state;
use crate::exposure::{pct, table};
use crate::report::Failure;

/// Arguments of `realign finance`.
#[derive(Debug, Args)]
#[command(after_help = "\
Without a state: the world's currency shares, the largest holders, the credit lines and who has them
from the issuer alone. With a state: its reserves, holdings, lines, and whom it holds claims on.
Portfolios of third countries are ESTIMATED by maximum entropy from totals; only the survey of the
securities of the United States is observed pair by pair.

Examples:
  realign finance
  realign finance JPN --loss 0.2
  realign finance --issuer CHN --json")]
pub struct FinanceArgs {
    /// ISO3 code of a state to look at.
    pub state: Option<String>,
    /// ISO3 code of the state whose currency and securities are looked at.
    #[arg(long, value_name = "ISO3", default_value = "USA")]
    pub issuer: String,
    /// Part of their value that claims on the issuer lose, 0 to 1.
    #[arg(long, value_name = "SHARE", default_value_t = 0.1)]
    pub loss: f64,
    /// Part of a holder's loss, in its GDP, by which its own liabilities lose value. Default: the
    /// assumption of the parameters.
    #[arg(long, value_name = "SHARE")]
    pub pass_through: Option<f64>,
    /// Rows of each list.
    #[arg(long, value_name = "N", default_value_t = 12)]
    pub rows: usize,
    /// For machines.
    #[arg(long)]
    pub json: bool,
}

/// What is shown.
struct Seen<'a> {
    atlas: &'a Atlas,
    issuer: StateId,
    observed: &'a Observed,
    lines: Vec<(StateId, StateId)>,
    gdp: Vec<f64>,
    portfolios: Option<Portfolios>,
    spread: Option<Spread>,
}

/// `realign finance`
pub fn run(args: &FinanceArgs) -> Result<(), Failure> {
    let pass_through = match args.pass_through {
        Some(p) => p,
        None => Params::embedded()?
            .centre()
            .get("finance.contagion_pass_through")?,
    };
    if !(0.0..=1.0).contains(&args.loss) || !(0.0..=1.0).contains(&pass_through) {
        return Err(Failure::hinted(
            "--loss and --pass-through are parts of one",
            "write 0.1 for ten per cent",
        ));
    }
    let atlas = Atlas::embedded()?;
    let issuer = state(&atlas, &args.issuer)?;
    let focus = args
        .state
        .as_deref()
        .map(|s| state(&atlas, s))
        .transpose()?;
    let start = atlas.vintage();
    let setting = Setting {
        n: atlas.n(),
        hegemon: issuer,
        targets: Vec::new(),
        start,
        horizon: start + 1,
    };
    let observed = Observed::read(&atlas, &setting)?;
    let panel = atlas.state_series("gdp_usd_mn")?;
    let gdp: Vec<f64> = (0..atlas.n())
        .map(|i| {
            let v = panel.latest(StateId::from_index(i), start);
            v.map_or(f64::NAN, |v| v.1)
        })
        .collect();
    let portfolios = finance::portfolios(&atlas, &observed, start)?;
    let spread = portfolios
        .as_ref()
        .map(|p| p.spread(&gdp, issuer.index(), args.loss, pass_through))
        .transpose()?;
    let mut lines: Vec<(StateId, StateId)> = atlas
        .spells("liquidity_line")?
        .rows()
        .iter()
        .filter(|s| s.start <= start && s.end.is_none_or(|e| e > start) && s.a != s.b)
        .map(|s| (s.a, s.b))
        .collect();
    lines.sort_unstable();
    lines.dedup();
    let seen = Seen {
        atlas: &atlas,
        issuer,
        observed: &observed,
        lines,
        gdp,
        portfolios,
        spread,
    };
    let scores = (
        finance::share_scores(&atlas)?,
        finance::adjustment_scores(&atlas)?,
    );
    if args.json {
        println!(
            "{}",
            serde_json::to_string_pretty(&seen.json(args, focus, pass_through, &scores))?
        );
        return Ok(());
    }
    match focus {
        None => seen.world(args, &scores),
        Some(i) => seen.one(args, i),
    }
    seen.losses(args, focus, pass_through);
    for note in &observed.notes {
        println!("Note: {note}");
    }
    Ok(())
}

type Scores = (Vec<finance::ShareScore>, Vec<finance::ShareScore>);

impl Seen<'_> {
    fn iso(&self, i: usize) -> &str {
        self.atlas.states().iso3(StateId::from_index(i))
    }

    /// Largest holders of the issuer's securities.
    fn holders(&self) -> Vec<usize> {
        let held = &self.observed.securities_musd;
        let mut list: Vec<usize> = (0..held.len()).filter(|i| held[*i] > 0.0).collect();
        list.sort_by(|a, b| held[*b].total_cmp(&held[*a]).then(a.cmp(b)));
        list
    }

    /// Recipients all of whose lines come from the issuer, and those with others besides.
    fn nets(&self) -> (Vec<usize>, Vec<usize>) {
        let of = |i: usize| self.observed.credit_lines[i];
        let with: Vec<usize> = (0..self.atlas.n()).filter(|i| of(*i).1 > 0).collect();
        with.into_iter().partition(|i| of(*i).0 == of(*i).1)
    }

    fn list(&self, of: &[usize]) -> String {
        let codes: Vec<&str> = of.iter().map(|i| self.iso(*i)).collect();
        if codes.is_empty() {
            "none".to_owned()
        } else {
            codes.join(", ")
        }
    }

    fn world(&self, args: &FinanceArgs, scores: &Scores) {
        let o = self.observed;
        let year = o.shares_year.map_or_else(String::new, |y| format!(", {y}"));
        println!("Currencies in the world's allocated reserves{year}");
        let mut shares = o.currency_shares.clone();
        shares.sort_by(|a, b| b.1.total_cmp(&a.1));
        let mut t = table(["currency", "share %"], 1..2);
        for (code, share) in &shares {
            t.add_row([code.clone(), pct(*share)]);
        }
        println!("{t}");
        println!(
            "Forecasts of the dollar's log odds: error over that of the random walk (below 1 is better)"
        );
        let mut t = table(
            [
                "years ahead",
                "autoregression",
                "partial adjustment",
                "forecasts",
            ],
            1..4,
        );
        for (a, b) in scores.0.iter().zip(&scores.1) {
            t.add_row([
                a.horizon.to_string(),
                format!("{:.2}", a.error_ratio),
                format!("{:.2}", b.error_ratio),
                a.forecasts.to_string(),
            ]);
        }
        println!("{t}");
        println!(
            "Partial adjustment: the published inertia of Chinn and Frankel towards a level set by the issuer's share of world income. The random walk is the baseline a run uses; few overlapping forecasts tell them apart.\n"
        );
        let holders = self.holders();
        if !holders.is_empty() {
            println!("Largest holders of securities of {}", self.iso(o.hegemon));
            let mut t = table(
                ["holder", "bn USD", "% of its GDP", "% of issuer's GDP"],
                1..4,
            );
            for i in holders.iter().take(args.rows) {
                let v = o.securities_musd[*i];
                t.add_row([
                    self.iso(*i).to_owned(),
                    format!("{:.0}", v / 1000.0),
                    pct(v / self.gdp[*i]),
                    pct(v / o.hegemon_gdp_musd),
                ]);
            }
            println!("{t}");
            println!("Custody centres hold for others.\n");
        }
        let mut sources: Vec<usize> = self.lines.iter().map(|l| l.0.index()).collect();
        sources.sort_unstable();
        sources.dedup();
        println!("Credit lines between central banks in force");
        let mut t = table(["source", "lines", "to"], 1..2);
        let mut rows: Vec<(usize, Vec<usize>)> = sources
            .into_iter()
            .map(|s| {
                let to = self.lines.iter().filter(|l| l.0.index() == s);
                (s, to.map(|l| l.1.index()).collect())
            })
            .collect();
        rows.sort_by(|a, b| b.1.len().cmp(&a.1.len()).then(a.0.cmp(&b.0)));
        for (s, to) in rows.iter().take(args.rows) {
            t.add_row([self.iso(*s).to_owned(), to.len().to_string(), self.list(to)]);
        }
        println!("{t}");
        let (alone, besides) = self.nets();
        println!(
            "Without {}: no line left for {}; fewer for {}.\n",
            self.iso(self.issuer.index()),
            self.list(&alone),
            self.list(&besides)
        );
    }

    fn one(&self, args: &FinanceArgs, id: StateId) {
        let (i, o) = (id.index(), self.observed);
        println!("{}", self.atlas.states().get(id).name);
        let mut t = table(["what", "bn USD", "% of GDP"], 1..3);
        let mut row = |what: &str, v: f64| {
            let money = if v.is_nan() {
                "–".to_owned()
            } else {
                format!("{:.1}", v / 1000.0)
            };
            t.add_row([what.to_owned(), money, pct(v / self.gdp[i])]);
        };
        row("foreign exchange reserves without gold", o.reserves_musd[i]);
        row(
            &format!("securities of {}", self.iso(o.hegemon)),
            o.securities_musd[i],
        );
        println!("{t}");
        let of = |to: bool| -> Vec<usize> {
            let own = self
                .lines
                .iter()
                .filter(|l| if to { l.0 == id } else { l.1 == id });
            own.map(|l| if to { l.1.index() } else { l.0.index() })
                .collect()
        };
        println!("Credit lines from: {}", self.list(&of(false)));
        println!("Credit lines to: {}", self.list(&of(true)));
        let (all, from_issuer) = o.credit_lines[i];
        if all > 0 {
            println!(
                "{} of {all} lines come from {}{}",
                from_issuer,
                self.iso(o.hegemon),
                if from_issuer == all {
                    ": without it no net is left"
                } else {
                    ""
                }
            );
        }
        if let Some(p) = &self.portfolios {
            println!("\nClaims on others, ESTIMATED by maximum entropy from totals");
            let mut t = table(["on", "bn USD", "% of its external assets"], 1..3);
            let held = p.held_by(i);
            let total: f64 = held.iter().map(|c| c.1).sum();
            for (j, v) in held.iter().take(args.rows) {
                t.add_row([
                    self.iso(*j).to_owned(),
                    format!("{:.0}", v / 1000.0),
                    pct(v / total),
                ]);
            }
            println!("{t}");
        }
        println!();
    }

    /// States by their loss in the end, largest first.
    fn losers(&self, s: &Spread) -> Vec<usize> {
        let mut list: Vec<usize> = (0..self.gdp.len()).filter(|i| s.first[*i] > 0.0).collect();
        list.sort_by(|a, b| s.bounded[*b].total_cmp(&s.bounded[*a]).then(a.cmp(b)));
        list
    }

    fn losses(&self, args: &FinanceArgs, focus: Option<StateId>, pass_through: f64) {
        let Some(s) = &self.spread else {
            println!("No totals of external assets and liabilities: no losses are estimated.");
            return;
        };
        println!(
            "If claims on {} lost {} % of their value (ESTIMATED portfolios; holders pass on {} of a loss, tag P)",
            self.iso(self.issuer.index()),
            pct(args.loss),
            pass_through
        );
        let mut t = table(
            ["holder", "first, % GDP", "in the end, % GDP", "linear form"],
            1..4,
        );
        let shown: Vec<usize> = match focus {
            Some(i) => vec![i.index()],
            None => self.losers(s).into_iter().take(args.rows).collect(),
        };
        for i in shown {
            t.add_row([
                self.iso(i).to_owned(),
                pct(s.first[i]),
                pct(s.bounded[i]),
                s.linear
                    .as_ref()
                    .map_or_else(|| "no limit".to_owned(), |l| pct(l[i])),
            ]);
        }
        println!("{t}");
        println!(
            "Spectral radius of the exposures {:.2}: the linear form has a limit below 1. Losses are bounded at a year's GDP.",
            s.radius
        );
    }

    fn json(
        &self,
        args: &FinanceArgs,
        focus: Option<StateId>,
        pass_through: f64,
        scores: &Scores,
    ) -> serde_json::Value {
        let o = self.observed;
        let (alone, besides) = self.nets();
        let codes = |l: &[usize]| {
            l.iter()
                .map(|i| self.iso(*i).to_owned())
                .collect::<Vec<_>>()
        };
        let number = |v: f64| v.is_finite().then_some(v);
        json!({
            "issuer": self.iso(o.hegemon),
            "currency": o.currency,
            "shares_year": o.shares_year.map(|y| y.0),
            "currency_shares": o.currency_shares.iter().map(|(c, s)| json!({"currency": c, "share": s})).collect::<Vec<_>>(),
            "against_random_walk": scores.0.iter().zip(&scores.1).map(|(a, b)| json!({
                "years": a.horizon, "autoregression": a.error_ratio,
                "partial_adjustment": b.error_ratio, "forecasts": a.forecasts})).collect::<Vec<_>>(),
            "holders": self.holders().iter().map(|i| json!({
                "holder": self.iso(*i), "securities_musd": number(o.securities_musd[*i]),
                "reserves_musd": number(o.reserves_musd[*i]), "gdp_musd": number(self.gdp[*i])})).collect::<Vec<_>>(),
            "lines": self.lines.iter().map(|(a, b)| json!({"source": self.iso(a.index()), "recipient": self.iso(b.index())})).collect::<Vec<_>>(),
            "only_from_issuer": codes(&alone),
            "also_from_issuer": codes(&besides),
            "state": focus.map(|i| self.iso(i.index()).to_owned()),
            "estimated_claims": focus.zip(self.portfolios.as_ref()).map(|(i, p)| p.held_by(i.index()).iter()
                .map(|(j, v)| json!({"on": self.iso(*j), "musd": v})).collect::<Vec<_>>()),
            "estimated_losses": self.spread.as_ref().map(|s| json!({
                "loss_of_value": args.loss, "pass_through": pass_through, "spectral_radius": s.radius,
                "holders": self.losers(s).iter().map(|i| json!({"holder": self.iso(*i),
                    "first_gdp": s.first[*i], "bounded_gdp": s.bounded[*i],
                    "linear_gdp": s.linear.as_ref().map(|l| l[*i])})).collect::<Vec<_>>()})),
            "notes": o.notes,
        })
    }
}
