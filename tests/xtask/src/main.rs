//! `cargo xtask`: set-up, demo, tests, benchmarks and generated documents, each one command.
//!
//! - Comes in: the name of a task.
//! - Goes out: lines that say what happens; exit code 0 only when everything held.
//! - Stays true: software comes only from apt, npm, pip and crates.io, in the versions of `tools.rs`; nothing is
//!   installed into the repository.
//! - Deliberately absent: product code. Nothing of tgp is linked here, so that it builds in seconds.
#![allow(clippy::print_stdout, clippy::print_stderr, reason = "it is a program for people at a terminal")]
#![allow(clippy::disallowed_methods, reason = "it starts cargo, npm and apt; that is its purpose")]

mod bench;
mod debian;
mod demo;
mod docs;
mod run;
mod setup;
mod test;
mod tools;
mod vscode;

use std::process::ExitCode;

const HELP: &str = "\
cargo xtask <task>

  setup   installs what build, demo, tests and benchmarks need (quick when it is there)
  demo    builds tgp and plays a whole agent session; checks every step
  test    builds everything and runs all tests, the clients of other makers and the real editors included
  vscode  only the tests in the real VS Code; or of them only the suites that are named, such as `vscode live`
  bench   measures tgp beside its peers and writes docs/benchmarks.md
  docs    writes the generated documents anew
  help    this text

TGP_TEST_CACHE names the folder for test clients and peers (otherwise ~/.cache/tgp-test).";

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let task = arguments.first().map_or("help", String::as_str);
    let done = match task {
        "setup" => setup::install(tools::EVERYTHING).map(|()| true),
        "demo" => demo::demo(),
        "test" => test::test(&arguments[1..]),
        "bench" => bench::bench(&arguments[1..]),
        "vscode" => vscode::alone(&arguments[1..]),
        "docs" => docs::docs(),
        "help" | "--help" | "-h" => {
            println!("{HELP}");
            Ok(true)
        }
        other => Err(run::Failure::said(format!("`{other}` is no task\n\n{HELP}"))),
    };
    match done {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::FAILURE,
        Err(failure) => {
            eprintln!("xtask: {failure}");
            ExitCode::FAILURE
        }
    }
}
