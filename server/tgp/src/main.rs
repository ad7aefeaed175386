//! The `tgp` program: the terminal's door. It reads the command line, asks the engine, prints the answer.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::process::ExitCode;

use clap::Parser;

mod cli;
mod commands;
mod context;
mod ending;
mod exit;
mod logging;

use tgp_screen::{diff, failure, output, page, person, table, time, words};

use cli::Cli;
use context::Context;
use failure::Failure;
use output::Output;

fn main() -> ExitCode {
    let cli = match Cli::try_parse() {
        Ok(cli) => cli,
        // Help and version are answers and go to stdout; a mistake goes to stderr. Clap knows which is which.
        Err(told) => {
            let written = told.print();
            return exit::of_parsing(&told, written);
        }
    };
    logging::start();
    let output = Output::new(cli.global.json);
    // The default hook would print a Rust backtrace; the person gets one line, the log the rest.
    std::panic::set_hook(Box::new(|bug| tracing::error!("{bug}")));
    let result = catch_unwind(AssertUnwindSafe(|| {
        let context = Context::new(cli.global, &output)?;
        let result = commands::run(&cli.command, &context);
        context.ending.or(result)
    }));
    let result = result.unwrap_or_else(|bug| Err(Failure::bug(bug.as_ref())));
    let result = result.and_then(|()| output.finish());
    if let Err(failure) = &result {
        output.failed(failure);
    }
    exit::of(&result)
}
