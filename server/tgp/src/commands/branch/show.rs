//! `tgp branch show`.

use clap::Args;
use tgp_screen::branches;

use crate::context::Context;
use crate::failure::Failure;

/// Show a branch: what it is for, each action, the files.
#[derive(Debug, Args)]
#[command(after_help = "\
Example:
  tgp branch show add-login")]
pub(crate) struct ShowArgs {
    /// The branch, or a part of its name that fits no other.
    #[arg(value_name = "NAME")]
    branch: String,
}

pub(super) fn run(args: &ShowArgs, context: &Context<'_>) -> Result<(), Failure> {
    let shown = super::open(context)?.review().show(&args.branch)?;
    context.output.answer(&shown, |page| branches::put_branch(page, &shown));
    Ok(())
}
