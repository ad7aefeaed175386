//! `tgp tool`: the tools of the library.

use clap::Subcommand;

use crate::context::{Context, Opened};
use crate::failure::Failure;

mod check;
mod find;
mod list;
mod run;
mod show;

/// Look at the tools of the library, check them, run them.
#[derive(Debug, Subcommand)]
#[command(after_help = "\
Example:
  tgp tool run tools/math/fib.ts n=10")]
pub(crate) enum ToolCommand {
    List(list::ListArgs),
    Show(show::ShowArgs),
    Check(check::CheckArgs),
    Run(run::RunArgs),
    Find(find::FindArgs),
}

pub(crate) fn run(command: &ToolCommand, context: &Context<'_>) -> Result<(), Failure> {
    match command {
        ToolCommand::List(args) => list::run(args, context),
        ToolCommand::Show(args) => show::run(args, context),
        ToolCommand::Check(args) => check::run(args, context),
        ToolCommand::Run(args) => run::run(args, context),
        ToolCommand::Find(args) => find::run(args, context),
    }
}

/// How agents name the tool a person names: by that name already, or as a file in the library's folder.
fn tool_path(engine: &Opened<'_>, context: &Context<'_>, named: &str) -> String {
    engine.tool_at(&context.here().join(named)).unwrap_or_else(|| named.to_owned())
}
