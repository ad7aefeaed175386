//! `tgp branch diff`.

use clap::{Args, ValueEnum};
use tgp_protocol::client::branches::DiffBy;
use tgp_screen::branches;

use crate::context::Context;
use crate::failure::Failure;

/// Show what a branch changes.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  tgp branch diff add-login
  tgp branch diff add-login --by symbol --json")]
pub(crate) struct DiffArgs {
    /// The branch, or a part of its name that fits no other.
    #[arg(value_name = "NAME")]
    branch: String,
    /// How it is shown.
    #[arg(long, value_enum, default_value = "file")]
    by: By,
}

#[derive(Debug, Clone, Copy, ValueEnum)]
enum By {
    /// Files with their lines.
    File,
    /// Each action by itself.
    Action,
    /// Functions, types and headings.
    Symbol,
}

pub(super) fn run(args: &DiffArgs, context: &Context<'_>) -> Result<(), Failure> {
    let by = match args.by {
        By::File => DiffBy::File,
        By::Action => DiffBy::Action,
        By::Symbol => DiffBy::Symbol,
    };
    let shown = super::open(context)?.review().diff(&args.branch, by)?;
    context.output.answer(&shown, |page| branches::put_diff(page, &shown));
    Ok(())
}
