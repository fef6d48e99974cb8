//! The `realign` command.

// The command is the one place that talks to a terminal.
#![allow(clippy::print_stdout, clippy::print_stderr)]

mod architectures;
mod args;
mod arms;
mod atlas;
mod believe;
mod brief;
mod estimate;
mod explain;
mod exposure;
mod finance;
mod history;
mod layer;
mod output;
mod params;
mod progress;
mod question;
mod read;
mod report;
mod run;
mod security;
mod sensitivity;
mod standards;
mod trade;
mod trust;

use std::process::ExitCode;

use clap::Parser;

use args::{Cli, Command};

fn main() -> ExitCode {
    end_quietly_when_nobody_reads();
    let cli = Cli::parse();
    let result = match &cli.command {
        Command::Brief(a) => brief::run(a),
        Command::Run(a) => run::run(a),
        Command::Merge(a) => run::merge(a),
        Command::Security(a) => security::run(a),
        Command::Architectures(a) => architectures::run(a),
        Command::Explain(a) => explain::run(a),
        Command::Believe(a) => believe::run(a),
        Command::Sensitivity(a) => sensitivity::run(a),
        Command::Backtest(a) => history::backtest(a),
        Command::Score(a) => history::score(a),
        Command::Forecast(a) => history::forecast(a),
        Command::Read(a) => read::run(a),
        Command::Atlas(a) => atlas::run(a),
        Command::Scenario(a) => read::scenario(a),
        Command::Exposure(a) => exposure::run(a),
        Command::Layer(a) => layer::run(a),
        Command::Finance(a) => finance::run(a),
        Command::Standards(a) => standards::run(a),
        Command::Params(a) => params::run(a),
        Command::Estimate(a) => estimate::run(a),
        Command::Arms(a) => arms::run(a),
        Command::Trade(a) => trade::run(a),
        Command::Trust(a) => trust::run(a),
    };
    match result {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => failure.print(),
    }
}

/// A reader that closes the pipe early, such as `head`, is no defect of ours.
fn end_quietly_when_nobody_reads() {
    let usual = std::panic::take_hook();
    std::panic::set_hook(Box::new(move |panic| {
        let said = panic.payload().downcast_ref::<String>();
        if said.is_some_and(|s| s.starts_with("failed printing to stdout")) {
            std::process::exit(0);
        }
        usual(panic);
    }));
}
